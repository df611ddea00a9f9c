#include "state/state.hpp"

#include <filesystem>
#include <system_error>

namespace svodka::state {

namespace fs = std::filesystem;

State::State(const std::string& path, Vault vault, const Clock& clock)
    : vault_(vault),
      database_(path),
      portals_(database_, vault_, clock),
      settings_(database_, clock),
      users_(database_, vault_, clock),
      checks_(database_),
      setup_(database_, vault_, clock),
      views_(database_, clock),
      actions_(database_),
      call_lists_(database_) {}

Result<std::unique_ptr<State>> State::Open(const std::string& folder, const Clock& clock) {
  std::error_code error;
  if (!fs::exists(folder, error)) {
    fs::create_directories(folder, error);
    if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  }
  if (error || !fs::is_directory(folder, error)) {
    return Diagnostic{"folder_unusable",
                      "the data folder cannot be used: " + (error ? error.message() : "it is no folder"),
                      folder,
                      {}};
  }
  const std::string database = folder + "/state.sqlite";
  auto vault = Vault::Open(folder + "/key", !fs::exists(database, error));
  if (!vault.ok()) return vault.errors();
  return Guard([&] { return std::unique_ptr<State>(new State(database, vault.value(), clock)); });
}

}  // namespace svodka::state
