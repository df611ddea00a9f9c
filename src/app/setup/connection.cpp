#include "app/setup/connection.hpp"

#include "app/portal_link.hpp"
#include "base/text.hpp"
#include "crm/amocrm/address.hpp"
#include "crm/amocrm/oauth.hpp"
#include "crm/bitrix24/webhook.hpp"

namespace svodka::app {
namespace {

constexpr size_t kSecretBytesMax = 16 << 10;

Result<std::string> TextOf(const json::object& request, std::string_view name) {
  const json::value* value = request.if_contains(name);
  if (value == nullptr || !value->is_string() || value->get_string().size() > kSecretBytesMax) {
    return Diagnostic{"bad_request", std::string(name) + " must be a text", std::string(name), {}};
  }
  return std::string(Trim(std::string_view(value->get_string())));
}

Result<Connection> ReadAmo(const json::object& request) {
  const auto url = TextOf(request, "url");
  if (!url.ok()) return url.errors();
  auto origin = crm::amocrm::ParseAddress(*url);
  if (!origin.ok()) return origin.errors();
  Connection connection{"amocrm", std::move(*origin), "", ""};
  if (const json::value* integration = request.if_contains("integration")) {
    const auto grant = crm::amocrm::OAuthGrant::FromJson(json::serialize(*integration));
    if (!grant.ok()) return grant.errors();
    if (FindString(*integration, "code").value_or("").empty())
      return Diagnostic{"bad_integration", "the integration lacks the one-time code", "code", {}};
    connection.secret_name = kAmoGrantSecret;
    connection.secret = json::serialize(*integration);
    return connection;
  }
  auto token = TextOf(request, "token");
  if (!token.ok()) return token.errors();
  // A header is made of it: what no token holds must not get there.
  for (const char c : *token) {
    if (c <= ' ' || c > '~')
      return Diagnostic{
          "token_missing", "the token holds blanks or other characters that no token has", "token", {}};
  }
  if (token->empty()) return Diagnostic{"token_missing", "the token is empty", "token", {}};
  connection.secret_name = kAmoTokenSecret;
  connection.secret = std::move(*token);
  return connection;
}

}  // namespace

Result<Connection> Connection::Read(const json::object& request) {
  const auto kind = TextOf(request, "kind");
  if (!kind.ok()) return kind.errors();
  if (*kind == "amocrm") return ReadAmo(request);
  if (*kind != "bitrix24")
    return Diagnostic{"bad_request", "kind must be bitrix24 or amocrm", "kind", {"bitrix24", "amocrm"}};
  auto text = TextOf(request, "webhook");
  if (!text.ok()) return text.errors();
  const auto webhook = crm::bitrix24::Webhook::Parse(*text);
  if (!webhook.ok()) return webhook.errors();
  return Connection{"bitrix24", webhook->origin(), kWebhookSecret, webhook->MethodUrl("")};
}

std::string Connection::ToSecret() const {
  return json::serialize(json::object{{"name", secret_name}, {"value", secret}});
}

Result<Connection> Connection::FromSecret(const std::string& kind, const std::string& address,
                                          const std::string& text) {
  const auto parsed = ParseJson(text);
  if (!parsed.ok()) return Diagnostic{"unknown_draft", "the draft cannot be read; begin anew", "draft", {}};
  return Connection{kind, address, FindString(*parsed, "name").value_or(""),
                    FindString(*parsed, "value").value_or("")};
}

}  // namespace svodka::app
