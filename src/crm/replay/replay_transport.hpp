#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "crm/http.hpp"

namespace svodka::crm::replay {

/// Answers without a network, for tests: recorded or hand-made answers in order, or a function of the
/// request. Keeps every request it was sent.
class ReplayTransport final : public HttpTransport {
 public:
  using Responder = std::function<Result<HttpAnswer>(const HttpRequest&)>;

  ReplayTransport() = default;
  explicit ReplayTransport(Responder responder) : responder_(std::move(responder)) {}

  /// Queues one answer; queued answers go before the responder.
  void Push(int status, std::string body, std::string content_type = "application/json");
  void Push(Diagnostic error);

  Result<HttpAnswer> Send(const HttpRequest& request, std::stop_token stop) override;
  const std::vector<HttpRequest>& requests() const { return requests_; }

 private:
  std::deque<Result<HttpAnswer>> answers_;
  Responder responder_;
  std::vector<HttpRequest> requests_;
};

}  // namespace svodka::crm::replay
