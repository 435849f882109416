#!/bin/sh
# A contract as a party: the shop sells by the process, dev0 keeps it, dev2 buys. Needs the artifacts (npm run build).
. "$(dirname "$0")/walk.sh"
cybermiles rules deploy "$here/terms.dmn" --from dev0 --yes --output json >/dev/null
cybermiles process deploy "$here/sale.bpmn" --from dev0 --yes --output json >/dev/null
shop=$(cybermiles deploy "$here/../artifacts/Shop.json" --from dev0 --yes --output json | field contract)

title="an order of a contract"
for each in dev2 dev3; do
	eval "fees_$each=0; before_$each=$(balance "$each")"
done
send dev2 send "$shop" 'order(string,int128,address)' "an atlas" 1000000 "$(address dev3)"
instance=$(cybermiles process instances --limit 1 --output json | field instance)
refused dev0 process complete "$instance" answer '{"answer": "buy"}'
step dev2 answer '{"answer": "buy"}' --value 1000000wei
refused dev3 send "$shop" 'ship(uint64,string)' "$instance" "XY 1"
send dev0 send "$shop" 'ship(uint64,string)' "$instance" "XY 1"
step dev2 receive
step dev2 rateSeller '{"stars": 5}'
send dev0 send "$shop" 'rate(uint64,int128)' "$instance" 4
ends completed dev2 -1000000 dev3 0
[ "$(cybermiles rpc eth_getBalance "$shop" latest)" = '"0xf07a8"' ] || {
	echo "FAIL $title: the shop has got $(cybermiles rpc eth_getBalance "$shop" latest), not 985000"
	exit 1
}
send dev0 send "$shop" 'withdraw()'
