#include <gtest/gtest.h>

#include "case_runner.hpp"
#include "metrics/definitions/model.hpp"

/// What metrics.md says of stages as wholes, over a company that was loaded and derived
/// (tests/cases/company): every card that entered a stage left it in one way or is still there; who entered
/// and did not leave stands there.
namespace svodka::engine::testing {
namespace {

class StageIdentity : public ::testing::TestWithParam<const char*> {
 protected:
  StageIdentity() : clock_(ParseInstant("2025-04-15T09:00:00Z").value()), warehouse_(MakeCompany()) {
    service_ = std::make_unique<QueryService>(
        warehouse_, metrics::LoadModel(std::string(SVODKA_SOURCE_DIR) + "/models").value(), clock_,
        QueryService::Settings{});
  }
  Table Ask(const json::object& request) {
    Result<Table> table = service_->Query(request, {.everything = true, .user_id = ""}, Language::kEnglish);
    if (!table.ok()) throw std::runtime_error(ToString(table.error()) + " " + json::serialize(request));
    return std::move(table).value();
  }
  json::array Measures(const std::vector<const char*>& ids) const {
    json::array measures;
    for (const char* id : ids)
      measures.push_back({{"measure", id}, {"args", {{"entity", GetParam()}}}, {"as", id}});
    return measures;
  }

  ManualClock clock_;
  std::shared_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<QueryService> service_;
};

int64_t Number(const Cell& cell) {
  const auto* number = std::get_if<int64_t>(&std::get<Value>(cell));
  return number == nullptr ? 0 : *number;
}

TEST_P(StageIdentity, EveryEntryEndsInOneWay) {
  std::vector<json::value> periods = {nullptr};
  for (const auto& [from, to] :
       std::vector<std::pair<const char*, const char*>>{{"2025-01-01", "2025-02-01"},
                                                        {"2025-02-01", "2025-03-01"},
                                                        {"2025-03-01", "2025-04-01"},
                                                        {"2025-02-12", "2025-02-13"}}) {
    periods.push_back(json::object{{"from", from}, {"to", to}});
  }
  int64_t seen = 0;
  for (const json::value& period : periods) {
    for (const json::array& dimensions :
         {json::array{}, json::array{"stage"}, json::array{"employee", "stage"}}) {
      json::object request{
          {"measures", Measures({"stage_entered", "stage_passed", "stage_lost", "stage_returned",
                                 "stage_other_pipeline", "stage_deleted", "stage_still"})},
          {"dimensions", dimensions}};
      if (!period.is_null()) request["period"] = period;
      for (const std::vector<Cell>& row : Ask(request).rows) {
        int64_t ends = 0;
        for (size_t i = dimensions.size() + 1; i < row.size(); ++i) ends += Number(row[i]);
        EXPECT_EQ(Number(row[dimensions.size()]), ends) << json::serialize(request);
        seen += ends;
      }
    }
  }
  EXPECT_GT(seen, 10);
}

TEST_P(StageIdentity, WhoEnteredAndDidNotLeaveIsThere) {
  const std::string entity = GetParam(), visits = "f_" + entity + "_visit";
  const std::string standing = entity == "deal" ? " AND NOT v.after_sale" : "";
  int64_t seen = 0;
  for (const char* day :
       {"2024-12-31", "2025-01-20", "2025-02-10", "2025-02-28", "2025-03-15", "2025-03-30", "2025-04-14"}) {
    // Cards without any date are known from the day on which they were first seen; they have no stays.
    const json::object dated{{"dimension", "created"}, {"from", "2000-01-01"}};
    const Table table = Ask({{"measures", Measures({"stage_now_count"})},
                             {"dimensions", {"stage"}},
                             {"filters", json::array{dated}},
                             {"as_of", day}});
    int64_t ours = 0;
    for (const std::vector<Cell>& row : table.rows) {
      if (std::get<Member>(row[0]).id) ours += Number(row[1]);
    }
    const std::string number = "(DATE '" + std::string(day) + "' - DATE '1970-01-01')";
    const auto twin =
        warehouse_->Query("SELECT count(*) FROM " + visits + " AS v WHERE v.entered_day <= " + number +
                          " AND coalesce(v.left_day, 2147483647) > " + number + standing);
    EXPECT_EQ(ours, std::get<int64_t>(twin.value().rows.at(0).at(0))) << day;
    seen += ours;
  }
  EXPECT_GT(seen, 5);
}

INSTANTIATE_TEST_SUITE_P(Of, StageIdentity, ::testing::Values("deal", "lead"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace svodka::engine::testing
