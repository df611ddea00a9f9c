#pragma once

#include <string>

#include <yaml-cpp/yaml.h>

#include "base/result.hpp"

namespace svodka {

/// A parsed YAML text that remembers what to call itself in messages.
struct YamlDocument {
  std::string name;  ///< file name as shown to people
  YAML::Node root;

  /// `name:line` of a node (lines from 1).
  std::string Place(const YAML::Node& node) const;
};

/// Errors: `file_not_found`, `bad_yaml` with file and line.
Result<YamlDocument> LoadYaml(const std::string& path);
/// `name` is what messages call the text.
Result<YamlDocument> ParseYaml(const std::string& text, const std::string& name);

}  // namespace svodka
