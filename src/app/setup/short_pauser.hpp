#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "crm/http.hpp"
#include "sync/pause.hpp"

namespace svodka::app {

/// A transport for questions that a person waits for: a wrong address is told within seconds.
inline std::unique_ptr<crm::HttpTransport> MakeQuickTransport() {
  crm::CurlSettings settings;
  settings.connect_timeout = std::chrono::seconds{8};
  return crm::MakeCurlTransport(std::move(settings));
}

/// A person waits for the answer: no pause is longer than three seconds.
class ShortPauser final : public sync::Pauser {
 public:
  bool Pause(std::chrono::milliseconds length, std::stop_token stop) override {
    return pauser_.Pause(std::min(length, std::chrono::milliseconds{3'000}), std::move(stop));
  }
  void Wake() override { pauser_.Wake(); }

 private:
  sync::SystemPauser pauser_;
};

}  // namespace svodka::app
