#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "case_runner.hpp"
#include "metrics/definitions/model.hpp"

/// What the list beneath a number shows of each card, against SQL written by hand.
namespace svodka::engine::testing {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr const char* kStar = R"(
deal:
  - {id: "1", key: 1, title: Первая, last_comment: позже}
  - {id: "2", key: 2, title: "Вторая «О''К»"}
  - {id: "3", key: 3, title: Третья}
  - {id: "4", key: 4, title: Четвёртая}
lead:
  - {id: "1", key: 1, title: Лид}
  - {id: "2", key: 2, title: Второй лид}
f_deal:
  - {deal_key: 1, created_day: 2025-01-10, closed_day: 2025-03-05, cycle_s: 4700000, semantic: 1, closed_semantic: 1, stage_key: 13, pipeline_key: 2, owner_key: 1, closer_key: 2, amount: 500, amount_closed: 500, planned_day: 2025-04-01, entered_day: 2025-03-05, last_sign_day: 2025-03-05}
  - {deal_key: 2, created_day: 2025-02-01, closed_day: 2025-03-10, cycle_s: 3200000, semantic: 2, closed_semantic: 2, stage_key: 14, pipeline_key: 2, owner_key: 1, closer_key: 1, loss_reason_key: 1, entered_day: 2025-03-10, last_sign_day: 2025-03-10}
  - {deal_key: 3, created_day: 2025-02-20, stage_key: 12, pipeline_key: 2, owner_key: 1, amount: 70, entered_day: 2025-03-01, last_sign_day: 2025-03-02, next_step_day: 2025-03-20, open_steps: 1}
  - {deal_key: 4, created_day: 2025-01-01, closed_day: 2025-02-15, cycle_s: 3888000, semantic: 1, closed_semantic: 1, stage_key: 13, pipeline_key: 2, owner_key: 1, closer_key: 1, amount: 9, amount_closed: 9, entered_day: 2025-02-15, last_sign_day: 2025-02-15}
f_deal_state:
  - {deal_key: 1, from_day: 2025-01-10, to_day: 2025-02-10, stage_key: 11, pipeline_key: 2, owner_key: 1, entered_day: 2025-01-10, created_day: 2025-01-10, planned_day: 2025-02-20, currency_key: 1, amount: 100}
  - {deal_key: 1, from_day: 2025-02-10, to_day: 2025-03-05, stage_key: 12, pipeline_key: 2, owner_key: 2, entered_day: 2025-02-10, created_day: 2025-01-10, planned_day: 2025-03-20, currency_key: 1, amount: 300}
  - {deal_key: 1, from_day: 2025-03-05, to_day: 2147483647, semantic: 1, stage_key: 13, pipeline_key: 2, owner_key: 1, entered_day: 2025-03-05, created_day: 2025-01-10, planned_day: 2025-04-01, currency_key: 1, amount: 500}
  - {deal_key: 2, from_day: 2025-02-01, to_day: 2025-03-10, stage_key: 11, pipeline_key: 2, owner_key: 1, entered_day: 2025-02-01, created_day: 2025-02-01}
  - {deal_key: 2, from_day: 2025-03-10, to_day: 2147483647, semantic: 2, stage_key: 14, pipeline_key: 2, owner_key: 1, entered_day: 2025-03-10, created_day: 2025-02-01}
  - {deal_key: 3, from_day: 2025-02-20, to_day: 2025-03-01, stage_key: 11, pipeline_key: 2, owner_key: 1, entered_day: 2025-02-20, created_day: 2025-02-20, currency_key: 2, amount: 0.70}
  - {deal_key: 3, from_day: 2025-03-01, to_day: 2147483647, stage_key: 12, pipeline_key: 2, owner_key: 1, entered_day: 2025-03-01, created_day: 2025-02-20, currency_key: 2, amount: 0.70}
  - {deal_key: 4, from_day: 2025-01-01, to_day: 2025-02-15, stage_key: 11, pipeline_key: 2, owner_key: 1, entered_day: 2025-01-01, created_day: 2025-01-01, amount: 9}
  - {deal_key: 4, from_day: 2025-02-15, to_day: 2147483647, semantic: 1, stage_key: 13, pipeline_key: 2, owner_key: 1, entered_day: 2025-02-15, created_day: 2025-01-01, amount: 9}
f_deal_sign:
  - {deal_key: 1, day: 2025-02-12, life: true}
  - {deal_key: 1, day: 2025-02-20, life: false}
  - {deal_key: 1, day: 2025-03-05, life: true}
  - {deal_key: 3, day: 2025-03-02, life: true}
f_deal_step:
  - {deal_key: 1, created_day: 2025-02-01, deadline_day: 2025-03-03, done_day: 2025-03-04}
  - {deal_key: 1, created_day: 2025-03-01, deadline_day: 2025-03-02, done_day: 2147483647}
  - {deal_key: 2, created_day: 2025-02-01, deadline_day: 2025-02-10, done_day: 2025-02-28}
  - {deal_key: 3, created_day: 2025-03-01, deadline_day: 2025-03-20, done_day: 2147483647}
f_deal_visit:
  - {deal_key: 1, visit: 1, stage_key: 11, pipeline_key: 2, entered_day: 2025-01-10, left_day: 2025-02-10, seconds: 2678400, outcome: 1, owner_key: 1}
  - {deal_key: 3, visit: 1, stage_key: 11, pipeline_key: 2, entered_day: 2025-02-20, left_day: 2025-03-01, seconds: 777600, outcome: 1, owner_key: 1}
  - {deal_key: 3, visit: 2, stage_key: 12, pipeline_key: 2, entered_day: 2025-03-01, from_stage_key: 11, owner_key: 1}
f_lead:
  - {lead_key: 1, created_day: 2025-02-01, closed_day: 2025-03-01, cycle_s: 2419200, semantic: 2, closed_semantic: 2, stage_key: 4, pipeline_key: 1, owner_key: 1, closer_key: 1, loss_reason_key: 1, entered_day: 2025-03-01, amount: 5}
  - {lead_key: 2, created_day: 2025-02-14, stage_key: 1, pipeline_key: 1, owner_key: 1, entered_day: 2025-02-14}
f_lead_state:
  - {lead_key: 1, from_day: 2025-02-01, to_day: 2025-03-01, stage_key: 2, pipeline_key: 1, owner_key: 1, entered_day: 2025-02-11, created_day: 2025-02-01, amount: 4}
  - {lead_key: 1, from_day: 2025-03-01, to_day: 2147483647, semantic: 2, stage_key: 4, pipeline_key: 1, owner_key: 1, entered_day: 2025-03-01, created_day: 2025-02-01, amount: 5}
  - {lead_key: 2, from_day: 2025-02-14, to_day: 2147483647, stage_key: 1, pipeline_key: 1, owner_key: 1, entered_day: 2025-02-14, created_day: 2025-02-14}
)";

