package staking

import (
	"crypto/sha256"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// Longest texts of a candidate, in bytes.
const (
	maxMoniker = 64
	maxWebsite = 128
	maxDetails = 512
)

const sha256Gas = 72 // of one word, as the EVM's precompile

// ConsensusAddress is how CometBFT names a validator: the first 20 bytes of its
// ed25519 key's SHA-256.
func ConsensusAddress(key common.Hash) common.Address {
	sum := sha256.Sum256(key[:])
	return common.Address(sum[:20])
}

// declareCandidate makes the caller the owner of a new candidate.
func (s *Staking) declareCandidate(ctx *contract.Context, key common.Hash, moniker, website, details string, commissionBps uint16) (uint64, error) {
	l := s.open(ctx)
	l.receive(ctx.Value())
	id, err := l.declare(ctx.Caller(), key, texts{moniker, website, details}, commissionBps)
	if err != nil {
		return 0, err
	}
	return id, l.delegateTo(id, ctx.Caller(), Plain, ctx.Value())
}

// declare writes a new candidate without stake.
func (l *ledger) declare(owner common.Address, key common.Hash, text texts, commissionBps uint16) (id uint64, err error) {
	if other := l.store.ByOwner.Get(l.ctx, owner); other != 0 {
		return 0, l.fail.OwnsCandidate(other)
	}
	if commissionBps > bps {
		return 0, l.fail.CommissionTooHigh(commissionBps, bps)
	}
	l.sums.Candidates++
	id = l.sums.Candidates
	if err := l.takeKey(id, key); err != nil {
		return 0, err
	}
	if err := l.write(id, text); err != nil {
		return 0, err
	}
	l.store.Keys.Set(l.ctx, id, keys{Consensus: key})
	l.store.ByOwner.Set(l.ctx, owner, id)
	l.store.Standings.Set(l.ctx, id, standing{Owner: owner, CommissionBps: commissionBps})
	l.emit.CandidateDeclared(l.ctx, id, owner, key)
	return id, nil
}

// takeKey gives a consensus key to a candidate for good, so that what was signed
// with it can be found out later.
func (l *ledger) takeKey(id uint64, key common.Hash) error {
	if key == (common.Hash{}) {
		return l.fail.KeyInvalid()
	}
	l.ctx.Charge(sha256Gas)
	address := ConsensusAddress(key)
	if other := l.store.ByAddress.Get(l.ctx, address); other != 0 {
		return l.fail.KeyTaken(other)
	}
	l.store.ByAddress.Set(l.ctx, address, id)
	used := l.store.UsedKeys.At(l.ctx, id)
	used.Push(l.ctx, key)
	return nil
}

func (l *ledger) write(id uint64, text texts) error {
	for _, each := range []struct {
		text  string
		limit int
	}{{text.Moniker, maxMoniker}, {text.Website, maxWebsite}, {text.Details, maxDetails}} {
		if len(each.text) > each.limit {
			return l.fail.TextTooLong(uint64(len(each.text)), uint64(each.limit))
		}
	}
	l.store.Texts.Set(l.ctx, id, text)
	return nil
}

// owned is the candidate that an account owns.
func (l *ledger) owned(owner common.Address) (*account, error) {
	id := l.store.ByOwner.Get(l.ctx, owner)
	if id == 0 {
		return nil, l.fail.NotOwner(owner)
	}
	return l.account(id)
}

// describe changes what the caller's candidate says of itself.
func (s *Staking) describe(ctx *contract.Context, moniker, website, details string) error {
	id := s.store.ByOwner.Get(ctx, ctx.Caller())
	if id == 0 {
		return s.fail.NotOwner(ctx.Caller())
	}
	l := &ledger{Staking: s, ctx: ctx}
	if err := l.write(id, texts{moniker, website, details}); err != nil {
		return err
	}
	s.emit.CandidateDescribed(ctx, id, moniker)
	return nil
}

// rotateKey gives the caller's candidate a new key. An active validator signs
// with the old one until the next epoch.
func (s *Staking) rotateKey(ctx *contract.Context, key common.Hash) error {
	l := s.open(ctx)
	a, err := l.owned(ctx.Caller())
	if err != nil {
		return err
	}
	if a.Barred {
		return s.fail.CandidateBarred(a.id)
	}
	if err := l.takeKey(a.id, key); err != nil {
		return err
	}
	k := s.store.Keys.Get(ctx, a.id)
	if a.Role == roleActive {
		k.Next = key
	} else {
		k.Consensus = key
	}
	s.store.Keys.Set(ctx, a.id, k)
	s.emit.KeyRotated(ctx, a.id, key)
	l.close()
	return nil
}

// retire takes the caller's candidate out of the set and the ranking.
func (s *Staking) retire(ctx *contract.Context) error {
	l := s.open(ctx)
	a, err := l.owned(ctx.Caller())
	if err != nil {
		return err
	}
	if a.Retired {
		return s.fail.HasRetired()
	}
	a.Retired, a.rank = true, true
	if a.Role != roleNone {
		l.elect()
	}
	s.emit.Retired(ctx, a.id)
	l.close()
	return nil
}

// rejoin brings the caller's candidate back into the ranking.
func (s *Staking) rejoin(ctx *contract.Context) error {
	l := s.open(ctx)
	a, err := l.owned(ctx.Caller())
	switch {
	case err != nil:
		return err
	case a.Barred:
		return s.fail.CandidateBarred(a.id)
	case a.OutUntil > l.now:
		return s.fail.OutUntil(a.OutUntil)
	case a.OutUntil == 0 && !a.Retired:
		return s.fail.NotOut()
	}
	a.OutUntil, a.Retired, a.rank = 0, false, true
	s.emit.Rejoined(ctx, a.id)
	l.close()
	return nil
}
