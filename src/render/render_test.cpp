#include "render/render.hpp"

#include <gtest/gtest.h>

#include "render/format.hpp"
#include "render/text_width.hpp"

namespace svodka::render {
namespace {

constexpr Language kRu = Language::kRussian, kEn = Language::kEnglish;

TEST(Format, NothingIsADash) {
  for (const char* format : {"integer", "money", "percent", "duration", "days", "decimal"}) {
    EXPECT_EQ(FormatNumber(nullptr, format, "", kRu), "—");
  }
}

TEST(Format, NumbersInBothLanguages) {
  EXPECT_EQ(FormatNumber(1234567, "integer", "", kRu), "1\u00a0234\u00a0567");
  EXPECT_EQ(FormatNumber(1234567, "integer", "", kEn), "1,234,567");
  EXPECT_EQ(FormatNumber(-1234, "integer", "", kRu), "−1\u00a0234");
  EXPECT_EQ(FormatNumber("1234567.89", "money", "RUB", kRu), "1\u00a0234\u00a0568\u00a0₽");
  EXPECT_EQ(FormatNumber("999.50", "money", "RUB", kRu), "999,50\u00a0₽");
  EXPECT_EQ(FormatNumber("1000.00", "money", "USD", kEn), "$1,000");
  EXPECT_EQ(FormatNumber("-12.30", "money", "", kEn), "−12.30");
  EXPECT_EQ(FormatNumber("5.00", "money", "UZS", kEn), "5\u00a0UZS");
  EXPECT_EQ(FormatNumber(0.1234, "percent", "", kRu), "12,3\u00a0%");
  EXPECT_EQ(FormatNumber(0, "percent", "", kEn), "0.0\u00a0%");
  EXPECT_EQ(FormatNumber(-0.00001, "percent", "", kEn), "0.0\u00a0%");
}

TEST(Format, DurationsShowTheirUnit) {
  EXPECT_EQ(FormatNumber(90, "duration", "s", kRu), "2\u00a0мин");
  EXPECT_EQ(FormatNumber(3600.0 * 5.25, "duration", "s", kRu), "5,2\u00a0ч");
  EXPECT_EQ(FormatNumber(3600.0 * 47, "days", "s", kEn), "47\u00a0h");
  EXPECT_EQ(FormatNumber(3600.0 * 48, "days", "s", kEn), "2.0\u00a0d");
  EXPECT_EQ(FormatNumber(86400.0 * 400, "days", "s", kRu), "400\u00a0дн.");
}

TEST(Format, Days) {
  EXPECT_EQ(FormatNumber("2025-03-01", "date", "", kRu), "01.03.2025");
  EXPECT_EQ(FormatNumber("2025-03-01T10:00:00Z", "date", "", kEn), "1 Mar 2025");
}

TEST(Format, MomentsOnThePortalsClock) {
  EXPECT_EQ(FormatMoment("2026-11-22T22:35:55Z", "Europe/Moscow", kRu), "23.11.2026 01:35");
  EXPECT_EQ(FormatMoment("2026-11-22T02:05:00Z", "UTC", kEn), "22 Nov 2026 02:05");
}

TEST(TextWidth, CyrillicEmojiAndWideCharacters) {
  EXPECT_EQ(DisplayWidth("Анна"), 4U);
  EXPECT_EQ(DisplayWidth("й"), 1U);  // и + combining breve
  EXPECT_EQ(DisplayWidth("🚀"), 2U);
  EXPECT_EQ(DisplayWidth("👩‍💻"), 2U);  // woman, joiner, laptop
  EXPECT_EQ(DisplayWidth("🇷🇺"), 2U);
  EXPECT_EQ(DisplayWidth("👍🏽"), 2U);
  EXPECT_EQ(DisplayWidth("東京"), 4U);
  EXPECT_EQ(DisplayWidth("₽ 1\u00a0000"), 7U);
  EXPECT_EQ(DisplayWidth("\xff\xfe"), 2U);
  EXPECT_EQ(FitWidth("Иванов 👩‍💻 Пётр", 9), "Иванов …");
  EXPECT_EQ(FitWidth("Анна\nБорис", 20), "Анна Борис");
  EXPECT_EQ(PadLeft("🚀", 4), "  🚀");
}

json::object Document() {
  return ParseJson(R"({
    "report": "sales_dynamics", "title": "Динамика продаж", "language": "ru", "portal": {"name": "Демо"},
    "period": {"label": "I квартал 2025", "unfinished": true},
    "comparison": {"label": "к прошлому периоду: 1 окт. – 21 нояб. 2024"},
    "current_at": null, "empty_because": null,
    "selections": [{"label": "Сотрудник", "members": [{"id": "7", "label": "Анна Смирнова"}]}],
    "sections": [{"id": "s", "title": "…", "widgets": [
      {"id": "cards", "kind": "cards", "title": "Сделки", "data": {
        "measures": [{"id": "deals_won", "label": "Успешные", "format": "integer", "unit": ""},
                     {"id": "won_amount", "label": "Сумма успешных", "format": "money", "unit": "RUB"},
                     {"id": "avg_won", "label": "Средний чек", "format": "money", "unit": "RUB"}],
        "cards": [{"measure": "deals_won", "value": {"v": 12, "base": 10, "delta": 2, "delta_pct": 0.2}},
                  {"measure": "won_amount", "value": {"v": "1234567.00", "base": "0.00", "delta": "1234567.00", "delta_pct": null, "new": true}},
                  {"measure": "avg_won", "value": {"v": null, "base": null, "delta": null, "delta_pct": null}}]}},
      {"id": "stages", "kind": "bars", "title": "Этапы", "data": {
        "measures": [{"id": "n", "label": "Сделок", "format": "integer", "unit": ""}],
        "rows": [{"member": {"id": "1", "label": "Новая"}, "values": [{"v": 20}]},
                 {"member": {"id": "2", "label": "Счёт 🚀"}, "values": [{"v": 5}]}],
        "others": {"member": {"id": null, "label": "Остальные"}, "values": [{"v": 1}]}}},
      {"id": "table", "kind": "table", "title": "Отделы", "data": {
        "measures": [{"id": "n", "label": "Создано сделок", "format": "integer", "unit": ""},
                     {"id": "c", "label": "Цикл", "format": "days", "unit": "s"}],
        "levels": [{"dimension": "department", "label": "Отдел"}, {"dimension": "employee", "label": "Сотрудник"}],
        "rows": [{"member": {"id": "d", "label": "Отдел \"Север\", 1"}, "values": [{"v": 3}, {"v": 172800}], "expandable": true,
                  "rows": [{"member": {"id": "7", "label": "Анна"}, "values": [{"v": 3}, {"v": null}], "expandable": false, "rows": []}]}],
        "total": [{"v": 3}, {"v": 172800.5}]}},
      {"id": "matrix", "kind": "matrix", "title": "Матрица", "data": {
        "measures": [{"id": "n", "label": "Сделок", "format": "integer", "unit": ""}],
        "column_dimension": "employee", "columns": [{"id": "7", "label": "Анна"}, {"id": "8", "label": "Борис"}],
        "levels": [{"dimension": "stage", "label": "Этап"}],
        "rows": [{"member": {"id": "1", "label": "Новая"}, "expandable": false, "cells": [[{"v": 1}], null], "total": [{"v": 1}], "rows": []}],
        "total": {"cells": [[{"v": 1}], null], "total": [{"v": 1}]}}},
      {"id": "list", "kind": "list", "title": "Список", "data": {
        "columns": [{"id": "title", "label": "Название", "format": "text", "unit": ""},
                    {"id": "amount", "label": "Сумма", "format": "money", "unit": "RUB"},
                    {"id": "employee", "label": "Сотрудник", "format": "text", "unit": ""}],
        "rows": [{"id": "1", "link": "", "cells": ["Станок", "10.50", {"id": "7", "label": "Анна"}]},
                 {"id": "2", "link": "", "cells": [null, null, {"id": null, "label": "Без менеджера"}]}],
        "total": 2, "offset": 0, "totals": {}}},
      {"id": "broken", "kind": "cards", "title": "Беда", "error": {"code": "deadline", "message": "слишком долго"}}
    ]}]})")
      .value()
      .as_object();
}

// Look at: every number ends in its column's last place, the emoji row too; the total is last; a dash stands
// for nothing.
TEST(Terminal, WholeReport) {
  const std::string expected = R"(Динамика продаж · Демо
I квартал 2025 (не закончен), к прошлому периоду: 1 окт. – 21 нояб. 2024
Сотрудник: Анна Смирнова

Сделки
  Показатель                 Значение
  ───────────────────────────────────
  Успешные               12 (+20,0 %)
  Сумма успешных  1 234 567 ₽ (новое)
  Средний чек                   — (—)

Этапы
             Сделок
  ─────────────────
  Новая          20  ████████████████████
  Счёт 🚀         5  █████
  Остальные       1  █

Отделы
  Отдел →
  Сотрудник         Создано сделок     Цикл
  ─────────────────────────────────────────
  Отдел "Север", 1               3  2,0 дн.
    Анна                         3        —
  Итого                          3  2,0 дн.

Матрица
  Этап   Анна: Сделок  Борис: Сделок  Итого: Сделок
  ─────────────────────────────────────────────────
  Новая             1              —              1
  Итого             1              —              1

Список
  Название    Сумма  Сотрудник
  ────────────────────────────────
  Станок    10,50 ₽  Анна
  —               —  Без менеджера

Беда
  Не получилось: слишком долго
)";
  const std::string text = RenderTerminal(Document());
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "\u00a0") == 0) {
      plain += ' ';
      ++i;
    } else {
      plain += text[i];
    }
  }
  EXPECT_EQ(plain, expected);
}

