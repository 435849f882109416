package network

import (
	"crypto/ecdsa"
	"math/big"
	"path/filepath"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	ethcrypto "github.com/ethereum/go-ethereum/crypto"
)

// FoundOptions describe a new chain whose only validator is one home.
type FoundOptions struct {
	Genesis   *Genesis // parameters and accounts; it is left as it is
	ChainName string   // CometBFT's chain id

	// Operator is the validator's account. The zero address makes a key, kept in keys/operator.key.
	Operator common.Address
	// OperatorBalanceWei is added to the operator's balance; nil means nothing.
	OperatorBalanceWei *big.Int
}

// Founding is what Found made.
type Founding struct {
	Identity Identity
	Operator common.Address
	Document *cmttypes.GenesisDoc
}

// Found makes home the only validator of a new chain: its keys and its genesis file. The genesis time is now. It
// refuses a home that holds any of them.
func Found(home Home, opts FoundOptions) (*Founding, error) {
	if err := home.requireUnused(); err != nil {
		return nil, err
	}
	k := newKeys()
	if opts.Operator == (common.Address{}) {
		var err error
		if k.operator, opts.Operator, err = newOperator(); err != nil {
			return nil, err
		}
	}
	m := member{name: filepath.Base(string(home)), identity: k.identity(), operator: opts.Operator}
	g, err := opts.Genesis.funded([]member{m}, opts.OperatorBalanceWei)
	if err != nil {
		return nil, err
	}
	doc, err := validatorsDocument(g, []member{m}, time.Now(), opts.ChainName)
	if err != nil {
		return nil, err
	}
	if err := home.writeKeys(k); err != nil {
		return nil, err
	}
	return &Founding{Identity: m.identity, Operator: m.operator, Document: doc}, Save(doc, home.Genesis())
}

// InitValidator is Found with an operator whose key its owner keeps.
func InitValidator(home Home, g *Genesis, operator common.Address, chainName string) (*cmttypes.GenesisDoc, error) {
	founding, err := Found(home, FoundOptions{Genesis: g, ChainName: chainName, Operator: operator})
	if err != nil {
		return nil, err
	}
	return founding.Document, nil
}

func newOperator() (*ecdsa.PrivateKey, common.Address, error) {
	key, err := ethcrypto.GenerateKey()
	if err != nil {
		return nil, common.Address{}, err
	}
	return key, ethcrypto.PubkeyToAddress(key.PublicKey), nil
}

// funded is a copy of the genesis in which the members' operators hold a balance; nil means none.
func (g *Genesis) funded(members []member, balanceWei *big.Int) (*Genesis, error) {
	copied := *g
	copied.Alloc = make(types.GenesisAlloc, len(g.Alloc)+len(members))
	if err := copied.Add(g.Alloc); err != nil {
		return nil, err
	}
	if balanceWei == nil || balanceWei.Sign() == 0 {
		return &copied, nil
	}
	for _, m := range members {
		if err := copied.Add(types.GenesisAlloc{m.operator: {Balance: balanceWei}}); err != nil {
			return nil, err
		}
	}
	return &copied, nil
}
