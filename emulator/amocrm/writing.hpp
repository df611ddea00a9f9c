#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace svodka::emulator::amocrm {

/// One complaint about one member of an item.
json::object Fault(std::string_view code, std::string_view path, std::string_view detail);
/// The caller's own mark of an item, else its place.
std::string RequestId(const json::object& item, size_t place);

/// Collects the complaints of a bulk write: all items are looked at before any is written.
class Faults {
 public:
  void Take(const json::object& item, size_t place, json::array errors);
  /// Throws a 400 with `validation-errors` when there was any.
  void Throw() const;

 private:
  json::array list_;
};

}  // namespace svodka::emulator::amocrm
