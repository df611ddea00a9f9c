#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/yaml.hpp"
#include "reports/report_model.hpp"

namespace svodka::reports {

using Names = std::vector<std::string>;

bool Contains(const Names& names, std::string_view name);

/// Reads keys of a definition file; collects every mistake with its place instead of stopping at the first.
/// What cannot be read is empty, or `initial`.
class DefinitionYaml {
 public:
  explicit DefinitionYaml(const YamlDocument& document) : document_(document) {}
  Diagnostics TakeErrors() { return std::move(errors_); }

 protected:
  void Fail(std::string code, std::string message, const YAML::Node& node, Names nearest = {});
  /// Errors: `unknown_key`, `duplicate_id`.
  void CheckKeys(const YAML::Node& map, const Names& allowed);
  /// The items of a list; none where the key is missing.
  std::vector<YAML::Node> Items(const YAML::Node& map, const char* key);
  std::string String(const YAML::Node& node, std::string_view what);
  std::string RequiredString(const YAML::Node& map, const char* key);
  bool ReadFlag(const YAML::Node& map, const char* key);
  int ReadInteger(const YAML::Node& map, const char* key, int least, int most, int initial);
  /// A text in both languages.
  Text ReadText(const YAML::Node& node);
  Text RequiredText(const YAML::Node& map, const char* key);
  std::optional<Text> OptionalText(const YAML::Node& map, const char* key);
  /// One of `allowed`, else an error with that code.
  std::string ReadName(const YAML::Node& node, const Names& allowed, const char* code, std::string_view what);

  const YamlDocument& document_;

 private:
  Diagnostics errors_;
};

}  // namespace svodka::reports
