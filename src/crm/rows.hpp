#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/money.hpp"
#include "base/time.hpp"

/// Typed source rows: what every connector (a CRM or a file) turns its answers into, and what `sync` loads.
/// Field names, types and meanings are those of `warehouse/migrations/0001_canonical.sql`. Ids are the CRM's
/// own text; nullopt is "unknown", never zero. Moments are UTC. References to clients: `company_id` and
/// `contact_id` of a lead or a deal and `Binding::card_id` are the CRM's bare ids
/// ("5"); ids of clients themselves, `ClientRow::company_id` and `DealRow::Client::client_id` carry the kind
/// ("company:5").
namespace svodka::crm {

using Text = std::optional<std::string>;
using When = std::optional<Instant>;

struct UserRow {
  std::string id;
  std::string name;
  Text email, position, photo_url;
  bool active = true;
  std::optional<bool> is_admin;
  Text role, rights;                ///< the role's name; JSON of warehouse/migrations/0010_user_rights.sql
  std::vector<std::string> phones;  ///< normalised; an extension is its digits
  std::vector<std::string> department_ids;  ///< the first one is the one that figures count under
};
struct DepartmentRow {
  std::string id, name;
  Text parent_id, head_user_id;
  std::optional<int> sort;
};
struct PipelineRow {
  std::string entity;  ///< "lead" or "deal"
  std::string id, name;
  std::optional<int> sort;
};
struct StageRow {
  std::string entity, pipeline_id, id, name;
  std::optional<int> sort;
  char semantic = 'P';  ///< P, S or F
  Text color;
  std::optional<bool> is_junk;
};
struct DictionaryRow {
  std::string kind;  ///< source, deal_type, client_type, region, industry, loss_reason, product_category
  std::string id, name;
  std::optional<int> sort;
  std::optional<bool> is_junk;
};
struct CurrencyRateRow {
  std::string currency;
  Day day;
  std::string rate;  ///< decimal string, units of the base currency for one unit
};

/// One value of a custom field. Exactly one of the typed members is set.
struct CustomValue {
  std::string field_id;
  Text text;  ///< text, option id, 'Y'/'N', reference
  std::optional<double> number;
  std::optional<Money> money;
  std::optional<Day> day;
};
struct CustomFieldRow {
  std::string entity, id, title;
  std::string type;  ///< text, number, money, date, enum, flag, reference
  bool multiple = false;
  struct Option {
    std::string id, label;
    std::optional<int> sort;
  };
  std::vector<Option> options;
};

struct Utm {
  Text source, medium, campaign, content, term;
};

struct ClientRow {
  std::string id;    ///< "company:5", "contact:9"
  std::string kind;  ///< "company" or "contact"
  std::string name;
  Text company_id;  ///< of a contact: "company:5"
  Text client_type_id, industry_id, region_id, source_id, owner_id, creator_id, phone;
  std::vector<std::string> phones;  ///< normalised, all of them; the first is `phone`
  bool is_own = false;
  When created_at, modified_at;
  When last_activity_at;  ///< when anybody last did anything with it, where the CRM's list tells
  std::vector<CustomValue> custom;
};

struct LeadRow {
  std::string id;
  Text title;
  std::string pipeline_id = "lead";
  Text stage_id;
  std::optional<Money> amount;
  Text currency, owner_id, creator_id, mover_id, company_id, contact_id, source_id, loss_reason_id, phone;
  Utm utm;
  When created_at, modified_at, moved_at, closed_at, last_activity_at;
  std::vector<CustomValue> custom;
};

struct ProductLine {
  Text product_id, name;
  std::optional<Money> price;
  std::optional<double> quantity;
  std::optional<Money> amount;
};
struct DealRow {
  std::string id;
  Text title;
  std::string pipeline_id;
  Text stage_id;
  std::optional<Money> amount;
  Text currency, owner_id, creator_id, mover_id, lead_id, company_id, contact_id, source_id, deal_type_id,
      loss_reason_id, phone;
  Utm utm;
  std::optional<int> probability;
  std::optional<bool> is_return_customer;
  When created_at, modified_at, moved_at, closed_at, last_activity_at;
  std::optional<Day> planned_close;
  struct Client {
    std::string client_id;
    bool is_primary = false;
  };
  std::vector<Client> clients;
  std::vector<ProductLine> products;
  std::vector<CustomValue> custom;
};

struct StageEventRow {
  std::string entity, id, card_id;
  int kind = 0;  ///< 1 created, 2 to a working stage, 3 to a final stage, 5 pipeline changed
  std::string pipeline_id, stage_id;
  Instant moved_at{};
  Text mover_id;
  Text semantic;  ///< "P", "S", "F": what the stage meant then, as the CRM says; none where it says nothing
};

struct Binding {
  std::string entity;   ///< lead, deal, company, contact
  std::string card_id;  ///< the CRM's id, without prefix
};
struct ActivityRow {
  std::string id;    ///< unique over all sources: "act:7", "task:9", "comment:3"
  std::string kind;  ///< call, meeting, email, task, message, comment, other
  Text direction;    ///< in, out
  Text provider, subject, author_id, doer_id, text;
  When created_at, starts_at, deadline_at, completed_at, happened_at, modified_at;
  bool completed = false, auto_completed = false;
  std::optional<int> duration_s;
  std::optional<bool> missed;
  std::vector<Binding> bindings;
};
struct CallRow {
  std::string id;
  Text activity_id, user_id, direction, phone, failed_code, entity, card_id;
  /// Of a call list: our side as the list names it: a name, a number, an extension.
  Text own;
  When started_at;
  std::optional<int> duration_s;
  std::optional<bool> missed;
};
struct PaymentRow {
  std::string id;
  Text deal_id, currency, state, comment;
  std::optional<Money> amount;
  std::optional<Day> due_day, paid_day;
  Text client_id;                    ///< of a client's purchase that belongs to no deal
  std::optional<Money> paid_amount;  ///< what has come so far of a planned one, on `paid_day`
};
/// A customer of amoCRM («покупатель»), as warehouse/migrations/0017_customers.sql has it.
struct CustomerRow {
  std::string id;
  Text name, owner_id, creator_id, status_id, currency;
  When next_at;  ///< of the purchase that is expected next
  std::optional<Money> next_amount, purchased_amount;
  std::optional<int> purchases;
  Text client_id;  ///< its company, else its main contact
  struct Client {
    std::string client_id;  ///< "company:5", "contact:9"
    bool is_main = false;
  };
  std::vector<Client> clients;
  std::vector<std::string> segment_ids;
  When created_at, modified_at;
};
struct ProductRow {
  std::string id, name;
  Text category_id, currency;
  std::optional<Money> price;
};
struct TombstoneRow {
  std::string entity, card_id, cause;  ///< cause: deleted, merged, unreadable
  Text merged_into;
};

/// What one page, file or poll brought. Any list may be empty. `complete` names the dictionary-like lists
/// that are the CRM's whole present list (user, department, pipeline, stage, dictionary:source …): rows
/// missing from them are marked removed.
struct SourceBatch {
  std::vector<UserRow> users;
  std::vector<DepartmentRow> departments;
  std::vector<PipelineRow> pipelines;
  std::vector<StageRow> stages;
  std::vector<DictionaryRow> dictionary;
  std::vector<CurrencyRateRow> rates;
  std::vector<CustomFieldRow> custom_fields;
  std::vector<ClientRow> clients;
  std::vector<LeadRow> leads;
  std::vector<DealRow> deals;
  std::vector<StageEventRow> stage_events;
  std::vector<ActivityRow> activities;
  std::vector<CallRow> calls;
  std::vector<PaymentRow> payments;
  std::vector<CustomerRow> customers;
  std::vector<ProductRow> products;
  std::vector<TombstoneRow> tombstones;
  std::vector<std::string> complete;
  /// Parts of rows (product_line, deal_client, custom_value, activity_binding, user_department, user_rights,
  /// custom_option) of which a batch that has none of them says nothing: those that are known stay. Parts not
  /// named here are whole: a deal without lines has none any more.
  std::set<std::string, std::less<>> untold;
};

}  // namespace svodka::crm
