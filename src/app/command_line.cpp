#include "app/command_line.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <CLI/CLI.hpp>

#include "app/action_options.hpp"
#include "app/command_examples.hpp"
#include "app/command_input.hpp"
#include "app/setup_options.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "reports/period.hpp"
#include "server/api.hpp"

namespace svodka::app {
namespace {

/// Everything that looks like a secret given in the open, where `ps` and the shell's history keep it.
bool LooksLikeWebhook(std::string_view argument) {
  return argument.find("/rest/") != std::string_view::npos && argument.find("://") != std::string_view::npos;
}

const Diagnostic kSecretAsArgument{
    "secret_as_argument",
    "a webhook is a secret, and arguments can be read by others on this machine: put it into a file and name "
    "it with "
    "--webhook-file FILE, or '-' to read it from standard input, or set SVODKA_WEBHOOK",
    "--webhook-file",
    {}};

bool LooksLikePassword(std::string_view argument) {
  for (const std::string_view option : {"--password", "--secret", "--token"}) {
    if (argument == option || argument.starts_with(std::string(option) + "=")) return true;
  }
  return false;
}

const Diagnostic kPasswordAsArgument{
    "secret_as_argument",
    "a password or token is a secret, and arguments can be read by others on this machine: put it into a "
    "file and "
    "name it with --password-file FILE, or '-' to read it from standard input, or set SVODKA_PASSWORD",
    "--password-file",
    {}};

/// What the options of all commands are read into.
struct Options {
  std::vector<std::string> portals, files;
  std::string map, webhook_file, webhook, request, report, period, compare, currency, format,
      language = "ru", listen = "127.0.0.1:8080";
  std::string url, lead_pipelines, token_file, token, oauth_file;
  std::string certificate, key, name, value, from, email, person, password_file, state, level;
  std::string to, spoken, take_back;
  int64_t months = 0;
  bool follow = false, sweep = false, suggest = false, lists = false, reset = false, repair = false,
       renew = false, off = false;
};

class Parser {
 public:
  Parser() : app_("Svodka: sales analytics over Bitrix24, amoCRM and files, on your own machine.", "svodka") {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.set_version_flag("--version", std::string(server::Version()));
    app_.add_option("--data", line_.data, "data folder (default: ./data)")->envname("SVODKA_DATA");
    app_.add_option("--models", line_.models, "folder with the model files (default: beside the program)");
    app_.add_option("--web", line_.web, "folder with the built web app (default: beside the program)");
    app_.add_option("--log-level", options_.level, "debug, info, warning or error");
    AddData();
    AddQuestions();
    AddAdministration();
    setup_.Add(app_);
    actions_.Add(app_);
  }

  Result<CommandLine> Parse(int argc, const char* const* argv) {
    for (int i = 1; i < argc; ++i) {
      if (LooksLikeWebhook(argv[i])) return kSecretAsArgument;
      if (LooksLikePassword(argv[i])) return kPasswordAsArgument;
    }
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForVersion&) {
      line_.help = std::string(server::Version()) + "\n";
      return line_;
    } catch (const CLI::Success&) {
      line_.help = Help();
      return line_;
    } catch (const CLI::ParseError& error) {
      return Usage(error, argc, argv);
    }
    if (!options_.level.empty()) {
      const Status level = ReadLevel();
      if (!level.ok()) return level.errors();
    }
    const auto* chosen = app_.get_subcommands().front();
    const Status filled = Fill(chosen->get_name(), chosen);
    if (!filled.ok()) return filled.errors();
    return line_;
  }

 private:
  void AddPortal(CLI::App* command, bool required) {
    auto* option = command->add_option("--portal", options_.portals, "name of the portal")
                       ->take_all()
                       ->allow_extra_args(false);
    if (required) option->required();
  }
  void AddLanguage(CLI::App* command) {
    command->add_option("--language", options_.language, "ru or en")
        ->envname("SVODKA_LANGUAGE")
        ->check(CLI::IsMember({"ru", "en"}))
        ->capture_default_str();
  }

