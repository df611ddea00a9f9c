#include "bench/load_amocrm.hpp"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "base/clock.hpp"
#include "bench/memory_watch.hpp"
#include "bench/recorded_portal.hpp"
#include "bench/recording.hpp"
#include "sync/amo_sync.hpp"

namespace svodka::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLeadsPipeline = "7000001";  // «Лиды» of the emulated account

/// A session over a transport; time stands still, so that the same is asked each time.
struct Follower {
  ManualClock clock{ParseInstant(kNow).value()};
  sync::ManualPauser pauser{clock};
  std::unique_ptr<sync::PortalSync> session;

  Follower(crm::HttpTransport& transport, warehouse::Warehouse& warehouse, const std::string& address,
           const std::string& token) {
    sync::AmoSettings settings;
    settings.address = address;
    settings.portal_id = "bench";
    settings.lead_pipelines = {kLeadsPipeline};
    auto limiter = std::make_shared<sync::RateLimiter>(sync::RateLimiter::Settings{.per_second = 0}, clock);
    session = sync::MakeAmoSync(settings, sync::MakeFixedToken(token), transport, clock, pauser,
                                std::move(limiter), warehouse)
                  .value();
  }
};

Status Record(const Dataset& dataset, Recording& recording) {
  std::fprintf(stderr, "recording the account's answers\n");
  const Emulator emulator(dataset, "amocrm");
  const size_t space = emulator.address().find(' ');
  if (space == std::string::npos)
    return Diagnostic{"emulator_failed", "svodka-emulator did not start", "", {}};
  auto transport = crm::MakeCurlTransport();
  RecordingTransport recorder(*transport, recording);
  const std::string path = dataset.folder + "/record.duckdb";
  for (const char* ending : {"", ".wal"}) fs::remove(path + ending);
  auto opened = warehouse::Warehouse::Open({path, 2, "2GB"});
  if (!opened.ok()) return opened.errors();
  {
    Follower follower(recorder, **opened, emulator.address().substr(0, space),
                      emulator.address().substr(space + 1));
    if (const auto loaded = follower.session->RunFirstLoad(); !loaded.ok()) return loaded.errors();
    if (const auto polled = follower.session->PollOnce(); !polled.ok()) return polled.errors();
    if (const auto swept = follower.session->Sweep(); !swept.ok()) return swept.errors();
  }
  opened.value().reset();
  for (const char* ending : {"", ".wal"}) fs::remove(path + ending);
  return recording.Finish();
}

/// What the recorded lists hold, read without the connector's code.
struct AccountContents {
  std::set<int64_t> leads, clients, activities, linked, purchases;
  std::map<int64_t, int64_t> invoices;  ///< to the price, hundredths
  std::set<std::string> moves, events;
  int64_t budgets = 0;    ///< whole units
  int64_t purchased = 0;  ///< by customers, hundredths
};

int64_t Hundredths(const json::value& price) {
  if (price.is_int64()) return price.get_int64() * 100;
  if (price.is_double()) return std::llround(price.get_double() * 100);
  return price.is_string() ? std::llround(std::stod(std::string(price.get_string())) * 100) : 0;
}

/// The price of an invoice in hundredths; nothing for other elements.
std::optional<int64_t> BillOf(const json::object& row) {
  const json::value* fields = row.if_contains("custom_fields_values");
  if (fields == nullptr || !fields->is_array()) return std::nullopt;
  bool is_bill = false;
  int64_t price = 0;
  for (const json::value& field : fields->get_array()) {
    const auto code = FindString(field, "field_code");
    if (code == "BILL_STATUS") is_bill = true;
    if (code == "BILL_PRICE") price = Hundredths(field.at("values").at(0).at("value"));
  }
  return is_bill ? std::optional(price) : std::nullopt;
}

