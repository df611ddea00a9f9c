#include "app/command_examples.hpp"

#include <array>
#include <string_view>

namespace svodka::app {
namespace {

struct Example {
  std::string_view command;
  bool in_overview;  ///< one of the few that `svodka --help` shows
  std::string_view text;
};

constexpr std::array kExamples = {
    Example{"setup", true, "svodka --data ./data setup   # asks step by step; the secret is not shown"},
    Example{"setup", false,
            "svodka --data ./data setup --kind bitrix24 --webhook-file webhook.txt --check-only"},
    Example{
        "setup", false,
        "svodka --data ./data setup --url https://shop.amocrm.ru --token-file token.txt --portal shop \\\n"
        "      --lead-pipelines suggested --suggested --json"},
    Example{"setup", false, "pass show shop/setup.json | svodka --data ./data setup --answers - --json"},
    Example{"connect bitrix24", true,
            "svodka --data ./data connect bitrix24 --portal acme --webhook-file webhook.txt"},
    Example{"connect bitrix24", false,
            "pass show acme/webhook | svodka --data ./data connect bitrix24 --portal acme --webhook-file -"},
    Example{"connect amocrm", true,
            "svodka --data ./data connect amocrm --portal shop --url https://shop.amocrm.ru --token-file "
            "token.txt"},
    Example{"connect amocrm", false,
            "svodka --data ./data connect amocrm --portal shop --url https://shop.amocrm.ru --token-file "
            "token.txt \\\n"
            "      --lead-pipelines 7001,7002"},
    Example{"connect amocrm", false,
            "svodka --data ./data connect amocrm --portal shop --url https://shop.amocrm.ru --oauth-file "
            "integration.json"},
    Example{"sync", true, "svodka --data ./data sync --portal acme --follow"},
    Example{
        "sync", false,
        "svodka --data ./data sync --portal acme           # the first load, or what changed since the last"},
    Example{
        "sync", false,
        "svodka --data ./data sync --portal acme --sweep   # also compare all ids: deleted and missed cards"},
    Example{"check", true, "svodka --data ./data check --portal acme --from 2025-01 --to 2025-03 --repair"},
    Example{"check", false, "svodka --data ./data check --portal acme --months 12 --format json"},
    Example{"hooks", true, "svodka --data ./data hooks --portal acme --url https://svodka.example.ru"},
    Example{"hooks", false, "svodka --data ./data hooks --portal acme --token-file application-token.txt"},
    Example{"import", true,
            "svodka --data ./data import --portal shop --map examples/maven-crm.yaml files/*.csv"},
    Example{"import", true, "svodka import --suggest deals.csv > map.yaml"},
    Example{"query", true,
            "svodka --data ./data query --portal acme "
            "'{\"measures\":[\"deals_won\",\"won_amount\"],\"dimensions\":[\"employee\"],\n"
            "      \"period\":{\"from\":\"2025-01-01\",\"to\":\"2025-04-01\"}}'"},
    Example{"query", false,
            "svodka --data ./data query --portal acme "
            "'{\"measures\":[\"deals_in_work\"],\"dimensions\":[\"month\"],\n"
            "      "
            "\"filters\":[{\"dimension\":\"pipeline\",\"in\":[\"0\"]}],\"period\":{\"from\":\"2025-01-01\","
            "\"to\":\"2026-01-01\"}}'"},
    Example{"query", false, "svodka --data ./data query --portal acme @request.json"},
    Example{"query", false,
            "svodka --data ./data query --portal acme --portal shop "
            "'{\"measures\":[\"deals_won\"],\"dimensions\":[\"portal\"],\"totals\":true}'   # both together"},
    Example{"records", false,
            "svodka --data ./data records --portal acme "
            "'{\"measures\":[\"deals_won\"],\"dimensions\":[\"employee\"],\n"
            "      "
            "\"period\":{\"from\":\"2025-01-01\",\"to\":\"2025-04-01\"},\"cell\":{\"measure\":\"deals_won\","
            "\"values\":{\"employee\":\"7\"}}}'"},
    Example{"report", true, "svodka --data ./data report sales_dynamics --portal acme --period 2025-Q1"},
    Example{"report", false,
            "svodka --data ./data report sales_dynamics --portal acme --period 2025-01-01..2025-03-31 "
            "--compare year_ago"},
    Example{"report", false,
            "svodka --data ./data report sales_dynamics --portal acme --format csv > dynamics.csv"},
    Example{"model", false, "svodka model --language en"},
    Example{"model", false,
            "svodka --data ./data model --portal acme --format json   # with the portal's custom fields"},
    Example{"portals", false, "svodka --data ./data portals"},
    Example{"settings get", false, "svodka --data ./data settings get --portal acme"},
    Example{"settings set", true, "svodka --data ./data settings set --portal acme forgotten_days 21"},
    Example{"settings set", false,
            "svodka --data ./data settings set --portal acme after_sale_pipelines 4 --from 2025-01-01"},
    Example{"settings reset", false, "svodka --data ./data settings reset --portal acme forgotten_days"},
    Example{"user list", false, "svodka --data ./data user list"},
    Example{"user add", false,
            "svodka --data ./data user add --name 'Anna Petrova' --email anna@example.org --password-file -"},
    Example{"user reset", false,
            "svodka --data ./data user reset --email anna@example.org --password-file -"},
    Example{"serve", true, "svodka --data ./data serve --listen 127.0.0.1:8080"},
    Example{"serve", false,
            "svodka --data ./data serve --listen 0.0.0.0:8443 --cert chain.pem --key key.pem"},
    Example{"doctor", false, "svodka --data ./data doctor"},
    Example{"act", false,
            "svodka --data ./data act --kind task --text 'Позвонить' --deadline 'tomorrow 12:00' --records "
            "'{\"measures\":[\"deals_forgotten\"],\"cell\":{\"measure\":\"deals_forgotten\"}}'"},
    Example{"act", false, "svodka --data ./data act --kind reassign --responsible 7 --cards deal:5,deal:9"},
    Example{"rules", false, "svodka --data ./data rules"},
};

constexpr std::string_view kForAll =
    "A request, a secret or a password of - is read from standard input. While `serve` or `sync --follow` "
    "runs on a "
    "data folder, "
    "every\nother command reaches it through DIR/svodka.socket and answers the same. An error is one line of "
    "JSON on "
    "standard error,\n{\"code\",\"message\",\"place\"}, and the exit code 2.";

}  // namespace

std::string ExamplesOf(const std::string& command) {
  std::string text;
  for (const Example& example : kExamples) {
    // A group shows what its commands show.
    const bool chosen = command.empty()
                            ? example.in_overview
                            : example.command == command || example.command.starts_with(command + " ");
    if (chosen) text += (text.empty() ? "\nExamples:\n  " : "  ") + std::string(example.text) + "\n";
  }
  return text + "\n" + std::string(kForAll);
}

}  // namespace svodka::app
