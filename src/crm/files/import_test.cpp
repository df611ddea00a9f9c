#include "crm/files/import.hpp"

#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crm/files/suggest.hpp"

namespace svodka::crm::files {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

const fs::path kRoot = SVODKA_SOURCE_DIR;

struct Imported {
  SourceBatch rows;
  ImportReport report;
  std::vector<Reject> rejects;
  size_t largest_batch = 0;
};

template <class T>
void Move(std::vector<T>& from, std::vector<T>& to) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

Result<Imported> ReadAll(const Mapping& mapping, const std::vector<std::string>& paths) {
  Imported imported;
  ImportSettings settings;
  settings.on_batch = [&](SourceBatch&& batch) -> Status {
    imported.largest_batch = std::max(imported.largest_batch, batch.deals.size());
    Move(batch.users, imported.rows.users);
    Move(batch.departments, imported.rows.departments);
    Move(batch.clients, imported.rows.clients);
    Move(batch.products, imported.rows.products);
    Move(batch.leads, imported.rows.leads);
    Move(batch.deals, imported.rows.deals);
    Move(batch.pipelines, imported.rows.pipelines);
    Move(batch.stages, imported.rows.stages);
    Move(batch.stage_events, imported.rows.stage_events);
    Move(batch.activities, imported.rows.activities);
    Move(batch.calls, imported.rows.calls);
    Move(batch.payments, imported.rows.payments);
    Move(batch.custom_fields, imported.rows.custom_fields);
    Move(batch.dictionary, imported.rows.dictionary);
    Move(batch.rates, imported.rows.rates);
    return Done{};
  };
  settings.on_reject = [&](const Reject& reject) { imported.rejects.push_back(reject); };
  settings.batch_rows = 3;
  auto report = Import(mapping, paths, settings);
  if (!report.ok()) return report.errors();
  imported.report = std::move(*report);
  return imported;
}

/// A folder of files that lives as long as the test.
class ImportFolder : public testing::Test {
 protected:
  ImportFolder() : folder_(fs::temp_directory_path() / ("svodka-import-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~ImportFolder() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  Imported Load(const std::string& yaml) {
    auto mapping = ParseMapping("portal: {zone: Europe/Moscow, currency: RUB}\n" + yaml, "map.yaml");
    if (!mapping.ok()) throw std::runtime_error(ToString(mapping.error()));
    auto imported = ReadAll(*mapping, {folder_.string()});
    if (!imported.ok()) throw std::runtime_error(ToString(imported.error()));
    return std::move(*imported);
  }
  Diagnostic Fail(const std::string& yaml) {
    auto mapping = ParseMapping("portal: {zone: Europe/Moscow, currency: RUB}\n" + yaml, "map.yaml");
    if (!mapping.ok()) return mapping.error();
    auto imported = ReadAll(*mapping, {folder_.string()});
    return imported.ok() ? Diagnostic{} : imported.error();
  }

  fs::path folder_;
};

const char* const kDeals = R"(
files:
  - file: deals.csv
    entity: deals
    fields: {id: id, amount: sum, created_at: day}
)";

TEST_F(ImportFolder, ABadRowIsToldAndStopsNothing) {
  Write("deals.csv",
        "id;sum;day\n1;100;01.02.2025\n2;сто;02.02.2025\n3;5\n4;7;31.02.2025\n5;;\n;9;01.01.2025\n");
  const auto got = Load(kDeals);
  EXPECT_EQ(got.report.rows_read, 6);
  EXPECT_EQ(got.report.rows_taken, 2);
  EXPECT_EQ(got.report.rows_rejected, 4);
  ASSERT_EQ(got.rows.deals.size(), 2U);
  EXPECT_EQ(got.rows.deals[1].amount, std::nullopt) << "an empty cell is unknown, never zero";
  ASSERT_EQ(got.rejects.size(), 4U);
  EXPECT_EQ(got.rejects[0].line, 3);
  EXPECT_EQ(got.rejects[0].column, "sum");
  EXPECT_EQ(got.rejects[0].value, "сто");
  EXPECT_EQ(got.rejects[0].code, "bad_number");
  EXPECT_EQ(got.rejects[1].code, "ragged_row");
  EXPECT_EQ(got.rejects[2].code, "bad_date");
  EXPECT_EQ(got.rejects[3].code, "missing_value");
  EXPECT_EQ(got.rejects[3].column, "id");
}

TEST_F(ImportFolder, RowsAreGivenOnInBatches) {
  std::string text = "id;sum;day\n";
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + ";1;\n";
  Write("deals.csv", text);
  const auto got = Load(kDeals);
  EXPECT_EQ(got.rows.deals.size(), 100U);
  EXPECT_EQ(got.largest_batch, 3U);
}

TEST_F(ImportFolder, AllBadCellsOfARowAreTold) {
  Write("deals.csv", "id;sum;day\n1;x;y\n");
  const auto got = Load(kDeals);
  EXPECT_EQ(got.report.rows_rejected, 1);
  EXPECT_EQ(got.rejects.size(), 2U);
}

TEST_F(ImportFolder, AColumnSettlesItsDecimals) {
  Write("deals.csv", "id;sum;day\n1;1.234;\n2;12,50;\n");
  EXPECT_EQ(Load(kDeals).rows.deals[0].amount->ToString(), "1234.00")
      << "12,50 shows that the comma is decimal";
  Write("deals.csv", "id;sum;day\n1;1.234;\n2;12.50;\n");
  EXPECT_EQ(Load(kDeals).rows.deals[0].amount->ToString(), "1.23");
  Write("deals.csv", "id;sum;day\n1;1.234;\n2;12.50;\n3;12,50;\n");
  const auto both = Load(kDeals);
  ASSERT_EQ(both.rejects.size(), 1U) << "a column that shows both settles nothing";
  EXPECT_EQ(both.rejects[0].code, "ambiguous_number");
  EXPECT_EQ(both.rows.deals.size(), 2U);
  Write("deals.csv", "id;sum;day\n1;1.234;\n2;7;\n");
  EXPECT_EQ(Load(kDeals).rejects.size(), 1U) << "nothing shows it";
}

TEST_F(ImportFolder, AColumnSettlesItsDates) {
  Write("deals.csv", "id;sum;day\n1;;03/04/2025\n2;;25/04/2025\n");
  EXPECT_EQ(ToString(*Load(kDeals).rows.deals[0].created_at), "2025-04-02T21:00:00Z");
  Write("deals.csv", "id;sum;day\n1;;03/04/2025\n2;;04/25/2025\n");
  EXPECT_EQ(ToString(*Load(kDeals).rows.deals[0].created_at), "2025-03-03T21:00:00Z");
  Write("deals.csv", "id;sum;day\n1;;03/04/2025\n");
  EXPECT_EQ(Load(kDeals).rejects.at(0).code, "ambiguous_date");
}

TEST_F(ImportFolder, DuplicateIdsAreToldRepeatedRowsCountedOnce) {
  Write("deals.csv", "id;sum;day\n1;100;\n1;100;\n1;200;\n");
  const auto got = Load(kDeals);
  EXPECT_EQ(got.rows.deals.size(), 1U);
  EXPECT_EQ(got.report.rows_skipped, 1);
  ASSERT_EQ(got.rejects.size(), 1U);
  EXPECT_EQ(got.rejects[0].code, "duplicate_id");
  EXPECT_EQ(got.rejects[0].value, "1");
}

/// Two equal calls of one list are two calls; in another list of the same import they are the same two again.
TEST_F(ImportFolder, EqualRowsWithoutAnIdAreAsManyAsInTheFileThatHasMost) {
  const std::string call = "01.03.2025,Анна\n", other = "02.03.2025,Анна\n";
  Write("calls-1.csv", "day,who\n" + call + call + other);
  Write("calls-2.csv", "day,who\n" + other + call + call + call);
  const std::string yaml = R"(
files:
  - {file: "calls-*.csv", entity: calls, fields: {started_at: day, user: {column: who, match: name}}}
)";
  const auto got = Load(yaml);
  const auto ids = [](const Imported& imported) {
    std::set<std::string> all;
    for (const CallRow& row : imported.rows.calls) all.insert(row.id);
    return all;
  };
  EXPECT_EQ(got.rows.calls.size(), 4U);
  EXPECT_EQ(ids(got).size(), 4U);
  EXPECT_EQ(got.report.rows_skipped, 3);
  EXPECT_EQ(got.report.rows_taken, 4);
  std::vector<std::string> notes;
  for (const auto& note : got.report.notes) notes.push_back(note.code + " " + note.place);
  EXPECT_THAT(notes, testing::UnorderedElementsAre("equal_rows calls-1.csv", "equal_rows calls-2.csv",
                                                   "repeated_rows calls-2.csv"));
  EXPECT_EQ(ids(Load(yaml)), ids(got)) << "the same at every import";
}

