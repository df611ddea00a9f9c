#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/query_service.hpp"
#include "metrics/definitions/model.hpp"
#include "metrics/plan/scan.hpp"

namespace svodka::engine {

/// What an answer needs besides its numbers: names of members by key, the portal's own facts. Of one portal
/// (Dictionary) or of several together (JointNames). Thread-safe.
class Names {
 public:
  struct Entry {
    int64_t key = 0;
    int64_t place = 0;  ///< rank in the dimension's own order
    std::string entity;
    Member member;
  };

  virtual ~Names() = default;
  /// Reads the members of a large dimension that labels will be asked for.
  virtual void Prepare(const metrics::Dimension& dimension, const std::vector<int64_t>& keys) const = 0;
  /// Null for an unknown key (and for 0, "none"); good as long as these names are.
  virtual const Entry* FindEntry(const metrics::Dimension& dimension, int64_t key) const = 0;
  /// The option's label, or the id itself.
  virtual std::string FieldLabel(const metrics::FieldInfo& field, const std::string& id) const = 0;
  /// Of a key of the dimension `portal`.
  virtual Member PortalMember(int64_t key) const = 0;
  /// ISO code; empty where nobody told one.
  virtual std::string BaseCurrency() const = 0;
  /// 80th percentile of the cycle over all time, seconds; nothing where nothing was ever closed. `measure`:
  /// one with `statistic`, as the model's `ripe` names it.
  virtual std::optional<double> CycleOf(const std::string& measure, Day today) const = 0;
  /// What the settings of the portal do to the measure, for its tooltip; "" where nothing.
  virtual std::string RulesText(const metrics::Measure& measure, Language language) const = 0;
};

}  // namespace svodka::engine
