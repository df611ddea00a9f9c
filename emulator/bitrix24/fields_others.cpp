#include "emulator/bitrix24/field.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/dress.hpp"
#include "emulator/company/staff.hpp"
#include "emulator/company/texts.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

using Id = uint32_t;
using C = const Company&;

const Action& A(C c, Id id) { return c.actions[id - 1]; }
const Task& T(C c, Id id) { return c.tasks[id - 1]; }
const Comment& M(C c, Id id) { return c.comments[id - 1]; }
const Action& CallAction(C c, Id id) { return c.actions[c.calls[id - 1] - 1]; }

bool HasDirection(const Action& action) {
  return action.kind == ActionKind::kCall || action.kind == ActionKind::kEmail ||
         action.kind == ActionKind::kMessage;
}

Field Plain(const char* legacy, const char* item, const char* type, std::function<Cell(C, Id)> get,
            bool on_demand = false) {
  return Field{legacy, item, type, legacy, std::move(get), {}, false, on_demand, false};
}

json::object BindingOf(CardType type, Id id) {
  return json::object{{"OWNER_TYPE_ID", std::to_string(static_cast<int>(type))},
                      {"OWNER_ID", std::to_string(id)}};
}

const char* EntityWord(CardType type) {
  switch (type) {
    case CardType::kLead:
      return "lead";
    case CardType::kDeal:
      return "deal";
    case CardType::kContact:
      return "contact";
    case CardType::kCompany:
      return "company";
    case CardType::kNone:
      break;
  }
  return "";
}

/// Telephony knows contacts, companies and leads, never deals.
std::pair<const char*, Id> CallEntity(const Action& action) {
  const auto word = [](CardType type) {
    return type == CardType::kContact ? "CONTACT" : type == CardType::kCompany ? "COMPANY" : "LEAD";
  };
  if (action.client_type != CardType::kNone) return {word(action.client_type), action.client};
  if (action.card_type == CardType::kDeal || action.card_type == CardType::kNone) return {"", 0};
  return {word(action.card_type), action.card};
}

Fields HistoryFields(bool deals) {
  const auto event = [deals](C c, Id id) -> const StageEvent& {
    return deals ? c.deal_events[id - 1] : c.lead_events[id - 1];
  };
  const auto stage = [deals, event](C c, Id id) -> const Stage& {
    return deals ? DealStages()[event(c, id).stage] : LeadStages()[event(c, id).stage];
  };
  Fields list = {
      Plain("ID", "ID", "integer", [](C, Id id) { return Number(id); }),
      Plain("TYPE_ID", "TYPE_ID", "integer", [event](C c, Id id) { return Number(event(c, id).kind); }),
      Plain("OWNER_ID", "OWNER_ID", "integer", [event](C c, Id id) { return Number(event(c, id).card); }),
      Plain("CREATED_TIME", "CREATED_TIME", "datetime",
            [event](C c, Id id) { return Moment(event(c, id).at); })};
  const auto semantic = [deals, event](C c, Id id) {
    const StageEvent& one = event(c, id);
    return Text(std::string(1, StageAt(c, deals, one.stage, one.at).semantic));
  };
  const auto name = [stage](C c, Id id) { return Text(std::string(stage(c, id).id)); };
  if (deals) {
    list.push_back(Plain("CATEGORY_ID", "CATEGORY_ID", "integer",
                         [stage](C c, Id id) { return Number(stage(c, id).category); }));
    list.push_back(Plain("STAGE_SEMANTIC_ID", "STAGE_SEMANTIC_ID", "string", semantic));
    list.push_back(Plain("STAGE_ID", "STAGE_ID", "string", name));
  } else {
    list.push_back(Plain("STATUS_SEMANTIC_ID", "STATUS_SEMANTIC_ID", "string", semantic));
    list.push_back(Plain("STATUS_ID", "STATUS_ID", "string", name));
  }
  return list;
}

}  // namespace

const Fields& DealHistoryFields() {
  static const Fields fields = HistoryFields(true);
  return fields;
}
const Fields& LeadHistoryFields() {
  static const Fields fields = HistoryFields(false);
  return fields;
}

