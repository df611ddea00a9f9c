#include "sync/stage_rows.hpp"

#include <gtest/gtest.h>

namespace svodka::sync {
namespace {

/// A warehouse and one deal, contact and call with every part that they can have.
class Parts : public testing::Test {
 protected:
  Parts() {
    warehouse::PortalSettings portal;
    portal.id = portal.name = "test";
    portal.kind = "bitrix24";
    portal.base_currency = "RUB";
    store_->Configure(portal).value();
  }
  static crm::SourceBatch Full() {
    crm::SourceBatch rows;
    crm::DealRow deal;
    deal.id = "5";
    deal.title = "with parts";
    deal.pipeline_id = "0";
    deal.clients.push_back({"contact:9", true});
    deal.products.push_back({"3", "Door", Money::FromMinor(100), 2.0, Money::FromMinor(200)});
    deal.custom.push_back({.field_id = "UF_1", .text = "x", .number = {}, .money = {}, .day = {}});
    rows.deals.push_back(deal);
    crm::ActivityRow call;
    call.id = "act:1";
    call.kind = "call";
    call.bindings.push_back({"deal", "5"});
    rows.activities.push_back(call);
    crm::UserRow user;
    user.id = "1";
    user.name = "Anna";
    user.department_ids = {"7"};
    rows.users.push_back(user);
    return rows;
  }
  static crm::SourceBatch Bare() {
    crm::SourceBatch rows = Full();
    rows.deals[0].clients.clear();
    rows.deals[0].products.clear();
    rows.deals[0].custom.clear();
    rows.activities[0].bindings.clear();
    rows.users[0].department_ids.clear();
    return rows;
  }
  warehouse::LoadSummary Store(const crm::SourceBatch& rows) {
    auto load = store_->Begin(ParseInstant("2026-11-23T00:00:00Z").value()).value();
    StoreBatch(*load, rows).value();
    return load->Commit().value();
  }
  int64_t Count() {
    int64_t count = 0;
    for (const char* table :
         {"product_line", "deal_client", "custom_value", "activity_binding", "user_department"}) {
      const auto rows = store_->Query(std::string("SELECT count(*) FROM ") + table).value();
      count += std::get<int64_t>(rows.rows[0][0]);
    }
    return count;
  }

  std::unique_ptr<warehouse::Warehouse> store_ =
      warehouse::Warehouse::Open({.path = ":memory:", .threads = 1}).value();
};

TEST_F(Parts, TheLastPartThatARowLosesGoesAlsoWhereNothingElseComes) {
  Store(Full());
  ASSERT_EQ(Count(), 5);
  EXPECT_EQ(Store(Bare()).rows_stored, 3);
  EXPECT_EQ(Count(), 0);
  // And a row that has none stays the same row, whether others come with parts or not.
  EXPECT_EQ(Store(Bare()).rows_stored, 0);
  crm::SourceBatch both = Bare();
  both.deals.push_back(Full().deals[0]);
  both.deals[1].id = "6";
  EXPECT_EQ(Store(both).stored_by_table.at("deal"), 1);
}

TEST_F(Parts, OfWhatIsUntoldTheKnownStays) {
  Store(Full());
  crm::SourceBatch bare = Bare();
  bare.untold = {"product_line", "custom_value"};
  Store(bare);
  EXPECT_EQ(Count(), 2);
  EXPECT_EQ(std::get<int64_t>(store_->Query("SELECT count(*) FROM product_line").value().rows[0][0]), 1);
}

}  // namespace
}  // namespace svodka::sync