  void AddData() {
    auto* import = app_.add_subcommand("import", "load CSV and XLSX files by a mapping");
    AddPortal(import, false);
    import->add_option("--map", options_.map, "mapping file (YAML), see docs/import.md");
    import->add_flag("--suggest", options_.suggest,
                     "write a first mapping for the files to standard output; loads nothing");
    import->add_option("--language", options_.spoken, "ru or en: of the reasons (default: the terminal's)")
        ->envname("SVODKA_LANGUAGE")
        ->check(CLI::IsMember({"ru", "en"}));
    import->add_flag("--lists", options_.lists,
                     "show the lists of calls that were imported into a CRM's portal");
    import->add_option("--take-back", options_.take_back, "remove one of them: its id, as --lists shows it")
        ->type_name("LIST");
    import->add_option("files", options_.files, "files or folders");

    auto* connect = app_.add_subcommand("connect", "connect a CRM");
    connect->require_subcommand(1);
    auto* bitrix = connect->add_subcommand("bitrix24", "by an incoming webhook");
    AddPortal(bitrix, true);
    bitrix
        ->add_option("--webhook-file", options_.webhook_file,
                     "file with the webhook's address, '-' for standard input")
        ->type_name("FILE");
    bitrix->add_option("--webhook", options_.webhook)->group("");
    bitrix->add_option("--name", options_.name, "how people call the portal");
    auto* amo =
        connect->add_subcommand("amocrm", "amoCRM or Kommo, by a long-lived token or an OAuth integration");
    AddPortal(amo, true);
    amo->add_option("--url", options_.url, "the account's address, such as https://name.amocrm.ru")
        ->required();
    amo->add_option("--token-file", options_.token_file,
                    "file with the long-lived token, '-' for standard input")
        ->type_name("FILE");
    amo->add_option("--oauth-file", options_.oauth_file,
                    "JSON file with client_id, client_secret, redirect_uri and code of an integration, '-' "
                    "for standard "
                    "input")
        ->type_name("FILE");
    amo->add_option("--lead-pipelines", options_.lead_pipelines,
                    "ids of the pipelines whose cards are leads, such as 7001,7002; the answer of connect "
                    "names them all");
    amo->add_option("--token", options_.token)->group("");
    amo->add_option("--name", options_.name, "how people call the portal");

    auto* sync = app_.add_subcommand("sync", "bring the copy of a CRM up to date");
    AddPortal(sync, false);
    auto* follow = sync->add_flag("--follow", options_.follow, "go on until stopped");
    sync->add_flag(
            "--sweep", options_.sweep,
            "also compare all cards with the CRM: finds what was deleted, and what any page had left out")
        ->excludes(follow);

    auto* check = app_.add_subcommand(
        "check", "compare the copy with the CRM's own figures, card by card (docs/check.md)");
    AddPortal(check, false);
    check->add_option("--from", options_.from, "first month, YYYY-MM");
    check->add_option("--to", options_.to, "last month, YYYY-MM (default: the present one)");
    check->add_option("--months", options_.months, "how many months back from the last (default: 3)")
        ->check(CLI::Range(1, 120));
    check->add_flag("--repair", options_.repair, "read again what differs, then compare these cards anew");
    check->add_option("--format", options_.format, "table or json")->check(CLI::IsMember({"table", "json"}));
    auto* hooks = app_.add_subcommand(
        "hooks", "the address for a CRM's events: changes stand in an open report within seconds");
    AddPortal(hooks, false);
    hooks->add_option("--url", options_.url,
                      "address under which the CRM reaches this server, such as https://svodka.example.ru");
    hooks
        ->add_option("--token-file", options_.token_file,
                     "Bitrix24: file with the webhook's application token (one a line for several), '-' for "
                     "standard input")
        ->type_name("FILE");
    hooks->add_flag("--renew", options_.renew, "a new secret address; the old one and its tokens end");
    hooks->add_flag("--off", options_.off, "take no events any more");

    auto* serve = app_.add_subcommand("serve", "web app, API and sync of all portals");
    serve
        ->add_option("--listen", options_.listen,
                     "ADDRESS:PORT; wider than this machine only with an administrator")
        ->capture_default_str();
    serve->add_option("--cert", options_.certificate, "TLS certificate chain (PEM)");
    serve->add_option("--key", options_.key, "its key (PEM)");
  }

  void AddQuestions() {
    auto* query = app_.add_subcommand("query", "answer a request with a table (docs/request.md)");
    AddPortal(query, false);
    AddLanguage(query);
    query->add_option("request", options_.request, "JSON, '-' for standard input, @FILE for a file")
        ->required();

    auto* records = app_.add_subcommand("records", "the rows beneath a cell of an answer");
    AddPortal(records, false);
    AddLanguage(records);
    records->add_option("request", options_.request, "the request with \"cell\"")->required();

    auto* report = app_.add_subcommand("report", "a report as table, JSON (the Document) or CSV");
    report->add_option("report", options_.report, "its id, such as sales_dynamics")->required();
    AddPortal(report, false);
    AddLanguage(report);
    report->add_option("--period", options_.period,
                       "2025, 2025-H1, 2025-Q1, 2025-03, 2025-01-01..2025-03-31 or a preset");
    report->add_option("--compare", options_.compare,
                       "previous, year_ago, or years_2 … years_5: each of the years before");
    report->add_option("--currency", options_.currency,
                       "of several portals with different base currencies: the common one, such as EUR");
    report->add_option("--state", options_.state, "report state (docs/document.md): JSON, '-' or @FILE");
    report->add_option("--format", options_.format, "table, json or csv")
        ->check(CLI::IsMember({"table", "json", "csv"}));

    auto* model = app_.add_subcommand("model", "list measures and dimensions with their definitions");
    AddPortal(model, false);
    AddLanguage(model);
    model->add_option("--format", options_.format, "table or json")->check(CLI::IsMember({"table", "json"}));

    app_.add_subcommand("portals", "list the portals of the data folder");
  }

