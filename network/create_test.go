package network

import (
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"
)

func fourValidators(t testing.TB) CreateOptions {
	return CreateOptions{
		Dir:                filepath.Join(t.TempDir(), "net"),
		Validators:         4,
		ChainName:          "test-4",
		Genesis:            New("test", TestChainID),
		OperatorBalanceWei: DevBalanceWei,
	}
}

func TestCreateWritesAWholeNetwork(t *testing.T) {
	opts := fourValidators(t)
	created, err := Create(opts)
	require.NoError(t, err)
	layout, err := ReadLayout(opts.Dir)
	require.NoError(t, err)
	require.Equal(t, created, layout)
	require.Len(t, layout.Nodes, 4)

	var genesis []byte
	for i, node := range layout.Nodes {
		home := layout.Home(i)
		key, err := p2p.LoadNodeKey(home.NodeKey())
		require.NoError(t, err)
		require.EqualValues(t, node.NodeID, key.ID())
		validator := privval.LoadFilePV(home.ValidatorKey(), home.ValidatorState())
		require.Equal(t, node.ConsensusAddress, ConsensusAddress(validator.GetAddress()))
		require.Zero(t, validator.LastSignState.Height)
		operator, err := crypto.LoadECDSA(home.OperatorKey())
		require.NoError(t, err)
		require.Equal(t, node.Operator, crypto.PubkeyToAddress(operator.PublicKey))
		for _, path := range []string{home.NodeKey(), home.ValidatorKey(), home.OperatorKey(), home.ValidatorState()} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
		}

		content, err := os.ReadFile(home.Genesis())
		require.NoError(t, err)
		if i == 0 {
			genesis = content
		}
		require.Equal(t, genesis, content, "all nodes have the same file")
		doc, g, err := Load(home.Genesis())
		require.NoError(t, err)
		require.Len(t, doc.Validators, 4)
		require.EqualValues(t, node.ConsensusAddress[:], doc.Validators[i].Address)
		require.Equal(t, node.Operator, g.Operators[node.ConsensusAddress])
		require.Equal(t, DevBalanceWei, g.Alloc[node.Operator].Balance)

		require.Len(t, node.PersistentPeers, 3)
		require.NotContains(t, node.PersistentPeers, node.P2PAddress)
	}
	require.Equal(t, "tcp://127.0.0.1:26686", layout.Nodes[3].P2PListen)
	require.Equal(t, "tcp://127.0.0.1:26687", layout.Nodes[3].CometRPCListen)
	require.Equal(t, "127.0.0.1:8575", layout.Nodes[3].EthRPCListen)
	require.Empty(t, opts.Genesis.Operators, "the caller's genesis is left alone")
	require.Len(t, opts.Genesis.Alloc, 8)
}

func TestCreateNeverOverwrites(t *testing.T) {
	opts := fourValidators(t)
	_, err := Create(opts)
	require.NoError(t, err)
	before, err := os.ReadFile(Home(filepath.Join(opts.Dir, "node0")).ValidatorKey())
	require.NoError(t, err)
	_, err = Create(opts)
	require.ErrorIs(t, err, ErrExists)
	after, err := os.ReadFile(Home(filepath.Join(opts.Dir, "node0")).ValidatorKey())
	require.NoError(t, err)
	require.Equal(t, before, after)

	home := Home(filepath.Join(opts.Dir, "node0"))
	_, err = home.CreateKeys()
	require.ErrorIs(t, err, ErrExists)
	_, err = InitValidator(home, New("x", 5), caller, "x")
	require.ErrorIs(t, err, ErrExists)
	_, _, err = Join(filepath.Join(opts.Dir, InvitationFile), home)
	require.ErrorIs(t, err, ErrExists)
}

