#include "engine/derived.hpp"

#include <cstdlib>
#include <map>

#include "metrics/definitions/elapsed.hpp"
#include "metrics/sql/writer.hpp"

namespace svodka::engine {
namespace {

using metrics::BoundExpression;
using metrics::DimensionValue;
using metrics::Expression;
using warehouse::NumberColumn;

/// The cells as 64-bit integers, NULL as kNoInt64; nothing for other numbers. Decimals: of their last place.
std::optional<std::vector<int64_t>> Wide(const NumberColumn& column) {
  if (const auto* wide = std::get_if<std::vector<int64_t>>(&column.cells)) return *wide;
  const auto* narrow = std::get_if<std::vector<int32_t>>(&column.cells);
  if (narrow == nullptr) return {};
  std::vector<int64_t> cells;
  cells.reserve(narrow->size());
  for (const int32_t cell : *narrow)
    cells.push_back(cell == warehouse::kNoInt32 ? warehouse::kNoInt64 : int64_t{cell});
  return cells;
}

int32_t BandOf(const std::vector<DimensionValue>& bands, int64_t number) {
  for (const DimensionValue& band : bands) {
    if (!band.below || number < *band.below) return static_cast<int32_t>(band.key);
  }
  throw InvariantError("the last band has an end");
}

/// `bands`: null for the number itself. Columns: the days since when, then the known number where there is
/// one.
std::optional<NumberColumn> MakeElapsed(const std::vector<const NumberColumn*>& columns, int64_t as_of,
                                        int64_t factor, const std::vector<DimensionValue>* bands) {
  std::optional<std::vector<int64_t>> cells = Wide(*columns[0]);
  const bool settles = columns.size() > 1;
  const auto settled = settles ? Wide(*columns[1]) : std::optional(std::vector<int64_t>());
  if (!cells || !settled || columns[0]->decimal || (settles && columns[1]->decimal)) return {};
  for (size_t i = 0; i < cells->size(); ++i) {
    int64_t& cell = (*cells)[i];
    if (settles && (*settled)[i] != warehouse::kNoInt64) {
      cell = (*settled)[i];
    } else if (cell != warehouse::kNoInt64) {
      cell = (as_of - cell) * factor;
    }
  }
  NumberColumn made;
  if (bands == nullptr) {
    made.cells = std::move(*cells);
    return made;
  }
  std::vector<int32_t> keys;
  keys.reserve(cells->size());
  for (const int64_t cell : *cells)
    keys.push_back(cell == warehouse::kNoInt64 ? warehouse::kNoInt32 : BandOf(*bands, cell));
  made.cells = std::move(keys);
  return made;
}

std::optional<DerivedColumn> FindElapsedColumn(const metrics::Scan& rows, const BoundExpression& expression) {
  if (!expression.expression.placeholders().contains("as_of") || rows.buckets) return {};
  const Expression* days = &expression.expression;
  const std::vector<DimensionValue>* bands = nullptr;
  for (const auto& [id, banded] : rows.fact->bands) {
    if (!(rows.fact->dimensions.at(id) == expression.expression)) continue;
    days = &banded;
    bands = &rows.model->FindDimension(id)->values;
  }
  const std::optional<metrics::Elapsed> elapsed = metrics::FindElapsed(*days);
  if (!elapsed) return {};
  const int64_t as_of = std::get<int64_t>(expression.arguments->at("as_of").front());
  DerivedColumn column;
  column.from = {elapsed->since};
  if (!elapsed->known.empty()) column.from.push_back(elapsed->known);
  column.name = std::to_string(as_of) + "|" + expression.expression.text();
  column.make = [as_of, factor = elapsed->factor, bands](const std::vector<const NumberColumn*>& columns) {
    return MakeElapsed(columns, as_of, factor, bands);
  };
  return column;
}

/// A decimal number: units / places.
struct Rate {
  int64_t units = 0;
  int64_t places = 1;  ///< a power of ten
};

std::optional<Rate> ParseRate(const std::string& text) {
  constexpr size_t kDigitsMax = 18;  // of DECIMAL(18, 8)
  const size_t point = text.find('.');
  std::string places = point == std::string::npos ? "" : text.substr(point + 1);
  while (places.ends_with('0')) places.pop_back();
  const std::string digits = text.substr(0, point) + places;
  if (digits.empty() || digits.size() > kDigitsMax ||
      digits.find_first_not_of("0123456789") != std::string::npos)
    return {};
  Rate rate{std::stoll(digits), 1};
  for (size_t i = 0; i < places.size(); ++i) rate.places *= 10;
  return rate;
}

/// CAST(amount * rate AS DECIMAL(18, 2)): exact, halves away from zero. Columns: the amount, the currency.
std::optional<NumberColumn> MakeConverted(const std::vector<const NumberColumn*>& columns,
                                          const std::map<int64_t, Rate>& rates) {
  constexpr int64_t kEnd = 1'000'000'000'000'000'000;  // of DECIMAL(18, 2), in kopecks
  const auto* amounts = std::get_if<std::vector<int64_t>>(&columns[0]->cells);
  const auto* currencies = std::get_if<std::vector<int32_t>>(&columns[1]->cells);
  if (amounts == nullptr || currencies == nullptr || !columns[0]->decimal || columns[0]->scale != 2)
    return {};
  NumberColumn made;
  made.decimal = true;
  made.scale = 2;
  std::vector<int64_t> cells = *amounts;
  const Rate* rate = nullptr;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i == 0 || (*currencies)[i] != (*currencies)[i - 1]) {
      const auto at = rates.find((*currencies)[i]);
      rate = at == rates.end() ? nullptr : &at->second;
    }
    if (rate == nullptr) cells[i] = warehouse::kNoInt64;
    if (cells[i] == warehouse::kNoInt64 || (rate->units == 1 && rate->places == 1)) continue;
    int64_t product = 0;
    if (__builtin_mul_overflow(cells[i], rate->units, &product)) return {};
    const int64_t rest = product % rate->places;
    cells[i] = product / rate->places;
    if (2 * std::abs(rest) >= rate->places) cells[i] += product < 0 ? -1 : 1;
    if (cells[i] >= kEnd || cells[i] <= -kEnd) return {};
  }
  made.cells = std::move(cells);
  return made;
}

