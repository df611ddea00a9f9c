#include "bench/recording.hpp"

#include <cmath>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace svodka::bench {
namespace {

std::string TextOf(const json::object& row, std::string_view name) {
  const json::value* value = row.if_contains(name);
  if (value == nullptr) return "";
  if (value->is_double()) return json::serialize(*value);
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_int64()) return std::to_string(value->get_int64());
  return "";
}

/// The table a command's rows go to, with the prefix of their ids; "" for what is not counted.
std::pair<std::string, std::string> TableOf(std::string_view command) {
  const auto is = [&](std::string_view method) { return command.starts_with(method); };
  if (command.find("select%5B0%5D=ID&") != std::string_view::npos &&
      command.find("select%5B1%5D") == std::string_view::npos)
    return {};
  // The newest ids and moments of cards, asked by both methods to see which serves, are read again with
  // everything else; templates of recurring deals do not tell there that they are none.
  const bool is_card = is("crm.item.list") || is("crm.lead.list") || is("crm.deal.list") ||
                       is("crm.contact.list") || is("crm.company.list");
  if (is_card && command.find("select%5B2%5D") == std::string_view::npos &&
      command.find("%5D=%2A") == std::string_view::npos && command.find("=*") == std::string_view::npos)
    return {};
  if (is("crm.item.list")) {
    const size_t at = command.find("entityTypeId=");
    switch (at == std::string_view::npos ? '0' : command[at + 13]) {
      case '1':
        return {"lead", ""};
      case '2':
        return {"deal", ""};
      case '3':
        return {"client", "contact:"};
      case '4':
        return {"client", "company:"};
      default:
        return {};
    }
  }
  if (is("crm.lead.list")) return {"lead", ""};
  if (is("crm.deal.list")) return {"deal", ""};
  if (is("crm.contact.list")) return {"client", "contact:"};
  if (is("crm.company.list")) return {"client", "company:"};
  if (is("crm.activity.list")) return {"activity", "act:"};
  if (is("tasks.task.list")) return {"activity", "task:"};
  if (is("crm.timeline.comment.list")) return {"activity", "comment:"};
  if (is("crm.stagehistory.list")) {
    return {"stage_event", command.find("entityTypeId=1") != std::string_view::npos ? "lead:" : "deal:"};
  }
  return {};
}

void Take(const std::string& command, const json::value& result, Contents& contents) {
  const auto [table, prefix] = TableOf(command);
  if (table.empty()) return;
  const json::value* list = &result;
  if (result.is_object()) {
    for (const char* name : {"items", "tasks"}) {
      if (const json::value* inner = result.get_object().if_contains(name)) list = inner;
    }
  }
  if (!list->is_array()) return;
  for (const json::value& item : list->get_array()) {
    const json::object& row = item.get_object();
    if (row.size() == 1) continue;  // only asked whether it may be read
    // The CRM's twin of a task is the task itself; a template is no deal.
    if (prefix == "act:" && TextOf(row, "PROVIDER_ID").starts_with("CRM_TASKS")) continue;
    if (table == "deal" && (TextOf(row, "IS_RECURRING") == "Y" || TextOf(row, "isRecurring") == "Y"))
      continue;
    const std::string id = row.contains("id") ? TextOf(row, "id") : TextOf(row, "ID");
    if (!contents.ids[table].insert(prefix + id).second || table != "deal") continue;
    const std::string amount = TextOf(row, row.contains("opportunity") ? "opportunity" : "OPPORTUNITY");
    if (!amount.empty()) contents.deal_minor += std::llround(std::stod(amount) * 100);
  }
}

}  // namespace

std::string KeyOf(const crm::HttpRequest& request) {
  if (!request.body.empty()) return request.body;
  const size_t path = request.url.find('/', request.url.find("://") + 3);
  return path == std::string::npos ? "/" : request.url.substr(path);
}

