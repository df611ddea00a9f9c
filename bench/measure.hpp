#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace svodka::bench {

/// One line of the answer: {name, size, value, unit, baseline, ratio}; ratio = how many times less than the
/// baseline, of a rate (unit "…/s") how many times more.
class Measurements {
 public:
  explicit Measurements(std::string size) : size_(std::move(size)) {}
  void Add(const std::string& name, double value, const std::string& unit,
           std::optional<double> baseline = {});
  void Append(const json::array& lines);  ///< lines of another process
  json::array ToJson() const { return lines_; }
  std::string ToTable() const;

 private:
  std::string size_;
  json::array lines_;
};

double Milliseconds(const std::function<void()>& action);
/// Processor time of this process so far, ms, all threads: what a busy machine does not stretch.
double ProcessorMilliseconds();
/// `share` 0.5 = median; linear between neighbours. Needs at least one sample.
double Quantile(std::vector<double> samples, double share);
/// Resident memory of this process, MB (anonymous and mapped files apart, as the kernel counts RssAnon).
double ResidentMegabytes();

struct Outcome {
  int status = 0;
  std::string output;
};
/// Runs a program to its end and collects its standard output; its standard error goes to ours.
Outcome RunProgram(const std::vector<std::string>& arguments);
/// Folder of this executable.
std::string OwnFolder();

}  // namespace svodka::bench
