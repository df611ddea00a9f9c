#include <algorithm>

#include "app/portal_actions.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

/// Daily rules: a stored records query, what is done to its rows, and when.
namespace svodka::app {
namespace {

constexpr int64_t kRunsShown = 14;
constexpr size_t kNameMax = 100;

Diagnostic UnknownRule(const std::string& id) {
  return {"unknown_rule", "there is no rule '" + id + "' in this portal", "rule", {}};
}
Diagnostic BadRule(std::string message, std::string place) {
  return {"bad_rule", std::move(message), std::move(place), {}};
}

Zone ZoneOf(const warehouse::Warehouse& warehouse) {
  const auto zone = Zone::Find(warehouse.portal().zone);
  return zone.ok() ? *zone : Zone::Utc();
}

/// Rules see what an administrator sees: only administrators make them.
engine::Scope RuleScope(const std::string& rule) { return {.everything = true, .user_id = "rule " + rule}; }

Result<actions::Order> OrderOf(const state::ActionRule& rule) {
  const auto asked = ParseJson(rule.asked);
  if (!asked.ok()) return asked.errors();
  return actions::Order::Read(asked->as_object());
}

Result<int64_t> ReadNumber(const json::object& wanted, const char* name, int64_t present, int64_t least,
                           int64_t most) {
  const json::value* value = wanted.if_contains(name);
  if (value == nullptr) return present;
  if (!value->is_int64() || value->get_int64() < least || value->get_int64() > most) {
    return BadRule(std::string(name) + " must be a whole number from " + std::to_string(least) + " to " +
                       std::to_string(most),
                   name);
  }
  return value->get_int64();
}

}  // namespace

bool IsRuleDue(const state::ActionRule& rule, const std::optional<Day>& last_run, const Zone& zone,
               Instant now) {
  if (!rule.enabled) return false;
  const Day today = zone.LocalDay(now);
  const Instant slot = zone.FromLocal(today, std::chrono::hours{rule.hour});
  if (now < slot || rule.changed_at >= slot) return false;
  return !last_run || *last_run < today;
}

Result<json::object> PortalActions::DescribeRule(const state::ActionRule& rule) const {
  const auto asked = ParseJson(rule.asked);
  if (!asked.ok()) return asked.errors();
  const auto runs = state_.actions().ListRuns(portal_, rule.id, kRunsShown);
  if (!runs.ok()) return runs.errors();
  json::array log;
  for (const auto& run : *runs) {
    log.push_back(json::object{
        {"day", ToString(run.day)},
        {"ran_at", ToString(run.ran_at)},
        {"request", run.request.empty() ? json::value(nullptr) : json::value(run.request)},
        {"found", run.found},
        {"planned", run.planned},
        {"skipped", run.skipped},
        {"error", run.error_code.empty() ? json::value(nullptr)
                                         : json::value(json::object{{"code", run.error_code},
                                                                    {"message", run.error_message}})}});
  }
  return json::object{{"id", rule.id},         {"name", rule.name},           {"enabled", rule.enabled},
                      {"hour", rule.hour},     {"cards_max", rule.cards_max}, {"order", *asked},
                      {"runs", std::move(log)}};
}

Result<json::value> PortalActions::ListRules() const {
  const auto rules = state_.actions().ListRules(portal_);
  if (!rules.ok()) return rules.errors();
  json::array list;
  for (const auto& rule : *rules) {
    auto one = DescribeRule(rule);
    if (!one.ok()) return one.errors();
    list.push_back(std::move(*one));
  }
  return json::value(json::object{{"writing", writing()}, {"rules", std::move(list)}});
}

Result<json::object> PortalActions::SaveRule(const std::string& id, const json::object& wanted,
                                             const std::string& user) {
  static const std::vector<std::string> kKnown = {"name", "enabled", "hour", "cards_max", "order"};
  for (const auto& member : wanted) {
    const std::string name(member.key());
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end())
      return Diagnostic{"unknown_key", "there is no '" + name + "' here", name, NearestNames(name, kKnown)};
  }
  state::ActionRule rule;
  if (!id.empty()) {
    auto known = state_.actions().FindRule(portal_, id);
    if (!known.ok()) return known.errors();
    if (!*known) return UnknownRule(id);
    rule = std::move(**known);
  } else {
    rule.id = FoldCase(state::RandomCode(8));
  }
  if (const json::value* name = wanted.if_contains("name")) {
    if (!name->is_string()) return BadRule("name must be text", "name");
    rule.name = Trim(std::string_view(name->get_string()));
  }
  if (rule.name.empty() || rule.name.size() > kNameMax || !IsValidUtf8(rule.name))
    return BadRule("a rule needs a name of at most 100 bytes", "name");
  if (const json::value* enabled = wanted.if_contains("enabled")) {
    if (!enabled->is_bool()) return BadRule("enabled must be true or false", "enabled");
    rule.enabled = enabled->get_bool();
  }
  const auto hour = ReadNumber(wanted, "hour", rule.hour, 0, 23);
  if (!hour.ok()) return hour.errors();
  rule.hour = *hour;
  const auto cards = ReadNumber(wanted, "cards_max", rule.cards_max, 1, kActionCardsMax);
  if (!cards.ok()) return cards.errors();
  rule.cards_max = *cards;
  if (const json::value* asked = wanted.if_contains("order")) {
    if (!asked->is_object()) return BadRule("order must be an object as of POST actions", "order");
    auto order = actions::Order::Read(asked->get_object());
    if (!order.ok()) return order.errors();
    if (!order->records)
      return BadRule("a rule looks for its cards anew each day: give `records`, not `cards`",
                     "order.records");
    if (!order->deadline.empty() && order->deadline.front() >= '0' && order->deadline.front() <= '9')
      return BadRule(
          "the deadline of a rule is told from its day: 'today 18:00', 'tomorrow 12:00', '+3 10:00'",
          "order.deadline");
    rule.asked = JsonText(order->ToJson());
  }
  if (rule.asked.empty()) return BadRule("a rule needs an order", "order");
  // The query must work, or the rule would fail every morning unseen.
  if (auto tried =
          PreviewOrder(*OrderOf(rule), rule.id, static_cast<size_t>(rule.cards_max), RuleScope(rule.id), {});
      !tried.ok() && tried.error().code != "deadline_past")
    return tried.errors();
  rule.changed_by = user;
  rule.changed_at = clock_.Now();
  if (const Status saved = state_.actions().SaveRule(portal_, rule); !saved.ok()) return saved.errors();
  log::Info(
      "rule_saved",
      {{"portal", portal_}, {"rule", rule.id}, {"enabled", rule.enabled ? "true" : "false"}, {"by", user}});
  return DescribeRule(rule);
}

