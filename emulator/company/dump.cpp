#include "emulator/company/dump.hpp"

#include <cstdio>
#include <filesystem>
#include <string_view>

#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/csv.hpp"
#include "emulator/company/dress.hpp"
#include "emulator/company/texts.hpp"

namespace svodka::emulator {
namespace {

std::string_view EntityWord(CardType type) {
  static constexpr std::string_view kWords[] = {"", "lead", "deal", "contact", "company"};
  return kWords[static_cast<size_t>(type)];
}

void Utm(Csv& csv, uint8_t index) {
  const Campaign& campaign = Campaigns()[index];
  csv.TextOrNull(campaign.source)
      .TextOrNull(campaign.medium)
      .TextOrNull(campaign.campaign)
      .TextOrNull(campaign.content)
      .TextOrNull(campaign.term);
}

class Dumper {
 public:
  Dumper(const Company& company, const std::string& folder) : c_(company), folder_(folder) {}

  void Dictionaries() {
    Csv portal(folder_, "portal", "id,kind,name,zone,base_currency,address,has_leads");
    portal.Text("emulator")
        .Text("bitrix24")
        .Text("Перегородкин")
        .Text("Europe/Moscow")
        .Text("RUB")
        .Null()
        .Flag(true)
        .End();
    portal.Close();
    Csv departments(folder_, "department", "id,name,parent_id,head_user_id,sort,removed_at,seen_at");
    for (const Department& one : c_.departments) {
      departments.Number(one.id)
          .Text(one.name)
          .IdOrNull(one.parent)
          .IdOrNull(one.head)
          .Number(one.sort)
          .Null()
          .Moment(c_.now)
          .End();
    }
    departments.Close();
    Csv users(folder_, "crm_user", "id,name,email,position,photo_url,active,placeholder,removed_at,seen_at");
    Csv links(folder_, "user_department", "user_id,department_id,ordinal");
    for (const Employee& one : c_.employees) {
      users.Number(one.id)
          .Text(UserName(one))
          .Text(one.email)
          .Text(one.position)
          .Null()
          .Flag(one.dismissed == 0 || one.dismissed > c_.now)
          .Flag(false)
          .Null()
          .Moment(c_.now)
          .End();
      links.Number(one.id).Number(one.department).Number(0).End();
      if (one.second_department != 0) links.Number(one.id).Number(one.second_department).Number(1).End();
    }
    users.Number(900).Text("900").Null().Null().Null().Flag(true).Flag(true).Null().Moment(c_.now).End();
    users.Close();
    links.Close();
    Csv pipelines(folder_, "pipeline", "entity,id,name,sort,removed_at,seen_at");
    pipelines.Text("lead").Text("lead").Text("Лиды").Number(10).Null().Moment(c_.now).End();
    for (const Pipeline& one : Pipelines())
      pipelines.Text("deal").Number(one.category).Text(one.name).Number(one.sort).Null().Moment(c_.now).End();
    pipelines.Close();
    Csv stages(folder_, "stage", "entity,pipeline_id,id,name,sort,semantic,color,is_junk,removed_at,seen_at");
    const auto stage = [&](std::string_view entity, const std::string& pipeline, const Stage& one) {
      stages.Text(entity)
          .Text(pipeline)
          .Text(one.id)
          .Text(one.name)
          .Number(one.sort)
          .Text(std::string_view(&one.semantic, 1))
          .Text(one.color)
          .Null()
          .Null()
          .Moment(c_.now)
          .End();
    };
    for (const Stage& one : LeadStages()) stage("lead", "lead", one);
    for (const Stage& one : DealStages()) stage("deal", std::to_string(one.category), one);
    stages.Close();
    Csv dictionary(folder_, "dictionary", "kind,id,name,sort,is_junk,removed_at,seen_at");
    const auto entries = [&](std::string_view kind, const auto& list) {
      int sort = 0;
      for (const auto& one : list)
        dictionary.Text(kind)
            .Text(one.id)
            .Text(one.name)
            .Number(sort += 10)
            .Null()
            .Null()
            .Moment(c_.now)
            .End();
    };
    entries("source", Sources());
    entries("deal_type", DealTypes());
    entries("client_type", CompanyTypes());
    entries("industry", Industries());
    entries("region", Cities());
    dictionary.Close();
    Csv rates(folder_, "currency_rate", "currency,day,rate,seen_at");
    for (const CurrencyEntry& one : Currencies())
      rates.Text(one.code).Number(LocalDay(c_.now).number).Money(one.rate_minor, false).Moment(c_.now).End();
    rates.Close();
  }

