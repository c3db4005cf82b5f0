# Our target functions: warnings, sanitizers and hardening in one place.

set(PAYMENTS_SANITIZE "" CACHE STRING "Sanitizers: empty, 'address;undefined' or 'thread'")

# What generated code gets too.
add_library(payments_sanitizers INTERFACE)
if(PAYMENTS_SANITIZE)
  string(REPLACE ";" "," sanitizers "${PAYMENTS_SANITIZE}")
  target_compile_options(payments_sanitizers INTERFACE
    -fsanitize=${sanitizers} -fno-sanitize-recover=all)
  target_link_options(payments_sanitizers INTERFACE -fsanitize=${sanitizers})
endif()
if(PAYMENTS_SANITIZE STREQUAL "thread")
  # Where the compiler says __SANITIZE_THREAD__, protobuf's map_field.h lays map fields out
  # differently; the installed libprotobuf was built without it and would read beside them.
  # Only libstdc++ needs to know: shared_ptr then counts in a way the sanitizer sees.
  target_compile_options(payments_sanitizers INTERFACE -U__SANITIZE_THREAD__ -D_GLIBCXX_TSAN=1)
endif()

add_library(payments_flags INTERFACE)
target_link_libraries(payments_flags INTERFACE payments_sanitizers)
target_compile_features(payments_flags INTERFACE cxx_std_20)
target_compile_options(payments_flags INTERFACE
  -Wall -Wextra -Werror -Wno-missing-field-initializers -fno-omit-frame-pointer
  -fstack-protector-strong)
target_include_directories(payments_flags INTERFACE ${PROJECT_SOURCE_DIR})

# payments_library(NAME SOURCES … DEPENDS …): one library a folder. DEPENDS is the
# dependency rule: what is not named there, directly or through it, does not link.
function(payments_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC payments_flags ${arg_DEPENDS})
endfunction()

function(payments_binary name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE payments_flags ${arg_DEPENDS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# payments_test(NAME SOURCES … DEPENDS …): one test binary a library; CTest runs it whole.
function(payments_test name)
  cmake_parse_arguments(arg "" "TIMEOUT_S" "SOURCES;DEPENDS" ${ARGN})
  if(NOT arg_TIMEOUT_S)
    set(arg_TIMEOUT_S 300)
  endif()
  payments_binary(${name} SOURCES ${arg_SOURCES}
    DEPENDS ${arg_DEPENDS} payments_source_tree GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT_S})
  if(PAYMENTS_SANITIZE STREQUAL "thread")
    set_tests_properties(${name} PROPERTIES
      ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/tsan.supp")
  endif()
endfunction()
