#include "metrics/sql/in_currency.hpp"

#include <cctype>
#include <initializer_list>

#include "base/result.hpp"

namespace svodka::metrics {
namespace {

/// The day of amounts without one: the last rate.
constexpr const char* kNoDay = "2147483646";

/// amount * rate / per of two decimals, exact: 18 + 18 digits fit into 128 bits.
std::string Exact(const std::string& amount, const std::string& alias) {
  const std::string rate = alias + ".rate", per = alias + ".per";
  return "CAST(CAST(CASE WHEN " + amount + " < 0 THEN -1 ELSE 1 END * ((2 * abs(CAST(CAST(" + amount +
         " AS DECIMAL(20, 2)) * 100 AS HUGEINT)) * " + rate + " + " + per + ") // (2 * " + per +
         ")) AS DECIMAL(34, 0)) * 0.01 AS DECIMAL(18, 2))";
}

bool IsWordChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool Names(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !IsWordChar(text[at - 1])) && (end == text.size() || !IsWordChar(text[end]))) return true;
  }
  return false;
}

struct Amount {
  const char* column;
  const char* day;  ///< of its role; null: the last rate
};

/// `table AS (…)` with the amounts that the statement names made anew of the card's own one; "" where it
/// names none. `more`: a further REPLACE and its join.
std::string Shadow(std::string_view text, const std::string& table, const std::string& key,
                   const std::string& own, std::initializer_list<Amount> amounts,
                   const std::pair<std::string, std::string>& more = {}) {
  if (!Names(text, table)) return {};
  std::string replaced = more.first, joins = more.second;
  for (const Amount& amount : amounts) {
    if (!Names(text, amount.column)) continue;
    const std::string alias = std::string("of_") + amount.column;
    const std::string day = amount.day == nullptr
                                ? std::string(kNoDay)
                                : "coalesce(f." + std::string(amount.day) + ", " + kNoDay + ")";
    replaced += (replaced.empty() ? "" : ", ") + Exact("own.amount", alias) + " AS " + amount.column;
    joins += " LEFT JOIN d_rate AS " + alias + " ON " + alias + ".currency_key = f.currency_key AND " + day +
             " >= " + alias + ".from_day AND " + day + " < " + alias + ".to_day";
  }
  if (replaced.empty()) return {};
  return ", " + table + " AS NOT MATERIALIZED (SELECT f.* REPLACE (" + replaced + ") FROM main." + table +
         " AS f LEFT JOIN main." + own + " AS own ON own.key = f." + key + joins + ")";
}

}  // namespace

std::string WithRatesOfShadow(std::string_view text) {
  constexpr std::string_view kBegin = "CASE WHEN rate.rate = 1 THEN ", kElse = " ELSE ";
  std::string made;
  while (!text.empty()) {
    const size_t at = text.find(kBegin);
    made += text.substr(0, at);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + kBegin.size());
    const std::string amount(text.substr(0, text.find(kElse)));
    const std::string rest =
        std::string(kElse) + "CAST(CAST(" + amount + " AS DECIMAL(20, 2)) * rate.rate AS DECIMAL(18, 2)) END";
    if (!text.substr(amount.size()).starts_with(rest))
      throw InvariantError("an expression converts in a form of its own");
    text.remove_prefix(amount.size() + rest.size());
    // Marked, so that what is left over is seen.
    made += Exact(amount, "\x01");
  }
  if (made.find("rate.rate") != std::string::npos)
    throw InvariantError("an expression converts in a form of its own");
  for (size_t at = made.find('\x01'); at != std::string::npos; at = made.find('\x01'))
    made.replace(at, 1, "rate");
  return made;
}

Sql InCurrency(Sql sql, const Scan& scan) {
  if (!scan.amounts_in) return sql;
  std::string_view text = sql.text;
  const bool revenue = Names(text, "f_lead") && Names(text, "won_amount");
  std::pair<std::string, std::string> sold;
  if (revenue) {
    sold = {"sold.amount AS won_amount",
            " LEFT JOIN (SELECT lead_key, CAST(sum(amount_closed) AS DECIMAL(18, 2)) AS amount FROM f_deal "
            "WHERE lead_key <> 0 AND closed_semantic = 1 AND NOT deleted AND NOT after_sale GROUP BY "
            "lead_key) AS "
            "sold ON sold.lead_key = f.lead_key"};
  }
  // Where revenue of leads is asked, what the deals give to it is named too.
  const std::string wanted = revenue ? sql.text + " f_deal amount_closed" : sql.text;
  std::string shadows = Shadow(wanted, "f_deal", "deal_key", "deal",
                               {{"amount_created", "created_day"},
                                {"amount_closed", "closed_day"},
                                {"amount_planned", "planned_day"},
                                {"amount", nullptr}}) +
                        Shadow(text, "f_lead", "lead_key", "lead",
                               {{"amount_created", "created_day"}, {"amount", nullptr}}, sold) +
                        Shadow(text, "f_smart_item", "item_key", "smart_item", {{"amount", "created_day"}});
  if (shadows.empty() && !Names(text, "d_rate")) return sql;
  shadows =
      "WITH d_rate AS NOT MATERIALIZED (SELECT own.currency_key, greatest(own.from_day, per.from_day) AS "
      "from_day, least(own.to_day, per.to_day) AS to_day, CAST(CAST(own.rate AS DECIMAL(20, 8)) * "
      "100000000 AS HUGEINT) AS rate, CAST(CAST(per.rate AS DECIMAL(20, 8)) * 100000000 AS HUGEINT) AS per "
      "FROM main.d_rate AS own JOIN main.d_rate AS per ON per.currency_key = " +
      std::to_string(*scan.amounts_in) + " AND own.from_day < per.to_day AND per.from_day < own.to_day)" +
      shadows;
  constexpr std::string_view kWith = "WITH ";
  if (text.starts_with(kWith)) {
    sql.text = shadows + ", " + sql.text.substr(kWith.size());
  } else {
    sql.text = shadows + " " + sql.text;
  }
  return sql;
}

}  // namespace svodka::metrics
