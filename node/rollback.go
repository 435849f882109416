package node

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	cmtconsensus "github.com/cometbft/cometbft/consensus"
	"github.com/cometbft/cometbft/privval"
	cmtstate "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/store"
)

// RollbackOptions say how far to go back.
type RollbackOptions struct {
	Blocks uint64 // at least 1
	// ForgetVotes lets the validator vote again at the heights that are taken
	// back. Unless every validator of the network takes them back together, that
	// is double signing. A chain's only validator forgets them in any case.
	ForgetVotes bool
}

// Rollback is what a rollback did.
type Rollback struct {
	From, To       uint64 // newest block before and after
	VotesForgotten bool
}

// ErrRollback is wrapped when a rollback is refused; nothing was changed then.
var ErrRollback = errors.New("rollback refused")

// Rollback takes back the newest blocks of a stopped node, from the ledger and
// from consensus alike. A node of a network fetches them again from its peers.
// When it is interrupted, the home is at a block between and can be used.
func (l *Ledger) Rollback(options RollbackOptions) (_ *Rollback, err error) {
	decided, err := l.openDecided()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, decided.close()) }()
	if decided.blocks == nil {
		return l.rollbackLedger(options.Blocks)
	}
	state, err := decided.states.Load()
	if err != nil {
		return nil, fmt.Errorf("read the state of consensus: %w", err)
	}
	decidedTo, head := uint64(state.LastBlockHeight), l.Chain.Head().NumberU64()
	// Consensus cannot go back to genesis; a ledger that it knows nothing of can.
	to, err := rollbackTarget(max(decidedTo, head), options.Blocks, min(decidedTo, 1))
	if err != nil {
		return nil, err
	}
	done := &Rollback{From: max(decidedTo, head), To: to}
	// The ledger goes first: when it is behind, a start brings it up again; a
	// consensus that is behind its ledger could not start.
	if head > to {
		if err := l.Chain.Rewind(to); err != nil {
			return nil, err
		}
	}
	if to >= decidedTo {
		return done, nil // consensus has not come further
	}
	states := versionKeeper{decided.states, decided.blocks}
	for height := state.LastBlockHeight; height > int64(to); {
		if height, _, err = cmtstate.Rollback(decided.blocks, states, true); err != nil {
			return nil, fmt.Errorf("roll back consensus to block %d: %w; it is at block %d now, `cybermiles rollback` can go on from there", to, err, decided.blocks.Height())
		}
	}
	if err := l.restartWAL(int64(to)); err != nil {
		return nil, err
	}
	if err := l.removeSnapshots(to); err != nil {
		return nil, err
	}
	done.VotesForgotten, err = l.forgetVotes(state, int64(to), options.ForgetVotes)
	return done, err
}

// versionKeeper gives each state that is rolled back to the version of the
// block that followed it, as it had before. CometBFT would take the version from
// the consensus parameters, which do not have what the application told it.
type versionKeeper struct {
	cmtstate.Store
	blocks *store.BlockStore
}

// Save stores a state that the next block still follows.
func (k versionKeeper) Save(state cmtstate.State) error {
	next := k.blocks.LoadBlockMeta(state.LastBlockHeight + 1)
	if next == nil {
		return fmt.Errorf("block %d is not on disk", state.LastBlockHeight+1)
	}
	state.Version.Consensus = next.Header.Version
	return k.Store.Save(state)
}

// rollbackLedger takes back blocks of a ledger that has no consensus.
func (l *Ledger) rollbackLedger(blocks uint64) (*Rollback, error) {
	head := l.Chain.Head().NumberU64()
	to, err := rollbackTarget(head, blocks, 0)
	if err != nil {
		return nil, err
	}
	return &Rollback{From: head, To: to}, l.Chain.Rewind(to)
}

// rollbackTarget is the height to go back to.
func rollbackTarget(height, blocks, lowest uint64) (uint64, error) {
	switch {
	case blocks == 0:
		return 0, fmt.Errorf("%w: 0 blocks", ErrRollback)
	case height <= lowest:
		return 0, fmt.Errorf("%w: the newest block is %d, there is nothing before it to go back to", ErrRollback, height)
	case blocks > height-lowest:
		return 0, fmt.Errorf("%w: from block %d at most %d blocks can be taken back", ErrRollback, height, height-lowest)
	}
	return height - blocks, nil
}

// restartWAL replaces the log of consensus, which tells of blocks that are no
// more, by one that begins after the given height.
func (l *Ledger) restartWAL(height int64) error {
	path := l.settings.Comet.Consensus.WalFile()
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		return fmt.Errorf("remove the log of consensus: %w", err)
	}
	wal, err := cmtconsensus.NewWAL(path)
	if err == nil {
		err = wal.Start()
	}
	if err != nil {
		return fmt.Errorf("begin a new log of consensus: %w", err)
	}
	err = wal.WriteSync(cmtconsensus.EndHeightMessage{Height: height})
	err = errors.Join(err, wal.Stop())
	wal.Wait()
	return err
}

// removeSnapshots removes those of blocks that are no more.
func (l *Ledger) removeSnapshots(above uint64) error {
	folder := snapshotFolder(l.settings.Home)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if height, notHeight := strconv.ParseUint(entry.Name(), 10, 64); notHeight == nil && height > above {
			err = errors.Join(err, os.RemoveAll(filepath.Join(folder, entry.Name())))
		}
	}
	return err
}

// stepPrecommit is the last step of a height in a record of votes.
const stepPrecommit = 3

// forgetVotes sets the record of votes back to a height, when asked to or when
// this is the key of the chain's only validator, who would else never vote
// again at the heights that are taken back.
func (l *Ledger) forgetVotes(state cmtstate.State, height int64, asked bool) (bool, error) {
	config := l.settings.Comet
	if config.PrivValidatorListenAddr != "" {
		if asked {
			return false, fmt.Errorf("the blocks are taken back, but the record of votes is the remote signer's: reset it there")
		}
		return false, nil
	}
	validator := privval.LoadFilePV(config.PrivValidatorKeyFile(), config.PrivValidatorStateFile())
	set := state.Validators
	alone := set != nil && set.Size() == 1 && bytes.Equal(set.Validators[0].Address, validator.GetAddress())
	if !asked && !alone || validator.LastSignState.Height <= height {
		return false, nil
	}
	record := &validator.LastSignState
	record.Height, record.Round, record.Step = height, 0, stepPrecommit
	record.Signature, record.SignBytes = nil, nil
	validator.Save()
	return true, nil
}
