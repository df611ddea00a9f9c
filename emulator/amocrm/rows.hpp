#pragma once

#include <set>
#include <string>

#include "base/json.hpp"
#include "emulator/amocrm/view.hpp"

/// Rows of the account as its API gives them.
namespace svodka::emulator::amocrm {

struct Style {
  std::string origin;  ///< scheme and host of the request: links are built from it
  std::string self;    ///< path and query that a list's rows repeat in their own link, may be empty
  bool cents = false;  ///< Kommo: `price_with_minor_units`
  std::set<std::string> with;
};

json::object LeadRow(const View& view, uint32_t card, const Style& style);
/// Of `with=only_deleted`: four fields.
json::object DeletedLeadRow(const View& view, uint32_t card);
json::object ContactRow(const View& view, uint32_t contact, const Style& style);
json::object CompanyRow(const View& view, uint32_t firm, const Style& style);
json::object TaskRow(const View& view, uint32_t action, const Style& style);
json::object NoteRow(const View& view, uint32_t note, const Style& style);
json::object EventRow(const View& view, const Event& event, const Style& style);
json::object UnsortedRow(const View& view, uint32_t card, const Style& style);
json::object UserRow(const View& view, const Employee& employee, const Style& style);
json::object ProductRow(const View& view, uint32_t product, const Style& style);
/// What has come of an invoice that is paid in part, in roubles: people keep it in a field of their own.
int64_t PartOf(const Invoice& invoice);
json::object InvoiceRow(const View& view, uint32_t invoice, const Style& style);

std::string EventId(const Event& event);
std::string_view EventName(EventType type);
/// `lead`, `contact` … of events; `leads`, `contacts` … of everything else.
std::string_view Singular(Kind kind);
std::string_view Plural(Kind kind);
int64_t PublicId(Kind kind, uint32_t id);
std::string UnsortedUid(uint32_t card);

/// Custom fields: definitions and values.
json::array FieldDefinitions(Kind kind, const std::set<std::string>& types);
json::array InvoiceFieldDefinitions();
json::array ProductFieldDefinitions();
/// null when none is filled.
json::value LeadValues(const View& view, uint32_t card);
json::value ContactValues(const View& view, uint32_t contact);
json::value CompanyValues(const View& view, uint32_t firm);
/// The field with that id or code, of that kind; nothing when there is none. Gives its head: id, name, code,
/// type.
std::optional<json::object> FieldHead(Kind kind, int64_t id, std::string_view code);

json::object Link(const std::string& href);

}  // namespace svodka::emulator::amocrm
