#include "app/model_files.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <vector>

#include "base/log.hpp"

namespace svodka::app {

namespace fs = std::filesystem;

Result<std::unique_ptr<ModelFiles>> ModelFiles::Load(const std::string& folder) {
  if (folder.empty()) {
    return Diagnostic{
        "models_not_found",
        "the folder with the model files was not found beside the program; name it with --models DIR",
        "--models",
        {}};
  }
  std::unique_ptr<ModelFiles> files(new ModelFiles(folder));
  files->seen_ = files->Fingerprint();
  auto snapshot = files->Read();
  if (!snapshot.ok()) return snapshot.errors();
  files->snapshot_ = std::move(snapshot).value();
  return files;
}

ModelFiles::~ModelFiles() = default;

ModelSnapshot ModelFiles::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

Result<ModelSnapshot> ModelFiles::Read() const {
  ModelSnapshot snapshot;
  auto model = metrics::LoadModel(folder_);
  if (!model.ok()) return model.errors();
  snapshot.model = std::move(model).value();
  const reports::ModelNames names{snapshot.model->MeasureNames(), snapshot.model->DimensionNames()};
  auto reports = reports::ReportModel::Load(folder_ + "/reports", names);
  if (!reports.ok()) return reports.errors();
  snapshot.reports = std::move(reports).value();
  return snapshot;
}

std::string ModelFiles::Fingerprint() const {
  std::vector<std::string> lines;
  std::error_code error;
  for (fs::recursive_directory_iterator file(folder_, error), end; !error && file != end;
       file.increment(error)) {
    if (file->path().extension() != ".yaml") continue;
    std::error_code gone;
    const auto time = fs::last_write_time(file->path(), gone).time_since_epoch().count();
    lines.push_back(file->path().string() + " " + std::to_string(time) + " " +
                    std::to_string(fs::file_size(file->path(), gone)));
  }
  std::sort(lines.begin(), lines.end());
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

void ModelFiles::Watch(std::function<void(const ModelSnapshot&)> changed) {
  watcher_ =
      std::jthread([this, changed = std::move(changed)](const std::stop_token& stop) { Run(stop, changed); });
}

void ModelFiles::Run(const std::stop_token& stop, const std::function<void(const ModelSnapshot&)>& changed) {
  constexpr std::chrono::seconds kLookEvery{1};
  std::mutex mutex;
  std::condition_variable_any never;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex);
      never.wait_for(lock, stop, kLookEvery, [] { return false; });
    }
    const std::string now = Fingerprint();
    if (now == seen_ || stop.stop_requested()) continue;
    seen_ = now;
    auto read = Read();
    if (!read.ok()) {
      for (const Diagnostic& error : read.errors())
        log::Error("model_edit_refused", {{"why", ToString(error)}});
      continue;
    }
    {
      const std::lock_guard lock(mutex_);
      snapshot_ = read.value();
    }
    log::Info("model_reloaded", {{"measures", std::to_string(read->model->measures.size())},
                                 {"reports", std::to_string(read->reports->reports().size())}});
    changed(read.value());
  }
}

}  // namespace svodka::app
