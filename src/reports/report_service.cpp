#include "reports/report_service.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "reports/head.hpp"
#include "reports/likely_clicks.hpp"
#include "reports/plan.hpp"
#include "reports/report_state.hpp"
#include "reports/shape.hpp"
#include "reports/table_view.hpp"

namespace svodka::reports {
namespace {

constexpr size_t kMembersMax = 100'000;
/// An open page that follows its data is built anew with every change; what its next click needs is not read
/// each time.
constexpr std::chrono::seconds kPrepareEvery{30};

Diagnostic Cancelled() { return {"cancelled", "the report is no longer wanted", "", {}}; }

/// Zero or nothing in every measure.
bool IsEmpty(const engine::Table& table) {
  for (const auto& row : table.rows) {
    for (const engine::Cell& cell : row) {
      const auto* value = std::get_if<Value>(&cell);
      if (value != nullptr && ToNumber(*value).value_or(0) != 0) return false;
    }
  }
  return true;
}

/// One build: what the steps of Build share.
class Builder {
 public:
  Builder(QuerySource& source, const ReportDefinition& report, ReportState state, const PortalFacts& portal,
          const engine::Scope& scope, Day today, const Labels& labels, std::stop_token stop)
      : source_(source),
        report_(report),
        state_(std::move(state)),
        portal_(portal),
        scope_(scope),
        today_(today),
        stop_(std::move(stop)),
        labels_(labels) {}

  Status Run(const std::vector<MonthCount>* history, std::optional<DayRange> data_span,
             const DocumentSink& sink) {
    history_ = history;
    const PlanContext context{report_, state_, portal_.has_leads, portal_.after_sale, data_span};
    questions_ = AskAll(context);
    std::vector<json::value> batch;
    std::vector<size_t> first(questions_.size(), 0);
    for (size_t i = 0; i < questions_.size(); ++i) {
      first[i] = batch.size();
      if (!state_.Wants(questions_[i].widget->id)) continue;
      batch.insert(batch.end(), questions_[i].requests.begin(), questions_[i].requests.end());
      for (const EarlierRequest& one : questions_[i].earlier) batch.push_back(one.request);
    }
    const bool whole_page = state_.only.empty() && !report_.presence.empty();
    if (whole_page) batch.push_back(AskPresence(context, std::nullopt, false));
    if (stop_.stop_requested()) return Cancelled();
    std::vector<json::value> lists;
    for (const Question& question : questions_) {
      if (state_.Wants(question.widget->id) && question.records) lists.push_back(*question.records);
    }
    const QuerySource::PageAnswer page = source_.AnswerPage(batch, lists, scope_, state_.language, stop_);
    const auto& answers = page.tables;
    if (answers.size() != batch.size() || page.lists.size() != lists.size())
      throw InvariantError("the query source lost an answer");
    if (stop_.stop_requested()) return Cancelled();

    json::value empty_because;
    if (whole_page && answers.back() && IsEmpty(*answers.back())) empty_because = FindEmptying(context);
    if (sink.head) sink.head(Head(std::move(empty_because)));
    for (size_t i = 0; i < questions_.size(); ++i) {
      if (!state_.Wants(questions_[i].widget->id) || questions_[i].records) continue;
      Deliver(
          questions_[i],
          std::span(answers).subspan(first[i], questions_[i].requests.size() + questions_[i].earlier.size()),
          sink);
    }
    size_t list = 0;
    for (const Question& question : questions_) {
      if (!state_.Wants(question.widget->id) || !question.records) continue;
      DeliverRecords(question, page.lists[list++], sink);
    }
    return Done{};
  }

  /// After Run: what the clicks that may come next would ask.
  std::vector<engine::PageRequests> NextPages(std::optional<DayRange> data_span) const {
    std::vector<engine::PageRequests> pages;
    for (const ReportState& click : LikelyClicks(state_, questions_, today_)) {
      engine::PageRequests page;
      for (Question& question : AskAll({report_, click, portal_.has_leads, portal_.after_sale, data_span})) {
        std::move(question.requests.begin(), question.requests.end(), std::back_inserter(page.requests));
        if (question.records) page.lists.push_back(*std::move(question.records));
      }
      pages.push_back(std::move(page));
    }
    return pages;
  }

 private:
  std::vector<Question> AskAll(const PlanContext& context) const {
    std::vector<Question> questions;
    for (const SectionDefinition& section : report_.sections) {
      if (section.needs_leads && !portal_.has_leads) continue;
      for (const WidgetDefinition& widget : section.widgets) {
        if (!IsHidden(widget, portal_.has_leads)) questions.push_back(Ask(widget, context));
      }
    }
    return questions;
  }

  ShapeContext Shaping() const { return {state_.language, today_, state_.period.range}; }

