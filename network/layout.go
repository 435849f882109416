package network

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
)

// Names of the files beside the homes of a created network.
const (
	LayoutFile     = "network.json"
	InvitationFile = "invitation.json"
)

// ErrLayout is wrapped by every error about the content of a network's description.
var ErrLayout = errors.New("invalid network description")

// Layout describes the nodes of a created network. It is kept in network.json; paths follow from where that lies, so
// the directory may be moved.
type Layout struct {
	Dir           string `json:"-"`
	ChainName     string `json:"chainName"` // CometBFT's chain id
	ChainID       uint64 `json:"chainId"`   // EVM chain id
	GenesisSHA256 string `json:"genesisSha256"`

	BlockInterval Duration `json:"blockInterval,omitempty"` // which the nodes are to keep
	Nodes         []Node   `json:"nodes"`
}

// Node is one validator of a created network: who it is and where it listens.
type Node struct {
	Name             string           `json:"name"` // of its home inside the network's directory
	NodeID           string           `json:"nodeId"`
	ConsensusAddress ConsensusAddress `json:"consensusAddress"`
	Operator         common.Address   `json:"operator"`
	P2PAddress       string           `json:"p2pAddress"`      // for others: id@host:port
	P2PListen        string           `json:"p2pListen"`       // tcp://host:port
	CometRPCListen   string           `json:"cometRpcListen"`  // tcp://host:port
	EthRPCListen     string           `json:"ethRpcListen"`    // host:port
	PersistentPeers  []string         `json:"persistentPeers"` // every other node's P2PAddress
}

// Home is the directory of node i.
func (l *Layout) Home(i int) Home { return Home(filepath.Join(l.Dir, l.Nodes[i].Name)) }

// Invitation is the path of the invitation for further nodes.
func (l *Layout) Invitation() string { return filepath.Join(l.Dir, InvitationFile) }

// ReadLayout reads the description of the network in dir.
func ReadLayout(dir string) (*Layout, error) {
	path := filepath.Join(dir, LayoutFile)
	content, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("no network in %s; create one with `cybermiles network create --out %s`: %w", dir, dir, err)
		}
		return nil, err
	}
	layout, err := decodeLayout(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	layout.Dir = dir
	return layout, nil
}

func decodeLayout(content []byte) (*Layout, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	layout := new(Layout)
	if err := decoder.Decode(layout); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLayout, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: something follows the description", ErrLayout)
	}
	if len(layout.Nodes) == 0 {
		return nil, fmt.Errorf("%w: it has no nodes", ErrLayout)
	}
	for i, node := range layout.Nodes {
		if node.Name == "" || !filepath.IsLocal(node.Name) {
			return nil, fmt.Errorf("%w: node %d: name %q is not a folder beside %s", ErrLayout, i, node.Name, LayoutFile)
		}
		for _, peer := range append(node.PersistentPeers, node.P2PAddress) {
			if err := checkPeer(peer); err != nil {
				return nil, fmt.Errorf("%w: %s: %w", ErrLayout, node.Name, err)
			}
		}
	}
	return layout, nil
}

// connect makes every node a persistent peer of every other.
func (l *Layout) connect() {
	for i := range l.Nodes {
		l.Nodes[i].PersistentPeers = []string{}
		for j, other := range l.Nodes {
			if i != j {
				l.Nodes[i].PersistentPeers = append(l.Nodes[i].PersistentPeers, other.P2PAddress)
			}
		}
	}
}

// save writes the invitation and, last of all, the description: a directory with one is complete.
func (l *Layout) save(doc *cmttypes.GenesisDoc) error {
	var err error
	if l.GenesisSHA256, err = Digest(doc); err != nil {
		return err
	}
	invitation := Invitation{GenesisSHA256: l.GenesisSHA256, Genesis: doc}
	for _, node := range l.Nodes {
		invitation.Peers = append(invitation.Peers, node.P2PAddress)
	}
	if err := invitation.Save(l.Invitation()); err != nil {
		return err
	}
	content, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(l.Dir, LayoutFile), append(content, '\n'), 0o644)
}
