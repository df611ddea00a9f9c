#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "crm/http.hpp"

namespace svodka::bench {

/// What stands for an answer without a body (HTTP 204).
inline constexpr const char* kNoContent = "{}";
/// What is asked: the body of a POST, else path and query.
std::string KeyOf(const crm::HttpRequest& request);

/// A portal's answers on disk, found again by what was asked: `FILE` holds one answer a line (a JSON text),
/// `FILE.index` one line `offset length request` each.
class Recording {
 public:
  /// Opens what is there, or begins anew.
  static Result<std::unique_ptr<Recording>> Open(const std::string& file, bool anew);

  Status Put(const std::string& request, const std::string& answer);
  /// The answer's text; nothing when this was never asked.
  std::optional<std::string> Find(const std::string& request);
  /// Writes the index; without it the recording is begun anew next time.
  Status Finish();

  size_t size() const { return places_.size(); }
  int64_t bytes() const { return end_; }
  const std::string& file() const { return file_; }

 private:
  struct Place {
    int64_t offset = 0, length = 0;
  };
  std::string file_;
  std::fstream stream_;
  std::map<std::string, Place> places_;
  int64_t end_ = 0;
};

/// Passes on to `inner` and keeps its answers.
class RecordingTransport final : public crm::HttpTransport {
 public:
  RecordingTransport(crm::HttpTransport& inner, Recording& recording)
      : inner_(inner), recording_(recording) {}
  Result<crm::HttpAnswer> Send(const crm::HttpRequest& request, std::stop_token stop) override;

 private:
  crm::HttpTransport& inner_;
  Recording& recording_;
};

/// How many different rows of each canonical table the recorded answers hold, and the deals' amounts in
/// hundredths: read without the connector's code, to check what it stored.
struct Contents {
  std::map<std::string, std::set<std::string>> ids;  ///< by table: lead, deal, client, activity, stage_event
  int64_t deal_minor = 0;
};
Result<Contents> ReadContents(const std::string& file);

}  // namespace svodka::bench
