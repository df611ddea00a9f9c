#include <algorithm>

#include "emulator/amocrm/exchange.hpp"
#include "emulator/amocrm/writing.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/texts.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

constexpr const char* kBlank = "This value should not be blank.";

std::string LastDigits(const std::string& phone) {
  std::string digits;
  for (const char c : phone) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits.size() > 10 ? digits.substr(digits.size() - 10) : digits;
}

std::string PhoneOf(const View& view, uint32_t contact) {
  if (!view.bare.contains(View::Key(Kind::kContact, contact))) return ContactPhone(view.company, contact);
  const json::value values = ContactValues(view, contact);
  if (!values.is_array()) return {};
  for (const json::value& field : values.get_array()) {
    if (field.at("field_code") == "PHONE")
      return ScalarText(field.at("values").at(0).at("value")).value_or("");
  }
  return {};
}

/// The company's own object behind a public id.
struct Owner {
  CardType type = CardType::kNone;
  uint32_t id = 0;
};

}  // namespace

void Exchange::LinkCard(uint32_t id, std::string_view to, int64_t public_id, bool unlink) {
  Company& c = account_.company_;
  View& v = view();
  const Card& card = v.cards[id - 1];
  const bool contact = to == "contacts";
  const Kind kind = contact ? Kind::kContact : Kind::kCompany;
  const size_t count = contact ? c.contacts.size() : c.firms.size();
  const uint32_t other = Place(std::to_string(public_id), PublicId(kind, 0), count);
  if (other == 0) throw Problem{400, "Bad Request", "Linked element is not found"};
  const auto set = [&](uint32_t& place) { place = unlink ? (place == other ? 0 : place) : other; };
  if (card.deal != 0) {
    Deal& deal = c.deals[card.deal - 1];
    if (!contact) {
      set(deal.company);
    } else if (unlink ? deal.second_contact == other : deal.contact != 0 && deal.contact != other) {
      set(deal.second_contact);
    } else {
      set(deal.contact);
    }
    Touched(c, Touch::What::kDeal, card.deal);
  } else {
    Lead& lead = c.leads[card.lead - 1];
    set(contact ? lead.contact : lead.company);
    Touched(c, Touch::What::kLead, card.lead);
  }
  if (unlink) {
    auto& cards = contact ? v.cards_of_contact[other] : v.cards_of_company[other];
    std::erase(cards, id);
  } else if (contact) {
    v.Add({c.now, id, other, 0, user_, EventType::kContactLinked, Kind::kLead});
  }
}

Response Exchange::WriteLinks(Kind kind, uint32_t of, const json::array& items, bool unlink) {
  Tick();
  json::array rows;
  for (const json::value& one : items) {
    const json::object& item = one.as_object();
    const std::string type = TextParam(item, "to_entity_type").value_or("");
    const int64_t to = IntParam(item, "to_entity_id").value_or(0);
    if (kind == Kind::kLead && (type == "contacts" || type == "companies")) {
      LinkCard(of, type, to, unlink);
    } else if (kind == Kind::kLead && type == "catalog_elements") {
      const uint32_t place = Place(std::to_string(to), kElementIds, view().invoices.size());
      if (place == 0) throw Problem{400, "Bad Request", "Linked element is not found"};
      Invoice& invoice = view().invoices[place - 1];
      if (invoice.card != 0) std::erase(view().invoices_of[invoice.card], place - 1);
      invoice.card = unlink ? 0 : of;
      if (!unlink) view().invoices_of[of].push_back(place - 1);
    } else if (type == "leads" && kind != Kind::kLead) {
      const uint32_t card = Place(std::to_string(to), kLeadIds, view().cards.size());
      if (card == 0) throw Problem{400, "Bad Request", "Linked element is not found"};
      LinkCard(card, Plural(kind), PublicId(kind, of), unlink);
    } else {
      throw Problem{400, "Bad Request", "The emulator does not link these: " + type};
    }
    rows.push_back(json::object{{"entity_id", PublicId(kind, of)},
                                {"entity_type", json::string(Plural(kind))},
                                {"to_entity_id", to},
                                {"to_entity_type", type},
                                {"metadata", nullptr}});
  }
  account_.Follow();
  if (unlink) return Empty();
  return Written("links", std::move(rows), false);
}

