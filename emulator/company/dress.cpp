#include "emulator/company/dress.hpp"

namespace svodka::emulator {

Dress DressOf(const Action& action, uint32_t id) {
  switch (action.kind) {
    case ActionKind::kCall:
      return {2, "VOXIMPLANT_CALL", "CALL", "call"};
    case ActionKind::kMeeting:
      if (id % 5 == 1) return {6, "VISIT_TRACKER", "VISIT", "meeting"};
      if (id % 5 == 2) return {6, "ZOOM", "ZOOM_CONF_START", "meeting"};
      return {1, "CRM_MEETING", "MEETING", "meeting"};
    case ActionKind::kEmail:
      return {4, "CRM_EMAIL", "EMAIL", "email"};
    case ActionKind::kTodo:
      if (id % 17 == 1) return {6, "CONFIGURABLE_REST_APP", "CONFIGURABLE", "other"};
      if (id % 17 == 2) return {6, "REST_APP", "delivery_of_samples", "other"};
      return {6, "CRM_TODO", "TODO", "task"};
    case ActionKind::kTask:
      return {3, "CRM_TASKS_TASK", "TASK", "task"};
    case ActionKind::kMessage:
      if (id % 4 == 1) return {6, "CRM_SMS", "SMS", "message"};
      return {6, "IMOPENLINES_SESSION", "1", "message"};
  }
  return {6, "CRM_TODO", "TODO", "task"};
}

}  // namespace svodka::emulator
