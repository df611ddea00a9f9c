#include "app/setup/dialog.hpp"

#include "app/setup/choosing.hpp"
#include "app/setup/dialog_text.hpp"
#include "app/setup/file_dialog.hpp"
#include "app/setup/guide.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"

namespace svodka::app {
namespace {

std::string Text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool Flag(const json::object& object, std::string_view name, bool usual = false) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() ? value->get_bool() : usual;
}

json::array ListOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : json::array();
}

Diagnostic Missing(const std::string& what, const std::string& place) {
  return {"answer_missing", "setup cannot go on without " + what, place, {}};
}

/// One for each check that failed.
Diagnostics Failed(const json::object& check) {
  Diagnostics errors;
  for (const json::value& value : ListOf(check, "checks")) {
    const json::object& item = value.as_object();
    if (Text(item, "state") != "fail") continue;
    errors.push_back({"setup_failed",
                      Text(item, "title") + ": " + Text(item, "detail") + " " + Text(item, "fix"),
                      Text(item, "id"),
                      {}});
  }
  if (errors.empty()) errors.push_back({"setup_failed", "the CRM did not let us in", "", {}});
  return errors;
}

class Dialog {
 public:
  Dialog(const json::object& command, const AskStep& ask, Person* person, Output& output)
      : language_(Text(command, "language")),
        say_(language_ == "ru" ? engine::Language::kRussian : engine::Language::kEnglish),
        answers_(command.at("answers").as_object()),
        json_(Flag(command, "json")),
        ask_(ask),
        person_(person),
        output_(output) {}

  Status Run() {
    const Status done = Steps();
    // What was pasted is not kept longer than it is needed.
    if (!done.ok() && !draft_.empty()) (void)Ask({{"step", "discard"}, {"draft", draft_}});
    if (!done.ok()) return done;
    if (json_) output_.Out(JsonText(report_) + "\n");
    return Done{};
  }

 private:
  Status Steps() {
    if (const Status chosen = ChooseKind(); !chosen.ok()) return chosen;
    if (Text(kind_, "kind") == "file") {
      report_["kind"] = "file";
      return RunFileDialog(answers_, language_, ask_, person_, json_ ? nullptr : &output_, report_);
    }
    if (const Status checked = CheckUntilUsable(); !checked.ok()) return checked;
    if (const Status measured = Measure(); !measured.ok()) return measured;
    if (Flag(answers_, "check_only")) {
      const auto dropped = Ask({{"step", "discard"}, {"draft", draft_}});
      if (!dropped.ok()) return dropped.errors();
      return Done{};
    }
    if (const Status started = Start(); !started.ok()) return started;
    if (!Flag(answers_, "load", true)) {
      Tell(follows_ ? say_("Подключено, загрузка идёт на сервере.\n", "Connected; the server is loading.\n")
                    : say_("Подключено. Загрузить: svodka sync --portal ",
                           "Connected. To load: svodka sync --portal ") +
                          portal_ + "\n");
      return Done{};
    }
    if (const Status loaded = Load(); !loaded.ok()) return loaded;
    return AskMappings();
  }

  void Tell(const std::string& text) {
    if (!json_) output_.Out(text);
  }

  Result<json::object> Ask(json::object step) {
    step["command"] = "setup";
    step["language"] = language_;
    auto answer = ask_(std::move(step));
    if (!answer.ok()) return answer.errors();
    if (!answer->is_object()) return json::object();
    return std::move(answer->get_object());
  }

  Status ChooseKind() {
    const json::value guide = SetupGuide(say_);
    std::vector<std::string> titles, kinds;
    for (const json::value& value : guide.at("kinds").as_array()) {
      const json::object& kind = value.as_object();
      kinds.push_back(Text(kind, "kind"));
      titles.push_back(Text(kind, "title") + ". " + Text(kind, "lead"));
    }
    std::string kind = Text(answers_, "kind");
    if (kind.empty()) {
      if (person_ == nullptr) return Missing("the kind: bitrix24, amocrm or file", "--kind");
      Tell(say_("Что подключаем?\n", "What is to be connected?\n"));
      const auto chosen = AskOneOf(say_("Номер", "Number"), titles, 0, *person_, output_, say_);
      if (!chosen.ok()) return chosen.errors();
      kind = kinds[*chosen];
    }
    for (const json::value& value : guide.at("kinds").as_array()) {
      if (Text(value.as_object(), "kind") == kind) kind_ = value.as_object();
    }
    if (kind_.empty())
      return Diagnostic{"bad_answers", "kind must be bitrix24, amocrm or file; got '" + kind + "'", "--kind",
                        kinds};
    return Done{};
  }

