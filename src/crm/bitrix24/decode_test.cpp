#include "crm/bitrix24/decode.hpp"

#include <gtest/gtest.h>

namespace svodka::crm::bitrix24 {
namespace {

json::value J(const char* text) { return json::parse(text); }
Instant At(const char* text) { return ParseInstant(text).value(); }

TEST(Cells, NumbersComeAsNumbersAndAsStrings) {
  EXPECT_EQ(ReadInteger(J("37")), 37);
  EXPECT_EQ(ReadInteger(J("\"37\"")), 37);
  EXPECT_EQ(ReadInteger(J("37.0")), 37);
  EXPECT_EQ(ReadInteger(J("\"x\"")), std::nullopt);
  EXPECT_EQ(ReadMoney(J("\"19999.99\""))->ToString(), "19999.99");
  EXPECT_EQ(ReadMoney(J("19999.99"))->ToString(), "19999.99");
  EXPECT_EQ(ReadMoney(J("120000"))->ToString(), "120000.00");
  EXPECT_EQ(ReadMoney(J("\"100|RUB\""))->ToString(), "100.00");
  EXPECT_EQ(ReadMoney(J("\"abc\"")), std::nullopt);
  for (const char* none : {"null", "\"\"", "\"0\"", "0", "false", "[]"})
    EXPECT_EQ(ReadLink(J(none)), std::nullopt) << none;
  EXPECT_EQ(ReadLink(J("9")), "9");
  EXPECT_EQ(ReadText(J("\"a\\u0000b\"")), "ab");
}

TEST(Cells, RowsAreFoundWhereverTheMethodPutsThem) {
  for (const char* answer : {R"([{"ID":1},{"ID":2}])", R"({"items":[{"ID":1},{"ID":2}]})",
                             R"({"tasks":[{"ID":1},{"ID":2}]})", R"({"categories":[{"ID":1},{"ID":2}]})",
                             R"({"1":{"ID":1},"7":{"ID":2}})", R"({"items":{"0":{"ID":1},"2":{"ID":2}}})"}) {
    const json::value value = J(answer);
    EXPECT_EQ(ListRows(value).size(), 2U) << answer;
  }
  const json::value broken = J(R"({"items":[[],[]]})");
  EXPECT_TRUE(ListRows(broken).empty());
  const json::value none = J("[]");
  EXPECT_TRUE(ListRows(none).empty());
}

TEST(Cells, MarkupBecomesPlainText) {
  EXPECT_EQ(PlainText("[B]Важно[/B]: договор <рамочный>"), "Важно: договор <рамочный>");
  EXPECT_EQ(PlainText("<p>one</p><script>alert(1)</script><br/>two &amp; three"), "one two & three");
  EXPECT_EQ(PlainText("[USER=7]Иван[/USER] [url=https://x]link[/url] [1] a<b"), "Иван link [1] a<b");
  EXPECT_EQ(PlainText("яяяя", 5), "яя");
  EXPECT_EQ(PlainText("<script>never closed"), "");
}

TEST(Cells, PhonesAreDigitsWithTheCountryFirst) {
  EXPECT_EQ(NormalisePhone("+7 (999) 000-00-00"), "79990000000");
  EXPECT_EQ(NormalisePhone("8 999 000 00 00"), "79990000000");
  EXPECT_EQ(NormalisePhone("9990000000"), "79990000000");
  EXPECT_EQ(NormalisePhone("+49 30 123456"), "4930123456");
  EXPECT_EQ(NormalisePhone("102"), std::nullopt);
}

TEST(DecodeUser, TakesActiveAsBooleanOrLetterAndManyDepartments) {
  DecodeNotes notes;
  const auto user = DecodeUser(
      J(R"({"ID":"7","ACTIVE":false,"NAME":"Анна","LAST_NAME":"О'Нил","EMAIL":"a@x","UF_DEPARTMENT":[3,"1"],"TIMESTAMP_X":{}})"),
      notes);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->name, "Анна О'Нил");
  EXPECT_FALSE(user->active);
  EXPECT_EQ(user->department_ids, (std::vector<std::string>{"3", "1"}));
  const auto bare = DecodeUser(J(R"({"ID":8,"ACTIVE":"Y","UF_DEPARTMENT":false})"), notes);
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->name, "8");
  EXPECT_TRUE(bare->active);
}

TEST(DecodeDepartment, TheRootHasNoParent) {
  DecodeNotes notes;
  const auto root = DecodeDepartment(J(R"({"ID":"1","NAME":"Главный","SORT":500})"), notes);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->parent_id, std::nullopt);
  const auto child =
      DecodeDepartment(J(R"({"ID":"3","NAME":"Продажи","SORT":"100","PARENT":"1","UF_HEAD":"7"})"), notes);
  EXPECT_EQ(child->parent_id, "1");
  EXPECT_EQ(child->head_user_id, "7");
  EXPECT_EQ(child->sort, 100);
}

