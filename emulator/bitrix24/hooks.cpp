#include "emulator/bitrix24/hooks.hpp"

#include "base/json.hpp"
#include "emulator/bitrix24/field.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

constexpr size_t kQueueMax = 200'000;
constexpr const char* kMember = "a223c6b3710f85df22e9377d6c4f7553";

}  // namespace

bool Hooks::Offered(const std::string& event) { return event != "ONCRMDEALMOVETOCATEGORY"; }

void Hooks::Queue(const std::string& entity, const std::string& action, uint32_t id, Second now) {
  if (handler_.url.empty() || queue_.size() >= kQueueMax) return;
  const bool task = entity == "TASK";
  const std::string event = (task ? "ONTASK" : "ONCRM" + entity) + action;
  if (!Offered(event) || (!handler_.events.empty() && !handler_.events.contains(event))) return;
  json::object data;
  json::object fields{{"ID", id}};
  if (entity == "DYNAMICITEM") fields["ENTITY_TYPE_ID"] = kSmartType;
  if (task) {
    data["FIELDS_BEFORE"] = action == "ADD" ? json::value("undefined") : json::value(fields);
    data["FIELDS_AFTER"] = action == "DELETE" ? json::value("undefined") : json::value(fields);
  } else {
    data["FIELDS"] = fields;
  }
  const json::object auth{{"domain", "127.0.0.1"},
                          {"client_endpoint", "http://127.0.0.1/rest/"},
                          {"server_endpoint", "https://oauth.bitrix.info/rest/"},
                          {"member_id", kMember},
                          {"application_token", handler_.token}};
  queue_.push_back(FormBody(json::object{
      {"event", event}, {"event_handler_id", 201}, {"data", data}, {"ts", now}, {"auth", auth}}));
}

std::vector<std::string> Hooks::Take() {
  std::vector<std::string> bodies(queue_.begin(), queue_.end());
  queue_.clear();
  return bodies;
}

}  // namespace svodka::emulator::bitrix24
