package staking

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// examples are one call of each method, and the chain that they are made on.
func examples() (s *Staking, start func(testing.TB) *contracttest.Chain, list []contracttest.Example) {
	s, supply, lockup := newContract()
	start = func(t testing.TB) *contracttest.Chain {
		return newWorldOf(t, s, supply, lockup, 2, func(g *Genesis) { g.Parameters.EpochBlocks = 1 }).Chain
	}
	delegated := func(c *contracttest.Chain) {
		c.Must(person(1), s, cmt(100), "delegate", uint64(1), false)
		c.Must(person(1), s, cmt(100), "delegate", uint64(1), true)
	}
	leaving := func(c *contracttest.Chain) {
		delegated(c)
		c.Must(person(1), s, nil, "undelegate", uint64(1), uint8(Plain), cmt(50))
		c.Advance(1, 8*day)
	}
	granted := func(c *contracttest.Chain) {
		delegated(c)
		c.Must(ownerOf(1), s, nil, "grantCommission", person(1), uint16(5))
	}
	p, _ := Defaults()
	return s, start, []contracttest.Example{
		{Method: "declareCandidate", From: ownerOf(3), Value: cmt(10), Inputs: []any{consensusKey(3), "a", "b", "c", uint16(5)}},
		{Method: "describe", From: ownerOf(1), Inputs: []any{"a", "b", "c"}},
		{Method: "setCommission", From: ownerOf(1), Inputs: []any{uint16(1100)}},
		{Method: "grantCommission", From: ownerOf(1), Inputs: []any{person(1), uint16(5)}, Prepare: delegated},
		{Method: "endGrant", From: person(1), Inputs: []any{uint64(1), person(1)}, Prepare: granted},
		{Method: "rotateKey", From: ownerOf(1), Inputs: []any{consensusKey(9)}},
		{Method: "offerOwnership", From: ownerOf(1), Inputs: []any{person(1)}},
		{Method: "acceptOwnership", From: person(1), Inputs: []any{uint64(1)}, Prepare: func(c *contracttest.Chain) {
			c.Must(ownerOf(1), s, nil, "offerOwnership", person(1))
		}},
		{Method: "retire", From: ownerOf(1)},
		{Method: "rejoin", From: ownerOf(1), Prepare: func(c *contracttest.Chain) { c.Must(ownerOf(1), s, nil, "retire") }},
		{Method: "delegate", From: person(1), Value: cmt(5), Inputs: []any{uint64(1), true}},
		{Method: "delegateLocked", From: person(1), Inputs: []any{uint64(1), cmt(5)}},
		{Method: "undelegate", From: person(1), Inputs: []any{uint64(1), uint8(Plain), cmt(5)}, Prepare: delegated},
		{Method: "redelegate", From: person(1), Inputs: []any{uint64(1), uint64(2), uint8(Plain), cmt(5)}, Prepare: delegated},
		{Method: "setCompounding", From: person(1), Inputs: []any{uint64(1), true}, Prepare: delegated},
		{Method: "claim", From: person(1), Inputs: []any{uint64(1)}, Prepare: delegated},
		{Method: "claimAll", From: person(1), Prepare: delegated},
		{Method: "claimCommission", From: ownerOf(1)},
		{Method: "withdraw", From: person(1), Inputs: []any{uint64(1)}, Prepare: leaving},
		{Method: "applySlashes", From: person(1), Inputs: []any{person(1), uint64(1), uint8(Plain)}, Prepare: delegated},
		{Method: "setParameters", From: governor, Inputs: []any{p}},
		{Method: "beginBlock", From: params.SystemAddress, Inputs: []any{
			uint64(5), common.Address{}, []common.Address{consensusAddress(1)}, []Evidence{{Validator: consensusAddress(2), Height: 1, Time: 1_700_000_000}},
		}, Prepare: delegated},
		{Method: "release", From: params.SystemAddress, Prepare: leaving},
		{Method: "validators", Inputs: []any{uint64(0), uint64(5)}},
		{Method: "validator", Inputs: []any{uint64(1)}},
		{Method: "profile", Inputs: []any{uint64(1)}},
		{Method: "validatorByConsensusAddress", Inputs: []any{consensusAddress(1)}},
		{Method: "validatorByOwner", Inputs: []any{ownerOf(1)}},
		{Method: "ranking", Inputs: []any{uint64(5)}},
		{Method: "activeSet"},
		{Method: "standbySet"},
		{Method: "delegation", Inputs: []any{person(1), uint64(1), uint8(Plain)}, Prepare: delegated},
		{Method: "delegations", Inputs: []any{person(1), uint64(0), uint64(5)}, Prepare: delegated},
		{Method: "unbondings", Inputs: []any{person(1), uint64(0), uint64(5)}, Prepare: leaving},
		{Method: "pendingRewards", Inputs: []any{person(1)}, Prepare: delegated},
		{Method: "grantOf", Inputs: []any{uint64(1), person(1)}, Prepare: granted},
		{Method: "totals"},
		{Method: "parameters"},
		{Method: "constants"},
		{Method: "pastStake", Inputs: []any{person(1), uint64(1_700_000_000)}, Prepare: delegated},
	}
}

func TestGeneric(t *testing.T) {
	s, start, list := examples()
	contracttest.Generic(t, s, start, list)
}

// TestGasIsAsTheReadmeSays compares the README's table with what each example
// costs, refunds and intrinsic gas not counted.
func TestGasIsAsTheReadmeSays(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	s, start, list := examples()
	var table strings.Builder
	for _, example := range list {
		if contract.Interface(s).Methods[example.Method].IsConstant() {
			continue
		}
		c := start(t)
		if example.Prepare != nil {
			example.Prepare(c)
		}
		result := c.Try(example.From, s, example.Value, example.Method, example.Inputs...)
		require.NoError(t, result.Err)
		fmt.Fprintf(&table, "| `%s` | %d,000 |\n", example.Method, (result.GasUsed+999)/1000)
	}
	require.Contains(t, string(readme), table.String(), "the README's table is to be:\n%s", table.String())
}
