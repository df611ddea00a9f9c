#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "server/message.hpp"

namespace svodka::server {

/// The web app's files, kept in memory and compressed once. A name that carries a hash (`app-3f9a1c2b.js`)
/// may be cached for a year; everything else is asked for again each time and answered 304 when unchanged.
/// Addresses without a file extension are pages of the app: they get index.html. Re-read when a file's time
/// or size changes.
class StaticFiles {
 public:
  explicit StaticFiles(std::string folder) : folder_(std::move(folder)) {}
  /// `request.method` is GET or HEAD.
  Response Get(const Request& request);

 private:
  struct File;
  std::shared_ptr<File> Load(const std::string& name);

  std::string folder_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<File>> files_;
};

}  // namespace svodka::server
