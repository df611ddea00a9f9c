#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace CLI {
class App;
}

namespace svodka::app {

/// The options of `svodka setup`: what a person would be asked may be given before.
class SetupOptions {
 public:
  void Add(CLI::App& app);
  /// `answers` (docs/setup.md, "On the command line"), `interactive`, `json`, `language`. A person is asked
  /// where both standard streams are a terminal and neither --json nor --answers was given. Errors:
  /// `bad_answers`, `bad_json`, `file_not_found`, `bad_setting`.
  Status Fill(json::object& command) const;

 private:
  Status ReadAnswers(json::object& answers) const;
  Status ReadSecrets(json::object& answers) const;

  std::string answers_, kind_, webhook_file_, url_, token_file_, oauth_file_, portal_, name_, lead_pipelines_,
      language_;
  std::vector<std::string> files_;
  bool json_ = false, suggested_ = false, check_only_ = false, no_load_ = false;
};

/// What a command speaks whose words are for people: --language, SVODKA_LANGUAGE, else the language of the
/// terminal (LC_ALL, LC_MESSAGES, LANG): `ru` where that is Russian, `en` otherwise.
std::string SpokenLanguage(const std::string& chosen);

}  // namespace svodka::app
