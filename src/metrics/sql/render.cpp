#include "metrics/sql/render.hpp"

#include <algorithm>

#include "metrics/sql/in_currency.hpp"
#include "metrics/sql/writer.hpp"

namespace svodka::metrics {

bool SameExpression(const BoundExpression& a, const BoundExpression& b) {
  if (!(a.expression == b.expression)) return false;
  if (a.arguments == b.arguments || a.expression.placeholders().empty()) return true;
  for (const std::string& name : a.expression.placeholders()) {
    if (name == "day" || name == "hour") continue;
    if (a.arguments->at(name) != b.arguments->at(name)) return false;
  }
  return true;
}

namespace {

bool SameAtom(const Atom& a, const Atom& b) {
  return a.kind == b.kind && a.money == b.money && SameExpression(a.value, b.value) &&
         SameExpression(a.filter, b.filter) && SameExpression(a.censored, b.censored);
}

/// Distinct expressions of the atoms, so that each is computed once per row.
size_t IndexOf(std::vector<const BoundExpression*>& list, const BoundExpression& expression) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (SameExpression(*list[i], expression)) return i;
  }
  list.push_back(&expression);
  return list.size() - 1;
}

std::string Names(const char* prefix, size_t count) {
  std::string names;
  for (size_t i = 0; i < count; ++i) names += (i > 0 ? ", " : "") + std::string(prefix) + std::to_string(i);
  return names;
}

/// What the aggregates read: SELECT <group> AS g0, <value> AS v0, <filter> AS c0 FROM … WHERE …
struct Rows {
  std::vector<const BoundExpression*> values;
  std::vector<const BoundExpression*> filters;
  const BoundExpression* hoisted = nullptr;  ///< a filter that all atoms share stands in WHERE
};

Rows ColumnsOf(const Scan& scan) {
  Rows rows;
  const bool shared = !scan.first_of_card && !scan.atoms.empty() && !scan.atoms.front().filter.empty() &&
                      std::all_of(scan.atoms.begin(), scan.atoms.end(), [&](const Atom& atom) {
                        return SameExpression(atom.filter, scan.atoms.front().filter);
                      });
  if (shared) rows.hoisted = &scan.atoms.front().filter;
  for (const Atom& atom : scan.atoms) {
    if (!atom.value.empty()) IndexOf(rows.values, atom.value);
    if (!atom.censored.empty()) IndexOf(rows.values, atom.censored);
    if (!shared && !atom.filter.empty()) IndexOf(rows.filters, atom.filter);
  }
  return rows;
}

