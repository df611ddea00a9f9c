#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "emulator/company/model.hpp"

namespace svodka::emulator {

/// What a company has lived through since it was generated, kept in a file, so that a restarted emulator is
/// the same company further on (a connected copy of it must not see cards vanish). The same past replayed
/// gives the same company. File: a line `anchor SECONDS` (the moment it was generated for), then lines
/// `minutes N` or `bustle SECONDS FACTOR`.
class Past {
 public:
  struct Stretch {
    double bustle = 0;  ///< 0: ordinary time, `amount` in minutes; else `amount` in seconds
    int64_t amount = 0;
  };

  /// An absent file is a company that begins at `now`. Errors: `bad_clock_file`.
  static Result<Past> Open(std::string path, Second now);

  Second anchor() const { return anchor_; }
  const std::vector<Stretch>& stretches() const { return stretches_; }
  /// Notes a stretch before it is lived, and stores the file. Errors: `bad_clock_file`.
  Status Note(double bustle, int64_t amount);

 private:
  std::string path_;
  Second anchor_ = 0;
  std::vector<Stretch> stretches_;
};

}  // namespace svodka::emulator
