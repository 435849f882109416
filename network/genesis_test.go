package network

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"
)

func TestChainConfigIsOsakaFromGenesis(t *testing.T) {
	for _, chainID := range []uint64{MainChainID, TestChainID, DevChainID} {
		config := New("test", chainID).ChainConfig()
		require.NoError(t, config.CheckConfigForkOrder())
		require.Equal(t, chainID, config.ChainID.Uint64())
		rules := config.Rules(new(big.Int), true, 0)
		require.True(t, rules.IsOsaka)
		require.False(t, rules.IsAmsterdam)
		require.NotNil(t, config.BlobConfig(config.LatestFork(0)))
	}
}

func TestValidateNamesTheFault(t *testing.T) {
	account := func(a types.Account) func(*Genesis) {
		return func(g *Genesis) { g.Alloc[common.HexToAddress("0x77")] = a }
	}
	for want, spoil := range map[string]func(*Genesis){
		"name is empty":     func(g *Genesis) { g.Name = "" },
		"symbol is empty":   func(g *Genesis) { g.Symbol = "" },
		"chainId is 0":      func(g *Genesis) { g.ChainID = 0 },
		"gasLimit 4999999":  func(g *Genesis) { g.GasLimit = 4_999_999 },
		"gasLimit 18446744": func(g *Genesis) { g.GasLimit = 1<<64 - 1 },
		"baseFeeWei 1 is below baseFeeFloorWei 2000000000": func(g *Genesis) { g.BaseFeeWei = 1 },
		"blockInterval -1ns":       func(g *Genesis) { g.BlockInterval = -1 },
		"operators: validator 000": func(g *Genesis) { g.Operators[ConsensusAddress{}] = common.Address{} },
		"0x0000000000000000000000000000000000000077: balance is missing": account(types.Account{}),
		"balance -1 is negative": account(types.Account{Balance: big.NewInt(-1)}),
		"does not fit":           account(types.Account{Balance: new(big.Int).Lsh(common.Big1, 256)}),
		"addresses up to 0x1ff":  account(types.Account{Balance: new(big.Int), Code: []byte{0xfe}}),
		"24577 bytes": func(g *Genesis) {
			g.Alloc[caller] = types.Account{Balance: new(big.Int), Code: make([]byte, params.MaxCodeSize+1)}
		},
		"deletes such an account": func(g *Genesis) {
			g.Alloc[caller] = types.Account{Balance: new(big.Int), Storage: requestsInhibited}
		},
	} {
		g := New("test", DevChainID)
		require.NoError(t, g.Validate())
		spoil(g)
		err := g.Validate()
		require.ErrorIs(t, err, ErrGenesis, want)
		require.ErrorContains(t, err, want)
	}
}

func TestGenesisSurvivesJSON(t *testing.T) {
	want := New("test", TestChainID)
	want.Operators[ConsensusAddress{0xab, 1}] = caller
	require.NoError(t, want.Add(types.GenesisAlloc{caller: {Balance: big.NewInt(7)}}))
	encoded, err := json.Marshal(want)
	require.NoError(t, err)
	for _, field := range []string{`"chainId":19`, `"gasLimit":500000000`, `"baseFeeWei":2000000000`,
		`"baseFeeFloorWei":2000000000`, `"blockInterval":"500ms"`, `"AB010000`} {
		require.Contains(t, string(encoded), field)
	}
	got := new(Genesis)
	require.NoError(t, json.Unmarshal(encoded, got))
	require.Equal(t, len(want.Alloc), len(got.Alloc))
	again, err := json.Marshal(got)
	require.NoError(t, err)
	require.JSONEq(t, string(encoded), string(again))
	require.Equal(t, want.Operators, got.Operators)
}

func TestGenesisJSONIsStrict(t *testing.T) {
	for want, text := range map[string]string{
		"unknown field":     `{"name":"x","gaslimits":1}`,
		"named twice":       `{"alloc":{"0x00000000000000000000000000000000000000aa":{"balance":"1"},"00000000000000000000000000000000000000AA":{"balance":"2"}}}`,
		"40 hexadecimal":    `{"alloc":{"0x12":{"balance":"1"}}}`,
		"balance":           `{"alloc":{"0x00000000000000000000000000000000000000aa":{}}}`,
		"object of":         `{"alloc":[]}`,
		"duration":          `{"blockInterval":"soon"}`,
		"consensus address": `{"operators":{"12":"0x00000000000000000000000000000000000000aa"}}`,
	} {
		err := json.Unmarshal([]byte(text), new(Genesis))
		require.ErrorIs(t, err, ErrGenesis, text)
		require.ErrorContains(t, err, want)
	}
}

func TestAddSumsBalancesAndRefusesTwoCodes(t *testing.T) {
	g := New("test", DevChainID)
	gift := types.GenesisAlloc{WCMTAddress: {Balance: big.NewInt(5)}, caller: {Balance: big.NewInt(6)}}
	require.NoError(t, g.Add(gift))
	require.NoError(t, g.Add(gift))
	require.EqualValues(t, 10, g.Alloc[WCMTAddress].Balance.Int64())
	require.NotEmpty(t, g.Alloc[WCMTAddress].Code)
	require.EqualValues(t, 12, g.Alloc[caller].Balance.Int64())
	require.EqualValues(t, 6, gift[caller].Balance.Int64(), "the argument is left alone")

	err := g.Add(types.GenesisAlloc{WCMTAddress: {Balance: new(big.Int), Code: []byte{1}}})
	require.ErrorContains(t, err, "given twice")
}

func FuzzGenesisJSON(f *testing.F) {
	seed := New("seed", DevChainID)
	seed.Operators[ConsensusAddress{1}] = caller
	seed.Alloc = types.GenesisAlloc{caller: {Balance: big.NewInt(7)}} // a short seed mutates faster
	encoded, err := json.Marshal(seed)
	require.NoError(f, err)
	f.Add(encoded)
	f.Add([]byte(`{"alloc":{"00000000000000000000000000000000000000aa":{"balance":"0x1","storage":{"0x0":"0x1"}}}}`))
	f.Add([]byte(`{"alloc":{"` + strings.Repeat("a", 40)))
	f.Fuzz(func(t *testing.T, data []byte) {
		g := new(Genesis)
		if json.Unmarshal(data, g) != nil || g.Validate() != nil {
			return
		}
		encoded, err := json.Marshal(g)
		require.NoError(t, err)
		again := new(Genesis)
		require.NoError(t, json.Unmarshal(encoded, again))
		require.NoError(t, again.Validate())
		require.Zero(t, g.TotalWei().Cmp(again.TotalWei()))
	})
}
