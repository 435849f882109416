package consensus

import (
	"crypto/ecdsa"
	"log/slog"
	"math/big"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/mempool"
	"github.com/cybermiles/cybermiles/network"
)

const testGasLimit = 30_000_000

// testBalance is what each account begins with, in wei.
var testBalance = new(big.Int).Mul(big.NewInt(100), big.NewInt(params.Ether))

// burner uses all gas it is given.
var burner = common.Address{0xbb}

// testApp is an application on a ledger of its own; several made alike are the
// nodes of one network.
type testApp struct {
	*App
	t     *testing.T
	keys  []*ecdsa.PrivateKey
	clock time.Time
}

func newTestApp(t *testing.T) *testApp {
	t.Helper()
	a := &testApp{t: t, clock: time.Unix(1_700_000_000, 0)}
	genesis := &core.Genesis{
		Config: network.New("consensus test", network.DevChainID).ChainConfig(), GasLimit: testGasLimit, Difficulty: new(big.Int),
		BaseFee: big.NewInt(params.GWei), Timestamp: uint64(a.clock.Unix()), Alloc: network.Predeploys(network.DevChainID),
	}
	genesis.Alloc[burner] = types.Account{Code: []byte{0x5b, 0x60, 0x00, 0x56}, Balance: new(big.Int)}
	for i := range 3 {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte{byte(i)}))
		require.NoError(t, err)
		a.keys = append(a.keys, key)
		genesis.Alloc[crypto.PubkeyToAddress(key.PublicKey)] = types.Account{Balance: new(big.Int).Set(testBalance)}
	}
	ledger, err := chain.Open(chain.Options{Dir: t.TempDir()}, genesis)
	require.NoError(t, err)
	executor := execution.New(execution.Rules{Config: genesis.Config, GasLimit: testGasLimit, BaseFee: big.NewInt(params.GWei)}, ledger)
	pool, err := mempool.New(mempool.Config{}, genesis.Config, executor.Signer(), executor, ledger.States(), ledger.Head().Header(), ledger.StateRoot())
	require.NoError(t, err)
	a.App = New(t.Context(), Options{
		Chain: ledger, Executor: executor, Pool: pool, BuildTime: time.Second,
		Validators: fixedValidators{},
		Log:        slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() { require.NoError(t, ledger.Close()) })
	return a
}

var proposer = common.Address{0xaa, 1}.Bytes()

func votes(flags ...cmtproto.BlockIDFlag) (list []abci.VoteInfo) {
	for i, flag := range flags {
		list = append(list, abci.VoteInfo{Validator: abci.Validator{Address: common.Address{byte(i)}.Bytes(), Power: 10}, BlockIdFlag: flag})
	}
	return list
}

func (a *testApp) height() int64 { return a.Chain.Head().Number().Int64() + 1 }

func (a *testApp) prepare() [][]byte {
	a.t.Helper()
	resp, err := a.PrepareProposal(a.t.Context(), &abci.RequestPrepareProposal{
		MaxTxBytes: 1 << 20, Height: a.height(), Time: a.clock, ProposerAddress: proposer,
	})
	require.NoError(a.t, err)
	return resp.Txs
}

func (a *testApp) accepts(txs ...[]byte) bool {
	a.t.Helper()
	resp, err := a.ProcessProposal(a.t.Context(), &abci.RequestProcessProposal{
		Txs: txs, Height: a.height(), Time: a.clock, ProposerAddress: proposer,
	})
	require.NoError(a.t, err)
	return resp.IsAccepted()
}

// decide finalizes and commits a block.
func (a *testApp) decide(txs ...[]byte) *abci.ResponseFinalizeBlock {
	a.t.Helper()
	resp, err := a.FinalizeBlock(a.t.Context(), &abci.RequestFinalizeBlock{
		Txs: txs, Height: a.height(), Time: a.clock, ProposerAddress: proposer, Hash: crypto.Keccak256([]byte{byte(a.height())}),
	})
	require.NoError(a.t, err)
	_, err = a.Commit(a.t.Context(), &abci.RequestCommit{})
	require.NoError(a.t, err)
	a.clock = a.clock.Add(500 * time.Millisecond)
	return resp
}

func (a *testApp) sign(from int, nonce uint64, change func(*types.DynamicFeeTx)) *types.Transaction {
	inner := &types.DynamicFeeTx{
		ChainID: a.Chain.Config().ChainID, Nonce: nonce, Gas: params.TxGas, To: &common.Address{1}, Value: common.Big1,
		GasTipCap: common.Big1, GasFeeCap: big.NewInt(100 * params.GWei),
	}
	if change != nil {
		change(inner)
	}
	return types.MustSignNewTx(a.keys[from], a.Executor.Signer(), inner)
}

func encode(t *testing.T, tx *types.Transaction) []byte {
	t.Helper()
	raw, err := tx.MarshalBinary()
	require.NoError(t, err)
	return raw
}

