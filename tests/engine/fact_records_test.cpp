#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "case_runner.hpp"
#include "metrics/definitions/model.hpp"

/// The lists beneath numbers of people and of clients, over tests/cases/company: what is expected is read off
/// people.sql.
namespace svodka::engine::testing {
namespace {

using Rows = std::vector<std::vector<std::string>>;

class FactRecords : public ::testing::Test {
 protected:
  FactRecords() : clock_(ParseInstant("2025-04-10T09:00:00Z").value()), warehouse_(MakeCompany(2)) {
    service_ = std::make_unique<QueryService>(
        warehouse_, metrics::LoadModel(std::string(SVODKA_SOURCE_DIR) + "/models").value(), clock_,
        QueryService::Settings{});
  }
  Result<RecordPage> Find(const char* request) {
    return service_->Records(json::parse(request), {.everything = true, .user_id = ""}, Language::kEnglish);
  }
  RecordPage Ask(const char* request) {
    Result<RecordPage> page = Find(request);
    if (!page.ok()) throw std::runtime_error(ToString(page.error()) + " " + request);
    return std::move(page).value();
  }
  static Rows Cells(const RecordPage& page, const std::vector<std::string>& columns) {
    Rows rows;
    for (const std::vector<Cell>& row : page.rows) {
      rows.emplace_back();
      for (const std::string& column : columns) {
        for (size_t i = 0; i < page.columns.size(); ++i) {
          if (page.columns[i].id == column) rows.back().push_back(CellText(row[i]));
        }
      }
    }
    return rows;
  }

  ManualClock clock_;
  std::shared_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<QueryService> service_;
};

TEST_F(FactRecords, CallsAreListedWithWhatTheyWere) {
  const RecordPage page = Ask(
      R"({"measures": ["calls_count"], "period": {"from": "2025-03-01", "to": "2025-04-01"},
          "cell": {"measure": "calls_count", "values": {"employee": "1"}}})");
  EXPECT_EQ(page.entity, "activity");
  EXPECT_EQ(page.total, 3);
  EXPECT_EQ(page.totals.at("measure").as_int64(), 3);
  // The latest first; a telephony record told the length of the second.
  EXPECT_EQ(Cells(page, {"id", "title", "day", "activity_kind", "employee", "duration", "card", "pipeline"}),
            (Rows{{"p:19", "Дело \"p:19\"", "2025-03-16", "call_out", "1", "31", "null", "null"},
                  {"p:1", "Дело \"p:1\"", "2025-03-03", "call_in", "1", "50", "null", "null"},
                  {"act:6", "Лид A", "2025-03-01", "call_out", "1", "null", "Лид A", "lead"}}));
}

TEST_F(FactRecords, TheyAreOrderedNarrowedSearchedAndPaged) {
  const RecordPage page = Ask(
      R"({"measures": ["activities"], "period": {"from": "2025-03-01", "to": "2025-04-01"},
          "cell": {"measure": "activities", "values": {}}, "order": [{"by": "duration", "descending": true}],
          "narrow": [{"column": "activity_kind", "in": ["call_in", "call_out"]}, {"column": "duration", "from": 30}],
          "limit": 2, "offset": 1})");
  EXPECT_EQ(page.total, 4);
  EXPECT_EQ(Cells(page, {"id", "duration"}), (Rows{{"p:1", "50"}, {"p:20", "40"}}));
  const RecordPage found = Ask(
      R"({"measures": ["activities"], "cell": {"measure": "activities", "values": {}}, "search": "\"P:1\""})");
  EXPECT_EQ(Cells(found, {"id"}), (Rows{{"p:1"}}));
  const RecordPage values = Ask(
      R"({"measures": ["calls_count"], "cell": {"measure": "calls_count", "values": {"employee": "2"}}, "values_of": "activity_kind"})");
  ASSERT_TRUE(values.values);
  std::vector<std::pair<std::string, int64_t>> counted;
  for (const auto& [member, count] : *values.values) counted.emplace_back(*member.id, count);
  EXPECT_EQ(counted, (std::vector<std::pair<std::string, int64_t>>{{"call_out", 3}, {"call_missed", 1}}));
  EXPECT_EQ(Find(R"({"measures": ["activities"], "cell": {"measure": "activities", "values": {}},
                     "order": [{"by": "stage"}]})")
                .error()
                .code,
            "bad_order");
}

TEST_F(FactRecords, RowsOfTheIndexSayWhatTheyCountFor) {
  const RecordPage page = Ask(
      R"({"measures": ["activity_index"], "period": {"from": "2025-03-01", "to": "2025-03-02"},
          "cell": {"measure": "activity_index", "values": {"employee": "1"}}, "order": [{"by": "value", "descending": true}]})");
  // The meeting, the call of lead A, and deal 6 that was moved to its loss.
  EXPECT_EQ(Cells(page, {"activity_kind", "value"}),
            (Rows{{"meeting", "3"}, {"call_out", "1"}, {"stage_change", "0.25"}}));
  EXPECT_EQ(page.totals.at("measure").as_double(), 4.25);
}

TEST_F(FactRecords, AShareOfClientsHasRowsOfBothSides) {
  const RecordPage page = Ask(
      R"({"measures": ["base_sold"], "period": {"from": "2025-03-01", "to": "2025-04-01"},
          "cell": {"measure": "base_sold", "values": {"employee": "2"}}, "order": [{"by": "id"}]})");
  EXPECT_EQ(page.entity, "client");
  EXPECT_EQ(Cells(page, {"id", "part", "employee"}),
            (Rows{{"company:2", "both", "2"}, {"company:4", "denominator", "2"}}));
  EXPECT_EQ(page.totals.at("measure").as_double(), 0.5);
}

TEST_F(FactRecords, ARatioOfTwoFactsNamesThem) {
  const Result<RecordPage> page =
      Find(R"({"measures": ["activity_per_won"], "cell": {"measure": "activity_per_won", "values": {}}})");
  ASSERT_FALSE(page.ok());
  EXPECT_EQ(page.error().code, "bad_cell");
  EXPECT_THAT(page.error().message, ::testing::HasSubstr("activity, deal"));
}

}  // namespace
}  // namespace svodka::engine::testing
