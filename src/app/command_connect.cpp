#include "app/internal/command_list.hpp"
#include "app/portal_link.hpp"
#include "app/setup/opening.hpp"
#include "base/text.hpp"
#include "crm/amocrm/address.hpp"
#include "crm/bitrix24/webhook.hpp"

/// connect: asks a CRM before anything is kept, then keeps its address and its secret.
namespace svodka::app {
namespace {

Result<Connection> ReadCommand(const json::object& command) {
  if (TextOf(command, "crm") != "amocrm") {
    const auto webhook = crm::bitrix24::Webhook::Parse(TextOf(command, "webhook"));
    if (!webhook.ok()) return webhook.errors();
    return Connection{"bitrix24", webhook->origin(), kWebhookSecret, TextOf(command, "webhook")};
  }
  auto origin = crm::amocrm::ParseAddress(TextOf(command, "url"));
  if (!origin.ok()) return origin.errors();
  if (const std::string grant = TextOf(command, "grant"); !grant.empty())
    return Connection{"amocrm", std::move(*origin), kAmoGrantSecret, grant};
  return Connection{"amocrm", std::move(*origin), kAmoTokenSecret,
                    std::string(Trim(TextOf(command, "token")))};
}

}  // namespace

Status RunConnect(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const std::string id = TextOf(command, "portal");
  const auto connection = ReadCommand(command);
  if (!connection.ok()) return connection.errors();
  const auto before = services.state.portals().Find(id);
  if (!before.ok()) return before.errors();
  state::Portal portal = before->has_value() ? **before : state::Portal{};
  portal.id = id;
  if (const std::string name = TextOf(command, "name"); !name.empty()) portal.name = name;
  std::optional<json::value> lead_pipelines;
  if (const std::string text = TextOf(command, "lead_pipelines");
      connection->kind == "amocrm" && !text.empty()) {
    auto parsed = state::ParseSetting("lead_pipelines", text);
    if (!parsed.ok()) return parsed.errors();
    lead_pipelines = std::move(*parsed);
  }
  const auto facts = OpenPortal(services, *connection, std::move(portal), lead_pipelines, "local", stop);
  if (!facts.ok()) return facts.errors();
  std::string text;
  for (const std::string& line : facts->ToLines()) text += line + "\n";
  text += services.portals.follows() ? "Connected; the first load has begun.\n"
                                     : "Connected. Now load it: svodka sync --portal " + id + "\n";
  output.Out(text);
  return Done{};
}

}  // namespace svodka::app
