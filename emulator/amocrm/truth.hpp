#pragma once

#include "base/json.hpp"
#include "emulator/amocrm/view.hpp"

namespace svodka::emulator::amocrm {

/// The totals of metrics.md in the account's terms, from the company's own objects and the view's invoices,
/// never through the API: leads are the cards of «Лиды», a deal is created when its card moves out of there.
/// Amounts are whole roubles, as the account keeps them (in Kommo's mode it shows cents: `cents`). Shape:
/// README.md.
json::value AccountTruth(const View& view, bool cents);

}  // namespace svodka::emulator::amocrm
