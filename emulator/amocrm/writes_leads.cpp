#include <algorithm>

#include "emulator/amocrm/exchange.hpp"
#include "emulator/amocrm/writing.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/staff.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

constexpr const char* kNoChoice = "The value you selected is not a valid choice.";

/// The stage of a failure that stands for a reason; the status's own when the reason is of another pipeline.
StageIndex LostStage(const Status& status, int64_t reason) {
  if (status.pipeline == kLeadsPipeline) {
    const int64_t stage = reason - kReasonIds;
    if (stage >= 0 && stage < static_cast<int64_t>(LeadStages().size()) &&
        ReasonOfLeadStage(static_cast<StageIndex>(stage)) == reason)
      return static_cast<StageIndex>(stage);
    return status.stage;
  }
  const int64_t stage = reason - kReasonIds - 100;
  const bool known = stage >= 0 && stage < static_cast<int64_t>(DealStages().size()) &&
                     DealStages()[static_cast<size_t>(stage)].semantic == 'F' &&
                     DealStages()[static_cast<size_t>(stage)].category == DealStages()[status.stage].category;
  return known ? static_cast<StageIndex>(stage) : status.stage;
}

}  // namespace

/// Where the item wants the card to stand; `errors` when there is no such place.
std::optional<StatusIndex> Exchange::WantedStatus(const json::object& item, uint32_t card,
                                                  json::array& errors) const {
  const auto pipeline = IntParam(item, "pipeline_id");
  const auto status = IntParam(item, "status_id");
  if (!pipeline && !status && card != 0) return std::nullopt;
  uint32_t pipeline_id = AmoPipelines()[kSalesPipeline].id;
  if (card != 0) pipeline_id = AmoPipelines()[Statuses()[view().cards[card - 1].status].pipeline].id;
  if (pipeline) {
    pipeline_id = static_cast<uint32_t>(*pipeline);
  } else if (status) {
    for (const Status& one : Statuses()) {
      if (one.id == static_cast<uint32_t>(*status) && one.id != kWon && one.id != kLost)
        pipeline_id = AmoPipelines()[one.pipeline].id;
    }
  }
  std::optional<StatusIndex> found;
  if (status) {
    found = FindStatus(pipeline_id, static_cast<uint32_t>(*status));
  } else {
    for (uint8_t i = 0; i < AmoPipelines().size(); ++i) {
      if (AmoPipelines()[i].id == pipeline_id) found = static_cast<StatusIndex>(UnsortedOf(i) + 1);
    }
  }
  const bool archived = found && AmoPipelines()[Statuses()[*found].pipeline].archived;
  if (!found || Statuses()[*found].unsorted || (archived && card == 0))
    errors.push_back(Fault("NotSupportedChoice", status ? "status_id" : "pipeline_id", kNoChoice));
  return found;
}

void Exchange::MoveCard(uint32_t id, StatusIndex index, int64_t reason) {
  Company& c = account_.company_;
  const Status& status = Statuses()[index];
  const StageIndex stage = status.semantic == 'F' ? LostStage(status, reason) : status.stage;
  Card& card = view().cards[id - 1];
  const Second at = c.now;
  if (status.pipeline == kLeadsPipeline) {
    if (card.lead == 0)
      throw Problem{400, "Bad Request", "The emulator does not make a lead of a deal that never was one"};
    if (card.deal != 0) {  // back from the sales: the lead is open again, the deal never was
      c.deals[card.deal - 1].deleted = true;
      c.leads[card.lead - 1].deal = 0;
      card.deal = 0;
    }
    EnterLeadStage(c, card.lead, stage, at, user_, false, true);
    return;
  }
  if (card.deal != 0) {
    if (StatusOfDeal(c, card.deal, stage) != index)
      throw Problem{400, "Bad Request",
                    "The emulator does not move cards into or out of the archived pipeline"};
    EnterDealStage(c, card.deal, stage, at, user_, false, true);
    return;
  }
  Lead& lead = c.leads[card.lead - 1];
  Deal deal;
  deal.created = deal.modified = deal.moved = deal.last_activity = at;
  deal.lead = card.lead;
  deal.owner = deal.creator = lead.owner;
  deal.source = lead.source;
  deal.utm = lead.utm;
  deal.amount_minor = lead.amount_minor;
  deal.no_amount = lead.no_amount;
  deal.currency = lead.currency;
  deal.contact = lead.contact;
  deal.company = lead.company;
  deal.begin_day = LocalDay(at).number;
  deal.planned_close = deal.begin_day + 14;
  c.deals.push_back(deal);
  const auto made = static_cast<uint32_t>(c.deals.size());
  lead.deal = made;
  EnterDealStage(c, made, stage, at, user_, true, true);
  static const StageIndex converted = LeadStage("CONVERTED");
  EnterLeadStage(c, card.lead, converted, at, user_, false, true);
}

