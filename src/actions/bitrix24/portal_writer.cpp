#include "actions/bitrix24/portal_writer.hpp"

#include <cstdio>

#include "base/json.hpp"
#include "base/text.hpp"
#include "crm/bitrix24/client.hpp"

namespace svodka::actions::bitrix24 {
namespace {

using crm::Params;
using crm::bitrix24::Command;
using crm::bitrix24::Remedy;
using crm::bitrix24::RestError;
using State = WriteOutcome::State;

constexpr size_t kWritesMax = 20;
constexpr std::chrono::seconds kSettlesIn{20};
constexpr size_t kTitleMax = 250;  ///< bytes

std::string TypeOf(const CardKey& card) { return card.entity == "lead" ? "1" : "2"; }

/// At most `bytes` of whole characters.
std::string Cut(std::string text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  text.resize(bytes);
  return text;
}

/// With the zone's own offset, as the portal's examples.
std::string Iso(Instant instant, const Zone& zone) {
  const int32_t offset = zone.OffsetSeconds(instant);
  std::string text = ToString(instant + std::chrono::seconds{offset});
  text.pop_back();  // Z
  char sign[16];
  std::snprintf(sign, sizeof sign, "%c%02d:%02d", offset < 0 ? '-' : '+', std::abs(offset) / 3600,
                std::abs(offset) / 60 % 60);
  return text + sign;
}

std::string MarkText(const std::string& mark) { return "Svodka #" + mark; }

/// What a refusal of one command means for people who write.
WriteOutcome Refused(const RestError& error) {
  const std::string folded = FoldCase(error.code), words = FoldCase(error.description);
  WriteOutcome outcome{State::kRefused, "", error.diagnostic};
  const std::string said = error.description.empty() ? error.code : error.description;
  if (folded == "owner_not_found" || error.diagnostic.code == "not_found" ||
      words.find("not found") != std::string::npos) {
    outcome.why = {"card_gone", "the card is not in the portal any more (it says: " + said + ")", "", {}};
  } else if (error.diagnostic.code == "access_denied") {
    outcome.why = {"no_right",
                   "the webhook's owner may not change this card (the portal says: " + said +
                       "); give the right in the CRM, or make the webhook under an administrator",
                   "",
                   {}};
  } else if (error.diagnostic.code == "scope_missing") {
    outcome.why = {"scope_missing",
                   "the webhook has no right to write to the CRM; tick \"CRM (crm)\" in its settings in "
                   "Bitrix24 and send again",
                   "",
                   {}};
  } else if (error.diagnostic.code == "request_rejected") {
    outcome.why.message = "the portal refused: " + said;
  }
  return outcome;
}

WriteOutcome OutcomeOf(const RestError& error, bool whole_request) {
  const std::string folded = FoldCase(error.code);
  if (folded == "query_limit_exceeded" || folded == "overload_limit" || error.remedy == Remedy::kPark)
    return {State::kNotYet, "", error.diagnostic};
  // Without a connection that was trusted nothing was sent.
  if (error.diagnostic.code == "tls_failed") return {State::kNotYet, "", error.diagnostic};
  if (error.remedy == Remedy::kRetry || error.diagnostic.code == "cancelled" ||
      (whole_request && error.status == 0))
    return {State::kUnknown, "", error.diagnostic};
  return Refused(error);
}

class Writer final : public CrmWriter {
 public:
  Writer(crm::bitrix24::Webhook webhook, Zone zone, crm::HttpTransport& transport, sync::Pauser& pauser,
         std::shared_ptr<sync::RateLimiter> limiter)
      : client_(std::move(webhook), transport),
        zone_(std::move(zone)),
        pauser_(pauser),
        limiter_(std::move(limiter)) {}

  size_t writes_max() const override { return kWritesMax; }
  std::chrono::seconds settles_in() const override { return kSettlesIn; }
  std::string task_entity() const override { return "activity"; }

  std::vector<WriteOutcome> Send(std::span<const Write> writes, std::stop_token stop) override {
    std::vector<Command> commands;
    for (const Write& write : writes) commands.push_back(CommandOf(write));
    return Ask(commands, stop, State::kNotYet, [&](size_t i, const json::value& result) -> WriteOutcome {
      if (writes[i].kind == kReassign) return {State::kDone, "", {}};
      const auto id = FindInteger(result, "id");
      if (id && *id > 0) return {State::kDone, std::to_string(*id), {}};
      return {State::kUnknown, "", {"bad_answer", "the portal did not name the task that it made", "", {}}};
    });
  }

