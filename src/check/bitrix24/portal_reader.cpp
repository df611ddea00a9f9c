#include "check/bitrix24/portal_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json.hpp"
#include "base/text.hpp"
#include "crm/query_string.hpp"

namespace svodka::check::bitrix24 {
namespace {

using crm::Params;

constexpr size_t kPageRows = 50;
constexpr size_t kCommandsMax = 50;
constexpr int kChainsMax = 2'000;  ///< of up to 2,500 rows each
constexpr int64_t kRateScale = 100'000'000;

/// The fields that we read: in the older lists, and in crm.item.
struct Field {
  std::string_view legacy, item;
};
constexpr std::array kFields = {Field{"ID", "id"},
                                Field{"TITLE", "title"},
                                Field{"STATUS_ID", "stageId"},
                                Field{"STAGE_ID", "stageId"},
                                Field{"STATUS_SEMANTIC_ID", "stageSemanticId"},
                                Field{"STAGE_SEMANTIC_ID", "stageSemanticId"},
                                Field{"CATEGORY_ID", "categoryId"},
                                Field{"ASSIGNED_BY_ID", "assignedById"},
                                Field{"OPPORTUNITY", "opportunity"},
                                Field{"CURRENCY_ID", "currencyId"},
                                Field{"DATE_CREATE", "createdTime"},
                                Field{"DATE_MODIFY", "updatedTime"},
                                Field{"IS_RECURRING", "isRecurring"}};

struct Command {
  std::string name, method;
  Params params;
};

/// The answers of one batch, by the command's name.
struct Batch {
  std::map<std::string, json::value> results;
  std::map<std::string, std::string> errors;  ///< the portal's own code and words, folded
  std::map<std::string, int64_t> totals;
};

std::string Digits(const json::value* value) {
  if (value == nullptr) return "";
  const std::string text = ScalarText(*value).value_or("");
  return text == "0" ? "" : text;
}

std::string TextCell(const json::value& row, std::string_view name) {
  const json::value* value = FindMember(row, name);
  return value == nullptr ? std::string() : ScalarText(*value).value_or("");
}

/// Decimal text in hundred-millionths; 0 where it is none.
int64_t ScaledDecimal(const std::string& text) {
  int64_t whole = 0;
  const char* const end = text.data() + text.size();
  auto [at, code] = std::from_chars(text.data(), end, whole);
  if (code != std::errc{} || whole < 0 || whole > 10'000'000) return 0;
  int64_t scaled = whole * kRateScale;
  if (at != end && *at == '.') {
    int64_t place = kRateScale / 10;
    for (++at; at != end && *at >= '0' && *at <= '9' && place > 0; ++at, place /= 10)
      scaled += (*at - '0') * place;
  }
  return scaled;
}

/// crm.item writes amounts as numbers, the older lists as texts.
std::string AmountText(const json::value* value) {
  if (value == nullptr) return "";
  if (!value->is_double()) return ScalarText(*value).value_or("");
  char text[48];
  std::snprintf(text, sizeof text, "%.2f", value->get_double());
  return text;
}

Semantic SemanticOf(const std::string& text) {
  return text == "S" ? Semantic::kSuccess : text == "F" ? Semantic::kFailure : Semantic::kWork;
}

class Reader final : public CrmReader {
 public:
  Reader(Settings settings, crm::HttpTransport& transport, const Clock& clock, sync::Pauser& pauser,
         std::shared_ptr<sync::RateLimiter> limiter)
      : settings_(std::move(settings)),
        transport_(transport),
        clock_(clock),
        pauser_(pauser),
        limiter_(std::move(limiter)) {}

  Status ReadWindow(DayRange days, const Take& take, std::stop_token stop) override {
    for (const char* entity : {"lead", "deal"}) {
      if (auto status = Walk(entity, days, take, stop); !status.ok()) return status;
    }
    return Done{};
  }

