#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "crm/files/mapping.hpp"

/// For mapping.cpp only: what it reads a mapping with, and the part of it that is of no single file.
namespace svodka::crm::files {

/// Checked access to YAML; collects every mistake with its place.
class MappingNodes {
 protected:
  using Names = std::vector<std::string>;

  explicit MappingNodes(YamlDocument document) : document_(std::move(document)) {}
  void Add(std::string code, std::string message, const YAML::Node& node, Names nearest = {});
  void AddAt(Diagnostic diagnostic, const YAML::Node& node);
  void CheckKeys(const YAML::Node& map, std::initializer_list<const char*> allowed, const std::string& where);
  std::string ReadText(const YAML::Node& map, const char* key, std::string otherwise = "");
  Names ReadList(const YAML::Node& map, const char* key);
  bool ReadFlag(const YAML::Node& map, const char* key);

  YamlDocument document_;
  Diagnostics errors_;
};

/// `portal:`, `rates:` and `pipelines:`.
class MappingHead : protected MappingNodes {
 protected:
  explicit MappingHead(YamlDocument document) : MappingNodes(std::move(document)) {}
  void ReadPortal(const YAML::Node& root);
  void ReadRates(const YAML::Node& rates);
  void ReadPipelines(const YAML::Node& pipelines);
  std::vector<PipelineSpec> ReadPipelineList(const YAML::Node& list);
  void ReadStages(const YAML::Node& stages, PipelineSpec& pipeline);

  Mapping mapping_;
};

}  // namespace svodka::crm::files
