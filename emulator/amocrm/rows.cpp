#include "emulator/amocrm/rows.hpp"

#include <array>

#include "emulator/company/catalog.hpp"
#include "emulator/company/random.hpp"
#include "emulator/company/texts.hpp"

namespace svodka::emulator::amocrm {
namespace {

json::value OrNull(int64_t number) { return number == 0 ? json::value(nullptr) : json::value(number); }

json::object Self(const Style& style, std::string_view what, int64_t id) {
  std::string href = style.origin + "/api/v4/" + std::string(what) + "/" + std::to_string(id);
  const size_t query = style.self.find('?');
  if (query != std::string::npos) href += style.self.substr(query);
  return Link(href);
}

json::array TagsOf(const View& view, Kind kind, uint32_t id) {
  const auto found = view.tags.find(View::Key(kind, id));
  if (found != view.tags.end()) return found->second;
  // A tenth of the leads carry a tag of their own.
  if (kind != Kind::kLead || Dice(8, id) % 10 != 0 || view.bare.contains(View::Key(kind, id))) return {};
  static constexpr std::array<std::string_view, 3> kTags = {"срочно", "дилер", "повтор"};
  const size_t place = Dice(9, id) % kTags.size();
  return {json::object{{"id", kTagIds + static_cast<int64_t>(place)},
                       {"name", json::string(kTags[place])},
                       {"color", nullptr}}};
}

json::object Brief(std::string_view what, int64_t id, const Style& style) {
  return json::object{
      {"id", id}, {"_links", Link(style.origin + "/api/v4/" + std::string(what) + "/" + std::to_string(id))}};
}

std::string WrittenName(const View& view, Kind kind, uint32_t id) {
  const auto found = view.names.find(View::Key(kind, id));
  return found == view.names.end() ? std::string() : found->second;
}

void AddLeads(json::object& embedded, const std::unordered_map<uint32_t, std::vector<uint32_t>>& of,
              uint32_t id, const View& view, const Style& style) {
  json::array leads;
  if (const auto found = of.find(id); found != of.end()) {
    for (const uint32_t card : found->second) {
      if (!view.cards[card - 1].deleted) leads.push_back(Brief("leads", PublicId(Kind::kLead, card), style));
    }
  }
  embedded["leads"] = std::move(leads);
}

}  // namespace

json::object Link(const std::string& href) { return json::object{{"self", json::object{{"href", href}}}}; }

std::string_view Singular(Kind kind) {
  switch (kind) {
    case Kind::kLead:
      return "lead";
    case Kind::kContact:
      return "contact";
    case Kind::kCompany:
      return "company";
    case Kind::kCustomer:
      return "customer";
    case Kind::kTask:
      return "task";
    case Kind::kElement:
      break;
  }
  return "catalog_4517";
}
std::string_view Plural(Kind kind) {
  switch (kind) {
    case Kind::kLead:
      return "leads";
    case Kind::kContact:
      return "contacts";
    case Kind::kCompany:
      return "companies";
    case Kind::kCustomer:
      return "customers";
    case Kind::kTask:
      return "tasks";
    case Kind::kElement:
      break;
  }
  return "catalog_elements";
}
int64_t PublicId(Kind kind, uint32_t id) {
  switch (kind) {
    case Kind::kLead:
      return kLeadIds + id;
    case Kind::kContact:
      return kContactIds + id;
    case Kind::kCompany:
      return kCompanyIds + id;
    case Kind::kCustomer:
      return kCustomerIds + id;
    case Kind::kTask:
      return kTaskIds + id;
    case Kind::kElement:
      break;
  }
  return kElementIds + id;
}

json::object LeadRow(const View& view, uint32_t id, const Style& style) {
  const Card& card = view.cards[id - 1];
  const Status& status = Statuses()[card.status];
  const int64_t lead_id = PublicId(Kind::kLead, id);
  const uint16_t owner = view.Owner(card);
  json::object row;
  row.reserve(26);
  row["id"] = lead_id;
  row["name"] = view.Name(id);
  row["price"] = view.Price(card);
  if (style.cents) row["price_with_minor_units"] = static_cast<double>(view.Amount(card)) / 100.0;
  row["responsible_user_id"] = UserId(owner);
  row["group_id"] = GroupOf(view.company, owner);
  row["status_id"] = status.id;
  row["pipeline_id"] = AmoPipelines()[status.pipeline].id;
  row["loss_reason_id"] = card.reason == 0 ? json::value(nullptr) : json::value(kReasonIds + card.reason);
  if (style.with.contains("source_id") || style.with.contains("source")) {
    const uint8_t source = view.SourceOf(card);
    row["source_id"] = source == 255 ? json::value(nullptr) : json::value(kSourceIds + source);
  }
  row["created_by"] = ActorId(view.Creator(card));
  row["updated_by"] = ActorId(card.updated_by);
  row["created_at"] = view.Created(card);
  row["updated_at"] = card.updated;
  const auto closed = view.written_closed.find(id);
  row["closed_at"] =
      OrNull(closed != view.written_closed.end() && card.closed != 0 ? closed->second : card.closed);
  row["closest_task_at"] = OrNull(view.ClosestTask(card));
  row["is_deleted"] = card.deleted;
  row["custom_fields_values"] = LeadValues(view, id);
  row["score"] = nullptr;
  row["account_id"] = kAccountId;
  row["labor_cost"] = nullptr;
  if (style.with.contains("is_price_modified_by_robot")) row["is_price_modified_by_robot"] = false;
  row["_links"] = Self(style, "leads", lead_id);
  json::object embedded;
  embedded["tags"] = TagsOf(view, Kind::kLead, id);
  json::array companies;
  if (const uint32_t firm = view.CompanyOf(card); firm != 0)
    companies.push_back(Brief("companies", PublicId(Kind::kCompany, firm), style));
  embedded["companies"] = std::move(companies);
  if (style.with.contains("contacts")) {
    json::array contacts;
    for (const uint32_t contact : view.ContactsOf(card)) {
      json::object one = Brief("contacts", PublicId(Kind::kContact, contact), style);
      one["is_main"] = contacts.empty();
      contacts.push_back(std::move(one));
    }
    embedded["contacts"] = std::move(contacts);
  }
  if (style.with.contains("loss_reason")) {
    json::array reasons;
    for (const LossReason& reason : LossReasons()) {
      if (card.reason == 0 || reason.id != kReasonIds + card.reason) continue;
      reasons.push_back(json::object{
          {"id", reason.id},
          {"name", reason.name},
          {"sort", reason.sort},
          {"created_at", view.company.start},
          {"updated_at", view.company.start},
          {"_links", Link(style.origin + "/api/v4/leads/loss_reasons/" + std::to_string(reason.id))}});
    }
    embedded["loss_reason"] = std::move(reasons);
  }
  if (style.with.contains("catalog_elements")) {
    json::array elements;
    const auto add = [&](int64_t element, int64_t catalog, int64_t quantity) {
      elements.push_back(json::object{
          {"id", element},
          {"metadata",
           json::object{{"quantity", quantity}, {"catalog_id", catalog}, {"price_id", nullptr}}}});
    };
    if (const auto found = view.invoices_of.find(id); found != view.invoices_of.end()) {
      for (const uint32_t place : found->second) add(kElementIds + place + 1, kInvoicesCatalog, 1);
    }
    if (card.deal != 0) {
      for (const ProductLine& line : LinesOf(view.company, card.deal))
        add(800000 + line.product + 1, kProductsCatalog, line.quantity);
    }
    embedded["catalog_elements"] = std::move(elements);
  }
  if (style.with.contains("source")) {
    const uint8_t source = view.SourceOf(card);
    if (source != 255) {
      embedded["source"] =
          json::object{{"id", kSourceIds + source}, {"name", json::string(Sources()[source].name)}};
    } else {
      embedded["source"] = nullptr;
    }
  }
  row["_embedded"] = std::move(embedded);
  return row;
}

json::object DeletedLeadRow(const View& view, uint32_t id) {
  const Card& card = view.cards[id - 1];
  return json::object{{"id", PublicId(Kind::kLead, id)},
                      {"updated_at", card.updated},
                      {"updated_by", ActorId(card.updated_by)},
                      {"is_deleted", true}};
}

json::object ContactRow(const View& view, uint32_t id, const Style& style) {
  const Contact& contact = view.company.contacts[id - 1];
  const PersonName name = ContactName(view.company, id);
  const int64_t public_id = PublicId(Kind::kContact, id);
  std::string full = WrittenName(view, Kind::kContact, id);
  const bool written = !full.empty();
  if (!written) full = name.first + " " + name.last;
  json::object embedded{{"tags", TagsOf(view, Kind::kContact, id)}};
  json::array companies;
  if (contact.company != 0)
    companies.push_back(Brief("companies", PublicId(Kind::kCompany, contact.company), style));
  embedded["companies"] = std::move(companies);
  if (style.with.contains("leads")) AddLeads(embedded, view.cards_of_contact, id, view, style);
  if (style.with.contains("customers")) embedded["customers"] = json::array();
  if (style.with.contains("catalog_elements")) embedded["catalog_elements"] = json::array();
  return json::object{{"id", public_id},
                      {"name", full},
                      {"first_name", written ? std::string() : name.first},
                      {"last_name", written ? std::string() : name.last},
                      {"responsible_user_id", UserId(contact.owner)},
                      {"group_id", GroupOf(view.company, contact.owner)},
                      {"created_by", ActorId(contact.creator)},
                      {"updated_by", ActorId(contact.owner)},
                      {"created_at", contact.created},
                      {"updated_at", contact.modified},
                      {"closest_task_at", OrNull(view.ClosestTask(CardType::kContact, id))},
                      {"is_deleted", contact.deleted},
                      {"is_unsorted", false},
                      {"custom_fields_values", ContactValues(view, id)},
                      {"account_id", kAccountId},
                      {"_links", Self(style, "contacts", public_id)},
                      {"_embedded", std::move(embedded)}};
}

json::object CompanyRow(const View& view, uint32_t id, const Style& style) {
  const Firm& firm = view.company.firms[id - 1];
  const int64_t public_id = PublicId(Kind::kCompany, id);
  std::string name = WrittenName(view, Kind::kCompany, id);
  if (name.empty()) name = FirmTitle(view.company, id);
  json::object embedded{{"tags", TagsOf(view, Kind::kCompany, id)}};
  if (style.with.contains("leads")) AddLeads(embedded, view.cards_of_company, id, view, style);
  if (style.with.contains("contacts")) {
    json::array contacts;
    if (const auto found = view.contacts_of_company.find(id); found != view.contacts_of_company.end()) {
      for (const uint32_t contact : found->second)
        contacts.push_back(Brief("contacts", PublicId(Kind::kContact, contact), style));
    }
    embedded["contacts"] = std::move(contacts);
  }
  if (style.with.contains("customers")) embedded["customers"] = json::array();
  if (style.with.contains("catalog_elements")) embedded["catalog_elements"] = json::array();
  return json::object{{"id", public_id},
                      {"name", name},
                      {"responsible_user_id", UserId(firm.owner)},
                      {"group_id", GroupOf(view.company, firm.owner)},
                      {"created_by", ActorId(firm.creator)},
                      {"updated_by", ActorId(firm.owner)},
                      {"created_at", firm.created},
                      {"updated_at", firm.modified},
                      {"closest_task_at", OrNull(view.ClosestTask(CardType::kCompany, id))},
                      {"is_deleted", firm.deleted},
                      {"custom_fields_values", CompanyValues(view, id)},
                      {"account_id", kAccountId},
                      {"_links", Self(style, "companies", public_id)},
                      {"_embedded", std::move(embedded)}};
}

json::object TaskRow(const View& view, uint32_t id, const Style& style) {
  const Action& action = view.company.actions[id - 1];
  const View::Target target = view.TargetOf(action.card_type, action.card);
  const int64_t public_id = PublicId(Kind::kTask, id);
  json::value result = json::array();  // PHP's empty map
  if (action.completed)
    result = json::object{
        {"text", Dice(10, id) % 3 == 0 ? std::string("Сделано") : std::string("Выполнено, см. примечания")}};
  return json::object{
      {"id", public_id},
      {"created_by", ActorId(action.author)},
      {"updated_by", ActorId(action.responsible)},
      {"created_at", action.created},
      {"updated_at", std::max(action.created, action.modified)},
      {"responsible_user_id", UserId(action.responsible)},
      {"group_id", GroupOf(view.company, action.responsible)},
      {"entity_id", target.id == 0 ? json::value(nullptr) : json::value(PublicId(target.kind, target.id))},
      {"entity_type", target.id == 0 ? json::value(nullptr) : json::value(json::string(Plural(target.kind)))},
      {"is_completed", static_cast<bool>(action.completed)},
      {"task_type_id", TaskTypeOf(action.kind)},
      {"text", ActionSubject(view.company, id)},
      {"duration", action.kind == ActionKind::kMeeting ? 3600 : 0},
      {"complete_till", action.deadline},
      {"result", std::move(result)},
      {"account_id", kAccountId},
      {"_links", Self(style, "tasks", public_id)}};
}

json::object NoteRow(const View& view, uint32_t note, const Style& style) {
  View::Target target;
  uint16_t author = 0;
  std::string type;
  json::object params;
  if (note % 2 == 1) {
    const uint32_t id = note / 2 + 1;
    const Comment& comment = view.company.comments[id - 1];
    target = view.TargetOf(comment.card_type, comment.card);
    author = comment.author;
    type = "common";
    params["text"] = CommentText(view.company, id);
  } else {
    const uint32_t id = note / 2;
    const Action& action = view.company.actions[id - 1];
    target = view.NoteTarget(action, id);
    author = action.kind == ActionKind::kCall ? action.responsible : action.author;
    if (action.kind == ActionKind::kCall) {
      type = action.incoming ? "call_in" : "call_out";
      const int64_t seconds = action.end - action.start;
      // A telephony's widget writes what it likes: a number, a string of digits, or nothing.
      const uint64_t dice = Dice(11, id);
      json::value duration = seconds;
      if (seconds == 0 && dice % 2 == 0) duration = json::string();
      if (seconds > 0 && dice % 7 == 0) duration = std::to_string(seconds);
      params["uniq"] = "c-" + std::to_string(id);
      params["duration"] = std::move(duration);
      params["source"] = "pbx";
      params["link"] = seconds > 0 ? "https://pbx.example/" + std::to_string(id) + ".mp3" : "";
      params["phone"] = CallPhone(view.company, id);
      params["call_status"] = seconds > 0 ? 4 : action.incoming ? 6 : dice % 3 == 0 ? 7 : 6;
      params["call_responsible"] =
          dice % 10 == 0 && action.responsible >= 1 && action.responsible <= view.company.employees.size()
              ? json::value(UserName(view.company.employee(action.responsible)))
              : json::value(UserId(action.responsible));
    } else {
      type = "amomail_message";
      params["subject"] = ActionSubject(view.company, id);
      params["income"] = static_cast<bool>(action.incoming);
      params["content_summary"] = ActionText(view.company, id);
    }
  }
  if (const auto written = view.written_notes.find(note); written != view.written_notes.end()) {
    type = written->second.at("note_type").as_string();
    if (written->second.at("params").is_object()) params = written->second.at("params").as_object();
  }
  const Second at = view.NoteTime(note);
  return json::object{{"id", kNoteIds + note},
                      {"entity_id", PublicId(target.kind, target.id)},
                      {"created_by", ActorId(author)},
                      {"updated_by", ActorId(author)},
                      {"created_at", at},
                      {"updated_at", at},
                      {"responsible_user_id", UserId(author)},
                      {"group_id", GroupOf(view.company, author)},
                      {"note_type", type},
                      {"params", std::move(params)},
                      {"account_id", kAccountId},
                      {"_links", Self(style, std::string(Plural(target.kind)) + "/notes", kNoteIds + note)}};
}

std::string UnsortedUid(uint32_t card) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string uid(32, '0');
  uint64_t value = Mix(31, card);
  for (size_t i = 0; i < 16; ++i, value >>= 4) uid[i] = kHex[value & 15];
  for (size_t i = 32; i-- > 16; card >>= 4) uid[i] = kHex[card & 15];
  return uid;
}

