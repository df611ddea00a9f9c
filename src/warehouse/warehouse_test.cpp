#include "warehouse/warehouse.hpp"

#include <thread>

#include "warehouse/internal/migrations.hpp"
#include "warehouse/internal/test_support.hpp"

namespace svodka::warehouse {
namespace {

TEST(Query, ReadsEveryTypeExactly) {
  const auto warehouse = OpenInMemory();
  const auto set = warehouse->Query(
      "SELECT TRUE, 7::TINYINT, -8::SMALLINT, 9, 10::BIGINT, 2.5::DOUBLE, -1234.56::DECIMAL(18,2), DATE "
      "'2025-03-31', "
      "TIMESTAMP '2025-03-31 10:00:00', 'Ёлка ''🎄''', NULL::TEXT, 5::DECIMAL(5,0), 0.1::DECIMAL(4,1)");
  ASSERT_TRUE(set.ok()) << set.error().message;
  const Row expected{true,
                     int64_t{7},
                     int64_t{-8},
                     int64_t{9},
                     int64_t{10},
                     2.5,
                     Money::FromMinor(-123456),
                     MakeDay(2025, 3, 31),
                     At("2025-03-31T10:00:00Z"),
                     Text("Ёлка '🎄'"),
                     std::monostate{},
                     Money::FromMinor(500),
                     Money::FromMinor(10)};
  EXPECT_EQ(set->rows, std::vector<Row>{expected});
}

TEST(Query, SumsOfMoneyAndCountsStayExact) {
  const auto warehouse = OpenInMemory();
  EXPECT_EQ(Lines(*warehouse,
                  "SELECT sum(a), count(*), sum(n), count(DISTINCT n) FROM (VALUES "
                  "(9999999999999999.99::DECIMAL(18,2), 1), (-0.01, 2), (NULL, 3)) t(a, n)"),
            Strings{"9999999999999999.98|3|6|3"});
}

TEST(Query, AmountBeyondRangeIsAnErrorNotAWrongNumber) {
  const auto warehouse = OpenInMemory();
  const auto set = warehouse->Query("SELECT sum(9999999999999999.99::DECIMAL(18,2)) FROM range(100)");
  ASSERT_FALSE(set.ok());
  EXPECT_EQ(set.error().code, "number_out_of_range");
}

TEST(Query, BindsParametersByType) {
  const auto warehouse = OpenInMemory();
  const Row params{Text("O'Нил"),       Money::FromMinor(-5),
                   MakeDay(2025, 1, 2), At("2025-01-02T03:04:05Z"),
                   int64_t{4},          true,
                   std::monostate{},    0.5};
  const auto set = warehouse->Query(
      "SELECT ?, ?::DECIMAL(18,2), ?::INTEGER, ?::TIMESTAMP, ?::BIGINT, ?::BOOLEAN, ?::TEXT, ?::DOUBLE",
      params);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->rows[0], (Row{Text("O'Нил"), Money::FromMinor(-5), int64_t{MakeDay(2025, 1, 2).number},
                               At("2025-01-02T03:04:05Z"), int64_t{4}, true, std::monostate{}, 0.5}));
}

TEST(Query, ReadsManyChunks) {
  const auto warehouse = OpenInMemory();
  const auto set =
      warehouse->Query("SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE i::TEXT END FROM range(10000) t(i)");
  ASSERT_TRUE(set.ok());
  ASSERT_EQ(set->rows.size(), 10000U);
  EXPECT_EQ(set->rows[9998], (Row{int64_t{9998}, Text("9998")}));
  EXPECT_EQ(set->rows[9999], (Row{int64_t{9999}, std::monostate{}}));
}

TEST(Query, StopsBeyondRowsMax) {
  const auto warehouse = OpenInMemory();
  const auto set = warehouse->Query("SELECT * FROM range(5000)", {}, {.rows_max = 4999});
  ASSERT_FALSE(set.ok());
  EXPECT_EQ(set.error().code, "too_many_rows");
}

constexpr const char* kEndless =
    "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range % 7 = b.range % 5";

TEST(Query, EndsAtItsDeadlineAndTheConnectionStaysUsable) {
  const auto warehouse = OpenInMemory();
  const auto set = warehouse->Query(kEndless, {}, {.deadline = std::chrono::milliseconds{20}});
  ASSERT_FALSE(set.ok());
  EXPECT_EQ(set.error().code, "deadline");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Lines(*warehouse, "SELECT 1"), Strings{"1"});
}

