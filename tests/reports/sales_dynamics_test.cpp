#include <iterator>

#include <gtest/gtest.h>

#include "render/render.hpp"
#include "shipped_report.hpp"

/// Every widget of the report answers under every switch, and its numbers equal SQL over the star.
namespace svodka::reports {
namespace {

class SalesDynamics : public testing::ShippedReport {
 protected:
  json::object Build(std::string_view state) { return ShippedReport::Build("sales_dynamics", state); }
};

// 2025-01-01 is day 20089, 2025-04-01 day 20179.
constexpr const char* kQuarter = R"("period": {"from": "2025-01-01", "to": "2025-04-01"})";

TEST_F(SalesDynamics, EveryWidgetAnswersUnderEverySwitch) {
  const char* more[] = {
      R"("compare": "previous")",
      R"("compare": "year_ago", "language": "en")",
      R"("compare": "years_3")",
      R"("cross": [{"widget": "stage_count", "dimension": "stage", "in": ["OFFER"]}])",
      R"("cross": [{"widget": "by_age", "dimension": "age", "in": ["0-30"]}])",
      R"("cross": [{"widget": "dynamics", "dimension": "month", "in": ["2025-01-01", "2025-03-01"]}])"};
  size_t turn = 0;
  for (const char* of : {"created", "open"}) {
    for (const char* rule : {"won", "any"}) {
      for (const char* closed : {"shown", "hidden"}) {
        const json::object document = Build(std::string("{") + kQuarter + R"(, "switches": {"matrix_of": ")" +
                                            of + R"(", "repeat_rule": ")" + rule + R"(", "closed_deals": ")" +
                                            closed + "\"}, " + more[turn++ % std::size(more)] + "}");
        ExpectNoFailure(document);
        EXPECT_FALSE(render::RenderTerminal(document).empty());
        EXPECT_FALSE(render::RenderCsv(document).empty());
      }
    }
  }
}

TEST_F(SalesDynamics, EveryMeasureOfTheDynamicsAnswersInEveryGrain) {
  const json::object whole = Build(std::string("{") + kQuarter + "}");
  for (const char* widget : {"dynamics", "dynamics_by_employee", "new_and_repeat"}) {
    for (const json::value& measure : Widget(whole, widget).at("state").at("measures").get_array()) {
      EXPECT_NE(measure.at("label"), measure.at("id"));
      for (const json::value& grain : Widget(whole, widget).at("state").at("grains").get_array()) {
        if (grain != "month" && measure.at("id") != "deals_in_work") continue;  // the other grains once
        json::object state = ParseJson(std::string("{") + kQuarter + "}").value().as_object();
        state["only"] = json::array{json::value(widget)};
        state["widgets"] =
            json::object{{widget, json::object{{"measure", measure.at("id")}, {"grain", grain}}}};
        const json::object document = Build(json::serialize(state));
        ASSERT_TRUE(Widget(document, widget).contains("data")) << json::serialize(Widget(document, widget));
        EXPECT_FALSE(Widget(document, widget).at("data").at("points").get_array().empty());
      }
    }
  }
}

TEST_F(SalesDynamics, CardsEqualPlainSql) {
  const json::object document = Build(std::string("{") + kQuarter + "}");
  EXPECT_EQ(Card(document, "deal_cards", "deals_created"),
            Count("SELECT count(*) FROM f_deal WHERE NOT deleted AND NOT after_sale AND created_day BETWEEN "
                  "20089 AND 20178"));
  EXPECT_EQ(Card(document, "deal_cards", "deals_won"),
            Count("SELECT count(*) FROM f_deal WHERE NOT deleted AND NOT after_sale AND closed_semantic = 1 "
                  "AND closed_day BETWEEN 20089 AND 20178"));
  EXPECT_EQ(Card(document, "lead_cards", "leads_created"),
            Count("SELECT count(*) FROM f_lead WHERE NOT deleted AND created_day BETWEEN 20089 AND 20178"));
}

TEST_F(SalesDynamics, MatrixAndListAgreeWithTheCards) {
  const json::object document = Build(std::string("{") + kQuarter +
                                      R"(, "switches": {"matrix_of": "open", "closed_deals": "hidden"}})");
  const json::value& in_work = Card(document, "deal_cards", "deals_in_work");
  EXPECT_EQ(Widget(document, "deal_matrix").at("data").at("total").at("total").at(0).at("v"), in_work);
  EXPECT_EQ(Widget(document, "all_deals").at("data").at("total"), in_work);
  int64_t stages = 0;
  for (const json::value& row : Widget(document, "stage_count").at("data").at("rows").get_array()) {
    stages += row.at("values").at(0).at("v").to_number<int64_t>();
  }
  EXPECT_EQ(stages, in_work.to_number<int64_t>());
  EXPECT_EQ(Widget(document, "lead_matrix").at("data").at("total").at("total").at(0).at("v"),
            Card(document, "lead_cards", "leads_in_work"));
  const json::array& columns = Widget(document, "all_deals").at("data").at("columns").get_array();
  EXPECT_EQ(columns.size(), 12U) << json::serialize(columns);
}

TEST_F(SalesDynamics, APipelineFilterLeavesLeadsAlone) {
  const json::object all = Build(std::string("{") + kQuarter + "}");
  const json::object one =
      Build(std::string("{") + kQuarter + R"(, "filters": [{"dimension": "pipeline", "in": ["0"]}]})");
  EXPECT_EQ(Card(one, "lead_cards", "leads_created"), Card(all, "lead_cards", "leads_created"));
  EXPECT_NE(Card(one, "deal_cards", "deals_created"), Card(all, "deal_cards", "deals_created"));
}

TEST_F(SalesDynamics, TableTotalsAreThoseOfTheCards) {
  const json::object document = Build(std::string("{") + kQuarter + "}");
  const json::value& data = Widget(document, "by_employee").at("data");
  for (size_t i = 0; i < data.at("measures").get_array().size(); ++i) {
    const std::string_view measure = data.at("measures").at(i).at("id").get_string();
    if (measure == "deals_won" || measure == "won_amount" || measure == "avg_won" || measure == "won_cycle") {
      EXPECT_EQ(data.at("total").at(i).at("v"), Card(document, "deal_cards", measure)) << measure;
    }
  }
}

/// The cards are of 2024 and 2025, the period of 2026: only the year two before holds something.
TEST_F(SalesDynamics, SeveralEarlierYearsStandBesideThePeriod) {
  clock_.Set(ParseInstant("2026-12-01T09:00:00Z").value());
  const json::object document = Build(
      R"({"period": {"from": "2026-09-01", "to": "2026-11-01"}, "compare": "years_3", "language": "en"})");
  ExpectNoFailure(document);
  const json::value& comparison = document.at("comparison");
  EXPECT_EQ(comparison.at("label"), "to earlier years: 2025, 2024, 2023");
  EXPECT_EQ(comparison.at("from"), "2025-09-01");
  ASSERT_EQ(comparison.at("earlier").get_array().size(), 2U);
  EXPECT_EQ(comparison.at("earlier").at(0).at("from"), "2024-09-01");
  EXPECT_EQ(comparison.at("earlier").at(0).at("to"), "2024-11-01");

  // 2024-09-01 is day 19967, 2024-11-01 day 20028.
  const int64_t created = Count(
      "SELECT count(*) FROM f_deal WHERE NOT deleted AND NOT after_sale AND created_day BETWEEN 19967 AND "
      "20027");
  ASSERT_GT(created, 0);
  for (const json::value& card : Widget(document, "deal_cards").at("data").at("cards").get_array()) {
    if (card.at("measure") != "deals_created") continue;
    EXPECT_EQ(card.at("value").at("v"), 0);
    EXPECT_EQ(card.at("value").at("base"), 0);
    EXPECT_EQ(card.at("value").at("earlier"), (json::array{created, 0}));
  }
  // Employees who only worked two years ago have a row, and the rows make up the total.
  const json::value& data = Widget(document, "by_employee").at("data");
  const int64_t won = Count(
      "SELECT count(*) FROM f_deal WHERE NOT deleted AND NOT after_sale AND closed_semantic = 1 AND "
      "closed_day "
      "BETWEEN 19967 AND 20027");
  ASSERT_GT(won, 0);
  for (size_t i = 0; i < data.at("measures").get_array().size(); ++i) {
    if (data.at("measures").at(i).at("id") != "deals_won") continue;
    int64_t sum = 0;
    for (const json::value& row : data.at("rows").get_array()) {
      sum += row.at("values").at(i).at("earlier").at(0).to_number<int64_t>();
    }
    EXPECT_EQ(sum, won);
    EXPECT_EQ(data.at("total").at(i).at("earlier").at(0), won);
  }
  EXPECT_NE(render::RenderCsv(document).find(", 2024"), std::string::npos);
}

TEST_F(SalesDynamics, AStackHasItsLinesOverTheSumOfItsParts) {
  const json::object document = Build(
      R"({"period": {"from": "2024-06-01", "to": "2025-03-01"}, "widgets": {"new_and_repeat": {"measure": "deals_won", "grain": "month"}}})");
  const json::value& data = Widget(document, "new_and_repeat").at("data");
  const auto won = [&](size_t point) {
    double sum = 0;
    for (const json::value& part : data.at("series").get_array()) {
      const json::value& value = part.at("values").at(point).at("v");
      if (!value.is_null()) sum += value.to_number<double>();
    }
    return sum;
  };
  const json::array& average = data.at("whole").at("moving_average").get_array();
  ASSERT_EQ(average.size(), 9U);
  EXPECT_NEAR(average.at(8).to_number<double>(), (won(6) + won(7) + won(8)) / 3, 1e-9);
  EXPECT_FALSE(data.at("whole").at("trend").at(0).is_null());
  EXPECT_FALSE(data.at("series").at(0).get_object().contains("trend"));
}

TEST_F(SalesDynamics, ComparisonLabelHasTheEnginesOwnRange) {
  const json::object document = Build(R"({"period": {"preset": "this_quarter"}, "compare": "previous"})");
  const json::value request = {{"measures", {"deals_won"}},
                               {"period", {{"from", "2025-01-01"}, {"to", "2025-04-01"}}},
                               {"compare", "previous"}};
  const auto table = service_->Query(request, scope_, engine::Language::kRussian);
  ASSERT_TRUE(table);
  const json::value& base = table->notes.at("base_period");
  EXPECT_EQ(document.at("comparison").at("from"), base.at("from"));
  EXPECT_EQ(document.at("comparison").at("to"), base.at("to"));
}

}  // namespace
}  // namespace svodka::reports
