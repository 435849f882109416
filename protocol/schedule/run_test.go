package schedule_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/protocol/schedule"
)

func TestACallIsMadeAtItsTimeAndPaidFromItsDeposit(t *testing.T) {
	s, c := newSchedule(t)
	id := put(c, s, alice, order{target: counter, valueWei: 5, gasLimit: 50_000, time: start + 100})
	c.Advance(10, 99)
	require.Empty(t, finish(c, s), "a second too early")
	c.Advance(1, 1)
	owner, fees, held := c.DB.GetBalance(alice).Clone(), c.DB.GetBalance(collector).Clone(), c.DB.GetBalance(address).Clone()
	c.BaseFeeWei *= 2 // what counts is the block that makes the call
	result, _, ok := work(c, s)
	require.True(t, ok)
	require.EqualValues(t, 1, slot(c, counter, 0).Uint64())
	require.EqualValues(t, 5, c.DB.GetBalance(counter).Uint64())

	ran := c.Events(s, result, "Ran")[0]
	require.Equal(t, id, ran["id"])
	gasUsed := ran["gasUsed"].(uint64)
	require.InDelta(t, result.GasUsed+21_300, gasUsed, 5_000, "the whole transaction is paid for")
	fee := wei(gasUsed * c.BaseFeeWei)
	require.Equal(t, fees.Add(fees, fee), c.DB.GetBalance(collector))
	rest := held.Sub(held, fee)
	require.Equal(t, owner.Add(owner, rest.Sub(rest, wei(5))), c.DB.GetBalance(alice))
	require.Zero(t, c.DB.GetBalance(address).Sign())
	require.Empty(t, finish(c, s), "once")
}

func TestACallIsMadeAtItsHeight(t *testing.T) {
	s, c := newSchedule(t)
	id := put(c, s, alice, order{target: counter, gasLimit: 50_000, height: 10})
	c.Advance(8, 1000)
	require.Empty(t, finish(c, s))
	c.Advance(1, 1)
	require.Equal(t, []uint64{id}, finish(c, s))
}

func TestCallsAreMadeInOrder(t *testing.T) {
	s, c := newSchedule(t)
	for _, o := range []order{
		{time: start + 30}, {time: start + 10}, {time: start + 20}, {time: start + 10}, // 1 to 4
		{height: 3}, {height: 2}, {height: 900}, {time: start + 900}, // 5 to 8
	} {
		o.target, o.gasLimit = counter, 50_000
		put(c, s, alice, o)
	}
	c.Advance(2, 15)
	require.Equal(t, []uint64{2, 4, 6, 5}, finish(c, s), "by time or height, then by number")
	put(c, s, alice, order{target: counter, gasLimit: 50_000, time: 1, valueWei: 0}) // 9, long past
	c.Advance(1, 15)
	require.EqualValues(t, 3, contracttest.View[uint64](c, s, "dueCount", uint64(10)))
	require.EqualValues(t, 2, contracttest.View[uint64](c, s, "dueCount", uint64(2)))
	require.Equal(t, []uint64{9, 3, 1}, finish(c, s), "a time in the past is the time of scheduling")
	require.Equal(t, []any{uint64(1), uint64(1), uint64(0)}, c.Must(alice, s, nil, "counts"))
}

func TestAFailedCallIsKeptAndRetried(t *testing.T) {
	for target, reason := range map[common.Address]string{refuser: "", broken: "", burner: "OutOfGas"} {
		s, c := newSchedule(t)
		id := put(c, s, alice, order{target: target, data: make([]byte, 70), valueWei: 7, gasLimit: 50_000})
		other := put(c, s, alice, order{target: counter, gasLimit: 50_000, time: start + 1000})
		result, _, _ := work(c, s)
		failed := c.Events(s, result, "Failed")[0]
		require.Equal(t, id, failed["id"])
		require.Equal(t, reason, errorName(s, failed["reason"].([]byte)))
		require.LessOrEqual(t, result.GasUsed+21_300, failed["gasUsed"].(uint64), "all is paid for")
		if target == refuser {
			require.Len(t, failed["reason"], 256, "the reason is cut")
		}
		require.Equal(t, []any{uint64(1), uint64(0), uint64(1)}, c.Must(alice, s, nil, "counts"))
		kept := s.Export(c.Open(s)).Calls[0]
		require.True(t, kept.Failed)
		require.Len(t, kept.Data, 70)
		require.EqualValues(t, 7, kept.ValueWei.Uint64())
		require.Empty(t, finish(c, s), "it waits for its owner")

		c.Fails(bob, s, nil, "NotOwner", "retry", id, uint64(60_000))
		c.Fails(alice, s, nil, "DepositTooSmall", "retry", id, uint64(10_000_000))
		c.Fails(alice, s, nil, "GasLimitTooHigh", "retry", id, uint64(10_000_001))
		c.Must(alice, s, wei(1e15), "retry", id, uint64(60_000))
		require.Empty(t, finish(c, s), "it fails again")
		repair(c, target, countCode)
		c.Must(alice, s, wei(1e15), "retry", id, uint64(60_000))
		require.Equal(t, []uint64{id}, finish(c, s))
		require.EqualValues(t, 7, c.DB.GetBalance(target).Uint64())
		c.Must(alice, s, nil, "cancel", other)
		require.Zero(t, c.DB.GetBalance(address).Sign())
	}
}

