#include "sync/stage_rows.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace svodka::sync {
namespace {

using warehouse::Batch;

template <class T>
Value Cell(const std::optional<T>& value) {
  if (!value) return std::monostate{};
  return *value;
}
Value Cell(const std::optional<int>& value) {
  if (!value) return std::monostate{};
  return int64_t{*value};
}

/// Collects the rows of one table; appends nothing when there are none.
class Table {
 public:
  Table(std::string name, std::vector<std::string> columns, size_t rows_expected) {
    batch_.table = std::move(name);
    batch_.columns = std::move(columns);
    batch_.rows.reserve(rows_expected);
  }
  template <class... Cells>
  void Add(Cells&&... cells) {
    std::vector<Value> row;
    row.reserve(sizeof...(cells));
    (row.emplace_back(std::forward<Cells>(cells)), ...);
    batch_.rows.push_back(std::move(row));
  }
  Status AppendTo(warehouse::Load& load) {
    if (batch_.rows.empty()) return Done{};
    return load.Append(std::move(batch_));
  }
  /// Parts of `parents` rows of this batch. Without any they are appended all the same: the last one that a
  /// row loses must go.
  Status AppendPartsTo(warehouse::Load& load, size_t parents, const crm::SourceBatch& rows) {
    if (batch_.rows.empty() && (parents == 0 || rows.untold.contains(batch_.table))) return Done{};
    return load.Append(std::move(batch_));
  }

