#include <chrono>
#include <cstdlib>

#include "base/time.hpp"
#include "emulator/amocrm/exchange.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/texts.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

/// `+03:00`
std::string OffsetOf(const std::string& zone, Second now) {
  const auto found = Zone::Find(zone);
  const int32_t offset = found.ok() ? found->OffsetSeconds(Instant{std::chrono::seconds(now)}) : 0;
  const auto two = [](int32_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  const int32_t minutes = std::abs(offset) / 60;
  return (offset < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60);
}

}  // namespace

Response Exchange::AccountInfo() {
  const Query query = Parse();
  const auto asked = [&](const char* name) { return query.with.contains(name); };
  const std::string host = HostOf(request_);
  json::object body{{"id", kAccountId},
                    {"name", "Перегородкин"},
                    {"subdomain", account_.settings_.subdomain},
                    {"created_at", company().start},
                    {"created_by", 0},
                    {"updated_at", company().start},
                    {"updated_by", 0},
                    {"current_user_id", UserId(user_)},
                    {"country", "RU"},
                    {"currency", json::string(switches_.currency)},
                    {"currency_symbol", "₽"},
                    {"customers_mode", switches_.customers ? "periodicity" : "disabled"},
                    {"is_unsorted_on", true},
                    {"mobile_feature_version", 0},
                    {"is_loss_reason_enabled", true},
                    {"is_helpbot_enabled", false},
                    {"is_technical_account", false},
                    {"contact_name_display_order", 1},
                    {"_links", Link(origin_ + "/api/v4/account")}};
  if (asked("amojo_id")) body["amojo_id"] = "5f1b0000-0000-4000-8000-000000000031";
  if (asked("uuid")) body["uuid"] = "5f1b0000-0000-4000-8000-000000000032";
  if (asked("version")) body["version"] = 14;
  if (asked("drive_url")) body["drive_url"] = origin_;
  if (asked("is_api_filter_enabled")) body["is_api_filter_enabled"] = switches_.filters;
  if (asked("invoices_settings"))
    body["invoices_settings"] = json::object{{"lang", "ru"}, {"invoices_catalog_id", kInvoicesCatalog}};
  json::object embedded;
  if (asked("amojo_rights"))
    embedded["amojo_rights"] = json::object{{"can_direct", true}, {"can_create_groups", true}};
  if (asked("users_groups")) {
    json::array groups{
        json::object{{"id", 0}, {"name", company().departments.front().name}, {"uuid", nullptr}}};
    for (const Department& one : company().departments) {
      if (one.id > 1)
        groups.push_back(json::object{{"id", kGroupIds + one.id}, {"name", one.name}, {"uuid", nullptr}});
    }
    embedded["users_groups"] = std::move(groups);
  }
  if (asked("task_types")) {
    json::array types;
    for (const TaskType& type : TaskTypes())
      types.push_back(json::object{
          {"id", type.id},
          {"name", json::string(type.name)},
          {"color", nullptr},
          {"icon_id", nullptr},
          {"code", type.code.empty() ? json::value(nullptr) : json::value(json::string(type.code))}});
    embedded["task_types"] = std::move(types);
  }
  if (asked("entity_names")) {
    embedded["entity_names"] = json::object{
        {"leads", json::object{{"ru", json::object{{"singular_form", json::object{{"default", "Сделка"}}},
                                                   {"plural_form", json::object{{"default", "Сделки"}}}}}}}};
  }
  if (asked("datetime_settings")) {
    embedded["datetime_settings"] =
        json::object{{"date_pattern", "d.m.Y H:i"},
                     {"short_date_pattern", "d.m.Y"},
                     {"short_time_pattern", "H:i"},
                     {"date_format", "d.m.Y"},
                     {"time_format", "H:i:s"},
                     {"timezone", switches_.zone},
                     {"timezone_offset", OffsetOf(switches_.zone, company().now)}};
  }
  if (!embedded.empty()) body["_embedded"] = std::move(embedded);
  return Hal(200, body);
}

Response Exchange::Users() {
  if (!admin_) throw Forbidden();
  const Query query = Parse();
  Style style = Style_(query);
  style.self.clear();
  const auto listed = [&](const Employee& employee) {
    return !switches_.hide_dismissed || employee.dismissed == 0 || employee.dismissed > company().now;
  };
  if (parts_.size() > 1) {
    const uint32_t id = Place(parts_[1], kUserIds, company().employees.size());
    if (id == 0 || !listed(company().employee(static_cast<uint16_t>(id)))) throw NotFound();
    return Hal(200, UserRow(view(), company().employee(static_cast<uint16_t>(id)), style));
  }
  std::vector<uint32_t> ids;
  for (const Employee& employee : company().employees) {
    if (listed(employee)) ids.push_back(employee.id);
  }
  const size_t total = ids.size();
  Response response = PageOf(query, "users", ids, [&](uint32_t id) {
    return UserRow(view(), company().employee(static_cast<uint16_t>(id)), style);
  });
  if (response.status == 200) {
    json::object body = ParseJson(response.body).value().as_object();
    body["_total_items"] = total;
    body["_page_count"] = (total + static_cast<size_t>(query.limit) - 1) / static_cast<size_t>(query.limit);
    return Hal(200, body);
  }
  return response;
}