TEST(DecodeStatus, StagesKeepPipelinesSemanticsAndPrefixes) {
  Reading reading;
  DecodeNotes notes;
  SourceBatch out;
  for (
      const char* row :
      {R"({"ENTITY_ID":"DEAL_STAGE","STATUS_ID":"NEW","NAME":"Новая","SORT":"10","SEMANTICS":null,"COLOR":"#39A8EF"})",
       R"({"ENTITY_ID":"DEAL_STAGE_5","STATUS_ID":"C5:WON","NAME":"Успех","SORT":"50","SEMANTICS":"S","EXTRA":{"SEMANTICS":"success","COLOR":"#0f0"}})",
       R"({"ENTITY_ID":"DEAL_STAGE_5","STATUS_ID":"APOLOGY","NAME":"Дорого","SORT":"60","SEMANTICS":"F"})",
       R"({"ENTITY_ID":"STATUS","STATUS_ID":"JUNK","NAME":"Брак","SORT":"90","EXTRA":{"SEMANTICS":"failure"}})",
       R"({"ENTITY_ID":"SOURCE","STATUS_ID":"CALL","NAME":"Звонок","SORT":"10"})",
       R"({"ENTITY_ID":"CONTACT_TYPE","STATUS_ID":"OTHER","NAME":"Другое","SORT":"10"})",
       R"({"ENTITY_ID":"COMPANY_TYPE","STATUS_ID":"OTHER","NAME":"Прочее","SORT":"10"})",
       R"({"ENTITY_ID":"HONORIFIC","STATUS_ID":"1","NAME":"Г-н"})"}) {
    DecodeStatus(J(row), reading, out, notes);
  }
  ASSERT_EQ(out.stages.size(), 4U);
  EXPECT_EQ(out.stages[0].pipeline_id, "0");
  EXPECT_EQ(out.stages[0].semantic, 'P');
  EXPECT_EQ(out.stages[0].color, "#39A8EF");
  EXPECT_EQ(out.stages[1].pipeline_id, "5");
  EXPECT_EQ(out.stages[1].semantic, 'S');
  EXPECT_EQ(out.stages[1].color, "#0f0");
  EXPECT_EQ(out.stages[2].id, "C5:APOLOGY");
  EXPECT_EQ(out.stages[3].entity, "lead");
  EXPECT_EQ(out.stages[3].semantic, 'F');
  // Failure stages double as reasons of loss; leads' and deals' codes do not meet.
  std::vector<std::string> dictionary;
  for (const auto& row : out.dictionary) dictionary.push_back(row.kind + "/" + row.id + "/" + row.name);
  EXPECT_EQ(dictionary,
            (std::vector<std::string>{"loss_reason/C5:APOLOGY/Дорого", "loss_reason/lead:JUNK/Брак",
                                      "source/CALL/Звонок", "client_type/OTHER/Другое"}));
}

TEST(DecodeRate, IsUnitsOfTheBaseForOne) {
  DecodeNotes notes;
  EXPECT_EQ(
      DecodeRate(J(R"({"CURRENCY":"RUB","AMOUNT_CNT":"1","AMOUNT":"1.0000","BASE":"Y"})"), Day{1}, notes)
          ->rate,
      "1");
  EXPECT_EQ(
      DecodeRate(J(R"({"CURRENCY":"KZT","AMOUNT_CNT":"100","AMOUNT":"18.3400","BASE":"N"})"), Day{1}, notes)
          ->rate,
      "0.18340000");
  EXPECT_FALSE(DecodeRate(J(R"({"CURRENCY":"XXX","AMOUNT_CNT":"0","AMOUNT":"1"})"), Day{1}, notes));
  EXPECT_EQ(notes.notes().size(), 1U);
}

TEST(DecodeField, TypesLabelsAndOptions) {
  DecodeNotes notes;
  const auto list = DecodeField(
      J(R"({"ID":"1","FIELD_NAME":"UF_CRM_1","USER_TYPE_ID":"enumeration","MULTIPLE":"Y","EDIT_FORM_LABEL":"Канал",
      "LIST":[{"ID":"31","VALUE":"Сайт","SORT":"10"},{"ID":"32","VALUE":"Выставка","SORT":"20"}]})"),
      "deal", notes);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->type, "enum");
  EXPECT_EQ(list->title, "Канал");
  EXPECT_TRUE(list->multiple);
  ASSERT_EQ(list->options.size(), 2U);
  EXPECT_EQ(list->options[1].label, "Выставка");
  EXPECT_EQ(
      DecodeField(
          J(R"({"FIELD_NAME":"UF_X","USER_TYPE_ID":"money","EDIT_FORM_LABEL":{"en":"Cost","ru":"Себестоимость"}})"),
          "deal", notes)
          ->title,
      "Себестоимость");
  EXPECT_EQ(DecodeField(J(R"({"FIELD_NAME":"UF_X","USER_TYPE_ID":"datetime"})"), "deal", notes)->type,
            "date");
  EXPECT_EQ(DecodeField(J(R"({"FIELD_NAME":"UF_X","USER_TYPE_ID":"datetime"})"), "deal", notes)->title,
            "UF_X");
  EXPECT_FALSE(DecodeField(J(R"({"FIELD_NAME":"UF_F","USER_TYPE_ID":"file"})"), "deal", notes));
}

