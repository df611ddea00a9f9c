#include "actions/sender.hpp"

#include <filesystem>
#include <map>

#include <gtest/gtest.h>
#include <unistd.h>

#include "state/state.hpp"

namespace svodka::actions {
namespace {

using State = WriteOutcome::State;

/// A CRM of paper: keeps what it did, and answers as it is told to.
class PaperCrm final : public CrmWriter {
 public:
  size_t writes_max() const override { return 20; }
  std::chrono::seconds settles_in() const override { return std::chrono::seconds{20}; }
  std::string task_entity() const override { return "activity"; }

  std::vector<WriteOutcome> Send(std::span<const Write> writes, std::stop_token) override {
    std::vector<WriteOutcome> outcomes;
    for (const Write& write : writes) {
      if (during) during();
      if (does) tasks.insert({write.mark, std::to_string(900 + tasks.size())});
      outcomes.push_back({answer,
                          answer == State::kDone ? std::to_string(899 + tasks.size()) : "",
                          {"said", "as told", "", {}}});
    }
    ++calls;
    return outcomes;
  }
  std::vector<WriteOutcome> Find(std::span<const Write> writes, std::stop_token) override {
    std::vector<WriteOutcome> outcomes;
    ++looks;
    for (const Write& write : writes) {
      const auto found = tasks.find(write.mark);
      if (blind) {
        outcomes.push_back({State::kUnknown, "", {"portal_unreachable", "", "", {}}});
      } else if (found == tasks.end() || hidden) {
        outcomes.push_back({State::kNotYet, "", {"not_found", "", "", {}}});
      } else {
        outcomes.push_back({State::kDone, found->second, {}});
      }
    }
    return outcomes;
  }

