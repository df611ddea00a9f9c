#include <algorithm>

#include "emulator/amocrm/exchange.hpp"
#include "emulator/amocrm/writing.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/staff.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {

json::object Fault(std::string_view code, std::string_view path, std::string_view detail) {
  return json::object{
      {"code", json::string(code)}, {"path", json::string(path)}, {"detail", json::string(detail)}};
}

std::string RequestId(const json::object& item, size_t place) {
  return TextParam(item, "request_id").value_or(std::to_string(place));
}

void Faults::Take(const json::object& item, size_t place, json::array errors) {
  if (errors.empty()) return;
  list_.push_back(json::object{{"request_id", RequestId(item, place)}, {"errors", std::move(errors)}});
}

void Faults::Throw() const {
  if (!list_.empty()) throw Problem{400, "Bad Request", "Request validation failed", list_};
}

/// A write is a second of the company's life, so that what it changed is newer than everything before.
Second Exchange::Tick() { return ++account_.company_.now; }

Response Exchange::Write() {
  const bool create = request_.verb == "POST";
  json::value body;
  if (!request_.body.empty()) {
    auto parsed = ParseJson(request_.body);
    if (!parsed) throw BadRequest("Body is not JSON: " + ToString(parsed.error()));
    body = std::move(*parsed);
  }
  const std::string_view what = parts_[0];
  const std::string_view second = parts_.size() > 1 ? parts_[1] : std::string_view();
  const std::string_view third = parts_.size() > 2 ? parts_[2] : std::string_view();
  if (what == "webhooks") return WriteWebhook(body);
  if (request_.verb == "DELETE" && what == "leads" && second == "unsorted" && parts_.size() == 4)
    return WriteUnsorted(third, "decline");
  if (request_.verb != "POST" && request_.verb != "PATCH")
    throw Problem{405, "Method Not Allowed", "Not allowed"};
  if (what == "leads" && second == "unsorted") {
    if (parts_.size() == 4) return WriteUnsorted(third, parts_[3]);
    if (create && body.is_array()) return NewUnsorted(body.get_array());
    throw BadRequest("Array expected");
  }
  json::array items;
  if (body.is_array()) {
    items = std::move(body.get_array());
  } else if (body.is_object()) {
    items.push_back(std::move(body));
  }
  for (const json::value& item : items) {
    if (!item.is_object()) throw BadRequest("Every item has to be an object");
  }
  if (items.empty() && third != "unlink") throw BadRequest("Nothing to write");
  if (items.size() > 250) throw BadRequest("Too many items");
  const bool single = !create && !second.empty() && second != "notes";
  if (single && !items.empty() &&
      (what == "leads" || what == "contacts" || what == "companies" || what == "tasks"))
    items[0].get_object()["id"] = std::strtoll(std::string(second).c_str(), nullptr, 10);
  if (what == "tasks") return WriteTasks(std::move(items), create, single);
  if (what == "calls" && create) return WriteCalls(std::move(items));
  if (what == "catalogs" && third == "elements" && second == std::to_string(kInvoicesCatalog))
    return WriteElements(std::move(items), create);
  const std::optional<Kind> kind = what == "leads"       ? std::optional(Kind::kLead)
                                   : what == "contacts"  ? std::optional(Kind::kContact)
                                   : what == "companies" ? std::optional(Kind::kCompany)
                                                         : std::nullopt;
  if (!kind) throw Problem{405, "Method Not Allowed", "The emulator does not write these"};
  if (create && second == "complex" && *kind == Kind::kLead) return Complex(std::move(items));
  if (create && second == "notes") return WriteNotes(*kind, 0, std::move(items));
  const size_t count = *kind == Kind::kLead      ? view().cards.size()
                       : *kind == Kind::kContact ? company().contacts.size()
                                                 : company().firms.size();
  if (create && parts_.size() > 2) {
    const uint32_t of = Place(second, PublicId(*kind, 0), count);
    if (of == 0) throw NotFound();
    if (third == "notes") return WriteNotes(*kind, of, std::move(items));
    if (third == "link" || third == "unlink") return WriteLinks(*kind, of, items, third == "unlink");
    throw NotFound();
  }
  if (*kind == Kind::kLead) return WriteLeads(std::move(items), create, single);
  return WriteClients(*kind, std::move(items), create, single);
}

Response Exchange::Written(std::string_view name, json::array rows, bool single) {
  if (single) return Hal(200, rows.at(0));
  json::object body{{"_links", Link(origin_ + "/api/v4/" + path_)}};
  body["_embedded"] = json::object{{name, std::move(rows)}};
  return Hal(200, body);
}

