#pragma once

#include "metrics/query/bind.hpp"

/// The days that a request is about, made absolute.
namespace svodka::metrics {

/// One `in`/`not_in`/range filter on a time dimension. Errors: `bad_filter`.
Result<TimeFrame> NarrowFrame(TimeFrame frame, const Filter& filter, TimeGrain grain);

/// The frame of the request before time filters. `as_of` is settled last, by SettleAsOf.
TimeFrame StartFrame(const Request& request);
/// End of the frame, or today where it is not over; an asked day counts where it is earlier.
Day SettleAsOf(const TimeFrame& frame, std::optional<Day> asked, Day today);

struct BaseFrames {
  TimeFrame elapsed;
  TimeFrame whole;
};
/// What the frame compares with. Needs a bounded frame.
BaseFrames CompareFrame(const TimeFrame& frame, const Request& request, Day today);

}  // namespace svodka::metrics
