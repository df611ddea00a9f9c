#include "crm/files/call_headers.hpp"

#include <algorithm>
#include <array>

namespace svodka::crm::files {
namespace {

struct Name {
  std::string_view header, field;
  bool certain = true;
  int weight = 0;  ///< for a list of calls
};

constexpr auto kNames = std::to_array<Name>({
    // anybody's
    {"id звонка", "id", true},
    {"call id", "id", true},
    {"ответственный", "user", true},
    {"сотрудник", "user", true},
    {"менеджер", "user", true},
    {"оператор", "user", true},
    {"employee", "user", true},
    {"номер", "phone", false},
    {"абонент", "phone", false},
    {"тип звонка", "direction", true},
    {"вид звонка", "direction", true},
    {"тип", "direction", false},
    {"type", "direction", false},
    {"call type", "direction", true},
    {"дата", "started_at", true},
    {"дата и время", "started_at", true},
    {"дата звонка", "started_at", true},
    {"начало", "started_at", true},
    {"started at", "started_at", true},
    {"date", "started_at", true},
    // an exchange's detail records (Asterisk, FreePBX)
    {"calldate", "started_at", true, 6},
    {"src", "caller", true, 4},
    {"dst", "callee", true, 4},
    {"billsec", "duration", true, 6},
    {"duration", "duration", false},
    {"disposition", "result", true, 6},
    {"source", "caller", false},
    {"destination", "callee", false},
    {"uniqueid", "", true},  // one call has a row for each phone that rang, all with the same id
    {"linkedid", "", true},
    {"clid", "", true},
    // a cloud exchange's export
    {"кто звонил", "caller", true, 6},
    {"кому звонили", "callee", true, 6},
    {"откуда", "caller", true, 3},
    {"куда", "callee", true, 3},
    {"звонящий", "caller", true, 6},
    {"номер звонящего", "caller", true, 6},
    {"вызывающий номер", "caller", true, 6},
    {"вызывающий абонент", "caller", true, 6},
    {"исходящий номер", "caller", true, 4},
    {"от кого", "caller", true, 3},
    {"кому", "callee", false, 3},
    {"набранный номер", "callee", true, 6},
    {"вызываемый номер", "callee", true, 6},
    {"вызываемый абонент", "callee", true, 6},
    {"caller", "caller", true, 4},
    {"callee", "callee", true, 4},
    {"from", "caller", true, 3},
    {"to", "callee", true, 3},
    {"from number", "caller", true, 4},
    {"to number", "callee", true, 4},
    {"caller number", "caller", true, 4},
    {"called number", "callee", true, 4},
    {"тип вызова", "direction", true, 6},
    {"направление вызова", "direction", true, 6},
    {"направление звонка", "direction", true, 6},
    {"дата вызова", "started_at", true, 6},
    {"дата и время вызова", "started_at", true, 6},
    {"дата и время звонка", "started_at", true, 6},
    {"дата, время", "started_at", true},
    {"время начала", "started_at", false},
    {"начало разговора", "started_at", true, 4},
    {"начало звонка", "started_at", true, 4},
    {"start time", "started_at", true},
    {"время разговора", "duration", true, 6},
    {"длительность вызова", "duration", true, 6},
    {"длительность звонка", "duration", true, 6},
    {"длительность соединения", "duration", true, 6},
    {"продолжительность разговора", "duration", true, 6},
    {"talk time", "duration", true, 6},
    {"результат", "result", true, 2},
    {"результат звонка", "result", true, 6},
    {"результат вызова", "result", true, 6},
    {"статус звонка", "result", true, 6},
    {"статус вызова", "result", true, 6},
    {"статус", "result", false},
    {"состояние", "result", false},
    {"status", "result", false},
    {"call status", "result", true, 4},
    {"внутренний номер", "user", false, 3},
    {"добавочный", "user", false, 3},
    {"добавочный номер", "user", false, 3},
    {"extension", "user", false, 3},
    {"agent", "user", true},
    {"внешний номер", "phone", true, 4},
    {"номер клиента", "phone", true, 4},
    {"телефон клиента", "phone", true, 3},
    {"client number", "phone", true, 4},
    // a mobile operator's detail of a bill
    {"абонентский номер", "user", true, 6},
    {"номер абонента", "user", true, 6},
    {"ваш номер", "user", true, 6},
    {"мой номер", "user", true, 6},
    {"номер а", "user", true, 6},
    {"абонент а", "user", true, 6},
    {"номер б", "phone", true, 6},
    {"абонент б", "phone", true, 6},
    {"собеседник", "phone", true, 6},
    {"номер собеседника", "phone", true, 6},
    {"телефон собеседника", "phone", true, 6},
    {"другой номер", "phone", true, 6},
    {"второй номер", "phone", true, 6},
    {"вызываемый/вызывающий номер", "phone", true, 6},
    {"тип услуги", "direction", true, 4},
    {"тип соединения", "direction", true, 6},
    {"вид соединения", "direction", true, 6},
    {"вид связи", "direction", true, 4},
    {"вид услуги", "direction", true, 4},
    {"услуга", "direction", false},
    {"длит.", "duration", true, 5},
    {"объем", "duration", false},
    {"время", "time", true, 1},
    {"время звонка", "time", true, 3},
    {"время вызова", "time", true, 3},
    {"time", "time", true, 1},
});

const Name* Find(std::string_view normal) {
  const auto* found = std::ranges::find(kNames, normal, &Name::header);
  return found == kNames.end() ? nullptr : found;
}

}  // namespace

std::optional<CallHeader> FindCallHeader(std::string_view normal) {
  const Name* name = Find(normal);
  return name == nullptr ? std::nullopt : std::optional(CallHeader{name->field, name->certain});
}

int ScoreCallHeader(std::string_view normal) {
  const Name* name = Find(normal);
  return name == nullptr ? 0 : name->weight;
}

}  // namespace svodka::crm::files
