#pragma once

#include <string>
#include <vector>

#include "app/setup/say.hpp"
#include "base/json.hpp"

namespace svodka::app {

/// What the talk of `svodka setup` shows, made of the desk's answers. All ends with a line's end.

/// Steps to the secret, and the rights to tick.
std::string DescribeWay(const json::object& kind, const json::object& way, const Say& say);
/// One line a right, with what to do where it is missing; what the CRM itself said below a failure.
std::string DescribeChecks(const json::array& checks);
std::string DescribeAccount(const json::object& account, const Say& say);
std::string DescribeVolumes(const json::object& measured, const Say& say);

/// Options of a question with their evidence, numbered from 1; suggested ones with an asterisk. `shown`:
/// these indices only.
std::string DescribeOptions(const json::array& options, const std::vector<size_t>& shown);

/// `1 234 567`, `1,234,567`.
std::string GroupedNumber(int64_t number, const Say& say);

}  // namespace svodka::app
