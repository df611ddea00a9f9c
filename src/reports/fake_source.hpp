#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/period.hpp"
#include "reports/query_source.hpp"
#include "reports/report_model.hpp"

/// A query source for tests: answers requests over a handful of literal rows by plain loops, and remembers
/// what it was asked. Every measure whose id ends with "amount" is the sum of amounts, every other one the
/// count of rows; the day of a row serves every time role. Comparison columns hold the figures of `base`.
namespace svodka::reports {

inline constexpr const char* kFakeDimensions[] = {
    "day",         "week",     "month",       "quarter",      "half",          "year",        "employee",
    "department",  "pipeline", "stage",       "source",       "utm_source",    "utm_medium",  "utm_campaign",
    "utm_content", "utm_term", "loss_reason", "deal_type",    "client",        "client_type", "region",
    "product",     "category", "currency",    "age",          "new_or_repeat", "semantic",    "portal",
    "amount",      "created",  "closed",      "planned_close"};

struct FakeRow {
  std::map<std::string, std::string> members;  ///< dimension -> id
  Day day;
  Money amount;
};

class FakeSource final : public QuerySource {
 public:
  std::vector<FakeRow> rows;
  std::vector<json::value> asked;  ///< every request of QueryMany, in order
  std::vector<json::value> asked_records;
  std::vector<engine::PageRequests> prepared;  ///< pages of the last PrepareRows
  size_t preparations = 0;
  size_t batches = 0;
  int64_t version = 1;
  std::map<std::string, Diagnostic> broken;  ///< measure -> the error that a request naming it gets

  std::vector<Result<engine::Table>> QueryMany(std::span<const json::value> requests, const engine::Scope&,
                                               engine::Language, std::stop_token) override {
    ++batches;
    std::vector<Result<engine::Table>> answers;
    for (const json::value& request : requests) {
      asked.push_back(request);
      answers.push_back(Answer(request));
    }
    return answers;
  }

  void PrepareRows(std::vector<engine::PageRequests> pages, const engine::Scope&) override {
    ++preparations;
    prepared = std::move(pages);
  }

  Result<engine::RecordPage> Records(const json::value& request, const engine::Scope&, engine::Language,
                                     std::stop_token) override {
    asked_records.push_back(request);
    engine::RecordPage page;
    page.columns = {MakeColumn("id", "attribute", "text"), MakeColumn("employee", "attribute", "member"),
                    MakeColumn("amount", "attribute", "money"), MakeColumn("surplus", "attribute", "text")};
    Money sum;
    for (const FakeRow* row : Matching(request, PeriodOf(request))) {
      page.rows.push_back({Value(std::to_string(page.rows.size() + 1)), MemberOf(*row, "employee"),
                           Value(row->amount), Value(std::string("x"))});
      page.links.push_back("https://example.org/crm/" + std::to_string(page.rows.size()));
      sum += row->amount;
    }
    page.total = static_cast<int64_t>(page.rows.size());
    page.totals["amount"] = sum.ToString();
    return page;
  }

  Result<std::vector<engine::Member>> Members(const std::string& dimension, const std::string&, size_t,
                                              const engine::Scope&, engine::Language,
                                              std::stop_token) override {
    std::map<std::string, engine::Member> members;
    for (const FakeRow& row : rows) {
      if (row.members.contains(dimension)) members[row.members.at(dimension)] = MemberOf(row, dimension);
    }
    std::vector<engine::Member> list;
    for (auto& [id, member] : members) list.push_back(member);
    return list;
  }

  json::value DescribeModel(engine::Language) const override {
    json::array dimensions;
    for (const char* id : kFakeDimensions)
      dimensions.push_back(json::object{{"id", id}, {"label", std::string("имя ") + id}});
    dimensions.push_back(json::object{{"id", "field:UF_1"},
                                      {"label", "Себестоимость"},
                                      {"kind", "field"},
                                      {"entity", "deal"},
                                      {"type", "money"}});
    return json::object{
        {"measures", json::array{json::object{{"id", "won_amount"}, {"label", "Сумма успешных"}}}},
        {"dimensions", std::move(dimensions)}};
  }
  int64_t data_version() const override { return version; }

