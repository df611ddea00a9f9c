#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/query_service.hpp"

namespace svodka::engine {

/// A member's id among several portals: `ID@PORTAL`. A portal's own name holds no '@'.
std::string QualifiedId(const std::string& id, const std::string& portal);

/// Answers requests over several portals as if they were one (docs/request.md, "Several portals"): each
/// portal counts its own rows, what measures are made of is put together, and measures are made of that.
/// Thread-safe, as the services are.
class JointService {
 public:
  /// Two portals or more, each once; they must outlive this.
  explicit JointService(std::vector<QueryService*> services);
  ~JointService();

  /// As QueryService's; besides its errors: `zones_differ`, `currencies_differ`, `settings_differ` (the same
  /// request means different columns in the portals), `bad_dimension` for custom fields, which belong to one
  /// portal. Ids of members are `ID@PORTAL`; a bare id is that of every portal.
  Result<Table> Query(const json::value& request, const Scope& scope, Language language,
                      std::stop_token stop = {});
  std::vector<Result<Table>> QueryMany(std::span<const json::value> requests, const Scope& scope,
                                       Language language, std::stop_token stop = {});
  /// One list of all portals' rows, each with its portal in the column `portal` and with its own link.
  Result<RecordPage> Records(const json::value& request, const Scope& scope, Language language,
                             std::stop_token stop = {});
  Result<std::vector<Member>> Members(const std::string& dimension, const std::string& search, size_t limit,
                                      const Scope& scope, Language language, std::stop_token stop = {});
  /// True where each portal keeps this base currency or has a rate of it.
  bool CanTell(const std::string& currency) const;
  /// Without custom fields.
  json::value DescribeModel(Language language) const;
  std::string DescriptionKey() const;
  /// Grows whenever a portal's does.
  int64_t data_version() const;

 private:
  std::vector<QueryService*> services_;
};

}  // namespace svodka::engine
