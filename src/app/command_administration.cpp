#include <filesystem>

#include "app/internal/command_list.hpp"
#include "app/portal_link.hpp"
#include "app/text_table.hpp"
#include "base/json_text.hpp"

/// Commands for the administrator: settings, user, doctor.
namespace svodka::app {
namespace {

json::object Describe(const state::SettingDeclaration& declaration, const json::value& value,
                      const std::vector<state::DatedSetting>& dated) {
  json::array rows;
  for (const auto& row : dated) {
    if (row.name != declaration.name) continue;
    rows.push_back({{"from", row.from_day ? json::value(ToString(*row.from_day)) : json::value(nullptr)},
                    {"value", row.value}});
  }
  return {{"name", declaration.name},
          {"value", value},
          {"default", json::parse(json::string_view(declaration.default_json))},
          {"type", state::TypeName(declaration.type)},
          {"help", declaration.help},
          {"dated", std::move(rows)}};
}

Result<Day> Today(Services& services, const std::string& portal) {
  const auto known = services.state.portals().Get(portal);
  if (!known.ok()) return known.errors();
  const auto zone = Zone::Find(known->zone);
  if (!zone.ok()) return zone.errors();
  return zone->LocalDay(services.clock.Now());
}

Status ShowSettings(Services& services, const std::string& portal, const std::string& name, Output& output) {
  const auto today = Today(services, portal);
  if (!today.ok()) return today.errors();
  const auto dated = services.state.settings().List(portal);
  if (!dated.ok()) return dated.errors();
  if (!name.empty()) {
    const auto value = services.state.settings().Get(portal, name, *today);
    if (!value.ok()) return value.errors();
    output.Out(JsonText(value.value()) + "\n");
    return Done{};
  }
  json::array list;
  TextTable table;
  for (const auto& declaration : state::Declarations()) {
    const auto value = services.state.settings().Get(portal, declaration.name, *today);
    if (!value.ok()) return value.errors();
    list.push_back(Describe(declaration, value.value(), dated.value()));
    table.Add({std::string(declaration.name), JsonText(value.value()), std::string(declaration.help)});
  }
  output.Out(output.terminal() ? table.Render() : JsonText(list) + "\n");
  return Done{};
}

}  // namespace

Status RunSettings(Services& services, const json::object& command, Output& output, std::stop_token) {
  const auto portal = ChoosePortal(services, command);
  if (!portal.ok()) return portal.errors();
  const std::string action = TextOf(command, "action"), name = TextOf(command, "name");
  if (action == "get") return ShowSettings(services, *portal, name, output);
  if (action == "reset") {
    if (const Status done = services.state.settings().Reset(*portal, name); !done.ok()) return done.errors();
  } else {
    std::optional<Day> from;
    if (const std::string text = TextOf(command, "from"); !text.empty()) {
      const auto day = ParseDay(text);
      if (!day.ok()) return day.errors();
      from = day.value();
    }
    const auto value = state::ParseSetting(name, TextOf(command, "value"));
    if (!value.ok()) return value.errors();
    const Status done = services.state.settings().Set(*portal, name, from, value.value(), "local");
    if (!done.ok()) return done.errors();
  }
  const auto host = services.portals.Host(*portal);
  if (!host.ok()) return host.errors();
  if (const Status applied = host.value()->ApplySettings(); !applied.ok()) return applied.errors();
  return ShowSettings(services, *portal, name, output);
}

Status RunUser(Services& services, const json::object& command, Output& output, std::stop_token) {
  auto& users = services.state.users();
  const std::string action = TextOf(command, "action");
  if (action == "add") {
    const auto user =
        users.Add(TextOf(command, "name"), TextOf(command, "email"), TextOf(command, "password"), "local");
    if (!user.ok()) return user.errors();
    output.Out("Added " + user->email + " (administrator).\n");
    return Done{};
  }
  if (action == "reset") {
    const Status done = users.ResetPassword(TextOf(command, "email"), TextOf(command, "password"), "local");
    if (!done.ok()) return done.errors();
    output.Out("The new password of " + TextOf(command, "email") + " holds; older sessions have ended.\n");
    return Done{};
  }
  const auto list = users.List();
  if (!list.ok()) return list.errors();
  TextTable table;
  json::array out;
  for (const auto& user : list.value()) {
    table.Add({user.id, user.name, user.email, user.role, user.has_password ? "" : "no password yet"});
    out.push_back({{"id", user.id},
                   {"name", user.name},
                   {"email", user.email},
                   {"role", user.role},
                   {"has_password", user.has_password}});
  }
  output.Out(output.terminal() ? table.Render() : JsonText(out) + "\n");
  return Done{};
}

Status RunDoctor(Services& services, const json::object&, Output& output, std::stop_token) {
  Diagnostics wrong;
  std::string text;
  const auto note = [&](const std::string& what, const std::string& trouble) {
    text +=
        (trouble.empty() ? "ok      " : "trouble ") + what + (trouble.empty() ? "" : ": " + trouble) + "\n";
    if (!trouble.empty()) wrong.push_back({"doctor", what + ": " + trouble, what, {}});
  };
  std::error_code error;
  const auto space = std::filesystem::space(services.places.data, error);
  constexpr uintmax_t kSpaceMin = 1ULL << 30;
  note("data folder " + services.places.data, error ? error.message() : "");
  note("free space " + std::to_string(space.available >> 20) + " MiB",
       space.available < kSpaceMin ? "less than 1 GiB is free" : "");
  note("model files " + services.places.models, "");
  note(services.places.web.empty() ? "web app" : "web app " + services.places.web,
       services.places.web.empty() ? "not built: run ./run build, or name it with --web" : "");
  const auto administrator = services.state.users().HasAdministrator();
  note("state", administrator.ok() ? "" : administrator.error().message);
  if (administrator.ok() && !administrator.value()) {
    text += "note    no administrator yet: start svodka serve and sign in with the code of its log\n";
  }
  const auto portals = services.state.portals().List();
  if (!portals.ok()) return portals.errors();
  for (const auto& portal : portals.value()) {
    const auto host = services.portals.Host(portal.id);
    note("portal " + portal.id, host.ok() ? "" : host.error().message);
    if (portal.kind == "file") continue;
    const bool amo = portal.kind == "amocrm";
    auto secret = services.state.portals().GetSecret(portal.id, amo ? kAmoTokenSecret : kWebhookSecret);
    if (amo && (!secret.ok() || secret->empty())) {
      secret = services.state.portals().GetSecret(portal.id, kAmoGrantSecret);
    }
    note((amo ? "token of " : "webhook of ") + portal.id, secret.ok() ? "" : secret.error().message);
  }
  output.Out(text);
  if (wrong.empty()) return Done{};
  return Diagnostics{
      {"doctor",
       (wrong.size() == 1 ? "1 trouble was found (above): "
                          : std::to_string(wrong.size()) + " troubles were found (above); the first: ") +
           wrong.front().message,
       wrong.front().place,
       {}}};
}

}  // namespace svodka::app
