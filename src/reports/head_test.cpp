#include "reports/head.hpp"

#include <gtest/gtest.h>

namespace svodka::reports {
namespace {

std::vector<engine::Member> Stages() {
  std::vector<engine::Member> members;
  for (const auto& [id, label] : std::vector<std::pair<const char*, const char*>>{{"lead:NEW", "Новый"},
                                                                                  {"deal:NEW", "Новая"},
                                                                                  {"C5:NEW", "Заявка"},
                                                                                  {"7/142", "Успешно"},
                                                                                  {"8/142", "Успешно"},
                                                                                  {"WON", "Успех"}}) {
    engine::Member member;
    member.id = id;
    member.label = label;
    members.push_back(std::move(member));
  }
  return members;
}

/// Addresses that were shared before stages of two kinds had ids of their own still name what they mean.
TEST(MemberName, OfABareStageIdIsThatOfAllThatAreCalledSo) {
  const auto name = [](const char* id) {
    return MemberName("stage", id, Stages(), engine::Language::kRussian);
  };
  EXPECT_EQ(name("deal:NEW"), "Новая");
  EXPECT_EQ(name("lead:NEW"), "Новый");
  EXPECT_EQ(name("NEW"), "Новый / Новая");
  EXPECT_EQ(name("142"), "Успешно");
  EXPECT_EQ(name("WON"), "Успех");
  EXPECT_EQ(name("NOPE"), "NOPE");
}

}  // namespace
}  // namespace svodka::reports
