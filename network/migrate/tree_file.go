package migrate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"

	"github.com/ethereum/go-ethereum/common"
)

// The marks of a dump of OpenZeppelin's StandardMerkleTree.
const treeFormat = "standard-v1"

var leafEncoding = []string{"address", "uint256"}

// treeFile is the JSON of a tree: a dump of OpenZeppelin's StandardMerkleTree, which StandardMerkleTree.load of the npm
// package reads, and beside it what people and wallets look for.
type treeFile struct {
	Format       string        `json:"format"`
	LeafEncoding []string      `json:"leafEncoding"`
	Root         common.Hash   `json:"root"`
	TotalWei     string        `json:"totalWei"`
	Count        int           `json:"count"`
	Values       []treeValue   `json:"values"`
	Tree         []common.Hash `json:"tree"`
}

type treeValue struct {
	Value     [2]string     `json:"value"` // address, amount in wei
	TreeIndex int           `json:"treeIndex"`
	Proof     []common.Hash `json:"proof"`
}

func (t *Tree) file() *treeFile {
	f := &treeFile{
		Format: treeFormat, LeafEncoding: leafEncoding, Root: t.Root(), TotalWei: t.holders.TotalWei().String(),
		Count: len(t.holders), Values: make([]treeValue, len(t.holders)), Tree: t.nodes,
	}
	for i, holder := range t.holders {
		f.Values[i] = treeValue{
			Value:     [2]string{fmt.Sprintf("%#x", holder.Address), holder.BalanceWei.String()},
			TreeIndex: t.leafAt[i], Proof: t.proofAt(t.leafAt[i]),
		}
	}
	return f
}

// Write writes the tree with the proof of each holder as JSON.
func (t *Tree) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	return encoder.Encode(t.file())
}

// ReadTree reads a file that Write made; see ParseTree.
func ReadTree(path string) (*Tree, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	tree, err := ParseTree(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return tree, nil
}

// ParseTree reads what Write wrote. It builds the tree again from the holders and refuses a file whose root, sum, nodes or
// proofs are others.
func ParseTree(content []byte) (*Tree, error) {
	var f treeFile
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTree, err)
	}
	if f.Format != treeFormat || !slices.Equal(f.LeafEncoding, leafEncoding) {
		return nil, fmt.Errorf("%w: it is a %q of %v, not a %q of %v", ErrTree, f.Format, f.LeafEncoding, treeFormat, leafEncoding)
	}
	list := make([]Holder, len(f.Values))
	for i, v := range f.Values {
		amountWei, ok := new(big.Int).SetString(v.Value[1], 10)
		if !ok || len(v.Value[0]) != 42 || !common.IsHexAddress(v.Value[0]) {
			return nil, fmt.Errorf("%w: value %d: %v is not an address and a whole number of wei", ErrTree, i, v.Value)
		}
		list[i] = Holder{common.HexToAddress(v.Value[0]), amountWei}
	}
	holders, err := newHolders(list)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTree, err)
	}
	tree, err := NewTree(holders)
	if err != nil {
		return nil, err
	}
	return tree, tree.compare(&f)
}

// compare says where a file differs from the tree that its holders make.
func (t *Tree) compare(f *treeFile) error {
	want := t.file()
	switch {
	case f.Root != want.Root:
		return fmt.Errorf("%w: the file says the root is %s, but its holders make %s", ErrTree, f.Root, want.Root)
	case f.TotalWei != want.TotalWei || f.Count != want.Count:
		return fmt.Errorf("%w: the file says %d holders and %s wei, but it has %d and %s", ErrTree, f.Count, f.TotalWei, want.Count, want.TotalWei)
	case !slices.Equal(f.Tree, want.Tree):
		return fmt.Errorf("%w: its nodes are not those that its holders make", ErrTree)
	}
	for i, v := range f.Values {
		if w := want.Values[i]; v.Value[1] != w.Value[1] || v.TreeIndex != w.TreeIndex || !slices.Equal(v.Proof, w.Proof) {
			return fmt.Errorf("%w: value %d, of %s, is out of order or has another place or proof than its leaf", ErrTree, i, v.Value[0])
		}
	}
	return nil
}
