#include "check/amocrm/account_reader.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_set>

#include "base/json.hpp"
#include "base/text.hpp"
#include "crm/query_string.hpp"

namespace svodka::check::amocrm {
namespace {

using crm::Params;

constexpr std::array<int64_t, 4> kPageSizes = {250, 100, 50, 10};
constexpr int kPagesMax = 20'000;
constexpr size_t kIdsPerRequest = 50;

struct Page {
  int status = 0;
  json::value root;
  std::vector<const json::value*> rows;
  bool has_next = false;
};

std::string IdCell(const json::value& row, std::string_view name) {
  const json::value* value = FindMember(row, name);
  const std::string text = value == nullptr ? std::string() : ScalarText(*value).value_or("");
  return text == "0" ? "" : text;
}

std::optional<Instant> MomentCell(const json::value& row, std::string_view name) {
  const auto seconds = FindInteger(row, name);
  if (!seconds || *seconds <= 0) return std::nullopt;
  return Instant{std::chrono::seconds{*seconds}};
}

int64_t Seconds(Instant moment) {
  return std::chrono::duration_cast<std::chrono::seconds>(moment.time_since_epoch()).count();
}

bool IsDeleted(const json::value& row) {
  const json::value* value = FindMember(row, "is_deleted");
  return value != nullptr && value->is_bool() && value->get_bool();
}

class Reader final : public CrmReader {
 public:
  Reader(Settings settings, crm::HttpTransport& transport, sync::Pauser& pauser,
         std::shared_ptr<sync::RateLimiter> limiter)
      : settings_(std::move(settings)),
        origin_(settings_.address),
        transport_(transport),
        pauser_(pauser),
        limiter_(std::move(limiter)) {}

  Status ReadWindow(DayRange days, const Take& take, std::stop_token stop) override {
    if (auto status = LearnAccount(stop); !status.ok()) return status;
    const int64_t from = Seconds(zone_.StartOf(days.from));
    const int64_t to = Seconds(zone_.StartOf(days.to)) - 1;
    std::unordered_set<std::string> seen;
    const auto keep = [&](const json::value& row) {
      const auto created = FindInteger(row, "created_at");
      if (!created || *created < from || *created > to || IsDeleted(row)) return;
      auto card = Decode(row);
      if (card && seen.insert(card->key.id).second) take(std::move(*card));
    };
    bool ignored = !filters_;
    if (filters_) {
      Params params{{"order[id]", "asc"},
                    {"filter[created_at][from]", std::to_string(from)},
                    {"filter[created_at][to]", std::to_string(to)}};
      auto status = Walk(
          "/api/v4/leads", params,
          [&](const json::value& row) {
            const auto created = FindInteger(row, "created_at");
            if (created && (*created < from || *created > to)) ignored = true;
            keep(row);
            return !ignored;
          },
          stop);
      if (!status.ok()) return status;
    }
    if (ignored) {
      // The package for filters is off: newest first, until the window is behind us.
      filters_ = false;
      bool older = false;
      auto status = Walk(
          "/api/v4/leads", {{"order[created_at]", "desc"}},
          [&](const json::value& row) {
            const auto created = FindInteger(row, "created_at");
            if (created && *created < from) older = true;
            keep(row);
            return !older;
          },
          stop);
      if (!status.ok()) return status;
    }
    // The card of a request may be hidden until it is accepted: then the request is all there is.
    return Walk(
        "/api/v4/leads/unsorted", {{"order[created_at]", "asc"}},
        [&](const json::value& row) {
          const auto created = FindInteger(row, "created_at");
          if (!created || *created < from || *created > to) return true;
          auto card = DecodeRequest(row);
          if (card && seen.insert(card->key.id).second) take(std::move(*card));
          return true;
        },
        stop);
  }

