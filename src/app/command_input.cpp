#include "app/command_input.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/text.hpp"

namespace svodka::app {

std::string AbsolutePath(const std::string& path) {
  return path == "-" ? path : std::filesystem::absolute(path).lexically_normal().string();
}

Result<std::string> ReadText(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(path, std::ios::binary);
  if (!file) return Diagnostic{"file_not_found", "cannot read the file " + path, path, {}};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Result<json::value> ReadJsonArgument(const std::string& argument) {
  std::string text = argument;
  if (argument == "-" || argument.starts_with("@")) {
    auto read = ReadText(argument == "-" ? argument : argument.substr(1));
    if (!read.ok()) return read.errors();
    text = std::move(read).value();
  }
  return ParseJson(text);
}

Result<std::string> ReadSecret(const std::string& file, const char* variable, const Diagnostic& missing) {
  std::string secret;
  if (!file.empty()) {
    auto text = ReadText(file);
    if (!text.ok()) return text.errors();
    secret = std::move(text).value();
  } else if (const char* from_environment = std::getenv(variable)) {
    secret = from_environment;
  }
  secret = Trim(secret);
  if (secret.empty()) return missing;
  return secret;
}

}  // namespace svodka::app
