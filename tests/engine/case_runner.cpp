#include "case_runner.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "warehouse/testing.hpp"

namespace svodka::engine::testing {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string SqlLiteral(const YAML::Node& node, const std::string& type) {
  if (node.IsNull()) return "NULL";
  const std::string text = node.as<std::string>();
  if (type == "INTEGER") {
    const Result<Day> day = ParseDay(text);
    return day.ok() ? std::to_string(day->number) : text;
  }
  if (type == "VARCHAR" || type == "TIMESTAMP") {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    return quoted + "'";
  }
  return text;
}

}  // namespace

void Execute(warehouse::Warehouse& warehouse, const std::string& sql) {
  const Status status = warehouse::ExecuteForTest(warehouse, sql);
  if (!status.ok()) throw std::runtime_error(ToString(status.error()) + "\n" + sql);
}

namespace {

std::shared_ptr<warehouse::Warehouse> FillStar(const YAML::Node& star, warehouse::PortalSettings portal,
                                               int threads) {
  std::shared_ptr<warehouse::Warehouse> warehouse =
      std::move(warehouse::Warehouse::Open({.path = ":memory:", .threads = threads, .memory_limit = ""}))
          .value();
  if (portal.base_currency.empty()) portal.base_currency = "RUB";
  if (portal.address.empty()) portal.address = "https://example.org/";
  warehouse->Configure(portal).value();
  Execute(*warehouse, ReadFile(std::string(SVODKA_SOURCE_DIR) + "/tests/cases/base.sql"));
  if (!star.IsDefined()) return warehouse;
  for (const auto& table : star) {
    const std::string name = table.first.as<std::string>();
    const auto columns = warehouse->Query(
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = ? "
        "ORDER BY ordinal_position",
        std::vector<Value>{name});
    for (const auto& row : table.second) {
      std::string names;
      std::string values;
      std::map<std::string, bool> used;
      for (const std::vector<Value>& column : columns.value().rows) {
        const std::string column_name = std::get<std::string>(column[0]);
        const std::string type = std::get<std::string>(column[1]);
        names += (names.empty() ? "" : ", ") + column_name;
        if (!values.empty()) values += ", ";
        if (row[column_name].IsDefined()) {
          values += SqlLiteral(row[column_name], type);
          used[column_name] = true;
        } else if (std::get<std::string>(column[2]) == "YES") {
          values += "NULL";
        } else {
          values += type == "BOOLEAN"     ? "FALSE"
                    : type == "VARCHAR"   ? "''"
                    : type == "TIMESTAMP" ? "'2025-01-01'"
                                          : "0";
        }
      }
      for (const auto& cell : row) {
        if (!used.contains(cell.first.as<std::string>())) {
          throw std::runtime_error(name + " has no column " + cell.first.as<std::string>());
        }
      }
      Execute(*warehouse, "INSERT INTO " + name + " (" + names + ") VALUES (" + values + ")");
    }
  }
  return warehouse;
}

}  // namespace

std::shared_ptr<warehouse::Warehouse> MakeStar(const YAML::Node& star, int threads) {
  warehouse::PortalSettings portal;
  portal.id = "test";
  portal.kind = "bitrix24";
  portal.name = "Тест";
  return FillStar(star, std::move(portal), threads);
}

std::shared_ptr<warehouse::Warehouse> MakeStar(const YAML::Node& star, warehouse::PortalSettings portal) {
  return FillStar(star, std::move(portal), 1);
}

std::shared_ptr<warehouse::Warehouse> MakeCompany(int threads) {
  std::shared_ptr<warehouse::Warehouse> warehouse =
      std::move(warehouse::Warehouse::Open({.path = ":memory:", .threads = threads, .memory_limit = ""}))
          .value();
  warehouse::PortalSettings portal;
  portal.id = "test";
  portal.kind = "bitrix24";
  portal.name = "Тест";
  portal.zone = "Europe/Berlin";
  portal.base_currency = "EUR";
  portal.sale_point_stage = {{"0", "PAID"}};
  portal.after_sale_pipelines = {"9"};
  portal.technical_users = {"3"};
  portal.junk_stages = {"JUNK"};
  warehouse->Configure(portal).value();
  const std::string folder = std::string(SVODKA_SOURCE_DIR) + "/tests/cases/company/";
  Execute(*warehouse, ReadFile(folder + "rows.sql"));
  Execute(*warehouse, ReadFile(folder + "truth.sql"));
  Execute(*warehouse, ReadFile(folder + "people.sql"));
  const Status derived = warehouse::RederiveForTest(*warehouse);
  if (!derived.ok()) throw std::runtime_error(ToString(derived.error()));
  return warehouse;
}

std::string ValueText(const Value& value) {
  if (IsNull(value)) return "null";
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* money = std::get_if<Money>(&value)) return money->ToString();
  if (const auto* day = std::get_if<Day>(&value)) return ToString(*day);
  if (const auto* instant = std::get_if<Instant>(&value)) return ToString(*instant);
  if (const auto* number = std::get_if<double>(&value)) {
    char text[64];
    std::snprintf(text, sizeof text, "%.9g", *number);
    return text;
  }
  return std::get<std::string>(value);
}

std::string CellText(const Cell& cell) {
  if (const auto* member = std::get_if<Member>(&cell)) {
    if (member->is_others) return "…";
    return member->id.value_or("null");
  }
  return ValueText(std::get<Value>(cell));
}

std::vector<std::vector<std::string>> RowTexts(const Table& table) {
  std::vector<std::vector<std::string>> rows;
  for (const std::vector<Cell>& row : table.rows) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < row.size(); ++i) {
      const bool total = table.columns[i].kind == "dimension" && std::holds_alternative<Value>(row[i]);
      texts.push_back(total ? "Σ" : CellText(row[i]));
    }
    rows.push_back(std::move(texts));
  }
  return rows;
}

std::vector<std::vector<std::string>> RowTexts(const warehouse::ResultSet& result) {
  std::vector<std::vector<std::string>> rows;
  for (const std::vector<Value>& row : result.rows) {
    std::vector<std::string> texts;
    for (const Value& value : row) texts.push_back(ValueText(value));
    rows.push_back(std::move(texts));
  }
  return rows;
}

std::vector<std::vector<std::string>> RowTexts(const YAML::Node& rows) {
  std::vector<std::vector<std::string>> texts;
  for (const auto& row : rows) {
    std::vector<std::string> cells;
    for (const auto& cell : row) cells.push_back(cell.IsNull() ? "null" : cell.as<std::string>());
    texts.push_back(std::move(cells));
  }
  return texts;
}

json::value ToJson(const YAML::Node& node) {
  if (node.IsMap()) {
    json::object object;
    for (const auto& pair : node) object[pair.first.as<std::string>()] = ToJson(pair.second);
    return object;
  }
  if (node.IsSequence()) {
    json::array array;
    for (const auto& item : node) array.push_back(ToJson(item));
    return array;
  }
  if (!node.IsScalar()) return nullptr;
  const std::string text = node.as<std::string>();
  if (node.Tag() == "!") return json::value(text);  // quoted
  bool flag = false;
  int64_t integer = 0;
  double number = 0;
  if (YAML::convert<int64_t>::decode(node, integer)) return integer;
  if (YAML::convert<double>::decode(node, number)) return number;
  if (YAML::convert<bool>::decode(node, flag)) return flag;
  return json::value(text);
}

}  // namespace svodka::engine::testing
