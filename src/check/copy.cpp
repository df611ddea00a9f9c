#include "check/copy.hpp"

#include <algorithm>

namespace svodka::check {
namespace {

constexpr size_t kIdsPerQuery = 1'000;

// The columns that ReadRow expects, of one kind of card: c the canonical row, f its star row, p and s the
// dictionary. A card that the star does not count (a lead pipeline of a portal without leads) counts as it
// is.
constexpr const char* kLeads =
    "SELECT 'lead', c.id, c.title, c.pipeline_id, c.stage_id, c.owner_id, c.amount, c.currency, "
    "c.created_at, "
    "c.modified_at, c.deleted_at IS NULL, t.cause, s.semantic, f.created_day, f.amount_created, "
    "coalesce(f.semantic, -1)::INTEGER, FALSE, c.pipeline_id FROM lead c "
    "LEFT JOIN f_lead f ON f.lead_key = c.key "
    "LEFT JOIN stage s ON s.entity = 'lead' AND s.pipeline_id = c.pipeline_id AND s.id = c.stage_id "
    "LEFT JOIN (SELECT card_id, arg_max(cause, seen_at) AS cause FROM tombstone WHERE entity = 'lead' GROUP "
    "BY "
    "card_id) t ON t.card_id = c.id ";
constexpr const char* kDeals =
    "SELECT 'deal', c.id, c.title, c.pipeline_id, c.stage_id, c.owner_id, c.amount, c.currency, "
    "c.created_at, "
    "c.modified_at, c.deleted_at IS NULL, t.cause, s.semantic, f.created_day, f.amount_created, "
    "coalesce(f.semantic, -1)::INTEGER, coalesce(f.after_sale, FALSE), coalesce(p.id, c.pipeline_id) FROM "
    "deal c "
    "LEFT JOIN f_deal f ON f.deal_key = c.key LEFT JOIN d_pipeline p ON p.key = f.pipeline_key "
    "LEFT JOIN stage s ON s.entity = 'deal' AND s.pipeline_id = c.pipeline_id AND s.id = c.stage_id "
    "LEFT JOIN (SELECT card_id, arg_max(cause, seen_at) AS cause FROM tombstone WHERE entity = 'deal' GROUP "
    "BY "
    "card_id) t ON t.card_id = c.id ";

// amoCRM: one card, whether it is a lead, a deal, or one after the other; created when the lead was.
constexpr const char* kCards =
    "SELECT 'card', id, title, pipeline_id, stage_id, owner_id, amount, currency, "
    "coalesce(lead_created_at, created_at), modified_at, alive, cause, semantic, "
    "coalesce(lead_created_day, created_day), amount_counted, star_semantic, after_sale, counted_pipeline "
    "FROM ("
    "SELECT *, first_value(created_at) OVER first AS lead_created_at, first_value(created_day) OVER first AS "
    "lead_created_day, row_number() OVER (PARTITION BY id ORDER BY alive DESC, is_deal DESC) AS place FROM ("
    "SELECT c.id, c.title, c.pipeline_id, c.stage_id, c.owner_id, c.amount, c.currency, c.created_at, "
    "c.modified_at, c.deleted_at IS NULL AS alive, t.cause, s.semantic, f.created_day, f.amount_created AS "
    "amount_counted, coalesce(f.semantic, -1)::INTEGER AS star_semantic, FALSE AS after_sale, c.pipeline_id "
    "AS "
    "counted_pipeline, FALSE AS is_deal FROM lead c LEFT JOIN f_lead f ON f.lead_key = c.key "
    "LEFT JOIN stage s ON s.entity = 'lead' AND s.pipeline_id = c.pipeline_id AND s.id = c.stage_id "
    "LEFT JOIN (SELECT card_id, arg_max(cause, seen_at) AS cause FROM tombstone WHERE entity = 'lead' GROUP "
    "BY "
    "card_id) t ON t.card_id = c.id UNION ALL "
    "SELECT c.id, c.title, c.pipeline_id, c.stage_id, c.owner_id, c.amount, c.currency, c.created_at, "
    "c.modified_at, c.deleted_at IS NULL, t.cause, s.semantic, f.created_day, f.amount_created, "
    "coalesce(f.semantic, -1)::INTEGER, coalesce(f.after_sale, FALSE), coalesce(p.id, c.pipeline_id), TRUE "
    "FROM deal c LEFT JOIN f_deal f ON f.deal_key = c.key LEFT JOIN d_pipeline p ON p.key = f.pipeline_key "
    "LEFT JOIN stage s ON s.entity = 'deal' AND s.pipeline_id = c.pipeline_id AND s.id = c.stage_id "
    "LEFT JOIN (SELECT card_id, arg_max(cause, seen_at) AS cause FROM tombstone WHERE entity = 'deal' GROUP "
    "BY "
    "card_id) t ON t.card_id = c.id) "
    "WINDOW first AS (PARTITION BY id ORDER BY is_deal ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED "
    "FOLLOWING)"
    ") WHERE place = 1 ";

std::string TextOf(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string() : *text;
}

template <class T>
std::optional<T> Find(const Value& value) {
  const auto* found = std::get_if<T>(&value);
  return found == nullptr ? std::nullopt : std::optional<T>(*found);
}

Semantic SemanticOf(const std::string& text) {
  return text == "S" ? Semantic::kSuccess : text == "F" ? Semantic::kFailure : Semantic::kWork;
}

CopyCard ReadRow(const std::vector<Value>& row, const Zone& zone) {
  CopyCard card;
  card.key = {TextOf(row[0]), TextOf(row[1])};
  card.title = TextOf(row[2]);
  card.pipeline = TextOf(row[3]);
  card.stage = TextOf(row[4]);
  card.owner = TextOf(row[5]);
  card.amount = Find<Money>(row[6]);
  card.currency = TextOf(row[7]);
  card.created_at = Find<Instant>(row[8]);
  card.modified_at = Find<Instant>(row[9]);
  card.alive = Find<bool>(row[10]).value_or(true);
  if (!card.alive) card.buried_as = TextOf(row[11]);
  card.semantic = SemanticOf(TextOf(row[12]));
  if (card.created_at) card.created_day = zone.LocalDay(*card.created_at);
  const int64_t star = Find<int64_t>(row[15]).value_or(-1);
  CopyCard::Counted& counted = card.counted;
  if (star < 0) {
    counted = {card.created_day, card.amount, card.semantic, false, card.pipeline};
    return card;
  }
  if (const auto day = Find<int64_t>(row[13])) counted.day = Day{static_cast<int32_t>(*day)};
  counted.amount = Find<Money>(row[14]);
  counted.semantic = star == 1 ? Semantic::kSuccess : star == 2 ? Semantic::kFailure : Semantic::kWork;
  counted.after_sale = Find<bool>(row[16]).value_or(false);
  counted.pipeline = TextOf(row[17]);
  return card;
}

}  // namespace

Status Copy::Read(const std::string& where_leads, const std::string& where_deals,
                  std::span<const Value> params, std::map<CardKey, CopyCard>& out) const {
  const warehouse::PortalSettings portal = warehouse_.portal();
  const auto zone = Zone::Find(portal.zone);
  if (!zone.ok()) return zone.errors();
  std::vector<std::string> queries;
  if (portal.kind == "amocrm") {
    if (!where_leads.empty()) queries.push_back(std::string(kCards) + "AND " + where_leads);
  } else {
    if (!where_leads.empty()) queries.push_back(std::string(kLeads) + "WHERE " + where_leads);
    if (!where_deals.empty()) queries.push_back(std::string(kDeals) + "WHERE " + where_deals);
  }
  for (const std::string& sql : queries) {
    auto rows = warehouse_.Query(sql, params,
                                 {.deadline = std::chrono::minutes{5}, .stop = {}, .rows_max = 100'000'000});
    if (!rows.ok()) return rows.errors();
    for (const auto& row : rows->rows) {
      CopyCard card = ReadRow(row, *zone);
      out.insert_or_assign(card.key, std::move(card));
    }
  }
  return Done{};
}

Result<std::map<CardKey, CopyCard>> Copy::ReadWindow(DayRange days) const {
  std::map<CardKey, CopyCard> cards;
  const std::vector<Value> params{int64_t{days.from.number}, int64_t{days.to.number}};
  const bool amo = warehouse_.portal().kind == "amocrm";
  const std::string day = amo ? "coalesce(lead_created_day, created_day)" : "f.created_day";
  const std::string where =
      (amo ? "alive AND " : "c.deleted_at IS NULL AND ") + day + " >= ? AND " + day + " < ?";
  if (auto status = Read(where, where, params, cards); !status.ok()) return status.errors();
  return cards;
}

Result<std::map<CardKey, CopyCard>> Copy::ReadCards(std::span<const CardKey> keys) const {
  std::map<CardKey, CopyCard> cards;
  const std::string column = warehouse_.portal().kind == "amocrm" ? "id" : "c.id";
  for (const char* entity : {"lead", "deal", "card"}) {
    std::vector<std::string> ids;
    for (const CardKey& key : keys) {
      // Ids of both CRMs are numbers; anything else matches nothing.
      if (key.entity == entity && !key.id.empty() &&
          key.id.find_first_not_of("0123456789") == std::string::npos)
        ids.push_back(key.id);
    }
    for (size_t at = 0; at < ids.size(); at += kIdsPerQuery) {
      std::string list;
      for (size_t i = at; i < std::min(ids.size(), at + kIdsPerQuery); ++i)
        list += (list.empty() ? "'" : ", '") + ids[i] + "'";
      const std::string where = column + " IN (" + list + ")";
      const bool deal = std::string_view(entity) == "deal";
      if (auto status = Read(deal ? "" : where, deal ? where : "", {}, cards); !status.ok())
        return status.errors();
    }
  }
  return cards;
}

Result<Copy::Names> Copy::ReadNames() const {
  auto rows = warehouse_.Query(
      "SELECT 'pipeline', id, name, '' FROM pipeline UNION ALL SELECT 'stage', s.id, s.name, p.name FROM "
      "stage s "
      "LEFT JOIN pipeline p ON p.entity = s.entity AND p.id = s.pipeline_id UNION ALL "
      "SELECT 'employee', id, name, '' FROM crm_user");
  if (!rows.ok()) return rows.errors();
  Names names;
  for (const auto& row : rows->rows)
    names[{TextOf(row[0]), TextOf(row[1])}] = {TextOf(row[2]), TextOf(row[3])};
  return names;
}

}  // namespace svodka::check
