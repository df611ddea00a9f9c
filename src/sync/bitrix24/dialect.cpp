#include "sync/bitrix24/dialect.hpp"

#include "base/log.hpp"
#include "crm/bitrix24/cells.hpp"
#include "sync/cursor_json.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;
using b24::Dialect;
using b24::Stream;

/// Moments that no card of a living portal is before, or after.
constexpr const char* kMoments[] = {"2199-01-01T00:00:00+03:00", "2000-01-01T00:00:00+03:00",
                                    "2199-01-01 00:00:00", "2000-01-01 00:00:00"};

/// Card id -> moment of creation, of a page in either dialect.
std::map<int64_t, std::optional<Instant>> MomentsOf(const b24::Answer& answer) {
  std::map<int64_t, std::optional<Instant>> moments;
  if (answer.result == nullptr) return moments;
  for (const json::value* row : b24::ListRows(*answer.result)) {
    b24::DecodeNotes notes;
    const b24::RowReader cells(*row, notes);
    auto moment = cells.Moment("DATE_CREATE");
    if (!moment) moment = cells.Moment("createdTime");
    if (const auto id = b24::IdOfRow(*row)) moments[*id] = moment;
  }
  return moments;
}

/// Why crm.item.list does not serve; nothing if it does. `answers`: newest by crm.item, newest by the older
/// list, then one for each of kMoments.
std::optional<std::string> FaultOf(const b24::Answer* answers, bool& plain_moments) {
  if (answers[0].error) return answers[0].error->diagnostic.code;
  const auto items = MomentsOf(answers[0]);
  const auto legacy = MomentsOf(answers[1]);
  if (!legacy.empty() && items.empty()) return "no_rows";
  size_t common = 0;
  for (const auto& [id, moment] : items) {
    const auto twin = legacy.find(id);
    if (twin == legacy.end()) continue;
    ++common;
    if (twin->second != moment) return "moments_differ";
  }
  if (!legacy.empty() && common == 0) return "rows_differ";
  const auto counts = [&](size_t i) {
    return answers[2 + i].result == nullptr ? std::optional<size_t>()
                                            : std::optional(b24::ListRows(*answers[2 + i].result).size());
  };
  for (const size_t form : {size_t{0}, size_t{2}}) {
    const auto after = counts(form);
    const auto before = counts(form + 1);
    if (!after || !before || *after != 0 || (*before == 0 && !items.empty())) continue;
    plain_moments = form == 2;
    return std::nullopt;
  }
  return "filter_by_date";
}

}  // namespace

std::string DialectChoice::ToJson() const {
  json::object out;
  for (const auto& [stream, form] : forms) {
    out[b24::NameOf(stream)] = form.dialect == Dialect::kLegacy ? "legacy"
                               : form.plain_moments             ? "item_plain_moments"
                                                                : "item";
  }
  if (decided_at) out["decided_at"] = ToString(*decided_at);
  return json::serialize(out);
}

DialectChoice DialectChoice::FromJson(const std::string& text) {
  const json::value value = ParseCursor(text);
  DialectChoice choice;
  choice.decided_at = FindMoment(value, "decided_at");
  for (const Stream stream : b24::kCardStreams) {
    const std::string form = FindString(value, b24::NameOf(stream)).value_or("legacy");
    choice.forms[stream] = {form == "legacy" ? Dialect::kLegacy : Dialect::kItem,
                            form == "item_plain_moments"};
  }
  return choice;
}

Result<DialectChoice> ProbeDialects(Caller& caller, const Clock& clock, std::stop_token stop) {
  std::vector<b24::Command> commands;
  for (const Stream stream : b24::kCardStreams) {
    commands.push_back(b24::ProbeNewest({stream, Dialect::kItem}));
    commands.push_back(b24::ProbeNewest({stream}));
    for (const char* moment : kMoments) commands.push_back(b24::ProbeChanged(stream, moment));
  }
  const size_t each = commands.size() / b24::kCardStreams.size();
  DialectChoice choice;
  choice.decided_at = clock.Now();
  auto batch = caller.Ask(commands, stop);
  if (!batch.ok()) {
    if (batch.error().code != "request_rejected") return batch.errors();
    // Something that we have never seen: the older lists have served for years.
    log::Warning("dialect_probe_failed", {{"message", batch.error().message}});
    for (const Stream stream : b24::kCardStreams) choice.forms[stream] = {};
    return choice;
  }
  for (size_t i = 0; i < b24::kCardStreams.size(); ++i) {
    const Stream stream = b24::kCardStreams[i];
    DialectChoice::Form form{Dialect::kItem, false};
    if (const auto fault = FaultOf(&batch->answers[i * each], form.plain_moments)) {
      log::Warning("item_list_unfit", {{"list", std::string(b24::NameOf(stream))}, {"why", *fault}});
      form = {};
    }
    choice.forms[stream] = form;
  }
  return choice;
}

}  // namespace svodka::sync
