package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

var errUnprotected = errors.New("only replay-protected (EIP-155) transactions allowed over RPC")

// sendAPI answers the eth_ methods that submit transactions, and refuses those
// that would need a key.
type sendAPI struct {
	v      *view
	follow *follower
}

// SendRawTransaction gives a signed transaction to the pool and returns its hash.
func (a *sendAPI) SendRawTransaction(raw hexutil.Bytes) (common.Hash, error) {
	return a.v.submit(raw)
}

func (v *view) submit(raw []byte) (common.Hash, error) {
	tx, err := decodeTransaction(raw)
	if err != nil {
		return common.Hash{}, err
	}
	if errs := v.b.SendTransactions([]*types.Transaction{tx}); errs[0] != nil {
		return common.Hash{}, errs[0]
	}
	return tx.Hash(), nil
}

// decodeTransaction parses a signed transaction and refuses what may be
// replayed on another chain.
func decodeTransaction(raw []byte) (*types.Transaction, error) {
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(raw); err != nil {
		return nil, err
	}
	if !tx.Protected() {
		return nil, errUnprotected
	}
	return tx, nil
}

// SendRawTransactionSync gives a signed transaction to the pool, waits until it
// is in a block and returns its receipt. The timeout is capped by the server.
func (a *sendAPI) SendRawTransactionSync(ctx context.Context, raw hexutil.Bytes, timeout *milliseconds) (map[string]any, error) {
	wait := a.v.cfg.SyncTimeout
	if timeout != nil && *timeout > 0 {
		wait = a.v.cfg.SyncMax
		if ms := uint64(*timeout); ms < uint64(a.v.cfg.SyncMax/time.Millisecond) {
			wait = time.Duration(ms) * time.Millisecond
		}
	}
	hash, err := a.v.submit(raw)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		changed := a.follow.changed()
		if r, err := a.v.receiptOf(hash); r != nil || err != nil {
			return r, err
		}
		select {
		case <-changed:
		case <-a.follow.quit:
			return nil, errStopped
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil, ctx.Err()
			}
			return nil, &codedError{
				code:    codeSyncTimeout,
				message: fmt.Sprintf("The transaction was added to the transaction pool but wasn't processed in %v", wait),
				data:    hash.Hex(),
			}
		}
	}
}

// milliseconds is a duration given as a JSON number or as a hex quantity.
type milliseconds uint64

// UnmarshalJSON accepts both forms: clients disagree.
func (m *milliseconds) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return (*hexutil.Uint64)(m).UnmarshalJSON(data)
	}
	return json.Unmarshal(data, (*uint64)(m))
}

// SendTransaction refuses: the node holds no keys.
func (a *sendAPI) SendTransaction(TransactionArgs) (common.Hash, error) {
	return common.Hash{}, errNoKeys
}

// SignTransaction refuses: the node holds no keys.
func (a *sendAPI) SignTransaction(TransactionArgs) (hexutil.Bytes, error) { return nil, errNoKeys }

// Sign refuses: the node holds no keys.
func (a *sendAPI) Sign(common.Address, hexutil.Bytes) (hexutil.Bytes, error) { return nil, errNoKeys }

// Accounts returns an empty list: the node holds no keys.
func (a *sendAPI) Accounts() []common.Address { return []common.Address{} }

// PendingTransactions returns an empty list: no transaction comes from a key of
// this node.
func (a *sendAPI) PendingTransactions() []*Transaction { return []*Transaction{} }
