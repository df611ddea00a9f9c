#pragma once

#include <string>
#include <vector>

#include "app/setup/say.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::app {

/// One possible answer. `group`: of stages their pipeline. `suggested` with its `evidence` out of the data.
struct Option {
  std::string id, name, group, group_name;
  bool suggested = false;
  std::string evidence;
};

/// One mapping that needs a person: a setting, what it means, and what the data says.
struct Question {
  enum class Kind {
    kMany,        ///< any number of options: a list of texts
    kOne,         ///< one option or none: a text
    kOnePerGroup  ///< for every group one option or none: a map of texts
  };
  std::string setting;
  Kind kind = Kind::kMany;
  std::string title, lead;
  std::vector<Option> options;
};

json::object ToJson(const Question& question, const json::value& value);

/// The questions that make sense for this portal's data, each with at least one option. What nothing can use
/// is not asked. `kind`: bitrix24, amocrm, file. Errors: those of Warehouse::Query.
Result<std::vector<Question>> MakeQuestions(const warehouse::Warehouse& warehouse, const std::string& kind,
                                            const Say& say);

}  // namespace svodka::app
