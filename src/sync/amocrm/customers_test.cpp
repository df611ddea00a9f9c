// Customers of an account: whole with the dictionaries, then by their changes, events and the night's sweep.
#include "sync/amocrm/session_fixture.hpp"

namespace svodka::sync::amocrm {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCustomers = "/api/v4/customers";

class AmoCustomers : public AmoSessionTest {
 protected:
  AmoCustomers() {
    account_.customers_mode = "periodicity";
    account_.Put("/api/v4/customers/statuses", 5101, {{"name", "Недавняя покупка"}, {"sort", 10}});
    Card(1, kSales, 5501, kNow - 50h);
  }
  json::object& Customer(int64_t id, Instant changed, const char* name = "Пётр") {
    return account_.Put(
        kCustomers, id,
        {{"name", name},
         {"responsible_user_id", 501},
         {"status_id", 5101},
         {"next_price", 1850},
         {"next_date", FakeAccount::Seconds(kNow + 240h)},
         {"purchases_count", 2},
         {"ltv", 3700},
         {"created_at", FakeAccount::Seconds(kNow - 400h)},
         {"updated_at", FakeAccount::Seconds(changed)},
         {"is_deleted", false},
         {"_embedded", json::object{{"segments", json::array{}},
                                    {"contacts", json::array{json::object{{"id", 40}, {"is_main", true}}}},
                                    {"companies", json::array{}}}}});
  }
  std::string Names() {
    return One(
        "SELECT string_agg(id || ' ' || name, ', ' ORDER BY id) FROM customer WHERE deleted_at IS NULL");
  }
};

TEST_F(AmoCustomers, AreThereAfterTheFirstLoadAndFollowedByPolls) {
  Customer(7, kNow - 90h);
  Customer(8, kNow - 60h, "Анна")["responsible_user_id"] = 999;
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(
      One("SELECT name, owner_id, status_id, next_at, next_amount, currency, purchases, purchased_amount, "
          "client_id FROM customer WHERE id = '7'"),
      "Пётр 501 5101 2026-09-11T09:00:00Z 1850.00 RUB 2 3700.00 contact:40");
  EXPECT_EQ(One("SELECT customer_id, client_id, is_main FROM customer_client WHERE customer_id = '7'"),
            "7 contact:40 true");
  EXPECT_EQ(One("SELECT name FROM dictionary WHERE kind = 'customer_status'"), "Недавняя покупка");
  EXPECT_EQ(One("SELECT name FROM crm_user WHERE id = '999'"), "удалённый #999");
  clock_.Advance(1min);
  // One that becomes readable only minutes later, and one who loses the client.
  Customer(9, clock_.Now() - 8min, "Олег");
  json::object& changed = Customer(7, clock_.Now(), "Пётр Первый");
  changed["_embedded"] = json::array{};
  auto run = sync->PollOnce();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(Names(), "7 Пётр Первый, 8 Анна, 9 Олег");
  EXPECT_EQ(One("SELECT count(*) FROM customer_client WHERE customer_id = '7'"), "0");
  const int64_t version = run->data_version;
  clock_.Advance(20s);
  run = sync->PollOnce();
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->rows_read, 0);
  EXPECT_EQ(warehouse_->state().data_version, version);
}

TEST_F(AmoCustomers, AnIgnoredFilterIsNotAskedAgainEveryMinute) {
  for (int64_t id = 1; id <= 600; ++id) Customer(id, kNow - 90h - id * 1min);
  account_.filters_on = false;
  account_.flag_tells = false;
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  const auto asked = [&] {
    return std::count_if(account_.targets.begin(), account_.targets.end(),
                         [](const std::string& target) { return target.starts_with("/api/v4/customers?"); });
  };
  const auto before = asked();
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(1min);
    ASSERT_TRUE(sync->PollOnce().ok());
  }
  EXPECT_EQ(asked(), before);
  // With the dictionaries they are read whole.
  Customer(601, clock_.Now(), "Новый");
  ASSERT_TRUE(Make()->PollOnce().ok());
  EXPECT_EQ(One("SELECT name FROM customer WHERE id = '601'"), "Новый");
}

