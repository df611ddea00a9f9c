#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/value.hpp"

/// Answers requests over one portal's warehouse: binds them to the model, compiles, runs, caches, explains.
namespace svodka::warehouse {
class Warehouse;
}
namespace svodka::metrics {
class Model;
}

namespace svodka::engine {

class ExtractBudget;
/// A budget that many services share (Settings::extract_budget).
std::shared_ptr<ExtractBudget> MakeExtractBudget(size_t bytes_max = 384 << 20);

enum class Language { kRussian, kEnglish };

/// Which rows the caller may see. No request runs without one; "everything" is the only scope so far (the
/// people issue adds employees and departments). Made by the server from the signed-in user, by the CLI from
/// the operating system's.
struct Scope {
  bool everything = false;
  std::string user_id;
};

/// A dimension's value: id is the CRM's own (null = none), label is what people read. Employees may carry a
/// photo.
struct Member {
  std::optional<std::string> id;
  std::string label;
  std::string parent;  ///< id of the parent member in a tree (department of an employee), or empty
  std::string photo_url;
  std::string color;       ///< of a stage
  std::string entity;      ///< lead or deal: of a stage, whose it is
  std::string extra;       ///< small fact for the reader: "S"/"F"/"P" of a stage, "inactive" of an employee
  bool is_others = false;  ///< the rest beyond the request's limit, recomputed; has no id
};

using Cell = std::variant<Value, Member>;

struct Column {
  std::string id;          ///< as in the request
  std::string kind;        ///< "measure", "dimension", "attribute" (records)
  std::string type;        ///< integer, money, ratio, duration, day, text, member, flag
  std::string unit;        ///< currency code for money, "s" for durations, "" else
  std::string format;      ///< hint: integer, money, percent, duration, date, text, link
  std::string label;       ///< in the asked language
  std::string definition;  ///< of a measure: what it means and its time role, in the asked language
  std::string direction;   ///< "up" (more is good), "down", "neutral"
  bool additive = false;   ///< a sum of rows is the total
  /// For a comparison column: "base" | "delta" | "delta_pct" of the measure `of`; empty otherwise.
  std::string comparison, of;
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  json::object notes;  ///< exact ranges used, as_of day, "unripe" marks, ignored filters, n of ratios
};

struct RecordPage {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  ///< first column: id of the record with its CRM link in `links`
  std::vector<std::string> links;       ///< URL of the card in the CRM per row, "" where there is none
  int64_t total = 0;                    ///< rows of the whole answer, not of this page
  json::object totals;  ///< the measure recomputed from the rows, count, sum where the kind has one
  std::vector<std::pair<std::string, bool>> order;  ///< column, descending: as asked, else the measure's own
  std::string entity;                               ///< lead or deal: what the rows are cards of
  std::optional<Day> as_of;  ///< the past day on which rows of a state are shown; nothing: as they are now
  json::object parts;        ///< of a ratio: what numerator, denominator, both are called
  /// Of a request with `values_of`, instead of rows: members, each with its count among the records.
  std::optional<std::vector<std::pair<Member, int64_t>>> values;
  /// The same of numbers and days: {from, to, none}: least, greatest, how many rows say nothing.
  json::object span;
};

/// A page's requests and its lists.
struct PageRequests {
  std::vector<json::value> requests;
  std::vector<json::value> lists;
};

/// Thread-safe. Keeps the model snapshot it was given; a reload makes a new service snapshot behind the same
/// object.
class QueryService {
 public:
  struct Settings {
    size_t cache_bytes_max = 64 << 20;
    bool cache = true;
    bool merge_scans = true;  ///< scans of a page over the same rows are run once; off only in tests
    size_t threads = 2;       ///< scans run side by side
    /// Rows of the periods looked at, kept for clicks. A page of a quarter of a million deals needs about a
    /// tenth.
    size_t extract_bytes_max = 256 << 20;
    /// What the rows kept by all services of the process may take together; null: this one stands alone.
    std::shared_ptr<ExtractBudget> extract_budget;
  };
  QueryService(std::shared_ptr<warehouse::Warehouse> warehouse, std::shared_ptr<const metrics::Model> model,
               const Clock& clock, Settings settings);
  ~QueryService();

  void SetModel(std::shared_ptr<const metrics::Model> model);
  /// The portal's own defaults of measures' arguments by the names of its settings (`forgotten_days`).
  void SetPortalSettings(json::object settings);

  /// `request`: the JSON of `svodka query` (see docs/request.md). Errors carry a JSON path as place:
  /// unknown_measure, unknown_dimension, bad_period, bad_filter, forbidden_field, no_join_path, deadline …
  /// `stop` here and below: requested when the caller goes away; running SQL ends with `cancelled`.
  Result<Table> Query(const json::value& request, const Scope& scope, Language language,
                      std::stop_token stop = {});
  /// Many requests of one page, planned together: requests that share facts, filters and grain are answered
  /// by one scan. One result per request, in order; a failing one does not fail the others.
  std::vector<Result<Table>> QueryMany(std::span<const json::value> requests, const Scope& scope,
                                       Language language, std::stop_token stop = {});
  /// Rows beneath a cell: the request plus {"cell":{"measure":…, "values":{dimension: id}}, "limit",
  /// "offset", "order"}.
  Result<RecordPage> Records(const json::value& request, const Scope& scope, Language language,
                             std::stop_token stop = {});
  /// Reads the rows of pages that a reader may ask for next into memory while nobody waits, in their order;
  /// gives way to requests and to a newer call. Answers nothing; what fails is asked again by the page
  /// itself.
  void PrepareRows(std::vector<PageRequests> pages, const Scope& scope);
  /// Members of a dimension for filter lists: {id,label,parent,count?}; `search` matches the label,
  /// case-folded.
  Result<std::vector<Member>> Members(const std::string& dimension, const std::string& search, size_t limit,
                                      const Scope& scope, Language language, std::stop_token stop = {});
  /// Measures and dimensions with labels and definitions, as JSON.
  json::value DescribeModel(Language language) const;
  /// Equal as long as DescribeModel says the same.
  std::string DescriptionKey() const;
  int64_t data_version() const;
  /// The statements that the request would run, for people; the error's text where it does not compile.
  std::string Explain(const json::value& request, const Scope& scope);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Dry run of a model against a warehouse: every form of every measure, every dimension that it can be
/// divided by. One `bad_sql` per faulty definition, with the measure's or fact's place and the message of the
/// engine below.
std::vector<Diagnostic> CheckModel(const metrics::Model& model, const warehouse::Warehouse& warehouse);

}  // namespace svodka::engine
