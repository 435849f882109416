package audit

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Block is a block on whose hash a checked ledger rests.
type Block struct {
	Height uint64      `json:"height" doc:"height of the block"`
	Hash   common.Hash `json:"hash" doc:"its hash"`
}

// Verified is what a check has shown.
type Verified struct {
	Blocks   []Block // in ascending order; compare them with a source of your own
	Accounts int     // different ones
	Lines    int     // of the ledger, each proven
	Trusted  bool    // every block hash is one of those given as trusted
}

// Verify checks a ledger, line by line, against the proofs exported with it, without asking a node. What the ledger says
// then follows from its block hashes; with trusted, not nil, each of them must be the one given for its height. The first
// thing that is not proven is an error that wraps ErrProof. A proof without a line in the ledger is an error too: a line
// may have been taken out.
func Verify(ledger, proofs io.Reader, trusted map[uint64]common.Hash) (*Verified, error) {
	v := &verifier{
		headers: make(map[uint64]*types.Header), hashes: make(map[uint64]common.Hash),
		accounts: make(map[accountAt]*provenAccount),
	}
	if err := v.readProofs(proofs); err != nil {
		return nil, err
	}
	if err := v.checkLinks(); err != nil {
		return nil, err
	}
	if err := v.checkTrusted(trusted); err != nil {
		return nil, err
	}
	lines, err := v.readLedger(ledger)
	if err != nil {
		return nil, err
	}
	return v.result(lines, trusted != nil), v.checkLeftOver()
}

type accountAt struct {
	height  uint64
	address common.Address
}

type provenAccount struct {
	state   State
	slots   map[common.Hash]common.Hash
	ownLine bool            // the ledger must have a line of the account itself
	lines   map[string]bool // that the ledger has: "" for the account's own, else its slots
}

type verifier struct {
	headers  map[uint64]*types.Header
	hashes   map[uint64]common.Hash
	accounts map[accountAt]*provenAccount
}

func (v *verifier) readProofs(r io.Reader) error {
	decoder := json.NewDecoder(bufio.NewReaderSize(r, recordBuffer))
	decoder.DisallowUnknownFields()
	for line := 1; ; line++ {
		var entry record
		if err := decoder.Decode(&entry); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%w: proof %d: %w", ErrProof, line, err)
		}
		if err := v.add(&entry); err != nil {
			return fmt.Errorf("proof %d: %w", line, err)
		}
	}
}

func (v *verifier) add(entry *record) error {
	switch {
	case entry.Block != nil && entry.Proof == nil && entry.Height == nil && !entry.OwnLine:
		return v.addBlock(entry.Block)
	case entry.Block == nil && entry.Proof != nil && entry.Height != nil:
		return v.addAccount(entry)
	default:
		return fmt.Errorf("%w: it is neither a block nor an account at a height", ErrProof)
	}
}

func (v *verifier) addBlock(block *BlockProof) error {
	if v.headers[block.Height] != nil {
		return fmt.Errorf("%w: block %d comes twice", ErrProof, block.Height)
	}
	header, err := block.Verify()
	if err != nil {
		return err
	}
	v.headers[block.Height], v.hashes[block.Height] = header, block.Hash
	return nil
}

func (v *verifier) addAccount(entry *record) error {
	height, proof := *entry.Height, entry.Proof
	header := v.headers[height]
	if header == nil {
		return fmt.Errorf("%w: account %s at height %d, whose block does not come before", ErrProof, proof.Address, height)
	}
	state, slots, err := proof.Verify(header.Root)
	if err != nil {
		return fmt.Errorf("height %d: %w", height, err)
	}
	key := accountAt{height, proof.Address}
	known := v.accounts[key]
	if known == nil {
		known = &provenAccount{state: state, slots: make(map[common.Hash]common.Hash), lines: make(map[string]bool)}
		v.accounts[key] = known
	}
	known.ownLine = known.ownLine || entry.OwnLine
	maps.Copy(known.slots, slots) // many slots of an account come in several proofs
	return nil
}

// checkLinks checks that a block whose successor is there too is its parent.
func (v *verifier) checkLinks() error {
	for height, header := range v.headers {
		if parent, known := v.hashes[height-1]; known && height > 0 && header.ParentHash != parent {
			return fmt.Errorf("%w: block %d follows %s, but block %d is %s", ErrProof, height, header.ParentHash, height-1, parent)
		}
	}
	return nil
}

func (v *verifier) checkTrusted(trusted map[uint64]common.Hash) error {
	if trusted == nil {
		return nil
	}
	for _, height := range slices.Sorted(maps.Keys(v.hashes)) {
		want, known := trusted[height]
		if !known {
			return fmt.Errorf("%w: there is no trusted hash of block %d", ErrProof, height)
		}
		if v.hashes[height] != want {
			return fmt.Errorf("%w: block %d is %s in the export, but the trusted hash is %s", ErrProof, height, v.hashes[height], want)
		}
	}
	return nil
}

