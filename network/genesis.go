// Package network describes a chain before its first block: the genesis document, the contracts every Ethereum tool
// expects to find, the accounts of a development chain, the holders' snapshot, and the files of a new network's nodes;
// and it runs a network's nodes on one machine, each as a process of its own.
// It refuses whatever it does not understand completely: unknown fields, accounts named twice, totals that do not
// add up, and a directory that already holds a network. It opens no connection.
package network

import (
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"

	"github.com/cybermiles/cybermiles/contracts"
)

// EVM chain ids of the public networks and of a development chain.
const (
	MainChainID uint64 = 18
	TestChainID uint64 = 19
	DevChainID  uint64 = 1337
)

// Defaults of a new genesis.
const (
	Symbol                 = "CMT"
	DefaultGasLimit        = 500_000_000
	DefaultBaseFeeFloorWei = 2 * params.GWei
	DefaultBlockInterval   = Duration(500 * time.Millisecond)

	// MinGasLimit is the smallest block gas limit a chain may start with.
	MinGasLimit = 5_000_000
)

// lastReservedAddress ends the range kept free for the EVM's own precompiles.
const lastReservedAddress = 0x1ff

// ErrGenesis is wrapped by every error about the content of a genesis.
var ErrGenesis = errors.New("invalid genesis")

// Genesis is the application part (`app_state`) of a CometBFT genesis document.
type Genesis struct {
	Name            string   `json:"name"`            // of the network, for people
	Symbol          string   `json:"symbol"`          // of the coin, 18 decimals
	ChainID         uint64   `json:"chainId"`         // EVM chain id
	GasLimit        uint64   `json:"gasLimit"`        // gas in one block
	BaseFeeWei      uint64   `json:"baseFeeWei"`      // base fee of the genesis block, wei per gas
	BaseFeeFloorWei uint64   `json:"baseFeeFloorWei"` // the base fee never falls below this, wei per gas
	BlockInterval   Duration `json:"blockInterval"`   // intended time between blocks; informational

	// Operators maps a validator's consensus address to the Ethereum account that is the coinbase of its blocks.
	Operators map[ConsensusAddress]common.Address `json:"operators"`

	// Contracts are what the chain's contracts in Go begin with, by their names. Without any the chain has none: its
	// validators stay those of the genesis document and nothing is mined.
	Contracts contracts.Sections `json:"contracts,omitempty"`

	// Alloc is the state of the genesis block.
	Alloc types.GenesisAlloc `json:"alloc"`

	// Economy makes the contracts' sections when the validators of a new chain are known.
	Economy *Economy `json:"-"`
}

// New returns a genesis with the default parameters and the predeployed contracts, and no funded account.
func New(name string, chainID uint64) *Genesis {
	return &Genesis{
		Name:            name,
		Symbol:          Symbol,
		ChainID:         chainID,
		GasLimit:        DefaultGasLimit,
		BaseFeeWei:      DefaultBaseFeeFloorWei,
		BaseFeeFloorWei: DefaultBaseFeeFloorWei,
		BlockInterval:   DefaultBlockInterval,
		Operators:       make(map[ConsensusAddress]common.Address),
		Alloc:           Predeploys(chainID),
	}
}

// SetChainID gives the genesis another EVM chain id. Predeployed contracts that know the id are put in its place anew.
func (g *Genesis) SetChainID(id uint64) error {
	if id == 0 {
		return fmt.Errorf("%w: chainId is 0", ErrGenesis)
	}
	permit2 := g.Alloc[Permit2Address]
	permit2.Code = permit2Code(id)
	g.Alloc[Permit2Address], g.ChainID = permit2, id
	return nil
}