/// The card type and id of the company behind `entity_type` and `entity_id`; none when there is no such.
static Owner OwnerOf(const View& view, std::string_view type, int64_t id) {
  const auto within = [&](int64_t base, size_t count) {
    return id > base && id <= base + static_cast<int64_t>(count) ? static_cast<uint32_t>(id - base)
                                                                 : uint32_t{0};
  };
  if (type == "leads") {
    const uint32_t place = within(kLeadIds, view.cards.size());
    if (place == 0) return {};
    const Card& card = view.cards[place - 1];
    return card.deal != 0 ? Owner{CardType::kDeal, card.deal} : Owner{CardType::kLead, card.lead};
  }
  if (type == "contacts") {
    const uint32_t place = within(kContactIds, view.company.contacts.size());
    return place == 0 ? Owner{} : Owner{CardType::kContact, place};
  }
  const uint32_t place = type == "companies" ? within(kCompanyIds, view.company.firms.size()) : 0;
  return place == 0 ? Owner{} : Owner{CardType::kCompany, place};
}

Response Exchange::WriteTasks(json::array items, bool create, bool single) {
  Company& c = account_.company_;
  Faults faults;
  for (size_t i = 0; i < items.size(); ++i) {
    const json::object& item = items[i].get_object();
    json::array errors;
    if (create) {
      if (TextParam(item, "text").value_or("").empty()) errors.push_back(Fault("NotBlank", "text", kBlank));
      if (!IntParam(item, "complete_till")) errors.push_back(Fault("NotBlank", "complete_till", kBlank));
      const auto entity = IntParam(item, "entity_id");
      if (entity && OwnerOf(view(), TextParam(item, "entity_type").value_or(""), *entity).id == 0)
        errors.push_back(Fault("NotFound", "entity_id", "Element not found"));
    } else {
      const uint32_t id = Place(TextParam(item, "id").value_or(""), kTaskIds, c.actions.size());
      if (id == 0 || !View::IsTask(c.actions[id - 1]))
        errors.push_back(Fault("NotFound", "id", "Element not found"));
    }
    const auto user = IntParam(item, "responsible_user_id");
    if (user && EmployeeOf(c, *user) == 0)
      errors.push_back(Fault("NotSupportedChoice", "responsible_user_id",
                             "The value you selected is not a valid choice."));
    faults.Take(item, i, std::move(errors));
  }
  faults.Throw();
  json::array rows;
  for (size_t i = 0; i < items.size(); ++i) {
    const json::object& item = items[i].get_object();
    const Second at = Tick();
    const uint16_t responsible = EmployeeOf(c, IntParam(item, "responsible_user_id").value_or(0));
    uint32_t id = 0;
    if (create) {
      const Owner owner = OwnerOf(view(), TextParam(item, "entity_type").value_or(""),
                                  IntParam(item, "entity_id").value_or(0));
      Action action;
      const int64_t type = IntParam(item, "task_type_id").value_or(1);
      action.kind = type == 2 ? ActionKind::kMeeting : type == 2041 ? ActionKind::kTask : ActionKind::kTodo;
      action.card_type = owner.type;
      action.card = owner.id;
      action.author = user_;
      action.responsible = responsible != 0 ? responsible : user_;
      action.created = action.modified = at;
      action.deadline = static_cast<Second>(IntParam(item, "complete_till").value_or(at));
      action.start = action.end = action.deadline;
      id = AddAction(c, action, true);
    } else {
      id = Place(TextParam(item, "id").value_or(""), kTaskIds, c.actions.size());
      Action& action = c.actions[id - 1];
      if (responsible != 0) action.responsible = responsible;
      if (const auto till = IntParam(item, "complete_till")) action.deadline = static_cast<Second>(*till);
      if (const json::value* done = item.if_contains("is_completed"); done != nullptr) {
        action.completed = done->is_bool() ? done->get_bool() : ScalarText(*done).value_or("") == "1";
        if (action.completed) action.end = at;
        if (action.kind == ActionKind::kTask)
          c.tasks[action.reference - 1].closed = action.completed ? at : 0;
      }
      action.modified = at;
      Touched(c, Touch::What::kAction, id);
    }
    const Action& action = c.actions[id - 1];
    if (const auto text = TextParam(item, "text")) {
      const bool task = action.kind == ActionKind::kTask;
      c.texts[TextKey(task ? TextKind::kTaskTitle : TextKind::kActionSubject, task ? action.reference : id)] =
          *text;
    }
    json::object row{{"id", kTaskIds + id}};
    if (create) {
      row["request_id"] = RequestId(item, i);
    } else {
      row["updated_at"] = at;
    }
    row["_links"] = Link(origin_ + "/api/v4/tasks/" + std::to_string(kTaskIds + id));
    rows.push_back(std::move(row));
  }
  account_.Follow();
  return Written("tasks", std::move(rows), single);
}

