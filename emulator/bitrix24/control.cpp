#include <algorithm>

#include "base/money.hpp"
#include "emulator/bitrix24/call.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/dump.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

bool Truthy(const json::value& value) {
  if (value.is_bool()) return value.get_bool();
  const auto text = ScalarText(value).value_or("");
  return text == "1" || text == "true" || text == "Y";
}

double Real64(const json::value& value) {
  const auto text = ScalarText(value).value_or("");
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || end != text.c_str() + text.size())
    throw ApiError{400, "INVALID_ARG_VALUE", "not a number: " + text};
  return number;
}

/// Sets one fault by its name. False: no such fault.
bool Set(Faults& faults, std::string_view name, const json::value& value) {
  struct Chance {
    std::string_view name;
    double Faults::*member;
  };
  static constexpr Chance kChances[] = {{"rate_503", &Faults::rate_503},
                                        {"rate_429", &Faults::rate_429},
                                        {"rate_500_html", &Faults::rate_500_html},
                                        {"rate_bad_json", &Faults::rate_bad_json},
                                        {"rate_drop", &Faults::rate_drop},
                                        {"rate_drop_writes", &Faults::rate_drop_writes},
                                        {"rate_stall", &Faults::rate_stall},
                                        {"rate_repeat_row", &Faults::rate_repeat_row},
                                        {"rate_lost_event", &Faults::rate_lost_event},
                                        {"rate_repeat_event", &Faults::rate_repeat_event},
                                        {"rate_skip_row", &Faults::rate_skip_row}};
  for (const Chance& chance : kChances) {
    if (chance.name == name) return faults.*chance.member = Real64(value), true;
  }
  struct Switch {
    std::string_view name;
    bool Faults::*member;
  };
  static constexpr Switch kSwitches[] = {
      {"limits", &Faults::limits},
      {"operating_limit", &Faults::operating_limit},
      {"revoked", &Faults::revoked},
      {"read_only", &Faults::read_only},
      {"https_required", &Faults::https_required},
      {"history_of_current_pipeline", &Faults::history_of_current_pipeline},
      {"refuse_items", &Faults::refuse_items},
      {"refuse_legacy", &Faults::refuse_legacy},
      {"items_plain_dates", &Faults::items_plain_dates},
      {"charge_batch", &Faults::charge_batch},
      {"hidden_denied", &Faults::hidden_denied}};
  for (const Switch& one : kSwitches) {
    if (one.name == name) return faults.*one.member = Truthy(value), true;
  }
  if (name == "stall_ms") return faults.stall_ms = static_cast<int>(Real64(value)), true;
  if (name == "clock_skew_s") return faults.clock_skew_s = static_cast<int64_t>(Real64(value)), true;
  if (name == "items_shift_s") return faults.items_shift_s = static_cast<int64_t>(Real64(value)), true;
  if (name == "only_owner") return faults.only_owner = static_cast<uint32_t>(Real64(value)), true;
  if (name == "missing_scope") return faults.missing_scope = ScalarText(value).value_or(""), true;
  if (name == "renamed_to") return faults.renamed_to = ScalarText(value).value_or(""), true;
  return false;
}

/// `{"url", "token", "events": […]}`; null: no outgoing webhook any more.
Hooks::Handler HandlerOf(const json::value& value) {
  Hooks::Handler handler;
  if (!value.is_object()) return handler;
  handler.url = TextParam(value.get_object(), "url").value_or("");
  handler.token = TextParam(value.get_object(), "token").value_or("");
  for (const std::string& event : TextList(value.get_object(), "events")) handler.events.insert(event);
  return handler;
}

}  // namespace

