#include "server/internal/setup_handlers.hpp"

#include <charconv>

#include "base/json_text.hpp"
#include "server/error_table.hpp"
#include "server/internal/portal_handlers.hpp"

namespace svodka::server {
namespace {

Response Answered(const Request& request, const Result<json::value>& answer) {
  if (!answer.ok()) return ErrorResponse(answer.error(), request);
  Response response;
  response.body = JsonText(*answer);
  return response;
}

Response Answered(const Request& request, const Status& status) {
  if (!status.ok()) return ErrorResponse(status.error(), request);
  Response response;
  response.status = 204;
  return response;
}

Result<json::object> ReadObject(const Request& request) {
  if (request.body.empty()) return json::object();
  auto body = ParseJson(request.body);
  if (!body.ok())
    return Diagnostic{"bad_json", "the body is no JSON", "body", {}};  // never repeats what it held
  if (!body->is_object()) return Diagnostic{"bad_request", "the body must be a JSON object", "", {}};
  return std::move(body->get_object());
}

Result<int64_t> ReadOffset(const Request& request) {
  const auto found = request.query.find("offset");
  int64_t offset = -1;
  if (found != request.query.end()) {
    const std::string& text = found->second;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), offset);
    if (code != std::errc{} || end != text.data() + text.size()) offset = -1;
  }
  if (offset < 0) return Diagnostic{"bad_number", "offset must be a whole number from 0 on", "offset", {}};
  return offset;
}

}  // namespace

std::vector<SetupHandlers::Entry> SetupHandlers::Entries() {
  using Arguments = std::vector<std::string>;
  const auto with_caller = [](auto act) {
    return [act](const Request& request, const Visitor& visitor, const Arguments& arguments) {
      const auto caller = MakeCaller(request, visitor);
      if (!caller.ok()) return ErrorResponse(caller.error(), request);
      return Answered(request, act(*caller, arguments));
    };
  };
  const auto with_body = [](auto act) {
    return [act](const Request& request, const Visitor& visitor, const Arguments& arguments) {
      const auto caller = MakeCaller(request, visitor);
      if (!caller.ok()) return ErrorResponse(caller.error(), request);
      const auto body = ReadObject(request);
      if (!body.ok()) return ErrorResponse(body.error(), request);
      return Answered(request, act(*body, *caller, arguments));
    };
  };
  std::vector<Entry> entries;
  entries.push_back({"GET", "setup/guide", with_caller([this](const Caller& c, const Arguments&) {
                       return Result<json::value>(desk_.Guide(c.language));
                     })});
  entries.push_back({"GET", "setup/sources",
                     with_caller([this](const Caller& c, const Arguments&) { return desk_.Sources(c); })});
  entries.push_back(
      {"POST", "setup/drafts", with_body([this](const json::object& body, const Caller& c, const Arguments&) {
         return desk_.Check(body, c);
       })});
  entries.push_back(
      {"POST", "setup/drafts/{}/check",
       with_caller([this](const Caller& c, const Arguments& a) { return desk_.CheckAgain(a[0], c); })});
  entries.push_back(
      {"POST", "setup/drafts/{}/measure",
       with_caller([this](const Caller& c, const Arguments& a) { return desk_.Measure(a[0], c); })});
  entries.push_back({"POST", "setup/drafts/{}/start",
                     with_body([this](const json::object& body, const Caller& c, const Arguments& a) {
                       return desk_.Start(a[0], body, c);
                     })});
  entries.push_back({"DELETE", "setup/drafts/{}", with_caller([this](const Caller& c, const Arguments& a) {
                       return desk_.Discard(a[0], c);
                     })});
  entries.push_back({"PATCH", "setup/sources/{}",
                     with_body([this](const json::object& body, const Caller& c, const Arguments& a) {
                       return desk_.Change(a[0], body, c);
                     })});
  entries.push_back({"DELETE", "setup/sources/{}",
                     with_body([this](const json::object& body, const Caller& c, const Arguments& a) {
                       return desk_.Remove(a[0], body, c);
                     })});
  entries.push_back(
      {"GET", "setup/sources/{}/questions",
       with_caller([this](const Caller& c, const Arguments& a) { return desk_.Questions(a[0], c); })});
  entries.push_back({"PUT", "setup/sources/{}/questions",
                     with_body([this](const json::object& body, const Caller& c, const Arguments& a) {
                       return desk_.Answer(a[0], body, c);
                     })});
  entries.push_back({"POST", "setup/uploads",
                     with_body([this](const json::object& body, const Caller& c, const Arguments&) {
                       return desk_.BeginUpload(body, c);
                     })});
  entries.push_back({"PUT",
                     "setup/uploads/{}",
                     [this](const Request& request, const Visitor& visitor, const Arguments& arguments) {
                       const auto caller = MakeCaller(request, visitor);
                       if (!caller.ok()) return ErrorResponse(caller.error(), request);
                       const auto offset = ReadOffset(request);
                       if (!offset.ok()) return ErrorResponse(offset.error(), request);
                       return Answered(request,
                                       desk_.TakePiece(arguments[0], *offset, request.body, *caller));
                     },
                     {"offset"}});
  entries.push_back({"DELETE", "setup/uploads/{}", with_caller([this](const Caller& c, const Arguments& a) {
                       return desk_.DropUpload(a[0], c);
                     })});
  entries.push_back({"POST", "setup/files/preview",
                     with_body([this](const json::object& body, const Caller& c, const Arguments&) {
                       return desk_.PreviewFiles(body, c);
                     })});
  entries.push_back({"POST", "setup/files/import",
                     with_body([this](const json::object& body, const Caller& c, const Arguments&) {
                       return desk_.ImportFiles(body, c);
                     })});
  entries.push_back({"GET", "setup/files/import", with_caller([this](const Caller& c, const Arguments&) {
                       return Result<json::value>(desk_.ImportProgress(c));
                     })});
  entries.push_back({"GET", "setup/sources/{}/rejects",
                     [this](const Request& request, const Visitor&, const Arguments& arguments) {
                       const auto file = desk_.FindRejects(arguments[0]);
                       if (!file.ok()) return ErrorResponse(file.error(), request);
                       Response response;
                       response.content_type = file->content_type;
                       response.headers.emplace_back("Content-Disposition",
                                                     "attachment; filename=\"" + file->name + "\"");
                       response.body = file->bytes;
                       return response;
                     }});
  return entries;
}

}  // namespace svodka::server
