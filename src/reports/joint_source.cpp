#include "reports/joint_source.hpp"

#include <utility>
#include <vector>

namespace svodka::reports {
namespace {

json::value ByOwnDays(json::value request) {
  if (auto* object = request.if_object(); object != nullptr && !object->contains("zone"))
    (*object)["zone"] = "own";
  return request;
}

class JointSource final : public QuerySource {
 public:
  explicit JointSource(engine::JointService& service) : service_(service) {}

  std::vector<Result<engine::Table>> QueryMany(std::span<const json::value> requests,
                                               const engine::Scope& scope, engine::Language language,
                                               std::stop_token stop) override {
    std::vector<json::value> own;
    for (const json::value& request : requests) own.push_back(ByOwnDays(request));
    return service_.QueryMany(own, scope, language, std::move(stop));
  }
  Result<engine::RecordPage> Records(const json::value& request, const engine::Scope& scope,
                                     engine::Language language, std::stop_token stop) override {
    return service_.Records(ByOwnDays(request), scope, language, std::move(stop));
  }
  Result<std::vector<engine::Member>> Members(const std::string& dimension, const std::string& search,
                                              size_t limit, const engine::Scope& scope,
                                              engine::Language language, std::stop_token stop) override {
    return service_.Members(dimension, search, limit, scope, language, std::move(stop));
  }
  json::value DescribeModel(engine::Language language) const override {
    return service_.DescribeModel(language);
  }
  std::string DescriptionKey() const override { return service_.DescriptionKey(); }
  int64_t data_version() const override { return service_.data_version(); }

 private:
  engine::JointService& service_;
};

}  // namespace

std::unique_ptr<QuerySource> MakeQuerySource(engine::JointService& service) {
  return std::make_unique<JointSource>(service);
}

}  // namespace svodka::reports
