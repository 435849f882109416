package migrate

import (
	"bytes"
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"
)

// randomHolders makes a list of different accounts with different balances.
func randomHolders(random *rand.Rand, count int) Holders {
	list := make([]Holder, count)
	for i := range list {
		for j := range list[i].Address {
			list[i].Address[j] = byte(random.Uint32())
		}
		list[i].BalanceWei = new(big.Int).SetUint64(random.Uint64())
		list[i].BalanceWei.Lsh(list[i].BalanceWei, uint(random.IntN(60))).Add(list[i].BalanceWei, big.NewInt(1))
	}
	holders, err := newHolders(list)
	if err != nil {
		panic(err) // twenty random bytes do not come twice
	}
	return holders
}

// TestOpenZeppelin compares trees with those of the npm package @openzeppelin/merkle-tree; testdata/openzeppelin.mjs
// made them.
func TestOpenZeppelin(t *testing.T) {
	content, err := os.ReadFile("testdata/openzeppelin.json")
	require.NoError(t, err)
	var vectors []struct {
		Dump struct {
			Tree   []common.Hash
			Values []struct {
				Value     [2]string
				TreeIndex int
			}
		}
		Proofs [][]common.Hash
	}
	require.NoError(t, json.Unmarshal(content, &vectors))
	require.Len(t, vectors, 7)
	for _, vector := range vectors {
		var list []Holder
		for _, v := range vector.Dump.Values {
			amountWei, _ := new(big.Int).SetString(v.Value[1], 10)
			list = append(list, Holder{common.HexToAddress(v.Value[0]), amountWei})
		}
		holders, err := newHolders(append([]Holder(nil), list...))
		require.NoError(t, err)
		tree, err := NewTree(holders)
		require.NoError(t, err)
		require.Equal(t, vector.Dump.Tree, tree.nodes)
		for i, holder := range list {
			leaf, proof, err := tree.Proof(holder.Address)
			require.NoError(t, err)
			require.Equal(t, holder, leaf)
			require.Equal(t, vector.Proofs[i], proof)
			require.Equal(t, Leaf(holder), tree.nodes[vector.Dump.Values[i].TreeIndex])
		}
	}
}

func TestEveryProofVerifiesAndNoOther(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1, 2, 3, 7, 64, 65, 500} {
		tree, err := NewTree(randomHolders(random, size))
		require.NoError(t, err)
		for _, holder := range tree.Holders() {
			_, proof, err := tree.Proof(holder.Address)
			require.NoError(t, err)
			require.True(t, VerifyProof(tree.Root(), holder, proof))

			more := Holder{holder.Address, new(big.Int).Add(holder.BalanceWei, big.NewInt(1))}
			require.False(t, VerifyProof(tree.Root(), more, proof), "one wei more")
			other := holder
			other.Address[random.IntN(20)] ^= 1 << random.IntN(8)
			require.False(t, VerifyProof(tree.Root(), other, proof), "another account")
			require.False(t, VerifyProof(tree.Root(), holder, append(proof, common.Hash{1})), "a longer proof")
			if len(proof) > 0 {
				require.False(t, VerifyProof(tree.Root(), holder, proof[1:]), "a shorter proof")
				proof[random.IntN(len(proof))][random.IntN(32)] ^= 1 << random.IntN(8)
				require.False(t, VerifyProof(tree.Root(), holder, proof), "another sibling")
			}
		}
		_, _, err = tree.Proof(common.Address{1})
		require.ErrorIs(t, err, ErrTree)
	}
}

// An inner node must not pass for a leaf: 64 bytes that are two hashes could otherwise be an address and an amount.
func TestInnerNodesAreNoLeaves(t *testing.T) {
	tree, err := NewTree(randomHolders(rand.New(rand.NewPCG(3, 4)), 4))
	require.NoError(t, err)
	left, right := tree.nodes[1], tree.nodes[2]
	forged := Holder{common.Address(left[12:]), new(big.Int).SetBytes(right[:])}
	require.False(t, VerifyProof(tree.Root(), forged, nil))
	require.False(t, VerifyProof(tree.Root(), Holder{BalanceWei: big.NewInt(-1)}, nil))
	require.False(t, VerifyProof(tree.Root(), Holder{}, nil))
}

