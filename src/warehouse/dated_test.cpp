// Settings with dates: a moment is judged by what held on its day. And loads that put derivation off.
#include "warehouse/internal/test_support.hpp"

namespace svodka::warehouse {
namespace {

using Ids = std::set<std::string>;
using Stage = std::map<std::string, std::string>;

class Dated : public testing::Test {
 protected:
  /// Pipeline 0: NEW, PAID, WON, LOSE; pipeline 9: MAKE, DONE.
  static Batch Stages() {
    Batch batch{"stage", {"entity", "pipeline_id", "id", "name", "sort", "semantic"}, {}};
    int64_t sort = 0;
    for (const auto& [pipeline, id, semantic] : std::vector<std::array<const char*, 3>>{{"0", "NEW", "P"},
                                                                                        {"0", "PAID", "P"},
                                                                                        {"0", "WON", "S"},
                                                                                        {"0", "LOSE", "F"},
                                                                                        {"9", "MAKE", "P"},
                                                                                        {"9", "DONE", "S"}}) {
      batch.rows.push_back({Text("deal"), Text(pipeline), Text(id), Text(id), ++sort, Text(semantic)});
    }
    return batch;
  }
  static Batch Deals(const std::vector<std::array<const char*, 4>>& cards) {
    Batch batch{
        "deal", {"id", "pipeline_id", "stage_id", "created_at", "moved_at", "owner_id", "amount"}, {}};
    for (const auto& [id, pipeline, stage, moved] : cards) {
      batch.rows.push_back({Text(id), Text(pipeline), Text(stage), At("2025-01-10T09:00:00Z"), At(moved),
                            Text("7"), Money::FromMinor(10'000)});
    }
    return batch;
  }
  Batch Events(const std::vector<std::array<const char*, 4>>& events) {
    Batch batch{
        "stage_event", {"entity", "id", "card_id", "kind", "pipeline_id", "stage_id", "moved_at"}, {}};
    for (const auto& [card, pipeline, stage, moment] : events) {
      batch.rows.push_back({Text("deal"), Text(std::to_string(++event_)), Text(card), int64_t{2},
                            Text(pipeline), Text(stage), At(moment)});
    }
    return batch;
  }
  Strings Closings() const {
    return Lines(*warehouse_,
                 "SELECT d.id, (DATE '1970-01-01' + f.closed_day)::DATE, f.closed_semantic FROM f_deal f "
                 "JOIN deal d ON "
                 "d.key = f.deal_key ORDER BY d.id");
  }
  Strings States(const std::string& id) const {
    return Lines(*warehouse_,
                 "SELECT s.id, (DATE '1970-01-01' + from_day)::DATE, v.semantic, v.after_sale FROM "
                 "f_deal_state v JOIN "
                 "d_stage s ON s.key = v.stage_key JOIN deal d ON d.key = v.deal_key WHERE d.id = '" +
                     id + "' ORDER BY from_day");
  }
  static constexpr const char* kNow = "2025-06-01T00:00:00Z";

  std::unique_ptr<Warehouse> warehouse_ = OpenInMemory();
  int event_ = 0;
};

TEST_F(Dated, AMoveIsJudgedByTheSalePointOfItsDay) {
  PortalSettings portal = MoscowPortal();
  portal.changes[MakeDay(2025, 2, 1)].sale_point_stage = Stage{{"0", "PAID"}};
  portal.changes[MakeDay(2025, 4, 1)].sale_point_stage.emplace();
  warehouse_->Configure(portal).value();
  Store(*warehouse_, At(kNow),
        {Stages(),
         Deals({{"1", "0", "WON", "2025-02-20T09:00:00Z"},
                {"2", "0", "WON", "2025-02-25T09:00:00Z"},
                {"3", "0", "PAID", "2025-01-31T21:30:00Z"},
                {"4", "0", "PAID", "2025-01-31T20:30:00Z"},
                {"5", "0", "PAID", "2025-04-01T09:00:00Z"}}),
         Events({{"1", "0", "NEW", "2025-01-10T09:00:00Z"},
                 {"1", "0", "PAID", "2025-01-15T09:00:00Z"},
                 {"1", "0", "WON", "2025-02-20T09:00:00Z"},
                 {"2", "0", "NEW", "2025-01-10T09:00:00Z"},
                 {"2", "0", "PAID", "2025-02-05T09:00:00Z"},
                 {"2", "0", "WON", "2025-02-25T09:00:00Z"},
                 {"3", "0", "PAID", "2025-01-31T21:30:00Z"},
                 {"4", "0", "PAID", "2025-01-31T20:30:00Z"}})});
  // 1 was paid before the sale point held: won when the CRM says so. 2 was paid under it. 3 moved half an
  // hour into 1 February in Moscow, 4 half an hour before it. 5, without history, moved when it held no more.
  EXPECT_EQ(Closings(),
            (Strings{"1|2025-02-20|1", "2|2025-02-05|1", "3|2025-02-01|1", "4|null|0", "5|null|0"}));
  EXPECT_EQ(States("1"),
            (Strings{"NEW|2025-01-10|0|false", "PAID|2025-01-15|0|false", "WON|2025-02-20|1|false"}));
  EXPECT_EQ(States("2"),
            (Strings{"NEW|2025-01-10|0|false", "PAID|2025-02-05|1|false", "WON|2025-02-25|1|false"}));
  EXPECT_EQ(Lines(*warehouse_, "SELECT id, semantic FROM d_stage WHERE id IN ('PAID', 'WON') ORDER BY id"),
            (Strings{"PAID|0", "WON|1"}))
      << "names and colours are of today";

  // The setting is taken back: everything is judged anew, at once.
  const int64_t version = warehouse_->state().data_version;
  warehouse_->Configure(MoscowPortal()).value();
  EXPECT_EQ(Closings(), (Strings{"1|2025-02-20|1", "2|2025-02-25|1", "3|null|0", "4|null|0", "5|null|0"}));
  EXPECT_EQ(warehouse_->state().data_version, version + 1);
}

TEST_F(Dated, APipelineIsAfterSaleFromItsDayOn) {
  PortalSettings portal = MoscowPortal();
  portal.after_sale_pipelines = {"9"};
  portal.changes[MakeDay(2025, 3, 1)].after_sale_pipelines.emplace();
  warehouse_->Configure(portal).value();
  Store(*warehouse_, At(kNow),
        {Stages(),
         Deals({{"1", "9", "MAKE", "2025-02-20T09:00:00Z"}, {"2", "9", "MAKE", "2025-03-20T09:00:00Z"}}),
         Events({{"1", "0", "WON", "2025-02-10T09:00:00Z"},
                 {"1", "9", "MAKE", "2025-02-20T09:00:00Z"},
                 {"2", "0", "WON", "2025-02-10T09:00:00Z"},
                 {"2", "9", "MAKE", "2025-03-20T09:00:00Z"}})});
  // 1 was handed over while 9 was after-sale: the win stays. 2 went to what is a sales pipeline by then:
  // reopened.
  EXPECT_EQ(Closings(), (Strings{"1|2025-02-10|1", "2|null|0"}));
  EXPECT_EQ(Lines(*warehouse_, "SELECT reopened, after_sale FROM f_deal ORDER BY deal_key"),
            (Strings{"false|false", "true|false"}));
  EXPECT_EQ(Lines(*warehouse_, "SELECT after_sale FROM f_deal_state WHERE semantic = 0 AND from_day >= " +
                                   std::to_string(MakeDay(2025, 2, 20).number) + " ORDER BY from_day"),
            (Strings{"true", "false"}));
  EXPECT_EQ(Lines(*warehouse_, "SELECT after_sale FROM d_pipeline WHERE id = '9'"), Strings{"false"});
}

TEST_F(Dated, ATechnicalAccountIsNoPersonFromItsDayOn) {
  PortalSettings portal = MoscowPortal();
  portal.changes[MakeDay(2025, 2, 1)].technical_users = Ids{"7"};
  warehouse_->Configure(portal).value();
  Batch activities{
      "activity", {"id", "kind", "doer_id", "created_at", "completed", "completed_at", "happened_at"}, {}};
  Batch bindings{"activity_binding", {"activity_id", "entity", "card_id"}, {}};
  for (const char* moment : {"2025-01-20T09:00:00Z", "2025-02-10T09:00:00Z"}) {
    activities.rows.push_back(
        {Text(moment), Text("call"), Text("7"), At(moment), true, At(moment), At(moment)});
    bindings.rows.push_back({Text(moment), Text("deal"), Text("1")});
  }
  Store(*warehouse_, At(kNow),
        {Stages(), Deals({{"1", "0", "NEW", "2025-01-10T09:00:00Z"}}), activities, bindings});
  EXPECT_EQ(Lines(*warehouse_, "SELECT (DATE '1970-01-01' + last_sign_day)::DATE FROM f_deal"),
            Strings{"2025-01-20"});
  EXPECT_EQ(Lines(*warehouse_, "SELECT (DATE '1970-01-01' + day)::DATE, life FROM f_deal_sign ORDER BY day"),
            (Strings{"2025-01-20|true", "2025-02-10|false"}));
}

TEST_F(Dated, ALostLeadIsJunkByTheSettingOfItsClosing) {
  PortalSettings portal = MoscowPortal();
  portal.changes[MakeDay(2025, 3, 1)].junk_stages = Ids{"JUNK"};
  portal.changes[MakeDay(2025, 4, 1)].junk_reasons = Ids{"SPAM"};
  portal.changes[MakeDay(2025, 5, 1)].junk_stages.emplace();
  warehouse_->Configure(portal).value();
  Batch stages{"stage", {"entity", "pipeline_id", "id", "name", "sort", "semantic"}, {}};
  int64_t sort = 0;
  for (const auto& [id, semantic] : std::vector<std::pair<const char*, const char*>>{
           {"NEW", "P"}, {"OK", "S"}, {"JUNK", "F"}, {"OTHER", "F"}}) {
    stages.rows.push_back({Text("lead"), Text("lead"), Text(id), Text(id), ++sort, Text(semantic)});
  }
  Batch leads{"lead", {"id", "pipeline_id", "stage_id", "created_at", "closed_at", "loss_reason_id"}, {}};
  const auto add = [&](const char* id, const char* stage, const char* closed, Value reason = {}) {
    leads.rows.push_back({Text(id), Text("lead"), Text(stage), At("2025-01-10T09:00:00Z"),
                          closed == nullptr ? Value{} : Value{At(closed)}, std::move(reason)});
  };
  add("1", "OTHER", "2025-02-28T20:30:00Z");  // nothing was marked: every lost lead is junk
  add("2", "OTHER", "2025-02-28T21:30:00Z");  // 1 March in Moscow: only the stage is
  add("3", "JUNK", "2025-03-10T09:00:00Z");
  add("4", "OTHER", "2025-03-10T09:00:00Z", Text("SPAM"));  // the reason is not yet
  add("5", "OTHER", "2025-04-10T09:00:00Z", Text("SPAM"));
  add("6", "JUNK", "2025-04-10T09:00:00Z");
  add("7", "JUNK", "2025-05-10T09:00:00Z");  // the stage is no more, the reason still is
  add("8", "OTHER", "2025-05-10T09:00:00Z", Text("SPAM"));
  add("9", "OK", "2025-01-20T09:00:00Z");
  Store(*warehouse_, At(kNow), {stages, leads});
  const std::string junk =
      "SELECT l.id FROM f_lead f JOIN lead l ON l.key = f.lead_key WHERE junk ORDER BY l.id";
  EXPECT_EQ(Lines(*warehouse_, junk), (Strings{"1", "3", "5", "6", "8"}));
  EXPECT_EQ(Lines(*warehouse_, "SELECT id FROM d_stage WHERE is_junk"), Strings{}) << "as of today";
  EXPECT_EQ(Lines(*warehouse_, "SELECT id FROM d_code WHERE is_junk"), Strings{"SPAM"});

  warehouse_->Configure(MoscowPortal()).value();
  EXPECT_EQ(Lines(*warehouse_, junk), (Strings{"1", "2", "3", "4", "5", "6", "7", "8"}));
}

TEST_F(Dated, ASaleIsTheSellersOrTheResponsiblesByTheSettingOfItsClosing) {
  PortalSettings portal = MoscowPortal();
  portal.changes[MakeDay(2025, 3, 1)].seller_frozen = false;
  warehouse_->Configure(portal).value();
  const auto deals = [](const char* owner) {
    Batch batch{"deal", {"id", "pipeline_id", "stage_id", "created_at", "moved_at", "owner_id"}, {}};
    for (const auto& [id, moved] : std::vector<std::pair<const char*, const char*>>{
             {"1", "2025-02-28T20:30:00Z"}, {"2", "2025-02-28T21:30:00Z"}, {"3", "2025-05-01T09:00:00Z"}}) {
      batch.rows.push_back(
          {Text(id), Text("0"), Text("WON"), At("2025-01-10T09:00:00Z"), At(moved), Text(owner)});
    }
    return batch;
  };
  Store(*warehouse_, At(kNow), {Stages(), deals("7")});
  Store(*warehouse_, At(kNow), {deals("8")});
  const std::string closers =
      "SELECT d.id, u.id FROM f_deal f JOIN deal d ON d.key = f.deal_key JOIN crm_user u ON u.key = "
      "f.closer_key ORDER BY d.id";
  EXPECT_EQ(Lines(*warehouse_, closers), (Strings{"1|7", "2|8", "3|8"}));
  portal.changes[MakeDay(2025, 4, 1)].seller_frozen = true;
  warehouse_->Configure(portal).value();
  EXPECT_EQ(Lines(*warehouse_, closers), (Strings{"1|7", "2|8", "3|7"}));
  portal.changes.clear();
  warehouse_->Configure(portal).value();
  EXPECT_EQ(Lines(*warehouse_, closers), (Strings{"1|7", "2|7", "3|7"}));
}

TEST_F(Dated, DatedSettingsAreKeptInTheFile) {
  const TemporaryFolder folder;
  PortalSettings portal = MoscowPortal();
  portal.sale_point_stage = {{"0", "PAID"}};
  portal.lead_pipelines = {"3"};
  portal.changes[MakeDay(2025, 2, 1)].sale_point_stage = Stage{{"0", "WON"}, {"9", "DONE"}};
  portal.changes[MakeDay(2025, 2, 1)].technical_users.emplace();
  portal.changes[MakeDay(2025, 3, 1)].lead_pipelines = Ids{"4", "5"};
  portal.junk_reasons = {"SPAM"};
  portal.changes[MakeDay(2025, 2, 1)].junk_stages = Ids{"JUNK"};
  portal.changes[MakeDay(2025, 3, 1)].junk_reasons.emplace();
  portal.changes[MakeDay(2025, 3, 1)].seller_frozen = false;
  {
    auto file = Warehouse::Open({.path = folder.File(), .threads = 1}).value();
    file->Configure(portal).value();
  }
  EXPECT_EQ(Warehouse::Open({.path = folder.File(), .threads = 1}).value()->portal(), portal);
}

TEST_F(Dated, ALoadThatMoreFollowsMayWaitForTheStarAndLosesNothing) {
  const TemporaryFolder folder;
  const auto cards = [](int from, int to) {
    Batch batch{"deal", {"id", "pipeline_id", "stage_id", "created_at"}, {}};
    for (int id = from; id < to; ++id) {
      batch.rows.push_back({Text(std::to_string(id)), Text("0"), Text("NEW"), At("2025-01-10T09:00:00Z")});
    }
    return batch;
  };
  const auto store = [&](Warehouse& warehouse, int from, int to) {
    auto load = std::move(warehouse.Begin(At(kNow))).value();
    load->Append(Stages()).value();
    load->Append(cards(from, to)).value();
    load->SetCursor("deal", std::to_string(to));
    load->MoreFollows();
    return load->Commit().value();
  };
  const auto counts = [](const Warehouse& warehouse) {
    return Lines(warehouse, "SELECT (SELECT count(*) FROM deal), (SELECT count(*) FROM f_deal)").at(0);
  };
  {
    auto warehouse = Warehouse::Open({.path = folder.File(), .threads = 1}).value();
    warehouse->Configure(MoscowPortal()).value();
    store(*warehouse, 0, 100);
    EXPECT_EQ(counts(*warehouse), "100|100") << "the first rows are seen at once";
    const int64_t version = warehouse->state().data_version;
    store(*warehouse, 100, 150);
    EXPECT_EQ(counts(*warehouse), "150|100");
    EXPECT_EQ(warehouse->state().data_version, version) << "what queries see is as it was";
    EXPECT_EQ(warehouse->FindCursor("deal").value(), "150");
  }
  // The process ended in between: the next load catches up, also one without rows.
  auto warehouse = Warehouse::Open({.path = folder.File(), .threads = 1}).value();
  Store(*warehouse, At(kNow), {});
  EXPECT_EQ(counts(*warehouse), "150|150");
  Store(*warehouse, At(kNow), {});
  EXPECT_EQ(warehouse->state().data_version, 2);
}

}  // namespace
}  // namespace svodka::warehouse
