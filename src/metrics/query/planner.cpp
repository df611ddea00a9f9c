#include "metrics/query/planner.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "metrics/plan/atoms.hpp"
#include "metrics/sql/render.hpp"

namespace svodka::metrics {
namespace {

constexpr size_t kFixedBucketsMax = 62;
/// Up to so many ends of buckets a state is read once per end; beyond, rows are joined with the ends. Tried
/// at a million deals and twelve months: twelve scans take half the time of the join.
constexpr size_t kStateScansMax = 31;

class Planner {
 public:
  Planner(const BoundQuery& query, const BindContext& context, const PlanOptions& options)
      : query_(query),
        context_(context),
        options_(options),
        technical_(context.directory.TechnicalEmployees()) {
    std::sort(technical_.begin(), technical_.end());
    if (!options.exclusion) dimensions_ = query.dimensions;
  }

  Result<Plan> Run() {
    for (const MeasureCall& call : query_.request.measures) {
      const std::optional<size_t> node = AddNode(call.id, call.arguments, call.place, true);
      if (node) plan_.columns.push_back(*node);
    }
    if (!problems_.empty()) return problems_;
    return std::move(plan_);
  }

 private:
  void Add(std::string code, std::string message, std::string place, std::vector<std::string> nearest = {}) {
    Diagnostic problem{std::move(code), std::move(message), std::move(place), std::move(nearest)};
    if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end())
      problems_.push_back(std::move(problem));
  }

  std::optional<size_t> AddNode(const std::string& id, const json::object& asked, const std::string& place,
                                bool strict) {
    const Measure* measure = context_.model->FindMeasure(id);
    if (measure == nullptr) {
      const std::vector<std::string> names = context_.model->MeasureNames();
      Add("unknown_measure", "there is no measure '" + id + "'", place, NearestNames(id, names));
      return {};
    }
    json::object arguments;
    for (const auto& member : asked) {
      if (measure->FindArgument(member.key()) != nullptr) {
        arguments[member.key()] = member.value();
      } else if (strict) {
        std::vector<std::string> names;
        for (const Argument& argument : measure->arguments) names.push_back(argument.id);
        Add("unknown_argument", "'" + id + "' has no argument '" + std::string(member.key()) + "'",
            place + ".args", NearestNames(std::string(member.key()), names));
      }
    }
    const std::string key = id + json::serialize(arguments);
    if (const auto known = nodes_.find(key); known != nodes_.end()) return known->second;
    std::string form_key;
    const size_t before = problems_.size();
    for (const Argument& argument : measure->arguments) {
      if (argument.choices.empty()) continue;
      const std::string choice = ChoiceOf(argument, arguments, place);
      form_key += (form_key.empty() ? "" : "/") + choice;
    }
    if (problems_.size() != before) return {};
    const MeasureForm& form = measure->forms.at(form_key);
    Node node;
    node.measure = measure;
    node.form = &form;
    if (form.kind == MeasureKind::kRatio || form.kind == MeasureKind::kDerived) {
      for (const Formula* formula : {&form.numerator, &form.denominator}) {
        for (const std::string& name : formula->Measures()) {
          const std::optional<size_t> part = AddNode(name, arguments, place, false);
          if (!part) return {};
          node.parts[name] = *part;
        }
      }
      if (measure->ripeness) {
        for (const std::string& name : measure->ripeness->closed.Measures()) {
          const std::optional<size_t> part = AddNode(name, arguments, place, false);
          if (!part) return {};
          node.parts[name] = *part;
        }
      }
    } else {
      std::shared_ptr<const Arguments> values = ArgumentsOf(*measure, form, arguments, place);
      if (!values) return {};
      node.arguments = values;
      node.component = AddComponent(*measure, form, values);
      if (!node.component) return {};
    }
    plan_.nodes.push_back(std::move(node));
    return nodes_[key] = plan_.nodes.size() - 1;
  }

  json::value SettingOf(const Argument& argument) const {
    return argument.setting.empty() ? json::value() : context_.directory.FindSetting(argument.setting);
  }

