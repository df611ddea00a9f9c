#include <algorithm>
#include <array>
#include <filesystem>

#include "app/internal/command_list.hpp"
#include "app/portal_link.hpp"
#include "app/setup/desk.hpp"
#include "app/setup/questions.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

/// The page of sources: every portal with its state, and what can be done with it.
namespace svodka::app {
namespace {

constexpr std::chrono::seconds kDropMax{10};

json::value MomentOrNull(const std::optional<Instant>& moment) {
  return moment ? json::value(ToString(*moment)) : json::value(nullptr);
}

json::object CountsOf(const warehouse::Warehouse& warehouse) {
  json::object counts;
  const auto answer = warehouse.Query(
      "SELECT (SELECT count(*) FROM lead WHERE deleted_at IS NULL), (SELECT count(*) FROM deal WHERE "
      "deleted_at IS "
      "NULL), (SELECT count(*) FROM client WHERE deleted_at IS NULL), (SELECT count(*) FROM activity WHERE "
      "deleted_at IS NULL)");
  if (!answer.ok() || answer->rows.empty()) return counts;
  const std::array names = {"leads", "deals", "clients", "activities"};
  for (size_t i = 0; i < names.size(); ++i) {
    if (const auto* number = std::get_if<int64_t>(&answer->rows.front()[i])) counts[names[i]] = *number;
  }
  return counts;
}

/// Our own webhook goes with the portal. An account that does not answer keeps no portal: what is left there
/// gets refusals until the account stops it.
void DropSubscription(PortalHooks& hooks, const std::string& portal) {
  std::stop_source too_long;
  sync::SystemPauser pauser;
  const std::jthread watch([&](const std::stop_token& stop) {
    if (pauser.Pause(kDropMax, stop)) too_long.request_stop();
  });
  if (const Status dropped = hooks.Drop(too_long.get_token()); !dropped.ok())
    log::Warning("subscription_left", {{"portal", portal}, {"why", dropped.error().message}});
}

/// What the page says of events: of amoCRM alone, which svodka subscribes to by itself.
json::value DescribeEvents(const PortalHooks::Standing& standing, const Say& say) {
  if (standing.state == "subscribed")
    return {{"state", "subscribed"},
            {"text", say("События приходят сами: изменения видны за секунды.",
                         "Events come by themselves: changes are seen within seconds.")},
            {"technical", ""}};
  if (standing.state != "refused") return nullptr;
  const std::string code = standing.why ? standing.why->code : "";
  std::string text = say("Подписаться на события не удалось, изменения приходят опросом (в пределах минуты).",
                         "Subscribing to events failed, changes come by polling (within a minute).");
  if (code == "no_right")
    text =
        say("Подписаться на события не удалось: это может только администратор аккаунта. Создайте токен под "
            "администратором. Пока изменения приходят опросом (в пределах минуты).",
            "Subscribing to events failed: only an administrator of the account may. Make the token under an "
            "administrator. Meanwhile changes come by polling (within a minute).");
  if (code == "feature_off")
    text = say("На тарифе аккаунта нет вебхуков: изменения приходят опросом (в пределах минуты).",
               "The account's plan has no webhooks: changes come by polling (within a minute).");
  return {{"state", "refused"}, {"text", text}, {"technical", standing.why ? standing.why->message : ""}};
}

}  // namespace

Result<json::object> SetupDesk::DescribeSource(const state::Portal& portal, const Say& say) {
  json::object source{{"id", portal.id},           {"name", portal.name}, {"kind", portal.kind},
                      {"address", portal.address}, {"zone", portal.zone}, {"currency", portal.currency}};
  const auto host = services_.portals.Host(portal.id);
  if (!host.ok()) {
    source["state"] = "error";
    source["paused"] = false;
    source["current_at"] = nullptr;
    source["progress"] = nullptr;
    source["trouble"] = {
        {"text", say("Копию данных не удалось открыть.", "The copy of the data cannot be opened.")},
        {"fix", say("Подробности — в журнале сервера.", "The server's log says more.")},
        {"technical", host.error().message},
        {"reconnect", false}};
    source["check"] = nullptr;
    source["events"] = nullptr;
    source["counts"] = json::object();
    return source;
  }
  const server::PortalStatus status = host.value()->Describe();
  const Day today = Zone::Utc().LocalDay(services_.clock.Now());
  const auto paused = services_.state.settings().Get(portal.id, "paused", today);
  if (!paused.ok()) return paused.errors();
  source["name"] = status.name;
  source["state"] = status.state;
  source["paused"] = paused->as_bool();
  source["current_at"] = MomentOrNull(status.current_at);
  source["progress"] = nullptr;
  if (status.progress) {
    const auto number = [](const std::optional<int64_t>& n) {
      return n ? json::value(*n) : json::value(nullptr);
    };
    source["progress"] = {{"done", status.progress->done},
                          {"expected", number(status.progress->expected)},
                          {"stage", status.progress->stage},
                          {"seconds_left", number(status.progress->seconds_left)}};
  }
  source["trouble"] = nullptr;
  if (!status.error.empty()) {
    const CheckItem item = ItemOf({status.error_code, status.error, "", {}}, portal.kind, say);
    const bool secret = item.id == "accepted" || item.id == "crm";
    source["trouble"] = {
        {"text", item.detail}, {"fix", item.fix}, {"technical", item.technical}, {"reconnect", secret}};
  }
  source["check"] = status.check;
  source["events"] = DescribeEvents(host.value()->hooks().standing(), say);
  source["counts"] = CountsOf(host.value()->warehouse());
  return source;
}

Result<json::value> SetupDesk::Sources(const server::Caller& caller) {
  const Say say(caller.language);
  const auto portals = services_.state.portals().List();
  if (!portals.ok()) return portals.errors();
  json::array list;
  for (const state::Portal& portal : *portals) {
    auto source = DescribeSource(portal, say);
    if (!source.ok()) return source.errors();
    list.push_back(std::move(*source));
  }
  return json::value(std::move(list));
}

Status SetupDesk::Change(const std::string& id, const json::object& request, const server::Caller& caller) {
  auto portal = services_.state.portals().Get(id);
  if (!portal.ok()) return portal.errors();
  const auto host = services_.portals.Host(id);
  if (!host.ok()) return host.errors();
  if (const json::value* paused = request.if_contains("paused")) {
    if (!paused->is_bool()) return Diagnostic{"bad_request", "paused must be true or false", "paused", {}};
    const Status set =
        services_.state.settings().Set(id, "paused", std::nullopt, *paused, caller.scope.user_id);
    if (!set.ok()) return set.errors();
    log::Info(paused->get_bool() ? "portal_paused" : "portal_resumed", {{"portal", id}});
  }
  if (request.contains("name")) {
    const std::string name(Trim(TextOf(request, "name")));
    if (name.empty() || name.size() > 200 || !IsValidUtf8(name))
      return Diagnostic{"bad_request", "name must be a text of 1 to 200 bytes", "name", {}};
    warehouse::PortalSettings settings = host.value()->warehouse().portal();
    settings.name = name;
    if (const Status set = host.value()->warehouse().Configure(settings); !set.ok()) return set.errors();
    portal->name = name;
    if (const Status saved = services_.state.portals().Save(*portal, caller.scope.user_id); !saved.ok())
      return saved.errors();
  }
  return host.value()->ApplySettings();
}

Result<json::value> SetupDesk::Questions(const std::string& id, const server::Caller& caller) {
  const auto host = services_.portals.Host(id);
  if (!host.ok()) return host.errors();
  const warehouse::PortalSettings facts = host.value()->warehouse().portal();
  const auto questions = MakeQuestions(host.value()->warehouse(), facts.kind, Say(caller.language));
  if (!questions.ok()) return questions.errors();
  const auto zone = Zone::Find(facts.zone);
  const Day today = (zone.ok() ? *zone : Zone::Utc()).LocalDay(services_.clock.Now());
  json::array list;
  for (const Question& question : *questions) {
    const auto value = services_.state.settings().Get(id, question.setting, today);
    if (!value.ok()) return value.errors();
    list.push_back(ToJson(question, *value));
  }
  return json::value{{"questions", std::move(list)}};
}

Status SetupDesk::Answer(const std::string& id, const json::object& request, const server::Caller& caller) {
  const auto host = services_.portals.Host(id);
  if (!host.ok()) return host.errors();
  const json::value* values = request.if_contains("values");
  if (values == nullptr || !values->is_object())
    return Diagnostic{"bad_request", "values must be an object of settings", "values", {}};
  std::optional<Day> from;
  if (const json::value* day = request.if_contains("from_day"); day != nullptr && !day->is_null()) {
    const auto parsed = ParseDay(TextOf(request, "from_day"));
    if (!parsed.ok()) return parsed.errors();
    from = *parsed;
  }
  // All are read before one is stored.
  static constexpr std::array kDated = {"after_sale_pipelines", "sale_point_stage", "technical_users",
                                        "lead_pipelines"};
  static constexpr std::array kAsked = {"after_sale_pipelines", "sale_point_stage",    "technical_users",
                                        "lead_pipelines",       "planned_close_field", "source_field",
                                        "meeting_types",        "loss_reason_field",   "region_field",
                                        "business_line_field",  "payment_paid_field",  "payment_due_field",
                                        "smart_processes"};
  std::vector<std::pair<std::string, json::value>> read;
  for (const auto& [name, value] : values->get_object()) {
    if (std::find(kAsked.begin(), kAsked.end(), name) == kAsked.end())
      return Diagnostic{
          "unknown_setting", "nobody is asked for '" + std::string(name) + "' here", "values", {}};
    auto parsed = state::ParseSetting(
        name, value.is_string() ? std::string(value.get_string()) : json::serialize(value));
    if (!parsed.ok()) return parsed.errors();
    read.emplace_back(name, std::move(*parsed));
  }
  for (const auto& [name, value] : read) {
    const bool dated = std::find(kDated.begin(), kDated.end(), name) != kDated.end();
    const Status set =
        services_.state.settings().Set(id, name, dated ? from : std::nullopt, value, caller.scope.user_id);
    if (!set.ok()) return set.errors();
  }
  return host.value()->ApplySettings();
}

Status SetupDesk::Remove(const std::string& id, const json::object& request, const server::Caller&) {
  const auto portal = services_.state.portals().Get(id);
  if (!portal.ok()) return portal.errors();
  const std::string confirm(Trim(TextOf(request, "confirm")));
  if (confirm != portal->name && confirm != id) {
    return Diagnostic{"confirm_needed",
                      "repeat the source's name '" + portal->name +
                          "' to remove it: its copy, its settings and its secret go, the CRM stays as it is",
                      "confirm",
                      {}};
  }
  if (const auto host = services_.portals.Host(id); host.ok()) {
    host.value()->check().Stop();
    host.value()->StopFollowing();
    DropSubscription(host.value()->hooks(), id);
  }
  // First out of the list: nobody opens it anew.
  if (const Status removed = services_.state.portals().Remove(id); !removed.ok()) return removed.errors();
  services_.portals.Forget(id);
  std::error_code gone;
  std::filesystem::remove(services_.places.rejects(id), gone);
  log::Info("portal_removed", {{"portal", id}});
  return Done{};
}

}  // namespace svodka::app
