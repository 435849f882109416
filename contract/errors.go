package contract

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
)

// ErrWriteProtection ends a call that writes in a read-only context: a
// STATICCALL, or a DELEGATECALL or CALLCODE, which would write to the caller.
var ErrWriteProtection = vm.ErrWriteProtection

// Revert is an error that carries return data to the caller, as Solidity's
// revert does. A custom error of a contract's interface is one.
type Revert struct {
	Data []byte // what the caller gets, ABI-encoded
	text string
}

func (r *Revert) Error() string {
	if r.text == "" {
		return vm.ErrExecutionReverted.Error()
	}
	return r.text
}

// Refuse reverts with a text, as Solidity's require and revert do.
func Refuse(format string, args ...any) *Revert {
	text := fmt.Sprintf(format, args...)
	return &Revert{Data: textError.pack(text), text: text}
}

// panicCode reverts as Solidity's compiler-made checks do: Panic(uint256).
func panicCode(code byte, text string) *Revert {
	data := append(append([]byte{}, panicError[:]...), common.LeftPadBytes([]byte{code}, 32)...)
	return &Revert{Data: data, text: text}
}

// Codes of Panic(uint256) that storage raises.
const (
	panicEmptyPop   = 0x31
	panicOutOfRange = 0x32
	panicOverflow   = 0x11
)

type textRevert struct {
	selector []byte
	args     abi.Arguments
}

var (
	textError  = newTextRevert()
	panicError = selectorOf("Panic(uint256)")
)

func newTextRevert() textRevert {
	kind, err := abi.NewType("string", "", nil)
	if err != nil {
		panic(err) // while wiring
	}
	selector := selectorOf("Error(string)")
	return textRevert{selector[:], abi.Arguments{{Type: kind}}}
}

func (t textRevert) pack(text string) []byte {
	data, err := t.args.Pack(text)
	if err != nil {
		return nil // a string always packs
	}
	return append(append([]byte{}, t.selector...), data...)
}

// revertData turns a method's error into what the EVM wants: an error of the
// contract's interface reverts with its data, any other error of a method
// reverts with its text; running out of gas, or writing in a read-only context,
// takes all gas.
func revertData(err error) ([]byte, error) {
	if err == nil {
		return nil, nil
	}
	var revert *Revert
	if errors.As(err, &revert) {
		return revert.Data, vm.ErrExecutionReverted
	}
	if errors.Is(err, vm.ErrOutOfGas) || errors.Is(err, vm.ErrWriteProtection) {
		return nil, err
	}
	return textError.pack(err.Error()), vm.ErrExecutionReverted
}
