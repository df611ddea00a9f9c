#include "app/setup/choosing.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "app/setup/dialog_text.hpp"
#include "base/text.hpp"

namespace svodka::app {
namespace {

constexpr size_t kOptionsShown = 12;  ///< beside the suggested ones

std::string Text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool IsSuggested(const json::value& option) {
  const json::value* flag = option.as_object().if_contains("suggested");
  return flag != nullptr && flag->is_bool() && flag->get_bool();
}

bool IsEmpty(const json::value& value) {
  return value.is_null() || (value.is_string() && value.get_string().empty()) ||
         (value.is_array() && value.get_array().empty()) || (value.is_object() && value.get_object().empty());
}

std::string NameOfOption(const json::array& options, std::string_view id) {
  for (const json::value& option : options) {
    if (Text(option.as_object(), "id") == id) return Text(option.as_object(), "name");
  }
  return std::string(id);
}

/// The groups of options in order, each with the indices of its options.
std::vector<std::pair<std::string, std::vector<size_t>>> GroupsOf(const json::array& options) {
  std::vector<std::pair<std::string, std::vector<size_t>>> groups;
  for (size_t i = 0; i < options.size(); ++i) {
    const std::string group = Text(options[i].as_object(), "group");
    if (groups.empty() || groups.back().first != group) groups.push_back({group, {}});
    groups.back().second.push_back(i);
  }
  return groups;
}

std::vector<size_t> Shown(const json::array& options) {
  std::vector<size_t> shown;
  for (size_t i = 0; i < options.size(); ++i) {
    if (i < kOptionsShown || IsSuggested(options[i])) shown.push_back(i);
  }
  return shown;
}

}  // namespace

std::optional<std::vector<size_t>> ParseNumbers(std::string_view text, size_t count) {
  std::set<size_t> numbers;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == ',' || text[at] == ' ' || text[at] == ';' || text[at] == '\t') {
      ++at;
      continue;
    }
    size_t number = 0;
    const auto [end, wrong] = std::from_chars(text.data() + at, text.data() + text.size(), number);
    if (wrong != std::errc{} || number == 0 || number > count) return std::nullopt;
    numbers.insert(number - 1);
    at = static_cast<size_t>(end - text.data());
  }
  if (numbers.empty()) return std::nullopt;
  return std::vector<size_t>(numbers.begin(), numbers.end());
}

std::string NamedValue(const json::array& options, const json::value& value) {
  std::string text;
  const auto add = [&](const json::value& id) {
    if (!id.is_string() || id.get_string().empty()) return;
    text += (text.empty() ? "" : ", ") + NameOfOption(options, std::string_view(id.get_string()));
  };
  if (value.is_string()) add(value);
  if (value.is_array()) std::ranges::for_each(value.get_array(), add);
  if (value.is_object()) {
    for (const auto& member : value.get_object()) add(member.value());
  }
  return text;
}

std::optional<json::value> SuggestedValue(const json::object& question) {
  const std::string kind = Text(question, "kind");
  json::array many;
  json::object groups;
  for (const json::value& value : question.at("options").as_array()) {
    if (!IsSuggested(value)) continue;
    const json::object& option = value.as_object();
    if (kind == "one") return json::value(option.at("id"));
    if (kind == "one_per_group") groups[Text(option, "group")] = option.at("id");
    many.push_back(option.at("id"));
  }
  if (many.empty()) return std::nullopt;
  return kind == "one_per_group" ? json::value(std::move(groups)) : json::value(std::move(many));
}

Result<size_t> AskOneOf(const std::string& prompt, const std::vector<std::string>& titles,
                        std::optional<size_t> usual, Person& person, Output& output, const Say& say) {
  for (size_t i = 0; i < titles.size(); ++i)
    output.Out("  " + std::to_string(i + 1) + ". " + titles[i] + "\n");
  for (;;) {
    const auto line =
        person.Line(prompt + (usual ? " [" + std::to_string(*usual + 1) + "]" : std::string()) + ": ");
    if (!line.ok()) return line.errors();
    const std::string text(Trim(*line));
    if (text.empty() && usual) return *usual;
    if (const auto numbers = ParseNumbers(text, titles.size()); numbers && numbers->size() == 1)
      return numbers->front();
    output.Out(say("Нужен номер от 1 до ", "A number from 1 to ") + std::to_string(titles.size()) +
               say(".\n", " is needed.\n"));
  }
}

Result<std::optional<json::value>> AskQuestion(const json::object& question, Person& person, Output& output,
                                               const Say& say) {
  const json::array& options = question.at("options").as_array();
  const std::string kind = Text(question, "kind");
  output.Out("\n" + Text(question, "title") + "\n" + Text(question, "lead") + "\n");
  const json::value& kept = question.at("value");
  const auto suggested = SuggestedValue(question);
  std::optional<json::value> usual;
  if (!IsEmpty(kept)) {
    output.Out(say("Сейчас: ", "Now: ") + NamedValue(options, kept) + "\n");
  } else if (suggested) {
    usual = suggested;
  }
  std::vector<size_t> shown = kind == "one_per_group" ? std::vector<size_t>() : Shown(options);
  if (kind == "one_per_group") {
    for (const auto& [group, members] : GroupsOf(options)) {
      output.Out(" " + Text(options[members.front()].as_object(), "group_name") + ":\n" +
                 DescribeOptions(options, members));
    }
  } else {
    output.Out(DescribeOptions(options, shown));
    if (shown.size() < options.size())
      output.Out(say("      … ещё ", "      … ") + std::to_string(options.size() - shown.size()) +
                 say(", показать: ?\n", " more, to see them: ?\n"));
  }
  const std::string how = kind == "one" ? say("Номер", "Number")
                          : kind == "many" ? say("Номера через запятую", "Numbers, with commas")
                                           : say("По одному номеру на воронку, через запятую",
                                                 "One number a pipeline, with commas");
  const std::string enter = usual ? say("Enter — «", "Enter: “") + NamedValue(options, *usual) + say("»", "”")
                                  : say("Enter — оставить как есть", "Enter: leave as it is");
  for (;;) {
    const auto line = person.Line(how + say(", 0 — ничего, ", ", 0: none, ") + enter + ": ");
    if (!line.ok()) return line.errors();
    const std::string text(Trim(*line));
    if (text.empty()) return usual;
    if (text == "?") {
      shown.clear();
      for (size_t i = 0; i < options.size(); ++i) shown.push_back(i);
      output.Out(DescribeOptions(options, shown));
      continue;
    }
    const auto numbers = text == "0" ? std::vector<size_t>() : ParseNumbers(text, options.size());
    if (!numbers) {
      output.Out(
          say("Не понял: нужны номера из списка.\n", "Not understood: numbers of the list are needed.\n"));
      continue;
    }
    if (kind == "one") {
      if (numbers->size() > 1) {
        output.Out(say("Здесь можно выбрать одно.\n", "Only one can be chosen here.\n"));
        continue;
      }
      return std::optional<json::value>(numbers->empty() ? json::value("")
                                                         : options[numbers->front()].as_object().at("id"));
    }
    json::array many;
    json::object groups;
    bool twice = false;
    for (const size_t i : *numbers) {
      const json::object& option = options[i].as_object();
      many.push_back(option.at("id"));
      twice = !groups.emplace(Text(option, "group"), option.at("id")).second || twice;
    }
    if (kind == "many") return std::optional<json::value>(std::move(many));
    if (!twice) return std::optional<json::value>(std::move(groups));
    output.Out(say("В одной воронке — одна стадия.\n", "One stage in a pipeline.\n"));
  }
}

}  // namespace svodka::app
