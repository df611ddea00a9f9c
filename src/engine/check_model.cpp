#include "engine/dictionary.hpp"
#include "metrics/query/planner.hpp"
#include "metrics/sql/catalog.hpp"

namespace svodka::engine {
namespace {

/// A directory for compiling: every id is known, so that every clause is rendered.
class AnyDirectory final : public metrics::Directory {
 public:
  std::vector<metrics::MemberKey> FindMember(const metrics::Dimension&, const std::string&) const override {
    return {{1, ""}};
  }
  std::vector<int64_t> TechnicalEmployees() const override { return {2}; }
  std::vector<int64_t> EmployeesOf(const metrics::MemberId&, bool) const override { return {1}; }
  std::vector<metrics::FieldInfo> FindField(const std::string&) const override { return {}; }
  std::vector<std::string> FieldNames() const override { return {}; }
  std::optional<DayRange> Span() const override {
    return DayRange{MakeDay(2024, 1, 1), MakeDay(2024, 12, 31)};
  }
};

class Checker {
 public:
  Checker(const metrics::Model& model, const warehouse::Warehouse& warehouse)
      : model_(std::shared_ptr<const metrics::Model>(), &model), warehouse_(warehouse) {}

  std::vector<Diagnostic> Run() {
    for (const auto& [id, dimension] : model_->dimensions) {
      if (dimension.table.empty()) continue;
      Try(metrics::RenderMembers(dimension, {}, "", "", 1), "dimensions/" + id + ".yaml",
          "the members of '" + id + "'");
    }
    for (const auto& [id, measure] : model_->measures) {
      for (const auto& [key, form] : measure.forms) CheckForm(measure, key, form);
    }
    return std::move(problems_);
  }

 private:
  void CheckForm(const metrics::Measure& measure, const std::string& key, const metrics::MeasureForm& form) {
    if (form.fact.empty()) return;
    json::object arguments;
    size_t from = 0;
    for (const metrics::Argument& argument : measure.arguments) {
      if (argument.type == metrics::ArgumentType::kMembers) arguments[argument.id] = json::array{"1"};
      if (argument.choices.empty()) continue;
      const size_t to = key.find('/', from);
      arguments[argument.id] = key.substr(from, to == std::string::npos ? to : to - from);
      from = to == std::string::npos ? key.size() : to + 1;
    }
    std::vector<std::string> dimensions = {"employee", "department", "month"};
    for (const auto& [dimension, expression] : model_->facts.at(form.fact).dimensions)
      dimensions.push_back(dimension);
    std::vector<std::string> all;
    json::array ranges;
    for (const std::string& id : dimensions) {
      const metrics::Dimension* dimension = model_->FindDimension(id);
      if (dimension == nullptr) continue;
      if (dimension->kind != metrics::DimensionKind::kRange) {
        all.push_back(id);
      } else {
        json::object range{{"dimension", id}};
        range["from"] = dimension->range_type == "day" ? json::value("2024-01-01") : json::value(1);
        ranges.emplace_back(std::move(range));
      }
    }
    const json::value request = json::object{
        {"measures", json::array{json::object{{"measure", measure.id}, {"args", std::move(arguments)}}}},
        {"filters", std::move(ranges)},
        {"period", json::object{{"from", "2024-01-01"}, {"to", "2024-03-01"}}}};
    metrics::Request parsed = metrics::ParseRequest(request).value();
    parsed.dimensions = std::move(all);  // more than a reader may ask for at once
    const AnyDirectory directory;
    Result<metrics::BoundQuery> query =
        metrics::Bind(std::move(parsed), {.everything = true}, {model_, directory, MakeDay(2024, 6, 1)});
    if (!query.ok()) {
      problems_.push_back({query.error().code, query.error().message, measure.place, {}});
      return;
    }
    for (const metrics::Scan& scan : query->plan.scans) {
      Try(metrics::RenderScan(scan), measure.place,
          "'" + measure.id + (key.empty() ? "'" : "' (" + key + ")"));
    }
  }

  void Try(const metrics::Sql& sql, const std::string& place, const std::string& what) {
    const Result<warehouse::ResultSet> plan = warehouse_.Query("EXPLAIN " + sql.text, sql.params);
    if (plan.ok()) return;
    problems_.push_back(
        {"bad_sql", "the SQL of " + what + " does not compile: " + plan.error().message, place, {}});
  }

  std::shared_ptr<const metrics::Model> model_;
  const warehouse::Warehouse& warehouse_;
  std::vector<Diagnostic> problems_;
};

}  // namespace

std::vector<Diagnostic> CheckModel(const metrics::Model& model, const warehouse::Warehouse& warehouse) {
  return Checker(model, warehouse).Run();
}

}  // namespace svodka::engine
