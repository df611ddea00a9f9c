#include "engine/fact_records.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "engine/numbers.hpp"
#include "engine/record_narrow.hpp"
#include "engine/record_parts.hpp"
#include "metrics/plan/atoms.hpp"
#include "metrics/sql/fact_records.hpp"

namespace svodka::engine {
namespace {

constexpr int64_t kPageRows = 50;
constexpr int64_t kValuesMax = 500;  // of a column, offered to choose from

bool IsText(const metrics::FactColumn& column) { return column.type == "text" || column.type == "link"; }

Value DayOf(const Value& value) {
  const auto* number = std::get_if<int64_t>(&value);
  return number == nullptr ? Value() : Value(Day{static_cast<int32_t>(*number)});
}

std::string TextOf(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? "" : *text;
}

class Reader {
 public:
  Reader(const metrics::BoundQuery& query, const Dictionary& dictionary, Language language,
         std::vector<AtomValues>* atoms)
      : query_(query),
        dictionary_(dictionary),
        language_(language),
        plan_(query.plan),
        node_(plan_.nodes[plan_.columns.front()]),
        atoms_(atoms) {}

  Result<RecordPage> Read(const warehouse::Warehouse& warehouse, Memory memory, const std::stop_token& stop) {
    Status prepared = Prepare();
    if (!prepared.ok()) return prepared.errors();
    auto order = Order();
    if (!order.ok()) return order.errors();
    const int64_t limit = query_.request.limit.value_or(kPageRows);
    warehouse::QueryOptions options;
    options.stop = stop;
    using Answer = Result<std::shared_ptr<const warehouse::ResultSet>>;
    const auto run = [&](const metrics::Sql& sql) -> Answer {
      const std::string key = metrics::Fingerprint(sql);
      if (auto known = memory.results.Find(key, memory.data_version)) return known;
      Result<warehouse::ResultSet> rows = warehouse.Query(sql.text, sql.params, options);
      if (!rows.ok()) return rows.errors();
      auto read = std::make_shared<const warehouse::ResultSet>(std::move(rows).value());
      memory.results.Keep(key, memory.data_version, read);
      return read;
    };
    if (!query_.request.values_of.empty()) return ReadValues(run);
    const Answer page = run(metrics::RenderFactPage(request_, *order, limit, query_.request.offset));
    if (!page.ok()) return page.errors();
    const Answer totals = run(metrics::RenderFactTotals(request_));
    if (!totals.ok()) return totals.errors();
    const std::vector<std::vector<Value>>& rows = (*page)->rows;
    std::map<Value, const std::vector<Value>*> texts;
    std::shared_ptr<const warehouse::ResultSet> read;  // what `texts` points into
    if (!rows.empty()) {
      std::vector<Value> keys;
      for (const std::vector<Value>& row : rows) keys.push_back(row[0]);
      Answer told = run(metrics::RenderFactTexts(request_, keys));
      if (!told.ok()) return told.errors();
      read = std::move(told).value();
      for (const std::vector<Value>& row : read->rows) texts.emplace(row[0], &row);
    }
    RecordPage answer;
    AddColumns(answer);
    AddRows(answer, rows, texts);
    AddTotals(answer, (*totals)->rows.at(0));
    for (const metrics::RecordOrder& by : *order) answer.order.emplace_back(by.column, by.descending);
    if (ratio_) answer.parts = PartNames(plan_, parts_, language_);
    answer.entity = request_.fact().entity;
    return answer;
  }

 private:
  /// Unit of the amounts.
  std::string Currency() const {
    return query_.currency.empty() ? dictionary_.portal().base_currency : query_.currency;
  }
  Status Prepare() {
    request_.model = query_.model.get();
    parts_ = PartsOf(plan_, plan_.columns.front());
    for (const MeasurePart& part : parts_) {
      request_.parts.push_back(RecordPartOf(plan_, part));
      const metrics::Fact* fact = request_.parts.back().scan.fact;
      if (fact != &request_.fact()) {
        return Diagnostic{"bad_cell",
                          "this measure is made of rows of several kinds (" + request_.fact().entity + ", " +
                              fact->entity + "); ask for the records of one of its parts",
                          "cell.measure",
                          {}};
      }
    }
    request_.search = query_.request.search;
    ratio_ = !node_.component && node_.form->kind == metrics::MeasureKind::kRatio;
    has_value_ = node_.component && (request_.parts[0].kind != metrics::MeasureKind::kCount &&
                                     request_.parts[0].kind != metrics::MeasureKind::kDistinct);
    columns_ = metrics::FactRecordColumns(request_.fact());
    std::erase_if(columns_, [&](const metrics::RecordColumn& column) {
      return (column.id == "value" && !has_value_) || (column.id == "part" && !ratio_);
    });
    auto conditions = BindNarrow(query_, dictionary_, columns_);
    if (!conditions.ok()) return conditions.errors();
    request_.conditions = std::move(conditions).value();
    return Done{};
  }

