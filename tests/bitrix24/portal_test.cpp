#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/log.hpp"
#include "bitrix24/emulator_process.hpp"
#include "sync/bitrix_sync.hpp"

namespace svodka::bitrix24_test {
namespace {

using warehouse::Warehouse;

/// Waits a fiftieth of what it is told: growing delays are tested elsewhere, with a clock that is moved.
class HastyPauser final : public sync::Pauser {
 public:
  bool Pause(std::chrono::milliseconds length, std::stop_token stop) override {
    return pauser_.Pause(std::max(std::chrono::milliseconds{1}, length / haste), stop);
  }
  void Wake() override { pauser_.Wake(); }
  int haste = 1;

 private:
  sync::SystemPauser pauser_;
};

class PortalTest : public testing::Test {
 protected:
  void Start(std::vector<std::string> arguments, double per_second) {
    if (std::getenv("SVODKA_TEST_LOG") != nullptr) log::Start(log::Level::kDebug);
    arguments.insert(arguments.end(), {"--deals", "1000", "--today", "2026-03-31"});
    emulator_ = std::make_unique<EmulatorProcess>(arguments);
    transport_ = crm::MakeCurlTransport();
    warehouse_ = Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
    limiter_ = std::make_shared<sync::RateLimiter>(sync::RateLimiter::Settings{per_second, 40}, clock_);
    Open();
  }
  void Open() {
    sync::BitrixSettings settings;
    settings.webhook = emulator_->webhook();
    settings.portal_id = "demo";
    settings.comment_days_first = comment_days_;
    sync_ = sync::MakeBitrixSync(settings, *transport_, clock_, pauser_, limiter_, *warehouse_).value();
  }
  std::string One(const std::string& sql) {
    auto rows = warehouse_->Query(sql);
    if (!rows.ok()) return ToString(rows.error());
    const Value& cell = rows->rows.at(0).at(0);
    if (const auto* number = std::get_if<int64_t>(&cell)) return std::to_string(*number);
    if (const auto* money = std::get_if<Money>(&cell)) return money->ToString();
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    return "null";
  }

