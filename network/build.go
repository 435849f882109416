package network

import (
	"fmt"
	"math/big"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contracts"
)

// Validator is a validator of a new chain whose key its owner has made.
type Validator struct {
	Name          string
	Owner         common.Address
	Key           [32]byte // of consensus, Ed25519
	StakeWei      *big.Int // taken from the owner's balance; nil is the economy's self-stake
	CommissionBps uint16
	Locked        bool   // the stake is taken from the owner's locked coins instead
	Power         uint64 // where validators are named; 0 is the usual one
}

// Build makes the genesis document of a new chain with these validators, and lets the chain's contracts read it. The
// genesis is left as it is.
func Build(g *Genesis, validators []Validator, at time.Time, chainName string) (*cmttypes.GenesisDoc, error) {
	if chainName == "" || len(chainName) > cmttypes.MaxChainIDLen {
		return nil, fmt.Errorf("%w: chain name %q; from 1 to %d characters are possible", ErrGenesis, chainName, cmttypes.MaxChainIDLen)
	}
	copied, err := g.funded(nil, nil)
	if err != nil {
		return nil, err
	}
	members := make([]member, len(validators))
	for i, v := range validators {
		members[i] = v.member()
	}
	return validatorsDocument(copied, members, at, chainName)
}

func (v *Validator) member() member {
	return member{
		name: v.Name, identity: Identity{ValidatorKey: ed25519.PubKey(v.Key[:])}, operator: v.Owner,
		stakeWei: v.StakeWei, commissionBps: v.CommissionBps, locked: v.Locked, power: v.Power,
	}
}

// Preview is the genesis with its contracts' parts filled in, as it would be with these validators; keys that are still
// to be made stand in for themselves. The genesis is left as it is.
func Preview(g *Genesis, validators []Validator, at time.Time) (*Genesis, error) {
	copied, err := g.funded(nil, nil)
	if err != nil {
		return nil, err
	}
	members := make([]member, len(validators))
	for i, v := range validators {
		if v.Key == [32]byte{} {
			v.Key = [32]byte(ed25519.GenPrivKey().PubKey().Bytes())
		}
		members[i] = v.member()
	}
	if copied.Economy != nil && copied.Economy.Authority != nil && len(members) == 0 {
		members = []member{{name: "to be made", identity: newKeys().identity(), operator: contracts.TreasuryAddress}}
	}
	return copied, copied.found(members, at)
}
