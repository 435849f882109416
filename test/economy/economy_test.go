// Package economy tests the chain's economy on networks of real nodes: nodes
// that join, stake, vote, change keys, stay away and sign twice. ECONOMY=long in
// the environment also waits for what takes minutes. It tests nothing that can
// be seen inside one package.
package economy

import (
	"encoding/base64"
	"math/big"
	"os"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/test/cluster"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }

// long reports whether the long form of the tests was asked for.
func long() bool { return os.Getenv("ECONOMY") == "long" }

const (
	patience  = time.Minute // for what takes seconds
	unbonding = 60          // seconds
	absentFor = 5           // seconds that absence keeps a validator out
)

// Where a candidate stands, as IStaking.Status has it.
const (
	active = 2
	out    = 3
	barred = 4
)

// quick makes everything happen within seconds. Half of the window may be missed.
func quick(e *network.Economy, windowBlocks uint32) {
	e.Staking.EpochBlocks, e.Staking.AbsenceWindowBlocks = 5, windowBlocks
	e.Staking.AbsenceOutSeconds, e.Staking.UnbondingSeconds = absentFor, unbonding
	e.Governance.VotingDelay, e.Governance.VotingPeriod, e.Governance.ExecutionDelay = 1, 6, 1
}

func cmt(n int64) *big.Int { return new(big.Int).Mul(big.NewInt(n), big.NewInt(params.Ether)) }

// net is a network and the accounts that use it.
type net struct {
	*cluster.Cluster
	t       *testing.T
	staking *contracts.Staking
}

// newNet runs four validators that may miss half of a window of blocks.
func newNet(t *testing.T, windowBlocks uint32) *net {
	c := cluster.New(t, cluster.Options{
		Validators: 4, Senders: 4, Interval: 200 * time.Millisecond, Idle: 200 * time.Millisecond,
		Change: func(g *network.Genesis) { quick(g.Economy, windowBlocks) },
	})
	c.Start()
	return &net{c, t, contracts.NewStaking()}
}

// operator is the account of a founding validator.
func (n *net) operator(i int) network.DevAccount {
	n.t.Helper()
	key, err := crypto.LoadECDSA(n.Nodes[i].Home.OperatorKey())
	require.NoError(n.t, err)
	return network.DevAccount{Address: crypto.PubkeyToAddress(key.PublicKey), Key: key}
}

// send signs a transaction as a wallet does and waits until it is included.
func (n *net) send(from network.DevAccount, to common.Address, valueWei *big.Int, data []byte) *types.Receipt {
	n.t.Helper()
	node := n.Nodes[0]
	var nonce hexutil.Uint64
	require.NoError(n.t, node.Call(&nonce, "eth_getTransactionCount", from.Address, "pending"))
	if valueWei == nil {
		valueWei = new(big.Int)
	}
	tx, err := types.SignNewTx(from.Key, types.LatestSigner(n.Chain.ChainConfig()), &types.DynamicFeeTx{
		ChainID: n.Chain.ChainConfig().ChainID, Nonce: uint64(nonce), Gas: 3_000_000, To: &to, Value: valueWei, Data: data,
		GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(100 * params.GWei),
	})
	require.NoError(n.t, err)
	raw, err := tx.MarshalBinary()
	require.NoError(n.t, err)
	require.NoError(n.t, node.Call(nil, "eth_sendRawTransaction", hexutil.Bytes(raw)))
	var receipt *types.Receipt
	n.until("a receipt", func() bool {
		require.NoError(n.t, node.Call(&receipt, "eth_getTransactionReceipt", tx.Hash()))
		return receipt != nil
	})
	return receipt
}

// must sends a transaction that succeeds.
func (n *net) must(from network.DevAccount, to common.Address, valueWei *big.Int, data []byte) *types.Receipt {
	n.t.Helper()
	receipt := n.send(from, to, valueWei, data)
	if receipt.Status != types.ReceiptStatusSuccessful {
		err := n.Nodes[0].Call(new(hexutil.Bytes), "eth_call", map[string]any{
			"from": from.Address, "to": to, "value": (*hexutil.Big)(valueWei), "data": hexutil.Bytes(data),
		}, "latest")
		n.t.Fatalf("the transaction to %s failed: %v", to, err)
	}
	return receipt
}

// until waits for something to come true.
func (n *net) until(what string, is func() bool) {
	n.t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			n.t.Fatalf("waited %v in vain for %s; %v", patience, what, n.validators())
		}
	}
}

// view calls a view method on the first node.
func view[T any](n *net, of common.Address, data []byte, unpack func([]byte) (T, error)) T {
	n.t.Helper()
	var output hexutil.Bytes
	require.NoError(n.t, n.Nodes[0].Call(&output, "eth_call", map[string]any{"to": of, "data": hexutil.Bytes(data)}, "latest"))
	value, err := unpack(output)
	require.NoError(n.t, err)
	return value
}

func (n *net) candidate(id uint64) contracts.StakingValidator {
	n.t.Helper()
	return view(n, contracts.StakingAddress, n.staking.PackValidator(id), n.staking.UnpackValidator)
}

func (n *net) balance(of common.Address) *big.Int {
	n.t.Helper()
	var balance hexutil.Big
	require.NoError(n.t, n.Nodes[0].Call(&balance, "eth_getBalance", of, "latest"))
	return balance.ToInt()
}

// validators are those that CometBFT counts votes of, by key, with their power.
func (n *net) validators() map[[32]byte]uint64 {
	n.t.Helper()
	var list []struct {
		PublicKey   string
		VotingPower uint64
	}
	require.NoError(n.t, n.Nodes[0].Call(&list, "cmt_validators"))
	powers := make(map[[32]byte]uint64)
	for _, v := range list {
		key, err := base64.StdEncoding.DecodeString(v.PublicKey)
		require.NoError(n.t, err)
		powers[[32]byte(key)] = v.VotingPower
	}
	return powers
}

// keyOf is the consensus key of a home.
func (n *net) keyOf(home network.Home) [32]byte {
	n.t.Helper()
	identity, err := home.Identity()
	require.NoError(n.t, err)
	return [32]byte(identity.ValidatorKey.Bytes())
}

// decides reports whether a key is in CometBFT's set.
func (n *net) decides(key [32]byte) bool { return n.validators()[key] > 0 }
