#include "app/setup/questions.hpp"

#include <array>
#include <cmath>
#include <map>

#include "app/setup/question_rows.hpp"
#include "base/text.hpp"

namespace svodka::app {
namespace {

constexpr int64_t kEnoughWins = 20;  ///< of a sale point

/// Pipelines of deals, and what a move between them tells: how many of a pipeline's cards had been won
/// elsewhere before they came.
constexpr std::string_view kPipelines = R"sql(
WITH won AS (
  SELECT e.card_id, min(e.moved_at) AS at, arg_min(e.pipeline_id, e.moved_at) AS pipeline_id
  FROM stage_event e JOIN stage s ON s.entity = 'deal' AND s.pipeline_id = e.pipeline_id AND s.id = e.stage_id
  WHERE e.entity = 'deal' AND s.semantic = 'S' GROUP BY e.card_id),
came AS (
  SELECT e.pipeline_id, e.card_id, min(e.moved_at) AS at FROM stage_event e WHERE e.entity = 'deal'
  GROUP BY e.pipeline_id, e.card_id)
SELECT p.id, p.name,
  CAST((SELECT count(*) FROM deal d WHERE d.pipeline_id = p.id AND d.deleted_at IS NULL) AS BIGINT),
  CAST((SELECT count(*) FROM came c WHERE c.pipeline_id = p.id) AS BIGINT),
  CAST((SELECT count(*) FROM came c JOIN won w ON w.card_id = c.card_id
        WHERE c.pipeline_id = p.id AND w.pipeline_id <> p.id AND w.at <= c.at) AS BIGINT)
FROM pipeline p WHERE p.entity = 'deal' AND p.removed_at IS NULL ORDER BY p.sort, p.id)sql";

/// A pipeline whose name is of work that follows a sale.
bool SoundsAfterSale(const std::string& name) {
  return HasWord(name, {"обучен", "производств", "сервис", "поддержк", "доставк", "отгрузк", "монтаж",
                        "внедрен", "после продаж", "постпродаж"});
}

Result<Question> AskAfterSale(const warehouse::Warehouse& warehouse, const Say& say) {
  Question question;
  question.setting = "after_sale_pipelines";
  question.title =
      say("Какие воронки начинаются уже после продажи?", "Which pipelines begin after the sale?");
  question.lead = say("Производство, обучение, сервис: сделки в них не считаются продажами второй раз.",
                      "Production, training, service: deals there do not count as sales once more.");
  const auto rows = Ask(warehouse, kPipelines);
  if (!rows.ok()) return rows.errors();
  for (const auto& row : *rows) {
    Option option{CellText(row[0]), CellText(row[1]), "", "", false, ""};
    const int64_t cards = CellNumber(row[2]), came = CellNumber(row[3]), after = CellNumber(row[4]);
    option.evidence = say("сделок сейчас: ", "deals now: ") + std::to_string(cards);
    if (came >= kEnough && after * 2 > came) {
      option.suggested = true;
      option.evidence = say(std::to_string(after) + " из " + std::to_string(came) +
                                " сделок пришли сюда после успеха в другой воронке",
                            std::to_string(after) + " of " + std::to_string(came) +
                                " deals came here after being won in another pipeline");
    } else if (after == 0 && SoundsAfterSale(option.name)) {
      option.evidence += say("; по названию похоже на работу после продажи",
                             "; by its name this may be work after the sale");
    }
    question.options.push_back(std::move(option));
  }
  if (question.options.size() < 2) question.options.clear();
  return question;
}

/// Working stages with how many cards were there, and how many of those that are closed now were won.
constexpr std::string_view kSalePoints = R"sql(
WITH been AS (SELECT DISTINCT pipeline_id, stage_id, card_id FROM stage_event WHERE entity = 'deal')
SELECT p.id, p.name, s.id, s.name,
  CAST(count(*) FILTER (n.semantic IN ('S', 'F')) AS BIGINT), CAST(count(*) FILTER (n.semantic = 'S') AS BIGINT)
FROM stage s JOIN pipeline p ON p.entity = 'deal' AND p.id = s.pipeline_id
LEFT JOIN been b ON b.pipeline_id = s.pipeline_id AND b.stage_id = s.id
LEFT JOIN deal d ON d.id = b.card_id AND d.deleted_at IS NULL
LEFT JOIN stage n ON n.entity = 'deal' AND n.pipeline_id = d.pipeline_id AND n.id = d.stage_id
WHERE s.entity = 'deal' AND s.semantic = 'P' AND s.removed_at IS NULL AND p.removed_at IS NULL
GROUP BY p.id, p.name, p.sort, s.id, s.name, s.sort ORDER BY p.sort, p.id, s.sort, s.id)sql";

