#include "bench/workload.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "bench/dataset.hpp"

namespace svodka::bench {
namespace {

std::optional<std::string> FindHeader(const std::string& text, const std::string& key) {
  const std::string mark = "-- " + key + ": ";
  const size_t at = text.find(mark);
  if (at == std::string::npos) return std::nullopt;
  const size_t from = at + mark.size();
  return text.substr(from, text.find('\n', from) - from);
}

void ReplaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string ReadText(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> SqlFilesIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".sql") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// {name}: the text of `parts/name.sql` without its comments; {entity}: what the header `-- entity: …` says.
void TakeParts(std::string& sql, const std::filesystem::path& parts) {
  for (const auto& file : SqlFilesIn(parts)) {
    std::string part = ReadText(file);
    while (part.starts_with("--")) part.erase(0, part.find('\n') + 1);
    while (part.ends_with('\n')) part.pop_back();
    ReplaceAll(sql, "{" + file.stem().string() + "}", part);
  }
  if (const auto entity = FindHeader(sql, "entity")) ReplaceAll(sql, "{entity}", *entity);
}

/// The moment at which a day begins in the company's zone, as SQL in UTC; Moscow has been at +3 since 2014.
std::string StartOf(Day day) { return "(TIMESTAMP '" + ToString(day) + " 00:00:00' - INTERVAL 3 HOUR)"; }

std::optional<double> NumberOf(const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* money = std::get_if<Money>(&value)) return static_cast<double>(money->minor()) / 100;
  return std::nullopt;
}

using Cells = std::map<std::string, std::vector<std::optional<double>>>;

bool IsNothing(const std::vector<std::optional<double>>& values) {
  return std::all_of(values.begin(), values.end(), [](const auto& value) { return value.value_or(0) == 0; });
}

Cells CellsOf(const engine::Table& table) {
  Cells cells;
  for (const auto& row : table.rows) {
    std::string key;
    std::vector<std::optional<double>> values;
    for (const engine::Cell& cell : row) {
      if (const auto* member = std::get_if<engine::Member>(&cell)) {
        key += member->id.value_or("") + "|";
      } else {
        values.push_back(NumberOf(std::get<Value>(cell)));
      }
    }
    if (!IsNothing(values)) cells[key] = std::move(values);
  }
  return cells;
}

Cells CellsOf(const warehouse::ResultSet& result, size_t dimensions) {
  Cells cells;
  for (const auto& row : result.rows) {
    std::string key;
    std::vector<std::optional<double>> values;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i < dimensions) {
        const auto* text = std::get_if<std::string>(&row[i]);
        key += (text == nullptr ? "" : *text) + "|";
      } else {
        values.push_back(NumberOf(row[i]));
      }
    }
    if (!IsNothing(values)) cells[key] = std::move(values);
  }
  return cells;
}

bool Same(std::optional<double> a, std::optional<double> b) {
  const double x = a.value_or(0), y = b.value_or(0);
  return std::abs(x - y) <= 1e-6 * std::max({std::abs(x), std::abs(y), 1.0});
}

std::string Show(std::optional<double> value) { return value ? std::to_string(*value) : "nothing"; }

/// Sums over all cells may differ in the last thousandth where the rules differ for single cards at an edge.
std::optional<std::string> CompareSums(const Cells& ours, const Cells& baseline) {
  double a = 0, b = 0;
  for (const auto& [key, values] : ours) {
    for (const auto& value : values) a += value.value_or(0);
  }
  for (const auto& [key, values] : baseline) {
    for (const auto& value : values) b += value.value_or(0);
  }
  if (std::abs(a - b) <= 0.005 * std::max(std::abs(a), std::abs(b))) return std::nullopt;
  return "sum " + std::to_string(a) + " against " + std::to_string(b);
}

}  // namespace

Result<std::vector<Query>> ReadWorkload(const std::string& folder) {
  const std::filesystem::path parts = std::filesystem::path(folder).parent_path() / "parts";
  std::vector<Query> queries;
  for (const auto& file : SqlFilesIn(folder)) {
    Query query;
    query.name = file.stem().string().substr(3);
    query.sql = ReadText(file);
    TakeParts(query.sql, parts);
    for (const char* key : {"request", "records"}) {
      const auto header = FindHeader(query.sql, key);
      if (!header) continue;
      const auto request = ParseJson(*header);
      if (!request || !request->is_object()) {
        return Diagnostic{"bad_workload",
                          "the " + std::string(key) + " of " + file.string() + " is no JSON object",
                          file.string(),
                          {}};
      }
      (std::string_view(key) == "request" ? query.request : query.records) = request->get_object();
    }
    const std::string check = FindHeader(query.sql, "check").value_or("");
    if (check.starts_with("no")) query.check = Check::kNone;
    if (check.starts_with("first")) query.check = Check::kFirstMeasure;
    if (check.starts_with("loose")) query.check = Check::kLoose;
    query.all_time = FindHeader(query.sql, "period") == "all";
    queries.push_back(std::move(query));
  }
  return queries;
}

std::string Fill(const Query& query, const Condition& condition, Day from, Day to) {
  std::string sql = query.sql;
  ReplaceAll(sql, "{from}", StartOf(from));
  ReplaceAll(sql, "{to}", StartOf(to));
  ReplaceAll(sql, "{now}", "TIMESTAMP '2026-06-30 15:00:00'");  // kNow in UTC
  ReplaceAll(sql, "{deal}", condition.deal);
  ReplaceAll(sql, "{lead}", condition.lead);
  return sql;
}

std::optional<std::string> Compare(const Query& query, const engine::Table& ours,
                                   const warehouse::ResultSet& baseline) {
  if (query.check == Check::kNone) return std::nullopt;
  const json::value* dimensions = query.request->if_contains("dimensions");
  const Cells a = CellsOf(ours);
  const Cells b = CellsOf(baseline, dimensions == nullptr ? 0 : dimensions->get_array().size());
  if (query.check == Check::kLoose) return CompareSums(a, b);
  for (const auto& [key, values] : b) {
    const auto found = a.find(key);
    if (found == a.end()) return "no row " + key;
    const size_t count = query.check == Check::kFirstMeasure ? 1 : values.size();
    for (size_t i = 0; i < count; ++i) {
      if (!Same(values[i], found->second.at(i))) {
        return "row " + key + " measure " + std::to_string(i) + ": " + Show(found->second[i]) + " against " +
               Show(values[i]);
      }
    }
  }
  for (const auto& [key, values] : a) {
    if (!b.contains(key)) return "a row too many: " + key;
  }
  return std::nullopt;
}

}  // namespace svodka::bench
