package statesync

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/chain"
)

// staleAfter is the age of a block from which on no snapshot of it is made: a
// node that is catching up would make many that nobody asks for.
const staleAfter = time.Hour

// Committed begins a snapshot when the block is due for one: of the newest state
// that is on disk, so that nothing has to be written for it first. It returns at
// once; a snapshot that cannot be made is a warning, never a halt.
func (s *Snapshots) Committed(block *types.Block) {
	if s.options.Interval == 0 || block.NumberU64()%s.options.Interval != 0 {
		return
	}
	if time.Since(time.Unix(int64(block.Time()), 0)) > staleAfter {
		return
	}
	if !s.begin() {
		s.options.Log.Warn("no snapshot now: the last one is still being written; raise snapshot.interval_blocks", "height", block.NumberU64())
		return
	}
	if err := s.firstOnDisk(block); err != nil {
		s.end()
		s.options.Log.Warn("no snapshot now", "height", block.NumberU64(), "err", err)
		return
	}
	go func() {
		defer s.end()
		start := time.Now()
		done, err := s.takeNewest()
		switch {
		case errors.Is(err, errNothingNew):
		case err == nil:
			s.options.Log.Info("wrote a snapshot", "height", done.height, "chunks", done.chunks(), "took", time.Since(start))
		case s.ctx.Err() == nil:
			s.options.Log.Warn("no snapshot now", "height", block.NumberU64(), "err", err)
		}
	}()
}

// firstOnDisk writes the head's state when the disk still holds genesis', which
// happens once in a ledger's life.
func (s *Snapshots) firstOnDisk(head *types.Block) error {
	if s.options.Chain.OnDisk() != nil {
		return nil
	}
	return s.options.Chain.Persist(head)
}

// errNothingNew means that there is a snapshot of the state on disk already.
var errNothingNew = errors.New("no newer state on disk")

// takeNewest takes a snapshot of the state on disk. Should the disk move on just
// as the state is opened, the next one does as well.
func (s *Snapshots) takeNewest() (done snapshot, err error) {
	for range 10 {
		block := s.options.Chain.OnDisk()
		if block == nil {
			block = s.options.Chain.Head() // being written by firstOnDisk
		}
		if s.has(block.NumberU64()) {
			return done, errNothingNew
		}
		if done, err = s.take(block); !errors.Is(err, chain.ErrNotExportable) {
			return done, err
		}
	}
	return done, err
}

// has reports whether a snapshot of a block is kept.
func (s *Snapshots) has(height uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.kept, func(kept snapshot) bool { return kept.height == height })
}

// begin reserves the writing of one snapshot.
func (s *Snapshots) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy || s.closed {
		return false
	}
	s.busy = true
	s.writing.Add(1)
	return true
}

func (s *Snapshots) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = false
	s.writing.Done()
}

// take writes the snapshot of a block under another name, reads it back as a
// node that joins would, and only then gives it its name.
func (s *Snapshots) take(block *types.Block) (snapshot, error) {
	dir := filepath.Join(s.options.Dir, fmt.Sprintf("writing-%d", block.NumberU64()))
	defer os.RemoveAll(dir)
	if err := os.RemoveAll(dir); err != nil {
		return snapshot{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return snapshot{}, err
	}
	origin, release, err := s.options.Chain.Export(s.ctx, block)
	if err != nil {
		return snapshot{}, err
	}
	defer release()
	chunks := &chunkWriter{dir: dir, size: s.size}
	out := bufio.NewWriterSize(chunks, 64<<10)
	if err := encode(out, origin); err != nil {
		return snapshot{}, err
	}
	if err := out.Flush(); err != nil {
		return snapshot{}, err
	}
	if err := chunks.finish(); err != nil {
		return snapshot{}, err
	}
	done := snapshot{height: block.NumberU64(), hashes: chunks.hashes}
	written, err := readOrigin(s.ctx, dir, done.chunks())
	if err != nil {
		return snapshot{}, fmt.Errorf("read back: %w", err)
	}
	if err := written.Verify(block.Hash()); err != nil {
		return snapshot{}, fmt.Errorf("read back: %w", err)
	}
	return done, s.adopt(dir, done)
}

// adopt gives a complete snapshot its name and serves it from now on.
func (s *Snapshots) adopt(dir string, done snapshot) error {
	if err := os.RemoveAll(s.folder(done.height)); err != nil {
		return err
	}
	if err := os.Rename(dir, s.folder(done.height)); err != nil {
		return err
	}
	s.add(done)
	return nil
}
