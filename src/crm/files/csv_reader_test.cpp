#include "crm/files/csv_reader.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.hpp"

namespace svodka::crm::files {
namespace {

struct Read {
  int64_t line;
  std::vector<std::string> cells;
  std::string trouble;
};

class CsvFile {
 public:
  explicit CsvFile(const std::string& bytes) {
    path_ = std::filesystem::temp_directory_path() /
            ("svodka-csv-" + std::to_string(::getpid()) + "-" + std::to_string(++count_) + ".csv");
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~CsvFile() { std::filesystem::remove(path_); }
  CsvFile(const CsvFile&) = delete;
  CsvFile& operator=(const CsvFile&) = delete;

  std::vector<Read> Rows(const TableOptions& options = {}) {
    auto reader = OpenTable(path_, options);
    if (!reader.ok()) throw std::runtime_error(ToString(reader.error()));
    description_ = (*reader)->description();
    std::vector<Read> rows;
    TableRow row;
    while ((*reader)->Next(row)) {
      Read& read = rows.emplace_back();
      read.line = row.line;
      for (const Cell& cell : row.cells) read.cells.emplace_back(cell.text);
      if (row.trouble) read.trouble = row.trouble->code;
    }
    return rows;
  }
  const std::string& description() const { return description_; }
  std::string path() const { return path_.string(); }

 private:
  static inline int count_ = 0;
  std::filesystem::path path_;
  std::string description_;
};

using Cells = std::vector<std::string>;

TEST(Csv, ReadsQuotesAndLineBreaks) {
  CsvFile file("a,b,c\r\n\"1,5\",\"two \"\"quoted\"\"\",\"line\nbreak\"\r\n\r\nx,,z");
  const auto rows = file.Rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].cells, (Cells{"1,5", "two \"quoted\"", "line\nbreak"}));
  EXPECT_EQ(rows[2].cells, (Cells{"x", "", "z"}));
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_EQ(rows[2].line, 5) << "the quoted break and the blank line count";
}

TEST(Csv, FindsTheDelimiter) {
  EXPECT_EQ(CsvFile("a;b;c\n1,5;2,5;3,5\n4,0;5,0;6,0\n").Rows()[1].cells.size(), 3U);
  EXPECT_EQ(CsvFile("a\tb\n1,2\t3;4\n").Rows()[1].cells, (Cells{"1,2", "3;4"}));
  EXPECT_EQ(CsvFile("a|b\n1|2\n").Rows()[1].cells, (Cells{"1", "2"}));
  EXPECT_EQ(CsvFile("one\nA, B\n").Rows({.delimiter = ';', .encoding = {}, .sheet = ""})[1].cells,
            (Cells{"A, B"}));
  EXPECT_EQ(CsvFile("sep=|\na,b|c\n").Rows()[0].cells, (Cells{"a,b", "c"}));
}

TEST(Csv, FindsTheEncoding) {
  const Cells expected{"Название", "№ сделки — 1"};
  CsvFile utf8("Название;№ сделки — 1\n");
  EXPECT_EQ(utf8.Rows()[0].cells, expected);
  CsvFile marked("\xEF\xBB\xBFНазвание;№ сделки — 1\n");
  EXPECT_EQ(marked.Rows()[0].cells, expected);
  CsvFile cyrillic(ToWindows1251("Название;№ сделки — 1\nЁлка;ы\n"));
  EXPECT_EQ(cyrillic.Rows()[0].cells, expected);
  EXPECT_NE(cyrillic.description().find("windows-1251"), std::string::npos);
  for (const bool little : {true, false}) {
    std::string bytes = little ? "\xFF\xFE" : "\xFE\xFF";
    for (const char16_t unit : std::u16string(u"Название;№ сделки — 1\n😀;x\n")) {
      const char low = static_cast<char>(unit & 0xFF);
      const char high = static_cast<char>(unit >> 8);
      bytes += little ? std::string{low, high} : std::string{high, low};
    }
    CsvFile wide(bytes);
    EXPECT_EQ(wide.Rows()[0].cells, expected);
    EXPECT_EQ(wide.Rows()[1].cells, (Cells{"😀", "x"}));
  }
}

TEST(Csv, FindsTheEncodingThatShowsLate) {
  std::string ascii = "a;b\n";
  for (int i = 0; i < 200'000; ++i) ascii += "plain;row\n";
  CsvFile file(ascii + ToWindows1251("поздно;да\n"));
  EXPECT_EQ(file.Rows().back().cells, (Cells{"поздно", "да"}));
}

TEST(Csv, OneBrokenByteCostsOneRow) {
  std::string text = "имя;город\n";
  for (int i = 0; i < 20; ++i) text += "Иван;Москва\n";
  CsvFile file(text + "Пётр\xFF;Тула\nАнна;Орёл\n");
  const auto rows = file.Rows();
  ASSERT_EQ(rows.size(), 23U);
  EXPECT_EQ(rows[21].trouble, "bad_encoding");
  EXPECT_EQ(rows[22].cells, (Cells{"Анна", "Орёл"}));
}

TEST(Csv, AnUnclosedQuoteCostsOneLine) {
  const auto rows = CsvFile("a,b\n1,\"open\n2,x\n3,\"shut\"\n4,y\n").Rows();
  ASSERT_EQ(rows.size(), 5U) << "what follows the next quote shows that the first one was never closed";
  EXPECT_EQ(rows[1].trouble, "unclosed_quote");
  EXPECT_EQ(rows[3].cells, (Cells{"3", "shut"}));
  EXPECT_EQ(CsvFile("a,b\n\"x\"y,1\n").Rows()[1].trouble, "bad_quotes");
  const auto last = CsvFile("a,b\n1,x\n2,\"open\n3,y\n4,z\n").Rows();
  ASSERT_EQ(last.size(), 5U);
  EXPECT_EQ(last[2].trouble, "unclosed_quote");
  EXPECT_EQ(last[2].line, 3);
  EXPECT_EQ(last[3].cells, (Cells{"3", "y"}));
  EXPECT_EQ(last[4].line, 5);
}

TEST(Csv, ARowThatIsTooLongCostsItsLineWhole) {
  const std::string long_text((size_t(9) << 20U) + 7, 'x');
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    for (const std::string quote : {"", "\""}) {
      const auto rows = CsvFile("a,b" + end + "1,x" + end + "2," + quote + long_text + ",9" + quote + end +
                                "3,y" + end + "4,z" + end)
                            .Rows();
      ASSERT_EQ(rows.size(), 5U) << "its tail is no row of its own";
      EXPECT_EQ(rows[2].trouble, "row_too_long");
      EXPECT_EQ(rows[2].line, 3);
      EXPECT_EQ(rows[3].cells, (Cells{"3", "y"}));
      EXPECT_EQ(rows[3].line, 4);
      EXPECT_EQ(rows[4].line, 5);
    }
  }
  const auto last = CsvFile("a,b\n1," + long_text).Rows();
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[1].trouble, "row_too_long");
}

