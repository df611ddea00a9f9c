#include <fstream>

#include "soak/world.hpp"

namespace svodka::soak {
namespace {

class BitrixWorld final : public World {
 public:
  explicit BitrixWorld(uint64_t seed)
      : emulator_(
            {"--limits-off", "--deals", "1000", "--today", "2026-03-31", "--seed", std::to_string(seed)}) {
    began_ = Rows();
  }
  std::string portal() const override { return "bitrix"; }

  std::vector<std::string> ConnectOptions(const std::string& folder) override {
    const std::string file = folder + "/webhook";
    std::ofstream(file) << emulator_.webhook() << "\n";
    return {"bitrix24", "--webhook-file", file};
  }
  void Announce(const std::string& address) override {
    emulator_.Control({{"hook", {{"url", address}, {"token", "token-of-the-soak"}}}});
  }
  void Disturb(Random& random) override {
    json::object faults;
    for (const char* name :
         {"rate_503", "rate_500_html", "rate_bad_json", "rate_drop", "rate_429", "rate_stall",
          "rate_repeat_row", "rate_skip_row", "rate_lost_event", "rate_repeat_event"}) {
      faults[name] = Chance(random, 40) ? Pick(random, 1, 12) / 100.0 : 0.0;
    }
    faults["stall_ms"] = 300;
    faults["clock_skew_s"] = Chance(random, 20) ? Pick(random, -90, 90) : 0;
    if (Chance(random, 20)) faults["rate_lost_event"] = 1.0;
    emulator_.Control(faults);
  }
  void Calm() override {
    json::object faults;
    for (const char* name :
         {"rate_503", "rate_500_html", "rate_bad_json", "rate_drop", "rate_429", "rate_stall",
          "rate_repeat_row", "rate_skip_row", "rate_lost_event", "rate_repeat_event", "clock_skew_s"})
      faults[name] = 0;
    emulator_.Control(faults);
  }
  void Work(Random& random) override {
    emulator_.Control({{"step_minutes", Pick(random, 30, 1440)}});
    for (int i = Pick(random, 0, 4); i > 0; --i) {
      ++interfered_;
      const char* entity = Chance(random, 70) ? "deal" : "lead";
      const json::object card{{"entity", entity}, {"id", Pick(random, 1, 900)}};
      switch (Pick(random, 0, 3)) {
        case 0:
          emulator_.Control({{"delete", card}});
          break;
        case 1:
          emulator_.Control({{"restore", card}});
          break;
        case 2:
          emulator_.Control({{"reopen", card}});
          break;
        default:
          emulator_.Control(
              {{"merge",
                {{"entity", entity}, {"keep", Pick(random, 1, 450)}, {"remove", Pick(random, 451, 900)}}}});
      }
    }
  }
  int64_t Happened() override { return Rows() - began_ + interfered_; }
  void WriteRows(const std::string& folder) override { emulator_.Control({{"dump", folder}}); }

  std::vector<SameRows> Tables() const override {
    const std::string of_card = "id IN (SELECT activity_id FROM activity_binding)";
    return {
        {"crm_user", "id, name, active", "NOT placeholder", "id <> '900'"},  // 900 is in no list
        {"department", "id, name, parent_id, head_user_id"},
        {"stage", "entity, pipeline_id, id, name, semantic"},
        {"lead",
         "id, title, stage_id, amount, currency, owner_id, creator_id, mover_id, company_id, contact_id, "
         "source_id, "
         "phone, utm_source, utm_medium, utm_campaign, utm_content, utm_term, created_at, moved_at, "
         "closed_at, "
         "last_activity_at",
         "deleted_at IS NULL"},
        {"deal",
         "id, title, pipeline_id, stage_id, amount, currency, owner_id, creator_id, mover_id, lead_id, "
         "company_id, "
         "contact_id, source_id, deal_type_id, utm_source, created_at, moved_at, planned_close, "
         "last_activity_at",
         "deleted_at IS NULL"},
        {"client", "id, kind, company_id, owner_id, creator_id, phone, is_own, created_at",
         "deleted_at IS NULL"},
        {"deal_client", "deal_id, client_id", "deal_id IN (SELECT id FROM deal WHERE deleted_at IS NULL)"},
        {"product_line", "deal_id, name, price, amount",
         "deal_id IN (SELECT id FROM deal WHERE deleted_at IS NULL)"},
        // A deleted card's history stays with us.
        {"stage_event", "entity, id, card_id, kind, pipeline_id, stage_id, moved_at", "TRUE", "TRUE", true},
        {"activity",
         "id, kind, direction, subject, author_id, doer_id, created_at, completed, auto_completed, "
         "happened_at, "
         "CASE kind WHEN 'call' THEN coalesce(duration_s, 0) END, coalesce(missed, FALSE)",
         "kind <> 'comment' AND deleted_at IS NULL", "kind <> 'comment'"},
        {"call",
         "id, activity_id, user_id, direction, phone, started_at, duration_s, failed_code, missed, entity, "
         "card_id"},
    };
  }

 private:
  int64_t Rows() {
    int64_t sum = 0;
    const json::value truth = emulator_.Get("/_truth");
    for (const auto& [name, count] : truth.at("rows").as_object()) sum += count.to_number<int64_t>();
    return sum;
  }

  bitrix24_test::EmulatorProcess emulator_;
  int64_t began_ = 0, interfered_ = 0;
};

}  // namespace

std::unique_ptr<World> MakeBitrixWorld(uint64_t seed) { return std::make_unique<BitrixWorld>(seed); }

}  // namespace svodka::soak
