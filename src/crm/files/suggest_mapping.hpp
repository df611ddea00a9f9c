#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "crm/files/header_names.hpp"
#include "crm/files/suggest.hpp"
#include "crm/files/suggest_column.hpp"

/// The text of a suggested mapping, from files whose columns have been looked at and assigned. Pure.
namespace svodka::crm::files {

struct SampledFile {
  std::string name, format, signature;
  const FileChoices* choices = nullptr;
  std::set<size_t> skipped, custom;                     ///< columns that a person wants so
  int64_t header_line = 0;                              ///< 0: the first row
  std::map<std::string, std::set<std::string>> totals;  ///< column -> texts that begin rows of sums
  std::vector<size_t> name_parts;   ///< columns of last, first and middle names, in this order
  std::optional<size_t> time_part;  ///< of calls: the column with the time of the day of `started_at`
  bool contacts = false;            ///< clients who are people
  Entity entity = Entity::kDeals;
  bool entity_certain = true;  ///< false: the headers speak for none, or as much for another
  std::vector<SampledColumn> columns;
  std::map<std::string, size_t> column_of_field;  ///< field name -> column
  std::set<size_t> used;
  std::set<std::string> uncertain;  ///< fields whose column may hold something else
  std::map<std::string, std::vector<size_t>>
      rivals;  ///< field -> columns not taken that look like it as much
  std::vector<std::pair<std::string, std::vector<std::string>>>
      stages;  ///< by pipeline, in order of appearance
};

/// Whether columns that are no field of ours may become custom fields.
bool MayCustom(const SampledFile& file);

/// The currency of amounts that name none: of the currency column or of columns whose amounts mostly name
/// one.
struct CurrencyGuess {
  std::string code;
  std::map<std::string, int64_t> exceptions;  ///< others that single amounts name -> how many
};
CurrencyGuess BaseCurrency(std::span<const SampledFile> files, const SuggestChoices& choices);

std::string ZoneName(const SuggestChoices& choices);

/// What a stage means: as a person says, else by its name.
SemanticGuess MeaningOf(const std::string& stage, std::span<const SampledFile> files);

/// Each guess that is only likely carries `# check` with why.
std::string WriteMapping(std::span<const SampledFile> files, const SuggestChoices& choices);

}  // namespace svodka::crm::files
