package node

import (
	"errors"
	"fmt"
	"os"

	dbm "github.com/cometbft/cometbft-db"
	cmtcfg "github.com/cometbft/cometbft/config"
	cmtstate "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/store"
	"github.com/ethereum/go-ethereum/common"
)

// decidedBlocks is what consensus keeps in a stopped node's home.
type decidedBlocks struct {
	blocks *store.BlockStore // nil: consensus never ran here
	states cmtstate.Store
	height uint64 // of the newest block; 0 when there is none
}

// openDecided opens consensus' own data, if there is any.
func (l *Ledger) openDecided() (*decidedBlocks, error) {
	config := l.settings.Comet
	if _, err := os.Stat(config.DBDir()); errors.Is(err, os.ErrNotExist) {
		return &decidedBlocks{}, nil
	}
	blocks, err := openComet(config, "blockstore")
	if err != nil {
		return nil, err
	}
	states, err := openComet(config, "state")
	if err != nil {
		return nil, errors.Join(err, blocks.Close())
	}
	d := &decidedBlocks{
		blocks: store.NewBlockStore(blocks),
		states: cmtstate.NewStore(states, cmtstate.StoreOptions{DiscardABCIResponses: config.Storage.DiscardABCIResponses}),
	}
	d.height = uint64(max(d.blocks.Height(), 0))
	return d, nil
}

// openComet opens one of CometBFT's databases.
func openComet(config *cmtcfg.Config, name string) (dbm.DB, error) {
	db, err := cmtcfg.DefaultDBProvider(&cmtcfg.DBContext{ID: name, Config: config})
	if err != nil {
		return nil, running(fmt.Errorf("open consensus' %s in %s: %w", name, config.DBDir(), err))
	}
	return db, nil
}

// check refuses a block that consensus decided otherwise.
func (d *decidedBlocks) check(number uint64, hash common.Hash) error {
	if d.blocks == nil {
		return nil
	}
	meta := d.blocks.LoadBlockMeta(int64(number))
	if meta == nil { // pruned, or before the snapshot that the node began with
		return nil
	}
	if decided := common.BytesToHash(meta.BlockID.Hash); decided != hash {
		return fmt.Errorf("%w: block %d was carried by consensus block %s, in this home consensus decided %s", ErrImport, number, hash, decided)
	}
	return nil
}

func (d *decidedBlocks) close() error {
	if d.blocks == nil {
		return nil
	}
	return errors.Join(d.blocks.Close(), d.states.Close())
}
