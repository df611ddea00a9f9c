#pragma once

#include <string_view>

#include "emulator/company/model.hpp"

namespace svodka::emulator {

/// As what Bitrix24 shows a piece of work: the same few kinds come in many providers.
struct Dress {
  int type;  ///< TYPE_ID: 1 meeting, 2 call, 3 task, 4 e-mail, 6 told by its provider
  std::string_view provider, provider_type;
  std::string_view kind;  ///< what it is to a reader: call, meeting, email, task, message, other
};
Dress DressOf(const Action& action, uint32_t id);

}  // namespace svodka::emulator