class Records : public ::testing::Test {
 protected:
  Records() : clock_(ParseInstant("2025-03-15T09:00:00Z").value()), warehouse_(MakeStar(YAML::Load(kStar))) {
    service_ = std::make_unique<QueryService>(
        warehouse_, metrics::LoadModel(std::string(SVODKA_SOURCE_DIR) + "/models").value(), clock_,
        QueryService::Settings{});
  }
  RecordPage Ask(const char* request) {
    Result<RecordPage> page =
        service_->Records(json::parse(request), {.everything = true, .user_id = ""}, Language::kEnglish);
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
  Rows Twin(const std::string& sql) { return RowTexts(warehouse_->Query(sql).value()); }

  ManualClock clock_;
  std::shared_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<QueryService> service_;
};

/// Days of the star as the answers write them.
std::string DayText(const std::string& sql) {
  return "strftime(DATE '1970-01-01' + " + sql + ", '%Y-%m-%d')";
}

TEST(Definitions, TellWhatThePortalHasSet) {
  const ManualClock clock(ParseInstant("2025-03-15T09:00:00Z").value());
  QueryService service(MakeCompany(2), metrics::LoadModel(std::string(SVODKA_SOURCE_DIR) + "/models").value(),
                       clock, QueryService::Settings{});
  const auto definition = [&](const char* measure, Language language) {
    const json::value request = json::object{{"measures", json::array{json::value(measure)}}};
    return service.Query(request, {.everything = true, .user_id = ""}, language)
        .value()
        .columns.at(0)
        .definition;
  };
  using ::testing::AllOf;
  using ::testing::HasSubstr;
  using ::testing::Not;
  EXPECT_THAT(definition("deals_won", Language::kEnglish),
              AllOf(HasSubstr("Without after-sale pipelines (“"), HasSubstr("from the stage “"),
                    HasSubstr("today's")));
  EXPECT_THAT(definition("deals_created", Language::kRussian),
              AllOf(HasSubstr("Без послепродажных воронок («"), Not(HasSubstr("ответственный"))));
  EXPECT_THAT(definition("leads_created", Language::kRussian), Not(HasSubstr("воронок")));
  EXPECT_THAT(json::serialize(service.DescribeModel(Language::kEnglish)), HasSubstr("Without after-sale"));
}

TEST_F(Records, OfAPastStateShowTheCardsAsTheyStood) {
  const RecordPage page =
      Ask(R"({"measures": ["deals_in_work"], "period": {"from": "2025-02-01", "to": "2025-03-01"},
      "cell": {"measure": "deals_in_work", "values": {}}, "order": [{"by": "days_on_stage", "descending": true}]})");
  // 1 was won, 2 lost and 3 moved on since: at the end of 28 February they stood elsewhere, and were open.
  const Rows expected = {
      {"2", "deal:NEW", "7", "null", "null", "null", "27", "27", "null", "2025-02-01", "null"},
      {"1", "OFFER", "8", "300.00", "null", "2025-03-20", "18", "49", "2025-03-03", "2025-02-12", "null"},
      {"3", "deal:NEW", "7", "63.00", "null", "null", "8", "8", "null", "2025-02-20", "null"}};
  EXPECT_EQ(Cells(page, {"id", "stage", "employee", "amount", "closed", "planned_close", "days_on_stage",
                         "age_days", "next_step", "last_activity", "loss_reason"}),
            expected);
  const std::string eve = "(DATE '2025-02-28' - DATE '1970-01-01')";
  EXPECT_THAT(
      Cells(page,
            {"id", "stage", "days_on_stage", "age_days", "planned_close", "next_step", "last_activity"}),
      ::testing::UnorderedElementsAreArray(
          Twin("SELECT s.deal_key::TEXT, CASE s.stage_key WHEN 11 THEN 'deal:NEW' ELSE 'OFFER' END, " + eve +
               " - s.entered_day, " + eve + " - s.created_day, " + DayText("s.planned_day") + ", " +
               DayText("(SELECT min(deadline_day) FROM f_deal_step p WHERE p.deal_key = s.deal_key AND "
                       "created_day <= " +
                       eve + " AND done_day > " + eve + ")") +
               ", " +
               DayText("coalesce((SELECT max(day) FROM f_deal_sign g WHERE g.deal_key = s.deal_key AND life "
                       "AND day <= " +
                       eve + "), s.created_day)") +
               " FROM f_deal_state s WHERE semantic = 0 AND from_day <= " + eve + " AND to_day > " + eve)));
  EXPECT_EQ(page.columns.back().id, "last_comment");
  EXPECT_EQ(page.columns.back().label, "Last comment (as of today)");
  EXPECT_EQ(json::serialize(page.totals.at("amount")), "\"363.00\"");

