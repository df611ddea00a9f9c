#include "app/process.hpp"

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>

#include "app/action_desk.hpp"
#include "app/commands.hpp"
#include "app/internal/command_list.hpp"
#include "app/local_client.hpp"
#include "app/places.hpp"
#include "app/setup/desk.hpp"
#include "app/setup/dialog.hpp"
#include "app/setup/uploads.hpp"
#include "app/terminal_input.hpp"
#include "base/log.hpp"
#include "crm/files/file_assignment.hpp"
#include "crm/files/suggest.hpp"
#include "server/api.hpp"
#include "server/http_server.hpp"

namespace svodka::app {
namespace {

constexpr std::chrono::milliseconds kLockEvery{50};
constexpr std::chrono::seconds kLockFor{60};

void WaitFor(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
}

void WaitForStop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stop, [] { return false; });
}

/// Output of a command that another process asked for over the socket.
class SocketOutput final : public Output {
 public:
  SocketOutput(const std::function<bool(const json::object&)>& send, bool terminal)
      : send_(send), terminal_(terminal) {}
  void Out(std::string_view text) override { Send(OutLine(text)); }
  void Err(std::string_view text) override { Send(ErrLine(text)); }
  void Show(const Step& step) override { Send(StepLine(step)); }
  bool terminal() const override { return terminal_; }
  void Send(const json::object& line) {
    const std::lock_guard lock(mutex_);
    send_(line);
  }

 private:
  const std::function<bool(const json::object&)>& send_;
  const bool terminal_;
  std::mutex mutex_;
};

/// Everything that a process needs that holds the data folder.
struct Holder {
  Places places;
  SystemClock clock;
  std::unique_ptr<state::State> state;
  std::unique_ptr<ModelFiles> models;
  std::unique_ptr<Portals> portals;
  std::unique_ptr<Uploads> uploads;

  Services services() { return {places, *state, *models, *portals, clock, *uploads}; }

  static Result<std::unique_ptr<Holder>> Make(const Places& places) {
    auto holder = std::make_unique<Holder>();
    holder->places = places;
    auto models = ModelFiles::Load(places.models);
    if (!models.ok()) return models.errors();
    holder->models = std::move(models).value();
    auto state = state::State::Open(places.data, holder->clock);
    if (!state.ok()) return state.errors();
    holder->state = std::move(state).value();
    holder->portals =
        std::make_unique<Portals>(holder->places, *holder->state, *holder->models, holder->clock);
    holder->uploads = std::make_unique<Uploads>(holder->places.data + "/uploads", holder->clock);
    return holder;
  }
};

/// Answers over HTTP and the local socket.
class Front {
 public:
  explicit Front(Holder& holder)
      : holder_(holder),
        desk_(holder.services()),
        action_desk_(*holder.portals),
        api_(*holder.portals, *holder.state, holder.clock,
             {.web_folder = holder.places.web,
              .local_command = [this](const json::value& command, const auto& send,
                                      std::stop_token stop) { RunLocal(command, send, std::move(stop)); },
              .setup = &desk_,
              .actions = &action_desk_}),
        server_(
            {}, [this](const server::Request& request) { return api_.Handle(request); },
            [this](const server::FinishedRequest& finished) { api_.Note(finished); }) {}

  server::HttpServer& server() { return server_; }

 private:
  void RunLocal(const json::value& command, const std::function<bool(const json::object&)>& send,
                std::stop_token stop) {
    if (!command.is_object()) return;
    SocketOutput output(send, IsTrue(command.get_object(), "terminal"));
    Services services = holder_.services();
    const int code = RunToExitCode(services, command.get_object(), output, std::move(stop));
    output.Send({{"exit", code}});
  }

  Holder& holder_;
  SetupDesk desk_;
  ActionDesk action_desk_;
  server::Api api_;
  server::HttpServer server_;
};

