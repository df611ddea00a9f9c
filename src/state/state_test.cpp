#include "state/state.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace svodka::state {
namespace {

namespace fs = std::filesystem;

class StateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "svodka-state-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::unique_ptr<State> Open() {
    auto state = State::Open(folder_, clock_);
    EXPECT_TRUE(state.ok()) << ToString(state.error());
    return std::move(state).value();
  }
  std::string OpenError() {
    auto state = State::Open(folder_, clock_);
    return state.ok() ? "" : state.error().code;
  }
  static Portal Demo() {
    return Portal{.id = "demo",
                  .kind = "bitrix24",
                  .name = "Ромашка \"&\" 😀",
                  .zone = "Asia/Yekaterinburg",
                  .currency = "RUB",
                  .address = "https://example.org",
                  .has_leads = true};
  }

  std::string folder_;
  ManualClock clock_{ParseInstant("2025-03-01T10:00:00Z").value()};
};

TEST_F(StateTest, MakesKeyReadableByOwnerOnly) {
  Open();
  struct stat about {};
  ASSERT_EQ(stat((folder_ + "/key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  EXPECT_EQ(about.st_size, 32);
}

TEST_F(StateTest, RefusesMissingExposedDamagedAndWrongKey) {
  {
    auto state = Open();
    ASSERT_TRUE(state->portals().Save(Demo(), "local").ok());
    ASSERT_TRUE(state->portals().SaveSecret("demo", "webhook", "s3cret", "local").ok());
  }
  fs::permissions(folder_ + "/key", fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(OpenError(), "key_exposed");
  fs::permissions(folder_ + "/key", fs::perms::owner_read | fs::perms::owner_write);
  fs::resize_file(folder_ + "/key", 7);
  EXPECT_EQ(OpenError(), "key_damaged");
  fs::remove(folder_ + "/key");
  EXPECT_EQ(OpenError(), "key_missing");
  std::ofstream(folder_ + "/key") << std::string(32, 'x');
  fs::permissions(folder_ + "/key", fs::perms::owner_read | fs::perms::owner_write);
  auto state = Open();
  const auto secret = state->portals().GetSecret("demo", "webhook");
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().code, "key_wrong");
}

TEST_F(StateTest, RefusesNewerFile) {
  Open();
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ + "/state.sqlite").c_str(), &raw), SQLITE_OK);
  sqlite3_exec(raw, "PRAGMA user_version = 999", nullptr, nullptr, nullptr);
  sqlite3_close(raw);
  EXPECT_EQ(OpenError(), "newer_version");
}

TEST_F(StateTest, KeepsPortalsAcrossReopening) {
  ASSERT_TRUE(Open()->portals().Save(Demo(), "local").ok());
  auto state = Open();
  EXPECT_EQ(state->portals().Get("demo").value(), Demo());
  const auto unknown = state->portals().Get("demp");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, "unknown_portal");
  EXPECT_EQ(unknown.error().nearest, std::vector<std::string>{"demo"});
}

TEST_F(StateTest, RefusesBadPortals) {
  auto state = Open();
  auto portal = Demo();
  for (const char* id : {"", "../x", "Demo", "a b", "-x", "портал"}) {
    portal.id = id;
    const auto saved = state->portals().Save(portal, "local");
    ASSERT_FALSE(saved.ok()) << id;
    EXPECT_EQ(saved.error().code, "bad_portal_id");
  }
  portal = Demo();
  portal.zone = "Europe/Moskow";
  EXPECT_FALSE(state->portals().Save(portal, "local").ok());
  ASSERT_TRUE(state->portals().Save(Demo(), "local").ok());
  portal = Demo();
  portal.kind = "file";
  EXPECT_EQ(state->portals().Save(portal, "local").error().code, "portal_kind_differs");
}

TEST_F(StateTest, SealsSecrets) {
  auto state = Open();
  ASSERT_TRUE(state->portals().Save(Demo(), "local").ok());
  const std::string secret = "https://example.org/rest/1/abcdef0123456789/";
  ASSERT_TRUE(state->portals().SaveSecret("demo", "webhook", secret, "local").ok());
  EXPECT_EQ(state->portals().GetSecret("demo", "webhook").value(), secret);
  EXPECT_EQ(state->portals().GetSecret("demo", "token").error().code, "secret_missing");
  state->Checkpoint();
  for (const auto& file : fs::directory_iterator(folder_)) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(bytes.find("abcdef0123456789"), std::string::npos) << file.path();
  }
}

