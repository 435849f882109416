package migrate

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// ErrTree is wrapped by every error about a claim tree.
var ErrTree = errors.New("invalid claim tree")

// Tree is the Merkle tree of what holders may claim: OpenZeppelin's StandardMerkleTree over (address, uint256), which
// their MerkleProof.sol and the npm package @openzeppelin/merkle-tree verify. A leaf is
//
//	keccak256(keccak256(abi.encode(address holder, uint256 amountWei)))
//
// hashed twice so that no inner node passes for a leaf; an inner node is the hash of its two children in ascending order.
type Tree struct {
	holders Holders
	nodes   []common.Hash // nodes[0] is the root; the children of nodes[i] are nodes[2i+1] and nodes[2i+2]
	leafAt  []int         // for each holder, its index in nodes
}

// NewTree builds the tree of at least one holder.
func NewTree(holders Holders) (*Tree, error) {
	if len(holders) == 0 {
		return nil, fmt.Errorf("%w: nobody is in it; a chain without claims needs no tree", ErrTree)
	}
	order := make([]int, len(holders))
	leaves := make([]common.Hash, len(holders))
	for i, holder := range holders {
		if i > 0 && holder.Address.Cmp(holders[i-1].Address) <= 0 {
			return nil, fmt.Errorf("%w: %s comes twice or out of order", ErrTree, holder.Address)
		}
		if holder.BalanceWei == nil || holder.BalanceWei.Sign() <= 0 || holder.BalanceWei.BitLen() > 256 {
			return nil, fmt.Errorf("%w: the amount of %s is not from 1 to 2^256-1 wei", ErrTree, holder.Address)
		}
		order[i], leaves[i] = i, Leaf(holder)
	}
	slices.SortFunc(order, func(a, b int) int { return leaves[a].Cmp(leaves[b]) })
	t := &Tree{holders: holders, nodes: make([]common.Hash, 2*len(holders)-1), leafAt: make([]int, len(holders))}
	for place, i := range order {
		t.leafAt[i] = len(t.nodes) - 1 - place
		t.nodes[t.leafAt[i]] = leaves[i]
	}
	for i := len(holders) - 2; i >= 0; i-- {
		t.nodes[i] = hashPair(t.nodes[2*i+1], t.nodes[2*i+2])
	}
	return t, nil
}

// Leaf is the hash of a holder's leaf.
func Leaf(holder Holder) common.Hash {
	var encoded [64]byte
	copy(encoded[12:32], holder.Address[:])
	holder.BalanceWei.FillBytes(encoded[32:])
	return crypto.Keccak256Hash(crypto.Keccak256(encoded[:]))
}

func hashPair(a, b common.Hash) common.Hash {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	return crypto.Keccak256Hash(a[:], b[:])
}

// Root is the hash that a genesis names.
func (t *Tree) Root() common.Hash { return t.nodes[0] }

// Holders are those who may claim, and how much.
func (t *Tree) Holders() Holders { return t.holders }

// Proof is what shows that a holder is in the tree: the siblings on the way from its leaf to the root. The error wraps
// ErrTree when the address is not in it.
func (t *Tree) Proof(address common.Address) (Holder, []common.Hash, error) {
	i, found := slices.BinarySearchFunc(t.holders, address, func(h Holder, a common.Address) int { return h.Address.Cmp(a) })
	if !found {
		return Holder{}, nil, fmt.Errorf("%w: %s is not in it, so that it has nothing to claim", ErrTree, address)
	}
	return t.holders[i], t.proofAt(t.leafAt[i]), nil
}

func (t *Tree) proofAt(node int) []common.Hash {
	proof := []common.Hash{}
	for ; node > 0; node = (node - 1) / 2 {
		sibling := node + 1
		if node%2 == 0 {
			sibling = node - 1
		}
		proof = append(proof, t.nodes[sibling])
	}
	return proof
}

// VerifyProof reports whether a proof shows that the tree with this root has the holder with exactly this amount.
func VerifyProof(root common.Hash, holder Holder, proof []common.Hash) bool {
	if holder.BalanceWei == nil || holder.BalanceWei.Sign() <= 0 || holder.BalanceWei.BitLen() > 256 {
		return false
	}
	node := Leaf(holder)
	for _, sibling := range proof {
		node = hashPair(node, sibling)
	}
	return node == root
}
