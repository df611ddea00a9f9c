#include "engine/joint_names.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "engine/numbers.hpp"
#include "metrics/plan/spread.hpp"

namespace svodka::engine {
namespace {

using metrics::BoundDimension;
using metrics::DimensionKind;

/// Above the keys of a portal: its place among the portals of the request, from 1.
constexpr int kPortalShift = 40;
constexpr int64_t kKeyMask = (int64_t{1} << kPortalShift) - 1;
/// Of no member: a condition on it holds for no row.
constexpr int64_t kNoKey = -1;
constexpr size_t kMembersMax = 200'000;

int64_t Join(size_t part, int64_t key) { return static_cast<int64_t>(part + 1) << kPortalShift | key; }
size_t PartOf(int64_t key) { return static_cast<size_t>(key >> kPortalShift) - 1; }

bool HasMembers(const metrics::Dimension& dimension) {
  return dimension.kind == DimensionKind::kMembers || dimension.kind == DimensionKind::kEmployee ||
         dimension.kind == DimensionKind::kDepartment;
}

/// Members stand in the order of their names, not in one that a portal gave them.
bool GoesByName(const metrics::Dimension& dimension) {
  const auto order = dimension.columns.find("order");
  return dimension.common || order == dimension.columns.end() || order->second.text() == "0";
}

/// The id without its portal, and the portal; "" where it names none.
std::pair<std::string, std::string> Split(const std::string& id) {
  const size_t at = id.rfind('@');
  if (at == std::string::npos) return {id, ""};
  return {id.substr(0, at), id.substr(at + 1)};
}

}  // namespace

std::string QualifiedId(const std::string& id, const std::string& portal) { return id + "@" + portal; }

JointNames::JointNames(std::vector<std::shared_ptr<const Dictionary>> parts) : parts_(std::move(parts)) {}

size_t JointNames::PlaceOf(const std::string& portal) const {
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (id(i) == portal) return i;
  }
  return parts_.size();
}

std::string JointNames::NameOf(size_t part) const {
  const std::string& name = parts_[part]->portal().name;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (i != part && parts_[i]->portal().name == name) return name + " (" + id(part) + ")";
  }
  return name.empty() ? id(part) : name;
}

Value JointNames::ToJoint(size_t part, const BoundDimension& bound, const Value& key) const {
  const auto* number = std::get_if<int64_t>(&key);
  if (number == nullptr || bound.dimension == nullptr) return key;
  const metrics::Dimension& dimension = *bound.dimension;
  if (dimension.kind == DimensionKind::kPortal) return static_cast<int64_t>(part + 1);
  if (!HasMembers(dimension) || *number == 0) return key;
  if (dimension.common) {
    if (const Entry* entry = parts_[part]->FindEntry(dimension, *number)) {
      for (size_t i = 0; i < part; ++i) {
        const auto known = parts_[i]->FindMember(dimension, *entry->member.id);
        if (!known.empty()) return Join(i, known.front().key);
      }
    }
  }
  return Join(part, *number);
}

std::optional<Value> JointNames::ToPart(size_t part, const BoundDimension& bound, const Value& key) const {
  const auto* number = std::get_if<int64_t>(&key);
  if (number == nullptr || bound.dimension == nullptr) return key;
  const metrics::Dimension& dimension = *bound.dimension;
  if (dimension.kind == DimensionKind::kPortal) {
    if (*number != static_cast<int64_t>(part + 1)) return {};
    return int64_t{1};
  }
  if (!HasMembers(dimension) || *number == 0) return key;
  const size_t owner = PartOf(*number);
  const int64_t own = *number & kKeyMask;
  if (owner == part) return own;
  if (!dimension.common) return {};
  const Entry* entry = parts_[owner]->FindEntry(dimension, own);
  if (entry == nullptr) return {};
  const auto known = parts_[part]->FindMember(dimension, *entry->member.id);
  if (known.empty()) return {};
  return known.front().key;
}

const std::set<std::string>& JointNames::AmbiguousOf(const metrics::Dimension& dimension) const {
  const std::lock_guard lock(mutex_);
  const auto [at, added] = ambiguous_.try_emplace(dimension.id);
  if (!added) return at->second;
  auto& labels = labels_[dimension.id];
  if (!dimension.large) {
    for (size_t i = 0; i < parts_.size(); ++i) {
      for (const Entry& entry : parts_[i]->Search(dimension, "", kMembersMax))
        labels[entry.member.label].insert(i);
    }
  }
  for (const auto& [label, portals] : labels) {
    if (portals.size() > 1) at->second.insert(label);
  }
  return at->second;
}

Member JointNames::Qualify(size_t part, const metrics::Dimension& dimension, Member member,
                           bool named) const {
  if (!member.id || !HasMembers(dimension) || dimension.common) return member;
  member.id = QualifiedId(*member.id, id(part));
  if (!member.parent.empty()) member.parent = QualifiedId(member.parent, id(part));
  if (!named && AmbiguousOf(dimension).contains(member.label)) member.label += " · " + NameOf(part);
  return member;
}

