#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crm/files/import.hpp"

namespace svodka::app {

inline constexpr int64_t kUploadBytesMax = int64_t{1} << 30;
inline constexpr size_t kPieceBytesMax = 2 << 20;
inline constexpr size_t kUploadsMax = 20;

/// Files that a browser sends piece by piece, each piece written to disk as it comes. Nobody's file name
/// becomes a path: it is shortened to harmless characters and lies in a folder of its own. They go when they
/// are used, after a day, and with the process. Thread-safe.
class Uploads {
 public:
  Uploads(std::string folder, const Clock& clock);
  ~Uploads();

  /// Errors: `upload_too_large`, `too_many_uploads`, `folder_unusable`.
  Result<std::string> Begin(std::string_view name, int64_t size, const std::string& user);
  /// The next bytes; a piece that came twice is passed over. Errors: `unknown_upload`, `upload_gap`,
  /// `upload_too_large`, `disk_full`.
  Status Append(const std::string& id, int64_t offset, std::string_view bytes, const std::string& user);
  /// Paths of whole files, in the order asked for. Errors: `unknown_upload`, `upload_unfinished`.
  Result<std::vector<std::string>> Paths(const std::vector<std::string>& ids, const std::string& user);
  Status Drop(const std::string& id, const std::string& user);

  /// How far the import of a user's files has come; nothing: none is under way.
  void SetProgress(const std::string& user, std::optional<crm::files::ImportProgress> progress);
  std::optional<crm::files::ImportProgress> FindProgress(const std::string& user);

 private:
  struct Upload {
    std::string user, folder, path;
    int64_t size = 0, received = 0;
    Instant begun_at{};
  };
  /// Needs mutex_. Null: unknown.
  Upload* Find(const std::string& id, const std::string& user);
  void DropOld();

  const std::string folder_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Upload> uploads_;
  std::map<std::string, crm::files::ImportProgress> progress_;  ///< by user
};

/// `../../a\\b*.csv` -> `b_.csv`: letters of any script, digits, blanks, `.`, `-` and `_` stay.
std::string HarmlessName(std::string_view name);

}  // namespace svodka::app
