#include "metrics/query/bind.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "metrics/query/filters.hpp"
#include "metrics/query/frame.hpp"
#include "metrics/query/planner.hpp"

namespace svodka::metrics {
namespace {

Diagnostic Unknown(const char* what, const std::string& name, std::string place,
                   const std::vector<std::string>& names) {
  return {std::string("unknown_") + what, std::string("there is no ") + what + " '" + name + "'",
          std::move(place), NearestNames(name, names)};
}

class Binder {
 public:
  Binder(Request request, const BindContext& context) : context_(context) {
    query_.request = std::move(request);
    query_.model = context.model;
    query_.today = context.today;
    query_.filters = std::make_shared<FilterSet>();
  }

  Result<BoundQuery> Bind() {
    TakeCell();
    BindDimensions();
    if (!problems_.empty()) return problems_;
    BindFrame();
    CheckOrder();
    if (!problems_.empty()) return problems_;
    Result<Plan> plan = PlanQuery(query_, context_, {});
    if (!plan.ok()) return plan.errors();
    query_.plan = std::move(plan).value();
    if (query_.base_frame) {
      Result<Plan> base = PlanQuery(query_, context_, {.exclusion = {}, .base = true});
      if (!base.ok()) return base.errors();
      query_.base_plan = std::move(base).value();
    }
    for (const std::string& member : query_.filters->unknown_members())
      query_.unknown_members.push_back(member);
    query_.ignored_filters = query_.filters->ignored();
    return std::move(query_);
  }

 private:
  /// The values of a cell are filters; its measure is the only one.
  void TakeCell() {
    Request& request = query_.request;
    if (!request.cell) return;
    const CellReference& cell = *request.cell;
    auto call = std::find_if(request.measures.begin(), request.measures.end(),
                             [&](const MeasureCall& candidate) { return candidate.column == cell.measure; });
    MeasureCall chosen;
    if (call != request.measures.end()) {
      chosen = *call;
    } else {
      chosen.id = chosen.column = cell.measure;
      chosen.place = "cell.measure";
    }
    request.measures = {std::move(chosen)};
    request.dimensions.clear();
    request.totals = false;
    request.compare = {};
  }

  void BindDimensions() {
    for (size_t i = 0; i < query_.request.dimensions.size(); ++i) {
      std::optional<BoundDimension> dimension =
          FindDimension(query_.request.dimensions[i], "dimensions[" + std::to_string(i) + "]");
      if (!dimension) continue;
      if (dimension->dimension != nullptr && dimension->dimension->kind == DimensionKind::kRange) {
        problems_.push_back({"bad_dimension",
                             "'" + dimension->id + "' only filters, by a range of 'from' and 'to'",
                             "dimensions[" + std::to_string(i) + "]",
                             {}});
        continue;
      }
      query_.dimensions.push_back(std::move(*dimension));
    }
    for (const Filter& filter : query_.request.filters) AddFilter(filter, false);
    if (query_.request.cell) {
      for (const auto& [dimension, member] : query_.request.cell->values) {
        Filter filter;
        filter.dimension = dimension;
        filter.members = {member};
        filter.place = "cell.values." + dimension;
        AddFilter(filter, true);
      }
    }
  }

  void AddFilter(const Filter& filter, bool of_cell) {
    std::optional<BoundDimension> dimension = FindDimension(filter.dimension, filter.place);
    if (!dimension) return;
    if (dimension->is_time()) {
      (of_cell ? cell_times_ : time_filters_).emplace_back(filter, dimension->dimension->grain);
      return;
    }
    Status added = query_.filters->Add(filter, *dimension, of_cell, context_.directory);
    if (!added.ok()) problems_.insert(problems_.end(), added.errors().begin(), added.errors().end());
  }

  std::optional<BoundDimension> FindDimension(const std::string& id, const std::string& place) {
    BoundDimension bound;
    bound.id = id;
    if (id.starts_with("field:")) {
      const std::vector<FieldInfo> fields = context_.directory.FindField(id.substr(6));
      if (fields.empty()) {
        std::vector<std::string> names = context_.directory.FieldNames();
        for (std::string& name : names) name.insert(0, "field:");
        problems_.push_back(Unknown("dimension", id, place, names));
        return {};
      }
      bound.field = fields.front();
      bound.label_ru = bound.label_en = fields.front().title;
      return bound;
    }
    bound.dimension = context_.model->FindDimension(id);
    if (bound.dimension == nullptr) {
      problems_.push_back(Unknown("dimension", id, place, context_.model->DimensionNames()));
      return {};
    }
    bound.label_ru = bound.dimension->label.ru;
    bound.label_en = bound.dimension->label.en;
    return bound;
  }

  void BindFrame() {
    const TimeFrame whole = StartFrame(query_.request);
    TimeFrame frame = whole;
    if (!Narrow(frame, time_filters_) || !Narrow(frame, cell_times_)) return;
    frame.as_of_dated = SettleAsOf(whole, query_.request.as_of, context_.today);
    frame.as_of = SettleAsOf(frame, query_.request.as_of, context_.today);
    query_.frame = frame;
    if (query_.request.compare.kind == Comparison::Kind::kNone) return;
    if (!query_.request.period) {
      problems_.push_back({"bad_period", "a comparison needs a period", "compare", {}});
      return;
    }
    BaseFrames base = CompareFrame(frame, query_.request, context_.today);
    const BaseFrames base_unfiltered = CompareFrame(whole, query_.request, context_.today);
    base.elapsed.as_of_dated = base_unfiltered.elapsed.as_of;
    base.whole.as_of_dated = base_unfiltered.whole.as_of;
    query_.base_frame = std::move(base.elapsed);
    query_.base_whole = std::move(base.whole);
  }

  bool Narrow(TimeFrame& frame, const std::vector<std::pair<Filter, TimeGrain>>& filters) {
    for (const auto& [filter, grain] : filters) {
      Result<TimeFrame> narrowed = NarrowFrame(frame, filter, grain);
      if (!narrowed.ok()) {
        problems_.insert(problems_.end(), narrowed.errors().begin(), narrowed.errors().end());
        return false;
      }
      frame = std::move(narrowed).value();
    }
    return true;
  }

  void CheckOrder() {
    if (query_.request.cell) return;  // records are ordered by their own columns
    std::vector<std::string> names = query_.request.dimensions;
    for (const MeasureCall& call : query_.request.measures) {
      names.push_back(call.column);
      if (!query_.base_frame) continue;
      for (const char* suffix : {".base", ".delta", ".delta_pct"}) names.push_back(call.column + suffix);
    }
    for (const OrderBy& order : query_.request.order) {
      if (std::find(names.begin(), names.end(), order.by) != names.end()) continue;
      problems_.push_back({"bad_order", "'" + order.by + "' is no column of this request", order.place,
                           NearestNames(order.by, names)});
    }
  }

  const BindContext& context_;
  BoundQuery query_;
  std::vector<std::pair<Filter, TimeGrain>> time_filters_;
  std::vector<std::pair<Filter, TimeGrain>> cell_times_;
  Diagnostics problems_;
};

}  // namespace

Result<BoundQuery> Bind(Request request, const Access& access, const BindContext& context) {
  if (!access.everything) {
    return Diagnostic{
        "no_scope", "a query needs the scope of its caller; this caller may see nothing", "", {}};
  }
  return Binder(std::move(request), context).Bind();
}

Result<Plan> PlanOthers(const BoundQuery& query, const BindContext& context, Exclusion exclusion, bool base) {
  return PlanQuery(query, context, {.exclusion = std::move(exclusion), .base = base});
}

}  // namespace svodka::metrics