const Fields& ActivityFields() {
  static const Fields fields = {
      Plain("ID", "", "integer", [](C, Id id) { return Number(id); }),
      Plain("OWNER_ID", "", "integer", [](C c, Id id) { return Number(A(c, id).card); }),
      Plain("OWNER_TYPE_ID", "", "crm_enum_ownertype", [](C c, Id id) { return Number(static_cast<int>(A(c, id).card_type)); }),
      Plain("TYPE_ID", "", "crm_enum_activitytype", [](C c, Id id) { return Number(DressOf(A(c, id), id).type); }),
      Plain("PROVIDER_ID", "", "string", [](C c, Id id) { return Text(std::string(DressOf(A(c, id), id).provider)); }),
      Plain("PROVIDER_TYPE_ID", "", "string", [](C c, Id id) { return Text(std::string(DressOf(A(c, id), id).provider_type)); }),
      Plain("PROVIDER_GROUP_ID", "", "string", [](C, Id) { return Cell{}; }),
      Plain("ASSOCIATED_ENTITY_ID", "", "integer", [](C c, Id id) { return Number(A(c, id).kind == ActionKind::kTask ? A(c, id).reference : 0); }),
      Plain("SUBJECT", "", "string", [](C c, Id id) { return Text(ActionSubject(c, id)); }),
      Plain("CREATED", "", "datetime", [](C c, Id id) { return Moment(A(c, id).created); }),
      Plain("LAST_UPDATED", "", "datetime", [](C c, Id id) { return Moment(A(c, id).modified); }),
      Plain("START_TIME", "", "datetime", [](C c, Id id) { return Moment(A(c, id).start); }),
      Plain("END_TIME", "", "datetime", [](C c, Id id) { return Moment(A(c, id).end); }),
      Plain("DEADLINE", "", "datetime", [](C c, Id id) { return Moment(A(c, id).deadline != 0 ? A(c, id).deadline : A(c, id).end); }),
      Plain("COMPLETED", "", "char", [](C c, Id id) { return Flag(A(c, id).completed); }),
      Plain("STATUS", "", "crm_enum_activitystatus", [](C c, Id id) { return Number(!A(c, id).completed ? 1 : A(c, id).automatic ? 3 : 2); }),
      Plain("RESPONSIBLE_ID", "", "user", [](C c, Id id) { return Number(A(c, id).responsible); }),
      Plain("PRIORITY", "", "crm_enum_activitypriority", [](C, Id) { return Number(2); }),
      Plain("NOTIFY_TYPE", "", "crm_enum_activitynotifytype", [](C, Id) { return Number(0); }),
      Plain("DESCRIPTION", "", "string", [](C c, Id id) { return Text(ActionText(c, id)); }),
      Plain("DESCRIPTION_TYPE", "", "crm_enum_contenttype", [](C c, Id id) { return Number(A(c, id).kind == ActionKind::kEmail ? 3 : 2); }),
      Plain("DIRECTION", "", "crm_enum_activitydirection", [](C c, Id id) { return Number(!HasDirection(A(c, id)) ? 0 : A(c, id).incoming ? 1 : 2); }),
      Plain("SETTINGS", "", "object", [](C c, Id id) {
        if (!A(c, id).missed) return Prepared(json::array());
        return Prepared(json::object{{"MISSED_CALL", true}});
      }),
      Plain("ORIGINATOR_ID", "", "string", [](C, Id) { return Cell{}; }),
      Plain("ORIGIN_ID", "", "string", [](C c, Id id) { return A(c, id).kind == ActionKind::kCall && A(c, id).completed ? Text("VI_call." + std::to_string(A(c, id).reference)) : Cell{}; }),
      Plain("AUTHOR_ID", "", "user", [](C c, Id id) { return Number(A(c, id).author); }),
      Plain("EDITOR_ID", "", "user", [](C c, Id id) { return Number(A(c, id).responsible); }),
      Plain("PROVIDER_PARAMS", "", "object", [](C, Id) { return Prepared(json::array()); }),
      Plain("PROVIDER_DATA", "", "string", [](C, Id) { return Cell{}; }),
      Plain("IS_INCOMING_CHANNEL", "", "char", [](C c, Id id) { return Flag(A(c, id).kind == ActionKind::kMessage && A(c, id).incoming); }),
      Plain("RESULT_STATUS", "", "integer", [](C, Id) { return Number(0); }),
      Plain("RESULT_STREAM", "", "integer", [](C, Id) { return Number(0); }),
      Plain("RESULT_SOURCE_ID", "", "string", [](C, Id) { return Cell{}; }),
      Plain("COMMUNICATIONS", "", "crm_activity_communication", [](C c, Id id) {
        if (A(c, id).kind != ActionKind::kCall) return Prepared(json::array());
        return Prepared(json::array{json::object{{"TYPE", "PHONE"}, {"VALUE", CallPhone(c, id)}}});
      }, true),
      Plain("BINDINGS", "", "crm_activity_binding", [](C c, Id id) {
        json::array list{BindingOf(A(c, id).card_type, A(c, id).card)};
        if (A(c, id).client_type != CardType::kNone) list.push_back(BindingOf(A(c, id).client_type, A(c, id).client));
        return Prepared(list);
      }, true)};
  return fields;
}

