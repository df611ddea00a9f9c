#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace svodka::crm::files {

enum class Encoding { kUtf8, kUtf16Le, kUtf16Be, kWindows1251 };

/// `utf-8`, `utf-16le`, `utf-16be`, `windows-1251`.
std::string_view NameOf(Encoding encoding);
/// Also `cp1251`, `win-1251`, `utf8`. Errors: `unknown_encoding`.
Result<Encoding> ParseEncoding(std::string_view name);

/// What the bytes of a whole file say about their encoding, fed piece by piece.
/// A byte order mark decides. Else valid UTF-8 is UTF-8; a text whose bytes above 127 are mostly no UTF-8 is
/// windows-1251; a UTF-8 text with a few broken bytes stays UTF-8, so that its broken rows are rejected and
/// the others read.
class EncodingSniffer {
 public:
  void Feed(std::string_view bytes);
  Encoding encoding() const;
  /// Length of the byte order mark; 0 without one.
  size_t mark_bytes() const;

 private:
  std::string head_;
  int continuation_left_ = 0;
  uint64_t sequences_good_ = 0;
  uint64_t bytes_bad_ = 0;
};

/// Turns pieces of a file into UTF-8. Pieces may be cut anywhere. UTF-8 passes unchanged, broken bytes
/// included (the caller checks rows). A windows-1251 byte that has no meaning (0x98) and a lone surrogate
/// become U+FFFD.
class Decoder {
 public:
  explicit Decoder(Encoding encoding) : encoding_(encoding) {}
  void Append(std::string_view bytes, std::string& utf8);
  /// The end of the file: a half code unit becomes U+FFFD.
  void Finish(std::string& utf8);

 private:
  void AppendUnit(uint32_t unit, std::string& utf8);

  Encoding encoding_;
  std::string carry_;
  uint32_t high_surrogate_ = 0;
};

void AppendUtf8(uint32_t code_point, std::string& utf8);
/// `text` in windows-1251; characters that it lacks become '?'. Used by tests and by the suggestion of
/// fixtures.
std::string ToWindows1251(std::string_view utf8);
/// The text cut to `characters`, ending in `…` where something was cut off; line breaks become spaces.
std::string Shortened(std::string_view utf8, size_t characters);
/// Without blanks at both ends: ASCII ones, no-break, thin and other Unicode spaces, and zero-width marks.
std::string_view TrimAny(std::string_view utf8);

}  // namespace svodka::crm::files
