#include "sync/bitrix24/account.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include "base/log.hpp"
#include "crm/bitrix24/cells.hpp"
#include "crm/bitrix24/requests.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;

bool HasAny(const std::vector<std::string>& scopes, std::initializer_list<std::string_view> names) {
  return std::any_of(scopes.begin(), scopes.end(), [&](const std::string& scope) {
    return std::find(names.begin(), names.end(), scope) != names.end();
  });
}

}  // namespace

int32_t OffsetOf(std::string_view portal_time) {
  if (portal_time.size() < 6) return 0;
  const std::string_view tail = portal_time.substr(portal_time.size() - 6);
  if ((tail[0] != '+' && tail[0] != '-') || tail[3] != ':') return 0;
  const auto digits = [&](size_t at) { return (tail[at] - '0') * 10 + (tail[at + 1] - '0'); };
  const int32_t seconds = (digits(1) * 60 + digits(4)) * 60;
  return tail[0] == '-' ? -seconds : seconds;
}

std::string ZoneFor(const std::optional<std::string>& named, int32_t server_offset_s, Instant now) {
  if (named) {
    if (const auto zone = Zone::Find(*named); zone.ok() && zone->OffsetSeconds(now) == server_offset_s)
      return *named;
  }
  static const std::map<int32_t, const char*> kByHour = {
      {2, "Europe/Kaliningrad"}, {3, "Europe/Moscow"},    {4, "Europe/Samara"},  {5, "Asia/Yekaterinburg"},
      {6, "Asia/Omsk"},          {7, "Asia/Krasnoyarsk"}, {8, "Asia/Irkutsk"},   {9, "Asia/Yakutsk"},
      {10, "Asia/Vladivostok"},  {11, "Asia/Magadan"},    {12, "Asia/Kamchatka"}};
  const int32_t hour = server_offset_s / 3600;
  if (server_offset_s % 3600 == 0) {
    if (const auto at = kByHour.find(hour); at != kByHour.end()) return at->second;
    if (hour == 0) return "Etc/UTC";
    // POSIX signs: Etc/GMT+3 is west of Greenwich.
    return std::string("Etc/GMT") + (hour > 0 ? "-" : "+") + std::to_string(std::abs(hour));
  }
  return named.value_or("Europe/Moscow");
}

Result<AccountFacts> ReadAccount(Caller& caller, const Clock& clock, bool counts, std::stop_token stop) {
  const Instant asked_at = clock.Now();
  auto batch = caller.Ask({{"profile", {}},
                           {"server.time", {}},
                           {"scope", {}},
                           {"crm.settings.mode.get", {}},
                           {"crm.currency.base.get", {}}},
                          stop);
  if (!batch.ok()) return batch.errors();
  const auto& answers = batch->answers;
  AccountFacts facts;
  facts.address = caller.origin();
  b24::DecodeNotes notes;

  std::optional<std::string> named_zone;
  if (answers[0].result != nullptr) {
    const b24::RowReader profile(*answers[0].result, notes);
    facts.user_name = profile.Text("NAME").value_or("");
    if (const auto last = profile.Text("LAST_NAME"))
      facts.user_name += (facts.user_name.empty() ? "" : " ") + *last;
    facts.is_admin = profile.Flag("ADMIN").value_or(false);
    named_zone = profile.Text("TIME_ZONE");
  }
  int32_t offset_s = 3 * 3600;
  if (answers[1].result != nullptr) {
    if (const auto text = b24::ReadText(*answers[1].result)) {
      offset_s = OffsetOf(*text);
      if (const auto moment = ParseInstant(*text); moment.ok()) {
        facts.clock_skew = std::chrono::duration_cast<std::chrono::seconds>(*moment - asked_at);
      }
    }
  }
  facts.zone = ZoneFor(named_zone, offset_s, asked_at);
  if (answers[2].result != nullptr && answers[2].result->is_array()) {
    for (const json::value& scope : answers[2].result->get_array()) {
      if (auto text = b24::ReadText(scope)) facts.scopes.push_back(std::move(*text));
    }
  }
  // Without the CRM there is nothing to do: say what the portal says.
  if (answers[3].error && answers[4].error) return answers[4].error->diagnostic;
  if (answers[3].result != nullptr) facts.has_leads = b24::ReadInteger(*answers[3].result).value_or(1) != 2;
  if (answers[4].result != nullptr) facts.base_currency = b24::ReadText(*answers[4].result).value_or("");

  const auto warn = [&](const char* code, const std::string& message) {
    facts.warnings.push_back({code, message, "", {}});
  };
  if (!facts.is_admin) {
    warn("not_admin",
         "the webhook's owner is no administrator: rows that " +
             (facts.user_name.empty() ? std::string("the owner") : facts.user_name) +
             " may not see are missing from all figures; make the webhook under an administrator");
  }
  if (!facts.scopes.empty()) {
    if (!HasAny(facts.scopes, {"crm"})) {
      return Diagnostic{"scope_missing",
                        "the webhook lacks the right \"CRM (crm)\"; add it in the webhook's settings",
                        "",
                        {}};
    }
    if (!HasAny(facts.scopes, {"user", "user_basic", "user_brief"})) {
      warn("scope_missing", "the webhook lacks the right \"Users (user)\": employees are shown by number");
    }
    if (!HasAny(facts.scopes, {"department"})) {
      warn("scope_missing", "the webhook lacks the right \"Company structure (department)\": no departments");
    }
    if (!HasAny(facts.scopes, {"task", "tasks"})) {
      warn("scope_missing",
           "the webhook lacks the right \"Tasks (task)\": tasks outside the CRM are not counted");
    }
  }
  if (std::chrono::abs(facts.clock_skew) > std::chrono::minutes{2}) {
    warn("clock_skew", "this machine's clock differs from the portal's by " +
                           std::to_string(facts.clock_skew.count()) +
                           " s; freshness is shown wrongly until it is set");
  }
  if (!counts) return facts;

  const std::array counted = {b24::Stream::kLead, b24::Stream::kDeal, b24::Stream::kContact,
                              b24::Stream::kCompany, b24::Stream::kActivity};
  std::vector<b24::Command> commands;
  for (const auto stream : counted) commands.push_back(b24::Count({stream}));
  auto totals = caller.Ask(commands, stop);
  if (!totals.ok()) {
    if (totals.error().code == "cancelled") return totals.errors();
    log::Warning("portal_count_failed", {{"code", totals.error().code}});
    return facts;
  }
  const std::array places = {&facts.leads, &facts.deals, &facts.contacts, &facts.companies,
                             &facts.activities};
  for (size_t i = 0; i < places.size(); ++i) *places[i] = totals->answers[i].total;
  if (totals->answers[1].error && totals->answers[1].error->diagnostic.code == "method_unknown") {
    // The older lists are gone.
    commands.clear();
    for (const auto stream : b24::kCardStreams) commands.push_back(b24::Count({stream, b24::Dialect::kItem}));
    totals = caller.Ask(commands, stop);
    for (size_t i = 0; totals.ok() && i < commands.size(); ++i) *places[i] = totals->answers[i].total;
  }
  if (facts.deals.value_or(1) == 0 && facts.leads.value_or(1) == 0) {
    warn("nothing_to_read",
         "the webhook's owner sees no deals and no leads: either the CRM is empty, or the owner has no right "
         "to "
         "read them (CRM > Settings > Access rights)");
  }
  return facts;
}

}  // namespace svodka::sync
