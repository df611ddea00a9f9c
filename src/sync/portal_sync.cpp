#include "sync/portal_sync.hpp"

#include <algorithm>

namespace svodka::sync {
namespace {

std::string Counted(const std::optional<int64_t>& number, const char* what) {
  return (number ? std::to_string(*number) : std::string("?")) + " " + what;
}

}  // namespace

void RunSummary::Add(RunSummary other) {
  rows_read += other.rows_read;
  rows_stored += other.rows_stored;
  rows_unchanged += other.rows_unchanged;
  requests += other.requests;
  deleted += other.deleted;
  returned += other.returned;
  data_version = std::max(data_version, other.data_version);
  for (Diagnostic& warning : other.warnings) {
    const bool known = std::find(warnings.begin(), warnings.end(), warning) != warnings.end();
    if (!known) warnings.push_back(std::move(warning));
  }
}

std::string_view NameOf(Progress::State state) {
  switch (state) {
    case Progress::State::kIdle:
      return "idle";
    case Progress::State::kLoading:
      return "loading";
    case Progress::State::kLive:
      return "live";
    case Progress::State::kWaiting:
      return "error";
    case Progress::State::kStopped:
      return "stopped";
  }
  return "";
}

std::vector<std::string> AccountFacts::ToLines() const {
  std::vector<std::string> lines;
  lines.push_back("Portal " + address + ", asked as " + (user_name.empty() ? "an unnamed user" : user_name) +
                  (is_admin ? " (administrator)" : " (no administrator)"));
  lines.push_back("Time zone " + zone + ", base currency " +
                  (base_currency.empty() ? "unknown" : base_currency) +
                  (has_leads ? ", leads in use" : ", without leads"));
  if (deals || leads) {
    lines.push_back("May read " + Counted(leads, "leads, ") + Counted(deals, "deals, ") +
                    Counted(contacts, "contacts, ") + Counted(companies, "companies, ") +
                    Counted(activities, "activities"));
  }
  for (const Diagnostic& warning : warnings) lines.push_back("Note: " + warning.message);
  return lines;
}

void AccountFacts::ApplyTo(warehouse::PortalSettings& settings) const {
  settings.kind = kind;
  settings.zone = zone;
  if (!base_currency.empty()) settings.base_currency = base_currency;
  settings.address = address;
  settings.has_leads = has_leads;
}

}  // namespace svodka::sync
