#include <algorithm>
#include <tuple>

#include "emulator/bitrix24/call.hpp"
#include "emulator/company/cards.hpp"
#include "emulator/company/catalog.hpp"
#include "emulator/company/truth.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

using Ids = std::optional<std::vector<uint32_t>>;
using C = const Company&;

std::optional<uint32_t> Exact(const json::object& filter, const char* name) {
  for (const std::string& key : {std::string(name), "=" + std::string(name)}) {
    const json::value* value = filter.if_contains(key);
    if (value == nullptr) continue;
    const auto list = ListOf(*value);
    if (list.size() != 1) return std::nullopt;
    const auto text = ScalarText(list.front());
    return text ? std::optional(static_cast<uint32_t>(std::strtoul(text->c_str(), nullptr, 10)))
                : std::nullopt;
  }
  return std::nullopt;
}

template <class Rows>
std::vector<uint32_t> Chain(const Rows& rows, uint32_t last) {
  std::vector<uint32_t> ids;
  for (uint32_t id = last; id != 0; id = rows[id - 1].previous) ids.push_back(id);
  return ids;
}

std::vector<uint32_t> ActionsOf(C c, CardType type, uint32_t id) {
  const auto chain = [&](const auto& cards) {
    return id == 0 || id > cards.size() ? std::vector<uint32_t>()
                                        : Chain(c.actions, cards[id - 1].last_action);
  };
  switch (type) {
    case CardType::kLead:
      return chain(c.leads);
    case CardType::kDeal:
      return chain(c.deals);
    case CardType::kContact:
      return chain(c.contacts);
    case CardType::kCompany:
      return chain(c.firms);
    case CardType::kNone:
      break;
  }
  return {};
}

Ids ActivitiesOfCard(C c, const json::object& filter) {
  if (const json::value* bindings = Param(filter, "BINDINGS")) {
    std::vector<uint32_t> ids;
    for (const json::value& pair : ListOf(*bindings)) {
      if (!pair.is_object()) continue;
      const auto type = static_cast<CardType>(IntParam(pair.get_object(), "OWNER_TYPE_ID").value_or(0));
      const auto id = static_cast<uint32_t>(IntParam(pair.get_object(), "OWNER_ID").value_or(0));
      for (const uint32_t action : ActionsOf(c, type, id)) ids.push_back(action);
      if (type != CardType::kContact && type != CardType::kCompany) continue;
      // As a client: through its deals only, so a walk.
      for (uint32_t action = 1; action <= c.actions.size(); ++action) {
        if (c.actions[action - 1].client_type == type && c.actions[action - 1].client == id)
          ids.push_back(action);
      }
    }
    return ids;
  }
  const auto type = Exact(filter, "OWNER_TYPE_ID");
  const auto id = Exact(filter, "OWNER_ID");
  if (!type || !id || *type > 4) return std::nullopt;
  return ActionsOf(c, static_cast<CardType>(*type), *id);
}

Ids CommentsOfCard(C c, const json::object& filter) {
  const auto id = Exact(filter, "ENTITY_ID");
  if (!id || *id == 0) return std::nullopt;
  auto word = TextParam(filter, "ENTITY_TYPE");
  if (!word) word = TextParam(filter, "=ENTITY_TYPE");
  const auto chain = [&](const auto& cards) -> Ids {
    return *id > cards.size() ? std::vector<uint32_t>() : Chain(c.comments, cards[*id - 1].last_comment);
  };
  if (word == "lead") return chain(c.leads);
  if (word == "deal") return chain(c.deals);
  if (word == "contact") return chain(c.contacts);
  if (word == "company") return chain(c.firms);
  return std::vector<uint32_t>();
}

template <class Rows>
std::vector<ChangeIndex::Entry> EntriesOfRows(const Rows& rows,
                                              Second std::remove_cvref_t<decltype(rows[0])>::*moment) {
  std::vector<ChangeIndex::Entry> entries;
  entries.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) entries.push_back({rows[i].*moment, static_cast<uint32_t>(i + 1)});
  return entries;
}

}  // namespace

