#include "crm/files/column_reader.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "base/text.hpp"
#include "crm/files/number_text.hpp"

namespace svodka::crm::files {
namespace {

struct Choice {
  std::string_view text, word;
};
constexpr Choice kChoices[] = {
    {"входящий", "in"},
    {"входящее", "in"},
    {"входящая", "in"},
    {"incoming", "in"},
    {"inbound", "in"},
    {"вх", "in"},
    {"исходящий", "out"},
    {"исходящее", "out"},
    {"исходящая", "out"},
    {"outgoing", "out"},
    {"outbound", "out"},
    {"исх", "out"},
    {"звонок", "call"},
    {"встреча", "meeting"},
    {"письмо", "email"},
    {"e-mail", "email"},
    {"mail", "email"},
    {"задача", "task"},
    {"дело", "task"},
    {"сообщение", "message"},
    {"чат", "message"},
    {"chat", "message"},
    {"комментарий", "comment"},
    {"примечание", "comment"},
    {"note", "comment"},
    {"другое", "other"},
    {"прочее", "other"},
    {"компания", "company"},
    {"контакт", "contact"},
    {"organization", "company"},
    {"person", "contact"},
    {"оплачен", "paid"},
    {"оплачено", "paid"},
    {"оплачена", "paid"},
    {"проведен", "paid"},
    {"запланирован", "planned"},
    {"запланировано", "planned"},
    {"ожидается", "planned"},
    {"не оплачен", "planned"},
    {"не оплачено", "planned"},
    {"unpaid", "planned"},
    {"отменен", "cancelled"},
    {"отменён", "cancelled"},
    {"отменено", "cancelled"},
    {"canceled", "cancelled"},
    {"аннулирован", "cancelled"},
    {"юрлицо", "company"},
    {"физлицо", "contact"},
    {"юр. лицо", "company"},
    {"физ. лицо", "contact"},
};

Result<ReadValue> Found(Value value) { return ReadValue{std::move(value), std::nullopt, false}; }

bool Holds(const std::string& text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return text.find(part) != std::string::npos; });
}

/// What telephone companies and exchanges write: `Исходящий вызов`, `Вх. (пропущенный)`, `SMS`, `NO ANSWER`.
/// "" for other words.
std::string_view CallWord(std::string_view detail, const std::string& folded) {
  if (detail == "answered missed") {
    if (Holds(folded, {"no answer", "noanswer", "no_answer",  "busy",         "fail",      "congestion",
                       "cancel",    "missed",   "unanswered", "not answered", "voicemail", "chanunavail",
                       "reject",    "занят",    "пропущ",     "неусп",        "неотв",     "отмен",
                       "сброш",     "отклон",   "недост"}) ||
        folded.starts_with("не") || folded.starts_with("нет"))
      return "missed";
    if (Holds(folded, {"answer", "success", "connected", "completed", "отвеч", "принят", "успеш", "состоял",
                       "разговор", "соедин"}) ||
        folded == "ok")
      return "answered";
    return "";
  }
  if (!detail.starts_with("in out")) return "";
  const bool of_calls = detail.ends_with("other");
  if (of_calls && Holds(folded, {"sms", "смс", "mms", "ммс", "gprs", "интернет", "internet", "трафик",
                                 "traffic", "сообщени", "внутр", "internal"}))
    return "other";
  if (of_calls && Holds(folded, {"пропущ", "missed", "неотвеч", "непринят"})) return "missed";
  if (folded.starts_with("вх") || folded.starts_with("incoming") || folded.starts_with("inbound") ||
      folded.starts_with("in "))
    return "in";
  if (folded.starts_with("исх") || folded.starts_with("outgoing") || folded.starts_with("outbound") ||
      folded.starts_with("out "))
    return "out";
  return "";
}

Result<std::string> ReadChoice(std::string_view detail, std::string_view text) {
  const std::string folded = FoldCase(text);
  const std::vector<std::string> words = Split(detail, ' ');
  if (std::find(words.begin(), words.end(), folded) != words.end()) return folded;
  for (const Choice& choice : kChoices) {
    if (choice.text == folded && std::find(words.begin(), words.end(), choice.word) != words.end()) {
      return std::string(choice.word);
    }
  }
  if (const std::string_view word = CallWord(detail, folded); !word.empty()) return std::string(word);
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return Diagnostic{
      "bad_choice",
      "expected one of " + list + "; give `aliases:` in the mapping: \"" + std::string(text) + "\"", "",
      NearestNames(folded, words)};
}

/// The parts of a source: their text joined, and the kind of the single cell.
Cell TakeText(const BoundColumn& column, const TableRow& row, std::string& joined) {
  if (column.spec->value) return {*column.spec->value, CellKind::kText};
  const auto cell_at = [&](size_t index) {
    Cell cell = index < row.cells.size() ? row.cells[index] : Cell{};
    if (column.empty_marks != nullptr) {
      for (const std::string& mark : *column.empty_marks) {
        if (cell.text == mark) return Cell{};
      }
    }
    return cell;
  };
  if (column.columns.size() == 1) return cell_at(column.columns.front());
  for (const size_t index : column.columns) {
    const Cell cell = cell_at(index);
    if (cell.kind == CellKind::kError) return cell;
    if (cell.kind == CellKind::kRounded) return cell;
    if (cell.text.empty()) continue;
    if (!joined.empty()) joined += column.spec->separator;
    joined += cell.text;
  }
  return {joined, CellKind::kText};
}

