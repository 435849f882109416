#!/bin/sh
# Deploys the marketplace on the chain at CYBERMILES_URL, places orders and shows what the model made of them.
# usage: orders.sh [NUMBER]    a multiple of 50; needs the model deployed (docs/guides/rules.md) and node
set -eu
orders=${1:-1000}
here=$(cd "$(dirname "$0")" && pwd)
market=$(cybermiles deploy "$here/../artifacts/Marketplace.json" --from dev0 --yes --output json |
	node -p 'JSON.parse(fs.readFileSync(0)).contract')
echo "marketplace at $market"
placed=0
while [ "$placed" -lt "$orders" ]; do
	batch=$(node -e '
		const from = Number(process.argv[1]), pick = (list, i) => list[i % list.length]
		const order = (i) => `(${300 + (i * 37) % 551},"${pick(["gold", "silver", "bronze"], i)}","${pick(["electronics", "books", "toys"], Math.floor(i / 3))}","${pick(["US", "DE", "NZ"], Math.floor(i / 9))}",${1 + (i * i * 7919) % 1500000})`
		console.log(`[${Array.from({ length: 50 }, (_, i) => order(from + i)).join(",")}]`)' "$placed")
	cybermiles send "$market" 'placeMany((int128,string,string,string,int128)[])' "$batch" --from dev0 --yes --output json |
		node -e 'const sent = JSON.parse(fs.readFileSync(0)); console.log(`50 orders in block ${sent.block}, ${Math.round(sent.gasUsed / 50)} gas each`)'
	placed=$((placed + 50))
done
echo "orders: $(cybermiles call "$market" 'count()(uint256)')"
echo "risky:  $(cybermiles call "$market" 'riskyOrders()(uint256)')"
echo "fees:   $(cybermiles call "$market" 'feesCents()(uint256)') cents"
