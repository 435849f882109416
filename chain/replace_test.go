package chain

import (
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// replaceBalance gives an account another balance in the state after the head.
func replaceBalance(t *testing.T, c *Chain, account common.Address, wei uint64) {
	t.Helper()
	statedb, err := c.StateAt(c.Head().Header())
	require.NoError(t, err)
	statedb.SetBalance(account, uint256.NewInt(wei), tracing.BalanceChangeUnspecified)
	require.NoError(t, c.ReplaceState(statedb))
}

func requireBalance(t *testing.T, c *Chain, account common.Address, wei uint64) {
	t.Helper()
	statedb, err := c.StateAt(c.Head().Header())
	require.NoError(t, err)
	require.Equal(t, wei, statedb.GetBalance(account).Uint64())
}

// died opens what a process that is killed now leaves on disk.
func died(t *testing.T, c *Chain) *Chain {
	t.Helper()
	copied := Options{Dir: t.TempDir()}
	require.NoError(t, os.CopyFS(copied.Dir, os.DirFS(c.options.Dir)))
	return openTest(t, copied)
}

// A process that dies as soon as a state is replaced has it at the next start.
func TestReplacedStateIsOnDiskAtOnce(t *testing.T) {
	c := openTest(t, Options{Dir: t.TempDir()}) // not closed until the test ends
	account := testAddress(1)
	extend(t, c, 3, busy)
	for wei := range uint64(5) {
		replaceBalance(t, c, account, 1_000+wei)
		after := died(t, c)
		require.Equal(t, c.Head().Hash(), after.Head().Hash())
		require.Equal(t, c.StateRoot(), after.StateRoot())
		requireBalance(t, after, account, 1_000+wei)
	}
	extend(t, c, 2, busy)
	replaceBalance(t, c, account, 7)
	after := died(t, c)
	require.Equal(t, c.Head().Hash(), after.Head().Hash())
	requireBalance(t, after, account, 7)
	extend(t, after, 3, busy)
}

// One that dies before the new state is on disk has the old one.
func TestUnfinishedReplacementIsTakenBack(t *testing.T) {
	c := openTest(t, Options{Dir: t.TempDir()})
	account, missing := testAddress(1), common.Hash{0xff}
	extend(t, c, 3, busy)
	replaceBalance(t, c, account, 1_000)
	before := c.StateRoot()
	require.NoError(t, c.nameState(c.Head().Hash(), missing, before))
	after := died(t, c)
	require.Equal(t, before, after.StateRoot())
	requireBalance(t, after, account, 1_000)
	replaceBalance(t, after, account, 2_000)
	requireBalance(t, died(t, after), account, 2_000)
	require.NoError(t, c.nameState(c.Head().Hash(), before))
}
