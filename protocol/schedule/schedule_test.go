package schedule_test

import (
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/protocol/schedule"
)

var (
	address    = common.HexToAddress("0xc008")
	governance = common.HexToAddress("0xc004")
	collector  = common.HexToAddress("0xc003")
	alice      = common.HexToAddress("0xa11ce")
	bob        = common.HexToAddress("0xb0b")
	counter    = common.HexToAddress("0xc0047e4") // counts its calls in slot 0
	refuser    = common.HexToAddress("0x4ef05e")  // reverts with 300 zero bytes
	burner     = common.HexToAddress("0xb0e4")    // uses all its gas
	broken     = common.HexToAddress("0xb40e4")   // runs into INVALID
)

var (
	countCode  = common.FromHex("5f546001015f5500")
	refuseCode = common.FromHex("61012c5ffd")
)

const start = 1_700_000_000 // the chain's first time, in seconds

func wei(n uint64) *uint256.Int { return uint256.NewInt(n) }

func newSchedule(t testing.TB) (*schedule.Schedule, *contracttest.Chain) {
	s := schedule.New(address, governance, collector)
	c := contracttest.New(t, s)
	require.NoError(t, s.Begin(c.Open(s), schedule.Genesis{Parameters: schedule.Defaults()}))
	for _, who := range []common.Address{alice, bob, governance, collector} {
		c.Fund(who, new(uint256.Int).Mul(wei(1e18), wei(1e9)))
	}
	c.Deploy(counter, countCode)
	c.Deploy(refuser, refuseCode)
	c.Deploy(burner, common.FromHex("5b5f56"))
	c.Deploy(broken, common.FromHex("fe"))
	c.DB.IntermediateRoot(true)
	return s, c
}

// order is a call in the order of schedule's inputs.
type order struct {
	target     common.Address
	data       []byte
	valueWei   uint64
	time       uint64
	height     uint64
	gasLimit   uint64
	depositWei uint64 // 0: twice what is needed
}

func (o order) inputs() []any {
	return []any{o.target, o.data, wei(o.valueWei), o.time, o.height, o.gasLimit}
}

// deposit is what the order sends besides the value.
func (o order) deposit(c *contracttest.Chain, s *schedule.Schedule) *uint256.Int {
	if o.depositWei != 0 {
		return wei(o.depositWei)
	}
	gas := contracttest.View[uint64](c, s, "gasFor", o.gasLimit, uint64(len(o.data)))
	return wei(2 * gas * c.BaseFeeWei)
}

// put schedules an order.
func put(c *contracttest.Chain, s *schedule.Schedule, owner common.Address, o order) (id uint64) {
	c.T.Helper()
	sent := o.deposit(c, s)
	return c.Must(owner, s, sent.Add(sent, wei(o.valueWei)), "schedule", o.inputs()...)[0].(uint64)
}

// work makes the next due call as the chain does; ok is false when none is due.
func work(c *contracttest.Chain, s *schedule.Schedule) (result contracttest.Result, limit uint64, ok bool) {
	c.T.Helper()
	data, limit, ok := s.Due(c.Open(s).View())
	if !ok {
		return result, 0, false
	}
	result = c.Do(contracttest.Call{From: params.SystemAddress, To: address, Data: data, Gas: limit})
	require.NoError(c.T, result.Err, c.Reason(s, result))
	return result, limit, true
}

// finish makes all calls that are due and gives the numbers in order.
func finish(c *contracttest.Chain, s *schedule.Schedule) (ran []uint64) {
	c.T.Helper()
	for {
		result, _, ok := work(c, s)
		if !ok {
			return ran
		}
		for _, event := range c.Events(s, result, "Ran") {
			ran = append(ran, event["id"].(uint64))
		}
	}
}

func slot(c *contracttest.Chain, of common.Address, n byte) *uint256.Int {
	word := c.DB.GetState(of, common.Hash{31: n})
	return new(uint256.Int).SetBytes32(word[:])
}

func repair(c *contracttest.Chain, target common.Address, code []byte) {
	c.DB.SetCode(target, code, tracing.CodeChangeUnspecified)
	c.DB.Finalise(true)
}

// push is the instruction that pushes data.
func push(data ...byte) []byte { return append([]byte{byte(vm.PUSH1) - 1 + byte(len(data))}, data...) }