TEST(Csv, AQuoteInsideAPlainFieldIsText) {
  EXPECT_EQ(CsvFile("a,b\nООО \"Ромашка\",5\" disk\n").Rows()[1].cells,
            (Cells{"ООО \"Ромашка\"", "5\" disk"}));
}

TEST(Csv, TrimsBlanksOfAllKinds) {
  EXPECT_EQ(CsvFile("a,b\n\xC2\xA0x\xE2\x80\xAF,\" y \"\n").Rows()[1].cells, (Cells{"x", "y"}));
}

TEST(Csv, RefusesWhatItCannotRead) {
  EXPECT_EQ(OpenTable("/nowhere/to/be/found.csv", {}).error().code, "file_not_found");
  CsvFile empty("\xEF\xBB\xBF");
  EXPECT_EQ(OpenTable(empty.path(), {}).error().code, "empty_file");
  CsvFile old("\xD0\xCF\x11\xE0 and so on");
  EXPECT_EQ(OpenTable(old.path(), {}).error().code, "legacy_xls");
}

TEST(Csv, ReadsHtmlTablesNamedXls) {
  CsvFile file(
      "<html><head><meta charset=\"UTF-8\"></head><body><table border=1>\n"
      "<tr><th>ID</th><th>Название&nbsp;сделки</th></tr>\n"
      "<tr><td>1</td><td>A &amp; B &lt;C&gt;<br>две строки</td></tr><tr><td>2</td><td></td></tr>"
      "</table><table><tr><td>other</td></tr></table></body></html>");
  const auto rows = file.Rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].cells, (Cells{"ID", "Название\xC2\xA0сделки"}));
  EXPECT_EQ(rows[1].cells, (Cells{"1", "A & B <C>\nдве строки"}));
  EXPECT_EQ(rows[2].cells, (Cells{"2", ""}));
  CsvFile page("<!DOCTYPE html><html><body>Sign in</body></html>");
  EXPECT_EQ(OpenTable(page.path(), {}).error().code, "no_table");
}

