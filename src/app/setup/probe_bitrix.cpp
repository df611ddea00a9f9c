#include <array>

#include "app/setup/probe.hpp"
#include "app/setup/short_pauser.hpp"
#include "base/text.hpp"
#include "crm/bitrix24/requests.hpp"
#include "sync/bitrix24/account.hpp"

namespace svodka::app {
namespace {

namespace b24 = crm::bitrix24;
using State = CheckItem::State;

constexpr int kAttemptsMax = 2;

struct Asker {
  Asker(const Connection& connection, std::shared_ptr<sync::RateLimiter> limiter, const Clock& clock)
      : transport(MakeQuickTransport()),
        webhook(b24::Webhook::Parse(connection.secret)),
        caller(b24::Client(webhook.value(), *transport), {.attempts_max = kAttemptsMax}, std::move(limiter),
               clock, pauser) {}
  std::unique_ptr<crm::HttpTransport> transport;
  ShortPauser pauser;
  Result<b24::Webhook> webhook;
  sync::Caller caller;
};

/// One right of a webhook: the method that shows it, what is lost without it.
struct Right {
  const char* id;
  const char *title_ru, *title_en;
  const char* scope;
  const char *loss_ru, *loss_en;
};
constexpr std::array kRights = {
    Right{"users", "Пользователи (user)", "Users (user)", "user",
          "Сотрудники будут показаны номерами, без имён и фотографий.",
          "Employees are shown by number, without names and photos."},
    Right{"departments", "Структура компании (department)", "Company structure (department)", "department",
          "Не будет отделов: ни отчётов по отделам, ни итогов по ним.",
          "There are no departments: neither reports by department nor their totals."},
    Right{"tasks", "Задачи (task)", "Tasks (task)", "task",
          "Задачи вне карточек CRM не будут считаться следующим шагом и активностью.",
          "Tasks outside the CRM's cards do not count as a next step or as activity."},
    Right{"activities", "Дела в CRM", "Activities of the CRM", "crm",
          "Не видно звонков, встреч и писем: забытые сделки и активность посчитать не удастся.",
          "Calls, meetings and e-mails cannot be seen: forgotten deals and activity cannot be counted."},
    Right{"history", "История стадий", "History of stages", "crm",
          "Без истории не посчитать конверсию по стадиям и дни на стадии за прошлое.",
          "Without it neither stage conversion nor days in a stage are known for the past."},
    Right{
        "telephony", "Телефония (telephony)", "Telephony (telephony)", "telephony",
        "Длительность звонков — по делам CRM, без данных телефонии: кто не дозвонился, видно хуже.",
        "Calls last as their activities say, without telephony's own data: failed calls are seen less well."},
};

CheckItem OfRight(const Right& right, const b24::Answer& answer, const Say& say) {
  CheckItem item;
  item.id = right.id;
  item.title = say(right.title_ru, right.title_en);
  if (!answer.error) return item;
  item.state = State::kWarn;
  item.detail = say(right.loss_ru, right.loss_en);
  item.technical = answer.error->diagnostic.message;
  if (answer.error->diagnostic.code == "scope_missing") {
    item.fix = say(
        "Откройте вебхук в Битрикс24, отметьте «" + std::string(right.title_ru) +
            "», сохраните и проверьте ещё раз.",
        "Open the webhook in Bitrix24, tick “" + std::string(right.title_en) + "”, save and check again.");
  } else {
    item.fix = say("Владельцу вебхука не хватает прав: создайте вебхук под администратором портала.",
                   "The webhook's owner lacks the right: make the webhook under an administrator.");
  }
  return item;
}

void AddSight(ProbeResult& result, const Say& say) {
  const sync::AccountFacts& facts = result.facts;
  AddOwner(result, say("Права владельца вебхука", "Rights of the webhook's owner"),
           say("Владелец вебхука", "The webhook's owner"),
           say("Создайте вебхук под администратором портала, чтобы цифры были полными.",
               "Make the webhook under an administrator, so that the figures are complete."),
           say);
  if (facts.deals && *facts.deals == 0 && facts.leads.value_or(0) == 0) {
    CheckItem cards = Ok("cards", say("Карточки CRM", "Cards of the CRM"));
    cards.state = State::kWarn;
    cards.detail =
        say("Не видно ни одной сделки и ни одного лида: CRM пуста или владельцу вебхука их не показывают.",
            "No deal and no lead can be seen: the CRM is empty, or its owner may not see them.");
    cards.fix = say("Проверьте права: CRM → Настройки → Права доступа.",
                    "Look at the rights: CRM → Settings → Access permissions.");
    result.items.push_back(std::move(cards));
  }
  AddClock(result, say);
}

}  // namespace

ProbeResult ProbeBitrix(const Connection& connection, std::shared_ptr<sync::RateLimiter> limiter,
                        const Clock& clock, const Say& say, std::stop_token stop) {
  ProbeResult result;
  Asker asker(connection, std::move(limiter), clock);
  auto facts = sync::ReadAccount(asker.caller, clock, true, stop);
  const bool encrypted = connection.address.starts_with("https://");
  const auto let_in = [&] {
    result.items.push_back(
        Ok("reach", say("Связь с порталом", "Connection to the portal"), asker.caller.origin()));
    result.items.push_back(Ok("encrypted", say("Защищённое соединение", "Encrypted connection"),
                              encrypted ? "https" : say("внутри этой машины", "within this machine")));
    result.items.push_back(Ok("accepted", say("Вебхук принят", "The webhook is accepted")));
  };
  if (!facts.ok()) {
    if (facts.error().code == "scope_missing") let_in();
    result.items.push_back(ItemOf(facts.error(), "bitrix24", say));
    return result;
  }
  let_in();
  result.usable = true;
  result.facts = std::move(*facts);
  std::string host = result.facts.address.empty() ? connection.address : result.facts.address;
  result.name = host.substr(host.find("//") + 2);
  result.items.push_back(Ok("crm", say("CRM: лиды, сделки, клиенты", "CRM: leads, deals, clients")));

  auto answers =
      asker.caller.Ask({{"user.get", {{"filter[USER_TYPE]", "employee"}}},
                        {"department.get", {}},
                        {"tasks.task.list", {{"select[0]", "ID"}, {"filter[ID]", "0"}}},
                        {"crm.activity.list", {{"select[0]", "ID"}, {"filter[ID]", "0"}}},
                        {"crm.stagehistory.list", {{"entityTypeId", "2"}, {"filter[OWNER_ID]", "0"}}},
                        {"voximplant.statistic.get", {{"FILTER[ID]", "0"}}}},
                       stop);
  if (!answers.ok()) {
    CheckItem item = ItemOf(answers.error(), "bitrix24", say);
    item.state = State::kWarn;
    result.items.push_back(std::move(item));
    AddSight(result, say);
    return result;
  }
  for (size_t i = 0; i < kRights.size(); ++i) {
    CheckItem item = OfRight(kRights[i], answers->answers[i], say);
    if (i == 0 && !answers->answers[i].error) result.users = answers->answers[i].total;
    result.items.push_back(std::move(item));
  }
  AddSight(result, say);
  return result;
}

Result<std::vector<Volume>> MeasureBitrix(const Connection& connection,
                                          std::shared_ptr<sync::RateLimiter> limiter, const Clock& clock,
                                          std::stop_token stop) {
  Asker asker(connection, std::move(limiter), clock);
  std::vector<b24::Command> commands;
  for (const auto stream : b24::kStreams) commands.push_back(b24::Count({stream}));
  auto totals = asker.caller.Ask(commands, stop);
  if (!totals.ok()) return totals.errors();
  std::vector<Volume> volumes;
  std::optional<int64_t> history;
  for (size_t i = 0; i < b24::kStreams.size(); ++i) {
    const auto total = totals->answers[i].total;
    switch (b24::kStreams[i]) {
      case b24::Stream::kLead:
        volumes.push_back({"leads", total, false});
        break;
      case b24::Stream::kDeal:
        volumes.push_back({"deals", total, false});
        break;
      case b24::Stream::kContact:
        volumes.push_back({"contacts", total, false});
        break;
      case b24::Stream::kCompany:
        volumes.push_back({"companies", total, false});
        break;
      case b24::Stream::kActivity:
        volumes.push_back({"activities", total, false});
        break;
      case b24::Stream::kTask:
        volumes.push_back({"tasks", total, false});
        break;
      case b24::Stream::kCall:
        if (total) volumes.push_back({"calls", total, false});
        break;
      case b24::Stream::kLeadHistory:
      case b24::Stream::kDealHistory:
        if (total) history = history.value_or(0) + *total;
        break;
    }
  }
  volumes.push_back({"history", history, false});
  return volumes;
}

}  // namespace svodka::app