/// The form in which the model converts an amount: as it is where the rate is one.
std::optional<DerivedColumn> FindConverted(const metrics::Scan& rows, const BoundExpression& expression) {
  static const std::string kForm =
      "CASE WHEN rate.rate = 1 THEN f.amount ELSE CAST(CAST(f.amount AS DECIMAL(20, 2)) * rate.rate AS "
      "DECIMAL(18, 2)) END";
  if (!rows.rates || expression.expression.text() != kForm || !metrics::HasConstantRates(rows)) return {};
  std::map<int64_t, Rate> rates;
  for (const auto& [currency, text] : *rows.rates) {
    const std::optional<Rate> rate = ParseRate(text);
    if (!rate) return {};
    rates.emplace(currency, *rate);
  }
  DerivedColumn column;
  column.from = {Expression::Parse("f.amount").value(), Expression::Parse("f.currency_key").value()};
  column.name = kForm;
  column.make = [rates = std::move(rates)](const std::vector<const NumberColumn*>& columns) {
    return MakeConverted(columns, rates);
  };
  return column;
}

}  // namespace

std::optional<DerivedColumn> FindDerived(const metrics::Scan& rows, const BoundExpression& expression) {
  std::optional<DerivedColumn> column = FindElapsedColumn(rows, expression);
  return column ? std::move(column) : FindConverted(rows, expression);
}

std::vector<BoundExpression> KeptFor(const metrics::Scan& rows, const BoundExpression& expression) {
  const std::optional<DerivedColumn> column = FindDerived(rows, expression);
  if (!column) return {expression};
  std::vector<BoundExpression> kept;
  for (const Expression& from : column->from) kept.push_back({from, expression.arguments});
  return kept;
}

}  // namespace svodka::engine
