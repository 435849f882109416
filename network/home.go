package network

import (
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	ethcrypto "github.com/ethereum/go-ethereum/crypto"
)

// ErrExists is wrapped when creating something would overwrite what is there.
var ErrExists = errors.New("exists already")

// validatorPower is the voting power of each validator of a new network.
const validatorPower = 10

// Home is the directory of one node.
type Home string

// Genesis is the path of the genesis document.
func (h Home) Genesis() string { return filepath.Join(string(h), "genesis.json") }

// NodeKey is the path of the key that peers know the node by.
func (h Home) NodeKey() string { return filepath.Join(string(h), "keys", "node.json") }

// ValidatorKey is the path of the key that signs votes.
func (h Home) ValidatorKey() string { return filepath.Join(string(h), "keys", "validator.json") }

// OperatorKey is the path of a validator's Ethereum key, when the network was created with one: 64 hexadecimal digits.
func (h Home) OperatorKey() string { return filepath.Join(string(h), "keys", "operator.key") }

// Data is the directory of everything the node writes while it runs.
func (h Home) Data() string { return filepath.Join(string(h), "data") }

// ValidatorState is the path of the record of the last vote signed, which prevents double signing.
func (h Home) ValidatorState() string { return filepath.Join(h.Data(), "validator_state.json") }

// Identity is the public side of a node's keys.
type Identity struct {
	NodeID       p2p.ID
	ValidatorKey crypto.PubKey
}

// ConsensusAddress is the address of the validator key.
func (id Identity) ConsensusAddress() ConsensusAddress {
	return ConsensusAddress(id.ValidatorKey.Address())
}

// CreateKeys makes a node's directories, its node and validator keys and an empty record of votes. Files are readable
// by their owner alone. It refuses a home that holds a key, a genesis or a record of votes.
func (h Home) CreateKeys() (Identity, error) {
	if err := h.requireUnused(); err != nil {
		return Identity{}, err
	}
	k := newKeys()
	return k.identity(), h.writeKeys(k)
}

func (h Home) requireUnused() error {
	for _, path := range []string{h.Genesis(), h.NodeKey(), h.ValidatorKey(), h.OperatorKey(), h.ValidatorState()} {
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s %w; choose another home or remove it yourself", path, ErrExists)
		} else if !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// keys are a node's secrets. The operator's is nil when the account's owner keeps it.
type keys struct {
	node, validator crypto.PrivKey
	operator        *ecdsa.PrivateKey
}

func newKeys() *keys {
	return &keys{node: ed25519.GenPrivKey(), validator: ed25519.GenPrivKey()}
}

func (k *keys) identity() Identity {
	return Identity{NodeID: p2p.PubKeyToID(k.node.PubKey()), ValidatorKey: k.validator.PubKey()}
}

func (h Home) writeKeys(k *keys) error {
	for _, dir := range []string{filepath.Dir(h.NodeKey()), h.Data()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	validator := privval.NewFilePV(k.validator, h.ValidatorKey(), h.ValidatorState())
	for path, value := range map[string]any{
		h.NodeKey():        p2p.NodeKey{PrivKey: k.node},
		h.ValidatorKey():   validator.Key,
		h.ValidatorState(): validator.LastSignState,
	} {
		content, err := cmtjson.MarshalIndent(value, "", "  ")
		if err != nil {
			return err
		}
		if err := writeWhole(path, content, 0o600); err != nil {
			return err
		}
	}
	if k.operator == nil {
		return nil
	}
	digits := hex.EncodeToString(ethcrypto.FromECDSA(k.operator))
	return writeWhole(h.OperatorKey(), []byte(digits+"\n"), 0o600)
}

// member is a validator of a chain that does not exist yet.
type member struct {
	name     string // of the validator
	home     string // of its folder
	identity Identity
	operator common.Address

	stakeWei      *big.Int // nil is the economy's for all
	commissionBps uint16
	locked        bool   // the stake is of the operator's locked coins
	power         uint64 // where validators are named; 0 is validatorPower
}

// validatorsDocument makes the document of a chain with these validators, all of equal power.
func validatorsDocument(g *Genesis, members []member, at time.Time, chainName string) (*cmttypes.GenesisDoc, error) {
	operated := *g
	operated.Operators = make(map[ConsensusAddress]common.Address, len(members)+len(g.Operators))
	maps.Copy(operated.Operators, g.Operators)
	validators := make([]cmttypes.GenesisValidator, len(members))
	for i, m := range members {
		operated.Operators[m.identity.ConsensusAddress()] = m.operator
		validators[i] = cmttypes.GenesisValidator{PubKey: m.identity.ValidatorKey, Power: validatorPower, Name: m.name}
	}
	if err := operated.found(members, at); err != nil {
		return nil, err
	}
	return Document(&operated, validators, at, chainName)
}

// Identity reads the public side of a home's keys.
func (h Home) Identity() (Identity, error) {
	var id Identity
	node, err := p2p.LoadNodeKey(h.NodeKey())
	if err != nil {
		return id, fmt.Errorf("read the node's key: %w; `init` or `join` makes one", err)
	}
	content, err := os.ReadFile(h.ValidatorKey())
	if err != nil {
		return id, fmt.Errorf("read the validator's key: %w; `init` or `join` makes one", err)
	}
	var key privval.FilePVKey
	err = cmtjson.Unmarshal(content, &key)
	if err == nil && key.PrivKey == nil {
		err = errors.New("priv_key is missing")
	}
	if err != nil {
		return id, fmt.Errorf("%s is no validator's key: %w", h.ValidatorKey(), err)
	}
	return Identity{NodeID: node.ID(), ValidatorKey: key.PrivKey.PubKey()}, nil
}
