#include "app/portal_actions.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "actions/sender.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"

namespace svodka::app {
namespace {

constexpr std::chrono::seconds kLook{30};
/// Between two rounds: polls come first.
constexpr std::chrono::milliseconds kBreath{300};
constexpr size_t kRecordsPage = 1'000;
constexpr size_t kIdMax = 64;

Diagnostic WritingOff() {
  return {"writing_off",
          "writing to this CRM is off; an administrator switches it on (svodka settings set writing true, or "
          "in the form that creates tasks)",
          "",
          {}};
}

bool IsRequestId(std::string_view id) {
  return !id.empty() && id.size() <= kIdMax && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

json::value Person(const std::string& id, const std::string& name) {
  if (id.empty()) return nullptr;
  return json::object{{"id", id}, {"name", name}};
}

json::object ToJson(const actions::Plan& plan, const std::string& kind) {
  json::array steps;
  std::map<std::string, int64_t> reasons;
  for (const actions::Step& step : plan.steps) {
    json::object row{{"entity", step.card.entity},
                     {"id", step.card.id},
                     {"title", step.title},
                     {"link", step.link},
                     {"responsible", Person(step.responsible, step.responsible_name)},
                     {"skip", step.skip}};
    if (kind == actions::kReassign) row["before"] = Person(step.before, step.before_name);
    if (!step.skip.empty()) ++reasons[step.skip];
    steps.push_back(std::move(row));
  }
  json::object skipped;
  for (const auto& [reason, count] : reasons) skipped[reason] = count;
  return {{"kind", kind},
          {"deadline", plan.deadline ? json::value(ToString(*plan.deadline)) : json::value(nullptr)},
          {"planned", plan.planned()},
          {"skipped", std::move(skipped)},
          {"steps", std::move(steps)}};
}

}  // namespace

bool PortalActions::writing() const {
  const auto on = state_.settings().Get(portal_, "writing", Zone::Utc().LocalDay(clock_.Now()));
  return on.ok() && on->as_bool();
}

Status PortalActions::SetWriting(bool on, const std::string& user) {
  if (on && warehouse_->portal().kind == "file") {
    return Diagnostic{
        "not_connected", "this portal was imported from files: there is no CRM to write to", "portal", {}};
  }
  auto set = state_.settings().Set(portal_, "writing", std::nullopt, on, user);
  log::Info("writing_switched", {{"portal", portal_}, {"on", on ? "true" : "false"}, {"by", user}});
  Wake();
  return set;
}

Result<PortalActions::Found> PortalActions::Resolve(const actions::Order& order, const engine::Scope& scope,
                                                    std::stop_token stop) const {
  Found found;
  if (!order.records) {
    found.cards = order.cards;
    found.total = static_cast<int64_t>(order.cards.size());
    return found;
  }
  std::set<actions::CardKey> seen;
  for (size_t offset = 0; offset < actions::kCardsMax; offset += kRecordsPage) {
    json::object request = *order.records;
    request["offset"] = static_cast<int64_t>(offset);
    request["limit"] = static_cast<int64_t>(kRecordsPage);
    const auto page = parts_.queries->Records(request, scope, engine::Language::kEnglish, stop);
    if (!page.ok()) return page.errors();
    found.total = page->total;
    const auto column = std::find_if(page->columns.begin(), page->columns.end(),
                                     [](const engine::Column& one) { return one.id == "id"; });
    if (column == page->columns.end() || (page->entity != "lead" && page->entity != "deal")) {
      return Diagnostic{"bad_value", "these records are no leads or deals", "records", {}};
    }
    const auto at = static_cast<size_t>(column - page->columns.begin());
    for (const auto& row : page->rows) {
      const auto* value = std::get_if<Value>(&row[at]);
      const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
      const auto* number = value == nullptr ? nullptr : std::get_if<int64_t>(value);
      const std::string id = text != nullptr ? *text : number != nullptr ? std::to_string(*number) : "";
      if (!id.empty() && seen.insert({page->entity, id}).second) found.cards.push_back({page->entity, id});
    }
    if (page->rows.size() < kRecordsPage) break;
  }
  return found;
}

Result<actions::Plan> PortalActions::PlanOf(actions::Order& order, const std::string& rule, size_t cards_max,
                                            const engine::Scope& scope, int64_t& total,
                                            std::stop_token stop) const {
  auto found = Resolve(order, scope, std::move(stop));
  if (!found.ok()) return found.errors();
  total = found->total;
  actions::Order exact = order;
  exact.cards = std::move(found->cards);
  const auto made = state_.actions().FindTasks(portal_, rule, order.text);
  if (!made.ok()) return made.errors();
  return actions::MakePlan(exact, *warehouse_, *made, clock_.Now(), cards_max);
}

Result<json::object> PortalActions::PreviewOrder(actions::Order order, const std::string& rule,
                                                 size_t cards_max, const engine::Scope& scope,
                                                 std::stop_token stop) const {
  int64_t total = 0;
  const auto plan = PlanOf(order, rule, cards_max, scope, total, std::move(stop));
  if (!plan.ok()) return plan.errors();
  json::object out = ToJson(*plan, order.kind);
  out["total"] = total;
  out["cards_max"] = static_cast<int64_t>(cards_max);
  out["writing"] = writing();
  return out;
}

Result<json::object> PortalActions::Preview(const json::object& asked, const engine::Scope& scope,
                                            std::stop_token stop) {
  auto order = actions::Order::Read(asked);
  if (!order.ok()) return order.errors();
  return PreviewOrder(std::move(*order), "", kActionCardsMax, scope, std::move(stop));
}

Result<json::object> PortalActions::Accept(const json::object& asked, const engine::Scope& scope,
                                           std::chrono::seconds delay, std::stop_token stop) {
  const json::value* member = asked.if_contains("id");
  const std::string id =
      member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
  if (!IsRequestId(id)) {
    return Diagnostic{
        "missing_key",
        "give the request an id of its own (up to 64 letters, digits, - and _): sending it again "
        "under the same id does nothing twice",
        "id",
        {}};
  }
  auto order = actions::Order::Read(asked);
  if (!order.ok()) return order.errors();
  const auto known = state_.actions().Find(portal_, id);
  if (!known.ok()) return known.errors();
  if (*known) {
    if ((*known)->asked != JsonText(order->ToJson())) {
      return Diagnostic{
          "action_differs",
          "the request '" + id + "' was sent before and asked for something else; give a new one a new id",
          "id",
          {}};
    }
    return Describe(**known, true);
  }
  if (!writing()) return WritingOff();
  int64_t total = 0;
  const auto plan = PlanOf(*order, "", kActionCardsMax, scope, total, std::move(stop));
  if (!plan.ok()) return plan.errors();
  if (const Status kept = Keep(id, *order, *plan, "", scope.user_id, delay); !kept.ok()) return kept.errors();
  return Find(id);
}

Status PortalActions::Keep(const std::string& id, const actions::Order& order, const actions::Plan& plan,
                           const std::string& rule, const std::string& user, std::chrono::seconds delay) {
  state::ActionRequest request;
  request.id = id;
  request.kind = order.kind;
  request.text = order.text;
  request.deadline = plan.deadline;
  request.responsible = order.responsible;
  request.asked = JsonText(order.ToJson());
  request.rule = rule;
  request.created_at = clock_.Now();
  request.created_by = user;
  request.send_after = request.created_at + delay;
  std::vector<state::ActionItem> items;
  for (const actions::Step& step : plan.steps) {
    state::ActionItem item;
    item.ordinal = static_cast<int64_t>(items.size());
    item.entity = step.card.entity;
    item.card = step.card.id;
    item.title = step.title;
    item.responsible = step.responsible;
    item.responsible_name = step.responsible_name;
    item.before = step.before;
    item.state = step.skip.empty() ? "pending" : "skipped";
    item.reason = step.skip;
    items.push_back(std::move(item));
  }
  const auto added = state_.actions().Add(portal_, request, items);
  if (!added.ok()) return added.errors();
  log::Info("action_asked", {{"portal", portal_},
                             {"request", id},
                             {"kind", order.kind},
                             {"cards", std::to_string(plan.planned())},
                             {"by", rule.empty() ? user : "rule " + rule}});
  Start();
  Wake();
  return Done{};
}

Result<json::object> PortalActions::Find(const std::string& id) const {
  const auto found = state_.actions().Find(portal_, id);
  if (!found.ok()) return found.errors();
  if (!*found)
    return Diagnostic{"unknown_action", "there is no request '" + id + "' in this portal", "id", {}};
  return Describe(**found, true);
}

Result<json::object> PortalActions::Describe(const state::ActionRequest& request, bool with_cards) const {
  const auto counts = state_.actions().Count(portal_, request.id);
  if (!counts.ok()) return counts.errors();
  json::object out{
      {"id", request.id},
      {"kind", request.kind},
      {"text", request.text},
      {"deadline", request.deadline ? json::value(ToString(*request.deadline)) : json::value(nullptr)},
      {"rule", request.rule.empty() ? json::value(nullptr) : json::value(request.rule)},
      {"created_at", ToString(request.created_at)},
      {"created_by", request.created_by},
      {"send_after", ToString(request.send_after)},
      {"state", counts->open()          ? (writing() ? "open" : "held")
                : counts->failed > 0    ? "failed"
                : counts->sent > 0      ? "done"
                : counts->cancelled > 0 ? "cancelled"
                                        : "nothing"},
      {"counts", json::object{{"pending", counts->pending},
                              {"unknown", counts->unknown},
                              {"sent", counts->sent},
                              {"failed", counts->failed},
                              {"cancelled", counts->cancelled},
                              {"skipped", counts->skipped}}}};
  if (!with_cards) return out;
  const auto items = state_.actions().Items(portal_, request.id);
  if (!items.ok()) return items.errors();
  const warehouse::PortalSettings portal = warehouse_->portal();
  json::array cards;
  for (const state::ActionItem& item : *items) {
    json::object row{{"entity", item.entity},
                     {"id", item.card},
                     {"title", item.title},
                     {"link", actions::CardLink(portal.kind, portal.address, {item.entity, item.card})},
                     {"responsible", Person(item.responsible, item.responsible_name)},
                     {"state", item.state},
                     {"skip", item.reason},
                     {"crm_id", item.crm_id.empty() ? json::value(nullptr) : json::value(item.crm_id)},
                     {"error", nullptr}};
    if (!item.error_code.empty() && item.state != "sent")
      row["error"] = json::object{{"code", item.error_code}, {"message", item.error_message}};
    cards.push_back(std::move(row));
  }
  out["cards"] = std::move(cards);
  return out;
}

Result<json::object> PortalActions::List(int64_t limit) const {
  const auto requests = state_.actions().List(portal_, limit);
  if (!requests.ok()) return requests.errors();
  json::array list;
  for (const auto& request : *requests) {
    auto one = Describe(request, false);
    if (!one.ok()) return one.errors();
    list.push_back(std::move(*one));
  }
  return json::object{{"writing", writing()},
                      {"can_write", warehouse_->portal().kind != "file"},
                      {"cards_max", static_cast<int64_t>(kActionCardsMax)},
                      {"requests", std::move(list)}};
}

Result<json::object> PortalActions::Cancel(const std::string& id) {
  if (auto found = Find(id); !found.ok()) return found;
  const auto cancelled = state_.actions().Cancel(portal_, id, clock_.Now());
  if (!cancelled.ok()) return cancelled.errors();
  Wake();
  return Find(id);
}

Result<json::object> PortalActions::Retry(const std::string& id) {
  if (auto found = Find(id); !found.ok()) return found;
  if (!writing()) return WritingOff();
  const auto again = state_.actions().Retry(portal_, id, clock_.Now());
  if (!again.ok()) return again.errors();
  Start();
  Wake();
  return Find(id);
}

Result<json::object> PortalActions::Wait(const std::string& id,
                                         const std::function<void(const json::object&)>& show,
                                         const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(mutex_);
    const uint64_t before = wakes_;
    lock.unlock();
    auto found = Find(id);
    if (!found.ok()) return found;
    show(*found);
    if (found->at("state").as_string() != "open" || stop.stop_requested()) return found;
    lock.lock();
    woken_.wait_for(lock, stop, std::chrono::seconds{2}, [&] { return wakes_ != before; });
  }
}

// ---- sending

bool PortalActions::MayWork() const {
  const auto paused = state_.settings().Get(portal_, "paused", Zone::Utc().LocalDay(clock_.Now()));
  return writing() && paused.ok() && !paused->as_bool();
}

void PortalActions::Start() {
  const auto due = state_.actions().FindNextDue(portal_);
  if (!due.ok() || !*due) return;
  const std::lock_guard lock(mutex_);
  if (worker_.joinable()) return;
  worker_ = std::jthread([this](const std::stop_token& stop) { Work(stop); });
}

void PortalActions::Stop() {
  std::jthread worker;
  {
    const std::lock_guard lock(mutex_);
    worker = std::move(worker_);
  }
  worker.request_stop();
  pauser_.Wake();
}

void PortalActions::Wake() {
  {
    const std::lock_guard lock(mutex_);
    ++wakes_;
  }
  woken_.notify_all();
}

void PortalActions::Work(const std::stop_token& stop) {
  const Status marked = state_.actions().MarkInterrupted(portal_, clock_.Now());
  if (!marked.ok()) log::Error("actions_unreadable", {{"portal", portal_}, {"why", marked.error().message}});
  actions::Sender sender(state_.actions(), portal_, clock_, {}, [this](const auto& hints) {
    parts_.hint(hints);
    parts_.changed();
  });
  std::shared_ptr<actions::CrmWriter> writer;
  while (!stop.stop_requested()) {
    std::chrono::microseconds pause = kLook;
    uint64_t before = 0;
    {
      const std::lock_guard lock(mutex_);
      before = wakes_;
    }
    try {
      const auto due = state_.actions().FindNextDue(portal_);
      const bool open = due.ok() && due->has_value();
      if (!open) writer.reset();  // made anew with what is stored then
      if (open && MayWork()) {
        if (!writer) {
          auto made = parts_.make_writer(pauser_);
          if (made.ok()) {
            writer = std::move(*made);
          } else {
            log::Warning("writer_failed", {{"portal", portal_}, {"why", made.error().message}});
          }
        }
        if (writer) {
          const auto next = sender.RunOnce(*writer, stop);
          if (!next.ok()) {
            log::Error("sending_failed", {{"portal", portal_}, {"why", next.error().message}});
          } else if (*next) {
            pause = std::clamp<std::chrono::microseconds>(**next - clock_.Now(), kBreath, kLook);
          }
          // Those who wait for the end of a request.
          {
            const std::lock_guard lock(mutex_);
            if (wakes_ == before) ++before;
            ++wakes_;
          }
          woken_.notify_all();
        }
      }
    } catch (const std::exception& error) {
      log::Error("sending_failed", {{"portal", portal_}, {"why", error.what()}});
    }
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, stop, pause, [&] { return wakes_ != before; });
  }
}

}  // namespace svodka::app
