package node

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/privval"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/network"
)

func ignore(Progress) {}

// grow runs a node until it has included a number of transfers, each in a block
// of its own, and stops it. It returns the hashes of its blocks.
func grow(t *testing.T, home network.Home, transfers int) []common.Hash {
	t.Helper()
	accounts, err := network.DevAccounts(1)
	require.NoError(t, err)
	n := startNode(t, testSettings(home))
	for range transfers {
		tx := transfer(t, n, accounts[0], n.Pool.Nonce(accounts[0].Address))
		send(t, n, tx)
		waitIncluded(t, n, tx.Hash())
	}
	require.NoError(t, n.Close())
	l := openLedger(t, home)
	hashes := make([]common.Hash, l.Chain.Head().NumberU64()+1)
	for i := range hashes {
		hashes[i] = l.Chain.Hash(uint64(i))
	}
	require.NoError(t, l.Close())
	return hashes
}

func openLedger(t *testing.T, home network.Home) *Ledger {
	t.Helper()
	l, err := OpenLedger(testSettings(home))
	require.NoError(t, err)
	return l
}

// sibling is a fresh home of the same chain.
func sibling(t *testing.T, home network.Home) network.Home {
	t.Helper()
	other := network.Home(filepath.Join(t.TempDir(), "sibling"))
	_, _, err := network.Adopt(home.Genesis(), other)
	require.NoError(t, err)
	return other
}

func TestExportAndImport(t *testing.T) {
	home := newHome(t)
	hashes := grow(t, home, 4)
	head := uint64(len(hashes) - 1)
	require.GreaterOrEqual(t, head, uint64(4))
	dir := t.TempDir()
	whole, first, rest := filepath.Join(dir, "all.rlp"), filepath.Join(dir, "first.rlp.gz"), filepath.Join(dir, "rest.rlp")

	l := openLedger(t, home)
	var reported []uint64
	require.NoError(t, l.Export(t.Context(), whole, ExportRange{}, func(p Progress) { reported = append(reported, p.Block) }))
	require.Len(t, reported, int(head))
	require.Equal(t, head, reported[head-1])
	require.NoError(t, l.Export(t.Context(), first, ExportRange{To: 2}, ignore))
	require.NoError(t, l.Export(t.Context(), rest, ExportRange{From: 2}, ignore))
	require.ErrorContains(t, l.Export(t.Context(), whole, ExportRange{}, ignore), "exists already")
	require.ErrorContains(t, l.Export(t.Context(), dir+"/x", ExportRange{From: 3, To: 2}, ignore), "export blocks 3 to 2")
	require.ErrorContains(t, l.Export(t.Context(), dir+"/x", ExportRange{To: head + 1}, ignore), "there are blocks up to")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, l.Export(cancelled, dir+"/x", ExportRange{}, ignore), context.Canceled)
	require.NoFileExists(t, dir+"/x.partial")
	require.NoError(t, l.Import(t.Context(), whole, ignore), "its own blocks again")
	carried := l.Chain.ConsensusHash(head)
	require.NoError(t, l.Close())

	other := openLedger(t, sibling(t, home))
	require.ErrorIs(t, other.Import(t.Context(), rest, ignore), ErrImport, "block 1 is missing")
	require.NoError(t, other.Import(t.Context(), first, ignore))
	require.EqualValues(t, 2, other.Chain.Head().NumberU64())
	require.NoError(t, other.Import(t.Context(), rest, ignore))
	for number, hash := range hashes {
		require.Equal(t, hash, other.Chain.Hash(uint64(number)))
	}
	require.Equal(t, carried, other.Chain.ConsensusHash(head))
	require.NoError(t, other.Close())
}