// ChainConfig returns the Ethereum rules of the chain: every fork up to and including Osaka, from genesis.
func (g *Genesis) ChainConfig() *params.ChainConfig {
	block := func() *big.Int { return new(big.Int) }
	at := func() *uint64 { return new(uint64) }
	return &params.ChainConfig{
		ChainID:                 new(big.Int).SetUint64(g.ChainID),
		HomesteadBlock:          block(),
		EIP150Block:             block(),
		EIP155Block:             block(),
		EIP158Block:             block(),
		ByzantiumBlock:          block(),
		ConstantinopleBlock:     block(),
		PetersburgBlock:         block(),
		IstanbulBlock:           block(),
		MuirGlacierBlock:        block(),
		BerlinBlock:             block(),
		LondonBlock:             block(),
		ArrowGlacierBlock:       block(),
		GrayGlacierBlock:        block(),
		MergeNetsplitBlock:      block(),
		TerminalTotalDifficulty: new(big.Int),
		ShanghaiTime:            at(),
		CancunTime:              at(),
		PragueTime:              at(),
		OsakaTime:               at(),
		BlobScheduleConfig: &params.BlobScheduleConfig{
			Cancun: params.DefaultCancunBlobConfig,
			Prague: params.DefaultPragueBlobConfig,
			Osaka:  params.DefaultOsakaBlobConfig,
		},
	}
}

// TotalWei is the sum of all genesis balances.
func (g *Genesis) TotalWei() *big.Int { return totalWei(g.Alloc) }

// Validate says what is wrong with the genesis, naming the field. Every error wraps ErrGenesis.
func (g *Genesis) Validate() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%w: %w", ErrGenesis, fmt.Errorf(format, args...))
	}
	switch {
	case g.Name == "":
		return fail("name is empty; give the network a name")
	case g.Symbol == "":
		return fail("symbol is empty; the usual one is %q", Symbol)
	case g.ChainID == 0:
		return fail("chainId is 0; use %d (main), %d (test), %d (development) or an id of your own",
			MainChainID, TestChainID, DevChainID)
	case g.GasLimit < MinGasLimit:
		return fail("gasLimit %d is below the smallest allowed, %d", g.GasLimit, MinGasLimit)
	case g.GasLimit > params.MaxGasLimit:
		return fail("gasLimit %d is above the largest allowed, %d", g.GasLimit, uint64(params.MaxGasLimit))
	case g.BaseFeeWei < g.BaseFeeFloorWei:
		return fail("baseFeeWei %d is below baseFeeFloorWei %d", g.BaseFeeWei, g.BaseFeeFloorWei)
	case g.BlockInterval < 0:
		return fail("blockInterval %v is negative", time.Duration(g.BlockInterval))
	}
	for consensus, operator := range g.Operators {
		if operator == (common.Address{}) {
			return fail("operators: validator %s has the zero address as its account", consensus)
		}
	}
	for address, account := range g.Alloc {
		if err := validateAccount(address, account); err != nil {
			return fail("alloc: account %s: %w", address, err)
		}
	}
	if err := g.ChainConfig().CheckConfigForkOrder(); err != nil {
		return fail("fork order: %w", err)
	}
	return nil
}

// validateAccount refuses what the state could not hold or would lose: see EIP-161 for emptiness.
func validateAccount(address common.Address, account types.Account) error {
	reserved := new(big.Int).SetBytes(address[:]).Cmp(big.NewInt(lastReservedAddress)) <= 0
	switch {
	case account.Balance == nil:
		return errors.New("balance is missing; write \"balance\": \"0\" for none")
	case account.Balance.Sign() < 0:
		return fmt.Errorf("balance %d is negative", account.Balance)
	case account.Balance.BitLen() > 256:
		return errors.New("balance does not fit in 256 bits")
	case reserved && (len(account.Code) > 0 || len(account.Storage) > 0):
		return fmt.Errorf("has code or storage, but addresses up to %#x belong to precompiled contracts", lastReservedAddress)
	case len(account.Code) > params.MaxCodeSize:
		return fmt.Errorf("code of %d bytes is longer than the %d the EVM allows", len(account.Code), params.MaxCodeSize)
	case account.Nonce == 0 && account.Balance.Sign() == 0 && len(account.Code) == 0 && len(account.Storage) > 0:
		return errors.New("has storage but no nonce, balance or code: the EVM deletes such an account when it is touched")
	}
	return nil
}
