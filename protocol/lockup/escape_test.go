package lockup

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// These tests try every way by which coins leave an account. poor owns 100
// locked CMT and 1 free one; nothing that takes more than the free one succeeds.
var (
	poor   = common.HexToAddress("0x9003")
	target = common.HexToAddress("0x7a49e7")
	outer  = common.HexToAddress("0x0a7e4")
)

func poorChain(t *testing.T) (*contracttest.Chain, *Lockup) {
	l := New(address)
	c := newChain(t, l, Genesis{})
	lock(c, l, alice, poor, cmt(100), 30)
	c.Fund(poor, cmt(1))
	return c, l
}

// safe fails unless the locked coins are where they were.
func safe(t *testing.T, c *contracttest.Chain, l *Lockup) {
	t.Helper()
	require.Equal(t, cmt(100), lockedOf(c, l, poor))
	require.Equal(t, cmt(100), c.DB.GetBalance(address))
	require.False(t, c.DB.GetBalance(target).Gt(cmt(1)))
}

func TestATransferCannotSpendLockedCoins(t *testing.T) {
	c, l := poorChain(t)
	result := c.Do(contracttest.Call{From: poor, To: target, Value: cmt(2)})
	require.ErrorIs(t, result.Err, vm.ErrInsufficientBalance)
	safe(t, c, l)
	require.NoError(t, c.Do(contracttest.Call{From: poor, To: target, Value: cmt(1)}).Err)
	safe(t, c, l)
}

// sender sends the value that the call data's first word says to target and
// reverts when that fails.
func sender() []byte {
	code := []byte{
		byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.PUSH0),
		byte(vm.PUSH0), byte(vm.CALLDATALOAD), byte(vm.PUSH20),
	}
	code = append(append(code, target[:]...), byte(vm.GAS), byte(vm.CALL))
	return append(code, byte(vm.PUSH1), byte(len(code)+6), byte(vm.JUMPI), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.REVERT), byte(vm.JUMPDEST))
}

// relay passes its call data on by CALL and reverts when that fails.
func relay(to common.Address) []byte {
	code := []byte{
		byte(vm.CALLDATASIZE), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.CALLDATACOPY),
		byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.CALLDATASIZE), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.PUSH20),
	}
	code = append(append(code, to[:]...), byte(vm.GAS), byte(vm.CALL))
	return append(code, byte(vm.PUSH1), byte(len(code)+6), byte(vm.JUMPI), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.REVERT), byte(vm.JUMPDEST))
}

// install gives an account that has coins code, as EIP-7702 or a contract that
// owns a lock would have.
func install(c *contracttest.Chain, account common.Address, code []byte) {
	balance := c.DB.GetBalance(account).Clone()
	c.Deploy(account, code)
	if c.DB.GetBalance(account).IsZero() {
		c.Fund(account, balance)
	}
}

func TestACallAtNoDepthCanSpendLockedCoins(t *testing.T) {
	c, l := poorChain(t)
	install(c, poor, sender())
	to := poor
	for depth := 1; depth <= 20; depth++ {
		word := cmt(2).Bytes32()
		require.ErrorIs(t, c.Do(contracttest.Call{From: alice, To: to, Data: word[:]}).Err, vm.ErrExecutionReverted, "depth %d", depth)
		safe(t, c, l)
		next := common.BigToAddress(new(big.Int).Add(outer.Big(), big.NewInt(int64(depth))))
		c.Deploy(next, relay(to))
		to = next
	}
	word := cmt(1).Bytes32()
	require.NoError(t, c.Do(contracttest.Call{From: alice, To: to, Data: word[:]}).Err, "the free coin moves at any depth")
	require.Equal(t, cmt(1), c.DB.GetBalance(target))
	safe(t, c, l)
}

func TestGasCannotBePaidWithLockedCoins(t *testing.T) {
	c, l := poorChain(t)
	price := new(big.Int).Div(cmt(2).ToBig(), big.NewInt(100_000))
	message := &core.Message{
		From: poor, To: &target, Value: new(big.Int), GasLimit: 100_000,
		GasPrice: price, GasFeeCap: price, GasTipCap: new(big.Int),
	}
	_, err := core.ApplyMessage(c.EVM(c.DB, poor), message, core.NewGasPool(1_000_000))
	require.ErrorIs(t, err, core.ErrInsufficientFunds)
	safe(t, c, l)
	half := new(big.Int).Div(price, big.NewInt(2))
	message.GasPrice, message.GasFeeCap = half, half
	_, err = core.ApplyMessage(c.EVM(c.DB, poor), message, core.NewGasPool(1_000_000))
	require.NoError(t, err, "the free coin pays")
	safe(t, c, l)
}

