#include "app/setup/file_words.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include <gtest/gtest.h>

#include "crm/files/date_text.hpp"
#include "crm/files/number_text.hpp"

namespace svodka::app {
namespace {

const Say kRussian(engine::Language::kRussian), kEnglish(engine::Language::kEnglish);

std::string Russian(const Diagnostic& error) { return FileWords(error.code, error.message, kRussian); }

// Whatever a row can be left out for must be said in Russian, too. The sources are read: a new code cannot be
// forgotten.
TEST(FileWords, KnowEveryCodeThatLeavesARowOut) {
  const std::regex code(R"re(\{\s*"([a-z]+_[a-z_]+)",\s)re");
  std::string missing;
  for (const char* name : {"column_reader", "number_text", "date_text", "row_builder", "import", "csv_reader",
                           "html_table", "directory"}) {
    std::ifstream in(std::filesystem::path(SVODKA_SOURCE_DIR) / "src/crm/files" /
                     (std::string(name) + ".cpp"));
    ASSERT_TRUE(in) << name;
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (std::sregex_iterator match(text.begin(), text.end(), code), end; match != end; ++match) {
      const std::string found = (*match)[1];
      // Of the mapping, not of a row.
      if (found != "unknown_date_order" && !HasFileWords(found))
        missing += std::string(name) + ": " + found + "\n";
    }
  }
  EXPECT_EQ(missing, "");
}

TEST(FileWords, KeepWhatTheReaderSaysOfTheCase) {
  const auto ambiguous = crm::files::ParseNumberText("1,234", std::nullopt);
  ASSERT_FALSE(ambiguous.ok());
  EXPECT_NE(Russian(ambiguous.error()).find("(1234 или 1.234)"), std::string::npos)
      << Russian(ambiguous.error());
  const Diagnostic ragged{
      "ragged_row", "the row has 3 cells, the header 5; is a separator or a quote missing?", "", {}};
  EXPECT_EQ(Russian(ragged), "ячеек в строке: 3, в заголовке: 5; не пропущен ли разделитель или кавычка?");
  const Diagnostic missing{"missing_value", "the row has no stage, which it cannot do without", "", {}};
  EXPECT_EQ(Russian(missing), "нет обязательного значения: stage");
}

TEST(FileWords, AreTheReadersOwnInEnglishAndWhereNoneAreKnown) {
  EXPECT_EQ(FileWords("bad_date", "not a date", kEnglish), "not a date");
  EXPECT_EQ(FileWords("never_heard_of", "what it says", kRussian), "what it says");
  EXPECT_EQ(
      FileLine({"no_rate", "amounts in EUR and no rate to RUB; give `rates:`", "map.yaml", {}}, kRussian),
      "map.yaml: есть суммы в EUR, а курса этой валюты нет: задайте rates: в отображении");
}

}  // namespace
}  // namespace svodka::app
