#include "emulator/bitrix24/field.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/texts.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

using Id = uint32_t;
using C = const Company&;

const Deal& D(C c, Id id) { return c.deals[id - 1]; }
const Lead& L(C c, Id id) { return c.leads[id - 1]; }
const Contact& P(C c, Id id) { return c.contacts[id - 1]; }
const Firm& F(C c, Id id) { return c.firms[id - 1]; }

struct Mark {
  std::string type, title;
  std::string status_type = {};
  bool multiple = false, on_demand = false, writable = false;
};
Field Make(std::string legacy, std::string item, Mark mark, std::function<Cell(C, Id)> get) {
  return Field{std::move(legacy),     std::move(item), std::move(mark.type),
               std::move(mark.title), std::move(get),  std::move(mark.status_type),
               mark.multiple,         mark.on_demand,  mark.writable};
}

Cell EnumCell(std::span<const Entry> entries, uint8_t index) {
  return Number(std::stoll(std::string(entries[index].id)));
}

Cell Multifield(uint32_t id, const char* type, const std::string& value) {
  json::object one;
  one["ID"] = std::to_string(id);
  one["VALUE_TYPE"] = "WORK";
  one["VALUE"] = value;
  one["TYPE_ID"] = type;
  return Prepared(json::array{one});
}
Cell ItemMultifields(uint32_t id, const std::string& phone, const std::string& email) {
  json::array list;
  list.push_back(json::object{{"id", id * 2}, {"typeId", "PHONE"}, {"valueType", "WORK"}, {"value", phone}});
  if (!email.empty()) {
    list.push_back(
        json::object{{"id", id * 2 + 1}, {"typeId", "EMAIL"}, {"valueType", "WORK"}, {"value", email}});
  }
  return Prepared(list);
}

template <class Row>
void AddUtm(Fields& fields, const Row& row) {
  struct Tag {
    const char *legacy, *item, *title;
    std::string_view Campaign::*member;
  };
  static constexpr Tag kTags[] = {
      {"UTM_SOURCE", "utmSource", "Рекламная система", &Campaign::source},
      {"UTM_MEDIUM", "utmMedium", "Тип трафика", &Campaign::medium},
      {"UTM_CAMPAIGN", "utmCampaign", "Обозначение рекламной кампании", &Campaign::campaign},
      {"UTM_CONTENT", "utmContent", "Содержание кампании", &Campaign::content},
      {"UTM_TERM", "utmTerm", "Условие поиска кампании", &Campaign::term}};
  for (const Tag& tag : kTags) {
    fields.push_back(
        Make(tag.legacy, tag.item, {"string", tag.title}, [row, member = tag.member](C c, Id id) {
          return TextOrNull(std::string(Campaigns()[row(c, id).utm].*member));
        }));
  }
}

std::string TypedEmail(C c, Id contact) { return contact == 0 ? std::string() : ContactEmail(c, contact); }

}  // namespace

