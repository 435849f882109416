package network

import (
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"
)

var genesisTime = time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)

// withValidators gives g n validators, operated by caller.
func withValidators(g *Genesis, n int) []cmttypes.GenesisValidator {
	validators := make([]cmttypes.GenesisValidator, n)
	for i := range validators {
		key := ed25519.GenPrivKeyFromSecret([]byte{byte(i)}).PubKey()
		validators[i] = cmttypes.GenesisValidator{PubKey: key, Power: 10}
		g.Operators[ConsensusAddress(key.Address())] = caller
	}
	return validators
}

func TestDocumentSavesAndLoads(t *testing.T) {
	g, err := DevGenesis(DevOptions{})
	require.NoError(t, err)
	doc, err := Document(g, withValidators(g, 4), genesisTime, "cybermiles-dev")
	require.NoError(t, err)
	require.NoError(t, doc.ConsensusParams.ValidateBasic())
	require.EqualValues(t, 7*24*3600*2, doc.ConsensusParams.Evidence.MaxAgeNumBlocks)
	require.Zero(t, doc.GenesisTime.Nanosecond())

	path := filepath.Join(t.TempDir(), "genesis.json")
	require.NoError(t, Save(doc, path))
	loadedDoc, loaded, err := Load(path)
	require.NoError(t, err)
	require.Equal(t, g.TotalWei(), loaded.TotalWei())
	require.Equal(t, g.Operators, loaded.Operators)
	require.Equal(t, doc.ValidatorHash(), loadedDoc.ValidatorHash())
	require.True(t, doc.GenesisTime.Equal(loadedDoc.GenesisTime))

	standard, err := cmttypes.GenesisDocFromFile(path) // CometBFT reads it too
	require.NoError(t, err)
	require.Equal(t, "cybermiles-dev", standard.ChainID)
}

func TestDocumentRefuses(t *testing.T) {
	for want, spoil := range map[string]func(*cmttypes.GenesisDoc){
		"app_state is missing":    func(d *cmttypes.GenesisDoc) { d.AppState = nil },
		"genesis_time is missing": func(d *cmttypes.GenesisDoc) { d.GenesisTime = time.Time{} },
		"app_hash is set":         func(d *cmttypes.GenesisDoc) { d.AppHash = []byte{1} },
		"validators are missing":  func(d *cmttypes.GenesisDoc) { d.Validators = nil },
		"non-empty chain_id":      func(d *cmttypes.GenesisDoc) { d.ChainID = "" },
		"initial_height is 2":     func(d *cmttypes.GenesisDoc) { d.InitialHeight = 2 },
		"power -1 is out":         func(d *cmttypes.GenesisDoc) { d.Validators[0].Power = -1 },
		"power 1152921504606846":  func(d *cmttypes.GenesisDoc) { d.Validators[1].Power = cmttypes.MaxTotalVotingPower },
		"validator 1: pub_key":    func(d *cmttypes.GenesisDoc) { d.Validators[1].PubKey = nil },
		"validator 0: pub_key":    func(d *cmttypes.GenesisDoc) { d.Validators[0].PubKey = ed25519.PubKey{1} },
		"incorrect address":       func(d *cmttypes.GenesisDoc) { d.Validators[0].Address = make([]byte, 20) },
		"named twice":             func(d *cmttypes.GenesisDoc) { d.Validators = append(d.Validators, d.Validators[0]) },
		"has no account": func(d *cmttypes.GenesisDoc) {
			d.AppState = []byte(strings.Replace(string(d.AppState), ConsensusAddress(d.Validators[0].Address).String(), strings.Repeat("AB", 20), 1))
		},
	} {
		g := New("test", TestChainID)
		doc, err := Document(g, withValidators(g, 2), genesisTime, "test")
		require.NoError(t, err)
		spoil(doc)
		_, err = FromDocument(doc)
		require.ErrorIs(t, err, ErrGenesis, want)
		require.ErrorContains(t, err, want)

		path := filepath.Join(t.TempDir(), "genesis.json")
		content, err := cmtjson.Marshal(doc)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		_, _, err = Load(path)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, path)
	}
	g := New("test", TestChainID)
	_, err := Document(g, nil, genesisTime, "test")
	require.ErrorContains(t, err, "validators are missing")
	g.ChainID = 0
	_, err = Document(g, withValidators(g, 1), genesisTime, "test")
	require.ErrorContains(t, err, "chainId is 0")
}

func TestLoadSaysWhereItLooked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "genesis.json")
	_, _, err := Load(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, path)
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	_, _, err = Load(path)
	require.ErrorIs(t, err, ErrGenesis)
}

func largeDocument(tb testing.TB) string {
	g, err := DevGenesis(DevOptions{})
	require.NoError(tb, err)
	for i := range 22_035 {
		address := common.BigToAddress(big.NewInt(int64(i) + 1<<40))
		account := g.Alloc[address]
		account.Balance = new(big.Int).Set(DevBalanceWei)
		g.Alloc[address] = account
	}
	doc, err := Document(g, withValidators(g, 1), genesisTime, "large")
	require.NoError(tb, err)
	path := filepath.Join(tb.TempDir(), "genesis.json")
	require.NoError(tb, Save(doc, path))
	return path
}

// go test ./network -bench LoadLarge -run '^$' prints how long 22,045 accounts and the predeploys take to load.
func BenchmarkLoadLarge(b *testing.B) {
	path := largeDocument(b)
	for b.Loop() {
		_, g, err := Load(path)
		require.NoError(b, err)
		require.Len(b, g.Alloc, 22_035+DevAccountCount+8)
	}
}
