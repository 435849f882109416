package node

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	cmtconsensus "github.com/cometbft/cometbft/consensus"
)

// anchorVotes makes CometBFT's log of votes say that the given block, the last
// one stored and applied, is done.
//
// A node that dies after a block is stored and before the log says so applies
// the block when it starts again, but leaves the log as it is. Should it die
// once more before the next block is stored, CometBFT would not find where to
// replay from: the validator would forget its votes and refuse, rightly, to
// vote again. A lone validator, or a network that was killed together, would
// stand still for ever.
func anchorVotes(path string, height int64) error {
	if height < 1 {
		return nil // CometBFT begins a new log by itself
	}
	anchored, err := withVotes(path, func(log *cmtconsensus.BaseWAL) (bool, error) {
		rest, found, err := log.SearchForEndHeight(height, &cmtconsensus.WALSearchOptions{IgnoreDataCorruptionErrors: true})
		if rest != nil {
			err = errors.Join(err, rest.Close())
		}
		return found, err
	})
	if err != nil || anchored {
		return err
	}
	// What follows a damaged record is not found again.
	if damaged, err := isDamaged(path); err != nil {
		return err
	} else if damaged {
		if err := os.Rename(path, path+".CORRUPTED"); err != nil {
			return fmt.Errorf("set the damaged log of votes aside: %w", err)
		}
	}
	_, err = withVotes(path, func(log *cmtconsensus.BaseWAL) (bool, error) {
		return true, log.WriteSync(cmtconsensus.EndHeightMessage{Height: height})
	})
	return err
}

// withVotes opens the log of votes for one piece of work.
func withVotes(path string, do func(*cmtconsensus.BaseWAL) (bool, error)) (bool, error) {
	log, err := cmtconsensus.NewWAL(path)
	if err != nil {
		return false, fmt.Errorf("open the log of votes: %w", err)
	}
	if err := log.Start(); err != nil {
		return false, fmt.Errorf("open the log of votes: %w", err)
	}
	answer, err := do(log)
	if err != nil {
		err = fmt.Errorf("log of votes %s: %w", path, err)
	}
	err = errors.Join(err, log.Stop())
	log.Wait()
	return answer, err
}

// isDamaged reports whether a file of the log of votes has an unreadable record.
func isDamaged(path string) (bool, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	defer file.Close()
	for decoder := cmtconsensus.NewWALDecoder(file); ; {
		_, err := decoder.Decode()
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case cmtconsensus.IsDataCorruptionError(err):
			return true, nil
		case err != nil:
			return false, err
		}
	}
}
