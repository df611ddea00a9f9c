// The rows beneath a cell of several portals: each portal's own list, put together in its order.
#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "engine/joint_service.hpp"
#include "engine/joint_work.hpp"
#include "engine/record_parts.hpp"

namespace svodka::engine {
namespace {

using Row = std::vector<Cell>;
using Order = std::vector<std::pair<std::string, bool>>;  ///< column, descending

constexpr int64_t kPageRows = 50;
/// Of each portal so many rows are read for a page, at most.
constexpr int64_t kReachMax = 20'000;
constexpr size_t kValuesMax = 500;
constexpr size_t kPortalColumn = 2;  ///< behind id and title
constexpr std::string_view kPortal = "portal";
/// Of no member.
constexpr const char* kNobody = "\x01";

std::optional<size_t> ColumnOf(const std::vector<Column>& columns, const std::string& id) {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].id == id) return i;
  }
  return {};
}

/// What the statements order by, of a cell: null where there is nothing.
Value SortValue(const std::string& column, const Cell& cell) {
  if (const auto* member = std::get_if<Member>(&cell))
    return member->id ? Value(FoldCase(member->label)) : Value();
  const Value& value = std::get<Value>(cell);
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return value;
  if (column == "part") return static_cast<int64_t>(*text == "denominator" ? 0 : 1);
  if (column != "id") return FoldCase(*text);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  return error == std::errc() && end == text->data() + text->size() ? Value(number) : Value();
}

/// Negative: a comes first. Nothing stands last either way.
int Compare(const Value& a, const Value& b, bool descending) {
  if (IsNull(a) || IsNull(b)) return IsNull(a) == IsNull(b) ? 0 : IsNull(a) ? 1 : -1;
  if (a == b) return 0;
  return (a < b) != descending ? -1 : 1;
}

class Merger {
 public:
  Merger(const JointWork& work, const std::vector<RecordPage>& pages, Order order)
      : work_(work), pages_(pages), places_(pages.size()), order_(std::move(order)) {
    order_.emplace_back("created", true);
  }

  /// The portal whose next row is the next of all; nothing: there is none.
  std::optional<size_t> Next() const {
    std::optional<size_t> first;
    for (size_t i = 0; i < pages_.size(); ++i) {
      if (places_[i] >= pages_[i].rows.size()) continue;
      if (!first || IsBefore(i, *first)) first = i;
    }
    return first;
  }
  size_t Take(size_t part) { return places_[part]++; }

 private:
  bool IsBefore(size_t a, size_t b) const {
    for (const auto& [column, descending] : order_) {
      if (column == kPortal) {
        const Value left = work_.names->PortalMember(static_cast<int64_t>(a + 1)).label;
        const Value right = work_.names->PortalMember(static_cast<int64_t>(b + 1)).label;
        if (const int told = Compare(left, right, descending); told != 0) return told < 0;
        continue;
      }
      const std::optional<size_t> at = ColumnOf(pages_[a].columns, column);
      if (!at) continue;
      const Value left = SortValue(column, pages_[a].rows[places_[a]][*at]);
      const Value right = SortValue(column, pages_[b].rows[places_[b]][*at]);
      // Stages and pipelines have an order inside their portal only: one portal after the other.
      const bool own_order = column == "stage" || column == "pipeline";
      if (own_order && !IsNull(left) && !IsNull(right)) return (a < b) != descending;
      if (const int told = Compare(left, right, descending); told != 0) return told < 0;
    }
    return a < b;
  }

  const JointWork& work_;
  const std::vector<RecordPage>& pages_;
  std::vector<size_t> places_;
  Order order_;
};

Column PortalColumn(const JointWork& work, Language language) {
  const metrics::Dimension* dimension =
      work.parts.front().snapshot.model->FindDimension(std::string(kPortal));
  Column column;
  column.id = kPortal;
  column.kind = "attribute";
  column.type = "member";
  column.format = "text";
  column.direction = "neutral";
  if (dimension != nullptr)
    column.label = language == Language::kRussian ? dimension->label.ru : dimension->label.en;
  return column;
}