Result<Question> AskSalePoint(const warehouse::Warehouse& warehouse, const Say& say) {
  Question question;
  question.setting = "sale_point_stage";
  question.kind = Question::Kind::kOnePerGroup;
  question.title = say("С какой стадии сделка уже продана?", "From which stage is a deal sold already?");
  question.lead =
      say("Если после оплаты сделка ещё идёт по стадиям отгрузки, продажа считается с выбранной стадии, а не "
          "с «Успеха».",
          "Where a deal goes on through stages of delivery after it is paid, the sale counts from the chosen "
          "stage and "
          "not from “Won”.");
  const auto rows = Ask(warehouse, kSalePoints);
  if (!rows.ok()) return rows.errors();
  std::map<std::string, bool> told;
  for (const auto& row : *rows) {
    Option option{CellText(row[2]), CellText(row[3]), CellText(row[0]), CellText(row[1]), false, ""};
    const int64_t closed = CellNumber(row[4]), won = CellNumber(row[5]);
    if (closed > 0)
      option.evidence = say("из закрытых сделок, что здесь были, выиграно " + Percent(won, closed) + " (" +
                                std::to_string(won) + " из " + std::to_string(closed) + ")",
                            "of the closed deals that were here " + Percent(won, closed) + " were won (" +
                                std::to_string(won) + " of " + std::to_string(closed) + ")");
    // The first stage that hardly any deal is lost from, called so; not where the sale is over before the
    // pipeline begins.
    const bool named =
        !SoundsAfterSale(option.group_name) &&
        HasWord(option.name, {"оплат", "оплач", "предоплат", "производств", "отгруз", "доставк", "выполнен",
                              "исполнен", "в работе", "paid", "delivery", "execut"});
    if (named && closed >= kEnoughWins && won * 100 >= closed * 95 && !told[option.group]) {
      option.suggested = true;
      told[option.group] = true;
    }
    question.options.push_back(std::move(option));
  }
  return question;
}

constexpr std::string_view kUsers = R"sql(
WITH cards AS (
  SELECT owner_id AS user_id, 1 AS owned, 0 AS made FROM deal WHERE deleted_at IS NULL UNION ALL
  SELECT owner_id, 1, 0 FROM lead WHERE deleted_at IS NULL UNION ALL
  SELECT creator_id, 0, 1 FROM deal WHERE deleted_at IS NULL UNION ALL
  SELECT creator_id, 0, 1 FROM lead WHERE deleted_at IS NULL),
counted AS (SELECT user_id, sum(owned) AS owned, sum(made) AS made FROM cards GROUP BY user_id),
work AS (SELECT doer_id AS user_id, count(*) AS done FROM activity
         WHERE deleted_at IS NULL AND kind IN ('call', 'meeting', 'email', 'task') GROUP BY doer_id)
SELECT u.id, u.name, coalesce(u.email, ''), CAST(coalesce(c.owned, 0) AS BIGINT), CAST(coalesce(c.made, 0) AS BIGINT),
  CAST(coalesce(w.done, 0) AS BIGINT)
FROM crm_user u LEFT JOIN counted c ON c.user_id = u.id LEFT JOIN work w ON w.user_id = u.id
WHERE coalesce(c.owned, 0) + coalesce(c.made, 0) > 0
ORDER BY coalesce(c.owned, 0) + coalesce(c.made, 0) DESC, u.id LIMIT 500)sql";

Result<Question> AskTechnical(const warehouse::Warehouse& warehouse, const Say& say) {
  Question question;
  question.setting = "technical_users";
  question.title = say("Кто из сотрудников — не человек?", "Which users are no people?");
  question.lead = say(
      "Роботы, интеграции, общие почтовые ящики: их карточки встанут под «без менеджера» и не исказят "
      "рейтинги.",
      "Robots, integrations, shared mailboxes: their cards stand under “no manager” and bend no ranking.");
  const auto rows = Ask(warehouse, kUsers);
  if (!rows.ok()) return rows.errors();
  for (const auto& row : *rows) {
    Option option{CellText(row[0]), CellText(row[1]), "", "", false, ""};
    const int64_t owned = CellNumber(row[3]), made = CellNumber(row[4]), done = CellNumber(row[5]);
    option.evidence = say("карточек: " + std::to_string(owned) + ", создал(а): " + std::to_string(made) +
                              ", звонков, встреч, писем и задач: " + std::to_string(done),
                          "cards: " + std::to_string(owned) + ", made: " + std::to_string(made) +
                              ", calls, meetings, e-mails and tasks: " + std::to_string(done));
    const bool named =
        HasWord(option.name + " " + CellText(row[2]),
                {"робот", "robot", "интеграц", "integration", "техническ", "служебн", "noreply", "no-reply",
                 "info@", "support@", "webhook", "колл-трекинг", "сайт", " api"});
    const bool silent = made >= 50 && done == 0;
    if (silent) {
      option.evidence =
          say("карточек создано: " + std::to_string(made) + ", а звонков, встреч, писем и задач нет",
              std::to_string(made) + " cards made, but no call, meeting, e-mail or task");
    }
    option.suggested = named || silent;
    question.options.push_back(std::move(option));
  }
  return question;
}

