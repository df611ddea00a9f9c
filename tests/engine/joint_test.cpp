#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "case_runner.hpp"
#include "engine/joint_service.hpp"
#include "metrics/definitions/model.hpp"

/// Two small portals with equal ids and keys, asked as one, against SQL written by hand over one plain table
/// that holds the rows of both.
namespace svodka::engine::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Rows = std::vector<std::vector<std::string>>;

constexpr const char* kBitrix = R"(
deal:
  - {id: "1", key: 1, title: Первая}
  - {id: "2", key: 2, title: Вторая}
  - {id: "3", key: 3, title: Третья}
  - {id: "4", key: 4, title: Четвёртая}
  - {id: "5", key: 5, title: Пятая}
f_deal:
  - {deal_key: 1, created_day: 2025-01-10, closed_day: 2025-03-05, cycle_s: 4700000, semantic: 1, closed_semantic: 1, stage_key: 13, pipeline_key: 2, owner_key: 1, closer_key: 1, amount: 500, amount_closed: 500, source_key: 1, utm_source_key: 1, client_key: 1}
  - {deal_key: 2, created_day: 2025-03-01, closed_day: 2025-03-10, cycle_s: 800000, semantic: 2, closed_semantic: 2, stage_key: 14, pipeline_key: 2, owner_key: 1, closer_key: 1, amount: 30, amount_closed: 30, source_key: 2}
  - {deal_key: 3, created_day: 2025-03-02, closed_day: 2025-03-12, cycle_s: 900000, semantic: 1, closed_semantic: 1, stage_key: 13, pipeline_key: 2, owner_key: 2, closer_key: 2, amount: 70.50, amount_closed: 70.50, source_key: 1, client_key: 1}
  - {deal_key: 4, created_day: 2025-01-01, closed_day: 2025-02-15, cycle_s: 3888000, semantic: 1, closed_semantic: 1, stage_key: 13, pipeline_key: 2, owner_key: 1, closer_key: 1, amount: 9, amount_closed: 9}
  - {deal_key: 5, created_day: 2025-03-03, semantic: 0, stage_key: 11, pipeline_key: 2, owner_key: 2, amount: 11}
f_deal_visit:
  - {deal_key: 1, visit: 1, stage_key: 11, pipeline_key: 2, entered_day: 2025-03-01, left_day: 2025-03-05, seconds: 345600, outcome: 1, owner_key: 1}
  - {deal_key: 3, visit: 1, stage_key: 11, pipeline_key: 2, entered_day: 2025-03-02, left_day: 2025-03-12, seconds: 864000, outcome: 1, owner_key: 2}
  - {deal_key: 5, visit: 1, stage_key: 11, pipeline_key: 2, entered_day: 2025-03-03, owner_key: 2}
)";

constexpr const char* kAmo = R"(
deal:
  - {id: "1", key: 1, title: Заказ 1}
  - {id: "2", key: 2, title: Заказ 2}
  - {id: "3", key: 3, title: Заказ 3}
f_deal:
  - {deal_key: 1, created_day: 2025-03-01, closed_day: 2025-03-07, cycle_s: 500000, semantic: 1, closed_semantic: 1, stage_key: 13, pipeline_key: 2, owner_key: 1, closer_key: 1, amount: 1000, amount_closed: 1000, source_key: 1, utm_source_key: 2, client_key: 1}
  - {deal_key: 2, created_day: 2025-03-04, closed_day: 2025-03-14, cycle_s: 864000, semantic: 2, closed_semantic: 2, stage_key: 14, pipeline_key: 2, owner_key: 2, closer_key: 2, amount: 5, amount_closed: 5}
  - {deal_key: 3, created_day: 2025-02-01, closed_day: 2025-02-20, cycle_s: 1600000, semantic: 1, closed_semantic: 1, stage_key: 13, pipeline_key: 2, owner_key: 1, closer_key: 1, amount: 200, amount_closed: 200}
