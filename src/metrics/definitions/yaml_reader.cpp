#include "metrics/definitions/yaml_reader.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace svodka::metrics {

void YamlReader::Add(std::string code, std::string message, const YAML::Node& at,
                     std::vector<std::string> nearest) {
  problems_.push_back({std::move(code), std::move(message), document_.Place(at), std::move(nearest)});
}

bool YamlReader::Check(std::initializer_list<std::string_view> known) {
  if (!node_.IsMap()) {
    Add("wrong_type", "a mapping of keys is expected here", node_);
    return false;
  }
  std::vector<std::string> names(known.begin(), known.end());
  for (const auto& pair : node_) {
    const std::string key = pair.first.as<std::string>("");
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    Add("unknown_key", "this place has no key '" + key + "'", pair.first, NearestNames(key, names));
  }
  return true;
}

std::string YamlReader::String(const char* key, bool required) {
  if (!Has(key)) {
    if (required) Add("missing_key", "the key '" + std::string(key) + "' is required", node_);
    return {};
  }
  const YAML::Node node = node_[key];
  if (!node.IsScalar()) {
    Add("wrong_type", "'" + std::string(key) + "' must be a text", node);
    return {};
  }
  return node.as<std::string>();
}

bool YamlReader::Flag(const char* key, bool fallback) {
  if (!Has(key)) return fallback;
  const YAML::Node node = node_[key];
  bool value = false;
  if (!YAML::convert<bool>::decode(node, value)) {
    Add("wrong_type", "'" + std::string(key) + "' must be true or false", node);
    return fallback;
  }
  return value;
}

std::vector<std::string> YamlReader::Strings(const char* key) {
  if (!Has(key)) return {};
  const YAML::Node node = node_[key];
  if (node.IsScalar()) return {node.as<std::string>()};
  std::vector<std::string> texts;
  if (node.IsSequence()) {
    for (const auto& item : node) {
      if (!item.IsScalar()) break;
      texts.push_back(item.as<std::string>());
    }
    if (texts.size() == node.size()) return texts;
  }
  Add("wrong_type", "'" + std::string(key) + "' must be a list of texts", node);
  return {};
}

Expression YamlReader::SqlOf(const YAML::Node& node) {
  if (!node.IsScalar()) {
    Add("wrong_type", "an SQL expression must be a text", node);
    return {};
  }
  Result<Expression> expression = Expression::Parse(node.as<std::string>());
  if (expression.ok()) return std::move(expression).value();
  Add(expression.error().code, expression.error().message, node);
  return {};
}

Expression YamlReader::Sql(const char* key, bool required) {
  if (!Has(key)) {
    if (required) Add("missing_key", "the key '" + std::string(key) + "' is required", node_);
    return {};
  }
  return SqlOf(node_[key]);
}

Formula YamlReader::FormulaOf(const char* key) {
  const std::string text = String(key, true);
  if (text.empty()) return {};
  Result<Formula> formula = Formula::Parse(text);
  if (formula.ok()) return std::move(formula).value();
  Add(formula.error().code, formula.error().message, node_[key]);
  return {};
}

Text YamlReader::Texts(const char* key, bool required) {
  if (!Has(key)) {
    if (required)
      Add("missing_label", "the text '" + std::string(key) + "' is required, in ru and en", node_);
    return {};
  }
  YamlReader child = Child(node_[key]);
  if (!child.Check({"ru", "en"})) return {};
  Text text{child.String("ru"), child.String("en")};
  if (text.ru.empty() || text.en.empty()) {
    Add("missing_label", "'" + std::string(key) + "' needs a text in ru and en", child.node());
  }
  return text;
}

std::string YamlReader::Choice(const char* key, const std::vector<std::string>& choices) {
  if (!Has(key)) return choices.front();
  const std::string text = String(key);
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  Add("unknown_value", "'" + std::string(key) + "' cannot be '" + text + "'", node_[key],
      NearestNames(text, choices));
  return choices.front();
}

}  // namespace svodka::metrics
