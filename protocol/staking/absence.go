package staking

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

// Absence is counted over a window of blocks. Each active validator has a seat,
// a number below 256; each block of the window has a word with a bit for every
// seat that was absent. A word is written when it changes, so a chain where
// everybody signs writes nothing. Its old content is what happened one window
// ago, and leaves the count as the new enters it.

// countAbsent notes who did not sign the last block and gives the candidates
// that have missed too much.
func (s *Staking) countAbsent(ctx *contract.Context, p *Parameters, r *rhythm, absent []common.Address) (gone []uint64) {
	var (
		now   common.Hash
		seats [256]uint64 // candidates that are absent, by seat
	)
	for _, address := range absent {
		id := s.store.ByAddress.Get(ctx, address)
		if id == 0 {
			continue
		}
		if seat := s.store.Standings.Get(ctx, id).Seat; seat > 0 {
			setBit(&now, uint8(seat-1))
			seats[seat-1] = id
		}
	}
	window := uint64(p.AbsenceWindowBlocks)
	place := uint32(ctx.BlockNumber() % window)
	words := s.store.Missed.At(ctx, r.Window)
	old := words.Get(ctx, place)
	if old == now && now == (common.Hash{}) {
		return nil
	}
	for i := range uint8(255) {
		was, is := bit(&old, i), bit(&now, i)
		if !was && !is {
			continue
		}
		seat := s.store.Seats.Get(ctx, i)
		if was && seat.Since+window < ctx.BlockNumber() && seat.Missed > 0 {
			seat.Missed--
		}
		if is {
			seat.Missed++
		}
		s.store.Seats.Set(ctx, i, seat)
		if is && uint64(seat.Missed)*bps > window*uint64(p.AbsenceMaxMissedBps) {
			gone = append(gone, seats[i])
		}
	}
	if old != now {
		words.Set(ctx, place, now)
	}
	return gone
}

func bit(word *common.Hash, i uint8) bool { return word[i/8]&(1<<(i%8)) != 0 }

func setBit(word *common.Hash, i uint8) { word[i/8] |= 1 << (i % 8) }

// wasAbsent slashes a validator that was absent too much and sends it out. It
// reports whether the set has to be made anew.
func (l *ledger) wasAbsent(p *Parameters, id uint64) (left bool, err error) {
	a, err := l.account(id)
	if err != nil || a.OutUntil != 0 || a.Barred {
		return false, err
	}
	a.OutUntil, a.rank = l.now+uint64(p.AbsenceOutSeconds), true
	return true, l.slash(a, p.AbsenceSlashBps, l.now, false)
}
