// What telephony records, the settings of meetings and a person's own rates change of what is stored.
#include "warehouse/internal/test_support.hpp"

namespace svodka::warehouse {
namespace {

class WorkSettings : public testing::Test {
 protected:
  WorkSettings() { warehouse_->Configure(MoscowPortal()).value(); }
  static Batch Activities() {
    Batch batch{"activity",
                {"id", "kind", "direction", "provider", "completed", "happened_at", "duration_s", "missed",
                 "doer_id"},
                {}};
    const auto add = [&](const char* id, const char* kind, const char* provider, Value duration) {
      batch.rows.push_back({Text(id),
                            Text(kind),
                            Text("in"),
                            Text(provider),
                            true,
                            At("2025-03-01T09:00:00Z"),
                            std::move(duration),
                            {},
                            Text("7")});
    };
    add("act:1", "call", "VOXIMPLANT_CALL", int64_t{600});
    add("act:2", "call", "VOXIMPLANT_CALL", int64_t{30});
    add("act:3", "task", "CRM_TODO", {});
    add("act:4", "task", "TASKS", {});
    return batch;
  }
  static Batch Calls(const std::vector<std::tuple<const char*, const char*, int64_t, bool>>& records) {
    Batch batch{"call", {"id", "activity_id", "duration_s", "missed"}, {}};
    for (const auto& [id, activity, seconds, missed] : records)
      batch.rows.push_back({Text(id), Text(activity), seconds, missed});
    return batch;
  }
  Strings Work() const {
    return Lines(*warehouse_,
                 "SELECT activity_id, kind, duration_s, missed FROM f_activity ORDER BY activity_id");
  }
  std::unique_ptr<Warehouse> warehouse_ = OpenInMemory();
};

TEST_F(WorkSettings, ATelephonyRecordTellsLengthAndFailureOfItsCall) {
  Store(*warehouse_, At("2025-03-02T00:00:00Z"), {Activities()});
  EXPECT_EQ(Work(), (Strings{"act:1|call|600|false", "act:2|call|30|false", "act:3|task|null|false",
                             "act:4|task|null|false"}));
  // Records come later than their activities; a redirected call has two.
  Store(*warehouse_, At("2025-03-02T01:00:00Z"),
        {Calls({{"1", "act:1", 12, true},
                {"2", "act:2", 0, true},
                {"3", "act:2", 41, false},
                {"4", "act:99", 5, false}})});
  // One whose activity we do not hold is a call all the same.
  EXPECT_EQ(Work(), (Strings{"act:1|call|12|true", "act:2|call|41|false", "act:3|task|null|false",
                             "act:4|task|null|false", "call:4|call|5|false"}));
  // A record of an old call comes with a new activity: both keep their cards.
  Batch deal{"deal", {"id", "pipeline_id", "stage_id", "created_at"}, {}};
  deal.rows = {{Text("5"), Text("0"), Text("NEW"), At("2025-02-01T00:00:00Z")}};
  Batch links{"activity_binding", {"activity_id", "entity", "card_id"}, {}};
  for (const char* id : {"act:1", "act:2", "act:3", "act:4"})
    links.rows.push_back({Text(id), Text("deal"), Text("5")});
  Batch again = Activities();
  Store(*warehouse_, At("2025-03-02T02:00:00Z"), {std::move(deal), std::move(again), std::move(links)});
  Batch fresh{"activity", {"id", "kind", "completed", "happened_at"}, {}};
  fresh.rows = {{Text("act:9"), Text("email"), true, At("2025-03-01T09:00:00Z")}};
  Batch link{"activity_binding", {"activity_id", "entity", "card_id"}, {}};
  link.rows = {{Text("act:9"), Text("deal"), Text("5")}};
  Store(*warehouse_, At("2025-03-02T03:00:00Z"),
        {std::move(fresh), std::move(link), Calls({{"1", "act:1", 13, true}})});
  EXPECT_EQ(Lines(*warehouse_,
                  "SELECT count(*)::BIGINT, sum(duration_s)::BIGINT FROM f_activity WHERE deal_key <> 0"),
            (Strings{"5|54"}));
  Store(*warehouse_, At("2025-03-02T04:00:00Z"), {Calls({{"1", "act:1", 12, true}})});
  RederiveForTest(*warehouse_).value();
  EXPECT_EQ(Work(), (Strings{"act:1|call|12|true", "act:2|call|41|false", "act:3|task|null|false",
                             "act:4|task|null|false", "act:9|email|null|false", "call:4|call|5|false"}));
}

TEST_F(WorkSettings, AKindOfActivityIsAMeetingWhereThePortalSaysSo) {
  Store(*warehouse_, At("2025-03-02T00:00:00Z"), {Activities()});
  PortalSettings portal = MoscowPortal();
  portal.meeting_types = {"CRM_TODO"};
  warehouse_->Configure(portal).value();
  EXPECT_EQ(Work(), (Strings{"act:1|call|600|false", "act:2|call|30|false", "act:3|meeting|null|false",
                             "act:4|task|null|false"}));
  EXPECT_EQ(warehouse_->portal().meeting_types, std::set<std::string>{"CRM_TODO"});
}

TEST_F(WorkSettings, APersonsRatesReplaceTheCrmsFromTheirDayOn) {
  Batch stages{"stage", {"entity", "pipeline_id", "id", "name", "semantic"}, {}};
  stages.rows = {{Text("deal"), Text("0"), Text("NEW"), Text("NEW"), Text("P")}};
  Batch rates{"currency_rate", {"currency", "day", "rate"}, {}};
  rates.rows = {{Text("USD"), int64_t{MakeDay(2025, 2, 1).number}, Text("100")},
                {Text("EUR"), int64_t{MakeDay(2025, 2, 1).number}, Text("110")}};
  Batch deals{"deal", {"id", "pipeline_id", "stage_id", "created_at", "amount", "currency"}, {}};
  const auto add = [&](const char* id, const char* created, const char* currency) {
    deals.rows.push_back(
        {Text(id), Text("0"), Text("NEW"), At(created), Money::FromMinor(100), Text(currency)});
  };
  add("1", "2025-01-10T09:00:00Z", "USD");
  add("2", "2025-03-09T20:59:59Z", "USD");
  add("3", "2025-03-09T21:00:00Z", "USD");
  add("4", "2025-03-10T09:00:00Z", "EUR");
  add("5", "2025-03-10T09:00:00Z", "KZT");
  Store(*warehouse_, At("2025-04-01T00:00:00Z"), {std::move(stages), std::move(rates), std::move(deals)});
  const auto amounts = [&] {
    return Lines(
        *warehouse_,
        "SELECT d.id, f.amount_created FROM f_deal f JOIN deal d ON d.key = f.deal_key ORDER BY d.id");
  };
  EXPECT_EQ(amounts(), (Strings{"1|100.00", "2|100.00", "3|100.00", "4|110.00", "5|null"}));
  PortalSettings portal = MoscowPortal();
  portal.rates["USD"][std::nullopt] = "90.5";
  portal.rates["USD"][MakeDay(2025, 3, 10)] = "95";
  portal.rates["KZT"][std::nullopt] = "0.19";
  warehouse_->Configure(portal).value();
  // A day begins at midnight in Moscow.
  EXPECT_EQ(amounts(), (Strings{"1|90.50", "2|90.50", "3|95.00", "4|110.00", "5|0.19"}));
  EXPECT_EQ(warehouse_->portal().rates, portal.rates);
}

}  // namespace
}  // namespace svodka::warehouse
