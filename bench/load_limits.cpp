#include "bench/load_limits.hpp"

#include <cstdio>
#include <filesystem>
#include <functional>

#include "base/clock.hpp"
#include "bench/recorded_portal.hpp"
#include "sync/amo_sync.hpp"
#include "sync/bitrix_sync.hpp"

namespace svodka::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kLimitsClock = 2;
constexpr const char* kLeadsPipeline = "7000001";  // «Лиды» of the emulated account

/// Time that runs so many times faster from now on, and pauses that are so many times shorter.
class FastClock final : public Clock {
 public:
  Instant Now() const override {
    const auto passed = std::chrono::steady_clock::now() - start_;
    return at_ + std::chrono::duration_cast<std::chrono::microseconds>(passed) * kLimitsClock;
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const Instant at_ = ParseInstant(kNow).value();
};

class FastPauser final : public sync::Pauser {
 public:
  bool Pause(std::chrono::milliseconds length, std::stop_token stop) override {
    const auto real = (length + std::chrono::milliseconds{kLimitsClock - 1}) / kLimitsClock;
    return pauser_.Pause(std::max(real, std::chrono::milliseconds{1}), std::move(stop));
  }
  void Wake() override { pauser_.Wake(); }

 private:
  sync::SystemPauser pauser_;
};

struct Crm {
  const char* name;
  const char* formula;
  std::function<double(double requests)> allowed_s;
};

/// Requests to the API that the emulator has counted, and how many of them it refused.
struct Counted {
  int64_t requests = 0, refused = 0;
};

Result<Counted> AskEmulator(const std::string& origin) {
  auto transport = crm::MakeCurlTransport();
  const auto answer = transport->Send({.url = origin + "/_stats", .body = "", .content_type = ""}, {});
  if (!answer.ok()) return answer.errors();
  const auto stats = ParseJson(answer->body);
  if (!stats.ok()) return stats.errors();
  Counted counted;
  for (const auto& member : stats->as_object()) {
    const std::string_view name = member.key();
    if (!member.value().is_int64()) continue;
    if (name == "requests") counted.requests = member.value().get_int64();
    if (name.starts_with("refused_")) counted.refused += member.value().get_int64();
  }
  return counted;
}

Status Measure(const Dataset& dataset, int threads, const Crm& crm, Measurements& measurements) {
  const bool is_amo = std::string(crm.name) == "amocrm";
  const Emulator emulator(dataset, crm.name, {"--clock-speed", std::to_string(kLimitsClock)});
  if (emulator.address().empty())
    return Diagnostic{"emulator_failed", "svodka-emulator did not start", "", {}};
  const std::string path = dataset.folder + "/limits.duckdb";
  for (const char* ending : {"", ".wal"}) fs::remove(path + ending);
  auto opened = warehouse::Warehouse::Open({path, threads, "2GB"});
  if (!opened.ok()) return opened.errors();
  auto transport = crm::MakeCurlTransport();
  const FastClock clock;
  FastPauser pauser;
  const size_t space = std::min(emulator.address().find(' '), emulator.address().size());
  const std::string address = emulator.address().substr(0, space);
  std::unique_ptr<sync::PortalSync> session;
  if (is_amo) {
    sync::AmoSettings settings;
    settings.address = address;
    settings.portal_id = "bench";
    settings.lead_pipelines = {kLeadsPipeline};
    session =
        sync::MakeAmoSync(settings, sync::MakeFixedToken(emulator.address().substr(space + 1)), *transport,
                          clock, pauser, std::make_shared<sync::RateLimiter>(sync::kAmoRate, clock), **opened)
            .value();
  } else {
    sync::BitrixSettings settings;
    settings.webhook = address;
    settings.portal_id = "bench";
    session = sync::MakeBitrixSync(settings, *transport, clock, pauser,
                                   std::make_shared<sync::RateLimiter>(sync::RateLimiter::Settings{}, clock),
                                   **opened)
                  .value();
  }
  Result<sync::RunSummary> loaded{Diagnostic{}};
  const double ms = Milliseconds([&] { loaded = session->RunFirstLoad(); });
  if (!loaded.ok()) return loaded.errors();
  const auto counted = AskEmulator(crm::OriginOf(address));
  if (!counted.ok()) return counted.errors();
  session.reset();
  opened.value().reset();
  for (const char* ending : {"", ".wal"}) fs::remove(path + ending);
  if (counted->refused != 0 || counted->requests == 0) {
    return Diagnostic{"limits_broken",
                      std::string(crm.name) + " refused " + std::to_string(counted->refused) + " of " +
                          std::to_string(counted->requests) + " requests",
                      "",
                      {}};
  }
  const auto requests = static_cast<double>(counted->requests);
  const std::string name = std::string("load.limits.") + crm.name;
  measurements.Add(name, ms / 1000 * kLimitsClock, std::string("s of ") + crm.formula,
                   crm.allowed_s(requests));
  measurements.Add(name + ".requests", requests, "requests");
  return Done{};
}

}  // namespace

Status MeasureLimits(const Dataset& dataset, int threads, Measurements& measurements) {
  fs::create_directories(dataset.folder);
  // A bucket of 50 that drains 2 a second; 6 a second, below the 7 of which one more is refused.
  const Crm crms[] = {
      {"bitrix24", "(N - 50) / 2", [](double requests) { return std::max(requests - 50, 0.0) / 2; }},
      {"amocrm", "(N - 1) / 6", [](double requests) { return (requests - 1) / 6; }},
  };
  for (const Crm& crm : crms) {
    std::fprintf(stderr, "a first load of %s within its limits\n", crm.name);
    if (auto status = Measure(dataset, threads, crm, measurements); !status.ok()) return status;
  }
  return Done{};
}

}  // namespace svodka::bench
