#include "crm/bitrix24/hook.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace svodka::crm::bitrix24 {
namespace {

struct Known {
  std::string_view begin;   ///< of the name, in capitals
  std::string_view entity;  ///< of the hint; "" for none
};

constexpr std::array kCards = {
    Known{"ONCRMLEAD", "lead"},
    Known{"ONCRMDEAL", "deal"},
    Known{"ONCRMCONTACT", "contact"},
    Known{"ONCRMCOMPANY", "company"},
    Known{"ONCRMACTIVITY", "activity"},
    Known{"ONCRMTIMELINECOMMENT", "comment"},
    Known{"ONTASK", "task"},
};
constexpr std::array<std::string_view, 3> kActions = {"ADD", "UPDATE", "DELETE"};

/// Events that tell nothing about a single card.
constexpr std::array kOthers = {
    Known{"ONUSERADD", "dictionaries"},
    Known{"ONCRMCURRENCY", "dictionaries"},
    Known{"ONVOXIMPLANTCALLINIT", ""},
    Known{"ONVOXIMPLANTCALLSTART", ""},
    Known{"ONCRMQUOTE", ""},
    Known{"ONCRMINVOICE", ""},
    Known{"ONCRMPRODUCT", ""},
    Known{"ONTASKCOMMENT", ""},
    Known{"ONAPPTEST", ""},
};

std::string Upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

bool Is(const FormField& field, std::initializer_list<std::string_view> path) {
  return field.path.size() == path.size() && std::equal(path.begin(), path.end(), field.path.begin());
}

}  // namespace

Hook ReadHook(std::span<const FormField> fields) {
  Hook hook;
  std::string sent, id, after, activity, type;
  for (const FormField& field : fields) {
    if (Is(field, {"event"})) sent = field.value;
    if (Is(field, {"auth", "application_token"})) hook.token = field.value;
    if (Is(field, {"data", "FIELDS", "ID"}) || Is(field, {"data", "ID"})) id = field.value;
    if (Is(field, {"data", "FIELDS_BEFORE", "ID"}) && id.empty()) id = field.value;
    if (Is(field, {"data", "FIELDS_AFTER", "ID"})) after = field.value;
    if (Is(field, {"data", "CRM_ACTIVITY_ID"})) activity = field.value;
    if (Is(field, {"data", "FIELDS", "ENTITY_TYPE_ID"})) type = field.value;
  }
  if (IsHintId(after)) id = after;
  const std::string name = Upper(sent);
  const auto add = [&](std::string_view entity, const std::string& card) {
    if (IsHintId(card)) hook.hints.push_back({std::string(entity), card});
  };
  for (const Known& known : kCards) {
    if (!name.starts_with(known.begin)) continue;
    const std::string_view action = std::string_view(name).substr(known.begin.size());
    const bool moved = known.entity == "deal" && action == "MOVETOCATEGORY";
    if (!moved && std::find(kActions.begin(), kActions.end(), action) == kActions.end()) continue;
    add(known.entity, id);
    return hook;
  }
  if (name.starts_with("ONCRMDYNAMICITEM")) {
    if (IsHintId(type)) add("item:" + type, id);
    return hook;
  }
  if (name == "ONVOXIMPLANTCALLEND") {
    add("activity", activity);
    return hook;
  }
  // ONCRMDEALUSERFIELDADD, ONCRMLEADUSERFIELDSETENUMVALUES …
  if (name.starts_with("ONCRM") && name.find("USERFIELD") != std::string::npos) {
    hook.hints.push_back({"dictionaries", ""});
    return hook;
  }
  for (const Known& known : kOthers) {
    if (!name.starts_with(known.begin)) continue;
    if (!known.entity.empty()) hook.hints.push_back({std::string(known.entity), ""});
    return hook;
  }
  hook.unknown.push_back(sent.substr(0, 100));
  return hook;
}

}  // namespace svodka::crm::bitrix24
