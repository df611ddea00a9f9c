#include "crm/amocrm/cells.hpp"

#include "base/text.hpp"

namespace svodka::crm::amocrm {
namespace {

const json::value* FirstValue(const json::value& field) {
  const json::value* values = FindMember(field, "values");
  if (values == nullptr || !values->is_array() || values->get_array().empty()) return nullptr;
  return &values->get_array().front();
}

bool IsUtm(std::string_view code) {
  return code == "UTM_SOURCE" || code == "UTM_MEDIUM" || code == "UTM_CAMPAIGN" || code == "UTM_CONTENT" ||
         code == "UTM_TERM";
}

void AddValue(const std::string& id, const std::string& type, const json::value& entry,
              const RowReader& cells, const Reading& reading, std::vector<CustomValue>& out) {
  CustomValue custom;
  custom.field_id = id;
  const json::value* value = FindMember(entry, "value");
  if (type == "enum") {
    const json::value* option = FindMember(entry, "enum_id");
    if (option != nullptr) custom.text = ReadLink(*option);
    if (!custom.text && value != nullptr) custom.text = ReadText(*value);
    if (custom.text) out.push_back(std::move(custom));
    return;
  }
  if (value == nullptr || value->is_null() || value->is_object() || value->is_array()) return;
  if (type == "flag") {
    const auto flag = ReadFlag(*value);
    if (!flag) return;
    custom.text = *flag ? "Y" : "N";
    out.push_back(std::move(custom));
    return;
  }
  const auto text = ReadText(*value);
  if (!text) return;
  if (type == "number") {
    custom.number = ReadDouble(*value);
    if (!custom.number) return cells.notes().Add("field " + id, *text);
  } else if (type == "money") {
    custom.money = ReadMoney(*value);
    if (!custom.money) return cells.notes().Add("field " + id, *text);
  } else if (type == "date") {
    custom.day = ReadDay(*value, reading.zone);
    if (!custom.day) return cells.notes().Add("field " + id, *text);
  } else {
    custom.text = PlainText(*text, 1000);
    if (custom.text->empty()) return;
  }
  out.push_back(std::move(custom));
}

}  // namespace

std::string StageId(std::string_view pipeline, std::string_view status) {
  return std::string(pipeline) + "/" + std::string(status);
}

bool Reading::IsLeadPlace(const std::string& pipeline, const std::string& status) const {
  if (lead_pipelines.contains(pipeline)) return true;
  const auto unsorted = unsorted_statuses.find(pipeline);
  return unsorted != unsorted_statuses.end() && unsorted->second == status;
}

std::optional<Instant> ReadMoment(const RowReader& cells, std::string_view name) {
  const json::value* value = cells.Find(name);
  if (value == nullptr || value->is_null() || value->is_bool() || value->is_array()) return std::nullopt;
  if (const auto seconds = ReadInteger(*value)) {
    if (*seconds <= 0 || *seconds > 4'102'444'800) return std::nullopt;  // 2100
    return Instant{std::chrono::seconds{*seconds}};
  }
  const auto text = ReadText(*value);
  if (!text) return std::nullopt;
  if (const auto moment = ParseInstant(*text); moment.ok()) return *moment;
  cells.notes().Add(name, *text);
  return std::nullopt;
}

const json::value* FindObject(const json::value& row, std::string_view name) {
  const json::value* member = FindMember(row, name);
  return member != nullptr && member->is_object() ? member : nullptr;
}

std::vector<const json::value*> Embedded(const json::value& row, std::string_view name) {
  std::vector<const json::value*> out;
  const json::value* embedded = FindObject(row, "_embedded");
  const json::value* list = embedded == nullptr ? nullptr : FindMember(*embedded, name);
  if (list == nullptr) return out;
  if (list->is_object()) out.push_back(list);
  if (list->is_array()) {
    for (const json::value& item : list->get_array()) {
      if (item.is_object()) out.push_back(&item);
    }
  }
  return out;
}

std::optional<std::string> FieldText(const json::value& field) {
  const json::value* entry = FirstValue(field);
  const json::value* value = entry == nullptr ? nullptr : FindMember(*entry, "value");
  return value == nullptr ? std::nullopt : ReadText(*value);
}

std::vector<std::string> FieldTexts(const json::value& field) {
  std::vector<std::string> texts;
  const json::value* values = FindMember(field, "values");
  if (values == nullptr || !values->is_array()) return texts;
  for (const json::value& entry : values->get_array()) {
    const json::value* value = FindMember(entry, "value");
    if (auto text = value == nullptr ? std::nullopt : ReadText(*value)) texts.push_back(std::move(*text));
  }
  return texts;
}

const json::value* FindField(const json::value& row, std::string_view code) {
  const json::value* fields = FindMember(row, "custom_fields_values");
  if (fields == nullptr || !fields->is_array()) return nullptr;
  for (const json::value& field : fields->get_array()) {
    if (FindString(field, "field_code") == code) return &field;
  }
  return nullptr;
}

std::vector<CustomValue> ReadCustom(const RowReader& cells, const std::string& entity,
                                    const Reading& reading) {
  std::vector<CustomValue> out;
  const json::value* fields = cells.Find("custom_fields_values");  // null where nothing is filled
  const auto known = reading.fields.find(entity);
  if (fields == nullptr || !fields->is_array() || known == reading.fields.end()) return out;
  for (const json::value& field : fields->get_array()) {
    const json::value* id_value = FindMember(field, "field_id");
    const auto id = id_value == nullptr ? std::nullopt : ReadLink(*id_value);
    const json::value* values = FindMember(field, "values");
    if (!id || values == nullptr || !values->is_array()) continue;
    const auto definition = known->second.find(*id);
    if (definition == known->second.end() || definition->second.type.empty() ||
        IsUtm(definition->second.code))
      continue;
    for (const json::value& entry : values->get_array()) {
      AddValue(*id, definition->second.type, entry, cells, reading, out);
    }
  }
  return out;
}

Utm ReadUtm(const json::value& row) {
  Utm utm;
  const json::value* fields = FindMember(row, "custom_fields_values");
  if (fields == nullptr || !fields->is_array()) return utm;
  const auto place = [&](std::string_view name) -> std::optional<std::string>* {
    if (name == "utm_source") return &utm.source;
    if (name == "utm_medium") return &utm.medium;
    if (name == "utm_campaign") return &utm.campaign;
    if (name == "utm_content") return &utm.content;
    if (name == "utm_term") return &utm.term;
    return nullptr;
  };
  // The tracking field first; agencies often make plain text fields of the same names.
  for (const char* key : {"field_code", "field_name"}) {
    for (const json::value& field : fields->get_array()) {
      const auto name = FindString(field, key);
      auto* cell = name ? place(FoldCase(*name)) : nullptr;
      if (cell != nullptr && !*cell) *cell = FieldText(field);
    }
  }
  return utm;
}

std::optional<Day> ReadDay(const json::value& value, const Zone& zone) {
  if (const auto seconds = ReadInteger(value)) {
    if (*seconds < -4'000'000'000 || *seconds > 32'000'000'000) return std::nullopt;
    return zone.LocalDay(Instant{std::chrono::seconds{*seconds}});
  }
  const auto text = ReadText(value);
  if (!text) return std::nullopt;
  if (text->size() > 10) {
    if (const auto moment = ParseInstant(*text); moment.ok()) return zone.LocalDay(*moment);
  }
  if (const auto day = ParseDay(std::string_view(*text).substr(0, 10)); day.ok()) return *day;
  return std::nullopt;
}

}  // namespace svodka::crm::amocrm
