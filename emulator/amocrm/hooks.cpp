#include "emulator/amocrm/hooks.hpp"

#include <algorithm>
#include <array>

#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

constexpr std::array<std::string_view, 36> kHookCodes = {"add_lead",
                                                         "update_lead",
                                                         "delete_lead",
                                                         "restore_lead",
                                                         "responsible_lead",
                                                         "status_lead",
                                                         "note_lead",
                                                         "add_contact",
                                                         "update_contact",
                                                         "delete_contact",
                                                         "restore_contact",
                                                         "note_contact",
                                                         "add_company",
                                                         "update_company",
                                                         "delete_company",
                                                         "restore_company",
                                                         "note_company",
                                                         "add_customer",
                                                         "update_customer",
                                                         "delete_customer",
                                                         "note_customer",
                                                         "add_task",
                                                         "update_task",
                                                         "delete_task",
                                                         "responsible_task",
                                                         "add_talk",
                                                         "update_talk",
                                                         "add_unsorted",
                                                         "update_unsorted",
                                                         "delete_unsorted",
                                                         "add_message",
                                                         "responsible_contact",
                                                         "responsible_company",
                                                         "responsible_customer",
                                                         "add_chat_template_review",
                                                         "add_outgoing_message"};

}  // namespace

bool IsHookCode(std::string_view code) {
  return !code.empty() && std::find(kHookCodes.begin(), kHookCodes.end(), code) != kHookCodes.end();
}

void Hooks::Disable() {
  for (Subscription& one : subscriptions_) one.disabled = true;
}

const Hooks::Subscription& Hooks::Subscribe(const std::string& destination, std::set<std::string> settings,
                                            int64_t sort, int64_t user, Second now) {
  for (Subscription& one : subscriptions_) {
    if (one.destination != destination) continue;
    one.settings = std::move(settings);
    one.sort = sort;
    one.updated = now;
    one.disabled = false;
    return one;
  }
  subscriptions_.push_back({next_id_++, destination, std::move(settings), sort, now, now, user});
  return subscriptions_.back();
}

bool Hooks::Unsubscribe(const std::string& destination) {
  return std::erase_if(subscriptions_,
                       [&](const Subscription& one) { return one.destination == destination; }) != 0;
}

bool Hooks::Wanted(const std::string& code) const {
  return std::any_of(subscriptions_.begin(), subscriptions_.end(),
                     [&](const Subscription& one) { return !one.disabled && one.settings.contains(code); });
}

void Hooks::Queue(const std::string& code, const json::object& form, Second now) {
  for (const Subscription& one : subscriptions_) {
    if (!one.disabled && one.settings.contains(code))
      queue_.push_back({one.id, one.destination, FormBody(form), now});
  }
}

std::vector<Hooks::Delivery> Hooks::Due(Second now) {
  std::vector<Delivery> due;
  std::deque<Delivery> later;
  for (Delivery& delivery : queue_) {
    if (delivery.due <= now) {
      due.push_back(std::move(delivery));
    } else {
      later.push_back(std::move(delivery));
    }
  }
  queue_ = std::move(later);
  return due;
}

void Hooks::Answered(Delivery delivery, int status, Second now) {
  const bool good = status >= 100 && status < 300;
  ++(good ? sent : failed);
  const auto found = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                  [&](const Subscription& one) { return one.id == delivery.subscription; });
  if (found == subscriptions_.end()) return;
  found->answers.emplace_back(now, good);
  while (found->answers.front().first + 7200 < now) found->answers.pop_front();
  if (good) return;
  const auto bad = std::count_if(found->answers.begin(), found->answers.end(),
                                 [](const auto& answer) { return !answer.second; });
  if (bad > 100) {
    found->disabled = true;
    return;
  }
  static constexpr std::array<Second, 4> kWaits = {300, 900, 900, 3600};
  const bool server_fault = status == 0 || status == 499 || status >= 500;
  if (delivery.attempt >= 4 || (delivery.attempt >= 2 && !server_fault)) return;
  delivery.due = now + kWaits[static_cast<size_t>(delivery.attempt)];
  ++delivery.attempt;
  queue_.push_back(std::move(delivery));
}

}  // namespace svodka::emulator::amocrm
