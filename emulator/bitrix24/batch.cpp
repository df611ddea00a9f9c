#include <algorithm>

#include "emulator/bitrix24/call.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::bitrix24 {
namespace {

constexpr size_t kMostCommands = 50;
using Results = std::vector<std::pair<std::string, json::value>>;

/// `$result[d][0][ID]` → the text of that value; nothing when the path leads nowhere.
std::optional<std::string> Resolve(std::string_view path, const Results& results) {
  const json::value* place = nullptr;
  bool first = true;
  while (!path.empty() && path.front() == '[') {
    const size_t end = path.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string key(path.substr(1, end - 1));
    path.remove_prefix(end + 1);
    if (first) {
      const auto found =
          std::find_if(results.begin(), results.end(), [&](const auto& entry) { return entry.first == key; });
      if (found == results.end()) return std::nullopt;
      place = &found->second;
      first = false;
    } else if (place->is_object()) {
      place = place->get_object().if_contains(key);
    } else if (place->is_array()) {
      const auto index = static_cast<size_t>(std::strtoul(key.c_str(), nullptr, 10));
      place = index < place->get_array().size() ? &place->get_array()[index] : nullptr;
    } else {
      place = nullptr;
    }
    if (place == nullptr) return std::nullopt;
  }
  return place == nullptr ? std::nullopt : ScalarText(*place);
}

std::string Substitute(const std::string& text, const Results& results) {
  static constexpr std::string_view kMark = "$result";
  std::string out;
  size_t at = 0;
  while (true) {
    const size_t found = text.find(kMark, at);
    if (found == std::string::npos) return out + text.substr(at);
    out += text.substr(at, found - at);
    size_t end = found + kMark.size();
    while (end < text.size() && text[end] == '[') {
      const size_t close = text.find(']', end);
      if (close == std::string::npos) break;
      end = close + 1;
    }
    out += Resolve(std::string_view(text).substr(found + kMark.size(), end - found - kMark.size()), results)
               .value_or("");
    at = end;
  }
}

void SubstituteIn(json::value& value, const Results& results) {
  if (value.is_string()) {
    const std::string text(value.get_string());
    if (text.find("$result") != std::string::npos) value = json::string(Substitute(text, results));
  } else if (value.is_object()) {
    for (auto& member : value.get_object()) SubstituteIn(member.value(), results);
  } else if (value.is_array()) {
    for (json::value& item : value.get_array()) SubstituteIn(item, results);
  }
}

struct Command {
  std::string name, method;
  json::object params;
};

Command ParseCommand(std::string name, const std::string& text) {
  Command command;
  command.name = std::move(name);
  const size_t mark = text.find('?');
  command.method = text.substr(0, mark);
  std::transform(command.method.begin(), command.method.end(), command.method.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (mark != std::string::npos) command.params = ParseQuery(std::string_view(text).substr(mark + 1));
  return command;
}

}  // namespace

json::object Portal::RunBatch(const json::object& params, const Faults& faults) {
  {
    const std::lock_guard lock(side_mutex_);
    ++counters_.by_method["batch"];
  }
  std::vector<Command> commands;
  bool writes = false;
  if (const json::value* cmd = Param(params, "cmd")) {
    for (const auto& [name, text] : EntriesOf(*cmd)) {
      commands.push_back(ParseCommand(name, ScalarText(text).value_or("")));
      writes = writes || Call::Writes(commands.back().method);
    }
  }
  if (commands.size() > kMostCommands)
    throw ApiError{400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded"};
  const auto halt_text = TextParam(params, "halt").value_or("0");
  const bool halt = halt_text == "1" || halt_text == "true";

  std::unique_lock exclusive(mutex_, std::defer_lock);
  std::shared_lock shared(mutex_, std::defer_lock);
  if (writes) {
    exclusive.lock();
  } else {
    shared.lock();
  }
  Results results, errors, totals, nexts, times;
  for (Command& command : commands) {
    try {
      if (command.method == "batch")
        throw ApiError{405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage"};
      json::value command_params = std::move(command.params);
      SubstituteIn(command_params, results);
      json::object body = RunLocked(command.method, command_params.get_object(), faults);
      if (body.contains("total")) totals.emplace_back(command.name, body["total"]);
      if (body.contains("next")) nexts.emplace_back(command.name, body["next"]);
      results.emplace_back(command.name, std::move(body["result"]));
      times.emplace_back(command.name, TimeBlock(command.method, faults));
    } catch (const ApiError& error) {
      errors.emplace_back(command.name,
                          json::object{{"error", error.code}, {"error_description", error.description}});
      if (halt) break;
    }
  }
  if (writes) TakeTouches();
  json::object result;
  result["result"] = PhpMap(results);
  result["result_error"] = PhpMap(errors);
  result["result_total"] = PhpMap(totals);
  result["result_next"] = PhpMap(nexts);
  result["result_time"] = PhpMap(times);
  json::object body;
  body["result"] = std::move(result);
  body["time"] = TimeBlock("batch", faults);
  return body;
}

}  // namespace svodka::emulator::bitrix24