Reading WithFields() {
  Reading reading;
  reading.field_types["deal"] = {{"UF_CRM_1", "enum"},     {"UF_CRM_2", "money"},  {"UF_CRM_3", "flag"},
                                 {"UF_CRM_4", "date"},     {"UF_CRM_5", "number"}, {"UF_CRM_6", "text"},
                                 {"UF_CRM_7", "reference"}};
  return reading;
}

TEST(DecodeDeal, TheSampleOfTheSheet) {
  DecodeNotes notes;
  const auto deal = DecodeDeal(
      J(R"({"ID":"42","TITLE":"Roof","CATEGORY_ID":"5","STAGE_ID":"C5:WON","STAGE_SEMANTIC_ID":"S","CLOSED":"Y","OPPORTUNITY":"120000.00","CURRENCY_ID":"RUB",
     "ASSIGNED_BY_ID":"7","CREATED_BY_ID":"0","MOVED_BY_ID":"7","MOVED_TIME":"2026-08-20T12:30:00+03:00","DATE_CREATE":"2026-08-01T10:00:00+03:00",
     "CLOSEDATE":"2026-08-08T03:00:00+03:00","LEAD_ID":null,"COMPANY_ID":"0","CONTACT_ID":"9","UTM_SOURCE":"yandex","UTM_MEDIUM":null,"PROBABILITY":"70","IS_RETURN_CUSTOMER":"N",
     "UF_CRM_1":["31","32"],"UF_CRM_2":"100.50|RUB","UF_CRM_3":true,"UF_CRM_4":"2026-09-01T03:00:00+03:00","UF_CRM_5":"12.5","UF_CRM_6":"[b]hi[/b]","UF_CRM_7":false})"),
      WithFields(), notes);
  ASSERT_TRUE(deal);
  EXPECT_EQ(deal->id, "42");
  EXPECT_EQ(deal->pipeline_id, "5");
  EXPECT_EQ(deal->amount->ToString(), "120000.00");
  EXPECT_EQ(deal->creator_id, "0");
  EXPECT_EQ(deal->mover_id, "7");
  EXPECT_EQ(deal->created_at, At("2026-08-01T07:00:00Z"));
  EXPECT_EQ(deal->planned_close, MakeDay(2026, 8, 8));
  EXPECT_EQ(deal->closed_at, std::nullopt);  // the portal never says when a deal was closed
  EXPECT_EQ(deal->lead_id, std::nullopt);
  EXPECT_EQ(deal->company_id, std::nullopt);
  EXPECT_EQ(deal->probability, 70);
  EXPECT_EQ(deal->utm.source, "yandex");
  EXPECT_EQ(deal->utm.medium, std::nullopt);
  EXPECT_EQ(deal->loss_reason_id, std::nullopt);
  ASSERT_EQ(deal->clients.size(), 1U);
  EXPECT_EQ(deal->clients[0].client_id, "contact:9");
  ASSERT_EQ(deal->custom.size(), 7U);
  EXPECT_EQ(deal->custom[0].text, "31");
  EXPECT_EQ(deal->custom[1].text, "32");
  EXPECT_EQ(deal->custom[2].money->ToString(), "100.50");
  EXPECT_EQ(deal->custom[3].text, "Y");
  EXPECT_EQ(deal->custom[4].day, MakeDay(2026, 9, 1));
  EXPECT_EQ(deal->custom[5].number, 12.5);
  EXPECT_EQ(deal->custom[6].text, "hi");
  EXPECT_TRUE(notes.notes().empty());
}

TEST(DecodeDeal, TemplatesAreDroppedAndNothingMeansCategoryZero) {
  DecodeNotes notes;
  EXPECT_FALSE(DecodeDeal(J(R"({"ID":"1","IS_RECURRING":"Y"})"), {}, notes));
  EXPECT_EQ(DecodeDeal(J(R"({"ID":"1","CATEGORY_ID":null})"), {}, notes)->pipeline_id, "0");
  EXPECT_FALSE(DecodeDeal(J(R"({"TITLE":"no id"})"), {}, notes));
}

