#include "sync/amocrm/session.hpp"

#include <algorithm>
#include <charconv>

#include "base/log.hpp"
#include "crm/amocrm/address.hpp"

namespace svodka::sync {
namespace {

class FixedToken final : public AmoTokens {
 public:
  explicit FixedToken(std::string token) : token_(std::move(token)) {}
  Result<std::string> Current(std::stop_token) override {
    if (!token_.empty()) return token_;
    return Diagnostic{"token_missing", "no token is kept for this account; connect it again", "", {}};
  }
  Result<std::string> Renew(const std::string&, std::stop_token) override {
    return Diagnostic{
        "token_rejected",
        "the account does not accept the token: its time is over, it was withdrawn, or the account has "
        "another "
        "address now. Compare the address here with that in the browser in which amoCRM is open: if they "
        "differ, connect again with the new address; if not, make a new token in amoCRM (Integrations, your "
        "integration, Keys) and connect again",
        "",
        {}};
  }

 private:
  const std::string token_;
};

}  // namespace

std::unique_ptr<AmoTokens> MakeFixedToken(std::string token) {
  return std::make_unique<FixedToken>(std::move(token));
}

Result<std::unique_ptr<PortalSync>> MakeAmoSync(AmoSettings settings, std::shared_ptr<AmoTokens> tokens,
                                                crm::HttpTransport& transport, const Clock& clock,
                                                Pauser& pauser, std::shared_ptr<RateLimiter> limiter,
                                                warehouse::Warehouse& warehouse) {
  auto origin = crm::amocrm::ParseAddress(settings.address);
  if (!origin.ok()) return origin.errors();
  settings.address = *origin;
  return std::unique_ptr<PortalSync>(std::make_unique<amocrm::Session>(
      std::move(settings), std::move(tokens), transport, clock, pauser, std::move(limiter), warehouse));
}

}  // namespace svodka::sync

