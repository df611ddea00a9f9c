# One library per folder of src/, one test program per folder that has *_test.cpp beside its sources.

# svodka_folder(<name> [LINKS <targets>...]): sources are every .cpp of the folder and its sub-folders.
function(svodka_folder name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  add_library(svodka_${name} STATIC ${sources})
  target_include_directories(svodka_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(svodka_${name} PUBLIC svodka_flags ${ARG_LINKS})
  if(tests AND SVODKA_TESTS)
    svodka_test(${name}_test SOURCES ${tests} LINKS svodka_${name})
  endif()
endfunction()

# svodka_test(<name> SOURCES <files>... LINKS <targets>...): a GoogleTest program known to ctest.
# Tests may read the source tree through the macro SVODKA_SOURCE_DIR.
function(svodka_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_definitions(${name} PRIVATE SVODKA_SOURCE_DIR="${CMAKE_SOURCE_DIR}" SVODKA_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gtest_main GTest::gmock rapidcheck)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()
