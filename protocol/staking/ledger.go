package staking

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// ledger is one call's view of the money. What is read is brought up to date in
// memory; close writes what has changed. Views do not close.
type ledger struct {
	*Staking
	ctx      *contract.Context
	now      uint64
	sums     sums
	stakeWas uint256.Int
	accounts []*account
	holdings []*holding
}

// account is a candidate within one call.
type account struct {
	id uint64
	standing
	book
	sharesWere [poolCount]uint256.Int
	rank       bool // its stake, or whether it may be ranked, has changed
}

// open reads the totals and shares out what has come in: minted coins, fees and
// gifts are the balance that nobody accounts for yet.
func (s *Staking) open(ctx *contract.Context) *ledger {
	l := &ledger{Staking: s, ctx: ctx, now: ctx.Time(), sums: s.store.Sums.Get(ctx)}
	l.stakeWas = l.sums.StakeWei
	balance := ctx.Balance(s.Address())
	balance.Sub(balance, ctx.Value())
	if l.sums.ActiveWeight == 0 || !balance.Gt(&l.sums.AccountedWei) {
		return l
	}
	pot := new(uint256.Int).Sub(balance, &l.sums.AccountedWei)
	l.sums.AccountedWei = *balance
	if l.sums.StandbyWeight > 0 {
		standby := part(pot, s.store.Constants.Get(ctx).StandbyRewardBps)
		pot.Sub(pot, standby)
		accrue(&l.sums.StandbyAcc, &l.sums.StandbyRem, standby, l.sums.StandbyWeight)
	}
	accrue(&l.sums.ActiveAcc, &l.sums.ActiveRem, pot, l.sums.ActiveWeight)
	return l
}

// part is a number of basis points of an amount, rounded down.
func part(amount *uint256.Int, rate uint16) *uint256.Int {
	return mulDiv(amount, uint256.NewInt(uint64(rate)), uint256.NewInt(bps))
}

// mulDiv is a·b/c, rounded down; c is not 0 and the result fits.
func mulDiv(a, b, c *uint256.Int) *uint256.Int {
	z, _ := new(uint256.Int).MulDivOverflow(a, b, c)
	return z
}

// mulDivUp is a·b/c, rounded up.
func mulDivUp(a, b, c *uint256.Int) *uint256.Int {
	z := mulDiv(a, b, c)
	if !new(uint256.Int).MulMod(a, b, c).IsZero() {
		z.AddUint64(z, 1)
	}
	return z
}

// accrue adds an amount to an accumulator of a weight and carries the rest.
func accrue(acc *uint256.Int, rem *uint64, amountWei *uint256.Int, weight uint64) {
	total := new(uint256.Int).Mul(amountWei, roleScale)
	total.AddUint64(total, *rem)
	rest := new(uint256.Int)
	total.DivMod(total, uint256.NewInt(weight), rest)
	acc.Add(acc, total)
	*rem = rest.Uint64()
}

// account reads a candidate and gives it what it has earned.
func (l *ledger) account(id uint64) (*account, error) {
	for _, a := range l.accounts {
		if a.id == id {
			return a, nil
		}
	}
	a := &account{id: id, standing: l.store.Standings.Get(l.ctx, id)}
	if a.Owner == (common.Address{}) {
		return nil, l.fail.CandidateMissing(id)
	}
	a.book = l.store.Books.Get(l.ctx, id)
	for i := range a.Pools {
		a.sharesWere[i] = a.Pools[i].Shares
	}
	l.accounts = append(l.accounts, a)
	l.settle(a)
	return a, nil
}

// accumulator is what a role earns for one unit of weight.
func (l *ledger) accumulator(role uint8) uint256.Int {
	if role == roleActive {
		return l.sums.ActiveAcc
	}
	return l.sums.StandbyAcc
}

// settle gives a candidate what its role has earned since it was settled last.
func (l *ledger) settle(a *account) {
	if a.Role == roleNone {
		return
	}
	acc := l.accumulator(a.Role)
	earned := new(uint256.Int).Sub(&acc, &a.book.Acc)
	earned.Mul(earned, uint256.NewInt(a.Weight))
	earned.AddUint64(earned, a.Rem)
	rest := new(uint256.Int)
	earned.DivMod(earned, roleScale, rest)
	a.book.Acc, a.Rem = acc, rest.Uint64()
	if !earned.IsZero() {
		l.share(a, earned)
	}
}