TEST(DecodeDeal, UnknownAmountIsNotZero) {
  DecodeNotes notes;
  EXPECT_EQ(DecodeDeal(J(R"({"ID":"1","OPPORTUNITY":"0.00"})"), {}, notes)->amount, std::nullopt);
  EXPECT_EQ(DecodeDeal(J(R"({"ID":"1","OPPORTUNITY":null})"), {}, notes)->amount, std::nullopt);
  EXPECT_EQ(DecodeDeal(J(R"({"ID":"1","OPPORTUNITY":"-5"})"), {}, notes)->amount->ToString(), "-5.00");
  EXPECT_EQ(DecodeDeal(J(R"({"ID":"1","OPPORTUNITY":"many"})"), {}, notes)->amount, std::nullopt);
  ASSERT_TRUE(notes.notes().contains("OPPORTUNITY"));
  EXPECT_EQ(notes.ToDiagnostics()[0].code, "odd_value");
}

TEST(DecodeDeal, TheReasonOfLossIsTheStageOrAField) {
  DecodeNotes notes;
  const json::value lost = J(R"({"ID":"1","STAGE_ID":"C5:APOLOGY","STAGE_SEMANTIC_ID":"F","UF_CRM_1":"31"})");
  EXPECT_EQ(DecodeDeal(lost, {}, notes)->loss_reason_id, "C5:APOLOGY");
  Reading by_field;
  by_field.loss_reason = "field:UF_CRM_1";
  EXPECT_EQ(DecodeDeal(lost, by_field, notes)->loss_reason_id, "31");
  Reading none;
  none.loss_reason = "";
  EXPECT_EQ(DecodeDeal(lost, none, notes)->loss_reason_id, std::nullopt);
}

TEST(DecodeDeal, ContactsOfAnOldBoxMayAllBePrimary) {
  const json::value rows = J(
      R"([{"CONTACT_ID":"9","SORT":"10","ROLE_ID":"0","IS_PRIMARY":"Y"},{"CONTACT_ID":11,"SORT":20,"ROLE_ID":0,"IS_PRIMARY":"Y"},{"SORT":30}])");
  DealRow deal;
  deal.contact_id = "contact:9";
  deal.clients = {{"contact:9", true}};
  AddContacts(deal, DecodeContactLinks(ListRows(rows)));
  ASSERT_EQ(deal.clients.size(), 2U);
  EXPECT_EQ(deal.clients[1].client_id, "contact:11");
  EXPECT_FALSE(deal.clients[1].is_primary);
}

TEST(DecodeDeal, FurtherContactsJoinTheMainOne) {
  DecodeNotes notes;
  auto deal = DecodeDeal(J(R"({"ID":"42","COMPANY_ID":"5","CONTACT_ID":"9"})"), {}, notes);
  const json::value rows = J(R"([{"id":42,"contactIds":[9,11]},{"id":43,"contactIds":[]}])");
  const auto contacts = DecodeContactIds(ListRows(rows));
  AddContacts(*deal, contacts.at("42"));
  std::vector<std::pair<std::string, bool>> clients;
  for (const auto& client : deal->clients) clients.emplace_back(client.client_id, client.is_primary);
  EXPECT_EQ(clients, (std::vector<std::pair<std::string, bool>>{
                         {"company:5", true}, {"contact:9", true}, {"contact:11", false}}));
}

