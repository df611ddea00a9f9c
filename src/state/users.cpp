#include "state/users.hpp"

#include "base/text.hpp"

namespace svodka::state {
namespace {

constexpr size_t kCodeLength = 12;
constexpr size_t kPasswordMin = 8, kTextMax = 200;
constexpr std::string_view kColumns = "SELECT id, name, email, role, password_hash IS NOT NULL FROM user";

User ReadUser(const Row& row) {
  return User{row.Text(0), row.Text(1), row.FindText(2).value_or(""), row.Text(3), row.Integer(4) != 0};
}

int64_t Micros(Instant instant) { return instant.time_since_epoch().count(); }

Status CheckAccount(std::string_view name, std::string_view email, std::string_view password) {
  Diagnostics wrong;
  if (Trim(name).empty() || name.size() > kTextMax || !IsValidUtf8(name)) {
    wrong.push_back({"bad_account", "the name must have 1 to 200 bytes", "name", {}});
  }
  const size_t at = email.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == email.size() || email.size() > kTextMax ||
      email.find_first_of(" \t\r\n") != std::string_view::npos || !IsValidUtf8(email)) {
    wrong.push_back({"bad_account", "the e-mail must look like name@example.com", "email", {}});
  }
  if (password.size() < kPasswordMin || password.size() > kTextMax) {
    wrong.push_back({"bad_account", "the password must have 8 to 200 bytes", "password", {}});
  }
  if (!wrong.empty()) return wrong;
  return Done{};
}

[[noreturn]] void FailTaken(std::string_view email) {
  throw DiagnosticError(
      {"email_taken", "another user already signs in as " + std::string(email), "email", {}});
}

/// Codes are read from a screen: spaces, dashes and case do not matter.
std::string PlainCode(std::string_view code) {
  std::string plain;
  for (const char c : code) {
    if (c == '-' || c == ' ') continue;
    plain += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return plain;
}

}  // namespace

Result<std::vector<User>> UserStore::List() const {
  return Guard([&] {
    std::vector<User> users;
    for (const Row& row : database_.Run(std::string(kColumns) + " ORDER BY created_at, id"))
      users.push_back(ReadUser(row));
    return users;
  });
}

Result<bool> UserStore::HasAdministrator() const {
  return Guard([&] {
    return !database_
                .Run("SELECT 1 FROM user WHERE role = 'administrator' AND password_hash IS NOT NULL LIMIT 1")
                .empty();
  });
}

Result<User> UserStore::Add(std::string_view name, std::string_view email, std::string_view password,
                            std::string_view writer) {
  const Status checked = CheckAccount(name, email, password);
  if (!checked.ok()) return checked.errors();
  return Guard([&] {
    const std::string hash = HashPassword(password);
    User user{RandomToken().substr(0, 16), std::string(Trim(name)), std::string(email), "administrator",
              true};
    database_.InTransaction([&] {
      if (!database_.Run("SELECT 1 FROM user WHERE email = ?", {user.email}).empty()) FailTaken(email);
      database_.Run(
          "INSERT INTO user (id, name, email, password_hash, role, created_at, user_id) VALUES (?, ?, ?, ?, "
          "?, ?, ?)",
          {user.id, user.name, user.email, hash, user.role, Micros(clock_.Now()), std::string(writer)});
      database_.Run("DELETE FROM one_time_code");
    });
    return user;
  });
}

Result<User> UserStore::SetAccount(std::string_view user, std::string_view name, std::string_view email,
                                   std::string_view password, std::string_view keep_token) {
  const Status checked = CheckAccount(name, email, password);
  if (!checked.ok()) return checked.errors();
  return Guard([&] {
    const std::string hash = HashPassword(password), id(user);
    std::optional<User> changed;
    database_.InTransaction([&] {
      if (!database_.Run("SELECT 1 FROM user WHERE email = ? AND id <> ?", {std::string(email), id})
               .empty()) {
        FailTaken(email);
      }
      database_.Run("UPDATE user SET name = ?, email = ?, password_hash = ?, user_id = ? WHERE id = ?",
                    {std::string(Trim(name)), std::string(email), hash, id, id});
      database_.Run("DELETE FROM session WHERE user_id = ? AND token_hash <> ?",
                    {id, vault_.Fingerprint("session", keep_token)});
      database_.Run("DELETE FROM one_time_code");
      const auto rows = database_.Run(std::string(kColumns) + " WHERE id = ?", {id});
      if (rows.empty()) throw DiagnosticError({"unknown_user", "the user no longer exists", "", {}});
      changed = ReadUser(rows.front());
    });
    return *changed;
  });
}

Status UserStore::ResetPassword(std::string_view email, std::string_view password, std::string_view writer) {
  const Status checked = CheckAccount("-", email, password);
  if (!checked.ok()) return checked.errors();
  const auto users = List();
  if (!users.ok()) return users.errors();
  return GuardAction([&] {
    const std::string hash = HashPassword(password);
    database_.InTransaction([&] {
      const auto rows = database_.Run("SELECT id FROM user WHERE email = ?", {std::string(email)});
      if (rows.empty()) {
        std::vector<std::string> names;
        for (const User& user : users.value()) names.push_back(user.email);
        throw DiagnosticError({"unknown_user",
                               "no user signs in as " + std::string(email) + "; add one: svodka user add",
                               "email", NearestNames(email, names)});
      }
      const std::string id = rows.front().Text(0);
      database_.Run("UPDATE user SET password_hash = ?, user_id = ? WHERE id = ?",
                    {hash, std::string(writer), id});
      database_.Run("DELETE FROM session WHERE user_id = ?", {id});
    });
  });
}

Result<std::string> UserStore::IssueCode() {
  return Guard([&] {
    const std::string code = RandomCode(kCodeLength);
    database_.Run(
        "INSERT OR REPLACE INTO one_time_code (id, code_hash, expires_at, attempts, user_id) VALUES (1, ?, "
        "?, 0, 'system')",
        {vault_.Fingerprint("code", code), Micros(clock_.Now() + kCodeLife)});
    return code.substr(0, 4) + "-" + code.substr(4, 4) + "-" + code.substr(8);
  });
}

Result<User> UserStore::SignInByCode(std::string_view code) {
  const Diagnostic wrong{
      "wrong_code",
      "the code is wrong, used or expired; restart the server, a new one is written to its log",
      "code",
      {}};
  auto signed_in = Guard([&]() -> std::optional<User> {
    std::optional<User> user;
    database_.InTransaction([&] {
      database_.Run("UPDATE one_time_code SET attempts = attempts + 1");
      const auto rows =
          database_.Run("SELECT code_hash FROM one_time_code WHERE expires_at > ? AND attempts <= ?",
                        {Micros(clock_.Now()), static_cast<int64_t>(kCodeAttemptsMax)});
      if (rows.empty() || !SameSecret(rows.front().Text(0), vault_.Fingerprint("code", PlainCode(code))))
        return;
      database_.Run("DELETE FROM one_time_code");
      auto found =
          database_.Run(std::string(kColumns) + " WHERE password_hash IS NULL ORDER BY created_at LIMIT 1");
      if (found.empty()) {
        const std::string id = RandomToken().substr(0, 16);
        database_.Run(
            "INSERT INTO user (id, name, role, created_at, user_id) VALUES (?, 'Administrator', "
            "'administrator', ?, 'system')",
            {id, Micros(clock_.Now())});
        found = database_.Run(std::string(kColumns) + " WHERE id = ?", {id});
      }
      user = ReadUser(found.front());
    });
    return user;
  });
  if (!signed_in.ok()) return signed_in.errors();
  if (!signed_in.value()) return wrong;
  return *signed_in.value();
}

Result<User> UserStore::SignInByPassword(std::string_view email, std::string_view password) {
  return Guard([&] {
    const auto rows = database_.Run(
        "SELECT id, name, email, role, password_hash FROM user WHERE email = ? AND password_hash IS NOT NULL",
        {std::string(email)});
    // An unknown e-mail costs the same time as a wrong password.
    const bool matches =
        rows.empty() ? (HashPassword(password), false) : PasswordMatches(rows.front().Text(4), password);
    if (!matches) {
      throw DiagnosticError({"wrong_password",
                             "e-mail or password is wrong; an administrator can reset it at the "
                             "machine: svodka user reset --email E-MAIL",
                             "",
                             {}});
    }
    const Row& row = rows.front();
    return User{row.Text(0), row.Text(1), row.Text(2), row.Text(3), true};
  });
}

Result<std::string> UserStore::OpenSession(std::string_view user) {
  return Guard([&] {
    const std::string token = RandomToken();
    const Instant now = clock_.Now();
    database_.Run(
        "INSERT INTO session (token_hash, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)",
        {vault_.Fingerprint("session", token), std::string(user), Micros(now), Micros(now + kSessionLife)});
    return token;
  });
}

Result<std::optional<User>> UserStore::FindSession(std::string_view token) const {
  return Guard([&]() -> std::optional<User> {
    const auto rows =
        database_.Run(std::string(kColumns) +
                          " WHERE id = (SELECT user_id FROM session WHERE token_hash = ? AND expires_at > ?)",
                      {vault_.Fingerprint("session", token), Micros(clock_.Now())});
    if (rows.empty()) return std::nullopt;
    return ReadUser(rows.front());
  });
}

Status UserStore::CloseSession(std::string_view token) {
  return GuardAction([&] {
    database_.Run("DELETE FROM session WHERE token_hash = ?", {vault_.Fingerprint("session", token)});
  });
}

Status UserStore::DropExpiredSessions() {
  return GuardAction(
      [&] { database_.Run("DELETE FROM session WHERE expires_at <= ?", {Micros(clock_.Now())}); });
}

Result<json::object> UserStore::GetInterface(std::string_view user) const {
  return Guard([&] {
    const auto rows = database_.Run("SELECT interface FROM user WHERE id = ?", {std::string(user)});
    return rows.empty() ? json::object() : ParseJson(rows.front().Text(0)).value().as_object();
  });
}

Status UserStore::SetInterface(std::string_view user, const json::object& settings) {
  const std::string text = json::serialize(settings);
  if (text.size() > kInterfaceBytesMax) {
    return Diagnostic{
        "settings_too_big",
        "interface settings may take 16 KiB, these take " + std::to_string(text.size()) + " bytes",
        "",
        {}};
  }
  return GuardAction([&] {
    database_.Run("UPDATE user SET interface = ? WHERE id = ?", {text, std::string(user)});
  });
}

}  // namespace svodka::state
