#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "server/portal_directory.hpp"

namespace svodka::server {

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
  /// Needs `confirm`: the portal's name as people call it. Errors: `unknown_portal`, `confirm_needed`.
  virtual Status Remove(const std::string& portal, const json::object& request, const Caller& caller) = 0;
};

}  // namespace svodka::server
