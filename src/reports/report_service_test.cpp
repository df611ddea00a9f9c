#include "reports/report_service.hpp"

#include <algorithm>
#include <set>
#include <span>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "reports/fake_source.hpp"

namespace svodka::reports {
namespace {

class ReportServiceTest : public testing::Test {
 protected:
  ReportServiceTest() {
    Add("anna", "north", "new", "2025-01-10", "100.00");
    Add("anna", "north", "won", "2025-02-10", "250.50");
    Add("boris", "south", "won", "2025-02-20", "50.00");
    Add("boris", "south", "new", "2024-12-31", "7.00");
    portal_.id = "demo";
    portal_.zone = Zone::Find("Europe/Moscow").value();
    portal_.currency = "RUB";
    scope_.everything = true;
  }
  void Add(const char* employee, const char* department, const char* stage, const char* day,
           const char* amount) {
    source_.rows.push_back(
        {{{"employee", employee}, {"department", department}, {"stage", stage}, {"pipeline", "p"}},
         ParseDay(day).value(),
         Money::Parse(amount).value()});
  }
  static std::shared_ptr<const ReportModel> Shipped() {
    return ReportModel::Load(SVODKA_SOURCE_DIR "/models/reports", {}).value();
  }
  json::object Build(std::string_view state) {
    const ReportService service(source_, Shipped(), clock_);
    auto document = service.BuildDocument("sales_dynamics", ParseJson(state).value(), portal_, scope_);
    EXPECT_TRUE(document) << ToString(document.error());
    return std::move(document).value();
  }
  static const json::object& Widget(const json::object& document, std::string_view id) {
    for (const json::value& section : document.at("sections").get_array()) {
      for (const json::value& widget : section.at("widgets").get_array()) {
        if (widget.at("id").get_string() == id) return widget.get_object();
      }
    }
    throw std::out_of_range("no widget " + std::string(id));
  }
  static bool HasWidget(const json::object& document, std::string_view id) {
    try {
      Widget(document, id);
      return true;
    } catch (const std::out_of_range&) {
      return false;
    }
  }

