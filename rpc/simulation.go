package rpc

import (
	"encoding/json"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
)

// simulatedInterval is the time between simulated blocks in seconds when the
// caller names none, the same as on Ethereum.
const simulatedInterval = 12

// SimulateArgs is the first argument of eth_simulateV1.
type SimulateArgs struct {
	Blocks           []SimulatedCalls `json:"blockStateCalls"`
	TraceTransfers   bool             `json:"traceTransfers"`
	Validation       bool             `json:"validation"`
	FullTransactions bool             `json:"returnFullTransactions"`
}

// SimulatedCalls is one block to simulate.
type SimulatedCalls struct {
	BlockOverrides *BlockOverrides   `json:"blockOverrides"`
	StateOverrides *StateOverride    `json:"stateOverrides"`
	Calls          []TransactionArgs `json:"calls"`
}

func (a *SimulateArgs) check() error {
	if len(a.Blocks) == 0 {
		return invalidParams("empty input")
	}
	if len(a.Blocks) > maxSimulatedBlocks {
		return coded(codeClientLimitExceeded, "too many blocks")
	}
	total := 0
	for _, b := range a.Blocks {
		if len(b.Calls) > maxSimulatedCalls {
			return coded(codeClientLimitExceeded, "too many calls in block: %d > %d", len(b.Calls), maxSimulatedCalls)
		}
		if total += len(b.Calls); total > maxSimulatedCallsInTotal {
			return coded(codeClientLimitExceeded, "too many calls: %d > %d", total, maxSimulatedCallsInTotal)
		}
	}
	return nil
}

// fillGaps gives every block a number and a time and inserts empty blocks where
// numbers are skipped.
func fillGaps(base *types.Header, blocks []SimulatedCalls) ([]SimulatedCalls, error) {
	var (
		filled = make([]SimulatedCalls, 0, len(blocks))
		number = base.Number
		time   = base.Time
	)
	for _, b := range blocks {
		o := new(BlockOverrides)
		if b.BlockOverrides != nil {
			*o = *b.BlockOverrides
		}
		want := new(big.Int).Add(number, common.Big1)
		set(&want, (*big.Int)(o.Number))
		if want.Cmp(number) <= 0 {
			return nil, coded(codeBlockNumberInvalid, "block numbers must be in order: %d <= %d", want, number)
		}
		if distance := new(big.Int).Sub(want, base.Number); distance.Cmp(big.NewInt(maxSimulatedBlocks)) > 0 {
			return nil, coded(codeClientLimitExceeded, "too many blocks")
		}
		for n := new(big.Int).Add(number, common.Big1); n.Cmp(want) < 0; n = new(big.Int).Add(n, common.Big1) {
			time += simulatedInterval
			filled = append(filled, SimulatedCalls{BlockOverrides: numbered(&BlockOverrides{}, n, time)})
		}
		next := time + simulatedInterval
		setValue(&next, (*uint64)(o.Time))
		if next <= time {
			return nil, coded(codeBlockTimestampInvalid, "block timestamps must be in order: %d <= %d", next, time)
		}
		number, time = want, next
		b.BlockOverrides = numbered(o, number, time)
		filled = append(filled, b)
	}
	return filled, nil
}

func numbered(o *BlockOverrides, number *big.Int, time uint64) *BlockOverrides {
	o.Number, o.Time = (*hexutil.Big)(number), (*hexutil.Uint64)(&time)
	if o.Withdrawals == nil {
		o.Withdrawals = &types.Withdrawals{}
	}
	return o
}

// SimulatedCall is the result of one simulated call.
type SimulatedCall struct {
	ReturnData hexutil.Bytes   `json:"returnData"`
	Logs       []*types.Log    `json:"logs"`
	GasUsed    hexutil.Uint64  `json:"gasUsed"`
	MaxUsedGas hexutil.Uint64  `json:"maxUsedGas"`
	Status     hexutil.Uint64  `json:"status"`
	Error      *SimulatedError `json:"error,omitempty"`
}

// SimulatedError tells why a simulated call failed.
type SimulatedError struct {
	Message string `json:"message"`
	Code    int    `json:"code"`
	Data    any    `json:"data,omitempty"`
}

// SimulatedBlock is a simulated block with the results of its calls.
type SimulatedBlock struct {
	v       *view
	fullTx  bool
	block   *types.Block
	calls   []*SimulatedCall
	senders map[common.Hash]common.Address // simulated transactions carry no signature
}

// MarshalJSON returns the block as eth_getBlockByNumber does, with "calls".
func (b *SimulatedBlock) MarshalJSON() ([]byte, error) {
	f := b.v.blockFields(b.block, b.fullTx)
	if txs, ok := f["transactions"].([]any); ok && b.fullTx {
		for _, tx := range txs {
			if tx, ok := tx.(*Transaction); ok {
				tx.From = b.senders[tx.Hash]
			}
		}
	}
	f["calls"] = append([]*SimulatedCall{}, b.calls...)
	return json.Marshal(f)
}

var (
	// transferTopic is keccak256("Transfer(address,address,uint256)").
	transferTopic = common.HexToHash("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
	// transferAddress stands for the native coin (ERC-7528).
	transferAddress = common.HexToAddress("0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE")
)

// simulatedLogs collects the logs of a simulated transaction and, on request,
// transfers of the native coin in the form of logs.
type simulatedLogs struct {
	transfers bool
	header    *types.Header
	frames    [][]*types.Log // one for each open call: a failed call loses its own
	count     uint           // in the block
	bytes     int            // of data of this transaction
	hash      common.Hash
	index     uint
}

func (l *simulatedLogs) hooks() *tracing.Hooks {
	return &tracing.Hooks{OnEnter: l.enter, OnExit: l.exit, OnLog: func(log *types.Log) {
		l.add(log.Address, log.Topics, log.Data)
	}}
}

func (l *simulatedLogs) reset(hash common.Hash, index uint) {
	l.frames, l.bytes, l.hash, l.index = nil, 0, hash, index
}

func (l *simulatedLogs) all() []*types.Log {
	if len(l.frames) == 0 || l.frames[0] == nil {
		return []*types.Log{}
	}
	return l.frames[0]
}

func (l *simulatedLogs) enter(_ int, op byte, from, to common.Address, _ []byte, _ uint64, value *big.Int) {
	l.frames = append(l.frames, []*types.Log{})
	if l.transfers && vm.OpCode(op) != vm.DELEGATECALL && value != nil && value.Sign() > 0 {
		topics := []common.Hash{transferTopic, common.BytesToHash(from[:]), common.BytesToHash(to[:])}
		l.add(transferAddress, topics, common.BigToHash(value).Bytes())
	}
}

func (l *simulatedLogs) exit(depth int, _ []byte, _ uint64, _ error, reverted bool) {
	last := len(l.frames) - 1
	switch {
	case depth == 0:
		if reverted {
			l.frames[0] = nil
		}
	case last > 0:
		if !reverted {
			l.frames[last-1] = append(l.frames[last-1], l.frames[last]...)
		}
		l.frames = l.frames[:last]
	}
}

func (l *simulatedLogs) add(addr common.Address, topics []common.Hash, data []byte) {
	if len(l.frames) == 0 {
		return // a system call before the first transaction
	}
	top := len(l.frames) - 1
	l.frames[top] = append(l.frames[top], &types.Log{
		Address: addr, Topics: topics, Data: data,
		BlockNumber: l.header.Number.Uint64(), BlockTimestamp: l.header.Time,
		TxHash: l.hash, TxIndex: l.index, Index: l.count,
	})
	l.count++
	l.bytes += len(data)
}
