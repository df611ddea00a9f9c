#include "reports/plan.hpp"

#include <algorithm>
#include <array>

namespace svodka::reports {
namespace {

constexpr int kPointsMin = 3;  // fewer do not make an axis; a finer grain is taken
constexpr int kPointsMax = 1000;
constexpr int kSparkPointsMin = 6;  // a shape needs some; a quarter is drawn by weeks
constexpr int64_t kPageRows = 100;

/// Dimensions whose own order says more than the size of the number.
bool HasOwnOrder(std::string_view dimension) {
  constexpr std::array<std::string_view, 4> kOrdered = {"age", "stage", "pipeline", "department"};
  return IsTimeDimension(dimension) ||
         std::find(kOrdered.begin(), kOrdered.end(), dimension) != kOrdered.end();
}

int CountBuckets(DayRange range, Grain grain) {
  int count = 0;
  for (Day start = BucketStart(range.from, grain); start < range.to && count <= kPointsMax;
       start = NextBucket(start, grain)) {
    ++count;
  }
  return count;
}

Grain PickGrain(const WidgetDefinition& widget, const WidgetState& state, std::optional<DayRange> range) {
  std::vector<Grain> allowed;
  for (const std::string& name : widget.grains) {
    if (const auto grain = FindGrain(name)) allowed.push_back(*grain);
  }
  if (allowed.empty()) return Grain::kMonth;
  const auto finest = *std::min_element(allowed.begin(), allowed.end());
  if (!range) return FindGrain(state.grain).value_or(allowed.front());
  if (const auto given = FindGrain(state.grain)) {
    Grain grain = *given;
    while (grain != Grain::kYear && CountBuckets(*range, grain) > kPointsMax) {
      grain = static_cast<Grain>(static_cast<int>(grain) + 1);
    }
    return grain;
  }
  for (const Grain grain : allowed) {
    const int count = CountBuckets(*range, grain);
    if (count >= kPointsMin && count <= kPointsMax) return grain;
  }
  return finest;
}

/// The coarsest grain that still shows a shape.
Grain PickSparkGrain(DayRange range) {
  for (const Grain grain : {Grain::kQuarter, Grain::kMonth, Grain::kWeek}) {
    if (CountBuckets(range, grain) >= kSparkPointsMin &&
        (grain != Grain::kQuarter || CountBuckets(range, Grain::kMonth) > 36))
      return grain;
  }
  return Grain::kDay;
}

DayRange Intersect(DayRange a, DayRange b) { return {std::max(a.from, b.from), std::min(a.to, b.to)}; }

/// Collects conditions; buckets of time become a narrower period where they adjoin.
class Conditions {
 public:
  explicit Conditions(std::optional<DayRange> period) : range_(period) {}

  void Add(const Selection& selection, bool cross) {
    if (IsTimeDimension(selection.dimension) && !selection.in.empty()) {
      if (const auto buckets = RangeOfBuckets(selection.dimension, selection.in)) {
        const DayRange narrower = range_ ? Intersect(*range_, *buckets) : *buckets;
        if (narrower.from < narrower.to) {
          range_ = narrower;
          return;
        }
      }
    }
    (cross ? cross_ : filters_).push_back(selection.condition);
  }
  void Add(const PathStep& step) {
    Selection selection;
    selection.dimension = step.dimension;
    selection.in = {step.id};
    selection.condition = {{"dimension", step.dimension},
                           {"in", json::array{step.id ? json::value(*step.id) : json::value(nullptr)}}};
    Add(selection, false);
  }

  void Add(const SwitchedFilter& filter) {
    filters_.push_back(json::object{{"dimension", filter.dimension}, {"in", json::value_from(filter.in)}});
  }

  const std::optional<DayRange>& range() const { return range_; }
  json::object ToJson() const {
    json::object asked;
    if (range_)
      asked["period"] = json::object{{"from", ToString(range_->from)}, {"to", ToString(range_->to)}};
    asked["filters"] = filters_;
    asked["cross_filters"] = cross_;
    return asked;
  }

 private:
  std::optional<DayRange> range_;
  json::array filters_, cross_;
};

void NameCurrency(const PlanContext& context, json::object& request) {
  if (!context.state.currency.empty()) request["currency"] = context.state.currency;
}

json::array MeasuresOf(const Question& question) {
  json::array measures;
  for (const MeasureSpec* spec : question.measures) measures.push_back(spec->ToRequest());
  return measures;
}

json::object OrderBy(std::string by, bool descending) {
  return {{"by", std::move(by)}, {"descending", descending}};
}

class Asker {
 public:
  Asker(const WidgetDefinition& widget, const PlanContext& context, Question& question)
      : widget_(widget), context_(context), state_(context.state.Of(widget.id)), question_(question) {}

