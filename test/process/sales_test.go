package process

import (
	"fmt"
	"math/big"
	"os"
	"slices"
	"sort"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
	rules "github.com/cybermiles/cybermiles/middleware/rules/workbench"
	"github.com/cybermiles/cybermiles/test/cluster"
)

const (
	batchSales    = 10                    // instances that one transaction starts
	batchesAtOnce = 12                    // of these transactions before the next wait
	tasksAtOnce   = 100                   // tasks done before the next wait
	leastPrice    = 1_000_000_000_000_000 // wei; every sale has another price
	longestGap    = 60                    // seconds between two blocks, with a validator gone or not
	completed     = 1                     // as IProcess.Instance.status has it
)

// Who is paid. Nobody has their keys, so that they hold what they were paid.
var (
	till   = common.HexToAddress("0x7111")
	buyer  = common.HexToAddress("0xb1e4")
	market = common.HexToAddress("0x3a4e7")
)

// sale is an instance and what is known about it from outside.
type sale struct {
	id      uint64
	price   int64
	shipped bool   // whether its seller ships; else its timer pays the buyer back
	due     uint64 // when its timer fires
}

// feeWei is what the market gets, as testdata/terms.dmn has it.
func (s sale) feeWei() int64 {
	if s.price < leastPrice+100 {
		return s.price * 250 / 10_000
	}
	return s.price * 150 / 10_000
}

// TestSales runs hundreds of sales. Every second one is shipped, the others'
// timers pay back. One of four nodes is killed in the middle and comes back.
func TestSales(t *testing.T) {
	n := newNet(t)
	count := 240
	if long() {
		count = 10_000
	}
	session := n.sessions()
	sales := n.start(n.deploy(), count)
	n.ship(sales[:count/2])

	lost := n.Nodes[3]
	lost.Kill()
	from := n.Nodes[0].Height()
	n.ship(sales[count/2:])
	timers := n.timers()
	require.Greater(t, timers, uint64(count/8), "too slow: timers should fire after the node is lost")
	n.until("timers to fire without the lost node", func() bool { return n.timers() <= timers-uint64(count/8) })
	to := n.Nodes[0].Height()
	lost.Start()
	n.until("every timer to fire", func() bool { return n.timers() == 0 })
	for _, node := range n.Nodes {
		node.WaitHeight(n.Nodes[0].Height()+2, patience)
	}
	n.ended(sales)
	n.money(sales)
	n.punctual(sales, from, to)
	session()
	n.RequireSame()
}

// deploy brings the models to the chain and returns that of the process.
func (n *net) deploy() *workbench.Model {
	n.t.Helper()
	terms, err := rules.Compile("testdata/terms.dmn")
	require.NoError(n.t, err)
	source, err := os.ReadFile("testdata/sale.bpmn")
	require.NoError(n.t, err)
	compiled, warnings, err := compiler.Compile(source, compiler.Options{})
	require.NoError(n.t, err)
	require.Empty(n.t, warnings)
	model := workbench.New(compiled)
	n.must(n.Spare, 5_000_000,
		call{to: contracts.RulesAddress, data: n.rules.PackDeploy(terms.Code)},
		call{to: contracts.RulesAddress, data: n.rules.PackPublish("test/terms", terms.Hash)},
		call{to: contracts.ProcessAddress, data: n.process.PackDeploy(model.Code, workbench.SourceHash(source))},
	)
	return model
}

// start starts sales in batches, each with a price of its own and coins that pay
// for its timer.
func (n *net) start(model *workbench.Model, count int) []sale {
	n.t.Helper()
	sales := make([]sale, count)
	for i := range sales {
		sales[i] = sale{price: leastPrice + int64(i), shipped: i%2 == 0}
	}
	deposit := n.deposit()
	var calls []call
	for batch := range slices.Chunk(sales, batchSales) {
		beginnings, value := make([]contracts.ProcessBeginning, len(batch)), new(big.Int)
		for i, s := range batch {
			beginnings[i] = n.beginning(model, s, deposit)
			value.Add(value, deposit).Add(value, beginnings[i].ValueWei)
		}
		calls = append(calls, call{contracts.ProcessAddress, value, n.process.PackStartBatch(model.Hash, "sale", beginnings)})
	}
	var ids []uint64
	for some := range slices.Chunk(calls, batchesAtOnce) {
		for _, receipt := range n.must(n.Senders[0], batchSales*1_500_000, some...) {
			for _, log := range receipt.Logs {
				if event, err := n.process.UnpackStartedEvent(log); err == nil {
					ids = append(ids, event.Instance)
				}
			}
		}
	}
	require.Len(n.t, ids, count)
	for i, id := range ids {
		sales[i].id = id
	}
	for i, instance := range n.instances(n.Nodes[0], sales) {
		sales[i].due = instance.NextTimer
	}
	return sales
}