const Fields& DealFields() {
  static const Fields fields = [] {
    Fields list;
    const auto add = [&](auto legacy, auto item, Mark mark, auto get) {
      list.push_back(Make(legacy, item, std::move(mark), get));
    };
    add("ID", "id", {"integer", "ID"}, [](C, Id id) { return Number(id); });
    add("TITLE", "title", {.type = "string", .title = "Название", .writable = true},
        [](C c, Id id) { return Text(DealTitle(c, id)); });
    add("TYPE_ID", "typeId", {"crm_status", "Тип", "DEAL_TYPE"},
        [](C c, Id id) { return Text(std::string(DealTypes()[D(c, id).type].id)); });
    add("CATEGORY_ID", "categoryId", {.type = "crm_category", .title = "Воронка", .writable = true},
        [](C c, Id id) { return Number(DealCategory(D(c, id))); });
    add("STAGE_ID", "stageId",
        {.type = "crm_status", .title = "Стадия сделки", .status_type = "DEAL_STAGE", .writable = true},
        [](C c, Id id) { return Text(std::string(DealStages()[D(c, id).stage].id)); });
    add("STAGE_SEMANTIC_ID", "stageSemanticId", {"string", "Группа стадии"},
        [](C c, Id id) { return Text(std::string(1, StageAt(c, true, D(c, id).stage, c.now).semantic)); });
    add("IS_NEW", "isNew", {"char", "Новая сделка"},
        [](C c, Id id) { return Flag(DealStages()[D(c, id).stage].sort == 10); });
    add("IS_RECURRING", "isRecurring", {"char", "Регулярная сделка"},
        [](C c, Id id) { return Flag(D(c, id).template_); });
    add("IS_RETURN_CUSTOMER", "isReturnCustomer", {"char", "Повторная сделка"},
        [](C c, Id id) { return Flag(D(c, id).returning); });
    add("IS_REPEATED_APPROACH", "isRepeatedApproach", {"char", "Повторное обращение"},
        [](C c, Id id) { return Flag(D(c, id).repeated); });
    add("PROBABILITY", "probability", {"integer", "Вероятность"}, [](C, Id) { return Cell{}; });
    add("CURRENCY_ID", "currencyId", {.type = "crm_currency", .title = "Валюта", .writable = true},
        [](C c, Id id) { return Text(std::string(Currencies()[D(c, id).currency].code)); });
    add("OPPORTUNITY", "opportunity", {.type = "double", .title = "Сумма", .writable = true}, [](C c, Id id) {
      // An amount that nobody entered: mostly 0.00, null on cards that came through an API.
      return D(c, id).no_amount && id % 4 == 0 ? Cell{} : MoneyCell(D(c, id).amount_minor);
    });
    add("IS_MANUAL_OPPORTUNITY", "isManualOpportunity", {"char", "Ручной режим суммы"},
        [](C c, Id id) { return Flag(LinesOf(c, id).empty()); });
    add("TAX_VALUE", "taxValue", {"double", "Ставка налога"}, [](C, Id) { return MoneyCell(0); });
    add("LEAD_ID", "leadId", {"crm_lead", "Лид"}, [](C c, Id id) { return NumberOrNull(D(c, id).lead); });
    add("COMPANY_ID", "companyId", {"crm_company", "Компания"},
        [](C c, Id id) { return Number(D(c, id).company); });
    add("CONTACT_ID", "contactId", {"crm_contact", "Контакт"},
        [](C c, Id id) { return Number(D(c, id).contact); });
    add("", "contactIds", {.type = "crm_contact", .title = "Контакты", .multiple = true}, [](C c, Id id) {
      json::array ids;
      if (D(c, id).contact != 0) ids.push_back(D(c, id).contact);
      if (D(c, id).second_contact != 0) ids.push_back(D(c, id).second_contact);
      return Prepared(ids);
    });
    add("", "observers", {.type = "user", .title = "Наблюдатели", .multiple = true},
        [](C, Id) { return Prepared(json::array()); });
    add("QUOTE_ID", "quoteId", {"crm_quote", "Предложение"}, [](C, Id) { return Cell{}; });
    add("BEGINDATE", "begindate", {"date", "Дата начала"},
        [](C c, Id id) { return DateCell(D(c, id).begin_day); });
    add("CLOSEDATE", "closedate", {.type = "date", .title = "Дата завершения", .writable = true},
        [](C c, Id id) { return DateCell(D(c, id).planned_close); });
    add("ASSIGNED_BY_ID", "assignedById", {.type = "user", .title = "Ответственный", .writable = true},
        [](C c, Id id) { return Number(D(c, id).owner); });
    add("CREATED_BY_ID", "createdBy", {"user", "Кем создана"},
        [](C c, Id id) { return Number(D(c, id).creator); });
    add("MODIFY_BY_ID", "updatedBy", {"user", "Кем изменена"},
        [](C c, Id id) { return Number(D(c, id).modifier); });
    add("MOVED_BY_ID", "movedBy", {"user", "Кем перемещена"},
        [](C c, Id id) { return Number(D(c, id).mover); });
    add("DATE_CREATE", "createdTime", {"datetime", "Дата создания"},
        [](C c, Id id) { return Moment(D(c, id).created); });
    add("DATE_MODIFY", "updatedTime", {"datetime", "Дата изменения"},
        [](C c, Id id) { return Moment(D(c, id).modified); });
    add("MOVED_TIME", "movedTime", {"datetime", "Дата перемещения"},
        [](C c, Id id) { return Moment(D(c, id).moved); });
    add("LAST_ACTIVITY_TIME", "lastActivityTime", {"datetime", "Последняя активность"},
        [](C c, Id id) { return Moment(D(c, id).last_activity); });
    add("LAST_ACTIVITY_BY", "lastActivityBy", {"user", "Автор последней активности"},
        [](C c, Id id) { return Number(D(c, id).owner); });
    add("OPENED", "opened", {"char", "Доступна для всех"}, [](C, Id) { return Flag(true); });
    add("CLOSED", "closed", {"char", "Закрыта"}, [](C c, Id id) {
      // Some lost cards stay N in real portals: closedness is the stage's semantics.
      const char semantic = StageAt(c, true, D(c, id).stage, c.now).semantic;
      return Flag(semantic == 'S' || (semantic == 'F' && id % 17 != 0));
    });
    add("COMMENTS", "comments", {"string", "Комментарий"},
        [](C, Id id) { return id % 9 == 0 ? Text("[B]Важно[/B]: договор <рамочный>") : Cell{}; });
    add("SOURCE_ID", "sourceId", {"crm_status", "Источник", "SOURCE"}, [](C c, Id id) {
      return D(c, id).no_source ? Cell{} : Text(std::string(Sources()[D(c, id).source].id));
    });
    add("SOURCE_DESCRIPTION", "sourceDescription", {"string", "Дополнительно об источнике"},
        [](C, Id) { return Cell{}; });
    add("ADDITIONAL_INFO", "additionalInfo", {"string", "Дополнительная информация"},
        [](C, Id) { return Cell{}; });
    add("LOCATION_ID", "locationId", {"location", "Местоположение"}, [](C, Id) { return Cell{}; });
    add("ORIGINATOR_ID", "originatorId", {"string", "Внешний источник"}, [](C, Id) { return Cell{}; });
    add("ORIGIN_ID", "originId", {"string", "Идентификатор во внешнем источнике"},
        [](C, Id) { return Cell{}; });
    AddUtm(list, D);
    const auto uf = [&](const char* name, const char* type, bool multiple, auto get) {
      Mark mark{.type = type, .title = name, .multiple = multiple};
      for (const UserField& field : UserFields(CardType::kDeal)) {
        if (field.name == name) mark.title = field.label;
      }
      list.push_back(Make(name, ItemName(name), std::move(mark), get));
    };
    uf("UF_CRM_1700000001", "enumeration", true, [](C c, Id id) {
      Cell cell;
      cell.kind = Cell::Kind::kList;
      cell.list_of_numbers = true;
      for (const uint8_t index : CustomOf(c, id).directions) cell.list.emplace_back(Directions()[index].id);
      return cell;
    });
    uf("UF_CRM_1700000002", "enumeration", false,
       [](C c, Id id) { return EnumCell(Cities(), CustomOf(c, id).city); });
    uf("UF_CRM_1700000003", "enumeration", false, [](C c, Id id) {
      const DealCustom custom = CustomOf(c, id);
      return custom.channel ? EnumCell(Channels(), *custom.channel) : Cell{};
    });
    uf("UF_CRM_1700000004", "double", false, [](C c, Id id) {
      const DealCustom custom = CustomOf(c, id);
      return custom.area ? Real(*custom.area) : Cell{};
    });
    uf("UF_CRM_1700000005", "date", false, [](C c, Id id) {
      const DealCustom custom = CustomOf(c, id);
      return custom.ship_day ? DateCell(custom.ship_day->number) : Cell{};
    });
    uf("UF_CRM_1700000006", "boolean", false, [](C c, Id id) {
      Cell cell = Number(CustomOf(c, id).needs_montage ? 1 : 0);
      cell.kind = Cell::Kind::kBool;
      return cell;
    });
    uf("UF_CRM_1700000007", "money", false, [](C c, Id id) {
      const DealCustom custom = CustomOf(c, id);
      return custom.cost ? Text(custom.cost->ToString() + "|RUB") : Cell{};
    });
    uf("UF_CRM_1700000008", "string", false, [](C c, Id id) { return TextOrNull(CustomOf(c, id).contract); });
    uf("UF_CRM_1700000009", "employee", false, [](C c, Id id) { return NumberOrNull(D(c, id).seller); });
    uf("UF_CRM_1700000010", "enumeration", false, [](C c, Id id) {
      const DealCustom custom = CustomOf(c, id);
      return custom.loss_reason ? EnumCell(LossWords(), *custom.loss_reason) : Cell{};
    });
    return list;
  }();
  return fields;
}

