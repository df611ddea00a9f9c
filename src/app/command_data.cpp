#include <cmath>

#include "app/internal/command_list.hpp"
#include "app/portal_load.hpp"
#include "app/setup/file_opening.hpp"
#include "app/setup/file_words.hpp"
#include "base/json_text.hpp"
#include "crm/files/mapping.hpp"
#include "sync/call_list.hpp"
#include "sync/file_import.hpp"

/// Commands that bring data in: import, sync.
namespace svodka::app {
namespace {

json::array Notes(const Diagnostics& notes) {
  json::array list;
  for (const auto& note : notes) list.emplace_back(ToString(note));
  return list;
}

/// "; 3 of them are different: +79…, …", nothing when there are none.
std::string NumbersText(const sync::NumbersTold& told, const Say& say) {
  std::string text = std::to_string(told.calls);
  if (told.calls == 0) return text;
  text += say(" (разных: ", " (different ones: ") + std::to_string(told.different);
  for (size_t i = 0; i < told.examples.size(); ++i) text += (i == 0 ? "; " : ", ") + told.examples[i];
  return text + ")";
}

/// What became of a list of calls, line by line.
std::string CallsText(const sync::CallListSummary& calls, const Say& say) {
  const auto line = [&](const char* russian, const char* english, const std::string& what) {
    return say(russian, english) + ": " + what + "\n";
  };
  std::string text = line("Звонков", "Calls", std::to_string(calls.calls));
  if (calls.legs > 0)
    text += line("  строк о том же звонке (звонили нескольким нашим)",
                 "  rows of the same call (several of ours rang)", std::to_string(calls.legs));
  text += line("  уже есть в CRM, второй раз не считаются", "  in the CRM already, not counted twice",
               std::to_string(calls.in_crm));
  text += line("  с известным клиентом", "  with a known client", std::to_string(calls.with_client));
  if (calls.with_lead > 0)
    text += line("  с известным лидом", "  with a known lead", std::to_string(calls.with_lead));
  text += line("  с номером, которого нет в CRM", "  with a number that the CRM lacks",
               NumbersText(calls.unknown, say));
  if (calls.shared.calls > 0)
    text += line("  с номером нескольких клиентов (ни к кому не отнесены)",
                 "  with a number of several clients (bound to none)", NumbersText(calls.shared, say));
  if (calls.hidden > 0) text += line("  без номера", "  without a number", std::to_string(calls.hidden));
  text += line("  с известным сотрудником", "  with a known employee", std::to_string(calls.with_employee));
  if (calls.strangers.calls > 0)
    text += line("  с нашей стороной, в которой не узнан сотрудник (назовите его в aliases: отображения)",
                 "  whose side of ours is no known employee (name them in the mapping's aliases:)",
                 NumbersText(calls.strangers, say));
  return text;
}

std::string ToText(const sync::FileImportSummary& summary, const std::string& rejects, const Say& say) {
  const auto count = [](int64_t rows) { return std::to_string(rows); };
  std::string text;
  for (const auto& file : summary.report.files) {
    text += file.file + " (" + file.entity + "): " +
            say("строк прочитано " + count(file.rows_read) + ", взято " + count(file.rows_taken) +
                    ", не взято " + count(file.rows_rejected) + ", пропущено " + count(file.rows_skipped),
                count(file.rows_read) + " rows read, " + count(file.rows_taken) + " taken, " +
                    count(file.rows_rejected) + " rejected, " + count(file.rows_skipped) + " skipped") +
            "\n";
  }
  for (const auto& item : summary.report.dangling) {
    text += item.file + ": " +
            say("строк со ссылкой (" + item.target + ") в столбце «" + item.column +
                    "», которой ничего не соответствует: " + count(item.rows) + " (сохранены)",
                count(item.rows) + " rows name a " + item.target + " in column '" + item.column +
                    "' that nothing matches (kept)");
    for (size_t i = 0; i < item.examples.size(); ++i) text += (i == 0 ? ": " : ", ") + item.examples[i];
    text += "\n";
  }
  if (summary.calls) text += CallsText(*summary.calls, say);
  for (const auto& note : summary.report.notes)
    text += say("замечание: ", "note: ") + FileLine(note, say) + "\n";
  const std::string read = count(summary.report.rows_read), stored = count(summary.rows_stored),
                    unchanged = count(summary.rows_unchanged), rejected = count(summary.report.rows_rejected);
  text += say("Строк прочитано " + read + ", сохранено " + stored + ", без изменений " + unchanged +
                  ", не взято " + rejected,
              "Rows read " + read + ", stored " + stored + ", unchanged " + unchanged + ", rejected " +
                  rejected) +
          "\n";
  if (summary.report.rows_rejected > 0)
    text += say("Не взятые строки с причинами: ", "Rejected rows with reasons: ") + rejects + "\n";
  return text;
}

/// The lists of calls in the portal of a CRM, after one of them has been taken back where `take_back` names
/// it.
Status RunCallLists(Services& services, const std::string& id, const std::string& take_back, Output& output) {
  const auto host = services.portals.Host(id);
  if (!host.ok()) return host.errors();
  warehouse::Warehouse& warehouse = host.value()->warehouse();
  json::object answer;
  if (!take_back.empty()) {
    const auto taken = sync::TakeBackCallList(warehouse, services.clock, take_back);
    if (!taken.ok()) return taken.errors();
    answer["taken_back"] = *taken;
    if (const Status kept = host.value()->KeepCallLists(); !kept.ok()) return kept.errors();
  }
  const auto lists = sync::FindCallLists(warehouse);
  if (!lists.ok()) return lists.errors();
  json::array all;
  for (const auto& list : *lists) {
    all.push_back({{"list", list.id},
                   {"file", list.file},
                   {"imported_at", ToString(list.imported_at)},
                   {"calls", list.calls}});
  }
  answer["lists"] = std::move(all);
  output.Out(JsonText(answer) + "\n");
  return Done{};
}

}  // namespace

Status RunImport(Services& services, const json::object& command, Output& output, std::stop_token) {
  const std::string id = TextOf(command, "portal");
  const Say say(LocalCaller(command, {}).language);
  if (IsTrue(command, "lists") || !TextOf(command, "take_back").empty())
    return RunCallLists(services, id, TextOf(command, "take_back"), output);
  const auto mapping = crm::files::LoadMapping(TextOf(command, "map"));
  if (!mapping.ok()) return mapping.errors();
  std::vector<std::string> files;
  for (const auto& file : command.at("files").as_array()) files.emplace_back(file.as_string());
  const std::string rejects = services.places.rejects(id);
  const auto summary = ImportIntoPortal(
      services, id, "", mapping.value(), files, "local", say,
      [&](const crm::files::ImportProgress& progress) {
        // The bytes tell the way; how many rows there will be is guessed from it.
        std::optional<int64_t> expected;
        if (progress.share > 0)
          expected = static_cast<int64_t>(std::llround(static_cast<double>(progress.rows) / progress.share));
        output.Show({.stage = progress.file.empty() ? say("сохраняем", "storing") : progress.file,
                     .done = progress.rows,
                     .expected = expected,
                     .seconds_left = {}});
      });
  if (!summary.ok()) return summary.errors();
  output.Out(output.terminal() ? ToText(summary.value(), rejects, say)
                               : JsonText(ToJson(summary.value(), rejects, say)) + "\n");
  return Done{};
}

Status RunSync(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const auto id = ChoosePortal(services, command);
  if (!id.ok()) return id.errors();
  const auto summary = LoadPortal(services, *id, IsTrue(command, "sweep"), output, std::move(stop));
  if (!summary.ok()) return summary.errors();
  const std::string rows = std::to_string(summary->rows_read);
  if (output.terminal()) {
    std::string text = "Rows read " + rows + ", stored " + std::to_string(summary->rows_stored) +
                       ", unchanged " + std::to_string(summary->rows_unchanged) + ", deleted " +
                       std::to_string(summary->deleted) + "\n";
    for (const auto& warning : summary->warnings) text += "note: " + ToString(warning) + "\n";
    output.Out(text);
    return Done{};
  }
  const json::object body{{"read", summary->rows_read},           {"stored", summary->rows_stored},
                          {"unchanged", summary->rows_unchanged}, {"deleted", summary->deleted},
                          {"returned", summary->returned},        {"requests", summary->requests},
                          {"notes", Notes(summary->warnings)},    {"data_version", summary->data_version}};
  output.Out(JsonText(body) + "\n");
  return Done{};
}

}  // namespace svodka::app