// deposit is ten times what the chain needs to look at a sale at today's price of
// gas, which may rise.
func (n *net) deposit() *big.Int {
	n.t.Helper()
	var block struct{ BaseFeePerGas *hexutil.Big }
	require.NoError(n.t, n.Nodes[0].Call(&block, "eth_getBlockByNumber", "latest", false))
	var output hexutil.Bytes
	require.NoError(n.t, n.Nodes[0].Call(&output, "eth_call", map[string]any{ // a call without a price of gas runs at none
		"from": n.Senders[0].Address, "to": contracts.ProcessAddress, "data": hexutil.Bytes(n.process.PackDepositFor()),
		"gas": hexutil.Uint64(100_000), "gasPrice": block.BaseFeePerGas,
	}, "latest"))
	deposit, err := n.process.UnpackDepositFor(output)
	require.NoError(n.t, err)
	require.Positive(n.t, deposit.Sign())
	return deposit.Mul(deposit, big.NewInt(10))
}

func (n *net) beginning(model *workbench.Model, s sale, deposit *big.Int) contracts.ProcessBeginning {
	n.t.Helper()
	delivery := "none"
	if s.shipped {
		delivery = "slow"
	}
	form := model.Start(0)
	variables, err := form.Pack(fmt.Appendf(nil, `{"delivery": %q, "priceWei": %d, "graceSeconds": %d}`, delivery, s.price, grace()))
	require.NoError(n.t, err)
	return contracts.ProcessBeginning{
		Roles:     []contracts.ProcessRole{{Role: "seller", Account: n.Senders[1].Address}, {Role: "till", Account: till}, {Role: "buyer", Account: buyer}, {Role: "market", Account: market}},
		Variables: variables, ValueWei: big.NewInt(s.price), DepositWei: deposit,
	}
}

// instances are the sales as a node sees them.
func (n *net) instances(node *cluster.Node, sales []sale) []contracts.ProcessInstance {
	n.t.Helper()
	data := make([][]byte, len(sales))
	for i, s := range sales {
		data[i] = n.process.PackInstanceOf(s.id)
	}
	return views(n, node, contracts.ProcessAddress, n.process.UnpackInstanceOf, data...)
}

// timers is how many instances wait for one.
func (n *net) timers() uint64 {
	n.t.Helper()
	return views(n, n.Nodes[0], contracts.ProcessAddress, n.process.UnpackCounts, n.process.PackCounts())[0].Timers
}

// ship does the seller's tasks of some sales, as the list of tasks has them.
func (n *net) ship(sales []sale) {
	n.t.Helper()
	mine := make(map[uint64]bool)
	for _, s := range sales {
		mine[s.id] = s.shipped
	}
	seller := n.Senders[1]
	var calls []call
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		page := views(n, n.Nodes[0], contracts.ProcessAddress, n.process.UnpackTasksFor, n.process.PackTasksFor(seller.Address, cursor, 100))[0]
		for _, task := range page.Tasks {
			if mine[task.Instance] {
				calls = append(calls, call{contracts.ProcessAddress, nil, n.process.PackComplete(task.Instance, task.Token, nil)})
			}
		}
		cursor = page.Next
	}
	require.Len(n.t, calls, len(sales)/2)
	for some := range slices.Chunk(calls, tasksAtOnce) {
		n.must(seller, 1_000_000, some...)
	}
}