  void AddAdministration() {
    auto* settings = app_.add_subcommand("settings", "a portal's settings");
    settings->require_subcommand(1);
    auto* get = settings->add_subcommand("get", "all settings, or one");
    AddPortal(get, false);
    get->add_option("name", options_.name, "name of the setting");
    auto* set = settings->add_subcommand("set", "change a setting, from a day on or for always");
    AddPortal(set, false);
    set->add_option("name", options_.name, "name of the setting")->required();
    set->add_option("value", options_.value, "true, 14, a,b,c, 5=C5:WON or JSON")->required();
    set->add_option("--from", options_.from, "first day on which it holds (YYYY-MM-DD)");
    auto* reset = settings->add_subcommand("reset", "back to the default");
    AddPortal(reset, false);
    reset->add_option("name", options_.name, "name of the setting")->required();

    auto* user = app_.add_subcommand("user", "people who may sign in");
    user->require_subcommand(1);
    user->add_subcommand("list", "list them");
    auto* add = user->add_subcommand("add", "add an administrator");
    add->add_option("--name", options_.person, "name")->required();
    AddPassword(add);
    AddPassword(user->add_subcommand("reset", "set a new password; ends the user's sessions"));

    app_.add_subcommand("doctor", "check that everything is in place");
  }

  void AddPassword(CLI::App* command) {
    command->add_option("--email", options_.email, "e-mail to sign in with")->required();
    command->add_option("--password-file", options_.password_file,
                        "file with the password, '-' for standard input (or set SVODKA_PASSWORD)");
  }

  std::string Help() const {
    const CLI::App* deepest = &app_;
    while (!deepest->get_subcommands().empty()) deepest = deepest->get_subcommands().front();
    std::string name, parents;
    for (const CLI::App* at = deepest; at != &app_; at = at->get_parent()) {
      name = at->get_name() + (name.empty() ? "" : " " + name);
      parents = at->get_parent()->get_name() + (parents.empty() ? "" : " " + parents);
    }
    return deepest->help(parents) + ExamplesOf(name) + "\n";
  }

  static std::vector<std::string> NamesOf(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
    return names;
  }

  /// The first word that must be a command's name and is none.
  std::optional<Diagnostic> FindUnknownCommand(int argc, const char* const* argv) const {
    const CLI::App* at = &app_;
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      if (word.starts_with("--")) {
        // `--data DIR`: the next word is the option's.
        if (word.find('=') == std::string::npos && word != "--help" && word != "--version" &&
            app_.get_option_no_throw(word) != nullptr)
          ++i;
        continue;
      }
      if (word.starts_with("-")) continue;
      const auto names = NamesOf(*at);
      if (names.empty()) return std::nullopt;
      const auto found = std::find(names.begin(), names.end(), word);
      if (found == names.end()) {
        return Diagnostic{"unknown_command", "there is no command '" + word + "'; see svodka --help", word,
                          NearestNames(word, names)};
      }
      at = at->get_subcommand(word);
    }
    return std::nullopt;
  }

