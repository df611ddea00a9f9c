#include "emulator/amocrm/setup.hpp"

#include <array>
#include <optional>

#include "emulator/company/catalog.hpp"
#include "emulator/company/random.hpp"
#include "emulator/company/staff.hpp"

namespace svodka::emulator::amocrm {
namespace {

constexpr std::array kPipelines = {
    AmoPipeline{7000001, "Лиды", 1, false, false},
    AmoPipeline{7000003, "Основные продажи", 2, true, false},
    AmoPipeline{7000005, "Повторные продажи", 3, false, false},
    AmoPipeline{7000007, "Производство и отгрузка", 4, false, false},
    AmoPipeline{7000009, "Продажи (старая)", 5, false, true},
};
constexpr std::array<std::string_view, 8> kColors = {"#fffeb2", "#ffdc7f", "#98cbff", "#ccc8f9",
                                                     "#ffc8c8", "#deff81", "#f9deff", "#e6e8ea"};

std::span<const Stage> StagesOfPipeline(uint8_t pipeline) {
  if (pipeline == kLeadsPipeline) return LeadStages();
  const uint8_t category = pipeline == kRepeatPipeline   ? kRepeatSales
                           : pipeline == kMakingPipeline ? kProduction
                                                         : kMainSales;
  const StageRange range = StagesOf(category);
  return DealStages().subspan(range.begin, static_cast<size_t>(range.end - range.begin));
}

StageIndex FirstStage(uint8_t pipeline) {
  if (pipeline == kLeadsPipeline) return 0;
  return static_cast<StageIndex>(StagesOfPipeline(pipeline).data() - DealStages().data());
}

std::vector<Status> MakeStatuses() {
  std::vector<Status> list;
  for (uint8_t pipeline = 0; pipeline < kPipelines.size(); ++pipeline) {
    const uint32_t base = 71000000 + pipeline * 100U;
    list.push_back({base, pipeline, "Неразобранное", 10, "#c1c1c1", true, false, 'P', FirstStage(pipeline),
                    pipeline == kLeadsPipeline});
    const auto stages = StagesOfPipeline(pipeline);
    int sort = 10;
    std::optional<Status> won, lost;
    for (size_t i = 0; i < stages.size(); ++i) {
      const auto stage = static_cast<StageIndex>(FirstStage(pipeline) + i);
      const Stage& one = stages[i];
      if (one.semantic == 'P') {
        sort += 10;
        list.push_back({base + static_cast<uint32_t>(i) + 1, pipeline, std::string(one.name), sort,
                        std::string(kColors[i % kColors.size()]), false, true, 'P', stage});
      } else if (one.semantic == 'S') {
        // The names of the two final stages may be changed in each pipeline.
        const bool renamed = pipeline == kMakingPipeline || pipeline == kLeadsPipeline;
        won = Status{kWon,  pipeline,  renamed ? std::string(one.name) : "Успешно реализовано",
                     10000, "#CCFF66", false,
                     false, 'S',       stage};
      } else if (!lost) {
        lost =
            Status{kLost, pipeline, "Закрыто и не реализовано", 11000, "#D5D8DB", false, false, 'F', stage};
      }
    }
    list.push_back(*won);
    list.push_back(*lost);
  }
  return list;
}

StatusIndex Find(uint8_t pipeline, StageIndex stage) {
  const auto& list = Statuses();
  const char semantic =
      pipeline == kLeadsPipeline ? LeadStages()[stage].semantic : DealStages()[stage].semantic;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i].pipeline != pipeline || list[i].unsorted || list[i].semantic != semantic) continue;
    if (semantic != 'P' || list[i].stage == stage) return static_cast<StatusIndex>(i);
  }
  return 0;
}

}  // namespace

std::span<const AmoPipeline> AmoPipelines() { return kPipelines; }

const std::vector<Status>& Statuses() {
  static const std::vector<Status> list = MakeStatuses();
  return list;
}

std::optional<StatusIndex> FindStatus(uint32_t pipeline, uint32_t status) {
  const auto& list = Statuses();
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i].id == status && kPipelines[list[i].pipeline].id == pipeline)
      return static_cast<StatusIndex>(i);
  }
  return std::nullopt;
}

StatusIndex UnsortedOf(uint8_t pipeline) {
  const auto& list = Statuses();
  size_t i = 0;
  while (list[i].pipeline != pipeline) ++i;
  return static_cast<StatusIndex>(i);
}

