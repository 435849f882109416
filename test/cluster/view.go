package cluster

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

// callTime bounds one request to a node.
const callTime = 20 * time.Second

// batchSize is how many calls one request carries at most.
const batchSize = 500

// connect makes the client; a restart of the node does not need another.
func (n *Node) connect() {
	transport := &http.Transport{MaxIdleConnsPerHost: 4, DisableKeepAlives: false}
	client, err := rpc.DialOptions(context.Background(), n.URL, rpc.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		n.t.Fatal(err)
	}
	n.rpc = client
	n.t.Cleanup(client.Close)
}

// Call asks the node one thing.
func (n *Node) Call(result any, method string, args ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	return n.rpc.CallContext(ctx, result, method, args...)
}

// Batch asks many things, in as few requests as the node allows.
func (n *Node) Batch(calls []rpc.BatchElem) error {
	for len(calls) > 0 {
		part := calls[:min(batchSize, len(calls))]
		ctx, cancel := context.WithTimeout(context.Background(), callTime)
		err := n.rpc.BatchCallContext(ctx, part)
		cancel()
		if err != nil {
			return err
		}
		calls = calls[len(part):]
	}
	return nil
}

// TryHeight is the head of a node that may not answer.
func (n *Node) TryHeight() (uint64, error) {
	var height hexutil.Uint64
	err := n.Call(&height, "eth_blockNumber")
	return uint64(height), err
}

// Height is the node's head.
func (n *Node) Height() uint64 {
	n.t.Helper()
	height, err := n.TryHeight()
	if err != nil {
		n.t.Fatalf("%s: %v\n%s", n.Name, err, n.Tail())
	}
	return height
}

// WaitHeight waits until the node has a block.
func (n *Node) WaitHeight(height uint64, within time.Duration) {
	n.t.Helper()
	var (
		at  uint64
		err error
	)
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if at, err = n.TryHeight(); err == nil && at >= height {
			return
		}
		if !n.Running() {
			n.t.Fatalf("%s ended before block %d\n%s", n.Name, height, n.Tail())
		}
	}
	n.t.Fatalf("%s is at block %d (%v) after %v, not at %d\n%s", n.Name, at, err, within, height, n.Tail())
}

// BlockHash is the hash of the node's block at a height.
func (n *Node) BlockHash(height uint64) common.Hash {
	n.t.Helper()
	hashes, err := n.blockHashes([]uint64{height})
	if err != nil {
		n.t.Fatalf("%s: %v", n.Name, err)
	}
	return hashes[0]
}

// blockHashes are the hashes at the given heights.
func (n *Node) blockHashes(heights []uint64) ([]common.Hash, error) {
	blocks := make([]*struct{ Hash common.Hash }, len(heights))
	calls := make([]rpc.BatchElem, len(heights))
	for i, height := range heights {
		calls[i] = rpc.BatchElem{Method: "eth_getBlockByNumber", Args: []any{hexutil.Uint64(height), false}, Result: &blocks[i]}
	}
	if err := n.Batch(calls); err != nil {
		return nil, err
	}
	hashes := make([]common.Hash, len(heights))
	for i := range heights {
		if calls[i].Error != nil || blocks[i] == nil {
			return nil, fmt.Errorf("block %d is missing: %v", heights[i], calls[i].Error)
		}
		hashes[i] = blocks[i].Hash
	}
	return hashes, nil
}