  Diagnostics Usage(const CLI::ParseError& error, int argc, const char* const* argv) const {
    if (auto unknown = FindUnknownCommand(argc, argv)) return {*unknown};
    const CLI::App* deepest = &app_;
    std::string name = "svodka";
    while (!deepest->get_subcommands().empty()) {
      deepest = deepest->get_subcommands().front();
      name += " " + deepest->get_name();
    }
    // An unknown option is named, its value is not: it may be a secret.
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
      std::vector<std::string> options;
      for (const CLI::App* app : {deepest, &app_}) {
        for (const CLI::Option* option : app->get_options())
          if (!option->get_group().empty()) options.push_back(option->get_name());
      }
      for (int i = 1; i < argc; ++i) {
        const std::string word = std::string(argv[i]).substr(0, std::string_view(argv[i]).find('='));
        if (!word.starts_with("--") || std::find(options.begin(), options.end(), word) != options.end())
          continue;
        return {{"unknown_option", "there is no option " + word + "; see " + name + " --help", word,
                 NearestNames(word, options)}};
      }
      return {{"bad_usage",
               "there are more arguments than " + name + " takes; see " + name + " --help",
               name,
               {}}};
    }
    std::string message = error.what();
    for (char& c : message) c = c == '\n' ? ' ' : c;
    return {{"bad_usage", message + "; see " + name + " --help", name, {}}};
  }

  Status ReadLevel() {
    static const std::map<std::string, log::Level> kLevels = {{"debug", log::Level::kDebug},
                                                              {"info", log::Level::kInfo},
                                                              {"warning", log::Level::kWarning},
                                                              {"error", log::Level::kError}};
    const auto found = kLevels.find(options_.level);
    if (found == kLevels.end()) {
      return Diagnostic{"bad_usage",
                        "--log-level is debug, info, warning or error; got " + options_.level,
                        "--log-level",
                        {}};
    }
    line_.log_level = found->second;
    line_.log_level_given = true;
    return Done{};
  }

  Status Fill(const std::string& name, const CLI::App* command) {
    json::object& out = line_.command;
    out["command"] = name;
    out["language"] = options_.language;
    constexpr std::array<std::string_view, 4> kOfSeveral = {"query", "records", "report", "model"};
    if (options_.portals.size() > 1 &&
        std::find(kOfSeveral.begin(), kOfSeveral.end(), name) == kOfSeveral.end()) {
      return Diagnostic{
          "bad_usage", "'" + name + "' is done for one portal at a time; name one --portal", "--portal", {}};
    }
    std::string portals;
    for (const std::string& portal : options_.portals) portals += (portals.empty() ? "" : ",") + portal;
    if (!portals.empty()) out["portal"] = portals;
    if (!options_.format.empty()) out["format"] = options_.format;
    if (name == "import") return FillImport();
    if (name == "setup") return setup_.Fill(out);
    if (name == "act") return actions_.FillAct(out);
    if (name == "rules") return actions_.FillRules(out);
    if (name == "connect") return FillConnect(command->get_subcommands().front()->get_name());
    if (name == "sync") {
      out["follow"] = options_.follow;
      out["sweep"] = options_.sweep;
    }
    if (name == "hooks") return FillHooks();
    if (name == "serve") {
      out["listen"] = options_.listen;
      out["cert"] = options_.certificate.empty() ? "" : AbsolutePath(options_.certificate);
      out["key"] = options_.key.empty() ? "" : AbsolutePath(options_.key);
    }
    if (name == "query" || name == "records") {
      auto request = ReadJsonArgument(options_.request);
      if (!request.ok()) return request.errors();
      out["request"] = std::move(request).value();
    }
    if (name == "report") return FillReport();
    if (name == "check") return FillCheck();
    if (name == "settings") return FillSettings(command->get_subcommands().front()->get_name());
    if (name == "user") return FillUser(command->get_subcommands().front()->get_name());
    return Done{};
  }

  Status FillImport() {
    json::object& out = line_.command;
    out["suggest"] = options_.suggest;
    out["language"] = SpokenLanguage(options_.spoken);
    const bool lists = options_.lists || !options_.take_back.empty();
    if (lists && !options_.portals.empty() && options_.files.empty()) {
      out["lists"] = options_.lists;
      out["take_back"] = options_.take_back;
      return Done{};
    }
    if (lists || options_.files.empty()) {
      return Diagnostic{"bad_usage",
                        lists ? "--lists and --take-back need --portal NAME and take no files"
                              : "import needs the files to read; see import --help",
                        lists ? "--portal" : "files",
                        {}};
    }
    if (!options_.suggest && (options_.map.empty() || options_.portals.empty())) {
      return Diagnostic{
          "bad_usage",
          "import needs --portal NAME and --map FILE; a first mapping comes from import --suggest",
          options_.map.empty() ? "--map" : "--portal",
          {}};
    }
    if (!options_.map.empty()) out["map"] = AbsolutePath(options_.map);
    json::array files;
    for (const std::string& file : options_.files) files.emplace_back(AbsolutePath(file));
    out["files"] = std::move(files);
    return Done{};
  }

  Status FillConnect(const std::string& crm) {
    line_.command["crm"] = crm;
    line_.command["name"] = options_.name;
    if (crm == "amocrm") return FillAmo();
    if (!options_.webhook.empty()) return kSecretAsArgument;
    const Diagnostic missing{
        "webhook_missing",
        "connect needs the webhook's address: --webhook-file FILE, --webhook-file - or the variable "
        "SVODKA_WEBHOOK (in Bitrix24: Applications, Developer resources, Other, Incoming webhook)",
        "--webhook-file",
        {}};
    auto webhook = ReadSecret(options_.webhook_file, "SVODKA_WEBHOOK", missing);
    if (!webhook.ok()) return webhook.errors();
    line_.command["webhook"] = std::move(webhook).value();
    return Done{};
  }

  Status FillAmo() {
    if (!options_.token.empty()) {
      return Diagnostic{
          "secret_as_argument",
          "a token is a secret, and arguments can be read by others on this machine: put it into a file and "
          "name it with --token-file FILE, or '-' to read it from standard input, or set SVODKA_TOKEN",
          "--token-file",
          {}};
    }
    line_.command["url"] = options_.url;
    line_.command["lead_pipelines"] = options_.lead_pipelines;
    const Diagnostic missing{
        "token_missing",
        "connect needs a token: --token-file FILE, --token-file - or the variable SVODKA_TOKEN (in amoCRM: "
        "Integrations, "
        "your integration, Keys, long-lived token), or --oauth-file FILE with an integration's keys and code",
        "--token-file",
        {}};
    const bool oauth = !options_.oauth_file.empty();
    auto secret = oauth ? ReadSecret(options_.oauth_file, "", missing)
                        : ReadSecret(options_.token_file, "SVODKA_TOKEN", missing);
    if (!secret.ok()) return secret.errors();
    line_.command[oauth ? "grant" : "token"] = std::move(secret).value();
    return Done{};
  }

  Status FillHooks() {
    json::object& out = line_.command;
    out["url"] = options_.url;
    out["renew"] = options_.renew;
    out["off"] = options_.off;
    if (options_.token_file.empty()) return Done{};
    const Diagnostic missing{"token_missing", "the file holds no application token", "--token-file", {}};
    auto token = ReadSecret(options_.token_file, "", missing);
    if (!token.ok()) return token.errors();
    out["token"] = std::move(token).value();
    return Done{};
  }

  Status FillReport() {
    json::object& out = line_.command;
    out["report"] = options_.report;
    json::value state = json::object();
    if (!options_.state.empty()) {
      auto read = ReadJsonArgument(options_.state);
      if (!read.ok()) return read.errors();
      state = std::move(read).value();
      if (!state.is_object())
        return Diagnostic{"bad_state", "the report state must be a JSON object", "--state", {}};
    }
    if (!state.as_object().contains("language")) state.as_object()["language"] = options_.language;
    if (!options_.period.empty()) {
      auto period = reports::ParsePeriodText(options_.period);
      if (!period.ok()) {
        Diagnostics errors = period.errors();
        errors.front().place = "--period";
        return errors;
      }
      state.as_object()["period"] = std::move(period).value();
    }
    if (!options_.compare.empty()) state.as_object()["compare"] = options_.compare;
    if (!options_.currency.empty()) state.as_object()["currency"] = options_.currency;
    out["state"] = std::move(state);
    return Done{};
  }

  Status FillCheck() {
    json::object& out = line_.command;
    if (!options_.from.empty() && options_.months > 0) {
      return Diagnostic{"bad_usage",
                        "name the first month with --from or count back with --months, not both",
                        "--months",
                        {}};
    }
    if (!options_.from.empty()) out["from"] = options_.from;
    if (!options_.to.empty()) out["to"] = options_.to;
    if (options_.months > 0) out["months"] = options_.months;
    out["repair"] = options_.repair;
    return Done{};
  }

  Status FillSettings(const std::string& action) {
    json::object& out = line_.command;
    out["action"] = action;
    out["name"] = options_.name;
    out["value"] = options_.value;
    out["from"] = options_.from;
    return Done{};
  }

  Status FillUser(const std::string& action) {
    json::object& out = line_.command;
    out["action"] = action;
    if (action == "list") return Done{};
    out["name"] = options_.person;
    out["email"] = options_.email;
    const Diagnostic missing{
        "password_missing",
        "name the file with the password: --password-file FILE, '-' for standard input, or set "
        "SVODKA_PASSWORD",
        "--password-file",
        {}};
    auto password = ReadSecret(options_.password_file, "SVODKA_PASSWORD", missing);
    if (!password.ok()) return password.errors();
    out["password"] = std::move(password).value();
    return Done{};
  }

  CLI::App app_;
  CommandLine line_;
  Options options_;
  SetupOptions setup_;
  ActionOptions actions_;
};

}  // namespace

Result<CommandLine> ParseCommandLine(int argc, const char* const* argv) { return Parser().Parse(argc, argv); }

}  // namespace svodka::app
