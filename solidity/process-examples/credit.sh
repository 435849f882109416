#!/bin/sh
# Walks through the letter of credit on every path: dev1 buys, dev2 sells, dev3 carries. The goods are tokens.
. "$(dirname "$0")/walk.sh"
cybermiles process deploy "$here/credit.bpmn" --from dev0 --yes --output json >/dev/null
goods=0x0000000000000000000000000000000057434d54 # wrapped CMT, which every chain has
day=86400

# agree TITLE [DEPOSIT]: fifty units for a thousand wei and a hundred of freight; dev2 has just fifty, nobody else any
agree() {
	title=$1
	shift
	send dev1 send "$goods" 'transfer(address,uint256)' "$(address dev0)" "$(units dev1)"
	send dev2 send "$goods" 'transfer(address,uint256)' "$(address dev0)" "$(units dev2)"
	send dev2 send "$goods" 'deposit()' --value 50wei
	start dev4 "$here/credit.bpmn" '{"goods": "'"$goods"'", "units": 50, "priceWei": 1000, "freightWei": 100}' \
		--role buyer=dev1 --role seller=dev2 --role carrier=dev3 "$@"
	account=$(cybermiles process account-of --instance "$instance")
}
units() { cybermiles call "$goods" 'balanceOf(address)(uint256)' "$(address "$1")"; }
present() {
	send dev2 send "$goods" 'approve(address,uint256)' "$account" 50
	step dev2 present
}
# goods WHO: who has the fifty units now
goods() {
	if [ "$(units "$1")" != 50 ]; then
		echo "FAIL $title: $1 has $(units "$1") units, not 50"
		exit 1
	fi
}

agree "exchanged" --deposit 0wei
refused dev2 process complete "$instance" open
step dev1 open --value 1100wei
present
step dev3 carry '{"documents": "bill of lading 7"}'
step dev1 examine
ends completed dev1 -1100 dev2 1000 dev3 100
goods dev1

agree "not covered" --deposit 0wei
step dev1 open --value 1099wei
ends completed dev1 0 dev2 0 dev3 0
goods dev2

agree "approved late" --deposit 0wei
step dev1 open --value 1100wei
step dev2 present
present
step dev3 carry '{"documents": "bill of lading 7"}'
step dev1 examine
ends completed dev1 -1100 dev2 1000 dev3 100
goods dev1

agree "cured" --deposit 0wei
step dev1 open --value 1100wei
present
step dev3 carry '{"documents": "bill of lading 7"}'
step dev1 examine '{"discrepancy": "weight"}'
step dev2 cure '{"documents": "bill of lading 8"}'
step dev1 examine
ends completed dev1 -1100 dev2 1000 dev3 100
goods dev1

agree "three discrepancies" --deposit 0wei
step dev1 open --value 1100wei
present
step dev3 carry '{"documents": "bill of lading 7"}'
for what in weight date; do
	step dev1 examine '{"discrepancy": "'$what'"}'
	step dev2 cure '{"documents": "bill of lading 8"}'
done
step dev1 examine '{"discrepancy": "name"}'
ends completed dev1 -100 dev2 0 dev3 100
goods dev2

agree "not opened"
pass $((7 * day))
ends completed dev1 0 dev2 0 dev3 0

agree "not presented"
step dev1 open --value 1100wei
pass $((10 * day))
ends completed dev1 0 dev2 0 dev3 0

agree "lost at sea"
step dev1 open --value 1100wei
present
pass $((30 * day))
ends completed dev1 0 dev2 0 dev3 0
goods dev2

agree "silence is acceptance"
step dev1 open --value 1100wei
present
step dev3 carry '{"documents": "bill of lading 7"}'
pass $((5 * day))
ends completed dev1 -1100 dev2 1000 dev3 100
goods dev1

agree "not cured"
step dev1 open --value 1100wei
present
step dev3 carry '{"documents": "bill of lading 7"}'
step dev1 examine '{"discrepancy": "weight"}'
pass $((7 * day))
ends completed dev1 -100 dev2 0 dev3 100
goods dev2
