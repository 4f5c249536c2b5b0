#!/usr/bin/env bash
# The reference stack as Terraform itself sees it: formatted, and valid for the provider. Exit 77: no terraform here.
STORMGLASS_SOURCED=1
source "$(dirname "$0")/terraform.sh"

command -v terraform >/dev/null || command -v tofu >/dev/null || {
  echo "SKIPPED: neither terraform nor tofu is on this machine"
  exit 77
}
find_terraform
demo=$(mktemp -d) # Nothing of the user's demo is read or written.
trap 'rm -rf "$demo"' EXIT
configure_providers
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0
passed=0 failed=0
check() { # TEXT COMMAND...
  local text=$1
  shift
  if "$@"; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "FAILED: $text"
  fi
}
check "stacks/ is formatted (terraform fmt -recursive)" "$terraform" fmt -check -diff -recursive "$root/stacks"
for stack in bootstrap live; do
  # A copy, for the lock file that init writes.
  cp -r "$root/stacks/ha-web" "$demo/$stack"
  export TF_DATA_DIR=$demo/data-$stack
  check "$stack initialises" "$terraform" -chdir="$demo/$stack/$stack" init -backend=false -no-color
  check "$stack is valid" "$terraform" -chdir="$demo/$stack/$stack" validate -no-color
done
echo "stack: $passed passed, $failed failed"
[ "$failed" = 0 ]
