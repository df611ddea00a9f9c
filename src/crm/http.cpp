#include "crm/http.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <mutex>

#include <curl/curl.h>

#include "base/text.hpp"

namespace svodka::crm {
namespace {

void StartCurlOnce() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct Exchange {
  std::string body;
  int64_t bytes_max = 0;
  bool too_large = false;
  std::string location;
  int64_t retry_after_s = 0;
  int64_t served_at_s = 0;
  std::stop_token stop;
};

size_t TakeBody(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const size_t bytes = size * count;
  if (static_cast<int64_t>(exchange.body.size() + bytes) > exchange.bytes_max) {
    exchange.too_large = true;
    return 0;
  }
  exchange.body.append(data, bytes);
  return bytes;
}

size_t TakeHeader(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(data, size * count);
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    const std::string name = FoldCase(line.substr(0, colon));
    const std::string_view value = Trim(line.substr(colon + 1));
    if (name == "location") exchange.location = value;
    if (name == "date") {
      exchange.served_at_s = std::max<int64_t>(0, curl_getdate(std::string(value).c_str(), nullptr));
    }
    if (name == "retry-after") {
      std::from_chars(value.data(), value.data() + value.size(), exchange.retry_after_s);
    }
  }
  return size * count;
}

int Watch(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(user)->stop.stop_requested() ? 1 : 0;
}

/// What the check of a certificate says in words, and what to do (numbers are OpenSSL's).
std::string CertificateTrouble(long verdict, std::string_view detail, const std::string& reason) {
  // libcurl compares names itself, after OpenSSL was content.
  if (verdict == 62 || detail.find("subject name") != std::string_view::npos)
    return "its certificate belongs to another name; check the address";
  switch (verdict) {
    case 9:
    case 10:
      return "its certificate is not valid today: look at this machine's date, else the certificate has run "
             "out";
    case 18:
    case 19:
    case 20:
    case 21:
      return "its certificate is signed by nobody whom this machine trusts: a self-signed one, or a proxy "
             "that opens "
             "encrypted connections. Add that authority's certificate to this machine "
             "(update-ca-certificates)";
    default:
      return reason + "; check the address, this machine's clock and its certificates";
  }
}

/// Where a failed connection was tried: the host in curl's own sentence.
bool WasTriedAtProxy(CURL* handle, CURLcode code, std::string_view detail, std::string_view host) {
  long connect_status = 0;
  curl_easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, &connect_status);
  if (code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_PROXY || connect_status >= 300) return true;
  constexpr std::string_view kBegin = "Failed to connect to ";
  if (!detail.starts_with(kBegin)) return false;
  const std::string_view tried = detail.substr(kBegin.size());
  return tried.substr(0, tried.find(' ')) != host;
}

std::string HostOf(const std::string& origin) {
  std::string host = origin.substr(std::min(origin.size(), origin.find("//") + 2));
  const size_t port = host.rfind(':');
  if (port != std::string::npos && host.find(']', port) == std::string::npos) host.resize(port);
  return host;
}

Diagnostic Trouble(CURL* handle, CURLcode code, const char* detail, const std::string& origin,
                   const Exchange& exchange) {
  const std::string reason = curl_easy_strerror(code);
  if (exchange.too_large) {
    return {"answer_too_large",
            "the answer of " + origin + " is larger than the allowed " + std::to_string(exchange.bytes_max) +
                " bytes; ask for fewer rows at once",
            "",
            {}};
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) return {"cancelled", "the request was stopped", "", {}};
  if (WasTriedAtProxy(handle, code, detail, HostOf(origin))) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, &status);
    const std::string what = status == 407 ? "it wants a user and a password"
                             : status > 0  ? "it answered " + std::to_string(status)
                                           : reason;
    return {
        "proxy_failed",
        "the proxy that this machine's environment names (https_proxy, http_proxy, all_proxy) did not let us "
        "through to " +
            origin + ": " + what + "; correct these variables, or name the address in no_proxy",
        "",
        {}};
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {"portal_timeout", origin + " did not answer in time; it will be asked again", "", {}};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: {
      long verdict = 0;
      curl_easy_getinfo(handle, CURLINFO_SSL_VERIFYRESULT, &verdict);
      return {
          "tls_failed",
          "no trusted encrypted connection to " + origin + ": " + CertificateTrouble(verdict, detail, reason),
          "",
          {}};
    }
    case CURLE_COULDNT_RESOLVE_HOST:
      return {
          "portal_unreachable",
          "nobody knows the name " + HostOf(origin) +
              "; check the address letter by letter, then this machine's network and its name service (DNS)",
          "",
          {}};
    default:
      return {"portal_unreachable",
              "cannot reach " + origin + " (" + reason + "); check the address and this machine's network",
              "",
              {}};
  }
}

