#include <array>
#include <cstdint>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "crm/amocrm/decode.hpp"

namespace svodka::crm::amocrm {
namespace {

std::optional<int> Sort(const RowReader& cells) {
  const auto sort = cells.Integer("sort");
  if (!sort) return std::nullopt;
  return static_cast<int>(*sort);
}

struct TypeName {
  std::string_view theirs, ours;
};
constexpr std::array kTypes = {
    TypeName{"text", "text"},          TypeName{"textarea", "text"},      TypeName{"url", "text"},
    TypeName{"streetaddress", "text"}, TypeName{"tracking_data", "text"}, TypeName{"multitext", "text"},
    TypeName{"smart_address", "text"}, TypeName{"numeric", "number"},     TypeName{"price", "money"},
    TypeName{"monetary", "money"},     TypeName{"checkbox", "flag"},      TypeName{"select", "enum"},
    TypeName{"multiselect", "enum"},   TypeName{"radiobutton", "enum"},   TypeName{"category", "enum"},
    TypeName{"date", "date"},          TypeName{"date_time", "date"},     TypeName{"birthday", "date"}};

/// Of a value of BILL_STATUS. Old accounts lack the codes: the text then.
std::string StatusOf(const json::value& entry) {
  std::string status = FindString(entry, "enum_code").value_or("");
  const json::value* value = FindMember(entry, "value");
  if (status.empty() && value != nullptr) status = FoldCase(ReadText(*value).value_or(""));
  return status;
}

bool PartlyPaid(std::string_view status) {
  return status == "partially_paid" || status == "частично оплачен" || status == "оплачен частично";
}

}  // namespace

std::optional<Role> DecodeRole(const json::value& row, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  Role role{*id, cells.Text("name").value_or("#" + *id), nullptr};
  if (const json::value* rights = FindObject(row, "rights")) role.rights = *rights;
  return role;
}

std::optional<UserRow> DecodeUser(const json::value& row, const std::map<std::string, Role>& roles,
                                  DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  UserRow user;
  user.id = *id;
  user.name = cells.Text("name").value_or("#" + *id);
  user.email = cells.Text("email");
  std::string group = "0";  // null: the default group
  if (const json::value* rights = FindObject(row, "rights")) {
    const RowReader right(*rights, notes);
    user.active = right.Flag("is_active").value_or(true);
    group = right.Text("group_id").value_or("0");
    user.is_admin = right.Flag("is_admin");
    json::value of_role;
    if (const auto role_id = right.Link("role_id")) {
      const auto role = roles.find(*role_id);
      user.role = role == roles.end() ? "#" + *role_id : role->second.name;
      if (role != roles.end()) of_role = role->second.rights;
    }
    for (const json::value* role : Embedded(row, "roles")) {
      // The user's own answer names it even where the list of roles is refused.
      if (auto name = FindString(*role, "name"); name && !name->empty()) user.role = std::move(*name);
      const auto role_id = FindInteger(*role, "id");
      const auto known = role_id ? roles.find(std::to_string(*role_id)) : roles.end();
      if (known != roles.end()) of_role = known->second.rights;
    }
    user.rights = json::serialize(json::object{{"own", *rights}, {"role", std::move(of_role)}});
  }
  user.department_ids.push_back(std::move(group));
  return user;
}

std::optional<DepartmentRow> DecodeGroup(const json::value& row) {
  DecodeNotes notes;
  const RowReader cells(row, notes);
  const auto id = cells.Text("id");
  if (!id) return std::nullopt;
  DepartmentRow department;
  department.id = *id;
  department.name = cells.Text("name").value_or(*id == "0" ? "Отдел продаж" : "#" + *id);
  return department;
}

void DecodePipeline(const json::value& row, Reading& reading, SourceBatch& out, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto pipeline = cells.Link("id");
  if (!pipeline) return;
  const std::string name = cells.Text("name").value_or("#" + *pipeline);
  const auto sort = Sort(cells);
  const bool all_leads = reading.lead_pipelines.contains(*pipeline);
  const auto statuses = Embedded(row, "statuses");
  reading.unsorted_statuses.erase(*pipeline);
  for (const json::value* status : statuses) {
    const RowReader status_cells(*status, notes);
    if (status_cells.Integer("type") == 1 && status_cells.Link("id")) {
      reading.unsorted_statuses[*pipeline] = *status_cells.Link("id");
    }
  }
  const auto unsorted = reading.unsorted_statuses.find(*pipeline);
  const bool has_unsorted = unsorted != reading.unsorted_statuses.end();
  if (!all_leads) out.pipelines.push_back({"deal", *pipeline, name, sort});
  if (all_leads || has_unsorted) out.pipelines.push_back({"lead", *pipeline, name, sort});
  for (const json::value* status : statuses) {
    const RowReader status_cells(*status, notes);
    const auto id = status_cells.Link("id");
    if (!id) continue;
    const bool is_unsorted = has_unsorted && *id == unsorted->second;
    StageRow stage;
    stage.pipeline_id = *pipeline;
    stage.id = StageId(*pipeline, *id);
    stage.name = status_cells.Text("name").value_or("#" + *id);
    stage.sort = Sort(status_cells);
    stage.semantic = *id == kWonStatus ? 'S' : *id == kLostStatus ? 'F' : 'P';
    stage.color = status_cells.Text("color");
    if (!all_leads && !is_unsorted) {
      stage.entity = "deal";
      out.stages.push_back(stage);
    }
    if (all_leads || is_unsorted || (has_unsorted && stage.semantic != 'P')) {
      stage.entity = "lead";
      // An accepted request goes on as a deal, a declined one is lost.
      if (!all_leads && *id == kWonStatus) stage.name = "Принято";
      if (!all_leads && *id == kLostStatus) stage.name = "Отклонено";
      if (all_leads && *id == kWonStatus && stage.name.empty()) stage.name = "Качественный";
      out.stages.push_back(std::move(stage));
    }
  }
}

std::optional<DictionaryRow> DecodeLossReason(const json::value& row, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  return DictionaryRow{"loss_reason", *id, cells.Text("name").value_or("#" + *id), Sort(cells), std::nullopt};
}

std::optional<CustomFieldRow> DecodeField(const json::value& row, const std::string& entity,
                                          std::string& code, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  code = cells.Text("code").value_or("");
  CustomFieldRow field;
  field.entity = entity;
  field.id = *id;
  field.title = cells.Text("name").value_or("#" + *id);
  const std::string type = cells.Text("type").value_or("");
  for (const TypeName& known : kTypes) {
    if (known.theirs == type) field.type = std::string(known.ours);
  }
  field.multiple = type == "multiselect" || type == "multitext";
  if (const json::value* options = cells.Find("enums"); options != nullptr && options->is_array()) {
    for (const json::value& option : options->get_array()) {
      const RowReader option_cells(option, notes);
      const auto option_id = option_cells.Link("id");
      if (!option_id || field.type != "enum") continue;
      field.options.push_back(
          {*option_id, option_cells.Text("value").value_or("#" + *option_id), Sort(option_cells)});
    }
  }
  return field;
}

std::optional<ProductRow> DecodeProduct(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id || cells.Flag("is_deleted").value_or(false)) return std::nullopt;
  ProductRow product;
  product.id = *id;
  product.name = cells.Text("name").value_or("#" + *id);
  if (!reading.currency.empty()) product.currency = reading.currency;
  if (const json::value* field = FindField(row, "PRICE")) {
    if (const auto text = FieldText(*field)) product.price = ReadMoney(json::value(json::string(*text)));
  }
  if (const json::value* field = FindField(row, "GROUP")) product.category_id = FieldText(*field);
  return product;
}

