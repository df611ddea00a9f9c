#include "crm/files/encoding.hpp"

#include <array>

#include "base/text.hpp"

namespace svodka::crm::files {
namespace {

// Code points of the bytes 0x80..0xBF of windows-1251 (Unicode Consortium, CP1251.TXT); 0xC0..0xFF are
// U+0410..U+044F.
constexpr std::array<uint16_t, 64> kUpper1251 = {
    0x0402, 0x0403, 0x201A, 0x0453, 0x201E, 0x2026, 0x2020, 0x2021, 0x20AC, 0x2030, 0x0409, 0x2039, 0x040A,
    0x040C, 0x040B, 0x040F, 0x0452, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0xFFFD, 0x2122,
    0x0459, 0x203A, 0x045A, 0x045C, 0x045B, 0x045F, 0x00A0, 0x040E, 0x045E, 0x0408, 0x00A4, 0x0490, 0x00A6,
    0x00A7, 0x0401, 0x00A9, 0x0404, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x0407, 0x00B0, 0x00B1, 0x0406, 0x0456,
    0x0491, 0x00B5, 0x00B6, 0x00B7, 0x0451, 0x2116, 0x0454, 0x00BB, 0x0458, 0x0405, 0x0455, 0x0457};

uint32_t CodePoint1251(unsigned char byte) {
  if (byte < 0x80) return byte;
  if (byte >= 0xC0) return 0x0410U + (byte - 0xC0U);
  return kUpper1251[byte - 0x80U];
}

int ContinuationBytes(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return 1;
  if (lead >= 0xE0 && lead <= 0xEF) return 2;
  if (lead >= 0xF0 && lead <= 0xF4) return 3;
  return -1;
}

/// The code point at `at`, which it moves on; U+FFFD for a broken byte.
uint32_t NextCodePoint(std::string_view utf8, size_t& at) {
  const auto lead = static_cast<unsigned char>(utf8[at++]);
  if (lead < 0x80) return lead;
  const int more = ContinuationBytes(lead);
  if (more < 0 || at + static_cast<size_t>(more) > utf8.size()) return 0xFFFD;
  uint32_t point = lead & (0x3FU >> static_cast<unsigned>(more));
  for (int i = 0; i < more; ++i) point = (point << 6U) | (static_cast<unsigned char>(utf8[at++]) & 0x3FU);
  return point;
}

bool IsBlank(uint32_t point) {
  return point == ' ' || (point >= 9 && point <= 13) || point == 0xA0 || point == 0x1680 ||
         (point >= 0x2000 && point <= 0x200F) || point == 0x2028 || point == 0x2029 || point == 0x202F ||
         point == 0x205F || point == 0x2060 || point == 0x3000 || point == 0xFEFF;
}

}  // namespace

std::string_view NameOf(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8:
      return "utf-8";
    case Encoding::kUtf16Le:
      return "utf-16le";
    case Encoding::kUtf16Be:
      return "utf-16be";
    case Encoding::kWindows1251:
      return "windows-1251";
  }
  return "";
}

Result<Encoding> ParseEncoding(std::string_view name) {
  const std::string folded = FoldCase(name);
  if (folded == "utf-8" || folded == "utf8") return Encoding::kUtf8;
  if (folded == "utf-16le" || folded == "utf-16") return Encoding::kUtf16Le;
  if (folded == "utf-16be") return Encoding::kUtf16Be;
  if (folded == "windows-1251" || folded == "cp1251" || folded == "win-1251" || folded == "win1251") {
    return Encoding::kWindows1251;
  }
  return Diagnostic{"unknown_encoding",
                    "encoding \"" + std::string(name) + "\" is not one that can be read",
                    "",
                    {"utf-8", "windows-1251", "utf-16le", "utf-16be"}};
}

void EncodingSniffer::Feed(std::string_view bytes) {
  if (head_.size() < 3) head_.append(bytes.substr(0, 3 - head_.size()));
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (continuation_left_ > 0) {
      if ((byte & 0xC0U) == 0x80U) {
        if (--continuation_left_ == 0) ++sequences_good_;
        continue;
      }
      ++bytes_bad_;
      continuation_left_ = 0;
    }
    if (byte < 0x80) continue;
    const int more = ContinuationBytes(byte);
    if (more < 0) {
      ++bytes_bad_;
    } else {
      continuation_left_ = more;
    }
  }
}