  const RecordPage leads =
      Ask(R"({"measures": ["leads_in_work"], "period": {"from": "2025-02-01", "to": "2025-03-01"},
      "cell": {"measure": "leads_in_work", "values": {}}, "order": [{"by": "id"}]})");
  EXPECT_EQ(Cells(leads, {"id", "stage", "amount", "closed", "days_on_stage", "age_days", "loss_reason",
                          "last_activity"}),
            (Rows{{"1", "IN_PROCESS", "4.00", "null", "17", "27", "null", "2025-02-01"},
                  {"2", "lead:NEW", "null", "null", "14", "14", "null", "2025-02-14"}}));
}

TEST_F(Records, OfAPastStateCanBeOrderedByWhatTheyShow) {
  const auto ids = [&](const std::string& order) {
    const RecordPage page =
        Ask((R"({"measures": ["deals_in_work"], "period": {"from": "2025-02-01", "to": "2025-03-01"},
            "cell": {"measure": "deals_in_work", "values": {}}, "order": [)" +
             order + "]}")
                .c_str());
    std::string text;
    for (const auto& row : Cells(page, {"id"})) text += row.front();
    return text;
  };
  EXPECT_EQ(ids(R"({"by": "next_step"})"), "132");
  EXPECT_EQ(ids(R"({"by": "last_activity"})"), "213");
  EXPECT_EQ(ids(R"({"by": "amount", "descending": true})"), "132");
  EXPECT_EQ(ids(R"({"by": "planned_close"})"), "132");
  EXPECT_EQ(ids(R"({"by": "closed"}, {"by": "loss_reason"}, {"by": "id"})"), "123");
}

