package schedule

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Call is a call to be made later.
type Call struct {
	Target          common.Address
	Data            []byte
	ValueWei        uint256.Int // what the target gets
	DepositWei      uint256.Int // what pays for the gas
	GasLimit        uint64      // what the target may use
	NotBeforeTime   uint64      // seconds since 1970; 0: none
	NotBeforeHeight uint64      // 0: none; not both
}

func (s *Schedule) schedule(
	ctx *contract.Context, target common.Address, data []byte, valueWei *uint256.Int,
	notBeforeTime, notBeforeHeight, gasLimit uint64,
) (uint64, error) {
	sent := ctx.Value()
	if sent.Lt(valueWei) {
		return 0, s.fail.ValueTooSmall(sent, valueWei)
	}
	call := Call{target, data, *valueWei, *sent.Sub(sent, valueWei), gasLimit, notBeforeTime, notBeforeHeight}
	if err := s.allow(ctx, &call); err != nil {
		return 0, err
	}
	return s.add(ctx, ctx.Caller(), &call), nil
}

// Schedule schedules a call for another contract in Go, which pays value and
// deposit from its own coins. owner may cancel and retry it and gets what is
// left. An error leaves everything as it was.
func (s *Schedule) Schedule(ctx *contract.Context, owner common.Address, call Call) (id uint64, err error) {
	payer, ctx := ctx, ctx.At(s.Address())
	if err := s.allow(ctx, &call); err != nil {
		return 0, err
	}
	sum, overflow := new(uint256.Int).AddOverflow(&call.ValueWei, &call.DepositWei)
	if overflow {
		return 0, vm.ErrInsufficientBalance
	}
	if err := payer.Transfer(s.Address(), sum); err != nil {
		return 0, err
	}
	return s.add(ctx, owner, &call), nil
}

// allow says what is wrong with a call.
func (s *Schedule) allow(ctx *contract.Context, call *Call) error {
	p := s.store.Parameters.Get(ctx)
	switch {
	case call.Target == s.Address():
		return s.fail.NotATarget(call.Target)
	case call.NotBeforeTime != 0 && call.NotBeforeHeight != 0:
		return s.fail.TimeAndHeight(call.NotBeforeTime, call.NotBeforeHeight)
	case uint64(len(call.Data)) > uint64(p.MaxDataBytes):
		return s.fail.DataTooLong(uint64(len(call.Data)), uint64(p.MaxDataBytes))
	}
	return s.covers(ctx, &p, &call.DepositWei, call.GasLimit, uint64(len(call.Data)))
}

// covers says why a call may not be made now with a deposit and a gas limit.
func (s *Schedule) covers(ctx *contract.Context, p *Parameters, depositWei *uint256.Int, gasLimit, dataBytes uint64) error {
	if gasLimit > p.MaxGasLimit {
		return s.fail.GasLimitTooHigh(gasLimit, p.MaxGasLimit)
	}
	if need := price(ctx, p.gas(gasLimit, dataBytes)); depositWei.Lt(need) {
		return s.fail.DepositTooSmall(depositWei, need)
	}
	return nil
}

// gas is what a deposit must pay for.
func (p *Parameters) gas(gasLimit, dataBytes uint64) uint64 {
	return gasLimit + p.OverheadGas + words(dataBytes)*dataWordGas
}

// price is what gas costs in this block, in wei.
func price(ctx *contract.Context, gas uint64) *uint256.Int {
	wei := ctx.BaseFee()
	return wei.Mul(wei, uint256.NewInt(gas))
}

// add keeps a call whose coins are here and lets it wait. A time or height that
// has passed counts as now, so that nobody gets ahead of those already due.
func (s *Schedule) add(ctx *contract.Context, owner common.Address, call *Call) uint64 {
	id := s.nextID(ctx)
	r := record{
		Owner: owner, Target: call.Target, State: Waiting,
		GasLimit: uint32(call.GasLimit), DataBytes: uint16(len(call.Data)),
		ValueWei: call.ValueWei, DepositWei: call.DepositWei,
	}
	r.NotBefore = max(call.NotBeforeTime, ctx.Time())
	if call.NotBeforeHeight != 0 {
		r.ByHeight, r.NotBefore = true, max(call.NotBeforeHeight, ctx.BlockNumber())
	}
	s.insert(ctx, id, &r, call.Data)
	s.enqueue(ctx, id, &r)
	notBeforeTime, notBeforeHeight := r.start()
	s.emit.Scheduled(ctx, id, owner, call.Target, call.Data, &r.ValueWei, &r.DepositWei, call.GasLimit, notBeforeTime, notBeforeHeight)
	return id
}

// start is the time or the height that a call waits for, the other 0.
func (r *record) start() (notBeforeTime, notBeforeHeight uint64) {
	if r.ByHeight {
		return 0, r.NotBefore
	}
	return r.NotBefore, 0
}
