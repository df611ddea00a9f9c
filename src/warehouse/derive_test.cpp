#include "warehouse/internal/test_support.hpp"

namespace svodka::warehouse {
namespace {

int64_t DayOf(int year, unsigned month, unsigned day) { return MakeDay(year, month, day).number; }

/// A small portal: pipeline 0 (NEW, WORK, WON, LOSE), pipeline 9 for after-sale (MAKE, DONE), leads (L1, L2,
/// OK, JUNK).
class Derive : public testing::Test {
 protected:
  Derive() { Configure(MoscowPortal()); }

  void Configure(const PortalSettings& settings) { warehouse_->Configure(settings).value(); }

  static Batch Stages() {
    Batch batch{"stage", {"entity", "pipeline_id", "id", "name", "sort", "semantic"}, {}};
    const auto add = [&](const char* entity, const char* pipeline, const char* id, int sort,
                         const char* semantic) {
      batch.rows.push_back({Text(entity), Text(pipeline), Text(id), Text(id), int64_t{sort}, Text(semantic)});
    };
    add("deal", "0", "NEW", 10, "P");
    add("deal", "0", "WORK", 20, "P");
    add("deal", "0", "PAID", 25, "P");
    add("deal", "0", "WON", 30, "S");
    add("deal", "0", "LOSE", 40, "F");
    add("deal", "9", "MAKE", 10, "P");
    add("deal", "9", "DONE", 20, "S");
    add("lead", "lead", "L1", 10, "P");
    add("lead", "lead", "L2", 20, "P");
    add("lead", "lead", "OK", 30, "S");
    add("lead", "lead", "JUNK", 40, "F");
    return batch;
  }

  struct Card {
    std::string id = "1";
    std::string stage = "NEW";
    std::string created = "2025-01-10T09:00:00Z";
    std::string moved = "";
    std::string pipeline = "0";
    std::string owner = "7";
    int64_t amount = 10000;
    std::string closed = "";
    std::string company = "";
    std::string currency = "RUB";
    std::string lead = "";
    std::string phone = "";
    std::string mover = "";
    int64_t planned = 0;
  };
  static Value When(const std::string& text) { return text.empty() ? Value{} : Value{At(text)}; }
  static Value Maybe(const std::string& text) { return text.empty() ? Value{} : Value{text}; }
  static Batch Deals(const std::vector<Card>& cards) {
    Batch batch{"deal",
                {"id", "stage_id", "created_at", "moved_at", "pipeline_id", "owner_id", "amount",
                 "company_id", "currency", "closed_at", "lead_id", "phone", "mover_id", "planned_close"},
                {}};
    for (const Card& c : cards) {
      batch.rows.push_back({Text(c.id), Text(c.stage), When(c.created), When(c.moved), Text(c.pipeline),
                            Text(c.owner), Money::FromMinor(c.amount), Maybe(c.company), Maybe(c.currency),
                            When(c.closed), Maybe(c.lead), Maybe(c.phone), Maybe(c.mover),
                            c.planned == 0 ? Value{} : Value{c.planned}});
    }
    return batch;
  }
  static Batch Leads(const std::vector<Card>& cards) {
    Batch batch{"lead",
                {"id", "stage_id", "created_at", "moved_at", "pipeline_id", "owner_id", "amount",
                 "company_id", "currency", "closed_at", "mover_id"},
                {}};
    for (const Card& c : cards) {
      batch.rows.push_back({Text(c.id), Text(c.stage), When(c.created), When(c.moved), Text("lead"),
                            Text(c.owner), Money::FromMinor(c.amount), Maybe(c.company), Maybe(c.currency),
                            When(c.closed), Maybe(c.mover)});
    }
    return batch;
  }
  struct Event {
    std::string card, stage, moment;
    int kind = 2;
    std::string pipeline = "0";
    std::string entity = "deal";
  };
  Batch Events(const std::vector<Event>& events) {
    Batch batch{
        "stage_event", {"entity", "id", "card_id", "kind", "pipeline_id", "stage_id", "moved_at"}, {}};
    for (const Event& e : events) {
      batch.rows.push_back({Text(e.entity), Text(std::to_string(++event_)), Text(e.card), int64_t{e.kind},
                            Text(e.pipeline), Text(e.stage), At(e.moment)});
    }
    return batch;
  }
  static Batch Clients(const std::vector<std::pair<std::string, std::string>>& ids) {
    Batch batch{"client", {"id", "kind", "name", "company_id"}, {}};
    for (const auto& [id, company] : ids) {
      batch.rows.push_back({Text(id), Text(id.substr(0, id.find(':'))), Text(id), Maybe(company)});
    }
    return batch;
  }
  void Load(std::vector<Batch> batches, const std::string& now = "2025-06-01T00:00:00Z") {
    batches.insert(batches.begin(), Stages());
    Store(*warehouse_, At(now), std::move(batches));
  }
  Strings Read(std::string_view sql) const { return Lines(*warehouse_, sql); }
  /// closed_day as a date, semantic, closed_semantic.
  Strings Closing() const {
    return Read(
        "SELECT (DATE '1970-01-01' + closed_day)::DATE, semantic, closed_semantic FROM f_deal ORDER BY "
        "deal_key");
  }
  Strings Visits() const {
    return Read(
        "SELECT v.visit, s.id, (DATE '1970-01-01' + entered_day)::DATE, (DATE '1970-01-01' + "
        "left_day)::DATE, outcome FROM "
        "f_deal_visit v JOIN d_stage s ON s.key = v.stage_key ORDER BY deal_key, visit");
  }
  Strings States() const {
    return Read(
        "SELECT coalesce(s.id, '?'), (DATE '1970-01-01' + from_day)::DATE, CASE WHEN to_day < 2147483647 "
        "THEN (DATE "
        "'1970-01-01' + to_day)::DATE END, v.semantic FROM f_deal_state v LEFT JOIN d_stage s ON s.key = "
        "v.stage_key "
        "ORDER BY deal_key, from_day");
  }

