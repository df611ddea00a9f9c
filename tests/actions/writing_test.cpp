#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "actions/amocrm/account_writer.hpp"
#include "actions/bitrix24/portal_writer.hpp"
#include "bitrix24/emulator_process.hpp"
#include "crm/bitrix24/client.hpp"
#include "crm/http.hpp"

// The writers against the emulators' executable, which count what was asked of them.
namespace svodka::actions {
namespace {

using bitrix24_test::EmulatorProcess;
using State = WriteOutcome::State;

const Zone kMoscow = Zone::Find("Europe/Moscow").value();
const Instant kDeadline = ParseInstant("2026-04-02T09:00:00Z").value();

class BitrixTest : public testing::Test {
 protected:
  BitrixTest()
      : emulator_({"--deals", "1000", "--today", "2026-03-31", "--limits-off"}),
        transport_(crm::MakeCurlTransport()),
        webhook_(crm::bitrix24::Webhook::Parse(emulator_.webhook()).value()),
        limiter_(std::make_shared<sync::RateLimiter>(sync::RateLimiter::Settings{0, 1}, clock_)),
        writer_(bitrix24::MakeWriter(webhook_, kMoscow, *transport_, pauser_, limiter_)) {}

  Write Task(const std::string& card, const std::string& mark) {
    Write write;
    write.kind = kTask;
    write.card = {"deal", card};
    write.text = "Позвонить\nСпросить об оплате";
    write.deadline = kDeadline;
    write.responsible = "3";
    write.mark = mark;
    return write;
  }
  json::value Call(const std::string& method, const crm::Params& params) {
    crm::bitrix24::Client client(webhook_, *transport_);
    auto outcome = client.Call({method, params}, {});
    return outcome.value ? *outcome.value->answer.result : json::value(nullptr);
  }
  json::value TasksOf(const std::string& card) {
    return Call("crm.activity.list", {{"filter[OWNER_TYPE_ID]", "2"},
                                      {"filter[OWNER_ID]", card},
                                      {"filter[PROVIDER_ID]", "CRM_TODO"},
                                      {"order[ID]", "DESC"}});
  }
  /// A deal that is in work.
  std::string OpenDeal(size_t place) {
    const json::value list = Call(
        "crm.deal.list", {{"filter[STAGE_SEMANTIC_ID]", "P"}, {"order[ID]", "ASC"}, {"select[0]", "ID"}});
    return std::string(list.as_array().at(place).at("ID").as_string());
  }

