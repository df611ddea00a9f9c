#include "crm/bitrix24/webhook.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/text.hpp"
#include "crm/http.hpp"

namespace svodka::crm::bitrix24 {
namespace {

Diagnostic Bad(const std::string& what) {
  return {"bad_webhook",
          what +
              "; in the portal open Developer resources > Other > Inbound webhook, and copy the whole "
              "address, such as "
              "https://name.bitrix24.ru/rest/1/secret/",
          "webhook",
          {}};
}

bool IsLoopback(std::string_view origin) {
  std::string_view host = origin.substr(origin.find("//") + 2);
  if (host.starts_with("[")) {
    host = host.substr(0, host.find(']') + 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

}  // namespace

Result<Webhook> Webhook::Parse(std::string_view text) {
  std::string_view clean = Trim(text);
  while (clean.size() >= 2 && (clean.front() == '"' || clean.front() == '\'') &&
         clean.back() == clean.front()) {
    clean = Trim(clean.substr(1, clean.size() - 2));
  }
  if (clean.empty()) return Bad("the webhook's address is empty");
  if (std::any_of(clean.begin(), clean.end(), [](unsigned char c) { return c <= ' '; })) {
    return Bad("the webhook's address holds blanks or line breaks");
  }
  const std::string origin = OriginOf(clean);
  if (origin.empty()) return Bad("the webhook's address does not begin with https://");
  if (origin.starts_with("http://") && !IsLoopback(origin)) {
    return Bad("the webhook's address begins with http://; a secret may only travel by https://");
  }
  const size_t host = clean.find("//") + 2;
  const size_t path = clean.find('/', host);
  std::string_view rest = path == std::string_view::npos ? std::string_view{} : clean.substr(path);
  rest = rest.substr(0, rest.find_first_of("?#"));
  std::vector<std::string> parts;
  for (std::string& part : Split(rest, '/')) {
    if (!part.empty()) parts.push_back(std::move(part));
  }
  if (parts.empty() || parts[0] != "rest") return Bad("the address has no /rest/ part, so it is no webhook");
  size_t at = 1;
  if (at < parts.size() && parts[at] == "api") ++at;
  const auto digits = [](const std::string& part) {
    return std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  };
  if (at >= parts.size() || !digits(parts[at])) return Bad("the user's number is missing behind /rest/");
  if (at + 1 >= parts.size()) return Bad("the secret is missing behind the user's number");
  const std::string& secret = parts[at + 1];
  if (!std::all_of(secret.begin(), secret.end(),
                   [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; })) {
    return Bad("the secret holds characters that no webhook has (is it masked by stars?)");
  }
  Webhook webhook;
  webhook.origin_ = origin;
  webhook.user_id_ = parts[at];
  webhook.secret_ = secret;
  return webhook;
}

Webhook Webhook::WithOrigin(std::string origin) const {
  Webhook moved = *this;
  moved.origin_ = std::move(origin);
  return moved;
}

std::string Webhook::MethodUrl(std::string_view method) const {
  return origin_ + "/rest/" + user_id_ + "/" + secret_ + "/" + std::string(method);
}

std::string Webhook::ToString() const { return origin_ + "/rest/" + user_id_ + "/***/"; }

}  // namespace svodka::crm::bitrix24