  std::string ChoiceOf(const Argument& argument, const json::object& arguments, const std::string& place) {
    const json::value* value = arguments.if_contains(argument.id);
    if (value == nullptr || value->is_null()) {
      const bool second = SettingOf(argument) == json::value(true) && argument.choices.size() > 1;
      return argument.choices[second ? 1 : 0];
    }
    std::string text = ScalarText(*value).value_or("");
    if (std::find(argument.choices.begin(), argument.choices.end(), text) != argument.choices.end())
      return text;
    Add("bad_argument", "'" + argument.id + "' cannot be " + json::serialize(*value),
        place + ".args." + argument.id, NearestNames(text, argument.choices));
    return argument.choices.front();
  }

  std::shared_ptr<const Arguments> ArgumentsOf(const Measure& measure, const MeasureForm& form,
                                               const json::object& asked, const std::string& place) {
    auto values = std::make_shared<Arguments>();
    const TimeFrame& frame = FrameOf(form);
    const Role& role = context_.model->FindFact(form.fact)->roles.at(form.role);
    (*values)["as_of"] = {int64_t{(role.day.empty() ? frame.as_of : frame.as_of_dated).number}};
    (*values)["today"] = {int64_t{context_.today.number}};
    (*values)["from"] = {int64_t{frame.Hull().from.number}};
    (*values)["to"] = {int64_t{frame.Hull().to.number}};
    for (const Argument& argument : measure.arguments) {
      const std::string at = place + ".args." + argument.id;
      const json::value* value = asked.if_contains(argument.id);
      if (value != nullptr && value->is_null()) value = nullptr;
      if (argument.type == ArgumentType::kInteger) {
        int64_t number = std::get<int64_t>(*argument.fallback);
        if (const json::value set = SettingOf(argument); set.is_int64()) number = set.as_int64();
        if (value != nullptr) {
          if (!value->is_int64() || value->as_int64() < 0 || value->as_int64() > 100'000) {
            Add("bad_argument", "'" + argument.id + "' must be an integer from 0 to 100000", at);
            return nullptr;
          }
          number = value->as_int64();
        }
        (*values)[argument.id] = {number};
      } else if (argument.type == ArgumentType::kMembers) {
        if (value == nullptr || !value->is_array() || value->as_array().empty()) {
          Add("bad_argument", "'" + argument.id + "' must be a list of ids", at);
          return nullptr;
        }
        const Fact* fact = context_.model->FindFact(form.fact);
        std::set<int64_t> keys;
        for (const json::value& item : value->as_array()) {
          const std::optional<std::string> id = ScalarText(item);
          if (!id) {
            Add("bad_argument", "'" + argument.id + "' must be a list of ids", at);
            return nullptr;
          }
          const Dimension& dimension = *context_.model->FindDimension(argument.dimension);
          const std::vector<MemberKey> found = context_.directory.FindMember(dimension, *id);
          const size_t before = keys.size();
          for (const MemberKey& key : found) {
            if (key.entity.empty() || key.entity == fact->entity) keys.insert(key.key);
          }
          // A stage that is not there, or is one of the other kind of cards, would count nothing in silence.
          if (keys.size() == before && (found.empty() || keys.empty())) {
            Add("bad_argument",
                "there is no " + argument.dimension + " '" + *id + "' of " + fact->entity +
                    "s: see the members of '" + argument.dimension + "'",
                at, context_.directory.NearestMembers(dimension, fact->entity, *id));
            return nullptr;
          }
        }
        std::vector<Value>& list = (*values)[argument.id];
        for (const int64_t key : keys) list.emplace_back(key);
      }
    }
    return values;
  }

  /// A planned date of the base is not cut to the elapsed days: the current period is not either.
  const TimeFrame& FrameOf(const MeasureForm& form) const {
    if (!options_.base) return query_.frame;
    return form.role == "planned" ? query_.base_whole : *query_.base_frame;
  }

