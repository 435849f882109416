package contracts_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contracts"
)

func TestAddressesAndNamesAreUnique(t *testing.T) {
	c, err := contracts.New(nil, nil, 1)
	require.NoError(t, err)
	names, addresses := make(map[string]bool), make(map[common.Address]bool)
	for _, each := range c.Set() {
		require.False(t, names[each.Name()], each.Name())
		require.False(t, addresses[each.Address()], each.Address())
		names[each.Name()], addresses[each.Address()] = true, true
	}
	_, err = contracts.New(contracts.Sections{"nothing": nil}, nil, 1)
	require.ErrorContains(t, err, `there is no contract "nothing"`)
}