  Result<std::map<CardKey, Answer>> ReadCards(std::span<const CardKey> keys, std::stop_token stop) override {
    if (auto status = LearnAccount(stop); !status.ok()) return status.errors();
    std::map<CardKey, Answer> answers;
    std::vector<std::string> single;
    for (size_t at = 0; at < keys.size(); at += kIdsPerRequest) {
      const auto part = keys.subspan(at, std::min(kIdsPerRequest, keys.size() - at));
      std::set<std::string> wanted;
      for (const CardKey& key : part) wanted.insert(key.id);
      if (filters_ && part.size() > 1) {
        Params params;
        for (const std::string& id : wanted) params.emplace_back("filter[id][]", id);
        auto status = Walk(
            "/api/v4/leads", params,
            [&](const json::value& row) {
              const std::string id = IdCell(row, "id");
              if (wanted.erase(id) == 0) return false;  // ignored: the rest one by one
              if (!IsDeleted(row)) {
                if (auto card = Decode(row))
                  answers[{kEntity, id}] = {Answer::State::kThere, std::move(*card)};
              }
              return true;
            },
            stop);
        if (!status.ok()) return status.errors();
      }
      single.insert(single.end(), wanted.begin(), wanted.end());
    }
    std::map<std::string, Card> requests;
    bool requests_read = false;
    for (const std::string& id : single) {
      Answer answer;
      auto page = Get("/api/v4/leads/" + id, {}, stop);
      if (!page.ok()) return page.errors();
      if (page->status == 403) answer.state = Answer::State::kDenied;
      if (page->status == 200 && !IsDeleted(page->root)) {
        if (auto card = Decode(page->root)) answer = {Answer::State::kThere, std::move(*card)};
      }
      if (answer.state == Answer::State::kGone) {
        if (!requests_read) {
          requests_read = true;
          auto status = Walk(
              "/api/v4/leads/unsorted", {{"order[created_at]", "asc"}},
              [&](const json::value& row) {
                if (auto card = DecodeRequest(row)) requests[card->key.id] = std::move(*card);
                return true;
              },
              stop);
          if (!status.ok()) return status.errors();
        }
        if (const auto found = requests.find(id); found != requests.end())
          answer = {Answer::State::kThere, found->second};
      }
      answers[{kEntity, id}] = std::move(answer);
    }
    return answers;
  }

  Result<std::vector<int64_t>> Count(std::span<const CountQuestion>, std::stop_token) override {
    return std::vector<int64_t>{};
  }
  Result<Rates> ReadRates(std::stop_token) override { return Rates{}; }
  int64_t requests() const override { return requests_; }
  Diagnostics TakeWarnings() override { return std::exchange(warnings_, {}); }

 private:
  /// The account's zone, whether its filters work, and its stages of incoming requests.
  Status LearnAccount(std::stop_token stop) {
    if (known_) return Done{};
    auto account = Get("/api/v4/account", {{"with", "datetime_settings,is_api_filter_enabled"}}, stop);
    if (!account.ok()) return account.errors();
    if (account->status != 200)
      return Diagnostic{"access_denied", "the account tells nothing about itself", "/api/v4/account", {}};
    const json::value& root = account->root;
    std::string zone_name;
    if (const json::value* embedded = FindMember(root, "_embedded")) {
      if (const json::value* settings = FindMember(*embedded, "datetime_settings"))
        zone_name = FindString(*settings, "timezone").value_or("");
    }
    const auto zone = Zone::Find(zone_name.empty() ? "Europe/Moscow" : zone_name);
    if (zone.ok()) zone_ = *zone;
    currency_ = FindString(root, "currency").value_or("");
    const json::value* flag = FindMember(root, "is_api_filter_enabled");
    filters_ = flag == nullptr || !flag->is_bool() || flag->get_bool();
    cents_ = settings_.has_cents;
    auto pipelines = Get("/api/v4/leads/pipelines", {}, stop);
    if (!pipelines.ok()) return pipelines.errors();
    for (const json::value* pipeline : pipelines->rows) {
      const json::value* embedded = FindMember(*pipeline, "_embedded");
      const json::value* statuses = embedded == nullptr ? nullptr : FindMember(*embedded, "statuses");
      if (statuses == nullptr || !statuses->is_array()) continue;
      for (const json::value& status : statuses->get_array()) {
        if (FindInteger(status, "type").value_or(0) == 1)
          unsorted_[IdCell(*pipeline, "id")] = IdCell(status, "id");
      }
    }
    known_ = true;
    return Done{};
  }

