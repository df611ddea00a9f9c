#include "base/time.hpp"

#include <cstdio>

#include <date/date.h>
#include <date/tz.h>

namespace svodka {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

bool ReadDigits(std::string_view text, size_t at, size_t count, int& value) {
  if (at + count > text.size()) return false;
  value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  return true;
}

}  // namespace

Result<Day> ParseDay(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-' && ReadDigits(text, 0, 4, year) &&
                      ReadDigits(text, 5, 2, month) && ReadDigits(text, 8, 2, day);
  const std::chrono::year_month_day ymd{std::chrono::year{year},
                                        std::chrono::month(static_cast<unsigned>(month)),
                                        std::chrono::day(static_cast<unsigned>(day))};
  if (!shaped || !ymd.ok()) {
    return Diagnostic{
        "bad_date", "expected a date such as 2025-03-31, got \"" + std::string(text) + "\"", "", {}};
  }
  return MakeDay(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

std::string ToString(Day day) {
  const auto ymd = day.ymd();
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
  return buffer;
}

Result<Instant> ParseInstant(std::string_view text) {
  const auto bad = [&] {
    return Diagnostic{
        "bad_instant",
        "expected a moment such as 2026-08-01T10:00:00+03:00, got \"" + std::string(text) + "\"",
        "",
        {}};
  };
  if (text.size() < 20 || (text[10] != 'T' && text[10] != ' ')) return bad();
  const auto day = ParseDay(text.substr(0, 10));
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!day.ok() || text[13] != ':' || text[16] != ':' || !ReadDigits(text, 11, 2, hour) ||
      !ReadDigits(text, 14, 2, minute) || !ReadDigits(text, 17, 2, second) || hour > 24 || minute > 59 ||
      second > 60) {
    return bad();
  }
  size_t at = 19;
  int64_t micros = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    int64_t scale = 100'000;
    size_t digits = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
      micros += scale * (text[at] - '0');
      scale /= 10;
    }
    if (digits == 0) return bad();
  }
  if (at >= text.size()) return bad();
  int64_t offset = 0;
  if (text[at] == 'Z' && at + 1 == text.size()) {
    offset = 0;
  } else if (text[at] == '+' || text[at] == '-') {
    const bool east = text[at] == '+';
    int oh = 0;
    int om = 0;
    const std::string_view rest = text.substr(at + 1);
    const bool colon = rest.size() == 5 && rest[2] == ':';
    if (!(colon || rest.size() == 4) || !ReadDigits(rest, 0, 2, oh) ||
        !ReadDigits(rest, colon ? 3 : 2, 2, om)) {
      return bad();
    }
    offset = (oh * 60 + om) * 60;
    if (!east) offset = -offset;
  } else {
    return bad();
  }
  return Instant{std::chrono::days{day->number}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         seconds{second} - seconds{offset} + microseconds{micros};
}

std::string ToString(Instant instant) {
  const auto whole = std::chrono::floor<seconds>(instant);
  const auto day = std::chrono::floor<std::chrono::days>(whole);
  const auto rest = (whole - day).count();
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "T%02d:%02d:%02dZ", static_cast<int>(rest / 3600),
                static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
  return ToString(Day{static_cast<int32_t>(day.time_since_epoch().count())}) + buffer;
}

struct Zone::Impl {
  const date::time_zone* zone;
  std::string name;
};

Result<Zone> Zone::Find(std::string_view name) {
  try {
    const date::time_zone* zone = date::locate_zone(std::string(name));
    return Zone(std::make_shared<const Impl>(Impl{zone, std::string(name)}));
  } catch (const std::exception&) {
    return Diagnostic{
        "unknown_zone",
        "time zone \"" + std::string(name) + "\" is not known; use an IANA name such as Europe/Moscow",
        "",
        {}};
  }
}

Zone Zone::Utc() { return Find("Etc/UTC").value(); }

const std::string& Zone::name() const { return impl_->name; }

int32_t Zone::OffsetSeconds(Instant instant) const {
  return static_cast<int32_t>(impl_->zone->get_info(std::chrono::floor<seconds>(instant)).offset.count());
}

Day Zone::LocalDay(Instant instant) const {
  const auto local = instant + seconds{OffsetSeconds(instant)};
  return Day{static_cast<int32_t>(std::chrono::floor<std::chrono::days>(local).time_since_epoch().count())};
}

Instant Zone::FromLocal(Day day, seconds since_midnight) const {
  const date::local_seconds local{std::chrono::days{day.number} + since_midnight};
  const date::local_info info = impl_->zone->get_info(local);
  if (info.result == date::local_info::nonexistent) return Instant{info.first.end};
  return Instant{local.time_since_epoch() - info.first.offset};
}

Instant Zone::StartOf(Day day) const { return FromLocal(day, seconds{0}); }

}  // namespace svodka
