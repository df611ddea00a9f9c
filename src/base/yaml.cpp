#include "base/yaml.hpp"

#include <fstream>
#include <sstream>

namespace svodka {

std::string YamlDocument::Place(const YAML::Node& node) const {
  const YAML::Mark mark = node.Mark();
  return mark.is_null() ? name : name + ":" + std::to_string(mark.line + 1);
}

Result<YamlDocument> ParseYaml(const std::string& text, const std::string& name) {
  try {
    return YamlDocument{name, YAML::Load(text)};
  } catch (const YAML::Exception& error) {
    return Diagnostic{"bad_yaml", error.msg, name + ":" + std::to_string(error.mark.line + 1), {}};
  }
}

Result<YamlDocument> LoadYaml(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Diagnostic{"file_not_found", "cannot read the file " + path, path, {}};
  std::ostringstream text;
  text << file.rdbuf();
  return ParseYaml(text.str(), path);
}

}  // namespace svodka