  std::optional<Card> Decode(const json::value& row) const {
    Card card;
    card.key = {kEntity, IdCell(row, "id")};
    if (card.key.id.empty()) return std::nullopt;
    card.title = FindString(row, "name").value_or("");
    card.pipeline = IdCell(row, "pipeline_id");
    const std::string status = IdCell(row, "status_id");
    card.stage = card.pipeline + "/" + status;
    card.semantic = status == "142"   ? Semantic::kSuccess
                    : status == "143" ? Semantic::kFailure
                                      : Semantic::kWork;
    card.owner = IdCell(row, "responsible_user_id");
    const json::value* exact = cents_ ? FindMember(row, "price_with_minor_units") : nullptr;
    const json::value* price = exact != nullptr && !exact->is_null() ? exact : FindMember(row, "price");
    if (price != nullptr) {
      const auto amount = price->is_double()
                              ? Result<Money>(Money::FromMinor(std::llround(price->get_double() * 100)))
                              : Money::Parse(ScalarText(*price).value_or(""));
      if (amount.ok() && amount->minor() != 0) card.amount = *amount;
    }
    card.currency = currency_;
    card.created_at = MomentCell(row, "created_at");
    card.modified_at = MomentCell(row, "updated_at");
    if (card.created_at) card.created_day = zone_.LocalDay(*card.created_at);
    return card;
  }

  std::optional<Card> DecodeRequest(const json::value& row) const {
    const json::value* embedded = FindMember(row, "_embedded");
    const json::value* leads = embedded == nullptr ? nullptr : FindMember(*embedded, "leads");
    if (leads == nullptr || !leads->is_array() || leads->get_array().empty()) return std::nullopt;
    Card card;
    card.key = {kEntity, IdCell(leads->get_array().front(), "id")};
    if (card.key.id.empty()) return std::nullopt;
    card.pipeline = IdCell(row, "pipeline_id");
    const auto status = unsorted_.find(card.pipeline);
    card.stage = card.pipeline + "/" + (status == unsorted_.end() ? "" : status->second);
    card.currency = currency_;
    card.created_at = MomentCell(row, "created_at");
    if (card.created_at) card.created_day = zone_.LocalDay(*card.created_at);
    return card;
  }

  /// Page by page until `take` says false. A list that the account does not offer has no rows.
  Status Walk(const std::string& path, const Params& params,
              const std::function<bool(const json::value&)>& take, std::stop_token stop) {
    int64_t behind = 0;  // rows; the page number is made of it and of the present page size
    for (int pages = 0; pages < kPagesMax; ++pages) {
      const int64_t size = kPageSizes[size_];
      Params all = params;
      all.emplace_back("limit", std::to_string(size));
      all.emplace_back("page", std::to_string(behind / size + 1));
      auto page = Get(path, all, stop);
      if (!page.ok()) return page.errors();
      if (page->status == 504) continue;  // a smaller page now; some rows come twice
      if (page->status == 403) {
        return Diagnostic{"access_denied",
                          "the token's owner may not read " + path +
                              "; make the token under an administrator of the account",
                          path,
                          {}};
      }
      for (const json::value* row : page->rows) {
        if (!take(*row)) return Done{};
      }
      if (!page->has_next || page->rows.empty()) return Done{};
      behind = (behind / size + 1) * size;
    }
    return Diagnostic{"bad_answer", "the list " + path + " has no end; check again later", path, {}};
  }

  static Diagnostic Cancelled() { return {"cancelled", "the check was stopped", "", {}}; }

