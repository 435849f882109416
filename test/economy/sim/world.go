package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/protocol/staking"
)

const (
	founders  = 24  // validators of the beginning, 19 active and 5 standing by
	delegates = 400 // people who delegate
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// plan says what to simulate.
type plan struct {
	Days       int
	Operations int           // tried in all
	Block      time.Duration // between two blocks
	Seed       int64
}

func (p plan) blocks() int { return int(time.Duration(p.Days) * 24 * time.Hour / p.Block) }

// world is the economy and the people in it.
type world struct {
	*ledger
	plan       plan
	rand       *rand.Rand
	validators int // how many there ever were
	absent     map[int]bool
	holders    []common.Address // every account that can hold coins
	done       map[string]int   // operations that succeeded, by kind
	tried      int
	proposals  int
	days       []day
}

// day is what a day ended with, amounts in whole coins.
type day struct {
	Total, Staked, Mined, Burned float64
	Rewards                      []float64 // of each founder so far
}

func cmt(n uint64) *uint256.Int {
	return new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(params.Ether))
}

func account(kind byte, n int) common.Address {
	a := common.Address{0: kind}
	binary.BigEndian.PutUint32(a[16:], uint32(n)+1)
	return a
}

func owner(n int) common.Address  { return account(0xa0, n) }
func person(n int) common.Address { return account(0xb0, n) }

func key(n int) (k [32]byte) {
	k[0] = 0xed
	binary.BigEndian.PutUint64(k[24:], uint64(n)+1)
	return k
}

func consensusAddress(n int) execution.ValidatorAddress {
	return execution.ValidatorAddress(staking.ConsensusAddress(key(n)))
}

// newWorld begins with the main network's supply: 700,000,000 CMT sold, of which
// the founders and delegates hold a part, and 300,000,000 locked.
func newWorld(p plan) (*world, error) {
	w := &world{plan: p, rand: rand.New(rand.NewSource(p.Seed)), validators: founders, absent: make(map[int]bool), done: make(map[string]int)}
	e, alloc, list := contracts.NewEconomy(), types.GenesisAlloc{}, []contracts.Founder{}
	for n := range founders {
		alloc[owner(n)] = types.Account{Balance: cmt(6_000_000).ToBig()}
		list = append(list, contracts.Founder{
			Owner: owner(n), Key: key(n), Moniker: fmt.Sprintf("validator %d", n+1), CommissionBps: uint16(200 + 50*n),
			StakeWei: cmt(uint64(2_000_000 + 100_000*n)),
		})
	}
	for n := range delegates {
		alloc[person(n)] = types.Account{Balance: cmt(1_000_000).ToBig()}
	}
	rest, fund := account(0xc0, 0), account(0xc0, 1)
	alloc[rest] = types.Account{Balance: cmt(700_000_000 - 6_000_000*founders - 1_000_000*delegates).ToBig()}
	alloc[fund] = types.Account{Balance: cmt(300_000_000).ToBig()}
	e.Locks = []contracts.Lock{{From: fund, Account: fund, AmountWei: cmt(300_000_000), Until: start.AddDate(2, 6, 0), Label: "fund"}}
	sections, alloc, err := e.Found(start, alloc, list)
	if err != nil {
		return nil, err
	}
	config := network.New("simulation", network.DevChainID).ChainConfig()
	chain, err := contracts.New(sections, config, gasLimit)
	if err != nil {
		return nil, err
	}
	if w.ledger, err = newLedger(chain, config, start, alloc); err != nil {
		return nil, err
	}
	w.holders = append(w.holders, rest, fund, params.SystemAddress)
	for n := range delegates {
		w.holders = append(w.holders, person(n))
	}
	for n := range founders {
		w.holders = append(w.holders, owner(n))
	}
	for _, each := range chain.Set() {
		w.holders = append(w.holders, each.Address())
	}
	return w, w.check()
}

