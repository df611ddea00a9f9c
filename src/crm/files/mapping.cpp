#include "crm/files/mapping.hpp"

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <set>

#include "base/text.hpp"
#include "crm/files/mapping_head.hpp"
#include "crm/files/number_text.hpp"

namespace svodka::crm::files {
namespace {

/// Reads one mapping; collects every mistake.
class MappingReader : private MappingHead {
 public:
  explicit MappingReader(YamlDocument document) : MappingHead(std::move(document)) {}

  Result<Mapping> Read() {
    mapping_.name = document_.name;
    const YAML::Node& root = document_.root;
    if (!root.IsMap()) {
      return Diagnostic{"bad_value",
                        "a mapping begins with `portal:` and `files:`; see docs/import.md",
                        document_.name,
                        {}};
    }
    CheckKeys(root, {"portal", "files", "pipelines", "rates"}, "the mapping");
    ReadPortal(root);
    ReadPipelines(root["pipelines"]);
    ReadRates(root["rates"]);
    const YAML::Node files = root["files"];
    if (!files || !files.IsSequence() || files.size() == 0) {
      Add("missing_key", "`files:` must be a list of at least one file", files ? files : root);
    } else {
      for (const YAML::Node& file : files) ReadFile(file);
    }
    if (!errors_.empty()) {
      std::stable_sort(errors_.begin(), errors_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        const auto line = [](const Diagnostic& d) {
          const size_t colon = d.place.rfind(':');
          return colon == std::string::npos ? 0L : std::strtol(d.place.c_str() + colon + 1, nullptr, 10);
        };
        return line(a) < line(b);
      });
      return errors_;
    }
    return std::move(mapping_);
  }

 private:
  std::optional<char> ReadDecimal(const YAML::Node& map) {
    const YAML::Node node = map["decimal"];
    if (!node) return std::nullopt;
    const std::string text = ReadText(map, "decimal");
    if (text == "," || text == ".") return text.front();
    Add("bad_value", "`decimal:` is \",\" or \".\"", node);
    return std::nullopt;
  }

  DateOrder ReadDates(const YAML::Node& map) {
    const YAML::Node node = map["dates"];
    if (!node) return DateOrder::kUnknown;
    auto order = ParseDateOrder(ReadText(map, "dates"));
    if (order.ok()) return *order;
    AddAt(order.error(), node);
    return DateOrder::kUnknown;
  }

