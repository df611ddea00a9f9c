#include "render/text_width.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace svodka::render {
namespace {

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 1;
};

CodePoint ReadCodePoint(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  size_t bytes = 1;
  uint32_t value = lead;
  if (lead >= 0xf0 && lead < 0xf8) {
    bytes = 4;
    value = lead & 0x07U;
  } else if (lead >= 0xe0) {
    bytes = 3;
    value = lead & 0x0fU;
  } else if (lead >= 0xc2) {
    bytes = 2;
    value = lead & 0x1fU;
  } else {
    return {value, 1};
  }
  if (bytes > text.size() || lead >= 0xf8) return {0xfffd, 1};
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return {0xfffd, 1};
    value = (value << 6U) | (byte(i) & 0x3fU);
  }
  return {value, bytes};
}

struct Range {
  uint32_t from, to;
};
template <size_t kSize>
bool In(const std::array<Range, kSize>& ranges, uint32_t value) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [value](Range r) { return value >= r.from && value <= r.to; });
}

// Unicode 15: combining marks and formatting characters that a terminal draws over the character before.
constexpr std::array<Range, 14> kZero = {{{0x0300, 0x036f},
                                          {0x0483, 0x0489},
                                          {0x0591, 0x05bd},
                                          {0x0610, 0x061a},
                                          {0x064b, 0x065f},
                                          {0x1ab0, 0x1aff},
                                          {0x1dc0, 0x1dff},
                                          {0x200b, 0x200f},
                                          {0x202a, 0x202e},
                                          {0x2060, 0x2064},
                                          {0x20d0, 0x20ff},
                                          {0xfe00, 0xfe0f},
                                          {0xfe20, 0xfe2f},
                                          {0xfeff, 0xfeff}}};
constexpr std::array<Range, 22> kWide = {
    {{0x1100, 0x115f}, {0x231a, 0x231b},  {0x23e9, 0x23ec}, {0x25fd, 0x25fe}, {0x2614, 0x2615},
     {0x26a1, 0x26a1}, {0x26bd, 0x26be},  {0x2705, 0x2705}, {0x270a, 0x270b}, {0x2728, 0x2728},
     {0x274c, 0x274c}, {0x2753, 0x2757},  {0x2795, 0x2797}, {0x2b50, 0x2b55}, {0x2e80, 0x303e},
     {0x3041, 0xa4cf}, {0xac00, 0xd7a3},  {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60},
     {0xffe0, 0xffe6}, {0x1f300, 0x1faff}}};
constexpr uint32_t kJoiner = 0x200d, kEmojiStyle = 0xfe0f;

bool IsFlagLetter(uint32_t value) { return value >= 0x1f1e6 && value <= 0x1f1ff; }
bool IsSkinTone(uint32_t value) { return value >= 0x1f3fb && value <= 0x1f3ff; }

/// What a reader sees as one character: bytes and columns.
struct Cluster {
  size_t bytes = 0;
  size_t width = 0;
};

Cluster NextCluster(std::string_view text) {
  const CodePoint first = ReadCodePoint(text);
  Cluster cluster{first.bytes, 1};
  if (In(kZero, first.value)) cluster.width = 0;
  if (In(kWide, first.value) || (first.value >= 0x20000 && first.value <= 0x3fffd)) cluster.width = 2;
  if (IsFlagLetter(first.value) && cluster.bytes < text.size()) {
    const CodePoint second = ReadCodePoint(text.substr(cluster.bytes));
    if (IsFlagLetter(second.value)) return {cluster.bytes + second.bytes, 2};
  }
  bool joined = false;
  while (cluster.bytes < text.size()) {
    const CodePoint next = ReadCodePoint(text.substr(cluster.bytes));
    if (!joined && !In(kZero, next.value) && !IsSkinTone(next.value)) break;
    if (next.value == kEmojiStyle && cluster.width == 1 && first.value > 0xff) cluster.width = 2;
    joined = next.value == kJoiner && cluster.width == 2;
    cluster.bytes += next.bytes;
  }
  return cluster;
}

bool IsControl(std::string_view cluster) {
  const auto byte = static_cast<unsigned char>(cluster.front());
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

size_t DisplayWidth(std::string_view utf8) {
  size_t width = 0;
  while (!utf8.empty()) {
    const Cluster cluster = NextCluster(utf8);
    width += cluster.width;
    utf8.remove_prefix(cluster.bytes);
  }
  return width;
}

std::string FitWidth(std::string_view utf8, size_t width) {
  std::string clean;
  size_t total = 0;
  while (!utf8.empty()) {
    const Cluster cluster = NextCluster(utf8);
    if (IsControl(utf8)) {
      clean += ' ';
    } else {
      clean += utf8.substr(0, cluster.bytes);
    }
    total += cluster.width;
    utf8.remove_prefix(cluster.bytes);
  }
  if (total <= width) return clean;
  if (width == 0) return {};
  std::string cut;
  size_t used = 0;
  std::string_view rest = clean;
  while (!rest.empty()) {
    const Cluster cluster = NextCluster(rest);
    if (used + cluster.width > width - 1) break;
    cut += rest.substr(0, cluster.bytes);
    used += cluster.width;
    rest.remove_prefix(cluster.bytes);
  }
  return cut + "…";
}

std::string PadRight(std::string_view utf8, size_t width) {
  const size_t used = DisplayWidth(utf8);
  return std::string(utf8) + std::string(width > used ? width - used : 0, ' ');
}
std::string PadLeft(std::string_view utf8, size_t width) {
  const size_t used = DisplayWidth(utf8);
  return std::string(width > used ? width - used : 0, ' ') + std::string(utf8);
}

}  // namespace svodka::render
