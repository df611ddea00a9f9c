#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace svodka::state {

/// Seals secrets with the data folder's key (libsodium secretbox) and hashes what only has to be recognised
/// again.
class Vault {
 public:
  /// Reads the key file, or makes it (mode 0600) when `may_create`. Errors: `key_missing` (state exists, its
  /// key does not), `key_damaged`, `key_exposed` (readable by others), `key_unwritable`.
  static Result<Vault> Open(const std::string& path, bool may_create);

  std::string Seal(std::string_view secret) const;
  /// Errors: `key_wrong`: the text was sealed with another key.
  Result<std::string> Unseal(std::string_view sealed) const;
  /// Keyed hash, hex, of a high-entropy token; `purpose` keeps hashes of different uses apart.
  std::string Fingerprint(std::string_view purpose, std::string_view token) const;

 private:
  static constexpr size_t kKeyBytes = 32;
  Vault() = default;
  std::array<unsigned char, kKeyBytes> key_{};
};

/// 32 random bytes as 64 hex digits.
std::string RandomToken();
/// `length` letters and digits that cannot be confused (no 0 O 1 I L), in upper case.
std::string RandomCode(size_t length);
/// Argon2id with libsodium's interactive limits (64 MiB, some 0.1 s); the text holds its own salt and limits.
std::string HashPassword(std::string_view password);
bool PasswordMatches(const std::string& hash, std::string_view password);
/// Compares in a time that does not depend on where the texts differ.
bool SameSecret(std::string_view left, std::string_view right);

}  // namespace svodka::state
