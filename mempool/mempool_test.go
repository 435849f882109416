package mempool

import (
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

const baseFee = 2 * params.GWei

// fixture is a pool on a real state of accounts with one ether each.
type fixture struct {
	*Pool
	t      testing.TB
	keys   []*ecdsa.PrivateKey
	states *state.CachingDB
	number int64
	root   common.Hash
}

func newFixture(t testing.TB, config Config) *fixture {
	db := state.NewDatabase(triedb.NewDatabase(rawdb.NewMemoryDatabase(), nil), nil)
	f := &fixture{t: t, states: db, root: types.EmptyRootHash}
	for i := range 4 {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte{byte(i)}))
		require.NoError(t, err)
		f.keys = append(f.keys, key)
	}
	f.change(func(s *state.StateDB) {
		for i := range f.keys {
			s.SetBalance(f.addr(i), uint256.NewInt(params.Ether), tracing.BalanceChangeUnspecified)
		}
	})
	var err error
	f.Pool, err = New(config, testConfig(), types.LatestSigner(testConfig()), floorRules{}, db, f.head(), f.root)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// testConfig has every fork from the start.
func testConfig() *params.ChainConfig { return params.MergedTestChainConfig }

func (f *fixture) addr(i int) common.Address { return crypto.PubkeyToAddress(f.keys[i].PublicKey) }

func (f *fixture) change(set func(*state.StateDB)) {
	s, err := state.New(f.root, f.states)
	require.NoError(f.t, err)
	set(s)
	f.root, err = s.Commit(0, false, false)
	require.NoError(f.t, err)
}

func (f *fixture) head() *types.Header {
	f.number++
	return &types.Header{Number: big.NewInt(f.number), Root: f.root, GasLimit: 500_000_000, Difficulty: new(big.Int), BaseFee: big.NewInt(baseFee)}
}

// include moves the pool to a block with the given transactions, whose state
// has their senders' nonces.
func (f *fixture) include(txs ...*types.Transaction) {
	f.change(func(s *state.StateDB) {
		for _, tx := range txs {
			from, err := types.Sender(f.signer, tx)
			require.NoError(f.t, err)
			s.SetNonce(from, tx.Nonce()+1, tracing.NonceChangeUnspecified)
		}
	})
	require.NoError(f.t, f.Reset(types.NewBlockWithHeader(f.head()).WithBody(types.Body{Transactions: txs}), f.root))
}

type option func(*types.DynamicFeeTx)

func tip(gwei int64) option {
	return func(tx *types.DynamicFeeTx) { tx.GasTipCap = big.NewInt(gwei * params.GWei) }
}
func feeCap(gwei int64) option {
	return func(tx *types.DynamicFeeTx) { tx.GasFeeCap = big.NewInt(gwei * params.GWei) }
}
func value(wei *big.Int) option { return func(tx *types.DynamicFeeTx) { tx.Value = wei } }
func gas(limit uint64) option   { return func(tx *types.DynamicFeeTx) { tx.Gas = limit } }

func (f *fixture) tx(from int, nonce uint64, options ...option) *types.Transaction {
	inner := &types.DynamicFeeTx{
		ChainID: testConfig().ChainID, Nonce: nonce, Gas: params.TxGas, To: &common.Address{1}, Value: new(big.Int),
		GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(100 * params.GWei),
	}
	for _, set := range options {
		set(inner)
	}
	return types.MustSignNewTx(f.keys[from], f.signer, inner)
}

func (f *fixture) add(tx *types.Transaction) error {
	return f.Add([]*types.Transaction{tx}, Local)[0]
}

// order lists the account and nonce of everything offered for a block.
func (f *fixture) order() (list []string) {
	for o := f.Order(big.NewInt(baseFee)); ; o.Shift() {
		next, ok := o.Next()
		if !ok {
			return list
		}
		from, err := types.Sender(f.signer, next.Tx)
		require.NoError(f.t, err)
		for i := range f.keys {
			if f.addr(i) == from {
				list = append(list, fmt.Sprintf("%d/%d", i, next.Tx.Nonce()))
			}
		}
	}
}

