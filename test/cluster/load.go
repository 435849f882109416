package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/cybermiles/cybermiles/network"
)

// Load sends transfers to nodes and remembers what they promised: that they
// accepted a transaction, and in which block it was included. Each account
// sends to one node, its transactions in order.
type Load struct {
	nodes    []*Node
	signer   types.Signer
	accounts []*sender

	mu       sync.Mutex
	included map[common.Hash]Inclusion
	blocks   map[uint64]common.Hash // of every block seen in a receipt
}

// Inclusion is where a receipt says that a transaction is.
type Inclusion struct {
	BlockNumber hexutil.Uint64
	BlockHash   common.Hash
}

type sender struct {
	network.DevAccount
	node    *Node
	nonce   uint64 // of the next transaction that no node accepted
	waiting []common.Hash
}

const (
	loadRound   = 5   // transactions that an account sends at once
	loadWaiting = 200 // most transactions of an account that wait
	loadPause   = 50 * time.Millisecond
)

// NewLoad makes a load of all senders of a cluster, spread over some of its
// nodes (all when none are named).
func (c *Cluster) NewLoad(nodes ...*Node) *Load {
	if len(nodes) == 0 {
		nodes = c.Nodes
	}
	l := &Load{
		nodes: nodes, signer: types.LatestSigner(c.Chain.ChainConfig()),
		included: make(map[common.Hash]Inclusion), blocks: make(map[uint64]common.Hash),
	}
	for i, account := range c.Senders {
		l.accounts = append(l.accounts, &sender{DevAccount: account, node: nodes[i%len(nodes)]})
	}
	return l
}

// Go runs the load until stop is called, which returns when it has ended. A
// node that does not answer is asked again and again.
func (l *Load) Go() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, n := range l.nodes {
		running.Go(func() {
			for ctx.Err() == nil {
				l.round(n)
				select {
				case <-ctx.Done():
				case <-time.After(loadPause):
				}
			}
		})
	}
	return func() { cancel(); running.Wait() }
}

// round sends some transactions of each of the node's accounts and asks for the
// receipts of those that wait.
func (l *Load) round(n *Node) {
	for _, s := range l.accounts {
		if s.node == n && len(s.waiting) < loadWaiting {
			if l.send(s) != nil {
				return // the node is down
			}
		}
	}
	_ = l.collect(n) // asked again in the next round
}

// send sends an account's next transactions and remembers the accepted ones.
func (l *Load) send(s *sender) error {
	calls := make([]rpc.BatchElem, loadRound)
	hashes := make([]common.Hash, loadRound)
	for i := range calls {
		raw, hash, err := l.transfer(s, s.nonce+uint64(i))
		if err != nil {
			return err
		}
		hashes[i] = hash
		calls[i] = rpc.BatchElem{Method: "eth_sendRawTransaction", Args: []any{raw}, Result: new(common.Hash)}
	}
	if err := s.node.Batch(calls); err != nil {
		return err
	}
	for i, call := range calls {
		if call.Error != nil && !isKnown(call.Error) {
			return nil // sent again in the next round
		}
		s.nonce++
		l.mu.Lock()
		s.waiting = append(s.waiting, hashes[i])
		l.mu.Unlock()
	}
	return nil
}

// isKnown tells that a transaction whose answer was lost had arrived. Whether
// it is that very one shows when its receipt is asked for.
func isKnown(err error) bool {
	return strings.Contains(err.Error(), "already known") || strings.Contains(err.Error(), "nonce too low")
}

// transfer signs the account's transaction with a nonce: the same one each time
// it is asked for.
func (l *Load) transfer(s *sender, nonce uint64) (hexutil.Bytes, common.Hash, error) {
	to := common.BytesToAddress(crypto.Keccak256(s.Address[:], []byte{byte(nonce)}))
	tx, err := types.SignNewTx(s.Key, l.signer, &types.DynamicFeeTx{
		ChainID: l.signer.ChainID(), Nonce: nonce, Gas: params.TxGas, To: &to, Value: big.NewInt(1),
		GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(1_000 * params.GWei),
	})
	if err != nil {
		return nil, common.Hash{}, err
	}
	raw, err := tx.MarshalBinary()
	return raw, tx.Hash(), err
}

// collect asks a node for the receipts of the transactions that it accepted.
func (l *Load) collect(n *Node) error {
	for _, s := range l.accounts {
		if s.node != n || len(s.waiting) == 0 {
			continue
		}
		receipts, err := n.inclusions(s.waiting)
		if err != nil {
			return err
		}
		l.mu.Lock()
		var waiting []common.Hash
		for i, hash := range s.waiting {
			if receipts[i] == nil {
				waiting = append(waiting, hash)
				continue
			}
			l.included[hash] = *receipts[i]
			l.blocks[uint64(receipts[i].BlockNumber)] = receipts[i].BlockHash
		}
		s.waiting = waiting
		l.mu.Unlock()
	}
	return nil
}