  /// What the report will read, against the emulator's own books (which never pass through its API).
  void ExpectTruth() {
    const json::value truth = emulator_->Get("/_truth");
    std::map<std::string, std::string> expected;
    for (const json::value& stage : truth.at("stages_now").as_array()) {
      const auto count = stage.at("count").as_int64();
      if (count == 0) continue;
      expected[std::string(stage.at("entity").as_string()) + " " +
               std::string(stage.at("stage").as_string())] =
          std::to_string(count) + " " + std::string(stage.at("amount").as_string());
    }
    std::map<std::string, std::string> ours;
    for (const char* entity : {"lead", "deal"}) {
      const std::string name(entity);
      auto rows = warehouse_->Query(
          "SELECT s.id, count(*)::BIGINT, coalesce(sum(f.amount), 0)::DECIMAL(18, 2) FROM f_" + name +
          " f JOIN d_stage s ON s.key = f.stage_key WHERE NOT f.deleted GROUP BY s.id");
      ASSERT_TRUE(rows.ok()) << ToString(rows.error());
      for (const auto& row : rows->rows) {
        ours[name + " " + std::get<std::string>(row[0])] =
            std::to_string(std::get<int64_t>(row[1])) + " " + std::get<Money>(row[2]).ToString();
      }
    }
    EXPECT_EQ(ours, expected);
    const json::value& total = truth.at("plain").at("total");
    const auto number = [&](const char* name) { return std::to_string(total.at(name).as_int64()); };
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM f_deal WHERE NOT deleted"), number("deals_created"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM f_deal WHERE NOT deleted AND closed_semantic = 1"),
              number("deals_won"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM f_deal WHERE NOT deleted AND closed_semantic = 2"),
              number("deals_lost"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM f_lead WHERE NOT deleted AND closed_semantic = 1"),
              number("leads_qualified"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM f_lead WHERE NOT deleted"), number("leads_created"));
  }
  void ExpectRows() {
    const json::value truth = emulator_->Get("/_truth");
    const json::value& rows = truth.at("rows");
    const auto number = [&](const char* name) { return std::to_string(rows.at(name).as_int64()); };
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM crm_user WHERE NOT placeholder AND removed_at IS NULL"),
              number("users"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM department WHERE removed_at IS NULL"), number("departments"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM client WHERE kind = 'contact'"), number("contacts"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM client WHERE kind = 'company'"), number("companies"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM stage_event WHERE entity = 'lead'"), number("lead_events"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM stage_event WHERE entity = 'deal'"), number("deal_events"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM activity WHERE id LIKE 'task:%'"), number("tasks"));
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM call"), number("calls"));
    // A task's activity is the task itself.
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM activity WHERE id LIKE 'task:%' OR id LIKE 'act:%'"),
              number("activities"));
  }
  static void DumpTo(const std::filesystem::path& folder) {
    const std::string command =
        std::string(SVODKA_BINARY_DIR "/svodka-emulator dump --deals 1000 --today 2026-03-31 --out ") +
        folder.string() + " > /dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  /// The types of our own table, for reading the dump's columns as the same.
  std::string TypesOf(const std::string& table) {
    auto rows = warehouse_->Query("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '" +
                                  table + "'");
    std::string types;
    for (const auto& row : rows.value().rows) {
      const std::string& name = std::get<std::string>(row[0]);
      if (name == "key" || name == "row_hash" || name == "removed_at" || name == "first_seen_at" ||
          name == "seller_id" || name == "placeholder" || name == "last_comment" ||
          name == "last_comment_at") {
        continue;
      }
      types += (types.empty() ? "{'" : ", '") + name + "': '" + std::get<std::string>(row[1]) + "'";
    }
    return types + "}";
  }
  /// The first rows of an answer as text.
  std::string Shown(const std::string& sql) {
    auto rows = warehouse_->Query("SELECT count(*) OVER ()::BIGINT, t::TEXT FROM (" + sql + ") t LIMIT 4");
    if (!rows.ok()) return ToString(rows.error());
    std::string text;
    for (const auto& row : rows->rows)
      text += std::to_string(std::get<int64_t>(row[0])) + " " + std::get<std::string>(row[1]) + "\n";
    return text;
  }
  /// The emulator writes the same tables straight from its books: every cell that we store is compared with
  /// them.
  void ExpectEveryCell() {
    const auto folder = std::filesystem::temp_directory_path() / ("svodka_dump_" + std::to_string(getpid()));
    DumpTo(folder);
    const std::pair<const char*, const char*> kTables[] = {
        {"crm_user", "id, name, active"},
        {"department", "id, name, parent_id, head_user_id"},
        {"stage", "entity, pipeline_id, id, name, semantic"},
        {"stage_event", "entity, id, card_id, kind, pipeline_id, stage_id, moved_at, semantic"},
        {"client", "id, kind, company_id, owner_id, creator_id, phone, is_own, created_at"},
        {"lead",
         "id, title, stage_id, amount, currency, owner_id, creator_id, mover_id, company_id, contact_id, "
         "source_id, phone, "
         "utm_source, utm_medium, utm_campaign, utm_content, utm_term, created_at, modified_at, moved_at, "
         "closed_at, "
         "last_activity_at"},
        {"deal",
         "id, title, pipeline_id, stage_id, amount, currency, owner_id, creator_id, mover_id, lead_id, "
         "company_id, "
         "contact_id, source_id, deal_type_id, utm_source, created_at, modified_at, moved_at, planned_close, "
         "last_activity_at"},
        {"deal_client", "deal_id, client_id"},
        {"product_line", "deal_id, name, price, amount"},
        {"custom_value",
         "entity, card_id, field_id, ordinal, text_value, number_value, money_value, day_value"},
        {"activity",
         "id, kind, direction, subject, author_id, doer_id, created_at, completed, auto_completed, "
         "happened_at, "
         "CASE kind WHEN 'call' THEN coalesce(duration_s, 0) END, coalesce(missed, FALSE)"},
        {"activity_binding", "activity_id, entity, card_id"},
        {"call",
         "id, activity_id, user_id, direction, phone, started_at, duration_s, failed_code, missed, entity, "
         "card_id"}};
    for (const auto& [table, columns] : kTables) {
      const std::string there = "read_csv('" + (folder / (std::string(table) + ".csv")).string() +
                                "', header = true, types = " + TypesOf(table) + ")";
      // Comments are counted in the other test; the dump knows custom values of deals only, and clients of
      // tasks that their activities alone show.
      const std::string name(table);
      std::string where;
      if (name == "activity") where = " WHERE kind <> 'comment'";
      if (name == "activity_binding") {
        where = " WHERE activity_id LIKE 'act:%' OR entity IN ('deal', 'lead') AND activity_id LIKE 'task:%'";
      }
      if (name == "custom_value")
        where = " WHERE entity = 'deal' AND field_id <> 'UF_CRM_1700000009'";  // not in the dump
      if (name == "crm_user") where = " WHERE id <> '900'";                    // named by cards, in no list
      const std::string ours = "SELECT " + std::string(columns) + " FROM " + table + where;
      const std::string theirs = "SELECT " + std::string(columns) + " FROM " + there + where;
      EXPECT_EQ(Shown("(" + ours + ") EXCEPT (" + theirs + ")"), "") << table << ": ours alone";
      EXPECT_EQ(Shown("(" + theirs + ") EXCEPT (" + ours + ")"), "") << table << ": theirs alone";
    }
    std::filesystem::remove_all(folder);
  }
  /// "item" or "legacy", by which deals are read.
  std::string Dialect() {
    return One(
        "SELECT json_extract_string(value, '$.deal') FROM sync_cursor WHERE stream = 'bitrix24:dialect'");
  }
  int64_t Refused() { return emulator_->Get("/_stats").at("refused_503").as_int64(); }

  SystemClock clock_;
  HastyPauser pauser_;
  int comment_days_ = 20'000;
  std::unique_ptr<EmulatorProcess> emulator_;
  std::unique_ptr<crm::HttpTransport> transport_;
  std::unique_ptr<Warehouse> warehouse_;
  std::shared_ptr<sync::RateLimiter> limiter_;
  std::unique_ptr<sync::PortalSync> sync_;
};

TEST_F(PortalTest, OldCommentsAreReadAlsoWhereNobodyFollows) {
  comment_days_ = 30;
  Start({"--limits-off"}, 0);
  auto run = sync_->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  const int64_t all = emulator_->Get("/_truth").at("rows").at("comments").as_int64();
  const auto count = [&] {
    return std::stoll(One("SELECT count(*)::BIGINT FROM activity WHERE kind = 'comment'"));
  };
  EXPECT_LT(count() * 100, all * 50);
  run = sync_->ReadRest();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(count(), all);
  run = sync_->ReadRest();
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->rows_read, 0);
}

/// Every comment, whatever card it stands at, and none that was deleted, though nothing tells that it was.
TEST_F(PortalTest, CommentsOfClientsAreReadAndThoseThatVanishAreFound) {
  Start({"--limits-off"}, 0);
  ASSERT_TRUE(sync_->RunFirstLoad().ok());
  ASSERT_TRUE(sync_->ReadRest().ok());
  const auto expect = [&] {
    const json::value truth = emulator_->Get("/_truth").at("rows").at("comments");
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM activity WHERE kind = 'comment' AND deleted_at IS NULL"),
              std::to_string(truth.as_int64()));
  };
  expect();
  EXPECT_NE(One("SELECT count(*)::BIGINT FROM activity_binding WHERE activity_id LIKE 'comment:%' AND entity "
                "= 'contact'"),
            "0");
  // A comment on the contact and on the company of a deal in work, by the portal's own user.
  const auto call = [&](const std::string& method, const json::object& body) {
    auto answer =
        transport_->Send({emulator_->webhook() + method, json::serialize(body), "application/json"}, {});
    return json::parse(answer.value().body).at("result");
  };
  const std::string contact = One("SELECT substr(min(contact_id), 9) FROM deal WHERE deleted_at IS NULL");
  const std::string company = One("SELECT substr(min(company_id), 9) FROM deal WHERE deleted_at IS NULL");
  std::vector<std::string> made;
  for (const auto& [entity, id] : {std::pair{"contact", contact}, std::pair{"company", company}}) {
    made.push_back(std::to_string(
        call("crm.timeline.comment.add",
             {{"fields", json::object{{"ENTITY_ID", id}, {"ENTITY_TYPE", entity}, {"COMMENT", "Ждут счёт"}}}})
            .as_int64()));
  }
  ASSERT_TRUE(sync_->PollOnce().ok());
  expect();
  EXPECT_EQ(One("SELECT string_agg(entity, ' ' ORDER BY entity) FROM activity_binding WHERE activity_id IN "
                "('comment:" +
                made[0] + "', 'comment:" + made[1] + "')"),
            "company contact");
  // Deleted: an old one of a deal, and the new one of the contact. No list shows it, a poll finds nothing.
  const std::string old =
      One("SELECT substr(min(activity_id), 9) FROM activity_binding WHERE activity_id LIKE 'comment:%' AND "
          "entity = 'deal'");
  for (const std::string& id : {old, made[0]}) call("crm.timeline.comment.delete", {{"id", id}});
  ASSERT_TRUE(sync_->PollOnce().ok());
  const auto run = sync_->Sweep();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(run->deleted, 2);
  expect();
  EXPECT_EQ(One("SELECT string_agg(card_id, ' ' ORDER BY card_id) FROM tombstone WHERE entity = 'activity'"),
            std::min("comment:" + old, "comment:" + made[0]) + " " +
                std::max("comment:" + old, "comment:" + made[0]));
  EXPECT_EQ(sync_->Sweep()->deleted, 0);
}

TEST_F(PortalTest, LoadsPollsAndSweepsToTheEmulatorsOwnTotals) {
  Start({"--limits-off"}, 0);
  const auto facts = sync_->Connect();
  ASSERT_TRUE(facts.ok()) << ToString(facts.error());
  EXPECT_EQ(facts->zone, "Europe/Moscow");
  EXPECT_TRUE(facts->has_leads);
  auto run = sync_->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  for (const Diagnostic& warning : run->warnings) ADD_FAILURE() << ToString(warning);
  ExpectTruth();
  ExpectRows();
  const json::value before = emulator_->Get("/_truth");
  // Comments of leads and deals, and the few on contacts.
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM activity WHERE kind = 'comment'"),
            std::to_string(before.at("rows").at("comments").as_int64()));

