# Two functions that every folder uses, and the flags that hold for all of our code.
option(STORMGLASS_SANITIZE "address,undefined or thread" "")

# Everything that runs under the label `unit`, for builds that want no more (tools/sanitize.sh).
add_custom_target(unit_tests)

add_library(sg_flags INTERFACE)
target_compile_options(sg_flags INTERFACE -pthread -Wall -Wextra -Wshadow -Wno-missing-field-initializers
                                          -Wno-invalid-offsetof $<$<NOT:$<BOOL:${STORMGLASS_NO_WERROR}>>:-Werror>)
target_include_directories(sg_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/gen)
if(STORMGLASS_SANITIZE)
  target_compile_options(sg_flags INTERFACE -fsanitize=${STORMGLASS_SANITIZE} -fno-omit-frame-pointer -g1)
  target_link_options(sg_flags INTERFACE -fsanitize=${STORMGLASS_SANITIZE})
  if(STORMGLASS_SANITIZE MATCHES undefined)
    # These double the code, and what they find ends in a signal or an address error anyway.
    target_compile_options(sg_flags INTERFACE -fno-sanitize=null,alignment,object-size,vptr
                                              -fsanitize=float-cast-overflow -fno-sanitize-recover=all)
  endif()
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

if(CMAKE_UNITY_BUILD)  # Warns of unnamed namespaces in what is not the main file.
  target_compile_options(sg_flags INTERFACE -Wno-subobject-linkage)
endif()

# Sanitizer builds join sources (CMAKE_UNITY_BUILD), which halves them. These stay alone: their unnamed namespaces
# have names that a neighbour's has too.
set(stormglass_alone
  src/wire/body/cbor.cc src/wire/body/form.cc src/wire/body/json.cc src/wire/body/xml.cc src/planes/lb/node_test.cc
  src/planes/vpc/resolver.cc src/services/cloudwatch/history.cc src/services/ec2/group_rules.cc
  src/services/ec2/security_group_test.cc src/services/elbv2/access_logs_test.cc
  src/services/iam/policy/evaluate_test.cc src/services/kms/grants.cc src/services/kms/keys.cc
  src/services/logs/get_events.cc src/services/logs/stream.cc src/services/rds/reconciler_test.cc
  src/services/s3/multipart.cc src/services/sns/subscription.cc src/services/sns/subscription_attributes.cc
  src/services/sns/topic_attributes.cc src/substrate/mysql/start.cc
  src/services/logs/derived_metrics.cc src/services/logs/events.cc src/services/logs/exports.cc
  src/services/logs/filter_pattern.cc src/services/logs/json_pattern.cc src/services/logs/operand.cc
  src/services/logs/query_board.cc src/services/logs/query_functions.cc src/services/logs/query_parse.cc
  src/services/logs/query_row.cc src/services/logs/query_run.cc src/services/logs/space_pattern.cc
  src/services/s3/notifications.cc src/services/sns/confirm.cc src/services/sns/deliveries.cc
  src/services/sns/delivery_policy.cc src/services/sns/filter_check.cc src/services/sns/filter_policy.cc)
list(TRANSFORM stormglass_alone PREPEND ${CMAKE_SOURCE_DIR}/)

function(stormglass_join)
  if(NOT CMAKE_UNITY_BUILD)
    return()
  endif()
  foreach(source ${ARGN})
    get_filename_component(path ${source} ABSOLUTE)
    if(path IN_LIST stormglass_alone)
      set_source_files_properties(${path} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()

set(stormglass_heavy_headers <algorithm> <chrono> <cstdint> <expected> <functional> <map> <memory> <mutex> <optional>
                             <string> <string_view> <vector> <fmt/format.h> <nlohmann/json.hpp>)

# The heavy headers, compiled once for each level of optimisation (GCC cannot use a precompiled header made at
# another one) and shared.
function(stormglass_pch target)
  set(pch sg_pch)
  if(ARGV1 STREQUAL "HOT" AND CMAKE_BUILD_TYPE STREQUAL "Release")
    set(pch sg_pch_hot)
  endif()
  if(NOT TARGET ${pch})
    file(WRITE ${CMAKE_BINARY_DIR}/${pch}.cc "// Holds the shared precompiled header.\n")
    add_library(${pch} OBJECT ${CMAKE_BINARY_DIR}/${pch}.cc)
    target_link_libraries(${pch} PRIVATE sg_flags nlohmann_json::nlohmann_json fmt::fmt)
    target_compile_options(${pch} PRIVATE -fPIE)
    if(pch STREQUAL "sg_pch_hot")
      target_compile_options(${pch} PRIVATE $<$<CONFIG:Release>:-O2>)
    endif()
    target_precompile_headers(${pch} PRIVATE ${stormglass_heavy_headers})
  endif()
  target_compile_options(${target} PRIVATE -fPIE)
  if(pch STREQUAL "sg_pch_hot")
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O2>)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${pch})
endfunction()

# stormglass_library(NAME SOURCES a.cc b.cc [DEPS lib...] [PRIVATE_DEPS lib...] [PCH header...] [HOT]): HOT is compiled
# with -O2. PCH names what nearly every source of a large folder includes: it halves their compilation.
function(stormglass_library name)
  cmake_parse_arguments(A "HOT" "" "SOURCES;DEPS;PRIVATE_DEPS;PCH" ${ARGN})
  stormglass_existing(sources ${A_SOURCES})
  add_library(${name} STATIC ${sources})
  stormglass_join(${sources})
  target_link_libraries(${name} PUBLIC sg_flags fmt::fmt nlohmann_json::nlohmann_json Threads::Threads ${A_DEPS}
                        PRIVATE ${A_PRIVATE_DEPS})
  if(A_PCH)
    list(TRANSFORM A_PCH PREPEND ${CMAKE_SOURCE_DIR}/src/)
    target_compile_options(${name} PRIVATE -fPIE $<$<AND:$<BOOL:${A_HOT}>,$<CONFIG:Release>>:-O2>)
    target_precompile_headers(${name} PRIVATE ${stormglass_heavy_headers} ${A_PCH})
  elseif(A_HOT)
    stormglass_pch(${name} HOT)
  else()
    stormglass_pch(${name})
  endif()
endfunction()

# stormglass_test(NAME SOURCES x_test.cc... DEPS lib... [LABELS unit|root|...]): a gtest binary under ctest.
# Label `root` marks tests that need namespaces; everything else must run as any user.
function(stormglass_test name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  stormglass_existing(sources ${A_SOURCES})
  add_executable(${name} ${sources})
  stormglass_join(${sources})
  target_link_libraries(${name} PRIVATE sg_flags ${A_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  stormglass_pch(${name})
  add_test(NAME ${name} COMMAND ${name})
  if(NOT A_LABELS)
    set(A_LABELS unit)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT 300)
  if("unit" IN_LIST A_LABELS)
    add_dependencies(unit_tests ${name})
  endif()
endfunction()