/// The sheet's sample of one deal in both dialects (crm.deal.list, crm.item.list), and what it says.
TEST(DecodeDeal, BothDialectsTellTheSame) {
  Reading reading;
  reading.field_types["deal"] = {{"UF_CRM_1700000001", "enum"}, {"UF_CRM_3_DIGIT", "money"}};
  reading.item_names["deal"] = {{"UF_CRM_1700000001", "ufCrm_1700000001"}, {"UF_CRM_3_DIGIT", "ufCrm3Digit"}};
  DecodeNotes notes;
  const auto item = DecodeDeal(
      J(R"({"id":42,"title":"Roof","categoryId":5,"stageId":"C5:LOSE","stageSemanticId":"F","closed":"Y",
      "opportunity":120000,"currencyId":"RUB","assignedById":7,"createdBy":1,"createdTime":"2026-08-01T10:00:00+03:00",
      "updatedTime":"2026-08-20T12:30:00+03:00","movedTime":"2026-08-20T12:30:00+03:00","movedBy":7,
      "closedate":"2026-08-08T03:00:00+03:00","companyId":0,"contactId":9,"contactIds":[9,11],"observers":[],
      "leadId":null,"sourceId":"WEB","utmSource":"yandex","utmMedium":null,"isReturnCustomer":"N","isRecurring":"N",
      "ufCrm_1700000001":["31",32],"ufCrm3Digit":"100|RUB"})"),
      reading, notes);
  auto legacy = DecodeDeal(
      J(R"({"ID":"42","TITLE":"Roof","CATEGORY_ID":"5","STAGE_ID":"C5:LOSE","STAGE_SEMANTIC_ID":"F","CLOSED":"Y",
      "OPPORTUNITY":"120000.00","CURRENCY_ID":"RUB","ASSIGNED_BY_ID":"7","CREATED_BY_ID":"1",
      "DATE_CREATE":"2026-08-01T10:00:00+03:00","DATE_MODIFY":"2026-08-20T12:30:00+03:00",
      "MOVED_TIME":"2026-08-20T12:30:00+03:00","MOVED_BY_ID":"7","CLOSEDATE":"2026-08-08T03:00:00+03:00",
      "COMPANY_ID":"0","CONTACT_ID":"9","LEAD_ID":null,"SOURCE_ID":"WEB","UTM_SOURCE":"yandex","UTM_MEDIUM":null,
      "IS_RETURN_CUSTOMER":"N","IS_RECURRING":"N","UF_CRM_1700000001":["31","32"],"UF_CRM_3_DIGIT":"100|RUB"})"),
      reading, notes);
  ASSERT_TRUE(item && legacy);
  AddContacts(*legacy, {"9", "11"});
  for (const DealRow& deal : {*item, *legacy}) {
    EXPECT_EQ(deal.id, "42");
    EXPECT_EQ(deal.title, "Roof");
    EXPECT_EQ(deal.pipeline_id, "5");
    EXPECT_EQ(deal.stage_id, "C5:LOSE");
    EXPECT_EQ(deal.loss_reason_id, "C5:LOSE");
    EXPECT_EQ(deal.amount->ToString(), "120000.00");
    EXPECT_EQ(deal.currency, "RUB");
    EXPECT_EQ(deal.owner_id, "7");
    EXPECT_EQ(deal.creator_id, "1");
    EXPECT_EQ(deal.mover_id, "7");
    EXPECT_EQ(deal.lead_id, std::nullopt);
    EXPECT_EQ(deal.company_id, std::nullopt);
    EXPECT_EQ(deal.contact_id, "9");
    EXPECT_EQ(deal.source_id, "WEB");
    EXPECT_EQ(deal.utm.source, "yandex");
    EXPECT_EQ(deal.utm.medium, std::nullopt);
    EXPECT_EQ(deal.is_return_customer, false);
    EXPECT_EQ(deal.created_at, At("2026-08-01T07:00:00Z"));
    EXPECT_EQ(deal.modified_at, At("2026-08-20T09:30:00Z"));
    EXPECT_EQ(deal.moved_at, At("2026-08-20T09:30:00Z"));
    EXPECT_EQ(deal.planned_close, MakeDay(2026, 8, 8));
    ASSERT_EQ(deal.clients.size(), 2U);
    EXPECT_EQ(deal.clients[0].client_id, "contact:9");
    EXPECT_TRUE(deal.clients[0].is_primary);
    EXPECT_EQ(deal.clients[1].client_id, "contact:11");
    EXPECT_FALSE(deal.clients[1].is_primary);
    ASSERT_EQ(deal.custom.size(), 3U);
    EXPECT_EQ(deal.custom[1].field_id, "UF_CRM_1700000001");
    EXPECT_EQ(deal.custom[1].text, "32");
    EXPECT_EQ(deal.custom[2].field_id, "UF_CRM_3_DIGIT");
    EXPECT_EQ(deal.custom[2].money->ToString(), "100.00");
  }
  EXPECT_TRUE(notes.notes().empty());
}

TEST(DecodeClients, PhonesAndTypesOfCrmItem) {
  DecodeNotes notes;
  const auto lead = DecodeLead(
      J(R"({"id":5,"title":"Call me","stageId":"JUNK","stageSemanticId":"F","dateClosed":"2026-08-02T09:00:00+03:00",
      "opportunity":0,"fm":[{"id":1,"typeId":"EMAIL","valueType":"WORK","value":"a@b"},
      {"id":5,"typeId":"PHONE","valueType":"WORK","value":"8 999 000 00 00"}]})"),
      {}, notes);
  ASSERT_TRUE(lead);
  EXPECT_EQ(lead->stage_id, "JUNK");
  EXPECT_EQ(lead->loss_reason_id, "lead:JUNK");
  EXPECT_EQ(lead->closed_at, At("2026-08-02T06:00:00Z"));
  EXPECT_EQ(lead->amount, std::nullopt);
  EXPECT_EQ(lead->phone, "79990000000");
  const auto company = DecodeCompany(
      J(R"({"id":4,"title":"Мы","typeId":"CUSTOMER","industry":"IT","isMyCompany":"Y"})"), {}, notes);
  ASSERT_TRUE(company);
  EXPECT_TRUE(company->is_own);
  EXPECT_EQ(company->client_type_id, "CUSTOMER");
  const auto contact = DecodeContact(
      J(R"({"id":9,"name":"Иван","secondName":null,"lastName":"Петров","companyId":4,"typeId":"CLIENT"})"),
      {}, notes);
  ASSERT_TRUE(contact);
  EXPECT_EQ(contact->name, "Иван Петров");
  EXPECT_EQ(contact->company_id, "company:4");
}

