package conversion

import (
	"bytes"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// claim pays the holder's leaf of a tree to the recipient that it has signed for.
func (c *Conversion) claim(ctx *contract.Context, holder, recipient common.Address, amountWei *uint256.Int, proof []common.Hash, signature []byte) error {
	leaf := leafOf(ctx, holder, amountWei)
	root := rootOf(ctx, leaf, proof)
	t, before := c.store.Trees.Get(ctx, root), c.store.Paid.Get(ctx, leaf)
	left := t.left()
	switch {
	case t.TotalWei.IsZero():
		return c.fail.UnknownTree(root)
	case before.Recipient != (common.Address{}):
		return c.fail.AlreadyClaimed(holder, before.Recipient)
	case recipient == (common.Address{}) || recipient == c.Address():
		return c.fail.NotARecipient(recipient)
	case left.Lt(amountWei):
		return c.fail.TreeExhausted(root, &left)
	case !signedBy(ctx, holder, c.digest(ctx, holder, recipient, amountWei), signature):
		return c.fail.NotSigned(holder)
	}
	c.pay(ctx, leaf, payment{recipient, ctx.Time()})
	t.PaidWei.Add(&t.PaidWei, amountWei)
	c.store.Trees.Set(ctx, root, t)
	s := c.store.Sums.Get(ctx)
	s.ClaimableWei.Sub(&s.ClaimableWei, amountWei)
	s.ConvertedWei.Add(&s.ConvertedWei, amountWei)
	c.store.Sums.Set(ctx, s)
	c.emit.Claimed(ctx, holder, recipient, amountWei, root)
	return ctx.Transfer(recipient, amountWei)
}

// leafOf is the leaf of OpenZeppelin's StandardMerkleTree over (address,
// uint256): hashed twice, so that no inner node passes for a leaf.
func leafOf(ctx *contract.Context, holder common.Address, amountWei *uint256.Int) common.Hash {
	amount := amountWei.Bytes32()
	inner := ctx.Hash(common.LeftPadBytes(holder[:], 32), amount[:])
	return ctx.Hash(inner[:])
}

// rootOf is where a proof leads: each node is the hash of its two children in
// ascending order.
func rootOf(ctx *contract.Context, node common.Hash, proof []common.Hash) common.Hash {
	for _, sibling := range proof {
		if bytes.Compare(node[:], sibling[:]) < 0 {
			node = ctx.Hash(node[:], sibling[:])
		} else {
			node = ctx.Hash(sibling[:], node[:])
		}
	}
	return node
}
