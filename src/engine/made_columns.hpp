#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "warehouse/columns.hpp"

namespace svodka::engine {

/// The members of one column of the grain, numbered; per row of the extract its number.
struct Coded {
  std::vector<uint32_t> codes;
  std::vector<Value> members;
};

/// Columns over all rows of an extract that are made of its own: numbers derived from them, members numbered.
/// They serve every choice of its rows, so they live as long as the extract does. Thread-safe.
class MadeColumns {
 public:
  /// `bytes_max`: what they may take together; beyond it all are made anew when asked for.
  explicit MadeColumns(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// The column of that name, made by the first who asks; null where `make` answers nothing.
  std::shared_ptr<const warehouse::NumberColumn> Number(
      const std::string& name, const std::function<std::optional<warehouse::NumberColumn>()>& make);
  std::shared_ptr<const Coded> Code(const std::string& name,
                                    const std::function<std::optional<Coded>()>& make);

  size_t bytes_max() const { return bytes_max_; }
  size_t bytes() const;

 private:
  template <class Column>
  struct Slot {
    std::once_flag made;
    std::shared_ptr<const Column> column;
  };
  template <class Column>
  using Slots = std::map<std::string, std::shared_ptr<Slot<Column>>>;

  template <class Column, class Make>
  std::shared_ptr<const Column> Get(Slots<Column>& slots, const std::string& name, const Make& make);

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  size_t bytes_ = 0;
  Slots<warehouse::NumberColumn> numbers_;
  Slots<Coded> codes_;
};

}  // namespace svodka::engine
