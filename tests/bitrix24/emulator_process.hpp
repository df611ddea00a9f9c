#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/json.hpp"
#include "crm/http.hpp"

namespace svodka::bitrix24_test {

/// The emulator's executable on a free loopback port; ended with this object.
class EmulatorProcess {
 public:
  /// Throws std::runtime_error when it does not start.
  explicit EmulatorProcess(const std::vector<std::string>& arguments);
  ~EmulatorProcess();
  EmulatorProcess(const EmulatorProcess&) = delete;
  EmulatorProcess& operator=(const EmulatorProcess&) = delete;

  const std::string& webhook() const { return webhook_; }
  json::value Get(const std::string& path);
  json::value Control(const json::value& what);

 private:
  pid_t pid_ = 0;
  std::string webhook_;
  std::unique_ptr<crm::HttpTransport> transport_;
};

}  // namespace svodka::bitrix24_test
