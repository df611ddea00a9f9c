#include "crm/files/xlsx_reader.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>

#include <pugixml.hpp>
#include <zip.h>

#include "base/text.hpp"
#include "crm/files/date_text.hpp"

namespace svodka::crm::files {
namespace {

constexpr size_t kPieceBytes = size_t(256) << 10U;
constexpr size_t kPartBytesMax = size_t(64) << 20U;      // workbook, styles, relations
constexpr size_t kFragmentBytesMax = size_t(16) << 20U;  // one row or one shared string
constexpr size_t kSharedStringsMax = 50'000'000;
constexpr size_t kColumnsMax = 16'384;  // of Excel

[[noreturn]] void Fail(const std::string& why) {
  throw DiagnosticError(
      {"bad_xlsx", "the workbook is damaged or no .xlsx: " + why + "; open it and save it again", "", {}});
}

struct ZipCloser {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct EntryCloser {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using Archive = std::unique_ptr<zip_t, ZipCloser>;
using Entry = std::unique_ptr<zip_file_t, EntryCloser>;

Entry OpenEntry(zip_t* archive, const std::string& name) {
  return Entry(zip_fopen(archive, name.c_str(), ZIP_FL_NOCASE));
}

size_t ReadPiece(zip_file_t* entry, char* to, size_t bytes) {
  const zip_int64_t got = zip_fread(entry, to, bytes);
  if (got < 0) Fail("a part cannot be unpacked");
  return static_cast<size_t>(got);
}

std::string ReadPart(zip_t* archive, const std::string& name) {
  const Entry entry = OpenEntry(archive, name);
  std::string text;
  if (!entry) return text;
  std::string piece(kPieceBytes, '\0');
  while (const size_t got = ReadPiece(entry.get(), piece.data(), piece.size())) {
    text.append(piece, 0, got);
    if (text.size() > kPartBytesMax) Fail("the part " + name + " is too large");
  }
  return text;
}

std::string_view LocalName(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node Child(const pugi::xml_node& parent, std::string_view local) {
  for (const pugi::xml_node& child : parent.children()) {
    if (LocalName(child.name()) == local) return child;
  }
  return {};
}

std::string Attribute(const pugi::xml_node& node, std::string_view local) {
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    if (LocalName(attribute.name()) == local) return attribute.value();
  }
  return "";
}

/// Gives the elements of one local name of a large part one after another, as text: only one is in memory.
class ElementStream {
 public:
  ElementStream(Entry entry, std::string_view local) : entry_(std::move(entry)), local_(local) {}

  size_t bytes_taken() const { return bytes_taken_; }

  /// The next `<row …>…</row>`; false at the end of the part.
  bool Next(std::string_view& element) {
    if (at_ > kPieceBytes) {  // not at every element: what is left would be moved each time
      buffer_.erase(0, at_);
      at_ = 0;
    }
    size_t from = at_;
    size_t start = 0;
    while ((start = FindStart(from)) == std::string::npos) {
      // What was searched is dropped, save a possible half of a tag.
      buffer_.erase(0, std::max(from, buffer_.size() - std::min<size_t>(buffer_.size(), 64)));
      at_ = from = 0;
      if (!Fill()) return false;
    }
    const size_t name_end = buffer_.find_first_of(" \t\r\n/>", start + 1);
    const std::string end_tag = "</" + buffer_.substr(start + 1, name_end - start - 1) + ">";
    size_t open_end = std::string::npos;
    while ((open_end = buffer_.find('>', start)) == std::string::npos) {
      if (!Fill()) Fail("it ends within a tag");
    }
    size_t end = 0;
    if (buffer_[open_end - 1] == '/') {
      end = open_end + 1;
    } else {
      size_t search = open_end;
      size_t close = std::string::npos;
      while ((close = buffer_.find(end_tag, search)) == std::string::npos) {
        search = std::max(open_end, buffer_.size() - std::min(buffer_.size(), end_tag.size()));
        if (buffer_.size() - start > kFragmentBytesMax) Fail("one element is too large");
        if (!Fill()) Fail("it ends within a row");
      }
      end = close + end_tag.size();
    }
    element = std::string_view(buffer_).substr(start, end - start);
    at_ = end;
    return true;
  }

 private:
  bool Fill() {
    const size_t before = buffer_.size();
    buffer_.resize(before + kPieceBytes);
    const size_t got = ReadPiece(entry_.get(), buffer_.data() + before, kPieceBytes);
    buffer_.resize(before + got);
    bytes_taken_ += got;
    return got > 0;
  }

