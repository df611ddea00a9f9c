#include "engine/joint_work.hpp"

#include <algorithm>
#include <set>

#include "metrics/plan/spread.hpp"

namespace svodka::engine {
namespace {

using metrics::BoundQuery;
using metrics::Plan;

/// Equal columns made in equal ways: then rows of one may be added to rows of the other.
bool SameShape(const Plan& a, const Plan& b) {
  if (a.columns != b.columns || a.nodes.size() != b.nodes.size()) return false;
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    const metrics::Node &one = a.nodes[i], &other = b.nodes[i];
    if (one.measure->id != other.measure->id || one.component != other.component || one.parts != other.parts)
      return false;
  }
  return std::equal(a.components.begin(), a.components.end(), b.components.begin(), b.components.end(),
                    [](const metrics::Component& x, const metrics::Component& y) {
                      return x.kind == y.kind && x.type == y.type && x.additive == y.additive;
                    });
}

bool HasMoney(const BoundQuery& query) {
  const auto money = [](const metrics::Component& component) { return component.type == "money"; };
  if (std::any_of(query.plan.components.begin(), query.plan.components.end(), money)) return true;
  if (query.request.cell) return true;  // a list shows amounts
  return std::any_of(query.request.filters.begin(), query.request.filters.end(),
                     [&](const metrics::Filter& filter) {
                       const metrics::Dimension* dimension = query.model->FindDimension(filter.dimension);
                       return dimension != nullptr && dimension->range_type == "money";
                     });
}

/// Medians of several portals are made of what came from each.
void SettleSpreads(const Plan& plan, Cells& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].empty() || metrics::IsIncidence(plan.components[i].kind)) continue;
    if (const auto* spread = std::get_if<std::string>(&cells[i].front()))
      cells[i].front() = metrics::ValueOfSpread(plan.components[i], *spread);
  }
}

bool NamesField(const json::value& value) {
  if (value.is_string()) return value.get_string().starts_with("field:");
  if (const auto* list = value.if_array()) return std::any_of(list->begin(), list->end(), &NamesField);
  return false;
}

/// The first place of the request that names a custom field.
std::string PlaceOfField(const json::object& request) {
  if (const auto* dimensions = request.if_contains("dimensions"); dimensions && NamesField(*dimensions))
    return "dimensions";
  for (const char* key : {"filters", "cross_filters"}) {
    const json::value* filters = request.if_contains(key);
    if (filters == nullptr || !filters->is_array()) continue;
    for (const json::value& filter : filters->get_array()) {
      const json::value* name = filter.is_object() ? filter.get_object().if_contains("dimension") : nullptr;
      if (name != nullptr && NamesField(*name)) return key;
    }
  }
  return {};
}

}  // namespace

JointWork::JointWork(const std::vector<QueryService*>& services) {
  std::vector<std::shared_ptr<const Dictionary>> dictionaries;
  for (QueryService* service : services) {
    ServiceCore& core = CoreOf(*service);
    parts.push_back({&core, core.Take(), nullptr});
    dictionaries.push_back(parts.back().snapshot.dictionary);
  }
  names = std::make_unique<JointNames>(std::move(dictionaries));
  for (size_t i = 0; i < parts.size(); ++i) {
    parts[i].view = std::make_unique<PortalView>(*names, i);
    if (parts[lead].snapshot.today < parts[i].snapshot.today) lead = i;
  }
}

bool JointWork::zones_differ() const {
  return std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
    return part.snapshot.dictionary->portal().zone != names->part(0).portal().zone;
  });
}

