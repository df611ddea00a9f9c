#include <algorithm>
#include <map>

#include "app/internal/command_list.hpp"
#include "app/text_table.hpp"
#include "base/json_text.hpp"

/// The command that proves the figures: check.
namespace svodka::app {
namespace {

const std::map<std::string, std::string, std::less<>> kCauses = {
    {"not_synced", "not copied yet"},
    {"stage_changed", "stage changed in the CRM since the last reading"},
    {"changed", "changed in the CRM since the last reading"},
    {"stale", "another content under the same date of change"},
    {"deleted", "deleted in the CRM"},
    {"unreadable", "the CRM does not let us read it any more"},
    {"returned", "held as deleted here, alive in the CRM"},
    {"while_checking", "changed in the CRM while it was checked"},
    {"time_zone", "another month in the time zone that is set here"},
    {"after_sale", "in an after-sale pipeline: reports leave it out of sales"},
    {"sale_point", "counts as won from the sale point on"},
    {"currency", "converted at our dated rate, not at the CRM's rate of today"}};
const std::map<std::string, std::string, std::less<>> kFates = {{"found", ""},
                                                                {"repaired", "repaired"},
                                                                {"left", "STILL DIFFERS"},
                                                                {"explained", "explained by a setting"},
                                                                {"moving", "not blamed"}};
constexpr size_t kCardsShown = 50;

std::string Words(const std::map<std::string, std::string, std::less<>>& words, const json::value& name) {
  const std::string_view text(name.as_string());
  const auto found = words.find(text);
  return found == words.end() ? std::string(text) : found->second;
}

std::string Text(const json::value& value) { return ScalarText(value).value_or("-"); }

std::string Difference(const std::string& ours, const std::string& theirs) {
  const auto mine = Money::Parse(ours), other = Money::Parse(theirs);
  if (!mine.ok() || !other.ok() || *mine == *other) return "";
  const Money delta = *mine - *other;
  std::string text =
      ours.find('.') == std::string::npos ? std::to_string(delta.minor() / 100) : delta.ToString();
  return delta.minor() > 0 ? "+" + text : text;
}

/// What both sides say about the fields that differ.
std::string Detail(const json::object& finding) {
  const json::value& ours = finding.at("ours");
  const json::value& crm = finding.at("crm");
  std::string text;
  for (const json::value& field : finding.at("fields").as_array()) {
    const std::string name(field.as_string());
    const auto side = [&](const json::value& card) -> std::string {
      if (!card.is_object()) return "none";
      const char* member = name == "owner" ? "employee" : name == "created" ? "created_at" : name.c_str();
      const json::value* value = card.get_object().if_contains(member);
      if (value == nullptr) return "";
      return value->is_object() ? Text(value->at("name")) : Text(*value);
    };
    if (name == "card" || name == "month" || name == "semantic") continue;
    text += (text.empty() ? "" : "; ") + name + ": ours " + side(ours) + ", CRM " + side(crm);
  }
  return text;
}

std::string ToText(const json::object& report) {
  std::string out = "Cards created " + Text(report.at("from")) + " to " + Text(report.at("to")) + ", " +
                    Text(report.at("cards")) + " compared with the CRM in " + Text(report.at("requests")) +
                    " requests\n\n";
  TextTable table;
  table.Add({"month", "cards", "figure", "ours", "CRM", "difference"});
  for (const json::value& line : report.at("figures").as_array()) {
    if (line.at("dimension").as_string() != "total") continue;
    const std::string kind(line.at("entity").as_string());
    for (const char* figure : {"count", "amount", "won", "won_amount", "lost", "open"}) {
      const std::string ours = Text(line.at("ours").at(figure));
      std::string crm = Text(line.at("crm").at(figure));
      const json::value& total = line.at("crm_total");
      if (std::string_view(figure) == "count" && total.is_int64()) crm = Text(total);
      table.Add({Text(line.at("month")), kind, figure, ours, crm, Difference(ours, crm)});
    }
  }
  out += table.Render() + "\n";
  const json::array& findings = report.at("findings").as_array();
  if (!findings.empty()) {
    TextTable cards;
    cards.Add({"card", "month", "cause", "what became of it", "detail"});
    size_t shown = 0;
    for (const json::value& value : findings) {
      const json::object& finding = value.as_object();
      if (finding.at("fate").as_string() == "explained" && shown >= 10) continue;
      if (++shown > kCardsShown) break;
      cards.Add({Text(finding.at("entity")) + " " + Text(finding.at("id")), Text(finding.at("month")),
                 Words(kCauses, finding.at("cause")), Words(kFates, finding.at("fate")), Detail(finding)});
    }
    out += cards.Render() + "\n";
    for (const json::value& cause : report.at("causes").as_array())
      out += Text(cause.at("count")) + " × " + Words(kCauses, cause.at("cause")) + "\n";
    out += "(all of them with both sides: --format json)\n\n";
  }
  for (const json::value& note : report.at("notes").as_array())
    out += "note: " + Text(note.at("message")) + "\n";
  const int64_t left = report.at("left").as_int64(), repaired = report.at("repaired").as_int64();
  const int64_t explained = report.at("explained").as_int64(), moving = report.at("moving").as_int64();
  out += Text(report.at("agree")) + " cards agree";
  if (repaired > 0) out += ", " + std::to_string(repaired) + " of them repaired just now";
  if (left > 0) out += ", " + std::to_string(left) + " differ";
  if (explained > 0) out += "; " + std::to_string(explained) + " are counted otherwise by settings";
  if (moving > 0) out += "; " + std::to_string(moving) + " changed while they were checked";
  out += ".\n";
  if (left > 0 && !report.at("repair").as_bool())
    out += "To read them again: the same command with --repair\n";
  return out;
}

}  // namespace

Status RunCheck(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const auto portal = ChoosePortal(services, command);
  if (!portal.ok()) return portal.errors();
  const auto host = services.portals.Host(*portal);
  if (!host.ok()) return host.errors();
  const auto zone = Zone::Find(host.value()->warehouse().portal().zone);
  if (!zone.ok()) return zone.errors();
  auto request = CheckRequest::Read(command, zone->LocalDay(services.clock.Now()), "local");
  if (!request.ok()) return request.errors();
  const auto report = host.value()->check().Run(
      *request,
      [&](const check::Progress& progress) {
        Step step{.stage = progress.stage, .done = progress.done, .expected = {}, .seconds_left = {}};
        if (progress.expected > 0) step.expected = progress.expected;
        output.Show(step);
      },
      std::move(stop));
  if (!report.ok()) return report.errors();
  const std::string format = TextOf(command, "format");
  const bool table = format.empty() ? output.terminal() : format == "table";
  output.Out(table ? ToText(*report) : JsonText(*report) + "\n");
  return Done{};
}

}  // namespace svodka::app
