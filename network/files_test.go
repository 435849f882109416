package network

import (
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contracts"
)

func TestFilesThatRunANetwork(t *testing.T) {
	opts := fourValidators(t)
	opts.Hosts = []string{"node0", "node1", "node2", "node3"}
	layout, err := Create(opts)
	require.NoError(t, err)
	path, err := layout.WriteCompose(Container{Image: "shop/node:1", User: "1000:1001"})
	require.NoError(t, err)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, line := range []string{
		"  node3:\n    image: shop/node:1\n    user: \"1000:1001\"", "- ./node3:/data",
		"- \"127.0.0.1:8545:8545\"", "- \"127.0.0.1:8575:8545\"", "- \"26656:26656\"", "- \"26686:26656\"",
	} {
		require.Contains(t, string(content), line)
	}
	paths, err := layout.WriteSystemd("/opt/cybermiles")
	require.NoError(t, err)
	require.Len(t, paths, 4)
	content, err = os.ReadFile(paths[2])
	require.NoError(t, err)
	require.Contains(t, string(content), "\nExecStart=/opt/cybermiles start --home "+filepath.Join(opts.Dir, "node2")+"\n")
	_, err = layout.WriteSystemd("/opt/with space")
	require.ErrorContains(t, err, "choose a path of letters and digits")
}

func TestFoundersOfANetwork(t *testing.T) {
	opts := fourValidators(t)
	opts.Validators, opts.OperatorBalanceWei = 2, nil
	opts.Genesis.Economy = PublicEconomy()
	opts.Genesis.Economy.GrantStake = false
	owners := []common.Address{{1}, {2}}
	for i, owner := range owners {
		opts.Genesis.Alloc[owner] = types.Account{Balance: wholeCoins(10)}
		opts.Founders = append(opts.Founders, Validator{Name: "shop", Owner: owner, StakeWei: wholeCoins(int64(i) + 4), CommissionBps: 100})
	}
	layout, err := Create(opts)
	require.NoError(t, err)
	require.Equal(t, "node1", layout.Nodes[1].Name)
	require.Equal(t, owners[1], layout.Nodes[1].Operator)
	require.NoFileExists(t, layout.Home(1).OperatorKey())
	_, g, err := Load(layout.Home(0).Genesis())
	require.NoError(t, err)
	require.Equal(t, wholeCoins(9), g.Alloc[contracts.StakingAddress].Balance)
	require.Equal(t, wholeCoins(5), g.Alloc[owners[1]].Balance)
	identity, err := layout.Home(1).Identity()
	require.NoError(t, err)
	require.Equal(t, layout.Nodes[1].ConsensusAddress, identity.ConsensusAddress())
	require.EqualValues(t, layout.Nodes[1].NodeID, identity.NodeID)

	opts.Dir = filepath.Join(t.TempDir(), "again")
	opts.Founders[0].Key[0] = 1
	_, err = Create(opts)
	require.ErrorContains(t, err, "validator shop has a key already")
	opts.Founders = opts.Founders[1:]
	_, err = Create(opts)
	require.ErrorContains(t, err, "1 founders for 2 validators")
}

func TestAnotherChainID(t *testing.T) {
	g, same := New("x", 5), New("x", 6)
	require.NoError(t, g.SetChainID(6))
	require.Equal(t, same.Alloc, g.Alloc)
	require.Equal(t, same.ChainID, g.ChainID)
	require.ErrorIs(t, g.SetChainID(0), ErrGenesis)
}

func TestParsePercent(t *testing.T) {
	for text, want := range map[string]uint16{"0%": 0, "8%": 800, "4.5 %": 450, "100%": 10_000, "0.01%": 1} {
		got, err := ParsePercent(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "%", "8", "8.%", "-1%", "1.234%", "100.01%", "x%", "1e2%", " %", "9999%"} {
		_, err := ParsePercent(text)
		require.Error(t, err, text)
	}
}

func TestAllocationSaysWhatIsBroken(t *testing.T) {
	g := New("x", 5)
	g.Contracts = contracts.Sections{"lockup": []byte(`{"locks":[{}]}`)}
	_, err := g.Allocation()
	require.ErrorContains(t, err, "a lock has no amountWei")
	g.Contracts = contracts.Sections{"supply": []byte(`5`)}
	_, err = g.Allocation()
	require.ErrorIs(t, err, ErrGenesis)
	_, err = g.Parameters()
	require.ErrorIs(t, err, ErrGenesis)
}

func wholeCoins(n int64) *big.Int { return new(big.Int).Mul(big.NewInt(n), big.NewInt(1e18)) }