TEST(Csv, OneWidgetWithLevelsAsColumns) {
  EXPECT_EQ(RenderCsv(Document(), "table").value(),
            "Отдел,Сотрудник,Создано сделок,\"Цикл, с\"\r\n"
            "\"Отдел \"\"Север\"\", 1\",,3,172800\r\n"
            "\"Отдел \"\"Север\"\", 1\",Анна,3,\r\n"
            "Итого,,3,172800.5\r\n");
  EXPECT_EQ(RenderCsv(Document(), "matrix").value(),
            "Этап,Анна: Сделок,Борис: Сделок,Итого: Сделок\r\nНовая,1,,1\r\nИтого,1,,1\r\n");
  EXPECT_EQ(RenderCsv(Document(), "list").value(),
            "Название,\"Сумма, RUB\",Сотрудник\r\nСтанок,10.50,Анна\r\n,,Без менеджера\r\n");
}

json::object Cohorts() {
  return ParseJson(R"({
    "report": "r", "title": "Когорты", "language": "ru", "portal": {"name": "Демо"}, "period": {"label": "2025"},
    "comparison": null, "current_at": null, "empty_because": null,
    "selections": [{"label": "Сумма", "members": [], "from": 100, "to": 200.5}],
    "sections": [{"id": "s", "title": "…", "widgets": [
      {"id": "months", "kind": "bars", "title": "По месяцам", "data": {
        "measures": [{"id": "conversion_cohort", "label": "Конверсия", "format": "percent", "unit": "", "cohort": true}],
        "dimension": "month", "others": null, "rows": [
          {"member": {"id": "2025-01-01", "label": "янв."}, "values": [{"v": 0.5}]},
          {"member": {"id": "2025-02-01", "label": "февр."}, "values": [{"v": 0.25, "unripe": true}]}]}}]}]})")
      .value()
      .get_object();
}