f_deal_visit:
  - {deal_key: 1, visit: 1, stage_key: 11, pipeline_key: 2, entered_day: 2025-03-01, left_day: 2025-03-07, seconds: 518400, outcome: 1, owner_key: 1}
  - {deal_key: 2, visit: 1, stage_key: 11, pipeline_key: 2, entered_day: 2025-03-04, left_day: 2025-03-14, seconds: 864000, outcome: 2, owner_key: 2}
)";

warehouse::PortalSettings Portal(const char* id, const char* kind, const char* name) {
  warehouse::PortalSettings portal;
  portal.id = id;
  portal.kind = kind;
  portal.name = name;
  portal.address = std::string("https://") + id + ".example.org/";
  return portal;
}

class Joint : public ::testing::Test {
 protected:
  Joint() : clock_(ParseInstant("2025-03-15T09:00:00Z").value()) {
    Open(Portal("acme", "bitrix24", "Акме"), Portal("shop", "amocrm", "Магазин"));
    Execute(*first_, "INSERT INTO d_code VALUES ('utm_source', 1, 'yandex', 'yandex', 1, FALSE)");
    // The same tag by another key, and a colleague of another name.
    Execute(*second_,
            "INSERT INTO d_code VALUES ('utm_source', 1, 'vk', 'vk', 1, FALSE), ('utm_source', 2, "
            "'yandex', 'yandex', 2, FALSE)");
    Execute(*second_, "UPDATE d_employee SET name = 'Вера' WHERE key = 2");
  }
  void Open(warehouse::PortalSettings first, warehouse::PortalSettings second) {
    joint_.reset();
    services_.clear();
    first_ = MakeStar(YAML::Load(kBitrix), std::move(first));
    second_ = MakeStar(YAML::Load(kAmo), std::move(second));
    for (const auto& warehouse : {first_, second_}) {
      services_.push_back(std::make_unique<QueryService>(
          warehouse, metrics::LoadModel(std::string(SVODKA_SOURCE_DIR) + "/models").value(), clock_,
          QueryService::Settings{}));
    }
    joint_ =
        std::make_unique<JointService>(std::vector<QueryService*>{services_[0].get(), services_[1].get()});
  }
  Result<Table> Try(const char* request) {
    return joint_->Query(json::parse(request), {.everything = true, .user_id = ""}, Language::kRussian);
  }
  Table Ask(const char* request) {
    Result<Table> table = Try(request);
    if (!table.ok()) throw std::runtime_error(ToString(table.error()) + " " + request);
    return std::move(table).value();
  }
  RecordPage List(const char* request) {
    Result<RecordPage> page =
        joint_->Records(json::parse(request), {.everything = true, .user_id = ""}, Language::kRussian);
    if (!page.ok()) throw std::runtime_error(ToString(page.error()) + " " + request);
    return std::move(page).value();
  }
  /// SQL over `t`: the deals of both portals with their portal.
  Rows Twin(const std::string& sql) {
    std::shared_ptr<warehouse::Warehouse> both = MakeStar({});
    Execute(*both,
            "CREATE TABLE t (portal TEXT, deal INTEGER, created INTEGER, closed INTEGER, outcome INTEGER, "
            "seller INTEGER, amount DECIMAL(18, 2), cycle BIGINT)");
    for (const auto& [portal, from] : {std::pair("acme", first_), std::pair("shop", second_)}) {
      const auto rows = from->Query(
          "SELECT deal_key, created_day, closed_day, closed_semantic, closer_key, amount_closed, cycle_s "
          "FROM "
          "f_deal");
      for (const std::vector<std::string>& row : RowTexts(rows.value())) {
        std::string values = std::string("'") + portal + "'";
        for (const std::string& cell : row) values += ", " + cell;
        Execute(*both, "INSERT INTO t VALUES (" + values + ")");
      }
    }
    return RowTexts(both->Query(sql).value());
  }
  static std::vector<std::string> Labels(const Table& table, size_t column) {
    std::vector<std::string> labels;
    for (const std::vector<Cell>& row : table.rows) {
      const auto* member = std::get_if<Member>(&row[column]);
      labels.push_back(member == nullptr ? "Σ" : member->label);
    }
    return labels;
  }