  ColumnSpec ReadColumn(const YAML::Node& node, const std::string& where, bool is_custom,
                        const FieldInfo* info) {
    ColumnSpec spec;
    spec.place = document_.Place(node);
    if (node.IsScalar()) {
      spec.column = node.as<std::string>();
      return spec;
    }
    if (!node.IsMap()) {
      Add("bad_value", where + " is a column's name, or a map with `column:`", node);
      return spec;
    }
    if (is_custom) {
      CheckKeys(node,
                {"column", "columns", "separator", "value", "default", "aliases", "decimal", "dates", "unit",
                 "lookup", "type", "title"},
                where);
    } else {
      CheckKeys(node,
                {"column", "columns", "tree", "separator", "value", "default", "aliases", "decimal", "dates",
                 "unit", "match", "lookup"},
                where);
    }
    spec.column = ReadText(node, "column");
    spec.columns = ReadList(node, "columns");
    if (node["tree"]) {
      if (info == nullptr || info->type != FieldType::kDepartment) {
        Add("unknown_key", "`tree:` belongs to `department` only", node["tree"]);
      }
      spec.columns = ReadList(node, "tree");
    }
    spec.separator = ReadText(node, "separator", " ");
    if (node["value"]) spec.value = ReadText(node, "value");
    if (node["default"]) spec.default_value = ReadText(node, "default");
    const int sources = (spec.column.empty() ? 0 : 1) + (spec.columns.empty() ? 0 : 1) + (spec.value ? 1 : 0);
    if (sources != 1 && !(is_custom && sources == 0)) {
      Add("bad_value", where + " needs exactly one of `column:`, `columns:` and `value:`", node);
    }
    if (const YAML::Node aliases = node["aliases"]) {
      if (!aliases.IsMap()) {
        Add("bad_value", "`aliases:` is a map from the text in the file to the right one", aliases);
      } else {
        for (const auto& entry : aliases)
          spec.aliases[entry.first.as<std::string>("")] = entry.second.as<std::string>("");
      }
    }
    spec.decimal = ReadDecimal(node);
    spec.dates = ReadDates(node);
    spec.unit = ReadText(node, "unit");
    const Names units{"s", "min", "h", "m:s", "h:m"};
    if (!spec.unit.empty() && std::find(units.begin(), units.end(), spec.unit) == units.end()) {
      Add("bad_value", "`unit:` is s, min, h, m:s or h:m, not \"" + spec.unit + "\"", node["unit"]);
    }
    if (node["match"]) ReadMatch(node, info, spec);
    if (const YAML::Node lookup = node["lookup"]) {
      if (!lookup.IsMap()) {
        Add("bad_value", "`lookup:` has `file:`, `key:` and `value:`", lookup);
      } else {
        CheckKeys(lookup, {"file", "key", "value"}, "lookup");
        ColumnSpec::Lookup parts{ReadText(lookup, "file"), ReadText(lookup, "key"),
                                 ReadText(lookup, "value")};
        if (parts.file.empty() || parts.key.empty() || parts.value.empty()) {
          Add("missing_key", "`lookup:` needs `file:`, `key:` (its column that holds our text) and `value:`",
              lookup);
        }
        spec.lookup = std::move(parts);
      }
    }
    return spec;
  }

  void ReadMatch(const YAML::Node& node, const FieldInfo* info, ColumnSpec& spec) {
    const std::string match = ReadText(node, "match");
    const bool refers = info != nullptr && info->type == FieldType::kReference;
    const bool named = refers && (info->detail == "users" || info->detail == "companies" ||
                                  info->detail == "contacts" || info->detail == "products");
    const bool phoned =
        refers && (info->detail == "users" || info->detail == "companies" || info->detail == "contacts");
    if (match == "id" && refers) {
      spec.match = MatchBy::kId;
    } else if (match == "name" && named) {
      spec.match = MatchBy::kName;
    } else if (match == "phone" && phoned) {
      spec.match = MatchBy::kPhone;
    } else {
      Add("bad_value",
          "`match:` is `id`, `name` (users, companies, contacts, products) or `phone` (users, companies, "
          "contacts), "
          "and only for "
          "a reference, not \"" +
              match + "\"",
          node["match"]);
    }
  }