  void Clients() {
    Csv csv(folder_, "client",
            "id,kind,name,company_id,client_type_id,industry_id,region_id,source_id,owner_id,creator_id,"
            "phone,is_own,created_at,modified_at,deleted_at,seen_at");
    for (uint32_t id = 1; id <= c_.firms.size(); ++id) {
      const Firm& one = c_.firms[id - 1];
      if (one.deleted) continue;
      csv.Prefixed("company:", id)
          .Text("company")
          .Text(FirmTitle(c_, id))
          .Null()
          .Text(CompanyTypes()[one.type].id)
          .Text(Industries()[one.industry].id)
          .Text(Cities()[one.city].id)
          .Text(Sources()[one.source].id)
          .Number(one.owner)
          .Number(one.creator)
          .Text(FirmPhone(c_, id).substr(1))
          .Flag(one.own)
          .Moment(one.created)
          .Moment(one.modified)
          .Null()
          .Moment(c_.now)
          .End();
    }
    for (uint32_t id = 1; id <= c_.contacts.size(); ++id) {
      const Contact& one = c_.contacts[id - 1];
      if (one.deleted) continue;
      const PersonName name = ContactName(c_, id);
      csv.Prefixed("contact:", id)
          .Text("contact")
          .Text(name.last + " " + name.first)
          .Prefixed("company:", one.company)
          .Text("CLIENT")
          .Null()
          .Text(Cities()[one.city].id)
          .Text(Sources()[one.source].id)
          .Number(one.owner)
          .Number(one.creator)
          .Text(ContactPhone(c_, id).substr(1))
          .Flag(false)
          .Moment(one.created)
          .Moment(one.modified)
          .Null()
          .Moment(c_.now)
          .End();
    }
    csv.Close();
  }

  void Leads() {
    Csv csv(folder_, "lead",
            "id,title,pipeline_id,stage_id,amount,currency,owner_id,creator_id,mover_id,company_id,contact_"
            "id,source_id,loss_reason_id,utm_source,utm_medium,utm_campaign,utm_content,utm_term,phone,"
            "created_at,modified_at,moved_at,closed_at,last_activity_at,deleted_at,seen_at");
    for (uint32_t id = 1; id <= c_.leads.size(); ++id) {
      const Lead& one = c_.leads[id - 1];
      if (one.deleted) continue;
      const Stage& stage = LeadStages()[one.stage];
      csv.Number(id)
          .Text(LeadTitle(c_, id))
          .Text("lead")
          .Text(stage.id)
          .Money(one.amount_minor, one.no_amount)
          .Text("RUB")
          .Number(one.owner)
          .Number(one.creator)
          .Number(one.mover)
          .Prefixed("company:", one.company)
          .Prefixed("contact:", one.contact)
          .Text(Sources()[one.source].id);
      csv.TextOrNull(stage.semantic == 'F' ? stage.id : std::string_view());
      Utm(csv, one.utm);
      csv.Text(LeadPhone(c_, id).substr(1))
          .Moment(one.created)
          .Moment(one.modified)
          .Moment(one.moved)
          .Moment(one.closed)
          .Moment(one.last_activity)
          .Null()
          .Moment(c_.now)
          .End();
    }
    csv.Close();
  }