  // The company works on for two days; each poll brings what happened since the last.
  for (int day = 0; day < 2; ++day) {
    emulator_->Control({{"step_minutes", 24 * 60}});
    run = sync_->PollOnce();
    ASSERT_TRUE(run.ok()) << ToString(run.error());
    EXPECT_GT(run->rows_stored, 0);
    ExpectTruth();
    ExpectRows();
  }
  EXPECT_GT(std::stoll(One("SELECT count(*)::BIGINT FROM stage_event WHERE mover_id IS NOT NULL")), 0);

  // An idle poll stores nothing.
  ASSERT_TRUE(sync_->PollOnce().ok());
  const int64_t version = warehouse_->state().data_version;
  run = sync_->PollOnce();
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(warehouse_->state().data_version, version);
  EXPECT_EQ(run->requests, 1);

  // Deletions leave no trace in any list: only the comparison of ids finds them.
  emulator_->Control({{"delete", {{"entity", "deal"}, {"id", 500}}}});
  emulator_->Control({{"delete", {{"entity", "lead"}, {"id", 77}}}});
  run = sync_->Sweep();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(
      One("SELECT count(*)::BIGINT FROM tombstone WHERE entity IN ('deal', 'lead') AND cause = 'deleted'"),
      "2");
  ExpectTruth();
  emulator_->Control({{"restore", {{"entity", "deal"}, {"id", 500}}}});
  ASSERT_TRUE(sync_->Sweep().ok());
  ExpectTruth();
}

