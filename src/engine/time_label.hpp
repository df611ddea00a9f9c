#pragma once

#include <string>

#include "engine/query_service.hpp"
#include "metrics/query/calendar.hpp"

namespace svodka::engine {

/// `январь 2025`, `I кв. 2025`, `6–12 янв. 2025`; `January 2025`, `Q1 2025`, `6–12 Jan 2025`.
std::string TimeLabel(metrics::TimeGrain grain, int64_t bucket, Language language);

}  // namespace svodka::engine
