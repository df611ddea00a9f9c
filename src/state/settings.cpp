#include "state/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace svodka::state {
namespace {

constexpr std::array kDeclarations = {
    SettingDeclaration{"sale_point_stage", SettingType::kTextMap, "{}",
                       "deal pipeline id = stage id from which a card counts as won, such as 5=C5:EXECUTING"},
    SettingDeclaration{
        "after_sale_pipelines", SettingType::kTextList, "[]",
        "ids of pipelines after the sale (production, service): in no sales measure unless chosen"},
    SettingDeclaration{"lead_pipelines", SettingType::kTextList, "[]",
                       "ids of deal pipelines whose cards are leads (amoCRM, or a Bitrix24 without leads)"},
    SettingDeclaration{"planned_close_field", SettingType::kText, "\"\"",
                       "id of the date field of deals that holds the planned close; empty: Bitrix24's own "
                       "date, in amoCRM none"},
    SettingDeclaration{.name = "loss_reason_field",
                       .type = SettingType::kTextMap,
                       .default_json = "{}",
                       .help = "deal, lead = id of the field that names the reason of loss, such as "
                               "deal=UF_CRM_17; empty: the failure stage (Bitrix24), the CRM's own (amoCRM)",
                       .keys = "deal lead"},
    SettingDeclaration{.name = "region_field",
                       .type = SettingType::kTextMap,
                       .default_json = "{}",
                       .help = "deal, lead, company, contact = id of the field that names the region; a "
                               "card's own value comes before its client's",
                       .keys = "deal lead company contact"},
    SettingDeclaration{.name = "business_line_field",
                       .type = SettingType::kTextMap,
                       .default_json = "{}",
                       .help = "deal, lead, company, contact = id of the field that names the line of "
                               "business; empty: the industry of the company",
                       .keys = "deal lead company contact"},
    SettingDeclaration{"payment_paid_field", SettingType::kTextMap, "{}",
                       "field of deals with a payment's amount = field with the day it came, such as "
                       "900031=900033; one pair for each payment of a deal"},
    SettingDeclaration{"payment_due_field", SettingType::kTextMap, "{}",
                       "field of deals with a payment's amount = field with the day it is due"},
    SettingDeclaration{
        "source_field", SettingType::kText, "\"\"",
        "amoCRM: id of the field of leads that names the source; empty: the account's own sources"},
    SettingDeclaration{
        "deal_type_field", SettingType::kText, "\"\"",
        "amoCRM: id of the field of leads that names the deal's type; empty: the one called «Тип сделки»"},
    SettingDeclaration{"smart_processes", SettingType::kTextList, "[]",
                       "Bitrix24: entityTypeIds of the smart processes whose cards are copied and counted"},
    SettingDeclaration{"meeting_types", SettingType::kTextList, "[]",
                       "activity types that count as meetings besides the CRM's own: of Bitrix24 the "
                       "PROVIDER_ID such as CRM_TODO, of amoCRM the id of a task type"},
    SettingDeclaration{.name = "currency_rates",
                       .type = SettingType::kTextMap,
                       .default_json = "{}",
                       .help = "units of the base currency for one unit, such as USD=92.5, from a day on; a "
                               "currency named here is never converted by the CRM's own rate",
                       .of_rates = true},
    SettingDeclaration{.name = "activity_weights",
                       .type = SettingType::kTextMap,
                       .default_json = "{}",
                       .help = "what an activity counts for in the activity index, from a day on; kinds that "
                               "are not named stay: meeting 3, call, email and task 1, message 0.5, comment, "
                               "stage_change and other 0.25",
                       .keys = "call meeting email task message comment stage_change other",
                       .of_weights = true},
    SettingDeclaration{.name = "stage_days",
                       .type = SettingType::kTextMap,
                       .default_json = "{}",
                       .help =
                           "stage id (or pipeline/stage) = days from which a deal is stuck in it, such as "
                           "C5:NEW=10, from a day on; others: as long as most won deals stayed there",
                       .of_weights = true},
    SettingDeclaration{
        "technical_users", SettingType::kTextList, "[]",
        "ids of robots, integrations and shared mailboxes: their cards stand under \"no manager\""},
    SettingDeclaration{
        "junk_stages", SettingType::kTextList, "[]",
        "ids of lead stages that mean junk; with junk_reasons both empty every lost lead is junk"},
    SettingDeclaration{"junk_reasons", SettingType::kTextList, "[]", "ids of reasons of loss that mean junk"},
    SettingDeclaration{
        "seller_frozen", SettingType::kFlag, "true",
        "won and lost deals belong to the responsible at the closing; false: to today's responsible"},
    SettingDeclaration{"planned_close_default_counts", SettingType::kFlag, "false",
                       "a planned close equal to the CRM's creation default (7 days) counts as planned"},
    SettingDeclaration{"forgotten_days", SettingType::kInteger, "14",
                       "days without a sign of life after which an open card is forgotten", 1, 3650},
    SettingDeclaration{"forgotten_despite_steps", SettingType::kFlag, "false",
                       "true: an open card is forgotten even with a step planned ahead"},
    SettingDeclaration{"call_seconds_min", SettingType::kInteger, "30",
                       "seconds from which a call is effective", 0, 86'400},
    SettingDeclaration{"paused", SettingType::kFlag, "false",
                       "true: the CRM is not asked; reports show what was read so far"},
    SettingDeclaration{"writing", SettingType::kFlag, "false",
                       "true: tasks may be made and cards re-assigned in the CRM (docs/actions.md)"},
    SettingDeclaration{"poll_seconds", SettingType::kInteger, "5",
                       "seconds between two polls of the CRM for changes", 1, 86'400},
    SettingDeclaration{"events_url", SettingType::kText, "\"\"",
                       "address under which the CRM reaches this server, such as https://svodka.example.ru; "
                       "`svodka hooks` sets it"},
    SettingDeclaration{"sweep_hour", SettingType::kInteger, "3",
                       "hour of the portal's day for the nightly sweep that finds deletions", 0, 23},
    SettingDeclaration{"check_weekday", SettingType::kInteger, "7",
                       "day of the weekly reconciliation with the CRM: 1 Monday to 7 Sunday; 0: never", 0, 7},
    SettingDeclaration{"check_hour", SettingType::kInteger, "4",
                       "hour of the portal's day for the weekly reconciliation", 0, 23},
    SettingDeclaration{"check_months", SettingType::kInteger, "3",
                       "months that the weekly reconciliation compares, counted back from the present one", 1,
                       120},
};

const SettingDeclaration* FindDeclaration(std::string_view name) {
  const auto found = std::ranges::find(kDeclarations, name, &SettingDeclaration::name);
  return found == kDeclarations.end() ? nullptr : &*found;
}

Diagnostic Unknown(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& declaration : kDeclarations) names.emplace_back(declaration.name);
  return {"unknown_setting",
          "no setting is called '" + std::string(name) + "'; `svodka settings get` lists them all", "name",
          NearestNames(name, names)};
}

Diagnostic Bad(const SettingDeclaration& declaration, const std::string& got) {
  std::string rule(TypeName(declaration.type));
  if (declaration.type == SettingType::kInteger) {
    rule +=
        " from " + std::to_string(declaration.integer_min) + " to " + std::to_string(declaration.integer_max);
  }
  if (declaration.of_rates) rule += ": a code such as USD, and a decimal above zero such as 92.5";
  if (declaration.of_weights) rule += ": decimals such as 0.25, of zero or more";
  if (!declaration.keys.empty()) rule += " by " + std::string(declaration.keys);
  return {"bad_setting", std::string(declaration.name) + " must be " + rule + "; got " + got, "value", {}};
}

bool IsTextOrNumber(const json::value& value) { return value.is_string() || value.is_int64(); }

/// A decimal of at most nine digits and `places` decimal places, without a sign.
bool IsDecimal(std::string_view text, size_t places) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point), part = text.substr(std::min(point + 1, text.size()));
  return !whole.empty() && whole.size() <= 9 && part.size() <= places &&
         (point == text.size() || !part.empty()) && std::ranges::all_of(whole, digit) &&
         std::ranges::all_of(part, digit);
}

