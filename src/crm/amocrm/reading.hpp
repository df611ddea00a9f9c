#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/money.hpp"
#include "base/time.hpp"
#include "crm/rows.hpp"

namespace svodka::crm::amocrm {

/// A stage of ours is a status in its pipeline: 142 (won) and 143 (lost) are shared by all pipelines.
std::string StageId(std::string_view pipeline, std::string_view status);
inline constexpr std::string_view kWonStatus = "142";
inline constexpr std::string_view kLostStatus = "143";

/// What the decoder must know of the account; filled from its dictionaries.
struct Reading {
  std::string currency;
  bool has_cents = false;
  Zone zone = Zone::Utc();
  std::set<std::string> lead_pipelines;  ///< a setting: the cards of these pipelines are leads
  std::map<std::string, std::string> unsorted_statuses;  ///< pipeline -> its status of incoming requests
  std::string planned_close_field;                       ///< a setting: id of a date field of leads; "": none
  std::string source_field;     ///< id of a lead field that names the source; "": the account's own sources
  std::string deal_type_field;  ///< id of a lead field that names the deal's type; "": none

  struct Field {
    std::string type;  ///< of CustomFieldRow
    std::string code;
  };
  std::map<std::string, std::map<std::string, Field>>
      fields;                                        ///< by entity (lead, contact, company), by field id
  std::set<int64_t> meeting_types{2};                ///< task types that are meetings
  std::map<std::string, std::string> users_by_name;  ///< folded name -> id; "": several have that name
  void NameUser(std::string_view name, const std::string& id);
  /// Id of the only employee of that name; "": nobody, or not only one.
  std::string UserNamed(std::string_view name) const;

  int64_t invoices_catalog = 0, products_catalog = 0;
  int64_t due_field = 0;  ///< of invoices: a date field of the people's own
  int64_t paid_field =
      0;  ///< of invoices: a number field of the people's own, what has come of one paid in part
  std::unordered_map<int64_t, PaymentRow>
      invoices;  ///< by element id; deal_id is set by the first card linked
  std::unordered_map<int64_t, ProductRow> products;  ///< by element id

  /// Is a card there a lead? (metrics.md "Leads": unsorted requests and cards of the lead pipelines.)
  bool IsLeadPlace(const std::string& pipeline, const std::string& status) const;
  bool has_lead_places() const { return !lead_pipelines.empty() || !unsorted_statuses.empty(); }
};

}  // namespace svodka::crm::amocrm
