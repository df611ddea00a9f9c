#pragma once

#include <string>

#include "base/result.hpp"

namespace svodka::app {

/// Where things lie. Model and web folders: the one that was named, else beside the binary (a build tree's
/// binary finds the source tree's), else the installed share/svodka.
struct Places {
  std::string data;    ///< absolute
  std::string models;  ///< absolute; "" when there is none
  std::string web;     ///< absolute; "" when there is none

  std::string state() const { return data + "/state.sqlite"; }
  std::string socket() const { return data + "/svodka.socket"; }
  std::string lock() const { return data + "/svodka.lock"; }
  std::string warehouse(const std::string& portal) const { return data + "/portals/" + portal + ".duckdb"; }
  std::string rejects(const std::string& portal) const { return data + "/rejects/" + portal + ".csv"; }
};

/// Errors: `folder_not_found` for a named folder that is none.
Result<Places> FindPlaces(const std::string& data, const std::string& models, const std::string& web);

/// Holds the data folder for this process (flock on svodka.lock), until destroyed or the process ends in any
/// way.
class FolderLock {
 public:
  FolderLock() = default;
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  /// Makes the folder (mode 0700) if needed. False when another process holds it. Errors: `folder_unusable`.
  static Result<bool> Try(const Places& places, FolderLock& lock);

 private:
  int descriptor_ = -1;
};

}  // namespace svodka::app