  std::optional<size_t> AddComponent(const Measure& measure, const MeasureForm& form,
                                     const std::shared_ptr<const Arguments>& arguments) {
    const bool has_time = std::any_of(dimensions_.begin(), dimensions_.end(),
                                      [](const BoundDimension& dimension) { return dimension.is_time(); });
    const Fact& fact = *context_.model->FindFact(form.fact);
    const Role& role = fact.roles.at(form.role);
    const bool moment = role.day.empty();  // a state, or a measure with its own period clause
    Component component;
    component.kind = form.kind;
    component.type = measure.type;
    component.moment = moment;
    if (IsIncidence(form.kind)) component.days = std::get<int64_t>(arguments->at("days").front());
    const bool simple =
        form.kind == MeasureKind::kCount || form.kind == MeasureKind::kSum || form.kind == MeasureKind::kAvg;
    component.additive = simple && !form.first_of_card && !(moment && has_time) && !HasSeveralValues(fact);
    const size_t detail = dimensions_.size();
    for (size_t level = 0; level <= detail; ++level) {
      if (level != detail && (component.additive || !query_.request.totals)) continue;
      if (!AddSources(component, level, fact, role, form, arguments)) return {};
    }
    plan_.components.push_back(std::move(component));
    return plan_.components.size() - 1;
  }

  /// A card with several values of a field stands under each of them: no level is the sum of its rows.
  bool HasSeveralValues(const Fact& fact) const {
    return std::any_of(dimensions_.begin(), dimensions_.end(), [&](const BoundDimension& dimension) {
      if (dimension.dimension != nullptr) return false;
      const std::vector<FieldInfo> fields = context_.directory.FindField(dimension.field.id);
      return std::any_of(fields.begin(), fields.end(), [&](const FieldInfo& field) {
        return field.entity == fact.entity && field.several;
      });
    });
  }

  bool AddSources(Component& component, size_t level, const Fact& fact, const Role& role,
                  const MeasureForm& form, const std::shared_ptr<const Arguments>& arguments) {
    std::optional<TimeGrain> finest;
    for (size_t i = 0; i < level; ++i) {
      if (dimensions_[i].is_time() && (!finest || dimensions_[i].dimension->grain < *finest)) {
        finest = dimensions_[i].dimension->grain;
      }
    }
    std::vector<Source>& sources = component.levels[level];
    const TimeFrame& frame = FrameOf(form);
    const bool state = fact.is_state() && role.day.empty();
    const std::vector<std::pair<int64_t, DayRange>> pieces =
        finest && (state || !form.during.empty()) ? PiecesOf(frame, *finest)
                                                  : std::vector<std::pair<int64_t, DayRange>>{};
    if (finest && (!form.during.empty() || (state && !pieces.empty() && pieces.size() <= kStateScansMax))) {
      if (pieces.size() > kFixedBucketsMax) {
        Add("too_many_buckets", "this measure can be split into at most 62 parts of time; take a coarser one",
            "dimensions");
        return false;
      }
      for (const auto& [bucket, days] : pieces) {
        auto own = std::make_shared<Arguments>(*arguments);
        (*own)["from"] = {int64_t{days.from.number}};
        (*own)["to"] = {int64_t{days.to.number}};
        (*own)["as_of"] = {int64_t{std::min(days.to - 1, frame.as_of).number}};
        std::optional<Scan> scan = StartScan(level, fact, role, form, own);
        if (!scan) return false;
        if (!frame.bounded && !form.during.empty()) {
          // Of all time a measure's own period condition says nothing, but a bucket is a period.
          Condition during;
          during.operand = {form.during, own};
          scan->where.insert(scan->where.begin(), std::move(during));
        }
        scan->buckets.reset();
        for (GroupColumn& group : scan->groups) {
          if (group.kind != GroupColumn::Kind::kTime) continue;
          group.kind = GroupColumn::Kind::kFixed;
          group.fixed = BucketOf(FirstDayOf(*finest, bucket), group.grain);
        }
        sources.push_back(PlaceScan(std::move(*scan), form, own, component.type == "money"));
      }
      return true;
    }
    std::optional<Scan> scan = StartScan(level, fact, role, form, arguments);
    if (!scan) return false;
    if (state && finest) {
      StateBuckets buckets;
      for (const auto& [bucket, days] : pieces) {
        buckets.ends.emplace_back(bucket, std::min(days.to - 1, frame.as_of));
      }
      if (buckets.ends.empty()) {
        Condition never;
        never.kind = Condition::Kind::kNever;
        scan->where.push_back(std::move(never));
        buckets.ends.emplace_back(0, frame.as_of);
      }
      scan->buckets = std::move(buckets);
    }
    sources.push_back(PlaceScan(std::move(*scan), form, arguments, component.type == "money"));
    return true;
  }

