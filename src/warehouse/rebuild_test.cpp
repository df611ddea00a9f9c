// The star brought up to date load by load must equal the star built anew from the canonical tables.
#include <algorithm>
#include <array>
#include <span>

#include <rapidcheck.h>

#include "base/embedded.hpp"
#include "warehouse/internal/test_support.hpp"

namespace svodka {
std::span<const EmbeddedFile> WarehouseDerivations();
}

namespace svodka::warehouse {
namespace {

constexpr const char* kTables[] = {"d_pipeline",   "d_stage",      "d_department", "d_employee",
                                   "d_code",       "d_client",     "d_product",    "d_rate",
                                   "f_lead",       "f_deal",       "f_lead_state", "f_deal_state",
                                   "f_lead_visit", "f_deal_visit", "f_lead_sign",  "f_deal_sign",
                                   "f_lead_step",  "f_deal_step",  "f_activity"};

class History {
 public:
  History() {
    PortalSettings portal = MoscowPortal();
    portal.after_sale_pipelines = {"9"};
    portal.sale_point_stage = {{"0", "PAID"}};
    portal.technical_users = {"3"};
    portal.changes[MakeDay(2025, 1, 8)].sale_point_stage = std::map<std::string, std::string>{{"0", "WORK"}};
    portal.changes[MakeDay(2025, 1, 12)].after_sale_pipelines.emplace();
    portal.changes[MakeDay(2025, 1, 12)].technical_users = std::set<std::string>{"2"};
    warehouse_->Configure(portal).value();
  }

  /// One load of a few random changes.
  void Step() {
    now_ += std::chrono::hours{Pick(1, 60)};
    auto load = std::move(warehouse_->Begin(now_)).value();
    if (first_) {
      load->Append(Stages()).value();
      first_ = false;
    }
    const int changes = Pick(1, 5);
    for (int i = 0; i < changes; ++i) Change(*load);
    if (Pick(0, 3) == 0) load->MoreFollows();
    load->Commit().value();
    if (Pick(0, 3) == 0) TidyForTest(*warehouse_, 0).value();
  }

  void Check() {
    // Whatever was put off is caught up with by a load that nothing follows.
    std::move(warehouse_->Begin(now_)).value()->Commit().value();
    std::vector<Strings> before;
    for (const char* table : kTables) before.push_back(Read(table));
    // At once, and slice by slice as a large portal is derived.
    for (const int64_t cards_per_slice : {0, 2}) {
      RederiveForTest(*warehouse_, cards_per_slice).value();
      for (size_t i = 0; i < std::size(kTables); ++i) Compare(kTables[i], before[i], Read(kTables[i]));
    }
  }

 private:
  static void Compare(const char* table, const Strings& before, const Strings& after) {
    if (before == after) return;
    for (const auto& line : before) {
      if (std::ranges::find(after, line) == after.end())
        RC_LOG() << table << " only step by step: " << line << "\n";
    }
    for (const auto& line : after) {
      if (std::ranges::find(before, line) == before.end())
        RC_LOG() << table << " only anew: " << line << "\n";
    }
    RC_FAIL(std::string(table) + " differs");
  }

  static int Pick(int from, int to) { return *rc::gen::inRange(from, to + 1); }
  static std::string Id(int count) { return std::to_string(Pick(1, count)); }
  static Value Maybe(Value value) { return Pick(0, 2) == 0 ? Value{} : std::move(value); }
  Instant Past() const { return now_ - std::chrono::minutes{Pick(0, 60 * 24 * 30)}; }

  Strings Read(const std::string& table) const {
    return Lines(*warehouse_, "SELECT * FROM " + table + " ORDER BY ALL");
  }