Response Exchange::RolesList() {
  if (!admin_) throw Forbidden();
  const Query query = Parse();
  json::array rows;
  for (size_t i = 0; i < Roles().size(); ++i) {
    json::array users;
    std::optional<json::value> rights;
    Style plain;
    plain.origin = origin_;
    for (const Employee& employee : company().employees) {
      if (RightsOf(company(), employee).role != static_cast<int>(i + 1)) continue;
      users.push_back(UserId(employee.id));
      if (!rights) rights = UserRow(view(), employee, plain).at("rights");
    }
    json::object row{{"id", Roles()[i].id},
                     {"name", json::string(Roles()[i].name)},
                     {"rights", rights.value_or(nullptr)},
                     {"_links", Link(origin_ + "/api/v4/roles/" + std::to_string(Roles()[i].id))}};
    json::object embedded;
    if (query.with.contains("users")) embedded["users"] = std::move(users);
    row["_embedded"] = std::move(embedded);
    rows.push_back(std::move(row));
  }
  return Whole("roles", std::move(rows));
}

Response Exchange::Pipelines() {
  const auto status_row = [&](const Status& status) {
    const uint32_t pipeline = AmoPipelines()[status.pipeline].id;
    return json::object{{"id", status.id},
                        {"name", status.name},
                        {"sort", status.sort},
                        {"is_editable", status.editable},
                        {"pipeline_id", pipeline},
                        {"color", status.color},
                        {"type", status.unsorted ? 1 : 0},
                        {"account_id", kAccountId},
                        {"_links", Link(origin_ + "/api/v4/leads/pipelines/" + std::to_string(pipeline) +
                                        "/statuses/" + std::to_string(status.id))}};
  };
  json::array rows;
  for (size_t i = 0; i < AmoPipelines().size(); ++i) {
    const AmoPipeline& pipeline = AmoPipelines()[i];
    json::array statuses;
    for (const Status& status : Statuses()) {
      if (status.pipeline == i) statuses.push_back(status_row(status));
    }
    json::object row{{"id", pipeline.id},
                     {"name", json::string(pipeline.name)},
                     {"sort", pipeline.sort},
                     {"is_main", pipeline.main},
                     {"is_unsorted_on", true},
                     {"is_archive", pipeline.archived},
                     {"account_id", kAccountId},
                     {"_links", Link(origin_ + "/api/v4/leads/pipelines/" + std::to_string(pipeline.id))},
                     {"_embedded", json::object{{"statuses", statuses}}}};
    if (parts_.size() > 2 && parts_[2] == std::to_string(pipeline.id)) {
      if (parts_.size() == 3) return Hal(200, row);
      if (parts_[3] == "statuses" && parts_.size() == 4) return Whole("statuses", std::move(statuses));
    }
    rows.push_back(std::move(row));
  }
  if (parts_.size() > 2) throw NotFound();
  return Whole("pipelines", std::move(rows));
}

Response Exchange::LossReasonList() {
  json::array rows;
  for (const LossReason& reason : LossReasons()) {
    json::object row{{"id", reason.id},
                     {"name", reason.name},
                     {"sort", reason.sort},
                     {"created_at", company().start},
                     {"updated_at", company().start},
                     {"_links", Link(origin_ + "/api/v4/leads/loss_reasons/" + std::to_string(reason.id))}};
    if (parts_.size() > 2 && parts_[2] == std::to_string(reason.id)) return Hal(200, row);
    rows.push_back(std::move(row));
  }
  if (parts_.size() > 2) throw NotFound();
  return Whole("loss_reasons", std::move(rows));
}

Response Exchange::CustomFields(Kind kind) {
  const Query query = Parse(250, 50);
  const auto types = query.Texts("type");
  json::array all = FieldDefinitions(kind, {types.begin(), types.end()});
  std::vector<uint32_t> ids;
  for (uint32_t i = 0; i < all.size(); ++i) ids.push_back(i);
  if (parts_.size() > 2) {
    for (const json::value& row : all) {
      if (parts_[2] == std::to_string(row.at("id").as_int64())) return Hal(200, row);
    }
    throw NotFound();
  }
  return PageOf(query, "custom_fields", ids, [&](uint32_t i) { return all[i].as_object(); });
}

