#pragma once

#include <string>

#include "base/result.hpp"
#include "state/settings.hpp"
#include "warehouse/warehouse.hpp"

namespace svodka::app {

/// `facts` with the settings that people have stored for the portal: the dated ones with all their days, the
/// others as they are on `today`. Errors: those of state::SettingStore.
Result<warehouse::PortalSettings> WithStoredSettings(warehouse::PortalSettings facts,
                                                     const state::SettingStore& store,
                                                     const std::string& portal, Day today);

}  // namespace svodka::app
