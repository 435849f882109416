package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Compaction is what compacting a home's data did, in bytes on disk.
type Compaction struct{ Before, After Usage }

// Usage is the space of a home's data on disk, in bytes.
type Usage struct {
	Ledger    uint64 // blocks, indexes, state and its history
	Consensus uint64 // CometBFT's data
}

// Total is the space of all together, in bytes.
func (u Usage) Total() uint64 { return u.Ledger + u.Consensus }

// Compact rewrites the databases of a stopped node without what was deleted
// or overwritten, and closes the ledger. A running node does the same bit by bit.
func (l *Ledger) Compact() (_ *Compaction, err error) {
	settings := l.settings
	done := &Compaction{}
	if done.Before, err = usage(settings); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if err := l.Chain.Database().Compact(nil, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("compact the ledger: %w", err), l.Close())
	}
	if err := l.Close(); err != nil {
		return nil, err
	}
	for _, name := range []string{"blockstore", "state", "evidence"} {
		if err := compactComet(settings, name); err != nil {
			return nil, err
		}
	}
	done.After, err = usage(settings)
	return done, err
}

func compactComet(settings Settings, name string) (err error) {
	if _, err := os.Stat(filepath.Join(settings.Comet.DBDir(), name+".db")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	db, err := openComet(settings.Comet, name)
	if err != nil {
		return err
	}
	if err := db.Compact(nil, nil); err != nil {
		return errors.Join(fmt.Errorf("compact consensus' %s: %w", name, err), db.Close())
	}
	return db.Close()
}

// usage measures the files of a home's data.
func usage(settings Settings) (u Usage, err error) {
	consensus := settings.Comet.DBDir() + string(filepath.Separator)
	err = filepath.WalkDir(settings.Chain.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a database's own work goes on beside
		}
		if err != nil {
			return err
		}
		if strings.HasPrefix(path, consensus) {
			u.Consensus += uint64(info.Size())
		} else {
			u.Ledger += uint64(info.Size())
		}
		return nil
	})
	return u, err
}
