#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace svodka::warehouse {

/// The cards (or activities) of a whole derivation in parts that are derived one after another, so that what
/// a statement holds does not grow with the portal: docs/adr/0024-memory-of-a-load.md.
struct Slices {
  int64_t first = 0;  ///< smallest key
  int64_t last = 0;   ///< largest key
  int64_t count = 1;  ///< 1: all at once
};

/// Slices of `rows` rows with keys first … last, each of about `rows_per_slice`.
Slices SlicesOf(int64_t rows, int64_t first, int64_t last, int64_t rows_per_slice);

/// The statements of a derivation file, each to be run in turn. A statement may name {slice:COLUMN} (COLUMN
/// is a key of the cards that are sliced) or {part:COLUMN} (COLUMN is an id): then it is run once per slice.
/// Such a statement begins with CREATE OR REPLACE TEMP TABLE name AS, or with INSERT INTO name; the latter
/// may end in a line that begins with ORDER BY and names columns by place: rows of all slices are put in that
/// order at the end. A line ending in ; ends a statement. With one slice: the file as it is, in one piece.
std::vector<std::string> SliceStatements(std::string_view sql, const Slices& slices);

}  // namespace svodka::warehouse
