// Package execution turns one parent state and an ordered list of transactions
// into one block and one state. It is deterministic: its only inputs are the
// parent, the Environment that consensus agreed on and the transactions. It
// keeps nothing on disk and knows neither the pool nor the consensus engine.
package execution

import (
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/consensus/misc/eip1559"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"

	"github.com/cybermiles/cybermiles/contract"
)

// Ledger is what execution reads of the chain.
type Ledger interface {
	GetHeader(hash common.Hash, number uint64) *types.Header
	StateAt(header *types.Header) (*state.StateDB, error)
}

// Environment is what consensus contributes to a block.
type Environment struct {
	Time       time.Time      // BFT time; the header carries its whole seconds
	Coinbase   common.Address // account of the proposer
	PrevRandao common.Hash    // random value of the block, from consensus
	ParentHash common.Hash    // hash of the parent's consensus block (EIP-4788), zero without consensus
	Consensus  *Consensus     // nil without consensus
}

// Consensus is what validators did: the only source of rewards and slashing.
type Consensus struct {
	Proposer    ValidatorAddress
	Votes       []Vote // of the parent block's commit
	Misbehavior []Misbehavior
}

// ValidatorAddress is a validator's consensus address: the first 20 bytes of the
// SHA-256 of its ed25519 key.
type ValidatorAddress [20]byte

// Vote is a validator's part in a commit.
type Vote struct {
	Validator ValidatorAddress
	Signed    bool
}

// Misbehavior is evidence that CometBFT has verified.
type Misbehavior struct {
	Validator ValidatorAddress
	Height    uint64    // of the offence
	Time      time.Time // of the offence
}

// Rules are the parameters of execution that genesis fixes.
type Rules struct {
	Config    *params.ChainConfig
	GasLimit  uint64   // gas of a block, system transactions included
	BaseFee   *big.Int // wei; floor under EIP-1559's base fee
	Contracts Contracts
	System    SystemCalls // nil: the chain itself does no work
	Fees      Fees        // nil: Ethereum's, the base fee is burned and the tip is the proposer's
	Access    Access      // nil: everyone may send and deploy
	// Burner gets the coins that a transaction's self-destructions would destroy,
	// to burn and count them; zero: they vanish, as on Ethereum.
	Burner common.Address
	Signer types.Signer // nil: Ethereum's; a development chain recognises impersonated senders too
}

// Contracts are the contracts written in Go that are active in a block, by the
// state before its first transaction.
type Contracts interface {
	Active(db vm.StateDB, header *types.Header) []vm.PrecompiledContract
}

// Executor executes blocks under fixed rules. It has no state of its own and is
// safe for concurrent use.
type Executor struct {
	rules  Rules
	ledger Ledger
	signer types.Signer
}

// New makes an executor that reads parents from ledger.
func New(rules Rules, ledger Ledger) *Executor {
	if rules.Signer == nil {
		rules.Signer = types.LatestSigner(rules.Config)
	}
	return &Executor{rules: rules, ledger: ledger, signer: rules.Signer}
}

// Signer recovers the senders of user transactions.
func (x *Executor) Signer() types.Signer { return x.signer }

// Config is the fork schedule.
func (x *Executor) Config() *params.ChainConfig { return x.rules.Config }

// GasLimit is the gas limit of every block, in gas.
func (x *Executor) GasLimit() uint64 { return x.rules.GasLimit }

// UserGasLimit is what user transactions of one block may use, in gas: the
// block's limit less what is reserved for system transactions.
func (x *Executor) UserGasLimit() uint64 { return x.rules.GasLimit - x.systemGas() }

// PriceFloor is the lowest base fee, in wei, of the block after parent.
func (x *Executor) PriceFloor(parent *types.Header) *big.Int {
	if x.rules.Fees != nil {
		if db, err := x.ledger.StateAt(parent); err == nil {
			return x.floor(db, parent)
		}
	}
	return new(big.Int).Set(x.rules.BaseFee)
}

// floor is the lowest base fee, in wei, of the block after parent, whose state
// is at hand.
func (x *Executor) floor(db *state.StateDB, parent *types.Header) *big.Int {
	if x.rules.Fees != nil {
		if floor := x.rules.Fees.Floor(x.Context(db, parent)); floor != nil {
			return floor.ToBig()
		}
	}
	return new(big.Int).Set(x.rules.BaseFee)
}

// Context is a Go contract's view of a state outside of any transaction.
func (x *Executor) Context(db vm.StateDB, header *types.Header) *contract.Context {
	return contract.OpenAt(db, x.rules.Config, header)
}