  /// Statuses that are an answer: 200, 204, 403 of the account itself, 404; 504 after making pages smaller.
  Result<Page> Get(const std::string& path, const Params& params, std::stop_token stop) {
    const std::string query = crm::EncodeQuery(params);
    Diagnostic last;
    bool renewed = false;
    for (int attempt = 0; attempt < settings_.attempts_max; ++attempt) {
      if (attempt > 0 && !pauser_.Pause(std::chrono::seconds{std::min(1 << std::min(attempt, 6), 30)}, stop))
        return Cancelled();
      if (settings_.gap.count() > 0 && requests_ > 0 && !pauser_.Pause(settings_.gap, stop))
        return Cancelled();
      if (token_.empty()) {
        auto token = settings_.token("", stop);
        if (!token.ok()) return token.errors();
        token_ = std::move(*token);
      }
      if (stop.stop_requested() || !limiter_->Acquire(pauser_, stop)) return Cancelled();
      ++requests_;
      crm::HttpRequest request;
      request.url = origin_ + path + (query.empty() ? "" : "?" + query);
      request.headers.push_back("Authorization: Bearer " + token_);
      request.follow_redirects = false;
      auto sent = transport_.Send(request, stop);
      if (!sent.ok()) {
        last = sent.error();
        if (last.code == "cancelled" || last.code == "tls_failed" || last.code == "bad_redirect") return last;
        continue;
      }
      const std::string_view body = Trim(sent->body);
      const bool is_json = !body.empty() && (body.front() == '{' || body.front() == '[');
      const std::string said = " (HTTP " + std::to_string(sent->status) + ")";
      Page page;
      page.status = sent->status;
      if (sent->status == 204 || sent->status == 404) return page;
      if (sent->status == 403 && is_json) return page;
      if (sent->status == 401) {
        if (renewed)
          return Diagnostic{"token_rejected",
                            "the account does not accept the token, or has another address now: compare it "
                            "with that in your browser, and connect again",
                            path,
                            {}};
        auto token = settings_.token(token_, stop);
        if (!token.ok()) return token.errors();
        token_ = std::move(*token);
        renewed = true;
        continue;
      }
      if (sent->status == 402)
        return Diagnostic{"plan_unpaid",
                          "the account is not paid or its plan has no API; pay for it, then check again",
                          path,
                          {}};
      if (sent->status >= 300 && sent->status < 400) {
        return Diagnostic{
            "portal_moved", "the account has moved to another address; connect it again" + said, path, {}};
      }
      if (sent->status == 504 || sent->status == 408) {
        if (size_ + 1 < kPageSizes.size()) {
          ++size_;
          page.status = 504;
          return page;
        }
        last = {"portal_timeout", "the account took too long to answer; check again later", path, {}};
        continue;
      }
      if (sent->status == 429 || sent->status == 403 || sent->status >= 500) {
        if (sent->status == 429) limiter_->SlowDown();
        last = {sent->status == 403 ? "portal_blocked" : "portal_busy",
                "the account is overloaded or has blocked requests for a while; check again later" + said,
                path,
                {}};
        continue;
      }
      if (sent->status != 200)
        return Diagnostic{"request_rejected", "the account rejects " + path + said, path, {}};
      auto root = ParseJson(sent->body);
      if (!root.ok() || !root->is_object()) {
        last = {"bad_answer",
                "the account answered with something that is no data; check again later" + said,
                path,
                {}};
        continue;
      }
      page.root = std::move(*root);
      const json::value* embedded = FindMember(page.root, "_embedded");
      if (embedded != nullptr && embedded->is_object()) {
        for (const auto& member : embedded->get_object()) {
          if (!member.value().is_array()) continue;
          for (const json::value& row : member.value().get_array()) page.rows.push_back(&row);
          break;
        }
      }
      const json::value* links = FindMember(page.root, "_links");
      page.has_next = links != nullptr && FindMember(*links, "next") != nullptr;
      return page;
    }
    return last;
  }

  const Settings settings_;
  const std::string origin_;
  crm::HttpTransport& transport_;
  sync::Pauser& pauser_;
  const std::shared_ptr<sync::RateLimiter> limiter_;
  std::string token_, currency_;
  Zone zone_ = Zone::Utc();
  bool known_ = false, filters_ = true, cents_ = false;
  std::map<std::string, std::string> unsorted_;  ///< pipeline -> its stage of incoming requests
  size_t size_ = 0;                              ///< of the page sizes
  int64_t requests_ = 0;
  Diagnostics warnings_;
};

}  // namespace

std::unique_ptr<CrmReader> MakeReader(Settings settings, crm::HttpTransport& transport, sync::Pauser& pauser,
                                      std::shared_ptr<sync::RateLimiter> limiter) {
  return std::make_unique<Reader>(std::move(settings), transport, pauser, std::move(limiter));
}

}  // namespace svodka::check::amocrm
