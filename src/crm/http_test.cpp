#include "crm/http.hpp"

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace svodka::crm {
namespace {

/// A listener on a free loopback port that answers each connection with one fixed text and keeps what it was
/// sent.
class OneShotServer {
 public:
  explicit OneShotServer(std::function<std::string(const std::string& request)> answer)
      : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(listener_, 8);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](std::stop_token stop) { Serve(stop); });
  }
  ~OneShotServer() {
    thread_.request_stop();
    thread_.join();
    close(listener_);
  }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  const std::vector<std::string>& requests() const { return requests_; }

 private:
  void Serve(std::stop_token stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{listener_, POLLIN, 0};
      if (poll(&waiting, 1, 50) <= 0) continue;
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) continue;
      std::string request;
      char buffer[4096];
      while (!IsWhole(request)) {
        const ssize_t read_bytes = read(client, buffer, sizeof buffer);
        if (read_bytes <= 0) break;
        request.append(buffer, static_cast<size_t>(read_bytes));
      }
      requests_.push_back(request);
      const std::string answer = answer_(request);
      for (size_t sent = 0; sent < answer.size();) {
        const ssize_t wrote = write(client, answer.data() + sent, answer.size() - sent);
        if (wrote <= 0) break;
        sent += static_cast<size_t>(wrote);
      }
      close(client);
    }
  }
  static bool IsWhole(const std::string& request) {
    const size_t head = request.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    const size_t length = request.find("Content-Length: ");
    if (length == std::string::npos || length > head) return true;
    return request.size() >= head + 4 + static_cast<size_t>(std::atoi(request.c_str() + length + 16));
  }

  std::function<std::string(const std::string&)> answer_;
  int listener_ = -1;
  int port_ = 0;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

std::string Answered(const std::string& status, const std::string& body, const std::string& header = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nConnection: close\r\n" + header +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(CurlTransport, SendsTheBodyAndReadsTheAnswer) {
  OneShotServer server([](const std::string&) { return Answered("200 OK", "{\"result\":1}"); });
  const auto transport = MakeCurlTransport();
  const auto answer = transport->Send(
      {server.origin() + "/rest/1/secret/profile", "a=b", "application/x-www-form-urlencoded"}, {});
  ASSERT_TRUE(answer.ok()) << ToString(answer.error());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "{\"result\":1}");
  EXPECT_EQ(answer->origin, server.origin());
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_TRUE(server.requests()[0].starts_with("POST /rest/1/secret/profile HTTP/1.1"));
  EXPECT_TRUE(server.requests()[0].ends_with("\r\n\r\na=b"));
}

TEST(CurlTransport, ARedirectSendsTheSamePostToTheNewHost) {
  OneShotServer renamed([](const std::string&) { return Answered("200 OK", "{}"); });
  const std::string target = renamed.origin() + "/rest/1/secret/batch";
  OneShotServer old(
      [&](const std::string&) { return Answered("302 Found", "", "Location: " + target + "\r\n"); });
  const auto transport = MakeCurlTransport();
  const auto answer =
      transport->Send({old.origin() + "/rest/1/secret/batch", "{\"cmd\":{}}", "application/json"}, {});
  ASSERT_TRUE(answer.ok()) << ToString(answer.error());
  EXPECT_EQ(answer->origin, renamed.origin());
  ASSERT_EQ(renamed.requests().size(), 1U);
  EXPECT_TRUE(renamed.requests()[0].starts_with("POST "));
  EXPECT_TRUE(renamed.requests()[0].ends_with("{\"cmd\":{}}"));
}

TEST(CurlTransport, ARedirectWithoutAnEndIsAnError) {
  OneShotServer* self = nullptr;
  OneShotServer server([&](const std::string&) {
    return Answered("302 Found", "", "Location: " + self->origin() + "/rest/1/secret/x\r\n");
  });
  self = &server;
  const auto answer =
      MakeCurlTransport()->Send({server.origin() + "/rest/1/secret/x", "a=b", "text/plain"}, {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "bad_redirect");
  EXPECT_EQ(server.requests().size(), 4U);
}

TEST(CurlTransport, AnAnswerBeyondTheBoundIsRefused) {
  OneShotServer server([](const std::string&) { return Answered("200 OK", std::string(10'000, 'x')); });
  CurlSettings settings;
  settings.body_bytes_max = 1000;
  const auto answer =
      MakeCurlTransport(settings)->Send({server.origin() + "/rest/1/topsecret/x", "a=b", "text/plain"}, {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "answer_too_large");
}

TEST(CurlTransport, AnUnreachablePortalIsNamedWithoutItsSecret) {
  const auto answer =
      MakeCurlTransport()->Send({"http://127.0.0.1:1/rest/1/topsecret/profile", "a=b", "text/plain"}, {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "portal_unreachable");
  EXPECT_NE(answer.error().message.find("127.0.0.1:1"), std::string::npos);
  EXPECT_EQ(answer.error().message.find("topsecret"), std::string::npos);
}

TEST(CurlTransport, AStopEndsTheRequest) {
  std::stop_source stop;
  stop.request_stop();
  OneShotServer server([](const std::string&) { return Answered("200 OK", "{}"); });
  const auto answer =
      MakeCurlTransport()->Send({server.origin() + "/rest/1/s/x", "a=b", "text/plain"}, stop.get_token());
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "cancelled");
}

TEST(RedactWebhooks, MasksEverySecretAndKeepsTheRest) {
  EXPECT_EQ(RedactWebhooks("see https://p.bitrix24.ru/rest/1/abc123/crm.deal.list?x=1 and /rest/22/zz/"),
            "see https://p.bitrix24.ru/rest/1/***/crm.deal.list?x=1 and /rest/22/***/");
  EXPECT_EQ(RedactWebhooks("https://p/rest/api/1/abc/tasks"), "https://p/rest/api/1/***/tasks");
  EXPECT_EQ(RedactWebhooks("https://p/rest/crm.deal.list"), "https://p/rest/crm.deal.list");
  EXPECT_EQ(RedactWebhooks("nothing here"), "nothing here");
}

TEST(OriginOf, TakesSchemeAndAuthorityOnly) {
  EXPECT_EQ(OriginOf("https://name.bitrix24.ru/rest/1/x"), "https://name.bitrix24.ru");
  EXPECT_EQ(OriginOf("http://user:pass@host:8080?q"), "http://host:8080");
  EXPECT_EQ(OriginOf("ftp://host/"), "");
  EXPECT_EQ(OriginOf("https:///x"), "");
}

}  // namespace
}  // namespace svodka::crm
