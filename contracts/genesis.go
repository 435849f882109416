package contracts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/protocol/supply"
)

// A contract that has a genesis has these two methods, with its own type G:
//
//	Begin(*contract.Context, G) error   writes it; the funds are in the balance already
//	Export(*contract.Context) G         reads it back
var (
	contextType = reflect.TypeFor[*contract.Context]()
	errorType   = reflect.TypeFor[error]()
)

// section decodes a contract's part of a genesis. A field that it does not know
// is an error.
func section(c contract.Contract, raw json.RawMessage) (reflect.Value, error) {
	begin := reflect.ValueOf(c).MethodByName("Begin")
	if !begin.IsValid() || begin.Type().NumIn() != 2 || begin.Type().In(0) != contextType || begin.Type().NumOut() != 1 || begin.Type().Out(0) != errorType {
		return reflect.Value{}, fmt.Errorf("contract %s has no genesis", c.Name())
	}
	value := reflect.New(begin.Type().In(1))
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value.Interface()); err != nil {
		return reflect.Value{}, fmt.Errorf("genesis section %s: %w", c.Name(), err)
	}
	return value.Elem(), nil
}

// Begin gives the genesis accounts of the contracts: code, storage and the
// balance that alloc holds for each, which must cover what its section says it
// holds. The result is alloc with these accounts in place.
func (c *Chain) Begin(at time.Time, alloc types.GenesisAlloc) (types.GenesisAlloc, error) {
	if len(c.sections) == 0 {
		return alloc, nil
	}
	if err := c.checkSupply(alloc); err != nil {
		return nil, err
	}
	db, err := state.New(types.EmptyRootHash, state.NewDatabase(triedb.NewDatabase(rawdb.NewMemoryDatabase(), nil), nil))
	if err != nil {
		return nil, err
	}
	for _, each := range c.set {
		if balance := alloc[each.Address()].Balance; balance != nil {
			db.SetBalance(each.Address(), uint256.MustFromBig(balance), tracing.BalanceIncreaseGenesisBalance)
		}
	}
	slots := make(map[common.Address]map[common.Hash]common.Hash)
	recorder := state.NewHookedState(db, &tracing.Hooks{OnStorageChange: func(account common.Address, slot, _, value common.Hash) {
		if slots[account] == nil {
			slots[account] = make(map[common.Hash]common.Hash)
		}
		slots[account][slot] = value
	}})
	if err := c.begin(contract.Open(recorder, c.config, contract.BlockInfo{Time: uint64(at.Unix())})); err != nil {
		return nil, err
	}
	whole := maps.Clone(alloc)
	for _, each := range c.set {
		if !c.has(each.Name()) {
			continue
		}
		storage := slots[each.Address()]
		maps.DeleteFunc(storage, func(_, value common.Hash) bool { return value == common.Hash{} })
		whole[each.Address()] = types.Account{
			Code: contract.Code, Nonce: 1, Balance: db.GetBalance(each.Address()).ToBig(), Storage: storage,
		}
	}
	return whole, nil
}

func (c *Chain) begin(ctx *contract.Context) error {
	return contract.Run(ctx, func(ctx *contract.Context) error {
		for _, each := range c.set {
			raw, found := c.sections[each.Name()]
			if !found {
				continue
			}
			value, err := section(each, raw)
			if err != nil {
				return err
			}
			begin := reflect.ValueOf(each).MethodByName("Begin")
			in := []reflect.Value{reflect.ValueOf(ctx.At(each.Address())), value}
			if err, _ := begin.Call(in)[0].Interface().(error); err != nil {
				return fmt.Errorf("genesis section %s: %w", each.Name(), err)
			}
		}
		return nil
	})
}

// Export is the contracts' state after a block, as sections of a genesis of a
// chain that goes on from there. db is that state.
func (c *Chain) Export(db vm.StateDB, block *types.Header) (Sections, error) {
	sections := make(Sections)
	err := contract.Run(contract.OpenAt(db, c.config, block), func(ctx *contract.Context) error {
		for _, each := range c.set {
			export := reflect.ValueOf(each).MethodByName("Export")
			if !export.IsValid() || db.GetCodeSize(each.Address()) == 0 {
				continue
			}
			raw, err := json.Marshal(export.Call([]reflect.Value{reflect.ValueOf(ctx.At(each.Address()).View())})[0].Interface())
			if err != nil {
				return fmt.Errorf("export %s: %w", each.Name(), err)
			}
			sections[each.Name()] = raw
		}
		return nil
	})
	return sections, err
}

// TotalWei is how many coins there are by the section of the supply, nil when
// there is none.
func (s Sections) TotalWei() (*big.Int, error) {
	raw, found := s["supply"]
	if !found {
		return nil, nil
	}
	var stated supply.Genesis
	if err := json.Unmarshal(raw, &stated); err != nil || stated.InitialWei == nil {
		return nil, errors.Join(errors.New("genesis section supply: initialWei is missing"), err)
	}
	total := stated.InitialWei.ToBig()
	if p := stated.Progress; p != nil && p.MinedWei != nil && p.BurnedWei != nil { // a chain that goes on
		total.Sub(total.Add(total, p.MinedWei.ToBig()), p.BurnedWei.ToBig())
	}
	return total, nil
}

// checkSupply compares the coins of a genesis with what its supply section says.
func (c *Chain) checkSupply(alloc types.GenesisAlloc) error {
	want, err := c.sections.TotalWei()
	if want == nil || err != nil {
		return err
	}
	sum := new(big.Int)
	for _, account := range alloc {
		if account.Balance != nil {
			sum.Add(sum, account.Balance)
		}
	}
	if sum.Cmp(want) != 0 {
		return fmt.Errorf("genesis: the accounts hold %d wei in all, section supply says that %d wei exist (initialWei, and what was mined and burned since)", sum, want)
	}
	return nil
}
