#include "app/setup/file_words.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace svodka::app {
namespace {

/// `%` stands for what the English message says between `before` and `after`: the name or number of this
/// case.
struct Words {
  std::string_view code, russian, before = {}, after = {};
};

constexpr auto kWords = std::to_array<Words>({
    // a cell
    {"bad_number", "не число: лишние буквы, знаки или разделители не на своих местах"},
    {"ambiguous_number", "число читается двояко (%): укажите в отображении decimal: \",\" или decimal: \".\"",
     "two readings (", ")"},
    {"number_conflict", "разделитель дробной части не тот, что задан в отображении (decimal)"},
    {"number_out_of_range", "число слишком велико: не больше миллиарда"},
    {"bad_decimal", "не десятичное число, например 1234.50"},
    {"decimal_out_of_range", "в сумме больше шестнадцати цифр"},
    {"bad_date",
     "не дата: пишите 31.12.2024, 2024-12-31 или 2024-12-31 15:30; если это номер дня, укажите dates: excel"},
    {"ambiguous_date",
     "непонятно, где день, где месяц или какой год: укажите в отображении dates: dmy, mdy или ymd"},
    {"bad_duration", "не длительность: пишите 00:03:10 или 190 с"},
    {"ambiguous_duration",
     "минуты и секунды или часы и минуты? Укажите в отображении unit: \"m:s\" или unit: \"h:m\""},
    {"bad_flag", "ожидалось да или нет (да/нет, Y/N, 1/0)"},
    {"bad_choice", "ожидалось одно из: %; другие слова сопоставьте через aliases: в отображении", "one of ",
     ";"},
    {"unknown_currency",
     "не валюта: сопоставьте её код ISO через aliases: в отображении; рядом с числом могут стоять валюта, "
     "тыс. или млн"},
    {"currency_conflict", "сумма записана в одной валюте, а столбец валюты называет другую (%)",
     "written in ", "\n"},
    {"cell_error", "в ячейке ошибка таблицы"},
    {"precision_lost",
     "таблица хранит пятнадцать цифр числа, а в этом номере больше: сохраните его как текст"},
    // a row
    {"missing_value", "нет обязательного значения: %", "has no ", ","},
    {"duplicate_id", "другая строка этого же импорта имеет тот же номер и другое содержание"},
    {"whose_number",
     "ни один из двух номеров не известен как наш: назовите его в aliases: (номер: сотрудник; номер: \"\" — "
     "общая линия) или укажите столбец с направлением"},
    {"no_such_deal", "ни одна строка импорта не описывает сделку этой товарной позиции"},
    {"ragged_row", "ячеек в строке: %; не пропущен ли разделитель или кавычка?", "the row has ", ";"},
    {"unclosed_quote", "кавычка не закрыта: закройте её или удвойте внутри значения"},
    {"bad_quotes", "текст после закрывающей кавычки: кавычку внутри значения нужно удвоить"},
    {"bad_encoding", "это не текст в данной кодировке: укажите кодировку файла или сохраните его в UTF-8"},
    {"row_too_long", "строка длиннее 4 МиБ: верны ли разделитель и конец строки?"},
    {"merged_cells", "объединённые ячейки прочитать как запись нельзя: разъедините их"},
    // a file
    {"file_not_found", "файл не читается"},
    {"unreadable_file", "файл не удалось дочитать до конца"},
    {"legacy_xls",
     "старая книга Excel (.xls, до 2007 года) не читается: откройте её и сохраните как .xlsx или CSV UTF-8"},
    {"bad_xlsx", "книга повреждена, или это не .xlsx: откройте её в Excel и сохраните заново"},
    {"encrypted_xlsx", "книга закрыта паролем: сохраните её без пароля"},
    {"unknown_sheet", "такого листа нет: %", "no sheet ", "\n"},
    {"no_table", "веб-страница без таблицы (не страница ли это входа?): выгрузите список ещё раз"},
    {"empty_file", "в файле нет строк"},
    {"file_too_large", "HTML-таблица больше 512 МиБ: выгрузите её в CSV"},
    {"no_header", "в файле нет строки с названиями столбцов"},
    {"unknown_encoding", "такой кодировки мы не знаем"},
    {"unknown_column", "в файле нет столбца %", "has no column ", ";"},
    {"missing_field", "не выбрано обязательное поле: %", "\"", "\""},
    // an import
    {"repeated_rows", "строк, которые дословно повторяют предыдущие: %; они учтены один раз", "", " rows"},
    {"no_calls",
     "строк, которые не звонки с внешним миром (сообщения, трафик, звонки коллег друг другу): %; они "
     "пропущены",
     "", " rows"},
    {"equal_rows",
     "строк без номера, равных другой строке файла: %; каждая учтена отдельно. "
     "Если это повторы, задайте столбец номеров или уберите их",
     "", " rows"},
    {"unlisted_stages", "стадий, не описанных в отображении, ещё: %; тот ли столбец назван стадией?", "",
     " more"},
    {"no_rate", "есть суммы в %, а курса этой валюты нет: задайте rates: в отображении", "amounts in ",
     " and"},
    {"unlisted_stage", "стадия % не описана в отображении (pipelines:): её карточки считаются «в работе»",
     "stage ", " of "},
    {"file_not_given", "файла % из отображения нет среди выбранных", "the mapping's file ", " is"},
    {"file_not_mapped", "в отображении нет записи для этого файла: он не прочитан"},
    {"no_file_matches", "ни один из файлов не назван так, как ждёт отображение: %", "expects: ", "\n"},
});

const Words* Find(std::string_view code) {
  const auto* found = std::ranges::find(kWords, code, &Words::code);
  return found == kWords.end() ? nullptr : found;
}

std::string Between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t from = before.empty() ? 0 : text.find(before);
  if (from == std::string_view::npos) return "";
  const std::string_view rest = text.substr(from + before.size());
  return std::string(rest.substr(0, rest.find(after)));
}

void ReplaceAll(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

bool HasFileWords(const std::string& code) { return Find(code) != nullptr; }

std::string FileWords(const std::string& code, const std::string& message, const Say& say) {
  const Words* words = Find(code);
  if (!say.russian() || words == nullptr) return message;
  std::string text(words->russian);
  const size_t at = text.find('%');
  if (at == std::string::npos || words->after.empty()) return text;
  std::string detail = Between(message, words->before, words->after);
  if (code == "ragged_row") ReplaceAll(detail, " cells, the header ", ", в заголовке: ");
  ReplaceAll(detail, " or ", " или ");
  ReplaceAll(detail, ", the currency column says ", ", ");
  text.replace(at, 1, detail);
  return text;
}

std::string FileLine(const Diagnostic& diagnostic, const Say& say) {
  if (!say.russian()) return ToString(diagnostic);
  return (diagnostic.place.empty() ? "" : diagnostic.place + ": ") +
         FileWords(diagnostic.code, diagnostic.message, say);
}

}  // namespace svodka::app
