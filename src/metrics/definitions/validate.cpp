#include "metrics/definitions/validate.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace svodka::metrics {
namespace {

template <class Thing>
std::vector<std::string> Keys(const std::map<std::string, Thing>& things) {
  std::vector<std::string> keys;
  for (const auto& [key, thing] : things) keys.push_back(key);
  return keys;
}

class Validator {
 public:
  Validator(const Model& model, Diagnostics& problems) : model_(model), problems_(problems) {}

  void CheckFact(const Fact& fact, const std::string& place) {
    place_ = place;
    aliases_ = {"f"};
    placeholders_ = {"as_of", "today", "from", "to", "day", "hour"};
    CheckSql(fact.card);
    CheckSql(fact.order);
    CheckSql(fact.from_day);
    CheckSql(fact.to_day);
    for (const Expression& row : fact.row) CheckSql(row);
    for (const Join& join : fact.joins) {
      if (!aliases_.insert(join.alias).second || join.alias == "role_day" || join.alias == "employee") {
        Add("duplicate_id", "the join '" + join.alias + "' is defined twice or has a reserved name", {});
      }
      CheckSql(join.on);
    }
    for (const DefaultFilter& filter : fact.filters) {
      CheckSql(filter.where);
      for (const std::string& dimension : filter.unless) CheckDimension(dimension);
    }
    if (fact.roles.empty()) Add("missing_key", "the fact '" + fact.id + "' has no roles", {});
    for (const auto& [id, role] : fact.roles) {
      CheckSql(role.day);
      CheckSql(role.employee);
    }
    for (const auto& [dimension, key] : fact.dimensions) {
      CheckDimension(dimension);
      CheckSql(key);
    }
    for (const FactColumn& column : fact.records) {
      if (column.type == "member") CheckDimension(column.id);
      CheckSql(column.value);
    }
    CheckSql(fact.link_entity);
    CheckSql(fact.link_id);
  }

  void CheckDimensionItself(const Dimension& dimension, const std::string& place) {
    place_ = place;
    aliases_ = {"m"};
    placeholders_ = {};
    if (!dimension.parent.empty()) CheckDimension(dimension.parent);
    const bool needs_table = dimension.kind == DimensionKind::kMembers ||
                             dimension.kind == DimensionKind::kEmployee ||
                             dimension.kind == DimensionKind::kDepartment;
    if (needs_table && dimension.table.empty()) Add("missing_key", "the dimension needs 'members'", {});
    if (dimension.kind == DimensionKind::kValues && dimension.values.empty()) {
      Add("missing_key", "the dimension needs 'values'", {});
    }
    CheckSql(dimension.where);
    for (const auto& [name, column] : dimension.columns) CheckSql(column);
  }

  void CheckMeasure(const Measure& measure) {
    place_ = measure.place;
    for (const Argument& argument : measure.arguments) {
      if (!argument.dimension.empty()) CheckDimension(argument.dimension);
    }
    for (const auto& [key, form] : measure.forms) CheckForm(measure, form);
    CheckRipeness(measure);
    std::set<std::string> path;
    CheckCycle(measure.id, path);
  }

 private:
  void Add(std::string code, std::string message, std::vector<std::string> nearest) {
    Diagnostic problem{std::move(code), std::move(message), place_, std::move(nearest)};
    if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end())
      problems_.push_back(std::move(problem));
  }

  void CheckDimension(const std::string& id) {
    if (model_.FindDimension(id) != nullptr) return;
    Add("unknown_dimension", "there is no dimension '" + id + "'", NearestNames(id, Keys(model_.dimensions)));
  }

  void CheckSql(const Expression& expression) {
    for (const std::string& alias : expression.aliases()) {
      if (aliases_.contains(alias)) continue;
      const std::vector<std::string> known(aliases_.begin(), aliases_.end());
      Add("unknown_alias", "'" + alias + "." + "' names no table here: " + expression.text(),
          NearestNames(alias, known));
    }
    for (const std::string& name : expression.placeholders()) {
      if (placeholders_.contains(name)) continue;
      const std::vector<std::string> known(placeholders_.begin(), placeholders_.end());
      Add("unknown_placeholder", "'{" + name + "}' is no argument here: " + expression.text(),
          NearestNames(name, known));
    }
  }

