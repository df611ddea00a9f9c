#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "actions/order.hpp"
#include "base/result.hpp"

namespace svodka::actions {

/// One change of one card.
struct Write {
  std::string kind;  ///< kTask, kReassign
  CardKey card;
  std::string text;                 ///< of a task
  std::optional<Instant> deadline;  ///< of a task
  std::string responsible;
  std::string before;            ///< kReassign: the responsible when it was asked
  std::string mark;              ///< the same for every try of this change, of no other one
  std::set<std::string> others;  ///< tasks of the card that are known to be other changes
};

struct WriteOutcome {
  enum class State {
    kDone,     ///< the CRM did it
    kRefused,  ///< it did not, and will not
    kNotYet,   ///< it did not, but may when asked again
    kUnknown   ///< nobody knows: no answer came, or none that can be read
  };
  State state = State::kUnknown;
  std::string crm_id;  ///< of kDone: the task
  Diagnostic why;      ///< of the others
};

/// Changes one CRM. Below the portal's shared limit; no retries (those are the sender's). Used by one thread
/// at a time.
class CrmWriter {
 public:
  virtual ~CrmWriter() = default;
  /// How many at once.
  virtual size_t writes_max() const = 0;
  /// How long after a lost answer the CRM's lists are sure to show what it did.
  virtual std::chrono::seconds settles_in() const = 0;
  /// What the sync calls a task of this CRM in a hint (crm::Hint).
  virtual std::string task_entity() const = 0;
  /// One outcome for each, in order.
  virtual std::vector<WriteOutcome> Send(std::span<const Write> writes, std::stop_token stop) = 0;
  /// Looks whether they were done: kDone; kNotYet: not there (so far); kRefused: it cannot be any more;
  /// kUnknown: could not look.
  virtual std::vector<WriteOutcome> Find(std::span<const Write> writes, std::stop_token stop) = 0;
};

}  // namespace svodka::actions
