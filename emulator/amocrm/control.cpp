#include "base/time.hpp"
#include "emulator/amocrm/exchange.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

bool Truthy(const json::value& value) {
  if (value.is_bool()) return value.get_bool();
  const auto text = ScalarText(value).value_or("");
  return text == "1" || text == "true";
}

double Real(const json::value& value) {
  const auto text = ScalarText(value).value_or("");
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || end != text.c_str() + text.size()) throw BadRequest("not a number: " + text);
  return number;
}

/// Sets one switch by its name. False: no such switch.
bool Set(Switches& switches, std::string_view name, const json::value& value) {
  static constexpr std::pair<std::string_view, double Switches::*> kRates[] = {
      {"rate_429", &Switches::rate_429},
      {"rate_403_html", &Switches::rate_403_html},
      {"rate_500_html", &Switches::rate_500_html},
      {"rate_504", &Switches::rate_504},
      {"rate_bad_json", &Switches::rate_bad_json},
      {"rate_drop", &Switches::rate_drop},
      {"rate_drop_writes", &Switches::rate_drop_writes},
      {"rate_drift", &Switches::rate_drift},
      {"rate_lost_event", &Switches::rate_lost_event},
      {"rate_repeat_event", &Switches::rate_repeat_event}};
  for (const auto& [known, member] : kRates) {
    if (known == name) return switches.*member = Real(value), true;
  }
  static constexpr std::pair<std::string_view, bool Switches::*> kFlags[] = {
      {"limits", &Switches::limits},    {"filters", &Switches::filters},
      {"kommo", &Switches::kommo},      {"customers", &Switches::customers},
      {"revoked", &Switches::revoked},  {"read_only", &Switches::read_only},
      {"unpaid", &Switches::unpaid},    {"hide_dismissed", &Switches::hide_dismissed},
      {"webhooks", &Switches::webhooks}};
  for (const auto& [known, member] : kFlags) {
    if (known == name) return switches.*member = Truthy(value), true;
  }
  static constexpr std::pair<std::string_view, int Switches::*> kNumbers[] = {
      {"events_page", &Switches::events_page},
      {"heavy_rows", &Switches::heavy_rows},
      {"latency_ms", &Switches::latency_ms},
      {"lag_s", &Switches::lag_s},
      {"history_days", &Switches::history_days}};
  for (const auto& [known, member] : kNumbers) {
    if (known == name) return switches.*member = static_cast<int>(Real(value)), true;
  }
  if (name == "clock_skew_s") return switches.clock_skew_s = static_cast<int64_t>(Real(value)), true;
  if (name == "zone" && !Zone::Find(ScalarText(value).value_or("")).ok())
    throw BadRequest("no such time zone: " + ScalarText(value).value_or(""));
  if (name == "zone") return switches.zone = ScalarText(value).value_or(""), true;
  if (name == "currency") return switches.currency = ScalarText(value).value_or("RUB"), true;
  if (name == "renamed_to") return switches.renamed_to = ScalarText(value).value_or(""), true;
  return false;
}

}  // namespace

/// What a person does in the account's own pages; needs the exclusive lock.
void Account::Intervene(const json::object& params) {
  const auto object = [&](const char* name) -> const json::object* {
    const json::value* value = params.if_contains(name);
    return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
  };
  const auto card_of = [&](const json::object& what, const char* key) {
    const int64_t id = IntParam(what, key).value_or(0) - kLeadIds;
    if (id < 1 || id > static_cast<int64_t>(view_.cards.size())) throw BadRequest("no such lead");
    return static_cast<uint32_t>(id);
  };
  const uint16_t user = settings_.user;
  const auto mark = [&](uint32_t id, bool deleted, bool merged) {
    Card& card = view_.cards[id - 1];
    card.deleted = deleted;
    card.merged = merged;
    if (card.lead != 0) company_.leads[card.lead - 1].deleted = deleted;
    if (card.deal != 0) company_.deals[card.deal - 1].deleted = deleted;
    view_.Bump(id, ++company_.now, user);
    view_.Add({company_.now, id, 0, 0, user, deleted ? EventType::kLeadDeleted : EventType::kLeadRestored,
               Kind::kLead});
  };
  if (const json::object* what = object("delete")) mark(card_of(*what, "id"), true, false);
  if (const json::object* what = object("restore")) mark(card_of(*what, "id"), false, false);
  if (const json::object* what = object("merge")) {
    const uint32_t keep = card_of(*what, "keep");
    mark(card_of(*what, "remove"), true, true);
    view_.Bump(keep, ++company_.now, user);
    view_.Add({company_.now, keep, 0, 0, user, EventType::kMerged, Kind::kLead});
  }
  if (const json::object* what = object("reopen")) {
    const Card card = view_.cards[card_of(*what, "id") - 1];
    ++company_.now;
    if (card.deal != 0) {
      const StageRange range = StagesOf(DealCategory(company_.deals[card.deal - 1]));
      EnterDealStage(company_, card.deal, static_cast<StageIndex>(range.begin + 1), company_.now, user, false,
                     true);
    } else {
      EnterLeadStage(company_, card.lead, LeadStage("IN_PROCESS"), company_.now, user, false, true);
    }
  }
  if (const json::object* what = object("dismiss")) {
    const uint16_t employee = EmployeeOf(company_, IntParam(*what, "user").value_or(0));
    if (employee == 0) throw BadRequest("no such user");
    company_.employees[employee - 1U].dismissed = ++company_.now;
  }
}

Response Account::HandleControl(const json::object& params) {
  {
    const std::lock_guard lock(side_mutex_);
    Switches switches = switches_;
    for (const auto& member : params) {
      const std::string_view name = member.key();
      if (name == "step_minutes" || name == "speed" || name == "delete" || name == "merge" ||
          name == "reopen" || name == "restore" || name == "dismiss")
        continue;
      if (name == "per_second") {
        throttle_.per_second = static_cast<int>(Real(member.value()));
      } else if (name == "offences_max") {
        throttle_.offences_max = static_cast<int>(Real(member.value()));
      } else if (name == "pardon") {
        throttle_.Pardon();
      } else if (name == "stop_webhooks") {
        hooks_.Disable();
      } else if (name == "expire_tokens") {
        oauth_.Expire(false);
      } else if (name == "revoke_grants") {
        oauth_.Expire(true);
      } else if (name == "access_seconds") {
        oauth_.access_seconds = static_cast<int64_t>(Real(member.value()));
      } else if (!Set(switches, name, member.value())) {
        throw BadRequest("unknown switch: " + std::string(name));
      }
    }
    switches_ = switches;
    remembered_.clear();
    oauth_.clock_skew_s = switches.clock_skew_s;
  }
  if (const json::value* speed = params.if_contains("speed")) SetSpeed(Real(*speed));
  if (const auto minutes = IntParam(params, "step_minutes")) Advance(*minutes);
  const std::unique_lock lock(mutex_);
  Intervene(params);
  Follow();
  Response response;
  response.body = json::serialize(json::object{{"ok", true}, {"now", LocalIso(company_.now)}});
  return response;
}

}  // namespace svodka::emulator::amocrm
