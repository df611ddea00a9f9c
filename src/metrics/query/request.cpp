#include "metrics/query/request.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace svodka::metrics {
namespace {

// More than anybody reads, and little enough that no request can wear the server down. docs/request.md
// names them.
constexpr size_t kMeasuresMax = 200;
constexpr size_t kDimensionsMax = 8;
constexpr size_t kFiltersMax = 300;
constexpr size_t kOrdersMax = 20;
constexpr size_t kNarrowMax = 20;
constexpr size_t kNarrowMembersMax = 1'000;
constexpr int64_t kRecordsMax = 1'000;

class Parser {
 public:
  Result<Request> Parse(const json::value& value) {
    if (!value.is_object()) return Diagnostic{"bad_request", "a request is a JSON object", "", {}};
    const json::object& object = value.as_object();
    CheckKeys(
        object, "",
        {"measures", "dimensions", "period", "filters", "cross_filters", "compare", "totals", "as_of",
         "order", "limit", "others", "samples", "ripe", "cell", "offset", "search", "narrow", "values_of"});
    ReadMeasures(object);
    if (const json::value* list = Find(object, "dimensions")) ReadDimensions(*list);
    if (const json::value* period = Find(object, "period")) ReadPeriod(*period);
    size_t filters = 0;
    for (const char* key : {"filters", "cross_filters"}) {
      if (const json::value* list = Find(object, key)) ReadFilters(*list, key, filters);
    }
    if (const json::value* compare = Find(object, "compare")) ReadCompare(*compare);
    request_.totals = ReadFlag(object, "totals");
    request_.others = ReadFlag(object, "others");
    request_.samples = ReadFlag(object, "samples");
    request_.ripe = ReadFlag(object, "ripe");
    if (const json::value* as_of = Find(object, "as_of")) request_.as_of = ReadDay(*as_of, "as_of");
    if (const json::value* order = Find(object, "order")) ReadOrder(*order);
    request_.limit = ReadCount(object, "limit", 1);
    request_.offset = ReadCount(object, "offset", 0).value_or(0);
    if (const json::value* cell = Find(object, "cell")) {
      ReadCell(*cell);
      if (request_.limit.value_or(0) > kRecordsMax) {
        Add("bad_request",
            "records come in pages of at most " + std::to_string(kRecordsMax) +
                " rows, and 'limit' asks for " + std::to_string(*request_.limit) +
                "; ask for the next page by 'offset'",
            "limit");
      }
    }
    if (const json::value* search = Find(object, "search")) {
      if (search->is_string()) {
        request_.search = std::string(search->as_string());
      } else {
        Add("bad_request", "'search' must be a text", "search");
      }
    }
    if (const json::value* list = Find(object, "narrow")) ReadNarrow(*list);
    if (Find(object, "values_of") != nullptr) request_.values_of = ReadName(object, "values_of", "");
    if (!problems_.empty()) return problems_;
    return std::move(request_);
  }

 private:
  void Add(std::string code, std::string message, std::string place, std::vector<std::string> nearest = {}) {
    problems_.push_back({std::move(code), std::move(message), std::move(place), std::move(nearest)});
  }