uint32_t Exchange::AddCall(CardType type, uint32_t id, bool incoming, const json::object& params,
                           uint16_t by) {
  Company& c = account_.company_;
  const int64_t seconds = std::clamp<int64_t>(IntParam(params, "duration").value_or(0), 0, 86400);
  Action action;
  action.kind = ActionKind::kCall;
  action.card_type = type;
  action.card = id;
  action.author = action.responsible = by;
  action.completed = true;
  action.incoming = incoming;
  action.missed = incoming && seconds == 0;
  action.end = action.modified = c.now;
  action.start = action.created = c.now - static_cast<Second>(seconds);
  const uint32_t note = static_cast<uint32_t>(c.actions.size() + 1) * 2;
  view().written_notes[note] =
      json::object{{"note_type", incoming ? "call_in" : "call_out"}, {"params", params}};
  AddAction(c, action, true);
  return note;
}

Response Exchange::WriteNotes(Kind kind, uint32_t of, json::array items) {
  Company& c = account_.company_;
  Faults faults;
  const auto owner_of = [&](const json::object& item) {
    const int64_t id = of != 0 ? PublicId(kind, of) : IntParam(item, "entity_id").value_or(0);
    return OwnerOf(view(), Plural(kind), id);
  };
  for (size_t i = 0; i < items.size(); ++i) {
    const json::object& item = items[i].get_object();
    json::array errors;
    if (TextParam(item, "note_type").value_or("").empty())
      errors.push_back(Fault("NotBlank", "note_type", kBlank));
    if (owner_of(item).id == 0) errors.push_back(Fault("NotFound", "entity_id", "Element not found"));
    faults.Take(item, i, std::move(errors));
  }
  faults.Throw();
  json::array rows;
  for (size_t i = 0; i < items.size(); ++i) {
    const json::object& item = items[i].get_object();
    Tick();
    const Owner owner = owner_of(item);
    const std::string type = TextParam(item, "note_type").value_or("common");
    const json::value* given = item.if_contains("params");
    const json::object params = given != nullptr && given->is_object() ? given->get_object() : json::object();
    uint16_t by = EmployeeOf(c, IntParam(item, "created_by").value_or(0));
    if (by == 0) by = user_;
    uint32_t note = 0;
    if (type == "call_in" || type == "call_out") {
      note = AddCall(owner.type, owner.id, type == "call_in", params, by);
    } else {
      note = static_cast<uint32_t>(c.comments.size() + 1) * 2 - 1;
      view().written_notes[note] = json::object{{"note_type", type}, {"params", params}};
      if (const auto text = TextParam(params, "text"))
        c.texts[TextKey(TextKind::kComment, static_cast<uint32_t>(c.comments.size() + 1))] = *text;
      AddComment(c, Comment{c.now, owner.id, 0, by, owner.type}, true);
    }
    rows.push_back(
        json::object{{"id", kNoteIds + note},
                     {"entity_id", of != 0 ? PublicId(kind, of) : IntParam(item, "entity_id").value_or(0)},
                     {"request_id", RequestId(item, i)}});
  }
  account_.Follow();
  return Written("notes", std::move(rows), false);
}

Response Exchange::WriteCalls(json::array items) {
  Company& c = account_.company_;
  json::array rows, errors;
  for (size_t i = 0; i < items.size(); ++i) {
    const json::object& item = items[i].get_object();
    Tick();
    const std::string phone = LastDigits(TextParam(item, "phone").value_or(""));
    Owner owner;
    for (uint32_t id = 1; id <= c.contacts.size() && !phone.empty(); ++id) {
      if (c.contacts[id - 1].deleted || LastDigits(PhoneOf(view(), id)) != phone) continue;
      owner = {CardType::kContact, id};
      break;
    }
    if (owner.id == 0) {
      errors.push_back(json::object{{"title", "Not Found"},
                                    {"status", 404},
                                    {"detail", "Entity not found"},
                                    {"request_id", RequestId(item, i)}});
      continue;
    }
    // To the lead only where there is exactly one that is open.
    const uint32_t contact = owner.id;
    std::vector<uint32_t> open;
    for (const uint32_t card : view().cards_of_contact[contact]) {
      if (!view().cards[card - 1].deleted && Statuses()[view().cards[card - 1].status].semantic == 'P')
        open.push_back(card);
    }
    Kind kind = Kind::kContact;
    uint32_t entity = contact;
    if (open.size() == 1) {
      owner = OwnerOf(view(), "leads", PublicId(Kind::kLead, open[0]));
      kind = Kind::kLead;
      entity = open[0];
    }
    uint16_t by = EmployeeOf(c, IntParam(item, "responsible_user_id").value_or(0));
    if (by == 0) by = user_;
    json::object params = item;
    params.erase("direction");
    params.erase("request_id");
    const uint32_t note =
        AddCall(owner.type, owner.id, TextParam(item, "direction").value_or("") == "inbound", params, by);
    rows.push_back(json::object{{"id", kNoteIds + note},
                                {"entity_id", PublicId(kind, entity)},
                                {"entity_type", json::string(Singular(kind))},
                                {"account_id", kAccountId},
                                {"request_id", RequestId(item, i)}});
  }
  account_.Follow();
  json::object body{{"_total_items", rows.size()}, {"errors", std::move(errors)}};
  body["_embedded"] = json::object{{"calls", std::move(rows)}};
  return Hal(200, body);
}

