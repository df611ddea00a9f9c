#include "crm/files/xlsx_reader.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <zip.h>

namespace svodka::crm::files {
namespace {

/// Writes the parts of a workbook as Excel lays them out.
class Workbook {
 public:
  Workbook() {
    path_ = std::filesystem::temp_directory_path() /
            ("svodka-xlsx-" + std::to_string(::getpid()) + "-" + std::to_string(++count_) + ".xlsx");
    Part("xl/_rels/workbook.xml.rels",
         "<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/>"
         "<Relationship Id=\"rId2\" Target=\"/xl/worksheets/second.xml\"/></Relationships>");
    Book(false);
    Part("xl/styles.xml",
         "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd\\.mm\\.yyyy;@\"/>"
         "<numFmt numFmtId=\"165\" formatCode=\"[$-419]#,##0.00&quot; days&quot;\"/><numFmt numFmtId=\"166\" "
         "formatCode=\"[h]:mm:ss\"/></numFmts>"
         "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"22\"/><xf "
         "numFmtId=\"165\"/>"
         "<xf numFmtId=\"166\"/></cellXfs></styleSheet>");
    Part("xl/sharedStrings.xml",
         "<sst><si><t>Название</t></si><si><r><t>Ромашка </t></r><r><rPr/><t>&amp; "
         "Ко</t></r><rPh><t>x</t></rPh></si><si/></sst>");
    Part("xl/worksheets/second.xml",
         "<worksheet><sheetData><row><c "
         "t=\"inlineStr\"><is><t>here</t></is></c></row></sheetData></worksheet>");
  }
  ~Workbook() { std::filesystem::remove(path_); }
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;

  void Part(const std::string& name, const std::string& text) { parts_.emplace_back(name, text); }
  void Book(bool since_1904) {
    Part("xl/workbook.xml", std::string("<workbook xmlns:r=\"x\"><workbookPr date1904=\"") +
                                (since_1904 ? "1" : "0") +
                                "\"/><sheets><sheet name=\"Сделки\" sheetId=\"1\" r:id=\"rId1\"/>"
                                "<sheet name=\"Other\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>");
  }
  void Rows(const std::string& rows) {
    Part("xl/worksheets/sheet1.xml", "<worksheet><sheetData>" + rows + "</sheetData></worksheet>");
  }

