#!/usr/bin/env bash
# Every test: builds all, then ctest (unit, wire, simulation and, as root, the tests in namespaces), the
# contract tests with boto3. The machine must afterwards be as it was. The last line counts: "N passed, N failed".
#
#   test.sh                 ctest and the contract tests
#   test.sh --acceptance    and the reference stack with real Terraform (tests/terraform/acceptance.py)
source "$(dirname "$0")/lib.sh"

mode=${1:-}
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

# run NAME COMMAND...: shows its output and counts by its line "...: N passed, N failed".
run() {
  local name=$1 log code good='' bad=''
  shift
  step "$name"
  log=$(mktemp)
  set +e
  "$@" 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  set -e
  read -r good bad < <(sed -nE 's/^[a-z ]+: ([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$log" | tail -n 1) || true
  rm -f "$log"
  count "$name" "$code" "$good" "$bad"
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

"$root/tools/build.sh" all
before=$(machine)
run_ctest
run contract python3 "$root/tests/contract/run.py" "$stormglass"
if [ "$mode" = --acceptance ]; then
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
