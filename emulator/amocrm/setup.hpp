#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "emulator/company/model.hpp"

/// What the account has set up: the company's own dictionaries under amoCRM's ids. amoCRM has no lead entity:
/// the company's leads are cards of the pipeline «Лиды» (those that the site brings stand in its unsorted
/// stage), and a deal that came from a lead is the same card further on.
namespace svodka::emulator::amocrm {

inline constexpr int64_t kAccountId = 31000001;
inline constexpr int64_t kLeadIds = 20000000, kContactIds = 40000000, kCompanyIds = 60000000,
                         kCustomerIds = 80000000, kTaskIds = 100000000, kNoteIds = 200000000,
                         kElementIds = 1000000, kUserIds = 3000000, kGroupIds = 600000, kRoleIds = 650000,
                         kSourceIds = 9000, kReasonIds = 15000, kTagIds = 17000;
inline constexpr int64_t kProductsCatalog = 4511, kInvoicesCatalog = 4517;
inline constexpr uint32_t kWon = 142, kLost = 143;

/// Index in Pipelines().
inline constexpr uint8_t kLeadsPipeline = 0, kSalesPipeline = 1, kRepeatPipeline = 2, kMakingPipeline = 3,
                         kOldPipeline = 4;

struct AmoPipeline {
  uint32_t id;
  std::string_view name;
  int sort;
  bool main, archived;
};
std::span<const AmoPipeline> AmoPipelines();

using StatusIndex = uint8_t;
struct Status {
  uint32_t id;
  uint8_t pipeline;  ///< index
  std::string name;
  int sort;
  std::string color;
  bool unsorted, editable;
  char semantic;     ///< P, S, F
  StageIndex stage;  ///< of the company; of 142 the success, of 143 the first failure
  bool has_stage = true;
};
/// Pipeline after pipeline, by sort.
const std::vector<Status>& Statuses();
/// Unknown pair: nothing.
std::optional<StatusIndex> FindStatus(uint32_t pipeline, uint32_t status);
/// Unsorted stage of a pipeline; the first working stage after it.
StatusIndex UnsortedOf(uint8_t pipeline);

StatusIndex StatusOfLead(const Lead& lead, StageIndex stage);
StatusIndex StatusOfDeal(const Company& company, uint32_t deal, StageIndex stage);

/// A failure of the company is 143 with a reason. 0: none was given.
struct LossReason {
  int64_t id;
  std::string name;
  int sort;
};
const std::vector<LossReason>& LossReasons();
/// Id of the reason of a failed stage; 0 for other stages.
int64_t ReasonOfLeadStage(StageIndex stage);
int64_t ReasonOfDealStage(const Company& company, uint32_t deal, StageIndex stage);

inline int64_t UserId(uint16_t employee) { return kUserIds + employee; }
/// Who did it; the robot is 0.
int64_t ActorId(uint16_t employee);
/// The employee of a user id, 0 for none.
uint16_t EmployeeOf(const Company& company, int64_t user);
/// 0: the default group.
int64_t GroupId(const Employee& employee);
int64_t GroupOf(const Company& company, uint16_t employee);

/// A, G, M, D as the account keeps them.
struct Rights {
  char view = 'A', edit = 'A', add = 'A', remove = 'A', export_ = 'A';
  bool admin = false;
  bool no_production = false;  ///< D on every stage of the production pipeline
  int role = 0;                ///< index in Roles() + 1; 0 none
};
Rights RightsOf(const Company& company, const Employee& employee);
struct RoleEntry {
  int64_t id;
  std::string_view name;
};
std::span<const RoleEntry> Roles();

struct TaskType {
  int64_t id;
  std::string_view name, code;
};
std::span<const TaskType> TaskTypes();
int64_t TaskTypeOf(ActionKind kind);

/// Deterministic chance of a thing by its id.
uint64_t Dice(uint32_t salt, uint64_t id);

}  // namespace svodka::emulator::amocrm
