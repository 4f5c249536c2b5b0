# shellcheck shell=bash
# Shared by the scripts in this folder: where things are, and how to speak to the user. Source it.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${STORMGLASS_BUILD:-$root/build}
stormglass=$build/stormglass
home=$(realpath -m "${STORMGLASS_HOME:-$HOME/.stormglass}")
demo=$home/demo
stack_root=$(realpath -m "${STORMGLASS_STACK:-$root/stacks/ha-web}") # Another copy of the stack, for tests.
export STORMGLASS_HOME=$home

if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
started=$SECONDS

# step TEXT: a headline of progress, with the seconds since the start.
step() { printf '%s[%3d s] %s%s\n' "$bold" "$((SECONDS - started))" "$*" "$plain"; }
say() { printf '        %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 1
}

# Starts the daemon of $home, or leaves the running one be. STORMGLASS_PORT, STORMGLASS_HTTP_PORT and
# STORMGLASS_HTTPS_PORT choose other ports than 4566, 80 and 443.
start_daemon() {
  local flags=(--data-dir "$home") out
  [ -z "${STORMGLASS_PORT:-}" ] || flags+=(--port "$STORMGLASS_PORT")
  [ -z "${STORMGLASS_HTTP_PORT:-}" ] || flags+=(--http-port "$STORMGLASS_HTTP_PORT")
  [ -z "${STORMGLASS_HTTPS_PORT:-}" ] || flags+=(--https-port "$STORMGLASS_HTTPS_PORT")
  out=$(mktemp) # Not a pipe: what the daemon leaves running would hold its other end.
  if ! "$stormglass" up "${flags[@]}" >"$out" 2>&1; then
    cat "$out" >&2
    rm -f "$out"
    die "the daemon did not start (above)"
  fi
  sed 's/^/        /' "$out"
  rm -f "$out"
}
