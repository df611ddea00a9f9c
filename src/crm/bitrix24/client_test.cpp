#include "crm/bitrix24/client.hpp"

#include <gtest/gtest.h>

#include "crm/bitrix24/cells.hpp"
#include "crm/bitrix24/requests.hpp"
#include "crm/replay/replay_transport.hpp"

namespace svodka::crm::bitrix24 {
namespace {

using replay::ReplayTransport;

Webhook TestWebhook() { return Webhook::Parse("https://p.bitrix24.ru/rest/1/s3cret/").value(); }

TEST(Webhook, ForgivesWhatPeoplePaste) {
  for (const char* text :
       {"https://name.bitrix24.ru/rest/1/abc123/", "  https://name.bitrix24.ru/rest/1/abc123\n",
        "\"https://name.bitrix24.ru/rest/1/abc123/crm.deal.list.json?start=0\"",
        "https://name.bitrix24.ru/rest/api/1/abc123/x"}) {
    const auto webhook = Webhook::Parse(text);
    ASSERT_TRUE(webhook.ok()) << text << ToString(webhook.error());
    EXPECT_EQ(webhook->MethodUrl("batch"), "https://name.bitrix24.ru/rest/1/abc123/batch") << text;
    EXPECT_EQ(webhook->ToString(), "https://name.bitrix24.ru/rest/1/***/");
  }
  EXPECT_TRUE(Webhook::Parse("http://127.0.0.1:8081/rest/1/abc/").ok());
}

TEST(Webhook, SaysWhatIsWrongWithoutTheSecret) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "empty"},
      {"name.bitrix24.ru/rest/1/s3cret/", "https://"},
      {"http://name.bitrix24.ru/rest/1/s3cret/", "https"},
      {"https://name.bitrix24.ru/", "/rest/"},
      {"https://name.bitrix24.ru/rest/s3cret/", "user's number"},
      {"https://name.bitrix24.ru/rest/1/", "secret is missing"},
      {"https://name.bitrix24.ru/rest/1/****/", "stars"},
      {"https://name.bitrix24.ru/rest/1/s3cret/ https://x", "blanks"}};
  for (const auto& [text, words] : kCases) {
    const auto webhook = Webhook::Parse(text);
    ASSERT_FALSE(webhook.ok()) << text;
    EXPECT_EQ(webhook.error().code, "bad_webhook");
    EXPECT_NE(webhook.error().message.find(words), std::string::npos) << webhook.error().message;
    EXPECT_NE(webhook.error().message.find("Inbound webhook"), std::string::npos);
    EXPECT_EQ(webhook.error().message.find("s3cret"), std::string::npos);
  }
}

TEST(Client, WritesABatchWithNamedAndEncodedCommands) {
  ReplayTransport transport;
  transport.Push(200, R"({"result":{"result":[],"result_error":[]}})");
  Client client(TestWebhook(), transport);
  (void)client.Batch({{"crm.deal.list", {{"filter[>ID]", "5"}, {"select[0]", "UF_*"}}}, {"server.time", {}}},
                     {});
  ASSERT_EQ(transport.requests().size(), 1U);
  EXPECT_EQ(transport.requests()[0].url, "https://p.bitrix24.ru/rest/1/s3cret/batch");
  const json::value body = json::parse(transport.requests()[0].body);
  EXPECT_EQ(body.at("halt").as_int64(), 0);
  EXPECT_EQ(body.at("cmd").at("c0").as_string(), "crm.deal.list?filter%5B%3EID%5D=5&select%5B0%5D=UF_%2A");
  EXPECT_EQ(body.at("cmd").at("c1").as_string(), "server.time");
}

