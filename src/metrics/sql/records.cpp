#include "metrics/sql/records.hpp"

#include <algorithm>
#include <map>

#include "metrics/plan/atoms.hpp"
#include "metrics/sql/in_currency.hpp"
#include "metrics/sql/writer.hpp"

namespace svodka::metrics {
namespace {

constexpr std::string_view kLossReason = "{loss_reason}";

/// Column of the answer -> what it is sorted by in the page's inner select.
const std::map<std::string, std::string>& SortColumns() {
  static const std::map<std::string, std::string> kColumns = {
      {"id", "try_cast(c.id AS BIGINT)"},
      {"title", "lower(c.title)"},
      {"stage",
       "coalesce((SELECT p.sort FROM d_pipeline AS p WHERE p.key = r.pipeline), 0) * 1000000 + "
       "(SELECT s.ordinal FROM d_stage AS s WHERE s.key = r.stage)"},
      {"pipeline", "(SELECT p.sort FROM d_pipeline AS p WHERE p.key = r.pipeline)"},
      {"employee", "(SELECT lower(e.name) FROM d_employee AS e WHERE e.key = r.employee)"},
      {"source", "(SELECT lower(s.name) FROM d_code AS s WHERE s.kind = 'source' AND s.key = k.source_key)"},
      {"loss_reason",
       "(SELECT lower(s.name) FROM d_code AS s WHERE s.kind = 'loss_reason' AND s.key = {loss_reason})"},
      {"client", "(SELECT lower(m.name) FROM d_client AS m WHERE m.key = k.client_key)"},
      {"created", "k.created_day"},
      {"closed", "closed"},
      {"planned_close", "planned_close"},
      {"days_on_stage", "days_on_stage"},
      {"age_days", "age_days"},
      {"next_step", "next_step"},
      {"last_activity", "last_activity"},
      {"amount", "amount"},
      {"value", "r.v0"},
      {"part", "r.b0"},
  };
  return kColumns;
}

/// Rows that are stays: the days that count are those until it ended.
bool AreStays(const RecordRequest& request) {
  return request.parts.front().scan.fact->table == "f_" + request.entity + "_visit";
}

/// What the rows of a part hold besides what every record has.
std::vector<std::string> MoreColumns(const RecordRequest& request) {
  if (request.past) return {"was_semantic", "was_amount", "was_planned"};
  if (AreStays(request)) return {"left_day"};
  return {};
}

/// SELECT card, turn, stage, pipeline, employee, entered, …, v FROM … (one part)
void WritePart(SqlWriter& all, std::vector<Value>& params, const RecordRequest& request,
               const RecordPart& part) {
  SqlWriter writer(part.scan);
  const Fact& fact = *part.scan.fact;
  const BoundExpression card{fact.card, part.scan.arguments};
  const BoundExpression order{fact.order, part.scan.arguments};
  const BoundExpression stage{fact.dimensions.at("stage"), part.scan.arguments};
  const BoundExpression pipeline{fact.dimensions.at("pipeline"), part.scan.arguments};
  const bool first = part.scan.first_of_card;
  std::vector<const BoundExpression*> named = {&card, &stage, &pipeline, &part.employee, &part.value};
  BoundExpression turn;
  if (!part.PerCard() && fact.row.size() > 1) turn = {fact.row[1], part.scan.arguments};
  writer.Text("SELECT card, turn, stage, pipeline, employee, entered, v");
  for (const std::string& column : MoreColumns(request)) writer.Text(", " + column);
  writer.Text(part.censored.empty() ? " FROM (SELECT " : ", w FROM (SELECT ").Write(card).Text(" AS card, ");
  if (turn.empty()) {
    writer.Text("0");
  } else {
    named.push_back(&turn);
    writer.Write(turn);
  }
  writer.Text(" AS turn, ").Write(stage).Text(" AS stage, ").Write(pipeline).Text(" AS pipeline, ");
  writer.Write(part.employee).Text(" AS employee, f.entered_day AS entered, ");
  if (part.value.empty() || part.kind == MeasureKind::kDistinct) {
    writer.Text("NULL");
  } else {
    writer.Text("CAST(").Write(part.value).Text(part.money ? " AS DECIMAL(18, 2))" : " AS DOUBLE)");
  }
  writer.Text(" AS v");
  std::vector<BoundExpression> more;
  if (request.past) {
    for (const char* dimension : {"semantic", "amount", "planned_close"}) {
      const auto at = fact.dimensions.find(dimension);
      more.push_back(at == fact.dimensions.end() ? BoundExpression{}
                                                 : BoundExpression{at->second, part.scan.arguments});
    }
  } else if (AreStays(request)) {
    more.push_back({fact.roles.at("left").day, part.scan.arguments});
  }
  for (size_t i = 0; i < more.size(); ++i) {
    writer.Text(", ");
    if (more[i].empty()) {
      writer.Text("CAST(NULL AS INTEGER)");
    } else {
      writer.Write(more[i]);
      named.push_back(&more[i]);
    }
    writer.Text(" AS " + MoreColumns(request)[i]);
  }
  if (!part.censored.empty()) {
    named.push_back(&part.censored);
    writer.Text(", CAST(").Write(part.censored).Text(" AS DOUBLE) AS w");
  }
  if (first) {
    named.push_back(&order);
    writer.Text(", row_number() OVER (PARTITION BY ")
        .Write(card)
        .Text(" ORDER BY ")
        .Write(order)
        .Text(") AS nth, ");
    if (part.scan.rows_of_card != CardRows::kAny)
      writer.Text("count(*) OVER (PARTITION BY ").Write(card).Text(") AS mates, ");
    if (part.filter.empty()) {
      writer.Text("TRUE");
    } else {
      named.push_back(&part.filter);
      writer.Text("(").Write(part.filter).Text(")");
    }
    writer.Text(" AS keep");
    writer.Source(named, {}).Text(") WHERE nth = 1 AND keep").Text(MatesOf(part.scan.rows_of_card));
  } else {
    writer.Source(named, part.filter).Text(")");
  }
  Sql sql = writer.Take();
  all.Text(sql.text);
  params.insert(params.end(), sql.params.begin(), sql.params.end());
}

/// The card's own columns that a page shows or sorts by.
std::string CardColumns(std::string_view entity, std::string_view alias) {
  std::string columns;
  for (const char* name : {"source_key", "loss_reason_key", "client_key", "created_day", "closed_day",
                           "cycle_s", "next_step_day", "last_sign_day", "amount", "semantic"}) {
    columns += ", " + std::string(alias) + "." + name;
  }
  for (const char* name : {"planned_day", "amount_closed"}) {
    if (entity == "deal") columns += ", " + std::string(alias) + "." + name;
  }
  return columns;
}

/// True when the records are rows of the card's own table: nothing to group, nothing to join.
bool IsPlain(const RecordRequest& request) {
  if (request.parts.size() != 1) return false;
  const Scan& scan = request.parts.front().scan;
  return !scan.first_of_card && scan.fact->table == "f_" + request.entity && scan.fact->row.size() == 1 &&
         std::none_of(scan.fact->joins.begin(), scan.fact->joins.end(),
                      [](const Join& join) { return join.always; });
}

/// WITH record AS (SELECT card, turn, …, b0, v0 and the card's columns FROM f_deal AS f WHERE …)
void WritePlain(SqlWriter& all, std::vector<Value>& params, const RecordRequest& request) {
  const RecordPart& part = request.parts.front();
  const Fact& fact = *part.scan.fact;
  SqlWriter writer(part.scan);
  const BoundExpression card{fact.card, part.scan.arguments};
  const BoundExpression stage{fact.dimensions.at("stage"), part.scan.arguments};
  const BoundExpression pipeline{fact.dimensions.at("pipeline"), part.scan.arguments};
  writer.Text("WITH record AS (SELECT ").Write(card).Text(" AS card, 0 AS turn, ").Write(stage);
  writer.Text(" AS stage, ").Write(pipeline).Text(" AS pipeline, ").Write(part.employee);
  writer.Text(" AS employee, f.entered_day AS entered, TRUE AS b0, CAST(");
  if (part.value.empty() || part.kind == MeasureKind::kDistinct) {
    writer.Text("NULL");
  } else {
    writer.Write(part.value);
  }
  writer.Text(part.money ? " AS DECIMAL(18, 2))" : " AS DOUBLE)");
  writer.Text(" AS v0");
  if (!part.censored.empty()) writer.Text(", CAST(").Write(part.censored).Text(" AS DOUBLE) AS w0");
  writer.Text(CardColumns(request.entity, "f"));
  writer.Source({&card, &stage, &pipeline, &part.employee, &part.value, &part.censored}, part.filter)
      .Text(")");
  Sql sql = writer.Take();
  all.Text(sql.text);
  params.insert(params.end(), sql.params.begin(), sql.params.end());
}

/// WITH record AS (SELECT card, turn, …, b0, v0, … one row per record)
void WriteRecords(SqlWriter& all, std::vector<Value>& params, const RecordRequest& request) {
  if (IsPlain(request)) return WritePlain(all, params, request);
  all.Text(
      "WITH record AS (SELECT card, turn, any_value(stage) AS stage, any_value(pipeline) AS pipeline, "
      "any_value(employee) AS employee, any_value(entered) AS entered");
  const std::vector<std::string> more = MoreColumns(request);
  for (const std::string& column : more) all.Text(", any_value(" + column + ") AS " + column);
  for (size_t i = 0; i < request.parts.size(); ++i) {
    const std::string index = std::to_string(i);
    all.Text(", bool_or(part = " + index + ") AS b" + index + ", any_value(v" + index + ") AS v" + index);
    if (!request.parts[i].censored.empty()) all.Text(", any_value(w" + index + ") AS w" + index);
  }
  all.Text(" FROM (");
  for (size_t i = 0; i < request.parts.size(); ++i) {
    if (i > 0) all.Text(" UNION ALL ");
    all.Text("SELECT " + std::to_string(i) + " AS part, card, turn, stage, pipeline, employee, entered");
    for (const std::string& column : more) all.Text(", " + column);
    for (size_t k = 0; k < request.parts.size(); ++k) {
      const std::string type = request.parts[k].money ? "DECIMAL(18, 2)" : "DOUBLE";
      all.Text((k == i ? ", v AS v" : ", CAST(NULL AS " + type + ") AS v") + std::to_string(k));
      if (!request.parts[k].censored.empty()) {
        all.Text((k == i ? ", w AS w" : ", CAST(NULL AS DOUBLE) AS w") + std::to_string(k));
      }
    }
    all.Text(" FROM (");
    WritePart(all, params, request, request.parts[i]);
    all.Text(")");
  }
  all.Text(") GROUP BY card, turn)");
}

const Scan kNoScan;

/// Where the card's own columns stand: in the records themselves, or in the joined card.
std::string CardAlias(const RecordRequest& request) { return IsPlain(request) ? "r" : "k"; }

std::string WithAlias(std::string sql, std::string_view alias) {
  for (size_t at = sql.find("k."); at != std::string::npos; at = sql.find("k.", at + 2)) {
    const bool word = at == 0 || sql[at - 1] == ' ' || sql[at - 1] == '(';
    if (word) sql.replace(at, 1, alias);
  }
  return sql;
}

/// Where the card's own columns stand among the rows of a fact with one row per card: `f`, or the alias of
/// its join; nothing for a fact that multiplies or chooses rows.
std::string AliasInRows(const RecordRequest& request) {
  if (request.parts.size() != 1 || request.parts.front().PerCard()) return {};
  const Fact& fact = *request.parts.front().scan.fact;
  const auto always = [](const Join& join) { return join.always; };
  if (fact.row.size() != 1 || std::any_of(fact.joins.begin(), fact.joins.end(), always)) return {};
  const std::string table = "f_" + request.entity;
  if (fact.table == table) return "f";
  for (const Join& join : fact.joins) {
    const std::string key = "." + request.entity + "_key";
    if (join.table == table && join.on.text() == join.alias + key + " = f" + key) return join.alias;
  }
  return {};
}

/// `k`: where the card's own columns stand.
std::string AmountOf(const RecordRequest& request, const std::string& k) {
  if (request.past) return "r.was_amount";
  if (request.entity != "deal") return k + ".amount";
  return "CASE WHEN " + k + ".closed_day IS NULL THEN " + k + ".amount ELSE " + k + ".amount_closed END";
}

/// SQL of what a page shows of each card: of today, or as it stood at the end of the day.
struct CardColumnsShown {
  std::string loss_reason, closed, planned_close, days_on_stage, age_days, next_step, last_activity;
};

struct LifeOfCard {
  std::string next_step, last_activity;
};

/// As they stood at the end of the past day: looked up among all steps and signs of the card. `k`: where its
/// own columns stand; `card`: its key.
LifeOfCard LifeAt(const RecordRequest& request, const std::string& k, const std::string& card) {
  const std::string as_of = std::to_string(request.as_of.number);
  const std::string of_card = "." + request.entity + "_key = " + card + " AND ";
  return {"(SELECT min(p.deadline_day) FROM f_" + request.entity + "_step AS p WHERE p" + of_card +
              "p.created_day <= " + as_of + " AND p.done_day > " + as_of + ")",
          "greatest(" + k + ".created_day, (SELECT max(s.day) FROM f_" + request.entity +
              "_sign AS s WHERE s" + of_card + "s.life AND s.day <= " + as_of + "))"};
}

/// `k`: where the card's own columns stand; `entered`: the day on which it came to its stage.
CardColumnsShown ShownOf(const RecordRequest& request, const std::string& k, const std::string& entered) {
  const std::string as_of = std::to_string(request.as_of.number);
  CardColumnsShown shown;
  // A stay has its own length. A closed card stands in no stage any more: it comes after those that hang, in
  // any order.
  const std::string open = request.past ? "r.was_semantic = 0" : k + ".semantic = 0";
  shown.days_on_stage = AreStays(request) ? "coalesce(r.left_day, " + as_of + ") - r.entered"
                                          : "CASE WHEN " + open + " THEN " + as_of + " - " + entered + " END";
  const std::string days = as_of + " - " + k + ".created_day";
  if (!request.past) {
    shown.loss_reason = k + ".loss_reason_key";
    shown.closed = k + ".closed_day";
    shown.planned_close = request.entity == "deal" ? k + ".planned_day" : "CAST(NULL AS INTEGER)";
    shown.age_days = "coalesce(" + k + ".cycle_s // 86400, " + days + ")";
    shown.next_step = k + ".next_step_day";
    shown.last_activity = k + ".last_sign_day";
    return shown;
  }
  const std::string closed = "r.was_semantic <> 0";
  shown.loss_reason = "CASE WHEN " + closed + " THEN " + k + ".loss_reason_key ELSE 0 END";
  shown.closed =
      "CASE WHEN " + closed + " AND " + k + ".closed_day <= " + as_of + " THEN " + k + ".closed_day END";
  shown.planned_close = "r.was_planned";
  shown.age_days = "CASE WHEN " + closed + " AND " + k + ".closed_day <= " + as_of + " THEN " + k +
                   ".cycle_s // 86400 ELSE " + days + " END";
  const LifeOfCard life = LifeAt(request, k, "r.card");
  shown.next_step = life.next_step;
  shown.last_activity = life.last_activity;
  return shown;
}

/// FROM record AS r JOIN f_deal AS k … JOIN deal AS c …
void WriteCards(SqlWriter& all, const RecordRequest& request, bool canonical) {
  all.Text(" FROM record AS r");
  if (!IsPlain(request)) {
    all.Text(" JOIN ").Text(Quoted("f_" + request.entity)).Text(" AS k ON k.");
    all.Text(request.entity).Text("_key = r.card");
  }
  if (canonical) all.Text(" JOIN ").Text(Quoted(request.entity)).Text(" AS c ON c.key = r.card");
}

/// SQL of what a page shows in a column, among the records joined with their cards.
std::string ColumnShown(const RecordRequest& request, const std::string& column) {
  const std::string k = CardAlias(request);
  if (column == "stage" || column == "pipeline" || column == "employee") return "r." + column;
  if (column == "source") return k + ".source_key";
  if (column == "client") return k + ".client_key";
  if (column == "created") return k + ".created_day";
  if (column == "amount") return AmountOf(request, k);
  if (column == "value") return "r.v0";
  if (column == "part") {
    const auto side = [&](bool RecordPart::*member) {
      std::string text;
      for (size_t i = 0; i < request.parts.size(); ++i) {
        if (request.parts[i].*member) text += (text.empty() ? "r.b" : " OR r.b") + std::to_string(i);
      }
      return text.empty() ? std::string("FALSE") : "(" + text + ")";
    };
    const std::string numerator = side(&RecordPart::numerator);
    return "CASE WHEN " + numerator + " AND " + side(&RecordPart::denominator) + " THEN 'both' WHEN " +
           numerator + " THEN 'numerator' ELSE 'denominator' END";
  }
  const CardColumnsShown shown = ShownOf(request, k, "r.entered");
  if (column == "loss_reason") return shown.loss_reason;
  if (column == "closed") return shown.closed;
  if (column == "planned_close") return shown.planned_close;
  if (column == "days_on_stage") return shown.days_on_stage;
  if (column == "age_days") return shown.age_days;
  if (column == "next_step") return shown.next_step;
  if (column == "last_activity") return shown.last_activity;
  throw InvariantError("records have no column " + column);
}

/// The condition on one column; its values are appended to `params`.
std::string ConditionOf(const RecordRequest& request, const RecordCondition& condition,
                        std::vector<Value>& params) {
  const std::string shown = ColumnShown(request, condition.column);
  const RecordColumnKind kind = FindRecordColumn(condition.column)->kind;
  if (kind == RecordColumnKind::kMember || kind == RecordColumnKind::kPart) {
    std::string list;
    for (const int64_t key : condition.keys) list += (list.empty() ? "" : ", ") + std::to_string(key);
    for (const std::string& part : condition.parts) list += (list.empty() ? "'" : ", '") + part + "'";
    if (condition.none) list += list.empty() ? "0" : ", 0";
    if (list.empty()) return "FALSE";
    return (kind == RecordColumnKind::kMember ? "coalesce(" + shown + ", 0)" : shown) + " IN (" + list + ")";
  }
  std::string text;
  const auto bound = [&](const std::optional<double>& limit, const char* sign) {
    if (!limit) return;
    text += (text.empty() ? "CAST(" : " AND CAST(") + shown + " AS DOUBLE) " + sign + " ?";
    params.emplace_back(*limit);
  };
  bound(condition.from, ">=");
  bound(condition.to, "<");
  if (!condition.none) return text.empty() ? "TRUE" : text;
  return shown + " IS NULL" + (text.empty() ? "" : " OR " + text);
}

/// WHERE title or id contains the text AND the conditions hold, all but those on the column `but`
void WriteWhere(SqlWriter& all, std::vector<Value>& params, const RecordRequest& request,
                std::string_view but = {}) {
  const char* glue = " WHERE (";
  if (!request.search.empty()) {
    all.Text(glue).Text("contains(lower(coalesce(c.title, '')), lower(?)) OR c.id = ? OR ");
    all.Text(CardAlias(request) +
             ".client_key IN (SELECT m.key FROM d_client AS m WHERE contains(lower(m.name), lower(?))))");
    for (int i = 0; i < 3; ++i) params.emplace_back(request.search);
    glue = " AND (";
  }
  for (const RecordCondition& condition : request.conditions) {
    if (condition.column == but) continue;
    all.Text(glue).Text(ConditionOf(request, condition, params)).Text(")");
    glue = " AND (";
  }
}

}  // namespace

std::map<std::string, BoundExpression> FindRecordFields(const RecordRequest& request) {
  const std::string k = AliasInRows(request);
  if (k.empty() || request.past) return {};
  const RecordPart& part = request.parts.front();
  const Fact& fact = *part.scan.fact;
  std::map<std::string, BoundExpression> fields;
  const auto add = [&](const char* name, const std::string& text) {
    fields[name] = {Expression::Parse(text).value(), part.scan.arguments};
  };
  fields["card"] = {fact.card, part.scan.arguments};
  fields["stage"] = {fact.dimensions.at("stage"), part.scan.arguments};
  fields["pipeline"] = {fact.dimensions.at("pipeline"), part.scan.arguments};
  fields["employee"] = part.employee;
  add("source_key", k + ".source_key");
  add("client_key", k + ".client_key");
  add("created_day", k + ".created_day");
  const CardColumnsShown shown = ShownOf(request, k, "f.entered_day");
  add("loss_reason", shown.loss_reason);
  add("closed", shown.closed);
  add("planned_close", shown.planned_close);
  add("days_on_stage", shown.days_on_stage);
  add("age_days", shown.age_days);
  add("next_step", shown.next_step);
  add("last_activity", shown.last_activity);
  add("amount", AmountOf(request, k));
  return fields;
}

bool LacksLife(const RecordRequest& request, const std::vector<RecordOrder>& order) {
  return request.past && std::none_of(order.begin(), order.end(), [](const RecordOrder& by) {
           return by.column == "next_step" || by.column == "last_activity";
         });
}

Sql RenderRecordLife(const RecordRequest& request, const std::vector<int64_t>& cards) {
  const std::string key = "k." + request.entity + "_key";
  const LifeOfCard life = LifeAt(request, "k", key);
  SqlWriter writer(kNoScan);
  writer.Text("SELECT " + key + ", " + life.next_step + ", " + life.last_activity + " FROM ");
  writer.Text(Quoted("f_" + request.entity)).Text(" AS k JOIN ").WantedKeys(cards);
  writer.Text(" ON wanted.key = " + key);
  return writer.Take();
}

Sql RenderRecordPage(const RecordRequest& request, const std::vector<RecordOrder>& order, int64_t limit,
                     int64_t offset) {
  const std::string k = CardAlias(request);
  SqlWriter all(kNoScan);
  std::vector<Value> params;
  WriteRecords(all, params, request);
  bool canonical = !request.search.empty();
  for (const RecordOrder& by : order) canonical = canonical || by.column == "title" || by.column == "id";
  all.Text(" SELECT NULL AS id, NULL AS title, r.card, r.stage, r.pipeline, r.employee, " + k +
           ".source_key");
  CardColumnsShown shown = ShownOf(request, k, "r.entered");
  if (LacksLife(request, order)) shown.next_step = shown.last_activity = "CAST(NULL AS INTEGER)";
  all.Text(", " + shown.loss_reason + " AS loss_reason, " + k + ".client_key, " + k + ".created_day, ");
  all.Text(shown.closed + " AS closed, " + shown.planned_close + " AS planned_close, " + shown.days_on_stage);
  all.Text(" AS days_on_stage, " + shown.age_days + " AS age_days, " + shown.next_step + " AS next_step, ");
  all.Text(shown.last_activity + " AS last_activity, NULL AS last_comment, CAST(" + AmountOf(request, k) +
           " AS DECIMAL(18, 2)) AS amount");
  for (size_t i = 0; i < request.parts.size(); ++i) {
    all.Text(", r.b" + std::to_string(i) + ", r.v" + std::to_string(i));
  }
  WriteCards(all, request, canonical);
  WriteWhere(all, params, request);
  std::string by;
  for (const RecordOrder& column : order) {
    std::string sorted = WithAlias(SortColumns().at(column.column), k);
    if (const size_t at = sorted.find(kLossReason); at != std::string::npos)
      sorted.replace(at, kLossReason.size(), shown.loss_reason);
    by += sorted + (column.descending ? " DESC NULLS LAST, " : " ASC NULLS LAST, ");
    if (column.column == "id") by += std::string("c.id") + (column.descending ? " DESC, " : ", ");
  }
  by += k + ".created_day DESC NULLS LAST, r.card DESC, r.turn DESC";
  all.Text(" ORDER BY " + by + " LIMIT ").Integer(limit).Text(" OFFSET ").Integer(offset);
  Sql sql = all.Take();
  sql.params = std::move(params);
  return InCurrency(std::move(sql), request.parts.front().scan);
}

Sql RenderRecordTexts(const std::string& entity, const std::vector<int64_t>& cards) {
  SqlWriter writer(kNoScan);
  writer.Text("SELECT c.key, c.id, c.title, ");
  writer.Text(entity == "deal" ? "c.last_comment" : "CAST(NULL AS TEXT)");
  // First the keys alone, then the rows found: texts of rows that are not asked for are never unpacked.
  const std::string table = Quoted(entity);
  writer.Text(" FROM " + table + " AS c WHERE c.rowid IN (SELECT k.rowid FROM " + table);
  writer.Text(" AS k JOIN ").WantedKeys(cards).Text(" ON wanted.key = k.key)");
  return writer.Take();
}

Sql RenderRecordValues(const RecordRequest& request, const RecordColumn& column, int64_t limit) {
  SqlWriter all(kNoScan);
  std::vector<Value> params;
  WriteRecords(all, params, request);
  const bool range = column.kind == RecordColumnKind::kNumber || column.kind == RecordColumnKind::kDay;
  all.Text(range ? " SELECT min(shown), max(shown), count(*) FILTER (WHERE shown IS NULL) FROM (SELECT "
                 : " SELECT shown, count(*) AS n FROM (SELECT ");
  std::string shown = ColumnShown(request, column.id);
  if (column.kind == RecordColumnKind::kMember) shown = "coalesce(" + shown + ", 0)";
  if (column.id == "amount") shown = "CAST(" + shown + " AS DECIMAL(18, 2))";
  all.Text(shown + " AS shown");
  WriteCards(all, request, !request.search.empty());
  WriteWhere(all, params, request, column.id);
  all.Text(")");
  if (!range) all.Text(" GROUP BY shown ORDER BY n DESC, shown LIMIT ").Integer(limit);
  Sql sql = all.Take();
  sql.params = std::move(params);
  return InCurrency(std::move(sql), request.parts.front().scan);
}

Sql RenderRecordTotals(const RecordRequest& request) {
  SqlWriter all(kNoScan);
  std::vector<Value> params;
  WriteRecords(all, params, request);
  all.Text(" SELECT count(*)");
  for (size_t i = 0; i < request.parts.size(); ++i) {
    const RecordPart& part = request.parts[i];
    const std::string b = "b" + std::to_string(i);
    const std::string v = "v" + std::to_string(i);
    const std::string type = part.money ? "DECIMAL(18, 2)" : "DOUBLE";
    for (const Atom::Kind atom : AtomKindsOf(part.kind, !part.censored.empty())) {
      switch (atom) {
        case Atom::Kind::kCount:
        case Atom::Kind::kDistinct:  // the records are distinct cards
          all.Text(", count(*) FILTER (WHERE " + b + ")");
          break;
        case Atom::Kind::kSum:
          all.Text(", CAST(sum(" + v + ") AS " + type + ")");
          break;
        case Atom::Kind::kKnown:
          all.Text(", count(" + v + ")");
          break;
        case Atom::Kind::kMedian:
          all.Text(", CAST(quantile_cont(" + v + ", 0.5) AS " + type + ")");
          break;
        case Atom::Kind::kPercentile80:
          all.Text(", CAST(quantile_cont(" + v + ", 0.8) AS " + type + ")");
          break;
        case Atom::Kind::kSpread:
        case Atom::Kind::kSurvivalSpread:
          throw InvariantError("records are of one warehouse");
        case Atom::Kind::kIncidence:
          all.Text(", (SELECT " + std::string(kIncidenceText) + " FROM (SELECT " +
                   IncidenceColumns(v, "w" + std::to_string(i)) + " FROM record WHERE " + b +
                   " GROUP BY t) WHERE t IS NOT NULL)");
          break;
        case Atom::Kind::kSurvivalMedian: {
          // Kaplan–Meier as in RenderScan, over the records.
          const std::string time = "coalesce(" + v + ", w" + std::to_string(i) + ")";
          all.Text(
              ", (SELECT CAST(min(t) FILTER (WHERE s <= 0.5 + 1e-9) AS DOUBLE) FROM (SELECT *, product(1 - d "
              "/ n) "
              "OVER (ORDER BY t) AS s FROM (SELECT *, sum(c) OVER (ORDER BY t DESC) AS n FROM (SELECT " +
              time + " AS t, count(" + v + ") AS d, count(*) AS c FROM record WHERE " + b + " AND " + time +
              " IS NOT NULL GROUP BY t))))");
          break;
        }
      }
    }
  }
  all.Text(", CAST(sum(shown_amount) AS DECIMAL(18, 2)) FROM (SELECT r.*, " +
           AmountOf(request, CardAlias(request)));
  all.Text(" AS shown_amount");
  WriteCards(all, request, !request.search.empty());
  WriteWhere(all, params, request);
  all.Text(")");
  Sql sql = all.Take();
  sql.params = std::move(params);
  return InCurrency(std::move(sql), request.parts.front().scan);
}

}  // namespace svodka::metrics
