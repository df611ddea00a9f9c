#include <algorithm>

#include "base/money.hpp"
#include "emulator/bitrix24/call.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/staff.hpp"
#include "emulator/company/texts.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

json::string S(std::string_view text) { return json::string(text); }
json::string N(int64_t number) { return json::string(std::to_string(number)); }

json::object UserRow(const Company& company, const Employee& employee) {
  json::array departments{employee.department};
  if (employee.second_department != 0) departments.push_back(employee.second_department);
  json::object row;
  row["ID"] = N(employee.id);
  row["ACTIVE"] = employee.dismissed == 0 || employee.dismissed > company.now;
  row["NAME"] = S(employee.name);
  row["LAST_NAME"] = S(employee.last_name);
  row["SECOND_NAME"] = S(employee.second_name);
  row["EMAIL"] = S(employee.email);
  row["LAST_LOGIN"] = S(LocalIso(company.now - 3600));
  row["DATE_REGISTER"] = S(LocalIso(employee.hired));
  row["TIME_ZONE"] = "";
  row["IS_ONLINE"] = "N";
  row["TIMESTAMP_X"] = json::object();  // an empty object in many recordings
  row["LAST_ACTIVITY_DATE"] = json::object();
  row["PERSONAL_GENDER"] = "";
  row["PERSONAL_PHOTO"] = nullptr;
  row["WORK_POSITION"] = S(employee.position);
  row["UF_DEPARTMENT"] = departments;
  row["USER_TYPE"] = "employee";
  return row;
}

json::object StatusRow(int id, std::string_view entity, std::string_view status, std::string_view name,
                       int sort, std::string_view category) {
  json::object row;
  row["ID"] = N(id);
  row["ENTITY_ID"] = S(entity);
  row["STATUS_ID"] = S(status);
  row["NAME"] = S(name);
  row["NAME_INIT"] = "";
  row["SORT"] = N(sort);
  row["SYSTEM"] = status.find("UC_") == std::string_view::npos ? "Y" : "N";
  row["COLOR"] = "";
  row["SEMANTICS"] = nullptr;
  row["CATEGORY_ID"] = category.empty() ? json::value(nullptr) : json::value(S(category));
  return row;
}

void AddStage(json::array& rows, int id, std::string_view entity, const Stage& stage, const StageEdit& now,
              std::string_view category) {
  if (now.removed) return;
  json::object row = StatusRow(id, entity, stage.id, now.name, now.sort, category);
  row["COLOR"] = S(stage.color);
  row["SEMANTICS"] =
      now.semantic == 'P' ? json::value(nullptr) : json::value(S(std::string(1, now.semantic)));
  row["EXTRA"] = json::object{{"SEMANTICS", now.semantic == 'P'   ? "process"
                                            : now.semantic == 'S' ? "success"
                                            : stage.apology       ? "apology"
                                                                  : "failure"},
                              {"COLOR", S(stage.color)}};
  rows.push_back(std::move(row));
}

json::array AllStatuses(const Company& company) {
  json::array rows;
  int id = 1;
  StageIndex index = 0;
  for (const Stage& stage : LeadStages())
    AddStage(rows, id++, "STATUS", stage, StageAt(company, false, index++, company.now), "");
  index = 0;
  for (const Stage& stage : DealStages()) {
    const std::string number = std::to_string(stage.category);
    AddStage(rows, id++, stage.category == 0 ? "DEAL_STAGE" : "DEAL_STAGE_" + number, stage,
             StageAt(company, true, index++, company.now), number);
  }
  int smart_sort = 0;
  for (const SmartStage& stage : SmartStages()) {
    json::object row = StatusRow(id++, "DYNAMIC_1030_STAGE_9", stage.id, stage.name, smart_sort += 10, "9");
    if (stage.semantic != 'P') row["SEMANTICS"] = S(std::string(1, stage.semantic));
    rows.push_back(std::move(row));
  }
  const auto add = [&](std::string_view entity, const auto& entries) {
    int sort = 10;
    for (const auto& entry : entries) {
      rows.push_back(StatusRow(id++, entity, entry.id, entry.name, sort, ""));
      sort += 10;
    }
  };
  add("SOURCE", Sources());
  add("DEAL_TYPE", DealTypes());
  add("CONTACT_TYPE", ContactTypes());
  add("COMPANY_TYPE", CompanyTypes());
  add("INDUSTRY", Industries());
  return rows;
}