  ManualClock clock_{ParseInstant("2025-03-02T09:00:00Z").value()};
  FakeSource source_;
  PortalFacts portal_;
  engine::Scope scope_;
};

const char* kQuarter = R"({"period": {"from": "2025-01-01", "to": "2025-04-01"}})";

TEST_F(ReportServiceTest, HeadSaysWhatIsShown) {
  const json::object document = Build(R"({"period": {"preset": "this_quarter"}, "compare": "previous"})");
  EXPECT_EQ(document.at("title"), "Динамика продаж");
  EXPECT_EQ(
      json::serialize(document.at("period")),
      R"({"from":"2025-01-01","to":"2025-04-01","label":"I квартал 2025","preset":"this_quarter","unfinished":true})");
  // 61 days of 2025 have begun by 2 March.
  EXPECT_EQ(document.at("comparison").at("from"), "2024-10-01");
  EXPECT_EQ(document.at("comparison").at("to"), "2024-12-01");
  EXPECT_EQ(document.at("as_of"), "2025-03-02");
  EXPECT_EQ(document.at("history").at("months").at(0).at("from"), "2024-12-01");
  EXPECT_TRUE(document.at("empty_because").is_null());
}

TEST_F(ReportServiceTest, CustomFieldsAreFiltersInTheSidePanel) {
  const json::object document = Build(kQuarter);
  EXPECT_EQ(
      json::serialize(document.at("filters").get_array().back()),
      R"({"dimension":"field:UF_1","label":"Себестоимость","kind":"range","place":"side","type":"money"})");
}

TEST_F(ReportServiceTest, ThePathOfADrillIsNamed) {
  const json::object document = Build(
      R"({"period": {"from": "2025-01-01", "to": "2025-04-01"}, "only": ["dynamics"],
          "widgets": {"dynamics": {"grain": "day", "path": [{"dimension": "month", "id": "2025-03-01"},
                                                            {"dimension": "employee", "id": "boris"}]}}})");
  EXPECT_EQ(json::serialize(Widget(document, "dynamics").at("state").at("path")),
            R"([{"dimension":"month","id":"2025-03-01","label":"март 2025"},)"
            R"({"dimension":"employee","id":"boris","label":"имя boris"}])");
}

TEST_F(ReportServiceTest, OnePageIsOneBatch) {
  const ReportService service(source_, Shipped(), clock_);
  ASSERT_TRUE(service.BuildDocument("sales_dynamics", ParseJson(kQuarter).value(), portal_, scope_));
  EXPECT_EQ(source_.batches, 2U);  // history once per data version, then the page
  ASSERT_TRUE(service.BuildDocument("sales_dynamics", ParseJson(kQuarter).value(), portal_, scope_));
  EXPECT_EQ(source_.batches, 3U);
}

/// The measure whose records the list of all deals shows.
std::string ListMeasure(const FakeSource& source) {
  return std::string(std::string_view(source.asked_records.back().at("cell").at("measure").get_string()));
}

TEST_F(ReportServiceTest, AChosenStageListsTheCardsThatStandThere) {
  const auto list_of = [&](const std::string& more) {
    (void)Build(R"({"period": {"from": "2025-01-01", "to": "2025-04-01"})" + more + "}");
    return ListMeasure(source_);
  };
  EXPECT_EQ(list_of(""), "deals_created");
  EXPECT_EQ(list_of(R"(, "cross": [{"widget": "stage_count", "dimension": "stage", "in": ["new"]}])"),
            "stage_created_count");
  EXPECT_EQ(list_of(R"(, "widgets": {"all_deals": {"filters": [{"dimension": "stage", "in": ["new"]}]}},
                      "switches": {"matrix_of": "open"})"),
            "stage_now_count");
  EXPECT_EQ(list_of(R"(, "filters": [{"dimension": "pipeline", "in": ["p"]}])"), "deals_created");
  portal_.after_sale = {"p"};
  EXPECT_EQ(list_of(R"(, "filters": [{"dimension": "pipeline", "in": ["p"]}])"), "stage_created_count");
  EXPECT_EQ(list_of(R"(, "filters": [{"dimension": "pipeline", "in": ["p", "q"]}])"), "deals_created");
}

TEST_F(ReportServiceTest, RowsOfTheClicksOnMonthsArePrepared) {
  const ReportService service(source_, Shipped(), clock_);
  const auto build = [&](const char* state) {
    ASSERT_TRUE(service.BuildDocument("sales_dynamics", ParseJson(state).value(), portal_, scope_));
  };
  build(kQuarter);
  // The latest first; on 2 March all three months have begun.
  std::vector<std::string> asked;
  ASSERT_EQ(source_.prepared.size(), 4U);
  EXPECT_EQ(source_.prepared[0].lists.at(0).at("cell").at("measure"), "stage_created_count");
  for (const engine::PageRequests& page : std::span(source_.prepared).subspan(1)) {
    EXPECT_EQ(page.lists.size(), 1U);
    std::set<std::string> periods;
    for (const json::value& request : page.requests) {
      if (request.at("measures").at(0) == "deals_created" && request.at("dimensions").get_array().empty())
        periods.insert(json::serialize(request.at("period")));
    }
    ASSERT_EQ(periods.size(), 1U);
    asked.push_back(*periods.begin());
  }
  EXPECT_EQ(asked, (std::vector<std::string>{R"({"from":"2025-03-01","to":"2025-04-01"})",
                                             R"({"from":"2025-02-01","to":"2025-03-01"})",
                                             R"({"from":"2025-01-01","to":"2025-02-01"})"}));
  // What it asks ahead is what the click asks.
  source_.asked.clear();
  build(R"({"period": {"from": "2025-01-01", "to": "2025-04-01"},
            "cross": [{"widget": "new_and_repeat", "dimension": "month", "in": ["2025-03-01"]}]})");
  for (const json::value& request : source_.prepared.at(1).requests)
    EXPECT_NE(std::find(source_.asked.begin(), source_.asked.end(), request), source_.asked.end())
        << json::serialize(request);
  EXPECT_EQ(source_.preparations, 1U);  // a page that is clicked already asks for no more

