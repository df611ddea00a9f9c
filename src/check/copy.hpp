#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "check/card.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::check {

/// Our side: what the warehouse holds and how its star counts it. Reads only. Errors: those of
/// Warehouse::Query.
class Copy {
 public:
  explicit Copy(const warehouse::Warehouse& warehouse) : warehouse_(warehouse) {}

  /// Cards that are alive and that reports count as created on these days.
  Result<std::map<CardKey, CopyCard>> ReadWindow(DayRange days) const;
  /// Also those held as gone; unknown ids are missing.
  Result<std::map<CardKey, CopyCard>> ReadCards(std::span<const CardKey> keys) const;
  /// (dimension, entity, id) -> name; of stages with their pipeline's.
  struct Name {
    std::string name, pipeline;
  };
  using Names = std::map<std::pair<std::string, std::string>, Name>;
  Result<Names> ReadNames() const;

 private:
  Status Read(const std::string& where_leads, const std::string& where_deals, std::span<const Value> params,
              std::map<CardKey, CopyCard>& out) const;

  const warehouse::Warehouse& warehouse_;
};

}  // namespace svodka::check
