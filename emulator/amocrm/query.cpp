#include "emulator/amocrm/query.hpp"

#include <algorithm>
#include <charconv>

#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

std::optional<int64_t> Integer(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    if (!part.empty()) parts.emplace_back(part);
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

Problem NotFound() { return {404, "Not Found", "Not found"}; }
Problem Forbidden() { return {403, "Forbidden", "Недостаточно прав для выполнения операции"}; }
Problem BadRequest(std::string detail) { return {400, "Bad Request", std::move(detail)}; }

bool NumberFilter::Fits(int64_t value) const {
  if (ranged) return (!from || value >= *from) && (!to || value <= *to);
  return std::find(any.begin(), any.end(), value) != any.end();
}

Query::Query(std::string_view path, std::string_view text, int most, int otherwise)
    : path_(path), text_(text), params_(ParseQuery(text)) {
  if (const auto wanted = IntParam(params_, "page"))
    page = static_cast<int>(std::clamp<int64_t>(*wanted, 1, 1000000));
  if (const auto wanted = IntParam(params_, "limit"); wanted && *wanted > 0) {
    limited = true;
    limit = *wanted > most ? otherwise : static_cast<int>(*wanted);
  }
  if (const json::value* value = params_.if_contains("with")) {
    for (std::string& name : TextsOf(*value)) with.insert(std::move(name));
  }
  if (const json::value* value = params_.if_contains("order"); value != nullptr && value->is_object()) {
    for (const auto& member : value->get_object())
      order.emplace_back(member.key(), ScalarText(member.value()).value_or("") == "desc");
  }
}

const json::object* Query::filter() const {
  const json::value* value = params_.if_contains("filter");
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

std::vector<std::string> Query::TextsOf(const json::value& value) {
  std::vector<std::string> texts;
  for (const json::value& item : ListOf(value)) {
    if (const auto text = ScalarText(item)) {
      for (std::string& part : Split(*text)) texts.push_back(std::move(part));
    }
  }
  return texts;
}

std::vector<std::string> Query::Texts(const char* key) const {
  const json::object* tree = filter();
  const json::value* value = tree == nullptr ? nullptr : tree->if_contains(key);
  return value == nullptr ? std::vector<std::string>() : TextsOf(*value);
}

std::optional<NumberFilter> Query::Numbers(const char* key) const {
  const json::object* tree = filter();
  const json::value* value = tree == nullptr ? nullptr : tree->if_contains(key);
  if (value == nullptr) return std::nullopt;
  NumberFilter numbers;
  if (value->is_object() && (value->get_object().contains("from") || value->get_object().contains("to"))) {
    numbers.ranged = true;
    numbers.from = IntParam(value->get_object(), "from");
    numbers.to = IntParam(value->get_object(), "to");
    return numbers;
  }
  for (const std::string& text : TextsOf(*value)) {
    if (const auto number = Integer(text)) numbers.any.push_back(*number);
  }
  return numbers;
}

std::string Query::Signature() const {
  json::object rest = params_;
  rest.erase("page");
  rest.erase("limit");
  return path_ + "?" + json::serialize(rest);
}

std::string Query::Target(int other_page) const {
  std::string out = path_;
  char gap = '?';
  std::string_view rest = text_;
  while (!rest.empty()) {
    const size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (pair.empty() || pair.starts_with("page=")) continue;
    out += gap;
    out += pair;
    gap = '&';
  }
  out += gap;
  return out + "page=" + std::to_string(other_page);
}

}  // namespace svodka::emulator::amocrm
