#include "metrics/sql/fact_records.hpp"

#include <algorithm>

#include "metrics/plan/atoms.hpp"
#include "metrics/sql/in_currency.hpp"
#include "metrics/sql/writer.hpp"

namespace svodka::metrics {
namespace {

bool IsText(const FactColumn& column) { return column.type == "text" || column.type == "link"; }

const FactColumn* FindColumn(const Fact& fact, std::string_view id) {
  const auto at = std::find_if(fact.records.begin(), fact.records.end(),
                               [&](const FactColumn& column) { return column.id == id; });
  return at == fact.records.end() ? nullptr : &*at;
}

/// The texts among the columns that a statement orders by or searches in; the others are left unread.
std::vector<const FactColumn*> TextsNamed(const FactRecordRequest& request,
                                          const std::vector<RecordOrder>& order) {
  std::vector<const FactColumn*> texts;
  for (const FactColumn& column : request.fact().records) {
    const bool ordered = std::any_of(order.begin(), order.end(),
                                     [&](const RecordOrder& by) { return by.column == column.id; });
    if (IsText(column) && (ordered || !request.search.empty())) texts.push_back(&column);
  }
  return texts;
}

/// What holds for the rows of a part: its scan's conditions and its measure's filter.
void WriteHolds(SqlWriter& writer, const RecordPart& part) {
  writer.Text("coalesce(TRUE");
  for (const Condition& condition : part.scan.where) writer.Text(" AND ").Write(condition);
  if (!part.filter.empty()) writer.Text(" AND (").Write(part.filter).Text(")");
  writer.Text(", FALSE)");
}

/// (SELECT row, c_ID …, b0, v0 … FROM the fact): every row that belongs to some part.
void WriteRows(SqlWriter& writer, const FactRecordRequest& request,
               const std::vector<const FactColumn*>& texts) {
  const Fact& fact = request.fact();
  const std::shared_ptr<const Arguments>& arguments = request.parts.front().scan.arguments;
  std::vector<BoundExpression> named = {{fact.row.front(), arguments}};
  for (const FactColumn& column : fact.records) {
    if (!IsText(column)) named.push_back({column.value, arguments});
  }
  for (const FactColumn* column : texts) named.push_back({column->value, arguments});
  writer.Text("(SELECT ").Write(named.front()).Text(" AS row");
  for (const FactColumn& column : fact.records) {
    if (IsText(column)) continue;
    writer.Text(", ").Write(column.value, arguments).Text(" AS c_" + column.id);
  }
  for (const FactColumn* column : texts)
    writer.Text(", ").Write(column->value, arguments).Text(" AS c_" + column->id);
  const bool alone = request.parts.size() == 1;
  for (size_t i = 0; i < request.parts.size(); ++i) {
    const RecordPart& part = request.parts[i];
    writer.Text(", ");
    if (alone) {
      writer.Text("TRUE");
    } else {
      WriteHolds(writer, part);
      for (const Condition& condition : part.scan.where) named.push_back(condition.operand);
      named.push_back(part.filter);
    }
    writer.Text(" AS b" + std::to_string(i) + ", ");
    if (part.value.empty() || part.kind == MeasureKind::kDistinct) {
      writer.Text("NULL");
    } else {
      named.push_back(part.value);
      if (!alone) {
        writer.Text("CASE WHEN ");
        WriteHolds(writer, part);
        writer.Text(" THEN ");
      }
      writer.Text("CAST(").Write(part.value).Text(part.money ? " AS DECIMAL(18, 2))" : " AS DOUBLE)");
      if (!alone) writer.Text(" END");
    }
    writer.Text(" AS v" + std::to_string(i));
  }
  std::vector<const BoundExpression*> needed;
  for (const BoundExpression& expression : named) {
    if (!expression.empty()) needed.push_back(&expression);
  }
  writer.Source(needed, alone ? request.parts.front().filter : BoundExpression{}).Text(")");
}

/// The scan whose joins and conditions the rows are read with: of several parts each row tells by itself to
/// which of them it belongs.
Scan ScanOf(const FactRecordRequest& request) {
  Scan scan = request.parts.front().scan;
  if (request.parts.size() > 1) scan.where.clear();
  return scan;
}

std::string PartSql(const FactRecordRequest& request) {
  std::string above = "FALSE", below = "FALSE";
  for (size_t i = 0; i < request.parts.size(); ++i) {
    const std::string b = " OR r.b" + std::to_string(i);
    if (request.parts[i].numerator) above += b;
    if (request.parts[i].denominator) below += b;
  }
  return "CASE WHEN (" + above + ") AND (" + below + ") THEN 'both' WHEN " + above +
         " THEN 'numerator' ELSE 'denominator' END";
}

std::string ColumnSql(const FactRecordRequest& request, const std::string& id) {
  if (id == "value") return "r.v0";
  return id == "part" ? PartSql(request) : "r.c_" + id;
}

/// What a column is ordered by: members by their names.
void WriteOrder(SqlWriter& writer, const FactRecordRequest& request, const std::string& id) {
  const std::string column = ColumnSql(request, id);
  const FactColumn* own = FindColumn(request.fact(), id);
  if (own != nullptr && IsText(*own)) {
    writer.Text("lower(" + column + ")");
    return;
  }
  const Dimension* dimension =
      own != nullptr && own->type == "member" ? request.model->FindDimension(id) : nullptr;
  if (dimension == nullptr || dimension->table.empty()) {
    writer.Text(column);
    return;
  }
  writer.Text("(SELECT lower(").Write(dimension->columns.at("label"), nullptr).Text(") FROM ");
  writer.Text(Quoted(dimension->table)).Text(" AS m WHERE ");
  if (!dimension->where.empty()) writer.Text("(").Write(dimension->where, nullptr).Text(") AND ");
  writer.Text("(").Write(dimension->columns.at("key"), nullptr).Text(") = " + column + ")");
}

void WriteCondition(SqlWriter& writer, const FactRecordRequest& request, const RecordCondition& condition) {
  const std::string column = ColumnSql(request, condition.column);
  const FactColumn* own = FindColumn(request.fact(), condition.column);
  if (condition.column == "part" || (own != nullptr && own->type == "member")) {
    std::string list;
    for (const int64_t key : condition.keys) list += (list.empty() ? "" : ", ") + std::to_string(key);
    for (const std::string& part : condition.parts) list += (list.empty() ? "'" : ", '") + part + "'";
    if (condition.none) list += list.empty() ? "0" : ", 0";
    const std::string shown = own == nullptr ? column : "coalesce(" + column + ", 0)";
    writer.Text(list.empty() ? "FALSE" : shown + " IN (" + list + ")");
    return;
  }
  const bool bounded = condition.from || condition.to;
  writer.Text(bounded || condition.none ? "(" : "(TRUE");
  if (condition.from) writer.Text("CAST(" + column + " AS DOUBLE) >= ").Bind(*condition.from);
  if (condition.from && condition.to) writer.Text(" AND ");
  if (condition.to) writer.Text("CAST(" + column + " AS DOUBLE) < ").Bind(*condition.to);
  if (condition.none) writer.Text(bounded ? " OR " + column + " IS NULL" : column + " IS NULL");
  writer.Text(")");
}

/// WHERE the row is in a part, the texts hold what is searched for, the conditions but those on `but` hold
void WriteWhere(SqlWriter& writer, const FactRecordRequest& request, std::string_view but = {}) {
  writer.Text(" WHERE (FALSE");
  for (size_t i = 0; i < request.parts.size(); ++i) writer.Text(" OR r.b" + std::to_string(i));
  writer.Text(")");
  if (!request.search.empty()) {
    writer.Text(" AND (FALSE");
    for (const FactColumn* column : TextsNamed(request, {}))
      writer.Text(" OR contains(lower(coalesce(r.c_" + column->id + ", '')), lower(")
          .Bind(request.search)
          .Text("))");
    if (FindColumn(request.fact(), "client") != nullptr) {
      writer.Text(" OR r.c_client IN (SELECT m.key FROM d_client AS m WHERE contains(lower(m.name), lower(");
      writer.Bind(request.search).Text(")))");
    }
    writer.Text(")");
  }
  for (const RecordCondition& condition : request.conditions) {
    if (condition.column == but) continue;
    writer.Text(" AND ");
    WriteCondition(writer, request, condition);
  }
}

}  // namespace

std::vector<RecordColumn> FactRecordColumns(const Fact& fact) {
  std::vector<RecordColumn> columns = {{"value", RecordColumnKind::kNumber},
                                       {"part", RecordColumnKind::kPart}};
  for (const FactColumn& column : fact.records) {
    columns.push_back({column.id, IsText(column)            ? RecordColumnKind::kText
                                  : column.type == "member" ? RecordColumnKind::kMember
                                  : column.type == "day"    ? RecordColumnKind::kDay
                                                            : RecordColumnKind::kNumber});
  }
  return columns;
}

Sql RenderFactPage(const FactRecordRequest& request, const std::vector<RecordOrder>& order, int64_t limit,
                   int64_t offset) {
  const Scan scan = ScanOf(request);
  SqlWriter writer(scan);
  writer.Text("SELECT r.row");
  for (const FactColumn& column : request.fact().records) {
    if (!IsText(column)) writer.Text(", r.c_" + column.id);
  }
  for (size_t i = 0; i < request.parts.size(); ++i)
    writer.Text(", r.b" + std::to_string(i) + ", r.v" + std::to_string(i));
  writer.Text(" FROM ");
  WriteRows(writer, request, TextsNamed(request, order));
  writer.Text(" AS r");
  WriteWhere(writer, request);
  writer.Text(" ORDER BY ");
  for (const RecordOrder& by : order) {
    WriteOrder(writer, request, by.column);
    writer.Text(by.descending ? " DESC NULLS LAST, " : " ASC NULLS LAST, ");
  }
  writer.Text("r.row DESC LIMIT ").Integer(limit).Text(" OFFSET ").Integer(offset);
  return InCurrency(writer.Take(), scan);
}

Sql RenderFactTexts(const FactRecordRequest& request, const std::vector<Value>& keys) {
  const Fact& fact = request.fact();
  Scan scan = request.parts.front().scan;
  scan.where.clear();
  SqlWriter writer(scan);
  const std::shared_ptr<const Arguments>& arguments = scan.arguments;
  std::vector<BoundExpression> named = {{fact.row.front(), arguments}};
  for (const Expression* link : {&fact.link_entity, &fact.link_id}) {
    if (!link->empty()) named.push_back({*link, arguments});
  }
  if (named.size() == 1) named.resize(3);
  for (const FactColumn& column : fact.records) {
    if (IsText(column)) named.push_back({column.value, arguments});
  }
  std::vector<const BoundExpression*> needed;
  const char* glue = "SELECT ";
  for (const BoundExpression& expression : named) {
    writer.Text(glue);
    glue = ", ";
    if (expression.empty()) {
      writer.Text("NULL");
      continue;
    }
    writer.Write(expression);
    needed.push_back(&expression);
  }
  writer.Source(needed, {}).Text(" WHERE ").Write(named.front()).Text(" IN (");
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) writer.Text(", ");
    writer.Literal(keys[i]);
  }
  writer.Text(")");
  return InCurrency(writer.Take(), scan);
}