  void ReadFile(const YAML::Node& node) {
    FileSpec file;
    if (!node.IsMap()) {
      Add("bad_value", "a file has `file:`, `entity:` and `fields:`", node);
      return;
    }
    file.place = document_.Place(node);
    CheckKeys(node,
              {"file", "entity", "delimiter", "encoding", "sheet", "header", "decimal", "dates", "empty",
               "fields", "custom", "unmapped", "stage_dates", "skip", "complete", "adds"},
              "a file");
    file.pattern = ReadText(node, "file");
    if (file.pattern.empty()) Add("missing_key", "`file:` is missing: the file's name, `*` allowed", node);
    const std::string entity = ReadText(node, "entity");
    Names entities;
    for (int i = 0; i < kEntityCount; ++i) entities.emplace_back(NameOf(static_cast<Entity>(i)));
    if (const auto found = FindEntity(entity)) {
      file.entity = *found;
    } else {
      const auto nearest = NearestNames(entity, entities);
      Add("unknown_entity",
          "`entity:` is one of users, clients, products, product_lines, leads, deals, stage_history, "
          "activities, calls, payments, not \"" +
              entity + "\"",
          node["entity"] ? node["entity"] : node, nearest);
      return;
    }
    ReadTableOptions(node, file);
    file.decimal = ReadDecimal(node);
    file.dates = ReadDates(node);
    file.empty_marks = ReadList(node, "empty");
    file.adds = ReadFlag(node, "adds");
    if (file.adds && file.entity != Entity::kStageHistory) {
      Add("bad_value",
          "`adds: true` is for stage_history only: rows of other files never replace each other's",
          node["adds"]);
    }
    file.complete = ReadFlag(node, "complete");
    if (file.complete && file.entity != Entity::kUsers) {
      Add("bad_value", "`complete: true` is for users only: rows missing from the file are marked removed",
          node["complete"]);
    }
    const std::string unmapped = ReadText(node, "unmapped", "ignore");
    if (unmapped != "ignore" && unmapped != "keep") {
      Add("bad_value", "`unmapped:` is `ignore` or `keep` (as custom fields)", node["unmapped"]);
    }
    file.keep_unmapped = unmapped == "keep";
    const bool may_custom =
        file.entity == Entity::kDeals || file.entity == Entity::kLeads || file.entity == Entity::kClients;
    if (!may_custom && (file.keep_unmapped || node["custom"])) {
      Add("bad_value", "only deals, leads and clients have custom fields", node);
    }
    ReadFields(node["fields"] ? node["fields"] : node, static_cast<bool>(node["fields"]), file);
    ReadCustom(node["custom"], file);
    if (const YAML::Node dates = node["stage_dates"]) {
      if (!dates.IsMap() || (file.entity != Entity::kDeals && file.entity != Entity::kLeads)) {
        Add("bad_value",
            "`stage_dates:` maps stages of deals or leads to the column with the day of entering", dates);
      } else {
        for (const auto& entry : dates) {
          file.stage_dates[entry.first.as<std::string>("")] =
              ReadColumn(entry.second, "stage_dates", false, nullptr);
        }
      }
    }
    ReadSkip(node["skip"], file);
    mapping_.files.push_back(std::move(file));
  }

  void ReadTableOptions(const YAML::Node& node, FileSpec& file) {
    if (node["delimiter"]) {
      const std::string text = ReadText(node, "delimiter");
      if (text == "tab" || text == "\\t") {
        file.table.delimiter = '\t';
      } else if (text.size() == 1 && text != "\"") {
        file.table.delimiter = text.front();
      } else {
        Add("bad_value", "`delimiter:` is one character, or `tab`", node["delimiter"]);
      }
    }
    if (node["encoding"]) {
      auto encoding = ParseEncoding(ReadText(node, "encoding"));
      if (encoding.ok()) {
        file.table.encoding = *encoding;
      } else {
        AddAt(encoding.error(), node["encoding"]);
      }
    }
    file.table.sheet = ReadText(node, "sheet");
    if (node["header"]) {
      int64_t line = 0;
      if (!YAML::convert<int64_t>::decode(node["header"], line) || line < 1) {
        Add("bad_value", "`header:` is the number of the line with the column names, from 1", node["header"]);
      }
      file.header_line = line;
    }
  }

  void ReadFields(const YAML::Node& fields, bool present, FileSpec& file) {
    if (!present || !fields.IsMap()) {
      Add("missing_key", "`fields:` is missing: a map from our fields to the file's columns", fields);
      return;
    }
    Names names;
    for (const FieldInfo& info : FieldsOf(file.entity)) names.emplace_back(info.name);
    std::set<std::string> seen;
    for (const auto& entry : fields) {
      const auto name = entry.first.as<std::string>("");
      const FieldInfo* info = FindField(file.entity, name);
      if (info == nullptr) {
        Add("unknown_field", "`" + name + "` is no field of " + std::string(NameOf(file.entity)), entry.first,
            NearestNames(name, names));
        continue;
      }
      if (!seen.insert(name).second)
        Add("duplicate_name", "field `" + name + "` is given twice", entry.first);
      file.fields.push_back({info, ReadColumn(entry.second, "field `" + name + "`", false, info)});
    }
    for (const FieldInfo& info : FieldsOf(file.entity)) {
      if (info.required && !seen.contains(std::string(info.name))) {
        Add("missing_field",
            std::string(NameOf(file.entity)) + " need the field `" + std::string(info.name) + "`", fields);
      }
    }
    if (file.entity == Entity::kStageHistory && seen.contains("deal") == seen.contains("lead")) {
      Add("missing_field", "stage_history needs either `deal` or `lead`", fields);
    }
  }

