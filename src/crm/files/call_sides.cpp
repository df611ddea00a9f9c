#include "crm/files/call_sides.hpp"

#include <algorithm>

#include "crm/cells.hpp"

namespace svodka::crm::files {
namespace {

enum class Whose { kOurs, kTheirs, kNobodys };

/// A name has letters, and no number: `SIP/101` and `Мегафон 79001112233` are numbers.
bool IsName(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Whose WhoseIs(const Text& side, const std::set<std::string>& own_numbers) {
  if (!side) return Whose::kNobodys;
  if (IsName(*side)) return Whose::kOurs;
  const auto number = NormaliseOwnPhone(*side);
  if (side->front() == '#' || !number || number->size() <= 5 || own_numbers.contains(*number))
    return Whose::kOurs;
  return Whose::kTheirs;
}

}  // namespace

CallSides ReadSides(const Text& caller, const Text& callee, const Text& direction,
                    const std::set<std::string>& own_numbers) {
  CallSides sides;
  const Whose from = WhoseIs(caller, own_numbers), to = WhoseIs(callee, own_numbers);
  sides.between_us = from == Whose::kOurs && to == Whose::kOurs;
  if (direction) {
    sides.direction = direction;
  } else if (from == Whose::kOurs || (from == Whose::kNobodys && to == Whose::kTheirs)) {
    sides.direction = "out";
  } else if (to == Whose::kOurs || to == Whose::kNobodys) {
    sides.direction = "in";
  } else {
    return sides;
  }
  const bool outgoing = *sides.direction == "out";
  const Text& ours = outgoing ? caller : callee;
  const Text& theirs = outgoing ? callee : caller;
  if (ours && (outgoing ? from : to) == Whose::kOurs) sides.own = ours;
  if (theirs) sides.phone = NormalisePhone(*theirs);
  return sides;
}

}  // namespace svodka::crm::files