TEST_F(StateTest, RemovingAPortalRemovesWhatHangsOnIt) {
  auto state = Open();
  ASSERT_TRUE(state->portals().Save(Demo(), "local").ok());
  ASSERT_TRUE(state->portals().SaveSecret("demo", "webhook", "x", "local").ok());
  ASSERT_TRUE(state->portals().NoteJob("demo", "sweep", "ok").ok());
  ASSERT_TRUE(state->portals().Remove("demo").ok());
  EXPECT_EQ(state->portals().GetSecret("demo", "webhook").error().code, "secret_missing");
  EXPECT_FALSE(state->portals().FindJob("demo", "sweep").value().has_value());
}

TEST_F(StateTest, SettingsHoldFromTheirDay) {
  auto state = Open();
  ASSERT_TRUE(state->portals().Save(Demo(), "local").ok());
  auto& settings = state->settings();
  const Day march = MakeDay(2025, 3, 1);
  EXPECT_EQ(settings.Get("demo", "forgotten_days", march).value(), json::value(14));
  ASSERT_TRUE(settings.Set("demo", "forgotten_days", march, 30, "local").ok());
  EXPECT_EQ(settings.Get("demo", "forgotten_days", march - 1).value(), json::value(14));
  EXPECT_EQ(settings.Get("demo", "forgotten_days", march).value(), json::value(30));
  ASSERT_TRUE(settings.Set("demo", "forgotten_days", std::nullopt, 7, "local").ok());
  EXPECT_EQ(settings.Get("demo", "forgotten_days", march - 1).value(), json::value(7));
  EXPECT_EQ(settings.List("demo").value().size(), 2U);
  ASSERT_TRUE(settings.Reset("demo", "forgotten_days").ok());
  EXPECT_EQ(settings.Get("demo", "forgotten_days", march).value(), json::value(14));
}

TEST_F(StateTest, SettingsRefuseUnknownNamesAndWrongValues) {
  auto state = Open();
  ASSERT_TRUE(state->portals().Save(Demo(), "local").ok());
  const auto unknown = state->settings().Set("demo", "forgoten_days", std::nullopt, 1, "local");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, "unknown_setting");
  EXPECT_EQ(unknown.error().nearest.at(0), "forgotten_days");
  EXPECT_EQ(state->settings().Set("demo", "forgotten_days", std::nullopt, 0, "local").error().code,
            "bad_setting");
  EXPECT_EQ(state->settings().Set("demo", "seller_frozen", std::nullopt, "yes", "local").error().code,
            "bad_setting");
}

TEST_F(StateTest, EveryDeclaredDefaultFitsItsType) {
  auto state = Open();
  ASSERT_TRUE(state->portals().Save(Demo(), "local").ok());
  for (const auto& declaration : Declarations()) {
    const auto value = ParseSetting(declaration.name, declaration.default_json);
    ASSERT_TRUE(value.ok()) << declaration.name;
    EXPECT_TRUE(state->settings().Set("demo", declaration.name, std::nullopt, value.value(), "local").ok());
    EXPECT_FALSE(declaration.help.empty());
  }
}

TEST_F(StateTest, SettingsAreReadAsPeopleTypeThem) {
  EXPECT_EQ(ParseSetting("technical_users", "1, 17").value(), json::parse(R"(["1","17"])"));
  EXPECT_EQ(ParseSetting("technical_users", "[1,\"17\"]").value(), json::parse(R"(["1","17"])"));
  EXPECT_EQ(ParseSetting("sale_point_stage", "5=C5:EXECUTING").value(),
            json::parse(R"({"5":"C5:EXECUTING"})"));
  EXPECT_EQ(ParseSetting("seller_frozen", "false").value(), json::value(false));
  EXPECT_FALSE(ParseSetting("forgotten_days", "two weeks").ok());
  EXPECT_FALSE(ParseSetting("sale_point_stage", "nonsense").ok());
  EXPECT_FALSE(ParseSetting("sale_point_stage", "{\"5\":").ok());
}

TEST_F(StateTest, OneTimeCodeWorksOnce) {
  auto state = Open();
  auto& users = state->users();
  EXPECT_FALSE(users.HasAdministrator().value());
  const std::string code = users.IssueCode().value();
  EXPECT_EQ(users.SignInByCode("AAAA-BBBB-CCCC").error().code, "wrong_code");
  const auto user = users.SignInByCode(code);
  ASSERT_TRUE(user.ok());
  EXPECT_FALSE(user.value().has_password);
  EXPECT_EQ(users.SignInByCode(code).error().code, "wrong_code");
  EXPECT_FALSE(users.HasAdministrator().value());
}

