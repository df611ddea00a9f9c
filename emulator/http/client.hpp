#pragma once

#include <string>

namespace svodka::emulator::http {

/// Posts a form to an http or https address, as a CRM does with its webhooks: two seconds for everything, no
/// check of the certificate. The status of the answer, 0 when there was none.
int PostForm(const std::string& url, const std::string& body);

}  // namespace svodka::emulator::http