bool HasSpread(const metrics::Plan& plan) {
  return std::any_of(plan.components.begin(), plan.components.end(), [](const metrics::Component& component) {
    return component.kind == metrics::MeasureKind::kMedian ||
           component.kind == metrics::MeasureKind::kPercentile80;
  });
}

/// One call of JointService::Records.
class Lister {
 public:
  Lister(const JointWork& work, JointWork::Asked& asked, Language language, std::stop_token stop)
      : work_(work), asked_(asked), language_(language), stop_(std::move(stop)) {}

  Result<RecordPage> Read() {
    const metrics::Request request = asked_.queries.front().request;
    offset_ = request.offset;
    limit_ = request.limit.value_or(kPageRows);
    if (offset_ + limit_ > kReachMax) {
      return Diagnostic{"bad_request",
                        "a list of several portals goes " + std::to_string(kReachMax) +
                            " rows deep; narrow it, or ask for one portal",
                        "offset",
                        {}};
    }
    for (size_t i = 0; i < request.order.size(); ++i) {
      if (request.order[i].by == kPortal) by_portal_ = {i, request.order[i].descending};
    }
    for (size_t i = 0; i < work_.parts.size(); ++i) Localize(i);
    if (Status read = ReadPages(request.values_of == kPortal); !read.ok()) return read.errors();
    RecordPage answer = Frame();
    if (request.values_of == kPortal) return CountPortals(std::move(answer));
    if (!request.values_of.empty()) return JoinValues(std::move(answer), request.values_of);
    AddRows(answer);
    if (Status added = AddTotals(answer, request); !added.ok()) return added.errors();
    return answer;
  }

 private:
  /// Order and conditions as the portal's own list knows them.
  void Localize(size_t part) {
    metrics::Request& request = asked_.queries[part].request;
    request.offset = 0;
    request.limit = offset_ + limit_;
    std::erase_if(request.order, [](const metrics::OrderBy& by) { return by.by == kPortal; });
    shown_.push_back(true);
    std::vector<metrics::Narrowing> own;
    for (metrics::Narrowing& narrowing : request.narrow) {
      if (narrowing.column == kPortal) {
        const bool named = std::any_of(narrowing.members.begin(), narrowing.members.end(),
                                       [&](const auto& id) { return id && *id == work_.names->id(part); });
        shown_[part] = shown_[part] && named;
        continue;
      }
      for (metrics::MemberId& member : narrowing.members) {
        if (member) member = work_.parts[part].view->OwnId(*member).value_or(kNobody);
      }
      own.push_back(std::move(narrowing));
    }
    request.narrow = std::move(own);
  }

  Status ReadPages(bool counted) {
    std::vector<Result<RecordPage>> read(work_.parts.size(), RecordPage{});
    atoms_.resize(work_.parts.size());
    RunAll(read.size(), read.size(), [&](size_t i) {
      const JointWork::Part& part = work_.parts[i];
      metrics::BoundQuery& query = asked_.queries[i];
      if (counted) {
        query.request.values_of.clear();
        query.request.limit = 1;
      }
      std::optional<NearTexts> near;
      read[i] = Guarded<RecordPage>([&] {
        return ReadRecords(query, *part.snapshot.dictionary, *part.service->warehouse,
                           part.service->MemoryOf(part.snapshot), part.service->settings.merge_scans,
                           language_, stop_, near, &atoms_[i]);
      });
    });
    for (size_t i = 0; i < read.size(); ++i) {
      if (!read[i].ok()) return read[i].errors();
      pages_.push_back(std::move(read[i]).value());
      if (shown_[i]) continue;
      RecordPage& hidden = pages_.back();
      hidden.rows.clear();
      hidden.links.clear();
      hidden.total = 0;
      hidden.totals = {};
      atoms_[i].clear();
      if (hidden.values) hidden.values->clear();
      hidden.span = {};
    }
    return Done{};
  }

