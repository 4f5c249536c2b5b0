#!/usr/bin/env bash
# Terraform on one of the demo's stacks, as `make demo` runs it: endpoint, credentials, variables and state
# in place, the checkout left clean.
#
#   terraform.sh bootstrap|live COMMAND ARGUMENTS...      e.g. terraform.sh live plan -detailed-exitcode
#
# Sourced with STORMGLASS_SOURCED=1 it only defines the functions.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The program: TERRAFORM if set, else terraform, else tofu.
find_terraform() {
  local name
  for name in "${TERRAFORM:-}" terraform tofu; do
    [ -n "$name" ] && command -v "$name" >/dev/null || continue
    terraform=$(command -v "$name")
    return 0
  done
  local machine version=1.11.4
  case $(uname -m) in aarch64) machine=arm64 ;; *) machine=amd64 ;; esac
  die "neither terraform nor tofu is on this machine. Get one of them, then run this again:" \
    "terraform: curl -fLo /tmp/terraform.zip https://releases.hashicorp.com/terraform/$version/terraform_${version}_linux_$machine.zip" \
    "           sudo python3 -m zipfile -e /tmp/terraform.zip /usr/local/bin && sudo chmod 0755 /usr/local/bin/terraform" \
    "tofu:      curl -fLo /tmp/tofu.sh https://get.opentofu.org/install-opentofu.sh && sh /tmp/tofu.sh --install-method standalone" \
    "Or name it: TERRAFORM=/path/to/terraform make demo"
}

# The folder .../hashicorp/aws of a provider mirror on this machine: the usual places, then everywhere.
find_provider_mirror() {
  local place
  for place in "${TF_PLUGIN_MIRROR:-}" "$HOME/.terraform.d/plugins" "$HOME/.terraform.d/plugin-cache" \
    /usr/share/terraform/plugins /usr/local/share/terraform/plugins /opt; do
    [ -n "$place" ] && [ -d "$place" ] || continue
    find -L "$place" -maxdepth 4 -type d -path '*/hashicorp/aws' 2>/dev/null | head -n 1 | grep . && return 0
  done
  find / \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path "$home" \) -prune -o \
    -type d -path '*/hashicorp/aws' -print 2>/dev/null | head -n 1 | grep .
}

# Links a mirror's packages (archives, or VERSION/PLATFORM folders) into the folder `to`. Terraform follows
# links at that depth only.
link_mirror() {
  local mirror=$1 to=$2 package
  for package in "$mirror"/*.zip "$mirror"/*/*_*/; do
    [ -e "$package" ] || continue
    package=${package%/}
    mkdir -p "$(dirname "$to${package#"$mirror"}")"
    ln -sfn "$package" "$to${package#"$mirror"}"
  done
}

# Where the registry cannot be reached: a CLI configuration that names the mirror found. Terraform and
# OpenTofu look under the name of their own registry, so the mirror is offered under both.
configure_providers() {
  local registry=registry.terraform.io mirror
  [ -z "${TF_CLI_CONFIG_FILE:-}" ] || [ -s "$TF_CLI_CONFIG_FILE" ] || unset TF_CLI_CONFIG_FILE
  [ -z "${TF_CLI_CONFIG_FILE:-}" ] || return 0
  if [ ! -s "$demo/terraform.rc" ]; then
    case $terraform in *tofu) registry=registry.opentofu.org ;; esac
    if curl -sf -m 5 -o /dev/null "https://$registry/.well-known/terraform.json"; then return 0; fi
    say "$registry cannot be reached: looking for a provider mirror on this machine"
    mirror=$(find_provider_mirror) ||
      die "no provider mirror found (a folder HOST/hashicorp/aws with terraform-provider-aws in it)" \
        "make one where the registry is in reach: terraform -chdir=stacks/ha-web/live providers mirror FOLDER" \
        "then: TF_PLUGIN_MIRROR=FOLDER make demo"
    for registry in registry.terraform.io registry.opentofu.org; do
      link_mirror "$mirror" "$demo/mirror/$registry/hashicorp/aws"
    done
    printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$demo/mirror" \
      > "$demo/terraform.rc"
    say "found $mirror"
  fi
  export TF_CLI_CONFIG_FILE=$demo/terraform.rc
}

# Secrets of the demo follow from the daemon's root secret: the same at every run, and on no disk.
derived_secret() { printf '%s:%s' "$1" "$AWS_SECRET_ACCESS_KEY" | sha256sum | cut -c1-32; }

# Endpoint, credentials and variables. The daemon must be running.
export_environment() {
  unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN
  eval "$("$stormglass" env --data-dir "$home")"
  export AWS_EC2_METADATA_DISABLED=true CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0
  # Else bad luck with a file of the user's would end in another account or region.
  export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
  export TF_VAR_region=$AWS_REGION
  TF_VAR_db_password=$(derived_secret database)
  TF_VAR_api_keys="{\"mail\":\"$(derived_secret mail)\"}"
  CERTIFICATE_KEY_PASSPHRASE=$(derived_secret certificate)
  export TF_VAR_db_password TF_VAR_api_keys CERTIFICATE_KEY_PASSPHRASE
  export TF_VAR_app_binary=$build/guestbook
  export TF_VAR_certificate_file=$demo/certs/app.crt.pem
  if [ -s "$demo/certs/app.key.pem" ]; then
    TF_VAR_certificate_key=$(openssl pkey -in "$demo/certs/app.key.pem" -passin env:CERTIFICATE_KEY_PASSPHRASE)
    export TF_VAR_certificate_key
  fi
}

# tf STACK COMMAND ARGUMENTS...: runs it. The bootstrap's state is a local file: it is what makes the bucket.
tf() {
  local stack=$1 command=$2
  shift 2
  local options=()
  if [ "$stack" = bootstrap ]; then
    case $command in
    plan | apply | destroy | output | refresh | console | import | taint | untaint)
      options+=(-state="$demo/bootstrap.tfstate") ;;
    esac
    case $command in plan | apply | destroy | refresh | import | console) options+=(-var force_destroy=true) ;; esac
  fi
  [ -t 1 ] || case $command in init | plan | apply | destroy | output | validate) options+=(-no-color) ;; esac
  TF_DATA_DIR=$demo/terraform-$stack "$terraform" -chdir="$stack_root/$stack" "$command" "${options[@]}" "$@"
}

[ -z "${STORMGLASS_SOURCED:-}" ] || return 0
case "${1:-}" in bootstrap | live) ;; *) sed -n '2,/^source/{/^source/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2 ;; esac
[ $# -ge 2 ] || die "say which command, e.g. terraform.sh $1 plan"
[ -x "$stormglass" ] && [ -d "$demo" ] || die "the demo is not there; run: make demo"
find_terraform
configure_providers
export_environment
tf "$@"
