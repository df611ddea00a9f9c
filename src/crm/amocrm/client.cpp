#include "crm/amocrm/client.hpp"

#include <algorithm>

namespace svodka::crm::amocrm {
namespace {

Outcome Failed(ApiError error) {
  Outcome outcome;
  outcome.error = std::move(error);
  return outcome;
}

/// "/api/v4/leads?page=2" of "https://any.host/api/v4/leads?page=2": the host of a link is not believed.
std::string PathOf(std::string_view href) {
  const size_t scheme = href.find("://");
  if (scheme == std::string_view::npos) return href.starts_with("/") ? std::string(href) : std::string();
  const size_t path = href.find('/', scheme + 3);
  return path == std::string_view::npos ? std::string() : std::string(href.substr(path));
}

}  // namespace

std::string Client::WhereTo(std::stop_token stop) {
  HttpRequest request;
  request.url = origin_ + "/";
  request.follow_redirects = false;
  const auto sent = transport_.Send(request, stop);
  return sent.ok() && sent->status >= 300 && sent->status < 400 ? OriginOf(sent->location) : std::string();
}

Outcome Client::Get(std::string_view path_and_query, std::stop_token stop) {
  const std::string_view path = path_and_query.substr(0, path_and_query.find('?'));
  HttpRequest request;
  request.url = origin_ + std::string(path_and_query);
  request.headers.push_back("Authorization: Bearer " + token_);
  request.follow_redirects = false;
  auto sent = transport_.Send(request, stop);
  if (!sent.ok()) return Failed(ClassifyTransport(sent.error()));
  if (sent->status == 204) {
    Outcome outcome;
    outcome.page = Page{};
    outcome.page->served_at_s = sent->served_at_s;
    return outcome;
  }
  if (sent->status < 200 || sent->status >= 300) return Failed(Classify(*sent, path));
  if (!LooksLikeJson(*sent)) return Failed(ClassifyForeign(*sent, path, "no JSON in it"));

  auto storage =
      json::make_shared_resource<json::monotonic_resource>(std::max<size_t>(4096, sent->body.size() * 2));
  json::error_code code;
  json::value parsed = json::parse(sent->body, code, storage);
  if (code) return Failed(ClassifyForeign(*sent, path, code.message()));
  if (!parsed.is_object()) return Failed(ClassifyForeign(*sent, path, "no object in it"));
  Page page;
  page.served_at_s = sent->served_at_s;
  page.root = std::make_shared<const json::value>(std::move(parsed));
  // PHP writes [] for an empty object: then there are no rows.
  const json::value* embedded = FindMember(*page.root, "_embedded");
  if (embedded != nullptr && embedded->is_object()) {
    for (const auto& member : embedded->get_object()) {
      if (!member.value().is_array()) continue;
      for (const json::value& row : member.value().get_array()) {
        if (row.is_object()) page.rows.push_back(&row);
      }
      break;
    }
  }
  if (const json::value* links = FindMember(*page.root, "_links")) {
    if (const json::value* next = FindMember(*links, "next")) {
      page.next = PathOf(FindString(*next, "href").value_or(""));
      page.has_next = !page.next.empty();
    }
  }
  Outcome outcome;
  outcome.page = std::move(page);
  return outcome;
}

}  // namespace svodka::crm::amocrm