func (v *verifier) readLedger(r io.Reader) (lines int, err error) {
	reader := csv.NewReader(r)
	reader.FieldsPerRecord = len(columns)
	header, err := reader.Read()
	if err != nil || !isHeaderLine(header) {
		return 0, fmt.Errorf("%w: ledger: the first line is not the header of an export", ErrProof)
	}
	for {
		line, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return 0, fmt.Errorf("%w: ledger: %w", ErrProof, err)
		}
		lines++
		if err := v.checkLine(line); err != nil {
			number, _ := reader.FieldPos(0)
			return 0, fmt.Errorf("%w: ledger, line %d: %w", ErrProof, number, err)
		}
	}
}

// checkLine writes the line anew from what is proven and compares.
func (v *verifier) checkLine(line []string) error {
	height, err := strconv.ParseUint(line[heightColumn], 10, 64)
	if err != nil || !common.IsHexAddress(line[accountColumn]) {
		return fmt.Errorf("%q at %q is no account at a height", line[accountColumn], line[heightColumn])
	}
	address := common.HexToAddress(line[accountColumn])
	proven := v.accounts[accountAt{height, address}]
	if proven == nil {
		return fmt.Errorf("there is no proof of %s at height %d", address, height)
	}
	block, root := &BlockProof{Height: height, Hash: v.hashes[height]}, v.headers[height].Root
	var want []string
	if line[slotColumn] == "" {
		want = accountLine(block, root, &Account{address, line[labelColumn]}, proven.state)
	} else {
		slot, err := parseSlot(line[slotColumn])
		if err != nil {
			return err
		}
		value, known := proven.slots[slot]
		if !known {
			return fmt.Errorf("there is no proof of slot %s of %s at height %d", slot, address, height)
		}
		want = slotLine(block, root, &Slot{address, slot, line[labelColumn]}, proven.state, value)
	}
	if name := firstDifference(line, want); name != "" {
		i := slices.Index(columns, name)
		return fmt.Errorf("%s is %q, but %q is proven", name, line[i], want[i])
	}
	if proven.lines[line[slotColumn]] {
		return fmt.Errorf("%s at height %d comes twice", address, height)
	}
	proven.lines[line[slotColumn]] = true
	return nil
}

// checkLeftOver finds proofs that no line of the ledger uses.
func (v *verifier) checkLeftOver() error {
	for key, proven := range v.accounts {
		if proven.ownLine && !proven.lines[""] {
			return fmt.Errorf("%w: ledger: it has no line of %s at height %d, which was exported", ErrProof, key.address, key.height)
		}
		for slot := range proven.slots {
			if !proven.lines[slot.Hex()] {
				return fmt.Errorf("%w: ledger: it has no line of slot %s of %s at height %d, which was exported", ErrProof, slot, key.address, key.height)
			}
		}
	}
	return nil
}

func (v *verifier) result(lines int, trusted bool) *Verified {
	accounts := make(map[common.Address]bool)
	for key := range v.accounts {
		accounts[key.address] = true
	}
	result := &Verified{Accounts: len(accounts), Lines: lines, Trusted: trusted}
	for _, height := range slices.Sorted(maps.Keys(v.hashes)) {
		result.Blocks = append(result.Blocks, Block{height, v.hashes[height]})
	}
	return result
}

// ParseHashes reads trusted block hashes: a CSV of height and hash. A first line that begins with "height" is a header;
// lines that begin with # are skipped.
func ParseHashes(r io.Reader) (map[uint64]common.Hash, error) {
	trusted := make(map[uint64]common.Hash)
	err := eachLine(r, 2, []string{"height"}, func(columns []string) error {
		if len(columns) != 2 {
			return errors.New("expected height,hash")
		}
		height, err := strconv.ParseUint(columns[0], 10, 64)
		if err != nil {
			return fmt.Errorf("height %q is no whole number", columns[0])
		}
		var hash common.Hash
		if err := hash.UnmarshalText([]byte(columns[1])); err != nil {
			return fmt.Errorf("hash %q: expected 0x and 64 hexadecimal digits", columns[1])
		}
		if _, twice := trusted[height]; twice {
			return fmt.Errorf("block %d comes twice", height)
		}
		trusted[height] = hash
		return nil
	})
	return trusted, err
}

// ReadHashes reads a file of trusted block hashes; see ParseHashes.
func ReadHashes(path string) (map[uint64]common.Hash, error) { return readList(path, ParseHashes) }
