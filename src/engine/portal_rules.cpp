#include "engine/portal_rules.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "warehouse/warehouse.hpp"

namespace svodka::engine {
namespace {

using warehouse::DatedRules;
using warehouse::PortalSettings;

class Writer {
 public:
  Writer(const Dictionary& dictionary, Language language)
      : model_(dictionary.model()),
        dictionary_(dictionary),
        portal_(dictionary.portal()),
        russian_(language == Language::kRussian) {}

  void AfterSale() {
    const std::string spans = Spans<std::set<std::string>>(
        portal_.after_sale_pipelines,
        [](const DatedRules& rules) -> const auto& { return rules.after_sale_pipelines; },
        [&](const std::set<std::string>& pipelines) {
          std::string names;
          for (const std::string& id : pipelines)
            names += (names.empty() ? "" : ", ") + Quoted("pipeline", id);
          return names;
        });
    if (spans.empty()) return;
    Add(russian_
            ? "Без послепродажных воронок (" + spans +
                  "), пока такую не выбрали; переданная туда продажа остаётся в воронке, где продана."
            : "Without after-sale pipelines (" + spans +
                  ") unless one is chosen; a sale handed over to them stays in the pipeline that sold it.");
  }

  void SalePoint() {
    const std::string spans = Spans<std::map<std::string, std::string>>(
        portal_.sale_point_stage,
        [](const DatedRules& rules) -> const auto& { return rules.sale_point_stage; },
        [&](const std::map<std::string, std::string>& points) {
          std::string names;
          for (const auto& [pipeline, stage] : points) {
            names += (names.empty() ? "" : ", ") + Quoted("pipeline", pipeline) +
                     (russian_ ? " – с этапа " : " – from the stage ") + Quoted("stage", stage);
          }
          return names;
        });
    if (spans.empty()) return;
    Add((russian_ ? "Сделка считается проданной раньше конца воронки: "
                  : "A deal counts as won before its pipeline ends: ") +
        spans + ".");
  }

  /// A file says itself whose a card is.
  void Seller() {
    if (portal_.kind == "file") return;
    const bool ever = portal_.seller_frozen ||
                      std::any_of(portal_.changes.begin(), portal_.changes.end(), [](const auto& change) {
                        return change.second.seller_frozen.value_or(false);
                      });
    if (!ever) {
      Add(russian_ ? "По сотрудникам – нынешний ответственный." : "By employee: today's responsible.");
      return;
    }
    Add(russian_ ? "По сотрудникам – ответственный в момент закрытия; у закрытых до подключения CRM – "
                   "нынешний."
                 : "By employee: the responsible at closing; for cards closed before the CRM was connected, "
                   "today's.");
  }

  std::string Take() { return std::move(text_); }

 private:
  void Add(const std::string& sentence) { text_ += (text_.empty() ? "" : " ") + sentence; }

  std::string Quoted(const char* dimension, const std::string& id) const {
    std::string name = id;
    if (const metrics::Dimension* found = model_.FindDimension(dimension)) {
      for (const metrics::MemberKey& key : dictionary_.FindMember(*found, id)) {
        const Dictionary::Entry* entry = dictionary_.FindEntry(*found, key.key);
        if (entry != nullptr && key.entity != "lead") name = entry->member.label;
      }
    }
    return russian_ ? "«" + name + "»" : "“" + name + "”";
  }

  /// The setting as it has always been and what it became, each from its day on; "" where it was never set.
  template <class Setting>
  std::string Spans(const Setting& first,
                    const std::function<const std::optional<Setting>&(const DatedRules&)>& changed,
                    const std::function<std::string(const Setting&)>& name) const {
    std::string text = name(first);
    bool any = !first.empty();
    for (const auto& [day, rules] : portal_.changes) {
      const std::optional<Setting>& setting = changed(rules);
      if (!setting || (setting->empty() && !any)) continue;
      any = true;
      const std::string names = name(*setting);
      const auto date_of = day.ymd();
      char date[32];
      std::snprintf(date, sizeof date, "%02u.%02u.%04d", static_cast<unsigned>(date_of.day()),
                    static_cast<unsigned>(date_of.month()), static_cast<int>(date_of.year()));
      text += (text.empty() ? "" : "; ") + std::string(russian_ ? "с " : "from ") + date + " – " +
              (names.empty() ? (russian_ ? "нет" : "none") : names);
    }
    return any ? text : "";
  }

  const metrics::Model& model_;
  const Dictionary& dictionary_;
  const PortalSettings& portal_;
  const bool russian_;
  std::string text_;
};

}  // namespace

std::string RulesOf(const metrics::Measure& measure, const Dictionary& dictionary, Language language) {
  Writer writer(dictionary, language);
  const bool of_closing = measure.role_name == "closed" || measure.role_name == "mixed";
  if (measure.group != "leads") {
    writer.AfterSale();
    writer.SalePoint();
  }
  if (of_closing) writer.Seller();
  return writer.Take();
}

}  // namespace svodka::engine