  SystemClock clock_;
  sync::SystemPauser pauser_;
  EmulatorProcess emulator_;
  std::unique_ptr<crm::HttpTransport> transport_;
  crm::bitrix24::Webhook webhook_;
  std::shared_ptr<sync::RateLimiter> limiter_;
  std::unique_ptr<CrmWriter> writer_;
};

TEST_F(BitrixTest, MakesTodosThatAreFoundAgain) {
  const std::string first = OpenDeal(0), second = OpenDeal(1);
  const std::vector<Write> writes = {Task(first, "AAAA"), Task(second, "BBBB")};
  for (const auto& outcome : writer_->Find(writes, {})) EXPECT_EQ(outcome.state, State::kNotYet);
  const auto sent = writer_->Send(writes, {});
  ASSERT_EQ(sent.size(), 2U);
  ASSERT_EQ(sent[0].state, State::kDone) << sent[0].why.message;
  ASSERT_EQ(sent[1].state, State::kDone);
  EXPECT_NE(sent[0].crm_id, sent[1].crm_id);
  const json::value task = TasksOf(first).as_array().at(0);
  EXPECT_EQ(task.at("ID").as_string(), sent[0].crm_id);
  EXPECT_EQ(task.at("SUBJECT").as_string(), "Позвонить");
  EXPECT_EQ(task.at("RESPONSIBLE_ID").as_string(), "3");
  EXPECT_EQ(task.at("COMPLETED").as_string(), "N");
  EXPECT_EQ(ParseInstant(std::string(task.at("DEADLINE").as_string())).value(), kDeadline);
  EXPECT_EQ(task.at("DESCRIPTION").as_string(), "Спросить об оплате\n\nSvodka #AAAA");
  const auto found = writer_->Find(writes, {});
  EXPECT_EQ(found[0].state, State::kDone);
  EXPECT_EQ(found[0].crm_id, sent[0].crm_id);
  EXPECT_EQ(found[1].crm_id, sent[1].crm_id);
}

TEST_F(BitrixTest, AnAnswerThatWasCutIsUnknownAndTheTaskIsFound) {
  const std::string card = OpenDeal(0);
  const std::vector<Write> writes = {Task(card, "CCCC")};
  emulator_.Control({{"rate_drop_writes", 1}});
  EXPECT_EQ(writer_->Send(writes, {})[0].state, State::kUnknown);
  const auto found = writer_->Find(writes, {});
  ASSERT_EQ(found[0].state, State::kDone);
  EXPECT_EQ(TasksOf(card).as_array().at(0).at("ID").as_string(), found[0].crm_id);
}

TEST_F(BitrixTest, WhatTheCrmRefusesIsSaidInPlainWords) {
  const auto gone = writer_->Send(std::vector<Write>{Task("999999", "DDDD")}, {});
  EXPECT_EQ(gone[0].state, State::kRefused);
  EXPECT_EQ(gone[0].why.code, "card_gone");
  emulator_.Control({{"read_only", true}});
  const auto denied = writer_->Send(std::vector<Write>{Task(OpenDeal(0), "EEEE")}, {});
  EXPECT_EQ(denied[0].state, State::kRefused);
  EXPECT_EQ(denied[0].why.code, "no_right");
  emulator_.Control({{"read_only", false}, {"rate_503", 1}});
  EXPECT_EQ(writer_->Send(std::vector<Write>{Task("1", "FFFF")}, {})[0].state, State::kNotYet);
  emulator_.Control({{"rate_503", 0}, {"rate_500_html", 1}});
  EXPECT_EQ(writer_->Send(std::vector<Write>{Task("1", "FFFF")}, {})[0].state, State::kUnknown);
}

TEST_F(BitrixTest, ReAssignsAndNeverOverAPersonsChoice) {
  const std::string card = OpenDeal(0);
  const auto owner = [&] {
    return std::to_string(FindInteger(Call("crm.deal.get", {{"id", card}}), "ASSIGNED_BY_ID").value());
  };
  Write write;
  write.kind = kReassign;
  write.card = {"deal", card};
  write.before = owner();
  write.responsible = write.before == "4" ? "5" : "4";
  const std::vector<Write> writes = {write};
  EXPECT_EQ(writer_->Find(writes, {})[0].state, State::kNotYet);
  ASSERT_EQ(writer_->Send(writes, {})[0].state, State::kDone);
  EXPECT_EQ(owner(), write.responsible);
  EXPECT_EQ(writer_->Find(writes, {})[0].state, State::kDone);
  Call("crm.deal.update", {{"id", card}, {"fields[ASSIGNED_BY_ID]", "6"}});
  const auto changed = writer_->Find(writes, {});
  EXPECT_EQ(changed[0].state, State::kRefused);
  EXPECT_EQ(changed[0].why.code, "changed_meanwhile");
}

class AmoTest : public testing::Test {
 protected:
  AmoTest()
      : emulator_({"--crm", "amocrm", "--deals", "1000", "--today", "2026-03-31", "--limits-off"}),
        transport_(crm::MakeCurlTransport()),
        address_(crm::OriginOf(emulator_.webhook())),
        limiter_(std::make_shared<sync::RateLimiter>(sync::RateLimiter::Settings{0, 1}, clock_)),
        writer_(amocrm::MakeWriter(
            {.address = address_,
             .token = [](const std::string&,
                         std::stop_token) { return Result<std::string>("emulator-token"); }},
            *transport_, pauser_, limiter_)) {}

