package node

import (
	"testing"

	dbm "github.com/cometbft/cometbft-db"
	"github.com/stretchr/testify/require"
)

func TestClosedDatabaseIsEmpty(t *testing.T) {
	db := &lateDB{DB: dbm.NewMemDB()}
	require.NoError(t, db.Set([]byte("key"), []byte("value")))
	value, err := db.Get([]byte("key"))
	require.NoError(t, err)
	require.Equal(t, "value", string(value))
	require.NoError(t, db.Close())
	require.NoError(t, db.Close(), "closing twice is harmless")
	value, err = db.Get([]byte("key"))
	require.NoError(t, err)
	require.Nil(t, value)
	there, err := db.Has([]byte("key"))
	require.NoError(t, err)
	require.False(t, there)
}