const Fields& LeadFields() {
  static const Fields fields = [] {
    Fields list;
    const auto add = [&](auto legacy, auto item, Mark mark, auto get) {
      list.push_back(Make(legacy, item, std::move(mark), get));
    };
    add("ID", "id", {"integer", "ID"}, [](C, Id id) { return Number(id); });
    add("TITLE", "title", {.type = "string", .title = "Название лида", .writable = true},
        [](C c, Id id) { return Text(LeadTitle(c, id)); });
    add("HONORIFIC", "honorific", {"crm_status", "Обращение", "HONORIFIC"}, [](C, Id) { return Cell{}; });
    add("NAME", "name", {"string", "Имя"}, [](C c, Id id) { return Text(LeadName(c, id).first); });
    add("SECOND_NAME", "secondName", {"string", "Отчество"},
        [](C c, Id id) { return Text(LeadName(c, id).second); });
    add("LAST_NAME", "lastName", {"string", "Фамилия"},
        [](C c, Id id) { return Text(LeadName(c, id).last); });
    add("COMPANY_TITLE", "companyTitle", {"string", "Название компании"},
        [](C c, Id id) { return L(c, id).company != 0 ? Text(FirmTitle(c, L(c, id).company)) : Cell{}; });
    add("COMPANY_ID", "companyId", {"crm_company", "Компания"},
        [](C c, Id id) { return Number(L(c, id).company); });
    add("CONTACT_ID", "contactId", {"crm_contact", "Контакт"},
        [](C c, Id id) { return Number(L(c, id).contact); });
    add("IS_RETURN_CUSTOMER", "isReturnCustomer", {"char", "Повторный лид"},
        [](C c, Id id) { return Flag(L(c, id).returning); });
    add("SOURCE_ID", "sourceId", {"crm_status", "Источник", "SOURCE"},
        [](C c, Id id) { return Text(std::string(Sources()[L(c, id).source].id)); });
    add("SOURCE_DESCRIPTION", "sourceDescription", {"string", "Дополнительно об источнике"},
        [](C, Id) { return Cell{}; });
    add("STATUS_ID", "stageId",
        {.type = "crm_status", .title = "Стадия", .status_type = "STATUS", .writable = true},
        [](C c, Id id) { return Text(std::string(LeadStages()[L(c, id).stage].id)); });
    add("STATUS_DESCRIPTION", "statusDescription", {"string", "Дополнительно о стадии"},
        [](C, Id) { return Cell{}; });
    add("STATUS_SEMANTIC_ID", "stageSemanticId", {"string", "Группа стадии"},
        [](C c, Id id) { return Text(std::string(1, StageAt(c, false, L(c, id).stage, c.now).semantic)); });
    add("CURRENCY_ID", "currencyId", {"crm_currency", "Валюта"},
        [](C c, Id id) { return Text(std::string(Currencies()[L(c, id).currency].code)); });
    add("OPPORTUNITY", "opportunity", {.type = "double", .title = "Сумма", .writable = true},
        [](C c, Id id) { return MoneyCell(L(c, id).amount_minor); });
    add("IS_MANUAL_OPPORTUNITY", "isManualOpportunity", {"char", "Ручной режим суммы"},
        [](C, Id) { return Flag(false); });
    add("HAS_PHONE", "hasPhone", {"char", "Есть телефон"}, [](C, Id) { return Flag(true); });
    add("HAS_EMAIL", "hasEmail", {"char", "Есть почта"},
        [](C c, Id id) { return Flag(L(c, id).contact != 0); });
    add("HAS_IMOL", "hasImol", {"char", "Есть открытая линия"}, [](C, Id) { return Flag(false); });
    add("ASSIGNED_BY_ID", "assignedById", {.type = "user", .title = "Ответственный", .writable = true},
        [](C c, Id id) { return Number(L(c, id).owner); });
    add("CREATED_BY_ID", "createdBy", {"user", "Кем создан"},
        [](C c, Id id) { return Number(L(c, id).creator); });
    add("MODIFY_BY_ID", "updatedBy", {"user", "Кем изменён"},
        [](C c, Id id) { return Number(L(c, id).modifier); });
    add("MOVED_BY_ID", "movedBy", {"user", "Кем перемещён"},
        [](C c, Id id) { return Number(L(c, id).mover); });
    add("DATE_CREATE", "createdTime", {"datetime", "Дата создания"},
        [](C c, Id id) { return Moment(L(c, id).created); });
    add("DATE_MODIFY", "updatedTime", {"datetime", "Дата изменения"},
        [](C c, Id id) { return Moment(L(c, id).modified); });
    add("MOVED_TIME", "movedTime", {"datetime", "Дата перемещения"},
        [](C c, Id id) { return Moment(L(c, id).moved); });
    add("DATE_CLOSED", "dateClosed", {"datetime", "Дата завершения"},
        [](C c, Id id) { return L(c, id).closed != 0 ? Moment(L(c, id).closed) : Text(""); });
    add("LAST_ACTIVITY_TIME", "lastActivityTime", {"datetime", "Последняя активность"},
        [](C c, Id id) { return Moment(L(c, id).last_activity); });
    add("LAST_ACTIVITY_BY", "lastActivityBy", {"user", "Автор последней активности"},
        [](C c, Id id) { return Number(L(c, id).owner); });
    add("OPENED", "opened", {"char", "Доступен для всех"}, [](C, Id) { return Flag(true); });
    add("COMMENTS", "comments", {"string", "Комментарий"}, [](C, Id) { return Cell{}; });
    add("ORIGINATOR_ID", "originatorId", {"string", "Внешний источник"}, [](C, Id) { return Cell{}; });
    add("ORIGIN_ID", "originId", {"string", "Идентификатор во внешнем источнике"},
        [](C, Id) { return Cell{}; });
    AddUtm(list, L);
    add("PHONE", "", {.type = "crm_multifield", .title = "Телефон", .multiple = true, .on_demand = true},
        [](C c, Id id) { return Multifield(id * 2, "PHONE", LeadPhone(c, id)); });
    add("", "fm", {.type = "crm_multifield", .title = "Связь", .multiple = true, .on_demand = true},
        [](C c, Id id) { return ItemMultifields(id, LeadPhone(c, id), TypedEmail(c, L(c, id).contact)); });
    add("UF_CRM_1700000102", ItemName("UF_CRM_1700000102"), {"enumeration", "Город"},
        [](C c, Id id) { return EnumCell(Cities(), LeadCity(c, id)); });
    add("UF_CRM_1700000103", ItemName("UF_CRM_1700000103"), {"enumeration", "Причина отказа"},
        [](C c, Id id) {
          const auto reason = LeadLossReason(c, id);
          return reason ? Number(std::stoll(LeadReasonId(*reason))) : Cell{};
        });
    return list;
  }();
  return fields;
}

