#include "actions/amocrm/account_writer.hpp"

#include <map>

#include "base/json.hpp"
#include "base/text.hpp"
#include "crm/amocrm/api_error.hpp"
#include "crm/query_string.hpp"

namespace svodka::actions::amocrm {
namespace {

using crm::amocrm::ApiError;
using crm::amocrm::Remedy;
using State = WriteOutcome::State;

constexpr size_t kWritesMax = 20;
/// Reads of an account lag behind its writes, by minutes at times.
constexpr std::chrono::seconds kSettlesIn{180};

int64_t Seconds(Instant moment) {
  return std::chrono::duration_cast<std::chrono::seconds>(moment.time_since_epoch()).count();
}

WriteOutcome OutcomeOf(const ApiError& error, bool is_write) {
  WriteOutcome outcome{State::kRefused, "", error.diagnostic};
  switch (error.remedy) {
    case Remedy::kSlower:
    case Remedy::kBlocked:
      outcome.state = is_write ? State::kNotYet : State::kUnknown;
      return outcome;
    case Remedy::kRetry:
    case Remedy::kSmaller:
      outcome.state = State::kUnknown;
      return outcome;
    case Remedy::kMoved:
    case Remedy::kToken:
    case Remedy::kStop:
    case Remedy::kRefused:
      break;
  }
  if (error.diagnostic.code == "cancelled") outcome.state = State::kUnknown;
  if (error.diagnostic.code == "access_denied") {
    outcome.why = {"no_right",
                   "the token's owner may not change this card; give the right in amoCRM, or make the token "
                   "under an administrator",
                   "",
                   {}};
  }
  return outcome;
}

/// An answer of the account, or the trouble.
struct Reply {
  std::optional<ApiError> error;
  json::value body;
};

class Writer final : public CrmWriter {
 public:
  Writer(Settings settings, crm::HttpTransport& transport, sync::Pauser& pauser,
         std::shared_ptr<sync::RateLimiter> limiter)
      : settings_(std::move(settings)),
        transport_(transport),
        pauser_(pauser),
        limiter_(std::move(limiter)) {}

  size_t writes_max() const override { return kWritesMax; }
  std::chrono::seconds settles_in() const override { return kSettlesIn; }
  std::string task_entity() const override { return "task"; }

  std::vector<WriteOutcome> Send(std::span<const Write> writes, std::stop_token stop) override {
    std::vector<WriteOutcome> outcomes(writes.size());
    std::vector<size_t> tasks;
    for (size_t i = 0; i < writes.size(); ++i) {
      if (writes[i].kind == kReassign) {
        outcomes[i] = SendOwner(writes[i], stop);
      } else {
        tasks.push_back(i);
      }
    }
    if (!tasks.empty()) SendTasks(writes, tasks, outcomes, stop);
    return outcomes;
  }

  std::vector<WriteOutcome> Find(std::span<const Write> writes, std::stop_token stop) override {
    std::vector<WriteOutcome> outcomes;
    std::set<std::string> taken;
    for (const Write& write : writes) {
      outcomes.push_back(write.kind == kReassign ? FindOwner(write, stop) : FindTask(write, taken, stop));
    }
    return outcomes;
  }