/// A currency's code and a decimal above zero with at most eight places.
bool IsRate(std::string_view currency, std::string_view rate) {
  if (currency.size() != 3 || !std::ranges::all_of(currency, [](char c) { return c >= 'A' && c <= 'Z'; }))
    return false;
  return IsDecimal(rate, 8) && rate.find_first_of("123456789") != std::string_view::npos;
}

bool KeyFits(const SettingDeclaration& declaration, std::string_view key) {
  if (declaration.keys.empty()) return true;
  const auto keys = Split(declaration.keys, ' ');
  return std::ranges::find(keys, key) != keys.end();
}

bool Fits(const SettingDeclaration& declaration, const json::value& value) {
  switch (declaration.type) {
    case SettingType::kFlag:
      return value.is_bool();
    case SettingType::kInteger:
      return value.is_int64() && value.get_int64() >= declaration.integer_min &&
             value.get_int64() <= declaration.integer_max;
    case SettingType::kText:
      return value.is_string();
    case SettingType::kTextList:
      return value.is_array() && std::ranges::all_of(value.get_array(), &json::value::is_string);
    case SettingType::kTextMap:
      return value.is_object() && std::ranges::all_of(value.get_object(), [&](const auto& item) {
               return item.value().is_string() && KeyFits(declaration, item.key()) &&
                      (!declaration.of_rates || IsRate(item.key(), item.value().get_string())) &&
                      (!declaration.of_weights || IsDecimal(item.value().get_string(), 4));
             });
  }
  return false;
}

