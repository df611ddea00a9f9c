#include "emulator/bitrix24/table.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

using Operator = Condition::Operator;

/// Bounds that the conjunction of a filter puts on the id, and the change index that narrows it most.
struct Plan {
  int64_t first = 1, last = 0;
  std::optional<std::vector<uint32_t>> ids;
  const Table::Changes* changes = nullptr;
  size_t changes_from = 0;
};

bool IsIdField(const Field& field) { return field.legacy == "ID"; }

Plan MakePlan(const Table& table, const Company& company, const Condition& root, const ListRequest& request) {
  Plan plan;
  plan.last = static_cast<int64_t>(table.size(company));
  if (table.of_card && request.filter != nullptr && request.filter->is_object()) {
    plan.ids = table.of_card(company, request.filter->get_object());
    if (plan.ids) std::sort(plan.ids->begin(), plan.ids->end());
  }
  if (root.op != Operator::kAll) return plan;
  size_t narrowest = static_cast<size_t>(std::max<int64_t>(plan.last, 0)) / 8;
  for (const Condition& condition : root.children) {
    if (condition.field == nullptr || condition.values.empty()) continue;
    if (IsIdField(*condition.field)) {
      const int64_t value = std::strtoll(condition.values.front().c_str(), nullptr, 10);
      switch (condition.op) {
        case Operator::kGreater:
          plan.first = std::max(plan.first, value + 1);
          break;
        case Operator::kGreaterEqual:
          plan.first = std::max(plan.first, value);
          break;
        case Operator::kLess:
          plan.last = std::min(plan.last, value - 1);
          break;
        case Operator::kLessEqual:
          plan.last = std::min(plan.last, value);
          break;
        case Operator::kEqual:
        case Operator::kIn: {
          if (plan.ids) break;
          plan.ids.emplace();
          for (const std::string& text : condition.values) {
            const int64_t id = std::strtoll(text.c_str(), nullptr, 10);
            if (id > 0 && id <= static_cast<int64_t>(table.size(company)))
              plan.ids->push_back(static_cast<uint32_t>(id));
          }
          std::sort(plan.ids->begin(), plan.ids->end());
          plan.ids->erase(std::unique(plan.ids->begin(), plan.ids->end()), plan.ids->end());
          break;
        }
        default:
          break;
      }
    } else if (condition.op == Operator::kGreater || condition.op == Operator::kGreaterEqual) {
      for (const Table::Changes& changes : table.changes) {
        if (condition.field->name(request.dialect) !=
            (request.dialect == Dialect::kLegacy ? changes.legacy : changes.item))
          continue;
        const auto moment = ParseMoment(condition.values.front());
        if (!moment) continue;
        const size_t from =
            changes.index->LowerBound(static_cast<Second>(std::clamp<int64_t>(*moment, 0, UINT32_MAX)));
        const size_t count = changes.index->entries().size() - from;
        if (count < narrowest) {
          narrowest = count;
          plan.changes = &changes;
          plan.changes_from = from;
        }
      }
    }
  }
  return plan;
}

