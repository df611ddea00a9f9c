#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace svodka::crm::bitrix24 {

/// An incoming webhook: the address under which one user of one portal may be asked. The whole address is a
/// secret.
class Webhook {
 public:
  /// Reads what an administrator pastes: surrounding blanks and quotes, a method name or a query behind the
  /// secret are forgiven. Plain http is accepted for this machine's own addresses only. Errors: `bad_webhook`
  /// (the message says what to copy from where; it never repeats the secret).
  static Result<Webhook> Parse(std::string_view text);

  /// `https://name.bitrix24.ru`, without a slash at the end.
  const std::string& origin() const { return origin_; }
  /// The same webhook on another host: a renamed portal.
  Webhook WithOrigin(std::string origin) const;
  /// Secret. The address of a method.
  std::string MethodUrl(std::string_view method) const;
  /// For people: `https://name.bitrix24.ru/rest/1/***/`.
  std::string ToString() const;

 private:
  Webhook() = default;
  std::string origin_;
  std::string user_id_;
  std::string secret_;
};

}  // namespace svodka::crm::bitrix24
