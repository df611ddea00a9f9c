#include "reports/query_source.hpp"

#include <future>
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
  std::string DescriptionKey() const override { return service_.DescriptionKey(); }
  PageAnswer AnswerPage(std::span<const json::value> requests, std::span<const json::value> lists,
                        const engine::Scope& scope, engine::Language language,
                        std::stop_token stop) override {
    std::future<std::vector<Result<engine::RecordPage>>> aside;
    if (!lists.empty()) {
      aside = std::async(std::launch::async, [&] { return AnswerLists(lists, scope, language, stop); });
    }
    PageAnswer answer;
    answer.tables = service_.QueryMany(requests, scope, language, stop);
    if (aside.valid()) answer.lists = aside.get();
    return answer;
  }
  void PrepareRows(std::vector<engine::PageRequests> pages, const engine::Scope& scope) override {
    service_.PrepareRows(std::move(pages), scope);
  }
  int64_t data_version() const override { return service_.data_version(); }

 private:
  engine::QueryService& service_;
};

}  // namespace

std::vector<Result<engine::RecordPage>> QuerySource::AnswerLists(std::span<const json::value> lists,
                                                                 const engine::Scope& scope,
                                                                 engine::Language language,
                                                                 const std::stop_token& stop) {
  std::vector<Result<engine::RecordPage>> pages;
  for (const json::value& list : lists) {
    if (stop.stop_requested()) {
      pages.emplace_back(Diagnostic{"cancelled", "the report is no longer wanted", "", {}});
    } else {
      pages.push_back(Records(list, scope, language, stop));
    }
  }
  return pages;
}

QuerySource::PageAnswer QuerySource::AnswerPage(std::span<const json::value> requests,
                                                std::span<const json::value> lists,
                                                const engine::Scope& scope, engine::Language language,
                                                std::stop_token stop) {
  PageAnswer answer;
  answer.tables = QueryMany(requests, scope, language, stop);
  answer.lists = AnswerLists(lists, scope, language, stop);
  return answer;
}

std::unique_ptr<QuerySource> MakeQuerySource(engine::QueryService& service) {
  return std::make_unique<ServiceSource>(service);
}

}  // namespace svodka::reports
