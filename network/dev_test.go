package network

import (
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"
)

// Hardhat and Foundry print the same addresses and keys.
func TestDevAccounts(t *testing.T) {
	accounts, err := DevAccounts(DevAccountCount)
	require.NoError(t, err)
	require.Equal(t, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", accounts[0].Address.Hex())
	require.Equal(t, "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", hex.EncodeToString(crypto.FromECDSA(accounts[0].Key)))
	require.Equal(t, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", accounts[1].Address.Hex())
	require.Equal(t, "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720", accounts[9].Address.Hex())

	_, err = DevAccounts(-1)
	require.ErrorContains(t, err, "-1 development accounts")

	digest := crypto.Keccak256([]byte("message"))
	for _, account := range accounts {
		signature, err := crypto.Sign(digest, account.Key)
		require.NoError(t, err)
		key, err := crypto.SigToPub(digest, signature)
		require.NoError(t, err)
		require.Equal(t, account.Address, crypto.PubkeyToAddress(*key))
	}
}

func TestDevGenesis(t *testing.T) {
	g, err := DevGenesis(DevOptions{Extra: types.GenesisAlloc{caller: {Balance: big.NewInt(3)}}})
	require.NoError(t, err)
	require.NoError(t, g.Validate())
	require.Equal(t, DevChainID, g.ChainID)
	want := new(big.Int).Mul(big.NewInt(100_000), big.NewInt(params.Ether))
	require.Equal(t, want.Add(want, big.NewInt(3)), g.TotalWei())
	require.NotEmpty(t, g.Alloc[Multicall3Address].Code)
}

func TestDevGenesisWithSnapshot(t *testing.T) {
	path := snapshotPath(t)
	g, err := DevGenesis(DevOptions{ChainID: 4711, Snapshot: path, SnapshotTotalWei: billionCMT})
	require.NoError(t, err)
	require.EqualValues(t, 4711, g.ChainID)
	want := new(big.Int).Add(billionCMT, new(big.Int).Mul(big.NewInt(DevAccountCount), DevBalanceWei))
	require.Equal(t, want, g.TotalWei())

	_, err = DevGenesis(DevOptions{Snapshot: path, SnapshotTotalWei: common.Big1})
	require.ErrorIs(t, err, ErrSnapshot)
	_, err = DevGenesis(DevOptions{Snapshot: "testdata/none.csv"})
	require.ErrorContains(t, err, "none.csv")
}
