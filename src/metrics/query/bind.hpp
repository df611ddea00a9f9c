#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "metrics/plan/scan.hpp"
#include "metrics/query/request.hpp"

/// Names to objects: a request against the model, with absolute time. Pure: what only the warehouse knows
/// comes in through Directory.
namespace svodka::metrics {

struct MemberKey {
  int64_t key = 0;
  std::string entity;  ///< of dimensions that are per entity; else empty
};

/// The warehouse's dictionaries, as far as binding needs them.
class Directory {
 public:
  virtual ~Directory() = default;
  /// Keys of the members with this id (several where leads and deals share ids); empty: unknown.
  virtual std::vector<MemberKey> FindMember(const Dimension& dimension, const std::string& id) const = 0;
  /// Ids of the entity's members whose id or name is nearest to a text that is no id; none of large
  /// dimensions.
  virtual std::vector<std::string> NearestMembers(const Dimension& dimension, const std::string& entity,
                                                  const std::string& text) const {
    (void)dimension, (void)entity, (void)text;
    return {};
  }
  virtual std::vector<int64_t> TechnicalEmployees() const = 0;
  /// Keys of the employees whose department this is, with `below` also of those in the departments under it;
  /// of those without one for nothing. No technical ones.
  virtual std::vector<int64_t> EmployeesOf(const MemberId& department, bool below) const = 0;
  /// The custom field, once per entity that has it.
  virtual std::vector<FieldInfo> FindField(const std::string& id) const = 0;
  virtual std::vector<std::string> FieldNames() const = 0;
  /// A setting of the portal that stands for an argument left out (`setting` of the model's arguments); null:
  /// none.
  virtual json::value FindSetting(const std::string& name) const {
    (void)name;
    return nullptr;
  }
  /// Days of the data, for time dimensions without a period; nothing when there is none.
  virtual std::optional<DayRange> Span() const = 0;
  /// Rates of all currencies, where none has ever changed; null where one did, or nobody knows.
  virtual std::shared_ptr<const ConstantRates> Rates() const { return nullptr; }
  /// Key of the currency that the request names for its amounts; nothing: the portal's base currency.
  virtual std::optional<int64_t> AmountsIn() const { return {}; }
};

/// Which rows the caller may see; there is only "everything" so far. Binding without one is an error.
struct Access {
  bool everything = false;
};

struct BindContext {
  std::shared_ptr<const Model> model;
  const Directory& directory;
  Day today;
};

struct BoundDimension {
  std::string id;
  const Dimension* dimension = nullptr;  ///< null for a custom field
  FieldInfo field;
  std::string label_ru;
  std::string label_en;
  bool is_time() const { return dimension != nullptr && dimension->kind == DimensionKind::kTime; }
};

struct TimeFrame {
  std::vector<DayRange> ranges;  ///< the period, narrowed by time filters; empty with `bounded`: nothing
  bool bounded = false;          ///< a period or a time filter was given
  bool undated = true;           ///< cards without the role's date count
  Day as_of;
  /// The same for states of cards that a date chooses (created in the period, in work at its end): a cell or
  /// a filter of one month narrows which cards, not when they are looked at. So a row is its filter.
  Day as_of_dated;
  DayRange Hull() const;  ///< kEarliestDay … kLatestDay without bounds
};

class FilterSet;

struct BoundQuery {
  Request request;  ///< as asked
  std::shared_ptr<const Model> model;
  std::vector<BoundDimension> dimensions;
  std::shared_ptr<FilterSet> filters;
  TimeFrame frame;
  std::optional<TimeFrame> base_frame;  ///< of the comparison
  TimeFrame base_whole;                 ///< the base without the cut to elapsed days (role planned)
  Day today;
  /// Per filter of the request: facts that have no such dimension, so that it does not touch them.
  std::map<std::string, std::set<std::string>> ignored_filters;
  std::vector<std::string> unknown_members;
  std::string currency;  ///< that a request over several portals names; empty: the base currency
  Plan plan;
  std::optional<Plan> base_plan;
};

/// What of the plan is wanted besides the request itself.
struct PlanOptions {
  std::optional<Exclusion> exclusion;  ///< rows outside these tuples, in one row: "others"
  bool base = false;
};

/// Errors: `unknown_measure`, `unknown_dimension`, `unknown_argument`, `bad_argument`, `bad_filter`,
/// `bad_dimension`, `no_join_path`, `no_scope`, `bad_order`, `bad_cell`, `too_many_buckets`.
Result<BoundQuery> Bind(Request request, const Access& access, const BindContext& context);

/// The rows not in `exclusion`, as one row (no dimensions), of the current or the base period.
Result<Plan> PlanOthers(const BoundQuery& query, const BindContext& context, Exclusion exclusion, bool base);

}  // namespace svodka::metrics
