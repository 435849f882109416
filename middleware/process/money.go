package process

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// tokenGas is what a token may use to move coins.
const tokenGas = 300_000

var (
	erc20Transfer     = parseSignature("transfer(address,uint256)")
	erc20TransferFrom = parseSignature("transferFrom(address,address,uint256)")
	erc20BalanceOf    = parseSignature("balanceOf(address)(uint256)")
)

// pay makes a payment of a completed task. One that is not covered refuses the
// whole step: a step and its money are one.
func (d *desk) pay(l *live, e *machine.Effect) error {
	to, known := l.address(e.Target)
	sum, valid := amount(e.Amount)
	if !known || !valid {
		return d.fail.BadVariable("a payment goes to no address, or its amount is no integer from 0")
	}
	account := d.accountOf(d.ctx, l.id)
	if asset, isToken := l.asset(e.Asset); isToken {
		if asset == (common.Address{}) {
			return d.fail.BadVariable("a payment's asset is no address")
		}
		l.remember(asset)
		id := l.id
		d.later(func() error { return d.payToken(id, account, asset, to, sum) })
		return nil
	}
	if held := d.ctx.Balance(account); held.Lt(sum) {
		return d.fail.NotCovered(l.id, common.Address{}, sum, held)
	}
	if err := d.ctx.At(account).Transfer(to, sum); err != nil {
		return err
	}
	d.emit.Paid(d.ctx, l.id, to, common.Address{}, sum)
	return nil
}

// asset is the token that a payment names; none is the chain's own coin.
func (l *live) asset(v feel.Value) (asset common.Address, isToken bool) {
	if v == nil || v == feel.String("") {
		return asset, false
	}
	asset, _ = l.address(v)
	return asset, true
}

// remember notes a token that the instance may hold.
func (l *live) remember(asset common.Address) bool {
	if slices.Contains(l.assets, asset) {
		return true
	}
	if len(l.assets) >= maxAssets {
		return false
	}
	l.assets = append(l.assets, asset)
	return true
}

func (d *desk) payToken(id uint64, account, asset, to common.Address, sum *uint256.Int) error {
	held, err := d.held(account, asset)
	if err != nil {
		return err
	}
	if held.Lt(sum) {
		return d.fail.NotCovered(id, asset, sum, held)
	}
	if err := d.moveToken(d.ctx.At(account), asset, erc20Transfer, text(to), number(sum)); err != nil {
		return err
	}
	d.emit.Paid(d.ctx, id, to, asset, sum)
	return nil
}

// moveToken has a token move coins. Some answer true, some nothing.
func (d *desk) moveToken(ctx *contract.Context, asset common.Address, f *signature, args ...feel.Value) error {
	input, err := f.pack(args)
	if err != nil {
		return err
	}
	if code, _ := ctx.Code(asset); len(code) == 0 {
		return d.fail.TransferFailed(asset)
	}
	if err := d.enough(tokenGas); err != nil {
		return err
	}
	output, err := ctx.Call(asset, input, nil, tokenGas)
	if err != nil || len(output) != 0 && (len(output) != 32 || common.BytesToHash(output) != common.Hash{31: 1}) {
		return d.fail.TransferFailed(asset)
	}
	return nil
}

// held is what an account has of a token; nothing when the token does not say.
func (d *desk) held(account, asset common.Address) (*uint256.Int, error) {
	input, err := erc20BalanceOf.pack([]feel.Value{text(account)})
	if err != nil {
		return nil, err
	}
	if err := d.enough(tokenGas); err != nil {
		return nil, err
	}
	output, err := d.ctx.View().Call(asset, input, nil, tokenGas)
	if err != nil || len(output) != 32 {
		return new(uint256.Int), nil
	}
	return new(uint256.Int).SetBytes(output), nil
}

// sweepRest moves what an instance still has of a token to where its remainder
// goes. A token that fails, or for which no gas is left, is left to sweep: anyone
// can give an instance a token, and must not hold up its end by that.
func (d *desk) sweepRest(id uint64, account, asset, to common.Address) error {
	rest, err := d.held(account, asset)
	if err != nil || rest.IsZero() {
		return nil
	}
	if d.moveToken(d.ctx.At(account), asset, erc20Transfer, text(to), number(rest)) == nil {
		d.emit.Paid(d.ctx, id, to, asset, rest)
	}
	return nil
}

// sweep moves what an instance that is over still holds.
func (p *Process) sweep(ctx *contract.Context, id uint64, asset common.Address) (*uint256.Int, error) {
	d := p.desk(ctx)
	r, _, _, err := p.record(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.alive() {
		return nil, p.fail.NotAllowed(id, common.Address{})
	}
	account := p.accountOf(ctx, id)
	if asset == (common.Address{}) {
		rest := ctx.Balance(account)
		if err := ctx.At(account).Transfer(r.remainderTo, rest); err != nil {
			return nil, err
		}
		p.emit.Paid(ctx, id, r.remainderTo, asset, rest)
		return rest, nil
	}
	rest, err := d.held(account, asset)
	if err != nil {
		return nil, err
	}
	return rest, d.payToken(id, account, asset, r.remainderTo, rest)
}

// fund gives an instance coins.
func (p *Process) fund(ctx *contract.Context, id uint64) error {
	d := p.desk(ctx)
	l, err := d.funded(id)
	if err != nil {
		return err
	}
	return d.receive(l, ctx.Value())
}

// funded is the record of an instance that may be given something.
func (d *desk) funded(id uint64) (*live, error) {
	r, base, stored, err := d.Process.record(d.ctx, id)
	if err == nil && r.status != machine.Running {
		err = d.fail.NotRunning(id)
	}
	return &live{record: r, base: base, stored: stored}, err
}

// fundToken gives an instance tokens of the caller's.
func (p *Process) fundToken(ctx *contract.Context, id uint64, asset common.Address, sum *uint256.Int) error {
	d := p.desk(ctx)
	l, err := d.funded(id)
	if err != nil {
		return err
	}
	if !l.remember(asset) {
		return p.fail.TooLarge(id)
	}
	if err := d.write(l); err != nil {
		return err
	}
	account := p.accountOf(ctx, id)
	if err := d.moveToken(ctx, asset, erc20TransferFrom, text(ctx.Caller()), text(account), number(sum)); err != nil {
		return err
	}
	p.emit.Funded(ctx, id, ctx.Caller(), asset, sum)
	return nil
}

// topUp gives an instance coins for the gas of its timers.
func (p *Process) topUp(ctx *contract.Context, id uint64) error {
	d := p.desk(ctx)
	r, base, stored, err := p.record(ctx, id)
	if err != nil {
		return err
	}
	if !r.alive() {
		return p.fail.NotRunning(id)
	}
	r.deposit.Add(&r.deposit, ctx.Value())
	return d.write(&live{record: r, base: base, stored: stored})
}

func (p *Process) balanceOf(ctx *contract.Context, id uint64, asset common.Address) (*uint256.Int, error) {
	if _, _, _, err := p.record(ctx, id); err != nil {
		return nil, err
	}
	account := p.accountOf(ctx, id)
	if asset == (common.Address{}) {
		return ctx.Balance(account), nil
	}
	return p.desk(ctx).held(account, asset)
}
