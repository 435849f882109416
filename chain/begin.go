package chain

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/triedb"
)

// begin writes genesis to an empty ledger. The path database writes states in
// the background, and no block leads to this one, so that a crash could not
// rebuild it: it is on disk before begin returns, or the ledger is marked.
func begin(db ethdb.Database, o Options, genesis *core.Genesis) error {
	if rawdb.ReadCanonicalHash(db, 0) != (common.Hash{}) {
		return nil
	}
	if err := o.markIncomplete(); err != nil {
		return err
	}
	config := o.trieConfig()
	config.PathDB.NoAsyncFlush = true
	states := triedb.NewDatabase(db, config)
	_, err := genesis.Commit(db, states, nil)
	if err = errors.Join(err, states.Close(), db.SyncKeyValue()); err != nil {
		return err
	}
	return o.markComplete()
}
