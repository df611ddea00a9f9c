#include "bench/load_replay.hpp"

#include <cstdio>
#include <filesystem>

#include "base/clock.hpp"
#include "bench/load_change.hpp"
#include "bench/memory_watch.hpp"
#include "bench/recorded_portal.hpp"
#include "bench/recording.hpp"
#include "sync/bitrix_sync.hpp"

namespace svodka::bench {
namespace {

namespace fs = std::filesystem;

/// A session over a transport; time stands still, so that the same is asked each time.
struct Follower {
  ManualClock clock{ParseInstant(kNow).value()};
  sync::ManualPauser pauser{clock};
  std::unique_ptr<sync::PortalSync> session;

  Follower(crm::HttpTransport& transport, warehouse::Warehouse& warehouse, const std::string& webhook) {
    sync::BitrixSettings settings;
    settings.webhook = webhook;
    settings.portal_id = "bench";
    auto limiter = std::make_shared<sync::RateLimiter>(sync::RateLimiter::Settings{.per_second = 0}, clock);
    session = sync::MakeBitrixSync(settings, transport, clock, pauser, std::move(limiter), warehouse).value();
  }
};

Status Record(const Dataset& dataset, Recording& recording) {
  std::fprintf(stderr, "recording the portal's answers\n");
  const Emulator emulator(dataset, "bitrix24");
  if (emulator.address().empty())
    return Diagnostic{"emulator_failed", "svodka-emulator did not start", "", {}};
  auto transport = crm::MakeCurlTransport();
  RecordingTransport recorder(*transport, recording);
  const std::string path = dataset.folder + "/record.duckdb";
  for (const char* ending : {"", ".wal"}) fs::remove(path + ending);
  auto opened = warehouse::Warehouse::Open({path, 2, "2GB"});
  if (!opened.ok()) return opened.errors();
  {
    Follower follower(recorder, **opened, emulator.address());
    MemoryWatch watch(**opened);
    if (const auto loaded = follower.session->RunFirstLoad(); !loaded.ok()) return loaded.errors();
    std::fprintf(stderr, "recorded with %.0f MB at most\n", watch.Stop());
    if (const auto polled = follower.session->PollOnce(); !polled.ok()) return polled.errors();
  }
  opened.value().reset();
  for (const char* ending : {"", ".wal"}) fs::remove(path + ending);
  return recording.Finish();
}

int64_t Integer(const warehouse::Warehouse& warehouse, const std::string& sql) {
  return std::get<int64_t>(warehouse.Query(sql).value().rows.at(0).at(0));
}

Status Check(const std::string& file, const warehouse::Warehouse& warehouse) {
  const auto contents = ReadContents(file);
  if (!contents.ok()) return contents.errors();
  const auto expect = [](const std::string& what, int64_t ours, int64_t theirs) -> Status {
    if (ours == theirs) return Done{};
    return Diagnostic{"wrong_load",
                      what + ": " + std::to_string(ours) + " stored, " + std::to_string(theirs) + " recorded",
                      "",
                      {}};
  };
  for (const auto& [table, ids] : contents->ids) {
    for (const std::string& name : {table, table == "lead" || table == "deal" ? "f_" + table : table}) {
      if (auto same = expect("rows of " + name, Integer(warehouse, "SELECT count(*) FROM " + name),
                             static_cast<int64_t>(ids.size()));
          !same.ok()) {
        return same;
      }
    }
  }
  return expect("hundredths of all deals' amounts",
                Integer(warehouse, "SELECT coalesce(sum(amount) * 100, 0)::BIGINT FROM deal"),
                contents->deal_minor);
}

/// The load and its checks, from a recording that is there.
Status MeasureRecorded(const Dataset& dataset, Recording& recording, int threads, bool baseline,
                       Measurements& measurements) {
  const std::string path = dataset.folder + "/replay.duckdb";
  for (const char* ending : {"", ".wal"}) fs::remove(path + ending);
  auto opened = warehouse::Warehouse::Open({path, threads, "2GB"});
  if (!opened.ok()) return opened.errors();
  Player player(recording);
  Follower follower(player, **opened, "http://127.0.0.1:1/rest/1/emulator-secret/");
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
  if (auto same = Check(recording.file(), **opened); !same.ok()) return same;
  const double poll_before = ProcessorMilliseconds();
  if (const auto polled = follower.session->PollOnce(); !polled.ok()) return polled.errors();
  const double poll_ms = ProcessorMilliseconds() - poll_before;
  if (auto status = MeasureChange(**opened, 20, measurements); !status.ok()) return status;
  opened.value().reset();

  const auto rows = static_cast<double>(loaded->rows_read);
  std::optional<double> plain_rate;
  if (baseline) {
    const auto plain_ms = RunPlainLoad(dataset, "pages.sql", recording.file(), threads);
    if (!plain_ms.ok()) return plain_ms.errors();
    plain_rate = rows / (*plain_ms / 1000);
  }
  measurements.Add("load.bitrix24", rows / (ms / 1000), "rows/s", plain_rate);
  measurements.Add("load.bitrix24.cpu", rows / (processor_ms / 1000), "rows/cpu-s");
  measurements.Add("load.bitrix24.rows", rows, "rows");
  measurements.Add("load.bitrix24.answers", static_cast<double>(recording.bytes()) / 1e6, "MB");
  measurements.Add("memory.load", resident_peak - resident_before, "MB");
  measurements.Add("load.poll_idle.cpu", poll_ms, "ms");
  return Done{};
}

}  // namespace

Status MeasureReplay(const Dataset& dataset, int threads, bool baseline, Measurements& measurements) {
  return WithRecording(
      dataset, "answers.ndjson", [&](Recording& recording) { return Record(dataset, recording); },
      [&](Recording& recording) {
        return MeasureRecorded(dataset, recording, threads, baseline, measurements);
      });
}

}  // namespace svodka::bench
