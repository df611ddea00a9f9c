#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/query_service.hpp"
#include "metrics/query/bind.hpp"
#include "metrics/sql/render.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::engine {

/// The dictionaries of one portal at one data version: members by key and by id, people, custom fields. Read
/// on first use; thread-safe. A failing read throws DiagnosticError.
class Dictionary final : public metrics::Directory {
 public:
  /// `settings`: the portal's own defaults of measures' arguments.
  Dictionary(const warehouse::Warehouse& warehouse, std::shared_ptr<const metrics::Model> model,
             json::object settings = {})
      : warehouse_(warehouse), model_(std::move(model)), settings_(std::move(settings)) {}

  struct Entry {
    int64_t key = 0;
    int64_t place = 0;  ///< rank in the dimension's own order
    std::string entity;
    Member member;
  };

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

  /// Department of every employee as figures count it: technical accounts have none.
  const std::unordered_map<int64_t, int64_t>& DepartmentsOfPeople() const;
  /// Members of a dimension; of a large one, more than anybody can list.
  size_t CountMembers(const metrics::Dimension& dimension) const;

  /// Reads the members of a large dimension that labels will be asked for.
  void Prepare(const metrics::Dimension& dimension, const std::vector<int64_t>& keys) const;
  /// Null for an unknown key (and for 0, "none").
  const Entry* FindEntry(const metrics::Dimension& dimension, int64_t key) const;
  std::vector<Entry> Search(const metrics::Dimension& dimension, const std::string& search,
                            size_t limit) const;
  /// The option's label, or the id itself.
  std::string FieldLabel(const metrics::FieldInfo& field, const std::string& id) const;
  std::vector<Member> FieldMembers(const metrics::FieldInfo& field) const;
  const metrics::Model& model() const { return *model_; }
  const warehouse::PortalSettings& portal() const;
  /// 80th percentile of the whole portal's cycle over all time, seconds; nothing where nothing was ever
  /// closed. `measure`: one with `statistic`, as the model's `ripe` names it.
  std::optional<double> CycleOf(const std::string& measure, Day today) const;

 private:
  struct List {
    std::deque<Entry> entries;  ///< pointers to entries stay good while others are added
    std::unordered_map<int64_t, size_t> by_key;
    std::unordered_multimap<std::string, size_t> by_id;
  };
  const List& ListOf(const metrics::Dimension& dimension) const;
  static void AddEntries(List& list, const warehouse::ResultSet& rows);
  warehouse::ResultSet Read(const metrics::Sql& sql) const;

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
};

}  // namespace svodka::engine
