#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "crm/files/import.hpp"
#include "crm/files/mapping.hpp"
#include "crm/rows.hpp"

namespace svodka::crm::files {

/// A name as it is compared: case, blanks at both ends, doubled blanks and the dots of ё do not matter.
std::string FoldName(std::string_view name);

/// Whom the references of an import may mean: ids and names of the rows read so far.
class Directory {
 public:
  /// Whether the mapping has a file of this kind, and whether that file is among the given ones.
  void Declare(Target target, bool given);

  /// Who is known from earlier imports; asked for once per kind, when a reference matches nothing of this
  /// one.
  void set_find_known(FindKnown find_known) { find_known_ = std::move(find_known); }
  /// Whether anybody of the kind is known from earlier imports. Throws DiagnosticError when they cannot be
  /// read.
  bool KnowsAny(Target target);
  bool Knows(Target target, const std::string& id) { return Known(target).known_ids.contains(id); }

  enum class Added { kNew, kSame, kConflict };
  /// `fingerprint` tells an identical repetition (kSame) from another row with the same id (kConflict).
  Added Add(Target target, const std::string& id, std::string_view name, std::string_view phone,
            uint64_t fingerprint);

  struct Resolution {
    std::string id;
    bool dangling = false;
  };
  /// The id that `text` means: of this import's rows, else of those known from earlier ones. Where the
  /// mapping has no file of the kind, users, clients and products are made from the references (see
  /// TakeMade); else what nobody knows is kept as it is and dangling. Without FindKnown nothing can be said
  /// of a kind whose file is not among the given ones: kept, not dangling.
  Resolution Resolve(Target target, const std::string& text, MatchBy match);

  /// The id of a row that is known by its name alone: the name as it was written first.
  std::string IdOfName(Target target, const std::string& name);

  /// Users, companies, contacts or products that exist only as references; each is given once, by the name as
  /// it was written first.
  std::vector<std::string> TakeMade(Target target);

 private:
  /// Ids by folded name (FoldName) and by telephone; "" when two rows share one.
  struct Index {
    std::unordered_map<std::string, std::string> by_name, by_phone;
    void Add(const std::string& id, std::string_view name, std::string_view phone);
    const std::string* Find(const std::string& text, MatchBy match) const;
  };
  struct Kind {
    bool declared = false;
    bool given = false;
    std::unordered_map<std::string, uint64_t> ids;
    Index index;
    std::vector<std::string> made;
    std::unordered_map<std::string, std::string> first_written;  ///< folded name -> name
    bool known_read = false;
    std::unordered_set<std::string> known_ids;
    Index known;
  };
  const Kind& Known(Target target);
  FindKnown find_known_;
  std::array<Kind, kTargetCount> kinds_;
};

/// The pipelines and stages of one entity: those of the mapping, and those that the data brings.
class PipelineBook {
 public:
  PipelineBook(std::string entity, const std::vector<PipelineSpec>& pipelines, std::string default_name);

  struct Place {
    std::string pipeline_id;
    std::optional<std::string> stage_id;
    int ordinal = 0;  ///< of the stage in its pipeline, from 0
    char semantic = 'P';
  };
  /// Either text may be empty. Unknown pipelines and stages are added (stages as in work) and noted.
  Place Resolve(const std::string& pipeline, const std::string& stage);

  void Emit(SourceBatch& batch) const;
  void Note(Diagnostics& notes, const std::string& mapping_name) const;
  bool used() const { return used_; }

 private:
  struct Stage {
    StageSpec spec;
    int64_t rows_unlisted = 0;
  };
  struct Pipeline {
    std::string id, name;
    std::vector<Stage> stages;
    std::unordered_map<std::string, size_t> by_text;
    bool listed = true;
  };
  size_t FindPipeline(const std::string& text, const std::string& stage);

  std::string entity_;
  std::vector<Pipeline> pipelines_;
  std::unordered_map<std::string, size_t> by_text_;
  bool used_ = false;
};

/// Dictionary values met so far, each emitted once.
class DictionaryBook {
 public:
  void Meet(std::string_view kind, const std::string& value);
  void Emit(SourceBatch& batch) const;

 private:
  std::map<std::string, std::map<std::string, bool>, std::less<>> values_;
};

}  // namespace svodka::crm::files
