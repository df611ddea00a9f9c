#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "server/portal_directory.hpp"

namespace svodka::server {

/// A file to be saved by the reader.
struct FileAnswer {
  std::string content_type, name, bytes;
};

/// Bringing data in, by an administrator: connecting a CRM, its settings, the list of sources. Answers are
/// the JSON of docs/setup.md, its texts in the caller's language. Implemented by app. Thread-safe. No answer,
/// error or log holds a secret.
class SetupDesk {
 public:
  virtual ~SetupDesk() = default;

  /// Where in each CRM the secret is made, and what to tick.
  virtual json::value Guide(engine::Language language) = 0;
  /// Asks a CRM with the secret of `request` and keeps it sealed as a draft if the CRM took it. What is wrong
  /// with the CRM or the rights is a part of the answer. Errors: `bad_request`, `unknown_portal`,
  /// `portal_kind_differs`.
  virtual Result<json::value> Check(const json::object& request, const Caller& caller) = 0;
  /// The same for a draft: rights may have been given meanwhile. Errors: `unknown_draft`.
  virtual Result<json::value> CheckAgain(const std::string& draft, const Caller& caller) = 0;
  /// How much there is to copy and how long it will take. May take half a minute. Errors: `unknown_draft`,
  /// `setup_failed`.
  virtual Result<json::value> Measure(const std::string& draft, const Caller& caller) = 0;
  virtual Status Discard(const std::string& draft, const Caller& caller) = 0;
  /// Makes a portal of a draft, or gives a portal its new secret, and begins to follow it. Errors:
  /// `unknown_draft`, `bad_portal_id`, `portal_exists`, `bad_setting`, `setup_failed`.
  virtual Result<json::value> Start(const std::string& draft, const json::object& request,
                                    const Caller& caller) = 0;

  virtual Result<json::value> Sources(const Caller& caller) = 0;
  /// `paused`, `name`. Errors: `unknown_portal`, `bad_request`.
  virtual Status Change(const std::string& portal, const json::object& request, const Caller& caller) = 0;
  /// Mappings that need a person, with what is chosen and what the data suggests. Errors: `unknown_portal`.
  virtual Result<json::value> Questions(const std::string& portal, const Caller& caller) = 0;
  /// `values`: setting -> value, `from_day`: first day for those that are judged by the moment, or null for
  /// always. All or none. Errors: `unknown_portal`, `unknown_setting`, `bad_setting`, `bad_date`.
  virtual Status Answer(const std::string& portal, const json::object& request, const Caller& caller) = 0;
  /// Needs `confirm`: the portal's name as people call it. Errors: `unknown_portal`, `confirm_needed`.
  virtual Status Remove(const std::string& portal, const json::object& request, const Caller& caller) = 0;

  /// A file that comes piece by piece: `name`, `size`. Answers its id and how large a piece may be. Errors:
  /// `upload_too_large`, `too_many_uploads`, `folder_unusable`.
  virtual Result<json::value> BeginUpload(const json::object& request, const Caller& caller) = 0;
  /// Errors: `unknown_upload`, `upload_gap`, `upload_too_large`, `disk_full`.
  virtual Status TakePiece(const std::string& upload, int64_t offset, std::string_view bytes,
                           const Caller& caller) = 0;
  virtual Status DropUpload(const std::string& upload, const Caller& caller) = 0;
  /// How the files would be read: columns with their targets, the first rows, the rejects, the mapping.
  /// Errors: `unknown_upload`, `upload_unfinished`, `files_unreadable`, `bad_request`.
  virtual Result<json::value> PreviewFiles(const json::object& request, const Caller& caller) = 0;
  /// Imports them into a new source, or the one of files that is named; remembers how. Errors: as
  /// PreviewFiles, `portal_of_crm`, `unknown_portal`.
  virtual Result<json::value> ImportFiles(const json::object& request, const Caller& caller) = 0;
  /// How far the caller's import has come: `running`, `file` ("" while rows are stored), `rows`, `share` of
  /// the bytes (0 to 1).
  virtual json::value ImportProgress(const Caller& caller) = 0;
  /// The rows that the last import did not take. Errors: `unknown_portal`, `unknown_address`.
  virtual Result<FileAnswer> FindRejects(const std::string& portal) = 0;
};

}  // namespace svodka::server
