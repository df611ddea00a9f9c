#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "crm/bitrix24/decode.hpp"

namespace svodka::crm::bitrix24 {
namespace {

std::optional<int> Small(std::optional<int64_t> number) {
  if (!number || *number > 1'000'000'000 || *number < -1'000'000'000) return std::nullopt;
  return static_cast<int>(*number);
}

std::string Join(const std::optional<std::string>& first, const std::optional<std::string>& second) {
  std::string joined = first.value_or("");
  if (second) joined += (joined.empty() ? "" : " ") + *second;
  return std::string(Trim(joined));
}

/// A label that is a text, or a map of texts by language.
std::optional<std::string> Label(const json::value* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_object()) {
    for (const char* language : {"ru", "en"}) {
      if (auto text = FindString(*value, language)) return text;
    }
    for (const auto& member : value->get_object()) {
      if (auto text = ReadText(member.value())) return text;
    }
    return std::nullopt;
  }
  return ReadText(*value);
}

char Semantic(const RowReader& row) {
  if (const auto semantic = row.Text("SEMANTICS")) {
    if (*semantic == "S" || *semantic == "success") return 'S';
    if (*semantic == "F" || *semantic == "failure" || *semantic == "apology") return 'F';
    return 'P';
  }
  if (const json::value* extra = row.Find("EXTRA"); extra != nullptr) {
    const std::string semantic = FindString(*extra, "SEMANTICS").value_or("");
    if (semantic == "success") return 'S';
    if (semantic == "failure" || semantic == "apology") return 'F';
  }
  return 'P';
}

std::string FieldType(const std::string& type) {
  if (type == "integer" || type == "double") return "number";
  if (type == "money") return "money";
  if (type == "date" || type == "datetime") return "date";
  if (type == "enumeration") return "enum";
  if (type == "boolean") return "flag";
  if (type == "employee" || type == "crm" || type == "crm_status" || type.starts_with("iblock_"))
    return "reference";
  if (type == "file" || type == "disk_file") return "";
  return "text";
}

}  // namespace

std::optional<UserRow> DecodeUser(const json::value& row, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("ID");
  if (!id) return std::nullopt;
  UserRow user;
  user.id = *id;
  user.name = Join(cells.Text("NAME"), cells.Text("LAST_NAME"));
  user.email = cells.Text("EMAIL");
  if (user.name.empty()) user.name = user.email.value_or(*id);
  user.position = cells.Text("WORK_POSITION");
  user.photo_url = cells.Text("PERSONAL_PHOTO");
  user.active = cells.Flag("ACTIVE").value_or(true);
  for (const char* name : {"UF_PHONE_INNER", "WORK_PHONE", "PERSONAL_MOBILE"}) {
    const auto text = cells.Text(name);
    auto number = text ? NormaliseOwnPhone(*text) : std::nullopt;
    if (number && std::find(user.phones.begin(), user.phones.end(), *number) == user.phones.end())
      user.phones.push_back(std::move(*number));
  }
  if (const json::value* departments = cells.Find("UF_DEPARTMENT");
      departments != nullptr && departments->is_array()) {
    for (const json::value& department : departments->get_array()) {
      if (auto link = ReadLink(department)) user.department_ids.push_back(std::move(*link));
    }
  }
  return user;
}

std::optional<DepartmentRow> DecodeDepartment(const json::value& row, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("ID");
  if (!id) return std::nullopt;
  return DepartmentRow{*id, cells.Text("NAME").value_or(*id), cells.Link("PARENT"), cells.Link("UF_HEAD"),
                       Small(cells.Integer("SORT"))};
}

std::optional<PipelineRow> DecodePipeline(const json::value& row, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  auto id = cells.Text("id");
  if (!id) id = cells.Text("ID");
  if (!id) return std::nullopt;
  auto name = cells.Text("name");
  if (!name) name = cells.Text("NAME");
  auto sort = cells.Integer("sort");
  if (!sort) sort = cells.Integer("SORT");
  return PipelineRow{"deal", *id, name.value_or(*id), Small(sort)};
}