func TestProposalOfOneNodeIsAcceptedByAnother(t *testing.T) {
	a, b := newTestApp(t), newTestApp(t)
	for height := range 3 {
		for from := range a.keys {
			for n := range uint64(5) {
				errs := a.Pool.Add([]*types.Transaction{a.sign(from, uint64(height)*5+n, nil)}, mempool.Local)
				require.NoError(t, errs[0])
			}
		}
		txs := a.prepare()
		require.Len(t, txs, 15)
		require.True(t, a.accepts(txs...))
		require.True(t, b.accepts(txs...))
		first, second := a.decide(txs...), b.decide(txs...)
		require.Equal(t, first.AppHash, second.AppHash)
		require.Equal(t, a.Chain.Head().Hash().Bytes(), first.AppHash)
		pending, queued := a.Pool.Status()
		require.Zero(t, pending+queued)
	}
	require.Equal(t, common.BytesToAddress(proposer), a.Chain.Head().Coinbase())
	require.Equal(t, crypto.Keccak256Hash([]byte{2}), *a.Chain.Head().BeaconRoot(), "the parent's consensus hash")
}

func TestBadProposalsAreRefused(t *testing.T) {
	a := newTestApp(t)
	good := encode(t, a.sign(0, 0, nil))
	truncated := good[:len(good)-3]
	foreign := types.MustSignNewTx(a.keys[0], types.LatestSignerForChainID(big.NewInt(7)), &types.DynamicFeeTx{
		ChainID: big.NewInt(7), Gas: params.TxGas, To: &common.Address{}, GasTipCap: new(big.Int), GasFeeCap: big.NewInt(100 * params.GWei), Value: new(big.Int),
	})
	unsigned := types.NewTx(&types.DynamicFeeTx{
		ChainID: a.Chain.Config().ChainID, Gas: params.TxGas, To: &common.Address{}, GasTipCap: new(big.Int), GasFeeCap: big.NewInt(100 * params.GWei), Value: new(big.Int),
		V: new(big.Int), R: new(big.Int), S: new(big.Int),
	})
	blob := types.MustSignNewTx(a.keys[0], a.Executor.Signer(), &types.BlobTx{
		ChainID: uint256.MustFromBig(a.Chain.Config().ChainID), Gas: params.TxGas, GasFeeCap: uint256.NewInt(100 * params.GWei),
		BlobFeeCap: uint256.NewInt(1), BlobHashes: []common.Hash{{1}},
	})
	forged := types.NewTx(&types.LegacyTx{Gas: params.TxGas, GasPrice: new(big.Int), To: &common.Address{}, Value: new(big.Int), V: new(big.Int), R: new(big.Int), S: new(big.Int)})
	burn := func(from int) []byte {
		return encode(t, a.sign(from, 0, func(tx *types.DynamicFeeTx) { tx.Gas, tx.To = params.MaxTxGas, &burner }))
	}
	for name, txs := range map[string][][]byte{
		"garbage":             {{0xde, 0xad}},
		"empty":               {{}},
		"truncated":           {truncated},
		"another chain":       {encode(t, foreign)},
		"unsigned":            {encode(t, unsigned)},
		"blob":                {encode(t, blob)},
		"duplicate":           {good, good},
		"forged system":       {good, encode(t, forged)},
		"over the gas limit":  {burn(0), burn(1)},
		"trailing bytes":      {append(append([]byte{}, good...), 0)},
		"bad after good ones": {good, encode(t, a.sign(1, 0, nil)), {1}},
	} {
		require.False(t, a.accepts(txs...), name)
	}
	require.True(t, a.accepts(good), "a refusal leaves the node able to accept")
}

func TestIndividuallyInvalidTransactionsDoNotCostTheBlock(t *testing.T) {
	a, b := newTestApp(t), newTestApp(t)
	good := encode(t, a.sign(0, 0, nil))
	used := encode(t, a.sign(0, 0, func(tx *types.DynamicFeeTx) { tx.Value = big.NewInt(2) }))
	ahead := encode(t, a.sign(1, 9, nil))
	poor := encode(t, a.sign(2, 0, func(tx *types.DynamicFeeTx) { tx.Value = testBalance }))

	require.True(t, a.accepts(good, used, ahead, poor))
	with := a.decide(good, used, ahead, poor)
	without := b.decide(good)
	require.Equal(t, without.AppHash, with.AppHash, "they leave no trace")
	require.Len(t, with.TxResults, 4)
	require.Zero(t, with.TxResults[0].Code)
	for _, result := range with.TxResults[1:] {
		require.NotZero(t, result.Code)
	}
}

