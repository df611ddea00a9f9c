#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "actions/crm_writer.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "crm/hook.hpp"
#include "state/actions.hpp"

namespace svodka::actions {

/// Brings what is asked for into the CRM, each change once: a card is stored as `sending` before the call;
/// one whose answer was lost is looked for in the CRM, again after the time in which the CRM's lists settle,
/// and only then sent again.
class Sender {
 public:
  struct Settings {
    int64_t attempts_max = 8;             ///< tries that the CRM put off, or that came to nothing
    std::chrono::seconds first_pause{2};  ///< before the second try; doubles
    std::chrono::seconds pause_max{60};
  };
  /// After each round: what the CRM changed or made.
  using OnSent = std::function<void(const std::vector<crm::Hint>&)>;

  Sender(state::ActionStore& store, std::string portal, const Clock& clock, Settings settings, OnSent on_sent)
      : store_(store),
        portal_(std::move(portal)),
        clock_(clock),
        settings_(settings),
        on_sent_(std::move(on_sent)) {}

  /// One round over what is due now. Answers when the next card is due; nothing: none is open. Errors: those
  /// of the store.
  Result<std::optional<Instant>> RunOnce(CrmWriter& writer, const std::stop_token& stop);

 private:
  Result<std::vector<Write>> WritesOf(const std::vector<state::ActionItem>& items) const;
  Status Look(CrmWriter& writer, std::vector<state::ActionItem> items, const std::stop_token& stop);
  Status Send(CrmWriter& writer, std::vector<state::ActionItem> items, const std::stop_token& stop);
  /// Takes the outcomes over and stores them.
  Status Keep(CrmWriter& writer, std::vector<state::ActionItem>& items,
              const std::vector<WriteOutcome>& outcomes, bool looked);

  state::ActionStore& store_;
  const std::string portal_;
  const Clock& clock_;
  const Settings settings_;
  const OnSent on_sent_;
};

/// Ten letters and digits, the same for the same card of a request.
std::string MarkOf(const std::string& portal, const std::string& request, int64_t ordinal);

}  // namespace svodka::actions
