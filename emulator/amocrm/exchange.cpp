#include "emulator/amocrm/exchange.hpp"

#include <algorithm>
#include <charconv>

#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

std::optional<Kind> KindOf(std::string_view plural) {
  if (plural == "leads") return Kind::kLead;
  if (plural == "contacts") return Kind::kContact;
  if (plural == "companies") return Kind::kCompany;
  if (plural == "customers") return Kind::kCustomer;
  return std::nullopt;
}

}  // namespace

Exchange::Exchange(Account& account, const Request& request, std::string_view path, std::string_view query,
                   const Switches& switches, uint16_t user)
    : account_(account),
      request_(request),
      path_(path),
      query_(query),
      switches_(switches),
      user_(user),
      admin_(RightsOf(account.company_, account.company_.employee(user)).admin),
      origin_((request.secure ? "https://" : "http://") + HostOf(request)) {
  std::string_view rest = path_;
  while (!rest.empty()) {
    const size_t slash = rest.find('/');
    if (slash != 0) parts_.push_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
}

Response Exchange::Run() {
  if (parts_.empty()) throw NotFound();
  if (request_.verb != "GET") return Write();
  const std::string_view what = parts_[0];
  const std::string_view second = parts_.size() > 1 ? parts_[1] : std::string_view();
  const std::string_view third = parts_.size() > 2 ? parts_[2] : std::string_view();
  if (what == "account") return AccountInfo();
  if (what == "users") return Users();
  if (what == "roles") return RolesList();
  if (what == "tasks") return Tasks();
  if (what == "events") return second == "types" ? EventTypes() : Events();
  if (what == "sources") return Sources_();
  if (what == "currencies") return Currencies_();
  if (what == "webhooks") return Webhooks();
  if (what == "catalogs") {
    const int64_t catalog = second == std::to_string(kInvoicesCatalog)   ? kInvoicesCatalog
                            : second == std::to_string(kProductsCatalog) ? kProductsCatalog
                                                                         : 0;
    if (catalog != 0 && third == "elements") return Elements(catalog);
    if (catalog != 0 && third == "custom_fields")
      return Whole("custom_fields",
                   catalog == kInvoicesCatalog ? InvoiceFieldDefinitions() : ProductFieldDefinitions());
    return Catalogs();
  }
  const auto kind = KindOf(what);
  if (!kind) throw NotFound();
  if (second == "pipelines" && *kind == Kind::kLead) return Pipelines();
  if (second == "loss_reasons" && *kind == Kind::kLead) return LossReasonList();
  if (second == "unsorted" && *kind == Kind::kLead) return Unsorted();
  if (second == "custom_fields") return CustomFields(*kind);
  if (second == "tags") return Tags(*kind);
  if (second == "notes") return Notes(*kind, 0);
  if (second == "links" || third == "links") return Links(*kind);
  if (third == "notes") {
    const size_t count = *kind == Kind::kLead      ? view().cards.size()
                         : *kind == Kind::kContact ? company().contacts.size()
                                                   : company().firms.size();
    const uint32_t of = Place(second, PublicId(*kind, 0), count);
    if (of == 0) throw NotFound();
    return Notes(*kind, of);
  }
  if (third == "subscriptions") return Whole("subscriptions", {});
  switch (*kind) {
    case Kind::kLead:
      return Leads();
    case Kind::kContact:
      return Contacts();
    case Kind::kCompany:
      return Companies();
    case Kind::kCustomer:
    case Kind::kTask:
    case Kind::kElement:
      break;
  }
  return Customers();
}

bool Exchange::MaySeeOwner(uint16_t owner) const {
  if (admin_) return true;
  const Rights rights = RightsOf(company(), company().employee(user_));
  switch (rights.view) {
    case 'A':
      return true;
    case 'G':
      return owner == user_ || GroupOf(company(), owner) == GroupOf(company(), user_);
    case 'M':
      return owner == user_;
    default:
      return false;
  }
}

bool Exchange::MaySee(uint32_t id) const {
  if (admin_) return true;
  const Card& card = view().cards[id - 1];
  if (RightsOf(company(), company().employee(user_)).no_production &&
      Statuses()[card.status].pipeline == kMakingPipeline)
    return false;
  return MaySeeOwner(view().Owner(card));
}

Query Exchange::Parse(int most, int otherwise) const {
  return Query("/api/v4/" + path_, query_, most, otherwise);
}

Style Exchange::Style_(const Query& query) const {
  Style style;
  style.origin = origin_;
  style.self = query.Target(query.page);
  style.cents = switches_.kommo;
  style.with = query.with;
  return style;
}

uint32_t Exchange::Place(std::string_view text, int64_t base, size_t count) {
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) return 0;
  id -= base;
  return id >= 1 && id <= static_cast<int64_t>(count) ? static_cast<uint32_t>(id) : 0;
}

