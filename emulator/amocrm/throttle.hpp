#pragma once

#include <deque>
#include <map>
#include <string>

namespace svodka::emulator::amocrm {

/// The request limit of an integration, and the ban of those who do not heed it. Times are seconds of one
/// clock. Not thread-safe.
class Throttle {
 public:
  int per_second = 7;
  int offences_max = 100;  ///< refusals within ten minutes, then the ban
  double ban_seconds = 600;

  enum class Verdict { kPass, kTooMany, kBanned };
  Verdict Enter(const std::string& integration, double now);
  void Pardon() { clients_.clear(); }

 private:
  struct Client {
    std::deque<double> passed, refused;
    double banned_until = 0;
  };
  std::map<std::string, Client> clients_;
};

}  // namespace svodka::emulator::amocrm
