#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "crm/amocrm/api_error.hpp"
#include "crm/http.hpp"

namespace svodka::crm::amocrm {

/// One answered GET. An empty list is an answer without rows (HTTP 204).
struct Page {
  std::shared_ptr<const json::value> root;  ///< owns the rows; null when empty
  std::vector<const json::value*> rows;     ///< of the list in `_embedded`
  bool has_next = false;
  std::string next;         ///< path and query of `_links.next`, whatever host it names
  int64_t served_at_s = 0;  ///< the account's clock, 0 when it did not say
};

/// Either a page or a trouble.
struct Outcome {
  std::optional<Page> page;
  std::optional<ApiError> error;
};

/// One GET, one decoded answer; no retries, no pacing (those live in sync). The token travels in a header,
/// only to the account's own host; redirects are not followed here. Used by one thread at a time.
class Client {
 public:
  Client(std::string origin, std::string token, HttpTransport& transport)
      : origin_(std::move(origin)), token_(std::move(token)), transport_(transport) {}

  /// `path_and_query` begins with '/'.
  Outcome Get(std::string_view path_and_query, std::stop_token stop);

  /// The origin that the account's first page leads to, asked without the token; "": it leads nowhere else.
  std::string WhereTo(std::stop_token stop);

  const std::string& origin() const { return origin_; }
  void MoveTo(std::string origin) { origin_ = std::move(origin); }
  void SetToken(std::string token) { token_ = std::move(token); }
  HttpTransport& transport() { return transport_; }

 private:
  std::string origin_;
  std::string token_;
  HttpTransport& transport_;
};

}  // namespace svodka::crm::amocrm
