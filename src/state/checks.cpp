#include "state/checks.hpp"

namespace svodka::state {
namespace {

constexpr int kReportsKept = 20;

int64_t Micros(Instant instant) { return instant.time_since_epoch().count(); }

}  // namespace

Status CheckStore::Save(std::string_view portal, const CheckVerdict& verdict, std::string_view report) {
  const auto text_or_null = [](bool has, std::string text) { return has ? Cell(std::move(text)) : Cell(); };
  const bool failed = verdict.error.has_value();
  return GuardAction([&] {
    database_.InTransaction([&] {
      database_.Run(
          "INSERT INTO check_run (portal_id, started_at, finished_at, from_month, to_month, outcome, cards, "
          "left_cards, repaired, explained, error_code, error_message, report, started_by) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          {std::string(portal), Micros(verdict.started_at), Micros(verdict.finished_at), verdict.from_month,
           verdict.to_month, verdict.outcome, verdict.cards, verdict.left, verdict.repaired,
           verdict.explained, text_or_null(failed, failed ? verdict.error->code : ""),
           text_or_null(failed, failed ? verdict.error->message : ""),
           text_or_null(!report.empty(), std::string(report)), verdict.started_by});
      database_.Run(
          "UPDATE check_run SET report = NULL WHERE portal_id = ? AND report IS NOT NULL AND id NOT IN "
          "(SELECT id FROM check_run WHERE portal_id = ? AND report IS NOT NULL ORDER BY id DESC LIMIT ?)",
          {std::string(portal), std::string(portal), int64_t{kReportsKept}});
    });
  });
}

Result<std::optional<CheckVerdict>> CheckStore::FindOne(const std::string& where,
                                                        std::vector<Cell> params) const {
  return Guard([&]() -> std::optional<CheckVerdict> {
    const auto rows = database_.Run(
        "SELECT started_at, finished_at, from_month, to_month, outcome, cards, left_cards, repaired, "
        "explained, "
        "error_code, error_message, started_by FROM check_run WHERE " +
            where + " ORDER BY id DESC LIMIT 1",
        params);
    if (rows.empty()) return std::nullopt;
    const Row& row = rows.front();
    CheckVerdict verdict;
    verdict.started_at = Instant{std::chrono::microseconds{row.Integer(0)}};
    verdict.finished_at = Instant{std::chrono::microseconds{row.Integer(1)}};
    verdict.from_month = row.Text(2);
    verdict.to_month = row.Text(3);
    verdict.outcome = row.Text(4);
    verdict.cards = row.Integer(5);
    verdict.left = row.Integer(6);
    verdict.repaired = row.Integer(7);
    verdict.explained = row.Integer(8);
    if (const auto code = row.FindText(9))
      verdict.error = Diagnostic{*code, row.FindText(10).value_or(""), "", {}};
    verdict.started_by = row.Text(11);
    return verdict;
  });
}

Result<std::optional<CheckVerdict>> CheckStore::FindLast(std::string_view portal) const {
  return FindOne("portal_id = ?", {std::string(portal)});
}

Result<std::optional<CheckVerdict>> CheckStore::FindLastBy(std::string_view portal,
                                                           std::string_view starter) const {
  return FindOne("portal_id = ? AND started_by = ?", {std::string(portal), std::string(starter)});
}

Result<std::optional<CheckVerdict>> CheckStore::FindLastGood(std::string_view portal) const {
  return FindOne("portal_id = ? AND outcome <> 'failed'", {std::string(portal)});
}

Result<std::optional<std::string>> CheckStore::FindReport(std::string_view portal) const {
  return Guard([&]() -> std::optional<std::string> {
    const auto rows = database_.Run(
        "SELECT report FROM check_run WHERE portal_id = ? AND report IS NOT NULL ORDER BY id DESC LIMIT 1",
        {std::string(portal)});
    if (rows.empty()) return std::nullopt;
    return rows.front().Text(0);
  });
}

}  // namespace svodka::state
