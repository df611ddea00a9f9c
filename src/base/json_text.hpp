#pragma once

#include <string>

#include "base/json.hpp"

namespace svodka {

/// One line of JSON, as answers are written. Numbers stand as plain decimals, the shortest that read back to
/// the same value: 0.63, never 6.3E-1 (an exponent stands only below 1e-7 and from 1e21); what JSON has no
/// number for (infinity) is null. UTF-8 stays as it is.
std::string JsonText(const json::value& value);
std::string JsonText(const json::object& object);
std::string JsonText(const json::array& array);

}  // namespace svodka
