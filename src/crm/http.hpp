#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace svodka::crm {

struct HttpRequest {
  std::string url;           ///< absolute, http or https
  std::string body;          ///< empty: GET, else POST or `method`
  std::string content_type;  ///< of the body
  /// Whole lines, such as "Authorization: Bearer …"; may be secret.
  std::vector<std::string> headers{};
  /// False: a redirect is the answer (see `location`). A request that carries a secret header must say so.
  bool follow_redirects = true;
  std::chrono::milliseconds timeout{90'000};
  std::string method{};  ///< of a request with a body that is no POST, such as PATCH
};

struct HttpAnswer {
  int status = 0;
  std::string content_type;
  std::string body;
  /// Where the answer came from after redirects (scheme and authority, no path): tells a renamed portal.
  std::string origin;
  int64_t retry_after_s = 0;  ///< of the Retry-After header, 0 when absent
  std::string location;       ///< of a redirect that was not followed
  int64_t served_at_s = 0;    ///< Unix time of the Date header, 0 when absent: the CRM's clock
};

/// Sends one HTTP request. Implementations are used by one thread at a time.
/// Any status is an answer; an error means that no answer came. Errors: `portal_unreachable` (name,
/// connection), `proxy_failed`, `portal_timeout`, `tls_failed`, `answer_too_large`, `bad_redirect`,
/// `cancelled`. No message holds a URL's path or query, nor a proxy's address: webhook addresses are secrets,
/// and a proxy's may hold a password.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  virtual Result<HttpAnswer> Send(const HttpRequest& request, std::stop_token stop) = 0;
};

struct CurlSettings {
  std::chrono::milliseconds connect_timeout{15'000};
  int64_t body_bytes_max = 256 << 20;
  int redirects_max = 3;
  std::string user_agent = "Svodka/0.1";
  std::string ca_file;  ///< "": that of the variable SSL_CERT_FILE, else the system's; TLS is always verified
};

/// libcurl: keep-alive, gzip, proxies from the environment, TLS verified. A redirect re-sends the same method
/// and body (a POST never becomes a GET) and never goes from https to http.
std::unique_ptr<HttpTransport> MakeCurlTransport(CurlSettings settings = {});

/// "https://host:port" of a URL, empty when it is none.
std::string OriginOf(std::string_view url);

/// The text with the secret part of every Bitrix24 webhook address in it (/rest/USER/SECRET) masked.
std::string RedactWebhooks(std::string_view text);

}  // namespace svodka::crm