/// Ids that may match, ascending.
std::vector<uint32_t> Narrow(const Plan& plan, const Company& company) {
  std::vector<uint32_t> ids;
  if (plan.ids) {
    ids = *plan.ids;
  } else {
    const auto& entries = plan.changes->index->entries();
    for (size_t i = plan.changes_from; i < entries.size(); ++i) {
      if (plan.changes->at(company, entries[i].id) == entries[i].at) ids.push_back(entries[i].id);
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
  std::erase_if(ids, [&](uint32_t id) { return id < plan.first || id > plan.last; });
  return ids;
}

bool Before(const Cell& a, const Cell& b) {
  if (a.kind != b.kind) return a.kind == Cell::Kind::kNull;
  if (a.kind == Cell::Kind::kText) return a.text < b.text;
  if (a.kind == Cell::Kind::kReal) return a.real < b.real;
  return a.number < b.number;
}

/// Counts, skips and keeps the rows of a page in the order they come.
class Collector {
 public:
  Collector(ListPage& page, const ListRequest& request)
      : page_(page), skip_(std::max<int64_t>(0, request.start)), count_(request.start >= 0) {}
  /// False: enough.
  bool Take(uint32_t id) {
    ++matched_;
    if (matched_ > skip_ && page_.ids.size() < kPageSize) {
      page_.ids.push_back(id);
    } else if (matched_ > skip_) {
      more_ = true;
    }
    return count_ || page_.ids.size() < kPageSize;
  }
  void Finish(std::optional<int64_t> known_total) {
    if (!count_) return;
    page_.total = known_total.value_or(matched_);
    if (skip_ + static_cast<int64_t>(page_.ids.size()) < page_.total)
      page_.next = skip_ + static_cast<int64_t>(kPageSize);
  }
  bool full() const { return page_.ids.size() == kPageSize; }

 private:
  ListPage& page_;
  int64_t skip_, matched_ = 0;
  bool count_, more_ = false;
};

}  // namespace

void ChangeIndex::Build(std::vector<Entry> entries) {
  entries_ = std::move(entries);
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.at != b.at ? a.at < b.at : a.id < b.id; });
}
void ChangeIndex::Append(Second at, uint32_t id) {
  if (!entries_.empty() && at < entries_.back().at) {
    // Rare (a write stamped in the past): keep the order by insertion.
    entries_.insert(entries_.begin() + static_cast<ptrdiff_t>(LowerBound(at)), Entry{at, id});
    return;
  }
  entries_.push_back(Entry{at, id});
}
size_t ChangeIndex::LowerBound(Second at) const {
  return static_cast<size_t>(
      std::lower_bound(entries_.begin(), entries_.end(), at,
                       [](const Entry& entry, Second moment) { return entry.at < moment; }) -
      entries_.begin());
}

