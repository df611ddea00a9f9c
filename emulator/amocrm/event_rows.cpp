// Rows of the account's log.
#include "emulator/amocrm/rows.hpp"
#include "emulator/company/random.hpp"

namespace svodka::emulator::amocrm {

std::string_view EventName(EventType type) {
  switch (type) {
    case EventType::kLeadAdded:
      return "lead_added";
    case EventType::kContactAdded:
      return "contact_added";
    case EventType::kCompanyAdded:
      return "company_added";
    case EventType::kStatusChanged:
      return "lead_status_changed";
    case EventType::kResponsibleChanged:
      return "entity_responsible_changed";
    case EventType::kSaleChanged:
      return "sale_field_changed";
    case EventType::kNameChanged:
      return "name_field_changed";
    case EventType::kIncomingCall:
      return "incoming_call";
    case EventType::kOutgoingCall:
      return "outgoing_call";
    case EventType::kCommonNote:
      return "common_note_added";
    case EventType::kServiceNote:
      return "service_note_added";
    case EventType::kChatIn:
      return "incoming_chat_message";
    case EventType::kChatOut:
      return "outgoing_chat_message";
    case EventType::kTaskAdded:
      return "task_added";
    case EventType::kTaskCompleted:
      return "task_completed";
    case EventType::kLeadDeleted:
      return "lead_deleted";
    case EventType::kLeadRestored:
      return "lead_restored";
    case EventType::kMerged:
      return "entity_merged";
    case EventType::kFieldChanged:
      return "custom_field_value_changed";
    case EventType::kContactLinked:
      break;
  }
  return "entity_linked";
}

std::string EventId(const Event& event) {
  static constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string id(26, '0');
  uint64_t time = static_cast<uint64_t>(event.at) * 1000;
  for (size_t i = 10; i-- > 0; time >>= 5) id[i] = kDigits[time & 31];
  const uint64_t what =
      (static_cast<uint64_t>(event.type) << 40) | (static_cast<uint64_t>(event.kind) << 32) | event.entity;
  uint64_t first = Mix(what, (static_cast<uint64_t>(event.a) << 32) | event.b);
  uint64_t second = Mix(first, event.by);
  for (size_t i = 18; i-- > 10; first >>= 5) id[i] = kDigits[first & 31];
  for (size_t i = 26; i-- > 18; second >>= 5) id[i] = kDigits[second & 31];
  return id;
}

json::object EventRow(const View& view, const Event& event, const Style& style) {
  json::array before, after;
  int64_t entity = PublicId(event.kind, event.entity);
  std::string_view entity_type = Singular(event.kind);
  switch (event.type) {
    case EventType::kStatusChanged: {
      const auto status = [](uint32_t index) {
        const Status& one = Statuses()[index];
        return json::object{
            {"lead_status", json::object{{"id", one.id}, {"pipeline_id", AmoPipelines()[one.pipeline].id}}}};
      };
      before.push_back(status(event.a));
      after.push_back(status(event.b));
      break;
    }
    case EventType::kResponsibleChanged:
      before.push_back(
          json::object{{"responsible_user", json::object{{"id", UserId(static_cast<uint16_t>(event.a))}}}});
      after.push_back(
          json::object{{"responsible_user", json::object{{"id", UserId(static_cast<uint16_t>(event.b))}}}});
      break;
    case EventType::kSaleChanged:
      before.push_back(json::object{{"sale_field_value", json::object{{"sale", event.a}}}});
      after.push_back(json::object{{"sale_field_value", json::object{{"sale", event.b}}}});
      break;
    case EventType::kIncomingCall:
    case EventType::kOutgoingCall:
    case EventType::kCommonNote:
    case EventType::kServiceNote:
      after.push_back(json::object{{"note", json::object{{"id", kNoteIds + event.a}}}});
      break;
    case EventType::kChatIn:
    case EventType::kChatOut:
      after.push_back(json::object{{"message", json::object{{"id", "m-" + std::to_string(event.a)}}}});
      break;
    case EventType::kTaskAdded:
    case EventType::kTaskCompleted:
      entity = PublicId(Kind::kTask, event.a);
      entity_type = "task";
      break;
    case EventType::kNameChanged:
      after.push_back(json::object{{"name_field_value", json::object{{"name", view.Name(event.entity)}}}});
      break;
    case EventType::kFieldChanged: {
      const json::value values = event.kind == Kind::kLead      ? LeadValues(view, event.entity)
                                 : event.kind == Kind::kContact ? ContactValues(view, event.entity)
                                                                : CompanyValues(view, event.entity);
      if (!values.is_array()) break;
      for (const json::value& field : values.get_array()) {
        if (field.at("field_id") != event.a) continue;
        for (const json::value& value : field.at("values").as_array()) {
          const json::value* choice = value.as_object().if_contains("enum_id");
          after.push_back(
              json::object{{"custom_field_value",
                            json::object{{"field_id", event.a},
                                         {"field_type", choice == nullptr ? 1 : 4},
                                         {"enum_id", choice == nullptr ? json::value(nullptr) : *choice},
                                         {"text", ScalarText(value.at("value")).value_or("")}}}});
        }
      }
      break;
    }
    case EventType::kContactLinked:
      after.push_back(json::object{
          {"link", json::object{{"entity", json::object{{"type", "contact"},
                                                        {"id", PublicId(Kind::kContact, event.a)}}}}}});
      break;
    case EventType::kLeadAdded:
    case EventType::kContactAdded:
    case EventType::kCompanyAdded:
    case EventType::kLeadDeleted:
    case EventType::kLeadRestored:
    case EventType::kMerged:
      break;
  }
  std::string plural = entity_type == "company" ? "companies" : std::string(entity_type) + "s";
  json::object embedded_entity{
      {"id", entity}, {"_links", Link(style.origin + "/api/v4/" + plural + "/" + std::to_string(entity))}};
  if (style.with.contains("lead_name") && event.kind == Kind::kLead && entity_type == "lead")
    embedded_entity["name"] = view.Name(event.entity);
  const std::string id = EventId(event);
  return json::object{{"id", id},
                      {"type", event.type == EventType::kFieldChanged
                                   ? "custom_field_" + std::to_string(event.a) + "_value_changed"
                                   : std::string(EventName(event.type))},
                      {"entity_id", entity},
                      {"entity_type", json::string(entity_type)},
                      {"created_by", ActorId(event.by)},
                      {"created_at", event.at},
                      {"value_after", std::move(after)},
                      {"value_before", std::move(before)},
                      {"account_id", kAccountId},
                      {"_links", Link(style.origin + "/api/v4/events/" + id)},
                      {"_embedded", json::object{{"entity", std::move(embedded_entity)}}}};
}

}  // namespace svodka::emulator::amocrm