bool IsPartlyPaid(const json::value& row) {
  const json::value* field = FindField(row, "BILL_STATUS");
  if (field == nullptr) return false;
  const json::value* values = FindMember(*field, "values");
  if (values == nullptr || !values->is_array() || values->get_array().empty()) return false;
  return PartlyPaid(StatusOf(values->get_array().front()));
}

std::optional<PaymentRow> DecodeInvoice(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  PaymentRow payment;
  payment.id = "invoice:" + *id;
  payment.comment = cells.Text("name");
  if (!reading.currency.empty()) payment.currency = reading.currency;
  std::string status;
  const json::value* fields = cells.Find("custom_fields_values");
  if (fields != nullptr && fields->is_array()) {
    for (const json::value& field : fields->get_array()) {
      const std::string code = FindString(field, "field_code").value_or("");
      const json::value* values = FindMember(field, "values");
      if (values == nullptr || !values->is_array() || values->get_array().empty()) continue;
      const json::value& entry = values->get_array().front();
      const json::value* value = FindMember(entry, "value");
      if (code == "BILL_STATUS") {
        status = StatusOf(entry);
      } else if (code == "BILL_PRICE" && value != nullptr) {
        payment.amount = ReadMoney(*value);
        if (!payment.amount && !value->is_null()) notes.Add("BILL_PRICE", ScalarText(*value).value_or(""));
      } else if (code == "BILL_PAYMENT_DATE" && value != nullptr) {
        payment.paid_day = ReadDay(*value, reading.zone);
      } else if (reading.paid_field != 0 && FindInteger(field, "field_id") == reading.paid_field &&
                 value != nullptr) {
        payment.paid_amount = ReadMoney(*value);
      } else if (reading.due_field != 0 && FindInteger(field, "field_id") == reading.due_field &&
                 value != nullptr) {
        payment.due_day = ReadDay(*value, reading.zone);
      }
    }
  }
  const bool paid = status == "paid" || status == "paid_in_advance" || status == "оплачен" ||
                    status == "оплачено" || status == "оплачен авансом" || status == "аванс";
  payment.state = cells.Flag("is_deleted").value_or(false) ? "cancelled" : paid ? "paid" : "planned";
  // The account has no field for what has come of an invoice that is paid in part: people make one, or it is
  // not known.
  const bool partly = PartlyPaid(status);
  if (!partly || payment.paid_amount == Money()) payment.paid_amount.reset();
  // The date is meaningful only on a paid invoice; a paid one without it was paid when it was last changed.
  if (!paid && !payment.paid_amount) {
    payment.paid_day.reset();
  } else if (!payment.paid_day) {
    if (const auto changed = ReadMoment(cells, "updated_at"))
      payment.paid_day = reading.zone.LocalDay(*changed);
  }
  if (!payment.due_day) {
    // No field holds a due date: an invoice is due when it is made.
    if (const auto made = ReadMoment(cells, "created_at")) payment.due_day = reading.zone.LocalDay(*made);
  }
  return payment;
}

