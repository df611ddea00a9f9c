#pragma once

#include "bench/dataset.hpp"
#include "bench/measure.hpp"

namespace svodka::bench {

/// The first load of a Bitrix24 portal from its recorded answers: parse, decode, merge, derive, commit, as
/// `serve` does it, without a network, a limit or an emulator in the timed part. The recording is made once
/// per size, from the emulator with its limits off, and anew when the connector asks what it does not hold.
/// What is stored is compared with what the recording holds. Adds load.bitrix24 (rows/s beside the
/// baseline's), load.bitrix24.cpu, load.bitrix24.rows, memory.load, and load.poll: processor time of a poll
/// that finds nothing new.
Status MeasureReplay(const Dataset& dataset, int threads, bool baseline, Measurements& measurements);

}  // namespace svodka::bench