Result<NumberText> ReadNumber(const BoundColumn& column, const Cell& cell) {
  if (cell.kind == CellKind::kFlag) {
    return Diagnostic{"bad_number",
                      std::string("a truth value where a number should be: \"") +
                          (cell.text == "1" ? "TRUE" : "FALSE") + "\"",
                      "",
                      {}};
  }
  const std::optional<char> decimal =
      cell.kind == CellKind::kText ? column.decimal : std::optional<char>('.');
  auto number = ParseNumberText(cell.text, decimal);
  const bool given = column.spec->decimal.has_value();
  // A separator settled by the column only decides what is ambiguous; a text that proves another one is read
  // as it says.
  if (!number.ok() && number.error().code == "number_conflict" && !given) {
    return ParseNumberText(cell.text, std::nullopt);
  }
  return number;
}

Result<DateText> ReadDate(const BoundColumn& column, const Cell& cell) {
  if (cell.kind == CellKind::kMoment) return ParseDateText(cell.text, DateOrder::kYearFirst);
  const bool serial = column.dates == DateOrder::kExcel || column.dates == DateOrder::kExcel1904 ||
                      column.dates == DateOrder::kUnix;
  if (cell.kind == CellKind::kNumber && !serial) {
    return Diagnostic{
        "bad_date",
        "a number where a date should be; say `dates: excel` in the mapping if it is a day number: \"" +
            std::string(cell.text) + "\"",
        "",
        {}};
  }
  return ParseDateText(cell.text, column.dates);
}

}  // namespace

Header::Header(const TableRow& row) {
  std::map<std::string, int> seen;
  for (const Cell& cell : row.cells) {
    std::string name(cell.text);
    const int count = ++seen[name];
    if (count > 1) name += "#" + std::to_string(count);
    names_.push_back(std::move(name));
  }
  while (!names_.empty() && (names_.back().empty() || names_.back().starts_with("#"))) names_.pop_back();
}

Result<size_t> Header::Find(const std::string& name, const std::string& place,
                            const std::string& file) const {
  const std::string wanted(TrimAny(name));
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == wanted) return i;
  }
  const std::string folded = FoldCase(wanted);
  for (size_t i = 0; i < names_.size(); ++i) {
    if (FoldCase(names_[i]) == folded) return i;
  }
  std::vector<std::string> nearest = NearestNames(wanted, names_);
  std::string message = "the file " + file + " has no column \"" + wanted + "\"";
  if (nearest.empty()) {
    message += "; its columns are: ";
    for (size_t i = 0; i < names_.size() && i < 40; ++i) message += (i > 0 ? ", " : "") + names_[i];
  }
  return Diagnostic{"unknown_column", message, place, std::move(nearest)};
}

bool BoundColumn::NeedsSettling() const {
  if (spec->value) return false;
  if (type == FieldType::kMoney || type == FieldType::kNumber || type == FieldType::kInteger) return !decimal;
  if (type == FieldType::kMoment || type == FieldType::kDay) return dates == DateOrder::kUnknown;
  return false;
}

Result<BoundColumn> BindColumn(const ColumnSpec& spec, FieldType type, std::string_view detail,
                               const FileSpec& file, const Header& header, const std::string& file_name) {
  BoundColumn column;
  column.spec = &spec;
  column.type = type;
  column.detail = detail;
  column.decimal = spec.decimal ? spec.decimal : file.decimal;
  column.dates = spec.dates != DateOrder::kUnknown ? spec.dates : file.dates;
  column.empty_marks = file.empty_marks.empty() ? nullptr : &file.empty_marks;
  const std::vector<std::string> names =
      spec.column.empty() ? spec.columns : std::vector<std::string>{spec.column};
  Diagnostics errors;
  for (const std::string& name : names) {
    auto index = header.Find(name, spec.place, file_name);
    if (!index.ok()) {
      errors.push_back(index.error());
      continue;
    }
    column.columns.push_back(*index);
    column.shown += (column.shown.empty() ? "" : " + ") + header.name(*index);
  }
  if (!errors.empty()) return errors;
  return column;
}

std::string SourceText(const BoundColumn& column, const TableRow& row) {
  std::string joined;
  return std::string(TakeText(column, row, joined).text);
}

std::string NormalisePhone(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  if (digits.size() == 11 && digits.front() == '8') digits.front() = '7';
  if (digits.size() == 10 && digits.front() == '9') digits.insert(0, "7");
  return digits;
}