Status PortalActions::RemoveRule(const std::string& id) {
  const auto removed = state_.actions().RemoveRule(portal_, id);
  if (!removed.ok()) return removed.errors();
  if (!*removed) return UnknownRule(id);
  return Done{};
}

Result<json::object> PortalActions::PreviewRule(const std::string& id, std::stop_token stop) {
  const auto rule = state_.actions().FindRule(portal_, id);
  if (!rule.ok()) return rule.errors();
  if (!*rule) return UnknownRule(id);
  auto order = OrderOf(**rule);
  if (!order.ok()) return order.errors();
  return PreviewOrder(std::move(*order), id, static_cast<size_t>((*rule)->cards_max), RuleScope(id),
                      std::move(stop));
}

void PortalActions::RunDueRules() {
  const auto rules = state_.actions().ListRules(portal_);
  if (!rules.ok()) return log::Warning("rules_unreadable", {{"portal", portal_}});
  const Zone zone = ZoneOf(*warehouse_);
  for (const auto& rule : *rules) {
    const auto runs = state_.actions().ListRuns(portal_, rule.id, 1);
    if (!runs.ok()) continue;
    const std::optional<Day> last = runs->empty() ? std::nullopt : std::optional(runs->front().day);
    if (!IsRuleDue(rule, last, zone, clock_.Now())) continue;
    const Status ran = RunRule(rule, zone.LocalDay(clock_.Now()));
    if (!ran.ok())
      log::Warning("rule_failed", {{"portal", portal_}, {"rule", rule.id}, {"why", ran.error().message}});
  }
}

Status PortalActions::RunRule(const state::ActionRule& rule, Day today) {
  state::ActionRuleRun run;
  run.day = today;
  run.ran_at = clock_.Now();
  // The day is a part of the request's id: whatever happens between the two writes, a day asks once.
  const std::string id = "rule-" + rule.id + "-" + ToString(today);
  const Status asked = [&]() -> Status {
    if (!writing())
      return Diagnostic{"writing_off", "writing to this CRM is off: the rule has done nothing", "", {}};
    auto order = OrderOf(rule);
    if (!order.ok()) return order.errors();
    int64_t total = 0;
    const auto plan =
        PlanOf(*order, rule.id, static_cast<size_t>(rule.cards_max), RuleScope(rule.id), total, {});
    if (!plan.ok()) return plan.errors();
    run.found = total;
    run.planned = plan->planned();
    run.skipped = static_cast<int64_t>(plan->steps.size()) - run.planned;
    if (run.planned == 0) return Done{};
    run.request = id;
    return Keep(id, *order, *plan, rule.id, "rule", std::chrono::seconds{0});
  }();
  if (!asked.ok()) {
    run.error_code = asked.error().code;
    run.error_message = asked.error().message;
  }
  log::Info("rule_ran", {{"portal", portal_},
                         {"rule", rule.id},
                         {"found", std::to_string(run.found)},
                         {"planned", std::to_string(run.planned)}});
  const auto added = state_.actions().AddRun(portal_, rule.id, run);
  return added.ok() ? Status(Done{}) : Status(added.errors());
}

}  // namespace svodka::app