TEST(Query, IsCancelledByItsStopToken) {
  const auto warehouse = OpenInMemory();
  std::stop_source source;
  std::jthread canceller([&] { source.request_stop(); });
  const auto set = warehouse->Query(kEndless, {}, {.stop = source.get_token()});
  ASSERT_FALSE(set.ok());
  EXPECT_EQ(set.error().code, "cancelled");
}

TEST(Query, ABadStatementIsADiagnostic) {
  const auto warehouse = OpenInMemory();
  EXPECT_EQ(warehouse->Query("SELEC 1").error().code, "bad_sql");
  EXPECT_EQ(warehouse->Query("SELECT * FROM nowhere").error().code, "bad_sql");
  EXPECT_EQ(warehouse->Query("SELECT ?").error().code, "bad_sql");
}

TEST(Query, RunSideBySide) {
  const auto warehouse = OpenInMemory();
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 12; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto set = warehouse->Query("SELECT sum(range)::BIGINT FROM range(1000)");
        if (set.ok() && set->rows[0][0] == Value{int64_t{499500}}) ++good;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(good, 240);
}

TEST(Open, KeepsDataAndVersionOverAReopening) {
  const TemporaryFolder folder;
  {
    const auto warehouse = Warehouse::Open({.path = folder.File()}).value();
    warehouse->Configure(MoscowPortal()).value();
    Store(*warehouse, At("2025-01-01T00:00:00Z"),
          {{"crm_user", {"id", "name"}, {{Text("7"), Text("Анна")}}}});
    warehouse->Checkpoint();
  }
  const auto warehouse = Warehouse::Open({.path = folder.File()}).value();
  EXPECT_EQ(Lines(*warehouse, "SELECT id, name FROM crm_user"), Strings{"7|Анна"});
  EXPECT_EQ(warehouse->portal(), MoscowPortal());
  EXPECT_EQ(warehouse->state().data_version, 1);
  EXPECT_EQ(warehouse->state().changed_at, At("2025-01-01T00:00:00Z"));
}

TEST(Open, TwiceInOneProcessOrByAnotherIsRefusedWithAMessage) {
  const auto missing = Warehouse::Open({.path = "/nonexistent-folder/x.duckdb"});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, "storage_error");
}

TEST(Migrations, EmptyFileGetsAllAndANewerFileIsRefused) {
  const TemporaryFolder folder;
  { ASSERT_TRUE(Warehouse::Open({.path = folder.File()}).ok()); }
  {
    const Database database({.path = folder.File()});
    Connection connection(database);
    EXPECT_EQ(connection.Integer("SELECT count(*)::BIGINT FROM schema_migration"),
              static_cast<int64_t>(Migrations().size()));
    connection.Run("INSERT INTO schema_migration VALUES (9999, 'from the future')");
  }
  const auto newer = Warehouse::Open({.path = folder.File()});
  ASSERT_FALSE(newer.ok());
  EXPECT_EQ(newer.error().code, "newer_version");
}

TEST(Migrations, AnOlderFileIsUpgradedAndAFailedStepLeavesTheOldState) {
  const TemporaryFolder folder;
  const Database database({.path = folder.File()});
  Connection connection(database);
  const EmbeddedFile first{"0001_a.sql", "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);"};
  const EmbeddedFile second{"0002_b.sql", "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1;"};
  const EmbeddedFile broken{"0003_c.sql", "UPDATE a SET y = 100; SELECT * FROM missing;"};
  Migrate(connection, std::vector{first});
  Migrate(connection, std::vector{first, second});
  EXPECT_EQ(connection.Integer("SELECT y::BIGINT FROM a"), 2);
  EXPECT_THROW(Migrate(connection, std::vector{first, second, broken}), DiagnosticError);
  EXPECT_EQ(connection.Integer("SELECT y::BIGINT FROM a"), 2);
  EXPECT_EQ(connection.Integer("SELECT max(version)::BIGINT FROM schema_migration"), 2);
}

}  // namespace
}  // namespace svodka::warehouse
