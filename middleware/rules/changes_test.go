package rules

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/program"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// A transaction changes sessions so many times, whatever it reverts, and the next
// one may again.
func TestChangesOfATransaction(t *testing.T) {
	r, chain, _ := opened(t, "template A\n x: int\nend\n")
	// pass calls another account with the call's own input.
	pass := func(p *program.Program, to common.Address) *program.Program {
		return p.Push(0).Push(0).Op(vm.CALLDATASIZE).Push(0).Push(0).Push(to).Op(vm.GAS, vm.CALL)
	}
	begin := func() *program.Program { return program.New().Op(vm.CALLDATASIZE).Push(0).Push(0).Op(vm.CALLDATACOPY) }
	put := func(account common.Address, p *program.Program) {
		chain.DB.SetCode(account, p.Bytes(), tracing.CodeChangeUnspecified)
		chain.Must(alice, r, nil, "allow", uint64(1), account, true)
	}
	reverts, many := common.Address{0xee}, common.Address{0xef}
	put(reverts, pass(begin(), r.Address()).Push(0).Push(0).Op(vm.REVERT))
	data := chain.Pack(r, "insert", uint64(1), packFact(t, 0, 7))
	attempt := func(reverted int) bool {
		p := begin()
		for range reverted {
			pass(p, reverts).Op(vm.POP)
		}
		pass(p, r.Address()).Push(0).Op(vm.MSTORE).Push(32).Push(0).Op(vm.RETURN)
		put(many, p)
		result := chain.Do(contracttest.Call{From: alice, To: many, Gas: 100_000_000, Data: data})
		require.NoError(t, result.Err)
		return result.Output[31] == 1
	}
	require.True(t, attempt(maxChanges-1))
	require.False(t, attempt(maxChanges), "reverted calls count")
	require.True(t, attempt(maxChanges-1), "each transaction has its own count")
	require.EqualValues(t, 2, chain.Must(alice, r, nil, "sessionOf", uint64(1))[0].(Session).Facts)
}