  /// What a CRM is asked with, out of the answers; nothing where they lack a part.
  std::optional<json::object> GivenConnection() const {
    json::object request{{"kind", Text(kind_, "kind")}};
    const auto take = [&](const char* name) {
      const json::value* value = answers_.if_contains(name);
      if (value == nullptr) return false;
      request[name] = *value;
      return true;
    };
    if (Text(kind_, "kind") == "bitrix24") return take("webhook") ? std::optional(request) : std::nullopt;
    if (!take("url") || !(take("integration") || take("token"))) return std::nullopt;
    return request;
  }

  Status AskConnection(json::object& request) {
    const json::array ways = ListOf(kind_, "ways");
    size_t way = 0;
    if (ways.size() > 1) {
      std::vector<std::string> titles;
      for (const json::value& one : ways) titles.push_back(Text(one.as_object(), "title"));
      Tell(say_("Как подключаемся?\n", "How is it connected?\n"));
      const auto chosen = AskOneOf(say_("Номер", "Number"), titles, 0, *person_, output_, say_);
      if (!chosen.ok()) return chosen.errors();
      way = *chosen;
    }
    const json::object& chosen = ways[way].as_object();
    Tell("\n" + DescribeWay(kind_, chosen, say_) + "\n");
    request = {{"kind", Text(kind_, "kind")}};
    json::object integration;
    const bool keys = Text(chosen, "id") == "integration";
    for (const json::value& value : ListOf(chosen, "fields")) {
      const json::object& field = value.as_object();
      const std::string name = Text(field, "name"), hint = Text(field, "hint");
      std::string given = name == "url" ? Text(answers_, "url") : "";
      while (given.empty()) {
        const std::string prompt = Text(field, "label") + (hint.empty() ? "" : " (" + hint + ")") + ": ";
        const bool secret = Flag(field, "secret");
        const auto line = secret ? person_->Secret(prompt) : person_->Line(prompt);
        if (!line.ok()) return line.errors();
        given = Trim(*line);
        if (secret && !given.empty())
          Tell(say_("  получено знаков: ", "  characters taken: ") + std::to_string(given.size()) +
               say_(", на экране их нет\n", ", none is shown\n"));
      }
      (keys && name != "url" ? integration : request)[name] = given;
    }
    if (keys) request["integration"] = std::move(integration);
    return Done{};
  }

  enum class After { kGoOn, kAgain, kAnew };

  Result<After> AskAfterCheck(bool usable) {
    std::vector<std::string> titles;
    std::vector<After> moves;
    const auto add = [&](After move, std::string title) {
      moves.push_back(move);
      titles.push_back(std::move(title));
    };
    if (usable) add(After::kGoOn, say_("продолжить так", "go on as it is"));
    if (!draft_.empty())
      add(After::kAgain, say_("проверить ещё раз: я исправил в CRM", "check again: I changed it in the CRM"));
    add(After::kAnew, say_("вставить другой адрес или ключ", "paste another address or secret"));
    titles.push_back(say_("выйти, ничего не сохраняя", "leave; nothing is kept"));
    const auto chosen = AskOneOf(say_("Номер", "Number"), titles, 0, *person_, output_, say_);
    if (!chosen.ok()) return chosen.errors();
    if (*chosen == moves.size()) return Diagnostic{"cancelled", "nothing was kept", "", {}};
    return moves[*chosen];
  }

  Status CheckUntilUsable() {
    auto given = GivenConnection();
    if (!given && person_ == nullptr) {
      return Text(kind_, "kind") == "bitrix24"
                 ? Missing("the webhook: --webhook-file FILE, SVODKA_WEBHOOK or webhook in --answers",
                           "--webhook-file")
                 : Missing(
                       "the account's address and its token: --url and --token-file FILE, --oauth-file FILE "
                       "or "
                       "SVODKA_TOKEN, or url with token or integration in --answers",
                       Text(answers_, "url").empty() ? "--url" : "--token-file");
    }
    for (After move = After::kAnew; move != After::kGoOn;) {
      Result<json::object> check = json::object();
      if (move == After::kAgain) {
        check = Ask({{"step", "check_again"}, {"draft", draft_}});
      } else {
        json::object request;
        if (given) {
          request = *given;
        } else if (const Status pasted = AskConnection(request); !pasted.ok()) {
          return pasted;
        }
        given.reset();
        if (!draft_.empty()) (void)Ask({{"step", "discard"}, {"draft", draft_}});
        draft_.clear();
        if (const std::string portal = Text(answers_, "portal"); !portal.empty()) request["portal"] = portal;
        Tell(say_("Проверяем…\n", "Checking …\n"));
        check = Ask({{"step", "check"}, {"request", std::move(request)}});
      }
      if (!check.ok()) return check.errors();
      check_ = std::move(*check);
      draft_ = Text(check_, "draft");
      Tell(DescribeChecks(ListOf(check_, "checks")));
      const bool usable = Flag(check_, "usable");
      if (usable && (person_ == nullptr || Text(check_, "verdict") == "ok")) break;
      if (person_ == nullptr) return Failed(check_);
      const auto next = AskAfterCheck(usable);
      if (!next.ok()) return next.errors();
      move = *next;
    }
    const json::object& account = check_.at("account").as_object();
    Tell("\n" + DescribeAccount(account, say_));
    report_ = {{"kind", Text(kind_, "kind")},
               {"verdict", Text(check_, "verdict")},
               {"checks", ListOf(check_, "checks")},
               {"account", account}};
    return Done{};
  }

