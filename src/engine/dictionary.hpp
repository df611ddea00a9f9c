#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/names.hpp"
#include "engine/query_service.hpp"
#include "metrics/query/bind.hpp"
#include "metrics/sql/render.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::engine {

/// The dictionaries of one portal at one data version: members by key and by id, people, custom fields. Read
/// on first use; thread-safe. A failing read throws DiagnosticError.
class Dictionary final : public metrics::Directory, public Names {
 public:
  /// `settings`: the portal's own defaults of measures' arguments.
  Dictionary(const warehouse::Warehouse& warehouse, std::shared_ptr<const metrics::Model> model,
             json::object settings = {})
      : warehouse_(warehouse), model_(std::move(model)), settings_(std::move(settings)) {}

  using Entry = Names::Entry;

  std::vector<metrics::MemberKey> FindMember(const metrics::Dimension& dimension,
                                             const std::string& id) const override;
  std::vector<std::string> NearestMembers(const metrics::Dimension& dimension, const std::string& entity,
                                          const std::string& text) const override;
  std::vector<int64_t> TechnicalEmployees() const override;
  std::vector<int64_t> EmployeesOf(const metrics::MemberId& department, bool below) const override;
  std::vector<metrics::FieldInfo> FindField(const std::string& id) const override;
  std::vector<std::string> FieldNames() const override;
  json::value FindSetting(const std::string& name) const override {
    const json::value* value = settings_.if_contains(name);
    return value == nullptr ? json::value() : *value;
  }
  std::optional<DayRange> Span() const override;
  std::shared_ptr<const metrics::ConstantRates> Rates() const override;

  /// Key of a currency that the portal's amounts can be told in: its rates are known. Nothing: they are not.
  std::optional<int64_t> RatedCurrency(const std::string& currency) const;

  /// Department of every employee as figures count it: technical accounts have none.
  const std::unordered_map<int64_t, int64_t>& DepartmentsOfPeople() const;
  /// Members of a dimension; of a large one, more than anybody can list.
  size_t CountMembers(const metrics::Dimension& dimension) const;

  void Prepare(const metrics::Dimension& dimension, const std::vector<int64_t>& keys) const override;
  const Entry* FindEntry(const metrics::Dimension& dimension, int64_t key) const override;
  std::vector<Entry> Search(const metrics::Dimension& dimension, const std::string& search,
                            size_t limit) const;
  std::string FieldLabel(const metrics::FieldInfo& field, const std::string& id) const override;
  std::vector<Member> FieldMembers(const metrics::FieldInfo& field) const;
  const metrics::Model& model() const { return *model_; }
  const warehouse::PortalSettings& portal() const;
  Member PortalMember(int64_t key) const override;
  std::string BaseCurrency() const override { return portal().base_currency; }
  std::optional<double> CycleOf(const std::string& measure, Day today) const override;
  std::string RulesText(const metrics::Measure& measure, Language language) const override;
  /// What CycleOf is made of, to be put together with that of other portals (metrics/plan/spread.hpp).
  std::string CycleSpread(const std::string& measure, Day today) const;

 private:
  struct List {
    std::deque<Entry> entries;  ///< pointers to entries stay good while others are added
    std::unordered_map<int64_t, size_t> by_key;
    std::unordered_multimap<std::string, size_t> by_id;
  };
  const List& ListOf(const metrics::Dimension& dimension) const;
  static void AddEntries(List& list, const warehouse::ResultSet& rows);
  warehouse::ResultSet Read(const metrics::Sql& sql) const;
  metrics::BoundQuery BindCycle(const std::string& measure, Day today) const;

  const warehouse::Warehouse& warehouse_;
  std::shared_ptr<const metrics::Model> model_;
  json::object settings_;
  mutable std::recursive_mutex mutex_;
  mutable std::map<std::string, List> lists_;
  mutable std::optional<std::vector<metrics::FieldInfo>> fields_;
  mutable std::map<std::string, std::map<std::string, std::string>> options_;
  mutable std::optional<std::optional<DayRange>> span_;
  mutable std::optional<warehouse::PortalSettings> portal_;
  mutable std::optional<std::unordered_map<int64_t, int64_t>> departments_;
  mutable std::optional<std::shared_ptr<const metrics::ConstantRates>> rates_;
  mutable std::map<std::string, std::optional<double>> cycles_;
  mutable std::map<std::string, std::string> cycle_spreads_;
};

}  // namespace svodka::engine
