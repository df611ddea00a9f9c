#include "fuzz/mutate.hpp"

#include <array>
#include <limits>
#include <utility>
#include <vector>

namespace svodka::fuzz {
namespace {

size_t Below(Random& random, size_t bound) { return static_cast<size_t>(random() % bound); }

/// Texts that a CRM, an integration or a joker may have put into any cell.
std::string OddText(Random& random) {
  static const std::array<std::string, 43> kTexts = {
      "",
      " ",
      "0",
      "-0",
      "00",
      "N",
      "Y",
      "null",
      "false",
      "[]",
      "-1",
      "1e309",
      "-1e-400",
      "NaN",
      "0x1F",
      "1,5",
      "1.005",
      "999999999999999.994",
      "9999999999999999999999",
      "-9223372036854775809",
      "18446744073709551616",
      "12345678901234567.89",
      "9999999999999999.999",
      "99999999999999999|RUB",
      "12345|RUB",
      "|RUB",
      "12 345,67 ₽",
      "2026-02-30",
      "2026-02-30T25:61:61+03:00",
      "0000-00-00 00:00:00",
      "0000-00-00T00:00:00+00:00",
      "9999-12-31T23:59:59+14:00",
      "10000-01-01",
      "-2026-01-01",
      "1969-12-31T23:59:59Z",
      "2026-11-23T02:30:00+03",
      "31.12.2026 23:59:59",
      std::string("nul\0inside", 10),
      "\xE2\x80\xAE переворот \xE2\x80\xAC",
      "<script>alert(1)</script>[b]жирно[/b]&amp;&#x1F600;&#xD800;&#999999999999;",
      "=HYPERLINK(\"http://example.test\")",
      "C2:WON",
      "DT187_3:SUCCESS"};
  const size_t which = Below(random, kTexts.size() + 3);
  if (which < kTexts.size()) return kTexts[which];
  if (which == kTexts.size()) return std::string(10'000, 'x');
  if (which == kTexts.size() + 1) {
    std::string text;
    for (int i = 0; i < 3'000; ++i) text += "ж";
    return text;
  }
  return std::string(2'000, '[') + std::string(2'000, '<');
}

json::value OddValue(Random& random) {
  switch (Below(random, 14)) {
    case 0:
      return nullptr;
    case 1:
      return false;
    case 2:
      return true;
    case 3:
      return 0;
    case 4:
      return -1;
    case 5:
      return std::numeric_limits<int64_t>::max();
    case 6:
      return std::numeric_limits<int64_t>::min();
    case 7:
      return random() % 2 == 0 ? json::value(std::numeric_limits<uint64_t>::max())
                               : json::value(int64_t{12'345'678'901'234'567});
    case 8:
      return static_cast<double>(random()) * (random() % 2 == 0 ? 1e200 : -1e-3);
    case 9:
      return json::array{};
    case 10:
      return json::object{};
    case 11:
      return json::array{OddText(random), nullptr, json::object{{"value", OddText(random)}}};
    case 12:
      return json::object{
          {"id", static_cast<int64_t>(random())}, {"value", OddText(random)}, {"0", json::array{1}}};
    default:
      return json::string(OddText(random));
  }
}

void Collect(json::value& value, std::vector<json::value*>& places) {
  places.push_back(&value);
  if (auto* object = value.if_object()) {
    for (auto& member : *object) Collect(member.value(), places);
  } else if (auto* list = value.if_array()) {
    for (auto& item : *list) Collect(item, places);
  }
}

/// The same thing as another type: what PHP does to a number, a list or an empty map.
json::value OtherShape(const json::value& value, Random& random) {
  if (value.is_string()) {
    const std::string text(value.get_string());
    if (random() % 2 == 0) return json::array{value};
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    return end == text.c_str() ? json::value(nullptr) : json::value(number);
  }
  if (value.is_int64()) return json::string(std::to_string(value.get_int64()));
  if (const auto* object = value.if_object()) {
    json::array list;
    for (const auto& member : *object) list.push_back(member.value());
    return list;
  }
  if (const auto* list = value.if_array()) {
    json::object object;
    for (size_t i = 0; i < list->size(); ++i) object[std::to_string(i + random() % 2)] = (*list)[i];
    return object;
  }
  return json::array{value};
}

void Change(json::value& root, Random& random) {
  std::vector<json::value*> places;
  Collect(root, places);
  json::value& place = *places[Below(random, places.size())];
  switch (Below(random, 7)) {
    case 0:
      place = OtherShape(json::value(place), random);
      return;
    case 1:
      // Another cell of the row: a date where an amount should be.
      place = json::value(*places[Below(random, places.size())]);
      return;
    case 2:
      if (auto* object = place.if_object(); object != nullptr && !object->empty()) {
        object->erase(object->begin() + static_cast<std::ptrdiff_t>(Below(random, object->size())));
        return;
      }
      break;
    case 3:
      if (auto* list = place.if_array(); list != nullptr && !list->empty()) {
        const json::value item = (*list)[Below(random, list->size())];
        for (size_t times = 1 + Below(random, 20); times > 0; --times) list->push_back(item);
        return;
      }
      break;
    case 4:
      if (auto* text = place.if_string(); text != nullptr && !text->empty()) {
        // Cut or grown by characters of ASCII: the text stays UTF-8 only where it was ASCII, as answers are
        // checked before.
        const auto character = static_cast<char>(0x20 + Below(random, 0x5F));
        const size_t at = Below(random, text->size());
        if (static_cast<unsigned char>((*text)[at]) < 0x80) (*text)[at] = character;
        return;
      }
      break;
    default:
      break;
  }
  place = OddValue(random);
}

}  // namespace

json::value Mutate(const json::value& value, Random& random) {
  json::value changed = value;
  for (size_t times = 1 + Below(random, 4); times > 0; --times) Change(changed, random);
  return changed;
}

std::string MutateBytes(std::string bytes, Random& random) {
  for (size_t times = 1 + Below(random, 4); times > 0; --times) {
    if (bytes.empty()) return bytes;
    const size_t at = Below(random, bytes.size());
    const size_t size = 1 + Below(random, 16);
    switch (Below(random, 5)) {
      case 0:
        bytes.erase(at, size);
        break;
      case 1:
        bytes.insert(at, bytes.substr(Below(random, bytes.size()), size));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3: {
        const std::string text = OddText(random);
        bytes.insert(at, text.substr(0, 200));
        break;
      }
      default:
        bytes[at] = static_cast<char>(random());
    }
  }
  return bytes;
}

}  // namespace svodka::fuzz