  void ReadCustom(const YAML::Node& custom, FileSpec& file) {
    if (!custom) return;
    if (!custom.IsMap()) {
      Add("bad_value", "`custom:` is a map from the field's id to its column", custom);
      return;
    }
    const Names types{"text", "number", "money", "date", "enum", "flag", "reference"};
    for (const auto& entry : custom) {
      CustomSpec spec;
      spec.id = entry.first.as<std::string>("");
      spec.title = spec.id;
      spec.source = ReadColumn(entry.second, "custom field `" + spec.id + "`", true, nullptr);
      if (entry.second.IsMap()) {
        spec.type = ReadText(entry.second, "type", "text");
        spec.title = ReadText(entry.second, "title", spec.id);
        if (std::find(types.begin(), types.end(), spec.type) == types.end()) {
          Add("bad_value",
              "`type:` is text, number, money, date, enum, flag or reference, not \"" + spec.type + "\"",
              entry.second["type"], NearestNames(spec.type, types));
        }
        if (spec.source.column.empty() && spec.source.columns.empty() && !spec.source.value)
          spec.source.column = spec.id;
      }
      file.custom.push_back(std::move(spec));
    }
  }

  void ReadSkip(const YAML::Node& skip, FileSpec& file) {
    if (!skip) return;
    if (!skip.IsSequence()) {
      Add("bad_value", "`skip:` is a list of {column, equals} or {column, empty: true}", skip);
      return;
    }
    for (const YAML::Node& node : skip) {
      if (!node.IsMap()) {
        Add("bad_value", "a skip rule is {column: NAME, equals: TEXT}", node);
        continue;
      }
      CheckKeys(node, {"column", "equals", "empty"}, "a skip rule");
      SkipRule rule;
      rule.place = document_.Place(node);
      rule.column = ReadText(node, "column");
      rule.equals = ReadList(node, "equals");
      rule.when_empty = ReadFlag(node, "empty");
      if (rule.column.empty() || (rule.equals.empty() && !rule.when_empty)) {
        Add("missing_key", "a skip rule has `column:` and `equals:` or `empty: true`", node);
      }
      file.skip.push_back(std::move(rule));
    }
  }
};

Result<Mapping> ReadDocument(Result<YamlDocument> document, const std::string& name) {
  if (!document.ok()) return document.errors();
  try {
    return MappingReader(std::move(*document)).Read();
  } catch (const YAML::Exception& error) {
    return Diagnostic{"bad_yaml", error.msg, name + ":" + std::to_string(error.mark.line + 1), {}};
  }
}

}  // namespace

const FieldSpec* FileSpec::Find(Field field) const {
  for (const FieldSpec& spec : fields) {
    if (spec.info->field == field) return &spec;
  }
  return nullptr;
}

bool Mapping::HasEntity(Entity entity) const {
  return std::any_of(files.begin(), files.end(), [&](const FileSpec& file) { return file.entity == entity; });
}

Result<Mapping> LoadMapping(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return Diagnostic{
        "mapping_is_folder", "the mapping is a folder: " + path + "; name the YAML file itself", path, {}};
  }
  return ReadDocument(LoadYaml(path), path);
}

Result<Mapping> ParseMapping(const std::string& text, const std::string& name) {
  return ReadDocument(ParseYaml(text, name), name);
}

}  // namespace svodka::crm::files
