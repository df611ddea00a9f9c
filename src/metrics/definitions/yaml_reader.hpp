#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.hpp"
#include "metrics/definitions/model.hpp"

namespace svodka::metrics {

/// Reads one YAML mapping of a model file and collects what is wrong with it. Every key must be asked for:
/// what nobody asked for is `unknown_key`.
class YamlReader {
 public:
  YamlReader(const YamlDocument& document, const YAML::Node& node, Diagnostics& problems)
      : document_(document), node_(node), problems_(problems) {}

  /// Reports a node that is no mapping (`wrong_type`) and keys outside `known` (`unknown_key`).
  bool Check(std::initializer_list<std::string_view> known);

  bool Has(const char* key) const { return node_.IsMap() && node_[key].IsDefined(); }
  YAML::Node Node(const char* key) const { return node_[key]; }
  const YAML::Node& node() const { return node_; }
  YamlReader Child(const YAML::Node& node) const { return {document_, node, problems_}; }

  /// Empty when the key is absent; `missing_key` when it is required.
  std::string String(const char* key, bool required = false);
  bool Flag(const char* key, bool fallback = false);
  std::vector<std::string> Strings(const char* key);  ///< a string counts as a list of one
  Expression Sql(const char* key, bool required = false);
  Expression SqlOf(const YAML::Node& node);
  Formula FormulaOf(const char* key);
  Text Texts(const char* key, bool required = true);  ///< {ru, en}; `missing_label` for an empty language
  /// `unknown_value` with the nearest of `choices`; the first of them when absent.
  std::string Choice(const char* key, const std::vector<std::string>& choices);

  void Add(std::string code, std::string message, const YAML::Node& at,
           std::vector<std::string> nearest = {});
  std::string Place() const { return document_.Place(node_); }
  const YamlDocument& document() const { return document_; }

 private:
  const YamlDocument& document_;
  YAML::Node node_;
  Diagnostics& problems_;
};

}  // namespace svodka::metrics
