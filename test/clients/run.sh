#!/usr/bin/env bash
# Runs real Ethereum clients against development chains of this repository's program, one line a suite.
#
#   test/clients/run.sh [SUITE...]      without names, all of them
#
#   CYBERMILES        the program, default build/cybermiles
#   CMT_SNAPSHOT      the holders' list for the demo, default ../shared/data/cmt-erc20-snapshot-6486489.csv
#
#   CLIENTS_REQUIRED  when 1, skipping is a failure
#
# Without Node.js, or without its packages and a way to get them, nothing is run: the script says SKIPPED and succeeds.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/test/clients
binary=${CYBERMILES:-$root/build/cybermiles}
snapshot=${CMT_SNAPSHOT:-$root/../shared/data/cmt-erc20-snapshot-6486489.csv}
. "$here/chain.sh"
export HARDHAT_DISABLE_TELEMETRY_PROMPT=true PATH="$here/node_modules/.bin:$PATH"

all=(contracts package viem ethers hardhat foundry automine guide staking demo)

suite_contracts() { (cd "$here/foundry" && forge test --no-match-contract ForkTest); }
suite_package() { (cd "$here" && node --test package/); }
suite_viem() { (cd "$here/viem" && node --test --test-concurrency=1 contracts.test.mjs transactions.test.mjs reading.test.mjs following.test.mjs); }
suite_ethers() { (cd "$here" && node --test ethers/); }
suite_hardhat() { (cd "$here/hardhat" && hardhat test --network node test/node.cjs); }
suite_foundry() {
  (cd "$here/foundry" && forge test --match-contract ForkTest --fork-url "$RPC_URL" && env -u AUTOMINE_URL ./cast.sh) &&
    (cd "$here/foundry" && RPC_URL=$AUTOMINE_URL ./cast.sh)
}
suite_automine() {
  (cd "$here/viem" && node --test time.test.mjs) &&
    (cd "$here/hardhat" && hardhat test --network automine test/escrow.cjs test/helpers.cjs)
}
suite_guide() { run_guide escrow; }
suite_staking() { run_guide stake; }

# run_guide NAME: the commands of docs/guides/NAME.md, on a chain of its own: a guide counts from one.
run_guide() {
  (
    start_chain "guide-$1" || exit 1
    cd "$root" && mkdir -p "$chain_dir/bin" && ln -sf "$binary" "$chain_dir/bin/cybermiles"
    export PATH="$chain_dir/bin:$PATH" CYBERMILES_URL=$chain_url
    node "$here/guide.mjs" "docs/guides/$1.md" >"$chain_dir/guide.sh" && bash "$chain_dir/guide.sh"
    done=$?
    kill "${chain_pids[-1]}"
    exit "$done"
  )
}
suite_demo() { (CYBERMILES=$binary CMT_SNAPSHOT=$snapshot BENCH_RATE=0 "$root/test/demo/run.sh" --sales 100); }

skipped() {
  echo "test/clients: SKIPPED, no client was tried: $*" >&2
  exit "${CLIENTS_REQUIRED:-0}"
}

fail() {
  echo "test/clients: $*" >&2
  exit 1
}

# needs NAME: whether what the suite needs beyond Node.js is there; says what is missing.
needs() {
  case $1 in
    contracts | foundry)
      command -v forge cast >/dev/null && return 0
      echo "the lock file has no forge and cast for this platform; install Foundry"
      ;;
    demo)
      [ -f "$snapshot" ] && return 0
      echo "$snapshot is missing; set CMT_SNAPSHOT"
      ;;
    *) return 0 ;;
  esac
  return 1
}

# run_suite NAME: runs it with its output in a log; shows the log only when the suite fails.
run_suite() {
  local log=$chain_dir/suite-$1.log started=$SECONDS lacking
  if ! lacking=$(needs "$1"); then
    printf '%-10s SKIPPED  %s\n' "$1" "$lacking"
    return "${CLIENTS_REQUIRED:-0}"
  fi
  if "suite_$1" >"$log" 2>&1; then
    printf '%-10s ok       %3d s  %s\n' "$1" "$((SECONDS - started))" "$(summary "$log")"
  else
    printf '%-10s FAILED   %3d s\n' "$1" "$((SECONDS - started))"
    sed 's/^/  /' "$log"
    return 1
  fi
}

# summary LOG: how many tests each tool says it has passed.
summary() {
  grep -oE '^# pass [0-9]+|[0-9]+ passing|[0-9]+ tests passed|^[0-9]+ passed|^[0-9]+ commands ran|every balance is right[^,]*' "$1" |
    sed -E 's/^# pass ([0-9]+)/\1 passing/' | paste -sd, - | sed 's/,/, /g'
}

reason=$(have_node) || skipped "$reason"
[ -x "$binary" ] || fail "$binary is missing; run \"make build\", or set CYBERMILES to the program"
suites=("${@:-${all[@]}}")
for suite in "${suites[@]}"; do
  declare -F "suite_$suite" >/dev/null || fail "there is no suite \"$suite\"; there are: ${all[*]}"
done
for folder in solidity client/ts test/demo test/clients; do
  install "$root/$folder"
  case $? in
    0) ;;
    2) skipped "the packages of $folder are not installed and no registry answers" ;;
    *) fail "npm cannot install the packages of $folder" ;;
  esac
done
build_contracts || fail "the contracts do not build"

start_chain node || fail "the development chain does not start"
export RPC_URL=$chain_url
start_chain automine --automine || fail "the automine chain does not start"
export AUTOMINE_URL=$chain_url

failures=0
for suite in "${suites[@]}"; do run_suite "$suite" || failures=$((failures + 1)); done
if [ "$failures" -gt 0 ]; then
  for log in node automine; do
    echo "--- the end of the log of the chain \"$log\""
    tail -n 20 "$chain_dir/$log.log"
  done
  fail "$failures of ${#suites[@]} suites failed"
fi
