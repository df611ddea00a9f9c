#include <algorithm>
#include <cmath>
#include <string>

#include "reports/changes.hpp"
#include "reports/explain.hpp"
#include "reports/shape.hpp"
#include "reports/table_view.hpp"

/// What made a number change: its factors, the members of the dimension that tells most, and both in one
/// sentence.
namespace svodka::reports {
namespace {

using engine::Language;

/// Before and after of one column of a row; nothing counts as zero.
struct Pair {
  double before = 0, after = 0;
};
Pair PairOf(const TableView& view, size_t row, size_t measure) {
  const json::object value = view.ValueAt(row, measure);
  return {Quantity::Of(value, "base").value_or(Quantity{}).number,
          Quantity::Of(value, "v").value_or(Quantity{}).number};
}

/// Parts as numbers of the measure's own kind. Money is rounded to kopecks; what rounding leaves goes to the
/// largest part, so that they add up to the change exactly.
std::vector<Quantity> InKind(const std::vector<double>& parts, const Quantity& change) {
  std::vector<Quantity> exact;
  if (!change.money) {
    for (const double part : parts) exact.push_back({std::nullopt, part});
    return exact;
  }
  int64_t left = change.money->minor();
  std::vector<int64_t> minor;
  for (const double part : parts) {
    minor.push_back(std::llround(part * 100));
    left -= minor.back();
  }
  if (!minor.empty()) {
    *std::max_element(minor.begin(), minor.end(),
                      [](int64_t a, int64_t b) { return std::abs(a) < std::abs(b); }) += left;
  }
  for (const int64_t one : minor) exact.push_back({Money::FromMinor(one), static_cast<double>(one) / 100.0});
  return exact;
}

/// A sentence of texts and numbers: whoever draws it writes the numbers.
class Sentence {
 public:
  explicit Sentence(const engine::Column& measure) : measure_(measure) {}
  Sentence& Say(std::string text) {
    if (!parts_.empty() && parts_.back().is_string()) {
      text.insert(0, std::string_view(parts_.back().get_string()));
      parts_.pop_back();
    }
    parts_.emplace_back(std::move(text));
    return *this;
  }
  Sentence& Number(json::value number, bool is_change, std::string_view format = {}) {
    json::object part{{"v", std::move(number)},
                      {"format", format.empty() ? std::string_view(measure_.format) : format},
                      {"unit", measure_.unit}};
    if (is_change) part["change"] = true;
    parts_.emplace_back(std::move(part));
    return *this;
  }
  /// `label +12, label −3`, from `rows` of {label, change}.
  Sentence& List(const json::array& rows, size_t most, const auto& label_of) {
    for (size_t i = 0; i < rows.size() && i < most; ++i) {
      Say((i == 0 ? "" : ", ") + label_of(rows[i]) + " ");
      Number(rows[i].at("change"), true);
    }
    return *this;
  }
  json::array Take() { return std::move(parts_); }

