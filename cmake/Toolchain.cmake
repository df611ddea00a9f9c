# Compiler flags and ccache, the same for every target.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(svodka_flags INTERFACE)
target_compile_options(svodka_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror
  # GCC 12 reports these falsely at -O2 inside std::string and std::optional.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds>
  # The same object from any checkout: ccache hits across work trees, reproducible releases.
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)

if(SVODKA_SANITIZE)
  target_compile_options(svodka_flags INTERFACE -fsanitize=${SVODKA_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(svodka_flags INTERFACE -fsanitize=${SVODKA_SANITIZE})
  if(SVODKA_SANITIZE MATCHES "thread")
    # Boost.Asio's fences are unknown to the thread sanitizer; GCC says so at every use.
    target_compile_options(svodka_flags INTERFACE -Wno-tsan)
  endif()
endif()

find_program(LLD ld.lld)
if(LLD)
  target_link_options(svodka_flags INTERFACE -fuse-ld=lld)
endif()