  static Batch Stages() {
    Batch batch{"stage", {"entity", "pipeline_id", "id", "name", "sort", "semantic"}, {}};
    int sort = 0;
    for (const auto& [entity, pipeline, id, semantic] :
         std::vector<std::array<const char*, 4>>{{"deal", "0", "NEW", "P"},
                                                 {"deal", "0", "WORK", "P"},
                                                 {"deal", "0", "PAID", "P"},
                                                 {"deal", "0", "WON", "S"},
                                                 {"deal", "0", "LOSE", "F"},
                                                 {"deal", "9", "MAKE", "P"},
                                                 {"deal", "9", "DONE", "S"},
                                                 {"lead", "lead", "L1", "P"},
                                                 {"lead", "lead", "OK", "S"},
                                                 {"lead", "lead", "JUNK", "F"}}) {
      batch.rows.push_back(
          {Text(entity), Text(pipeline), Text(id), Text(id), int64_t{++sort}, Text(semantic)});
    }
    return batch;
  }
  static std::pair<std::string, std::string> DealStage() {
    static const std::pair<const char*, const char*> kStages[] = {{"0", "NEW"},  {"0", "WORK"}, {"0", "PAID"},
                                                                  {"0", "WON"},  {"0", "LOSE"}, {"9", "MAKE"},
                                                                  {"9", "DONE"}, {"0", "GONE"}};
    return kStages[Pick(0, 7)];
  }
  static std::string Meaning() {
    static const char* kMeanings[] = {"P", "S", "F"};
    return kMeanings[Pick(0, 2)];
  }
  static std::string LeadStage() {
    static const char* kStages[] = {"L1", "OK", "JUNK"};
    return kStages[Pick(0, 2)];
  }

  void Change(Load& load) {
    switch (Pick(0, 12)) {
      case 0:
      case 1:
      case 2: {
        const auto [pipeline, stage] = DealStage();
        const std::string id = Id(6);
        load.Append({"deal",
                     {"id", "pipeline_id", "stage_id", "amount", "currency", "owner_id", "company_id",
                      "contact_id", "lead_id", "phone", "source_id", "created_at", "modified_at", "moved_at",
                      "planned_close", "mover_id"},
                     {{Text(id), Text(pipeline), Text(stage), Maybe(Money::FromMinor(Pick(0, 100000))),
                       Text(Pick(0, 1) == 0 ? "RUB" : "USD"), Text(Id(4)), Maybe(Text(Id(3))),
                       Maybe(Text(Id(3))), Maybe(Text(Id(4))), Maybe(Text("79" + Id(2))), Maybe(Text(Id(3))),
                       Maybe(At("2025-01-01T00:00:00Z") + std::chrono::hours{Pick(0, 400)}), Past(),
                       Maybe(Past()), Maybe(int64_t{Pick(20090, 20130)}), Maybe(Text(Id(4)))}}})
            .value();
        if (Pick(0, 1) == 0) {
          load.Append({"deal_client",
                       {"deal_id", "client_id", "is_primary"},
                       {{Text(id), Text("contact:" + Id(3)), true}}})
              .value();
          load.Append({"product_line",
                       {"deal_id", "ordinal", "product_id", "amount"},
                       {{Text(id), int64_t{0}, Text(Id(3)), Money::FromMinor(100)}}})
              .value();
        }
        return;
      }
      case 3:
        load.Append({"lead",
                     {"id", "pipeline_id", "stage_id", "amount", "currency", "owner_id", "company_id",
                      "source_id", "loss_reason_id", "created_at", "modified_at", "moved_at", "closed_at"},
                     {{Text(Id(4)), Text("lead"), Text(LeadStage()), Maybe(Money::FromMinor(Pick(0, 5000))),
                       Text("RUB"), Text(Id(4)), Maybe(Text(Id(3))), Maybe(Text(Id(3))), Maybe(Text(Id(2))),
                       Maybe(At("2025-01-01T00:00:00Z") + std::chrono::hours{Pick(0, 400)}), Past(),
                       Maybe(Past()), Maybe(Past())}}})
            .value();
        return;
      case 4: {
        const auto [pipeline, stage] = DealStage();
        load.Append({"stage_event",
                     {"entity", "id", "card_id", "kind", "pipeline_id", "stage_id", "moved_at", "semantic"},
                     {{Text("deal"), Text(std::to_string(++event_)), Text(Id(6)), int64_t{Pick(1, 3)},
                       Text(pipeline), Text(stage), Past(), Maybe(Text(Meaning()))}}})
            .value();
        return;
      }
      case 5:
      case 6: {
        const std::string id = "act:" + Id(8);
        static const char* kKinds[] = {"call", "task", "comment", "email"};
        const bool done = Pick(0, 1) == 0;
        load.Append({"activity",
                     {"id", "kind", "direction", "doer_id", "created_at", "deadline_at", "completed",
                      "happened_at", "text"},
                     {{Text(id), Text(kKinds[Pick(0, 3)]), Maybe(Text("out")), Text(Id(4)), Past(),
                       Maybe(Past()), done, done ? Value{Past()} : Value{}, Text("…" + Id(9))}}})
            .value();
        Batch bindings{"activity_binding", {"activity_id", "entity", "card_id"}, {}};
        static const char* kEntities[] = {"deal", "lead", "company", "contact"};
        for (int i = Pick(0, 2); i > 0; --i) {
          bindings.rows.push_back({Text(id), Text(kEntities[Pick(0, 3)]), Text(Id(4))});
        }
        if (!bindings.rows.empty()) load.Append(std::move(bindings)).value();
        return;
      }
      case 7: {
        const bool company = Pick(0, 1) == 0;
        load.Append({"client",
                     {"id", "kind", "name", "company_id", "region_id", "owner_id"},
                     {{Text((company ? "company:" : "contact:") + Id(3)),
                       Text(company ? "company" : "contact"), Text("К" + Id(9)),
                       company ? Value{} : Maybe(Text(Id(3))), Maybe(Text(Id(3))), Text(Id(4))}}})
            .value();
        return;
      }
      case 8: {
        static const char* kEntities[] = {"deal", "lead", "activity", "company"};
        const char* entity = kEntities[Pick(0, 3)];
        const std::string ids[] = {(std::string(entity) == "activity" ? "act:" : "") + Id(6)};
        load.Bury(entity, ids, "deleted").value();
        return;
      }
      case 9:
        load.Append({"currency_rate",
                     {"currency", "day", "rate"},
                     {{Text("USD"), int64_t{Pick(20090, 20120)}, Text(Id(99))}}})
            .value();
        return;
      case 10:
        load.Append({"dictionary",
                     {"kind", "id", "name", "is_junk"},
                     {{Text(Pick(0, 1) == 0 ? "source" : "loss_reason"), Text(Id(3)), Text("И" + Id(9)),
                       Pick(0, 3) == 0}}})
            .value();
        return;
      case 11:
        load.Append({"product",
                     {"id", "name", "category_id"},
                     {{Text(Id(3)), Text("П" + Id(9)), Maybe(Text(Id(2)))}}})
            .value();
        return;
      case 12: {
        const auto [pipeline, stage] = DealStage();
        load.Append({"stage",
                     {"entity", "pipeline_id", "id", "name", "sort", "semantic"},
                     {{Text("deal"), Text(pipeline), Text(stage), Text("С" + Id(9)), int64_t{Pick(1, 9)},
                       Text(Meaning())}}})
            .value();
        return;
      }
      default:
        return;
    }
  }