  Result<std::vector<metrics::RecordOrder>> Order() const {
    std::vector<std::string> names;
    for (const metrics::RecordColumn& column : columns_) names.push_back(column.id);
    const auto known = [&](const std::string& column) {
      return std::find(names.begin(), names.end(), column) != names.end();
    };
    std::vector<metrics::RecordOrder> order;
    if (query_.request.order.empty()) {
      for (const metrics::RecordsOrder& by : node_.measure->records_order) {
        if (known(by.by)) order.push_back({by.by, by.descending});
      }
    }
    for (const metrics::OrderBy& by : query_.request.order) {
      std::string column = by.by;
      if (column == query_.request.measures.front().column)
        column = has_value_ ? "value" : request_.fact().records.front().id;
      if (!known(column)) {
        return Diagnostic{"bad_order", "these records cannot be ordered by '" + by.by + "'", by.place,
                          NearestNames(by.by, names)};
      }
      order.push_back({std::move(column), by.descending});
    }
    return order;
  }

  void AddColumns(RecordPage& answer) const {
    const auto add = [&](const std::string& id, const char* type, const char* format,
                         const metrics::Text& label) -> Column& {
      Column column;
      column.id = id;
      column.kind = "attribute";
      column.type = type;
      column.format = format;
      column.label = language_ == Language::kRussian ? label.ru : label.en;
      column.direction = "neutral";
      answer.columns.push_back(std::move(column));
      return answer.columns.back();
    };
    bool added = false;
    for (const metrics::FactColumn& column : request_.fact().records) {
      // As in the records of cards: id and title, then what is told of the row in the number.
      if (!added && !IsText(column)) {
        added = true;
        if (ratio_) add("part", "text", "text", {"Часть", "Part"});
        if (has_value_) {
          const metrics::Measure& measure = *node_.measure;
          Column& value = add("value", measure.type.c_str(), measure.format.c_str(), measure.label);
          value.unit = measure.type == "money" ? Currency() : measure.type == "duration" ? "s" : "";
        }
      }
      if (column.type == "member") {
        const metrics::Dimension& dimension = *query_.model->FindDimension(column.id);
        add(column.id, "member", "text", column.label.ru.empty() ? dimension.label : column.label);
      } else if (column.type == "day") {
        add(column.id, "day", "date", column.label);
      } else if (column.type == "duration") {
        add(column.id, "duration", "duration", column.label).unit = "s";
      } else if (column.type == "integer") {
        add(column.id, "integer", "integer", column.label);
      } else {
        add(column.id, "text", column.type == "link" || column.id == "id" ? "link" : "text", column.label);
      }
    }
  }

  Member MemberOf(const std::string& dimension_id, const Value& key) const {
    const metrics::Dimension& dimension = *query_.model->FindDimension(dimension_id);
    const auto* number = std::get_if<int64_t>(&key);
    Member member;
    if (number != nullptr && dimension.kind == metrics::DimensionKind::kValues) {
      for (const metrics::DimensionValue& value : dimension.values) {
        if (value.key != *number) continue;
        member.id = value.id;
        member.label = language_ == Language::kRussian ? value.label.ru : value.label.en;
        return member;
      }
    } else if (number != nullptr) {
      if (const Dictionary::Entry* entry = dictionary_.FindEntry(dimension, *number)) return entry->member;
    }
    member.label = language_ == Language::kRussian ? dimension.none.ru : dimension.none.en;
    return member;
  }

  std::string LinkOf(const std::string& entity, const std::string& id) const {
    const warehouse::PortalSettings& portal = dictionary_.portal();
    if (portal.address.empty() || entity.empty() || id.empty() || entity == "phone") return "";
    std::string address = portal.address;
    while (address.ends_with('/')) address.pop_back();
    if (portal.kind == "bitrix24") return address + "/crm/" + entity + "/details/" + id + "/";
    if (portal.kind != "amocrm") return "";
    const std::string folder = entity == "company" ? "companies" : entity == "contact" ? "contacts" : "leads";
    return address + "/" + folder + "/detail/" + id;
  }