Sql RenderFactValues(const FactRecordRequest& request, const RecordColumn& column, int64_t limit) {
  const Scan scan = ScanOf(request);
  SqlWriter writer(scan);
  const bool range = column.kind == RecordColumnKind::kNumber || column.kind == RecordColumnKind::kDay;
  std::string shown = ColumnSql(request, column.id);
  if (column.kind == RecordColumnKind::kMember) shown = "coalesce(" + shown + ", 0)";
  writer.Text(range ? "SELECT min(shown), max(shown), count(*) FILTER (WHERE shown IS NULL) FROM (SELECT "
                    : "SELECT shown, count(*) AS n FROM (SELECT ");
  writer.Text(shown + " AS shown FROM ");
  WriteRows(writer, request, TextsNamed(request, {}));
  writer.Text(" AS r");
  WriteWhere(writer, request, column.id);
  writer.Text(")");
  if (!range) writer.Text(" GROUP BY shown ORDER BY n DESC, shown LIMIT ").Integer(limit);
  return InCurrency(writer.Take(), scan);
}

Sql RenderFactTotals(const FactRecordRequest& request) {
  const Scan scan = ScanOf(request);
  SqlWriter writer(scan);
  writer.Text("SELECT count(*)");
  for (size_t i = 0; i < request.parts.size(); ++i) {
    const RecordPart& part = request.parts[i];
    const std::string b = "r.b" + std::to_string(i);
    const std::string v = "r.v" + std::to_string(i);
    const std::string type = part.money ? "DECIMAL(18, 2)" : "DOUBLE";
    for (const Atom::Kind atom : AtomKindsOf(part.kind)) {
      switch (atom) {
        case Atom::Kind::kCount:
        case Atom::Kind::kDistinct:
          writer.Text(", count(*) FILTER (WHERE " + b + ")");
          break;
        case Atom::Kind::kSum:
          writer.Text(", CAST(sum(" + v + ") AS " + type + ")");
          break;
        case Atom::Kind::kKnown:
          writer.Text(", count(" + v + ")");
          break;
        case Atom::Kind::kMedian:
        case Atom::Kind::kSurvivalMedian:  // of cards only
          writer.Text(", CAST(quantile_cont(" + v + ", 0.5) AS " + type + ")");
          break;
        case Atom::Kind::kPercentile80:
          writer.Text(", CAST(quantile_cont(" + v + ", 0.8) AS " + type + ")");
          break;
        case Atom::Kind::kSpread:
        case Atom::Kind::kSurvivalSpread:
        case Atom::Kind::kIncidence:
          throw InvariantError("records are of one warehouse");
      }
    }
  }
  writer.Text(" FROM ");
  WriteRows(writer, request, TextsNamed(request, {}));
  writer.Text(" AS r");
  WriteWhere(writer, request);
  return InCurrency(writer.Take(), scan);
}

}  // namespace svodka::metrics