const Fields& ContactFields() {
  static const Fields fields = [] {
    Fields list;
    const auto add = [&](auto legacy, auto item, Mark mark, auto get) {
      list.push_back(Make(legacy, item, std::move(mark), get));
    };
    add("ID", "id", {"integer", "ID"}, [](C, Id id) { return Number(id); });
    add("NAME", "name", {"string", "Имя"}, [](C c, Id id) { return Text(ContactName(c, id).first); });
    add("SECOND_NAME", "secondName", {"string", "Отчество"},
        [](C c, Id id) { return Text(ContactName(c, id).second); });
    add("LAST_NAME", "lastName", {"string", "Фамилия"},
        [](C c, Id id) { return Text(ContactName(c, id).last); });
    add("POST", "post", {"string", "Должность"}, [](C, Id) { return Cell{}; });
    add("COMPANY_ID", "companyId", {"crm_company", "Компания"},
        [](C c, Id id) { return P(c, id).company == 0 ? Cell{} : Number(P(c, id).company); });
    add("TYPE_ID", "typeId", {"crm_status", "Тип контакта", "CONTACT_TYPE"},
        [](C, Id) { return Text("CLIENT"); });
    add("SOURCE_ID", "sourceId", {"crm_status", "Источник", "SOURCE"},
        [](C c, Id id) { return Text(std::string(Sources()[P(c, id).source].id)); });
    add("ASSIGNED_BY_ID", "assignedById", {"user", "Ответственный"},
        [](C c, Id id) { return Number(P(c, id).owner); });
    add("CREATED_BY_ID", "createdBy", {"user", "Кем создан"},
        [](C c, Id id) { return Number(P(c, id).creator); });
    add("MODIFY_BY_ID", "updatedBy", {"user", "Кем изменён"},
        [](C c, Id id) { return Number(P(c, id).owner); });
    add("DATE_CREATE", "createdTime", {"datetime", "Дата создания"},
        [](C c, Id id) { return Moment(P(c, id).created); });
    add("DATE_MODIFY", "updatedTime", {"datetime", "Дата изменения"},
        [](C c, Id id) { return Moment(P(c, id).modified); });
    add("LAST_ACTIVITY_TIME", "lastActivityTime", {"datetime", "Последняя активность"},
        [](C c, Id id) { return Moment(P(c, id).last_activity); });
    add("LEAD_ID", "leadId", {"crm_lead", "Лид"}, [](C c, Id id) { return NumberOrNull(P(c, id).lead); });
    add("", "categoryId", {"crm_category", "Направление"}, [](C, Id) { return Number(0); });
    add("UTM_SOURCE", "utmSource", {"string", "Рекламная система"}, [](C, Id) { return Cell{}; });
    add("HAS_PHONE", "hasPhone", {"char", "Есть телефон"}, [](C, Id) { return Flag(true); });
    add("HAS_EMAIL", "hasEmail", {"char", "Есть почта"}, [](C, Id) { return Flag(true); });
    add("PHONE", "", {.type = "crm_multifield", .title = "Телефон", .multiple = true, .on_demand = true},
        [](C c, Id id) { return Multifield(id * 2, "PHONE", ContactPhone(c, id)); });
    add("EMAIL", "", {.type = "crm_multifield", .title = "E-mail", .multiple = true, .on_demand = true},
        [](C c, Id id) { return Multifield(id * 2 + 1, "EMAIL", ContactEmail(c, id)); });
    add("", "fm", {.type = "crm_multifield", .title = "Связь", .multiple = true, .on_demand = true},
        [](C c, Id id) { return ItemMultifields(id, ContactPhone(c, id), ContactEmail(c, id)); });
    add("UF_CRM_1700000202", ItemName("UF_CRM_1700000202"), {"enumeration", "Город"},
        [](C c, Id id) { return EnumCell(Cities(), P(c, id).city); });
    return list;
  }();
  return fields;
}

