#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulator/bitrix24/portal.hpp"
#include "emulator/company/generate.hpp"

/// For tests: a small portal with a clock that moves only when told.
namespace svodka::emulator::bitrix24 {

class TestPortal {
 public:
  explicit TestPortal(uint32_t deals = 1000, bool limits = false) {
    Options options;
    options.deals = deals;
    options.seed = 7;
    options.now = AtLocal(MakeDay(2026, 3, 31), 12 * 3600);
    Settings settings;
    settings.secret = "s3";
    portal_ = std::make_unique<Portal>(Generate(options), settings, [this] { return seconds; });
    Faults faults;
    faults.limits = faults.operating_limit = limits;
    portal_->SetFaults(faults);
  }
  Response Send(const std::string& target, const std::string& body = {},
                const std::string& type = "application/json") {
    Request request;
    request.verb = body.empty() ? "GET" : "POST";
    request.target = target;
    request.body = body;
    request.content_type = type;
    return portal_->Handle(request);
  }
  Response Post(const std::string& method, const std::string& body) {
    return Send("/rest/1/s3/" + method, body);
  }
  /// The parsed body; needs status 200.
  json::value Call(const std::string& method, const std::string& body = "{}") {
    const Response response = Post(method, body);
    if (response.status != 200) throw std::runtime_error(method + ": " + response.body);
    return ParseJson(response.body).value();
  }
  json::value Control(const std::string& body) { return ParseJson(Send("/_control", body).body).value(); }
  json::value Truth() { return ParseJson(Send("/_truth").body).value(); }
  /// All rows by keyset. `container`: "" or the member of result; `id`: the row's key.
  std::vector<json::value> Walk(const std::string& method, json::object params,
                                const std::string& container = "", const std::string& id = "ID") {
    std::vector<json::value> rows;
    std::string last = "0";
    while (true) {
      json::object& filter =
          params["filter"].is_object() ? params["filter"].get_object() : params["filter"].emplace_object();
      filter[">" + id] = last;
      params["order"] = json::object{{id, "ASC"}};
      params["start"] = -1;
      const json::value answer = Call(method, json::serialize(params));
      const json::value& result = answer.at("result");
      const json::array& page = container.empty() ? result.as_array() : result.at(container).as_array();
      rows.insert(rows.end(), page.begin(), page.end());
      if (page.size() < 50) return rows;
      last = ScalarText(page.back().at(id)).value();
    }
  }
  Portal& portal() { return *portal_; }
  double seconds = 1000000;

 private:
  std::unique_ptr<Portal> portal_;
};

}  // namespace svodka::emulator::bitrix24
