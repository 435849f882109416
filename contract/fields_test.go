package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

type Inherited struct {
	Small contract.Value[uint32]
	Names contract.Array[string]
}

// TestEmbeddedStorageComesFirst: a struct with an embedded one lies as the struct
// with the same fields does.
func TestEmbeddedStorageComesFirst(t *testing.T) {
	var derived struct {
		Inherited
		Last contract.Value[uint64]
	}
	var flat struct {
		Small contract.Value[uint32]
		Names contract.Array[string]
		Last  contract.Value[uint64]
	}
	require.NoError(t, contract.Layout(&derived))
	require.NoError(t, contract.Layout(&flat))
	ctx := contracttest.New(t).Open(newShelf(t))
	derived.Small.Set(ctx, 7)
	derived.Names.Push(ctx, "seven")
	derived.Last.Set(ctx, 77)
	require.EqualValues(t, 7, flat.Small.Get(ctx))
	require.Equal(t, "seven", flat.Names.Get(ctx, 0))
	require.EqualValues(t, 77, flat.Last.Get(ctx))
}