TEST_F(ImportFolder, AMoveOfACardHappensOnce) {
  Write("history.csv", "deal,stage,day\n1,A,01.03.2025\n1,A,01.03.2025\n1,B,02.03.2025\n");
  const auto got = Load(
      "files:\n  - {file: history.csv, entity: stage_history, fields: {deal: deal, stage: stage, moved_at: "
      "day}}\n");
  EXPECT_EQ(got.rows.stage_events.size(), 2U);
  EXPECT_EQ(got.report.rows_skipped, 1);
}

TEST_F(ImportFolder, IdsOfPaymentsAreUniqueToo) {
  Write("pay.csv", "id,sum\n1,100\n1,100\n1,200\n");
  const auto got = Load("files:\n  - {file: pay.csv, entity: payments, fields: {id: id, amount: sum}}\n");
  EXPECT_EQ(got.rows.payments.size(), 1U);
  EXPECT_EQ(got.report.rows_skipped, 1);
  ASSERT_EQ(got.rejects.size(), 1U);
  EXPECT_EQ(got.rejects[0].code, "duplicate_id");
}

TEST_F(ImportFolder, APriceThatNamesItsCurrencySetsIt) {
  Write("goods.csv", "code;name;price\n1;Стол;€ 3.500,00\n2;Стул;$5\n3;Шкаф;10\n");
  const auto got = Load(
      "files:\n"
      "  - file: goods.csv\n    entity: products\n"
      "    fields: {id: code, name: name, price: price}\n");
  ASSERT_EQ(got.rows.products.size(), 3U);
  EXPECT_EQ(got.rows.products[0].currency, "EUR");
  EXPECT_EQ(got.rows.products[1].currency, "USD");
  EXPECT_EQ(got.rows.products[2].currency, "RUB");
}

