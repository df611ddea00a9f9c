#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"

namespace svodka::app {

/// A CRM and the secret to ask it with.
struct Connection {
  std::string kind;         ///< bitrix24, amocrm
  std::string address;      ///< origin
  std::string secret_name;  ///< kWebhookSecret, kAmoTokenSecret, kAmoGrantSecret
  std::string secret;       ///< of a grant: its JSON; with `code` in it while it was not exchanged

  /// `{"kind": "bitrix24", "webhook"}`, `{"kind": "amocrm", "url", "token"}` or `{"kind": "amocrm", "url",
  /// "integration": {"client_id","client_secret","redirect_uri","code"}}`. Errors: `bad_request`,
  /// `bad_webhook`, `bad_address`, `token_missing`, `bad_integration`; none repeats a secret.
  static Result<Connection> Read(const json::object& request);

  /// For the state's draft; sealed there.
  std::string ToSecret() const;
  static Result<Connection> FromSecret(const std::string& kind, const std::string& address,
                                       const std::string& text);
};

}  // namespace svodka::app