// inclusions asks for receipts; what has none is nil.
func (n *Node) inclusions(hashes []common.Hash) ([]*Inclusion, error) {
	receipts, calls := make([]*Inclusion, len(hashes)), make([]rpc.BatchElem, len(hashes))
	for i, hash := range hashes {
		calls[i] = rpc.BatchElem{Method: "eth_getTransactionReceipt", Args: []any{hash}, Result: &receipts[i]}
	}
	if err := n.Batch(calls); err != nil {
		return nil, err
	}
	for i, call := range calls {
		if call.Error != nil {
			return nil, fmt.Errorf("receipt of %s: %w", hashes[i], call.Error)
		}
	}
	return receipts, nil
}

// Included is how many transactions were acknowledged by a receipt so far,
// Waiting how many were accepted and have none yet.
func (l *Load) Included() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.included)
}

// Waiting is how many transactions were accepted and have no receipt yet.
func (l *Load) Waiting() (count int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.accounts {
		count += len(s.waiting)
	}
	return count
}

// Height is the highest block seen in a receipt.
func (l *Load) Height() (highest uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for height := range l.blocks {
		highest = max(highest, height)
	}
	return highest
}

// CheckKept returns an error unless each node still has what it accepted: in
// its pool or in a block. The load must not run.
func (l *Load) CheckKept() error {
	for _, s := range l.accounts {
		found, calls := make([]*struct{}, len(s.waiting)), make([]rpc.BatchElem, len(s.waiting))
		for i, hash := range s.waiting {
			calls[i] = rpc.BatchElem{Method: "eth_getTransactionByHash", Args: []any{hash}, Result: &found[i]}
		}
		if err := s.node.Batch(calls); err != nil {
			return err
		}
		for i, hash := range s.waiting {
			if calls[i].Error != nil || found[i] == nil {
				return fmt.Errorf("%s lost transaction %s of %s, which it had accepted (%d of %d): %v",
					s.node.Name, hash, s.Address, i+1, len(s.waiting), calls[i].Error)
			}
		}
	}
	return nil
}

// CheckIncluded returns an error unless a node has every acknowledged
// transaction in the block where its receipt said it was.
func (l *Load) CheckIncluded(n *Node) error {
	hashes := make([]common.Hash, 0, len(l.included))
	for hash := range l.included {
		hashes = append(hashes, hash)
	}
	// In the order of blocks, each of which the node then reads once.
	slices.SortFunc(hashes, func(a, b common.Hash) int {
		return cmp.Compare(l.included[a].BlockNumber, l.included[b].BlockNumber)
	})
	receipts, err := n.inclusions(hashes)
	if err != nil {
		return err
	}
	for i, hash := range hashes {
		if want := l.included[hash]; receipts[i] == nil || *receipts[i] != want {
			return fmt.Errorf("%s: transaction %s was in block %d %s and now has receipt %v", n.Name, hash, want.BlockNumber, want.BlockHash, receipts[i])
		}
	}
	return nil
}

// CheckBlocks returns an error unless a node has the blocks that receipts
// named. Hashes chain, so the highest `newest` of them tell of all below.
func (l *Load) CheckBlocks(n *Node, newest int) error {
	heights := make([]uint64, 0, len(l.blocks))
	for height := range l.blocks {
		heights = append(heights, height)
	}
	slices.Sort(heights)
	heights = heights[max(0, len(heights)-newest):]
	hashes, err := n.blockHashes(heights)
	if err != nil {
		return fmt.Errorf("%s: %w", n.Name, err)
	}
	for i, height := range heights {
		if hashes[i] != l.blocks[height] {
			return fmt.Errorf("%s: block %d was %s and is now %s", n.Name, height, l.blocks[height], hashes[i])
		}
	}
	return nil
}

// Drain waits until everything accepted is included. The load must not run.
func (l *Load) Drain(within time.Duration) error {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		var errs []error
		for _, n := range l.nodes {
			errs = append(errs, l.collect(n))
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
		if l.Waiting() == 0 {
			return nil
		}
	}
	return fmt.Errorf("%d accepted transactions were not included within %v", l.Waiting(), within)
}

// Resend sends again what was accepted and is not included, for a node that
// cannot know it any more. The load must not run.
func (l *Load) Resend() error {
	for _, s := range l.accounts {
		s.nonce -= uint64(len(s.waiting))
		s.waiting = nil
	}
	for _, s := range l.accounts {
		if err := l.send(s); err != nil {
			return err
		}
	}
	return nil
}
