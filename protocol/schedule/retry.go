package schedule

import "github.com/cybermiles/cybermiles/contract"

// retry lets a failed call wait again, behind those that are due already.
func (s *Schedule) retry(ctx *contract.Context, id, gasLimit uint64) error {
	r, err := s.owned(ctx, ctx.Caller(), id)
	if err != nil {
		return err
	}
	if r.State != Failed {
		return s.fail.NotFailed(id)
	}
	p := s.store.Parameters.Get(ctx)
	r.DepositWei.Add(&r.DepositWei, ctx.Value())
	if err := s.covers(ctx, &p, &r.DepositWei, gasLimit, uint64(r.DataBytes)); err != nil {
		return err
	}
	s.unfail(ctx, id)
	r.State, r.Attempts, r.GasLimit = Waiting, 0, uint32(gasLimit)
	r.ByHeight, r.NotBefore = false, ctx.Time()
	s.store.Calls.Set(ctx, id, r)
	s.enqueue(ctx, id, &r)
	s.emit.Retried(ctx, id, r.Owner, gasLimit, &r.DepositWei)
	return nil
}

func (s *Schedule) topUp(ctx *contract.Context, id uint64) error {
	r, err := s.find(ctx, id)
	if err != nil {
		return err
	}
	r.DepositWei.Add(&r.DepositWei, ctx.Value())
	s.store.Calls.Set(ctx, id, r)
	s.emit.ToppedUp(ctx, id, ctx.Caller(), ctx.Value(), &r.DepositWei)
	return nil
}
