#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "engine/query_service.hpp"
#include "reports/report_service.hpp"

namespace svodka::server {

struct Progress {
  int64_t done = 0;
  std::optional<int64_t> expected;
  std::string stage;  ///< what is being read, such as `deals`
  std::optional<int64_t> seconds_left;
};

struct PortalStatus {
  std::string id, name, kind, zone, currency;
  bool has_leads = true;
  int64_t data_version = 0;
  std::optional<Instant> current_at;  ///< the CRM was read up to this moment
  std::string state = "stopped";      ///< loading, live, stopped, error
  std::optional<Progress> progress;
  std::string error, error_code;
  json::value check;  ///< the last verdict of reconciliation (docs/api.md), or null
  bool checking = false;
};

struct Photo {
  std::string content_type, bytes;
};

/// What an event of a CRM was good for.
struct HookOutcome {
  size_t taken = 0;    ///< things that are read again
  size_t unknown = 0;  ///< names that we do not know
};

/// On whose behalf a call runs.
struct Caller {
  engine::Scope scope;
  engine::Language language = engine::Language::kRussian;
  std::stop_token stop;
};

/// All portals of a data folder and what can be asked of them; answers are the JSON of docs/api.md.
/// Implemented by app, faked in tests. Thread-safe. Every call with a portal id may answer `unknown_portal`.
class PortalDirectory {
 public:
  virtual ~PortalDirectory() = default;
  virtual std::vector<PortalStatus> List() = 0;
  virtual Result<PortalStatus> Get(const std::string& portal) = 0;
  virtual Result<json::value> Query(const std::string& portal, const json::value& request,
                                    const Caller& caller) = 0;
  virtual Result<json::value> Records(const std::string& portal, const json::value& request,
                                      const Caller& caller) = 0;
  virtual Result<json::value> Members(const std::string& portal, const std::string& dimension,
                                      const std::string& search, size_t limit, const Caller& caller) = 0;
  virtual Result<json::value> Model(const std::string& portal, engine::Language language) = 0;
  virtual json::array Reports(engine::Language language) = 0;
  /// Widget by widget; see reports::ReportService::Build.
  virtual Status BuildReport(const std::string& portal, const std::string& report, const json::value& state,
                             const Caller& caller, const reports::DocumentSink& sink) = 0;
  virtual Result<json::object> BuildDocument(const std::string& portal, const std::string& report,
                                             const json::value& state, const Caller& caller) = 0;
  /// Asks the running sync for a poll now. Errors: `not_syncing`.
  virtual Status Refresh(const std::string& portal) = 0;
  /// An event that a CRM posted to the address with `key`: proven, read, handed to the sync; nothing in it is
  /// believed. Quick: asks nobody. Errors: `unknown_address` for a wrong portal or key alike, `forbidden` for
  /// a wrong token of the CRM, `bad_request`.
  virtual Result<HookOutcome> TakeHook(const std::string& portal, const std::string& key,
                                       const std::string& body) = 0;
  /// The reconciliation that runs, the last verdict and its report (docs/api.md).
  virtual Result<json::value> FindCheck(const std::string& portal) = 0;
  /// Begins one in the background. Errors: `check_running`, `bad_month`, `bad_range`, `bad_number`,
  /// `wrong_type`, `not_connected`.
  virtual Status StartCheck(const std::string& portal, const json::object& request,
                            const std::string& user) = 0;
  /// Errors: `unknown_photo`.
  virtual Result<Photo> FindPhoto(const std::string& portal, const std::string& user) = 0;
  /// Calls `changed` (from any thread) after each change of data or state, until the token is dropped.
  virtual Result<std::shared_ptr<void>> OnChange(const std::string& portal,
                                                 std::function<void()> changed) = 0;
};

}  // namespace svodka::server