TEST(Terminal, MarksUnripeCohortsAndSaysWhatTheMarkMeans) {
  const std::string text = RenderTerminal(Cohorts(), {});
  EXPECT_NE(text.find("25,0\u00a0%~"), std::string::npos) << text;
  EXPECT_EQ(text.find("50,0\u00a0%~"), std::string::npos) << text;
  EXPECT_NE(text.find("~ незрелая когорта"), std::string::npos) << text;
  EXPECT_NE(text.find("Сумма: от 100, меньше 200.5"), std::string::npos) << text;
}

TEST(Csv, UnripeCohortsHaveAColumn) {
  EXPECT_EQ(RenderCsv(Cohorts(), "months").value(),
            ",Конверсия,\"Конверсия, незрелая\"\r\nянв.,0.5,\r\nфевр.,0.25,да\r\n");
}

json::object Samples() {
  return ParseJson(R"({
    "report": "r", "title": "Доли", "language": "ru", "portal": {"name": "Демо"}, "period": {"label": "2025"},
    "comparison": {"label": "к прошлому", "base_label": "2024"}, "current_at": null, "empty_because": null, "selections": [],
    "sections": [{"id": "s", "title": "…", "widgets": [
      {"id": "people", "kind": "table", "title": "Люди", "data": {
        "measures": [{"id": "win_rate", "label": "Доля побед", "format": "percent", "unit": ""},
                     {"id": "avg_won", "label": "Средний чек", "format": "money", "unit": "RUB"}],
        "levels": [{"dimension": "employee", "label": "Сотрудник"}], "total": [], "rows": [
          {"member": {"id": "1", "label": "Анна"}, "rows": [],
           "values": [{"v": 0.21, "n": 19, "low": 0.0987, "high": 0.391, "base": 0.2, "delta": 0.01, "delta_pct": 0.05},
                      {"v": "10.00", "n": 4}]},
          {"member": {"id": "2", "label": "Борис"}, "rows": [], "values": [{"v": 0.5, "n": 1250}, {"v": null}]},
          {"member": {"id": "3", "label": "Вера"}, "rows": [], "values": [{"v": null, "n": 0}, {"v": null}]}]}},
      {"id": "cards", "kind": "cards", "title": "Карточки", "data": {
        "measures": [{"id": "t", "label": "Время обработки", "format": "duration", "unit": "s"},
                     {"id": "won_amount", "label": "Сумма", "format": "money", "unit": "RUB"},
                     {"id": "win_rate", "label": "Доля побед", "format": "percent", "unit": ""}],
        "cards": [{"measure": "t", "value": {"v": 225080.25}}, {"measure": "won_amount", "value": {"v": "5.00"}},
                  {"measure": "win_rate", "value": {"v": 0.25, "n": 4, "low": 0.06, "high": 0.62}}]}},
      {"id": "stages", "kind": "bars", "title": "Этапы", "data": {
        "measures": [{"id": "n", "label": "Сделок", "format": "integer", "unit": ""}], "others": null, "dimension": "stage",
        "rows": [{"member": {"id": "a", "label": "Оплачено", "parent": "p1"}, "values": [{"v": 4}]},
                 {"member": {"id": "b", "label": "Оплачено", "parent": "p2"}, "values": [{"v": 2}]}],
        "groups": {"dimension": "pipeline", "label": "Воронка",
                   "members": [{"id": "p1", "label": "Опт"}, {"id": "p2", "label": "Розница"}]}}}]}]})")
      .value()
      .get_object();
}

