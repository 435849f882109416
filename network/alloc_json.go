package network

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/core/types"
)

// maxAllocBytes bounds a file of genesis accounts.
const maxAllocBytes = 1 << 30

// ReadAlloc reads a file of genesis accounts: a JSON object from addresses to objects with balance, nonce, code and
// storage, as the field "alloc" of geth's genesis has it. It refuses an address that comes twice.
func ReadAlloc(path string) (types.GenesisAlloc, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read genesis accounts: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read genesis accounts: %w", err)
	}
	if info.Size() > maxAllocBytes {
		return nil, fmt.Errorf("genesis accounts in %s: %d bytes; at most %d are read", path, info.Size(), maxAllocBytes)
	}
	decoder := json.NewDecoder(bufio.NewReaderSize(file, 1<<20))
	alloc, err := decodeAlloc(decoder)
	if err == nil {
		err = requireEnd(decoder)
	}
	if err != nil {
		return nil, fmt.Errorf(`genesis accounts in %s: %w; expected {"0x…": {"balance": "…"}, …}`, path, err)
	}
	return alloc, nil
}

// decodeAlloc reads an object of accounts, one after the other: only the accounts themselves are ever in memory.
func decodeAlloc(decoder *json.Decoder) (types.GenesisAlloc, error) {
	alloc := make(types.GenesisAlloc)
	var value json.RawMessage // of one account, overwritten by the next
	err := eachMember(decoder, func(key string) error {
		var address common.UnprefixedAddress
		if err := address.UnmarshalText([]byte(key)); err != nil {
			return fmt.Errorf("address %q: expected 40 hexadecimal digits", key)
		}
		if _, twice := alloc[common.Address(address)]; twice {
			return fmt.Errorf("account %s is named twice", common.Address(address))
		}
		err := decoder.Decode(&value)
		if err != nil {
			return fmt.Errorf("account %s: %w", common.Address(address), err)
		}
		if alloc[common.Address(address)], err = decodeAccount(value); err != nil {
			return fmt.Errorf("account %s: %w", common.Address(address), err)
		}
		return nil
	})
	return alloc, err
}

func decodeAccount(value json.RawMessage) (account types.Account, err error) {
	// Nearly all accounts of a large genesis have nothing but a balance.
	if text, ok := onlyBalance(value); ok {
		if balance, ok := math.ParseBig256(text); ok {
			return types.Account{Balance: balance}, nil
		}
	}
	err = json.Unmarshal(value, &account)
	return account, err
}

// onlyBalance is the text in {"balance": "text"}. The value is valid JSON.
func onlyBalance(value []byte) (text string, ok bool) {
	for _, part := range []string{`{`, `"balance"`, `:`, `"`} {
		if value, ok = bytes.CutPrefix(bytes.TrimLeft(value, jsonSpace), []byte(part)); !ok {
			return "", false
		}
	}
	balance, rest, _ := bytes.Cut(value, []byte{'"'})
	return string(balance), string(bytes.TrimLeft(rest, jsonSpace)) == "}"
}

// jsonSpace is the white space that JSON allows between tokens.
const jsonSpace = " \t\r\n"

// eachMember reads an object. visit is called with each key and must read its value.
func eachMember(decoder *json.Decoder, visit func(key string) error) error {
	open, err := decoder.Token()
	if err != nil {
		return unexpectedEnd(err)
	}
	if open != json.Delim('{') {
		return errNotObject
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return unexpectedEnd(err)
		}
		if err := visit(key.(string)); err != nil { // the decoder accepts no other key
			return unexpectedEnd(err)
		}
	}
	_, err = decoder.Token() // the closing brace
	return unexpectedEnd(err)
}

var errNotObject = errors.New("expected a JSON object")

func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// requireEnd refuses anything after the value that was read.
func requireEnd(decoder *json.Decoder) error {
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the end of the JSON object")
	}
	return nil
}

// appendAlloc appends what the standard encoder makes of the accounts, in a fraction of its memory.
func appendAlloc(out []byte, alloc types.GenesisAlloc) ([]byte, error) {
	addresses := make([]common.Address, 0, len(alloc))
	for address := range alloc {
		addresses = append(addresses, address)
	}
	slices.SortFunc(addresses, common.Address.Cmp)
	out = append(out, '{')
	for i, address := range addresses {
		if i > 0 {
			out = append(out, ',')
		}
		account := alloc[address]
		out = fmt.Appendf(out, `"%#x":`, address[:])
		if bareAccount(account) {
			out = append(out, `{"balance":"0x`...)
			out = append(account.Balance.Append(out, 16), `"}`...)
			continue
		}
		text, err := json.Marshal(account)
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", address, err)
		}
		out = append(out, text...)
	}
	return append(out, '}'), nil
}

// bareAccount reports whether an account has a balance and nothing else.
func bareAccount(a types.Account) bool {
	return a.Balance != nil && a.Balance.Cmp(new(big.Int)) >= 0 && a.Nonce == 0 && len(a.Code) == 0 && len(a.Storage) == 0
}
