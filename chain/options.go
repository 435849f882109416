package chain

import (
	"cmp"
	"path/filepath"

	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/ethdb/pebble"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/ethereum/go-ethereum/triedb/pathdb"
)

const (
	// DefaultStateHistory is how many blocks back state can be read, in blocks.
	DefaultStateHistory = 90_000

	// writeBufferBytes is how much state below the newest 128 blocks' may be
	// unwritten. It is small, so that what a kill loses and a restart executes
	// again is bounded by some hundred blocks at any load; writing happens in
	// the background.
	writeBufferBytes = 256 << 10

	// blockCacheItems is how many newest or recently read blocks stay decoded: at
	// 10,000 transactions a second a block and its receipts take some 12 MB.
	blockCacheItems = 16
	openFiles       = 2048

	ledgerFolder  = "ledger"  // below Options.Dir: blocks, indexes and the newest state
	historyFolder = "history" // below Options.Dir: the state's past, and its newest layers while the node is stopped
)

// Options say where the ledger lives and how much of the past it keeps.
type Options struct {
	Dir          string // directory; "" keeps everything in memory
	CacheMB      int    // memory for database and state caches, MiB (default 768)
	StateHistory uint64 // blocks whose state stays readable (default 90,000)
	Archive      bool   // keep the state of every block
	KeepBlocks   uint64 // newest blocks whose bodies and receipts are kept; 0 keeps all
	LogIndex     bool   // index logs for eth_getLogs
}

// DefaultOptions are those of a node of ordinary size, in memory.
func DefaultOptions() Options {
	return Options{CacheMB: 768, StateHistory: DefaultStateHistory, LogIndex: true}
}

// withDefaults replaces the numbers that are not set.
func (o Options) withDefaults() Options {
	d := DefaultOptions()
	o.CacheMB = cmp.Or(o.CacheMB, d.CacheMB)
	o.StateHistory = cmp.Or(o.StateHistory, d.StateHistory)
	if o.Archive {
		o.StateHistory = 0 // pathdb's word for the whole chain
	}
	return o
}

// nodeCacheBytes is the memory for trie nodes: a third of the cache memory, the
// flat state has a sixth, which is about what they need of each other. The
// default holds a million accounts. Most of the rest is the database's, which
// looks for each account in the index of the history. The caches take memory
// only as they fill.
func (o Options) nodeCacheBytes() int { return o.CacheMB << 20 / 3 }

func (o Options) trieConfig() *triedb.Config {
	cache := o.CacheMB << 20
	return &triedb.Config{PathDB: &pathdb.Config{
		StateHistory:        o.StateHistory,
		TrienodeHistory:     int64(o.StateHistory),
		EnableStateIndexing: true,
		FullValueCheckpoint: pathdb.Defaults.FullValueCheckpoint,
		TrieCleanSize:       cache / 12,
		StateCleanSize:      cache / 6,
		WriteBufferSize:     writeBufferBytes,
		NoHistoryIndexDelay: true,
		JournalDirectory:    o.journalFolder(),
	}}
}

// journalFolder is where the newest states wait for the next start. In a file
// they are read as a stream, of more than a gigabyte when blocks are full of
// accounts that are rarely used.
func (o Options) journalFolder() string {
	if o.Dir == "" {
		return ""
	}
	return filepath.Join(o.Dir, historyFolder)
}

// ledgerDatabase is a key-value store that also names the directory in which
// the path database keeps state history. Blocks stay in the key-value store:
// they are final when written and their keys ascend, so compaction only moves
// them.
type ledgerDatabase struct {
	ethdb.Database
	history string
}

func (d *ledgerDatabase) AncientDatadir() (string, error) { return d.history, nil }

func openDatabase(o Options) (ethdb.Database, error) {
	if o.Dir == "" {
		return rawdb.NewMemoryDatabase(), nil
	}
	kv, err := pebble.New(filepath.Join(o.Dir, ledgerFolder), o.CacheMB/3, openFiles, "", false)
	if err != nil {
		return nil, err
	}
	return &ledgerDatabase{Database: rawdb.NewDatabase(kv), history: filepath.Join(o.Dir, historyFolder)}, nil
}
