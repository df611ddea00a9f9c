#include "warehouse/internal/derive.hpp"

#include <chrono>
#include <vector>

#include "base/embedded.hpp"
#include "base/log.hpp"

namespace svodka {
std::span<const EmbeddedFile> WarehouseDerivations();
}

namespace svodka::warehouse {
namespace {

std::string FileText(std::string_view name) {
  for (const EmbeddedFile& file : WarehouseDerivations()) {
    if (file.name == name) return std::string(file.text);
  }
  throw InvariantError("no derivation file " + std::string(name));
}

struct Offset {
  Instant from;
  int32_t seconds;
};

/// All changes of a zone's offset from 1970 to 2050.
std::vector<Offset> Offsets(const Zone& zone) {
  const Instant end = Instant{std::chrono::days{MakeDay(2050, 1, 1).number}};
  std::vector<Offset> offsets{{Instant{}, zone.OffsetSeconds(Instant{})}};
  for (Instant at{}; at < end; at += std::chrono::days{7}) {
    Instant low = at;
    Instant high = at + std::chrono::days{7};
    if (zone.OffsetSeconds(high) == zone.OffsetSeconds(low)) continue;
    while (high - low > std::chrono::seconds{1}) {
      const Instant middle = low + std::chrono::floor<std::chrono::seconds>((high - low) / 2);
      (zone.OffsetSeconds(middle) == zone.OffsetSeconds(at) ? low : high) = middle;
    }
    offsets.push_back({std::chrono::ceil<std::chrono::seconds>(high), zone.OffsetSeconds(high)});
  }
  return offsets;
}

std::string OffsetTree(std::span<const Offset> offsets) {
  if (offsets.size() == 1) return std::to_string(offsets[0].seconds) + "000000";
  const size_t middle = offsets.size() / 2;
  return "CASE WHEN t < " + Literal(offsets[middle].from) + " THEN " + OffsetTree(offsets.first(middle)) + " ELSE " +
         OffsetTree(offsets.subspan(middle)) + " END";
}

constexpr const char* kStarTables[] = {
    "f_lead",      "f_deal",      "f_lead_state", "f_deal_state", "f_lead_visit", "f_deal_visit", "f_lead_sign",
    "f_deal_sign", "f_lead_step", "f_deal_step",  "f_activity",   "d_client"};

void ReplaceAll(std::string& text, std::string_view token, std::string_view value) {
  for (size_t at = text.find(token); at != std::string::npos; at = text.find(token, at + value.size())) {
    text.replace(at, token.size(), value);
  }
}

/// Runs the derivation files over whatever lead_rows, deal_rows, client_rows and activity_rows hold.
class Deriver {
 public:
  Deriver(Connection& connection, const DeriveContext& context) : connection_(connection), context_(context) {
    connection_.Run(context.local_day_macro, "local_day");
  }

  void Names() const { Run("01_names.sql", ""); }

  void Facts() const {
    Run("02_codes.sql", "");
    for (const char* card : {"lead", "deal"}) Run("03_client.sql", card);
    Run("04_clients.sql", "");
    for (const char* card : {"lead", "deal"}) {
      for (const char* file : {"05_card.sql", "06_chain.sql", "07_close.sql", "08_span.sql", "09_state.sql",
                               "10_visit.sql", "11_sign.sql", "12_step.sql"}) {
        Run(file, card);
      }
    }
    Run("13_deal.sql", "deal");
    Run("14_lead.sql", "lead");
    Run("15_activity.sql", "");
    Run("16_day.sql", "");
  }

 private:
  /// `card`: what {card} stands for; tokens that only one kind of card has become nothing for the other.
  void Run(std::string_view file, std::string_view card) const {
    std::string sql = FileText(file);
    const bool deal = card == "deal";
    const std::string is_default = context_.portal.kind == "bitrix24" && !context_.portal.planned_close_default_counts
                                       ? "TRUE"
                                       : "FALSE";
    ReplaceAll(sql, "{card}", card);
    ReplaceAll(sql, "{links}",
               deal ? "(SELECT deal_id AS card_id, client_id, is_primary FROM deal_client)"
                    : "(SELECT NULL::TEXT AS card_id, NULL::TEXT AS client_id, FALSE AS is_primary WHERE FALSE)");
    ReplaceAll(sql, "{seller_frozen}", context_.portal.seller_frozen ? "TRUE" : "FALSE");
    // Bitrix24 fills the planned close with creation + 7 days when nobody chose one.
    ReplaceAll(sql, "{planned_close}",
               deal ? "CASE WHEN " + is_default +
                          " AND c.planned_close = local_day(c.created_at) + 7 THEN NULL ELSE c.planned_close END"
                    : "NULL::INTEGER");
    ReplaceAll(sql, "{planned_day}",
               deal ? "CASE WHEN " + is_default +
                          " AND d.planned_close = c.created_day + 7 THEN NULL ELSE d.planned_close END,"
                    : "");
    ReplaceAll(sql, "{after_sale_h}", deal ? "h.after_sale," : "");
    ReplaceAll(sql, "{today}", "local_day(" + Literal(context_.now) + ")");
    const auto start = std::chrono::steady_clock::now();
    connection_.Run(sql, std::string(file) + (card.empty() ? "" : " for " + std::string(card)));
    const auto spent = std::chrono::steady_clock::now() - start;
    if (spent > std::chrono::milliseconds{500}) {
      log::Debug("warehouse.derive",
                 {{"file", std::string(file)},
                  {"card", std::string(card)},
                  {"ms", std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(spent).count())}});
    }
  }

  Connection& connection_;
  const DeriveContext& context_;
};

}  // namespace

void BuildStageMap(Connection& connection) { connection.Run(FileText("00_stage_now.sql"), "00_stage_now.sql"); }

std::string LocalDayMacro(const Zone& zone) {
  const std::vector<Offset> offsets = Offsets(zone);
  // Shifted by a million days so that the division rounds down before 1970 too.
  return "CREATE OR REPLACE TEMP MACRO local_day(t) AS ((epoch_us(t) + " + OffsetTree(offsets) +
         " + 86400000000000000) // 86400000000 - 1000000)::INTEGER";
}

void DeriveAll(Connection& connection, const DeriveContext& context) {
  const Deriver deriver(connection, context);
  for (const char* entity : {"lead", "deal", "client", "activity"}) {
    connection.Run(std::string("CREATE OR REPLACE TEMP VIEW ") + entity + "_rows AS SELECT * FROM " + entity);
  }
  for (const char* table : kStarTables) connection.Run(std::string("DELETE FROM ") + table, table);
  BuildStageMap(connection);
  deriver.Names();
  deriver.Facts();
}

void DeriveChanged(Connection& connection, const DeriveContext& context, const std::set<std::string>&) {
  DeriveAll(connection, context);
}

}  // namespace svodka::warehouse
