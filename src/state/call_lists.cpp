#include "state/call_lists.hpp"

namespace svodka::state {

Result<std::vector<CallListStore::CallList>> CallListStore::List(std::string_view portal) const {
  return Guard([&] {
    std::vector<CallList> lists;
    for (const Row& row :
         database_.Run("SELECT list_id, calls FROM call_list WHERE portal_id = ? ORDER BY list_id",
                       {std::string(portal)}))
      lists.push_back({row.Text(0), row.Text(1)});
    return lists;
  });
}

Status CallListStore::Replace(std::string_view portal, const std::vector<CallList>& lists) {
  return GuardAction([&] {
    database_.InTransaction([&] {
      database_.Run("DELETE FROM call_list WHERE portal_id = ?", {std::string(portal)});
      for (const CallList& list : lists)
        database_.Run("INSERT INTO call_list (portal_id, list_id, calls) VALUES (?, ?, ?)",
                      {std::string(portal), list.id, list.calls});
    });
  });
}

}  // namespace svodka::state
