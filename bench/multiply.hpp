#pragma once

#include "bench/dataset.hpp"

namespace svodka::bench {

/// Makes `to` out of the loaded `from`: every card, client, phone, event and activity ten times, people and
/// stages once. A copy refers to its own copies only, so the star of ten copies is ten copies of the star;
/// both are made here, and the check of answers compares the one with the other.
Status Multiply(const Dataset& from, const Dataset& to, int threads, Measurements& measurements);

}  // namespace svodka::bench
