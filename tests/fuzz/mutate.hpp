#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "base/json.hpp"

/// What may come instead of what should: other types, missing members, odd numbers, texts from all over.
namespace svodka::fuzz {

using Random = std::mt19937_64;

/// The value with one to four changes somewhere in it. Deterministic for a given state of `random`.
json::value Mutate(const json::value& value, Random& random);

/// The bytes with a few cut out, doubled, overwritten or cut off. May be no JSON and no UTF-8 any more.
std::string MutateBytes(std::string bytes, Random& random);

}  // namespace svodka::fuzz