TEST_F(ImportFolder, TheSummaryStaysShort) {
  const std::string huge(2 << 20, 'x');
  Write("people.csv", "id,name\n7,Анна\n");
  std::string deals = "id,who,stage\n1," + huge + "," + huge + "\n";
  for (int i = 2; i < 200; ++i) deals += std::to_string(i) + ",Анна,S" + std::to_string(i) + "\n";
  Write("deals.csv", deals);
  const auto got = Load(R"(
files:
  - {file: people.csv, entity: users, fields: {id: id, name: name}}
  - {file: deals.csv, entity: deals, fields: {id: id, stage: stage, owner: {column: who, match: name}}}
)");
  EXPECT_EQ(got.rows.deals.size(), 199U);
  ASSERT_EQ(got.report.dangling.size(), 1U);
  EXPECT_EQ(got.report.dangling[0].examples.front(), std::string(100, 'x') + "…");
  size_t bytes = 0;
  for (const auto& note : got.report.notes) bytes += note.message.size();
  EXPECT_LT(bytes, 20'000U);
  EXPECT_EQ(got.report.notes.back().code, "unlisted_stages");
}

/// One person however the name is typed; kept as it was written first.
TEST_F(ImportFolder, NamesMatchWhateverTheirCaseAndBlanks) {
  Write("deals.csv",
        "id,who,firm\n1,Семён Петров,ООО Ромашка\n2,  семен   ПЕТРОВ ,ооо  ромашка\n3,Пётр Семёнов,\n");
  const auto made = Load(R"(
files:
  - file: deals.csv
    entity: deals
    fields: {id: id, owner: {column: who, match: name}, company: {column: firm, match: name}}
)");
  std::vector<std::string> names;
  for (const UserRow& row : made.rows.users) names.push_back(row.name);
  EXPECT_THAT(names, ElementsAre("Семён Петров", "Пётр Семёнов"));
  EXPECT_EQ(made.rows.deals[1].owner_id, "Семён Петров");
  EXPECT_EQ(made.rows.clients.size(), 1U);
  EXPECT_EQ(made.rows.deals[1].company_id, "ООО Ромашка");
  Write("people.csv", "id,name\n7,СЕМЕН  Петров\n8,Пётр Семёнов\n");
  const auto listed = Load(R"(
files:
  - {file: people.csv, entity: users, fields: {id: id, name: name}}
  - {file: deals.csv, entity: deals, fields: {id: id, owner: {column: who, match: name}}}
)");
  EXPECT_EQ(listed.rows.deals[0].owner_id, "7");
  EXPECT_EQ(listed.rows.deals[1].owner_id, "7");
  EXPECT_EQ(listed.rows.deals[2].owner_id, "8");
  EXPECT_THAT(listed.report.dangling, IsEmpty());
}

TEST_F(ImportFolder, ReferencesThatMatchNothingAreKeptAndCounted) {
  Write("people.csv", "id,name\n7,Анна\n8,Борис\n9,Борис\n");
  Write("deals.csv", "id,who\n1,анна\n2,Вера\n3,Вера\n4,\n5,Борис\n");
  const auto got = Load(R"(
files:
  - {file: people.csv, entity: users, fields: {id: id, name: name}}
  - {file: deals.csv, entity: deals, fields: {id: id, owner: {column: who, match: name}}}
)");
  ASSERT_EQ(got.rows.deals.size(), 5U);
  EXPECT_EQ(got.rows.deals[0].owner_id, "7");
  EXPECT_EQ(got.rows.deals[1].owner_id, "Вера");
  EXPECT_EQ(got.rows.deals[3].owner_id, std::nullopt);
  EXPECT_EQ(got.rows.deals[4].owner_id, "Борис") << "two people of that name: no choice is made";
  ASSERT_EQ(got.report.dangling.size(), 1U);
  EXPECT_EQ(got.report.dangling[0].column, "who");
  EXPECT_EQ(got.report.dangling[0].rows, 3);
  EXPECT_THAT(got.report.dangling[0].examples, ElementsAre("Вера", "Борис"));
}

TEST_F(ImportFolder, WithoutAFileOfPeopleTheyAreMadeFromTheReferences) {
  Write("deals.csv", "id,who,firm,what\n1,Анна,Ромашка,Стол\n2,Анна,,Стол\n");
  const auto got = Load(R"(
files:
  - file: deals.csv
    entity: deals
    fields: {id: id, owner: {column: who, match: name}, company: {column: firm, match: name}, product: {column: what, match: name}}
)");
  ASSERT_EQ(got.rows.users.size(), 1U);
  EXPECT_EQ(got.rows.users[0].name, "Анна");
  ASSERT_EQ(got.rows.clients.size(), 1U);
  EXPECT_EQ(got.rows.clients[0].id, "company:Ромашка");
  EXPECT_EQ(got.rows.deals[0].company_id, "Ромашка");
  EXPECT_EQ(got.rows.products.size(), 1U);
  EXPECT_THAT(got.report.dangling, IsEmpty());
}

TEST_F(ImportFolder, AnAmountMayNameItsCurrency) {
  Write("deals.csv", "id;sum;cur\n1;€ 3.500,00;\n2;$5;USD\n3;$5;EUR\n4;5;\n5;5;Доллар США\n");
  const auto got =
      Load("files: [{file: deals.csv, entity: deals, fields: {id: id, amount: sum, currency: cur}}]\n");
  ASSERT_EQ(got.rows.deals.size(), 4U);
  EXPECT_EQ(got.rows.deals[0].currency, "EUR");
  EXPECT_EQ(got.rows.deals[1].currency, "USD");
  EXPECT_EQ(got.rows.deals[2].currency, "RUB");
  EXPECT_EQ(got.rows.deals[3].currency, "USD");
  ASSERT_EQ(got.rejects.size(), 1U);
  EXPECT_EQ(got.rejects[0].code, "currency_conflict");
  EXPECT_EQ(std::count_if(got.report.notes.begin(), got.report.notes.end(),
                          [](const auto& n) { return n.code == "no_rate"; }),
            2);
}

TEST_F(ImportFolder, StagesTheMappingLacksAreInWorkAndNoted) {
  Write("deals.csv", "id,s\n1,Новая\n2,Победа\n3,Странная\n4,\n");
  const auto got = Load(R"(
pipelines: {deals: [{name: Продажи, stages: [Новая, {name: Победа, semantic: S}]}]}
files: [{file: deals.csv, entity: deals, fields: {id: id, stage: s}}]
)");
  ASSERT_EQ(got.rows.stages.size(), 3U);
  EXPECT_EQ(got.rows.stages[1].semantic, 'S');
  EXPECT_EQ(got.rows.stages[2].semantic, 'P');
  EXPECT_EQ(got.rows.deals[3].stage_id, std::nullopt);
  ASSERT_EQ(got.report.notes.size(), 1U);
  EXPECT_EQ(got.report.notes[0].code, "unlisted_stage");
}

TEST_F(ImportFolder, CustomFieldsHaveTypes) {
  Write("deals.csv", "id,n,m,d,f,e,rest\n1,\"1,5\",1 000 руб.,01.02.2025,да,Б,x\n2,,,,,,\n");
  const auto got = Load(R"(
files:
  - file: deals.csv
    entity: deals
    fields: {id: id}
    custom:
      n: {type: number}
      m: {type: money, title: Деньги}
      d: {type: date}
      f: {type: flag}
      e: {type: enum}
    unmapped: keep
)");
  ASSERT_EQ(got.rows.custom_fields.size(), 6U);
  const auto& values = got.rows.deals[0].custom;
  ASSERT_EQ(values.size(), 6U);
  EXPECT_EQ(values[0].number, 1.5);
  EXPECT_EQ(values[1].money->ToString(), "1000.00");
  EXPECT_EQ(values[2].day, MakeDay(2025, 2, 1));
  EXPECT_EQ(values[3].text, "Y");
  EXPECT_EQ(values[4].text, "Б");
  EXPECT_EQ(values[5].field_id, "rest");
  EXPECT_THAT(got.rows.deals[1].custom, IsEmpty());
  for (const auto& field : got.rows.custom_fields) {
    if (field.id == "m") {
      EXPECT_EQ(field.title, "Деньги");
    }
    if (field.id == "e") {
      EXPECT_EQ(field.options.size(), 1U);
    }
  }
}

TEST_F(ImportFolder, CallsAreMatchedByNumber) {
  Write("clients.csv", "name,phone\nРомашка,8 (916) 123-45-67\n");
  Write("calls.csv",
        "when,number,seconds,kind\n01.02.2025 10:00:00,+7 916 123 45 67,00:03:10,Входящий\n"
        "01.02.2025 11:00:00,79990000000,15,исходящий\n01.02.2025 11:00:00,79990000000,15,исходящий\n");
  const std::string yaml = R"(
files:
  - {file: clients.csv, entity: clients, fields: {name: name, phone: phone}}
  - file: calls.csv
    entity: calls
    fields: {started_at: when, phone: number, duration: seconds, direction: kind,
             company: {column: number, match: phone}}
)";
  const auto got = Load(yaml);
  ASSERT_EQ(got.rows.calls.size(), 3U);
  EXPECT_EQ(got.rows.calls[0].duration_s, 190);
  EXPECT_EQ(got.rows.calls[0].direction, "in");
  EXPECT_EQ(got.rows.calls[0].card_id, "Ромашка");
  EXPECT_EQ(got.rows.calls[1].card_id, std::nullopt);
  EXPECT_EQ(got.report.dangling.at(0).rows, 2);
  EXPECT_NE(got.rows.calls[1].id, got.rows.calls[2].id) << "two calls alike are two calls";
  EXPECT_EQ(got.rows.activities.size(), 3U);
  const auto again = Load(yaml);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(got.rows.calls[i].id, again.rows.calls[i].id) << "the same at every import";
}