// calling is code that calls to with data and a value in wei, and goes on with
// then when that succeeded; else it reverts.
func calling(to common.Address, data []byte, value *uint256.Int, then ...byte) []byte {
	amount := value.Bytes32()
	assemble := func(at, tail uint16) []byte {
		code := append(push(byte(len(data)>>8), byte(len(data))), push(byte(at>>8), byte(at))...)
		code = append(code, byte(vm.PUSH0), byte(vm.CODECOPY), byte(vm.PUSH0), byte(vm.PUSH0))
		code = append(code, push(byte(len(data)>>8), byte(len(data)))...)
		code = append(append(code, byte(vm.PUSH0)), push(amount[:]...)...)
		code = append(append(code, push(to[:]...)...), byte(vm.GAS), byte(vm.CALL))
		code = append(append(code, push(byte(tail>>8), byte(tail))...), byte(vm.JUMPI), byte(vm.PUSH0), byte(vm.PUSH0), byte(vm.REVERT))
		return code
	}
	tail := uint16(len(assemble(0, 0)))
	body := append([]byte{byte(vm.JUMPDEST)}, then...)
	return append(append(assemble(tail+uint16(len(body)), tail), body...), data...)
}

func TestOnlyTheOwnerTakesACallBack(t *testing.T) {
	s, c := newSchedule(t)
	id := put(c, s, alice, order{target: counter, gasLimit: 50_000, time: start + 100})
	c.Fails(bob, s, nil, "NotOwner", "cancel", id)
	c.Fails(alice, s, nil, "NotFailed", "retry", id, uint64(50_000))
	c.Fails(alice, s, nil, "called by the chain itself", "run", id)
	c.Fails(params.SystemAddress, s, nil, "NotDue", "run", id)
	c.Fails(params.SystemAddress, s, nil, "UnknownCall", "run", id+1)
	c.Fails(bob, s, nil, "UnknownCall", "cancel", id+1)
	before := c.DB.GetBalance(alice).Clone()
	held := c.DB.GetBalance(address).Clone()
	refund := c.Must(alice, s, nil, "cancel", id)[0].(*uint256.Int)
	require.Equal(t, held, refund)
	require.Equal(t, before.Add(before, held), c.DB.GetBalance(alice))
	require.Zero(t, c.DB.GetBalance(address).Sign())
	c.Fails(alice, s, nil, "UnknownCall", "callOf", id)
}

func TestScheduleRefusesWhatItCannotDo(t *testing.T) {
	s, c := newSchedule(t)
	good := order{target: counter, gasLimit: 50_000, time: start + 100}
	gas := contracttest.View[uint64](c, s, "gasFor", uint64(50_000), uint64(0))
	enough := wei(gas * c.BaseFeeWei)
	c.Must(alice, s, enough, "schedule", good.inputs()...)
	for reason, bad := range map[string]order{
		"DepositTooSmall": {target: counter, gasLimit: 50_001},
		"ValueTooSmall":   {target: counter, gasLimit: 50_000, valueWei: 1e18},
		"NotATarget":      {target: address},
		"TimeAndHeight":   {target: counter, time: 1, height: 1},
		"GasLimitTooHigh": {target: counter, gasLimit: 10_000_001},
		"DataTooLong":     {target: counter, data: make([]byte, 4097)},
	} {
		c.Fails(alice, s, enough, reason, "schedule", bad.inputs()...)
	}
	c.BaseFeeWei = 0 // a chain without fees
	c.Must(alice, s, nil, "schedule", good.inputs()...)
}

func TestGovernanceSetsParameters(t *testing.T) {
	s, c := newSchedule(t)
	p := schedule.Defaults()
	p.MaxAttempts = 3
	c.Fails(alice, s, nil, "NotGovernance", "setParameters", p)
	c.Must(governance, s, nil, "setParameters", p)
	require.Equal(t, p, contracttest.View[schedule.Parameters](c, s, "parameters"))
	for _, spoil := range []func(*schedule.Parameters){
		func(p *schedule.Parameters) { p.MaxGasLimit = 100_000_001 },
		func(p *schedule.Parameters) { p.OverheadGas = 0 },
		func(p *schedule.Parameters) { p.MaxDataBytes = 65_536 },
		func(p *schedule.Parameters) { p.BackOffSeconds = 0 },
		func(p *schedule.Parameters) { p.MaxAttempts = 17 },
	} {
		bad := p
		spoil(&bad)
		c.Fails(governance, s, nil, "ParameterInvalid", "setParameters", bad)
	}
}

