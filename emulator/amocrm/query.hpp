#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

/// The query string of a list: page, limit, with, order, filter.
namespace svodka::emulator::amocrm {

/// An answer that is not a success.
struct Problem {
  int status = 400;
  std::string title, detail;
  json::array validation = {};  ///< of a 400: `validation-errors`
};
Problem NotFound();
Problem Forbidden();
Problem BadRequest(std::string detail);

/// Numbers a filter names: single values, `a,b`, lists with `[]` or `[n]`, or a range.
struct NumberFilter {
  std::vector<int64_t> any;
  std::optional<int64_t> from, to;
  bool ranged = false;
  bool Fits(int64_t value) const;
};

class Query {
 public:
  /// `most`: the largest page; more than it gives `otherwise` rows.
  Query(std::string_view path, std::string_view text, int most, int otherwise);

  int page = 1, limit = 50;
  bool limited = false;  ///< the caller named a limit
  std::set<std::string> with;
  std::vector<std::pair<std::string, bool>> order;  ///< field, descending
  const json::object& params() const { return params_; }
  const json::object* filter() const;

  /// Nothing when the filter does not name the key.
  std::optional<NumberFilter> Numbers(const char* key) const;
  std::vector<std::string> Texts(const char* key) const;
  static std::vector<std::string> TextsOf(const json::value& value);
  /// The whole query but its page.
  std::string Signature() const;
  /// Path and query of another page of the same list, everything else as it came.
  std::string Target(int other_page) const;

 private:
  std::string path_, text_;
  json::object params_;
};

}  // namespace svodka::emulator::amocrm
