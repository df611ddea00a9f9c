#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "state/database.hpp"

namespace svodka::state {

/// What somebody asked the CRM to be changed by. Columns: migrations/0005_actions.sql.
struct ActionRequest {
  std::string id;    ///< the client's own: asking twice with one id is asking once
  std::string kind;  ///< task, reassign
  std::string text;
  std::optional<Instant> deadline;
  std::string responsible;  ///< "" : each card's own
  std::string asked;        ///< canonical JSON of what was asked
  std::string rule;         ///< "" : a person's
  Instant created_at{};
  std::string created_by;
  Instant send_after{};
};

/// One card of a request.
struct ActionItem {
  std::string request;
  int64_t ordinal = 0;
  std::string entity, card;  ///< lead or deal, the CRM's bare id
  std::string title;
  std::string responsible, responsible_name;
  std::string before;  ///< the responsible when it was asked
  std::string state;   ///< skipped, pending, sending, unknown, sent, failed, cancelled
  std::string reason;  ///< of skipped
  std::string crm_id;  ///< of sent: the task that was made
  std::string error_code, error_message;
  int64_t attempts = 0;
  Instant not_before{};
  std::optional<Instant> tried_at;
  Instant changed_at{};
};

/// How many cards of a request are in which state.
struct ActionCounts {
  int64_t skipped = 0, pending = 0, unknown = 0, sent = 0, failed = 0,
          cancelled = 0;  ///< pending: or sending
  bool open() const { return pending + unknown > 0; }
};

/// A task that we made, or are about to, on a card.
struct MadeTask {
  std::string entity, card, crm_id, rule, text;
};

struct ActionRule {
  std::string id, name;
  std::string asked;  ///< JSON
  int64_t hour = 9;
  int64_t cards_max = 100;
  bool enabled = false;
  std::string changed_by;
  Instant changed_at{};
};

struct ActionRuleRun {
  Day day;
  Instant ran_at{};
  std::string request;
  int64_t found = 0, planned = 0, skipped = 0;
  std::string error_code, error_message;
};

/// Requests to change the CRM and what became of them. Thread-safe. Errors of all: `state_error`.
class ActionStore {
 public:
  explicit ActionStore(Database& database) : database_(database) {}

  /// False: a request of this id is there already, and nothing is changed.
  Result<bool> Add(std::string_view portal, const ActionRequest& request,
                   const std::vector<ActionItem>& items);
  Result<std::optional<ActionRequest>> Find(std::string_view portal, std::string_view id) const;
  /// In the order in which they were asked.
  Result<std::vector<ActionItem>> Items(std::string_view portal, std::string_view request) const;
  Result<ActionCounts> Count(std::string_view portal, std::string_view request) const;
  /// Newest first.
  Result<std::vector<ActionRequest>> List(std::string_view portal, int64_t limit) const;

  /// Cards to work on (pending, sending, unknown) of requests whose time has come, the first asked first.
  Result<std::vector<ActionItem>> FindDue(std::string_view portal, Instant now, int64_t limit) const;
  /// When the next card is due; nothing: none is open.
  Result<std::optional<Instant>> FindNextDue(std::string_view portal) const;
  /// Writes state, crm_id, error, attempts, not_before, tried_at of these, all at once. A cancelled card
  /// stays cancelled. Answers those that were written.
  Result<std::vector<ActionItem>> Save(std::string_view portal, const std::vector<ActionItem>& items,
                                       Instant now);
  /// Every card that was being sent when a process ended: nobody knows what became of it.
  Status MarkInterrupted(std::string_view portal, Instant now);
  /// Cards that are still pending are cancelled; answers how many.
  Result<int64_t> Cancel(std::string_view portal, std::string_view request, Instant now);
  /// Failed cards become pending again; answers how many.
  Result<int64_t> Retry(std::string_view portal, std::string_view request, Instant now);

  /// Tasks that requests of this rule (if not empty) or with this text made or are about to make.
  Result<std::vector<MadeTask>> FindTasks(std::string_view portal, std::string_view rule,
                                          std::string_view text) const;
  /// The CRM's ids of all tasks that we made on a card.
  Result<std::set<std::string>> FindMade(std::string_view portal, std::string_view entity,
                                         std::string_view card) const;

  Result<std::vector<ActionRule>> ListRules(std::string_view portal) const;
  Result<std::optional<ActionRule>> FindRule(std::string_view portal, std::string_view id) const;
  /// Inserts or changes, with its changed_at.
  Status SaveRule(std::string_view portal, const ActionRule& rule);
  /// False: there was none.
  Result<bool> RemoveRule(std::string_view portal, std::string_view id);
  /// False: the rule has run on that day.
  Result<bool> AddRun(std::string_view portal, std::string_view rule, const ActionRuleRun& run);
  /// Newest first.
  Result<std::vector<ActionRuleRun>> ListRuns(std::string_view portal, std::string_view rule,
                                              int64_t limit) const;

 private:
  Result<std::vector<ActionItem>> ReadItems(const std::string& where, const std::vector<Cell>& params) const;

  Database& database_;
};

}  // namespace svodka::state
