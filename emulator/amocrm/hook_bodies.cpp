#include "emulator/amocrm/hook_bodies.hpp"

#include <algorithm>

#include "emulator/amocrm/rows.hpp"
#include "emulator/company/texts.hpp"

namespace svodka::emulator::amocrm {
namespace {

json::object AccountPart(const std::string& subdomain, bool kommo) {
  return json::object{
      {"id", kAccountId},
      {"subdomain", subdomain},
      {"_links", json::object{{"self", "https://" + subdomain + (kommo ? ".kommo.com" : ".amocrm.ru")}}}};
}

json::object LeadPart(const View& view, uint32_t id) {
  const Card& card = view.cards[id - 1];
  const Status& status = Statuses()[card.status];
  json::array fields;
  const json::value values = LeadValues(view, id);
  if (values.is_array()) {
    for (const json::value& field : values.get_array())
      fields.push_back(json::object{{"id", field.at("field_id")},
                                    {"name", field.at("field_name")},
                                    {"code", field.at("field_code")},
                                    {"values", field.at("values")}});
  }
  return json::object{{"id", PublicId(Kind::kLead, id)},
                      {"name", view.Name(id)},
                      {"status_id", status.id},
                      {"price", view.Price(card)},
                      {"responsible_user_id", UserId(view.Owner(card))},
                      {"last_modified", card.updated},
                      {"modified_user_id", ActorId(card.updated_by)},
                      {"created_user_id", ActorId(view.Creator(card))},
                      {"date_create", view.Created(card)},
                      {"pipeline_id", AmoPipelines()[status.pipeline].id},
                      {"account_id", kAccountId},
                      {"created_at", view.Created(card)},
                      {"updated_at", card.updated},
                      {"custom_fields", std::move(fields)}};
}

json::object TaskPart(const View& view, uint32_t id) {
  const Action& action = view.company.actions[id - 1];
  const View::Target target = view.TargetOf(action.card_type, action.card);
  const auto moment = [](Second at) {
    std::string text = LocalIso(at).substr(0, 19);
    text[10] = ' ';
    return text;
  };
  const int type = target.kind == Kind::kContact ? 1 : target.kind == Kind::kCompany ? 3 : 2;
  return json::object{{"id", PublicId(Kind::kTask, id)},
                      {"element_id", target.id == 0 ? 0 : PublicId(target.kind, target.id)},
                      {"element_type", type},
                      {"task_type", TaskTypeOf(action.kind)},
                      {"text", ActionSubject(view.company, id)},
                      {"status", action.completed ? 1 : 0},
                      {"action_close", action.completed ? 1 : 0},
                      {"responsible_user_id", UserId(action.responsible)},
                      {"created_user_id", ActorId(action.author)},
                      {"account_id", kAccountId},
                      {"date_create", moment(action.created)},
                      {"last_modified", moment(action.modified)},
                      {"complete_before", moment(action.deadline)}};
}

json::object ContactPart(const View& view, Kind kind, uint32_t id) {
  Style style;
  const json::object row = kind == Kind::kContact ? ContactRow(view, id, style) : CompanyRow(view, id, style);
  return json::object{{"id", row.at("id")},
                      {"name", row.at("name")},
                      {"type", kind == Kind::kContact ? "contact" : "company"},
                      {"responsible_user_id", row.at("responsible_user_id")},
                      {"date_create", row.at("created_at")},
                      {"last_modified", row.at("updated_at")},
                      {"created_user_id", row.at("created_by")},
                      {"account_id", kAccountId}};
}

/// How many sales a contact has; 0 for none.
size_t PurchasesOf(const View& view, uint32_t contact) {
  const auto cards = view.cards_of_contact.find(contact);
  if (contact == 0 || cards == view.cards_of_contact.end()) return 0;
  return static_cast<size_t>(std::count_if(cards->second.begin(), cards->second.end(), [&](uint32_t id) {
    const Card& card = view.cards[id - 1];
    if (card.deleted || card.deal == 0) return false;
    const Deal& deal = view.company.deals[card.deal - 1];
    return deal.won != 0 && deal.contact == contact;
  }));
}

}  // namespace

void QueueHooks(const View& view, const std::string& subdomain, bool kommo, bool customers, Hooks& hooks) {
  const Second now = view.company.now;
  const auto queue = [&](const char* code, const char* entity, const char* action, json::object part) {
    json::object body;
    body[entity] = json::object{{action, json::array{std::move(part)}}};
    body["account"] = AccountPart(subdomain, kommo);
    hooks.Queue(code, body, now);
  };
  for (const Event& event : view.fresh) {
    const uint32_t id = event.entity;
    switch (event.type) {
      case EventType::kLeadAdded:
        if (hooks.Wanted("add_lead")) queue("add_lead", "leads", "add", LeadPart(view, id));
        if (hooks.Wanted("add_unsorted") && Statuses()[view.cards[id - 1].status].unsorted) {
          queue("add_unsorted", "unsorted", "add",
                json::object{{"uid", UnsortedUid(id)},
                             {"lead_id", PublicId(Kind::kLead, id)},
                             {"category", "forms"},
                             {"created_at", event.at}});
        }
        break;
      case EventType::kStatusChanged: {
        const Status& old = Statuses()[event.a];
        const Status& fresh = Statuses()[event.b];
        json::object part;
        if (hooks.Wanted("status_lead") || hooks.Wanted("update_lead")) part = LeadPart(view, id);
        if (hooks.Wanted("update_lead")) queue("update_lead", "leads", "update", part);
        if (hooks.Wanted("status_lead")) {
          part["status_id"] = fresh.id;
          part["pipeline_id"] = AmoPipelines()[fresh.pipeline].id;
          part["old_status_id"] = old.id;
          part["old_pipeline_id"] = AmoPipelines()[old.pipeline].id;
          queue("status_lead", "leads", "status", std::move(part));
        }
        // A sale is a purchase: the second one makes its contact a customer (customers.cpp).
        const uint32_t sold = view.cards[id - 1].deal;
        const uint32_t buyer = fresh.semantic == 'S' && sold != 0 ? view.company.deals[sold - 1].contact : 0;
        if (const size_t purchases = customers ? PurchasesOf(view, buyer) : 0; purchases > 1) {
          const char* action = purchases == 2 ? "add" : "update";
          const std::string code = std::string(action) + "_customer";
          if (hooks.Wanted(code))
            queue(code.c_str(), "customers", action, json::object{{"id", kCustomerIds + buyer}});
        }
        if (hooks.Wanted("delete_unsorted") && old.unsorted) {
          const bool declined = fresh.semantic == 'F';
          queue("delete_unsorted", "unsorted", "delete",
                json::object{{"uid", UnsortedUid(id)},
                             {"action", declined ? "decline" : "accept"},
                             {declined ? "decline_result" : "accept_result",
                              json::object{{"leads", json::array{PublicId(Kind::kLead, id)}}}}});
        }
        break;
      }
      case EventType::kResponsibleChanged:
        if (hooks.Wanted("update_lead")) queue("update_lead", "leads", "update", LeadPart(view, id));
        if (hooks.Wanted("responsible_lead")) {
          json::object part = LeadPart(view, id);
          part["old_responsible_user_id"] = UserId(static_cast<uint16_t>(event.a));
          queue("responsible_lead", "leads", "responsible", std::move(part));
        }
        break;
      case EventType::kSaleChanged:
      case EventType::kNameChanged:
      case EventType::kFieldChanged:
      case EventType::kContactLinked:
      case EventType::kMerged:
        if (event.kind == Kind::kLead) {
          if (hooks.Wanted("update_lead")) queue("update_lead", "leads", "update", LeadPart(view, id));
        } else {
          const char* code = event.kind == Kind::kContact ? "update_contact" : "update_company";
          if (hooks.Wanted(code)) queue(code, "contacts", "update", ContactPart(view, event.kind, id));
        }
        break;
      case EventType::kLeadDeleted:
        if (hooks.Wanted("delete_lead"))
          queue("delete_lead", "leads", "delete", json::object{{"id", PublicId(Kind::kLead, id)}});
        break;
      case EventType::kLeadRestored:
        if (hooks.Wanted("restore_lead")) queue("restore_lead", "leads", "restore", LeadPart(view, id));
        break;
      case EventType::kContactAdded:
        if (hooks.Wanted("add_contact"))
          queue("add_contact", "contacts", "add", ContactPart(view, Kind::kContact, id));
        break;
      case EventType::kCompanyAdded:
        if (hooks.Wanted("add_company"))
          queue("add_company", "contacts", "add", ContactPart(view, Kind::kCompany, id));
        break;
      case EventType::kTaskAdded:
        if (hooks.Wanted("add_task")) queue("add_task", "task", "add", TaskPart(view, event.a));
        break;
      case EventType::kTaskCompleted:
        if (hooks.Wanted("update_task")) queue("update_task", "task", "update", TaskPart(view, event.a));
        break;
      case EventType::kIncomingCall:
      case EventType::kOutgoingCall:
      case EventType::kCommonNote:
      case EventType::kServiceNote: {
        const std::string code = "note_" + std::string(Singular(event.kind));
        if (!hooks.Wanted(code)) break;
        Style style;
        const json::object note = NoteRow(view, event.a, style);
        json::object part{{"note", json::object{{"id", note.at("id")},
                                                {"element_id", note.at("entity_id")},
                                                {"note_type", note.at("note_type")},
                                                {"text", json::serialize(note.at("params"))},
                                                {"created_by", note.at("created_by")},
                                                {"date_create", note.at("created_at")}}}};
        json::object body;
        body[Plural(event.kind)] = json::object{{"note", json::array{std::move(part)}}};
        body["account"] = AccountPart(subdomain, kommo);
        hooks.Queue(code, body, now);
        break;
      }
      case EventType::kChatIn:
      case EventType::kChatOut:
        break;
    }
  }
}

}  // namespace svodka::emulator::amocrm