TEST_F(StateTest, OneTimeCodeExpiresAndDiesAfterManyTries) {
  auto state = Open();
  auto& users = state->users();
  std::string code = users.IssueCode().value();
  clock_.Advance(kCodeLife);
  EXPECT_FALSE(users.SignInByCode(code).ok());
  code = users.IssueCode().value();
  for (int i = 0; i < kCodeAttemptsMax; ++i) EXPECT_FALSE(users.SignInByCode("WRONG").ok());
  EXPECT_FALSE(users.SignInByCode(code).ok());
}

TEST_F(StateTest, AccountSignsInByPassword) {
  auto state = Open();
  auto& users = state->users();
  const auto user = users.SignInByCode(users.IssueCode().value()).value();
  const std::string token = users.OpenSession(user.id).value();
  const std::string other = users.OpenSession(user.id).value();
  EXPECT_FALSE(users.SetAccount(user.id, "", "nobody", "short", token).ok());
  const auto set = users.SetAccount(user.id, "Анна", "anna@example.org", "correct horse", token);
  ASSERT_TRUE(set.ok());
  EXPECT_TRUE(users.HasAdministrator().value());
  EXPECT_TRUE(users.FindSession(token).value().has_value());
  EXPECT_FALSE(users.FindSession(other).value().has_value());
  EXPECT_EQ(users.SignInByPassword("ANNA@example.org", "correct horse").value().id, user.id);
  EXPECT_EQ(users.SignInByPassword("anna@example.org", "wrong").error().code, "wrong_password");
  EXPECT_EQ(users.SignInByPassword("none@example.org", "correct horse").error().code, "wrong_password");
  EXPECT_EQ(users.Add("B", "Anna@example.org", "password1", "local").error().code, "email_taken");
  ASSERT_TRUE(users.ResetPassword("anna@example.org", "new password", "local").ok());
  EXPECT_FALSE(users.FindSession(token).value().has_value());
  EXPECT_TRUE(users.SignInByPassword("anna@example.org", "new password").ok());
  EXPECT_EQ(users.ResetPassword("ana@example.org", "new password", "local").error().code, "unknown_user");
}

TEST_F(StateTest, SessionsExpire) {
  auto state = Open();
  auto& users = state->users();
  const auto user = users.Add("A", "a@b.c", "password1", "local").value();
  const std::string token = users.OpenSession(user.id).value();
  EXPECT_EQ(users.FindSession(token).value()->id, user.id);
  EXPECT_FALSE(users.FindSession("nonsense").value().has_value());
  clock_.Advance(kSessionLife);
  EXPECT_FALSE(users.FindSession(token).value().has_value());
  ASSERT_TRUE(users.DropExpiredSessions().ok());
}

TEST_F(StateTest, InterfaceSettingsAreLimited) {
  auto state = Open();
  auto& users = state->users();
  const auto user = users.Add("A", "a@b.c", "password1", "local").value();
  EXPECT_TRUE(users.GetInterface(user.id).value().empty());
  ASSERT_TRUE(users.SetInterface(user.id, {{"theme", "dark"}}).ok());
  EXPECT_EQ(users.GetInterface(user.id).value().at("theme"), "dark");
  EXPECT_EQ(users.SetInterface(user.id, {{"x", std::string(kInterfaceBytesMax, 'x')}}).error().code,
            "settings_too_big");
}

// A child writes settings and acknowledges each over a pipe until it is killed; all that was acknowledged
// must be there.
TEST_F(StateTest, KilledProcessLosesNothingAcknowledged) {
  ASSERT_TRUE(Open()->portals().Save(Demo(), "local").ok());
  for (int round = 0; round < 3; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto state = State::Open(folder_, clock_);
      for (int32_t i = 0; state.ok() && i < 3000; ++i) {
        if (!state.value()
                 ->settings()
                 .Set("demo", "forgotten_days", Day{round * 10'000 + i}, 5, "local")
                 .ok())
          break;
        if (write(ends[1], &i, sizeof i) != sizeof i) break;
      }
      _exit(0);
    }
    close(ends[1]);
    int32_t acknowledged = -1;
    for (int n = 0; n < 20 + round * 17; ++n) {
      if (read(ends[0], &acknowledged, sizeof acknowledged) != sizeof acknowledged) break;
    }
    kill(child, SIGKILL);
    int32_t later = 0;
    while (read(ends[0], &later, sizeof later) == sizeof later) acknowledged = later;
    close(ends[0]);
    waitpid(child, nullptr, 0);
    ASSERT_GE(acknowledged, 0);
    auto state = Open();
    const auto rows = state->settings().List("demo").value();
    for (int32_t i = 0; i <= acknowledged; ++i) {
      const Day day{round * 10'000 + i};
      EXPECT_TRUE(std::ranges::any_of(rows, [&](const DatedSetting& row) { return row.from_day == day; }))
          << i;
    }
  }
}

}  // namespace
}  // namespace svodka::state
