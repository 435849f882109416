// Package charter reads and writes the file in which people say how a new chain begins: its name, who holds what, what
// stays locked, who validates, and the rules it runs by. It is TOML with every key explained and its default shown;
// Compose makes the chain's genesis of it. It refuses keys it does not know, fractions that binary numbers cannot hold,
// parts that do not add up to the stated total, and coins that are to be locked or staked twice.
package charter

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/ethereum/go-ethereum/common"

	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/network"
)

// Kinds of chains.
const (
	Public  = "public"  // validators stake coins, and mine
	Private = "private" // validators are named
)

// ErrCharter is wrapped by every error about the content of a charter.
var ErrCharter = errors.New("invalid chain description")

// Charter is the content of the file. Its keys are the fields' names, the first letter in lower case.
type Charter struct {
	Kind         string           // Public or Private
	ChainName    string           // among consensus nodes
	Name         string           // for people
	Symbol       string           // of the coin
	ChainID      uint64           // of the EVM
	GenesisTime  time.Time        // zero is the time when the genesis is built
	BlockTime    network.Duration // intended between two blocks that have transactions
	GasLimit     uint64           // of one block
	FloorGwei    Gwei             // lowest gas price
	MaxFloorGwei Gwei             // the highest that governance can set
	Supply       Supply
	Part         []Part
	Lock         []Lock
	Claims       *Claims
	Validator    []Validator
	Founders     Founders
	Access       *Access
	Authority    Authority // of a private chain
	Staking      struct {
		LockedCoins bool // can be staked
		contracts.StakingParameters
		contracts.StakingConstants
	}
	Governance contracts.GovernanceParameters
	Schedule   contracts.ScheduleParameters

	dir string // that paths in it are relative to
}

// Supply is how many coins there are and will be.
type Supply struct {
	Total        Coins            // what the parts must add up to
	Ceiling      Coins            // never exceeded
	Rate         Percent          // mined in the first year
	MaxRate      Percent          // the highest that governance can set for a year
	MaxBlockTime network.Duration // the most that the time between two blocks counts for mining
}

// Part is coins that the chain begins with: a list of holders, a file of accounts, or one account.
type Part struct {
	Label    string
	Snapshot string // path of a holders' list, address,balance_wei
	Alloc    string // path of a file of accounts as geth's genesis has them
	Total    *Coins // what the list or file must add up to
	Account  Account
	Amount   Coins
}

// Lock is coins of a part that stay locked for a time.
type Lock struct {
	Label   string
	Account Account // whose balance they are taken from
	Owner   Account // who gets them in the end; none is the account itself
	Amount  Coins
	Months  int       // from the genesis time; or
	Until   time.Time // a time
}

// Claims are coins that holders of the ERC-20 token claim with a proof. They are a part of their own.
type Claims struct {
	Root      common.Hash
	Total     Coins
	Unclaimed Coins // set aside for trees to come
}

// Validator is one that the chain begins with.
type Validator struct {
	Moniker    string
	Owner      Account
	Key        string // of consensus: 32 bytes in hexadecimal or base64
	SelfStake  Coins
	Commission Percent
	Locked     bool   // the self-stake is of the owner's locked coins
	Power      uint64 // where validators are named
}

// Founders are the validators whose keys `network create` makes.
type Founders struct {
	SelfStake Coins // each begins with it, besides the parts, and stakes it
	Balance   Coins // each begins with it, besides the parts
}

// Authority is who names the validators of a private chain, and who gets its fees.
type Authority struct {
	Administrator Account // none: governance alone, in which each validator has a vote
	FeeReceiver   Account // none: the validators in equal parts
	FeeBlocks     uint32  // fees are paid out after so many blocks
}

// Access is who may send transactions and create contracts.
type Access struct {
	Senders         string // "everyone" or "listed"
	Deployers       string
	ListedSenders   []Account
	ListedDeployers []Account
	Administrators  []Account
}

// New is a charter with the defaults of its kind.
func New(kind string) *Charter {
	e := contracts.NewEconomy()
	c := &Charter{
		Kind: kind, Name: "My chain", Symbol: network.Symbol, ChainID: 4242, ChainName: "my-chain-1",
		BlockTime: network.DefaultBlockInterval, GasLimit: network.DefaultGasLimit,
		FloorGwei: gwei(e.FloorWei), MaxFloorGwei: gwei(e.MaxFloorWei),
		Supply: Supply{
			Ceiling: coinsOf(e.CeilingWei), Rate: Percent(e.RateBps), MaxRate: Percent(e.MaxRateBps),
			MaxBlockTime: network.Duration(e.MaxBlockTime),
		},
		Founders:   Founders{SelfStake: whole(1_000_000), Balance: whole(10_000)},
		Governance: e.Governance, Schedule: e.Schedule,
	}
	c.Staking.LockedCoins = true
	c.Staking.StakingParameters, c.Staking.StakingConstants = e.Staking, e.Constants
	if kind == Private {
		c.FloorGwei = Gwei{}
		c.Founders = Founders{Balance: whole(10_000)}
		c.Authority.FeeBlocks = contracts.DefaultFeeBlocks
	}
	return c
}

