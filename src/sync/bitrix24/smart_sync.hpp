#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "crm/bitrix24/smart_items.hpp"
#include "sync/bitrix24/caller.hpp"
#include "sync/bitrix24/cursors.hpp"
#include "sync/pull_session.hpp"
#include "sync/recent_rows.hpp"

namespace svodka::sync {

/// Copies the cards of those smart processes that a person has chosen: a walk of all when a type is new, then
/// what changed; ids are compared by the sweep. Used by one thread at a time.
class SmartSync {
 public:
  SmartSync(Caller& caller, warehouse::Warehouse& warehouse, std::vector<std::string> types)
      : caller_(caller), warehouse_(warehouse), types_(std::move(types)) {}

  bool empty() const { return types_.empty(); }
  bool IsChosen(const std::string& type) const;
  /// An event has told of a card: it is asked for with the next poll, and buried when it is gone.
  void Hint(const std::string& type, const std::string& id) { hinted_[type].insert(id); }

  /// `now`: the portal's clock before this poll began to read.
  Status Poll(Instant now, std::chrono::seconds overlap, int32_t offset_s, RecentRows& recent,
              const Emit& emit, std::stop_token stop);
  Status Sweep(RecentRows& recent, const Emit& emit, std::stop_token stop);
  void Forget();
  /// Types that the portal refuses us, in words, since the last call.
  Diagnostics TakeWarnings();

 private:
  using Page = std::function<crm::bitrix24::Command(std::string_view above)>;
  using Take = std::function<Status(const std::vector<const json::value*>&, int64_t last)>;
  /// Pages by id until an empty one. False: the list is refused (a warning says so).
  Result<bool> Walk(const std::string& type, int64_t above, const Page& page, const Take& take,
                    std::stop_token stop);
  Result<StreamCursor*> CursorOf(const std::string& type);
  Status ReadByIds(const std::string& type, const std::vector<std::string>& ids, Round& round,
                   std::set<std::string>& there, std::stop_token stop);
  Status Bury(const std::string& type, const std::vector<std::string>& ids, Round& round, RecentRows& recent,
              std::stop_token stop);

  Caller& caller_;
  warehouse::Warehouse& warehouse_;
  const std::vector<std::string> types_;
  std::map<std::string, StreamCursor> cursors_;
  std::map<std::string, std::set<std::string>> hinted_;
  std::map<std::string, Diagnostic> refused_;
  crm::bitrix24::DecodeNotes notes_;
};

}  // namespace svodka::sync
