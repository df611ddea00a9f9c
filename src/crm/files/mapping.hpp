#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/yaml.hpp"
#include "crm/files/date_text.hpp"
#include "crm/files/entity_fields.hpp"
#include "crm/files/table.hpp"
#include "crm/rows.hpp"

/// The mapping: how the columns of a set of files become the fields of one portal. The YAML is described in
/// docs/import.md.
namespace svodka::crm::files {

enum class MatchBy { kId, kName, kPhone };

/// Where a value comes from and how its text is read. One of `column`, `columns`, `value` is the source.
struct ColumnSpec {
  std::string column;
  std::vector<std::string> columns;  ///< joined with `separator`; empty ones are left out
  std::string separator = " ";
  std::optional<std::string> value;          ///< a constant
  std::optional<std::string> default_value;  ///< for empty cells
  std::map<std::string, std::string> aliases;
  std::optional<char> decimal;
  DateOrder dates = DateOrder::kUnknown;
  std::string unit;
  MatchBy match = MatchBy::kId;
  struct Lookup {
    std::string file, key,
        value;  ///< the row of `file` whose column `key` holds our text: its column `value`
  };
  std::optional<Lookup> lookup;
  std::string place;  ///< file:line, for messages
};

struct FieldSpec {
  const FieldInfo* info;
  ColumnSpec source;
};

struct CustomSpec {
  std::string id, title;
  std::string type = "text";  ///< text, number, money, date, enum, flag, reference
  ColumnSpec source;
};

struct StageSpec {
  std::string id, name;
  char semantic = 'P';
  bool junk = false;
};
struct PipelineSpec {
  std::string id, name;
  std::vector<StageSpec> stages;  ///< in working order
};

struct SkipRule {
  std::string column;
  std::vector<std::string> equals;
  bool when_empty = false;
  std::string place;
};

struct FileSpec {
  std::string pattern;  ///< file name, `*` and `?` allowed
  Entity entity = Entity::kDeals;
  TableOptions table;
  std::optional<int64_t> header_line;  ///< else the first row that is not blank
  std::optional<char> decimal;         ///< for columns that name none
  DateOrder dates = DateOrder::kUnknown;
  std::vector<std::string> empty_marks;  ///< texts that mean "unknown"
  std::vector<FieldSpec> fields;
  std::vector<CustomSpec> custom;
  bool keep_unmapped = false;                     ///< columns that nothing names become custom text fields
  std::map<std::string, ColumnSpec> stage_dates;  ///< stage name -> column with the moment of entering it
  std::vector<SkipRule> skip;
  bool adds =
      false;  ///< stage history: the moves continue those of earlier imports instead of replacing them
  bool complete = false;  ///< the file is the whole list: what it lacks is marked removed (users)
  std::string place;

  const FieldSpec* Find(Field field) const;
};

struct Mapping {
  std::string name;  ///< of the mapping file, for messages
  std::string portal_name;
  Zone zone = Zone::Utc();
  std::string currency;  ///< base currency, ISO code; of every amount that names none
  std::vector<FileSpec> files;
  std::vector<PipelineSpec> lead_pipelines, deal_pipelines;
  std::vector<CurrencyRateRow> rates;

  bool HasEntity(Entity entity) const;
};

/// Checks everything and reports all mistakes together, each with `file:line` and nearest names.
/// Codes: `bad_yaml`, `file_not_found`, `mapping_is_folder`, `unknown_key`, `missing_key`,
/// `bad_value`, `unknown_entity`, `unknown_field`, `unknown_zone`, `unknown_encoding`, `unknown_date_order`,
/// `missing_field`, `duplicate_name`.
Result<Mapping> LoadMapping(const std::string& path);
Result<Mapping> ParseMapping(const std::string& text, const std::string& name);

}  // namespace svodka::crm::files
