#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "metrics/definitions/model.hpp"
#include "metrics/definitions/record_columns.hpp"
#include "metrics/definitions/validate.hpp"
#include "metrics/definitions/yaml_reader.hpp"

namespace svodka::metrics {
namespace {

const std::vector<std::string> kMeasureKinds = {"count",        "sum",           "avg",           "median",
                                                "percentile80", "distinct",      "ratio",         "derived",
                                                "incidence",    "incidence_low", "incidence_high"};
const std::vector<std::string> kDimensionKinds = {"members", "time",   "employee", "department",
                                                  "values",  "portal", "range"};
const std::vector<std::string> kGrains = {"day", "week", "month", "quarter", "half", "year"};
const std::vector<std::string> kTypes = {"integer", "money", "ratio", "duration", "decimal"};
const std::vector<std::string> kFormats = {"integer", "money",      "percent", "duration",
                                           "days",    "whole_days", "decimal"};
const std::vector<std::string> kCardRows = {"one", "several"};
const std::vector<std::string> kDirections = {"neutral", "up", "down"};
const std::vector<std::string> kArgumentTypes = {"choice", "integer", "flag", "members"};

template <class Enum>
Enum AsEnum(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<Enum>(std::find(names.begin(), names.end(), name) - names.begin());
}

bool IsId(std::string_view id) {
  if (id.empty() || id[0] < 'a' || id[0] > 'z' || id.find("__") != std::string_view::npos) return false;
  return std::all_of(id.begin(), id.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

class Loader {
 public:
  Result<std::shared_ptr<const Model>> Load(const std::vector<ModelFile>& files) {
    for (const ModelFile& file : files) ReadFile(file);
    ComposeBands();
    if (problems_.empty()) Validate(*model_, fact_places_, dimension_places_, problems_);
    if (problems_.empty()) return std::shared_ptr<const Model>(model_);
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const Diagnostic& a, const Diagnostic& b) { return a.place < b.place; });
    return problems_;
  }

 private:
  void ReadFile(const ModelFile& file) {
    Result<YamlDocument> document = ParseYaml(file.text, file.name);
    if (!document.ok()) {
      problems_.insert(problems_.end(), document.errors().begin(), document.errors().end());
      return;
    }
    YamlReader reader(*document, document->root, problems_);
    // Measures name their fact too, so they are told first.
    if (reader.Has("measure")) return ReadMeasure(reader);
    if (reader.Has("dimension")) return ReadDimension(reader);
    if (reader.Has("fact")) return ReadFact(reader);
    reader.Add("unknown_file", "a model file begins with one of the keys fact, dimension, measure",
               document->root);
  }

  template <class Thing>
  bool TakeId(YamlReader& reader, const char* key, const std::map<std::string, Thing>& known,
              std::string& id) {
    id = reader.String(key, true);
    if (!IsId(id)) {
      reader.Add("bad_id", "an id is lower snake case without double underscores, not '" + id + "'",
                 reader.Node(key));
      return false;
    }
    if (known.contains(id)) {
      reader.Add("duplicate_id", "the " + std::string(key) + " '" + id + "' is defined twice",
                 reader.Node(key));
      return false;
    }
    return true;
  }

  void ReadFact(YamlReader& reader) {
    reader.Check({"fact", "table", "entity", "card", "order", "row", "interval", "filters", "roles", "joins",
                  "dimensions", "records", "link"});
    Fact fact;
    if (!TakeId(reader, "fact", model_->facts, fact.id)) return;
    fact.table = reader.String("table", true);
    fact.entity = reader.Choice("entity", {"deal", "lead", "activity", "client", "smart_item"});
    fact.card = reader.Sql("card", true);
    fact.order = reader.Sql("order");
    if (reader.Has("interval")) {
      YamlReader interval = reader.Child(reader.Node("interval"));
      if (interval.Check({"from", "to"})) {
        fact.from_day = interval.Sql("from", true);
        fact.to_day = interval.Sql("to", true);
      }
    }
    for (const auto& node : reader.Node("row")) fact.row.push_back(reader.SqlOf(node));
    for (const auto& node : reader.Node("filters")) {
      YamlReader filter = reader.Child(node);
      if (!filter.Check({"where", "unless"})) continue;
      const std::vector<std::string> unless = filter.Strings("unless");
      fact.filters.push_back({filter.Sql("where", true), {unless.begin(), unless.end()}});
    }
    for (const auto& pair : reader.Node("roles")) {
      YamlReader child = reader.Child(pair.second);
      if (!child.Check({"day", "employee", "hour"})) continue;
      Role role{pair.first.as<std::string>(), child.Sql("day"), child.Sql("employee", true),
                child.Sql("hour")};
      fact.roles.emplace(role.id, std::move(role));
    }
    for (const auto& node : reader.Node("joins")) {
      YamlReader child = reader.Child(node);
      if (!child.Check({"as", "table", "on", "inner", "argument"})) continue;
      Join join{child.String("as", true),
                child.String("table", true),
                child.Sql("on", true),
                child.Flag("inner"),
                false,
                child.Sql("argument")};
      join.always = join.inner;
      fact.joins.push_back(std::move(join));
    }
    for (const auto& pair : reader.Node("dimensions")) {
      fact.dimensions.emplace(pair.first.as<std::string>(), reader.SqlOf(pair.second));
    }
    for (const auto& node : reader.Node("records")) ReadFactColumn(reader.Child(node), fact);
    if (reader.Has("link")) {
      YamlReader link = reader.Child(reader.Node("link"));
      if (link.Check({"entity", "id"})) {
        fact.link_entity = link.Sql("entity", true);
        fact.link_id = link.Sql("id", true);
      }
    }
    if (!fact.has_cards() && fact.row.size() != 1)
      reader.Add("missing_key", "a fact without cards needs 'row' of one key", reader.node());
    fact_places_[fact.id] = reader.Place();
    model_->facts.emplace(fact.id, std::move(fact));
  }

  /// A column of records; of a member its expression is that of the fact's dimension where none is written.
  void ReadFactColumn(YamlReader reader, Fact& fact) {
    if (!reader.Check({"id", "type", "label", "sql"})) return;
    FactColumn column;
    column.id = reader.String("id", true);
    column.type = reader.Choice("type", {"text", "link", "member", "day", "integer", "duration"});
    column.label = reader.Texts("label", column.type != "member");
    column.value = reader.Sql("sql", column.type != "member");
    const auto dimension = fact.dimensions.find(column.id);
    if (column.value.empty() && dimension != fact.dimensions.end()) column.value = dimension->second;
    if (column.value.empty())
      reader.Add("missing_key", "'" + column.id + "' is no dimension of this fact: it needs 'sql'",
                 reader.node());
    fact_columns_.insert(column.id);
    fact.records.push_back(std::move(column));
  }

  void ReadDimension(YamlReader& reader) {
    reader.Check({"dimension", "kind", "grain", "label", "none", "parent", "per_entity", "large", "common",
                  "members", "values", "type"});
    Dimension dimension;
    if (!TakeId(reader, "dimension", model_->dimensions, dimension.id)) return;
    const std::string kind = reader.Choice("kind", kDimensionKinds);
    dimension.kind = kind == "members"      ? DimensionKind::kMembers
                     : kind == "time"       ? DimensionKind::kTime
                     : kind == "employee"   ? DimensionKind::kEmployee
                     : kind == "department" ? DimensionKind::kDepartment
                     : kind == "values"     ? DimensionKind::kValues
                     : kind == "range"      ? DimensionKind::kRange
                                            : DimensionKind::kPortal;
    if (dimension.kind == DimensionKind::kRange) {
      dimension.range_type = reader.Choice("type", {"money", "number", "day"});
    }
    dimension.grain = AsEnum<TimeGrain>(kGrains, reader.Choice("grain", kGrains));
    dimension.label = reader.Texts("label");
    dimension.none = reader.Texts("none", dimension.kind != DimensionKind::kPortal);
    dimension.parent = reader.String("parent");
    dimension.per_entity = reader.Flag("per_entity");
    dimension.large = reader.Flag("large");
    dimension.common = reader.Flag("common");
    if (reader.Has("members")) {
      YamlReader members = reader.Child(reader.Node("members"));
      if (members.Check({"table", "where", "key", "id", "label", "order", "entity", "parent", "color",
                         "photo", "extra"})) {
        dimension.table = members.String("table", true);
        dimension.where = members.Sql("where");
        for (const char* column :
             {"key", "id", "label", "order", "entity", "parent", "color", "photo", "extra"}) {
          if (members.Has(column)) dimension.columns.emplace(column, members.Sql(column));
        }
        for (const char* column : {"key", "id", "label", "order"}) {
          if (!members.Has(column)) members.Sql(column, true);
        }
      }
    }
    for (const auto& node : reader.Node("values")) {
      YamlReader value = reader.Child(node);
      if (!value.Check({"key", "id", "label", "below"})) continue;
      DimensionValue read;
      if (!YAML::convert<int64_t>::decode(value.Node("key"), read.key)) {
        value.Add("wrong_type", "'key' must be an integer", node);
      }
      read.id = value.String("id", true);
      read.label = value.Texts("label");
      int64_t below = 0;
      if (value.Has("below") && !YAML::convert<int64_t>::decode(value.Node("below"), below))
        value.Add("wrong_type", "'below' must be an integer", node);
      if (value.Has("below")) read.below = below;
      dimension.values.push_back(std::move(read));
    }
    CheckBands(reader, dimension);
    dimension_places_[dimension.id] = reader.Place();
    model_->dimension_order.push_back(dimension.id);
    model_->dimensions.emplace(dimension.id, std::move(dimension));
  }

  /// All values of a dimension are bands, rising, the last one without an end; or none is.
  static void CheckBands(YamlReader& reader, const Dimension& dimension) {
    const std::vector<DimensionValue>& values = dimension.values;
    bool good = true;
    for (size_t i = 0; i < values.size(); ++i) {
      const bool last = i + 1 == values.size();
      good = good && values[i].below.has_value() == (dimension.has_bands() && !last);
      if (i > 0 && values[i].below && values[i - 1].below)
        good = good && *values[i - 1].below < *values[i].below;
    }
    if (!good) {
      reader.Add("bad_bands",
                 "'below' must rise from value to value and stand at each but the last, or nowhere",
                 reader.Node("values"));
    }
  }

  /// What a fact says of a dimension made of bands is the number: its key is the number's band.
  void ComposeBands() {
    for (auto& [name, fact] : model_->facts) {
      for (auto& [id, key] : fact.dimensions) {
        const Dimension* dimension = model_->FindDimension(id);
        if (dimension == nullptr || !dimension->has_bands() || key.empty()) continue;
        const std::string number = "(" + key.text() + ")";
        std::string bands = "CASE WHEN " + number + " IS NULL THEN NULL";
        for (const DimensionValue& band : dimension->values) {
          bands += band.below ? " WHEN " + number + " < " + std::to_string(*band.below) + " THEN " : " ELSE ";
          bands += std::to_string(band.key);
        }
        fact.bands.emplace(id, key);
        key = Expression::Parse(bands + " END").value();
      }
    }
  }

  void ReadMeasure(YamlReader& reader) {
    reader.Check({"measure",   "group",       "type",     "format",        "direction",
                  "label",     "definition",  "time",     "args",          "variants",
                  "kind",      "fact",        "role",     "filter",        "select",
                  "during",    "value",       "censored", "first_of_card", "rows_of_card",
                  "numerator", "denominator", "formula",  "ripe",          "records_order"});
    Measure measure;
    if (!TakeId(reader, "measure", model_->measures, measure.id)) return;
    measure.place = reader.Place();
    measure.group = reader.String("group", true);
    measure.type = reader.Choice("type", kTypes);
    measure.format = reader.Choice("format", kFormats);
    measure.direction = reader.Has("direction")
                            ? (reader.Choice("direction", kDirections) == "up"     ? Direction::kUp
                               : reader.Choice("direction", kDirections) == "down" ? Direction::kDown
                                                                                   : Direction::kNeutral)
                            : Direction::kNeutral;
    measure.label = reader.Texts("label");
    measure.definition = reader.Texts("definition");
    measure.role_name = reader.String("time", true);
    ReadArguments(reader, measure);
    ReadForms(reader, measure);
    if (reader.Has("ripe")) {
      YamlReader ripe = reader.Child(reader.Node("ripe"));
      if (ripe.Check({"closed", "cycle"}))
        measure.ripeness = {ripe.FormulaOf("closed"), ripe.String("cycle", true)};
    }
    if (reader.Has("records_order")) ReadRecordsOrder(reader, measure);
    model_->measure_order.push_back(measure.id);
    model_->measures.emplace(measure.id, std::move(measure));
  }

  /// A list of {by, descending}: the columns of docs/request.md; the value only of what has one in each row.
  void ReadRecordsOrder(YamlReader& reader, Measure& measure) {
    const YAML::Node node = reader.Node("records_order");
    if (!node.IsSequence() || node.size() == 0) {
      return reader.Add("wrong_type", "'records_order' must be a list of {by, descending}", node);
    }
    for (const YAML::Node& item : node) {
      YamlReader step = reader.Child(item);
      if (!step.Check({"by", "descending"})) continue;
      RecordsOrder order{step.String("by", true), step.Flag("descending")};
      if (order.by.empty()) continue;
      if (FindRecordColumn(order.by) == nullptr && !fact_columns_.contains(order.by)) {
        step.Add("unknown_value", "records cannot be ordered by '" + order.by + "'", step.Node("by"),
                 NearestNames(order.by, RecordColumns()));
        continue;
      }
      const bool plain = std::any_of(measure.forms.begin(), measure.forms.end(), [](const auto& form) {
        const MeasureKind kind = form.second.kind;
        return kind == MeasureKind::kCount || kind == MeasureKind::kDistinct || kind == MeasureKind::kRatio ||
               kind == MeasureKind::kDerived || IsIncidence(kind);
      });
      if (order.by == "value" && plain) {
        step.Add("unknown_value", "rows of '" + measure.id + "' have no value of their own to order by",
                 step.Node("by"));
        continue;
      }
      measure.records_order.push_back(std::move(order));
    }
  }

  void ReadArguments(YamlReader& reader, Measure& measure) {
    if (!reader.Has("args")) return;
    YAML::Node node = reader.Node("args");
    if (!node.IsMap()) return reader.Add("wrong_type", "'args' must be a mapping of names", node);
    for (const auto& pair : node) {
      YamlReader child = reader.Child(pair.second);
      if (!child.Check({"type", "choices", "default", "dimension", "setting", "label"})) continue;
      Argument argument;
      argument.id = pair.first.as<std::string>();
      argument.type = AsEnum<ArgumentType>(kArgumentTypes, child.Choice("type", kArgumentTypes));
      argument.choices = child.Strings("choices");
      argument.dimension = child.String("dimension");
      argument.setting = child.String("setting");
      argument.label = child.Texts("label");
      int64_t fallback = 0;
      switch (argument.type) {
        case ArgumentType::kChoice:
          if (argument.choices.empty()) child.Add("missing_key", "a choice needs 'choices'", pair.second);
          break;
        case ArgumentType::kFlag:
          argument.choices = {"false", "true"};
          break;
        case ArgumentType::kInteger:
          if (!child.Has("default") || !YAML::convert<int64_t>::decode(child.Node("default"), fallback)) {
            child.Add("missing_key", "an integer argument needs an integer 'default'", pair.second);
          }
          argument.fallback = Value(fallback);
          break;
        case ArgumentType::kMembers:
          if (argument.dimension.empty()) child.Add("missing_key", "members need a 'dimension'", pair.second);
          break;
      }
      measure.arguments.push_back(std::move(argument));
    }
  }

  /// Every combination of the choice arguments becomes a form: the measure's own keys, overridden by the
  /// variants.
  void ReadForms(YamlReader& reader, Measure& measure) {
    std::vector<std::pair<std::string, std::vector<YAML::Node>>> combinations = {{"", {}}};
    const YAML::Node variants = reader.Node("variants");
    if (variants.IsDefined() && !variants.IsMap()) {
      return reader.Add("wrong_type", "'variants' must be a mapping of arguments", variants);
    }
    for (const Argument& argument : measure.arguments) {
      if (argument.choices.empty()) continue;
      decltype(combinations) next;
      for (const auto& [key, overrides] : combinations) {
        for (const std::string& choice : argument.choices) {
          auto with = overrides;
          if (variants.IsDefined() && variants[argument.id].IsDefined() &&
              variants[argument.id][choice].IsDefined()) {
            with.push_back(variants[argument.id][choice]);
          }
          next.emplace_back(key.empty() ? choice : key + "/" + choice, std::move(with));
        }
      }
      combinations = std::move(next);
    }
    if (variants.IsDefined()) {
      for (const auto& pair : variants) {
        const std::string name = pair.first.as<std::string>();
        const Argument* argument = measure.FindArgument(name);
        if (argument == nullptr) {
          reader.Add("unknown_argument", "'" + measure.id + "' has no argument '" + name + "'", pair.first);
          continue;
        }
        for (const auto& choice : pair.second) {
          const std::string text = choice.first.as<std::string>();
          if (std::find(argument->choices.begin(), argument->choices.end(), text) != argument->choices.end())
            continue;
          reader.Add("unknown_value", "'" + name + "' has no choice '" + text + "'", choice.first,
                     NearestNames(text, argument->choices));
        }
      }
    }
    for (const auto& [key, overrides] : combinations) {
      YAML::Node merged(YAML::NodeType::Map);  // shares the nodes, so that they keep their lines
      for (const auto& pair : reader.node()) merged.force_insert(pair.first.as<std::string>(), pair.second);
      for (const YAML::Node& override_node : overrides) {
        YamlReader check = reader.Child(override_node);
        if (!check.Check({"kind", "fact", "role", "filter", "select", "during", "value", "censored",
                          "first_of_card", "rows_of_card", "numerator", "denominator", "formula"})) {
          continue;
        }
        for (const auto& pair : override_node) {
          const std::string name = pair.first.as<std::string>();
          merged.remove(name);
          if (!pair.second.IsNull()) merged.force_insert(name, pair.second);
        }
      }
      YamlReader form(reader.document(), merged, problems_);
      const size_t before = problems_.size();
      measure.forms.emplace(key, ReadForm(form));
      // The same fault in several combinations is told once.
      for (size_t i = problems_.size(); i > before; --i) {
        if (std::find(problems_.begin(), problems_.begin() + static_cast<long>(i - 1), problems_[i - 1]) !=
            problems_.begin() + static_cast<long>(i - 1)) {
          problems_.erase(problems_.begin() + static_cast<long>(i - 1));
        }
      }
    }
  }

  MeasureForm ReadForm(YamlReader& reader) {
    MeasureForm form;
    form.kind = AsEnum<MeasureKind>(kMeasureKinds, reader.Choice("kind", kMeasureKinds));
    if (form.kind == MeasureKind::kRatio) {
      form.numerator = reader.FormulaOf("numerator");
      form.denominator = reader.FormulaOf("denominator");
      return form;
    }
    if (form.kind == MeasureKind::kDerived) {
      form.numerator = reader.FormulaOf("formula");
      return form;
    }
    form.fact = reader.String("fact", true);
    form.role = reader.String("role", true);
    form.filter = reader.Sql("filter");
    form.select = reader.Sql("select");
    form.during = reader.Sql("during");
    form.value = reader.Sql("value", form.kind != MeasureKind::kCount);
    form.censored = reader.Sql("censored");
    form.first_of_card = reader.Flag("first_of_card");
    if (reader.Has("rows_of_card"))
      form.rows_of_card =
          reader.Choice("rows_of_card", kCardRows) == "one" ? CardRows::kOne : CardRows::kSeveral;
    return form;
  }

  std::shared_ptr<Model> model_ = std::make_shared<Model>();
  Diagnostics problems_;
  Places fact_places_;
  std::set<std::string> fact_columns_;  ///< of records that are no cards
  Places dimension_places_;
};

template <class Thing>
const Thing* FindIn(const std::map<std::string, Thing>& things, std::string_view id) {
  const auto at = things.find(std::string(id));
  return at == things.end() ? nullptr : &at->second;
}

}  // namespace

const Argument* Measure::FindArgument(std::string_view argument) const {
  for (const Argument& candidate : arguments) {
    if (candidate.id == argument) return &candidate;
  }
  return nullptr;
}

const Fact* Model::FindFact(std::string_view id) const { return FindIn(facts, id); }
const Dimension* Model::FindDimension(std::string_view id) const { return FindIn(dimensions, id); }
const Measure* Model::FindMeasure(std::string_view id) const { return FindIn(measures, id); }
std::vector<std::string> Model::MeasureNames() const { return measure_order; }
std::vector<std::string> Model::DimensionNames() const { return dimension_order; }

Result<std::shared_ptr<const Model>> ParseModel(const std::vector<ModelFile>& files) {
  return Loader().Load(files);
}

Result<std::shared_ptr<const Model>> LoadModel(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<ModelFile> files;
  Diagnostics problems;
  for (const char* part : {"facts", "dimensions", "measures"}) {
    std::error_code error;
    fs::directory_iterator list(fs::path(folder) / part, error);
    if (error) {
      problems.push_back({"folder_not_found",
                          "cannot read the folder of the model",
                          (fs::path(folder) / part).string(),
                          {}});
      continue;
    }
    for (const auto& entry : list) {
      if (entry.path().extension() != ".yaml") continue;
      std::ifstream stream(entry.path(), std::ios::binary);
      std::ostringstream text;
      text << stream.rdbuf();
      if (!stream) {
        problems.push_back({"file_not_found", "cannot read the file", entry.path().string(), {}});
        continue;
      }
      files.push_back({(fs::path(part) / entry.path().filename()).string(), text.str()});
    }
  }
  if (!problems.empty()) return problems;
  std::sort(files.begin(), files.end(),
            [](const ModelFile& a, const ModelFile& b) { return a.name < b.name; });
  return ParseModel(files);
}

}  // namespace svodka::metrics
