#!/usr/bin/env bash
# Measures every row of docs/bench.md on this machine, one after the other, and leaves the reports in build/bench.
#
#   bench/run.sh [ROW...]      transfer erc20 latency million validators sync rules process; without names, all
#
#   DURATION   length of a measured window, default 60s
#   ROUNDS     how often each endpoint of a comparison is measured, default 1
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$PWD/build/cybermiles
out=$PWD/build/bench
duration=${DURATION:-60s}
rounds=${ROUNDS:-1}
work=$(mktemp -d)
node=
trap 'stop_node; rm -rf "$work"' EXIT
mkdir -p "$out"

url=http://127.0.0.1:9545

stop_node() {
  [ -z "$node" ] && return
  kill "$node" 2>/dev/null && wait "$node" 2>/dev/null || true
  node=
}

wait_for() { # URL
  for _ in $(seq 3000); do
    curl -s -o "$work/answer" -H 'content-type: application/json' \
      --data '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}' "$1" && return
    sleep 0.1
  done
  echo "no node answers at $1; its log is $work/node.log" >&2
  exit 1
}

height() { # URL
  curl -s -H 'content-type: application/json' --data '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}' "$1" |
    sed 's/.*"result":"\(0x[0-9a-f]*\)".*/\1/'
}

start_dev() { # ARGUMENTS...
  stop_node
  rm -rf "$work/dev"
  "$binary" dev --home "$work/dev" --rpc.http-addr "${url#http://}" "$@" >"$work/node.log" 2>&1 &
  node=$!
  wait_for "$url"
}

peak() { echo "peak memory of the node: $(($(awk '/VmHWM/ {print $2}' "/proc/$node/status") / 1024)) MiB"; }

measure() { # NAME ARGUMENTS...
  local name=$1
  shift
  "$binary" bench --url "$url" --duration "$duration" --json "$out/$name.json" --html "$out/$name.html" "$@"
}

row_transfer() { start_dev && measure transfer --compare-geth --rounds "$rounds" && peak; }
row_erc20() { start_dev && measure erc20 --workload erc20 --compare-geth --rounds "$rounds" && peak; }
row_rules() { start_dev && measure rules --workload rules; }
# 1,700 instances a second: each is two transactions.
row_process() { start_dev && measure process --workload process --rate 3400 --max-fee-gwei 5; }
row_latency() { start_dev && measure latency --rate 1000; }

row_million() {
  "$binary" bench alloc --accounts 1000000 >"$work/alloc.json"
  start_dev --alloc "$work/alloc.json"
  measure million --accounts 1000000 --prefunded && peak
}

row_validators() {
  stop_node
  rm -rf "$work/dev"
  "$binary" dev --validators 4 --home "$work/dev" --rpc.http-addr "${url#http://}" >"$work/node.log" 2>&1 &
  node=$!
  wait_for "$url"
  measure validators
}

# A chain under load, then a second node that executes all of it by block sync.
row_sync() {
  stop_node
  local net=$work/net joiner first second start end
  rm -rf "$net" "$work/joiner"
  "$binary" network create --validators 1 --out "$net" --dev-accounts --rpc-port 9545 --p2p-port 9556 --comet-rpc-port 9557 >/dev/null
  "$binary" start --home "$net/node0" --log-level warn >"$work/node.log" 2>&1 &
  node=$!
  wait_for "$url"
  measure sync-source
  first=$(height "$url")
  "$binary" join "$net/invitation.json" --home "$work/joiner" >/dev/null
  start=$(date +%s.%N)
  "$binary" start --home "$work/joiner" --log-level warn --rpc.http-addr 127.0.0.1:9645 --p2p.listen tcp://127.0.0.1:9656 \
    --consensus.comet-rpc-addr "" >"$work/joiner.log" 2>&1 &
  joiner=$!
  wait_for http://127.0.0.1:9645
  while second=$(height http://127.0.0.1:9645) && [ $((second)) -lt $((first)) ]; do sleep 0.05; done
  end=$(date +%s.%N)
  kill "$joiner" && wait "$joiner" 2>/dev/null || true
  included=$(sed -n 's/.*"included": *\([0-9]*\).*/\1/p' "$out/sync-source.json" | head -1)
  awk -v n="$included" -v t="$(echo "$end $start" | awk '{print $1-$2}')" \
    'BEGIN {printf "block sync: %d transactions in %.1f s, %.0f/s (process start included)\n", n, t, n/t}' | tee "$out/sync.txt"
}

rows=("$@")
[ ${#rows[@]} -gt 0 ] || rows=(transfer erc20 latency million validators sync rules process)
for row in "${rows[@]}"; do
  declare -F "row_$row" >/dev/null || { echo "no row \"$row\"" >&2; exit 2; }
  echo "== $row"
  "row_$row"
done
stop_node
echo "reports: $out"
