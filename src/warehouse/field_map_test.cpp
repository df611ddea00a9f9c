// Custom fields that a portal's settings say are the reason of loss, the region, the line of business, the
// plan.
#include "warehouse/internal/test_support.hpp"

namespace svodka::warehouse {
namespace {

class FieldMap : public testing::Test {
 protected:
  void SetUp() override {
    warehouse_->Configure(MoscowPortal()).value();
    Batch stages{"stage", {"entity", "pipeline_id", "id", "name", "semantic"}, {}};
    for (const auto& [entity, pipeline, id, semantic] :
         std::vector<std::array<const char*, 4>>{{"deal", "0", "NEW", "P"},
                                                 {"deal", "0", "WON", "S"},
                                                 {"deal", "0", "LOSE", "F"},
                                                 {"lead", "lead", "JUNK", "F"}})
      stages.rows.push_back({Text(entity), Text(pipeline), Text(id), Text(id), Text(semantic)});
    Batch reasons{"dictionary", {"kind", "id", "name"}, {}};
    reasons.rows = {{Text("loss_reason"), Text("LOSE"), Text("Стадия «Провал»")},
                    {Text("industry"), Text("IT"), Text("Связь")}};
    Batch clients{"client", {"id", "kind", "name", "company_id", "industry_id"}, {}};
    clients.rows = {{Text("company:1"), Text("company"), Text("А"), {}, Text("IT")},
                    {Text("contact:2"), Text("contact"), Text("Б"), {}, {}}};
    Store(*warehouse_, At(kNow),
          {std::move(stages), std::move(reasons), Fields("Тула"), Options("Тула"), std::move(clients),
           Deals(), Leads(), Values("21")});
  }
  static Batch Fields(const std::string& mark) {
    Batch batch{"custom_field", {"entity", "id", "title", "type", "multiple"}, {}};
    for (const auto& [entity, id] : std::vector<std::array<const char*, 2>>{{"deal", "WHY"},
                                                                            {"deal", "CITY"},
                                                                            {"deal", "LINE"},
                                                                            {"deal", "PLAN"},
                                                                            {"lead", "LWHY"},
                                                                            {"company", "CCITY"},
                                                                            {"contact", "TCITY"}})
      batch.rows.push_back({Text(entity), Text(id), Text(id + ("/" + mark)), Text("enum"), false});
    return batch;
  }
  /// The town of option 21 of companies may be called otherwise.
  static Batch Options(const std::string& town) {
    Batch batch{"custom_option", {"entity", "field_id", "id", "label", "sort"}, {}};
    for (const auto& [entity, field, id, label] :
         std::vector<std::array<std::string, 4>>{{"deal", "WHY", "1", "Дорого"},
                                                 {"deal", "WHY", "2", "Долго"},
                                                 {"deal", "CITY", "11", "Омск"},
                                                 {"deal", "CITY", "12", "Тула"},
                                                 {"deal", "LINE", "41", "Двери"},
                                                 {"deal", "LINE", "42", "Окна"},
                                                 {"lead", "LWHY", "5", "Дорого "},
                                                 {"company", "CCITY", "21", town},
                                                 {"company", "CCITY", "22", "Пермь"}})
      batch.rows.push_back({Text(entity), Text(field), Text(id), Text(label), int64_t{10}});
    return batch;
  }
  static Batch Deals(const std::string& stage_of_one = "LOSE") {
    Batch batch{"deal",
                {"id", "pipeline_id", "stage_id", "company_id", "contact_id", "created_at", "moved_at",
                 "planned_close", "loss_reason_id"},
                {}};
    const auto add = [&](const char* id, const std::string& stage, Value company, Value contact) {
      batch.rows.push_back({Text(id), Text("0"), Text(stage), std::move(company), std::move(contact),
                            At("2025-01-10T09:00:00Z"), At("2025-02-10T09:00:00Z"), MakeDay(2025, 3, 1),
                            stage == "LOSE" ? Text("LOSE") : Value{}});
    };
    add("1", stage_of_one, Text("1"), {});
    add("2", "LOSE", {}, Text("2"));
    add("3", "WON", Text("1"), {});
    add("4", "LOSE", {}, {});
    return batch;
  }
  static Batch Leads() {
    Batch batch{"lead", {"id", "pipeline_id", "stage_id", "created_at", "moved_at"}, {}};
    batch.rows = {
        {Text("1"), Text("lead"), Text("JUNK"), At("2025-01-10T09:00:00Z"), At("2025-02-10T09:00:00Z")}};
    return batch;
  }
  static Batch Values(const std::string& town) {
    Batch batch{"custom_value", {"entity", "card_id", "field_id", "ordinal", "text_value", "day_value"}, {}};
    const auto add = [&](const char* entity, const char* card, const char* field, int64_t ordinal,
                         const std::string& text) {
      batch.rows.push_back({Text(entity), Text(card), Text(field), ordinal, Text(text), {}});
    };
    add("deal", "1", "WHY", 0, "1");
    add("deal", "2", "WHY", 0, "2");
    add("deal", "3", "WHY", 0, "1");  // left over: it was won after all
    add("lead", "1", "LWHY", 0, "5");
    add("deal", "1", "CITY", 0, "12");
    add("deal", "1", "LINE", 1, "42");
    add("deal", "1", "LINE", 0, "41");
    add("company", "1", "CCITY", 0, town);
    add("contact", "2", "TCITY", 0, " Курск ");
    batch.rows.push_back(
        {Text("deal"), Text("4"), Text("PLAN"), int64_t{0}, {}, int64_t{MakeDay(2025, 5, 9).number}});
    return batch;
  }
  void Map(std::map<std::string, std::map<std::string, std::string>> fields) {
    PortalSettings portal = MoscowPortal();
    portal.fields = std::move(fields);
    warehouse_->Configure(portal).value();
  }
  Strings By(const std::string& kind, const std::string& column, const std::string& card = "deal") const {
    return Lines(*warehouse_, "SELECT d.id, c.name FROM f_" + card + " f JOIN " + card + " d ON d.key = f." +
                                  card + "_key LEFT JOIN d_code c ON c.kind = '" + kind + "' AND c.key = f." +
                                  column + " ORDER BY d.id");
  }
  static constexpr const char* kNow = "2025-06-01T00:00:00Z";
  std::unique_ptr<Warehouse> warehouse_ = OpenInMemory();
};

TEST_F(FieldMap, TheReasonOfLossIsReadOfLostCardsOnlyAndChangesInPlace) {
  EXPECT_EQ(By("loss_reason", "loss_reason_key"),
            (Strings{"1|Стадия «Провал»", "2|Стадия «Провал»", "3|null", "4|Стадия «Провал»"}));
  const int64_t version = warehouse_->state().data_version;
  Map({{"loss_reason", {{"deal", "WHY"}, {"lead", "LWHY"}}}});
  EXPECT_GT(warehouse_->state().data_version, version);
  EXPECT_EQ(By("loss_reason", "loss_reason_key"), (Strings{"1|Дорого", "2|Долго", "3|null", "4|null"}));
  // One reason by its name, whichever field has it; the stages are no choices any more.
  EXPECT_EQ(By("loss_reason", "loss_reason_key", "lead"), (Strings{"1|Дорого"}));
  EXPECT_EQ(Lines(*warehouse_, "SELECT id, name FROM d_code WHERE kind = 'loss_reason' ORDER BY name"),
            (Strings{"WHY=2|Долго", "LWHY=5|Дорого"}));
  EXPECT_EQ(warehouse_->portal().fields.at("loss_reason").at("lead"), "LWHY");
  // Won after all: the reason that is left over says nothing. One transaction later it does again.
  Store(*warehouse_, At("2025-06-02T00:00:00Z"), {Deals("WON"), Values("21")});
  EXPECT_EQ(By("loss_reason", "loss_reason_key"), (Strings{"1|null", "2|Долго", "3|null", "4|null"}));
  Map({});
  EXPECT_EQ(By("loss_reason", "loss_reason_key"),
            (Strings{"1|null", "2|Стадия «Провал»", "3|null", "4|Стадия «Провал»"}));
}

TEST_F(FieldMap, ARegionIsTheCardsElseItsClients) {
  EXPECT_EQ(By("region", "region_key"), (Strings{"1|null", "2|null", "3|null", "4|null"}));
  Map({{"region", {{"deal", "CITY"}, {"company", "CCITY"}, {"contact", "TCITY"}}}});
  EXPECT_EQ(By("region", "region_key"), (Strings{"1|Тула", "2|Курск", "3|Тула", "4|null"}));
  // The same town of two fields is one region.
  EXPECT_EQ(Lines(*warehouse_,
                  "SELECT count(DISTINCT region_key)::BIGINT FROM f_deal WHERE deal_key IN (SELECT key "
                  "FROM deal WHERE id IN ('1', '3'))"),
            (Strings{"1"}));
  // Another town of the company reaches its deals that have none of their own.
  Batch company{"client", {"id", "kind", "name", "industry_id"}, {}};
  company.rows = {{Text("company:1"), Text("company"), Text("А"), Text("IT")}};
  Batch town{"custom_value", {"entity", "card_id", "field_id", "ordinal", "text_value"}, {}};
  town.rows = {{Text("company"), Text("1"), Text("CCITY"), int64_t{0}, Text("22")}};
  Store(*warehouse_, At("2025-06-02T00:00:00Z"), {std::move(company), std::move(town)});
  EXPECT_EQ(By("region", "region_key"), (Strings{"1|Тула", "2|Курск", "3|Пермь", "4|null"}));
}

TEST_F(FieldMap, AnOptionWithAnotherNameIsAnotherRegion) {
  Map({{"region", {{"deal", "CITY"}, {"company", "CCITY"}}}});
  EXPECT_EQ(By("region", "region_key"), (Strings{"1|Тула", "2|null", "3|Тула", "4|null"}));
  Store(*warehouse_, At("2025-06-02T00:00:00Z"), {Fields("x"), Options("Калуга")});
  EXPECT_EQ(By("region", "region_key"), (Strings{"1|Тула", "2|null", "3|Калуга", "4|null"}));
  Store(*warehouse_, At("2025-06-03T00:00:00Z"), {Fields("y"), Options("Тула")});
  EXPECT_EQ(By("region", "region_key"), (Strings{"1|Тула", "2|null", "3|Тула", "4|null"}));
}

TEST_F(FieldMap, ALineOfBusinessIsTheFirstValueElseTheCompanysIndustry) {
  EXPECT_EQ(By("industry", "industry_key"), (Strings{"1|Связь", "2|null", "3|Связь", "4|null"}));
  Map({{"business_line", {{"deal", "LINE"}}}});
  EXPECT_EQ(By("industry", "industry_key"), (Strings{"1|Двери", "2|null", "3|Связь", "4|null"}));
}

TEST_F(FieldMap, APlannedCloseOfAFieldReplacesTheCardsOwn) {
  const auto planned = [&] {
    return Lines(*warehouse_,
                 "SELECT d.id, (DATE '1970-01-01' + f.planned_day)::DATE, (SELECT max((DATE '1970-01-01' + "
                 "s.planned_day)::DATE) FROM f_deal_state s WHERE s.deal_key = f.deal_key) FROM f_deal f "
                 "JOIN deal d ON "
                 "d.key = f.deal_key ORDER BY d.id");
  };
  EXPECT_EQ(planned().front(), "1|2025-03-01|2025-03-01");
  Map({{"planned_close", {{"deal", "PLAN"}}}});
  EXPECT_EQ(planned(), (Strings{"1|null|null", "2|null|null", "3|null|null", "4|2025-05-09|2025-05-09"}));
}

}  // namespace
}  // namespace svodka::warehouse
