package node

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
)

// A block file is a stream of RLP items: a heading, then an item for each block
// in ascending order. It may be compressed with gzip.

const (
	blockFileMagic   = "cybermiles blocks"
	blockFileVersion = 1

	// maxBlockItem bounds one item, in bytes: more than a block can have, and
	// what a damaged file may make a reader allocate.
	maxBlockItem = 32 << 20
)

// ErrBlockFile is wrapped by every error about the content of a block file.
var ErrBlockFile = errors.New("invalid block file")

// blockFileHead is the first item of a block file.
type blockFileHead struct {
	Magic       string
	Version     uint64
	Genesis     common.Hash // hash of block 0
	First, Last uint64      // heights of the blocks that follow
}

// blockItem is one block of a block file.
type blockItem struct {
	Block         *types.Block
	ConsensusHash common.Hash // of the consensus block that carried it; zero without consensus
}

// blockReader reads a block file item by item.
type blockReader struct {
	stream *rlp.Stream
	head   blockFileHead
	next   uint64
}

// openBlocks reads the heading of a block file, compressed or not.
func openBlocks(source io.Reader) (*blockReader, error) {
	buffered := bufio.NewReaderSize(source, 1<<20)
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBlockFile, err)
		}
		buffered = bufio.NewReaderSize(unpacked, 1<<20)
	}
	r := &blockReader{stream: rlp.NewStream(buffered, 0)}
	if err := r.item(&r.head); err != nil {
		return nil, fmt.Errorf("%w: its heading: %w", ErrBlockFile, err)
	}
	switch {
	case r.head.Magic != blockFileMagic:
		return nil, fmt.Errorf("%w: it is not one that `cybermiles export` wrote", ErrBlockFile)
	case r.head.Version != blockFileVersion:
		return nil, fmt.Errorf("%w: it has the format version %d, this program reads %d", ErrBlockFile, r.head.Version, blockFileVersion)
	case r.head.First == 0 || r.head.First > r.head.Last:
		return nil, fmt.Errorf("%w: blocks from %d to %d", ErrBlockFile, r.head.First, r.head.Last)
	}
	r.next = r.head.First
	return r, nil
}

// read returns the next block, io.EOF after the last one.
func (r *blockReader) read() (*blockItem, error) {
	if r.next > r.head.Last {
		if _, _, err := r.stream.Kind(); !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: something follows block %d, the last one", ErrBlockFile, r.head.Last)
		}
		return nil, io.EOF
	}
	item := new(blockItem)
	if err := r.item(item); err != nil {
		return nil, fmt.Errorf("%w: block %d of %d to %d: %w", ErrBlockFile, r.next, r.head.First, r.head.Last, err)
	}
	header := item.Block.Header()
	if !header.Number.IsUint64() || header.Number.Uint64() != r.next {
		return nil, fmt.Errorf("%w: block %d stands where block %d is expected", ErrBlockFile, header.Number, r.next)
	}
	if err := checkBody(item.Block); err != nil {
		return nil, fmt.Errorf("%w: block %d: %w", ErrBlockFile, r.next, err)
	}
	r.next++
	return item, nil
}

// item reads the next RLP item whole and decodes it.
func (r *blockReader) item(into any) error {
	kind, size, err := r.stream.Kind()
	if errors.Is(err, io.EOF) {
		return errors.New("the file ends here: it is not complete")
	}
	if err != nil {
		return err
	}
	if kind != rlp.List || size > maxBlockItem {
		return fmt.Errorf("expected a list of at most %d bytes", maxBlockItem)
	}
	raw, err := r.stream.Raw()
	if err != nil {
		return fmt.Errorf("the file ends here or is damaged: %w", err)
	}
	return rlp.DecodeBytes(raw, into)
}

// checkBody refuses what a block of this chain cannot be, before any of it is
// looked at further.
func checkBody(block *types.Block) error {
	header := block.Header()
	switch {
	case len(block.Uncles()) > 0 || len(block.Withdrawals()) > 0:
		return errors.New("it has uncles or withdrawals, which this chain has not")
	case header.BaseFee == nil || header.ParentBeaconRoot == nil:
		return errors.New("its header lacks fields of Ethereum's current rules")
	}
	for _, tx := range block.Transactions() {
		if tx.Type() == types.BlobTxType {
			return errors.New("it has a blob transaction, which this chain has not")
		}
	}
	return nil
}
