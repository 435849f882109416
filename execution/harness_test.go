package execution_test

import (
	"crypto/ecdsa"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/network"
)

// gasLimit is small, so that tests can fill a block.
const gasLimit = 30_000_000

// callGas is what call gives: a caller must be able to go on after a callee that
// took all it was given (63/64).
const callGas = 4_000_000

// testChain is a ledger in memory with an executor on it.
type testChain struct {
	*chain.Chain
	x     *execution.Executor
	key   *ecdsa.PrivateKey
	owner common.Address
	nonce uint64
}

func newTestChain(t testing.TB, rules execution.Rules, alloc types.GenesisAlloc) *testChain {
	t.Helper()
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("owner")))
	require.NoError(t, err)
	c := &testChain{key: key, owner: crypto.PubkeyToAddress(key.PublicKey)}

	config := network.New("execution test", network.DevChainID).ChainConfig()
	genesis := &core.Genesis{
		Config: config, GasLimit: gasLimit, Difficulty: new(big.Int), BaseFee: big.NewInt(params.GWei), Timestamp: 1_700_000_000,
		Alloc: network.Predeploys(network.DevChainID),
	}
	genesis.Alloc[c.owner] = types.Account{Balance: new(big.Int).Mul(big.NewInt(1000), big.NewInt(params.Ether))}
	for addr, account := range alloc {
		genesis.Alloc[addr] = account
	}
	c.Chain, err = chain.Open(chain.Options{Dir: t.TempDir()}, genesis)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	rules.Config, rules.GasLimit, rules.BaseFee = config, gasLimit, big.NewInt(params.GWei)
	c.x = execution.New(rules, c.Chain)
	return c
}

// sign makes the owner's next transaction.
func (c *testChain) sign(t testing.TB, to *common.Address, gas uint64, data []byte) *types.Transaction {
	t.Helper()
	tx, err := types.SignNewTx(c.key, c.x.Signer(), &types.DynamicFeeTx{
		ChainID: c.Config().ChainID, Nonce: c.nonce, Gas: gas, GasTipCap: big.NewInt(1), GasFeeCap: big.NewInt(100 * params.GWei),
		To: to, Value: new(big.Int), Data: data,
	})
	require.NoError(t, err)
	c.nonce++
	return tx
}

func (c *testChain) environment() execution.Environment {
	head := c.Head()
	return execution.Environment{
		Time:       time.Unix(int64(head.Time())+1, 0),
		Coinbase:   common.Address{0xc0},
		PrevRandao: crypto.Keccak256Hash(head.MixDigest().Bytes()),
		ParentHash: common.Hash{0xbe},
	}
}

// block executes and commits transactions; every one must be included.
func (c *testChain) block(t testing.TB, txs ...*types.Transaction) *execution.Result {
	t.Helper()
	result, skipped, err := c.x.Execute(c.Head().Header(), c.environment(), txs)
	require.NoError(t, err)
	require.Empty(t, skipped)
	c.commit(t, result)
	return result
}

func (c *testChain) commit(t testing.TB, result *execution.Result) {
	t.Helper()
	require.NoError(t, c.Commit(chain.Executed{Block: result.Block, Receipts: result.Receipts, State: result.State}))
}

// call commits a block with one call and returns its receipt.
func (c *testChain) call(t testing.TB, to common.Address, data []byte) *types.Receipt {
	t.Helper()
	return c.block(t, c.sign(t, &to, callGas, data)).Receipts[0]
}

// slot reads storage at the head.
func (c *testChain) slot(t testing.TB, addr common.Address, slot byte) common.Hash {
	t.Helper()
	statedb, err := c.StateAt(c.Head().Header())
	require.NoError(t, err)
	return statedb.GetState(addr, common.Hash{31: slot})
}
