#pragma once

#include <chrono>
#include <stop_token>

#include "base/result.hpp"

namespace svodka::engine {

/// Bounds the work on one answer behind the warehouse: it ends when its caller goes away, or takes too long.
class Patience {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// `wait`: as long as a statement may take (warehouse::QueryOptions).
  explicit Patience(std::stop_token stop, std::chrono::milliseconds wait = std::chrono::seconds{30})
      : stop_(std::move(stop)), wait_(wait), end_(std::chrono::steady_clock::now() + wait) {}

  /// Called once per row by every loop over rows; looks up once in some thousand calls. Throws
  /// DiagnosticError `cancelled` or `deadline`.
  void Check() const {
    constexpr unsigned kTurns = 4096;
    if (++turns_ % kTurns == 0) Look();
  }
  void Look() const;

 private:
  std::stop_token stop_;
  std::chrono::milliseconds wait_;
  Moment end_;
  mutable unsigned turns_ = 0;
};

}  // namespace svodka::engine
