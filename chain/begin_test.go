package chain

import (
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/stretchr/testify/require"
)

// oddAlloc has what a genesis may hold: accounts with nothing, with a code that
// another has too, with storage, and with slots of zero.
func oddAlloc() types.GenesisAlloc {
	code := []byte{0x60, 0x00}
	return types.GenesisAlloc{
		{1}: {},
		{2}: {Balance: new(big.Int)},
		{3}: {Balance: big.NewInt(1), Code: code},
		{4}: {Nonce: 9, Code: code, Storage: map[common.Hash]common.Hash{{1}: {}, {2}: {31: 7}, {3}: {1}}},
		{5}: {Nonce: 1, Storage: map[common.Hash]common.Hash{{1}: {}}},
		{6}: {Balance: new(big.Int).Sub(new(big.Int).Lsh(common.Big1, 256), common.Big1)},
		{7}: {Code: []byte{0xfe}},
	}
}

// Block 0 is the one that go-ethereum makes of the same genesis.
func TestGenesisIsEthereums(t *testing.T) {
	for name, alloc := range map[string]types.GenesisAlloc{"none": nil, "odd": oddAlloc(), "ordinary": testGenesis().Alloc} {
		genesis := testGenesis()
		genesis.Alloc = alloc
		c, err := Open(Options{Dir: t.TempDir()}, genesis)
		require.NoError(t, err, name)
		require.Equal(t, genesis.ToBlock().Hash(), c.Genesis().Hash(), name)
		statedb, err := c.StateAt(c.Genesis())
		require.NoError(t, err, name)
		for address, account := range alloc {
			require.True(t, statedb.Exist(address), address)
			require.Equal(t, account.Nonce, statedb.GetNonce(address))
			require.Equal(t, string(account.Code), string(statedb.GetCode(address)))
			if account.Balance != nil {
				require.Zero(t, account.Balance.Cmp(statedb.GetBalance(address).ToBig()), address)
			}
			for slot, value := range account.Storage {
				require.Equal(t, value, statedb.GetState(address, slot))
			}
		}
		require.NoError(t, c.Close())
		genesis.Alloc = types.GenesisAlloc{{9}: {Balance: common.Big1}}
		_, err = Open(c.options, genesis)
		require.ErrorIs(t, err, ErrGenesisMismatch, name)
	}
}

func TestGenesisRefusesImpossibleBalances(t *testing.T) {
	for _, balance := range []*big.Int{big.NewInt(-1), new(big.Int).Lsh(common.Big1, 256)} {
		genesis := testGenesis()
		genesis.Alloc[common.Address{1}] = types.Account{Balance: balance}
		_, err := Open(Options{Dir: t.TempDir()}, genesis)
		require.ErrorContains(t, err, "256 bits")
	}
}

// The path database finds nothing to build and nothing to correct in the flat
// state of genesis.
func TestGenesisNeedsNoFlatStateToBeBuilt(t *testing.T) {
	options := Options{Dir: t.TempDir()}
	db, err := openDatabase(options.withDefaults())
	require.NoError(t, err)
	require.NoError(t, begin(db, options.withDefaults(), testGenesis()))
	config := options.withDefaults().trieConfig()
	config.PathDB.SnapshotNoBuild = true
	states := triedb.NewDatabase(db, config)
	require.True(t, states.SnapshotCompleted())
	require.NoError(t, states.VerifyState(genesisBlock(testGenesis(), rawdb.ReadSnapshotRoot(db)).Root()))
	require.NoError(t, states.Close())
	require.NoError(t, db.Close())
}

// Genesis is no entry of the state's history, but where it begins.
func TestGenesisStaysReadableAndReachable(t *testing.T) {
	c := openTest(t, Options{Dir: t.TempDir()})
	extend(t, c, 200, busy)
	require.True(t, c.triedb.SnapshotCompleted())
	statedb, err := c.StateAt(c.Genesis())
	require.NoError(t, err)
	for address, account := range testGenesis().Alloc {
		require.Zero(t, account.Balance.Cmp(statedb.GetBalance(address).ToBig()))
	}
	require.NoError(t, c.Rewind(0))
	extend(t, c, 3, busy)
}

// A ledger whose flat state is unfinished finishes it before anything else.
func TestOpenCompletesTheFlatState(t *testing.T) {
	options := Options{Dir: t.TempDir()}
	c := openTest(t, options)
	extend(t, c, 200, busy)
	root := rawdb.ReadSnapshotRoot(c.db)
	rawdb.DeleteSnapshotRoot(c.db)
	require.NoError(t, wipe(c.db, c.db.NewBatch(), rawdb.SnapshotAccountPrefix, func(key []byte) bool { return len(key) == 1+common.HashLength }))
	require.NoError(t, c.Close())

	c = openTest(t, options)
	require.True(t, c.triedb.SnapshotCompleted())
	require.Equal(t, root, rawdb.ReadSnapshotRoot(c.db))
	extend(t, c, 3, busy)
}

// One that dies before a state beyond genesis is on disk has histories of states
// that are lost.
func TestGenesisIsContinuedAfterACrash(t *testing.T) {
	options := Options{Dir: t.TempDir()}
	c := openTest(t, options) // not closed until the test ends
	idle := func(number uint64, s *state.StateDB) {
		s.SetNonce(testAddress(0), number+1, tracing.NonceChangeUnspecified)
	}
	extend(t, c, 140, idle)
	require.Equal(t, c.Genesis().Root, rawdb.ReadSnapshotRoot(c.db))
	copied := Options{Dir: t.TempDir()}
	require.NoError(t, os.CopyFS(copied.Dir, os.DirFS(options.Dir)))
	c = openTest(t, copied)
	require.Zero(t, c.Head().NumberU64())
	require.EqualValues(t, 1, c.StoredAbove().NumberU64())
	extend(t, c, 200, idle)
	statedb, err := c.StateAt(c.Header(20))
	require.NoError(t, err)
	require.EqualValues(t, 21, statedb.GetNonce(testAddress(0)))
}

// A process that dies as soon as the ledger is open leaves genesis on disk.
func TestGenesisIsOnDiskAtOnce(t *testing.T) {
	options := Options{Dir: t.TempDir()}
	openTest(t, options) // not closed until the test ends
	copied := Options{Dir: t.TempDir()}
	require.NoError(t, os.CopyFS(copied.Dir, os.DirFS(options.Dir)))
	c := openTest(t, copied)
	_, err := c.StateAt(c.Genesis())
	require.NoError(t, err)
	extend(t, c, 3, busy)
}

// One that dies while genesis is written begins anew.
func TestGenesisBeginsAnewAfterACrash(t *testing.T) {
	options := Options{Dir: t.TempDir()}
	ledger := filepath.Join(options.Dir, ledgerFolder)
	require.NoError(t, os.Mkdir(ledger, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(ledger, "CURRENT"), []byte("half of it"), 0o600))
	require.NoError(t, options.markIncomplete())
	c := openTest(t, options)
	extend(t, c, 3, busy)
	require.NoFileExists(t, filepath.Join(options.Dir, incompleteFile))
}