  ManualClock clock_;
  std::shared_ptr<warehouse::Warehouse> first_, second_;
  std::vector<std::unique_ptr<QueryService>> services_;
  std::unique_ptr<JointService> joint_;
};

constexpr const char* kMarch = "closed >= 20148 AND closed < 20179";  // 2025-03-01 … 2025-04-01

TEST_F(Joint, SumsRatiosAndMediansAreMadeOfAllRows) {
  const Table table = Ask(R"({"measures": ["deals_won", "won_amount", "avg_won", "win_rate",
      {"measure": "won_cycle", "args": {"statistic": "median"}, "as": "median"},
      {"measure": "won_cycle", "args": {"statistic": "percentile80"}, "as": "p80"}, "won_cycle"],
      "period": {"from": "2025-03-01", "to": "2025-04-01"}})");
  const std::string won = "FILTER (WHERE outcome = 1)";
  EXPECT_EQ(RowTexts(table),
            Twin("SELECT count(*) " + won + ", CAST(sum(amount) " + won +
                 " AS DECIMAL(18, 2)), CAST(round(sum(amount) " + won + " / count(*) " + won +
                 ", 2) AS DECIMAL(18, 2)), count(*) " + won +
                 " / count(*) FILTER (WHERE outcome <> 0), quantile_cont(cycle, 0.5) " + won +
                 ", quantile_cont(cycle, 0.8) " + won + ", avg(cycle) " + won + " FROM t WHERE " + kMarch));
  EXPECT_EQ(json::serialize(table.notes.at("portals")), R"(["acme","shop"])");
}

TEST_F(Joint, MediansOfStaysThatGoOnAreMadeOfAllStays) {
  // Stays of 4, 6, 10, 10 days and one that has lasted 12: half of five are over at the third.
  EXPECT_EQ(
      RowTexts(
          Ask(R"({"measures": ["stage_days_typical"], "filters": [{"dimension": "stage", "in": ["deal:NEW"]}],
                             "period": {"from": "2025-03-01", "to": "2025-04-01"}})")),
      (Rows{{"864000"}}));
}

TEST_F(Joint, PortalIsADimensionWithTotals) {
  const char* request = R"({"measures": ["deals_won", "win_rate",
      {"measure": "won_cycle", "args": {"statistic": "median"}, "as": "median"}], "dimensions": ["portal"],
      "totals": true, "period": {"from": "2025-03-01", "to": "2025-04-01"}})";
  const std::string won = "FILTER (WHERE outcome = 1)";
  EXPECT_EQ(RowTexts(Ask(request)),
            Twin("SELECT coalesce(portal, 'Σ'), count(*) " + won + ", count(*) " + won +
                 " / count(*) FILTER (WHERE outcome <> 0), quantile_cont(cycle, 0.5) " + won +
                 " FROM t WHERE " + kMarch + " GROUP BY ROLLUP (portal) ORDER BY portal NULLS LAST"));
  EXPECT_THAT(Labels(Ask(request), 0), ElementsAre("Акме", "Магазин", "Σ"));
  EXPECT_EQ(RowTexts(Ask(R"({"measures": ["deals_won"], "filters": [{"dimension": "portal", "in": ["shop"]}],
                             "period": {"from": "2025-03-01", "to": "2025-04-01"}})")),
            Twin(std::string("SELECT count(*) FROM t WHERE outcome = 1 AND portal = 'shop' AND ") + kMarch));
}

