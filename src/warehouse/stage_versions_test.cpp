// Stages whose name, place or meaning changes under old cards: each move is judged by what its stage meant on
// its day.
#include "warehouse/internal/test_support.hpp"

namespace svodka::warehouse {
namespace {

class StageVersions : public testing::Test {
 protected:
  struct OfStage {
    const char *id, *name, *semantic;
    int64_t sort;
  };
  static Batch Stages(const std::vector<OfStage>& stages) {
    Batch batch{"stage", {"entity", "pipeline_id", "id", "name", "sort", "semantic"}, {}};
    for (const OfStage& one : stages)
      batch.rows.push_back(
          {Text("deal"), Text("0"), Text(one.id), Text(one.name), one.sort, Text(one.semantic)});
    return batch;
  }
  /// NEW, OFFER, PAID in work, WON, LOSE.
  static std::vector<OfStage> AtFirst() {
    return {{"NEW", "New", "P", 10},
            {"OFFER", "Offer", "P", 20},
            {"PAID", "Paid", "P", 30},
            {"WON", "Won", "S", 40},
            {"LOSE", "Lost", "F", 50}};
  }
  void StoreStages(const char* now, const std::vector<OfStage>& stages) {
    auto load = std::move(warehouse_->Begin(At(now))).value();
    load->Append(Stages(stages)).value();
    load->MarkComplete("stage");
    load->Commit().value();
  }
  /// One card with its whole history; the last stage is where it stands.
  void StoreDeal(const char* now, const std::string& id, const std::vector<std::array<const char*, 3>>& moves,
                 bool with_history = true) {
    Batch deals{
        "deal", {"id", "pipeline_id", "stage_id", "created_at", "moved_at", "owner_id", "amount"}, {}};
    deals.rows.push_back({Text(id), Text("0"), Text(moves.back()[0]), At(moves.front()[1]),
                          At(moves.back()[1]), Text("7"), Money::FromMinor(10'000)});
    Batch events{"stage_event",
                 {"entity", "id", "card_id", "kind", "pipeline_id", "stage_id", "moved_at", "semantic"},
                 {}};
    for (const auto& [stage, moment, semantic] : moves) {
      events.rows.push_back({Text("deal"), Text(std::to_string(++event_)), Text(id), int64_t{2}, Text("0"),
                             Text(stage), At(moment), *semantic == '\0' ? Value{} : Text(semantic)});
    }
    std::vector<Batch> batches{deals};
    if (with_history) batches.push_back(events);
    Store(*warehouse_, At(now), batches);
  }
  Strings Closings() const {
    return Lines(*warehouse_,
                 "SELECT d.id, (DATE '1970-01-01' + f.closed_day)::DATE, f.closed_semantic, f.semantic FROM "
                 "f_deal f JOIN deal d ON d.key = f.deal_key ORDER BY d.id");
  }
  /// The same figures, from the canonical history and versions written down here by hand.
  Strings Twin(const std::string& versions) const {
    return Lines(
        *warehouse_,
        "WITH version(stage, semantic, since, until) AS (VALUES " + versions +
            "), moved AS (SELECT e.card_id, e.moved_at, v.semantic, lag(v.semantic) OVER w AS before, "
            "row_number() OVER (PARTITION BY e.card_id ORDER BY e.moved_at DESC) AS back FROM stage_event e "
            "JOIN version v ON v.stage = e.stage_id AND e.moved_at + INTERVAL 3 HOUR >= v.since::DATE AND "
            "e.moved_at + INTERVAL 3 HOUR < v.until::DATE WINDOW w AS (PARTITION BY e.card_id ORDER BY "
            "e.moved_at)), now AS (SELECT card_id, semantic FROM moved WHERE back = 1) "
            "SELECT n.card_id, CASE WHEN n.semantic <> 'P' THEN (SELECT max((m.moved_at + INTERVAL 3 "
            "HOUR)::DATE) FROM moved m WHERE m.card_id = n.card_id AND m.semantic <> 'P' AND "
            "coalesce(m.before, "
            "'P') = 'P') END, CASE n.semantic WHEN 'P' THEN 0 WHEN 'S' THEN 1 ELSE 2 END, CASE n.semantic "
            "WHEN "
            "'P' THEN 0 WHEN 'S' THEN 1 ELSE 2 END FROM now n ORDER BY n.card_id");
  }
  void ExpectSameAnew() {
    const Strings step_by_step = Closings();
    RederiveForTest(*warehouse_).value();
    EXPECT_EQ(Closings(), step_by_step);
  }
  void SetUp() override { warehouse_->Configure(MoscowPortal()).value(); }

  std::unique_ptr<Warehouse> warehouse_ = OpenInMemory();
  int event_ = 0;
};

TEST_F(StageVersions, AMoveIsJudgedByWhatItsStageMeantThen) {
  StoreStages("2025-02-01T00:00:00Z", AtFirst());
  StoreDeal("2025-02-02T00:00:00Z", "1",
            {{"NEW", "2025-01-10T09:00:00Z", ""}, {"PAID", "2025-01-20T09:00:00Z", ""}});
  StoreDeal("2025-02-02T00:00:00Z", "2", {{"NEW", "2025-01-10T09:00:00Z", ""}});
  StoreDeal("2025-02-02T00:00:00Z", "4",
            {{"NEW", "2025-01-10T09:00:00Z", ""},
             {"PAID", "2025-01-15T09:00:00Z", ""},
             {"WON", "2025-01-30T09:00:00Z", ""}});
  const Strings before = Closings();
  // From 1 March (Moscow) a paid deal is a won one.
  auto stages = AtFirst();
  stages[2] = {"PAID", "Paid in full", "S", 30};
  StoreStages("2025-02-28T21:30:00Z", stages);
  EXPECT_EQ(Closings(), before) << "what happened before stays as it was";
  EXPECT_EQ(Lines(*warehouse_, "SELECT name, semantic FROM d_stage WHERE id = 'PAID'"),
            Strings{"Paid in full|1"});
  StoreDeal("2025-03-06T00:00:00Z", "2",
            {{"NEW", "2025-01-10T09:00:00Z", ""}, {"PAID", "2025-03-05T09:00:00Z", ""}});
  // Without history: by the day of its last move.
  StoreDeal("2025-03-06T00:00:00Z", "3", {{"PAID", "2025-01-15T09:00:00Z", ""}}, false);
  StoreDeal("2025-03-06T00:00:00Z", "5",
            {{"NEW", "2025-01-10T09:00:00Z", ""},
             {"PAID", "2025-02-28T20:59:00Z", ""},
             {"WON", "2025-03-07T09:00:00Z", ""}});
  StoreDeal("2025-03-06T00:00:00Z", "6",
            {{"NEW", "2025-01-10T09:00:00Z", ""},
             {"PAID", "2025-02-28T21:00:00Z", ""},
             {"WON", "2025-03-07T09:00:00Z", ""}});
  EXPECT_EQ(Closings(), (Strings{"1|null|0|0", "2|2025-03-05|1|1", "3|null|0|0", "4|2025-01-30|1|1",
                                 "5|2025-03-07|1|1", "6|2025-03-01|1|1"}));
  ExpectSameAnew();
  // And taken back in April: the win of March stays one.
  StoreStages("2025-04-10T00:00:00Z", AtFirst());
  StoreDeal("2025-04-11T00:00:00Z", "7",
            {{"NEW", "2025-04-01T09:00:00Z", ""}, {"PAID", "2025-04-10T09:00:00Z", ""}});
  const std::string versions =
      "('NEW', 'P', '2000-01-01', '2100-01-01'), ('OFFER', 'P', '2000-01-01', '2100-01-01'), ('PAID', 'P', "
      "'2000-01-01', '2025-03-01'), ('PAID', 'S', '2025-03-01', '2025-04-10'), ('PAID', 'P', '2025-04-10', "
      "'2100-01-01'), ('WON', 'S', '2000-01-01', '2100-01-01'), ('LOSE', 'F', '2000-01-01', '2100-01-01')";
  Strings with_history;
  for (const std::string& line : Closings()) {
    if (!line.starts_with("3|")) with_history.push_back(line);
  }
  EXPECT_EQ(with_history, Twin(versions));
  EXPECT_EQ(with_history.back(), "7|null|0|0");
  ExpectSameAnew();
}

TEST_F(StageVersions, NamesAndPlacesAreKeptAndNothingThatHeldForNoDay) {
  StoreStages("2025-02-01T00:00:00Z", AtFirst());
  auto stages = AtFirst();
  stages[1] = {"OFFER", "Proposal", "P", 20};
  StoreStages("2025-03-01T08:00:00Z", stages);
  stages[1] = {"OFFER", "Quote", "P", 5};
  StoreStages("2025-03-01T12:00:00Z", stages);
  StoreStages("2025-03-01T13:00:00Z", stages);
  EXPECT_EQ(Lines(*warehouse_,
                  "SELECT id, name, sort, semantic, (DATE '1970-01-01' + until_day)::DATE FROM stage_past"),
            Strings{"OFFER|Offer|20|P|2025-03-01"});
  EXPECT_EQ(Lines(*warehouse_,
                  "SELECT stage_id, ordinal, is_first, is_now FROM stage_dated WHERE stage_id IN ('NEW', "
                  "'OFFER') ORDER BY from_day, ordinal"),
            (Strings{"NEW|1|true|false", "OFFER|2|false|false", "OFFER|1|true|true", "NEW|2|false|true"}));
  // Moving ahead and back is told by the order of then; what was reached, by that of now.
  StoreDeal("2025-03-02T00:00:00Z", "1",
            {{"NEW", "2025-01-10T09:00:00Z", ""}, {"OFFER", "2025-01-12T09:00:00Z", ""}});
  StoreDeal("2025-03-05T00:00:00Z", "2",
            {{"NEW", "2025-03-03T09:00:00Z", ""}, {"OFFER", "2025-03-04T09:00:00Z", ""}});
  EXPECT_EQ(Lines(*warehouse_, "SELECT outcome FROM f_deal_visit WHERE visit = 1 ORDER BY deal_key"),
            (Strings{"1", "3"}));
  EXPECT_EQ(
      Lines(*warehouse_,
            "SELECT s.id, furthest_ordinal FROM f_deal f JOIN d_stage s ON s.key = f.furthest_stage_key"),
      (Strings{"NEW|2", "NEW|2"}));
}

TEST_F(StageVersions, ADeletedStageKeepsItsMeaningAndItsName) {
  StoreStages("2025-02-01T00:00:00Z", AtFirst());
  StoreDeal("2025-02-02T00:00:00Z", "1",
            {{"NEW", "2025-01-10T09:00:00Z", ""}, {"LOSE", "2025-01-20T09:00:00Z", ""}});
  auto stages = AtFirst();
  stages.pop_back();
  StoreStages("2025-03-01T00:00:00Z", stages);
  EXPECT_EQ(Closings(), Strings{"1|2025-01-20|2|2"});
  EXPECT_EQ(Lines(*warehouse_, "SELECT name, semantic, removed FROM d_stage WHERE id = 'LOSE'"),
            Strings{"Lost|2|true"});
  // A stage that was gone before we came: the history alone knows what it meant.
  StoreDeal("2025-03-02T00:00:00Z", "2",
            {{"NEW", "2025-01-10T09:00:00Z", "P"}, {"UC_7", "2025-01-25T09:00:00Z", "F"}});
  EXPECT_EQ(Closings(), (Strings{"1|2025-01-20|2|2", "2|2025-01-25|2|2"}));
  EXPECT_EQ(Lines(*warehouse_, "SELECT semantic, removed FROM d_stage WHERE id = 'UC_7'"), Strings{"2|true"});
}

TEST_F(StageVersions, TheWordOfTheHistoryGoesBeforeWhatTheStageMeansToday) {
  StoreStages("2025-02-01T00:00:00Z", AtFirst());
  // OFFER was a success until someone changed it, long before we came.
  StoreDeal("2025-02-02T00:00:00Z", "1",
            {{"NEW", "2025-01-10T09:00:00Z", "P"}, {"OFFER", "2025-01-20T09:00:00Z", "S"}});
  StoreDeal("2025-02-02T00:00:00Z", "2",
            {{"NEW", "2025-01-10T09:00:00Z", "P"},
             {"PAID", "2025-01-20T09:00:00Z", "P"},
             {"WON", "2025-01-25T09:00:00Z", "S"}});
  EXPECT_EQ(Closings(), (Strings{"1|2025-01-20|1|1", "2|2025-01-25|1|1"}));
  // The portal's own sale point still goes before both.
  PortalSettings portal = MoscowPortal();
  portal.sale_point_stage = {{"0", "PAID"}};
  warehouse_->Configure(portal).value();
  EXPECT_EQ(Closings(), (Strings{"1|2025-01-20|1|1", "2|2025-01-20|1|1"}));
}

TEST_F(StageVersions, WhatAFilesMappingSaidWronglyWasNeverTrue) {
  PortalSettings portal = MoscowPortal();
  portal.kind = "file";
  warehouse_->Configure(portal).value();
  StoreStages("2025-02-01T00:00:00Z", AtFirst());
  StoreDeal("2025-02-02T00:00:00Z", "1",
            {{"NEW", "2025-01-10T09:00:00Z", ""}, {"PAID", "2025-01-20T09:00:00Z", ""}});
  auto stages = AtFirst();
  stages[2] = {"PAID", "Paid", "S", 30};
  StoreStages("2025-03-01T00:00:00Z", stages);
  EXPECT_EQ(Closings(), Strings{"1|2025-01-20|1|1"});
}

}  // namespace
}  // namespace svodka::warehouse
