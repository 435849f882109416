// Package statetest runs Ethereum's GeneralStateTests through package execution and checks the state root and the
// logs that follow: each case is a state, an environment and a transaction, and the fork decides the outcome.
// It compares with what independent implementations have computed and computes no expected value itself.
package statetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
)

// Fixture is one named test of a GeneralStateTests file.
type Fixture struct {
	Env         Env                `json:"env"`
	Pre         types.GenesisAlloc `json:"pre"`
	Transaction Transaction        `json:"transaction"`
	Post        map[string][]Post  `json:"post"` // by fork
}

// Env is the block the transaction runs in.
type Env struct {
	Coinbase      common.UnprefixedAddress `json:"currentCoinbase"`
	Difficulty    *math.HexOrDecimal256    `json:"currentDifficulty,omitempty"`
	Random        *math.HexOrDecimal256    `json:"currentRandom,omitempty"` // nil before the merge
	GasLimit      math.HexOrDecimal64      `json:"currentGasLimit"`
	Number        math.HexOrDecimal64      `json:"currentNumber"`
	Timestamp     math.HexOrDecimal64      `json:"currentTimestamp"`
	BaseFee       *math.HexOrDecimal256    `json:"currentBaseFee,omitempty"`
	ExcessBlobGas *math.HexOrDecimal64     `json:"currentExcessBlobGas,omitempty"`
}

// Transaction is a family of transactions: a Post picks data, gas limit and value by index.
type Transaction struct {
	GasPrice             *math.HexOrDecimal256 `json:"gasPrice,omitempty"`
	MaxFeePerGas         *math.HexOrDecimal256 `json:"maxFeePerGas,omitempty"`
	MaxPriorityFeePerGas *math.HexOrDecimal256 `json:"maxPriorityFeePerGas,omitempty"`
	MaxFeePerBlobGas     *math.HexOrDecimal256 `json:"maxFeePerBlobGas,omitempty"`
	Nonce                math.HexOrDecimal64   `json:"nonce"`
	To                   string                `json:"to"` // empty: creates a contract
	Data                 []string              `json:"data"`
	AccessLists          []*types.AccessList   `json:"accessLists,omitempty"` // one for each of Data
	GasLimit             []math.HexOrDecimal64 `json:"gasLimit"`
	Value                []string              `json:"value"`
	SecretKey            hexutil.Bytes         `json:"secretKey,omitempty"`
	BlobVersionedHashes  []common.Hash         `json:"blobVersionedHashes,omitempty"`
	AuthorizationList    []Authorization       `json:"authorizationList,omitzero"`
}

// Authorization is one of EIP-7702.
type Authorization struct {
	ChainID *math.HexOrDecimal256 `json:"chainId"`
	Address common.Address        `json:"address"`
	Nonce   math.HexOrDecimal64   `json:"nonce"`
	V       math.HexOrDecimal64   `json:"v"`
	R       *math.HexOrDecimal256 `json:"r"`
	S       *math.HexOrDecimal256 `json:"s"`
}

// Post is one expected outcome.
type Post struct {
	Root            common.UnprefixedHash `json:"hash"`
	Logs            common.UnprefixedHash `json:"logs"` // keccak of the RLP of all logs
	TxBytes         hexutil.Bytes         `json:"txbytes,omitempty"`
	ExpectException string                `json:"expectException,omitempty"` // not empty: the transaction is invalid
	Indexes         Indexes               `json:"indexes"`
}

// Indexes pick one transaction of the family.
type Indexes struct {
	Data  int `json:"data"`
	Gas   int `json:"gas"`
	Value int `json:"value"`
}

// Decode reads a GeneralStateTests file: fixtures by name.
func Decode(text []byte) (map[string]Fixture, error) {
	var fixtures map[string]Fixture
	if err := json.Unmarshal(text, &fixtures); err != nil {
		return nil, fmt.Errorf("not a GeneralStateTests file: %w", err)
	}
	for name, fixture := range fixtures {
		for address, account := range fixture.Pre {
			if account.Balance.Sign() < 0 {
				return nil, fmt.Errorf("%s: account %s has the balance %d", name, address, account.Balance)
			}
		}
	}
	return fixtures, nil
}

// carriesBlobs tells a transaction of EIP-4844.
func (t *Transaction) carriesBlobs() bool {
	return t.MaxFeePerBlobGas != nil || len(t.BlobVersionedHashes) > 0
}

// signed is the transaction of a post state: the bytes it gives, or else what its indexes pick, signed.
func (t *Transaction) signed(post *Post, signer types.Signer) (*types.Transaction, error) {
	if len(post.TxBytes) > 0 {
		tx := new(types.Transaction)
		if err := tx.UnmarshalBinary(post.TxBytes); err != nil {
			return nil, fmt.Errorf("transaction bytes: %w", err)
		}
		return tx, nil
	}
	inner, err := t.pick(post.Indexes)
	if err != nil {
		return nil, err
	}
	key, err := crypto.ToECDSA(t.SecretKey)
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	return types.SignNewTx(key, signer, inner)
}