 private:
  Reply Ask(const std::string& path_and_query, const std::string& body, const std::string& method,
            const std::stop_token& stop) {
    const std::string path = path_and_query.substr(0, path_and_query.find('?'));
    for (bool renewed = false;; renewed = true) {
      auto token = settings_.token(renewed ? refused_ : "", stop);
      Reply reply;
      if (!token.ok()) {
        reply.error.emplace();
        reply.error->status = 401;
        reply.error->remedy = Remedy::kToken;
        reply.error->diagnostic = token.error();
        return reply;
      }
      if (!limiter_->Acquire(pauser_, stop)) {
        reply.error.emplace();
        reply.error->remedy = Remedy::kSlower;
        reply.error->diagnostic = {"cancelled", "it was stopped before it was asked", "", {}};
        return reply;
      }
      crm::HttpRequest request;
      request.url = settings_.address + path_and_query;
      request.body = body;
      request.content_type = "application/json";
      request.method = method;
      request.headers.push_back("Authorization: Bearer " + *token);
      request.follow_redirects = false;
      const auto sent = transport_.Send(request, stop);
      if (!sent.ok()) {
        reply.error = crm::amocrm::ClassifyTransport(sent.error());
        if (sent.error().code == "cancelled") reply.error->remedy = Remedy::kRetry;
        return reply;
      }
      if (sent->status == 401 && !renewed) {
        refused_ = *token;
        continue;
      }
      if (sent->status == 204) return reply;
      if (sent->status < 200 || sent->status >= 300) {
        reply.error = crm::amocrm::Classify(*sent, path);
        if (sent->status == 429) limiter_->SlowDown();
        if (sent->status == 400) reply.body = ParseOrNull(sent->body);
        return reply;
      }
      auto parsed = ParseJson(sent->body);
      if (!parsed.ok()) {
        reply.error = crm::amocrm::ClassifyForeign(*sent, path, "no JSON in it");
        return reply;
      }
      reply.body = std::move(*parsed);
      return reply;
    }
  }

  static json::value ParseOrNull(const std::string& body) {
    auto parsed = ParseJson(body);
    return parsed.ok() ? std::move(*parsed) : json::value(nullptr);
  }

  static const json::array* RowsOf(const json::value& body, std::string_view name) {
    const json::value* embedded = FindMember(body, "_embedded");
    const json::value* rows = embedded == nullptr ? nullptr : FindMember(*embedded, name);
    return rows == nullptr || !rows->is_array() ? nullptr : &rows->get_array();
  }

  void SendTasks(std::span<const Write> writes, const std::vector<size_t>& tasks,
                 std::vector<WriteOutcome>& outcomes, const std::stop_token& stop) {
    json::array items;
    for (const size_t i : tasks) {
      const Write& write = writes[i];
      items.push_back(json::object{{"text", write.text},
                                   {"complete_till", Seconds(write.deadline.value())},
                                   {"entity_id", std::stoll(write.card.id)},
                                   {"entity_type", "leads"},
                                   {"responsible_user_id", std::stoll(write.responsible)},
                                   {"task_type_id", 1},
                                   {"request_id", std::to_string(i)}});
    }
    const Reply reply = Ask("/api/v4/tasks", json::serialize(items), "POST", stop);
    if (reply.error) {
      const auto complaints = Complaints(reply.body);
      for (const size_t i : tasks) {
        const auto complaint = complaints.find(std::to_string(i));
        if (complaint != complaints.end()) {
          outcomes[i] = {State::kRefused, "", complaint->second};
        } else if (!complaints.empty()) {
          // One bad item keeps all of them out; the others are asked again without it.
          outcomes[i] = {State::kNotYet, "", reply.error->diagnostic};
        } else {
          outcomes[i] = OutcomeOf(*reply.error, true);
        }
      }
      return;
    }
    std::map<std::string, std::string> made;
    if (const json::array* rows = RowsOf(reply.body, "tasks")) {
      for (const json::value& row : *rows) {
        const json::value* id = FindMember(row, "id");
        const json::value* request = FindMember(row, "request_id");
        if (id != nullptr && request != nullptr)
          made[ScalarText(*request).value_or("")] = ScalarText(*id).value_or("");
      }
    }
    for (const size_t i : tasks) {
      const auto found = made.find(std::to_string(i));
      if (found != made.end() && !found->second.empty()) {
        outcomes[i] = {State::kDone, found->second, {}};
      } else {
        outcomes[i] = {
            State::kUnknown, "", {"bad_answer", "the account did not name the task that it made", "", {}}};
      }
    }
  }

  /// By request_id: what the account says is wrong with an item.
  static std::map<std::string, Diagnostic> Complaints(const json::value& body) {
    std::map<std::string, Diagnostic> found;
    const json::value* list = FindMember(body, "validation-errors");
    if (list == nullptr || !list->is_array()) return found;
    for (const json::value& one : list->get_array()) {
      const json::value* request = FindMember(one, "request_id");
      const json::value* errors = FindMember(one, "errors");
      if (request == nullptr || errors == nullptr || !errors->is_array() || errors->get_array().empty())
        continue;
      const json::value& first = errors->get_array().front();
      const std::string path = FindString(first, "path").value_or("");
      Diagnostic why{"request_rejected",
                     "the account refused: " + path + ": " + FindString(first, "detail").value_or(""),
                     "",
                     {}};
      if (path == "entity_id" || FindString(first, "code").value_or("") == "NotFound")
        why = {"card_gone", "the card is not in the account any more", "", {}};
      if (path == "responsible_user_id")
        why = {"responsible_inactive", "the account takes no tasks for this employee any more", "", {}};
      found[ScalarText(*request).value_or("")] = std::move(why);
    }
    return found;
  }

