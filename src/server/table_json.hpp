#pragma once

#include "base/json.hpp"
#include "engine/query_service.hpp"

/// The JSON of docs/request.md for what the engine answers. Money and decimals are strings, days YYYY-MM-DD,
/// moments ISO 8601 UTC, missing is null.
namespace svodka::server {

json::value ToJson(const Value& value);
json::object ToJson(const engine::Member& member);
json::object ToJson(const engine::Column& column);
json::object ToJson(const engine::Table& table);
json::object ToJson(const engine::RecordPage& page);

}  // namespace svodka::server
