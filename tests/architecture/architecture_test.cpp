#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

// The rules of style.md, section 1, and of docs/architecture.md, as a program.
namespace svodka {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = SVODKA_SOURCE_DIR;

/// Which folders a folder may include, besides itself and base.
const std::map<std::string, std::set<std::string>> kArrows = {
    {"base", {}},
    {"crm", {}},
    {"warehouse", {}},
    {"state", {}},
    {"sync", {"crm", "warehouse", "state"}},
    {"check", {"crm", "sync", "warehouse"}},
    {"actions", {"crm", "warehouse", "state", "sync"}},
    {"metrics", {}},
    {"engine", {"metrics", "warehouse"}},
    {"plans", {"state", "warehouse"}},
    {"reports", {"metrics", "engine"}},
    {"render", {"reports"}},
    {"delivery", {"reports", "render", "state"}},
    {"server", {"state", "sync", "metrics", "engine", "plans", "reports", "render", "delivery"}},
    {"app",
     {"crm", "warehouse", "state", "sync", "check", "actions", "metrics", "engine", "plans", "reports",
      "render", "delivery", "server"}},
    {"emulator", {}},
    {"bench", {"engine", "reports", "render", "metrics", "warehouse", "sync", "crm"}},
};

/// Headers of a library that only one folder may see.
const std::map<std::string, std::set<std::string>> kLibraryOwners = {
    {"duckdb.h", {"warehouse"}}, {"sqlite3.h", {"state"}},
    {"sodium.h", {"state"}},     {"zip.h", {"crm"}},
    {"pugixml.hpp", {"crm"}},    {"curl/curl.h", {"crm", "delivery", "emulator", "app"}},
};

bool IsIgnored(const fs::path& path) {
  static const std::set<std::string> kSkipped = {"build", "node_modules", ".git", "dist", ".cache"};
  return std::any_of(path.begin(), path.end(),
                     [](const fs::path& part) { return kSkipped.contains(part.string()); });
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Files under `folder` of the repository, paths relative to the root.
std::vector<fs::path> FilesUnder(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::exists(kRoot / folder)) return files;
  for (auto at = fs::recursive_directory_iterator(kRoot / folder); at != fs::recursive_directory_iterator();
       ++at) {
    const fs::path relative = fs::relative(at->path(), kRoot);
    if (at->is_symlink() || IsIgnored(relative)) {
      at.disable_recursion_pending();
      continue;
    }
    if (at->is_regular_file()) files.push_back(relative);
  }
  return files;
}

bool IsSource(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".cpp" || extension == ".hpp" || extension == ".h" || extension == ".cc";
}

bool IsTest(const fs::path& path) { return path.stem().string().ends_with("_test"); }

/// `src/crm/files/a.cpp` is of crm; `bench/a.cpp` of bench.
std::string FolderOf(const fs::path& path) {
  auto part = path.begin();
  if (part->string() == "src") ++part;
  return part->string();
}

struct Include {
  std::string target;
  bool quoted = false;
};

std::vector<Include> IncludesOf(const std::string& text) {
  static const std::regex kInclude(R"re((?:^|\n)[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">])re");
  std::vector<Include> includes;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), kInclude); at != std::sregex_iterator();
       ++at) {
    includes.push_back({(*at)[2], (*at)[1] == "\""});
  }
  return includes;
}

/// The second readers of docs/adr/0022: all that they may see of crm and sync.
const std::set<std::string> kReaderHeaders = {"crm/http.hpp", "crm/query_string.hpp", "sync/pause.hpp",
                                              "sync/rate_limiter.hpp"};

bool IsSecondReader(const fs::path& path) {
  const std::string text = path.generic_string();
  return text.starts_with("src/check/bitrix24/") || text.starts_with("src/check/amocrm/");
}

