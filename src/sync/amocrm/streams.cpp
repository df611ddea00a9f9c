#include "sync/amocrm/streams.hpp"

namespace svodka::sync::amocrm {
namespace {

constexpr std::array<StreamFacts, 9> kFacts = {{
    {"lead", "/api/v4/leads", "updated_at", true, true, 250},
    {"event", "/api/v4/events", "created_at", false, false, 100},
    {"task", "/api/v4/tasks", "updated_at", false, false, 250},
    {"lead_note", "/api/v4/leads/notes", "updated_at", true, false, 250},
    {"contact_note", "/api/v4/contacts/notes", "updated_at", true, false, 250},
    {"company_note", "/api/v4/companies/notes", "updated_at", true, false, 250},
    {"contact", "/api/v4/contacts", "updated_at", true, true, 250},
    {"company", "/api/v4/companies", "updated_at", true, true, 250},
    {"customer", "/api/v4/customers", "updated_at", false, true, 250},
}};

constexpr std::array<const char*, 16> kEventTypes = {
    "lead_status_changed",        "lead_deleted",       "lead_restored",     "contact_deleted",
    "contact_restored",           "company_deleted",    "company_restored",  "entity_merged",
    "entity_responsible_changed", "sale_field_changed", "task_deleted",      "incoming_chat_message",
    "common_note_deleted",        "customer_deleted",   "customer_restored", "outgoing_chat_message"};
constexpr std::array kNoteTypes = {"common",  "call_in",         "call_out",   "sms_in",
                                   "sms_out", "amomail_message", "attachment", "geolocation"};

}  // namespace

const StreamFacts& FactsOf(Stream stream) { return kFacts[static_cast<size_t>(stream)]; }

crm::Params BaseParams(Stream stream) {
  crm::Params params;
  switch (stream) {
    case Stream::kLead:
      params.emplace_back("with", "contacts,loss_reason,source,source_id,catalog_elements");
      break;
    case Stream::kEvent: {
      std::string types;
      for (const char* type : kEventTypes) types += (types.empty() ? "" : ",") + std::string(type);
      params.emplace_back("filter[type]", std::move(types));
      break;
    }
    case Stream::kLeadNote:
    case Stream::kContactNote:
    case Stream::kCompanyNote:
      for (const char* type : kNoteTypes) params.emplace_back("filter[note_type][]", type);
      break;
    case Stream::kCustomer:
      params.emplace_back("with", "contacts,companies");
      break;
    case Stream::kTask:
    case Stream::kContact:
    case Stream::kCompany:
      break;
  }
  return params;
}

void AddOrder(Stream stream, crm::Params& params) {
  const StreamFacts& facts = FactsOf(stream);
  if (facts.sorted) {
    params.emplace_back("order[" + std::string(facts.time) + "]", "desc");
  } else if (stream == Stream::kTask) {
    params.emplace_back("order[id]", "desc");
  }
}

}  // namespace svodka::sync::amocrm
