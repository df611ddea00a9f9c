#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace svodka::server {

/// Whole texts. `level`: gzip 1..9, brotli 0..11.
std::string Gzip(std::string_view text, int level);
std::string Brotli(std::string_view text, int level);

/// A gzip stream whose pieces can be read as soon as they are written (sync flush after each).
class GzipStream {
 public:
  explicit GzipStream(int level);
  ~GzipStream();
  std::string Write(std::string_view piece);
  std::string Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace svodka::server
