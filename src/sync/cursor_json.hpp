#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/time.hpp"

/// Readers of cursors' JSON, shared by the CRMs.
namespace svodka::sync {

/// A cursor that cannot be read is as none (null): the list is read again, and unchanged rows cost nothing.
json::value ParseCursor(const std::string& text);
/// False for anything but true.
bool FindBool(const json::value& value, std::string_view name);
std::optional<Instant> FindMoment(const json::value& value, std::string_view name);
/// {"at": moment}
std::string MomentJson(Instant at);

}  // namespace svodka::sync
