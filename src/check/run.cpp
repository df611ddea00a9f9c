#include "check/run.hpp"

#include <algorithm>
#include <set>

namespace svodka::check {
namespace {

constexpr int kWalksMax = 2;  ///< of one month whose count the walk did not reach

bool IsWithin(const std::optional<Day>& day, DayRange days) {
  return day && *day >= days.from && *day < days.to;
}

/// One check under way.
class Checker {
 public:
  Checker(const Request& request, CrmReader& crm, const warehouse::Warehouse& warehouse, const Clock& clock,
          const std::function<void(const Progress&)>& show, std::stop_token stop)
      : request_(request), crm_(crm), copy_(warehouse), show_(show), stop_(std::move(stop)) {
    outcome_.days = request.days;
    outcome_.repair = request.repair;
    outcome_.started_at = clock.Now();
  }

  Status Look() {
    auto rates = crm_.ReadRates(stop_);
    if (!rates.ok()) return rates.errors();
    rates_ = std::move(*rates);
    const int32_t first = MonthOf(request_.days.from);
    const int32_t last = MonthOf(request_.days.to - 1);
    for (int32_t month = first; month <= last; ++month) {
      show_({"cards", month - first, last - first + 1});
      if (auto status = WalkMonth(month); !status.ok()) return status;
    }
    show_({"again", 0, 0});
    auto ours = copy_.ReadWindow(request_.days);
    if (!ours.ok()) return ours.errors();
    ours_ = std::move(*ours);
    if (auto status = Complete(); !status.ok()) return status;
    std::vector<CardKey> suspects;
    for (const CardKey& key : Keys()) {
      if (auto difference = CompareOne(key); difference && !IsExplained(difference->cause))
        suspects.push_back(key);
    }
    // Before anybody is blamed: the card may have changed between the two readings.
    if (auto status = Refresh(suspects); !status.ok()) return status;
    int64_t settled = 0;
    for (const CardKey& key : Keys()) {
      auto difference = CompareOne(key);
      if (!difference) continue;
      Finding finding;
      const bool explained = IsExplained(difference->cause);
      if (!explained && difference->crm && difference->crm->modified_at &&
          *difference->crm->modified_at > outcome_.started_at) {
        difference->cause = Cause::kWhileChecking;
      }
      finding.fate = explained                                    ? Fate::kExplained
                     : difference->cause == Cause::kWhileChecking ? Fate::kMoving
                                                                  : Fate::kFound;
      finding.difference = std::move(*difference);
      outcome_.findings.push_back(std::move(finding));
    }
    for (const CardKey& key : suspects) {
      const bool still =
          std::ranges::any_of(outcome_.findings, [&](const Finding& f) { return f.difference.key == key; });
      settled += still ? 0 : 1;
    }
    if (settled > 0) {
      outcome_.notes.push_back(
          {"changed_meanwhile",
           std::to_string(settled) + " cards changed while they were read; read again, both sides agree",
           "",
           {}});
    }
    return Done{};
  }

  Status Mend(const Repair& repair) {
    std::vector<CardKey> keys;
    for (const Finding& finding : outcome_.findings) {
      if (finding.fate == Fate::kFound) keys.push_back(finding.difference.key);
    }
    if (keys.empty()) return Done{};
    show_({"repair", 0, static_cast<int64_t>(keys.size())});
    if (auto status = repair(keys, stop_); !status.ok()) return status;
    if (auto status = Refresh(keys); !status.ok()) return status;
    for (Finding& finding : outcome_.findings) {
      if (finding.fate != Fate::kFound) continue;
      const auto again = CompareOne(finding.difference.key);
      if (!again || IsExplained(again->cause)) {
        finding.fate = Fate::kRepaired;
        continue;
      }
      finding.fate = Fate::kLeft;
      finding.difference = *again;
    }
    return Done{};
  }

  /// The CRM's own counts, for every line of the table.
  Status AskCounts() {
    std::vector<CountQuestion> questions;
    std::vector<FigurePair*> pairs;
    for (auto& [key, pair] : outcome_.figures) {
      // One pipeline of leads is the whole month; nobody's cards cannot be asked for.
      if (key.dimension != "total" &&
          (key.id.empty() || (key.entity == "lead" && key.dimension == "pipeline")))
        continue;
      questions.push_back(
          {key.entity, {FirstOfMonth(key.month), FirstOfMonth(key.month + 1)}, key.dimension, key.id});
      pairs.push_back(&pair);
    }
    show_({"counts", 0, static_cast<int64_t>(questions.size())});
    auto counts = crm_.Count(questions, stop_);
    if (!counts.ok()) return counts.errors();
    int64_t off = 0;
    for (size_t i = 0; i < counts->size(); ++i) {
      pairs[i]->crm_total = (*counts)[i];
      if (questions[i].dimension == "total" && (*counts)[i] != pairs[i]->crm.count) ++off;
    }
    if (off > 0) {
      outcome_.notes.push_back(
          {"total_differs",
           "for " + std::to_string(off) +
               " months the CRM's own count is not the number of cards that it lists: it "
               "counts cards that are being changed, or its lists are cut; check again later",
           "",
           {}});
    }
    return Done{};
  }

