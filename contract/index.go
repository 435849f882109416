package contract

import (
	"bytes"
	"iter"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
)

// Index is an ordered set of words: a balanced (AVL) tree in storage. Its keys
// can be walked in order from any point, and a point stays valid whatever is
// added or removed in between, as it is a key and not a position.
//
// With n keys a search reads at most 1.45·log2(n) nodes of two slots each; an
// insertion writes two new slots and changes few others. In Solidity's layout it
// is
//
//	struct Index { uint64 root; uint64 next; uint64 free; uint64 count; }
//
// followed by mapping(uint64 => Node) at the same slot, with
//
//	struct Node { bytes32 key; uint64 left; uint64 right; uint8 height; }
type Index struct{ slot common.Hash }

func (x *Index) place(l *layout, _ string) error {
	x.slot, _ = l.take(&cell{slots: 1})
	return nil
}

func (x *Index) move(slot common.Hash) { x.slot = slot }

// OrderedKey is a key that sorts by an amount of at most 192 bits, then by an
// identity. It reverts when the amount does not fit.
func OrderedKey(amount *uint256.Int, id uint64) common.Hash {
	if amount.BitLen() > 192 {
		panic(abort{panicCode(panicOverflow, "an amount does not fit an ordered key")})
	}
	key := new(uint256.Int).Lsh(amount, 64)
	return key.Or(key, uint256.NewInt(id)).Bytes32()
}

// SplitKey is what an OrderedKey was made of.
func SplitKey(key common.Hash) (amount *uint256.Int, id uint64) {
	amount = new(uint256.Int).SetBytes32(key[:])
	id = amount.Uint64()
	return amount.Rsh(amount, 64), id
}

// treeHead and treeNode are the index's records.
type treeHead struct{ root, next, free, count uint64 }

type treeNode struct {
	id          uint64
	key         common.Hash
	left, right uint64
	height      uint8
	oldKey      common.Hash
	oldLinks    common.Hash
}

// tree is one operation's view of an index: each node is read and written once.
type tree struct {
	ctx   *Context
	index *Index
	head  treeHead
	nodes []*treeNode
}

func (x *Index) open(ctx *Context) *tree {
	word := ctx.Load(x.slot)
	u := func(i int) uint64 { return new(uint256.Int).SetBytes(word[32-8*(i+1) : 32-8*i]).Uint64() }
	return &tree{ctx: ctx, index: x, head: treeHead{u(0), u(1), u(2), u(3)}}
}

func pack64(values ...uint64) (word common.Hash) {
	for i, v := range values {
		b := uint256.NewInt(v).Bytes32()
		copy(word[32-8*(i+1):32-8*i], b[24:])
	}
	return word
}

func (t *tree) place(id uint64) common.Hash {
	key := uint256.NewInt(id).Bytes32()
	return t.ctx.Hash(key[:], t.index.slot[:])
}

// node is the node of an id, nil for none.
func (t *tree) node(id uint64) *treeNode {
	if id == 0 {
		return nil
	}
	t.ctx.Charge(params.WarmStorageReadCostEIP2929)
	for _, n := range t.nodes {
		if n.id == id {
			return n
		}
	}
	at := t.place(id)
	n := &treeNode{id: id, key: t.ctx.Load(at), oldLinks: t.ctx.Load(addSlots(at, 1))}
	n.oldKey = n.key
	links := new(uint256.Int).SetBytes32(n.oldLinks[:])
	n.left = links.Uint64()
	n.right = links.Rsh(links, 64).Uint64()
	n.height = uint8(links.Rsh(links, 64).Uint64())
	t.nodes = append(t.nodes, n)
	return n
}

// close writes what has changed.
func (t *tree) close() {
	for _, n := range t.nodes {
		at, links := t.place(n.id), pack64(n.left, n.right, uint64(n.height))
		if n.key != n.oldKey {
			t.ctx.Store(at, n.key)
		}
		if links != n.oldLinks {
			t.ctx.Store(addSlots(at, 1), links)
		}
	}
	t.ctx.Store(t.index.slot, pack64(t.head.root, t.head.next, t.head.free, t.head.count))
}

// Insert adds a key and reports whether it is new.
func (x *Index) Insert(ctx *Context, key common.Hash) bool {
	ctx.write()
	t := x.open(ctx)
	root, added := t.insert(t.head.root, key)
	if !added {
		return false
	}
	t.head.root = root
	t.head.count++
	t.close()
	return true
}

func (t *tree) insert(id uint64, key common.Hash) (root uint64, added bool) {
	n := t.node(id)
	if n == nil {
		return t.create(key), true
	}
	switch bytes.Compare(key[:], n.key[:]) {
	case 0:
		return id, false
	case -1:
		n.left, added = t.insert(n.left, key)
	default:
		n.right, added = t.insert(n.right, key)
	}
	if !added {
		return id, false
	}
	return t.balance(n), true
}