/// What is wrong with the includes of one file; empty when nothing is.
std::vector<std::string> CheckIncludes(const fs::path& path, const std::string& text) {
  std::vector<std::string> wrong;
  const std::string folder = FolderOf(path);
  const auto arrows = kArrows.find(folder);
  if (arrows == kArrows.end()) {
    wrong.push_back(path.string() + ": the folder \"" + folder +
                    "\" is not in the list of folders (docs/architecture.md)");
    return wrong;
  }
  for (const Include& include : IncludesOf(text)) {
    if (!include.quoted) {
      const auto owner = kLibraryOwners.find(include.target);
      if (owner == kLibraryOwners.end()) continue;
      if (!owner->second.contains(folder)) {
        wrong.push_back(path.string() + ": <" + include.target + "> belongs to another folder");
      } else if (path.extension() != ".cpp" && path.string().find("/internal/") == std::string::npos) {
        wrong.push_back(path.string() + ": <" + include.target +
                        "> may stand in .cpp files and internal headers only");
      }
      continue;
    }
    if (include.target.ends_with(".inc")) continue;  // made by the build out of the folder's own files
    const size_t slash = include.target.find('/');
    const std::string to = slash == std::string::npos ? "" : include.target.substr(0, slash);
    if (!kArrows.contains(to)) {
      wrong.push_back(path.string() + ": \"" + include.target + "\" is no full path from src/");
      continue;
    }
    if (IsSecondReader(path) && to != "base" && to != "check" && !kReaderHeaders.contains(include.target)) {
      wrong.push_back(path.string() + ": a second reader shares transport and pace only, not \"" +
                      include.target + "\"");
      continue;
    }
    const size_t internal = include.target.find("/internal/");
    if (internal != std::string::npos && to != folder) {
      wrong.push_back(path.string() + ": \"" + include.target + "\" is internal to " + to);
    }
    if (to == folder || to == "base" || arrows->second.contains(to)) continue;
    wrong.push_back(path.string() + ": " + folder + " may not include " + to + " (\"" + include.target +
                    "\")");
  }
  return wrong;
}

std::string Join(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

std::vector<fs::path> AllFiles() {
  std::vector<fs::path> files;
  for (auto at = fs::directory_iterator(kRoot); at != fs::directory_iterator(); ++at) {
    const fs::path name = at->path().filename();
    if (IsIgnored(name) || at->is_symlink()) continue;
    if (at->is_regular_file()) files.push_back(name);
    if (at->is_directory()) {
      const auto inside = FilesUnder(name);
      files.insert(files.end(), inside.begin(), inside.end());
    }
  }
  return files;
}

TEST(Architecture, EveryIncludeFollowsAnArrow) {
  std::vector<std::string> wrong;
  size_t checked = 0;
  for (const char* folder : {"src", "emulator", "bench"}) {
    for (const fs::path& path : FilesUnder(folder)) {
      if (!IsSource(path) || IsTest(path)) continue;
      const auto found = CheckIncludes(path, ReadFile(kRoot / path));
      wrong.insert(wrong.end(), found.begin(), found.end());
      ++checked;
    }
  }
  EXPECT_GT(checked, 20U) << "the test looks into the wrong place";
  EXPECT_TRUE(wrong.empty()) << Join(wrong);
}

TEST(Architecture, AForbiddenIncludeIsCaught) {
  EXPECT_EQ(CheckIncludes("src/crm/a.cpp", "#include \"warehouse/warehouse.hpp\"\n").size(), 1U);
  EXPECT_EQ(CheckIncludes("src/metrics/deep/a.hpp", "\n  #  include \"engine/query_service.hpp\"\n").size(),
            1U);
  EXPECT_EQ(CheckIncludes("src/server/a.cpp", "#include \"warehouse/warehouse.hpp\"\n").size(), 1U);
  EXPECT_EQ(CheckIncludes("emulator/a.cpp", "#include \"crm/rows.hpp\"\n").size(), 1U);
  EXPECT_EQ(CheckIncludes("src/sync/a.cpp", "#include \"near.hpp\"\n").size(), 1U);
  EXPECT_EQ(CheckIncludes("src/engine/a.cpp", "#include <duckdb.h>\n").size(), 1U);
  EXPECT_EQ(CheckIncludes("src/warehouse/a.hpp", "#include <duckdb.h>\n").size(), 1U);
  EXPECT_EQ(CheckIncludes("src/engine/a.cpp", "#include \"metrics/internal/x.hpp\"\n").size(), 1U);
  EXPECT_EQ(CheckIncludes("src/unheard/a.cpp", "").size(), 1U);
  EXPECT_TRUE(CheckIncludes("src/sync/a.cpp",
                            "#include \"crm/rows.hpp\"\n#include \"base/json.hpp\"\n#include <map>\n")
                  .empty());
  EXPECT_TRUE(CheckIncludes("src/warehouse/a.cpp", "#include <duckdb.h>\n").empty());
}

TEST(Architecture, EveryFolderHasAShortReadme) {
  std::vector<std::string> wrong;
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(kRoot / "src")) {
    if (entry.is_directory()) folders.push_back(fs::path("src") / entry.path().filename());
  }
  for (const char* name :
       {"emulator", "bench", "tests", "models", "schemas", "web", "examples", "tools", "cmake", "docs"}) {
    if (fs::exists(kRoot / name)) folders.emplace_back(name);
  }
  for (const fs::path& folder : folders) {
    const fs::path readme = kRoot / folder / "README.md";
    // Only folders that hold something: a CMakeLists.txt alone is a folder to come.
    const auto files = FilesUnder(folder);
    const bool empty = std::all_of(files.begin(), files.end(),
                                   [](const fs::path& f) { return f.filename() == "CMakeLists.txt"; });
    if (empty) continue;
    if (!fs::exists(readme)) {
      wrong.push_back(folder.string() + " has no README.md");
      continue;
    }
    const std::string text = ReadFile(readme);
    const auto lines = std::count(text.begin(), text.end(), '\n');
    if (lines > 30)
      wrong.push_back(folder.string() + "/README.md has " + std::to_string(lines) + " lines, at most 30");
  }
  EXPECT_TRUE(wrong.empty()) << Join(wrong);
}

