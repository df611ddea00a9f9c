#include "sync/bitrix24/reader.hpp"

#include <algorithm>
#include <set>

#include "base/log.hpp"
#include "sync/bitrix24/account.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;
using b24::Stream;

/// Pages of one list that one poll or sweep may take: a hundred million rows.
constexpr int kRequestsMax = 40'000;
/// How often the portal may answer with nothing but rows that we have before we give up.
constexpr int kRepeatsMax = 3;

Diagnostic RepeatsItself(Stream stream) {
  return {"bad_answer",
          "the portal answers " + std::string(b24::MethodOf(stream)) +
              " with the same page again and again; nothing is lost: try again later, and tell Bitrix24's "
              "support if it lasts",
          std::string(b24::MethodOf(stream)),
          {}};
}

constexpr const char* kContactLinks = "crm.deal.contact.items.get";
constexpr const char* kProductRows = "crm.item.productrow.list";

}  // namespace

Diagnostics Reader::TakeWarnings() {
  Diagnostics warnings = notes_.ToDiagnostics();
  for (const auto& [name, diagnostic] : refused_) warnings.push_back(diagnostic);
  if (repeated_rows_ > 0) {
    warnings.push_back(
        {"repeated_rows",
         "the portal gave " + std::to_string(repeated_rows_) + " rows twice; each was taken once",
         "",
         {}});
  }
  notes_ = {};
  repeated_rows_ = 0;
  return warnings;
}

Status Reader::Refuse(Stream stream, const b24::RestError& error) {
  // Without deals there is no report: that is no warning.
  if (stream == Stream::kDeal) return error.diagnostic;
  log::Warning("list_refused", {{"list", std::string(b24::NameOf(stream))}, {"code", error.diagnostic.code}});
  refused_[std::string(b24::NameOf(stream))] = error.diagnostic;
  return Done{};
}

void Reader::SetForms() {
  for (const Stream stream : b24::kStreams) forms_.insert_or_assign(stream, b24::ListForm{stream});
  for (const auto& [stream, form] : choice_.forms) {
    const std::string entity(b24::NameOf(stream));
    const auto names = reading_.item_names.find(entity);
    // Without the names of its custom fields crm.item would lose them.
    if (form.dialect != b24::Dialect::kItem || names == reading_.item_names.end()) continue;
    b24::ListForm& list = forms_.at(stream);
    list.dialect = form.dialect;
    list.plain_moments = form.plain_moments;
    for (const auto& [field, type] : reading_.field_types[entity]) {
      if (const auto name = names->second.find(field); name != names->second.end())
        list.custom_fields.push_back(name->second);
    }
  }
}

bool Reader::FallBack(Stream stream, const b24::RestError& error) {
  if (forms_.at(stream).dialect != b24::Dialect::kItem || error.remedy != b24::Remedy::kRefused) return false;
  log::Warning("item_list_refused",
               {{"list", std::string(b24::NameOf(stream))}, {"code", error.diagnostic.code}});
  choice_.forms[stream] = {};
  choice_.decided_at.reset();  // asked anew with the next dictionaries
  SetForms();
  return true;
}

Reader::Taken Reader::TakePages(Stream stream, const std::vector<const json::value*>& results, int64_t from,
                                bool descending) {
  Taken taken;
  taken.last = from;
  for (const json::value* result : results) {
    const auto page = b24::ListRows(*result);
    // A reference of a chain that was not resolved may restart at the first page: rows that we are past are
    // dropped, and nothing behind such a page is believed.
    const int64_t before = taken.last;
    std::set<int64_t> ids;
    for (const json::value* row : page) {
      const auto id = b24::IdOfRow(*row);
      if (!id) {
        notes_.Add(std::string(b24::MethodOf(stream)) + ".ID", "");
        continue;
      }
      const bool fresh = before == 0 && descending ? true : (descending ? *id < before : *id > before);
      if (!fresh || !ids.insert(*id).second) {
        ++repeated_rows_;
        continue;
      }
      taken.rows.push_back(row);
    }
    if (!ids.empty()) taken.last = descending ? *ids.begin() : *ids.rbegin();
    taken.ended = page.size() < b24::kPageRows;
    if (ids.size() < b24::kPageRows) break;
  }
  return taken;
}

