#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/dictionary.hpp"
#include "engine/joint_service.hpp"
#include "engine/names.hpp"

namespace svodka::engine {

/// The members of several portals in one answer. Keys are those of the portals' own dictionaries with the
/// portal in them, so that equal keys of two portals never meet; members of `common` dimensions are one for
/// all portals that have their id. Of one request: the snapshots that it began with. Thread-safe.
class JointNames final : public Names {
 public:
  explicit JointNames(std::vector<std::shared_ptr<const Dictionary>> parts);

  size_t size() const { return parts_.size(); }
  const Dictionary& part(size_t index) const { return *parts_[index]; }
  const std::string& id(size_t part) const { return parts_[part]->portal().id; }
  /// The place of a portal among these, or size().
  size_t PlaceOf(const std::string& portal) const;

  /// The key of a row of one portal as that of the whole.
  Value ToJoint(size_t part, const metrics::BoundDimension& dimension, const Value& key) const;
  /// The other way; nothing for what no row of this portal has.
  std::optional<Value> ToPart(size_t part, const metrics::BoundDimension& dimension, const Value& key) const;
  /// A member of one portal as it is called in an answer of all. `named`: the row tells the portal by itself.
  Member Qualify(size_t part, const metrics::Dimension& dimension, Member member, bool named) const;
  /// Members of a dictionary dimension of all portals, those of common dimensions once.
  std::vector<Member> Search(const metrics::Dimension& dimension, const std::string& search,
                             size_t limit) const;

  void Prepare(const metrics::Dimension& dimension, const std::vector<int64_t>& keys) const override;
  const Entry* FindEntry(const metrics::Dimension& dimension, int64_t key) const override;
  std::string FieldLabel(const metrics::FieldInfo&, const std::string& id) const override { return id; }
  Member PortalMember(int64_t key) const override;
  std::string BaseCurrency() const override { return parts_.front()->portal().base_currency; }
  std::optional<double> CycleOf(const std::string& measure, Day today) const override;
  std::string RulesText(const metrics::Measure& measure, Language language) const override;

 private:
  std::string NameOf(size_t part) const;
  /// Labels that members of more than one portal have.
  const std::set<std::string>& AmbiguousOf(const metrics::Dimension& dimension) const;

  std::vector<std::shared_ptr<const Dictionary>> parts_;
  mutable std::recursive_mutex mutex_;
  mutable std::map<std::pair<std::string, int64_t>, std::unique_ptr<const Entry>> entries_;
  mutable std::map<std::string, std::set<std::string>> ambiguous_;
  mutable std::map<std::string, std::map<std::string, std::set<size_t>>> labels_;  ///< of large dimensions
};

/// One portal as a request over several is bound to it: ids may name their portal, and members of another
/// one are known but match nothing here. Custom fields belong to one portal and are not found.
class PortalView final : public metrics::Directory {
 public:
  /// `amounts_in`: key of the currency that the request names, where it is not the portal's base one.
  PortalView(const JointNames& names, size_t part, std::optional<int64_t> amounts_in = {})
      : names_(names), part_(part), own_(names.part(part)), amounts_in_(amounts_in) {}

  std::vector<metrics::MemberKey> FindMember(const metrics::Dimension& dimension,
                                             const std::string& id) const override;
  std::vector<std::string> NearestMembers(const metrics::Dimension& dimension, const std::string& entity,
                                          const std::string& text) const override;
  std::vector<int64_t> TechnicalEmployees() const override { return own_.TechnicalEmployees(); }
  std::vector<int64_t> EmployeesOf(const metrics::MemberId& department, bool below) const override;
  std::vector<metrics::FieldInfo> FindField(const std::string&) const override { return {}; }
  std::vector<std::string> FieldNames() const override { return {}; }
  json::value FindSetting(const std::string& name) const override { return own_.FindSetting(name); }
  /// Of all portals: buckets of time are the same for each.
  std::optional<DayRange> Span() const override;
  std::shared_ptr<const metrics::ConstantRates> Rates() const override { return own_.Rates(); }
  std::optional<int64_t> AmountsIn() const override { return amounts_in_; }
  /// The id as this portal has it; nothing: that of another portal.
  std::optional<std::string> OwnId(const std::string& id) const;

 private:
  const JointNames& names_;
  const size_t part_;
  const Dictionary& own_;
  const std::optional<int64_t> amounts_in_;
};

}  // namespace svodka::engine
