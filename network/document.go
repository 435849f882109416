package network

import (
	"bytes"
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
	state, err := g.encode()
	if err != nil {
		return nil, err
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
		return nil, errNoAppState
	}
	g := new(Genesis)
	if err := g.UnmarshalJSON(doc.AppState); err != nil {
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
	doc, g, err := decodeDocument(content)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return doc, g, nil
}

// decodeDocument reads a genesis file in one pass, as a large one is mostly accounts. The document keeps its
// application part as a slice of content.
func decodeDocument(content []byte) (*cmttypes.GenesisDoc, *Genesis, error) {
	var (
		g       *Genesis
		state   json.RawMessage
		other   = make(map[string]json.RawMessage)
		decoder = json.NewDecoder(bytes.NewReader(content))
	)
	err := eachMember(decoder, func(key string) error {
		if key != "app_state" {
			var value json.RawMessage
			err := decoder.Decode(&value)
			other[key] = value
			return err
		}
		if g != nil {
			return errors.New("app_state is given twice")
		}
		begin := decoder.InputOffset()
		g = new(Genesis)
		err := g.decode(decoder)
		state = bytes.TrimLeft(content[begin:decoder.InputOffset()], jsonSpace+":")
		return err
	})
	if err == nil {
		err = requireEnd(decoder)
	}
	if err != nil {
		return nil, nil, asGenesisError(err)
	}
	doc := new(cmttypes.GenesisDoc)
	text, err := json.Marshal(other)
	if err == nil {
		err = cmtjson.Unmarshal(text, doc)
	}
	if err != nil {
		return nil, nil, asGenesisError(err)
	}
	if g == nil {
		return nil, nil, errNoAppState
	}
	doc.AppState = state
	return doc, g, checkDocument(doc, g)
}

var errNoAppState = fmt.Errorf("%w: app_state is missing; is this the genesis of another kind of chain?", ErrGenesis)

func asGenesisError(err error) error {
	if errors.Is(err, ErrGenesis) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrGenesis, err)
}

// Outline is a document with its digest in the place of its application part. CometBFT copies and keeps the document
// it is given, and has no use for a million accounts.
func Outline(doc *cmttypes.GenesisDoc) (*cmttypes.GenesisDoc, error) {
	digest, err := Digest(doc)
	if err != nil {
		return nil, err
	}
	outline := *doc
	outline.AppState, err = json.Marshal(map[string]string{"genesis_sha256": digest})
	return &outline, err
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

// encodeDocument writes what cmtjson.MarshalIndent makes of a document. A large application part, the last field, is
// copied once.
func encodeDocument(doc *cmttypes.GenesisDoc) ([]byte, error) {
	const indent, end = "  ", "\n}"
	bare := *doc
	bare.AppState = nil
	text, err := cmtjson.MarshalIndent(bare, "", indent)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	var out bytes.Buffer
	out.Write(text)
	if len(doc.AppState) > 0 {
		out.Truncate(out.Len() - len(end))
		out.WriteString(",\n" + indent + `"app_state": `)
		if err := json.Indent(&out, doc.AppState, indent, indent); err != nil {
			return nil, fmt.Errorf("%w: app_state: %w", ErrGenesis, err)
		}
		out.WriteString(end)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
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