 private:
  const engine::Column& measure_;
  json::array parts_;
};

struct Best {
  size_t level = 0;
  double concentration = -1;
};

}  // namespace

json::object ShapeExplanation(const Question& question, const std::vector<Answer>& answers,
                              const ShapeContext& context) {
  const bool ru = context.language == Language::kRussian;
  const size_t parts = question.parts.size();
  const TableView whole(answers[0], 1 + parts);
  const json::object total = whole.rows() > 0 ? whole.ValueAt(0, 0) : json::object{{"v", nullptr}};
  const auto now = Quantity::Of(total, "v"), base = Quantity::Of(total, "base");
  const Quantity change = now.value_or(Quantity{}) - base.value_or(Quantity{});
  const bool is_ratio = question.chosen != nullptr && !question.chosen->ratio.empty();

  // The factors: each is the product so far over the product before it.
  json::array factors;
  std::vector<double> from, to;
  for (const FactorSpec* factor : question.factors) {
    const auto at = [&](size_t i) {
      const auto found = std::find(question.parts.begin(), question.parts.end(), factor->upto[i]);
      return PairOf(whole, 0, 1 + static_cast<size_t>(found - question.parts.begin()));
    };
    Pair product = at(0);
    if (factor->upto.size() == 2) {
      const Pair over = at(1);
      product = {over.before != 0 ? product.before / over.before : 0,
                 over.after != 0 ? product.after / over.after : 0};
    }
    from.push_back(product.before);
    to.push_back(product.after);
  }
  for (size_t i = from.size(); i-- > 1;) {
    from[i] = from[i - 1] != 0 ? from[i] / from[i - 1] : 0;
    to[i] = to[i - 1] != 0 ? to[i] / to[i - 1] : 0;
  }
  json::value unsplit;
  if (!question.factors.empty() && whole.rows() > 0) {
    if (const auto split = SplitProduct(from, to)) {
      const std::vector<Quantity> exact = InKind(*split, change);
      for (size_t i = 0; i < exact.size(); ++i) {
        if (from[i] == to[i] && exact[i].number == 0) continue;  // a factor that stood still says nothing
        factors.push_back(json::object{{"label", question.factors[i]->label.In(context.language)},
                                       {"change", exact[i].ToJson()}});
      }
    } else {
      unsplit = change.number > 0 ? "new" : change.number < 0 ? "gone" : "still";
    }
  }

  // The dimension in which few members make most of the change; the rest of nobody tells less than a name.
  json::array dimensions;
  Best best;
  std::vector<std::vector<RatioSplit>> splits;
  for (size_t level = 0; level < question.widget->levels.size(); ++level) {
    splits.emplace_back();
    if (answers[1 + level].table == nullptr) continue;  // it does not divide the measure
    const TableView view(answers[1 + level], is_ratio ? 3 : 1);
    std::vector<double> changes;
    std::vector<RatioPart> ratio;
    double nobody = 0, all = 0;
    for (size_t row = 0; row < view.rows(); ++row) {
      if (is_ratio) {
        const Pair numerator = PairOf(view, row, 1), denominator = PairOf(view, row, 2);
        ratio.push_back({numerator.before, denominator.before, numerator.after, denominator.after});
      } else {
        const Pair pair = PairOf(view, row, 0);
        changes.push_back(pair.after - pair.before);
      }
    }
    if (is_ratio) {
      if (auto split = SplitRatio(ratio)) {
        for (const RatioSplit& one : *split) changes.push_back(one.mix + one.rate);
        splits.back() = *std::move(split);
      }
    }
    for (size_t row = 0; row < changes.size(); ++row) {
      all += std::abs(changes[row]);
      if (!view.MemberAt(row, 0)->id) nobody += std::abs(changes[row]);
    }
    double concentration = Concentration(changes);
    if (all > 0) concentration *= 1 - nobody / all;
    dimensions.push_back(json::object{{"dimension", question.widget->levels[level]},
                                      {"label", view.dimension(0).label},
                                      {"concentration", concentration}});
    if (concentration > best.concentration) best = {level, concentration};
  }

  if (answers[1 + best.level].table == nullptr)
    throw InvariantError("an explanation has no dimension that divides its measure");
  const TableView view(answers[1 + best.level], is_ratio ? 3 : 1);
  const size_t limit = question.widget->limit > 0 ? static_cast<size_t>(question.widget->limit) : 5;
  json::object largest;
  json::value mix_rate;
  if (is_ratio) {
    // A member's part of the change of the ratio, by mix and by its own rate.
    std::vector<std::pair<double, size_t>> order;
    double mix = 0, rate = 0, shown = 0;
    for (size_t row = 0; row < splits[best.level].size(); ++row) {
      const RatioSplit& one = splits[best.level][row];
      mix += one.mix, rate += one.rate;
      if (one.mix + one.rate != 0) order.emplace_back(one.mix + one.rate, row);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    json::array up, down;
    const auto take = [&](const std::pair<double, size_t>& one) {
      shown += one.first;
      const RatioSplit& split = splits[best.level][one.second];
      return json::object{{"member", ToJson(*view.MemberAt(one.second, 0))},
                          {"values", json::array{view.ValueAt(one.second, 0)}},
                          {"change", one.first},
                          {"mix", split.mix},
                          {"rate", split.rate}};
    };
    for (auto one = order.begin(); one != order.end() && one->first > 0 && up.size() < limit; ++one)
      up.push_back(take(*one));
    for (auto one = order.rbegin(); one != order.rend() && one->first < 0 && down.size() < limit; ++one)
      down.push_back(take(*one));
    largest = {{"up", std::move(up)}, {"down", std::move(down)}, {"rest", mix + rate - shown}};
    mix_rate = json::object{{"mix", mix}, {"rate", rate}};
    factors = json::array{json::object{{"label", ru ? "Состав" : "Mix"}, {"change", mix}},
                          json::object{{"label", ru ? "Сами показатели" : "Rates"}, {"change", rate}}};
  } else {
    largest = LargestChanges(view, ChangesOf(view), total, limit);
  }

  const engine::Column& measure = whole.measure(0);
  const MeasureSpec& spec = *question.measures.front();
  Sentence sentence(measure);
  sentence.Say((spec.label ? spec.label->In(context.language) : measure.label) + ": ")
      .Number(total.at("v"), false)
      .Say(ru ? " против " : " against ")
      .Number(base ? total.at("base") : json::value(nullptr), false);
  if (change.number != 0) sentence.Say(" (").Number(change.ToJson(), true).Say(")");
  sentence.Say(". ");
  if (!factors.empty()) {
    sentence.Say(ru ? "За счёт чего: " : "What made it: ")
        .List(factors, factors.size(),
              [](const json::value& row) { return FindString(row, "label").value_or(""); })
        .Say(". ");
  }
  const auto member = [&](const json::value& row) {
    const std::string label = FindString(row.at("member"), "label").value_or("");
    return label.empty() ? std::string(ru ? "не указано" : "not set") : label;
  };
  const json::array& up = largest.at("up").get_array();
  const json::array& down = largest.at("down").get_array();
  if (!up.empty() || !down.empty()) {
    sentence.Say(view.dimension(0).label + ": ").List(up, 2, member);
    if (!up.empty() && !down.empty()) sentence.Say("; ");
    sentence.List(down, 2, member).Say(".");
  }

  json::object data = std::move(largest);
  data["measures"] = DescribeMeasures(TableView(answers[0], 1), question, context.language);
  data["total"] = total;
  data["comparison"] = ComparedRanges(question, context.today, context.language);
  data["factors"] = std::move(factors);
  data["unsplit"] = std::move(unsplit);
  data["dimension"] = question.widget->levels[best.level];
  data["dimensions"] = std::move(dimensions);
  data["sentence"] = sentence.Take();
  return data;
}

}  // namespace svodka::reports