/// The same cells by crm.item.list and by the older lists, whichever a portal refuses.
TEST_F(PortalTest, EveryCellIsTheOneThatHappened) {
  Start({"--limits-off"}, 0);
  auto run = sync_->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(Dialect(), "item");
  ExpectEveryCell();
  EXPECT_EQ(One("SELECT string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM activity"),
            "call comment email meeting message other task");
  EXPECT_EQ(One("SELECT string_agg(DISTINCT provider, ' ' ORDER BY provider) FROM activity"),
            "CONFIGURABLE_REST_APP CRM_EMAIL CRM_MEETING CRM_SMS CRM_TODO IMOPENLINES_SESSION REST_APP TASKS "
            "VISIT_TRACKER VOXIMPLANT_CALL ZOOM");
}

TEST_F(PortalTest, AnOldBoxIsReadByTheOlderListsToTheSameCells) {
  Start({"--limits-off"}, 0);
  emulator_->Control({{"refuse_items", true}});
  auto run = sync_->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_EQ(Dialect(), "legacy");
  // Contacts besides the main one come deal by deal.
  ExpectEveryCell();
  ExpectTruth();
  for (const Diagnostic& warning : run->warnings) ADD_FAILURE() << ToString(warning);
  EXPECT_GT(emulator_->Get("/_stats").at("by_method").at("crm.deal.contact.items.get").as_int64(), 500);
}