TEST_F(Records, OfTodayShowToday) {
  const RecordPage page =
      Ask(R"({"measures": ["deals_in_work"], "cell": {"measure": "deals_in_work", "values": {}}})");
  EXPECT_EQ(Cells(page, {"id", "stage", "amount", "days_on_stage", "age_days", "next_step", "last_activity"}),
            (Rows{{"3", "OFFER", "70.00", "14", "23", "2025-03-20", "2025-03-02"}}));
  EXPECT_EQ(page.columns.back().label, "Last comment");
}

TEST_F(Records, OfAFlowShowTheCardOfToday) {
  const RecordPage page =
      Ask(R"({"measures": ["deals_created"], "period": {"from": "2025-02-01", "to": "2025-03-01"},
      "cell": {"measure": "deals_created", "values": {}}, "order": [{"by": "id"}]})");
  EXPECT_EQ(
      Cells(page, {"id", "stage", "closed", "days_on_stage", "age_days", "loss_reason"}),
      (Rows{{"2", "LOSE", "2025-03-10", "null", "37", "PRICE"}, {"3", "OFFER", "null", "14", "23", "null"}}));
  // Closed cards stand in no stage any more: those that hang come first.
  const RecordPage all = Ask(R"({"measures": ["deals_all"], "cell": {"measure": "deals_all", "values": {}},
      "order": [{"by": "days_on_stage", "descending": true}]})");
  EXPECT_EQ(Cells(all, {"id", "days_on_stage"}).front(), (std::vector<std::string>{"3", "14"}));
  EXPECT_THAT(Cells(all, {"id", "days_on_stage"}),
              ::testing::UnorderedElementsAreArray(
                  Twin("SELECT deal_key::TEXT, CASE WHEN semantic = 0 THEN (DATE '2025-03-15' - DATE "
                       "'1970-01-01') - entered_day END FROM f_deal")));
}

TEST_F(Records, OfStaysCountTheDaysOfTheStay) {
  const RecordPage page =
      Ask(R"({"measures": ["stage_entered"], "cell": {"measure": "stage_entered", "values": {}},
      "filters": [{"dimension": "stage", "in": ["deal:NEW", "OFFER"]}], "order": [{"by": "days_on_stage"}]})");
  // Once per card, its first stay: 9 and 31 days, not the days since.
  EXPECT_EQ(Cells(page, {"id", "stage", "days_on_stage"}),
            (Rows{{"3", "deal:NEW", "9"}, {"1", "deal:NEW", "31"}}));
  const RecordPage open = Ask(
      R"({"measures": ["stage_entered"], "cell": {"measure": "stage_entered", "values": {"stage": "OFFER"}}})");
  EXPECT_EQ(Cells(open, {"id", "days_on_stage"}), (Rows{{"3", "14"}}));
}

