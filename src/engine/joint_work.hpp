#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/joint_names.hpp"
#include "engine/service_core.hpp"

namespace svodka::engine {

/// The portals of one call from its start to its end: their snapshots, and requests bound to each of them.
struct JointWork {
  struct Part {
    ServiceCore* service = nullptr;
    Snapshot snapshot;
    std::unique_ptr<PortalView> view;
  };
  /// One request, bound to every portal: the same plan each time, but for keys and days.
  struct Asked {
    std::vector<metrics::BoundQuery> queries;
    /// Per part, how it was bound: a request may name the currency of its amounts.
    std::vector<std::unique_ptr<PortalView>> views;
  };
  /// Per part the plan of one Asked: its own, that of the base, or that of the rest.
  using PlanOf = std::function<const metrics::Plan&(size_t part)>;

  explicit JointWork(const std::vector<QueryService*>& services);

  /// Takes `zone` and `currency` off the request and holds the portals to them: amounts of portals with
  /// another base currency are told in the one named.
  Result<Asked> Bind(const json::value& request, const Scope& scope) const;
  /// Rows of the plans' levels, those of all portals in one; medians made of all.
  std::vector<Level> Join(const PlanOf& plan_of, const std::vector<const ScanResults*>& results,
                          const std::vector<metrics::BoundDimension>& dimensions, size_t depth, bool totals,
                          Room& room, const Patience& patience) const;
  /// Per part a batch, run side by side. Errors: the first portal's.
  Result<std::vector<ScanResults>> Run(const std::vector<Batch>& batches, const std::stop_token& stop) const;
  /// Notes of the answer: those of the leading portal, with what is true of all.
  json::object NotesFor(const Asked& asked) const;
  bool zones_differ() const;

  std::vector<Part> parts;
  std::unique_ptr<JointNames> names;
  /// The portal whose today is the latest: its buckets are those of the answer.
  size_t lead = 0;
};

}  // namespace svodka::engine
