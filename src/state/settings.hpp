#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "state/database.hpp"

namespace svodka::state {

enum class SettingType { kFlag, kInteger, kText, kTextList, kTextMap };

/// What a portal's settings may hold; the whole list is Declarations().
struct SettingDeclaration {
  std::string_view name;
  SettingType type;
  std::string_view default_json;
  std::string_view help;
  int64_t integer_min = 0, integer_max = 0;  ///< of kInteger
  bool of_rates = false;                     ///< of kTextMap: currency -> rate
  std::string_view keys{};                   ///< of kTextMap: the only ones, by blanks; empty: any
  bool of_weights = false;                   ///< of kTextMap: decimals of zero or more
};
std::span<const SettingDeclaration> Declarations();
std::string_view TypeName(SettingType type);

/// One stored value: holds from `from_day` on until a later row of the same name; no day means always.
struct DatedSetting {
  std::string name;
  std::optional<Day> from_day;
  json::value value;
};

/// A portal's dated settings. Thread-safe.
class SettingStore {
 public:
  SettingStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// The value that holds on `day`: the stored one or the declared default. Errors: `unknown_setting` (with
  /// nearest).
  Result<json::value> Get(std::string_view portal, std::string_view name, Day day) const;
  /// All stored rows, by name and day.
  Result<std::vector<DatedSetting>> List(std::string_view portal) const;
  /// Errors: `unknown_setting`, `bad_setting` (wrong type or range).
  Status Set(std::string_view portal, std::string_view name, std::optional<Day> from_day,
             const json::value& value, std::string_view writer);
  /// Back to the default from always; removes every dated row of the name.
  Status Reset(std::string_view portal, std::string_view name);

 private:
  Database& database_;
  const Clock& clock_;
};

/// Reads a value as a person types it on the command line: JSON, or for text, lists (`a,b`) and maps
/// (`5=C5:WON,7=WON`) the plain form. Errors: `unknown_setting`, `bad_setting`.
Result<json::value> ParseSetting(std::string_view name, std::string_view text);

}  // namespace svodka::state
