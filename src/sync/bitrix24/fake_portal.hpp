#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "crm/http.hpp"

/// Only for tests: a portal in memory, small and obedient, with faults to switch on. Lists answer as the
/// sheet of the portal's behaviour says (pages of 50, filters by prefix, references between the commands of a
/// batch).
namespace svodka::sync {

class FakePortal final : public crm::HttpTransport {
 public:
  using Row = std::map<std::string, json::value>;

  explicit FakePortal(const Clock& clock) : clock_(clock) {}

  std::map<std::string, std::map<int64_t, Row>> lists;  ///< by method; history by "crm.stagehistory.list/2"
  std::set<std::string> refused;                        ///< methods without a right
  /// Called before each request (numbered from 1): may answer in its stead.
  std::function<std::optional<Result<crm::HttpAnswer>>(int request)> fault;
  bool resolves_references = true;
  bool silent_once = false;       ///< one command of the next batch vanishes without a word
  std::string lists_repeat_once;  ///< this method's next page below/above an id is the first page instead
  int requests = 0;
  std::map<std::string, int> asked;  ///< by method: commands that were answered
  std::vector<Instant> asked_at;

  static crm::HttpAnswer Answered(int status, std::string body) {
    crm::HttpAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    answer.origin = "https://p.bitrix24.ru";
    return answer;
  }

  Result<crm::HttpAnswer> Send(const crm::HttpRequest& request, std::stop_token stop) override {
    ++requests;
    asked_at.push_back(clock_.Now());
    if (stop.stop_requested()) return Diagnostic{"cancelled", "stopped", "", {}};
    if (fault) {
      if (auto answer = fault(requests)) return *answer;
    }
    const json::value body = json::parse(request.body);
    json::object result;
    json::object errors;
    json::object totals;
    json::object nexts;
    std::map<std::string, json::value> answered;
    for (const auto& command : body.at("cmd").as_object()) {
      const std::string name(command.key());
      if (silent_once && name == "c0") {
        silent_once = false;
        continue;
      }
      const std::string text(command.value().as_string());
      const size_t question = text.find('?');
      const std::string method = text.substr(0, question);
      std::vector<std::pair<std::string, std::string>> params;
      if (question != std::string::npos) {
        for (const auto& part : Split(text.substr(question + 1), '&')) {
          const size_t equals = part.find('=');
          params.emplace_back(Decoded(part.substr(0, equals)),
                              Resolve(Decoded(part.substr(equals + 1)), answered));
        }
      }
      if (refused.contains(method)) {
        errors[name] = json::object{{"error", "insufficient_scope"}, {"error_description", "no right"}};
        continue;
      }
      json::object extra;
      auto value = Run(method, params, extra);
      if (!value) {
        errors[name] = json::object{{"error", ""}, {"error_description", "Not found"}};
        continue;
      }
      answered[name] = *value;
      ++asked[method];
      if (extra.contains("total")) totals[name] = extra["total"];
      if (extra.contains("next")) nexts[name] = extra["next"];
      result[name] = std::move(*value);
    }
    const auto php = [](json::object& map) -> json::value {
      if (map.empty()) return json::array{};
      return map;
    };
    const json::object whole{{"result", json::object{{"result", php(result)},
                                                     {"result_error", php(errors)},
                                                     {"result_total", php(totals)},
                                                     {"result_next", php(nexts)}}}};
    return Answered(200, json::serialize(whole));
  }

  std::string Moment(Instant at) const {
    std::string text = ToString(at + std::chrono::hours{3});
    text.pop_back();
    return text + "+03:00";
  }