class CurlTransport final : public HttpTransport {
 public:
  explicit CurlTransport(CurlSettings settings) : settings_(std::move(settings)) {
    StartCurlOnce();
    handle_ = curl_easy_init();
    if (handle_ == nullptr) throw InvariantError("libcurl gave no handle");
  }
  ~CurlTransport() override { curl_easy_cleanup(handle_); }
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  Result<HttpAnswer> Send(const HttpRequest& request, std::stop_token stop) override {
    std::string url = request.url;
    for (int hop = 0;; ++hop) {
      Exchange exchange;
      exchange.bytes_max = settings_.body_bytes_max;
      exchange.stop = stop;
      auto answer = SendOnce(request, url, exchange);
      if (!answer.ok() || answer->status < 301 || answer->status > 308 || answer->status == 304 ||
          exchange.location.empty() || !request.follow_redirects) {
        return answer;
      }
      const std::string from = OriginOf(url);
      std::string to = exchange.location;
      if (to.starts_with("//")) to = url.substr(0, url.find("//")) + to;
      if (to.starts_with("/")) to = from + to;
      const std::string target = OriginOf(to);
      if (target.empty() || (url.starts_with("https:") && !to.starts_with("https:"))) {
        return Diagnostic{
            "bad_redirect",
            from + " sends us to an address that is not safe to follow; check the webhook's address",
            "",
            {}};
      }
      if (hop == settings_.redirects_max) {
        return Diagnostic{
            "bad_redirect", from + " redirects without an end; check the webhook's address", "", {}};
      }
      url = to;
    }
  }

 private:
  Result<HttpAnswer> SendOnce(const HttpRequest& request, const std::string& url, Exchange& exchange) {
    curl_easy_reset(handle_);
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle_, option, value); };
    char detail[CURL_ERROR_SIZE] = "";
    set(CURLOPT_ERRORBUFFER, static_cast<char*>(detail));
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_ACCEPT_ENCODING, "");
    set(CURLOPT_USERAGENT, settings_.user_agent.c_str());
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!settings_.ca_file.empty()) set(CURLOPT_CAINFO, settings_.ca_file.c_str());
    set(CURLOPT_WRITEFUNCTION, &TakeBody);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
    set(CURLOPT_HEADERFUNCTION, &TakeHeader);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Watch);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(&exchange));
    curl_slist* headers = nullptr;
    if (!request.body.empty()) {
      headers = curl_slist_append(headers, ("Content-Type: " + request.content_type).c_str());
      // Without this curl asks for "100 Continue" first, which costs a round trip on large batches.
      headers = curl_slist_append(headers, "Expect:");
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDS, request.body.data());
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      if (!request.method.empty()) set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    headers = curl_slist_append(headers, "Accept: application/json");
    for (const std::string& line : request.headers) headers = curl_slist_append(headers, line.c_str());
    set(CURLOPT_HTTPHEADER, headers);
    const CURLcode code = curl_easy_perform(handle_);
    curl_slist_free_all(headers);
    curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, nullptr);
    if (code != CURLE_OK) return Trouble(handle_, code, detail, OriginOf(url), exchange);

    HttpAnswer answer;
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    const char* type = nullptr;
    curl_easy_getinfo(handle_, CURLINFO_CONTENT_TYPE, &type);
    if (type != nullptr) answer.content_type = type;
    answer.body = std::move(exchange.body);
    answer.origin = OriginOf(url);
    answer.retry_after_s = exchange.retry_after_s;
    answer.location = exchange.location;
    answer.served_at_s = exchange.served_at_s;
    return answer;
  }

  CurlSettings settings_;
  CURL* handle_ = nullptr;
};

}  // namespace

std::unique_ptr<HttpTransport> MakeCurlTransport(CurlSettings settings) {
  // As other programs do; libcurl itself does not look at it.
  if (const char* file = std::getenv("SSL_CERT_FILE"); file != nullptr && settings.ca_file.empty())
    settings.ca_file = file;
  return std::make_unique<CurlTransport>(std::move(settings));
}

std::string OriginOf(std::string_view url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) return {};
  const size_t host = url.find("//") + 2;
  const size_t end = url.find_first_of("/?#", host);
  std::string_view authority = url.substr(host, end == std::string_view::npos ? end : end - host);
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority = authority.substr(at + 1);
  if (authority.empty()) return {};
  return std::string(url.substr(0, host)) + std::string(authority);
}

std::string RedactWebhooks(std::string_view text) {
  std::string clean;
  size_t at = 0;
  while (at < text.size()) {
    const size_t rest = text.find("/rest/", at);
    if (rest == std::string_view::npos) break;
    size_t secret = rest + 6;
    if (text.substr(secret).starts_with("api/")) secret += 4;
    const size_t user = secret;
    while (secret < text.size() && text[secret] >= '0' && text[secret] <= '9') ++secret;
    if (secret == user || secret >= text.size() || text[secret] != '/') {
      clean += text.substr(at, secret - at);
      at = secret;
      continue;
    }
    ++secret;
    size_t end = secret;
    while (end < text.size() && std::string_view("/?#\"' \t\r\n").find(text[end]) == std::string_view::npos)
      ++end;
    clean += text.substr(at, secret - at);
    if (end > secret) clean += "***";
    at = end;
  }
  if (at < text.size()) clean += text.substr(at);
  return clean;
}

}  // namespace svodka::crm
