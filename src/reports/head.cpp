#include "reports/head.hpp"

#include <algorithm>

namespace svodka::reports {
namespace {

using engine::Language;

json::value TextOrNull(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object DescribePeriod(const Period& period, Language language) {
  json::object object;
  object["from"] = period.range ? json::value(ToString(period.range->from)) : json::value(nullptr);
  object["to"] = period.range ? json::value(ToString(period.range->to)) : json::value(nullptr);
  object["label"] = PeriodLabel(period, language);
  object["preset"] = TextOrNull(period.preset);
  object["unfinished"] = period.unfinished;
  return object;
}

json::value DescribeComparison(const std::optional<Comparison>& comparison, Language language) {
  if (!comparison) return nullptr;
  json::array earlier;
  for (const DayRange& range : comparison->earlier) {
    earlier.push_back(json::object{
        {"from", ToString(range.from)}, {"to", ToString(range.to)}, {"label", YearLabel(range)}});
  }
  return json::object{{"kind", comparison->kind},
                      {"from", ToString(comparison->base.from)},
                      {"to", ToString(comparison->base.to)},
                      {"label", ComparisonLabel(*comparison, language)},
                      {"base_label", comparison->earlier.empty() ? RangeLabel(comparison->base, language)
                                                                 : YearLabel(comparison->base)},
                      {"earlier", std::move(earlier)},
                      {"current", json::object{{"from", ToString(comparison->current.from)},
                                               {"to", ToString(comparison->current.to)},
                                               {"label", RangeLabel(comparison->current, language)}}}};
}

std::string MeasureLabel(const MeasureSpec& spec, const Labels& labels, Language language) {
  return spec.label ? spec.label->In(language) : labels.OfMeasure(spec.id);
}

json::array DescribeDimensions(const std::vector<std::string>& dimensions, const Labels& labels) {
  json::array array;
  for (const std::string& dimension : dimensions) {
    array.push_back(json::object{{"dimension", dimension}, {"label", labels.OfDimension(dimension)}});
  }
  return array;
}

json::object DescribeState(const Question& question, const HeadFacts& facts) {
  const WidgetDefinition& widget = *question.widget;
  const WidgetState& state = *question.state;
  const Language language = facts.state.language;
  json::object object;
  if (!question.choice.empty()) {
    object["measure"] = question.choice;
    json::array measures;
    for (const MeasureChoice* choice : ChoicesOf(widget, facts.portal.has_leads)) {
      const MeasureSpec& first = Choose(choice->measures.front(), facts.state.switches);
      measures.push_back(
          json::object{{"id", choice->id},
                       {"label", choice->label ? choice->label->In(language)
                                               : MeasureLabel(first, facts.labels, language)}});
    }
    object["measures"] = std::move(measures);
  }
  if (!widget.grains.empty()) {
    object["grain"] = ToString(question.grain);
    object["grains"] = json::value_from(widget.grains);
  }
  // An explanation looks at all its levels and chooses by itself.
  if (!widget.levels.empty() && widget.kind != WidgetKind::kExplanation) {
    object["levels"] = DescribeDimensions(widget.levels, facts.labels);
    const bool tree = widget.kind == WidgetKind::kTable || widget.kind == WidgetKind::kMatrix;
    if (!tree) object["level"] = question.level;
  }
  if (!state.path.empty()) {
    json::array path;
    for (const PathStep& step : state.path) {
      json::object described{{"dimension", step.dimension},
                             {"id", step.id ? json::value(*step.id) : json::value(nullptr)}};
      if (facts.name_of) described["label"] = facts.name_of(step.dimension, step.id);
      path.push_back(std::move(described));
    }
    object["path"] = std::move(path);
  }
  if (!state.expanded.empty()) object["expanded"] = state.expanded;
  const std::string& order_by = state.order_by.empty() ? widget.order_by : state.order_by;
  if (!order_by.empty()) {
    object["order"] = json::object{{"by", order_by},
                                   {"descending", state.order_descending.value_or(widget.order_descending)}};
  }
  if (widget.kind == WidgetKind::kList) {
    object["offset"] = state.offset;
    object["limit"] = state.limit.value_or(widget.limit > 0 ? widget.limit : 100);
    if (!state.search.empty()) object["search"] = state.search;
    if (!state.narrow.empty()) object["narrow"] = state.narrow;
  }
  if (!widget.local_filters.empty()) {
    json::array filters;
    for (const Selection& selection : state.filters) filters.push_back(selection.condition);
    object["filters"] = std::move(filters);
    object["filter_dimensions"] = DescribeDimensions(widget.local_filters, facts.labels);
  }
  if (!widget.switches.empty()) object["switches"] = json::value_from(widget.switches);
  return object;
}

json::object DescribeWidget(const Question& question, const HeadFacts& facts) {
  const WidgetDefinition& widget = *question.widget;
  return {{"id", widget.id},
          {"kind", ToString(widget.kind)},
          {"title", widget.title.In(facts.state.language)},
          {"hint", TextOrNull(widget.hint.In(facts.state.language))},
          {"width", widget.width},
          {"cross", CrossDimension(question)},
          {"state", DescribeState(question, facts)}};
}

json::array DescribeSections(const HeadFacts& facts) {
  json::array sections;
  for (const SectionDefinition& section : facts.report.sections) {
    json::array widgets;
    for (const WidgetDefinition& widget : section.widgets) {
      const auto found = std::find_if(facts.questions.begin(), facts.questions.end(),
                                      [&](const Question& question) { return question.widget == &widget; });
      if (found != facts.questions.end()) widgets.push_back(DescribeWidget(*found, facts));
    }
    if (widgets.empty()) continue;  // nothing that this portal can show
    sections.push_back(json::object{{"id", section.id},
                                    {"title", section.title.In(facts.state.language)},
                                    {"widgets", std::move(widgets)}});
  }
  return sections;
}

json::object DescribeFilter(const std::string& dimension, const std::string& label, const std::string& kind,
                            const std::string& place, const Labels& labels) {
  json::object filter{{"dimension", dimension}, {"label", label}, {"kind", kind}, {"place", place}};
  if (kind == "range") filter["type"] = TextOrNull(labels.RangeTypeOf(dimension));
  return filter;
}

/// What the report counts its cards by: a filter panel shows how many are left.
json::value DescribeCounted(const HeadFacts& facts) {
  if (facts.report.history.empty()) return nullptr;
  return json::object{{"id", facts.report.history}, {"label", facts.labels.OfMeasure(facts.report.history)}};
}

json::array DescribeSwitches(const HeadFacts& facts) {
  json::array switches;
  for (const SwitchDefinition& definition : facts.report.switches) {
    json::array options;
    for (const SwitchOption& option : definition.options) {
      options.push_back(json::object{{"id", option.id}, {"label", option.label.In(facts.state.language)}});
    }
    switches.push_back(json::object{{"id", definition.id},
                                    {"label", definition.label.In(facts.state.language)},
                                    {"value", facts.state.switches.at(definition.id)},
                                    {"options", std::move(options)}});
  }
  return switches;
}

/// What the reader must know of the figures as a whole, in their language.
json::array DescribeNotes(const PortalFacts& portal, Language language) {
  json::array notes;
  if (portal.unconverted.empty()) return notes;
  const bool russian = language == Language::kRussian;
  std::string list;
  for (const Unconverted& one : portal.unconverted) {
    list += (list.empty() ? "" : ", ") + one.currency + (russian ? " (карточек: " : " (cards: ") +
            std::to_string(one.cards) + ")";
  }
  notes.emplace_back(russian ? "Нет курса к " + portal.currency + ", в суммы не вошли: " + list +
                                   ". Задайте курс: svodka settings set currency_rates."
                             : "Without a rate to " + portal.currency + ", in no sum: " + list +
                                   ". Give the rate: svodka settings set currency_rates.");
  return notes;
}

}  // namespace

Labels::Labels(const json::value& described_model) {
  const auto collect = [&](const char* key, std::map<std::string, std::string>& labels) {
    const json::value* list = FindMember(described_model, key);
    if (list == nullptr || !list->is_array()) return;
    for (const json::value& item : list->get_array()) {
      const auto id = FindString(item, "id"), label = FindString(item, "label");
      if (id && label) labels[*id] = *label;
      if (const auto type = FindString(item, "type"); id && type)
        types_[*id] = *type == "date" ? "day" : *type;
      if (id && FindString(item, "kind") == "field") {
        fields_.push_back(
            {*id, FindString(item, "entity").value_or(""), FindString(item, "type").value_or("")});
      }
    }
  };
  collect("measures", measures_);
  collect("dimensions", dimensions_);
}

std::string Labels::OfMeasure(const std::string& id) const {
  const auto found = measures_.find(id);
  return found == measures_.end() ? id : found->second;
}
std::string Labels::OfDimension(const std::string& id) const {
  const auto found = dimensions_.find(id);
  return found == dimensions_.end() ? id : found->second;
}

std::string Labels::RangeTypeOf(const std::string& id) const {
  const auto found = types_.find(id);
  if (found == types_.end()) return "";
  return found->second == "money" || found->second == "number" || found->second == "day" ? found->second : "";
}

ReportDefinition WithFields(ReportDefinition report, const Labels& labels) {
  const auto has_members = [](const std::string& type) {
    return type == "enum" || type == "flag" || type == "reference";
  };
  for (SectionDefinition& section : report.sections) {
    for (WidgetDefinition& widget : section.widgets) {
      std::vector<std::string> levels;
      for (std::string& level : widget.levels) {
        if (level != kDealFields && level != kLeadFields) {
          levels.push_back(std::move(level));
          continue;
        }
        const std::string_view entity = level == kDealFields ? "deal" : "lead";
        for (const Labels::Field& field : labels.fields()) {
          if (field.entity == entity && has_members(field.type)) levels.push_back(field.dimension);
        }
      }
      const bool gone = levels.empty() && !widget.levels.empty();
      widget.levels = std::move(levels);
      if (gone) widget.kind = WidgetKind::kText, widget.text = {};
    }
    std::erase_if(section.widgets, [](const WidgetDefinition& widget) {
      return widget.kind == WidgetKind::kText && widget.text.empty();
    });
  }
  return report;
}

json::value CrossDimension(const Question& question) {
  const WidgetDefinition& widget = *question.widget;
  if (widget.cross == "time") return json::value(ToString(question.grain));
  if (widget.cross.empty() || widget.levels.empty()) return nullptr;
  const bool tree = widget.kind == WidgetKind::kTable || widget.kind == WidgetKind::kMatrix;
  return json::value(tree ? widget.levels.back() : widget.levels[question.level]);
}

std::string MemberName(const std::string& dimension, const std::optional<std::string>& id,
                       const std::vector<engine::Member>& members, Language language) {
  const auto grain = FindGrain(dimension);
  const auto day = grain && id ? ParseDay(*id) : Result<Day>(Diagnostic{});
  if (day) return BucketLabel(*day, *grain, language);
  std::vector<std::string> labels;
  const auto add = [&](auto&& belongs) {
    for (const engine::Member& member : members) {
      const bool new_label = std::find(labels.begin(), labels.end(), member.label) == labels.end();
      if (new_label && belongs(member)) labels.push_back(member.label);
    }
  };
  add([&](const engine::Member& member) { return member.id == id; });
  // The bare id of stages that have a longer one (docs/request.md): `NEW` is `lead:NEW` and `deal:NEW`.
  if (labels.empty() && dimension == "stage" && id) {
    add([&](const engine::Member& member) {
      return member.id == "lead:" + *id || member.id == "deal:" + *id ||
             (member.id && member.id->ends_with("/" + *id));
    });
  }
  if (labels.empty()) return id.value_or(language == Language::kRussian ? "не указано" : "none");
  std::string name = labels.front();
  for (size_t i = 1; i < labels.size(); ++i) name += " / " + labels[i];
  return name;
}

json::object DescribeSelection(const Selection& selection, bool cross, const Labels& labels,
                               const std::vector<engine::Member>& members, Language language) {
  json::object object{{"kind", cross ? "cross" : "filter"},
                      {"dimension", selection.dimension},
                      {"label", labels.OfDimension(selection.dimension)}};
  if (cross) object["widget"] = selection.widget;
  const json::value* excluded = selection.condition.if_contains("not_in");
  const json::value* under = selection.condition.if_contains("under");
  const json::value* chosen = excluded != nullptr ? excluded
                              : under != nullptr  ? under
                                                  : selection.condition.if_contains("in");
  if (excluded != nullptr) object["excluded"] = true;
  if (under != nullptr) object["under"] = true;
  json::array described;
  if (chosen != nullptr) {
    for (const json::value& id : chosen->get_array()) {
      const auto text = ScalarText(id);
      json::object member{{"id", text ? json::value(*text) : json::value(nullptr)}};
      member["label"] = MemberName(selection.dimension, text, members, language);
      described.push_back(std::move(member));
    }
  }
  for (const char* bound : {"from", "to"}) {
    if (const json::value* value = selection.condition.if_contains(bound)) object[bound] = *value;
  }
  object["members"] = std::move(described);
  return object;
}

json::object BuildHead(const HeadFacts& facts) {
  const Language language = facts.state.language;
  const Period& period = facts.state.period;
  Day as_of = facts.today;
  if (period.range && period.range->to <= facts.today) as_of = period.range->to - 1;
  json::array filters;
  for (const FilterDefinition& filter : facts.report.filters) {
    if (filter.needs_leads && !facts.portal.has_leads) continue;
    filters.push_back(
        DescribeFilter(filter.dimension,
                       filter.label ? filter.label->In(language) : facts.labels.OfDimension(filter.dimension),
                       filter.kind, filter.place, facts.labels));
  }
  if (facts.report.custom_fields) {
    for (const Labels::Field& field : facts.labels.fields()) {
      if (field.entity == "lead" && !facts.portal.has_leads) continue;
      const bool range = !facts.labels.RangeTypeOf(field.dimension).empty();
      filters.push_back(DescribeFilter(field.dimension, facts.labels.OfDimension(field.dimension),
                                       range ? "range" : "list", "side", facts.labels));
    }
  }
  json::value history;
  if (facts.history != nullptr) {
    json::array months;
    for (const MonthCount& month : *facts.history) {
      months.push_back(json::object{{"from", ToString(month.from)}, {"count", month.count}});
    }
    history = json::object{{"months", std::move(months)}};
  }
  return {{"report", facts.report.id},
          {"title", facts.report.title.In(language)},
          {"description", facts.report.description.In(language)},
          {"language", language == Language::kRussian ? "ru" : "en"},
          {"portal", json::object{{"id", facts.portal.id},
                                  {"name", facts.portal.name},
                                  {"kind", facts.portal.kind},
                                  {"zone", facts.portal.zone.name()},
                                  {"currency", facts.portal.currency},
                                  {"has_leads", facts.portal.has_leads}}},
          {"period", DescribePeriod(period, language)},
          {"comparison", DescribeComparison(facts.comparison, language)},
          {"compares", TextOrNull(facts.report.compare)},
          {"as_of", ToString(as_of)},
          {"data_version", facts.portal.data_version},
          {"current_at", facts.portal.current_at ? json::value(svodka::ToString(*facts.portal.current_at))
                                                 : json::value(nullptr)},
          {"selections", facts.selections},
          {"filters", std::move(filters)},
          {"counted", DescribeCounted(facts)},
          {"switches", DescribeSwitches(facts)},
          {"history", std::move(history)},
          {"empty_because", facts.empty_because},
          {"notes", DescribeNotes(facts.portal, language)},
          {"sections", DescribeSections(facts)}};
}

}  // namespace svodka::reports
