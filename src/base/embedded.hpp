#pragma once

#include <span>
#include <string_view>

namespace svodka {

/// A file of the source tree that was compiled into the binary (cmake/Embed.cmake).
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};

}  // namespace svodka