// metrics.md: "a percentage carries its n; under n = 20 it is shown with its 90 % interval".
TEST(Terminal, PercentagesCarryTheirSample) {
  const std::string text = RenderTerminal(Samples(), {});
  EXPECT_NE(text.find("21,0\u00a0% (10–39, n 19; +5,0\u00a0%)"), std::string::npos) << text;
  EXPECT_NE(text.find("50,0\u00a0% (n 1\u00a0250)"), std::string::npos) << text;
  EXPECT_NE(text.find("25,0\u00a0% (6–62, n 4)"), std::string::npos) << text;
  EXPECT_EQ(text.find("n 0"), std::string::npos) << text;
  EXPECT_NE(text.find("10\u00a0₽\n"), std::string::npos) << "money has no sample beside it\n" << text;
}

TEST(Csv, PercentagesHaveColumnsOfTheirSample) {
  EXPECT_EQ(RenderCsv(Samples(), "people").value(),
            "Сотрудник,Доля побед,\"Доля побед, 2024\",\"Доля побед, n\",\"Доля побед, 90 % от\",\"Доля "
            "побед, 90 % "
            "до\",\"Средний чек, RUB\"\r\n"
            "Анна,0.21,0.2,19,0.0987,0.391,10.00\r\nБорис,0.5,,1250,,,\r\nВера,,,0,,,\r\n");
}

TEST(Csv, CardsNameTheirUnits) {
  EXPECT_EQ(
      RenderCsv(Samples(), "cards").value(),
      "Показатель,Значение,\"Значение, n\",\"Значение, 90 % от\",\"Значение, 90 % до\"\r\n"
      "\"Время обработки, с\",225080.25,,,\r\n\"Сумма, RUB\",5.00,,,\r\nДоля побед,0.25,4,0.06,0.62\r\n");
}

TEST(Bars, StagesOfOneNameSayTheirPipeline) {
  EXPECT_EQ(RenderCsv(Samples(), "stages").value(),
            ",Воронка,Сделок\r\nОплачено,Опт,4\r\nОплачено,Розница,2\r\n");
  const std::string text = RenderTerminal(Samples(), {});
  EXPECT_NE(text.find("Оплачено  Опт           4  ████████████████████\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Оплачено  Розница       2  ██████████\n"), std::string::npos) << text;
}

TEST(Csv, UnknownWidgetNamesTheNearest) {
  const auto csv = RenderCsv(Document(), "tabel");
  ASSERT_FALSE(csv);
  EXPECT_EQ(csv.error().nearest.front(), "table");
  EXPECT_EQ(RenderCsv(Document(), "broken").error().code, "no_data");
}

TEST(Json, IsTheDocument) { EXPECT_EQ(ParseJson(RenderJson(Document())).value(), json::value(Document())); }

}  // namespace
}  // namespace svodka::render