Result<std::unique_ptr<Recording>> Recording::Open(const std::string& file, bool anew) {
  auto recording = std::make_unique<Recording>();
  recording->file_ = file;
  if (!anew) {
    std::ifstream index(file + ".index");
    for (std::string line; std::getline(index, line);) {
      const size_t first = line.find(' '), second = line.find(' ', first + 1);
      const Place place{std::stoll(line.substr(0, first)), std::stoll(line.substr(first + 1))};
      recording->places_.emplace(line.substr(second + 1), place);
      recording->end_ = std::max(recording->end_, place.offset + place.length + 1);
    }
  }
  if (recording->places_.empty()) {
    std::filesystem::remove(file + ".index");
    std::ofstream(file, std::ios::trunc | std::ios::binary).flush();
  }
  recording->stream_.open(file, std::ios::in | std::ios::out | std::ios::binary);
  if (!recording->stream_) return Diagnostic{"recording_failed", "cannot open " + file, "", {}};
  return recording;
}

Status Recording::Put(const std::string& request, const std::string& answer) {
  stream_.seekp(end_);
  stream_ << answer << '\n';
  if (!stream_) return Diagnostic{"recording_failed", "cannot write " + file_, "", {}};
  places_[request] = {end_, static_cast<int64_t>(answer.size())};
  end_ += static_cast<int64_t>(answer.size()) + 1;
  return Done{};
}

std::optional<std::string> Recording::Find(const std::string& request) {
  const auto place = places_.find(request);
  if (place == places_.end()) return std::nullopt;
  std::string answer(static_cast<size_t>(place->second.length), '\0');
  stream_.seekg(place->second.offset);
  stream_.read(answer.data(), place->second.length);
  return answer;
}

Status Recording::Finish() {
  stream_.flush();
  std::ofstream index(file_ + ".index", std::ios::trunc);
  for (const auto& [request, place] : places_)
    index << place.offset << ' ' << place.length << ' ' << request << '\n';
  if (!index.flush() || !stream_) return Diagnostic{"recording_failed", "cannot write " + file_, "", {}};
  return Done{};
}

Result<crm::HttpAnswer> RecordingTransport::Send(const crm::HttpRequest& request, std::stop_token stop) {
  auto answer = inner_.Send(request, stop);
  if (answer.ok()) {
    const bool empty = answer->status == 204;
    if (answer->status != 200 && !empty) {
      return Diagnostic{"recording_failed", "the portal answered " + std::to_string(answer->status), "", {}};
    }
    if (auto kept = recording_.Put(KeyOf(request), empty ? kNoContent : answer->body); !kept.ok())
      return kept.errors();
  }
  return answer;
}

Result<Contents> ReadContents(const std::string& file) {
  Contents contents;
  std::ifstream index(file + ".index");
  std::ifstream answers(file, std::ios::binary);
  std::string text;
  for (std::string line; std::getline(index, line);) {
    const size_t first = line.find(' '), second = line.find(' ', first + 1);
    text.resize(std::stoull(line.substr(first + 1)));
    answers.seekg(std::stoll(line.substr(0, first)));
    answers.read(text.data(), static_cast<std::streamsize>(text.size()));
    const auto request = ParseJson(line.substr(second + 1));
    const auto answer = ParseJson(text);
    if (!request.ok() || !answer.ok())
      return Diagnostic{"recording_failed", "an answer is no JSON", file, {}};
    const json::value* commands = request->get_object().if_contains("cmd");
    const json::value* outer = answer->get_object().if_contains("result");
    if (commands == nullptr || outer == nullptr || !outer->is_object()) continue;
    const json::value* results = outer->get_object().if_contains("result");
    if (results == nullptr || !results->is_object()) continue;
    for (const auto& [name, command] : commands->get_object()) {
      const json::value* result = results->get_object().if_contains(name);
      if (result != nullptr) Take(std::string(command.get_string()), *result, contents);
    }
  }
  return contents;
}

}  // namespace svodka::bench
