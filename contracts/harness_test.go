package contracts_test

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/protocol/staking"
)

const (
	gasLimit  = 200_000_000
	callGas   = 5_000_000
	founders  = 4  // the first accounts own validators
	accounts  = 12 // of the development mnemonic
	windowLen = 10 // blocks over which absence is counted
)

var began = time.Unix(1_700_000_000, 0)

// world is a chain in memory with the whole economy. Every block is executed
// twice, and after it every coin must be somewhere.
type world struct {
	*chain.Chain
	t      *testing.T
	c      *contracts.Chain
	x      *execution.Executor
	people []network.DevAccount
	alloc  types.GenesisAlloc // accounts that the chain began with
	nonces map[common.Address]uint64
	now    time.Time
}

// cmt is an amount in wei.
func cmt(n uint64) *uint256.Int {
	return new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(params.Ether))
}

func consensusKey(n int) [32]byte { return [32]byte{0: 0xed, 31: byte(n)} }

// validatorAddress is the consensus address of founder n.
func validatorAddress(n int) execution.ValidatorAddress {
	return execution.ValidatorAddress(staking.ConsensusAddress(consensusKey(n)))
}

func newWorld(t *testing.T, changes ...func(*contracts.Economy, types.GenesisAlloc)) *world {
	t.Helper()
	people, err := network.DevAccounts(accounts)
	require.NoError(t, err)
	e := contracts.NewEconomy()
	e.Staking.EpochBlocks, e.Staking.AbsenceWindowBlocks, e.Staking.UnbondingSeconds = 5, windowLen, 60
	e.Governance.VotingDelay, e.Governance.VotingPeriod, e.Governance.ExecutionDelay = 1, 60, 10
	alloc := types.GenesisAlloc{}
	for _, p := range people {
		alloc[p.Address] = types.Account{Balance: cmt(1_000_000).ToBig()}
	}
	alloc[contracts.TreasuryAddress] = types.Account{Balance: cmt(5_000).ToBig()}
	for _, change := range changes {
		change(e, alloc)
	}
	list := make([]contracts.Founder, founders)
	for i := range list {
		list[i] = contracts.Founder{
			Owner: people[i].Address, Key: consensusKey(i), Moniker: string(rune('a' + i)), CommissionBps: 1000, StakeWei: cmt(10_000),
		}
	}
	sections, alloc, err := e.Found(began, alloc, list)
	require.NoError(t, err)
	return openWorld(t, sections, alloc, began, people)
}

