#pragma once

#include <memory>

#include "engine/joint_service.hpp"
#include "reports/query_source.hpp"

namespace svodka::reports {

/// The query source over several portals. Where their zones differ, each portal's rows go by its own days.
std::unique_ptr<QuerySource> MakeQuerySource(engine::JointService& service);

}  // namespace svodka::reports
