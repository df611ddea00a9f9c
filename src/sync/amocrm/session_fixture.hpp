#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "sync/amo_sync.hpp"
#include "sync/amocrm/fake_account.hpp"

/// A small amoCRM account and what its tests do with it. Only for tests.
namespace svodka::sync::amocrm {

inline const Instant kNow = ParseInstant("2026-09-01T09:00:00Z").value();
inline constexpr const char* kLeads = "/api/v4/leads";
inline constexpr const char* kEvents = "/api/v4/events";
inline constexpr int64_t kSales = 77, kLeadPipeline = 78;

inline json::object StageRow(int64_t id, const char* name, int sort, int type, int64_t pipeline) {
  return {{"id", id},          {"name", name}, {"sort", sort}, {"type", type}, {"pipeline_id", pipeline},
          {"color", "#fffeb2"}};
}

inline json::object Pipeline(int64_t id, const char* name, int64_t unsorted, int64_t first) {
  return {
      {"id", id},
      {"name", name},
      {"sort", id},
      {"_embedded", json::object{{"statuses", json::array{StageRow(unsorted, "Неразобранное", 10, 1, id),
                                                          StageRow(first, "Первый", 20, 0, id),
                                                          StageRow(first + 1, "Второй", 30, 0, id),
                                                          StageRow(142, "Успешно", 10000, 0, id),
                                                          StageRow(143, "Не реализовано", 11000, 0, id)}}}}};
}

/// Advances the clock and lets the world go on in every pause.
class LivingPauser final : public Pauser {
 public:
  explicit LivingPauser(ManualClock& clock) : clock_(clock) {}
  bool Pause(std::chrono::milliseconds length, std::stop_token stop) override {
    clock_.Advance(length);
    if (meanwhile) meanwhile();
    return !stop.stop_requested();
  }
  void Wake() override {}
  std::function<void()> meanwhile;

 private:
  ManualClock& clock_;
};

class AmoSessionTest : public testing::Test {
 protected:
  AmoSessionTest() : clock_(kNow), pauser_(clock_), account_(clock_) {
    warehouse_ = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""}).value();
    account_.Put("/api/v4/users", 501,
                 {{"name", "Анна М."},
                  {"rights", json::object{{"is_admin", true}, {"is_active", true}, {"group_id", 612}}}});
    account_.Put("/api/v4/leads/pipelines", kSales, Pipeline(kSales, "Продажи", 5500, 5501));
    account_.Put("/api/v4/leads/pipelines", kLeadPipeline, Pipeline(kLeadPipeline, "Лиды", 5600, 5601));
    account_.Put("/api/v4/leads/loss_reasons", 9, {{"name", "Дорого"}, {"sort", 1}});
  }

  std::unique_ptr<PortalSync> Make(std::set<std::string> lead_pipelines = {}) {
    AmoSettings settings;
    settings.address = "https://demo.amocrm.ru";
    settings.portal_id = "shop";
    settings.lead_pipelines = std::move(lead_pipelines);
    limiter_ = std::make_shared<RateLimiter>(kAmoRate, clock_);
    return MakeAmoSync(settings, MakeFixedToken("t0ken"), account_, clock_, pauser_, limiter_, *warehouse_)
        .value();
  }

  json::object& Card(int64_t id, int64_t pipeline, int64_t status, Instant made, int64_t price = 1000) {
    const int64_t at = FakeAccount::Seconds(made);
    const bool closed = status == 142 || status == 143;
    return account_.Put(kLeads, id,
                        {{"name", "Кухня"},
                         {"price", price},
                         {"responsible_user_id", 501},
                         {"group_id", 612},
                         {"status_id", status},
                         {"pipeline_id", pipeline},
                         {"loss_reason_id", nullptr},
                         {"created_by", 501},
                         {"created_at", at},
                         {"updated_at", at},
                         {"closed_at", closed ? json::value(at) : json::value(nullptr)},
                         {"is_deleted", false},
                         {"custom_fields_values", nullptr},
                         {"_embedded", json::object{{"tags", json::array{}}, {"companies", json::array{}}}}});
  }

  void Touch(json::object& row, Instant at) { row["updated_at"] = FakeAccount::Seconds(at); }

  void AddEvent(const std::string& type, const std::string& entity, int64_t id, Instant at,
                json::array before = {}, json::array after = {}) {
    const int64_t number = static_cast<int64_t>(account_.lists[kEvents].size()) + 1;
    account_.lists[kEvents][number] = json::object{{"id", "01jx" + std::to_string(100000 + number)},
                                                   {"type", type},
                                                   {"entity_id", id},
                                                   {"entity_type", entity},
                                                   {"created_by", 501},
                                                   {"created_at", FakeAccount::Seconds(at)},
                                                   {"value_before", std::move(before)},
                                                   {"value_after", std::move(after)}};
  }
  void Move(int64_t id, Instant at, std::pair<int64_t, int64_t> from, std::pair<int64_t, int64_t> to) {
    const auto place = [](std::pair<int64_t, int64_t> stage) {
      return json::array{
          json::object{{"lead_status", json::object{{"id", stage.second}, {"pipeline_id", stage.first}}}}};
    };
    AddEvent("lead_status_changed", "lead", id, at, place(from), place(to));
    json::object& row = account_.lists[kLeads].at(id);
    row["pipeline_id"] = to.first;
    row["status_id"] = to.second;
    Touch(row, at);
    if (to.second == 142 || to.second == 143) row["closed_at"] = FakeAccount::Seconds(at);
  }

  std::string One(const std::string& sql) {
    auto rows = warehouse_->Query(sql);
    if (!rows.ok()) return rows.error().message;
    std::string out;
    for (const auto& row : rows->rows) {
      for (const Value& cell : row) {
        out += out.empty() ? "" : " ";
        if (const auto* text = std::get_if<std::string>(&cell)) out += *text;
        if (const auto* number = std::get_if<int64_t>(&cell)) out += std::to_string(*number);
        if (const auto* money = std::get_if<Money>(&cell)) out += money->ToString();
        if (const auto* at = std::get_if<Instant>(&cell)) out += ToString(*at);
        if (const auto* flag = std::get_if<bool>(&cell)) out += *flag ? "true" : "false";
        if (std::holds_alternative<std::monostate>(cell)) out += "-";
      }
    }
    return out;
  }
  std::string Count(const std::string& table) {
    return One("SELECT count(*) FROM " + table + " WHERE deleted_at IS NULL");
  }

  ManualClock clock_;
  ManualPauser pauser_;
  FakeAccount account_;
  std::shared_ptr<RateLimiter> limiter_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
};

}  // namespace svodka::sync::amocrm