func TestImportRefusesWhatDoesNotFollow(t *testing.T) {
	home := newHome(t)
	grow(t, home, 2)
	path := filepath.Join(t.TempDir(), "blocks")
	l := openLedger(t, home)
	require.NoError(t, l.Export(t.Context(), path, ExportRange{}, ignore))
	require.NoError(t, l.Close())
	stranger := openLedger(t, newHome(t))
	require.ErrorContains(t, stranger.Import(t.Context(), path, ignore), "follow the genesis")
	require.NoError(t, stranger.Close())

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	other := openLedger(t, sibling(t, home))
	defer func() { require.NoError(t, other.Close()) }()
	for what, change := range map[string]func(*types.Header){
		"state":     func(h *types.Header) { h.Root[0]++ },
		"gas limit": func(h *types.Header) { h.GasLimit++ },
		"base fee":  func(h *types.Header) { h.BaseFee.Add(h.BaseFee, common.Big1) },
		"parent":    func(h *types.Header) { h.ParentHash[0]++ },
		"extra":     func(h *types.Header) { h.Extra = []byte{1} },
		"gas used":  func(h *types.Header) { h.GasUsed++ },
	} {
		forged := filepath.Join(t.TempDir(), "forged")
		require.NoError(t, os.WriteFile(forged, forge(t, content, change), 0o600))
		require.ErrorIs(t, other.Import(t.Context(), forged, ignore), ErrImport, what)
		require.Zero(t, other.Chain.Head().NumberU64(), what)
	}
	cut := filepath.Join(t.TempDir(), "cut")
	require.NoError(t, os.WriteFile(cut, content[:len(content)-3], 0o600))
	require.ErrorIs(t, other.Import(t.Context(), cut, ignore), ErrBlockFile)
}

// forge changes the header of a block file's first block.
func forge(t *testing.T, content []byte, change func(*types.Header)) []byte {
	t.Helper()
	blocks, err := openBlocks(bytes.NewReader(content))
	require.NoError(t, err)
	item, err := blocks.read()
	require.NoError(t, err)
	header := item.Block.Header()
	change(header)
	item.Block = item.Block.WithSeal(header)
	blocks.head.Last = blocks.head.First
	var out bytes.Buffer
	require.NoError(t, rlp.Encode(&out, &blocks.head))
	require.NoError(t, rlp.Encode(&out, item))
	return out.Bytes()
}

// A home whose ledger is lost is rebuilt from a file, up to where its own
// consensus is, and goes on.
func TestImportRebuildsALedger(t *testing.T) {
	home := newHome(t)
	grow(t, home, 2)
	beyond, decided := filepath.Join(t.TempDir(), "beyond"), filepath.Join(t.TempDir(), "decided")
	l := openLedger(t, home)
	require.NoError(t, l.Export(t.Context(), beyond, ExportRange{}, ignore))
	_, err := l.Rollback(RollbackOptions{Blocks: 1})
	require.NoError(t, err)
	require.NoError(t, l.Export(t.Context(), decided, ExportRange{}, ignore))
	require.NoError(t, l.Close())
	for _, folder := range []string{"ledger", "history"} {
		require.NoError(t, os.RemoveAll(filepath.Join(home.Data(), folder)))
	}
	l = openLedger(t, home)
	require.ErrorContains(t, l.Import(t.Context(), beyond, ignore), "consensus in this home only decided up to block")
	require.NoError(t, l.Import(t.Context(), decided, ignore))
	require.NoError(t, l.Close())
	grow(t, home, 1)
}

func TestRollbackAndContinue(t *testing.T) {
	home := newHome(t)
	hashes := grow(t, home, 5)
	head := uint64(len(hashes) - 1)
	l := openLedger(t, home)
	_, err := l.Rollback(RollbackOptions{})
	require.ErrorIs(t, err, ErrRollback)
	_, err = l.Rollback(RollbackOptions{Blocks: head})
	require.ErrorIs(t, err, ErrRollback, "block 1 is the lowest")
	done, err := l.Rollback(RollbackOptions{Blocks: 3})
	require.NoError(t, err)
	require.Equal(t, Rollback{From: head, To: head - 3, VotesForgotten: true}, *done)
	require.Equal(t, head-3, l.Chain.Head().NumberU64())
	require.NoError(t, l.Close())

	settings := testSettings(home)
	record := privval.LoadFilePV(settings.Comet.PrivValidatorKeyFile(), settings.Comet.PrivValidatorStateFile()).LastSignState
	require.EqualValues(t, head-3, record.Height)

	after := grow(t, home, 4)
	require.Greater(t, uint64(len(after)-1), head-3)
	require.Equal(t, hashes[:head-2], after[:head-2], "what was not taken back")
	require.NotEqual(t, hashes[head-2], after[head-2], "a block at another time")
	grow(t, home, 1) // and a restart after that
}

