package bench

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Block is what a run learned about one block.
type Block struct {
	Number       uint64        `json:"number"`
	Timestamp    uint64        `json:"timestamp"`
	Seen         time.Duration `json:"seenNs"` // since sending began
	Transactions int           `json:"transactions"`
	Ours         int           `json:"ours"` // those of this run
	GasUsed      uint64        `json:"gasUsed"`
}

// watcher follows the chain's head and marks every transaction of the run with the time its block was seen.
type watcher struct {
	cfg     *Config
	wire    *wire
	book    *ledger
	traffic *traffic
	next    uint64 // the block to read next
	parent  common.Hash
	blocks  []Block
	reorgs  int
}

// newWatcher returns a watcher that starts after the present head.
func newWatcher(ctx context.Context, cfg *Config, url string, book *ledger, t *traffic) (*watcher, error) {
	wire, err := newWire(ctx, url)
	if err != nil {
		return nil, err
	}
	w := &watcher{cfg: cfg, wire: wire, book: book, traffic: t}
	head, err := w.head()
	if err != nil {
		return nil, err
	}
	w.next = head + 1
	return w, nil
}

// run reads every block until ctx ends, or until sent is closed and nothing more is to come: all that was
// accepted is included, or there was no progress for Config.Drain.
func (w *watcher) run(ctx context.Context, sent <-chan struct{}) error {
	defer w.wire.close()
	var failing time.Time
	progress, counted := time.Now(), int64(0)
	for {
		began := time.Now()
		if err := w.catchUp(); ctx.Err() != nil {
			return ctx.Err()
		} else if err == nil {
			failing = time.Time{}
		} else if failing.IsZero() {
			failing = began
		} else if time.Since(failing) > w.traffic.patience {
			return fmt.Errorf("follow the chain: %w", err)
		}
		included := w.traffic.included.Load()
		select {
		case <-sent:
			if included >= w.traffic.accepted.Load() || time.Since(progress) > w.cfg.Drain {
				return nil
			}
		default:
			progress = time.Now()
		}
		if included > counted {
			progress, counted = time.Now(), included
		}
		if !sleep(ctx, w.cfg.Poll-time.Since(began)) {
			return ctx.Err()
		}
	}
}

// catchUp reads the blocks up to the present head.
func (w *watcher) catchUp() error {
	head, err := w.head()
	if err != nil {
		return err
	}
	seen := time.Since(w.traffic.start)
	for w.next <= head {
		request := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x%x",false]}`, w.next)
		reply, err := w.wire.post(request)
		if err != nil {
			return fmt.Errorf("read block %d: %w", w.next, err)
		}
		b, err := parseBlock(reply)
		if errors.Is(err, errNoBlock) {
			return nil // announced but not readable yet: ask again at the next poll
		}
		if err != nil {
			return fmt.Errorf("read block %d: %w", w.next, err)
		}
		w.record(b, seen)
	}
	return nil
}

// record notes each of our transactions in the block as seen, and the block.
func (w *watcher) record(b *rawBlock, seen time.Duration) {
	if w.parent != (common.Hash{}) && w.parent != b.ParentHash {
		w.reorgs++
	}
	w.parent = b.Hash
	w.next++
	ours := 0
	for _, hash := range b.hashes {
		if i := w.book.find(hash); i >= 0 && w.book.seen[i] == never {
			w.book.seen[i] = seen
			ours++
		}
	}
	w.traffic.included.Add(int64(ours))
	w.blocks = append(w.blocks, Block{
		Number:       uint64(b.Number),
		Timestamp:    uint64(b.Timestamp),
		Seen:         seen,
		Transactions: len(b.hashes),
		Ours:         ours,
		GasUsed:      uint64(b.GasUsed),
	})
}

func (w *watcher) head() (uint64, error) {
	reply, err := w.wire.post([]byte(`{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}`))
	if err != nil {
		return 0, fmt.Errorf("ask for the newest block: %w", err)
	}
	var answer struct {
		Result hexutil.Uint64  `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(reply, &answer); err != nil {
		return 0, fmt.Errorf("ask for the newest block: %w", err)
	}
	if len(answer.Error) > 0 {
		return 0, fmt.Errorf("ask for the newest block: %s", answer.Error)
	}
	return uint64(answer.Result), nil
}

// rawBlock is a block as the node tells it.
type rawBlock struct {
	Number     hexutil.Uint64 `json:"number"`
	Hash       common.Hash    `json:"hash"`
	ParentHash common.Hash    `json:"parentHash"`
	Timestamp  hexutil.Uint64 `json:"timestamp"`
	GasUsed    hexutil.Uint64 `json:"gasUsed"`
	hashes     []common.Hash  // of its transactions
}

var (
	errNoBlock   = errors.New("the node does not have the block")
	errNotHashes = errors.New("decode block: the list of transactions does not hold hashes")
)

// parseBlock reads the answer to eth_getBlockByNumber. The list of hashes, which is nearly all of a full
// block's text, is scanned instead of decoded.
func parseBlock(reply []byte) (*rawBlock, error) {
	rest, list, err := cutTransactions(reply)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Result *rawBlock       `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(rest, &answer); err != nil {
		return nil, fmt.Errorf("decode block: %w", err)
	}
	if len(answer.Error) > 0 {
		return nil, fmt.Errorf("the node answered %s", answer.Error)
	}
	if answer.Result == nil {
		return nil, errNoBlock
	}
	answer.Result.hashes, err = scanHashes(list)
	return answer.Result, err
}

// scanHashes reads the inside of a JSON list of 32-byte hashes.
func scanHashes(list []byte) ([]common.Hash, error) {
	hashes := make([]common.Hash, 0, len(list)/(2*common.HashLength+5)+1)
	for {
		open := bytes.IndexByte(list, '"')
		between := list
		if open >= 0 {
			between = list[:open]
		}
		if len(bytes.Trim(between, ", \t\r\n")) > 0 {
			return nil, errNotHashes
		}
		if open < 0 {
			return hashes, nil
		}
		text, rest, _ := bytes.Cut(list[open+1:], []byte{'"'})
		if len(text) != 2+2*common.HashLength || !bytes.HasPrefix(text, []byte("0x")) {
			return nil, errNotHashes
		}
		var hash common.Hash
		if _, err := hex.Decode(hash[:], text[2:]); err != nil {
			return nil, fmt.Errorf("%w: %w", errNotHashes, err)
		}
		hashes = append(hashes, hash)
		list = rest
	}
}

// cutTransactions takes the list of transactions out of an answer; rest is valid JSON without it.
func cutTransactions(reply []byte) (rest, list []byte, err error) {
	key := bytes.Index(reply, []byte(`"transactions"`))
	if key < 0 {
		return reply, nil, nil
	}
	open := bytes.IndexByte(reply[key:], '[')
	if open < 0 {
		return nil, nil, errors.New("decode block: the transactions are not a list")
	}
	open += key + 1
	length := bytes.IndexByte(reply[open:], ']')
	if length < 0 {
		return nil, nil, errors.New("decode block: the list of transactions does not end")
	}
	rest = append(append(make([]byte, 0, len(reply)-length), reply[:open]...), reply[open+length:]...)
	return rest, reply[open : open+length], nil
}