// openWorld begins a chain with the given sections and balances.
func openWorld(t *testing.T, sections contracts.Sections, alloc types.GenesisAlloc, at time.Time, people []network.DevAccount) *world {
	t.Helper()
	w := &world{t: t, people: people, nonces: make(map[common.Address]uint64), now: at}
	var err error
	config := network.New("contracts test", network.DevChainID).ChainConfig()
	w.c, err = contracts.New(sections, config, gasLimit)
	require.NoError(t, err)
	w.alloc, err = w.c.Begin(at, alloc)
	require.NoError(t, err)
	w.Chain, err = chain.Open(chain.Options{CacheMB: 64}, &core.Genesis{
		Config: config, GasLimit: gasLimit, Difficulty: new(big.Int), BaseFee: big.NewInt(2 * params.GWei), Timestamp: uint64(at.Unix()), Alloc: w.alloc,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	w.x = execution.New(execution.Rules{
		Config: config, GasLimit: gasLimit, BaseFee: big.NewInt(2 * params.GWei),
		Contracts: w.c.Set(), System: w.c.System(), Fees: w.c.Fees(), Access: w.c.Access(), Burner: w.c.Burner(),
	}, w.Chain)
	w.checkCoins()
	return w
}

// of is a contract by its name.
func (w *world) of(name string) contract.Contract {
	w.t.Helper()
	i := slices.Index(w.c.Names(), name)
	require.GreaterOrEqual(w.t, i, 0, "there is no contract %s", name)
	return w.c.Set()[i]
}

// order is a transaction to be made.
type order struct {
	from       int             // whose
	to         *common.Address // nil creates a contract
	value      *uint256.Int    // nil is none
	data       []byte
	gas        uint64 // 0 is callGas
	free       bool   // at gas price zero
	impossible bool   // it must not be part of the block
}

// call is an order of a contract's method.
func (w *world) call(from int, name string, value *uint256.Int, method string, inputs ...any) order {
	w.t.Helper()
	of := w.of(name)
	data, err := contract.Pack(of, method, inputs...)
	require.NoError(w.t, err)
	to := of.Address()
	return order{from: from, to: &to, value: value, data: data}
}

// sign makes the transaction of an order with its account's next nonce.
func (w *world) sign(o order) *types.Transaction {
	w.t.Helper()
	who := w.people[o.from]
	tx := &types.DynamicFeeTx{
		ChainID: w.Config().ChainID, Nonce: w.nonces[who.Address], Gas: o.gas, To: o.to, Data: o.data, Value: new(big.Int),
		GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(1000 * params.GWei),
	}
	if o.gas == 0 {
		tx.Gas = callGas
	}
	if o.value != nil {
		tx.Value = o.value.ToBig()
	}
	if o.free {
		tx.GasTipCap, tx.GasFeeCap = new(big.Int), new(big.Int)
	}
	signed, err := types.SignNewTx(who.Key, w.x.Signer(), tx)
	require.NoError(w.t, err)
	if !o.impossible {
		w.nonces[who.Address]++
	}
	return signed
}

// outcome is a block and what became of the orders in it, in their order.
type outcome struct {
	*execution.Result
	orders  []*types.Receipt // nil for one that is not part of the block
	refused []error
}

// block makes the next block, a second later. consensus is what validators did;
// nil is that all of them signed.
func (w *world) block(consensus *execution.Consensus, orders ...order) outcome {
	w.t.Helper()
	if consensus == nil {
		consensus = w.signed()
	}
	w.now = w.now.Add(time.Second)
	head := w.Head()
	env := execution.Environment{Time: w.now, Coinbase: w.people[0].Address, ParentHash: common.Hash{0xbe}, Consensus: consensus}
	txs := make([]*types.Transaction, len(orders))
	for i, o := range orders {
		txs[i] = w.sign(o)
	}
	result, skipped, err := w.x.Execute(head.Header(), env, txs)
	require.NoError(w.t, err)
	require.NoError(w.t, w.Commit(chain.Executed{Block: result.Block, Receipts: result.Receipts, State: result.State}))
	out := outcome{result, make([]*types.Receipt, len(txs)), make([]error, len(txs))}
	for i, tx := range txs {
		require.Equal(w.t, orders[i].impossible, skipped[i] != nil, "order %d: %v", i, skipped[i])
		out.refused[i] = skipped[i]
		if at := slices.IndexFunc(result.Receipts, func(r *types.Receipt) bool { return r.TxHash == tx.Hash() }); at >= 0 {
			out.orders[i] = result.Receipts[at]
		}
	}
	w.checkAgain(result)
	w.checkCoins()
	return out
}

// signed is a commit by every founder but the absent ones.
func (w *world) signed(absent ...int) *execution.Consensus {
	c := &execution.Consensus{Proposer: validatorAddress(0)}
	for i := range founders {
		c.Votes = append(c.Votes, execution.Vote{Validator: validatorAddress(i), Signed: !slices.Contains(absent, i)})
	}
	return c
}

// must makes a block in which every order succeeds.
func (w *world) must(orders ...order) outcome {
	w.t.Helper()
	out := w.block(nil, orders...)
	for i, receipt := range out.orders {
		require.EqualValues(w.t, types.ReceiptStatusSuccessful, receipt.Status, "order %d used %d gas", i, receipt.GasUsed)
	}
	return out
}

// fails makes a block in which every order is included and fails.
func (w *world) fails(orders ...order) {
	w.t.Helper()
	for i, receipt := range w.block(nil, orders...).orders {
		require.EqualValues(w.t, types.ReceiptStatusFailed, receipt.Status, "order %d succeeded", i)
	}
}

// checkAgain executes a block again from its own content.
func (w *world) checkAgain(result *execution.Result) {
	w.t.Helper()
	replay, err := w.x.Replay(w.Block(result.Block.NumberU64()))
	require.NoError(w.t, err)
	again, err := replay.Finish()
	require.NoError(w.t, err)
	require.Equal(w.t, len(result.Receipts), len(again.Receipts))
	for i, receipt := range again.Receipts {
		require.Equal(w.t, result.Receipts[i].Status, receipt.Status)
		require.Equal(w.t, len(result.Receipts[i].Logs), len(receipt.Logs))
	}
}

// purse adds up the balances of a state.
type purse struct{ sum *uint256.Int }

func (purse) OnRoot(common.Hash) {}

func (p purse) OnAccount(_ *common.Address, account state.DumpAccount) {
	p.sum.Add(p.sum, uint256.MustFromDecimal(account.Balance))
}

// checkCoins holds the chain to its promise: the balances of all accounts come
// to what the supply contract says exists.
func (w *world) checkCoins() {
	w.t.Helper()
	p := purse{new(uint256.Int)}
	w.state().DumpToCollector(p, &state.DumpConfig{SkipCode: true, SkipStorage: true})
	total := view[uint256.Int](w, "supply", "total")
	require.Equal(w.t, total.Dec(), p.sum.Dec(), "coins after block %d", w.Head().NumberU64())
}

func (w *world) state() *state.StateDB {
	w.t.Helper()
	db, err := w.StateAt(w.Head().Header())
	require.NoError(w.t, err)
	return db
}

func (w *world) balance(of common.Address) *uint256.Int { return w.state().GetBalance(of).Clone() }

// ask calls a view method at the head.
func (w *world) ask(name, method string, inputs ...any) []any {
	w.t.Helper()
	of, evm := w.of(name), w.x.NewEVM(w.state(), w.Head().Header(), nil, vm.Config{NoBaseFee: true})
	data, err := contract.Pack(of, method, inputs...)
	require.NoError(w.t, err)
	output, _, err := evm.StaticCall(common.Address{}, of.Address(), data, 50_000_000)
	require.NoError(w.t, err, "%s.%s", name, method)
	values, err := contract.Unpack(of, method, output)
	require.NoError(w.t, err)
	return values
}

// view is the first value of a view method at the head.
func view[T any](w *world, name, method string, inputs ...any) T {
	w.t.Helper()
	switch value := w.ask(name, method, inputs...)[0].(type) {
	case *T:
		return *value
	default:
		return value.(T)
	}
}

func (w *world) validator(n int) staking.Validator {
	w.t.Helper()
	return view[staking.Validator](w, "staking", "validator", uint64(n+1))
}