std::optional<std::string> CustomerClient(const json::value& row) {
  for (const json::value* company : Embedded(row, "companies")) {
    if (const auto id = FindInteger(*company, "id")) return "company:" + std::to_string(*id);
  }
  std::optional<std::string> client;
  for (const json::value* contact : Embedded(row, "contacts")) {
    const auto id = FindInteger(*contact, "id");
    const json::value* main = FindMember(*contact, "is_main");
    if (!id || (client && !(main != nullptr && ReadFlag(*main).value_or(false)))) continue;
    client = "contact:" + std::to_string(*id);
  }
  return client;
}

std::optional<CustomerRow> DecodeCustomer(const json::value& row, const Reading& reading, bool& deleted,
                                          DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  CustomerRow customer;
  customer.id = *id;
  deleted = cells.Flag("is_deleted").value_or(false);
  if (deleted) return customer;
  customer.name = cells.Text("name");
  customer.owner_id = cells.Link("responsible_user_id");
  customer.creator_id = cells.Link("created_by");
  customer.status_id = cells.Link("status_id");
  customer.next_at = ReadMoment(cells, "next_date");
  const auto money = [&](const char* name) -> std::optional<Money> {
    const json::value* value = cells.Find(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    auto amount = ReadMoney(*value);
    if (!amount) notes.Add(name, ScalarText(*value).value_or(""));
    return amount;
  };
  customer.next_amount = money("next_price");
  customer.purchased_amount = money("ltv");
  if (!reading.currency.empty()) customer.currency = reading.currency;
  if (const auto count = cells.Integer("purchases_count"); count && *count >= 0 && *count <= INT32_MAX)
    customer.purchases = static_cast<int>(*count);
  customer.client_id = CustomerClient(row);
  std::set<std::string> seen;
  for (const auto& [list, kind] : {std::pair{"companies", "company:"}, std::pair{"contacts", "contact:"}}) {
    for (const json::value* client : Embedded(row, list)) {
      const auto number = FindInteger(*client, "id");
      if (!number || *number <= 0) continue;
      std::string client_id = kind + std::to_string(*number);
      if (!seen.insert(client_id).second) continue;
      const bool main = client_id == customer.client_id;
      customer.clients.push_back({std::move(client_id), main});
    }
  }
  for (const json::value* segment : Embedded(row, "segments")) {
    const auto number = FindInteger(*segment, "id");
    if (number && *number > 0 && seen.insert(std::to_string(*number)).second)
      customer.segment_ids.push_back(std::to_string(*number));
  }
  customer.created_at = ReadMoment(cells, "created_at");
  customer.modified_at = ReadMoment(cells, "updated_at");
  return customer;
}

std::optional<DictionaryRow> DecodeCustomerKind(const json::value& row, const std::string& kind,
                                                DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  return DictionaryRow{kind, *id, cells.Text("name").value_or("#" + *id), Sort(cells), std::nullopt};
}

std::optional<PaymentRow> DecodeTransaction(const json::value& row, const Reading& reading,
                                            DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  PaymentRow payment;
  payment.id = "transaction:" + *id;
  payment.comment = cells.Text("comment");
  if (!reading.currency.empty()) payment.currency = reading.currency;
  if (const json::value* price = cells.Find("price")) payment.amount = ReadMoney(*price);
  if (const auto at = ReadMoment(cells, "completed_at")) payment.paid_day = reading.zone.LocalDay(*at);
  payment.due_day = payment.paid_day;
  payment.state = cells.Flag("is_deleted").value_or(false) ? "cancelled" : "paid";
  return payment;
}

}  // namespace svodka::crm::amocrm
