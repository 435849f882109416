package rpc

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/mempool"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/filtermaps"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/event"
	"github.com/ethereum/go-ethereum/params"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/require"
)

// testNode is a chain in memory with its pool; blocks are sealed by the test.
type testNode struct {
	t      testing.TB
	chain  *chain.Chain
	exec   *execution.Executor
	pool   *mempool.Pool
	server *Server
	client *gethrpc.Client // in process, all namespaces

	mu       sync.Mutex
	now      time.Time
	progress ethereum.SyncProgress
	syncing  bool
}

var _ Backend = (*testNode)(nil)

const testChainID = 1337

var (
	coinbase = common.HexToAddress("0xc0ffee0000000000000000000000000000000000")
	goCode   = common.HexToAddress("0x0000000000000000000000000000000000000900")
	oneGwei  = big.NewInt(params.GWei)
)

// account is a funded test account.
type account struct {
	key  *ecdsa.PrivateKey
	addr common.Address
}

func testAccount(n int64) account {
	key, err := crypto.ToECDSA(common.BigToHash(big.NewInt(1000 + n)).Bytes())
	if err != nil {
		panic(err)
	}
	return account{key, crypto.PubkeyToAddress(key.PublicKey)}
}

func uint64p(v uint64) *uint64 { return &v }

func testGenesis() *core.Genesis {
	zero := big.NewInt(0)
	alloc := types.GenesisAlloc{
		params.HistoryStorageAddress:     {Nonce: 1, Code: params.HistoryStorageCode, Balance: zero},
		params.BeaconRootsAddress:        {Nonce: 1, Code: params.BeaconRootsCode, Balance: zero},
		params.WithdrawalQueueAddress:    {Nonce: 1, Code: params.WithdrawalQueueCode, Balance: zero},
		params.ConsolidationQueueAddress: {Nonce: 1, Code: params.ConsolidationQueueCode, Balance: zero},
		goCode:                           {Nonce: 1, Code: []byte{0xfe}, Balance: zero},
	}
	for i := range int64(10) {
		alloc[testAccount(i).addr] = types.Account{Balance: new(big.Int).Mul(big.NewInt(1e6), big.NewInt(params.Ether))}
	}
	return &core.Genesis{
		Config: &params.ChainConfig{
			ChainID: big.NewInt(testChainID), HomesteadBlock: zero, EIP150Block: zero, EIP155Block: zero,
			EIP158Block: zero, ByzantiumBlock: zero, ConstantinopleBlock: zero, PetersburgBlock: zero,
			IstanbulBlock: zero, BerlinBlock: zero, LondonBlock: zero, TerminalTotalDifficulty: zero,
			MergeNetsplitBlock: zero, ShanghaiTime: uint64p(0), CancunTime: uint64p(0),
			PragueTime: uint64p(0), OsakaTime: uint64p(0),
			BlobScheduleConfig: &params.BlobScheduleConfig{
				Cancun: params.DefaultCancunBlobConfig, Prague: params.DefaultPragueBlobConfig, Osaka: params.DefaultOsakaBlobConfig,
			},
		},
		Timestamp: 1_700_000_000, GasLimit: 60_000_000, BaseFee: oneGwei, Difficulty: zero, Alloc: alloc,
	}
}

// counter is a contract written in Go: it returns and raises the number in its
// first slot and logs it.
type counter struct{}

func (counter) Address() common.Address   { return goCode }
func (counter) Name() string              { return "COUNTER" }
func (counter) RequiredGas([]byte) uint64 { return 5000 }
func (counter) Run(evm *vm.EVM, c *vm.Contract, readonly bool) ([]byte, error) {
	if len(c.Input) > 0 {
		return []byte("no"), vm.ErrExecutionReverted
	}
	value := evm.StateDB.GetState(goCode, common.Hash{})
	if !readonly {
		value = common.BigToHash(new(big.Int).Add(value.Big(), common.Big1))
		evm.StateDB.SetState(goCode, common.Hash{}, value)
		evm.StateDB.AddLog(&types.Log{Address: goCode, Topics: []common.Hash{{0xc0}}, Data: value[:], BlockNumber: evm.Context.BlockNumber.Uint64()})
	}
	return value[:], nil
}

type goContracts struct{}

func (goContracts) Active(vm.StateDB, *types.Header) []vm.PrecompiledContract {
	return []vm.PrecompiledContract{counter{}}
}

// systemCalls calls the counter at the start of every block.
type systemCalls struct{}

func (systemCalls) Gas() uint64 { return 1_000_000 }
func (systemCalls) Begin(*types.Header, execution.Environment) []execution.SystemCall {
	return []execution.SystemCall{{To: goCode, Gas: 100_000}}
}
func (systemCalls) Next(*state.StateDB, *types.Header, uint64, map[common.Address]bool) (execution.SystemCall, bool) {
	return execution.SystemCall{}, false
}

