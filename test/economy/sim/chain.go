// Command sim lives through years of the economy in one process: the chain's
// contracts, wired as every node wires them, on a state in memory, with people
// who delegate, claim and leave at random, validators that stay away or sign
// twice, and governance that votes. It writes a report with plots. It knows no
// network, no signatures and no blocks on disk: those have tests of their own.
package main

import (
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/execution"
)

const (
	gasLimit    = 500_000_000
	callGas     = 5_000_000
	gasPriceWei = 2 * params.GWei
	keepBlocks  = 500 // after which the state forgets what only a block needs
)

// ledger is the chain's state between blocks.
type ledger struct {
	contracts *contracts.Chain
	byName    map[string]contract.Contract
	config    *params.ChainConfig
	db        *state.StateDB
	number    uint64
	now       time.Time
	txs       int
}

// newLedger begins a chain.
func newLedger(c *contracts.Chain, config *params.ChainConfig, at time.Time, alloc types.GenesisAlloc) (*ledger, error) {
	alloc, err := c.Begin(at, alloc)
	if err != nil {
		return nil, err
	}
	db, err := state.New(types.EmptyRootHash, state.NewDatabase(triedb.NewDatabase(rawdb.NewMemoryDatabase(), triedb.HashDefaults), nil))
	if err != nil {
		return nil, err
	}
	for account, has := range alloc {
		db.SetBalance(account, uint256.MustFromBig(has.Balance), tracing.BalanceIncreaseGenesisBalance)
		db.SetNonce(account, has.Nonce, tracing.NonceChangeGenesis)
		db.SetCode(account, has.Code, tracing.CodeChangeGenesis)
		for slot, value := range has.Storage {
			db.SetState(account, slot, value)
		}
	}
	l := &ledger{contracts: c, byName: make(map[string]contract.Contract), config: config, db: db, now: at}
	for _, each := range c.Set() {
		l.byName[each.Name()] = each
	}
	return l, l.forget()
}

// forget puts the state in its database and opens it again, without the logs
// and journals of the blocks so far.
func (l *ledger) forget() error {
	root, err := l.db.Commit(l.number, true, false)
	if err == nil {
		l.db, err = state.New(root, l.db.Database())
	}
	return err
}

// begin starts the next block, and does the chain's own work of its start.
func (l *ledger) begin(after time.Duration, did *execution.Consensus) error {
	l.number++
	l.now = l.now.Add(after)
	if l.number%keepBlocks == 0 {
		if err := l.forget(); err != nil {
			return err
		}
	}
	for _, call := range l.contracts.System().Begin(l.header(), execution.Environment{Time: l.now, Consensus: did}) {
		if _, err := l.call(params.SystemAddress, call.To, nil, call.Data, call.Gas); err != nil {
			return fmt.Errorf("the start of block %d: %w", l.number, err)
		}
	}
	return nil
}

// end does the work that is due at the block's end.
func (l *ledger) end() error {
	failed := make(map[common.Address]bool)
	for {
		call, due := l.contracts.System().Next(l.db, l.header(), l.contracts.System().Gas(), failed)
		if !due {
			return nil
		}
		if _, err := l.call(params.SystemAddress, call.To, nil, call.Data, call.Gas); err != nil {
			return fmt.Errorf("work of %s at the end of block %d: %w", call.To, l.number, err)
		}
	}
}

func (l *ledger) header() *types.Header {
	return &types.Header{Number: new(big.Int).SetUint64(l.number), Time: uint64(l.now.Unix()), BaseFee: big.NewInt(gasPriceWei), Difficulty: new(big.Int), GasLimit: gasLimit}
}

// call makes one call; an error is the EVM's.
func (l *ledger) call(from, to common.Address, valueWei *uint256.Int, data []byte, gas uint64) (output []byte, err error) {
	if valueWei == nil {
		valueWei = new(uint256.Int)
	}
	l.txs++
	l.db.SetTxContext(common.BigToHash(big.NewInt(int64(l.txs))), l.txs)
	evm, rules := l.evm(from), l.config.Rules(new(big.Int).SetUint64(l.number), true, uint64(l.now.Unix()))
	l.db.Prepare(rules, from, common.Address{}, &to, vm.ActivePrecompiles(rules), nil)
	output, left, err := evm.Call(from, to, data, gas, valueWei)
	if from != params.SystemAddress { // the fee, as execution collects it
		fee := new(uint256.Int).Mul(uint256.NewInt(params.TxGas+gas-left), uint256.NewInt(gasPriceWei))
		if l.db.GetBalance(from).Lt(fee) {
			fee = l.db.GetBalance(from).Clone()
		}
		l.db.SubBalance(from, fee, tracing.BalanceDecreaseGasBuy)
		l.db.AddBalance(l.contracts.Fees().Collector(), fee, tracing.BalanceIncreaseRewardTransactionFee)
	}
	l.db.Finalise(true)
	return output, err
}

func (l *ledger) evm(from common.Address) *vm.EVM {
	random := common.Hash{1}
	header := l.header()
	evm := vm.NewEVM(vm.BlockContext{
		CanTransfer: core.CanTransfer, Transfer: core.Transfer, GetHash: func(uint64) common.Hash { return common.Hash{} },
		GasLimit: gasLimit, BlockNumber: header.Number, Time: header.Time, Difficulty: header.Difficulty,
		BaseFee: header.BaseFee, BlobBaseFee: big.NewInt(1), Random: &random,
	}, l.db, l.config, vm.Config{})
	set := vm.ActivePrecompiledContracts(l.config.Rules(header.Number, true, header.Time))
	for _, each := range l.contracts.Set().Active(l.db, header) {
		set[each.Address()] = each
	}
	evm.SetPrecompiles(set)
	evm.SetTxContext(vm.TxContext{Origin: from, GasPrice: uint256.NewInt(gasPriceWei)})
	return evm
}

// do calls a contract's method for somebody.
func (l *ledger) do(from common.Address, name string, valueWei *uint256.Int, method string, inputs ...any) ([]any, error) {
	of := l.byName[name]
	data, err := contract.Pack(of, method, inputs...)
	if err != nil {
		return nil, err
	}
	output, err := l.call(from, of.Address(), valueWei, data, callGas)
	if err != nil {
		return nil, err
	}
	return contract.Unpack(of, method, output)
}

// view is the first value of a view method, which leaves no trace.
func view[T any](l *ledger, name, method string, inputs ...any) (value T, err error) {
	of := l.byName[name]
	data, err := contract.Pack(of, method, inputs...)
	if err != nil {
		return value, err
	}
	output, _, err := l.evm(common.Address{}).StaticCall(common.Address{}, of.Address(), data, gasLimit)
	if err != nil {
		return value, fmt.Errorf("%s.%s: %w", name, method, err)
	}
	values, err := contract.Unpack(of, method, output)
	if err != nil {
		return value, err
	}
	if pointer, is := values[0].(*T); is {
		return *pointer, nil
	}
	return values[0].(T), nil
}
