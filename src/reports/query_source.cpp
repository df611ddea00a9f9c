#include "reports/query_source.hpp"

#include <utility>

namespace svodka::reports {
namespace {

class ServiceSource final : public QuerySource {
 public:
  explicit ServiceSource(engine::QueryService& service) : service_(service) {}

  std::vector<Result<engine::Table>> QueryMany(std::span<const json::value> requests,
                                               const engine::Scope& scope, engine::Language language,
                                               std::stop_token stop) override {
    return service_.QueryMany(requests, scope, language, std::move(stop));
  }
  Result<engine::RecordPage> Records(const json::value& request, const engine::Scope& scope,
                                     engine::Language language, std::stop_token stop) override {
    return service_.Records(request, scope, language, std::move(stop));
  }
  Result<std::vector<engine::Member>> Members(const std::string& dimension, const std::string& search,
                                              size_t limit, const engine::Scope& scope,
                                              engine::Language language, std::stop_token stop) override {
    return service_.Members(dimension, search, limit, scope, language, std::move(stop));
  }
  json::value DescribeModel(engine::Language language) const override {
    return service_.DescribeModel(language);
  }
  int64_t data_version() const override { return service_.data_version(); }

 private:
  engine::QueryService& service_;
};

}  // namespace

std::unique_ptr<QuerySource> MakeQuerySource(engine::QueryService& service) {
  return std::make_unique<ServiceSource>(service);
}

}  // namespace svodka::reports
