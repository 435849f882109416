package chain

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/stretchr/testify/require"
)

// Warming reads every account and slot, and no more than the caches hold.
func TestWarmingReadsTheWholeState(t *testing.T) {
	c := openTest(t, Options{Dir: t.TempDir()})
	extend(t, c, 20, busy)
	root, accounts, flat := c.Head().Root(), 0, 0
	require.NoError(t, c.Persist(c.Head()))
	require.NoError(t, c.awaitPersisted(t.Context(), c.Head()))
	it := rawdb.NewKeyLengthIterator(c.db.NewIterator(rawdb.SnapshotAccountPrefix, nil), 1+common.HashLength)
	defer it.Release()
	for it.Next() {
		flat++
	}
	w := &warmer{db: c.triedb, nodes: newNodeCache(c.triedb, 1<<25), budget: 1 << 20}
	_, done := w.walk(t.Context(), trie.StateTrieID(root), nil, func(_, _ []byte) error { accounts++; return nil })
	require.True(t, done)
	require.Equal(t, flat, accounts)
	spent := 1<<20 - w.budget
	require.GreaterOrEqual(t, spent, accounts)

	all := &warmer{db: c.triedb, nodes: newNodeCache(c.triedb, 1<<25), budget: 1 << 20}
	last, done := all.accounts(t.Context(), root, nil)
	require.True(t, done)
	require.Len(t, last, common.HashLength)
	require.Greater(t, 1<<20-all.budget, spent, "slots are read too")

	little := &warmer{db: c.triedb, nodes: newNodeCache(c.triedb, 1<<25), budget: 10}
	_, done = little.accounts(t.Context(), root, nil)
	require.True(t, done)
	require.Negative(t, little.budget)

	again := &warmer{db: c.triedb, nodes: newNodeCache(c.triedb, 1<<25), budget: 1 << 20}
	_, done = again.accounts(t.Context(), root, last)
	require.True(t, done)
	require.Less(t, 1<<20-again.budget, spent, "it goes on where it was")
}

// A state that leaves memory meanwhile ends a walk, not the warming.
func TestWarmingSurvivesNewStates(t *testing.T) {
	c := openTest(t, Options{Dir: t.TempDir()})
	extend(t, c, 5, busy)
	var left atomic.Bool
	w := &warmer{db: c.triedb, nodes: newNodeCache(c.triedb, 1<<25), budget: 1 << 20}
	reached, done := w.walk(t.Context(), trie.StateTrieID(c.Head().Root()), nil, func(_, _ []byte) error {
		if !left.Swap(true) {
			extend(t, c, 150, func(number uint64, s *state.StateDB) {
				s.SetNonce(testAddress(0), 1000+number, tracing.NonceChangeUnspecified)
			})
		}
		return nil
	})
	require.False(t, done)
	require.Len(t, reached, common.HashLength)
	_, done = w.accounts(t.Context(), c.Head().Root(), reached)
	require.True(t, done)

	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	_, done = w.accounts(stopped, c.Head().Root(), nil)
	require.False(t, done)
}