  Result<std::map<CardKey, Answer>> ReadCards(std::span<const CardKey> keys, std::stop_token stop) override {
    std::map<CardKey, Answer> answers;
    for (size_t at = 0; at < keys.size(); at += kCommandsMax) {
      const auto part = keys.subspan(at, std::min(kCommandsMax, keys.size() - at));
      std::vector<Command> commands;
      for (size_t i = 0; i < part.size(); ++i) {
        Params params{{"id", part[i].id}};
        AddType(params, part[i].entity);
        commands.push_back({"k" + std::to_string(i), Method(part[i].entity, "get"), std::move(params)});
      }
      auto batch = Send(commands, stop);
      if (!batch.ok()) return batch.errors();
      if (TurnToItems(*batch)) return ReadCards(keys, stop);
      for (size_t i = 0; i < part.size(); ++i) {
        Answer& answer = answers[part[i]];
        const std::string& name = commands[i].name;
        if (const auto row = batch->results.find(name); row != batch->results.end()) {
          const json::value* item = items_ ? FindMember(row->second, "item") : &row->second;
          if (auto card = item == nullptr ? std::nullopt : Decode(part[i].entity, *item)) {
            answer = {Answer::State::kThere, std::move(*card)};
          }
          continue;  // a template is no deal of ours: gone
        }
        const auto error = batch->errors.find(name);
        if (error == batch->errors.end()) {
          return Diagnostic{"bad_answer",
                            "the portal left a question of a batch unanswered; check again later",
                            commands[i].method,
                            {}};
        }
        const bool denied = error->second.find("denied") != std::string::npos;
        const bool gone = error->second.find("not found") != std::string::npos ||
                          error->second.find("not_found") != std::string::npos;
        if (!denied && !gone)
          return Diagnostic{"bad_answer",
                            "the portal refused " + commands[i].method + ": " + error->second,
                            commands[i].method,
                            {}};
        answer.state = denied ? Answer::State::kDenied : Answer::State::kGone;
      }
    }
    return answers;
  }

  Result<std::vector<int64_t>> Count(std::span<const CountQuestion> questions,
                                     std::stop_token stop) override {
    std::vector<int64_t> counts;
    for (size_t at = 0; at < questions.size(); at += kCommandsMax) {
      const auto part = questions.subspan(at, std::min(kCommandsMax, questions.size() - at));
      std::vector<Command> commands;
      for (size_t i = 0; i < part.size(); ++i) {
        Params params{{In("order[", "ID"), "ASC"}, {"start", "0"}, {"select[0]", std::string(Name("ID"))}};
        AddType(params, part[i].entity);
        AddDays(params, part[i].days);
        const bool lead = part[i].entity == "lead";
        if (!lead) params.emplace_back(In("filter[", "IS_RECURRING"), "N");
        if (part[i].dimension == "pipeline" && !lead)
          params.emplace_back(In("filter[", "CATEGORY_ID"), part[i].id);
        if (part[i].dimension == "stage")
          params.emplace_back(In("filter[", lead ? "STATUS_ID" : "STAGE_ID"), part[i].id);
        if (part[i].dimension == "employee") params.emplace_back(In("filter[", "ASSIGNED_BY_ID"), part[i].id);
        commands.push_back({"n" + std::to_string(i), Method(part[i].entity, "list"), std::move(params)});
      }
      auto batch = Send(commands, stop);
      if (!batch.ok()) return batch.errors();
      if (TurnToItems(*batch)) return Count(questions, stop);
      for (const Command& command : commands) {
        const auto total = batch->totals.find(command.name);
        if (total == batch->totals.end()) {
          return Diagnostic{"bad_answer",
                            "the portal gave no count for " + command.method + "; check again later",
                            command.method,
                            {}};
        }
        counts.push_back(total->second);
      }
    }
    return counts;
  }

  Result<Rates> ReadRates(std::stop_token stop) override {
    auto batch = Send({{"r", "crm.currency.list", {{"start", "0"}}}}, stop);
    if (!batch.ok()) return batch.errors();
    Rates rates;
    if (!settings_.base_currency.empty()) rates[settings_.base_currency] = kRateScale;
    const auto found = batch->results.find("r");
    if (found == batch->results.end() || !found->second.is_array()) {
      warnings_.push_back({"rates_unreadable",
                           "the portal does not tell its exchange rates; amounts in other currencies are "
                           "compared as they are, not converted",
                           "crm.currency.list",
                           {}});
      return rates;
    }
    for (const json::value& row : found->second.get_array()) {
      const std::string code = TextCell(row, "CURRENCY");
      const int64_t rate = ScaledDecimal(TextCell(row, "AMOUNT"));
      const int64_t units = std::max<int64_t>(1, FindInteger(row, "AMOUNT_CNT").value_or(1));
      if (!code.empty() && rate > 0) rates[code] = rate / units;
    }
    return rates;
  }

  int64_t requests() const override { return requests_; }
  Diagnostics TakeWarnings() override { return std::exchange(warnings_, {}); }

