#include "state/vault.hpp"

#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace svodka::state {
namespace {

constexpr std::string_view kCodeLetters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

void NeedSodium() {
  if (sodium_init() < 0) throw InvariantError("libsodium did not start");
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Hex(const unsigned char* bytes, size_t count) {
  std::string text(count * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes, count);
  text.pop_back();
  return text;
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

Result<Vault> Vault::Open(const std::string& path, bool may_create) {
  NeedSodium();
  static_assert(kKeyBytes == crypto_secretbox_KEYBYTES);
  Vault vault;
  const File existing(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (existing.get() >= 0) {
    struct stat about {};
    if (fstat(existing.get(), &about) == 0 && (about.st_mode & 077) != 0) {
      return Diagnostic{
          "key_exposed", "the key file may be read by others; run: chmod 600 " + path, path, {}};
    }
    std::array<unsigned char, kKeyBytes + 1> read_bytes{};
    if (read(existing.get(), read_bytes.data(), read_bytes.size()) != static_cast<ssize_t>(kKeyBytes)) {
      return Diagnostic{"key_damaged",
                        "the key file is damaged (it must hold 32 bytes); restore it from a backup",
                        path,
                        {}};
    }
    std::memcpy(vault.key_.data(), read_bytes.data(), kKeyBytes);
    return vault;
  }
  if (!may_create) {
    return Diagnostic{
        "key_missing",
        "the key file is missing, and the stored secrets cannot be read without it; restore it from a "
        "backup, or move state.sqlite away to start anew",
        path,
        {}};
  }
  randombytes_buf(vault.key_.data(), vault.key_.size());
  // Written aside and renamed: a crash leaves either no key or a whole one.
  const std::string aside = path + ".new";
  const File fresh(open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (fresh.get() < 0 ||
      write(fresh.get(), vault.key_.data(), kKeyBytes) != static_cast<ssize_t>(kKeyBytes) ||
      fsync(fresh.get()) != 0 || rename(aside.c_str(), path.c_str()) != 0) {
    return Diagnostic{
        "key_unwritable", std::string("cannot write the key file: ") + std::strerror(errno), path, {}};
  }
  return vault;
}

std::string Vault::Seal(std::string_view secret) const {
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + secret.size(), '\0');
  auto* out = reinterpret_cast<unsigned char*>(sealed.data());
  randombytes_buf(out, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, Bytes(secret), secret.size(), out, key_.data());
  return sealed;
}

Result<std::string> Vault::Unseal(std::string_view sealed) const {
  const size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (sealed.size() >= overhead) {
    std::string secret(sealed.size() - overhead, '\0');
    if (crypto_secretbox_open_easy(
            reinterpret_cast<unsigned char*>(secret.data()), Bytes(sealed) + crypto_secretbox_NONCEBYTES,
            sealed.size() - crypto_secretbox_NONCEBYTES, Bytes(sealed), key_.data()) == 0) {
      return secret;
    }
  }
  return Diagnostic{
      "key_wrong",
      "a stored secret cannot be read with this key file; restore the key that belongs to this data "
      "folder, or connect the portal again",
      "",
      {}};
}

std::string Vault::Fingerprint(std::string_view purpose, std::string_view token) const {
  crypto_generichash_state state;
  std::array<unsigned char, crypto_generichash_BYTES> out{};
  crypto_generichash_init(&state, key_.data(), key_.size(), out.size());
  crypto_generichash_update(&state, Bytes(purpose), purpose.size());
  const unsigned char separator = 0;
  crypto_generichash_update(&state, &separator, 1);
  crypto_generichash_update(&state, Bytes(token), token.size());
  crypto_generichash_final(&state, out.data(), out.size());
  return Hex(out.data(), out.size());
}

std::string RandomToken() {
  NeedSodium();
  std::array<unsigned char, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return Hex(bytes.data(), bytes.size());
}

std::string RandomCode(size_t length) {
  NeedSodium();
  std::string code;
  for (size_t i = 0; i < length; ++i) {
    code += kCodeLetters[randombytes_uniform(static_cast<uint32_t>(kCodeLetters.size()))];
  }
  return code;
}

std::string HashPassword(std::string_view password) {
  NeedSodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw DiagnosticError(
        {"out_of_memory", "not enough memory to hash a password (64 MiB are needed)", "", {}});
  }
  return std::string(hash.data());
}

bool PasswordMatches(const std::string& hash, std::string_view password) {
  NeedSodium();
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool SameSecret(std::string_view left, std::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace svodka::state