  build(kQuarter);
  EXPECT_EQ(source_.preparations, 2U);
  build(kQuarter);  // built anew because data changed, not because somebody turned to it
  EXPECT_EQ(source_.preparations, 2U);
  clock_.Advance(std::chrono::seconds{30});
  build(kQuarter);
  EXPECT_EQ(source_.preparations, 3U);
  build(R"({"period": {"from": "2025-03-01", "to": "2025-05-01"}})");  // April has not begun
  EXPECT_EQ(source_.prepared.size(), 1U);
}

TEST_F(ReportServiceTest, CrossFilterLeavesItsSourceAlone) {
  const json::object document = Build(
      R"({"period": {"from": "2025-01-01", "to": "2025-04-01"},
          "cross": [{"widget": "by_employee", "dimension": "employee", "in": ["anna"]}]})");
  const json::value& table = Widget(document, "by_employee").at("data");
  EXPECT_EQ(table.at("rows").get_array().size(), 2U);  // both departments still stand in the source
  EXPECT_TRUE(table.at("request").at("cross_filters").get_array().empty());
  const json::value& cards = Widget(document, "deal_cards").at("data");
  EXPECT_EQ(cards.at("cards").at(0).at("value").at("v"), 2);
  EXPECT_EQ(json::serialize(cards.at("request").at("cross_filters")),
            R"([{"dimension":"employee","in":["anna"]}])");
  EXPECT_EQ(document.at("selections").at(0).at("members").at(0).at("label"), "имя anna");
}

TEST_F(ReportServiceTest, AClickOnAMonthNarrowsThePeriodOfTheOthers) {
  const json::object document = Build(
      R"({"period": {"from": "2025-01-01", "to": "2025-04-01"},
          "cross": [{"widget": "dynamics", "dimension": "month", "in": ["2025-02-01"]}]})");
  EXPECT_EQ(Widget(document, "deal_cards").at("data").at("cards").at(0).at("value").at("v"), 2);
  EXPECT_EQ(Widget(document, "dynamics").at("data").at("points").get_array().size(), 3U);
  EXPECT_EQ(document.at("selections").at(0).at("members").at(0).at("label"), "февраль 2025");
}

TEST_F(ReportServiceTest, CardsCarryTheShapeOfThePeriod) {
  const json::object document = Build(kQuarter);
  const json::value& card = Widget(document, "deal_cards").at("data").at("cards").at(0);
  // A quarter by weeks: those begun by Sunday 2 March 2025, the week of 30 December first; they add up to the
  // card.
  const json::array& spark = card.at("spark").get_array();
  EXPECT_EQ(spark.size(), 9U);
  int64_t sum = 0;
  for (const json::value& bucket : spark) sum += bucket.to_number<int64_t>();
  EXPECT_EQ(sum, card.at("value").at("v").to_number<int64_t>());
}

TEST_F(ReportServiceTest, TableIsATreeWithTotals) {
  const json::object document = Build(kQuarter);
  const json::value& data = Widget(document, "by_employee").at("data");
  size_t amount = 0;
  for (; data.at("measures").at(amount).at("id") != "won_amount";) ++amount;
  const json::value& north = data.at("rows").at(0);
  EXPECT_EQ(north.at("member").at("id"), "north");
  EXPECT_EQ(north.at("values").at(amount).at("v"), "350.50");
  EXPECT_EQ(north.at("rows").at(0).at("member").at("id"), "anna");
  EXPECT_EQ(data.at("total").at(amount).at("v"), "400.50");
  EXPECT_EQ(data.at("levels").at(1).at("dimension"), "employee");
}

TEST_F(ReportServiceTest, TableSortsEveryLevel) {
  Add("aaron", "south", "won", "2025-02-21", "60.00");
  const json::object document = Build(
      R"({"period": {"from": "2025-01-01", "to": "2025-04-01"},
          "widgets": {"by_employee": {"order": {"by": "won_amount", "descending": false}}}})");
  const json::value& rows = Widget(document, "by_employee").at("data").at("rows");
  EXPECT_EQ(rows.at(0).at("member").at("id"), "south");  // 110 < 350.50
  EXPECT_EQ(rows.at(0).at("rows").at(0).at("member").at("id"), "boris");
}