TEST_F(ImportFolder, ProductLinesGoIntoTheirDeals) {
  Write("deals.csv", "id\n1\n2\n");
  Write("lines.csv", "deal,what,n,cost\n1,Стол,2,100\n1,Стул,4,50\n9,Шкаф,1,70\n");
  const auto got = Load(R"(
files:
  - {file: deals.csv, entity: deals, fields: {id: id}}
  - {file: lines.csv, entity: product_lines, fields: {deal: deal, product: what, quantity: n, amount: cost}}
)");
  ASSERT_EQ(got.rows.deals[0].products.size(), 2U);
  EXPECT_EQ(got.rows.deals[0].products[1].quantity, 4.0);
  ASSERT_EQ(got.rejects.size(), 1U);
  EXPECT_EQ(got.rejects[0].code, "no_such_deal");
  EXPECT_EQ(got.rejects[0].line, 4);
  EXPECT_EQ(got.report.rows_read, got.report.rows_taken + got.report.rows_rejected + got.report.rows_skipped);
}

TEST_F(ImportFolder, RowsCanBeSkipped) {
  Write("deals.csv", "id;sum;day\n1;5;\nИтого;5;\n;;\"\"\n");
  const auto got =
      Load(std::string(kDeals) + "    skip: [{column: id, equals: Итого}, {column: id, empty: true}]\n");
  EXPECT_EQ(got.report.rows_skipped, 1) << "the last line is blank, which is no row";
  EXPECT_EQ(got.report.rows_taken, 1);
}

