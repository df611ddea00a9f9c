#pragma once

#include <string>
#include <string_view>

#include "engine/query_service.hpp"

namespace svodka::app {

/// Chooses between the two languages that every text for people is written in.
class Say {
 public:
  explicit Say(engine::Language language) : russian_(language == engine::Language::kRussian) {}
  std::string operator()(std::string_view russian, std::string_view english) const {
    return std::string(russian_ ? russian : english);
  }
  bool russian() const { return russian_; }

 private:
  bool russian_;
};

}  // namespace svodka::app