void WriteRows(SqlWriter& writer, const Scan& scan, const Rows& rows) {
  static const BoundExpression kNothing;
  const bool wrapped = scan.first_of_card || scan.exclusion;
  const BoundExpression card{scan.fact->card, scan.arguments};
  const BoundExpression order{scan.fact->order, scan.arguments};
  if (wrapped) {
    writer.Text("SELECT *");
    if (scan.first_of_card) {
      const std::string groups = Names("g", scan.groups.size());
      writer.Text(", row_number() OVER (PARTITION BY " + groups + (groups.empty() ? "" : ", ") +
                  "card ORDER BY place) AS turn");
      if (scan.rows_of_card != CardRows::kAny) {
        writer.Text(", count(*) OVER (PARTITION BY " + groups + (groups.empty() ? "" : ", ") +
                    "card) AS mates");
      }
    }
    writer.Text(" FROM (");
  }
  writer.Text("SELECT ");
  const char* comma = "";
  const auto column = [&](const std::string& name) {
    writer.Text(" AS " + name);
    comma = ", ";
  };
  for (size_t i = 0; i < scan.groups.size(); ++i) {
    writer.Text(comma).Write(scan.groups[i], i);
    column("g" + std::to_string(i));
  }
  for (size_t i = 0; i < rows.values.size(); ++i) {
    writer.Text(comma).Write(*rows.values[i]);
    column("v" + std::to_string(i));
  }
  for (size_t i = 0; i < rows.filters.size(); ++i) {
    writer.Text(comma).Text("(").Write(*rows.filters[i]).Text(")");
    column("c" + std::to_string(i));
  }
  std::vector<const BoundExpression*> named = rows.values;
  named.insert(named.end(), rows.filters.begin(), rows.filters.end());
  if (scan.first_of_card) {
    writer.Text(comma).Write(card);
    column("card");
    writer.Text(comma).Write(order);
    column("place");
    named.push_back(&card);
    named.push_back(&order);
  }
  if (scan.exclusion) {
    for (size_t i = 0; i < scan.exclusion->columns.size(); ++i) {
      writer.Text(comma).Write(scan.exclusion->columns[i], scan.groups.size() + i);
      column("e" + std::to_string(i));
    }
  }
  // A card whose several values are beyond the limit stands once among the others.
  const bool once =
      scan.exclusion && std::any_of(scan.exclusion->columns.begin(), scan.exclusion->columns.end(),
                                    [](const GroupColumn& group) {
                                      return group.kind == GroupColumn::Kind::kField && group.field.several;
                                    });
  std::vector<BoundExpression> row_keys;
  for (const Expression& key : scan.fact->row) row_keys.push_back({key, scan.arguments});
  for (size_t i = 0; once && i < row_keys.size(); ++i) {
    writer.Text(comma).Write(row_keys[i]);
    column("r" + std::to_string(i));
    named.push_back(&row_keys[i]);
  }
  if (*comma == '\0') writer.Text("1 AS one");
  writer.Source(named, rows.hoisted != nullptr ? *rows.hoisted : kNothing);
  if (!wrapped) return;
  writer.Text(")");
  if (scan.exclusion) {
    const char* glue = " WHERE ";
    for (const std::vector<Value>& tuple : scan.exclusion->tuples) {
      writer.Text(glue).Text("NOT (");
      for (size_t i = 0; i < scan.exclusion->columns.size() && i < tuple.size(); ++i) {
        writer.Text((i > 0 ? " AND e" : "e") + std::to_string(i) + " IS NOT DISTINCT FROM ")
            .Literal(tuple[i]);
      }
      writer.Text(")");
      glue = " AND ";
    }
    if (once) {
      std::string keys = Names("r", row_keys.size());
      for (size_t i = 0; i < scan.exclusion->columns.size(); ++i) {
        const GroupColumn& group = scan.exclusion->columns[i];
        if (group.kind != GroupColumn::Kind::kField) keys += ", e" + std::to_string(i);
      }
      writer.Text(" QUALIFY row_number() OVER (PARTITION BY " + keys + ") = 1");
    }
  }
}

void WriteAtom(SqlWriter& writer, const Atom& atom, Rows& rows) {
  const std::string filter =
      rows.hoisted != nullptr || atom.filter.empty()
          ? ""
          : " FILTER (WHERE c" + std::to_string(IndexOf(rows.filters, atom.filter)) + ")";
  const std::string value = atom.value.empty() ? "" : "v" + std::to_string(IndexOf(rows.values, atom.value));
  const std::string type = atom.money ? "DECIMAL(18, 2)" : "DOUBLE";
  switch (atom.kind) {
    case Atom::Kind::kCount:
      writer.Text("count(*)" + filter);
      return;
    case Atom::Kind::kKnown:
      writer.Text("count(" + value + ")" + filter);
      return;
    case Atom::Kind::kSum:
      writer.Text("CAST(sum(" + value + ")" + filter + " AS " + type + ")");
      return;
    case Atom::Kind::kMedian:
      writer.Text("CAST(quantile_cont(" + value + ", 0.5)" + filter + " AS " + type + ")");
      return;
    case Atom::Kind::kPercentile80:
      writer.Text("CAST(quantile_cont(" + value + ", 0.8)" + filter + " AS " + type + ")");
      return;
    case Atom::Kind::kDistinct:
      writer.Text("count(DISTINCT " + value + ")" + filter);
      return;
    case Atom::Kind::kSpread:
      writer.Text("string_agg(CAST(" + value + " AS VARCHAR), ' ')" + filter);
      return;
    case Atom::Kind::kSurvivalMedian:
    case Atom::Kind::kSurvivalSpread:
    case Atom::Kind::kIncidence:
      throw InvariantError("a survival median is a statement of its own");
  }
  throw InvariantError("unknown atom");
}

