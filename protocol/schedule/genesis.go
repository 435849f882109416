package schedule

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Genesis is the contract's part of a genesis document.
type Genesis struct {
	Parameters Parameters    `json:"parameters"`
	LastID     uint64        `json:"lastId,omitempty"` // number of the last call ever scheduled
	Calls      []GenesisCall `json:"calls,omitempty"`  // by number
}

// GenesisCall is a call that waits or has failed.
type GenesisCall struct {
	ID              uint64         `json:"id"`
	Failed          bool           `json:"failed,omitempty"`
	Owner           common.Address `json:"owner"`
	Target          common.Address `json:"target"`
	Data            hexutil.Bytes  `json:"data,omitempty"`
	ValueWei        *uint256.Int   `json:"valueWei"`
	DepositWei      *uint256.Int   `json:"depositWei"`
	GasLimit        uint64         `json:"gasLimit"`
	NotBeforeTime   uint64         `json:"notBeforeTime,omitempty"`   // seconds since 1970
	NotBeforeHeight uint64         `json:"notBeforeHeight,omitempty"` // instead of a time
	Attempts        uint8          `json:"attempts,omitempty"`
	Reason          hexutil.Bytes  `json:"reason,omitempty"` // of a failed call
}

// FundsWei is what the contract holds at genesis, in wei.
func (g Genesis) FundsWei() *uint256.Int {
	sum := new(uint256.Int)
	for _, call := range g.Calls {
		for _, wei := range []*uint256.Int{call.ValueWei, call.DepositWei} {
			if wei != nil {
				sum.Add(sum, wei)
			}
		}
	}
	return sum
}

// Begin writes genesis. The coins of the calls are in the contract's balance
// already.
func (s *Schedule) Begin(ctx *contract.Context, genesis Genesis) error {
	ctx = ctx.At(s.Address())
	if err := s.check(genesis.Parameters); err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	s.store.Parameters.Set(ctx, genesis.Parameters)
	last := uint64(0)
	for i, call := range genesis.Calls {
		if call.ID <= last {
			return fmt.Errorf("schedule: calls[%d]: numbers must ascend from 1", i)
		}
		last = call.ID
		if err := s.beginCall(ctx, &call); err != nil {
			return fmt.Errorf("schedule: calls[%d]: %w", i, err)
		}
	}
	s.store.LastID.Set(ctx, max(last, genesis.LastID))
	return nil
}

// amountBits is the width of an amount in storage.
const amountBits = 128

func (s *Schedule) beginCall(ctx *contract.Context, call *GenesisCall) error {
	switch {
	case call.Owner == common.Address{}:
		return errors.New("owner is missing")
	case call.Target == s.Address():
		return errors.New("the schedule itself cannot be called")
	case call.NotBeforeTime != 0 && call.NotBeforeHeight != 0:
		return errors.New("give notBeforeTime or notBeforeHeight, not both")
	case call.GasLimit > mostGasLimit:
		return fmt.Errorf("gasLimit is above %d", mostGasLimit)
	case len(call.Data) > mostDataBytes || len(call.Reason) > maxReason:
		return fmt.Errorf("data is longer than %d bytes or reason longer than %d", mostDataBytes, maxReason)
	case call.ValueWei == nil || call.DepositWei == nil || call.ValueWei.BitLen() > amountBits || call.DepositWei.BitLen() > amountBits:
		return fmt.Errorf("valueWei and depositWei must be given and be below 2^%d", amountBits)
	}
	r := record{
		Owner: call.Owner, Target: call.Target, State: Waiting, Attempts: call.Attempts,
		GasLimit: uint32(call.GasLimit), DataBytes: uint16(len(call.Data)),
		NotBefore: call.NotBeforeTime, ValueWei: *call.ValueWei, DepositWei: *call.DepositWei,
	}
	if call.NotBeforeHeight != 0 {
		r.ByHeight, r.NotBefore = true, call.NotBeforeHeight
	}
	if call.Failed {
		r.State = Failed
		s.store.Failed.Insert(ctx, failedKey(call.ID))
		s.store.Reasons.Set(ctx, call.ID, call.Reason)
	}
	s.insert(ctx, call.ID, &r, call.Data)
	if !call.Failed {
		s.enqueue(ctx, call.ID, &r)
	}
	return nil
}

// Export is the state as genesis.
func (s *Schedule) Export(ctx *contract.Context) Genesis {
	ctx = ctx.At(s.Address())
	g := Genesis{Parameters: s.store.Parameters.Get(ctx), LastID: s.store.LastID.Get(ctx)}
	for _, index := range []*contract.Index{&s.store.ByTime, &s.store.ByHeight, &s.store.Failed} {
		for key := range index.Ascend(ctx, common.Hash{}) {
			_, id := contract.SplitKey(key)
			r := s.store.Calls.Get(ctx, id)
			shown := s.show(ctx, id, &r)
			g.Calls = append(g.Calls, GenesisCall{
				ID: id, Failed: r.State == Failed, Owner: r.Owner, Target: r.Target, Data: shown.Data,
				ValueWei: shown.ValueWei, DepositWei: shown.DepositWei, GasLimit: shown.GasLimit,
				NotBeforeTime: shown.NotBeforeTime, NotBeforeHeight: shown.NotBeforeHeight,
				Attempts: r.Attempts, Reason: shown.Reason,
			})
		}
	}
	slices.SortFunc(g.Calls, func(a, b GenesisCall) int { return cmp.Compare(a.ID, b.ID) })
	return g
}
