#!/usr/bin/env bash
# The whole reference architecture from one command: packages, build, daemon, Terraform, a page in the
# browser. Run again it changes nothing. `make demo-down` takes it all away.
#
# STORMGLASS_HOME: the data directory (default ~/.stormglass). STORMGLASS_PORT, STORMGLASS_HTTP_PORT,
# STORMGLASS_HTTPS_PORT: other ports than 4566, 80 and 443. TERRAFORM: the program to use.
# STORMGLASS_STACK: another copy of stacks/ha-web.
STORMGLASS_SOURCED=1 source "$(dirname "$0")/terraform.sh"

readonly answer_limit_s=300
readonly https_port=${STORMGLASS_HTTPS_PORT:-443}

# The load balancers of a region share one parent domain, so the certificate can come first.
make_certificate() {
  local out
  out=$("$stack_root/certificate.sh" --out "$demo/certs" "*.$AWS_REGION.elb.localhost")
  [ -z "$out" ] || say "$out"
}

# watched STACK COMMAND: runs it with its log kept, showing one line per resource. The count of changes
# goes to `changes`.
watched() {
  local stack=$1 command=$2 log=$demo/$1-$2.log status=0
  (umask 077; : > "$log")
  tf "$stack" "$command" -auto-approve -no-color 2>&1 | tee "$log" |
    awk '/: (Creation|Modifications|Destruction) complete|: Still .*[03]0s elapsed/ { print "        " $0; fflush() }' ||
    status=$?
  if [ "$status" != 0 ]; then
    sed -n '/^.\{0,3\}Error/,$p' "$log" >&2
    die "$stack: terraform $command failed (the whole log: $log)"
  fi
  changes=$(sed -nE 's/^Apply complete! Resources: (.*)\.$/\1/p' "$log")
  [ "$changes" != '0 added, 0 changed, 0 destroyed' ] || changes=
}

initialise() {
  local stack=$1 log=$demo/$1-init.log
  shift
  tf "$stack" init -reconfigure "$@" >"$log" 2>&1 || { cat "$log" >&2; die "$stack: terraform init failed"; }
}

apply_bootstrap() {
  step "bootstrap: the bucket for the state, the lock table and their key"
  initialise bootstrap
  watched bootstrap apply
  if [ -n "$changes" ]; then say "$changes"; else say "nothing to change"; fi
  all_changes+=$changes
  cat > "$demo/backend.hcl" <<BACKEND
bucket         = "$(tf bootstrap output -raw state_bucket)"
key            = "live/terraform.tfstate"
region         = "$AWS_REGION"
encrypt        = true
dynamodb_table = "$(tf bootstrap output -raw lock_table)"
use_lockfile   = true
BACKEND
}

apply_live() {
  step "live: network, database, load balancer, instances (the provider's own waits take two minutes)"
  initialise live -backend-config="$demo/backend.hcl"
  watched live apply
  if [ -n "$changes" ]; then say "$changes"; else say "nothing to change"; fi
  all_changes+=$changes
}

# Asks as a user would, until instances of both zones have answered and their database is writable.
wait_for_answers() {
  step "waiting for answers from both zones"
  local end=$((SECONDS + answer_limit_s)) answer zone zones='' why='no answer yet'
  while [ "$(wc -w <<<"$zones")" -lt 2 ]; do
    [ "$SECONDS" -lt "$end" ] || die "$url does not answer from both zones after $answer_limit_s s: $why" \
      "look at: $stormglass status; $stormglass logs INSTANCE"
    if ! answer=$(curl -sS -f -m 10 --noproxy '*' --cacert "$demo/certs/app.crt.pem" "$url/whoami" 2>&1); then
      why=$answer
      sleep 1
      continue
    fi
    zone=$(sed -nE 's/.*"zone":"([^"]*)".*/\1/p' <<<"$answer")
    case $answer in
    *'"database_role":"primary"'*)
      case " $zones " in *" $zone "*) sleep 0.1 ;; *)
        zones="$zones $zone"
        say "$(sed -nE 's/.*"instance":"([^"]*)".*/\1/p' <<<"$answer") in $zone answers"
        ;;
      esac
      ;;
    *) why="no database: $answer"; sleep 1 ;;
    esac
  done
}

print_result() {
  printf '\n%s%s%s\n\n' "$bold" "$url/" "$plain"
  cat <<TEXT
Credentials for terraform, aws, boto3:
  eval "\$($stormglass env --data-dir $home)"

Three things to try:
  curl --cacert $demo/certs/app.crt.pem $url/whoami   # again and again: the zones take turns
  $stormglass status --data-dir $home                 # what is real, right now
  $stormglass events --follow --data-dir $home       # all that happens; beside it, for instance: stormglass az fail ${AWS_REGION}a

Terraform by hand: tools/terraform.sh live plan       Take it all away: make demo-down
TEXT
  echo "(The certificate is self-signed: a browser asks once.)"
}

find_terraform
"$root/tools/build.sh" stormglass guestbook
install -d -m 0700 "$demo"
all_changes=
step "starting the daemon"
start_daemon
export_environment
configure_providers
make_certificate
export_environment # Once more: now there is a certificate's key.
apply_bootstrap
apply_live
url=$(tf live output -raw url)
[ "$https_port" = 443 ] || url=$url:$https_port
wait_for_answers
if [ -n "$all_changes" ]; then step "ready"; else step "nothing to change: the demo was already running"; fi
print_result