Status Announce(Holder& holder, const json::object& command, uint16_t port, Output& output) {
  const std::string listen = TextOf(command, "listen");
  const size_t colon = listen.rfind(':');
  std::string host = colon == std::string::npos ? "127.0.0.1" : listen.substr(0, colon);
  if (host.empty()) host = "127.0.0.1";
  const std::string address = std::string(TextOf(command, "cert").empty() ? "http" : "https") + "://" + host +
                              ":" + std::to_string(port) + "/";
  const std::string running = "Svodka is running: " + address + "\n";
  const auto has_administrator = holder.state->users().HasAdministrator();
  if (!has_administrator.ok()) return has_administrator.errors();
  if (has_administrator.value()) {
    output.Out(running);
    return Done{};
  }
  const auto code = holder.state->users().IssueCode();
  if (!code.ok()) return code.errors();
  log::Info("one_time_code",
            {{"code", code.value()}, {"valid_hours", std::to_string(state::kCodeLife.count())}});
  output.Out(running + "First sign-in: open the address and enter the one-time code " + code.value() +
             " (valid for 24 hours).\n");
  return Done{};
}

Status Serve(Holder& holder, const json::object& command, Output& output, const std::stop_token& stop) {
  const std::string listen = TextOf(command, "listen");
  const auto loopback = server::IsLoopback(listen);
  if (!loopback.ok()) return loopback.errors();
  const auto has_administrator = holder.state->users().HasAdministrator();
  if (!has_administrator.ok()) return has_administrator.errors();
  if (!loopback.value() && !has_administrator.value()) {
    return Diagnostic{"administrator_needed",
                      "listening on " + listen +
                          " is refused until an administrator exists; add one: svodka user add --name "
                          "NAME --email E-MAIL --password-file FILE, or sign in on 127.0.0.1 first",
                      "--listen",
                      {}};
  }
  Front front(holder);
  const auto port = front.server().Listen(listen, TextOf(command, "cert"), TextOf(command, "key"));
  if (!port.ok()) return port.errors();
  if (const Status local = front.server().ListenLocal(holder.places.socket()); !local.ok())
    return local.errors();
  if (const Status dropped = holder.state->users().DropExpiredSessions(); !dropped.ok())
    return dropped.errors();
  front.server().Start();
  if (const Status announced = Announce(holder, command, port.value(), output); !announced.ok())
    return announced.errors();
  if (!loopback.value() && TextOf(command, "cert").empty())
    log::Warning("passwords_in_the_clear",
                 {{"listen", listen}, {"do", "name --cert and --key, or put a proxy with TLS before it"}});
  holder.models->Watch([&](const ModelSnapshot& models) { holder.portals->SetModels(models); });
  holder.portals->FollowAll();
  WaitForStop(stop);
  log::Info("stopping");
  holder.models->StopWatching();
  front.server().Stop();
  return Done{};
}

std::string DescribeState(const server::PortalStatus& status) {
  std::string text = status.state;
  if (status.progress) text += " " + status.progress->stage;
  if (!status.error.empty()) text += ": " + status.error;
  return text;
}

Status SyncAndFollow(Holder& holder, const json::object& command, Output& output,
                     const std::stop_token& stop) {
  std::string id = TextOf(command, "portal");
  if (id.empty()) {
    const auto all = holder.state->portals().List();
    if (!all.ok()) return all.errors();
    if (all->size() == 1) id = all->front().id;
  }
  const auto host = holder.portals->Host(id);
  if (!host.ok()) return host.errors();
  if (const auto session = host.value()->Session(); !session.ok()) return session.errors();
  Front front(holder);
  if (const Status local = front.server().ListenLocal(holder.places.socket()); !local.ok())
    return local.errors();
  front.server().Start();
  holder.models->Watch([&](const ModelSnapshot& models) { holder.portals->SetModels(models); });
  host.value()->StartFollowing();
  std::string said;
  int64_t version = -1;
  while (!stop.stop_requested()) {
    const auto status = host.value()->Describe();
    if (status.progress) {
      output.Show({.stage = status.progress->stage,
                   .done = status.progress->done,
                   .expected = status.progress->expected,
                   .seconds_left = status.progress->seconds_left});
    }
    const std::string now = DescribeState(status);
    if (now != said || (status.state == "live" && status.data_version != version)) {
      output.Out(ToString(holder.clock.Now()) + " " + now + ", data version " +
                 std::to_string(status.data_version) + "\n");
      said = now;
      version = status.data_version;
    }
    WaitFor(std::chrono::milliseconds(500), stop);
  }
  holder.models->StopWatching();
  front.server().Stop();
  return Done{};
}