Response Exchange::Catalogs() {
  const Query query = Parse();
  const std::string type = TextParam(query.params(), "type").value_or("");
  json::array rows;
  const auto add = [&](int64_t id, const char* name, const char* kind, int sort) {
    json::object row{{"id", id},
                     {"name", name},
                     {"created_by", 0},
                     {"updated_by", 0},
                     {"created_at", company().start},
                     {"updated_at", company().start},
                     {"sort", sort},
                     {"type", kind},
                     {"can_add_elements", true},
                     {"can_show_in_cards", true},
                     {"can_link_multiple", true},
                     {"can_be_deleted", false},
                     {"sdk_widget_code", nullptr},
                     {"account_id", kAccountId},
                     {"_links", Link(origin_ + "/api/v4/catalogs/" + std::to_string(id))}};
    if (type.empty() || type == kind) rows.push_back(std::move(row));
  };
  add(kProductsCatalog, "Товары", "products", 10);
  add(kInvoicesCatalog, "Счета/покупки", "invoices", 20);
  if (parts_.size() > 1) {
    for (const json::value& row : rows) {
      if (parts_[1] == std::to_string(row.at("id").as_int64())) return Hal(200, row);
    }
    throw NotFound();
  }
  std::vector<uint32_t> ids;
  for (uint32_t i = 0; i < rows.size(); ++i) ids.push_back(i);
  return PageOf(query, "catalogs", ids, [&](uint32_t i) { return rows[i].as_object(); });
}

Response Exchange::Elements(int64_t catalog) {
  const Query query = Parse();
  Style style = Style_(query);
  const bool invoices = catalog == kInvoicesCatalog;
  const size_t count = invoices ? view().invoices.size() : Products().size();
  const int64_t base = invoices ? kElementIds : 800000;
  const auto row = [&](uint32_t place) {
    json::object made = invoices ? InvoiceRow(view(), place, style) : ProductRow(view(), place, style);
    if (style.with.contains("invoice_link"))
      made["invoice_link"] = "https://pay.example/" + std::to_string(base + place);
    return made;
  };
  if (parts_.size() > 3) {
    const uint32_t place = Place(parts_[3], base, count);
    if (place == 0) return Empty();
    return Hal(200, row(place));
  }
  std::vector<uint32_t> ids;
  const auto wanted = query.Numbers("id");
  for (uint32_t place = 1; place <= count; ++place) {
    if (wanted && !wanted->Fits(base + place)) continue;
    ids.push_back(place);
  }
  return PageOf(query, "elements", ids, row);
}

Response Exchange::Sources_() {
  // Only the sources of the calling integration: its form, not those of the whole account.
  for (size_t i = 0; i < Sources().size(); ++i) {
    if (Sources()[i].id != "WEBFORM") continue;
    return Whole("sources", {json::object{{"id", kSourceIds + static_cast<int64_t>(i)},
                                          {"name", json::string(Sources()[i].name)},
                                          {"external_id", "form-1"},
                                          {"pipeline_id", AmoPipelines()[kLeadsPipeline].id},
                                          {"services", json::array()},
                                          {"default", true}}});
  }
  return Empty();
}

Response Exchange::Tags(Kind kind) {
  if (kind != Kind::kLead) return Empty();
  const Query query = Parse();
  const auto names = query.Texts("name");
  const auto ids = query.Numbers("id");
  json::array rows;
  for (const auto& [id, name] :
       {std::pair{kTagIds, "срочно"}, std::pair{kTagIds + 1, "дилер"}, std::pair{kTagIds + 2, "повтор"}}) {
    if (!names.empty() && names.front() != name) continue;
    if (ids && !ids->Fits(id)) continue;
    rows.push_back(json::object{{"id", id}, {"name", name}, {"color", nullptr}});
  }
  std::vector<uint32_t> places;
  for (uint32_t i = 0; i < rows.size(); ++i) places.push_back(i);
  return PageOf(query, "tags", places, [&](uint32_t i) { return rows[i].as_object(); });
}

Response Exchange::EventTypes() {
  json::array rows;
  for (int type = 0; type <= static_cast<int>(EventType::kContactLinked); ++type) {
    const std::string_view key = EventName(static_cast<EventType>(type));
    rows.push_back(json::object{{"key", json::string(key)}, {"type", type + 1}, {"lang", json::string(key)}});
  }
  return Whole("events_types", std::move(rows));
}

Response Exchange::Currencies_() {
  json::array rows;
  for (const CurrencyEntry& currency : Currencies())
    rows.push_back(
        json::object{{"code", json::string(currency.code)}, {"name", json::string(currency.name)}});
  return Whole("currencies", std::move(rows));
}

Response Exchange::Webhooks() {
  if (!admin_ || !switches_.webhooks) throw Forbidden();
  const Query query = Parse();
  const auto wanted = query.Texts("destination");
  json::array rows;
  const std::lock_guard lock(account_.side_mutex_);
  for (const Hooks::Subscription& one : account_.hooks_.subscriptions()) {
    if (!wanted.empty() && wanted.front() != one.destination) continue;
    json::array settings;
    for (const std::string& code : one.settings) settings.push_back(json::string(code));
    rows.push_back(json::object{{"id", one.id},
                                {"destination", one.destination},
                                {"created_at", one.created},
                                {"updated_at", one.updated},
                                {"account_id", kAccountId},
                                {"created_by", one.created_by},
                                {"sort", one.sort},
                                {"disabled", one.disabled},
                                {"settings", std::move(settings)}});
  }
  if (rows.empty()) return Empty();
  return Whole("webhooks", std::move(rows));
}

}  // namespace svodka::emulator::amocrm
