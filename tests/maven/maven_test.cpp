#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "engine/query_service.hpp"
#include "metrics/definitions/model.hpp"
#include "sync/file_import.hpp"
#include "warehouse/warehouse.hpp"

// The real data set of ../shared/data/maven-crm the whole way: files → import → warehouse → engine. The
// expected totals are those of its README.md, counted by its publisher and others.
namespace svodka {
namespace {

namespace fs = std::filesystem;

const Instant kNow = *ParseInstant("2018-01-15T12:00:00Z");

fs::path FindData() {
  const fs::path root = SVODKA_SOURCE_DIR;
  for (auto parent = root.parent_path(); parent != parent.parent_path(); parent = parent.parent_path()) {
    if (fs::exists(parent / "shared/data/maven-crm/sales_pipeline.csv"))
      return parent / "shared/data/maven-crm";
  }
  return {};
}

class Maven : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const fs::path data = FindData();
    if (data.empty()) return;
    auto portal = std::make_unique<Portal>();
    auto mapping =
        crm::files::LoadMapping((fs::path(SVODKA_SOURCE_DIR) / "examples/maven-crm.yaml").string());
    ASSERT_TRUE(mapping.ok()) << ToString(mapping.error());
    auto opened = warehouse::Warehouse::Open({.path = ":memory:", .threads = 2, .memory_limit = ""});
    ASSERT_TRUE(opened.ok()) << ToString(opened.error());
    portal->warehouse = std::move(*opened);
    warehouse::PortalSettings settings;
    settings.id = "maven";
    sync::ApplyMapping(*mapping, settings);
    ASSERT_TRUE(portal->warehouse->Configure(settings).ok());
    const std::vector<std::string> paths{data.string()};
    portal->rejects = fs::temp_directory_path() / ("svodka-maven-" + std::to_string(::getpid()) + ".csv");
    auto first =
        sync::ImportFiles(*portal->warehouse, portal->clock, *mapping, paths, {portal->rejects, {}, {}});
    ASSERT_TRUE(first.ok()) << ToString(first.error());
    portal->first = std::move(*first);
    auto again =
        sync::ImportFiles(*portal->warehouse, portal->clock, *mapping, paths, {portal->rejects, {}, {}});
    ASSERT_TRUE(again.ok()) << ToString(again.error());
    portal->again = std::move(*again);
    auto model = metrics::LoadModel((fs::path(SVODKA_SOURCE_DIR) / "models").string());
    ASSERT_TRUE(model.ok()) << ToString(model.error());
    portal->service = std::make_unique<engine::QueryService>(portal->warehouse, *model, portal->clock,
                                                             engine::QueryService::Settings{});
    portal_ = std::move(portal);
  }
  static void TearDownTestSuite() { portal_.reset(); }

  void SetUp() override {
    if (FindData().empty()) {
      GTEST_SKIP()
          << "NOT TESTED: the published totals of the real data set; ../shared/data/maven-crm is not there";
    }
    ASSERT_NE(portal_, nullptr);
  }

  engine::Table Query(const std::string& request) {
    auto table = portal_->service->Query(*ParseJson(request), {.everything = true, .user_id = "1"},
                                         engine::Language::kEnglish);
    if (!table.ok()) throw std::runtime_error(ToString(table.error()));
    return std::move(*table);
  }

