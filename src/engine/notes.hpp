#pragma once

#include "base/json.hpp"
#include "metrics/query/bind.hpp"

namespace svodka::engine {

/// {"period","base_period","as_of","unfinished","ignored_filters","unknown_members"}: what the figures are
/// of.
json::object NotesOf(const metrics::BoundQuery& query);

}  // namespace svodka::engine