  Status Measure() {
    Tell(say_("\nСчитаем, сколько там всего…\n", "\nCounting what there is …\n"));
    const auto measured = Ask({{"step", "measure"}, {"draft", draft_}});
    if (!measured.ok()) return measured.errors();
    Tell(DescribeVolumes(*measured, say_));
    report_["volumes"] = ListOf(*measured, "volumes");
    report_["seconds"] = measured->at("seconds");
    return Done{};
  }

  /// The ids of the pipelines whose cards are leads; null where nothing was chosen.
  Result<json::value> ChooseLeadPipelines() {
    json::object question{
        {"kind", "many"}, {"options", ListOf(check_, "pipelines")}, {"value", json::array()}};
    const json::array& options = question.at("options").as_array();
    const json::value* given = answers_.if_contains("lead_pipelines");
    if (given != nullptr && given->is_array()) return *given;
    const bool suggested = Flag(answers_, "suggested") || Text(answers_, "lead_pipelines") == "suggested";
    if (options.empty() || (person_ == nullptr && !suggested)) return json::value(nullptr);
    if (suggested) return SuggestedValue(question).value_or(json::value(json::array()));
    question["title"] = say_("В каких воронках лежат лиды?", "Which pipelines hold leads?");
    question["lead"] = say_("Карточки этих воронок станут лидами, остальных — сделками.",
                            "Cards of these pipelines become leads, all others deals.");
    auto chosen = AskQuestion(question, *person_, output_, say_);
    if (!chosen.ok()) return chosen.errors();
    return chosen->value_or(json::value(json::array()));
  }

  Result<std::string> AskText(const std::string& prompt, const std::string& usual) {
    const auto line = person_->Line(prompt + " [" + usual + "]: ");
    if (!line.ok()) return line.errors();
    const std::string text(Trim(*line));
    return text.empty() ? usual : text;
  }

  Status Start() {
    json::object request;
    const bool anew = check_.at("suggested").is_object();
    std::string id = Text(answers_, "portal"), name = Text(answers_, "name");
    if (anew) {
      const json::object& suggested = check_.at("suggested").as_object();
      auto pipelines = ChooseLeadPipelines();
      if (!pipelines.ok()) return pipelines.errors();
      if (!pipelines->is_null()) request["lead_pipelines"] = std::move(*pipelines);
      if (name.empty()) name = Text(suggested, "name");
      if (id.empty()) id = Text(suggested, "id");
      if (person_ != nullptr) {
        Tell("\n");
        auto asked = AskText(say_("Как назвать источник", "How is the source to be called"), name);
        if (!asked.ok()) return asked.errors();
        name = std::move(*asked);
      }
    }
    for (;;) {
      if (anew && person_ != nullptr && Text(answers_, "portal").empty()) {
        auto asked = AskText(say_("Короткое имя для команд", "Its short name for commands"), id);
        if (!asked.ok()) return asked.errors();
        id = std::move(*asked);
      }
      if (anew) request["id"] = id;
      if (!name.empty()) request["name"] = name;
      const auto started = Ask({{"step", "start"}, {"draft", draft_}, {"request", request}});
      if (started.ok()) {
        draft_.clear();
        portal_ = Text(*started, "portal");
        follows_ = Flag(*started, "follows");
        report_["portal"] = portal_;
        report_["name"] = Text(*started, "name");
        report_["state"] = Text(*started, "state");
        Tell(say_("Подключено: ", "Connected: ") + Text(*started, "name") + " (" + portal_ + ")\n");
        return Done{};
      }
      const std::string& code = started.error().code;
      const bool name_wrong = code == "portal_exists" || code == "bad_portal_id";
      if (person_ == nullptr || !name_wrong || !Text(answers_, "portal").empty()) return started.errors();
      Tell(started.error().message + "\n");
    }
  }

