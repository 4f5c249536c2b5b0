#!/usr/bin/env bash
# Every test. The machine must afterwards be as it was; the last line counts: "N passed, N failed".
#
#   test.sh            all of it: format, the build, ctest (unit, tidy, wire, simulation, fuzz and, as root, the tests
#                      in namespaces), contract (boto3), stack (terraform fmt, validate), acceptance (the reference
#                      stack with real Terraform). The sanitizer builds are tools/sanitize.sh's
#   test.sh --quick    the build, ctest and contract: what to run after a change
#
# What this machine cannot run is said as SKIPPED in the summary, and not counted.
source "$(dirname "$0")/lib.sh"

mode=${1:-}
case $mode in '' | --quick) ;; *) sed -n '2,/^source/{/^source/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2 ;; esac
passed=0 failed=0
declare -a summary=()

# machine: what a test could leave behind.
machine() {
  echo "namespaces: $(find /run/netns /run/stormglass -maxdepth 3 -type f 2>/dev/null | wc -l)"
  echo "mounts: $(grep -c -E 'stormglass|overlay' /proc/mounts)"
  echo "cgroups: $(find /sys/fs/cgroup -maxdepth 3 -type d -name 'stormglass-*' 2>/dev/null | sort -u | wc -l)"
  echo "processes: $(pgrep -c -f "^$stormglass" || true) $(pgrep -c mariadbd || true)"
}

count() { # NAME EXIT_CODE [PASSED FAILED]
  local good=${3:-} bad=${4:-}
  if [ "$2" = 77 ]; then
    summary+=("SKIPPED $1")
    return
  fi
  if [ -z "$good" ]; then
    if [ "$2" = 0 ]; then good=1 bad=0; else good=0 bad=1; fi
  fi
  # A run that ended badly has failed, whatever it counted.
  [ "$2" = 0 ] || [ "$bad" -gt 0 ] || bad=1
  passed=$((passed + good)) failed=$((failed + bad))
  summary+=("$(printf '%-14s %s passed, %s failed' "$1" "$good" "$bad")")
}

# run NAME COMMAND...: shows its output and counts by its lines "...: N passed, N failed".
run() {
  local name=$1 log code one good bad counted=''
  shift
  step "$name"
  log=$(mktemp)
  set +e
  "$@" 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  set -e
  # A part that counts for itself is a line of its own ("asan" and "fuzz" of one script).
  while IFS=$'\t' read -r one good bad; do
    counted=yes
    count "$one" "$([ "$bad" = 0 ]; echo $?)" "$good" "$bad"
  done < <(sed -nE 's/^([a-z ]+): ([0-9]+) passed, ([0-9]+) failed.*/\1\t\2\t\3/p' "$log")
  if [ -z "$counted" ] || { [ "$code" != 0 ] && [ "$code" != 77 ] && ! grep -qE ', [1-9][0-9]* failed' "$log"; }; then
    count "$name" "$code"
  fi
  rm -f "$log"
}

run_ctest() {
  local log code=0 label=() bad total
  [ "$(id -u)" = 0 ] || label=(-LE root)
  step "ctest"
  log=$(mktemp)
  # One at a time: tests that measure real time (health checks, failover) want the machine; and once more
  # where a busy machine missed one of their deadlines.
  ctest --test-dir "$build" --output-on-failure --timeout 400 --repeat until-pass:2 "${label[@]}" 2>&1 | tee "$log" || code=$?
  read -r bad total < <(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+).*/\1 \2/p' "$log" | tail -n 1)
  rm -f "$log"
  count ctest "$code" "$((${total:-0} - ${bad:-0}))" "${bad:-1}"
}

[ "$mode" = --quick ] || run format python3 "$root/tests/tidy/format.py" "$root"
"$root/tools/build.sh" all
before=$(machine)
run_ctest
run contract python3 "$root/tests/contract/run.py" "$stormglass"
if [ "$mode" != --quick ]; then
  run stack "$root/tools/check_stack.sh"
  run acceptance python3 "$root/tests/terraform/acceptance.py"
fi
after=$(machine)
if [ "$before" = "$after" ]; then
  count "machine as it was" 0
else
  printf 'the tests left something behind:\n%s\n-- before:\n%s\n' "$after" "$before"
  count "machine as it was" 1
fi

step "done"
printf '%s\n' "${summary[@]}"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
