#include "app/setup/uploads.hpp"

#include <filesystem>
#include <fstream>

#include "base/text.hpp"
#include "state/vault.hpp"

namespace svodka::app {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::hours kLife{24};
constexpr size_t kNameBytesMax = 120;

Diagnostic Unknown() {
  return {"unknown_upload", "this file was not uploaded, or too long ago; choose it once more", "upload", {}};
}

}  // namespace

std::string HarmlessName(std::string_view name) {
  if (const size_t slash = name.find_last_of("/\\"); slash != std::string_view::npos)
    name.remove_prefix(slash + 1);
  std::string harmless;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool fine = byte >= 0x80 || std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_' || c == ' ';
    harmless += fine ? c : '_';
  }
  harmless = Trim(harmless);
  while (!harmless.empty() && harmless.front() == '.') harmless.erase(0, 1);
  // The end tells the kind of file: what is too long loses its beginning.
  if (harmless.size() > kNameBytesMax) harmless.erase(0, harmless.size() - kNameBytesMax);
  while (!harmless.empty() && !IsValidUtf8(harmless)) harmless.erase(0, 1);
  return harmless.empty() ? "file" : harmless;
}

Uploads::Uploads(std::string folder, const Clock& clock) : folder_(std::move(folder)), clock_(clock) {
  std::error_code gone;
  fs::remove_all(folder_, gone);  // of a process that ended
}

Uploads::~Uploads() {
  std::error_code gone;
  fs::remove_all(folder_, gone);
}

Uploads::Upload* Uploads::Find(const std::string& id, const std::string& user) {
  const auto at = uploads_.find(id);
  return at == uploads_.end() || at->second.user != user ? nullptr : &at->second;
}

void Uploads::DropOld() {
  const Instant now = clock_.Now();
  std::erase_if(uploads_, [&](const auto& item) {
    if (now - item.second.begun_at < kLife) return false;
    std::error_code gone;
    fs::remove_all(item.second.folder, gone);
    return true;
  });
}

Result<std::string> Uploads::Begin(std::string_view name, int64_t size, const std::string& user) {
  if (size < 0 || size > kUploadBytesMax) {
    return Diagnostic{"upload_too_large",
                      "a file may have at most 1 GB; split it, or import it on the server: svodka import",
                      "size",
                      {}};
  }
  const std::lock_guard lock(mutex_);
  DropOld();
  if (uploads_.size() >= kUploadsMax)
    return Diagnostic{
        "too_many_uploads", "too many files wait to be imported; finish or drop some first", "", {}};
  const std::string id = state::RandomToken();
  Upload upload{user, folder_ + "/" + id, "", size, 0, clock_.Now()};
  upload.path = upload.folder + "/" + HarmlessName(name);
  std::error_code error;
  fs::create_directories(upload.folder, error);
  if (!error) fs::permissions(folder_, fs::perms::owner_all, error);
  std::ofstream file(upload.path, std::ios::binary | std::ios::trunc);
  if (error || !file)
    return Diagnostic{"folder_unusable", "the folder for uploads cannot be written", folder_, {}};
  uploads_.emplace(id, std::move(upload));
  return id;
}

Status Uploads::Append(const std::string& id, int64_t offset, std::string_view bytes,
                       const std::string& user) {
  const std::lock_guard lock(mutex_);
  Upload* upload = Find(id, user);
  if (upload == nullptr) return Unknown();
  const auto length = static_cast<int64_t>(bytes.size());
  if (offset + length <= upload->received) return Done{};
  if (offset != upload->received) {
    return Diagnostic{
        "upload_gap", "the next piece begins at byte " + std::to_string(upload->received), "offset", {}};
  }
  if (bytes.size() > kPieceBytesMax || offset + length > upload->size)
    return Diagnostic{"upload_too_large", "the piece reaches beyond the file's size", "offset", {}};
  std::ofstream file(upload->path, std::ios::binary | std::ios::app);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return Diagnostic{"disk_full", "the file cannot be written; is the disk full?", "", {}};
  upload->received += length;
  return Done{};
}

Result<std::vector<std::string>> Uploads::Paths(const std::vector<std::string>& ids,
                                                const std::string& user) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> paths;
  for (const std::string& id : ids) {
    const Upload* upload = Find(id, user);
    if (upload == nullptr) return Unknown();
    if (upload->received != upload->size) {
      return Diagnostic{
          "upload_unfinished", "a file has not arrived whole; choose it once more", "uploads", {}};
    }
    paths.push_back(upload->path);
  }
  return paths;
}

Status Uploads::Drop(const std::string& id, const std::string& user) {
  const std::lock_guard lock(mutex_);
  const Upload* upload = Find(id, user);
  if (upload == nullptr) return Unknown();
  std::error_code gone;
  fs::remove_all(upload->folder, gone);
  uploads_.erase(id);
  return Done{};
}

void Uploads::SetProgress(const std::string& user, std::optional<crm::files::ImportProgress> progress) {
  const std::lock_guard lock(mutex_);
  if (progress) {
    progress_[user] = std::move(*progress);
  } else {
    progress_.erase(user);
  }
}

std::optional<crm::files::ImportProgress> Uploads::FindProgress(const std::string& user) {
  const std::lock_guard lock(mutex_);
  const auto found = progress_.find(user);
  return found == progress_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace svodka::app