// share divides a candidate's reward: the granted pool gets its part before
// commission, the owner the commission, the other pools the rest by stake. Each
// division's rest goes to the next part, so nothing is lost.
func (l *ledger) share(a *account, rewardWei *uint256.Int) {
	total := a.stake()
	if total.IsZero() { // everybody has left within the epoch
		a.CommissionWei.Add(&a.CommissionWei, rewardWei)
		return
	}
	plain, compounding, granted := &a.Pools[poolPlain], &a.Pools[poolCompounding], &a.Pools[poolGranted]
	toGranted := mulDiv(rewardWei, &granted.StakeWei, total)
	credit(granted, &a.GrantedRem, toGranted)
	rest := new(uint256.Int).Sub(rewardWei, toGranted)
	if rest.IsZero() {
		return
	}
	commission := part(rest, a.CommissionBps)
	a.CommissionWei.Add(&a.CommissionWei, commission)
	rest.Sub(rest, commission)
	toCompounding := mulDiv(rest, &compounding.StakeWei, total.Sub(total, &granted.StakeWei))
	compounding.StakeWei.Add(&compounding.StakeWei, toCompounding)
	l.sums.StakeWei.Add(&l.sums.StakeWei, toCompounding)
	credit(plain, &a.PlainRem, rest.Sub(rest, toCompounding))
}

// credit adds a reward to a pool's accumulator and carries the rest.
func credit(p *pool, rem *uint256.Int, amountWei *uint256.Int) {
	if amountWei.IsZero() {
		return
	}
	total := new(uint256.Int).Mul(amountWei, poolScale)
	total.Add(total, rem)
	total.DivMod(total, &p.Shares, rem)
	p.Acc.Add(&p.Acc, total)
}

// stake is all of a candidate's stake, in wei.
func (a *account) stake() *uint256.Int {
	total := new(uint256.Int)
	for i := range a.Pools {
		total.Add(total, &a.Pools[i].StakeWei)
	}
	return total
}

// worth is what shares of a pool are worth, in wei.
func (p *pool) worth(shares *uint256.Int) *uint256.Int {
	if p.Shares.IsZero() {
		return new(uint256.Int)
	}
	return mulDiv(shares, &p.StakeWei, &p.Shares)
}

// receive accounts for coins that came with the call or from the lockup
// contract.
func (l *ledger) receive(amountWei *uint256.Int) {
	l.sums.AccountedWei.Add(&l.sums.AccountedWei, amountWei)
}

// pay sends coins that are accounted for.
func (l *ledger) pay(to common.Address, amountWei *uint256.Int) error {
	if amountWei.IsZero() {
		return nil
	}
	l.sums.AccountedWei.Sub(&l.sums.AccountedWei, amountWei)
	return l.ctx.Transfer(to, amountWei)
}

// burn destroys coins that are accounted for.
func (l *ledger) burn(amountWei *uint256.Int) error {
	if amountWei.IsZero() {
		return nil
	}
	l.sums.AccountedWei.Sub(&l.sums.AccountedWei, amountWei)
	return l.supply.Burn(l.ctx, amountWei)
}

// close ranks candidates anew and writes what has changed.
func (l *ledger) close() {
	for _, h := range l.holdings {
		l.save(h)
	}
	for _, a := range l.accounts {
		if a.rank {
			l.ranked(a)
		}
		for i := range a.Pools {
			if p := &a.Pools[i]; !p.Shares.Eq(&a.sharesWere[i]) {
				past := l.store.PoolPast.At(l.ctx, poolKeyOf(a.id, uint8(i)))
				p.PastCount = mark(l.ctx, past, p.PastCount, &p.Shares, uint8(i))
			}
		}
		l.store.Standings.Set(l.ctx, a.id, a.standing)
		l.store.Books.Set(l.ctx, a.id, a.book)
	}
	if !l.sums.StakeWei.Eq(&l.stakeWas) {
		l.sums.StakePastCount = mark(l.ctx, l.store.StakePast, l.sums.StakePastCount, &l.sums.StakeWei, 0)
	}
	l.store.Sums.Set(l.ctx, l.sums)
}

// ranked puts a candidate where its stake belongs in the ranking, or takes it
// out of it.
func (l *ledger) ranked(a *account) {
	a.rank = false
	want := a.stake()
	if a.Barred || a.Retired || a.Short || a.OutUntil != 0 || want.Lt(l.store.Constants.Get(l.ctx).WeiPerPower) {
		want.Clear()
	}
	if want.Eq(&a.RankedWei) {
		return
	}
	if !a.RankedWei.IsZero() {
		l.store.Ranking.Remove(l.ctx, contract.OrderedKey(&a.RankedWei, ^a.id))
	}
	if !want.IsZero() {
		l.store.Ranking.Insert(l.ctx, contract.OrderedKey(want, ^a.id))
	}
	a.RankedWei = *want
}

// elect asks for a new set at the next block's start.
func (l *ledger) elect() {
	r := l.store.Rhythm.Get(l.ctx)
	r.ElectionDue = true
	l.store.Rhythm.Set(l.ctx, r)
}
