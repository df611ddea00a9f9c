#pragma once

namespace svodka {

/// Gives the system back what the allocator holds of freed memory: after a peak, before a long rest.
void GiveBackMemory();

}  // namespace svodka
