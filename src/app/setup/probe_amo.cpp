#include <array>
#include <map>

#include "app/portal_link.hpp"
#include "app/setup/probe.hpp"
#include "app/setup/short_pauser.hpp"
#include "base/text.hpp"
#include "crm/amocrm/cells.hpp"
#include "crm/amocrm/oauth.hpp"
#include "sync/amocrm/account.hpp"
#include "sync/amocrm/streams.hpp"

namespace svodka::app {
namespace {

namespace amo = sync::amocrm;
using State = CheckItem::State;

constexpr int kAttemptsMax = 2;

struct Asker {
  Asker(const Connection& connection, const std::string& token, std::shared_ptr<sync::RateLimiter> limiter,
        const Clock& clock)
      : transport(MakeQuickTransport()),
        tokens(sync::MakeFixedToken(token)),
        caller(crm::amocrm::Client(connection.address, token, *transport), tokens, std::move(limiter), clock,
               pauser, kAttemptsMax) {}
  std::unique_ptr<crm::HttpTransport> transport;
  ShortPauser pauser;
  std::shared_ptr<sync::AmoTokens> tokens;
  amo::Caller caller;
};

/// The access token; of a fresh code, what it gave goes to `exchanged`.
Result<std::string> TokenOf(const Connection& connection, const Clock& clock,
                            std::optional<std::string>& exchanged, std::stop_token stop) {
  if (connection.secret_name == kAmoTokenSecret) return connection.secret;
  auto grant = crm::amocrm::OAuthGrant::FromJson(connection.secret);
  if (!grant.ok()) return grant.errors();
  const auto parsed = ParseJson(connection.secret);
  const std::string code = parsed.ok() ? FindString(*parsed, "code").value_or("") : "";
  if (code.empty()) return grant->access_token;
  auto transport = MakeQuickTransport();
  auto given =
      crm::amocrm::ExchangeCode(*transport, connection.address, std::move(*grant), code, clock.Now(), stop);
  if (!given.ok()) return given.errors();
  exchanged = given->ToJson();
  return given->access_token;
}

/// One list of the account and what is lost without it.
struct Part {
  const char* id;
  const char* path;
  const char *title_ru, *title_en, *loss_ru, *loss_en;
  bool needed = false;
};
constexpr std::array kParts = {
    Part{"leads", "/api/v4/leads", "Сделки", "Leads (deals)", "Без сделок загружать нечего.",
         "Without them there is nothing to load.", true},
    Part{"users", "/api/v4/users", "Сотрудники", "Users",
         "Сотрудники будут показаны номерами: список сотрудников виден только администратору.",
         "Employees are shown by number: only an administrator may list them."},
    Part{"contacts", "/api/v4/contacts", "Контакты", "Contacts",
         "Не видно клиентов: новые и повторные продажи не различить.",
         "Clients cannot be seen: new and repeat sales cannot be told apart."},
    Part{"companies", "/api/v4/companies", "Компании", "Companies",
         "Не видно компаний: новые и повторные продажи различаются хуже.",
         "Companies cannot be seen: new and repeat sales are told apart less well."},
    Part{"tasks", "/api/v4/tasks", "Задачи", "Tasks",
         "Без задач не видно, у каких сделок нет следующего шага.",
         "Without them it is not known which deals have no next step."},
    Part{"events", "/api/v4/events", "История изменений", "History of changes",
         "Без истории не посчитать конверсию по этапам и дни на этапе за прошлое.",
         "Without it neither stage conversion nor days in a stage are known for the past."},
    Part{"notes", "/api/v4/leads/notes", "Звонки и примечания", "Calls and notes",
         "Не видно звонков и писем: активность посчитать не удастся.",
         "Calls and e-mails cannot be seen: activity cannot be counted."},
};

void AddParts(ProbeResult& result, amo::Caller& caller, const Say& say, std::stop_token stop) {
  for (const Part& part : kParts) {
    auto answer = caller.Get(part.path, {{"limit", "1"}}, stop);
    CheckItem item = Ok(part.id, say(part.title_ru, part.title_en));
    const bool refused = answer.ok() && answer->refused.has_value();
    if (!answer.ok() || refused) {
      item.state = part.needed ? State::kFail : State::kWarn;
      if (part.needed) result.usable = false;
      item.detail = say(part.loss_ru, part.loss_en);
      item.fix = say("Создайте токен под администратором аккаунта.",
                     "Make the token under an administrator of the account.");
      item.technical = answer.ok() ? answer->refused->diagnostic.message : answer.error().message;
    } else if (std::string_view(part.id) == "users" && answer->page && answer->page->root) {
      result.users = FindInteger(*answer->page->root, "_total_items");
    }
    result.items.push_back(std::move(item));
  }
}

void AddSight(ProbeResult& result, const amo::Account& account, const Say& say) {
  AddOwner(result, say("Права владельца токена", "Rights of the token's owner"),
           say("Владелец токена", "The token's owner"),
           say("Создайте токен под администратором аккаунта, чтобы цифры были полными.",
               "Make the token under an administrator, so that the figures are complete."),
           say);
  if (!account.filters) {
    CheckItem filters = Ok("filters", say("Фильтры API", "Filters of the API"));
    filters.state = State::kWarn;
    filters.detail =
        say("Пакет фильтров API в аккаунте выключен: карточки читаются постранично, это дольше, но ничего не "
            "теряется.",
            "The account's package for filters is off: cards are read page by page, which takes longer but "
            "loses nothing.");
    filters.fix = say("Делать ничего не нужно.", "Nothing needs to be done.");
    result.items.push_back(std::move(filters));
  }
  AddClock(result, say);
}

/// amoCRM knows no leads apart from deals; where a company keeps them is told by the names.
void AddPipelines(ProbeResult& result, amo::Caller& caller, const Say& say, std::stop_token stop) {
  auto answer = caller.Get("/api/v4/leads/pipelines", {}, stop);
  if (!answer.ok() || !answer->page) return;
  for (const json::value* row : answer->page->rows) {
    const auto id = FindInteger(*row, "id");
    if (!id) continue;
    PipelineChoice choice;
    choice.id = std::to_string(*id);
    choice.name = FindString(*row, "name").value_or(choice.id);
    if (const json::value* embedded = FindMember(*row, "_embedded")) {
      const json::value* statuses = FindMember(*embedded, "statuses");
      if (statuses != nullptr && statuses->is_array()) {
        for (const json::value& status : statuses->get_array()) {
          const auto number = FindInteger(status, "id");
          if (number && (*number == 142 || *number == 143)) continue;
          if (auto name = FindString(status, "name")) choice.stages.push_back(std::move(*name));
        }
      }
    }
    const std::string folded = FoldCase(choice.name);
    for (const char* word : {"лид", "квалификац", "заявк", "обращен", "lead", "inbound"}) {
      if (folded.find(word) == std::string::npos) continue;
      choice.suggested = true;
      choice.evidence = say("так называется воронка", "by the pipeline's name");
      break;
    }
    result.pipelines.push_back(std::move(choice));
  }
  // One pipeline alone cannot hold only leads.
  if (result.pipelines.size() == 1) result.pipelines.front().suggested = false;
}

}  // namespace

ProbeResult ProbeAmo(const Connection& connection, std::shared_ptr<sync::RateLimiter> limiter,
                     const Clock& clock, const Say& say, std::stop_token stop) {
  ProbeResult result;
  const bool encrypted = connection.address.starts_with("https://");
  const auto token = TokenOf(connection, clock, result.exchanged, stop);
  if (!token.ok()) {
    result.items.push_back(ItemOf(token.error(), "amocrm", say));
    return result;
  }
  Asker asker(connection, *token, std::move(limiter), clock);
  auto account = amo::ReadAccount(asker.caller, clock, {}, false, stop);
  if (!account.ok()) {
    result.items.push_back(ItemOf(account.error(), "amocrm", say));
    return result;
  }
  result.usable = true;
  result.facts = account->facts;
  const std::string& address = result.facts.address.empty() ? connection.address : result.facts.address;
  result.name = account->name.empty() ? address.substr(address.find("//") + 2) : account->name;
  result.items.push_back(Ok("reach", say("Связь с аккаунтом", "Connection to the account"), address));
  result.items.push_back(Ok("encrypted", say("Защищённое соединение", "Encrypted connection"),
                            encrypted ? "https" : say("внутри этой машины", "within this machine")));
  result.items.push_back(Ok("accepted", connection.secret_name == kAmoTokenSecret
                                            ? say("Токен принят", "The token is accepted")
                                            : say("Интеграция подключена", "The integration is connected")));
  AddParts(result, asker.caller, say, stop);
  AddSight(result, *account, say);
  AddPipelines(result, asker.caller, say, stop);
  return result;
}

Result<std::vector<Volume>> MeasureAmo(const Connection& connection,
                                       std::shared_ptr<sync::RateLimiter> limiter, const Clock& clock,
                                       std::stop_token stop) {
  std::optional<std::string> exchanged;
  const auto token = TokenOf(connection, clock, exchanged, stop);
  if (!token.ok()) return token.errors();
  Asker asker(connection, *token, std::move(limiter), clock);
  struct List {
    const char* entity;
    amo::Stream stream;
  };
  constexpr std::array kLists = {
      List{"deals", amo::Stream::kLead},        List{"contacts", amo::Stream::kContact},
      List{"companies", amo::Stream::kCompany}, List{"tasks", amo::Stream::kTask},
      List{"notes", amo::Stream::kLeadNote},    List{"events", amo::Stream::kEvent}};
  std::vector<Volume> volumes;
  for (const List& list : kLists) {
    bool refused = false;
    const auto length = FindLength([&](int64_t n) -> Result<bool> {
      crm::Params params = list.stream == amo::Stream::kLead ? crm::Params{} : amo::BaseParams(list.stream);
      params.emplace_back("limit", "1");
      params.emplace_back("page", std::to_string(n));
      auto answer = asker.caller.Get(std::string(amo::FactsOf(list.stream).path), params, stop);
      if (!answer.ok()) return answer.errors();
      refused = refused || (n == 1 && answer->refused.has_value());
      return answer->page.has_value() && !answer->page->rows.empty();
    });
    if (!length.ok()) return length.errors();
    volumes.push_back({list.entity, refused ? std::nullopt : std::optional<int64_t>(*length), *length > 16});
  }
  return volumes;
}

}  // namespace svodka::app
