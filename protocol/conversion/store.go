package conversion

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// storage is the contract's state, in Solidity's layout.
type storage struct {
	Sums   contract.Value[sums]               // slots 0 and 1
	Trees  contract.Map[common.Hash, tree]    // slot 2: by root
	Roots  contract.Array[common.Hash]        // slot 3: of all trees, the oldest first
	Paid   contract.Map[common.Hash, payment] // slot 4: by leaf
	Leaves contract.Array[common.Hash]        // slot 5: of all payments, the oldest first
}

type sums struct {
	ConvertedWei uint256.Int `sol:"uint128"`
	ClaimableWei uint256.Int `sol:"uint128"`
	UnclaimedWei uint256.Int `sol:"uint128"`
	TotalWei     uint256.Int `sol:"uint128"` // the three together
}

type tree struct {
	TotalWei uint256.Int `sol:"uint128"`
	PaidWei  uint256.Int `sol:"uint128"`
}

// left is what claims of the tree can still be paid.
func (t *tree) left() (wei uint256.Int) {
	wei.Sub(&t.TotalWei, &t.PaidWei)
	return wei
}

type payment struct {
	Recipient common.Address
	Time      uint64 // seconds since 1970
}

// Genesis is what a chain's conversion begins with. The genesis gives the
// contract a balance of what is claimable and unclaimed.
type Genesis struct {
	ConvertedWei *uint256.Int     `json:"convertedWei"` // the tokens that the genesis' balances and locks stand for, later with what claims were paid
	UnclaimedWei *uint256.Int     `json:"unclaimedWei"` // set aside for trees to come
	Trees        []GenesisTree    `json:"trees"`
	Payments     []GenesisPayment `json:"payments,omitempty"` // of a chain that goes on from an export
}

// GenesisTree is a claim tree.
type GenesisTree struct {
	Root     common.Hash  `json:"root"`
	TotalWei *uint256.Int `json:"totalWei"`
	PaidWei  *uint256.Int `json:"paidWei,omitempty"` // nil is none
}

// GenesisPayment is a claim that was paid.
type GenesisPayment struct {
	Leaf      common.Hash    `json:"leaf"`
	Recipient common.Address `json:"recipient"`
	Time      uint64         `json:"time"` // seconds since 1970
}

// ErrGenesis is wrapped by every error about a genesis.
var ErrGenesis = errors.New("conversion: the genesis cannot be")

// largestBits bounds amounts, which are kept in 128 bits, and sums of them.
const largestBits = 112

// Begin writes a genesis. The contract's balance must be there already.
func (c *Conversion) Begin(ctx *contract.Context, g Genesis) error {
	if err := c.begin(ctx.At(c.Address()), g); err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return nil
}

func (c *Conversion) begin(ctx *contract.Context, g Genesis) error {
	var s sums
	for _, given := range []struct {
		wei  *uint256.Int
		into *uint256.Int
	}{{g.ConvertedWei, &s.ConvertedWei}, {g.UnclaimedWei, &s.UnclaimedWei}} {
		if given.wei == nil || given.wei.BitLen() > largestBits {
			return fmt.Errorf("convertedWei and unclaimedWei must be given, below 2^%d", largestBits)
		}
		*given.into = *given.wei
	}
	for i, t := range g.Trees {
		if err := c.beginTree(ctx, t, &s); err != nil {
			return fmt.Errorf("trees[%d]: %w", i, err)
		}
	}
	for i, p := range g.Payments {
		if p.Recipient == (common.Address{}) || c.store.Paid.Get(ctx, p.Leaf).Recipient != (common.Address{}) {
			return fmt.Errorf("payments[%d]: the recipient is missing, or leaf %s is there twice", i, p.Leaf)
		}
		c.pay(ctx, p.Leaf, payment{p.Recipient, p.Time})
	}
	owed := new(uint256.Int).Add(&s.ClaimableWei, &s.UnclaimedWei)
	s.TotalWei.Add(owed, &s.ConvertedWei)
	c.store.Sums.Set(ctx, s)
	if held := ctx.Balance(c.Address()); held.Lt(owed) {
		return fmt.Errorf("%s wei are claimable or unclaimed, but the contract's balance is %s", owed.Dec(), held.Dec())
	}
	return nil
}

func (c *Conversion) beginTree(ctx *contract.Context, g GenesisTree, s *sums) error {
	switch {
	case g.Root == (common.Hash{}) || !c.isNew(ctx, g.Root):
		return fmt.Errorf("root %s is zero or there twice", g.Root)
	case g.TotalWei == nil || g.TotalWei.IsZero() || g.TotalWei.BitLen() > largestBits:
		return fmt.Errorf("totalWei is not between 1 and 2^%d", largestBits)
	case g.PaidWei != nil && g.PaidWei.Gt(g.TotalWei):
		return errors.New("paidWei is above totalWei")
	}
	t := tree{TotalWei: *g.TotalWei}
	if g.PaidWei != nil {
		t.PaidWei = *g.PaidWei
	}
	left := t.left()
	s.ClaimableWei.Add(&s.ClaimableWei, &left)
	c.store.Trees.Set(ctx, g.Root, t)
	c.store.Roots.Push(ctx, g.Root)
	return nil
}

// pay notes that a leaf was paid.
func (c *Conversion) pay(ctx *contract.Context, leaf common.Hash, p payment) {
	c.store.Paid.Set(ctx, leaf, p)
	c.store.Leaves.Push(ctx, leaf)
}

// isNew reports whether there is no tree of this root.
func (c *Conversion) isNew(ctx *contract.Context, root common.Hash) bool {
	t := c.store.Trees.Get(ctx, root)
	return t.TotalWei.IsZero()
}

// Export is the genesis of a chain that goes on from here.
func (c *Conversion) Export(ctx *contract.Context) Genesis {
	ctx = ctx.At(c.Address())
	s := c.store.Sums.Get(ctx)
	g := Genesis{ConvertedWei: &s.ConvertedWei, UnclaimedWei: &s.UnclaimedWei, Trees: []GenesisTree{}}
	for _, root := range c.store.Roots.Slice(ctx, 0, c.store.Roots.Len(ctx)) {
		t := c.store.Trees.Get(ctx, root)
		g.Trees = append(g.Trees, GenesisTree{root, &t.TotalWei, &t.PaidWei})
	}
	for _, leaf := range c.store.Leaves.Slice(ctx, 0, c.store.Leaves.Len(ctx)) {
		p := c.store.Paid.Get(ctx, leaf)
		g.Payments = append(g.Payments, GenesisPayment{leaf, p.Recipient, p.Time})
	}
	return g
}
