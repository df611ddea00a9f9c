#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/json.hpp"
#include "soak/processes.hpp"
#include "soak/world.hpp"

/// `svodka serve` with a Bitrix24 and an amoCRM, both misbehaving as their worlds do at random, while
/// it is killed at random moments; at the end every row is the one that the CRMs can show. Limits, renamed
/// addresses, tokens that end and shortened histories have tests of their own, not this one.
/// SVODKA_SOAK_STEPS makes it longer (`./run soak`), SVODKA_SOAK_SEED another.
namespace svodka::soak {
namespace {

/// Where the server's data go. It asks faster than a CRM allows and at one pace: random refusals would hold
/// the pace that adapts to them at its floor.
std::string PrepareServer(const std::string& folder) {
  setenv("SVODKA_CRM_PACE", "40", 1);
  std::filesystem::create_directories(folder);
  return folder + "/data";
}

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

class Soak : public testing::Test {
 protected:
  Soak()
      : folder_(
            (std::filesystem::temp_directory_path() / ("svodka_soak_" + std::to_string(getpid()))).string()),
        seed_(FromEnvironment("SVODKA_SOAK_SEED", 20261122)),
        random_(seed_),
        server_(PrepareServer(folder_), folder_ + "/server.log") {}
  ~Soak() override {
    server_.Kill();
    if (!HasFailure()) {
      std::filesystem::remove_all(folder_);
    } else {
      std::cout << "kept: " << folder_ << "\n";
    }
  }
  std::string Must(const std::vector<std::string>& words) {
    const Ended ended = RunSvodka(folder_ + "/data", words);
    EXPECT_EQ(ended.code, 0) << "svodka " << Joined(words) << "\n" << ended.said;
    return ended.said;
  }
  void Connect(World& world) {
    std::vector<std::string> words{"connect"};
    const auto options = world.ConnectOptions(folder_);
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--portal", world.portal()});
    Must(words);
    Must({"settings", "set", "--portal", world.portal(), "poll_seconds", "2"});
  }
  void Announce(World& world) {
    const Ended ended =
        RunSvodka(folder_ + "/data", {"hooks", "--portal", world.portal(), "--url", server_.origin()});
    ASSERT_EQ(ended.code, 0) << ended.said;
    world.Announce(
        std::string(ParseJson(ended.said.substr(ended.said.find('{'))).value().at("address").as_string()));
  }
  void ExpectSameRows(World& world) {
    const std::string rows = folder_ + "/" + world.portal();
    world.WriteRows(rows);
    auto warehouse =
        warehouse::Warehouse::Open({.path = folder_ + "/data/portals/" + world.portal() + ".duckdb"});
    ASSERT_TRUE(warehouse.ok()) << ToString(warehouse.error());
    const std::string differences = Differences(**warehouse, rows, world.Tables());
    if (!differences.empty()) ADD_FAILURE() << world.portal() << ": " << differences;
  }

  const std::string folder_;
  const uint64_t seed_;
  Random random_;
  Server server_;
};

TEST_F(Soak, AfterFaultsAndKillsEveryRowIsTheOneThatTheCrmShows) {
  const uint64_t steps = FromEnvironment("SVODKA_SOAK_STEPS", 8);
  std::unique_ptr<World> worlds[] = {MakeBitrixWorld(seed_ % 1000), MakeAmoWorld(seed_ % 1000 + 1)};
  for (auto& world : worlds) Connect(*world);
  server_.Start();
  for (auto& world : worlds) Announce(*world);
  int kills = 0;
  for (uint64_t step = 0; step < steps; ++step) {
    for (auto& world : worlds) world->Disturb(random_);
    for (auto& world : worlds) world->Work(random_);
    // The first loads are killed early, later ones wherever they stand.
    for (int part = Pick(random_, 1, 3); part > 0; --part) {
      std::this_thread::sleep_for(std::chrono::milliseconds{Pick(random_, 50, 1500)});
      if (!Chance(random_, 50)) continue;
      server_.Kill();
      ++kills;
      server_.Start();
    }
  }
  for (auto& world : worlds) world->Calm();
  int64_t happened = 0;
  for (auto& world : worlds) {
    Must({"sync", "--portal", world->portal()});
    Must({"sync", "--portal", world->portal(), "--sweep"});
    happened += world->Happened();
  }
  EXPECT_EQ(server_.Stop(), 0);
  for (auto& world : worlds) ExpectSameRows(*world);
  RecordProperty("changes", std::to_string(happened));
  std::cout << "seed " << seed_ << ", " << steps << " steps, " << happened << " changes, " << kills
            << " kills\n";
}

}  // namespace
}  // namespace svodka::soak
