#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crm/files/entity_fields.hpp"

/// What the columns of other programs are called.
namespace svodka::crm::files {

struct HeaderGuess {
  const FieldInfo* field;
  bool certain;  ///< false: the name has been seen with another meaning too
};

/// The field of `entity` that a column of this name usually holds.
std::optional<HeaderGuess> GuessField(Entity entity, std::string_view header);

/// `Время` beside `Дата` in a list of calls.
bool IsTimeOfCall(std::string_view header);

/// Names of people that come in several columns.
enum class NamePart { kNone, kFirst, kMiddle, kLast };
NamePart GuessNamePart(std::string_view header);

/// `Итого`, `Всего:`, `Grand total`: a row of sums, none of data.
bool IsTotalsMark(std::string_view text);

/// How much a header and a file name speak for an entity; the greatest wins.
int ScoreEntity(Entity entity, std::string_view header);
int ScoreFileName(Entity entity, std::string_view file_name);

/// P, S or F of a stage by its name, and whether that is sure.
struct SemanticGuess {
  char semantic = 'P';
  bool certain = true;
};
SemanticGuess GuessSemantic(std::string_view stage);

}  // namespace svodka::crm::files
