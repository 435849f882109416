package client

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
)

// Latest is the newest block.
var Latest = BlockRef{tag: "latest"}

// Read asks a contract with the bindings of package contracts: input is what a
// Pack method gives, unpack the Unpack method that belongs to it.
//
//	staking := contracts.NewStaking()
//	totals, err := client.Read(ctx, node, contracts.StakingAddress, staking.PackTotals(), client.Latest, staking.UnpackTotals)
//
// A transaction is the same input in the Data of a Request.
func Read[T any](ctx context.Context, c *Client, contract common.Address, input []byte, at BlockRef, unpack func([]byte) (T, error)) (answer T, err error) {
	output, err := c.Call(ctx, Request{To: &contract, Data: input}, at)
	if err != nil {
		return answer, err
	}
	if len(output) == 0 {
		return answer, fmt.Errorf("%s answers nothing: there is no such contract on this chain, or not yet at this block", contract)
	}
	return unpack(output)
}