TEST_F(ImportFolder, AWrongColumnIsToldBeforeAnythingIsRead) {
  Write("deals.csv", "id;summ;day\n1;5;\n");
  const auto error = Fail(kDeals);
  EXPECT_EQ(error.code, "unknown_column");
  EXPECT_EQ(error.place, "map.yaml:6");
  EXPECT_THAT(error.nearest, ElementsAre("summ"));
}

TEST_F(ImportFolder, FilesThatNobodyNamedAreNoted) {
  Write("other.csv", "a\n1\n");
  EXPECT_EQ(Fail("files: [{file: deals.csv, entity: deals, fields: {id: id}}, {file: x.csv, entity: users, "
                 "fields: {name: n}}]\n")
                .code,
            "no_file_matches");
  Write("deals.csv", "id;sum;day\n1;5;\n");
  const auto got = Load(kDeals);
  ASSERT_EQ(got.report.notes.size(), 1U);
  EXPECT_EQ(got.report.notes[0].code, "file_not_mapped");
}

TEST_F(ImportFolder, RejectsAreACsvThatExcelReads) {
  const std::string path = folder_ / "rejects.csv";
  RejectsFile rejects(path);
  ASSERT_TRUE(rejects.Close().ok());
  EXPECT_FALSE(fs::exists(path)) << "no rejects, no file";
  rejects.Add({"a.csv", 7, "Сумма", "1,5 \"x\"", "bad_number", "not a number"});
  ASSERT_TRUE(rejects.Close().ok());
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text,
            "\xEF\xBB\xBF"
            "file,line,column,value,code,reason\na.csv,7,Сумма,\"1,5 \"\"x\"\"\",bad_number,not a number\n");
  RejectsFile nowhere((folder_ / "no/such/folder.csv").string());
  nowhere.Add({"a.csv", 7, "", "", "x", "y"});
  EXPECT_EQ(nowhere.Close().error().code, "rejects_unwritable");
}

