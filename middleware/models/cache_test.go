package models_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/models"
)

func TestCacheKeepsTheLastUsed(t *testing.T) {
	c := models.NewCache[string](100)
	a, b, d, large := common.Hash{1}, common.Hash{2}, common.Hash{3}, common.Hash{4}
	has := func(hash common.Hash) bool { _, found := c.Get(hash); return found }
	c.Put(a, "a", 40)
	c.Put(b, "b", 40)
	c.Put(a, "another", 90) // the first one stays
	require.True(t, has(b))
	model, found := c.Get(a)
	require.True(t, found)
	require.Equal(t, "a", model)
	c.Put(d, "d", 40) // b was used before a
	require.True(t, has(a) && has(d))
	require.False(t, has(b))
	c.Put(large, "large", 1_000)
	require.True(t, has(large))
	require.False(t, has(a) || has(d))
}
