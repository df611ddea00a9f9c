#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/assemble.hpp"
#include "engine/card_texts.hpp"
#include "engine/dictionary.hpp"
#include "engine/extract.hpp"
#include "engine/result_cache.hpp"

namespace svodka::engine {

/// What answers are taken from, besides statements.
struct Memory {
  ResultCache& results;
  ExtractStore& extracts;
  CardTexts& texts;
  int64_t data_version = 0;
};

/// Scans of many plans, run together: equal scans are run once, with the columns of all.
class Batch {
 public:
  explicit Batch(bool merge) : merge_(merge) {}

  /// Points the plan's components at the batch's scans. The plan is used only after Run.
  void Add(metrics::Plan& plan);
  /// Answers what the cache does not know, on up to `threads` threads: from extracts of the rows where these
  /// may serve, else by statements. Errors: those of the warehouse.
  Result<ScanResults> Run(const warehouse::Warehouse& warehouse, const Dictionary& dictionary, Memory memory,
                          size_t threads, const std::stop_token& stop) const;
  /// Reads the rows in memory that Run would take its answers from and that are not there yet, one after the
  /// other, while `go_on` holds; answers nothing. Errors: those of the warehouse.
  Status ReadRows(const warehouse::Warehouse& warehouse, const Dictionary& dictionary, Memory memory,
                  const std::stop_token& stop, const std::function<bool()>& go_on) const;
  size_t size() const { return scans_.size(); }
  const std::vector<metrics::Scan>& scans() const { return scans_; }

 private:
  bool merge_;
  std::vector<metrics::Scan> scans_;
  std::map<std::string, size_t> known_;
};

}  // namespace svodka::engine
