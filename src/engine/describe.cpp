#include "engine/describe.hpp"

#include "base/text.hpp"
#include "engine/definition_text.hpp"

namespace svodka::engine {
namespace {

const char* KindName(metrics::DimensionKind kind) {
  switch (kind) {
    case metrics::DimensionKind::kTime:
      return "time";
    case metrics::DimensionKind::kEmployee:
    case metrics::DimensionKind::kDepartment:
      return "people";
    case metrics::DimensionKind::kMembers:
      return "members";
    case metrics::DimensionKind::kValues:
      return "values";
    case metrics::DimensionKind::kPortal:
      return "portal";
    case metrics::DimensionKind::kRange:
      return "range";
    case metrics::DimensionKind::kField:
      return "field";
  }
  throw InvariantError("unknown dimension kind");
}

const char* DirectionName(metrics::Direction direction) {
  switch (direction) {
    case metrics::Direction::kUp:
      return "up";
    case metrics::Direction::kDown:
      return "down";
    case metrics::Direction::kNeutral:
      return "neutral";
  }
  throw InvariantError("unknown direction");
}

json::object DescribeArgument(const metrics::Argument& argument, bool russian) {
  json::object object{{"id", argument.id}, {"label", russian ? argument.label.ru : argument.label.en}};
  switch (argument.type) {
    case metrics::ArgumentType::kChoice:
    case metrics::ArgumentType::kFlag: {
      json::array choices;
      for (const std::string& choice : argument.choices) choices.emplace_back(choice);
      object["choices"] = std::move(choices);
      object["default"] = argument.choices.front();
      break;
    }
    case metrics::ArgumentType::kInteger:
      object["type"] = "integer";
      object["default"] = std::get<int64_t>(*argument.fallback);
      break;
    case metrics::ArgumentType::kMembers:
      object["type"] = "members";
      object["dimension"] = argument.dimension;
      break;
  }
  return object;
}

std::string Spaced(const std::string& sentences) { return sentences.empty() ? "" : " " + sentences; }

}  // namespace

json::value Describe(const metrics::Model& model, const Dictionary& dictionary, Language language,
                     const Names* names) {
  const Names& rules = names == nullptr ? dictionary : *names;
  const bool russian = language == Language::kRussian;
  const auto standing = [&](const metrics::Argument& argument) {
    const json::value set =
        argument.setting.empty() ? json::value() : dictionary.FindSetting(argument.setting);
    return set.is_int64() ? set.as_int64() : std::get<int64_t>(*argument.fallback);
  };
  json::array measures;
  for (const std::string& id : model.measure_order) {
    const metrics::Measure& measure = *model.FindMeasure(id);
    json::object object{{"id", id},
                        {"label", russian ? measure.label.ru : measure.label.en},
                        {"definition", FillDefinition(russian ? measure.definition.ru : measure.definition.en,
                                                      measure, standing) +
                                           Spaced(rules.RulesText(measure, language))},
                        {"group", measure.group},
                        {"type", measure.type},
                        {"format", measure.format},
                        {"direction", DirectionName(measure.direction)},
                        {"role", measure.role_name}};
    if (!measure.arguments.empty()) {
      json::array arguments;
      for (const metrics::Argument& argument : measure.arguments)
        arguments.emplace_back(DescribeArgument(argument, russian));
      object["args"] = std::move(arguments);
    }
    measures.emplace_back(std::move(object));
  }
  json::array dimensions;
  for (const std::string& id : model.dimension_order) {
    const metrics::Dimension& dimension = *model.FindDimension(id);
    json::object object{{"id", id},
                        {"label", russian ? dimension.label.ru : dimension.label.en},
                        {"kind", KindName(dimension.kind)}};
    if (!dimension.parent.empty()) object["parent"] = dimension.parent;
    if (!dimension.range_type.empty()) object["type"] = dimension.range_type;
    dimensions.emplace_back(std::move(object));
  }
  for (const std::string& name : dictionary.FieldNames()) {
    const metrics::FieldInfo field = dictionary.FindField(name).front();
    dimensions.emplace_back(json::object{{"id", "field:" + name},
                                         {"label", field.title},
                                         {"kind", "field"},
                                         {"entity", field.entity},
                                         {"type", field.type}});
  }
  return json::object{{"measures", std::move(measures)}, {"dimensions", std::move(dimensions)}};
}

Result<std::vector<Member>> ListMembers(const metrics::Model& model, const Dictionary& dictionary,
                                        const std::string& id, const std::string& search, size_t limit,
                                        Language language) {
  std::vector<Member> members;
  if (id.starts_with("field:")) {
    const std::vector<metrics::FieldInfo> fields = dictionary.FindField(id.substr(6));
    if (!fields.empty()) {
      const std::string folded = FoldCase(search);
      for (Member& member : dictionary.FieldMembers(fields.front())) {
        if (members.size() == limit) break;
        if (folded.empty() || FoldCase(member.label).find(folded) != std::string::npos)
          members.push_back(std::move(member));
      }
      return members;
    }
  }
  const metrics::Dimension* dimension = model.FindDimension(id);
  if (dimension == nullptr) {
    const std::vector<std::string> names = model.DimensionNames();
    return Diagnostic{"unknown_dimension", "there is no dimension '" + id + "'", "dimension",
                      NearestNames(id, names)};
  }
  switch (dimension->kind) {
    case metrics::DimensionKind::kTime:
      return Diagnostic{"bad_request", "a time dimension has no list of members", "dimension", {}};
    case metrics::DimensionKind::kRange:
      return Diagnostic{
          "bad_request", "'" + id + "' is filtered by a range and has no members", "dimension", {}};
    case metrics::DimensionKind::kValues:
      for (const metrics::DimensionValue& value : dimension->values) {
        Member member;
        member.id = value.id;
        member.label = language == Language::kRussian ? value.label.ru : value.label.en;
        members.push_back(std::move(member));
      }
      return members;
    case metrics::DimensionKind::kPortal: {
      Member member;
      member.id = dictionary.portal().id;
      member.label = dictionary.portal().name;
      members.push_back(std::move(member));
      return members;
    }
    case metrics::DimensionKind::kEmployee:
    case metrics::DimensionKind::kDepartment:
    case metrics::DimensionKind::kMembers:
    case metrics::DimensionKind::kField:
      break;
  }
  for (Dictionary::Entry& entry : dictionary.Search(*dimension, search, limit))
    members.push_back(std::move(entry.member));
  return members;
}

}  // namespace svodka::engine