uint32_t Exchange::NewCard(const json::object& item, StatusIndex index, bool unsorted) {
  Company& c = account_.company_;
  const Second at = Tick();
  const Status& status = Statuses()[index];
  uint16_t owner = EmployeeOf(c, IntParam(item, "responsible_user_id").value_or(0));
  if (owner == 0) owner = user_;
  const auto by = IntParam(item, "created_by");
  const uint16_t creator = unsorted || (by && *by == 0) ? RobotId() : user_;
  const int64_t price = IntParam(item, "price").value_or(0);
  const auto fill = [&](auto& card) {
    card.created = card.modified = card.moved = card.last_activity = at;
    card.owner = owner;
    card.creator = creator;
    card.no_amount = price == 0;
    card.amount_minor = price * 100;
  };
  if (status.pipeline == kLeadsPipeline) {
    Lead lead;
    fill(lead);
    c.leads.push_back(lead);
    EnterLeadStage(c, static_cast<uint32_t>(c.leads.size()), status.stage, at, creator, true, true);
  } else {
    Deal deal;
    fill(deal);
    deal.no_source = true;
    deal.begin_day = LocalDay(at).number;
    deal.planned_close = deal.begin_day + 14;
    c.deals.push_back(deal);
    EnterDealStage(c, static_cast<uint32_t>(c.deals.size()), status.stage, at, creator, true, true);
  }
  view().bare.insert(View::Key(Kind::kLead, static_cast<uint32_t>(view().cards.size() + 1)));
  account_.Follow();
  return static_cast<uint32_t>(view().cards.size());
}