void Take(std::string_view list, const json::object& row, AccountContents& contents) {
  const json::value& id = row.at("id");
  if (list == "leads" && id.is_int64() && contents.leads.insert(id.get_int64()).second) {
    contents.budgets += row.at("price").get_int64();
    const json::value* elements = row.at("_embedded").get_object().if_contains("catalog_elements");
    if (elements == nullptr || !elements->is_array()) return;
    for (const json::value& element : elements->get_array())
      contents.linked.insert(element.at("id").get_int64());
  } else if (list == "contacts" || list == "companies") {
    contents.clients.insert(id.get_int64());
  } else if (list == "tasks" || list == "notes") {
    // Tasks and notes number apart: their ids may meet.
    contents.activities.insert(list == "tasks" ? -id.get_int64() : id.get_int64());
  } else if (list == "elements") {
    if (const auto price = BillOf(row)) contents.invoices[id.get_int64()] = *price;
  } else if (list == "transactions") {
    if (contents.purchases.insert(id.get_int64()).second) contents.purchased += Hundredths(row.at("price"));
  } else if (list == "events") {
    const std::string event(id.get_string());
    contents.events.insert(event);
    if (row.at("type") == "lead_status_changed") contents.moves.insert(event);
  }
}

Result<AccountContents> ReadAccount(const std::string& file) {
  AccountContents contents;
  std::ifstream answers(file, std::ios::binary);
  for (std::string line; std::getline(answers, line);) {
    const auto answer = ParseJson(line);
    if (!answer.ok()) return Diagnostic{"recording_failed", "an answer is no JSON", file, {}};
    const json::value* embedded = FindMember(*answer, "_embedded");
    if (embedded == nullptr || !embedded->is_object()) continue;
    for (const auto& list : embedded->get_object()) {
      if (!list.value().is_array()) continue;
      for (const json::value& row : list.value().get_array()) {
        if (row.is_object() && row.get_object().contains("id")) Take(list.key(), row.get_object(), contents);
      }
    }
  }
  return contents;
}

int64_t Integer(const warehouse::Warehouse& warehouse, const std::string& sql) {
  return std::get<int64_t>(warehouse.Query(sql).value().rows.at(0).at(0));
}

Status Check(const AccountContents& contents, const warehouse::Warehouse& warehouse) {
  // A card's invoices and customers' purchases are payments; products of a card are elements too.
  int64_t linked = 0;
  int64_t billed = 0;
  for (const int64_t id : contents.linked) {
    const auto invoice = contents.invoices.find(id);
    if (invoice == contents.invoices.end()) continue;
    ++linked;
    billed += invoice->second;
  }
  const struct {
    const char* what;
    const char* sql;
    int64_t recorded;
  } checks[] = {
      {"cards", "SELECT count(*) FROM (SELECT id FROM lead UNION SELECT id FROM deal)",
       static_cast<int64_t>(contents.leads.size())},
      {"budgets of all cards",
       "SELECT sum(amount)::BIGINT FROM (SELECT id, max(amount) AS amount FROM (SELECT id, amount FROM lead "
       "UNION ALL SELECT id, amount FROM deal) GROUP BY id)",
       contents.budgets},
      {"contacts and companies", "SELECT count(*) FROM client",
       static_cast<int64_t>(contents.clients.size())},
      {"tasks and notes", "SELECT count(*) FROM activity WHERE id LIKE 'task:%' OR id LIKE 'note:%'",
       static_cast<int64_t>(contents.activities.size())},
      {"moves", "SELECT count(DISTINCT rtrim(id, '<')) FROM stage_event",
       static_cast<int64_t>(contents.moves.size())},
      {"invoices of cards", "SELECT count(*) FROM payment WHERE deal_id IS NOT NULL", linked},
      {"hundredths of the invoices of cards",
       "SELECT coalesce(sum(amount) * 100, 0)::BIGINT FROM payment WHERE deal_id IS NOT NULL", billed},
      {"payments", "SELECT count(*) FROM payment", linked + static_cast<int64_t>(contents.purchases.size())},
      {"hundredths of customers' purchases",
       "SELECT coalesce(sum(amount) * 100, 0)::BIGINT FROM payment WHERE deal_id IS NULL",
       contents.purchased},
  };
  for (const auto& check : checks) {
    const int64_t ours = Integer(warehouse, check.sql);
    if (ours == check.recorded) continue;
    return Diagnostic{"wrong_load",
                      std::string(check.what) + ": " + std::to_string(ours) + " stored, " +
                          std::to_string(check.recorded) + " recorded",
                      "",
                      {}};
  }
  for (const char* table : {"lead", "deal"}) {
    const int64_t rows = Integer(warehouse, std::string("SELECT count(*) FROM ") + table);
    if (rows == Integer(warehouse, std::string("SELECT count(*) FROM f_") + table)) continue;
    return Diagnostic{"wrong_load", std::string("the star lacks some of ") + table, "", {}};
  }
  return Done{};
}