Result<Reader::Step> Reader::ReadBackward(Stream stream, StreamCursor& cursor, crm::SourceBatch& out,
                                          std::stop_token stop) {
  int64_t below = cursor.below;
  for (int repeats = 0;; ++repeats) {
    const auto text = below == 0 ? std::string() : std::to_string(below);
    const b24::ListForm list = forms_.at(stream);
    std::vector<b24::Command> commands{b24::PageBelow(list, text)};
    // Once a page was short, one more answers whether it was the last: only an empty page ends a list, so
    // that a page that lost rows on its way does not.
    const size_t length =
        cursor.started && cursor.rows % static_cast<int64_t>(b24::kPageRows) != 0 && repeats == 0
            ? size_t{2}
            : caller_.chain_length();
    for (size_t i = 1; i < length; ++i) commands.push_back(b24::PageBelow(list, b24::LastIdOf(list, i - 1)));
    auto chain = caller_.AskChain(commands, stop);
    if (!chain.ok()) return chain.errors();
    if (chain->parked_until) return Step::kParked;
    if (chain->results.empty()) {
      if (FallBack(stream, *chain->error)) continue;
      if (auto status = Refuse(stream, *chain->error); !status.ok()) return status.errors();
      return Step::kRefused;
    }
    const bool nothing_left = b24::ListRows(*chain->results.front()).empty();
    const Taken taken = TakePages(stream, chain->results, below, true);
    cursor.started = true;
    if (nothing_left) {
      cursor.loaded = true;
      return Step::kFinished;
    }
    if (taken.rows.empty()) {
      if (repeats + 1 >= kRepeatsMax) return RepeatsItself(stream);
      continue;
    }
    if (cursor.above == 0) cursor.above = b24::IdOfRow(*taken.rows.front()).value_or(0);
    for (const json::value* row : taken.rows)
      cursor.above = std::max(cursor.above, b24::IdOfRow(*row).value_or(0));
    cursor.below = taken.last;
    cursor.rows += static_cast<int64_t>(taken.rows.size());
    const size_t first_deal = out.deals.size();
    Decode(stream, taken.rows, out);
    if (stream == Stream::kDeal) {
      if (auto status = CompleteDeals(out, first_deal, stop); !status.ok()) return status.errors();
    }
    return Step::kMore;
  }
}

void Reader::LearnTime(const json::value& server_time, std::optional<Instant>& moment) {
  const auto text = b24::ReadText(server_time);
  if (!text) return;
  if (const auto parsed = ParseInstant(*text); parsed.ok()) {
    moment = *parsed;
    portal_offset_s_ = OffsetOf(*text);
  }
}