 private:
  /// By id upwards, so that what is added or deleted meanwhile moves no page; up to fifty pages a request,
  /// each above the last id of the one before.
  Status Walk(const std::string& entity, DayRange days, const Take& take, std::stop_token stop) {
    size_t pages = 4;
    int64_t above = 0;
    for (int chain = 0; chain < kChainsMax; ++chain) {
      const std::string method = Method(entity, "list");
      std::vector<Command> commands;
      for (size_t i = 0; i < pages; ++i) {
        Params params{{In("order[", "ID"), "ASC"}, {"start", "-1"}};
        AddType(params, entity);
        params.emplace_back(In("filter[>", "ID"), i == 0 ? std::to_string(above)
                                                         : "$result[p" + std::to_string(i - 1) + "]" +
                                                               (items_ ? "[items]" : "") + "[" +
                                                               std::to_string(kPageRows - 1) + "][" +
                                                               std::string(Name("ID")) + "]");
        AddDays(params, {days.from - 1, days.to + 1});
        if (entity == "deal") params.emplace_back(In("filter[", "IS_RECURRING"), "N");
        size_t field = 0;
        for (const char* name :
             {"ID", "TITLE", entity == "lead" ? "STATUS_ID" : "STAGE_ID",
              entity == "lead" ? "STATUS_SEMANTIC_ID" : "STAGE_SEMANTIC_ID", "CATEGORY_ID", "ASSIGNED_BY_ID",
              "OPPORTUNITY", "CURRENCY_ID", "DATE_CREATE", "DATE_MODIFY", "IS_RECURRING"}) {
          if (entity == "lead" &&
              (std::string_view(name) == "CATEGORY_ID" || std::string_view(name) == "IS_RECURRING"))
            continue;
          params.emplace_back("select[" + std::to_string(field++) + "]", std::string(Name(name)));
        }
        commands.push_back({"p" + std::to_string(i), method, std::move(params)});
      }
      auto batch = Send(commands, stop);
      if (!batch.ok()) return batch.errors();
      if (TurnToItems(*batch)) continue;
      bool ended = false;
      const int64_t before = above;
      for (size_t i = 0; i < pages && !ended; ++i) {
        const auto page = batch->results.find("p" + std::to_string(i));
        if (page == batch->results.end()) {
          if (i > 0) break;  // the rest is asked from here on
          const auto error = batch->errors.find("p0");
          const std::string words = error == batch->errors.end() ? "no answer" : error->second;
          if (words.find("denied") != std::string::npos || words.find("scope") != std::string::npos) {
            return Diagnostic{"access_denied",
                              "the webhook's owner may not read " + method +
                                  "; make the webhook under an administrator of the CRM",
                              method,
                              {}};
          }
          return Diagnostic{"bad_answer", "the portal refused " + method + ": " + words, method, {}};
        }
        const json::value* list = items_ ? FindMember(page->second, "items") : &page->second;
        if (list == nullptr || !list->is_array())
          return Diagnostic{"bad_answer", method + " gave no list", method, {}};
        const json::array& rows = list->get_array();
        int64_t last = above;
        for (const json::value& row : rows) {
          const int64_t id = FindInteger(row, Name("ID")).value_or(0);
          if (id <= above) continue;  // a reference that led nowhere begins again from the first row
          last = std::max(last, id);
          if (auto card = Decode(entity, row)) take(std::move(*card));
        }
        ended = rows.size() < kPageRows;
        above = last;
      }
      if (ended) return Done{};
      if (above == before) break;
      pages = std::min(kCommandsMax, pages * 4);
    }
    const std::string method = Method(entity, "list");
    return Diagnostic{"bad_answer", "the list " + method + " has no end; check again later", method, {}};
  }

  /// A field by its name in the older lists, as the dialect that we speak calls it.
  std::string_view Name(std::string_view legacy) const {
    if (!items_) return legacy;
    return std::ranges::find(kFields, legacy, &Field::legacy)->item;
  }
  /// `filter[>ID]` and the like.
  std::string In(std::string_view opening, std::string_view legacy) const {
    return std::string(opening).append(Name(legacy)).append("]");
  }
  std::string Cell(const json::value& row, std::string_view legacy) const {
    return TextCell(row, Name(legacy));
  }
  std::string Method(const std::string& entity, std::string_view what) const {
    return (items_ ? "crm.item." : "crm." + entity + ".").append(what);
  }
  void AddType(Params& params, const std::string& entity) const {
    if (items_) params.emplace_back("entityTypeId", entity == "lead" ? "1" : "2");
  }
  /// A portal whose older lists are gone tells the same by crm.item; true: ask again.
  bool TurnToItems(const Batch& batch) {
    if (items_) return false;
    return items_ = std::ranges::any_of(batch.errors, [](const auto& error) {
             return error.second.find("error_method_not_found") != std::string::npos;
           });
  }

