#include "app/setup/dialog_text.hpp"

#include <array>

#include "base/json_text.hpp"

namespace svodka::app {
namespace {

std::string Text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool Flag(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

size_t Letters(std::string_view utf8) {
  size_t letters = 0;
  for (const char c : utf8) letters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return letters;
}

std::string Padded(std::string text, size_t width) {
  const size_t letters = Letters(text);
  if (letters < width) text.append(width - letters, ' ');
  return text;
}

struct EntityName {
  std::string_view entity;
  const char *ru, *en;
};
constexpr std::array kEntities = {
    EntityName{"leads", "лиды", "leads"},
    EntityName{"deals", "сделки", "deals"},
    EntityName{"contacts", "контакты", "contacts"},
    EntityName{"companies", "компании", "companies"},
    EntityName{"calls", "звонки телефонии", "telephony calls"},
    EntityName{"activities", "дела: звонки, встречи, письма", "activities: calls, meetings, e-mails"},
    EntityName{"tasks", "задачи", "tasks"},
    EntityName{"history", "переходы по стадиям", "moves between stages"},
    EntityName{"notes", "примечания и звонки", "notes and calls"},
    EntityName{"events", "события карточек", "events of cards"}};

std::string NameOfEntity(const std::string& entity, const Say& say) {
  for (const EntityName& name : kEntities) {
    if (name.entity == entity) return say(name.ru, name.en);
  }
  return entity;
}

std::string Lasting(int64_t seconds, const Say& say) {
  if (seconds < 90) return std::to_string(seconds) + say(" с", " s");
  if (seconds < 90 * 60) return std::to_string((seconds + 30) / 60) + say(" мин", " min");
  const int64_t minutes = (seconds + 30) / 60;
  return std::to_string(minutes / 60) + say(" ч ", " h ") + std::to_string(minutes % 60) +
         say(" мин", " min");
}

}  // namespace

std::string GroupedNumber(int64_t number, const Say& say) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<size_t>(at), say("\u00A0", ","));
  return digits;
}

std::string DescribeWay(const json::object& kind, const json::object& way, const Say& say) {
  std::string text;
  int64_t number = 0;
  for (const json::value& step : way.at("steps").as_array())
    text += "  " + std::to_string(++number) + ". " + std::string(step.as_string()) + "\n";
  text += say("Права:\n", "Rights:\n");
  for (const json::value& scope : kind.at("scopes").as_array()) {
    const json::object& one = scope.as_object();
    text += "  • " + Text(one, "title") + ": " + Text(one, "why") +
            (Flag(one, "needed") ? say(" (без этого нельзя)", " (needed)") : std::string()) + "\n";
  }
  return text;
}

std::string DescribeChecks(const json::array& checks) {
  std::string text;
  for (const json::value& value : checks) {
    const json::object& check = value.as_object();
    const std::string state = Text(check, "state"), detail = Text(check, "detail"), fix = Text(check, "fix");
    const bool ok = state == "ok";
    text += std::string("  ") + (ok ? "✓" : state == "warn" ? "!" : "✗") + " " + Text(check, "title");
    if (ok) {
      text += (detail.empty() ? "" : ": " + detail) + "\n";
      continue;
    }
    text += "\n      " + detail + "\n";
    if (!fix.empty()) text += "      → " + fix + "\n";
    const std::string technical = Text(check, "technical");
    if (state == "fail" && !technical.empty()) text += "      (" + technical + ")\n";
  }
  return text;
}

std::string DescribeAccount(const json::object& account, const Say& say) {
  std::string text =
      say("Аккаунт: ", "Account: ") + Text(account, "name") + ", " + Text(account, "address") + "\n";
  const auto line = [&](std::string title, const std::string& value) {
    if (!value.empty()) text += "  " + Padded(std::move(title), 18) + value + "\n";
  };
  line(say("валюта", "currency"), Text(account, "currency"));
  line(say("часовой пояс", "time zone"), Text(account, "zone"));
  if (const json::value& users = account.at("users"); users.is_int64())
    line(say("сотрудников", "employees"), std::to_string(users.get_int64()));
  line(say("владелец ключа", "secret's owner"), Text(account, "owner"));
  return text;
}

std::string DescribeVolumes(const json::object& measured, const Say& say) {
  std::string text = say("Будет скопировано:\n", "What will be copied:\n");
  for (const json::value& value : measured.at("volumes").as_array()) {
    const json::object& volume = value.as_object();
    const json::value& rows = volume.at("rows");
    std::string count = say("не видно", "cannot be seen");
    if (rows.is_int64())
      count =
          (Flag(volume, "approximate") ? say("около ", "about ") : "") + GroupedNumber(rows.get_int64(), say);
    text += "  " + Padded(NameOfEntity(Text(volume, "entity"), say), 40) + count + "\n";
  }
  text += say("Первая загрузка займёт не меньше ", "The first load takes at least ") +
          Lasting(measured.at("seconds").as_int64(), say) +
          say(": быстрее не позволяют лимиты CRM. Отчёты открываются сразу, с самых новых карточек.\n",
              ": the CRM's limits allow no faster. Reports open at once, with the newest cards first.\n");
  return text;
}

std::string DescribeOptions(const json::array& options, const std::vector<size_t>& shown) {
  std::string text;
  size_t width = 0;
  for (const size_t i : shown) width = std::max(width, Letters(Text(options[i].as_object(), "name")));
  width = std::min<size_t>(width, 40);
  for (const size_t i : shown) {
    const json::object& option = options[i].as_object();
    std::string number = std::to_string(i + 1);
    number.insert(0, number.size() < 3 ? 3 - number.size() : 0, ' ');
    text += number + (Flag(option, "suggested") ? " * " : "   ");
    const std::string evidence = Text(option, "evidence"), name = Text(option, "name");
    text += evidence.empty() ? name : Padded(name, width) + "  " + evidence;
    text += "\n";
  }
  return text;
}

}  // namespace svodka::app