Result<Instant> Reader::ReadChanged(const std::vector<ChangedList>& lists, const TakeRows& take,
                                    std::stop_token stop) {
  const auto page = [&](const ChangedList& list, std::string_view above) {
    return list.field.empty()
               ? b24::PageAbove(forms_.at(list.stream), above)
               : b24::PageChanged(forms_.at(list.stream), list.field, list.since, portal_offset_s_, above);
  };
  std::vector<b24::Command> commands{{"server.time", {}}};
  for (const ChangedList& list : lists) commands.push_back(page(list, list.above.empty() ? "0" : list.above));
  const auto forms = forms_;  // as asked: the first refusal of an entity changes its second list too
  auto batch = caller_.Ask(commands, stop);
  if (!batch.ok()) return batch.errors();
  std::optional<Instant> moment;
  if (batch->answers[0].result != nullptr) LearnTime(*batch->answers[0].result, moment);
  for (size_t i = 0; i < lists.size(); ++i) {
    const ChangedList& list = lists[i];
    b24::Answer answer = batch->answers[i + 1];
    std::optional<b24::BatchAnswer> again;
    if (answer.error && list.field == "LAST_ACTIVITY_TIME" &&
        answer.error->diagnostic.code == "argument_rejected") {
      DropField(list.stream, list.field);  // crm.item refuses what it cannot filter by
      continue;
    }
    const bool fell = answer.error && FallBack(list.stream, *answer.error);
    if (answer.error && (fell || forms.at(list.stream).dialect != forms_.at(list.stream).dialect)) {
      auto asked = caller_.Ask({page(list, list.above.empty() ? "0" : list.above)}, stop);
      if (!asked.ok()) return asked.errors();
      again = std::move(*asked);
      answer = again->answers[0];
    }
    if (answer.error) {
      if (auto status = Refuse(list.stream, *answer.error); !status.ok()) return status.errors();
      continue;
    }
    const int64_t from = list.above.empty() ? 0 : std::strtoll(list.above.c_str(), nullptr, 10);
    Taken taken = TakePages(list.stream, {answer.result}, from, false);
    if (auto status = take(list, taken.rows); !status.ok()) return status.errors();
    int64_t last = taken.last;
    for (int request = 0; !taken.ended && !IsDropped(list.stream, list.field) && request < kRequestsMax;
         ++request) {
      std::vector<b24::Command> chain_commands{page(list, std::to_string(last))};
      for (size_t k = 1; k < caller_.chain_length(); ++k) {
        chain_commands.push_back(page(list, b24::LastIdOf(forms_.at(list.stream), k - 1)));
      }
      auto chain = caller_.AskChain(chain_commands, stop);
      if (!chain.ok()) return chain.errors();
      // A rest: what has been read stays read; the window is opened again by the next poll.
      if (chain->results.empty()) {
        return Diagnostic{
            "portal_busy", "the portal rests in the middle of a poll; it goes on later", "", {}};
      }
      taken = TakePages(list.stream, chain->results, last, false);
      if (taken.rows.empty() && !taken.ended) return RepeatsItself(list.stream);
      if (auto status = take(list, taken.rows); !status.ok()) return status.errors();
      last = taken.last;
    }
  }
  // A portal that hides its clock: ours, held back by more than clocks usually differ.
  return moment.value_or(clock_.Now() - std::chrono::minutes{5});
}

Status Reader::ReadIds(Stream stream, bool open_only, const std::function<void(int64_t)>& take,
                       std::stop_token stop, int64_t above) {
  int64_t last = above;
  const auto page = [&](std::string_view from) {
    const b24::ListForm& list = forms_.at(stream);
    return open_only ? b24::PageOfOpenIds(list, from) : b24::PageOfIds(list, from);
  };
  for (int request = 0; request < kRequestsMax; ++request) {
    std::vector<b24::Command> commands{page(std::to_string(last))};
    for (size_t i = 1; i < caller_.chain_length(); ++i)
      commands.push_back(page(b24::LastIdOf(forms_.at(stream), i - 1)));
    auto chain = caller_.AskChain(commands, stop);
    if (!chain.ok()) return chain.errors();
    if (chain->error && chain->results.empty() && FallBack(stream, *chain->error)) continue;
    if (chain->results.empty()) {
      return chain->error ? Status(chain->error->diagnostic)
                          : Status(Diagnostic{"portal_busy", "the portal rests", "", {}});
    }
    if (b24::ListRows(*chain->results.front()).empty()) return Done{};
    const Taken taken = TakePages(stream, chain->results, last, false);
    if (taken.rows.empty()) return RepeatsItself(stream);
    for (const json::value* row : taken.rows) {
      const bool shadow = stream == Stream::kActivity && b24::IsShadowOfTask(*row);
      if (const auto id = b24::IdOfRow(*row); id && !b24::IsTemplate(*row) && !shadow) take(*id);
    }
    last = taken.last;
  }
  return RepeatsItself(stream);
}

