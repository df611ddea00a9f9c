#pragma once

#include <array>
#include <cstdint>
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

/// "lead", "deal", "contact", "company", "lead_history", "deal_history", "activity", "task",
/// "call" (telephony statistics).
std::string_view NameOf(Stream stream);
std::string_view MethodOf(Stream stream);
/// "ID", or "id" where the answers are written so.
std::string_view IdKeyOf(Stream stream);
/// The filter field that tells of changes; empty for append-only streams, which are followed by id.
std::string_view ModifiedFieldOf(Stream stream);

inline constexpr size_t kPageRows = 50;

/// "$result[c3][49][ID]": the last id of a full page that another command of the same batch answers.
std::string LastIdOf(Stream stream, size_t command);

/// Up to 50 rows with smaller ids, largest first. `below`: an id, a reference, or "" for the newest.
Command PageBelow(Stream stream, std::string_view below);
/// Up to 50 rows with larger ids, smallest first.
Command PageAbove(Stream stream, std::string_view above);
/// As PageAbove, of the rows whose `field` is at or after `since` (written with the portal's offset).
Command PageChanged(Stream stream, std::string_view field, Instant since, int32_t offset_s,
                    std::string_view above);
/// As PageAbove, ids only (and what tells a template from a deal).
Command PageOfIds(Stream stream, std::string_view above);
/// Ids of what is still open: activities and tasks that are not completed.
Command PageOfOpenIds(Stream stream, std::string_view above);
/// Rows by id, at most 50.
Command ByIds(Stream stream, std::span<const std::string> ids);
/// How many rows the webhook's owner may see (counted by the portal: slow on millions of rows).
Command Count(Stream stream);
/// One record: answers "Not found" or "Access denied" when it is gone or hidden.
Command Get(Stream stream, std::string_view id);

/// {id, contactIds} of at most 50 deals.
Command ContactsOfDeals(std::span<const std::string> deal_ids);
/// Product rows of at most 50 deals from row `start` on, 50 a page. By offset: the method promises no other
/// filter than its two owners, and a deal's rows do not move while it is read.
Command ProductsOfDeals(std::span<const std::string> deal_ids, int64_t start);
/// Newest 50 comments of a card below id `below` ("" for the newest). entity: lead, deal.
Command CommentsOf(std::string_view entity, std::string_view card_id, std::string_view below);

/// One comment by its id: tells its card.
Command CommentGet(std::string_view id);

/// `2026-08-01T10:00:00+03:00`
std::string PortalTime(Instant instant, int32_t offset_s);

}  // namespace svodka::crm::bitrix24
