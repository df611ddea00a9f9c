#include "emulator/company/past.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>

namespace svodka::emulator {

Result<Past> Past::Open(std::string path, Second now) {
  Past past;
  past.path_ = std::move(path);
  past.anchor_ = now;
  std::ifstream file(past.path_);
  if (!file) {
    if (auto done = past.Note(0, 0); !done) return done.errors();
    return past;
  }
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    Stretch stretch;
    if (kind == "anchor") {
      words >> past.anchor_;
    } else if (kind == "minutes") {
      words >> stretch.amount;
      past.stretches_.push_back(stretch);
    } else if (kind == "bustle") {
      words >> stretch.amount >> stretch.bustle;
      past.stretches_.push_back(stretch);
    } else {
      words.setstate(std::ios::failbit);
    }
    if (words.fail() || stretch.amount < 0) {
      return Diagnostic{"bad_clock_file",
                        "cannot read the line \"" + line + "\"; remove the file to begin a new company",
                        past.path_ + ":" + std::to_string(number),
                        {}};
    }
  }
  return past;
}

Status Past::Note(double bustle, int64_t amount) {
  if (amount > 0 && !stretches_.empty() && stretches_.back().bustle == bustle) {
    stretches_.back().amount += amount;
  } else if (amount > 0) {
    stretches_.push_back({bustle, amount});
  }
  const std::string fresh = path_ + ".new";
  {
    std::ofstream file(fresh, std::ios::trunc);
    file << "anchor " << anchor_ << "\n";
    for (const Stretch& stretch : stretches_) {
      if (stretch.bustle > 0) {
        file << "bustle " << stretch.amount << " " << stretch.bustle << "\n";
      } else {
        file << "minutes " << stretch.amount << "\n";
      }
    }
    if (!file.flush()) return Diagnostic{"bad_clock_file", "cannot write the file", fresh, {}};
  }
  if (std::rename(fresh.c_str(), path_.c_str()) != 0)
    return Diagnostic{"bad_clock_file", "cannot write the file", path_, {}};
  return Done{};
}

}  // namespace svodka::emulator
