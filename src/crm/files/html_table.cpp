#include "crm/files/html_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>

#include "base/text.hpp"

namespace svodka::crm::files {
namespace {

constexpr size_t kBytesMax = size_t(512) << 20U;

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

/// `&amp;`, `&nbsp;`, `&#160;`, `&#xA0;` become characters; other entities stay as they are.
void AppendDecoded(std::string_view text, std::string& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t end = text[i] == '&' ? text.find(';', i) : std::string_view::npos;
    if (end == std::string_view::npos || end - i > 10) {
      out.push_back(text[i]);
      continue;
    }
    const std::string_view name = text.substr(i + 1, end - i - 1);
    uint32_t point = 0;
    if (name == "amp") point = '&';
    if (name == "lt") point = '<';
    if (name == "gt") point = '>';
    if (name == "quot") point = '"';
    if (name == "apos") point = '\'';
    if (name == "nbsp") point = 0xA0;
    if (name == "laquo") point = 0xAB;
    if (name == "raquo") point = 0xBB;
    if (name == "ndash") point = 0x2013;
    if (name == "mdash") point = 0x2014;
    if (name.size() > 1 && name[0] == '#') {
      const bool hex = name[1] == 'x' || name[1] == 'X';
      const unsigned long number =
          std::strtoul(std::string(name.substr(hex ? 2 : 1)).c_str(), nullptr, hex ? 16 : 10);
      if (number > 0 && number < 0x110000 && (number < 0xD800 || number > 0xDFFF))
        point = static_cast<uint32_t>(number);
    }
    if (point == 0) {
      out.push_back('&');
      continue;
    }
    AppendUtf8(point, out);
    i = end;
  }
}

class HtmlTableReader final : public TableReader {
 public:
  HtmlTableReader(std::string text, size_t at) : text_(std::move(text)), at_(at) {}

  bool Next(TableRow& row) override {
    row.cells.clear();
    row.trouble.reset();
    texts_.clear();
    bool in_row = false;
    bool in_cell = false;
    while (at_ < text_.size()) {
      const size_t open = text_.find('<', at_);
      if (in_cell) AppendDecoded(Collapse(std::string_view(text_).substr(at_, open - at_)), texts_.back());
      if (open == std::string::npos) break;
      if (text_.compare(open, 4, "<!--") == 0) {
        const size_t end = text_.find("-->", open);
        at_ = end == std::string::npos ? text_.size() : end + 3;
        continue;
      }
      const size_t close = text_.find('>', open);
      if (close == std::string::npos) break;
      const std::string tag = LowerAscii(std::string_view(text_).substr(open + 1, close - open - 1));
      const std::string name = tag.substr(0, tag.find_first_of(" \t\r\n/", 1));
      at_ = close + 1;
      if (name == "tr") {
        if (in_row && !texts_.empty()) {  // an unclosed row
          at_ = open;
          break;
        }
        in_row = true;
        ++row_number_;
      } else if (name == "td" || name == "th") {
        texts_.emplace_back();
        in_cell = true;
        if (row_number_ > 1 && IsMerged(tag)) {
          row.trouble =
              Diagnostic{"merged_cells", "merged cells cannot be read as a record; unmerge them", "", {}};
        }
      } else if (name == "/td" || name == "/th") {
        in_cell = false;
      } else if (name == "br" && in_cell) {
        texts_.back() += '\n';
      } else if (name == "/tr") {
        in_cell = false;
        if (!texts_.empty() &&
            std::any_of(texts_.begin(), texts_.end(), [](const auto& t) { return !TrimAny(t).empty(); }))
          break;
        texts_.clear();
      } else if (name == "/table") {
        at_ = text_.size();
      }
    }
    if (texts_.empty()) return false;
    for (const std::string& text : texts_) row.cells.push_back({TrimAny(text), CellKind::kText});
    row.line = row_number_;
    return true;
  }

  double share_read() const override {
    return text_.empty()
               ? 1
               : static_cast<double>(std::min(at_, text_.size())) / static_cast<double>(text_.size());
  }
  std::string description() const override { return "html table"; }

 private:
  /// Line breaks of the source are blanks in HTML.
  static std::string Collapse(std::string_view text) {
    std::string collapsed;
    for (const char c : text) {
      const char plain = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
      if (plain == ' ' && !collapsed.empty() && collapsed.back() == ' ') continue;
      collapsed.push_back(plain);
    }
    return collapsed;
  }

  static bool IsMerged(const std::string& tag) {
    for (const char* attribute : {"colspan", "rowspan"}) {
      const size_t at = tag.find(attribute);
      if (at == std::string::npos) continue;
      const size_t digit = tag.find_first_of("0123456789", at);
      if (digit != std::string::npos && std::strtol(tag.c_str() + digit, nullptr, 10) > 1) return true;
    }
    return false;
  }

  std::string text_;
  size_t at_;
  int64_t row_number_ = 0;
  std::vector<std::string> texts_;
};

}  // namespace

bool LooksLikeHtml(std::string_view head) {
  std::string plain;
  for (const char c : head) {
    if (c != '\0') plain.push_back(c);  // UTF-16 too
  }
  const std::string lower = LowerAscii(plain);
  const size_t first = lower.find('<');
  if (first == std::string::npos || first > 16) return false;
  constexpr std::array<std::string_view, 4> kOpenings = {"<html", "<table", "<!doctype html", "<meta"};
  return std::any_of(kOpenings.begin(), kOpenings.end(),
                     [&](std::string_view opening) { return lower.find(opening) != std::string::npos; });
}

Result<std::unique_ptr<TableReader>> OpenHtmlTable(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return Diagnostic{"file_not_found", "cannot read the file " + path, path, {}};
  const auto size = static_cast<size_t>(file.tellg());
  if (size > kBytesMax) {
    return Diagnostic{
        "file_too_large", "an HTML table of more than 512 MiB; export it as CSV", FileName(path), {}};
  }
  std::string bytes(size, '\0');
  file.seekg(0);
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  if (!file)
    return Diagnostic{"unreadable_file", "the file " + path + " cannot be read to its end", path, {}};
  EncodingSniffer sniffer;
  sniffer.Feed(bytes);
  std::string text;
  Decoder decoder(sniffer.encoding());
  decoder.Append(std::string_view(bytes).substr(sniffer.mark_bytes()), text);
  decoder.Finish(text);
  const size_t table = LowerAscii(text).find("<table");
  if (table == std::string::npos) {
    return Diagnostic{"no_table",
                      "an HTML page without a table (a sign-in page, perhaps?); export the list again",
                      FileName(path),
                      {}};
  }
  return std::unique_ptr<TableReader>(std::make_unique<HtmlTableReader>(std::move(text), table));
}

}  // namespace svodka::crm::files
