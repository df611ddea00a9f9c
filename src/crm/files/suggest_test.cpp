#include "crm/files/suggest.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "crm/files/header_names.hpp"
#include "crm/files/import.hpp"

namespace svodka::crm::files {
namespace {

namespace fs = std::filesystem;

/// A file as another program writes it: what the suggestion must see in it, and that it imports without an
/// edit.
struct Export {
  const char* file;
  const char* text;
  Entity entity;
  std::vector<std::string> fields;  ///< `field=column`, `field=value` of a constant; those that must be there
  int64_t taken;
  int64_t skipped = 0;
};

const std::vector<Export>& Exports() {
  static const std::vector<Export> exports{
      {"DEAL_20250312.csv",
       "\"ID\";\"Название сделки\";\"Воронка\";\"Стадия "
       "сделки\";\"Сумма\";\"Валюта\";\"Ответственный\";\"Дата "
       "создания\";\"Дата изменения\";\"Предполагаемая дата "
       "закрытия\"\n\"12\";\"Шкаф\";\"Продажи\";\"Новая\";\"15 "
       "000,00\";\"RUB\";\"Анна\";\"12.03.2025 10:00:00\";\"13.03.2025 "
       "11:30:00\";\"01.04.2025\"\n\"13\";\"Стол\";"
       "\"Продажи\";\"Сделка успешна\";\"\";\"RUB\";\"Борис\";\"12.03.2025 10:00:00\";\"15.03.2025 "
       "11:30:00\";\"\"\n",
       Entity::kDeals,
       {"id=ID", "title=Название сделки", "pipeline=Воронка", "stage=Стадия сделки", "amount=Сумма",
        "owner=Ответственный", "created_at=Дата создания", "planned_close=Предполагаемая дата закрытия",
        "moved_at=Дата изменения"},
       2},
      {"leads.csv",
       "ID,Lead Name,Status,Total,Currency,Work Phone,Responsible "
       "person,Created,Modified,Source\n1,Request,Unassigned,"
       "1500.00,USD,+1 202 555 0101,Ann Lee,03/25/2025 10:00:00 am,03/25/2025 11:00:00 "
       "am,Website\n2,Call,Converted,,"
       "USD,,Bob Ray,03/26/2025 01:15:00 pm,03/27/2025 11:00:00 am,Call\n",
       Entity::kLeads,
       {"id=ID", "title=Lead Name", "stage=Status", "amount=Total", "phone=Work Phone",
        "owner=Responsible person"},
       2},
      {"amocrm_export_leads_2025-03-12.csv",
       "\"ID\",\"Название сделки\",\"Бюджет\",\"Ответственный\",\"Дата создания сделки\",\"Кем создана "
       "сделка\",\"Дата закрытия\",\"Этап сделки\",\"Воронка\",\"Основной контакт\",\"Компания "
       "контакта\",\"Рабочий "
       "телефон (контакт)\"\n\"101\",\"A\",\"15000\",\"Анна\",\"12.03.2025 10:00:00\",\"Анна\",\"не "
       "закрыта\",\"Переговоры\",\"Воронка\",\"Иван\",\"ООО "
       "Ромашка\",\"'+79161234567\"\n\"102\",\"B\",\"0\",\"Борис\","
       "\"12.03.2025 10:00:00\",\"Анна\",\"20.03.2025 12:00:00\",\"Успешно "
       "реализовано\",\"Воронка\",\"Пётр\",\"\",\"\"\n",
       Entity::kDeals,
       {"id=ID", "amount=Бюджет", "creator=Кем создана сделка", "closed_at=Дата закрытия",
        "stage=Этап сделки", "contact=Основной контакт", "company=Компания контакта",
        "phone=Рабочий телефон (контакт)"},
       2},
      {"amocrm-en.csv",
       "\"ID\",\"Lead title\",\"Sale, $\",\"Responsible user\",\"Date Created\",\"Created by\",\"Last "
       "modified\",\"Closed at\",\"Lead stage\",\"Pipeline\",\"Main contact\",\"Contact's "
       "company\"\n\"101\",\"L\",\"15000\",\"Ann\",\"12.03.2025 10:00:00\",\"Ann\",\"12.03.2025 "
       "12:00:00\",\"not "
       "closed\",\"Negotiation\",\"Pipeline\",\"Ivan\",\"Acme\"\n\"102\",\"M\",\"\",\"Bob\",\"13.03.2025 "
       "10:00:00\",\"Ann\",\"20.03.2025 12:00:00\",\"20.03.2025 12:00:00\",\"Closed - "
       "won\",\"Pipeline\",\"Pete\",\"\"\n",
       Entity::kDeals,
       {"title=Lead title", "amount=Sale, $", "owner=Responsible user", "stage=Lead stage",
        "contact=Main contact", "company=Contact's company", "modified_at=Last modified",
        "closed_at=Closed at"},
       2},
      {"salesforce.csv",
       "Opportunity ID,Opportunity Name,Account Name,Amount,Close Date,Stage,Opportunity Owner,Created "
       "Date,Lead "
       "Source,Probability (%)\n006A,A,Acme,\"$1,200.50\",3/25/2025,Closed "
       "Won,Ann,1/15/2025,Web,100\n006B,B,Acme,,"
       "3/28/2025,Closed Lost,Ann,1/17/2025,Web,0\n",
       Entity::kDeals,
       {"title=Opportunity Name", "company=Account Name", "owner=Opportunity Owner",
        "created_at=Created Date", "probability=Probability (%)", "closed_at=Close Date"},
       2},
      {"contacts.csv",
       "ID;Имя;Фамилия;Отчество;Компания;Рабочий телефон;Ответственный;Дата создания\n1;Иван;Петров;;ООО "
       "Ромашка;84951234567;Анна;01.02.2025 12:00:00\n2;Мария;;;;;;01.02.2025 12:00:00\n",
       Entity::kClients,
       {"kind=contact", "name=Фамилия Имя Отчество", "company=Компания", "phone=Рабочий телефон"},
       2},
      {"companies.csv",
       "ID;Название компании;Тип компании;Сфера деятельности;Рабочий телефон\n1;ООО Ромашка;Клиент;ИТ;+7 "
       "(495) "
       "123-45-67\n",
       Entity::kClients,
       {"name=Название компании", "client_type=Тип компании", "industry=Сфера деятельности"},
       1},
      {"users.csv",
       "ID;Имя;Фамилия;E-mail;Должность;Отдел;Активен\n1;Анна;Иванова;a@b.ru;Менеджер;Отдел продаж;Да\n",
       Entity::kUsers,
       {"name=Фамилия Имя", "email=E-mail", "position=Должность", "active=Активен"},
       1},
      {"tasks.csv",
       "ID;Название;Ответственный;Постановщик;Крайний срок;Дата создания;Дата "
       "закрытия;Статус\n1;КП;Анна;Борис;05.03.2025 "
       "10:00;01.03.2025 10:00;;Ждет выполнения\n2;КП;Анна;Борис;05.03.2025 10:00;01.03.2025 "
       "10:00;05.03.2025 "
       "11:00;Завершена\n",
       Entity::kActivities,
       {"kind=task", "subject=Название", "doer=Ответственный", "author=Постановщик",
        "deadline_at=Крайний срок", "completed_at=Дата закрытия"},
       2},
      {"calls.csv",
       "Дата и время;Направление;Кто звонил;Кому звонили;Длительность разговора, сек;Результат\n01.03.2025 "
       "10:00:00;исходящий;Анна;79161234567;190;успешно\n",
       Entity::kCalls,
       {"started_at=Дата и время", "direction=Направление", "caller=Кто звонил", "callee=Кому звонили",
        "duration=Длительность разговора, сек"},
       1},
      {"payments.csv",
       "Номер счёта;Сделка;Сумма;Дата оплаты;Срок оплаты;Статус\nA-1;1;1 "
       "200,00;05.03.2025;10.03.2025;Оплачен\nA-2;2;3 "
       "400,00;;20.03.2025;Не оплачен\n",
       Entity::kPayments,
       {"id=Номер счёта", "deal=Сделка", "paid_day=Дата оплаты", "due_day=Срок оплаты", "state=Статус"},
       2},
      {"history.csv",
       "ID сделки;Стадия;Дата перехода;Кто изменил\n1;Новая;01.03.2025 10:00;Анна\n1;Договор;03.03.2025 "
       "10:00;Анна\n",
       Entity::kStageHistory,
       {"deal=ID сделки", "stage=Стадия", "moved_at=Дата перехода", "mover=Кто изменил"},
       2},
      {"1c.csv",
       "Дата;Номер;Контрагент;Сумма;Валюта;Менеджер;Номенклатура;Количество;Цена\n01.03.2025;РТ-0001;ООО "
       "Ромашка;12 "
       "000,00;руб.;Иванова А.;Стол;2;6 000,00\n",
       Entity::kDeals,
       {"created_at=Дата", "id=Номер", "company=Контрагент", "product=Номенклатура",
        "product_quantity=Количество"},
       1},
      {"title.csv",
       "Отчёт по сделкам\nза март 2025\n\n№ сделки;Наименование;Менеджер;Сумма, руб.;Дата "
       "создания;Статус\n1;Стол;Анна;1 "
       "200,00;01.03.2025;В работе\n2;Стул;Борис;3 400,00;02.03.2025;Выиграна\nИтого:;;;4 600,00;;\n",
       Entity::kDeals,
       {"id=№ сделки", "title=Наименование", "amount=Сумма, руб.", "stage=Статус"},
       2,
       1},
      {"groups.csv",
       "Сделка;;;Клиент;\nID;Название;Сумма;Контакт;Телефон\n1;Стол;1200;Иван;+79161234567\n",
       Entity::kDeals,
       {"id=ID", "contact=Контакт", "phone=Телефон"},
       1},
      {"sep.csv",
       "sep=;\r\nID;Название сделки;Сумма;Ответственный;Дата создания\r\n1;Стол;1200,50;Анна;01.03.2025\r\n",
       Entity::kDeals,
       {"id=ID", "amount=Сумма"},
       1},
  };
  return exports;
}

std::string Described(const FieldSpec& field) {
  std::string source = field.source.value.value_or(field.source.column);
  for (const std::string& column : field.source.columns) source += (source.empty() ? "" : " ") + column;
  return std::string(field.info->name) + "=" + source;
}

TEST(StageNames, TellWhatBecameOfACard) {
  for (const char* won : {"Победа", "Успех", "Успешно реализовано", "Выиграна", "Closed Won", "Оплачено"})
    EXPECT_EQ(GuessSemantic(won).semantic, 'S') << won;
  for (const char* lost : {"Отказ", "Закрыто и не реализовано", "Неуспешна", "Проиграна", "Closed Lost"})
    EXPECT_EQ(GuessSemantic(lost).semantic, 'F') << lost;
  for (const char* open : {"Новая", "Договор", "Переговоры", "Счёт на оплату", "Negotiation"})
    EXPECT_EQ(GuessSemantic(open).semantic, 'P') << open;
}

TEST(SuggestExports, AreReadWithoutAnEdit) {
  const fs::path folder = fs::temp_directory_path() / ("svodka-suggest-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  for (const Export& item : Exports()) {
    SCOPED_TRACE(item.file);
    const std::vector<std::string> paths{(folder / item.file).string()};
    std::ofstream(paths.front(), std::ios::binary) << item.text;
    const auto text = SuggestMapping(paths);
    ASSERT_TRUE(text.ok()) << ToString(text.error());
    const auto mapping = ParseMapping(*text, "suggested.yaml");
    ASSERT_TRUE(mapping.ok()) << ToString(mapping.error()) << "\n" << *text;
    ASSERT_EQ(mapping->files.size(), 1U);
    EXPECT_EQ(NameOf(mapping->files[0].entity), NameOf(item.entity));
    std::vector<std::string> fields;
    for (const FieldSpec& field : mapping->files[0].fields) fields.push_back(Described(field));
    EXPECT_THAT(fields, testing::IsSupersetOf(item.fields)) << *text;
    std::vector<std::string> rejects;
    ImportSettings settings;
    settings.on_batch = [](SourceBatch&&) -> Status { return Done{}; };
    settings.on_reject = [&](const Reject& reject) {
      rejects.push_back(reject.column + ": " + reject.reason);
    };
    const auto report = Import(*mapping, paths, settings);
    ASSERT_TRUE(report.ok()) << ToString(report.error()) << "\n" << *text;
    EXPECT_THAT(rejects, testing::IsEmpty()) << *text;
    EXPECT_EQ(report->rows_taken, item.taken);
    EXPECT_EQ(report->rows_skipped, item.skipped);
  }
  fs::remove_all(folder);
}

/// Texts that people write for "unknown" are proposed, so that an empty cell is unknown and never a value.
TEST(SuggestEmpty, ProposesWhatStandsForUnknown) {
  const fs::path folder = fs::temp_directory_path() / ("svodka-empty-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const auto suggest = [&](const std::string& text) {
    const std::string path = (folder / "deals.csv").string();
    std::ofstream(path, std::ios::binary) << text;
    return SuggestMapping(std::vector<std::string>{path}).value();
  };
  const std::string unknown = suggest(
      "ID;Название;Стадия;Сумма;Источник;Площадь\n1;Шкаф;Новая;100;Сайт;12\n2;Стол;Новая;-;н/д;-\n"
      "3;Стул;Новая;300;нет;14\n4;Полка;Новая;n/a;Звонок;15\n");
  EXPECT_NE(unknown.find("empty: [\"-\", \"n/a\", \"н/д\", \"нет\"]"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("type: number"), std::string::npos) << unknown;
  // An answer is no blank.
  const std::string flags =
      suggest("ID;Название;Стадия;Оплачено\n1;Шкаф;Новая;да\n2;Стол;Новая;нет\n3;Стул;Новая;нет\n");
  EXPECT_EQ(flags.find("empty:"), std::string::npos) << flags;
  fs::remove_all(folder);
}

/// The line of a suggested mapping that holds `part`.
std::string LineWith(const std::string& text, const std::string& part) {
  const size_t at = text.find(part);
  if (at == std::string::npos) return "nothing holds " + part + " in\n" + text;
  const size_t begin = text.rfind('\n', at) + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

/// What is only likely says so; what is wrong is left to be rejected.
class SuggestMarks : public testing::Test {
 protected:
  SuggestMarks() { fs::create_directories(folder_); }
  ~SuggestMarks() override { fs::remove_all(folder_); }
  std::string Suggest(const std::string& name, const std::string& text) const {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return SuggestMapping(std::vector<std::string>{path}).value();
  }

 private:
  fs::path folder_ = fs::temp_directory_path() / ("svodka-marks-" + std::to_string(::getpid()));
};

TEST_F(SuggestMarks, AnEntityThatNoHeaderSpeaksFor) {
  EXPECT_THAT(LineWith(Suggest("x.csv", "a,b\n1,2\n"), "entity:"), testing::HasSubstr("deals  # check"));
  EXPECT_THAT(LineWith(Suggest("x.csv", "ID сделки;Стадия сделки;Сумма\n1;Новая;2\n"), "entity:"),
              testing::EndsWith("deals"));
}

TEST_F(SuggestMarks, OneForeignAmountIsNoBaseCurrency) {
  const std::string one =
      Suggest("deals.csv", "ID;Название;Сумма\n1;A;100\n2;B;200\n3;C;\"€ 3.500,00\"\n4;D;300\n");
  EXPECT_EQ(LineWith(one, "currency:"),
            "  currency: RUB  # check: of amounts that name none; EUR is named by 1");
  const std::string most = Suggest("deals.csv", "ID;Название;Сумма\n1;A;€ 100\n2;B;€ 200\n3;C;300\n");
  EXPECT_EQ(LineWith(most, "currency:"), "  currency: EUR  # check: of amounts that name none");
}

TEST_F(SuggestMarks, JunkAmongAmountsIsRejectedAndZeroIsTold) {
  const std::string text =
      Suggest("deals.csv", "ID;Название сделки;Бюджет\n1;A;0\n2;B;200\n3;C;abc\n4;D;inf\n5;E;уточняется\n");
  const std::string line = LineWith(text, "amount:");
  EXPECT_THAT(line, testing::HasSubstr("{\"уточняется\": \"\", \"0\": \"\"}"));
  EXPECT_THAT(line, testing::HasSubstr("0 is taken as unknown"));
  EXPECT_THAT(line, testing::HasSubstr("not all values look like numbers"));
}

TEST_F(SuggestMarks, TextsAmongDatesThatRecurStandForUnknown) {
  const std::string text = Suggest("deals.csv",
                                   "ID;Название сделки;Дата закрытия\n1;A;открыта\n2;B;открыта\n3;C;abc\n"
                                   "4;D;15.03.2025\n5;E;не закрыта\n");
  const std::string line = LineWith(text, "closed_at:");
  EXPECT_THAT(line, testing::HasSubstr("{\"не закрыта\": \"\", \"открыта\": \"\"}"));
  EXPECT_THAT(line, testing::HasSubstr("not all values look like dates"));
}

TEST_F(SuggestMarks, TheCompanyOfHubSpot) {
  const std::string text =
      Suggest("hubspot-crm-exports-all-deals.csv",
              "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Deal owner,Create Date,Associated "
              "Company,Associated Contact\n1,Chair,New,Sales,100,Ann,2025-03-01,Acme,Bob\n");
  EXPECT_THAT(LineWith(text, "company:"),
              testing::HasSubstr("{column: \"Associated Company\", match: name}"));
  EXPECT_THAT(LineWith(text, "contact:"), testing::HasSubstr("\"Associated Contact\""));
}

TEST_F(SuggestMarks, TheExportOfAmoCrm) {
  const std::string text =
      Suggest("amocrm_export_leads.csv",
              "ID,Название сделки,Бюджет ₽,Ответственный,Дата создания,Полное имя контакта,Компания контакта,"
              "Рабочий прямой телефон\n1,Стул,100,Анна,01.03.2025 10:00:00,Пётр,Ромашка,+79990000000\n");
  EXPECT_THAT(LineWith(text, "amount:"), testing::HasSubstr("\"Бюджет ₽\""));
  EXPECT_THAT(LineWith(text, "contact:"), testing::HasSubstr("\"Полное имя контакта\""));
  EXPECT_THAT(LineWith(text, "phone:"), testing::HasSubstr("\"Рабочий прямой телефон\""));
}

TEST_F(SuggestMarks, DealsWithoutAmounts) {
  EXPECT_THAT(LineWith(Suggest("deals.csv", "ID;Название сделки;Стадия сделки\n1;A;Новая\n"), "amount:"),
              testing::HasSubstr("# check: no column looks like it"));
}

TEST_F(SuggestMarks, PaymentsDueAndCallsDirection) {
  EXPECT_THAT(
      LineWith(Suggest("payments.csv", "Сделка;Сумма;Срок;Дата оплаты\n1;100;10.03.2025;\n"), "due_day:"),
      testing::AllOf(testing::HasSubstr("\"Срок\""), testing::HasSubstr("# check")));
  EXPECT_THAT(LineWith(Suggest("calls.csv",
                               "Дата;Тип;Сотрудник;Длительность\n01.03.2025 10:00:00;входящий;Анна;10\n"),
                       "direction:"),
              testing::AllOf(testing::HasSubstr("\"Тип\""), testing::HasSubstr("# check")));
}

TEST_F(SuggestMarks, TwoColumnsOfOneName) {
  const std::string text = Suggest("deals.csv", "ID;Название сделки;Сумма;Сумма\n1;A;100;200\n");
  EXPECT_THAT(LineWith(text, "amount:"), testing::HasSubstr("# check: or is it \"Сумма#2\"?"));
}

}  // namespace
}  // namespace svodka::crm::files
