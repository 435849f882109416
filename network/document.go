package network

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
)

const (
	// maxBlockBytes bounds a CometBFT block. A block full of plain transfers has 2.6 MB; Osaka itself stops at
	// 10 MiB of RLP (EIP-7934).
	maxBlockBytes = 8 << 20

	// evidenceAge is how long double signing can be proven: as long as an unbonding stake can still be slashed.
	evidenceAge = 7 * 24 * time.Hour
)

// Document makes the CometBFT genesis document of a chain named chainName. Every validator needs an operator in g.
// genesisTime is cut to whole seconds, which is what an Ethereum block can hold.
func Document(g *Genesis, validators []cmttypes.GenesisValidator, genesisTime time.Time, chainName string) (*cmttypes.GenesisDoc, error) {
	state, err := json.Marshal(g)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	doc := &cmttypes.GenesisDoc{
		GenesisTime:     genesisTime.UTC().Truncate(time.Second),
		ChainID:         chainName,
		InitialHeight:   1,
		ConsensusParams: consensusParams(time.Duration(g.BlockInterval)),
		Validators:      validators,
		AppState:        state,
	}
	if err := checkDocument(doc, g); err != nil {
		return nil, err
	}
	return doc, nil
}

// FromDocument reads the application part of a genesis document and checks the whole.
func FromDocument(doc *cmttypes.GenesisDoc) (*Genesis, error) {
	if len(doc.AppState) == 0 {
		return nil, fmt.Errorf("%w: app_state is missing; is this the genesis of another kind of chain?", ErrGenesis)
	}
	g := new(Genesis)
	if err := json.Unmarshal(doc.AppState, g); err != nil {
		return nil, err
	}
	if err := checkDocument(doc, g); err != nil {
		return nil, err
	}
	return g, nil
}

// Load reads a genesis file: the document and its application part.
func Load(path string) (*cmttypes.GenesisDoc, *Genesis, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil, fmt.Errorf("no genesis at %s; `init` a chain or `join` one: %w", path, err)
		}
		return nil, nil, err
	}
	doc := new(cmttypes.GenesisDoc)
	if err := cmtjson.Unmarshal(content, doc); err != nil {
		return nil, nil, fmt.Errorf("%s: %w: %w", path, ErrGenesis, err)
	}
	g, err := FromDocument(doc)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return doc, g, nil
}

// Save writes a genesis document, whole or not at all.
func Save(doc *cmttypes.GenesisDoc, path string) error {
	content, err := encodeDocument(doc)
	if err != nil {
		return err
	}
	return writeWhole(path, content, 0o644)
}

// Digest is the SHA-256 of a genesis document as Save writes it: what `sha256sum genesis.json` prints.
func Digest(doc *cmttypes.GenesisDoc) (string, error) {
	content, err := encodeDocument(doc)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:]), nil
}

func encodeDocument(doc *cmttypes.GenesisDoc) ([]byte, error) {
	content, err := cmtjson.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return append(content, '\n'), nil
}

// checkDocument checks both parts and that they belong together; it also fills the validators' addresses.
func checkDocument(doc *cmttypes.GenesisDoc, g *Genesis) error {
	if err := g.Validate(); err != nil {
		return err
	}
	if doc.GenesisTime.IsZero() {
		return fmt.Errorf("%w: genesis_time is missing; nodes must agree on it", ErrGenesis)
	}
	if len(doc.AppHash) > 0 {
		return fmt.Errorf("%w: app_hash is set, but it follows from app_state; remove it", ErrGenesis)
	}
	if len(doc.Validators) == 0 {
		return fmt.Errorf("%w: validators are missing; a chain needs at least one", ErrGenesis)
	}
	if doc.InitialHeight > 1 {
		return fmt.Errorf("%w: initial_height is %d, but the first block after genesis is 1", ErrGenesis, doc.InitialHeight)
	}
	if err := checkValidatorKeys(doc.Validators); err != nil { // CometBFT panics on what this refuses
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	if err := doc.ValidateAndComplete(); err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	for _, validator := range doc.Validators {
		if address := ConsensusAddress(validator.Address); g.Operators[address] == (common.Address{}) {
			return fmt.Errorf("%w: validator %s has no account in app_state.operators", ErrGenesis, address)
		}
	}
	return nil
}

// checkValidatorKeys refuses keys other than Ed25519, keys that come twice, and powers out of range.
func checkValidatorKeys(validators []cmttypes.GenesisValidator) error {
	known := make(map[ConsensusAddress]bool, len(validators))
	var total int64
	for i, validator := range validators {
		key, ok := validator.PubKey.(ed25519.PubKey)
		if !ok || len(key) != ed25519.PubKeySize {
			return fmt.Errorf("validator %d: pub_key is not an Ed25519 key of %d bytes", i, ed25519.PubKeySize)
		}
		address := ConsensusAddress(key.Address())
		if known[address] {
			return fmt.Errorf("validator %s is named twice", address)
		}
		known[address] = true
		if validator.Power < 1 || validator.Power > cmttypes.MaxTotalVotingPower-total {
			return fmt.Errorf("validator %s: power %d is out of range; all together may have %d", address, validator.Power, cmttypes.MaxTotalVotingPower)
		}
		total += validator.Power
	}
	return nil
}

// appVersion is what the application of a new chain reports and blocks carry.
// CometBFT's rollback takes it from here.
const appVersion = 1

func consensusParams(blockInterval time.Duration) *cmttypes.ConsensusParams {
	p := cmttypes.DefaultConsensusParams()
	p.Block.MaxBytes = maxBlockBytes
	p.Block.MaxGas = -1 // the application counts gas, by gasLimit
	p.Version.App = appVersion
	p.Evidence.MaxAgeDuration = evidenceAge
	if blockInterval > 0 {
		p.Evidence.MaxAgeNumBlocks = int64(evidenceAge / blockInterval)
	}
	return p
}

// writeWhole writes a file through a temporary one, so that a reader never sees half of it.
func writeWhole(path string, content []byte, mode os.FileMode) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // fails, as it should, once renamed
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(file.Name(), path)
}
