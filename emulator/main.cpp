#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "emulator/amocrm/account.hpp"
#include "emulator/amocrm/truth.hpp"
#include "emulator/bitrix24/portal.hpp"
#include "emulator/company/dump.hpp"
#include "emulator/company/generate.hpp"
#include "emulator/company/past.hpp"
#include "emulator/company/truth.hpp"
#include "emulator/http/client.hpp"
#include "emulator/http/server.hpp"

namespace {

using namespace svodka::emulator;

struct CompanyArguments {
  uint32_t deals = 10000;
  uint64_t seed = 1;
  double years = 2.5;
  std::string today;
  bool no_handover = false;

  void Declare(CLI::App& app) {
    app.add_option("--deals", deals, "How many deals the company has had")
        ->check(CLI::Range(1000, 1000000))
        ->capture_default_str();
    app.add_option("--seed", seed, "The same seed gives the same company")->capture_default_str();
    app.add_option("--years", years, "Years of history")->check(CLI::Range(0.3, 10.0))->capture_default_str();
    app.add_option("--today", today,
                   "The company's present: a day (its 18:00) or a moment with an offset; default: now");
    app.add_flag("--no-handover", no_handover, "Won deals stay in their sales pipeline");
  }
  std::optional<Options> Read() const {
    Options options;
    options.deals = deals;
    options.seed = seed;
    options.years = years;
    options.handover = !no_handover;
    if (today.empty()) {
      const auto now = svodka::SystemClock().Now();
      options.now = static_cast<Second>(
          std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    } else if (const auto day = svodka::ParseDay(today)) {
      options.now = AtLocal(*day, 18 * 3600);
    } else if (const auto moment = svodka::ParseInstant(today)) {
      options.now = static_cast<Second>(
          std::chrono::duration_cast<std::chrono::seconds>(moment->time_since_epoch()).count());
    } else {
      std::fprintf(stderr,
                   "--today: '%s' is neither a day (2026-03-31) nor a moment (2026-03-31T18:00:00+03:00)\n",
                   today.c_str());
      return std::nullopt;
    }
    return options;
  }
};

struct ServeArguments {
  std::string crm = "bitrix24";
  std::string listen = "127.0.0.1:8081", listen_tls = "127.0.0.1:8443", certificate, key,
              secret = "emulator-secret";
  uint32_t user = 1;
  std::string clock_file, webhook_file, events_url, application_token = "emulator-application";
  double speed = 0, bustle = 0;
  double clock_speed = 1;
  bool limits_off = false;
  bitrix24::Faults faults;
  amocrm::Settings amocrm;
};

std::atomic<bool> interrupted{false};

bool SplitAddress(const std::string& text, http::ServerSettings& settings) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  settings.address = text.substr(0, colon);
  const int port = std::atoi(text.c_str() + colon + 1);
  if (port < 0 || port > 65535) return false;
  settings.port = static_cast<uint16_t>(port);
  return true;
}

Second WallClock() {
  return static_cast<Second>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

/// Seconds; negative where what was written through the API has put the company's clock ahead.
int64_t Behind(const Service& portal) {
  return static_cast<int64_t>(WallClock()) - static_cast<int64_t>(portal.Now());
}

/// Lives again what the company of a clock file has lived through, then the ordinary time that has passed
/// meanwhile.
svodka::Status CatchUp(Service& portal, Past& past) {
  for (const Past::Stretch& stretch : past.stretches()) {
    if (stretch.bustle > 0) {
      portal.Bustle(stretch.amount, stretch.bustle);
    } else {
      portal.Advance(stretch.amount);
    }
  }
  const int64_t missed = Behind(portal) / 60;
  if (missed <= 0) return svodka::Done{};
  if (auto noted = past.Note(0, missed); !noted) return noted;
  portal.Advance(missed);
  return svodka::Done{};
}

/// Writes the address for the program that is to connect; readable by its owner alone, as it holds a secret.
bool WriteWebhook(const std::string& path, const std::string& url) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0) return false;
  const std::string line = url + "\n";
  const bool written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  return close(file) == 0 && written;
}

std::unique_ptr<Service> MakeService(ServeArguments arguments, const Options& options,
                                     std::function<double()> clock) {
  if (arguments.crm == "amocrm") {
    arguments.amocrm.user = static_cast<uint16_t>(arguments.user);
    auto account = std::make_unique<amocrm::Account>(Generate(options), arguments.amocrm, std::move(clock),
                                                     http::PostForm);
    amocrm::Switches switches;
    switches.limits = !arguments.limits_off;
    switches.rate_429 = arguments.faults.rate_429;
    switches.rate_500_html = arguments.faults.rate_500_html;
    switches.rate_bad_json = arguments.faults.rate_bad_json;
    switches.rate_drop = arguments.faults.rate_drop;
    account->SetSwitches(switches);
    return account;
  }
  bitrix24::Settings settings;
  settings.secret = arguments.secret;
  settings.user = arguments.user;
  settings.origin = "http://" + arguments.listen;
  if (!arguments.events_url.empty()) settings.hook = {arguments.events_url, arguments.application_token, {}};
  settings.clock_speed = arguments.clock_speed;
  const amocrm::OauthSettings& application = arguments.amocrm.oauth;
  if (application.client_id != amocrm::OauthSettings{}.client_id)
    settings.oauth.client_id = application.client_id;
  settings.oauth.client_secret = application.client_secret;
  if (!application.redirect_uri.empty()) settings.oauth.redirect_uri = application.redirect_uri;
  if (!arguments.application_token.empty()) settings.oauth.application_token = arguments.application_token;
  auto portal =
      std::make_unique<bitrix24::Portal>(Generate(options), settings, std::move(clock), http::PostForm);
  arguments.faults.limits = !arguments.limits_off;
  arguments.faults.operating_limit = !arguments.limits_off;
  portal->SetFaults(arguments.faults);
  return portal;
}

