#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "warehouse/internal/duck.hpp"

namespace svodka::warehouse {

/// Connections for queries; a query takes one and gives it back. Waits when all are busy.
class ReaderPool {
 public:
  ReaderPool(const Database& database, size_t size);

  class Lease {
   public:
    explicit Lease(ReaderPool& pool);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Connection& connection() { return *connection_; }

   private:
    ReaderPool& pool_;
    std::unique_ptr<Connection> connection_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> free_;
};

}  // namespace svodka::warehouse