Imported LoadExample(const std::string& mapping_name, const std::string& file) {
  auto mapping = LoadMapping(kRoot / "examples" / mapping_name);
  if (!mapping.ok()) throw std::runtime_error(ToString(mapping.error()));
  auto imported = ReadAll(*mapping, {(kRoot / "tests/fixtures/exports" / file).string()});
  if (!imported.ok()) throw std::runtime_error(ToString(imported.error()));
  return std::move(*imported);
}

TEST(Examples, ReadsTheListOfBitrix24) {
  const auto got = LoadExample("bitrix24-export.yaml", "bitrix24-deals.csv");
  EXPECT_THAT(got.rejects, IsEmpty());
  ASSERT_EQ(got.rows.deals.size(), 6U);
  const DealRow& kitchen = got.rows.deals[0];
  EXPECT_EQ(kitchen.title, "Кухня «Лагуна»");
  EXPECT_EQ(kitchen.amount->ToString(), "185000.00");
  EXPECT_EQ(ToString(*kitchen.created_at), "2025-02-03T07:15:00Z");
  EXPECT_EQ(kitchen.planned_close, MakeDay(2025, 3, 1));
  EXPECT_EQ(got.rows.deals[3].amount, std::nullopt);
  EXPECT_EQ(got.rows.deals[3].loss_reason_id, "Дорого");
  EXPECT_EQ(got.rows.deals[5].currency, "EUR");
  EXPECT_EQ(got.rows.deals[5].amount->ToString(), "3500.00");
  EXPECT_EQ(got.rows.deals[5].pipeline_id, "Опт");
  EXPECT_EQ(got.rows.stage_events.size(), 3U) << "the final stages of 103, 104 and 106";
  EXPECT_EQ(got.rows.users.size(), 3U);
  EXPECT_THAT(got.report.notes, IsEmpty());
}