// run lives through the plan. said is told how far it is.
func (w *world) run(said func(day int)) error {
	blocks := w.plan.blocks()
	perDay := blocks / max(w.plan.Days, 1)
	for n := range blocks {
		if err := w.block(); err != nil {
			return err
		}
		for w.tried < w.plan.Operations*(n+1)/blocks {
			if err := w.operation(); err != nil {
				return fmt.Errorf("block %d: %w", w.number, err)
			}
		}
		if err := w.end(); err != nil {
			return err
		}
		if err := w.check(); err != nil {
			return err
		}
		if (n+1)%perDay == 0 {
			if err := w.note(); err != nil {
				return err
			}
			said(len(w.days))
		}
	}
	return w.checkYear()
}

// block begins a block: now and then a validator goes away or comes back, and
// seldom one signs twice.
func (w *world) block() error {
	did := &execution.Consensus{Proposer: consensusAddress(0)}
	if n := w.rand.Intn(w.validators); w.rand.Intn(20_000) == 0 {
		w.absent[n] = true
	}
	for n := range w.validators {
		if w.absent[n] && w.rand.Intn(15_000) == 0 {
			delete(w.absent, n)
		}
		did.Votes = append(did.Votes, execution.Vote{Validator: consensusAddress(n), Signed: !w.absent[n] && w.rand.Intn(500) > 0})
	}
	if w.rand.Intn(150_000) == 0 {
		did.Misbehavior = append(did.Misbehavior, execution.Misbehavior{Validator: consensusAddress(w.rand.Intn(founders)), Height: w.number, Time: w.now})
		w.done["signed twice"]++
	}
	return w.begin(w.plan.Block, did)
}

// check holds the chain to its promises: every coin is somewhere, and staking
// has what it owes.
func (w *world) check() error {
	total, err := view[uint256.Int](w.ledger, "supply", "total")
	if err != nil {
		return err
	}
	sum := new(uint256.Int)
	for _, holder := range w.holders {
		sum.Add(sum, w.db.GetBalance(holder))
	}
	if !sum.Eq(&total) {
		return fmt.Errorf("block %d: the accounts hold %s wei, supply says %s exist", w.number, sum.Dec(), total.Dec())
	}
	if w.number%1_000 != 0 {
		return nil
	}
	owed, err := view[staking.Totals](w.ledger, "staking", "totals")
	if err != nil {
		return err
	}
	parts := new(uint256.Int).Add(owed.StakeWei, owed.UnbondingWei)
	if has := w.db.GetBalance(contracts.StakingAddress); has.Lt(parts.Add(parts, owed.RewardsWei)) {
		return fmt.Errorf("block %d: staking owes %s wei and has %s", w.number, parts.Dec(), has.Dec())
	}
	return nil
}

// checkYear holds the first year to its provision, to the wei: 8 % of what there
// was at its start.
func (w *world) checkYear() error {
	mined, err := view[uint256.Int](w.ledger, "supply", "mined")
	provision := cmt(80_000_000)
	if err == nil && w.plan.Days == 365 && !mined.Eq(provision) {
		return fmt.Errorf("the year has mined %s wei, not its provision of %s", mined.Dec(), provision.Dec())
	}
	return err
}

// note keeps what the day ended with.
func (w *world) note() error {
	d := day{}
	for name, into := range map[string]*float64{"total": &d.Total, "staked": &d.Staked, "mined": &d.Mined, "burned": &d.Burned} {
		amount, err := view[uint256.Int](w.ledger, "supply", name)
		if err != nil {
			return err
		}
		*into = coins(&amount)
	}
	for n := range founders {
		earned, err := view[uint256.Int](w.ledger, "staking", "pendingRewards", owner(n))
		if err != nil {
			return err
		}
		v, err := view[staking.Validator](w.ledger, "staking", "validator", uint64(n+1))
		if err != nil {
			return err
		}
		d.Rewards = append(d.Rewards, coins(&earned)+coins(v.CommissionWei))
	}
	w.days = append(w.days, d)
	return nil
}

// coins is an amount in whole coins, for plots.
func coins(wei *uint256.Int) float64 { return wei.Float64() / params.Ether }

// reverted reports whether a call failed as a user's may.
func reverted(err error) bool {
	return errors.Is(err, vm.ErrExecutionReverted) || errors.Is(err, vm.ErrInsufficientBalance)
}
