package rules

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

// Session is what is known about a session.
type Session struct {
	Model                   common.Hash
	Owner                   common.Address
	Facts, Entries, LoadGas uint64
}

// session is a session that can be used.
func (r *Rules) session(ctx *contract.Context, id uint64) (head, error) {
	h := r.store.Sessions.Get(ctx, id)
	if h.Owner == (common.Address{}) || h.Closing {
		return h, r.fail.NoSession(id)
	}
	return h, nil
}

// owned is a session of the caller's, also one that is being closed.
func (r *Rules) owned(ctx *contract.Context, id uint64) (head, error) {
	h := r.store.Sessions.Get(ctx, id)
	switch h.Owner {
	case common.Address{}:
		return h, r.fail.NoSession(id)
	case ctx.Caller():
		return h, nil
	}
	return h, r.fail.NotAllowed(id, ctx.Caller())
}

// open makes a session.
func (r *Rules) open(ctx *contract.Context, model common.Hash) (uint64, error) {
	if err := r.counted(ctx); err != nil {
		return 0, err
	}
	engine, err := r.ruleSet(ctx, model)
	if err != nil {
		return 0, err
	}
	c := &change{rules: r, ctx: ctx, reg: r.store.Registry.Get(ctx)}
	c.reg.Opened++
	c.id = c.reg.Opened
	c.head = head{Model: model, Owner: ctx.Caller(), Groups: uint16(len(engine.Model().Groups))}
	c.live = &live{model: engine.Model(), supports: map[uint64][]common.Hash{}, groups: make([]exceptions, c.head.Groups)}
	for g := range c.live.groups {
		c.live.groups[g].places = map[common.Hash]uint32{}
	}
	c.units = wordUnits * (uint64(c.head.Groups) + 1)
	c.live.network, err = engine.NewTracked(ruleMeter{ctx})
	if err != nil {
		return 0, r.full(c.id, err)
	}
	c.live.network.SetCapacity(maxFacts, maxEntries)
	if err := c.commit([]byte("open"), be64(c.id), model[:]); err != nil {
		return 0, err
	}
	r.emit.Opened(ctx, c.id, model, ctx.Caller())
	return c.id, nil
}

// allow lets another account change a session, or no longer.
func (r *Rules) allow(ctx *contract.Context, session uint64, account common.Address, allowed bool) error {
	if _, err := r.owned(ctx, session); err != nil {
		return err
	}
	if _, err := r.session(ctx, session); err != nil {
		return err
	}
	guests := r.store.Guests.At(ctx, session)
	if guests.Get(ctx, account) == allowed {
		return nil
	}
	list := r.store.GuestList.At(ctx, session)
	n := list.Len(ctx)
	switch {
	case allowed && n >= maxGuests:
		return contract.Refuse("rules.allow: a session's owner can allow %d accounts; take one off the list first", maxGuests)
	case allowed:
		list.Push(ctx, account)
	default:
		for i := range n {
			if list.Get(ctx, i) == account {
				list.Set(ctx, i, list.Get(ctx, n-1))
				list.Pop(ctx)
				break
			}
		}
	}
	guests.Set(ctx, account, allowed)
	r.emit.Allowed(ctx, session, account, allowed)
	return nil
}

// isAllowed reports whether an account may change a session.
func (r *Rules) isAllowed(ctx *contract.Context, session uint64, account common.Address) bool {
	h := r.store.Sessions.Get(ctx, session)
	if h.Owner == (common.Address{}) {
		return false
	}
	guests := r.store.Guests.At(ctx, session)
	return h.Owner == account || guests.Get(ctx, account)
}

// full turns an error of the engine into the contract's.
func (r *Rules) full(session uint64, err error) error {
	if errors.Is(err, rete.ErrFacts) || errors.Is(err, rete.ErrTokens) {
		return r.fail.SessionFull(session)
	}
	return err
}

// insert inserts a fact.
func (r *Rules) insert(ctx *contract.Context, session uint64, fact []byte) (uint64, error) {
	ids, err := r.insertMany(ctx, session, [][]byte{fact})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// insertMany inserts facts.
func (r *Rules) insertMany(ctx *contract.Context, session uint64, facts [][]byte) ([]uint64, error) {
	c, err := r.change(ctx, session)
	if err != nil {
		return nil, err
	}
	if err := c.grows(); err != nil {
		return nil, err
	}
	ids := make([]uint64, len(facts))
	what := [][]byte{[]byte("insert")}
	for i, data := range facts {
		if ids[i], err = r.put(ctx, session, c.live.network, c.live.model, i, data); err != nil {
			return nil, err
		}
		what = append(what, be64(uint64(len(data))), data)
	}
	return ids, c.commit(what...)
}

// update changes a fact.
func (r *Rules) update(ctx *contract.Context, session, id uint64, fact []byte) error {
	c, err := r.change(ctx, session)
	if err != nil {
		return err
	}
	if err := c.grows(); err != nil {
		return err
	}
	former, found := c.live.network.Fact(id)
	if !found {
		return r.fail.NoFact(session, id)
	}
	ctx.Charge(gasPerByte * uint64(len(fact)))
	next, err := decodeFact(c.live.model, fact, &former)
	if err != nil {
		return r.fail.BadFact(0)
	}
	if err := c.live.network.Update(id, next.Slots...); err != nil {
		if r.full(session, err) != err {
			return r.fail.SessionFull(session)
		}
		return r.fail.BadFact(0)
	}
	return c.commit([]byte("update"), be64(id), fact)
}

// retract takes a fact out.
func (r *Rules) retract(ctx *contract.Context, session, id uint64) error {
	c, err := r.change(ctx, session)
	if err != nil {
		return err
	}
	c.shrink = true
	if err := c.live.network.Retract(id); err != nil {
		if errors.Is(err, rete.ErrNoFact) {
			return r.fail.NoFact(session, id)
		}
		return r.full(session, err)
	}
	return c.commit([]byte("retract"), be64(id))
}