Result<ReadValue> ReadColumn(const BoundColumn& column, const TableRow& row, const Zone& zone) {
  std::string joined;
  Cell cell = TakeText(column, row, joined);
  if (cell.kind == CellKind::kError) {
    return Diagnostic{"cell_error",
                      "the spreadsheet has an error in this cell: \"" + std::string(cell.text) + "\"",
                      "",
                      {}};
  }
  if (cell.text.empty() && column.spec->default_value) cell = {*column.spec->default_value, CellKind::kText};
  if (!column.spec->aliases.empty()) {
    const auto alias = column.spec->aliases.find(std::string(cell.text));
    if (alias != column.spec->aliases.end()) cell = {alias->second, CellKind::kText};
  }
  bool missed = false;
  if (column.lookup != nullptr && !cell.text.empty()) {
    const auto hit = column.lookup->find(FoldCase(cell.text));
    missed = hit == column.lookup->end();
    cell = {missed ? std::string_view() : std::string_view(hit->second), CellKind::kText};
  }
  if (cell.text.empty()) return ReadValue{Value{}, std::nullopt, missed};

  switch (column.type) {
    case FieldType::kText:
    case FieldType::kReference:
    case FieldType::kDictionary:
    case FieldType::kPipeline:
    case FieldType::kStage:
    case FieldType::kDepartment:
      if (cell.kind == CellKind::kRounded && (column.type != FieldType::kText || column.detail == "id")) {
        return Diagnostic{"precision_lost",
                          "a spreadsheet keeps fifteen digits of a number, the others of this id are lost; "
                          "export the column "
                          "as text: \"" +
                              std::string(cell.text) + "\"",
                          "",
                          {}};
      }
      return Found(std::string(cell.text));
    case FieldType::kPhone: {
      std::string digits = NormalisePhone(cell.text);
      if (digits.empty()) return Found(Value{});
      return Found(std::move(digits));
    }
    case FieldType::kMoney: {
      auto number = ReadNumber(column, cell);
      if (!number.ok()) return number.error();
      if (number->percent) {
        return Diagnostic{"bad_number",
                          "a percentage where an amount should be: \"" + std::string(cell.text) + "\"",
                          "",
                          {}};
      }
      auto money = ToMoney(*number);
      if (!money.ok()) return money.error();
      return ReadValue{*money, number->currency, false};
    }
    case FieldType::kNumber:
    case FieldType::kInteger: {
      auto number = ReadNumber(column, cell);
      if (!number.ok()) return number.error();
      const double value = std::strtod(number->plain.c_str(), nullptr);
      if (column.type == FieldType::kNumber) return Found(number->percent ? value / 100 : value);
      if (std::abs(value) > 1e9) {
        return Diagnostic{"number_out_of_range",
                          "a number up to a milliard was expected: \"" + std::string(cell.text) + "\"",
                          "",
                          {}};
      }
      return Found(static_cast<int64_t>(std::llround(value)));
    }
    case FieldType::kMoment: {
      auto date = ReadDate(column, cell);
      if (!date.ok()) return date.error();
      return Found(ToInstant(*date, zone));
    }
    case FieldType::kDay: {
      auto date = ReadDate(column, cell);
      if (!date.ok()) return date.error();
      return Found(ToDay(*date, zone));
    }
    case FieldType::kFlag: {
      auto flag = ParseFlagText(cell.text);
      if (!flag.ok()) return flag.error();
      return Found(*flag);
    }
    case FieldType::kDuration: {
      auto seconds = ParseDurationText(cell.text, column.spec->unit);
      if (!seconds.ok()) return seconds.error();
      return Found(static_cast<int64_t>(*seconds));
    }
    case FieldType::kCurrency: {
      auto code = FindCurrency(cell.text);
      if (code) return Found(std::move(*code));
      return Diagnostic{"unknown_currency",
                        "not a currency; give `aliases:` to its ISO code in the mapping: \"" +
                            std::string(cell.text) + "\"",
                        "",
                        {}};
    }
    case FieldType::kChoice: {
      auto word = ReadChoice(column.detail, cell.text);
      if (!word.ok()) return word.error();
      return Found(std::move(*word));
    }
  }
  throw InvariantError("field type");
}

void ColumnEvidence::Observe(const BoundColumn& column, const TableRow& row) {
  std::string joined;
  const Cell cell = TakeText(column, row, joined);
  if (cell.text.empty() || cell.kind != CellKind::kText) return;
  if (column.type == FieldType::kMoment || column.type == FieldType::kDay) {
    const auto date = ParseDateText(cell.text, DateOrder::kUnknown);
    if (!date.ok() || !date->proves) return;
    (*date->proves == DateOrder::kDayFirst ? day_first_ : month_first_) = true;
    return;
  }
  const auto number = ParseNumberText(cell.text, std::nullopt);
  if (!number.ok() || !number->decimal) return;
  (*number->decimal == '.' ? point_ : comma_) = true;
}

void ColumnEvidence::Settle(BoundColumn& column) const {
  if (point_ != comma_) column.decimal = point_ ? '.' : ',';
  if (day_first_ != month_first_) column.dates = day_first_ ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
}

}  // namespace svodka::crm::files