 private:
  Batch batch_;
};

void AddCustomValues(Table& table, const std::string& entity, const std::string& card_id,
                     const std::vector<crm::CustomValue>& values) {
  std::map<std::string_view, int64_t> ordinals;
  for (const crm::CustomValue& value : values) {
    const int64_t ordinal = ordinals[value.field_id]++;
    table.Add(entity, card_id, value.field_id, ordinal, Cell(value.text), Cell(value.number),
              Cell(value.money), Cell(value.day));
  }
}

size_t CountCustomValues(const crm::SourceBatch& rows) {
  size_t count = 0;
  for (const auto& row : rows.leads) count += row.custom.size();
  for (const auto& row : rows.deals) count += row.custom.size();
  for (const auto& row : rows.clients) count += row.custom.size();
  return count;
}

Status StoreStructure(warehouse::Load& load, const crm::SourceBatch& rows) {
  Table departments("department", {"id", "name", "parent_id", "head_user_id", "sort"},
                    rows.departments.size());
  for (const auto& row : rows.departments) {
    departments.Add(row.id, row.name, Cell(row.parent_id), Cell(row.head_user_id), Cell(row.sort));
  }
  Table users("crm_user", {"id", "name", "email", "position", "photo_url", "active"}, rows.users.size());
  Table memberships("user_department", {"user_id", "department_id", "ordinal"}, rows.users.size());
  Table rights("user_rights", {"user_id", "is_admin", "role", "rights"}, rows.users.size());
  for (const auto& row : rows.users) {
    users.Add(row.id, row.name, Cell(row.email), Cell(row.position), Cell(row.photo_url), row.active);
    if (row.is_admin || row.role || row.rights)
      rights.Add(row.id, Cell(row.is_admin), Cell(row.role), Cell(row.rights));
    int64_t ordinal = 0;
    for (const auto& department : row.department_ids) memberships.Add(row.id, department, ordinal++);
  }
  for (Table* table : {&departments, &users}) {
    if (auto status = table->AppendTo(load); !status.ok()) return status;
  }
  for (Table* table : {&memberships, &rights}) {
    if (auto status = table->AppendPartsTo(load, rows.users.size(), rows); !status.ok()) return status;
  }
  if (rows.users.empty()) return Done{};
  Batch phones{"user_phone", {"user_id", "phone"}, {}};
  for (const auto& row : rows.users) {
    for (const auto& phone : row.phones) phones.rows.push_back({row.id, phone});
  }
  return load.Append(std::move(phones));
}

Status StoreDictionaries(warehouse::Load& load, const crm::SourceBatch& rows) {
  Table pipelines("pipeline", {"entity", "id", "name", "sort"}, rows.pipelines.size());
  for (const auto& row : rows.pipelines) pipelines.Add(row.entity, row.id, row.name, Cell(row.sort));
  Table stages("stage", {"entity", "pipeline_id", "id", "name", "sort", "semantic", "color", "is_junk"},
               rows.stages.size());
  for (const auto& row : rows.stages) {
    stages.Add(row.entity, row.pipeline_id, row.id, row.name, Cell(row.sort), std::string(1, row.semantic),
               Cell(row.color), Cell(row.is_junk));
  }
  Table dictionary("dictionary", {"kind", "id", "name", "sort", "is_junk"}, rows.dictionary.size());
  for (const auto& row : rows.dictionary) {
    dictionary.Add(row.kind, row.id, row.name, Cell(row.sort), Cell(row.is_junk));
  }
  Table rates("currency_rate", {"currency", "day", "rate"}, rows.rates.size());
  for (const auto& row : rows.rates) rates.Add(row.currency, row.day, row.rate);
  Table fields("custom_field", {"entity", "id", "title", "type", "multiple"}, rows.custom_fields.size());
  Table options("custom_option", {"entity", "field_id", "id", "label", "sort"}, rows.custom_fields.size());
  for (const auto& row : rows.custom_fields) {
    fields.Add(row.entity, row.id, row.title, row.type, row.multiple);
    for (const auto& option : row.options) {
      options.Add(row.entity, row.id, option.id, option.label, Cell(option.sort));
    }
  }
  for (Table* table : {&pipelines, &stages, &dictionary, &rates, &fields}) {
    if (auto status = table->AppendTo(load); !status.ok()) return status;
  }
  return options.AppendPartsTo(load, rows.custom_fields.size(), rows);
}

Status StoreCards(warehouse::Load& load, const crm::SourceBatch& rows) {
  Table products("product", {"id", "name", "category_id", "price", "currency"}, rows.products.size());
  for (const auto& row : rows.products) {
    products.Add(row.id, row.name, Cell(row.category_id), Cell(row.price), Cell(row.currency));
  }
  Table clients("client",
                {"id", "kind", "name", "company_id", "client_type_id", "industry_id", "region_id",
                 "source_id", "owner_id", "creator_id", "phone", "is_own", "created_at", "modified_at"},
                rows.clients.size());
  Table activity("client_activity", {"client_id", "last_activity_at"}, 0);
  Table custom(
      "custom_value",
      {"entity", "card_id", "field_id", "ordinal", "text_value", "number_value", "money_value", "day_value"},
      CountCustomValues(rows));
  for (const auto& row : rows.clients) {
    clients.Add(row.id, row.kind, row.name, Cell(row.company_id), Cell(row.client_type_id),
                Cell(row.industry_id), Cell(row.region_id), Cell(row.source_id), Cell(row.owner_id),
                Cell(row.creator_id), Cell(row.phone), row.is_own, Cell(row.created_at),
                Cell(row.modified_at));
    if (row.last_activity_at) activity.Add(row.id, *row.last_activity_at);
    const size_t colon = row.id.find(':');
    AddCustomValues(custom, row.kind, colon == std::string::npos ? row.id : row.id.substr(colon + 1),
                    row.custom);
  }
  Table leads("lead", {"id",           "title",       "pipeline_id",    "stage_id",        "amount",
                       "currency",     "owner_id",    "creator_id",     "mover_id",        "company_id",
                       "contact_id",   "source_id",   "loss_reason_id", "utm_source",      "utm_medium",
                       "utm_campaign", "utm_content", "utm_term",       "phone",           "created_at",
                       "modified_at",  "moved_at",    "closed_at",      "last_activity_at"},
              rows.leads.size());
  for (const auto& row : rows.leads) {
    leads.Add(row.id, Cell(row.title), row.pipeline_id, Cell(row.stage_id), Cell(row.amount),
              Cell(row.currency), Cell(row.owner_id), Cell(row.creator_id), Cell(row.mover_id),
              Cell(row.company_id), Cell(row.contact_id), Cell(row.source_id), Cell(row.loss_reason_id),
              Cell(row.utm.source), Cell(row.utm.medium), Cell(row.utm.campaign), Cell(row.utm.content),
              Cell(row.utm.term), Cell(row.phone), Cell(row.created_at), Cell(row.modified_at),
              Cell(row.moved_at), Cell(row.closed_at), Cell(row.last_activity_at));
    AddCustomValues(custom, "lead", row.id, row.custom);
  }
  Table deals("deal", {"id",         "title",       "pipeline_id",        "stage_id",        "amount",
                       "currency",   "owner_id",    "creator_id",         "mover_id",        "lead_id",
                       "company_id", "contact_id",  "source_id",          "deal_type_id",    "loss_reason_id",
                       "utm_source", "utm_medium",  "utm_campaign",       "utm_content",     "utm_term",
                       "phone",      "probability", "is_return_customer", "created_at",      "modified_at",
                       "moved_at",   "closed_at",   "planned_close",      "last_activity_at"},
              rows.deals.size());
  Table links("deal_client", {"deal_id", "client_id", "is_primary"}, rows.deals.size());
  Table lines("product_line", {"deal_id", "ordinal", "product_id", "name", "price", "quantity", "amount"},
              rows.deals.size());
  for (const auto& row : rows.deals) {
    deals.Add(row.id, Cell(row.title), row.pipeline_id, Cell(row.stage_id), Cell(row.amount),
              Cell(row.currency), Cell(row.owner_id), Cell(row.creator_id), Cell(row.mover_id),
              Cell(row.lead_id), Cell(row.company_id), Cell(row.contact_id), Cell(row.source_id),
              Cell(row.deal_type_id), Cell(row.loss_reason_id), Cell(row.utm.source), Cell(row.utm.medium),
              Cell(row.utm.campaign), Cell(row.utm.content), Cell(row.utm.term), Cell(row.phone),
              Cell(row.probability), Cell(row.is_return_customer), Cell(row.created_at),
              Cell(row.modified_at), Cell(row.moved_at), Cell(row.closed_at), Cell(row.planned_close),
              Cell(row.last_activity_at));
    for (const auto& client : row.clients) links.Add(row.id, client.client_id, client.is_primary);
    int64_t ordinal = 0;
    for (const auto& line : row.products) {
      lines.Add(row.id, ordinal++, Cell(line.product_id), Cell(line.name), Cell(line.price),
                Cell(line.quantity), Cell(line.amount));
    }
    AddCustomValues(custom, "deal", row.id, row.custom);
  }
  for (Table* table : {&products, &clients, &activity, &leads, &deals}) {
    if (auto status = table->AppendTo(load); !status.ok()) return status;
  }
  for (Table* table : {&links, &lines}) {
    if (auto status = table->AppendPartsTo(load, rows.deals.size(), rows); !status.ok()) return status;
  }
  const size_t cards = rows.clients.size() + rows.leads.size() + rows.deals.size();
  if (auto status = custom.AppendPartsTo(load, cards, rows); !status.ok()) return status;
  if (rows.clients.empty()) return Done{};
  // Empty too: the last number that a client loses must go.
  Batch phones{"client_phone", {"client_id", "phone"}, {}};
  for (const auto& row : rows.clients) {
    for (const auto& phone : row.phones) phones.rows.push_back({row.id, phone});
    if (row.phones.empty() && row.phone) phones.rows.push_back({row.id, *row.phone});
  }
  return load.Append(std::move(phones));
}

Status StoreEvents(warehouse::Load& load, const crm::SourceBatch& rows) {
  Table events(
      "stage_event",
      {"entity", "id", "card_id", "kind", "pipeline_id", "stage_id", "moved_at", "mover_id", "semantic"},
      rows.stage_events.size());
  for (const auto& row : rows.stage_events) {
    events.Add(row.entity, row.id, row.card_id, int64_t{row.kind}, row.pipeline_id, row.stage_id,
               row.moved_at, Cell(row.mover_id), Cell(row.semantic));
  }
  Table activities("activity",
                   {"id", "kind", "direction", "provider", "subject", "author_id", "doer_id", "created_at",
                    "starts_at", "deadline_at", "completed", "completed_at", "auto_completed", "happened_at",
                    "duration_s", "missed", "modified_at", "text"},
                   rows.activities.size());
  Table bindings("activity_binding", {"activity_id", "entity", "card_id"}, rows.activities.size());
  for (const auto& row : rows.activities) {
    activities.Add(row.id, row.kind, Cell(row.direction), Cell(row.provider), Cell(row.subject),
                   Cell(row.author_id), Cell(row.doer_id), Cell(row.created_at), Cell(row.starts_at),
                   Cell(row.deadline_at), row.completed, Cell(row.completed_at), row.auto_completed,
                   Cell(row.happened_at), Cell(row.duration_s), Cell(row.missed), Cell(row.modified_at),
                   Cell(row.text));
    for (const auto& binding : row.bindings) bindings.Add(row.id, binding.entity, binding.card_id);
  }
  Table calls("call",
              {"id", "activity_id", "user_id", "direction", "phone", "started_at", "duration_s",
               "failed_code", "missed", "entity", "card_id"},
              rows.calls.size());
  for (const auto& row : rows.calls) {
    calls.Add(row.id, Cell(row.activity_id), Cell(row.user_id), Cell(row.direction), Cell(row.phone),
              Cell(row.started_at), Cell(row.duration_s), Cell(row.failed_code), Cell(row.missed),
              Cell(row.entity), Cell(row.card_id));
  }
  Table payments("payment",
                 {"id", "deal_id", "amount", "currency", "due_day", "paid_day", "state", "comment",
                  "client_id", "paid_amount"},
                 rows.payments.size());
  for (const auto& row : rows.payments) {
    payments.Add(row.id, Cell(row.deal_id), Cell(row.amount), Cell(row.currency), Cell(row.due_day),
                 Cell(row.paid_day), Cell(row.state), Cell(row.comment), Cell(row.client_id),
                 Cell(row.paid_amount));
  }
  for (Table* table : {&events, &activities, &calls, &payments}) {
    if (auto status = table->AppendTo(load); !status.ok()) return status;
  }
  return bindings.AppendPartsTo(load, rows.activities.size(), rows);
}

Status StoreCustomers(warehouse::Load& load, const crm::SourceBatch& rows) {
  Table customers("customer",
                  {"id", "name", "owner_id", "creator_id", "status_id", "next_at", "next_amount", "currency",
                   "purchases", "purchased_amount", "client_id", "created_at", "modified_at"},
                  rows.customers.size());
  Table clients("customer_client", {"customer_id", "client_id", "is_main"}, rows.customers.size());
  Table segments("customer_segment", {"customer_id", "segment_id"}, 0);
  for (const auto& row : rows.customers) {
    customers.Add(row.id, Cell(row.name), Cell(row.owner_id), Cell(row.creator_id), Cell(row.status_id),
                  Cell(row.next_at), Cell(row.next_amount), Cell(row.currency), Cell(row.purchases),
                  Cell(row.purchased_amount), Cell(row.client_id), Cell(row.created_at),
                  Cell(row.modified_at));
    for (const auto& client : row.clients) clients.Add(row.id, client.client_id, client.is_main);
    for (const auto& segment : row.segment_ids) segments.Add(row.id, segment);
  }
  if (auto status = customers.AppendTo(load); !status.ok()) return status;
  for (Table* table : {&clients, &segments}) {
    if (auto status = table->AppendPartsTo(load, rows.customers.size(), rows); !status.ok()) return status;
  }
  return Done{};
}

void StoreComplete(warehouse::Load& load, const crm::SourceBatch& rows) {
  for (const std::string& list : rows.complete) {
    if (list == "user") {
      load.MarkComplete("crm_user");
    } else if (list == "pipeline" || list == "stage") {
      for (const char* entity : {"lead", "deal"}) load.MarkComplete(list + ":" + entity);
    } else if (list == "custom_field") {
      for (const char* entity : {"lead", "deal", "company", "contact"})
        load.MarkComplete(list + ":" + entity);
    } else {
      load.MarkComplete(list);
    }
  }
}

}  // namespace

Status StoreBatch(warehouse::Load& load, const crm::SourceBatch& rows) {
  for (const auto store : {StoreStructure, StoreDictionaries, StoreCards, StoreEvents, StoreCustomers}) {
    if (auto status = store(load, rows); !status.ok()) return status;
  }
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> buried;
  for (const auto& row : rows.tombstones) {
    const bool merged = row.cause == "merged" && row.merged_into;
    buried[{row.entity, merged ? "merged:" + *row.merged_into : row.cause}].push_back(row.card_id);
  }
  for (const auto& [what, ids] : buried) {
    if (auto status = load.Bury(what.first, ids, what.second); !status.ok()) return status;
  }
  StoreComplete(load, rows);
  return Done{};
}

Status StoreGiven(warehouse::Load& load, crm::SourceBatch rows) {
  rows.untold = {"product_line",    "deal_client", "custom_value", "activity_binding",
                 "user_department", "user_rights", "custom_option"};
  return StoreBatch(load, rows);
}

}  // namespace svodka::sync
