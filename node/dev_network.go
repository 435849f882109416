package node

import (
	"errors"
	"fmt"
	"os"

	"github.com/cybermiles/cybermiles/network"
)

// DevNetworkOptions are what can be chosen when a development network is made.
type DevNetworkOptions struct {
	DevOptions
	Validators int
	Ports      network.Ports // of the first node; the zero value means network.DefaultPorts
}

// PrepareDevNetwork makes a development chain of several validators in dir,
// unless it is there already.
func PrepareDevNetwork(dir string, options DevNetworkOptions) (layout *network.Layout, created bool, err error) {
	if options.Reset {
		if err := resetDevNetwork(dir); err != nil {
			return nil, false, err
		}
	}
	layout, err = network.ReadLayout(dir)
	if err == nil {
		return layout, false, checkDevNetwork(layout, options)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, false, err
	}
	genesis, err := devGenesis(options.DevOptions)
	if err != nil {
		return nil, false, err
	}
	layout, err = CreateNetwork(network.CreateOptions{
		Dir: dir, Validators: options.Validators, ChainName: DevChainName, Genesis: genesis, Ports: options.Ports,
	})
	return layout, err == nil, err
}

// checkDevNetwork refuses choices that differ from those the network was made
// with.
func checkDevNetwork(layout *network.Layout, options DevNetworkOptions) error {
	if len(layout.Nodes) != options.Validators {
		return fmt.Errorf("the network in %s has %d validators, not %d; --reset makes a new one", layout.Dir, len(layout.Nodes), options.Validators)
	}
	return checkDev(layout.Home(0), options.DevOptions)
}

// resetDevNetwork forgets a development network, and nothing else.
func resetDevNetwork(dir string) error {
	layout, err := network.ReadLayout(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if layout.ChainName != DevChainName {
		return fmt.Errorf("%s %w (its chain is %s); choose another --home", dir, errNotDev, layout.ChainName)
	}
	return os.RemoveAll(dir)
}
