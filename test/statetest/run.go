package statetest

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/consensus/misc/eip4844"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/tests"

	"github.com/cybermiles/cybermiles/execution"
)

// ErrNotApplicable is wrapped by the reason why a case says nothing about this chain.
var ErrNotApplicable = errors.New("not applicable")

// Run executes one case. A nil error means that root and logs are as expected.
func (f *Fixture) Run(fork string, index int) error {
	config, err := rules(fork)
	if err != nil {
		return err
	}
	if f.Transaction.carriesBlobs() {
		return fmt.Errorf("%w: the chain refuses blob transactions", ErrNotApplicable)
	}
	pre := tests.MakePreState(rawdb.NewMemoryDatabase(), f.Pre, false, rawdb.PathScheme)
	defer pre.Close()
	before, header := pre.StateDB.IntermediateRoot(true), f.header(config)
	x := execution.New(execution.Rules{Config: config, GasLimit: header.GasLimit, BaseFee: new(big.Int), Contracts: noContracts{}}, noLedger{})
	b := x.NewBlockOn(pre.StateDB, header, f.context(x, header))

	post := &f.Post[fork][index]
	tx, invalid := f.Transaction.signed(post, x.Signer())
	if invalid == nil {
		invalid = b.Add(tx)
	}
	result, err := b.Seal()
	if err != nil {
		return err
	}
	return check(post, result, before, invalid)
}

// check compares an outcome with the expected one. An invalid transaction must leave the state as it was before.
func check(post *Post, result *execution.Result, before common.Hash, invalid error) error {
	switch {
	case invalid != nil && post.ExpectException == "":
		return fmt.Errorf("the transaction is refused: %w", invalid)
	case invalid == nil && post.ExpectException != "":
		return fmt.Errorf("the transaction is executed, expected is the exception %s", post.ExpectException)
	}
	root := common.Hash(post.Root)
	if invalid != nil {
		if result.Block.Root() != before {
			return fmt.Errorf("the refused transaction changed the state root from %s to %s", before, result.Block.Root())
		}
		if root == (common.Hash{}) {
			root = before // the fixture does not say
		}
	}
	if result.Block.Root() != root {
		return fmt.Errorf("state root %s, expected %s", result.Block.Root(), root)
	}
	if invalid != nil {
		return nil // the suite defines no logs for a transaction that is not executed
	}
	encoded, err := rlp.EncodeToBytes(result.Receipts[0].Logs)
	if err != nil {
		return err
	}
	if logs := crypto.Keccak256Hash(encoded); logs != common.Hash(post.Logs) {
		return fmt.Errorf("logs hash %s, expected %s", logs, common.Hash(post.Logs))
	}
	return nil
}

// rules are those of a fork by its name in the suite, when the chain's execution can follow them.
func rules(fork string) (*params.ChainConfig, error) {
	if name, eips, found := strings.Cut(fork, "+"); found {
		return nil, fmt.Errorf("%w: single proposals (%s) on top of a fork (%s)", ErrNotApplicable, eips, name)
	}
	config, known := tests.Forks[fork]
	switch {
	case !known:
		return nil, fmt.Errorf("%w: go-ethereum does not know the fork %s", ErrNotApplicable, fork)
	case !config.IsEIP158(new(big.Int)):
		return nil, fmt.Errorf("%w: under %s empty accounts stay, the chain always deletes them (EIP-161)", ErrNotApplicable, fork)
	case config.IsVerkle(new(big.Int), 0):
		return nil, fmt.Errorf("%w: %s keeps state in another kind of tree", ErrNotApplicable, fork)
	}
	return config, nil
}

func (f *Fixture) header(config *params.ChainConfig) *types.Header {
	header := &types.Header{
		Coinbase:   common.Address(f.Env.Coinbase),
		Number:     new(big.Int).SetUint64(uint64(f.Env.Number)),
		GasLimit:   uint64(f.Env.GasLimit),
		Time:       uint64(f.Env.Timestamp),
		Difficulty: new(big.Int),
	}
	if f.Env.Random != nil {
		header.MixDigest = common.BigToHash((*big.Int)(f.Env.Random))
	} else if f.Env.Difficulty != nil {
		header.Difficulty.Set((*big.Int)(f.Env.Difficulty))
	}
	if config.IsLondon(header.Number) {
		// Old fixtures leave the base fee out and mean 10 wei.
		header.BaseFee = big.NewInt(10)
		if f.Env.BaseFee != nil {
			header.BaseFee.Set((*big.Int)(f.Env.BaseFee))
		}
	}
	if f.Env.ExcessBlobGas != nil {
		excess := uint64(*f.Env.ExcessBlobGas)
		header.ExcessBlobGas = &excess
	}
	return header
}

// context is the chain's own, but for what a fixture may choose and the chain never does.
func (f *Fixture) context(x *execution.Executor, header *types.Header) vm.BlockContext {
	ctx := x.BlockContext(header)
	ctx.GetHash = blockHash
	if f.Env.Random == nil {
		ctx.Random, ctx.Difficulty = nil, header.Difficulty
	}
	if header.ExcessBlobGas != nil && x.Config().IsCancun(header.Number, header.Time) {
		ctx.BlobBaseFee = eip4844.CalcBlobFee(x.Config(), header)
	}
	return ctx
}

// blockHash is the suite's: the hash of the number's decimal digits.
func blockHash(number uint64) common.Hash {
	return crypto.Keccak256Hash([]byte(fmt.Sprint(number)))
}

// noContracts makes the executor install its own set of precompiles, with no contract in Go added.
type noContracts struct{}

func (noContracts) Active(vm.StateDB, *types.Header) []vm.PrecompiledContract { return nil }

// noLedger has no blocks: fixtures bring their state.
type noLedger struct{}

func (noLedger) GetHeader(common.Hash, uint64) *types.Header { return nil }
func (noLedger) StateAt(*types.Header) (*state.StateDB, error) {
	return nil, errors.New("a fixture has no chain behind it")
}