TEST_F(ReportServiceTest, MatrixHasCellsRowTotalsAndColumnTotals) {
  const json::object document = Build(kQuarter);
  const json::value& data = Widget(document, "deal_matrix").at("data");
  ASSERT_EQ(data.at("columns").get_array().size(), 2U);
  EXPECT_EQ(data.at("columns").at(1).at("id"), "boris");
  const json::value& pipeline = data.at("rows").at(0);
  EXPECT_EQ(pipeline.at("cells").at(0).at(0).at("v"), 2);  // Anna's deals of the pipeline
  EXPECT_EQ(pipeline.at("total").at(1).at("v"), "400.50");
  const json::value& fresh = pipeline.at("rows").at(0);
  EXPECT_EQ(fresh.at("member").at("id"), "new");
  EXPECT_TRUE(fresh.at("cells").at(1).is_null());  // Boris has none there in the period
  EXPECT_EQ(data.at("total").at("cells").at(1).at(1).at("v"), "50.00");
  EXPECT_EQ(data.at("total").at("total").at(0).at("v"), 3);
}

TEST_F(ReportServiceTest, SwitchesChooseMeasures) {
  const auto measures = [&](std::string_view state) {
    source_.asked_records.clear();
    Build(state);
    return source_.asked_records.at(0).at("measures").at(0);
  };
  EXPECT_EQ(measures(R"({})"), "deals_created");
  EXPECT_EQ(measures(R"({"switches": {"closed_deals": "hidden"}})"), "in_work_created");
  EXPECT_EQ(measures(R"({"switches": {"closed_deals": "hidden", "matrix_of": "open"}})"), "deals_in_work");
  const json::object document = Build(R"({"switches": {"matrix_of": "open"}, "language": "en"})");
  const json::value& cards = Widget(document, "deal_cards").at("data").at("measures");
  EXPECT_EQ(cards.at(6).at("id"), "deals_in_work");
  EXPECT_EQ(cards.at(6).at("label"), "In work, all open");
}

TEST_F(ReportServiceTest, SeriesMarksUnfinishedPointsAndLeavesTheFutureEmpty) {
  clock_.Set(ParseInstant("2025-02-15T09:00:00Z").value());
  const json::object document = Build(kQuarter);
  const json::value& data = Widget(document, "dynamics").at("data");
  ASSERT_EQ(data.at("points").get_array().size(), 3U);
  EXPECT_EQ(data.at("points").at(0).at("partial"), false);
  EXPECT_EQ(data.at("points").at(0).at("label"), "янв 25");
  EXPECT_EQ(data.at("points").at(1).at("partial"), true);
  EXPECT_EQ(data.at("series").at(0).at("values").at(0).at("v"), "100.00");
  EXPECT_TRUE(data.at("series").at(0).at("values").at(2).at("v").is_null());
}

TEST_F(ReportServiceTest, SeriesByEmployeeAddsTheRestExactly) {
  for (int i = 0; i < 10; ++i) Add(("e" + std::to_string(i)).c_str(), "east", "won", "2025-01-05", "0.10");
  const json::object document = Build(
      R"({"period": {"from": "2025-01-01", "to": "2025-04-01"}, "widgets": {"dynamics_by_employee": {"measure": "won_amount"}}})");
  Money sum;
  for (const json::value& series :
       Widget(document, "dynamics_by_employee").at("data").at("series").get_array()) {
    for (const json::value& value : series.at("values").get_array()) {
      if (value.at("v").is_string())
        sum += Money::Parse(std::string_view(value.at("v").get_string())).value();
    }
  }
  EXPECT_EQ(sum.ToString(), "401.50");
}

TEST_F(ReportServiceTest, ComparisonFromZeroIsNew) {
  const json::object document =
      Build(R"({"period": {"from": "2025-01-01", "to": "2025-04-01"}, "compare": "year_ago"})");
  const json::value& value = Widget(document, "deal_cards").at("data").at("cards").at(0).at("value");
  EXPECT_EQ(value.at("base"), 0);
  EXPECT_TRUE(value.at("delta_pct").is_null());
  EXPECT_EQ(value.at("new"), true);
}