func TestGenesisRoundTrip(t *testing.T) {
	s, c := newSchedule(t)
	put(c, s, alice, order{target: refuser, data: []byte{1, 2, 3, 4}, valueWei: 5, gasLimit: 50_000})
	put(c, s, alice, order{target: counter, gasLimit: 50_000})
	require.Equal(t, []uint64{2}, finish(c, s))
	put(c, s, alice, order{target: counter, data: make([]byte, 100), gasLimit: 50_000, height: 100})
	put(c, s, bob, order{target: counter, gasLimit: 60_000, time: start + 50})
	gone := put(c, s, bob, order{target: counter, gasLimit: 50_000, time: start + 60})
	c.Must(bob, s, nil, "cancel", gone)

	first, err := json.Marshal(s.Export(c.Open(s)))
	require.NoError(t, err)
	var genesis schedule.Genesis
	require.NoError(t, json.Unmarshal(first, &genesis))
	require.Len(t, genesis.Calls, 3)
	require.Equal(t, c.DB.GetBalance(address), genesis.FundsWei())
	_, again := newSchedule(t)
	again.Fund(address, genesis.FundsWei())
	require.NoError(t, s.Begin(again.Open(s), genesis))
	second, err := json.Marshal(s.Export(again.Open(s)))
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))

	// The chain goes on as the first would have.
	require.EqualValues(t, 6, put(again, s, bob, order{target: counter, gasLimit: 50_000}))
	again.Advance(200, 200)
	require.Equal(t, []uint64{3, 6, 4}, finish(again, s))
	again.Must(alice, s, nil, "cancel", uint64(1))
	require.Zero(t, again.DB.GetBalance(address).Sign())

	for name, spoil := range map[string]func(*schedule.GenesisCall){
		"ascend":  func(call *schedule.GenesisCall) { call.ID = 0 },
		"owner":   func(call *schedule.GenesisCall) { call.Owner = common.Address{} },
		"itself":  func(call *schedule.GenesisCall) { call.Target = address },
		"both":    func(call *schedule.GenesisCall) { call.NotBeforeTime, call.NotBeforeHeight = 1, 1 },
		"above":   func(call *schedule.GenesisCall) { call.GasLimit = 1 << 40 },
		"longer":  func(call *schedule.GenesisCall) { call.Reason = make([]byte, 257) },
		"must be": func(call *schedule.GenesisCall) { call.DepositWei = nil },
	} {
		_, fresh := newSchedule(t)
		bad := genesis
		bad.Calls = []schedule.GenesisCall{genesis.Calls[0]}
		spoil(&bad.Calls[0])
		require.ErrorContains(t, s.Begin(fresh.Open(s), bad), name)
	}
}

func TestGeneric(t *testing.T) {
	s, _ := newSchedule(t)
	fresh := func(t testing.TB) *contracttest.Chain {
		_, c := newSchedule(t)
		return c
	}
	good := order{target: counter, data: []byte{1, 2, 3, 4}, valueWei: 3, gasLimit: 50_000}
	waits := func(c *contracttest.Chain) { put(c, s, alice, good) }
	fails := func(c *contracttest.Chain) {
		put(c, s, alice, order{target: refuser, valueWei: 3, gasLimit: 50_000})
		finish(c, s)
	}
	contracttest.Generic(t, s, fresh, []contracttest.Example{
		{Method: "schedule", From: alice, Value: wei(1e15), Inputs: good.inputs()},
		{Method: "cancel", From: alice, Inputs: []any{uint64(1)}, Prepare: waits},
		{Method: "retry", From: alice, Value: wei(1e15), Inputs: []any{uint64(1), uint64(60_000)}, Prepare: fails},
		{Method: "topUp", From: bob, Value: wei(7), Inputs: []any{uint64(1)}, Prepare: waits},
		{Method: "run", From: params.SystemAddress, Inputs: []any{uint64(1)}, Prepare: waits},
		{Method: "runningFor", From: alice},
		{Method: "callOf", From: alice, Inputs: []any{uint64(1)}, Prepare: fails},
		{Method: "callsOf", From: alice, Inputs: []any{alice, uint64(0), uint64(5)}, Prepare: waits},
		{Method: "waiting", From: alice, Inputs: []any{false, wei(0), uint64(5)}, Prepare: waits},
		{Method: "failed", From: alice, Inputs: []any{wei(0), uint64(5)}, Prepare: fails},
		{Method: "counts", From: alice, Prepare: waits},
		{Method: "dueCount", From: alice, Inputs: []any{uint64(5)}, Prepare: waits},
		{Method: "gasFor", From: alice, Inputs: []any{uint64(5), uint64(100)}},
		{Method: "parameters", From: alice},
		{Method: "setParameters", From: governance, Inputs: []any{schedule.Defaults()}},
	})
}

// errorName is the interface's error that a reason is.
func errorName(s *schedule.Schedule, reason []byte) string {
	for name, custom := range contract.Interface(s).Errors {
		if len(reason) >= 4 && [4]byte(custom.ID[:4]) == [4]byte(reason) {
			return name
		}
	}
	return ""
}