ListPage Page(const Table& table, const Company& company, const ListRequest& request) {
  ListPage page;
  const Condition root = ParseFilter(table, request.filter, request.dialect);
  const Plan plan = MakePlan(table, company, root, request);
  Collector collector(page, request);
  const auto fits = [&](uint32_t id) {
    ++page.scanned;
    return !(table.gone && table.gone(company, id)) && Matches(root, company, id, request.dialect);
  };

  const Field* by = nullptr;
  bool descending = false;
  if (!request.order.empty()) {
    descending = request.order.front().second;
    for (const Field& field : *table.fields) {
      if (field.name(request.dialect) == request.order.front().first) by = &field;
    }
    if (by != nullptr && IsIdField(*by)) by = nullptr;
    if (by == nullptr && request.order.front().first != "ID" && request.order.front().first != "id")
      descending = false;
  }

  if (by == nullptr) {
    if (plan.ids || plan.changes != nullptr) {
      std::vector<uint32_t> ids = Narrow(plan, company);
      if (descending) std::reverse(ids.begin(), ids.end());
      for (const uint32_t id : ids) {
        if (fits(id) && !collector.Take(id)) break;
      }
      collector.Finish(std::nullopt);
      return page;
    }
    // Only bounds on the id: the total is known without a walk.
    const bool bounded_only = std::all_of(root.children.begin(), root.children.end(),
                                          [](const Condition& child) {
                                            return child.field != nullptr && IsIdField(*child.field) &&
                                                   child.op >= Operator::kGreater &&
                                                   child.op <= Operator::kLessEqual;
                                          }) &&
                              root.op == Operator::kAll && table.gone_count == 0;
    std::optional<int64_t> known;
    int64_t skip = 0;
    if (bounded_only) {
      known = std::max<int64_t>(0, plan.last - plan.first + 1);
      skip = std::max<int64_t>(0, request.start);
    }
    for (int64_t step = skip; plan.first + step <= plan.last; ++step) {
      const auto id = static_cast<uint32_t>(descending ? plan.last - step : plan.first + step);
      if (bounded_only) {
        page.ids.push_back(id);
        if (page.ids.size() == kPageSize) break;
        continue;
      }
      if (fits(id) && !collector.Take(id)) break;
    }
    collector.Finish(known);
    return page;
  }

  // By a field of change with its index: walk the index. By any other field: sort what matches.
  for (const Table::Changes& changes : table.changes) {
    if (by->name(request.dialect) != (request.dialect == Dialect::kLegacy ? changes.legacy : changes.item))
      continue;
    if (plan.ids) break;
    const auto& entries = changes.index->entries();
    const size_t from = plan.changes == &changes ? plan.changes_from : 0;
    Second moment = 0;
    std::vector<uint32_t> seen;  // of one moment: a row may be noted twice
    for (size_t step = 0; from + step < entries.size(); ++step) {
      const auto& entry = descending ? entries[entries.size() - 1 - step] : entries[from + step];
      if (changes.at(company, entry.id) != entry.at) continue;
      if (entry.at != moment) seen.clear(), moment = entry.at;
      if (std::find(seen.begin(), seen.end(), entry.id) != seen.end()) continue;
      seen.push_back(entry.id);
      if (!fits(entry.id)) continue;
      if (!collector.Take(entry.id)) break;
    }
    collector.Finish(std::nullopt);
    return page;
  }
  std::vector<uint32_t> ids;
  if (plan.ids || plan.changes != nullptr) {
    ids = Narrow(plan, company);
  } else {
    for (int64_t id = plan.first; id <= plan.last; ++id) ids.push_back(static_cast<uint32_t>(id));
  }
  std::erase_if(ids, [&](uint32_t id) { return !fits(id); });
  std::vector<std::pair<Cell, uint32_t>> keyed;
  keyed.reserve(ids.size());
  for (const uint32_t id : ids) keyed.emplace_back(by->get(company, id), id);
  const bool id_descending = request.order.size() > 1 && request.order[1].second;
  std::sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    if (Before(a.first, b.first)) return !descending;
    if (Before(b.first, a.first)) return descending;
    return id_descending ? a.second > b.second : a.second < b.second;
  });
  for (const auto& entry : keyed) {
    if (!collector.Take(entry.second)) break;
  }
  collector.Finish(std::nullopt);
  return page;
}

std::vector<const Field*> Chosen(const Table& table, Dialect dialect, const std::vector<std::string>& select,
                                 bool everything) {
  std::vector<const Field*> chosen;
  const auto has = [&](std::string_view name) {
    return std::find(select.begin(), select.end(), name) != select.end();
  };
  const bool star = select.empty() || has("*");
  const bool custom = select.empty() || has("UF_*") || has("ufCrm*") || (dialect == Dialect::kItem && star);
  for (const Field& field : *table.fields) {
    const std::string& name = field.name(dialect);
    if (name.empty()) continue;
    const bool is_custom = field.legacy.starts_with("UF_CRM_1");
    bool wanted = has(name) || everything ||
                  (dialect == Dialect::kItem && (IsIdField(field) || (is_custom && has(field.legacy))));
    if (!wanted && is_custom) wanted = custom;
    // crm.item gives its multi-fields with `*`, the legacy lists only by name.
    if (!wanted && !is_custom) wanted = star && (!field.on_demand || (dialect == Dialect::kItem && has("*")));
    if (wanted) chosen.push_back(&field);
  }
  return chosen;
}

json::value WriteRow(const std::vector<const Field*>& chosen, const Company& company, uint32_t id,
                     Dialect dialect) {
  json::object row;
  row.reserve(chosen.size());
  for (const Field* field : chosen)
    row.emplace(field->name(dialect), Write(field->get(company, id), dialect));
  return row;
}

json::value WriteRow(const Table& table, const Company& company, uint32_t id, Dialect dialect,
                     const std::vector<std::string>& select, bool everything) {
  return WriteRow(Chosen(table, dialect, select, everything), company, id, dialect);
}

}  // namespace svodka::emulator::bitrix24
