#pragma once

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "bench/dataset.hpp"
#include "bench/recording.hpp"
#include "crm/http.hpp"

namespace svodka::bench {

/// An emulator of its own over the dataset's company; ended with the object.
class Emulator {
 public:
  /// `crm` as the emulator's --crm, `limits` the flags that say what it grants. Waits until it answers.
  Emulator(const Dataset& dataset, const std::string& crm,
           const std::vector<std::string>& limits = {"--limits-off"});
  ~Emulator();
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;
  /// What the program writes for those who connect; "" when it did not start.
  const std::string& address() const { return address_; }

 private:
  pid_t process_ = 0;
  std::string address_;
};

/// Answers from a recording alone. Errors: `recording_failed` for what was never asked.
class Player final : public crm::HttpTransport {
 public:
  explicit Player(Recording& recording) : recording_(recording) {}
  Result<crm::HttpAnswer> Send(const crm::HttpRequest& request, std::stop_token stop) override;

 private:
  Recording& recording_;
};

/// Runs `measure` over the recording NAME of the dataset's folder. Where there is none, or the connector asks
/// what it does not hold (`recording_failed`), it is made anew by `record` first.
Status WithRecording(const Dataset& dataset, const std::string& name,
                     const std::function<Status(Recording&)>& record,
                     const std::function<Status(Recording&)>& measure);

/// Elapsed time (ms) of `baseline_load/SCRIPT` over a recording, into a new database file.
Result<double> RunPlainLoad(const Dataset& dataset, const std::string& script, const std::string& file,
                            int threads);

}  // namespace svodka::bench
