#!/usr/bin/env bash
# Configures and builds into build/: build.sh [TARGET...], by default the daemon alone.
# BUILD_TYPE=Debug and JOBS=n are honoured; STORMGLASS_BUILD names another folder.
source "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || set -- stormglass
"$root/tools/setup.sh"
if [ ! -f "$build/build.ninja" ]; then
  step "configuring ${build#"$root"/}"
  log=$(mktemp)
  cmake -G Ninja -S "$root" -B "$build" -DCMAKE_BUILD_TYPE="${BUILD_TYPE:-Release}" >"$log" 2>&1 || {
    cat "$log" >&2
    die "configuring failed (above)"
  }
  rm -f "$log"
fi
step "building $*"
ninja -C "$build" -j "${JOBS:-$(nproc)}" "$@"
