#include "app/setup_options.hpp"

#include <array>
#include <cstdlib>
#include <set>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "app/command_input.hpp"
#include "base/text.hpp"

namespace svodka::app {
namespace {

const Diagnostic kNone{"secret_missing", "", "", {}};

Diagnostic BadAnswers(std::string message) { return {"bad_answers", std::move(message), "--answers", {}}; }

/// A secret of a file must be there; one of the environment need not.
Status TakeSecret(json::object& answers, const char* name, const std::string& file, const char* option,
                  const char* variable) {
  if (file.empty() && (answers.contains(name) || *variable == '\0')) return Done{};
  auto secret = ReadSecret(file, variable, kNone);
  if (secret.ok()) {
    answers[name] = std::move(*secret);
    return Done{};
  }
  if (file.empty()) return Done{};
  if (secret.error().code != kNone.code) return secret.errors();
  return Diagnostic{"secret_missing", std::string("the file of ") + option + " is empty", option, {}};
}

}  // namespace

std::string SpokenLanguage(const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  for (const char* variable : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return std::string_view(value).starts_with("ru") ? "ru" : "en";
  }
  return "en";
}

void SetupOptions::Add(CLI::App& app) {
  auto* setup = app.add_subcommand(
      "setup",
      "bring data in, step by step: connect a CRM, look at its rights, load, answer what needs a person");
  setup
      ->add_option("--answers", answers_,
                   "JSON file with the answers, '-' for standard input: nobody is asked")
      ->type_name("FILE");
  setup->add_option("--kind", kind_, "bitrix24, amocrm or file")
      ->check(CLI::IsMember({"bitrix24", "amocrm", "file"}));
  setup->add_option("--file", files_, "a CSV or Excel file; repeat it for several")->type_name("FILE");
  setup
      ->add_option(
          "--webhook-file", webhook_file_,
          "Bitrix24: file with the webhook's address, '-' for standard input (or set SVODKA_WEBHOOK)")
      ->type_name("FILE");
  setup->add_option("--url", url_, "amoCRM: the account's address, such as https://name.amocrm.ru");
  setup
      ->add_option("--token-file", token_file_,
                   "amoCRM: file with the long-lived token, '-' for standard input (or set SVODKA_TOKEN)")
      ->type_name("FILE");
  setup
      ->add_option("--oauth-file", oauth_file_,
                   "amoCRM: JSON file with client_id, client_secret, redirect_uri and code of an integration")
      ->type_name("FILE");
  setup->add_option("--portal", portal_,
                    "short name of the new source; of one that exists: it gets a new secret");
  setup->add_option("--name", name_, "how people call the source");
  setup->add_option("--lead-pipelines", lead_pipelines_,
                    "amoCRM: ids of the pipelines whose cards are leads, such as 7001,7002, or 'suggested'");
  setup->add_flag("--suggested", suggested_,
                  "answer every question that was not answered by what the data suggest");
  setup->add_flag("--check-only", check_only_, "look and measure; keep nothing");
  setup->add_flag("--no-load", no_load_, "connect, but leave the first load to serve or sync");
  setup->add_flag("--json", json_, "ask nobody; the whole result as JSON on standard output");
  setup->add_option("--language", language_, "ru or en (default: the terminal's)")
      ->envname("SVODKA_LANGUAGE")
      ->check(CLI::IsMember({"ru", "en"}));
}

Status SetupOptions::ReadAnswers(json::object& answers) const {
  if (answers_.empty()) return Done{};
  auto read = ReadJsonArgument(answers_ == "-" ? answers_ : "@" + answers_);
  if (!read.ok()) return read.errors();
  if (!read->is_object()) return BadAnswers("the answers must be a JSON object, see docs/setup.md");
  static const std::vector<std::string> kKnown = {
      "kind",           "webhook", "url",      "token",     "integration", "portal", "name",
      "lead_pipelines", "values",  "from_day", "suggested", "check_only",  "load",   "files"};
  static const std::set<std::string_view> kFlags = {"suggested", "check_only", "load"};
  for (const auto& [name, value] : read->get_object()) {
    const std::string text(name);
    if (std::find(kKnown.begin(), kKnown.end(), text) == kKnown.end()) {
      return Diagnostic{"bad_answers", "there is no answer '" + text + "', see docs/setup.md", "--answers",
                        NearestNames(text, kKnown)};
    }
    // Their values may be secrets and are not repeated.
    const bool object = text == "integration" || text == "values";
    const bool fits = kFlags.contains(text) ? value.is_bool()
                      : object              ? value.is_object()
                      : text == "files"     ? value.is_array()
                      : text == "lead_pipelines"
                          ? value.is_array() || value.is_string()
                          : value.is_string() || (text == "from_day" && value.is_null());
    if (!fits)
      return BadAnswers("the answer '" + text + "' has a value of the wrong kind, see docs/setup.md");
  }
  answers = std::move(read->get_object());
  return Done{};
}

Status SetupOptions::ReadSecrets(json::object& answers) const {
  const auto given = [&](const char* kind) {
    const json::value* chosen = answers.if_contains("kind");
    return chosen == nullptr || (chosen->is_string() && chosen->get_string() == kind);
  };
  if (!oauth_file_.empty()) {
    auto text = ReadSecret(oauth_file_, "", kNone);
    if (!text.ok() && text.error().code != kNone.code) return text.errors();
    auto integration = text.ok() ? ParseJson(*text) : Result<json::value>(kNone);
    if (!integration.ok() || !integration->is_object())
      return Diagnostic{"bad_json", "the integration's file must hold one JSON object", "--oauth-file", {}};
    answers["integration"] = std::move(*integration);
  }
  if (given("bitrix24")) {
    const Status taken = TakeSecret(answers, "webhook", webhook_file_, "--webhook-file", "SVODKA_WEBHOOK");
    if (!taken.ok()) return taken;
  }
  if (!given("amocrm") || answers.contains("integration")) return Done{};
  return TakeSecret(answers, "token", token_file_, "--token-file", "SVODKA_TOKEN");
}

Status SetupOptions::Fill(json::object& command) const {
  json::object answers;
  if (const Status read = ReadAnswers(answers); !read.ok()) return read;
  const std::array<std::pair<const char*, const std::string*>, 4> texts = {
      {{"kind", &kind_}, {"url", &url_}, {"portal", &portal_}, {"name", &name_}}};
  for (const auto& [name, value] : texts) {
    if (!value->empty()) answers[name] = *value;
  }
  if (!files_.empty()) {
    json::array files;
    for (const std::string& file : files_) files.emplace_back(file);
    answers["files"] = std::move(files);
  }
  if (!answers.contains("kind")) {
    if (answers.contains("files")) answers["kind"] = "file";
    if (!url_.empty() || !token_file_.empty() || !oauth_file_.empty()) answers["kind"] = "amocrm";
    if (!webhook_file_.empty()) answers["kind"] = "bitrix24";
  }
  if (const Status read = ReadSecrets(answers); !read.ok()) return read;
  if (!answers.contains("kind")) {
    if (answers.contains("webhook") && !answers.contains("token")) answers["kind"] = "bitrix24";
    if (answers.contains("url")) answers["kind"] = "amocrm";
  }
  if (lead_pipelines_ == "suggested") {
    answers["lead_pipelines"] = lead_pipelines_;
  } else if (!lead_pipelines_.empty()) {
    json::array ids;
    for (const std::string& id : Split(lead_pipelines_, ',')) {
      if (const std::string_view trimmed = Trim(id); !trimmed.empty()) ids.emplace_back(trimmed);
    }
    answers["lead_pipelines"] = std::move(ids);
  }
  if (suggested_) answers["suggested"] = true;
  if (check_only_) answers["check_only"] = true;
  if (no_load_) answers["load"] = false;
  command["answers"] = std::move(answers);
  command["json"] = json_;
  command["interactive"] =
      !json_ && answers_.empty() && isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  command["language"] = SpokenLanguage(language_);
  return Done{};
}

}  // namespace svodka::app
