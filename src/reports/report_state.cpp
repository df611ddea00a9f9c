#include "reports/report_state.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace svodka::reports {
namespace {

using Names = std::vector<std::string>;

constexpr size_t kSelectionsMax = 200;
constexpr int64_t kRowsMax = 1000;

class Reader {
 public:
  Reader(const ReportDefinition& report, Day today, const Names& dimensions)
      : report_(report), today_(today), dimensions_(dimensions) {}

  Result<ReportState> Read(const json::value& value) {
    ReportState state;
    for (const SwitchDefinition& definition : report_.switches)
      state.switches[definition.id] = definition.initial;
    const json::value* object = &value;
    const json::value empty = json::object{};
    if (value.is_null()) object = &empty;
    if (!object->is_object()) return Diagnostic{"bad_state", "a report's state is a JSON object", "", {}};
    CheckKeys(object->get_object(), "",
              {"language", "period", "compare", "filters", "cross", "switches", "widgets", "only"});
    ReadLanguage(*object, state);
    ReadPeriod(*object, state);
    state.compare = report_.compare;
    if (const auto compare = ReadText(*object, "compare", "")) {
      state.compare.clear();
      if (!compare->empty() && *compare != "none") {
        CheckName(*compare, ComparisonKinds(), "bad_state", "comparison", "compare");
        state.compare = *compare;
      }
    }
    ReadSelections(*object, "filters", "", false, state.filters);
    ReadSelections(*object, "cross", "", true, state.cross);
    ReadSwitches(*object, state);
    ReadWidgets(*object, state);
    ReadOnly(*object, state);
    if (!errors_.empty()) return std::move(errors_);
    return state;
  }

 private:
  void Fail(std::string code, std::string message, std::string place, Names nearest = {}) {
    errors_.push_back({std::move(code), std::move(message), std::move(place), std::move(nearest)});
  }
  void CheckName(std::string_view name, const Names& allowed, const char* code, std::string_view what,
                 const std::string& place) {
    if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) return;
    Fail(code, "unknown " + std::string(what) + " '" + std::string(name) + "'", place,
         NearestNames(name, allowed));
  }
  void CheckKeys(const json::object& object, const std::string& place, const Names& allowed) {
    for (const auto& entry : object) {
      CheckName(std::string_view(entry.key()), allowed, "unknown_key", "key", Below(place, entry.key()));
    }
  }
  static std::string Below(const std::string& place, std::string_view key) {
    return place.empty() ? std::string(key) : place + "." + std::string(key);
  }
  static std::string At(const std::string& place, size_t index) {
    return place + "[" + std::to_string(index) + "]";
  }

  /// A text member; null counts as absent.
  std::optional<std::string> ReadText(const json::value& object, const char* key, const std::string& place) {
    const json::value* member = FindMember(object, key);
    if (member == nullptr || member->is_null()) return std::nullopt;
    if (member->is_string()) return std::string(std::string_view(member->get_string()));
    Fail("bad_state", std::string("'") + key + "' is a text", Below(place, key));
    return std::nullopt;
  }
  std::optional<int64_t> ReadInteger(const json::value& object, const char* key, int64_t most,
                                     const std::string& place) {
    const json::value* member = FindMember(object, key);
    if (member == nullptr || member->is_null()) return std::nullopt;
    int64_t number = -1;
    if (member->is_int64()) number = member->get_int64();
    if (member->is_uint64() && member->get_uint64() <= static_cast<uint64_t>(most)) {
      number = static_cast<int64_t>(member->get_uint64());
    }
    if (number >= 0 && number <= most) return number;
    Fail("bad_state", std::string("'") + key + "' is a whole number from 0 to " + std::to_string(most),
         Below(place, key));
    return std::nullopt;
  }
  const json::array* ReadArray(const json::value& object, const char* key, const std::string& place) {
    const json::value* member = FindMember(object, key);
    if (member == nullptr || member->is_null()) return nullptr;
    if (member->is_array()) return &member->get_array();
    Fail("bad_state", std::string("'") + key + "' is a list", Below(place, key));
    return nullptr;
  }
  const json::object* ReadObject(const json::value& object, const char* key, const std::string& place) {
    const json::value* member = FindMember(object, key);
    if (member == nullptr || member->is_null()) return nullptr;
    if (member->is_object()) return &member->get_object();
    Fail("bad_state", std::string("'") + key + "' is an object", Below(place, key));
    return nullptr;
  }

  void ReadLanguage(const json::value& object, ReportState& state) {
    const auto language = ReadText(object, "language", "");
    if (!language) return;
    CheckName(*language, {"ru", "en"}, "bad_state", "language", "language");
    if (*language == "en") state.language = engine::Language::kEnglish;
  }
  void ReadPeriod(const json::value& object, ReportState& state) {
    const json::value* given = FindMember(object, "period");
    state.period_given = given != nullptr && !given->is_null();
    auto period = ResolvePeriod(given, report_.period, today_);
    if (period) {
      state.period = *std::move(period);
    } else {
      errors_.insert(errors_.end(), period.errors().begin(), period.errors().end());
    }
  }

