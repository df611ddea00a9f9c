#include "metrics/query/request.hpp"

#include <gtest/gtest.h>

namespace svodka::metrics {
namespace {

struct Faulty {
  const char* text;
  const char* code;
  const char* place;
};

class FaultyRequest : public ::testing::TestWithParam<Faulty> {};

TEST_P(FaultyRequest, IsDiagnosedAtItsPlace) {
  const Result<Request> request = ParseRequest(json::parse(GetParam().text));
  ASSERT_FALSE(request.ok());
  EXPECT_EQ(request.error().code, GetParam().code) << request.error().message;
  EXPECT_EQ(request.error().place, GetParam().place);
}

INSTANTIATE_TEST_SUITE_P(
    All, FaultyRequest,
    ::testing::Values(
        Faulty{R"([])", "bad_request", ""}, Faulty{R"({})", "missing_key", "measures"},
        Faulty{R"({"measures": "deals_won"})", "bad_request", "measures"},
        Faulty{R"({"measures": []})", "bad_request", "measures"},
        Faulty{R"({"measures": [1]})", "bad_request", "measures[0]"},
        Faulty{R"({"measures": ["a", "a"]})", "duplicate_column", "measures[1]"},
        Faulty{R"({"measures": [{"measure": "a", "arg": {}}]})", "unknown_key", "measures[0].arg"},
        Faulty{R"({"measures": ["a"], "dimension": ["month"]})", "unknown_key", "dimension"},
        Faulty{R"({"measures": ["a"], "dimensions": ["month", 1]})", "bad_request", "dimensions[1]"},
        Faulty{R"({"measures": ["a"], "period": {"from": "2025-01-01"}})", "bad_period", "period"},
        Faulty{R"({"measures": ["a"], "period": {"from": "2025-02-30", "to": "2025-03-01"}})", "bad_date",
               "period.from"},
        Faulty{R"({"measures": ["a"], "period": {"from": "2025-01-01", "to": "2025-01-01"}})", "bad_period",
               "period"},
        Faulty{R"({"measures": ["a"], "filters": [{"dimension": "stage"}]})", "bad_filter", "filters[0]"},
        Faulty{R"({"measures": ["a"], "filters": [{"dimension": "stage", "in": [1], "not_in": [2]}]})",
               "bad_filter", "filters[0]"},
        Faulty{R"({"measures": ["a"], "cross_filters": [{"dimension": "stage", "in": [{}]}]})", "bad_filter",
               "cross_filters[0].in[0]"},
        Faulty{R"({"measures": ["a"], "compare": "previos"})", "bad_request", "compare"},
        Faulty{R"({"measures": ["a"], "limit": 0})", "bad_request", "limit"},
        Faulty{R"({"measures": ["a"], "totals": "yes"})", "bad_request", "totals"},
        Faulty{R"({"measures": ["a"], "as_of": 5})", "bad_date", "as_of"},
        Faulty{R"({"measures": ["a"], "order": [{"descending": true}]})", "missing_key", "order[0]"}));

TEST(ParseRequest, ReadsTheWholeExample) {
  const Result<Request> request = ParseRequest(json::parse(R"({
    "measures": ["deals_won", "won_amount", {"measure": "stage_reached", "args": {"stages": ["C1:WON"]}}],
    "dimensions": ["department", "employee"], "period": {"from": "2025-01-01", "to": "2025-04-01"},
    "filters": [{"dimension": "pipeline", "in": ["0", "5"]}, {"dimension": "source", "not_in": ["CALL", null]},
                {"dimension": "field:UF_CRM_1", "from": 10, "to": 20}],
    "cross_filters": [{"dimension": "employee", "in": ["7"]}],
    "compare": {"years_ago": 2}, "totals": true, "as_of": "2025-03-31",
    "order": [{"by": "won_amount", "descending": true}], "limit": 50, "others": true})"));
  ASSERT_TRUE(request.ok()) << ToString(request.error());
  EXPECT_EQ(request->measures.size(), 3U);
  EXPECT_EQ(request->measures[2].column, "stage_reached");
  EXPECT_EQ(request->filters.size(), 4U);
  EXPECT_EQ(request->filters[1].members[1], std::nullopt);
  EXPECT_TRUE(request->filters[2].is_range);
  EXPECT_EQ(std::get<double>(request->filters[2].from), 10);
  EXPECT_EQ(request->compare.years, 2);
  EXPECT_EQ(request->as_of, MakeDay(2025, 3, 31));
  EXPECT_EQ(request->limit, 50);
}

json::array Filters(size_t count) {
  json::array filters;
  for (size_t i = 0; i < count; ++i)
    filters.push_back(json::object{{"dimension", "source"}, {"in", json::array{std::to_string(i)}}});
  return filters;
}

TEST(ParseRequest, TakesNoListLongerThanAllowed) {
  json::array dimensions;
  for (int i = 0; i < 8; ++i) dimensions.emplace_back("field:" + std::to_string(i));
  json::object request{{"measures", {"a"}}, {"dimensions", dimensions}, {"filters", Filters(200)}};
  request["cross_filters"] = Filters(100);
  EXPECT_TRUE(ParseRequest(request).ok());
  dimensions.emplace_back("month");
  request["dimensions"] = dimensions;
  request["cross_filters"] = Filters(101);
  request["order"] = json::array(21, json::object{{"by", "a"}});
  const Result<Request> refused = ParseRequest(request);
  ASSERT_FALSE(refused.ok());
  ASSERT_EQ(refused.errors().size(), 3U);
  EXPECT_EQ(refused.errors()[0].place, "dimensions");
  EXPECT_EQ(refused.errors()[1].place, "cross_filters");
  EXPECT_EQ(refused.errors()[2].place, "order");
  for (const Diagnostic& problem : refused.errors()) EXPECT_EQ(problem.code, "bad_request");
}

TEST(ParseRequest, OfTwentyThousandFiltersIsOneMistake) {
  const Result<Request> refused =
      ParseRequest(json::object{{"measures", {"a"}}, {"filters", Filters(20'000)}});
  ASSERT_FALSE(refused.ok());
  ASSERT_EQ(refused.errors().size(), 1U);
  EXPECT_EQ(refused.error().code, "bad_request");
  EXPECT_EQ(refused.error().place, "filters");
}

TEST(ParseRequest, OfRecordsTakesAThousandRowsAndSaysSo) {
  const auto page = [](int64_t limit) {
    return ParseRequest(json::object{{"cell", {{"measure", "a"}}}, {"limit", limit}});
  };
  EXPECT_TRUE(page(1000).ok());
  ASSERT_FALSE(page(1001).ok());
  EXPECT_EQ(page(1001).error().code, "bad_request");
  EXPECT_EQ(page(1001).error().place, "limit");
}

TEST(ParseRequest, TellsAllMistakesTogether) {
  const Result<Request> request =
      ParseRequest(json::parse(R"({"measures": [1], "filters": [{}], "limit": -1, "nope": 1})"));
  ASSERT_FALSE(request.ok());
  EXPECT_GE(request.errors().size(), 4U);
}

}  // namespace
}  // namespace svodka::metrics