const Fields& TaskFields() {
  static const Fields fields = {
      Plain("ID", "id", "integer", [](C, Id id) { return Number(id); }),
      Plain("TITLE", "title", "string", [](C c, Id id) { return Text(TaskTitle(c, id)); }),
      Plain("STATUS", "status", "enum",
            [](C c, Id id) {
              return Number(T(c, id).closed != 0 ? 5 : id % 3 == 0 ? 3 : 2);
            }),
      Plain("REAL_STATUS", "subStatus", "enum",
            [](C c, Id id) {
              return Number(T(c, id).closed != 0 ? 5 : T(c, id).deadline < c.now ? -1 : 2);
            }),
      Plain("CREATED_BY", "createdBy", "integer", [](C c, Id id) { return Number(T(c, id).author); }),
      Plain("RESPONSIBLE_ID", "responsibleId", "integer",
            [](C c, Id id) { return Number(T(c, id).responsible); }),
      Plain("CREATED_DATE", "createdDate", "datetime", [](C c, Id id) { return Moment(T(c, id).created); }),
      Plain("CHANGED_DATE", "changedDate", "datetime", [](C c, Id id) { return Moment(T(c, id).modified); }),
      Plain("CLOSED_DATE", "closedDate", "datetime", [](C c, Id id) { return Moment(T(c, id).closed); }),
      Plain("DEADLINE", "deadline", "datetime", [](C c, Id id) { return Moment(T(c, id).deadline); }),
      Plain("GROUP_ID", "groupId", "integer", [](C, Id) { return Number(0); }),
      Plain("PRIORITY", "priority", "enum", [](C, Id) { return Number(1); }),
      Plain(
          "UF_CRM_TASK", "ufCrmTask", "crm",
          [](C c, Id id) {
            Cell cell;
            cell.kind = Cell::Kind::kList;
            const Task& task = T(c, id);
            const char* prefix = task.card_type == CardType::kDeal      ? "D_"
                                 : task.card_type == CardType::kLead    ? "L_"
                                 : task.card_type == CardType::kContact ? "C_"
                                                                        : "CO_";
            if (task.card != 0) cell.list.push_back(prefix + std::to_string(task.card));
            return cell;
          },
          true)};
  return fields;
}

const Fields& CommentFields() {
  static const Fields fields = {
      Plain("ID", "", "integer", [](C, Id id) { return Number(id); }),
      Plain("ENTITY_ID", "", "integer", [](C c, Id id) { return Number(M(c, id).card); }),
      Plain("ENTITY_TYPE", "", "string", [](C c, Id id) { return Text(EntityWord(M(c, id).card_type)); }),
      Plain("CREATED", "", "datetime", [](C c, Id id) { return Moment(M(c, id).created); }),
      Plain("COMMENT", "", "string", [](C c, Id id) { return Text(CommentText(c, id)); }),
      Plain("AUTHOR_ID", "", "user", [](C c, Id id) { return Number(M(c, id).author); }),
      Plain(
          "FILES", "", "object", [](C, Id) { return Prepared(json::array()); }, true)};
  return fields;
}

const Fields& CallFields() {
  static const Fields fields = {
      Plain("ID", "", "integer", [](C, Id id) { return Number(id); }),
      Plain("PORTAL_USER_ID", "", "integer",
            [](C c, Id id) { return Number(CallAction(c, id).responsible); }),
      Plain("PORTAL_NUMBER", "", "string", [](C, Id) { return Text("reg1000"); }),
      Plain("PHONE_NUMBER", "", "string", [](C c, Id id) { return Text(CallPhone(c, c.calls[id - 1])); }),
      Plain("CALL_ID", "", "string", [](C, Id id) { return Text("call." + std::to_string(id)); }),
      Plain("CALL_CATEGORY", "", "string", [](C, Id) { return Text("external"); }),
      Plain("CALL_TYPE", "", "integer",
            [](C c, Id id) { return Number(CallAction(c, id).incoming ? (id % 11 == 0 ? 3 : 2) : 1); }),
      Plain("CALL_DURATION", "", "integer",
            [](C c, Id id) { return Number(CallAction(c, id).end - CallAction(c, id).start); }),
      Plain("CALL_START_DATE", "", "datetime", [](C c, Id id) { return Moment(CallAction(c, id).start); }),
      Plain("CALL_FAILED_CODE", "", "string", [](C c, Id id) { return Text(CallCode(c, c.calls[id - 1])); }),
      Plain("CALL_FAILED_REASON", "", "string",
            [](C c, Id id) {
              return Text(CallCode(c, c.calls[id - 1]) == "200" ? "Success call" : "Skipped call");
            }),
      Plain("CRM_ENTITY_TYPE", "", "string",
            [](C c, Id id) { return TextOrNull(CallEntity(CallAction(c, id)).first); }),
      Plain("CRM_ENTITY_ID", "", "integer",
            [](C c, Id id) { return NumberOrNull(CallEntity(CallAction(c, id)).second); }),
      Plain("CRM_ACTIVITY_ID", "", "integer", [](C c, Id id) { return Number(c.calls[id - 1]); }),
      Plain("COST", "", "string", [](C, Id) { return Text("0.0000"); }),
      Plain("COST_CURRENCY", "", "string", [](C, Id) { return Text("RUR"); }),
      Plain("CALL_VOTE", "", "integer", [](C, Id) { return Cell{}; }),
      Plain("CALL_RECORD_URL", "", "string", [](C, Id) { return Cell{}; }),
      Plain("RECORD_FILE_ID", "", "integer", [](C, Id) { return Cell{}; }),
      Plain("REDIAL_ATTEMPT", "", "integer", [](C, Id) { return Cell{}; })};
  return fields;
}

}  // namespace svodka::emulator::bitrix24
