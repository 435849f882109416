package contracts

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process"
)

// decide lets processes ask the rules contract, by its public interface. A model
// is named by its hash (0x and 64 digits), or by its name, or by name@version.
func decide(rules contract.Contract) process.Decide {
	return func(ctx *contract.Context, model, decision string, input []byte) ([]byte, error) {
		if digits, isHash := strings.CutPrefix(model, "0x"); isHash {
			raw, err := hex.DecodeString(digits)
			if err != nil || len(raw) != common.HashLength {
				return nil, fmt.Errorf("%q is no hash of a model", model)
			}
			return evaluate(ctx, rules, "evaluate", common.BytesToHash(raw), decision, input)
		}
		name, version, pinned := strings.Cut(model, "@")
		if !pinned {
			return evaluate(ctx, rules, "evaluateNamed", name, decision, input)
		}
		number, err := strconv.ParseUint(version, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no version", version)
		}
		found, err := ask(ctx, rules, "versionOf", name, number)
		if err != nil {
			return nil, err
		}
		return evaluate(ctx, rules, "evaluate", found[0].(common.Hash), decision, input)
	}
}

// evaluate is the result of a method that returns it first.
func evaluate(ctx *contract.Context, rules contract.Contract, method string, inputs ...any) ([]byte, error) {
	results, err := ask(ctx, rules, method, inputs...)
	if err != nil {
		return nil, err
	}
	return results[0].([]byte), nil
}

// ask calls a view.
func ask(ctx *contract.Context, of contract.Contract, method string, inputs ...any) ([]any, error) {
	data, err := contract.Pack(of, method, inputs...)
	if err != nil {
		return nil, err
	}
	output, err := ctx.View().Call(of.Address(), data, nil, contract.AllGas)
	if err != nil {
		return nil, err
	}
	return contract.Unpack(of, method, output)
}