TEST_F(Joint, EqualIdsOfTwoPortalsDoNotMix) {
  const Table table = Ask(R"({"measures": ["deals_won"], "dimensions": ["employee"],
      "period": {"from": "2025-01-01", "to": "2025-04-01"}, "order": [{"by": "deals_won", "descending": true}]})");
  const std::string id = "CASE seller WHEN 1 THEN '7' ELSE '8' END || '@' || portal";
  EXPECT_THAT(
      RowTexts(table),
      ::testing::UnorderedElementsAreArray(
          Twin("SELECT " + id +
               ", count(*) FROM t WHERE outcome = 1 GROUP BY 1 UNION ALL SELECT '8@shop', "
               "count(*) FROM t WHERE outcome = 1 AND seller = 2 AND portal = 'shop' HAVING count(*) > 0")));
  const std::vector<std::string> labels = Labels(table, 0);
  EXPECT_THAT(labels, ::testing::Contains("Анна Смирнова · Акме"));
  EXPECT_THAT(labels, ::testing::Contains("Анна Смирнова · Магазин"));
  EXPECT_THAT(labels, ::testing::Contains("Боб O'Neil 🚀"));
  EXPECT_EQ(RowTexts(Ask(
                R"({"measures": ["deals_won"], "filters": [{"dimension": "employee", "in": ["7@shop"]}]})")),
            Twin("SELECT count(*) FROM t WHERE outcome = 1 AND seller = 1 AND portal = 'shop'"));
  EXPECT_EQ(
      RowTexts(Ask(
          R"({"measures": ["deals_won"], "filters": [{"dimension": "employee", "not_in": ["7@shop"]}]})")),
      Twin("SELECT count(*) FROM t WHERE outcome = 1 AND NOT (seller = 1 AND portal = 'shop')"));
  // A bare id is that of every portal.
  EXPECT_EQ(
      RowTexts(Ask(R"({"measures": ["deals_won"], "filters": [{"dimension": "employee", "in": ["7"]}]})")),
      Twin("SELECT count(*) FROM t WHERE outcome = 1 AND seller = 1"));
}

TEST_F(Joint, TagsOfAdvertisingAreOne) {
  EXPECT_EQ(RowTexts(Ask(R"({"measures": ["won_amount"], "dimensions": ["utm_source"],
                             "filters": [{"dimension": "utm_source", "in": ["yandex"]}]})")),
            (Rows{{"yandex", "1500.00"}}));
}

TEST_F(Joint, ComparisonAndOthersAreOfAllPortals) {
  EXPECT_EQ(RowTexts(Ask(R"({"measures": ["won_amount"], "compare": "previous",
                             "period": {"from": "2025-02-01", "to": "2025-03-01"}})")),
            (Rows{{"209.00", "0.00", "209.00", "null"}}));
  const Table march = Ask(R"({"measures": ["won_amount", "win_rate"], "dimensions": ["employee"], "limit": 1,
      "others": true, "totals": true, "compare": "previous", "order": [{"by": "won_amount", "descending": true}],
      "period": {"from": "2025-03-01", "to": "2025-04-01"}})");
  // 15 of 31 days have gone, so the first 15 of February are compared with: 9.00 of acme.
  EXPECT_EQ(RowTexts(march),
            (Rows{{"7@shop", "1000.00", "0.00", "1000.00", "null", "1", "null", "null", "null"},
                  {"…", "570.50", "9.00", "561.50", "62.3888889", "0.5", "1", "-0.5", "-0.5"},
                  {"Σ", "1570.50", "9.00", "1561.50", "173.5", "0.6", "1", "-0.4", "-0.4"}}));
}

TEST_F(Joint, TheListHoldsRowsOfAllPortals) {
  const RecordPage page = List(R"({"measures": ["won_amount"], "cell": {"measure": "won_amount"},
      "period": {"from": "2025-03-01", "to": "2025-04-01"}, "order": [{"by": "amount", "descending": true}]})");
  EXPECT_EQ(page.total, 3);
  Rows shown;
  for (const std::vector<Cell>& row : page.rows) shown.push_back({CellText(row[0]), CellText(row[2])});
  EXPECT_EQ(shown, Twin(std::string("SELECT CAST(deal AS VARCHAR), portal FROM t WHERE outcome = 1 AND ") +
                        kMarch + " ORDER BY amount DESC"));
  EXPECT_EQ(page.columns[2].id, "portal");
  EXPECT_THAT(page.links, ElementsAre("https://shop.example.org/leads/detail/1",
                                      "https://acme.example.org/crm/deal/details/1/",
                                      "https://acme.example.org/crm/deal/details/3/"));
  EXPECT_EQ(json::serialize(page.totals.at("measure")), "\"1570.50\"");
  EXPECT_EQ(json::serialize(page.totals.at("amount")), "\"1570.50\"");
  const RecordPage second =
      List(R"({"measures": ["won_amount"], "cell": {"measure": "won_amount"}, "offset": 1,
      "limit": 1, "period": {"from": "2025-03-01", "to": "2025-04-01"},
      "order": [{"by": "amount", "descending": true}]})");
  ASSERT_EQ(second.rows.size(), 1u);
  EXPECT_EQ(CellText(second.rows[0][2]), "acme");
  const RecordPage narrowed = List(R"({"measures": ["won_amount"], "cell": {"measure": "won_amount"},
      "period": {"from": "2025-03-01", "to": "2025-04-01"}, "narrow": [{"column": "portal", "in": ["acme"]}]})");
  EXPECT_EQ(narrowed.total, 2);
  EXPECT_EQ(json::serialize(narrowed.totals.at("measure")), "\"570.50\"");
  const RecordPage median = List(R"({"measures": [{"measure": "won_cycle", "args": {"statistic": "median"}}],
      "cell": {"measure": "won_cycle"}, "period": {"from": "2025-03-01", "to": "2025-04-01"}})");
  EXPECT_DOUBLE_EQ(median.totals.at("measure").as_double(), 900000);
}

