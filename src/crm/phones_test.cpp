// All numbers of a client and of an employee, in both dialects of Bitrix24 and in amoCRM.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crm/amocrm/decode.hpp"
#include "crm/bitrix24/decode.hpp"

namespace svodka::crm {
namespace {

using testing::ElementsAre;

TEST(Phones, OfABitrixClientAreAllKeptAndTheFirstIsItsPhone) {
  DecodeNotes notes;
  const auto legacy = bitrix24::DecodeContact(
      json::parse(R"({"ID":"9","PHONE":[{"VALUE":"8 (916) 111-22-33"},{"VALUE":"+7 916 111 22 33"},
                      {"VALUE":"102"},{"VALUE":"+49 30 123456"}]})"),
      {}, notes);
  EXPECT_THAT(legacy->phones, ElementsAre("79161112233", "4930123456"));
  EXPECT_EQ(legacy->phone, "79161112233");
  const auto item =
      bitrix24::DecodeCompany(json::parse(R"({"id":5,"title":"A","fm":[{"typeId":"EMAIL","value":"a@b.c"},
                      {"typeId":"PHONE","value":"84951112255"},{"typeId":"PHONE","value":"9161112244"}]})"),
                              {}, notes);
  EXPECT_THAT(item->phones, ElementsAre("74951112255", "79161112244"));
}

TEST(Phones, OfAnAmoClientAreAllKept) {
  DecodeNotes notes;
  bool deleted = false;
  const auto client = amocrm::DecodeClient(
      json::parse(R"({"id":9,"name":"A","custom_fields_values":[{"field_code":"PHONE","values":[
                      {"value":"+7 916 111-22-33"},{"value":"84951112255"}]}]})"),
      "contact", {}, deleted, notes);
  ASSERT_TRUE(client);
  EXPECT_THAT(client->phones, ElementsAre("79161112233", "74951112255"));
}

TEST(Phones, OfAnEmployeeAreTheInnerOneTheWorkOneAndTheMobile) {
  DecodeNotes notes;
  const auto user = bitrix24::DecodeUser(
      json::parse(R"({"ID":"7","NAME":"Анна","WORK_PHONE":"8 495 111-22-55","PERSONAL_MOBILE":"",
                      "UF_PHONE_INNER":"101"})"),
      notes);
  EXPECT_THAT(user->phones, ElementsAre("101", "74951112255"));
}

}  // namespace
}  // namespace svodka::crm
