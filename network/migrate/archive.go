package migrate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// ErrArchive is wrapped by every error about the content of an archive of logs.
var ErrArchive = errors.New("invalid archive of logs")

// ErrOverdrawn says that an account gave away more than the logs before gave it: logs are missing, or the token logged
// nothing for its first coins.
var ErrOverdrawn = errors.New("an account has too little")

// ArchiveOptions say how an archive becomes balances.
type ArchiveOptions struct {
	// Token is the contract; nil takes the one that the first log names.
	Token *common.Address
	// Height is the last Ethereum block that counts; nil counts all.
	Height *uint64
	// Initial are balances from before the first log: many tokens of 2017 log nothing when their constructor hands out
	// the supply.
	Initial Holders
}

// Archive is what the logs of a token add up to.
type Archive struct {
	Token      common.Address
	Holders    Holders // whose balance is above zero
	Transfers  int     // Transfer logs that count
	Repeated   int     // logs that came again
	Later      int     // Transfer logs after the height
	Other      int     // logs of other events
	LastBlock  uint64  // the last Ethereum block with a transfer that counts, 0 without any
	InitialWei *big.Int
	MintedWei  *big.Int // from the zero address
	BurnedWei  *big.Int // to the zero address
}

// SumTransfers reads an archive and adds it up. The archive holds logs as eth_getLogs returns them, in any order: one after
// the other, in JSON arrays, or both. Logs of other events are counted and change nothing; a log that comes again, as
// overlapping downloads give it, counts once. A balance below zero is an error that names the log.
func SumTransfers(r io.Reader, opts ArchiveOptions) (*Archive, error) {
	a := &Archive{InitialWei: opts.Initial.TotalWei(), MintedWei: new(big.Int), BurnedWei: new(big.Int)}
	reader := archiveReader{archive: a, height: opts.Height}
	if opts.Token != nil {
		a.Token, reader.named = *opts.Token, true
	}
	if err := reader.read(r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	transfers, err := a.order(reader.transfers)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	if err := a.sum(opts.Initial, transfers); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	return a, nil
}

// order sorts transfers as the chain had them and drops those that came again.
func (a *Archive) order(list []transfer) ([]transfer, error) {
	slices.SortStableFunc(list, func(x, y transfer) int {
		return cmp.Or(cmp.Compare(x.block, y.block), cmp.Compare(x.index, y.index))
	})
	kept := list[:0]
	for _, t := range list {
		if n := len(kept); n > 0 && kept[n-1].block == t.block && kept[n-1].index == t.index {
			if kept[n-1] != t {
				return nil, fmt.Errorf("%s is there twice with different content; download block %d again", t.name(), t.block)
			}
			a.Repeated++
			continue
		}
		kept = append(kept, t)
	}
	return kept, nil
}

// sum moves the coins.
func (a *Archive) sum(initial Holders, transfers []transfer) error {
	balances := make(map[common.Address]*uint256.Int, len(initial))
	for _, holder := range initial {
		balanceWei, overflow := uint256.FromBig(holder.BalanceWei)
		if overflow {
			return fmt.Errorf("the initial balance of %s does not fit in 256 bits", holder.Address)
		}
		balances[holder.Address] = balanceWei
	}
	for i := range transfers {
		t := &transfers[i]
		if err := a.move(balances, t); err != nil {
			return err
		}
		a.Transfers++
		a.LastBlock = t.block
	}
	list := make([]Holder, 0, len(balances))
	for address, balanceWei := range balances {
		if !balanceWei.IsZero() {
			list = append(list, Holder{address, balanceWei.ToBig()})
		}
	}
	holders, err := newHolders(list)
	a.Holders = holders
	return err
}

func (a *Archive) move(balances map[common.Address]*uint256.Int, t *transfer) error {
	if t.from == (common.Address{}) {
		a.MintedWei.Add(a.MintedWei, t.value.ToBig())
	} else {
		balanceWei := balances[t.from]
		if balanceWei == nil {
			balanceWei = new(uint256.Int)
		}
		if balanceWei.Lt(&t.value) {
			return fmt.Errorf("%w: %s takes %d wei from %s, which holds %d", ErrOverdrawn, t.name(), t.value.ToBig(), t.from, balanceWei.ToBig())
		}
		balanceWei.Sub(balanceWei, &t.value)
	}
	if t.to == (common.Address{}) {
		a.BurnedWei.Add(a.BurnedWei, t.value.ToBig())
		return nil
	}
	balanceWei := balances[t.to]
	if balanceWei == nil {
		balanceWei = new(uint256.Int)
		balances[t.to] = balanceWei
	}
	if _, overflow := balanceWei.AddOverflow(balanceWei, &t.value); overflow {
		return fmt.Errorf("%s gives %s more than 256 bits can count", t.name(), t.to)
	}
	return nil
}