func TestRefusalsHaveTheStandardTexts(t *testing.T) {
	f := newFixture(t, Config{AccountSlots: 3, AccountQueue: 1})
	f.include(f.tx(0, 0))
	require.NoError(t, f.add(f.tx(1, 0)))
	blob := types.MustSignNewTx(f.keys[0], f.signer, &types.BlobTx{
		ChainID: uint256.MustFromBig(testConfig().ChainID), Nonce: 1, Gas: params.TxGas, GasFeeCap: uint256.NewInt(100 * params.GWei),
		BlobFeeCap: uint256.NewInt(1), BlobHashes: []common.Hash{{1}},
	})
	foreign := types.MustSignNewTx(f.keys[0], types.LatestSignerForChainID(big.NewInt(999)), &types.DynamicFeeTx{
		ChainID: big.NewInt(999), Nonce: 1, Gas: params.TxGas, To: &common.Address{}, GasFeeCap: big.NewInt(100 * params.GWei), GasTipCap: new(big.Int), Value: new(big.Int),
	})
	for _, c := range []struct {
		name string
		tx   *types.Transaction
		want error
		text string
	}{
		{"known", f.tx(1, 0), txpool.ErrAlreadyKnown, "already known"},
		{"nonce used", f.tx(0, 0), core.ErrNonceTooLow, "nonce too low"},
		{"poor", f.tx(0, 1, value(big.NewInt(params.Ether))), core.ErrInsufficientFunds, "insufficient funds for gas * price + value"},
		{"little gas", f.tx(0, 1, gas(20_000)), core.ErrIntrinsicGas, "intrinsic gas too low"},
		{"much gas", f.tx(0, 1, gas(params.MaxTxGas*100)), core.ErrGasLimitTooHigh, "transaction gas limit too high"},
		{"tip above cap", f.tx(0, 1, tip(101)), core.ErrTipAboveFeeCap, "max priority fee per gas higher than max fee per gas"},
		{"below the floor", f.tx(0, 1, feeCap(1), tip(1)), core.ErrFeeCapTooLow, "max fee per gas less than block base fee"},
		{"blob", blob, core.ErrTxTypeNotSupported, "transaction type not supported"},
		{"another chain", foreign, txpool.ErrInvalidSender, "invalid sender"},
		{"small bump", f.tx(1, 0, tip(2), feeCap(105)), txpool.ErrReplaceUnderpriced, "replacement transaction underpriced"},
	} {
		err := f.add(c.tx)
		require.ErrorIs(t, err, c.want, c.name)
		require.Contains(t, err.Error(), c.text, c.name)
	}
	pending, queued := f.Status()
	require.Equal(t, []int{1, 0}, []int{pending, queued}, "refusals leave nothing behind")
}

func TestAccountLimits(t *testing.T) {
	f := newFixture(t, Config{AccountSlots: 3, AccountQueue: 2})
	for nonce := range uint64(3) {
		require.NoError(t, f.add(f.tx(0, nonce)))
	}
	require.ErrorIs(t, f.add(f.tx(0, 3)), txpool.ErrAccountLimitExceeded)
	require.NoError(t, f.add(f.tx(1, 5)))
	require.NoError(t, f.add(f.tx(1, 6)))
	require.ErrorIs(t, f.add(f.tx(1, 7)), txpool.ErrAccountLimitExceeded)
	require.NoError(t, f.add(f.tx(1, 0)), "what can be executed has its own limit")
}