  void Deals() {
    Csv csv(folder_, "deal",
            "id,title,pipeline_id,stage_id,amount,currency,owner_id,creator_id,mover_id,seller_id,lead_id,"
            "company_id,contact_id,source_id,deal_type_id,loss_reason_id,utm_source,utm_medium,utm_campaign,"
            "utm_content,utm_term,phone,probability,is_return_customer,created_at,modified_at,moved_at,"
            "closed_at,planned_close,last_activity_at,last_comment,last_comment_at,deleted_at,seen_at");
    Csv clients(folder_, "deal_client", "deal_id,client_id,is_primary");
    Csv lines(folder_, "product_line", "deal_id,ordinal,product_id,name,price,quantity,amount");
    Csv values(folder_, "custom_value",
               "entity,card_id,field_id,ordinal,text_value,number_value,money_value,day_value");
    for (uint32_t id = 1; id <= c_.deals.size(); ++id) {
      const Deal& one = c_.deals[id - 1];
      if (one.template_ || one.deleted) continue;
      const Stage& stage = DealStages()[one.stage];
      csv.Number(id)
          .Text(DealTitle(c_, id))
          .Number(stage.category)
          .Text(stage.id)
          .Money(one.amount_minor, one.no_amount)
          .Text(Currencies()[one.currency].code)
          .Number(one.owner)
          .Number(one.creator)
          .Number(one.mover)
          .IdOrNull(one.seller)
          .IdOrNull(one.lead)
          .Prefixed("company:", one.company)
          .Prefixed("contact:", one.contact)
          .TextOrNull(one.no_source ? std::string_view() : Sources()[one.source].id)
          .Text(DealTypes()[one.type].id)
          .TextOrNull(stage.semantic == 'F' ? stage.id : std::string_view());
      Utm(csv, one.utm);
      csv.TextOrNull(one.contact != 0 ? ContactPhone(c_, one.contact).substr(1) : std::string())
          .Null()
          .Flag(one.returning)
          .Moment(one.created)
          .Moment(one.modified)
          .Moment(one.moved)
          .Null()
          .Number(one.planned_close)
          .Moment(one.last_activity);
      uint32_t comment = one.last_comment;
      while (comment != 0 && c_.comments[comment - 1].deleted) comment = c_.comments[comment - 1].previous;
      if (comment != 0) {
        csv.Text(CommentText(c_, comment)).Moment(c_.comments[comment - 1].created);
      } else {
        csv.Null().Null();
      }
      csv.Null().Moment(c_.now).End();
      if (one.company != 0) clients.Number(id).Prefixed("company:", one.company).Flag(true).End();
      if (one.contact != 0) clients.Number(id).Prefixed("contact:", one.contact).Flag(true).End();
      if (one.second_contact != 0)
        clients.Number(id).Prefixed("contact:", one.second_contact).Flag(false).End();
      int ordinal = 0;
      for (const ProductLine& line : LinesOf(c_, id)) {
        lines.Number(id)
            .Number(ordinal++)
            .Number(line.product + 1)
            .Text(Products()[line.product].name)
            .Money(line.price_minor, false)
            .Number(line.quantity)
            .Money(line.price_minor * line.quantity, false)
            .End();
      }
      Custom(values, id);
    }
    csv.Close();
    clients.Close();
    lines.Close();
    values.Close();
    Csv products(folder_, "product", "id,name,category_id,price,currency,seen_at");
    for (size_t i = 0; i < Products().size(); ++i) {
      products.Number(static_cast<int64_t>(i + 1))
          .Text(Products()[i].name)
          .Text(Products()[i].category)
          .Money(Products()[i].price_minor, false)
          .Text("RUB")
          .Moment(c_.now)
          .End();
    }
    products.Close();
  }

  void Events() {
    Csv csv(folder_, "stage_event",
            "entity,id,card_id,kind,pipeline_id,stage_id,moved_at,mover_id,seen_at,semantic");
    for (size_t i = 0; i < c_.lead_events.size(); ++i) {
      const StageEvent& one = c_.lead_events[i];
      csv.Text("lead")
          .Number(static_cast<int64_t>(i + 1))
          .Number(one.card)
          .Number(one.kind)
          .Text("lead")
          .Text(LeadStages()[one.stage].id)
          .Moment(one.at)
          .Null()
          .Moment(c_.now)
          .Text(std::string_view(&LeadStages()[one.stage].semantic, 1))
          .End();
    }
    for (size_t i = 0; i < c_.deal_events.size(); ++i) {
      const StageEvent& one = c_.deal_events[i];
      const Stage& stage = DealStages()[one.stage];
      csv.Text("deal")
          .Number(static_cast<int64_t>(i + 1))
          .Number(one.card)
          .Number(one.kind)
          .Number(stage.category)
          .Text(stage.id)
          .Moment(one.at)
          .Null()
          .Moment(c_.now)
          .Text(std::string_view(&DealStages()[one.stage].semantic, 1))
          .End();
    }
    csv.Close();
  }