func TestProposerDropsWhatBecameInvalid(t *testing.T) {
	a := newTestApp(t)
	nearlyAll := new(big.Int).Sub(testBalance, big.NewInt(params.Ether/10))
	require.NoError(t, a.Pool.Add([]*types.Transaction{a.sign(0, 0, func(tx *types.DynamicFeeTx) { tx.Value = nearlyAll })}, mempool.Local)[0])
	// The same account's balance goes through another transaction, decided
	// elsewhere, that leaves the nonce in the pool executable.
	b := newTestApp(t)
	spend := encode(t, b.sign(0, 0, func(tx *types.DynamicFeeTx) { tx.Value = nearlyAll }))
	a.decide(spend)
	require.Empty(t, a.prepare())
	pending, queued := a.Pool.Status()
	require.Zero(t, pending+queued)
}

func TestProposalRespectsTheByteLimit(t *testing.T) {
	a := newTestApp(t)
	for nonce := range uint64(50) {
		require.NoError(t, a.Pool.Add([]*types.Transaction{a.sign(0, nonce, nil)}, mempool.Local)[0])
	}
	const limit = 1000
	resp, err := a.PrepareProposal(t.Context(), &abci.RequestPrepareProposal{MaxTxBytes: limit, Height: 1, Time: a.clock, ProposerAddress: proposer})
	require.NoError(t, err)
	size := 0
	for _, tx := range resp.Txs {
		size += len(tx) + txOverhead
	}
	require.LessOrEqual(t, size, limit)
	require.Positive(t, len(resp.Txs))
}

func TestRandaoFollowsVotesAndTime(t *testing.T) {
	a := newTestApp(t)
	parent := a.Chain.Head().Header()
	base := randao(parent, a.clock, votes(cmtproto.BlockIDFlagCommit, cmtproto.BlockIDFlagCommit))
	require.Equal(t, base, randao(parent, a.clock, votes(cmtproto.BlockIDFlagCommit, cmtproto.BlockIDFlagCommit)))
	require.NotEqual(t, base, randao(parent, a.clock.Add(1), votes(cmtproto.BlockIDFlagCommit, cmtproto.BlockIDFlagCommit)))
	require.NotEqual(t, base, randao(parent, a.clock, votes(cmtproto.BlockIDFlagCommit, cmtproto.BlockIDFlagAbsent)))
}

func TestPeersTransactionsReachThePool(t *testing.T) {
	a := newTestApp(t)
	for _, raw := range [][]byte{{1, 2, 3}, {}, encode(t, a.sign(0, 0, nil))} {
		resp, err := a.InsertTx(t.Context(), &abci.RequestInsertTx{Tx: raw})
		require.NoError(t, err)
		require.Zero(t, resp.Code)
	}
	require.Eventually(t, func() bool { pending, _ := a.Pool.Status(); return pending == 1 }, 5*time.Second, time.Millisecond)
}

func TestFinalizeBlockAtTheWrongHeightIsRefused(t *testing.T) {
	a := newTestApp(t)
	_, err := a.FinalizeBlock(t.Context(), &abci.RequestFinalizeBlock{Height: 5, Time: a.clock, ProposerAddress: proposer})
	require.ErrorContains(t, err, "rollback")
	_, err = a.Commit(t.Context(), &abci.RequestCommit{})
	require.Error(t, err)
}

// FuzzProposal feeds arbitrary bytes as a proposed transaction: the answer is a
// refusal or, for what happens to be well formed, an execution.
func FuzzProposal(f *testing.F) {
	f.Add([]byte{0x02, 0xc0})
	f.Add([]byte{0xf8})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		a := newTestApp(t)
		if a.accepts(raw) {
			a.decide(raw)
		}
	})
}

func TestBlocksThatArriveEarlyAreDecodedOnce(t *testing.T) {
	a := newTestApp(t)
	raw := encode(t, a.sign(0, 0, nil))
	a.ahead.blocks <- early{1, [][]byte{raw}} // its turn: left to its execution
	a.ahead.blocks <- early{2, [][]byte{{1, 2}, raw}}
	hash := crypto.Keccak256Hash(raw)
	require.Eventually(t, func() bool {
		a.ahead.mu.Lock()
		defer a.ahead.mu.Unlock()
		return a.ahead.txs[hash] != nil
	}, 5*time.Second, time.Millisecond)
	expected := a.ahead.txs[hash]
	a.decide(raw)
	require.Same(t, expected, a.Chain.Head().Transactions()[0], "the decoded transaction was executed")
	require.Empty(t, a.ahead.txs)
}

// fixedValidators are known to consensus alone.
type fixedValidators struct{}

func (fixedValidators) Coinbase(_ *types.Header, proposer execution.ValidatorAddress) common.Address {
	return common.Address(proposer)
}
func (fixedValidators) Initial(*types.Header) []Power  { return nil }
func (fixedValidators) Changes(types.Receipts) []Power { return nil }
func (fixedValidators) Ready(*types.Header) error      { return nil }
