#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "crm/bitrix24/client.hpp"

/// Which methods are asked, for which fields, and how a list is walked: always by id (keyset), never by
/// offset, because offsets lose and repeat rows while people work.
namespace svodka::crm::bitrix24 {

enum class Stream { kLead, kDeal, kContact, kCompany, kLeadHistory, kDealHistory, kActivity, kTask, kCall };
inline constexpr std::array kStreams = {Stream::kLead,        Stream::kDeal,     Stream::kDealHistory,
                                        Stream::kLeadHistory, Stream::kActivity, Stream::kTask,
                                        Stream::kContact,     Stream::kCompany,  Stream::kCall};

/// The two dialects of the same cards: UPPER_CASE names and texts (crm.deal.list), camelCase names and typed
/// values (crm.item.list).
enum class Dialect { kLegacy, kItem };

/// A list, and how this portal is asked for it.
struct ListForm {
  Stream stream;
  Dialect dialect = Dialect::kLegacy;  ///< kItem: leads, deals, contacts and companies only
  /// kItem: the custom fields' names in that dialect.
  std::vector<std::string> custom_fields = {};
  /// kItem: moments of filters as `2026-08-01 10:00:00` of the portal's clock, not as ISO.
  bool plain_moments = false;

  std::string Method() const;
};
/// Streams that both dialects know: leads, deals, contacts, companies.
inline constexpr std::array kCardStreams = {Stream::kLead, Stream::kDeal, Stream::kContact, Stream::kCompany};
/// crm.item's number of the entity: 1, 2, 3, 4; 0 for other streams.
int EntityTypeId(Stream stream);
/// The name of a card's field in crm.item for its legacy name (no custom fields); "" when it has none.
std::string_view ItemNameOf(std::string_view legacy);

/// "lead", "deal", "contact", "company", "lead_history", "deal_history", "activity", "task",
/// "call" (telephony statistics).
std::string_view NameOf(Stream stream);
/// The legacy method.
std::string_view MethodOf(Stream stream);
/// A row's own id, whatever the dialect.
std::optional<int64_t> IdOfRow(const json::value& row);
/// When anybody last did anything with a card (LAST_ACTIVITY_TIME), whatever the dialect.
std::optional<Instant> LastActivityOf(const json::value& row);
/// A recurring deal's template, which is no deal.
bool IsTemplate(const json::value& row);
/// The filter field that tells of changes; empty for append-only streams, which are followed by id.
std::string_view ModifiedFieldOf(Stream stream);

inline constexpr size_t kPageRows = 50;

/// "$result[c3][49][ID]", or where the method puts it: the last id of a full page that another command of the
/// same batch answers.
std::string LastIdOf(const ListForm& list, size_t command);

/// Up to 50 rows with smaller ids, largest first. `below`: an id, a reference, or "" for the newest.
Command PageBelow(const ListForm& list, std::string_view below);
/// Up to 50 rows with larger ids, smallest first.
Command PageAbove(const ListForm& list, std::string_view above);
/// As PageAbove, of the rows whose `field` (its legacy name) is at or after `since` (written with the
/// portal's offset).
Command PageChanged(const ListForm& list, std::string_view field, Instant since, int32_t offset_s,
                    std::string_view above);
/// As PageAbove, ids only (and what tells a template from a deal).
Command PageOfIds(const ListForm& list, std::string_view above);
/// Ids of what is still open: activities and tasks that are not completed.
Command PageOfOpenIds(const ListForm& list, std::string_view above);
/// Rows by id, at most 50.
Command ByIds(const ListForm& list, std::span<const std::string> ids);
/// How many rows the webhook's owner may see (counted by the portal: slow on millions of rows).
Command Count(const ListForm& list);
/// One record: answers "Not found" or "Access denied" when it is gone or hidden.
Command Get(const ListForm& list, std::string_view id);

/// What tells whether crm.item.list serves for an entity: {id, createdTime} of its newest cards; the ids of
/// those changed at or after a moment that is written as given.
Command ProbeNewest(const ListForm& list);
Command ProbeChanged(Stream stream, std::string_view since);
/// Names, types and UF names of an entity's fields.
Command ItemFields(Stream stream);

/// {id, contactIds} of at most 50 deals.
Command ContactsOfDeals(std::span<const std::string> deal_ids);
/// [{CONTACT_ID, SORT, ROLE_ID, IS_PRIMARY}] of one deal, where crm.item is not there.
Command ContactsOfDeal(const std::string& deal_id);
/// Product rows of at most 50 deals from row `start` on, 50 a page. By offset: the method promises no other
/// filter than its two owners, and a deal's rows do not move while it is read.
Command ProductsOfDeals(std::span<const std::string> deal_ids, int64_t start);
/// Newest 50 comments of a card below id `below` ("" for the newest). entity: lead, deal, contact, company.
Command CommentsOf(std::string_view entity, std::string_view card_id, std::string_view below);

/// One comment by its id: tells its card.
Command CommentGet(std::string_view id);

/// `2026-08-01T10:00:00+03:00`
std::string PortalTime(Instant instant, int32_t offset_s);
/// `2026-08-01 10:00:00`
std::string PlainPortalTime(Instant instant, int32_t offset_s);

}  // namespace svodka::crm::bitrix24
