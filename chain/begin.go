package chain

import (
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/triedb"
)

// begin writes genesis to an empty ledger, or checks that a ledger began with
// it. The state goes to disk directly, tries and flat state side by side, in
// the form in which the path database leaves a state that it has completed: it
// finds nothing to build, and genesis is no entry of its history. No block
// leads to this state, so that a crash could not rebuild it: it is on disk
// before begin returns, or the ledger is marked.
func begin(db ethdb.Database, o Options, genesis *core.Genesis) error {
	if stored := rawdb.ReadCanonicalHash(db, 0); stored != (common.Hash{}) {
		return checkGenesis(stored, genesis)
	}
	if err := o.markIncomplete(); err != nil {
		return err
	}
	root, err := buildState(db, allocState(genesis.Alloc))
	if err != nil {
		return fmt.Errorf("write genesis: %w", err)
	}
	block, batch := genesisBlock(genesis, root), db.NewBatch()
	rawdb.WriteBlock(batch, block)
	rawdb.WriteReceipts(batch, block.Hash(), 0, nil)
	rawdb.WriteCanonicalHash(batch, block.Hash(), 0)
	rawdb.WriteHeadBlockHash(batch, block.Hash())
	rawdb.WriteHeadHeaderHash(batch, block.Hash())
	rawdb.WriteChainConfig(batch, block.Hash(), genesis.Config)
	err = writeFlatStateDone(batch, root)
	if err = errors.Join(err, batch.Write(), db.SyncKeyValue()); err != nil {
		return fmt.Errorf("write genesis: %w", err)
	}
	return o.markComplete()
}

// checkGenesis compares block 0 of a ledger with a genesis.
func checkGenesis(stored common.Hash, genesis *core.Genesis) error {
	root, err := buildState(nil, allocState(genesis.Alloc))
	if err != nil {
		return err
	}
	if want := genesisBlock(genesis, root).Hash(); want != stored {
		return fmt.Errorf("%w: its block 0 is %s, the genesis file's is %s", ErrGenesisMismatch, stored, want)
	}
	return nil
}

// genesisBlock is block 0 with a state root that is known already.
func genesisBlock(genesis *core.Genesis, root common.Hash) *types.Block {
	bare := *genesis
	bare.Alloc = nil
	block := bare.ToBlock()
	header := block.Header()
	header.Root = root
	return block.WithSeal(header)
}

// flatStateProgress is the path database's record of how far the flat state is
// built, under a name of ours because its package keeps the type to itself.
type flatStateProgress struct {
	Wiping                   bool
	Done                     bool
	Marker                   []byte
	Accounts, Slots, Storage uint64
}

// writeFlatStateDone tells the path database that the flat state on disk is
// complete and that of a root.
func writeFlatStateDone(db ethdb.KeyValueWriter, root common.Hash) error {
	blob, err := rlp.EncodeToBytes(&flatStateProgress{Done: true})
	if err != nil {
		return err
	}
	rawdb.WriteSnapshotRoot(db, root)
	rawdb.WriteSnapshotGenerator(db, blob)
	return nil
}

// awaitFlatState waits until the path database has finished to build or to
// check the flat state. Each write of newer states interrupts that work, and
// until it ends reads take the slow way through the trie.
func awaitFlatState(db *triedb.Database) {
	start, reported := time.Now(), time.Now()
	for !db.SnapshotCompleted() {
		if time.Since(start) > flatStateWait {
			log.Warn("Going on with an incomplete flat state: reads are slow", "waited", time.Since(start))
			return
		}
		if time.Since(reported) > 10*time.Second {
			log.Info("Waiting for the flat state", "waited", time.Since(start))
			reported = time.Now()
		}
		time.Sleep(flatStatePoll)
	}
}

const (
	// flatStateWait bounds how long the ledger waits for the flat state, should
	// the path database have given up on it.
	flatStateWait = 10 * time.Minute
	flatStatePoll = 2 * time.Millisecond
)
