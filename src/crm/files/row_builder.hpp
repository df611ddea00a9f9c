#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/value.hpp"
#include "crm/files/directory.hpp"
#include "crm/files/mapping.hpp"
#include "crm/rows.hpp"

namespace svodka::crm::files {

/// The fields of one row, read and typed.
class RowValues {
 public:
  void Clear() { values_.fill(Value{}); }
  void Set(Field field, Value value) { values_[static_cast<size_t>(field)] = std::move(value); }

  bool Has(Field field) const { return !IsNull(values_[static_cast<size_t>(field)]); }
  std::string TextOr(Field field, std::string_view otherwise = "") const;
  Text FindText(Field field) const;
  When FindMoment(Field field) const;
  template <class T>
  std::optional<T> Find(Field field) const {
    const T* value = std::get_if<T>(&values_[static_cast<size_t>(field)]);
    return value == nullptr ? std::nullopt : std::optional<T>(*value);
  }
  std::optional<int> FindInteger(Field field) const;

 private:
  std::array<Value, kFieldCount> values_;
};

struct SourceRow {
  RowValues values;
  std::vector<std::string> departments;  ///< names of the tree's levels, outermost first
  std::vector<CustomValue> custom;
  bool has_stage_dates = false;  ///< the file has such columns, filled or not
  std::vector<std::pair<std::string, Instant>> stage_dates;
  uint64_t fingerprint = 0;  ///< of all cells
  bool continues = false;    ///< only the product differs from the row before: one more line of the same deal
  size_t file = 0;           ///< which of the import's files, and the line in it
  int64_t line = 0;
};

/// Turns read rows into the typed rows of a batch: resolves references, meets dictionaries, makes ids.
class RowBuilder {
 public:
  /// Called for each reference that matches nothing: its field, what it refers to, its text.
  using OnDangling = std::function<void(Field, Target, const std::string&)>;

  explicit RowBuilder(const Mapping& mapping);

  Directory& directory() { return directory_; }
  void set_on_dangling(OnDangling on_dangling) { on_dangling_ = std::move(on_dangling); }

  /// Calls alone, for the portal of a CRM: the other side's number and ours as the list names it; nobody is
  /// looked up or made, and no activities. `own_numbers`: of employees, normalised.
  void set_call_list(std::set<std::string> own_numbers) {
    call_list_ = true;
    own_numbers_ = std::move(own_numbers);
  }

  /// kRepeated: the very same row once more; kJoined: a further product of the deal of the row before; kLeft:
  /// no call with anybody outside (a message, traffic, a call between colleagues).
  enum class Outcome { kTaken, kRepeated, kJoined, kLeft };
  /// Adds the row to `batch`. Errors: `missing_value` (a required field is empty), `duplicate_id`.
  Result<Outcome> Build(const FileSpec& file, SourceRow& row, SourceBatch& batch);

  /// What belongs to no single row: departments, pipelines, stages, dictionaries, rates, made references.
  void Finish(SourceBatch& batch);
  /// Rows without an id taken since the last call although another row of their file is equal.
  int64_t TakeEqualRows() { return std::exchange(equal_rows_, 0); }
  /// What does not fit a batch, collected since the last call.
  FileRows TakeFileRows() { return std::exchange(file_rows_, {}); }
  /// Lines of deals that are no rows of this import but known from an earlier one; call after the last row.
  void TakeLinesOfKnownDeals(FileRows& rows);
  /// Product lines whose deal nobody knows: a line belongs to a deal, so they are not stored.
  struct HomelessLine {
    std::string deal;
    size_t file = 0;
    int64_t line = 0;
  };
  std::vector<HomelessLine> FindHomelessLines() const;
  void Note(Diagnostics& notes) const;

 private:
  Result<Outcome> BuildUser(SourceRow& row, SourceBatch& batch);
  Result<Outcome> BuildClient(const FileSpec& file, SourceRow& row, SourceBatch& batch);
  Result<Outcome> BuildProduct(SourceRow& row, SourceBatch& batch);
  Result<Outcome> BuildProductLine(const FileSpec& file, SourceRow& row);
  Result<Outcome> BuildLead(const FileSpec& file, SourceRow& row, SourceBatch& batch);
  Result<Outcome> BuildDeal(const FileSpec& file, SourceRow& row, SourceBatch& batch);
  Result<Outcome> BuildStageEvent(const FileSpec& file, SourceRow& row, SourceBatch& batch);
  Result<Outcome> BuildActivity(const FileSpec& file, SourceRow& row, SourceBatch& batch);
  Result<Outcome> BuildCall(const FileSpec& file, SourceRow& row, SourceBatch& batch);
  Result<Outcome> BuildPayment(const FileSpec& file, SourceRow& row, SourceBatch& batch);

  Text Refer(const FileSpec& file, const RowValues& values, Field field, std::string_view detail);
  Text Meet(const RowValues& values, Field field, std::string_view kind);
  Text CurrencyOf(const RowValues& values);
  /// The row's own id, else one made from its cells, the same at every import of the same row. Rows of one
  /// file that are equal are as many rows; in a further file they are the same ones again. nullopt: the row
  /// has been taken already. Error: `duplicate_id`.
  Result<std::optional<std::string>> IdOr(const FileSpec& file, const SourceRow& row);
  void AddStageDates(const std::string& entity, const std::string& card_id, const PipelineBook::Place& place,
                     PipelineBook& book, const SourceRow& row, SourceBatch& batch);
  Outcome AddLine(const FileSpec& file, const RowValues& values, DealRow& deal);
  void Bind(const FileSpec& file, const RowValues& values, std::vector<Binding>& bindings);

  const Mapping& mapping_;
  Directory directory_;
  PipelineBook deal_pipelines_, lead_pipelines_;
  DictionaryBook dictionary_;
  std::map<std::string, DepartmentRow> departments_;
  struct PendingLine {
    ProductLine line;
    size_t file = 0;
    int64_t at = 0;
  };
  std::unordered_map<std::string, std::vector<PendingLine>> lines_of_deal_;
  struct MadeId {
    size_t file = 0;
    int in_file = 0;  ///< rows of that file with these cells so far
    int taken = 0;    ///< of the import
  };
  std::unordered_map<std::string, uint64_t> own_ids_;  ///< entity and id -> fingerprint
  std::unordered_map<std::string, MadeId> made_ids_;
  int64_t equal_rows_ = 0;
  std::set<std::string> currencies_;
  std::set<std::pair<std::string, std::string>> whole_;  ///< entity, card
  FileRows file_rows_;
  OnDangling on_dangling_;
  bool call_list_ = false;
  std::set<std::string> own_numbers_;
};

}  // namespace svodka::crm::files
