package main

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/protocol/governance"
	"github.com/cybermiles/cybermiles/protocol/staking"
)

// everything asks for all there is.
var everything = new(uint256.Int).SetAllOne()

// operation is one thing that somebody tries. It may fail as users' calls do;
// any other error is a defect.
func (w *world) operation() error {
	w.tried++
	who, id := person(w.rand.Intn(delegates)), uint64(1+w.rand.Intn(w.validators))
	amount := cmt(uint64(1 + w.rand.Intn(20_000)))
	kind := uint8(w.rand.Intn(2))
	switch n := w.rand.Intn(1_000); {
	case n < 300:
		return w.try("delegate", who, "staking", amount, "delegate", id, kind == 1)
	case n < 500:
		if w.rand.Intn(4) == 0 {
			amount = everything
		}
		return w.try("undelegate", who, "staking", nil, "undelegate", id, kind, amount)
	case n < 600:
		return w.try("redelegate", who, "staking", nil, "redelegate", id, uint64(1+w.rand.Intn(w.validators)), kind, amount)
	case n < 700:
		return w.try("claim", who, "staking", nil, "claim", id)
	case n < 740:
		return w.try("claim all", who, "staking", nil, "claimAll")
	case n < 780:
		return w.try("switch compounding", who, "staking", nil, "setCompounding", id, kind == 1)
	case n < 900:
		return w.pay(who, person(w.rand.Intn(delegates)), amount)
	case n < 930:
		return w.try("schedule", who, "schedule", cmt(1), "schedule", person(1), []byte{}, uint256.NewInt(1), uint64(w.now.Unix())+uint64(w.rand.Intn(86_400)), uint64(0), uint64(50_000))
	case n < 950:
		return w.try("stake locked coins", account(0xc0, 1), "staking", nil, "delegateLocked", id, amount)
	case n < 970:
		return w.try("unstake locked coins", account(0xc0, 1), "staking", nil, "undelegate", id, uint8(2), amount)
	case n < 980:
		return w.try("rejoin", owner(int(id-1)), "staking", nil, "rejoin")
	case n < 985:
		return w.try("change commission", owner(int(id-1)), "staking", nil, "setCommission", uint16(w.rand.Intn(2_000)))
	case n < 990:
		return w.try("add self-stake", owner(int(id-1)), "staking", amount, "delegate", id, false)
	case n < 992:
		return w.try("burn", who, "supply", amount, "burn")
	default:
		return w.govern(who, id)
	}
}

// try calls a method and counts it when it succeeds.
func (w *world) try(kind string, who common.Address, name string, valueWei *uint256.Int, method string, inputs ...any) error {
	_, err := w.do(who, name, valueWei, method, inputs...)
	switch {
	case err == nil:
		w.done[kind]++
	case !reverted(err):
		return fmt.Errorf("%s.%s%v by %s: %w", name, method, inputs, who, err)
	}
	return nil
}

func (w *world) pay(from, to common.Address, amountWei *uint256.Int) error {
	_, err := w.call(from, to, amountWei, nil, 0)
	switch {
	case err == nil:
		w.done["transfer"]++
	case !reverted(err):
		return err
	}
	return nil
}

// govern proposes a longer or shorter epoch, votes on the newest proposal, and
// queues and executes what has passed.
func (w *world) govern(who common.Address, id uint64) error {
	count, err := view[uint256.Int](w.ledger, "governance", "proposalCount")
	if err != nil {
		return err
	}
	if count.IsZero() || w.rand.Intn(100) == 0 {
		parameters, err := view[staking.Parameters](w.ledger, "staking", "parameters")
		if err != nil {
			return err
		}
		parameters.EpochBlocks = uint32(100 + w.rand.Intn(50))
		data, err := contract.Pack(w.byName["staking"], "setParameters", parameters)
		if err != nil {
			return err
		}
		w.proposals++
		return w.try("propose", who, "governance", cmt(1_000), "propose",
			[]common.Address{contracts.StakingAddress}, []*uint256.Int{new(uint256.Int)}, [][]byte{data}, fmt.Sprintf("epoch %d", w.proposals))
	}
	proposal := w.newest(&count)
	if proposal == nil {
		return nil
	}
	switch w.rand.Intn(4) {
	case 0:
		return w.try("queue a proposal", who, "governance", nil, "queue(uint256)", proposal)
	case 1:
		return w.try("execute a proposal", who, "governance", nil, "execute(uint256)", proposal)
	case 2:
		return w.try("vote", who, "governance", nil, "castVote", proposal, uint8(w.rand.Intn(4)))
	default:
		return w.try("vote", owner(int(id-1)), "governance", nil, "castVote", proposal, uint8(1))
	}
}

// newest is the id of one of the newest proposals.
func (w *world) newest(count *uint256.Int) *uint256.Int {
	at := new(uint256.Int).SubUint64(count, uint64(1+w.rand.Intn(3)))
	if !at.Lt(count) {
		return nil // there are not that many
	}
	page, err := view[[]governance.Proposal](w.ledger, "governance", "proposals", at, uint256.NewInt(1))
	if err != nil || len(page) == 0 {
		return nil
	}
	return page[0].Id
}