TEST_F(Joint, WhatCannotBeAddedIsRefused) {
  warehouse::PortalSettings euro = Portal("shop", "amocrm", "Магазин");
  euro.base_currency = "EUR";
  Open(Portal("acme", "bitrix24", "Акме"), euro);
  EXPECT_EQ(Try(R"({"measures": ["won_amount"]})").error().code, "currencies_differ");
  EXPECT_EQ(Try(R"({"measures": ["deals_won", "avg_won"], "dimensions": ["portal"]})").error().code,
            "currencies_differ");
  EXPECT_TRUE(Try(R"({"measures": ["deals_won"]})").ok());
  warehouse::PortalSettings east = Portal("shop", "amocrm", "Магазин");
  east.zone = "Asia/Vladivostok";
  Open(Portal("acme", "bitrix24", "Акме"), east);
  EXPECT_EQ(Try(R"({"measures": ["deals_won"]})").error().code, "zones_differ");
  EXPECT_THAT(Try(R"({"measures": ["deals_won"]})").error().message, HasSubstr("Asia/Vladivostok"));
  EXPECT_EQ(json::serialize(Ask(R"({"measures": ["deals_won"], "zone": "own"})").notes.at("zone")),
            "\"own\"");
  EXPECT_EQ(Try(R"({"measures": ["deals_won"], "dimensions": ["field:UF_1"], "zone": "own"})").error().code,
            "bad_dimension");
}

/// acme keeps roubles, shop euros; each has its own dated rates of the other's currency.
class JointMoney : public Joint {
 protected:
  JointMoney() {
    warehouse::PortalSettings euro = Portal("shop", "amocrm", "Магазин");
    euro.base_currency = "EUR";
    Open(Portal("acme", "bitrix24", "Акме"), euro);
    // Rates change on 2025-03-06 (20153).
    Execute(*first_, "DELETE FROM d_rate");
    Execute(*first_,
            "INSERT INTO d_rate VALUES (0, -2000000000, 2147483647, 1), (1, -2000000000, 2147483647, 1), "
            "(2, -2000000000, 20153, 92), (2, 20153, 2147483647, 97.3)");
    Execute(*second_, "DELETE FROM d_rate");
    Execute(*second_,
            "INSERT INTO d_rate VALUES (0, -2000000000, 2147483647, 1), (2, -2000000000, 2147483647, 1), "
            "(1, -2000000000, 20153, 0.0105), (1, 20153, 2147483647, 0.0111)");
    // The third deal of acme is in euros, the first of shop in roubles; the star holds them in the base
    // currency.
    Execute(*first_, "UPDATE f_deal SET currency_key = CASE deal_key WHEN 3 THEN 2 ELSE 1 END");
    Execute(*second_, "UPDATE f_deal SET currency_key = CASE deal_key WHEN 1 THEN 1 ELSE 2 END");
    for (const auto& warehouse : {first_, second_})
      Execute(*warehouse, "UPDATE deal SET amount = f.amount FROM f_deal f WHERE f.deal_key = deal.key");
    Execute(*first_,
            "UPDATE f_deal SET amount = 6859.65, amount_closed = 6859.65 WHERE deal_key = 3");  // 70.50 EUR
    Execute(*second_, "UPDATE deal SET amount = 105.37 WHERE key = 1");
    Execute(*second_,
            "UPDATE f_deal SET amount = 1.17, amount_closed = 1.17 WHERE deal_key = 1");  // 105.37 RUB
    Execute(*first_,
            "INSERT INTO f_deal_state (deal_key, from_day, to_day, semantic, stage_key, pipeline_key, "
            "after_sale, "
            "owner_key, entered_day, created_day, source_key, currency_key, amount) VALUES (5, 20150, "
            "2147483647, "
            "0, 11, 2, FALSE, 2, 20150, 20150, 0, 1, 1000)");
    Execute(*second_,
            "INSERT INTO f_deal_state (deal_key, from_day, to_day, semantic, stage_key, pipeline_key, "
            "after_sale, "
            "owner_key, entered_day, created_day, source_key, currency_key, amount) VALUES (3, 20140, "
            "2147483647, "
            "0, 11, 2, FALSE, 2, 20140, 20140, 0, 1, 10.10)");
  }
};

