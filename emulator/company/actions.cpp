#include <algorithm>
#include <array>

#include "emulator/company/cards.hpp"
#include "emulator/company/generate.hpp"
#include "emulator/company/staff.hpp"

namespace svodka::emulator {
namespace {

enum class Deed {
  kCallOut,
  kCallIn,
  kMissed,
  kMailOut,
  kMailIn,
  kMeeting,
  kTodo,
  kTask,
  kMessage,
  kRobotMail
};
constexpr std::array<double, 10> kDeeds = {37, 13, 5, 14, 8, 6, 7, 4, 3, 3};

/// One thing done at a moment. False: it has not happened yet.
bool FillDeed(Action& action, Deed deed, Second at, Second now, Random& random) {
  action.created = action.start = action.end = action.modified = at;
  action.completed = true;
  const auto lasting = [&](double median, double sigma, int64_t most) {
    action.end = at + static_cast<Second>(std::clamp<int64_t>(
                          static_cast<int64_t>(random.LogNormal(median, sigma)), 3, most));
    action.modified = action.end;
  };
  switch (deed) {
    case Deed::kCallOut:
      action.kind = ActionKind::kCall;
      if (random.Chance(0.8)) lasting(85, 1.1, 3600);
      break;
    case Deed::kCallIn:
      action.kind = ActionKind::kCall;
      action.incoming = true;
      lasting(110, 1.0, 3600);
      break;
    case Deed::kMissed:
      action.kind = ActionKind::kCall;
      action.incoming = action.missed = true;
      break;
    case Deed::kMailOut:
      action.kind = ActionKind::kEmail;
      break;
    case Deed::kMailIn:
      action.kind = ActionKind::kEmail;
      action.incoming = true;
      break;
    case Deed::kRobotMail:
      action.kind = ActionKind::kEmail;
      action.automatic = true;
      action.author = RobotId();
      break;
    case Deed::kMessage:
      action.kind = ActionKind::kMessage;
      action.incoming = random.Chance(0.6);
      lasting(900, 0.8, 7200);
      break;
    case Deed::kMeeting:
    case Deed::kTodo:
    case Deed::kTask: {
      // Planned some days before, done about the deadline.
      action.kind = deed == Deed::kMeeting ? ActionKind::kMeeting
                    : deed == Deed::kTodo  ? ActionKind::kTodo
                                           : ActionKind::kTask;
      action.deadline = ToWorkingTime(at + static_cast<Second>(random.LogNormal(2, 0.7) * kDaySeconds));
      action.start = action.deadline;
      action.end = action.deadline + (deed == Deed::kMeeting ? 3600U : 0U);
      const Second done = std::max(at + 60, action.end + static_cast<Second>(random.Between(-7200, 20000)));
      action.completed = done <= now && (deed != Deed::kMeeting || action.end <= now);
      if (action.completed) action.modified = deed == Deed::kMeeting ? std::max(done, action.end) : done;
      if (action.completed && action.modified > now) action.modified = now;
      if (action.completed && deed != Deed::kMeeting) action.end = action.modified;
      break;
    }
  }
  return action.end <= now || !action.completed;
}

}  // namespace

void TakeCare(Company& company, const Care& care, Random& random) {
  if (care.to <= care.from) return;
  const auto span = static_cast<double>(care.to - care.from);
  Action pattern;
  pattern.card_type = care.type;
  pattern.card = care.card;
  pattern.client_type = care.client_type;
  pattern.client = care.client;
  pattern.author = pattern.responsible = care.responsible;
  const int actions = random.Poisson(care.actions);
  for (int i = 0; i < actions; ++i) {
    Action action = pattern;
    const Second at = ToWorkingTime(care.from + static_cast<Second>(random.Unit() * span));
    if (at > company.now) continue;
    const auto deed = static_cast<Deed>(random.Weighted(kDeeds));
    if (!FillDeed(action, deed, at, company.now, random)) continue;
    if (random.Chance(0.0005)) action.author = kUnlistedUser;
    AddAction(company, action, false);
  }
  const int comments = random.Poisson(care.comments);
  for (int i = 0; i < comments; ++i) {
    const Second at = ToWorkingTime(care.from + static_cast<Second>(random.Unit() * span));
    if (at > company.now) continue;
    AddComment(company, Comment{at, care.card, 0, care.responsible, care.type}, false);
  }
  if (care.open && random.Chance(0.6)) {  // the next step
    Action action = pattern;
    const Second earliest = std::max(care.from, company.now - 6 * kDaySeconds);
    action.created = earliest + static_cast<Second>(random.Unit() * (company.now - earliest));
    const double kind = random.Unit();
    action.kind = kind < 0.75 ? ActionKind::kTodo : kind < 0.85 ? ActionKind::kMeeting : ActionKind::kTask;
    action.deadline =
        ToWorkingTime(company.now + static_cast<Second>(random.Between(-2 * kDaySeconds, 9 * kDaySeconds)));
    if (action.deadline <= action.created) action.deadline = ToWorkingTime(action.created + kDaySeconds);
    action.start = action.end = action.deadline;
    action.modified = action.created;
    AddAction(company, action, false);
  }
}

}  // namespace svodka::emulator
