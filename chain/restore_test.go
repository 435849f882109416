package chain

import (
	"context"
	"errors"
	"maps"
	"math/big"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/filtermaps"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb/memorydb"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// gone is an account of genesis that the first block empties.
var gone = common.HexToAddress("0x60e60e60e60e60e60e60e60e60e60e60e60e60e6")

var logger = common.HexToAddress("0x1099e71099e71099e71099e71099e71099e71099")

func testAddress(i int) common.Address {
	return common.BytesToAddress(crypto.Keccak256([]byte{byte(i), byte(i >> 8), 'a'}))
}

func testGenesis() *core.Genesis {
	alloc := types.GenesisAlloc{gone: {Balance: big.NewInt(7), Storage: map[common.Hash]common.Hash{{1}: {2}}}}
	for i := range 50 {
		alloc[testAddress(i)] = types.Account{Balance: big.NewInt(int64(i + 1)), Nonce: 1}
	}
	return &core.Genesis{Config: params.MergedTestChainConfig, Alloc: alloc, GasLimit: 30_000_000, BaseFee: big.NewInt(1), Difficulty: new(big.Int)}
}

func openTest(t *testing.T, options Options) *Chain {
	t.Helper()
	c, err := Open(options, testGenesis())
	require.NoError(t, err)
	t.Cleanup(func() {
		if _, err := c.db.Has(originKey); err == nil { // not closed by the test
			c.Close()
		}
	})
	return c
}

// extend commits blocks whose states differ by what change does and whose
// only receipt has one log with the block's number as its topic.
func extend(t *testing.T, c *Chain, blocks int, change func(number uint64, s *state.StateDB)) {
	t.Helper()
	for range blocks {
		parent := c.Head().Header()
		statedb, err := c.StateAt(parent)
		require.NoError(t, err)
		number := parent.Number.Uint64() + 1
		change(number, statedb)
		statedb.Finalise(true)
		zero := uint64(0)
		header := &types.Header{
			ParentHash: parent.Hash(), Number: new(big.Int).SetUint64(number), Time: number, Difficulty: new(big.Int),
			GasLimit: parent.GasLimit, GasUsed: 21000, BaseFee: big.NewInt(1), Root: statedb.IntermediateRoot(true),
			WithdrawalsHash: &types.EmptyWithdrawalsHash, BlobGasUsed: &zero, ExcessBlobGas: &zero,
			ParentBeaconRoot: &common.Hash{}, RequestsHash: &types.EmptyRequestsHash,
		}
		tx := types.NewTx(&types.LegacyTx{Nonce: number, Gas: 21000, GasPrice: common.Big1, To: &logger, Value: common.Big0})
		receipts := types.Receipts{{
			Status: 1, CumulativeGasUsed: 21000, TxHash: tx.Hash(), GasUsed: 21000,
			Logs: []*types.Log{{Address: logger, Topics: []common.Hash{topic(number)}, Data: []byte{1}, BlockNumber: number, TxHash: tx.Hash()}},
		}}
		receipts[0].Bloom = types.CreateBloom(receipts[0])
		body := &types.Body{Transactions: types.Transactions{tx}, Withdrawals: []*types.Withdrawal{}}
		block := types.NewBlock(header, body, receipts, trie.NewStackTrie(nil))
		receipts[0].BlockHash, receipts[0].Logs[0].BlockHash = block.Hash(), block.Hash()
		require.NoError(t, c.Commit(Executed{Block: block, Receipts: receipts, State: statedb, ConsensusHash: common.Hash{byte(number)}}))
	}
}

func topic(number uint64) common.Hash { return common.BigToHash(new(big.Int).SetUint64(number)) }

// busy changes balances, storage and code at random, reproducibly.
func busy(number uint64, s *state.StateDB) {
	rng := rand.New(rand.NewSource(int64(number)))
	if number == 1 {
		s.SetBalance(gone, new(uint256.Int), tracing.BalanceChangeUnspecified)
	}
	for range 20 {
		address := testAddress(rng.Intn(200))
		s.AddBalance(address, uint256.NewInt(rng.Uint64()), tracing.BalanceChangeUnspecified)
		slot := common.Hash{byte(rng.Intn(40))}
		switch rng.Intn(4) {
		case 0:
			s.SetCode(address, []byte{0xfe, byte(rng.Intn(5))}, tracing.CodeChangeUnspecified)
		case 1:
			s.SetState(address, slot, common.Hash{})
		default:
			s.SetState(address, slot, common.Hash{byte(rng.Intn(256)), 1})
		}
	}
}

// recording is an exported origin whose state can be read again and again.
func recording(t *testing.T, c *Chain) *Origin {
	t.Helper()
	block := c.Head()
	require.NoError(t, c.Persist(block))
	origin, release, err := c.Export(context.Background(), block)
	require.NoError(t, err)
	defer release()
	var tape tape
	require.NoError(t, origin.State(&tape))
	origin.State = func(sink StateSink) error {
		for _, play := range tape {
			if err := play(sink); err != nil {
				return err
			}
		}
		return nil
	}
	return origin
}

type tape []func(StateSink) error

func (r *tape) Account(hash common.Hash, nonce uint64, balance *uint256.Int, codeHash common.Hash) error {
	*r = append(*r, func(s StateSink) error { return s.Account(hash, nonce, balance, codeHash) })
	return nil
}

func (r *tape) Code(code []byte) error {
	*r = append(*r, func(s StateSink) error { return s.Code(code) })
	return nil
}

func (r *tape) Slot(hash common.Hash, value []byte) error {
	value = common.CopyBytes(value)
	*r = append(*r, func(s StateSink) error { return s.Slot(hash, value) })
	return nil
}

// requireSameState compares what two ledgers answer about their heads' states,
// and proves every account against the header.
func requireSameState(t *testing.T, want, got *Chain) {
	t.Helper()
	header := got.Head().Header()
	require.Equal(t, want.Head().Hash(), header.Hash())
	a, err := want.StateAt(want.Head().Header())
	require.NoError(t, err)
	b, err := got.StateAt(header)
	require.NoError(t, err)
	accounts, err := got.States().OpenTrie(header.Root)
	require.NoError(t, err)
	for i := range 201 {
		address := gone
		if i < 200 {
			address = testAddress(i)
		}
		require.Equal(t, a.Exist(address), b.Exist(address))
		require.Equal(t, a.GetBalance(address), b.GetBalance(address))
		require.Equal(t, a.GetNonce(address), b.GetNonce(address))
		require.Equal(t, a.GetCode(address), b.GetCode(address))
		for slot := range 40 {
			require.Equal(t, a.GetState(address, common.Hash{byte(slot)}), b.GetState(address, common.Hash{byte(slot)}))
		}
		proof := memorydb.New()
		require.NoError(t, accounts.Prove(crypto.Keccak256(address[:]), proof))
		value, err := trie.VerifyProof(header.Root, crypto.Keccak256(address[:]), proof)
		require.NoError(t, err)
		require.Equal(t, b.Exist(address), value != nil)
	}
}

func TestRestoreContinuesLikeTheOriginal(t *testing.T) {
	source := openTest(t, Options{Dir: t.TempDir()})
	extend(t, source, 300, busy)
	origin := recording(t, source)
	require.Len(t, origin.Ancestors, OriginAncestors)

	options := Options{Dir: t.TempDir(), LogIndex: true}
	c := openTest(t, options)
	genesis := c.Head()
	heads := make(chan HeadEvent, 1)
	following := c.SubscribeHead(heads)
	require.NoError(t, c.Restore(origin.Block.Hash(), origin))

	require.Equal(t, origin.Block.Hash(), (<-heads).Block.Hash())
	following.Unsubscribe()
	requireSameState(t, source, c)
	require.EqualValues(t, 300, c.Earliest())
	require.True(t, c.AtOrigin())
	require.Equal(t, source.Receipts(origin.Block.Hash())[0].Logs[0].Topics, c.Receipts(origin.Block.Hash())[0].Logs[0].Topics)
	require.Equal(t, source.Hash(300-256), c.Hash(300-256))
	require.Nil(t, c.Header(300-257), "no more than the ancestors that execution needs")
	_, err := c.StateAt(genesis.Header())
	require.ErrorIs(t, err, ErrPruned, "the state of genesis is gone")

	extend(t, source, 200, busy)
	extend(t, c, 200, busy)
	requireSameState(t, source, c)
	require.False(t, c.AtOrigin())
	require.NoError(t, c.Close())

	c = openTest(t, options)
	requireSameState(t, source, c)
	past, err := c.StateAt(c.Header(310))
	require.NoError(t, err, "the history begins with the origin")
	original, err := source.StateAt(source.Header(310))
	require.NoError(t, err)
	require.Equal(t, original.GetBalance(testAddress(1)), past.GetBalance(testAddress(1)))
	extend(t, source, 1, busy)
	extend(t, c, 1, busy)
	requireSameState(t, source, c)
}

func TestRestoredLogIndexFindsLogs(t *testing.T) {
	source := openTest(t, Options{Dir: t.TempDir()})
	extend(t, source, 10, busy)
	origin := recording(t, source)
	options := Options{Dir: t.TempDir(), LogIndex: true}
	c := openTest(t, options)
	require.NoError(t, c.Restore(origin.Block.Hash(), origin))
	requireIndexed(t, c, 10, 10)
	extend(t, c, 5, busy)
	requireIndexed(t, c, 10, 15)
	require.NoError(t, c.Close())
	c = openTest(t, options)
	extend(t, c, 5, busy)
	requireIndexed(t, c, 10, 20)
}

// requireIndexed finds the log of each block through the index alone.
func requireIndexed(t *testing.T, c *Chain, first, last uint64) {
	t.Helper()
	c.LogIndex().SetBlockProcessing(false)
	c.LogIndex().WaitIdle()
	backend := c.LogIndex().NewMatcherBackend()
	defer backend.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	synced, err := backend.SyncLogIndex(ctx)
	require.NoError(t, err)
	require.Equal(t, first, synced.IndexedBlocks.First())
	require.Equal(t, last, synced.IndexedBlocks.Last())
	for number := first; number <= last; number++ {
		logs, err := filtermaps.GetPotentialMatches(ctx, backend, first, last, []common.Address{logger}, [][]common.Hash{{topic(number)}})
		require.NoError(t, err)
		require.Len(t, logs, 1)
		require.Equal(t, number, logs[0].BlockNumber)
	}
}

func TestRestoreRefusesWhatIsNotProven(t *testing.T) {
	source := openTest(t, Options{Dir: t.TempDir()})
	extend(t, source, 5, busy)
	genuine := recording(t, source)
	cases := map[string]func(o *Origin){
		"another block":    func(o *Origin) { o.Block = types.NewBlockWithHeader(o.Ancestors[0]) },
		"no transactions":  func(o *Origin) { o.Block = types.NewBlockWithHeader(o.Block.Header()) },
		"no receipts":      func(o *Origin) { o.Receipts = nil },
		"missing ancestor": func(o *Origin) { o.Ancestors = o.Ancestors[:4] },
		"swapped ancestors": func(o *Origin) {
			o.Ancestors = append([]*types.Header{o.Ancestors[1], o.Ancestors[0]}, o.Ancestors[2:]...)
		},
		"another state": func(o *Origin) { o.State = func(StateSink) error { return nil } },
		"slot without account": func(o *Origin) {
			o.State = func(s StateSink) error { return s.Slot(common.Hash{}, []byte{1}) }
		},
		"code without account": func(o *Origin) {
			o.State = func(s StateSink) error { return s.Code([]byte{1}) }
		},
		"missing code": func(o *Origin) {
			o.State = func(s StateSink) error { return s.Account(common.Hash{}, 1, new(uint256.Int), common.Hash{1}) }
		},
		"wrong code": func(o *Origin) {
			o.State = func(s StateSink) error {
				return errors.Join(s.Account(common.Hash{}, 1, new(uint256.Int), common.Hash{1}), s.Code([]byte{1}))
			}
		},
		"descending accounts": func(o *Origin) {
			o.State = func(s StateSink) error {
				return errors.Join(s.Account(common.Hash{1}, 1, new(uint256.Int), types.EmptyCodeHash),
					s.Account(common.Hash{}, 1, new(uint256.Int), types.EmptyCodeHash), s.Account(common.Hash{2}, 1, new(uint256.Int), types.EmptyCodeHash))
			}
		},
	}
	c := openTest(t, Options{Dir: t.TempDir()})
	for name, spoil := range cases {
		origin := *genuine
		spoil(&origin)
		require.ErrorIs(t, c.Restore(genuine.Block.Hash(), &origin), ErrRefused, name)
		require.Zero(t, c.Head().NumberU64(), name)
		_, err := c.StateAt(c.Genesis())
		require.NoError(t, err, name)
	}
	extend(t, c, 1, busy)
	require.ErrorIs(t, c.Restore(genuine.Block.Hash(), genuine), ErrRefused, "the ledger has a block of its own")
}

func TestRestoreRefusesAnotherGenesis(t *testing.T) {
	source := openTest(t, Options{Dir: t.TempDir()})
	extend(t, source, 5, busy)
	origin := recording(t, source)
	genesis := testGenesis()
	genesis.GasLimit++
	c, err := Open(Options{Dir: t.TempDir()}, genesis)
	require.NoError(t, err)
	defer c.Close()
	require.ErrorIs(t, c.Restore(origin.Block.Hash(), origin), ErrRefused)
}

func TestRestoreBeginsAnewAfterACrash(t *testing.T) {
	source := openTest(t, Options{Dir: t.TempDir()})
	extend(t, source, 5, busy)
	genuine := recording(t, source)
	options := Options{Dir: t.TempDir(), LogIndex: true}
	c := openTest(t, options)

	// The second reading, which writes, ends early.
	readings, broken, cut := 0, *genuine, errors.New("cut")
	broken.State = func(sink StateSink) error {
		if readings++; readings == 1 {
			return genuine.State(sink)
		}
		return errors.Join(sink.Account(common.Hash{1}, 1, uint256.NewInt(5), types.EmptyCodeHash), cut)
	}
	err := c.Restore(genuine.Block.Hash(), &broken)
	require.ErrorIs(t, err, cut)
	require.NotErrorIs(t, err, ErrRefused)
	c.Close()

	c = openTest(t, options)
	require.Zero(t, c.Head().NumberU64())
	statedb, err := c.StateAt(c.Genesis())
	require.NoError(t, err)
	require.EqualValues(t, 1, statedb.GetBalance(testAddress(0)).Uint64())
	require.NoError(t, c.Restore(genuine.Block.Hash(), genuine))
	requireSameState(t, source, c)

	// Consensus may not have noted that it joined, and then joins once more.
	extend(t, source, 5, busy)
	later := recording(t, source)
	require.NoError(t, c.Restore(later.Block.Hash(), later))
	requireSameState(t, source, c)
}

func TestPruningKeepsTheEarliestBlockOfARestoredLedger(t *testing.T) {
	source := openTest(t, Options{})
	extend(t, source, 20, busy)
	origin := recording(t, source)
	c := openTest(t, Options{Dir: t.TempDir(), KeepBlocks: 5})
	require.NoError(t, c.Restore(origin.Block.Hash(), origin))
	extend(t, c, 3, busy)
	require.EqualValues(t, 20, c.Earliest(), "the ancestors have no bodies to prune")
	extend(t, c, 3, busy)
	require.EqualValues(t, 22, c.Earliest())
}

func TestExportSeesOneMoment(t *testing.T) {
	c := openTest(t, Options{Dir: t.TempDir()})
	extend(t, c, 5, busy)
	block := c.Head()
	require.NoError(t, c.Persist(block))
	origin, release, err := c.Export(context.Background(), block)
	require.NoError(t, err)
	defer release()
	extend(t, c, 5, busy)
	later := c.Head()
	require.NoError(t, c.Persist(later))
	require.ErrorIs(t, c.Persist(block), ErrNotExportable)
	_, releaseLater, err := c.Export(context.Background(), later)
	require.NoError(t, err)
	releaseLater()
	require.NoError(t, origin.Verify(block.Hash()), "the newer state on disk does not show")
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, _, err = c.Export(ctx, block)
	require.ErrorIs(t, err, ErrNotExportable)
}

func TestStateBuilderAgreesWithTheTrie(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for range 20 {
		statedb, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting())
		require.NoError(t, err)
		var accounts []randomAccount
		for i := range 1 + rng.Intn(40) {
			account := randomAccount{hash: crypto.Keccak256Hash(testAddress(i).Bytes()), nonce: 1 + rng.Uint64()>>1, slots: make(map[common.Hash]common.Hash)}
			statedb.SetNonce(testAddress(i), account.nonce, tracing.NonceChangeUnspecified)
			for range rng.Intn(3) * rng.Intn(30) {
				key, value := common.Hash{byte(rng.Intn(256))}, common.BigToHash(big.NewInt(1+rng.Int63()>>rng.Intn(60)))
				statedb.SetState(testAddress(i), key, value)
				account.slots[crypto.Keccak256Hash(key[:])] = value
			}
			accounts = append(accounts, account)
		}
		slices.SortFunc(accounts, func(a, b randomAccount) int { return a.hash.Cmp(b.hash) })
		got, err := buildState(nil, func(sink StateSink) error {
			for _, account := range accounts {
				require.NoError(t, account.play(sink))
			}
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, statedb.IntermediateRoot(true), got)
	}
}

type randomAccount struct {
	hash  common.Hash
	nonce uint64
	slots map[common.Hash]common.Hash
}

func (a randomAccount) play(sink StateSink) error {
	if err := sink.Account(a.hash, a.nonce, new(uint256.Int), types.EmptyCodeHash); err != nil {
		return err
	}
	for _, key := range slices.SortedFunc(maps.Keys(a.slots), common.Hash.Cmp) {
		value, err := rlp.EncodeToBytes(common.TrimLeftZeroes(a.slots[key].Bytes()))
		if err != nil {
			return err
		}
		if err := sink.Slot(key, value); err != nil {
			return err
		}
	}
	return nil
}
