#include "reports/definition_reader.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "reports/definition_yaml.hpp"
#include "reports/period.hpp"

namespace svodka::reports {
namespace {

const Names kKinds = {"cards", "series",  "bars",   "donut",   "table",       "matrix",    "list",
                      "text",  "scatter", "funnel", "changes", "explanation", "waterfall", "curve"};

class Reader : public DefinitionYaml {
 public:
  Reader(const YamlDocument& document, const ModelNames& names) : DefinitionYaml(document), names_(names) {}

  ReportDefinition Read() {
    ReportDefinition report;
    report.file = document_.name;
    const YAML::Node& root = document_.root;
    if (!root.IsMap()) {
      Fail("bad_value", "a report is a map of keys", root);
      return report;
    }
    CheckKeys(root, {"report", "title", "description", "order", "period", "compare", "history", "presence",
                     "filters_of", "filters", "custom_fields", "switches", "sections"});
    report.id = RequiredString(root, "report");
    report.title = RequiredText(root, "title");
    if (root["description"]) report.description = ReadText(root["description"]);
    if (root["period"]) report.period = ReadName(root["period"], PresetNames(), "bad_value", "period preset");
    if (root["compare"])
      report.compare = ReadName(root["compare"], ComparisonKinds(), "bad_value", "comparison");
    report.order = ReadInteger(root, "order", 1, 1000, report.order);
    if (root["filters_of"]) report.filters_of = String(root["filters_of"], "report");
    if (root["history"]) report.history = ReadMeasureName(root["history"]);
    report.custom_fields = ReadFlag(root, "custom_fields");
    for (const YAML::Node& node : Items(root, "filters")) report.filters.push_back(ReadFilter(node));
    for (const YAML::Node& node : Items(root, "switches")) report.switches.push_back(ReadSwitch(node));
    switches_ = &report.switches;
    for (const YAML::Node& node : Items(root, "presence")) report.presence.push_back(ReadSlot(node));
    if (!root["sections"]) Fail("missing_key", "the key 'sections' is required", root);
    for (const YAML::Node& node : Items(root, "sections")) report.sections.push_back(ReadSection(node));
    report.names_fields = names_fields_;
    return report;
  }

 private:
  std::string ReadDimension(const YAML::Node& node) {
    const std::string name = String(node, "dimension");
    if (name.starts_with("field:")) return name;
    if (!names_.dimensions.empty() && !Contains(names_.dimensions, name)) {
      Fail("unknown_dimension", "unknown dimension '" + name + "'", node,
           NearestNames(name, names_.dimensions));
    }
    return name;
  }
  std::string ReadMeasureName(const YAML::Node& node) {
    const std::string name = String(node, "measure");
    if (!name.empty() && !names_.measures.empty() && !Contains(names_.measures, name)) {
      Fail("unknown_measure", "unknown measure '" + name + "'", node, NearestNames(name, names_.measures));
    }
    return name;
  }
  bool ReadNeeds(const YAML::Node& map) {
    if (!map["needs"]) return false;
    ReadName(map["needs"], {"leads"}, "bad_value", "need");
    return true;
  }

  MeasureSpec ReadMeasure(const YAML::Node& node) {
    MeasureSpec spec;
    if (node.IsScalar()) {
      spec.id = ReadMeasureName(node);
      return spec;
    }
    if (!node.IsMap()) {
      Fail("bad_value", "a measure is a name or {measure: …}", node);
      return spec;
    }
    CheckKeys(node, {"measure", "args", "as", "label", "needs"});
    if (!node["measure"]) {
      Fail("missing_key", "the key 'measure' is required", node);
    } else {
      spec.id = ReadMeasureName(node["measure"]);
    }
    spec.label = OptionalText(node, "label");
    if (node["as"]) spec.as = String(node["as"], "column");
    if (node["args"]) {
      for (const auto& entry : node["args"]) {
        const auto name = entry.first.as<std::string>("");
        if (entry.second.IsSequence()) {
          json::array items;
          for (const YAML::Node& item : entry.second) items.emplace_back(item.as<std::string>(""));
          spec.args[name] = std::move(items);
        } else {
          int64_t number = 0;
          if (YAML::convert<int64_t>::decode(entry.second, number)) {
            spec.args[name] = number;
          } else {
            spec.args[name] = entry.second.as<std::string>("");
          }
        }
      }
    }
    return spec;
  }