TEST_F(Records, AreNarrowedByWhatTheirColumnsShow) {
  const auto ids = [&](const std::string& narrow, const std::string& more = "") {
    const RecordPage page =
        Ask((R"({"measures": ["deals_all"], "cell": {"measure": "deals_all", "values": {}},
        "order": [{"by": "id"}], "narrow": [)" +
             narrow + "]" + more + "}")
                .c_str());
    std::string text;
    for (const auto& row : Cells(page, {"id"})) text += row.front();
    EXPECT_EQ(page.total, static_cast<int64_t>(text.size()));
    EXPECT_EQ(json::serialize(page.totals.at("count")), std::to_string(text.size()));
    return text;
  };
  EXPECT_EQ(ids(R"({"column": "stage", "in": ["OFFER", "LOSE"]})"), "23");
  EXPECT_EQ(ids(R"({"column": "loss_reason", "in": [null]})"), "134");
  EXPECT_EQ(ids(R"({"column": "loss_reason", "in": ["PRICE"]})"), "2");
  EXPECT_EQ(ids(R"({"column": "stage", "in": ["nobody"]})"), "");
  EXPECT_EQ(ids(R"({"column": "amount", "from": 9, "to": 500})"), "34");
  EXPECT_EQ(ids(R"({"column": "amount", "in": [null]})"), "2");
  EXPECT_EQ(ids(R"({"column": "amount", "from": 100, "in": [null]})"), "12");
  EXPECT_EQ(ids(R"({"column": "created", "from": "2025-01-10", "to": "2025-02-20"})"), "12");
  EXPECT_EQ(ids(R"({"column": "next_step", "in": [null]})"), "124");
  EXPECT_EQ(ids(R"({"column": "days_on_stage", "from": 14, "to": 15})"), "3");
  EXPECT_EQ(ids(R"({"column": "created", "from": "2025-01-10"}, {"column": "amount", "from": 71})"), "1");
  EXPECT_EQ(ids(R"({"column": "amount", "from": 9})", R"(, "search": "перв")"), "1");
  const RecordPage past =
      Ask(R"({"measures": ["deals_in_work"], "period": {"from": "2025-02-01", "to": "2025-03-01"},
      "cell": {"measure": "deals_in_work", "values": {}}, "order": [{"by": "id"}],
      "narrow": [{"column": "days_on_stage", "from": 10}, {"column": "last_activity", "to": "2025-02-12"}]})");
  EXPECT_EQ(Cells(past, {"id", "days_on_stage"}), (Rows{{"2", "27"}}));
}

TEST_F(Records, TellWhatTheirColumnsHold) {
  const auto ask = [&](const std::string& column, const std::string& more = "") {
    return Ask(
        (R"({"measures": ["deals_all"], "cell": {"measure": "deals_all", "values": {}}, "values_of": ")" +
         column + "\"" + more + "}")
            .c_str());
  };
  Rows stages;
  const RecordPage page = ask("stage");
  for (const auto& [member, count] : *page.values)
    stages.push_back({member.id.value_or("null"), std::to_string(count)});
  EXPECT_EQ(stages, (Rows{{"WON", "2"}, {"OFFER", "1"}, {"LOSE", "1"}}));
  // Its own condition leaves the choice as it is, that of another column does not.
  const std::string own = R"(, "narrow": [{"column": "stage", "in": ["LOSE"]}])";
  EXPECT_EQ(ask("stage", own).values->size(), 3U);
  const RecordPage reasons = ask("loss_reason", own);
  ASSERT_EQ(reasons.values->size(), 1U);
  EXPECT_EQ(reasons.values->front().first.id, "PRICE");
  EXPECT_EQ(json::serialize(ask("amount").span), R"({"from":"9.00","to":"500.00","none":1})");
  EXPECT_EQ(json::serialize(ask("created").span), R"({"from":"2025-01-01","to":"2025-02-20","none":0})");
}

TEST_F(Records, OfARatioAreCalledByItsMeasures) {
  const char* request =
      R"({"measures": ["conversion_period"], "period": {"from": "2025-01-01", "to": "2025-04-01"},
      "cell": {"measure": "conversion_period", "values": {}}, "order": [{"by": "id"}], "narrow": []})";
  const RecordPage page = Ask(request);
  EXPECT_TRUE(page.parts.at("both").as_string() == "Deals won, Deals created");
  EXPECT_TRUE(page.parts.at("denominator").as_string() == "Deals created");
  EXPECT_EQ(Cells(page, {"id", "part"}),
            (Rows{{"1", "both"}, {"2", "denominator"}, {"3", "denominator"}, {"4", "both"}}));
  const RecordPage lost =
      Ask(R"({"measures": ["conversion_period"], "period": {"from": "2025-01-01", "to": "2025-04-01"},
      "cell": {"measure": "conversion_period", "values": {}}, "order": [{"by": "id"}],
      "narrow": [{"column": "part", "in": ["denominator"]}]})");
  EXPECT_EQ(Cells(lost, {"id"}), (Rows{{"2"}, {"3"}}));
}

