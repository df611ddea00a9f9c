#include "emulator/bitrix24/portal.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "emulator/bitrix24/call.hpp"
#include "emulator/company/truth.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

json::object ErrorBody(const ApiError& error) {
  return json::object{{"error", error.code}, {"error_description", error.description}};
}

Response Json(int status, const json::value& body) {
  Response response;
  response.status = status;
  response.body = PhpJson(body);
  return response;
}

Response Refusal(const ApiError& error) { return Json(error.status, ErrorBody(error)); }

constexpr const char* kHtml =
    "<html>\r\n<head><title>500 Internal Server Error</title></head>\r\n<body>\r\n<center><h1>500 Internal "
    "Server "
    "Error</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

bool IsItemMethod(std::string_view method) {
  return method == "crm.item.list" || method == "crm.item.get" || method == "crm.item.fields" ||
         method == "crm.item.update";
}
bool IsLegacyMethod(std::string_view method) {
  static constexpr const char* kCards[] = {"crm.deal.", "crm.lead.", "crm.contact.", "crm.company."};
  return std::any_of(std::begin(kCards), std::end(kCards),
                     [&](const char* card) { return method.starts_with(card); });
}

/// The list of rows inside a result, whatever its container; null when there is none.
json::array* RowsOf(json::value& result) {
  if (result.is_array()) return &result.get_array();
  if (!result.is_object()) return nullptr;
  for (const char* name : {"items", "tasks", "productRows", "products"}) {
    if (json::value* rows = result.get_object().if_contains(name); rows != nullptr && rows->is_array())
      return &rows->get_array();
  }
  return nullptr;
}

}  // namespace

json::object ParamsOf(const Request& request, std::string_view query) {
  json::object params = ParseQuery(query);
  const auto merge = [&](json::object more) {
    for (auto& member : more) params[member.key()] = std::move(member.value());
  };
  const std::string type = Lower(request.content_type);
  if (request.body.empty()) return params;
  if (type.starts_with("multipart/form-data")) {
    const size_t at = request.content_type.find("boundary=");
    if (at != std::string::npos) {
      std::string boundary = request.content_type.substr(at + 9);
      if (boundary.starts_with('"')) boundary = boundary.substr(1, boundary.find('"', 1) - 1);
      merge(ParseMultipart(request.body, boundary.substr(0, boundary.find(';'))));
    }
  } else if (type.find("json") != std::string::npos) {
    if (auto parsed = ParseJson(request.body); parsed && parsed->is_object())
      merge(std::move(parsed->get_object()));
  } else {
    merge(ParseQuery(request.body));
  }
  return params;
}

Portal::Portal(Company company, Settings settings, std::function<double()> seconds, SendForm send)
    : company_(std::move(company)),
      living_(company_),
      settings_(std::move(settings)),
      tables_(std::make_unique<Tables>()),
      send_(std::move(send)),
      seconds_(std::move(seconds)),
      started_(seconds_()) {
  hooks_.Set(settings_.hook);
  oauth_ = settings_.oauth;
  BuildTables();
  NoteSizes();
  company_.watched = true;
}
Portal::~Portal() = default;

std::string Portal::WebhookUrl() const {
  return settings_.origin + "/rest/" + std::to_string(settings_.user) + "/" + settings_.secret + "/";
}

Second Portal::Now() const {
  const std::shared_lock lock(mutex_);
  return company_.now;
}

void Portal::Advance(int64_t minutes) {
  const std::unique_lock lock(mutex_);
  living_.Advance(minutes);
  TakeTouches();
}

void Portal::Bustle(int64_t seconds, double bustle) {
  const std::unique_lock lock(mutex_);
  living_.Bustle(seconds, bustle);
  TakeTouches();
}

void Portal::NoteSizes() {
  told_ = {company_.leads.size(),   company_.deals.size(), company_.contacts.size(), company_.firms.size(),
           company_.actions.size(), company_.tasks.size(), company_.comments.size(), company_.now};
}

