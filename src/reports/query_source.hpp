#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "engine/query_service.hpp"

namespace svodka::reports {

/// Where a report takes its numbers from: what reports need of engine::QueryService, and no more.
/// Thread-safe.
class QuerySource {
 public:
  virtual ~QuerySource() = default;
  /// One page = one batch, planned together. One result per request, in order.
  virtual std::vector<Result<engine::Table>> QueryMany(std::span<const json::value> requests,
                                                       const engine::Scope& scope, engine::Language language,
                                                       std::stop_token stop) = 0;
  virtual Result<engine::RecordPage> Records(const json::value& request, const engine::Scope& scope,
                                             engine::Language language, std::stop_token stop) = 0;
  /// Members of a dimension, for the labels of chosen filters.
  virtual Result<std::vector<engine::Member>> Members(const std::string& dimension, const std::string& search,
                                                      size_t limit, const engine::Scope& scope,
                                                      engine::Language language, std::stop_token stop) = 0;
  /// Measures and dimensions with labels: {"measures": [{"id","label"}], "dimensions": [{"id","label"}]}.
  virtual json::value DescribeModel(engine::Language language) const = 0;
  /// Equal as long as DescribeModel says the same; empty: nobody knows, ask each time.
  virtual std::string DescriptionKey() const { return {}; }
  /// A page's batch and its lists, side by side where the source can. Lists come in their order.
  struct PageAnswer {
    std::vector<Result<engine::Table>> tables;
    std::vector<Result<engine::RecordPage>> lists;
  };
  virtual PageAnswer AnswerPage(std::span<const json::value> requests, std::span<const json::value> lists,
                                const engine::Scope& scope, engine::Language language, std::stop_token stop);
  /// What the reader may ask for next; answers nothing and may do nothing
  /// (engine::QueryService::PrepareRows).
  virtual void PrepareRows(std::vector<engine::PageRequests> /*pages*/, const engine::Scope& /*scope*/) {}
  virtual int64_t data_version() const = 0;

 protected:
  std::vector<Result<engine::RecordPage>> AnswerLists(std::span<const json::value> lists,
                                                      const engine::Scope& scope, engine::Language language,
                                                      const std::stop_token& stop);
};

/// The query source over a portal's query service, which must outlive it.
std::unique_ptr<QuerySource> MakeQuerySource(engine::QueryService& service);

}  // namespace svodka::reports
