// Payments and people of an emulated account, against the emulator's own books (which never pass through its
// API).
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "bitrix24/emulator_process.hpp"
#include "sync/amo_sync.hpp"

namespace svodka::amocrm_test {
namespace {

using warehouse::Warehouse;

class AmoBooks : public testing::Test {
 protected:
  void Load() {
    emulator_ = std::make_unique<bitrix24_test::EmulatorProcess>(std::vector<std::string>{
        "--crm", "amocrm", "--deals", "1000", "--seed", "5", "--today", "2026-03-31", "--limits-off"});
    transport_ = crm::MakeCurlTransport();
    warehouse_ = Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
    sync::AmoSettings settings;
    settings.address = crm::OriginOf(emulator_->webhook().substr(0, emulator_->webhook().find(' ')));
    settings.portal_id = "demo";
    const json::value truth = emulator_->Get("/_truth");
    for (const json::value& id : truth.at("lead_pipelines").as_array())
      settings.lead_pipelines.insert(std::to_string(id.to_number<int64_t>()));
    sync_ = sync::MakeAmoSync(settings, sync::MakeFixedToken("emulator-token"), *transport_, clock_, pauser_,
                              std::make_shared<sync::RateLimiter>(sync::RateLimiter::Settings{0, 1}, clock_),
                              *warehouse_)
                .value();
    const auto run = sync_->RunFirstLoad();
    ASSERT_TRUE(run.ok()) << ToString(run.error());
  }
  std::string One(const std::string& sql) {
    auto rows = warehouse_->Query(sql);
    if (!rows.ok()) return ToString(rows.error());
    if (rows->rows.empty()) return "no rows";
    const Value& cell = rows->rows.at(0).at(0);
    if (const auto* number = std::get_if<int64_t>(&cell)) return std::to_string(*number);
    if (const auto* money = std::get_if<Money>(&cell)) return money->ToString();
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    if (const auto* flag = std::get_if<bool>(&cell)) return *flag ? "true" : "false";
    return "null";
  }
  /// Sum of the parts of payments of the deals that are there.
  std::string Sum(const std::string& condition) {
    return One(
        "SELECT coalesce(sum(p.amount), 0)::DECIMAL(18, 2) FROM payment_part p JOIN deal d ON d.id = "
        "p.deal_id AND "
        "d.deleted_at IS NULL WHERE " +
        condition);
  }
  json::value Api(const std::string& path) {
    crm::HttpRequest request;
    request.url = crm::OriginOf(emulator_->webhook()) + path;
    request.headers = {"Authorization: Bearer emulator-token"};
    auto answer = transport_->Send(request, {});
    return ParseJson(answer.value().body).value();
  }
  std::string Field(const std::string& title) {
    return One("SELECT id FROM custom_field WHERE entity = 'deal' AND title = '" + title + "'");
  }

  /// Every customer, column by column, as the account lists it now.
  void ExpectSameCustomers() {
    std::map<std::string, std::string> theirs, ours;
    for (int page = 1; page < 100; ++page) {
      const json::value list = Api("/api/v4/customers?with=contacts&limit=250&page=" + std::to_string(page));
      for (const json::value& row : list.at("_embedded").at("customers").as_array()) {
        const auto number = [&](const char* name) {
          return std::to_string(row.at(name).to_number<int64_t>());
        };
        theirs[number("id")] =
            std::string(row.at("name").as_string()) + " | " + number("responsible_user_id") + " | " +
            number("status_id") + " | " + number("next_date") + " | " + number("next_price") + " | " +
            number("purchases_count") + " | " + number("ltv") + " | " + number("created_at") + " | " +
            number("updated_at") + " | contact:" +
            std::to_string(row.at("_embedded").at("contacts").as_array().at(0).at("id").to_number<int64_t>());
      }
      if (!list.at("_links").as_object().contains("next")) break;
    }
    const auto rows = warehouse_->Query(
        "SELECT id, concat_ws(' | ', name, owner_id, status_id, epoch(next_at)::BIGINT, "
        "next_amount::BIGINT, purchases, purchased_amount::BIGINT, epoch(created_at)::BIGINT, "
        "epoch(modified_at)::BIGINT, client_id) FROM customer WHERE deleted_at IS NULL");
    ASSERT_TRUE(rows.ok()) << ToString(rows.error());
    for (const auto& row : rows->rows) ours[std::get<std::string>(row[0])] = std::get<std::string>(row[1]);
    EXPECT_GT(theirs.size(), 5U);
    EXPECT_EQ(ours, theirs);
  }

