package network

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// ErrSnapshot is wrapped by every error about the content of a holders' list.
var ErrSnapshot = errors.New("invalid snapshot")

// snapshotHeader is the first line of a holders' list.
const snapshotHeader = "address,balance_wei"

// ReadSnapshot reads the file of a holders' list; see ParseSnapshot.
func ReadSnapshot(path string, totalWei *big.Int) (types.GenesisAlloc, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	alloc, err := ParseSnapshot(file, totalWei)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return alloc, nil
}

// ParseSnapshot reads a holders' list: the header `address,balance_wei`, then one line an account with its address
// (0x and 40 hexadecimal digits) and its balance in wei (decimal digits, above zero). It refuses any other line, an
// address that comes twice, and, unless totalWei is nil, a sum other than totalWei.
func ParseSnapshot(r io.Reader, totalWei *big.Int) (types.GenesisAlloc, error) {
	alloc := make(types.GenesisAlloc)
	lineOf := make(map[common.Address]int)
	sum := new(big.Int)
	scanner := bufio.NewScanner(r)
	number := 0
	for scanner.Scan() {
		number++
		line := bytes.TrimSuffix(scanner.Bytes(), []byte{'\r'})
		if number == 1 {
			if string(line) != snapshotHeader {
				return nil, fmt.Errorf("%w: line 1: expected the header %q", ErrSnapshot, snapshotHeader)
			}
			continue
		}
		address, balanceWei, err := parseHolder(line)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrSnapshot, number, err)
		}
		if first, twice := lineOf[address]; twice {
			return nil, fmt.Errorf("%w: line %d: %s is already on line %d", ErrSnapshot, number, address, first)
		}
		lineOf[address] = number
		alloc[address] = types.Account{Balance: balanceWei}
		sum.Add(sum, balanceWei)
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("%w: line %d: %w", ErrSnapshot, number+1, err)
	}
	if number == 0 {
		return nil, fmt.Errorf("%w: the list is empty; expected the header %q", ErrSnapshot, snapshotHeader)
	}
	if totalWei != nil && sum.Cmp(totalWei) != 0 {
		return nil, fmt.Errorf("%w: %d lines add up to %d wei, expected %d", ErrSnapshot, number, sum, totalWei)
	}
	return alloc, nil
}

func parseHolder(line []byte) (common.Address, *big.Int, error) {
	var address common.Address
	column, digits, found := bytes.Cut(line, []byte{','})
	if !found {
		return address, nil, errors.New("expected two columns: address,balance_wei")
	}
	if len(column) != 42 || column[0] != '0' || column[1] != 'x' {
		return address, nil, fmt.Errorf("address %q: expected 0x and 40 hexadecimal digits", column)
	}
	if _, err := hex.Decode(address[:], column[2:]); err != nil {
		return address, nil, fmt.Errorf("address %q: expected 0x and 40 hexadecimal digits", column)
	}
	const maxDigits = 78 // of 2^256
	if len(digits) == 0 || len(digits) > maxDigits || digits[0] == '0' || bytes.ContainsFunc(digits, notDigit) {
		return address, nil, fmt.Errorf("balance %q: expected a whole number of wei above zero", digits)
	}
	balanceWei, _ := new(big.Int).SetString(string(digits), 10)
	if balanceWei.BitLen() > 256 {
		return address, nil, fmt.Errorf("balance %s does not fit in 256 bits", digits)
	}
	return address, balanceWei, nil
}

func notDigit(r rune) bool { return r < '0' || r > '9' }