TEST_F(PortalTest, WithoutTheOlderListsCrmItemTellsEverything) {
  Start({"--limits-off"}, 0);
  emulator_->Control({{"refuse_legacy", true}});
  const auto facts = sync_->Connect();
  ASSERT_TRUE(facts.ok()) << ToString(facts.error());
  EXPECT_GT(facts->deals.value_or(0), 900);
  auto run = sync_->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  for (const Diagnostic& warning : run->warnings) ADD_FAILURE() << ToString(warning);
  EXPECT_EQ(Dialect(), "item");
  ExpectEveryCell();
  emulator_->Control({{"step_minutes", 24 * 60}});
  ASSERT_TRUE(sync_->PollOnce().ok());
  emulator_->Control({{"delete", {{"entity", "deal"}, {"id", 500}}}});
  ASSERT_TRUE(sync_->Sweep().ok());
  ExpectTruth();
}

TEST_F(PortalTest, MomentsThatCrmItemShiftsOrFiltersOtherwiseDoNoHarm) {
  Start({"--limits-off"}, 0);
  comment_days_ = 0;
  emulator_->Control({{"items_shift_s", 3600}});
  Open();
  ASSERT_TRUE(sync_->RunFirstLoad().ok());
  EXPECT_EQ(Dialect(), "legacy");
  ExpectTruth();
  Start({"--limits-off"}, 0);
  emulator_->Control({{"items_plain_dates", true}});
  ASSERT_TRUE(sync_->RunFirstLoad().ok());
  EXPECT_EQ(Dialect(), "item_plain_moments");
  emulator_->Control({{"step_minutes", 24 * 60}});
  ASSERT_TRUE(sync_->PollOnce().ok());
  ExpectTruth();
  // Refused in the middle of its work: the older lists go on.
  emulator_->Control({{"refuse_items", true}, {"step_minutes", 24 * 60}});
  ASSERT_TRUE(sync_->PollOnce().ok());
  ExpectTruth();
}