  std::unique_ptr<Warehouse> warehouse_ = OpenInMemory();
  int event_ = 0;
};

TEST_F(Derive, StagesHaveEffectiveSemanticsAndOrdinals) {
  PortalSettings portal = MoscowPortal();
  portal.sale_point_stage["0"] = "PAID";
  portal.after_sale_pipelines = {"9"};
  Configure(portal);
  Load({});
  EXPECT_EQ(Read("SELECT id, semantic, ordinal, is_first FROM d_stage WHERE entity = 'deal' ORDER BY "
                 "pipeline_key, ordinal"),
            (Strings{"NEW|0|1|true", "WORK|0|2|false", "PAID|1|3|false", "WON|1|4|false", "LOSE|2|5|false",
                     "MAKE|0|1|true", "DONE|1|2|false"}));
  EXPECT_EQ(Read("SELECT id, after_sale FROM d_pipeline WHERE entity = 'deal' ORDER BY id"),
            (Strings{"0|false", "9|true"}));
}

TEST_F(Derive, VisitsFollowHistoryFromCreation) {
  Load({Deals({{.stage = "WON", .moved = "2025-01-20T09:00:00Z"}}),
        Events({{"1", "NEW", "2025-01-10T09:00:05Z", 1},
                {"1", "WORK", "2025-01-12T09:00:00Z"},
                {"1", "WON", "2025-01-20T09:00:00Z", 3}})});
  EXPECT_EQ(Visits(), (Strings{"1|NEW|2025-01-10|2025-01-12|1", "2|WORK|2025-01-12|2025-01-20|1",
                               "3|WON|2025-01-20|null|0"}));
  EXPECT_EQ(Closing(), Strings{"2025-01-20|1|1"});
  EXPECT_EQ(Read("SELECT cycle_s FROM f_deal"), Strings{std::to_string(10 * 86400)});
  EXPECT_EQ(States(), (Strings{"NEW|2025-01-10|2025-01-12|0", "WORK|2025-01-12|2025-01-20|0",
                               "WON|2025-01-20|null|1"}));
}

TEST_F(Derive, ADayBeginsAtMidnightOfThePortalsZone) {
  Load({Deals(
      {{.id = "1", .created = "2025-01-09T20:59:59Z"}, {.id = "2", .created = "2025-01-09T21:00:00Z"}})});
  EXPECT_EQ(Read("SELECT created_day FROM f_deal ORDER BY deal_key"),
            (Strings{std::to_string(DayOf(2025, 1, 9)), std::to_string(DayOf(2025, 1, 10))}));
}

TEST_F(Derive, DaylightSavingMovesTheDaysEdge) {
  PortalSettings portal = MoscowPortal();
  portal.zone = "America/New_York";  // -5 h in winter, -4 h from 2025-03-09 07:00 UTC to 2025-11-02 06:00 UTC
  Configure(portal);
  Load({Deals({{.id = "1", .created = "2025-03-09T04:59:59Z"},
               {.id = "2", .created = "2025-03-10T03:59:59Z"},
               {.id = "3", .created = "2025-03-10T04:00:00Z"},
               {.id = "4", .created = "2025-11-02T04:00:00Z"},
               {.id = "5", .created = "2025-11-03T04:59:59Z"},
               {.id = "6", .created = "2025-11-03T05:00:00Z"}})});
  EXPECT_EQ(Read("SELECT (DATE '1970-01-01' + created_day)::DATE FROM f_deal ORDER BY deal_key"),
            (Strings{"2025-03-08", "2025-03-09", "2025-03-10", "2025-11-02", "2025-11-02", "2025-11-03"}));
}

TEST_F(Derive, AReopenedCardHasNoClosing) {
  Load({Deals({{.stage = "WORK", .moved = "2025-02-05T09:00:00Z"}}),
        Events({{"1", "NEW", "2025-01-10T09:00:00Z", 1},
                {"1", "LOSE", "2025-01-20T09:00:00Z", 3},
                {"1", "WORK", "2025-02-05T09:00:00Z"}})});
  EXPECT_EQ(Closing(), Strings{"null|0|0"});
  EXPECT_EQ(Read("SELECT reopened FROM f_deal"), Strings{"true"});
  EXPECT_EQ(States(), (Strings{"NEW|2025-01-10|2025-01-20|0", "LOSE|2025-01-20|2025-02-05|2",
                               "WORK|2025-02-05|null|0"}));
}

TEST_F(Derive, AReopenedCardClosesAnewOnTheLastEntry) {
  Load({Deals({{.stage = "WON", .moved = "2025-03-01T09:00:00Z"}}),
        Events({{"1", "NEW", "2025-01-10T09:00:00Z", 1},
                {"1", "LOSE", "2025-01-20T09:00:00Z", 3},
                {"1", "WORK", "2025-02-05T09:00:00Z"},
                {"1", "WON", "2025-03-01T09:00:00Z", 3}})});
  EXPECT_EQ(Closing(), Strings{"2025-03-01|1|1"});
  EXPECT_EQ(Read("SELECT v.visit, outcome FROM f_deal_visit v ORDER BY visit"),
            (Strings{"1|2", "2|3", "3|1", "4|0"}));
}

TEST_F(Derive, FromTheSalePointOnTheCardIsWonAndLaterMovesChangeNothing) {
  PortalSettings portal = MoscowPortal();
  portal.sale_point_stage["0"] = "PAID";
  Configure(portal);
  Load({Deals({{.stage = "WON", .moved = "2025-02-20T09:00:00Z"}}),
        Events({{"1", "NEW", "2025-01-10T09:00:00Z", 1},
                {"1", "PAID", "2025-01-15T09:00:00Z"},
                {"1", "WON", "2025-02-20T09:00:00Z", 3}})});
  EXPECT_EQ(Closing(), Strings{"2025-01-15|1|1"});
}

TEST_F(Derive, HandingOverToAfterSaleKeepsTheWin) {
  PortalSettings portal = MoscowPortal();
  portal.after_sale_pipelines = {"9"};
  Configure(portal);
  Load({Deals({{.stage = "MAKE", .moved = "2025-01-25T09:00:00Z", .pipeline = "9"}}),
        Events({{"1", "NEW", "2025-01-10T09:00:00Z", 1},
                {"1", "WON", "2025-01-20T09:00:00Z", 3},
                {"1", "MAKE", "2025-01-25T09:00:00Z", 5, "9"}})});
  EXPECT_EQ(Closing(), Strings{"2025-01-20|1|1"});
  EXPECT_EQ(Read("SELECT s.id, p.id, f.after_sale, f.reopened FROM f_deal f JOIN d_stage s ON s.key = "
                 "f.stage_key JOIN d_pipeline p "
                 "ON p.key = f.pipeline_key"),
            Strings{"WON|0|false|false"});
  EXPECT_EQ(Read("SELECT semantic, after_sale FROM f_deal_state ORDER BY from_day"),
            (Strings{"0|false", "1|false", "0|true"}));
  EXPECT_EQ(Read("SELECT outcome FROM f_deal_visit ORDER BY visit"), (Strings{"1", "4", "0"}));
}

TEST_F(Derive, AnAfterSaleDealWithoutAWinIsNoSale) {
  PortalSettings portal = MoscowPortal();
  portal.after_sale_pipelines = {"9"};
  Configure(portal);
  Load({Deals({{.stage = "MAKE", .pipeline = "9"}})});
  EXPECT_EQ(Read("SELECT after_sale, semantic FROM f_deal"), Strings{"true|0"});
}

TEST_F(Derive, WithoutHistoryClosingIsStatedElseTheLastMoveNeverAPlannedDate) {
  Load({Deals({{.id = "1", .stage = "WON", .moved = "2025-02-01T09:00:00Z", .closed = "2025-01-30T09:00:00Z"},
               {.id = "2", .stage = "LOSE", .moved = "2025-02-01T09:00:00Z"},
               {.id = "3", .stage = "WON", .planned = DayOf(2025, 4, 4)}})});
  EXPECT_EQ(Closing(), (Strings{"2025-01-30|1|1", "2025-02-01|2|2", "null|1|1"}));
  EXPECT_EQ(Read("SELECT coalesce(s.id, '?'), v.semantic FROM f_deal_state v LEFT JOIN d_stage s ON s.key = "
                 "v.stage_key "
                 "WHERE from_day < 20200 ORDER BY deal_key, from_day"),
            (Strings{"?|0", "WON|1", "?|0", "LOSE|2", "WON|1"}))
      << "before the closing the card was in work, nobody knows where; without a moment it is closed all "
         "along";
}

TEST_F(Derive, AnUndatedCardCountsFromWhenItWasSeen) {
  Load({Deals({{.stage = "NEW", .created = ""}})}, "2025-06-01T12:00:00Z");
  EXPECT_EQ(Read("SELECT created_day FROM f_deal"), Strings{"null"});
  EXPECT_EQ(States(), Strings{"NEW|2025-06-01|null|0"});
  EXPECT_EQ(Visits(), Strings{});
}

TEST_F(Derive, ADeletedCardsStateEndsOnTheDayItWasSeenDeleted) {
  Load({Deals({{}})});
  auto load = std::move(warehouse_->Begin(At("2025-06-05T12:00:00Z"))).value();
  const std::string ids[] = {"1"};
  load->Bury("deal", ids, "deleted").value();
  load->Commit().value();
  EXPECT_EQ(States(), Strings{"NEW|2025-01-10|2025-06-05|0"});
  EXPECT_EQ(Visits(), Strings{"1|NEW|2025-01-10|2025-06-05|5"});
  EXPECT_EQ(Read("SELECT deleted FROM f_deal"), Strings{"true"});
}

TEST_F(Derive, AReturnToAStageIsANewVisitAndDuplicateEventsAreNone) {
  Load({Deals({{.stage = "NEW", .moved = "2025-01-14T09:00:00Z"}}),
        Events({{"1", "NEW", "2025-01-10T09:00:00Z", 1},
                {"1", "WORK", "2025-01-12T09:00:00Z"},
                {"1", "WORK", "2025-01-12T09:00:00Z"},
                {"1", "NEW", "2025-01-14T09:00:00Z"}})});
  EXPECT_EQ(Visits(), (Strings{"1|NEW|2025-01-10|2025-01-12|1", "2|WORK|2025-01-12|2025-01-14|3",
                               "3|NEW|2025-01-14|null|0"}));
}

TEST_F(Derive, APresentStageThatContradictsHistoryAddsAVisit) {
  Load({Deals({{.stage = "PAID", .moved = "2025-01-18T09:00:00Z"}}),
        Events({{"1", "NEW", "2025-01-10T09:00:00Z", 1}, {"1", "WORK", "2025-01-12T09:00:00Z"}})});
  EXPECT_EQ(Visits(), (Strings{"1|NEW|2025-01-10|2025-01-12|1", "2|WORK|2025-01-12|2025-01-18|1",
                               "3|PAID|2025-01-18|null|0"}));
}

TEST_F(Derive, AnEventNewerThanTheCardIsBelieved) {
  Load({Deals({{.stage = "NEW", .moved = "2025-01-10T09:00:00Z"}}),
        Events({{"1", "NEW", "2025-01-10T09:00:00Z", 1}, {"1", "WON", "2025-01-12T09:00:00Z", 3}})});
  EXPECT_EQ(Closing(), Strings{"2025-01-12|1|1"});
}

TEST_F(Derive, HistoryThatBeginsWithTheClosingKeepsItsDay) {
  Load({Deals({{.stage = "WON", .moved = "2025-01-20T09:00:00Z"}}),
        Events({{"1", "WON", "2025-01-20T09:00:00Z", 3}})});
  EXPECT_EQ(Closing(), Strings{"2025-01-20|1|1"});
  EXPECT_EQ(States(), (Strings{"?|2025-01-10|2025-01-20|0", "WON|2025-01-20|null|1"}));
  EXPECT_EQ(Visits(), Strings{"2|WON|2025-01-20|null|0"});
}

TEST_F(Derive, HiddenHistoryOfAnotherPipelineStartsAtCreation) {
  Load({Deals({{.stage = "MAKE", .moved = "2025-01-20T09:00:00Z", .pipeline = "9"}}),
        Events({{"1", "MAKE", "2025-01-20T09:00:00Z", 5, "9"}})});
  EXPECT_EQ(Visits(), Strings{"1|MAKE|2025-01-10|null|0"});
}

TEST_F(Derive, SeveralMovesOnOneDayLeaveTheStateOfItsEnd) {
  Load({Deals({{.stage = "PAID", .moved = "2025-01-10T15:00:00Z"}}),
        Events({{"1", "NEW", "2025-01-10T09:00:00Z", 1},
                {"1", "WORK", "2025-01-10T12:00:00Z"},
                {"1", "PAID", "2025-01-10T15:00:00Z"}})});
  EXPECT_EQ(States(), Strings{"PAID|2025-01-10|null|0"});
}

TEST_F(Derive, AmountAndOwnerOfPastDaysComeFromTheChangeLog) {
  Card card{.owner = "7", .amount = 10000};
  Load({Deals({card})}, "2025-01-11T00:00:00Z");
  card.amount = 25000;
  card.owner = "8";
  Load({Deals({card})}, "2025-02-01T12:00:00Z");
  EXPECT_EQ(Read("SELECT (DATE '1970-01-01' + from_day)::DATE, u.id, s.amount FROM f_deal_state s JOIN "
                 "d_employee u ON "
                 "u.key = s.owner_key ORDER BY from_day"),
            (Strings{"2025-01-10|7|100.00", "2025-02-01|8|250.00"}));
  EXPECT_EQ(Read("SELECT u.id FROM f_deal_visit v JOIN d_employee u ON u.key = v.owner_key"), Strings{"7"});
}

TEST_F(Derive, WithoutEventsStagesThatWeSawAreTheHistory) {
  Card card{.stage = "NEW"};
  Load({Deals({card})}, "2025-01-11T00:00:00Z");
  card.stage = "WORK";
  Load({Deals({card})}, "2025-01-15T12:00:00Z");
  card.stage = "WON";
  card.moved = "2025-01-19T12:00:00Z";
  Load({Deals({card})}, "2025-01-20T12:00:00Z");
  EXPECT_EQ(Visits(), (Strings{"1|NEW|2025-01-10|2025-01-15|1", "2|WORK|2025-01-15|2025-01-19|1",
                               "3|WON|2025-01-19|null|0"}));
}

TEST_F(Derive, MoneyIsConvertedAtTheRateOfEachRolesDay) {
  Load({Deals({{.stage = "WON",
                .moved = "2025-01-20T09:00:00Z",
                .amount = 10000,
                .currency = "USD",
                .planned = DayOf(2025, 3, 1)},
               {.id = "2", .created = "2024-12-01T09:00:00Z", .amount = 10000, .currency = "USD"},
               {.id = "3", .amount = 10000, .currency = "XXX"},
               {.id = "4", .amount = 10000, .currency = ""}}),
        {"currency_rate",
         {"currency", "day", "rate"},
         {{Text("USD"), MakeDay(2025, 1, 1), Text("90")},
          {Text("USD"), MakeDay(2025, 1, 15), Text("95.5")},
          {Text("USD"), MakeDay(2025, 2, 15), Text("100.255")}}}});
  EXPECT_EQ(
      Read("SELECT amount_created, amount_closed, amount_planned, amount FROM f_deal ORDER BY deal_key"),
      (Strings{"9000.00|9550.00|10025.50|10025.50", "9000.00|10025.50|10025.50|10025.50",
               "null|null|null|null", "100.00|100.00|100.00|100.00"}));
}

TEST_F(Derive, PlannedCloseOfTheCreationDefaultIsNone) {
  Load({Deals({{.id = "1", .planned = DayOf(2025, 1, 17)}, {.id = "2", .planned = DayOf(2025, 1, 18)}})});
  EXPECT_EQ(Read("SELECT planned_day FROM f_deal ORDER BY deal_key"),
            (Strings{"null", std::to_string(DayOf(2025, 1, 18))}));
  PortalSettings portal = MoscowPortal();
  portal.planned_close_default_counts = true;
  Configure(portal);
  EXPECT_EQ(Read("SELECT planned_day FROM f_deal ORDER BY deal_key"),
            (Strings{std::to_string(DayOf(2025, 1, 17)), std::to_string(DayOf(2025, 1, 18))}));
}

TEST_F(Derive, FirstAndRepeatedSalesFollowTheClient) {
  // Company 5 buys twice (the contact works there); deal 3 came between without a win; a deal without client
  // is new.
  Batch deals =
      Deals({{.id = "1",
              .stage = "WON",
              .created = "2025-01-01T09:00:00Z",
              .closed = "2025-01-05T09:00:00Z",
              .company = "5"},
             {.id = "2", .stage = "WON", .created = "2025-02-01T09:00:00Z", .closed = "2025-02-05T09:00:00Z"},
             {.id = "3",
              .stage = "LOSE",
              .created = "2025-01-03T09:00:00Z",
              .closed = "2025-01-04T09:00:00Z",
              .company = "5"},
             {.id = "4", .stage = "WON", .created = "2025-02-01T09:00:00Z", .closed = "2025-02-05T09:00:00Z"},
             {.id = "5",
              .stage = "WON",
              .created = "2025-02-01T09:00:00Z",
              .closed = "2025-02-05T09:00:00Z",
              .phone = "7900"},
             {.id = "6",
              .stage = "WON",
              .created = "2025-03-01T09:00:00Z",
              .closed = "2025-03-05T09:00:00Z",
              .phone = "7900"}});
  Load({Clients({{"company:5", ""}, {"contact:9", "company:5"}}),
        deals,
        {"deal_client", {"deal_id", "client_id", "is_primary"}, {{Text("2"), Text("contact:9"), true}}}});
  EXPECT_EQ(Read("SELECT d.id, new_or_repeat, new_or_repeat_any, repeat_inquiry, coalesce(c.id, 'none') FROM "
                 "f_deal f JOIN deal d ON "
                 "d.key = f.deal_key LEFT JOIN d_client c ON c.key = f.client_key ORDER BY d.id"),
            (Strings{"1|1|1|false|company:5", "2|2|2|false|company:5", "3|0|0|true|company:5",
                     "4|1|1|false|none", "5|1|1|false|phone:7900", "6|2|2|false|phone:7900"}));
}

TEST_F(Derive, LeadsKnowTheirSalesJunkAndRepeats) {
  Load({Clients({{"company:5", ""}}),
        Leads({{.id = "1",
                .stage = "OK",
                .created = "2025-01-01T09:00:00Z",
                .closed = "2025-01-02T09:00:00Z",
                .company = "5"},
               {.id = "2",
                .stage = "JUNK",
                .created = "2025-01-03T09:00:00Z",
                .closed = "2025-01-04T09:00:00Z",
                .company = "5"},
               {.id = "3", .stage = "L1", .created = "2025-01-03T09:00:00Z"}}),
        Deals({{.id = "1",
                .stage = "WON",
                .created = "2025-01-02T09:00:00Z",
                .amount = 777700,
                .closed = "2025-01-20T09:00:00Z",
                .company = "5",
                .lead = "1"}})});
  EXPECT_EQ(
      Read("SELECT l.id, closed_semantic, junk, repeat, won_deal_key > 0, won_amount FROM f_lead f JOIN lead "
           "l ON l.key = "
           "f.lead_key ORDER BY l.id"),
      (Strings{"1|1|false|false|true|7777.00", "2|2|true|true|false|null", "3|0|false|false|false|null"}));
  PortalSettings portal = MoscowPortal();
  portal.junk_stages = {"OTHER"};
  Configure(portal);
  EXPECT_EQ(Read("SELECT count(*) FROM f_lead WHERE junk"), Strings{"0"});
}

TEST_F(Derive, SignsOfLifeAreThoseOfPeople) {
  PortalSettings portal = MoscowPortal();
  portal.technical_users = {"99"};
  Configure(portal);
  Batch activities{"activity",
                   {"id", "kind", "direction", "doer_id", "created_at", "completed", "completed_at",
                    "happened_at", "auto_completed", "deadline_at"},
                   {}};
  Batch bindings{"activity_binding", {"activity_id", "entity", "card_id"}, {}};
  const auto add = [&](const char* id, const char* doer, const char* moment, bool automatic,
                       const char* entity, const char* card) {
    activities.rows.push_back({Text(id), Text("call"), Text("out"), Text(doer), At(moment), true, At(moment),
                               At(moment), automatic, Value{}});
    bindings.rows.push_back({Text(id), Text(entity), Text(card)});
  };
  add("1", "7", "2025-01-15T09:00:00Z", false, "deal", "1");     // a person
  add("2", "99", "2025-01-20T09:00:00Z", false, "deal", "1");    // technical account
  add("3", "7", "2025-01-25T09:00:00Z", true, "deal", "1");      // auto-completed
  add("4", "7", "2025-01-16T09:00:00Z", false, "company", "5");  // the client, same responsible, in work
  add("5", "8", "2025-01-17T09:00:00Z", false, "company", "5");  // the client, someone else
  add("6", "7", "2025-02-17T09:00:00Z", false, "company", "5");  // the client, after the closing
  add("7", "7", "2025-01-01T09:00:00Z", false, "deal", "1");     // before the card
  Load({Clients({{"company:5", ""}}), activities, bindings,
        Deals({{.id = "1", .stage = "NEW", .company = ""},
               {.id = "2", .stage = "WON", .closed = "2025-02-01T09:00:00Z", .company = "5", .mover = "99"},
               {.id = "3", .stage = "NEW"}})});
  EXPECT_EQ(Read("SELECT d.id, (DATE '1970-01-01' + last_sign_day)::DATE, touched FROM f_deal f JOIN deal d "
                 "ON d.key = "
                 "f.deal_key ORDER BY d.id"),
            (Strings{"1|2025-01-15|true", "2|2025-01-16|true", "3|2025-01-10|false"}));
  EXPECT_EQ(Read("SELECT (DATE '1970-01-01' + day)::DATE, life FROM f_deal_sign JOIN deal ON key = deal_key "
                 "WHERE id = '1' "
                 "ORDER BY ALL"),
            (Strings{"2025-01-01|true", "2025-01-15|true", "2025-01-20|false", "2025-01-25|false"}));
}

TEST_F(Derive, FirstTouchOfALeadIsAnOutgoingActivityOrAMoveByAPerson) {
  Batch activities{"activity",
                   {"id", "kind", "direction", "doer_id", "created_at", "completed", "happened_at"},
                   {{Text("1"), Text("call"), Text("in"), Text("7"), At("2025-01-10T09:05:00Z"), true,
                     At("2025-01-10T09:05:00Z")},
                    {Text("2"), Text("call"), Text("out"), Text("7"), At("2025-01-10T09:30:00Z"), true,
                     At("2025-01-10T09:30:00Z")}}};
  Batch bindings{"activity_binding",
                 {"activity_id", "entity", "card_id"},
                 {{Text("1"), Text("lead"), Text("1")}, {Text("2"), Text("lead"), Text("1")}}};
  Load({activities, bindings,
        Leads({{.id = "1", .stage = "L1"},
               {.id = "2", .stage = "L2", .moved = "2025-01-10T10:00:00Z", .mover = "7"},
               {.id = "3", .stage = "L2", .moved = "2025-01-10T10:00:00Z", .mover = "0"}})});
  EXPECT_EQ(Read("SELECT first_touch_s, touched FROM f_lead ORDER BY lead_key"),
            (Strings{"1800|true", "3600|true", "null|false"}));
}

TEST_F(Derive, StepsAreOpenUntilDone) {
  Batch activities{
      "activity",
      {"id", "kind", "doer_id", "created_at", "deadline_at", "completed", "completed_at"},
      {{Text("1"), Text("task"), Text("7"), At("2025-01-11T09:00:00Z"), At("2025-01-20T09:00:00Z"), true,
        At("2025-01-18T09:00:00Z")},
       {Text("2"), Text("task"), Text("7"), At("2025-01-12T09:00:00Z"), At("2025-02-20T09:00:00Z"), false,
        Value{}},
       {Text("3"), Text("email"), Text("7"), At("2025-01-12T09:00:00Z"), Value{}, false, Value{}}}};
  Batch bindings{"activity_binding", {"activity_id", "entity", "card_id"}, {}};
  for (const char* id : {"1", "2", "3"}) bindings.rows.push_back({Text(id), Text("deal"), Text("1")});
  Load({activities, bindings, Deals({{}})});
  EXPECT_EQ(Read("SELECT (DATE '1970-01-01' + next_step_day)::DATE, open_steps FROM f_deal"),
            Strings{"2025-02-20|1"});
  EXPECT_EQ(Read("SELECT (DATE '1970-01-01' + created_day)::DATE, CASE WHEN done_day < 2147483647 THEN (DATE "
                 "'1970-01-01' + "
                 "done_day)::DATE END FROM f_deal_step ORDER BY created_day"),
            (Strings{"2025-01-11|2025-01-18", "2025-01-12|null"}));
}

TEST_F(Derive, LastCommentIsKeptWithTheDeal) {
  Load({{"activity",
         {"id", "kind", "text", "doer_id", "created_at", "completed", "happened_at"},
         {{Text("c1"), Text("comment"), Text("раз"), Text("7"), At("2025-01-11T09:00:00Z"), true,
           At("2025-01-11T09:00:00Z")},
          {Text("c2"), Text("comment"), Text("два"), Text("7"), At("2025-01-12T09:00:00Z"), true,
           At("2025-01-12T09:00:00Z")}}},
        {"activity_binding",
         {"activity_id", "entity", "card_id"},
         {{Text("c1"), Text("deal"), Text("1")}, {Text("c2"), Text("deal"), Text("1")}}},
        Deals({{}})});
  EXPECT_EQ(Read("SELECT last_comment, last_comment_at FROM deal"), Strings{"два|2025-01-12T09:00:00Z"});
  for (const char* gone : {"c2", "c1"}) {
    auto load = std::move(warehouse_->Begin(At("2025-06-05T12:00:00Z"))).value();
    const std::string ids[] = {gone};
    load->Bury("activity", ids, "deleted").value();
    load->Commit().value();
    EXPECT_EQ(Read("SELECT last_comment, last_comment_at FROM deal"),
              Strings{gone == std::string("c2") ? "раз|2025-01-11T09:00:00Z" : "null|null"});
  }
}

TEST_F(Derive, CodesKeepTheirKeys) {
  Batch deals = Deals({{}});
  deals.columns.push_back("source_id");
  deals.rows[0].push_back(Text("WEB"));
  Load({deals});
  const auto key = Read("SELECT key FROM d_code WHERE kind = 'source' AND id = 'WEB'");
  EXPECT_EQ(Read("SELECT c.name FROM f_deal f JOIN d_code c ON c.kind = 'source' AND c.key = f.source_key"),
            Strings{"WEB"});
  Load({{"dictionary",
         {"kind", "id", "name", "sort"},
         {{Text("source"), Text("ADS"), Text("Реклама"), int64_t{1}},
          {Text("source"), Text("WEB"), Text("Сайт"), int64_t{2}}}}});
  EXPECT_EQ(Read("SELECT key FROM d_code WHERE kind = 'source' AND id = 'WEB'"), key);
  EXPECT_EQ(Read("SELECT name FROM d_code WHERE kind = 'source' ORDER BY sort"),
            (Strings{"Реклама", "Сайт"}));
}

TEST_F(Derive, DepartmentsAreATreeInPreorder) {
  const auto department = [](const char* id, const char* name, const char* parent, int sort) {
    return Row{Text(id), Text(name), Maybe(parent), int64_t{sort}};
  };
  Load({{"department",
         {"id", "name", "parent_id", "sort"},
         {department("1", "Компания", "", 1), department("3", "Б", "1", 2), department("2", "А", "1", 3),
          department("4", "Внутри Б", "3", 1), department("8", "круг", "9", 1),
          department("9", "круг", "8", 1)}},
        {"crm_user", {"id", "name"}, {{Text("7"), Text("Анна")}}},
        {"user_department",
         {"user_id", "department_id", "ordinal"},
         {{Text("7"), Text("4"), int64_t{0}}, {Text("7"), Text("2"), int64_t{1}}}}});
  EXPECT_EQ(Read("SELECT id, depth FROM d_department ORDER BY sort LIMIT 4"),
            (Strings{"1|0", "3|1", "4|2", "2|1"}));
  EXPECT_EQ(Read("SELECT count(*) FROM d_department"), Strings{"6"});
  EXPECT_EQ(
      Read("SELECT d.id FROM d_employee e JOIN d_department d ON d.key = e.department_key WHERE e.id = '7'"),
      Strings{"4"});
}

TEST_F(Derive, TheCalendarSpansTheData) {
  Load({Deals({{.created = "2019-05-05T09:00:00Z"}})}, "2025-06-01T00:00:00Z");
  EXPECT_EQ(Read("SELECT min(date), max(date) FROM d_day"), Strings{"2017-01-01|2027-12-31"});
  EXPECT_EQ(
      Read("SELECT week, month, quarter, half, year, weekday FROM d_day WHERE date = DATE '2025-08-31'"),
      Strings{std::to_string(DayOf(2025, 8, 25)) + "|24307|8102|4051|2025|7"});
}

}  // namespace
}  // namespace svodka::warehouse
