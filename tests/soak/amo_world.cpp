#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>

#include "crm/http.hpp"
#include "soak/world.hpp"

namespace svodka::soak {
namespace {

constexpr const char* kToken = "token-of-the-soak";

/// A field of a CSV file; nothing is an empty one.
std::string Cell(const json::value* value) {
  if (value == nullptr || value->is_null()) return "";
  std::string text = ScalarText(*value).value_or("");
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

std::string Moment(const json::value* seconds) {
  const auto time = static_cast<time_t>(seconds->to_number<int64_t>());
  tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

/// 0 means nobody.
std::string Link(const json::value* id) {
  const std::string text = Cell(id);
  return text == "0" ? "" : text;
}

class AmoWorld final : public World {
 public:
  explicit AmoWorld(uint64_t seed)
      : emulator_({"--crm", "amocrm", "--token", kToken, "--limits-off", "--deals", "1000", "--today",
                   "2026-03-31", "--seed", std::to_string(seed)}),
        transport_(crm::MakeCurlTransport()) {
    const json::value truth = emulator_.Get("/_truth");
    for (const json::value& id : truth.at("lead_pipelines").as_array())
      lead_pipelines_.insert(ScalarText(id).value());
    for (const json::value& lead : Walk("leads", "leads"))
      leads_.push_back(lead.at("id").to_number<int64_t>());
    began_ = Rows();
  }
  std::string portal() const override { return "amo"; }

  std::vector<std::string> ConnectOptions(const std::string& folder) override {
    const std::string file = folder + "/token";
    std::ofstream(file) << kToken << "\n";
    std::string pipelines;
    for (const std::string& id : lead_pipelines_) pipelines += (pipelines.empty() ? "" : ",") + id;
    return {"amocrm", "--url", Origin(), "--token-file", file, "--lead-pipelines", pipelines};
  }
  void Announce(const std::string& address) override {
    const json::array settings{"add_lead",         "update_lead", "delete_lead", "restore_lead",
                               "status_lead",      "note_lead",   "add_contact", "update_contact",
                               "responsible_lead", "add_task",    "update_task", "delete_task"};
    const json::value answer =
        Ask("webhooks", json::serialize(json::object{{"destination", address}, {"settings", settings}}));
    if (FindMember(answer, "destination") == nullptr) throw std::runtime_error(json::serialize(answer));
  }
  void Disturb(Random& random) override {
    json::object faults;
    for (const char* name : {"rate_429", "rate_403_html", "rate_500_html", "rate_504", "rate_bad_json",
                             "rate_drop", "rate_drift"})
      faults[name] = Chance(random, 40) ? Pick(random, 1, 12) / 100.0 : 0.0;
    faults["filters"] = !Chance(random, 15);
    faults["events_page"] = Chance(random, 30) ? 20 : 100;
    faults["lag_s"] = Chance(random, 30) ? Pick(random, 5, 120) : 0;
    faults["clock_skew_s"] = Chance(random, 20) ? Pick(random, -90, 90) : 0;
    emulator_.Control(faults);
  }
  void Calm() override {
    json::object faults;
    for (const char* name : {"rate_429", "rate_403_html", "rate_500_html", "rate_504", "rate_bad_json",
                             "rate_drop", "rate_drift", "lag_s", "clock_skew_s"})
      faults[name] = 0;
    faults["filters"] = true;
    faults["events_page"] = 100;
    faults["pardon"] = true;
    emulator_.Control(faults);
  }
  void Work(Random& random) override {
    emulator_.Control({{"step_minutes", Pick(random, 30, 1440)}});
    const auto any = [&] { return leads_[random() % leads_.size()]; };
    for (int i = Pick(random, 0, 4); i > 0; --i) {
      ++interfered_;
      const json::object card{{"id", any()}};
      switch (Pick(random, 0, 3)) {
        case 0:
          emulator_.Control({{"delete", card}});
          break;
        case 1:
          emulator_.Control({{"restore", card}});
          break;
        case 2:
          emulator_.Control({{"reopen", card}});
          break;
        default:
          if (const int64_t keep = any(), remove = any(); keep != remove)
            emulator_.Control({{"merge", {{"keep", keep}, {"remove", remove}}}});
      }
    }
  }
  int64_t Happened() override { return Rows() - began_ + interfered_; }

  void WriteRows(const std::string& folder) override {
    std::filesystem::create_directories(folder);
    Unsorted();
    Cards(folder);
    Clients(folder);
    Customers(folder);
    Activities(folder);
    Moves(folder);
  }

  std::vector<SameRows> Tables() const override {
    return {
        // Created is a deal when its card leaves the pipeline of leads: see src/sync/amocrm's tests.
        {"deal", "id, title, pipeline_id, stage_id, amount, owner_id", "deleted_at IS NULL"},
        // A card that went on to be a deal stays the lead that it was.
        {"lead", "id, pipeline_id, stage_id",
         "deleted_at IS NULL AND id NOT IN (SELECT id FROM deal WHERE deleted_at IS NULL)"},
        {"client", "id, kind, name, owner_id, created_at", "deleted_at IS NULL"},
        {"customer",
         "id, name, owner_id, status_id, next_at, next_amount, purchases, purchased_amount, client_id",
         "deleted_at IS NULL"},
        {"activity", "id, doer_id, created_at, deadline_at, completed",
         "id LIKE 'task:%' AND deleted_at IS NULL"},
        {"call", "id, direction, started_at, coalesce(duration_s, 0)"},
        {"stage_event", "id, card_id, stage_id, moved_at", "entity = 'deal'", "TRUE", true},
    };
  }

 private:
  std::string Origin() const { return crm::OriginOf(emulator_.webhook()); }
  json::value Ask(const std::string& target, const std::string& body = "") {
    auto answer = transport_->Send({Origin() + "/api/v4/" + target,
                                    body,
                                    body.empty() ? "" : "application/json",
                                    {std::string("Authorization: Bearer ") + kToken},
                                    false},
                                   {});
    if (!answer.ok()) throw std::runtime_error(ToString(answer.error()));
    if (answer->status == 204) return nullptr;
    return ParseJson(answer->body).value();
  }
  /// Every row of a list, page by page.
  std::vector<json::value> Walk(const std::string& target, const std::string& name) {
    std::vector<json::value> rows;
    for (int page = 1;; ++page) {
      const json::value answer = Ask(target + (target.find('?') == std::string::npos ? "?" : "&") + "limit=" +
                                     (name == "events" ? "100" : "250") + "&page=" + std::to_string(page));
      if (answer.is_null()) return rows;
      for (const json::value& row : answer.at("_embedded").at(name).as_array()) rows.push_back(row);
      if (FindMember(answer.at("_links"), "next") == nullptr) return rows;
    }
  }
  int64_t Rows() {
    int64_t sum = 0;
    const json::value truth = emulator_.Get("/_truth");
    for (const auto& [name, count] : truth.at("rows").as_object()) {
      if (count.is_number()) sum += count.to_number<int64_t>();
    }
    return sum;
  }

  /// Requests that nobody took yet: the list of leads has no such cards.
  void Unsorted() {
    std::map<std::string, std::string> inbox;  // pipeline -> its unsorted status
    const json::value pipelines = Ask("leads/pipelines");
    for (const json::value& pipeline : pipelines.at("_embedded").at("pipelines").as_array()) {
      for (const json::value& status : pipeline.at("_embedded").at("statuses").as_array()) {
        if (FindInteger(status, "type") == 1) inbox[Cell(&pipeline.at("id"))] = Cell(&status.at("id"));
      }
    }
    unsorted_.clear();
    for (const json::value& row : Walk("leads/unsorted", "unsorted")) {
      const std::string pipeline = Cell(&row.at("pipeline_id"));
      for (const json::value& lead : row.at("_embedded").at("leads").as_array())
        unsorted_[Cell(&lead.at("id"))] = pipeline + "," + pipeline + "/" + inbox[pipeline];
    }
  }
  void Cards(const std::string& folder) {
    std::ofstream deals(folder + "/deal.csv"), leads(folder + "/lead.csv");
    deals << "id,title,pipeline_id,stage_id,amount,owner_id\n";
    leads << "id,pipeline_id,stage_id\n";
    alive_.clear();
    for (const json::value& card : Walk("leads?order[id]=asc", "leads")) {
      const std::string id = Cell(&card.at("id")), pipeline = Cell(&card.at("pipeline_id"));
      alive_.insert(id);
      if (unsorted_.contains(id)) continue;
      const std::string place = pipeline + "," + pipeline + "/" + Cell(&card.at("status_id"));
      if (lead_pipelines_.contains(pipeline)) {
        leads << id << "," << place << "\n";
        continue;
      }
      deals << id << "," << Cell(&card.at("name")) << "," << place << "," << Link(&card.at("price")) << ","
            << Link(&card.at("responsible_user_id")) << "\n";
    }
    for (const auto& [id, place] : unsorted_) leads << id << "," << place << "\n";
  }
  void Clients(const std::string& folder) {
    std::ofstream file(folder + "/client.csv");
    file << "id,kind,name,owner_id,created_at\n";
    for (const auto& [list, kind] : {std::pair{"contacts", "contact"}, std::pair{"companies", "company"}}) {
      for (const json::value& row : Walk(std::string(list) + "?order[id]=asc", list)) {
        file << kind << ":" << Cell(&row.at("id")) << "," << kind << "," << Cell(&row.at("name")) << ","
             << Link(&row.at("responsible_user_id")) << "," << Moment(&row.at("created_at")) << "\n";
      }
    }
  }
  void Customers(const std::string& folder) {
    std::ofstream file(folder + "/customer.csv");
    file << "id,name,owner_id,status_id,next_at,next_amount,purchases,purchased_amount,client_id\n";
    for (const json::value& row : Walk("customers?with=contacts", "customers")) {
      file << Cell(&row.at("id")) << "," << Cell(&row.at("name")) << ","
           << Link(&row.at("responsible_user_id")) << "," << Link(&row.at("status_id")) << ","
           << Moment(&row.at("next_date")) << "," << Cell(&row.at("next_price")) << ","
           << Cell(&row.at("purchases_count")) << "," << Cell(&row.at("ltv"))
           << ",contact:" << Cell(&row.at("_embedded").at("contacts").as_array().at(0).at("id")) << "\n";
    }
  }
  void Activities(const std::string& folder) {
    std::ofstream tasks(folder + "/activity.csv"), calls(folder + "/call.csv");
    tasks << "id,doer_id,created_at,deadline_at,completed\n";
    for (const json::value& row : Walk("tasks?order[id]=asc", "tasks")) {
      tasks << "task:" << Cell(&row.at("id")) << "," << Link(&row.at("responsible_user_id")) << ","
            << Moment(&row.at("created_at")) << "," << Moment(&row.at("complete_till")) << ","
            << Cell(&row.at("is_completed")) << "\n";
    }
    calls << "id,direction,started_at,duration_s\n";
    for (const char* entity : {"leads", "contacts", "companies"}) {
      for (const json::value& row : Walk(std::string(entity) + "/notes?order[id]=asc", "notes")) {
        const std::string type = Cell(&row.at("note_type"));
        if (type != "call_in" && type != "call_out") continue;
        calls << "note:" << Cell(&row.at("id")) << "," << type.substr(5) << ","
              << Moment(&row.at("created_at")) << "," << Cell(FindMember(row.at("params"), "duration"))
              << "\n";
      }
    }
  }
  void Moves(const std::string& folder) {
    std::ofstream file(folder + "/stage_event.csv");
    file << "id,card_id,stage_id,moved_at\n";
    for (const json::value& row : Walk("events?filter[type]=lead_status_changed", "events")) {
      const std::string card = Cell(&row.at("entity_id"));
      const json::value& after = row.at("value_after").as_array().at(0).at("lead_status");
      const std::string pipeline = Cell(&after.at("pipeline_id"));
      if (!alive_.contains(card) || lead_pipelines_.contains(pipeline)) continue;
      file << Cell(&row.at("id")) << "," << card << "," << pipeline << "/" << Cell(&after.at("id")) << ","
           << Moment(&row.at("created_at")) << "\n";
    }
  }

  bitrix24_test::EmulatorProcess emulator_;
  std::unique_ptr<crm::HttpTransport> transport_;
  std::set<std::string> lead_pipelines_, alive_;
  std::map<std::string, std::string> unsorted_;
  std::vector<int64_t> leads_;
  int64_t began_ = 0, interfered_ = 0;
};

}  // namespace

std::unique_ptr<World> MakeAmoWorld(uint64_t seed) { return std::make_unique<AmoWorld>(seed); }

}  // namespace svodka::soak