void Exchange::ChangeCard(uint32_t id, const json::object& item, bool create) {
  Company& c = account_.company_;
  View& v = view();
  const Second at = create ? c.now : Tick();
  const auto card = [&]() -> Card& { return v.cards[id - 1]; };
  v.Bump(id, at, user_);
  ++v.version;
  if (const auto name = TextParam(item, "name")) {
    v.names[View::Key(Kind::kLead, id)] = *name;
    if (!create) v.Add({at, id, 0, 0, user_, EventType::kNameChanged, Kind::kLead});
  }
  if (const auto price = IntParam(item, "price"); price && !create) {
    const int64_t before = v.Price(card());
    const auto set = [&](auto& row) {
      row.amount_minor = *price * 100;
      row.no_amount = *price == 0;
      row.currency = 0;
      row.modified = at;
      row.modifier = user_;
    };
    if (card().deal != 0) {
      set(c.deals[card().deal - 1]);
    } else {
      set(c.leads[card().lead - 1]);
    }
    if (before != *price)
      v.Add({at, id, static_cast<uint32_t>(before), static_cast<uint32_t>(*price), user_,
             EventType::kSaleChanged, Kind::kLead});
  }
  if (const uint16_t owner = EmployeeOf(c, IntParam(item, "responsible_user_id").value_or(0));
      owner != 0 && !create && owner != v.Owner(card())) {
    if (card().deal != 0) {
      GiveDeal(c, card().deal, owner, at, user_);
      c.deals[card().deal - 1].modified = at;
    } else {
      Lead& lead = c.leads[card().lead - 1];
      v.Add({at, id, lead.owner, owner, user_, EventType::kResponsibleChanged, Kind::kLead});
      lead.owner = owner;
      lead.modified = at;
    }
  }
  if (const json::value* embedded = item.if_contains("_embedded");
      embedded != nullptr && embedded->is_object()) {
    for (const char* name : {"contacts", "companies"}) {
      const json::value* list = embedded->get_object().if_contains(name);
      if (list == nullptr) continue;
      for (const json::value& one : ListOf(*list)) {
        if (one.is_object()) LinkCard(id, name, IntParam(one.get_object(), "id").value_or(0), false);
      }
    }
  }
  json::array errors;
  if (!create) {
    if (const auto status = WantedStatus(item, id, errors); status && *status != card().status)
      MoveCard(id, *status, IntParam(item, "loss_reason_id").value_or(0));
  }
  if (const auto closed = IntParam(item, "closed_at")) v.written_closed[id] = static_cast<uint32_t>(*closed);
  SetFields(Kind::kLead, id, item, errors, false);
  SetTags(Kind::kLead, id, item);
  account_.Follow();
  if (const json::value* reason = item.if_contains("loss_reason_id")) {
    const int64_t number = IntParam(item, "loss_reason_id").value_or(0);
    card().reason =
        reason->is_null() || number == 0 ? uint16_t{0} : static_cast<uint16_t>(number - kReasonIds);
  }
}

Response Exchange::WriteLeads(json::array items, bool create, bool single) {
  Faults faults;
  std::vector<uint32_t> ids;
  std::vector<StatusIndex> statuses;
  for (size_t i = 0; i < items.size(); ++i) {
    const json::object& item = items[i].get_object();
    json::array errors;
    const uint32_t id = create ? 0 : Place(TextParam(item, "id").value_or(""), kLeadIds, view().cards.size());
    if (!create && (id == 0 || view().cards[id - 1].deleted)) {
      errors.push_back(Fault("NotFound", "id", "Element not found"));
    } else {
      if (!create && !MaySee(id)) throw Forbidden();
      statuses.push_back(WantedStatus(item, id, errors).value_or(0));
    }
    for (const char* name : {"responsible_user_id", "created_by"}) {
      const auto user = IntParam(item, name);
      const uint16_t employee = EmployeeOf(company(), user.value_or(0));
      if (user && *user != 0 && (employee == 0 || company().employee(employee).dismissed != 0))
        errors.push_back(Fault("NotSupportedChoice", name, kNoChoice));
    }
    if (const json::value* price = item.if_contains("price"); price != nullptr && !price->is_int64())
      errors.push_back(Fault("InvalidType", "price", "This value should be of type int."));
    SetFields(Kind::kLead, id, item, errors, true);
    ids.push_back(id);
    faults.Take(item, i, std::move(errors));
  }
  faults.Throw();
  json::array rows;
  for (size_t i = 0; i < items.size(); ++i) {
    const json::object& item = items[i].get_object();
    uint32_t id = ids[i];
    if (create) id = NewCard(item, statuses[i], false);
    ChangeCard(id, item, create);
    json::object row{{"id", kLeadIds + id}};
    if (create) {
      row["request_id"] = RequestId(item, i);
    } else {
      row["updated_at"] = view().cards[id - 1].updated;
    }
    row["_links"] = Link(origin_ + "/api/v4/leads/" + std::to_string(kLeadIds + id));
    rows.push_back(std::move(row));
  }
  return Written("leads", std::move(rows), single);
}

