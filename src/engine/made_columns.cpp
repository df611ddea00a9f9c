#include "engine/made_columns.hpp"

namespace svodka::engine {
namespace {

size_t BytesOf(const warehouse::NumberColumn& column) {
  return std::visit([](const auto& cells) { return cells.capacity() * sizeof(cells[0]); }, column.cells);
}

size_t BytesOf(const Coded& coded) {
  return coded.codes.capacity() * sizeof(uint32_t) + coded.members.capacity() * sizeof(Value);
}

}  // namespace

template <class Column, class Make>
std::shared_ptr<const Column> MadeColumns::Get(Slots<Column>& slots, const std::string& name,
                                               const Make& make) {
  std::shared_ptr<Slot<Column>> slot;
  {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Slot<Column>>& known = slots[name];
    if (known == nullptr) known = std::make_shared<Slot<Column>>();
    slot = known;
  }
  // Others go on with other columns meanwhile; whoever wants this one waits for it.
  std::call_once(slot->made, [&] {
    if (std::optional<Column> made = make()) slot->column = std::make_shared<const Column>(std::move(*made));
    const size_t bytes = slot->column == nullptr ? 0 : BytesOf(*slot->column);
    const std::lock_guard lock(mutex_);
    bytes_ += bytes;
    if (bytes_ <= bytes_max_) return;
    numbers_.clear();  // whoever uses one holds it
    codes_.clear();
    bytes_ = 0;
  });
  return slot->column;
}

std::shared_ptr<const warehouse::NumberColumn> MadeColumns::Number(
    const std::string& name, const std::function<std::optional<warehouse::NumberColumn>()>& make) {
  return Get(numbers_, name, make);
}

std::shared_ptr<const Coded> MadeColumns::Code(const std::string& name,
                                               const std::function<std::optional<Coded>()>& make) {
  return Get(codes_, name, make);
}

size_t MadeColumns::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace svodka::engine
