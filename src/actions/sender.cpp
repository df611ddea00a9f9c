#include "actions/sender.hpp"

#include <algorithm>
#include <map>

#include "base/log.hpp"

namespace svodka::actions {
namespace {

using State = WriteOutcome::State;

std::chrono::seconds PauseAfter(int64_t attempts, const Sender::Settings& settings) {
  std::chrono::seconds pause = settings.first_pause;
  for (int64_t i = 1; i < attempts && pause < settings.pause_max; ++i) pause *= 2;
  return std::min(pause, settings.pause_max);
}

}  // namespace

std::string MarkOf(const std::string& portal, const std::string& request, int64_t ordinal) {
  // FNV-1a, 64 bits: a name and not a secret.
  uint64_t hash = 14695981039346656037ULL;
  for (const char c : portal + '\n' + request + '\n' + std::to_string(ordinal)) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  static constexpr char kLetters[] = "ABCDEFGHJKMNPQRSTVWXYZ23456789AB";
  std::string mark;
  for (int i = 0; i < 10; ++i, hash >>= 5) mark += kLetters[hash & 31];
  return mark;
}

Result<std::optional<Instant>> Sender::RunOnce(CrmWriter& writer, const std::stop_token& stop) {
  const auto due = store_.FindDue(portal_, clock_.Now(), static_cast<int64_t>(writer.writes_max()));
  if (!due.ok()) return due.errors();
  std::vector<state::ActionItem> lost, fresh;
  // A card that is `sending` here was left so by an earlier round: its answer never came.
  for (const auto& item : *due) (item.state == "pending" ? fresh : lost).push_back(item);
  if (!lost.empty()) {
    if (Status looked = Look(writer, std::move(lost), stop); !looked.ok()) return looked.errors();
  } else if (!fresh.empty() && !stop.stop_requested()) {
    if (Status sent = Send(writer, std::move(fresh), stop); !sent.ok()) return sent.errors();
  }
  return store_.FindNextDue(portal_);
}

Result<std::vector<Write>> Sender::WritesOf(const std::vector<state::ActionItem>& items) const {
  std::map<std::string, state::ActionRequest> requests;
  std::vector<Write> writes;
  for (const auto& item : items) {
    if (!requests.contains(item.request)) {
      auto found = store_.Find(portal_, item.request);
      if (!found.ok()) return found.errors();
      if (!*found) throw InvariantError("a card without its request");
      requests[item.request] = std::move(**found);
    }
    const state::ActionRequest& request = requests[item.request];
    Write write;
    write.kind = request.kind;
    write.card = {item.entity, item.card};
    write.text = request.text;
    write.deadline = request.deadline;
    write.responsible = item.responsible;
    write.before = item.before;
    write.mark = MarkOf(portal_, item.request, item.ordinal);
    auto made = store_.FindMade(portal_, item.entity, item.card);
    if (!made.ok()) return made.errors();
    write.others = std::move(*made);
    writes.push_back(std::move(write));
  }
  return writes;
}

Status Sender::Look(CrmWriter& writer, std::vector<state::ActionItem> items, const std::stop_token& stop) {
  const auto writes = WritesOf(items);
  if (!writes.ok()) return writes.errors();
  return Keep(writer, items, writer.Find(*writes, stop), true);
}

Status Sender::Send(CrmWriter& writer, std::vector<state::ActionItem> items, const std::stop_token& stop) {
  const Instant now = clock_.Now();
  for (auto& item : items) {
    item.state = "sending";
    ++item.attempts;
    item.tried_at = now;
  }
  // What was cancelled meanwhile is not written, and so not sent.
  auto kept = store_.Save(portal_, items, now);
  if (!kept.ok()) return kept.errors();
  if (kept->empty()) return Done{};
  const auto writes = WritesOf(*kept);
  if (!writes.ok()) return writes.errors();
  return Keep(writer, *kept, writer.Send(*writes, stop), false);
}

Status Sender::Keep(CrmWriter& writer, std::vector<state::ActionItem>& items,
                    const std::vector<WriteOutcome>& outcomes, bool looked) {
  const Instant now = clock_.Now();
  std::vector<crm::Hint> sent;
  for (size_t i = 0; i < items.size(); ++i) {
    state::ActionItem& item = items[i];
    const WriteOutcome& outcome = outcomes[i];
    item.error_code = outcome.why.code;
    item.error_message = outcome.why.message;
    switch (outcome.state) {
      case State::kDone:
        item.state = "sent";
        item.crm_id = outcome.crm_id;
        sent.push_back({item.entity, item.card});
        if (!item.crm_id.empty()) sent.push_back({writer.task_entity(), item.crm_id});
        break;
      case State::kRefused:
        item.state = "failed";
        break;
      case State::kUnknown:
        // Looked for at once; where one cannot even look, again and again, ever more seldom.
        item.state = "unknown";
        if (looked) ++item.attempts;
        item.not_before = looked ? now + PauseAfter(item.attempts, settings_) : now;
        break;
      case State::kNotYet: {
        const Instant settled = item.tried_at.value_or(now) + writer.settles_in();
        if (looked && now < settled) {
          item.state = "unknown";
          item.not_before = settled;
          break;
        }
        item.state = item.attempts >= settings_.attempts_max ? "failed" : "pending";
        item.not_before = looked ? now : now + PauseAfter(item.attempts, settings_);
        break;
      }
    }
    if (item.state == "failed") {
      log::Warning("action_failed", {{"portal", portal_},
                                     {"request", item.request},
                                     {"card", item.entity + " " + item.card},
                                     {"code", item.error_code},
                                     {"why", item.error_message}});
    }
  }
  auto stored = store_.Save(portal_, items, now);
  if (!stored.ok()) return stored.errors();
  if (!sent.empty()) on_sent_(sent);
  return Done{};
}

}  // namespace svodka::actions