/// Asks the process that holds the folder, or takes the folder. The exit code of the other process, or
/// nothing and a lock.
Result<std::optional<int>> AskOrLock(const Places& places, const json::object& command, FolderLock& lock,
                                     Output& output, const std::stop_token& stop, bool holds) {
  const auto end = std::chrono::steady_clock::now() + kLockFor;
  for (;;) {
    const auto locked = FolderLock::Try(places, lock);
    if (!locked.ok()) return locked.errors();
    if (locked.value()) return std::optional<int>();
    if (!holds) {
      auto code = RunThroughSocket(places.socket(), command, output, stop);
      if (!code.ok() || code.value()) return code;
    } else if (std::error_code error; std::filesystem::exists(places.socket(), error)) {
      return Diagnostic{"already_running",
                        "another svodka serve or sync --follow holds this data folder; end it first, or name "
                        "another --data",
                        places.data,
                        {}};
    }
    // A short command of somebody else: its turn ends soon.
    if (stop.stop_requested()) return Diagnostic{"cancelled", "stopped", "", {}};
    if (std::chrono::steady_clock::now() > end) {
      return Diagnostic{"folder_busy",
                        "another command holds this data folder for too long; repeat when it has ended",
                        places.data,
                        {}};
    }
    WaitFor(kLockEvery, stop);
  }
}

Status Suggest(const json::object& command, Output& output) {
  std::vector<std::string> files;
  for (const auto& file : command.at("files").as_array()) files.emplace_back(file.as_string());
  const auto found = crm::files::ExpandPaths(files);
  if (!found.ok()) return found.errors();
  const auto mapping = crm::files::SuggestMapping(*found);
  if (!mapping.ok()) return mapping.errors();
  output.Out(mapping.value());
  return Done{};
}

/// What can be checked where nothing is kept yet; makes no folder.
Status DoctorBeforeData(const Places& places, Output& output) {
  const auto models = ModelFiles::Load(places.models);
  if (!models.ok()) return models.errors();
  output.Out("ok      model files " + places.models + "\n" +
             (places.web.empty() ? "trouble web app: not built: run ./run build, or name it with --web\n"
                                 : "ok      web app " + places.web + "\n") +
             "note    there is no data folder " + places.data + " yet: import, connect and serve make it\n");
  if (places.web.empty()) {
    return Diagnostic{
        "doctor",
        "1 trouble was found (above): web app: not built: run ./run build, or name it with --web",
        "web app",
        {}};
  }
  return Done{};
}

/// A folder that goes when the command ends.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "svodka-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw DiagnosticError(
          {"folder_unwritable", "cannot make a folder for temporary files: " + name, name, {}});
    path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;  // a temporary folder left behind harms nobody
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// What a step of `setup` answers, kept; how far it has come goes on to the person.
class StepOutput final : public Output {
 public:
  explicit StepOutput(Output& person) : person_(person) {}
  void Out(std::string_view text) override { out_ += text; }
  void Err(std::string_view text) override { err_ += text; }
  void Show(const Step& step) override { person_.Show(step); }
  bool terminal() const override { return false; }

  Result<json::value> Answer(int code) const {
    if (code == 0) return ParseJson(out_);
    const auto line = ParseJson(err_);
    if (!line.ok()) return Diagnostic{"local_failed", "the step ended with " + std::to_string(code), "", {}};
    const auto read = [](const json::value& error) -> Diagnostic {
      return {FindString(error, "code").value_or("internal"),
              FindString(error, "message").value_or(""),
              FindString(error, "place").value_or(""),
              {}};
    };
    Diagnostics errors{read(*line)};
    if (const json::value* also = FindMember(*line, "also"); also != nullptr && also->is_array()) {
      for (const json::value& error : also->get_array()) errors.push_back(read(error));
    }
    return errors;
  }

