package statesync

import (
	"bytes"
	"math/big"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/chain"
)

// TestLargeCodesAreCarried: rule models and processes are the code of accounts
// and larger than a contract in Solidity may be: 60 KB by transactions, up to
// 2 MiB in a genesis. A chunk holds a part of one, or many.
func TestLargeCodesAreCarried(t *testing.T) {
	var accounts []common.Address
	codes := make(map[common.Address][]byte)
	for i, size := range []int{params.MaxCodeSize, params.MaxCodeSize + 1, 60_000, 1 << 20, 2 << 20} {
		account := address(5_000 + i)
		accounts = append(accounts, account)
		codes[account] = append([]byte{0xfe}, bytes.Repeat([]byte{byte(i), 0x5a}, size/2)[:size-1]...)
	}
	for _, size := range []int{10_000, ChunkSize} {
		source := openChain(t, t.TempDir())
		offered := open(t, source, 1, 2)
		offered.size = size
		extendBy(t, source, 1, func(_ uint64, db *state.StateDB) {
			for _, account := range accounts {
				db.SetNonce(account, 1, tracing.NonceChangeUnspecified)
				db.SetCode(account, codes[account], tracing.CodeChangeUnspecified)
			}
		})
		commit(t, source, offered)
		offer := offered.List()[0]
		var chunks [][]byte
		for i := range offer.Chunks {
			chunk, err := offered.Load(offer.Height, offer.Format, i)
			require.NoError(t, err)
			chunks = append(chunks, chunk)
		}
		if size == ChunkSize {
			require.Len(t, chunks, 1)
		}

		c := openChain(t, t.TempDir())
		s := open(t, c, 0, 1)
		require.Equal(t, abci.ResponseApplySnapshotChunk_ACCEPT, feed(t, s, source.Head().Hash(), offer, chunks))
		statedb, err := c.StateAt(c.Head().Header())
		require.NoError(t, err)
		for _, account := range accounts {
			require.True(t, bytes.Equal(codes[account], statedb.GetCode(account)), "%d bytes", len(codes[account]))
		}
		extend(t, source, 3)
		extend(t, c, 3)
		require.Equal(t, source.Head().Root(), c.Head().Root())
	}
}

// TestLargeCodesOfAGenesisAreCarried: they are part of what is proven, though
// whoever joins has them from its own genesis file.
func TestLargeCodesOfAGenesisAreCarried(t *testing.T) {
	model := address(5_000)
	code := append([]byte{0xfe}, bytes.Repeat([]byte{0x5a}, 2<<20-1)...)
	begin := func() *chain.Chain {
		c, err := chain.Open(chain.Options{Dir: t.TempDir()}, &core.Genesis{
			Config: params.MergedTestChainConfig, GasLimit: 30_000_000, BaseFee: big.NewInt(1), Difficulty: new(big.Int),
			Alloc: types.GenesisAlloc{address(-1): {Balance: big.NewInt(1)}, model: {Balance: new(big.Int), Nonce: 1, Code: code}},
		})
		require.NoError(t, err)
		return c
	}
	source, c := begin(), begin()
	offered, s := open(t, source, 5, 2), open(t, c, 0, 1)
	extend(t, source, 5)
	commit(t, source, offered)
	offer := offered.List()[0]
	_, chunks := cut(offer.Height, all(t, offered, offer))
	require.Equal(t, abci.ResponseApplySnapshotChunk_ACCEPT, feed(t, s, source.Head().Hash(), offer, chunks))
	statedb, err := c.StateAt(c.Head().Header())
	require.NoError(t, err)
	require.True(t, bytes.Equal(code, statedb.GetCode(model)))
}
