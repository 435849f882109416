package chain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethdb"
)

// ErrNotExportable means that a state cannot be exported now; a later one may.
var ErrNotExportable = errors.New("the state cannot be exported now")

// persistWait bounds how long Export waits for a state to reach the disk.
const persistWait = time.Minute

// OnDisk is the block whose state the disk holds, which follows the head at some
// distance; nil when that is still genesis'.
func (c *Chain) OnDisk() *types.Block {
	root := rawdb.ReadSnapshotRoot(c.db)
	for header := c.Head().Header(); header != nil && header.Number.Sign() > 0; {
		if c.stateRoot(header) == root {
			return c.Block(header.Number.Uint64())
		}
		header = c.GetHeader(header.ParentHash, header.Number.Uint64()-1)
	}
	return nil
}

// Persist begins to write the state after the head, which must be the given
// block, so that Export finds it on disk. It returns before the last is written.
// The path database syncs its history to disk once for each state that is still
// in memory, up to 128, and nothing else is committed or read meanwhile: this
// takes seconds on a slow disk.
func (c *Chain) Persist(block *types.Block) error {
	c.writeLock.Lock()
	defer c.writeLock.Unlock()
	if head := c.Head(); head.Hash() != block.Hash() {
		return fmt.Errorf("%w: block %d is no longer the head", ErrNotExportable, block.NumberU64())
	}
	if !c.triedb.SnapshotCompleted() {
		return fmt.Errorf("%w: the flat state is still being built", ErrNotExportable)
	}
	if rawdb.ReadSnapshotRoot(c.db) == block.Root() {
		return nil // it is there already
	}
	return c.flush(block)
}

// Export opens the state after a block that is OnDisk or that was given to
// Persist. What it
// reads is a view of the disk at one moment: blocks that are committed
// meanwhile do not change it. The caller must call release before the ledger
// is closed. An ErrNotExportable says that the disk already holds a newer state.
func (c *Chain) Export(ctx context.Context, block *types.Block) (origin *Origin, release func(), err error) {
	if err := c.awaitPersisted(ctx, block); err != nil {
		return nil, nil, fmt.Errorf("export block %d: %w", block.NumberU64(), err)
	}
	v := &stateView{
		db:       c.db,
		accounts: rawdb.NewKeyLengthIterator(c.db.NewIterator(rawdb.SnapshotAccountPrefix, nil), 1+common.HashLength),
		slots:    rawdb.NewKeyLengthIterator(c.db.NewIterator(rawdb.SnapshotStoragePrefix, nil), 1+2*common.HashLength),
	}
	// States reach the disk in one batch each and in order, so an unchanged
	// root before and after means that both iterators see the same state.
	if rawdb.ReadSnapshotRoot(c.db) != block.Root() {
		v.release()
		return nil, nil, fmt.Errorf("export block %d: %w: a newer state is on disk", block.NumberU64(), ErrNotExportable)
	}
	origin = &Origin{
		Block:    block,
		Receipts: c.Receipts(block.Hash()),
		State:    func(sink StateSink) error { return v.walk(ctx, sink) },
	}
	for header := block.Header(); header.Number.Sign() > 0 && len(origin.Ancestors) < OriginAncestors; {
		parent := c.GetHeader(header.ParentHash, header.Number.Uint64()-1)
		if parent == nil {
			v.release()
			return nil, nil, fmt.Errorf("export block %d: header %d is not on disk", block.NumberU64(), header.Number.Uint64()-1)
		}
		origin.Ancestors = append(origin.Ancestors, parent)
		header = parent
	}
	return origin, v.release, nil
}

func (c *Chain) awaitPersisted(ctx context.Context, block *types.Block) error {
	ctx, cancel := context.WithTimeout(ctx, persistWait)
	defer cancel()
	for rawdb.ReadSnapshotRoot(c.db) != block.Root() {
		if newer := c.OnDisk(); newer != nil && newer.NumberU64() > block.NumberU64() {
			return fmt.Errorf("%w: that of block %d is on disk", ErrNotExportable, newer.NumberU64())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: it did not reach the disk: %w", ErrNotExportable, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// stateView walks the flat state through two iterators of the same moment.
type stateView struct {
	db       ethdb.KeyValueReader
	accounts ethdb.Iterator
	slots    ethdb.Iterator
}

func (v *stateView) release() {
	v.accounts.Release()
	v.slots.Release()
}

func (v *stateView) walk(ctx context.Context, sink StateSink) error {
	codes, more := make(map[common.Hash]struct{}), v.slots.Next()
	for v.accounts.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		owner := common.BytesToHash(v.accounts.Key()[1:])
		account, err := types.FullAccount(v.accounts.Value())
		if err != nil {
			return fmt.Errorf("account %s on disk: %w", owner, err)
		}
		codeHash := common.BytesToHash(account.CodeHash)
		if err := sink.Account(owner, account.Nonce, account.Balance, codeHash); err != nil {
			return err
		}
		if _, sent := codes[codeHash]; !sent && codeHash != types.EmptyCodeHash {
			codes[codeHash] = struct{}{}
			if err := sink.Code(rawdb.ReadCode(v.db, codeHash)); err != nil {
				return err
			}
		}
		for ; more; more = v.slots.Next() {
			key := v.slots.Key()[1:]
			order := common.BytesToHash(key[:common.HashLength]).Cmp(owner)
			if order > 0 {
				break
			}
			if order < 0 {
				continue // of an account that is gone: no part of the state
			}
			if err := sink.Slot(common.BytesToHash(key[common.HashLength:]), v.slots.Value()); err != nil {
				return err
			}
		}
	}
	return errors.Join(v.accounts.Error(), v.slots.Error())
}
