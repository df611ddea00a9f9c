#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "render/render.hpp"
#include "shipped_report.hpp"

/// What holds of every report of the catalogue, and of the widgets that make figures of their own (shares,
/// changes).
namespace svodka::reports {
namespace {

constexpr const char* kQuarter = R"("period": {"from": "2025-01-01", "to": "2025-04-01"})";

class Catalogue : public testing::ShippedReport {
 protected:
  json::object State(std::string_view more = "") {
    std::string text = std::string("{") + kQuarter;
    if (!more.empty()) text += std::string(", ") + std::string(more);
    return ParseJson(text + "}").value().as_object();
  }
  json::object Build(const std::string& report, const json::object& state) {
    return ShippedReport::Build(report, json::serialize(state));
  }
  Result<engine::Table> Query(std::string_view request) {
    return service_->Query(ParseJson(request).value(), scope_, engine::Language::kEnglish, {});
  }
};

TEST_F(Catalogue, HoldsTheReportsOfTheProductInTheirOrder) {
  EXPECT_EQ(model_->ids(), (std::vector<std::string>{"sales_dynamics", "manager_efficiency", "marketing",
                                                     "head_of_sales", "activity", "pipeline_now", "classics",
                                                     "growth", "clients", "lead_plan", "data_quality"}));
}

/// Parts of a page are told apart by their names, also by ear.
TEST_F(Catalogue, SectionsAndWidgetsOfAReportHaveNamesOfTheirOwn) {
  for (const ReportDefinition& report : model_->reports()) {
    std::set<std::string> ru, en;
    const auto own = [&](const Text& title) {
      EXPECT_TRUE(ru.insert(title.ru).second) << report.id << ": " << title.ru;
      EXPECT_TRUE(en.insert(title.en).second) << report.id << ": " << title.en;
    };
    for (const SectionDefinition& section : report.sections) {
      own(section.title);
      for (const WidgetDefinition& widget : section.widgets) own(widget.title);
    }
  }
}

TEST_F(Catalogue, EveryReportAnswersUnderEverySwitchAndInBothLanguages) {
  for (const ReportDefinition& report : model_->reports()) {
    SCOPED_TRACE(report.id);
    for (const char* more :
         {R"("language": "ru")", R"("language": "en", "compare": "previous")", R"("compare": "years_2")",
          R"("compare": "none", "period": {"preset": "all"})"}) {
      json::object state = ParseJson(std::string("{") + more + "}").value().as_object();
      if (!state.contains("period")) state["period"] = State().at("period");
      const json::object document = Build(report.id, state);
      ExpectNoFailure(document);
      EXPECT_FALSE(render::RenderTerminal(document).empty());
      EXPECT_FALSE(render::RenderCsv(document).empty());
    }
    for (const SwitchDefinition& one : report.switches) {
      for (const SwitchOption& option : one.options) {
        json::object state = State();
        state["switches"] = json::object{{one.id, option.id}};
        ExpectNoFailure(Build(report.id, state));
      }
    }
  }
}

TEST_F(Catalogue, EveryChoiceAndLevelOfEveryWidgetAnswers) {
  for (const ReportDefinition& report : model_->reports()) {
    for (const SectionDefinition& section : report.sections) {
      for (const WidgetDefinition& widget : section.widgets) {
        const bool nests = widget.kind == WidgetKind::kTable || widget.kind == WidgetKind::kMatrix;
        // Each choice at the first level, each level with the first choice.
        std::vector<json::object> states;
        for (const MeasureChoice& choice : widget.choices) states.push_back({{"measure", choice.id}});
        for (size_t level = 0; !nests && level < widget.levels.size(); ++level)
          states.push_back({{"level", level}});
        for (const json::object& own : states) {
          SCOPED_TRACE(report.id + " " + widget.id + " " + json::serialize(own));
          json::object state = State();
          state["only"] = json::array{json::value(widget.id)};
          state["widgets"] = json::object{{widget.id, own}};
          const json::object document = Build(report.id, state);
          // The random company has no custom fields: a widget of these alone is not there.
          if (widget.levels == std::vector<std::string>{std::string(kDealFields)}) continue;
          ASSERT_TRUE(Widget(document, widget.id).contains("data"))
              << json::serialize(Widget(document, widget.id));
        }
      }
    }
  }
}

/// A name that a reader meets is a name, not an id; each in both languages.
TEST_F(Catalogue, EveryMeasureShownHasALabelAndADefinitionInBothLanguages) {
  for (const ReportDefinition& report : model_->reports()) {
    for (const char* language : {"ru", "en"}) {
      json::object state = State();
      state["language"] = language;
      const json::object document = Build(report.id, state);
      for (const json::value& section : document.at("sections").get_array()) {
        for (const json::value& widget : section.at("widgets").get_array()) {
          SCOPED_TRACE(report.id + " " + std::string(widget.at("id").get_string()) + " " + language);
          const json::value* data = widget.get_object().if_contains("data");
          const json::value* measures = data == nullptr ? nullptr : FindMember(*data, "measures");
          if (measures == nullptr) continue;
          std::set<std::string> ids;
          for (const json::value& measure : measures->get_array()) {
            EXPECT_FALSE(measure.at("definition").get_string().empty());
            EXPECT_NE(measure.at("label"), measure.at("id"));
            EXPECT_TRUE(ids.insert(std::string(measure.at("id").get_string())).second)
                << "two columns of one id: " << measure.at("id");
          }
        }
      }
    }
  }
}

/// Rises, falls and the rest make the change of the whole, to the kopeck; each is now less before by itself.
TEST_F(Catalogue, ChangesAddUp) {
  size_t seen = 0;
  for (const char* choice : {"won_amount", "deals_won", "deals_created"}) {
    for (const size_t level : {0, 1, 8}) {
      json::object state = State();
      state["only"] = json::array{"changes"};
      state["widgets"] =
          json::object{{"changes", json::object{{"measure", choice}, {"level", level}, {"limit", 2}}}};
      const json::object document = Build("growth", state);
      const json::value& data = Widget(document, "changes").at("data");
      const auto minor = [](const json::value& value) -> int64_t {
        if (value.is_string()) return Money::Parse(std::string_view(value.get_string())).value().minor();
        return value.is_null() ? 0 : static_cast<int64_t>(value.to_number<double>() * 100);
      };
      int64_t sum = minor(data.at("rest"));
      for (const char* way : {"up", "down"}) {
        EXPECT_LE(data.at(way).get_array().size(), 2U);
        for (const json::value& row : data.at(way).get_array()) {
          const json::value& value = row.at("values").at(0);
          EXPECT_EQ(minor(row.at("change")), minor(value.at("v")) - minor(value.at("base")));
          EXPECT_EQ(minor(row.at("change")) > 0, std::string_view(way) == "up");
          sum += minor(row.at("change"));
          ++seen;
        }
      }
      EXPECT_EQ(sum, minor(data.at("total").at("v")) - minor(data.at("total").at("base"))) << choice << level;
    }
  }
  EXPECT_GT(seen, 8U);
}

/// Factors add up to the change, and so do the members and the rest: money to the kopeck, shares to 1e-9.
TEST_F(Catalogue, ExplanationsAddUp) {
  for (const char* language : {"ru", "en"}) {
    for (const char* choice :
         {"won_amount", "deals_won", "conversion_period", "lead_conversion_period", "deals_created"}) {
      SCOPED_TRACE(std::string(choice) + " " + language);
      json::object state = State();
      state["language"] = language;
      state["compare"] = "previous";
      state["only"] = json::array{"explanation"};
      state["widgets"] = json::object{{"explanation", json::object{{"measure", choice}}}};
      const json::object document = Build("growth", state);
      ASSERT_TRUE(Widget(document, "explanation").contains("data"));
      const json::object& data = Widget(document, "explanation").at("data").get_object();
      const bool money = std::string_view(choice) == "won_amount";
      const auto number = [&](const json::value& value) -> double {
        if (value.is_null()) return 0;
        if (value.is_string())
          return static_cast<double>(Money::Parse(std::string_view(value.get_string())).value().minor());
        return value.to_number<double>() * (money ? 100 : 1);
      };
      const double change = number(data.at("total").at("v")) - number(data.at("total").at("base"));
      ASSERT_NE(change, 0);
      double factors = 0;
      for (const json::value& factor : data.at("factors").get_array()) factors += number(factor.at("change"));
      if (std::string_view(choice) == "deals_created") {
        EXPECT_TRUE(data.at("factors").get_array().empty());
      } else {
        EXPECT_GE(data.at("factors").get_array().size(), 2U);
        EXPECT_NEAR(factors, change, money ? 0 : 1e-9);
      }
      double members = number(data.at("rest"));
      for (const char* way : {"up", "down"}) {
        for (const json::value& row : data.at(way).get_array()) members += number(row.at("change"));
      }
      EXPECT_NEAR(members, change, money ? 0 : 1e-9);
      std::string words;
      for (const json::value& part : data.at("sentence").get_array())
        words += part.is_string() ? std::string(part.get_string()) : "#";
      EXPECT_GT(words.size(), 20U) << words;
      EXPECT_EQ(words.find("За счёт чего") != std::string::npos,
                std::string_view(language) == "ru" && std::string_view(choice) != "deals_created");
    }
  }
}

/// Of a furthest-stage funnel no stage has more than the one before, and shares are of the counts beside
/// them.
TEST_F(Catalogue, FunnelSharesAreOfTheirPipeline) {
  json::object state = State();
  state["only"] = json::array{"funnel"};
  const json::object document = Build("classics", state);
  std::map<std::string, std::pair<int64_t, int64_t>> before;  // first and former of each pipeline
  size_t rows = 0;
  for (const json::value& row : Widget(document, "funnel").at("data").at("rows").get_array()) {
    const auto count = row.at("values").at(0).at("v").to_number<int64_t>();
    const std::string pipeline = FindString(row.at("member"), "parent").value_or("");
    const auto [place, fresh] = before.try_emplace(pipeline, count, count);
    EXPECT_EQ(row.at("of_former").is_null(), fresh);
    if (place->second.first > 0) {
      EXPECT_DOUBLE_EQ(row.at("of_first").at("v").to_number<double>(),
                       static_cast<double>(count) / static_cast<double>(place->second.first));
    }
    EXPECT_LE(count, place->second.second);
    place->second.second = count;
    ++rows;
  }
  EXPECT_GT(rows, 2U);
}

TEST_F(Catalogue, PointsAreThePairsOfTwoQueriesAndNobodyIsNoPoint) {
  json::object state = State();
  state["only"] = json::array{"activities"};
  const json::object document = Build("classics", state);
  const json::value& data = Widget(document, "activities").at("data");
  const auto won =
      Query(std::string(R"({"measures": ["deals_won"], "dimensions": ["employee"], )") + kQuarter + "}");
  ASSERT_TRUE(won);
  std::map<std::string, int64_t> expected;
  for (const auto& row : won->rows) {
    const auto& member = std::get<engine::Member>(row[0]);
    if (member.id) expected[*member.id] = std::get<int64_t>(std::get<Value>(row[1]));
  }
  size_t points = 0;
  for (const json::value& row : data.at("rows").get_array()) {
    ASSERT_FALSE(row.at("member").at("id").is_null());
    const std::string id(row.at("member").at("id").get_string());
    EXPECT_EQ(row.at("values").at(1).at("v").to_number<int64_t>(), expected[id]) << id;
    ++points;
  }
  EXPECT_EQ(data.at("correlation").at("n").to_number<size_t>(), points);
}

/// From the opening by the bars to the closing, to the kopeck, and beneath each bar the deals that sum to it.
TEST_F(Catalogue, WaterfallsLeadToTheirEndAndEveryBarOpensItsDeals) {
  const auto minor = [](const json::value& value) -> int64_t {
    if (value.is_string()) return Money::Parse(std::string_view(value.get_string())).value().minor();
    return value.is_null() ? 0 : value.to_number<int64_t>();
  };
  size_t opened = 0;
  for (const char* choice : {"amount", "count", "planned_amount", "planned_count"}) {
    SCOPED_TRACE(choice);
    const bool counts = std::string_view(choice).ends_with("count");
    json::object state = State();
    state["only"] = json::array{"bridge"};
    state["widgets"] = json::object{{"bridge", json::object{{"measure", choice}}}};
    const json::object document = Build("pipeline_now", state);
    ASSERT_TRUE(Widget(document, "bridge").contains("data"));
    const json::object& data = Widget(document, "bridge").at("data").get_object();
    const json::array& bars = data.at("bars").get_array();
    ASSERT_GT(bars.size(), 10U);
    EXPECT_EQ(bars.front().at("sign"), 0);
    EXPECT_EQ(bars.back().at("sign"), 0);
    int64_t level = minor(bars.front().at("value").at("v"));
    for (size_t i = 0; i < bars.size(); ++i) {
      const std::string id(bars[i].at("measure").get_string());
      SCOPED_TRACE(id);
      const int64_t size = minor(bars[i].at("value").at("v"));
      EXPECT_GE(size, id == "opening" || id == "closing" ? 0 : INT64_MIN);
      if (i > 0 && i + 1 < bars.size()) {
        EXPECT_EQ(minor(bars[i].at("from")), level);
        level += bars[i].at("sign").to_number<int64_t>() * size;
        EXPECT_EQ(minor(bars[i].at("to")), level);
      }
      json::object request = data.at("request").get_object();
      request["measures"] = json::array{data.at("measures").at(i).at("request")};
      request["cell"] = json::object{{"measure", id}, {"values", json::object{}}};
      request["limit"] = 1000;
      const auto page = service_->Records(request, scope_, engine::Language::kEnglish, {});
      ASSERT_TRUE(page) << ToString(page.error());
      int64_t sum = counts ? page->total : 0;
      for (size_t column = 0; !counts && column < page->columns.size(); ++column) {
        if (page->columns[column].id != "value") continue;
        for (const auto& row : page->rows) {
          const auto* money = std::get_if<Money>(&std::get<Value>(row[column]));
          if (money != nullptr) sum += money->minor();
        }
      }
      EXPECT_EQ(sum, size);
      opened += page->rows.empty() ? 0 : 1;
    }
    EXPECT_EQ(level, minor(bars.back().at("value").at("v")));
  }
  EXPECT_GT(opened, 20U);
}

/// A curve is the measure at each age, its cards are the cohort, and what they make is the point.
TEST_F(Catalogue, CurvesAreTheMeasureAtEachAge) {
  json::object state = State();
  state["only"] = json::array{"win_curve"};
  state["compare"] = "previous";
  const json::object document = Build("growth", state);
  ASSERT_TRUE(Widget(document, "win_curve").contains("data"));
  const json::object& data = Widget(document, "win_curve").at("data").get_object();
  const json::array& points = data.at("points").get_array();
  ASSERT_EQ(points.size(), 53U);
  double before = 0;
  size_t known = 0;
  for (const json::value& point : points) {
    const json::object& value = point.at("value").get_object();
    EXPECT_TRUE(value.contains("base"));
    if (value.at("v").is_null()) continue;
    ++known;
    const auto share = value.at("v").to_number<double>();
    EXPECT_GE(share, before);
    EXPECT_LE(value.at("low").to_number<double>(), share);
    EXPECT_GE(value.at("high").to_number<double>(), share);
    before = share;
    json::object request = data.at("request").get_object();
    request["measures"] = json::array{point.at("request")};
    request["cell"] = json::object{{"measure", "win_curve"}, {"values", json::object{}}};
    const auto page = service_->Records(request, scope_, engine::Language::kEnglish, {});
    ASSERT_TRUE(page) << ToString(page.error());
    EXPECT_EQ(page->total, data.at("cohort").to_number<int64_t>());
    EXPECT_DOUBLE_EQ(page->totals.at("measure").to_number<double>(), share);
  }
  EXPECT_GT(known, 5U);
  EXPECT_GT(before, 0.1);
  EXPECT_LT(known, points.size()) << "nobody of this quarter is a year old";
}

/// Rows by time of a matrix are told for at most 62 parts: of all time they are years.
TEST_F(Catalogue, MovesOfALongPeriodAreToldByCoarserRows) {
  json::object state = State();
  state["only"] = json::array{"moves_by_week"};
  EXPECT_EQ(
      Widget(Build("pipeline_now", state), "moves_by_week").at("data").at("levels").at(0).at("dimension"),
      "week");
  state["period"] = json::object{{"from", "2020-01-01"}, {"to", "2025-04-01"}};
  EXPECT_EQ(
      Widget(Build("pipeline_now", state), "moves_by_week").at("data").at("levels").at(0).at("dimension"),
      "quarter");
}

}  // namespace
}  // namespace svodka::reports
