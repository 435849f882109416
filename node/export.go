package node

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ethereum/go-ethereum/rlp"

	"github.com/cybermiles/cybermiles/chain"
)

// Progress is how far an export or import has come.
type Progress struct {
	First, Last  uint64 // heights of all blocks
	Block        uint64 // height of the newest one done
	Transactions uint64 // in those done
}

// ExportRange is what to export. To 0 means up to the head, From 0 from the
// lowest block on disk above block 0.
type ExportRange struct{ From, To uint64 }

// Export writes blocks to a new block file, compressed when its name ends with
// .gz. It refuses an existing file. report is called after each block.
func (l *Ledger) Export(ctx context.Context, path string, blocks ExportRange, report func(Progress)) (err error) {
	head := l.Chain.Head().NumberU64()
	earliest := max(l.Chain.Earliest(), 1)
	if blocks.From == 0 {
		blocks.From = earliest
	}
	if blocks.To == 0 {
		blocks.To = head
	}
	switch {
	case head == 0:
		return errors.New("there are no blocks to export yet")
	case blocks.From < earliest:
		return fmt.Errorf("export from block %d: %w; the lowest block here is %d", blocks.From, chain.ErrPruned, earliest)
	case blocks.From > blocks.To || blocks.To > head:
		return fmt.Errorf("export blocks %d to %d: there are blocks up to %d", blocks.From, blocks.To, head)
	}
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s exists already: choose another name, or remove it", path)
	}
	// A file under the name is whole: it gets it at the end.
	partial := path + ".partial"
	file, err := os.Create(partial)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	err = l.writeBlocks(ctx, file, strings.HasSuffix(path, ".gz"), blocks, report)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(fmt.Errorf("export: %w", err), os.Remove(partial))
	}
	return os.Rename(partial, path)
}

func (l *Ledger) writeBlocks(ctx context.Context, file io.Writer, compress bool, blocks ExportRange, report func(Progress)) error {
	out := bufio.NewWriterSize(file, 1<<20)
	if !compress {
		return errors.Join(l.encodeBlocks(ctx, out, blocks, report), out.Flush())
	}
	packed := gzip.NewWriter(out)
	return errors.Join(l.encodeBlocks(ctx, packed, blocks, report), packed.Close(), out.Flush())
}

func (l *Ledger) encodeBlocks(ctx context.Context, out io.Writer, blocks ExportRange, report func(Progress)) error {
	err := rlp.Encode(out, &blockFileHead{
		Magic: blockFileMagic, Version: blockFileVersion, Genesis: l.Chain.Genesis().Hash(), First: blocks.From, Last: blocks.To,
	})
	progress := Progress{First: blocks.From, Last: blocks.To}
	for number := blocks.From; number <= blocks.To && err == nil; number++ {
		if err = ctx.Err(); err != nil {
			break
		}
		block := l.Chain.Block(number)
		if block == nil {
			return fmt.Errorf("block %d is %w", number, chain.ErrPruned)
		}
		err = rlp.Encode(out, &blockItem{Block: block, ConsensusHash: l.Chain.ConsensusHash(number)})
		progress.Block = number
		progress.Transactions += uint64(len(block.Transactions()))
		report(progress)
	}
	return err
}
