#include "sync/amocrm/caller.hpp"

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "crm/amocrm/address.hpp"

namespace svodka::sync::amocrm {
namespace {

using crm::amocrm::ApiError;
using crm::amocrm::Remedy;

constexpr std::array<size_t, 5> kPageSizes = {250, 125, 50, 25, 10};
constexpr int kEasyAnswers = 50;  ///< after so many a page may grow again
constexpr int kPagesMax = 2'000;
constexpr int kMovesMax = 3;

Diagnostic Cancelled() { return {"cancelled", "the synchronisation was stopped", "", {}}; }

std::chrono::milliseconds DelayOf(const ApiError& error, int attempt) {
  if (error.retry_after_s > 0) return std::chrono::seconds{std::min<int64_t>(error.retry_after_s, 900)};
  if (error.remedy == Remedy::kBlocked) return std::chrono::minutes{int64_t{1} << std::min(attempt, 3)};
  return std::chrono::seconds{std::min<int64_t>(int64_t{1} << std::min(attempt, 6), 30)};
}

}  // namespace

size_t Caller::Limit(size_t limit_max) const { return std::min(limit_max, kPageSizes[step_]); }

bool Caller::Wait(std::chrono::milliseconds delay, std::stop_token stop) {
  return pauser_.Pause(delay, stop) && !stop.stop_requested();
}

/// A renamed account no longer knows its tokens at the old address, whose pages may still lead to the new
/// one: asked without the token, and only named.
Diagnostic Caller::WithNewAddress(Diagnostic diagnostic, std::stop_token stop) {
  const std::string to = client_.WhereTo(stop);
  if (!to.empty() && to != client_.origin() && crm::amocrm::IsAccountOf(client_.origin(), to))
    diagnostic.message =
        client_.origin() + " leads to " + to + " now: connect again with that address. " + diagnostic.message;
  return diagnostic;
}

void Caller::FollowTokens() {
  const std::string origin = tokens_->origin();
  if (!origin.empty() && origin != client_.origin()) client_.MoveTo(origin);
}

Result<Answer> Caller::Send(const std::function<std::string()>& target, std::stop_token stop) {
  bool renewed = false;
  int moves = 0;
  for (int attempt = 0;; ++attempt) {
    if (token_.empty()) {
      auto token = tokens_->Current(stop);
      if (!token.ok()) return token.errors();
      token_ = std::move(*token);
      client_.SetToken(token_);
      FollowTokens();
    }
    if (!limiter_->Acquire(pauser_, stop)) return Cancelled();
    ++requests_;
    const Instant asked_at = clock_.Now();
    auto outcome = client_.Get(target(), stop);
    if (outcome.page) {
      if (outcome.page->served_at_s > 0) {
        skew_ = std::chrono::duration_cast<std::chrono::seconds>(
            Instant{std::chrono::seconds{outcome.page->served_at_s}} - asked_at);
      }
      if (++easy_answers_ >= kEasyAnswers && step_ > 0) {
        --step_;
        easy_answers_ = 0;
      }
      Answer answer;
      answer.page = std::move(outcome.page);
      return answer;
    }
    const ApiError& error = *outcome.error;
    if (error.remedy == Remedy::kRefused) {
      Answer answer;
      answer.refused = error;
      return answer;
    }
    if (error.remedy == Remedy::kStop) return error.diagnostic;
    if (error.remedy == Remedy::kMoved) {
      // The token goes nowhere but to the vendor's own hosts.
      if (++moves > kMovesMax || !crm::amocrm::IsSameVendor(client_.origin(), error.moved_to))
        return error.diagnostic;
      log::Warning("portal_renamed", {{"from", client_.origin()}, {"to", error.moved_to}});
      client_.MoveTo(error.moved_to);
      continue;
    }
    if (error.remedy == Remedy::kToken) {
      if (renewed) return error.diagnostic;
      auto token = tokens_->Renew(token_, stop);
      if (!token.ok())
        return token.error().code == "token_rejected" ? WithNewAddress(token.error(), stop) : token.error();
      token_ = std::move(*token);
      client_.SetToken(token_);
      FollowTokens();
      renewed = true;
      continue;
    }
    easy_answers_ = 0;
    if (error.remedy == Remedy::kSlower) limiter_->SlowDown();
    if (error.remedy == Remedy::kSmaller) step_ = std::min(step_ + 1, kPageSizes.size() - 1);
    if (attempt + 1 >= attempts_max_) return error.diagnostic;
    log::Warning("portal_retry", {{"attempt", std::to_string(attempt + 1)},
                                  {"code", error.diagnostic.code},
                                  {"status", std::to_string(error.status)}});
    if (!Wait(DelayOf(error, attempt), stop)) return Cancelled();
  }
}

Result<Answer> Caller::Get(const std::string& path, const crm::Params& params, std::stop_token stop) {
  const std::string query = crm::EncodeQuery(params);
  return Send([&] { return query.empty() ? path : path + "?" + query; }, stop);
}

Result<Answer> Caller::GetRows(const std::string& path, const crm::Params& params, Offset& offset,
                               std::stop_token stop) {
  int64_t behind = offset.rows;
  auto answer = Send(
      [&] {
        const auto limit = static_cast<int64_t>(Limit(offset.limit_max));
        const int64_t page = offset.rows / limit + 1;
        behind = page * limit;
        crm::Params all = params;
        all.emplace_back("limit", std::to_string(limit));
        all.emplace_back("page", std::to_string(page));
        return path + "?" + crm::EncodeQuery(all);
      },
      stop);
  if (answer.ok() && answer->page && !answer->page->rows.empty()) offset.rows = behind;
  return answer;
}

Result<Answer> Caller::GetAll(const std::string& path, const crm::Params& params,
                              const std::function<void(const crm::amocrm::Page&)>& take,
                              std::stop_token stop) {
  const std::string query = crm::EncodeQuery(params);
  std::string target = query.empty() ? path : path + "?" + query;
  for (int page = 0; page < kPagesMax; ++page) {
    auto answer = Send([&] { return target; }, stop);
    if (!answer.ok() || answer->refused) return answer;
    take(*answer->page);
    if (!answer->page->has_next || answer->page->rows.empty() || answer->page->next == target) return answer;
    target = answer->page->next;
  }
  return Diagnostic{"bad_answer", "the list " + path + " has no end; try again later", path, {}};
}

}  // namespace svodka::sync::amocrm