/// At each age how many came to the end asked for, how many to the other, and how many there were at all:
/// "age:done:other:all …".
Sql RenderIncidence(const Scan& scan, Rows& rows, const std::string& ended, const std::string& waited) {
  const std::string groups = Names("g", scan.groups.size());
  const std::string lead = groups.empty() ? "" : groups + ", ";
  SqlWriter writer(scan);
  writer.Text("SELECT " + lead + std::string(kIncidenceText) + " AS a0 FROM (SELECT " + lead +
              IncidenceColumns(ended, waited) + " FROM (");
  WriteRows(writer, scan, rows);
  writer.Text(")");
  const char* glue = " WHERE ";
  if (!rows.filters.empty()) {
    writer.Text(" WHERE c0");
    glue = " AND ";
  }
  if (scan.first_of_card) writer.Text(glue).Text("turn = 1").Text(MatesOf(scan.rows_of_card));
  writer.Text(" GROUP BY " + lead + "t) WHERE t IS NOT NULL");
  if (!groups.empty()) writer.Text(" GROUP BY " + groups);
  return InCurrency(writer.Take(), scan);
}

/// Kaplan–Meier: the first time by which half of the cards are done, cards that still wait counted as long as
/// they were seen. d: done at t, n: at risk at t, s: share still waiting after t.
Sql RenderSurvival(const Scan& scan) {
  const std::string groups = Names("g", scan.groups.size());
  const std::string lead = groups.empty() ? "" : groups + ", ";
  const std::string partition = groups.empty() ? "" : "PARTITION BY " + groups + " ";
  Rows rows = ColumnsOf(scan);
  const Atom& atom = scan.atoms.front();
  const std::string done = "v" + std::to_string(IndexOf(rows.values, atom.value));
  const std::string waited = "v" + std::to_string(IndexOf(rows.values, atom.censored));
  if (atom.kind == Atom::Kind::kIncidence) return RenderIncidence(scan, rows, done, waited);
  const bool spread = atom.kind == Atom::Kind::kSurvivalSpread;
  SqlWriter writer(scan);
  if (spread) {
    writer.Text("SELECT " + lead + "string_agg(t || ':' || d || ':' || c, ' ') AS a0 FROM (SELECT " + lead);
  } else {
    writer.Text("SELECT " + lead +
                "CAST(min(t) FILTER (WHERE s <= 0.5 + 1e-9) AS DOUBLE) AS a0 FROM (SELECT *, product(1 - d / "
                "n) OVER (" +
                partition + "ORDER BY t) AS s FROM (SELECT *, sum(c) OVER (" + partition +
                "ORDER BY t DESC) AS n FROM (SELECT " + lead);
  }
  writer.Text("t, count(*) FILTER (WHERE known) AS d, count(*) AS c FROM (SELECT *, coalesce(" + done + ", " +
              waited + ") AS t, " + done + " IS NOT NULL AS known FROM (");
  WriteRows(writer, scan, rows);
  writer.Text(")");
  const char* glue = " WHERE ";
  if (!rows.filters.empty()) {
    writer.Text(" WHERE c0");
    glue = " AND ";
  }
  if (scan.first_of_card) writer.Text(glue).Text("turn = 1").Text(MatesOf(scan.rows_of_card));
  writer.Text(") WHERE t IS NOT NULL GROUP BY " + lead + (spread ? "t)" : "t)))"));
  if (!groups.empty()) writer.Text(" GROUP BY " + groups);
  return InCurrency(writer.Take(), scan);
}

}  // namespace

size_t AddAtom(Scan& scan, Atom atom) {
  for (size_t i = 0; i < scan.atoms.size(); ++i) {
    if (SameAtom(scan.atoms[i], atom)) return i;
  }
  scan.atoms.push_back(std::move(atom));
  return scan.atoms.size() - 1;
}

/// SELECT g0, count(*) FILTER (WHERE c0) AS a0, … FROM (rows) GROUP BY g0
Sql RenderScan(const Scan& scan) {
  if (!scan.atoms.empty() && IsSurvival(scan.atoms.front().kind)) return RenderSurvival(scan);
  Rows rows = ColumnsOf(scan);
  SqlWriter writer(scan);
  const std::string groups = Names("g", scan.groups.size());
  writer.Text("SELECT " + groups);
  const char* comma = groups.empty() ? "" : ", ";
  for (size_t i = 0; i < scan.atoms.size(); ++i) {
    writer.Text(comma);
    WriteAtom(writer, scan.atoms[i], rows);
    writer.Text(" AS a" + std::to_string(i));
    comma = ", ";
  }
  writer.Text(" FROM (");
  WriteRows(writer, scan, rows);
  writer.Text(")");
  if (scan.first_of_card) writer.Text(" WHERE turn = 1").Text(MatesOf(scan.rows_of_card));
  if (!groups.empty()) writer.Text(" GROUP BY " + groups);
  return InCurrency(writer.Take(), scan);
}