std::vector<uint32_t> Exchange::Select(const Query& query, const Listing& listing,
                                       const std::function<bool(uint32_t)>& more) {
  struct Condition {
    const Facet* facet;
    NumberFilter filter;
  };
  std::vector<Condition> conditions;
  const bool filtered = !listing.paid_filters || switches_.filters;
  for (const Facet& facet : listing.facets) {
    if (!filtered) break;
    if (auto filter = query.Numbers(facet.name)) {
      // A bare number for a moment of a lead finds nothing: only a range does.
      if (facet.moment && !filter->ranged && listing.paid_filters) return {};
      if (facet.moment && !filter->ranged && filter->any.size() == 1)
        filter = NumberFilter{{}, filter->any.front(), std::nullopt, true};
      conditions.push_back({&facet, std::move(*filter)});
    }
  }
  const Second visible = switches_.lag_s > 0 && listing.updated
                             ? company().now - static_cast<Second>(switches_.lag_s)
                             : company().now + 1;
  std::vector<uint32_t> ids;
  for (uint32_t id = 1; id <= listing.count; ++id) {
    if (!listing.shown(id)) continue;
    if (listing.updated && switches_.lag_s > 0 && listing.updated(id) > visible) continue;
    if (!std::all_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
          return condition.filter.Fits(condition.facet->get(id));
        }))
      continue;
    if (filtered && more && !more(id)) continue;
    ids.push_back(id);
  }
  if (query.order.empty()) return ids;
  const auto& [field, descending] = query.order.front();
  const auto by = std::find_if(listing.facets.begin(), listing.facets.end(),
                               [&](const Facet& facet) { return field == facet.name; });
  if (by == listing.facets.end()) return ids;
  std::vector<std::pair<int64_t, uint32_t>> keyed;
  keyed.reserve(ids.size());
  for (const uint32_t id : ids) keyed.emplace_back(by->get(id), id);
  const bool down = descending;
  std::sort(keyed.begin(), keyed.end(),
            [down](const auto& a, const auto& b) { return down ? b < a : a < b; });
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = keyed[i].second;
  return ids;
}

Exchange::Ids Exchange::Remembered(const Query& query, const std::function<std::vector<uint32_t>()>& make) {
  std::string key = std::to_string(view().version) + " " + std::to_string(user_) + " " + query.Signature();
  if (switches_.lag_s > 0 || switches_.history_days > 0) key += " " + std::to_string(company().now);
  return account_.Remember(key, make);
}

Response Exchange::Hal(int status, const json::value& body) {
  Response response;
  response.status = status;
  response.content_type = "application/hal+json";
  response.headers.emplace_back("X-Request-Id", "emulated");
  response.body = PhpJson(body);
  return response;
}

Response Exchange::Whole(std::string_view name, json::array rows) {
  if (rows.empty()) return Empty();
  json::object body{{"_total_items", rows.size()}, {"_links", Link(origin_ + Parse().Target(1))}};
  body["_embedded"] = json::object{{name, std::move(rows)}};
  return Hal(200, body);
}

Response Exchange::PageOf(const Query& query, std::string_view name, const std::vector<uint32_t>& ids,
                          const std::function<json::object(uint32_t)>& row) {
  if (switches_.heavy_rows > 0 &&
      static_cast<size_t>(query.limit) * (1 + query.with.size()) > static_cast<size_t>(switches_.heavy_rows))
    return Html(504, "Gateway Time-out");
  const size_t limit = static_cast<size_t>(query.limit);
  const size_t from = (static_cast<size_t>(query.page) - 1) * limit;
  if (from >= ids.size()) return Empty();
  const size_t to = std::min(ids.size(), from + limit);
  json::array rows;
  rows.reserve(to - from);
  for (size_t i = from; i < to; ++i) rows.push_back(row(ids[i]));
  json::object links;
  const auto link = [&](int page) { return json::object{{"href", origin_ + query.Target(page)}}; };
  links["self"] = link(query.page);
  if (to < ids.size()) links["next"] = link(query.page + 1);
  if (query.page > 1) {
    links["first"] = link(1);
    links["prev"] = link(query.page - 1);
  }
  json::object body{{"_page", query.page}, {"_links", std::move(links)}};
  body["_embedded"] = json::object{{name, std::move(rows)}};
  return Hal(200, body);
}

}  // namespace svodka::emulator::amocrm
