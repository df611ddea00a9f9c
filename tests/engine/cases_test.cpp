#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "case_runner.hpp"
#include "metrics/definitions/model.hpp"

/// Every file of tests/cases is one test under each way of running: 1 and several threads, merged scans on
/// and off.
namespace svodka::engine::testing {
namespace {

struct Way {
  const char* name;
  int warehouse_threads;
  QueryService::Settings settings;
};

const Way kWays[] = {
    {"OneThread",
     1,
     {.cache_bytes_max = 1 << 20,
      .cache = true,
      .merge_scans = true,
      .threads = 1,
      .extract_budget = nullptr}},
    {"PassesOff",
     1,
     {.cache_bytes_max = 0, .cache = false, .merge_scans = false, .threads = 1, .extract_budget = nullptr}},
    {"ManyThreads",
     4,
     {.cache_bytes_max = 0, .cache = false, .merge_scans = true, .threads = 4, .extract_budget = nullptr}},
};

std::vector<std::string> CaseFiles() {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(SVODKA_SOURCE_DIR) + "/tests/cases")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().stem().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::shared_ptr<const metrics::Model> ShippedModel() {
  static const auto kModel = metrics::LoadModel(std::string(SVODKA_SOURCE_DIR) + "/models").value();
  return kModel;
}

class Cases : public ::testing::TestWithParam<std::tuple<std::string, int>> {};

TEST_P(Cases, Agree) {
  const auto& [name, way_index] = GetParam();
  const Way& way = kWays[way_index];
  const YamlDocument file =
      LoadYaml(std::string(SVODKA_SOURCE_DIR) + "/tests/cases/" + name + ".yaml").value();
  const auto warehouse = file.root["company"].IsDefined()
                             ? MakeCompany(way.warehouse_threads)
                             : MakeStar(file.root["star"], way.warehouse_threads);
  // Noon in Moscow.
  ManualClock clock(ParseInstant(file.root["today"].as<std::string>() + "T09:00:00Z").value());
  QueryService service(warehouse, ShippedModel(), clock, way.settings);
  if (file.root["settings"].IsDefined()) service.SetPortalSettings(ToJson(file.root["settings"]).as_object());
  const Scope everything{.everything = true, .user_id = ""};
  std::vector<json::value> requests;
  std::vector<YAML::Node> cases;
  for (const auto& one : file.root["cases"]) {
    if (!one["request"].IsDefined()) throw std::runtime_error("a case without a request");
    cases.push_back(one);
    requests.push_back(ToJson(one["request"]));
  }
  // All cases of a file at once, as the widgets of a page.
  const std::vector<Result<Table>> answers = service.QueryMany(requests, everything, Language::kRussian);
  for (size_t i = 0; i < cases.size(); ++i) {
    const std::string what = file.Place(cases[i]) + " " + json::serialize(requests[i]);
    if (cases[i]["error"].IsDefined()) {
      ASSERT_FALSE(answers[i].ok()) << what;
      EXPECT_EQ(answers[i].error().code, cases[i]["error"].as<std::string>()) << what << "\n"
                                                                              << answers[i].error().message;
      continue;
    }
    if (!answers[i].ok()) {
      ADD_FAILURE() << what << "\n" << ToString(answers[i].error());
      continue;
    }
    const auto answer = RowTexts(*answers[i]);
    const auto expected = cases[i]["rows"].IsDefined() ? RowTexts(cases[i]["rows"]) : answer;
    EXPECT_EQ(answer, expected) << what << "\n" << service.Explain(requests[i], everything);
    if (!cases[i]["check_sql"].IsDefined()) continue;
    const auto twin = warehouse->Query(cases[i]["check_sql"].as<std::string>());
    if (!twin.ok()) {
      ADD_FAILURE() << what << "\n" << ToString(twin.error());
      continue;
    }
    // The twin need not know our order of members.
    EXPECT_THAT(RowTexts(*twin), ::testing::UnorderedElementsAreArray(expected))
        << what << "\nthe twin (actual) disagrees with the expected rows\n"
        << service.Explain(requests[i], everything);
  }
}

INSTANTIATE_TEST_SUITE_P(Twins, Cases,
                         ::testing::Combine(::testing::ValuesIn(CaseFiles()), ::testing::Range(0, 3)),
                         [](const auto& one) {
                           return std::get<0>(one.param) + kWays[std::get<1>(one.param)].name;
                         });

/// A measure that nobody has computed by hand is not shipped.
TEST(Twins, EveryMeasureHasOne) {
  std::set<std::string> with_twin;
  for (const std::string& name : CaseFiles()) {
    const YamlDocument file =
        LoadYaml(std::string(SVODKA_SOURCE_DIR) + "/tests/cases/" + name + ".yaml").value();
    for (const auto& one : file.root["cases"]) {
      if (!one["check_sql"].IsDefined()) continue;
      for (const auto& measure : one["request"]["measures"]) {
        with_twin.insert((measure.IsMap() ? measure["measure"] : measure).as<std::string>());
      }
    }
  }
  for (const std::string& id : ShippedModel()->MeasureNames()) {
    EXPECT_TRUE(with_twin.contains(id)) << id << " needs a case with check_sql in tests/cases";
  }
}

/// A dimension that no case divides by is one whose numbers nobody has counted by hand.
TEST(Twins, EveryDimensionHasOne) {
  std::set<std::string> counted;
  for (const std::string& name : CaseFiles()) {
    const YamlDocument file =
        LoadYaml(std::string(SVODKA_SOURCE_DIR) + "/tests/cases/" + name + ".yaml").value();
    for (const auto& one : file.root["cases"]) {
      if (one["check_sql"].IsDefined() || (one["rows"].IsDefined() && one["rows"].size() > 0)) {
        for (const auto& dimension : one["request"]["dimensions"])
          counted.insert(dimension.as<std::string>());
      }
    }
  }
  for (const std::string& id : ShippedModel()->DimensionNames()) {
    if (ShippedModel()->FindDimension(id)->kind == metrics::DimensionKind::kRange) continue;  // only filters
    EXPECT_TRUE(counted.contains(id)) << id << " needs a case with rows or check_sql in tests/cases";
  }
}

/// Every form of every measure compiles to SQL that DuckDB accepts: the dry run of the shipped model.
TEST(ShippedModelOnTheStar, CompilesWhole) {
  const auto warehouse = MakeStar(YAML::Node());
  const Diagnostics problems = CheckModel(*ShippedModel(), *warehouse);
  for (const Diagnostic& problem : problems) ADD_FAILURE() << ToString(problem);
}

}  // namespace
}  // namespace svodka::engine::testing
