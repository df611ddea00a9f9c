#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "state/database.hpp"

namespace svodka::state {

/// One finished reconciliation of a portal with its CRM.
struct CheckVerdict {
  Instant started_at{}, finished_at{};
  std::string from_month, to_month;  ///< YYYY-MM, both inclusive
  std::string outcome;               ///< agree, differ, failed
  int64_t cards = 0, left = 0, repaired = 0, explained = 0;
  std::optional<Diagnostic> error;  ///< of `failed`
  std::string started_by;           ///< weekly, a user's id, local
};

/// Verdicts, newest last; the last twenty reports of a portal are kept whole. Thread-safe.
class CheckStore {
 public:
  explicit CheckStore(Database& database) : database_(database) {}

  /// `report`: JSON, empty for a failed one. Errors: `state_error`.
  Status Save(std::string_view portal, const CheckVerdict& verdict, std::string_view report);
  Result<std::optional<CheckVerdict>> FindLast(std::string_view portal) const;
  /// Of those that `starter` began.
  Result<std::optional<CheckVerdict>> FindLastBy(std::string_view portal, std::string_view starter) const;
  /// The newest one that did not fail: what is known of the figures.
  Result<std::optional<CheckVerdict>> FindLastGood(std::string_view portal) const;
  /// The report of the newest one that did not fail.
  Result<std::optional<std::string>> FindReport(std::string_view portal) const;

 private:
  Result<std::optional<CheckVerdict>> FindOne(const std::string& where, std::vector<Cell> params) const;

  Database& database_;
};

}  // namespace svodka::state
