#include <map>

#include "emulator/bitrix24/call.hpp"

namespace svodka::emulator::bitrix24 {

const std::map<std::string, Call::Handler>& Call::Handlers() {
  static const std::map<std::string, Handler> handlers = {
      {"user.get", &Call::UserGet},
      {"user.search", &Call::UserGet},
      {"user.current", &Call::UserCurrent},
      {"user.admin", &Call::UserAdmin},
      {"profile", &Call::Profile},
      {"scope", &Call::Scope},
      {"methods", &Call::Methods},
      {"server.time", &Call::ServerTime},
      {"app.info", &Call::AppInfo},
      {"department.get", &Call::DepartmentGet},
      {"crm.category.list", &Call::CategoryList},
      {"crm.dealcategory.list", &Call::DealCategoryList},
      {"crm.dealcategory.stage.list", &Call::DealCategoryStageList},
      {"crm.status.list", &Call::StatusList},
      {"crm.status.entity.types", &Call::StatusEntityTypes},
      {"crm.settings.mode.get", &Call::SettingsMode},
      {"crm.currency.list", &Call::CurrencyList},
      {"crm.currency.base.get", &Call::CurrencyBase},
      {"crm.enum.ownertype", &Call::OwnerTypes},
      {"crm.type.list", &Call::ItemTypes},
      {"crm.deal.list", &Call::LegacyList},
      {"crm.lead.list", &Call::LegacyList},
      {"crm.contact.list", &Call::LegacyList},
      {"crm.company.list", &Call::LegacyList},
      {"crm.deal.get", &Call::LegacyGet},
      {"crm.lead.get", &Call::LegacyGet},
      {"crm.contact.get", &Call::LegacyGet},
      {"crm.company.get", &Call::LegacyGet},
      {"crm.deal.fields", &Call::LegacyFields},
      {"crm.lead.fields", &Call::LegacyFields},
      {"crm.contact.fields", &Call::LegacyFields},
      {"crm.company.fields", &Call::LegacyFields},
      {"crm.deal.userfield.list", &Call::UserFieldList},
      {"crm.lead.userfield.list", &Call::UserFieldList},
      {"crm.contact.userfield.list", &Call::UserFieldList},
      {"crm.company.userfield.list", &Call::UserFieldList},
      {"crm.item.list", &Call::ItemList},
      {"crm.item.get", &Call::ItemGet},
      {"crm.item.fields", &Call::ItemFields},
      {"crm.stagehistory.list", &Call::StageHistory},
      {"crm.deal.contact.items.get", &Call::DealContacts},
      {"crm.contact.company.items.get", &Call::ContactCompanies},
      {"crm.company.contact.items.get", &Call::CompanyContacts},
      {"crm.activity.list", &Call::ActivityList},
      {"crm.activity.get", &Call::ActivityGet},
      {"crm.activity.binding.list", &Call::ActivityBindings},
      {"crm.timeline.comment.list", &Call::CommentList},
      {"crm.timeline.comment.get", &Call::CommentGet},
      {"voximplant.statistic.get", &Call::CallStatistic},
      {"tasks.task.list", &Call::TaskList},
      {"crm.item.productrow.list", &Call::ProductRows},
      {"crm.product.list", &Call::ProductList},
      {"catalog.product.list", &Call::CatalogProducts},
      {"crm.activity.todo.add", &Call::TodoAdd},
      {"crm.item.update", &Call::ItemUpdate},
      {"crm.deal.update", &Call::LegacyUpdate},
      {"crm.lead.update", &Call::LegacyUpdate},
      {"crm.deal.delete", &Call::LegacyDelete},
      {"crm.lead.delete", &Call::LegacyDelete},
      {"crm.timeline.comment.add", &Call::CommentAdd},
      {"crm.timeline.comment.delete", &Call::CommentDelete},
      {"tasks.task.add", &Call::TaskAdd},
  };
  return handlers;
}

bool Call::Known(const std::string& method) { return Handlers().contains(method); }

bool Call::Writes(const std::string& method) {
  return method.ends_with(".add") || method.ends_with(".update") || method.ends_with(".delete");
}

std::string Call::ScopeOf(const std::string& method) {
  if (method.starts_with("crm.")) return "crm";
  if (method.starts_with("user.")) return "user";
  if (method.starts_with("department.")) return "department";
  if (method.starts_with("voximplant.")) return "telephony";
  if (method.starts_with("tasks.")) return "task";
  if (method.starts_with("catalog.")) return "catalog";
  return "";
}

Answer Call::Run() { return (this->*Handlers().at(method_))(); }

}  // namespace svodka::emulator::bitrix24