TEST_F(Records, ComeInTheOrderOfTheirMeasure) {
  const RecordPage page =
      Ask(R"({"measures": ["deals_in_work"], "period": {"from": "2025-02-01", "to": "2025-03-01"},
      "cell": {"measure": "deals_in_work", "values": {}}})");
  EXPECT_EQ(Cells(page, {"id"}), (Rows{{"2"}, {"1"}, {"3"}}));  // those that hang longest in a stage first
  EXPECT_EQ(page.order, (std::vector<std::pair<std::string, bool>>{{"days_on_stage", true}}));
  const RecordPage forgotten =
      Ask(R"({"measures": [{"measure": "deals_forgotten", "args": {"days": 5}}], "as_of": "2025-02-28",
      "period": {"from": "2025-02-01", "to": "2025-03-01"}, "cell": {"measure": "deals_forgotten", "values": {}}})");
  ASSERT_FALSE(forgotten.order.empty());
  EXPECT_EQ(forgotten.order.front(), (std::pair<std::string, bool>{"last_activity", false}));
}

TEST_F(Records, RefuseWhatNoColumnCanMean) {
  const auto refusal = [&](const std::string& narrow) {
    const auto page = service_->Records(
        json::parse(R"({"measures": ["deals_all"], "cell": {"measure": "deals_all", "values": {}}, )" +
                    narrow + "}"),
        {.everything = true, .user_id = ""}, Language::kEnglish);
    return page.ok() ? std::string() : page.error().code + " " + page.error().place;
  };
  EXPECT_EQ(refusal(R"("narrow": [{"column": "stag", "in": ["x"]}])"), "bad_filter narrow[0].column");
  EXPECT_EQ(refusal(R"("narrow": [{"column": "title", "in": ["x"]}])"), "bad_filter narrow[0].column");
  EXPECT_EQ(refusal(R"("narrow": [{"column": "stage", "from": 1}])"), "bad_filter narrow[0]");
  EXPECT_EQ(refusal(R"("narrow": [{"column": "amount", "in": ["5"]}])"), "bad_filter narrow[0].in[0]");
  EXPECT_EQ(refusal(R"("narrow": [{"column": "amount", "from": "much"}])"), "bad_filter narrow[0].from");
  EXPECT_EQ(refusal(R"("narrow": [{"column": "created", "from": 7}])"), "bad_filter narrow[0].from");
  EXPECT_EQ(refusal(R"("narrow": [{"column": "amount", "from": 7, "to": 7}])"), "bad_filter narrow[0]");
  EXPECT_EQ(refusal(R"("narrow": [{"column": "amount"}])"), "bad_filter narrow[0]");
  EXPECT_EQ(refusal(R"("values_of": "part")"), "bad_filter values_of");
}

TEST_F(Records, NoCardIsInTheCellOfAStageOfTheOtherKind) {
  const auto total = [&](const std::string& measure, const std::string& stage) {
    return Ask((R"({"measures": [")" + measure + R"("], "cell": {"measure": ")" + measure +
                R"(", "values": {"stage": ")" + stage + R"("}}})")
                   .c_str())
        .total;
  };
  EXPECT_EQ(total("leads_created", "lead:NEW"), 1);
  EXPECT_EQ(total("leads_created", "NEW"), 1);
  EXPECT_EQ(total("leads_created", "deal:NEW"), 0);
  EXPECT_EQ(total("deals_created", "OFFER"), 1);
  EXPECT_EQ(total("deals_created", "lead:NEW"), 0);
}

}  // namespace
}  // namespace svodka::engine::testing