Response Exchange::Complex(json::array items) {
  json::array rows;
  for (size_t i = 0; i < items.size(); ++i) {
    json::object item = items[i].get_object();
    json::object row{{"contact_id", nullptr}, {"company_id", nullptr}};
    json::object links;
    if (json::value* embedded = item.if_contains("_embedded"); embedded != nullptr && embedded->is_object()) {
      for (const auto& [name, kind] :
           {std::pair{"contacts", Kind::kContact}, std::pair{"companies", Kind::kCompany}}) {
        const json::value* list = embedded->get_object().if_contains(name);
        if (list == nullptr || ListOf(*list).empty() || !ListOf(*list).front().is_object()) continue;
        json::object one = ListOf(*list).front().get_object();
        int64_t id = IntParam(one, "id").value_or(0);
        if (id == 0) {
          WriteClients(kind, {one}, true, false);
          id = PublicId(kind, static_cast<uint32_t>(kind == Kind::kContact ? company().contacts.size()
                                                                           : company().firms.size()));
        }
        row[kind == Kind::kContact ? "contact_id" : "company_id"] = id;
        links[name] = json::array{json::object{{"id", id}}};
      }
      if (const json::value* tags = embedded->get_object().if_contains("tags")) links["tags"] = *tags;
    }
    item["_embedded"] = std::move(links);
    const Response made = WriteLeads({item}, true, true);
    row["id"] = ParseJson(made.body).value().at("id");
    row["merged"] = false;
    row["request_id"] = json::array{RequestId(item, i)};
    rows.push_back(std::move(row));
  }
  return Hal(200, rows);
}

Response Exchange::NewUnsorted(json::array items) {
  const std::string_view category = parts_.size() > 2 ? parts_[2] : std::string_view("forms");
  json::array rows;
  for (size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_object()) throw BadRequest("Every item has to be an object");
    const json::object& item = items[i].get_object();
    json::object lead;
    if (const json::value* embedded = item.if_contains("_embedded");
        embedded != nullptr && embedded->is_object()) {
      if (const json::value* leads = embedded->get_object().if_contains("leads");
          leads != nullptr && !ListOf(*leads).empty() && ListOf(*leads).front().is_object())
        lead = ListOf(*leads).front().get_object();
    }
    const uint32_t id = NewCard(lead, UnsortedOf(kLeadsPipeline), true);
    ChangeCard(id, lead, true);
    rows.push_back(json::object{
        {"uid", UnsortedUid(id)},
        {"account_id", kAccountId},
        {"request_id", RequestId(item, i)},
        {"category", json::string(category)},
        {"_embedded", json::object{{"leads", json::array{json::object{{"id", kLeadIds + id}}}}}}});
  }
  return Written("unsorted", std::move(rows), false);
}

Response Exchange::WriteUnsorted(std::string_view uid, std::string_view what) {
  for (uint32_t id = 1; id <= view().cards.size(); ++id) {
    const Card& card = view().cards[id - 1];
    if (!Statuses()[card.status].unsorted || card.deleted || UnsortedUid(id) != uid) continue;
    Tick();
    const uint8_t pipeline = Statuses()[card.status].pipeline;
    StatusIndex to = static_cast<StatusIndex>(UnsortedOf(pipeline) + 2);  // the first after «Не обработан»
    if (what == "decline") {
      to = FindStatus(AmoPipelines()[pipeline].id, kLost).value();
    } else if (const auto parsed = ParseJson(request_.body); parsed && parsed->is_object()) {
      if (const auto status = IntParam(parsed->get_object(), "status_id")) {
        for (size_t i = 0; i < Statuses().size(); ++i) {
          if (Statuses()[i].id == static_cast<uint32_t>(*status) && !Statuses()[i].unsorted) {
            to = static_cast<StatusIndex>(i);
            break;
          }
        }
      }
    }
    MoveCard(id, to, 0);
    account_.Follow();
    return Hal(200,
               json::object{
                   {"uid", json::string(uid)},
                   {"pipeline_id", AmoPipelines()[pipeline].id},
                   {"category", "forms"},
                   {"created_at", view().Created(view().cards[id - 1])},
                   {"_embedded", json::object{{"leads", json::array{json::object{{"id", kLeadIds + id}}}}}}});
  }
  throw NotFound();
}

}  // namespace svodka::emulator::amocrm
