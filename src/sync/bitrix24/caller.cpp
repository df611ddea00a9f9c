#include "sync/bitrix24/caller.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"

namespace svodka::sync {
namespace {

using crm::bitrix24::Answer;
using crm::bitrix24::BatchAnswer;
using crm::bitrix24::Command;
using crm::bitrix24::Remedy;
using crm::bitrix24::RestError;

Diagnostic Cancelled() { return {"cancelled", "the synchronisation was stopped", "", {}}; }

bool IsFinal(Remedy remedy) { return remedy == Remedy::kStop || remedy == Remedy::kOurs; }

constexpr std::chrono::minutes kParkMax{11};

}  // namespace

Instant Caller::ParkUntil(const crm::bitrix24::Operating& operating) const {
  const Instant now = clock_.Now();
  // The portal frees its budget minute by minute, within ten of them.
  const Instant until = operating.reset_at.value_or(now + std::chrono::minutes{1}) + std::chrono::seconds{1};
  return std::clamp(until, now + std::chrono::seconds{1}, now + kParkMax);
}

bool Caller::Wait(int attempt, std::stop_token stop) {
  const auto delay = std::min<std::chrono::milliseconds>(
      std::chrono::seconds{int64_t{1} << std::min(attempt, 10)}, settings_.delay_max);
  return pauser_.Pause(delay, stop) && !stop.stop_requested();
}

bool Caller::WaitUntil(Instant until, std::stop_token stop) {
  while (clock_.Now() < until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_.Now());
    if (!pauser_.Pause(left, stop)) return false;
  }
  return !stop.stop_requested();
}

Result<BatchAnswer> Caller::Send(const std::vector<Command>& commands, std::stop_token stop) {
  for (int attempt = 0;; ++attempt) {
    if (!limiter_->Acquire(pauser_, stop)) return Cancelled();
    ++requests_;
    auto outcome = client_.Batch(commands, stop);
    if (outcome.value) {
      const std::string& origin = outcome.value->origin;
      if (!origin.empty() && origin != client_.webhook().origin()) {
        log::Warning("portal_renamed", {{"from", client_.webhook().origin()}, {"to", origin}});
        client_.MoveTo(origin);
      }
      chain_length_ = std::min(settings_.commands_max, chain_length_ + 5);
      return std::move(*outcome.value);
    }
    const RestError& error = *outcome.error;
    if (IsFinal(error.remedy) || error.remedy == Remedy::kRefused) return error.diagnostic;
    if (FoldCase(error.code) == "query_limit_exceeded") {
      limiter_->SlowDown();
    } else if (error.diagnostic.code == "portal_busy") {
      limiter_->Empty();
    }
    // Slow answers: the portal gives up after a minute, so ask for less at once.
    if (error.status >= 500 || error.diagnostic.code == "portal_timeout" ||
        error.diagnostic.code == "answer_too_large") {
      chain_length_ = std::max<size_t>(5, chain_length_ / 2);
    }
    if (attempt + 1 >= settings_.attempts_max) return error.diagnostic;
    log::Warning("portal_retry", {{"attempt", std::to_string(attempt + 1)},
                                  {"code", error.diagnostic.code},
                                  {"status", std::to_string(error.status)}});
    const bool go_on =
        error.remedy == Remedy::kPark ? WaitUntil(ParkUntil(outcome.operating), stop) : Wait(attempt, stop);
    if (!go_on) return Cancelled();
  }
}

Result<BatchAnswer> Caller::Ask(const std::vector<Command>& commands, std::stop_token stop) {
  auto whole = Send(commands, stop);
  if (!whole.ok()) return whole;
  std::vector<std::shared_ptr<const json::value>> roots{whole->root};
  for (int attempt = 0;; ++attempt) {
    std::vector<size_t> again;
    const RestError* trouble = nullptr;
    for (size_t i = 0; i < commands.size(); ++i) {
      const auto& error = whole->answers[i].error;
      if (!error || error->remedy == Remedy::kRefused) continue;
      if (IsFinal(error->remedy)) return error->diagnostic;
      trouble = &*error;
      again.push_back(i);
    }
    if (again.empty()) break;
    if (attempt + 1 >= settings_.attempts_max) return trouble->diagnostic;
    const bool parked = trouble->remedy == Remedy::kPark;
    if (!(parked ? WaitUntil(ParkUntil(whole->operating), stop) : Wait(attempt, stop))) return Cancelled();
    std::vector<Command> rest;
    for (const size_t i : again) rest.push_back(commands[i]);
    auto part = Send(rest, stop);
    if (!part.ok()) return part.errors();
    for (size_t i = 0; i < again.size(); ++i) whole->answers[again[i]] = part->answers[i];
    whole->operating = part->operating;
    roots.push_back(part->root);
  }
  if (roots.size() > 1) {
    // The answers point into several parsed bodies: one owner keeps them all.
    const auto owner = std::make_shared<std::vector<std::shared_ptr<const json::value>>>(std::move(roots));
    whole->root = std::shared_ptr<const json::value>(owner, owner->front().get());
  }
  return whole;
}

Result<Chain> Caller::AskChain(const std::vector<Command>& commands, std::stop_token stop) {
  for (int attempt = 0;; ++attempt) {
    auto sent = Send(commands, stop);
    if (!sent.ok()) return sent.errors();
    Chain chain;
    chain.roots.push_back(sent->root);
    for (const Answer& answer : sent->answers) {
      if (answer.error) {
        chain.error = answer.error;
        break;
      }
      chain.results.push_back(answer.result);
    }
    if (!chain.error || !chain.results.empty()) return chain;
    if (IsFinal(chain.error->remedy)) return chain.error->diagnostic;
    if (chain.error->remedy == Remedy::kPark) {
      chain.parked_until = ParkUntil(sent->operating);
      return chain;
    }
    if (chain.error->remedy == Remedy::kRefused) return chain;
    if (attempt + 1 >= settings_.attempts_max) return chain.error->diagnostic;
    if (!Wait(attempt, stop)) return Cancelled();
  }
}

}  // namespace svodka::sync
