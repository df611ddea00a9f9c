// What changes in an account after its first load: polls, events, deletions, calls and tasks.
#include "sync/amocrm/session_fixture.hpp"

namespace svodka::sync::amocrm {
namespace {

using namespace std::chrono_literals;

TEST_F(AmoSessionTest, PollBringsChangesWithOverlapAndStoresNothingTwice) {
  Card(1, kSales, 5501, kNow - 5h);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  clock_.Advance(1min);
  // A write that becomes readable only minutes later, with the date of the write.
  Card(2, kSales, 5501, clock_.Now() - 8min);
  auto run = sync->PollOnce();
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(Count("deal"), "2");
  const int64_t version = run->data_version;
  clock_.Advance(20s);
  run = sync->PollOnce();
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->rows_read, 0);
  EXPECT_EQ(warehouse_->state().data_version, version);
  EXPECT_LE(run->requests, 12);
}

TEST_F(AmoSessionTest, AWrongClockOfOursHidesNothing) {
  account_.tells_time = false;
  Card(1, kSales, 5501, kNow - 5h);
  auto sync = Make();
  clock_.Advance(24h * 200);  // months ahead of the account
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  Card(2, kSales, 5501, kNow - 4h);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(Count("deal"), "2");
}

TEST_F(AmoSessionTest, ALeadKeepsItsEmployeeWhenTheDealIsGivenToAnother) {
  Card(1, kLeadPipeline, 5601, kNow - 100h);
  Move(1, kNow - 50h, {kLeadPipeline, 5601}, {kSales, 5501});
  const auto owner = [](int64_t id) {
    return json::array{json::object{{"responsible_user", json::object{{"id", id}}}}};
  };
  AddEvent("entity_responsible_changed", "lead", 1, kNow - 50h, owner(501), owner(502));
  account_.lists[kLeads].at(1)["responsible_user_id"] = 502;
  ASSERT_TRUE(Make({"78"})->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT l.owner_id, d.owner_id FROM lead l JOIN deal d ON d.id = l.id"), "501 502");
  // Another session knows it from the copy.
  auto sync = Make({"78"});
  clock_.Advance(1h);
  Touch(account_.lists[kLeads].at(1), clock_.Now());
  account_.lists[kLeads].at(1)["price"] = 7;
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT l.owner_id, l.amount FROM lead l"), "501 7.00");
}

TEST_F(AmoSessionTest, TheLogTellsWhoHadADealAndWhatItWasWorthBeforeWeSawIt) {
  const auto owner = [](int64_t id) {
    return json::array{json::object{{"responsible_user", json::object{{"id", id}}}}};
  };
  const auto sale = [](int64_t price) {
    return json::array{json::object{{"sale_field_value", json::object{{"sale", price}}}}};
  };
  // Won by 501 and handed over twice since; worth 100 at first, 250 later.
  json::object& row = Card(1, kSales, 5501, kNow - 400h, 250);
  AddEvent("sale_field_changed", "lead", 1, kNow - 300h, sale(100), sale(250));
  Move(1, kNow - 200h, {kSales, 5501}, {kSales, 142});
  AddEvent("entity_responsible_changed", "lead", 1, kNow - 100h, owner(501), owner(502));
  AddEvent("entity_responsible_changed", "lead", 1, kNow - 50h, owner(502), owner(503));
  row["responsible_user_id"] = 503;
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT owner_id, seller_id FROM deal"), "503 501");
  const char* kStates =
      "SELECT d.date::VARCHAR, u.id, s.amount FROM f_deal_state s JOIN d_day d ON d.day = s.from_day JOIN "
      "d_employee "
      "u ON u.key = s.owner_key ORDER BY s.from_day";
  EXPECT_EQ(One("SELECT u.id FROM f_deal f JOIN d_employee u ON u.key = f.closer_key"), "501");
  const std::string states = One(kStates);
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM f_deal_state"), "5") << states;
  EXPECT_EQ(
      One("SELECT string_agg(u.id || ':' || s.amount::VARCHAR, ' ' ORDER BY s.from_day) FROM f_deal_state s "
          "JOIN d_employee u ON u.key = s.owner_key"),
      "501:100.00 501:250.00 501:250.00 502:250.00 503:250.00")
      << states;
  // Read once more, the same log changes nothing; a change that a poll sees as well is one.
  const std::string before = One("SELECT count(*)::BIGINT FROM change_log");
  clock_.Advance(1h);
  account_.lists[kLeads].at(1)["responsible_user_id"] = 501;
  Touch(account_.lists[kLeads].at(1), clock_.Now());
  AddEvent("entity_responsible_changed", "lead", 1, clock_.Now(), owner(503), owner(501));
  clock_.Advance(20s);
  ASSERT_TRUE(sync->PollOnce().ok());
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM change_log WHERE field = 'owner'"), "3");
  EXPECT_EQ(One("SELECT owner_id, seller_id FROM deal"), "501 501");
  EXPECT_EQ(std::stoll(One("SELECT count(*)::BIGINT FROM change_log")), std::stoll(before) + 1);
}

TEST_F(AmoSessionTest, DeletedRestoredAndMergedCards) {
  for (int64_t id = 1; id <= 4; ++id) Card(id, kSales, 5501, kNow - 5h);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  clock_.Advance(1h);
  account_.lists[kLeads].erase(1);
  AddEvent("lead_deleted", "lead", 1, clock_.Now() - 10s);
  // Merged: the one that stays gets the event, the other one goes; the one that stays has a new budget.
  account_.lists[kLeads].erase(2);
  AddEvent("lead_deleted", "lead", 2, clock_.Now());
  AddEvent("entity_merged", "lead", 3, clock_.Now());
  account_.lists[kLeads].at(3)["price"] = 5000;
  // In the trash: a row that lacks most of what we know.
  account_.lists[kLeads][4] =
      json::object{{"id", 4}, {"updated_at", FakeAccount::Seconds(clock_.Now())}, {"is_deleted", true}};
  clock_.Advance(20s);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT id, amount FROM deal WHERE deleted_at IS NULL ORDER BY id"), "3 5000.00");
  EXPECT_EQ(One("SELECT title, amount FROM deal WHERE id = '4'"), "Кухня 1000.00");
  EXPECT_EQ(One("SELECT card_id, cause, merged_into FROM tombstone WHERE entity = 'deal' ORDER BY card_id"),
            "1 deleted - 2 merged 3 4 deleted -");
  EXPECT_EQ(One("SELECT new_value FROM change_log WHERE card_id = '2' AND field = 'deleted'"), "merged");
  clock_.Advance(1h);
  Card(1, kSales, 5501, kNow - 5h);
  AddEvent("lead_restored", "lead", 1, clock_.Now());
  clock_.Advance(20s);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT id FROM deal WHERE deleted_at IS NULL ORDER BY id"), "1 3");
}

TEST_F(AmoSessionTest, TheSweepFindsWhatNoEventTold) {
  for (int64_t id = 1; id <= 300; ++id) Card(id, kSales, 5501, kNow - 5h);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  account_.lists[kLeads].erase(17);
  account_.lists[kLeads].at(18)["price"] = 4242;  // changed without a date of change
  Card(301, kSales, 5501, kNow - 100h);
  auto run = sync->Sweep();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(run->deleted, 1);
  EXPECT_EQ(run->returned, 1);
  EXPECT_EQ(Count("deal"), "300");
  EXPECT_EQ(One("SELECT amount FROM deal WHERE id = '18'"), "4242.00");
}

TEST_F(AmoSessionTest, EventsAreReadWithinSecondsAsOneBatchAndDeletionsBuried) {
  for (int64_t id = 1; id <= 40; ++id) Card(id, kSales, 5501, kNow - 72h);
  ASSERT_TRUE(Make()->RunFirstLoad().ok());
  ASSERT_TRUE(Make()->Sweep().ok());
  LivingPauser pauser(clock_);
  AmoSettings settings;
  settings.address = "https://demo.amocrm.ru";
  settings.portal_id = "shop";
  settings.poll_every = 60s;
  auto limiter = std::make_shared<RateLimiter>(kAmoRate, clock_);
  auto sync =
      MakeAmoSync(settings, MakeFixedToken("t0ken"), account_, clock_, pauser, limiter, *warehouse_).value();
  std::stop_source stop;
  Instant told{};
  int before = 0;
  int asked = 0;
  bool seen = false;
  pauser.meanwhile = [&] {
    if (sync->progress().state != Progress::State::kLive || clock_.Now() < kNow + 15s) return;
    if (told == Instant{}) {
      told = clock_.Now();
      before = account_.requests;
      account_.lists[kLeads].at(2)["price"] = 777;
      Move(2, told, {kSales, 5501}, {kSales, 142});
      account_.lists[kLeads].erase(3);
      Card(41, kSales, 5501, told);
      for (int i = 0; i < 50; ++i) sync->TakeHints({{"lead", "2"}, {"lead", "3"}, {"lead", "41"}});
      sync->TakeHints({{"lead", "100500"}, {"task", "100501"}});
      return;
    }
    if (!seen && One("SELECT amount FROM deal WHERE id = '2'") == "777.00") {
      seen = true;
      asked = account_.requests - before;
      EXPECT_LE(clock_.Now() - told, 5s);
      stop.request_stop();
    }
    if (clock_.Now() - told > 30s) stop.request_stop();
  };
  ASSERT_TRUE(sync->Follow(stop.get_token()).ok());
  ASSERT_TRUE(seen);
  EXPECT_LE(asked, 4);  // the log, the cards, the task
  EXPECT_EQ(One("SELECT stage_id FROM deal WHERE id = '2'"), "77/142");
  EXPECT_EQ(One("SELECT count(*) FROM stage_event WHERE card_id = '2' AND stage_id = '77/142'"), "1");
  EXPECT_EQ(One("SELECT count(*) FROM deal WHERE id = '3' AND deleted_at IS NULL"), "0");
  EXPECT_EQ(One("SELECT count(*) FROM deal WHERE id = '41' AND deleted_at IS NULL"), "1");
  EXPECT_EQ(One("SELECT count(*) FROM tombstone WHERE card_id IN ('100500', 'task:100501')"), "0");
}

TEST_F(AmoSessionTest, EventsDoNotShortenTheRestAfterARefusal) {
  Card(1, kSales, 5501, kNow - 72h);
  ASSERT_TRUE(Make()->RunFirstLoad().ok());
  LivingPauser pauser(clock_);
  AmoSettings settings;
  settings.address = "https://demo.amocrm.ru";
  settings.portal_id = "shop";
  auto limiter = std::make_shared<RateLimiter>(kAmoRate, clock_);
  auto sync =
      MakeAmoSync(settings, MakeFixedToken("t0ken"), account_, clock_, pauser, limiter, *warehouse_).value();
  std::stop_source stop;
  account_.fault = [&](int, const crm::HttpRequest&) -> std::optional<Result<crm::HttpAnswer>> {
    return FakeAccount::Html(429);
  };
  pauser.meanwhile = [&] {
    sync->TakeHints({{"lead", "1"}});
    if (clock_.Now() > kNow + 10min) stop.request_stop();
  };
  const int before = account_.requests;
  ASSERT_TRUE(sync->Follow(stop.get_token()).ok());
  // Eight attempts with growing delays, then ever longer waits: not one request for each event.
  EXPECT_LT(account_.requests - before, 60);
}

TEST_F(AmoSessionTest, DeletedPeopleKeepTheirWork) {
  auto& card = Card(1, kSales, 142, kNow - 5h);
  card["responsible_user_id"] = 999;
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(One("SELECT name, active FROM crm_user WHERE id = '999'"), "удалённый #999 false");
  // Somebody who leaves the list keeps the name.
  account_.lists["/api/v4/users"].clear();
  account_.Put("/api/v4/users", 502, {{"name", "Пётр"}, {"rights", json::object{{"is_admin", true}}}});
  ASSERT_TRUE(Make()->PollOnce().ok());
  EXPECT_EQ(One("SELECT name, removed_at IS NOT NULL FROM crm_user WHERE id = '501'"), "Анна М. true");
}

TEST_F(AmoSessionTest, CallsTasksAndInvoices) {
  auto& card = Card(1, kSales, 142, kNow - 48h);
  card["_embedded"] = json::object{
      {"catalog_elements",
       json::array{
           json::object{{"id", 70031}, {"metadata", json::object{{"quantity", 1}, {"catalog_id", 4517}}}},
           json::object{{"id", 80001}, {"metadata", json::object{{"quantity", "2"}, {"catalog_id", 4511}}}}}},
      {"companies", json::array{}}};
  account_.Put("/api/v4/catalogs", 4517, {{"name", "Счета"}, {"type", "invoices"}});
  account_.Put("/api/v4/catalogs", 4511, {{"name", "Товары"}, {"type", "products"}});
  account_.Put("/api/v4/catalogs/4511/elements", 80001,
               {{"name", "Фасад"},
                {"custom_fields_values",
                 json::array{json::object{{"field_id", 7},
                                          {"field_code", "PRICE"},
                                          {"values", json::array{json::object{{"value", "150.50"}}}}}}}});
  const auto invoice = [&](const char* status, int64_t paid) {
    return json::object{
        {"name", "Счёт 12"},
        {"created_at", FakeAccount::Seconds(kNow - 48h)},
        {"updated_at", FakeAccount::Seconds(kNow - 1h)},
        {"is_deleted", nullptr},
        {"custom_fields_values",
         json::array{
             json::object{{"field_code", "BILL_STATUS"},
                          {"values", json::array{json::object{{"value", "…"}, {"enum_code", status}}}}},
             json::object{{"field_code", "BILL_PAYMENT_DATE"},
                          {"values", json::array{json::object{{"value", paid}}}}},
             json::object{{"field_code", "BILL_PRICE"},
                          {"values", json::array{json::object{{"value", "60000"}}}}}}}};
  };
  account_.Put("/api/v4/catalogs/4517/elements", 70031, invoice("created", 0));
  account_.Put("/api/v4/leads/notes", 4001,
               {{"entity_id", 1},
                {"created_by", 501},
                {"responsible_user_id", 501},
                {"created_at", FakeAccount::Seconds(kNow - 3h)},
                {"updated_at", FakeAccount::Seconds(kNow - 3h)},
                {"note_type", "call_out"},
                {"params", json::object{{"duration", "143"}, {"phone", "8 999 000 00 00"}}}});
  account_.Put("/api/v4/contacts/notes", 4002,
               {{"entity_id", 40},
                {"created_by", 501},
                {"created_at", FakeAccount::Seconds(kNow - 3h)},
                {"updated_at", FakeAccount::Seconds(kNow - 3h)},
                {"note_type", "call_in"},
                {"params", json::object{{"duration", ""}, {"call_status", 6}}}});
  account_.Put("/api/v4/tasks", 9001,
               {{"created_by", 501},
                {"responsible_user_id", 501},
                {"created_at", FakeAccount::Seconds(kNow - 9h)},
                {"updated_at", FakeAccount::Seconds(kNow - 2h)},
                {"complete_till", FakeAccount::Seconds(kNow - 3h)},
                {"entity_id", 1},
                {"entity_type", "leads"},
                {"is_completed", true},
                {"task_type_id", 2},
                {"text", "Замер"},
                {"result", json::array{}}});
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(
      One("SELECT id, kind, direction, duration_s, missed FROM activity WHERE kind = 'call' ORDER BY id"),
      "note:4001 call out 143 - note:4002 call in - true");
  EXPECT_EQ(One("SELECT kind, completed_at FROM activity WHERE id = 'task:9001'"),
            "meeting 2026-09-01T07:00:00Z");
  EXPECT_EQ(One("SELECT deal_id, amount, state FROM payment"), "1 60000.00 planned");
  EXPECT_EQ(One("SELECT product_id, name, price, amount FROM product_line"), "80001 Фасад 150.50 301.00");
  // Lists have no date of change: an invoice that is paid is found by reading the list anew; an edited task
  // keeps its moment.
  clock_.Advance(10min);
  account_.Put("/api/v4/catalogs/4517/elements", 70031, invoice("paid", FakeAccount::Seconds(kNow)));
  account_.lists["/api/v4/tasks"].at(9001)["text"] = "Замер кухни";
  account_.lists["/api/v4/tasks"].at(9001)["updated_at"] = FakeAccount::Seconds(clock_.Now());
  clock_.Advance(20s);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(One("SELECT deal_id, state FROM payment"), "1 paid");
  EXPECT_EQ(One("SELECT completed_at FROM activity WHERE id = 'task:9001'"), "2026-09-01T07:00:00Z");
}

}  // namespace
}  // namespace svodka::sync::amocrm