  /// What all pages have in common.
  RecordPage Frame() const {
    RecordPage answer;
    const RecordPage& first = pages_.front();
    answer.columns = first.columns;
    answer.columns.insert(answer.columns.begin() + Place(first), PortalColumn(work_, language_));
    for (const RecordPage& page : pages_) answer.total += page.total;
    answer.order = first.order;
    if (by_portal_) {
      const size_t at = std::min(by_portal_->first, answer.order.size());
      answer.order.emplace(answer.order.begin() + static_cast<std::ptrdiff_t>(at), kPortal,
                           by_portal_->second);
    }
    answer.entity = first.entity;
    answer.as_of = first.as_of;
    answer.parts = first.parts;
    return answer;
  }
  static std::ptrdiff_t Place(const RecordPage& page) {
    return static_cast<std::ptrdiff_t>(std::min(kPortalColumn, page.columns.size()));
  }

  RecordPage CountPortals(RecordPage answer) const {
    answer.values.emplace();
    for (size_t i = 0; i < pages_.size(); ++i) {
      if (pages_[i].total == 0) continue;
      answer.values->emplace_back(work_.names->PortalMember(static_cast<int64_t>(i + 1)), pages_[i].total);
    }
    return answer;
  }

  RecordPage JoinValues(RecordPage answer, const std::string& column) const {
    const metrics::Dimension* dimension = work_.parts.front().snapshot.model->FindDimension(column);
    if (!pages_.front().values) {
      JoinSpans(answer);
      return answer;
    }
    std::vector<std::pair<Member, int64_t>> values;
    for (size_t i = 0; i < pages_.size(); ++i) {
      for (const auto& [own, count] : *pages_[i].values) {
        Member member = dimension == nullptr ? own : work_.names->Qualify(i, *dimension, own, false);
        const auto known = std::find_if(values.begin(), values.end(),
                                        [&](const auto& one) { return one.first.id == member.id; });
        if (known == values.end()) {
          values.emplace_back(std::move(member), count);
        } else {
          known->second += count;
        }
      }
    }
    std::stable_sort(values.begin(), values.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (values.size() > kValuesMax) values.resize(kValuesMax);
    answer.values = std::move(values);
    return answer;
  }

  void JoinSpans(RecordPage& answer) const {
    const auto number = [](const json::value& value) {
      if (value.is_string()) {
        const Result<Money> money = Money::Parse(std::string(value.get_string()));
        return money.ok() ? std::optional(static_cast<double>(money->minor()) / 100) : std::nullopt;
      }
      return value.is_number() ? std::optional(value.to_number<double>()) : std::nullopt;
    };
    const auto less = [&](const json::value& a, const json::value& b) {
      const auto left = number(a), right = number(b);
      if (left && right) return *left < *right;
      return a.is_string() && b.is_string() && a.get_string() < b.get_string();  // days
    };
    int64_t none = 0;
    json::value from, to;
    for (const RecordPage& page : pages_) {
      if (page.span.empty()) continue;
      const json::value &own_from = page.span.at("from"), &own_to = page.span.at("to");
      if (from.is_null() || (!own_from.is_null() && less(own_from, from))) from = own_from;
      if (to.is_null() || (!own_to.is_null() && less(to, own_to))) to = own_to;
      if (page.span.at("none").is_int64()) none += page.span.at("none").as_int64();
    }
    answer.span = {{"from", from}, {"to", to}, {"none", none}};
  }

  void AddRows(RecordPage& answer) const {
    Merger merger(work_, pages_, answer.order);
    for (int64_t place = 0; place < offset_ + limit_; ++place) {
      const std::optional<size_t> part = merger.Next();
      if (!part) break;
      const size_t own = merger.Take(*part);
      if (place < offset_) continue;
      const RecordPage& page = pages_[*part];
      Row row = page.rows[own];
      for (size_t i = 0; i < row.size(); ++i) {
        auto* member = std::get_if<Member>(&row[i]);
        const metrics::Dimension* dimension =
            member == nullptr ? nullptr
                              : work_.parts.front().snapshot.model->FindDimension(page.columns[i].id);
        if (dimension != nullptr) *member = work_.names->Qualify(*part, *dimension, std::move(*member), true);
      }
      row.insert(row.begin() + Place(page), work_.names->PortalMember(static_cast<int64_t>(*part + 1)));
      answer.rows.push_back(std::move(row));
      answer.links.push_back(page.links[own]);
    }
  }

  Status AddTotals(RecordPage& answer, const metrics::Request& request) const {
    answer.totals["count"] = answer.total;
    std::optional<Money> amount;
    for (const RecordPage& page : pages_) {
      const json::value* own = page.totals.if_contains("amount");
      if (own == nullptr || !own->is_string()) continue;
      const Result<Money> money = Money::Parse(std::string(own->get_string()));
      if (money.ok()) amount = amount.value_or(Money()) + *money;
    }
    if (pages_.front().totals.contains("amount"))
      answer.totals["amount"] = amount ? json::value(amount->ToString()) : json::value(nullptr);
    const metrics::BoundQuery& lead = asked_.queries[work_.lead];
    Cells cells(lead.plan.components.size());
    const bool narrowed = !request.search.empty() || !request.narrow.empty();
    if (!HasSpread(lead.plan)) {
      for (const Cells& own : atoms_) {
        for (size_t i = 0; i < own.size(); ++i) {
          if (!own[i].empty()) AddAtoms(cells[i], own[i]);
        }
      }
    } else {
      if (narrowed) return Done{};  // of the rows found no portal tells what their median is made of
      auto whole = WholeNumber();
      if (!whole.ok()) return whole.errors();
      cells = std::move(whole).value();
    }
    const Value value = NodeValue(lead.plan, lead.plan.columns.front(), cells);
    answer.totals["measure"] = JsonOf(value);
    if (ColumnOf(answer.columns, "value")) answer.totals["value"] = JsonOf(value);
    return Done{};
  }

  /// What the number of the cell is made of, of all portals.
  Result<Cells> WholeNumber() const {
    std::vector<metrics::Plan> plans;
    std::vector<Batch> batches(work_.parts.size(), Batch(true));
    for (size_t i = 0; i < work_.parts.size(); ++i) plans.push_back(asked_.queries[i].plan);
    for (size_t i = 0; i < plans.size(); ++i) batches[i].Add(plans[i]);
    const Result<std::vector<ScanResults>> results = work_.Run(batches, stop_);
    if (!results.ok()) return results.errors();
    std::vector<const ScanResults*> pointers;
    for (const ScanResults& one : *results) pointers.push_back(&one);
    Room room;
    const Patience patience(stop_);
    std::vector<Level> levels = work_.Join([&](size_t part) -> const metrics::Plan& { return plans[part]; },
                                           pointers, {}, 0, false, room, patience);
    return std::move(levels[0][{}]);
  }

  const JointWork& work_;
  JointWork::Asked& asked_;
  const Language language_;
  const std::stop_token stop_;
  int64_t offset_ = 0, limit_ = 0;
  std::optional<std::pair<size_t, bool>> by_portal_;  ///< place in the order asked for, descending
  std::vector<bool> shown_;                           ///< per portal: chosen in the column `portal`
  std::vector<RecordPage> pages_;
  std::vector<Cells> atoms_;  ///< per portal: what the number of the cell is made of
};

}  // namespace

Result<RecordPage> JointService::Records(const json::value& request, const Scope& scope, Language language,
                                         std::stop_token stop) {
  return Guarded<RecordPage>([&]() -> Result<RecordPage> {
    const JointWork work(services_);
    Result<JointWork::Asked> asked = work.Bind(request, scope);
    if (!asked.ok()) return asked.errors();
    if (!asked->queries.front().request.cell)
      return Diagnostic{"missing_key", "records need a 'cell'", "cell", {}};
    return Lister(work, *asked, language, stop).Read();
  });
}

}  // namespace svodka::engine
