#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace svodka::actions {

/// A card by its entity (lead, deal) and the CRM's bare id.
struct CardKey {
  std::string entity, id;
  auto operator<=>(const CardKey&) const = default;
};

inline constexpr std::string_view kTask = "task";
inline constexpr std::string_view kReassign = "reassign";
inline constexpr size_t kTextMax = 2'000;   ///< bytes
inline constexpr size_t kCardsMax = 1'000;  ///< of one request

/// What a person or a rule wants to be changed in the CRM, as asked (docs/actions.md).
struct Order {
  std::string kind;         ///< kTask, kReassign
  std::string text;         ///< of a task: its first line is the title
  std::string deadline;     ///< of a task, as written: see ParseDeadline
  std::string responsible;  ///< the CRM's id of an employee; "" (tasks): each card's own responsible
  std::vector<CardKey> cards;
  std::optional<json::object> records;  ///< instead of cards: a records query whose rows are meant
  /// Closed cards too, which are skipped otherwise.
  bool closed = false;

  /// Reads `kind`, `text`, `deadline`, `responsible`, `cards` ([{"entity", "id"}]), `records`, `closed`;
  /// `id` is the caller's. Errors: `unknown_key`, `wrong_type`, `missing_key`, `unknown_value`,
  /// `bad_deadline`, `too_many_cards`.
  static Result<Order> Read(const json::object& asked);
  /// The same for equal orders: what a request id stands for.
  json::object ToJson() const;
};

/// A moment of the portal's zone: `2026-11-25 12:00`, `today 18:00`, `tomorrow 12:00` (also in Russian), `+3
/// 10:00` (days from today); without a time 18:00. Errors: `bad_deadline`, `deadline_past`.
Result<Instant> ParseDeadline(std::string_view text, const Zone& zone, Instant now);

}  // namespace svodka::actions
