// Package audit exports, for an auditor, what accounts held at a range of heights, each line with a Merkle proof, and
// checks such an export without a node: a block's hash fixes its header, the header the state's root, the root each
// balance. It trusts nothing but the block hashes, which the auditor compares with those of a source of their own. It
// works with any Ethereum node and sends nothing.
package audit

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/cybermiles/cybermiles/client/abitext"
)

// ErrList is wrapped by every error about a list of accounts or slots.
var ErrList = errors.New("invalid list")

// Account is an account to report and what people call it.
type Account struct {
	Address common.Address
	Label   string
}

// Slot is a storage slot of a contract to report, and what people call it.
type Slot struct {
	Contract common.Address
	Slot     common.Hash
	Label    string
}

// Plan is what to export: at the heights From, From+Step, … up to To.
type Plan struct {
	Accounts       []Account
	Slots          []Slot
	From, To, Step uint64
}

// Heights is how many heights the plan has.
func (p *Plan) Heights() uint64 {
	if p.Step == 0 || p.To < p.From {
		return 0
	}
	return (p.To-p.From)/p.Step + 1
}

// check refuses what would make an empty or ambiguous export.
func (p *Plan) check() error {
	switch {
	case len(p.Accounts)+len(p.Slots) == 0:
		return fmt.Errorf("%w: there is no account and no slot to export", ErrList)
	case p.Step == 0:
		return fmt.Errorf("%w: the step between heights is 0; 1 takes each", ErrList)
	case p.To < p.From:
		return fmt.Errorf("%w: the heights end at %d, before they begin at %d", ErrList, p.To, p.From)
	case p.Heights() == 0:
		return fmt.Errorf("%w: these are more heights than can be counted", ErrList)
	}
	accounts := make(map[common.Address]bool)
	for _, a := range p.Accounts {
		if accounts[a.Address] {
			return fmt.Errorf("%w: the account %s is named twice", ErrList, a.Address)
		}
		accounts[a.Address] = true
	}
	slots := make(map[slotKey]bool)
	for _, s := range p.Slots {
		key := slotKey{s.Contract, s.Slot}
		if slots[key] {
			return fmt.Errorf("%w: the slot %s of %s is named twice", ErrList, s.Slot, s.Contract)
		}
		slots[key] = true
	}
	return nil
}

type slotKey struct {
	contract common.Address
	slot     common.Hash
}

// ReadAccounts reads a file of accounts; see ParseAccounts.
func ReadAccounts(path string) ([]Account, error) {
	return readList(path, ParseAccounts)
}

// ParseAccounts reads a CSV of accounts: address and, if it likes, a label. A first line that begins with "account" or
// "address" is a header; lines that begin with # are skipped.
func ParseAccounts(r io.Reader) ([]Account, error) {
	var list []Account
	err := eachLine(r, 2, []string{"account", "address"}, func(columns []string) error {
		address, err := abitext.ParseAddress(columns[0])
		if err != nil {
			return err
		}
		list = append(list, Account{Address: address, Label: strings.Join(columns[1:], "")})
		return nil
	})
	return list, err
}

// ReadSlots reads a file of slots; see ParseSlots.
func ReadSlots(path string) ([]Slot, error) {
	return readList(path, ParseSlots)
}

// ParseSlots reads a CSV of slots: contract, slot (hexadecimal, up to 32 bytes) and, if it likes, a label. A first line
// that begins with "contract" is a header; lines that begin with # are skipped.
func ParseSlots(r io.Reader) ([]Slot, error) {
	var list []Slot
	err := eachLine(r, 3, []string{"contract"}, func(columns []string) error {
		if len(columns) < 2 {
			return errors.New("expected contract,slot,label")
		}
		contract, err := abitext.ParseAddress(columns[0])
		if err != nil {
			return err
		}
		slot, err := parseSlot(columns[1])
		if err != nil {
			return err
		}
		list = append(list, Slot{Contract: contract, Slot: slot, Label: strings.Join(columns[2:], "")})
		return nil
	})
	return list, err
}

func parseSlot(text string) (common.Hash, error) {
	digits, found := strings.CutPrefix(text, "0x")
	if !found || digits == "" || len(digits) > 64 {
		return common.Hash{}, fmt.Errorf("slot %q: expected 0x and 1 to 64 hexadecimal digits", text)
	}
	slot, err := hexutil.Decode("0x" + strings.Repeat("0", 64-len(digits)) + digits)
	if err != nil {
		return common.Hash{}, fmt.Errorf("slot %q: expected 0x and 1 to 64 hexadecimal digits", text)
	}
	return common.Hash(slot), nil
}

func readList[T any](path string, parse func(io.Reader) (T, error)) (list T, err error) {
	file, err := os.Open(path)
	if err != nil {
		return list, err
	}
	defer file.Close()
	if list, err = parse(file); err != nil {
		return list, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// eachLine calls add with the trimmed columns of each line, at most as many as most, and names the line in errors.
func eachLine(r io.Reader, most int, headers []string, add func(columns []string) error) error {
	reader := csv.NewReader(r)
	reader.Comment, reader.FieldsPerRecord, reader.TrimLeadingSpace = '#', -1, true
	for first := true; ; first = false {
		columns, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrList, err)
		}
		for i := range columns {
			columns[i] = strings.TrimSpace(columns[i])
		}
		if first && isHeader(columns[0], headers) {
			continue
		}
		if len(columns) > most {
			err = fmt.Errorf("%d columns are more than %d; put a label with commas in quotes", len(columns), most)
		} else {
			err = add(columns)
		}
		if err != nil {
			line, _ := reader.FieldPos(0)
			return fmt.Errorf("%w: line %d: %w", ErrList, line, err)
		}
	}
}

func isHeader(column string, headers []string) bool {
	for _, header := range headers {
		if strings.EqualFold(column, header) {
			return true
		}
	}
	return false
}