Status Reader::ReadByIds(Stream stream, std::span<const std::string> ids, crm::SourceBatch& out,
                         std::stop_token stop, std::set<std::string>* there) {
  for (size_t at = 0; at < ids.size(); at += b24::kPageRows * b24::Client::kCommandsMax) {
    std::vector<b24::Command> commands;
    for (size_t i = at; i < std::min(ids.size(), at + b24::kPageRows * b24::Client::kCommandsMax);
         i += b24::kPageRows) {
      commands.push_back(
          b24::ByIds(forms_.at(stream), ids.subspan(i, std::min(b24::kPageRows, ids.size() - i))));
    }
    auto batch = caller_.Ask(commands, stop);
    if (!batch.ok()) return batch.errors();
    const std::set<std::string> wanted(ids.begin(), ids.end());
    const size_t first_deal = out.deals.size();
    for (const auto& answer : batch->answers) {
      if (answer.error) {
        if (FallBack(stream, *answer.error)) return ReadByIds(stream, ids, out, stop, there);
        return answer.error->diagnostic;
      }
      std::vector<const json::value*> rows;
      for (const json::value* row : b24::ListRows(*answer.result)) {
        const auto id = b24::IdOfRow(*row);
        if (!id || !wanted.contains(std::to_string(*id))) continue;
        if (there != nullptr) there->insert(std::to_string(*id));
        rows.push_back(row);
      }
      Decode(stream, rows, out);
    }
    if (stream == Stream::kDeal) {
      if (auto status = CompleteDeals(out, first_deal, stop); !status.ok()) return status;
    }
  }
  return Done{};
}

Result<std::vector<std::string>> Reader::ReadCauses(Stream stream, std::span<const std::string> ids,
                                                    std::stop_token stop) {
  std::vector<std::string> causes;
  for (size_t at = 0; at < ids.size(); at += b24::Client::kCommandsMax) {
    std::vector<b24::Command> commands;
    for (size_t i = at; i < std::min(ids.size(), at + b24::Client::kCommandsMax); ++i) {
      commands.push_back(b24::Get(forms_.at(stream), ids[i]));
    }
    auto batch = caller_.Ask(commands, stop);
    if (!batch.ok()) return batch.errors();
    for (const auto& answer : batch->answers) {
      const bool hidden = answer.error && answer.error->diagnostic.code == "access_denied";
      causes.emplace_back(!answer.error ? "" : hidden ? "unreadable" : "deleted");
    }
  }
  return causes;
}