func TestAFailedCallIsTakenBack(t *testing.T) {
	s, c := newSchedule(t)
	id := put(c, s, alice, order{target: refuser, valueWei: 7, gasLimit: 50_000})
	finish(c, s)
	before, held := c.DB.GetBalance(alice).Clone(), c.DB.GetBalance(address).Clone()
	c.Must(alice, s, nil, "cancel", id)
	require.Equal(t, before.Add(before, held), c.DB.GetBalance(alice))
	require.Equal(t, []any{uint64(0), uint64(0), uint64(0)}, c.Must(alice, s, nil, "counts"))
	for n := byte(7); n <= 10; n++ { // nothing of it stays in storage
		require.Zero(t, slot(c, address, n).Sign())
	}
}

func TestACallThatCannotPayIsPassedOverAndDoesNotBlock(t *testing.T) {
	s, c := newSchedule(t)
	gas := contracttest.View[uint64](c, s, "gasFor", uint64(50_000), uint64(0))
	poor := put(c, s, alice, order{target: counter, gasLimit: 50_000, depositWei: gas * c.BaseFeeWei})
	rich := put(c, s, bob, order{target: counter, gasLimit: 50_000, depositWei: 100 * gas * c.BaseFeeWei})
	c.BaseFeeWei *= 3
	result, _, _ := work(c, s)
	passed := c.Events(s, result, "PassedOver")[0]
	require.Equal(t, poor, passed["id"])
	require.EqualValues(t, 1, passed["attempts"])
	require.Equal(t, c.Time+60, passed["nextTime"])
	require.Positive(t, passed["feeWei"].(interface{ Sign() int }).Sign(), "looking at it is paid for")
	require.Equal(t, []uint64{rich}, finish(c, s))

	c.Must(bob, s, wei(1e18), "topUp", poor)
	c.Advance(1, 59)
	require.Empty(t, finish(c, s))
	c.Advance(1, 1)
	require.Equal(t, []uint64{poor}, finish(c, s))

	lost := put(c, s, alice, order{target: counter, gasLimit: 50_000, depositWei: gas * c.BaseFeeWei})
	c.BaseFeeWei *= 3
	waited := uint64(0)
	for attempt := uint64(1); attempt < 8; attempt++ {
		result, _, _ = work(c, s)
		next := c.Events(s, result, "PassedOver")[0]["nextTime"].(uint64)
		require.Equal(t, 60<<(attempt-1), int(next-c.Time), "twice as long each time")
		waited += next - c.Time
		c.Advance(1, next-c.Time)
	}
	result, _, _ = work(c, s)
	failed := c.Events(s, result, "Failed")[0]
	require.Equal(t, lost, failed["id"])
	require.Equal(t, "DepositTooSmall", errorName(s, failed["reason"].([]byte)))
	require.EqualValues(t, 60*127, waited)
	c.BaseFeeWei = 1e9
	c.Must(alice, s, wei(1e18), "retry", lost, uint64(50_000))
	require.Equal(t, []uint64{lost}, finish(c, s))
}

func TestALoweredGasLimitDoesNotBlock(t *testing.T) {
	s, c := newSchedule(t)
	id := put(c, s, alice, order{target: counter, gasLimit: 10_000_000})
	p := schedule.Defaults()
	p.MaxGasLimit = 1_000_000
	c.Must(governance, s, nil, "setParameters", p)
	_, limit, ok := s.Due(c.Open(s))
	require.True(t, ok)
	require.Less(t, limit, uint64(2_000_000), "it fits into what governance has made room for")
	result, _, _ := work(c, s)
	failed := c.Events(s, result, "Failed")[0]
	require.Equal(t, "GasLimitTooHigh", errorName(s, failed["reason"].([]byte)))
	c.Must(alice, s, nil, "retry", id, uint64(1_000_000))
	require.Equal(t, []uint64{id}, finish(c, s))
}

