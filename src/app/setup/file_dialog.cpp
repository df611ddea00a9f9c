#include "app/setup/file_dialog.hpp"

#include <algorithm>

#include "app/command_input.hpp"
#include "app/setup/choosing.hpp"
#include "base/text.hpp"

namespace svodka::app {
namespace {

constexpr size_t kRowsShown = 3;
constexpr size_t kRejectsShown = 5;

std::string Text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
json::array ListOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : json::array();
}
int64_t NumberOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

class FileDialog {
 public:
  FileDialog(const json::object& answers, const std::string& language, const AskStep& ask, Person* person,
             Output* output, json::object& report)
      : answers_(answers),
        language_(language),
        say_(language == "ru" ? engine::Language::kRussian : engine::Language::kEnglish),
        ask_(ask),
        person_(person),
        output_(output),
        report_(report) {}

  Status Run() {
    if (const Status chosen = ChooseFiles(); !chosen.ok()) return chosen;
    request_["portal"] = Text(answers_, "portal");
    if (const Status shown = Preview(); !shown.ok()) return shown;
    if (const Status placed = ChoosePlace(); !placed.ok()) return placed;
    if (person_ != nullptr) {
      const auto go = AskOneOf(
          say_("Номер", "Number"),
          {say_("загрузить так", "load it so"), say_("выйти, ничего не сохраняя", "leave; nothing is kept")},
          0, *person_, *output_, say_);
      if (!go.ok()) return go.errors();
      if (*go == 1) return Diagnostic{"cancelled", "nothing was kept", "", {}};
    }
    return Import();
  }

 private:
  void Tell(const std::string& text) const {
    if (output_ != nullptr) output_->Out(text);
  }

  Result<json::object> Ask(const char* step) {
    auto answer =
        ask_({{"command", "setup"}, {"step", step}, {"language", language_}, {"request", request_}});
    if (!answer.ok()) return answer.errors();
    return answer->is_object() ? std::move(answer->get_object()) : json::object();
  }

  Status ChooseFiles() {
    json::array paths;
    for (const json::value& path : ListOf(answers_, "files")) {
      if (path.is_string()) paths.emplace_back(AbsolutePath(std::string(path.get_string())));
    }
    if (paths.empty() && person_ == nullptr)
      return Diagnostic{"answer_missing", "setup cannot go on without the files: --file PATH", "--file", {}};
    if (paths.empty())
      Tell(say_("Файлы CSV или Excel, по одному пути в строке; пустая строка — конец.\n",
                "CSV or Excel files, one path a line; an empty line ends.\n"));
    while (person_ != nullptr && ListOf(answers_, "files").empty()) {
      const auto line = person_->Line(say_("Файл: ", "File: "));
      if (!line.ok()) return line.errors();
      const std::string path(Trim(*line));
      if (path.empty() && !paths.empty()) break;
      if (!path.empty()) paths.emplace_back(AbsolutePath(path));
    }
    request_["paths"] = std::move(paths);
    return Done{};
  }

  Status Preview() {
    auto found = Ask("files_preview");
    if (!found.ok()) return found.errors();
    preview_ = std::move(*found);
    for (const json::value& value : ListOf(preview_, "files")) {
      const json::object& file = value.as_object();
      Tell("\n" + Text(file, "name") + ": " + Text(file, "entity") + " (" + Text(file, "format") + ")\n");
      for (const json::value& item : ListOf(file, "columns")) {
        const json::object& column = item.as_object();
        const bool certain = column.at("certain").as_bool();
        Tell("  " + Text(column, "name") + " → " + Text(column, "target") +
             (certain ? "" : say_("  (проверьте)", "  (check this)")) + "  " + Text(column, "examples") +
             "\n");
      }
    }
    for (const json::value& value : ListOf(preview_, "tables")) ShowTable(value.as_object());
    const json::array rejects = ListOf(preview_, "rejects");
    if (!rejects.empty()) Tell(say_("Не удалось прочитать:\n", "Could not be read:\n"));
    for (size_t i = 0; i < rejects.size() && i < kRejectsShown; ++i) {
      const json::object& reject = rejects[i].as_object();
      Tell("  " + say_("строка ", "line ") + std::to_string(NumberOf(reject, "line")) + ": «" +
           Text(reject, "value") + "» " + Text(reject, "reason") + "\n");
    }
    report_["files"] = ListOf(preview_, "files");
    report_["mapping"] = Text(preview_, "mapping");
    if (const std::string problem = Text(preview_, "problem"); !problem.empty())
      return Diagnostic{"files_unreadable", problem, "--file", {}};
    return Done{};
  }