/// What custom fields say, mapped by settings, against the company's own books; nothing is read anew.
TEST_F(PortalTest, MappedFieldsDivideAsTheCompanyDoes) {
  Start({"--limits-off"}, 0);
  comment_days_ = 0;
  Open();
  ASSERT_TRUE(sync_->RunFirstLoad().ok());
  const json::value truth = emulator_->Get("/_truth").at("custom_fields");
  const auto expect = [&](const char* what, const std::string& sql) {
    std::map<std::string, int64_t> expected, ours;
    for (const auto& [name, count] : truth.at(what).as_object())
      expected[std::string(name)] = count.as_int64();
    const auto rows =
        warehouse_->Query("SELECT coalesce(name, ''), count(*)::BIGINT FROM (" + sql + ") GROUP BY 1");
    ASSERT_TRUE(rows.ok()) << ToString(rows.error());
    for (const auto& row : rows->rows) ours[std::get<std::string>(row[0])] = std::get<int64_t>(row[1]);
    EXPECT_EQ(ours, expected) << what;
  };
  const auto by = [](const std::string& card, const std::string& kind, const std::string& key) {
    return "SELECT c.name FROM f_" + card + " f LEFT JOIN d_code c ON c.kind = '" + kind +
           "' AND c.key = f." + key + " WHERE NOT f.deleted";
  };
  // Without a setting the line of business is the company's industry.
  expect("deals_by_industry", by("deal", "industry", "industry_key"));
  const auto map = [&](std::map<std::string, std::map<std::string, std::string>> fields) {
    warehouse::PortalSettings portal = warehouse_->portal();
    portal.fields = std::move(fields);
    ASSERT_TRUE(warehouse_->Configure(portal).ok());
  };
  map({{"loss_reason", {{"deal", "UF_CRM_1700000010"}, {"lead", "UF_CRM_1700000103"}}},
       {"region", {{"deal", "UF_CRM_1700000002"}}},
       {"business_line", {{"deal", "UF_CRM_1700000001"}}},
       {"planned_close", {{"deal", "UF_CRM_1700000005"}}}});
  const auto lost = [&](const std::string& card) {
    return by(card, "loss_reason", "loss_reason_key") + " AND f.semantic = 2";
  };
  expect("deals_lost_by_reason", lost("deal"));
  expect("leads_lost_by_reason", lost("lead"));
  expect("deals_by_city", by("deal", "region", "region_key"));
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM f_deal WHERE semantic <> 2 AND loss_reason_key <> 0"), "0");
  expect("deals_by_ship_month",
         "SELECT strftime(DATE '1970-01-01' + planned_day, '%Y-%m') AS name FROM f_deal WHERE NOT deleted");
  // Where a deal has no direction its company's industry stands in.
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM f_deal f JOIN d_code c ON c.kind = 'industry' AND c.key = "
                "f.industry_key WHERE NOT f.deleted AND c.name = 'Двери'"),
            std::to_string(truth.at("deals_by_direction").at("Двери").as_int64()));
  map({{"region", {{"company", "UF_CRM_1700000302"}, {"contact", "UF_CRM_1700000202"}}}});
  expect("deals_by_city_of_client", by("deal", "region", "region_key"));

  // Polls after a change of the mapping, and of the cards.
  map({{"loss_reason", {{"deal", "UF_CRM_1700000010"}, {"lead", "UF_CRM_1700000103"}}}});
  emulator_->Control({{"step_minutes", 24 * 60}});
  ASSERT_TRUE(sync_->PollOnce().ok());
  const json::value after = emulator_->Get("/_truth").at("custom_fields").at("deals_lost_by_reason");
  for (const auto& [name, count] : after.as_object()) {
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM (" + lost("deal") + ") WHERE coalesce(name, '') = '" +
                  std::string(name) + "'"),
              std::to_string(count.as_int64()))
        << name;
  }
}

TEST_F(PortalTest, ANormalRunNeverMeetsTheLimit) {
  comment_days_ = 10;
  Start({}, 1.9);
  auto run = sync_->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  ASSERT_TRUE(sync_->PollOnce().ok());
  EXPECT_EQ(Refused(), 0);
  EXPECT_LT(run->requests, 60);
  ExpectTruth();
}

TEST_F(PortalTest, APortalThatAllowsHalfIsLoadedAllTheSame) {
  // Ten times the real pace on both sides: the portal drains 10 a second where we come with 19.
  comment_days_ = 60;
  Start({}, 19);
  emulator_->Control({{"rate_per_second", 10}, {"burst", 10}});
  auto run = sync_->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  ASSERT_TRUE(sync_->Sweep().ok());
  EXPECT_GT(run->requests, 40);
  EXPECT_GT(Refused(), 0);
  EXPECT_LE(Refused(), 8);
  ExpectTruth();
}

TEST_F(PortalTest, FaultsOfThePortalAndTheNetworkLoseNothing) {
  Start({"--limits-off", "--rate-503", "0.05", "--rate-500-html", "0.05", "--rate-bad-json", "0.05",
         "--rate-drop", "0.05"},
        0);
  emulator_->Control({{"rate_repeat_row", 0.02}, {"rate_skip_row", 0.02}});
  comment_days_ = 0;
  pauser_.haste = 50;
  Open();
  auto run = sync_->RunFirstLoad();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  emulator_->Control({{"rate_repeat_row", 0},
                      {"rate_skip_row", 0},
                      {"rate_503", 0},
                      {"rate_500_html", 0},
                      {"rate_bad_json", 0},
                      {"rate_drop", 0}});
  // Rows that a page has skipped are found by the comparison of ids.
  run = sync_->Sweep();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  ExpectTruth();
}

