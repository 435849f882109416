#!/usr/bin/env bash
# What Foundry's command line does with a chain: cast and forge against RPC_URL, and cast against AUTOMINE_URL when set.
set -u
cd "$(dirname "$0")" || exit 1
export PATH="$PWD/../node_modules/.bin:$PATH" FOUNDRY_DISABLE_NIGHTLY_WARNING=1
export ETH_RPC_URL=${RPC_URL:-http://127.0.0.1:8545}
key=0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6 # development account 9
me=0xa0Ee7A142d267C1f36714E4a8F75612F20a79720
wcmt=0x0000000000000000000000000000000057434d54
create2=0x4e59b44847b379578588920cA78FbF26c0B4956C
multicall3=0xcA11bde05977b3631167028862bE2a173976CA11
zero=0x$(printf '%064d' 0)
passed=0
failed=0

shopt -s nocasematch
# check WHAT FOUND PATTERN: counts a success when FOUND matches the shell pattern, whatever the case of its letters.
check() {
  # shellcheck disable=SC2053
  if [[ "$2" == $3 ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'not ok: %s\n  found    %s\n  expected %s\n' "$1" "${2:0:600}" "$3"
  fi
}

first() { awk '{print $1; exit}'; }
number() { cast to-dec "$1"; }
send() { cast send --private-key "$key" --json "$@"; }
# field NAME: that field of the JSON object on standard input; the input itself when it is none.
field() {
  node -e '
    const text = require("fs").readFileSync(0, "utf8")
    let answer
    try { answer = JSON.parse(text)[process.argv[1]] } catch {}
    console.log(answer ?? (text.trim() || "nothing"))' "$1"
}

read_the_chain() {
  check 'net and chain id agree' "$(cast chain-id)" "$(cast rpc net_version | tr -d '"')"
  check 'the client has a name' "$(cast client)" '?*/?*'
  check 'the balance is readable' "$(cast balance "$me")" '[1-9]*'
  check 'the base fee is readable' "$(cast base-fee)" '[0-9]*'
  check 'the gas price is readable' "$(cast gas-price)" '[1-9]*'
  check 'the newest block has a time' "$(cast age)" '*20[0-9][0-9]*'
  check 'a block is found by its time' "$(cast find-block "$(cast block latest -f timestamp)")" '[0-9]*'
  check 'code can be read' "$(cast code "$wcmt")" "$(cat ../../../solidity/wcmt/runtime.hex)"
  check 'the code hash is that of the code' "$(cast codehash "$wcmt")" "$(cast keccak "$(cast code "$wcmt")")"
  check 'a call is decoded' "$(cast call "$wcmt" 'name()(string)')" '"Wrapped CMT"'
  check 'a proof has its parts' "$(cast proof "$wcmt" "$zero" | field storageHash)" '0x?*'
}

send_transactions() {
  local before sent hash stranger authorization raw
  before=$(cast call "$wcmt" 'balanceOf(address)(uint256)' "$me" | first)
  sent=$(send "$wcmt" 'deposit()' --value 1000)
  hash=$(field transactionHash <<<"$sent")
  check 'an EIP-1559 transaction succeeds' "$(field status <<<"$sent")/$(field type <<<"$sent")" '0x1/0x2'
  check 'its effect is visible' "$(cast call "$wcmt" 'balanceOf(address)(uint256)' "$me" | first)" "$((before + 1000))"
  check 'its receipt can be read' "$(cast receipt "$hash" status)" 'true'
  check 'its fields can be read' "$(cast tx "$hash" value)" '1000'
  check 'its log can be found' "$(cast logs --from-block "$(cast receipt "$hash" blockNumber)" --address "$wcmt" 'Deposit(address indexed,uint256)' "$me")" "*$hash*"
  check 'it can be replayed' "$(cast run "$hash" --quick 2>&1)" '*emit topic*successfully*'
  check 'it can be traced' "$(cast rpc debug_traceTransaction "$hash" '{"tracer":"callTracer"}' | field type)" 'CALL'
  check 'storage can be read' "$(number "$(cast storage "$wcmt" "$(cast index address "$me" 0)")")" "$((before + 1000))"

  check 'a legacy transaction succeeds' "$(send "$me" --value 1 --legacy | field type)" '0x0'
  check 'an access list is made' "$(cast access-list "$wcmt" 'balanceOf(address)' "$me" --from "$me")" "*$wcmt*"
  check 'a transaction with an access list succeeds' "$(send "$wcmt" 'transfer(address,uint256)' "$me" 1 --legacy --access-list | field type)" '0x1'
  stranger=$(cast wallet new --json | node -p 'JSON.stringify(JSON.parse(require("fs").readFileSync(0))[0])')
  authorization=$(cast wallet sign-auth "$wcmt" --private-key "$(field private_key <<<"$stranger")" --nonce 0 --chain "$(cast chain-id)")
  check 'an EIP-7702 transaction succeeds' "$(send "$(field address <<<"$stranger")" --value 1 --auth "$authorization" --gas-limit 150000 | field type)" '0x4'
  check 'it delegates the account' "$(cast code "$(field address <<<"$stranger")")" "0xef0100${wcmt#0x}"
  raw=$(cast mktx --private-key "$key" "$me" --value 2)
  check 'a transaction signed elsewhere can be published' "$(cast publish --async "$raw")" "$(cast keccak "$raw")"
  cast receipt "$(cast keccak "$raw")" >/dev/null # waits for it

  check 'gas is estimated' "$(cast estimate "$me" --value 1 --from "$me")" '21000'
  check 'a revert carries its custom error' \
    "$(cast call "$wcmt" 'withdraw(uint256)' "$(cast max-uint)" --from "$me" 2>&1)" "*$(cast sig 'InsufficientBalance(address,uint256,uint256)')*"
  check 'a failing estimation says why' "$(cast estimate "$wcmt" 'withdraw(uint256)' "$(cast max-uint)" --from "$me" 2>&1)" '*execution reverted*'
}

deploy_contracts() {
  local address salt code
  address=$(forge create --json --broadcast --private-key "$key" EscrowSale | field deployedTo)
  check 'forge create deploys' "$(cast call "$address" 'count()(uint256)')" '0'
  check 'forge script runs a whole sale' \
    "$(forge script script/Sale.s.sol --rpc-url "$ETH_RPC_URL" --private-key "$key" --broadcast --slow 2>&1)" '*ONCHAIN EXECUTION COMPLETE & SUCCESSFUL*'
  salt=$(cast keccak "cast $(date +%s%N)")
  code=$(forge inspect WCMT bytecode)
  address=$(cast create2 --deployer "$create2" --salt "$salt" --init-code "$code" | grep -io '0x[0-9a-f]\{40\}' | head -n 1)
  check 'the CREATE2 proxy is used' "$(send "$create2" "$salt${code#0x}" | field status)" '0x1'
  check 'and deploys where computed' "$(cast code "$address")" "$(cast code "$wcmt")"
  check 'Multicall3 answers' "$(cast call "$multicall3" 'getChainId()(uint256)' | first)" "$(cast chain-id)"
}

move_time() {
  local snapshot start poor=0x000000000000000000000000000000000000bEEF
  export ETH_RPC_URL=$AUTOMINE_URL
  snapshot=$(cast rpc evm_snapshot | tr -d '"')
  start=$(cast block latest -f timestamp)
  cast rpc evm_increaseTime 86400 >/dev/null
  cast rpc evm_mine >/dev/null
  check 'evm_increaseTime moves the clock' "$(($(cast block latest -f timestamp) - start >= 86400))" '1'
  cast rpc evm_setNextBlockTimestamp "$((start + 200000))" >/dev/null
  send "$me" --value 1 >/dev/null
  check 'evm_setNextBlockTimestamp sets it' "$(cast block latest -f timestamp)" "$((start + 200000))"
  cast rpc hardhat_setBalance "$poor" 0xde0b6b3a7640000 >/dev/null
  check 'hardhat_setBalance gives money' "$(cast balance "$poor")" '1000000000000000000'
  cast rpc hardhat_impersonateAccount "$poor" >/dev/null
  check 'an impersonated account sends' "$(cast send --unlocked --from "$poor" "$me" --value 5 --json | field status)" '0x1'
  check 'evm_revert goes back' "$(cast rpc evm_revert "$snapshot")" 'true'
  check 'to the old time' "$(cast block latest -f timestamp)" "$start"
  check 'and the old balance' "$(cast balance "$poor")" '0'
}

send_transactions
read_the_chain
deploy_contracts
[ -n "${AUTOMINE_URL:-}" ] && move_time
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
