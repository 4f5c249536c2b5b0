#!/usr/bin/env bash
# Makes the self-signed certificate that the stack imports into ACM, unless a valid one is there.
# For a site with a domain of its own, give ACM's or a CA's certificate instead.
#
#   certificate.sh [--out FOLDER] NAME...      e.g. certificate.sh 'www.example.com' '*.us-east-1.elb.amazonaws.com'
#
# Writes FOLDER/app.crt.pem and FOLDER/app.key.pem (0600); FOLDER is certs/ beside this script. Where
# CERTIFICATE_KEY_PASSPHRASE is set, the key is encrypted under it, and one encrypted otherwise is replaced.
# A wildcard stands for exactly one label: a load balancer in us-east-1 is under *.us-east-1.elb.amazonaws.com.
set -euo pipefail

readonly valid_days=397
readonly renew_before_s=$((30 * 24 * 3600))

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; }

out=$(cd "$(dirname "$0")" && pwd)/certs
case "${1:-}" in
--help | -h) usage; exit 0 ;;
--out) out=${2:?--out needs a folder}; shift 2 ;;
esac
[ $# -ge 1 ] || { usage >&2; exit 2; }

alternatives=$(printf ',DNS:%s' "$@")
alternatives=${alternatives#,}
mkdir -p "$out"
protection=(-nodes)
[ -z "${CERTIFICATE_KEY_PASSPHRASE:-}" ] || protection=(-passout env:CERTIFICATE_KEY_PASSPHRASE)
readable=(-passin pass:)
[ -z "${CERTIFICATE_KEY_PASSPHRASE:-}" ] || readable=(-passin env:CERTIFICATE_KEY_PASSPHRASE)
if openssl pkey -in "$out/app.key.pem" "${readable[@]}" -noout 2>/dev/null &&
  [ "$(cat "$out/names" 2>/dev/null)" = "$alternatives" ] &&
  openssl x509 -in "$out/app.crt.pem" -noout -checkend "$renew_before_s" >/dev/null 2>&1; then
  exit 0 # A certificate that changed at every run would change the stack at every run.
fi

umask 077
# RSA 2048, as ACM takes it everywhere; the subject is the first name, cut to what a CN may hold.
openssl req -x509 -newkey rsa:2048 "${protection[@]}" -sha256 -days "$valid_days" \
  -subj "/CN=${1:0:64}" -addext "subjectAltName=$alternatives" \
  -addext 'basicConstraints=critical,CA:FALSE' -addext 'extendedKeyUsage=serverAuth' \
  -keyout "$out/app.key.pem.new" -out "$out/app.crt.pem.new" 2>"$out/openssl.log" ||
  { cat "$out/openssl.log" >&2; exit 1; }
rm -f "$out/openssl.log"
mv "$out/app.key.pem.new" "$out/app.key.pem"
mv "$out/app.crt.pem.new" "$out/app.crt.pem"
chmod 0644 "$out/app.crt.pem"
printf '%s' "$alternatives" > "$out/names"
echo "certificate for $*: $out/app.crt.pem"