  json::value Get(const std::string& path) {
    crm::HttpRequest request{address_ + path, "", ""};
    request.headers.push_back("Authorization: Bearer emulator-token");
    return ParseJson(transport_->Send(request, {}).value().body).value();
  }
  Write Task(const std::string& card, const std::string& responsible) {
    Write write;
    write.kind = kTask;
    write.card = {"deal", card};
    write.text = "Позвонить по оплате";
    write.deadline = kDeadline;
    write.responsible = responsible;
    return write;
  }

  SystemClock clock_;
  sync::SystemPauser pauser_;
  EmulatorProcess emulator_;
  std::unique_ptr<crm::HttpTransport> transport_;
  std::string address_;
  std::shared_ptr<sync::RateLimiter> limiter_;
  std::unique_ptr<CrmWriter> writer_;
};

TEST_F(AmoTest, MakesTasksThatAreFoundAgain) {
  const json::value lead = Get("/api/v4/leads?limit=1").at("_embedded").at("leads").at(0);
  const std::string card = std::to_string(lead.at("id").as_int64());
  const std::string owner = std::to_string(lead.at("responsible_user_id").as_int64());
  const std::vector<Write> writes = {Task(card, owner)};
  EXPECT_EQ(writer_->Find(writes, {})[0].state, State::kNotYet);
  emulator_.Control({{"rate_drop_writes", 1}});
  EXPECT_EQ(writer_->Send(writes, {})[0].state, State::kUnknown);
  const auto found = writer_->Find(writes, {});
  ASSERT_EQ(found[0].state, State::kDone);
  emulator_.Control({{"rate_drop_writes", 0}});
  const auto again = writer_->Send(writes, {});
  ASSERT_EQ(again[0].state, State::kDone);
  EXPECT_NE(again[0].crm_id, found[0].crm_id);
  // A task that is known to be another request's is not taken for this one's.
  std::vector<Write> other = writes;
  other[0].others = {found[0].crm_id, again[0].crm_id};
  EXPECT_EQ(writer_->Find(other, {})[0].state, State::kNotYet);
}

TEST_F(AmoTest, OneBadCardDoesNotTakeTheOthersWithIt) {
  const json::value lead = Get("/api/v4/leads?limit=1").at("_embedded").at("leads").at(0);
  const std::string card = std::to_string(lead.at("id").as_int64());
  const std::string owner = std::to_string(lead.at("responsible_user_id").as_int64());
  const auto outcomes = writer_->Send(std::vector<Write>{Task("5", owner), Task(card, owner)}, {});
  EXPECT_EQ(outcomes[0].state, State::kRefused);
  EXPECT_EQ(outcomes[0].why.code, "card_gone");
  EXPECT_EQ(outcomes[1].state, State::kNotYet);
}

TEST_F(AmoTest, ReAssignsAndSaysWhenItMayNot) {
  const json::value lead = Get("/api/v4/leads?limit=1").at("_embedded").at("leads").at(0);
  const json::value users = Get("/api/v4/users");
  Write write;
  write.kind = kReassign;
  write.card = {"deal", std::to_string(lead.at("id").as_int64())};
  write.before = std::to_string(lead.at("responsible_user_id").as_int64());
  for (const json::value& user : users.at("_embedded").at("users").as_array()) {
    const json::value* active = FindMember(user.at("rights"), "is_active");
    if (active == nullptr || !active->is_bool() || !active->get_bool()) continue;
    const std::string id = std::to_string(user.at("id").as_int64());
    if (id != write.before) write.responsible = id;
  }
  const std::vector<Write> writes = {write};
  emulator_.Control({{"read_only", true}});
  const auto denied = writer_->Send(writes, {});
  EXPECT_EQ(denied[0].state, State::kRefused);
  EXPECT_EQ(denied[0].why.code, "no_right");
  emulator_.Control({{"read_only", false}});
  ASSERT_EQ(writer_->Send(writes, {})[0].state, State::kDone);
  EXPECT_EQ(std::to_string(Get("/api/v4/leads/" + write.card.id).at("responsible_user_id").as_int64()),
            write.responsible);
  EXPECT_EQ(writer_->Find(writes, {})[0].state, State::kDone);
}

}  // namespace
}  // namespace svodka::actions