TEST(Client, ReadsABatchWithAnswersErrorsAndSilence) {
  ReplayTransport transport;
  transport.Push(
      200,
      R"({"result":{"result":{"c0":[{"ID":"6"}]},"result_error":{"c1":{"error":"","error_description":"Not found"}},
    "result_total":{"c0":"1"},"result_next":[],"result_time":{"c0":{"operating":"12.5","operating_reset_at":1790000600}}}})");
  Client client(TestWebhook(), transport);
  const auto outcome = client.Batch({{"crm.deal.list", {}}, {"crm.deal.get", {}}, {"crm.lead.list", {}}}, {});
  ASSERT_TRUE(outcome.value);
  const auto& answers = outcome.value->answers;
  ASSERT_EQ(answers.size(), 3U);
  ASSERT_NE(answers[0].result, nullptr);
  EXPECT_EQ(answers[0].total, 1);
  EXPECT_EQ(ListRows(*answers[0].result).size(), 1U);
  ASSERT_TRUE(answers[1].error);
  EXPECT_EQ(answers[1].error->diagnostic.code, "not_found");
  EXPECT_EQ(answers[1].error->remedy, Remedy::kRefused);
  // Neither answered nor refused: asked again, never taken for an empty list.
  ASSERT_TRUE(answers[2].error);
  EXPECT_EQ(answers[2].error->remedy, Remedy::kRetry);
  EXPECT_DOUBLE_EQ(outcome.value->operating.seconds, 12.5);
  EXPECT_EQ(outcome.value->operating.reset_at, Instant{std::chrono::seconds{1790000600}});
}

TEST(Client, ABatchMayLoseTheNamesOfItsErrors) {
  ReplayTransport transport;
  transport.Push(
      200,
      R"({"result":{"result":{"c1":[]},"result_error":[{"error":"insufficient_scope","error_description":"x"}]}})");
  Client client(TestWebhook(), transport);
  const auto outcome = client.Batch({{"tasks.task.list", {}}, {"crm.lead.list", {}}}, {});
  ASSERT_TRUE(outcome.value);
  ASSERT_TRUE(outcome.value->answers[0].error);
  EXPECT_EQ(outcome.value->answers[0].error->diagnostic.code, "scope_missing");
  EXPECT_NE(outcome.value->answers[1].result, nullptr);
}

TEST(Client, ABatchOfOneMayComeAsAPlainList) {
  ReplayTransport transport;
  transport.Push(200, R"({"result":{"result":[[{"ID":"1"},{"ID":"2"}]],"result_error":[]}})");
  Client client(TestWebhook(), transport);
  const auto outcome = client.Batch({{"crm.status.list", {}}}, {});
  ASSERT_TRUE(outcome.value);
  ASSERT_NE(outcome.value->answers[0].result, nullptr);
  EXPECT_EQ(ListRows(*outcome.value->answers[0].result).size(), 2U);
}

TEST(Client, AToleratedTimeBlock) {
  ReplayTransport transport;
  transport.Push(200, R"({"result":1,"time":0})");
  transport.Push(200,
                 R"({"result":1,"time":{"operating":3,"operating_reset_at":"2026-09-01T10:00:00+03:00"}})");
  transport.Push(200, R"({"result":1})");
  Client client(TestWebhook(), transport);
  EXPECT_TRUE(client.Call({"server.time", {}}, {}).value);
  const auto timed = client.Call({"server.time", {}}, {});
  ASSERT_TRUE(timed.value);
  EXPECT_EQ(timed.value->operating.reset_at, ParseInstant("2026-09-01T07:00:00Z").value());
  EXPECT_TRUE(client.Call({"server.time", {}}, {}).value);
}

struct ErrorCase {
  int status;
  const char* body;
  const char* code;
  Remedy remedy;
};

