#pragma once

#include <optional>
#include <string>
#include <vector>

#include "emulator/bitrix24/portal.hpp"

namespace svodka::emulator::bitrix24 {

/// What a method gave.
struct Answer {
  json::value result;
  std::optional<int64_t> total, next;
  size_t scanned = 0;
};

/// The portal's tables with their indexes.
struct Portal::Tables {
  Table leads, deals, contacts, companies, activities, lead_history, deal_history, tasks, comments, calls,
      smart_items;
  ChangeIndex lead_changes, lead_signs, deal_changes, deal_signs, contact_changes, contact_signs,
      company_changes, company_signs, activity_changes, task_changes;
};

/// One method call with its parameters. The caller holds the portal's lock: shared for reading methods,
/// exclusive for writing ones (see Writes).
class Call {
 public:
  Call(Portal& portal, std::string method, const json::object& params, const Faults& faults)
      : portal_(portal), method_(std::move(method)), params_(params), faults_(faults) {}

  /// `method` in lower case. Throws ApiError.
  Answer Run();
  static bool Writes(const std::string& method);
  static bool Known(const std::string& method);
  /// The scope that a method needs; empty: none.
  static std::string ScopeOf(const std::string& method);

 private:
  using Handler = Answer (Call::*)();
  static const std::map<std::string, Handler>& Handlers();
  const Company& company() const { return portal_.company_; }
  Portal::Tables& tables() { return *portal_.tables_; }

  // methods_directory.cpp
  Answer UserGet();
  Answer UserCurrent();
  Answer Profile();
  Answer Scope();
  Answer ServerTime();
  Answer AppInfo();
  Answer DepartmentGet();
  Answer CategoryList();
  Answer DealCategoryList();
  Answer DealCategoryStageList();
  Answer StatusList();
  Answer StatusEntityTypes();
  Answer SettingsMode();
  Answer CurrencyList();
  Answer CurrencyBase();
  Answer OwnerTypes();
  Answer ItemTypes();
  Answer Methods();
  Answer UserAdmin();
  // methods_lists.cpp
  Answer LegacyList();
  Answer LegacyGet();
  Answer LegacyFields();
  Answer UserFieldList();
  Answer ItemList();
  Answer ItemGet();
  Answer ItemFields();
  Answer StageHistory();
  Answer DealContacts();
  Answer ContactCompanies();
  Answer CompanyContacts();
  Answer ActivityList();
  Answer ActivityGet();
  Answer ActivityBindings();
  Answer CommentList();
  Answer CommentGet();
  Answer CallStatistic();
  Answer TaskList();
  Answer ProductRows();
  Answer ProductList();
  Answer CatalogProducts();
  // methods_writes.cpp
  Answer TodoAdd();
  Answer ItemUpdate();
  Answer LegacyUpdate();
  Answer LegacyDelete();
  Answer CommentAdd();
  Answer CommentDelete();
  Answer TaskAdd();

  Answer ListFrom(const Table& table, Dialect dialect, const json::value* filter,
                  const std::vector<std::string>& select, std::vector<std::pair<std::string, bool>> order);
  std::vector<std::pair<std::string, bool>> Order() const;
  int64_t Start() const;
  /// Cuts a prepared list into pages as the portal does.
  Answer PageOf(json::array rows);
  CardType LegacyType() const;
  const Table& TableOf(CardType type);
  Table Restricted(const Table& table);
  CardType ItemType() const;
  bool IsSmartItem() const;
  uint32_t RequiredId(const char* name) const;
  uint32_t ExistingId(CardType type, const char* name, bool item);
  void UpdateCard(CardType type, uint32_t id, const json::value& fields, Dialect dialect);
  Second Tick();

  Portal& portal_;
  std::string method_;
  const json::object& params_;
  const Faults& faults_;
};

}  // namespace svodka::emulator::bitrix24