/// Ids are text everywhere; a person may write them as numbers.
json::value TextForm(SettingType type, json::value value) {
  const auto as_text = [](json::value& item) {
    if (item.is_int64()) item = std::to_string(item.get_int64());
  };
  if (type == SettingType::kTextList && value.is_array() &&
      std::ranges::all_of(value.get_array(), IsTextOrNumber)) {
    for (auto& item : value.get_array()) as_text(item);
  }
  if (type == SettingType::kTextMap && value.is_object()) {
    for (auto& item : value.get_object()) as_text(item.value());
  }
  return value;
}

std::vector<std::string> ListItems(std::string_view text) {
  std::vector<std::string> items;
  for (const std::string& piece : Split(text, ',')) {
    if (const auto item = Trim(piece); !item.empty()) items.emplace_back(item);
  }
  return items;
}

}  // namespace

std::span<const SettingDeclaration> Declarations() { return kDeclarations; }

std::string_view TypeName(SettingType type) {
  switch (type) {
    case SettingType::kFlag:
      return "true or false";
    case SettingType::kInteger:
      return "a whole number";
    case SettingType::kText:
      return "a text";
    case SettingType::kTextList:
      return "a list of texts";
    case SettingType::kTextMap:
      return "a map of texts";
  }
  return "";
}

Result<json::value> ParseSetting(std::string_view name, std::string_view text) {
  const SettingDeclaration* declaration = FindDeclaration(name);
  if (declaration == nullptr) return Unknown(name);
  json::value value;
  if (const auto parsed = ParseJson(text); parsed.ok()) value = TextForm(declaration->type, parsed.value());
  if (Fits(*declaration, value)) return value;
  if (declaration->type == SettingType::kText) return json::value(json::string(text));
  if (declaration->type == SettingType::kTextList && text.find_first_of("[{\"") == std::string_view::npos) {
    json::array items;
    for (const std::string& item : ListItems(text)) items.emplace_back(item);
    return json::value(std::move(items));
  }
  if (declaration->type == SettingType::kTextMap && text.find_first_of("[{\"") == std::string_view::npos) {
    json::object map;
    for (const std::string& item : ListItems(text)) {
      const size_t equals = item.find('=');
      if (equals == std::string::npos || equals == 0) return Bad(*declaration, std::string(text));
      map[Trim(std::string_view(item).substr(0, equals))] = Trim(std::string_view(item).substr(equals + 1));
    }
    return json::value(std::move(map));
  }
  return Bad(*declaration, std::string(text));
}

Result<json::value> SettingStore::Get(std::string_view portal, std::string_view name, Day day) const {
  const SettingDeclaration* declaration = FindDeclaration(name);
  if (declaration == nullptr) return Unknown(name);
  const auto text = Guard([&]() -> std::string {
    const auto rows = database_.Run(
        "SELECT value FROM portal_setting WHERE portal_id = ? AND name = ? AND from_day <= ? "
        "ORDER BY from_day DESC LIMIT 1",
        {std::string(portal), std::string(name), ToString(day)});
    return rows.empty() ? std::string(declaration->default_json) : rows.front().Text(0);
  });
  if (!text.ok()) return text.errors();
  return ParseJson(text.value());
}

Result<std::vector<DatedSetting>> SettingStore::List(std::string_view portal) const {
  return Guard([&] {
    std::vector<DatedSetting> settings;
    for (const Row& row : database_.Run(
             "SELECT name, from_day, value FROM portal_setting WHERE portal_id = ? ORDER BY name, from_day",
             {std::string(portal)})) {
      DatedSetting setting{row.Text(0), std::nullopt, ParseJson(row.Text(2)).value()};
      if (!row.Text(1).empty()) setting.from_day = ParseDay(row.Text(1)).value();
      settings.push_back(std::move(setting));
    }
    return settings;
  });
}

Status SettingStore::Set(std::string_view portal, std::string_view name, std::optional<Day> from_day,
                         const json::value& value, std::string_view writer) {
  const SettingDeclaration* declaration = FindDeclaration(name);
  if (declaration == nullptr) return Unknown(name);
  if (!Fits(*declaration, value)) return Bad(*declaration, json::serialize(value));
  return GuardAction([&] {
    database_.Run(
        "INSERT INTO portal_setting (portal_id, name, from_day, value, changed_at, user_id) VALUES (?, ?, ?, "
        "?, ?, ?) "
        "ON CONFLICT (portal_id, name, from_day) DO UPDATE SET value = excluded.value, "
        "changed_at = excluded.changed_at, user_id = excluded.user_id",
        {std::string(portal), std::string(name), from_day ? ToString(*from_day) : std::string(),
         json::serialize(value), static_cast<int64_t>(clock_.Now().time_since_epoch().count()),
         std::string(writer)});
  });
}

Status SettingStore::Reset(std::string_view portal, std::string_view name) {
  if (FindDeclaration(name) == nullptr) return Unknown(name);
  return GuardAction([&] {
    database_.Run("DELETE FROM portal_setting WHERE portal_id = ? AND name = ?",
                  {std::string(portal), std::string(name)});
  });
}

}  // namespace svodka::state
