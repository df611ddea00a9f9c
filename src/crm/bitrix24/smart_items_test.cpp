#include "crm/bitrix24/smart_items.hpp"

#include <gtest/gtest.h>

namespace svodka::crm::bitrix24 {
namespace {

json::value J(std::string_view text) { return ParseJson(text).value(); }

TEST(SmartItems, RowsAreTypedAndMayLackEverything) {
  DecodeNotes notes;
  const auto item = DecodeSmartItem(
      J(R"({"id":5,"title":"Roof","stageId":"DT1030_9:NEW","opportunity":1250.5,"currencyId":"RUB","assignedById":7,"createdBy":0,
           "createdTime":"2026-08-01T10:00:00+03:00","updatedTime":"2026-08-02T10:00:00+03:00","movedTime":"","companyId":0,"contactId":9,"parentId2":"42"})"),
      "1030", notes);
  ASSERT_TRUE(item);
  EXPECT_EQ(item->id, "1030:5");
  EXPECT_EQ(item->stage_id, "DT1030_9:NEW");
  EXPECT_EQ(item->amount->ToString(), "1250.50");
  EXPECT_EQ(item->owner_id, "7");
  EXPECT_FALSE(item->creator_id);
  EXPECT_FALSE(item->company_id);
  EXPECT_EQ(item->contact_id, "contact:9");
  EXPECT_EQ(item->deal_id, "42");
  EXPECT_EQ(ToString(*item->created_at), "2026-08-01T07:00:00Z");
  EXPECT_FALSE(item->moved_at);
  // A process without stages, money and clients.
  const auto bare = DecodeSmartItem(J(R"({"id":"6"})"), "177", notes);
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->id, "177:6");
  EXPECT_FALSE(bare->amount);
  EXPECT_FALSE(DecodeSmartItem(J(R"({"title":"x"})"), "177", notes));
}

TEST(SmartItems, TypesAndTheirDictionariesOfStages) {
  const json::value rows =
      J(R"([{"id":7,"entityTypeId":1030,"title":"Installation"},{"id":8,"entityTypeId":"177"},{"id":9}])");
  const auto types = DecodeSmartTypes(ListRows(rows));
  ASSERT_EQ(types.size(), 2U);
  EXPECT_EQ(types[0].id + types[0].name, "1030Installation");
  EXPECT_EQ(types[1].name, "177");
  EXPECT_EQ(SmartTypeOfStages("DYNAMIC_1030_STAGE_9"), "1030");
  EXPECT_EQ(SmartTypeOfStages("DEAL_STAGE_9"), "");
  EXPECT_EQ(SmartTypeOfStages("DYNAMIC_"), "");
}

}  // namespace
}  // namespace svodka::crm::bitrix24