/// The simple filters of dictionary methods: equality of a member with one or several values.
bool RowFits(const json::object& row, const json::value* filter) {
  if (filter == nullptr) return true;
  for (auto [key, wanted] : EntriesOf(*filter)) {
    while (!key.empty() && (key.front() == '=' || key.front() == '@')) key.erase(0, 1);
    const json::value* value = row.if_contains(key);
    if (value == nullptr) continue;
    const auto own =
        value->is_bool() ? std::optional<std::string>(value->get_bool() ? "1" : "0") : ScalarText(*value);
    bool found = false;
    for (const json::value& one : ListOf(wanted)) {
      std::string text = one.is_bool() ? (one.get_bool() ? "1" : "0") : ScalarText(one).value_or("");
      if (value->is_bool() && (text == "Y" || text == "true")) text = "1";
      if (value->is_bool() && (text == "N" || text == "false" || text.empty())) text = "0";
      found = found || own.value_or("") == text;
      if (value->is_array()) {
        for (const json::value& item : value->get_array()) found = found || ScalarText(item) == text;
      }
    }
    if (!found) return false;
  }
  return true;
}

}  // namespace

Answer Call::UserGet() {
  json::array rows;
  const json::value* filter = Param(params_, "filter");
  json::object own;
  if (filter == nullptr) {  // the filter may stand at the top level
    for (const char* name : {"ID", "ACTIVE", "NAME", "LAST_NAME", "EMAIL", "UF_DEPARTMENT"}) {
      if (const json::value* value = params_.if_contains(name)) own[name] = *value;
    }
  }
  const json::value own_filter(own);
  for (const Employee& employee : company().employees) {
    json::object row = UserRow(company(), employee);
    if (RowFits(row, filter != nullptr ? filter : &own_filter)) rows.push_back(std::move(row));
  }
  if (TextParam(params_, "order").value_or("ASC") == "DESC") std::reverse(rows.begin(), rows.end());
  return PageOf(std::move(rows));
}

Answer Call::UserCurrent() {
  return {UserRow(company(), company().employee(static_cast<uint16_t>(portal_.settings_.user))), {}, {}, 0};
}

Answer Call::Profile() {
  const Employee& employee = company().employee(static_cast<uint16_t>(portal_.settings_.user));
  json::object row;
  row["ID"] = N(employee.id);
  row["ADMIN"] = employee.id == DirectorId();
  row["NAME"] = S(employee.name);
  row["LAST_NAME"] = S(employee.last_name);
  row["PERSONAL_GENDER"] = "";
  row["TIME_ZONE"] = "";
  return {row, {}, {}, 0};
}

Answer Call::UserAdmin() { return {portal_.settings_.user == DirectorId(), {}, {}, 0}; }

Answer Call::Scope() {
  json::array scopes;
  for (const char* scope :
       {"crm", "user", "user_basic", "user_brief", "department", "telephony", "task", "tasks", "catalog"}) {
    if (faults_.missing_scope != scope) scopes.push_back(scope);
  }
  return {scopes, {}, {}, 0};
}

Answer Call::ServerTime() {
  return {S(LocalIso(static_cast<Second>(company().now + faults_.clock_skew_s))), {}, {}, 0};
}

Answer Call::AppInfo() {
  throw ApiError{400, "ACCESS_DENIED", "Access denied! Application context required"};
}

Answer Call::Methods() {
  json::array names;
  for (const auto& handler : Handlers()) names.push_back(S(handler.first));
  return {names, {}, {}, 0};
}

Answer Call::DepartmentGet() {
  json::array rows;
  for (const Department& department : company().departments) {
    json::object row;
    row["ID"] = N(department.id);
    row["NAME"] = S(department.name);
    row["SORT"] = department.sort;
    if (department.parent != 0) row["PARENT"] = N(department.parent);
    if (department.head != 0) row["UF_HEAD"] = N(department.head);
    json::object filter;  // filters stand at the top level here
    for (const char* name : {"ID", "NAME", "PARENT", "UF_HEAD"}) {
      if (const json::value* value = params_.if_contains(name)) filter[name] = *value;
    }
    const json::value wanted(filter);
    if (RowFits(row, &wanted)) rows.push_back(std::move(row));
  }
  return PageOf(std::move(rows));
}