// newTestNode opens a chain without system transactions; options may change
// the server's settings.
func newTestNode(t testing.TB, change ...func(*Config)) *testNode {
	return openTestNode(t, nil, oneGwei, change...)
}

// openTestNode opens a chain with the given system transactions and the given
// floor of the base fee in wei.
func openTestNode(t testing.TB, system execution.SystemCalls, floor *big.Int, change ...func(*Config)) *testNode {
	t.Helper()
	return openTestChain(t, chain.Options{CacheMB: 16, LogIndex: true}, system, floor, change...)
}

func openTestChain(t testing.TB, options chain.Options, system execution.SystemCalls, floor *big.Int, change ...func(*Config)) *testNode {
	t.Helper()
	genesis := testGenesis()
	c, err := chain.Open(options, genesis)
	require.NoError(t, err)
	x := execution.New(execution.Rules{
		Config: genesis.Config, GasLimit: genesis.GasLimit, BaseFee: floor, Contracts: goContracts{}, System: system,
	}, c)
	p, err := mempool.New(mempool.Config{}, genesis.Config, x.Signer(), x, c.States(), c.Head().Header(), c.StateRoot())
	require.NoError(t, err)
	n := &testNode{t: t, chain: c, exec: x, pool: p, now: time.Unix(int64(genesis.Timestamp), 0)}
	cfg := DefaultConfig()
	cfg.HTTPAddr = "127.0.0.1:0"
	for _, f := range change {
		f(&cfg)
	}
	n.server, err = NewServer(n, cfg, slog.New(slog.NewTextHandler(io.Discard, nil)), nil)
	require.NoError(t, err)
	require.NoError(t, n.server.Start())
	n.client = n.server.Attach()
	t.Cleanup(func() {
		n.client.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, n.server.Stop(ctx))
		require.NoError(t, p.Close())
		require.NoError(t, c.Close())
	})
	return n
}

// seal makes a block of everything the pool can execute, two seconds after the
// last one.
func (n *testNode) seal() *types.Block {
	n.t.Helper()
	n.now = n.now.Add(2 * time.Second)
	head := n.chain.Head().Header()
	txs := byTip(first(n.pool.Content()), n.exec.NextBaseFee(head), n.exec.UserGasLimit())
	result, skipped, err := n.exec.Execute(head, execution.Environment{
		Time: n.now, Coinbase: coinbase, PrevRandao: common.Hash{7}, ParentHash: common.Hash{9},
	}, txs)
	require.NoError(n.t, err)
	require.Empty(n.t, skipped)
	require.NoError(n.t, n.chain.Commit(chain.Executed{Block: result.Block, Receipts: result.Receipts, State: result.State}))
	require.NoError(n.t, n.pool.Reset(result.Block, n.chain.StateRoot()))
	return result.Block
}

func first[A, B any](a A, _ B) A { return a }

// sign makes a dynamic-fee transaction with generous fees.
func (n *testNode) sign(from account, nonce uint64, to *common.Address, value int64, data []byte, gas uint64) *types.Transaction {
	n.t.Helper()
	tx, err := types.SignNewTx(from.key, n.exec.Signer(), &types.DynamicFeeTx{
		ChainID: big.NewInt(testChainID), Nonce: nonce, GasTipCap: oneGwei, GasFeeCap: big.NewInt(100 * params.GWei),
		Gas: gas, To: to, Value: big.NewInt(value), Data: data,
	})
	require.NoError(n.t, err)
	return tx
}

// raw is a transaction's binary encoding in hex.
func raw(t testing.TB, tx *types.Transaction) string {
	t.Helper()
	blob, err := tx.MarshalBinary()
	require.NoError(t, err)
	return "0x" + common.Bytes2Hex(blob)
}

// send submits through JSON-RPC.
func (n *testNode) send(txs ...*types.Transaction) {
	n.t.Helper()
	for _, tx := range txs {
		var hash common.Hash
		n.call(&hash, "eth_sendRawTransaction", raw(n.t, tx))
		require.Equal(n.t, tx.Hash(), hash)
	}
}

// deploy creates a contract with the given runtime code and returns its address.
func (n *testNode) deploy(from account, nonce uint64, code []byte) common.Address {
	n.t.Helper()
	n.send(n.sign(from, nonce, nil, 0, initCode(code), 5_000_000))
	n.seal()
	return crypto.CreateAddress(from.addr, nonce)
}

// initCode returns the given code from a constructor.
func initCode(code []byte) []byte {
	return append([]byte{0x61, byte(len(code) >> 8), byte(len(code)), 0x80, 0x60, 0x0a, 0x5f, 0x39, 0x5f, 0xf3}, code...)
}

// call asks for a result that must come.
func (n *testNode) call(result any, method string, args ...any) {
	n.t.Helper()
	require.NoError(n.t, n.client.Call(result, method, args...), method)
}

