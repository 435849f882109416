package mempool

import (
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
)

// What a block that is being filled may say of a candidate beside the errors of
// its execution.
var (
	// ErrFull ends the filling.
	ErrFull = errors.New("the block takes no more transactions")
	// ErrNoRoom passes over the candidate's account; it stays in the pool.
	ErrNoRoom = errors.New("the block has no room for this transaction")
)

// Fill offers what can be executed at a base fee, in wei, best first, until take
// says ErrFull or nothing is left. take executes a candidate: without an error it
// is in the block, and its account's next one takes part. What can become valid
// later is passed over, the rest is dropped from the pool.
func (p *Pool) Fill(baseFee *big.Int, take func(Candidate) error) {
	var drop []common.Hash
	defer func() { p.Drop(drop) }()
	order := p.Order(baseFee)
	for {
		next, ok := order.Next()
		if !ok {
			return
		}
		switch err := take(next); {
		case err == nil:
			order.Shift()
		case errors.Is(err, ErrFull):
			return
		case errors.Is(err, core.ErrNonceTooLow):
			drop = append(drop, next.Tx.Hash())
			order.Shift()
		case passing(err):
			order.Skip()
		default:
			drop = append(drop, next.Tx.Hash())
			order.Skip()
		}
	}
}

// passing reports whether a transaction that failed so can be valid later.
func passing(err error) bool {
	return errors.Is(err, ErrNoRoom) || errors.Is(err, core.ErrGasLimitReached) ||
		errors.Is(err, core.ErrNonceTooHigh) || errors.Is(err, core.ErrFeeCapTooLow)
}