  void PrepareMembers(const std::vector<std::vector<Value>>& rows, size_t column,
                      const std::string& id) const {
    std::vector<int64_t> keys;
    for (const std::vector<Value>& row : rows) {
      const auto* key = std::get_if<int64_t>(&row[column]);
      if (key != nullptr && *key != 0) keys.push_back(*key);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    dictionary_.Prepare(*query_.model->FindDimension(id), keys);
  }

  void AddRows(RecordPage& answer, const std::vector<std::vector<Value>>& rows,
               const std::map<Value, const std::vector<Value>*>& texts) const {
    const std::vector<metrics::FactColumn>& columns = request_.fact().records;
    size_t first_part = 1;
    for (const metrics::FactColumn& column : columns) {
      if (IsText(column)) continue;
      if (column.type == "member") PrepareMembers(rows, first_part, column.id);
      ++first_part;
    }
    for (const std::vector<Value>& row : rows) {
      const auto at = texts.find(row[0]);
      const std::vector<Value>* told = at == texts.end() ? nullptr : at->second;
      std::vector<Cell> cells;
      size_t number = 1, text = 3;
      bool added = false;
      for (const metrics::FactColumn& column : columns) {
        if (IsText(column)) {
          cells.emplace_back(told == nullptr ? Value() : (*told)[text]);
          ++text;
          continue;
        }
        if (!added) {
          added = true;
          if (ratio_) cells.emplace_back(Value(PartOfRow(parts_, row, first_part)));
          if (has_value_) cells.emplace_back(row[first_part + 1]);
        }
        const Value& value = row[number++];
        if (column.type == "member") {
          cells.emplace_back(MemberOf(column.id, value));
        } else {
          cells.emplace_back(column.type == "day" ? DayOf(value) : value);
        }
      }
      answer.rows.push_back(std::move(cells));
      answer.links.push_back(told == nullptr ? "" : LinkOf(TextOf((*told)[1]), TextOf((*told)[2])));
    }
  }

  /// The measure again, from the records themselves.
  void AddTotals(RecordPage& answer, const std::vector<Value>& sums) const {
    const auto* count = std::get_if<int64_t>(&sums[0]);
    answer.total = count == nullptr ? 0 : *count;
    answer.totals["count"] = answer.total;
    std::vector<AtomValues> cells(plan_.components.size());
    size_t at = 1;
    for (size_t i = 0; i < parts_.size(); ++i) {
      const size_t width = metrics::AtomKindsOf(request_.parts[i].kind).size();
      for (size_t k = 0; k < width; ++k) cells[parts_[i].component].push_back(sums[at++]);
    }
    if (atoms_ != nullptr) *atoms_ = cells;
    const Value value = NodeValue(plan_, plan_.columns.front(), cells);
    answer.totals["measure"] = JsonOf(value);
    if (has_value_) answer.totals["value"] = JsonOf(value);
  }

  /// The page that says, instead of rows, what a column holds and how often.
  template <class Ask>
  Result<RecordPage> ReadValues(const Ask& ask) {
    const std::string& name = query_.request.values_of;
    auto column = FindNarrowColumn(name, "values_of", columns_);
    if (!column.ok()) return column.errors();
    const auto rows = ask(metrics::RenderFactValues(request_, *column, kValuesMax));
    if (!rows.ok()) return rows.errors();
    RecordPage answer;
    AddColumns(answer);
    if (ratio_) answer.parts = PartNames(plan_, parts_, language_);
    if (column->kind == metrics::RecordColumnKind::kNumber ||
        column->kind == metrics::RecordColumnKind::kDay) {
      const std::vector<Value>& row = (*rows)->rows.at(0);
      const bool days = column->kind == metrics::RecordColumnKind::kDay;
      const auto write = [&](const Value& value) {
        const Value day = days ? DayOf(value) : Value();
        const auto* known = std::get_if<Day>(&day);
        return known == nullptr ? JsonOf(value) : json::value(ToString(*known));
      };
      answer.span = {{"from", write(row[0])}, {"to", write(row[1])}, {"none", JsonOf(row[2])}};
      return answer;
    }
    const bool parts = column->kind == metrics::RecordColumnKind::kPart;
    if (!parts) PrepareMembers((*rows)->rows, 0, name);
    answer.values.emplace();
    for (const std::vector<Value>& row : (*rows)->rows) {
      Member member;
      if (parts) {
        member.id = TextOf(row[0]);
        if (const json::value* label = answer.parts.if_contains(*member.id))
          member.label = std::string(label->as_string());
      } else {
        member = MemberOf(name, row[0]);
      }
      answer.values->emplace_back(std::move(member), std::get<int64_t>(row[1]));
    }
    return answer;
  }

  const metrics::BoundQuery& query_;
  const Dictionary& dictionary_;
  const Language language_;
  const metrics::Plan& plan_;
  const metrics::Node& node_;
  std::vector<MeasurePart> parts_;
  std::vector<metrics::RecordColumn> columns_;
  metrics::FactRecordRequest request_;
  std::vector<AtomValues>* atoms_;
  bool ratio_ = false;
  bool has_value_ = false;
};

}  // namespace

bool HasFactRecords(const metrics::BoundQuery& query) {
  const metrics::Plan& plan = query.plan;
  for (const MeasurePart& part : PartsOf(plan, plan.columns.front())) {
    const metrics::Scan& scan = plan.scans[plan.components[part.component].levels.at(0).front().scan];
    if (!scan.fact->has_cards()) return true;
  }
  return false;
}

Result<RecordPage> ReadFactRecords(const metrics::BoundQuery& query, const Dictionary& dictionary,
                                   const warehouse::Warehouse& warehouse, Memory memory, Language language,
                                   const std::stop_token& stop, std::vector<AtomValues>* atoms) {
  return Reader(query, dictionary, language, atoms).Read(warehouse, memory, stop);
}

}  // namespace svodka::engine
