package staking

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// maxPower bounds the sum of all power, well below what CometBFT allows.
const maxPower = 1 << 59

// election makes the set anew from the ranking. When nobody is eligible, the set
// stays as it is: a chain without validators would stand still.
func (l *ledger) election(p *Parameters) error {
	r := l.store.Rhythm.Get(l.ctx)
	if r.ElectionDue {
		r.ElectionDue = false
		l.store.Rhythm.Set(l.ctx, r)
	}
	old := l.members()
	for _, id := range old { // give them their rewards of the epoch, which may compound
		a, err := l.account(id)
		if err != nil {
			return err
		}
		l.ranked(a)
	}
	for _, a := range l.accounts {
		l.ranked(a)
	}
	active, standby := l.best(p)
	if len(active) == 0 {
		return nil
	}
	chosen := append(slices.Clone(active), standby...)
	for _, id := range old {
		if a, _ := l.account(id); !slices.Contains(chosen, id) {
			l.leave(a)
			a.Role, a.Weight = roleNone, 0
		}
	}
	if err := l.seatStandby(standby); err != nil {
		return err
	}
	if err := l.seatActive(p, active); err != nil {
		return err
	}
	l.sums.ActiveCount = uint16(len(active))
	if !slices.Equal(old, chosen) {
		l.writeSet(chosen)
		l.emit.SetChanged(l.ctx, active, standby)
	}
	return nil
}

// members are the candidates in the set, the active first.
func (l *ledger) members() []uint64 {
	return l.store.Set.Slice(l.ctx, 0, 1<<16)
}

// best are the candidates that the ranking puts into the set.
func (l *ledger) best(p *Parameters) (active, standby []uint64) {
	for key := range l.store.Ranking.Descend(l.ctx, contract.Highest) {
		_, complement := contract.SplitKey(key)
		if len(active) < int(p.ActiveValidators) {
			active = append(active, ^complement)
			continue
		}
		if len(standby) == int(p.StandbyValidators) {
			break
		}
		standby = append(standby, ^complement)
	}
	return active, standby
}

// leave takes a validator out of consensus.
func (l *ledger) leave(a *account) {
	if a.Role != roleActive {
		return
	}
	k := l.store.Keys.Get(l.ctx, a.id)
	l.emit.PowerChanged(l.ctx, k.Consensus, 0)
	a.Seat = 0
	if k.Next != (common.Hash{}) {
		k.Consensus, k.Next = k.Next, common.Hash{}
		l.store.Keys.Set(l.ctx, a.id, k)
	}
}

// power is stake in units of power.
func (l *ledger) power(a *account) uint64 {
	units := new(uint256.Int).Div(a.stake(), l.store.Constants.Get(l.ctx).WeiPerPower)
	if !units.IsUint64() || units.Uint64() > maxPower {
		return maxPower
	}
	return units.Uint64()
}

func (l *ledger) seatStandby(standby []uint64) error {
	l.sums.StandbyWeight = 0
	for _, id := range standby {
		a, err := l.account(id)
		if err != nil {
			return err
		}
		l.leave(a)
		a.Role, a.book.Acc = roleStandby, l.sums.StandbyAcc
		a.Weight = min(l.power(a), maxPower/uint64(len(standby)))
		l.sums.StandbyWeight += a.Weight
	}
	return nil
}

func (l *ledger) seatActive(p *Parameters, active []uint64) error {
	var (
		accounts = make([]*account, len(active))
		powers   = make([]uint64, len(active))
		taken    common.Hash
	)
	for i, id := range active {
		a, err := l.account(id)
		if err != nil {
			return err
		}
		accounts[i], powers[i] = a, max(min(l.power(a), maxPower/uint64(len(active))), 1) // 0 would remove it
		if a.Seat > 0 {
			setBit(&taken, uint8(a.Seat-1))
		}
	}
	capPowers(powers, p.MaxPowerBps, p.PowerSlackBps)
	l.sums.ActiveWeight = 0
	for i, a := range accounts {
		l.announce(a, powers[i])
		if a.Role != roleActive {
			a.Seat = l.freeSeat(&taken)
		}
		a.Role, a.Weight, a.book.Acc = roleActive, powers[i], l.sums.ActiveAcc
		l.sums.ActiveWeight += powers[i]
	}
	return nil
}

// announce tells consensus what has changed of an active validator.
func (l *ledger) announce(a *account, power uint64) {
	k := l.store.Keys.Get(l.ctx, a.id)
	known := a.Role == roleActive
	switch {
	case known && k.Next != (common.Hash{}):
		l.emit.PowerChanged(l.ctx, k.Consensus, 0)
		k.Consensus, k.Next = k.Next, common.Hash{}
		l.store.Keys.Set(l.ctx, a.id, k)
	case known && power == a.Weight:
		return
	}
	l.emit.PowerChanged(l.ctx, k.Consensus, power)
}

// freeSeat gives the lowest seat that nobody has, with nothing missed.
func (l *ledger) freeSeat(taken *common.Hash) uint16 {
	i := uint8(0)
	for bit(taken, i) {
		i++
	}
	setBit(taken, i)
	l.store.Seats.Set(l.ctx, i, seat{Since: l.ctx.BlockNumber()})
	return uint16(i) + 1
}

func (l *ledger) writeSet(chosen []uint64) {
	n := int(l.store.Set.Len(l.ctx))
	for ; n > len(chosen); n-- {
		l.store.Set.Pop(l.ctx)
	}
	for i, id := range chosen {
		if i < n {
			l.store.Set.Set(l.ctx, uint64(i), id)
		} else {
			l.store.Set.Push(l.ctx, id)
		}
	}
}

// capPowers lowers the largest powers, which come first, until none is more than
// maxBps of the sum, or than 1/n and slackBps where validators are few.
func capPowers(powers []uint64, maxBps, slackBps uint16) {
	n := uint64(len(powers))
	limit := max(uint64(maxBps), bps/n+uint64(slackBps))
	rest := new(uint256.Int)
	for _, power := range powers {
		rest.AddUint64(rest, power)
	}
	for k, power := range powers {
		if uint64(k)*limit >= bps {
			return
		}
		// With k capped at P: P = limit × (k·P + rest).
		capped := mulDiv(rest, uint256.NewInt(limit), uint256.NewInt(bps-uint64(k)*limit))
		if !capped.LtUint64(power) {
			for i := range k {
				powers[i] = max(capped.Uint64(), 1)
			}
			return
		}
		rest.SubUint64(rest, power)
	}
}