  /// `<row` or `<x:row`, followed by a blank, `/` or `>`.
  size_t FindStart(size_t from) const {
    while (true) {
      const size_t hit = buffer_.find(local_, from);
      if (hit == std::string::npos || hit + local_.size() >= buffer_.size()) return std::string::npos;
      from = hit + 1;
      const char next = buffer_[hit + local_.size()];
      if (next != ' ' && next != '>' && next != '/' && next != '\t' && next != '\r' && next != '\n') continue;
      size_t open = hit;
      while (open > 0 && hit - open < 16 &&
             (std::isalnum(static_cast<unsigned char>(buffer_[open - 1])) != 0 || buffer_[open - 1] == ':')) {
        --open;
      }
      if (open == 0 || buffer_[open - 1] != '<') continue;
      if (open != hit && buffer_[hit - 1] != ':') continue;
      return open - 1;
    }
  }

  Entry entry_;
  std::string local_;
  std::string buffer_;
  size_t at_ = 0;
  size_t bytes_taken_ = 0;
};

/// Text of `<si>` or `<is>`: its runs joined, phonetic readings left out.
std::string RichText(const pugi::xml_node& node) {
  std::string text;
  for (const pugi::xml_node& child : node.children()) {
    const std::string_view name = LocalName(child.name());
    if (name == "t") text += child.text().get();
    if (name == "r") text += Child(child, "t").text().get();
  }
  return text;
}

enum class NumberFormat : uint8_t { kPlain, kDate, kTime };

/// Whether a format code is of a date, of a time alone, or neither: quoted text, colours and escaped
/// characters do not count (ECMA-376 part 1, 18.8.31).
NumberFormat ClassifyFormat(std::string_view code) {
  bool date = false;
  bool time = false;
  for (size_t i = 0; i < code.size(); ++i) {
    const char c = static_cast<char>(std::tolower(static_cast<unsigned char>(code[i])));
    if (c == '"') {
      i = std::min(code.find('"', i + 1), code.size());
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      const size_t end = std::min(code.find(']', i), code.size());
      const std::string_view inside = code.substr(i + 1, end - i - 1);
      if (!inside.empty() && inside.find_first_not_of("hHmMsS") == std::string_view::npos) time = true;
      i = end;
    } else if (c == 'd' || c == 'y') {
      date = true;
    } else if (c == 'h' || c == 's') {
      time = true;
    } else if (c == ';') {
      break;
    }
  }
  if (date) return NumberFormat::kDate;
  if (time) return NumberFormat::kTime;
  return NumberFormat::kPlain;
}

NumberFormat ClassifyBuiltIn(int id) {
  if ((id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || (id >= 50 && id <= 58) || id == 36)
    return NumberFormat::kDate;
  if ((id >= 18 && id <= 21) || (id >= 45 && id <= 47) || (id >= 32 && id <= 35)) return NumberFormat::kTime;
  return NumberFormat::kPlain;
}

/// A stored double as a person sees it: no exponent, at most fifteen significant digits (Excel's own
/// precision).
std::string PlainNumber(const std::string& raw) {
  const bool simple = raw.size() <= 15 && raw.find_first_not_of("0123456789.-") == std::string::npos;
  if (simple) return raw;
  char* end = nullptr;
  const double number = std::strtod(raw.c_str(), &end);
  if (raw.empty() || end == nullptr || *end != '\0' || !std::isfinite(number)) return raw;
  const bool whole = raw.find_first_not_of("0123456789-") == std::string::npos;
  if (whole) return raw;
  char digits[64];
  const double magnitude = std::abs(number);
  const int exponent = magnitude > 0 ? static_cast<int>(std::floor(std::log10(magnitude))) : 0;
  const int places = std::clamp(14 - exponent, 0, 30);
  std::snprintf(digits, sizeof digits, "%.*f", places, number);
  std::string text = digits;
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

class XlsxReader final : public TableReader {
 public:
  XlsxReader(const std::string& path, const std::string& sheet) {
    int error = 0;
    archive_.reset(zip_open(path.c_str(), ZIP_RDONLY, &error));
    if (!archive_) Fail("its zip directory cannot be read");
    if (zip_name_locate(archive_.get(), "EncryptedPackage", 0) >= 0) {
      throw DiagnosticError(
          {"encrypted_xlsx", "the workbook has a password; save it without one", FileName(path), {}});
    }
    const std::string part = FindSheet(sheet, FileName(path));
    ReadStyles();
    ReadSharedStrings();
    zip_stat_t facts{};
    if (zip_stat(archive_.get(), part.c_str(), ZIP_FL_NOCASE, &facts) == 0 &&
        (facts.valid & ZIP_STAT_SIZE) != 0)
      bytes_ = facts.size;
    Entry entry = OpenEntry(archive_.get(), part);
    if (!entry) Fail("the sheet's part " + part + " is missing");
    rows_ = std::make_unique<ElementStream>(std::move(entry), "row");
  }

  double share_read() const override {
    return bytes_ == 0
               ? 1
               : std::min(1.0, static_cast<double>(rows_->bytes_taken()) / static_cast<double>(bytes_));
  }
  std::string description() const override { return "xlsx, sheet \"" + sheet_name_ + "\""; }

  bool Next(TableRow& row) override {
    std::string_view element;
    while (rows_->Next(element)) {
      if (!row_.load_buffer(element.data(), element.size(),
                            pugi::parse_default | pugi::parse_ws_pcdata_single)) {
        Fail("a row is no XML");
      }
      if (ReadRow(row_.first_child(), row)) return true;
    }
    return false;
  }

 private:
  std::string FindSheet(const std::string& wanted, const std::string& file) {
    pugi::xml_document workbook;
    const std::string text = ReadPart(archive_.get(), "xl/workbook.xml");
    if (text.empty() || !workbook.load_buffer(text.data(), text.size())) Fail("it has no xl/workbook.xml");
    const pugi::xml_node root = workbook.document_element();
    const std::string epoch = Attribute(Child(root, "workbookPr"), "date1904");
    since_1904_ = epoch == "1" || epoch == "true";
    std::vector<std::string> names;
    std::vector<std::string> relations;
    for (const pugi::xml_node& sheet : Child(root, "sheets").children()) {
      names.emplace_back(Attribute(sheet, "name"));
      std::string relation;
      for (const pugi::xml_attribute& attribute : sheet.attributes()) {
        const std::string_view name = attribute.name();
        if (name != "id" && LocalName(name) == "id") relation = attribute.value();
      }
      relations.push_back(std::move(relation));
    }
    if (names.empty()) Fail("it has no sheets");
    size_t index = 0;
    if (!wanted.empty()) {
      const auto named = std::find_if(names.begin(), names.end(),
                                      [&](const std::string& n) { return FoldCase(n) == FoldCase(wanted); });
      const bool digits = wanted.size() < 4 && wanted.find_first_not_of("0123456789") == std::string::npos;
      if (named != names.end()) {
        index = static_cast<size_t>(named - names.begin());
      } else if (digits && std::stoul(wanted) >= 1 && std::stoul(wanted) <= names.size()) {
        index = std::stoul(wanted) - 1;
      } else {
        std::string list;
        for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
        throw DiagnosticError({"unknown_sheet", "no sheet \"" + wanted + "\"; the workbook has: " + list,
                               file, NearestNames(wanted, names)});
      }
    }
    sheet_name_ = names[index];
    pugi::xml_document relation_list;
    const std::string links = ReadPart(archive_.get(), "xl/_rels/workbook.xml.rels");
    if (!links.empty() && relation_list.load_buffer(links.data(), links.size())) {
      for (const pugi::xml_node& link : relation_list.document_element().children()) {
        if (Attribute(link, "Id") != relations[index]) continue;
        const std::string target = Attribute(link, "Target");
        return target.starts_with("/") ? target.substr(1) : "xl/" + target;
      }
    }
    return "xl/worksheets/sheet" + std::to_string(index + 1) + ".xml";
  }

  void ReadStyles() {
    const std::string text = ReadPart(archive_.get(), "xl/styles.xml");
    pugi::xml_document styles;
    if (text.empty() || !styles.load_buffer(text.data(), text.size())) return;
    const pugi::xml_node root = styles.document_element();
    std::map<int, NumberFormat> custom;
    for (const pugi::xml_node& format : Child(root, "numFmts").children()) {
      custom[std::atoi(Attribute(format, "numFmtId").c_str())] =
          ClassifyFormat(Attribute(format, "formatCode"));
    }
    for (const pugi::xml_node& style : Child(root, "cellXfs").children()) {
      const int id = std::atoi(Attribute(style, "numFmtId").c_str());
      const auto at = custom.find(id);
      formats_.push_back(at == custom.end() ? ClassifyBuiltIn(id) : at->second);
    }
  }

  void ReadSharedStrings() {
    Entry entry = OpenEntry(archive_.get(), "xl/sharedStrings.xml");
    if (!entry) return;
    ElementStream stream(std::move(entry), "si");
    std::string_view element;
    pugi::xml_document item;
    while (stream.Next(element)) {
      if (!item.load_buffer(element.data(), element.size(), pugi::parse_default | pugi::parse_ws_pcdata))
        Fail("a text is no XML");
      shared_ends_.push_back(shared_.size());
      shared_ += RichText(item.first_child());
      if (shared_ends_.size() > kSharedStringsMax) Fail("it has too many texts");
    }
    shared_ends_.push_back(shared_.size());
  }

  std::string_view Shared(const std::string& index_text) const {
    const size_t index = std::strtoul(index_text.c_str(), nullptr, 10);
    if (index + 1 >= shared_ends_.size()) Fail("a cell points to a text that is not there");
    return std::string_view(shared_).substr(shared_ends_[index],
                                            shared_ends_[index + 1] - shared_ends_[index]);
  }

  /// False for a row without text.
  bool ReadRow(const pugi::xml_node& node, TableRow& row) {
    row.cells.clear();
    row.trouble.reset();
    row.open_ended = true;
    const std::string number = Attribute(node, "r");
    row_number_ = number.empty() ? row_number_ + 1 : std::strtoll(number.c_str(), nullptr, 10);
    row.line = row_number_;
    cells_.clear();
    size_t column = 0;
    for (const pugi::xml_node& cell : node.children()) {
      if (LocalName(cell.name()) != "c") continue;
      const std::string reference = Attribute(cell, "r");
      if (!reference.empty()) column = ColumnOf(reference);
      if (column >= kColumnsMax) Fail("a cell lies beyond the last column");
      if (cells_.size() <= column) cells_.resize(column + 1);
      ReadCell(cell, cells_[column]);
      ++column;
    }
    bool any = false;
    for (const Stored& cell : cells_) {
      row.cells.push_back({TrimAny(cell.text), cell.kind});
      any = any || !row.cells.back().text.empty();
    }
    return any;
  }

  static size_t ColumnOf(const std::string& reference) {
    size_t column = 0;
    for (const char c : reference) {
      const char letter = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      if (letter < 'A' || letter > 'Z') break;
      column = column * 26 + static_cast<size_t>(letter - 'A' + 1);
      if (column > kColumnsMax) return kColumnsMax;
    }
    return column == 0 ? 0 : column - 1;
  }

  struct Stored {
    std::string text;
    CellKind kind = CellKind::kText;
  };

  void ReadCell(const pugi::xml_node& cell, Stored& stored) const {
    stored = {};
    const std::string type = Attribute(cell, "t");
    if (type == "inlineStr") {
      stored.text = RichText(Child(cell, "is"));
      return;
    }
    const std::string raw(Trim(Child(cell, "v").text().get()));
    if (raw.empty()) return;
    if (type == "s") {
      stored.text = std::string(Shared(raw));
    } else if (type == "str") {
      stored.text = Child(cell, "v").text().get();
    } else if (type == "b") {
      stored = {raw, CellKind::kFlag};
    } else if (type == "e") {
      stored = {raw, CellKind::kError};
    } else if (type == "d") {
      stored = {raw, CellKind::kMoment};
    } else {
      ReadNumber(raw, Attribute(cell, "s"), stored);
    }
  }

  void ReadNumber(const std::string& raw, const std::string& style, Stored& stored) const {
    const size_t index = style.empty() ? 0 : std::strtoul(style.c_str(), nullptr, 10);
    const NumberFormat format = index < formats_.size() ? formats_[index] : NumberFormat::kPlain;
    const double number = std::strtod(raw.c_str(), nullptr);
    if (format == NumberFormat::kTime && number >= 0 && number < 1e6) {
      const auto seconds = static_cast<int64_t>(std::llround(number * 86400));
      char text[32];
      std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
                    static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
      stored = {text, CellKind::kTime};
      return;
    }
    if (format == NumberFormat::kDate) {
      const auto date = FromSerial(number, since_1904_);
      if (!date.ok()) {
        stored = {raw, CellKind::kNumber};
        return;
      }
      stored.text = ToString(date->day);
      if (date->time) {
        const auto seconds = date->time->count();
        char text[32];
        std::snprintf(text, sizeof text, " %02d:%02d:%02d", static_cast<int>(seconds / 3600),
                      static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
        stored.text += text;
      }
      stored.kind = CellKind::kMoment;
      return;
    }
    // Written with an exponent, so many digits are no longer there; in full they are the writer's own.
    const bool rounded = std::abs(number) >= 1e15 && raw.find_first_of("eE") != std::string::npos;
    stored = rounded ? Stored{raw, CellKind::kRounded} : Stored{PlainNumber(raw), CellKind::kNumber};
  }

  Archive archive_;
  std::string sheet_name_;
  bool since_1904_ = false;
  std::vector<NumberFormat> formats_;
  std::string shared_;
  std::vector<size_t> shared_ends_;
  std::unique_ptr<ElementStream> rows_;
  zip_uint64_t bytes_ = 0;  ///< of the sheet, unpacked
  pugi::xml_document row_;
  std::vector<Stored> cells_;
  int64_t row_number_ = 0;
};

}  // namespace

Result<std::unique_ptr<TableReader>> OpenXlsx(const std::string& path, const TableOptions& options) {
  try {
    return std::unique_ptr<TableReader>(std::make_unique<XlsxReader>(path, options.sheet));
  } catch (const DiagnosticError& error) {
    Diagnostic diagnostic = error.diagnostic();
    if (diagnostic.place.empty()) diagnostic.place = FileName(path);
    return diagnostic;
  }
}

}  // namespace svodka::crm::files