TEST(DecodeField, CrmItemNamesFieldsByTheirUpperName) {
  DecodeNotes notes;
  const json::value result = J(R"({"fields":{"id":{"type":"integer","upperName":"ID"},
    "ufCrm3Digit":{"type":"double","upperName":"UF_CRM_3_DIGIT","title":"Площадь","isMultiple":false},
    "ufCrm_17":{"type":"enumeration","upperName":"UF_CRM_17","title":"Город","isMultiple":true,
                "items":[{"ID":"31","VALUE":"Омск"}]},
    "ufCrm_18":{"type":"file","upperName":"UF_CRM_18","title":"Скан"}}})");
  EXPECT_EQ(DecodeItemNames(result),
            (std::map<std::string, std::string>{
                {"UF_CRM_3_DIGIT", "ufCrm3Digit"}, {"UF_CRM_17", "ufCrm_17"}, {"UF_CRM_18", "ufCrm_18"}}));
  const auto fields = DecodeItemFields(result, "deal", notes);
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields[0].id, "UF_CRM_3_DIGIT");
  EXPECT_EQ(fields[0].type, "number");
  EXPECT_EQ(fields[1].title, "Город");
  EXPECT_TRUE(fields[1].multiple);
  ASSERT_EQ(fields[1].options.size(), 1U);
  EXPECT_EQ(fields[1].options[0].label, "Омск");
}

TEST(DecodeProduct, AmountIsPriceTimesQuantity) {
  DecodeNotes notes;
  std::string owner;
  const auto line = DecodeProduct(
      J(R"({"id":1,"ownerId":42,"ownerType":"D","productId":0,"productName":"Лист","price":100.5,"quantity":3})"),
      owner, notes);
  ASSERT_TRUE(line);
  EXPECT_EQ(owner, "42");
  EXPECT_EQ(line->product_id, std::nullopt);
  EXPECT_EQ(line->amount->ToString(), "301.50");
}

TEST(DecodeLead, TheSampleOfTheSheet) {
  DecodeNotes notes;
  const auto lead = DecodeLead(
      J(R"({"ID":"5","TITLE":"Call me","STATUS_ID":"JUNK","STATUS_SEMANTIC_ID":"F","DATE_CLOSED":"2026-08-02T09:00:00+03:00","COMPANY_ID":"0","CONTACT_ID":"9",
      "OPPORTUNITY":"0.00","SOURCE_ID":"CALL","PHONE":[{"ID":"5","VALUE_TYPE":"WORK","VALUE":"8 (999) 000-00-00","TYPE_ID":"PHONE"}]})"),
      {}, notes);
  ASSERT_TRUE(lead);
  EXPECT_EQ(lead->pipeline_id, "lead");
  EXPECT_EQ(lead->closed_at, At("2026-08-02T06:00:00Z"));
  EXPECT_EQ(lead->contact_id, "9");
  EXPECT_EQ(lead->phone, "79990000000");
  EXPECT_EQ(lead->loss_reason_id, "lead:JUNK");
  EXPECT_EQ(DecodeLead(J(R"({"ID":"6","DATE_CLOSED":""})"), {}, notes)->closed_at, std::nullopt);
  EXPECT_TRUE(notes.notes().empty());
}

TEST(DecodeClients, OwnCompaniesAreMarked) {
  DecodeNotes notes;
  const auto company = DecodeCompany(
      J(R"({"ID":"5","TITLE":"ООО «Ромашка»","COMPANY_TYPE":"CUSTOMER","IS_MY_COMPANY":"Y"})"), {}, notes);
  EXPECT_EQ(company->id, "company:5");
  EXPECT_TRUE(company->is_own);
  const auto contact =
      DecodeContact(J(R"({"ID":"9","NAME":"Иван","LAST_NAME":"Петров","COMPANY_ID":"5"})"), {}, notes);
  EXPECT_EQ(contact->name, "Иван Петров");
  EXPECT_EQ(contact->company_id, "company:5");
}

TEST(DecodeStageEvent, NumbersInBothShapes) {
  DecodeNotes notes;
  const auto event = DecodeStageEvent(
      J(R"({"ID":"955","TYPE_ID":3,"OWNER_ID":"42","CREATED_TIME":"2026-08-20T12:30:00+03:00","CATEGORY_ID":5,"STAGE_SEMANTIC_ID":"S","STAGE_ID":"C5:WON"})"),
      "deal", notes);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, 3);
  EXPECT_EQ(event->pipeline_id, "5");
  EXPECT_EQ(event->semantic, "S");
  const auto lead = DecodeStageEvent(
      J(R"({"ID":1,"TYPE_ID":"1","OWNER_ID":5,"CREATED_TIME":"2026-08-20T12:30:00+03:00","STATUS_ID":"NEW"})"),
      "lead", notes);
  EXPECT_EQ(lead->pipeline_id, "lead");
  EXPECT_FALSE(lead->semantic);
  EXPECT_FALSE(DecodeStageEvent(J(R"({"ID":1,"OWNER_ID":5})"), "deal", notes));
}

