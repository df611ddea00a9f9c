#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>
#include <zlib.h>

#include "server/api.hpp"
#include "server/fake_portals_test.hpp"
#include "server/http_server.hpp"
#include "server/login_limiter.hpp"
#include "server/socket_client_test.hpp"

namespace svodka::server {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string Gunzip(const std::string& bytes) {
  z_stream stream{};
  inflateInit2(&stream, 31);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "svodka-server-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    fs::create_directories(folder_ + "/web/assets");
    std::ofstream(folder_ + "/web/index.html") << "<!doctype html><title>Svodka</title>";
    std::ofstream(folder_ + "/web/assets/app-3f9a1c2b.js") << "// " << std::string(5000, 'a');
    std::ofstream(folder_ + "/web/.secret") << "hidden";
    std::ofstream(folder_ + "/outside") << "outside";
    state_ = std::move(state::State::Open(folder_ + "/data", clock_)).value();
    api_ = std::make_unique<Api>(
        portals_, *state_, clock_,
        Api::Settings{folder_ + "/web", [](const json::value& command, const auto& send, std::stop_token) {
                        send({{"out", json::serialize(command)}});
                        send({{"exit", 0}});
                      }});
    server_ = std::make_unique<HttpServer>(
        HttpServer::Settings{.workers = 3, .body_bytes_max = 64 << 10},
        [this](const Request& request) { return api_->Handle(request); },
        [this](const FinishedRequest& finished) { api_->Note(finished); });
    port_ = server_->Listen("127.0.0.1:0").value();
    ASSERT_TRUE(server_->ListenLocal(folder_ + "/data/svodka.socket").ok());
    server_->Start();
  }
  void TearDown() override {
    server_->Stop();
    server_.reset();
    api_.reset();
    state_.reset();
    fs::remove_all(folder_);
  }

  void SignIn() {
    const std::string code = state_->users().IssueCode().value();
    SocketClient client(port_);
    const Reply reply =
        client.Ask("POST", "/api/v1/login", json::serialize(json::object{{"code", code}}), kJson);
    ASSERT_EQ(reply.status, 200) << reply.body;
    const std::string cookie = reply.headers.at("set-cookie");
    EXPECT_THAT(cookie, HasSubstr("HttpOnly"));
    EXPECT_THAT(cookie, HasSubstr("SameSite=Lax"));
    cookie_ = "Cookie: " + cookie.substr(0, cookie.find(';')) + "\r\n";
    signed_ =
        cookie_ + "X-CSRF-Token: " + std::string(json::parse(reply.body).at("csrf").as_string()) + "\r\n";
  }
  static std::string Code(const Reply& reply) {
    return std::string(json::parse(reply.body).at("code").as_string());
  }

  static constexpr const char* kForm = "Content-Type: application/x-www-form-urlencoded\r\n";
  static constexpr const char* kJson = "Content-Type: application/json\r\n";
  std::string folder_, cookie_, signed_;
  ManualClock clock_{ParseInstant("2025-03-01T10:00:00Z").value()};
  FakePortals portals_;
  std::unique_ptr<state::State> state_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
};

TEST_F(ServerTest, AnonymousMaySeeOnlyTheSession) {
  SocketClient client(port_);
  const Reply session = client.Ask("GET", "/api/v1/session");
  EXPECT_EQ(session.status, 200);
  EXPECT_TRUE(json::parse(session.body).at("user").is_null());
  EXPECT_TRUE(json::parse(session.body).at("setup_needed").as_bool());
  for (const char* path :
       {"/api/v1/portals", "/api/v1/settings", "/api/v1/reports", "/api/v1/portals/demo/events"}) {
    const Reply reply = client.Ask("GET", path);
    EXPECT_EQ(reply.status, 401) << path;
    EXPECT_EQ(Code(reply), "sign_in_needed");
    EXPECT_FALSE(reply.headers.at("x-request-id").empty());
  }
  EXPECT_EQ(client.Ask("GET", "/healthz").status, 200);
  EXPECT_EQ(client.Ask("POST", "/api/v1/local/command", "{}").status, 404);
}