// ended checks on every node that every sale is over and holds nothing.
func (n *net) ended(sales []sale) {
	n.t.Helper()
	for _, node := range n.Nodes {
		for i, instance := range n.instances(node, sales) {
			require.EqualValues(n.t, completed, instance.Status, "sale %d on %s: %+v; incidents: %q", sales[i].id, node.Name, instance, n.incidents(sales[i].id))
			require.Zero(n.t, instance.BalanceWei.Sign(), "sale %d on %s", sales[i].id, node.Name)
			require.Zero(n.t, instance.DepositWei.Sign(), "sale %d on %s", sales[i].id, node.Name)
			require.Zero(n.t, instance.NextTimer, "sale %d on %s", sales[i].id, node.Name)
		}
	}
}

// incidents are the reasons why a sale could not go on.
func (n *net) incidents(instance uint64) (reasons []string) {
	n.t.Helper()
	var logs []*types.Log
	require.NoError(n.t, n.Nodes[0].Call(&logs, "eth_getLogs", map[string]any{
		"address": contracts.ProcessAddress, "fromBlock": "earliest", "toBlock": "latest",
		"topics": []common.Hash{crypto.Keccak256Hash([]byte("IncidentRaised(uint64,uint32,uint16,string)")), common.BigToHash(new(big.Int).SetUint64(instance))},
	}))
	for _, log := range logs {
		event, err := n.process.UnpackIncidentRaisedEvent(log)
		require.NoError(n.t, err)
		reasons = append(reasons, event.Reason)
	}
	return reasons
}

// money checks on every node that everybody has got exactly what the sales come to.
func (n *net) money(sales []sale) {
	n.t.Helper()
	want := map[common.Address]int64{till: 0, buyer: 0, market: 0, contracts.ProcessAddress: 0}
	for _, s := range sales {
		if s.shipped {
			want[till] += s.price - s.feeWei()
			want[market] += s.feeWei()
		} else {
			want[buyer] += s.price
		}
	}
	for _, node := range n.Nodes {
		for account, wei := range want {
			require.Equal(n.t, big.NewInt(wei).String(), n.balance(node, account).String(), "%s on %s", account, node.Name)
		}
	}
}

// punctual checks that no timer waited although one of the nodes was away from
// one height to another, and that blocks came steadily.
func (n *net) punctual(sales []sale, from, to uint64) {
	n.t.Helper()
	height := n.Nodes[0].Height()
	times, ends := n.times(n.Nodes[0], height), n.ends(height)
	for h := 2; h < len(times); h++ { // the first block's time is the genesis'
		require.LessOrEqual(n.t, times[h]-times[h-1], uint64(longestGap), "block %d came late", h)
	}
	blocks, away, latest := make(map[uint64]bool), 0, uint64(0)
	for _, s := range sales {
		end := ends[s.id]
		require.NotZero(n.t, end, "the end of sale %d left no event", s.id)
		if s.shipped {
			continue
		}
		require.GreaterOrEqual(n.t, times[end], s.due, "the timer of sale %d fired early", s.id)
		first := uint64(sort.Search(len(times), func(h int) bool { return times[h] >= s.due }))
		latest = max(latest, end-first)
		if blocks[end] = true; end > from && end <= to {
			away++
		}
	}
	n.t.Logf("%d blocks, timers in %d of them, %d timers while a node was away, at most %d blocks late", height, len(blocks), away, latest)
	require.Greater(n.t, len(blocks), 1, "timers fired over several blocks")
	require.Positive(n.t, away, "timers fired while a node was away")
	if !long() { // more than a block's budget are due at once in the long form
		require.Zero(n.t, latest, "every timer fires in the first block of its time")
	}
}

// ends are the heights at which instances ended.
func (n *net) ends(height uint64) map[uint64]uint64 {
	n.t.Helper()
	const page = 100
	ends := make(map[uint64]uint64)
	ended := crypto.Keccak256Hash([]byte("Ended(uint64,uint8,string,address)"))
	for from := uint64(0); from <= height; from += page {
		var logs []*types.Log
		require.NoError(n.t, n.Nodes[0].Call(&logs, "eth_getLogs", map[string]any{
			"address": contracts.ProcessAddress, "topics": []common.Hash{ended},
			"fromBlock": hexutil.Uint64(from), "toBlock": hexutil.Uint64(min(from+page-1, height)),
		}))
		for _, log := range logs {
			event, err := n.process.UnpackEndedEvent(log)
			require.NoError(n.t, err)
			require.Zero(n.t, ends[event.Instance], "sale %d ended twice", event.Instance)
			ends[event.Instance] = log.BlockNumber
		}
	}
	return ends
}