  std::unique_ptr<Warehouse> warehouse_ = OpenInMemory();
  Instant now_ = At("2025-02-01T00:00:00Z");
  bool first_ = true;
  int event_ = 0;
};

TEST(Rebuild, StepByStepEqualsAnew) {
  // Few long histories: each load plans some hundred statements, and a long history meets more kinds of
  // change.
  const bool good = rc::check("incremental derivation equals a full one", [] {
    static int runs = 0;
    if (++runs > 2) return;
    History history;
    for (int i = 0; i < 8; ++i) history.Step();
    history.Check();
  });
  EXPECT_TRUE(good);
}

/// A condition of an outer join that asks something of its left side alone makes a nested loop of it: with
/// ten thousand calls and cards that was most of a first load.
TEST(Rebuild, CallsMeetTheirCardsByHash) {
  const auto warehouse = OpenInMemory();
  std::string sql;
  for (const EmbeddedFile& file : WarehouseDerivations()) {
    if (file.name == "15_call.sql") sql = file.text;
  }
  const auto replace = [&](std::string_view what, std::string_view with) {
    const size_t at = sql.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    sql.replace(at, what.size(), with);
  };
  replace("INSERT INTO f_activity", "EXPLAIN");
  replace("lone_call c", "call c");
  for (const std::string_view name : {"local_day(", "local_hour("}) {
    while (sql.find(name) != std::string::npos) replace(name, "epoch_ms(");
  }
  const auto plan = warehouse->Query(sql);
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  const auto text = std::get<std::string>(plan->rows.at(0).at(1));
  EXPECT_NE(text.find("HASH_JOIN"), std::string::npos) << text;
  EXPECT_EQ(text.find("NL_JOIN"), std::string::npos) << text;
  EXPECT_EQ(text.find("NESTED_LOOP"), std::string::npos) << text;
}

}  // namespace
}  // namespace svodka::warehouse
