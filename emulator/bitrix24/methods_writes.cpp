#include <algorithm>

#include "base/money.hpp"
#include "emulator/bitrix24/call.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

CardType TypeOfWord(const std::string& word) {
  if (word == "lead") return CardType::kLead;
  if (word == "deal") return CardType::kDeal;
  if (word == "contact") return CardType::kContact;
  if (word == "company") return CardType::kCompany;
  return CardType::kNone;
}

}  // namespace

/// A write is a second of the company's life, so that what it changed is newer than everything before.
Second Call::Tick() { return ++portal_.company_.now; }

void Call::UpdateCard(CardType type, uint32_t id, const json::value& fields, Dialect dialect) {
  Company& company = portal_.company_;
  const auto user = static_cast<uint16_t>(portal_.settings_.user);
  const bool item = dialect == Dialect::kItem;
  const json::object empty;
  const json::object& wanted = fields.is_object() ? fields.get_object() : empty;
  const auto text = [&](const char* legacy, const char* name) {
    return TextParam(wanted, item ? name : legacy);
  };
  const Second at = Tick();
  if (const auto title = text("TITLE", "title")) {
    company.texts[TextKey(type == CardType::kDeal ? TextKind::kDealTitle : TextKind::kLeadTitle, id)] =
        *title;
  }
  const auto amount = text("OPPORTUNITY", "opportunity");
  const auto owner = text("ASSIGNED_BY_ID", "assignedById");
  const auto apply = [&](auto& card) {
    card.modified = at;
    card.modifier = user;
    if (amount) {
      const auto money = Money::Parse(*amount);
      if (!money) throw ApiError{400, "INVALID_ARG_VALUE", "Invalid value for field opportunity"};
      card.amount_minor = money->minor();
      card.no_amount = false;
    }
    if (owner) {
      const auto number = std::strtoul(owner->c_str(), nullptr, 10);
      if (number == 0 || number > company.employees.size()) throw ApiError{400, "", "User is not found"};
      card.owner = static_cast<uint16_t>(number);
    }
  };
  if (type == CardType::kLead) {
    apply(company.leads[id - 1]);
    Touched(company, Touch::What::kLead, id);
    if (const auto stage = text("STATUS_ID", "stageId")) {
      const auto stages = LeadStages();
      const auto found =
          std::find_if(stages.begin(), stages.end(), [&](const Stage& one) { return one.id == *stage; });
      if (found == stages.end()) throw ApiError{400, "", "Unknown status: " + *stage};
      const auto index = static_cast<StageIndex>(found - stages.begin());
      if (index != company.leads[id - 1].stage) EnterLeadStage(company, id, index, at, user, false, true);
    }
    return;
  }
  apply(company.deals[id - 1]);
  Touched(company, Touch::What::kDeal, id);
  if (const auto close = text("CLOSEDATE", "closedate")) {
    if (const auto moment = ParseMoment(close->substr(0, 10)))
      company.deals[id - 1].planned_close = LocalDay(static_cast<Second>(*moment)).number;
  }
  const auto stage = text("STAGE_ID", "stageId");
  const auto category = text("CATEGORY_ID", "categoryId");
  if (!stage) return;
  const auto stages = DealStages();
  const auto found =
      std::find_if(stages.begin(), stages.end(), [&](const Stage& one) { return one.id == *stage; });
  if (found == stages.end()) throw ApiError{400, item ? "INVALID_ARG_VALUE" : "", "Unknown stage: " + *stage};
  const uint8_t present = DealCategory(company.deals[id - 1]);
  if (found->category != present) {
    // The legacy method silently keeps a stage of another pipeline out; the other one needs both ids.
    if (!item) return;
    if (!category || *category != std::to_string(found->category)) return;
  }
  const auto index = static_cast<StageIndex>(found - stages.begin());
  if (index != company.deals[id - 1].stage) EnterDealStage(company, id, index, at, user, false, true);
}