  SystemClock clock_;
  sync::SystemPauser pauser_;
  std::unique_ptr<bitrix24_test::EmulatorProcess> emulator_;
  std::unique_ptr<crm::HttpTransport> transport_;
  std::unique_ptr<Warehouse> warehouse_;
  std::unique_ptr<sync::PortalSync> sync_;
};

TEST_F(AmoBooks, PaymentsAreThoseOfTheBooks) {
  Load();
  const json::value books = emulator_->Get("/_truth").at("payments");
  const auto amount = [&](const char* name) { return std::string(books.at(name).as_string()); };
  EXPECT_EQ(Sum("p.id LIKE 'invoice:%' AND p.state = 'paid' AND p.id NOT LIKE '%:paid'"),
            amount("paid_amount"));
  // Nobody but people knows what has come of an invoice that is paid in part: it is that, and the rest is
  // expected.
  EXPECT_NE(amount("partly_paid_amount"), "0.00");
  EXPECT_EQ(Sum("p.id LIKE 'invoice:%:paid' AND p.state = 'paid'"), amount("partly_paid_amount"));
  EXPECT_EQ(Sum("p.id LIKE 'invoice:%' AND (p.state = 'planned' OR p.id LIKE '%:paid')"),
            amount("unpaid_amount"));
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM payment_part p JOIN deal d ON d.id = p.deal_id AND "
                "d.deleted_at IS NULL WHERE "
                "p.id LIKE 'invoice:%:paid'"),
            std::to_string(books.at("partially_paid").to_number<int64_t>()));
  std::map<std::string, std::string> months, ours;
  for (const json::value& row : books.at("months").as_array())
    months[std::string(row.at("month").as_string())] = std::string(row.at("paid_amount").as_string());
  const auto rows = warehouse_->Query(
      "SELECT strftime(c.date, '%Y-%m'), sum(p.amount)::DECIMAL(18, 2) FROM payment_part p JOIN deal d ON "
      "d.id = p.deal_id AND "
      "d.deleted_at IS NULL JOIN d_day c ON c.day = p.paid_day WHERE p.id LIKE 'invoice:%' AND p.id NOT LIKE "
      "'%:paid' GROUP BY "
      "1");
  ASSERT_TRUE(rows.ok()) << ToString(rows.error());
  for (const auto& row : rows->rows) ours[std::get<std::string>(row[0])] = std::get<Money>(row[1]).ToString();
  EXPECT_EQ(ours, months);
}

TEST_F(AmoBooks, FieldsThatAPersonCallsPaymentsArePayments) {
  Load();
  EXPECT_EQ(Sum("p.id LIKE 'field:%'"), "0.00");
  auto portal = warehouse_->portal();
  for (const char* number : {"1", "2"}) {
    const std::string head = std::string("Платёж ") + number;
    portal.fields["payment_paid"][Field(head + " сумма")] = Field(head + " дата факт");
    portal.fields["payment_due"][Field(head + " сумма")] = Field(head + " дата");
  }
  ASSERT_TRUE(warehouse_->Configure(portal).ok());
  // The company writes its first two invoices into these fields: where there are no more, both say the same.
  const std::string few =
      "p.deal_id IN (SELECT deal_id FROM payment WHERE id LIKE 'invoice:%' GROUP BY deal_id HAVING count(*) "
      "<= 2)";
  const std::string fields = " AND p.id LIKE 'field:%'",
                    invoices = " AND p.id LIKE 'invoice:%' AND p.id NOT LIKE '%:paid'";
  const std::string paid = Sum(few + fields + " AND p.state = 'paid'");
  EXPECT_NE(paid, "0.00");
  EXPECT_EQ(paid, Sum(few + invoices + " AND p.state = 'paid'"));
  EXPECT_EQ(Sum(few + fields),
            One("SELECT sum(p.amount)::DECIMAL(18, 2) FROM payment p JOIN deal d ON d.id = p.deal_id AND "
                "d.deleted_at IS NULL WHERE p.id LIKE 'invoice:%' AND " +
                few));
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM payment_part p WHERE id LIKE 'field:%' AND (due_day IS NULL OR "
                "(state = 'paid') <> "
                "(paid_day IS NOT NULL))"),
            "0");
  portal.fields.clear();
  ASSERT_TRUE(warehouse_->Configure(portal).ok());
  EXPECT_EQ(Sum("p.id LIKE 'field:%'"), "0.00");
}

TEST_F(AmoBooks, PurchasesOfCustomersBelongToClients) {
  Load();
  int64_t rubles = 0, count = 0;
  for (int page = 1; page < 100; ++page) {
    const json::value list = Api("/api/v4/customers/transactions?limit=250&page=" + std::to_string(page));
    for (const json::value& row : list.at("_embedded").at("transactions").as_array()) {
      rubles += row.at("price").to_number<int64_t>();
      ++count;
    }
    if (!list.at("_links").as_object().contains("next")) break;
  }
  ASSERT_GT(count, 10);
  const std::string ours =
      " FROM payment_part WHERE id LIKE 'transaction:%' AND state = 'paid' AND deal_id IS NULL AND paid_day "
      "IS NOT NULL AND client_id IN (SELECT id FROM client)";
  EXPECT_EQ(One("SELECT count(*)::BIGINT" + ours), std::to_string(count));
  EXPECT_EQ(One("SELECT sum(amount)::DECIMAL(18, 2)" + ours), Money::FromMinor(rubles * 100).ToString());
}

