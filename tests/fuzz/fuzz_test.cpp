#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <gtest/gtest.h>

#include "fuzz/mutate.hpp"
#include "fuzz/surfaces.hpp"
#include "sync/stage_rows.hpp"
#include "warehouse/warehouse.hpp"

/// Both decoders fed with what should never come. Nothing may throw, every row that comes out must be
/// storable. Short in the suite; `./run fuzz SECONDS [SEED]` goes on for long, under the sanitizers.
namespace svodka::fuzz {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

const uint64_t kSeed = FromEnvironment("SVODKA_FUZZ_SEED", 20261122);

/// How long one surface is fed: so many rows, or so many seconds of all surfaces' share.
class Budget {
 public:
  explicit Budget(size_t rows)
      : rows_(rows),
        end_(std::chrono::steady_clock::now() + kSeconds / (RowSurfaces().size() + ByteSurfaces().size())) {}
  bool More(size_t done) const {
    return kSeconds.count() == 0 ? done < rows_ : std::chrono::steady_clock::now() < end_;
  }

 private:
  static inline const std::chrono::milliseconds kSeconds{1000 * FromEnvironment("SVODKA_FUZZ_SECONDS", 0)};
  size_t rows_;
  std::chrono::steady_clock::time_point end_;
};

json::array SeedsOf(const std::string& name) {
  const std::string path = std::string(SVODKA_SOURCE_DIR) + "/tests/fuzz/seeds/" + name + ".json";
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error(path + " is not there: every surface has its true rows");
  return json::parse(text.str()).as_array();
}

std::unique_ptr<warehouse::Warehouse> Empty() {
  auto store = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1}).value();
  warehouse::PortalSettings portal;
  portal.id = portal.name = "fuzz";
  portal.kind = "bitrix24";
  portal.base_currency = "RUB";
  EXPECT_TRUE(store->Configure(portal).ok());
  return store;
}

/// "" when the rows are stored; else why not.
std::string Store(warehouse::Warehouse& store, const crm::SourceBatch& rows, bool commit) {
  auto load = store.Begin(ParseInstant("2026-11-23T00:00:00Z").value());
  if (!load.ok()) return ToString(load.errors().front());
  if (const auto status = sync::StoreBatch(**load, rows); !status.ok())
    return ToString(status.errors().front());
  if (!commit) return "";
  const auto summary = (*load)->Commit();
  return summary.ok() ? "" : ToString(summary.errors().front());
}

void Append(crm::SourceBatch& all, crm::SourceBatch&& rows) {
  const auto move = [](auto& into, auto& from) {
    into.insert(into.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  move(all.users, rows.users);
  move(all.departments, rows.departments);
  move(all.pipelines, rows.pipelines);
  move(all.stages, rows.stages);
  move(all.dictionary, rows.dictionary);
  move(all.rates, rows.rates);
  move(all.custom_fields, rows.custom_fields);
  move(all.clients, rows.clients);
  move(all.leads, rows.leads);
  move(all.deals, rows.deals);
  move(all.stage_events, rows.stage_events);
  move(all.activities, rows.activities);
  move(all.calls, rows.calls);
  move(all.payments, rows.payments);
  move(all.products, rows.products);
}

/// What goes wrong with one row, "" when nothing.
std::string Trial(const RowSurface& surface, const json::value& row, crm::SourceBatch& out) {
  crm::DecodeNotes notes;
  try {
    surface.decode(row, out, notes);
  } catch (const std::exception& trouble) {
    return std::string("thrown: ") + trouble.what();
  }
  return FaultOf(out);
}

class Rows : public testing::TestWithParam<RowSurface> {};

TEST_P(Rows, TrueRowsAreReadWithoutANote) {
  crm::SourceBatch out;
  crm::DecodeNotes notes;
  for (const json::value& row : SeedsOf(GetParam().name)) GetParam().decode(row, out, notes);
  EXPECT_EQ(FaultOf(out), "");
  EXPECT_TRUE(notes.notes().empty()) << ToString(notes.ToDiagnostics().front());
}

TEST_P(Rows, AnyRowGivesRowsThatCanBeStored) {
  const json::array seeds = SeedsOf(GetParam().name);
  ASSERT_FALSE(seeds.empty());
  Random random(kSeed + std::hash<std::string>{}(GetParam().name));
  const auto store = Empty();
  crm::SourceBatch all;
  const Budget budget(400);
  size_t done = 0;
  size_t kept = 0;
  const auto flush = [&] {
    const std::string trouble = Store(*store, all, true);
    all = {};
    return trouble;
  };
  for (; budget.More(done); ++done) {
    const json::value row = Mutate(seeds[random() % seeds.size()], random);
    crm::SourceBatch out;
    const std::string fault = Trial(GetParam(), row, out);
    ASSERT_EQ(fault, "") << GetParam().name << ", row " << done << " of seed " << kSeed << ": "
                         << json::serialize(row).substr(0, 4000);
    Append(all, std::move(out));
    if (++kept == 400) {
      kept = 0;
      ASSERT_EQ(flush(), "") << GetParam().name << ", rows up to " << done << " of seed " << kSeed;
    }
  }
  ASSERT_EQ(flush(), "") << GetParam().name << ", seed " << kSeed;
  RecordProperty("rows", static_cast<int>(done));
}

INSTANTIATE_TEST_SUITE_P(Decoders, Rows, testing::ValuesIn(RowSurfaces()), [](const auto& surface) {
  std::string name = surface.param.name;
  for (char& letter : name)
    if (letter == '.') letter = '_';
  return name;
});

class Bytes : public testing::TestWithParam<ByteSurface> {};

TEST_P(Bytes, AnyBytesAreAnAnswerOrATrouble) {
  Random random(kSeed + std::hash<std::string>{}(GetParam().name));
  const Budget budget(2000);
  size_t done = 0;
  for (; budget.More(done); ++done) {
    const std::string& seed = GetParam().seeds[random() % GetParam().seeds.size()];
    const std::string bytes = done % 20 == 0 ? seed : MutateBytes(seed, random);
    try {
      GetParam().read(bytes);
    } catch (const std::exception& trouble) {
      FAIL() << GetParam().name << ", number " << done << " of seed " << kSeed << ": " << trouble.what()
             << "\n"
             << bytes;
    }
  }
  RecordProperty("inputs", static_cast<int>(done));
}

INSTANTIATE_TEST_SUITE_P(Readers, Bytes, testing::ValuesIn(ByteSurfaces()), [](const auto& surface) {
  std::string name = surface.param.name;
  for (char& letter : name)
    if (letter == '.') letter = '_';
  return name;
});

}  // namespace
}  // namespace svodka::fuzz
