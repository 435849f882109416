package mempool

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// journal keeps waiting transactions in a file, so that a transaction this node
// accepted survives the process being killed. Records are a 4-byte big-endian
// length and the transaction's encoding; a torn last record is ignored.
type journal struct {
	path    string
	file    *os.File
	pending []byte
	size    int64
}

// rewriteBytes is the size at which the file is written anew with only what
// still waits.
const rewriteBytes = 64 << 20

func loadJournal(path string) ([]*types.Transaction, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read pool journal: %w", err)
	}
	defer file.Close()
	var (
		txs    []*types.Transaction
		in     = bufio.NewReader(file)
		length [4]byte
	)
	for {
		if _, err := io.ReadFull(in, length[:]); err != nil {
			return txs, nil
		}
		n := binary.BigEndian.Uint32(length[:])
		if n > maxTransactionBytes {
			return txs, nil
		}
		raw := make([]byte, n)
		if _, err := io.ReadFull(in, raw); err != nil {
			return txs, nil
		}
		tx := new(types.Transaction)
		if tx.UnmarshalBinary(raw) == nil {
			txs = append(txs, tx)
		}
	}
}

// openJournal writes the file anew with what the pool holds and keeps it open.
func (p *Pool) openJournal() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.journal = &journal{path: p.config.Journal}
	return p.journal.rewrite(p.byHash)
}

func (j *journal) add(e *entry) {
	if j == nil {
		return
	}
	j.pending = binary.BigEndian.AppendUint32(j.pending, uint32(len(e.raw)))
	j.pending = append(j.pending, e.raw...)
}

// flush hands what was added to the operating system. When that fails the file
// is as it was before, and nothing that was added is kept.
func (j *journal) flush(all map[common.Hash]*entry) error {
	if j == nil || len(j.pending) == 0 {
		return nil
	}
	_, err := j.file.WriteAt(j.pending, j.size)
	written := int64(len(j.pending))
	j.pending = j.pending[:0]
	if err != nil {
		return errors.Join(fmt.Errorf("write pool journal: %w", err), j.file.Truncate(j.size))
	}
	if j.size += written; j.size >= rewriteBytes {
		// A file that stays large does no harm; the next flush tries again.
		_ = j.rewrite(all)
	}
	return nil
}

// rewrite replaces the file by one with only what still waits.
func (j *journal) rewrite(all map[common.Hash]*entry) error {
	entries := make([]*entry, 0, len(all))
	for _, e := range all {
		entries = append(entries, e)
	}
	sort.Slice(entries, func(a, b int) bool { return entries[a].nonce < entries[b].nonce })
	next := &journal{path: j.path}
	for _, e := range entries {
		next.add(e)
	}
	var err error
	if next.file, err = os.Create(j.path + ".new"); err != nil {
		return fmt.Errorf("write pool journal: %w", err)
	}
	if _, err = next.file.Write(next.pending); err == nil {
		err = os.Rename(next.file.Name(), j.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write pool journal: %w", err), next.file.Close(), os.Remove(next.file.Name()))
	}
	if j.file != nil {
		j.file.Close()
	}
	j.file, j.size, j.pending = next.file, int64(len(next.pending)), nil
	return nil
}

func (j *journal) close() error {
	if j == nil || j.file == nil {
		return nil
	}
	return j.file.Close()
}
