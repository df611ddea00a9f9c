#pragma once

#include <vector>

#include "emulator/company/model.hpp"
#include "emulator/company/random.hpp"

namespace svodka::emulator {

/// Lets a company live on: new leads and deals, stage moves, wins and losses, calls, comments, steps done.
/// The same number of minutes from the same company gives the same future, however it is cut into pieces of
/// whole minutes.
class Living {
 public:
  explicit Living(Company& company);
  void Advance(int64_t minutes);
  /// As Advance, but second by second and as busy as `bustle` ordinary working hours at once, whatever the
  /// hour and the day: for demonstrations, where a reader wants to see the report live while its clock stays
  /// the wall clock's.
  void Bustle(int64_t seconds, double bustle);

 private:
  /// What happens at the present moment, by the share of an average day's business that falls on it.
  void Happen(double weight);
  void NewLead();
  void NewDeal(uint32_t lead);
  void MoveLead();
  void MoveDeal();
  void Act();
  void FinishStep();
  /// A random card of the list that still stands in a working stage; 0: none found.
  uint32_t PickOpen(std::vector<uint32_t>& cards, bool leads);

  Company& company_;
  Random random_;
  std::vector<uint32_t> open_leads_, open_deals_, open_steps_;
  double leads_per_weight_ = 0, deals_per_weight_ = 0;
};

}  // namespace svodka::emulator