  void ShowTable(const json::object& table) const {
    const json::array rows = ListOf(table, "rows"), columns = ListOf(table, "columns");
    Tell(say_("Как это будет понято: ", "How it will be understood: ") + Text(table, "table") + "\n");
    for (size_t i = 0; i < rows.size() && i < kRowsShown; ++i) {
      std::string line;
      const json::array& cells = rows[i].as_array();
      for (size_t j = 0; j < cells.size() && j < columns.size(); ++j) {
        if (cells[j].is_string() && !cells[j].get_string().empty())
          line += std::string(line.empty() ? "  " : "; ") + std::string(columns[j].as_string()) + " " +
                  std::string(cells[j].get_string());
      }
      Tell(line + "\n");
    }
  }

  Status ChoosePlace() {
    if (!Text(answers_, "portal").empty()) {
      request_["name"] = Text(answers_, "name");
      return Done{};
    }
    std::vector<std::string> titles{say_("новый источник", "a new source")}, ids{""};
    size_t usual = 0;
    const json::value* remembered = preview_.if_contains("remembered");
    const std::string before =
        remembered != nullptr && remembered->is_object() ? Text(remembered->get_object(), "portal") : "";
    const json::array files = ListOf(preview_, "files");
    const bool calls = std::ranges::all_of(
        files, [](const json::value& file) { return Text(file.as_object(), "entity") == "calls"; });
    for (const json::value& value : ListOf(preview_, "places")) {
      const json::object& place = value.as_object();
      const bool crm = Text(place, "kind") != "file";
      if (crm && !calls) continue;
      if (Text(place, "id") == before) usual = ids.size();
      ids.push_back(Text(place, "id"));
      titles.push_back(crm ? say_("CRM «", "CRM “") + Text(place, "name") +
                                 say_("» (только список звонков)", "” (only a list of calls)")
                           : Text(place, "name"));
    }
    size_t chosen = usual;
    if (person_ != nullptr && ids.size() > 1) {
      Tell(say_("\nКуда загрузить?\n", "\nWhere to load it?\n"));
      const auto one = AskOneOf(say_("Номер", "Number"), titles, usual, *person_, *output_, say_);
      if (!one.ok()) return one.errors();
      chosen = *one;
    }
    request_["portal"] = ids[chosen];
    if (!ids[chosen].empty()) return Done{};
    std::string name = Text(answers_, "name");
    if (name.empty() && !files.empty()) {
      name = Text(files.front().as_object(), "name");
      name = name.substr(0, name.rfind('.'));
    }
    if (person_ != nullptr) {
      const auto line =
          person_->Line(say_("Как назвать источник [", "How is the source to be called [") + name + "]: ");
      if (!line.ok()) return line.errors();
      if (const std::string given(Trim(*line)); !given.empty()) name = given;
    }
    request_["name"] = name;
    return Done{};
  }

  Status Import() {
    Tell(say_("Загружаем…\n", "Loading …\n"));
    const auto done = Ask("files_import");
    if (!done.ok()) return done.errors();
    report_["portal"] = Text(*done, "portal");
    report_["summary"] = *done;
    Tell(say_("Загружено в ", "Loaded into ") + Text(*done, "portal") + ". " +
         say_("Строк прочитано ", "Rows read ") + std::to_string(NumberOf(*done, "read")) +
         say_(", новых и изменённых ", ", new and changed ") + std::to_string(NumberOf(*done, "stored")) +
         say_(", отклонено ", ", rejected ") + std::to_string(NumberOf(*done, "rejected")) + "\n");
    if (const json::value* calls = done->if_contains("calls"); calls != nullptr && calls->is_object()) {
      const json::object& told = calls->get_object();
      Tell(say_("Звонков ", "Calls ") + std::to_string(NumberOf(told, "calls")) +
           say_(", уже есть в CRM ", ", in the CRM already ") + std::to_string(NumberOf(told, "in_crm")) +
           say_(", с известным клиентом ", ", with a known client ") +
           std::to_string(NumberOf(told, "with_client")) +
           say_(", с известным сотрудником ", ", with a known employee ") +
           std::to_string(NumberOf(told, "with_employee")) + "\n");
    }
    return Done{};
  }

  const json::object& answers_;
  const std::string language_;
  const Say say_;
  const AskStep& ask_;
  Person* person_;
  Output* output_;
  json::object& report_;
  json::object request_, preview_;
};

}  // namespace

Status RunFileDialog(const json::object& answers, const std::string& language, const AskStep& ask,
                     Person* person, Output* output, json::object& report) {
  return FileDialog(answers, language, ask, person, output, report).Run();
}

}  // namespace svodka::app