Result<Question> AskLeadPipelines(const warehouse::Warehouse& warehouse, const Say& say) {
  Question question;
  question.setting = "lead_pipelines";
  question.title = say("В каких воронках лежат лиды?", "Which pipelines hold leads?");
  question.lead =
      say("Карточки отмеченных воронок считаются лидами, остальные — сделками. После смены данные "
          "перечитываются.",
          "Cards of the ticked pipelines count as leads, all others as deals. After a change they are read "
          "anew.");
  const auto rows =
      Ask(warehouse,
          "SELECT p.id, any_value(p.name), CAST((SELECT count(*) FROM lead l WHERE l.pipeline_id = p.id AND "
          "l.deleted_at IS NULL) + (SELECT count(*) FROM deal d WHERE d.pipeline_id = p.id AND d.deleted_at "
          "IS NULL) AS BIGINT) FROM pipeline p WHERE p.removed_at IS NULL GROUP BY p.id ORDER BY "
          "min(p.sort), p.id");
  if (!rows.ok()) return rows.errors();
  for (const auto& row : *rows) {
    Option option{CellText(row[0]), CellText(row[1]), "", "", false, ""};
    option.evidence = say("карточек: ", "cards: ") + std::to_string(CellNumber(row[2]));
    if (rows->size() > 1 &&
        HasWord(option.name, {"лид", "квалификац", "заявк", "обращен", "lead", "inbound"})) {
      option.suggested = true;
      option.evidence += say(", так называется воронка", ", by the pipeline's name");
    }
    question.options.push_back(std::move(option));
  }
  return question;
}

struct FieldQuestion {
  const char* setting;
  std::string types;  ///< SQL list
  const char *title_ru, *title_en, *lead_ru, *lead_en;
  std::initializer_list<std::string_view> words;
  bool of_open = false;  ///< must be filled in open deals to be suggested
};

Result<Question> AskField(const warehouse::Warehouse& warehouse, const FieldQuestion& field, const Say& say) {
  Question question;
  question.setting = field.setting;
  question.kind = Question::Kind::kOne;
  question.title = say(field.title_ru, field.title_en);
  question.lead = say(field.lead_ru, field.lead_en);
  const auto rows = Ask(
      warehouse,
      "SELECT f.id, f.title, CAST(count(DISTINCT d.id) AS BIGINT), CAST((SELECT count(*) FROM deal WHERE "
      "deleted_at IS NULL) AS BIGINT), CAST(count(DISTINCT d.id) FILTER (s.semantic = 'P') AS BIGINT), "
      "CAST((SELECT count(*) FROM deal o JOIN stage w ON w.entity = 'deal' AND w.pipeline_id = o.pipeline_id "
      "AND w.id = o.stage_id AND w.semantic = 'P' WHERE o.deleted_at IS NULL) AS BIGINT) FROM custom_field f "
      "LEFT JOIN custom_value v ON v.entity = f.entity "
      "AND v.field_id = f.id LEFT JOIN deal d ON d.id = v.card_id AND d.deleted_at IS NULL LEFT JOIN stage s "
      "ON s.entity = 'deal' AND s.pipeline_id = d.pipeline_id AND s.id = d.stage_id WHERE f.entity "
      "= 'deal' AND f.removed_at IS NULL AND f.type IN (" +
          field.types + ") GROUP BY f.id, f.title ORDER BY 3 DESC, f.title LIMIT 100");
  if (!rows.ok()) return rows.errors();
  bool told = false;
  for (const auto& row : *rows) {
    Option option{CellText(row[0]), CellText(row[1]), "", "", false, ""};
    const int64_t filled = CellNumber(row[2]), all = CellNumber(row[3]);
    option.evidence = say("заполнено в " + Percent(filled, all) + " сделок",
                          "filled in " + Percent(filled, all) + " of deals");
    const int64_t filled_open = CellNumber(row[4]), open = CellNumber(row[5]);
    if (field.of_open) {
      option.evidence = say("заполнено в " + Percent(filled_open, open) + " открытых сделок",
                            "filled in " + Percent(filled_open, open) + " of open deals");
    }
    const bool in_use = field.of_open ? filled_open >= kEnough && filled_open * 5 >= open : filled >= kEnough;
    if (!told && in_use && HasWord(option.name, field.words)) option.suggested = told = true;
    question.options.push_back(std::move(option));
  }
  return question;
}

std::string_view NameOf(Question::Kind kind) {
  switch (kind) {
    case Question::Kind::kMany:
      return "many";
    case Question::Kind::kOne:
      return "one";
    case Question::Kind::kOnePerGroup:
      return "one_per_group";
  }
  return "";
}

}  // namespace

