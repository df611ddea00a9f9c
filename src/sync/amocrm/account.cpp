#include "sync/amocrm/account.hpp"

#include "base/text.hpp"
#include "crm/amocrm/cells.hpp"

namespace svodka::sync::amocrm {
namespace {

void Warn(AccountFacts& facts, const char* code, const std::string& message) {
  facts.warnings.push_back({code, message, "", {}});
}

Status Advise(Caller& caller, Account& account, const std::set<std::string>& lead_pipelines,
              std::stop_token stop) {
  auto answer = caller.Get("/api/v4/leads/pipelines", {}, stop);
  if (!answer.ok()) return answer.errors();
  if (answer->refused) {
    Warn(account.facts, "access_denied", answer->refused->diagnostic.message);
    return Done{};
  }
  std::string names;
  std::string suggested;
  for (const json::value* row : answer->page->rows) {
    const auto id = FindInteger(*row, "id");
    const std::string name = FindString(*row, "name").value_or("");
    if (!id) continue;
    names += (names.empty() ? "" : ", ") + std::to_string(*id) + " " + name;
    const std::string folded = FoldCase(name);
    for (const char* word : {"лид", "квалификац", "заявк", "обращен", "lead"}) {
      if (folded.find(word) != std::string::npos) {
        suggested += (suggested.empty() ? "" : ",") + std::to_string(*id);
        break;
      }
    }
  }
  if (!lead_pipelines.empty()) return Done{};
  Warn(account.facts, "lead_pipelines_unset",
       "pipelines: " + names +
           ". amoCRM has no leads apart from deals: say which pipelines hold leads, with svodka settings "
           "set --portal NAME lead_pipelines ID,ID" +
           (suggested.empty() ? std::string() : " (by their names it may be " + suggested + ")"));
  return Done{};
}

}  // namespace

Result<Account> ReadAccount(Caller& caller, const Clock& clock, const std::set<std::string>& lead_pipelines,
                            bool advice, std::stop_token stop) {
  auto answer = caller.Get("/api/v4/account",
                           {{"with",
                             "users_groups,task_types,datetime_settings,version,is_api_filter_enabled,"
                             "invoices_settings"}},
                           stop);
  if (!answer.ok()) return answer.errors();
  if (answer->refused) return answer->refused->diagnostic;
  Account account;
  account.root = answer->page->root;
  if (!account.root)
    return Diagnostic{"bad_answer", "the account tells nothing about itself", "/api/v4/account", {}};
  const json::value& root = *account.root;
  crm::DecodeNotes notes;
  const crm::RowReader cells(root, notes);
  AccountFacts& facts = account.facts;
  facts.kind = "amocrm";
  facts.address = caller.origin();
  account.name = cells.Text("name").value_or("");
  facts.base_currency = cells.Text("currency").value_or("");
  facts.zone = "Europe/Moscow";
  bool zone_known = false;
  if (const json::value* embedded = crm::amocrm::FindObject(root, "_embedded")) {
    if (const json::value* settings = crm::amocrm::FindObject(*embedded, "datetime_settings")) {
      const std::string zone = FindString(*settings, "timezone").value_or("");
      if (Zone::Find(zone).ok()) {
        facts.zone = zone;
        zone_known = true;
      }
    }
  }
  if (!zone_known)
    Warn(facts, "zone_unknown", "the account names no time zone; days begin at midnight in Moscow");
  account.created_at = crm::amocrm::ReadMoment(cells, "created_at");
  account.filters = cells.Flag("is_api_filter_enabled").value_or(true);
  facts.has_leads = !lead_pipelines.empty() || cells.Flag("is_unsorted_on").value_or(false);
  facts.clock_skew = caller.skew();
  if (const auto user = cells.Link("current_user_id")) {
    auto person = caller.Get("/api/v4/users/" + *user, {}, stop);
    if (!person.ok()) return person.errors();
    if (person->page && person->page->root) {
      const crm::RowReader row(*person->page->root, notes);
      facts.user_name = row.Text("name").value_or("");
      if (const json::value* rights = crm::amocrm::FindObject(*person->page->root, "rights")) {
        facts.is_admin = crm::RowReader(*rights, notes).Flag("is_admin").value_or(false);
      }
    }
  }
  if (!facts.is_admin) {
    Warn(facts, "not_admin",
         "the token's owner is no administrator: what this person may not see is missing from all figures, "
         "and employees "
         "are shown by number; make the token under an administrator");
  }
  if (!account.filters) {
    Warn(facts, "filter_off",
         "the account's package for filters is off: cards are read by pages, which takes longer but loses "
         "nothing");
  }
  if (std::chrono::abs(facts.clock_skew) > std::chrono::minutes{2}) {
    Warn(facts, "clock_skew",
         "this machine's clock differs from the account's by " + std::to_string(facts.clock_skew.count()) +
             " s; freshness is shown wrongly until it is set");
  }
  (void)clock;
  if (advice) {
    if (auto status = Advise(caller, account, lead_pipelines, stop); !status.ok()) return status.errors();
  }
  return account;
}

}  // namespace svodka::sync::amocrm