TEST_F(ReportServiceTest, ListTakesItsColumnsInOrderAndKeepsLinks) {
  const json::object document = Build(kQuarter);
  const json::value& data = Widget(document, "all_deals").at("data");
  ASSERT_EQ(data.at("columns").get_array().size(), 2U);
  EXPECT_EQ(data.at("columns").at(0).at("id"), "amount");
  EXPECT_EQ(data.at("rows").at(0).at("link"), "https://example.org/crm/1");
  EXPECT_EQ(data.at("rows").at(0).at("cells").at(1).at("id"), "anna");
  EXPECT_EQ(data.at("total"), 3);
}

TEST_F(ReportServiceTest, WithoutLeadsNothingSpeaksOfLeads) {
  portal_.has_leads = false;
  source_.asked.clear();
  const json::object document = Build(R"({"widgets": {"dynamics": {"measure": "leads_created"}}})");
  EXPECT_FALSE(HasWidget(document, "lead_cards"));
  EXPECT_FALSE(HasWidget(document, "lead_matrix"));
  for (const json::value& request : source_.asked) {
    EXPECT_EQ(json::serialize(request.at("measures")).find("lead"), std::string::npos)
        << json::serialize(request);
  }
}

TEST_F(ReportServiceTest, EmptyReportNamesTheSelectionThatEmptiesIt) {
  const json::object document = Build(
      R"({"period": {"from": "2025-01-01", "to": "2025-04-01"},
          "filters": [{"dimension": "pipeline", "in": ["p"]}, {"dimension": "employee", "in": ["nobody"]}]})");
  EXPECT_EQ(document.at("empty_because").at("dimension"), "employee");
  const json::object period = Build(R"({"period": {"from": "2020-01-01", "to": "2020-02-01"}})");
  EXPECT_EQ(period.at("empty_because").at("dimension"), "period");
  EXPECT_EQ(period.at("empty_because").at("members").at(0).at("label"), "январь 2020");
  const json::object two = Build(
      R"({"filters": [{"dimension": "pipeline", "in": ["q"]}], "period": {"preset": "all"},
          "cross": [{"widget": "by_employee", "dimension": "employee", "in": ["nobody"]}]})");
  EXPECT_EQ(two.at("empty_because").at("dimension"), "pipeline");
}

TEST_F(ReportServiceTest, DefaultPeriodGoesBackToWhereDataIs) {
  clock_.Set(ParseInstant("2026-11-22T09:00:00Z").value());
  const json::object document = Build("{}");
  EXPECT_EQ(document.at("period").at("label"), "I квартал 2025");
  EXPECT_EQ(document.at("period").at("unfinished"), false);
}

TEST_F(ReportServiceTest, OnlyBuildsOneWidget) {
  source_.asked.clear();
  const json::object document = Build(
      R"({"period": {"from": "2025-01-01", "to": "2025-04-01"}, "only": ["dynamics"],
          "widgets": {"dynamics": {"grain": "quarter", "path": [{"dimension": "employee", "id": "boris"}]}}})");
  EXPECT_EQ(source_.asked.size(), 2U);
  const json::value& data = Widget(document, "dynamics").at("data");
  EXPECT_EQ(data.at("points").get_array().size(), 1U);
  EXPECT_EQ(data.at("series").at(0).at("values").at(0).at("v"), "50.00");
  EXPECT_FALSE(Widget(document, "deal_cards").contains("data"));
}

TEST_F(ReportServiceTest, AFailingWidgetLeavesTheOthers) {
  source_.broken["deals_all"] = {"deadline", "too slow", "", {}};
  source_.broken["stage_days_created"] = {"deadline", "too slow", "", {}};
  const json::object document = Build(kQuarter);
  EXPECT_EQ(Widget(document, "deal_matrix").at("error").at("code"), "deadline");
  EXPECT_TRUE(Widget(document, "stage_count").contains("data"));
}