  /// Every combination of the options of `ids`, as variant keys.
  Names Combinations(const Names& ids) const {
    Names keys = {""};
    for (const std::string& id : ids) {
      const auto found =
          std::find_if(switches_->begin(), switches_->end(), [&](const auto& s) { return s.id == id; });
      if (found == switches_->end()) return {};
      Names longer;
      for (const std::string& key : keys) {
        for (const SwitchOption& option : found->options) {
          longer.push_back(key.empty() ? option.id : key + " " + option.id);
        }
      }
      keys = std::move(longer);
    }
    return keys;
  }

  MeasureSlot ReadSlot(const YAML::Node& node) {
    MeasureSlot slot;
    if (!node.IsMap() || !node["switch"]) {
      slot.variants.emplace_back("", ReadMeasure(node));
      slot.needs_leads = node.IsMap() && ReadNeeds(node);
      return slot;
    }
    slot.needs_leads = ReadNeeds(node);
    Names known;
    for (const SwitchDefinition& definition : *switches_) known.push_back(definition.id);
    const YAML::Node names = node["switch"];
    if (names.IsSequence()) {
      for (const YAML::Node& name : names)
        slot.switch_ids.push_back(ReadName(name, known, "unknown_switch", "switch"));
    } else {
      slot.switch_ids.push_back(ReadName(names, known, "unknown_switch", "switch"));
    }
    const Names keys = Combinations(slot.switch_ids);
    if (keys.empty()) return slot;
    for (const auto& entry : node) {
      const auto key = entry.first.as<std::string>("");
      if (key == "switch" || key == "needs") continue;
      if (!Contains(keys, key)) {
        Fail("unknown_option", "the switch has no option '" + key + "'", entry.first,
             NearestNames(key, keys));
      }
    }
    for (const std::string& key : keys) {
      if (!node[key]) {
        Fail("missing_key", "no measure for the option '" + key + "'", node);
      } else {
        slot.variants.emplace_back(key, ReadMeasure(node[key]));
      }
    }
    return slot;
  }

  MeasureChoice ReadChoice(const YAML::Node& node) {
    MeasureChoice choice;
    if (!node.IsMap()) {
      Fail("bad_value", "a choice is {id: …}", node);
      return choice;
    }
    CheckKeys(node, {"id", "label", "measures", "rank", "needs", "factors", "ratio"});
    choice.id = RequiredString(node, "id");
    choice.label = OptionalText(node, "label");
    choice.needs_leads = ReadNeeds(node);
    if (node["rank"]) choice.rank = ReadMeasureName(node["rank"]);
    for (const YAML::Node& item : Items(node, "measures")) choice.measures.push_back(ReadSlot(item));
    for (const YAML::Node& item : Items(node, "factors")) choice.factors.push_back(ReadFactor(item));
    for (const YAML::Node& item : Items(node, "ratio")) choice.ratio.push_back(ReadMeasureName(item));
    if (node["ratio"] && choice.ratio.size() != 2)
      Fail("bad_value", "'ratio' is [numerator, denominator]", node["ratio"]);
    if (choice.measures.empty() && node["id"]) {
      MeasureSlot slot;
      slot.variants.emplace_back("", MeasureSpec{ReadMeasureName(node["id"]), {}, "", choice.label});
      choice.measures.push_back(std::move(slot));
    }
    return choice;
  }

  FactorSpec ReadFactor(const YAML::Node& node) {
    FactorSpec factor;
    if (!node.IsMap() || !node["upto"]) {
      Fail("missing_key", "a factor is {upto: measure or [measure, measure], label: …}", node);
      return factor;
    }
    CheckKeys(node, {"upto", "label", "leads"});
    factor.label = RequiredText(node, "label");
    if (node["leads"]) factor.leads = ReadFlag(node, "leads");
    if (node["upto"].IsSequence()) {
      for (const YAML::Node& item : node["upto"]) factor.upto.push_back(ReadMeasureName(item));
    } else {
      factor.upto.push_back(ReadMeasureName(node["upto"]));
    }
    if (factor.upto.size() > 2) Fail("bad_value", "'upto' is a measure, or one over another", node["upto"]);
    return factor;
  }