/// What statements sum up by themselves is converted too, not only the columns of a fact.
TEST_F(JointMoney, LivesOfClientsAndWeightedAmountsToo) {
  Execute(*first_,
          "UPDATE f_deal SET client_key = 1, purchase_nth = 1, purchase_until_day = 2147483647, "
          "purchase_first_day = closed_day WHERE deal_key = 3");
  Execute(*second_, "UPDATE f_deal SET client_key = 0");
  EXPECT_EQ(RowTexts(Ask(R"({"measures": ["ltv"], "dimensions": ["portal"], "currency": "RUB"})")),
            (Rows{{"acme", "6859.65"}, {"shop", "0.00"}}));
  EXPECT_EQ(RowTexts(Ask(R"({"measures": ["ltv"], "dimensions": ["portal"], "currency": "EUR"})")),
            (Rows{{"acme", "70.50"}, {"shop", "0.00"}}));
  const Result<Table> weighted = Try(R"({"measures": ["weighted_amount"], "currency": "EUR"})");
  EXPECT_TRUE(weighted.ok()) << ToString(weighted.error());
}

TEST_F(JointMoney, AmountsAreToldInTheCurrencyNamedAtEachPortalsOwnRates) {
  const char* euro = R"({"measures": ["won_amount", "avg_won"], "dimensions": ["portal"], "currency": "EUR",
      "totals": true, "period": {"from": "2025-03-01", "to": "2025-04-01"}})";
  // 500.00 / 92 = 5.43 on the 5th of March, 70.50 as it is; 105.37 * 0.0111 = 1.17 on the 7th.
  EXPECT_EQ(RowTexts(Ask(euro)),
            (Rows{{"acme", "75.93", "37.97"}, {"shop", "1.17", "1.17"}, {"Σ", "77.10", "25.70"}}));
  EXPECT_EQ(Ask(euro).columns[1].unit, "EUR");
  EXPECT_EQ(json::serialize(Ask(euro).notes.at("currency")), "\"EUR\"");
  // 70.50 * 97.3 on the 12th; shop's 105.37 roubles are what they are, not 1.17 / 0.0111 = 105.41.
  EXPECT_EQ(RowTexts(Ask(R"({"measures": ["won_amount"], "dimensions": ["portal"], "currency": "RUB",
      "period": {"from": "2025-03-01", "to": "2025-04-01"}})")),
            (Rows{{"acme", "7359.65"}, {"shop", "105.37"}}));
  // Before: 9.00 / 92 = 0.10 and 200.00 as they are.
  EXPECT_EQ(RowTexts(Ask(R"({"measures": ["won_amount"], "currency": "EUR", "compare": "previous",
      "period": {"from": "2025-02-01", "to": "2025-03-01"}})"))[0][0],
            "200.10");
}

