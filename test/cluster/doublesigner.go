package cluster

import (
	"bytes"
	"encoding/base64"
	"sync"
	"time"

	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/consensus"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/tmhash"
	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	cmtcons "github.com/cometbft/cometbft/proto/tendermint/consensus"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
)

// doubleSigner is a peer that holds a validator's key and votes, as soon as it
// hears of a round, for two blocks at once. It does not rely on the validator's
// own vote for the conflict: nodes do not pass on a vote that the other side says
// to have already.
type doubleSigner struct {
	p2p.BaseReactor
	chainID string
	key     crypto.PrivKey
	index   int32 // of the validator in the set
	peers   *p2p.Switch
	fail    func(...any)

	mu   sync.Mutex
	seen round
}

type round struct {
	height int64
	round  int32
}

// DoubleSign votes in the name of a validator, twice in each round, to every node
// of the cluster until the returned function is called.
func (c *Cluster) DoubleSign(validator *Node) (stop func()) {
	c.t.Helper()
	must := func(err error) {
		if err != nil {
			c.t.Helper()
			c.t.Fatal(err)
		}
	}
	key := privval.LoadFilePVEmptyState(validator.Home.ValidatorKey(), "").Key.PrivKey
	signer := &doubleSigner{chainID: chainName, key: key, index: c.indexOf(key.PubKey()), fail: c.t.Error}
	signer.BaseReactor = *p2p.NewBaseReactor("DoubleSigner", signer)

	self := p2p.NodeKey{PrivKey: ed25519.GenPrivKey()}
	info := p2p.DefaultNodeInfo{
		ProtocolVersion: p2p.NewProtocolVersion(version.P2PProtocol, version.BlockProtocol, 0),
		DefaultNodeID:   self.ID(), Network: chainName, Version: version.TMCoreSemVer, Moniker: "double-signer",
		ListenAddr: "127.0.0.1:1", // nobody connects to it
		Channels:   []byte{consensus.StateChannel, consensus.DataChannel, consensus.VoteChannel, consensus.VoteSetBitsChannel},
	}
	settings := config.TestP2PConfig()
	peers := p2p.NewSwitch(settings, p2p.NewMultiplexTransport(info, self, p2p.MConnConfig(settings)))
	peers.SetLogger(log.NewNopLogger())
	peers.SetNodeInfo(info)
	peers.SetNodeKey(&self)
	signer.peers = peers
	peers.AddReactor("DoubleSigner", signer)
	must(peers.Start())
	for _, n := range c.Nodes {
		identity, err := n.Home.Identity()
		must(err)
		address, err := p2p.NewNetAddressString(p2p.IDAddressString(identity.NodeID, n.P2P))
		must(err)
		must(peers.DialPeerWithAddress(address))
	}
	return func() { must(peers.Stop()) }
}

// indexOf is a validator's place in the set.
func (c *Cluster) indexOf(key crypto.PubKey) int32 {
	c.t.Helper()
	var set []struct{ PublicKey string }
	if err := c.Nodes[0].Call(&set, "cmt_validators"); err != nil {
		c.t.Fatal(err)
	}
	for i, v := range set {
		if v.PublicKey == base64.StdEncoding.EncodeToString(key.Bytes()) {
			return int32(i)
		}
	}
	c.t.Fatalf("%s is no validator's key", key.Address())
	return 0
}

// GetChannels are those of consensus.
func (s *doubleSigner) GetChannels() []*p2p.ChannelDescriptor {
	return new(consensus.Reactor).GetChannels()
}

// Receive votes when a peer enters a round that it is the first to enter.
func (s *doubleSigner) Receive(e p2p.Envelope) {
	step, ok := e.Message.(*cmtcons.NewRoundStep)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := round{step.Height, step.Round}
	if now.height < s.seen.height || now.height == s.seen.height && now.round <= s.seen.round {
		return
	}
	s.seen = now
	for _, block := range []byte{1, 2} {
		s.peers.Broadcast(p2p.Envelope{ChannelID: consensus.VoteChannel, Message: &cmtcons.Vote{Vote: s.vote(now, block)}})
	}
}

// vote is a signed vote for a block that nobody proposed.
func (s *doubleSigner) vote(at round, block byte) *cmtproto.Vote {
	hash := bytes.Repeat([]byte{block}, tmhash.Size)
	vote := &cmtproto.Vote{
		Type: cmtproto.PrevoteType, Height: at.height, Round: at.round,
		BlockID:   cmtproto.BlockID{Hash: hash, PartSetHeader: cmtproto.PartSetHeader{Total: 1, Hash: hash}},
		Timestamp: time.Now(), ValidatorAddress: s.key.PubKey().Address(), ValidatorIndex: s.index,
	}
	var err error
	if vote.Signature, err = s.key.Sign(types.VoteSignBytes(s.chainID, vote)); err != nil {
		s.fail(err)
	}
	return vote
}