 private:
  Output& person_;
  std::string out_, err_;
};

Status RunHere(Holder& holder, const CommandLine& line, Output& output, const std::stop_token& stop,
               int& code) {
  const std::string name = TextOf(line.command, "command");
  if (name == "serve") return Serve(holder, line.command, output, stop);
  if (name == "sync" && IsTrue(line.command, "follow"))
    return SyncAndFollow(holder, line.command, output, stop);
  // Others may ask while a long command runs.
  std::optional<Front> front;
  if (name == "sync" || TextOf(line.command, "step") == "load") {
    front.emplace(holder);
    if (const Status local = front->server().ListenLocal(holder.places.socket()); !local.ok())
      return local.errors();
    front->server().Start();
  }
  Services services = holder.services();
  code = RunToExitCode(services, line.command, output, stop);
  if (front) front->server().Stop();
  return Done{};
}

Status Run(const CommandLine& line, Output& output, const std::stop_token& stop, int& code);

/// The talk stays here; each of its steps is a command of its own, so that the folder is free while a person
/// thinks, and a server that holds it does the step.
Status Setup(const CommandLine& line, Output& output, const std::stop_token& stop) {
  const AskStep ask = [&](json::object step) -> Result<json::value> {
    CommandLine one = line;
    one.command = std::move(step);
    StepOutput answer(output);
    int code = 0;
    const Status run = Run(one, answer, stop, code);
    if (!run.ok()) return run.errors();
    return answer.Answer(code);
  };
  std::optional<TerminalPerson> person;
  if (IsTrue(line.command, "interactive")) person.emplace(output, stop);
  return RunSetupDialog(line.command, ask, person ? &*person : nullptr, output);
}

Status Run(const CommandLine& line, Output& output, const std::stop_token& stop, int& code) {
  const std::string name = TextOf(line.command, "command");
  if (name == "import" && IsTrue(line.command, "suggest")) return Suggest(line.command, output);
  if (name == "setup" && !line.command.contains("step")) return Setup(line, output, stop);
  auto places = FindPlaces(line.data, line.models, line.web);
  if (!places.ok()) return places.errors();
  const bool holds = name == "serve" || (name == "sync" && IsTrue(line.command, "follow"));
  // A misspelt --data must not look like an empty one.
  std::error_code error;
  const bool makes = holds || name == "import" || name == "connect" || name == "setup" ||
                     (name == "user" && TextOf(line.command, "action") == "add");
  const bool there = std::filesystem::is_directory(places->data, error);
  if (!there && name == "doctor") return DoctorBeforeData(places.value(), output);
  std::optional<ScratchFolder> scratch;  // definitions are asked for before there are any data, too
  if (!there && name == "model") places->data = scratch.emplace().path();
  if (!makes && !there && !scratch) {
    return Diagnostic{
        "folder_not_found",
        "there is no data folder " + places->data + "; name it with --data, or begin with import or connect",
        "--data",
        {}};
  }
  json::object command = line.command;
  command["terminal"] = output.terminal();
  FolderLock lock;
  const auto asked = AskOrLock(places.value(), command, lock, output, stop, holds);
  if (!asked.ok()) return asked.errors();
  if (asked.value()) {
    code = *asked.value();
    return Done{};
  }
  // Whoever left a socket file has ended without removing it.
  std::filesystem::remove(places->socket(), error);
  auto holder = Holder::Make(places.value());
  if (!holder.ok()) return holder.errors();
  const Status done = RunHere(**holder, line, output, stop, code);
  holder.value()->portals->Close();
  holder.value()->state->Checkpoint();
  return done;
}

}  // namespace

int RunProcess(const CommandLine& line, Output& output, std::stop_token stop) {
  int code = 0;
  try {
    const Status status = Run(line, output, stop, code);
    if (status.ok()) return code;
    WriteErrors(output, status.errors());
  } catch (const DiagnosticError& error) {
    WriteErrors(output, {error.diagnostic()});
  } catch (const std::exception& error) {
    WriteErrors(output, {{"internal", std::string("the program failed: ") + error.what(), "", {}}});
  }
  return 2;
}

}  // namespace svodka::app