TEST_F(JointMoney, StatesFiltersAndListsAreInTheCurrencyNamed) {
  // 1000.00 / 97.3 = 10.28; 10.10 * 0.0111 = 0.11.
  const Table states = Ask(R"({"measures": ["in_work_amount"], "dimensions": ["portal"], "currency": "EUR",
      "period": {"from": "2025-03-01", "to": "2025-03-11"}})");
  EXPECT_EQ(RowTexts(states), (Rows{{"acme", "10.28"}, {"shop", "0.11"}}));
  // Only acme's 70.50 lies between 6 and 100 euros.
  EXPECT_EQ(RowTexts(Ask(R"({"measures": ["deals_won"], "dimensions": ["portal"], "currency": "EUR",
      "filters": [{"dimension": "amount", "from": 6, "to": 100}],
      "period": {"from": "2025-03-01", "to": "2025-04-01"}})")),
            (Rows{{"acme", "1"}}));
  const RecordPage page =
      List(R"({"measures": ["won_amount"], "cell": {"measure": "won_amount"}, "currency": "EUR",
      "period": {"from": "2025-03-01", "to": "2025-04-01"}, "order": [{"by": "amount", "descending": true}]})");
  Rows shown;
  for (const std::vector<Cell>& row : page.rows) shown.push_back({CellText(row[2]), CellText(row[4])});
  EXPECT_EQ(page.columns[4].id, "amount");
  EXPECT_EQ(page.columns[4].unit, "EUR");
  EXPECT_EQ(shown, (Rows{{"acme", "70.50"}, {"acme", "5.43"}, {"shop", "1.17"}}));
  EXPECT_EQ(json::serialize(page.totals.at("measure")), "\"77.10\"");
  EXPECT_EQ(json::serialize(page.totals.at("amount")), "\"77.10\"");
}

TEST_F(JointMoney, EveryMeasureOfMoneyCanBeAskedInACurrency) {
  const json::value model = joint_->DescribeModel(Language::kEnglish);
  size_t asked = 0;
  for (const json::value& measure : model.at("measures").as_array()) {
    if (measure.at("type").as_string() != "money") continue;
    const std::string id(measure.at("id").as_string());
    const std::string args = id.starts_with("stage_reached") ? R"(, "args": {"stages": ["deal:WON"]})" : "";
    const Result<Table> table = Try((R"({"measures": [{"measure": ")" + id + "\"" + args +
                                     R"(}], "dimensions": ["month"], "currency": "EUR",
                                        "period": {"from": "2025-01-01", "to": "2025-04-01"}})")
                                        .c_str());
    EXPECT_TRUE(table.ok()) << id << ": " << (table.ok() ? "" : ToString(table.error()));
    ++asked;
  }
  EXPECT_GT(asked, 15u);
}

TEST_F(JointMoney, ACurrencyWithoutRatesIsRefusedAndNamed) {
  const Result<Table> table = Try(R"({"measures": ["won_amount"], "currency": "USD"})");
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.error().code, "no_common_rate");
  EXPECT_THAT(table.error().message, HasSubstr("USD"));
  EXPECT_THAT(table.error().message, HasSubstr("shop: EUR"));
  EXPECT_TRUE(Try(R"({"measures": ["deals_won"], "currency": "USD"})").ok());
  EXPECT_EQ(Try(R"({"measures": ["won_amount"]})").error().code, "currencies_differ");
}

TEST_F(Joint, MembersNameTheirPortal) {
  const std::vector<Member> people =
      joint_->Members("employee", "анна", 10, {.everything = true, .user_id = ""}, Language::kRussian)
          .value();
  ASSERT_EQ(people.size(), 2u);
  EXPECT_EQ(people[0].id, "7@acme");
  EXPECT_EQ(people[0].parent, "d2@acme");
  EXPECT_EQ(people[1].label, "Анна Смирнова · Магазин");
  const std::vector<Member> portals =
      joint_->Members("portal", "", 10, {.everything = true, .user_id = ""}, Language::kRussian).value();
  ASSERT_EQ(portals.size(), 2u);
  EXPECT_EQ(portals[1].id, "shop");
}

}  // namespace
}  // namespace svodka::engine::testing
