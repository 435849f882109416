package rpc

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// hashAnswerBytes is the size of a transaction hash in an answer.
const hashAnswerBytes = 2 + 2 + 2*common.HashLength

// fastSend answers HTTP requests that contain only eth_sendRawTransaction, the
// busiest method by far: the body is scanned instead of decoded, and a batch
// goes to the pool in one piece. The answers are those of the general server,
// byte for byte.
type fastSend struct {
	v *view
	m *metrics
}

// answer returns the response body, or false when the general server has to
// deal with the request.
func (f *fastSend) answer(body []byte) ([]byte, bool) {
	requests, batch, ok := scanRaw(body, nil)
	if !ok || len(requests) > f.v.cfg.BatchItems || len(requests)*hashAnswerBytes > f.v.cfg.BatchResponseBytes {
		return nil, false
	}
	start := time.Now()
	txs, errs, ok := decodeRaw(requests)
	if !ok {
		return nil, false
	}
	f.submit(txs, errs)
	out := make([]byte, 0, 128*len(requests)+2)
	if batch {
		out = append(out, '[')
	}
	failed := 0
	for i, r := range requests {
		if i > 0 {
			out = append(out, ',')
		}
		if errs[i] != nil {
			failed++
			out = appendError(out, r.id, errs[i])
		} else {
			out = appendHash(out, r.id, txs[i].Hash())
		}
	}
	if batch {
		out = append(out, ']')
	}
	f.m.observe("eth_sendRawTransaction", time.Since(start), len(requests), failed)
	return append(out, '\n'), true
}

// decodeRaw parses the transactions. ok is false when one is not hex, which the
// general server explains. A transaction that is malformed has an error.
func decodeRaw(requests []rawRequest) (txs []*types.Transaction, errs []error, ok bool) {
	size := 0
	for _, r := range requests {
		size = max(size, len(r.hex)/2)
	}
	raw := make([]byte, size)
	txs, errs = make([]*types.Transaction, len(requests)), make([]error, len(requests))
	for i, r := range requests {
		n, err := hex.Decode(raw, r.hex)
		if err != nil {
			return nil, nil, false
		}
		txs[i], errs[i] = decodeTransaction(raw[:n])
	}
	return txs, errs, true
}

// submit gives the well-formed transactions to the pool and fills in the
// errors of those that it refuses.
func (f *fastSend) submit(txs []*types.Transaction, errs []error) {
	valid, at := make([]*types.Transaction, 0, len(txs)), make([]int, 0, len(txs))
	for i, tx := range txs {
		if errs[i] == nil {
			valid, at = append(valid, tx), append(at, i)
		}
	}
	if len(valid) == 0 {
		return
	}
	for i, err := range f.v.b.SendTransactions(valid) {
		errs[at[i]] = err
	}
}

func appendHash(out, id []byte, hash common.Hash) []byte {
	out = append(out, `{"jsonrpc":"2.0","id":`...)
	out = append(out, id...)
	out = append(out, `,"result":"0x`...)
	out = hex.AppendEncode(out, hash[:])
	return append(out, `"}`...)
}

// appendError uses the same rules as go-ethereum's server for code and data.
func appendError(out, id []byte, err error) []byte {
	answer := struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}{Code: -32000, Message: err.Error()}
	if e, ok := err.(gethrpc.Error); ok {
		answer.Code = e.ErrorCode()
	}
	if e, ok := err.(gethrpc.DataError); ok {
		answer.Data = e.ErrorData()
	}
	encoded, err := json.Marshal(answer)
	if err != nil {
		encoded = []byte(`{"code":-32603,"message":"the error could not be encoded"}`)
	}
	out = append(out, `{"jsonrpc":"2.0","id":`...)
	out = append(out, id...)
	out = append(out, `,"error":`...)
	out = append(out, encoded...)
	return append(out, '}')
}