  std::vector<WriteOutcome> Find(std::span<const Write> writes, std::stop_token stop) override {
    std::vector<Command> commands;
    for (const Write& write : writes) {
      if (write.kind == kReassign) {
        commands.push_back({"crm.item.get", {{"entityTypeId", TypeOf(write.card)}, {"id", write.card.id}}});
      } else {
        commands.push_back({"crm.activity.list",
                            {{"order[ID]", "DESC"},
                             {"filter[OWNER_TYPE_ID]", TypeOf(write.card)},
                             {"filter[OWNER_ID]", write.card.id},
                             {"select[0]", "ID"},
                             {"select[1]", "DESCRIPTION"},
                             {"start", "-1"}}});
      }
    }
    return Ask(commands, stop, State::kUnknown, [&](size_t i, const json::value& result) -> WriteOutcome {
      return writes[i].kind == kReassign ? FindOwner(writes[i], result) : FindTask(writes[i], result);
    });
  }

 private:
  Command CommandOf(const Write& write) const {
    if (write.kind == kReassign) {
      return {"crm.item.update",
              {{"entityTypeId", TypeOf(write.card)},
               {"id", write.card.id},
               {"fields[assignedById]", write.responsible}}};
    }
    const size_t line = write.text.find('\n');
    const std::string first = write.text.substr(0, line);
    const std::string title = Cut(first, kTitleMax);
    std::string description;
    if (title.size() < first.size()) {
      description = write.text;
    } else if (line != std::string::npos) {
      description = Trim(std::string_view(write.text).substr(line + 1));
    }
    description += (description.empty() ? "" : "\n\n") + MarkText(write.mark);
    return {"crm.activity.todo.add",
            {{"ownerTypeId", TypeOf(write.card)},
             {"ownerId", write.card.id},
             {"deadline", Iso(write.deadline.value(), zone_)},
             {"title", title},
             {"description", description},
             {"responsibleId", write.responsible}}};
  }

  template <class Read>
  std::vector<WriteOutcome> Ask(const std::vector<Command>& commands, const std::stop_token& stop,
                                State not_asked, Read read) {
    if (!limiter_->Acquire(pauser_, stop)) {
      return std::vector<WriteOutcome>(commands.size(),
                                       {not_asked, "", {"cancelled", "it was stopped", "", {}}});
    }
    const auto batch = client_.Batch(commands, stop);
    if (!batch.value) {
      if (FoldCase(batch.error->code) == "query_limit_exceeded") limiter_->SlowDown();
      return std::vector<WriteOutcome>(commands.size(), OutcomeOf(*batch.error, true));
    }
    std::vector<WriteOutcome> outcomes;
    for (size_t i = 0; i < commands.size(); ++i) {
      const auto& answer = batch.value->answers[i];
      outcomes.push_back(answer.error ? OutcomeOf(*answer.error, false) : read(i, *answer.result));
    }
    return outcomes;
  }

  static WriteOutcome FindOwner(const Write& write, const json::value& result) {
    const json::value* item = FindMember(result, "item");
    const json::value* owner = item == nullptr ? nullptr : FindMember(*item, "assignedById");
    const std::string id = owner == nullptr ? "" : ScalarText(*owner).value_or("");
    if (id.empty()) return {State::kUnknown, "", {"bad_answer", "the card has no responsible", "", {}}};
    if (id == write.responsible) return {State::kDone, "", {}};
    if (id == write.before) return {State::kNotYet, "", {"not_found", "nothing has changed yet", "", {}}};
    return {State::kRefused,
            "",
            {"changed_meanwhile", "somebody has given the card to another employee meanwhile", "", {}}};
  }

  static WriteOutcome FindTask(const Write& write, const json::value& result) {
    if (!result.is_array()) return {State::kUnknown, "", {"bad_answer", "no list of activities", "", {}}};
    const std::string mark = MarkText(write.mark);
    for (const json::value& row : result.get_array()) {
      if (FindString(row, "DESCRIPTION").value_or("").find(mark) == std::string::npos) continue;
      if (const auto id = FindInteger(row, "ID")) return {State::kDone, std::to_string(*id), {}};
    }
    return {State::kNotYet, "", {"not_found", "the task is not there", "", {}}};
  }

  crm::bitrix24::Client client_;
  const Zone zone_;
  sync::Pauser& pauser_;
  const std::shared_ptr<sync::RateLimiter> limiter_;
};

}  // namespace

std::unique_ptr<CrmWriter> MakeWriter(crm::bitrix24::Webhook webhook, Zone zone,
                                      crm::HttpTransport& transport, sync::Pauser& pauser,
                                      std::shared_ptr<sync::RateLimiter> limiter) {
  return std::make_unique<Writer>(std::move(webhook), std::move(zone), transport, pauser, std::move(limiter));
}

}  // namespace svodka::actions::bitrix24
