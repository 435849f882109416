package authority

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Evidence is proof from consensus that a validator signed two blocks of one
// height.
type Evidence struct {
	Validator common.Address // consensus address
	Height    uint64
	Time      uint64 // seconds since 1970
}

// beginBlock counts absence, reports evidence, pays fees out from time to time,
// and tells consensus what was changed since the last block. A block where
// everybody signs and nothing changes writes nothing.
func (a *Authority) beginBlock(ctx *contract.Context, _ uint64, _ common.Address, absent []common.Address, evidence []Evidence) error {
	for _, address := range absent {
		if id := a.store.ByAddress.Get(ctx, address); id != 0 {
			r := a.store.Records.Get(ctx, id)
			r.Missed++
			a.store.Records.Set(ctx, id, r)
		}
	}
	for _, e := range evidence {
		if id := a.store.ByAddress.Get(ctx, e.Validator); id != 0 {
			a.emit.SignedTwice(ctx, id, e.Height)
		}
	}
	h := a.store.Head.Get(ctx)
	if h.Changed {
		a.announce(ctx, &h)
	}
	if ctx.BlockNumber()%uint64(h.FeeBlocks) == 0 {
		return a.payFees(ctx)
	}
	return nil
}

// announce tells consensus the difference between what it knows and what is.
func (a *Authority) announce(ctx *contract.Context, h *head) {
	for id := uint64(1); id <= h.Last; id++ {
		r := a.store.Records.Get(ctx, id)
		if r.Announced == r.Power && (r.AnnouncedKey == r.Key || r.Power == 0) {
			continue
		}
		if r.Announced > 0 && (r.AnnouncedKey != r.Key || r.Power == 0) {
			a.emit.PowerChanged(ctx, r.AnnouncedKey, 0)
		}
		if r.Power > 0 {
			a.emit.PowerChanged(ctx, r.Key, r.Power)
		}
		r.Announced, r.AnnouncedKey = r.Power, r.Key
		a.store.Records.Set(ctx, id, r)
	}
	h.Changed = false
	a.store.Head.Set(ctx, *h)
}

// payFees sends all coins of the contract to the receiver of fees, or to the
// validators in equal parts; what does not divide waits for the next time.
func (a *Authority) payFees(ctx *contract.Context) error {
	balance := ctx.Balance(a.Address())
	receivers := []common.Address{a.store.Head.Get(ctx).FeeReceiver}
	if receivers[0] == (common.Address{}) {
		receivers = nil
		for _, id := range a.store.Members.Slice(ctx, 0, maxValidators) {
			receivers = append(receivers, a.store.Records.Get(ctx, id).Account)
		}
	}
	part := new(uint256.Int).Div(balance, uint256.NewInt(uint64(len(receivers))))
	if part.IsZero() {
		return nil
	}
	for _, to := range receivers {
		if err := ctx.Transfer(to, part); err != nil {
			return err
		}
		a.emit.FeesPaid(ctx, to, part)
	}
	return nil
}
