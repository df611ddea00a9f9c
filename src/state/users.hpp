#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "state/database.hpp"
#include "state/vault.hpp"

namespace svodka::state {

struct User {
  std::string id;
  std::string name;
  std::string email;  ///< "" until an account is set
  std::string role;   ///< administrator
  bool has_password = false;
};

inline constexpr std::chrono::hours kSessionLife{24 * 30};
inline constexpr std::chrono::hours kCodeLife{24};
/// After that many wrong tries a one-time code is dead.
inline constexpr int kCodeAttemptsMax = 20;
inline constexpr size_t kInterfaceBytesMax = 16 * 1024;

/// Users, their sessions, the one-time code of the first sign-in, interface settings. Thread-safe.
/// Tokens, codes and passwords are stored as hashes only.
class UserStore {
 public:
  UserStore(Database& database, const Vault& vault, const Clock& clock)
      : database_(database), vault_(vault), clock_(clock) {}

  Result<std::vector<User>> List() const;
  /// An administrator who can sign in by password exists.
  Result<bool> HasAdministrator() const;

  /// Errors: `bad_account` (name, e-mail or password against the rules), `email_taken`.
  Result<User> Add(std::string_view name, std::string_view email, std::string_view password,
                   std::string_view writer);
  /// Sets name, e-mail and password; ends the user's other sessions (`keep_token` stays, may be empty).
  Result<User> SetAccount(std::string_view user, std::string_view name, std::string_view email,
                          std::string_view password, std::string_view keep_token);
  /// By e-mail; ends all sessions. Errors: `unknown_user` with the nearest, `bad_account`.
  Status ResetPassword(std::string_view email, std::string_view password, std::string_view writer);

  /// A new code for the first sign-in; replaces an older one. Needs !HasAdministrator().
  Result<std::string> IssueCode();
  /// Uses the code up and answers the administrator (made now if there is none). Errors: `wrong_code`.
  Result<User> SignInByCode(std::string_view code);
  /// Takes the same time for an unknown e-mail. Errors: `wrong_password`.
  Result<User> SignInByPassword(std::string_view email, std::string_view password);

  /// Answers the token for the cookie.
  Result<std::string> OpenSession(std::string_view user);
  /// Nothing for an unknown or expired token.
  Result<std::optional<User>> FindSession(std::string_view token) const;
  Status CloseSession(std::string_view token);
  Status DropExpiredSessions();

  Result<json::object> GetInterface(std::string_view user) const;
  /// Errors: `settings_too_big`.
  Status SetInterface(std::string_view user, const json::object& settings);

 private:
  Database& database_;
  const Vault& vault_;
  const Clock& clock_;
};

}  // namespace svodka::state