/// Days of work with faults of every kind, two copies of one portal that share its limit; at the end both are
/// what happened. SVODKA_SOAK_DAYS makes it longer (`./run soak`).
TEST_F(PortalTest, SoakOfDaysWithFaultsEndsInTheTruth) {
  const char* wanted = std::getenv("SVODKA_SOAK_DAYS");
  const int days = wanted == nullptr ? 1 : std::max(1, std::atoi(wanted));
  constexpr int kStepMinutes = 360;
  comment_days_ = 0;
  pauser_.haste = 50;
  // A portal of more than two requests a second, so that the test ends; the rule is the same.
  Start({}, 36);
  emulator_->Control({{"rate_per_second", 40}, {"burst", 50}});
  auto second_warehouse = Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
  const auto swap = [&](std::unique_ptr<sync::PortalSync>& other) {
    std::swap(warehouse_, second_warehouse);
    std::swap(sync_, other);
  };
  std::unique_ptr<sync::PortalSync> second_sync;
  std::swap(warehouse_, second_warehouse);
  std::swap(sync_, second_sync);
  Open();
  const auto faults = [&](double rate) {
    emulator_->Control(
        {{"rate_500_html", rate}, {"rate_bad_json", rate}, {"rate_drop", rate}, {"rate_repeat_row", rate}});
  };
  faults(0.03);
  for (int copy = 0; copy < 2; ++copy) {
    auto run = sync_->RunFirstLoad();
    ASSERT_TRUE(run.ok()) << ToString(run.error());
    swap(second_sync);
  }
  int failed = 0, polls = 0;
  for (int step = 0; step < days * 1440 / kStepMinutes; ++step) {
    const int card = 20 + step * 7;
    emulator_->Control({{"step_minutes", kStepMinutes}});
    if (step % 3 == 0) emulator_->Control({{"delete", {{"entity", "deal"}, {"id", card % 900 + 1}}}});
    if (step % 4 == 1) emulator_->Control({{"reopen", {{"entity", "deal"}, {"id", card % 900 + 2}}}});
    if (step % 5 == 2)
      emulator_->Control(
          {{"merge", {{"entity", "deal"}, {"keep", card % 900 + 3}, {"remove", card % 900 + 4}}}});
    for (int copy = 0; copy < 2; ++copy, swap(second_sync)) {
      if (copy == 1 && step % 2 == 0) continue;  // one was away for a while
      ++polls;
      if (!sync_->PollOnce().ok()) ++failed;
    }
  }
  faults(0);
  EXPECT_LT(failed * 2, polls);
  for (int copy = 0; copy < 2; ++copy, swap(second_sync)) {
    ASSERT_TRUE(sync_->PollOnce().ok());
    ASSERT_TRUE(sync_->Sweep().ok());
    ExpectTruth();
    EXPECT_EQ(One("SELECT count(*)::BIGINT FROM call"),
              std::to_string(emulator_->Get("/_truth").at("rows").at("calls").as_int64()));
  }
  EXPECT_EQ(Refused(), 0);
}

TEST_F(PortalTest, ARevokedWebhookSaysWhatToDo) {
  Start({"--limits-off"}, 0);
  emulator_->Control({{"revoked", true}});
  const auto facts = sync_->Connect();
  ASSERT_FALSE(facts.ok());
  EXPECT_EQ(facts.error().code, "webhook_revoked") << ToString(facts.error());
  EXPECT_NE(facts.error().message.find("new inbound webhook"), std::string::npos);
  EXPECT_EQ(ToString(facts.error()).find("emulator-secret"), std::string::npos);
  emulator_->Control({{"revoked", false}});
  EXPECT_TRUE(sync_->Connect().ok());
}

}  // namespace
}  // namespace svodka::bitrix24_test