Sql RenderExpression(const Scan& scan, const BoundExpression& expression) {
  SqlWriter writer(scan);
  writer.Write(expression);
  return writer.Take();
}

/// SELECT (x) AS x0, (y) AS x1 FROM f_deal AS f … WHERE … LIMIT n
Sql RenderRows(const Scan& scan, const std::vector<BoundExpression>& columns, size_t limit) {
  SqlWriter writer(scan);
  writer.Text("SELECT ");
  std::vector<const BoundExpression*> named;
  for (const BoundExpression& column : columns) {
    writer.Text(named.empty() ? "(" : ", (").Write(column);
    writer.Text(") AS x" + std::to_string(named.size()));
    named.push_back(&column);
  }
  if (named.empty()) writer.Text("1 AS one");
  writer.Source(named, {});
  writer.Text(" LIMIT ").Integer(static_cast<int64_t>(limit));
  return InCurrency(writer.Take(), scan);
}

std::string ScanKey(const Scan& scan) {
  SqlWriter writer(scan);
  WriteRows(writer, scan, {});
  // What is joined may be of a day that stands nowhere else in the text.
  for (const Join& join : scan.fact->joins) {
    for (const Expression* expression : {&join.argument, &join.on}) {
      if (expression->empty()) continue;
      for (const std::string& name : expression->placeholders()) {
        if (name != "day" && name != "hour")
          writer.Text("|" + name + "=").Literal(scan.arguments->at(name).front());
      }
    }
  }
  // Without a period the role stands nowhere in the text, but joins and buckets still go by its day.
  return (scan.amounts_in ? "in " + std::to_string(*scan.amounts_in) + "|" : "") +
         (scan.first_of_card ? "first" + std::string(MatesOf(scan.rows_of_card)) + "|" : "") +
         scan.role_day.expression.text() + "|" + Fingerprint(writer.sql());
}

std::string Fingerprint(const Sql& sql) {
  std::string text = sql.text;
  for (const Value& value : sql.params) {
    text += '\x1f';
    text += std::to_string(value.index()) + ':';
    if (const auto* string = std::get_if<std::string>(&value)) text += *string;
    if (const auto* integer = std::get_if<int64_t>(&value)) text += std::to_string(*integer);
    if (const auto* number = std::get_if<double>(&value)) text += std::to_string(*number);
  }
  return text;
}

Sql RenderMembers(const Dimension& dimension, const std::vector<int64_t>& keys, const std::string& id,
                  const std::string& search, size_t limit) {
  static const Scan kNoScan;
  SqlWriter writer(kNoScan);
  const auto column = [&](const char* name, const char* fallback, const char* as) {
    const auto at = dimension.columns.find(name);
    if (at == dimension.columns.end()) {
      writer.Text(fallback);
    } else {
      writer.Text("(").Write(at->second, nullptr).Text(")");
    }
    writer.Text(" AS ").Text(as);
  };
  writer.Text("SELECT * FROM (SELECT ");
  column("key", "0", "key");
  writer.Text(", ");
  column("id", "''", "id");
  writer.Text(", ");
  column("label", "''", "label");
  writer.Text(", ");
  column("order", "0", "place");
  for (const char* name : {"entity", "parent", "color", "photo", "extra"}) {
    writer.Text(", ");
    column(name, "''", name);
  }
  writer.Text(" FROM ").Text(Quoted(dimension.table)).Text(" AS m");
  const char* glue = " WHERE ";
  if (!dimension.where.empty()) {
    writer.Text(glue).Text("(").Write(dimension.where, nullptr).Text(")");
    glue = " AND ";
  }
  if (!keys.empty()) {
    // First the keys alone, then the rows found: texts of the others are never unpacked.
    writer.Text(glue).Text("m.rowid IN (SELECT m.rowid FROM ").Text(Quoted(dimension.table));
    writer.Text(" AS m JOIN ").WantedKeys(keys).Text(" ON wanted.key = (");
    writer.Write(dimension.columns.at("key"), nullptr).Text("))");
  }
  writer.Text(")");
  glue = " WHERE ";
  if (!id.empty()) {
    writer.Text(glue).Text("id = ").Bind(id);
    glue = " AND ";
  }
  if (!search.empty()) writer.Text(glue).Text("contains(lower(label), lower(").Bind(search).Text("))");
  writer.Text(" ORDER BY place, label, key LIMIT ").Integer(static_cast<int64_t>(limit));
  return writer.Take();
}

}  // namespace svodka::metrics