  static std::string Show(const engine::Cell& cell) {
    if (const auto* member = std::get_if<engine::Member>(&cell)) return member->label;
    const Value& value = std::get<Value>(cell);
    if (const auto* money = std::get_if<Money>(&value)) return money->ToString();
    if (const auto* count = std::get_if<int64_t>(&value)) return std::to_string(*count);
    if (const auto* number = std::get_if<double>(&value)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return IsNull(value) ? "null" : "?";
  }

  /// First column → the others.
  std::map<std::string, std::vector<std::string>> Rows(const std::string& request) {
    std::map<std::string, std::vector<std::string>> rows;
    for (const auto& row : Query(request).rows) {
      std::vector<std::string> cells;
      for (size_t i = 1; i < row.size(); ++i) cells.push_back(Show(row[i]));
      rows[Show(row[0])] = cells;
    }
    return rows;
  }

  struct Portal {
    ManualClock clock{kNow};
    std::shared_ptr<warehouse::Warehouse> warehouse;
    std::unique_ptr<engine::QueryService> service;
    sync::FileImportSummary first, again;
    std::string rejects;
  };
  static inline std::unique_ptr<Portal> portal_;
};

using Cells = std::vector<std::string>;

TEST_F(Maven, EveryRowIsStored) {
  EXPECT_EQ(portal_->first.report.rows_read, 8927);
  EXPECT_EQ(portal_->first.report.rows_rejected, 0);
  EXPECT_EQ(portal_->first.rows_stored, 8927);
  EXPECT_EQ(portal_->first.load.dangling, 0);
  EXPECT_FALSE(fs::exists(portal_->rejects));
  const auto rows = portal_->warehouse->Query("SELECT count(*) FROM deal");
  EXPECT_EQ(std::get<int64_t>(rows->rows[0][0]), 8800);
}

TEST_F(Maven, TheSameFilesAgainChangeNothing) {
  EXPECT_EQ(portal_->again.rows_stored, 0);
  EXPECT_EQ(portal_->again.rows_unchanged, 8927);
  EXPECT_EQ(portal_->again.load.rows_stored, 0);
  EXPECT_EQ(portal_->again.load.rows_unchanged, portal_->first.load.rows_stored);
  EXPECT_EQ(portal_->again.load.data_version, portal_->first.load.data_version);
}

TEST_F(Maven, TotalsAreThePublishedOnes) {
  const auto row =
      Query(
          R"({"measures": ["deals_created", "deals_won", "deals_lost", "won_amount", "avg_won", "win_rate"]})")
          .rows.at(0);
  EXPECT_EQ(Show(row[0]), "8800") << "the 500 undated ones count when no period is set";
  EXPECT_EQ(Show(row[1]), "4238");
  EXPECT_EQ(Show(row[2]), "2473");
  EXPECT_EQ(Show(row[3]), "10005534.00");
  EXPECT_NEAR(std::stod(Show(row[4])), 2360.91, 0.005);
  EXPECT_NEAR(std::stod(Show(row[5])), 0.6315, 0.00005);
}

TEST_F(Maven, StagesHoldThePublishedCounts) {
  const auto rows = Rows(R"({"measures": ["deals_created"], "dimensions": ["stage"]})");
  EXPECT_EQ(rows.at("Won"), Cells{"4238"});
  EXPECT_EQ(rows.at("Lost"), Cells{"2473"});
  EXPECT_EQ(rows.at("Engaging"), Cells{"1589"});
  EXPECT_EQ(rows.at("Prospecting"), Cells{"500"});
}

TEST_F(Maven, TheCycleIsThePublishedOne) {
  const auto row = Query(R"({"measures": ["won_cycle"]})").rows.at(0);
  EXPECT_NEAR(std::stod(Show(row[0])) / 86400, 51.78, 0.005);
}

TEST_F(Maven, ProductsManagersAndRegionsHoldThePublishedTotals) {
  const auto products =
      Rows(R"({"measures": ["won_amount", "deals_won", "deals_created"], "dimensions": ["product"]})");
  EXPECT_EQ(products.at("GTX Pro"), (Cells{"3510578.00", "729", "1480"}));
  EXPECT_EQ(products.size(), 7U);
  const auto managers =
      Rows(R"({"measures": ["won_amount", "deals_won", "deals_created"], "dimensions": ["field:manager"]})");
  EXPECT_EQ(managers.at("Melvin Marxen"), (Cells{"2251930.00", "882", "1929"}));
  const auto offices = Rows(R"({"measures": ["won_amount"], "dimensions": ["field:regional_office"]})");
  EXPECT_EQ(offices.at("West"), Cells{"3568647.00"});
  EXPECT_EQ(offices.at("Central"), Cells{"3346293.00"});
  EXPECT_EQ(offices.at("East"), Cells{"3090594.00"});
  const auto departments = Rows(R"({"measures": ["won_amount", "deals_won"], "dimensions": ["department"]})");
  EXPECT_EQ(departments.at("Melvin Marxen"), (Cells{"2251930.00", "882"}));
}

// Counted in the file: 1425 rows without an account, 500 without a day of beginning, 2089 without a value.
TEST_F(Maven, WhatIsNotFilledInIsCounted) {
  const auto row =
      Query(
          R"({"measures": ["deals_without_client", "deals_undated", "deals_without_amount", "deals_closed_before_created", "deals_reopened"]})")
          .rows.at(0);
  EXPECT_EQ(Show(row[0]), "1425");
  EXPECT_EQ(Show(row[1]), "500");
  EXPECT_EQ(Show(row[2]), "2089");
  EXPECT_EQ(Show(row[3]), "0");
  EXPECT_EQ(Show(row[4]), "0");
}

// Counted in the file, each account's won rows by their days.
TEST_F(Maven, ClientsHaveTheirPurchasesAndStatus) {
  const auto row = Query(R"({"measures": ["ltv", "purchases", "ltv_mean"]})").rows.at(0);
  EXPECT_EQ(Show(row[0]), "10005534.00");
  EXPECT_EQ(std::stod(Show(row[1])), 4238);
  EXPECT_EQ(Show(row[2]), "117712.16") << "of 85 accounts";
  const auto account = Rows(
      R"({"measures": ["ltv", "purchases", "purchase_interval", "purchase_silence"], "dimensions": ["client"]})");
  const Cells& one = account.at("Kan-code");
  EXPECT_EQ(one[0], "341455.00");
  EXPECT_EQ(std::stod(one[1]), 115);
  EXPECT_NEAR(std::stod(one[2]), 228884.21, 0.01);
  EXPECT_EQ(std::stod(one[3]), 15 * 86400);
  const auto status = Rows(R"({"measures": ["clients_total"], "dimensions": ["client_status"]})");
  EXPECT_EQ(status.at("Fading"), Cells{"43"});
  EXPECT_EQ(status.at("Lost"), Cells{"42"});
  EXPECT_EQ(status.size(), 2U);
}

TEST_F(Maven, DealsAreWonOnDaysOfTheWeek) {
  const auto days = Rows(R"({"measures": ["deals_won"], "dimensions": ["weekday"]})");
  EXPECT_EQ(days.at("Friday"), Cells{"625"});
  EXPECT_EQ(days.at("Monday"), Cells{"598"});
  EXPECT_EQ(days.size(), 7U);
}

TEST_F(Maven, APeriodLeavesTheUndatedOut) {
  const auto row =
      Query(
          R"({"measures": ["deals_created", "deals_won"], "period": {"from": "2016-01-01", "to": "2018-01-01"}})")
          .rows.at(0);
  EXPECT_EQ(Show(row[0]), "8300");
  EXPECT_EQ(Show(row[1]), "4238");
}

}  // namespace
}  // namespace svodka
