#!/usr/bin/env bash
# Installs the distribution's packages that building and running need, and only those missing.
#
#   setup.sh            what the build and the daemon need
#   setup.sh --tests    also what the whole test suite needs
#   setup.sh --check    installs nothing; lists what is missing, exit 1 if anything is
source "$(dirname "$0")/lib.sh"

build_packages=(
  make cmake ninja-build g++ pkg-config python3 ccache mold
  libfmt-dev libspdlog-dev nlohmann-json3-dev libsimdjson-dev libcli11-dev libboost-dev libpugixml-dev
  libssl-dev zlib1g-dev libnghttp2-dev libre2-dev
  librocksdb-dev liblmdb-dev libmnl-dev libnftables-dev libseccomp-dev libcap-dev libmariadb-dev libcurl4-openssl-dev
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
)
run_packages=(mariadb-server mariadb-client mariadb-backup curl openssl iproute2 util-linux e2fsprogs ca-certificates)
test_packages=(clang clang-tidy clang-format shellcheck)

mode=${1:-}
wanted=("${build_packages[@]}" "${run_packages[@]}")
case $mode in
'' | --check) ;;
--tests) wanted+=("${test_packages[@]}") ;;
*) sed -n '2,/^source/{/^source/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2 ;;
esac

command -v dpkg-query >/dev/null ||
  die "this machine has no dpkg: Stormglass is built and tested on Debian 12 (and runs on what has the same libraries)" \
    "install the equivalents of: ${wanted[*]}"

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$mode" = --check ]; then
  printf '%s\n' "${missing[@]}"
  exit 1
fi
[ "$(id -u)" = 0 ] || die "packages are missing, and installing them needs root. Run:" \
  "sudo apt-get install --no-install-recommends ${missing[*]}"

# The database server's package would start a server of its own on port 3306; policy-rc.d is Debian's
# way to say no. One that is there already is the administrator's and stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 0755 "$policy"
fi

step "installing ${#missing[@]} packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
install() { apt-get install -y -q --no-install-recommends "${missing[@]}" >"$log" 2>&1; }
{ install || { apt-get update -q >>"$log" 2>&1 && install; }; } || {
  tail -n 25 "$log" >&2
  die "apt-get could not install them (the whole log: $log)"
}
rm -f "$log"