std::string CellText(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : std::string();
}
int64_t CellNumber(const Value& value) {
  const auto* number = std::get_if<int64_t>(&value);
  return number != nullptr ? *number : 0;
}
bool CellFlag(const Value& value) {
  const auto* flag = std::get_if<bool>(&value);
  return flag != nullptr && *flag;
}

bool HasWord(const std::string& name, std::initializer_list<std::string_view> words) {
  const std::string folded = FoldCase(name);
  for (const std::string_view word : words) {
    if (folded.find(word) != std::string::npos) return true;
  }
  return false;
}

std::string Percent(int64_t part, int64_t whole) {
  if (whole == 0) return "0 %";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return (share > 0 && share < 1 ? std::string("< 1") : std::to_string(std::llround(share))) + " %";
}

Result<Rows> Ask(const warehouse::Warehouse& warehouse, std::string_view sql) {
  auto answer = warehouse.Query(sql);
  if (!answer.ok()) return answer.errors();
  return std::move(answer->rows);
}

json::object ToJson(const Question& question, const json::value& value) {
  json::array options;
  for (const Option& option : question.options) {
    options.push_back({{"id", option.id},
                       {"name", option.name},
                       {"group", option.group},
                       {"group_name", option.group_name},
                       {"suggested", option.suggested},
                       {"evidence", option.evidence}});
  }
  return {{"setting", question.setting},
          {"kind", NameOf(question.kind)},
          {"title", question.title},
          {"lead", question.lead},
          {"value", value},
          {"options", std::move(options)}};
}

Result<std::vector<Question>> MakeQuestions(const warehouse::Warehouse& warehouse, const std::string& kind,
                                            const Say& say) {
  std::vector<Question> questions;
  const auto add = [&](Result<Question> question) -> Status {
    if (!question.ok()) return question.errors();
    if (!question->options.empty()) questions.push_back(std::move(*question));
    return Done{};
  };
  const bool amo = kind == "amocrm";
  if (amo) {
    if (auto status = add(AskLeadPipelines(warehouse, say)); !status.ok()) return status.errors();
  }
  if (auto status = add(AskAfterSale(warehouse, say)); !status.ok()) return status.errors();
  if (auto status = add(AskSalePoint(warehouse, say)); !status.ok()) return status.errors();
  if (auto status = add(AskTechnical(warehouse, say)); !status.ok()) return status.errors();
  if (auto status = add(AskMeetings(warehouse, say)); !status.ok()) return status.errors();
  auto mapped = AskMappedFields(warehouse, kind, say);
  if (!mapped.ok()) return mapped.errors();
  for (Question& question : *mapped) {
    if (auto status = add(std::move(question)); !status.ok()) return status.errors();
  }
  auto payments = AskPayments(warehouse, say);
  if (!payments.ok()) return payments.errors();
  for (Question& question : *payments) {
    if (auto status = add(std::move(question)); !status.ok()) return status.errors();
  }
  if (!amo) {
    const FieldQuestion close{"planned_close_field",
                              "'date'",
                              "В каком поле планируемая дата закрытия?",
                              "Which field holds the planned close?",
                              "Без ответа это «Дата завершения» самой сделки; та, что Битрикс24 поставил сам "
                              "(создание + 7 дней), планом не считается.",
                              "Without an answer it is the deal's own end date; the one that Bitrix24 set by "
                              "itself (creation + 7 days) is no plan.",
                              {"закрыт", "оплат", "план", "close", "ожида"},
                              true};
    if (kind != "bitrix24") return questions;
    if (auto status = add(AskField(warehouse, close, say)); !status.ok()) return status.errors();
    if (auto status = add(AskSmartProcesses(warehouse, say)); !status.ok()) return status.errors();
    return questions;
  }
  const std::array fields = {
      FieldQuestion{
          "planned_close_field",
          "'date'",
          "В каком поле планируемая дата закрытия?",
          "Which field holds the planned close?",
          "По ней видны просроченные сделки и план на месяц. В amoCRM своего такого поля нет.",
          "It shows overdue deals and what is planned for the month. amoCRM has no such field of its own.",
          {"закрыт", "оплат", "план", "close", "ожида"}},
      FieldQuestion{"source_field",
                    "'enum', 'text'",
                    "В каком поле источник?",
                    "Which field names the source?",
                    "Если источник вы ведёте в своём поле, отчёты по источникам возьмут его оттуда.",
                    "If you keep the source in a field of your own, reports by source take it from there.",
                    {"источник", "source", "канал", "откуда"}}};
  for (const FieldQuestion& field : fields) {
    if (auto status = add(AskField(warehouse, field, say)); !status.ok()) return status.errors();
  }
  return questions;
}

}  // namespace svodka::app
