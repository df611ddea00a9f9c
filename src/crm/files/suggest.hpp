#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "crm/files/entity_fields.hpp"

namespace svodka::crm::files {

/// Writes a first mapping for the files by reading their headers (Russian and English, the usual exports of
/// Bitrix24 and amoCRM) and some thousand rows for types. The text is a valid mapping; what is only likely
/// carries `# check`, with sample values. Errors: those of OpenTable; `no_header`.
Result<std::string> SuggestMapping(std::span<const std::string> paths);

/// What a person chose instead of a guess, for files of one header.
struct FileChoices {
  std::optional<Entity> entity;
  std::map<std::string, std::string> columns;  ///< header -> field, `custom` or `skip`
  std::map<std::string, char> stages;          ///< stage -> P, S, F
  std::map<std::string, std::string>
      people;  ///< our side of a call as written -> `#ID`, a name, "" (a common line)
};
struct SuggestChoices {
  std::map<std::string, FileChoices> files;  ///< by signature
  std::string name, zone, currency;          ///< of the portal; "" is guessed
};

/// A file as its mapping reads it.
struct SuggestedFile {
  std::string name, format, signature;  ///< signature: of the header's names, whatever their order and case
  Entity entity = Entity::kDeals;
  struct Column {
    std::string name, target;  ///< target: a field, `custom` or `skip`
    std::string examples;
    bool certain = true;
  };
  std::vector<Column> columns;
  std::vector<std::pair<std::string, char>> stages;  ///< with the meaning that the mapping gives them
};
struct Suggestion {
  std::string yaml;  ///< a valid mapping, unless a required field has no column
  std::string currency, zone;
  std::vector<SuggestedFile> files;
};

/// As SuggestMapping, where a person has chosen. Choices that fit no column are passed over.
Result<Suggestion> SuggestWithChoices(std::span<const std::string> paths, const SuggestChoices& choices);

}  // namespace svodka::crm::files
