#pragma once

#include "emulator/company/model.hpp"

/// What happens to a card in the CRM, with all that follows from it: the one place where stages change, used
/// by the generator, by the living company and by the API's writes.
namespace svodka::emulator {

/// Puts a new deal onto its first stage, or moves it. Writes the history row of the right kind (1 created, 2
/// to a working stage, 3 to a final one, 5 other pipeline), DATE_MODIFY, MOVED_TIME, MOVED_BY, and the truth:
/// closed, won, seller. `link`: keep the card's chain of events (not while generating, when events are sorted
/// afterwards).
void EnterDealStage(Company& company, uint32_t deal, StageIndex stage, Second at, uint16_t mover,
                    bool created, bool link);
void EnterLeadStage(Company& company, uint32_t lead, StageIndex stage, Second at, uint16_t mover,
                    bool created, bool link);

/// Hands a deal to another employee and notes who had it before. Leaves the moment of modification alone.
void GiveDeal(Company& company, uint32_t deal, uint16_t owner, Second at, uint16_t by);

/// Appends an activity; its moment becomes the last activity of its cards. With `link`, it is chained to its
/// card and gets its task or telephony record. Returns its id.
uint32_t AddAction(Company& company, const Action& action, bool link);
uint32_t AddComment(Company& company, const Comment& comment, bool link);

/// Sorts what the generator wrote card by card into the order of time, gives tasks and telephony records,
/// sets the chains.
void SettleHistory(Company& company);

/// Notes that a row changed.
void Touched(Company& company, Touch::What what, uint32_t id);

/// A stage as it was at a moment, with what an administrator had changed by then.
StageEdit StageAt(const Company& company, bool deal, StageIndex stage, Second at);

/// As the company takes its stages, whatever an administrator has changed since.
char DealSemantic(const Deal& deal);
char LeadSemantic(const Lead& lead);
uint8_t DealCategory(const Deal& deal);

}  // namespace svodka::emulator
