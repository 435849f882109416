package contracts

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// ErrAnswer is wrapped by errors about bytes that are not what the ABI says.
var ErrAnswer = errors.New("the contract's answer is not in its ABI's form")

// At returns the contract at an address.
func At(address common.Address) (*Contract, bool) {
	for _, c := range All() {
		if c.Address == address {
			return c, true
		}
	}
	return nil, false
}

// EnumName is the name of a value of one of the contract's enums, such as
// "IStaking.Status"; a value that has none is written as a number.
func (c *Contract) EnumName(enum string, value uint8) string {
	if members := c.types[enum].Members; int(value) < len(members) {
		return members[value].Name
	}
	return strconv.Itoa(int(value))
}

// Decode reads what a call of the method returned.
func (m *Method) Decode(output []byte) ([]Value, error) {
	return unpack(m.abi.Outputs, m.Outputs, output)
}

func unpack(args abi.Arguments, params []*Param, data []byte) ([]Value, error) {
	raw, err := args.Unpack(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %d bytes: %w", ErrAnswer, len(data), err)
	}
	values := make([]Value, len(raw))
	for i := range raw {
		values[i] = Value{params[i], raw[i]}
	}
	return values, nil
}

// Logged is an event of a log, decoded.
type Logged struct {
	Event  *Event
	Values []Value // an indexed string, array or struct is known by its hash only
}

// DecodeLog reads a log of one of the contract's events; ok is false for others.
func (c *Contract) DecodeLog(log *types.Log) (logged Logged, ok bool) {
	if log.Address != c.Address || len(log.Topics) == 0 {
		return logged, false
	}
	for _, event := range c.Events {
		if event.abi.ID != log.Topics[0] {
			continue
		}
		values, err := event.decode(log)
		return Logged{event, values}, err == nil
	}
	return logged, false
}

func (e *Event) decode(log *types.Log) ([]Value, error) {
	data, err := e.abi.Inputs.NonIndexed().Unpack(log.Data)
	if err != nil {
		return nil, err
	}
	topics := log.Topics[1:]
	values := make([]Value, 0, len(e.Inputs))
	for i, input := range e.abi.Inputs {
		if !input.Indexed {
			values = append(values, Value{e.Inputs[i], data[0]})
			data = data[1:]
			continue
		}
		if len(topics) == 0 {
			return nil, fmt.Errorf("%w: a topic is missing", ErrAnswer)
		}
		value, err := topicValue(e.Inputs[i], topics[0])
		if err != nil {
			return nil, err
		}
		values, topics = append(values, value), topics[1:]
	}
	return values, nil
}

// topicValue reads an indexed parameter; of dynamic ones a log has the hash.
func topicValue(p *Param, topic common.Hash) (Value, error) {
	switch p.typ.T {
	case abi.StringTy, abi.BytesTy, abi.SliceTy, abi.ArrayTy, abi.TupleTy:
		hashed := &Param{Name: p.Name, Notice: p.Notice, typ: abi.Type{T: abi.FixedBytesTy, Size: 32}}
		return Value{hashed, [32]byte(topic)}, nil
	}
	values, err := unpack(abi.Arguments{{Type: p.typ}}, []*Param{p}, topic[:])
	if err != nil {
		return Value{}, err
	}
	return values[0], nil
}

// Refused is a custom error, decoded.
type Refused struct {
	*Failure
	Values []Value
}

// Error writes the error for people: its notice, which says what to do next,
// and its name with what it says.
func (r *Refused) Error() string {
	parts := make([]string, len(r.Values))
	for i, value := range r.Values {
		parts[i] = strings.TrimSpace(value.Label() + " " + value.Text())
	}
	text := r.Name
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	if notice := strings.TrimSuffix(r.Notice, "."); notice != "" {
		return notice + " (" + text + ")"
	}
	return text
}

// DecodeError reads revert data as one of the contract's custom errors.
func (c *Contract) DecodeError(data []byte) (*Refused, bool) {
	for _, failure := range c.Errors {
		if len(data) < 4 || !bytes.Equal(failure.abi.ID[:4], data[:4]) {
			continue
		}
		values, err := unpack(failure.abi.Inputs, failure.Inputs, data[4:])
		if err != nil {
			return nil, false
		}
		return &Refused{failure, values}, true
	}
	return nil, false
}

// DecodeError reads revert data as a custom error of any contract of the chain.
// When several declare it, what they do not agree on is left out.
func DecodeError(data []byte) (*Refused, bool) {
	var found *Refused
	for _, c := range All() {
		refused, ok := c.DecodeError(data)
		switch {
		case !ok:
		case found == nil:
			found = refused
		case found.Notice != refused.Notice || !sameNames(found.Inputs, refused.Inputs):
			found = &Refused{&Failure{Name: found.Name, Inputs: found.Inputs, abi: found.abi}, found.Values}
		}
	}
	return found, found != nil
}

func sameNames(a, b []*Param) bool {
	return reflect.DeepEqual(names(a), names(b))
}

func names(params []*Param) (list []string) {
	for _, p := range params {
		list = append(list, p.Name)
	}
	return list
}
