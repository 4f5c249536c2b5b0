#!/usr/bin/env bash
# Builds the unit and simulation tests once more with sanitizers, and runs them:
#
#   sanitize.sh address    address and undefined behaviour: all tests of the label unit, then the fuzz targets
#   sanitize.sh thread     data races: the tests of what has threads
#
# The last lines count: "asan: N passed, N failed", "fuzz: ...", "tsan: ...". The builds lie beside the plain one
# (build-asan, build-tsan). Written for two cores from nothing: no optimisation (it costs more than it saves), line
# tables only, sources joined six to a file.
source "$(dirname "$0")/lib.sh"

compile_flags='-O0 -g1 -D_GLIBCXX_ASSERTIONS'
# What has threads: store, HTTP server, gateway, planes, processes, the policies' cache. Not the simulation: it runs
# the whole control plane in one thread.
threaded=(store_test net_test wire_test lb_proxy_test front_door_test vpc_services_test cgroups_test policy_test)

configure() { # FOLDER SANITIZERS
  [ ! -f "$1/build.ninja" ] || return 0
  local log
  log=$(mktemp)
  cmake -G Ninja -S "$root" -B "$1" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="$compile_flags" \
    -DSTORMGLASS_SANITIZE="$2" -DSTORMGLASS_NO_WERROR=ON -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=6 \
    >"$log" 2>&1 || {
    cat "$log" >&2
    die "configuring ${1##*/} failed (above)"
  }
  rm -f "$log"
}

# Builds the targets; where joined sources clash (see stormglass_alone in cmake/stormglass.cmake), one by one.
build_targets() { # FOLDER TARGETS...
  local folder=$1
  shift
  step "building ${folder##*/}: $*"
  ninja -C "$folder" -j "${JOBS:-$(nproc)}" "$@" && return 0
  step "once more, with every source by itself"
  cmake "$folder" -DCMAKE_UNITY_BUILD=OFF >/dev/null
  ninja -C "$folder" -j "${JOBS:-$(nproc)}" "$@"
}

# Runs ctest with the given choice of tests; its count under NAME.
count_ctest() { # NAME FOLDER CTEST_ARGUMENTS...
  local name=$1 folder=$2 log code=0 bad total
  shift 2
  log=$(mktemp)
  ctest --test-dir "$folder" --output-on-failure --timeout 600 --repeat until-pass:2 -LE root "$@" 2>&1 | tee "$log" || code=$?
  read -r bad total < <(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+).*/\1 \2/p' "$log" | tail -n 1) || true
  rm -f "$log"
  [ "${total:-0}" -gt 0 ] || { total=1 bad=1; }
  echo "$name: $((total - bad)) passed, $bad failed"
  return "$code"
}

"$root/tools/setup.sh"
code=0
case "${1:-}" in
address)
  folder=$build-asan
  configure "$folder" address,undefined
  build_targets "$folder" unit_tests fuzz
  export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
  count_ctest asan "$folder" -L unit -E '^(tidy|guestbook_|lb_fuzz_)' || code=$?
  count_ctest fuzz "$folder" -L fuzz || code=$?
  ;;
thread)
  folder=$build-tsan
  configure "$folder" thread
  known=()
  while read -r name; do known+=("$name"); done < <(
    ninja -C "$folder" -t targets all | sed -nE 's/^([a-z_]+): .*/\1/p' |
      grep -xF -f <(printf '%s\n' "${threaded[@]}"))
  build_targets "$folder" "${known[@]}"
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
  count_ctest tsan "$folder" -R "^($(IFS='|'; echo "${known[*]}"))\$" || code=$?
  ;;
*)
  sed -n '2,/^source/{/^source/d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 2
  ;;
esac
exit "$code"
