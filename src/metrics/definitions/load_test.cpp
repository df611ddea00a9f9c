#include <array>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/definitions/model.hpp"

namespace svodka::metrics {
namespace {

TEST(ShippedModel, Loads) {
  const auto model = LoadModel(std::string(SVODKA_SOURCE_DIR) + "/models");
  if (!model.ok()) {
    for (const Diagnostic& problem : model.errors()) ADD_FAILURE() << ToString(problem);
    return;
  }
  EXPECT_GT((*model)->measures.size(), 60U);
}

TEST(LoadModel, SaysWhichFolderIsMissing) {
  const auto model = LoadModel("/nowhere");
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.error().code, "folder_not_found");
}

const char* const kFact = R"(fact: card
table: f_card
card: f.key
order: f.turn
roles:
  closed: {day: f.day, employee: f.owner}
  mixed: {employee: f.owner}
joins:
  - {as: more, table: f_more, on: more.key = f.key}
dimensions:
  place: f.place
)";
const char* const kDimension = R"(dimension: place
kind: values
label: {ru: Место, en: Place}
none: {ru: Нет, en: None}
values:
  - {key: 1, id: here, label: {ru: Тут, en: Here}}
)";
const std::string kHead = R"(measure: won
group: deals
type: integer
format: integer
label: {ru: Выиграно, en: Won}
definition: {ru: Сколько выиграно, en: How many were won}
time: closed
)";
const std::string kMeasure = kHead + "kind: count\nfact: card\nrole: closed\nfilter: f.won AND more.good\n";

Diagnostics Problems(const std::string& fact, const std::string& dimension, const std::string& measure) {
  const auto model = ParseModel(
      {{"facts/card.yaml", fact}, {"dimensions/place.yaml", dimension}, {"measures/won.yaml", measure}});
  return model.ok() ? Diagnostics{} : model.errors();
}

std::string Bands(const char* first, const char* second, const char* third) {
  std::string text =
      "dimension: place\nkind: values\nlabel: {ru: Место, en: Place}\nnone: {ru: Нет, en: None}\nvalues:\n";
  int key = 0;
  for (const char* below : {first, second, third}) {
    const std::string number = std::to_string(++key);
    text += "  - {key: " + number + ", id: b" + number + ", label: {ru: П, en: B}" +
            (*below == '\0' ? "" : ", below: " + std::string(below)) + "}\n";
  }
  return text;
}

TEST(ParseModel, MakesBandsOfANumber) {
  const auto model = ParseModel({{"facts/card.yaml", kFact},
                                 {"dimensions/place.yaml", Bands("10", "20", "")},
                                 {"measures/won.yaml", kMeasure}});
  ASSERT_TRUE(model.ok()) << ToString(model.error());
  const Fact& fact = *(*model)->FindFact("card");
  EXPECT_EQ(fact.bands.at("place").text(), "f.place");
  EXPECT_EQ(fact.dimensions.at("place").text(),
            "CASE WHEN (f.place) IS NULL THEN NULL WHEN (f.place) < 10 THEN 1 WHEN (f.place) < 20 THEN 2 "
            "ELSE 3 END");
}

TEST(ParseModel, RefusesBandsThatDoNotRise) {
  const std::vector<std::array<const char*, 3>> faulty = {
      {"20", "10", ""}, {"10", "10", ""}, {"10", "", ""}, {"10", "20", "30"}, {"", "20", ""}};
  for (const auto& [first, second, third] : faulty) {
    const Diagnostics problems = Problems(kFact, Bands(first, second, third), kMeasure);
    ASSERT_EQ(problems.size(), 1U) << first << second << third;
    EXPECT_EQ(problems.front().code, "bad_bands");
  }
}

TEST(ParseModel, TakesTheSoundModel) {
  EXPECT_THAT(Problems(kFact, kDimension, kMeasure), ::testing::IsEmpty());
}

struct Faulty {
  const char* code;
  const char* place;
  std::string fact, dimension, measure;
  const char* nearest = "";
};

std::string With(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("no " + from);
  return text.replace(at, from.size(), to);
}