  void Ask() {
    switch (widget_.kind) {
      case WidgetKind::kCards:
        AskCards();
        return;
      case WidgetKind::kSeries:
        AskSeries();
        return;
      case WidgetKind::kBars:
      case WidgetKind::kDonut:
      case WidgetKind::kScatter:
      case WidgetKind::kFunnel:
        AskBars();
        return;
      case WidgetKind::kChanges:
        AskChanges();
        return;
      case WidgetKind::kExplanation:
        AskExplanation();
        return;
      case WidgetKind::kWaterfall:
        Push(Request({}, false));
        return;
      case WidgetKind::kCurve:
        AskCurve();
        return;
      case WidgetKind::kTable:
        AskTable();
        return;
      case WidgetKind::kMatrix:
        AskMatrix();
        return;
      case WidgetKind::kList:
        AskList();
        return;
      case WidgetKind::kText:
        return;
    }
  }

 private:
  void Push(json::object request) { question_.requests.emplace_back(std::move(request)); }

  json::object Request(json::array dimensions, bool compare) const {
    json::object request = question_.asked;
    request["measures"] = MeasuresOf(question_);
    request["dimensions"] = std::move(dimensions);
    request["samples"] = true;
    request["ripe"] = true;
    if (compare && !context_.state.compare.empty() && question_.range)
      request["compare"] = YearsOf(context_.state.compare) > 0 ? "year_ago" : "previous";
    return request;
  }

  void AskCards() {
    Push(Request({}, true));
    const auto range = question_.range ? question_.range : context_.data_span;
    json::array shaped;
    for (const MeasureSpec* spec : question_.measures) {
      if (HasSpark(widget_, *spec)) shaped.push_back(spec->ToRequest());
    }
    if (shaped.empty() || !range) return;
    question_.grain = PickSparkGrain(*range);
    if (CountBuckets(*range, question_.grain) < 2) return;
    json::object shape = Request({json::value(ToString(question_.grain))}, false);
    shape["measures"] = std::move(shaped);
    shape.erase("samples");
    shape.erase("ripe");
    Push(std::move(shape));
  }

  void AskSeries() {
    const json::value axis(ToString(question_.grain));
    if (widget_.levels.empty()) {
      Push(Request({axis}, true));
      return;
    }
    const json::value line(widget_.levels[question_.level]);
    json::object ranking = Request({line}, false);
    ranking["order"] = json::array{OrderBy(question_.measures.front()->column(), true)};
    if (const int64_t limit = Limit()) ranking["limit"] = limit;
    Push(std::move(ranking));
    Push(Request({axis, line}, true));
  }

  void AskBars() {
    const std::string& dimension = widget_.levels[question_.level];
    json::object request = Request({json::value(dimension)}, true);
    if (!state_.order_by.empty()) {
      request["order"] = json::array{OrderBy(state_.order_by, state_.order_descending.value_or(true))};
    } else if (!HasOwnOrder(dimension)) {
      request["order"] = json::array{OrderBy(RankIn(request), true)};
    }
    if (const int64_t limit = Limit(); limit > 0 && !HasOwnOrder(dimension)) {
      request["limit"] = limit;
      if (widget_.others) request["others"] = true;
    }
    Push(std::move(request));
    if (widget_.kind == WidgetKind::kDonut) Push(Request({}, false));
  }

  /// Every member with its change and the whole; where the reader compares with nothing, with the period
  /// before.
  void AskChanges() {
    PushCompared({json::value(widget_.levels[question_.level])});
    PushCompared({});
  }

  /// The whole with what its factors are made of, then every level: which of them tells most is seen in the
  /// answers.
  void AskExplanation() {
    const auto part = [&](const std::string& measure) {
      if (std::find(question_.parts.begin(), question_.parts.end(), measure) == question_.parts.end())
        question_.parts.push_back(measure);
    };
    if (question_.chosen != nullptr) {
      for (const FactorSpec& factor : question_.chosen->factors) {
        if (factor.leads && *factor.leads != context_.has_leads) continue;
        question_.factors.push_back(&factor);
        for (const std::string& measure : factor.upto) part(measure);
      }
      for (const std::string& measure : question_.chosen->ratio) part(measure);
    }
    PushCompared({}, question_.parts);
    question_.optional_from = question_.requests.size();
    for (const std::string& level : widget_.levels)
      PushCompared({json::value(level)},
                   question_.chosen != nullptr ? question_.chosen->ratio : std::vector<std::string>{});
  }

