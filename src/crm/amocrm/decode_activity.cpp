#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crm/amocrm/decode.hpp"

namespace svodka::crm::amocrm {
namespace {

void Bind(ActivityRow& activity, const std::string& entity, const Text& card) {
  if (!card) return;
  // A card of ours may be a lead, a deal or both by turns: bound as both, only what exists is found.
  if (entity == "lead") {
    activity.bindings.push_back({"deal", *card});
    activity.bindings.push_back({"lead", *card});
  } else if (entity == "contact" || entity == "company") {
    activity.bindings.push_back({entity, *card});
  }
}

struct NoteKind {
  std::string_view type, kind, direction;
};
/// Notes that people make. What robots and integrations write (service_message, invoice_paid …) is no work of
/// anybody.
constexpr std::array kNotes = {
    NoteKind{"common", "comment", ""},      NoteKind{"call_in", "call", "in"},
    NoteKind{"call_out", "call", "out"},    NoteKind{"sms_in", "message", "in"},
    NoteKind{"sms_out", "message", "out"},  NoteKind{"amomail_message", "email", ""},
    NoteKind{"attachment", "comment", ""},  NoteKind{"geolocation", "other", ""},
    NoteKind{"zoom_meeting", "meeting", ""}};

/// Case and blanks do not tell people apart.
std::string NameKey(std::string_view name) {
  std::string key;
  for (const std::string& word : Split(FoldCase(name), ' ')) {
    if (!Trim(word).empty()) key += (key.empty() ? "" : " ") + std::string(Trim(word));
  }
  return key;
}

/// 0, "143", "" or nothing: only a number is a duration.
std::optional<int> ReadDuration(const RowReader& params) {
  const json::value* value = params.Find("duration");
  if (value == nullptr) return std::nullopt;
  const auto seconds = ReadDouble(*value);
  if (!seconds || *seconds < 0 || *seconds > 1e6) return std::nullopt;
  return static_cast<int>(*seconds);
}

}  // namespace

void Reading::NameUser(std::string_view name, const std::string& id) {
  const std::string folded = NameKey(name);
  if (folded.empty()) return;
  const auto [at, fresh] = users_by_name.try_emplace(folded, id);
  if (!fresh && at->second != id) at->second.clear();
}

std::string Reading::UserNamed(std::string_view name) const {
  const auto at = users_by_name.find(NameKey(name));
  return at == users_by_name.end() ? std::string() : at->second;
}

std::string EntityOf(std::string_view name) {
  if (name == "lead" || name == "leads") return "lead";
  if (name == "contact" || name == "contacts") return "contact";
  if (name == "company" || name == "companies") return "company";
  return "";
}

std::optional<ActivityRow> DecodeTask(const json::value& row, const Reading& reading, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  if (!id) return std::nullopt;
  ActivityRow task;
  task.id = "task:" + *id;
  const auto type = cells.Integer("task_type_id");
  task.kind = type && reading.meeting_types.contains(*type) ? "meeting" : "task";
  task.provider = cells.Text("task_type_id");
  if (const auto text = cells.Text("text")) task.subject = PlainText(*text, 1000);
  task.author_id = cells.Text("created_by");
  task.doer_id = cells.Link("responsible_user_id");
  task.created_at = ReadMoment(cells, "created_at");
  task.deadline_at = ReadMoment(cells, "complete_till");
  task.modified_at = ReadMoment(cells, "updated_at");
  task.completed = cells.Flag("is_completed").value_or(false);
  if (task.completed) {
    // The account keeps no moment of completion: the last change is the nearest it tells.
    task.completed_at = task.modified_at;
    task.happened_at = task.completed_at;
  }
  if (const json::value* result = FindObject(row, "result")) {
    if (const auto text = RowReader(*result, notes).Text("text")) task.text = PlainText(*text);
  }
  Bind(task, EntityOf(cells.Text("entity_type").value_or("")), cells.Link("entity_id"));
  return task;
}

std::optional<ActivityRow> DecodeNote(const json::value& row, const std::string& entity,
                                      const Reading& reading, std::vector<CallRow>& calls,
                                      DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Link("id");
  const auto type = cells.Text("note_type");
  if (!id || !type) return std::nullopt;
  const auto known =
      std::find_if(kNotes.begin(), kNotes.end(), [&](const NoteKind& kind) { return kind.type == *type; });
  if (known == kNotes.end()) return std::nullopt;
  static const json::value kNone = json::object();
  const json::value* found = FindObject(row, "params");
  const RowReader params(found == nullptr ? kNone : *found, notes);
  ActivityRow note;
  note.id = "note:" + *id;
  note.kind = std::string(known->kind);
  if (!known->direction.empty()) note.direction = std::string(known->direction);
  note.provider = *type;
  note.author_id = cells.Text("created_by");
  note.doer_id = cells.Link("created_by");
  if (!note.doer_id) note.doer_id = cells.Link("responsible_user_id");
  note.created_at = ReadMoment(cells, "created_at");
  note.happened_at = note.created_at;
  note.completed = true;
  note.completed_at = note.created_at;
  note.modified_at = ReadMoment(cells, "updated_at");
  if (const auto text = params.Text("text")) note.text = PlainText(*text);
  const auto card = cells.Link("entity_id");
  Bind(note, entity, card);
  if (note.kind == "email") {
    const auto incoming = params.Flag("income");
    if (incoming) note.direction = *incoming ? "in" : "out";
    note.subject = params.Text("subject");
  }
  if (note.kind != "call") return note;

  note.duration_s = ReadDuration(params);
  // An integration writes calls under its own administrator and names the person apart (by id, or by name).
  if (const json::value* person = params.Find("call_responsible")) {
    if (const auto user = ReadInteger(*person); user && *user > 0) {
      note.doer_id = std::to_string(*user);
    } else if (const auto name = ReadText(*person)) {
      if (auto named = reading.UserNamed(*name); !named.empty()) note.doer_id = std::move(named);
    }
  }
  const auto status = params.Integer("call_status");
  if (known->direction == "in") {
    const bool talked = note.duration_s.value_or(0) > 0 || status == 4;
    // 1 message left, 2 call back, 3 absent, 6 no answer, 7 busy; without a status and a duration nobody
    // knows.
    if (talked) {
      note.missed = false;
    } else if (note.duration_s || status) {
      note.missed = true;
    }
  }
  CallRow call;
  call.id = note.id;
  call.activity_id = note.id;
  call.user_id = note.doer_id;
  call.direction = note.direction;
  if (const auto phone = params.Text("phone")) call.phone = NormalisePhone(*phone);
  call.started_at = note.created_at;
  call.duration_s = note.duration_s;
  call.missed = note.missed;
  call.entity = entity;
  call.card_id = card;
  calls.push_back(std::move(call));
  return note;
}

std::optional<Event> DecodeEvent(const json::value& row, DecodeNotes& notes) {
  const RowReader cells(row, notes);
  const auto id = cells.Text("id");
  const auto type = cells.Text("type");
  const auto at = ReadMoment(cells, "created_at");
  if (!id || !type || !at) return std::nullopt;
  Event event;
  event.id = *id;
  event.type = *type;
  event.at = *at;
  event.author_id = cells.Text("created_by");
  const std::string entity = cells.Text("entity_type").value_or("");
  event.entity = EntityOf(entity);
  if (event.entity.empty()) event.entity = entity;
  event.entity_id = cells.Link("entity_id").value_or("");
  if (event.type == "lead_status_changed") {
    const auto place = [&](const char* name, std::string& pipeline, std::string& status) {
      const json::value* list = cells.Find(name);
      if (list == nullptr || !list->is_array() || list->get_array().empty()) return;
      const json::value* value = FindObject(list->get_array().front(), "lead_status");
      if (value == nullptr) return;
      const RowReader facts(*value, notes);
      pipeline = facts.Link("pipeline_id").value_or("");
      status = facts.Link("id").value_or("");
    };
    place("value_before", event.before_pipeline, event.before_status);
    place("value_after", event.after_pipeline, event.after_status);
  }
  if (event.type == "entity_responsible_changed") {
    for (const auto& [name, owner] :
         {std::pair{"value_before", &event.before_owner}, std::pair{"value_after", &event.after_owner}}) {
      const json::value* list = cells.Find(name);
      if (list == nullptr || !list->is_array() || list->get_array().empty()) continue;
      if (const json::value* user = FindObject(list->get_array().front(), "responsible_user")) {
        *owner = RowReader(*user, notes).Link("id").value_or("");
      }
    }
  }
  if (event.type.find("_note_") != std::string::npos) {
    for (const char* name : {"value_after", "value_before"}) {
      const json::value* list = cells.Find(name);
      if (list == nullptr || !list->is_array() || list->get_array().empty() || !event.note_id.empty())
        continue;
      if (const json::value* note = FindObject(list->get_array().front(), "note"))
        event.note_id = RowReader(*note, notes).Link("id").value_or("");
    }
  }
  if (event.type == "sale_field_changed") {
    for (const auto& [name, sale] :
         {std::pair{"value_before", &event.before_sale}, std::pair{"value_after", &event.after_sale}}) {
      const json::value* list = cells.Find(name);
      if (list == nullptr || !list->is_array() || list->get_array().empty()) continue;
      if (const json::value* value = FindObject(list->get_array().front(), "sale_field_value")) {
        const auto amount = RowReader(*value, notes).Amount("sale");
        if (amount && amount->minor() != 0) *sale = amount->ToString();
      }
    }
  }
  return event;
}

std::optional<ActivityRow> MessageOf(const Event& event) {
  const bool incoming = event.type == "incoming_chat_message";
  if (!incoming && event.type != "outgoing_chat_message") return std::nullopt;
  ActivityRow message;
  message.id = "event:" + event.id;
  message.kind = "message";
  message.direction = incoming ? "in" : "out";
  message.provider = event.type;
  message.author_id = event.author_id;
  message.doer_id = event.author_id;
  message.created_at = event.at;
  message.happened_at = event.at;
  message.completed = true;
  message.completed_at = event.at;
  Bind(message, event.entity, event.entity_id);
  return message;
}

}  // namespace svodka::crm::amocrm