  void Deliver(const Question& question, std::span<const Result<engine::Table>> answers,
               const DocumentSink& sink) {
    const std::string& id = question.widget->id;
    const auto missing = [&](const Result<engine::Table>& answer) {
      const auto at = static_cast<size_t>(&answer - answers.data());
      return at >= question.optional_from && answer.errors().front().code == "no_join_path";
    };
    const auto failed = std::find_if(answers.begin(), answers.end(),
                                     [&](const auto& answer) { return !answer && !missing(answer); });
    if (failed != answers.end()) {
      if (sink.failed) sink.failed(id, failed->errors());
      return;
    }
    std::vector<Answer> tables;
    for (size_t i = 0; i < question.requests.size(); ++i)
      tables.push_back({answers[i] ? &*answers[i] : nullptr, {}});
    for (size_t i = 0; i < question.earlier.size(); ++i) {
      Answer& answer = tables[question.earlier[i].of];
      answer.earlier.push_back(&*answers[question.requests.size() + i]);
      answer.limited = question.earlier[i].request.get_object().contains("limit");
    }
    if (!sink.widget) return;
    json::object data = Shape(question, tables, Shaping());
    AddGroups(data);
    sink.widget(id, std::move(data));
  }

  /// Bars of stages say whose they are: pipelines have stages of the same name.
  void AddGroups(json::object& data) {
    const json::value* dimension = data.if_contains("dimension");
    const json::value* rows = data.if_contains("rows");
    if (dimension == nullptr || *dimension != "stage" || rows == nullptr) return;
    std::set<std::string> parents;
    for (const json::value& row : rows->as_array()) {
      const auto parent = FindString(row.at("member"), "parent");
      if (parent) parents.insert(*parent);
    }
    if (parents.size() < 2) return;
    json::array groups;
    for (const engine::Member& pipeline : MembersOf("pipeline")) {
      if (pipeline.id && parents.contains(*pipeline.id)) groups.push_back(ToJson(pipeline));
    }
    data["groups"] = json::object{{"dimension", "pipeline"},
                                  {"label", labels_.OfDimension("pipeline")},
                                  {"members", std::move(groups)}};
  }

  void DeliverRecords(const Question& question, const Result<engine::RecordPage>& page,
                      const DocumentSink& sink) {
    const std::string& id = question.widget->id;
    if (!page) {
      if (sink.failed) sink.failed(id, page.errors());
    } else if (sink.widget) {
      sink.widget(id, ShapeRecords(question, *page, Shaping()));
    }
  }

  const std::vector<engine::Member>& MembersOf(const std::string& dimension) {
    const auto [found, fresh] = members_.try_emplace(dimension);
    if (fresh && !IsTimeDimension(dimension)) {
      auto members = source_.Members(dimension, "", kMembersMax, scope_, state_.language, stop_);
      if (members) {
        found->second = *std::move(members);
      } else {
        log::Warning("selection_without_labels",
                     {{"dimension", dimension}, {"error", ToString(members.error())}});
      }
    }
    return found->second;
  }

  json::object Describe(const Selection& selection, bool cross) {
    return DescribeSelection(selection, cross, labels_, MembersOf(selection.dimension), state_.language);
  }

  json::object Head(json::value empty_because) {
    HeadFacts facts{
        report_, state_, portal_, labels_, today_, std::nullopt, history_, {}, std::move(empty_because),
        {},      {}};
    for (const Selection& selection : state_.filters) facts.selections.push_back(Describe(selection, false));
    for (const Selection& selection : state_.cross) facts.selections.push_back(Describe(selection, true));
    if (!state_.compare.empty() && state_.period.range) {
      facts.comparison = CompareWith(*state_.period.range, state_.period.unfinished, state_.compare, today_);
    }
    facts.questions = questions_;
    facts.name_of = [this](const std::string& dimension, const std::optional<std::string>& id) {
      return MemberName(dimension, id, MembersOf(dimension), state_.language);
    };
    return BuildHead(facts);
  }

  /// The selection without which the report would not be empty: the latest click first, then filters, then
  /// the period. Where it takes more than one, the one whose removal ends the emptiness when they are dropped
  /// in that order.
  json::value FindEmptying(const PlanContext& context) {
    const size_t filters = state_.filters.size(), count = filters + state_.cross.size();
    const auto describe = [&](size_t index) -> json::value {
      json::object named = index < filters ? Describe(state_.filters[index], false)
                                           : Describe(state_.cross[index - filters], true);
      return named;
    };
    std::vector<json::value> batch;
    for (size_t left = count; left > 0; --left) batch.push_back(AskPresence(context, left - 1, false));
    if (state_.period.range) batch.push_back(AskPresence(context, std::nullopt, true));
    ReportState shorter = state_;
    const PlanContext fewer{report_, shorter, context.has_leads, context.after_sale, context.data_span};
    for (size_t left = count; left > 0; --left) {
      (shorter.cross.empty() ? shorter.filters : shorter.cross).pop_back();
      batch.push_back(AskPresence(fewer, std::nullopt, false));
    }
    const auto answers = source_.QueryMany(batch, scope_, state_.language, stop_);
    const auto holds = [&](size_t i) { return answers[i] && !IsEmpty(*answers[i]); };
    size_t at = 0;
    for (size_t left = count; left > 0; --left) {
      if (holds(at++)) return describe(left - 1);
    }
    if (state_.period.range && holds(at++)) return PeriodSelection();
    for (size_t left = count; left > 0; --left) {
      if (holds(at++)) return describe(left - 1);
    }
    return state_.period.range ? PeriodSelection() : json::value(nullptr);
  }

