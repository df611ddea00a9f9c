#include "server/message.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace svodka::server {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool Decode(std::string_view text, bool plus_is_space, std::string& out) {
  out.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] == '%') {
      if (i + 2 >= text.size()) return false;
      const int high = HexDigit(text[i + 1]), low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out.find('\0') == std::string::npos && IsValidUtf8(out);
}

bool SameText(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(a) == lower(b);
  });
}

}  // namespace

const std::string* Request::FindHeader(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &Headers::value_type::first);
  return found == headers.end() ? nullptr : &found->second;
}

std::optional<std::string> Request::FindCookie(std::string_view name) const {
  for (const auto& [header, value] : headers) {
    if (header != "cookie") continue;
    for (const std::string& piece : Split(value, ';')) {
      const std::string_view pair = Trim(piece);
      const size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
        return std::string(pair.substr(equals + 1));
      }
    }
  }
  return std::nullopt;
}

bool Request::Accepts(std::string_view coding) const {
  const std::string* accepted = FindHeader("accept-encoding");
  if (accepted == nullptr) return false;
  for (const std::string& piece : Split(*accepted, ',')) {
    const auto parts = Split(piece, ';');
    if (!SameText(Trim(parts[0]), coding)) continue;
    for (size_t i = 1; i < parts.size(); ++i) {
      const std::string_view weight = Trim(parts[i]);
      if (weight == "q=0" || weight == "q=0.0" || weight == "q=0.00" || weight == "q=0.000") return false;
    }
    return true;
  }
  return false;
}

bool ParseTarget(std::string_view target, Request& request) {
  request.target = target;
  request.segments.clear();
  request.query.clear();
  if (target.empty() || target.front() != '/') return false;
  const size_t question = target.find('?');
  const std::string_view path =
      target.substr(1, question == std::string_view::npos ? target.npos : question - 1);
  std::string piece;
  if (!path.empty()) {
    for (const std::string& segment : Split(path, '/')) {
      if (!Decode(segment, false, piece)) return false;
      request.segments.push_back(piece);
    }
    if (request.segments.back().empty()) request.segments.pop_back();
  }
  if (question == std::string_view::npos) return true;
  for (const std::string& pair : Split(target.substr(question + 1), '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    std::string name;
    if (!Decode(std::string_view(pair).substr(0, equals), true, name)) return false;
    piece.clear();
    if (equals != std::string::npos && !Decode(std::string_view(pair).substr(equals + 1), true, piece))
      return false;
    request.query[name] = piece;
  }
  return true;
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

}  // namespace svodka::server
