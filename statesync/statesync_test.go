package statesync

import (
	"bytes"
	"crypto/sha256"
	"io"
	"log/slog"
	"math/big"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/chain"
)

func address(i int) common.Address {
	return common.BytesToAddress(crypto.Keccak256([]byte{byte(i), byte(i >> 8)}))
}

func openChain(t testing.TB, dir string) *chain.Chain {
	t.Helper()
	alloc := types.GenesisAlloc{address(0): {Balance: big.NewInt(1)}, address(-1): {Balance: big.NewInt(1)}}
	c, err := chain.Open(chain.Options{Dir: dir}, &core.Genesis{
		Config: params.MergedTestChainConfig, Alloc: alloc, GasLimit: 30_000_000, BaseFee: big.NewInt(1), Difficulty: new(big.Int),
	})
	require.NoError(t, err)
	return c
}

// extend commits blocks with random changes, the same on every chain, as young
// as blocks of a running chain are.
func extend(t testing.TB, c *chain.Chain, blocks int) {
	t.Helper()
	extendBy(t, c, blocks, func(number uint64, statedb *state.StateDB) {
		rng := rand.New(rand.NewSource(int64(number)))
		statedb.SetBalance(address(-1), new(uint256.Int), tracing.BalanceChangeUnspecified)
		for range 100 {
			account := address(rng.Intn(2000))
			statedb.AddBalance(account, uint256.NewInt(rng.Uint64()), tracing.BalanceChangeUnspecified)
			statedb.SetState(account, common.Hash{byte(rng.Intn(50))}, common.Hash{byte(rng.Intn(3))})
			if rng.Intn(3) == 0 {
				statedb.SetCode(account, []byte{0xfe, byte(rng.Intn(9))}, tracing.CodeChangeUnspecified)
			}
		}
	})
}

// extendBy commits blocks with the given changes of the state.
func extendBy(t testing.TB, c *chain.Chain, blocks int, change func(number uint64, statedb *state.StateDB)) {
	t.Helper()
	began := time.Now().Unix()
	for range blocks {
		parent := c.Head().Header()
		statedb, err := c.StateAt(parent)
		require.NoError(t, err)
		number, zero := parent.Number.Uint64()+1, uint64(0)
		change(number, statedb)
		statedb.Finalise(true)
		header := &types.Header{
			ParentHash: parent.Hash(), Number: new(big.Int).SetUint64(number), Time: max(uint64(began), parent.Time), Difficulty: new(big.Int),
			GasLimit: parent.GasLimit, BaseFee: big.NewInt(1), Root: statedb.IntermediateRoot(true),
			WithdrawalsHash: &types.EmptyWithdrawalsHash, BlobGasUsed: &zero, ExcessBlobGas: &zero,
			ParentBeaconRoot: &common.Hash{}, RequestsHash: &types.EmptyRequestsHash,
		}
		block := types.NewBlock(header, &types.Body{Withdrawals: []*types.Withdrawal{}}, nil, trie.NewStackTrie(nil))
		require.NoError(t, c.Commit(chain.Executed{Block: block, State: statedb}))
	}
}

