#include "warehouse/warehouse.hpp"

#include <algorithm>
#include <filesystem>

#include "base/log.hpp"
#include "warehouse/columns.hpp"
#include "warehouse/internal/dated_rules.hpp"
#include "warehouse/internal/duck_warehouse.hpp"
#include "warehouse/internal/load.hpp"
#include "warehouse/internal/migrations.hpp"
#include "warehouse/internal/tidy.hpp"
#include "warehouse/internal/zone_function.hpp"
#include "warehouse/testing.hpp"

namespace svodka::warehouse {
namespace {

constexpr size_t kReaders = 8;

std::string TextOr(const Value& value, const std::string& other = "") {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : other;
}

std::optional<Instant> MomentOf(const Value& value) {
  const auto* instant = std::get_if<Instant>(&value);
  return instant != nullptr ? std::optional(*instant) : std::nullopt;
}

std::string FlagText(bool flag) { return flag ? "'Y'" : "'N'"; }

/// One row of portal_setting that holds from a day on.
void ReadDated(DatedRules& rules, const std::string& kind, const std::string& name,
               const std::string& value) {
  const bool opens = kind == "period";
  const std::string& what = opens ? name : kind;
  const auto set = [&](auto& list) {
    if (!list) list.emplace();
    if (!opens) list->insert(name);
  };
  if (what == "sale_point") {
    if (!rules.sale_point_stage) rules.sale_point_stage.emplace();
    if (!opens) (*rules.sale_point_stage)[name] = value;
  }
  if (what == "after_sale") set(rules.after_sale_pipelines);
  if (what == "technical") set(rules.technical_users);
  if (what == "lead_pipeline") set(rules.lead_pipelines);
  if (what == "junk_stage") set(rules.junk_stages);
  if (what == "junk_reason") set(rules.junk_reasons);
  if (what == "flag" && name == "seller_frozen") rules.seller_frozen = value == "Y";
}

/// Rows of portal_setting for the settings that are dated; `add(kind, name, value)` writes one.
template <class Add>
void WriteRules(const DatedRules& rules, bool opens, const Add& add) {
  const auto set = [&](const char* kind, const auto& list) {
    if (!list) return;
    if (opens) add("period", kind, "NULL");
    for (const std::string& name : *list) add(kind, name, "NULL");
  };
  if (rules.sale_point_stage) {
    if (opens) add("period", "sale_point", "NULL");
    for (const auto& [pipeline, stage] : *rules.sale_point_stage) add("sale_point", pipeline, Quote(stage));
  }
  set("after_sale", rules.after_sale_pipelines);
  set("technical", rules.technical_users);
  set("lead_pipeline", rules.lead_pipelines);
  set("junk_stage", rules.junk_stages);
  set("junk_reason", rules.junk_reasons);
  if (rules.seller_frozen) add("flag", "seller_frozen", FlagText(*rules.seller_frozen));
}

/// What a process that was killed left of its temporary files; ours alone, since we hold the database.
void DropLeftovers(const std::string& path) {
  std::error_code none;  // no folder, no leftovers
  for (const auto& entry : std::filesystem::directory_iterator(path + ".tmp", none)) {
    if (!entry.path().filename().string().starts_with("duckdb_temp_")) continue;
    if (std::error_code error; !std::filesystem::remove(entry.path(), error)) {
      log::Warning("warehouse.leftover", {{"file", entry.path().string()}, {"message", error.message()}});
    }
  }
}

/// Where the rows of portal_setting of a kind stand that are texts by name and day; null for other kinds.
DatedTexts* DatedTextsOf(PortalSettings& portal, const std::string& kind) {
  if (kind == "rate") return &portal.rates;
  if (kind == "activity_weight") return &portal.activity_weights;
  return kind == "stage_days" ? &portal.stage_days : nullptr;
}

}  // namespace

OpenFile::OpenFile(const Settings& settings)
    : database(settings),
      control(database),
      ceiling(control, settings.path == ":memory:"),
      readers(database, kReaders) {
  DropLeftovers(settings.path);
}

DuckWarehouse::DuckWarehouse(const Settings& settings) : settings_(settings) {
  file_ = std::make_unique<OpenFile>(settings);
  Migrate(file_->control, Migrations());
  catalog_ = std::make_unique<TableCatalog>(file_->control);
  ReadPortal();
  ReadState();
}

DuckWarehouse::~DuckWarehouse() = default;

void DuckWarehouse::ReadPortal() {
  PortalSettings portal;
  const ResultSet rows =
      file_->control.Fetch("SELECT id, kind, name, zone, base_currency, address, has_leads FROM portal");
  if (!rows.rows.empty()) {
    const auto& row = rows.rows[0];
    portal.id = TextOr(row[0]);
    portal.kind = TextOr(row[1]);
    portal.name = TextOr(row[2]);
    portal.zone = TextOr(row[3]);
    portal.base_currency = TextOr(row[4]);
    portal.address = TextOr(row[5]);
    portal.has_leads = std::get<bool>(row[6]);
  }
  // Rows of kind 'period' first: they tell what is there at all on a day.
  for (const auto& row : file_->control
                             .Fetch("SELECT kind, name, value, from_day FROM portal_setting ORDER BY kind <> "
                                    "'period'")
                             .rows) {
    const std::string kind = TextOr(row[0]);
    const std::string name = TextOr(row[1]);
    const std::string value = TextOr(row[2]);
    if (const auto* day = std::get_if<int64_t>(&row[3])) {
      if (DatedTexts* texts = DatedTextsOf(portal, kind)) {
        (*texts)[name][Day{static_cast<int32_t>(*day)}] = value;
        continue;
      }
      ReadDated(portal.changes[Day{static_cast<int32_t>(*day)}], kind, name, value);
      continue;
    }
    if (kind == "sale_point") portal.sale_point_stage[name] = value;
    if (kind == "after_sale") portal.after_sale_pipelines.insert(name);
    if (kind == "technical") portal.technical_users.insert(name);
    if (kind == "lead_pipeline") portal.lead_pipelines.insert(name);
    if (kind == "junk_stage") portal.junk_stages.insert(name);
    if (kind == "junk_reason") portal.junk_reasons.insert(name);
    if (kind == "flag" && name == "seller_frozen") portal.seller_frozen = value == "Y";
    if (kind == "flag" && name == "planned_close_default_counts")
      portal.planned_close_default_counts = value == "Y";
    if (kind == "meeting_type") portal.meeting_types.insert(name);
    if (DatedTexts* texts = DatedTextsOf(portal, kind)) (*texts)[name][std::nullopt] = value;
    if (kind == "field")
      portal.fields[name.substr(0, name.find('/'))][name.substr(name.find('/') + 1)] = value;
  }
  std::string function = RegisterLocalDay(file_->control, Zone::Find(portal.zone).value());
  const std::lock_guard lock(state_mutex_);
  portal_ = std::move(portal);
  local_day_function_ = std::move(function);
}

void DuckWarehouse::ReadState() {
  const ResultSet rows =
      file_->control.Fetch("SELECT data_version, changed_at, data_state.current_at FROM data_state");
  const std::lock_guard lock(state_mutex_);
  state_ =
      DataState{std::get<int64_t>(rows.rows[0][0]), MomentOf(rows.rows[0][1]), MomentOf(rows.rows[0][2])};
}

DeriveContext DuckWarehouse::Context(Instant now) const {
  const std::lock_guard lock(state_mutex_);
  return ContextOf(portal_, local_day_function_, now);
}

DeriveContext DuckWarehouse::ContextOf(PortalSettings portal, std::string local_day_function,
                                       Instant now) const {
  return {.portal = std::move(portal),
          .local_day_function = std::move(local_day_function),
          .now = now,
          .before_all = [this] { file_->ceiling.Lower(); }};
}

void DuckWarehouse::Transact(Connection& connection, const std::function<void()>& work) {
  connection.Run("BEGIN");
  try {
    work();
    connection.Run("COMMIT", "commit");
  } catch (...) {
    try {
      connection.Run("ROLLBACK");
    } catch (const DiagnosticError& error) {
      // A failed COMMIT has rolled back by itself; a broken file is opened anew by the caller.
      log::Debug("warehouse.rollback", {{"message", error.what()}});
    }
    throw;
  }
}

Status DuckWarehouse::Guarded(const std::function<void()>& work) {
  try {
    work();
    return Done{};
  } catch (const DiagnosticError& error) {
    ReopenIfInvalid();
    return error.diagnostic();
  }
}

void DuckWarehouse::ReopenIfInvalid() {
  {
    const std::shared_lock lock(file_mutex_);
    try {
      file_->control.Integer("SELECT count(*)::BIGINT FROM data_state");
      return;
    } catch (const DiagnosticError& error) {
      log::Warning("warehouse.reopen", {{"message", error.what()}});
    }
  }
  const std::unique_lock lock(file_mutex_);
  file_.reset();
  file_ = std::make_unique<OpenFile>(settings_);
  ReadPortal();
  ReadState();
}

void DuckWarehouse::Announce(int64_t data_version) {
  Callbacks callbacks;
  {
    const std::lock_guard lock(*callbacks_mutex_);
    callbacks = *callbacks_;
  }
  for (const auto& [token, callback] : callbacks) callback(data_version);
}

Status DuckWarehouse::Configure(const PortalSettings& settings) {
  auto zone = Zone::Find(settings.zone);
  if (!zone.ok()) return zone.errors();
  int64_t announced = 0;
  const std::lock_guard commit(commit_mutex_);
  const Status status = Guarded([&] {
    const std::shared_lock file(file_mutex_);
    const PortalSettings before = portal();
    if (before == settings) return;
    Connection connection(file_->database);
    const std::string local_day = RegisterLocalDay(connection, *zone);
    const auto store = [&] {
      connection.Run("DELETE FROM portal; DELETE FROM portal_setting");
      connection.Run("INSERT INTO portal VALUES (" + Quote(settings.id) + ", " + Quote(settings.kind) + ", " +
                     Quote(settings.name) + ", " + Quote(settings.zone) + ", " +
                     Quote(settings.base_currency) + ", " + Quote(settings.address) + ", " +
                     (settings.has_leads ? "TRUE" : "FALSE") + ")");
      std::string from_day = "NULL";
      const auto add = [&](const char* kind, const std::string& name, const std::string& value) {
        connection.Run("INSERT INTO portal_setting (kind, name, value, from_day) VALUES (" + Quote(kind) +
                       ", " + Quote(name) + ", " + value + ", " + from_day + ")");
      };
      WriteRules(RulesOn(settings, std::nullopt), false, add);
      for (const auto& [day, rules] : settings.changes) {
        from_day = std::to_string(day.number);
        WriteRules(rules, true, add);
      }
      from_day = "NULL";
      add("flag", "planned_close_default_counts", FlagText(settings.planned_close_default_counts));
      for (const std::string& type : settings.meeting_types) add("meeting_type", type, "NULL");
      const auto add_dated = [&](const char* kind, const auto& names) {
        for (const auto& [name, days] : names) {
          for (const auto& [day, value] : days) {
            from_day = day ? std::to_string(day->number) : "NULL";
            add(kind, name, Quote(value));
          }
        }
      };
      add_dated("rate", settings.rates);
      add_dated("activity_weight", settings.activity_weights);
      add_dated("stage_days", settings.stage_days);
      from_day = "NULL";
      for (const auto& [role, entities] : settings.fields) {
        for (const auto& [entity, field] : entities) add("field", role + "/" + entity, Quote(field));
      }
      connection.Run("DELETE FROM rule_period");  // the stage map is to be built anew
      const auto state = this->state();
      if (state.data_version == 0) return;
      DeriveAll(connection, ContextOf(settings, local_day, state.changed_at.value_or(Instant{})));
      connection.Run("UPDATE data_state SET data_version = data_version + 1, star_behind = FALSE");
      announced = state.data_version + 1;
    };
    RunUnder(file_->ceiling, [&] { Transact(connection, store); });
    file_->ceiling.Raise();
    ReadPortal();
    ReadState();
  });
  if (status.ok() && announced > 0) Announce(announced);
  return status;
}

PortalSettings DuckWarehouse::portal() const {
  const std::lock_guard lock(state_mutex_);
  return portal_;
}

Result<std::unique_ptr<Load>> DuckWarehouse::Begin(Instant now) {
  {
    std::unique_lock lock(gate_mutex_);
    gate_opened_.wait(lock, [&] { return !loading_; });
    loading_ = true;
  }
  std::unique_ptr<Load> load;
  const Status status = Guarded([&] { load = std::make_unique<DuckLoad>(*this, now); });
  if (!status.ok()) return status.errors();
  return load;
}

Status DuckWarehouse::TouchCurrent(Instant at) {
  const std::lock_guard commit(commit_mutex_);
  return Guarded([&] {
    const std::shared_lock file(file_mutex_);
    file_->control.Run("UPDATE data_state SET current_at = " + Literal(at), "touch_current");
    ReadState();
  });
}

template <class T, class Read>
Result<T> DuckWarehouse::ReadWith(const QueryOptions& options, const Read& read) const {
  const std::shared_lock file(file_mutex_);
  ReaderPool::Lease lease(file_->readers);
  Watchdog::Guard guard(watchdog_, lease.connection(), options.deadline, options.stop);
  try {
    return read(lease.connection());
  } catch (const DiagnosticError& error) {
    if (guard.verdict() == Watchdog::Verdict::kCancelled) {
      return Diagnostic{"cancelled", "the query was cancelled by its caller", "", {}};
    }
    if (guard.verdict() == Watchdog::Verdict::kDeadline) {
      return Diagnostic{"deadline",
                        "the query took longer than " + std::to_string(options.deadline.count()) +
                            " ms; narrow the period or the filters",
                        "",
                        {}};
    }
    return error.diagnostic();
  }
}

Result<ResultSet> DuckWarehouse::Query(std::string_view sql, std::span<const Value> params,
                                       const QueryOptions& options) const {
  return ReadWith<ResultSet>(options, [&](Connection& connection) {
    return connection.Fetch(std::string(sql), params, options.rows_max);
  });
}

Result<ColumnSet> DuckWarehouse::ReadColumns(std::string_view sql, std::span<const Value> params,
                                             const QueryOptions& options) const {
  return ReadWith<ColumnSet>(options, [&](Connection& connection) {
    return connection.FetchColumns(std::string(sql), params, options.rows_max);
  });
}

Result<std::optional<std::string>> DuckWarehouse::FindCursor(std::string_view stream) const {
  const Value params[] = {std::string(stream)};
  const auto rows = Query("SELECT value FROM sync_cursor WHERE stream = ?", params, QueryOptions{});
  if (!rows.ok()) return rows.errors();
  if (rows->rows.empty()) return std::optional<std::string>{};
  return std::optional<std::string>{std::get<std::string>(rows->rows[0][0])};
}

DataState DuckWarehouse::state() const {
  const std::lock_guard lock(state_mutex_);
  return state_;
}

std::shared_ptr<void> DuckWarehouse::OnChange(std::function<void(int64_t)> callback) {
  const std::lock_guard lock(*callbacks_mutex_);
  const uint64_t token = ++next_callback_;
  (*callbacks_)[token] = std::move(callback);
  return {nullptr, [token, mutex = callbacks_mutex_, callbacks = callbacks_](void*) {
            const std::lock_guard guard(*mutex);
            callbacks->erase(token);
          }};
}

void DuckWarehouse::Checkpoint() {
  const std::lock_guard commit(commit_mutex_);
  const Status status = Guarded([&] {
    const std::shared_lock file(file_mutex_);
    file_->control.Run("CHECKPOINT", "checkpoint");
  });
  if (!status.ok()) log::Warning("warehouse.checkpoint", {{"message", status.error().message}});
}

void DuckWarehouse::Execute(const std::string& sql) {
  int64_t version = 0;
  {
    const std::lock_guard commit(commit_mutex_);
    const std::shared_lock file(file_mutex_);
    Transact(file_->control, [&] {
      file_->control.Run(sql, "test");
      file_->control.Run("UPDATE data_state SET data_version = data_version + 1");
    });
    ReadState();
    version = state().data_version;
  }
  Announce(version);
}

void DuckWarehouse::Rederive(int64_t cards_per_slice) {
  const std::lock_guard commit(commit_mutex_);
  const std::shared_lock file(file_mutex_);
  Connection connection(file_->database);
  DeriveContext context = Context(state().changed_at.value_or(Instant{}));
  if (cards_per_slice > 0) context.cards_per_slice = cards_per_slice;
  RunUnder(file_->ceiling, [&] { Transact(connection, [&] { DeriveAll(connection, context); }); });
  file_->ceiling.Raise();
}

void DuckWarehouse::PutInOrder(int64_t few) {
  const std::lock_guard commit(commit_mutex_);
  const std::shared_lock file(file_mutex_);
  Connection connection(file_->database);
  Transact(connection, [&] { Tidy(connection, few); });
}

Result<std::unique_ptr<Warehouse>> Warehouse::Open(const Settings& settings) {
  try {
    return std::unique_ptr<Warehouse>(std::make_unique<DuckWarehouse>(settings));
  } catch (const DiagnosticError& error) {
    return error.diagnostic();
  }
}

Result<ColumnSet> QueryColumns(const Warehouse& warehouse, std::string_view sql,
                               std::span<const Value> params, const QueryOptions& options) {
  return dynamic_cast<const DuckWarehouse&>(warehouse).ReadColumns(sql, params, options);
}

Status ExecuteForTest(Warehouse& warehouse, std::string_view sql) {
  try {
    dynamic_cast<DuckWarehouse&>(warehouse).Execute(std::string(sql));
    return Done{};
  } catch (const DiagnosticError& error) {
    return error.diagnostic();
  }
}

Status TidyForTest(Warehouse& warehouse, int64_t few) {
  try {
    dynamic_cast<DuckWarehouse&>(warehouse).PutInOrder(few);
    return Done{};
  } catch (const DiagnosticError& error) {
    return error.diagnostic();
  }
}

Status RederiveForTest(Warehouse& warehouse, int64_t cards_per_slice) {
  try {
    dynamic_cast<DuckWarehouse&>(warehouse).Rederive(cards_per_slice);
    return Done{};
  } catch (const DiagnosticError& error) {
    return error.diagnostic();
  }
}

}  // namespace svodka::warehouse
