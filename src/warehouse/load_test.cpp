#include <fstream>
#include <thread>

#include "warehouse/internal/memory_ceiling.hpp"
#include "warehouse/internal/test_support.hpp"

namespace svodka::warehouse {
namespace {

const Instant kJan1 = At("2025-01-01T09:00:00Z");
const Instant kJan2 = At("2025-01-02T09:00:00Z");
const Instant kJan3 = At("2025-01-03T09:00:00Z");

Batch Stages() {
  return {"stage",
          {"entity", "pipeline_id", "id", "name", "sort", "semantic"},
          {{Text("deal"), Text("0"), Text("NEW"), Text("Новая"), int64_t{10}, Text("P")},
           {Text("deal"), Text("0"), Text("WORK"), Text("В работе"), int64_t{20}, Text("P")},
           {Text("deal"), Text("0"), Text("WON"), Text("Успех"), int64_t{30}, Text("S")},
           {Text("deal"), Text("0"), Text("LOSE"), Text("Провал"), int64_t{40}, Text("F")}}};
}

Batch Deal(const std::string& id, const std::string& stage, int64_t amount_minor, const std::string& owner,
           Instant moved) {
  return {"deal",
          {"id", "pipeline_id", "stage_id", "amount", "currency", "owner_id", "created_at", "modified_at",
           "moved_at"},
          {{Text(id), Text("0"), Text(stage), Money::FromMinor(amount_minor), Text("RUB"), Text(owner), kJan1,
            moved, moved}}};
}

TEST(Load, StoresAndCountsAndAnUnchangedPageCostsNothing) {
  const auto warehouse = OpenInMemory();
  const auto first = Store(*warehouse, kJan1, {Stages(), Deal("1", "NEW", 10050, "7", kJan1)});
  EXPECT_EQ(first.rows_read, 5);
  EXPECT_EQ(first.rows_stored, 5);
  EXPECT_EQ(first.data_version, 1);
  const auto again = Store(*warehouse, kJan2, {Stages(), Deal("1", "NEW", 10050, "7", kJan1)});
  EXPECT_EQ(again.rows_stored, 0);
  EXPECT_EQ(again.rows_unchanged, 5);
  EXPECT_EQ(again.data_version, 1);
  EXPECT_EQ(Lines(*warehouse, "SELECT id, amount, seen_at, first_seen_at FROM deal"),
            Strings{"1|100.50|2025-01-01T09:00:00Z|2025-01-01T09:00:00Z"});
}

TEST(Load, AnUnchangedPageWritesNothingAtAll) {
  const TemporaryFolder folder;
  const auto warehouse = std::move(Warehouse::Open({.path = folder.File(), .threads = 1})).value();
  const std::vector<Batch> page = {
      Stages(),
      {"client", {"id", "kind", "name"}, {{Text("company:5"), Text("company"), Text("Ромашка")}}},
      Deal("1", "NEW", 10050, "7", kJan1),
      {"deal_client", {"deal_id", "client_id", "is_primary"}, {{Text("1"), Text("company:5"), true}}},
      {"product_line", {"deal_id", "ordinal", "name"}, {{Text("1"), int64_t{0}, Text("Товар")}}},
      {"custom_value",
       {"entity", "card_id", "field_id", "ordinal", "text_value"},
       {{Text("deal"), Text("1"), Text("UF_1"), int64_t{0}, Text("да")}}},
      {"stage_event",
       {"entity", "id", "card_id", "kind", "pipeline_id", "stage_id", "moved_at"},
       {{Text("deal"), Text("9"), Text("1"), int64_t{1}, Text("0"), Text("NEW"), kJan1}}},
      {"activity", {"id", "kind", "created_at", "completed"}, {{Text("act:3"), Text("call"), kJan1, true}}},
      {"activity_binding", {"activity_id", "entity", "card_id"}, {{Text("act:3"), Text("deal"), Text("1")}}}};
  EXPECT_GT(Store(*warehouse, kJan1, page).rows_stored, 0);
  const auto tables = [&] {
    Strings counts;
    for (const std::string& line : Lines(*warehouse, "SELECT table_name FROM duckdb_tables() ORDER BY 1")) {
      if (line.starts_with("in_") || line.starts_with("delta_")) continue;
      counts.push_back(line + " " + Lines(*warehouse, "SELECT count(*) FROM " + line).at(0));
    }
    return counts;
  };
  const auto written = [&] {
    return std::pair(std::filesystem::file_size(folder.File() + ".wal"),
                     std::filesystem::file_size(folder.File()));
  };
  const auto before = tables();
  const auto bytes = written();
  for (int again = 0; again < 2; ++again) EXPECT_EQ(Store(*warehouse, kJan2, page).rows_stored, 0);
  EXPECT_EQ(tables(), before);
  EXPECT_EQ(written(), bytes);
}

TEST(Load, AChangedRowKeepsItsKeyAndWritesTheChangeLog) {
  const auto warehouse = OpenInMemory();
  Store(*warehouse, kJan1, {Stages(), Deal("1", "NEW", 10050, "7", kJan1)});
  const auto key = Lines(*warehouse, "SELECT key FROM deal");
  Store(*warehouse, kJan3, {Deal("1", "WORK", 20000, "8", kJan2)});
  EXPECT_EQ(Lines(*warehouse, "SELECT key FROM deal"), key);
  EXPECT_EQ(Lines(*warehouse,
                  "SELECT field, old_value, new_value, changed_at, seen_at FROM change_log ORDER BY field"),
            (Strings{"amount|100.50|200.00|2025-01-02T09:00:00Z|2025-01-03T09:00:00Z",
                     "owner|7|8|2025-01-02T09:00:00Z|2025-01-03T09:00:00Z",
                     "stage|NEW|WORK|2025-01-02T09:00:00Z|2025-01-03T09:00:00Z"}));
}

TEST(Load, TheLastOfDuplicateKeysWins) {
  const auto warehouse = OpenInMemory();
  const auto summary = Store(
      *warehouse, kJan1, {Stages(), Deal("1", "NEW", 100, "7", kJan1), Deal("1", "WORK", 200, "7", kJan1)});
  EXPECT_EQ(summary.rows_superseded, 1);
  EXPECT_EQ(Lines(*warehouse, "SELECT stage_id, amount FROM deal"), Strings{"WORK|2.00"});
}

TEST(Load, ChildrenAreReplacedPerParentAndBelongToItsLastOccurrence) {
  const auto warehouse = OpenInMemory();
  const auto links = [](const std::string& deal, const std::vector<std::string>& clients) {
    Batch batch{"deal_client", {"deal_id", "client_id", "is_primary"}, {}};
    for (const auto& client : clients) batch.rows.push_back({Text(deal), Text(client), true});
    return batch;
  };
  Store(*warehouse, kJan1,
        {Stages(), Deal("1", "NEW", 100, "7", kJan1), Deal("2", "NEW", 100, "7", kJan1),
         links("1", {"company:1", "contact:2"}), links("2", {"company:9"})});
  const auto summary = Store(*warehouse, kJan2,
                             {Deal("1", "NEW", 100, "7", kJan1), links("1", {"contact:5"}),
                              Deal("1", "NEW", 100, "7", kJan1), links("1", {"contact:3"})});
  EXPECT_EQ(summary.rows_stored, 1) << "a changed child makes its parent changed";
  EXPECT_EQ(Lines(*warehouse, "SELECT deal_id, client_id FROM deal_client ORDER BY ALL"),
            (Strings{"1|contact:3", "2|company:9"}));
  const auto same = Store(*warehouse, kJan3, {Deal("1", "NEW", 100, "7", kJan1), links("1", {"contact:3"})});
  EXPECT_EQ(same.rows_unchanged, 1);
}

TEST(Load, CustomValuesOfAClientAreFoundByItsKind) {
  const auto warehouse = OpenInMemory();
  const auto client = [](const std::string& value) {
    return std::vector<Batch>{
        {"client", {"id", "kind", "name"}, {{Text("company:5"), Text("company"), Text("Рога")}}},
        {"custom_value",
         {"entity", "card_id", "field_id", "ordinal", "text_value"},
         {{Text("company"), Text("5"), Text("UF_1"), int64_t{0}, Text(value)}}}};
  };
  Store(*warehouse, kJan1, client("a"));
  Store(*warehouse, kJan2, client("b"));
  EXPECT_EQ(Lines(*warehouse, "SELECT entity, card_id, text_value FROM custom_value"),
            Strings{"company|5|b"});
}

TEST(Load, MissingRowsOfACompleteListAreMarkedRemoved) {
  const auto warehouse = OpenInMemory();
  const auto source = [](const std::vector<std::string>& ids) {
    Batch batch{"dictionary", {"kind", "id", "name"}, {}};
    for (const auto& id : ids) batch.rows.push_back({Text("source"), Text(id), Text(id)});
    return batch;
  };
  Store(*warehouse, kJan1,
        {source({"CALL", "WEB"}),
         {"dictionary", {"kind", "id", "name"}, {{Text("region"), Text("R"), Text("R")}}}});
  auto load = warehouse->Begin(kJan2).value().release();
  const std::unique_ptr<Load> owned(load);
  owned->Append(source({"WEB"})).value();
  owned->MarkComplete("dictionary:source");
  owned->Commit().value();
  EXPECT_EQ(Lines(*warehouse, "SELECT id, removed_at IS NULL FROM dictionary ORDER BY id"),
            (Strings{"CALL|false", "R|true", "WEB|true"}));
}

TEST(Load, BuryMarksLogsAndKeepsTheCard) {
  const auto warehouse = OpenInMemory();
  Store(*warehouse, kJan1, {Stages(), Deal("1", "NEW", 100, "7", kJan1)});
  {
    const auto load = std::move(warehouse->Begin(kJan2)).value();
    const std::string ids[] = {"1", "404"};
    load->Bury("deal", ids, "deleted").value();
    EXPECT_EQ(load->Commit().value().data_version, 2);
  }
  EXPECT_EQ(Lines(*warehouse, "SELECT id, deleted_at FROM deal"), Strings{"1|2025-01-02T09:00:00Z"});
  EXPECT_EQ(Lines(*warehouse, "SELECT card_id, cause FROM tombstone ORDER BY 1"),
            (Strings{"1|deleted", "404|deleted"}));
  EXPECT_EQ(Lines(*warehouse, "SELECT field, new_value FROM change_log"), Strings{"deleted|deleted"});
  {
    const auto load = std::move(warehouse->Begin(kJan3)).value();
    const std::string ids[] = {"1", "404"};
    load->Bury("deal", ids, "deleted").value();
    EXPECT_EQ(load->Commit().value().data_version, 2) << "seen deleted again is nothing new";
  }
}

TEST(Load, UnknownUsersAndStagesGetPlaceholders) {
  const auto warehouse = OpenInMemory();
  Store(*warehouse, kJan1,
        {Stages(), Deal("1", "C5:WON", 100, "77", kJan1), Deal("2", "UC_X", 100, "0", kJan1)});
  EXPECT_EQ(Lines(*warehouse, "SELECT id, name, placeholder FROM crm_user"), Strings{"77|77|true"});
  EXPECT_EQ(Lines(*warehouse,
                  "SELECT id, semantic, removed_at IS NOT NULL FROM stage WHERE row_hash = 0 ORDER BY id"),
            (Strings{"C5:WON|S|true", "UC_X|P|true"}));
  Store(*warehouse, kJan2, {{"crm_user", {"id", "name"}, {{Text("77"), Text("Пётр")}}}});
  EXPECT_EQ(Lines(*warehouse, "SELECT id, name, placeholder FROM crm_user"), Strings{"77|Пётр|false"});
}

TEST(Load, SellerIsFrozenAtTheWinUntilItIsWonAnew) {
  const auto warehouse = OpenInMemory();
  const auto seller = [&] { return Lines(*warehouse, "SELECT seller_id FROM deal"); };
  Store(*warehouse, kJan1, {Stages(), Deal("1", "NEW", 100, "7", kJan1)});
  EXPECT_EQ(seller(), Strings{"null"});
  Store(*warehouse, kJan2, {Deal("1", "WON", 100, "7", kJan2)});
  EXPECT_EQ(seller(), Strings{"7"});
  Store(*warehouse, kJan3, {Deal("1", "WON", 100, "8", kJan2)});
  EXPECT_EQ(seller(), Strings{"7"});
  Store(*warehouse, kJan3, {Deal("1", "WORK", 100, "8", kJan3)});
  EXPECT_EQ(seller(), Strings{"7"});
  Store(*warehouse, kJan3, {Deal("1", "WON", 100, "9", kJan3)});
  EXPECT_EQ(seller(), Strings{"9"});
}

TEST(Load, FirstSeenWonTakesTheOwnerOfNow) {
  const auto warehouse = OpenInMemory();
  Store(*warehouse, kJan1, {Stages(), Deal("1", "WON", 100, "7", kJan1)});
  EXPECT_EQ(Lines(*warehouse, "SELECT seller_id FROM deal"), Strings{"7"});
}

TEST(Load, TheCrmsOwnLogTellsWhoHadACardThatWasClosedBeforeWeSawIt) {
  const auto warehouse = OpenInMemory();
  const auto given = [](const char* from, const char* to, const char* at) {
    return Batch{"past_change",
                 {"entity", "card_id", "field", "old_value", "new_value", "changed_at"},
                 {{std::string("deal"), std::string("1"), std::string("owner"), std::string(from),
                   std::string(to), ParseInstant(at).value()}}};
  };
  const auto closed = [&](Batch deal) {
    deal.columns.emplace_back("closed_at");
    for (auto& row : deal.rows) row.emplace_back(kJan1);
    return deal;
  };
  // The log may come before its card.
  Store(*warehouse, kJan3, {Stages(), given("8", "9", "2025-01-02T12:00:00Z")});
  Store(*warehouse, kJan3, {closed(Deal("1", "WON", 100, "9", kJan2))});
  EXPECT_EQ(Lines(*warehouse, "SELECT seller_id FROM deal"), Strings{"8"});
  Store(*warehouse, kJan3, {given("7", "8", "2025-01-02T06:00:00Z")});
  EXPECT_EQ(Lines(*warehouse, "SELECT seller_id FROM deal"), Strings{"7"});
  // Before the closing it was somebody else's: that changes nothing; the same row twice is one.
  Store(*warehouse, kJan3,
        {given("6", "7", "2024-12-31T06:00:00Z"), given("6", "7", "2024-12-31T06:00:00Z")});
  EXPECT_EQ(Lines(*warehouse, "SELECT seller_id FROM deal"), Strings{"7"});
  EXPECT_EQ(Lines(*warehouse,
                  "SELECT old_value, new_value FROM change_log WHERE field = 'owner' ORDER BY changed_at"),
            (Strings{"6|7", "7|8", "8|9"}));
}

TEST(Load, AStageEventOnceSeenStaysAsItWas) {
  const auto warehouse = OpenInMemory();
  const auto event = [](const std::string& stage) {
    return Batch{"stage_event",
                 {"entity", "id", "card_id", "kind", "pipeline_id", "stage_id", "moved_at"},
                 {{Text("deal"), Text("1"), Text("1"), int64_t{1}, Text("0"), Text(stage), kJan1}}};
  };
  Store(*warehouse, kJan1, {Stages(), event("NEW")});
  const auto summary = Store(*warehouse, kJan2, {event("WORK")});
  EXPECT_EQ(summary.rows_unchanged, 1);
  EXPECT_EQ(Lines(*warehouse, "SELECT stage_id FROM stage_event"), Strings{"NEW"});
}

TEST(Load, RatesAreStoredOnlyOnDaysOfChange) {
  const auto warehouse = OpenInMemory();
  const auto rate = [](int day, const std::string& value) {
    return Row{Text("USD"), MakeDay(2025, 1, static_cast<unsigned>(day)), Text(value)};
  };
  Store(*warehouse, kJan1,
        {{"currency_rate", {"currency", "day", "rate"}, {rate(1, "90.5"), rate(2, "90.50")}}});
  Store(*warehouse, kJan3,
        {{"currency_rate", {"currency", "day", "rate"}, {rate(3, "90.5"), rate(4, "91.25")}}});
  Store(*warehouse, kJan3, {{"currency_rate", {"currency", "day", "rate"}, {rate(4, "92")}}});
  EXPECT_EQ(Lines(*warehouse, "SELECT day, rate::TEXT FROM currency_rate ORDER BY day"),
            (Strings{std::to_string(MakeDay(2025, 1, 1).number) + "|90.50000000",
                     std::to_string(MakeDay(2025, 1, 4).number) + "|92.00000000"}));
}

TEST(Load, DanglingReferencesAreCountedAndForgottenWhenTheyArrive) {
  const auto warehouse = OpenInMemory();
  Batch deal = Deal("1", "NEW", 100, "7", kJan1);
  deal.columns.push_back("company_id");
  deal.rows[0].push_back(Text("5"));
  deal.rows.push_back(deal.rows[0]);
  deal.rows[1][0] = Text("2");
  const auto summary = Store(*warehouse, kJan1, {Stages(), deal});
  EXPECT_EQ(summary.dangling, 2);
  EXPECT_EQ(Lines(*warehouse, "SELECT table_name, column_name, value, rows FROM dangling_reference"),
            Strings{"deal|company_id|company:5|2"});
  Store(*warehouse, kJan2,
        {{"client", {"id", "kind", "name"}, {{Text("company:5"), Text("company"), Text("A")}}}});
  EXPECT_EQ(Lines(*warehouse, "SELECT * FROM dangling_reference"), Strings{});
}

TEST(Load, CursorCommitsWithItsRowsAndNotWithoutThem) {
  const auto warehouse = OpenInMemory();
  {
    const auto load = std::move(warehouse->Begin(kJan1)).value();
    load->Append(Stages()).value();
    load->SetCursor("deal", "{\"id\":5}");
  }
  EXPECT_EQ(warehouse->FindCursor("deal").value(), std::nullopt);
  EXPECT_EQ(Lines(*warehouse, "SELECT count(*) FROM stage"), Strings{"0"});
  {
    const auto load = std::move(warehouse->Begin(kJan1)).value();
    load->Append(Stages()).value();
    load->SetCursor("deal", "{\"id\":5}");
    load->Commit().value();
  }
  EXPECT_EQ(warehouse->FindCursor("deal").value(), "{\"id\":5}");
}

TEST(Load, ABadCellNamesItsPlaceAndKillsTheLoad) {
  const auto warehouse = OpenInMemory();
  const auto load = std::move(warehouse->Begin(kJan1)).value();
  const auto bad =
      load->Append({"deal", {"id", "pipeline_id", "amount"}, {{Text("1"), Text("0"), Text("12,5")}}});
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().code, "bad_row");
  EXPECT_EQ(bad.error().place, "deal[0].amount");
  EXPECT_FALSE(load->Commit().ok());
}

TEST(Load, UnknownTableAndColumnNameTheNearest) {
  const auto warehouse = OpenInMemory();
  EXPECT_EQ(std::move(warehouse->Begin(kJan1)).value()->Append({"deel", {"id"}, {}}).error().nearest,
            Strings{"deal"});
  EXPECT_EQ(
      std::move(warehouse->Begin(kJan1)).value()->Append({"deal", {"id", "tittle"}, {}}).error().nearest,
      Strings{"title"});
}

TEST(Load, OneAtATimeAndObserversHearOfEachChange) {
  const auto warehouse = OpenInMemory();
  std::vector<int64_t> heard;
  auto token = warehouse->OnChange([&](int64_t version) { heard.push_back(version); });
  auto first = std::move(warehouse->Begin(kJan1)).value();
  std::jthread second([&] { Store(*warehouse, kJan2, {Deal("1", "NEW", 1, "7", kJan1)}); });
  first->Append(Stages()).value();
  EXPECT_EQ(first->Commit().value().data_version, 1);
  first.reset();
  second.join();
  EXPECT_EQ(heard, (std::vector<int64_t>{1, 2}));
  token.reset();
  Store(*warehouse, kJan3, {Deal("1", "WORK", 1, "7", kJan1)});
  EXPECT_EQ(heard.size(), 2U);
}

TEST(Load, TouchCurrentNotesOnlyTheMoment) {
  const auto warehouse = OpenInMemory();
  warehouse->TouchCurrent(kJan2).value();
  EXPECT_EQ(warehouse->state().current_at, kJan2);
  EXPECT_EQ(warehouse->state().data_version, 0);
}

TEST(Load, MemoryIsLowWhileAHistoryIsLoadedAndAsSetAfterwards) {
  const TemporaryFolder folder;
  const auto warehouse =
      Warehouse::Open({.path = folder.File(), .threads = 1, .memory_limit = "1000MiB"}).value();
  const auto limit = [&] {
    return std::get<std::string>(
        warehouse->Query("SELECT current_setting('memory_limit')").value().rows.at(0).at(0));
  };
  EXPECT_EQ(limit(), "1000.0 MiB");
  const auto store = [&](const char* id, bool more_follows) {
    auto load = std::move(warehouse->Begin(At("2026-01-01T10:00:00Z"))).value();
    load->Append({"crm_user", {"id", "name"}, {{Text(id), Text("Anna")}}}).value();
    if (more_follows) load->MoreFollows();
    load->Commit().value();
  };
  store("1", true);
  EXPECT_EQ(limit(), "256.0 MiB");
  store("2", true);
  EXPECT_EQ(limit(), "256.0 MiB");
  store("3", false);
  EXPECT_EQ(limit(), "1000.0 MiB");
  ASSERT_TRUE(RederiveForTest(*warehouse).ok());
  EXPECT_EQ(limit(), "1000.0 MiB");
}

TEST(Load, TemporaryFilesOfAKilledProcessAreRemoved) {
  const TemporaryFolder folder;
  const std::filesystem::path left = folder.File() + ".tmp";
  std::filesystem::create_directory(left);
  for (const char* name : {"duckdb_temp_storage_DEFAULT-0.tmp", "of_somebody_else"})
    std::ofstream(left / name) << "x";
  const auto warehouse = Warehouse::Open({.path = folder.File(), .threads = 1}).value();
  EXPECT_FALSE(std::filesystem::exists(left / "duckdb_temp_storage_DEFAULT-0.tmp"));
  EXPECT_TRUE(std::filesystem::exists(left / "of_somebody_else"));
}

TEST(Load, AFailureOfAHistoryGivesReadersTheirMemoryBack) {
  const TemporaryFolder folder;
  const auto warehouse =
      Warehouse::Open({.path = folder.File(), .threads = 1, .memory_limit = "1000MiB"}).value();
  const auto limit = [&] {
    return std::get<std::string>(
        warehouse->Query("SELECT current_setting('memory_limit')").value().rows.at(0).at(0));
  };
  const auto store = [&](const char* id) {
    auto load = std::move(warehouse->Begin(At("2026-01-01T10:00:00Z"))).value();
    load->Append({"crm_user", {"id", "name"}, {{Text(id), Text("Anna")}}}).value();
    load->MoreFollows();
    return load->Commit().ok();
  };
  ASSERT_TRUE(store("1"));
  EXPECT_EQ(limit(), "256.0 MiB");
  ASSERT_TRUE(ExecuteForTest(*warehouse, "ALTER TABLE sync_run RENAME COLUMN kind TO what").ok());
  EXPECT_FALSE(store("2"));
  EXPECT_EQ(limit(), "1000.0 MiB");
  ASSERT_TRUE(ExecuteForTest(*warehouse, "ALTER TABLE sync_run RENAME COLUMN what TO kind").ok());
  EXPECT_TRUE(store("2"));
  EXPECT_EQ(limit(), "256.0 MiB") << "a failure of another kind does not give the ceiling up";
  EXPECT_EQ(
      std::get<int64_t>(warehouse->Query("SELECT count(*)::BIGINT FROM crm_user").value().rows.at(0).at(0)),
      2);
}

TEST(MemoryCeiling, ATransactionThatDuckDbHasNoMemoryForIsRepeatedWithoutIt) {
  const TemporaryFolder folder;
  const Database database({.path = folder.File(), .threads = 1, .memory_limit = "1GiB"});
  Connection control(database);
  control.Run("SET temp_directory = ''");  // so that nothing is set aside
  Connection writer(database);
  MemoryCeiling ceiling(control, false, int64_t{16} * 1024 * 1024);
  ceiling.Lower();
  int tries = 0;
  RunUnder(ceiling, [&] {
    ++tries;
    writer.Run("BEGIN");
    try {
      writer.Run("CREATE TEMP TABLE wide AS SELECT hash(range) AS h FROM range(4000000)");
    } catch (...) {
      writer.Run("ROLLBACK");
      throw;
    }
    writer.Run("COMMIT");
  });
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(writer.Integer("SELECT count(*)::BIGINT FROM wide"), 4'000'000);
}

TEST(MemoryCeiling, WorkThatDoesNotFitIsDoneOnceMoreWithoutIt) {
  const TemporaryFolder folder;
  const Database database({.path = folder.File(), .threads = 1, .memory_limit = "1GiB"});
  Connection control(database);
  const auto limit = [&] {
    return Print(control.Fetch("SELECT current_setting('memory_limit')").rows.at(0).at(0));
  };
  const auto full = [] { throw DiagnosticError({"out_of_memory", "no block is left", "", {}}); };
  MemoryCeiling ceiling(control, false);
  ceiling.Lower();
  EXPECT_EQ(limit(), "256.0 MiB");
  EXPECT_THROW(RunUnder(ceiling, [] { throw DiagnosticError({"disk_full", "", "", {}}); }), DiagnosticError);
  EXPECT_EQ(limit(), "1.0 GiB") << "a failure leaves readers what is theirs";
  ceiling.Lower();
  Strings seen;
  RunUnder(ceiling, [&] {
    ceiling.Lower();  // as every whole derivation does
    seen.push_back(limit());
    if (seen.size() == 1) full();
  });
  EXPECT_EQ(seen, (Strings{"256.0 MiB", "1.0 GiB"}));
  EXPECT_THROW(RunUnder(ceiling, full), DiagnosticError) << "without a ceiling nothing is tried twice";
}

TEST(Load, BindingsThatCameBeforeTheirActivityAreReplacedByItsOwn) {
  const TemporaryFolder folder;
  const auto warehouse = std::move(Warehouse::Open({.path = folder.File(), .threads = 1})).value();
  const auto bindings = [](const char* card) {
    return Batch{"activity_binding",
                 {"activity_id", "entity", "card_id"},
                 {{Text("act:3"), Text("deal"), Text(card)}}};
  };
  const auto activity = [](bool completed) {
    return Batch{"activity",
                 {"id", "kind", "created_at", "completed"},
                 {{Text("act:3"), Text("call"), kJan1, completed}}};
  };
  const auto bound = [&] {
    return Lines(*warehouse,
                 "SELECT b.card_id, f.deal_key = d.key FROM activity_binding b LEFT JOIN deal d ON d.id = "
                 "b.card_id LEFT JOIN f_activity f ON f.activity_id = b.activity_id ORDER BY ALL");
  };
  Store(*warehouse, kJan1, {Stages(), Deal("1", "NEW", 1, "7", kJan1)});
  Store(*warehouse, kJan1, {Deal("2", "NEW", 1, "7", kJan1)});
  Store(*warehouse, kJan1, {bindings("1")});
  Store(*warehouse, kJan1, {activity(false), bindings("2")});
  EXPECT_EQ(bound(), Strings{"2|true"});
  Store(*warehouse, kJan1, {activity(true), bindings("1")});
  EXPECT_EQ(bound(), Strings{"1|true"});
  EXPECT_EQ(Lines(*warehouse, "SELECT count(*) FROM dangling_reference"), Strings{"0"});
}

TEST(Tidy, RowsOfACardLieTogetherAndStayWhatTheyAre) {
  const TemporaryFolder folder;
  const auto warehouse = std::move(Warehouse::Open({.path = folder.File(), .threads = 1})).value();
  Batch activities{"activity", {"id", "kind", "created_at", "completed"}, {}};
  Batch bindings{"activity_binding", {"activity_id", "entity", "card_id"}, {}};
  for (const auto& [id, card] : {std::pair("act:10", "9"), {"task:1", "10"}, {"act:9", "9"}}) {
    activities.rows.push_back({Text(id), Text("call"), kJan1, true});
    bindings.rows.push_back({Text(id), Text("deal"), Text(card)});
  }
  Store(*warehouse, kJan1, {activities, bindings});
  const auto places = [&](const char* what) {
    return Lines(*warehouse, std::string("SELECT ") + what + " ORDER BY rowid");
  };
  const Strings before = Lines(*warehouse, "SELECT * FROM activity ORDER BY ALL");
  TidyForTest(*warehouse, 3).value();
  EXPECT_EQ(places("id FROM activity"), (Strings{"act:10", "task:1", "act:9"})) << "few rows are left alone";
  TidyForTest(*warehouse, 0).value();
  EXPECT_EQ(places("id FROM activity"), (Strings{"act:9", "act:10", "task:1"}));
  EXPECT_EQ(places("card_id FROM activity_binding"), (Strings{"9", "9", "10"}));
  EXPECT_EQ(Lines(*warehouse, "SELECT * FROM activity ORDER BY ALL"), before);
  EXPECT_EQ(Lines(*warehouse, "SELECT * FROM tidied ORDER BY ALL"),
            (Strings{"activity|3", "activity_binding|3"}));
}

TEST(MemoryCeiling, SizesAreReadAsDuckDbWritesThem) {
  EXPECT_EQ(ParseMemorySize("953.5 MiB"), 999'817'216);
  EXPECT_EQ(ParseMemorySize("18.8 GiB"), 20'186'346'291);
  EXPECT_EQ(ParseMemorySize("512 bytes"), 512);
  EXPECT_EQ(ParseMemorySize("much"), 0);
}

}  // namespace
}  // namespace svodka::warehouse
