package contract_test

import (
	"bytes"
	"math/rand"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

type indexed struct{ Keys contract.Index }

func newIndexed(t testing.TB) (*indexed, *contract.Context) {
	s := &indexed{}
	require.NoError(t, contract.Layout(s))
	return s, contracttest.New(t).Open(newShelf(t))
}

// TestIndexIsAnOrderedSet compares it with a sorted slice.
func TestIndexIsAnOrderedSet(t *testing.T) {
	s, ctx := newIndexed(t)
	random := rand.New(rand.NewSource(2))
	var model []common.Hash
	find := func(key common.Hash) (int, bool) {
		return slices.BinarySearchFunc(model, key, func(a, b common.Hash) int { return bytes.Compare(a[:], b[:]) })
	}
	for range 4000 {
		key := contract.OrderedKey(uint256.NewInt(uint64(random.Intn(60))), uint64(random.Intn(5)))
		at, found := find(key)
		require.Equal(t, found, s.Keys.Has(ctx, key))
		switch random.Intn(3) {
		case 0, 1:
			require.Equal(t, !found, s.Keys.Insert(ctx, key))
			if !found {
				model = slices.Insert(model, at, key)
			}
		default:
			require.Equal(t, found, s.Keys.Remove(ctx, key))
			if found {
				model = slices.Delete(model, at, at+1)
			}
		}
		require.EqualValues(t, len(model), s.Keys.Len(ctx))
		at, _ = find(key)
		require.Equal(t, model[at:], nonNil(slices.Collect(s.Keys.Ascend(ctx, key))))
		down := slices.Clone(model[:at])
		if s.Keys.Has(ctx, key) {
			down = append(down, key)
		}
		slices.Reverse(down)
		require.Equal(t, down, nonNil(slices.Collect(s.Keys.Descend(ctx, key))))
	}
	for _, key := range slices.Clone(model) {
		require.True(t, s.Keys.Remove(ctx, key))
	}
	_, any := s.Keys.First(ctx, common.Hash{})
	require.False(t, any)
}

func nonNil(list []common.Hash) []common.Hash { return append([]common.Hash{}, list...) }

// TestIndexMayChangeUnderAWalk removes what a walk has just seen.
func TestIndexMayChangeUnderAWalk(t *testing.T) {
	s, ctx := newIndexed(t)
	for i := range uint64(100) {
		s.Keys.Insert(ctx, contract.OrderedKey(uint256.NewInt(i), 0))
	}
	next := uint64(0)
	for key := range s.Keys.Ascend(ctx, common.Hash{}) {
		amount, _ := contract.SplitKey(key)
		require.Equal(t, next, amount.Uint64())
		next++
		require.True(t, s.Keys.Remove(ctx, key))
	}
	require.EqualValues(t, 100, next)
	require.Zero(t, s.Keys.Len(ctx))
}

// TestIndexStaysBalanced inserts in order, the worst case of an unbalanced tree.
func TestIndexStaysBalanced(t *testing.T) {
	const n = 1024
	shelf := newShelf(t)
	c := contracttest.New(t, shelf)
	for i := range uint32(n) {
		c.Must(common.Address{1}, shelf, nil, "order", i)
	}
	for i := uint32(0); i < n; i += 37 {
		result := c.Try(common.Address{1}, shelf, nil, "ordered", i)
		require.NoError(t, result.Err)
		require.Less(t, result.GasUsed, uint64(15*(2*2100+400)), "a search reads at most 1.45 log n nodes")
	}
}
