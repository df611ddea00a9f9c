#include "emulator/company/staff.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace svodka::emulator {
namespace {

constexpr uint16_t kRoot = 1, kSales = 3, kMoscow = 5, kKazan = 7, kPartners = 9, kMaking = 11,
                   kAccounts = 13, kMarketing = 15;

enum class Role { kDirector, kHead, kSeller, kMaker, kAccountant, kMarketer, kRobot };
struct Person {
  std::string_view first, last, second, position;
  uint16_t department;
  Role role;
};
// The first ten are in every company; further people join as it grows.
constexpr std::array<Person, 30> kPeople = {{
    {"Александр", "Перегородкин", "Сергеевич", "Генеральный директор", kRoot, Role::kDirector},
    {"Сайт", "", "", "Технический аккаунт", kMarketing, Role::kRobot},
    {"Ольга", "Щербакова", "Викторовна", "Маркетолог", kMarketing, Role::kMarketer},
    {"Наталья", "Ефимова", "Павловна", "Главный бухгалтер", kAccounts, Role::kAccountant},
    {"Руслан", "Галиев", "Маратович", "Руководитель отдела продаж", kSales, Role::kHead},
    {"Ирина", "Соколова", "Андреевна", "Старший менеджер", kMoscow, Role::kSeller},
    {"Дмитрий", "Орлов", "Игоревич", "Менеджер по продажам", kMoscow, Role::kSeller},
    {"Гульнара", "Сафина", "Рашидовна", "Руководитель группы", kKazan, Role::kSeller},
    {"Павел", "Никитин", "Олегович", "Начальник производства", kMaking, Role::kMaker},
    {"Артём", "Волков", "Сергеевич", "Менеджер по продажам", kKazan, Role::kSeller},
    {"Елена", "Морозова", "Юрьевна", "Менеджер по партнёрам", kPartners, Role::kSeller},
    {"Максим", "Зайцев", "Николаевич", "Менеджер по продажам", kMoscow, Role::kSeller},
    {"Тимур", "Хасанов", "Рашидович", "Менеджер по продажам", kKazan, Role::kSeller},
    {"Юлия", "Белова", "Михайловна", "Координатор производства", kMaking, Role::kMaker},
    {"Анна", "Лебедева", "Петровна", "Менеджер по продажам", kMoscow, Role::kSeller},
    {"Олег", "Тарасов", "Викторович", "Менеджер по партнёрам", kPartners, Role::kSeller},
    {"Светлана", "Комарова", "Ивановна", "Менеджер по продажам", kMoscow, Role::kSeller},
    {"Ильдар", "Каримов", "Маратович", "Менеджер по продажам", kKazan, Role::kSeller},
    {"Виктор", "Жуков", "Алексеевич", "Логист", kMaking, Role::kMaker},
    {"Дарья", "Фёдорова", "Игоревна", "Менеджер по продажам", kMoscow, Role::kSeller},
    {"Роман", "Дьяков", "Павлович", "Менеджер по продажам", kMoscow, Role::kSeller},
    {"Лилия", "Галиева", "Рашидовна", "Менеджер по продажам", kKazan, Role::kSeller},
    {"Николай", "Егоров", "Сергеевич", "Инженер ПТО", kMaking, Role::kMaker},
    {"Мария", "Богданова", "Олеговна", "Менеджер по партнёрам", kPartners, Role::kSeller},
    {"Евгений", "Виноградов", "Юрьевич", "Менеджер по продажам", kMoscow, Role::kSeller},
    {"Полина", "Голубева", "Андреевна", "Менеджер по продажам", kKazan, Role::kSeller},
    {"Денис", "Макаров", "Викторович", "Менеджер по продажам", kMoscow, Role::kSeller},
    {"Вера", "Андреева", "Николаевна", "Менеджер по продажам", kKazan, Role::kSeller},
    {"Фёдор", "Беляев", "Михайлович", "Менеджер по партнёрам", kPartners, Role::kSeller},
    {"Ксения", "Д'Арк", "Ивановна", "Менеджер по продажам", kMoscow, Role::kSeller},
}};

constexpr uint16_t kDirectorId = 1, kRobotId = 2, kMarketerId = 3, kAccountantId = 4, kBurningOutId = 7,
                   kDismissedId = 10;

}  // namespace

uint16_t DirectorId() { return kDirectorId; }
uint16_t RobotId() { return kRobotId; }
uint16_t MarketerId() { return kMarketerId; }
uint16_t AccountantId() { return kAccountantId; }
uint16_t BurningOutId() { return kBurningOutId; }