  /// Null counts as absent.
  static const json::value* Find(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  void CheckKeys(const json::object& object, const std::string& place,
                 const std::vector<std::string>& known) {
    for (const auto& member : object) {
      const std::string key(member.key());
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      Add("unknown_key", "this place has no key '" + key + "'", place.empty() ? key : place + "." + key,
          NearestNames(key, known));
    }
  }

  const json::array* AsArray(const json::value& value, const std::string& place) {
    if (value.is_array()) return &value.as_array();
    Add("bad_request", "'" + place + "' must be a list", place);
    return nullptr;
  }

  /// False, and told, where the list is longer than a request may have it.
  bool CheckLength(size_t length, size_t most, const std::string& place, const std::string& advice) {
    if (length <= most) return true;
    Add("bad_request",
        "'" + place + "' has " + std::to_string(length) + " entries, at most " + std::to_string(most) +
            " are allowed; " + advice,
        place);
    return false;
  }

  const json::object* AsObject(const json::value& value, const std::string& place) {
    if (value.is_object()) return &value.as_object();
    Add("bad_request", "'" + place + "' must be an object", place);
    return nullptr;
  }

  std::string ReadName(const json::object& object, const char* key, const std::string& place) {
    const json::value* value = Find(object, key);
    if (value == nullptr) {
      Add("missing_key", "the key '" + std::string(key) + "' is required", place);
      return {};
    }
    if (value->is_string()) return std::string(value->as_string());
    Add("bad_request", "'" + std::string(key) + "' must be a text", place + "." + key);
    return {};
  }

  bool ReadFlag(const json::object& object, const char* key) {
    const json::value* value = Find(object, key);
    if (value == nullptr) return false;
    if (value->is_bool()) return value->as_bool();
    Add("bad_request", "'" + std::string(key) + "' must be true or false", key);
    return false;
  }

  std::optional<int64_t> ReadCount(const json::object& object, const char* key, int64_t least) {
    const json::value* value = Find(object, key);
    if (value == nullptr) return {};
    if (value->is_int64() && value->as_int64() >= least) return value->as_int64();
    Add("bad_request", "'" + std::string(key) + "' must be an integer of at least " + std::to_string(least),
        key);
    return {};
  }

  Day ReadDay(const json::value& value, const std::string& place) {
    if (value.is_string()) {
      Result<Day> day = ParseDay(std::string_view(value.as_string()));
      if (day.ok()) return *day;
    }
    Add("bad_date", "a day is written YYYY-MM-DD, not " + json::serialize(value), place);
    return {};
  }

  void ReadMeasures(const json::object& object) {
    const json::value* value = Find(object, "measures");
    if (value == nullptr) {
      // Records may name their measure in the cell alone.
      if (Find(object, "cell") == nullptr) Add("missing_key", "the key 'measures' is required", "measures");
      return;
    }
    const json::array* list = AsArray(*value, "measures");
    if (list == nullptr) return;
    if (list->empty()) Add("bad_request", "'measures' names no measure", "measures");
    if (!CheckLength(list->size(), kMeasuresMax, "measures", "ask for them in several requests")) return;
    std::set<std::string> columns;
    for (size_t i = 0; i < list->size(); ++i) {
      MeasureCall call = ReadMeasure((*list)[i], "measures[" + std::to_string(i) + "]");
      // The same measure may stand twice with other arguments.
      if (!columns.insert(call.column + json::serialize(call.arguments)).second) {
        Add("duplicate_column", "the column '" + call.column + "' stands twice", call.place);
      }
      request_.measures.push_back(std::move(call));
    }
  }

  MeasureCall ReadMeasure(const json::value& value, std::string place) {
    MeasureCall call;
    call.place = std::move(place);
    if (value.is_string()) {
      call.id = std::string(value.as_string());
    } else if (value.is_object()) {
      const json::object& object = value.as_object();
      CheckKeys(object, call.place, {"measure", "args", "as"});
      call.id = ReadName(object, "measure", call.place);
      if (Find(object, "as") != nullptr) call.column = ReadName(object, "as", call.place);
      if (const json::value* arguments = Find(object, "args")) {
        if (const json::object* map = AsObject(*arguments, call.place + ".args")) call.arguments = *map;
      }
    } else {
      Add("bad_request", "a measure is a name or {\"measure\", \"args\"}", call.place);
    }
    if (call.column.empty()) call.column = call.id;
    return call;
  }

  void ReadDimensions(const json::value& value) {
    const json::array* list = AsArray(value, "dimensions");
    if (list == nullptr ||
        !CheckLength(list->size(), kDimensionsMax, "dimensions", "leave some out, or filter by them"))
      return;
    std::set<std::string> seen;
    for (size_t i = 0; i < list->size(); ++i) {
      const std::string place = "dimensions[" + std::to_string(i) + "]";
      if (!(*list)[i].is_string()) {
        Add("bad_request", "a dimension is a text", place);
        continue;
      }
      std::string id((*list)[i].as_string());
      if (!seen.insert(id).second) Add("duplicate_column", "the dimension '" + id + "' stands twice", place);
      request_.dimensions.push_back(std::move(id));
    }
  }

  void ReadPeriod(const json::value& value) {
    const json::object* object = AsObject(value, "period");
    if (object == nullptr) return;
    CheckKeys(*object, "period", {"from", "to"});
    const json::value* from = Find(*object, "from");
    const json::value* to = Find(*object, "to");
    if (from == nullptr || to == nullptr) {
      return Add("bad_period", "a period has 'from' and 'to' (the first day after it)", "period");
    }
    const size_t before = problems_.size();
    const DayRange range{ReadDay(*from, "period.from"), ReadDay(*to, "period.to")};
    if (problems_.size() != before) return;
    if (range.from >= range.to) {
      return Add("bad_period", "'to' is the first day after the period, so it must be later than 'from'",
                 "period");
    }
    if (range.days() > 366 * 200) return Add("bad_period", "a period is at most 200 years long", "period");
    request_.period = range;
  }

  MemberId ReadMemberId(const json::value& value, const std::string& place) {
    if (value.is_null()) return {};
    if (const std::optional<std::string> text = ScalarText(value)) return text;
    Add("bad_filter", "a member is an id or null", place);
    return {};
  }

  /// `before`: filters read so far, under either key; the limit is on both together.
  void ReadFilters(const json::value& value, const std::string& key, size_t& before) {
    const json::array* list = AsArray(value, key);
    if (list == nullptr) return;
    before += list->size();
    if (before > kFiltersMax) {
      return Add("bad_request",
                 "'filters' and 'cross_filters' together have " + std::to_string(before) +
                     " entries, at most " + std::to_string(kFiltersMax) +
                     " are allowed; name several members in one filter's 'in'",
                 key);
    }
    for (size_t i = 0; i < list->size(); ++i) {
      const std::string place = key + "[" + std::to_string(i) + "]";
      const json::object* object = AsObject((*list)[i], place);
      if (object == nullptr) continue;
      CheckKeys(*object, place, {"dimension", "in", "not_in", "under", "from", "to"});
      Filter filter;
      filter.place = place;
      filter.dimension = ReadName(*object, "dimension", place);
      const json::value* in = object->if_contains("in");
      const json::value* not_in = object->if_contains("not_in");
      const json::value* under = object->if_contains("under");
      const json::value* from = Find(*object, "from");
      const json::value* to = Find(*object, "to");
      filter.is_range = from != nullptr || to != nullptr;
      const int kinds = (in != nullptr ? 1 : 0) + (not_in != nullptr ? 1 : 0) + (under != nullptr ? 1 : 0) +
                        (filter.is_range ? 1 : 0);
      if (kinds != 1) {
        Add("bad_filter", "a filter has either 'in', 'not_in', 'under' or a range of 'from' and 'to'", place);
        continue;
      }
      if (filter.is_range) {
        if (from != nullptr) filter.from = ReadBound(*from, place + ".from");
        if (to != nullptr) filter.to = ReadBound(*to, place + ".to");
      } else {
        filter.negated = not_in != nullptr;
        filter.below = under != nullptr;
        const std::string list_place = place + (filter.negated ? ".not_in" : filter.below ? ".under" : ".in");
        const json::array* members = AsArray(filter.negated ? *not_in
                                             : filter.below ? *under
                                                            : *in,
                                             list_place);
        if (members == nullptr) continue;
        for (size_t k = 0; k < members->size(); ++k) {
          filter.members.push_back(ReadMemberId((*members)[k], list_place + "[" + std::to_string(k) + "]"));
        }
      }
      request_.filters.push_back(std::move(filter));
    }
  }

  void ReadNarrow(const json::value& value) {
    const json::array* list = AsArray(value, "narrow");
    if (list == nullptr || !CheckLength(list->size(), kNarrowMax, "narrow", "one for each column will do"))
      return;
    for (size_t i = 0; i < list->size(); ++i) {
      const std::string place = "narrow[" + std::to_string(i) + "]";
      const json::object* object = AsObject((*list)[i], place);
      if (object == nullptr) continue;
      CheckKeys(*object, place, {"column", "in", "from", "to"});
      Narrowing narrowing;
      narrowing.place = place;
      narrowing.column = ReadName(*object, "column", place);
      if (const json::value* from = Find(*object, "from")) narrowing.from = ReadBound(*from, place + ".from");
      if (const json::value* to = Find(*object, "to")) narrowing.to = ReadBound(*to, place + ".to");
      if (const json::value* in = Find(*object, "in")) {
        const json::array* members = AsArray(*in, place + ".in");
        if (members == nullptr ||
            !CheckLength(members->size(), kNarrowMembersMax, place + ".in", "leave the column out for all"))
          continue;
        for (size_t k = 0; k < members->size(); ++k)
          narrowing.members.push_back(ReadMemberId((*members)[k], place + ".in[" + std::to_string(k) + "]"));
      }
      if (narrowing.members.empty() && IsNull(narrowing.from) && IsNull(narrowing.to)) {
        Add("bad_filter", "a condition on a column has 'in' or a range of 'from' and 'to'", place);
        continue;
      }
      request_.narrow.push_back(std::move(narrowing));
    }
  }

  Value ReadBound(const json::value& value, const std::string& place) {
    if (value.is_string()) return std::string(value.as_string());
    if (value.is_number()) return value.to_number<double>();
    Add("bad_filter", "a bound is a number or a day", place);
    return {};
  }

  void ReadCompare(const json::value& value) {
    if (value.is_string() && value.as_string() == "previous") {
      request_.compare = {Comparison::Kind::kPrevious, 0};
      return;
    }
    if (value.is_string() && value.as_string() == "year_ago") {
      request_.compare = {Comparison::Kind::kYearsAgo, 1};
      return;
    }
    if (value.is_object()) {
      CheckKeys(value.as_object(), "compare", {"years_ago"});
      const json::value* years = Find(value.as_object(), "years_ago");
      if (years != nullptr && years->is_int64() && years->as_int64() >= 1 && years->as_int64() <= 100) {
        request_.compare = {Comparison::Kind::kYearsAgo, static_cast<int>(years->as_int64())};
        return;
      }
    }
    Add("bad_request", "'compare' is \"previous\", \"year_ago\" or {\"years_ago\": 1…100}", "compare",
        value.is_string() ? NearestNames(std::string_view(value.as_string()),
                                         std::vector<std::string>{"previous", "year_ago"})
                          : std::vector<std::string>{});
  }

  void ReadOrder(const json::value& value) {
    const json::array* list = AsArray(value, "order");
    if (list == nullptr || !CheckLength(list->size(), kOrdersMax, "order", "the first ones decide")) return;
    for (size_t i = 0; i < list->size(); ++i) {
      const std::string place = "order[" + std::to_string(i) + "]";
      const json::object* object = AsObject((*list)[i], place);
      if (object == nullptr) continue;
      CheckKeys(*object, place, {"by", "descending"});
      OrderBy order{ReadName(*object, "by", place), false, place};
      if (const json::value* descending = Find(*object, "descending")) {
        if (descending->is_bool()) {
          order.descending = descending->as_bool();
        } else {
          Add("bad_request", "'descending' must be true or false", place + ".descending");
        }
      }
      request_.order.push_back(std::move(order));
    }
  }

  void ReadCell(const json::value& value) {
    const json::object* object = AsObject(value, "cell");
    if (object == nullptr) return;
    CheckKeys(*object, "cell", {"measure", "values"});
    CellReference cell;
    cell.place = "cell";
    if (const json::value* measure = Find(*object, "measure"); measure != nullptr && measure->is_object()) {
      MeasureCall call = ReadMeasure(*measure, "cell.measure");
      cell.measure = call.column;
      request_.measures.push_back(std::move(call));
    } else {
      cell.measure = ReadName(*object, "measure", "cell");
    }
    if (const json::value* values = Find(*object, "values")) {
      if (const json::object* map = AsObject(*values, "cell.values")) {
        for (const auto& member : *map) {
          const std::string name(member.key());
          cell.values.emplace_back(name, ReadMemberId(member.value(), "cell.values." + name));
        }
      }
    }
    request_.cell = std::move(cell);
  }

  Request request_;
  Diagnostics problems_;
};

}  // namespace

Result<Request> ParseRequest(const json::value& value) { return Parser().Parse(value); }

}  // namespace svodka::metrics
