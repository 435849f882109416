package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/execution"
)

// ErrImport is wrapped when a block file does not fit the ledger, or a block
// does not follow from the one before.
var ErrImport = errors.New("import refused")

// Import executes the blocks of a block file on the ledger, each of which must
// come to the hash that the file says; blocks that are there already must be
// equal. It proves that the blocks follow from genesis by the chain's rules, not
// that its validators decided them. Where the home has consensus' own data,
// only blocks that it decided are taken. report is called after each block.
func (l *Ledger) Import(ctx context.Context, path string, report func(Progress)) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	blocks, err := openBlocks(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	decided, err := l.openDecided()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, decided.close()) }()
	if err := l.checkFit(blocks.head, decided); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	progress := Progress{First: blocks.head.First, Last: blocks.head.Last}
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("import stopped after block %d: %w", l.Chain.Head().NumberU64(), err)
		}
		item, err := blocks.read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = l.importBlock(item, decided)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		progress.Block = item.Block.NumberU64()
		progress.Transactions += uint64(len(item.Block.Transactions()))
		report(progress)
	}
}

// checkFit refuses a file whose blocks cannot follow the ledger's.
func (l *Ledger) checkFit(head blockFileHead, decided *decidedBlocks) error {
	if genesis := l.Chain.Genesis().Hash(); head.Genesis != genesis {
		return fmt.Errorf("%w: its blocks follow the genesis %s, this home's is %s", ErrImport, head.Genesis, genesis)
	}
	if have := l.Chain.Head().NumberU64(); head.First > have+1 {
		return fmt.Errorf("%w: its first block is %d, the next one here is %d; import the blocks between them first", ErrImport, head.First, have+1)
	}
	if decided.height > 0 && head.Last > decided.height {
		return fmt.Errorf("%w: it goes up to block %d, but consensus in this home only decided up to block %d and could not go on from there; "+
			"export a shorter range, or import into a fresh home", ErrImport, head.Last, decided.height)
	}
	return nil
}

// importBlock executes one block and makes it the head.
func (l *Ledger) importBlock(item *blockItem, decided *decidedBlocks) error {
	block, number := item.Block, item.Block.NumberU64()
	if known := l.Chain.Hash(number); known != (common.Hash{}) {
		if known != block.Hash() {
			return fmt.Errorf("%w: block %d is %s there and %s here", ErrImport, number, block.Hash(), known)
		}
		return nil
	}
	if err := decided.check(number, item.ConsensusHash); err != nil {
		return err
	}
	if err := l.checkHeader(block.Header()); err != nil {
		return fmt.Errorf("%w: block %d: %w", ErrImport, number, err)
	}
	if l.Contracts.System() == nil {
		for _, tx := range block.Transactions() {
			if execution.IsSystem(tx) {
				return fmt.Errorf("%w: block %d: %w", ErrImport, number, execution.ErrForgedSystem)
			}
		}
	}
	core.SenderCacher().Recover(l.Executor.Signer(), block.Transactions())
	replay, err := l.Executor.Replay(block)
	if err != nil {
		return err
	}
	result, err := replay.Finish()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrImport, err)
	}
	return l.Chain.Commit(chain.Executed{
		Block: result.Block, Receipts: result.Receipts, State: result.State, ConsensusHash: item.ConsensusHash,
	})
}

// checkHeader holds what execution takes from a header instead of computing it.
func (l *Ledger) checkHeader(header *types.Header) error {
	parent := l.Chain.Head().Header()
	baseFee := l.Executor.NextBaseFee(parent)
	carried := l.Chain.ConsensusHash(parent.Number.Uint64())
	switch {
	case header.ParentHash != parent.Hash():
		return fmt.Errorf("its parent is %s, the head is %s", header.ParentHash, parent.Hash())
	case header.GasLimit != l.Executor.GasLimit():
		return fmt.Errorf("its gas limit is %d, the chain's is %d", header.GasLimit, l.Executor.GasLimit())
	case header.BaseFee.Cmp(baseFee) != 0:
		return fmt.Errorf("its base fee is %d wei, after its parent it is %d", header.BaseFee, baseFee)
	case header.Time < parent.Time:
		return fmt.Errorf("its time %d is before its parent's %d", header.Time, parent.Time)
	case carried != (common.Hash{}) && *header.ParentBeaconRoot != carried:
		return fmt.Errorf("it names the consensus block %s before it, which was %s", header.ParentBeaconRoot, carried)
	case header.Difficulty.Sign() != 0 || header.Nonce != (types.BlockNonce{}) || len(header.Extra) > 0:
		return errors.New("its difficulty, nonce or extra data is not empty")
	}
	return nil
}