Answer Call::ItemUpdate() {
  const CardType type = ItemType();
  if (type != CardType::kDeal && type != CardType::kLead)
    throw ApiError{400, "ENTITY_TYPE_NOT_SUPPORTED", "The emulator writes deals and leads only"};
  const uint32_t id = ExistingId(type, "id", true);
  const json::value* fields = Param(params_, "fields");
  if (fields == nullptr) throw ApiError{400, "100", "Could not find value for parameter {fields}"};
  UpdateCard(type, id, *fields, Dialect::kItem);
  return {
      json::object{{"item", WriteRow(TableOf(type), company(), id, Dialect::kItem, {}, true)}}, {}, {}, 0};
}

Answer Call::LegacyUpdate() {
  const CardType type = LegacyType();
  const uint32_t id = ExistingId(type, "id", false);
  const json::value* fields = Param(params_, "fields");
  if (fields == nullptr) throw ApiError{400, "", "Parameter 'fields' must be array."};
  UpdateCard(type, id, *fields, Dialect::kLegacy);
  return {true, {}, {}, 0};
}

Answer Call::LegacyDelete() {
  const CardType type = LegacyType();
  const uint32_t id = ExistingId(type, "id", false);
  Company& company = portal_.company_;
  const Second at = Tick();
  uint32_t action = 0;
  if (type == CardType::kDeal) {
    Deal& deal = company.deals[id - 1];
    deal.deleted = true;
    deal.modified = at;
    action = deal.last_action;
    ++tables().deals.gone_count;
  } else {
    Lead& lead = company.leads[id - 1];
    lead.deleted = true;
    lead.modified = at;
    action = lead.last_action;
    ++tables().leads.gone_count;
  }
  {
    const std::lock_guard lock(portal_.side_mutex_);
    portal_.hooks_.Queue(type == CardType::kDeal ? "DEAL" : "LEAD", "DELETE", id, at);
    if (const uint32_t item = type == CardType::kDeal ? SmartItemOf(id) : 0; item != 0)
      portal_.hooks_.Queue("DYNAMICITEM", "DELETE", item, at);
  }
  // Activities bound only to it go with it.
  for (; action != 0; action = company.actions[action - 1].previous) {
    if (company.actions[action - 1].client_type != CardType::kNone) continue;
    company.actions[action - 1].deleted = true;
    ++tables().activities.gone_count;
  }
  return {true, {}, {}, 0};
}

Answer Call::TodoAdd() {
  const auto type = IntParam(params_, "ownerTypeId").value_or(0);
  if (type < 1 || type > 4) throw ApiError{400, "OWNER_NOT_FOUND", "Owner was not found"};
  const auto card_type = static_cast<CardType>(type);
  const uint32_t owner = RequiredId("ownerId");
  const Table& table = TableOf(card_type);
  if (owner == 0 || owner > table.size(company()) || table.gone(company(), owner)) {
    throw ApiError{400, "OWNER_NOT_FOUND", "Owner was not found"};
  }
  const auto deadline_text = TextParam(params_, "deadline");
  if (!deadline_text) throw ApiError{400, "100", "Could not find value for parameter {deadline}"};
  const auto deadline = ParseMoment(*deadline_text);
  if (!deadline) throw ApiError{400, "WRONG_DATETIME_FORMAT", "Wrong datetime format"};
  Company& company = portal_.company_;
  Action action;
  action.kind = ActionKind::kTodo;
  action.created = action.modified = Tick();
  action.deadline = action.start = action.end = static_cast<Second>(*deadline);
  action.card_type = card_type;
  action.card = owner;
  action.author = static_cast<uint16_t>(portal_.settings_.user);
  action.responsible =
      static_cast<uint16_t>(IntParam(params_, "responsibleId").value_or(portal_.settings_.user));
  const uint32_t id = AddAction(company, action, true);
  company.texts[TextKey(TextKind::kActionSubject, id)] = TextParam(params_, "title").value_or("Дело");
  company.texts[TextKey(TextKind::kActionText, id)] = TextParam(params_, "description").value_or("");
  return {json::object{{"id", id}}, {}, {}, 0};
}