Status Reader::CompleteDeals(crm::SourceBatch& rows, size_t first, std::stop_token stop) {
  // Contacts: of fifty deals at once by crm.item.list, of one by the older method where a portal lacks that.
  enum class What { kContacts, kContactsOfOne, kProducts };
  struct Ask {
    What what;
    std::vector<std::string> ids;
    int64_t start = 0;
  };
  constexpr int64_t kProductRowsMax = 5'000;  // of fifty deals
  std::set<int64_t> product_rows;
  std::vector<Ask> queue;
  const auto add = [&](What what, const std::vector<std::string>& ids) {
    const size_t step = what == What::kContactsOfOne ? 1 : b24::kPageRows;
    for (size_t at = 0; at < ids.size(); at += step) {
      const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(at);
      queue.push_back(
          {what, {begin, begin + static_cast<std::ptrdiff_t>(std::min(step, ids.size() - at))}, 0});
    }
  };
  const auto add_contacts = [&](const std::vector<std::string>& ids) {
    if (!items_tell_no_contacts_) return add(What::kContacts, ids);
    if (!refused_.contains(kContactLinks)) add(What::kContactsOfOne, ids);
  };
  std::map<std::string, crm::DealRow*> by_id;
  std::vector<std::string> all;
  std::vector<std::string> with_contact;
  for (size_t i = first; i < rows.deals.size(); ++i) {
    crm::DealRow& deal = rows.deals[i];
    by_id[deal.id] = &deal;
    all.push_back(deal.id);
    if (deal.contact_id) with_contact.push_back(deal.id);
  }
  const bool told = forms_.at(Stream::kDeal).dialect == b24::Dialect::kItem;
  if (!told) add_contacts(with_contact);
  if (!refused_.contains(kProductRows)) add(What::kProducts, all);

  while (!queue.empty()) {
    const size_t count = std::min(queue.size(), b24::Client::kCommandsMax);
    std::vector<Ask> asks(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
    queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
    std::vector<b24::Command> commands;
    for (const Ask& ask : asks) {
      commands.push_back(ask.what == What::kContacts        ? b24::ContactsOfDeals(ask.ids)
                         : ask.what == What::kContactsOfOne ? b24::ContactsOfDeal(ask.ids.front())
                                                            : b24::ProductsOfDeals(ask.ids, ask.start));
    }
    auto batch = caller_.Ask(commands, stop);
    if (!batch.ok()) return batch.errors();
    for (size_t i = 0; i < asks.size(); ++i) {
      const auto& answer = batch->answers[i];
      if (answer.error) {
        if (asks[i].what == What::kContacts) {
          items_tell_no_contacts_ = true;
          add_contacts(asks[i].ids);
          continue;
        }
        // A deal that has just vanished refuses itself alone.
        const std::string& code = answer.error->diagnostic.code;
        if (asks[i].what == What::kContactsOfOne && (code == "not_found" || code == "access_denied"))
          continue;
        // An older portal, or no right: deals keep their main contact and have no products.
        refused_[commands[i].method] = answer.error->diagnostic;
        std::erase_if(queue, [&](const Ask& ask) { return ask.what == asks[i].what; });
        continue;
      }
      const auto page = b24::ListRows(*answer.result);
      if (asks[i].what == What::kContactsOfOne) {
        b24::AddContacts(*by_id.at(asks[i].ids.front()), b24::DecodeContactLinks(page));
        continue;
      }
      if (asks[i].what == What::kContacts) {
        for (const auto& [id, contacts] : b24::DecodeContactIds(page)) {
          if (const auto deal = by_id.find(id); deal != by_id.end())
            b24::AddContacts(*deal->second, contacts);
        }
        continue;
      }
      bool fresh = false;
      for (const json::value* row : page) {
        std::string owner;
        auto line = b24::DecodeProduct(*row, owner, notes_);
        const auto deal = by_id.find(owner);
        if (!product_rows.insert(FindInteger(*row, "id").value_or(0)).second) continue;
        fresh = true;
        if (line && deal != by_id.end()) deal->second->products.push_back(std::move(*line));
      }
      const int64_t next = asks[i].start + static_cast<int64_t>(b24::kPageRows);
      if (page.size() == b24::kPageRows && fresh && next < kProductRowsMax)
        queue.push_back({What::kProducts, asks[i].ids, next});
    }
  }
  // Not given to us is not none: what was read before stays.
  if (refused_.contains(kProductRows)) rows.untold.insert("product_line");
  return Done{};
}

Status Reader::ReadComments(std::span<const CardRef> cards, crm::SourceBatch& out, std::stop_token stop,
                            std::vector<ListedComments>* listed) {
  constexpr int kPagesMax = 20;
  struct Ask {
    CardRef card;
    std::string below;
    int page = 0;
    size_t number = 0;
  };
  std::vector<Ask> queue;
  for (const CardRef& card : cards) queue.push_back({card, "", 0, queue.size()});
  if (listed != nullptr) listed->assign(cards.size(), {});
  while (!queue.empty() && !refused_.contains("crm.timeline.comment.list")) {
    const size_t count = std::min(queue.size(), b24::Client::kCommandsMax);
    const std::vector<Ask> asks(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
    queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
    std::vector<b24::Command> commands;
    for (const Ask& ask : asks) commands.push_back(b24::CommentsOf(ask.card.entity, ask.card.id, ask.below));
    auto batch = caller_.Ask(commands, stop);
    if (!batch.ok()) return batch.errors();
    for (size_t i = 0; i < asks.size(); ++i) {
      const auto& answer = batch->answers[i];
      if (answer.error) {
        // The card vanished meanwhile, or the method is not given to us.
        if (answer.error->diagnostic.code == "method_unknown" ||
            answer.error->diagnostic.code == "scope_missing") {
          refused_["crm.timeline.comment.list"] = answer.error->diagnostic;
        }
        if (listed != nullptr) (*listed)[asks[i].number].told = false;
        continue;
      }
      const auto page = b24::ListRows(*answer.result);
      int64_t last = 0;
      for (const json::value* row : page) {
        auto comment = b24::DecodeComment(*row, notes_);
        const auto id = FindInteger(*row, "ID");
        if (id && listed != nullptr) (*listed)[asks[i].number].ids.insert(*id);
        if (id) last = last == 0 ? *id : std::min(last, *id);
        if (!comment) continue;
        if (comment->bindings.empty()) comment->bindings.push_back({asks[i].card.entity, asks[i].card.id});
        out.activities.push_back(std::move(*comment));
      }
      const bool moved = asks[i].below.empty() || std::to_string(last) != asks[i].below;
      const bool more = page.size() == b24::kPageRows && last > 0 && moved;
      if (listed != nullptr) {
        (*listed)[asks[i].number].told = true;
        (*listed)[asks[i].number].from = more ? last : 0;
      }
      if (more && asks[i].page + 1 < kPagesMax) {
        queue.push_back({asks[i].card, std::to_string(last), asks[i].page + 1, asks[i].number});
      }
    }
  }
  return Done{};
}

Result<std::vector<std::string>> Reader::FindGoneComments(std::span<const std::string> ids,
                                                          std::stop_token stop) {
  std::vector<std::string> gone;
  for (size_t at = 0; at < ids.size(); at += b24::Client::kCommandsMax) {
    const auto part = ids.subspan(at, std::min(b24::Client::kCommandsMax, ids.size() - at));
    std::vector<b24::Command> commands;
    for (const std::string& id : part) commands.push_back(b24::CommentGet(id));
    auto batch = caller_.Ask(commands, stop);
    if (!batch.ok()) return batch.errors();
    for (size_t i = 0; i < part.size(); ++i) {
      const b24::Answer& answer = batch->answers[i];
      if (answer.error && answer.error->diagnostic.code == "not_found") gone.push_back(part[i]);
    }
  }
  return gone;
}

void Reader::Decode(Stream stream, const std::vector<const json::value*>& rows, crm::SourceBatch& out) {
  const auto decode = [&](auto& list, const auto& read) {
    list.reserve(list.size() + rows.size());
    for (const json::value* row : rows) {
      if (auto decoded = read(*row)) list.push_back(std::move(*decoded));
    }
  };
  using V = const json::value&;
  switch (stream) {
    case Stream::kLead:
      return decode(out.leads, [&](V row) { return b24::DecodeLead(row, reading_, notes_); });
    case Stream::kDeal:
      return decode(out.deals, [&](V row) { return b24::DecodeDeal(row, reading_, notes_); });
    case Stream::kContact:
      return decode(out.clients, [&](V row) { return b24::DecodeContact(row, reading_, notes_); });
    case Stream::kCompany:
      return decode(out.clients, [&](V row) { return b24::DecodeCompany(row, reading_, notes_); });
    case Stream::kLeadHistory:
      return decode(out.stage_events, [&](V row) { return b24::DecodeStageEvent(row, "lead", notes_); });
    case Stream::kDealHistory:
      return decode(out.stage_events, [&](V row) { return b24::DecodeStageEvent(row, "deal", notes_); });
    case Stream::kActivity:
      return decode(out.activities, [&](V row) { return b24::DecodeActivity(row, reading_, notes_); });
    case Stream::kTask:
      return decode(out.activities, [&](V row) { return b24::DecodeTask(row, notes_); });
    case Stream::kCall:
      return decode(out.calls, [&](V row) { return b24::DecodeCall(row, notes_); });
  }
}

}  // namespace svodka::sync