json::object UnsortedRow(const View& view, uint32_t id, const Style& style) {
  const Card& card = view.cards[id - 1];
  const Second at = view.Created(card);
  const uint8_t source = view.SourceOf(card);
  const std::string_view name = source == 255 ? std::string_view("Сайт") : Sources()[source].name;
  const std::string_view kind = source == 255 ? std::string_view("WEB") : Sources()[source].id;
  const bool call = kind == "CALL" || kind == "CALLBACK";
  const std::string phone = card.lead != 0 ? LeadPhone(view.company, card.lead) : "+70000000000";
  json::object metadata;
  if (call) {
    metadata = json::object{{"from", phone},
                            {"phone", "+78432000000"},
                            {"called_at", at},
                            {"duration", "35"},
                            {"link", ""},
                            {"service_code", "pbx"},
                            {"uniq", "u-" + std::to_string(id)}};
  } else {
    metadata = json::object{{"form_id", std::to_string(source)},
                            {"form_name", json::string(name)},
                            {"form_page", "https://peregorodkin.example/"},
                            {"ip", "192.0.2.10"},
                            {"form_sent_at", at},
                            {"referer", ""},
                            {"visitor_uid", nullptr}};
  }
  const std::string uid = UnsortedUid(id);
  json::object embedded;
  embedded["leads"] = json::array{Brief("leads", PublicId(Kind::kLead, id), style)};
  embedded["contacts"] = json::array();
  embedded["companies"] = json::array();
  return json::object{{"uid", uid},
                      {"source_uid", nullptr},
                      {"source_name", json::string(name)},
                      {"category", call ? "sip" : "forms"},
                      {"pipeline_id", AmoPipelines()[Statuses()[card.status].pipeline].id},
                      {"created_at", at},
                      {"metadata", std::move(metadata)},
                      {"account_id", kAccountId},
                      {"_links", Link(style.origin + "/api/v4/leads/unsorted/" + uid)},
                      {"_embedded", std::move(embedded)}};
}

