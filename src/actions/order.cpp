#include "actions/order.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.hpp"

namespace svodka::actions {
namespace {

constexpr std::chrono::hours kDayEnds{18};
constexpr int kDaysAheadMax = 3650;

Diagnostic BadDeadline(std::string_view text) {
  return {"bad_deadline",
          "'" + std::string(text) +
              "' is no deadline; write a day and a time such as '2026-11-25 12:00', 'tomorrow 12:00' or '+3 "
              "10:00'",
          "deadline",
          {}};
}

std::optional<int> ParseNumber(std::string_view text) {
  int number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::chrono::minutes> ParseTime(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.size() - colon != 3 || colon == 0 || colon > 2)
    return std::nullopt;
  const auto hour = ParseNumber(text.substr(0, colon)), minute = ParseNumber(text.substr(colon + 1));
  if (!hour || !minute || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59) return std::nullopt;
  return std::chrono::minutes{*hour * 60 + *minute};
}

std::optional<Day> ParseWhen(std::string_view text, Day today) {
  const std::string word = FoldCase(text);
  if (word == "today" || word == "сегодня") return today;
  if (word == "tomorrow" || word == "завтра") return today + 1;
  if (word.starts_with("+")) {
    const auto days = ParseNumber(std::string_view(word).substr(1));
    if (!days || *days < 0 || *days > kDaysAheadMax) return std::nullopt;
    return today + *days;
  }
  const auto day = ParseDay(text);
  return day.ok() ? std::optional(*day) : std::nullopt;
}

bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= 18 &&
         std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Diagnostic WrongType(const std::string& name, const char* wanted) {
  return {"wrong_type", name + " must be " + wanted, name, {}};
}

Result<std::vector<CardKey>> ReadCards(const json::value& value) {
  if (!value.is_array()) return WrongType("cards", "a list of {\"entity\", \"id\"}");
  if (value.get_array().size() > kCardsMax) {
    return Diagnostic{
        "too_many_cards",
        std::to_string(value.get_array().size()) + " cards at once; at most 1000: narrow the list",
        "cards",
        {}};
  }
  std::vector<CardKey> cards;
  std::set<CardKey> seen;
  for (const json::value& one : value.get_array()) {
    const std::string place = "cards[" + std::to_string(cards.size()) + "]";
    CardKey key{FindString(one, "entity").value_or(""), ""};
    if (const json::value* id = FindMember(one, "id")) key.id = ScalarText(*id).value_or("");
    if (key.entity != "lead" && key.entity != "deal")
      return Diagnostic{"unknown_value", "entity is lead or deal", place + ".entity", {"deal", "lead"}};
    if (!IsId(key.id)) return Diagnostic{"bad_id", "the id of a card is digits", place + ".id", {}};
    if (seen.insert(key).second) cards.push_back(std::move(key));
  }
  return cards;
}

}  // namespace

Result<Order> Order::Read(const json::object& asked) {
  static const std::vector<std::string> kKnown = {"id",          "kind",  "text",    "deadline",
                                                  "responsible", "cards", "records", "closed"};
  Order order;
  for (const auto& member : asked) {
    const std::string name(member.key());
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end())
      return Diagnostic{"unknown_key", "there is no '" + name + "' here", name, NearestNames(name, kKnown)};
  }
  for (const auto& [name, place] :
       {std::pair{"kind", &order.kind}, std::pair{"text", &order.text},
        std::pair{"deadline", &order.deadline}, std::pair{"responsible", &order.responsible}}) {
    const json::value* value = asked.if_contains(name);
    if (value == nullptr || value->is_null()) continue;
    if (!value->is_string()) return WrongType(name, "text");
    *place = Trim(std::string_view(value->get_string()));
  }
  if (const json::value* closed = asked.if_contains("closed"); closed != nullptr && !closed->is_null()) {
    if (!closed->is_bool()) return WrongType("closed", "true or false");
    order.closed = closed->get_bool();
  }
  if (order.kind != kTask && order.kind != kReassign) {
    return Diagnostic{"unknown_value",
                      "kind is task (make a task on each card) or reassign (change the responsible)",
                      "kind",
                      {"task", "reassign"}};
  }
  if (order.kind == kTask) {
    if (order.text.empty()) return Diagnostic{"missing_key", "a task needs a text", "text", {}};
    if (order.text.size() > kTextMax || !IsValidUtf8(order.text))
      return Diagnostic{"bad_value", "the text is at most 2000 bytes of UTF-8", "text", {}};
    if (order.deadline.empty()) return Diagnostic{"missing_key", "a task needs a deadline", "deadline", {}};
  } else {
    if (order.responsible.empty())
      return Diagnostic{"missing_key", "name the employee who becomes responsible", "responsible", {}};
    order.text.clear();
    order.deadline.clear();
  }
  if (!order.responsible.empty() && !IsId(order.responsible))
    return Diagnostic{"bad_id", "the id of an employee is digits", "responsible", {}};
  const json::value* cards = asked.if_contains("cards");
  const json::value* records = asked.if_contains("records");
  if (cards != nullptr && !cards->is_null()) {
    auto read = ReadCards(*cards);
    if (!read.ok()) return read.errors();
    order.cards = std::move(*read);
  }
  if (records != nullptr && !records->is_null()) {
    if (!records->is_object()) return WrongType("records", "a records query (docs/request.md)");
    order.records = records->get_object();
  }
  if (order.cards.empty() == !order.records.has_value()) {
    return Diagnostic{"missing_key",
                      "say which cards are meant: by `cards` (their ids) or by `records` (a records query)",
                      "cards",
                      {}};
  }
  return order;
}

json::object Order::ToJson() const {
  json::object out{{"kind", kind}, {"responsible", responsible}};
  if (kind == kTask) {
    out["text"] = text;
    out["deadline"] = deadline;
  }
  if (closed) out["closed"] = true;
  if (records) {
    out["records"] = *records;
  } else {
    std::vector<CardKey> sorted = cards;
    std::sort(sorted.begin(), sorted.end());
    json::array list;
    for (const CardKey& card : sorted) list.push_back(json::object{{"entity", card.entity}, {"id", card.id}});
    out["cards"] = std::move(list);
  }
  return out;
}

Result<Instant> ParseDeadline(std::string_view text, const Zone& zone, Instant now) {
  text = Trim(text);
  std::string spaced(text);
  // A browser's field writes 2026-11-25T12:00.
  if (spaced.size() >= 16 && spaced[10] == 'T') spaced[10] = ' ';
  const size_t blank = spaced.rfind(' ');
  const auto time = blank == std::string::npos ? std::optional<std::chrono::minutes>(kDayEnds)
                                               : ParseTime(std::string_view(spaced).substr(blank + 1));
  const auto day =
      ParseWhen(Trim(std::string_view(spaced).substr(0, blank == std::string::npos ? spaced.size() : blank)),
                zone.LocalDay(now));
  if (!time || !day) return BadDeadline(text);
  const Instant moment = zone.FromLocal(*day, *time);
  if (moment <= now) {
    return Diagnostic{"deadline_past",
                      "the deadline '" + std::string(text) +
                          "' has passed already in the portal's time zone (" + zone.name() +
                          "); choose a later one",
                      "deadline",
                      {}};
  }
  return moment;
}

}  // namespace svodka::actions
