#pragma once

#include "bench/measure.hpp"

namespace svodka::bench {

/// Start time and idle memory of `svodka serve` over an empty data folder; nothing where the program is not
/// built.
void MeasureProgram(Measurements& measurements);
/// Sizes of the web application's files and the time to a painted page, by bench/web.mjs; nothing where it is
/// not built.
void MeasureWeb(Measurements& measurements);

}  // namespace svodka::bench
