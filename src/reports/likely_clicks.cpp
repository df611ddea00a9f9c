#include "reports/likely_clicks.hpp"

#include <algorithm>
#include <utility>

namespace svodka::reports {
namespace {

constexpr size_t kClicksMax = 4;

ReportState Clicked(const ReportState& state, std::string widget, std::string dimension,
                    std::optional<std::string> member) {
  Selection click;
  click.condition = {{"dimension", dimension},
                     {"in", json::array{member ? json::value(*member) : json::value(nullptr)}}};
  click.widget = std::move(widget);
  click.dimension = std::move(dimension);
  click.in = {std::move(member)};
  ReportState clicked = state;
  clicked.cross.push_back(std::move(click));
  return clicked;
}

}  // namespace

std::vector<ReportState> LikelyClicks(const ReportState& state, std::span<const Question> questions,
                                      Day today) {
  std::vector<ReportState> clicks;
  if (!state.cross.empty() || !state.only.empty()) return clicks;
  // A stage turns the list to cards as they stood; which stage, is chosen among the same rows.
  const bool stands = std::any_of(questions.begin(), questions.end(), [](const Question& question) {
    return !question.widget->standing.empty();
  });
  if (stands) clicks.push_back(Clicked(state, "", "stage", std::nullopt));
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
    clicks.push_back(Clicked(state, axis->widget->id, std::string(ToString(axis->grain)), ToString(day)));
  }
  return clicks;
}

}  // namespace svodka::reports