  WriteOutcome SendOwner(const Write& write, const std::stop_token& stop) {
    // Only the changed key: an echoed responsible who was dismissed makes the account refuse the whole.
    const Reply reply = Ask(
        "/api/v4/leads/" + write.card.id,
        json::serialize(json::object{{"responsible_user_id", std::stoll(write.responsible)}}), "PATCH", stop);
    if (!reply.error) return {State::kDone, "", {}};
    const auto complaints = Complaints(reply.body);
    if (!complaints.empty()) return {State::kRefused, "", complaints.begin()->second};
    if (reply.error->status == 404)
      return {State::kRefused, "", {"card_gone", "the card is not in the account any more", "", {}}};
    return OutcomeOf(*reply.error, true);
  }

  WriteOutcome FindOwner(const Write& write, const std::stop_token& stop) {
    const Reply reply = Ask("/api/v4/leads/" + write.card.id, "", "", stop);
    if (reply.error) return OutcomeOf(*reply.error, false);
    const auto owner = FindInteger(reply.body, "responsible_user_id");
    if (!owner)
      return {State::kRefused, "", {"card_gone", "the card is not in the account any more", "", {}}};
    const std::string id = std::to_string(*owner);
    if (id == write.responsible) return {State::kDone, "", {}};
    if (id == write.before) return {State::kNotYet, "", {"not_found", "nothing has changed yet", "", {}}};
    return {State::kRefused,
            "",
            {"changed_meanwhile", "somebody has given the card to another employee meanwhile", "", {}}};
  }

  WriteOutcome FindTask(const Write& write, std::set<std::string>& taken, const std::stop_token& stop) {
    const crm::Params params{{"filter[entity_type]", "leads"},
                             {"filter[entity_id][]", write.card.id},
                             {"order[created_at]", "desc"},
                             {"limit", "50"}};
    const Reply reply = Ask("/api/v4/tasks?" + crm::EncodeQuery(params), "", "", stop);
    if (reply.error) return OutcomeOf(*reply.error, false);
    // No moment of creation is compared: the account's clock is not ours. A task that is equal in all of this
    // and was there before does what was asked for.
    if (const json::array* rows = RowsOf(reply.body, "tasks")) {
      for (const json::value& row : *rows) {
        const json::value* cell = FindMember(row, "id");
        const std::string id = cell == nullptr ? "" : ScalarText(*cell).value_or("");
        if (id.empty() || write.others.contains(id) || taken.contains(id)) continue;
        if (FindInteger(row, "entity_id").value_or(0) != std::stoll(write.card.id) ||
            FindInteger(row, "complete_till").value_or(0) != Seconds(write.deadline.value()) ||
            FindInteger(row, "responsible_user_id").value_or(0) != std::stoll(write.responsible) ||
            Trim(FindString(row, "text").value_or("")) != Trim(write.text))
          continue;
        taken.insert(id);
        return {State::kDone, id, {}};
      }
    }
    return {State::kNotYet, "", {"not_found", "the task is not there", "", {}}};
  }

  const Settings settings_;
  crm::HttpTransport& transport_;
  sync::Pauser& pauser_;
  const std::shared_ptr<sync::RateLimiter> limiter_;
  std::string refused_;
};

}  // namespace

std::unique_ptr<CrmWriter> MakeWriter(Settings settings, crm::HttpTransport& transport, sync::Pauser& pauser,
                                      std::shared_ptr<sync::RateLimiter> limiter) {
  return std::make_unique<Writer>(std::move(settings), transport, pauser, std::move(limiter));
}

}  // namespace svodka::actions::amocrm