TEST_F(AmoCustomers, GoByTheSweepAndByTheLog) {
  for (int64_t id = 7; id <= 10; ++id) Customer(id, kNow - 90h);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  account_.lists[kCustomers].erase(7);
  clock_.Advance(1min);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(Count("customer"), "4");
  account_.lists[kCustomers].erase(8);
  AddEvent("customer_deleted", "customer", 8, clock_.Now());
  clock_.Advance(1min);
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(Names(), "10 Пётр, 7 Пётр, 9 Пётр");
  // One that the list shows as deleted lacks the rest: what we hold of it stays readable.
  account_.lists[kCustomers][9] =
      json::object{{"id", 9}, {"is_deleted", true}, {"updated_at", FakeAccount::Seconds(clock_.Now())}};
  ASSERT_TRUE(sync->Sweep().ok());
  EXPECT_EQ(Names(), "10 Пётр");
  EXPECT_EQ(One("SELECT name FROM customer WHERE id = '9'"), "Пётр");
  EXPECT_EQ(One("SELECT string_agg(card_id, ' ' ORDER BY card_id) FROM tombstone WHERE entity = 'customer'"),
            "7 8 9");
  // Whoever comes back is there again.
  Customer(7, clock_.Now(), "Снова");
  ASSERT_TRUE(sync->PollOnce().ok());
  EXPECT_EQ(Names(), "10 Пётр, 7 Снова");
}

TEST_F(AmoCustomers, AnEventBringsThemWithinSeconds) {
  Customer(7, kNow - 90h);
  Customer(8, kNow - 90h);
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
  bool seen = false;
  pauser.meanwhile = [&] {
    if (sync->progress().state != Progress::State::kLive || clock_.Now() < kNow + 15s) return;
    if (told == Instant{}) {
      told = clock_.Now();
      Customer(7, kNow - 90h, "Другой");  // its date tells nothing
      account_.lists[kCustomers].erase(8);
      sync->TakeHints({{"customer", "7"}, {"customer", "8"}, {"customer", "100500"}});
      return;
    }
    seen = seen || (Names() == "7 Другой" && clock_.Now() - told <= 5s);
    if (seen || clock_.Now() - told > 30s) stop.request_stop();
  };
  ASSERT_TRUE(sync->Follow(stop.get_token()).ok());
  EXPECT_TRUE(seen) << Names();
  EXPECT_EQ(One("SELECT count(*) FROM tombstone WHERE card_id = '100500'"), "0");
}

TEST_F(AmoCustomers, SwitchedOffIsNoTroubleAndDeletesNobody) {
  Customer(7, kNow - 90h);
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  // Between two readings of the dictionaries the account says so by 402 only.
  account_.fault = [](int, const crm::HttpRequest& request) -> std::optional<Result<crm::HttpAnswer>> {
    if (request.url.find("/api/v4/customers") == std::string::npos) return std::nullopt;
    return FakeAccount::Answered(402, R"({"title":"Payment Required","status":402})",
                                 "application/problem+json");
  };
  clock_.Advance(1min);
  auto run = sync->PollOnce();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  run = sync->Sweep();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(Names(), "7 Пётр");
  account_.customers_mode = "disabled";
  sync = Make();
  run = sync->PollOnce();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  for (const Diagnostic& warning : run->warnings) ADD_FAILURE() << warning.message;
  ASSERT_TRUE(sync->Sweep().ok());
  EXPECT_EQ(Names(), "7 Пётр");
}

TEST_F(AmoCustomers, KeptBySegmentsHaveThoseAndNoStatus) {
  account_.customers_mode = "segments";
  account_.Put("/api/v4/customers/segments", 71, {{"name", "Оптовые"}});
  json::object& customer = Customer(7, kNow - 90h);
  customer["status_id"] = nullptr;
  customer["_embedded"] = json::object{{"segments", json::array{json::object{{"id", 71}}}}};
  auto sync = Make();
  ASSERT_TRUE(sync->RunFirstLoad().ok());
  EXPECT_EQ(
      One("SELECT c.status_id, d.name FROM customer c JOIN customer_segment s ON s.customer_id = c.id JOIN "
          "dictionary d ON d.kind = 'customer_segment' AND d.id = s.segment_id"),
      "- Оптовые");
}

}  // namespace
}  // namespace svodka::sync::amocrm