  void CheckDimension(const std::string& dimension, const std::string& place) {
    if (dimension.starts_with("field:")) return;
    CheckName(dimension, dimensions_, "unknown_dimension", "dimension", place);
  }

  void ReadSelections(const json::value& object, const char* key, const std::string& place, bool cross,
                      std::vector<Selection>& selections) {
    const json::array* items = ReadArray(object, key, place);
    if (items == nullptr) return;
    if (items->size() > kSelectionsMax) {
      Fail("bad_state", "at most " + std::to_string(kSelectionsMax) + " selections", Below(place, key));
      return;
    }
    for (size_t i = 0; i < items->size(); ++i) {
      const std::string where = At(Below(place, key), i);
      if (!(*items)[i].is_object()) {
        Fail("bad_state", "a selection is {\"dimension\": …, \"in\": […]}", where);
        continue;
      }
      ReadSelection((*items)[i], where, cross, selections);
    }
  }
  void ReadSelection(const json::value& item, const std::string& where, bool cross,
                     std::vector<Selection>& selections) {
    CheckKeys(item.get_object(), where, {"widget", "dimension", "in", "not_in", "under", "from", "to"});
    Selection selection;
    selection.dimension = ReadText(item, "dimension", where).value_or("");
    if (selection.dimension.empty()) {
      Fail("bad_state", "a selection names its 'dimension'", where);
      return;
    }
    CheckDimension(selection.dimension, where + ".dimension");
    if (cross) selection.widget = ReadText(item, "widget", where).value_or("");
    selection.condition["dimension"] = selection.dimension;
    bool any = false;
    for (const char* key : {"in", "not_in", "under"}) {
      const json::array* ids = ReadArray(item, key, where);
      if (ids == nullptr || ids->empty()) continue;
      any = true;
      json::array members;
      for (size_t i = 0; i < ids->size(); ++i) {
        const json::value& id = (*ids)[i];
        const auto text = ScalarText(id);
        if (!text && !id.is_null())
          Fail("bad_state", "a member's id is a text or null", At(where + "." + key, i));
        if (std::string_view(key) == "in") selection.in.push_back(text);
        members.push_back(text ? json::value(*text) : json::value(nullptr));
      }
      selection.condition[key] = std::move(members);
    }
    for (const char* key : {"from", "to"}) {
      const json::value* bound = FindMember(item, key);
      if (bound == nullptr || bound->is_null()) continue;
      any = true;
      if (!bound->is_number() && !bound->is_string()) {
        Fail("bad_state", "a range's end is a number or a date", where + "." + key);
      }
      selection.condition[key] = *bound;
    }
    if (any) selections.push_back(std::move(selection));  // an empty list filters nothing
  }

  void ReadSwitches(const json::value& object, ReportState& state) {
    const json::object* chosen = ReadObject(object, "switches", "");
    if (chosen == nullptr) return;
    Names known;
    for (const SwitchDefinition& definition : report_.switches) known.push_back(definition.id);
    for (const auto& entry : *chosen) {
      const std::string id(std::string_view(entry.key()));
      const std::string place = "switches." + id;
      const SwitchDefinition* definition = report_.FindSwitch(id);
      if (definition == nullptr) {
        CheckName(id, known, "unknown_switch", "switch", place);
        continue;
      }
      Names options;
      for (const SwitchOption& option : definition->options) options.push_back(option.id);
      const auto value = ReadText(json::value(*chosen), id.c_str(), "switches");
      if (!value) continue;
      CheckName(*value, options, "unknown_option", "option", place);
      state.switches[id] = *value;
    }
  }

  Names WidgetIds() const {
    Names ids;
    for (const SectionDefinition& section : report_.sections) {
      for (const WidgetDefinition& widget : section.widgets) ids.push_back(widget.id);
    }
    return ids;
  }

  void ReadWidgets(const json::value& object, ReportState& state) {
    const json::object* widgets = ReadObject(object, "widgets", "");
    if (widgets == nullptr) return;
    for (const auto& entry : *widgets) {
      const std::string id(std::string_view(entry.key()));
      const std::string place = "widgets." + id;
      const WidgetDefinition* widget = report_.FindWidget(id);
      if (widget == nullptr) {
        CheckName(id, WidgetIds(), "unknown_widget", "widget", place);
      } else if (!entry.value().is_object()) {
        Fail("bad_state", "a widget's state is an object", place);
      } else {
        state.widgets[id] = ReadWidget(entry.value(), *widget, place);
      }
    }
  }

