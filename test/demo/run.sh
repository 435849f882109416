#!/usr/bin/env bash
# The demonstration: a chain that holds the real CMT accounts, a thousand escrow sales, and a load beside them.
#
#   test/demo/run.sh [--sales N]
#
#   CYBERMILES    the program, default build/cybermiles
#   CMT_SNAPSHOT  the holders' list, default ../shared/data/cmt-erc20-snapshot-6486489.csv beside the repository
#   BENCH_RATE    transfers a second beside the sales, default 1000; 0 for none
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
binary=${CYBERMILES:-$root/build/cybermiles}
snapshot=${CMT_SNAPSHOT:-$root/../shared/data/cmt-erc20-snapshot-6486489.csv}
rate=${BENCH_RATE:-1000}
. "$root/test/clients/chain.sh"

fail() {
  echo "demo: $*" >&2
  exit 1
}

reason=$(have_node) || fail "$reason"
[ -x "$binary" ] || fail "$binary is missing; run \"make build\", or set CYBERMILES to the program"
[ -f "$snapshot" ] || fail "$snapshot is missing; set CMT_SNAPSHOT to the holders' list (address,balance_wei)"
install "$root/solidity" && install "$root/test/demo" || fail "npm cannot install the packages of the lock files"
build_contracts || fail "the contracts do not build"
start_chain demo --snapshot "$snapshot" || fail "the chain does not start"

bench=
if [ "$rate" -gt 0 ]; then
  "$binary" bench --url "$chain_url" --workload transfer --accounts 500 --rate "$rate" --duration 20s >"$chain_dir/bench.txt" 2>&1 &
  bench=$!
  chain_pids+=("$bench")
  echo "preparing a load of $rate transfers a second ..."
  until grep -q '^sending' "$chain_dir/bench.txt"; do
    kill -0 "$bench" 2>/dev/null || { cat "$chain_dir/bench.txt"; fail "the load beside the sales does not start"; }
    sleep 0.2
  done
fi

RPC_URL=$chain_url CMT_SNAPSHOT=$snapshot node "$root/test/demo/demo.mjs" "$@" || {
  tail -n 20 "$chain_dir/demo.log"
  exit 1
}

if [ -n "$bench" ]; then
  wait "$bench" || { cat "$chain_dir/bench.txt"; fail "the load beside the sales failed"; }
  echo "the load beside the sales"
  sed -n '/^endpoint/,$s/^/  /p' "$chain_dir/bench.txt"
fi
