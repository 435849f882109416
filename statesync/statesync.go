// Package statesync lets a new node begin with the state of its peers instead
// of executing the chain from genesis: it writes snapshots of the state at
// regular heights, serves their chunks, and takes in the chunks of others. It
// trusts no peer: a snapshot counts only when everything in it is proven by the
// block hash that CometBFT's light client has verified.
package statesync

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/chain"
)

// Options say where snapshots lie and how often one is made.
type Options struct {
	Dir      string // folder of the snapshots, made when it is missing
	Interval uint64 // blocks between two snapshots; 0 makes none
	Keep     uint64 // newest snapshots kept, at least 1; up to twice as many while peers fetch them
	Chain    *chain.Chain
	// Restored is told the new head after the ledger was begun anew at it.
	Restored func(head *types.Block) error
	Log      *slog.Logger
}

// Snapshots makes, serves and takes in snapshots. It implements the consensus
// application's Snapshots interface.
type Snapshots struct {
	options Options
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	writing sync.WaitGroup
	size    int // of a chunk, in bytes

	mu     sync.Mutex
	kept   []snapshot // ascending by height
	busy   bool       // one is being written
	closed bool

	joining sync.Mutex
	join    *join // the snapshot being taken in, nil for none
}

// snapshot is a complete one on disk.
type snapshot struct {
	height uint64
	hashes []byte    // of the chunks, one after the other
	served time.Time // when a chunk was last asked for
}

func (s snapshot) chunks() uint32 { return uint32(len(s.hashes) / sha256.Size) }

// New opens the folder of snapshots. What an earlier process left incomplete
// there is removed.
func New(options Options) (*Snapshots, error) {
	options.Keep = max(options.Keep, 1)
	if err := os.MkdirAll(options.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open snapshots: %w", err)
	}
	entries, err := os.ReadDir(options.Dir)
	if err != nil {
		return nil, fmt.Errorf("open snapshots: %w", err)
	}
	s := &Snapshots{options: options, size: ChunkSize}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for _, entry := range entries {
		if found, ok := s.open(entry.Name()); ok {
			s.kept = append(s.kept, found)
		} else if err := os.RemoveAll(filepath.Join(options.Dir, entry.Name())); err != nil {
			return nil, fmt.Errorf("remove an incomplete snapshot: %w", err)
		}
	}
	slices.SortFunc(s.kept, func(a, b snapshot) int { return cmp.Compare(a.height, b.height) })
	return s, nil
}

// folder is where the snapshot of a height lies once it is complete.
func (s *Snapshots) folder(height uint64) string {
	return filepath.Join(s.options.Dir, strconv.FormatUint(height, 10))
}

// open recognises a complete snapshot by its folder's name and content.
func (s *Snapshots) open(name string) (snapshot, bool) {
	height, err := strconv.ParseUint(name, 10, 64)
	if err != nil || strings.HasPrefix(name, "0") {
		return snapshot{}, false
	}
	hashes, err := os.ReadFile(filepath.Join(s.folder(height), hashesFile))
	if err != nil || len(hashes) == 0 || len(hashes)%sha256.Size != 0 {
		return snapshot{}, false
	}
	found := snapshot{height: height, hashes: hashes}
	_, err = os.Stat(chunkPath(s.folder(height), found.chunks()-1))
	return found, err == nil
}

// Close stops what is being written or taken in and waits for it. It must come
// before the ledger is closed.
func (s *Snapshots) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.writing.Wait()
	s.joining.Lock()
	defer s.joining.Unlock()
	s.join = nil
}

// List names the snapshots that can be served.
func (s *Snapshots) List() []*abci.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*abci.Snapshot, len(s.kept))
	for i, kept := range s.kept {
		sum := sha256.Sum256(kept.hashes)
		list[i] = &abci.Snapshot{
			Height: kept.height, Format: Format, Chunks: kept.chunks(), Hash: sum[:], Metadata: kept.hashes,
		}
	}
	return list
}

// Load reads a chunk. It is nil when the snapshot is not there any more.
func (s *Snapshots) Load(height uint64, format, chunk uint32) ([]byte, error) {
	s.mu.Lock()
	at := slices.IndexFunc(s.kept, func(kept snapshot) bool { return kept.height == height })
	if at >= 0 {
		s.kept[at].served = time.Now()
	}
	s.mu.Unlock()
	if format != Format || at < 0 {
		return nil, nil
	}
	content, err := os.ReadFile(chunkPath(s.folder(height), chunk))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

// add makes a complete snapshot available and removes those beyond Keep.
func (s *Snapshots) add(done snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = slices.DeleteFunc(s.kept, func(old snapshot) bool { return old.height == done.height })
	s.kept = append(s.kept, done)
	slices.SortFunc(s.kept, func(a, b snapshot) int { return cmp.Compare(a.height, b.height) })
	surplus := len(s.kept) - int(s.options.Keep)
	s.kept = slices.DeleteFunc(s.kept, func(old snapshot) bool {
		fetched := time.Since(old.served) < fetchPause && surplus <= int(s.options.Keep)
		if surplus <= 0 || fetched {
			return false
		}
		surplus--
		if err := os.RemoveAll(s.folder(old.height)); err != nil {
			s.options.Log.Warn("cannot remove an old snapshot", "height", old.height, "err", err)
		}
		return true
	})
}

// fetchPause is the longest pause between two chunks that a peer fetches, after
// which it is taken to have finished: CometBFT's own limit.
const fetchPause = 2 * time.Minute