TEST(DecodeActivity, ACallHasDirectionAndDuration) {
  DecodeNotes notes;
  const auto call = DecodeActivity(
      J(R"({"ID":"310","OWNER_TYPE_ID":"2","OWNER_ID":"42","TYPE_ID":"2","PROVIDER_ID":"VOXIMPLANT_CALL","PROVIDER_TYPE_ID":"CALL","SUBJECT":"Outgoing","DIRECTION":"2",
     "COMPLETED":"Y","STATUS":"2","RESPONSIBLE_ID":"7","CREATED":"2026-08-02T11:00:00+03:00","LAST_UPDATED":"2026-08-02T11:04:00+03:00","START_TIME":"2026-08-02T11:00:00+03:00",
     "END_TIME":"2026-08-02T11:03:10+03:00","SETTINGS":[],"PROVIDER_DATA":null,"BINDINGS":[{"OWNER_TYPE_ID":"2","OWNER_ID":"42"},{"OWNER_TYPE_ID":3,"OWNER_ID":9},{"OWNER_TYPE_ID":"177","OWNER_ID":"1"}]})"),
      {}, notes);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->id, "act:310");
  EXPECT_EQ(call->kind, "call");
  EXPECT_EQ(call->direction, "out");
  EXPECT_EQ(call->duration_s, 190);
  EXPECT_EQ(call->missed, std::nullopt);
  EXPECT_TRUE(call->completed);
  EXPECT_EQ(call->happened_at, At("2026-08-02T08:00:00Z"));
  ASSERT_EQ(call->bindings.size(), 2U);
  EXPECT_EQ(call->bindings[1].entity, "contact");
}

TEST(DecodeActivity, MissedAutomaticAndPlanned) {
  DecodeNotes notes;
  const auto missed = DecodeActivity(
      J(R"({"ID":1,"TYPE_ID":2,"DIRECTION":1,"COMPLETED":"N","STATUS":"1","START_TIME":"2026-08-02T11:00:00+03:00","END_TIME":"2026-08-02T11:00:20+03:00","SETTINGS":{"MISSED_CALL":true}})"),
      {}, notes);
  EXPECT_EQ(missed->missed, true);
  EXPECT_EQ(missed->duration_s, 0);
  const auto robot = DecodeActivity(
      J(R"({"ID":2,"TYPE_ID":6,"PROVIDER_ID":"CRM_TODO","COMPLETED":"Y","STATUS":"3","LAST_UPDATED":"2026-08-02T11:00:00+03:00"})"),
      {}, notes);
  EXPECT_EQ(robot->kind, "task");
  EXPECT_TRUE(robot->auto_completed);
  const auto planned = DecodeActivity(
      J(R"({"ID":3,"TYPE_ID":1,"PROVIDER_ID":"CRM_MEETING","COMPLETED":"N","STATUS":"1","START_TIME":"2026-09-02T11:00:00+03:00","END_TIME":"2026-09-02T12:00:00+03:00","DEADLINE":"9999-12-31T00:00:00+03:00"})"),
      {}, notes);
  EXPECT_FALSE(planned->completed);
  EXPECT_EQ(planned->happened_at, std::nullopt);
  EXPECT_EQ(planned->deadline_at, At("2026-09-02T09:00:00Z"));
}

TEST(DecodeActivity, TheShadowOfATaskIsTheTask) {
  DecodeNotes notes;
  const json::value row =
      J(R"({"ID":4,"TYPE_ID":3,"PROVIDER_ID":"CRM_TASKS_TASK","ASSOCIATED_ENTITY_ID":"77","COMPLETED":"N"})");
  EXPECT_FALSE(DecodeActivity(row, {}, notes));
  Reading without_tasks;
  without_tasks.tasks_readable = false;
  EXPECT_EQ(DecodeActivity(row, without_tasks, notes)->id, "task:77");
}