func TestTreeRefuses(t *testing.T) {
	one := big.NewInt(1)
	for want, holders := range map[string]Holders{
		"nobody is in it":      nil,
		"comes twice":          {{common.Address{1}, one}, {common.Address{1}, one}},
		"out of order":         {{common.Address{2}, one}, {common.Address{1}, one}},
		"not from 1":           {{common.Address{1}, new(big.Int)}},
		"not from 1 to 2^256":  {{common.Address{1}, new(big.Int).Lsh(one, 256)}},
		"the amount of 0x0200": {{common.Address{1}, one}, {common.Address{2}, nil}},
	} {
		_, err := NewTree(holders)
		require.ErrorIs(t, err, ErrTree)
		require.ErrorContains(t, err, want)
	}
}

func TestTreeFile(t *testing.T) {
	tree, err := NewTree(randomHolders(rand.New(rand.NewPCG(5, 6)), 5))
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, tree.Write(&file))
	again, err := ParseTree(file.Bytes())
	require.NoError(t, err)
	require.Equal(t, tree, again)

	change := func(edit func(*treeFile)) []byte {
		var f treeFile
		require.NoError(t, json.Unmarshal(file.Bytes(), &f))
		edit(&f)
		content, err := json.Marshal(f)
		require.NoError(t, err)
		return content
	}
	for want, content := range map[string][]byte{
		"holders make 0x":        change(func(f *treeFile) { f.Root[0] ^= 1 }),
		"but its holders make":   change(func(f *treeFile) { f.Values[2].Value[1] += "0" }),
		"wei, but it has":        change(func(f *treeFile) { f.TotalWei += "0" }),
		"6 holders and":          change(func(f *treeFile) { f.Count++ }),
		"its nodes are not":      change(func(f *treeFile) { f.Tree[1][0] ^= 1 }),
		"another place or proof": change(func(f *treeFile) { f.Values[1].Proof[0][0] ^= 1 }),
		"value 0, of":            change(func(f *treeFile) { f.Values[0].TreeIndex++ }),
		"out of order":           change(func(f *treeFile) { f.Values[0], f.Values[1] = f.Values[1], f.Values[0] }),
		"is in the lists twice":  change(func(f *treeFile) { f.Values[1] = f.Values[0] }),
		"is not an address":      change(func(f *treeFile) { f.Values[1].Value[0] = "0x12" }),
		"a whole number of wei":  change(func(f *treeFile) { f.Values[1].Value[1] = "1.5" }),
		`it is a "simple-v1"`:    change(func(f *treeFile) { f.Format = "simple-v1" }),
		"of [string]":            change(func(f *treeFile) { f.LeafEncoding = []string{"string"} }),
		"unknown field":          []byte(`{"roots": []}`),
		"invalid character":      []byte(`address,balance_wei`),
		"nobody is in it":        change(func(f *treeFile) { f.Values = nil }),
		"unexpected EOF":         file.Bytes()[:file.Len()/2],
	} {
		_, err := ParseTree(content)
		require.ErrorIs(t, err, ErrTree)
		require.ErrorContains(t, err, want)
	}
}

// FuzzParseTree looks for files that crash the program, or are read as a tree that they are not.
func FuzzParseTree(f *testing.F) {
	for _, size := range []int{1, 3} {
		tree, err := NewTree(randomHolders(rand.New(rand.NewPCG(7, 8)), size))
		require.NoError(f, err)
		var file bytes.Buffer
		require.NoError(f, tree.Write(&file))
		f.Add(file.String())
	}
	f.Fuzz(func(t *testing.T, content string) {
		tree, err := ParseTree([]byte(content))
		if err != nil {
			require.ErrorIs(t, err, ErrTree)
			return
		}
		for _, holder := range tree.Holders() {
			_, proof, err := tree.Proof(holder.Address)
			require.NoError(t, err)
			require.True(t, VerifyProof(tree.Root(), holder, proof))
		}
	})
}