  void CheckForm(const Measure& measure, const MeasureForm& form) {
    for (const Formula* formula : {&form.numerator, &form.denominator}) {
      for (const std::string& name : formula->Measures()) {
        if (model_.FindMeasure(name) == nullptr) {
          Add("unknown_measure", "there is no measure '" + name + "'",
              NearestNames(name, Keys(model_.measures)));
        }
      }
    }
    if (form.kind == MeasureKind::kRatio || form.kind == MeasureKind::kDerived) return;
    const Fact* fact = model_.FindFact(form.fact);
    if (fact == nullptr) {
      return Add("unknown_fact", "there is no fact '" + form.fact + "'",
                 NearestNames(form.fact, Keys(model_.facts)));
    }
    const auto role = fact->roles.find(form.role);
    if (role == fact->roles.end()) {
      return Add("unknown_role", "the fact '" + fact->id + "' has no role '" + form.role + "'",
                 NearestNames(form.role, Keys(fact->roles)));
    }
    if (role->second.day.empty() && !fact->is_state() && form.during.empty()) {
      Add("missing_key", "a measure whose role has no day needs 'during'", {});
    }
    if (form.first_of_card && fact->order.empty()) {
      Add("missing_key", "'first_of_card' needs a fact with 'order'", {});
    }
    if (form.rows_of_card != CardRows::kAny && !form.first_of_card) {
      Add("missing_key", "'rows_of_card' needs 'first_of_card'", {});
    }
    if (!form.censored.empty() && form.kind != MeasureKind::kMedian && !IsIncidence(form.kind)) {
      Add("unknown_value", "only a median or an incidence can have 'censored'", {});
    }
    if (IsIncidence(form.kind)) {
      if (form.censored.empty()) Add("missing_key", "an incidence needs 'censored'", {});
      const Argument* days = measure.FindArgument("days");
      if (days == nullptr || days->type != ArgumentType::kInteger)
        Add("unknown_argument", "an incidence needs the integer argument 'days'", {});
    }
    aliases_ = {"f"};
    for (const Join& join : fact->joins) aliases_.insert(join.alias);
    placeholders_ = {"as_of", "today", "from", "to", "day", "hour"};
    for (const Argument& argument : measure.arguments) {
      if (argument.choices.empty()) placeholders_.insert(argument.id);
    }
    for (const Expression* expression :
         {&form.filter, &form.select, &form.during, &form.value, &form.censored}) {
      CheckSql(*expression);
    }
  }

  void CheckRipeness(const Measure& measure) {
    if (!measure.ripeness) return;
    for (const auto& [key, form] : measure.forms) {
      if (form.kind == MeasureKind::kRatio) continue;
      return Add("unknown_value", "only a ratio over a cohort can be 'ripe'", {});
    }
    std::set<std::string> names = measure.ripeness->closed.Measures();
    names.insert(measure.ripeness->cycle);
    for (const std::string& name : names) {
      if (model_.FindMeasure(name) != nullptr) continue;
      Add("unknown_measure", "there is no measure '" + name + "'", NearestNames(name, Keys(model_.measures)));
    }
    const Measure* cycle = model_.FindMeasure(measure.ripeness->cycle);
    if (cycle == nullptr) return;
    const Argument* statistic = cycle->FindArgument("statistic");
    if (statistic != nullptr && std::find(statistic->choices.begin(), statistic->choices.end(),
                                          "percentile80") != statistic->choices.end())
      return;
    Add("unknown_argument",
        "the cycle '" + cycle->id + "' needs the argument 'statistic' with 'percentile80'", {});
  }

  void CheckCycle(const std::string& id, std::set<std::string>& path) {
    if (!path.insert(id).second) {
      return Add("cyclic_measure", "the measure '" + id + "' is made of itself", {});
    }
    if (const Measure* measure = model_.FindMeasure(id)) {
      for (const auto& [key, form] : measure->forms) {
        for (const Formula* formula : {&form.numerator, &form.denominator}) {
          for (const std::string& name : formula->Measures()) CheckCycle(name, path);
        }
      }
    }
    path.erase(id);
  }

  const Model& model_;
  Diagnostics& problems_;
  std::string place_;
  std::set<std::string> aliases_;
  std::set<std::string> placeholders_;
};

}  // namespace

void Validate(const Model& model, const Places& fact_places, const Places& dimension_places,
              Diagnostics& problems) {
  Validator validator(model, problems);
  for (const auto& [id, fact] : model.facts) validator.CheckFact(fact, fact_places.at(id));
  for (const auto& [id, dimension] : model.dimensions)
    validator.CheckDimensionItself(dimension, dimension_places.at(id));
  for (const auto& [id, measure] : model.measures) validator.CheckMeasure(measure);
}

}  // namespace svodka::metrics
