#include "crm/amocrm/address.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crm/http.hpp"

namespace svodka::crm::amocrm {
namespace {

constexpr std::array<std::string_view, 3> kHosts = {".amocrm.ru", ".amocrm.com", ".kommo.com"};

Diagnostic Bad(const std::string& what) {
  return {"bad_address",
          what + "; give the address at which you open the account, such as https://name.amocrm.ru",
          "--url",
          {}};
}

std::string_view HostOf(std::string_view origin) {
  std::string_view host = origin.substr(origin.find("//") + 2);
  if (host.starts_with("[")) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool IsLoopback(std::string_view origin) {
  const std::string_view host = HostOf(origin);
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

bool IsVendor(std::string_view origin) {
  const std::string_view host = HostOf(origin);
  return std::any_of(kHosts.begin(), kHosts.end(), [&](std::string_view suffix) {
    return host.ends_with(suffix) && host.size() > suffix.size();
  });
}

}  // namespace

Result<std::string> ParseAddress(std::string_view text) {
  std::string_view clean = Trim(text);
  while (clean.size() >= 2 && (clean.front() == '"' || clean.front() == '\'') &&
         clean.back() == clean.front()) {
    clean = Trim(clean.substr(1, clean.size() - 2));
  }
  if (clean.empty()) return Bad("the account's address is empty");
  std::string url(clean);
  if (url.find("://") == std::string::npos) url = "https://" + url;
  const std::string origin = FoldCase(OriginOf(url));
  if (origin.empty()) return Bad("'" + std::string(clean.substr(0, 80)) + "' is no https:// address");
  if (IsLoopback(origin)) return origin;
  if (!origin.starts_with("https://"))
    return Bad("the address begins with http://; a token may only travel by https://");
  if (!IsVendor(origin)) return Bad("'" + origin + "' is no account of amoCRM or Kommo");
  if (const std::string_view host = HostOf(origin); host.starts_with("www.")) {
    return Bad("'" + origin + "' is the vendor's own site, not your account");
  }
  return origin;
}

bool IsSameVendor(std::string_view origin, std::string_view other) {
  if (origin == other) return true;
  if (IsLoopback(origin)) return IsLoopback(other);
  return other.starts_with("https://") && IsVendor(origin) && IsVendor(other);
}

bool IsAccountOf(std::string_view origin, std::string_view other) {
  return IsSameVendor(origin, other) && !HostOf(other).starts_with("www.");
}

bool HasCents(std::string_view origin) {
  const std::string_view host = HostOf(origin);
  return host.ends_with(".kommo.com") || host.ends_with(".amocrm.com");
}

}  // namespace svodka::crm::amocrm
