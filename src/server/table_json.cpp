#include "server/table_json.hpp"

#include <cmath>

namespace svodka::server {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

json::array Columns(const std::vector<engine::Column>& columns) {
  json::array out;
  out.reserve(columns.size());
  for (const auto& column : columns) out.push_back(ToJson(column));
  return out;
}

json::array Rows(const std::vector<std::vector<engine::Cell>>& rows) {
  json::array out;
  out.reserve(rows.size());
  for (const auto& row : rows) {
    json::array cells;
    cells.reserve(row.size());
    for (const engine::Cell& cell : row) {
      if (const auto* member = std::get_if<engine::Member>(&cell)) {
        cells.push_back(ToJson(*member));
      } else {
        cells.push_back(ToJson(std::get<Value>(cell)));
      }
    }
    out.push_back(std::move(cells));
  }
  return out;
}

}  // namespace

json::value ToJson(const Value& value) {
  return std::visit(
      Overloaded{
          [](std::monostate) { return json::value(nullptr); },
          [](bool flag) { return json::value(flag); },
          [](int64_t number) { return json::value(number); },
          // JSON has no infinity: nothing is shown instead of a number that is none.
          [](double number) { return std::isfinite(number) ? json::value(number) : json::value(nullptr); },
          [](Money money) { return json::value(money.ToString()); },
          [](Day day) { return json::value(ToString(day)); },
          [](Instant instant) { return json::value(ToString(instant)); },
          [](const std::string& text) { return json::value(text); },
      },
      value);
}

json::object ToJson(const engine::Member& member) {
  json::object out;
  if (member.id) {
    out["id"] = *member.id;
  } else {
    out["id"] = nullptr;
  }
  out["label"] = member.label;
  if (!member.parent.empty()) out["parent"] = member.parent;
  if (!member.photo_url.empty()) out["photo"] = member.photo_url;
  if (!member.color.empty()) out["color"] = member.color;
  if (!member.entity.empty()) out["entity"] = member.entity;
  if (!member.extra.empty()) out["extra"] = member.extra;
  if (member.is_others) out["others"] = true;
  return out;
}

json::object ToJson(const engine::Column& column) {
  json::object out{{"id", column.id},
                   {"kind", column.kind},
                   {"type", column.type},
                   {"unit", column.unit},
                   {"format", column.format},
                   {"label", column.label},
                   {"definition", column.definition},
                   {"direction", column.direction}};
  if (column.kind == "measure") out["additive"] = column.additive;
  if (!column.comparison.empty()) {
    out["comparison"] = column.comparison;
    out["of"] = column.of;
  }
  return out;
}

json::object ToJson(const engine::Table& table) {
  return {{"columns", Columns(table.columns)}, {"rows", Rows(table.rows)}, {"notes", table.notes}};
}

json::object ToJson(const engine::RecordPage& page) {
  json::array links;
  for (const std::string& link : page.links) links.emplace_back(link);
  json::object out{{"columns", Columns(page.columns)},
                   {"rows", Rows(page.rows)},
                   {"links", std::move(links)},
                   {"total", page.total},
                   {"totals", page.totals}};
  json::array order;
  for (const auto& [by, descending] : page.order)
    order.push_back(json::object{{"by", by}, {"descending", descending}});
  out["order"] = std::move(order);
  out["entity"] = page.entity;
  if (page.as_of) out["as_of"] = ToString(*page.as_of);
  if (!page.parts.empty()) out["parts"] = page.parts;
  if (!page.span.empty()) out["span"] = page.span;
  if (page.values) {
    json::array values;
    for (const auto& [member, count] : *page.values)
      values.push_back(json::object{{"member", ToJson(member)}, {"count", count}});
    out["values"] = std::move(values);
  }
  return out;
}

}  // namespace svodka::server