void Portal::BuildTables() {
  Tables& t = *tables_;
  const auto card = [](Table& table, const Fields& fields, auto member, ChangeIndex& changed,
                       ChangeIndex& signs, C company) {
    table.fields = &fields;
    table.size = [member](C c) { return (c.*member).size(); };
    table.gone = [member](C c, uint32_t id) { return (c.*member)[id - 1].deleted; };
    table.changes = {{"DATE_MODIFY", "updatedTime", &changed,
                      [member](C c, uint32_t id) { return (c.*member)[id - 1].modified; }},
                     {"LAST_ACTIVITY_TIME", "lastActivityTime", &signs,
                      [member](C c, uint32_t id) { return (c.*member)[id - 1].last_activity; }}};
    using Row = typename std::remove_cvref_t<decltype(company.*member)>::value_type;
    changed.Build(EntriesOfRows(company.*member, &Row::modified));
    signs.Build(EntriesOfRows(company.*member, &Row::last_activity));
  };
  card(t.leads, LeadFields(), &Company::leads, t.lead_changes, t.lead_signs, company_);
  card(t.deals, DealFields(), &Company::deals, t.deal_changes, t.deal_signs, company_);
  card(t.contacts, ContactFields(), &Company::contacts, t.contact_changes, t.contact_signs, company_);
  card(t.companies, CompanyFields(), &Company::firms, t.company_changes, t.company_signs, company_);

  t.activities.fields = &ActivityFields();
  t.activities.size = [](C c) { return c.actions.size(); };
  t.activities.gone = [](C c, uint32_t id) { return c.actions[id - 1].deleted; };
  t.activities.changes = {
      {"LAST_UPDATED", "", &t.activity_changes, [](C c, uint32_t id) { return c.actions[id - 1].modified; }}};
  t.activities.of_card = ActivitiesOfCard;
  t.activity_changes.Build(EntriesOfRows(company_.actions, &Action::modified));

  t.tasks.fields = &TaskFields();
  t.tasks.size = [](C c) { return c.tasks.size(); };
  t.tasks.changes = {
      {"CHANGED_DATE", "", &t.task_changes, [](C c, uint32_t id) { return c.tasks[id - 1].modified; }}};
  t.task_changes.Build(EntriesOfRows(company_.tasks, &Task::modified));

  t.comments.fields = &CommentFields();
  t.comments.size = [](C c) { return c.comments.size(); };
  t.comments.gone = [](C c, uint32_t id) { return c.comments[id - 1].deleted; };
  t.comments.of_card = CommentsOfCard;
  t.calls.fields = &CallFields();
  t.calls.size = [](C c) { return c.calls.size(); };
  t.smart_items.fields = &SmartItemFields();
  t.smart_items.size = SmartItemCount;
  t.smart_items.gone = IsSmartItemGone;
  t.smart_items.gone_count = 1;  // templates at least

  t.lead_history.fields = &LeadHistoryFields();
  t.lead_history.size = [](C c) { return c.lead_events.size(); };
  t.lead_history.of_card = [](C c, const json::object& filter) -> Ids {
    const auto id = Exact(filter, "OWNER_ID");
    if (!id || *id == 0) return std::nullopt;
    return *id > c.leads.size() ? std::vector<uint32_t>() : Chain(c.lead_events, c.leads[*id - 1].last_event);
  };
  t.deal_history.fields = &DealHistoryFields();
  t.deal_history.size = [](C c) { return c.deal_events.size(); };
  t.deal_history.of_card = [](C c, const json::object& filter) -> Ids {
    const auto id = Exact(filter, "OWNER_ID");
    if (!id || *id == 0) return std::nullopt;
    return *id > c.deals.size() ? std::vector<uint32_t>() : Chain(c.deal_events, c.deals[*id - 1].last_event);
  };
  for (const Lead& lead : company_.leads) t.leads.gone_count += lead.deleted ? 1 : 0;
  for (const Deal& deal : company_.deals) t.deals.gone_count += deal.deleted ? 1 : 0;
}

void Portal::TakeTouches() {
  Tables& t = *tables_;
  auto& touched = company_.touched;
  std::sort(touched.begin(), touched.end(),
            [](const Touch& a, const Touch& b) { return std::tie(a.what, a.id) < std::tie(b.what, b.id); });
  touched.erase(std::unique(touched.begin(), touched.end(),
                            [](const Touch& a, const Touch& b) { return a.what == b.what && a.id == b.id; }),
                touched.end());
  QueueHooks(touched);
  struct Note {
    Second at;
    uint32_t id;
    ChangeIndex* index;
  };
  std::vector<Note> notes;
  const auto card = [&](const auto& row, uint32_t id, ChangeIndex& changes, ChangeIndex& signs) {
    notes.push_back({row.modified, id, &changes});
    notes.push_back({row.last_activity, id, &signs});
  };
  for (const Touch& touch : touched) {
    const uint32_t id = touch.id;
    switch (touch.what) {
      case Touch::What::kLead:
        card(company_.leads[id - 1], id, t.lead_changes, t.lead_signs);
        break;
      case Touch::What::kDeal:
        card(company_.deals[id - 1], id, t.deal_changes, t.deal_signs);
        break;
      case Touch::What::kContact:
        card(company_.contacts[id - 1], id, t.contact_changes, t.contact_signs);
        break;
      case Touch::What::kCompany:
        card(company_.firms[id - 1], id, t.company_changes, t.company_signs);
        break;
      case Touch::What::kAction:
        notes.push_back({company_.actions[id - 1].modified, id, &t.activity_changes});
        break;
      case Touch::What::kTask:
        notes.push_back({company_.tasks[id - 1].modified, id, &t.task_changes});
        break;
    }
  }
  std::sort(notes.begin(), notes.end(), [](const Note& a, const Note& b) { return a.at < b.at; });
  for (const Note& note : notes) {
    const auto& entries = note.index->entries();
    // Unchanged moments are in the index already.
    bool known = false;
    for (size_t i = note.index->LowerBound(note.at); i < entries.size() && entries[i].at == note.at && !known;
         ++i)
      known = entries[i].id == note.id;
    if (!known) note.index->Append(note.at, note.id);
  }
  touched.clear();
}

}  // namespace svodka::emulator::bitrix24
