package chain

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/holiman/uint256"
)

// OriginAncestors is how many headers below its first block a ledger needs:
// as many as the BLOCKHASH instruction reaches.
const OriginAncestors = 256

// ErrRefused means that an origin is not what its hash says; nothing was
// changed because of it.
var ErrRefused = errors.New("the origin does not prove itself")

// Origin is a block with all that a ledger needs to begin at it instead of at
// genesis. Everything in it is proven by the block's hash.
type Origin struct {
	Block     *types.Block
	Receipts  types.Receipts  // the consensus fields suffice
	Ancestors []*types.Header // from the parent down: OriginAncestors, or as many as there are with block 0
	// State hands the state after the block to a sink. It can be called more
	// than once, except on an origin that Export made.
	State func(StateSink) error
}

// StateSink takes accounts in ascending order of their hashes.
type StateSink interface {
	// Account begins an account.
	Account(hash common.Hash, nonce uint64, balance *uint256.Int, codeHash common.Hash) error
	// Code is the code of the account begun last. It comes before the slots,
	// and only with the first account that has this code.
	Code(code []byte) error
	// Slot is a storage slot of the account begun last, in ascending order of
	// hashes. The value is encoded as in the storage trie.
	Slot(hash common.Hash, value []byte) error
}

// Verify checks that everything in the origin belongs to the block with the
// given hash. An error says which part does not.
func (o *Origin) Verify(hash common.Hash) error {
	if err := o.verifyBlock(hash); err != nil {
		return err
	}
	root, err := buildState(nil, o.State)
	if err != nil {
		return fmt.Errorf("state of block %d: %w", o.Block.NumberU64(), err)
	}
	if root != o.Block.Root() {
		return fmt.Errorf("state of block %d: its root is %s, the header's %s", o.Block.NumberU64(), root, o.Block.Root())
	}
	return nil
}

func (o *Origin) verifyBlock(hash common.Hash) error {
	header, body := o.Block.Header(), o.Block.Body()
	if got := header.Hash(); got != hash {
		return fmt.Errorf("header has hash %s, expected %s", got, hash)
	}
	if !header.Number.IsUint64() || header.Number.Sign() == 0 {
		return fmt.Errorf("block %d cannot be a ledger's first", header.Number)
	}
	number, hasher := header.Number.Uint64(), trie.NewStackTrie(nil)
	if got := types.DeriveSha(types.Transactions(body.Transactions), hasher); got != header.TxHash {
		return fmt.Errorf("transactions of block %d: their root is %s, the header's %s", number, got, header.TxHash)
	}
	if len(body.Uncles) > 0 || len(body.Withdrawals) > 0 {
		return fmt.Errorf("block %d has uncles or withdrawals, which this chain has not", number)
	}
	if got := types.DeriveSha(o.Receipts, hasher); got != header.ReceiptHash {
		return fmt.Errorf("receipts of block %d: their root is %s, the header's %s", number, got, header.ReceiptHash)
	}
	if want := min(number, OriginAncestors); uint64(len(o.Ancestors)) != want {
		return fmt.Errorf("block %d comes with %d ancestors, expected %d", number, len(o.Ancestors), want)
	}
	for child, i := header, 0; i < len(o.Ancestors); i++ {
		parent := o.Ancestors[i]
		if got := parent.Hash(); got != child.ParentHash {
			return fmt.Errorf("header below block %d has hash %s, expected %s", child.Number, got, child.ParentHash)
		}
		child = parent
	}
	return nil
}
