#pragma once

#include "bench/dataset.hpp"
#include "bench/measure.hpp"

namespace svodka::bench {

/// The first load of an amoCRM account from its recorded answers, as MeasureReplay does it for Bitrix24. Rows
/// are those of the account's lists (leads, contacts, companies, tasks, notes, events), each counted once.
/// Adds load.amocrm (rows/s beside the baseline's), load.amocrm.cpu, load.amocrm.rows, load.amocrm.answers,
/// memory.load.amocrm, load.amocrm.poll_idle.cpu: processor time of a poll that finds nothing new, and
/// load.amocrm.again.cpu: of a sweep that reads every card again and stores none.
Status MeasureAmoReplay(const Dataset& dataset, int threads, bool baseline, Measurements& measurements);

}  // namespace svodka::bench