// open makes the snapshots of a ledger, with small chunks so that there are
// many. Both are closed with the test.
func open(t testing.TB, c *chain.Chain, interval, keep uint64) *Snapshots {
	t.Helper()
	s, err := New(Options{
		Dir: t.TempDir(), Interval: interval, Keep: keep, Chain: c,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	require.NoError(t, err)
	s.size = 10_000
	t.Cleanup(func() {
		s.Close()
		c.Close()
	})
	return s
}

// commit brings the head's state to disk, tells of the head and waits for the
// snapshot that may follow.
func commit(t testing.TB, c *chain.Chain, s *Snapshots) {
	t.Helper()
	require.NoError(t, c.Persist(c.Head()))
	require.Eventually(t, func() bool {
		block := c.OnDisk()
		return block != nil && block.Hash() == c.Head().Hash()
	}, 10*time.Second, time.Millisecond)
	s.Committed(c.Head())
	s.writing.Wait()
}

// made is a ledger with one snapshot of its head.
func made(t testing.TB) (*chain.Chain, *Snapshots) {
	t.Helper()
	c := openChain(t, t.TempDir())
	s := open(t, c, 5, 2)
	extend(t, c, 20)
	commit(t, c, s)
	require.Len(t, s.List(), 1)
	return c, s
}

// all are the chunks of a snapshot, joined.
func all(t testing.TB, s *Snapshots, offer *abci.Snapshot) []byte {
	t.Helper()
	var stream []byte
	for i := range offer.Chunks {
		chunk, err := s.Load(offer.Height, offer.Format, i)
		require.NoError(t, err)
		require.NotEmpty(t, chunk)
		stream = append(stream, chunk...)
	}
	return stream
}

// cut makes a snapshot of a stream whose hashes are right, whatever is in it.
func cut(height uint64, stream []byte) (*abci.Snapshot, [][]byte) {
	offer := &abci.Snapshot{Height: height, Format: Format}
	var chunks [][]byte
	for len(stream) > 0 {
		n := min(len(stream), 10_000)
		chunks = append(chunks, stream[:n])
		sum := sha256.Sum256(stream[:n])
		offer.Metadata = append(offer.Metadata, sum[:]...)
		stream = stream[n:]
	}
	sum := sha256.Sum256(offer.Metadata)
	offer.Chunks, offer.Hash = uint32(len(chunks)), sum[:]
	return offer, chunks
}

// feed offers a snapshot and applies its chunks until one is not accepted.
func feed(t testing.TB, s *Snapshots, hash common.Hash, offer *abci.Snapshot, chunks [][]byte) abci.ResponseApplySnapshotChunk_Result {
	t.Helper()
	require.Equal(t, abci.ResponseOfferSnapshot_ACCEPT, s.Offer(offer, hash[:]))
	for i, chunk := range chunks {
		if result := s.Apply(uint32(i), chunk, "peer").Result; result != abci.ResponseApplySnapshotChunk_ACCEPT {
			return result
		}
	}
	return abci.ResponseApplySnapshotChunk_ACCEPT
}

func TestJoinContinuesLikeTheSource(t *testing.T) {
	source, offered := made(t)
	offer := offered.List()[0]
	require.Greater(t, offer.Chunks, uint32(5))
	dir := t.TempDir()
	c := openChain(t, dir)
	s := open(t, c, 0, 2)
	var restored *types.Block
	s.options.Restored = func(head *types.Block) error { restored = head; return nil }
	_, chunks := cut(offer.Height, all(t, offered, offer))
	require.Equal(t, abci.ResponseApplySnapshotChunk_ACCEPT, feed(t, s, source.Head().Hash(), offer, chunks))
	require.Equal(t, source.Head().Hash(), c.Head().Hash())
	require.Equal(t, source.Head().Hash(), restored.Hash())
	require.Equal(t, offered.List(), s.List(), "it can be passed on")
	require.Equal(t, all(t, offered, offer), all(t, s, offer))

	statedb, err := c.StateAt(c.Head().Header())
	require.NoError(t, err)
	require.False(t, statedb.Exist(address(-1)), "accounts of genesis that are gone stay gone")
	extend(t, source, 50)
	extend(t, c, 50)
	require.Equal(t, source.Head().Root(), c.Head().Root())
	require.Equal(t, abci.ResponseOfferSnapshot_ABORT, s.Offer(offer, source.Head().Hash().Bytes()), "the ledger has blocks of its own now")
}

func TestTheSameBlockGivesTheSameSnapshot(t *testing.T) {
	source, first := made(t)
	other := openChain(t, t.TempDir())
	second := open(t, other, 0, 1)
	offer := first.List()[0]
	_, chunks := cut(offer.Height, all(t, first, offer))
	require.Equal(t, abci.ResponseApplySnapshotChunk_ACCEPT, feed(t, second, source.Head().Hash(), offer, chunks))

	// One node executed the chain, the other was restored and is on disk
	// otherwise than the first.
	require.Eventually(t, func() bool { return other.Persist(other.Head()) == nil }, 10*time.Second, 5*time.Millisecond)
	done, err := second.take(other.Head())
	require.NoError(t, err)
	require.Equal(t, offer.Metadata, chunkHashes(all(t, first, offer)))
	require.Equal(t, offer.Metadata, done.hashes)
}

func chunkHashes(stream []byte) []byte {
	offer, _ := cut(1, stream)
	return offer.Metadata
}

func TestCorruptedChunkIsFetchedAgain(t *testing.T) {
	source, offered := made(t)
	offer := offered.List()[0]
	s := open(t, openChain(t, t.TempDir()), 0, 1)
	require.Equal(t, abci.ResponseOfferSnapshot_ACCEPT, s.Offer(offer, source.Head().Hash().Bytes()))
	chunk, err := offered.Load(offer.Height, Format, 0)
	require.NoError(t, err)
	spoiled := bytes.Clone(chunk)
	spoiled[len(spoiled)/2] ^= 1
	for _, bad := range [][]byte{spoiled, nil, chunk[:100], append(spoiled, 0)} {
		response := s.Apply(0, bad, "liar")
		require.Equal(t, abci.ResponseApplySnapshotChunk_RETRY, response.Result)
		require.Equal(t, []uint32{0}, response.RefetchChunks)
		require.Equal(t, []string{"liar"}, response.RejectSenders)
	}
	require.Equal(t, abci.ResponseApplySnapshotChunk_RETRY_SNAPSHOT, s.Apply(1, chunk, "peer").Result, "out of order")
	require.Equal(t, abci.ResponseApplySnapshotChunk_ACCEPT, s.Apply(0, chunk, "peer").Result)
}

func TestForgedSnapshotsAreRefused(t *testing.T) {
	source, offered := made(t)
	genuine, hash := all(t, offered, offered.List()[0]), source.Head().Hash()
	c := openChain(t, t.TempDir())
	s := open(t, c, 0, 1)
	refused := func(what string, stream []byte) {
		t.Helper()
		offer, chunks := cut(20, stream)
		require.Equal(t, abci.ResponseApplySnapshotChunk_REJECT_SNAPSHOT, feed(t, s, hash, offer, chunks), what)
		require.Equal(t, c.Genesis().Hash(), c.Head().Hash(), what)
		require.NoDirExists(t, filepath.Join(s.options.Dir, "joining"))
	}
	refused("cut off", genuine[:len(genuine)-1])
	refused("cut off between records", genuine[:len(genuine)-9])
	refused("cut off in the header", genuine[:100])
	refused("with something behind it", append(bytes.Clone(genuine), 0xc0))
	rng := rand.New(rand.NewSource(1))
	for range 60 {
		spoiled := bytes.Clone(genuine)
		spoiled[rng.Intn(len(spoiled))] ^= 1 << rng.Intn(8)
		refused("one bit differs", spoiled)
	}
	offer, chunks := cut(20, genuine)
	require.Equal(t, abci.ResponseApplySnapshotChunk_REJECT_SNAPSHOT, feed(t, s, common.Hash{1}, offer, chunks), "another block than the light client's")
	offer, chunks = cut(21, genuine)
	require.Equal(t, abci.ResponseApplySnapshotChunk_REJECT_SNAPSHOT, feed(t, s, hash, offer, chunks), "another height")
	offer, chunks = cut(20, genuine)
	require.Equal(t, abci.ResponseApplySnapshotChunk_ACCEPT, feed(t, s, hash, offer, chunks), "after all that, the genuine one")
}

func TestOffersOutOfBoundsAreRefused(t *testing.T) {
	_, offered := made(t)
	s := open(t, openChain(t, t.TempDir()), 0, 1)
	hash := make([]byte, 32)
	require.Equal(t, abci.ResponseApplySnapshotChunk_ABORT, s.Apply(0, nil, "peer").Result, "nothing was offered")
	for what, spoil := range map[string]func(*abci.Snapshot){
		"no chunks":         func(o *abci.Snapshot) { o.Chunks = 0 },
		"too many chunks":   func(o *abci.Snapshot) { o.Chunks = maxChunks + 1 },
		"a hash too few":    func(o *abci.Snapshot) { o.Metadata = o.Metadata[32:] },
		"another hash":      func(o *abci.Snapshot) { o.Hash = hash },
		"the genesis block": func(o *abci.Snapshot) { o.Height = 0 },
	} {
		offer := *offered.List()[0]
		spoil(&offer)
		require.Equal(t, abci.ResponseOfferSnapshot_REJECT, s.Offer(&offer, hash), what)
	}
	offer := offered.List()[0]
	require.Equal(t, abci.ResponseOfferSnapshot_REJECT, s.Offer(offer, hash[:5]))
	offer.Format++
	require.Equal(t, abci.ResponseOfferSnapshot_REJECT_FORMAT, s.Offer(offer, hash))
}

func TestOnlyTheNewestAreKept(t *testing.T) {
	c := openChain(t, t.TempDir())
	s := open(t, c, 3, 2)
	heights := func() (list []uint64) {
		for _, offer := range s.List() {
			list = append(list, offer.Height)
		}
		return list
	}
	for range 12 {
		extend(t, c, 1)
		commit(t, c, s)
	}
	require.Equal(t, []uint64{9, 12}, heights())
	_, err := s.Load(9, Format, 0) // a peer fetches it
	require.NoError(t, err)
	for range 6 {
		extend(t, c, 1)
		commit(t, c, s)
	}
	require.Equal(t, []uint64{9, 18}, heights(), "what a peer fetches is kept longer")
}

func TestIncompleteSnapshotsAreRemovedAtStart(t *testing.T) {
	_, s := made(t)
	complete := s.List()
	dir := s.options.Dir
	for _, name := range []string{"writing-25", "joining", "tm-statesync1", "30", "007"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o700))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "30", hashesFile), make([]byte, 32), 0o600)) // and no chunk
	again, err := New(s.options)
	require.NoError(t, err)
	require.Equal(t, complete, again.List())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestASnapshotThatCannotBeWrittenStopsNothing(t *testing.T) {
	c := openChain(t, t.TempDir())
	s := open(t, c, 1, 1)
	// A file where the folder should be fails even for a privileged user.
	require.NoError(t, os.RemoveAll(s.options.Dir))
	require.NoError(t, os.WriteFile(s.options.Dir, nil, 0o600))
	extend(t, c, 1)
	s.Committed(c.Head())
	s.writing.Wait()
	require.Empty(t, s.List())
	extend(t, c, 1)
}

func TestNoSnapshotWhileCatchingUp(t *testing.T) {
	c := openChain(t, t.TempDir())
	s := open(t, c, 1, 1)
	extend(t, c, 1)
	old := c.Head().Header()
	old.Time -= 2 * uint64(staleAfter.Seconds())
	s.Committed(types.NewBlockWithHeader(old))
	s.writing.Wait()
	require.Empty(t, s.List())
}