TEST(Architecture, NamesSayTheConcept) {
  static const std::regex kBanned(R"((^|[_\-.])(utils?|helpers?|commons?|managers?|misc)([_\-.]|$))",
                                  std::regex::icase);
  std::vector<std::string> wrong;
  for (const char* folder : {"src", "emulator", "bench", "tests", "tools", "web/src"}) {
    for (const fs::path& path : FilesUnder(folder)) {
      for (const fs::path& part : path) {
        if (std::regex_search(part.string(), kBanned)) wrong.push_back(path.string());
      }
    }
  }
  EXPECT_TRUE(wrong.empty()) << "these names say nothing:\n" << Join(wrong);
}

TEST(Architecture, NothingBuiltIsKept) {
  static const std::set<std::string> kBuilt = {".o",   ".a",   ".so",  ".duckdb", ".sqlite",
                                               ".pyc", ".wal", ".exe", ".obj",    ".log"};
  std::vector<std::string> wrong;
  for (const fs::path& path : AllFiles()) {
    if (kBuilt.contains(path.extension().string())) wrong.push_back(path.string());
    if (path.filename() == "sales_pipeline.csv")
      wrong.push_back(path.string() + " (the data set is not ours to keep)");
  }
  EXPECT_TRUE(wrong.empty()) << Join(wrong);
}

/// A to-do says what, and when: `TODO(2026-12): …` or `TODO(issue 7): …`.
bool IsVagueTodo(const std::string& line) {
  static const std::regex kTodo(R"((//|#|--|\*|<!--).*\b(TODO|FIXME)\b)");
  static const std::regex kClear(R"(\bTODO\([^)]+\): \S.{5,})");
  return std::regex_search(line, kTodo) && !std::regex_search(line, kClear);
}