func TestCreateLeavesNothingWhenItFails(t *testing.T) {
	opts := fourValidators(t)
	opts.Operators = make([]common.Address, 4) // the zero address cannot be an operator
	_, err := Create(opts)
	require.ErrorIs(t, err, ErrGenesis)
	entries, err := os.ReadDir(opts.Dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestCreateOnSeveralMachines(t *testing.T) {
	opts := fourValidators(t)
	opts.Hosts = []string{"a.example", "b.example", "a.example", "fd00::1"}
	opts.Operators = []common.Address{{1}, {2}, {3}, {4}}
	layout, err := Create(opts)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(layout.Nodes[1].P2PAddress, "@b.example:26656"))
	require.True(t, strings.HasSuffix(layout.Nodes[2].P2PAddress, "@a.example:26666"))
	require.True(t, strings.HasSuffix(layout.Nodes[3].P2PAddress, "@[fd00::1]:26656"))
	require.Equal(t, "tcp://0.0.0.0:26656", layout.Nodes[1].P2PListen)
	require.Equal(t, "127.0.0.1:8545", layout.Nodes[1].EthRPCListen)
	require.Equal(t, common.Address{2}, layout.Nodes[1].Operator)
	require.NoFileExists(t, layout.Home(1).OperatorKey())
}

func TestCreateRefusesOptions(t *testing.T) {
	for want, spoil := range map[string]func(*CreateOptions){
		"no directory":           func(o *CreateOptions) { o.Dir = "" },
		"0 validators":           func(o *CreateOptions) { o.Validators = 0 },
		"101 validators":         func(o *CreateOptions) { o.Validators = 101 },
		"chain name \"\"":        func(o *CreateOptions) { o.ChainName = "" },
		"no genesis":             func(o *CreateOptions) { o.Genesis = nil },
		"1 operators for 4":      func(o *CreateOptions) { o.Operators = make([]common.Address, 1) },
		"1 hosts for 4":          func(o *CreateOptions) { o.Hosts = make([]string, 1) },
		"no account holds":       func(o *CreateOptions) { o.OperatorBalanceWei = nil },
		"node3 would get port":   func(o *CreateOptions) { o.Ports = Ports{65506, 1000, 2000} },
		"would get port 0":       func(o *CreateOptions) { o.Ports = Ports{P2P: 1000, EthRPC: 2000} },
		"two services would get": func(o *CreateOptions) { o.Ports = Ports{1000, 1010, 2000} },
		"chainId is 0":           func(o *CreateOptions) { o.Genesis.ChainID = 0 },
		"balance -1 is negative": func(o *CreateOptions) { o.Genesis.Alloc[caller] = types.Account{Balance: big.NewInt(-1)} },
	} {
		opts := fourValidators(t)
		spoil(&opts)
		_, err := Create(opts)
		require.ErrorContains(t, err, want)
		if opts.Dir != "" {
			require.NoDirExists(t, opts.Dir, "options are checked before anything is written")
		}
	}
}

func TestInitValidator(t *testing.T) {
	g, err := DevGenesis(DevOptions{})
	require.NoError(t, err)
	home := Home(filepath.Join(t.TempDir(), "dev"))
	_, err = InitValidator(home, g, caller, strings.Repeat("x", 51))
	require.ErrorIs(t, err, ErrGenesis)
	require.NoDirExists(t, string(home))

	doc, err := InitValidator(home, g, caller, "dev")
	require.NoError(t, err)
	loadedDoc, loaded, err := Load(home.Genesis())
	require.NoError(t, err)
	require.Equal(t, doc.ValidatorHash(), loadedDoc.ValidatorHash())
	require.WithinDuration(t, time.Now(), doc.GenesisTime, time.Minute)
	validator := privval.LoadFilePV(home.ValidatorKey(), home.ValidatorState())
	require.Equal(t, caller, loaded.Operators[ConsensusAddress(validator.GetAddress())])
}

func TestJoin(t *testing.T) {
	opts := fourValidators(t)
	layout, err := Create(opts)
	require.NoError(t, err)
	home := Home(filepath.Join(t.TempDir(), "follower"))
	id, invitation, err := Join(filepath.Join(opts.Dir, InvitationFile), home)
	require.NoError(t, err)
	require.Len(t, invitation.Peers, 4)
	key, err := p2p.LoadNodeKey(home.NodeKey())
	require.NoError(t, err)
	require.Equal(t, id.NodeID, key.ID())
	want, err := os.ReadFile(layout.Home(0).Genesis())
	require.NoError(t, err)
	got, err := os.ReadFile(home.Genesis())
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestJoinRefusesASpoiledInvitation(t *testing.T) {
	opts := fourValidators(t)
	_, err := Create(opts)
	require.NoError(t, err)
	content, err := os.ReadFile(filepath.Join(opts.Dir, InvitationFile))
	require.NoError(t, err)
	digest := func(v *Invitation) { // as a forger would
		v.GenesisSHA256, _ = Digest(v.Genesis)
	}
	for want, spoil := range map[string]func(*Invitation){
		"genesis is missing":     func(v *Invitation) { v.Genesis = nil },
		"names no peer":          func(v *Invitation) { v.Peers = nil },
		"ask for the invitation": func(v *Invitation) { v.Genesis.ChainID = "other" },
		"expected id@host:port":  func(v *Invitation) { v.Peers[0] = "127.0.0.1:26656" },
		"is no port":             func(v *Invitation) { v.Peers[3] = strings.Repeat("ab", 20) + "@host:0" },
		"host:port after the id": func(v *Invitation) { v.Peers[3] = strings.Repeat("ab", 20) + "@host" },
		"app_state is missing":   func(v *Invitation) { v.Genesis.AppState = nil; digest(v) },
		"pub_key is not":         func(v *Invitation) { v.Genesis.Validators[0].PubKey = nil; digest(v) },
	} {
		invitation := new(Invitation)
		require.NoError(t, cmtjson.Unmarshal(content, invitation))
		spoil(invitation)
		spoiled, err := cmtjson.Marshal(invitation)
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), InvitationFile)
		require.NoError(t, os.WriteFile(path, spoiled, 0o600))
		home := filepath.Join(t.TempDir(), "home")
		_, _, err = Join(path, Home(home))
		require.ErrorIs(t, err, ErrInvitation, want)
		require.ErrorContains(t, err, want)
		require.NoDirExists(t, home)
	}
}

