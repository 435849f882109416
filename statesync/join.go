package statesync

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/chain"
)

// join is a snapshot that is being taken in.
type join struct {
	snapshot
	block common.Hash // hash of its block, verified by CometBFT's light client
	next  uint32      // chunk that comes next
	dir   string
	began time.Time
}

// Offer decides whether to take in a peer's snapshot. appHash is the hash of
// its block, which CometBFT's light client has verified.
func (s *Snapshots) Offer(offer *abci.Snapshot, appHash []byte) abci.ResponseOfferSnapshot_Result {
	s.joining.Lock()
	defer s.joining.Unlock()
	s.join = nil
	if s.ctx.Err() != nil {
		return abci.ResponseOfferSnapshot_ABORT
	}
	if offer.Format != Format {
		return abci.ResponseOfferSnapshot_REJECT_FORMAT
	}
	if err := check(offer, appHash); err != nil {
		s.options.Log.Warn("refused a peer's snapshot", "height", offer.Height, "err", err)
		return abci.ResponseOfferSnapshot_REJECT
	}
	if !s.options.Chain.AtOrigin() {
		s.options.Log.Error("this node has blocks of its own and takes no snapshot; switch statesync.enable off, or start with an empty data directory")
		return abci.ResponseOfferSnapshot_ABORT
	}
	j := &join{
		snapshot: snapshot{height: offer.Height, hashes: bytes.Clone(offer.Metadata)},
		block:    common.BytesToHash(appHash),
		dir:      filepath.Join(s.options.Dir, "joining"),
		began:    time.Now(),
	}
	if err := errors.Join(os.RemoveAll(j.dir), os.MkdirAll(j.dir, 0o700)); err != nil {
		s.options.Log.Error("cannot take in a snapshot", "height", offer.Height, "err", err)
		return abci.ResponseOfferSnapshot_ABORT
	}
	s.options.Log.Info("taking in a snapshot", "height", j.height, "chunks", j.chunks())
	s.join = j
	return abci.ResponseOfferSnapshot_ACCEPT
}

// check refuses an offer that contradicts itself or exceeds the bounds.
func check(offer *abci.Snapshot, appHash []byte) error {
	switch sum := sha256.Sum256(offer.Metadata); {
	case len(appHash) != common.HashLength:
		return fmt.Errorf("the block's hash has %d bytes", len(appHash))
	case offer.Height == 0:
		return errors.New("it is of genesis")
	case offer.Chunks == 0 || offer.Chunks > maxChunks:
		return fmt.Errorf("it has %d chunks, not 1 to %d", offer.Chunks, maxChunks)
	case len(offer.Metadata) != int(offer.Chunks)*sha256.Size:
		return fmt.Errorf("it has %d bytes of hashes for %d chunks", len(offer.Metadata), offer.Chunks)
	case !bytes.Equal(offer.Hash, sum[:]):
		return errors.New("its hash is not its chunks' hashes' hash")
	}
	return nil
}