TEST(Examples, ReadsTheListOfAmoCrm) {
  const auto got = LoadExample("amocrm-export.yaml", "amocrm-deals.csv");
  EXPECT_THAT(got.rejects, IsEmpty());
  ASSERT_EQ(got.rows.deals.size(), 4U);
  EXPECT_EQ(got.rows.deals[1].phone, "79160000002");
  EXPECT_EQ(got.rows.deals[2].amount, std::nullopt);
  EXPECT_EQ(ToString(*got.rows.deals[1].closed_at), "2025-03-09T13:45:00Z");
  EXPECT_THAT(got.report.notes, IsEmpty());
}

TEST(Suggest, ASuggestedMappingImports) {
  for (const char* name : {"bitrix24-deals.csv", "bitrix24-deals.xls", "amocrm-deals.csv"}) {
    const std::vector<std::string> paths{(kRoot / "tests/fixtures/exports" / name).string()};
    const auto text = SuggestMapping(paths);
    ASSERT_TRUE(text.ok()) << ToString(text.error());
    const auto mapping = ParseMapping(*text, "suggested.yaml");
    ASSERT_TRUE(mapping.ok()) << ToString(mapping.error()) << "\n" << *text;
    const auto imported = ReadAll(*mapping, paths);
    ASSERT_TRUE(imported.ok()) << ToString(imported.error()) << "\n" << *text;
    EXPECT_THAT(imported->rejects, IsEmpty()) << *text;
    ASSERT_FALSE(imported->rows.deals.empty());
    for (const DealRow& deal : imported->rows.deals) {
      EXPECT_TRUE(deal.title && deal.stage_id && deal.owner_id && deal.created_at) << *text;
    }
    for (const StageRow& stage : imported->rows.stages) {
      if (stage.name == "Сделка успешна" || stage.name == "Успешно реализовано") {
        EXPECT_EQ(stage.semantic, 'S');
      }
      if (stage.name == "Сделка провалена" || stage.name == "Закрыто и не реализовано") {
        EXPECT_EQ(stage.semantic, 'F');
      }
    }
  }
}

TEST(MappingText, TellsAllMistakesWithTheirLines) {
  const auto mapping = ParseMapping(
      "portal:\n  zone: Europe/Moskow\n  currency: рубли\nfiles:\n  - file: a.csv\n    entity: deal\n  - "
      "file: b.csv\n"
      "    entity: deals\n    fields:\n      id: ID\n      ownr: X\n      amount: {column: S, decimal: "
      "\";\"}\n"
      "      stage: {colum: S}\n    deliimter: \";\"\n",
      "m.yaml");
  ASSERT_FALSE(mapping.ok());
  std::vector<std::string> places;
  for (const auto& error : mapping.errors()) places.push_back(error.place + " " + error.code);
  EXPECT_THAT(places, ElementsAre("m.yaml:2 unknown_zone", "m.yaml:3 bad_value", "m.yaml:6 unknown_entity",
                                  "m.yaml:11 unknown_field", "m.yaml:12 bad_value", "m.yaml:13 unknown_key",
                                  "m.yaml:13 bad_value", "m.yaml:14 unknown_key"));
  EXPECT_EQ(mapping.errors()[2].nearest, std::vector<std::string>{"deals"});
  EXPECT_EQ(mapping.errors()[3].nearest.at(0), "owner");
}

TEST(MappingText, RefusesWhatIsNoMapping) {
  EXPECT_EQ(ParseMapping("- 1\n", "m").error().code, "bad_value");
  EXPECT_EQ(ParseMapping("a: [", "m").error().code, "bad_yaml");
  EXPECT_EQ(LoadMapping("/nowhere/m.yaml").error().code, "file_not_found");
  for (const char* text : {"portal: 5\nfiles: 7\n", "portal: {zone: [], currency: {}}\nfiles: [1, [], {}]\n",
                           "portal: {zone: UTC, currency: RUB}\nrates: [1]\npipelines: [2]\nfiles: [{file: "
                           "a, entity: deals, fields: [], "
                           "skip: [1], custom: 5, stage_dates: 6}]\n"}) {
    EXPECT_FALSE(ParseMapping(text, "m").ok()) << text;
  }
}

}  // namespace
}  // namespace svodka::crm::files
