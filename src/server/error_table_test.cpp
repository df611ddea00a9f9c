#include "server/error_table.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <gtest/gtest.h>

namespace svodka::server {
namespace {

namespace fs = std::filesystem;

TEST(ErrorTable, HasEachCodeOnce) {
  std::set<std::string_view> seen;
  for (const ErrorRule& rule : ErrorRules()) {
    EXPECT_TRUE(seen.insert(rule.code).second) << rule.code;
    EXPECT_GE(rule.status, 400);
    EXPECT_NE(rule.status, 500);
  }
}

// A code that a request can bring about must be in the table, or a person's mistake would look like ours.
// Codes of the model files (metrics/definitions, report definitions) are answered at start, never over HTTP.
TEST(ErrorTable, KnowsTheCodesOfTheFoldersThatAnswerRequests) {
  const std::set<std::string> ours = {"internal", "never_heard_of"};
  const std::regex code(R"re((?:Diagnostic\s*|push_back\(|Fail\(|Add\()\{?\s*"([a-z]+_[a-z_]+)",)re");
  std::string missing;
  for (const char* folder : {"metrics/query", "metrics/plan", "metrics/sql", "engine", "reports", "server"}) {
    const fs::path root = fs::path(SVODKA_SOURCE_DIR) / "src" / folder;
    if (!fs::exists(root)) continue;
    for (const auto& file : fs::recursive_directory_iterator(root)) {
      const std::string name = file.path().filename().string();
      if (file.path().extension() != ".cpp" || name.ends_with("_test.cpp")) continue;
      // What only happens at start.
      if (name == "http_server.cpp" || name == "definition_yaml.cpp" || name == "definition_reader.cpp" ||
          name == "report_model.cpp")
        continue;
      std::ifstream in(file.path());
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      for (std::sregex_iterator match(text.begin(), text.end(), code), end; match != end; ++match) {
        const std::string found = (*match)[1];
        if (FindErrorRule(found) == nullptr && !ours.contains(found)) missing += name + ": " + found + "\n";
      }
    }
  }
  EXPECT_EQ(missing, "");
}

}  // namespace
}  // namespace svodka::server