rc::Gen<std::string> AnyCell() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                          "a", "1", ",", ";", "\"", "\n", "\r\n", "'", "ж", "Ё", "😀", " ", "=", "\t")),
                      [](const std::vector<std::string>& parts) {
                        std::string text;
                        for (const std::string& part : parts) text += part;
                        return std::string(TrimAny(text));
                      });
}

TEST(CsvProperty, WhatIsWrittenIsRead) {
  EXPECT_TRUE(rc::check([] {
    const size_t columns = *rc::gen::inRange<size_t>(1, 5);
    const auto table = *rc::gen::container<std::vector<Cells>>(rc::gen::container<Cells>(columns, AnyCell()));
    const char delimiter = *rc::gen::element(',', ';', '\t', '|');
    std::string text;
    std::vector<Cells> expected;
    AppendCsvRecord(std::vector<std::string_view>(columns, "h"), delimiter, text);
    for (const Cells& row : table) {
      AppendCsvRecord({row.begin(), row.end()}, delimiter, text);
      const bool blank = std::all_of(row.begin(), row.end(), [](const std::string& c) { return c.empty(); });
      if (!blank) expected.push_back(row);
    }
    CsvFile file(text);
    const auto rows = file.Rows({.delimiter = delimiter, .encoding = Encoding::kUtf8, .sheet = ""});
    RC_ASSERT(rows.size() == expected.size() + 1);
    for (size_t i = 0; i < expected.size(); ++i) {
      RC_ASSERT(rows[i + 1].trouble.empty());
      RC_ASSERT(rows[i + 1].cells == expected[i]);
    }
  }));
}

TEST(CsvProperty, AnyBytesEndInRowsNotInAFall) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    if (bytes.empty()) return;
    CsvFile file(bytes);
    auto reader = OpenTable(file.path(), {});
    if (!reader.ok()) return;
    TableRow row;
    size_t rows = 0;
    try {
      while ((*reader)->Next(row)) RC_ASSERT(++rows <= bytes.size());
    } catch (const DiagnosticError&) {
      RC_TAG("refused");
    }
  }));
}

TEST(EncodingProperty, Windows1251ComesBack) {
  EXPECT_TRUE(rc::check([] {
    // Every byte but 0x98, which windows-1251 leaves undefined.
    const auto bytes = *rc::gen::container<std::string>(
        rc::gen::map(rc::gen::suchThat(rc::gen::inRange(1, 256), [](int b) { return b != 0x98; }),
                     [](int b) { return static_cast<char>(b); }));
    Decoder decoder(Encoding::kWindows1251);
    std::string utf8;
    decoder.Append(bytes, utf8);
    RC_ASSERT(IsValidUtf8(utf8));
    RC_ASSERT(ToWindows1251(utf8) == bytes);
  }));
}

}  // namespace
}  // namespace svodka::crm::files
