#pragma once

#include <span>
#include <vector>

#include "reports/plan.hpp"

/// Which clicks the reader of a page may make next that need rows the page itself does not have. Pure.
namespace svodka::reports {

/// States of a click on a stage, where a list then shows its cards as they stood, and on each bucket of the
/// page's first time axis, the latest first, at most four: states of cards "as of" another month's end are
/// other rows. Days that have not begun are left out. Nothing for a page that is clicked already or shows
/// some widgets only.
std::vector<ReportState> LikelyClicks(const ReportState& state, std::span<const Question> questions,
                                      Day today);

}  // namespace svodka::reports
