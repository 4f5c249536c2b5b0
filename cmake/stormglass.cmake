# Two functions that every folder uses, and the flags that hold for all of our code.
option(STORMGLASS_SANITIZE "address,undefined or thread" "")

add_library(sg_flags INTERFACE)
target_compile_options(sg_flags INTERFACE -pthread -Wall -Wextra -Wshadow -Wno-missing-field-initializers
                                          -Wno-invalid-offsetof $<$<NOT:$<BOOL:${STORMGLASS_NO_WERROR}>>:-Werror>)
target_include_directories(sg_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/gen)
if(STORMGLASS_SANITIZE)
  target_compile_options(sg_flags INTERFACE -fsanitize=${STORMGLASS_SANITIZE} -fno-omit-frame-pointer -g1)
  target_link_options(sg_flags INTERFACE -fsanitize=${STORMGLASS_SANITIZE})
endif()

# A listed source that is not there yet is left out with a warning, so that one folder in the middle of a
# change does not stop the configuration of all others (the link then names what is missing).
function(stormglass_existing out)
  set(found "")
  foreach(source ${ARGN})
    if(IS_ABSOLUTE ${source} OR EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${source})
      list(APPEND found ${source})
    else()
      message(WARNING "${CMAKE_CURRENT_SOURCE_DIR}/${source} does not exist")
    endif()
  endforeach()
  if(NOT found)
    file(WRITE ${CMAKE_BINARY_DIR}/empty.cc "// Nothing yet.\n")
    set(found ${CMAKE_BINARY_DIR}/empty.cc)
  endif()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# The heavy headers, compiled once and shared.
function(stormglass_pch target)
  if(NOT TARGET sg_pch)
    file(WRITE ${CMAKE_BINARY_DIR}/pch.cc "// Holds the shared precompiled header.\n")
    add_library(sg_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cc)
    target_link_libraries(sg_pch PRIVATE sg_flags nlohmann_json::nlohmann_json fmt::fmt)
    target_compile_options(sg_pch PRIVATE -fPIE)
    target_precompile_headers(sg_pch PRIVATE <algorithm> <chrono> <cstdint> <expected> <functional> <map>
                              <memory> <mutex> <optional> <string> <string_view> <vector> <fmt/format.h>
                              <nlohmann/json.hpp>)
  endif()
  target_compile_options(${target} PRIVATE -fPIE)
  target_precompile_headers(${target} REUSE_FROM sg_pch)
endfunction()

# stormglass_library(NAME SOURCES a.cc b.cc [DEPS lib...] [PRIVATE_DEPS lib...])
function(stormglass_library name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  stormglass_existing(sources ${A_SOURCES})
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC sg_flags fmt::fmt nlohmann_json::nlohmann_json Threads::Threads ${A_DEPS}
                        PRIVATE ${A_PRIVATE_DEPS})
  stormglass_pch(${name})
endfunction()

# stormglass_test(NAME SOURCES x_test.cc... DEPS lib... [LABELS unit|root|...]): a gtest binary under ctest.
# Label `root` marks tests that need namespaces; everything else must run as any user.
function(stormglass_test name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  stormglass_existing(sources ${A_SOURCES})
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE sg_flags ${A_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  stormglass_pch(${name})
  add_test(NAME ${name} COMMAND ${name})
  if(NOT A_LABELS)
    set(A_LABELS unit)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT 300)
endfunction()
