#include "reports/likely_clicks.hpp"

#include <algorithm>
#include <utility>

namespace svodka::reports {
namespace {

constexpr size_t kClicksMax = 4;

}  // namespace

std::vector<ReportState> LikelyClicks(const ReportState& state, std::span<const Question> questions,
                                      Day today) {
  std::vector<ReportState> clicks;
  if (!state.cross.empty() || !state.only.empty()) return clicks;
  const auto axis = std::find_if(questions.begin(), questions.end(), [](const Question& question) {
    return question.widget->kind == WidgetKind::kSeries && question.widget->cross == "time" && question.range;
  });
  if (axis == questions.end()) return clicks;
  std::vector<Day> starts;
  for (Day day = BucketStart(axis->range->from, axis->grain); day < axis->range->to && day <= today;
       day = NextBucket(day, axis->grain)) {
    starts.push_back(day);
  }
  if (starts.size() < 2) return clicks;
  std::reverse(starts.begin(), starts.end());
  if (starts.size() > kClicksMax) starts.resize(kClicksMax);
  for (const Day day : starts) {
    Selection click;
    click.dimension = ToString(axis->grain);
    click.widget = axis->widget->id;
    click.in = {ToString(day)};
    click.condition = {{"dimension", click.dimension}, {"in", json::array{json::value(ToString(day))}}};
    ReportState clicked = state;
    clicked.cross.push_back(std::move(click));
    clicks.push_back(std::move(clicked));
  }
  return clicks;
}

}  // namespace svodka::reports
