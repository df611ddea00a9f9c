#include "emulator/amocrm/account.hpp"

#include <algorithm>

#include "emulator/amocrm/exchange.hpp"
#include "emulator/amocrm/hook_bodies.hpp"
#include "emulator/amocrm/truth.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

Problem Unauthorized() { return {401, "Unauthorized", "Access token invalid or has expired"}; }

json::object ParamsOf(const Request& request, std::string_view query) {
  json::object params = ParseQuery(query);
  if (auto parsed = ParseJson(request.body); parsed && parsed->is_object()) {
    for (auto& member : parsed->get_object()) params[member.key()] = std::move(member.value());
  } else if (!request.body.empty()) {
    for (auto& member : ParseQuery(request.body)) params[member.key()] = std::move(member.value());
  }
  return params;
}

}  // namespace

Response Empty() {
  Response response;
  response.status = 204;
  return response;
}

Response Html(int status, std::string_view title) {
  Response response;
  response.status = status;
  response.content_type = "text/html";
  const std::string head = std::to_string(status) + " " + std::string(title);
  response.body = "<html>\r\n<head><title>" + head + "</title></head>\r\n<body>\r\n<center><h1>" + head +
                  "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
  return response;
}

Response Refusal(const Problem& problem) {
  Response response;
  response.status = problem.status;
  response.content_type = "application/problem+json";
  json::object body;
  if (!problem.validation.empty()) body["validation-errors"] = problem.validation;
  body["title"] = problem.title;
  body["type"] = "https://httpstatus.es/" + std::to_string(problem.status);
  body["status"] = problem.status;
  body["detail"] = problem.detail;
  response.body = json::serialize(body);
  return response;
}

std::string HostOf(const Request& request) {
  return request.host.empty() ? std::string("127.0.0.1") : request.host;
}

Account::Account(Company company, Settings settings, std::function<double()> seconds, SendForm send)
    : company_(std::move(company)),
      living_(company_),
      view_(company_),
      settings_(std::move(settings)),
      oauth_(settings_.oauth),
      seconds_(std::move(seconds)),
      send_(std::move(send)) {}
Account::~Account() = default;

Second Account::Now() const {
  const std::shared_lock lock(mutex_);
  return company_.now;
}

void Account::Follow() {
  view_.Follow();
  const std::lock_guard lock(side_mutex_);
  if (hooks_.subscriptions().empty()) return;
  QueueHooks(view_, settings_.subdomain, switches_.kommo, switches_.customers, hooks_);
}

void Account::Advance(int64_t minutes) {
  const std::unique_lock lock(mutex_);
  living_.Advance(minutes);
  Follow();
}

void Account::Bustle(int64_t seconds, double bustle) {
  const std::unique_lock lock(mutex_);
  living_.Bustle(seconds, bustle);
  Follow();
}

void Account::SetSwitches(const Switches& switches) {
  const std::lock_guard lock(side_mutex_);
  switches_ = switches;
}

void Account::Deliver() {
  if (!send_) return;
  const Second now = Now();
  std::vector<Hooks::Delivery> due;
  Switches switches;
  {
    const std::lock_guard lock(side_mutex_);
    due = hooks_.Due(now);
    switches = switches_;
  }
  for (Hooks::Delivery& delivery : due) {
    if (Happens(switches.rate_lost_event)) {
      const std::lock_guard lock(side_mutex_);
      ++hooks_.lost;
      continue;
    }
    if (Happens(switches.rate_repeat_event)) {
      send_(delivery.destination, delivery.body);
      const std::lock_guard lock(side_mutex_);
      ++hooks_.repeated;
    }
    const int status = send_(delivery.destination, delivery.body);
    const std::lock_guard lock(side_mutex_);
    hooks_.Answered(std::move(delivery), status, now);
  }
}

bool Account::Happens(double rate) {
  if (rate <= 0) return false;
  const std::lock_guard lock(side_mutex_);
  return chance_.Chance(rate);
}

void Account::Drift() {
  const std::unique_lock lock(mutex_);
  uint32_t card = 0;
  {
    const std::lock_guard side(side_mutex_);
    card = static_cast<uint32_t>(chance_.Between(1, static_cast<int64_t>(view_.cards.size()) + 1));
  }
  view_.Bump(card, ++company_.now, 0);
  ++view_.version;
}

Account::Ids Account::Remember(const std::string& key, const std::function<std::vector<uint32_t>()>& make) {
  {
    const std::lock_guard lock(side_mutex_);
    for (const auto& [known, ids] : remembered_) {
      if (known == key) return ids;
    }
  }
  auto ids = std::make_shared<const std::vector<uint32_t>>(make());
  const std::lock_guard lock(side_mutex_);
  remembered_.emplace_front(key, ids);
  if (remembered_.size() > 8) remembered_.pop_back();
  return ids;
}

