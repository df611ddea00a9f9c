#include "crm/amocrm/api_error.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace svodka::crm::amocrm {
namespace {

ApiError Make(int status, Remedy remedy, const char* code, std::string message, std::string_view path) {
  ApiError error;
  error.status = status;
  error.remedy = remedy;
  error.diagnostic = {code, std::move(message), std::string(path), {}};
  return error;
}

/// The vendor's own words and legacy number, if the body is one of its problem objects.
struct Problem {
  std::string words;
  int64_t code = 0;
};

Problem ReadProblem(const HttpAnswer& answer) {
  Problem problem;
  if (!LooksLikeJson(answer)) return problem;
  const auto parsed = ParseJson(answer.body);
  if (!parsed.ok()) return problem;
  for (const char* name : {"detail", "hint", "title"}) {
    if (!problem.words.empty()) break;
    problem.words = FindString(*parsed, name).value_or("");
  }
  for (const char* name : {"error_code", "code"}) {
    if (problem.code == 0) problem.code = FindInteger(*parsed, name).value_or(0);
  }
  if (problem.words.size() > 200) problem.words.resize(200);
  while (!IsValidUtf8(problem.words) && !problem.words.empty()) problem.words.pop_back();
  return problem;
}

std::string Said(const Problem& problem) {
  return problem.words.empty() ? std::string() : " (the account says: " + problem.words + ")";
}

}  // namespace

bool LooksLikeJson(const HttpAnswer& answer) {
  const std::string_view body = Trim(answer.body);
  return !body.empty() && (body.front() == '{' || body.front() == '[');
}

ApiError Classify(const HttpAnswer& answer, std::string_view path) {
  const int status = answer.status;
  const Problem problem = ReadProblem(answer);
  if (status >= 300 && status < 400) {
    const std::string to = OriginOf(answer.location);
    auto error = Make(status, to.empty() ? Remedy::kRetry : Remedy::kMoved, "portal_moved",
                      "the account has moved to " +
                          (to.empty() ? std::string("an address that it does not name") : to) +
                          "; connect it again with the new address",
                      path);
    error.moved_to = to;
    return error;
  }
  if (status == 429) {
    auto error =
        Make(status, Remedy::kSlower, "portal_busy",
             "the account answers that there were too many requests; it is asked again more slowly", path);
    error.retry_after_s = answer.retry_after_s;
    return error;
  }
  if (status == 401) {
    return Make(status, Remedy::kToken, "token_rejected",
                "the account does not accept the token" + Said(problem) +
                    "; if the browser shows amoCRM at another address now, connect again with that one, else "
                    "make a new token in amoCRM (Integrations, your integration, Keys) and connect again",
                path);
  }
  if (status == 402) {
    return Make(status, Remedy::kStop, "plan_unpaid",
                "the account is not paid or its plan has no API" + Said(problem) +
                    "; pay for the account in amoCRM, reading goes on by itself afterwards",
                path);
  }
  if (status == 403) {
    if (!LooksLikeJson(answer)) {
      auto error =
          Make(status, Remedy::kBlocked, "portal_blocked",
               "the account has blocked our requests for a while (an HTML page instead of an answer); if it "
               "lasts, write to amoCRM's support with this server's address",
               path);
      error.retry_after_s = answer.retry_after_s;
      return error;
    }
    if (problem.code == 113 || problem.words.find("IP") != std::string::npos) {
      return Make(status, Remedy::kStop, "address_not_allowed",
                  "the account lets only listed addresses in" + Said(problem) +
                      "; add this server's address to the list in amoCRM's settings",
                  path);
    }
    return Make(status, Remedy::kRefused, "access_denied",
                "no right to read " + std::string(path) + Said(problem) +
                    "; make the token under an administrator of the account",
                path);
  }
  if (status == 404 || status == 405 || status == 425 || status == 426) {
    return Make(status, Remedy::kRefused, status == 404 ? "not_found" : "feature_off",
                "the account does not offer " + std::string(path) + Said(problem) + "; it is left out", path);
  }
  if (status == 504 || status == 408) {
    return Make(status, Remedy::kSmaller, "portal_timeout",
                "the account took too long to answer; it is asked for fewer rows", path);
  }
  if (status >= 500) {
    auto error =
        Make(status, Remedy::kRetry, "portal_busy",
             "the account answers with status " + std::to_string(status) + "; it is asked again", path);
    error.retry_after_s = answer.retry_after_s;
    return error;
  }
  return Make(status, Remedy::kRefused, "request_rejected",
              "the account rejects the question for " + std::string(path) + " with status " +
                  std::to_string(status) + Said(problem),
              path);
}

ApiError ClassifyForeign(const HttpAnswer& answer, std::string_view path, std::string_view why) {
  return Make(answer.status, Remedy::kRetry, "bad_answer",
              "the answer for " + std::string(path) + " is not the account's own (" + std::string(why) +
                  "); a proxy or an overloaded account may be behind it; it is asked again",
              path);
}

ApiError ClassifyTransport(const Diagnostic& diagnostic) {
  ApiError error;
  error.diagnostic = diagnostic;
  const bool ended =
      diagnostic.code == "cancelled" || diagnostic.code == "bad_redirect" || diagnostic.code == "tls_failed";
  const bool heavy = diagnostic.code == "answer_too_large" || diagnostic.code == "portal_timeout";
  error.remedy = ended ? Remedy::kStop : heavy ? Remedy::kSmaller : Remedy::kRetry;
  return error;
}

}  // namespace svodka::crm::amocrm