StatusIndex StatusOfLead(const Lead& lead, StageIndex stage) {
  static const StageIndex fresh = LeadStage("NEW");
  if (stage == fresh && lead.creator == RobotId()) return UnsortedOf(kLeadsPipeline);
  return Find(kLeadsPipeline, stage);
}

StatusIndex StatusOfDeal(const Company& company, uint32_t id, StageIndex stage) {
  const Deal& deal = company.deals[id - 1];
  const uint8_t category = DealStages()[stage].category;
  if (category == kRepeatSales) return Find(kRepeatPipeline, stage);
  if (category == kProduction) return Find(kMakingPipeline, stage);
  // The pipeline of the first months was put into the archive with what stands in it.
  const bool old =
      deal.created < company.start + (company.options.now - company.start) / 5 && Dice(1, id) % 4 == 0;
  return Find(old ? kOldPipeline : kSalesPipeline, stage);
}

const std::vector<LossReason>& LossReasons() {
  static const std::vector<LossReason> list = [] {
    std::vector<LossReason> made;
    const auto add = [&](std::span<const Stage> stages, int64_t base) {
      for (size_t i = 0; i < stages.size(); ++i) {
        if (stages[i].semantic == 'F')
          made.push_back({base + static_cast<int64_t>(i), std::string(stages[i].name),
                          static_cast<int>(made.size() + 1) * 1000});
      }
    };
    add(LeadStages(), kReasonIds);
    add(DealStages(), kReasonIds + 100);
    return made;
  }();
  return list;
}

int64_t ReasonOfLeadStage(StageIndex stage) {
  return LeadStages()[stage].semantic == 'F' ? kReasonIds + stage : 0;
}

int64_t ReasonOfDealStage(const Company& company, uint32_t id, StageIndex stage) {
  (void)company;
  if (DealStages()[stage].semantic != 'F' || Dice(2, id) % 12 == 0)
    return 0;  // some are closed without a word
  return kReasonIds + 100 + stage;
}

int64_t ActorId(uint16_t employee) { return employee == RobotId() || employee == 0 ? 0 : UserId(employee); }

uint16_t EmployeeOf(const Company& company, int64_t user) {
  const int64_t id = user - kUserIds;
  return id >= 1 && id <= static_cast<int64_t>(company.employees.size()) ? static_cast<uint16_t>(id)
                                                                         : uint16_t{0};
}

int64_t GroupId(const Employee& employee) {
  return employee.department <= 1 ? 0 : kGroupIds + employee.department;
}

int64_t GroupOf(const Company& company, uint16_t employee) {
  return employee >= 1 && employee <= company.employees.size() ? GroupId(company.employee(employee)) : 0;
}

Rights RightsOf(const Company& company, const Employee& employee) {
  (void)company;
  if (employee.id == DirectorId() || employee.technical) return {.admin = true};
  if (employee.id == 5 || employee.id == MarketerId()) return {.remove = 'D', .role = 1};
  if (employee.produces)
    return {.view = 'A', .edit = 'G', .add = 'D', .remove = 'D', .export_ = 'D', .role = 3};
  if (employee.id % 3 == 0)
    return {.view = 'G',
            .edit = 'M',
            .add = 'A',
            .remove = 'D',
            .export_ = 'D',
            .no_production = true,
            .role = 2};
  return {.view = 'M', .edit = 'M', .add = 'A', .remove = 'D', .export_ = 'D', .role = 2};
}

std::span<const RoleEntry> Roles() {
  static constexpr std::array kRoles = {RoleEntry{kRoleIds + 1, "Руководитель"},
                                        RoleEntry{kRoleIds + 2, "Менеджер"},
                                        RoleEntry{kRoleIds + 3, "Производство"}};
  return kRoles;
}

std::span<const TaskType> TaskTypes() {
  static constexpr std::array kTypes = {TaskType{1, "Связаться", "FOLLOW_UP"},
                                        TaskType{2, "Встреча", "MEETING"}, TaskType{2041, "Поручение", ""}};
  return kTypes;
}

int64_t TaskTypeOf(ActionKind kind) {
  switch (kind) {
    case ActionKind::kMeeting:
      return 2;
    case ActionKind::kTask:
      return 2041;
    case ActionKind::kCall:
    case ActionKind::kEmail:
    case ActionKind::kTodo:
    case ActionKind::kMessage:
      break;
  }
  return 1;
}

uint64_t Dice(uint32_t salt, uint64_t id) { return Mix(0xA30000ULL + salt, id) >> 8; }

}  // namespace svodka::emulator::amocrm