// TestTheTargetLearnsWhoseCallItIs: a target keeps who called it (slot 2) and
// what runningFor answered (slots 0 and 1).
func TestTheTargetLearnsWhoseCallItIs(t *testing.T) {
	s, c := newSchedule(t)
	target := common.HexToAddress("0x7a49e7")
	keep := []byte{
		byte(vm.PUSH1), 64, byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.RETURNDATACOPY),
		byte(vm.PUSH0), byte(vm.MLOAD), byte(vm.PUSH0), byte(vm.SSTORE),
		byte(vm.PUSH1), 32, byte(vm.MLOAD), byte(vm.PUSH1), 1, byte(vm.SSTORE),
		byte(vm.CALLER), byte(vm.PUSH1), 2, byte(vm.SSTORE), byte(vm.STOP),
	}
	c.Deploy(target, calling(address, c.Pack(s, "runningFor"), wei(0), keep...))
	put(c, s, bob, order{target: counter, gasLimit: 50_000})
	id := put(c, s, alice, order{target: target, gasLimit: 200_000})
	require.Equal(t, []uint64{1, id}, finish(c, s))
	require.Equal(t, id, slot(c, target, 0).Uint64())
	require.Equal(t, alice, common.Address(slot(c, target, 1).Bytes20()))
	require.Equal(t, address, common.Address(slot(c, target, 2).Bytes20()))
	require.Equal(t, []any{uint64(0), common.Address{}}, c.Must(alice, s, nil, "runningFor"), "nothing runs now")
}

func TestACallMaySchedule(t *testing.T) {
	s, c := newSchedule(t)
	target := common.HexToAddress("0x7a49e7")
	next := order{target: counter, gasLimit: 50_000, time: start + 60}
	c.Deploy(target, calling(address, c.Pack(s, "schedule", next.inputs()...), wei(1e15), byte(vm.STOP)))
	put(c, s, alice, order{target: target, valueWei: 1e15, gasLimit: 500_000})
	require.Equal(t, []uint64{1}, finish(c, s))
	c.Advance(1, 60)
	require.Equal(t, []uint64{2}, finish(c, s))
	require.Positive(t, c.DB.GetBalance(target).Sign(), "what is left goes to who scheduled it")
	require.Zero(t, c.DB.GetBalance(address).Sign())
}

// TestACallCannotReachIntoTheBooks: while a call is made, nothing but schedule
// and the views can be called, and not even the call's owner finds it.
func TestACallCannotReachIntoTheBooks(t *testing.T) {
	s, c := newSchedule(t)
	target := common.HexToAddress("0x7a49e7")
	for _, data := range [][]byte{
		c.Pack(s, "cancel", uint64(1)), c.Pack(s, "cancel", uint64(2)), c.Pack(s, "topUp", uint64(2)),
		c.Pack(s, "retry", uint64(2), uint64(1)), c.Pack(s, "run", uint64(2)), c.Pack(s, "callOf", uint64(1)),
	} {
		fresh, c := newSchedule(t)
		c.Deploy(target, calling(address, data, wei(0), byte(vm.STOP)))
		c.Fund(target, wei(1e18))
		put(c, fresh, target, order{target: target, gasLimit: 500_000})
		put(c, fresh, target, order{target: counter, gasLimit: 50_000})
		require.Equal(t, []uint64{2}, finish(c, fresh), "%x", data[:4])
		require.Len(t, fresh.Export(c.Open(fresh)).Calls, 1)
	}
}

// TestContractsInGoSchedule through the Go methods, from their own coins.
func TestContractsInGoSchedule(t *testing.T) {
	s, c := newSchedule(t)
	machine := common.HexToAddress("0xc102")
	c.Fund(machine, wei(2e18))
	ctx := c.Open(s).At(machine)
	id, err := s.Schedule(ctx, machine, schedule.Call{
		Target: counter, ValueWei: *wei(5), DepositWei: *wei(1e18), GasLimit: 50_000, NotBeforeTime: start + 5,
	})
	require.NoError(t, err)
	require.EqualValues(t, 1e18-5, c.DB.GetBalance(machine).Uint64())
	_, err = s.Schedule(ctx, machine, schedule.Call{Target: counter, DepositWei: *wei(1e18)})
	require.ErrorIs(t, err, vm.ErrInsufficientBalance)
	_, err = s.Schedule(ctx, machine, schedule.Call{Target: counter, ValueWei: *wei(1), DepositWei: *new(uint256.Int).SetAllOne()})
	require.ErrorIs(t, err, vm.ErrInsufficientBalance)
	_, err = s.Schedule(ctx, machine, schedule.Call{Target: address})
	require.ErrorContains(t, err, "NotATarget")
	require.ErrorContains(t, s.Cancel(c.Open(s).At(bob), id), "NotOwner")
	require.NoError(t, s.Cancel(ctx, id))
	require.EqualValues(t, 2e18, c.DB.GetBalance(machine).Uint64())
	require.ErrorContains(t, s.Cancel(ctx, id), "UnknownCall")
}
