#include "base/memory.hpp"

#ifdef SVODKA_TCMALLOC
#include <gperftools/malloc_extension.h>
#else
#include <malloc.h>
#endif

namespace svodka {

void GiveBackMemory() {
#ifdef SVODKA_TCMALLOC
  MallocExtension::instance()->ReleaseFreeMemory();
#else
  ::malloc_trim(0);
#endif
}

}  // namespace svodka
