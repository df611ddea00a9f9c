#include "app/setup/guide.hpp"

namespace svodka::app {
namespace {

json::object Field(const char* name, std::string label, std::string hint, bool secret) {
  return {{"name", name}, {"label", std::move(label)}, {"hint", std::move(hint)}, {"secret", secret}};
}

json::object Scope(const char* name, std::string title, std::string why, bool needed) {
  return {{"name", name}, {"title", std::move(title)}, {"why", std::move(why)}, {"needed", needed}};
}

json::object Bitrix(const Say& say) {
  return {{"kind", "bitrix24"},
          {"title", say("Битрикс24", "Bitrix24")},
          {"lead", say("По входящему вебхуку. Нужен администратор портала, пять минут.",
                       "By an inbound webhook. Needs an administrator of the portal, five minutes.")},
          {"ways",
           {{{"id", "webhook"},
             {"title", say("Входящий вебхук", "Inbound webhook")},
             {"steps",
              {say("Откройте Битрикс24 под администратором: «Разработчикам» → «Другое» → «Входящий вебхук».",
                   "Open Bitrix24 as an administrator: Developer resources → Other → Inbound webhook."),
               say("В «Настройке прав» отметьте права из списка ниже и нажмите «Сохранить».",
                   "Under “Access permissions” tick the rights listed below and press “Save”."),
               say("Скопируйте адрес из поля «Вебхук для вызова rest api» целиком и вставьте сюда.",
                   "Copy the whole address from the field “Webhook to call REST API” and paste it here.")}},
             {"fields",
              {Field("webhook", say("Адрес вебхука", "Webhook address"),
                     say("https://название.bitrix24.ru/rest/1/…/", "https://name.bitrix24.com/rest/1/…/"),
                     true)}}}}},
          {"scopes",
           {Scope("crm", say("CRM (crm)", "CRM (crm)"),
                  say("лиды, сделки, клиенты, дела", "leads, deals, clients, activities"), true),
            Scope("user", say("Пользователи (user)", "Users (user)"),
                  say("имена и фотографии сотрудников", "names and photos of employees"), false),
            Scope("department", say("Структура компании (department)", "Company structure (department)"),
                  say("отделы и их руководители", "departments and their heads"), false),
            Scope("task", say("Задачи (task)", "Tasks (task)"),
                  say("задачи как следующий шаг по сделке", "tasks as the next step of a deal"), false),
            Scope("telephony", say("Телефония (telephony)", "Telephony (telephony)"),
                  say("длительность и исход звонков", "length and outcome of calls"), false)}}};
}

json::object Amo(const Say& say) {
  const std::string hint = say("https://название.amocrm.ru", "https://name.amocrm.ru");
  const auto url = [&] { return Field("url", say("Адрес аккаунта", "Account address"), hint, false); };
  return {
      {"kind", "amocrm"},
      {"title", say("amoCRM", "amoCRM or Kommo")},
      {"lead", say("По долгосрочному токену или ключам интеграции. Нужен администратор аккаунта.",
                   "By a long-lived token or an integration's keys. Needs an administrator of the account.")},
      {"ways",
       {{{"id", "token"},
         {"title", say("Долгосрочный токен", "Long-lived token")},
         {"steps",
          {say("Откройте amoCRM под администратором: «amoМаркет» → меню «⋮» → «Создать интеграцию» → "
               "«Внешняя "
               "интеграция» или «Приватная».",
               "Open amoCRM as an administrator: amoMarket → menu “⋮” → Create integration → private."),
           say("Отметьте «Доступ к данным аккаунта», сохраните и откройте вкладку «Ключи и доступы».",
               "Allow access to the account's data, save, and open the tab “Keys and scopes”."),
           say("Нажмите «Сгенерировать токен», выберите самый долгий срок и скопируйте токен: его покажут "
               "один раз.",
               "Press “Generate long-lived token”, choose the longest term and copy it: it is shown once.")}},
         {"fields",
          {url(), Field("token", say("Долгосрочный токен", "Long-lived token"),
                        say("длинная строка, начинается с eyJ", "a long line that begins with eyJ"), true)}}},
        {{"id", "integration"},
         {"title", say("Ключи интеграции", "The integration's keys")},
         {"steps",
          {say("Создайте в amoCRM приватную интеграцию и отметьте «Доступ к данным аккаунта».",
               "Make a private integration in amoCRM and allow access to the account's data."),
           say("На вкладке «Ключи и доступы» скопируйте ID интеграции, секретный ключ и код авторизации.",
               "On the tab “Keys and scopes” copy the integration id, the secret key and the authorisation "
               "code."),
           say("Вставьте их сюда сразу: код живёт 20 минут и срабатывает один раз, дальше ключи обновляются "
               "сами.",
               "Paste them here at once: the code lives for 20 minutes and works once; keys then renew "
               "themselves.")}},
         {"fields",
          {url(), Field("client_id", say("ID интеграции", "Integration id"), "", false),
           Field("client_secret", say("Секретный ключ", "Secret key"), "", true),
           Field("redirect_uri", say("Ссылка для перенаправления", "Redirect address"),
                 say("как в настройках интеграции", "as in the integration's settings"), false),
           Field("code", say("Код авторизации", "Authorisation code"), "", true)}}}}},
      {"scopes",
       {Scope("crm", say("Доступ к данным аккаунта", "Access to the account's data"),
              say("сделки, контакты, компании, задачи, события", "leads, contacts, companies, tasks, events"),
              true)}}};
}

}  // namespace

json::value SetupGuide(const Say& say) {
  return json::object{
      {"kinds",
       {Bitrix(say), Amo(say),
        json::object{{"kind", "file"},
                     {"title", say("Файл", "File")},
                     {"lead", say("CSV или Excel: выгрузка из любой CRM, учётной системы или таблицы.",
                                  "CSV or Excel: an export of any CRM, accounting system or sheet.")},
                     {"ways", json::array()},
                     {"scopes", json::array()}}}}};
}

}  // namespace svodka::app
