package execution_test

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/execution"
)

// calls is code that calls accounts in turn without value, whatever they do.
func calls(targets ...common.Address) (code []byte) {
	for _, target := range targets {
		code = append(code, byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.PUSH20))
		code = append(append(code, target.Bytes()...), byte(vm.GAS), byte(vm.CALL), byte(vm.POP))
	}
	return code
}

// creates is code that creates a contract with 5 wei, whose initialisation is
// two bytes or shorter, and sends it 3 wei afterwards.
func creates(init ...byte) []byte {
	code := append([]byte{byte(vm.PUSH0) + byte(len(init))}, init...)
	return append(code,
		byte(vm.PUSH0), byte(vm.MSTORE),
		byte(vm.PUSH1), byte(len(init)), byte(vm.PUSH1), byte(32-len(init)), byte(vm.PUSH1), 5, byte(vm.CREATE),
		byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.PUSH1), 3, byte(vm.DUP6), byte(vm.GAS), byte(vm.CALL), byte(vm.POP))
}

// TestBurnerGetsWhatIsDestroyed: coins that EIP-6780 destroys, and no others,
// are the burner's after the transaction.
func TestBurnerGetsWhatIsDestroyed(t *testing.T) {
	var (
		burner  = common.Address{0xbb}
		toSelf  = common.Address{0xf1} // creates what destroys itself in favour of itself
		toOther = common.Address{0xf2} // creates what destroys itself in favour of its creator
		undone  = common.Address{0xf3} // does the first and reverts
		old     = common.Address{0xf4} // is there already when it destroys itself
		self    = []byte{byte(vm.ADDRESS), byte(vm.SELFDESTRUCT)}
		account = func(code []byte) types.Account { return types.Account{Code: code, Balance: big.NewInt(1_000)} }
	)
	alloc := types.GenesisAlloc{
		toSelf:  account(creates(self...)),
		toOther: account(creates(byte(vm.CALLER), byte(vm.SELFDESTRUCT))),
		undone:  account(append(append(calls(toSelf), creates(self...)...), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.REVERT))),
		old:     account(self),
	}
	for name, c := range map[string]struct {
		code []byte // of the account that is called
		want int64
	}{
		"in favour of itself, and sent more":   {calls(toSelf), 5 + 3},
		"twice":                                {calls(toSelf, toSelf), 2 * (5 + 3)},
		"in favour of another, and sent more":  {calls(toOther), 3},
		"undone":                               {calls(undone), 0},
		"one of them undone":                   {calls(toSelf, undone, toOther), 5 + 3 + 3},
		"one that is older than this":          {calls(old), 0},
		"undone before and after":              {calls(undone, toSelf, undone), 5 + 3},
		"the older one between two others":     {calls(toSelf, old, toSelf), 2 * (5 + 3)},
		"one that another gave to, and itself": {calls(toOther, toSelf), 3 + 5 + 3},
	} {
		t.Run(name, func(t *testing.T) {
			entry := common.Address{0xee}
			alloc[entry] = account(c.code)
			chain := newTestChain(t, execution.Rules{Burner: burner}, alloc)
			require.EqualValues(t, types.ReceiptStatusSuccessful, chain.call(t, entry, nil).Status)
			statedb, err := chain.StateAt(chain.Head().Header())
			require.NoError(t, err)
			require.EqualValues(t, c.want, statedb.GetBalance(burner).Uint64())
			var sum uint64
			for _, holder := range []common.Address{burner, toSelf, toOther, undone, old, entry} {
				sum += statedb.GetBalance(holder).Uint64()
			}
			require.EqualValues(t, 5*1_000, sum, "every coin is somewhere")

			for _, hooks := range []*tracing.Hooks{nil, {OnBalanceChange: func(common.Address, *big.Int, *big.Int, tracing.BalanceChangeReason) {}}} {
				replay, err := chain.x.Replay(chain.Head())
				require.NoError(t, err)
				_, _, err = replay.Step(hooks)
				require.NoError(t, err)
				_, err = replay.Finish()
				require.NoError(t, err, "executed again, traced or not, it is the same")
			}
		})
	}
}

// TestBurnerGetsNothingOfARefusedTransaction: it leaves nothing to the next.
func TestBurnerGetsNothingOfARefusedTransaction(t *testing.T) {
	burner, to := common.Address{0xbb}, common.Address{0xf1}
	c := newTestChain(t, execution.Rules{Burner: burner}, types.GenesisAlloc{
		to: {Code: creates(byte(vm.ADDRESS), byte(vm.SELFDESTRUCT)), Balance: big.NewInt(1_000)},
	})
	b, err := c.x.NewBlock(c.Head().Header(), c.environment())
	require.NoError(t, err)
	first := c.sign(t, &to, callGas, nil)
	require.NoError(t, b.Add(first))
	require.Error(t, b.Add(first), "its nonce is used")
	require.NoError(t, b.Add(c.sign(t, &common.Address{0xaa}, callGas, nil)))
	result, err := b.Seal()
	require.NoError(t, err)
	c.commit(t, result)
	statedb, err := c.StateAt(c.Head().Header())
	require.NoError(t, err)
	require.EqualValues(t, 5+3, statedb.GetBalance(burner).Uint64())
}
