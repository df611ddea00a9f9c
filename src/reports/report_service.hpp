#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "engine/query_service.hpp"
#include "reports/query_source.hpp"
#include "reports/report_model.hpp"

namespace svodka::reports {

/// Cards whose amount is in a currency without a rate: they are in no sum.
struct Unconverted {
  std::string currency;  ///< ISO code
  int64_t cards = 0;
};

/// What a report says about its portal; the caller reads it from the warehouse for every build (it moves on).
struct PortalFacts {
  std::string id, name, kind;  ///< kind: bitrix24, amocrm, file
  Zone zone = Zone::Utc();
  std::string currency;  ///< ISO code of the base currency; may be empty for files
  /// Of several portals with different base currencies: the one that every request names. Else empty.
  std::string common_currency{};
  bool has_leads = true;             ///< false: sections that need leads are left out
  std::set<std::string> after_sale;  ///< ids of the pipelines that sell nothing
  int64_t data_version = 0;
  std::optional<Instant> current_at;  ///< the CRM was last known to be read up to this moment
  std::vector<Unconverted> unconverted{};
};

/// Takes a report as it becomes ready: the head once, then every widget once, in any order. Called on the
/// building thread. An empty function means that the caller does not want that part.
struct DocumentSink {
  std::function<void(json::object head)> head;  ///< the Document without widget data, see docs/document.md
  std::function<void(const std::string& widget, json::object data)> widget;
  std::function<void(const std::string& widget, const Diagnostics& errors)> failed;
};

/// Turns a report definition and a reader's state into a Document (docs/document.md). Thread-safe.
class ReportService {
 public:
  struct Settings {
    bool keep_history = true;  ///< keeps the months of the slider per data version; on in the server
  };
  /// `source` and `clock` must outlive the service.
  ReportService(QuerySource& source, std::shared_ptr<const ReportModel> model, const Clock& clock,
                Settings settings);
  ReportService(QuerySource& source, std::shared_ptr<const ReportModel> model, const Clock& clock)
      : ReportService(source, std::move(model), clock, Settings{}) {}

  /// Swaps the definitions (an edited file); builds under way keep theirs.
  void SetModel(std::shared_ptr<const ReportModel> model);

  /// `[{"id","title","description"}]` in the shipped order.
  json::array List(engine::Language language) const;

  /// Builds the report. `state`: the report state of docs/document.md ({} or null: all defaults). A trouble
  /// of one widget goes to `sink.failed`; errors returned here mean that nothing was built: `unknown_report`,
  /// `bad_state` (with the JSON path as place and nearest names), `bad_period`, `cancelled`.
  Status Build(std::string_view report, const json::value& state, const PortalFacts& portal,
               const engine::Scope& scope, const DocumentSink& sink, std::stop_token stop = {}) const;

  /// The same as one object: the head with `data` (or `error`) inside every widget.
  Result<json::object> BuildDocument(std::string_view report, const json::value& state,
                                     const PortalFacts& portal, const engine::Scope& scope,
                                     std::stop_token stop = {}) const;

 private:
  struct History;
  struct Vocabulary;
  std::shared_ptr<const ReportModel> model() const;
  Result<std::shared_ptr<const History>> GetHistory(const ReportDefinition& report,
                                                    const engine::Scope& scope) const;

  /// True for another page than the last time, and for the same once in a while.
  bool ShouldPrepare(const std::string& page) const;
  std::shared_ptr<const Vocabulary> GetVocabulary(engine::Language language) const;

  QuerySource& source_;
  const Clock& clock_;
  Settings settings_;
  mutable std::mutex mutex_;
  std::shared_ptr<const ReportModel> model_;
  mutable std::shared_ptr<const History> history_;
  mutable std::string prepared_;
  mutable Instant prepared_at_{};
  mutable std::vector<std::shared_ptr<const Vocabulary>> vocabularies_;  ///< of one key, one per language
};

}  // namespace svodka::reports