Answer Call::CommentAdd() {
  const json::value* fields = params_.if_contains("fields");  // must be lower case
  if (fields == nullptr || !fields->is_object())
    throw ApiError{400, "100", "Could not find value for parameter {fields}"};
  const CardType type = TypeOfWord(TextParam(fields->get_object(), "ENTITY_TYPE").value_or(""));
  const auto id = static_cast<uint32_t>(IntParam(fields->get_object(), "ENTITY_ID").value_or(0));
  if (type == CardType::kNone || id == 0 || id > TableOf(type).size(company()))
    throw ApiError{400, "", "Entity is not found"};
  Company& company = portal_.company_;
  const uint32_t comment =
      AddComment(company, Comment{Tick(), id, 0, static_cast<uint16_t>(portal_.settings_.user), type}, true);
  company.texts[TextKey(TextKind::kComment, comment)] =
      TextParam(fields->get_object(), "COMMENT").value_or("");
  return {comment, {}, {}, 0};
}

/// Leaves no trace in any list, and the card's last activity where it was.
Answer Call::CommentDelete() {
  const uint32_t id = RequiredId("id");
  if (id == 0 || id > company().comments.size() || company().comments[id - 1].deleted)
    throw ApiError{400, "", "Not found"};
  portal_.company_.comments[id - 1].deleted = true;
  ++tables().comments.gone_count;
  const std::lock_guard lock(portal_.side_mutex_);
  portal_.hooks_.Queue("TIMELINECOMMENT", "DELETE", id, Tick());
  return {true, {}, {}, 0};
}

Answer Call::TaskAdd() {
  const json::value* fields = Param(params_, "fields");
  if (fields == nullptr || !fields->is_object())
    throw ApiError{400, "100", "Could not find value for parameter {fields}"};
  const json::object& values = fields->get_object();
  const auto title = TextParam(values, "TITLE");
  const auto responsible = IntParam(values, "RESPONSIBLE_ID");
  if (!title || !responsible) throw ApiError{400, "0", "Не указано название или исполнитель задачи"};
  Company& company = portal_.company_;
  Action action;
  action.kind = ActionKind::kTask;
  action.created = action.modified = Tick();
  action.author = static_cast<uint16_t>(portal_.settings_.user);
  action.responsible = static_cast<uint16_t>(*responsible);
  if (const auto deadline = TextParam(values, "DEADLINE")) {
    action.deadline = static_cast<Second>(ParseMoment(*deadline).value_or(0));
  }
  action.start = action.end = action.deadline;
  for (const std::string& link : TextList(values, "UF_CRM_TASK")) {
    const size_t split = link.find('_');
    if (split == std::string::npos) continue;
    const std::string kind = link.substr(0, split);
    action.card_type = kind == "D"   ? CardType::kDeal
                       : kind == "L" ? CardType::kLead
                       : kind == "C" ? CardType::kContact
                                     : CardType::kCompany;
    action.card = static_cast<uint32_t>(std::strtoul(link.c_str() + split + 1, nullptr, 10));
    if (action.card == 0 || action.card > TableOf(action.card_type).size(company))
      throw ApiError{400, "0", "Элемент CRM не найден"};
    break;
  }
  const uint32_t id = AddAction(company, action, true);
  const uint32_t task = company.actions[id - 1].reference;
  company.texts[TextKey(TextKind::kTaskTitle, task)] = *title;
  json::object row;
  for (const Field& field : TaskFields()) row[field.item] = Write(field.get(company, task), Dialect::kLegacy);
  return {json::object{{"task", row}}, {}, {}, 0};
}

}  // namespace svodka::emulator::bitrix24
