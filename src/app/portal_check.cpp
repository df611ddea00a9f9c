#include "app/portal_check.hpp"

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "check/report.hpp"

namespace svodka::app {
namespace {

constexpr int32_t kMonthsDefault = 3;
constexpr int32_t kMonthsMax = 120;

Result<int32_t> ParseMonth(const std::string& text, const char* place) {
  const auto day = text.size() == 7 ? ParseDay(text + "-01") : Result<Day>(Diagnostic{});
  if (!day.ok())
    return Diagnostic{
        "bad_month", "a month is written YYYY-MM, such as 2026-03; got '" + text + "'", place, {}};
  return check::MonthOf(*day);
}

json::value MomentOrNull(const std::optional<Instant>& moment) {
  return moment ? json::value(ToString(*moment)) : json::value(nullptr);
}

json::object ToJson(const state::CheckVerdict& verdict) {
  return {{"outcome", verdict.outcome},      {"finished_at", MomentOrNull(verdict.finished_at)},
          {"from", verdict.from_month},      {"to", verdict.to_month},
          {"cards", verdict.cards},          {"left", verdict.left},
          {"repaired", verdict.repaired},    {"explained", verdict.explained},
          {"started_by", verdict.started_by}};
}

}  // namespace

bool IsCheckDue(const CheckPlan& plan, const Zone& zone, Instant now) {
  if (plan.weekday == 0) return false;
  if (!plan.last_end) return now - plan.followed_since >= std::chrono::minutes{10};
  if (plan.last_failed && now - *plan.last_end < std::chrono::hours{1}) return false;
  if (plan.last_failed) return true;
  const Day today = zone.LocalDay(now);
  // Day 0, 1 January 1970, was a Thursday (4).
  const int weekday = ((today.number + 3) % 7 + 7) % 7 + 1;
  const Day of_week = today - ((weekday - plan.weekday + 7) % 7);
  Instant slot = zone.FromLocal(of_week, std::chrono::hours{plan.hour});
  if (slot > now) slot = zone.FromLocal(of_week - 7, std::chrono::hours{plan.hour});
  return *plan.last_end < slot;
}

Result<CheckRequest> CheckRequest::Read(const json::object& request, Day today, std::string started_by) {
  const auto text = [&](const char* name) {
    const json::value* value = request.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  CheckRequest read;
  read.started_by = std::move(started_by);
  if (const json::value* repair = request.if_contains("repair"); repair != nullptr && !repair->is_null()) {
    if (!repair->is_bool()) return Diagnostic{"wrong_type", "repair must be true or false", "repair", {}};
    read.repair = repair->get_bool();
  }
  int32_t last = check::MonthOf(today);
  int32_t months = kMonthsDefault;
  if (const json::value* value = request.if_contains("months"); value != nullptr && !value->is_null()) {
    if (!value->is_int64() || value->get_int64() < 1 || value->get_int64() > kMonthsMax)
      return Diagnostic{"bad_number", "months must be a whole number from 1 to 120", "months", {}};
    months = static_cast<int32_t>(value->get_int64());
  }
  if (const std::string to = text("to"); !to.empty()) {
    const auto month = ParseMonth(to, "to");
    if (!month.ok()) return month.errors();
    last = *month;
  }
  int32_t first = last - months + 1;
  if (const std::string from = text("from"); !from.empty()) {
    const auto month = ParseMonth(from, "from");
    if (!month.ok()) return month.errors();
    first = *month;
  }
  if (first > last || last - first >= kMonthsMax) {
    return Diagnostic{"bad_range",
                      "months run from " + check::MonthText(first) + " to " + check::MonthText(last) +
                          ": the first must not be after the last, and at most 120 are compared at once",
                      "from",
                      {}};
  }
  read.days = {check::FirstOfMonth(first), check::FirstOfMonth(last + 1)};
  return read;
}

Status PortalCheck::Claim() {
  const std::lock_guard lock(mutex_);
  if (running_) {
    return Diagnostic{
        "check_running", "this portal is being checked already; wait for its end", "portal", {}};
  }
  running_ = true;
  progress_ = check::Progress{"cards", 0, 0};
  return Done{};
}

void PortalCheck::Release() {
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    progress_.reset();
  }
  changed_();
}

bool PortalCheck::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

Result<json::object> PortalCheck::Run(const CheckRequest& request,
                                      const std::function<void(const check::Progress&)>& show,
                                      std::stop_token stop) {
  if (auto status = Claim(); !status.ok()) return status.errors();
  return RunClaimed(request, show, std::move(stop));
}

Status PortalCheck::Start(const CheckRequest& request) {
  if (auto status = Claim(); !status.ok()) return status;
  std::jthread before;  // has ended; joined without the lock, for its last words may ask for it
  {
    const std::lock_guard lock(mutex_);
    before = std::move(worker_);
  }
  if (before.joinable()) before.join();
  const std::lock_guard lock(mutex_);
  worker_ = std::jthread([this, request](const std::stop_token& stop) {
    const auto report = RunClaimed(
        request, [](const check::Progress&) {}, stop);
    if (!report.ok())
      log::Warning("check_failed",
                   {{"portal", portal_}, {"code", report.error().code}, {"why", report.error().message}});
  });
  return Done{};
}

void PortalCheck::Stop() {
  std::jthread worker;
  {
    const std::lock_guard lock(mutex_);
    worker = std::move(worker_);
  }
  worker.request_stop();
  pauser_.Wake();
}

Result<json::object> PortalCheck::RunClaimed(const CheckRequest& request,
                                             const std::function<void(const check::Progress&)>& show,
                                             std::stop_token stop) {
  const Instant started_at = clock_.Now();
  changed_();
  Result<json::object> report = Diagnostic{"cancelled", "the check was stopped", "", {}};
  try {
    report = Perform(
        request,
        [&](const check::Progress& progress) {
          {
            const std::lock_guard lock(mutex_);
            progress_ = progress;
          }
          show(progress);
        },
        stop);
  } catch (const DiagnosticError& error) {
    report = error.diagnostic();
  } catch (const std::exception& error) {
    report = Diagnostic{"internal_error", std::string("the check broke off: ") + error.what(), "", {}};
  }
  state::CheckVerdict verdict;
  verdict.started_at = started_at;
  verdict.finished_at = clock_.Now();
  verdict.from_month = check::MonthText(check::MonthOf(request.days.from));
  verdict.to_month = check::MonthText(check::MonthOf(request.days.to - 1));
  verdict.started_by = request.started_by;
  std::string text;
  if (report.ok()) {
    const auto number = [&](const char* name) { return report->at(name).as_int64(); };
    verdict.outcome = std::string(report->at("outcome").as_string());
    verdict.cards = number("cards");
    verdict.left = number("left");
    verdict.repaired = number("repaired");
    verdict.explained = number("explained");
    text = JsonText(*report);
    log::Info("checked", {{"portal", portal_},
                          {"outcome", verdict.outcome},
                          {"cards", std::to_string(verdict.cards)},
                          {"left", std::to_string(verdict.left)},
                          {"repaired", std::to_string(verdict.repaired)}});
  } else {
    verdict.outcome = "failed";
    verdict.error = report.error();
  }
  // A check that was stopped says nothing about the figures.
  if (report.ok() || report.error().code != "cancelled") {
    if (auto saved = state_.checks().Save(portal_, verdict, text); !saved.ok() && report.ok())
      report = saved.errors();
  }
  Release();
  return report;
}

Result<json::object> PortalCheck::Perform(const CheckRequest& request,
                                          const std::function<void(const check::Progress&)>& show,
                                          std::stop_token stop) {
  auto parts = make_(pauser_, request.started_by == kWeekly);
  if (!parts.ok()) return parts.errors();
  if (!warehouse_->state().current_at) {
    return Diagnostic{
        "portal_loading", "the first load of this portal has not ended yet; check afterwards", "portal", {}};
  }
  const check::Repair repair = [&](const std::vector<check::CardKey>& keys,
                                   std::stop_token stop_repair) -> Status {
    std::vector<sync::CardRef> cards;
    for (const auto& key : keys) cards.push_back({key.entity == "card" ? "deal" : key.entity, key.id});
    const auto read = parts->session->RereadCards(std::move(cards), std::move(stop_repair));
    return read.ok() ? Status(Done{}) : Status(read.errors());
  };
  auto outcome = check::Run({.days = request.days, .repair = request.repair}, *parts->reader, *warehouse_,
                            clock_, repair, show, std::move(stop));
  if (!outcome.ok()) return outcome.errors();
  const auto names = check::Copy(*warehouse_).ReadNames();
  if (!names.ok()) return names.errors();
  return check::ToJson(*outcome, *names, warehouse_->portal());
}

Result<json::object> PortalCheck::Describe() const {
  json::object out{{"running", nullptr}, {"failed", nullptr}, {"report", nullptr}};
  {
    const std::lock_guard lock(mutex_);
    if (progress_)
      out["running"] = json::object{
          {"stage", progress_->stage}, {"done", progress_->done}, {"expected", progress_->expected}};
  }
  const auto last = state_.checks().FindLast(portal_);
  if (!last.ok()) return last.errors();
  if (*last && (*last)->error) {
    out["failed"] = json::object{{"code", (*last)->error->code},
                                 {"message", (*last)->error->message},
                                 {"at", ToString((*last)->finished_at)}};
  }
  out["last"] = Verdict();
  const auto report = state_.checks().FindReport(portal_);
  if (!report.ok()) return report.errors();
  if (*report) {
    auto parsed = ParseJson(**report);
    if (!parsed.ok()) return parsed.errors();
    out["report"] = std::move(*parsed);
  }
  return out;
}

json::value PortalCheck::Verdict() const {
  const auto last = state_.checks().FindLastGood(portal_);
  if (!last.ok()) {
    log::Warning("verdict_unreadable", {{"portal", portal_}, {"why", last.error().message}});
    return nullptr;
  }
  return *last ? json::value(ToJson(**last)) : json::value(nullptr);
}

}  // namespace svodka::app