// create takes a freed node or a new one.
func (t *tree) create(key common.Hash) uint64 {
	var n *treeNode
	if t.head.free != 0 {
		n = t.node(t.head.free)
		t.head.free = n.left // freed nodes form a list
		n.left, n.right = 0, 0
	} else {
		t.head.next++
		n = &treeNode{id: t.head.next}
		t.nodes = append(t.nodes, n)
	}
	n.key, n.height = key, 1
	return n.id
}

// Remove takes a key out and reports whether it was there.
func (x *Index) Remove(ctx *Context, key common.Hash) bool {
	ctx.write()
	t := x.open(ctx)
	root, removed := t.remove(t.head.root, key)
	if !removed {
		return false
	}
	t.head.root = root
	t.head.count--
	t.close()
	return true
}

func (t *tree) remove(id uint64, key common.Hash) (root uint64, removed bool) {
	n := t.node(id)
	if n == nil {
		return 0, false
	}
	switch bytes.Compare(key[:], n.key[:]) {
	case -1:
		n.left, removed = t.remove(n.left, key)
	case 1:
		n.right, removed = t.remove(n.right, key)
	default:
		if n.left == 0 || n.right == 0 {
			child := n.left | n.right
			t.release(n)
			return child, true
		}
		next := t.node(n.right) // the smallest of the right side takes its place
		for next.left != 0 {
			next = t.node(next.left)
		}
		n.key, removed = next.key, true
		n.right, _ = t.remove(n.right, next.key)
	}
	if !removed {
		return id, false
	}
	return t.balance(n), true
}

func (t *tree) release(n *treeNode) {
	n.key, n.left, n.right, n.height = common.Hash{}, t.head.free, 0, 0
	t.head.free = n.id
}

func (t *tree) height(id uint64) uint8 {
	if n := t.node(id); n != nil {
		return n.height
	}
	return 0
}

func (t *tree) update(n *treeNode) { n.height = 1 + max(t.height(n.left), t.height(n.right)) }

// balance restores the tree's balance at a node and gives the side's new root.
func (t *tree) balance(n *treeNode) uint64 {
	switch lean := int(t.height(n.left)) - int(t.height(n.right)); {
	case lean > 1:
		if left := t.node(n.left); t.height(left.left) < t.height(left.right) {
			n.left = t.rotateLeft(left)
		}
		return t.rotateRight(n)
	case lean < -1:
		if right := t.node(n.right); t.height(right.right) < t.height(right.left) {
			n.right = t.rotateRight(right)
		}
		return t.rotateLeft(n)
	}
	t.update(n)
	return n.id
}

func (t *tree) rotateRight(n *treeNode) uint64 {
	up := t.node(n.left)
	n.left, up.right = up.right, n.id
	t.update(n)
	t.update(up)
	return up.id
}

func (t *tree) rotateLeft(n *treeNode) uint64 {
	up := t.node(n.right)
	n.right, up.left = up.left, n.id
	t.update(n)
	t.update(up)
	return up.id
}

// Len is the number of keys.
func (x *Index) Len(ctx *Context) uint64 { return x.open(ctx).head.count }

// Has reports whether a key is in the index.
func (x *Index) Has(ctx *Context, key common.Hash) bool {
	found, ok := x.seek(ctx, key, true, true)
	return ok && found == key
}

// First is the smallest key that is not below from.
func (x *Index) First(ctx *Context, from common.Hash) (key common.Hash, ok bool) {
	return x.seek(ctx, from, true, true)
}

// Last is the largest key that is not above from.
func (x *Index) Last(ctx *Context, from common.Hash) (key common.Hash, ok bool) {
	return x.seek(ctx, from, false, true)
}

// seek finds the key nearest to from on one side.
func (x *Index) seek(ctx *Context, from common.Hash, up, inclusive bool) (best common.Hash, ok bool) {
	t := x.open(ctx)
	for n := t.node(t.head.root); n != nil; {
		order := bytes.Compare(n.key[:], from[:])
		switch {
		case order == 0 && inclusive:
			return n.key, true
		case up && order > 0:
			best, ok = n.key, true
			n = t.node(n.left)
		case up:
			n = t.node(n.right)
		case order < 0:
			best, ok = n.key, true
			n = t.node(n.right)
		default:
			n = t.node(n.left)
		}
	}
	return best, ok
}

// Highest is the largest word.
var Highest = common.MaxHash

// Ascend walks the keys from from on, smallest first. The index may change
// meanwhile. Stop the walk when enough is seen: each step costs a search.
func (x *Index) Ascend(ctx *Context, from common.Hash) iter.Seq[common.Hash] {
	return x.walk(ctx, from, true)
}

// Descend walks the keys from from down, largest first.
func (x *Index) Descend(ctx *Context, from common.Hash) iter.Seq[common.Hash] {
	return x.walk(ctx, from, false)
}

func (x *Index) walk(ctx *Context, from common.Hash, up bool) iter.Seq[common.Hash] {
	return func(yield func(common.Hash) bool) {
		key, ok := x.seek(ctx, from, up, true)
		for ok && yield(key) {
			key, ok = x.seek(ctx, key, up, false)
		}
	}
}
