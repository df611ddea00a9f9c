#include "sync/amocrm/reader.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "crm/amocrm/address.hpp"

namespace svodka::sync::amocrm {
namespace {

namespace amo = crm::amocrm;

constexpr int kPagesMax = 40'000;
constexpr size_t kIdsPerRequest = 100;
constexpr size_t kOneByOneMax = 200;    ///< without filters: beyond it the whole list is walked
constexpr size_t kAskedAloneMax = 250;  ///< beyond it the reason of a part is taken for that of all

std::optional<std::string> IdOf(const json::value& row) {
  const json::value* id = FindMember(row, "id");
  return id == nullptr ? std::nullopt : crm::ReadLink(*id);
}

/// 402 is said of customers that are switched off too: then the list is refused, and the account is paid.
Result<Answer> Softened(Stream stream, Result<Answer> answer) {
  if (answer.ok() || stream != Stream::kCustomer || answer.error().code != "plan_unpaid") return answer;
  Answer refused;
  refused.refused = amo::ApiError{};
  refused.refused->status = 402;
  refused.refused->diagnostic = answer.error();
  return refused;
}

Diagnostic NoEnd(std::string_view name) {
  return {"bad_answer",
          "the account answers the list " + std::string(name) +
              " without an end; nothing is lost: try again later, and tell amoCRM's support if it lasts",
          std::string(name),
          {}};
}

}  // namespace

Reader::Reader(Caller& caller, const Clock& clock, const AmoSettings& settings)
    : caller_(caller), clock_(clock) {
  reading_.lead_pipelines = settings.lead_pipelines;
  reading_.planned_close_field = settings.planned_close_field;
  reading_.source_field = settings.source_field;
  reading_.deal_type_field = settings.deal_type_field;
  reading_.has_cents = amo::HasCents(settings.address);
}

void Reader::Know(std::set<std::string> users, std::set<std::string> sources,
                  std::unordered_map<int64_t, std::string> deals_of_invoices) {
  users_ = std::move(users);
  sources_ = std::move(sources);
  deals_of_invoices_ = std::move(deals_of_invoices);
}

void Reader::Warn(const char* code, const std::string& message) {
  warnings_.try_emplace(code + message, Diagnostic{code, message, "", {}});
}

Diagnostics Reader::TakeWarnings() {
  Diagnostics all = notes_.ToDiagnostics();
  for (const auto& [name, diagnostic] : refused_) all.push_back(diagnostic);
  for (const auto& [name, diagnostic] : warnings_) all.push_back(diagnostic);
  notes_ = {};
  warnings_.clear();
  return all;
}

Status Reader::Refuse(Stream stream, const amo::ApiError& error) {
  // Without cards there is no report: that is no warning.
  if (stream == Stream::kLead) return error.diagnostic;
  const std::string name(FactsOf(stream).name);
  log::Warning("list_refused", {{"list", name}, {"code", error.diagnostic.code}});
  refused_[name] = error.diagnostic;
  return Done{};
}

crm::Params Reader::Params(Stream stream) const {
  crm::Params params = BaseParams(stream);
  if (stream == Stream::kEvent && !event_types_.empty()) {
    for (auto& [key, value] : params) {
      if (key == "filter[type]") value = event_types_;
    }
  }
  return params;
}

std::optional<int64_t> Reader::TimeOf(Stream stream, const json::value& row) const {
  const json::value* time = FindMember(row, FactsOf(stream).time);
  return time == nullptr ? std::nullopt : crm::ReadInteger(*time);
}

void Reader::NoteTime(Stream stream, int64_t time) {
  auto& newest = newest_[stream];
  newest = std::max(newest, time);
}

std::optional<Instant> Reader::NewestOf(Stream stream) const {
  const auto at = newest_.find(stream);
  if (at == newest_.end()) return std::nullopt;
  return Instant{std::chrono::seconds{at->second}};
}

std::optional<Instant> Reader::OldestOf(Stream stream) const {
  const auto at = oldest_.find(stream);
  if (at == oldest_.end()) return std::nullopt;
  return Instant{std::chrono::seconds{at->second}};
}

bool Reader::IsDeleted(const json::value& row) const {
  const json::value* deleted = FindMember(row, "is_deleted");
  return deleted != nullptr && crm::ReadFlag(*deleted).value_or(false);
}

/// By time where the list can be cut by it: each question asks for what is at or before the oldest row read,
/// so that rows which come, change or go meanwhile move nothing. Else by page numbers, newest first: what
/// changes meanwhile moves to the front and makes rows come twice, never not at all.
Result<Reader::Step> Reader::ReadBackward(Stream stream, StreamCursor& cursor, crm::SourceBatch& out,
                                          std::stop_token stop) {
  const StreamFacts& facts = FactsOf(stream);
  if (stream == Stream::kTask || (facts.paid_filter && filter_off_)) {
    if (!cursor.paged) cursor.offset = cursor.rows;
    cursor.paged = true;
  }
  bool once_more = true;
  for (int tries = 0; tries < 10; ++tries) {
    crm::Params params = Params(stream);
    AddOrder(stream, params);
    if (!cursor.paged && cursor.to > 0) {
      params.emplace_back("filter[" + std::string(facts.time) + "][to]", std::to_string(cursor.to));
    }
    Offset offset{cursor.offset, facts.limit_max};
    auto answer = Softened(stream, caller_.GetRows(std::string(facts.path), params, offset, stop));
    if (!answer.ok()) return answer.errors();
    if (answer->refused) {
      if (auto status = Refuse(stream, *answer->refused); !status.ok()) return status.errors();
      return Step::kRefused;
    }
    const auto& rows = answer->page->rows;
    if (rows.empty()) {
      // Rows may have gone from before us: a page behind the first is asked again from a page earlier, once.
      if (cursor.offset > 0 && once_more) {
        once_more = false;
        if (cursor.paged) {
          cursor.offset = std::max<int64_t>(0, cursor.offset - static_cast<int64_t>(facts.limit_max));
        } else {
          cursor.offset = 0;
          --cursor.to;
        }
        continue;
      }
      cursor.loaded = true;
      return Step::kFinished;
    }
    int64_t oldest = 0;
    bool falls = true;
    bool ignored = false;
    for (const json::value* row : rows) {
      const int64_t time = TimeOf(stream, *row).value_or(0);
      if (time > 0) {
        if (oldest > 0 && time > oldest) falls = false;
        if (!cursor.paged && cursor.to > 0 && time > cursor.to) ignored = true;
        oldest = oldest == 0 ? time : std::min(oldest, time);
        NoteTime(stream, time);
      }
      Take(stream, *row, out);
    }
    if (oldest > 0) oldest_[stream] = oldest;
    if (!cursor.paged && (ignored || !falls)) {
      Warn("filter_ignored",
           "the account ignores the filter or the order of " + std::string(facts.path) +
               " (in amoCRM filtering is an extra package): the list is read by pages, which takes longer");
      if (ignored && facts.paid_filter) filter_off_ = true;
      cursor.paged = true;
      cursor.offset = falls ? cursor.rows : 0;
      return Step::kMore;
    }
    cursor.rows += static_cast<int64_t>(rows.size());
    if (cursor.paged || oldest == 0 || oldest == cursor.to) {
      cursor.offset = offset.rows;
    } else {
      cursor.to = oldest;
      cursor.offset = 0;
    }
    if (!answer->page->has_next) {
      cursor.loaded = true;
      return Step::kFinished;
    }
    return Step::kMore;
  }
  return NoEnd(facts.name);
}

Status Reader::ReadSince(Stream stream, Instant since, const TakeRow& take, std::stop_token stop) {
  // Customers have no documented order: without the filter each poll would read them all. The dictionaries
  // do.
  if (stream == Stream::kCustomer && filter_off_) return Done{};
  const StreamFacts& facts = FactsOf(stream);
  const int64_t from = std::chrono::duration_cast<std::chrono::seconds>(since.time_since_epoch()).count();
  crm::Params params = Params(stream);
  AddOrder(stream, params);
  params.emplace_back("filter[" + std::string(facts.time) + "][from]", std::to_string(from));
  Offset offset{0, facts.limit_max};
  bool once_more = true;
  for (int page = 0; page < kPagesMax; ++page) {
    const int64_t before = offset.rows;
    auto answer = Softened(stream, caller_.GetRows(std::string(facts.path), params, offset, stop));
    if (!answer.ok()) return answer.errors();
    if (answer->refused) return Refuse(stream, *answer->refused);
    bool older = false;
    for (const json::value* row : answer->page->rows) {
      const auto time = TimeOf(stream, *row);
      // 204 and rows without their time are taken as they are: a row too much costs nothing.
      if (time && *time < from) {
        older = true;
        continue;
      }
      if (time) NoteTime(stream, *time);
      take(*row);
    }
    if (older && facts.paid_filter && !filter_off_) {
      filter_off_ = true;
      Warn("filter_ignored",
           "the account ignores the filter of " + std::string(facts.path) +
               " (in amoCRM filtering is an extra package); changes are found by their order instead");
    }
    // Newest first: behind an older row are only older ones.
    if (older && (facts.sorted || stream == Stream::kEvent)) return Done{};
    if (answer->page->rows.empty() && before > 0 && once_more) {
      // The window shrank while it was read: once more from its beginning.
      once_more = false;
      offset.rows = 0;
      continue;
    }
    if (!answer->page->has_next || answer->page->rows.empty()) return Done{};
  }
  return NoEnd(facts.name);
}

Status Reader::Walk(Stream stream, const TakeRow& take, std::stop_token stop) {
  const StreamFacts& facts = FactsOf(stream);
  crm::Params params = Params(stream);
  params.emplace_back("order[id]", "asc");
  Offset offset{0, facts.limit_max};
  for (int page = 0; page < kPagesMax; ++page) {
    auto answer = Softened(stream, caller_.GetRows(std::string(facts.path), params, offset, stop));
    if (!answer.ok()) return answer.errors();
    if (answer->refused) return Refuse(stream, *answer->refused);
    for (const json::value* row : answer->page->rows) take(*row);
    if (!answer->page->has_next || answer->page->rows.empty()) return Done{};
  }
  return NoEnd(facts.name);
}

Status Reader::ReadOne(Stream stream, const std::string& id, const TakeRow& take, std::stop_token stop,
                       Hidden* hidden) {
  auto answer =
      Softened(stream, caller_.Get(std::string(FactsOf(stream).path) + "/" + id, Params(stream), stop));
  if (!answer.ok()) return answer.errors();
  if (answer->refused) {
    if (answer->refused->status == 404) return Done{};
    // The right to one row is lost, not that to the list: nothing stops for it.
    if (answer->refused->status == 403 && answer->refused->diagnostic.code == "access_denied") {
      if (hidden != nullptr) hidden->ids.insert(id);
      return Done{};
    }
    if (stream == Stream::kCustomer) return Refuse(stream, *answer->refused);
    return answer->refused->diagnostic;
  }
  // 204: unknown.
  if (answer->page->root && IdOf(*answer->page->root) == id) take(*answer->page->root);
  return Done{};
}

Status Reader::ReadByIds(Stream stream, std::span<const std::string> ids, const TakeRow& take,
                         std::stop_token stop, Hidden* hidden) {
  const StreamFacts& facts = FactsOf(stream);
  const bool can_filter = !facts.paid_filter || !filter_off_;
  if (ids.size() == 1 || (!can_filter && (ids.size() <= kOneByOneMax || stream == Stream::kTask))) {
    for (const std::string& id : ids) {
      if (auto status = ReadOne(stream, id, take, stop, hidden); !status.ok()) return status;
      if (IsRefused(stream)) break;
    }
    return Done{};
  }
  std::unordered_set<std::string> missing(ids.begin(), ids.end());
  if (!can_filter) {
    auto walked = Walk(
        stream,
        [&](const json::value& row) {
          const auto id = IdOf(row);
          if (!id || !std::binary_search(ids.begin(), ids.end(), *id)) return;
          missing.erase(*id);
          take(row);
        },
        stop);
    if (!walked.ok()) return walked;
    return ReadAlone(stream, ids, missing, take, stop, hidden);
  }
  for (size_t at = 0; at < ids.size(); at += kIdsPerRequest) {
    const auto part = ids.subspan(at, std::min(kIdsPerRequest, ids.size() - at));
    crm::Params params = Params(stream);
    for (const std::string& id : part) params.emplace_back("filter[id][]", id);
    const std::set<std::string> wanted(part.begin(), part.end());
    Offset offset{0, facts.limit_max};
    for (int page = 0; page < 100; ++page) {
      auto answer = Softened(stream, caller_.GetRows(std::string(facts.path), params, offset, stop));
      if (!answer.ok()) return answer.errors();
      if (answer->refused && stream == Stream::kCustomer) return Refuse(stream, *answer->refused);
      if (answer->refused) return answer->refused->diagnostic;
      for (const json::value* row : answer->page->rows) {
        const auto id = IdOf(*row);
        if (!id || !wanted.contains(*id)) {
          if (!facts.paid_filter) continue;
          filter_off_ = true;  // ignored: the rest of the ids one by one
          return ReadByIds(stream, ids.subspan(at), take, stop, hidden);
        }
        missing.erase(*id);
        take(*row);
      }
      if (!answer->page->has_next || answer->page->rows.empty()) break;
    }
  }
  return ReadAlone(stream, ids, missing, take, stop, hidden);
}

/// Lists keep silent of both what is gone and what is hidden: only the question for one row tells which.
Status Reader::ReadAlone(Stream stream, std::span<const std::string> ids,
                         const std::unordered_set<std::string>& missing, const TakeRow& take,
                         std::stop_token stop, Hidden* hidden) {
  if (hidden == nullptr || missing.empty() || IsRefused(stream)) return Done{};
  size_t asked = 0;
  const size_t hidden_before = hidden->ids.size();
  bool mostly = false;
  for (const std::string& id : ids) {
    if (!missing.contains(id) || (hidden->worth_asking && !hidden->worth_asking->contains(id))) continue;
    if (asked == kAskedAloneMax) {
      if (mostly) hidden->ids.insert(id);
      continue;
    }
    if (auto status = ReadOne(stream, id, take, stop, hidden); !status.ok()) return status;
    if (IsRefused(stream)) break;
    if (++asked == kAskedAloneMax) mostly = (hidden->ids.size() - hidden_before) * 2 > asked;
  }
  return Done{};
}

Result<std::vector<amo::Unsorted>> Reader::ReadUnsorted(std::stop_token stop) {
  std::vector<amo::Unsorted> requests;
  if (reading_.unsorted_statuses.empty() || refused_.contains("unsorted")) return requests;
  Offset offset{0, 250};
  for (int page = 0; page < kPagesMax; ++page) {
    auto answer = caller_.GetRows("/api/v4/leads/unsorted", {{"order[created_at]", "desc"}}, offset, stop);
    if (!answer.ok()) return answer.errors();
    if (answer->refused) {
      refused_["unsorted"] = answer->refused->diagnostic;
      return requests;
    }
    for (const json::value* row : answer->page->rows) {
      if (auto request = amo::DecodeUnsorted(*row, reading_, notes_)) requests.push_back(std::move(*request));
    }
    if (!answer->page->has_next || answer->page->rows.empty()) break;
  }
  return requests;
}

Status Reader::ReadOpenTasks(const std::function<void(std::string)>& take, std::stop_token stop) {
  Offset offset{0, 250};
  for (int page = 0; page < kPagesMax; ++page) {
    auto answer =
        caller_.GetRows("/api/v4/tasks", {{"filter[is_completed]", "0"}, {"order[id]", "asc"}}, offset, stop);
    if (!answer.ok()) return answer.errors();
    if (answer->refused) return answer->refused->diagnostic;
    for (const json::value* row : answer->page->rows) {
      if (auto id = IdOf(*row)) take(std::move(*id));
    }
    if (!answer->page->has_next || answer->page->rows.empty()) return Done{};
  }
  return NoEnd("task");
}

void Reader::NameSource(const std::string& kind, const crm::Text& id, const crm::Text& name,
                        crm::SourceBatch& out) {
  if (!id || !sources_.insert(kind + ":" + *id).second) return;
  out.dictionary.push_back({kind, *id, name.value_or(*id), std::nullopt, std::nullopt});
}

void Reader::TakeCard(const json::value& row, crm::SourceBatch& out) {
  auto card = amo::DecodeCard(row, reading_, notes_);
  if (!card) return;
  const std::string id = card->deal.id;
  if (card->deleted) {
    out.tombstones.push_back({"deal", id, "deleted", std::nullopt});
    out.tombstones.push_back({"lead", id, "deleted", std::nullopt});
    return;
  }
  NameSource("source", card->deal.source_id, card->source_name, out);
  NameSource("deal_type", card->deal.deal_type_id, std::nullopt, out);
  if (card->deal.loss_reason_id) {
    // Deleted reasons are named only by the cards that have them.
    crm::Text name;
    for (const json::value* reason : amo::Embedded(row, "loss_reason")) name = FindString(*reason, "name");
    NameSource("loss_reason", card->deal.loss_reason_id, name, out);
  }
  for (const int64_t invoice : amo::InvoicesOf(row, reading_)) {
    deals_of_invoices_[invoice] = id;
    const auto known = reading_.invoices.find(invoice);
    if (known == reading_.invoices.end()) continue;
    crm::PaymentRow payment = known->second;
    payment.deal_id = id;
    out.payments.push_back(std::move(payment));
  }
  std::optional<amo::Passage> passage;
  if (const auto at = passages_.find(id); at != passages_.end()) passage = at->second;
  amo::PlaceCard(std::move(*card), passage, reading_, out);
}

void Reader::TakeEvent(const json::value& row, crm::SourceBatch& out, EventEffects* effects) {
  const auto event = amo::DecodeEvent(row, notes_);
  if (!event || event->entity_id.empty()) return;
  if (auto message = amo::MessageOf(*event)) {
    out.activities.push_back(std::move(*message));
    return;
  }
  if (event->type == "common_note_deleted") {
    if (effects != nullptr && !event->note_id.empty())
      out.tombstones.push_back({"activity", "note:" + event->note_id, "deleted", std::nullopt});
    return;
  }
  if (event->entity == "lead" && event->type == "sale_field_changed") {
    past_.push_back({"deal", event->entity_id, "amount", event->before_sale, event->after_sale, event->at});
    return;
  }
  if (event->type == "entity_responsible_changed") {
    if (event->entity == "lead" && !event->before_owner.empty() && !event->after_owner.empty()) {
      past_.push_back(
          {"deal", event->entity_id, "owner", event->before_owner, event->after_owner, event->at});
    }
    return TakeOwnerChange(*event);
  }
  if (const auto passage = amo::PlaceEvent(*event, reading_, out)) {
    auto& known = passages_[event->entity_id];
    if (passage->at > known.at) {
      known = *passage;
      // Whoever it was given to afterwards had the deal, not the lead.
      const auto change = owner_changes_.find(event->entity_id);
      if (change != owner_changes_.end() && change->second.at >= known.at) {
        known.owner_until = change->second.at;
        known.owner_id = change->second.owner_id;
      }
      // What its contacts are was hidden while it waited.
      if (effects != nullptr) effects->leads.push_back(event->entity_id);
    }
    return;
  }
  if (effects == nullptr) return;
  auto& again = event->entity == "contact"    ? effects->contacts
                : event->entity == "company"  ? effects->companies
                : event->entity == "customer" ? effects->customers
                                              : effects->leads;
  if (event->type == "entity_merged" || event->type.ends_with("_restored") ||
      event->type.ends_with("_deleted")) {
    if (event->entity == "lead" || event->entity == "contact" || event->entity == "company" ||
        event->entity == "customer") {
      again.push_back(event->entity_id);  // the account itself says whether it is there
      const EventEffects::Mark mark{event->entity, event->entity_id, event->author_id.value_or(""),
                                    event->at};
      if (event->type == "entity_merged") effects->merged.push_back(mark);
      if (event->type.ends_with("_deleted")) effects->deleted.push_back(mark);
    } else if (event->type == "task_deleted") {
      out.tombstones.push_back({"activity", "task:" + event->entity_id, "deleted", std::nullopt});
    }
  }
}

/// Keeps the first change after a card left being a lead: who had it until then is the lead's employee.
void Reader::TakeOwnerChange(const amo::Event& event) {
  if (event.entity != "lead" || event.before_owner.empty()) return;
  if (const auto passage = passages_.find(event.entity_id);
      passage != passages_.end() && event.at >= passage->second.at) {
    auto& known = passage->second;
    if (!known.owner_until || event.at < *known.owner_until) {
      known.owner_until = event.at;
      known.owner_id = event.before_owner;
    }
    return;
  }
  const auto [at, fresh] =
      owner_changes_.try_emplace(event.entity_id, OwnerChange{event.at, event.before_owner});
  if (!fresh && event.at < at->second.at) at->second = {event.at, event.before_owner};
}

void Reader::TakeCustomer(const json::value& row, crm::SourceBatch& out) {
  bool deleted = false;
  auto customer = amo::DecodeCustomer(row, reading_, deleted, notes_);
  if (!customer) return;
  if (deleted) {
    out.tombstones.push_back({"customer", std::move(customer->id), "deleted", std::nullopt});
  } else {
    out.customers.push_back(std::move(*customer));
  }
}

void Reader::Take(Stream stream, const json::value& row, crm::SourceBatch& out, EventEffects* effects) {
  switch (stream) {
    case Stream::kLead:
      return TakeCard(row, out);
    case Stream::kEvent:
      return TakeEvent(row, out, effects);
    case Stream::kTask:
      if (auto task = amo::DecodeTask(row, reading_, notes_)) out.activities.push_back(std::move(*task));
      return;
    case Stream::kLeadNote:
    case Stream::kContactNote:
    case Stream::kCompanyNote: {
      const std::string name(FactsOf(stream).name);
      if (auto note = amo::DecodeNote(row, name.substr(0, name.find('_')), reading_, out.calls, notes_)) {
        out.activities.push_back(std::move(*note));
      }
      return;
    }
    case Stream::kCustomer:
      return TakeCustomer(row, out);
    case Stream::kContact:
    case Stream::kCompany: {
      const std::string kind(FactsOf(stream).name);
      bool deleted = false;
      auto client = amo::DecodeClient(row, kind, reading_, deleted, notes_);
      if (!client) return;
      if (deleted) {
        out.tombstones.push_back(
            {kind, client->id.substr(client->id.find(':') + 1), "deleted", std::nullopt});
      } else {
        out.clients.push_back(std::move(*client));
      }
      return;
    }
  }
}

void Reader::AddUnknownUsers(crm::SourceBatch& out) {
  const bool hidden = refused_.contains("/api/v4/users");
  const auto know = [&](const crm::Text& id) {
    if (!id || id->empty() || *id == "0" || !users_.insert(*id).second) return;
    crm::UserRow user;
    user.id = *id;
    // Of a list that is refused nobody can be missing.
    user.name = (hidden ? "сотрудник #" : "удалённый #") + *id;
    user.active = hidden;
    out.users.push_back(std::move(user));
  };
  for (const auto& row : out.leads) {
    know(row.owner_id);
    know(row.creator_id);
  }
  for (const auto& row : out.deals) {
    know(row.owner_id);
    know(row.creator_id);
  }
  for (const auto& row : out.customers) {
    know(row.owner_id);
    know(row.creator_id);
  }
  for (const auto& row : out.clients) {
    know(row.owner_id);
    know(row.creator_id);
  }
  for (const auto& row : out.activities) {
    know(row.author_id);
    know(row.doer_id);
  }
  for (const auto& row : out.stage_events) know(row.mover_id);
}

}  // namespace svodka::sync::amocrm
