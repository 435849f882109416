package staking

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// Evidence is proof from consensus that a validator signed two blocks of one
// height.
type Evidence struct {
	Validator common.Address // consensus address
	Height    uint64
	Time      uint64 // seconds since 1970
}

// beginBlock mints, counts absence, slashes, and makes the set anew at an
// epoch's end or when a validator has left. A quiet block writes nothing here:
// what was minted is shared out when somebody is touched, at the latest at the
// epoch's end.
func (s *Staking) beginBlock(ctx *contract.Context, timeNanos uint64, _ common.Address, absent []common.Address, evidence []Evidence) error {
	s.supply.Emit(ctx, timeNanos)
	parameters := s.store.Parameters.Get(ctx)
	rhythm := s.store.Rhythm.Get(ctx)
	gone := s.countAbsent(ctx, &parameters, &rhythm, absent)
	due := rhythm.ElectionDue || ctx.BlockNumber()%uint64(parameters.EpochBlocks) == 0
	if !due && len(gone) == 0 && len(evidence) == 0 {
		return nil
	}
	l := s.open(ctx)
	for _, e := range evidence {
		left, err := l.signedTwice(&parameters, e)
		if err != nil {
			return err
		}
		due = due || left
	}
	for _, id := range gone {
		left, err := l.wasAbsent(&parameters, id)
		if err != nil {
			return err
		}
		due = due || left
	}
	if due {
		if err := l.election(&parameters); err != nil {
			return err
		}
	}
	l.close()
	return nil
}
