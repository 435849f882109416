package charter

import (
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/network"
)

// exported begins a genesis and reads its contracts' parts back.
func exported(t *testing.T, g *network.Genesis, at time.Time) (contracts.Sections, types.GenesisAlloc) {
	t.Helper()
	chain, err := contracts.New(g.Contracts, g.ChainConfig(), g.GasLimit)
	require.NoError(t, err)
	alloc, err := chain.Begin(at, g.Alloc)
	require.NoError(t, err)
	db, err := state.New(types.EmptyRootHash, state.NewDatabase(triedb.NewDatabase(rawdb.NewMemoryDatabase(), nil), nil))
	require.NoError(t, err)
	balances := make(types.GenesisAlloc)
	for address, account := range alloc {
		db.SetBalance(address, uint256.MustFromBig(account.Balance), tracing.BalanceIncreaseGenesisBalance)
		db.SetCode(address, account.Code, tracing.CodeChangeGenesis)
		for slot, value := range account.Storage {
			db.SetState(address, slot, value)
		}
		balances[address] = types.Account{Balance: account.Balance}
	}
	sections, err := chain.Export(db, &types.Header{Number: new(big.Int), Time: uint64(at.Unix())})
	require.NoError(t, err)
	return sections, balances
}

// What a chain exports begins the next one, which exports the same bytes.
func TestExportsAreGenesesAgain(t *testing.T) {
	for _, text := range []string{small, private} {
		c, err := Parse(text)
		require.NoError(t, err)
		m, err := c.Compose(begin)
		require.NoError(t, err)
		doc, err := network.Build(m.Genesis, m.Validators, m.Time, c.ChainName)
		require.NoError(t, err)
		g, err := network.FromDocument(doc)
		require.NoError(t, err)

		first, balances := exported(t, g, m.Time)
		require.Len(t, first, len(g.Contracts))
		g.Contracts, g.Alloc = first, balances
		second, again := exported(t, g, m.Time)
		require.Equal(t, len(first), len(second))
		for name := range first {
			require.Equal(t, string(first[name]), string(second[name]), name)
		}
		require.Equal(t, balances, again)
	}
}
