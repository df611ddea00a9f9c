#include "crm/files/header_names.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crm/files/call_headers.hpp"
#include "crm/files/encoding.hpp"

namespace svodka::crm::files {
namespace {

struct Name {
  std::string_view header;  ///< folded; `_` and `-` as blanks
  std::string_view field;
  bool certain = true;
  std::string_view entities =
      "";  ///< names of the entities it holds for, blank-separated; empty: all that have the field
};

constexpr Name kNames[] = {
    // ids
    {"id", "id"},
    {"ид", "id"},
    {"№", "id", false},
    {"номер", "id", false, "deals leads payments"},
    {"id сделки", "id", true, "deals"},
    {"deal id", "id", true, "deals"},
    {"opportunity id", "id", true, "deals"},
    {"номер сделки", "id", true, "deals"},
    {"номер заказа", "id", false, "deals"},
    {"id лида", "id", true, "leads"},
    {"lead id", "id", true, "leads"},
    {"id пользователя", "id", true, "users"},
    {"user id", "id", true, "users"},
    {"id товара", "id", true, "products"},
    {"product id", "id", true, "products"},
    {"артикул", "id", false, "products"},
    {"id компании", "id", true, "clients"},
    {"company id", "id", true, "clients"},
    {"id платежа", "id", true, "payments"},
    {"record id", "id"},
    {"номер счета", "id", false, "payments"},
    {"номер платежа", "id", true, "payments"},
    {"payment id", "id", true, "payments"},
    {"id контакта", "id", true, "clients"},
    {"contact id", "id", true, "clients"},
    {"id задачи", "id", true, "activities"},
    {"id дела", "id", true, "activities"},
    {"task id", "id", true, "activities"},
    // titles and names
    {"наименование", "title", true, "deals leads"},
    {"lead title", "title", true, "deals leads"},
    {"opportunity name", "title", true, "deals"},
    {"наименование товара", "name", true, "products"},
    {"название", "title", true, "deals leads"},
    {"название сделки", "title", true, "deals"},
    {"сделка", "title", false, "deals"},
    {"deal name", "title", true, "deals"},
    {"deal", "title", false, "deals"},
    {"title", "title"},
    {"name", "title", false, "deals leads"},
    {"название лида", "title", true, "leads"},
    {"lead name", "title", true, "leads"},
    {"имя", "name", true, "users clients"},
    {"фио", "name", true, "users clients"},
    {"сотрудник", "name", true, "users"},
    {"менеджер", "name", true, "users"},
    {"sales agent", "name", true, "users"},
    {"employee", "name", true, "users"},
    {"name", "name", true, "users clients products"},
    {"название компании", "name", true, "clients"},
    {"компания", "name", true, "clients"},
    {"company", "name", true, "clients"},
    {"company name", "name", true, "clients"},
    {"account", "name", true, "clients"},
    {"контакт", "name", false, "clients"},
    {"клиент", "name", true, "clients"},
    {"название", "name", true, "clients products"},
    {"наименование", "name", true, "clients products"},
    {"товар", "name", true, "products"},
    {"название товара", "name", true, "products"},
    {"product", "name", true, "products"},
    {"product name", "name", true, "products"},
    {"full name", "name", true, "users clients"},
    {"account name", "name", true, "clients"},
    {"contact name", "name", true, "clients"},
    {"контрагент", "name", true, "clients"},
    {"номенклатура", "name", true, "products"},
    // pipelines and stages
    {"воронка продаж", "pipeline"},
    {"sales pipeline", "pipeline"},
    {"lead stage", "stage", true, "deals leads"},
    {"стадия лида", "stage", true, "leads"},
    {"этап воронки", "stage"},
    {"новая стадия", "stage", true, "stage_history"},
    {"новый этап", "stage", true, "stage_history"},
    {"воронка", "pipeline"},
    {"направление", "pipeline", false},
    {"pipeline", "pipeline"},
    {"стадия сделки", "stage", true, "deals stage_history"},
    {"стадия", "stage"},
    {"этап сделки", "stage", true, "deals stage_history"},
    {"этап", "stage"},
    {"deal stage", "stage"},
    {"stage", "stage"},
    {"статус", "stage", true, "leads"},
    {"статус лида", "stage", true, "leads"},
    {"статус", "stage", false, "deals"},
    {"status", "stage", false, "deals leads"},
    // money
    {"сумма", "amount"},
    {"сумма сделки", "amount", true, "deals"},
    {"бюджет", "amount", true, "deals leads"},
    {"бюджет сделки", "amount", true, "deals"},
    {"возможная сумма", "amount", true, "leads"},
    {"amount", "amount"},
    {"deal amount", "amount", true, "deals"},
    {"deal value", "amount", true, "deals"},
    {"value", "amount", false, "deals"},
    {"close value", "amount", true, "deals"},
    {"price", "amount", false, "deals"},
    {"sale", "amount", false, "deals"},
    {"total", "amount", true, "deals leads"},
    {"сумма платежа", "amount", true, "payments"},
    {"сумма оплаты", "amount", true, "payments"},
    {"opportunity amount", "amount", true, "deals"},
    {"валюта", "currency"},
    {"currency", "currency"},
    {"цена", "price", true, "products product_lines"},
    {"price", "price", true, "products product_lines"},
    {"sales price", "price", true, "products"},
    {"количество", "quantity", true, "product_lines"},
    {"quantity", "quantity", true, "product_lines"},
    {"вероятность", "probability"},
    {"probability", "probability"},
    // people
    {"ответственный", "owner"},
    {"ответственный за сделку", "owner"},
    {"менеджер", "owner", true, "deals leads clients"},
    {"owner", "owner"},
    {"deal owner", "owner"},
    {"responsible", "owner"},
    {"responsible person", "owner"},
    {"sales agent", "owner", true, "deals leads"},
    {"manager", "owner", false, "deals leads"},
    {"responsible user", "owner"},
    {"opportunity owner", "owner"},
    {"account owner", "owner", true, "clients"},
    {"contact owner", "owner", true, "clients"},
    {"lead owner", "owner", true, "leads"},
    {"ответственный менеджер", "owner"},
    {"ответственный сотрудник", "owner"},
    {"кем создана сделка", "creator"},
    {"кем создан лид", "creator"},
    {"кто изменил", "mover", true, "stage_history"},
    {"изменил", "mover", true, "stage_history"},
    {"moved by", "mover", true, "stage_history"},
    {"changed by", "mover", true, "stage_history"},
    {"постановщик", "author", true, "activities"},
    {"кем создана", "creator"},
    {"кем создан", "creator"},
    {"кем создано", "creator"},
    {"создатель", "creator"},
    {"created by", "creator"},
    {"исполнитель", "doer"},
    {"ответственный", "doer", true, "activities"},
    {"responsible", "doer", true, "activities"},
    {"автор", "author"},
    {"author", "author"},
    {"отдел", "department"},
    {"подразделение", "department"},
    {"department", "department"},
    {"regional office", "department", false, "users"},
    {"должность", "position"},
    {"position", "position"},
    {"активен", "active"},
    {"active", "active"},
    {"email", "email"},
    {"e mail", "email"},
    {"почта", "email", false},
    {"рабочий e mail", "email", true, "users"},
    // clients
    {"контрагент", "company", true, "deals leads"},
    {"client", "company", false, "deals leads activities calls"},
    {"account name", "company", true, "deals leads"},
    {"company name", "company", true, "deals leads"},
    {"contact's company", "company", true, "deals leads"},
    {"компания", "company", false, "clients"},
    {"company", "company", false, "clients"},
    {"associated company", "company", true, "deals leads activities calls"},  // HubSpot
    {"primary associated company", "company", true, "deals leads"},
    {"primary company", "company", true, "deals leads"},
    {"associated contact", "contact", true, "deals leads activities calls"},
    {"company owner", "owner", true, "clients"},
    {"main contact", "contact", true, "deals leads"},
    {"work phone", "phone"},
    {"mobile phone", "phone", false},
    {"mobile", "phone", false},
    {"компания", "company", true, "deals leads activities calls"},
    {"название компании", "company", true, "deals leads"},
    {"company", "company", true, "deals leads activities calls"},
    {"account", "company", true, "deals leads"},
    {"клиент", "company", false, "deals leads activities calls"},
    {"customer", "company", false, "deals leads"},
    {"компания контакта", "company", false, "deals"},
    {"контакт", "contact", true, "deals leads activities calls"},
    {"основной контакт", "contact", true, "deals leads"},
    {"полное имя контакта", "contact", true, "deals leads"},  // amoCRM
    {"имя контакта", "contact", true, "deals leads activities calls"},
    {"фио контакта", "contact", true, "deals leads activities calls"},
    {"контакт: имя", "contact", true, "deals leads"},
    {"contact", "contact", true, "deals leads activities calls"},
    {"primary contact", "contact", true, "deals leads"},
    {"телефон", "phone"},
    {"рабочий телефон", "phone"},
    {"рабочий прямой телефон", "phone", false},
    {"мобильный телефон", "phone", false},
    {"номер телефона", "phone"},
    {"phone", "phone"},
    {"phone number", "phone"},
    {"тип клиента", "client_type"},
    {"тип компании", "client_type", true, "clients"},
    {"sector", "client_type", false, "clients"},
    {"сфера деятельности", "industry"},
    {"industry", "industry"},
    {"регион", "region", true, "clients"},
    {"region", "region", true, "clients"},
    {"office location", "region", true, "clients"},
    {"город", "region", false, "clients"},
    // source
    {"источник", "source"},
    {"источник сделки", "source"},
    {"источник лида", "source"},
    {"source", "source"},
    {"lead source", "source"},
    {"original source", "source"},
    {"рекламный источник", "source"},
    {"тип сделки", "deal_type"},
    {"тип", "deal_type", false, "deals"},
    {"deal type", "deal_type"},
    {"type", "deal_type", false, "deals"},
    {"причина отказа", "loss_reason"},
    {"причина провала", "loss_reason"},
    {"причина закрытия", "loss_reason", false},
    {"loss reason", "loss_reason"},
    {"lost reason", "loss_reason"},
    {"closed lost reason", "loss_reason"},
    {"повторная сделка", "is_return_customer"},
    {"utm source", "utm_source"},
    {"utm medium", "utm_medium"},
    {"utm campaign", "utm_campaign"},
    {"utm content", "utm_content"},
    {"utm term", "utm_term"},
    // dates
    {"дата создания", "created_at"},
    {"дата создания сделки", "created_at"},
    {"создан", "created_at", false},
    {"создана", "created_at", false},
    {"created", "created_at"},
    {"created at", "created_at"},
    {"create date", "created_at"},
    {"date created", "created_at"},
    {"created on", "created_at"},
    {"deal created", "created_at"},
    {"engage date", "created_at", false, "deals"},
    {"дата изменения", "modified_at"},
    {"дата редактирования", "modified_at"},
    {"modified", "modified_at"},
    {"modified on", "modified_at"},
    {"updated at", "modified_at"},
    {"дата закрытия", "closed_at"},
    {"закрыта", "closed_at", false},
    {"close date", "closed_at", false},
    {"closed", "closed_at", false},
    {"closed at", "closed_at"},
    {"won time", "closed_at", false},
    {"предполагаемая дата закрытия", "planned_close"},
    {"дата завершения", "planned_close", false, "deals"},
    {"expected close date", "planned_close"},
    {"planned close", "planned_close"},
    {"дата изменения стадии", "moved_at", true, "deals leads"},
    {"дата перехода", "moved_at", true, "stage_history"},
    {"moved at", "moved_at"},
    {"дата", "moved_at", true, "stage_history"},
    {"date", "moved_at", true, "stage_history"},
    {"последняя активность", "last_activity_at"},
    {"last activity date", "last_activity_at"},
    {"created date", "created_at"},
    {"дата добавления", "created_at"},
    {"дата", "created_at", false, "deals leads"},
    {"date", "created_at", false, "deals leads"},
    {"last modified", "modified_at"},
    {"last modified date", "modified_at"},
    {"дата последнего изменения", "modified_at"},
    {"дата изменения стадии", "moved_at", true, "stage_history"},
    {"дата смены стадии", "moved_at", true, "stage_history"},
    {"дата смены этапа", "moved_at", true, "stage_history"},
    {"changed at", "moved_at", true, "stage_history"},
    // products of deals
    {"номенклатура", "product", true, "deals product_lines"},
    {"product name", "product", true, "deals product_lines"},
    {"название товара", "product", true, "deals product_lines"},
    {"наименование товара", "product", true, "deals product_lines"},
    {"сумма товара", "product_amount", true, "deals"},
    {"кол во", "product_quantity", true, "deals"},
    {"кол во", "quantity", true, "product_lines"},
    {"quantity", "product_quantity", true, "deals"},
    {"товар", "product", true, "deals product_lines"},
    {"product", "product", true, "deals product_lines"},
    {"продукт", "product", true, "deals product_lines"},
    {"цена", "product_price", true, "deals"},
    {"количество", "product_quantity", true, "deals"},
    {"категория", "category", true, "products"},
    {"раздел", "category", true, "products"},
    {"series", "category", false, "products"},
    {"category", "category", true, "products"},
    // activities, calls, payments
    {"тип", "kind", true, "activities"},
    {"тип дела", "kind", true, "activities"},
    {"тип", "kind", false, "clients"},
    {"type", "kind", true, "activities"},
    {"направление", "direction", true, "calls activities"},
    {"direction", "direction", true, "calls activities"},
    {"тема", "subject"},
    {"subject", "subject"},
    {"текст", "text"},
    {"описание", "text", false, "activities"},
    {"дата", "happened_at", true, "activities"},
    {"название", "subject", true, "activities"},
    {"название задачи", "subject", true, "activities"},
    {"дата выполнения", "completed_at"},
    {"дата завершения", "completed_at", true, "activities"},
    {"дата закрытия", "completed_at", true, "activities"},
    {"завершено", "completed", true, "activities"},
    {"завершена", "completed", true, "activities"},
    {"выполнена", "completed", true, "activities"},
    {"срок", "deadline_at", true, "activities"},
    {"крайний срок", "deadline_at", true, "activities"},
    {"deadline", "deadline_at"},
    {"выполнено", "completed"},
    {"длительность", "duration"},
    {"длительность разговора", "duration"},
    {"продолжительность", "duration"},
    {"duration", "duration"},
    {"сделка", "deal", false, "activities calls payments stage_history product_lines"},
    {"id сделки", "deal", true, "activities calls payments stage_history product_lines"},
    {"номер сделки", "deal", true, "activities calls payments stage_history product_lines"},
    {"deal id", "deal", true, "activities calls payments stage_history product_lines"},
    {"deal", "deal", false, "activities calls payments stage_history product_lines"},
    {"id лида", "lead", true, "deals activities calls stage_history"},
    {"лид", "lead", false, "deals activities calls"},
    {"срок оплаты", "due_day"},
    {"срок", "due_day", false, "payments"},
    {"плановая дата оплаты", "due_day"},
    {"оплатить до", "due_day"},
    {"due date", "due_day"},
    {"дата оплаты", "paid_day"},
    {"paid date", "paid_day"},
    {"дата платежа", "paid_day", false},
    {"статус", "state", true, "payments"},
    {"состояние", "state", true, "payments"},
    {"комментарий", "comment", true, "payments"},
};

struct Hint {
  std::string_view part;
  Entity entity;
  int weight;
};

constexpr Hint kHeaderHints[] = {
    {"сделк", Entity::kDeals, 4},
    {"deal", Entity::kDeals, 3},
    {"opportunity", Entity::kDeals, 4},
    {"бюджет", Entity::kDeals, 2},
    {"стадия", Entity::kDeals, 2},
    {"вероятность", Entity::kDeals, 2},
    {"лида", Entity::kLeads, 4},
    {"lead id", Entity::kLeads, 4},
    {"статус лида", Entity::kLeads, 4},
    {"длительность", Entity::kCalls, 5},
    {"продолжительность", Entity::kCalls, 5},
    {"duration", Entity::kCalls, 5},
    {"звонк", Entity::kCalls, 5},
    {"абонент", Entity::kCalls, 4},
    {"оплат", Entity::kPayments, 5},
    {"платеж", Entity::kPayments, 5},
    {"платёж", Entity::kPayments, 5},
    {"paid", Entity::kPayments, 4},
    {"дата перехода", Entity::kStageHistory, 8},
    {"должность", Entity::kUsers, 5},
    {"отдел", Entity::kUsers, 3},
    {"subsidiary", Entity::kClients, 3},
    {"sector", Entity::kClients, 3},
    {"инн", Entity::kClients, 3},
    {"артикул", Entity::kProducts, 5},
    {"sales price", Entity::kProducts, 5},
    {"крайний срок", Entity::kActivities, 5},
    {"постановщик", Entity::kActivities, 5},
    {"фамилия", Entity::kClients, 2},
    {"контрагент", Entity::kDeals, 1},
    {"количество", Entity::kProductLines, 1},
    {"тема", Entity::kActivities, 3},
};

constexpr Hint kFileHints[] = {
    {"deal", Entity::kDeals, 8},          {"сделк", Entity::kDeals, 8},
    {"pipeline", Entity::kDeals, 6},      {"opportunit", Entity::kDeals, 8},
    {"lead", Entity::kLeads, 8},          {"лид", Entity::kLeads, 8},
    {"call", Entity::kCalls, 8},          {"звон", Entity::kCalls, 8},
    {"payment", Entity::kPayments, 8},    {"плат", Entity::kPayments, 8},
    {"оплат", Entity::kPayments, 8},      {"user", Entity::kUsers, 8},
    {"team", Entity::kUsers, 8},          {"employee", Entity::kUsers, 8},
    {"сотрудник", Entity::kUsers, 8},     {"account", Entity::kClients, 8},
    {"compan", Entity::kClients, 8},      {"client", Entity::kClients, 8},
    {"contact", Entity::kClients, 8},     {"компани", Entity::kClients, 8},
    {"клиент", Entity::kClients, 8},      {"контакт", Entity::kClients, 8},
    {"product", Entity::kProducts, 8},    {"товар", Entity::kProducts, 8},
    {"task", Entity::kActivities, 8},     {"задач", Entity::kActivities, 8},
    {"invoice", Entity::kPayments, 6},    {"счета", Entity::kPayments, 6},
    {"activit", Entity::kActivities, 8},  {"дела", Entity::kActivities, 4},
    {"histor", Entity::kStageHistory, 8}, {"истори", Entity::kStageHistory, 8},
};

struct StageName {
  std::string_view part;
  char semantic;
  bool certain;
};
constexpr StageName kStageNames[] = {
    {"закрыто и не реализовано", 'F', true},
    {"не реализован", 'F', true},
    {"сделка провалена", 'F', true},
    {"провал", 'F', false},
    {"некачественный лид", 'F', true},
    {"отказ", 'F', false},
    {"проигр", 'F', false},
    {"closed lost", 'F', true},
    {"lost", 'F', true},
    {"junk", 'F', true},
    {"спам", 'F', false},
    {"дубль", 'F', false},
    {"успешно реализовано", 'S', true},
    {"сделка успешна", 'S', true},
    {"неуспе", 'F', false},
    {"успеш", 'S', false},
    {"успех", 'S', false},
    {"побед", 'S', false},
    {"качественный лид", 'S', true},
    {"сконвертирован", 'S', true},
    {"выигр", 'S', false},
    {"closed won", 'S', true},
    {"won", 'S', true},
    {"converted", 'S', true},
    {"оплачен", 'S', false},
    {"продан", 'S', false},
};

std::string Normal(std::string_view header) {
  std::string folded = FoldCase(TrimAny(header));
  std::replace(folded.begin(), folded.end(), '_', ' ');
  std::replace(folded.begin(), folded.end(), '-', ' ');
  std::string plain;  // no-break spaces become plain, ё becomes е, doubled blanks one
  for (size_t i = 0; i < folded.size(); ++i) {
    if (folded.compare(i, 2, "\xC2\xA0") == 0) {
      plain += ' ';
      ++i;
    } else if (folded.compare(i, 2, "ё") == 0) {
      plain += "е";
      ++i;
    } else if (folded[i] != ' ' || plain.empty() || plain.back() != ' ') {
      plain += folded[i];
    }
  }
  return plain;
}

bool HoldsFor(const Name& name, Entity entity) {
  if (name.entities.empty()) return true;
  const std::string list = " " + std::string(name.entities) + " ";
  return list.find(" " + std::string(NameOf(entity)) + " ") != std::string::npos;
}

}  // namespace

namespace {

/// `Сумма, руб.`, `Бюджет ₽` and `Probability (%)` without what they count in, `Рабочий телефон (контакт)`
/// without whose it is.
std::string WithoutUnit(std::string name) {
  static constexpr std::string_view kUnits[] = {"₽",   "руб.", "руб", "р.",  "rub", "$",  "usd", "€",
                                                "eur", "₸",    "kzt", "byn", "uah", "шт", "%"};
  if (const size_t open = name.find('('); open != std::string::npos && open > 0) name.resize(open);
  if (const size_t comma = name.rfind(','); comma != std::string::npos && comma > 0) name.resize(comma);
  for (const std::string_view unit : kUnits) {
    if (name.size() <= unit.size() + 1 || !name.ends_with(unit)) continue;
    if (name[name.size() - unit.size() - 1] != ' ') continue;
    name.resize(name.size() - unit.size());
    break;
  }
  while (name.ends_with(' ') || name.ends_with(':')) name.pop_back();
  if (name.starts_with("№ ")) return "номер" + name.substr(std::string_view("№").size());
  return name;
}

std::optional<HeaderGuess> FindName(Entity entity, std::string_view normal) {
  if (entity == Entity::kCalls) {
    if (const auto call = FindCallHeader(normal)) {
      const FieldInfo* field = FindField(entity, call->field);
      return field == nullptr ? std::nullopt : std::optional(HeaderGuess{field, call->certain});
    }
  }
  for (const Name& name : kNames) {
    if (name.header != normal || !HoldsFor(name, entity)) continue;
    if (const FieldInfo* field = FindField(entity, name.field)) return HeaderGuess{field, name.certain};
  }
  return std::nullopt;
}

}  // namespace

std::optional<HeaderGuess> GuessField(Entity entity, std::string_view header) {
  const std::string normal = Normal(header);
  if (auto guess = FindName(entity, normal)) return guess;
  const std::string plain = WithoutUnit(normal);
  return plain == normal ? std::nullopt : FindName(entity, plain);
}

bool IsTimeOfCall(std::string_view header) {
  const auto call = FindCallHeader(Normal(header));
  return call && call->field == "time";
}

NamePart GuessNamePart(std::string_view header) {
  const std::string normal = Normal(header);
  for (const auto& [text, part] :
       {std::pair("имя", NamePart::kFirst), std::pair("first name", NamePart::kFirst),
        std::pair("фамилия", NamePart::kLast), std::pair("last name", NamePart::kLast),
        std::pair("отчество", NamePart::kMiddle), std::pair("second name", NamePart::kMiddle),
        std::pair("middle name", NamePart::kMiddle)}) {
    if (normal == text) return part;
  }
  return NamePart::kNone;
}

bool IsTotalsMark(std::string_view text) {
  const std::string normal = Normal(text);
  for (const std::string_view word : {"итого", "всего", "total", "grand total", "итог"}) {
    if (normal == word ||
        (normal.starts_with(word) && (normal[word.size()] == ':' || normal[word.size()] == ' ')))
      return true;
  }
  return false;
}

int ScoreEntity(Entity entity, std::string_view header) {
  const std::string normal = Normal(header);
  int score = 0;
  for (const Hint& hint : kHeaderHints) {
    if (hint.entity == entity && normal.find(hint.part) != std::string::npos) score += hint.weight;
  }
  if (entity == Entity::kCalls) score += ScoreCallHeader(normal);
  if (const auto guess = GuessField(entity, header)) score += guess->certain ? 2 : 1;
  return score;
}

int ScoreFileName(Entity entity, std::string_view file_name) {
  const std::string normal = Normal(file_name);
  int score = 0;
  for (const Hint& hint : kFileHints) {
    if (hint.entity == entity && normal.find(hint.part) != std::string::npos)
      score = std::max(score, hint.weight);
  }
  return score;
}

SemanticGuess GuessSemantic(std::string_view stage) {
  const std::string normal = Normal(stage);
  for (const StageName& name : kStageNames) {
    if (normal.find(name.part) != std::string::npos) return {name.semantic, name.certain};
  }
  return {'P', true};
}

}  // namespace svodka::crm::files
