// Package migrate converts the coins of an ERC-20 token to the coin of a new chain: it reads the holders, from a list or
// from the token's Transfer logs, builds the Merkle tree from which those left out of the genesis claim their coins, signs
// such claims, and checks a genesis against the token to the wei.
// It refuses whatever would create or lose a wei: an account named twice, a balance below zero, logs that contradict each
// other, a tree that is not what its leaves make it. It asks no node and keeps no key.
package migrate

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/network"
)

// ErrHolders is wrapped by every error about which accounts hold the token, other than those of network.ParseSnapshot.
var ErrHolders = errors.New("invalid holders")

// listHeader is the first line of a list of holders, as network.ParseSnapshot asks for it.
const listHeader = "address,balance_wei"

// Holder is an account of the token and what it holds, above zero.
type Holder struct {
	Address    common.Address
	BalanceWei *big.Int
}

// Holders are accounts in ascending order of address, each once.
type Holders []Holder

// ReadHolders reads lists of holders, in the form of network.ParseSnapshot, as one. An account may be in one of them only.
func ReadHolders(paths ...string) (Holders, error) {
	var all Holders
	for _, path := range paths {
		alloc, err := network.ReadSnapshot(path, nil)
		if err != nil {
			return nil, err
		}
		for address, account := range alloc {
			all = append(all, Holder{address, account.Balance})
		}
	}
	return newHolders(all)
}

// newHolders sorts a list and refuses accounts that come twice.
func newHolders(list []Holder) (Holders, error) {
	slices.SortFunc(list, func(a, b Holder) int { return a.Address.Cmp(b.Address) })
	for i := 1; i < len(list); i++ {
		if list[i].Address == list[i-1].Address {
			return nil, fmt.Errorf("%w: %s is in the lists twice; remove one of its lines", ErrHolders, list[i].Address)
		}
	}
	return list, nil
}

// TotalWei is the sum of the balances.
func (h Holders) TotalWei() *big.Int {
	total := new(big.Int)
	for _, holder := range h {
		total.Add(total, holder.BalanceWei)
	}
	return total
}

// BalanceWei is what an account holds, nil when it is not in the list.
func (h Holders) BalanceWei(address common.Address) *big.Int {
	i, found := slices.BinarySearchFunc(h, address, func(holder Holder, a common.Address) int { return holder.Address.Cmp(a) })
	if !found {
		return nil
	}
	return h[i].BalanceWei
}

// Write writes the list as network.ParseSnapshot reads it.
func (h Holders) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, listHeader)
	for _, holder := range h {
		fmt.Fprintf(out, "%#x,%d\n", holder.Address, holder.BalanceWei)
	}
	return out.Flush()
}

// Split takes the accounts of left out of the list. Each must be in it.
func (h Holders) Split(left []common.Address) (kept, out Holders, err error) {
	chosen := make(map[common.Address]bool, len(left))
	for _, address := range left {
		if h.BalanceWei(address) == nil {
			return nil, nil, fmt.Errorf("%w: %s is to be left out, but the list does not have it", ErrHolders, address)
		}
		chosen[address] = true
	}
	for _, holder := range h {
		if chosen[holder.Address] {
			out = append(out, holder)
		} else {
			kept = append(kept, holder)
		}
	}
	return kept, out, nil
}

// ReadAddresses reads a file of addresses; see ParseAddresses.
func ReadAddresses(path string) ([]common.Address, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	list, err := ParseAddresses(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// ParseAddresses reads one address a line. What follows it behind a comma or a space is a remark for people; empty lines
// and lines that begin with # are skipped. An address may come once.
func ParseAddresses(content []byte) ([]common.Address, error) {
	var list []common.Address
	lineOf := make(map[common.Address]int)
	for i, line := range bytes.Split(content, []byte{'\n'}) {
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		word := text
		if end := strings.IndexAny(text, ", \t"); end >= 0 {
			word = text[:end]
		}
		if !common.IsHexAddress(word) || len(word) != 42 {
			return nil, fmt.Errorf("%w: line %d: %q is no address of 0x and 40 hexadecimal digits", ErrHolders, i+1, word)
		}
		address := common.HexToAddress(word)
		if first, twice := lineOf[address]; twice {
			return nil, fmt.Errorf("%w: line %d: %s is already on line %d", ErrHolders, i+1, address, first)
		}
		lineOf[address] = i + 1
		list = append(list, address)
	}
	return list, nil
}
