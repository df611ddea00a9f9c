# Debian's packages and DuckDB from npm (third_party/). One line per library in docs/dependencies.md says why.

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(date REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(ZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(PUGIXML REQUIRED IMPORTED_TARGET pugixml)
pkg_check_modules(BROTLI REQUIRED IMPORTED_TARGET libbrotlienc)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(duckdb_package @duckdb/node-bindings-linux-arm64)
else()
  set(duckdb_package @duckdb/node-bindings-linux-x64)
endif()
set(npm_modules ${CMAKE_SOURCE_DIR}/third_party/node_modules)
set(duckdb_library ${npm_modules}/${duckdb_package}/libduckdb.so)
set(duckdb_header_folder ${npm_modules}/duckdb/src/duckdb/src/include)
if(NOT EXISTS ${duckdb_library} OR NOT EXISTS ${duckdb_header_folder}/duckdb.h)
  message(FATAL_ERROR "DuckDB is not installed: run ./run setup (npm ci --ignore-scripts in third_party/)")
endif()
# Only the C header is exposed: the C++ headers beside it are of another version than the library.
set(duckdb_include ${CMAKE_BINARY_DIR}/third_party/include)
configure_file(${duckdb_header_folder}/duckdb.h ${duckdb_include}/duckdb.h COPYONLY)
file(COPY ${duckdb_library} DESTINATION ${CMAKE_BINARY_DIR}/lib)
add_library(duckdb SHARED IMPORTED GLOBAL)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION ${CMAKE_BINARY_DIR}/lib/libduckdb.so
  IMPORTED_NO_SONAME ON
  INTERFACE_INCLUDE_DIRECTORIES ${duckdb_include})
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
set(CMAKE_BUILD_RPATH "$ORIGIN/lib")
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib/svodka")

if(SVODKA_TESTS)
  find_package(GTest REQUIRED)
  find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
  find_path(RAPIDCHECK_INCLUDE rapidcheck.h REQUIRED)
  add_library(rapidcheck STATIC IMPORTED GLOBAL)
  set_target_properties(rapidcheck PROPERTIES
    IMPORTED_LOCATION ${RAPIDCHECK_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${RAPIDCHECK_INCLUDE})
endif()
