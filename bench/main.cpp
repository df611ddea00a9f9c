// svodka-bench: generates a company, loads it, measures report R2 against hand-written SQL over plain tables.
// Loading and measuring run in processes of their own, so that the memory of one is not counted for the
// other.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <CLI/CLI.hpp>

#include "base/log.hpp"
#include "bench/dataset.hpp"
#include "bench/load_amocrm.hpp"
#include "bench/load_change.hpp"
#include "bench/load_limits.hpp"
#include "bench/load_replay.hpp"
#include "bench/measure.hpp"
#include "bench/multiply.hpp"
#include "bench/page.hpp"
#include "bench/program.hpp"

namespace {

using namespace svodka;         // NOLINT: the program's own main
using namespace svodka::bench;  // NOLINT

int Fail(const Diagnostics& errors) {
  for (const Diagnostic& error : errors) std::fprintf(stderr, "%s\n", ToString(error).c_str());
  return 1;
}

/// Runs one step in a fresh process and takes over its lines.
bool RunStep(const char* step, const std::vector<std::string>& flags, Measurements& measurements) {
  std::vector<std::string> arguments = {OwnFolder() + "/svodka-bench", "--step", step};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  const Outcome outcome = RunProgram(arguments);
  if (outcome.status != 0) return false;
  const auto lines = ParseJson(outcome.output);
  if (!lines || !lines->is_array()) return false;
  measurements.Append(lines->get_array());
  return true;
}

/// The measurements of a warehouse that is as the present migrations and derivations make it; null: there is
/// none.
json::value FindLoaded(const Dataset& dataset, bool keep) {
  std::ifstream file(dataset.folder + "/loaded.json");
  std::ostringstream text;
  text << file.rdbuf();
  const auto kept = ParseJson(text.str());
  const bool there = std::filesystem::exists(dataset.database());
  if (there && keep && !kept) return json::array{};
  if (!there || !kept || !kept->is_object()) return nullptr;
  if (!keep && kept->at("recipe") != json::value(RecipeOfStar())) return nullptr;
  return kept->at("measurements");
}

void NoteLoaded(const Dataset& dataset, const json::array& measurements) {
  std::ofstream(dataset.folder + "/loaded.json")
      << json::serialize(json::object{{"recipe", RecipeOfStar()}, {"measurements", measurements}}) << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  std::string size = "S", json_file, folder = OwnFolder() + "/bench", step, memory = "1GB";
  int threads = 2;
  bool keep = false, fresh = false, no_replay = false, no_baseline = false, no_web = false, verbose = false;
  CLI::App app("Measures Svodka on a generated company and checks its answers.");
  app.add_option("--size", size, "S 10 k deals, M 100 k, L 1 M")->capture_default_str();
  app.add_option("--json", json_file, "Write the list of measurements here");
  app.add_option("--dir", folder, "Where the generated company and the warehouse lie");
  app.add_option("--threads", threads, "Threads of the warehouse")->capture_default_str();
  app.add_option("--memory", memory, "Memory limit of the warehouse while it is queried")
      ->capture_default_str();
  app.add_flag("--keep", keep, "Take the warehouse that is there, whatever made it");
  app.add_flag("--fresh", fresh, "Load again even if the warehouse is as present migrations make it");
  app.add_flag("--no-replay", no_replay, "Leave out the first load from recorded answers");
  app.add_flag("--no-baseline", no_baseline, "Leave the baseline and the check of answers out");
  app.add_flag("--no-web", no_web, "Leave the web application's measurements out");
  app.add_flag("--verbose", verbose, "Write slow steps of loading to the log");
  app.add_option("--step", step, "Internal: one step in this process")->group("");
  app.footer("Examples:\n  svodka-bench --size M\n  svodka-bench --size L --json bench.json");
  CLI11_PARSE(app, argc, argv);

  try {
    const auto dataset = MakeDataset(size, folder);
    if (!dataset) return Fail(dataset.errors());
    Measurements measurements(size);
    PageSettings settings;
    settings.threads = threads;
    settings.memory = memory;
    settings.baseline = !no_baseline;
    if (verbose) log::Start(log::Level::kDebug);
    if (!step.empty()) {
      const Status done =
          step == "load"       ? Load(*dataset, threads, measurements)
          : step == "multiply" ? Multiply(MakeDataset("M", folder).value(), *dataset, threads, measurements)
          : step == "derive"   ? Rederive(*dataset, threads, memory, measurements)
          : step == "change"   ? MeasureChanges(*dataset, threads, measurements)
          : step == "replay_amocrm" ? MeasureAmoReplay(*dataset, threads, !no_baseline, measurements)
          : step == "limits"        ? MeasureLimits(*dataset, threads, measurements)
          : step == "replay"        ? MeasureReplay(*dataset, threads, !no_baseline, measurements)
                                    : MeasurePage(*dataset, settings, measurements);
      if (!done) return Fail(done.errors());
      std::printf("%s\n", json::serialize(measurements.ToJson()).c_str());
      return 0;
    }
    bool good = true;
    const auto flags_of = [&](const std::string& of_size) {
      std::vector<std::string> flags = {
          "--size", of_size, "--dir", folder, "--threads", std::to_string(threads), "--memory", memory};
      if (no_baseline) flags.emplace_back("--no-baseline");
      if (verbose) flags.emplace_back("--verbose");
      return flags;
    };
    // L is M ten times over: a million deals take the generator and the derivation too long.
    const auto make = [&](const Dataset& wanted) -> Status {
      std::fprintf(stderr, "generating %lld deals\n", static_cast<long long>(wanted.deals));
      if (auto generated = Generate(wanted); !generated) return generated;
      std::fprintf(stderr, "loading\n");
      Measurements loaded(wanted.size);
      if (!RunStep("load", flags_of(wanted.size), loaded))
        return Diagnostic{"load_failed", "the company of size " + wanted.size + " was not loaded", "", {}};
      if (!no_replay && wanted.size == size) {
        std::fprintf(stderr, "replaying a first load\n");
        good = RunStep("replay", flags_of(wanted.size), loaded);
        good = RunStep("replay_amocrm", flags_of(wanted.size), loaded) && good;
        if (wanted.size == "S") good = RunStep("limits", flags_of(wanted.size), loaded) && good;
      }
      NoteLoaded(wanted, loaded.ToJson());
      return Done{};
    };
    const std::vector<std::string> flags = flags_of(size);
    if (fresh) std::filesystem::remove(dataset->folder + "/loaded.json");
    json::value loaded = FindLoaded(*dataset, keep);
    if (loaded.is_null() && size == "L") {
      const auto base = MakeDataset("M", folder);
      if (FindLoaded(*base, keep).is_null()) {
        if (auto made = make(*base); !made) return Fail(made.errors());
      }
      std::fprintf(stderr, "multiplying by ten\n");
      Measurements multiplied(size);
      if (!RunStep("multiply", flags, multiplied)) return 1;
      NoteLoaded(*dataset, multiplied.ToJson());
    } else if (loaded.is_null()) {
      if (auto made = make(*dataset); !made) return Fail(made.errors());
    }
    loaded = FindLoaded(*dataset, keep);
    measurements.Append(loaded.as_array());
    std::fprintf(stderr, "measuring the page\n");
    good = RunStep("page", flags, measurements) && good;
    std::fprintf(stderr, "measuring the programs\n");
    MeasureProgram(measurements);
    if (!no_web) MeasureWeb(measurements);
    std::printf("%s", measurements.ToTable().c_str());
    if (!json_file.empty()) std::ofstream(json_file) << json::serialize(measurements.ToJson()) << '\n';
    return good ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