TEST_F(ReportServiceTest, BadStateIsToldWithPlaces) {
  const ReportService service(source_, Shipped(), clock_);
  const auto bad = [&](std::string_view report, std::string_view state) {
    const auto document = service.BuildDocument(report, ParseJson(state).value(), portal_, scope_);
    EXPECT_FALSE(document) << state;
    return document ? Diagnostic{} : document.error();
  };
  EXPECT_EQ(bad("sales_dynamic", "{}").nearest.front(), "sales_dynamics");
  EXPECT_EQ(bad("sales_dynamics", R"({"filters": [{"dimension": "emploee", "in": ["7"]}]})").place,
            "filters[0].dimension");
  EXPECT_EQ(bad("sales_dynamics", R"({"switches": {"matrix_of": "opened"}})").nearest.front(), "open");
  EXPECT_EQ(bad("sales_dynamics", R"({"widgets": {"dynamic": {}}})").code, "unknown_widget");
  EXPECT_EQ(bad("sales_dynamics", R"({"widgets": {"dynamics": {"measure": "won_amounts"}}})").place,
            "widgets.dynamics.measure");
  EXPECT_EQ(bad("sales_dynamics", R"({"period": {"from": "2025-02-30", "to": "2025-03-01"}})").code,
            "bad_date");
  EXPECT_EQ(bad("sales_dynamics", R"({"perod": null})").code, "unknown_key");
  EXPECT_EQ(bad("sales_dynamics", R"([1])").code, "bad_state");
  EXPECT_EQ(bad("sales_dynamics", R"({"widgets": {"all_deals": {"limit": 5000}}})").place,
            "widgets.all_deals.limit");
}

TEST_F(ReportServiceTest, ACancelledBuildStops) {
  std::stop_source stop;
  stop.request_stop();
  const ReportService service(source_, Shipped(), clock_);
  EXPECT_EQ(
      service.BuildDocument("sales_dynamics", json::object{}, portal_, scope_, stop.get_token()).error().code,
      "cancelled");
}

/// Every widget's data against docs/document.md.
void CheckMeasures(const json::value& data) {
  for (const json::value& measure : data.at("measures").get_array()) {
    for (const char* key : {"id", "label", "definition", "format", "unit", "direction"}) {
      EXPECT_TRUE(measure.at(key).is_string()) << key;
    }
    EXPECT_TRUE(measure.at("additive").is_bool());
  }
}
void CheckValues(const json::value& values, size_t count) {
  ASSERT_EQ(values.get_array().size(), count);
  for (const json::value& value : values.get_array()) EXPECT_TRUE(value.get_object().contains("v"));
}
void CheckRows(const json::value& rows, size_t count) {
  for (const json::value& row : rows.get_array()) {
    EXPECT_TRUE(row.at("member").at("label").is_string());
    CheckValues(row.at("values"), count);
    EXPECT_EQ(row.at("expandable").as_bool(), !row.at("rows").get_array().empty());
    CheckRows(row.at("rows"), count);
  }
}

TEST_F(ReportServiceTest, EveryWidgetHasTheShapeOfTheContract) {
  const json::object document = Build(kQuarter);
  size_t widgets = 0;
  for (const json::value& section : document.at("sections").get_array()) {
    for (const json::value& widget : section.at("widgets").get_array()) {
      ++widgets;
      const std::string_view kind = widget.at("kind").get_string();
      ASSERT_TRUE(widget.as_object().contains("data")) << json::serialize(widget.at("id"));
      const json::value& data = widget.at("data");
      EXPECT_TRUE(data.at("request").at("filters").is_array());
      if (kind != "list") CheckMeasures(data);
      const size_t count = kind == "list" ? 0 : data.at("measures").get_array().size();
      if (kind == "cards") {
        ASSERT_EQ(data.at("cards").get_array().size(), count);
      } else if (kind == "series") {
        for (const json::value& series : data.at("series").get_array()) {
          CheckValues(series.at("values"), data.at("points").get_array().size());
        }
      } else if (kind == "bars") {
        for (const json::value& row : data.at("rows").get_array()) CheckValues(row.at("values"), count);
      } else if (kind == "table") {
        CheckRows(data.at("rows"), count);
        CheckValues(data.at("total"), count);
      } else if (kind == "matrix") {
        for (const json::value& row : data.at("rows").get_array()) {
          EXPECT_EQ(row.at("cells").get_array().size(), data.at("columns").get_array().size());
          CheckValues(row.at("total"), count);
        }
      } else {
        ASSERT_EQ(kind, "list");
        for (const json::value& row : data.at("rows").get_array()) {
          EXPECT_EQ(row.at("cells").get_array().size(), data.at("columns").get_array().size());
        }
      }
    }
  }
  EXPECT_EQ(widgets, 13U);
}

}  // namespace
}  // namespace svodka::reports
