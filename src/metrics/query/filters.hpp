#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "metrics/query/bind.hpp"

namespace svodka::metrics {

/// The request's filters with their members found; makes the conditions of one fact.
class FilterSet {
 public:
  /// `of_cell`: comes from the cell, not from the reader: it lifts no default filter. Errors: `bad_filter`
  /// (a range of what has none, bounds of another type, an empty range).
  Status Add(const Filter& filter, const BoundDimension& dimension, bool of_cell, const Directory& directory);

  /// Conditions in canonical order, default filters first. Notes the filters that the fact knows nothing of.
  std::vector<Condition> ConditionsOf(const Fact& fact, const Role& role,
                                      const std::shared_ptr<const Arguments>& arguments) const;

  const std::set<std::string>& unknown_members() const { return unknown_members_; }
  const std::map<std::string, std::set<std::string>>& ignored() const { return ignored_; }

 private:
  struct Entry {
    Filter filter;
    BoundDimension dimension;
    bool of_cell = false;
    std::vector<MemberKey> keys;  ///< of the named members
    std::vector<int64_t>
        employees;  ///< of employee and department filters: keys that match, technical ones included
    std::vector<FieldInfo> fields;
    bool has_null = false;
    bool has_named = false;
    std::string sort_key;
  };
  /// Nothing: the fact does not know the dimension.
  static std::optional<Condition> ConditionOf(const Entry& entry, const Fact& fact, const Role& role,
                                              const std::shared_ptr<const Arguments>& arguments);

  std::vector<Entry> entries_;
  std::set<std::string> unknown_members_;
  mutable std::map<std::string, std::set<std::string>> ignored_;
};

}  // namespace svodka::metrics