  /// The share at some fifty ages, the bounds of each, and how many the cohort counts.
  void AskCurve() {
    constexpr int kSteps = 52;
    const int step = std::max(1, widget_.days / kSteps);
    const MeasureSpec& spec = *question_.measures.front();
    json::array shares, bounds;
    for (int days = 0; days <= widget_.days; days += step) {
      question_.ages.push_back(days);
      shares.push_back(RequestAtAge(spec, days));
      for (const char* bound : {"low", "high"}) bounds.push_back(RequestAtAge(spec, days, bound));
    }
    bounds.push_back(question_.measures.back()->ToRequest());
    const auto push = [&](json::array measures, bool compare) {
      json::object request = Request({}, compare);
      request["measures"] = std::move(measures);
      request.erase("samples");
      request.erase("ripe");
      Push(std::move(request));
    };
    push(std::move(shares), true);
    push(std::move(bounds), false);
  }

  void PushCompared(json::array dimensions, const std::vector<std::string>& parts = {}) {
    json::object request = Request(std::move(dimensions), true);
    for (const std::string& part : parts)
      request["measures"].get_array().push_back(json::object{{"measure", part}, {"as", "part:" + part}});
    if (question_.range && !request.contains("compare")) request["compare"] = "previous";
    question_.compares = request.contains("compare") ? std::string(request.at("compare").get_string()) : "";
    Push(std::move(request));
  }

  /// Parts of one whole are ranked by the whole: the widget names it where the first measure is but a part.
  std::string RankIn(json::object& request) const {
    const std::string& rank = question_.rank.empty() ? question_.measures.front()->column() : question_.rank;
    const bool shown = std::any_of(question_.measures.begin(), question_.measures.end(),
                                   [&](const MeasureSpec* spec) { return spec->column() == rank; });
    if (!shown) request["measures"].get_array().emplace_back(rank);
    return rank;
  }

  json::array Levels() const {
    json::array levels;
    for (const std::string& level : widget_.levels) levels.emplace_back(level);
    return levels;
  }

  /// Two ends of a part of time are told for at most 62 parts: rows of a long period are coarser ones.
  json::array MatrixLevels() const {
    constexpr int kRowsMax = 54;  // a year of weeks
    json::array levels = Levels();
    const auto range = question_.range ? question_.range : context_.data_span;
    for (json::value& level : levels) {
      auto grain = FindGrain(std::string(level.get_string()));
      if (!grain) continue;
      while (*grain != Grain::kYear && (!range || CountBuckets(*range, *grain) > kRowsMax))
        grain = static_cast<Grain>(static_cast<int>(*grain) + 1);
      level = ToString(*grain);
    }
    return levels;
  }

  void AskTable() {
    json::object request = Request(Levels(), true);
    request["totals"] = true;
    Push(std::move(request));
  }

  /// Totals come for every prefix of the dimensions: columns first gives the cells of every row level and the
  /// column totals, rows alone give the row totals.
  void AskMatrix() {
    json::array columns_first = {json::value(widget_.columns_by)};
    for (const json::value& level : MatrixLevels()) columns_first.push_back(level);
    json::object cells = Request(std::move(columns_first), true);
    cells["totals"] = true;
    Push(std::move(cells));
    json::object rows = Request(MatrixLevels(), true);
    rows["totals"] = true;
    Push(std::move(rows));
  }

  void AskList() {
    json::object request = Request({}, false);
    request.erase("samples");
    request.erase("ripe");
    request["cell"] =
        json::object{{"measure", question_.measures.front()->column()}, {"values", json::object{}}};
    request["offset"] = state_.offset;
    request["limit"] = Limit() > 0 ? Limit() : kPageRows;
    if (!state_.search.empty()) request["search"] = state_.search;
    if (!state_.narrow.empty()) request["narrow"] = state_.narrow;
    const std::string& by = state_.order_by.empty() ? widget_.order_by : state_.order_by;
    if (!by.empty()) {
      request["order"] = json::array{OrderBy(by, state_.order_descending.value_or(widget_.order_descending))};
    }
    question_.records = json::value(std::move(request));
  }

  int64_t Limit() const { return state_.limit.value_or(widget_.limit); }

