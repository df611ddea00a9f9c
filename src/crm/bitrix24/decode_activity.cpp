#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "crm/bitrix24/decode.hpp"

namespace svodka::crm::bitrix24 {
namespace {

/// Type ids of the CRM's entities that we keep.
std::string EntityOf(int64_t type_id) {
  switch (type_id) {
    case 1:
      return "lead";
    case 2:
      return "deal";
    case 3:
      return "contact";
    case 4:
      return "company";
    default:
      return "";
  }
}

std::string KindOf(int64_t type_id, const std::string& provider, const std::string& provider_type) {
  switch (type_id) {
    case 1:
      return "meeting";
    case 2:
      return "call";
    case 3:
      return "task";
    case 4:
      return "email";
    default:
      break;
  }
  const std::string folded = FoldCase(provider);
  const std::string subtype = FoldCase(provider_type);
  // Providers of Bitrix24's own, by their codes. A list of calls to make is no call, a chat below a task no
  // task.
  static constexpr std::pair<std::string_view, std::string_view> kProviders[] = {
      {"voximplant_call", "call"},
      {"crm_call_tracker", "call"},
      {"call_list", "other"},
      {"crm_call_list", "other"},
      {"crm_meeting", "meeting"},
      {"visit_tracker", "meeting"},
      {"zoom", "meeting"},
      {"crm_zoom", "meeting"},
      {"crm_calendar_sharing", "meeting"},
      {"crm_booking", "meeting"},
      {"crm_email", "email"},
      {"crm_todo", "task"},
      {"crm_tasks_task", "task"},
      {"tasks", "task"},
      {"crm_tasks_task_comment", "other"},
      {"crm_sms", "message"},
      {"crm_notification", "message"},
      {"crm_whatsapp", "message"},
      {"imopenlines_session", "message"},
      {"crm_webform", "other"},
      {"crm_request", "other"},
      {"configurable_rest_app", "other"}};
  for (const auto& [code, kind] : kProviders) {
    if (code == folded) return std::string(kind);
  }
  // What an application of the portal's own writes is told, if at all, by the subtype that it has chosen.
  const std::string& told = folded == "rest_app" ? subtype : folded;
  const auto has = [&](std::string_view word) { return told.find(word) != std::string::npos; };
  if (has("task") || has("todo")) return "task";
  if (has("call") || subtype == "call") return "call";
  if (has("meeting") || subtype == "meeting" || has("calendar") || has("visit")) return "meeting";
  if (has("email") || subtype == "email") return "email";
  if (has("imopenlines") || has("sms") || has("message") || has("whatsapp") || has("notification"))
    return "message";
  return "other";
}

/// "No deadline" is written as the last day of the year 9999.
When Sensible(When moment) {
  static constexpr Instant kFar = Instant{std::chrono::days{MakeDay(2200, 1, 1).number}};
  if (moment && *moment >= kFar) return std::nullopt;
  return moment;
}

std::optional<bool> FindMissedMark(const RowReader& cells) {
  const json::value* settings = cells.Find("SETTINGS");
  if (settings == nullptr) return std::nullopt;
  const json::value* mark = FindMember(*settings, "MISSED_CALL");
  return mark == nullptr ? std::nullopt : ReadFlag(*mark);
}

void AddBinding(std::vector<Binding>& bindings, std::string entity, std::optional<std::string> card) {
  if (entity.empty() || !card) return;
  for (const Binding& known : bindings) {
    if (known.entity == entity && known.card_id == *card) return;
  }
  bindings.push_back({std::move(entity), std::move(*card)});
}

}  // namespace

std::optional<StageEventRow> DecodeStageEvent(const json::value& row, const std::string& entity,
                                              DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("ID");
  const auto card = cells.Link("OWNER_ID");
  const auto stage = cells.Text(entity == "lead" ? "STATUS_ID" : "STAGE_ID");
  const auto moved = cells.Moment("CREATED_TIME");
  if (!id || !card || !stage || !moved) {
    notes.Add("stagehistory", id.value_or("?"));
    return std::nullopt;
  }
  StageEventRow event;
  event.entity = entity;
  event.id = *id;
  event.card_id = *card;
  event.kind = static_cast<int>(cells.Integer("TYPE_ID").value_or(0));
  event.pipeline_id = entity == "lead" ? "lead" : cells.Text("CATEGORY_ID").value_or("0");
  event.stage_id = *stage;
  event.moved_at = *moved;
  const auto semantic = cells.Text(entity == "lead" ? "STATUS_SEMANTIC_ID" : "STAGE_SEMANTIC_ID");
  if (semantic == "P" || semantic == "S" || semantic == "F") event.semantic = semantic;
  return event;
}

bool IsShadowOfTask(const json::value& row) {
  DecodeNotes ignored;
  const RowReader cells(row, ignored);
  return cells.Link("ASSOCIATED_ENTITY_ID") &&
         (cells.Integer("TYPE_ID") == 3 ||
          FoldCase(cells.Text("PROVIDER_ID").value_or("")).find("tasks") != std::string::npos);
}

std::optional<ActivityRow> DecodeActivity(const json::value& row, const Reading& reading,
                                          DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("ID");
  if (!id) return std::nullopt;
  const auto type = cells.Integer("TYPE_ID").value_or(0);
  const std::string provider = cells.Text("PROVIDER_ID").value_or("");
  ActivityRow activity;
  activity.id = "act:" + *id;
  activity.kind = KindOf(type, provider, cells.Text("PROVIDER_TYPE_ID").value_or(""));
  if (IsShadowOfTask(row)) {
    if (reading.tasks_readable) return std::nullopt;
    activity.id = "task:" + *cells.Link("ASSOCIATED_ENTITY_ID");
  }
  if (!provider.empty()) activity.provider = provider;
  activity.subject = cells.Text("SUBJECT");
  activity.author_id = cells.Link("AUTHOR_ID");
  activity.doer_id = cells.Link("RESPONSIBLE_ID");
  const auto direction = cells.Integer("DIRECTION").value_or(0);
  if (activity.kind == "call" || activity.kind == "email" || activity.kind == "message") {
    if (direction == 1) activity.direction = "in";
    if (direction == 2) activity.direction = "out";
  }
  activity.created_at = cells.Moment("CREATED");
  activity.modified_at = cells.Moment("LAST_UPDATED");
  activity.starts_at = Sensible(cells.Moment("START_TIME"));
  const When ends = Sensible(cells.Moment("END_TIME"));
  activity.deadline_at = Sensible(cells.Moment("DEADLINE"));
  activity.completed = cells.Flag("COMPLETED").value_or(false);
  const auto status = cells.Integer("STATUS");
  if (status == 2 || status == 3) activity.completed = true;
  activity.auto_completed = status == 3;
  const auto missed_mark = FindMissedMark(cells);
  if (activity.kind == "call") {
    if (activity.starts_at && ends && *ends >= *activity.starts_at) {
      const auto length =
          std::chrono::duration_cast<std::chrono::seconds>(*ends - *activity.starts_at).count();
      // A planned call has a slot, not a duration; nobody talks for a day.
      if (activity.completed && length < 86'400) activity.duration_s = static_cast<int>(length);
    }
    const bool incoming = activity.direction == "in";
    if (missed_mark) {
      activity.missed = incoming && *missed_mark;
    } else if (incoming && activity.completed) {
      activity.missed = activity.duration_s.value_or(0) == 0;
    } else if (incoming) {
      // An incoming call that waits to be dealt with has not been answered.
      activity.missed = ends && activity.starts_at && *ends == *activity.starts_at;
    }
    if (activity.missed == true) activity.duration_s = 0;
  }
  const bool took_place_at_start = activity.kind == "call" || activity.kind == "meeting" ||
                                   activity.kind == "email" || activity.kind == "message";
  if (activity.completed || activity.missed == true) {
    activity.happened_at = took_place_at_start ? activity.starts_at : activity.modified_at;
    if (!activity.happened_at) activity.happened_at = ends ? ends : activity.created_at;
  }
  if (activity.completed) activity.completed_at = took_place_at_start && ends ? ends : activity.modified_at;
  if (!activity.completed && !activity.deadline_at) activity.deadline_at = ends;
  if (const json::value* bindings = cells.Find("BINDINGS")) {
    for (const json::value* binding : ListRows(*bindings)) {
      const RowReader link(*binding, notes);
      auto owner_type = link.Integer("OWNER_TYPE_ID");
      if (!owner_type) owner_type = link.Integer("entityTypeId");
      auto owner = link.Link("OWNER_ID");
      if (!owner) owner = link.Link("entityId");
      AddBinding(activity.bindings, EntityOf(owner_type.value_or(0)), owner);
    }
  }
  AddBinding(activity.bindings, EntityOf(cells.Integer("OWNER_TYPE_ID").value_or(0)), cells.Link("OWNER_ID"));
  return activity;
}

std::optional<CallRow> DecodeCall(const json::value& row, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("ID");
  if (!id) return std::nullopt;
  CallRow call;
  call.id = *id;
  if (const auto activity = cells.Link("CRM_ACTIVITY_ID")) call.activity_id = "act:" + *activity;
  call.user_id = cells.Link("PORTAL_USER_ID");
  // 1 out, 2 in, 3 in and redirected, 4 callback, 5 an announcement.
  const auto type = cells.Integer("CALL_TYPE").value_or(0);
  const bool incoming = type == 2 || type == 3;
  if (type >= 1 && type <= 5) call.direction = incoming ? "in" : "out";
  if (const auto phone = cells.Text("PHONE_NUMBER")) call.phone = NormalisePhone(*phone);
  call.started_at = cells.Moment("CALL_START_DATE");
  const auto length = cells.Integer("CALL_DURATION");
  if (length && *length >= 0 && *length < 86'400) call.duration_s = static_cast<int>(*length);
  call.failed_code = cells.Text("CALL_FAILED_CODE");
  // Success is 200 alone; only who was called may miss a call.
  if (call.failed_code) call.missed = incoming && *call.failed_code != "200";
  const std::string entity = FoldCase(cells.Text("CRM_ENTITY_TYPE").value_or(""));
  if (entity == "lead" || entity == "deal" || entity == "contact" || entity == "company") {
    call.entity = entity;
    call.card_id = cells.Link("CRM_ENTITY_ID");
  }
  return call;
}

std::optional<ActivityRow> DecodeTask(const json::value& row, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  ActivityRow task;
  task.id = "task:" + *id;
  task.kind = "task";
  task.provider = "TASKS";
  task.subject = cells.Text("title");
  task.author_id = cells.Link("createdBy");
  task.doer_id = cells.Link("responsibleId");
  task.created_at = cells.Moment("createdDate");
  task.modified_at = cells.Moment("changedDate");
  task.deadline_at = Sensible(cells.Moment("deadline"));
  task.completed = cells.Integer("status") == 5;
  if (task.completed) {
    task.completed_at = cells.Moment("closedDate");
    if (!task.completed_at) task.completed_at = task.modified_at;
    task.happened_at = task.completed_at;
  }
  if (const json::value* links = cells.Find("ufCrmTask"); links != nullptr && links->is_array()) {
    for (const json::value& link : links->get_array()) {
      const std::string text = ReadText(link).value_or("");
      const size_t underscore = text.find('_');
      if (underscore == std::string::npos) continue;
      const std::string prefix = text.substr(0, underscore);
      const std::string entity = prefix == "D"    ? "deal"
                                 : prefix == "L"  ? "lead"
                                 : prefix == "C"  ? "contact"
                                 : prefix == "CO" ? "company"
                                                  : "";
      AddBinding(task.bindings, entity, text.substr(underscore + 1));
    }
  }
  return task;
}

std::optional<ActivityRow> DecodeComment(const json::value& row, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("ID");
  if (!id) return std::nullopt;
  ActivityRow comment;
  comment.id = "comment:" + *id;
  comment.kind = "comment";
  comment.author_id = cells.Link("AUTHOR_ID");
  comment.doer_id = comment.author_id;
  comment.created_at = cells.Moment("CREATED");
  comment.happened_at = comment.created_at;
  comment.completed_at = comment.created_at;
  comment.completed = true;
  if (const auto text = cells.Text("COMMENT")) {
    const std::string plain = PlainText(*text);
    if (!plain.empty()) comment.text = plain;
  }
  AddBinding(comment.bindings, cells.Text("ENTITY_TYPE").value_or(""), cells.Link("ENTITY_ID"));
  return comment;
}

}  // namespace svodka::crm::bitrix24