Answer Call::CategoryList() {
  const int64_t type = IntParam(params_, "entityTypeId").value_or(0);
  if (type == 0) throw ApiError{400, "100", "Could not find value for parameter {entityTypeId}"};
  if (type != 2) throw ApiError{400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported"};
  json::array rows;
  for (const Pipeline& pipeline : Pipelines()) {
    rows.push_back(json::object{{"id", pipeline.category},
                                {"name", S(pipeline.name)},
                                {"sort", pipeline.sort},
                                {"entityTypeId", 2},
                                {"isDefault", pipeline.category == 0 ? "Y" : "N"},
                                {"originId", ""},
                                {"originatorId", ""}});
  }
  const auto total = static_cast<int64_t>(rows.size());
  return {json::object{{"categories", rows}}, total, {}, 0};
}

Answer Call::DealCategoryList() {  // the default pipeline is not listed
  json::array rows;
  for (const Pipeline& pipeline : Pipelines()) {
    if (pipeline.category == 0) continue;
    rows.push_back(json::object{{"ID", N(pipeline.category)},
                                {"CREATED_DATE", S(LocalIso(company().start))},
                                {"NAME", S(pipeline.name)},
                                {"IS_LOCKED", "N"},
                                {"SORT", N(pipeline.sort)}});
  }
  return PageOf(std::move(rows));
}

Answer Call::DealCategoryStageList() {
  const int64_t category = IntParam(params_, "id").value_or(0);
  json::array rows;
  StageIndex index = 0;
  for (const Stage& stage : DealStages()) {
    const StageEdit now = StageAt(company(), true, index++, company().now);
    if (stage.category == category && !now.removed)
      rows.push_back(json::object{{"NAME", S(now.name)}, {"SORT", now.sort}, {"STATUS_ID", S(stage.id)}});
  }
  return {rows, {}, {}, 0};
}

Answer Call::StatusList() {
  json::array rows;
  const json::value* filter = Param(params_, "filter");
  for (const json::value& row : AllStatuses(company())) {
    if (RowFits(row.get_object(), filter)) rows.push_back(row);
  }
  // This method answers with everything at once.
  const auto total = static_cast<int64_t>(rows.size());
  return {rows, total, {}, 0};
}

Answer Call::StatusEntityTypes() {
  json::array rows;
  const auto add = [&](std::string_view id, std::string_view name, json::value semantic, json::value category,
                       json::value type) {
    rows.push_back(json::object{{"ID", S(id)},
                                {"NAME", S(name)},
                                {"SEMANTIC_INFO", std::move(semantic)},
                                {"CATEGORY_ID", std::move(category)},
                                {"ENTITY_TYPE_ID", std::move(type)}});
  };
  add("STATUS", "Статусы",
      json::object{{"START_FIELD", "NEW"},
                   {"FINAL_SUCCESS_FIELD", "CONVERTED"},
                   {"FINAL_UNSUCCESS_FIELD", "JUNK"},
                   {"FINAL_SORT", 0}},
      nullptr, 1);
  add("SOURCE", "Источники", json::array(), nullptr, nullptr);
  add("CONTACT_TYPE", "Тип контакта", json::array(), nullptr, nullptr);
  add("COMPANY_TYPE", "Тип компании", json::array(), nullptr, nullptr);
  add("INDUSTRY", "Сфера деятельности", json::array(), nullptr, nullptr);
  add("DEAL_TYPE", "Тип сделки", json::array(), nullptr, nullptr);
  for (const Pipeline& pipeline : Pipelines()) {
    const std::string number = std::to_string(pipeline.category);
    const std::string prefix = pipeline.category == 0 ? "" : "C" + number + ":";
    add(pipeline.category == 0 ? "DEAL_STAGE" : "DEAL_STAGE_" + number, pipeline.name,
        json::object{{"START_FIELD", S(prefix + "NEW")},
                     {"FINAL_SUCCESS_FIELD", S(prefix + "WON")},
                     {"FINAL_UNSUCCESS_FIELD", S(prefix + "LOSE")},
                     {"FINAL_SORT", 0}},
        S(number), 2);
  }
  return {rows, {}, {}, 0};
}

Answer Call::SettingsMode() { return {1, {}, {}, 0}; }

Answer Call::CurrencyList() {
  json::array rows;
  for (const CurrencyEntry& currency : Currencies()) {
    rows.push_back(json::object{{"CURRENCY", S(currency.code)},
                                {"AMOUNT_CNT", "1"},
                                {"AMOUNT", S(Money::FromMinor(currency.rate_minor).ToString() + "00")},
                                {"SORT", "100"},
                                {"BASE", currency.code == "RUB" ? "Y" : "N"},
                                {"FULL_NAME", S(currency.name)},
                                {"LID", "ru"},
                                {"DATE_UPDATE", S(LocalIso(company().start))},
                                {"DECIMALS", "2"}});
  }
  return {rows, 0, {}, 0};  // its total is always 0
}

Answer Call::CurrencyBase() { return {"RUB", {}, {}, 0}; }

Answer Call::OwnerTypes() {
  json::array rows;
  int id = 1;
  for (const auto& [name, word] :
       {std::pair{"Лид", "LEAD"}, {"Сделка", "DEAL"}, {"Контакт", "CONTACT"}, {"Компания", "COMPANY"}}) {
    static constexpr const char* kShort[] = {"L", "D", "C", "CO"};
    rows.push_back(json::object{
        {"ID", id}, {"NAME", name}, {"SYMBOL_CODE", word}, {"SYMBOL_CODE_SHORT", kShort[id - 1]}});
    ++id;
  }
  return {rows, {}, {}, 0};
}

Answer Call::ItemTypes() {
  json::array types{json::object{{"id", 7}, {"entityTypeId", kSmartType}, {"title", S("Монтаж")}}};
  return {json::object{{"types", std::move(types)}}, 1, {}, 0};
}

}  // namespace svodka::emulator::bitrix24