void DecodeStatus(const json::value& row, const Reading& reading, SourceBatch& out, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto kind = cells.Text("ENTITY_ID");
  const auto id = cells.Text("STATUS_ID");
  if (!kind || !id) return;
  const std::string name = cells.Text("NAME").value_or(*id);
  const auto sort = Small(cells.Integer("SORT"));

  StageRow stage;
  if (*kind == "STATUS") {
    stage.entity = "lead";
    stage.pipeline_id = "lead";
    stage.id = *id;
  } else if (*kind == "DEAL_STAGE") {
    stage.entity = "deal";
    stage.pipeline_id = "0";
    stage.id = *id;
  } else if (kind->starts_with("DEAL_STAGE_")) {
    stage.entity = "deal";
    stage.pipeline_id = kind->substr(11);
    const std::string prefix = "C" + stage.pipeline_id + ":";
    // One tutorial's sample drops the prefix that every card carries.
    stage.id = id->starts_with(prefix) ? *id : prefix + *id;
  }
  if (!stage.entity.empty()) {
    stage.name = name;
    stage.sort = sort;
    stage.semantic = Semantic(cells);
    stage.color = cells.Text("COLOR");
    if (const json::value* extra = cells.Find("EXTRA"); !stage.color && extra != nullptr) {
      if (const json::value* color = FindMember(*extra, "COLOR")) stage.color = ReadText(*color);
    }
    if (stage.semantic == 'F' && reading.loss_reason == "stage") {
      out.dictionary.push_back(
          {"loss_reason", (stage.entity == "lead" ? "lead:" : "") + stage.id, name, sort, {}});
    }
    out.stages.push_back(std::move(stage));
    return;
  }
  std::string dictionary;
  if (*kind == "SOURCE") dictionary = "source";
  if (*kind == "DEAL_TYPE") dictionary = "deal_type";
  if (*kind == "CONTACT_TYPE" || *kind == "COMPANY_TYPE") dictionary = "client_type";
  if (*kind == "INDUSTRY") dictionary = "industry";
  if (dictionary.empty()) return;
  // Types of contacts and of companies share codes such as OTHER: the first one names them both.
  for (const DictionaryRow& known : out.dictionary) {
    if (known.kind == dictionary && known.id == *id) return;
  }
  out.dictionary.push_back({dictionary, *id, name, sort, {}});
}

std::optional<CurrencyRateRow> DecodeRate(const json::value& row, Day today, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto currency = cells.Text("CURRENCY");
  if (!currency) return std::nullopt;
  if (cells.Flag("BASE").value_or(false)) return CurrencyRateRow{*currency, today, "1"};
  const json::value* amount = cells.Find("AMOUNT");
  const json::value* count = cells.Find("AMOUNT_CNT");
  const auto value = amount == nullptr ? std::nullopt : ReadDouble(*amount);
  const auto units = count == nullptr ? std::optional<double>(1) : ReadDouble(*count);
  // Beyond ten digits it is no rate of any currency, and no column takes it.
  if (!value || !units || *value <= 0 || *units <= 0 || !(*value / *units < 1e10)) {
    notes.Add("AMOUNT", *currency);
    return std::nullopt;
  }
  // A rate has few digits; eight places of the quotient are exact to the last one that DECIMAL(18,8) keeps.
  char text[64];
  std::snprintf(text, sizeof text, "%.8f", *value / *units);
  return CurrencyRateRow{*currency, today, text};
}

std::optional<CustomFieldRow> DecodeField(const json::value& row, const std::string& entity,
                                          DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Text("FIELD_NAME");
  if (!id) return std::nullopt;
  CustomFieldRow field;
  field.entity = entity;
  field.id = *id;
  field.type = FieldType(cells.Text("USER_TYPE_ID").value_or("string"));
  if (field.type.empty()) return std::nullopt;
  field.multiple = cells.Flag("MULTIPLE").value_or(false);
  for (const char* label : {"EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL"}) {
    if (auto text = Label(cells.Find(label))) {
      field.title = *text;
      break;
    }
  }
  if (field.title.empty()) field.title = *id;
  if (const json::value* list = cells.Find("LIST"); list != nullptr) {
    for (const json::value* entry : ListRows(*list)) {
      const RowReader option(*entry, notes);
      const auto option_id = option.Text("ID");
      if (!option_id) continue;
      field.options.push_back(
          {*option_id, option.Text("VALUE").value_or(*option_id), Small(option.Integer("SORT"))});
    }
  }
  return field;
}

std::map<std::string, std::string> DecodeItemNames(const json::value& result) {
  std::map<std::string, std::string> names;
  const json::value* fields = FindMember(result, "fields");
  if (fields == nullptr || !fields->is_object()) return names;
  for (const auto& field : fields->get_object()) {
    auto id = FindString(field.value(), "upperName");
    if (id && id->starts_with("UF_")) names[std::move(*id)] = std::string(field.key());
  }
  return names;
}

std::vector<CustomFieldRow> DecodeItemFields(const json::value& result, const std::string& entity,
                                             DecodeNotes& notes) {
  std::vector<CustomFieldRow> rows;
  const json::value* fields = FindMember(result, "fields");
  if (fields == nullptr || !fields->is_object()) return rows;
  for (const auto& member : fields->get_object()) {
    const RowReader cells(member.value(), notes);
    CustomFieldRow field;
    field.entity = entity;
    field.id = cells.Text("upperName").value_or("");
    field.type = FieldType(cells.Text("type").value_or("string"));
    if (!field.id.starts_with("UF_") || field.type.empty()) continue;
    field.multiple = cells.Flag("isMultiple").value_or(false);
    field.title = cells.Text("title").value_or(field.id);
    if (const json::value* items = cells.Find("items"); items != nullptr) {
      for (const json::value* entry : ListRows(*items)) {
        const RowReader option(*entry, notes);
        if (const auto id = option.Text("ID"))
          field.options.push_back({*id, option.Text("VALUE").value_or(*id), std::nullopt});
      }
    }
    rows.push_back(std::move(field));
  }
  return rows;
}

}  // namespace svodka::crm::bitrix24