  State answer = State::kDone;
  bool does = true, blind = false, hidden = false;
  std::function<void()> during;
  std::multimap<std::string, std::string> tasks;
  int calls = 0, looks = 0;
};

class SenderTest : public testing::Test {
 protected:
  SenderTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("svodka_sender_" + std::to_string(getpid()) + "_" +
                 testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(folder_);
    Open();
    state::Portal portal;
    portal.id = portal.name = "demo";
    portal.kind = "bitrix24";
    EXPECT_TRUE(state_->portals().Save(portal, "test").ok());
  }
  ~SenderTest() override {
    state_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Open() {
    state_.reset();
    state_ = state::State::Open(folder_.string(), clock_).value();
  }
  void Ask(const std::string& id, int64_t cards) {
    state::ActionRequest request;
    request.id = id;
    request.kind = kTask;
    request.text = "Call";
    request.deadline = clock_.Now() + std::chrono::hours{24};
    request.created_at = request.send_after = clock_.Now();
    std::vector<state::ActionItem> items;
    for (int64_t i = 0; i < cards; ++i) {
      state::ActionItem item;
      item.ordinal = i;
      item.entity = "deal";
      item.card = std::to_string(i + 1);
      item.responsible = "7";
      item.state = "pending";
      items.push_back(item);
    }
    EXPECT_TRUE(state_->actions().Add("demo", request, items).value());
  }
  void Run() {
    Sender sender(state_->actions(), "demo", clock_, {}, [&](const auto& cards) { told_ += cards.size(); });
    ASSERT_TRUE(sender.RunOnce(crm_, {}).ok());
  }
  /// Until nothing is open, moving the clock to what is due next.
  void RunAll() {
    Sender sender(state_->actions(), "demo", clock_, {}, [&](const auto& cards) { told_ += cards.size(); });
    for (int round = 0; round < 200; ++round) {
      const auto next = sender.RunOnce(crm_, {});
      ASSERT_TRUE(next.ok());
      if (!*next) return;
      if (**next > clock_.Now()) clock_.Set(**next);
    }
    FAIL() << "never ends";
  }
  state::ActionCounts Counts(const std::string& id) { return state_->actions().Count("demo", id).value(); }

  ManualClock clock_{Instant{std::chrono::hours{500'000}}};
  std::filesystem::path folder_;
  std::unique_ptr<state::State> state_;
  PaperCrm crm_;
  size_t told_ = 0;
};

TEST_F(SenderTest, SendsEachCardOnce) {
  Ask("a", 45);
  RunAll();
  EXPECT_EQ(Counts("a").sent, 45);
  EXPECT_EQ(crm_.tasks.size(), 45U);
  EXPECT_EQ(crm_.calls, 3);
  EXPECT_EQ(told_, 90U);  // the card and its task
  // The same id again is the same request.
  state::ActionRequest again;
  again.id = "a";
  again.kind = kTask;
  EXPECT_FALSE(state_->actions().Add("demo", again, {}).value());
}

TEST_F(SenderTest, ALostAnswerIsLookedForAndNotSentAgain) {
  Ask("a", 3);
  crm_.answer = State::kUnknown;
  RunAll();
  EXPECT_EQ(Counts("a").sent, 3);
  EXPECT_EQ(crm_.tasks.size(), 3U);
  EXPECT_EQ(crm_.calls, 1);
}

TEST_F(SenderTest, ListsThatLagBehindAreWaitedFor) {
  Ask("a", 1);
  crm_.answer = State::kUnknown;
  crm_.hidden = true;
  Run();
  Run();
  EXPECT_EQ(Counts("a").unknown, 1);
  EXPECT_EQ(crm_.calls, 1);
  clock_.Advance(std::chrono::seconds{19});
  Run();
  EXPECT_EQ(crm_.calls, 1);
  crm_.hidden = false;
  clock_.Advance(std::chrono::seconds{1});
  Run();
  EXPECT_EQ(Counts("a").sent, 1);
  EXPECT_EQ(crm_.calls, 1);
}

TEST_F(SenderTest, WhatIsNotThereAfterSettlingIsSentAgain) {
  Ask("a", 2);
  crm_.answer = State::kUnknown;
  crm_.does = false;
  Run();
  crm_.answer = State::kDone;
  crm_.does = true;
  RunAll();
  EXPECT_EQ(Counts("a").sent, 2);
  EXPECT_EQ(crm_.tasks.size(), 2U);
  EXPECT_EQ(crm_.calls, 2);
}

TEST_F(SenderTest, WhereOneCannotLookNothingIsSent) {
  Ask("a", 1);
  crm_.answer = State::kUnknown;
  crm_.does = false;
  crm_.blind = true;
  Run();
  for (int i = 0; i < 20; ++i) {
    clock_.Advance(std::chrono::minutes{2});
    Run();
  }
  EXPECT_EQ(crm_.calls, 1);
  EXPECT_EQ(Counts("a").unknown, 1);
}

TEST_F(SenderTest, AProcessThatDiedWhileSendingLooksFirst) {
  Ask("a", 2);
  // What a kill between the call and its answer leaves behind: the CRM has the first, the state says sending.
  auto items = state_->actions().Items("demo", "a").value();
  for (auto& item : items) {
    item.state = "sending";
    item.attempts = 1;
    item.tried_at = clock_.Now();
  }
  ASSERT_EQ(state_->actions().Save("demo", items, clock_.Now()).value().size(), 2U);
  crm_.tasks.insert({MarkOf("demo", "a", 0), "900"});
  Open();
  ASSERT_TRUE(state_->actions().MarkInterrupted("demo", clock_.Now()).ok());
  EXPECT_EQ(Counts("a").unknown, 2);
  RunAll();
  EXPECT_EQ(Counts("a").sent, 2);
  EXPECT_EQ(crm_.tasks.size(), 2U);
}

TEST_F(SenderTest, ARefusalIsKeptAndMayBeTriedAgain) {
  Ask("a", 1);
  crm_.answer = State::kRefused;
  crm_.does = false;
  RunAll();
  EXPECT_EQ(Counts("a").failed, 1);
  EXPECT_EQ(state_->actions().Items("demo", "a").value().at(0).error_code, "said");
  crm_.answer = State::kDone;
  crm_.does = true;
  EXPECT_EQ(state_->actions().Retry("demo", "a", clock_.Now()).value(), 1);
  RunAll();
  EXPECT_EQ(Counts("a").sent, 1);
}

TEST_F(SenderTest, ABusyCrmIsAskedMoreSeldomAndGivenUpInTheEnd) {
  Ask("a", 1);
  crm_.answer = State::kNotYet;
  crm_.does = false;
  const Instant begun = clock_.Now();
  RunAll();
  EXPECT_EQ(Counts("a").failed, 1);
  EXPECT_EQ(crm_.calls, 8);
  // 2 + 4 + 8 + 16 + 32 + 60 + 60 seconds
  EXPECT_EQ(clock_.Now() - begun, std::chrono::seconds{182});
}

TEST_F(SenderTest, WhatIsCancelledIsNotSent) {
  Ask("a", 30);
  Run();
  EXPECT_EQ(state_->actions().Cancel("demo", "a", clock_.Now()).value(), 10);
  RunAll();
  EXPECT_EQ(Counts("a").sent, 20);
  EXPECT_EQ(Counts("a").cancelled, 10);
  EXPECT_EQ(crm_.tasks.size(), 20U);
}

TEST_F(SenderTest, NothingIsSentBeforeItsTime) {
  Ask("a", 1);
  state::ActionRequest later;
  later.id = "b";
  later.kind = kTask;
  later.text = "Later";
  later.deadline = clock_.Now();
  later.created_at = clock_.Now();
  later.send_after = clock_.Now() + std::chrono::seconds{10};
  state::ActionItem item;
  item.entity = "deal";
  item.card = "9";
  item.state = "pending";
  ASSERT_TRUE(state_->actions().Add("demo", later, {item}).value());
  Run();
  Run();
  EXPECT_EQ(Counts("a").sent, 1);
  EXPECT_EQ(Counts("b").pending, 1);
  EXPECT_EQ(state_->actions().FindNextDue("demo").value(), later.send_after);
}

}  // namespace
}  // namespace svodka::actions
