package rpc

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/vm"
)

// Error codes, as the execution-apis specification and go-ethereum use them.
const (
	codeRevert                = 3
	codeSyncTimeout           = 4
	codeLimitExceeded         = -32005 // EIP-1474
	codeVMError               = -32015
	codeInvalidParams         = -32602
	codeInternal              = -32603
	codeNonceTooLow           = -38010
	codeNonceTooHigh          = -38011
	codeIntrinsicGas          = -38013
	codeInsufficientFunds     = -38014
	codeBlockGasLimitReached  = -38015
	codeBlockNumberInvalid    = -38020
	codeBlockTimestampInvalid = -38021
	codeSenderNotEOA          = -38024
	codeInitCodeTooLarge      = -38025
	codeClientLimitExceeded   = -38026
)

var (
	errNoKeys          = errors.New("this node holds no keys; sign in your wallet and use eth_sendRawTransaction")
	errHeaderNotFound  = errors.New("header not found")
	errHashNotFound    = errors.New("header for hash not found")
	errNoBlockGiven    = errors.New("invalid arguments; neither block nor hash specified")
	errTxNotFound      = errors.New("transaction not found")
	errGenesisTrace    = errors.New("genesis is not traceable")
	errReceiptsMissing = errors.New("the receipts of this block are not on this node; ask a node with full history")
	errStopped         = errors.New("the node is stopping")
)

// codedError is an answer with a JSON-RPC error code and optional data.
type codedError struct {
	code    int
	message string
	data    any
}

func (e *codedError) Error() string  { return e.message }
func (e *codedError) ErrorCode() int { return e.code }
func (e *codedError) ErrorData() any { return e.data }

func coded(code int, format string, args ...any) error {
	return &codedError{code: code, message: fmt.Sprintf(format, args...)}
}

func invalidParams(format string, args ...any) error {
	return coded(codeInvalidParams, format, args...)
}

// revertError is the answer to a reverted call: code 3, the unpacked reason in
// the message, the raw revert data as data.
func revertError(revert []byte) *codedError {
	err := vm.ErrExecutionReverted
	if reason, unpackErr := abi.UnpackRevert(revert); unpackErr == nil {
		err = fmt.Errorf("%w: %v", vm.ErrExecutionReverted, reason)
	}
	return &codedError{code: codeRevert, message: err.Error(), data: hexutil.Encode(revert)}
}

// invalidTxError gives the code that eth_simulateV1 defines for a call that
// could not be executed as a transaction.
func invalidTxError(err error) error {
	codes := []struct {
		target error
		code   int
	}{
		{core.ErrNonceTooHigh, codeNonceTooHigh},
		{core.ErrNonceTooLow, codeNonceTooLow},
		{core.ErrSenderNoEOA, codeSenderNotEOA},
		{core.ErrFeeCapVeryHigh, codeInvalidParams},
		{core.ErrTipVeryHigh, codeInvalidParams},
		{core.ErrTipAboveFeeCap, codeInvalidParams},
		{core.ErrFeeCapTooLow, codeInvalidParams},
		{core.ErrInsufficientFunds, codeInsufficientFunds},
		{core.ErrIntrinsicGas, codeIntrinsicGas},
		{core.ErrInsufficientFundsForTransfer, codeInsufficientFunds},
		{vm.ErrMaxInitCodeSizeExceeded, codeInitCodeTooLarge},
	}
	for _, c := range codes {
		if errors.Is(err, c.target) {
			return &codedError{code: c.code, message: err.Error()}
		}
	}
	return &codedError{code: codeInternal, message: err.Error()}
}