Encoding EncodingSniffer::encoding() const {
  const std::string_view head = head_;
  if (head.starts_with("\xEF\xBB\xBF")) return Encoding::kUtf8;
  if (head.starts_with("\xFF\xFE")) return Encoding::kUtf16Le;
  if (head.starts_with("\xFE\xFF")) return Encoding::kUtf16Be;
  const uint64_t bad = bytes_bad_ + (continuation_left_ > 0 ? 1 : 0);
  // Russian text in windows-1251 has next to no byte pair that is valid UTF-8; a broken UTF-8 file has mostly
  // valid ones.
  if (bad == 0 || sequences_good_ > bad * 4) return Encoding::kUtf8;
  return Encoding::kWindows1251;
}

size_t EncodingSniffer::mark_bytes() const {
  const std::string_view head = head_;
  if (head.starts_with("\xEF\xBB\xBF")) return 3;
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) return 2;
  return 0;
}

void AppendUtf8(uint32_t point, std::string& utf8) {
  const auto put = [&](uint32_t byte) { utf8.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0U | (point >> 6U));
    put(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    put(0xE0U | (point >> 12U));
    put(0x80U | ((point >> 6U) & 0x3FU));
    put(0x80U | (point & 0x3FU));
  } else {
    put(0xF0U | (point >> 18U));
    put(0x80U | ((point >> 12U) & 0x3FU));
    put(0x80U | ((point >> 6U) & 0x3FU));
    put(0x80U | (point & 0x3FU));
  }
}

void Decoder::AppendUnit(uint32_t unit, std::string& utf8) {
  if (high_surrogate_ != 0) {
    const uint32_t high = high_surrogate_;
    high_surrogate_ = 0;
    if (unit >= 0xDC00 && unit <= 0xDFFF) {
      AppendUtf8(0x10000U + ((high - 0xD800U) << 10U) + (unit - 0xDC00U), utf8);
      return;
    }
    AppendUtf8(0xFFFD, utf8);
  }
  if (unit >= 0xD800 && unit <= 0xDBFF) {
    high_surrogate_ = unit;
  } else {
    AppendUtf8(unit >= 0xDC00 && unit <= 0xDFFF ? 0xFFFD : unit, utf8);
  }
}

void Decoder::Append(std::string_view bytes, std::string& utf8) {
  switch (encoding_) {
    case Encoding::kUtf8:
      utf8.append(bytes);
      return;
    case Encoding::kWindows1251:
      for (const char c : bytes) AppendUtf8(CodePoint1251(static_cast<unsigned char>(c)), utf8);
      return;
    case Encoding::kUtf16Le:
    case Encoding::kUtf16Be:
      for (const char c : bytes) {
        carry_.push_back(c);
        if (carry_.size() < 2) continue;
        const auto first = static_cast<unsigned char>(carry_[0]);
        const auto second = static_cast<unsigned char>(carry_[1]);
        carry_.clear();
        AppendUnit(encoding_ == Encoding::kUtf16Le ? first | (uint32_t(second) << 8U)
                                                   : second | (uint32_t(first) << 8U),
                   utf8);
      }
      return;
  }
}

void Decoder::Finish(std::string& utf8) {
  if (!carry_.empty() || high_surrogate_ != 0) AppendUtf8(0xFFFD, utf8);
  carry_.clear();
  high_surrogate_ = 0;
}

std::string ToWindows1251(std::string_view utf8) {
  std::string bytes;
  for (size_t at = 0; at < utf8.size();) {
    const uint32_t point = NextCodePoint(utf8, at);
    char byte = '?';
    for (unsigned candidate = 0; candidate < 256; ++candidate) {
      if (point != 0xFFFD && CodePoint1251(static_cast<unsigned char>(candidate)) == point) {
        byte = static_cast<char>(candidate);
        break;
      }
    }
    bytes.push_back(byte);
  }
  return bytes;
}

std::string Shortened(std::string_view utf8, size_t characters) {
  std::string line;
  size_t points = 0;
  for (const char c : utf8) {
    const bool start = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (start && ++points > characters) return line + "…";
    line += c == '\n' || c == '\r' ? ' ' : c;
  }
  return line;
}

std::string_view TrimAny(std::string_view text) {
  size_t from = 0;
  while (from < text.size()) {
    size_t at = from;
    if (!IsBlank(NextCodePoint(text, at))) break;
    from = at;
  }
  size_t to = text.size();
  while (to > from) {
    size_t start = to - 1;
    while (start > from && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80U) --start;
    size_t at = start;
    if (!IsBlank(NextCodePoint(text, at)) || at != to) break;
    to = start;
  }
  return text.substr(from, to - from);
}

}  // namespace svodka::crm::files
