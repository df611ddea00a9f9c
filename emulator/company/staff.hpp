#pragma once

#include <vector>

#include "emulator/company/model.hpp"
#include "emulator/company/random.hpp"

namespace svodka::emulator {

/// A person the API never lists (an integrator), yet rows point at: readers must keep a placeholder.
inline constexpr uint16_t kUnlistedUser = 900;

/// Departments and 8–30 employees, more of them in a bigger company: a director, heads, sellers of different
/// skill in Moscow, Kazan and the partners' department, production, accounting that sometimes sells, a
/// marketer, a technical account that brings the site's leads, one seller dismissed and one who burns out.
void HireStaff(Company& company, Random& random);

uint16_t DirectorId();
uint16_t RobotId();
uint16_t MarketerId();
uint16_t AccountantId();
uint16_t BurningOutId();

/// How hard an employee works and how well they sell at a moment: 1 = as usual. The one who burns out has
/// three record months, then falls.
struct Shape {
  double load = 1.0, luck = 1.0, diligence = 1.0;
};
Shape ShapeAt(const Company& company, const Employee& employee, Second moment);
inline bool WorksAt(const Employee& employee, Second moment) {
  return employee.hired <= moment && (employee.dismissed == 0 || moment < employee.dismissed);
}

enum class Duty { kLeads, kSales, kMaking };
/// An employee of that duty who works at that moment, by load. There is always one.
uint16_t PickEmployee(const Company& company, Duty duty, Second moment, Random& random);

}  // namespace svodka::emulator
