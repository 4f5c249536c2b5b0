#!/usr/bin/env bash
# How long `terraform apply` and `destroy` of the reference stack take, ours beside the provider's floor: the
# same apply on moto, which answers every call at once and starts nothing. Writes results.json beside this file.
# On both, the state is a local file: moto denies whatever a bucket policy with a Deny names, conditions or not.
# Without aws_autoscaling_notification, which moto does not know.
#
#   bench/terraform/run.sh          needs root, terraform or tofu, and moto's server (pip install 'moto[server]')
STORMGLASS_SOURCED=1 source "$(dirname "$0")/../../tools/terraform.sh"

work=$(mktemp -d)
home=$work/home demo=$work/home/demo
export STORMGLASS_HOME=$home
cp -r "$stack_root" "$work/stack"
stack_root=$work/stack
printf 'terraform {\n  backend "local" {}\n}\n' > "$stack_root/live/override.tf"
printf 'resource "aws_autoscaling_notification" "this" {\n  count = 0\n}\n' > "$stack_root/modules/observability/override.tf"
pids=()
finish() {
  [ ! -e "$home/lock" ] || "$stormglass" down --data-dir "$home" --purge >/dev/null 2>&1 || true
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
now() { date +%s.%N; }
since() { python3 -c "print(round($(now) - $1, 1))"; }

# timed NAME STACK COMMAND: its seconds, into results[NAME].
declare -A results=()
timed() {
  local begun
  begun=$(now)
  tf "$2" "$3" -auto-approve >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; die "$1 failed (above)"; }
  results[$1]=$(since "$begun")
  say "$1: ${results[$1]} s"
}

# apply_all SERVER: both stacks up and down. The certificate and its key are made once for both servers.
apply_all() {
  local server=$1
  tf bootstrap init -reconfigure >/dev/null
  timed "$server bootstrap apply" bootstrap apply
  tf live init -reconfigure >/dev/null
  timed "$server live apply" live apply
  timed "$server live destroy" live destroy
  rm -rf "$demo"/terraform-* "$demo/bootstrap.tfstate" "$stack_root"/*/terraform.tfstate*
}

find_terraform
mkdir -p "$demo"
configure_providers
step "Stormglass"
STORMGLASS_PORT=$(free_port) STORMGLASS_HTTP_PORT=$(free_port) STORMGLASS_HTTPS_PORT=$(free_port) start_daemon
export_environment
"$stack_root/certificate.sh" --out "$demo/certs" "*.$AWS_REGION.elb.localhost" >/dev/null
export_environment
apply_all stormglass

step "moto"
port=$(free_port)
MOTO_IAM_LOAD_MANAGED_POLICIES=true moto_server -H 127.0.0.1 -p "$port" >"$work/moto.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.1; done
export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
apply_all moto

python3 - "$root/bench/terraform/results.json" "$(declare -p results)" <<'PYTHON'
import json, re, sys
seconds = {name: float(value) for name, value in re.findall(r'\["([^"]+)"\]="([0-9.]+)"', sys.argv[2])}
rows = []
for what in ("bootstrap apply", "live apply", "live destroy"):
    ours, floor = seconds["stormglass " + what], seconds["moto " + what]
    rows.append({"what": what, "stormglass_s": ours, "moto_s": floor, "ratio": round(ours / floor, 3)})
    print("%-16s %7.1f s, on moto %7.1f s: %.2f" % (what, ours, floor, ours / floor))
with open(sys.argv[1], "w") as file:
    json.dump(rows, file, indent=1)
    file.write("\n")
PYTHON