void Portal::QueueHooks(const std::vector<Touch>& touched) {
  const std::lock_guard lock(side_mutex_);
  const Second now = company_.now;
  const auto queue = [&](const char* entity, uint32_t id, size_t known, Second modified) {
    const bool fresh = id > known;
    // An activity or a comment moves a card's last activity, which is no change of the card.
    if (!fresh && modified < told_.now) return;
    hooks_.Queue(entity, fresh ? "ADD" : "UPDATE", id, now);
  };
  for (const Touch& touch : touched) {
    const uint32_t id = touch.id;
    switch (touch.what) {
      case Touch::What::kLead:
        queue("LEAD", id, told_.leads, company_.leads[id - 1].modified);
        break;
      case Touch::What::kDeal: {
        // A change of the pipeline has an event of its own, which replaces the other.
        const Deal& deal = company_.deals[id - 1];
        const bool moved = id <= told_.deals && deal.last_event != 0 &&
                           company_.deal_events[deal.last_event - 1].kind == 5 &&
                           company_.deal_events[deal.last_event - 1].at >= told_.now;
        if (moved) {
          hooks_.Queue("DEAL", "MOVETOCATEGORY", id, now);
        } else {
          queue("DEAL", id, told_.deals, deal.modified);
        }
        if (const uint32_t item = SmartItemOf(id); item != 0 && !IsSmartItemGone(company_, item))
          queue("DYNAMICITEM", item, SmartItemOf(static_cast<uint32_t>(told_.deals), true), deal.modified);
        break;
      }
      case Touch::What::kContact:
        queue("CONTACT", id, told_.contacts, company_.contacts[id - 1].modified);
        break;
      case Touch::What::kCompany:
        queue("COMPANY", id, told_.companies, company_.firms[id - 1].modified);
        break;
      case Touch::What::kAction:
        queue("ACTIVITY", id, told_.actions, company_.actions[id - 1].modified);
        break;
      case Touch::What::kTask:
        queue("TASK", id, told_.tasks, company_.tasks[id - 1].modified);
        break;
    }
  }
  for (size_t id = told_.comments + 1; id <= company_.comments.size(); ++id)
    hooks_.Queue("TIMELINECOMMENT", "ADD", static_cast<uint32_t>(id), now);
  NoteSizes();
}

void Portal::Deliver() {
  if (!send_) return;
  std::vector<std::string> bodies;
  std::string url;
  Faults faults;
  {
    const std::lock_guard lock(side_mutex_);
    bodies = hooks_.Take();
    url = hooks_.url();
    faults = faults_;
  }
  for (const std::string& body : bodies) {
    if (Happens(faults.rate_lost_event)) {
      const std::lock_guard lock(side_mutex_);
      ++hooks_.lost;
      continue;
    }
    const int times = Happens(faults.rate_repeat_event) ? 2 : 1;
    for (int i = 0; i < times; ++i) {
      const int status = send_(url, body);
      const std::lock_guard lock(side_mutex_);
      ++(status >= 200 && status < 300 ? hooks_.sent : hooks_.failed);
      hooks_.repeated += i > 0 ? 1 : 0;
    }
  }
}

void Portal::SetFaults(const Faults& faults) {
  const std::lock_guard lock(side_mutex_);
  faults_ = faults;
}

bool Portal::Happens(double rate) {
  if (rate <= 0) return false;
  const std::lock_guard lock(side_mutex_);
  return chance_.Chance(rate);
}

json::object Portal::TimeBlock(const std::string& method, const Faults& faults) {
  const std::lock_guard lock(side_mutex_);
  const double now = seconds_();
  const auto portal_now = static_cast<Second>(company_.now + faults.clock_skew_s);
  json::object time;
  time["start"] = static_cast<double>(portal_now) + 0.125;
  time["finish"] = static_cast<double>(portal_now) + 0.1875;
  time["duration"] = 0.0625;
  time["processing"] = 0.03125;
  time["date_start"] = LocalIso(portal_now);
  time["date_finish"] = LocalIso(portal_now);
  // As a moment of the wall's clock, whatever the speed of ours.
  const double reset_at = static_cast<double>(limits_.ResetAt(method, now));
  time["operating_reset_at"] =
      static_cast<int64_t>(std::ceil(started_ + (reset_at - started_) / settings_.clock_speed));
  time["operating"] = limits_.Operating(method, now);
  return time;
}