  Row& Put(const std::string& list, int64_t id, const json::object& cells) {
    Row row;
    for (const auto& cell : cells) row[std::string(cell.key())] = cell.value();
    row[list == "tasks.task.list" ? "id" : "ID"] = json::string(std::to_string(id));
    return lists[list][id] = std::move(row);
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

  std::string Resolve(const std::string& value, const std::map<std::string, json::value>& answered) const {
    if (!value.starts_with("$result[")) return value;
    if (!resolves_references) return "";
    std::vector<std::string> path;
    for (size_t at = value.find('['); at != std::string::npos; at = value.find('[', at + 1)) {
      path.push_back(value.substr(at + 1, value.find(']', at) - at - 1));
    }
    const auto first = answered.find(path[0]);
    if (first == answered.end()) return "";
    const json::value* node = &first->second;
    for (size_t i = 1; i < path.size(); ++i) {
      if (node->is_array()) {
        const size_t index = std::stoul(path[i]);
        if (index >= node->get_array().size()) return "";
        node = &node->get_array()[index];
      } else {
        node = FindMember(*node, path[i]);
        if (node == nullptr) return "";
      }
    }
    return ScalarText(*node).value_or("");
  }

  static std::string Text(const Row& row, const std::string& field) {
    const auto at = row.find(field);
    return at == row.end() ? "" : ScalarText(at->second).value_or("");
  }

  std::optional<json::value> Run(const std::string& method,
                                 const std::vector<std::pair<std::string, std::string>>& params,
                                 json::object& extra) {
    if (method == "server.time") return json::value(Moment(clock_.Now()));
    if (method == "profile") {
      return json::object{{"ID", "1"}, {"ADMIN", true}, {"NAME", "Анна"}, {"TIME_ZONE", "Europe/Moscow"}};
    }
    if (method == "scope") return json::array{"crm", "user", "department", "task"};
    if (method == "crm.settings.mode.get") return json::value(1);
    if (method == "crm.currency.base.get") return json::value("RUB");
    if (method == "crm.category.list") {
      return json::object{
          {"categories", json::array{json::object{{"id", 0}, {"name", "Общая"}, {"sort", 100}}}}};
    }
    if (method.ends_with(".get") && lists.contains(method.substr(0, method.size() - 3) + "list")) {
      const auto& list = lists[method.substr(0, method.size() - 3) + "list"];
      const auto row = list.find(std::stoll(params.at(0).second));
      if (row == list.end()) return std::nullopt;
      json::object out;
      for (const auto& [field, value] : row->second) out[field] = value;
      out["ID"] = row->first;
      return out;
    }
    if (method == "crm.item.list") return json::object{{"items", json::array{}}};
    if (method == "crm.item.productrow.list") return json::object{{"productRows", json::array{}}};
    std::string list = method;
    if (method == "crm.stagehistory.list") {
      for (const auto& [key, value] : params) {
        if (key == "entityTypeId") list += "/" + value;
      }
    }
    json::array rows;
    bool descending = false;
    int64_t start = -1;
    for (const auto& [key, value] : params) {
      if (key == "order[ID]") descending = value == "DESC";
      if (key == "start") start = std::stoll(value);
    }
    const bool repeat =
        list == lists_repeat_once &&
        std::any_of(params.begin(), params.end(), [](const auto& p) { return p.first == "filter[<ID]"; });
    if (repeat) lists_repeat_once.clear();
    std::vector<const Row*> matching;
    for (const auto& [id, row] : lists[list]) {
      if (Matches(id, row, params, repeat)) matching.push_back(&row);
    }
    if (descending) std::reverse(matching.begin(), matching.end());
    const size_t first = start > 0 ? static_cast<size_t>(start) : 0;
    for (size_t i = first; i < std::min(matching.size(), first + 50); ++i) {
      json::object out;
      for (const auto& [field, value] : *matching[i]) out[field] = value;
      rows.push_back(std::move(out));
    }
    extra["total"] = start < 0 ? 0 : static_cast<int64_t>(matching.size());
    if (start >= 0 && matching.size() > first + 50) extra["next"] = static_cast<int64_t>(first + 50);
    if (method == "crm.stagehistory.list") return json::object{{"items", std::move(rows)}};
    if (method == "tasks.task.list") return json::object{{"tasks", std::move(rows)}};
    return rows;
  }

  static bool Matches(int64_t id, const Row& row,
                      const std::vector<std::pair<std::string, std::string>>& params, bool ignore_ids) {
    bool in_ids = true;
    bool has_ids = false;
    for (const auto& [key, value] : params) {
      if (!key.starts_with("filter[")) continue;
      const std::string inner = key.substr(7, key.find(']') - 7);
      if (inner == "<ID") {
        if (!ignore_ids && !value.empty() && id >= std::stoll(value)) return false;
      } else if (inner == ">ID") {
        if (!value.empty() && id <= std::stoll(value)) return false;
      } else if (inner == "@ID" || inner == "ID") {
        if (!has_ids) in_ids = false;
        has_ids = true;
        if (std::to_string(id) == value) in_ids = true;
      } else if (inner.starts_with(">=")) {
        const auto moment =
            ParseInstant(Text(row, inner == ">=CHANGED_DATE" ? "changedDate" : inner.substr(2)));
        if (!moment.ok() || *moment < ParseInstant(value).value()) return false;
      } else if (inner == "COMPLETED") {
        if (Text(row, "COMPLETED") != value) return false;
      } else if (inner == "!REAL_STATUS") {
        if (Text(row, "status") == value) return false;
      } else if (inner != "LANG") {
        if (Text(row, inner) != value) return false;
      }
    }
    return in_ids;
  }

  const Clock& clock_;
};

}  // namespace svodka::sync
