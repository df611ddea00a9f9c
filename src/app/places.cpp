#include "app/places.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace svodka::app {
namespace {

namespace fs = std::filesystem;

Result<std::string> FindFolder(const std::string& named, const std::vector<fs::path>& usual,
                               const char* option, const char* marker) {
  std::error_code error;
  if (!named.empty()) {
    if (!fs::is_directory(named, error)) {
      return Diagnostic{"folder_not_found", std::string(option) + " names no folder: " + named, option, {}};
    }
    return fs::absolute(named).lexically_normal().string();
  }
  for (const fs::path& folder : usual) {
    if (fs::exists(folder / marker, error)) return folder.lexically_normal().string();
  }
  return std::string();
}

}  // namespace

Result<Places> FindPlaces(const std::string& data, const std::string& models, const std::string& web) {
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error).parent_path();
  Places places;
  places.data = fs::absolute(data.empty() ? "data" : data).lexically_normal().string();
  while (places.data.size() > 1 && places.data.back() == '/') places.data.pop_back();
  auto found_models =
      FindFolder(models, {binary / "models", binary / "../../models", binary / "../share/svodka/models"},
                 "--models", "measures");
  if (!found_models.ok()) return found_models.errors();
  places.models = found_models.value();
  auto found_web =
      FindFolder(web, {binary / "web", binary / "../../web/dist", binary / "../share/svodka/web"}, "--web",
                 "index.html");
  if (!found_web.ok()) return found_web.errors();
  places.web = found_web.value();
  return places;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Result<bool> FolderLock::Try(const Places& places, FolderLock& lock) {
  std::error_code error;
  if (!fs::exists(places.data, error)) {
    fs::create_directories(places.data, error);
    if (!error) fs::permissions(places.data, fs::perms::owner_all, error);
    if (error) {
      return Diagnostic{
          "folder_unusable", "the data folder cannot be made: " + error.message(), places.data, {}};
    }
  }
  const int descriptor = open(places.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Diagnostic{"folder_unusable",
                      std::string("the data folder cannot be used: ") + std::strerror(errno),
                      places.data,
                      {}};
  }
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    close(descriptor);
    return false;
  }
  lock.descriptor_ = descriptor;
  return true;
}

}  // namespace svodka::app