namespace svodka::sync::amocrm {
namespace {

/// What the stored rows depend on: with other settings every card is read anew.
std::string FingerprintOf(const AmoSettings& settings) {
  json::array pipelines;
  for (const std::string& id : settings.lead_pipelines) pipelines.emplace_back(id);
  return json::serialize(json::object{{"lead_pipelines", std::move(pipelines)},
                                      {"planned_close_field", settings.planned_close_field},
                                      {"source_field", settings.source_field},
                                      {"deal_type_field", settings.deal_type_field}});
}

}  // namespace

Session::Session(AmoSettings settings, std::shared_ptr<AmoTokens> tokens, crm::HttpTransport& transport,
                 const Clock& clock, Pauser& pauser, std::shared_ptr<RateLimiter> limiter,
                 warehouse::Warehouse& warehouse)
    : PullSession({.portal_id = settings.portal_id,
                   .portal_name = settings.portal_name,
                   .poll_every = settings.poll_every,
                   .dictionaries_every = settings.dictionaries_every,
                   .sweep_hour = settings.sweep_hour},
                  clock, pauser, warehouse),
      settings_(std::move(settings)),
      caller_(crm::amocrm::Client(settings_.address, "", transport), std::move(tokens), std::move(limiter),
              clock, pauser, settings_.attempts_max),
      reader_(caller_, clock, settings_) {}

Result<AccountFacts> Session::Connect(std::stop_token stop) {
  const std::lock_guard lock(run_mutex_);
  auto account = ReadAccount(caller_, clock_, settings_.lead_pipelines, true, stop);
  if (!account.ok()) return account.errors();
  return std::move(account->facts);
}

bool Session::IsLoaded() const {
  for (const Stream stream : kStreams) {
    const auto at = cursors_.streams.find(stream);
    if ((at == cursors_.streams.end() || !at->second.loaded) && !reader_.IsRefused(stream)) return false;
  }
  return cursors_.settled;
}

Result<std::vector<std::string>> Session::QueryTexts(const std::string& sql) const {
  auto rows =
      warehouse_.Query(sql, {}, {.deadline = std::chrono::minutes{5}, .stop = {}, .rows_max = 100'000'000});
  if (!rows.ok()) return rows.errors();
  std::vector<std::string> texts;
  texts.reserve(rows->rows.size());
  for (const auto& row : rows->rows) {
    if (const auto* text = std::get_if<std::string>(&row[0])) texts.push_back(*text);
  }
  return texts;
}

Status Session::Remember() {
  // Whom we named by number may have another name by now: the list of employees was refused, or is.
  auto users = QueryTexts(
      "SELECT id FROM crm_user WHERE NOT placeholder AND name NOT IN ('сотрудник #' || id, 'удалённый #' || "
      "id)");
  if (!users.ok()) return users.errors();
  auto names = QueryTexts("SELECT kind || ':' || id FROM dictionary");
  if (!names.ok()) return names.errors();
  std::unordered_map<int64_t, std::string> deals;
  const warehouse::QueryOptions options{
      .deadline = std::chrono::minutes{5}, .stop = {}, .rows_max = 100'000'000};
  auto payments = warehouse_.Query(
      "SELECT id, deal_id FROM payment WHERE deal_id IS NOT NULL AND id LIKE 'invoice:%'", {}, options);
  if (!payments.ok()) return payments.errors();
  for (const auto& row : payments->rows) {
    const std::string id = std::get<std::string>(row[0]).substr(8);
    int64_t number = 0;
    if (std::from_chars(id.data(), id.data() + id.size(), number).ec == std::errc{}) {
      deals[number] = std::get<std::string>(row[1]);
    }
  }
  reader_.Know({users->begin(), users->end()}, {names->begin(), names->end()}, std::move(deals));

  auto left = warehouse_.Query(
      "SELECT e.*, l.owner_id FROM (SELECT card_id, max(moved_at) AS at, arg_max(pipeline_id, moved_at) AS "
      "pipeline, arg_max(stage_id, moved_at) AS stage FROM stage_event WHERE entity = 'lead' AND kind = 3 "
      "AND id NOT LIKE '%<' GROUP BY card_id) e "
      "LEFT JOIN lead l ON l.id = e.card_id AND l.stage_id = e.stage",
      {}, options);
  if (!left.ok()) return left.errors();
  auto& passages = reader_.passages();
  for (const auto& row : left->rows) {
    const auto& pipeline = std::get<std::string>(row[2]);
    const bool lost = std::get<std::string>(row[3]).ends_with("/143");
    // Lost in a pipeline of leads is a stage there, not a way out of it.
    if (lost && settings_.lead_pipelines.contains(pipeline)) continue;
    crm::amocrm::Passage passage;
    passage.kind = lost ? crm::amocrm::Passage::Kind::kDeclined : crm::amocrm::Passage::Kind::kQualified;
    passage.at = std::get<Instant>(row[1]);
    passage.pipeline = pipeline;
    if (const auto* owner = std::get_if<std::string>(&row[4])) {
      passage.owner_id = *owner;
      passage.owner_until = passage.at;  // nothing that comes later changes it
    }
    auto& known = passages[std::get<std::string>(row[0])];
    if (passage.at >= known.at) known = std::move(passage);
  }
  return Done{};
}

Status Session::Prepare(const Emit& emit, std::stop_token stop) {
  auto cursors = Cursors::Load(warehouse_);
  if (!cursors.ok()) return cursors.errors();
  cursors_ = std::move(*cursors);
  const std::string fingerprint = FingerprintOf(settings_);
  if (cursors_.reading != fingerprint) {
    if (!cursors_.reading.empty()) {
      log::Info("settings_changed", {{"portal", settings_.portal_id}, {"then", "every card is read anew"}});
    }
    moves_outdated_ = !cursors_.reading.empty();
    cursors_ = {};
    for (const Stream stream : kStreams) cursors_.streams[stream] = {};
    cursors_.reading = fingerprint;
  }
  auto account = ReadAccount(caller_, clock_, settings_.lead_pipelines, false, stop);
  if (!account.ok()) return account.errors();
  facts_ = account->facts;
  account_made_at_ = account->created_at;
  if (auto status = TakeFacts(facts_); !status.ok()) return status;
  if (auto status = Remember(); !status.ok()) return status;
  return FetchDictionaries(emit, stop);
}

Status Session::FetchDictionaries(const Emit& emit, std::stop_token stop) {
  Round round;
  const bool customers_whole = !cursors_.streams[Stream::kCustomer].loaded;
  if (auto status = reader_.ReadDictionaries(round.rows, zone(), facts_, customers_whole, stop); !status.ok())
    return status;
  if (!reader_.IsRefused(Stream::kCustomer)) {
    // They have been read whole with the purchases once; the polls begin where that did.
    StreamCursor& cursor = cursors_.streams[Stream::kCustomer];
    cursor.loaded = true;
    if (const auto newest = reader_.NewestOf(Stream::kCustomer); newest && !cursor.through)
      cursor.through = std::min(*newest, caller_.portal_now());
  }
  reader_.AddUnknownUsers(round.rows);
  cursors_.dictionaries_at = clock_.Now();
  catalogs_at_ = clock_.Now();
  left_asked_.clear();
  round.cursors[kDictionaryCursor] = MomentJson(*cursors_.dictionaries_at);
  // Only when the moves stand under these settings too; until then a restart begins anew.
  if (!moves_outdated_) round.cursors[kReadingCursor] = cursors_.reading;
  for (const Stream stream : kStreams) round.cursors[CursorName(stream)] = cursors_.streams[stream].ToJson();
  if (!cursors_.settled) round.cursors[kSettledCursor] = "{}";
  if (!cursors_.swept_at) round.cursors[kSweepCursor] = "{}";
  if (auto status = emit(std::move(round)); !status.ok() || !moves_outdated_) return status;
  if (auto status = ReplaceMoves(emit, stop); !status.ok()) return status;
  moves_outdated_ = false;
  Round placed;
  placed.cursors[kReadingCursor] = cursors_.reading;
  return emit(std::move(placed));
}

std::string QuotedIds(std::span<const std::string> ids) {
  std::string out;
  for (const std::string& id : ids) {
    if (id.empty() ||
        !std::all_of(id.begin(), id.end(), [](unsigned char c) { return c >= '0' && c <= '9'; }))
      continue;
    out += (out.empty() ? "'" : ", '") + id + "'";
  }
  return out.empty() ? "''" : out;
}

Status Session::BuryOther(crm::SourceBatch& rows) {
  std::set<std::string> leads;
  std::set<std::string> deals;
  for (const auto& row : rows.leads) leads.insert(row.id);
  for (const auto& row : rows.deals) deals.insert(row.id);
  const auto bury = [&](const char* entity, const std::set<std::string>& present,
                        const std::set<std::string>& other) {
    std::vector<std::string> only;
    std::set_difference(present.begin(), present.end(), other.begin(), other.end(), std::back_inserter(only));
    if (only.empty()) return Status(Done{});
    auto held = QueryTexts(std::string("SELECT id FROM ") + entity + " WHERE deleted_at IS NULL AND id IN (" +
                           QuotedIds(only) + ")");
    if (!held.ok()) return Status(held.errors());
    for (std::string& id : *held) rows.tombstones.push_back({entity, std::move(id), "deleted", std::nullopt});
    return Status(Done{});
  };
  if (auto status = bury("deal", leads, deals); !status.ok()) return status;
  return bury("lead", deals, leads);
}

Status Session::TakePurchases(crm::SourceBatch& rows, std::stop_token stop) {
  Reader::Buyers buyers;
  for (const auto& customer : rows.customers) {
    int64_t id = 0;
    const std::string& text = customer.id;
    if (std::from_chars(text.data(), text.data() + text.size(), id).ec == std::errc{})
      buyers[id] = customer.client_id;
  }
  return reader_.ReadPurchases(buyers, rows, stop);
}

Status Session::KeepCompletions(crm::SourceBatch& rows) {
  std::string ids;
  for (const auto& row : rows.activities) {
    if (row.completed && row.id.starts_with("task:")) ids += (ids.empty() ? "'" : ", '") + row.id + "'";
  }
  if (ids.empty() || ids.find_first_of("\\;") != std::string::npos) return Done{};
  auto held = warehouse_.Query(
      "SELECT id, completed_at FROM activity WHERE completed AND completed_at IS NOT NULL AND id IN (" + ids +
      ")");
  if (!held.ok()) return held.errors();
  std::map<std::string, Instant> done;
  for (const auto& row : held->rows) done[std::get<std::string>(row[0])] = std::get<Instant>(row[1]);
  for (auto& row : rows.activities) {
    if (const auto at = done.find(row.id); at != done.end() && row.completed) {
      row.completed_at = at->second;
      row.happened_at = at->second;
    }
  }
  return Done{};
}

Status Session::Reread(Stream stream, std::vector<std::string> ids, crm::SourceBatch& rows,
                       std::stop_token stop, Causes causes) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.empty()) return Done{};
  std::set<std::string> there;
  Hidden hidden;
  if (causes == Causes::kAsked) {
    // What we never had needs no reason for not being there.
    const std::string name(FactsOf(stream).name);
    const std::string live = " WHERE deleted_at IS NULL AND ";
    const std::string in = " IN (" + QuotedIds(ids) + ")";
    auto held = QueryTexts(stream == Stream::kLead ? "SELECT id FROM deal" + live + "id" + in +
                                                         " UNION SELECT id FROM lead" + live + "id" + in
                           : stream == Stream::kCustomer
                               ? "SELECT id FROM customer" + live + "id" + in
                               : "SELECT substr(id, position(':' IN id) + 1) AS bare FROM client" + live +
                                     "kind = '" + name + "' AND bare" + in);
    if (!held.ok()) return held.errors();
    hidden.worth_asking.emplace(held->begin(), held->end());
  }
  auto status = reader_.ReadByIds(
      stream, ids,
      [&](const json::value& row) {
        if (reader_.IsDeleted(row)) return;
        if (const auto id = FindInteger(row, "id")) there.insert(std::to_string(*id));
        reader_.Take(stream, row, rows);
      },
      stop, causes == Causes::kAsked ? &hidden : nullptr);
  if (!status.ok()) return status;
  if (reader_.IsRefused(stream)) return Done{};  // meanwhile: nothing is known of them
  for (const std::string& id : ids) {
    if (there.contains(id)) continue;
    const std::string cause = hidden.ids.contains(id) ? "unreadable" : "deleted";
    if (stream == Stream::kLead) {
      rows.tombstones.push_back({"deal", id, cause, std::nullopt});
      rows.tombstones.push_back({"lead", id, cause, std::nullopt});
    } else {
      rows.tombstones.push_back({std::string(FactsOf(stream).name), id, cause, std::nullopt});
    }
    recent_.Drop(std::string(FactsOf(stream).name) + ":" + id);
  }
  return Done{};
}

}  // namespace svodka::sync::amocrm
