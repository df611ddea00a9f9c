#include "state/views.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "state/vault.hpp"

namespace svodka::state {
namespace {

Diagnostic UnknownView(std::string_view id) {
  return {"unknown_view", "there is no such view; it may have been deleted", std::string(id), {}};
}

Status CheckView(const SavedView& view) {
  if (Trim(view.name).empty() || view.name.size() > kViewNameMax) {
    return Diagnostic{
        "bad_view", "a view has a name of at most " + std::to_string(kViewNameMax) + " bytes", "name", {}};
  }
  if (view.address.size() > kViewAddressMax) {
    return Diagnostic{"bad_view",
                      "a view's address has at most " + std::to_string(kViewAddressMax) +
                          " bytes, this one " + std::to_string(view.address.size()),
                      "address",
                      {}};
  }
  return Done{};
}

}  // namespace

Result<std::vector<SavedView>> ViewStore::List(const ViewPlace& place) const {
  return Guard([&] {
    std::vector<SavedView> views;
    for (const Row& row :
         database_.Run("SELECT id, name, address, is_default FROM saved_view WHERE user_id = ? "
                       "AND portal_id = ? AND report = ? ORDER BY name, id",
                       {place.user, place.portal, place.report})) {
      views.push_back({row.Text(0), row.Text(1), row.Text(2), row.Integer(3) != 0});
    }
    return views;
  });
}

Result<SavedView> ViewStore::Find(const ViewPlace& place, std::string_view id) const {
  auto views = List(place);
  if (!views.ok()) return views.errors();
  for (SavedView& view : *views) {
    if (view.id == id) return std::move(view);
  }
  return UnknownView(id);
}

Status ViewStore::Write(const ViewPlace& place, const SavedView& view, bool is_new) {
  if (Status checked = CheckView(view); !checked.ok()) return checked;
  auto views = List(place);
  if (!views.ok()) return views.errors();
  if (is_new && views->size() >= kViewsMax) {
    return Diagnostic{
        "bad_view", "a report has at most " + std::to_string(kViewsMax) + " views; delete one", "", {}};
  }
  for (const SavedView& other : *views) {
    if (other.id != view.id && other.name == view.name)
      return Diagnostic{
          "view_exists", "there is a view '" + view.name + "' already; choose another name", "name", {}};
  }
  return GuardAction([&] {
    database_.InTransaction([&] {
      if (view.is_default) {
        database_.Run(
            "UPDATE saved_view SET is_default = 0 WHERE user_id = ? AND portal_id = ? AND report = ?",
            {place.user, place.portal, place.report});
      }
      const int64_t now = clock_.Now().time_since_epoch().count();
      database_.Run(
          "INSERT INTO saved_view (id, user_id, portal_id, report, name, address, is_default, changed_at) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
          "address = excluded.address, is_default = excluded.is_default, changed_at = excluded.changed_at",
          {view.id, place.user, place.portal, place.report, view.name, view.address,
           int64_t{view.is_default ? 1 : 0}, now});
    });
  });
}

Result<SavedView> ViewStore::Add(const ViewPlace& place, const ViewChange& view) {
  SavedView added{RandomToken().substr(0, 16), std::string(Trim(view.name.value_or(""))),
                  view.address.value_or(""), view.is_default.value_or(false)};
  if (Status written = Write(place, added, true); !written.ok()) return written.errors();
  return added;
}

Result<SavedView> ViewStore::Change(const ViewPlace& place, std::string_view id, const ViewChange& change) {
  auto view = Find(place, id);
  if (!view.ok()) return view.errors();
  if (change.name) view->name = std::string(Trim(*change.name));
  if (change.address) view->address = *change.address;
  if (change.is_default) view->is_default = *change.is_default;
  if (Status written = Write(place, *view, false); !written.ok()) return written.errors();
  return view;
}

Status ViewStore::Remove(const ViewPlace& place, std::string_view id) {
  auto view = Find(place, id);
  if (!view.ok()) return view.errors();
  return GuardAction([&] { database_.Run("DELETE FROM saved_view WHERE id = ?", {view->id}); });
}

}  // namespace svodka::state