  Status Load() {
    Tell(say_("\nЗагружаем. Ctrl+C прервёт ожидание; загруженное останется, следующий раз продолжит.\n",
              "\nLoading. Ctrl+C ends the waiting; what is loaded stays, the next time goes on.\n"));
    const auto loaded = Ask({{"step", "load"}, {"portal", portal_}});
    if (!loaded.ok()) return loaded.errors();
    report_["state"] = Text(*loaded, "state");
    const json::value& stored = loaded->at("stored");
    if (stored.is_int64()) report_["stored"] = stored;
    Tell(say_("Загружено.", "Loaded.") +
         (stored.is_int64() ? say_(" Строк: ", " Rows: ") + GroupedNumber(stored.get_int64(), say_) : "") +
         "\n");
    return Done{};
  }

  /// What the answers say to a question; nothing where it stays open.
  Result<std::optional<json::value>> GivenValue(const json::object& question) const {
    const json::value* values = answers_.if_contains("values");
    const json::value* given =
        values == nullptr ? nullptr : values->as_object().if_contains(Text(question, "setting"));
    const bool suggested = given == nullptr ? Flag(answers_, "suggested")
                                            : given->is_string() && given->get_string() == "suggested";
    if (suggested) return SuggestedValue(question);
    if (given == nullptr) return std::optional<json::value>();
    return std::optional<json::value>(*given);
  }

  Status AskMappings() {
    const auto asked = Ask({{"step", "questions"}, {"portal", portal_}});
    if (!asked.ok()) return asked.errors();
    const json::array questions = ListOf(*asked, "questions");
    json::object values;
    json::array open;
    std::vector<std::string> known;
    bool first = true;
    for (const json::value& value : questions) {
      const json::object& question = value.as_object();
      const std::string setting = Text(question, "setting");
      known.push_back(setting);
      if (setting == "lead_pipelines" && report_.contains("portal") && check_.at("suggested").is_object())
        continue;  // asked before the load
      const auto given = GivenValue(question);
      if (!given.ok()) return given.errors();
      std::optional<json::value> answer = *given;
      if (!answer && person_ != nullptr) {
        if (first)
          Tell(say_("\nТеперь о том, чего данные сами не скажут.\n",
                    "\nNow what the data cannot tell by themselves.\n"));
        first = false;
        auto chosen = AskQuestion(question, *person_, output_, say_);
        if (!chosen.ok()) return chosen.errors();
        answer = std::move(*chosen);
      }
      if (answer) {
        if (*given) {
          const std::string named = NamedValue(question.at("options").as_array(), *answer);
          Tell(Text(question, "title") + " " + (named.empty() ? "—" : named) + "\n");
        }
        values[setting] = std::move(*answer);
      } else {
        open.push_back(value);
      }
    }
    if (const json::value* given = answers_.if_contains("values")) {
      for (const auto& [name, value] : given->as_object()) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        return Diagnostic{"bad_answers", "nobody asks for '" + std::string(name) + "' in this source",
                          "values", known};
      }
    }
    if (!values.empty()) {
      json::object request{{"values", values}};
      if (const std::string day = Text(answers_, "from_day"); !day.empty()) request["from_day"] = day;
      const auto stored = Ask({{"step", "answer"}, {"portal", portal_}, {"request", std::move(request)}});
      if (!stored.ok()) return stored.errors();
    }
    report_["answered"] = std::move(values);
    Tell(say_("\nГотово.", "\nDone."));
    if (!open.empty())
      Tell(say_(" Без ответа: ", " Left open: ") + std::to_string(open.size()) +
           say_(" (страница «Источники» или svodka settings).", " (page “Sources”, or svodka settings)."));
    Tell(follows_ ? "\n" : say_(" Дальше: svodka serve\n", " Next: svodka serve\n"));
    report_["open"] = std::move(open);
    return Done{};
  }

  const std::string language_;
  const Say say_;
  const json::object answers_;
  const bool json_;
  const AskStep& ask_;
  Person* person_;
  Output& output_;
  json::object kind_, check_, report_;
  std::string draft_, portal_;
  bool follows_ = false;
};

}  // namespace

Status RunSetupDialog(const json::object& command, const AskStep& ask, Person* person, Output& output) {
  return Dialog(command, ask, person, output).Run();
}

}  // namespace svodka::app