  std::optional<Card> Decode(const std::string& entity, const json::value& row) const {
    const bool lead = entity == "lead";
    if (!lead && Cell(row, "IS_RECURRING") == "Y") return std::nullopt;
    Card card;
    card.key = {entity, Digits(FindMember(row, Name("ID")))};
    if (card.key.id.empty()) return std::nullopt;
    card.title = Cell(row, "TITLE");
    const std::string category = Cell(row, "CATEGORY_ID");
    card.pipeline = lead ? "lead" : category.empty() ? "0" : category;
    card.stage = Cell(row, lead ? "STATUS_ID" : "STAGE_ID");
    card.semantic = SemanticOf(Cell(row, lead ? "STATUS_SEMANTIC_ID" : "STAGE_SEMANTIC_ID"));
    card.owner = Digits(FindMember(row, Name("ASSIGNED_BY_ID")));
    const auto amount = Money::Parse(AmountText(FindMember(row, Name("OPPORTUNITY"))));
    if (amount.ok() && amount->minor() != 0) card.amount = *amount;
    card.currency = Cell(row, "CURRENCY_ID");
    const std::string created = Cell(row, "DATE_CREATE");
    if (const auto moment = ParseInstant(created); moment.ok()) card.created_at = *moment;
    if (const auto day = ParseDay(std::string_view(created).substr(0, 10)); day.ok()) card.created_day = *day;
    if (const auto moment = ParseInstant(Cell(row, "DATE_MODIFY")); moment.ok()) card.modified_at = *moment;
    return card;
  }

  /// The portal's own midnights: its offset now, moved by what the zone says of daylight saving.
  void AddDays(Params& params, DayRange days) const {
    params.emplace_back(In("filter[>=", "DATE_CREATE"), Midnight(days.from));
    params.emplace_back(In("filter[<", "DATE_CREATE"), Midnight(days.to));
  }
  std::string Midnight(Day day) const {
    // Some portals' crm.item understands moments of the portal's clock alone; all understand them.
    if (items_) return ToString(day) + " 00:00:00";
    const int32_t zone_now = settings_.zone.OffsetSeconds(clock_.Now());
    const int32_t offset =
        settings_.zone.OffsetSeconds(settings_.zone.StartOf(day)) + offset_now_.value_or(zone_now) - zone_now;
    char text[16];
    std::snprintf(text, sizeof text, "%c%02d:%02d", offset < 0 ? '-' : '+', std::abs(offset) / 3600 % 24,
                  std::abs(offset) / 60 % 60);
    return ToString(day) + "T00:00:00" + text;
  }

  Diagnostic Cancelled() const { return {"cancelled", "the check was stopped", "", {}}; }