TEST_F(AmoBooks, CustomersAreThoseOfTheAccountRowByRow) {
  Load();
  ExpectSameCustomers();
  EXPECT_EQ(One("SELECT string_agg(id || ' ' || name, ', ' ORDER BY id) FROM dictionary WHERE kind = "
                "'customer_status'"),
            "5101 Недавняя покупка, 5102 Пора покупать");
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM customer c WHERE client_id NOT IN (SELECT id FROM client) OR "
                "NOT EXISTS (SELECT 1 FROM customer_client l WHERE l.customer_id = c.id AND l.client_id = "
                "c.client_id AND is_main)"),
            "0");
  // Two months later: new customers, new purchases, other statuses; the polls alone bring them.
  const std::string before = One("SELECT sum(purchases)::BIGINT FROM customer"),
                    statuses = One("SELECT sum(status_id::BIGINT)::BIGINT FROM customer");
  emulator_->Control({{"step_minutes", 60 * 24 * 60}});
  const auto run = sync_->PollOnce();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  EXPECT_NE(One("SELECT sum(purchases)::BIGINT FROM customer"), before);
  EXPECT_NE(One("SELECT sum(status_id::BIGINT)::BIGINT FROM customer"), statuses);
  ExpectSameCustomers();
}

TEST_F(AmoBooks, ACustomerWhoIsNoneAnyMoreGoesWithTheSweep) {
  Load();
  // With one of two purchases taken away nobody is a customer.
  const std::string id = One("SELECT id FROM customer WHERE purchases = 2 ORDER BY id LIMIT 1"),
                    deal =
                        One("SELECT d.id FROM deal d JOIN customer c ON c.client_id = 'contact:' || "
                            "split_part(d.contact_id, ':', 2) WHERE c.id = '" +
                            id + "' AND d.stage_id LIKE '%/142' AND d.deleted_at IS NULL LIMIT 1");
  emulator_->Control({{"delete", json::object{{"id", std::stoll(deal)}}}});
  const auto swept = sync_->Sweep();
  ASSERT_TRUE(swept.ok()) << ToString(swept.error());
  EXPECT_EQ(One("SELECT deleted_at IS NOT NULL FROM customer WHERE id = '" + id + "'"), "true");
  EXPECT_EQ(One("SELECT cause FROM tombstone WHERE entity = 'customer' AND card_id = '" + id + "'"),
            "deleted");
  ExpectSameCustomers();
}

TEST_F(AmoBooks, AnAccountWithoutCustomersIsReadAllTheSame) {
  Load();
  const std::string held = One("SELECT count(*)::BIGINT FROM customer WHERE deleted_at IS NULL");
  emulator_->Control({{"customers", false}, {"step_minutes", 600}});
  const auto run = sync_->PollOnce();
  ASSERT_TRUE(run.ok()) << ToString(run.error());
  // Switched off is not deleted.
  const auto swept = sync_->Sweep();
  ASSERT_TRUE(swept.ok()) << ToString(swept.error());
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM customer WHERE deleted_at IS NULL"), held);
}

TEST_F(AmoBooks, UsersHaveTheirGroupsRolesAndRights) {
  Load();
  const json::value users = Api("/api/v4/users?with=role,group&limit=250");
  int64_t admins = 0, with_role = 0, dismissed = 0;
  for (const json::value& user : users.at("_embedded").at("users").as_array()) {
    const std::string id = std::to_string(user.at("id").to_number<int64_t>());
    const json::value& rights = user.at("rights");
    const auto read = ParseJson(One("SELECT rights FROM user_rights WHERE user_id = '" + id + "'"));
    ASSERT_TRUE(read.ok()) << id;
    EXPECT_EQ(read->at("own"), rights);
    const bool admin = rights.at("is_admin").as_bool(), active = rights.at("is_active").as_bool();
    EXPECT_EQ(One("SELECT is_admin FROM user_rights WHERE user_id = '" + id + "'"), admin ? "true" : "false");
    EXPECT_EQ(One("SELECT active FROM crm_user WHERE id = '" + id + "'"), active ? "true" : "false");
    const json::array& roles = user.at("_embedded").at("roles").as_array();
    EXPECT_EQ(One("SELECT role FROM user_rights WHERE user_id = '" + id + "'"),
              roles.empty() ? "null" : std::string(roles.at(0).at("name").as_string()));
    EXPECT_EQ(read->at("role").is_null(), roles.empty());
    const json::value& group = rights.at("group_id");
    EXPECT_EQ(One("SELECT department_id FROM user_department WHERE user_id = '" + id + "' AND ordinal = 0"),
              group.is_null() ? "0" : std::to_string(group.to_number<int64_t>()));
    admins += admin ? 1 : 0;
    with_role += roles.empty() ? 0 : 1;
    dismissed += active ? 0 : 1;
  }
  EXPECT_GT(admins, 0);
  EXPECT_GT(with_role, 0);
  EXPECT_GT(dismissed, 0);
  EXPECT_EQ(One("SELECT count(*)::BIGINT FROM user_department u WHERE NOT EXISTS (SELECT 1 FROM department d "
                "WHERE d.id = "
                "u.department_id)"),
            "0");
}

}  // namespace
}  // namespace svodka::amocrm_test
