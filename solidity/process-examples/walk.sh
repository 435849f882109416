# Sourced by the walks: does steps as somebody, lets time pass, and compares what
# everybody has got with what they should have. Needs `cybermiles dev --automine`
# at CYBERMILES_URL.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bottomless=$((0xfffffffffffffff)) # balances are compared by their lowest 60 bits
accounts=$(cybermiles rpc eth_accounts | tr -d '[]"' | tr ',' ' ')

# field NAME: the value of a field of the JSON on standard input
field() { sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p" | head -n 1; }

# address dev3
address() { echo "$accounts" | cut -d ' ' -f "$((${1#dev} + 1))"; }

# balance WHO: lowest 60 bits of what somebody has
balance() {
	hex=$(cybermiles rpc eth_getBalance "$(address "$1")" latest | tr -d '"' | sed 's/^0x/000000000000000/')
	echo "$((0x$(printf %s "$hex" | tail -c 15)))"
}

# send WHO COMMAND…: sends, and remembers what it cost the sender besides the value
send() {
	who=$1
	shift
	sent=$(cybermiles "$@" --from "$who" --yes --output json)
	fee=$(echo "$sent" | field feeWei)
	eval "fees_$who=\$(( \${fees_$who:-0} + fee ))"
}

# refused WHO COMMAND…: what must fail
refused() {
	who=$1
	shift
	if cybermiles "$@" --from "$who" --yes >/dev/null 2>&1; then
		echo "FAIL $title: $who could: $*"
		exit 1
	fi
}

# start WHO …: starts an instance and remembers its number and everybody's balance
start() {
	for each in dev1 dev2 dev3 dev4 dev5; do
		eval "fees_$each=0; before_$each=$(balance "$each")"
	done
	who=$1
	shift
	send "$who" process start "$@"
	instance=$(echo "$sent" | sed -n '/"Process.Started"/,/]/p' | grep -A 3 '"name": "instance"' | field value)
}

# step WHO STEP [VARIABLES] [--value AMOUNT]
step() {
	who=$1
	shift
	send "$who" process complete "$instance" "$@"
}

# pass SECONDS: lets time pass and a block come
pass() {
	cybermiles rpc evm_increaseTime "$1" >/dev/null
	cybermiles rpc evm_mine >/dev/null
}

# ends STATUS WHO AMOUNT…: the instance is over, holds nothing, and everybody has
# got or lost so much, fees of their own transactions aside
ends() {
	shown=$(cybermiles process show "$instance" --output json)
	status=$(echo "$shown" | field status)
	held=$(echo "$shown" | field balanceWei)
	if [ "$status" != "$1" ] || [ "$held" != 0 ]; then
		echo "FAIL $title: instance $instance is $status and holds $held wei"
		cybermiles process history "$instance"
		exit 1
	fi
	shift
	while [ $# -gt 0 ]; do
		eval "got=\$(( ($(balance "$1") - before_$1 + fees_$1) & bottomless ))"
		if [ "$got" -ne "$(($2 & bottomless))" ]; then
			echo "FAIL $title: $1 got $got wei, not $2"
			cybermiles process history "$instance"
			exit 1
		fi
		shift 2
	done
	echo "ok   $title"
}
