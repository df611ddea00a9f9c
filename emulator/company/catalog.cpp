#include "emulator/company/catalog.hpp"

#include <array>
#include <stdexcept>
#include <string>

namespace svodka::emulator {
namespace {

constexpr std::array kPipelines = {
    Pipeline{kMainSales, "Основные продажи", 100, false},
    Pipeline{kRepeatSales, "Повторные продажи", 200, false},
    Pipeline{kProduction, "Производство и отгрузка", 300, true},
};

constexpr std::array kDealStages = {
    Stage{0, "NEW", "Новая", 10, 'P', "#39A8EF", false, false},
    Stage{0, "PREPARATION", "Выявление потребности", 20, 'P', "#2FC6F6", false, false},
    Stage{0, "UC_KPSENT", "КП отправлено", 30, 'P', "#55D0E0", false, false},
    Stage{0, "UC_TALKS1", "Переговоры", 40, 'P', "#47E4C2", false, false},
    Stage{0, "EXECUTING", "Договор", 50, 'P', "#FFA900", false, false},
    Stage{0, "FINAL_INVOICE", "Счёт выставлен", 60, 'P', "#FF8F00", false, false},
    Stage{0, "WON", "Оплачено", 70, 'S', "#7BD500", false, false},
    Stage{0, "LOSE", "Дорого", 80, 'F', "#FF5752", false, false},
    Stage{0, "APOLOGY", "Выбрали конкурента", 90, 'F', "#FF5752", false, true},
    Stage{0, "UC_NOBUDG", "Нет бюджета", 100, 'F', "#F4655B", false, true},
    Stage{0, "UC_SILENT", "Перестали отвечать", 110, 'F', "#E8776A", false, true},
    Stage{0, "UC_NOTOUR", "Не наш профиль", 120, 'F', "#C9C9C9", true, true},
    Stage{2, "C2:NEW", "Запрос клиента", 10, 'P', "#39A8EF", false, false},
    Stage{2, "C2:PREPARATION", "Расчёт", 20, 'P', "#2FC6F6", false, false},
    Stage{2, "C2:EXECUTING", "Согласование", 30, 'P', "#55D0E0", false, false},
    Stage{2, "C2:FINAL_INVOICE", "Ожидаем оплату", 40, 'P', "#FFA900", false, false},
    Stage{2, "C2:WON", "Оплачено", 50, 'S', "#7BD500", false, false},
    Stage{2, "C2:LOSE", "Не договорились о цене", 60, 'F', "#FF5752", false, false},
    Stage{2, "C2:APOLOGY", "Отложили закупку", 70, 'F', "#F4655B", false, true},
    Stage{4, "C4:NEW", "Передано в производство", 10, 'P', "#39A8EF", false, false},
    Stage{4, "C4:PREPARATION", "Снабжение", 20, 'P', "#2FC6F6", false, false},
    Stage{4, "C4:EXECUTING", "В производстве", 30, 'P', "#55D0E0", false, false},
    Stage{4, "C4:UC_QUALIT", "Контроль качества", 40, 'P', "#47E4C2", false, false},
    Stage{4, "C4:FINAL_INVOICE", "Отгрузка и монтаж", 50, 'P', "#FFA900", false, false},
    Stage{4, "C4:WON", "Сдано клиенту", 60, 'S', "#7BD500", false, false},
    Stage{4, "C4:LOSE", "Возврат", 70, 'F', "#FF5752", false, false},
};

constexpr std::array kLeadStages = {
    Stage{0, "NEW", "Не обработан", 10, 'P', "#39A8EF", false, false},
    Stage{0, "UC_NOANSW", "Недозвон", 20, 'P', "#2FC6F6", false, false},
    Stage{0, "IN_PROCESS", "В работе", 30, 'P', "#55D0E0", false, false},
    Stage{0, "PROCESSED", "Квалификация", 40, 'P', "#47E4C2", false, false},
    Stage{0, "CONVERTED", "Качественный лид", 50, 'S', "#7BD500", false, false},
    Stage{0, "JUNK", "Некачественный лид", 60, 'F', "#FF5752", true, false},
    Stage{0, "UC_SPAM01", "Спам", 70, 'F', "#F4655B", true, true},
    Stage{0, "UC_DOUBLE", "Дубль", 80, 'F', "#E8776A", true, true},
    Stage{0, "1", "Передумал", 90, 'F', "#C9C9C9", false, true},
};

constexpr std::array kSources = {
    Source{"WEB", "Сайт", 20, 0.42, 8},
    Source{"CALL", "Входящий звонок", 17, 0.50, 14},
    Source{"UC_YADIR1", "Яндекс Директ", 14, 0.34, 3},
    Source{"WEBFORM", "CRM-форма", 9, 0.38, 2},
    Source{"UC_AVITO1", "Авито", 9, 0.19, 3},
    Source{"1|TELEGRAM", "Telegram", 6, 0.33, 3},
    Source{"EMAIL", "Электронная почта", 6, 0.36, 9},
    Source{"RECOMMENDATION", "По рекомендации", 4, 0.66, 14},
    Source{"PARTNER", "Партнёр", 3, 0.58, 12},
    Source{"TRADE_SHOW", "Выставка", 3, 0.28, 4},
    Source{"ADVERTISING", "Реклама", 3, 0.24, 2},
    Source{"CALLBACK", "Обратный звонок", 3, 0.41, 2},
    Source{"UC_COLD01", "Холодный обзвон", 4, 0.09, 8},
    Source{"UC_BASE01", "Купленная база", 0, 0.012, 0},
};
constexpr uint8_t kPurchasedBase = 13;

constexpr std::array kCampaigns = {
    Campaign{"", "", "", "", "", 255},
    Campaign{"yandex", "cpc", "poisk_okna_msk", "tekst_1", "купить перегородки", 2},
    Campaign{"yandex", "cpc", "poisk_okna_msk", "tekst_2", "перегородки цена", 2},
    Campaign{"yandex", "cpc", "rsya_ofis", "banner_240", "", 2},
    Campaign{"yandex", "cpc", "kazan_poisk", "tekst_1", "перегородки казань", 2},
    Campaign{"yandex", "cpc", "retarget", "banner_728", "", 2},
    Campaign{"yandex", "organic", "", "", "", 0},
    Campaign{"google", "organic", "", "", "", 0},
    Campaign{"vk", "social", "osen_skidki", "post_3", "", 0},
    Campaign{"telegram", "social", "kanal_arhitektor", "post_7", "", 5},
    Campaign{"email", "newsletter", "dajdzhest", "knopka", "", 3},
    Campaign{"avito", "board", "dostavka", "", "", 4},
};

constexpr std::array kDealTypes = {Entry{"SALE", "Продажа изделий"}, Entry{"COMPLEX", "Комплекс с монтажом"},
                                   Entry{"GOODS", "Комплектующие"}, Entry{"SERVICES", "Замер и проект"},
                                   Entry{"SERVICE", "Сервисное обслуживание"}};
constexpr std::array kContactTypes = {Entry{"CLIENT", "Клиенты"}, Entry{"SUPPLIER", "Поставщики"},
                                      Entry{"PARTNER", "Партнёры"}};
constexpr std::array kCompanyTypes = {Entry{"CUSTOMER", "Клиент"}, Entry{"PARTNER", "Партнёр"},
                                      Entry{"COMPETITOR", "Конкурент"}, Entry{"OTHER", "Другое"}};
constexpr std::array kIndustries = {Entry{"CONSTRUCTION", "Строительство"},
                                    Entry{"IT", "Информационные технологии"},
                                    Entry{"RETAIL", "Розничная торговля"},
                                    Entry{"MEDICINE", "Медицина"},
                                    Entry{"EDUCATION", "Образование"},
                                    Entry{"BANKING", "Банки"},
                                    Entry{"OTHER", "Другое"}};
constexpr std::array kCities = {Entry{"41", "Москва"},
                                Entry{"42", "Казань"},
                                Entry{"43", "Санкт-Петербург"},
                                Entry{"44", "Нижний Новгород"},
                                Entry{"45", "Екатеринбург"},
                                Entry{"46", "Самара"},
                                Entry{"47", "Уфа"},
                                Entry{"48", "Краснодар"},
                                Entry{"49", "Набережные Челны"},
                                Entry{"50", "Тула"}};
constexpr std::array kChannels = {Entry{"61", "Розница"}, Entry{"62", "Опт"}, Entry{"63", "Тендер"},
                                  Entry{"64", "Дилер"}};
constexpr std::array kLossWords = {
    Entry{"601", "Дорого"},     Entry{"602", "Выбрали конкурента"}, Entry{"603", "Нет бюджета"},
    Entry{"604", "Передумали"}, Entry{"605", "Не устроили сроки"},  Entry{"606", "Не отвечает"}};
constexpr std::array kDirections = {Entry{"71", "Офисные перегородки"}, Entry{"72", "Двери"},
                                    Entry{"73", "Остекление"}, Entry{"74", "Мебель"},
                                    Entry{"75", "Акустика"}};
constexpr std::array kCurrencies = {CurrencyEntry{"RUB", "Российский рубль", 100},
                                    CurrencyEntry{"USD", "Доллар США", 8125},
                                    CurrencyEntry{"EUR", "Евро", 9440}};
constexpr std::array kProducts = {
    Product{"Перегородка цельностеклянная", "Офисные перегородки", "м²", 1450000},
    Product{"Перегородка каркасная", "Офисные перегородки", "м²", 890000},
    Product{"Перегородка мобильная", "Офисные перегородки", "м²", 2100000},
    Product{"Дверь стеклянная маятниковая", "Двери", "шт", 4200000},
    Product{"Дверь противопожарная EI60", "Двери", "шт", 6850000},
    Product{"Остекление фасада", "Остекление", "м²", 1720000},
    Product{"Зенитный фонарь", "Остекление", "шт", 18500000},
    Product{"Стол переговорный", "Мебель", "шт", 7800000},
    Product{"Шкаф-перегородка", "Мебель", "шт", 5600000},
    Product{"Акустическая панель", "Акустика", "м²", 430000},
    Product{"Переговорная кабина «Тишина»", "Акустика", "шт", 32000000},
    Product{"Монтаж", "Услуги", "м²", 250000},
    Product{"Доставка", "Услуги", "рейс", 1200000},
    Product{"Замер и проект", "Услуги", "шт", 1500000},
};

StageIndex Find(std::span<const Stage> stages, std::string_view id) {
  for (size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].id == id) return static_cast<StageIndex>(i);
  }
  throw std::logic_error("no such stage: " + std::string(id));
}

}  // namespace

