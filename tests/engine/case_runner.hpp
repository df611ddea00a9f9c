#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/yaml.hpp"
#include "engine/query_service.hpp"
#include "warehouse/warehouse.hpp"

/// Runs the twin cases of tests/cases (style.md, section 7). Only for tests.
namespace svodka::engine::testing {

/// tests/cases/company: a whole company, loaded as the CRM holds it and derived, with the tables of its truth
/// beside.
std::shared_ptr<warehouse::Warehouse> MakeCompany(int threads = 1);

/// A warehouse in memory with the company of tests/cases/base.sql and the star rows of a case file:
/// `star: {table: [{column: value}]}`. Days are written YYYY-MM-DD; columns left out are 0, FALSE or NULL.
std::shared_ptr<warehouse::Warehouse> MakeStar(const YAML::Node& star, int threads = 1);
/// The same of another portal; its currency and address are set where they are empty.
std::shared_ptr<warehouse::Warehouse> MakeStar(const YAML::Node& star, warehouse::PortalSettings portal);
void Execute(warehouse::Warehouse& warehouse, const std::string& sql);

/// A cell as cases write it: the id of a member, `Σ` where a total stands, `…` for others, `null`, else the
/// value.
std::string CellText(const Cell& cell);
std::string ValueText(const Value& value);
std::vector<std::vector<std::string>> RowTexts(const Table& table);
std::vector<std::vector<std::string>> RowTexts(const warehouse::ResultSet& rows);
std::vector<std::vector<std::string>> RowTexts(const YAML::Node& rows);

/// YAML as JSON: plain scalars that look like numbers, booleans or null are those, quoted ones are texts.
json::value ToJson(const YAML::Node& node);

}  // namespace svodka::engine::testing
