#include "reports/report_model.hpp"

#include <algorithm>
#include <ostream>

#include <gtest/gtest.h>

namespace svodka::reports {
namespace {

const std::string kGood = R"(report: tiny
title: {ru: Малый, en: Tiny}
switches:
  - id: of
    label: {ru: Что, en: What}
    options:
      - {id: created, label: {ru: Созданные, en: Created}}
      - {id: open, label: {ru: Открытые, en: Open}}
sections:
  - id: main
    title: {ru: Главное, en: Main}
    widgets:
      - id: cards
        kind: cards
        title: {ru: Карточки, en: Cards}
        measures:
          - deals_won
          - {switch: of, created: in_work_created, open: deals_in_work}
)";

const ModelNames kNames = {{"deals_won", "in_work_created", "deals_in_work"}, {}};

TEST(ReportModel, ReadsADefinition) {
  const auto report = ReportModel::Parse(kGood, "tiny.yaml", kNames);
  ASSERT_TRUE(report) << ToString(report.error());
  const WidgetDefinition* cards = report->FindWidget("cards");
  ASSERT_NE(cards, nullptr);
  EXPECT_EQ(cards->measures[1].variants[1].second.id, "deals_in_work");
  EXPECT_EQ(cards->switches, std::vector<std::string>{"of"});
  EXPECT_EQ(report->switches[0].initial, "created");
}

TEST(ReportModel, ShippedReportsAreValid) {
  const auto model = ReportModel::Load(SVODKA_SOURCE_DIR "/models/reports", {});
  ASSERT_TRUE(model) << ToString(model.error());
  ASSERT_NE((*model)->Find("sales_dynamics"), nullptr);
}

struct Mistake {
  const char* name;
  const char* from;
  const char* to;
  const char* code;
  const char* place;
  const char* nearest;
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) { return out << mistake.name; }

class ReportMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(ReportMistakes, AreToldWithPlaceAndNearestName) {
  const Mistake& mistake = GetParam();
  std::string text = kGood;
  const size_t at = text.find(mistake.from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string(mistake.from).size(), mistake.to);
  const auto report = ReportModel::Parse(text, "tiny.yaml", kNames);
  ASSERT_FALSE(report);
  const auto& errors = report.errors();
  const auto found = std::find_if(errors.begin(), errors.end(),
                                  [&](const Diagnostic& error) { return error.code == mistake.code; });
  ASSERT_NE(found, errors.end()) << ToString(report.error());
  const Diagnostic& error = *found;
  EXPECT_EQ(error.place, mistake.place) << ToString(error);
  if (*mistake.nearest != '\0') {
    ASSERT_FALSE(error.nearest.empty());
    EXPECT_EQ(error.nearest.front(), mistake.nearest);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, ReportMistakes,
    testing::Values(
        Mistake{"UnknownMeasure", "- deals_won", "- deals_own", "unknown_measure", "tiny.yaml:17",
                "deals_won"},
        Mistake{"UnknownKey", "kind: cards", "kinds: cards", "unknown_key", "tiny.yaml:14", "kind"},
        Mistake{"UnknownKind", "kind: cards", "kind: card", "bad_value", "tiny.yaml:14", "cards"},
        Mistake{"UnknownSwitch", "switch: of,", "switch: off,", "unknown_switch", "tiny.yaml:18", ""},
        Mistake{"UnknownOption", "open: deals_in_work", "opened: deals_in_work", "unknown_option",
                "tiny.yaml:18", "open"},
        Mistake{"MissingLabel", "{ru: Карточки, en: Cards}", "{ru: Карточки}", "missing_label",
                "tiny.yaml:15", ""},
        Mistake{"MissingKey", "        measures:\n          - deals_won\n",
                "        choices:\n          - {needs: leads}\n", "missing_key", "tiny.yaml:17", ""},
        Mistake{"DuplicateId", "- id: cards", "- id: of", "duplicate_id", "tiny.yaml:13", ""},
        Mistake{"NotYaml", "report: tiny", "report: [tiny", "bad_yaml", "tiny.yaml:2", ""}),
    [](const auto& tested) { return tested.param.name; });

TEST(ReportModel, CollectsAllMistakesInOrderOfLines) {
  std::string text = kGood;
  text.replace(text.find("title: {ru: Малый, en: Tiny}"), std::string("title: {ru: Малый, en: Tiny}").size(),
               "titel: x");
  text.replace(text.find("kind: cards"), 11, "kind: none_such");
  const auto report = ReportModel::Parse(text, "tiny.yaml", {});
  ASSERT_FALSE(report);
  ASSERT_GE(report.errors().size(), 3U);
  EXPECT_EQ(report.errors().back().place, "tiny.yaml:14");
}

}  // namespace
}  // namespace svodka::reports