  void Activities() {
    Csv csv(folder_, "activity",
            "id,kind,direction,provider,subject,author_id,doer_id,created_at,starts_at,deadline_at,completed,"
            "completed_at,auto_completed,happened_at,duration_s,missed,modified_at,text,deleted_at,seen_at");
    Csv links(folder_, "activity_binding", "activity_id,entity,card_id");
    Csv calls(folder_, "call",
              "id,activity_id,user_id,direction,phone,started_at,duration_s,failed_code,missed,entity,card_"
              "id,seen_at");
    for (uint32_t id = 1; id <= c_.actions.size(); ++id) {
      const Action& one = c_.actions[id - 1];
      if (one.deleted) continue;
      const Dress dress = DressOf(one, id);
      const bool task = one.kind == ActionKind::kTask;
      const bool directed =
          one.kind == ActionKind::kCall || one.kind == ActionKind::kEmail || one.kind == ActionKind::kMessage;
      const std::string_view prefix = task ? "task:" : "act:";
      const int64_t number = task ? one.reference : id;
      csv.Prefixed(prefix, number)
          .Text(dress.kind)
          .TextOrNull(!directed      ? ""
                      : one.incoming ? "in"
                                     : "out")
          .Text(dress.provider)
          .Text(ActionSubject(c_, id))
          .Number(one.author)
          .Number(one.responsible)
          .Moment(one.created)
          .Moment(one.start)
          .Moment(one.deadline)
          .Flag(one.completed)
          .Moment(one.completed ? one.modified : 0)
          .Flag(one.automatic)
          .Moment(one.completed ? (one.kind == ActionKind::kTodo || task ? one.modified : one.start) : 0);
      if (one.kind == ActionKind::kCall || one.kind == ActionKind::kMeeting) {
        csv.Number(one.end - one.start);
      } else {
        csv.Null();
      }
      if (one.kind == ActionKind::kCall) {
        csv.Flag(one.missed);
      } else {
        csv.Null();
      }
      csv.Moment(one.modified).Null().Null().Moment(c_.now).End();
      const auto link = [&](CardType type, uint32_t card) {
        if (type != CardType::kNone) links.Prefixed(prefix, number).Text(EntityWord(type)).Number(card).End();
      };
      link(one.card_type, one.card);
      link(one.client_type, one.client);
    }
    for (uint32_t id = 1; id <= c_.comments.size(); ++id) {
      const Comment& one = c_.comments[id - 1];
      if (one.deleted) continue;
      csv.Prefixed("comment:", id)
          .Text("comment")
          .Null()
          .Null()
          .Null()
          .Number(one.author)
          .Number(one.author)
          .Moment(one.created)
          .Moment(one.created)
          .Null()
          .Flag(true)
          .Moment(one.created)
          .Flag(false)
          .Moment(one.created)
          .Null()
          .Null()
          .Moment(one.created)
          .Text(CommentText(c_, id))
          .Null()
          .Moment(c_.now)
          .End();
      links.Prefixed("comment:", id).Text(EntityWord(one.card_type)).Number(one.card).End();
    }
    for (uint32_t id = 1; id <= c_.calls.size(); ++id) {
      const uint32_t action = c_.calls[id - 1];
      const Action& one = c_.actions[action - 1];
      calls.Number(id)
          .Prefixed("act:", action)
          .Number(one.responsible)
          .Text(one.incoming ? "in" : "out")
          .Text(CallPhone(c_, action).substr(1))
          .Moment(one.start)
          .Number(one.end - one.start)
          .Text(CallCode(c_, action))
          .Flag(one.missed);
      if (one.client_type != CardType::kNone) {
        calls.Text(EntityWord(one.client_type)).Number(one.client);
      } else if (one.card_type == CardType::kLead || one.card_type == CardType::kContact) {
        calls.Text(EntityWord(one.card_type)).Number(one.card);
      } else {
        calls.Null().Null();
      }
      calls.Moment(c_.now).End();
    }
    csv.Close();
    links.Close();
    calls.Close();
  }