// fields are what every kind of transaction has.
type fields struct {
	to    *common.Address
	data  []byte
	value *big.Int
	gas   uint64
	list  *types.AccessList // nil: a kind without one
}

// pick makes the unsigned transaction of some indexes, of the kind its fields imply.
func (t *Transaction) pick(at Indexes) (types.TxData, error) {
	f, err := t.fields(at)
	if err != nil {
		return nil, err
	}
	list := types.AccessList{}
	if f.list != nil {
		list = *f.list
	}
	nonce, chainID := uint64(t.Nonce), big.NewInt(1)
	switch {
	case t.AuthorizationList != nil:
		return t.setCode(f, list)
	case t.MaxFeePerGas != nil:
		tip := t.MaxPriorityFeePerGas
		if tip == nil {
			tip = t.MaxFeePerGas
		}
		return &types.DynamicFeeTx{ChainID: chainID, Nonce: nonce, GasTipCap: (*big.Int)(tip), GasFeeCap: (*big.Int)(t.MaxFeePerGas),
			Gas: f.gas, To: f.to, Value: f.value, Data: f.data, AccessList: list}, nil
	case t.GasPrice == nil:
		return nil, errors.New("transaction without a gas price")
	case f.list != nil:
		return &types.AccessListTx{ChainID: chainID, Nonce: nonce, GasPrice: (*big.Int)(t.GasPrice),
			Gas: f.gas, To: f.to, Value: f.value, Data: f.data, AccessList: list}, nil
	default:
		return &types.LegacyTx{Nonce: nonce, GasPrice: (*big.Int)(t.GasPrice), Gas: f.gas, To: f.to, Value: f.value, Data: f.data}, nil
	}
}

func (t *Transaction) fields(at Indexes) (f fields, err error) {
	if !within(at.Data, len(t.Data)) || !within(at.Gas, len(t.GasLimit)) || !within(at.Value, len(t.Value)) {
		return f, fmt.Errorf("indexes %+v: the transaction has %d data, %d gas limits, %d values", at, len(t.Data), len(t.GasLimit), len(t.Value))
	}
	if t.To != "" {
		f.to = new(common.Address)
		if err := f.to.UnmarshalText([]byte(t.To)); err != nil {
			return f, fmt.Errorf("receiver: %w", err)
		}
	}
	f.gas = uint64(t.GasLimit[at.Gas])
	if f.data, err = hexBytes(t.Data[at.Data]); err != nil {
		return f, fmt.Errorf("data: %w", err)
	}
	f.value = new(big.Int)
	if text := t.Value[at.Value]; text != "0x" { // the suite writes zero that way, too
		var ok bool
		if f.value, ok = math.ParseBig256(text); !ok {
			return f, fmt.Errorf("value %q is not a number of 256 bits", text)
		}
	}
	if at.Data < len(t.AccessLists) {
		f.list = t.AccessLists[at.Data]
	}
	return f, nil
}

func within(i, length int) bool { return i >= 0 && i < length }

// hexBytes decodes hexadecimal text with or without its prefix.
func hexBytes(text string) ([]byte, error) {
	return hexutil.Decode("0x" + strings.TrimPrefix(text, "0x"))
}

func (t *Transaction) setCode(f fields, list types.AccessList) (types.TxData, error) {
	if f.to == nil {
		return nil, errors.New("a set-code transaction cannot create a contract")
	}
	numbers := []*math.HexOrDecimal256{t.MaxFeePerGas, t.MaxPriorityFeePerGas}
	tx := &types.SetCodeTx{ChainID: uint256.NewInt(1), Nonce: uint64(t.Nonce), Gas: f.gas, To: *f.to, Data: f.data, AccessList: list}
	for _, a := range t.AuthorizationList {
		numbers = append(numbers, a.ChainID, a.R, a.S)
	}
	words := make([]uint256.Int, len(numbers))
	for i, number := range numbers {
		if number == nil {
			return nil, errors.New("a set-code transaction lacks a fee, or an authorization a field")
		}
		if words[i].SetFromBig((*big.Int)(number)) || (*big.Int)(number).Sign() < 0 {
			return nil, fmt.Errorf("%v does not fit in 256 bits", (*big.Int)(number))
		}
	}
	if tx.Value = new(uint256.Int); tx.Value.SetFromBig(f.value) {
		return nil, errors.New("value does not fit in 256 bits")
	}
	tx.GasFeeCap, tx.GasTipCap = &words[0], &words[1]
	for i, a := range t.AuthorizationList {
		if a.V > 0xff {
			return nil, fmt.Errorf("authorization %d: v %d does not fit in a byte", i, a.V)
		}
		word := words[2+3*i:]
		tx.AuthList = append(tx.AuthList, types.SetCodeAuthorization{
			ChainID: word[0], Address: a.Address, Nonce: uint64(a.Nonce), V: uint8(a.V), R: word[1], S: word[2],
		})
	}
	return tx, nil
}