  Outcome Finish(const Clock& clock) {
    std::set<CardKey> in_window;
    for (const CardKey& key : Keys()) {
      const auto ours = ours_.find(key);
      const auto theirs = theirs_.find(key);
      if ((ours != ours_.end() && ours->second.alive && IsWithin(ours->second.counted.day, request_.days)) ||
          (theirs != theirs_.end() && IsWithin(theirs->second.created_day, request_.days)))
        in_window.insert(key);
    }
    for (const Finding& finding : outcome_.findings) in_window.insert(finding.difference.key);
    outcome_.cards = static_cast<int64_t>(in_window.size());
    for (const Finding& finding : outcome_.findings) {
      switch (finding.fate) {
        case Fate::kFound:
        case Fate::kLeft:
          ++outcome_.differ;
          ++outcome_.left;
          break;
        case Fate::kRepaired:
          ++outcome_.differ;
          ++outcome_.repaired;
          break;
        case Fate::kExplained:
          ++outcome_.explained;
          break;
        case Fate::kMoving:
          ++outcome_.moving;
          break;
      }
    }
    outcome_.agree = outcome_.cards - outcome_.left - outcome_.moving;
    outcome_.requests = crm_.requests();
    for (Diagnostic& warning : crm_.TakeWarnings()) outcome_.notes.push_back(std::move(warning));
    outcome_.finished_at = clock.Now();
    return std::move(outcome_);
  }

  void Sum() {
    outcome_.figures.clear();
    for (const auto& [key, card] : ours_) AddOurs(card, request_.days, outcome_.figures);
    for (const auto& [key, card] : theirs_) AddCrm(card, request_.days, rates_, outcome_.figures);
  }

 private:
  Status WalkMonth(int32_t month) {
    const DayRange days{FirstOfMonth(month), FirstOfMonth(month + 1)};
    for (int walk = 0; walk < kWalksMax; ++walk) {
      const Status status = crm_.ReadWindow(
          days, [&](Card card) { theirs_.insert_or_assign(card.key, std::move(card)); }, stop_);
      if (!status.ok()) return status;
      const std::vector<CountQuestion> questions{{"lead", days, "total", ""}, {"deal", days, "total", ""}};
      auto counts = crm_.Count(questions, stop_);
      if (!counts.ok()) return counts.errors();
      if (counts->empty() || ((*counts)[0] == Walked("lead", days) && (*counts)[1] == Walked("deal", days)))
        break;
      // A page lost a row, or somebody works there: once more, the union of both walks stands.
    }
    return Done{};
  }
  int64_t Walked(const std::string& entity, DayRange days) const {
    return std::ranges::count_if(theirs_, [&](const auto& item) {
      return item.first.entity == entity && IsWithin(item.second.created_day, days);
    });
  }

  /// What one side alone shows is asked of the other by its id.
  Status Complete() {
    std::vector<CardKey> not_ours, not_theirs;
    for (const auto& [key, card] : theirs_) {
      if (!ours_.contains(key) && IsWithin(card.created_day, request_.days)) not_ours.push_back(key);
    }
    for (const auto& [key, card] : ours_) {
      if (!theirs_.contains(key)) not_theirs.push_back(key);
    }
    auto held = copy_.ReadCards(not_ours);
    if (!held.ok()) return held.errors();
    ours_.merge(*held);
    return AskCrm(not_theirs);
  }

  Status AskCrm(const std::vector<CardKey>& keys) {
    if (keys.empty()) return Done{};
    auto answers = crm_.ReadCards(keys, stop_);
    if (!answers.ok()) return answers.errors();
    for (auto& [key, answer] : *answers) {
      states_[key] = answer.state;
      if (answer.state == Answer::State::kThere) {
        theirs_.insert_or_assign(key, std::move(answer.card));
      } else {
        theirs_.erase(key);
      }
    }
    return Done{};
  }

  Status Refresh(const std::vector<CardKey>& keys) {
    if (keys.empty()) return Done{};
    if (auto status = AskCrm(keys); !status.ok()) return status;
    auto held = copy_.ReadCards(keys);
    if (!held.ok()) return held.errors();
    for (const CardKey& key : keys) ours_.erase(key);
    ours_.merge(*held);
    return Done{};
  }

  std::vector<CardKey> Keys() const {
    std::vector<CardKey> keys;
    for (const auto& [key, card] : ours_) keys.push_back(key);
    for (const auto& [key, card] : theirs_) {
      // The walk's margins are of other months.
      if (!ours_.contains(key) && IsWithin(card.created_day, request_.days)) keys.push_back(key);
    }
    return keys;
  }

  std::optional<Difference> CompareOne(const CardKey& key) const {
    const auto ours = ours_.find(key);
    const auto theirs = theirs_.find(key);
    const auto state = states_.find(key);
    return Compare(ours == ours_.end() ? nullptr : &ours->second,
                   theirs == theirs_.end() ? nullptr : &theirs->second,
                   state == states_.end() ? Answer::State::kGone : state->second, rates_);
  }

  const Request request_;
  CrmReader& crm_;
  const Copy copy_;
  const std::function<void(const Progress&)>& show_;
  const std::stop_token stop_;
  Outcome outcome_;
  Rates rates_;
  std::map<CardKey, CopyCard> ours_;
  std::map<CardKey, Card> theirs_;
  std::map<CardKey, Answer::State> states_;
};

}  // namespace

std::string_view NameOf(Fate fate) {
  switch (fate) {
    case Fate::kFound:
      return "found";
    case Fate::kRepaired:
      return "repaired";
    case Fate::kLeft:
      return "left";
    case Fate::kExplained:
      return "explained";
    case Fate::kMoving:
      return "moving";
  }
  return "";
}

Result<Outcome> Run(const Request& request, CrmReader& crm, const warehouse::Warehouse& warehouse,
                    const Clock& clock, const Repair& repair,
                    const std::function<void(const Progress&)>& show, std::stop_token stop) {
  Checker checker(request, crm, warehouse, clock, show, stop);
  if (auto status = checker.Look(); !status.ok()) return status.errors();
  if (request.repair) {
    if (auto status = checker.Mend(repair); !status.ok()) return status.errors();
  }
  checker.Sum();
  if (auto status = checker.AskCounts(); !status.ok()) return status.errors();
  return checker.Finish(clock);
}

}  // namespace svodka::check