json::object Portal::RunLocked(const std::string& method, const json::object& params, const Faults& faults) {
  if (!faults.missing_scope.empty() && Call::ScopeOf(method) == faults.missing_scope) {
    throw ApiError{403, "insufficient_scope",
                   "The request requires higher privileges than provided by the webhook token"};
  }
  if (!Call::Known(method) || (faults.refuse_items && IsItemMethod(method)) ||
      (faults.refuse_legacy && IsLegacyMethod(method)))
    throw ApiError{404, "ERROR_METHOD_NOT_FOUND", "Method not found!"};
  const std::string budget = faults.charge_batch ? "batch" : method;
  {
    const std::lock_guard lock(side_mutex_);
    ++counters_.by_method[method];
    if (faults.operating_limit && !limits_.MayOperate(budget, seconds_())) {
      ++counters_.refused_429;
      throw ApiError{429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit."};
    }
  }
  if (faults.read_only && Call::Writes(method)) throw ApiError{403, "ACCESS_DENIED", "Access denied."};
  Answer answer = Call(*this, method, params, faults).Run();
  {
    const std::lock_guard lock(side_mutex_);
    limits_.Charge(
        budget,
        limits_.seconds_per_call + limits_.seconds_per_scanned_row * static_cast<double>(answer.scanned),
        seconds_());
  }
  if (json::array* rows = RowsOf(answer.result); rows != nullptr && rows->size() > 1) {
    if (Happens(faults.rate_repeat_row)) {
      json::value last = rows->back();
      rows->push_back(std::move(last));
    }
    if (Happens(faults.rate_skip_row)) rows->erase(rows->begin() + static_cast<ptrdiff_t>(rows->size() / 2));
  }
  json::object body;
  body["result"] = std::move(answer.result);
  if (answer.next) body["next"] = *answer.next;
  if (answer.total) body["total"] = *answer.total;
  return body;
}

json::object Portal::RunMethod(const std::string& method, const json::object& params, const Faults& faults) {
  if (method == "batch") return RunBatch(params, faults);
  if (Call::Writes(method)) {
    const std::unique_lock lock(mutex_);
    json::object body = RunLocked(method, params, faults);
    TakeTouches();
    body["time"] = TimeBlock(method, faults);
    return body;
  }
  const std::shared_lock lock(mutex_);
  json::object body = RunLocked(method, params, faults);
  body["time"] = TimeBlock(method, faults);
  return body;
}

void Portal::CheckToken(const std::string& token) {
  const std::lock_guard lock(side_mutex_);
  if (faults_.revoked) throw ApiError{401, "invalid_token", "Unable to get application by token"};
  switch (oauth_.StateOf(token, seconds_())) {
    case Oauth::State::kValid:
      return;
    case Oauth::State::kExpired:
      throw ApiError{401, "expired_token", "The access token provided has expired."};
    case Oauth::State::kUnknown:
      break;
  }
  throw ApiError{401, "invalid_token", "Unable to get application by token"};
}

namespace {

/// A write, or a batch with one in it.
bool HoldsWrite(const std::string& method, const json::object& params) {
  if (method != "batch") return Call::Writes(method);
  const json::value* commands = Param(params, "cmd");
  const std::string text = commands == nullptr ? std::string() : json::serialize(*commands);
  return text.find(".add?") != std::string::npos || text.find(".update?") != std::string::npos ||
         text.find(".delete?") != std::string::npos;
}

}  // namespace

Response Portal::HandleRest(const Request& request, std::string_view path, const json::object& params) {
  Faults faults;
  {
    const std::lock_guard lock(side_mutex_);
    faults = faults_;
    ++counters_.requests;
    if (faults.limits && !limits_.Enter(request.from, seconds_())) {
      ++counters_.refused_503;
      return Refusal({503, "QUERY_LIMIT_EXCEEDED", "Too many requests"});
    }
  }
  if (!faults.renamed_to.empty()) {
    Response response;
    response.status = 302;
    response.location = faults.renamed_to + request.target;
    response.content_type = "text/html";
    return response;
  }
  if (faults.https_required && !request.secure) return Refusal({400, "INVALID_REQUEST", "Https required."});
  if (Happens(faults.rate_503)) {
    const std::lock_guard lock(side_mutex_);
    ++counters_.refused_503;
    return Refusal({503, "QUERY_LIMIT_EXCEEDED", "Too many requests"});
  }
  if (Happens(faults.rate_429)) {
    const std::lock_guard lock(side_mutex_);
    ++counters_.refused_429;
    return Refusal({429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit."});
  }
  if (Happens(faults.rate_500_html)) {
    Response response;
    response.status = 500;
    response.content_type = "text/html; charset=UTF-8";
    response.body = kHtml;
    return response;
  }

  std::vector<std::string> parts;
  size_t at = 0;
  while (at < path.size()) {
    const size_t end = std::min(path.find('/', at), path.size());
    if (end > at) parts.push_back(PercentDecode(path.substr(at, end - at), false));
    at = end + 1;
  }
  std::string method;
  if (parts.size() == 3 && !parts[0].empty() &&
      parts[0].find_first_not_of("0123456789") == std::string::npos) {
    if (faults.revoked || parts[0] != std::to_string(settings_.user) || parts[1] != settings_.secret) {
      return Refusal({401, "INVALID_CREDENTIALS", "Invalid request credentials"});
    }
    method = parts[2];
  } else if (parts.size() == 1) {
    const auto token = TextParam(params, "auth");
    if (!token) return Refusal({401, "NO_AUTH_FOUND", "Wrong authorization data"});
    try {
      CheckToken(*token);
    } catch (const ApiError& error) {
      return Refusal(error);
    }
    method = parts[0];
  } else {
    return Refusal({404, "ERROR_METHOD_NOT_FOUND", "Method not found!"});
  }
  method = Lower(method);
  if (method.ends_with(".json")) method.resize(method.size() - 5);
  try {
    Response response = Json(200, RunMethod(method, params, faults));
    if (Happens(faults.rate_bad_json)) response.body.resize(response.body.size() / 2);
    response.drop_half = Happens(faults.rate_drop);
    if (faults.rate_drop_writes > 0 && HoldsWrite(method, params) && Happens(faults.rate_drop_writes))
      response.drop_half = true;
    if (Happens(faults.rate_stall)) response.stall_ms = faults.stall_ms;
    return response;
  } catch (const ApiError& error) {
    const std::lock_guard lock(side_mutex_);
    ++counters_.errors;
    return Refusal(error);
  }
}

Response Portal::Handle(const Request& request) {
  const std::string_view target = request.target;
  const size_t mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  const std::string_view query =
      mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  try {
    if (path.starts_with("/rest/")) return HandleRest(request, path.substr(6), ParamsOf(request, query));
    if (path.starts_with("/oauth/")) {
      const std::string origin =
          request.host.empty() ? settings_.origin : (request.secure ? "https://" : "http://") + request.host;
      const json::object params = ParamsOf(request, query);
      const std::lock_guard lock(side_mutex_);
      if (path.starts_with("/oauth/authorize")) return oauth_.Authorize(params, origin, seconds_());
      if (path.starts_with("/oauth/token")) return oauth_.Token(params, origin, settings_.user, seconds_());
    }
    if (path == "/_control") return HandleControl(ParamsOf(request, query));
    if (path == "/_stats") return Json(200, Stats());
    if (path == "/_truth") {
      const std::shared_lock lock(mutex_);
      json::value truth = Truth(company_);
      truth.as_object()["smart_items"] = SmartTruth(company_);
      return Json(200, truth);
    }
    Response response;
    response.status = 404;
    response.content_type = "text/html";
    response.body = "<html><body>404</body></html>";
    return response;
  } catch (const ApiError& error) {
    return Refusal(error);
  } catch (const std::exception& error) {
    return Json(500, json::object{{"error", "INTERNAL_SERVER_ERROR"}, {"error_description", error.what()}});
  }
}

json::value Portal::Stats() const {
  const std::lock_guard lock(side_mutex_);
  json::object methods;
  for (const auto& entry : counters_.by_method) methods[entry.first] = entry.second;
  return json::object{{"requests", counters_.requests},
                      {"refused_503", counters_.refused_503},
                      {"refused_429", counters_.refused_429},
                      {"errors", counters_.errors},
                      {"hooks", json::object{{"sent", hooks_.sent},
                                             {"failed", hooks_.failed},
                                             {"lost", hooks_.lost},
                                             {"repeated", hooks_.repeated}}},
                      {"by_method", methods}};
}

}  // namespace svodka::emulator::bitrix24
