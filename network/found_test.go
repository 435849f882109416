package network

import (
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"
)

func TestFoundMakesAFundedOperator(t *testing.T) {
	home := Home(filepath.Join(t.TempDir(), "home"))
	g := New("test", TestChainID)
	founding, err := Found(home, FoundOptions{Genesis: g, ChainName: "test", OperatorBalanceWei: big.NewInt(7)})
	require.NoError(t, err)
	key, err := crypto.LoadECDSA(home.OperatorKey())
	require.NoError(t, err)
	require.Equal(t, founding.Operator, crypto.PubkeyToAddress(key.PublicKey))
	_, stored, err := Load(home.Genesis())
	require.NoError(t, err)
	require.EqualValues(t, 7, stored.Alloc[founding.Operator].Balance.Int64())
	require.Equal(t, founding.Operator, stored.Operators[founding.Identity.ConsensusAddress()])
	require.NotContains(t, g.Alloc, founding.Operator, "the caller's genesis is left as it is")

	_, err = Found(home, FoundOptions{Genesis: g, ChainName: "test"})
	require.ErrorIs(t, err, ErrExists)
}

func TestFoundLeavesANamedOperatorItsKey(t *testing.T) {
	home := Home(filepath.Join(t.TempDir(), "home"))
	founding, err := Found(home, FoundOptions{Genesis: New("test", TestChainID), ChainName: "test", Operator: common.Address{0xaa}})
	require.NoError(t, err)
	require.Equal(t, common.Address{0xaa}, founding.Operator)
	require.NoFileExists(t, home.OperatorKey())

	other := Home(filepath.Join(t.TempDir(), "other"))
	identity, doc, err := Adopt(home.Genesis(), other)
	require.NoError(t, err)
	require.NotEqual(t, founding.Identity, identity)
	require.Equal(t, founding.Document.ChainID, doc.ChainID)
	_, _, err = Adopt(home.Genesis(), other)
	require.ErrorIs(t, err, ErrExists)
}

func TestComposeAddsUp(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	shared := "0x00000000000000000000000000000000000000aa"
	options := ComposeOptions{
		Name: "n", Symbol: "S", ChainID: 9, DevAccounts: true,
		Alloc:    write("alloc.json", `{"`+shared+`": {"balance": "0x5"}}`),
		Snapshot: write("holders.csv", snapshotHeader+"\n"+shared+",2\n"),
	}
	g, err := Compose(options)
	require.NoError(t, err)
	require.Equal(t, "S", g.Symbol)
	require.EqualValues(t, 7, g.Alloc[common.HexToAddress(shared)].Balance.Int64())
	accounts, err := DevAccounts(DevAccountCount)
	require.NoError(t, err)
	for _, account := range accounts {
		require.Equal(t, DevBalanceWei, g.Alloc[account.Address].Balance)
	}

	options.SnapshotTotalWei = big.NewInt(3)
	_, err = Compose(options)
	require.ErrorIs(t, err, ErrSnapshot)
	_, err = Compose(ComposeOptions{ChainID: 9, Alloc: write("bad.json", "[]")})
	require.ErrorContains(t, err, "bad.json")
	_, err = Compose(ComposeOptions{Name: "n"})
	require.ErrorIs(t, err, ErrGenesis)
}
