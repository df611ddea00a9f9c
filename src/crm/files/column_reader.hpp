#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/value.hpp"
#include "crm/files/mapping.hpp"
#include "crm/files/table.hpp"

namespace svodka::crm::files {

/// The header of one file: column names to positions.
class Header {
 public:
  Header() = default;
  explicit Header(const TableRow& row);

  size_t size() const { return names_.size(); }
  const std::string& name(size_t column) const { return names_[column]; }
  /// Position of a column by its exact name, else by its name without regard to case. The second column of
  /// the same name is `NAME#2`. Errors: `unknown_column` with the nearest names.
  Result<size_t> Find(const std::string& name, const std::string& place, const std::string& file) const;

 private:
  std::vector<std::string> names_;
};

using LookupTable = std::unordered_map<std::string, std::string>;

/// One source of values of one file, bound to its columns.
struct BoundColumn {
  const ColumnSpec* spec = nullptr;
  FieldType type = FieldType::kText;
  std::string_view detail;
  std::vector<size_t> columns;
  std::string shown;  ///< column names for the rejects file
  std::optional<char> decimal;
  DateOrder dates = DateOrder::kUnknown;
  const std::vector<std::string>* empty_marks = nullptr;
  const LookupTable* lookup = nullptr;

  bool NeedsSettling() const;
};

struct ReadValue {
  Value value;                          ///< monostate: unknown
  std::optional<std::string> currency;  ///< of an amount that names one
  bool lookup_missed = false;
};

/// Binds a source to the header. `file_decimal` and `file_dates` hold for columns that name none.
Result<BoundColumn> BindColumn(const ColumnSpec& spec, FieldType type, std::string_view detail,
                               const FileSpec& file, const Header& header, const std::string& file_name);

/// The text of a source in a row, before aliases: what a rejects file shows.
std::string SourceText(const BoundColumn& column, const TableRow& row);

/// Reads one value. Texts, references and dictionary values come as text; kDay as Day, kMoment as Instant
/// (UTC), kDuration as int64 seconds, kChoice as one of its words. Errors are those of the text parsers,
/// `cell_error`, `precision_lost` and `bad_choice`.
Result<ReadValue> ReadColumn(const BoundColumn& column, const TableRow& row, const Zone& zone);

/// What the values of a whole column prove about its decimal separator and its order of day and month.
class ColumnEvidence {
 public:
  void Observe(const BoundColumn& column, const TableRow& row);
  /// Sets what is proven, and proven one way only.
  void Settle(BoundColumn& column) const;

 private:
  bool point_ = false, comma_ = false, day_first_ = false, month_first_ = false;
};

/// Digits of a telephone number, country first: `8 (916) 123-45-67` and `+7 916 123 45 67` are `79161234567`.
std::string NormalisePhone(std::string_view text);

}  // namespace svodka::crm::files