// Apply takes the next chunk. One that is not what the snapshot's hashes say is
// fetched again from another peer. After the last the ledger begins anew.
func (s *Snapshots) Apply(index uint32, chunk []byte, sender string) *abci.ResponseApplySnapshotChunk {
	s.joining.Lock()
	defer s.joining.Unlock()
	j := s.join
	if j == nil {
		return respond(abci.ResponseApplySnapshotChunk_ABORT)
	}
	if index != j.next {
		return respond(abci.ResponseApplySnapshotChunk_RETRY_SNAPSHOT)
	}
	if sum := sha256.Sum256(chunk); len(chunk) > ChunkSize || !bytes.Equal(sum[:], j.hashes[index*sha256.Size:][:sha256.Size]) {
		s.options.Log.Warn("refused a chunk: it does not have the hash the snapshot says", "chunk", index, "peer", sender)
		return &abci.ResponseApplySnapshotChunk{
			Result:        abci.ResponseApplySnapshotChunk_RETRY,
			RefetchChunks: []uint32{index},
			RejectSenders: []string{sender},
		}
	}
	if err := writeFile(chunkPath(j.dir, index), chunk); err != nil {
		s.options.Log.Error("cannot take in a snapshot", "height", j.height, "err", err)
		return s.giveUp(abci.ResponseApplySnapshotChunk_ABORT)
	}
	if err := j.early(index, chunk); err != nil {
		s.options.Log.Warn("refused a peer's snapshot", "height", j.height, "err", err)
		return s.giveUp(abci.ResponseApplySnapshotChunk_REJECT_SNAPSHOT)
	}
	if j.next++; j.next < j.chunks() {
		return respond(abci.ResponseApplySnapshotChunk_ACCEPT)
	}
	switch err := s.finish(j); {
	case errors.Is(err, chain.ErrRefused):
		s.options.Log.Warn("refused a peer's snapshot", "height", j.height, "err", err)
		return s.giveUp(abci.ResponseApplySnapshotChunk_REJECT_SNAPSHOT)
	case err != nil:
		s.options.Log.Error("could not begin with a snapshot", "height", j.height, "err", err)
		return s.giveUp(abci.ResponseApplySnapshotChunk_ABORT)
	}
	s.join = nil
	return respond(abci.ResponseApplySnapshotChunk_ACCEPT)
}

func respond(result abci.ResponseApplySnapshotChunk_Result) *abci.ResponseApplySnapshotChunk {
	return &abci.ResponseApplySnapshotChunk{Result: result}
}

// giveUp forgets the snapshot that was being taken in.
func (s *Snapshots) giveUp(result abci.ResponseApplySnapshotChunk_Result) *abci.ResponseApplySnapshotChunk {
	if err := os.RemoveAll(s.join.dir); err != nil {
		s.options.Log.Warn("cannot remove a refused snapshot", "err", err)
	}
	s.join = nil
	return respond(result)
}

// early looks for a wrong block in the first chunk already, before all the
// others are fetched for nothing.
func (j *join) early(index uint32, chunk []byte) error {
	if index > 0 {
		return nil
	}
	var header types.Header
	d := newDecoder(bytes.NewReader(chunk), uint64(len(chunk)))
	if err := d.item("header", &header); err != nil {
		return err
	}
	if header.Hash() != j.block {
		return fmt.Errorf("it is of block %s, expected %s", header.Hash(), j.block)
	}
	if !header.Number.IsUint64() || header.Number.Uint64() != j.height {
		return fmt.Errorf("it is of block %d, expected %d", header.Number, j.height)
	}
	return nil
}

// finish begins the ledger anew with a snapshot whose chunks are all there.
func (s *Snapshots) finish(j *join) error {
	origin, err := readOrigin(s.ctx, j.dir, j.chunks())
	if err != nil {
		return fmt.Errorf("%w: %w", chain.ErrRefused, err)
	}
	if err := s.options.Chain.Restore(j.block, origin); err != nil {
		return err
	}
	if s.options.Restored != nil {
		if err := s.options.Restored(origin.Block); err != nil {
			return err
		}
	}
	s.options.Log.Info("began with a snapshot", "height", j.height, "block", j.block, "took", time.Since(j.began))
	// The hashes make it complete, so that others can join from this node.
	if err := writeFile(filepath.Join(j.dir, hashesFile), j.hashes); err != nil {
		return s.cannotServe(j, err)
	}
	if err := s.adopt(j.dir, j.snapshot); err != nil {
		return s.cannotServe(j, err)
	}
	return nil
}

// cannotServe tells of a snapshot that was taken in and cannot be passed on,
// which is no reason not to go on with it.
func (s *Snapshots) cannotServe(j *join, err error) error {
	s.options.Log.Warn("cannot offer the snapshot to others", "height", j.height, "err", err)
	return os.RemoveAll(j.dir)
}