const Faulty kFaulty[] = {
    {"bad_yaml", "measures/won.yaml:1", kFact, kDimension, "measure: [", ""},
    {"unknown_file", "measures/won.yaml:1", kFact, kDimension, "number: 1", ""},
    {"unknown_key", "measures/won.yaml:11", kFact, kDimension, With(kMeasure, "filter:", "filtre:"),
     "filter"},
    {"missing_key", "measures/won.yaml:1", kFact, kDimension, With(kMeasure, "group: deals\n", ""), ""},
    {"wrong_type", "facts/card.yaml:2", With(kFact, "table: f_card", "table: [f_card]"), kDimension, kMeasure,
     ""},
    {"unknown_value", "measures/won.yaml:8", kFact, kDimension, With(kMeasure, "kind: count", "kind: cuont"),
     "count"},
    {"bad_id", "measures/won.yaml:1", kFact, kDimension, With(kMeasure, "measure: won", "measure: Won__it"),
     ""},
    {"duplicate_id", "dimensions/place.yaml:1", kFact, kDimension, kMeasure, ""},
    {"missing_label", "measures/won.yaml:5", kFact, kDimension, With(kMeasure, ", en: Won", ""), ""},
    {"bad_expression", "measures/won.yaml:11", kFact, kDimension,
     With(kMeasure, "f.won AND more.good", "f.won; DROP TABLE f_card"), ""},
    {"unknown_alias", "measures/won.yaml:1", kFact, kDimension, With(kMeasure, "more.good", "mare.good"),
     "more"},
    {"unknown_placeholder", "measures/won.yaml:1", kFact, kDimension,
     With(kMeasure, "more.good", "f.day < {too}"), "to"},
    {"unknown_value", "measures/won.yaml:12", kFact, kDimension, kMeasure + "records_order: [{by: closd}]\n",
     ""},
    {"unknown_value", "measures/won.yaml:12", kFact, kDimension, kMeasure + "records_order: [{by: value}]\n",
     ""},
    {"wrong_type", "measures/won.yaml:12", kFact, kDimension, kMeasure + "records_order: closed\n", ""},
    {"bad_formula", "measures/won.yaml:9", kFact, kDimension, kHead + "kind: derived\nformula: won +\n", ""},
    {"unknown_measure", "measures/won.yaml:1", kFact, kDimension,
     kHead + "kind: ratio\nnumerator: wan\ndenominator: won\n", "won"},
    {"cyclic_measure", "measures/won.yaml:1", kFact, kDimension, kHead + "kind: derived\nformula: won * 2\n",
     ""},
    {"unknown_fact", "measures/won.yaml:1", kFact, kDimension, With(kMeasure, "fact: card", "fact: crad"),
     "card"},
    {"unknown_role", "measures/won.yaml:1", kFact, kDimension, With(kMeasure, "role: closed", "role: close"),
     "closed"},
    {"unknown_dimension", "facts/card.yaml:1", With(kFact, "place: f.place", "palce: f.place"), kDimension,
     kMeasure, "place"},
    {"unknown_argument", "measures/won.yaml:13", kFact, kDimension,
     kMeasure + "variants:\n  rule:\n    any: {filter: f.x}\n", ""},
    {"missing_key", "measures/won.yaml:1", kFact, kDimension, With(kMeasure, "role: closed", "role: mixed"),
     ""},
};

class FaultyModel : public ::testing::TestWithParam<size_t> {};

TEST_P(FaultyModel, IsDiagnosed) {
  const Faulty& faulty = kFaulty[GetParam()];
  std::vector<ModelFile> files = {{"facts/card.yaml", faulty.fact},
                                  {"dimensions/place.yaml", faulty.dimension},
                                  {"measures/won.yaml", faulty.measure}};
  if (std::string(faulty.code) == "duplicate_id") files.push_back(files[1]);
  const auto model = ParseModel(files);
  ASSERT_FALSE(model.ok()) << faulty.code;
  bool found = false;
  for (const Diagnostic& problem : model.errors()) {
    if (problem.code != faulty.code || problem.place != faulty.place) continue;
    found = true;
    if (*faulty.nearest != '\0') {
      EXPECT_THAT(problem.nearest, ::testing::Contains(faulty.nearest));
    }
  }
  std::string all;
  for (const Diagnostic& problem : model.errors()) all += ToString(problem) + "\n";
  EXPECT_TRUE(found) << faulty.code << " at " << faulty.place << " expected, got:\n" << all;
}

INSTANTIATE_TEST_SUITE_P(EachCode, FaultyModel, ::testing::Range<size_t>(0, std::size(kFaulty)),
                         [](const auto& one) {
                           return std::to_string(one.param) + "_" + kFaulty[one.param].code;
                         });

}  // namespace
}  // namespace svodka::metrics