std::span<const Pipeline> Pipelines() { return kPipelines; }
std::span<const Stage> DealStages() { return kDealStages; }
std::span<const Stage> LeadStages() { return kLeadStages; }
StageIndex DealStage(std::string_view id) { return Find(kDealStages, id); }
StageIndex LeadStage(std::string_view id) { return Find(kLeadStages, id); }

StageRange StagesOf(uint8_t category) {
  StageRange range{0, 0};
  bool found = false;
  for (size_t i = 0; i < kDealStages.size(); ++i) {
    if (kDealStages[i].category != category) continue;
    if (!found) range.begin = static_cast<StageIndex>(i);
    found = true;
    range.end = static_cast<StageIndex>(i + 1);
  }
  return range;
}

std::span<const Source> Sources() { return kSources; }
uint8_t PurchasedBaseSource() { return kPurchasedBase; }
std::span<const Campaign> Campaigns() { return kCampaigns; }
std::span<const Entry> DealTypes() { return kDealTypes; }
std::span<const Entry> ContactTypes() { return kContactTypes; }
std::span<const Entry> CompanyTypes() { return kCompanyTypes; }
std::span<const Entry> Industries() { return kIndustries; }
std::span<const Entry> Cities() { return kCities; }
std::span<const Entry> Channels() { return kChannels; }
std::span<const Entry> LossWords() { return kLossWords; }
std::span<const Entry> Directions() { return kDirections; }
std::span<const CurrencyEntry> Currencies() { return kCurrencies; }
std::span<const Product> Products() { return kProducts; }

int64_t ToBase(int64_t amount_minor, uint8_t currency) {
  return amount_minor * kCurrencies.at(currency).rate_minor / 100;
}

}  // namespace svodka::emulator
