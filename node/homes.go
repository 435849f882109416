package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/cybermiles/cybermiles/network"
)

// InitialConfig is the configuration of a home that is being made: defaults
// and what flags say, which may be nil.
func InitialConfig(home string, flags *pflag.FlagSet) (Config, error) {
	c := DefaultConfig()
	c.Home = home
	if err := c.loadFlags(flags); err != nil {
		return Config{}, err
	}
	return c, c.validate()
}

// CreateNetwork creates the homes of a network's validators and gives each a
// configuration with its addresses and peers.
func CreateNetwork(options network.CreateOptions) (*network.Layout, error) {
	layout, err := network.Create(options)
	if err != nil {
		return nil, err
	}
	for i := range layout.Nodes {
		config := layoutConfig(layout, i)
		if err := config.WriteConfig(filepath.Join(config.Home, ConfigFile)); err != nil {
			return nil, err
		}
	}
	return layout, nil
}

// layoutConfig is the configuration of a created network's node.
func layoutConfig(layout *network.Layout, i int) Config {
	placed, config := layout.Nodes[i], DefaultConfig()
	config.Home = string(layout.Home(i))
	config.Node.Moniker = placed.Name
	config.RPC.HTTPAddr = placed.EthRPCListen
	config.P2P.Listen = placed.P2PListen
	config.befriend(placed.PersistentPeers)
	config.Consensus.CometRPC = placed.CometRPCListen
	if interval := time.Duration(layout.BlockInterval); interval > 0 {
		config.Consensus.BlockInterval = interval
		config.Consensus.IdleInterval = max(config.Consensus.IdleInterval, interval)
	}
	// Peers are told where to connect to when that is not where it listens.
	_, address, _ := strings.Cut(placed.P2PAddress, "@")
	if placed.P2PListen != "tcp://"+address {
		config.P2P.ExternalAddress = address
	}
	return config
}

// Found makes the configuration's home the only validator of a new chain.
func Found(config *Config, options network.FoundOptions) (founding *network.Founding, err error) {
	err = config.makeHome(func(home network.Home) (err error) {
		founding, err = network.Found(home, options)
		return err
	})
	return founding, err
}

// Adopt makes the configuration's home that of a node of the chain whose
// genesis file lies at a path.
func Adopt(config *Config, genesisPath string) (identity network.Identity, err error) {
	err = config.makeHome(func(home network.Home) (err error) {
		identity, _, err = network.Adopt(genesisPath, home)
		return err
	})
	return identity, err
}

// Join makes the configuration's home that of a node that follows the chain of
// an invitation. The inviting nodes become its peers, unless the configuration
// names others.
func Join(config *Config, invitation *network.Invitation) (identity network.Identity, err error) {
	if len(config.P2P.PersistentPeers) == 0 {
		config.befriend(invitation.Peers)
	}
	err = config.makeHome(func(home network.Home) (err error) {
		identity, err = invitation.Accept(home)
		return err
	})
	return identity, err
}

// makeHome makes a home and its configuration file, which must not be there.
func (c *Config) makeHome(make func(network.Home) error) error {
	path := filepath.Join(c.Home, ConfigFile)
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s %w; choose another home or remove it yourself", path, network.ErrExists)
	}
	if err := make(network.Home(c.Home)); err != nil {
		return err
	}
	return c.WriteConfig(path)
}

// befriend makes peers persistent. When one has an address of a private
// network, all such addresses are kept.
func (c *Config) befriend(peers []string) {
	c.P2P.PersistentPeers = peers
	for _, peer := range peers {
		_, address, _ := strings.Cut(peer, "@")
		host, _, _ := net.SplitHostPort(address)
		if ip := net.ParseIP(host); ip != nil && (ip.IsLoopback() || ip.IsPrivate()) || host == "localhost" {
			c.P2P.RoutableOnly = false
		}
	}
}

const (
	// maxInvitationBytes bounds an invitation: 64 MiB hold some 400,000 genesis
	// accounts.
	maxInvitationBytes = 64 << 20

	// fetchTimeout bounds how long it may take to arrive.
	fetchTimeout = time.Minute
)

// Invitation reads an invitation from a file or an http or https address.
func Invitation(ctx context.Context, source string) (*network.Invitation, error) {
	if !strings.HasPrefix(source, "http://") && !strings.HasPrefix(source, "https://") {
		return network.ReadInvitation(source)
	}
	content, err := fetch(ctx, source)
	if err != nil {
		return nil, fmt.Errorf("fetch the invitation: %w", err)
	}
	invitation, err := network.ParseInvitation(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return invitation, nil
}

func fetch(ctx context.Context, url string) (_ []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, response.Status)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxInvitationBytes+1))
	if err == nil && len(content) > maxInvitationBytes {
		err = fmt.Errorf("%s sends more than %d bytes", url, maxInvitationBytes)
	}
	return content, err
}
