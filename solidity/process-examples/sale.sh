#!/bin/sh
# Walks through the sale on every path: dev1 sells, dev2 buys, dev3 judges, dev4 is the market.
. "$(dirname "$0")/walk.sh"
cybermiles rules deploy "$here/terms.dmn" --from dev0 --yes --output json >/dev/null
cybermiles process deploy "$here/sale.bpmn" --from dev0 --yes --output json >/dev/null
day=86400

# offer TITLE: the seller offers a book for a million wei; nobody pays for timers, which these paths do not need
offer() {
	title=$1
	start dev1 "$here/sale.bpmn" '{"item": "an atlas", "category": "books", "sellerLevel": "gold", "priceWei": 1000000}' \
		--role seller=dev1 --role buyer=dev2 --role arbiter=dev3 --role market=dev4 --deposit 0wei
}
buy() { step dev2 answer '{"answer": "buy"}' --value "${1:-1000000}wei"; }
ship() { step dev1 ship '{"tracking": "XY 1"}'; }
complain() { step dev2 receive '{"complaint": "the maps are missing"}'; }
rate() { step dev2 rateSeller '{"stars": 5}' && step dev1 rateBuyer '{"stars": 4}'; }
# timed TITLE: the same, with somebody's coins that pay for the gas of timers
timed() {
	title=$1
	start dev5 "$here/sale.bpmn" '{"item": "an atlas", "category": "books", "sellerLevel": "gold", "priceWei": 1000000}' \
		--role seller=dev1 --role buyer=dev2 --role arbiter=dev3 --role market=dev4
}

offer "sold and reviewed"
refused dev1 process complete "$instance" answer '{"answer": "buy"}'
buy
refused dev2 process complete "$instance" ship '{"tracking": "XY 1"}'
refused dev1 process complete "$instance" ship '{"buyer": "0x00"}'
ship
step dev2 receive
rate
ends completed dev1 985000 dev2 -1000000 dev4 15000

offer "overpaid"
buy 1000007
ship
step dev2 receive
rate
ends completed dev1 985000 dev2 -1000000 dev4 15000

offer "declined"
step dev2 answer '{"answer": "no"}'
ends completed dev1 0 dev2 0 dev4 0

offer "paid too little"
buy 999999
ends completed dev1 0 dev2 0 dev4 0

offer "haggled"
step dev2 answer '{"answer": "haggle", "offerWei": 600000}'
step dev1 reconsider '{"priceWei": 800000}'
buy 800000
ship
step dev2 receive
rate
ends completed dev1 788000 dev2 -800000 dev4 12000

offer "complaint refused"
buy
ship
complain
step dev3 judge '{"sellerBps": 10000}'
rate
ends completed dev1 985000 dev2 -1000000 dev4 15000

offer "complaint accepted"
buy
ship
complain
step dev3 judge '{"sellerBps": 0}'
ends completed dev1 0 dev2 0 dev4 0

offer "shared"
buy
ship
complain
step dev3 judge '{"sellerBps": 12000}'
step dev3 judge '{"sellerBps": 2500}'
rate
ends completed dev1 246250 dev2 -250000 dev4 3750

timed "no answer"
pass $((3 * day))
ends completed dev1 0 dev2 0 dev4 0

timed "firm seller"
step dev2 answer '{"answer": "haggle", "offerWei": 1}'
pass $((3 * day))
ends completed dev1 0 dev2 0 dev4 0

timed "not shipped"
buy
pass $((7 * day))
ends completed dev1 0 dev2 0 dev4 0

timed "silent buyer, no reviews"
buy
ship
pass $((3 * day))
pass $((14 * day))
ends completed dev1 985000 dev2 -1000000 dev4 15000

timed "one review"
buy
ship
step dev2 receive
step dev2 rateSeller '{"stars": 9}'
pass $((14 * day))
ends completed dev1 985000 dev2 -1000000 dev4 15000

timed "arbiter asleep"
buy
ship
complain
pass $((30 * day))
ends completed dev1 0 dev2 0 dev4 0
