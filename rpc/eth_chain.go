package rpc

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/forkid"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
)

// chainAPI answers the eth_ methods about the chain and the node as a whole.
type chainAPI struct{ v *view }

// ChainId returns the chain id of EIP-155.
func (a *chainAPI) ChainId() *hexutil.Big { //nolint:revive // the method's name on the wire
	return (*hexutil.Big)(a.v.b.ChainConfig().ChainID)
}

// Coinbase returns the account of this node's validator.
func (a *chainAPI) Coinbase() (common.Address, error) {
	if addr := a.v.b.Consensus().Validator; addr != nil {
		return *addr, nil
	}
	return common.Address{}, errors.New("this node is not a validator and has no coinbase")
}

// Syncing returns false, or how far the node has caught up.
func (a *chainAPI) Syncing() any {
	progress, syncing := a.v.b.Syncing()
	if !syncing {
		return false
	}
	return syncStatus(progress)
}

func syncStatus(p ethereum.SyncProgress) map[string]hexutil.Uint64 {
	return map[string]hexutil.Uint64{
		"startingBlock": hexutil.Uint64(p.StartingBlock),
		"currentBlock":  hexutil.Uint64(p.CurrentBlock),
		"highestBlock":  hexutil.Uint64(p.HighestBlock),
	}
}

// ForkConfig describes the rules that one fork set (EIP-7910).
type ForkConfig struct {
	ActivationTime  uint64                    `json:"activationTime"`
	BlobSchedule    *params.BlobConfig        `json:"blobSchedule"`
	ChainID         *hexutil.Big              `json:"chainId"`
	ForkID          hexutil.Bytes             `json:"forkId"`
	Precompiles     map[string]common.Address `json:"precompiles"`
	SystemContracts map[string]common.Address `json:"systemContracts"`
}

// ForkConfigs is the answer of eth_config.
type ForkConfigs struct {
	Current *ForkConfig `json:"current"`
	Next    *ForkConfig `json:"next"`
	Last    *ForkConfig `json:"last"`
}

// Config returns the rules in force and those of forks to come (EIP-7910).
func (a *chainAPI) Config() (*ForkConfigs, error) {
	genesis := a.v.b.Header(0)
	if genesis == nil {
		return nil, fmt.Errorf("unable to load genesis: %w", errHeaderNotFound)
	}
	var (
		head   = a.v.b.Head()
		config = a.v.b.ChainConfig()
		fork   = config.LatestFork(head.Time)
		out    = &ForkConfigs{}
	)
	if next := config.Timestamp(fork + 1); next != nil {
		out.Next = a.forkConfig(genesis, head, *next)
		if last := config.Timestamp(config.LatestFork(^uint64(0))); last != nil {
			out.Last = a.forkConfig(genesis, head, *last)
		}
	}
	if current := config.Timestamp(fork); current != nil {
		out.Current = a.forkConfig(genesis, head, *current)
	}
	return out, nil
}

func (a *chainAPI) forkConfig(genesis, head *types.Header, time uint64) *ForkConfig {
	config := a.v.b.ChainConfig()
	h := types.CopyHeader(head)
	h.Time = time
	names := make(map[string]common.Address)
	if db, err := a.v.b.StateAt(head); err == nil {
		for addr, p := range precompiles(a.v.b.NewEVM(db, h, nil, vm.Config{})) {
			names[p.Name()] = addr
		}
	}
	activation := time
	if genesis.Time >= time {
		activation = 0 // in force since genesis
	}
	id := forkid.NewID(config, types.NewBlockWithHeader(genesis), ^uint64(0), time).Hash
	return &ForkConfig{
		ActivationTime:  activation,
		BlobSchedule:    config.BlobConfig(config.LatestFork(time)),
		ChainID:         (*hexutil.Big)(config.ChainID),
		ForkID:          id[:],
		Precompiles:     names,
		SystemContracts: config.ActiveSystemContracts(time),
	}
}
