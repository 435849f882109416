package node

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/network"
)

// DevChainName is the name of a development chain among consensus nodes.
const DevChainName = "cybermiles-dev"

// DevOptions are what can be chosen when a development chain is made. They are
// fixed then: another choice needs Reset.
type DevOptions struct {
	ChainID  uint64 // EVM chain id; 0 is network.DevChainID
	Snapshot string // path of a holders' list whose accounts are funded too
	Alloc    string // path of a JSON file with further genesis accounts
	Reset    bool   // forget the chain that is there
}

// PrepareDev makes the home of a development chain, unless it is there already.
func PrepareDev(home network.Home, options DevOptions) (created bool, err error) {
	if options.Reset {
		if err := resetDev(home); err != nil {
			return false, err
		}
	}
	if _, err := os.Stat(home.Genesis()); err == nil {
		return false, checkDev(home, options)
	}
	genesis, err := devGenesis(options)
	if err != nil {
		return false, err
	}
	accounts, err := network.DevAccounts(1)
	if err != nil {
		return false, err
	}
	if err := os.MkdirAll(string(home), 0o755); err != nil {
		return false, err
	}
	_, err = network.InitValidator(home, genesis, accounts[0].Address, DevChainName)
	return err == nil, err
}

func devGenesis(options DevOptions) (*network.Genesis, error) {
	var extra types.GenesisAlloc
	if options.Alloc != "" {
		var err error
		if extra, err = network.ReadAlloc(options.Alloc); err != nil {
			return nil, err
		}
	}
	return network.DevGenesis(network.DevOptions{ChainID: options.ChainID, Snapshot: options.Snapshot, Extra: extra})
}

// errNotDev refuses to treat another chain as a development chain.
var errNotDev = errors.New("is not a development chain's home")

// checkDev refuses choices that differ from those the chain was made with.
func checkDev(home network.Home, options DevOptions) error {
	document, genesis, err := network.Load(home.Genesis())
	if err != nil {
		return err
	}
	if document.ChainID != DevChainName {
		return fmt.Errorf("%s %w (its chain is %s); choose another --home, or run it with `cybermiles start`", home, errNotDev, document.ChainID)
	}
	if options.ChainID != 0 && options.ChainID != genesis.ChainID {
		return fmt.Errorf("the chain in %s has id %d; --reset makes a new one with %d", home, genesis.ChainID, options.ChainID)
	}
	if options.Snapshot != "" || options.Alloc != "" {
		wanted, err := devGenesis(options)
		if err != nil {
			return err
		}
		if len(wanted.Alloc) != len(genesis.Alloc) {
			return fmt.Errorf("the chain in %s began with %d accounts, not %d; --reset makes a new one", home, len(genesis.Alloc), len(wanted.Alloc))
		}
	}
	return nil
}

// resetDev forgets a development chain. It touches nothing else in the home.
func resetDev(home network.Home) error {
	if _, err := os.Stat(home.Genesis()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := checkDev(home, DevOptions{}); errors.Is(err, errNotDev) {
		return err
	}
	if err := requireStopped(home); err != nil {
		return err
	}
	var errs []error
	for _, path := range []string{home.Data(), filepath.Dir(home.NodeKey()), home.Genesis()} {
		errs = append(errs, os.RemoveAll(path))
	}
	return errors.Join(errs...)
}

// requireStopped is an ErrRunning when a node has the home's ledger open. Other
// faults of the ledger are no reason not to forget it.
func requireStopped(home network.Home) error {
	ledger, err := OpenLedger(Settings{Home: home, Chain: chain.Options{Dir: home.Data()}, Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		return ledger.Chain.Close()
	}
	if errors.Is(err, ErrRunning) {
		return fmt.Errorf("reset %s: %w", home, err)
	}
	return nil
}
