#include <algorithm>
#include <map>

#include "app/setup/question_rows.hpp"
#include "base/text.hpp"

/// Payments that deals keep in fields of their own: «Платёж 1 сумма», «Платёж 1 дата», «Платёж 1 дата факт».
namespace svodka::app {
namespace {

/// Amount fields called a payment and filled, with every date field: deals that have the amount, those that
/// have the day too.
constexpr std::string_view kPairs = R"sql(
WITH amount AS (
  SELECT f.id, f.title FROM custom_field f WHERE f.entity = 'deal' AND f.removed_at IS NULL AND f.type IN ('number', 'money')
    AND regexp_matches(lower(f.title), 'плат|аванс|взнос|транш|остаток|payment|prepay|paid|deposit|instal')
    AND NOT regexp_matches(lower(f.title), 'дата|срок|date')),
day AS (SELECT id, title FROM custom_field WHERE entity = 'deal' AND removed_at IS NULL AND type = 'date'),
filled AS (
  SELECT DISTINCT v.field_id, v.card_id FROM custom_value v JOIN deal d ON d.id = v.card_id AND d.deleted_at IS NULL
  WHERE v.entity = 'deal' AND v.field_id IN (SELECT id FROM amount UNION ALL SELECT id FROM day)),
pair AS (
  SELECT a.field_id AS amount_id, b.field_id AS day_id, count(*) AS n FROM filled a JOIN filled b USING (card_id)
  WHERE a.field_id IN (SELECT id FROM amount) AND b.field_id IN (SELECT id FROM day) GROUP BY ALL),
alone AS (SELECT field_id, count(*) AS n FROM filled GROUP BY field_id)
SELECT a.id, a.title, d.id, d.title, CAST(n.n AS BIGINT), CAST(coalesce(p.n, 0) AS BIGINT)
FROM amount a JOIN alone n ON n.field_id = a.id CROSS JOIN day d
LEFT JOIN pair p ON p.amount_id = a.id AND p.day_id = d.id
ORDER BY a.title, a.id, 6 DESC, d.title, d.id LIMIT 600)sql";

struct Pair {
  std::string amount, amount_title, day, day_title;
  int64_t filled = 0, both = 0;
};

/// How many bytes two names share at their beginning: «Платёж 2 сумма» goes with «Платёж 2 дата».
size_t Shared(const std::string& one, const std::string& other) {
  const std::string a = FoldCase(one), b = FoldCase(other);
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())),
                    b.begin())
          .first -
      a.begin());
}

bool IsOfPaid(const std::string& title) {
  return HasWord(title, {"факт", "оплачен", "поступ", "получен", "paid", "received"});
}

Question MakeQuestion(const std::vector<Pair>& pairs, bool paid, const Say& say) {
  Question question;
  question.setting = paid ? "payment_paid_field" : "payment_due_field";
  question.kind = Question::Kind::kOnePerGroup;
  question.title =
      paid ? say("В каком поле дата, когда платёж поступил?", "Which field tells when a payment came?")
           : say("В каком поле срок платежа?", "Which field tells when a payment is due?");
  question.lead = paid ? say("Если оплаты по сделке ведутся в полях: для каждого поля с суммой — поле с "
                             "датой. Заполнена дата — платёж "
                             "поступил, нет — ожидается.",
                             "If payments of a deal are kept in fields: for each amount the field with its "
                             "day. With the day the payment "
                             "has come, without it it is expected.")
                       : say("Без ответа у ожидаемых платежей нет срока: в просроченные они не попадут.",
                             "Without an answer expected payments are due on no day: none is overdue.");
  std::map<std::string, std::pair<size_t, size_t>>
      best;  // amount -> length of the shared name, place of the option
  for (const Pair& pair : pairs) {
    Option option{pair.day, pair.day_title, pair.amount, pair.amount_title, false, ""};
    option.evidence = say("заполнено у " + Percent(pair.both, pair.filled) + " сделок с этой суммой (их " +
                              std::to_string(pair.filled) + ")",
                          "filled in " + Percent(pair.both, pair.filled) +
                              " of the deals with this amount (" + std::to_string(pair.filled) + ")");
    const size_t shared = Shared(pair.amount_title, pair.day_title);
    if (pair.both >= kEnough && IsOfPaid(pair.day_title) == paid && shared > best[pair.amount].first &&
        shared * 2 >= pair.amount_title.size())
      best[pair.amount] = {shared, question.options.size()};
    question.options.push_back(std::move(option));
  }
  for (const auto& [amount, place] : best) {
    if (place.first > 0) question.options[place.second].suggested = true;
  }
  return question;
}

}  // namespace

Result<std::vector<Question>> AskPayments(const warehouse::Warehouse& warehouse, const Say& say) {
  const auto rows = Ask(warehouse, kPairs);
  if (!rows.ok()) return rows.errors();
  std::vector<Pair> pairs;
  for (const auto& row : *rows) {
    pairs.push_back({CellText(row[0]), CellText(row[1]), CellText(row[2]), CellText(row[3]),
                     CellNumber(row[4]), CellNumber(row[5])});
  }
  return std::vector<Question>{MakeQuestion(pairs, true, say), MakeQuestion(pairs, false, say)};
}

}  // namespace svodka::app