  void Fields() {
    Csv fields(folder_, "custom_field", "entity,id,title,type,multiple,removed_at,seen_at");
    Csv options(folder_, "custom_option", "entity,field_id,id,label,sort");
    const auto field = [&](const char* id, const char* title, const char* type, bool multiple) {
      fields.Text("deal").Text(id).Text(title).Text(type).Flag(multiple).Null().Moment(c_.now).End();
    };
    field("UF_CRM_1700000001", "Направления", "enum", true);
    field("UF_CRM_1700000002", "Город", "enum", false);
    field("UF_CRM_1700000003", "Канал сбыта", "enum", false);
    field("UF_CRM_1700000004", "Площадь, м²", "number", false);
    field("UF_CRM_1700000005", "Отгрузка по плану", "date", false);
    field("UF_CRM_1700000006", "Нужен монтаж", "flag", false);
    field("UF_CRM_1700000007", "Себестоимость", "money", false);
    field("UF_CRM_1700000008", "Номер договора", "text", false);
    field("UF_CRM_1700000010", "Причина отказа", "enum", false);
    const auto option = [&](const char* id, std::span<const Entry> entries) {
      int sort = 0;
      for (const Entry& entry : entries)
        options.Text("deal").Text(id).Text(entry.id).Text(entry.name).Number(sort += 10).End();
    };
    option("UF_CRM_1700000001", Directions());
    option("UF_CRM_1700000002", Cities());
    option("UF_CRM_1700000003", Channels());
    option("UF_CRM_1700000010", LossWords());
    fields.Close();
    options.Close();
  }

 private:
  void Custom(Csv& csv, uint32_t id) {
    const DealCustom custom = CustomOf(c_, id);
    const auto start = [&](const char* field, int ordinal) -> Csv& {
      return csv.Text("deal").Number(id).Text(field).Number(ordinal);
    };
    int ordinal = 0;
    for (const uint8_t index : custom.directions)
      start("UF_CRM_1700000001", ordinal++).Text(Directions()[index].id).Null().Null().Null().End();
    start("UF_CRM_1700000002", 0).Text(Cities()[custom.city].id).Null().Null().Null().End();
    if (custom.channel)
      start("UF_CRM_1700000003", 0).Text(Channels()[*custom.channel].id).Null().Null().Null().End();
    if (custom.area) {
      char text[32];
      const int length = std::snprintf(text, sizeof text, "%.1f", *custom.area);
      start("UF_CRM_1700000004", 0)
          .Null()
          .Text(std::string_view(text, static_cast<size_t>(length)))
          .Null()
          .Null()
          .End();
    }
    if (custom.ship_day)
      start("UF_CRM_1700000005", 0).Null().Null().Null().Number(custom.ship_day->number).End();
    start("UF_CRM_1700000006", 0).Text(custom.needs_montage ? "Y" : "N").Null().Null().Null().End();
    if (custom.cost)
      start("UF_CRM_1700000007", 0).Null().Null().Money(custom.cost->minor(), false).Null().End();
    if (!custom.contract.empty())
      start("UF_CRM_1700000008", 0).Text(custom.contract).Null().Null().Null().End();
    if (custom.loss_reason)
      start("UF_CRM_1700000010", 0).Text(LossWords()[*custom.loss_reason].id).Null().Null().Null().End();
  }

  const Company& c_;
  std::string folder_;
};

}  // namespace

Status Dump(const Company& company, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Diagnostic{"dump_failed", "cannot make the folder: " + error.message(), folder, {}};
  try {
    Dumper dumper(company, folder);
    dumper.Dictionaries();
    dumper.Fields();
    dumper.Clients();
    dumper.Leads();
    dumper.Deals();
    dumper.Events();
    dumper.Activities();
  } catch (const DiagnosticError& failure) {
    return failure.diagnostic();
  }
  return Done{};
}

}  // namespace svodka::emulator
