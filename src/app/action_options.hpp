#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace CLI {
class App;
}

namespace svodka::app {

/// The options of `svodka act` and `svodka rules` (docs/actions.md).
class ActionOptions {
 public:
  void Add(CLI::App& app);
  /// Errors: `bad_usage`, `bad_json`, `file_not_found`.
  Status FillAct(json::object& command) const;
  Status FillRules(json::object& command) const;

 private:
  std::string portal_, kind_, text_, deadline_, responsible_, records_, cards_, id_, show_, cancel_, retry_,
      format_;
  std::string add_, change_, on_, off_, remove_, preview_;
  bool send_ = false, closed_ = false;
};

}  // namespace svodka::app
