package staking

import (
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// mark notes an amount from the present time on and gives the new number of
// checkpoints. Marks of one time overwrite each other.
func mark(ctx *contract.Context, past contract.Map[uint64, checkpoint], count uint64, amount *uint256.Int, pool uint8) uint64 {
	now := checkpoint{Time: ctx.Time(), Amount: *amount, Pool: pool}
	if ctx.BlockNumber() == 0 {
		now.Time = 0 // genesis has always been so
	}
	if count > 0 && past.Get(ctx, count-1).Time == now.Time {
		past.Set(ctx, count-1, now)
		return count
	}
	past.Set(ctx, count, now)
	return count + 1
}

// at is the last of count checkpoints that is not later than a time.
func at(ctx *contract.Context, past contract.Map[uint64, checkpoint], count, time uint64) (found checkpoint) {
	low, high := uint64(0), count // the first later one is in [low, high]
	for low < high {
		middle := (low + high) / 2
		if c := past.Get(ctx, middle); c.Time <= time {
			found, low = c, middle+1
		} else {
			high = middle
		}
	}
	return found
}
