#pragma once

#include <string>

#include "base/result.hpp"
#include "emulator/company/model.hpp"

namespace svodka::emulator {

/// Writes the canonical rows of the company into `folder`, `<table>.csv` with a header line for each table of
/// `warehouse/migrations/0001_canonical.sql` that has rows, without `key` and `row_hash`. Moments are UTC
/// `YYYY-MM-DD HH:MM:SS`, days integers, an empty field is NULL, texts are quoted where CSV needs it. Deleted
/// cards and activities are left out, their stage events stay. Errors: `dump_failed`.
Status Dump(const Company& company, const std::string& folder);

}  // namespace svodka::emulator
