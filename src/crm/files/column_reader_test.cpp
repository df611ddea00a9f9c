#include "crm/files/column_reader.hpp"

#include <gtest/gtest.h>

namespace svodka::crm::files {
namespace {

/// What one cell becomes in a column of this type: the value as text, or the code of the error.
std::string Read(Cell cell, FieldType type, std::string_view detail = "") {
  const ColumnSpec spec;
  BoundColumn column;
  column.spec = &spec;
  column.type = type;
  column.detail = detail;
  column.columns = {0};
  TableRow row;
  row.cells = {cell};
  const auto read = ReadColumn(column, row, Zone::Utc());
  if (!read.ok()) return read.error().code;
  return std::get<std::string>(read->value);
}

/// Excel keeps fifteen digits: what it wrote with an exponent names no card.
TEST(ColumnReader, AnIdThatLostItsDigitsIsNoId) {
  const Cell rounded{"1.23456789012346E+18", CellKind::kRounded};
  EXPECT_EQ(Read(rounded, FieldType::kText, "id"), "precision_lost");
  EXPECT_EQ(Read(rounded, FieldType::kReference, "companies"), "precision_lost");
  EXPECT_EQ(Read(rounded, FieldType::kText), "1.23456789012346E+18");  // of a title, as it stands
  const Cell whole{"1234567890123456789", CellKind::kNumber};
  EXPECT_EQ(Read(whole, FieldType::kText, "id"), "1234567890123456789");
  EXPECT_EQ(Read(whole, FieldType::kReference, "companies"), "1234567890123456789");
}

TEST(ColumnReader, ATruthValueIsNoNumber) {
  EXPECT_EQ(Read({"1", CellKind::kFlag}, FieldType::kMoney), "bad_number");
  EXPECT_EQ(Read({"0", CellKind::kFlag}, FieldType::kNumber), "bad_number");
}

}  // namespace
}  // namespace svodka::crm::files
