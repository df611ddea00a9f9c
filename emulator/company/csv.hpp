#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "emulator/company/calendar.hpp"

namespace svodka::emulator {

/// One CSV file under construction. Values of a row are appended one after another; End finishes the row.
class Csv {
 public:
  Csv(const std::string& folder, const char* table, std::string_view columns)
      : file_(std::fopen((folder + "/" + table + ".csv").c_str(), "wb")) {
    if (file_ == nullptr)
      throw DiagnosticError({"dump_failed", "cannot write " + folder + "/" + table + ".csv", folder, {}});
    buffer_.reserve(kBlock + 4096);
    buffer_ += columns;
    buffer_ += '\n';
  }
  ~Csv() {
    if (file_ != nullptr) std::fclose(file_);
  }
  Csv(const Csv&) = delete;
  Csv& operator=(const Csv&) = delete;

  Csv& Null() { return Separate(), *this; }
  Csv& Text(std::string_view text) {
    Separate();
    if (text.empty()) {
      buffer_ += "\"\"";
    } else if (text.find_first_of(",\"\n\r") == std::string_view::npos) {
      buffer_ += text;
    } else {
      buffer_ += '"';
      for (const char c : text) {
        if (c == '"') buffer_ += '"';
        buffer_ += c;
      }
      buffer_ += '"';
    }
    return *this;
  }
  Csv& TextOrNull(std::string_view text) { return text.empty() ? Null() : Text(text); }
  Csv& Number(int64_t number) {
    Separate();
    char digits[24];
    const auto result = std::to_chars(digits, digits + sizeof digits, number);
    buffer_.append(digits, result.ptr);
    return *this;
  }
  Csv& IdOrNull(int64_t id) { return id == 0 ? Null() : Number(id); }
  Csv& Prefixed(std::string_view prefix, int64_t id) {
    if (id == 0) return Null();
    Separate();
    buffer_ += prefix;
    char digits[24];
    const auto result = std::to_chars(digits, digits + sizeof digits, id);
    buffer_.append(digits, result.ptr);
    return *this;
  }
  Csv& Moment(Second moment) {
    Separate();
    if (moment == 0) return *this;
    const int32_t day = static_cast<int32_t>(moment / kDaySeconds);
    if (day != day_) {
      day_ = day;
      day_text_ = ToString(Day{day});
    }
    const uint32_t rest = moment % kDaySeconds;
    const char time[] = {' ', Digit(rest / 36000),   Digit(rest / 3600 % 10),
                         ':', Digit(rest / 600 % 6), Digit(rest / 60 % 10),
                         ':', Digit(rest / 10 % 6),  Digit(rest % 10)};
    buffer_ += day_text_;
    buffer_.append(time, sizeof time);
    return *this;
  }
  Csv& Money(int64_t minor, bool unknown) {
    Separate();
    if (unknown) return *this;
    char digits[24];
    const auto result = std::to_chars(digits, digits + sizeof digits, minor / 100);
    buffer_.append(digits, result.ptr);
    buffer_ += '.';
    buffer_ += Digit(static_cast<uint32_t>(minor % 100 / 10));
    buffer_ += Digit(static_cast<uint32_t>(minor % 10));
    return *this;
  }
  Csv& Flag(bool flag) { return Separate(), buffer_ += flag ? "true" : "false", *this; }
  void End() {
    buffer_ += '\n';
    first_ = true;
    if (buffer_.size() >= kBlock) Flush();
  }
  void Close() {
    Flush();
    const bool closed = std::fclose(file_) == 0;
    file_ = nullptr;
    if (!closed) throw DiagnosticError({"dump_failed", "cannot finish writing: is the disk full?", "", {}});
  }

 private:
  static constexpr size_t kBlock = 1 << 20;
  static char Digit(uint32_t value) { return static_cast<char>('0' + value); }
  void Separate() {
    if (!first_) buffer_ += ',';
    first_ = false;
  }
  void Flush() {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size()) {
      throw DiagnosticError({"dump_failed", "cannot write: is the disk full?", "", {}});
    }
    buffer_.clear();
  }
  std::FILE* file_;
  std::string buffer_, day_text_;
  int32_t day_ = -1;
  bool first_ = true;
};

}  // namespace svodka::emulator