Response Exchange::WriteWebhook(const json::value& body) {
  if (!admin_ || !switches_.webhooks) throw Forbidden();
  const json::object item = body.is_object() ? body.get_object() : json::object();
  const std::string destination = TextParam(item, "destination").value_or("");
  const std::lock_guard lock(account_.side_mutex_);
  if (request_.verb == "DELETE") {
    if (!account_.hooks_.Unsubscribe(destination)) throw NotFound();
    return Empty();
  }
  if (request_.verb != "POST") throw Problem{405, "Method Not Allowed", "Not allowed"};
  std::set<std::string> settings;
  if (const json::value* list = item.if_contains("settings")) {
    for (std::string& code : Query::TextsOf(*list)) settings.insert(std::move(code));
  }
  Faults faults;
  json::array errors;
  const bool latin =
      std::all_of(destination.begin(), destination.end(), [](unsigned char letter) { return letter < 0x80; });
  if (!destination.starts_with("http") || !latin)
    errors.push_back(Fault("InvalidUrl", "destination", "This value is not a valid URL."));
  if (std::any_of(settings.begin(), settings.end(), [](const auto& code) { return !IsHookCode(code); }))
    errors.push_back(Fault("InvalidChoice", "settings", "One or more of the given values is invalid."));
  const auto& all = account_.hooks_.subscriptions();
  if (all.size() >= kHooksMax &&
      std::none_of(all.begin(), all.end(), [&](const auto& one) { return one.destination == destination; }))
    throw Problem{422, "Unprocessable Entity", "The account has a hundred webhooks already"};
  if (settings.empty()) errors.push_back(Fault("NotBlank", "settings", "This value should not be blank."));
  faults.Take(item, 0, std::move(errors));
  faults.Throw();
  const Hooks::Subscription& one = account_.hooks_.Subscribe(
      destination, settings, IntParam(item, "sort").value_or(10), UserId(user_), company().now);
  json::array codes;
  for (const std::string& code : one.settings) codes.push_back(json::string(code));
  return Hal(201, json::object{{"id", one.id},
                               {"destination", one.destination},
                               {"created_at", one.created},
                               {"updated_at", one.updated},
                               {"account_id", kAccountId},
                               {"created_by", one.created_by},
                               {"sort", one.sort},
                               {"disabled", one.disabled},
                               {"settings", std::move(codes)}});
}

void Exchange::SetTags(Kind kind, uint32_t id, const json::object& item) {
  Style style;
  const json::object row = kind == Kind::kLead      ? LeadRow(view(), id, style)
                           : kind == Kind::kContact ? ContactRow(view(), id, style)
                                                    : CompanyRow(view(), id, style);
  json::array tags = row.at("_embedded").at("tags").as_array();
  const auto named = [](const json::value& tag, const std::string& name) {
    return tag.at("name").as_string() == name;
  };
  const auto add = [&](const json::value& list) {
    for (const json::value& tag : ListOf(list)) {
      const std::string name = tag.is_object() ? TextParam(tag.get_object(), "name").value_or("") : "";
      if (name.empty() ||
          std::any_of(tags.begin(), tags.end(), [&](const auto& one) { return named(one, name); }))
        continue;
      tags.push_back(
          json::object{{"id", kTagIds + 100 + static_cast<int64_t>(std::hash<std::string>()(name) % 10000)},
                       {"name", name},
                       {"color", nullptr}});
    }
  };
  bool changed = false;
  if (const json::value* embedded = item.if_contains("_embedded");
      embedded != nullptr && embedded->is_object()) {
    if (const json::value* list = embedded->get_object().if_contains("tags"))
      tags.clear(), add(*list), changed = true;
  }
  if (const json::value* list = item.if_contains("tags_to_add")) add(*list), changed = true;
  if (const json::value* list = item.if_contains("tags_to_delete")) {
    changed = true;
    for (const json::value& tag : ListOf(*list)) {
      const std::string name = tag.is_object() ? TextParam(tag.get_object(), "name").value_or("") : "";
      for (auto it = tags.begin(); it != tags.end();) it = named(*it, name) ? tags.erase(it) : it + 1;
    }
  }
  if (changed) view().tags[View::Key(kind, id)] = std::move(tags);
}

json::array Exchange::ReadValues(const json::object& head, const json::value& given, json::array& errors,
                                 const std::string& path) {
  json::array values;
  if (given.is_null()) return values;
  for (const json::value& one : ListOf(given)) {
    if (!one.is_object()) continue;
    const json::object& value = one.get_object();
    const json::object& enums = head.at("enums").as_object();
    if (enums.empty()) {
      values.push_back(
          json::object{{"value", value.contains("value") ? value.at("value") : json::value(nullptr)}});
      continue;
    }
    const std::string id = TextParam(value, "enum_id").value_or("");
    const std::string code = TextParam(value, "enum_code").value_or("");
    const std::string text = TextParam(value, "value").value_or("");
    const bool free_text = head.at("type") == "multitext";
    bool known = false;
    for (const auto& choice : enums) {
      const json::array& names = choice.value().as_array();
      const bool same = !id.empty()     ? choice.key() == id
                        : !code.empty() ? names[1].as_string() == code
                                        : free_text || names[0].as_string() == text;
      if (!same) continue;
      json::object made{{"value", free_text ? json::value(text) : names[0]},
                        {"enum_id", std::strtoll(std::string(choice.key()).c_str(), nullptr, 10)}};
      made["enum_code"] = names[1].as_string().empty() ? json::value(nullptr) : names[1];
      values.push_back(std::move(made));
      known = true;
      break;
    }
    if (!known)
      errors.push_back(Fault("NotSupportedChoice", path, "The value you selected is not a valid choice."));
  }
  return values;
}

