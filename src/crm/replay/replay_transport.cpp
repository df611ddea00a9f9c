#include "crm/replay/replay_transport.hpp"

namespace svodka::crm::replay {

void ReplayTransport::Push(int status, std::string body, std::string content_type) {
  HttpAnswer answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.content_type = std::move(content_type);
  answers_.emplace_back(std::move(answer));
}

void ReplayTransport::Push(Diagnostic error) { answers_.emplace_back(std::move(error)); }

Result<HttpAnswer> ReplayTransport::Send(const HttpRequest& request, std::stop_token stop) {
  requests_.push_back(request);
  if (stop.stop_requested()) return Diagnostic{"cancelled", "the request was stopped", "", {}};
  if (!answers_.empty()) {
    Result<HttpAnswer> answer = std::move(answers_.front());
    answers_.pop_front();
    if (answer.ok() && answer->origin.empty()) answer->origin = OriginOf(request.url);
    return answer;
  }
  if (!responder_) return Diagnostic{"portal_unreachable", "the recording has no further answer", "", {}};
  Result<HttpAnswer> answer = responder_(request);
  if (answer.ok() && answer->origin.empty()) answer->origin = OriginOf(request.url);
  return answer;
}

}  // namespace svodka::crm::replay
