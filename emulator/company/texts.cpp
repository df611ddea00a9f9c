#include "emulator/company/texts.hpp"

#include <array>
#include <string_view>

#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/random.hpp"

namespace svodka::emulator {
namespace {

using Words = std::string_view;
constexpr std::array<Words, 20> kMen = {
    "Алексей", "Дмитрий", "Сергей", "Андрей", "Иван",   "Михаил", "Николай", "Артём", "Максим", "Павел",
    "Роман",   "Руслан",  "Тимур",  "Олег",   "Виктор", "Игорь",  "Евгений", "Денис", "Ильдар", "Фёдор"};
constexpr std::array<Words, 18> kWomen = {
    "Анна",     "Елена", "Ольга",  "Мария",  "Наталья", "Ирина", "Юлия",   "Татьяна", "Светлана",
    "Гульнара", "Дарья", "Ксения", "Марина", "Алина",   "Вера",  "Полина", "Лилия",   "Екатерина"};
constexpr std::array<Words, 14> kFathersM = {
    "Алексеевич", "Сергеевич", "Иванович",   "Петрович", "Андреевич", "Маратович",  "Олегович",
    "Павлович",   "Игоревич",  "Викторович", "Юрьевич",  "Рашидович", "Николаевич", "Михайлович"};
constexpr std::array<Words, 14> kFathersW = {
    "Алексеевна", "Сергеевна", "Ивановна",   "Петровна", "Андреевна", "Маратовна",  "Олеговна",
    "Павловна",   "Игоревна",  "Викторовна", "Юрьевна",  "Рашидовна", "Николаевна", "Михайловна"};
constexpr std::array<Words, 40> kLast = {
    "Смирнов", "Иванов",     "Кузнецов", "Соколов",  "Попов",    "Лебедев",  "Козлов",  "Новиков",
    "Морозов", "Петров",     "Волков",   "Соловьёв", "Васильев", "Зайцев",   "Павлов",  "Семёнов",
    "Голубев", "Виноградов", "Богданов", "Воробьёв", "Фёдоров",  "Михайлов", "Беляев",  "Тарасов",
    "Белов",   "Комаров",    "Орлов",    "Киселёв",  "Макаров",  "Андреев",  "Хасанов", "Галиев",
    "Сафин",   "Каримов",    "Егоров",   "Никитин",  "Жуков",    "Щербаков", "Ефимов",  "Дьяков"};
constexpr std::array<Words, 34> kFirmWords = {
    "Вектор",    "Альянс",   "СтройИнвест", "Горизонт",  "Меридиан",         "Атлант",    "Северный ветер",
    "Техноком",  "Прогресс", "Каскад",      "Элегия",    "Медпроект",        "Офис Плюс", "Градиент",
    "Кварта",    "Ладога",   "Магистраль",  "Новый дом", "Орбита",           "Парус",     "Ритейл Групп",
    "Созвездие", "ТатСтрой", "Урал",        "Формула",   "Центр \"Диалог\"", "Эталон",    "Юпитер",
    "Ясень",     "Волга",    "Бизнес-парк", "Аврора",    "Дельта",           "Родник"};
constexpr std::array<Words, 5> kForms = {"ООО", "ООО", "АО", "ООО ТД", "ИП"};
constexpr std::array<Words, 8> kObjects = {"офис",         "шоурум",  "клиника", "переговорная",
                                           "бизнес-центр", "магазин", "школа",   "склад"};
constexpr std::array<Words, 7> kCallSubjects = {
    "Уточнить размеры",  "Обсудить КП",         "Согласовать договор",  "Напомнить о счёте",
    "Первичный контакт", "Выявить потребность", "Договориться о замере"};
constexpr std::array<Words, 5> kMeetings = {"Замер на объекте", "Презентация образцов",
                                            "Встреча в офисе клиента", "Показ шоурума",
                                            "Переговоры по договору"};
constexpr std::array<Words, 6> kTodos = {"Перезвонить клиенту", "Отправить КП",      "Проверить оплату",
                                         "Подготовить договор", "Согласовать замер", "Узнать решение"};
constexpr std::array<Words, 5> kTasks = {"Подготовить расчёт", "Сделать чертёж", "Выставить счёт",
                                         "Заказать образцы", "Проверить договор у юриста"};
constexpr std::array<Words, 10> kComments = {"Клиент просит скидку 5%, жду согласования.",
                                             "Отправил КП, ответ обещали до пятницы.",
                                             "Решение принимает директор, он в отпуске.",
                                             "Сравнивают с конкурентом, у нас дороже на 8%.",
                                             "Нужен монтаж в выходные.",
                                             "Просят перенести оплату на следующий месяц.",
                                             "Дозвонился, объект ещё в стройке, вернуться позже.",
                                             "Размеры уточнили, [B]пересчитать[/B].",
                                             "Не берёт трубку третий день.",
                                             "Всё согласовано, ждём подписанный договор."};

uint64_t Hash(const Company& company, uint32_t salt, uint32_t id) {
  return Mix(company.options.seed * 1000003ULL + salt, id);
}
template <size_t N>
std::string_view Pick(const std::array<Words, N>& words, uint64_t hash) {
  return words[hash % N];
}

PersonName NameOf(uint64_t hash) {
  const bool woman = (hash & 1) != 0;
  PersonName name;
  std::string last(Pick(kLast, hash >> 24));
  if (woman) {
    name.first = Pick(kWomen, hash >> 8);
    name.second = Pick(kFathersW, hash >> 16);
    name.last = last + "а";
  } else {
    name.first = Pick(kMen, hash >> 8);
    name.second = Pick(kFathersM, hash >> 16);
    name.last = std::move(last);
  }
  return name;
}

std::string PhoneOf(uint64_t hash) {
  static constexpr std::array<Words, 8> kCodes = {"903", "916", "917", "926", "937", "960", "985", "999"};
  std::string rest = std::to_string(hash / 7 % 10000000);
  return "+7" + std::string(Pick(kCodes, hash >> 40)) + std::string(7 - rest.size(), '0') + rest;
}

const std::string* Written(const Company& company, TextKind kind, uint32_t id) {
  if (company.texts.empty()) return nullptr;
  const auto found = company.texts.find(TextKey(kind, id));
  return found == company.texts.end() ? nullptr : &found->second;
}

}  // namespace

PersonName ContactName(const Company& company, uint32_t id) { return NameOf(Hash(company, 1, id)); }
std::string ContactPhone(const Company& company, uint32_t id) { return PhoneOf(Hash(company, 2, id)); }
std::string ContactEmail(const Company& company, uint32_t id) {
  (void)company;
  return "client" + std::to_string(id) + "@example.com";
}

PersonName LeadName(const Company& company, uint32_t id) {
  const uint32_t contact = company.leads[id - 1].contact;
  return contact != 0 ? ContactName(company, contact) : NameOf(Hash(company, 3, id));
}
std::string LeadPhone(const Company& company, uint32_t id) {
  const uint32_t contact = company.leads[id - 1].contact;
  return contact != 0 ? ContactPhone(company, contact) : PhoneOf(Hash(company, 4, id));
}
std::string FirmPhone(const Company& company, uint32_t id) { return PhoneOf(Hash(company, 5, id)); }

std::string FirmTitle(const Company& company, uint32_t id) {
  if (company.firms[id - 1].own) return id == 1 ? "ООО «Перегородкин»" : "ИП Перегородкин А. С.";
  const uint64_t hash = Hash(company, 6, id);
  const std::string_view form = Pick(kForms, hash >> 8);
  if (form == "ИП") {
    const PersonName name = NameOf(hash);
    return "ИП " + name.last + " " + name.first;
  }
  std::string title = std::string(form) + " «" + std::string(Pick(kFirmWords, hash >> 16));
  if (id > kFirmWords.size()) title += "-" + std::to_string(id);
  return title + "»";
}

std::string LeadTitle(const Company& company, uint32_t id) {
  if (const auto* text = Written(company, TextKind::kLeadTitle, id)) return *text;
  const Lead& lead = company.leads[id - 1];
  const std::string source(Sources()[lead.source].name);
  const uint64_t hash = Hash(company, 7, id);
  switch (hash % 4) {
    case 0:
      return source + ": " + LeadName(company, id).first;
    case 1:
      return "Заявка №" + std::to_string(10000 + id);
    case 2:
      return "Расчёт перегородок, " + std::string(Pick(kObjects, hash >> 8));
    default:
      return source + " – " + LeadPhone(company, id);
  }
}

std::string DealTitle(const Company& company, uint32_t id) {
  if (const auto* text = Written(company, TextKind::kDealTitle, id)) return *text;
  const uint64_t hash = Hash(company, 8, id);
  const Deal& deal = company.deals[id - 1];
  const std::string product(Products()[deal.product].name);
  switch (hash % 5) {
    case 0:
      return "Сделка #" + std::to_string(id);
    case 1:
      return product + ", " + std::string(Pick(kObjects, hash >> 8));
    case 2:
      return deal.company != 0 ? FirmTitle(company, deal.company) : product + " " + std::to_string(id);
    case 3:
      return std::string(Pick(kObjects, hash >> 8)) + " «" + std::string(Pick(kFirmWords, hash >> 16)) +
             "» 🏢";
    default:
      return product;
  }
}

std::string ActionSubject(const Company& company, uint32_t id) {
  if (const auto* text = Written(company, TextKind::kActionSubject, id)) return *text;
  const Action& action = company.actions[id - 1];
  const uint64_t hash = Hash(company, 9, id);
  switch (action.kind) {
    case ActionKind::kCall:
      if (!action.completed) return std::string(Pick(kCallSubjects, hash));
      return (action.incoming ? "Входящий от " : "Исходящий на ") + CallPhone(company, id);
    case ActionKind::kMeeting:
      return std::string(Pick(kMeetings, hash));
    case ActionKind::kEmail:
      return action.incoming ? "RE: Коммерческое предложение"
                             : "Коммерческое предложение №" + std::to_string(id);
    case ActionKind::kTodo:
      return std::string(Pick(kTodos, hash));
    case ActionKind::kTask:
      return TaskTitle(company, action.reference);
    case ActionKind::kMessage:
      return "Диалог в Telegram";
  }
  return {};
}

std::string ActionText(const Company& company, uint32_t id) {
  if (const auto* text = Written(company, TextKind::kActionText, id)) return *text;
  const Action& action = company.actions[id - 1];
  if (action.kind != ActionKind::kEmail && action.kind != ActionKind::kTodo) return {};
  return std::string(Pick(kComments, Hash(company, 10, id)));
}

std::string TaskTitle(const Company& company, uint32_t id) {
  if (const auto* text = Written(company, TextKind::kTaskTitle, id)) return *text;
  return std::string(Pick(kTasks, Hash(company, 11, id)));
}

std::string CommentText(const Company& company, uint32_t id) {
  if (const auto* text = Written(company, TextKind::kComment, id)) return *text;
  return std::string(Pick(kComments, Hash(company, 12, id)));
}

std::string CallCode(const Company& company, uint32_t action_id) {
  const Action& action = company.actions[action_id - 1];
  if (action.end > action.start) return "200";
  if (action.incoming) return "304";
  return Hash(company, 13, action_id) % 3 == 0 ? "603-S" : "486";
}

std::string CallPhone(const Company& company, uint32_t action_id) {
  if (const auto* text = Written(company, TextKind::kCallPhone, action_id)) return *text;
  const Action& action = company.actions[action_id - 1];
  if (action.client_type == CardType::kContact) return ContactPhone(company, action.client);
  if (action.client_type == CardType::kCompany) return FirmPhone(company, action.client);
  if (action.card_type == CardType::kContact) return ContactPhone(company, action.card);
  if (action.card_type == CardType::kCompany) return FirmPhone(company, action.card);
  if (action.card_type == CardType::kLead) return LeadPhone(company, action.card);
  return PhoneOf(Hash(company, 14, action_id));
}

DealCustom CustomOf(const Company& company, uint32_t deal_id) {
  const Deal& deal = company.deals[deal_id - 1];
  const uint64_t hash = Hash(company, 15, deal_id);
  DealCustom custom;
  if (hash % 10 != 0) {
    const uint8_t first = static_cast<uint8_t>((hash >> 8) % Directions().size());
    custom.directions.push_back(first);
    if ((hash >> 12) % 4 == 0)
      custom.directions.push_back(static_cast<uint8_t>((first + 1) % Directions().size()));
  }
  if (deal.company != 0) {
    custom.city = company.firms[deal.company - 1].city;
  } else if (deal.contact != 0) {
    custom.city = company.contacts[deal.contact - 1].city;
  } else {
    custom.city = static_cast<uint8_t>((hash >> 20) % Cities().size());
  }
  if ((hash >> 24) % 8 != 0) custom.channel = static_cast<uint8_t>((hash >> 28) % Channels().size());
  if ((hash >> 32) % 3 != 0) custom.area = static_cast<double>((hash >> 36) % 4000) / 10.0 + 3;
  if (deal.won != 0) custom.ship_day = LocalDay(deal.won) + static_cast<int32_t>(7 + (hash >> 44) % 30);
  custom.needs_montage = (hash >> 50) % 3 == 0;
  if (deal.won != 0 && !deal.no_amount) {
    custom.cost = Money::FromMinor(ToBase(deal.amount_minor, deal.currency) / 100 *
                                   static_cast<int64_t>(52 + (hash >> 52) % 25) / 100 * 100);
    custom.contract = std::to_string(deal_id % 1000) + "/" +
                      std::to_string(static_cast<int>(LocalDay(deal.won).ymd().year()));
  }
  const uint64_t reason = Hash(company, 41, deal_id);
  if (DealSemantic(deal) == 'F' ? reason % 9 != 0 : deal_id % 37 == 0)
    custom.loss_reason = static_cast<uint8_t>((reason >> 8) % LossWords().size());
  return custom;
}

std::optional<uint8_t> LeadLossReason(const Company& company, uint32_t lead_id) {
  const uint64_t reason = Hash(company, 42, lead_id);
  if (LeadStages()[company.leads[lead_id - 1].stage].semantic != 'F' || reason % 7 == 0) return std::nullopt;
  return static_cast<uint8_t>((reason >> 8) % LossWords().size());
}

uint8_t LeadCity(const Company& company, uint32_t lead_id) {
  return static_cast<uint8_t>(Hash(company, 16, lead_id) % Cities().size());
}

std::vector<ProductLine> LinesOf(const Company& company, uint32_t deal_id) {
  const Deal& deal = company.deals[deal_id - 1];
  const uint64_t hash = Hash(company, 17, deal_id);
  if (deal.no_amount || deal.amount_minor <= 0 || hash % 2 == 0) return {};
  const auto count = static_cast<int64_t>(1 + (hash >> 8) % 3);
  std::vector<ProductLine> lines;
  int64_t rest = deal.amount_minor;
  for (int64_t i = 0; i < count; ++i) {
    ProductLine line;
    line.product = static_cast<uint8_t>((deal.product + static_cast<uint64_t>(i) * 5) % Products().size());
    const int64_t part = i + 1 == count ? rest : rest / 2;
    // A quantity that divides the part exactly keeps the sum of the rows equal to the amount.
    for (const int64_t quantity : {12, 10, 6, 4, 2, 1}) {
      if (part % quantity == 0) {
        line.quantity = quantity;
        break;
      }
    }
    line.price_minor = part / line.quantity;
    rest -= part;
    lines.push_back(line);
  }
  return lines;
}

std::string UserName(const Employee& employee) {
  return employee.last_name.empty() ? employee.name : employee.name + " " + employee.last_name;
}

}  // namespace svodka::emulator
