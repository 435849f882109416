package node

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"syscall"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/cybermiles/cybermiles/chain"
	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/devchain"
	"github.com/cybermiles/cybermiles/execution"
	"github.com/cybermiles/cybermiles/network"
)

// ErrRunning means that another process has a home's files open.
var ErrRunning = errors.New("a node runs in this home: stop it first")

// Ledger is a home's ledger without consensus: what a node is built on, and
// what the maintenance of a stopped node works with.
type Ledger struct {
	Chain     *chain.Chain
	Executor  *execution.Executor
	Contracts *contracts.Chain

	settings Settings
	genesis  *network.Genesis     // without its accounts
	document *cmttypes.GenesisDoc // its outline
}

// OpenLedger opens a home's ledger and brings it to the newest block that is on
// disk, executing again what a crash left without state. It is an ErrRunning
// when a node has it open.
func OpenLedger(settings Settings) (*Ledger, error) {
	document, genesis, err := network.Load(settings.Home.Genesis())
	if err != nil {
		return nil, err
	}
	if document, err = network.Outline(document); err != nil {
		return nil, err
	}
	protocol, err := contracts.New(genesis.Contracts, genesis.ChainConfig(), genesis.GasLimit)
	if err != nil {
		return nil, err
	}
	genesis.Alloc, err = protocol.Begin(document.GenesisTime, genesis.Alloc)
	if err != nil {
		return nil, err
	}
	l := &Ledger{Contracts: protocol, settings: settings, genesis: genesis, document: document}
	if l.Chain, err = chain.Open(settings.Chain, EthereumGenesis(genesis, document.GenesisTime)); err != nil {
		return nil, running(err)
	}
	genesis.Alloc = nil // the state has the accounts now
	var signer types.Signer
	if settings.Development {
		signer = devchain.NewSigner(genesis.ChainConfig())
	}
	l.Executor = execution.New(execution.Rules{
		Config:    genesis.ChainConfig(),
		GasLimit:  genesis.GasLimit,
		BaseFee:   new(big.Int).SetUint64(genesis.BaseFeeFloorWei),
		Contracts: protocol.Set(),
		System:    protocol.System(),
		Fees:      protocol.Fees(),
		Access:    protocol.Access(),
		Burner:    protocol.Burner(),
		Signer:    signer,
	}, l.Chain)
	if err := Recover(l.Chain, l.Executor, settings.Log); err != nil {
		return nil, errors.Join(err, l.Chain.Close())
	}
	return l, nil
}

// Close closes the ledger's files.
func (l *Ledger) Close() error { return l.Chain.Close() }

// running tells the error of a database that another process has locked.
func running(err error) error {
	// Pebble has no error value for a lock that this very process holds.
	if errors.Is(err, syscall.EAGAIN) || err != nil && strings.Contains(err.Error(), "lock held by current process") {
		return fmt.Errorf("%w (%w)", ErrRunning, err)
	}
	return err
}
