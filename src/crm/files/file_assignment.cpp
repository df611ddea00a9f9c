#include "crm/files/file_assignment.hpp"

#include <algorithm>
#include <filesystem>

#include <fnmatch.h>

#include "base/text.hpp"

namespace svodka::crm::files {
namespace {

namespace fs = std::filesystem;

class Assigner {
 public:
  Assigner(const Mapping& mapping, const std::vector<std::string>& paths, Directory& directory,
           Diagnostics& notes)
      : mapping_(mapping), paths_(paths), directory_(directory), notes_(notes) {}

  Result<std::vector<Assigned>> Run() {
    if (auto status = Assign(); !status.ok()) return status.errors();
    return std::move(assigned_);
  }

 private:
  /// Which file is which: by the entry's pattern, or the only file for the only entry.
  Status Assign() {
    std::vector<std::string> unused = paths_;
    const bool single = paths_.size() == 1 && mapping_.files.size() == 1;
    std::vector<std::string> patterns;
    for (const FileSpec& spec : mapping_.files) {
      bool given = false;
      patterns.push_back(spec.pattern);
      for (const std::string& path : paths_) {
        if (!single && !MatchesPattern(spec.pattern, path)) continue;
        given = true;
        assigned_.push_back({&spec, path});
        std::erase(unused, path);
      }
      Declare(spec, given);
      if (!given) {
        notes_.push_back({"file_not_given",
                          "the mapping's file \"" + spec.pattern + "\" is not among the given ones",
                          spec.place,
                          {}});
        absent_.push_back(&spec);
      }
    }
    if (assigned_.empty()) {
      std::string list;
      for (const std::string& pattern : patterns) list += (list.empty() ? "" : ", ") + pattern;
      return Diagnostic{"no_file_matches",
                        "none of the given files is named as the mapping expects: " + list,
                        mapping_.name,
                        {}};
    }
    for (const std::string& path : unused) {
      const bool looked_up =
          std::any_of(mapping_.files.begin(), mapping_.files.end(), [&](const FileSpec& spec) {
            return std::any_of(spec.fields.begin(), spec.fields.end(), [&](const FieldSpec& field) {
              return field.source.lookup && MatchesPattern(field.source.lookup->file, path);
            });
          });
      if (looked_up) continue;
      notes_.push_back({"file_not_mapped", "no entry of the mapping names this file; it is not read",
                        FileName(path), NearestNames(FileName(path), patterns)});
    }
    std::stable_sort(assigned_.begin(), assigned_.end(),
                     [](const Assigned& a, const Assigned& b) { return a.spec->entity < b.spec->entity; });
    return CheckAbsent();
  }

  void Declare(const FileSpec& spec, bool given) {
    switch (spec.entity) {
      case Entity::kUsers:
        return directory_.Declare(Target::kUsers, given);
      case Entity::kClients: {
        const FieldSpec* kind = spec.Find(Field::kKind);
        const std::string constant = kind == nullptr ? "company" : kind->source.value.value_or("");
        if (constant != "contact") directory_.Declare(Target::kCompanies, given);
        if (constant != "company") directory_.Declare(Target::kContacts, given);
        return;
      }
      case Entity::kProducts:
        return directory_.Declare(Target::kProducts, given);
      case Entity::kLeads:
        return directory_.Declare(Target::kLeads, given);
      case Entity::kDeals:
        return directory_.Declare(Target::kDeals, given);
      case Entity::kActivities:
        return directory_.Declare(Target::kActivities, given);
      case Entity::kProductLines:
      case Entity::kStageHistory:
      case Entity::kCalls:
      case Entity::kPayments:
        return;
    }
  }

  /// A reference by name needs the file that turns names into ids, unless names are the ids.
  Status CheckAbsent() {
    Diagnostics errors;
    for (const FileSpec* absent : absent_) {
      const FieldSpec* id = absent->Find(Field::kId);
      const FieldSpec* name = absent->Find(Field::kName);
      if (id == nullptr || (name != nullptr && id->source.column == name->source.column)) continue;
      for (const Assigned& assigned : assigned_) {
        for (const FieldSpec& field : assigned.spec->fields) {
          if (field.info->type != FieldType::kReference || field.source.match == MatchBy::kId) continue;
          const std::string_view detail = field.info->detail;
          const bool same =
              (absent->entity == Entity::kUsers && detail == "users") ||
              (absent->entity == Entity::kProducts && detail == "products") ||
              (absent->entity == Entity::kClients && (detail == "companies" || detail == "contacts"));
          if (!same || directory_.KnowsAny(TargetOf(detail))) continue;
          errors.push_back({"missing_file",
                            "`" + std::string(field.info->name) +
                                "` is matched by name and needs the file \"" + absent->pattern +
                                "\": give it too, or import it before",
                            field.source.place,
                            {}});
        }
      }
    }
    if (!errors.empty()) return errors;
    return Done{};
  }

  const Mapping& mapping_;
  const std::vector<std::string>& paths_;
  Directory& directory_;
  Diagnostics& notes_;
  std::vector<Assigned> assigned_;
  std::vector<const FileSpec*> absent_;
};

}  // namespace

bool MatchesPattern(const std::string& pattern, const std::string& path) {
  return ::fnmatch(pattern.c_str(), FileName(path).c_str(), FNM_CASEFOLD) == 0;
}

Result<std::vector<std::string>> ExpandPaths(std::span<const std::string> paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status)) return Diagnostic{"file_not_found", "cannot read the file " + path, path, {}};
    if (!fs::is_directory(status)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : fs::directory_iterator(path, error)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_regular_file() && !name.starts_with(".")) inside.push_back(entry.path().string());
    }
    if (error)
      return Diagnostic{
          "unreadable_file", "cannot read the folder " + path + ": " + error.message(), path, {}};
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

Result<std::vector<Assigned>> AssignFiles(const Mapping& mapping, const std::vector<std::string>& paths,
                                          Directory& directory, Diagnostics& notes) {
  return Assigner(mapping, paths, directory, notes).Run();
}

}  // namespace svodka::crm::files