  std::string Save() {
    int error = 0;
    zip_t* archive = zip_open(path_.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
    for (const auto& [name, text] : parts_) {
      zip_source_t* source = zip_source_buffer(archive, text.data(), text.size(), 0);
      zip_file_add(archive, name.c_str(), source, ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8);
    }
    zip_close(archive);
    return path_.string();
  }

 private:
  static inline int count_ = 0;
  std::filesystem::path path_;
  std::vector<std::pair<std::string, std::string>> parts_;
};

struct Read {
  std::string text;
  CellKind kind;
  bool operator==(const Read&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Read& read) {
  return out << read.text << "/" << int(read.kind);
}

std::vector<std::vector<Read>> RowsOf(const std::string& path, const std::string& sheet = "") {
  auto reader = OpenTable(path, {.delimiter = {}, .encoding = {}, .sheet = sheet});
  if (!reader.ok()) throw std::runtime_error(ToString(reader.error()));
  std::vector<std::vector<Read>> rows;
  TableRow row;
  while ((*reader)->Next(row)) {
    auto& cells = rows.emplace_back();
    for (const Cell& cell : row.cells) cells.push_back({std::string(cell.text), cell.kind});
  }
  return rows;
}

TEST(Xlsx, ReadsEveryKindOfCell) {
  Workbook book;
  book.Rows(
      "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"s\"><v>1</v></c></row>"
      "<row r=\"2\"/>"
      "<row r=\"3\"><c r=\"A3\"><v>3500.5</v></c><c r=\"B3\" t=\"b\"><v>1</v></c><c r=\"C3\" "
      "t=\"e\"><v>#N/A</v></c>"
      "<c r=\"D3\" t=\"str\"><f>A1&amp;1</f><v>made</v></c><c r=\"E3\"><v>0.30000000000000004</v></c>"
      "<c r=\"F3\"><v>1.2E+3</v></c><c r=\"G3\"><v>12345678901234567</v></c>"
      "<c r=\"H3\"><v>1.23456789012346E+18</v></c></row>");
  const auto rows = RowsOf(book.Save());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0],
            (std::vector<Read>{
                {"Название", CellKind::kText}, {"", CellKind::kText}, {"Ромашка & Ко", CellKind::kText}}));
  EXPECT_EQ(rows[1], (std::vector<Read>{{"3500.5", CellKind::kNumber},
                                        {"1", CellKind::kFlag},
                                        {"#N/A", CellKind::kError},
                                        {"made", CellKind::kText},
                                        {"0.3", CellKind::kNumber},
                                        {"1200", CellKind::kNumber},
                                        {"12345678901234567", CellKind::kNumber},
                                        {"1.23456789012346E+18", CellKind::kRounded}}));
}

const char* const kDated =
    "<row r=\"1\"><c r=\"A1\" s=\"1\"><v>45657</v></c><c r=\"B1\" s=\"2\"><v>45657</v></c><c r=\"C1\" "
    "s=\"3\"><v>45657.5</v></c>"
    "<c r=\"D1\" s=\"4\"><v>45657</v></c><c r=\"E1\" s=\"5\"><v>1.125</v></c></row>";

TEST(Xlsx, KnowsDatesByTheirFormat) {
  Workbook book;
  book.Rows(kDated);
  const auto rows = RowsOf(book.Save());
  EXPECT_EQ(rows[0], (std::vector<Read>{{"2024-12-31", CellKind::kMoment},
                                        {"2024-12-31", CellKind::kMoment},
                                        {"2024-12-31 12:00:00", CellKind::kMoment},
                                        {"45657", CellKind::kNumber},
                                        {"27:00:00", CellKind::kTime}}));
  Workbook mac;
  mac.Book(true);
  mac.Rows(kDated);
  EXPECT_EQ(RowsOf(mac.Save())[0][0], (Read{"2029-01-01", CellKind::kMoment}))
      << "1904 counts 1462 days later";
}

TEST(Xlsx, ChoosesTheSheet) {
  Workbook book;
  book.Rows("<row><c t=\"inlineStr\"><is><t>first</t></is></c></row>");
  const std::string path = book.Save();
  EXPECT_EQ(RowsOf(path)[0][0].text, "first");
  EXPECT_EQ(RowsOf(path, "сделки")[0][0].text, "first");
  EXPECT_EQ(RowsOf(path, "Other")[0][0].text, "here");
  EXPECT_EQ(RowsOf(path, "2")[0][0].text, "here");
  const auto wrong = OpenTable(path, {.delimiter = {}, .encoding = {}, .sheet = "Othr"});
  EXPECT_EQ(wrong.error().code, "unknown_sheet");
  EXPECT_EQ(wrong.error().nearest, std::vector<std::string>{"Other"});
}

TEST(Xlsx, ReadsPrefixedNamesAndRowsAcrossPieces) {
  Workbook book;
  std::string rows;
  const std::string filler(997, 'x');  // so that pieces end within tags
  for (int i = 1; i <= 2000; ++i) {
    rows += "<x:row r=\"" + std::to_string(i) + "\" spans=\"1:2\"><x:c r=\"A" + std::to_string(i) +
            "\"><x:v>" + std::to_string(i) + "</x:v></x:c><x:c t=\"inlineStr\"><x:is><x:t>" + filler +
            "</x:t></x:is></x:c></x:row>";
  }
  book.Part("xl/worksheets/sheet1.xml",
            "<x:worksheet xmlns:x=\"m\"><x:sheetData>" + rows + "</x:sheetData></x:worksheet>");
  const auto read = RowsOf(book.Save());
  ASSERT_EQ(read.size(), 2000U);
  for (size_t i = 0; i < read.size(); ++i) {
    ASSERT_EQ(read[i][0].text, std::to_string(i + 1));
    ASSERT_EQ(read[i][1].text, filler);
  }
}

TEST(Xlsx, RefusesDamage) {
  Workbook book;
  book.Rows("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>99</v></c></row>");
  EXPECT_THROW(RowsOf(book.Save()), DiagnosticError);
  Workbook cut;
  cut.Rows("<row r=\"1\"><c r=\"A1\"><v>9");
  EXPECT_THROW(RowsOf(cut.Save()), DiagnosticError);
  Workbook far;
  far.Rows("<row r=\"1\"><c r=\"ZZZZZZ1\"><v>9</v></c></row>");
  EXPECT_THROW(RowsOf(far.Save()), DiagnosticError);
}

}  // namespace
}  // namespace svodka::crm::files