// NextBaseFee is the base fee, in wei, of the block after parent: EIP-1559's,
// but never below the floor.
func (x *Executor) NextBaseFee(parent *types.Header) *big.Int {
	return x.baseFee(parent, x.PriceFloor(parent))
}

// baseFee is 0 where the floor is: EIP-1559 would raise it to 1 wei after a full
// block and never lower it again, and a chain without fees would have some.
func (x *Executor) baseFee(parent *types.Header, floor *big.Int) *big.Int {
	if floor.Sign() == 0 {
		return new(big.Int)
	}
	if fee := eip1559.CalcBaseFee(x.rules.Config, parent); fee.Cmp(floor) > 0 {
		return fee
	}
	return floor
}

// header prepares the header of the block after parent.
func (x *Executor) header(parent *types.Header, db *state.StateDB, env Environment) *types.Header {
	zero := uint64(0)
	return &types.Header{
		ParentHash:       parent.Hash(),
		UncleHash:        types.EmptyUncleHash,
		Coinbase:         env.Coinbase,
		Difficulty:       new(big.Int),
		Number:           new(big.Int).Add(parent.Number, common.Big1),
		GasLimit:         x.rules.GasLimit,
		Time:             uint64(max(env.Time.Unix(), int64(parent.Time))),
		MixDigest:        env.PrevRandao,
		BaseFee:          x.baseFee(parent, x.floor(db, parent)),
		WithdrawalsHash:  &types.EmptyWithdrawalsHash,
		BlobGasUsed:      &zero,
		ExcessBlobGas:    &zero,
		ParentBeaconRoot: &env.ParentHash,
		RequestsHash:     &types.EmptyRequestsHash,
	}
}

// BlockContext is the context that transactions of the header's block see.
func (x *Executor) BlockContext(header *types.Header) vm.BlockContext {
	ctx := vm.BlockContext{
		CanTransfer: core.CanTransfer,
		Transfer:    core.Transfer,
		GetHash:     core.GetHashFn(header, chainContext{x}),
		Coinbase:    header.Coinbase,
		GasLimit:    header.GasLimit,
		BlockNumber: new(big.Int).Set(header.Number),
		Time:        header.Time,
		Difficulty:  new(big.Int),
		BaseFee:     new(big.Int),
		BlobBaseFee: big.NewInt(params.BlobTxMinBlobGasprice),
		Random:      &header.MixDigest,
	}
	if header.BaseFee != nil {
		ctx.BaseFee.Set(header.BaseFee)
	}
	return ctx
}

// NewEVM is an EVM for the header's block with the Go contracts installed that
// are active in the state. blockCtx overrides the header's context when it is
// not nil.
func (x *Executor) NewEVM(statedb vm.StateDB, header *types.Header, blockCtx *vm.BlockContext, cfg vm.Config) *vm.EVM {
	return x.newEVM(statedb, header, blockCtx, cfg, x.active(statedb, header))
}

func (x *Executor) active(statedb vm.StateDB, header *types.Header) []vm.PrecompiledContract {
	if x.rules.Contracts == nil || statedb == nil {
		return nil
	}
	return x.rules.Contracts.Active(statedb, header)
}

func (x *Executor) newEVM(statedb vm.StateDB, header *types.Header, blockCtx *vm.BlockContext, cfg vm.Config, active []vm.PrecompiledContract) *vm.EVM {
	ctx := x.BlockContext(header)
	if blockCtx != nil {
		ctx = *blockCtx
	}
	var evm *vm.EVM
	if x.rules.Access == nil {
		evm = vm.NewEVM(ctx, statedb, x.rules.Config, cfg)
	} else {
		evm = vm.NewEVMWithHooks(deployers{x}, ctx, vm.TxContext{}, statedb, x.rules.Config, cfg)
	}
	if len(active) > 0 {
		set := vm.ActivePrecompiledContracts(x.rules.Config.Rules(ctx.BlockNumber, true, ctx.Time))
		for _, c := range active {
			set[c.Address()] = c
		}
		evm.SetPrecompiles(set)
	}
	return evm
}

// Sender is the account a transaction acts for; for a system transaction the
// system address.
func (x *Executor) Sender(tx *types.Transaction) (common.Address, error) {
	if IsSystem(tx) {
		return params.SystemAddress, nil
	}
	from, err := types.Sender(x.signer, tx)
	if err != nil {
		return common.Address{}, fmt.Errorf("transaction %s: %w", tx.Hash(), err)
	}
	return from, nil
}
