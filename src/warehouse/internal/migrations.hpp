#pragma once

#include <span>

#include "base/embedded.hpp"
#include "warehouse/internal/duck.hpp"

namespace svodka::warehouse {

/// The numbered files of migrations/, in order.
std::span<const EmbeddedFile> Migrations();

/// Brings the file to the newest of `migrations` (named NNNN_what.sql, in order), each in a transaction of
/// its own. Throws `newer_version` when the file has one that is not among them.
void Migrate(Connection& connection, std::span<const EmbeddedFile> migrations);

}  // namespace svodka::warehouse