TEST(Architecture, TodosSayWhatAndWhen) {
  const std::string word = std::string("TO") + "DO";
  EXPECT_TRUE(IsVagueTodo("// " + word + " later"));
  EXPECT_FALSE(IsVagueTodo("// " + word + "(issue 7): read odd workbooks"));
  std::vector<std::string> wrong;
  for (const char* folder : {"src", "emulator", "bench", "tests", "web/src", "models"}) {
    for (const fs::path& path : FilesUnder(folder)) {
      if (path.filename() == "architecture_test.cpp") continue;
      const std::string extension = path.extension().string();
      if (!IsSource(path) && extension != ".ts" && extension != ".vue" && extension != ".yaml" &&
          extension != ".sql")
        continue;
      std::istringstream lines(ReadFile(kRoot / path));
      std::string line;
      for (int number = 1; std::getline(lines, line); ++number) {
        if (IsVagueTodo(line)) wrong.push_back(path.string() + ":" + std::to_string(number) + ": " + line);
      }
    }
  }
  EXPECT_TRUE(wrong.empty()) << Join(wrong);
}

/// Imports of the web app that leave its folder: `../` upwards out of it, or a path of the repository.
std::vector<std::string> CheckWebImports(const fs::path& path, const std::string& text) {
  static const std::regex kImport(R"re((?:from|import)\s*\(?\s*['"](\.[^'"]*)['"])re");
  std::vector<std::string> wrong;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), kImport); at != std::sregex_iterator();
       ++at) {
    const fs::path target = (path.parent_path() / (*at)[1].str()).lexically_normal();
    const std::string first = target.begin()->string();
    if (first != "web" && first != "schemas") wrong.push_back(path.string() + ": imports " + target.string());
  }
  return wrong;
}

TEST(Architecture, TheWebAppImportsOnlyItself) {
  EXPECT_EQ(CheckWebImports("web/src/a.ts", "import { x } from '../../models/b'").size(), 1U);
  EXPECT_TRUE(CheckWebImports("web/src/a.ts", "import { x } from './b'\nimport { ref } from 'vue'").empty());
  std::vector<std::string> wrong;
  for (const fs::path& path : FilesUnder("web")) {
    const std::string extension = path.extension().string();
    if (extension != ".ts" && extension != ".vue") continue;
    const auto found = CheckWebImports(path, ReadFile(kRoot / path));
    wrong.insert(wrong.end(), found.begin(), found.end());
  }
  EXPECT_TRUE(wrong.empty()) << Join(wrong);
}

TEST(Architecture, MigrationsAreNumberedWithoutGaps) {
  std::set<int> numbers;
  for (const fs::path& path : FilesUnder("src/warehouse/migrations")) {
    if (path.extension() != ".sql") continue;
    const std::string name = path.filename().string();
    ASSERT_TRUE(std::regex_match(name, std::regex(R"(\d{4}_[a-z0-9_]+\.sql)"))) << name;
    EXPECT_TRUE(numbers.insert(std::stoi(name.substr(0, 4))).second)
        << "two migrations with one number: " << name;
  }
  if (!numbers.empty()) {
    EXPECT_EQ(*numbers.rbegin(), static_cast<int>(numbers.size()));
  }
}

TEST(Documents, ThePitfallsTestsExist) {
  std::set<std::string> there;
  const std::regex test(R"(TEST(_F|_P)?\((\w+), (\w+)\))");
  for (const char* folder : {"src", "emulator", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      if (!entry.is_regular_file() || entry.path().extension() != ".cpp" || IsIgnored(entry.path())) continue;
      const std::string text = ReadFile(entry.path());
      for (std::sregex_iterator at(text.begin(), text.end(), test), end; at != end; ++at)
        there.insert((*at)[2].str() + "." + (*at)[3].str());
    }
  }
  const std::string text = ReadFile(kRoot / "docs/pitfalls.md");
  const std::regex name(R"(`([A-Z]\w+\.\w+)`)");
  size_t named = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
    ++named;
    EXPECT_TRUE(there.contains((*at)[1].str()))
        << "docs/pitfalls.md names a test that is not there: " << (*at)[1].str();
  }
  EXPECT_GT(named, 40U);
}

}  // namespace
}  // namespace svodka
