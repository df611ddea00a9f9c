#include "warehouse/internal/reader_pool.hpp"

namespace svodka::warehouse {

ReaderPool::ReaderPool(const Database& database, size_t size) {
  for (size_t i = 0; i < size; ++i) free_.push_back(std::make_unique<Connection>(database));
}

ReaderPool::Lease::Lease(ReaderPool& pool) : pool_(pool) {
  std::unique_lock lock(pool_.mutex_);
  pool_.freed_.wait(lock, [&] { return !pool_.free_.empty(); });
  connection_ = std::move(pool_.free_.back());
  pool_.free_.pop_back();
}

ReaderPool::Lease::~Lease() {
  {
    const std::lock_guard lock(pool_.mutex_);
    pool_.free_.push_back(std::move(connection_));
  }
  pool_.freed_.notify_one();
}

}  // namespace svodka::warehouse