  FilterDefinition ReadFilter(const YAML::Node& node) {
    FilterDefinition filter;
    if (!node.IsMap()) {
      Fail("bad_value", "a filter is {dimension: …}", node);
      return filter;
    }
    CheckKeys(node, {"dimension", "kind", "place", "needs", "label"});
    if (node["dimension"]) {
      filter.dimension = ReadDimension(node["dimension"]);
    } else {
      Fail("missing_key", "the key 'dimension' is required", node);
    }
    filter.kind =
        node["kind"] ? ReadName(node["kind"], {"list", "tree", "range"}, "bad_value", "filter kind") : "list";
    filter.place =
        node["place"] ? ReadName(node["place"], {"top", "side"}, "bad_value", "filter place") : "side";
    filter.needs_leads = ReadNeeds(node);
    filter.label = OptionalText(node, "label");
    return filter;
  }

  SwitchDefinition ReadSwitch(const YAML::Node& node) {
    SwitchDefinition definition;
    if (!node.IsMap()) {
      Fail("bad_value", "a switch is {id: …}", node);
      return definition;
    }
    CheckKeys(node, {"id", "label", "initial", "options"});
    definition.id = RequiredString(node, "id");
    CheckUnique(definition.id, node);
    definition.label = RequiredText(node, "label");
    Names ids;
    for (const YAML::Node& item : Items(node, "options")) {
      if (!item.IsMap()) {
        Fail("bad_value", "an option is {id: …, label: …}", item);
        continue;
      }
      CheckKeys(item, {"id", "label"});
      SwitchOption option{RequiredString(item, "id"), RequiredText(item, "label")};
      if (Contains(ids, option.id)) Fail("duplicate_id", "the option '" + option.id + "' stands twice", item);
      ids.push_back(option.id);
      definition.options.push_back(std::move(option));
    }
    if (ids.size() < 2) Fail("bad_value", "a switch has at least two options", node);
    if (node["initial"]) {
      definition.initial = ReadName(node["initial"], ids, "unknown_option", "option");
    } else if (!ids.empty()) {
      definition.initial = ids.front();
    }
    return definition;
  }

  void CheckUnique(const std::string& id, const YAML::Node& node) {
    if (!id.empty() && !ids_.insert(id).second)
      Fail("duplicate_id", "the id '" + id + "' stands twice", node);
  }

  SectionDefinition ReadSection(const YAML::Node& node) {
    SectionDefinition section;
    if (!node.IsMap()) {
      Fail("bad_value", "a section is {id: …}", node);
      return section;
    }
    CheckKeys(node, {"id", "title", "needs", "widgets"});
    section.id = RequiredString(node, "id");
    section.title = RequiredText(node, "title");
    section.needs_leads = ReadNeeds(node);
    for (const YAML::Node& item : Items(node, "widgets")) section.widgets.push_back(ReadWidget(item));
    return section;
  }