  const WidgetDefinition& widget_;
  const PlanContext& context_;
  const WidgetState& state_;
  Question& question_;
};

}  // namespace

namespace {

bool AsksWhereCardsStand(const PlanContext& context, const WidgetState& state) {
  const auto asks = [&](const Selection& selection) {
    if (selection.in.empty()) return false;
    if (selection.dimension == "stage") return true;
    return selection.dimension == "pipeline" &&
           std::all_of(selection.in.begin(), selection.in.end(), [&](const std::optional<std::string>& id) {
             return id && context.after_sale.contains(*id);
           });
  };
  return std::any_of(context.state.filters.begin(), context.state.filters.end(), asks) ||
         std::any_of(context.state.cross.begin(), context.state.cross.end(), asks) ||
         std::any_of(state.filters.begin(), state.filters.end(), asks);
}

}  // namespace

json::object RequestAtAge(const MeasureSpec& spec, int64_t days, std::string_view bound) {
  json::object args = spec.args;
  args["days"] = days;
  std::string as = "d" + std::to_string(days);
  if (!bound.empty()) {
    args["bound"] = bound;
    as += "." + std::string(bound);
  }
  return {{"measure", spec.id}, {"args", std::move(args)}, {"as", std::move(as)}};
}

std::vector<const MeasureChoice*> ChoicesOf(const WidgetDefinition& widget, bool has_leads) {
  std::vector<const MeasureChoice*> choices;
  for (const MeasureChoice& choice : widget.choices) {
    if (has_leads || !choice.needs_leads) choices.push_back(&choice);
  }
  return choices;
}

bool IsHidden(const WidgetDefinition& widget, bool has_leads) {
  if (has_leads || widget.kind == WidgetKind::kText) return widget.needs_leads && !has_leads;
  if (widget.needs_leads) return true;
  if (!widget.choices.empty()) return ChoicesOf(widget, has_leads).empty();
  return std::all_of(widget.measures.begin(), widget.measures.end(),
                     [](const auto& slot) { return slot.needs_leads; });
}

bool HasSpark(const WidgetDefinition& widget, const MeasureSpec& measure) {
  return std::find(widget.spark.begin(), widget.spark.end(), measure.column()) != widget.spark.end();
}

Question Ask(const WidgetDefinition& widget, const PlanContext& context) {
  const WidgetState& state = context.state.Of(widget.id);
  Question question;
  question.widget = &widget;
  question.state = &state;
  question.level = state.level.value_or(0);

  const std::vector<MeasureSlot>* slots = &widget.measures;
  if (const auto choices = ChoicesOf(widget, context.has_leads); !choices.empty()) {
    const std::string& wanted = state.choice.empty() ? widget.initial_choice : state.choice;
    const auto found =
        std::find_if(choices.begin(), choices.end(), [&](const auto* c) { return c->id == wanted; });
    const MeasureChoice& choice = found == choices.end() ? *choices.front() : **found;
    question.choice = choice.id;
    question.chosen = &choice;
    question.rank = choice.rank;
    slots = &choice.measures;
  }
  if (!widget.standing.empty() && AsksWhereCardsStand(context, state)) slots = &widget.standing;
  for (const MeasureSlot& slot : *slots) {
    if (context.has_leads || !slot.needs_leads)
      question.measures.push_back(&Choose(slot, context.state.switches));
  }

  Conditions conditions(context.state.period.range);
  for (const Selection& selection : context.state.filters) conditions.Add(selection, false);
  for (const Selection& selection : context.state.cross) {
    if (selection.widget != widget.id) conditions.Add(selection, true);
  }
  for (const Selection& selection : state.filters) conditions.Add(selection, false);
  for (const PathStep& step : state.path) conditions.Add(step);
  for (const SwitchedFilter& filter : widget.where) {
    if (filter.switch_id.empty() || context.state.switches.at(filter.switch_id) == filter.option)
      conditions.Add(filter);
  }
  question.range = conditions.range();
  question.asked = conditions.ToJson();
  NameCurrency(context, question.asked);
  question.grain = PickGrain(widget, state, question.range ? question.range : context.data_span);
  Asker(widget, context, question).Ask();
  for (size_t of = 0; of < question.requests.size(); ++of) {
    if (!question.requests[of].get_object().contains("compare") || widget.kind == WidgetKind::kChanges ||
        widget.kind == WidgetKind::kExplanation)
      continue;
    for (int years = 2; years <= YearsOf(context.state.compare); ++years) {
      json::value request = question.requests[of];
      request.get_object()["compare"] = json::object{{"years_ago", years}};
      question.earlier.push_back({of, std::move(request)});
    }
  }
  return question;
}

json::value AskPresence(const PlanContext& context, std::optional<size_t> except, bool without_period) {
  Conditions conditions(without_period ? std::nullopt : context.state.period.range);
  size_t index = 0;
  for (const Selection& selection : context.state.filters) {
    if (index++ != except) conditions.Add(selection, false);
  }
  for (const Selection& selection : context.state.cross) {
    if (index++ != except) conditions.Add(selection, true);
  }
  json::object request = conditions.ToJson();
  NameCurrency(context, request);
  json::array measures;
  for (const MeasureSlot& slot : context.report.presence) {
    if (context.has_leads || !slot.needs_leads)
      measures.push_back(Choose(slot, context.state.switches).ToRequest());
  }
  request["measures"] = std::move(measures);
  request["dimensions"] = json::array{};
  return request;
}

}  // namespace svodka::reports
