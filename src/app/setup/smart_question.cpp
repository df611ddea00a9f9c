#include "app/setup/question_rows.hpp"

namespace svodka::app {

Result<Question> AskSmartProcesses(const warehouse::Warehouse& warehouse, const Say& say) {
  Question question;
  question.setting = "smart_processes";
  question.title = say("Какие смарт-процессы считать?", "Which smart processes are counted?");
  question.lead =
      say("Без ответа их элементы не копируются. Выбранные считаются отдельно от сделок.",
          "Without an answer their items are not copied. Chosen ones are counted apart from deals.");
  const auto rows =
      Ask(warehouse,
          "SELECT id, name FROM dictionary WHERE kind = 'smart_type_offered' AND removed_at IS NULL "
          "ORDER BY name, id LIMIT 100");
  if (!rows.ok()) return rows.errors();
  for (const auto& row : *rows) {
    question.options.push_back({CellText(row[0]), CellText(row[1]), "", "", false,
                                say("тип " + CellText(row[0]), "type " + CellText(row[0]))});
  }
  return question;
}

}  // namespace svodka::app
