package rpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

const (
	maxTopics       = 4    // positions
	maxAlternatives = 1000 // addresses, or topics at one position
)

var (
	errInvalidTopic   = invalidParams("invalid topic(s)")
	errTooManyTopics  = errors.New("exceed max topics")
	errTooManyChoices = errors.New("exceed max addresses or topics per search position")
)

// LogQuery selects logs by block, emitting address and topics. An empty list
// of addresses, or of topics at one position, matches all.
type LogQuery struct {
	BlockHash *common.Hash
	FromBlock *gethrpc.BlockNumber // nil is latest
	ToBlock   *gethrpc.BlockNumber // nil is latest
	Addresses []common.Address
	Topics    [][]common.Hash
}

// UnmarshalJSON accepts a single address or a list, and for each topic null, a
// single value or a list of alternatives.
func (q *LogQuery) UnmarshalJSON(data []byte) error {
	var raw struct {
		BlockHash *common.Hash         `json:"blockHash"`
		FromBlock *gethrpc.BlockNumber `json:"fromBlock"`
		ToBlock   *gethrpc.BlockNumber `json:"toBlock"`
		Addresses any                  `json:"address"`
		Topics    []any                `json:"topics"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if raw.BlockHash != nil && (raw.FromBlock != nil || raw.ToBlock != nil) {
		return errors.New("cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other")
	}
	q.BlockHash, q.FromBlock, q.ToBlock = raw.BlockHash, raw.FromBlock, raw.ToBlock
	var err error
	if q.Addresses, err = decodeAddresses(raw.Addresses); err != nil {
		return err
	}
	if len(raw.Topics) > maxTopics {
		return errTooManyTopics
	}
	q.Topics = make([][]common.Hash, len(raw.Topics))
	for i, t := range raw.Topics {
		if q.Topics[i], err = decodeTopics(t); err != nil {
			return err
		}
	}
	return q.check()
}

func (q *LogQuery) check() error {
	tooMany := len(q.Addresses) > maxAlternatives
	for _, t := range q.Topics {
		tooMany = tooMany || len(t) > maxAlternatives
	}
	if tooMany {
		return errTooManyChoices
	}
	return nil
}

func decodeAddresses(raw any) ([]common.Address, error) {
	switch raw := raw.(type) {
	case nil:
		return nil, nil
	case string:
		addr, err := decodeFixed(raw, common.AddressLength, "address")
		if err != nil {
			return nil, fmt.Errorf("invalid address: %v", err)
		}
		return []common.Address{common.BytesToAddress(addr)}, nil
	case []any:
		addrs := make([]common.Address, len(raw))
		for i, a := range raw {
			text, ok := a.(string)
			if !ok {
				return nil, fmt.Errorf("non-string address at index %d", i)
			}
			addr, err := decodeFixed(text, common.AddressLength, "address")
			if err != nil {
				return nil, fmt.Errorf("invalid address at index %d: %v", i, err)
			}
			addrs[i] = common.BytesToAddress(addr)
		}
		return addrs, nil
	}
	return nil, errors.New("invalid addresses in query")
}

func decodeTopics(raw any) ([]common.Hash, error) {
	switch raw := raw.(type) {
	case nil:
		return nil, nil
	case string:
		return decodeTopics([]any{raw})
	case []any:
		var topics []common.Hash
		for _, t := range raw {
			if t == nil {
				return nil, nil // null among alternatives matches all
			}
			text, ok := t.(string)
			if !ok {
				return nil, errInvalidTopic
			}
			topic, err := decodeFixed(text, common.HashLength, "topic")
			if err != nil {
				return nil, err
			}
			topics = append(topics, common.BytesToHash(topic))
		}
		return topics, nil
	}
	return nil, errInvalidTopic
}

func decodeFixed(s string, size int, what string) ([]byte, error) {
	b, err := hexutil.Decode(s)
	if err == nil && len(b) != size {
		err = fmt.Errorf("hex has invalid length %d after decoding; expected %d for %s", len(b), size, what)
	}
	return b, err
}

// matches tells whether a log is selected, the block aside.
func (q *LogQuery) matches(l *types.Log) bool {
	if len(q.Addresses) > 0 && !slices.Contains(q.Addresses, l.Address) {
		return false
	}
	if len(q.Topics) > len(l.Topics) {
		return false
	}
	for i, choice := range q.Topics {
		if len(choice) > 0 && !slices.Contains(choice, l.Topics[i]) {
			return false
		}
	}
	return true
}

// mayMatch tells from a block's bloom filter whether it can contain a match.
func (q *LogQuery) mayMatch(bloom types.Bloom) bool {
	if len(q.Addresses) > 0 && !slices.ContainsFunc(q.Addresses, func(a common.Address) bool { return types.BloomLookup(bloom, a) }) {
		return false
	}
	for _, choice := range q.Topics {
		if len(choice) > 0 && !slices.ContainsFunc(choice, func(t common.Hash) bool { return types.BloomLookup(bloom, t) }) {
			return false
		}
	}
	return true
}

// selectLogs appends the selected logs of a block's receipts to out.
func (q *LogQuery) selectLogs(out []*types.Log, receipts types.Receipts) []*types.Log {
	for _, r := range receipts {
		for _, l := range r.Logs {
			if q.matches(l) {
				out = append(out, l)
			}
		}
	}
	return out
}
