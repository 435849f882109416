package lockup

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Genesis is what a chain's locks begin with. The genesis gives the contract a
// balance of all locks' amounts together, less what is staked.
type Genesis struct {
	StakingOff bool           `json:"stakingOff,omitempty"` // locked coins cannot be staked
	LeastWei   *uint256.Int   `json:"leastWei"`             // the least that an account can lock
	Locks      []GenesisLock  `json:"locks"`
	LastID     uint64         `json:"lastId,omitempty"` // of the newest lock there ever was
	Purses     []GenesisPurse `json:"purses,omitempty"` // of a chain that goes on from an export
}

// GenesisLock is a lock.
type GenesisLock struct {
	ID        uint64         `json:"id,omitempty"` // 0: the next number
	Account   common.Address `json:"account"`
	AmountWei *uint256.Int   `json:"amountWei"`
	Until     uint64         `json:"until"` // seconds since 1970
	Label     string         `json:"label,omitempty"`
}

// GenesisPurse is what an account has staked and lost of its locked coins.
type GenesisPurse struct {
	Account   common.Address `json:"account"`
	StakedWei *uint256.Int   `json:"stakedWei"`
	EndedWei  *uint256.Int   `json:"endedWei"`
	LostWei   *uint256.Int   `json:"lostWei"`
}

// ErrGenesis is wrapped by every error about a genesis.
var ErrGenesis = errors.New("lockup: the genesis cannot be")

const (
	largestBits = 112 // amounts are kept in 128 bits, sums of them included
	leastBits   = 96
	longestName = 64 // bytes of a label
)

// Begin writes a genesis. The contract's balance must be there already.
func (l *Lockup) Begin(ctx *contract.Context, g Genesis) error {
	if err := l.begin(ctx.At(l.Address()), g); err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return nil
}

func (l *Lockup) begin(ctx *contract.Context, g Genesis) error {
	h := head{StakingOff: g.StakingOff}
	if g.LeastWei != nil {
		if g.LeastWei.BitLen() > leastBits {
			return fmt.Errorf("leastWei %s is not below 2^%d", g.LeastWei.Dec(), leastBits)
		}
		h.LeastWei = *g.LeastWei
	}
	l.store.Head.Set(ctx, h)
	for i, lock := range g.Locks {
		if err := l.beginLock(ctx, lock); err != nil {
			return fmt.Errorf("locks[%d]: %w", i, err)
		}
	}
	for i, p := range g.Purses {
		if err := l.beginPurse(ctx, p); err != nil {
			return fmt.Errorf("purses[%d]: %w", i, err)
		}
	}
	h = l.store.Head.Get(ctx)
	h.LastID = max(h.LastID, g.LastID)
	l.store.Head.Set(ctx, h)
	all := l.store.All.Get(ctx)
	if held := ctx.Balance(l.Address()); held.Lt(&all.HeldWei) {
		return fmt.Errorf("the locks hold %s wei, but the contract's balance is %s", all.HeldWei.Dec(), held.Dec())
	}
	return nil
}

func (l *Lockup) beginLock(ctx *contract.Context, lock GenesisLock) error {
	if lock.ID == 0 {
		lock.ID = l.store.Head.Get(ctx).LastID + 1
	}
	switch {
	case lock.Account == common.Address{} || lock.Account == l.Address():
		return fmt.Errorf("account %s cannot own locked coins", lock.Account)
	case lock.AmountWei == nil || lock.AmountWei.IsZero() || lock.AmountWei.BitLen() > largestBits:
		return fmt.Errorf("amountWei is not between 1 and 2^%d", largestBits)
	case lock.Until == 0:
		return errors.New("until is missing: seconds since 1970")
	case len(lock.Label) > longestName:
		return fmt.Errorf("the label is longer than %d bytes", longestName)
	case l.store.Locks.Get(ctx, lock.ID).Account != common.Address{}:
		return fmt.Errorf("lock %d is there twice", lock.ID)
	}
	l.add(ctx, lock.ID, record{lock.Account, lock.Until, *lock.AmountWei, lock.Label})
	before := l.store.Purses.Get(ctx, lock.Account)
	after := before
	after.HeldWei.Add(&after.HeldWei, lock.AmountWei)
	l.save(ctx, lock.Account, before, after)
	return nil
}

// beginPurse says where the coins of an account's locks are that are not held.
func (l *Lockup) beginPurse(ctx *contract.Context, p GenesisPurse) error {
	for _, wei := range []*uint256.Int{p.StakedWei, p.EndedWei, p.LostWei} {
		if wei == nil || wei.BitLen() > largestBits {
			return errors.New("an amount is missing or too large")
		}
	}
	before := l.store.Purses.Get(ctx, p.Account)
	after := purse{StakedWei: *p.StakedWei, EndedWei: *p.EndedWei, LostWei: *p.LostWei}
	there := new(uint256.Int).Add(&before.HeldWei, p.EndedWei)
	gone := new(uint256.Int).Add(p.StakedWei, p.LostWei)
	switch {
	case !before.StakedWei.IsZero() || !before.LostWei.IsZero():
		return fmt.Errorf("the account %s is there twice", p.Account)
	case gone.Gt(there):
		return fmt.Errorf("%s staked and lost more than it locked", p.Account)
	case p.EndedWei.Gt(p.StakedWei) || !p.EndedWei.IsZero() && !p.LostWei.IsZero():
		return fmt.Errorf("the amounts of %s do not belong together", p.Account)
	}
	after.HeldWei.Sub(there, gone)
	l.save(ctx, p.Account, before, after)
	return nil
}

// Export is the genesis of a chain that goes on from here.
func (l *Lockup) Export(ctx *contract.Context) Genesis {
	ctx = ctx.At(l.Address())
	h := l.store.Head.Get(ctx)
	g := Genesis{StakingOff: h.StakingOff, LeastWei: &h.LeastWei, LastID: h.LastID, Locks: []GenesisLock{}}
	var accounts []common.Address
	for key := range l.store.ByEnd.Ascend(ctx, common.Hash{}) {
		_, id := contract.SplitKey(key)
		r := l.store.Locks.Get(ctx, id)
		g.Locks = append(g.Locks, GenesisLock{id, r.Account, &r.AmountWei, r.Until, r.Label})
		accounts = append(accounts, r.Account)
	}
	for key := range l.store.Awaiting.Ascend(ctx, common.Hash{}) {
		accounts = append(accounts, common.BytesToAddress(key[:]))
	}
	slices.SortFunc(g.Locks, func(a, b GenesisLock) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(accounts, common.Address.Cmp)
	for _, account := range slices.Compact(accounts) {
		p := l.store.Purses.Get(ctx, account)
		if !p.StakedWei.IsZero() || !p.LostWei.IsZero() {
			g.Purses = append(g.Purses, GenesisPurse{account, &p.StakedWei, &p.EndedWei, &p.LostWei})
		}
	}
	return g
}
