#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "crm/http.hpp"

/// Only for tests: an account in memory, small and obedient, with faults to switch on. Lists answer as the
/// sheet of the account's behaviour says: HAL pages, 204 for nothing, order, ranges, lists of ids.
namespace svodka::sync::amocrm {

class FakeAccount final : public crm::HttpTransport {
 public:
  explicit FakeAccount(const Clock& clock) : clock_(clock) {}

  std::map<std::string, std::map<int64_t, json::object>>
      lists;  ///< by path; events and requests by running number
  /// Called before each request (numbered from 1): may answer in its stead.
  std::function<std::optional<Result<crm::HttpAnswer>>(int request, const crm::HttpRequest&)> fault;
  /// Called after each answered request: what people do meanwhile.
  std::function<void(int request, const std::string& path)> meanwhile;
  bool filters_on = true;  ///< the package for filters; off: they are ignored for cards
  bool flag_tells = true;  ///< the account's own flag agrees with it
  std::string token = "t0ken";
  int requests = 0;
  std::vector<Instant> asked_at;
  std::vector<std::string> targets;  ///< path and query of every request
  std::string customers_mode = "disabled";
  bool hides_unsorted = false;
  bool tells_time = true;  ///< a Date header

  static crm::HttpAnswer Answered(int status, std::string body, std::string type = "application/hal+json") {
    crm::HttpAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    answer.content_type = std::move(type);
    answer.origin = "https://demo.amocrm.ru";
    return answer;
  }
  static crm::HttpAnswer Html(int status) {
    return Answered(status, "<html><body>nginx</body></html>", "text/html");
  }

  static int64_t Seconds(Instant at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
  }

  json::object& Put(const std::string& path, int64_t id, json::object row) {
    if (!row.contains("id")) row["id"] = id;
    return lists[path][id] = std::move(row);
  }

  Result<crm::HttpAnswer> Send(const crm::HttpRequest& request, std::stop_token stop) override {
    ++requests;
    asked_at.push_back(clock_.Now());
    const size_t path_at = request.url.find('/', request.url.find("//") + 2);
    const std::string target = request.url.substr(path_at);
    targets.push_back(target);
    if (stop.stop_requested()) return Diagnostic{"cancelled", "stopped", "", {}};
    if (fault) {
      if (auto answer = fault(requests, request)) return *answer;
    }
    if (request.headers != std::vector<std::string>{"Authorization: Bearer " + token}) {
      return Answered(401, R"({"title":"Unauthorized","status":401,"detail":"Invalid token"})",
                      "application/problem+json");
    }
    const std::string path = target.substr(0, target.find('?'));
    std::vector<std::pair<std::string, std::string>> params;
    if (const size_t question = target.find('?'); question != std::string::npos) {
      for (const auto& part : Split(target.substr(question + 1), '&')) {
        const size_t equals = part.find('=');
        params.emplace_back(Decoded(part.substr(0, equals)), Decoded(part.substr(equals + 1)));
      }
    }
    auto answer = Run(path, params);
    answer.served_at_s = tells_time ? Seconds(clock_.Now()) : 0;
    if (meanwhile) meanwhile(requests, path);
    return answer;
  }

 private:
  static std::string Decoded(const std::string& text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && i + 2 < text.size()) {
        out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }

  static int64_t Number(const json::object& row, const std::string& name) {
    const json::value* value = row.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
  }

