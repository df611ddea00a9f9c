#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crm/bitrix24/rest_error.hpp"
#include "crm/bitrix24/webhook.hpp"
#include "crm/http.hpp"
#include "crm/query_string.hpp"

namespace svodka::crm::bitrix24 {

using crm::EncodeQuery;
using crm::Params;

struct Command {
  std::string method;
  Params params;
};

/// One answered command. Exactly one of `result` and `error` is set.
struct Answer {
  const json::value* result = nullptr;  ///< owned by the BatchAnswer or CallAnswer beside it
  std::optional<RestError> error;
  std::optional<int64_t> total;
  std::optional<int64_t> next;
};

/// What the portal told about the method's time budget.
struct Operating {
  double seconds = 0;               ///< used in the last ten minutes
  std::optional<Instant> reset_at;  ///< when the oldest part of it is freed
};

struct BatchAnswer {
  std::shared_ptr<const json::value> root;
  std::vector<Answer> answers;  ///< as many as commands, in their order
  Operating operating;          ///< the largest of the parts
  size_t bytes = 0;
  std::string origin;  ///< where the answer came from: differs from the webhook's when the portal was renamed
};

struct CallAnswer {
  std::shared_ptr<const json::value> root;
  Answer answer;
  Operating operating;
};

/// Either an answer or the trouble of the whole request.
template <class T>
struct Outcome {
  std::optional<T> value;
  std::optional<RestError> error;
  Operating operating;  ///< also known for refusals
};

/// One request, one decoded answer; no retries, no pacing (those live in sync). Tolerant of the portal's PHP
/// shapes: empty maps as [], numbers as strings, errors without names, a missing time block. Used by one
/// thread at a time.
class Client {
 public:
  static constexpr size_t kCommandsMax = 50;

  Client(Webhook webhook, HttpTransport& transport) : webhook_(std::move(webhook)), transport_(transport) {}

  Outcome<CallAnswer> Call(const Command& command, std::stop_token stop);
  /// At most kCommandsMax commands. A command that failed has its error in its Answer; the whole fails only
  /// when the request does.
  Outcome<BatchAnswer> Batch(const std::vector<Command>& commands, std::stop_token stop);

  const Webhook& webhook() const { return webhook_; }
  /// After a rename: go on at the new host.
  void MoveTo(const std::string& origin) { webhook_ = webhook_.WithOrigin(origin); }

 private:
  Outcome<CallAnswer> Post(std::string_view method, std::string body, std::string content_type,
                           std::stop_token stop, size_t* bytes, std::string* origin);

  Webhook webhook_;
  HttpTransport& transport_;
};

}  // namespace svodka::crm::bitrix24
