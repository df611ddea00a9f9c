#pragma once

#include <set>
#include <string>

#include "crm/rows.hpp"

/// Lists that name who called and whom, and not which of the two is ours.
namespace svodka::crm::files {

struct CallSides {
  Text direction;  ///< in, out; nothing: neither side is known as ours, and nothing else tells
  Text phone;      ///< of the other side, normalised; nothing: hidden
  Text own;        ///< ours as written: a name, a number, an extension; nothing: a line that is nobody's
  bool between_us = false;
};

/// Ours is a name (what `aliases:` makes of a number), an extension (up to five digits), or a number of
/// `own_numbers` (normalised). An empty side is a common line of ours where the other one is a stranger's,
/// else a stranger who hides the number. `direction`: what the list itself says; nothing: it does not.
CallSides ReadSides(const Text& caller, const Text& callee, const Text& direction,
                    const std::set<std::string>& own_numbers);

}  // namespace svodka::crm::files
