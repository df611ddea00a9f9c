// What a broken end of the process or of the disk leaves behind.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "warehouse/internal/test_support.hpp"

namespace svodka::warehouse {
namespace {

constexpr int kRowsPerLoad = 40;

/// Load `number`: the deals number*kRowsPerLoad …, each with one product line, and a cursor that says how far
/// we are.
Status StoreNumbered(Warehouse& warehouse, int number) {
  Batch deals{"deal", {"id", "pipeline_id", "stage_id", "title"}, {}};
  Batch lines{"product_line", {"deal_id", "ordinal", "name"}, {}};
  for (int i = 0; i < kRowsPerLoad; ++i) {
    const std::string id = std::to_string(number * kRowsPerLoad + i);
    deals.rows.push_back({Text(id), Text("0"), Text("NEW"), Text(std::string(200, 'x') + id)});
    lines.rows.push_back({Text(id), int64_t{0}, Text("Товар")});
  }
  auto load = warehouse.Begin(At("2025-01-01T00:00:00Z"));
  if (!load.ok()) return load.errors();
  for (Batch* batch : {&deals, &lines}) {
    if (auto status = (*load)->Append(std::move(*batch)); !status.ok()) return status;
  }
  (*load)->SetCursor("deals", std::to_string(number + 1));
  if (auto summary = (*load)->Commit(); !summary.ok()) return summary.errors();
  return Done{};
}

int64_t Count(const Warehouse& warehouse, const std::string& table) {
  return std::get<int64_t>(warehouse.Query("SELECT count(*) FROM " + table).value().rows[0][0]);
}

/// Every table must hold exactly what the cursor says.
void ExpectWhole(const Warehouse& warehouse, int at_least) {
  const auto cursor = warehouse.FindCursor("deals").value();
  const int loads = cursor ? std::stoi(*cursor) : 0;
  EXPECT_GE(loads, at_least);
  for (const char* table : {"deal", "product_line", "f_deal", "f_deal_state"}) {
    EXPECT_EQ(Count(warehouse, table), loads * kRowsPerLoad) << table;
  }
  EXPECT_EQ(warehouse.state().data_version, loads);
}

TEST(Durability, KillAtAnyMomentLeavesTheLastCommittedLoad) {
  const TemporaryFolder folder;
  int known = 0;
  for (int round = 0; round < 3; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto warehouse = Warehouse::Open({.path = folder.File(), .threads = 1});
      for (int number = known; warehouse.ok() && number < known + 200; ++number) {
        if (!StoreNumbered(**warehouse, number).ok()) break;
        const char byte = 1;
        if (::write(pipe_ends[1], &byte, 1) != 1) break;
      }
      ::_exit(0);
    }
    ::close(pipe_ends[1]);
    // The child reports each commit; it dies somewhere in the load after the second one.
    char byte = 0;
    int reported = 0;
    while (reported < 2 && ::read(pipe_ends[0], &byte, 1) == 1) ++reported;
    ::usleep(static_cast<useconds_t>(round * 30'000));  // a different moment of that load each time
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    while (::read(pipe_ends[0], &byte, 1) == 1) ++reported;
    ::close(pipe_ends[0]);
    ASSERT_GE(reported, 2);

    const auto warehouse = Warehouse::Open({.path = folder.File(), .threads = 1});
    ASSERT_TRUE(warehouse.ok()) << warehouse.error().message;
    ExpectWhole(**warehouse, known + reported);
    known = std::stoi((*warehouse)->FindCursor("deals").value().value());
  }
}

/// Room that can be made tight and wide again: a small file system of its own where mounting is permitted
/// (root), else, said aloud, a limit on the size of this process's files, whose writes fail in the same
/// places.
class TightRoom {
 public:
  explicit TightRoom(std::string folder) : folder_(std::move(folder)) {
    mounted_ = ::mount("svodka-test", folder_.c_str(), "tmpfs", 0, "size=256m") == 0;
    if (!mounted_) {
      std::cerr << "NOTE: no small disk can be mounted here (" << std::strerror(errno)
                << "): a limit on file sizes stands in for the full disk\n";
    }
  }
  ~TightRoom() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  TightRoom(const TightRoom&) = delete;
  TightRoom& operator=(const TightRoom&) = delete;

  /// Leaves room for `bytes` more than what `file` takes. False: it cannot be done.
  bool Tighten(const std::string& file, size_t bytes) {
    if (mounted_) return Resize(std::filesystem::file_size(file) + bytes);
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit tight{static_cast<rlim_t>(std::filesystem::file_size(file) / 2), RLIM_INFINITY};
    return ::getrlimit(RLIMIT_FSIZE, &before_) == 0 && ::setrlimit(RLIMIT_FSIZE, &tight) == 0;
  }
  bool Widen() { return mounted_ ? Resize(size_t{256} << 20) : ::setrlimit(RLIMIT_FSIZE, &before_) == 0; }

 private:
  bool Resize(size_t bytes) {
    const std::string size = "size=" + std::to_string(bytes);
    return ::mount("svodka-test", folder_.c_str(), "tmpfs", MS_REMOUNT, size.c_str()) == 0;
  }
  std::string folder_;
  bool mounted_ = false;
  rlimit before_{};
};

TEST(Durability, AFullDiskIsSaidAndLeavesTheOldState) {
  const TemporaryFolder folder;
  TightRoom room(std::filesystem::path(folder.File()).parent_path().string());
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto opened = Warehouse::Open({.path = folder.File(), .threads = 1});
    if (!opened.ok()) ::_exit(2);
    Warehouse& warehouse = **opened;
    if (!StoreNumbered(warehouse, 0).ok()) ::_exit(3);
    warehouse.Checkpoint();
    if (!room.Tighten(folder.File(), 1 << 20)) ::_exit(8);
    Batch big{"deal", {"id", "pipeline_id", "title"}, {}};
    for (int i = 0; i < 20'000; ++i) {
      std::string title;
      for (int k = 0; k < 60; ++k) title += std::to_string((i * 7919 + k * 104729) % 1000003);
      big.rows.push_back({Text("big" + std::to_string(i)), Text("0"), Text(title)});
    }
    auto load = std::move(warehouse.Begin(At("2025-01-02T00:00:00Z"))).value();
    const Status appended = load->Append(std::move(big));
    const auto summary = appended.ok() ? load->Commit() : Result<LoadSummary>(appended.errors());
    load.reset();
    if (!room.Widen()) ::_exit(9);
    if (summary.ok()) ::_exit(4);
    if (summary.error().code != "disk_full") {
      ::write(2, summary.error().message.data(), summary.error().message.size());
      ::_exit(5);
    }
    const auto count = warehouse.Query("SELECT count(*) FROM deal");
    if (!count.ok() || count->rows[0][0] != Value{int64_t{kRowsPerLoad}}) ::_exit(6);
    if (!StoreNumbered(warehouse, 1).ok()) ::_exit(7);  // goes on when there is room again
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const auto warehouse = Warehouse::Open({.path = folder.File(), .threads = 1});
  ASSERT_TRUE(warehouse.ok()) << warehouse.error().message;
  ExpectWhole(**warehouse, 2);
}

TEST(Durability, AFolderThatThisUserCannotWriteIsSaid) {
  for (const bool file_there : {false, true}) {
    const TemporaryFolder folder;
    const std::string path = std::filesystem::path(folder.File()).parent_path().string();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      if (file_there) {
        auto warehouse = Warehouse::Open({.path = folder.File(), .threads = 1});
        if (!warehouse.ok() || !StoreNumbered(**warehouse, 0).ok()) ::_exit(2);
      }
      if (file_there) ::chmod(folder.File().c_str(), 0444);
      ::chmod(path.c_str(), 0555);
      // Root may write everywhere.
      if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(3);
      const auto refused = Warehouse::Open({.path = folder.File(), .threads = 1});
      if (refused.ok()) ::_exit(4);
      const Diagnostic& error = refused.error();
      if (error.code != "storage_unwritable" || error.message.find("chown") == std::string::npos) {
        ::write(2, error.message.data(), error.message.size());
        ::_exit(5);
      }
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ::chmod(path.c_str(), 0755);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0) << (file_there ? "a file that is there" : "a new file");
  }
}

TEST(Durability, ASecondProcessIsToldThatTheFileIsHeld) {
  const TemporaryFolder folder;
  const auto holder = Warehouse::Open({.path = folder.File(), .threads = 1});
  ASSERT_TRUE(holder.ok());
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // A file of another process: nothing of the parent's DuckDB is used here.
    ::execl(SVODKA_BINARY_DIR "/warehouse_test", "warehouse_test",
            "--gtest_filter=Durability.DISABLED_OpenHeldFile", "--gtest_also_run_disabled_tests",
            ("--held=" + folder.File()).c_str(), nullptr);
    ::_exit(9);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// Run by the test above in a process of its own; the file's name is its last argument.
TEST(Durability, DISABLED_OpenHeldFile) {
  const auto arguments = testing::internal::GetArgvs();
  const std::string last = arguments.back();
  ASSERT_TRUE(last.starts_with("--held="));
  const auto second = Warehouse::Open({.path = last.substr(7), .threads = 1});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "storage_locked") << second.error().message;
}

}  // namespace
}  // namespace svodka::warehouse