Response Account::HandleApi(const Request& request, std::string_view path, std::string_view query) {
  Switches switches;
  uint16_t user = 0;
  const Second now = Now();
  const std::string host = HostOf(request);
  {
    const std::lock_guard lock(side_mutex_);
    switches = switches_;
    ++counters_.requests;
    ++counters_.by_method[request.verb + " " + std::string(path.substr(0, path.find('/')))];
    if (switches.limits) {
      switch (throttle_.Enter(oauth_.settings().client_id, seconds_())) {
        case Throttle::Verdict::kPass:
          break;
        case Throttle::Verdict::kTooMany:
          ++counters_.refused_429;
          return Html(429, "Too Many Requests");
        case Throttle::Verdict::kBanned:
          ++counters_.refused_403;
          return Html(403, "Forbidden");
      }
    }
    const std::string token =
        request.authorization.starts_with("Bearer ") ? request.authorization.substr(7) : "";
    if (!switches.revoked && (switches.renamed_to.empty() || switches.renamed_to == host)) {
      if (!token.empty() && token == settings_.token) user = settings_.user;
      if (const auto granted = oauth_.UserOf(token, now)) user = *granted;
    }
  }
  if (Happens(switches.rate_429)) return Html(429, "Too Many Requests");
  if (Happens(switches.rate_403_html)) return Html(403, "Forbidden");
  if (Happens(switches.rate_500_html)) return Html(500, "Internal Server Error");
  if (Happens(switches.rate_504)) return Html(504, "Gateway Time-out");
  if (user == 0) throw Unauthorized();
  if (switches.unpaid) throw Problem{402, "Payment Required", "Account has been not paid"};
  if (switches.read_only && request.verb != "GET") throw Problem{403, "Forbidden", "No rights"};
  if (Happens(switches.rate_drift)) Drift();
  Response response;
  const auto run = [&] {
    if (!request.context_user.empty()) {
      user = EmployeeOf(company_, std::strtoll(request.context_user.c_str(), nullptr, 10));
      if (user == 0 || company_.employee(user).dismissed != 0) throw Unauthorized();
    }
    response = Exchange(*this, request, path, query, switches, user).Run();
  };
  if (request.verb == "GET") {
    const std::shared_lock lock(mutex_);
    run();
  } else {
    const std::unique_lock lock(mutex_);
    run();
  }
  if (Happens(switches.rate_bad_json)) response.body.resize(response.body.size() / 2);
  const bool is_write = request.verb != "GET";
  response.drop_half = (Happens(switches.rate_drop) || (is_write && Happens(switches.rate_drop_writes))) &&
                       !response.body.empty();
  response.stall_ms = switches.latency_ms;
  return response;
}

Response Account::Handle(const Request& request) {
  const std::string_view target = request.target;
  const size_t mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  const std::string_view query =
      mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  const auto as_json = [](const json::value& value) {
    Response response;
    response.body = json::serialize(value);
    return response;
  };
  try {
    if (path.starts_with("/api/v4/")) return HandleApi(request, path.substr(8), query);
    if (path == "/oauth2/access_token" && request.verb == "POST") {
      const Second now = Now();
      const std::lock_guard lock(side_mutex_);
      if (!switches_.renamed_to.empty() && switches_.renamed_to != HostOf(request))
        return Refusal({404, "Not Found", "Account not found"});
      return oauth_.Token(ParamsOf(request, query), HostOf(request), now, kAccountId);
    }
    if (path == "/oauth") {
      const Second now = Now();
      const std::lock_guard lock(side_mutex_);
      return oauth_.Consent(ParamsOf(request, query), HostOf(request), switches_.kommo, settings_.user, now);
    }
    if (path == "/oauth2/account/current/subdomain") {
      const Second now = Now();
      const std::lock_guard lock(side_mutex_);
      if (!oauth_.KnowsRefresh(request.refresh_token, now)) return Refusal(Unauthorized());
      const std::string host = switches_.renamed_to.empty() ? HostOf(request) : switches_.renamed_to;
      return as_json(json::object{{"id", kAccountId},
                                  {"subdomain", settings_.subdomain},
                                  {"domain", host},
                                  {"top_level_domain", switches_.kommo ? "kommo.com" : "amocrm.ru"}});
    }
    if (path == "/_control") return HandleControl(ParamsOf(request, query));
    if (path == "/_stats") return as_json(Stats());
    if (path == "/_truth") {
      const std::shared_lock lock(mutex_);
      return as_json(Truth());
    }
    return Html(404, "Not Found");
  } catch (const Problem& problem) {
    {
      const std::lock_guard lock(side_mutex_);
      ++counters_.errors;
    }
    return Refusal(problem);
  } catch (const std::exception& error) {
    return Refusal({500, "Internal Server Error", error.what()});
  }
}

json::value Account::Stats() const {
  const std::lock_guard lock(side_mutex_);
  json::object methods;
  for (const auto& entry : counters_.by_method) methods[entry.first] = entry.second;
  return json::object{{"requests", counters_.requests},
                      {"refused_429", counters_.refused_429},
                      {"refused_403", counters_.refused_403},
                      {"errors", counters_.errors},
                      {"hooks_sent", hooks_.sent},
                      {"hooks_failed", hooks_.failed},
                      {"hooks_lost", hooks_.lost},
                      {"hooks_repeated", hooks_.repeated},
                      {"hooks_waiting", hooks_.waiting()},
                      {"by_method", methods}};
}

json::value Account::Truth() const {
  const std::lock_guard lock(side_mutex_);
  return AccountTruth(view_, switches_.kommo);
}

}  // namespace svodka::emulator::amocrm
