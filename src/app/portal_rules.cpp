#include "app/portal_rules.hpp"

#include <utility>

namespace svodka::app {
namespace {

/// Before every day that a setting can have: what holds from always.
constexpr Day kAlways = MakeDay(1, 1, 1);

/// A stage may be written as reports name it (`lead:NEW`, docs/request.md); here its kind is known.
std::string Bare(std::string_view text, std::string_view kind) {
  return std::string(text.substr(text.starts_with(kind) ? kind.size() : 0));
}

std::set<std::string> Texts(const json::value& list, std::string_view kind = "") {
  std::set<std::string> texts;
  for (const auto& item : list.as_array()) texts.insert(Bare(item.as_string(), kind));
  return texts;
}

std::map<std::string, std::string> TextMap(const json::value& map) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : map.as_object()) texts.emplace(key, Bare(value.as_string(), "deal:"));
  return texts;
}

/// Puts a dated setting's value where derivation looks for it. False: the setting is not one by which moments
/// are judged.
bool Assign(std::string_view name, const json::value& value, warehouse::DatedRules& rules) {
  if (name == "sale_point_stage") {
    rules.sale_point_stage = TextMap(value);
  } else if (name == "after_sale_pipelines") {
    rules.after_sale_pipelines = Texts(value);
  } else if (name == "technical_users") {
    rules.technical_users = Texts(value);
  } else if (name == "lead_pipelines") {
    rules.lead_pipelines = Texts(value);
  } else if (name == "junk_stages") {
    rules.junk_stages = Texts(value, "lead:");
  } else if (name == "junk_reasons") {
    rules.junk_reasons = Texts(value);
  } else if (name == "seller_frozen") {
    rules.seller_frozen = value.as_bool();
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<warehouse::PortalSettings> WithStoredSettings(warehouse::PortalSettings facts,
                                                     const state::SettingStore& store,
                                                     const std::string& portal, Day today) {
  warehouse::DatedRules first;
  json::object present;
  for (const auto& declaration : state::Declarations()) {
    auto value = store.Get(portal, declaration.name, kAlways);
    if (!value.ok()) return value.errors();
    if (Assign(declaration.name, *value, first)) continue;
    value = store.Get(portal, declaration.name, today);
    if (!value.ok()) return value.errors();
    present[declaration.name] = std::move(value).value();
  }
  facts.sale_point_stage = *std::move(first.sale_point_stage);
  facts.after_sale_pipelines = *std::move(first.after_sale_pipelines);
  facts.technical_users = *std::move(first.technical_users);
  facts.lead_pipelines = *std::move(first.lead_pipelines);
  facts.junk_stages = *std::move(first.junk_stages);
  facts.junk_reasons = *std::move(first.junk_reasons);
  facts.seller_frozen = *first.seller_frozen;
  facts.meeting_types = Texts(present["meeting_types"]);
  facts.fields.clear();
  for (const char* role : {"loss_reason", "region", "business_line", "payment_paid", "payment_due"}) {
    for (const auto& [entity, field] : present[std::string(role) + "_field"].as_object()) {
      if (!field.as_string().empty()) facts.fields[role].emplace(entity, std::string(field.as_string()));
    }
  }
  // amoCRM's connector reads this field into the card's own planned close, with its history.
  if (const auto& field = present["planned_close_field"].as_string();
      !field.empty() && facts.kind != "amocrm")
    facts.fields["planned_close"].emplace("deal", std::string(field));
  facts.planned_close_default_counts = present["planned_close_default_counts"].as_bool();

  const auto stored = store.List(portal);
  if (!stored.ok()) return stored.errors();
  facts.changes.clear();
  facts.rates.clear();
  facts.activity_weights.clear();
  facts.stage_days.clear();
  const std::map<std::string, warehouse::DatedTexts*, std::less<>> dated = {
      {"currency_rates", &facts.rates},
      {"activity_weights", &facts.activity_weights},
      {"stage_days", &facts.stage_days}};
  for (const state::DatedSetting& setting : *stored) {
    const auto texts = dated.find(setting.name);
    if (texts == dated.end()) continue;
    // A stage may be written as reports name it.
    for (const auto& [name, value] : setting.value.as_object())
      (*texts->second)[Bare(name, "deal:")][setting.from_day] = std::string(value.as_string());
  }
  for (const state::DatedSetting& setting : *stored) {
    if (!setting.from_day) continue;
    warehouse::DatedRules rules = facts.changes[*setting.from_day];
    if (Assign(setting.name, setting.value, rules)) facts.changes[*setting.from_day] = std::move(rules);
  }
  std::erase_if(facts.changes, [](const auto& change) { return change.second == warehouse::DatedRules{}; });
  return facts;
}

}  // namespace svodka::app