  WidgetDefinition ReadWidget(const YAML::Node& node) {
    WidgetDefinition widget;
    if (!node.IsMap()) {
      Fail("bad_value", "a widget is {id: …, kind: …}", node);
      return widget;
    }
    CheckKeys(node, {"id",       "kind",           "title",      "hint",    "text",           "width",
                     "needs",    "cross",          "measures",   "choices", "initial_choice", "chart",
                     "grains",   "levels",         "columns_by", "columns", "order",          "limit",
                     "others",   "moving_average", "trend",      "spark",   "filters",        "where",
                     "standing", "takes",          "days"});
    widget.id = RequiredString(node, "id");
    CheckUnique(widget.id, node);
    const std::string kind = RequiredString(node, "kind");
    const auto found = std::find(kKinds.begin(), kKinds.end(), kind);
    if (found != kKinds.end()) {
      widget.kind = static_cast<WidgetKind>(found - kKinds.begin());
    } else if (!kind.empty()) {
      Fail("bad_value", "unknown widget kind '" + kind + "'", node["kind"], NearestNames(kind, kKinds));
    }
    widget.title = RequiredText(node, "title");
    if (node["hint"]) widget.hint = ReadText(node["hint"]);
    if (node["text"]) widget.text = ReadText(node["text"]);
    widget.width = ReadInteger(node, "width", 1, 12, 12);
    widget.needs_leads = ReadNeeds(node);
    if (node["cross"])
      widget.cross = ReadName(node["cross"], {"time", "level", "series"}, "bad_value", "cross");
    for (const YAML::Node& item : Items(node, "measures")) widget.measures.push_back(ReadSlot(item));
    for (const YAML::Node& item : Items(node, "standing")) widget.standing.push_back(ReadSlot(item));
    ReadChoices(node, widget);
    if (node["chart"]) {
      widget.chart = ReadName(node["chart"], {"bar", "line", "area", "stacked"}, "bad_value", "chart");
    }
    for (const YAML::Node& item : Items(node, "grains")) {
      widget.grains.push_back(
          ReadName(item, {"day", "week", "month", "quarter", "half", "year"}, "bad_value", "grain"));
    }
    for (const YAML::Node& item : Items(node, "levels")) {
      const std::string level = item.IsScalar() ? item.Scalar() : "";
      const bool fields = level == kDealFields || level == kLeadFields;
      names_fields_ |= fields;
      widget.levels.push_back(fields ? level : ReadDimension(item));
    }
    if (node["columns_by"]) widget.columns_by = ReadDimension(node["columns_by"]);
    for (const YAML::Node& item : Items(node, "columns")) widget.columns.push_back(ReadColumn(item));
    if (const YAML::Node order = node["order"]) {
      if (order.IsMap() && order["by"]) {
        CheckKeys(order, {"by", "descending"});
        widget.order_by = String(order["by"], "order");
        widget.order_descending = ReadFlag(order, "descending");
      } else {
        Fail("bad_value", "'order' is {by: …, descending: …}", order);
      }
    }
    widget.limit = ReadInteger(node, "limit", 1, 1000, 0);
    widget.others = ReadFlag(node, "others");
    widget.moving_average = ReadFlag(node, "moving_average");
    widget.trend = ReadFlag(node, "trend");
    for (const YAML::Node& item : Items(node, "takes")) widget.takes.push_back(ReadTaken(item, widget));
    widget.days = ReadInteger(node, "days", 1, 10'000, 365);
    for (const YAML::Node& item : Items(node, "spark")) widget.spark.push_back(String(item, "spark"));
    for (const YAML::Node& item : Items(node, "filters")) widget.local_filters.push_back(ReadDimension(item));
    for (const YAML::Node& item : Items(node, "where")) widget.where.push_back(ReadWhere(item));
    if (found != kKinds.end()) CheckWhole(node, widget);
    CollectSwitches(widget);
    return widget;
  }

  SwitchedFilter ReadWhere(const YAML::Node& node) {
    SwitchedFilter filter;
    if (!node.IsMap() || !node["switch"] != !node["option"] || !node["dimension"] || !node["in"]) {
      Fail("missing_key",
           "a condition is {dimension: …, in: […]}, under a switch with {switch: …, option: …} besides",
           node);
      return filter;
    }
    CheckKeys(node, {"switch", "option", "dimension", "in"});
    Names known;
    for (const SwitchDefinition& definition : *switches_) known.push_back(definition.id);
    if (node["switch"]) {
      filter.switch_id = ReadName(node["switch"], known, "unknown_switch", "switch");
      filter.option = ReadName(node["option"], Combinations({filter.switch_id}), "unknown_option", "option");
    }
    filter.dimension = ReadDimension(node["dimension"]);
    for (const YAML::Node& item : Items(node, "in")) filter.in.push_back(String(item, "member"));
    return filter;
  }

  /// One of the columns between the first and the last of some choice.
  std::string ReadTaken(const YAML::Node& node, const WidgetDefinition& widget) {
    Names between;
    const auto collect = [&](const std::vector<MeasureSlot>& slots) {
      for (size_t i = 1; i + 1 < slots.size(); ++i) {
        for (const auto& [option, spec] : slots[i].variants) between.push_back(spec.column());
      }
    };
    collect(widget.measures);
    for (const MeasureChoice& choice : widget.choices) collect(choice.measures);
    return ReadName(node, between, "bad_value", "bar between the first and the last");
  }

  void ReadChoices(const YAML::Node& node, WidgetDefinition& widget) {
    Names ids;
    for (const YAML::Node& item : Items(node, "choices")) {
      widget.choices.push_back(ReadChoice(item));
      const std::string& id = widget.choices.back().id;
      if (Contains(ids, id)) Fail("duplicate_id", "the choice '" + id + "' stands twice", item);
      ids.push_back(id);
    }
    if (node["initial_choice"]) {
      widget.initial_choice = ReadName(node["initial_choice"], ids, "unknown_option", "choice");
    } else if (!ids.empty()) {
      widget.initial_choice = ids.front();
    }
  }

  ListColumn ReadColumn(const YAML::Node& node) {
    ListColumn column;
    if (node.IsScalar()) {
      column.id = node.Scalar();
    } else if (node.IsMap()) {
      CheckKeys(node, {"id", "label"});
      column.id = RequiredString(node, "id");
      column.label = OptionalText(node, "label");
    } else {
      Fail("bad_value", "a column is a name or {id: …}", node);
    }
    return column;
  }

  void Require(bool present, std::string_view kind, const char* key, const YAML::Node& node) {
    if (!present) Fail("missing_key", "a " + std::string(kind) + " needs '" + key + "'", node);
  }
  void CheckWhole(const YAML::Node& node, const WidgetDefinition& widget) {
    const std::string_view kind = ToString(widget.kind);
    if (widget.kind == WidgetKind::kText) {
      Require(!widget.text.empty(), kind, "text", node);
      return;
    }
    Require(!widget.measures.empty() || !widget.choices.empty(), kind, "measures", node);
    if (!widget.measures.empty() && !widget.choices.empty()) {
      Fail("bad_value", "a widget has either 'measures' or 'choices'", node);
    }
    switch (widget.kind) {
      case WidgetKind::kSeries:
        Require(!widget.grains.empty(), kind, "grains", node);
        break;
      case WidgetKind::kMatrix:
        Require(!widget.columns_by.empty(), kind, "columns_by", node);
        [[fallthrough]];
      case WidgetKind::kBars:
      case WidgetKind::kDonut:
      case WidgetKind::kTable:
      case WidgetKind::kFunnel:
      case WidgetKind::kChanges:
      case WidgetKind::kExplanation:
        Require(!widget.levels.empty(), kind, "levels", node);
        break;
      case WidgetKind::kScatter:
        Require(!widget.levels.empty(), kind, "levels", node);
        if (std::any_of(widget.choices.begin(), widget.choices.end(),
                        [](const MeasureChoice& choice) { return choice.measures.size() != 2; }) ||
            (widget.choices.empty() && widget.measures.size() != 2))
          Fail("bad_value", "a scatter has two measures: along and up", node);
        break;
      case WidgetKind::kList:
        Require(!widget.columns.empty(), kind, "columns", node);
        if (widget.measures.size() > 1 || widget.standing.size() > 1)
          Fail("bad_value", "a list shows the records of one measure", node["measures"]);
        break;
      case WidgetKind::kWaterfall:
        Require(!widget.takes.empty(), kind, "takes", node);
        break;
      case WidgetKind::kCurve:
        if (std::any_of(widget.choices.begin(), widget.choices.end(),
                        [](const MeasureChoice& choice) { return choice.measures.size() != 2; }) ||
            (widget.choices.empty() && widget.measures.size() != 2))
          Fail("bad_value", "a curve has two measures: the share by an age, and the number of its cohort",
               node);
        break;
      case WidgetKind::kCards:
      case WidgetKind::kText:
        break;
    }
  }

  void CollectSwitches(WidgetDefinition& widget) const {
    std::set<std::string> used;
    const auto collect = [&used](const std::vector<MeasureSlot>& slots) {
      for (const MeasureSlot& slot : slots) used.insert(slot.switch_ids.begin(), slot.switch_ids.end());
    };
    collect(widget.measures);
    collect(widget.standing);
    for (const MeasureChoice& choice : widget.choices) collect(choice.measures);
    for (const SwitchedFilter& filter : widget.where) {
      if (!filter.switch_id.empty()) used.insert(filter.switch_id);
    }
    for (const SwitchDefinition& definition : *switches_) {
      if (used.contains(definition.id)) widget.switches.push_back(definition.id);
    }
  }

  const ModelNames& names_;
  const std::vector<SwitchDefinition> none_;
  const std::vector<SwitchDefinition>* switches_ = &none_;
  std::set<std::string> ids_;
  bool names_fields_ = false;
};

}  // namespace

std::string_view ToString(WidgetKind kind) { return kKinds[static_cast<size_t>(kind)]; }

void SortByPlace(Diagnostics& errors) {
  const auto key = [](const Diagnostic& error) {
    const size_t colon = error.place.rfind(':');
    const std::string line = colon == std::string::npos ? "" : error.place.substr(colon + 1);
    return std::make_tuple(error.place.substr(0, colon), line.size(), line);
  };
  std::stable_sort(errors.begin(), errors.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
}

Result<ReportDefinition> ReadDefinition(const YamlDocument& document, const ModelNames& names) {
  Reader reader(document, names);
  ReportDefinition report = reader.Read();
  Diagnostics errors = reader.TakeErrors();
  if (errors.empty()) return report;
  SortByPlace(errors);
  return errors;
}

}  // namespace svodka::reports
