package contract_test

import (
	"bytes"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

func TestBlobs(t *testing.T) {
	chain := contracttest.New(t)
	ctx := contract.Open(chain.DB, chain.EVM(chain.DB, common.Address{}).ChainConfig(), contract.BlockInfo{})
	large := bytes.Repeat([]byte{0x5b}, 100_000) // more than a contract's code may have
	for _, content := range [][]byte{{}, {1}, large} {
		code := append([]byte{0xfe}, content...)
		want := crypto.Keccak256Hash(code)
		require.False(t, ctx.HasBlob(want))
		_, ok := ctx.Blob(want)
		require.False(t, ok)
		for range 2 { // storing twice is storing once
			hash, ok := ctx.StoreBlob(content)
			require.True(t, ok)
			require.Equal(t, want, hash)
		}
		require.True(t, ctx.HasBlob(want))
		got, ok := ctx.Blob(want)
		require.True(t, ok)
		require.True(t, bytes.Equal(content, got))
		require.Equal(t, code, chain.DB.GetCode(common.BytesToAddress(want[:])))
		require.False(t, chain.DB.Empty(common.BytesToAddress(want[:])))
	}
	require.False(t, ctx.HasBlob(common.Hash{}), "an account that is not there")
	require.False(t, ctx.HasBlob(types.EmptyCodeHash), "an account without code")
}

func TestBlobAtATakenAddress(t *testing.T) {
	chain := contracttest.New(t)
	ctx := contract.Open(chain.DB, chain.EVM(chain.DB, common.Address{}).ChainConfig(), contract.BlockInfo{})
	hash := crypto.Keccak256Hash([]byte{0xfe, 1})
	chain.Deploy(common.BytesToAddress(hash[:]), []byte{0x00})
	_, ok := ctx.StoreBlob([]byte{1})
	require.False(t, ok)
	require.Equal(t, []byte{0x00}, chain.DB.GetCode(common.BytesToAddress(hash[:])))
	_, ok = ctx.Blob(hash)
	require.False(t, ok)
}