const Fields& CompanyFields() {
  static const Fields fields = [] {
    Fields list;
    const auto add = [&](auto legacy, auto item, Mark mark, auto get) {
      list.push_back(Make(legacy, item, std::move(mark), get));
    };
    add("ID", "id", {"integer", "ID"}, [](C, Id id) { return Number(id); });
    add("TITLE", "title", {"string", "Название компании"}, [](C c, Id id) { return Text(FirmTitle(c, id)); });
    add("COMPANY_TYPE", "typeId", {"crm_status", "Тип компании", "COMPANY_TYPE"},
        [](C c, Id id) { return Text(std::string(CompanyTypes()[F(c, id).type].id)); });
    add("INDUSTRY", "industry", {"crm_status", "Сфера деятельности", "INDUSTRY"},
        [](C c, Id id) { return Text(std::string(Industries()[F(c, id).industry].id)); });
    add("EMPLOYEES", "employees", {"crm_status", "Кол-во сотрудников", "EMPLOYEES"},
        [](C, Id) { return Text("EMPLOYEES_1"); });
    add("REVENUE", "revenue", {"double", "Годовой оборот"}, [](C, Id) { return MoneyCell(0); });
    add("CURRENCY_ID", "currencyId", {"crm_currency", "Валюта"}, [](C, Id) { return Text("RUB"); });
    add("IS_MY_COMPANY", "isMyCompany", {"char", "Моя компания"},
        [](C c, Id id) { return Flag(F(c, id).own); });
    add("ASSIGNED_BY_ID", "assignedById", {"user", "Ответственный"},
        [](C c, Id id) { return Number(F(c, id).owner); });
    add("CREATED_BY_ID", "createdBy", {"user", "Кем создана"},
        [](C c, Id id) { return Number(F(c, id).creator); });
    add("MODIFY_BY_ID", "updatedBy", {"user", "Кем изменена"},
        [](C c, Id id) { return Number(F(c, id).owner); });
    add("DATE_CREATE", "createdTime", {"datetime", "Дата создания"},
        [](C c, Id id) { return Moment(F(c, id).created); });
    add("DATE_MODIFY", "updatedTime", {"datetime", "Дата изменения"},
        [](C c, Id id) { return Moment(F(c, id).modified); });
    add("LAST_ACTIVITY_TIME", "lastActivityTime", {"datetime", "Последняя активность"},
        [](C c, Id id) { return Moment(F(c, id).last_activity); });
    add("LEAD_ID", "leadId", {"crm_lead", "Лид"}, [](C, Id) { return Cell{}; });
    add("", "categoryId", {"crm_category", "Направление"}, [](C, Id) { return Number(0); });
    add("UTM_SOURCE", "utmSource", {"string", "Рекламная система"}, [](C, Id) { return Cell{}; });
    add("HAS_PHONE", "hasPhone", {"char", "Есть телефон"}, [](C c, Id id) { return Flag(!F(c, id).own); });
    add("HAS_EMAIL", "hasEmail", {"char", "Есть почта"}, [](C, Id) { return Flag(false); });
    add("PHONE", "", {.type = "crm_multifield", .title = "Телефон", .multiple = true, .on_demand = true},
        [](C c, Id id) { return Multifield(id * 2, "PHONE", FirmPhone(c, id)); });
    add("", "fm", {.type = "crm_multifield", .title = "Связь", .multiple = true, .on_demand = true},
        [](C c, Id id) { return ItemMultifields(id, FirmPhone(c, id), ""); });
    add("UF_CRM_1700000302", ItemName("UF_CRM_1700000302"), {"enumeration", "Город"},
        [](C c, Id id) { return EnumCell(Cities(), F(c, id).city); });
    return list;
  }();
  return fields;
}

}  // namespace svodka::emulator::bitrix24
