package network

import (
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
)

const (
	// MaxValidators is how many validators Create makes at most.
	MaxValidators = 100

	// portStep lies between the ports of two nodes on one host.
	portStep = 10

	loopback = "127.0.0.1"
)

// ErrOptions is wrapped when a network cannot be created as asked.
var ErrOptions = errors.New("invalid network options")

// Ports are those of a host's first node; each further node on that host adds 10.
type Ports struct {
	P2P      int // CometBFT's peers
	CometRPC int // CometBFT's own RPC
	EthRPC   int // Ethereum JSON-RPC
}

// DefaultPorts are the customary ones.
var DefaultPorts = Ports{P2P: 26656, CometRPC: 26657, EthRPC: 8545}

// CreateOptions describe a network to create.
type CreateOptions struct {
	Dir        string   // must be empty or not exist
	Validators int      // 1 to MaxValidators
	ChainName  string   // CometBFT's chain id
	Genesis    *Genesis // parameters and accounts; operators are added to a copy

	// Operators are the validators' accounts, one each. When there are none, each node gets a new key.
	Operators []common.Address
	// OperatorBalanceWei is added to each operator's balance; nil means nothing.
	OperatorBalanceWei *big.Int

	// Founders are the validators, one each, when their accounts and stakes are not alike: Operators stays empty then, and
	// the keys are made here.
	Founders []Validator

	GenesisTime time.Time // the zero time means now
	Ports       Ports     // the zero value means DefaultPorts
	Hosts       []string  // name or IP address of each node's machine; none means all on this one
}

// Create writes the homes of a new network's validators, its description (network.json) and an invitation for
// further nodes (invitation.json). It refuses a directory that holds anything, and empties it again on failure.
func Create(opts CreateOptions) (_ *Layout, err error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	if err := requireEmpty(opts.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeContent(opts.Dir))
		}
	}()
	layout := &Layout{
		Dir: opts.Dir, ChainName: opts.ChainName, ChainID: opts.Genesis.ChainID, BlockInterval: opts.Genesis.BlockInterval,
	}
	secrets, members, err := opts.members()
	if err != nil {
		return nil, err
	}
	for i, m := range members {
		layout.Nodes = append(layout.Nodes, opts.node(i, m))
	}
	layout.connect()
	g, err := opts.Genesis.funded(members, opts.OperatorBalanceWei)
	if err != nil {
		return nil, err
	}
	doc, err := validatorsDocument(g, members, opts.GenesisTime, opts.ChainName)
	if err != nil {
		return nil, err
	}
	for i, k := range secrets {
		if err := layout.Home(i).writeKeys(k); err != nil {
			return nil, err
		}
		if err := Save(doc, layout.Home(i).Genesis()); err != nil {
			return nil, err
		}
	}
	return layout, layout.save(doc)
}

// members makes the validators' keys.
func (o *CreateOptions) members() ([]*keys, []member, error) {
	secrets, members := make([]*keys, o.Validators), make([]member, o.Validators)
	for i := range members {
		k := newKeys()
		secrets[i], members[i] = k, member{name: nodeName(i), home: nodeName(i), identity: k.identity()}
		if len(o.Founders) > 0 {
			founder := o.Founders[i].member()
			founder.home, founder.identity = nodeName(i), k.identity()
			members[i] = founder
			continue
		}
		if len(o.Operators) > 0 {
			members[i].operator = o.Operators[i]
			continue
		}
		var err error
		if k.operator, members[i].operator, err = newOperator(); err != nil {
			return nil, nil, err
		}
	}
	return secrets, members, nil
}