func TestACreationCannotBeEndowedWithLockedCoins(t *testing.T) {
	c, l := poorChain(t)
	evm := c.EVM(c.DB, poor)
	_, _, _, err := evm.Create(poor, []byte{byte(vm.STOP)}, contracttest.Gas, cmt(2))
	require.ErrorIs(t, err, vm.ErrInsufficientBalance)
	_, _, _, err = evm.Create2(poor, []byte{byte(vm.STOP)}, contracttest.Gas, cmt(2), uint256.NewInt(1))
	require.ErrorIs(t, err, vm.ErrInsufficientBalance)
	safe(t, c, l)
}

func TestSelfDestructSendsNoLockedCoins(t *testing.T) {
	c, l := poorChain(t)
	install(c, poor, append(append([]byte{byte(vm.PUSH20)}, target[:]...), byte(vm.SELFDESTRUCT)))
	require.NoError(t, c.Do(contracttest.Call{From: alice, To: poor}).Err)
	require.Equal(t, cmt(1), c.DB.GetBalance(target))
	safe(t, c, l)
	c.Advance(1, 30*day)
	work(c, l)
	require.Equal(t, cmt(100), c.DB.GetBalance(poor), "the owner gets them at the end, whatever became of its code")
}

// Coins that are forced on the contract are in nobody's lock and stay there.
func TestForcedCoinsAreNobodys(t *testing.T) {
	c, l := poorChain(t)
	bomb := common.HexToAddress("0xb03b")
	c.Deploy(bomb, append(append([]byte{byte(vm.PUSH20)}, address[:]...), byte(vm.SELFDESTRUCT)))
	require.NoError(t, c.Do(contracttest.Call{From: alice, To: bomb, Value: cmt(7)}).Err)
	require.Equal(t, cmt(107), c.DB.GetBalance(address))
	require.Equal(t, cmt(100), lockedOf(c, l, poor))
	require.ErrorIs(t, staker{c, l}.take(poor, cmt(101)), ErrTooFewLocked)
	plain := c.Do(contracttest.Call{From: alice, To: address, Value: cmt(1)})
	require.ErrorIs(t, plain.Err, vm.ErrExecutionReverted, "coins without a lock are refused")
	c.Advance(1, 30*day)
	work(c, l)
	require.Equal(t, cmt(7), c.DB.GetBalance(address))
	require.Equal(t, cmt(101), c.DB.GetBalance(poor))
}

// Nobody is the contract: not its caller, not the chain's own sender.
func TestNobodySpendsAsTheContract(t *testing.T) {
	c, l := poorChain(t)
	for _, op := range []vm.OpCode{vm.DELEGATECALL, vm.CALLCODE} {
		code := []byte{byte(vm.CALLDATASIZE), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.CALLDATACOPY), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.CALLDATASIZE), byte(vm.PUSH0)}
		if op == vm.CALLCODE {
			code = append(code, byte(vm.PUSH0))
		}
		code = append(append(append(code, byte(vm.PUSH20)), address[:]...), byte(vm.GAS), byte(op))
		c.Deploy(outer, append(code, byte(vm.STOP)))
		c.Do(contracttest.Call{From: alice, To: outer, Data: c.Pack(l, "release", uint64(1))})
		safe(t, c, l)
	}
	for _, caller := range []common.Address{poor, staking, params.SystemAddress, address} {
		c.Fails(caller, l, nil, "StillLocked", "release", uint64(1))
	}
	c.Fails(poor, l, nil, "called by the chain itself", "releaseNext")
	safe(t, c, l)
}

// Staking, being slashed and undelegating frees nothing, and what comes back
// can be spent no more than before.
func TestStakingFreesNoLockedCoins(t *testing.T) {
	c, l := poorChain(t)
	s := staker{c, l}
	require.NoError(t, s.take(poor, cmt(100)))
	require.ErrorIs(t, c.Do(contracttest.Call{From: poor, To: target, Value: cmt(2)}).Err, vm.ErrInsufficientBalance)
	require.NoError(t, s.slash(poor, cmt(10)))
	require.ErrorIs(t, c.Do(contracttest.Call{From: poor, To: target, Value: cmt(2)}).Err, vm.ErrInsufficientBalance)
	require.NoError(t, s.giveBack(poor, cmt(90)))
	require.ErrorIs(t, c.Do(contracttest.Call{From: poor, To: target, Value: cmt(2)}).Err, vm.ErrInsufficientBalance)
	require.Equal(t, cmt(90), lockedOf(c, l, poor))
	require.Equal(t, cmt(90), c.DB.GetBalance(address))
	c.Fails(poor, l, nil, "StillLocked", "release", uint64(1))
}
