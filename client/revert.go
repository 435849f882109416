package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/cybermiles/cybermiles/client/contracts"
)

// RevertError says that a contract refused a call.
type RevertError struct {
	Reason string // the message of Error(string) or Panic(uint256); "" for others
	Data   []byte // what the contract returned, for example a custom error

	asked *common.Address // who was called
}

func (e *RevertError) Error() string {
	switch {
	case e.Reason != "":
		return "the contract refused: " + e.Reason
	case len(e.Data) >= 4:
		if refused, known := e.custom(); known {
			return "the contract refused: " + refused.Error()
		}
		return fmt.Sprintf("the contract refused with the custom error %s", hexutil.Encode(e.Data))
	default:
		return "the contract refused without giving a reason"
	}
}

// custom is the custom error of a contract of the chain. Another contract's may
// look the same and mean something else.
func (e *RevertError) custom() (error, bool) {
	if e.asked == nil {
		return nil, false
	}
	if _, ours := contracts.At(*e.asked); !ours {
		return nil, false
	}
	return contracts.DecodeError(e.Data)
}

// explainCall is Explain of what the contract at an address was asked.
func (c *Client) explainCall(asked *common.Address, err error) error {
	explained := c.Explain(err)
	var reverted *RevertError
	if errors.As(explained, &reverted) {
		reverted.asked = asked
	}
	return explained
}

// Explain turns a node's answer into the most telling error: a RevertError
// when it carries revert data, an UnreachableError when there was no answer.
func (c *Client) Explain(err error) error {
	if err == nil {
		return nil
	}
	if reverted, ok := asRevert(err); ok {
		return reverted
	}
	return c.wrap(err)
}

func asRevert(err error) (*RevertError, bool) {
	var coded rpc.Error
	if !errors.As(err, &coded) || coded.ErrorCode() != 3 {
		return nil, false
	}
	reverted := &RevertError{}
	var carrier rpc.DataError
	if errors.As(err, &carrier) {
		if text, ok := carrier.ErrorData().(string); ok {
			if data, err := hexutil.Decode(text); err == nil {
				reverted.Data = data
			}
		}
	}
	if reason, err := abi.UnpackRevert(reverted.Data); err == nil {
		reverted.Reason = reason
	}
	return reverted, true
}

// FailureReason repeats a failed transaction as a call on the state before its
// block and returns why it fails there, or "" when it does not: the answer is
// a strong hint, not a proof, since earlier transactions of its block are left
// out.
func (c *Client) FailureReason(ctx context.Context, hash common.Hash) (string, error) {
	tx, err := c.Transaction(ctx, hash)
	if err != nil {
		return "", err
	}
	if tx.BlockNumber == nil || *tx.BlockNumber == 0 {
		return "", nil
	}
	parent := BlockRef{tag: hexutil.EncodeUint64(uint64(*tx.BlockNumber) - 1)}
	req := Request{From: tx.From, To: tx.To, Data: tx.Input, Gas: uint64(tx.Gas)}
	if tx.Value != nil {
		req.ValueWei = tx.Value.ToInt()
	}
	var coded rpc.Error
	switch _, err = c.Call(ctx, req, parent); {
	case err == nil:
		return "", nil
	case errors.As(err, new(*RevertError)), errors.As(err, &coded):
		return err.Error(), nil
	default:
		return "", err
	}
}