func TestReadLayoutRefuses(t *testing.T) {
	dir := t.TempDir()
	_, err := ReadLayout(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "network create")
	for want, text := range map[string]string{
		"unknown field":         `{"chain":1}`,
		"no nodes":              `{}`,
		"not a folder":          `{"nodes":[{"name":"../../etc"}]}`,
		"expected id@host:port": `{"nodes":[{"name":"node0","p2pAddress":"x"}]}`,
		"something follows":     `{} {}`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, LayoutFile), []byte(text), 0o600))
		_, err := ReadLayout(dir)
		require.ErrorIs(t, err, ErrLayout, text)
		require.ErrorContains(t, err, want)
	}
}

func FuzzDecodeInvitation(f *testing.F) {
	opts := fourValidators(f)
	opts.Genesis.Alloc = nil // a short seed mutates faster
	_, err := Create(opts)
	require.NoError(f, err)
	content, err := os.ReadFile(filepath.Join(opts.Dir, InvitationFile))
	require.NoError(f, err)
	f.Add(content)
	f.Add([]byte(`{"genesis":{"validators":[{}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if invitation, err := ParseInvitation(data); err == nil {
			require.NotEmpty(t, invitation.Peers)
		}
	})
}

func FuzzDecodeLayout(f *testing.F) {
	f.Add([]byte(`{"nodes":[{"name":"node0","p2pAddress":"abababababababababababababababababababab@h:1"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if layout, err := decodeLayout(data); err == nil {
			require.True(t, filepath.IsLocal(layout.Nodes[0].Name))
		}
	})
}
