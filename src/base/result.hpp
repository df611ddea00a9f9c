#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace svodka {

/// A mistake or a trouble that a person can act on.
/// `code` is stable snake_case and names one message shape; `message` says what is wrong, the value, the rule
/// and what to do; `place` is `file:line`, a JSON path such as `measures[2]`, or empty.
struct Diagnostic {
  std::string code;
  std::string message;
  std::string place;
  std::vector<std::string> nearest;  ///< nearest valid names, best first; may be empty

  bool operator==(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

/// One line for a log or a terminal: `place: message [code] (did you mean: a, b?)`.
std::string ToString(const Diagnostic& diagnostic);

/// A broken invariant of our own: not reachable from input. May only end a request or a job.
class InvariantError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Carries diagnostics through code that cannot return a Result. Caught at the edge of the folder that throws
/// it.
class DiagnosticError : public std::runtime_error {
 public:
  explicit DiagnosticError(Diagnostic diagnostic);
  const Diagnostic& diagnostic() const { return diagnostic_; }

 private:
  Diagnostic diagnostic_;
};

/// Either a value or at least one diagnostic. (C++20 has no std::expected.)
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Diagnostic error) : state_(std::in_place_index<1>, Diagnostics{std::move(error)}) {}  // NOLINT
  Result(Diagnostics errors) : state_(std::in_place_index<1>, std::move(errors)) {}            // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const& { return Checked(), std::get<0>(state_); }
  T& value() & { return Checked(), std::get<0>(state_); }
  T&& value() && { return Checked(), std::get<0>(std::move(state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  /// Needs !ok().
  const Diagnostics& errors() const { return std::get<1>(state_); }
  const Diagnostic& error() const { return std::get<1>(state_).front(); }

 private:
  void Checked() const {
    if (!ok()) throw DiagnosticError(error());
  }
  std::variant<T, Diagnostics> state_;
};

/// The result of an action that has no value.
struct Done {};
using Status = Result<Done>;

}  // namespace svodka
