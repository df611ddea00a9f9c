#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/value.hpp"

/// The only code that sees DuckDB. One file per portal; it can be rebuilt from the CRM.
namespace svodka::warehouse {

enum class ColumnType { kBool, kInteger, kDouble, kMoney, kDay, kInstant, kText };

/// A whole answer, row by row. INTEGER columns of days come as int64; the caller knows which are days.
/// DECIMAL with up to two places is money, with more places double (cast to DECIMAL(18,2) what is money);
/// HUGEINT sums are integers.
struct ResultSet {
  std::vector<std::string> names;
  std::vector<ColumnType> types;
  std::vector<std::vector<Value>> rows;
};

struct QueryOptions {
  std::chrono::milliseconds deadline{30'000};  ///< error `deadline` when passed
  std::stop_token stop{};                      ///< error `cancelled` when requested
  size_t rows_max = 1'000'000;                 ///< error `too_many_rows` when exceeded
};

/// Texts by name and by the day from which each holds (nothing: from always).
using DatedTexts = std::map<std::string, std::map<std::optional<Day>, std::string>>;

/// Settings by which a moment is judged: a move or a closing by those that held on its day (metrics.md). What
/// is not set stays as it was before.
struct DatedRules {
  std::optional<std::map<std::string, std::string>> sale_point_stage;
  std::optional<std::set<std::string>> after_sale_pipelines, technical_users, lead_pipelines, junk_stages,
      junk_reasons;
  std::optional<bool> seller_frozen;
  auto operator<=>(const DatedRules&) const = default;
};

/// Portal facts and settings that derivation needs. A change of any of them re-derives everything.
/// Source of the rules: metrics.md, "Ground rules".
struct PortalSettings {
  std::string id;
  std::string kind;  ///< bitrix24, amocrm, file
  std::string name;
  std::string zone = "Europe/Moscow";
  std::string base_currency;
  std::string address;  ///< origin for links to cards, may be empty
  bool has_leads = true;
  std::map<std::string, std::string>
      sale_point_stage;  ///< deal pipeline id -> stage id from which a card counts as S
  std::set<std::string> after_sale_pipelines;
  std::set<std::string> technical_users;
  std::set<std::string> lead_pipelines;  ///< of a portal without leads: whose cards are leads
  std::set<std::string>
      junk_stages;  ///< lead stage ids; with junk_reasons both empty: every lost lead is junk
  std::set<std::string> junk_reasons;
  bool seller_frozen = true;          ///< false: won and lost belong to today's responsible
  std::map<Day, DatedRules> changes;  ///< what the settings above become, each from its day on
  bool planned_close_default_counts =
      false;  ///< true: a planned close equal to creation + 7 days counts as planned
  /// Custom fields that say what the CRM has no field for: role -> entity -> id of the field. Roles:
  /// loss_reason (of lead, deal), region and business_line (lead, deal, company, contact: a card's own value
  /// before its client's), planned_close (deal). Of a field with several values the first counts.
  std::map<std::string, std::map<std::string, std::string>> fields;
  std::set<std::string> meeting_types;  ///< activity.provider of activities that count as meetings
  /// Rates that a person gave: currency -> day from which it holds (nothing: from always) -> units of the
  /// base currency for one unit, decimal. Where a currency has any, the CRM's own copies of it do not count.
  DatedTexts rates;
  /// What an activity counts for in activity_index: kind -> day from which it holds (nothing: from always) ->
  /// decimal. Kinds without any have metrics.md's.
  DatedTexts activity_weights;
  /// Days from which a deal is stuck in a stage: stage id or `pipeline/stage` -> day from which it holds
  /// (nothing: from always) -> decimal. Other stages have metrics.md's rule.
  DatedTexts stage_days;
  auto operator<=>(const PortalSettings&) const = default;
};

/// Rows for one canonical table. `columns` are column names of that table (any subset that holds its key;
/// absent ones are NULL or the default), `rows` the cells in that order. seen_at, row_hash and key are filled
/// by the load.
struct Batch {
  std::string table;
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
};

struct LoadSummary {
  int64_t rows_read = 0;    ///< rows given; rows of child tables are parts of their parents and not counted
  int64_t rows_stored = 0;  ///< inserted or changed
  int64_t rows_unchanged = 0;   ///< same hash as what we hold
  int64_t rows_superseded = 0;  ///< the same key came again later in this load: the last one wins
  int64_t dangling = 0;         ///< references that match nothing (see dangling_reference)
  int64_t data_version = 0;
  std::map<std::string, int64_t>
      stored_by_table;  ///< rows_stored by canonical table; tables without any are absent
};

/// One atomic load: everything appended, the cursors and the derived tables become visible together at
/// Commit, or not at all. Not thread-safe; one load at a time per warehouse (a second Begin waits).
class Load {
 public:
  virtual ~Load() = default;  ///< without Commit: rolled back
  /// A child row belongs to the last occurrence of its parent before it. Child tables (user_department,
  /// deal_client, activity_binding, custom_option, custom_value, product_line) are replaced for every parent
  /// that occurs in this load's parent batches.
  virtual Status Append(Batch batch) = 0;
  /// The batches of `list` in this load are the CRM's whole present list: rows of ours that are missing are
  /// marked removed. `list`: crm_user, department, pipeline:lead, pipeline:deal, stage:lead, stage:deal,
  /// dictionary:KIND, custom_field:ENTITY.
  virtual void MarkComplete(std::string list) = 0;
  /// Marks cards as seen deleted (or merged, or unreadable); entity: lead, deal, company, contact, activity.
  virtual Status Bury(std::string_view entity, std::span<const std::string> ids, std::string_view cause) = 0;
  virtual void SetCursor(std::string stream, std::string value) = 0;
  /// More rows of the same history follow in further loads: deriving the star may wait for one of them. Until
  /// then queries see the star as it was, and data_version stays. The warehouse derives now and then all the
  /// same, and always with the next load that does not call this; a cursor or a row is never put off.
  virtual void MoreFollows() = 0;
  /// Errors: `disk_full`, `bad_row`, `storage_error`. After an error nothing of this load is visible.
  virtual Result<LoadSummary> Commit() = 0;
};

struct DataState {
  int64_t data_version = 0;
  std::optional<Instant> changed_at;  ///< last commit that changed something
  std::optional<Instant> current_at;  ///< the CRM was last known to be read up to this moment
};

struct Settings {
  std::string path{};          ///< file, or ":memory:"
  int threads = 0;             ///< 0: as many as cores
  std::string memory_limit{};  ///< "" : DuckDB's default; else such as "2GB"
};

/// Thread-safe: queries run side by side on their own connections and see the last committed load.
class Warehouse {
 public:
  /// Creates or upgrades the file. Errors: `storage_locked` (another process holds it), `newer_version`,
  /// `storage_error`.
  static Result<std::unique_ptr<Warehouse>> Open(const Settings& settings);
  virtual ~Warehouse() = default;

  /// Stores the portal row and settings; re-derives everything if they changed and data exists.
  virtual Status Configure(const PortalSettings& settings) = 0;
  virtual PortalSettings portal() const = 0;

  /// `now` becomes seen_at of every row of the load.
  virtual Result<std::unique_ptr<Load>> Begin(Instant now) = 0;
  /// Only notes that the CRM was read up to `at` and nothing had changed.
  virtual Status TouchCurrent(Instant at) = 0;

  virtual Result<ResultSet> Query(std::string_view sql, std::span<const Value> params = {},
                                  const QueryOptions& options = {}) const = 0;
  virtual Result<std::optional<std::string>> FindCursor(std::string_view stream) const = 0;
  virtual DataState state() const = 0;
  /// Called after each commit that changed data, on the committing thread. Returns a token; drop it to
  /// unsubscribe.
  virtual std::shared_ptr<void> OnChange(std::function<void(int64_t data_version)> callback) = 0;
  /// Flushes the write-ahead log; called before a clean end.
  virtual void Checkpoint() = 0;
};

}  // namespace svodka::warehouse