/// What a program that is to connect needs: the webhook, or the account's address and its token.
std::string AddressOf(const ServeArguments& arguments, const std::string& origin) {
  if (arguments.crm == "amocrm") return origin + "/";
  return origin + "/rest/" + std::to_string(arguments.user) + "/" + arguments.secret + "/";
}

int Serve(const CompanyArguments& company_arguments, const ServeArguments& arguments) {
  auto options = company_arguments.Read();
  if (!options) return 2;
  std::optional<Past> past;
  if (!arguments.clock_file.empty()) {
    auto opened = Past::Open(arguments.clock_file, options->now);
    if (!opened) {
      std::fprintf(stderr, "%s\n", ToString(opened.error()).c_str());
      return 1;
    }
    past = std::move(*opened);
    options->now = past->anchor();
  }
  http::ServerSettings plain, secure;
  if (!SplitAddress(arguments.listen, plain) || !SplitAddress(arguments.listen_tls, secure)) {
    std::fprintf(stderr, "an address to listen on looks like 127.0.0.1:8081\n");
    return 2;
  }
  if (arguments.certificate.empty() != arguments.key.empty()) {
    std::fprintf(stderr, "--cert and --key go together\n");
    return 2;
  }
  const auto wall = [] {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  };
  const auto clock = [wall, start = wall(), speed = arguments.clock_speed] {
    return start + (wall() - start) * speed;
  };
  const std::unique_ptr<Service> service = MakeService(arguments, *options, clock);
  Service& portal = *service;
  portal.SetSpeed(arguments.speed);
  if (past) {
    if (const auto done = CatchUp(portal, *past); !done) {
      std::fprintf(stderr, "%s\n", ToString(done.error()).c_str());
      return 1;
    }
  }

  std::signal(SIGINT, [](int) { interrupted = true; });
  std::signal(SIGTERM, [](int) { interrupted = true; });
  try {
    const http::Server server(portal, plain);
    std::optional<http::Server> tls_server;
    if (!arguments.certificate.empty()) {
      secure.certificate = arguments.certificate;
      secure.key = arguments.key;
      tls_server.emplace(portal, secure);
    }
    const char* word = arguments.crm == "amocrm" ? "account" : "webhook";
    const std::string address =
        AddressOf(arguments, "http://" + plain.address + ":" + std::to_string(server.port()));
    std::printf("%s %s\n", word, address.c_str());
    if (tls_server) {
      const std::string secure_origin =
          "https://" + secure.address + ":" + std::to_string(tls_server->port());
      std::printf("%s %s\n", word, AddressOf(arguments, secure_origin).c_str());
    }
    std::fflush(stdout);
    if (!arguments.webhook_file.empty() &&
        !WriteWebhook(arguments.webhook_file,
                      arguments.crm == "amocrm" ? address + " " + arguments.amocrm.token : address)) {
      std::fprintf(stderr, "cannot write the address to %s\n", arguments.webhook_file.c_str());
      return 1;
    }
    double minutes = 0;
    auto last = std::chrono::steady_clock::now();
    while (!interrupted) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      portal.Deliver();
      if (arguments.bustle > 0) {
        const int64_t seconds = Behind(portal);
        if (seconds <= 0) continue;
        if (past) {
          if (const auto noted = past->Note(arguments.bustle, seconds); !noted) {
            std::fprintf(stderr, "%s\n", ToString(noted.error()).c_str());
            return 1;
          }
        }
        portal.Bustle(seconds, arguments.bustle);
        continue;
      }
      const auto now = std::chrono::steady_clock::now();
      minutes += portal.speed() * std::chrono::duration<double>(now - last).count();
      last = now;
      const auto whole = static_cast<int64_t>(minutes);
      if (whole > 0) portal.Advance(whole);
      minutes -= static_cast<double>(whole);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cannot serve: %s\n", error.what());
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A Bitrix24 portal or an amoCRM account of a made-up company, for tests and demonstrations"};
  app.require_subcommand(1);
  app.footer(
      "Examples:\n  svodka-emulator serve --deals 10000 --speed 10\n  svodka-emulator serve --crm amocrm "
      "--deals "
      "10000\n  svodka-emulator truth --deals 10000 "
      "--today 2026-03-31\n"
      "  svodka-emulator dump --deals 1000000 --out DIR");
  CompanyArguments company;
  ServeArguments serve;
  std::string folder;

  CLI::App* serve_command =
      app.add_subcommand("serve", "Answer as a portal or an account; prints its address");
  company.Declare(*serve_command);
  const CLI::IsMember crms({"bitrix24", "amocrm"});
  serve_command->add_option("--crm", serve.crm, "Which CRM to answer as")->check(crms)->capture_default_str();
  serve_command->add_option("--token", serve.amocrm.token, "amoCRM: the long-lived token")
      ->capture_default_str();
  serve_command->add_option("--subdomain", serve.amocrm.subdomain, "amoCRM: the account's")
      ->capture_default_str();
  serve_command
      ->add_option("--client-id", serve.amocrm.oauth.client_id, "The integration, or Bitrix24's application")
      ->capture_default_str();
  serve_command->add_option("--client-secret", serve.amocrm.oauth.client_secret, "amoCRM: its secret")
      ->capture_default_str();
  serve_command->add_option("--redirect-uri", serve.amocrm.oauth.redirect_uri,
                            "amoCRM: where the consent page sends the browser back");
  serve_command->add_option("--listen", serve.listen, "Address of http; port 0 takes a free one")
      ->capture_default_str();
  serve_command->add_option("--listen-tls", serve.listen_tls, "Address of https, with --cert and --key")
      ->capture_default_str();
  serve_command->add_option("--cert", serve.certificate, "Certificate, PEM");
  serve_command->add_option("--key", serve.key, "Its key, PEM");
  serve_command->add_option("--webhook-secret", serve.secret, "The secret part of the webhook")
      ->capture_default_str();
  serve_command->add_option("--webhook-user", serve.user, "Whose webhook or token it is")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  serve_command->add_option("--speed", serve.speed, "Company minutes per second; 0 stands still")
      ->capture_default_str();
  serve_command->add_option(
      "--bustle", serve.bustle,
      "Keep to the wall clock, with this many working hours' business in each hour; instead of --speed");
  serve_command->add_option(
      "--clock-file", serve.clock_file,
      "Keeps what the company lived through, so that the next start goes on from there; with --bustle");
  serve_command->add_option("--webhook-file", serve.webhook_file,
                            "Writes the webhook's address there once it answers");
  serve_command->add_option("--events-url", serve.events_url,
                            "Bitrix24: the handler of an outgoing webhook for every event");
  serve_command->add_option("--application-token", serve.application_token, "Bitrix24: its token")
      ->capture_default_str();
  serve_command
      ->add_option("--clock-speed", serve.clock_speed,
                   "The clock of the limits and of tokens runs so many times faster")
      ->check(CLI::Range(0.1, 10000.0));
  serve_command->add_flag("--limits-off", serve.limits_off, "No rate limit, no operating budget");
  serve_command->add_option("--rate-503", serve.faults.rate_503, "Chance of a 503");
  serve_command->add_option("--rate-429", serve.faults.rate_429, "Chance of a 429");
  serve_command->add_option("--rate-500-html", serve.faults.rate_500_html,
                            "Chance of a 500 with an HTML body");
  serve_command->add_option("--rate-bad-json", serve.faults.rate_bad_json, "Chance of broken JSON");
  serve_command->add_option("--rate-drop", serve.faults.rate_drop,
                            "Chance of a connection dropped in the middle of a body");
  serve_command->add_flag("--https-required", serve.faults.https_required, "Refuse plain http");
  serve_command->add_flag("--history-of-current-pipeline", serve.faults.history_of_current_pipeline,
                          "Stage history of a deal's present pipeline only");

  CLI::App* truth_command = app.add_subcommand("truth", "Print the company's true totals as JSON");
  company.Declare(*truth_command);
  bool as_json = true;
  std::string truth_crm = "bitrix24";
  truth_command->add_option("--crm", truth_crm, "In whose terms")->check(crms)->capture_default_str();
  truth_command->add_flag("--json", as_json, "JSON (the only format)");

  CLI::App* dump_command =
      app.add_subcommand("dump", "Write the company as CSV files, one per canonical table");
  company.Declare(*dump_command);
  dump_command->add_option("--out", folder, "Folder, made if it is not there")->required();

  CLI11_PARSE(app, argc, argv);
  if (serve_command->parsed()) return Serve(company, serve);
  const auto options = company.Read();
  if (!options) return 2;
  if (truth_command->parsed()) {
    svodka::emulator::Company made = Generate(*options);
    std::cout << svodka::json::serialize(
                     truth_crm == "amocrm" ? amocrm::AccountTruth(amocrm::View(made), false) : Truth(made))
              << "\n";
    return 0;
  }
  if (const auto done = Dump(Generate(*options), folder); !done) {
    std::fprintf(stderr, "%s\n", ToString(done.error()).c_str());
    return 1;
  }
  return 0;
}
