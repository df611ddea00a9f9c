#include <cmath>

#include "app/internal/command_list.hpp"
#include "app/portal_load.hpp"
#include "app/setup/file_opening.hpp"
#include "app/setup/file_words.hpp"
#include "base/json_text.hpp"
#include "crm/files/mapping.hpp"
#include "sync/file_import.hpp"

/// Commands that bring data in: import, sync.
namespace svodka::app {
namespace {

json::array Notes(const Diagnostics& notes) {
  json::array list;
  for (const auto& note : notes) list.emplace_back(ToString(note));
  return list;
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

}  // namespace

Status RunImport(Services& services, const json::object& command, Output& output, std::stop_token) {
  const std::string id = TextOf(command, "portal");
  const Say say(LocalCaller(command, {}).language);
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