// Read reads a charter. Paths in it are relative to where it lies.
func Read(path string) (*Charter, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := Parse(string(content))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c.dir = filepath.Dir(path)
	return c, nil
}

// Parse reads the text of a charter. Paths in it are relative to the working directory.
func Parse(text string) (*Charter, error) {
	var of struct{ Kind string }
	if _, err := toml.Decode(text, &of); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCharter, explain(err))
	}
	if of.Kind != Public && of.Kind != Private {
		return nil, fmt.Errorf("%w: kind is %q; it is %q or %q", ErrCharter, of.Kind, Public, Private)
	}
	c := New(of.Kind)
	meta, err := toml.Decode(text, c)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCharter, explain(err))
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrCharter, unknownKey(unknown[0]))
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCharter, err)
	}
	return c, nil
}

// explain adds the line to a syntax error.
func explain(err error) error {
	var syntax toml.ParseError
	if errors.As(err, &syntax) {
		return fmt.Errorf("line %d: %s", syntax.Position.Line, syntax.Message)
	}
	return err
}

// check refuses what Compose could not make sense of.
func (c *Charter) check() error {
	for i := range c.Part {
		if err := c.Part[i].check(); err != nil {
			return fmt.Errorf("part %d, %q: %w", i+1, c.Part[i].Label, err)
		}
	}
	for i := range c.Lock {
		if err := c.Lock[i].check(); err != nil {
			return fmt.Errorf("lock %d, %q: %w", i+1, c.Lock[i].Label, err)
		}
	}
	for i := range c.Validator {
		if err := c.Validator[i].check(); err != nil {
			return fmt.Errorf("validator %d, %q: %w", i+1, c.Validator[i].Moniker, err)
		}
	}
	if c.Access != nil {
		if err := c.Access.check(); err != nil {
			return err
		}
	}
	return c.checkKind()
}

// checkKind refuses what the other kind of chain has.
func (c *Charter) checkKind() error {
	if c.Kind == Public && c.Authority != (Authority{}) {
		return errors.New("authority belongs to a private chain; on a public one validators stake")
	}
	for i := range c.Validator {
		v := &c.Validator[i]
		if c.Kind == Public && v.Power != 0 {
			return fmt.Errorf("validator %q: power belongs to a private chain; on a public one it follows from the stake", v.Moniker)
		}
		if c.Kind == Private && (v.SelfStake.wei().Sign() != 0 || v.Commission != 0 || v.Locked) {
			return fmt.Errorf("validator %q: selfStake, commission and locked belong to a public chain; this one has power", v.Moniker)
		}
	}
	if c.Kind == Private && c.Founders.SelfStake.wei().Sign() != 0 {
		return errors.New("founders.selfStake belongs to a public chain; nothing is staked on this one")
	}
	return nil
}

func (p *Part) check() error {
	ways := 0
	for _, given := range []bool{p.Snapshot != "", p.Alloc != "", p.Account.given} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		return errors.New("give one of snapshot, alloc and account")
	case p.Account.given && (p.Total != nil || p.Amount.wei() == nil || p.Amount.wei().Sign() == 0):
		return errors.New("an account needs an amount above zero, and no total")
	case !p.Account.given && p.Amount.wei().Sign() != 0:
		return errors.New("amount belongs to an account; what a list must add up to is its total")
	}
	return nil
}

func (l *Lock) check() error {
	switch {
	case !l.Account.given:
		return errors.New("account is missing: whose coins are locked")
	case l.Amount.wei().Sign() == 0:
		return errors.New("amount is missing")
	case (l.Months != 0) == !l.Until.IsZero():
		return errors.New("give either months, counted from the genesis time, or until")
	case l.Months < 0 || l.Months > 1200:
		return fmt.Errorf("%d months; from 1 to 1200 are possible", l.Months)
	}
	return nil
}

func (v *Validator) check() error {
	if !v.Owner.given {
		return errors.New("owner is missing: the account that runs it")
	}
	if v.Moniker == "" {
		return errors.New("moniker is missing: what it calls itself")
	}
	if v.Key == "" {
		return nil
	}
	_, err := parseKey(v.Key)
	return err
}

func (a *Access) check() error {
	for name, mode := range map[string]string{"senders": a.Senders, "deployers": a.Deployers} {
		if mode != "" && mode != "everyone" && mode != "listed" {
			return fmt.Errorf("access.%s is %q; it is everyone or listed", name, mode)
		}
	}
	return nil
}