/// What a person does in the portal's own pages: `{"delete": {"entity": "deal", "id": 5}}`, `{"merge":
/// {"entity": "deal", "keep": 5, "remove": 9}}`, `{"reopen": {"entity": "deal", "id": 7}}`, `{"restore": …}`,
/// `{"quietly": {"id": 5, "amount": "10.00"}}`, `{"stage": {"entity": "deal", "id": "EXECUTING", "name"?,
/// "sort"?, "semantics"?: "P" | "S" | "F", "removed"?: true}}`.
/// Needs the exclusive lock.
void Portal::Intervene(const json::object& params) {
  Tables& tables = *tables_;
  const auto target = [&](const json::object& what, const char* key) {
    const auto id = static_cast<uint32_t>(IntParam(what, key).value_or(0));
    const std::string entity = TextParam(what, "entity").value_or("deal");
    const size_t size = entity == "deal"   ? company_.deals.size()
                        : entity == "lead" ? company_.leads.size()
                                           : 0;
    if (id == 0 || id > size)
      throw ApiError{400, "NOT_FOUND", "no such " + entity + ": " + std::to_string(id)};
    return std::pair(entity == "deal", id);
  };
  const auto mark = [&](bool deal, uint32_t id, bool deleted) {
    bool& flag = deal ? company_.deals[id - 1].deleted : company_.leads[id - 1].deleted;
    size_t& count = deal ? tables.deals.gone_count : tables.leads.gone_count;
    if (flag != deleted) count = deleted ? count + 1 : count - 1;
    flag = deleted;
    if (deleted) {
      const std::lock_guard lock(side_mutex_);
      hooks_.Queue(deal ? "DEAL" : "LEAD", "DELETE", id, company_.now);
      if (const uint32_t card = deal ? SmartItemOf(id) : 0; card != 0)
        hooks_.Queue("DYNAMICITEM", "DELETE", card, company_.now);
    } else {
      (deal ? company_.deals[id - 1].modified : company_.leads[id - 1].modified) = ++company_.now;
      Touched(company_, deal ? Touch::What::kDeal : Touch::What::kLead, id);
    }
  };
  const auto object = [&](const char* name) -> const json::object* {
    const json::value* value = Param(params, name);
    return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
  };
  const json::object* item = object("delete");
  if (item != nullptr && TextParam(*item, "entity") == "item") {
    const auto id = static_cast<uint32_t>(IntParam(*item, "id").value_or(0));
    company_.gone_items.push_back(id);
    const std::lock_guard lock(side_mutex_);
    hooks_.Queue("DYNAMICITEM", "DELETE", id, company_.now);
  } else if (const json::object* what = item) {
    const auto [deal, id] = target(*what, "id");
    ++company_.now;
    mark(deal, id, true);
  }
  if (const json::object* what = object("restore")) {
    const auto [deal, id] = target(*what, "id");
    mark(deal, id, false);
  }
  if (const json::object* what = object("merge")) {
    const auto [deal, keep] = target(*what, "keep");
    const auto [same, remove] = target(*what, "remove");
    mark(deal, remove, true);
    mark(deal, keep, false);
  }
  // Written past the CRM, straight into its database: no date of change, no event.
  if (const json::object* what = object("quietly")) {
    const auto [deal, id] = target(*what, "id");
    const auto amount = Money::Parse(TextParam(*what, "amount").value_or(""));
    if (!deal || !amount.ok()) throw ApiError{400, "INVALID_ARG_VALUE", "quietly: a deal and an amount"};
    company_.deals[id - 1].amount_minor = amount->minor();
    company_.deals[id - 1].no_amount = false;
  }
  if (const json::object* what = object("stage")) {
    const bool deal = TextParam(*what, "entity").value_or("deal") == "deal";
    const std::string id = TextParam(*what, "id").value_or("");
    const auto stages = deal ? DealStages() : LeadStages();
    const auto found = std::ranges::find(stages, std::string_view(id), &Stage::id);
    if (found == stages.end()) throw ApiError{400, "NOT_FOUND", "no such stage: " + id};
    StageEdit edit = StageAt(company_, deal, static_cast<StageIndex>(found - stages.begin()), ++company_.now);
    edit.at = company_.now;
    edit.name = TextParam(*what, "name").value_or(edit.name);
    edit.sort = static_cast<int>(IntParam(*what, "sort").value_or(edit.sort));
    edit.semantic = TextParam(*what, "semantics").value_or(std::string(1, edit.semantic)).front();
    if (std::string_view("PSF").find(edit.semantic) == std::string_view::npos)
      throw ApiError{400, "INVALID_ARG_VALUE", "semantics: P, S or F"};
    if (const json::value* removed = Param(*what, "removed")) edit.removed = Truthy(*removed);
    company_.stage_edits.push_back(std::move(edit));
  }
  if (const json::object* what = object("reopen")) {
    const auto [deal, id] = target(*what, "id");
    const auto user = static_cast<uint16_t>(settings_.user);
    ++company_.now;
    if (deal) {
      const StageRange range = StagesOf(DealCategory(company_.deals[id - 1]));
      EnterDealStage(company_, id, static_cast<StageIndex>(range.begin + 1), company_.now, user, false, true);
    } else {
      EnterLeadStage(company_, id, LeadStage("IN_PROCESS"), company_.now, user, false, true);
    }
  }
}

Response Portal::HandleControl(const json::object& params) {
  {
    const std::lock_guard lock(side_mutex_);
    Faults faults = faults_;
    for (const auto& member : params) {
      const std::string_view name = member.key();
      if (name == "step_minutes" || name == "speed" || name == "delete" || name == "merge" ||
          name == "reopen" || name == "restore" || name == "quietly" || name == "stage" || name == "dump")
        continue;
      if (name == "hook") {
        hooks_.Set(HandlerOf(member.value()));
        continue;
      }
      if (name == "expire_tokens") {
        oauth_.Expire();
      } else if (name == "access_seconds") {
        oauth_.access_seconds = Real64(member.value());
      } else if (name == "rate_per_second") {
        limits_.drain_per_second = Real64(member.value());
      } else if (name == "burst") {
        limits_.capacity = Real64(member.value());
      } else if (name == "operating_budget_s") {
        limits_.budget_seconds = Real64(member.value());
      } else if (name == "operating_per_call_s") {
        limits_.seconds_per_call = Real64(member.value());
      } else if (!Set(faults, name, member.value())) {
        throw ApiError{400, "INVALID_ARG_VALUE", "unknown switch: " + std::string(name)};
      }
    }
    faults_ = faults;
  }
  if (const json::value* speed = Param(params, "speed")) SetSpeed(Real64(*speed));
  if (const auto minutes = IntParam(params, "step_minutes")) Advance(*minutes);
  const std::unique_lock lock(mutex_);
  Intervene(params);
  TakeTouches();
  if (const auto folder = TextParam(params, "dump")) {
    if (const Status written = Dump(company_, *folder); !written.ok())
      throw ApiError{400, "INVALID_ARG_VALUE", ToString(written.error())};
  }
  Response response;
  response.body = json::serialize(json::object{{"ok", true}, {"now", LocalIso(company_.now)}});
  return response;
}

}  // namespace svodka::emulator::bitrix24