void HireStaff(Company& company, Random& random) {
  company.departments = {{kRoot, "Перегородкин", 0, kDirectorId, 100},
                         {kSales, "Отдел продаж", kRoot, 5, 200},
                         {kMoscow, "Продажи Москва", kSales, 6, 210},
                         {kKazan, "Продажи Казань", kSales, 8, 220},
                         {kPartners, "Партнёрский отдел", kSales, 0, 230},
                         {kMaking, "Производство и поддержка", kRoot, 9, 300},
                         {kAccounts, "Бухгалтерия", kRoot, kAccountantId, 400},
                         {kMarketing, "Маркетинг", kRoot, kMarketerId, 500}};
  const auto count = static_cast<size_t>(std::clamp<int64_t>(10 + company.options.deals / 1500, 10, 30));
  const Second before = company.start - 30 * kDaySeconds;
  for (size_t i = 0; i < count; ++i) {
    const Person& person = kPeople[i];
    Employee employee;
    employee.id = static_cast<uint16_t>(i + 1);
    employee.name = person.first;
    employee.last_name = person.last;
    employee.second_name = person.second;
    employee.position = person.position;
    employee.email = "user" + std::to_string(i + 1) + "@peregorodkin.example";
    employee.department = person.department;
    employee.hired = before;
    employee.skill = std::clamp(1.0 + 0.28 * random.Normal(), 0.5, 1.6);
    employee.pace = std::clamp(1.0 + 0.25 * random.Normal(), 0.6, 1.7);
    employee.price = std::clamp(random.LogNormal(1.0, 0.25), 0.6, 1.8);
    employee.load = std::clamp(1.0 + 0.35 * random.Normal(), 0.4, 1.9);
    switch (person.role) {
      case Role::kDirector:
        employee.sells = true, employee.load = 0.08, employee.price = 2.4, employee.skill = 1.5;
        break;
      case Role::kHead:
        employee.sells = true, employee.load = 0.35, employee.skill = 1.45, employee.price = 1.5;
        break;
      case Role::kSeller:
        employee.sells = employee.takes_leads = true;
        break;
      case Role::kMaker:
        employee.produces = true;
        break;
      case Role::kAccountant:
        employee.sells = true, employee.load = 0.05, employee.skill = 0.9;
        break;
      case Role::kMarketer:
        break;
      case Role::kRobot:
        employee.technical = true;
        break;
    }
    if (i >= 10 && random.Chance(0.5)) {  // joined along the way
      employee.hired =
          company.start + static_cast<Second>(random.Unit() * 0.7 * (company.now - company.start));
    }
    company.employees.push_back(std::move(employee));
  }
  Employee& dismissed = company.employees[kDismissedId - 1];
  dismissed.dismissed =
      AtLocal(LocalDay(company.start + static_cast<Second>(0.62 * (company.now - company.start))), 18 * 3600);
  company.employees[kBurningOutId - 1].skill = 1.35;
  company.employees[5].second_department = kPartners;
  if (count > 16) company.employees[16].dismissed = AtLocal(LocalDay(company.now) - 75, 18 * 3600);
}

Shape ShapeAt(const Company& company, const Employee& employee, Second moment) {
  Shape shape;
  if (employee.id != kBurningOutId || company.now < moment) return shape;
  const int32_t days_ago = LocalDay(company.now) - LocalDay(moment);
  if (days_ago < 210 && days_ago >= 120) return Shape{1.9, 1.4, 1.8};
  if (days_ago < 120) return Shape{0.55, 0.45, 0.35};
  return shape;
}

uint16_t PickEmployee(const Company& company, Duty duty, Second moment, Random& random) {
  std::array<double, kPeople.size()> weights{};
  bool any = false;
  for (size_t i = 0; i < company.employees.size(); ++i) {
    const Employee& employee = company.employees[i];
    const bool fits = duty == Duty::kLeads   ? employee.takes_leads
                      : duty == Duty::kSales ? employee.sells
                                             : employee.produces;
    if (!fits || !WorksAt(employee, moment)) continue;
    weights[i] = employee.load * ShapeAt(company, employee, moment).load;
    any = true;
  }
  if (!any) return kDirectorId;
  return static_cast<uint16_t>(random.Weighted(std::span(weights.data(), company.employees.size())) + 1);
}

}  // namespace svodka::emulator
