package execution

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Fees are the chain's rules about fees, kept in its state.
type Fees interface {
	// Floor is the lowest base fee in wei, nil for that of genesis.
	Floor(ctx *contract.Context) *uint256.Int
	// Collector is the account that gets every fee, base fee and tip.
	Collector() common.Address
	// Reserve takes the price of a whole gas limit from whoever sponsors a call
	// at gas price zero. An error says that nobody does.
	Reserve(ctx *contract.Context, call SponsoredCall, feeWei *uint256.Int) error
	// Settle gives the part of a reserved price back that was not used; the
	// rest goes to the collector.
	Settle(ctx *contract.Context, call SponsoredCall, reservedWei, usedWei *uint256.Int) error
}

// SponsoredCall is a transaction at gas price zero.
type SponsoredCall struct {
	From  common.Address
	To    common.Address
	Input []byte
}

// ErrNotSponsored refuses a transaction at gas price zero that nobody pays for.
var ErrNotSponsored = errors.New("gas price is zero and nobody sponsors the call")

// Access are the chain's rules about who may use it, kept in its state.
type Access interface {
	// MaySend reports whether an account's transactions are taken.
	MaySend(ctx *contract.Context, from common.Address) bool
	// MayDeploy reports whether an account's transactions may create contracts,
	// directly or through other contracts.
	MayDeploy(ctx *contract.Context, origin common.Address) bool
}

// Errors of transactions that a chain's access rules refuse.
var (
	ErrSenderNotAllowed   = errors.New("the sender is not on this chain's list: ask its administrator")
	ErrDeployerNotAllowed = errors.New("the sender may not create contracts on this chain: ask its administrator")
)

// deployers refuses the creation of contracts to who is not on the list.
type deployers struct{ x *Executor }

func (deployers) CallHook(*vm.EVM, common.Address, common.Address) error { return nil }

func (d deployers) CreateHook(evm *vm.EVM, _ common.Address) error {
	ctx := contract.Open(evm.StateDB, d.x.rules.Config, contract.BlockInfo{Number: evm.Context.BlockNumber.Uint64(), Time: evm.Context.Time})
	if d.x.rules.Access.MayDeploy(ctx, evm.Origin) {
		return nil
	}
	return ErrDeployerNotAllowed
}

// Admit says why a transaction could not be part of the block after head for
// reasons of access or of its gas price of zero; nil when it can.
func (x *Executor) Admit(head *types.Header, from common.Address, tx *types.Transaction) error {
	free := tx.GasFeeCap().Sign() == 0
	if x.rules.Access == nil && !free {
		return nil
	}
	db, err := x.ledger.StateAt(head)
	if err != nil {
		return err
	}
	ctx := x.Context(db, head)
	if err := x.admit(ctx, from, tx.To() == nil); err != nil || !free {
		return err
	}
	price := x.baseFee(head, x.floor(db, head))
	switch {
	case price.Sign() == 0:
		return nil
	case x.rules.Fees == nil:
		return fmt.Errorf("%w: maxFeePerGas: 0, baseFee: %s", core.ErrFeeCapTooLow, price)
	}
	fee := new(uint256.Int).Mul(uint256.NewInt(tx.Gas()), uint256.MustFromBig(price))
	return x.reserve(ctx, from, tx.To(), tx.Data(), fee) // on a state that nobody keeps
}

func (x *Executor) admit(ctx *contract.Context, from common.Address, creates bool) error {
	switch {
	case x.rules.Access == nil:
		return nil
	case !x.rules.Access.MaySend(ctx, from):
		return fmt.Errorf("%s: %w", from, ErrSenderNotAllowed)
	case creates && !x.rules.Access.MayDeploy(ctx, from):
		return fmt.Errorf("%s: %w", from, ErrDeployerNotAllowed)
	}
	return nil
}

// sponsored reports whether a transaction needs a sponsor: its price is zero and
// the chain's is not.
func (x *Executor) sponsored(feeCapSign int, header *types.Header) bool {
	return x.rules.Fees != nil && feeCapSign == 0 && header.BaseFee.Sign() > 0
}

func (x *Executor) reserve(ctx *contract.Context, from common.Address, to *common.Address, input []byte, fee *uint256.Int) error {
	if to == nil {
		return fmt.Errorf("%w: creating a contract is never sponsored", ErrNotSponsored)
	}
	if err := x.rules.Fees.Reserve(ctx, SponsoredCall{from, *to, input}, fee); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSponsored, err)
	}
	return nil
}

// apply executes a user's message and books its fee. An error says that it is
// not part of the block; the caller undoes what it left.
func (b *Builder) apply(msg *core.Message) (*core.ExecutionResult, error) {
	x, db := b.x, b.evm.StateDB
	ctx := x.Context(db, b.header)
	if err := x.admit(ctx, msg.From, msg.To == nil); err != nil {
		return nil, err
	}
	if !x.sponsored(msg.GasFeeCap.Sign(), b.header) {
		result, err := core.ApplyMessage(b.evm, msg, b.gas)
		if err == nil && x.rules.Fees != nil {
			b.collect(db, msg, result.UsedGas)
		}
		return result, err
	}
	price := uint256.MustFromBig(b.header.BaseFee)
	reserved := new(uint256.Int).Mul(uint256.NewInt(msg.GasLimit), price)
	if err := x.reserve(ctx, msg.From, msg.To, msg.Data, reserved); err != nil {
		return nil, err
	}
	b.evm.Config.NoBaseFee = true
	defer func() { b.evm.Config.NoBaseFee = false }()
	result, err := core.ApplyMessage(b.evm, msg, b.gas)
	if err == nil {
		used := new(uint256.Int).Mul(uint256.NewInt(result.UsedGas), price)
		err = x.rules.Fees.Settle(ctx, SponsoredCall{msg.From, *msg.To, msg.Data}, reserved, used)
	}
	return result, err
}

// collect gives the whole fee to the collector: the EVM has burned the base fee
// and given the tip to the proposer.
func (b *Builder) collect(db vm.StateDB, msg *core.Message, usedGas uint64) {
	used := uint256.NewInt(usedGas)
	price, base := uint256.MustFromBig(msg.GasPrice), uint256.MustFromBig(b.header.BaseFee)
	if price.IsZero() {
		return
	}
	fee := new(uint256.Int).Mul(used, price)
	if price.Gt(base) {
		tip := new(uint256.Int).Sub(price, base)
		db.SubBalance(b.header.Coinbase, tip.Mul(tip, used), tracing.BalanceChangeTransfer)
	}
	db.AddBalance(b.x.rules.Fees.Collector(), fee, tracing.BalanceIncreaseRewardTransactionFee)
}