  crm::HttpAnswer Run(const std::string& path,
                      const std::vector<std::pair<std::string, std::string>>& params) {
    if (path == "/api/v4/account") {
      json::object account{
          {"id", 31},
          {"name", "Кухни"},
          {"current_user_id", 501},
          {"currency", "RUB"},
          {"created_at", Seconds(clock_.Now()) - 86400 * 400},
          {"customers_mode", customers_mode},
          {"is_api_filter_enabled", filters_on || !flag_tells},
          {"invoices_settings", json::object{{"lang", "ru"}, {"invoices_catalog_id", 4517}}}};
      account["_embedded"] = json::object{
          {"users_groups", json::array{json::object{{"id", 0}, {"name", "Отдел продаж"}},
                                       json::object{{"id", 612}, {"name", "Опт"}}}},
          {"task_types", json::array{json::object{{"id", 2}, {"name", "Встреча"}, {"code", "MEETING"}}}},
          {"datetime_settings", json::object{{"timezone", "Europe/Moscow"}, {"timezone_offset", "+03:00"}}}};
      return Answered(200, json::serialize(account));
    }
    const size_t slash = path.rfind('/');
    const std::string parent = path.substr(0, slash);
    const std::string last = path.substr(slash + 1);
    if (!lists.contains(path) && lists.contains(parent) && !last.empty() &&
        std::all_of(last.begin(), last.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) {
      const auto row = lists[parent].find(std::stoll(last));
      if (row == lists[parent].end()) return Answered(204, "");
      return Answered(200, json::serialize(row->second));
    }
    std::vector<const json::object*> rows;
    for (const auto& [number, row] : lists[path]) {
      if (Matches(path, row, params)) rows.push_back(&row);
    }
    size_t limit = 50;
    size_t page = 1;
    for (const auto& [key, value] : params) {
      if (key == "limit") limit = std::stoul(value);
      if (key == "page") page = std::stoul(value);
      if (key.starts_with("order[")) {
        const std::string field = key.substr(6, key.size() - 7);
        std::stable_sort(rows.begin(), rows.end(), [&](const json::object* a, const json::object* b) {
          return value == "desc" ? Number(*a, field) > Number(*b, field)
                                 : Number(*a, field) < Number(*b, field);
        });
      }
    }
    if (path == "/api/v4/events") {
      std::stable_sort(rows.begin(), rows.end(), [](const json::object* a, const json::object* b) {
        return Number(*a, "created_at") > Number(*b, "created_at");
      });
    }
    const size_t first = (page - 1) * limit;
    if (first >= rows.size()) return Answered(204, "");
    json::array out;
    for (size_t i = first; i < std::min(rows.size(), first + limit); ++i) out.emplace_back(*rows[i]);
    json::object links{{"self", json::object{{"href", "https://demo.amocrm.ru" + path}}}};
    if (first + limit < rows.size()) {
      links["next"] =
          json::object{{"href", "https://demo.amocrm.ru" + path + "?limit=" + std::to_string(limit) +
                                    "&page=" + std::to_string(page + 1)}};
    }
    const json::object whole{
        {"_page", page}, {"_links", std::move(links)}, {"_embedded", json::object{{last, std::move(out)}}}};
    return Answered(200, json::serialize(whole));
  }

  bool Matches(const std::string& path, const json::object& row,
               const std::vector<std::pair<std::string, std::string>>& params) const {
    if (path == "/api/v4/leads" && hides_unsorted && Number(row, "status_id") == 5500) return false;
    const bool cards = path == "/api/v4/leads" || path == "/api/v4/contacts" || path == "/api/v4/companies" ||
                       path == "/api/v4/customers";
    if (cards && !filters_on) return true;
    bool has_ids = false;
    bool in_ids = false;
    for (const auto& [key, value] : params) {
      if (!key.starts_with("filter[")) continue;
      const std::string field = key.substr(7, key.find(']') - 7);
      if (field == "id") {
        has_ids = true;
        in_ids = in_ids || std::to_string(Number(row, "id")) == value;
      } else if (key.ends_with("[from]")) {
        if (Number(row, field) < std::stoll(value)) return false;
      } else if (key.ends_with("[to]")) {
        if (Number(row, field) > std::stoll(value)) return false;
      } else if (field == "type") {
        const auto types = Split(value, ',');
        if (std::find(types.begin(), types.end(), std::string(row.at("type").as_string())) == types.end())
          return false;
      } else if (field == "is_completed") {
        if (row.at("is_completed").as_bool() != (value == "1")) return false;
      }
    }
    return !has_ids || in_ids;
  }

  const Clock& clock_;
};

}  // namespace svodka::sync::amocrm
