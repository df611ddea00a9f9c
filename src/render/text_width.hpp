#pragma once

#include <string>
#include <string_view>

/// How much room a text takes on a terminal. Pure.
namespace svodka::render {

/// Columns of a UTF-8 text: combining marks and joiners take none, wide East Asian characters and emoji two,
/// an emoji sequence (joined, with a skin tone or a flag) two together. Broken bytes count one each.
size_t DisplayWidth(std::string_view utf8);

/// The text cut to at most `width` columns, ending in `…` where something was cut off; line breaks and other
/// control characters become spaces.
std::string FitWidth(std::string_view utf8, size_t width);

/// Padded with spaces to `width` columns, on the left for numbers.
std::string PadRight(std::string_view utf8, size_t width);
std::string PadLeft(std::string_view utf8, size_t width);

}  // namespace svodka::render
