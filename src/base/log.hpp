#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace svodka::log {

using Field = std::pair<std::string_view, std::string>;

enum class Level { kDebug, kInfo, kWarning, kError };

/// Starts the log on stderr; lines below `level` are dropped. Called once by the composition root; before it,
/// warnings and errors are written all the same.
void Start(Level level);

/// Writes one line `event key=value …`. Values with spaces are quoted. No personal data, no secrets.
void Write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void Debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kDebug, event, fields);
}
inline void Info(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kInfo, event, fields);
}
inline void Warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kWarning, event, fields);
}
inline void Error(std::string_view event, std::initializer_list<Field> fields = {}) {
  Write(Level::kError, event, fields);
}

}  // namespace svodka::log