TEST(DecodeActivity, KindsByTypeProviderAndSubtype) {
  DecodeNotes notes;
  struct Case {
    const char *type, *provider, *subtype, *kind;
  };
  const Case kCases[] = {{"1", "CRM_MEETING", "MEETING", "meeting"},
                         {"2", "VOXIMPLANT_CALL", "CALL", "call"},
                         {"3", "CRM_TASKS_TASK", "TASK", "task"},
                         {"4", "CRM_EMAIL", "EMAIL", "email"},
                         {"6", "CRM_EMAIL", "", "email"},
                         {"6", "VOXIMPLANT_CALL", "", "call"},
                         {"6", "CRM_TODO", "TODO", "task"},
                         {"6", "CRM_TASKS_TASK", "TASK", "task"},
                         {"6", "CRM_TASKS_TASK_COMMENT", "", "other"},
                         {"6", "IMOPENLINES_SESSION", "1", "message"},
                         {"6", "CRM_SMS", "SMS", "message"},
                         {"6", "CRM_NOTIFICATION", "", "message"},
                         {"6", "VISIT_TRACKER", "VISIT", "meeting"},
                         {"6", "ZOOM", "ZOOM_CONF_START", "meeting"},
                         {"6", "CRM_CALENDAR_SHARING", "", "meeting"},
                         {"6", "CALL_LIST", "", "other"},
                         {"6", "CRM_WEBFORM", "CRM_WEBFORM", "other"},
                         {"6", "CONFIGURABLE_REST_APP", "CONFIGURABLE", "other"},
                         {"6", "REST_APP", "delivery_of_samples", "other"},
                         {"6", "REST_APP", "my_call", "call"},
                         {"6", "REST_APP", "WhatsApp_chat", "message"},
                         {"6", "", "", "other"}};
  for (const Case& one : kCases) {
    json::object row{
        {"ID", 1}, {"TYPE_ID", one.type}, {"PROVIDER_ID", one.provider}, {"PROVIDER_TYPE_ID", one.subtype}};
    EXPECT_EQ(DecodeActivity(row, {}, notes)->kind, one.kind) << one.provider << " " << one.subtype;
  }
}

TEST(DecodeCall, TheSampleOfTheSheetAndFailures) {
  DecodeNotes notes;
  const auto call = DecodeCall(
      J(R"({"ID":"77","PORTAL_USER_ID":"7","PHONE_NUMBER":"+79990000000","CALL_TYPE":"1","CALL_DURATION":"190",
            "CALL_START_DATE":"2026-08-02T11:00:00+03:00","CALL_FAILED_CODE":"200","CRM_ENTITY_TYPE":"CONTACT",
            "CRM_ENTITY_ID":"9","CRM_ACTIVITY_ID":"310","COST":"0.0000","CALL_VOTE":null})"),
      notes);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->activity_id, "act:310");
  EXPECT_EQ(call->direction, "out");
  EXPECT_EQ(call->duration_s, 190);
  EXPECT_EQ(call->missed, false);
  EXPECT_EQ(call->phone, "79990000000");
  EXPECT_EQ(call->started_at, At("2026-08-02T08:00:00Z"));
  EXPECT_EQ(call->entity, "contact");
  EXPECT_EQ(call->card_id, "9");
  // Who calls out misses nothing; a redirected call that nobody took is missed; without a code nobody knows.
  const auto missed = [&](const char* row) { return DecodeCall(J(row), notes)->missed; };
  EXPECT_EQ(missed(R"({"ID":1,"CALL_TYPE":3,"CALL_FAILED_CODE":"304"})"), true);
  EXPECT_EQ(missed(R"({"ID":1,"CALL_TYPE":1,"CALL_FAILED_CODE":"603-S"})"), false);
  EXPECT_EQ(missed(R"({"ID":1,"CALL_TYPE":2})"), std::nullopt);
  EXPECT_FALSE(DecodeCall(J(R"({"CALL_TYPE":2})"), notes));
}

TEST(DecodeTask, BindsByPrefixedIds) {
  DecodeNotes notes;
  const auto task = DecodeTask(
      J(R"({"id":"9","title":"Позвонить","status":"5","createdBy":"1","responsibleId":"7","createdDate":"2026-08-01T10:00:00+03:00","changedDate":"2026-08-02T10:00:00+03:00",
      "closedDate":"2026-08-02T09:00:00+03:00","deadline":null,"ufCrmTask":["D_10","L_4","C_7","CO_5","T_1"]})"),
      notes);
  ASSERT_TRUE(task);
  EXPECT_EQ(task->id, "task:9");
  EXPECT_TRUE(task->completed);
  EXPECT_EQ(task->happened_at, At("2026-08-02T06:00:00Z"));
  std::vector<std::string> bindings;
  for (const auto& binding : task->bindings) bindings.push_back(binding.entity + binding.card_id);
  EXPECT_EQ(bindings, (std::vector<std::string>{"deal10", "lead4", "contact7", "company5"}));
  EXPECT_TRUE(DecodeTask(J(R"({"id":"9","status":"4","ufCrmTask":false})"), notes)->bindings.empty());
}

TEST(DecodeComment, IsPlainTextOfACard) {
  DecodeNotes notes;
  const auto comment = DecodeComment(
      J(R"({"ID":"3","ENTITY_ID":42,"ENTITY_TYPE":"deal","CREATED":"2026-08-02T10:00:00+03:00","COMMENT":"[B]Перезвонить[/B] завтра","AUTHOR_ID":"7"})"),
      notes);
  ASSERT_TRUE(comment);
  EXPECT_EQ(comment->id, "comment:3");
  EXPECT_EQ(comment->text, "Перезвонить завтра");
  EXPECT_EQ(comment->bindings[0].entity, "deal");
}

}  // namespace
}  // namespace svodka::crm::bitrix24
