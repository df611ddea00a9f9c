#include <array>
#include <span>

#include "app/setup/question_rows.hpp"

namespace svodka::app {
namespace {

constexpr int64_t kDifferentMax = 300;  ///< a text of more different values is no list of anything
constexpr int64_t kEnoughLost = 20;

/// One list or text field of a kind of card, and how it is filled.
struct FieldFacts {
  std::string entity, id, title;
  bool is_list = false;
  int64_t filled = 0, filled_lost = 0, different = 0, all = 0, lost = 0;
};

constexpr std::string_view kFields = R"sql(
WITH card AS (
  SELECT 'deal' AS entity, d.id, coalesce(s.semantic = 'F', FALSE) AS lost FROM deal d
  LEFT JOIN stage s ON s.entity = 'deal' AND s.pipeline_id = d.pipeline_id AND s.id = d.stage_id
  WHERE d.deleted_at IS NULL
  UNION ALL
  SELECT 'lead', d.id, coalesce(s.semantic = 'F', FALSE) FROM lead d
  LEFT JOIN stage s ON s.entity = 'lead' AND s.pipeline_id = d.pipeline_id AND s.id = d.stage_id
  WHERE d.deleted_at IS NULL
  UNION ALL
  SELECT kind, substr(id, length(kind) + 2), FALSE FROM client WHERE deleted_at IS NULL AND NOT is_own),
whole AS (SELECT entity, count(*) AS n, count(*) FILTER (lost) AS lost FROM card GROUP BY entity),
filled AS (
  SELECT v.entity, v.field_id, count(DISTINCT c.id) AS n, count(DISTINCT c.id) FILTER (c.lost) AS lost,
    count(DISTINCT v.text_value) AS different
  FROM custom_value v JOIN card c ON c.entity = v.entity AND c.id = v.card_id
  WHERE v.text_value IS NOT NULL GROUP BY v.entity, v.field_id)
SELECT f.entity, f.id, f.title, f.type = 'enum', CAST(coalesce(v.n, 0) AS BIGINT), CAST(coalesce(v.lost, 0) AS BIGINT),
  CAST(coalesce(v.different, 0) AS BIGINT), CAST(coalesce(w.n, 0) AS BIGINT), CAST(coalesce(w.lost, 0) AS BIGINT)
FROM custom_field f LEFT JOIN filled v ON v.entity = f.entity AND v.field_id = f.id
LEFT JOIN whole w ON w.entity = f.entity
WHERE f.removed_at IS NULL AND f.type IN ('enum', 'text')
ORDER BY CASE f.entity WHEN 'deal' THEN 1 WHEN 'lead' THEN 2 WHEN 'company' THEN 3 ELSE 4 END, 5 DESC, f.title, f.id
LIMIT 1000)sql";

Result<std::vector<FieldFacts>> ReadFields(const warehouse::Warehouse& warehouse) {
  const auto rows = Ask(warehouse, kFields);
  if (!rows.ok()) return rows.errors();
  std::vector<FieldFacts> fields;
  for (const auto& row : *rows) {
    fields.push_back({CellText(row[0]), CellText(row[1]), CellText(row[2]), CellFlag(row[3]),
                      CellNumber(row[4]), CellNumber(row[5]), CellNumber(row[6]), CellNumber(row[7]),
                      CellNumber(row[8])});
  }
  return fields;
}

std::string NameOf(const std::string& entity, const Say& say) {
  if (entity == "deal") return say("Сделки", "Deals");
  if (entity == "lead") return say("Лиды", "Leads");
  if (entity == "company") return say("Компании", "Companies");
  return say("Контакты", "Contacts");
}

struct Subject {
  const char* setting;
  std::span<const std::string_view> entities;
  const char *title_ru, *title_en, *lead_ru, *lead_en;
  std::initializer_list<std::string_view> words;
  bool of_lost;  ///< filled on lost cards, if anywhere
};

Question MakeQuestion(const Subject& subject, std::span<const FieldFacts> fields, const Say& say) {
  Question question;
  question.setting = subject.setting;
  question.kind = Question::Kind::kOnePerGroup;
  question.title = say(subject.title_ru, subject.title_en);
  question.lead = say(subject.lead_ru, subject.lead_en);
  for (const std::string_view entity : subject.entities) {
    bool told = false;
    for (const FieldFacts& field : fields) {
      if (field.entity != entity || field.different > kDifferentMax) continue;
      Option option{field.id, field.title, field.entity, NameOf(field.entity, say), false, ""};
      const int64_t others = field.all - field.lost, filled_others = field.filled - field.filled_lost;
      option.evidence = subject.of_lost
                            ? say("заполнено у " + Percent(field.filled_lost, field.lost) +
                                      " проваленных и у " + Percent(filled_others, others) + " остальных",
                                  "filled in " + Percent(field.filled_lost, field.lost) +
                                      " of the lost and " + Percent(filled_others, others) + " of the others")
                            : say("заполнено у " + Percent(field.filled, field.all),
                                  "filled in " + Percent(field.filled, field.all));
      option.evidence += say(", разных значений: ", ", different values: ") + std::to_string(field.different);
      const bool named = HasWord(option.name, subject.words) && field.different > 1 &&
                         (subject.of_lost ? field.filled_lost : field.filled) >= kEnough;
      // Nobody fills a reason of loss on a card that goes on.
      const bool behaves = subject.of_lost && field.is_list && field.lost >= kEnoughLost &&
                           field.filled_lost * 2 >= field.lost && filled_others * 10 <= others;
      if (!told && (named || behaves)) option.suggested = told = true;
      question.options.push_back(std::move(option));
    }
  }
  return question;
}

}  // namespace

Result<std::vector<Question>> AskMappedFields(const warehouse::Warehouse& warehouse, const std::string& kind,
                                              const Say& say) {
  static constexpr std::array<std::string_view, 2> kCards = {"deal", "lead"};
  static constexpr std::array<std::string_view, 4> kAll = {"deal", "lead", "company", "contact"};
  const std::array subjects = {
      Subject{
          "loss_reason_field",
          kCards,
          "В каком поле причина отказа?",
          "Which field names the reason of loss?",
          "В Битрикс24 своего такого поля нет: без ответа причиной считается стадия провала. Причина "
          "читается только у проваленных карточек.",
          "Bitrix24 has no such field of its own: without an answer the failure stage is the reason. It is "
          "read of lost cards only.",
          {"причин", "отказ", "почему", "reason", "lost because"},
          true},
      Subject{"region_field",
              kAll,
              "В каком поле регион?",
              "Which field names the region?",
              "По нему делятся сделки и клиенты. Поле самой сделки важнее поля её клиента.",
              "Deals and clients are divided by it. A deal's own field comes before its client's.",
              {"регион", "город", "област", "филиал", "region", "city"},
              false},
      Subject{"business_line_field",
              kAll,
              "В каком поле направление бизнеса?",
              "Which field names the line of business?",
              "Без ответа направление — отрасль компании. Из нескольких значений считается первое.",
              "Without an answer it is the company's industry. Of several values the first one counts.",
              {"направлен", "вид деятельност", "отрасл", "сфера", "line of business", "industry"},
              false}};
  auto fields = ReadFields(warehouse);
  if (!fields.ok()) return fields.errors();
  std::vector<Question> questions;
  for (const Subject& subject : subjects) {
    // amoCRM has reasons of its own.
    if (subject.of_lost && kind != "bitrix24") continue;
    questions.push_back(MakeQuestion(subject, *fields, say));
  }
  return questions;
}

}  // namespace svodka::app
