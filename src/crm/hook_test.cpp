#include "crm/hook.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crm/amocrm/hook.hpp"
#include "crm/bitrix24/hook.hpp"

namespace svodka::crm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Hook Amo(std::string_view body) { return amocrm::ReadHook(ParseForm(body).value()); }
Hook Bitrix(std::string_view body) { return bitrix24::ReadHook(ParseForm(body).value()); }

TEST(Hook, FormsAreReadAsPhpDoes) {
  const auto fields = ParseForm("a%5Bb%5D%5B0%5D=x+y%21&c=&d&e[]=1&&f=100%").value();
  ASSERT_EQ(fields.size(), 5u);
  EXPECT_THAT(fields[0].path, ElementsAre("a", "b", "0"));
  EXPECT_EQ(fields[0].value, "x y!");
  EXPECT_THAT(fields[1].path, ElementsAre("c"));
  EXPECT_EQ(fields[2].value, "");
  EXPECT_THAT(fields[3].path, ElementsAre("e", ""));
  EXPECT_EQ(fields[4].value, "100%");
}

TEST(Hook, WhatNoCrmSendsIsRefused) {
  std::string many;
  for (int i = 0; i < 20'001; ++i) many += "a=1&";
  EXPECT_EQ(ParseForm(many).error().code, "bad_request");
  std::string deep = "a";
  for (int i = 0; i < 20; ++i) deep += "[b]";
  EXPECT_EQ(ParseForm(deep + "=1").error().code, "bad_request");
  EXPECT_TRUE(IsHintId("42"));
  for (const char* id : {"", "0", "-1", "5'", "1234567890123456789"}) EXPECT_FALSE(IsHintId(id)) << id;
}

TEST(Hook, AmoTellsOfSeveralThingsAtOnce) {
  const Hook hook =
      Amo("leads[status][0][id]=9101&leads[status][0][status_id]=142&leads[status][0][old_status_id]=5503&"
          "leads[update][0][id]=9102&leads[update][1][id]=9103&leads[update][1][custom_fields][0][id]=7&"
          "contacts[delete][0][id]=55&contacts[delete][0][type]=company&contacts[add][0][id]=56&"
          "task[update][0][id]=8&account[id]=31&account[_links][self]=x");
  EXPECT_THAT(hook.hints,
              UnorderedElementsAre(Hint{"lead", "9101"}, Hint{"lead", "9102"}, Hint{"lead", "9103"},
                                   Hint{"company", "55"}, Hint{"contact", "56"}, Hint{"task", "8"}));
  EXPECT_THAT(hook.unknown, IsEmpty());
}

TEST(Hook, AmoTellsOfCustomers) {
  EXPECT_THAT(Amo("customers[add][0][id]=7&customers[update][0][id]=8&customers[delete][0][id]=9&"
                  "customers[responsible][0][id]=10")
                  .hints,
              UnorderedElementsAre(Hint{"customer", "7"}, Hint{"customer", "8"}, Hint{"customer", "9"},
                                   Hint{"customer", "10"}));
  const auto events = amocrm::HookEvents(true);
  for (const std::string_view code :
       {"add_customer", "update_customer", "delete_customer", "responsible_customer"})
    EXPECT_NE(std::find(events.begin(), events.end(), code), events.end()) << code;
}

TEST(Hook, AmoNotesAndRequestsNameTheirOwnIds) {
  EXPECT_THAT(Amo("contacts[note][0][note][id]=4001&contacts[note][0][note][element_id]=7").hints,
              ElementsAre(Hint{"contact_note", "4001"}));
  EXPECT_THAT(Amo("unsorted[delete][0][uid]=ab&unsorted[delete][0][action]=accept&"
                  "unsorted[delete][0][accept_result][leads][0]=12")
                  .hints,
              UnorderedElementsAre(Hint{"unsorted", ""}, Hint{"lead", "12"}));
}

TEST(Hook, AmoNamesThatWeDoNotKnowAreCounted) {
  const Hook hook = Amo("robots[built][0][id]=1&leads[exploded][0][id]=2&hello=1&talk[add][0][id]=3");
  EXPECT_THAT(hook.hints, IsEmpty());
  EXPECT_THAT(hook.unknown, UnorderedElementsAre("robots/built", "leads/exploded", "hello/"));
}

TEST(Hook, BitrixNamesAreComparedWithoutCase) {
  const Hook hook = Bitrix(
      "event=onCrmDealUpdate&event_handler_id=201&data[FIELDS][ID]=759&ts=1790000000&auth[domain]=p.bitrix24."
      "ru&auth[application_token]=secret");
  EXPECT_THAT(hook.hints, ElementsAre(Hint{"deal", "759"}));
  EXPECT_EQ(hook.token, "secret");
  EXPECT_THAT(Bitrix("event=ONCRMDEALMOVETOCATEGORY&data[FIELDS][ID]=5&data[FIELDS][CATEGORY_ID]=3").hints,
              ElementsAre(Hint{"deal", "5"}));
  EXPECT_THAT(Bitrix("event=ONTASKDELETE&data[FIELDS_BEFORE][ID]=9&data[FIELDS_AFTER]=undefined").hints,
              ElementsAre(Hint{"task", "9"}));
  EXPECT_THAT(Bitrix("event=ONTASKADD&data[FIELDS_BEFORE]=undefined&data[FIELDS_AFTER][ID]=10").hints,
              ElementsAre(Hint{"task", "10"}));
  EXPECT_THAT(Bitrix("event=ONVOXIMPLANTCALLEND&data[CALL_ID]=x&data[CRM_ACTIVITY_ID]=310").hints,
              ElementsAre(Hint{"activity", "310"}));
  EXPECT_THAT(
      Bitrix("event=onCrmDynamicItemDelete&data[FIELDS][ID]=5&data[FIELDS][ENTITY_TYPE_ID]=1030").hints,
      ElementsAre(Hint{"item:1030", "5"}));
  EXPECT_THAT(Bitrix("event=ONCRMDYNAMICITEMADD&data[FIELDS][ID]=5").hints, IsEmpty());
  EXPECT_THAT(Bitrix("event=ONCRMTIMELINECOMMENTADD&data[ID]=77").hints, ElementsAre(Hint{"comment", "77"}));
  EXPECT_THAT(Bitrix("event=ONCRMDEALUSERFIELDADD&data[FIELDS][ID]=3").hints,
              ElementsAre(Hint{"dictionaries", ""}));
}

TEST(Hook, BitrixEventsWithoutUseAreIgnoredUnknownOnesCounted) {
  EXPECT_THAT(Bitrix("event=ONVOXIMPLANTCALLSTART&data[CALL_ID]=1").unknown, IsEmpty());
  const Hook odd = Bitrix("event=ONCRMDEALEXPLODE&data[FIELDS][ID]=1");
  EXPECT_THAT(odd.hints, IsEmpty());
  EXPECT_THAT(odd.unknown, ElementsAre("ONCRMDEALEXPLODE"));
  EXPECT_THAT(Bitrix("event=ONCRMDEALUPDATE&data[FIELDS][ID]=1%27%20OR").hints, IsEmpty());
}

}  // namespace
}  // namespace svodka::crm