TEST_F(ServerTest, SignInAccountAndLogout) {
  SignIn();
  SocketClient client(port_);
  EXPECT_EQ(client.Ask("GET", "/api/v1/portals", "", cookie_).status, 200);
  const std::string account = R"({"name":"Анна","email":"anna@example.org","password":"correct horse"})";
  EXPECT_EQ(Code(client.Ask("POST", "/api/v1/account", account, cookie_)), "csrf");
  const Reply set = client.Ask("POST", "/api/v1/account", account, signed_);
  ASSERT_EQ(set.status, 200);
  EXPECT_FALSE(json::parse(set.body).at("setup_needed").as_bool());
  EXPECT_EQ(client.Ask("POST", "/api/v1/logout", "", signed_).status, 204);
  EXPECT_EQ(client.Ask("GET", "/api/v1/portals", "", cookie_).status, 401);
  EXPECT_EQ(
      client.Ask("POST", "/api/v1/login", R"({"email":"anna@example.org","password":"correct horse"})", kJson)
          .status,
      200);
}

TEST_F(ServerTest, SignInIsGuarded) {
  SocketClient client(port_);
  const std::string wrong = R"({"code":"AAAA"})";
  EXPECT_EQ(client.Ask("POST", "/api/v1/login", wrong).status, 415);
  EXPECT_EQ(
      client.Ask("POST", "/api/v1/login", wrong, std::string(kJson) + "Origin: https://evil.example\r\n")
          .status,
      403);
  EXPECT_EQ(client.Ask("POST", "/api/v1/login", "[]", kJson).status, 400);
  EXPECT_EQ(client.Ask("POST", "/api/v1/login", "{\"email\":1}", kJson).status, 400);
  for (size_t i = 0; i < LoginLimiter::kTries; ++i)
    EXPECT_EQ(client.Ask("POST", "/api/v1/login", wrong, kJson).status, 401);
  EXPECT_EQ(client.Ask("POST", "/api/v1/login", wrong, kJson).status, 429);
  clock_.Advance(LoginLimiter::kWindow);
  EXPECT_EQ(client.Ask("POST", "/api/v1/login", wrong, kJson).status, 401);
}

TEST_F(ServerTest, ErrorsCarryCodePlaceNearestAndRequestId) {
  SignIn();
  SocketClient client(port_);
  const Reply reply =
      client.Ask("POST", "/api/v1/portals/demo/query", R"({"measures":["deals_wom"]})", signed_);
  EXPECT_EQ(reply.status, 400);
  const auto body = json::parse(reply.body).as_object();
  EXPECT_EQ(body.at("code"), "unknown_measure");
  EXPECT_EQ(body.at("place"), "measures[0]");
  EXPECT_EQ(body.at("nearest"), json::parse(R"(["deals_won"])"));
  EXPECT_EQ(body.at("request_id").as_string(), reply.headers.at("x-request-id"));
  const Reply portal = client.Ask("POST", "/api/v1/portals/dem/query", "{}", signed_);
  EXPECT_EQ(portal.status, 404);
  EXPECT_EQ(client.Ask("GET", "/api/v1/nowhere", "", signed_).status, 404);
  EXPECT_EQ(client.Ask("DELETE", "/api/v1/portals", "", signed_).status, 405);
  EXPECT_EQ(client.Ask("GET", "/api/v1/reports?language=de", "", signed_).status, 400);
  EXPECT_EQ(client.Ask("GET", "/api/v1/portals/demo/members/source?limit=x", "", signed_).status, 400);
  EXPECT_EQ(client.Ask("POST", "/api/v1/portals/demo/refresh", "", signed_).status, 409);
}

TEST_F(ServerTest, OurOwnTroubleIs500WithoutDetails) {
  SignIn();
  SocketClient client(port_);
  for (const char* measure : {"broken", "throws"}) {
    const Reply reply = client.Ask("POST", "/api/v1/portals/demo/query",
                                   "{\"measures\":[\"" + std::string(measure) + "\"]}", signed_);
    EXPECT_EQ(reply.status, 500);
    EXPECT_EQ(Code(reply), "internal");
    EXPECT_EQ(reply.body.find("secret"), std::string::npos);
  }
}