std::vector<Member> JointNames::Search(const metrics::Dimension& dimension, const std::string& search,
                                       size_t limit) const {
  std::vector<Member> found;
  std::set<std::string> common;
  for (size_t i = 0; i < parts_.size(); ++i) {
    std::vector<Entry> entries = parts_[i]->Search(dimension, search, limit);
    if (dimension.large) {
      const std::lock_guard lock(mutex_);
      for (const Entry& entry : entries) labels_[dimension.id][entry.member.label].insert(i);
      ambiguous_.erase(dimension.id);
    }
    for (Entry& entry : entries) {
      if (dimension.common && !common.insert(*entry.member.id).second) continue;
      found.push_back(std::move(entry.member));
      if (!dimension.common) found.back().id = QualifiedId(*found.back().id, id(i));
    }
  }
  // Labels are told apart when all are known.
  for (Member& member : found) {
    if (dimension.common) break;
    const auto [own, portal] = Split(*member.id);
    member.id = own;
    member = Qualify(PlaceOf(portal), dimension, std::move(member), false);
  }
  if (GoesByName(dimension)) {
    std::stable_sort(found.begin(), found.end(),
                     [](const Member& a, const Member& b) { return FoldCase(a.label) < FoldCase(b.label); });
  }
  if (found.size() > limit) found.resize(limit);
  return found;
}

void JointNames::Prepare(const metrics::Dimension& dimension, const std::vector<int64_t>& keys) const {
  std::vector<std::vector<int64_t>> own(parts_.size());
  for (const int64_t key : keys) {
    if (key != 0 && PartOf(key) < own.size()) own[PartOf(key)].push_back(key & kKeyMask);
  }
  for (size_t i = 0; i < parts_.size(); ++i) parts_[i]->Prepare(dimension, own[i]);
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < parts_.size(); ++i) {
    for (const int64_t key : own[i]) {
      if (const Entry* entry = parts_[i]->FindEntry(dimension, key))
        labels_[dimension.id][entry->member.label].insert(i);
    }
  }
  ambiguous_.erase(dimension.id);
}

const Names::Entry* JointNames::FindEntry(const metrics::Dimension& dimension, int64_t key) const {
  if (key == 0 || PartOf(key) >= parts_.size()) return nullptr;
  const std::lock_guard lock(mutex_);
  auto& held = entries_[{dimension.id, key}];
  if (held) return held.get();
  const size_t part = PartOf(key);
  const Entry* own = parts_[part]->FindEntry(dimension, key & kKeyMask);
  if (own == nullptr) return nullptr;
  Entry entry = *own;
  entry.key = key;
  entry.member = Qualify(part, dimension, std::move(entry.member), false);
  // Each portal's own order, one portal after the other.
  entry.place = GoesByName(dimension) ? 0 : static_cast<int64_t>(part * kMembersMax) + own->place;
  held = std::make_unique<const Entry>(std::move(entry));
  return held.get();
}

Member JointNames::PortalMember(int64_t key) const {
  const auto part = static_cast<size_t>(key - 1);
  Member member;
  member.id = id(part);
  member.label = NameOf(part);
  return member;
}

std::optional<double> JointNames::CycleOf(const std::string& measure, Day today) const {
  std::string spread;
  metrics::Component component;
  component.kind = metrics::MeasureKind::kPercentile80;
  for (const auto& part : parts_) {
    const std::string own = part->CycleSpread(measure, today);
    if (!own.empty()) spread += (spread.empty() ? "" : " ") + own;
  }
  return AsNumber(metrics::ValueOfSpread(component, spread));
}

std::string JointNames::RulesText(const metrics::Measure& measure, Language language) const {
  std::vector<std::string> texts;
  for (const auto& part : parts_) texts.push_back(part->RulesText(measure, language));
  if (std::equal(texts.begin() + 1, texts.end(), texts.begin())) return texts.front();
  std::string all;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    all += (all.empty() ? "" : " ") + NameOf(i) + ": " + texts[i];
  }
  return all;
}

std::optional<std::string> PortalView::OwnId(const std::string& id) const {
  const auto [own, portal] = Split(id);
  const size_t place = names_.PlaceOf(portal);
  if (place == names_.size()) return id;
  if (place == part_) return own;
  return {};
}

std::vector<metrics::MemberKey> PortalView::FindMember(const metrics::Dimension& dimension,
                                                       const std::string& id) const {
  if (!HasMembers(dimension) || dimension.common) return own_.FindMember(dimension, id);
  const auto [bare, portal] = Split(id);
  const size_t named = names_.PlaceOf(portal);
  if (named == part_) return own_.FindMember(dimension, bare);
  std::vector<metrics::MemberKey> keys;
  if (named == names_.size()) keys = own_.FindMember(dimension, id);
  // Known elsewhere: nothing here, but of the same kind of cards, so that a filter by a stage of deals leaves
  // the leads of every portal alone.
  for (size_t i = 0; i < names_.size() && keys.empty(); ++i) {
    if (i == part_ || (named != names_.size() && named != i)) continue;
    keys = names_.part(i).FindMember(dimension, named == i ? bare : id);
    for (metrics::MemberKey& key : keys) key.key = kNoKey;
  }
  return keys;
}

std::vector<std::string> PortalView::NearestMembers(const metrics::Dimension& dimension,
                                                    const std::string& entity,
                                                    const std::string& text) const {
  std::vector<std::string> ids = own_.NearestMembers(dimension, entity, Split(text).first);
  for (std::string& id : ids) id = QualifiedId(id, names_.id(part_));
  return ids;
}

std::vector<int64_t> PortalView::EmployeesOf(const metrics::MemberId& department, bool below) const {
  if (!department) return own_.EmployeesOf(department, below);
  const std::optional<std::string> own = OwnId(*department);
  return own ? own_.EmployeesOf(*own, below) : std::vector<int64_t>{};
}

std::optional<DayRange> PortalView::Span() const {
  std::optional<DayRange> all;
  for (size_t i = 0; i < names_.size(); ++i) {
    const std::optional<DayRange> one = names_.part(i).Span();
    if (!one) continue;
    all = all ? DayRange{std::min(all->from, one->from), std::max(all->to, one->to)} : *one;
  }
  return all;
}

}  // namespace svodka::engine