Result<JointWork::Asked> JointWork::Bind(const json::value& request, const Scope& scope) const {
  if (!request.is_object()) return Diagnostic{"bad_request", "a request is an object", "", {}};
  json::object bare = request.get_object();
  const auto take = [&](const char* key) -> Result<std::string> {
    const json::value* value = bare.if_contains(key);
    if (value == nullptr || value->is_null()) return std::string();
    if (!value->is_string()) return Diagnostic{"bad_request", std::string(key) + " is a text", key, {}};
    std::string text(value->get_string());
    return text;
  };
  const Result<std::string> zone = take("zone");
  if (!zone.ok()) return zone.errors();
  const Result<std::string> currency = take("currency");
  if (!currency.ok()) return currency.errors();
  bare.erase("zone");
  bare.erase("currency");
  std::string zones, currencies, unrated;
  bool other_zone = false, other_currency = false;
  Asked asked;
  for (size_t i = 0; i < parts.size(); ++i) {
    const warehouse::PortalSettings& portal = names->part(i).portal();
    const std::string comma = i == 0 ? "" : ", ";
    zones += comma + portal.id + ": " + portal.zone;
    const std::string own = portal.id + ": " + (portal.base_currency.empty() ? "none" : portal.base_currency);
    currencies += comma + own;
    const bool first = i == 0;
    other_zone = other_zone || (zone->empty() ? !first && portal.zone != names->part(0).portal().zone
                                              : *zone != "own" && portal.zone != *zone);
    std::optional<int64_t> amounts_in;
    if (currency->empty()) {
      other_currency = other_currency || portal.base_currency != names->part(0).portal().base_currency;
    } else if (portal.base_currency != *currency) {
      amounts_in = names->part(i).RatedCurrency(*currency);
      if (!amounts_in) unrated += (unrated.empty() ? "" : ", ") + own;
    }
    asked.views.push_back(std::make_unique<PortalView>(*names, i, amounts_in));
  }
  if (other_zone) {
    return Diagnostic{"zones_differ",
                      "the portals' days begin at different moments (" + zones +
                          "); name the portals of one zone, or say \"zone\": \"own\" to count each portal's "
                          "rows by its own days",
                      "zone",
                      {}};
  }
  if (const std::string place = PlaceOfField(bare); !place.empty()) {
    return Diagnostic{
        "bad_dimension",
        "a custom field belongs to one portal; name that portal alone to divide or filter by it",
        place,
        {}};
  }
  const json::value stripped = std::move(bare);
  for (size_t i = 0; i < parts.size(); ++i) {
    Result<BoundQuery> query = ServiceCore::Bind(stripped, scope, parts[i].snapshot, *asked.views[i]);
    if (!query.ok()) return query.errors();
    query->currency = *currency;
    asked.queries.push_back(std::move(query).value());
  }
  if (other_currency && HasMoney(asked.queries.front())) {
    return Diagnostic{"currencies_differ",
                      "amounts of these portals are not in one currency (" + currencies +
                          "); name the common one, as in \"currency\": \"" +
                          names->part(0).portal().base_currency + "\", or ask for measures without money",
                      "currency",
                      {}};
  }
  if (!unrated.empty() && HasMoney(asked.queries.front())) {
    return Diagnostic{"no_common_rate",
                      "no rate of " + *currency + " is known to the portals of another base currency (" +
                          unrated +
                          "); enter it in their settings (currency_rates), or name another currency",
                      "currency",
                      {}};
  }
  for (size_t i = 0; i < asked.queries.size(); ++i) {
    BoundQuery& query = asked.queries[i];
    if (!SameShape(query.plan, asked.queries.front().plan)) {
      return Diagnostic{"settings_differ",
                        "the portals' own settings make this request mean different columns in '" +
                            names->id(0) + "' and '" + names->id(i) +
                            "'; name the arguments of its measures, or leave out one of two equal ones",
                        "measures",
                        {}};
    }
    metrics::SpreadMedians(query.plan);
    if (query.base_plan) metrics::SpreadMedians(*query.base_plan);
  }
  return asked;
}

std::vector<Level> JointWork::Join(const PlanOf& plan_of, const std::vector<const ScanResults*>& results,
                                   const std::vector<metrics::BoundDimension>& dimensions, size_t depth,
                                   bool totals, Room& room, const Patience& patience) const {
  std::vector<Level> joined(depth + 1);
  for (size_t i = 0; i < parts.size(); ++i) {
    std::vector<Level> own = JoinComponents(plan_of(i), *results[i], depth, totals, room, patience);
    for (size_t level = 0; level <= depth; ++level) {
      for (auto& [key, cells] : own[level]) {
        patience.Check();
        Key common;
        common.reserve(key.size());
        for (size_t k = 0; k < key.size(); ++k) common.push_back(names->ToJoint(i, dimensions[k], key[k]));
        const auto [at, added] = joined[level].try_emplace(std::move(common), std::move(cells));
        if (added) continue;
        for (size_t c = 0; c < at->second.size() && c < cells.size(); ++c) {
          if (!cells[c].empty()) AddAtoms(at->second[c], cells[c]);
        }
      }
    }
  }
  for (Level& level : joined) {
    for (auto& [key, cells] : level) {
      patience.Check();
      SettleSpreads(plan_of(lead), cells);
    }
  }
  return joined;
}

Result<std::vector<ScanResults>> JointWork::Run(const std::vector<Batch>& batches,
                                                const std::stop_token& stop) const {
  std::vector<Result<ScanResults>> answers(parts.size(), ScanResults{});
  RunAll(parts.size(), parts.size(), [&](size_t i) {
    if (batches[i].size() == 0) return;
    const Part& part = parts[i];
    answers[i] = batches[i].Run(*part.service->warehouse, *part.snapshot.dictionary,
                                part.service->MemoryOf(part.snapshot), part.service->settings.threads, stop);
  });
  std::vector<ScanResults> results;
  for (Result<ScanResults>& answer : answers) {
    if (!answer.ok()) return answer.errors();
    results.push_back(std::move(answer).value());
  }
  return results;
}

json::object JointWork::NotesFor(const Asked& asked) const {
  json::object notes = NotesOf(asked.queries[lead]);
  // A member is unknown where no portal knows it.
  std::set<std::string> unknown(asked.queries.front().unknown_members.begin(),
                                asked.queries.front().unknown_members.end());
  for (const BoundQuery& query : asked.queries) {
    const std::set<std::string> own(query.unknown_members.begin(), query.unknown_members.end());
    std::erase_if(unknown, [&](const std::string& member) { return !own.contains(member); });
  }
  notes.erase("unknown_members");
  if (!unknown.empty()) {
    json::array list;
    for (const std::string& member : unknown) list.emplace_back(member);
    notes["unknown_members"] = std::move(list);
  }
  json::array ids;
  for (size_t i = 0; i < parts.size(); ++i) ids.emplace_back(names->id(i));
  notes["portals"] = std::move(ids);
  if (zones_differ()) notes["zone"] = "own";
  if (const std::string& currency = asked.queries[lead].currency; !currency.empty())
    notes["currency"] = currency;
  return notes;
}

}  // namespace svodka::engine
