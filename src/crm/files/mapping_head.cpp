#include "crm/files/mapping_head.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "crm/files/number_text.hpp"

namespace svodka::crm::files {

void MappingNodes::Add(std::string code, std::string message, const YAML::Node& node, Names nearest) {
  errors_.push_back({std::move(code), std::move(message), document_.Place(node), std::move(nearest)});
}

void MappingNodes::AddAt(Diagnostic diagnostic, const YAML::Node& node) {
  diagnostic.place = document_.Place(node);
  errors_.push_back(std::move(diagnostic));
}

void MappingNodes::CheckKeys(const YAML::Node& map, std::initializer_list<const char*> allowed,
                             const std::string& where) {
  const Names names(allowed.begin(), allowed.end());
  std::set<std::string> seen;
  for (const auto& entry : map) {
    const auto key = entry.first.as<std::string>("");
    if (std::find(names.begin(), names.end(), key) == names.end()) {
      Add("unknown_key", "`" + key + "` is no key of " + where, entry.first, NearestNames(key, names));
    } else if (!seen.insert(key).second) {
      Add("duplicate_name", "`" + key + "` stands twice in " + where, entry.first);
    }
  }
}

std::string MappingNodes::ReadText(const YAML::Node& map, const char* key, std::string otherwise) {
  if (!map.IsMap()) return otherwise;
  const YAML::Node node = map[key];
  if (!node) return otherwise;
  if (!node.IsScalar()) {
    Add("bad_value", std::string("`") + key + "` must be a text", node);
    return otherwise;
  }
  return node.as<std::string>();
}

MappingNodes::Names MappingNodes::ReadList(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  Names list;
  if (!node) return list;
  if (node.IsScalar()) return {node.as<std::string>()};
  if (!node.IsSequence()) {
    Add("bad_value", std::string("`") + key + "` must be a list", node);
    return list;
  }
  for (const YAML::Node& item : node) list.push_back(item.as<std::string>(""));
  return list;
}

bool MappingNodes::ReadFlag(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  if (!node) return false;
  bool flag = false;
  if (!YAML::convert<bool>::decode(node, flag))
    Add("bad_value", std::string("`") + key + "` is true or false", node);
  return flag;
}

void MappingHead::ReadPortal(const YAML::Node& root) {
  const YAML::Node portal = root["portal"];
  if (!portal || !portal.IsMap()) {
    Add("missing_key", "`portal:` with `zone:` and `currency:` is missing", portal ? portal : root);
    return;
  }
  CheckKeys(portal, {"name", "zone", "currency"}, "portal");
  mapping_.portal_name = ReadText(portal, "name");
  if (!portal["zone"]) {
    Add("missing_key", "`zone:` is missing: an IANA time zone, in which days begin, such as Europe/Moscow",
        portal);
  } else {
    auto zone = Zone::Find(ReadText(portal, "zone"));
    if (zone.ok()) {
      mapping_.zone = *zone;
    } else {
      AddAt(zone.error(), portal["zone"]);
    }
  }
  if (!portal["currency"]) {
    Add("missing_key", "`currency:` is missing: the base currency, an ISO code such as RUB", portal);
    return;
  }
  mapping_.currency = ReadText(portal, "currency");
  if (FindCurrency(mapping_.currency) != mapping_.currency) {
    Add("bad_value", "`currency:` is an ISO code such as RUB, not \"" + mapping_.currency + "\"",
        portal["currency"]);
  }
}

void MappingHead::ReadRates(const YAML::Node& rates) {
  if (!rates) return;
  if (!rates.IsSequence()) {
    Add("bad_value", "`rates:` is a list of {currency, day, rate}", rates);
    return;
  }
  for (const YAML::Node& node : rates) {
    if (!node.IsMap()) {
      Add("bad_value", "a rate is {currency: EUR, day: 2025-03-31, rate: 98.5}", node);
      continue;
    }
    CheckKeys(node, {"currency", "day", "rate"}, "a rate");
    CurrencyRateRow row;
    row.currency = ReadText(node, "currency");
    row.rate = ReadText(node, "rate");
    const auto day = ParseDay(ReadText(node, "day"));
    const auto number = ParseNumberText(row.rate, '.');
    if (FindCurrency(row.currency) != row.currency)
      Add("bad_value", "`currency:` is an ISO code such as EUR", node);
    if (!day.ok()) Add("bad_value", "`day:` is a date such as 2025-03-31", node);
    if (!number.ok() || number->plain.front() == '-' || number->currency) {
      Add("bad_value", "`rate:` is a number with a point: units of the base currency for one unit", node);
    }
    if (day.ok()) row.day = *day;
    mapping_.rates.push_back(std::move(row));
  }
}

void MappingHead::ReadPipelines(const YAML::Node& pipelines) {
  if (!pipelines) return;
  if (!pipelines.IsMap()) {
    Add("bad_value", "`pipelines:` holds `deals:` and `leads:`, each a list of pipelines", pipelines);
    return;
  }
  CheckKeys(pipelines, {"deals", "leads"}, "pipelines");
  mapping_.deal_pipelines = ReadPipelineList(pipelines["deals"]);
  mapping_.lead_pipelines = ReadPipelineList(pipelines["leads"]);
}

std::vector<PipelineSpec> MappingHead::ReadPipelineList(const YAML::Node& list) {
  std::vector<PipelineSpec> pipelines;
  if (!list) return pipelines;
  if (!list.IsSequence()) {
    Add("bad_value", "a list of pipelines, each with `name:` and `stages:`", list);
    return pipelines;
  }
  std::set<std::string> ids;
  for (const YAML::Node& node : list) {
    PipelineSpec pipeline;
    if (!node.IsMap()) {
      Add("bad_value", "a pipeline has `name:` and `stages:`", node);
      continue;
    }
    CheckKeys(node, {"id", "name", "stages"}, "a pipeline");
    pipeline.name = ReadText(node, "name");
    pipeline.id = ReadText(node, "id", pipeline.name);
    if (pipeline.name.empty()) Add("missing_key", "a pipeline needs `name:`", node);
    if (!ids.insert(pipeline.id).second)
      Add("duplicate_name", "two pipelines are called \"" + pipeline.id + "\"", node);
    ReadStages(node["stages"], pipeline);
    pipelines.push_back(std::move(pipeline));
  }
  return pipelines;
}

void MappingHead::ReadStages(const YAML::Node& stages, PipelineSpec& pipeline) {
  if (!stages) return;
  if (!stages.IsSequence()) {
    Add("bad_value", "`stages:` is a list in working order: names, or {name, semantic}", stages);
    return;
  }
  std::set<std::string> ids;
  for (const YAML::Node& node : stages) {
    StageSpec stage;
    if (node.IsScalar()) {
      stage.name = node.as<std::string>();
    } else {
      CheckKeys(node, {"id", "name", "semantic", "junk"}, "a stage");
      stage.name = ReadText(node, "name");
      const std::string semantic = ReadText(node, "semantic", "P");
      if (semantic != "P" && semantic != "S" && semantic != "F") {
        Add("bad_value", "`semantic:` is P (in work), S (success) or F (failure), not \"" + semantic + "\"",
            node);
      } else {
        stage.semantic = semantic.front();
      }
      stage.junk = ReadFlag(node, "junk");
    }
    stage.id = node.IsMap() ? ReadText(node, "id", stage.name) : stage.name;
    if (stage.name.empty()) Add("missing_key", "a stage needs `name:`", node);
    if (!ids.insert(stage.id).second)
      Add("duplicate_name", "two stages are called \"" + stage.id + "\"", node);
    pipeline.stages.push_back(std::move(stage));
  }
}

}  // namespace svodka::crm::files