TEST_F(ServerTest, ReportComesWidgetByWidgetOrWhole) {
  SignIn();
  SocketClient client(port_);
  const Reply lines = client.Ask("POST", "/api/v1/portals/demo/reports/sales", "{}",
                                 signed_ + "Accept: application/x-ndjson\r\n");
  ASSERT_EQ(lines.status, 200);
  EXPECT_EQ(lines.headers.at("content-type"), "application/x-ndjson");
  std::vector<json::value> parsed;
  for (size_t begin = 0; begin < lines.body.size();) {
    const size_t end = lines.body.find('\n', begin);
    parsed.push_back(json::parse(lines.body.substr(begin, end - begin)));
    begin = end + 1;
  }
  ASSERT_EQ(parsed.size(), 4U);
  EXPECT_EQ(parsed[0].at("report"), "sales");
  EXPECT_EQ(parsed[1].at("widget"), "a");
  EXPECT_EQ(parsed[2].at("error").at("code"), "deadline");
  EXPECT_TRUE(parsed[3].at("end").as_bool());
  const Reply zipped =
      client.Ask("POST", "/api/v1/portals/demo/reports/sales", "{}", signed_ + "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(zipped.headers.at("content-encoding"), "gzip");
  EXPECT_THAT(Gunzip(zipped.body), HasSubstr("\"end\":true"));
  const Reply whole = client.Ask("POST", "/api/v1/portals/demo/reports/sales", "{}",
                                 signed_ + "Accept: application/json\r\n");
  EXPECT_EQ(json::parse(whole.body).at("report"), "sales");
  const Reply unknown = client.Ask("POST", "/api/v1/portals/demo/reports/sale", "{}", signed_);
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(Code(unknown), "unknown_report");
}

TEST_F(ServerTest, EventsComeAtOnceAndOnChange) {
  SignIn();
  SocketClient client(port_);
  client.Send("GET /api/v1/portals/demo/events HTTP/1.1\r\nHost: test\r\n" + cookie_ + "\r\n");
  ASSERT_TRUE(client.ReadHead());
  std::string event;
  ASSERT_TRUE(client.ReadChunk(event));
  EXPECT_THAT(event, HasSubstr("event: freshness\n"));
  EXPECT_THAT(event, HasSubstr("\"data_version\":1"));
  portals_.Change();
  ASSERT_TRUE(client.ReadChunk(event));
  EXPECT_THAT(event, HasSubstr("\"data_version\":2"));
}

TEST_F(ServerTest, QueryOfAGoneClientIsStopped) {
  SignIn();
  portals_.wait_for_stop = true;
  auto stopped = portals_.stopped.get_future();
  {
    SocketClient client(port_);
    client.Send("POST /api/v1/portals/demo/query HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n" + signed_ +
                "\r\n{}");
    portals_.began.get_future().wait();
  }
  EXPECT_EQ(stopped.wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST_F(ServerTest, StaticFilesAreCachedAndCompressed) {
  SocketClient client(port_);
  const Reply index = client.Ask("GET", "/");
  EXPECT_EQ(index.status, 200);
  EXPECT_EQ(index.headers.at("cache-control"), "no-cache");
  EXPECT_THAT(index.headers.at("content-security-policy"), HasSubstr("script-src 'self'"));
  EXPECT_EQ(index.headers.at("content-security-policy").find("unsafe-eval"), std::string::npos);
  EXPECT_EQ(client.Ask("GET", "/reports/sales_dynamics?period=2025").body, index.body);
  const Reply again = client.Ask("GET", "/", "", "If-None-Match: " + index.headers.at("etag") + "\r\n");
  EXPECT_EQ(again.status, 304);
  const std::string script = "/assets/app-3f9a1c2b.js";
  const Reply plain = client.Ask("GET", script);
  EXPECT_THAT(plain.headers.at("cache-control"), HasSubstr("immutable"));
  EXPECT_EQ(plain.headers.at("content-type"), "text/javascript; charset=utf-8");
  const Reply gzip = client.Ask("GET", script, "", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(gzip.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(Gunzip(gzip.body), plain.body);
  const Reply brotli = client.Ask("GET", script, "", "Accept-Encoding: gzip, deflate, br\r\n");
  EXPECT_EQ(brotli.headers.at("content-encoding"), "br");
  EXPECT_LT(brotli.body.size(), plain.body.size());
  const Reply head = client.Ask("HEAD", script);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), std::to_string(plain.body.size()));
  for (const char* path :
       {"/.secret", "/../outside", "/%2e%2e/outside", "/..%2foutside", "/assets/none-12345678.js", "/x.js"}) {
    EXPECT_EQ(client.Ask("GET", path).status, 404) << path;
  }
  EXPECT_EQ(client.Ask("POST", "/").status, 405);
}

TEST_F(ServerTest, LocalSocketNeedsNoSignInAndIsPrivate) {
  struct stat about {};
  ASSERT_EQ(stat((folder_ + "/data/svodka.socket").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  SocketClient client(folder_ + "/data/svodka.socket");
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.Ask("GET", "/api/v1/portals").status, 200);
  const Reply reply = client.Ask("POST", "/api/v1/local/command", R"({"command":"query"})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr("{\"exit\":0}\n{\"end\":true}\n"));
}

TEST_F(ServerTest, LimitsSizes) {
  SignIn();
  SocketClient big(port_);
  EXPECT_EQ(big.Ask("PUT", "/api/v1/settings", std::string(100 << 10, ' '), signed_).status, 413);
  SocketClient long_head(port_);
  EXPECT_EQ(long_head.Ask("GET", "/", "", "X: " + std::string(32 << 10, 'x') + "\r\n").status, 431);
  SocketClient client(port_);
  EXPECT_EQ(
      client.Ask("PUT", "/api/v1/settings", "{\"x\":\"" + std::string(20'000, 'x') + "\"}", signed_).status,
      413);
  EXPECT_EQ(client.Ask("PUT", "/api/v1/settings", R"({"theme":"dark"})", signed_).status, 200);
  EXPECT_EQ(client.Ask("GET", "/api/v1/settings", "", signed_).body, R"({"theme":"dark"})");
}

TEST_F(ServerTest, KeepsViews) {
  SignIn();
  state::Portal portal;
  portal.id = portal.name = "demo";
  portal.kind = "file";
  portal.zone = "Europe/Moscow";
  portal.currency = "RUB";
  ASSERT_TRUE(state_->portals().Save(portal, "local").ok());
  SocketClient client(port_);
  const std::string views = "/api/v1/portals/demo/reports/sales_dynamics/views";
  EXPECT_EQ(client.Ask("GET", views, "", signed_).body, "[]");
  const Reply made =
      client.Ask("POST", views, R"({"name":" Мой отдел ","address":"period=2026","default":true})", signed_);
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_THAT(made.body, HasSubstr(R"("name":"Мой отдел","address":"period=2026","default":true)"));
  const std::string id = json::parse(made.body).at("id").as_string().c_str();
  EXPECT_EQ(client.Ask("POST", views, R"({"name":"Мой отдел"})", signed_).status, 409);
  EXPECT_EQ(client.Ask("POST", views, R"({"name":" "})", signed_).status, 422);
  EXPECT_EQ(client.Ask("POST", views, R"({"title":"x"})", signed_).status, 400);
  EXPECT_EQ(client.Ask("POST", views, R"({"name":"x","address":")" + std::string(9'000, 'x') + "\"}", signed_)
                .status,
            422);
  EXPECT_EQ(
      client.Ask("POST", "/api/v1/portals/none/reports/sales_dynamics/views", R"({"name":"x"})", signed_)
          .status,
      404);
  // Another default takes the place of the first.
  EXPECT_EQ(client.Ask("POST", views, R"({"name":"Второй","default":true})", signed_).status, 201);
  EXPECT_THAT(client.Ask("GET", views, "", signed_).body,
              HasSubstr(R"("name":"Мой отдел","address":"period=2026","default":false)"));
  const Reply renamed = client.Ask("PATCH", views + "/" + id, R"({"name":"Отдел"})", signed_);
  EXPECT_EQ(renamed.status, 200);
  EXPECT_THAT(renamed.body, HasSubstr(R"("name":"Отдел","address":"period=2026")"));
  EXPECT_EQ(client.Ask("DELETE", views + "/" + id, "", signed_).status, 204);
  EXPECT_EQ(client.Ask("DELETE", views + "/" + id, "", signed_).status, 404);
  EXPECT_EQ(client.Ask("GET", views).status, 401);
}

TEST_F(ServerTest, MetricsCountRequests) {
  SocketClient client(port_);
  client.Ask("GET", "/api/v1/session");
  const Reply reply = client.Ask("GET", "/metrics");
  EXPECT_THAT(reply.body, HasSubstr("svodka_portal_data_version{portal=\"demo\"} 1"));
  EXPECT_THAT(
      reply.body,
      HasSubstr("svodka_http_requests_total{method=\"GET\",route=\"/api/v1/session\",status=\"200\"} 1"));
}

TEST_F(ServerTest, AnswersPipelinedAndSlowRequests) {
  SocketClient client(port_);
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n";
  client.Send(request + request);
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(client.Read().status, 200);
  for (const char c : request) client.Send(std::string(1, c));
  EXPECT_EQ(client.Read().status, 200);
  client.Send("POST /api/v1/login HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  client.Send("{}");
  EXPECT_EQ(client.Read().status, 415);
}

// Whatever is sent, the answer is never a 5xx, and the server goes on answering.
TEST_F(ServerTest, NoMutatedRequestIsA500) {
  SignIn();
  const std::string body = R"({"measures":["deals_won"],"filters":[{"dimension":"pipeline","in":["0"]}]})";
  const std::string whole =
      "POST /api/v1/portals/demo/query?language=en HTTP/1.1\r\nHost: test\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n" + signed_ + "Connection: close\r\n\r\n" + body;
  const bool holds = rc::check("mutated requests", [&] {
    std::string bytes = whole;
    const int edits = *rc::gen::inRange(1, 6);
    for (int i = 0; i < edits && !bytes.empty(); ++i) {
      const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          bytes[at] = *rc::gen::arbitrary<char>();
          break;
        case 1:
          bytes.erase(at, *rc::gen::inRange<size_t>(1, 20));
          break;
        case 2:
          bytes.insert(at, *rc::gen::arbitrary<std::string>());
          break;
        default:
          bytes.insert(at, bytes.substr(at, *rc::gen::inRange<size_t>(1, 30)));
      }
    }
    SocketClient client(port_);
    client.Send(bytes);
    client.EndWriting();
    const Reply reply = client.Read();
    RC_ASSERT(reply.status < 500);
  });
  EXPECT_TRUE(holds);
  SocketClient client(port_);
  EXPECT_EQ(client.Ask("GET", "/healthz").status, 200);
}

TEST(Listen, KnowsLoopback) {
  EXPECT_TRUE(IsLoopback("127.0.0.1:8080").value());
  EXPECT_TRUE(IsLoopback("localhost:8080").value());
  EXPECT_TRUE(IsLoopback("8080").value());
  EXPECT_TRUE(IsLoopback("[::1]:80").value());
  EXPECT_FALSE(IsLoopback("0.0.0.0:80").value());
  EXPECT_FALSE(IsLoopback("[::]:80").value());
  for (const char* bad : {"", "x", "1.2.3.4:", "1.2.3.4:99999", "host:80", ":x"}) {
    EXPECT_FALSE(IsLoopback(bad).ok()) << bad;
  }
}

TEST_F(ServerTest, EventsOfACrmNeedNoSessionButTheirAddress) {
  SocketClient client(port_);
  EXPECT_EQ(client.Ask("POST", "/hooks/demo/key", "leads[add][0][id]=5", kForm).status, 200);
  ASSERT_EQ(portals_.hooks.size(), 1u);
  EXPECT_EQ(portals_.hooks.front(), "leads[add][0][id]=5");
  const Reply wrong = client.Ask("POST", "/hooks/demo/guess", "leads[add][0][id]=5", kForm);
  EXPECT_EQ(wrong.status, 404);
  EXPECT_EQ(wrong.body.find("guess"), std::string::npos);
  EXPECT_EQ(client.Ask("POST", "/hooks/demo", "a=1", kForm).status, 404);
  EXPECT_EQ(client.Ask("GET", "/hooks/demo/key", "", "").status, 405);
  EXPECT_EQ(portals_.hooks.size(), 1u);
  const Reply metrics = client.Ask("GET", "/metrics", "", "");
  EXPECT_THAT(metrics.body, HasSubstr("svodka_events_total{portal=\"demo\",result=\"taken\"} 2"));
  EXPECT_THAT(metrics.body, HasSubstr("result=\"unknown\"} 1"));
  EXPECT_EQ(metrics.body.find("/hooks/demo"), std::string::npos);  // the address is a secret
}

}  // namespace
}  // namespace svodka::server