 private:
  static engine::Column MakeColumn(std::string id, std::string kind, std::string type) {
    engine::Column column;
    column.label = "имя " + id;
    column.id = std::move(id);
    column.kind = std::move(kind);
    column.format = type == "member" ? "text" : type;
    column.unit = type == "money" ? "RUB" : "";
    column.type = std::move(type);
    column.definition = "что это значит";
    column.direction = "up";
    column.additive = true;
    return column;
  }
  static std::string NameOf(const json::value& measure) {
    if (measure.is_string()) return std::string(std::string_view(measure.get_string()));
    return std::string(std::string_view(measure.at("measure").get_string()));
  }
  static std::optional<DayRange> PeriodOf(const json::value& request) {
    const json::value* period = FindMember(request, "period");
    if (period == nullptr) return std::nullopt;
    return DayRange{ParseDay(*FindString(*period, "from")).value(),
                    ParseDay(*FindString(*period, "to")).value()};
  }
  static std::string IdOf(const FakeRow& row, const std::string& dimension) {
    if (const auto grain = FindGrain(dimension)) return ToString(BucketStart(row.day, *grain));
    const auto found = row.members.find(dimension);
    return found == row.members.end() ? "" : found->second;
  }
  static engine::Member MemberOf(const FakeRow& row, const std::string& dimension) {
    const std::string id = IdOf(row, dimension);
    engine::Member member;
    if (!id.empty()) member.id = id;
    member.label = id.empty() ? "не указано" : "имя " + id;
    return member;
  }
  std::vector<const FakeRow*> Matching(const json::value& request, std::optional<DayRange> period) const {
    std::vector<const FakeRow*> matching;
    for (const FakeRow& row : rows) {
      bool keep = !period || (row.day >= period->from && row.day < period->to);
      for (const char* key : {"filters", "cross_filters"}) {
        const json::value* filters = FindMember(request, key);
        if (filters == nullptr) continue;
        for (const json::value& filter : filters->get_array()) {
          bool in = false;
          const std::string id = IdOf(row, *FindString(filter, "dimension"));
          for (const json::value& wanted : filter.at("in").get_array()) {
            in = in || (wanted.is_null() ? id.empty() : id == std::string_view(wanted.get_string()));
          }
          keep = keep && in;
        }
      }
      if (keep) matching.push_back(&row);
    }
    return matching;
  }
  static Value Measure(const std::string& name, const std::vector<const FakeRow*>& cell) {
    if (!name.ends_with("amount")) return static_cast<int64_t>(cell.size());
    Money sum;
    for (const FakeRow* row : cell) sum += row->amount;
    return sum;
  }

  Result<engine::Table> Answer(const json::value& request) const {
    engine::Table table;
    std::vector<std::string> dimensions, measures;
    if (const json::value* list = FindMember(request, "dimensions")) {
      for (const json::value& name : list->get_array())
        dimensions.emplace_back(std::string_view(name.get_string()));
    }
    for (const json::value& measure : request.at("measures").get_array()) measures.push_back(NameOf(measure));
    for (const std::string& name : measures) {
      if (broken.contains(name)) return broken.at(name);
    }
    const bool compare = FindMember(request, "compare") != nullptr;
    for (const std::string& name : dimensions) {
      table.columns.push_back(MakeColumn(name, "dimension", "member"));
    }
    for (const std::string& name : measures) {
      const bool money = name.ends_with("amount");
      table.columns.push_back(MakeColumn(name, "measure", money ? "money" : "integer"));
      if (!compare) continue;
      for (const char* part : {"base", "delta", "delta_pct"}) {
        engine::Column column = MakeColumn(name + "." + part, "measure", money ? "money" : "integer");
        column.comparison = part;
        column.of = name;
        table.columns.push_back(std::move(column));
      }
    }
    const auto period = PeriodOf(request);
    // Every prefix of the dimensions where totals are asked; the whole of them else.
    const bool totals = FindMember(request, "totals") != nullptr;
    std::map<std::vector<std::string>, std::vector<const FakeRow*>> cells;
    const auto matching = Matching(request, period);
    for (size_t depth = totals ? 0 : dimensions.size(); depth <= dimensions.size(); ++depth) {
      if (depth == 0) cells[{}];
      for (const FakeRow* row : matching) {
        std::vector<std::string> key;
        for (size_t d = 0; d < depth; ++d) key.push_back(IdOf(*row, dimensions[d]));
        cells[key].push_back(row);
      }
    }
    if (!dimensions.empty() && FindGrain(dimensions[0]) && period && dimensions.size() == 1) {
      const Grain grain = *FindGrain(dimensions[0]);
      for (Day day = BucketStart(period->from, grain); day < period->to; day = NextBucket(day, grain)) {
        cells[{ToString(day)}];
      }
    }
    for (const auto& [key, cell] : cells) {
      std::vector<engine::Cell> line;
      for (size_t d = 0; d < dimensions.size(); ++d) {
        if (d >= key.size()) {
          line.emplace_back(Value());
        } else {
          engine::Member member;
          if (!key[d].empty()) member.id = key[d];
          member.label = key[d].empty() ? "не указано" : "имя " + key[d];
          line.emplace_back(member);
        }
      }
      for (const std::string& name : measures) {
        line.emplace_back(Measure(name, cell));
        if (!compare) continue;
        line.emplace_back(Value(int64_t{0}));
        line.emplace_back(Measure(name, cell));
        line.emplace_back(Value());
      }
      table.rows.push_back(std::move(line));
    }
    return table;
  }
};

}  // namespace svodka::reports
