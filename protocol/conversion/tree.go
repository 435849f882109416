package conversion

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// treeInfo has the fields of IConversion.Tree.
type treeInfo struct {
	Root     common.Hash
	TotalWei uint256.Int
	PaidWei  uint256.Int
}

// totals has the fields of IConversion.Totals.
type totals struct {
	TotalWei     uint256.Int
	ConvertedWei uint256.Int
	ClaimableWei uint256.Int
	UnclaimedWei uint256.Int
}

// addTree adds a claim tree. What comes with the call is set aside first, then
// the tree takes its total from all that is set aside.
func (c *Conversion) addTree(ctx *contract.Context, root common.Hash, totalWei *uint256.Int) error {
	if ctx.Caller() != c.governance {
		return c.fail.NotGovernance(ctx.Caller())
	}
	if root == (common.Hash{}) || totalWei.IsZero() || !c.isNew(ctx, root) {
		return c.fail.NotANewTree(root)
	}
	s := c.store.Sums.Get(ctx)
	s.UnclaimedWei.Add(&s.UnclaimedWei, ctx.Value())
	s.TotalWei.Add(&s.TotalWei, ctx.Value())
	if s.UnclaimedWei.Lt(totalWei) {
		return c.fail.TooFewCoins(totalWei, &s.UnclaimedWei)
	}
	s.UnclaimedWei.Sub(&s.UnclaimedWei, totalWei)
	s.ClaimableWei.Add(&s.ClaimableWei, totalWei)
	c.store.Sums.Set(ctx, s)
	c.store.Trees.Set(ctx, root, tree{TotalWei: *totalWei})
	c.store.Roots.Push(ctx, root)
	c.emit.TreeAdded(ctx, root, totalWei)
	return nil
}

// Unclaimed is what is set aside for holders and not paid yet, in a tree or in
// none, in wei.
func (c *Conversion) Unclaimed(ctx *contract.Context) *uint256.Int {
	s := c.store.Sums.Get(ctx.At(c.Address()))
	return new(uint256.Int).Add(&s.ClaimableWei, &s.UnclaimedWei)
}

func (c *Conversion) totals(ctx *contract.Context) totals {
	s := c.store.Sums.Get(ctx)
	return totals{s.TotalWei, s.ConvertedWei, s.ClaimableWei, s.UnclaimedWei}
}

func (c *Conversion) treeOf(ctx *contract.Context, root common.Hash) (treeInfo, error) {
	t := c.store.Trees.Get(ctx, root)
	if t.TotalWei.IsZero() {
		return treeInfo{}, c.fail.UnknownTree(root)
	}
	return treeInfo{root, t.TotalWei, t.PaidWei}, nil
}

func (c *Conversion) trees(ctx *contract.Context, cursor, limit uint64) (list []treeInfo) {
	for _, root := range c.store.Roots.Slice(ctx, cursor, limit) {
		t := c.store.Trees.Get(ctx, root)
		list = append(list, treeInfo{root, t.TotalWei, t.PaidWei})
	}
	return list
}

// claimed is to whom and when a holder's claim was paid.
func (c *Conversion) claimed(ctx *contract.Context, holder common.Address, amountWei *uint256.Int) (recipient common.Address, time uint64) {
	p := c.store.Paid.Get(ctx, leafOf(ctx, holder, amountWei))
	return p.Recipient, p.Time
}