func TestSpendingIsCountedTogether(t *testing.T) {
	f := newFixture(t, Config{})
	half := new(big.Int).Div(big.NewInt(params.Ether), big.NewInt(2))
	require.NoError(t, f.add(f.tx(0, 0, value(half))))
	require.ErrorIs(t, f.add(f.tx(0, 1, value(half))), core.ErrInsufficientFunds)
	require.NoError(t, f.add(f.tx(0, 0, value(common.Big1), tip(2), feeCap(200))), "a replacement frees what it replaces")
	require.NoError(t, f.add(f.tx(0, 1, value(half))))
}

func TestOrderByTipThenNonce(t *testing.T) {
	f := newFixture(t, Config{})
	for _, tx := range []*types.Transaction{
		f.tx(0, 1, tip(9)), f.tx(0, 0, tip(1)), f.tx(1, 0, tip(5)), f.tx(1, 1, tip(2)), f.tx(2, 1, tip(50)), f.tx(3, 0, tip(90), feeCap(95)),
	} {
		require.NoError(t, f.add(tx))
	}
	require.Equal(t, []string{"3/0", "1/0", "1/1", "0/0", "0/1"}, f.order(), "2/1 waits for 2/0")
	require.NoError(t, f.add(f.tx(2, 0, tip(3))))
	require.Equal(t, []string{"3/0", "1/0", "2/0", "2/1", "1/1", "0/0", "0/1"}, f.order())
	require.EqualValues(t, 2, f.Nonce(f.addr(2)))
}

func TestResetForgetsWhatWasIncluded(t *testing.T) {
	f := newFixture(t, Config{})
	first := f.tx(0, 0)
	for _, tx := range []*types.Transaction{first, f.tx(0, 1), f.tx(1, 0)} {
		require.NoError(t, f.add(tx))
	}
	f.include(first, f.tx(1, 0, tip(7))) // another transaction took 1/0's nonce
	require.Equal(t, []string{"0/1"}, f.order())
	require.Nil(t, f.Get(first.Hash()))
	require.ErrorIs(t, f.add(f.tx(1, 0)), core.ErrNonceTooLow)
}

func TestBalanceIsReadAgainAfterABlock(t *testing.T) {
	f := newFixture(t, Config{})
	require.NoError(t, f.add(f.tx(0, 0)))
	f.change(func(s *state.StateDB) { s.SetBalance(f.addr(0), new(uint256.Int), tracing.BalanceChangeUnspecified) })
	f.include()
	require.ErrorIs(t, f.add(f.tx(0, 1)), core.ErrInsufficientFunds)
}

func TestFullPoolKeepsWhatPaysMost(t *testing.T) {
	f := newFixture(t, Config{Slots: 4})
	for i, price := range []int64{10, 20, 30, 40} {
		require.NoError(t, f.add(f.tx(i, 0, feeCap(price))))
	}
	require.ErrorIs(t, f.add(f.tx(0, 1, feeCap(10))), txpool.ErrUnderpriced)
	require.NoError(t, f.add(f.tx(3, 1, feeCap(50))))
	pending, _ := f.Status()
	require.Equal(t, 4, pending)
	require.Nil(t, f.Get(f.tx(0, 0, feeCap(10)).Hash()), "the cheapest made room")
}

func TestGossipTellsEachOnce(t *testing.T) {
	f := newFixture(t, Config{RelayDelay: time.Hour})
	local, peers := f.tx(0, 0), f.tx(1, 0)
	require.NoError(t, f.add(local))
	require.NoError(t, f.Add([]*types.Transaction{peers}, Peer)[0])
	raw, _ := local.MarshalBinary()
	require.Equal(t, [][]byte{raw}, f.Reap(0))
	require.Empty(t, f.Reap(0))

	f.config.RelayDelay = 0
	raw, _ = peers.MarshalBinary()
	require.Equal(t, [][]byte{raw}, f.Reap(0), "a peer's transaction is passed on when it still waits")
	require.NoError(t, f.add(f.tx(0, 1)))
	require.Empty(t, f.Reap(1), "the byte limit holds")
	require.Len(t, f.Reap(0), 1)
}

func TestJournalSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pool.journal")
	f := newFixture(t, Config{Journal: path})
	for nonce := range uint64(200) {
		require.NoError(t, f.add(f.tx(0, nonce, feeCap(3), tip(1))))
	}
	// The process dies here: nothing is closed. A torn record follows.
	torn, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = torn.Write([]byte{0, 0, 0, 99, 1, 2})
	require.NoError(t, err)
	require.NoError(t, torn.Close())

	again, err := New(Config{Journal: path}, testConfig(), f.signer, floorRules{}, f.states, f.Pool.head, f.root)
	require.NoError(t, err)
	defer again.Close()
	pending, queued := again.Status()
	require.Equal(t, []int{200, 0}, []int{pending, queued})
}

func TestExpiryDropsOnlyWhatCannotBeExecuted(t *testing.T) {
	f := newFixture(t, Config{Lifetime: time.Minute})
	require.NoError(t, f.add(f.tx(0, 0)))
	require.NoError(t, f.add(f.tx(1, 3)))
	f.mu.Lock()
	f.expire(time.Now().Add(time.Hour))
	f.mu.Unlock()
	pending, queued := f.Status()
	require.Equal(t, []int{1, 0}, []int{pending, queued})
}

// TestPoolInvariants does random things and checks the books after each.
func TestPoolInvariants(t *testing.T) {
	f := newFixture(t, Config{Slots: 60, AccountSlots: 30, AccountQueue: 8})
	random := rand.New(rand.NewSource(1))
	for step := range 3000 {
		switch random.Intn(10) {
		case 0:
			var txs []*types.Transaction
			for o := f.Order(big.NewInt(baseFee)); len(txs) < random.Intn(8); o.Shift() {
				next, ok := o.Next()
				if !ok {
					break
				}
				txs = append(txs, next.Tx)
			}
			f.include(txs...)
		case 1:
			if next, ok := f.Order(big.NewInt(baseFee)).Next(); ok {
				f.Drop([]common.Hash{next.Tx.Hash()})
			}
		default:
			from := random.Intn(len(f.keys))
			_ = f.add(f.tx(from, f.Nonce(f.addr(from))+uint64(random.Intn(4)), feeCap(int64(3+random.Intn(200))), tip(int64(random.Intn(3)))))
		}
		checkBooks(t, f.Pool, step)
	}
}

func checkBooks(t *testing.T, p *Pool, step int) {
	t.Helper()
	count := 0
	for addr, acct := range p.accounts {
		var spend uint256.Int
		require.NotEmpty(t, acct.txs, "step %d: an empty account stays", step)
		for i, e := range acct.txs {
			require.Equal(t, addr, e.from)
			require.Same(t, e, p.byHash[e.hash], "step %d", step)
			require.GreaterOrEqual(t, e.nonce, acct.nonce)
			if i > 0 {
				require.Greater(t, e.nonce, acct.txs[i-1].nonce, "step %d", step)
			}
			spend.Add(&spend, &e.cost)
			count++
		}
		require.Equal(t, spend, acct.spend, "step %d: spending of %s", step, addr)
	}
	require.Len(t, p.byHash, count, "step %d", step)
	require.LessOrEqual(t, count, p.config.Slots, "step %d", step)
}

// FuzzJournal reads arbitrary files as a journal.
func FuzzJournal(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0xc0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "journal")
		require.NoError(t, os.WriteFile(path, content, 0o600))
		_, err := loadJournal(path)
		require.NoError(t, err)
	})
}

// floorRules are those of a chain without sponsors or access lists.
type floorRules struct{}

func (floorRules) PriceFloor(*types.Header) *big.Int { return big.NewInt(baseFee) }

func (floorRules) Admit(_ *types.Header, _ common.Address, tx *types.Transaction) error {
	if tx.GasFeeCap().Sign() == 0 {
		return core.ErrFeeCapTooLow
	}
	return nil
}