  Result<Batch> Send(const std::vector<Command>& commands, std::stop_token stop) {
    json::object named;
    for (const Command& command : commands)
      named[command.name] = command.method + "?" + crm::EncodeQuery(command.params);
    crm::HttpRequest request;
    request.url = settings_.address + "batch";
    request.body = json::serialize(json::object{{"halt", 0}, {"cmd", std::move(named)}});
    request.content_type = "application/json";
    Diagnostic last;
    for (int attempt = 0; attempt < settings_.attempts_max; ++attempt) {
      if (attempt > 0 && !pauser_.Pause(std::chrono::seconds{std::min(1 << std::min(attempt, 6), 30)}, stop))
        return Cancelled();
      if (settings_.gap.count() > 0 && requests_ > 0 && !pauser_.Pause(settings_.gap, stop))
        return Cancelled();
      if (stop.stop_requested() || !limiter_->Acquire(pauser_, stop)) return Cancelled();
      ++requests_;
      auto sent = transport_.Send(request, stop);
      if (!sent.ok()) {
        last = sent.error();
        if (last.code == "cancelled" || last.code == "tls_failed" || last.code == "bad_redirect") return last;
        continue;
      }
      const auto root = ParseJson(sent->body);
      if (!root.ok()) {
        last = {"bad_answer",
                "the portal answered with something that is no data (HTTP " + std::to_string(sent->status) +
                    "); check again later",
                "batch",
                {}};
        continue;
      }
      const json::value* result = FindMember(*root, "result");
      if (result == nullptr || sent->status >= 400) {
        const std::string said =
            FoldCase(TextCell(*root, "error")) + " " + FoldCase(TextCell(*root, "error_description"));
        if (sent->status == 503 || sent->status == 429 || sent->status >= 500) {
          if (said.starts_with("query_limit_exceeded")) {
            limiter_->SlowDown();
          } else if (sent->status == 503) {
            limiter_->Empty();
          }
          last = {"portal_busy",
                  "the portal is overloaded or its limit is spent; check again later",
                  "batch",
                  {}};
          continue;
        }
        return Diagnostic{sent->status == 401 ? "webhook_revoked" : "access_denied",
                          "Bitrix24 refused the check: " + std::string(Trim(said)) + " (HTTP " +
                              std::to_string(sent->status) +
                              "); make a new inbound webhook under an administrator and connect again",
                          "batch",
                          {}};
      }
      LearnOffset(*root);
      Batch batch = Read(*result, commands);
      const bool parked = std::any_of(batch.errors.begin(), batch.errors.end(), [](const auto& error) {
        return error.second.find("limit") != std::string::npos ||
               error.second.find("internal_server_error") != std::string::npos;
      });
      if (!parked) return batch;
      last = {"portal_busy",
              "the time budget of a method of the portal is spent; check again in ten minutes",
              "batch",
              {}};
    }
    return last;
  }

  /// Maps are `{}` by name, `[]` when empty, a bare array when PHP lost the names (of a batch of one).
  static Batch Read(const json::value& outer, const std::vector<Command>& commands) {
    Batch batch;
    const json::value* results = FindMember(outer, "result");
    const json::value* errors = FindMember(outer, "result_error");
    const json::value* totals = FindMember(outer, "result_total");
    const auto find = [&](const json::value* map, const std::string& name) -> const json::value* {
      if (map == nullptr) return nullptr;
      if (map->is_array()) {
        return commands.size() == 1 && map->get_array().size() == 1 ? &map->get_array().front() : nullptr;
      }
      return FindMember(*map, name);
    };
    for (const Command& command : commands) {
      if (const json::value* error = find(errors, command.name)) {
        batch.errors[command.name] = error->is_object() ? FoldCase(TextCell(*error, "error")) + " " +
                                                              FoldCase(TextCell(*error, "error_description"))
                                                        : FoldCase(ScalarText(*error).value_or("?"));
        continue;
      }
      if (const json::value* result = find(results, command.name)) batch.results[command.name] = *result;
      if (const json::value* total = find(totals, command.name)) {
        if (const auto text = ScalarText(*total)) {
          int64_t number = 0;
          if (std::from_chars(text->data(), text->data() + text->size(), number).ec == std::errc{})
            batch.totals[command.name] = number;
        }
      }
    }
    return batch;
  }

  /// "2026-03-31T10:00:00+03:00": what the portal itself calls midnight.
  void LearnOffset(const json::value& root) {
    const json::value* time = FindMember(root, "time");
    const std::string text = time == nullptr ? std::string() : TextCell(*time, "date_start");
    const auto shown =
        text.size() >= 19 ? ParseInstant(text.substr(0, 19) + "Z") : Result<Instant>(Diagnostic{});
    const auto moment = ParseInstant(text);
    if (!shown.ok() || !moment.ok()) return;
    offset_now_ =
        static_cast<int32_t>(std::chrono::duration_cast<std::chrono::seconds>(*shown - *moment).count());
  }

  const Settings settings_;
  crm::HttpTransport& transport_;
  const Clock& clock_;
  sync::Pauser& pauser_;
  const std::shared_ptr<sync::RateLimiter> limiter_;
  std::optional<int32_t> offset_now_;
  bool items_ = false;  ///< crm.item.* instead of crm.lead.* and crm.deal.*
  int64_t requests_ = 0;
  Diagnostics warnings_;
};

}  // namespace

std::unique_ptr<CrmReader> MakeReader(Settings settings, crm::HttpTransport& transport, const Clock& clock,
                                      sync::Pauser& pauser, std::shared_ptr<sync::RateLimiter> limiter) {
  return std::make_unique<Reader>(std::move(settings), transport, clock, pauser, std::move(limiter));
}

}  // namespace svodka::check::bitrix24
