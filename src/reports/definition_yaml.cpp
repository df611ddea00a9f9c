#include "reports/definition_yaml.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace svodka::reports {

bool Contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void DefinitionYaml::Fail(std::string code, std::string message, const YAML::Node& node, Names nearest) {
  errors_.push_back({std::move(code), std::move(message), document_.Place(node), std::move(nearest)});
}

void DefinitionYaml::CheckKeys(const YAML::Node& map, const Names& allowed) {
  std::set<std::string> seen;
  for (const auto& entry : map) {
    const auto key = entry.first.as<std::string>("");
    if (!Contains(allowed, key)) {
      Fail("unknown_key", "unknown key '" + key + "'", entry.first, NearestNames(key, allowed));
    } else if (!seen.insert(key).second) {
      Fail("duplicate_id", "the key '" + key + "' stands twice", entry.first);
    }
  }
}

std::vector<YAML::Node> DefinitionYaml::Items(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  std::vector<YAML::Node> items;
  if (!node) return items;
  if (!node.IsSequence()) {
    Fail("bad_value", std::string("'") + key + "' is a list", node);
    return items;
  }
  for (const YAML::Node& item : node) items.push_back(item);
  return items;
}

std::string DefinitionYaml::String(const YAML::Node& node, std::string_view what) {
  if (node.IsScalar()) return node.Scalar();
  Fail("bad_value", std::string(what) + " is a name", node);
  return {};
}

std::string DefinitionYaml::RequiredString(const YAML::Node& map, const char* key) {
  if (map[key]) return String(map[key], key);
  Fail("missing_key", std::string("the key '") + key + "' is required", map);
  return {};
}

bool DefinitionYaml::ReadFlag(const YAML::Node& map, const char* key) {
  if (!map[key]) return false;
  bool value = false;
  if (!YAML::convert<bool>::decode(map[key], value)) {
    Fail("bad_value", std::string("'") + key + "' is true or false; got '" + map[key].Scalar() + "'",
         map[key]);
  }
  return value;
}

int DefinitionYaml::ReadInteger(const YAML::Node& map, const char* key, int least, int most, int initial) {
  if (!map[key]) return initial;
  int value = 0;
  if (!YAML::convert<int>::decode(map[key], value) || value < least || value > most) {
    Fail("bad_value",
         std::string("'") + key + "' is a whole number from " + std::to_string(least) + " to " +
             std::to_string(most),
         map[key]);
    return initial;
  }
  return value;
}

Text DefinitionYaml::ReadText(const YAML::Node& node) {
  Text text;
  if (!node.IsMap() || !node["ru"] || !node["en"] || !node["ru"].IsScalar() || !node["en"].IsScalar() ||
      node["ru"].Scalar().empty() || node["en"].Scalar().empty()) {
    Fail("missing_label", "a text is given in both languages: {ru: …, en: …}", node);
    return text;
  }
  CheckKeys(node, {"ru", "en"});
  text.ru = node["ru"].Scalar();
  text.en = node["en"].Scalar();
  return text;
}

Text DefinitionYaml::RequiredText(const YAML::Node& map, const char* key) {
  if (map[key]) return ReadText(map[key]);
  Fail("missing_label", std::string("the key '") + key + "' is required: {ru: …, en: …}", map);
  return {};
}

std::optional<Text> DefinitionYaml::OptionalText(const YAML::Node& map, const char* key) {
  if (!map[key]) return std::nullopt;
  return ReadText(map[key]);
}

std::string DefinitionYaml::ReadName(const YAML::Node& node, const Names& allowed, const char* code,
                                     std::string_view what) {
  const std::string name = String(node, what);
  if (!name.empty() && !Contains(allowed, name)) {
    Fail(code, "unknown " + std::string(what) + " '" + name + "'", node, NearestNames(name, allowed));
  }
  return name;
}

}  // namespace svodka::reports
