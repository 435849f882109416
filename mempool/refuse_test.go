package mempool

import (
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
)

// What cannot be written to the journal is not accepted, and what it would have
// replaced stays.
func TestFullDiskRefuses(t *testing.T) {
	f := newFixture(t, Config{Journal: filepath.Join(t.TempDir(), "pool.journal")})
	kept := f.tx(0, 0, feeCap(3), tip(1))
	require.NoError(t, f.add(kept))
	require.NoError(t, f.journal.file.Close()) // nothing can be written any more

	better := []*types.Transaction{f.tx(0, 0, feeCap(30), tip(10)), f.tx(0, 0, feeCap(60), tip(20)), f.tx(1, 0)}
	for _, err := range f.Add(better, Local) {
		require.ErrorContains(t, err, "cannot keep transactions now")
	}
	require.NotNil(t, f.Get(kept.Hash()))
	pending, queued := f.Status()
	require.Equal(t, []int{1, 0}, []int{pending, queued})

	require.NoError(t, f.journal.rewrite(f.byHash)) // there is space again
	require.NoError(t, f.add(better[2]))
	txs, err := loadJournal(f.journal.path)
	require.NoError(t, err)
	require.Len(t, txs, 2)
}