void Exchange::SetFields(Kind kind, uint32_t id, const json::object& item, json::array& errors, bool dry) {
  const json::value* given = item.if_contains("custom_fields_values");
  if (given == nullptr || !given->is_array()) return;
  for (size_t i = 0; i < given->get_array().size(); ++i) {
    const json::value& field = given->get_array()[i];
    const std::string path = "custom_fields_values." + std::to_string(i);
    if (!field.is_object()) continue;
    const auto head = FieldHead(kind, IntParam(field.get_object(), "field_id").value_or(0),
                                TextParam(field.get_object(), "field_code").value_or(""));
    if (!head) {
      errors.push_back(
          Fault("NotSupportedChoice", path + ".field_id", "The value you selected is not a valid choice."));
      continue;
    }
    const json::value* values = field.get_object().if_contains("values");
    json::array read =
        ReadValues(*head, values == nullptr ? json::value(nullptr) : *values, errors, path + ".values");
    if (dry) continue;
    const int64_t field_id = head->at("id").as_int64();
    view().written_fields[View::Key(kind, id)][std::to_string(field_id)] = std::move(read);
    view().Add(
        {company().now, id, static_cast<uint32_t>(field_id), 0, user_, EventType::kFieldChanged, kind});
  }
}

Response Exchange::WriteClients(Kind kind, json::array items, bool create, bool single) {
  Company& c = account_.company_;
  const bool contact = kind == Kind::kContact;
  const int64_t base = PublicId(kind, 0);
  Faults faults;
  std::vector<uint32_t> ids;
  for (size_t i = 0; i < items.size(); ++i) {
    const json::object& item = items[i].get_object();
    json::array errors;
    const size_t count = contact ? c.contacts.size() : c.firms.size();
    const uint32_t id = create ? 0 : Place(TextParam(item, "id").value_or(""), base, count);
    if (!create && id == 0) errors.push_back(Fault("NotFound", "id", "Element not found"));
    if (const auto user = IntParam(item, "responsible_user_id"); user && EmployeeOf(c, *user) == 0)
      errors.push_back(Fault("NotSupportedChoice", "responsible_user_id",
                             "The value you selected is not a valid choice."));
    SetFields(kind, id, item, errors, true);
    ids.push_back(id);
    faults.Take(item, i, std::move(errors));
  }
  faults.Throw();
  json::array rows;
  for (size_t i = 0; i < items.size(); ++i) {
    const json::object& item = items[i].get_object();
    const Second at = Tick();
    uint32_t id = ids[i];
    const uint16_t owner = EmployeeOf(c, IntParam(item, "responsible_user_id").value_or(0));
    const auto apply = [&](auto& row) {
      if (create) row.created = row.last_activity = at, row.owner = row.creator = user_;
      if (owner != 0) row.owner = owner;
      row.modified = at;
    };
    if (create && contact) c.contacts.emplace_back(), id = static_cast<uint32_t>(c.contacts.size());
    if (create && !contact) c.firms.emplace_back(), id = static_cast<uint32_t>(c.firms.size());
    if (create) view().bare.insert(View::Key(kind, id));
    if (contact) {
      apply(c.contacts[id - 1]);
    } else {
      apply(c.firms[id - 1]);
    }
    std::string name = TextParam(item, "name").value_or("");
    if (name.empty())
      name = TextParam(item, "first_name").value_or("") +
             (item.contains("last_name") ? " " + TextParam(item, "last_name").value_or("") : "");
    if (!name.empty()) {
      view().names[View::Key(kind, id)] = name;
      if (!create) view().Add({at, id, 0, 0, user_, EventType::kNameChanged, kind});
    }
    json::array ignored;
    SetFields(kind, id, item, ignored, false);
    SetTags(kind, id, item);
    Touched(c, contact ? Touch::What::kContact : Touch::What::kCompany, id);
    json::object row{{"id", base + id}};
    if (create) {
      row["request_id"] = RequestId(item, i);
    } else {
      row["updated_at"] = at;
    }
    rows.push_back(std::move(row));
  }
  account_.Follow();
  return Written(Plural(kind), std::move(rows), single);
}

}  // namespace svodka::emulator::amocrm
