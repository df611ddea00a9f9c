#pragma once

#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "case_runner.hpp"
#include "metrics/definitions/model.hpp"
#include "reports/report_service.hpp"

/// Shipped reports over the real engine and a few hundred random cards (tests/engine/random_star.sql).
namespace svodka::reports::testing {

class ShippedReport : public ::testing::Test {
 protected:
  ShippedReport() {
    warehouse_ = engine::testing::MakeStar(YAML::Node());
    std::ifstream file(std::string(SVODKA_SOURCE_DIR) + "/tests/engine/random_star.sql");
    std::ostringstream text;
    text << file.rdbuf();
    engine::testing::Execute(*warehouse_, text.str());
    service_ = std::make_unique<engine::QueryService>(
        warehouse_, metrics::LoadModel(std::string(SVODKA_SOURCE_DIR) + "/models").value(), clock_,
        engine::QueryService::Settings{});
    source_ = MakeQuerySource(*service_);
    portal_.id = "random";
    portal_.zone = Zone::Find("Europe/Moscow").value();
    scope_.everything = true;
    const ModelNames names = NamesOf(service_->DescribeModel(engine::Language::kEnglish));
    auto model = ReportModel::Load(std::string(SVODKA_SOURCE_DIR) + "/models/reports", names);
    EXPECT_TRUE(model) << ToString(model.error());
    model_ = std::move(model).value();
  }
  json::object Build(std::string_view report, std::string_view state) {
    const ReportService service(*source_, model_, clock_);
    auto document = service.BuildDocument(report, ParseJson(state).value(), portal_, scope_);
    EXPECT_TRUE(document) << report << ToString(document.error());
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
  static const json::value& Card(const json::object& document, std::string_view widget,
                                 std::string_view measure) {
    for (const json::value& card : Widget(document, widget).at("data").at("cards").get_array()) {
      if (card.at("measure").get_string() == measure) return card.at("value").at("v");
    }
    throw std::out_of_range("no card " + std::string(measure));
  }
  int64_t Count(const std::string& sql) {
    return std::get<int64_t>(warehouse_->Query(sql).value().rows.at(0).at(0));
  }
  static void ExpectNoFailure(const json::object& document) {
    for (const json::value& section : document.at("sections").get_array()) {
      for (const json::value& widget : section.at("widgets").get_array()) {
        EXPECT_FALSE(widget.get_object().contains("error")) << json::serialize(widget);
      }
    }
  }

  ManualClock clock_{ParseInstant("2025-03-15T09:00:00Z").value()};
  std::shared_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<engine::QueryService> service_;
  std::unique_ptr<QuerySource> source_;
  std::shared_ptr<const ReportModel> model_;
  PortalFacts portal_;
  engine::Scope scope_;
};

}  // namespace svodka::reports::testing
