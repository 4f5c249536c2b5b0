#!/usr/bin/env bash
# Takes the demo away: destroys both stacks, stops the daemon, deletes its data. Leaves nothing.
STORMGLASS_SOURCED=1 source "$(dirname "$0")/terraform.sh"

destroy() {
  local stack=$1 log=$demo/$1-destroy.log
  step "destroying $stack"
  (umask 077; : > "$log")
  tf "$stack" destroy -auto-approve -no-color 2>&1 | tee "$log" |
    awk '/: Destruction complete|: Still .*[03]0s elapsed/ { print "        " $0; fflush() }' && return 0
  sed -n '/^.\{0,3\}Error/,$p' "$log" >&2
  failed=" (terraform could not destroy $stack in order; see above)"
}

[ -x "$stormglass" ] || die "$stormglass is not built, so it cannot be asked to stop; run: make build"
failed=
if [ ! -d "$home" ]; then
  step "nothing to take down: $home does not exist"
  exit 0
fi
if [ -s "$demo/bootstrap.tfstate" ]; then
  # The stacks can only be destroyed through a running daemon; one that was stopped starts again.
  start_daemon
  find_terraform
  configure_providers
  export_environment
  [ ! -s "$demo/backend.hcl" ] || [ ! -d "$demo/terraform-live" ] || destroy live
  [ -n "$failed" ] || destroy bootstrap
fi
step "stopping the daemon and deleting $home"
"$stormglass" down --data-dir "$home" --purge | sed 's/^/        /'
rm -rf "$demo"
rmdir "$home" 2>/dev/null || [ ! -d "$home" ] || die "left in $home, and not ours:" "$(ls -A "$home")"
[ -z "$failed" ] || die "everything is gone, by force$failed"
step "gone"
