#include "app/setup/question_rows.hpp"

namespace svodka::app {
namespace {

/// Types of activity that are no calls, letters or meetings yet, how many there are, and how many are called
/// a meeting or the like.
constexpr std::string_view kTypes = R"sql(
SELECT provider, CAST(count(*) AS BIGINT),
  CAST(count(*) FILTER (regexp_matches(lower(subject), 'встреч|показ|презентац|визит|выезд|замер|meeting|visit|demo'))
    AS BIGINT),
  coalesce(mode(subject), '')
FROM activity
WHERE deleted_at IS NULL AND kind IN ('task', 'other') AND provider IS NOT NULL AND provider <> ''
GROUP BY provider ORDER BY 2 DESC, provider LIMIT 50)sql";

}  // namespace

Result<Question> AskMeetings(const warehouse::Warehouse& warehouse, const Say& say) {
  Question question;
  question.setting = "meeting_types";
  question.title = say("Какие ещё дела — встречи?", "Which other activities are meetings?");
  question.lead = say("Встречи, которые CRM сама так называет, считаются и без ответа.",
                      "Meetings that the CRM calls so count without an answer.");
  const auto rows = Ask(warehouse, kTypes);
  if (!rows.ok()) return rows.errors();
  for (const auto& row : *rows) {
    Option option{CellText(row[0]), CellText(row[0]), "", "", false, ""};
    const int64_t all = CellNumber(row[1]), called = CellNumber(row[2]);
    const std::string sample = CellText(row[3]);
    option.evidence =
        say("дел: " + std::to_string(all) + ", по названию встреч: " + Percent(called, all),
            "activities: " + std::to_string(all) + ", meetings by their name: " + Percent(called, all));
    if (!sample.empty())
      option.evidence += say(", чаще всего «" + sample + "»", ", most often “" + sample + "”");
    option.suggested = all >= kEnough && called * 2 > all;
    question.options.push_back(std::move(option));
  }
  return question;
}

}  // namespace svodka::app