// complete checks the options and fills in the defaults.
func (o *CreateOptions) complete() error {
	if o.Ports == (Ports{}) {
		o.Ports = DefaultPorts
	}
	if o.GenesisTime.IsZero() {
		o.GenesisTime = time.Now()
	}
	switch {
	case o.Dir == "":
		return fmt.Errorf("%w: no directory given", ErrOptions)
	case o.Validators < 1 || o.Validators > MaxValidators:
		return fmt.Errorf("%w: %d validators; from 1 to %d are possible", ErrOptions, o.Validators, MaxValidators)
	case o.ChainName == "" || len(o.ChainName) > cmttypes.MaxChainIDLen:
		return fmt.Errorf("%w: chain name %q; from 1 to %d characters are possible", ErrOptions, o.ChainName, cmttypes.MaxChainIDLen)
	case o.Genesis == nil:
		return fmt.Errorf("%w: no genesis given", ErrOptions)
	case len(o.Operators) != 0 && len(o.Operators) != o.Validators:
		return fmt.Errorf("%w: %d operators for %d validators; give each one, or none to have keys made", ErrOptions, len(o.Operators), o.Validators)
	case len(o.Founders) != 0 && (len(o.Founders) != o.Validators || len(o.Operators) != 0):
		return fmt.Errorf("%w: %d founders for %d validators; give each one, and no operators besides", ErrOptions, len(o.Founders), o.Validators)
	case len(o.Hosts) != 0 && len(o.Hosts) != o.Validators:
		return fmt.Errorf("%w: %d hosts for %d validators; give each one, or none for this machine", ErrOptions, len(o.Hosts), o.Validators)
	}
	for _, founder := range o.Founders {
		if founder.Key != [32]byte{} {
			return fmt.Errorf("%w: validator %s has a key already; keys are made here", ErrOptions, founder.Name)
		}
	}
	funded := o.OperatorBalanceWei != nil && o.OperatorBalanceWei.Sign() > 0
	if !funded && o.Genesis.BaseFeeFloorWei > 0 && o.Genesis.TotalWei().Sign() == 0 {
		return fmt.Errorf("%w: no account holds any coin, so nobody could ever pay for gas; fund accounts or the operators", ErrOptions)
	}
	if err := o.checkPorts(); err != nil {
		return err
	}
	return o.Genesis.Validate()
}

// checkPorts refuses ports that do not exist and nodes that would take each other's.
func (o *CreateOptions) checkPorts() error {
	taken := make(map[string]bool)
	for i := range o.Validators {
		host, ports := o.place(i)
		for _, port := range []int{ports.P2P, ports.CometRPC, ports.EthRPC} {
			address := net.JoinHostPort(host, strconv.Itoa(port))
			if port < 1 || port > 65535 {
				return fmt.Errorf("%w: %s would get port %d; choose base ports so that all lie within 1 and 65535", ErrOptions, nodeName(i), port)
			}
			if taken[address] {
				return fmt.Errorf("%w: two services would get %s; choose base ports further apart", ErrOptions, address)
			}
			taken[address] = true
		}
	}
	return nil
}

// place tells where node i runs.
func (o *CreateOptions) place(i int) (host string, ports Ports) {
	if len(o.Hosts) == 0 {
		step := i * portStep
		return loopback, Ports{o.Ports.P2P + step, o.Ports.CometRPC + step, o.Ports.EthRPC + step}
	}
	step := 0
	for _, earlier := range o.Hosts[:i] {
		if earlier == o.Hosts[i] {
			step += portStep
		}
	}
	return o.Hosts[i], Ports{o.Ports.P2P + step, o.Ports.CometRPC + step, o.Ports.EthRPC + step}
}

// node describes node i. Only the peers' port is opened to other machines.
func (o *CreateOptions) node(i int, m member) Node {
	host, ports := o.place(i)
	listen := host
	if host != loopback {
		listen = "0.0.0.0"
	}
	return Node{
		Name:             m.home,
		NodeID:           string(m.identity.NodeID),
		ConsensusAddress: m.identity.ConsensusAddress(),
		Operator:         m.operator,
		P2PAddress:       fmt.Sprintf("%s@%s", m.identity.NodeID, net.JoinHostPort(host, strconv.Itoa(ports.P2P))),
		P2PListen:        "tcp://" + net.JoinHostPort(listen, strconv.Itoa(ports.P2P)),
		CometRPCListen:   "tcp://" + net.JoinHostPort(loopback, strconv.Itoa(ports.CometRPC)),
		EthRPCListen:     net.JoinHostPort(loopback, strconv.Itoa(ports.EthRPC)),
	}
}

func nodeName(i int) string { return "node" + strconv.Itoa(i) }

// requireEmpty makes a directory unless it is there, and refuses one that holds anything.
func requireEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s %w and is not empty (it holds %s); choose another directory", dir, ErrExists, entries[0].Name())
	}
	return nil
}

func removeContent(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, entry.Name())))
	}
	return err
}
