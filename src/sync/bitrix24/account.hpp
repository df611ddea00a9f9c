#pragma once

#include "sync/bitrix24/caller.hpp"
#include "sync/bitrix_sync.hpp"

namespace svodka::sync {

/// Reads AccountFacts; with `counts` also how many rows there are (a separate request: counting may be slow,
/// and its failure costs only the numbers).
Result<AccountFacts> ReadAccount(Caller& caller, const Clock& clock, bool counts, std::stop_token stop);

/// The portal's zone: the name that the portal gives, if its offset agrees with the server's; else the zone
/// of Russia's (then of the world's fixed) with this offset.
std::string ZoneFor(const std::optional<std::string>& named, int32_t server_offset_s, Instant now);

/// Seconds east of UTC that a moment of the portal is written with; 0 where it cannot be read.
int32_t OffsetOf(std::string_view portal_time);

}  // namespace svodka::sync
