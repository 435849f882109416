#!/bin/sh
# Deploys the marketplace on the chain at CYBERMILES_URL, places orders, lets the rules watch them and shows the results.
# usage: orders.sh [NUMBER]    a multiple of 50; needs both models deployed (docs/guides/rules.md) and node
set -eu
orders=${1:-1000}
here=$(cd "$(dirname "$0")" && pwd)
market=$(cybermiles deploy "$here/../artifacts/Marketplace.json" --from dev0 --yes --output json |
	node -p 'JSON.parse(fs.readFileSync(0)).contract')
session=$(cybermiles call "$market" 'session()(uint64)')
echo "marketplace at $market, session $session"
placed=0
while [ "$placed" -lt "$orders" ]; do
	batch=$(node -e '
		const from = Number(process.argv[1]), pick = (list, i) => list[i % list.length], ids = Array.from({ length: 50 }, (_, i) => from + i)
		const customer = (i) => (i * i * 31) % 401
		const country = (i) => i % 97 === 0 ? "NZ" : pick(["US", "DE", "CN"], customer(i))
		const cents = (i) => i % 11 === 0 ? 95_000 + i : 1 + (i * i * 7919) % 1_500_000
		const order = (i) => `(${300 + (i * 37) % 551},"${pick(["gold", "silver", "bronze"], i)}","${pick(["electronics", "books", "toys"], Math.floor(i / 3))}","${country(i)}",${cents(i)})`
		console.log(`[${ids.map(order)}]`, `[${ids.map(customer)}]`)' "$placed")
	cybermiles send "$market" 'placeMany((int128,string,string,string,int128)[],uint64[])' "${batch% *}" "${batch##* }" --from dev0 --yes --output json |
		node -e 'const sent = JSON.parse(fs.readFileSync(0)); console.log(`50 orders in block ${sent.block}, ${Math.round(sent.gasUsed / 50)} gas each`)'
	placed=$((placed + 50))
	# The rules look at the new orders until nothing is left.
	while [ "$(cybermiles call "$market" 'watched()(bool)')" = false ]; do
		cybermiles send "$market" 'watch(uint64)' 0 --gas 15000000 --from dev0 --yes --output json |
			node -e 'const sent = JSON.parse(fs.readFileSync(0)); console.log(`rules in block ${sent.block}, ${sent.gasUsed} gas`)'
	done
done
echo "orders:     $(cybermiles call "$market" 'count()(uint256)')"
echo "fees:       $(cybermiles call "$market" 'feesCents()(uint256)') cents"
echo "risky:      $(cybermiles call "$market" 'riskyOrders()(uint256)')"
echo "suspicious: $(cybermiles call "$market" 'suspiciousOrders()(uint256)')"
echo "customers to watch:"
cybermiles rules query "$session" Watch
