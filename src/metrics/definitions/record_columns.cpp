#include "metrics/definitions/record_columns.hpp"

namespace svodka::metrics {

const std::vector<RecordColumn>& RecordColumnList() {
  using Kind = RecordColumnKind;
  static const std::vector<RecordColumn> kColumns = {
      {"id", Kind::kText},         {"title", Kind::kText},         {"part", Kind::kPart},
      {"value", Kind::kNumber},    {"amount", Kind::kNumber},      {"stage", Kind::kMember},
      {"pipeline", Kind::kMember}, {"employee", Kind::kMember},    {"client", Kind::kMember},
      {"source", Kind::kMember},   {"loss_reason", Kind::kMember}, {"created", Kind::kDay},
      {"closed", Kind::kDay},      {"planned_close", Kind::kDay},  {"days_on_stage", Kind::kNumber},
      {"age_days", Kind::kNumber}, {"next_step", Kind::kDay},      {"last_activity", Kind::kDay},
  };
  return kColumns;
}

const RecordColumn* FindRecordColumn(std::string_view id) {
  for (const RecordColumn& column : RecordColumnList()) {
    if (column.id == id) return &column;
  }
  return nullptr;
}

std::vector<std::string> RecordColumns() {
  std::vector<std::string> names;
  for (const RecordColumn& column : RecordColumnList()) names.push_back(column.id);
  return names;
}

}  // namespace svodka::metrics
