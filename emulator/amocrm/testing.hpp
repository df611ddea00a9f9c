#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "emulator/amocrm/account.hpp"
#include "emulator/company/generate.hpp"

/// For tests: a small account with a clock that moves only when told.
namespace svodka::emulator::amocrm {

class TestAccount {
 public:
  explicit TestAccount(bool limits = false, uint32_t deals = 1000) {
    Options options;
    options.deals = deals;
    options.seed = 7;
    options.now = AtLocal(MakeDay(2026, 3, 31), 12 * 3600);
    Settings settings;
    settings.token = "t0";
    account_ = std::make_unique<Account>(
        Generate(options), settings, [this] { return seconds; },
        [this](const std::string& url, const std::string& body) {
          posted.emplace_back(url, body);
          return answer;
        });
    Switches switches;
    switches.limits = limits;
    account_->SetSwitches(switches);
  }
  Response Send(const std::string& verb, const std::string& target, const std::string& body = {},
                const std::string& context_user = {}) {
    Request request;
    request.verb = verb;
    request.target = target;
    request.body = body;
    request.content_type = "application/json";
    request.host = "account.test:81";
    request.authorization = "Bearer " + token;
    request.context_user = context_user;
    return account_->Handle(request);
  }
  /// The parsed body of `/api/v4/` + path; needs status 200.
  json::value Get(const std::string& path, const std::string& context_user = {}) {
    const Response response = Send("GET", "/api/v4/" + path, {}, context_user);
    if (response.status != 200)
      throw std::runtime_error(path + ": " + std::to_string(response.status) + response.body);
    return ParseJson(response.body).value();
  }
  json::value Write(const std::string& verb, const std::string& path, const std::string& body) {
    const Response response = Send(verb, "/api/v4/" + path, body);
    if (response.status != 200 && response.status != 201)
      throw std::runtime_error(path + ": " + std::to_string(response.status) + response.body);
    return ParseJson(response.body).value();
  }
  void Control(const std::string& body) {
    const Response response = Send("POST", "/_control", body);
    if (response.status != 200) throw std::runtime_error(response.body);
  }
  json::value Truth() { return ParseJson(Send("GET", "/_truth").body).value(); }
  /// All rows of a list, by its own links of the next page.
  std::vector<json::value> Walk(const std::string& path, const std::string& name) {
    std::vector<json::value> rows;
    std::string target = "/api/v4/" + path;
    while (!target.empty()) {
      const Response response = Send("GET", target);
      if (response.status == 204) return rows;
      if (response.status != 200) throw std::runtime_error(target + ": " + response.body);
      const json::value page = ParseJson(response.body).value();
      const json::array& items = page.at("_embedded").at(name).as_array();
      rows.insert(rows.end(), items.begin(), items.end());
      const json::value* next = page.at("_links").as_object().if_contains("next");
      target.clear();
      if (next != nullptr) {
        const std::string href(next->at("href").as_string());
        target = href.substr(std::string("http://account.test:81").size());
      }
    }
    return rows;
  }
  Account& account() { return *account_; }

  double seconds = 1000000;
  std::string token = "t0";
  int answer = 200;  ///< of the receiver of webhooks
  std::vector<std::pair<std::string, std::string>> posted;

 private:
  std::unique_ptr<Account> account_;
};

}  // namespace svodka::emulator::amocrm
