#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/amocrm/account.hpp"
#include "emulator/amocrm/rows.hpp"

namespace svodka::emulator::amocrm {

/// One request to the API, past its authorization. The caller holds the account's lock: shared for GET,
/// exclusive for everything else.
class Exchange {
 public:
  /// `path`: after `/api/v4/`.
  Exchange(Account& account, const Request& request, std::string_view path, std::string_view query,
           const Switches& switches, uint16_t user);
  /// Throws Problem.
  Response Run();

 private:
  using Ids = std::shared_ptr<const std::vector<uint32_t>>;
  struct Facet {
    const char* name;
    std::function<int64_t(uint32_t)> get;
    bool moment = false;  ///< of the four entities: only a range filters it
  };
  struct Listing {
    uint32_t count = 0;
    std::function<bool(uint32_t)> shown;
    std::vector<Facet> facets;
    std::function<Second(uint32_t)> updated;  ///< of the lag
    bool paid_filters = false;
  };

  // directory.cpp
  Response AccountInfo();
  Response Users();
  Response RolesList();
  Response Pipelines();
  Response LossReasonList();
  Response CustomFields(Kind kind);
  Response Catalogs();
  Response Elements(int64_t catalog);
  Response Sources_();
  Response Tags(Kind kind);
  Response EventTypes();
  Response Currencies_();
  Response Webhooks();
  // lists.cpp
  Response Leads();
  Response Unsorted();
  Response Contacts();
  Response Companies();
  Response Tasks();
  Response Notes(Kind kind, uint32_t of);
  Response Events();
  Response Links(Kind kind);
  // customers.cpp
  Response Customers();
  // writes.cpp
  Response Write();
  Response WriteWebhook(const json::value& body);
  Response WriteClients(Kind kind, json::array items, bool create, bool single);
  /// `dry`: only complains.
  void SetFields(Kind kind, uint32_t id, const json::object& item, json::array& errors, bool dry);
  json::array ReadValues(const json::object& head, const json::value& given, json::array& errors,
                         const std::string& path);
  void SetTags(Kind kind, uint32_t id, const json::object& item);
  Response Written(std::string_view name, json::array rows, bool single);
  // writes_leads.cpp
  Response WriteLeads(json::array items, bool create, bool single);
  Response Complex(json::array items);
  Response NewUnsorted(json::array items);
  Response WriteUnsorted(std::string_view uid, std::string_view what);
  std::optional<StatusIndex> WantedStatus(const json::object& item, uint32_t card, json::array& errors) const;
  void MoveCard(uint32_t card, StatusIndex status, int64_t reason);
  uint32_t NewCard(const json::object& item, StatusIndex status, bool unsorted);
  void ChangeCard(uint32_t card, const json::object& item, bool create);
  // writes_others.cpp
  Response WriteTasks(json::array items, bool create, bool single);
  Response WriteNotes(Kind kind, uint32_t of, json::array items);
  Response WriteCalls(json::array items);
  Response WriteLinks(Kind kind, uint32_t of, const json::array& items, bool unlink);
  Response WriteElements(json::array items, bool create);
  void LinkCard(uint32_t card, std::string_view to, int64_t public_id, bool unlink);
  uint32_t AddCall(CardType type, uint32_t id, bool incoming, const json::object& params, uint16_t by);
  Second Tick();

  bool MaySee(uint32_t card) const;
  bool MaySeeOwner(uint16_t owner) const;
  Query Parse(int most = 250, int otherwise = 50) const;
  Style Style_(const Query& query) const;
  std::vector<uint32_t> Select(const Query& query, const Listing& listing,
                               const std::function<bool(uint32_t)>& more);
  Ids Remembered(const Query& query, const std::function<std::vector<uint32_t>()>& make);
  Response PageOf(const Query& query, std::string_view name, const std::vector<uint32_t>& ids,
                  const std::function<json::object(uint32_t)>& row);
  /// A small dictionary: all of it, with `_total_items`.
  Response Whole(std::string_view name, json::array rows);
  Response Hal(int status, const json::value& body);
  /// The number that a path part is, minus a base and within 1..count; 0: none.
  static uint32_t Place(std::string_view text, int64_t base, size_t count);
  const Company& company() const { return account_.company_; }
  View& view() { return account_.view_; }
  const View& view() const { return account_.view_; }

  Account& account_;
  const Request& request_;
  std::string path_;
  std::string_view query_;
  std::vector<std::string_view> parts_;
  Switches switches_;
  uint16_t user_;
  bool admin_;
  std::string origin_;
};

Response Empty();
Response Html(int status, std::string_view title);
Response Refusal(const Problem& problem);
std::string HostOf(const Request& request);

}  // namespace svodka::emulator::amocrm
