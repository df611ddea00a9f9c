#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "state/database.hpp"

namespace svodka::state {

/// What a reader chose in a report, under a name.
struct SavedView {
  std::string id;
  std::string name;
  std::string address;  ///< query of the report's address, without '?'
  bool is_default = false;
};

/// Whose views, of which report.
struct ViewPlace {
  std::string user, portal, report;
};

/// A change of a view: what is absent stays.
struct ViewChange {
  std::optional<std::string> name, address;
  std::optional<bool> is_default;
};

inline constexpr size_t kViewsMax = 100;
inline constexpr size_t kViewNameMax = 100;  ///< bytes
inline constexpr size_t kViewAddressMax = 8 * 1024;

/// Saved views of every reader; nobody sees another's. Thread-safe.
class ViewStore {
 public:
  ViewStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// By name.
  Result<std::vector<SavedView>> List(const ViewPlace& place) const;
  /// Errors: `bad_view` (name or address against the rules, too many), `view_exists` (the name is taken).
  Result<SavedView> Add(const ViewPlace& place, const ViewChange& view);
  /// Errors: those of Add, `unknown_view`.
  Result<SavedView> Change(const ViewPlace& place, std::string_view id, const ViewChange& change);
  /// Errors: `unknown_view`.
  Status Remove(const ViewPlace& place, std::string_view id);

 private:
  Result<SavedView> Find(const ViewPlace& place, std::string_view id) const;
  Status Write(const ViewPlace& place, const SavedView& view, bool is_new);

  Database& database_;
  const Clock& clock_;
};

}  // namespace svodka::state
