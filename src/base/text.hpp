#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace svodka {

/// Up to `limit` names nearest to `name` by edit distance (at most a third of its length), best first.
std::vector<std::string> NearestNames(std::string_view name, std::span<const std::string> names,
                                      size_t limit = 3);

std::vector<std::string> Split(std::string_view text, char separator);
std::string_view Trim(std::string_view text);
bool IsValidUtf8(std::string_view text);
/// Lower case for ASCII and Cyrillic letters (ё stays apart from е); other code points unchanged.
std::string FoldCase(std::string_view utf8);

}  // namespace svodka