/// The load and its checks, from a recording that is there.
Status MeasureRecorded(const Dataset& dataset, Recording& recording, int threads, bool baseline,
                       Measurements& measurements) {
  const std::string path = dataset.folder + "/replay.duckdb";
  for (const char* ending : {"", ".wal"}) fs::remove(path + ending);
  auto opened = warehouse::Warehouse::Open({path, threads, "2GB"});
  if (!opened.ok()) return opened.errors();
  Player player(recording);
  Follower follower(player, **opened, "http://127.0.0.1:1", "emulator-token");
  const double resident_before = ResidentMegabytes();
  const double processor_before = ProcessorMilliseconds();
  Result<sync::RunSummary> loaded{Diagnostic{}};
  MemoryWatch watch(**opened);
  const double ms = Milliseconds([&] {
    loaded = follower.session->RunFirstLoad();
    (*opened)->Checkpoint();
  });
  const double processor_ms = ProcessorMilliseconds() - processor_before;
  if (!loaded.ok()) return loaded.errors();
  const double resident_peak = watch.Stop();
  const double poll_before = ProcessorMilliseconds();
  if (const auto polled = follower.session->PollOnce(); !polled.ok()) return polled.errors();
  const double poll_ms = ProcessorMilliseconds() - poll_before;
  const double again_before = ProcessorMilliseconds();
  const auto swept = follower.session->Sweep();
  if (!swept.ok()) return swept.errors();
  const double again_ms = ProcessorMilliseconds() - again_before;
  if (swept->rows_stored != 0) {
    return Diagnostic{
        "wrong_load", "rows that did not change were stored: " + std::to_string(swept->rows_stored), "", {}};
  }
  const auto contents = ReadAccount(recording.file());
  if (!contents.ok()) return contents.errors();
  if (auto same = Check(*contents, **opened); !same.ok()) return same;
  opened.value().reset();

  const auto rows =
      static_cast<double>(contents->leads.size() + contents->clients.size() + contents->activities.size() +
                          contents->events.size() + contents->invoices.size() + contents->purchases.size());
  std::optional<double> plain_rate;
  if (baseline) {
    const auto plain_ms = RunPlainLoad(dataset, "amocrm.sql", recording.file(), threads);
    if (!plain_ms.ok()) return plain_ms.errors();
    plain_rate = rows / (*plain_ms / 1000);
  }
  measurements.Add("load.amocrm", rows / (ms / 1000), "rows/s", plain_rate);
  measurements.Add("load.amocrm.cpu", rows / (processor_ms / 1000), "rows/cpu-s");
  measurements.Add("load.amocrm.rows", rows, "rows");
  measurements.Add("load.amocrm.answers", static_cast<double>(recording.bytes()) / 1e6, "MB");
  measurements.Add("memory.load.amocrm", resident_peak - resident_before, "MB");
  measurements.Add("load.amocrm.poll_idle.cpu", poll_ms, "ms");
  measurements.Add("load.amocrm.again.cpu", again_ms, "ms");
  return Done{};
}

}  // namespace

Status MeasureAmoReplay(const Dataset& dataset, int threads, bool baseline, Measurements& measurements) {
  return WithRecording(
      dataset, "amocrm.ndjson", [&](Recording& recording) { return Record(dataset, recording); },
      [&](Recording& recording) {
        return MeasureRecorded(dataset, recording, threads, baseline, measurements);
      });
}

}  // namespace svodka::bench
