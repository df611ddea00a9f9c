#include "app/setup/probe.hpp"

namespace svodka::app {
namespace {

using State = CheckItem::State;

std::string_view NameOf(State state) {
  switch (state) {
    case State::kOk:
      return "ok";
    case State::kWarn:
      return "warn";
    case State::kFail:
      return "fail";
  }
  return "fail";
}

struct Words {
  const char* code;
  const char* item;
  const char *title_ru, *title_en, *detail_ru, *detail_en, *fix_ru, *fix_en;
};

/// What each trouble of a connector means for the one who connects, and what this person can do.
constexpr Words kBoth[] = {
    {"portal_unreachable", "reach", "Связь с CRM", "Connection", "По этому адресу никто не отвечает.",
     "Nobody answers at this address.",
     "Проверьте адрес и выход в интернет с сервера Сводки: открывается ли CRM с этой машины?",
     "Check the address, and whether this server has access to the internet: does the CRM open from it?"},
    {"proxy_failed", "reach", "Связь с CRM", "Connection",
     "Прокси-сервер, который указан в настройках этой машины, не пропускает нас к CRM.",
     "The proxy that this machine's settings name does not let us through to the CRM.",
     "Проверьте переменные https_proxy и http_proxy у службы Сводки или добавьте адрес CRM в no_proxy.",
     "Check the variables https_proxy and http_proxy of Svodka's service, or add the CRM's address to "
     "no_proxy."},
    {"portal_timeout", "reach", "Связь с CRM", "Connection", "CRM не ответила вовремя.",
     "The CRM did not answer in time.", "Подождите минуту и проверьте ещё раз.",
     "Wait a minute and check again."},
    {"tls_failed", "encrypted", "Защищённое соединение", "Encrypted connection",
     "Сертификат сервера не прошёл проверку, поэтому ключ мы не отправили.",
     "The server's certificate was not accepted, so the secret was not sent.",
     "Проверьте адрес и часы этой машины. Если между Сводкой и CRM стоит прокси, добавьте его сертификат в "
     "системные.",
     "Check the address and this machine's clock. If a proxy stands between, add its certificate to the "
     "system's."},
    {"bad_redirect", "reach", "Связь с CRM", "Connection", "Адрес перенаправляет на другой сайт.",
     "The address redirects to another site.", "Скопируйте адрес из CRM ещё раз: похоже, портал переехал.",
     "Copy the address from the CRM once more: the portal seems to have moved."},
    {"bad_answer", "answers", "Ответ CRM", "The CRM's answer",
     "Вместо данных пришла обычная веб-страница: по этому адресу не CRM, либо мешает прокси.",
     "A web page came instead of data: this is no CRM's address, or a proxy is in the way.",
     "Сверьте адрес с тем, по которому вы открываете CRM.",
     "Compare the address with the one at which you open the CRM."},
    {"answer_too_large", "answers", "Ответ CRM", "The CRM's answer", "Ответ слишком велик.",
     "The answer is too large.", "Сверьте адрес с тем, по которому вы открываете CRM.",
     "Compare the address with the one at which you open the CRM."},
    {"portal_busy", "answers", "Ответ CRM", "The CRM's answer", "CRM сейчас перегружена и не отвечает.",
     "The CRM is overloaded at the moment.", "Подождите минуту и проверьте ещё раз.",
     "Wait a minute and check again."},
    {"operation_limit", "answers", "Ответ CRM", "The CRM's answer",
     "Другие программы исчерпали лимит запросов к этой CRM.",
     "Other programs have used up this CRM's limit of requests.",
     "Подождите десять минут и проверьте ещё раз.", "Wait ten minutes and check again."},
    {"portal_blocked", "answers", "Ответ CRM", "The CRM's answer",
     "CRM временно заблокировала запросы с этого сервера.",
     "The CRM has blocked requests from this server for a while.",
     "Подождите час. Если не пройдёт, напишите в поддержку CRM и назовите адрес этого сервера.",
     "Wait an hour. If it lasts, write to the CRM's support and name this server's address."},
};

constexpr Words kBitrix[] = {
    {"webhook_revoked", "accepted", "Вебхук", "Webhook",
     "Битрикс24 не принимает этот вебхук: его удалили или перевыпустили, либо адрес скопирован не целиком.",
     "Bitrix24 does not accept this webhook: it was deleted or reissued, or the address was not copied "
     "whole.",
     "Создайте новый входящий вебхук под администратором и вставьте его адрес целиком.",
     "Make a new inbound webhook under an administrator and paste its whole address."},
    {"access_denied", "accepted", "Доступ к порталу", "Access to the portal",
     "Портал или сетевой экран перед ним не пускает нас.",
     "The portal or a firewall before it does not let us in.",
     "Создайте вебхук под администратором. Если портал открыт только из своей сети, разрешите адрес этого "
     "сервера.",
     "Make the webhook under an administrator. If the portal is open to its own network only, allow this "
     "server's "
     "address."},
    {"scope_missing", "crm", "CRM (crm)", "CRM (crm)",
     "Без права «CRM» не видно ни лидов, ни сделок: загружать нечего.",
     "Without the right “CRM” neither leads nor deals can be seen: there is nothing to load.",
     "Откройте вебхук в Битрикс24, отметьте «CRM (crm)», сохраните и проверьте ещё раз.",
     "Open the webhook in Bitrix24, tick “CRM (crm)”, save and check again."},
    {"rest_not_in_plan", "accepted", "Тариф", "Plan", "На тарифе этого портала вебхуки не работают.",
     "Webhooks do not work on this portal's plan.",
     "Нужен платный тариф Битрикс24 или подписка Маркет. После оплаты проверьте ещё раз.",
     "A paid plan of Bitrix24 or the Market subscription is needed. Check again after paying."},
    {"portal_gone", "reach", "Адрес портала", "The portal's address",
     "По этому адресу нет портала Битрикс24.", "There is no Bitrix24 portal at this address.",
     "Сверьте адрес вебхука с адресом портала.", "Compare the webhook's address with the portal's."},
    {"https_required", "encrypted", "Защищённое соединение", "Encrypted connection",
     "Портал отвечает только по https.", "The portal answers by https only.",
     "Вставьте адрес, который начинается с https://.", "Paste the address that begins with https://."},
    {"method_confirm_waiting", "accepted", "Подтверждение", "Confirmation",
     "Портал ждёт, пока администратор подтвердит доступ.",
     "The portal waits for an administrator to confirm.",
     "Откройте портал под администратором, подтвердите запрос и проверьте ещё раз.",
     "Open the portal as an administrator, confirm the request and check again."},
    {"bad_webhook", "address", "Адрес вебхука", "The webhook's address", "Это не похоже на адрес вебхука.",
     "This does not look like a webhook's address.",
     "Скопируйте адрес целиком, он выглядит так: https://название.bitrix24.ru/rest/1/…/",
     "Copy the whole address, it looks like https://name.bitrix24.com/rest/1/…/"},
};

constexpr Words kAmo[] = {
    {"token_rejected", "accepted", "Токен", "Token",
     "amoCRM не принимает этот токен: он отозван, истёк, скопирован не целиком или аккаунт переехал на "
     "другой адрес.",
     "amoCRM does not accept this token: it was revoked, has expired, was not copied whole, or the account "
     "has "
     "another address now.",
     "Сверьте адрес с адресной строкой браузера, в котором открыта amoCRM: если он другой, подключите по "
     "нему. "
     "Если тот же, создайте новый долгосрочный токен на вкладке «Ключи и доступы» вашей интеграции.",
     "Compare the address with the address bar of the browser in which amoCRM is open: if it differs, "
     "connect "
     "with that one. If not, make a new long-lived token on the tab “Keys” of your integration."},
    {"token_missing", "accepted", "Токен", "Token", "Токена нет или в нём лишние знаки.",
     "There is no token, or it holds stray characters.",
     "Скопируйте токен ещё раз, одной строкой, без пробелов.",
     "Copy the token once more, as one line without blanks."},
    {"bad_integration", "accepted", "Ключи интеграции", "The integration's keys",
     "Не хватает одного из ключей интеграции.", "One of the integration's keys is missing.",
     "Нужны все четыре: ID интеграции, секретный ключ, ссылка перенаправления и код авторизации.",
     "All four are needed: integration id, secret key, redirect address and authorisation code."},
    {"code_rejected", "accepted", "Код авторизации", "Authorisation code",
     "amoCRM не приняла код: он живёт 20 минут и срабатывает один раз.",
     "amoCRM did not accept the code: it lives for 20 minutes and works once.",
     "Скопируйте свежий код на вкладке «Ключи и доступы» и вставьте сразу.",
     "Copy a fresh code on the tab “Keys” and paste it at once."},
    {"reconnect_needed", "accepted", "Ключи интеграции", "The integration's keys",
     "amoCRM больше не принимает ключи этой интеграции.", "amoCRM no longer accepts this integration's keys.",
     "Скопируйте свежий код авторизации и подключите аккаунт заново.",
     "Copy a fresh authorisation code and connect the account again."},
    {"plan_unpaid", "accepted", "Оплата аккаунта", "The account's plan",
     "Аккаунт не оплачен или на его тарифе нет доступа к API.",
     "The account is not paid, or its plan has no API.", "Оплатите аккаунт в amoCRM и проверьте ещё раз.",
     "Pay for the account in amoCRM and check again."},
    {"address_not_allowed", "accepted", "Список разрешённых адресов", "List of allowed addresses",
     "Аккаунт пускает только адреса из своего списка.", "The account lets only listed addresses in.",
     "Добавьте внешний адрес этого сервера в список в настройках amoCRM.",
     "Add this server's public address to the list in amoCRM's settings."},
    {"access_denied", "accepted", "Права токена", "The token's rights",
     "Владельцу токена не видны данные аккаунта.", "The token's owner may not see the account's data.",
     "Создайте токен под администратором аккаунта.", "Make the token under an administrator of the account."},
    {"portal_moved", "reach", "Адрес аккаунта", "The account's address", "Аккаунт переехал на другой адрес.",
     "The account has moved to another address.", "Откройте amoCRM и скопируйте адрес из строки браузера.",
     "Open amoCRM and copy the address from the browser."},
    {"portal_gone", "reach", "Адрес аккаунта", "The account's address", "Аккаунта по этому адресу нет.",
     "There is no account at this address.", "Откройте amoCRM и скопируйте адрес из строки браузера.",
     "Open amoCRM and copy the address from the browser."},
    {"not_found", "reach", "Адрес аккаунта", "The account's address", "Аккаунта по этому адресу нет.",
     "There is no account at this address.", "Откройте amoCRM и скопируйте адрес из строки браузера.",
     "Open amoCRM and copy the address from the browser."},
    {"bad_address", "address", "Адрес аккаунта", "The account's address", "Это не похоже на адрес amoCRM.",
     "This does not look like an address of amoCRM.", "Адрес выглядит так: https://название.amocrm.ru",
     "It looks like https://name.amocrm.ru"},
};

template <size_t N>
const Words* Find(const Words (&list)[N], const std::string& code) {
  for (const Words& words : list) {
    if (words.code == code) return &words;
  }
  return nullptr;
}

}  // namespace

json::object ToJson(const CheckItem& item) {
  return {{"id", item.id},   {"state", NameOf(item.state)}, {"title", item.title}, {"detail", item.detail},
          {"fix", item.fix}, {"technical", item.technical}};
}

CheckItem Ok(const char* id, std::string title, std::string detail) {
  CheckItem item;
  item.id = id;
  item.title = std::move(title);
  item.detail = std::move(detail);
  return item;
}

void AddOwner(ProbeResult& result, std::string title, std::string unnamed, std::string fix, const Say& say) {
  CheckItem owner = Ok("admin", std::move(title),
                       say("Администратор: видит все карточки.", "An administrator: sees all cards."));
  if (!result.facts.is_admin) {
    owner.state = State::kWarn;
    const std::string who = result.facts.user_name.empty() ? std::move(unnamed) : result.facts.user_name;
    owner.detail =
        who + say(" не администратор: карточки, которые этому человеку не видны, в отчёты не попадут.",
                  " is no administrator: cards that this person may not see are missing from all reports.");
    owner.fix = std::move(fix);
  }
  result.items.push_back(std::move(owner));
}

void AddClock(ProbeResult& result, const Say& say) {
  for (const Diagnostic& warning : result.facts.warnings) {
    if (warning.code != "clock_skew") continue;
    CheckItem clock = Ok("clock", say("Часы", "Clock"));
    clock.state = State::kWarn;
    clock.detail = say(
        "Часы этого сервера расходятся с часами CRM больше чем на две минуты: свежесть данных будет показана "
        "неверно.",
        "This server's clock differs from the CRM's by more than two minutes: freshness is shown wrongly.");
    clock.fix = say("Включите на сервере синхронизацию времени.", "Switch time synchronisation on.");
    clock.technical = warning.message;
    result.items.push_back(std::move(clock));
  }
}

CheckItem ItemOf(const Diagnostic& error, const std::string& kind, const Say& say) {
  const Words* words = kind == "amocrm" ? Find(kAmo, error.code) : Find(kBitrix, error.code);
  if (words == nullptr) words = Find(kBoth, error.code);
  CheckItem item;
  item.state = State::kFail;
  item.technical = error.message;
  if (words == nullptr) {
    item.id = "answers";
    item.title = say("Ответ CRM", "The CRM's answer");
    item.detail = say("CRM ответила отказом, которого мы не ждали.",
                      "The CRM refused in a way that we did not expect.");
    item.fix = say("Проверьте ещё раз; если не пройдёт, пришлите нам строку ниже.",
                   "Check again; if it lasts, send us the line below.");
    return item;
  }
  item.id = words->item;
  item.title = say(words->title_ru, words->title_en);
  item.detail = say(words->detail_ru, words->detail_en);
  item.fix = say(words->fix_ru, words->fix_en);
  return item;
}

}  // namespace svodka::app
