#!/bin/bash
# Our balancer node beside nginx as a reverse proxy, both with one worker on CPU 0, in one run: requests
# per second and CPU-seconds of the proxy per 100,000 requests, and the ratios. wrk and the two nginx
# targets run on CPU 1. Usage: compare_nginx.sh LB_MAIN [SECONDS [REPETITIONS]]
# Needs nginx and wrk. Ports 18101-18102 and 18201-18202 on loopback must be free.
set -u
lb_main=${1:?path of lb_main}; seconds=${2:-4}; repetitions=${3:-3}
dir=$(mktemp -d); pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2>/dev/null; done; wait 2>/dev/null; rm -rf "$dir"' EXIT
chmod 755 "$dir"; mkdir -p "$dir/www"; head -c 65536 /dev/urandom > "$dir/www/64k"
for i in 1 2; do cat > "$dir/up$i.conf" <<C
worker_processes 1; daemon off; pid $dir/up$i.pid; error_log $dir/up$i.err; events { worker_connections 2048; }
http { access_log off; sendfile on; keepalive_requests 100000000; open_file_cache max=100; root $dir/www;
 server { listen 127.0.0.1:1810$i backlog=1024; location = /128 { return 200 "$(printf 'x%.0s' {1..128})"; } } }
C
taskset -c 1 nginx -p "$dir" -c "$dir/up$i.conf" & pids+=($!); done
cat > "$dir/nginx.conf" <<C
worker_processes 1; daemon off; pid $dir/nx.pid; error_log $dir/nx.err; events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000;
 upstream u { server 127.0.0.1:18101; server 127.0.0.1:18102; keepalive 128; keepalive_requests 100000000; }
 proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
 proxy_buffers 16 16k; proxy_busy_buffers_size 64k;
 server { listen 127.0.0.1:18201 reuseport; location / { proxy_pass http://u; } } }
C
taskset -c 0 nginx -p "$dir" -c "$dir/nginx.conf" & nginx_pid=$!; pids+=($nginx_pid)
cat > "$dir/lb.json" <<C
{"config_version":1,"name":"bench","zone":"a","bind_address":"127.0.0.1",
 "listeners":[{"arn":"l","port":18202,"rules":[{"action":{"type":"forward","forward":{"target_groups":[{"target_group_arn":"g"}]}}}]}],
 "target_groups":[{"arn":"g","health_check":{"path":"/128"},"targets":[
  {"id":"1","address":"127.0.0.1","port":18101,"zone":"a"},{"id":"2","address":"127.0.0.1","port":18102,"zone":"a"}]}]}
C
taskset -c 0 "$lb_main" --config "$dir/lb.json" --status "$dir/status.json" 2>"$dir/lb.err" & lb_pid=$!; pids+=($lb_pid)
for _ in $(seq 100); do grep -q healthy "$dir/status.json" 2>/dev/null && break; sleep 0.1; done
cpu() { local t=0 p; for p in $1 $(pgrep -P "$1"); do set -- $(cat "/proc/$p/stat"); t=$((t + ${14} + ${15})); done; echo $t; }
echo "size proxy rps cpu_s_per_100k"
for size in 128 64k; do for _ in $(seq "$repetitions"); do for proxy in nginx ours; do
  [ $proxy = nginx ] && { pid=$nginx_pid; port=18201; } || { pid=$lb_pid; port=18202; }
  before=$(cpu "$pid"); out=$(taskset -c 1 wrk -t1 -c64 -d"${seconds}s" "http://127.0.0.1:$port/$size"); after=$(cpu "$pid")
  n=$(awk '/requests in/{print $1}' <<<"$out"); grep -E 'Non-2xx|Socket errors' <<<"$out" >&2
  awk -v s=$size -v p=$proxy -v n="$n" -v t=$((after - before)) -v r="$(awk '/Requests\/sec/{print $2}' <<<"$out")" \
    'BEGIN{printf "%s %s %s %.3f\n", s, p, r, t / 100 / n * 100000}'
done; done; done | tee "$dir/rows"
awk '{c[$1" "$2]=c[$1" "$2]" "$4; r[$1" "$2]=r[$1" "$2]" "$3; sizes[$1]=1}
 function median(text,  a, n, i, j, x) { n = split(text, a, " "); for (i = 1; i < n; i++) for (j = i + 1; j <= n; j++)
   if (a[j] + 0 < a[i] + 0) { x = a[i]; a[i] = a[j]; a[j] = x } return a[int((n + 1) / 2)] }
 END { for (s in sizes) printf "%s: CPU per request ours/nginx %.2f, requests per second ours/nginx %.2f\n", s,
   median(c[s" ours"]) / median(c[s" nginx"]), median(r[s" ours"]) / median(r[s" nginx"]) }' "$dir/rows"