  /// The frame's buckets that have begun by its as-of day, each with its part of the frame.
  std::vector<std::pair<int64_t, DayRange>> PiecesOf(const TimeFrame& frame, TimeGrain grain) const {
    DayRange hull = frame.Hull();
    if (hull.from == kEarliestDay || hull.to == kLatestDay) {
      const std::optional<DayRange> span = context_.directory.Span();
      if (!span) return {};
      if (hull.from == kEarliestDay) hull.from = span->from;
      if (hull.to == kLatestDay) hull.to = std::max(frame.as_of, span->from) + 1;
    }
    hull.to = std::min(hull.to, frame.as_of + 1);
    std::vector<std::pair<int64_t, DayRange>> pieces;
    for (const int64_t bucket : BucketsOf(hull, grain)) {
      const DayRange whole{FirstDayOf(grain, bucket), FirstDayOf(grain, NextBucket(grain, bucket))};
      DayRange days{whole.to, whole.from};
      for (const DayRange& range : frame.ranges) {
        const DayRange common{std::max({whole.from, range.from, hull.from}), std::min(whole.to, range.to)};
        if (common.from >= common.to) continue;
        days = {std::min(days.from, common.from), std::max(days.to, common.to)};
      }
      if (days.from < days.to) pieces.emplace_back(bucket, days);
    }
    return pieces;
  }

  std::optional<Scan> StartScan(size_t level, const Fact& fact, const Role& role, const MeasureForm& form,
                                const std::shared_ptr<const Arguments>& arguments) {
    Scan scan = MakeScan(query_, context_, form, arguments, options_.base);
    scan.technical = technical_;
    for (size_t i = 0; i < level; ++i) {
      std::optional<GroupColumn> group = GroupOf(dimensions_[i], fact, role, arguments);
      if (!group) {
        Add("no_join_path",
            "'" + dimensions_[i].id + "' does not divide " +
                (fact.entity == "activity" ? "activities" : fact.entity + "s") + " of the fact '" + fact.id +
                "'",
            "dimensions[" + std::to_string(i) + "]");
        return {};
      }
      scan.groups.push_back(std::move(*group));
    }
    if (options_.exclusion) {
      scan.exclusion.emplace();
      scan.exclusion->tuples = options_.exclusion->tuples;
      for (const BoundDimension& dimension : query_.dimensions) {
        std::optional<GroupColumn> group = GroupOf(dimension, fact, role, arguments);
        if (group) scan.exclusion->columns.push_back(std::move(*group));
      }
    }
    return scan;
  }

  std::optional<GroupColumn> GroupOf(const BoundDimension& dimension, const Fact& fact, const Role& role,
                                     const std::shared_ptr<const Arguments>& arguments) {
    GroupColumn group;
    group.dimension = dimension.id;
    if (dimension.dimension == nullptr) {
      for (const FieldInfo& field : context_.directory.FindField(dimension.field.id)) {
        if (field.entity != fact.entity) continue;
        group.kind = GroupColumn::Kind::kField;
        group.field = field;
        group.key = {fact.card, arguments};
        return group;
      }
      return {};
    }
    switch (dimension.dimension->kind) {
      case DimensionKind::kTime:
        group.kind = GroupColumn::Kind::kTime;
        group.grain = dimension.dimension->grain;
        return group;
      case DimensionKind::kEmployee:
        group.kind = GroupColumn::Kind::kPeople;
        group.key = {role.employee, arguments};
        return group;
      case DimensionKind::kDepartment:
        group.kind = GroupColumn::Kind::kDepartment;
        group.key = {role.employee, arguments};
        return group;
      case DimensionKind::kPortal:
        group.kind = GroupColumn::Kind::kFixed;
        group.fixed = int64_t{1};
        return group;
      case DimensionKind::kMembers:
      case DimensionKind::kValues:
      case DimensionKind::kField:
      case DimensionKind::kRange:
        break;
    }
    const auto key = fact.dimensions.find(dimension.id);
    if (key == fact.dimensions.end()) return {};
    group.key = {key->second, arguments};
    return group;
  }

