#include "emulator/amocrm/throttle.hpp"

namespace svodka::emulator::amocrm {

Throttle::Verdict Throttle::Enter(const std::string& integration, double now) {
  Client& client = clients_[integration];
  if (now < client.banned_until) return Verdict::kBanned;
  while (!client.passed.empty() && client.passed.front() <= now - 1) client.passed.pop_front();
  while (!client.refused.empty() && client.refused.front() <= now - 600) client.refused.pop_front();
  if (static_cast<int>(client.passed.size()) < per_second) {
    client.passed.push_back(now);
    return Verdict::kPass;
  }
  client.refused.push_back(now);
  if (static_cast<int>(client.refused.size()) >= offences_max) {
    client.banned_until = now + ban_seconds;
    client.refused.clear();
  }
  return Verdict::kTooMany;
}

}  // namespace svodka::emulator::amocrm
