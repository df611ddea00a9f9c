#include <array>

#include "base/log.hpp"
#include "base/text.hpp"
#include "sync/amocrm/reader.hpp"
#include "sync/amocrm/streams.hpp"

namespace svodka::sync::amocrm {
namespace {

namespace amo = crm::amocrm;

struct FieldList {
  const char* entity;
  const char* path;
};
constexpr std::array kFieldLists = {FieldList{"lead", "/api/v4/leads/custom_fields"},
                                    FieldList{"contact", "/api/v4/contacts/custom_fields"},
                                    FieldList{"company", "/api/v4/companies/custom_fields"}};

bool IsDueName(const std::string& title) {
  const std::string folded = FoldCase(title);
  for (const char* word : {"срок", "оплатить до", "due"}) {
    if (folded.find(word) != std::string::npos) return true;
  }
  return false;
}

/// What has come of an invoice that is paid in part.
bool IsPaidName(const std::string& title) {
  const std::string folded = FoldCase(title);
  for (const char* word : {"оплачен", "внесен", "поступил", "paid"}) {
    if (folded.find(word) != std::string::npos) return true;
  }
  return false;
}

constexpr const char* kCustomersPath = "/api/v4/customers";
constexpr const char* kPurchasesPath = "/api/v4/customers/transactions";

}  // namespace

Status Reader::ReadDictionaries(crm::SourceBatch& out, const Zone& zone, const AccountFacts& facts,
                                bool customers_whole, std::stop_token stop) {
  reading_.zone = zone;
  reading_.currency = facts.base_currency;
  const auto refuse = [&](const std::string& path, const Answer& answer) {
    refused_[path] = answer.refused->diagnostic;
  };

  auto account = caller_.Get(
      "/api/v4/account", {{"with", "users_groups,task_types,is_api_filter_enabled,invoices_settings"}}, stop);
  if (!account.ok()) return account.errors();
  if (account->refused) return account->refused->diagnostic;
  if (!account->page->root) return Diagnostic{"bad_answer", "the account tells nothing about itself", "", {}};
  const json::value& root = *account->page->root;
  const crm::RowReader cells(root, notes_);
  if (cells.Flag("is_api_filter_enabled") == false) filter_off_ = true;
  if (const json::value* invoices = amo::FindObject(root, "invoices_settings")) {
    reading_.invoices_catalog = FindInteger(*invoices, "invoices_catalog_id").value_or(0);
  }
  bool has_default = false;
  for (const json::value* row : amo::Embedded(root, "users_groups")) {
    if (auto group = amo::DecodeGroup(*row)) {
      has_default |= group->id == "0";
      out.departments.push_back(std::move(*group));
    }
  }
  if (!has_default)
    out.departments.push_back({"0", "Отдел продаж", std::nullopt, std::nullopt, std::nullopt});
  out.complete.emplace_back("department");
  reading_.meeting_types = {2};
  for (const json::value* row : amo::Embedded(root, "task_types")) {
    const crm::RowReader type(*row, notes_);
    const auto id = type.Integer("id");
    const bool meeting = FoldCase(type.Text("code").value_or("")) == "meeting" ||
                         FoldCase(type.Text("name").value_or("")).find("встреч") != std::string::npos;
    if (id && meeting) reading_.meeting_types.insert(*id);
  }

  // A list that is refused is left out; only one that was read whole may remove anything.
  const auto all = [&](const std::string& path, const crm::Params& params, const auto& take) -> Result<bool> {
    auto answer = caller_.GetAll(
        path, params,
        [&](const amo::Page& page) {
          for (const json::value* row : page.rows) take(*row);
        },
        stop);
    if (!answer.ok()) return answer.errors();
    if (answer->refused) {
      refuse(path, *answer);
      return false;
    }
    refused_.erase(path);
    return true;
  };
  std::map<std::string, amo::Role> roles;
  auto read = all("/api/v4/roles", {{"limit", "250"}}, [&](const json::value& row) {
    if (auto role = amo::DecodeRole(row, notes_)) roles[role->id] = std::move(*role);
  });
  if (!read.ok()) return read.errors();
  refused_.erase("/api/v4/roles");  // no figure is made of them
  reading_.users_by_name.clear();
  read = all("/api/v4/users", {{"with", "role,group"}, {"limit", "250"}}, [&](const json::value& row) {
    if (auto user = amo::DecodeUser(row, roles, notes_)) {
      users_.insert(user->id);
      reading_.NameUser(user->name, user->id);
      out.users.push_back(std::move(*user));
    }
  });
  if (!read.ok()) return read.errors();
  if (*read) {
    out.complete.emplace_back("user");
  } else {
    refused_["/api/v4/users"].message =
        "the account does not show its employees: they go by number, and none is "
        "known to have left. " +
        refused_["/api/v4/users"].message;
  }

  reading_.unsorted_statuses.clear();
  read = all("/api/v4/leads/pipelines", {},
             [&](const json::value& row) { amo::DecodePipeline(row, reading_, out, notes_); });
  if (!read.ok()) return read.errors();
  if (!*read) return refused_["/api/v4/leads/pipelines"];  // without stages nothing can be told
  out.complete.emplace_back("pipeline");
  out.complete.emplace_back("stage");

  // Deleted reasons stay: old cards name them.
  read = all("/api/v4/leads/loss_reasons", {{"limit", "250"}}, [&](const json::value& row) {
    if (auto reason = amo::DecodeLossReason(row, notes_)) {
      sources_.insert("loss_reason:" + reason->id);
      out.dictionary.push_back(std::move(*reason));
    }
  });
  if (!read.ok()) return read.errors();
  read = all("/api/v4/sources", {}, [&](const json::value& row) {
    const crm::RowReader source(row, notes_);
    NameSource("source", source.Link("id"), source.Text("name"), out);
  });
  if (!read.ok()) return read.errors();

  for (const FieldList& list : kFieldLists) {
    const std::string entity = list.entity;
    std::map<std::string, amo::Reading::Field> fields;
    read = all(list.path, {{"limit", "50"}}, [&](const json::value& row) {
      std::string code;
      auto field = amo::DecodeField(row, entity, code, notes_);
      if (!field) return;
      fields[field->id] = {field->type, code};
      if (field->type.empty() || code.starts_with("UTM_")) return;
      if (entity == "lead") {
        const std::string title = FoldCase(field->title);
        if (reading_.deal_type_field.empty() && field->type == "enum" && title == "тип сделки") {
          reading_.deal_type_field = field->id;
        }
        for (const auto& [kind, id] : {std::pair{"source", &reading_.source_field},
                                       std::pair{"deal_type", &reading_.deal_type_field}}) {
          if (*id != field->id) continue;
          for (const auto& option : field->options) NameSource(kind, option.id, option.label, out);
        }
        // One card is a lead, a deal or both: the field belongs to both.
        crm::CustomFieldRow of_deals = *field;
        of_deals.entity = "deal";
        out.custom_fields.push_back(std::move(of_deals));
        if (!reading_.has_lead_places()) return;
      }
      out.custom_fields.push_back(std::move(*field));
    });
    if (!read.ok()) return read.errors();
    if (!*read) continue;
    if (entity == "lead") {
      // Tags are a field of every card, by their names.
      crm::CustomFieldRow tags{"deal", std::string(amo::kTagsField), "Теги", "text", true, {}};
      if (reading_.has_lead_places()) {
        out.custom_fields.push_back(tags);
        out.custom_fields.back().entity = "lead";
      }
      out.custom_fields.push_back(std::move(tags));
    }
    reading_.fields[entity] = std::move(fields);
    out.complete.push_back("custom_field:" + entity);
    if (entity == "lead") out.complete.emplace_back("custom_field:deal");
  }

  std::string types;
  const std::string usual = BaseParams(Stream::kEvent).front().second;
  std::set<std::string> offered;
  read = all("/api/v4/events/types", {}, [&](const json::value& row) {
    if (auto key = FindString(row, "key")) offered.insert(std::move(*key));
  });
  if (!read.ok()) return read.errors();
  refused_.erase("/api/v4/events/types");  // asked only to be careful
  if (*read && !offered.empty()) {
    for (const std::string& type : Split(usual, ',')) {
      if (offered.contains(type)) types += (types.empty() ? "" : ",") + type;
    }
    event_types_ = types;
  }

  read = all("/api/v4/catalogs", {{"limit", "250"}}, [&](const json::value& row) {
    const crm::RowReader catalog(row, notes_);
    const auto id = catalog.Integer("id");
    const std::string type = catalog.Text("type").value_or("");
    if (!id) return;
    if (type == "products") reading_.products_catalog = *id;
    if (type == "invoices") reading_.invoices_catalog = *id;
  });
  if (!read.ok()) return read.errors();
  if (reading_.invoices_catalog != 0) {
    const std::string path =
        "/api/v4/catalogs/" + std::to_string(reading_.invoices_catalog) + "/custom_fields";
    read = all(path, {{"limit", "50"}}, [&](const json::value& row) {
      std::string code;
      const auto field = amo::DecodeField(row, "invoice", code, notes_);
      if (field && field->type == "date" && !code.starts_with("BILL_") && IsDueName(field->title)) {
        reading_.due_field = FindInteger(row, "id").value_or(0);
      }
      if (field && (field->type == "number" || field->type == "money") && !code.starts_with("BILL_") &&
          IsPaidName(field->title)) {
        reading_.paid_field = FindInteger(row, "id").value_or(0);
      }
    });
    if (!read.ok()) return read.errors();
  }
  const std::string customers = cells.Text("customers_mode").value_or("disabled");
  const bool had_customers = customers_on_;
  customers_on_ = customers != "disabled" && customers != "unavailable";
  if (customers_on_) {
    if (auto status = ReadCustomers(customers, customers_whole, out, stop); !status.ok()) return status;
  } else {
    // Most accounts keep none: no trouble, and what is held of former ones stays.
    for (const char* list : {"customer", kCustomersPath, kPurchasesPath}) refused_.erase(list);
    if (had_customers) log::Info("customers_off", {{"mode", customers}});
  }
  return ReadCatalogs(out, stop);
}

/// What the statuses or segments of customers are called; the customers themselves where polls do not follow
/// them.
Status Reader::ReadCustomers(const std::string& mode, bool whole, crm::SourceBatch& out,
                             std::stop_token stop) {
  const auto all = [&](const std::string& path, const crm::Params& params, const auto& take) -> Result<bool> {
    auto answer = caller_.GetAll(
        path, params,
        [&](const amo::Page& page) {
          for (const json::value* row : page.rows) take(*row);
        },
        stop);
    // 402 is said of the feature too, whatever the account's own mode tells.
    if (!answer.ok() && answer.error().code != "plan_unpaid") return answer.errors();
    if (!answer.ok() || answer->refused) {
      refused_[path] = answer.ok() ? answer->refused->diagnostic : answer.error();
      return false;
    }
    refused_.erase(path);
    return true;
  };
  customers_on_ = false;
  Buyers changed;
  if (whole || filter_off_) {
    crm::Params params = BaseParams(Stream::kCustomer);
    params.emplace_back("limit", "250");
    auto read = all(kCustomersPath, params, [&](const json::value& row) {
      const auto id = FindInteger(row, "id");
      const auto time = TimeOf(Stream::kCustomer, row);
      if (time) NoteTime(Stream::kCustomer, *time);
      if (id) {
        int64_t& seen = customers_seen_[*id];
        if (whole || !time || seen != *time) changed[*id] = amo::CustomerClient(row);
        seen = time.value_or(0);
      }
      TakeCustomer(row, out);
    });
    if (!read.ok()) return read.errors();
    if (!*read) return Done{};
  } else {
    refused_.erase(kCustomersPath);
  }
  customers_on_ = true;
  refused_.erase("customer");
  const bool by_segments = mode == "segments";
  const std::string kinds = std::string(kCustomersPath) + (by_segments ? "/segments" : "/statuses");
  const std::string kind = by_segments ? "customer_segment" : "customer_status";
  auto read = all(kinds, {{"limit", "250"}}, [&](const json::value& row) {
    if (auto entry = amo::DecodeCustomerKind(row, kind, notes_)) out.dictionary.push_back(std::move(*entry));
  });
  if (!read.ok()) return read.errors();
  refused_.erase(kinds);  // only names
  return ReadPurchases(changed, out, stop);
}

Status Reader::ReadPurchases(const Buyers& buyers, crm::SourceBatch& out, std::stop_token stop) {
  constexpr size_t kOneByOneMax = 50;
  const auto take = [&](const amo::Page& page) {
    for (const json::value* row : page.rows) {
      const auto buyer = buyers.find(FindInteger(*row, "customer_id").value_or(0));
      auto payment = buyer == buyers.end() ? std::nullopt : amo::DecodeTransaction(*row, reading_, notes_);
      if (!payment) continue;
      payment->client_id = buyer->second;
      out.payments.push_back(std::move(*payment));
    }
  };
  std::vector<std::string> paths;
  if (buyers.size() > kOneByOneMax) {
    paths.emplace_back(kPurchasesPath);
  } else {
    for (const auto& [id, client] : buyers)
      paths.push_back(std::string(kCustomersPath) + "/" + std::to_string(id) + "/transactions");
  }
  for (const std::string& path : paths) {
    auto answer = caller_.GetAll(path, {{"limit", "250"}}, take, stop);
    if (!answer.ok() && answer.error().code != "plan_unpaid") return answer.errors();
    if (answer.ok() && !answer->refused) {
      refused_.erase(kPurchasesPath);
      continue;
    }
    const Diagnostic& why = answer.ok() ? answer->refused->diagnostic : answer.error();
    if (why.code == "not_found") continue;  // a customer who has just gone
    refused_[kPurchasesPath] = why;
    break;
  }
  return Done{};
}

Status Reader::ReadCatalogs(crm::SourceBatch& out, std::stop_token stop) {
  const auto read = [&](int64_t catalog, const auto& take) -> Status {
    if (catalog == 0) return Done{};
    const std::string path = "/api/v4/catalogs/" + std::to_string(catalog) + "/elements";
    auto answer = caller_.GetAll(
        path, {{"limit", "250"}},
        [&](const amo::Page& page) {
          for (const json::value* row : page.rows) take(*row);
        },
        stop);
    if (!answer.ok()) return answer.errors();
    if (answer->refused) refused_[path] = answer->refused->diagnostic;
    return Done{};
  };
  auto status = read(reading_.products_catalog, [&](const json::value& row) {
    auto product = amo::DecodeProduct(row, reading_, notes_);
    if (!product) return;
    const auto id = FindInteger(row, "id").value_or(0);
    NameSource("product_category", product->category_id, std::nullopt, out);
    reading_.products[id] = *product;
    out.products.push_back(std::move(*product));
  });
  if (!status.ok()) return status;
  return read(reading_.invoices_catalog, [&](const json::value& row) {
    auto payment = amo::DecodeInvoice(row, reading_, notes_);
    if (!payment) return;
    const auto id = FindInteger(row, "id").value_or(0);
    const auto deal = deals_of_invoices_.find(id);
    reading_.invoices[id] = *payment;
    if (reading_.paid_field == 0 && amo::IsPartlyPaid(row)) {
      Warn("partly_paid_unknown",
           "invoices are paid in part, and amoCRM does not tell how much has come of them: they count as not "
           "paid; "
           "add a number field such as «Оплачено» to the list of invoices and fill it");
    }
    if (deal == deals_of_invoices_.end()) return;  // its card brings it
    payment->deal_id = deal->second;
    out.payments.push_back(std::move(*payment));
  });
}

}  // namespace svodka::sync::amocrm