  json::value PeriodSelection() const {
    const bool ru = state_.language == engine::Language::kRussian;
    return json::object{
        {"dimension", "period"},
        {"label", ru ? "Период" : "Period"},
        {"members",
         json::array{json::object{{"id", nullptr}, {"label", PeriodLabel(state_.period, state_.language)}}}}};
  }

  QuerySource& source_;
  const ReportDefinition& report_;
  const ReportState state_;
  const PortalFacts& portal_;
  const engine::Scope& scope_;
  Day today_;
  std::stop_token stop_;
  const Labels& labels_;
  const std::vector<MonthCount>* history_ = nullptr;
  std::vector<Question> questions_;
  std::map<std::string, std::vector<engine::Member>> members_;
};

/// Without a period of the reader's own: the last period of the default's length that holds data.
Period LastWithData(const Period& initial, const std::vector<MonthCount>& months, Day today) {
  if (!initial.range) return initial;
  const auto holds = [](const MonthCount& month) { return month.count > 0; };
  const auto inside = [&](const MonthCount& month) {
    return holds(month) && NextBucket(month.from, Grain::kMonth) > initial.range->from &&
           month.from < initial.range->to;
  };
  if (std::any_of(months.begin(), months.end(), inside)) return initial;
  const auto last = std::find_if(months.rbegin(), months.rend(), [&](const MonthCount& month) {
    return holds(month) && month.from <= today;
  });
  if (last == months.rend()) return initial;
  const Grain unit = CalendarUnit(*initial.range).value_or(Grain::kMonth);
  const Day start = BucketStart(last->from, std::max(unit, Grain::kMonth));
  Period period;
  period.range = DayRange{start, NextBucket(start, std::max(unit, Grain::kMonth))};
  period.unfinished = period.range->to > today;
  return period;
}

}  // namespace

/// What the engine says of its model: names to check a state by, labels in one language.
struct ReportService::Vocabulary {
  std::string key;
  engine::Language language = engine::Language::kRussian;
  ModelNames names;
  Labels labels;
};

struct ReportService::History {
  int64_t data_version = 0;
  std::string report, user;
  std::vector<MonthCount> months;
  std::optional<DayRange> span;
};

ReportService::ReportService(QuerySource& source, std::shared_ptr<const ReportModel> model,
                             const Clock& clock, Settings settings)
    : source_(source), clock_(clock), settings_(settings), model_(std::move(model)) {}

void ReportService::SetModel(std::shared_ptr<const ReportModel> model) {
  const std::lock_guard lock(mutex_);
  model_ = std::move(model);
  history_.reset();
}

std::shared_ptr<const ReportModel> ReportService::model() const {
  const std::lock_guard lock(mutex_);
  return model_;
}

json::array ReportService::List(engine::Language language) const {
  json::array list;
  for (const ReportDefinition& report : model()->reports()) {
    list.push_back(json::object{{"id", report.id},
                                {"title", report.title.In(language)},
                                {"description", report.description.In(language)}});
  }
  return list;
}

std::shared_ptr<const ReportService::Vocabulary> ReportService::GetVocabulary(
    engine::Language language) const {
  const std::string key = source_.DescriptionKey();
  if (!key.empty()) {
    const std::lock_guard lock(mutex_);
    for (const auto& known : vocabularies_) {
      if (known->key == key && known->language == language) return known;
    }
  }
  const json::value described = source_.DescribeModel(language);
  auto vocabulary =
      std::make_shared<const Vocabulary>(Vocabulary{key, language, NamesOf(described), Labels(described)});
  if (!key.empty()) {
    const std::lock_guard lock(mutex_);
    std::erase_if(vocabularies_, [&](const auto& known) { return known->key != key; });
    vocabularies_.push_back(vocabulary);
  }
  return vocabulary;
}

Result<std::shared_ptr<const ReportService::History>> ReportService::GetHistory(
    const ReportDefinition& report, const engine::Scope& scope) const {
  const int64_t version = source_.data_version();
  if (settings_.keep_history) {
    const std::lock_guard lock(mutex_);
    if (history_ && history_->data_version == version && history_->report == report.id &&
        history_->user == scope.user_id) {
      return history_;
    }
  }
  auto history = std::make_shared<History>();
  history->data_version = version;
  history->report = report.id;
  history->user = scope.user_id;
  if (!report.history.empty()) {
    const std::vector<json::value> batch = {
        json::object{{"measures", json::array{json::value(report.history)}}, {"dimensions", {"month"}}}};
    const auto answers = source_.QueryMany(batch, scope, engine::Language::kRussian, {});
    if (!answers.front()) return answers.front().errors();
    const TableView view(*answers.front(), 1);
    for (size_t row = 0; row < view.rows(); ++row) {
      const engine::Member* member = view.MemberAt(row, 0);
      if (member == nullptr || !member->id) continue;
      const auto day = ParseDay(*member->id);
      if (!day) continue;
      history->months.push_back({*day, static_cast<int64_t>(ToNumber(view.At(row, 0)).value_or(0))});
    }
    auto& months = history->months;
    std::sort(months.begin(), months.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
    if (!months.empty())
      history->span = DayRange{months.front().from, NextBucket(months.back().from, Grain::kMonth)};
  }
  std::shared_ptr<const History> kept = std::move(history);
  if (settings_.keep_history) {
    const std::lock_guard lock(mutex_);
    history_ = kept;
  }
  return kept;
}

Status ReportService::Build(std::string_view report, const json::value& state, const PortalFacts& portal,
                            const engine::Scope& scope, const DocumentSink& sink,
                            std::stop_token stop) const {
  const std::shared_ptr<const ReportModel> definitions = model();
  const ReportDefinition* definition = definitions->Find(report);
  if (definition == nullptr) {
    return Diagnostic{"unknown_report", "no such report: '" + std::string(report) + "'", "report",
                      NearestNames(report, definitions->ids())};
  }
  const Day today = portal.zone.LocalDay(clock_.Now());
  const std::shared_ptr<const Vocabulary> names = GetVocabulary(engine::Language::kRussian);
  std::optional<ReportDefinition> own;
  if (definition->names_fields) definition = &own.emplace(WithFields(*definition, names->labels));
  auto read = ReadState(state, *definition, today, names->names.dimensions);
  if (!read) return read.errors();
  read->currency = portal.common_currency;
  const auto history = GetHistory(*definition, scope);
  if (!history) return history.errors();
  if (!read->period_given) read->period = LastWithData(read->period, (*history)->months, today);
  const std::shared_ptr<const Vocabulary> vocabulary = GetVocabulary(read->language);
  Builder builder(source_, *definition, *std::move(read), portal, scope, today, vocabulary->labels,
                  std::move(stop));
  const Status built =
      builder.Run(definition->history.empty() ? nullptr : &(*history)->months, (*history)->span, sink);
  if (built.ok() && ShouldPrepare(std::string(report) + json::serialize(state) + scope.user_id)) {
    if (auto pages = builder.NextPages((*history)->span); !pages.empty())
      source_.PrepareRows(std::move(pages), scope);
  }
  return built;
}

bool ReportService::ShouldPrepare(const std::string& page) const {
  const Instant now = clock_.Now();
  const std::lock_guard lock(mutex_);
  if (prepared_ == page && now - prepared_at_ < kPrepareEvery) return false;
  prepared_ = page;
  prepared_at_ = now;
  return true;
}

Result<json::object> ReportService::BuildDocument(std::string_view report, const json::value& state,
                                                  const PortalFacts& portal, const engine::Scope& scope,
                                                  std::stop_token stop) const {
  json::object document;
  std::map<std::string, std::pair<const char*, json::value>> parts;
  DocumentSink sink;
  sink.head = [&](json::object head) { document = std::move(head); };
  sink.widget = [&](const std::string& id, json::object data) {
    parts.insert_or_assign(id, std::pair<const char*, json::value>("data", std::move(data)));
  };
  sink.failed = [&](const std::string& id, const Diagnostics& errors) {
    const Diagnostic& error = errors.front();
    parts.insert_or_assign(id, std::pair<const char*, json::value>(
                                   "error", json::object{{"code", error.code},
                                                         {"message", error.message},
                                                         {"place", error.place},
                                                         {"nearest", json::value_from(error.nearest)}}));
  };
  if (auto status = Build(report, state, portal, scope, sink, std::move(stop)); !status)
    return status.errors();
  for (json::value& section : document["sections"].get_array()) {
    for (json::value& widget : section.get_object()["widgets"].get_array()) {
      const auto found = parts.find(std::string(std::string_view(widget.at("id").get_string())));
      if (found != parts.end()) widget.get_object()[found->second.first] = std::move(found->second.second);
    }
  }
  return document;
}

}  // namespace svodka::reports
