package node

import (
	"path/filepath"

	dbm "github.com/cometbft/cometbft-db"
	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/store"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/statesync"
)

// snapshotFolder is where a home keeps snapshots of the state.
func snapshotFolder(home network.Home) string { return filepath.Join(home.Data(), "snapshots") }

// openSnapshots makes the part that offers the state to nodes that join and
// takes it when joining.
func (n *Node) openSnapshots() (*statesync.Snapshots, error) {
	snapshots, err := statesync.New(statesync.Options{
		Dir:      snapshotFolder(n.settings.Home),
		Interval: n.settings.Snapshot.Interval,
		Keep:     n.settings.Snapshot.Keep,
		Chain:    n.Chain,
		Restored: func(head *types.Block) error { return n.Pool.Reset(head, head.Root()) },
		Log:      n.settings.Log.With("module", "statesync"),
	})
	if err != nil {
		return nil, err
	}
	n.stop = append(n.stop, snapshots.Close)
	registerSnapshot(n.registry, snapshots)
	return snapshots, nil
}

// decisions knows the hashes of decided blocks that the ledger does not: those
// of blocks that it was restored with. CometBFT's light client verified them.
type decisions struct{ blocks dbm.DB }

// open is CometBFT's database provider; it remembers the store of blocks, which
// CometBFT needs to replay blocks before the node that owns it exists.
func (d *decisions) open(ctx *cmtcfg.DBContext) (dbm.DB, error) {
	db, err := cmtcfg.DefaultDBProvider(ctx)
	if ctx.ID == "blockstore" {
		d.blocks = db
	}
	return db, err
}

// hash is the hash of the consensus block decided at a height, zero when it is
// not known.
func (d *decisions) hash(height uint64) common.Hash {
	if d.blocks == nil || height == 0 {
		return common.Hash{}
	}
	commit := store.NewBlockStore(d.blocks).LoadSeenCommit(int64(height))
	if commit == nil {
		return common.Hash{}
	}
	return common.BytesToHash(commit.BlockID.Hash)
}
