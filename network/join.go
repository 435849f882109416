package network

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	cmttypes "github.com/cometbft/cometbft/types"
)

// ErrInvitation is wrapped by every error about the content of an invitation.
var ErrInvitation = errors.New("invalid invitation")

// Invitation is what a new node needs in order to follow a chain. It holds no secret; whoever accepts it trusts its
// sender, or compares GenesisSHA256 with a source they trust.
type Invitation struct {
	GenesisSHA256 string               `json:"genesis_sha256"` // of genesis.json as every node of the network has it
	Peers         []string             `json:"peers"`          // id@host:port
	Genesis       *cmttypes.GenesisDoc `json:"genesis"`
}

// Save writes the invitation.
func (v *Invitation) Save(path string) error {
	content, err := cmtjson.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvitation, err)
	}
	return writeWhole(path, append(content, '\n'), 0o644)
}

// ReadInvitation reads and checks an invitation.
func ReadInvitation(path string) (*Invitation, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	invitation, err := ParseInvitation(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return invitation, nil
}

// ParseInvitation reads and checks the content of an invitation.
func ParseInvitation(content []byte) (*Invitation, error) {
	invitation := new(Invitation)
	if err := cmtjson.Unmarshal(content, invitation); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvitation, err)
	}
	if invitation.Genesis == nil {
		return nil, fmt.Errorf("%w: the genesis is missing", ErrInvitation)
	}
	if _, err := FromDocument(invitation.Genesis); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvitation, err)
	}
	digest, err := Digest(invitation.Genesis)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvitation, err)
	}
	if digest != invitation.GenesisSHA256 {
		return nil, fmt.Errorf("%w: the genesis has the digest %s, not %q as it says; ask for the invitation again",
			ErrInvitation, digest, invitation.GenesisSHA256)
	}
	if len(invitation.Peers) == 0 {
		return nil, fmt.Errorf("%w: it names no peer", ErrInvitation)
	}
	for _, peer := range invitation.Peers {
		if err := checkPeer(peer); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvitation, err)
		}
	}
	return invitation, nil
}

// Accept prepares home for a node that follows the invitation's chain: fresh keys and the chain's genesis. The node
// is to be started with the invitation's peers as its persistent peers.
func (v *Invitation) Accept(home Home) (Identity, error) {
	id, err := home.CreateKeys()
	if err != nil {
		return Identity{}, err
	}
	return id, Save(v.Genesis, home.Genesis())
}

// Join accepts the invitation in a file.
func Join(invitationPath string, home Home) (Identity, *Invitation, error) {
	invitation, err := ReadInvitation(invitationPath)
	if err != nil {
		return Identity{}, nil, err
	}
	id, err := invitation.Accept(home)
	return id, invitation, err
}

// Adopt prepares home for a node of the chain whose genesis file lies at a path: fresh keys and a copy of the genesis.
func Adopt(genesisPath string, home Home) (Identity, *cmttypes.GenesisDoc, error) {
	doc, _, err := Load(genesisPath)
	if err != nil {
		return Identity{}, nil, err
	}
	id, err := home.CreateKeys()
	if err != nil {
		return Identity{}, nil, err
	}
	return id, doc, Save(doc, home.Genesis())
}

// checkPeer accepts id@host:port, the host being a name or an IP address. It looks nothing up.
func checkPeer(peer string) error {
	id, address, found := strings.Cut(peer, "@")
	raw, err := hex.DecodeString(id)
	if !found || err != nil || len(raw) != p2p.IDByteLength {
		return fmt.Errorf("peer %q: expected id@host:port, the id of %d hexadecimal digits", peer, 2*p2p.IDByteLength)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return fmt.Errorf("peer %q: expected host:port after the id", peer)
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return fmt.Errorf("peer %q: %q is no port", peer, port)
	}
	return nil
}