Response Exchange::WriteElements(json::array items, bool create) {
  View& v = view();
  json::array rows;
  for (size_t i = 0; i < items.size(); ++i) {
    json::object item = items[i].get_object();
    const Second at = Tick();
    if (!create && parts_.size() > 3) item["id"] = std::strtoll(std::string(parts_[3]).c_str(), nullptr, 10);
    uint32_t place = create ? 0 : Place(TextParam(item, "id").value_or(""), kElementIds, v.invoices.size());
    json::array errors;
    json::object read;
    if (!create && place == 0) errors.push_back(Fault("NotFound", "id", "Element not found"));
    const json::value* given = item.if_contains("custom_fields_values");
    for (const json::value& field : given == nullptr ? std::vector<json::value>() : ListOf(*given)) {
      const auto head = field.is_object()
                            ? FieldHead(Kind::kElement, IntParam(field.get_object(), "field_id").value_or(0),
                                        TextParam(field.get_object(), "field_code").value_or(""))
                            : std::nullopt;
      if (!head) {
        errors.push_back(Fault("NotSupportedChoice", "custom_fields_values", "Unknown field"));
        continue;
      }
      const json::value* values = field.get_object().if_contains("values");
      read[std::to_string(head->at("id").as_int64())] = ReadValues(
          *head, values == nullptr ? json::value(nullptr) : *values, errors, "custom_fields_values");
    }
    // A bill needs its name and its status.
    if (create && (TextParam(item, "name").value_or("").empty() || !read.contains("801")))
      errors.push_back(Fault("NotBlank", read.contains("801") ? "name" : "custom_fields_values", kBlank));
    Faults faults;
    faults.Take(item, i, std::move(errors));
    faults.Throw();
    if (create) {
      Invoice fresh;
      fresh.created = at;
      fresh.due_day = LocalDay(at).number;
      v.invoices.push_back(fresh);
      place = static_cast<uint32_t>(v.invoices.size());
    }
    Invoice& invoice = v.invoices[place - 1];
    const auto first = [&](const char* field) -> const json::object* {
      const json::value* values = read.if_contains(field);
      return values == nullptr || values->as_array().empty() ? nullptr : &values->as_array()[0].as_object();
    };
    if (const json::object* price = first("803")) {
      const json::value& value = price->at("value");
      invoice.rubles = static_cast<int64_t>(std::strtod(ScalarText(value).value_or("0").c_str(), nullptr));
    }
    if (const json::object* status = first("801")) {
      const std::string code(status->at("enum_code").as_string());
      const bool paid = code == "paid" || code == "paid_in_advance";
      const json::object* day = first("802");
      invoice.paid_at =
          !paid ? 0 : static_cast<Second>(day == nullptr ? at : IntParam(*day, "value").value_or(at));
      invoice.partial = code == "partially_paid";
      invoice.advance = code == "paid_in_advance";
      read.erase("801");
      read.erase("802");
    }
    invoice.changed = at;
    read.erase("803");
    for (auto& member : read) v.written_elements[place][member.key()] = std::move(member.value());
    if (const auto name = TextParam(item, "name")) v.names[View::Key(Kind::kElement, place)] = *name;
    json::object row{{"id", kElementIds + place}};
    if (create) {
      row["request_id"] = RequestId(item, i);
    } else {
      row["updated_at"] = at;
    }
    rows.push_back(std::move(row));
  }
  ++v.version;
  return Written("elements", std::move(rows), !create && parts_.size() > 3);
}

}  // namespace svodka::emulator::amocrm
