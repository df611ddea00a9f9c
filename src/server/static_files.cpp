#include "server/static_files.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "server/compress.hpp"
#include "server/error_table.hpp"

namespace svodka::server {
namespace {

namespace fs = std::filesystem;

std::string_view MediaType(const std::string& extension) {
  static const std::map<std::string, std::string_view> kTypes = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json; charset=utf-8"},
      {".map", "application/json; charset=utf-8"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".woff", "font/woff"},
      {".txt", "text/plain; charset=utf-8"},
      {".wasm", "application/wasm"},
  };
  const auto found = kTypes.find(extension);
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

bool IsCompressible(std::string_view type) {
  return type.starts_with("text/") || type.find("json") != type.npos || type == "image/svg+xml" ||
         type == "application/wasm";
}

/// `name-Hash123.ext`: Vite's names end in a hash of at least 8 letters, digits, '-' or '_'.
bool IsHashed(const fs::path& path) {
  const std::string stem = path.stem().string();
  if (path.parent_path().filename() != "assets") return false;
  const size_t dash = stem.size() >= 9 ? stem.size() - 9 : std::string::npos;
  return dash != std::string::npos && (stem[dash] == '-' || stem[dash] == '.');
}

std::optional<std::string> ReadWhole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

uint64_t Hash(std::string_view text) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

constexpr int kGzipLevel = 9, kBrotliLevel = 9;
constexpr size_t kCompressFrom = 512;

}  // namespace

struct StaticFiles::File {
  std::string type, tag;
  bool hashed = false;
  fs::file_time_type time;
  std::shared_ptr<const std::string> plain, gzip, brotli;  ///< compressed ones are made at the first wish
  std::once_flag gzip_once, brotli_once;
};

std::shared_ptr<StaticFiles::File> StaticFiles::Load(const std::string& name) {
  const fs::path path = fs::path(folder_) / name;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return nullptr;
  const auto time = fs::last_write_time(path, error);
  const auto size = fs::file_size(path, error);
  if (error) return nullptr;
  const std::lock_guard lock(mutex_);
  auto& cached = files_[name];
  if (cached && cached->time == time && cached->plain->size() == size) return cached;
  auto text = ReadWhole(path);
  if (!text) return nullptr;
  auto file = std::make_shared<File>();
  file->type = MediaType(path.extension().string());
  file->hashed = IsHashed(path);
  file->time = time;
  char tag[24];
  std::snprintf(tag, sizeof tag, "\"%016llx\"", static_cast<unsigned long long>(Hash(*text)));
  file->tag = tag;
  file->plain = std::make_shared<const std::string>(std::move(*text));
  cached = file;
  return file;
}

Response StaticFiles::Get(const Request& request) {
  std::string name;
  for (const std::string& segment : request.segments) {
    // A dot at the front covers "." and ".." and hidden files.
    if (segment.empty() || segment.front() == '.' || segment.find('/') != std::string::npos ||
        segment.find('\\') != std::string::npos) {
      return ErrorResponse({"unknown_address", "there is no such file", "", {}}, request);
    }
    name += (name.empty() ? "" : "/") + segment;
  }
  std::shared_ptr<File> file = name.empty() ? nullptr : Load(name);
  const bool is_page = name.empty() || (fs::path(name).extension().empty() && !name.starts_with("assets/"));
  if (!file && is_page) file = Load("index.html");
  if (!file) {
    if (!is_page) return ErrorResponse({"unknown_address", "there is no such file", "", {}}, request);
    Response response;
    response.status = 404;
    response.content_type = "text/plain; charset=utf-8";
    response.body = "The web app is not built here: run ./run build, or name its folder with --web.\n";
    return response;
  }
  Response response;
  response.content_type = file->type;
  response.compress = false;
  response.headers.emplace_back("Cache-Control",
                                file->hashed ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("ETag", file->tag);
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (const std::string* known = request.FindHeader("if-none-match");
      known && known->find(file->tag) != known->npos) {
    response.status = 304;
    return response;
  }
  response.shared_body = file->plain;
  if (file->plain->size() < kCompressFrom || !IsCompressible(file->type)) return response;
  if (request.Accepts("br")) {
    std::call_once(file->brotli_once, [&] {
      file->brotli = std::make_shared<const std::string>(Brotli(*file->plain, kBrotliLevel));
    });
    response.shared_body = file->brotli;
    response.headers.emplace_back("Content-Encoding", "br");
  } else if (request.Accepts("gzip")) {
    std::call_once(file->gzip_once,
                   [&] { file->gzip = std::make_shared<const std::string>(Gzip(*file->plain, kGzipLevel)); });
    response.shared_body = file->gzip;
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  return response;
}

}  // namespace svodka::server