// ask returns the result as generic JSON.
func (n *testNode) ask(method string, args ...any) any {
	n.t.Helper()
	var result any
	n.call(&result, method, args...)
	return result
}

// object returns a result that is a JSON object.
func (n *testNode) object(method string, args ...any) map[string]any {
	n.t.Helper()
	o, ok := n.ask(method, args...).(map[string]any)
	require.True(n.t, ok, "%s did not return an object", method)
	return o
}

// fails asks for an error and returns its code, message and data.
func (n *testNode) fails(method string, args ...any) (code int, message string, data any) {
	n.t.Helper()
	var result json.RawMessage
	err := n.client.Call(&result, method, args...)
	require.Error(n.t, err, "%s answered %s", method, result)
	var coded gethrpc.Error
	require.True(n.t, errors.As(err, &coded), "%s: %v", method, err)
	var withData gethrpc.DataError
	if errors.As(err, &withData) {
		data = withData.ErrorData()
	}
	return coded.ErrorCode(), err.Error(), data
}

func (n *testNode) ChainConfig() *params.ChainConfig                { return n.exec.Config() }
func (n *testNode) Head() *types.Header                             { return n.chain.Head().Header() }
func (n *testNode) Header(number uint64) *types.Header              { return n.chain.Header(number) }
func (n *testNode) HeaderByHash(hash common.Hash) *types.Header     { return n.chain.HeaderByHash(hash) }
func (n *testNode) Block(number uint64) *types.Block                { return n.chain.Block(number) }
func (n *testNode) BlockByHash(hash common.Hash) *types.Block       { return n.chain.BlockByHash(hash) }
func (n *testNode) Receipts(hash common.Hash) types.Receipts        { return n.chain.Receipts(hash) }
func (n *testNode) Earliest() uint64                                { return n.chain.Earliest() }
func (n *testNode) StateAt(h *types.Header) (*state.StateDB, error) { return n.chain.StateAt(h) }
func (n *testNode) Transaction(hash common.Hash) (*types.Transaction, common.Hash, uint64, uint64, bool) {
	return n.chain.Transaction(hash)
}
func (n *testNode) Sender(tx *types.Transaction) (common.Address, error) { return n.exec.Sender(tx) }
func (n *testNode) Replay(block *types.Block) (*execution.Replay, error) { return n.exec.Replay(block) }
func (n *testNode) SendTransactions(txs []*types.Transaction) []error {
	return n.pool.Add(txs, mempool.Local)
}
func (n *testNode) PoolTransaction(hash common.Hash) *types.Transaction { return n.pool.Get(hash) }
func (n *testNode) PoolNonce(addr common.Address) uint64                { return n.pool.Nonce(addr) }
func (n *testNode) PoolStatus() (pending, queued int)                   { return n.pool.Status() }
func (n *testNode) LogIndex() *filtermaps.FilterMaps                    { return n.chain.LogIndex() }
func (n *testNode) PriceFloor() *big.Int                                { return n.exec.PriceFloor(n.chain.Head().Header()) }
func (n *testNode) NextBaseFee(parent *types.Header) *big.Int           { return n.exec.NextBaseFee(parent) }
func (n *testNode) ClientVersion() string                               { return "cybermiles/test" }
func (n *testNode) PoolSubscribe(ch chan<- core.NewTxsEvent) event.Subscription {
	return n.pool.Subscribe(ch)
}
func (n *testNode) SubscribeHead(ch chan<- chain.HeadEvent) event.Subscription {
	return n.chain.SubscribeHead(ch)
}
func (n *testNode) PoolContent() (pending, queued map[common.Address][]*types.Transaction) {
	return n.pool.Content()
}
func (n *testNode) PoolContentFrom(addr common.Address) (pending, queued []*types.Transaction) {
	return n.pool.ContentFrom(addr)
}
func (n *testNode) NewEVM(s vm.StateDB, h *types.Header, c *vm.BlockContext, cfg vm.Config) *vm.EVM {
	return n.exec.NewEVM(s, h, c, cfg)
}
func (n *testNode) Consensus() ConsensusStatus {
	return ConsensusStatus{Network: "test", Height: n.Head().Number.Uint64(), Validator: &coinbase}
}
func (n *testNode) Validators(number uint64) ([]Validator, error) {
	if number > n.Head().Number.Uint64() {
		return nil, errHeaderNotFound
	}
	return []Validator{{Address: coinbase, VotingPower: 10}}, nil
}
func (n *testNode) Peers() []Peer { return []Peer{{ID: "aa", Moniker: "peer"}} }
func (n *testNode) Syncing() (ethereum.SyncProgress, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.progress, n.syncing
}
func (n *testNode) setSyncing(p ethereum.SyncProgress, syncing bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.progress, n.syncing = p, syncing
}