json::object UserRow(const View& view, const Employee& employee, const Style& style) {
  const Rights rights = RightsOf(view.company, employee);
  const auto letter = [](char c) { return json::string(1, c); };
  const auto entity = [&] {
    return json::object{{"view", letter(rights.view)},
                        {"edit", letter(rights.edit)},
                        {"add", letter(rights.add)},
                        {"delete", letter(rights.remove)},
                        {"export", letter(rights.export_)}};
  };
  json::array status_rights;
  for (const Status& status : Statuses()) {
    if (!rights.no_production || status.pipeline != kMakingPipeline) continue;
    status_rights.push_back(json::object{
        {"entity_type", "leads"},
        {"pipeline_id", AmoPipelines()[status.pipeline].id},
        {"status_id", status.id},
        {"rights", json::object{{"view", "D"}, {"edit", "D"}, {"delete", "D"}, {"export", "D"}}}});
  }
  json::object row{
      {"id", UserId(employee.id)},
      {"name", UserName(employee)},
      {"email", employee.email},
      {"lang", "ru"},
      {"rights",
       json::object{
           {"leads", entity()},
           {"contacts", entity()},
           {"companies", entity()},
           {"tasks", json::object{{"edit", "A"}, {"delete", rights.admin ? "A" : "D"}}},
           {"mail_access", true},
           {"catalog_access", true},
           {"files_access", true},
           {"status_rights", status_rights.empty() ? json::value(nullptr) : json::value(status_rights)},
           {"catalog_rights", nullptr},
           {"custom_fields_rights", nullptr},
           {"oper_day_reports_view_access", false},
           {"oper_day_user_tracking", false},
           {"is_admin", rights.admin},
           {"is_free", false},
           {"is_active", employee.dismissed == 0 || employee.dismissed > view.company.now},
           {"group_id", GroupId(employee) == 0 ? json::value(nullptr) : json::value(GroupId(employee))},
           {"role_id", rights.role == 0 ? json::value(nullptr) : json::value(kRoleIds + rights.role)}}},
      {"_links", Self(style, "users", UserId(employee.id))}};
  json::object embedded{{"roles", json::array()}, {"groups", json::array()}};
  if (style.with.contains("role") && rights.role != 0) {
    const RoleEntry& role = Roles()[static_cast<size_t>(rights.role - 1)];
    embedded["roles"] = json::array{json::object{{"id", role.id}, {"name", json::string(role.name)}}};
  }
  if (style.with.contains("group") && GroupId(employee) != 0) {
    for (const Department& group : view.company.departments) {
      if (group.id == employee.department)
        embedded["groups"] = json::array{json::object{{"id", GroupId(employee)}, {"name", group.name}}};
    }
  }
  if (style.with.contains("uuid")) row["uuid"] = "uuid-" + std::to_string(employee.id);
  if (style.with.contains("amojo_id")) row["amojo_id"] = "amojo-" + std::to_string(employee.id);
  if (style.with.contains("user_rank")) row["user_rank"] = nullptr;
  if (style.with.contains("phone_number")) row["phone_number"] = nullptr;
  row["_embedded"] = std::move(embedded);
  return row;
}

}  // namespace svodka::emulator::amocrm
