#pragma once

#include <stop_token>

#include "engine/batch.hpp"
#include "engine/dictionary.hpp"
#include "engine/record_rows.hpp"
#include "metrics/query/bind.hpp"

namespace svodka::engine {

/// Cards and clients whose texts the next click, order or page of a list may show.
struct NearTexts {
  std::string entity;
  NearRows rows;
};

/// The rows beneath the cell of a bound query. Errors: `bad_order`, `bad_cell` (parts of the measure are
/// cards of different kinds), those of the warehouse. `take_rows`: from extracts where these may serve;
/// `near` then takes what is worth reading ahead. `atoms` takes what the number is made of, per component of
/// the plan.
Result<RecordPage> ReadRecords(const metrics::BoundQuery& query, const Dictionary& dictionary,
                               const warehouse::Warehouse& warehouse, Memory memory, bool take_rows,
                               Language language, const std::stop_token& stop, std::optional<NearTexts>& near,
                               std::vector<AtomValues>* atoms = nullptr);

/// Reads those of them into the dictionary and `memory` that are not there. Errors: those of the warehouse; a
/// list then reads what it shows by itself.
Status ReadNear(const NearTexts& near, const metrics::Dimension& client, const Dictionary& dictionary,
                const warehouse::Warehouse& warehouse, Memory memory, const std::stop_token& stop);

}  // namespace svodka::engine