// A home whose genesis document names no application version goes on too: its
// blocks carry the version that the application told.
func TestRollbackWithoutAnApplicationVersionInGenesis(t *testing.T) {
	home := newHome(t)
	content, err := os.ReadFile(home.Genesis())
	require.NoError(t, err)
	pattern := regexp.MustCompile(`("app":\s*)"1"`)
	require.Len(t, pattern.FindAll(content, -1), 1)
	require.NoError(t, os.WriteFile(home.Genesis(), pattern.ReplaceAll(content, []byte(`${1}"0"`)), 0o600))
	hashes := grow(t, home, 4)
	for range 2 {
		l := openLedger(t, home)
		_, err = l.Rollback(RollbackOptions{Blocks: uint64(len(hashes)) - 2}) // to block 1
		require.NoError(t, err)
		require.NoError(t, l.Close())
		hashes = grow(t, home, 2)
	}
}

// A validator of a network keeps its record of votes.
func TestRollbackKeepsVotesOfANetwork(t *testing.T) {
	home := newHome(t)
	hashes := grow(t, home, 3)
	settings := testSettings(home)
	l := openLedger(t, home)
	decided, err := l.openDecided()
	require.NoError(t, err)
	state, err := decided.states.Load()
	require.NoError(t, err)
	require.NoError(t, decided.close())
	state.Validators = state.Validators.Copy()
	other := *state.Validators.Validators[0]
	other.Address = append([]byte{}, other.Address...)
	other.Address[0]++
	state.Validators.Validators = append(state.Validators.Validators, &other)

	votes := func() int64 {
		return privval.LoadFilePV(settings.Comet.PrivValidatorKeyFile(), settings.Comet.PrivValidatorStateFile()).LastSignState.Height
	}
	before := votes()
	forgotten, err := l.forgetVotes(state, 1, false)
	require.NoError(t, err)
	require.False(t, forgotten)
	require.Equal(t, before, votes())
	forgotten, err = l.forgetVotes(state, 1, true)
	require.NoError(t, err)
	require.True(t, forgotten)
	require.EqualValues(t, 1, votes())
	require.NotEmpty(t, hashes)
	require.NoError(t, l.Close())
}

func TestRollbackOfALedgerWithoutConsensus(t *testing.T) {
	home := newHome(t)
	grow(t, home, 3)
	path := filepath.Join(t.TempDir(), "blocks")
	l := openLedger(t, home)
	require.NoError(t, l.Export(t.Context(), path, ExportRange{}, ignore))
	require.NoError(t, l.Close())
	other := openLedger(t, sibling(t, home))
	require.NoError(t, other.Import(t.Context(), path, ignore))
	done, err := other.Rollback(RollbackOptions{Blocks: 2})
	require.NoError(t, err)
	require.Equal(t, done.From-2, other.Chain.Head().NumberU64())
	require.NoError(t, other.Import(t.Context(), path, ignore), "the blocks again")
	require.Equal(t, done.From, other.Chain.Head().NumberU64())
	require.NoError(t, other.Close())
}

func TestCompact(t *testing.T) {
	home := newHome(t)
	grow(t, home, 3)
	l := openLedger(t, home)
	done, err := l.Compact()
	require.NoError(t, err)
	require.NotZero(t, done.Before.Ledger)
	require.NotZero(t, done.Before.Consensus)
	require.NotZero(t, done.After.Total())
	grow(t, home, 1)
}

func TestMaintenanceNeedsAStoppedNode(t *testing.T) {
	home := newHome(t)
	config := testSettings(home).Comet
	db, err := cmtcfg.DefaultDBProvider(&cmtcfg.DBContext{ID: "state", Config: config})
	require.NoError(t, err)
	_, err = openComet(config, "state")
	require.ErrorIs(t, err, ErrRunning)
	require.NoError(t, db.Close())
}

func FuzzBlockFile(f *testing.F) {
	head := blockFileHead{Magic: blockFileMagic, Version: blockFileVersion, First: 1, Last: 1}
	header := &types.Header{Number: common.Big1, Difficulty: common.Big0, BaseFee: common.Big1, ParentBeaconRoot: new(common.Hash)}
	var out bytes.Buffer
	if err := errors.Join(rlp.Encode(&out, &head), rlp.Encode(&out, &blockItem{Block: types.NewBlockWithHeader(header)})); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add(out.Bytes()[:out.Len()/2])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, content []byte) {
		blocks, err := openBlocks(bytes.NewReader(content))
		if err != nil {
			require.ErrorIs(t, err, ErrBlockFile)
			return
		}
		for want := blocks.head.First; ; want++ {
			item, err := blocks.read()
			if err == io.EOF {
				require.Equal(t, blocks.head.Last+1, want)
				return
			}
			if err != nil {
				require.ErrorIs(t, err, ErrBlockFile)
				return
			}
			require.Equal(t, want, item.Block.NumberU64())
		}
	})
}
