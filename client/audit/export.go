package audit

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/cybermiles/cybermiles/client"
)

const (
	answerTime   = 30 * time.Second // for one question to the node
	slotsAtOnce  = 256              // in one question; nodes refuse too many
	stateAdvice  = "a node answers only for blocks whose state it keeps; ask one that keeps more"
	recordBuffer = 1 << 16
)

// record is one line of the proofs' file: a block, or an account at a height whose block is on a line before.
type record struct {
	Block   *BlockProof   `json:"block,omitempty"`
	Height  *uint64       `json:"height,omitempty"`
	OwnLine bool          `json:"ownLine,omitempty"` // the ledger has a line of the account, not only of its slots
	Proof   *AccountProof `json:"proof,omitempty"`
}

// Summary is what an export wrote.
type Summary struct {
	Heights   uint64
	Lines     uint64 // of the ledger, without its header
	FirstHash common.Hash
	LastHash  common.Hash
}

// Export asks a node for everything in the plan, checks each answer by its proof, and writes the ledger (CSV) and the
// proofs (JSON lines).
func Export(ctx context.Context, node *client.Client, plan *Plan, ledger, proofs io.Writer) (*Summary, error) {
	if err := plan.check(); err != nil {
		return nil, err
	}
	buffer := bufio.NewWriterSize(proofs, recordBuffer)
	e := &exporter{node: node, plan: plan, requests: plan.requests(), ledger: csv.NewWriter(ledger), proofs: json.NewEncoder(buffer)}
	if err := e.ledger.Write(columns); err != nil {
		return nil, err
	}
	summary := new(Summary)
	for i := range plan.Heights() {
		height := plan.From + i*plan.Step
		block, err := e.export(ctx, height)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			summary.FirstHash = block.Hash
		}
		summary.LastHash = block.Hash
	}
	summary.Heights, summary.Lines = plan.Heights(), e.lines
	e.ledger.Flush()
	if err := e.ledger.Error(); err != nil {
		return nil, err
	}
	return summary, buffer.Flush()
}

// request is one question for the proof of an account, and which lines it gives.
type request struct {
	address common.Address
	account *Account // nil when only slots are wanted
	slots   []Slot
}

// requests arranges the plan by account, in the order in which it names them.
func (p *Plan) requests() []request {
	var list []request
	at := make(map[common.Address]int)
	for i := range p.Accounts {
		at[p.Accounts[i].Address] = len(list)
		list = append(list, request{address: p.Accounts[i].Address, account: &p.Accounts[i]})
	}
	for _, slot := range p.Slots {
		i, found := at[slot.Contract]
		if !found || len(list[i].slots) == slotsAtOnce {
			i = len(list)
			at[slot.Contract] = i
			list = append(list, request{address: slot.Contract})
		}
		list[i].slots = append(list[i].slots, slot)
	}
	return list
}

type exporter struct {
	node     *client.Client
	plan     *Plan
	requests []request
	ledger   *csv.Writer
	proofs   *json.Encoder
	lines    uint64
}

// export writes everything of one height.
func (e *exporter) export(ctx context.Context, height uint64) (*BlockProof, error) {
	block, header, err := e.block(ctx, height)
	if err != nil {
		return nil, err
	}
	if err := e.proofs.Encode(record{Block: block}); err != nil {
		return nil, err
	}
	for i := range e.requests {
		if err := e.account(ctx, &e.requests[i], block, header.Root); err != nil {
			return nil, fmt.Errorf("block %d: %w", height, err)
		}
	}
	return block, nil
}

// block asks for a block's header and encodes it, so that its hash can be computed.
func (e *exporter) block(ctx context.Context, height uint64) (*BlockProof, *types.Header, error) {
	var raw json.RawMessage
	if err := e.ask(ctx, &raw, "eth_getBlockByNumber", hexutil.Uint64(height), false); err != nil {
		return nil, nil, fmt.Errorf("block %d: %w", height, err)
	}
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil, fmt.Errorf("the node has no block %d; `cybermiles status` shows its newest", height)
	}
	var header types.Header
	var named struct {
		Hash common.Hash `json:"hash"`
	}
	if err := json.Unmarshal(raw, &header); err != nil {
		return nil, nil, fmt.Errorf("block %d: what the node answers is no block of Ethereum: %w", height, err)
	}
	if err := json.Unmarshal(raw, &named); err != nil {
		return nil, nil, fmt.Errorf("block %d: what the node answers is no block of Ethereum: %w", height, err)
	}
	encoded, err := rlp.EncodeToBytes(&header)
	if err != nil {
		return nil, nil, fmt.Errorf("block %d: %w", height, err)
	}
	block := &BlockProof{Height: height, Hash: named.Hash, Header: encoded}
	proven, err := block.Verify()
	return block, proven, err
}

// account asks for one proof and writes it and its lines.
func (e *exporter) account(ctx context.Context, r *request, block *BlockProof, stateRoot common.Hash) error {
	keys := make([]string, len(r.slots))
	for i, slot := range r.slots {
		keys[i] = slot.Slot.Hex()
	}
	proof := new(AccountProof)
	at := map[string]common.Hash{"blockHash": block.Hash} // EIP-1898
	if err := e.ask(ctx, proof, "eth_getProof", r.address, keys, at); err != nil {
		return fmt.Errorf("state of %s: %w; %s", r.address, err, stateAdvice)
	}
	if proof.Address != r.address {
		return fmt.Errorf("%w: asked for %s, the node answered for %s", ErrProof, r.address, proof.Address)
	}
	state, slots, err := proof.Verify(stateRoot)
	if err != nil {
		return err
	}
	if err := e.proofs.Encode(record{Height: &block.Height, OwnLine: r.account != nil, Proof: proof}); err != nil {
		return err
	}
	if r.account != nil {
		if err := e.write(accountLine(block, stateRoot, r.account, state)); err != nil {
			return err
		}
	}
	for _, slot := range r.slots {
		value, answered := slots[slot.Slot]
		if !answered {
			return fmt.Errorf("%w: the node left out slot %s of %s", ErrProof, slot.Slot, r.address)
		}
		if err := e.write(slotLine(block, stateRoot, &slot, state, value)); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) write(line []string) error {
	e.lines++
	return e.ledger.Write(line)
}

func (e *exporter) ask(ctx context.Context, result any, method string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return e.node.CallRPC(ctx, result, method, args...)
}
