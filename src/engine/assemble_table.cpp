// The lines of an answer as the cells that the reader sees: labels, order, columns.
#include <array>
#include <charconv>

#include "base/text.hpp"
#include "engine/assemble.hpp"
#include "engine/definition_text.hpp"
#include "engine/time_label.hpp"

namespace svodka::engine {
namespace {

using metrics::BoundDimension;
using metrics::DimensionKind;

std::optional<int64_t> IntegerOf(const Value& value) {
  const auto* integer = std::get_if<int64_t>(&value);
  return integer == nullptr ? std::nullopt : std::optional(*integer);
}

}  // namespace

void Assembly::PrepareLabels() const {
  for (size_t i = 0; i < query_.dimensions.size(); ++i) {
    const metrics::Dimension* dimension = query_.dimensions[i].dimension;
    if (dimension == nullptr || !dimension->large) continue;
    std::vector<int64_t> keys;
    for (const std::vector<Level>* levels : {&current_, &base_}) {
      if (levels->empty()) continue;
      for (const auto& [key, cells] : levels->back()) {
        if (const std::optional<int64_t> number = IntegerOf(key[i])) keys.push_back(*number);
      }
    }
    names_.Prepare(*dimension, keys);
  }
}

Member Assembly::MemberOf(size_t index, const Value& key) const {
  const BoundDimension& bound = query_.dimensions[index];
  const bool russian = language_ == Language::kRussian;
  Member member;
  const auto none = [&] {
    const char* const unfilled = russian ? "Не заполнено" : "Not filled in";
    member.label = bound.dimension == nullptr ? unfilled
                   : russian                  ? bound.dimension->none.ru
                                              : bound.dimension->none.en;
    return member;
  };
  if (bound.dimension == nullptr) {
    if (IsNull(key)) return none();
    if (const auto* text = std::get_if<std::string>(&key)) {
      member.id = *text;
      member.label = names_.FieldLabel(bound.field, *text);
    } else if (const auto* money = std::get_if<Money>(&key)) {
      member.id = member.label = money->ToString();
    } else if (const auto* integer = std::get_if<int64_t>(&key)) {
      member.id = member.label = bound.field.type == "date" ? ToString(Day{static_cast<int32_t>(*integer)})
                                                            : std::to_string(*integer);
    } else if (const std::optional<double> number = AsNumber(key)) {
      // The shortest text that reads back as the same number: a filter on it finds the card again.
      std::array<char, 32> digits{};
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
      member.id = member.label = std::string(digits.data(), end);
    }
    return member;
  }
  const std::optional<int64_t> number = IntegerOf(key);
  if (!number) return none();
  switch (bound.dimension->kind) {
    case DimensionKind::kTime:
      member.id = ToString(metrics::FirstDayOf(bound.dimension->grain, *number));
      member.label = TimeLabel(bound.dimension->grain, *number, language_);
      return member;
    case DimensionKind::kPortal:
      return names_.PortalMember(*number);
    case DimensionKind::kValues:
      for (const metrics::DimensionValue& value : bound.dimension->values) {
        if (value.key != *number) continue;
        member.id = value.id;
        member.label = russian ? value.label.ru : value.label.en;
        return member;
      }
      return none();
    case DimensionKind::kMembers:
    case DimensionKind::kEmployee:
    case DimensionKind::kDepartment:
    case DimensionKind::kRange:
    case DimensionKind::kField:
      break;
  }
  const Names::Entry* entry = names_.FindEntry(*bound.dimension, *number);
  return entry == nullptr ? none() : entry->member;
}

Table Assembly::ToTable() const {
  const bool russian = language_ == Language::kRussian;
  Table table;
  for (const BoundDimension& dimension : query_.dimensions) {
    Column column;
    column.id = dimension.id;
    column.kind = "dimension";
    column.type = "member";
    column.format = "text";
    column.label = russian ? dimension.label_ru : dimension.label_en;
    column.direction = "neutral";
    table.columns.push_back(std::move(column));
  }
  std::vector<bool> samples;
  std::vector<bool> cohorts;
  json::object unripe;
  for (size_t m = 0; m < query_.request.measures.size(); ++m) {
    const metrics::Node& node = query_.plan.nodes[query_.plan.columns[m]];
    const metrics::Measure& measure = *node.measure;
    Column column;
    column.id = query_.request.measures[m].column;
    column.kind = "measure";
    column.type = measure.type;
    column.unit = measure.type == "duration" ? "s"
                  : measure.type != "money"  ? ""
                  : query_.currency.empty()  ? names_.BaseCurrency()
                                             : query_.currency;
    column.format = measure.format;
    column.label = russian ? measure.label.ru : measure.label.en;
    column.definition = FillDefinition(russian ? measure.definition.ru : measure.definition.en, measure,
                                       [&](const metrics::Argument& argument) {
                                         if (node.arguments && node.arguments->contains(argument.id))
                                           return std::get<int64_t>(node.arguments->at(argument.id).at(0));
                                         return std::get<int64_t>(*argument.fallback);
                                       });
    if (const std::string rules = names_.RulesText(measure, language_); !rules.empty())
      column.definition += " " + rules;
    column.direction = measure.direction == metrics::Direction::kUp     ? "up"
                       : measure.direction == metrics::Direction::kDown ? "down"
                                                                        : "neutral";
    column.additive = node.component && query_.plan.components[*node.component].additive &&
                      node.form->kind != metrics::MeasureKind::kAvg;
    table.columns.push_back(column);
    const bool ratio = node.form->kind == metrics::MeasureKind::kRatio;
    samples.push_back(query_.request.samples && ratio && measure.type == "ratio");
    const auto derived = [&](const char* part, const char* ru, const char* en) {
      Column extra = column;
      extra.id += std::string(".") + part;
      extra.comparison = part;
      extra.of = column.id;
      extra.additive = false;
      extra.label += russian ? ru : en;
      return extra;
    };
    if (query_.base_plan) {
      table.columns.push_back(derived("base", ": было", ": before"));
      table.columns.push_back(derived("delta", ": изменение", ": change"));
      Column share = derived("delta_pct", ": изменение, %", ": change, %");
      share.type = "ratio";
      share.format = "percent";
      share.unit = "";
      table.columns.push_back(std::move(share));
    }
    if (samples.back()) {
      Column size = derived("n", ": n", ": n");
      size.type = size.format = "integer";
      table.columns.push_back(std::move(size));
    }
    cohorts.push_back(ratio && measure.ripeness.has_value());
    if (!cohorts.back() || !query_.request.ripe) continue;
    const auto flag = [&](const char* part, const char* comparison, const char* ru, const char* en) {
      Column ripe = derived(part, ru, en);
      ripe.comparison = comparison;
      ripe.type = ripe.format = "flag";
      ripe.unit = "";
      table.columns.push_back(std::move(ripe));
    };
    flag("ripe", "ripe", ": созрела", ": ripe");
    if (query_.base_plan) flag("base.ripe", "base_ripe", ": было, созрела", ": before, ripe");
  }
  patience_.Look();
  for (const Line& line : lines_) {
    patience_.Check();
    std::vector<Cell> row;
    for (size_t i = 0; i < query_.dimensions.size(); ++i) {
      if (line.is_others) {
        Member member;
        member.label = russian ? "Прочие" : "Others";
        member.is_others = true;
        row.emplace_back(std::move(member));
      } else if (i >= line.level) {
        row.emplace_back(Value());
      } else {
        row.emplace_back(MemberOf(i, (*line.key)[i]));
      }
    }
    for (size_t m = 0; m < query_.request.measures.size(); ++m) {
      for (Value& value : ValuesOf(line, m)) row.emplace_back(std::move(value));
      if (samples[m]) {
        const metrics::Plan& plan = line.is_others ? *others_plan_ : query_.plan;
        Cells none(plan.components.size());
        row.emplace_back(SampleOf(plan, plan.columns[m], line.current != nullptr ? *line.current : none));
      }
      if (cohorts[m]) AddRipeness(line, m, row, unripe, static_cast<int64_t>(table.rows.size()));
    }
    table.rows.push_back(std::move(row));
  }
  if (!unripe.empty()) table.notes["unripe"] = std::move(unripe);
  return table;
}

}  // namespace svodka::engine