  /// Puts the atoms into an equal scan of the plan, or a new one.
  Source PlaceScan(Scan scan, const MeasureForm& form, const std::shared_ptr<const Arguments>& arguments,
                   bool money) {
    BoundExpression filter{form.filter, arguments};
    // In WHERE, DuckDB prunes by a state's filter and tests sub-selects on the rows that are left; as a
    // column, each would be computed for every row (tried at a million deals: seven times slower). Filters of
    // dates stay columns: one scan serves won and lost.
    if (!filter.empty() && !form.first_of_card &&
        (scan.fact->is_state() || form.filter.text().find("SELECT") != std::string::npos)) {
      Condition holds;
      holds.operand = std::move(filter);
      scan.where.push_back(std::move(holds));
      filter = {};
    }
    std::string key = ScanKey(scan);
    // A survival median is a statement of its own.
    if (!form.censored.empty())
      key += "|" + form.value.text() + "|" + form.censored.text() + "|" + form.filter.text();
    const auto [at, added] = scans_.try_emplace(key, plan_.scans.size());
    if (added) plan_.scans.push_back(std::move(scan));
    Source source;
    source.scan = at->second;
    for (Atom& atom :
         AtomsOf(form.kind, {form.value, arguments}, filter, {form.censored, arguments}, money)) {
      source.atoms.push_back(AddAtom(plan_.scans[source.scan], std::move(atom)));
    }
    return source;
  }

  const BoundQuery& query_;
  const BindContext& context_;
  const PlanOptions& options_;
  std::vector<int64_t> technical_;
  std::vector<BoundDimension> dimensions_;
  Plan plan_;
  std::map<std::string, size_t> nodes_;
  std::map<std::string, size_t> scans_;
  Diagnostics problems_;
};

}  // namespace

Scan MakeScan(const BoundQuery& query, const BindContext& context, const MeasureForm& form,
              std::shared_ptr<const Arguments> arguments, bool base) {
  const Fact& fact = *context.model->FindFact(form.fact);
  const Role& role = fact.roles.at(form.role);
  const TimeFrame& frame = !base                    ? query.frame
                           : form.role == "planned" ? query.base_whole
                                                    : *query.base_frame;
  Scan scan;
  scan.model = context.model;
  scan.fact = &fact;
  scan.role_day = {role.day, arguments};
  scan.first_of_card = form.first_of_card;
  scan.rows_of_card = form.rows_of_card;
  scan.amounts_in = context.directory.AmountsIn();
  if (!scan.amounts_in) scan.rates = context.directory.Rates();
  if (frame.bounded && frame.ranges.empty() && !frame.undated) {
    Condition never;
    never.kind = Condition::Kind::kNever;
    scan.where.push_back(std::move(never));
  } else if (frame.bounded && !form.during.empty()) {
    Condition during;
    during.operand = {form.during, arguments};
    scan.where.push_back(std::move(during));
  } else if (frame.bounded && !role.day.empty()) {
    Condition days;
    days.kind = Condition::Kind::kDays;
    days.operand = scan.role_day;
    days.ranges = frame.ranges;
    days.undated = frame.undated;
    scan.where.push_back(std::move(days));
  }
  if (!form.select.empty()) {
    Condition select;
    select.operand = {form.select, arguments};
    scan.where.push_back(std::move(select));
  }
  for (Condition& condition : query.filters->ConditionsOf(fact, role, arguments)) {
    scan.where.push_back(std::move(condition));
  }
  scan.arguments = std::move(arguments);
  return scan;
}

Result<Plan> PlanQuery(const BoundQuery& query, const BindContext& context, const PlanOptions& options) {
  return Planner(query, context, options).Run();
}

}  // namespace svodka::metrics
