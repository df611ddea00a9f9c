#pragma once

#include <string>
#include <utility>
#include <vector>

namespace svodka::crm {

/// Parameters as PHP reads them: {"filter[>ID]", "5"}, {"select[0]", "ID"}. In order.
using Params = std::vector<std::pair<std::string, std::string>>;

/// `a=b&c%5B0%5D=d`: keys and values percent-encoded.
std::string EncodeQuery(const Params& params);

}  // namespace svodka::crm