  WidgetState ReadWidget(const json::value& object, const WidgetDefinition& widget,
                         const std::string& place) {
    CheckKeys(object.get_object(), place,
              {"measure", "grain", "level", "path", "expanded", "order", "offset", "limit", "filters",
               "search", "narrow"});
    WidgetState state;
    if (const auto choice = ReadText(object, "measure", place); choice && !widget.choices.empty()) {
      Names ids;
      for (const MeasureChoice& candidate : widget.choices) ids.push_back(candidate.id);
      CheckName(*choice, ids, "unknown_option", "measure of this widget", place + ".measure");
      state.choice = *choice;
    }
    if (const auto grain = ReadText(object, "grain", place); grain && !widget.grains.empty()) {
      CheckName(*grain, widget.grains, "unknown_option", "grain of this widget", place + ".grain");
      state.grain = *grain;
    }
    if (!widget.levels.empty()) {
      const auto level = ReadInteger(object, "level", static_cast<int64_t>(widget.levels.size()) - 1, place);
      if (level) state.level = static_cast<size_t>(*level);
    }
    if (const json::array* path = ReadArray(object, "path", place)) {
      for (size_t i = 0; i < path->size() && i < 8; ++i) ReadStep((*path)[i], At(place + ".path", i), state);
    }
    if (const json::array* expanded = ReadArray(object, "expanded", place)) state.expanded = *expanded;
    if (const json::object* order = ReadObject(object, "order", place)) {
      const json::value value(*order);
      state.order_by = ReadText(value, "by", place + ".order").value_or("");
      const json::value* descending = FindMember(value, "descending");
      state.order_descending = descending != nullptr && descending->is_bool() && descending->get_bool();
    }
    state.offset = ReadInteger(object, "offset", 1'000'000'000, place).value_or(0);
    state.limit = ReadInteger(object, "limit", kRowsMax, place);
    if (state.limit && *state.limit == 0) state.limit.reset();
    ReadSelections(object, "filters", place, false, state.filters);
    state.search = ReadText(object, "search", place).value_or("");
    if (const json::array* narrow = ReadArray(object, "narrow", place)) state.narrow = *narrow;
    return state;
  }

  void ReadStep(const json::value& step, const std::string& place, WidgetState& state) {
    if (!step.is_object()) {
      Fail("bad_state", "a step of a path is {\"dimension\": …, \"id\": …}", place);
      return;
    }
    PathStep result;
    result.dimension = ReadText(step, "dimension", place).value_or("");
    CheckDimension(result.dimension, place + ".dimension");
    if (const json::value* id = FindMember(step, "id")) result.id = ScalarText(*id);
    state.path.push_back(std::move(result));
  }

  void ReadOnly(const json::value& object, ReportState& state) {
    const json::array* only = ReadArray(object, "only", "");
    if (only == nullptr) return;
    const Names ids = WidgetIds();
    for (size_t i = 0; i < only->size(); ++i) {
      const auto id = ScalarText((*only)[i]);
      CheckName(id.value_or(""), ids, "unknown_widget", "widget", At("only", i));
      if (id) state.only.insert(*id);
    }
  }

  const ReportDefinition& report_;
  Day today_;
  const Names& dimensions_;
  Diagnostics errors_;
};

}  // namespace

const WidgetState& ReportState::Of(const std::string& widget) const {
  static const WidgetState kUntouched;
  const auto found = widgets.find(widget);
  return found == widgets.end() ? kUntouched : found->second;
}

Result<ReportState> ReadState(const json::value& state, const ReportDefinition& report, Day today,
                              const std::vector<std::string>& dimensions) {
  return Reader(report, today, dimensions).Read(state);
}

const MeasureSpec& Choose(const MeasureSlot& slot, const std::map<std::string, std::string>& switches) {
  std::string key;
  for (const std::string& id : slot.switch_ids) {
    if (!key.empty()) key += ' ';
    key += switches.at(id);
  }
  for (const auto& [variant, spec] : slot.variants) {
    if (variant == key) return spec;
  }
  throw InvariantError("a measure slot has no variant '" + key + "'");
}

bool IsTimeDimension(std::string_view dimension) { return FindGrain(dimension).has_value(); }

std::optional<DayRange> RangeOfBuckets(const std::string& dimension,
                                       const std::vector<std::optional<std::string>>& buckets) {
  const auto grain = FindGrain(dimension);
  if (!grain || buckets.empty()) return std::nullopt;
  std::vector<Day> starts;
  for (const auto& bucket : buckets) {
    if (!bucket) return std::nullopt;
    const auto day = ParseDay(*bucket);
    if (!day) return std::nullopt;
    starts.push_back(BucketStart(*day, *grain));
  }
  std::sort(starts.begin(), starts.end());
  for (size_t i = 1; i < starts.size(); ++i) {
    if (starts[i] != starts[i - 1] && starts[i] != NextBucket(starts[i - 1], *grain)) return std::nullopt;
  }
  return DayRange{starts.front(), NextBucket(starts.back(), *grain)};
}

}  // namespace svodka::reports
