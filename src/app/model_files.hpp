#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "metrics/definitions/model.hpp"
#include "reports/report_model.hpp"

namespace svodka::app {

/// One consistent reading of the models folder.
struct ModelSnapshot {
  std::shared_ptr<const metrics::Model> model;
  std::shared_ptr<const reports::ReportModel> reports;
};

/// Reads the models folder and, when asked to watch, reads it again after an edit. A faulty edit is logged
/// with file and line and leaves the last good reading in place.
class ModelFiles {
 public:
  /// Errors: `models_not_found`, those of metrics::LoadModel and reports::ReportModel::Load.
  static Result<std::unique_ptr<ModelFiles>> Load(const std::string& folder);
  ~ModelFiles();

  ModelSnapshot snapshot() const;
  /// `changed` is called on the watching thread after each good edit.
  void Watch(std::function<void(const ModelSnapshot&)> changed);
  void StopWatching() { watcher_ = {}; }

 private:
  explicit ModelFiles(std::string folder) : folder_(std::move(folder)) {}
  Result<ModelSnapshot> Read() const;
  /// Names, sizes and times of all files, to notice an edit.
  std::string Fingerprint() const;
  void Run(const std::stop_token& stop, const std::function<void(const ModelSnapshot&)>& changed);

  std::string folder_;
  mutable std::mutex mutex_;
  ModelSnapshot snapshot_;
  std::string seen_;
  std::jthread watcher_;
};

}  // namespace svodka::app