TEST(Client, SortsEveryErrorOfTheSheet) {
  const ErrorCase kCases[] = {
      {401, R"({"error":"expired_token","error_description":""})", "webhook_revoked", Remedy::kStop},
      {401, R"({"error":"NO_AUTH_FOUND","error_description":"Wrong authorization data"})", "webhook_revoked",
       Remedy::kStop},
      {401, R"({"error":"invalid_token","error_description":"x"})", "webhook_revoked", Remedy::kStop},
      {401, R"({"error":"METHOD_CONFIRM_WAITING","error_description":"x"})", "method_confirm_waiting",
       Remedy::kStop},
      {403, R"({"error":"insufficient_scope","error_description":"x"})", "scope_missing", Remedy::kRefused},
      {403, R"({"error":"INVALID_CREDENTIALS","error_description":"x"})", "webhook_revoked", Remedy::kStop},
      {403,
       R"({"error":"ACCESS_DENIED","error_description":"REST API is available only on commercial plans"})",
       "rest_not_in_plan", Remedy::kStop},
      {400, R"({"error":"","error_description":"Access denied."})", "access_denied", Remedy::kRefused},
      {400, R"({"error":"","error_description":"Not found"})", "not_found", Remedy::kRefused},
      {400, R"({"error":"NOT_FOUND","error_description":"x"})", "not_found", Remedy::kRefused},
      {400, R"({"error":"ENTITY_TYPE_NOT_SUPPORTED","error_description":"x"})", "method_unknown",
       Remedy::kRefused},
      {400, R"({"error":100,"error_description":"Could not find value"})", "request_rejected", Remedy::kOurs},
      {400, R"({"error":"INVALID_ARG_VALUE","error_description":"x"})", "argument_rejected",
       Remedy::kRefused},
      {400, R"({"error":"INVALID_REQUEST","error_description":"Https required."})", "https_required",
       Remedy::kStop},
      {404, R"({"error":"ERROR_METHOD_NOT_FOUND","error_description":"x"})", "method_unknown",
       Remedy::kRefused},
      {429, R"({"error":"OPERATION_TIME_LIMIT","error_description":"x"})", "operation_limit", Remedy::kPark},
      {503, R"({"error":"QUERY_LIMIT_EXCEEDED","error_description":"Too many requests"})", "portal_busy",
       Remedy::kRetry},
      {503, R"({"error":"OVERLOAD_LIMIT","error_description":"x"})", "portal_blocked", Remedy::kRetry},
      {500, R"({"error":"INTERNAL_SERVER_ERROR","error_description":"x"})", "portal_busy", Remedy::kRetry},
      {200, R"({"error":{"code":"insufficient_scope","message":"x","validation":[]}})", "scope_missing",
       Remedy::kRefused},
      {500, "<html><body>502</body></html>", "bad_answer", Remedy::kRetry},
      {200, "<html>maintenance</html>", "bad_answer", Remedy::kRetry},
      {200, R"({"result":[{"ID":)", "bad_answer", Remedy::kRetry},
      {200, "", "bad_answer", Remedy::kRetry},
      {200, "[]", "bad_answer", Remedy::kRetry},
      {404, "<html>no such portal</html>", "portal_gone", Remedy::kStop},
      {403, "<html>blocked</html>", "access_denied", Remedy::kStop}};
  for (const ErrorCase& one : kCases) {
    ReplayTransport transport;
    transport.Push(one.status, one.body);
    Client client(TestWebhook(), transport);
    const auto outcome = client.Call({"crm.deal.list", {}}, {});
    ASSERT_TRUE(outcome.error) << one.body;
    EXPECT_EQ(outcome.error->diagnostic.code, one.code) << one.body;
    EXPECT_EQ(outcome.error->remedy, one.remedy) << one.body;
    EXPECT_FALSE(outcome.error->diagnostic.message.empty());
  }
}

TEST(Client, NoMessageHoldsTheSecret) {
  ReplayTransport transport;
  transport.Push(
      403, R"({"error":"X","error_description":"https://p.bitrix24.ru/rest/1/s3cret/batch is not allowed"})");
  Client client(TestWebhook(), transport);
  const auto outcome = client.Call({"crm.deal.list", {}}, {});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(ToString(outcome.error->diagnostic).find("s3cret"), std::string::npos);
}

TEST(Client, TransportTroublesAreRetriedExceptStopsAndBadCertificates) {
  for (const auto& [code, remedy] :
       {std::pair{"portal_unreachable", Remedy::kRetry}, std::pair{"portal_timeout", Remedy::kRetry},
        std::pair{"cancelled", Remedy::kStop}, std::pair{"tls_failed", Remedy::kStop}}) {
    EXPECT_EQ(ClassifyTransport({code, "x", "", {}}).remedy, remedy) << code;
  }
}

TEST(Requests, PortalTimeKeepsThePortalsOffset) {
  const Instant moment = ParseInstant("2026-08-01T07:00:00Z").value();
  EXPECT_EQ(PortalTime(moment, 3 * 3600), "2026-08-01T10:00:00+03:00");
  EXPECT_EQ(PortalTime(moment, -(4 * 3600 + 1800)), "2026-08-01T02:30:00-04:30");
}

TEST(Requests, AChainRefersToTheLastRowOfAFullPage) {
  EXPECT_EQ(LastIdOf({Stream::kDeal}, 3), "$result[c3][49][ID]");
  EXPECT_EQ(LastIdOf({Stream::kDealHistory}, 0), "$result[c0][items][49][ID]");
  EXPECT_EQ(LastIdOf({Stream::kTask}, 1), "$result[c1][tasks][49][id]");
}

}  // namespace
}  // namespace svodka::crm::bitrix24
