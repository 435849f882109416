package authority

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contract"
)

const (
	maxValidators = 100
	maxPower      = 1 << 50
	maxName       = 64
	sha256Gas     = 72 // of one word, as the EVM's precompile
)

// storage is the contract's state, in Solidity's layout.
type storage struct {
	Head      contract.Value[head]                                 // slots 0-1
	Records   contract.Map[uint64, record]                         // slot 2, by number
	ByAddress contract.Map[common.Address, uint64]                 // slot 3, by consensus address
	ByAccount contract.Map[common.Address, uint64]                 // slot 4
	Members   contract.Array[uint64]                               // slot 5
	UsedKeys  contract.Nested[uint64, contract.Array[common.Hash]] // slot 6
}

// head is what every block reads.
type head struct {
	Administrator common.Address
	FeeBlocks     uint32 // fees are paid out after so many blocks
	Changed       bool   // consensus does not know the newest powers
	FeeReceiver   common.Address
	Last          uint64 // number of the newest validator
}

// record is a validator. Announced and AnnouncedKey are what consensus knows.
type record struct {
	Account      common.Address
	Power        uint64
	Key          common.Hash
	AnnouncedKey common.Hash
	Announced    uint64
	Missed       uint64
	Since        uint64
	Until        uint64
	Name         string
}

// Genesis is the contract's part of a genesis.
type Genesis struct {
	Administrator common.Address     `json:"administrator"`
	FeeReceiver   common.Address     `json:"feeReceiver"` // 0: the validators share fees equally
	FeeBlocks     uint32             `json:"feeBlocks"`   // fees are paid out after so many blocks
	Validators    []GenesisValidator `json:"validators"`
}

// GenesisValidator is a validator. An export has the removed ones, too.
type GenesisValidator struct {
	Account      common.Address `json:"account"`
	ConsensusKey common.Hash    `json:"consensusKey"`
	Power        uint64         `json:"power"`
	Name         string         `json:"name"`
	FormerKeys   []common.Hash  `json:"formerKeys,omitempty"`
	MissedBlocks uint64         `json:"missedBlocks,omitempty"`
	Since        uint64         `json:"since,omitempty"`
	Until        uint64         `json:"until,omitempty"`
}

// ErrGenesis is wrapped by every error about a genesis.
var ErrGenesis = errors.New("authority: the genesis cannot be")

// Begin writes a genesis.
func (a *Authority) Begin(ctx *contract.Context, g Genesis) error {
	ctx = ctx.At(a.Address())
	if g.FeeBlocks == 0 {
		return fmt.Errorf("%w: feeBlocks says after how many blocks fees are paid out; 1000 is usual", ErrGenesis)
	}
	a.store.Head.Set(ctx, head{Administrator: g.Administrator, FeeReceiver: g.FeeReceiver, FeeBlocks: g.FeeBlocks})
	for i, v := range g.Validators {
		if err := a.beginValidator(ctx, v); err != nil {
			return fmt.Errorf("%w: validator %d, %s: %w", ErrGenesis, i+1, v.Name, err)
		}
	}
	if a.store.Members.Len(ctx) == 0 {
		return fmt.Errorf("%w: it needs a validator", ErrGenesis)
	}
	return nil
}

func (a *Authority) beginValidator(ctx *contract.Context, v GenesisValidator) error {
	r := record{
		Account: v.Account, Power: v.Power, Key: v.ConsensusKey, Name: v.Name,
		Missed: v.MissedBlocks, Since: v.Since, Until: v.Until,
	}
	if r.Until == 0 { // consensus starts with it
		r.Announced, r.AnnouncedKey = r.Power, r.Key
	}
	id, err := a.add(ctx, r)
	if err != nil {
		return err
	}
	for _, key := range v.FormerKeys {
		if err := a.takeKey(ctx, id, key); err != nil {
			return err
		}
	}
	return nil
}

// Export reads the contract's state. Begin of it on another state, and Export
// of that, gives the same.
func (a *Authority) Export(ctx *contract.Context) Genesis {
	ctx = ctx.At(a.Address())
	h := a.store.Head.Get(ctx)
	g := Genesis{Administrator: h.Administrator, FeeReceiver: h.FeeReceiver, FeeBlocks: h.FeeBlocks, Validators: []GenesisValidator{}}
	for id := uint64(1); id <= h.Last; id++ {
		r := a.store.Records.Get(ctx, id)
		v := GenesisValidator{
			Account: r.Account, ConsensusKey: r.Key, Power: r.Power, Name: r.Name,
			MissedBlocks: r.Missed, Since: r.Since, Until: r.Until,
		}
		used := a.store.UsedKeys.At(ctx, id)
		for _, key := range used.Slice(ctx, 0, used.Len(ctx)) {
			if key != r.Key {
				v.FormerKeys = append(v.FormerKeys, key)
			}
		}
		g.Validators = append(g.Validators, v)
	}
	return g
}

// ConsensusAddress is how CometBFT names a validator: the first 20 bytes of its
// ed25519 key's SHA-256.
func ConsensusAddress(key common.Hash) common.Address {
	sum := sha256.Sum256(key[:])
	return common.Address(sum[:20])
}
