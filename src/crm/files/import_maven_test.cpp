#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "crm/files/import.hpp"

// Counted by the publisher of the data set and by others; see the README.md beside the data, whose table
// these are.
namespace svodka::crm::files {
namespace {

struct Imported {
  SourceBatch rows;
  ImportReport report;
  std::vector<Reject> rejects;
};

template <class T>
void Move(std::vector<T>& from, std::vector<T>& to) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

Result<Imported> ImportAll(const Mapping& mapping, const std::vector<std::string>& paths) {
  Imported imported;
  ImportSettings settings;
  settings.on_batch = [&](SourceBatch&& batch) -> Status {
    Move(batch.users, imported.rows.users);
    Move(batch.departments, imported.rows.departments);
    Move(batch.clients, imported.rows.clients);
    Move(batch.products, imported.rows.products);
    Move(batch.deals, imported.rows.deals);
    Move(batch.stages, imported.rows.stages);
    Move(batch.stage_events, imported.rows.stage_events);
    Move(batch.custom_fields, imported.rows.custom_fields);
    return Done{};
  };
  settings.on_reject = [&](const Reject& reject) { imported.rejects.push_back(reject); };
  settings.batch_rows = 1000;
  auto report = Import(mapping, paths, settings);
  if (!report.ok()) return report.errors();
  imported.report = std::move(*report);
  return imported;
}

class MavenImport : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path root = SVODKA_SOURCE_DIR;
    for (auto parent = root.parent_path(); folder_.empty() && parent != parent.parent_path();
         parent = parent.parent_path()) {
      const auto folder = parent / "shared/data/maven-crm";
      if (std::filesystem::exists(folder / "sales_pipeline.csv")) folder_ = folder;
    }
    if (folder_.empty()) {
      GTEST_SKIP()
          << "NOT TESTED: the published totals of the real data set; ../shared/data/maven-crm is not there";
    }
    auto mapping = LoadMapping(root / "examples/maven-crm.yaml");
    ASSERT_TRUE(mapping.ok()) << ToString(mapping.error());
    auto imported = ImportAll(*mapping, {folder_.string()});
    ASSERT_TRUE(imported.ok()) << ToString(imported.error());
    imported_ = std::move(*imported);
  }

  std::filesystem::path folder_;
  Imported imported_;
};

TEST_F(MavenImport, LosesNoRow) {
  EXPECT_EQ(imported_.rows.deals.size(), 8800U);
  EXPECT_EQ(imported_.rows.users.size(), 35U);
  EXPECT_EQ(imported_.rows.clients.size(), 85U);
  EXPECT_EQ(imported_.rows.products.size(), 7U);
  EXPECT_EQ(imported_.report.rows_read, 8800 + 35 + 85 + 7);
  EXPECT_EQ(imported_.report.rows_taken, imported_.report.rows_read);
  EXPECT_TRUE(imported_.rejects.empty());
  EXPECT_TRUE(imported_.report.dangling.empty());
}

TEST_F(MavenImport, GivesThePublishedTotals) {
  std::map<std::string, int> stages;
  std::map<std::string, std::string> region_of, manager_of;
  for (const UserRow& user : imported_.rows.users) {
    ASSERT_EQ(user.department_ids.size(), 1U);
    const std::string& path = user.department_ids[0];
    const size_t slash = path.find(" / ");
    region_of[user.id] = path.substr(0, slash);
    manager_of[user.id] = path.substr(slash + 3);
  }
  Money won, gtx_pro_won;
  std::map<std::string, Money> by_region, by_manager;
  std::map<std::string, int> won_by_manager, all_by_manager;
  int gtx_pro = 0, gtx_pro_wins = 0, undated = 0, no_account = 0;
  double days = 0;
  for (const DealRow& deal : imported_.rows.deals) {
    ++stages[*deal.stage_id];
    const bool is_won = deal.stage_id == "Won";
    if (!deal.created_at) ++undated;
    if (!deal.company_id) ++no_account;
    ASSERT_EQ(deal.products.size(), 1U);
    const bool is_pro = deal.products[0].product_id == "GTX Pro";
    gtx_pro += is_pro ? 1 : 0;
    ++all_by_manager[manager_of.at(*deal.owner_id)];
    if (!is_won) continue;
    won += *deal.amount;
    by_region[region_of.at(*deal.owner_id)] += *deal.amount;
    by_manager[manager_of.at(*deal.owner_id)] += *deal.amount;
    ++won_by_manager[manager_of.at(*deal.owner_id)];
    days += std::chrono::duration<double, std::ratio<86400>>(*deal.closed_at - *deal.created_at).count();
    if (is_pro) {
      ++gtx_pro_wins;
      gtx_pro_won += *deal.amount;
    }
  }
  EXPECT_EQ(stages, (std::map<std::string, int>{
                        {"Won", 4238}, {"Lost", 2473}, {"Engaging", 1589}, {"Prospecting", 500}}));
  EXPECT_EQ(won.ToString(), "10005534.00");
  EXPECT_EQ(by_region["West"].ToString(), "3568647.00");
  EXPECT_EQ(by_region["Central"].ToString(), "3346293.00");
  EXPECT_EQ(by_region["East"].ToString(), "3090594.00");
  EXPECT_EQ(by_manager["Melvin Marxen"].ToString(), "2251930.00");
  EXPECT_EQ(won_by_manager["Melvin Marxen"], 882);
  EXPECT_EQ(all_by_manager["Melvin Marxen"], 1929);
  EXPECT_EQ(gtx_pro, 1480);
  EXPECT_EQ(gtx_pro_wins, 729);
  EXPECT_EQ(gtx_pro_won.ToString(), "3510578.00");
  EXPECT_EQ(undated, 500);
  EXPECT_EQ(no_account, 1425);
  EXPECT_NEAR(days / 4238, 51.78, 0.005);
}

TEST_F(MavenImport, KeepsUnknownAmountsUnknown) {
  for (const DealRow& deal : imported_.rows.deals) {
    const bool closed = deal.stage_id == "Won" || deal.stage_id == "Lost";
    EXPECT_EQ(deal.amount.has_value(), closed) << deal.id;
    if (deal.stage_id == "Lost") {
      EXPECT_EQ(deal.amount->minor(), 0) << deal.id;
    }
  }
}

TEST_F(MavenImport, MakesAStageHistoryOfTheDates) {
  std::map<std::string, int> entered;
  for (const StageEventRow& event : imported_.rows.stage_events) ++entered[event.stage_id];
  EXPECT_EQ(entered, (std::map<std::string, int>{{"Engaging", 8300}, {"Won", 4238}, {"Lost", 2473}}));
}

}  // namespace
}  // namespace svodka::crm::files
