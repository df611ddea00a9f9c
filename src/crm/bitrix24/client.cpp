#include "crm/bitrix24/client.hpp"

#include <algorithm>
#include <cmath>

#include "crm/bitrix24/cells.hpp"

namespace svodka::crm::bitrix24 {
namespace {

/// A batch's maps are `{}` by name, `[]` when empty, and a bare array when PHP lost the names.
const json::value* FindNamed(const json::value* map, const std::string& name) {
  return map == nullptr ? nullptr : FindMember(*map, name);
}

Operating ReadOperating(const json::value& time) {
  Operating operating;
  const json::value* used = FindMember(time, "operating");
  if (used != nullptr) operating.seconds = ReadDouble(*used).value_or(0);
  const json::value* reset = FindMember(time, "operating_reset_at");
  if (reset != nullptr) {
    if (const auto unix_time = ReadInteger(*reset)) {
      operating.reset_at = Instant{std::chrono::seconds{*unix_time}};
    } else if (reset->is_string()) {
      if (const auto moment = ParseInstant(std::string_view(reset->get_string())); moment.ok())
        operating.reset_at = *moment;
    }
  }
  return operating;
}

/// The code and words of an error object: {"error":"CODE","error_description":"…"}, code text, number or
/// empty; REST 3 nests {"error":{"code","message"}}.
RestError ReadError(int status, const json::value& error, std::string_view method) {
  const json::value* code = FindMember(error, "error");
  std::string code_text;
  std::string words;
  if (error.is_string()) words = std::string(error.get_string());
  if (code != nullptr && code->is_object()) {
    code_text = FindString(*code, "code").value_or("");
    words = FindString(*code, "message").value_or("");
  } else if (code != nullptr) {
    code_text = ScalarText(*code).value_or("");
  }
  if (const auto description = FindString(error, "error_description")) words = *description;
  return Classify(status, code_text, words, method);
}

template <class T>
Outcome<T> Failed(RestError&& error, Operating operating = {}) {
  Outcome<T> outcome;
  outcome.error = std::move(error);
  outcome.operating = operating;
  return outcome;
}

}  // namespace

Outcome<CallAnswer> Client::Post(std::string_view method, std::string body, std::string content_type,
                                 std::stop_token stop, size_t* bytes, std::string* origin) {
  HttpRequest request;
  request.url = webhook_.MethodUrl(method);
  request.body = std::move(body);
  request.content_type = std::move(content_type);
  auto sent = transport_.Send(request, stop);
  if (!sent.ok()) return Failed<CallAnswer>(ClassifyTransport(sent.error()));
  if (bytes != nullptr) *bytes = sent->body.size();
  if (origin != nullptr) *origin = sent->origin;

  auto storage =
      json::make_shared_resource<json::monotonic_resource>(std::max<size_t>(4096, sent->body.size() * 2));
  json::error_code code;
  json::value parsed = json::parse(sent->body, code, storage);
  if (code) return Failed<CallAnswer>(ClassifyForeign(sent->status, sent->body, method, code.message()));
  const auto root = std::make_shared<const json::value>(std::move(parsed));

  Outcome<CallAnswer> outcome;
  if (const json::value* time = FindMember(*root, "time")) outcome.operating = ReadOperating(*time);
  const json::value* error = FindMember(*root, "error");
  const json::value* result = FindMember(*root, "result");
  if (error != nullptr && result == nullptr) {
    outcome.error = ReadError(sent->status, *root, method);
    return outcome;
  }
  if (result == nullptr || sent->status >= 400) {
    outcome.error = ClassifyForeign(sent->status, sent->body, method, "no result in it");
    return outcome;
  }
  CallAnswer answer;
  answer.root = root;
  answer.operating = outcome.operating;
  answer.answer.result = result;
  answer.answer.total = FindInteger(*root, "total");
  answer.answer.next = FindInteger(*root, "next");
  outcome.value = std::move(answer);
  return outcome;
}

Outcome<CallAnswer> Client::Call(const Command& command, std::stop_token stop) {
  std::string body = EncodeQuery(command.params);
  if (body.empty()) body = "start=0";  // an empty body would be sent as GET
  return Post(command.method, std::move(body), "application/x-www-form-urlencoded", stop, nullptr, nullptr);
}

Outcome<BatchAnswer> Client::Batch(const std::vector<Command>& commands, std::stop_token stop) {
  if (commands.empty() || commands.size() > kCommandsMax) {
    throw InvariantError("a batch holds 1 to 50 commands");
  }
  json::object named;
  for (size_t i = 0; i < commands.size(); ++i) {
    std::string text = commands[i].method;
    if (const std::string query = EncodeQuery(commands[i].params); !query.empty()) text += "?" + query;
    // Never a number as a name: PHP would turn the map into an array and lose which is which.
    named["c" + std::to_string(i)] = text;
  }
  const json::object body{{"halt", 0}, {"cmd", std::move(named)}};
  size_t bytes = 0;
  std::string origin;
  auto posted = Post("batch", json::serialize(body), "application/json", stop, &bytes, &origin);
  if (!posted.value) return Failed<BatchAnswer>(std::move(*posted.error), posted.operating);

  BatchAnswer batch;
  batch.root = posted.value->root;
  batch.operating = posted.operating;
  batch.bytes = bytes;
  batch.origin = origin;
  const json::value& outer = *posted.value->answer.result;
  const json::value* results = FindMember(outer, "result");
  const json::value* errors = FindMember(outer, "result_error");
  const json::value* totals = FindMember(outer, "result_total");
  const json::value* nexts = FindMember(outer, "result_next");
  const json::value* times = FindMember(outer, "result_time");
  if (times != nullptr && times->is_object()) {
    for (const auto& [name, time] : times->get_object()) {
      const Operating part = ReadOperating(time);
      if (part.seconds > batch.operating.seconds) batch.operating = part;
    }
  }
  const json::value* nameless = nullptr;
  if (errors != nullptr && errors->is_array() && !errors->get_array().empty())
    nameless = &errors->get_array().front();
  for (size_t i = 0; i < commands.size(); ++i) {
    const std::string name = "c" + std::to_string(i);
    Answer answer;
    const json::value* error = FindNamed(errors, name);
    answer.result = FindNamed(results, name);
    // A batch of one command, whose maps lost their names.
    if (answer.result == nullptr && commands.size() == 1 && results != nullptr && results->is_array() &&
        results->get_array().size() == 1 && error == nullptr && nameless == nullptr) {
      answer.result = &results->get_array().front();
    }
    if (error != nullptr) {
      answer.result = nullptr;
      answer.error = ReadError(200, *error, commands[i].method);
    } else if (answer.result == nullptr && nameless != nullptr) {
      answer.error = ReadError(200, *nameless, commands[i].method);
    } else if (answer.result == nullptr) {
      // Seen under load: a command with neither answer nor error. Silence is not emptiness.
      answer.error = ClassifyForeign(200, "", commands[i].method, "the batch does not hold it");
    }
    if (const json::value* total = FindNamed(totals, name)) answer.total = ReadInteger(*total);
    if (const json::value* next = FindNamed(nexts, name)) answer.next = ReadInteger(*next);
    batch.answers.push_back(std::move(answer));
  }
  Outcome<BatchAnswer> outcome;
  outcome.operating = batch.operating;
  outcome.value = std::move(batch);
  return outcome;
}

}  // namespace svodka::crm::bitrix24
