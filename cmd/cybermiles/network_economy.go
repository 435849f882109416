package main

import (
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cybermiles/cybermiles/client/abitext"
	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/network"
)

// economyFlags are how the coins and validators of a new network come about.
type economyFlags struct {
	file            string // a chain's description
	public, private bool
	blockTime       time.Duration
	supply, ceiling string
	selfStake       string
	inflation       string

	administrator      string
	senders, deployers []string
}

func (e *economyFlags) register(f *pflag.FlagSet) {
	f.StringVar(&e.file, "genesis", "", "`file` that describes the chain (\"cybermiles genesis new\" writes one) instead of most flags below")
	f.BoolVar(&e.public, "public", false, "validators stake coins, and mine (the default)")
	f.BoolVar(&e.private, "private", false, "validators are named, and transactions are free")
	f.DurationVar(&e.blockTime, "block-time", time.Duration(network.DefaultBlockInterval), "intended `time` between blocks")
	f.StringVar(&e.supply, "supply", "", "`amount` of all coins at genesis: the validators' accounts share what the other parts and the stakes leave of it")
	f.StringVar(&e.ceiling, "ceiling", "", "`amount` of all coins that there will ever be (default 10000000000cmt)")
	f.StringVar(&e.inflation, "inflation", "", "`part` of all coins that is mined in the first year, such as 4.5% (default 8%)")
	f.StringVar(&e.selfStake, "self-stake", "", "`amount` that each validator begins with and stakes (default 1000000cmt)")
	f.StringVar(&e.administrator, "administrator", "", "with --private: `address` that names validators and who may use the chain, besides governance")
	f.StringArrayVar(&e.senders, "allow-sender", nil, "with --private: `address` that may send transactions; only such may then")
	f.StringArrayVar(&e.deployers, "allow-deployer", nil, "with --private: `address` that may create contracts; only such may then")
}

// publicFlags and privateFlags belong to one kind of chain; describedFlags are what a description says itself.
var (
	publicFlags    = []string{"ceiling", "inflation", "self-stake"}
	privateFlags   = []string{"administrator", "allow-sender", "allow-deployer"}
	describedFlags = []string{"public", "private", "supply", "alloc", "snapshot", "dev-accounts", "operator", "operator-balance",
		"ceiling", "inflation", "self-stake", "administrator", "allow-sender", "allow-deployer"}
)

// networkOptions puts all flags together.
func networkOptions(cmd *cobra.Command, chain *chainFlags, e *economyFlags, options *network.CreateOptions) error {
	if e.file != "" {
		return described(cmd, chain, e, options)
	}
	switch {
	case e.public && e.private:
		return misusef("--public and --private are different networks")
	case e.private:
		if err := refuse(cmd, publicFlags, "belongs to a public network"); err != nil {
			return err
		}
	default:
		if err := refuse(cmd, privateFlags, "belongs to a private network; add --private"); err != nil {
			return err
		}
	}
	var err error
	chain.BlockInterval = network.Duration(e.blockTime)
	if e.blockTime <= 0 {
		return misusef("--block-time: %v is no time between blocks", e.blockTime)
	}
	if chain.Economy, err = e.economy(); err != nil {
		return err
	}
	if err := chain.fill(options); err != nil {
		return err
	}
	return e.share(cmd, options)
}

// described takes a chain's description; name, symbol and ids may be given anew.
func described(cmd *cobra.Command, chain *chainFlags, e *economyFlags, options *network.CreateOptions) error {
	if err := refuse(cmd, describedFlags, "is what the file of --genesis says"); err != nil {
		return err
	}
	c, m, err := readCharter(e.file)
	if err != nil {
		return err
	}
	changed := func(name string) bool { return cmd.Flag(name).Changed }
	if changed("name") {
		m.Genesis.Name = chain.Name
	}
	if changed("symbol") {
		m.Genesis.Symbol = chain.Symbol
	}
	if changed("block-time") {
		m.Genesis.BlockInterval = network.Duration(e.blockTime)
	}
	if changed("chain-id") {
		if err := m.Genesis.SetChainID(chain.ChainID); err != nil {
			return misusef("--chain-id: %v", err)
		}
	}
	options.ChainName, options.Genesis, options.GenesisTime = c.ChainName, m.Genesis, m.Time
	if changed("chain-name") {
		options.ChainName = chain.chainName
	}
	if len(m.Validators) == 0 {
		options.OperatorBalanceWei = m.FounderBalanceWei
		return nil
	}
	if changed("validators") && options.Validators != len(m.Validators) {
		return misusef("--validators %d: %s names %d", options.Validators, e.file, len(m.Validators))
	}
	options.Founders, options.Validators = m.Validators, len(m.Validators)
	return nil
}

func refuse(cmd *cobra.Command, names []string, why string) error {
	for _, name := range names {
		if cmd.Flag(name).Changed {
			return misusef("--%s %s", name, why)
		}
	}
	return nil
}

// economy is what the flags say of it.
func (e *economyFlags) economy() (*network.Economy, error) {
	if e.private {
		economy := network.PrivateEconomy()
		return economy, e.lists(economy)
	}
	economy := network.PublicEconomy()
	for _, each := range []struct {
		flag, text string
		set        func(*big.Int)
	}{
		{"ceiling", e.ceiling, func(wei *big.Int) { economy.CeilingWei = uint256.MustFromBig(wei) }},
		{"self-stake", e.selfStake, func(wei *big.Int) { economy.SelfStakeWei = wei }},
	} {
		if each.text == "" {
			continue
		}
		wei, err := amount.Parse(each.text)
		if err != nil {
			return nil, misusef("--%s: %v", each.flag, err)
		}
		each.set(wei) // amounts have at most 256 bits
	}
	if e.inflation != "" {
		rate, err := network.ParsePercent(e.inflation)
		if err != nil {
			return nil, misusef("--inflation: %v", err)
		}
		economy.RateBps, economy.MaxRateBps = rate, max(rate, economy.MaxRateBps)
	}
	return economy, nil
}

// lists are who names validators and who may use a private chain.
func (e *economyFlags) lists(economy *network.Economy) error {
	access := economy.Access
	for _, each := range []struct {
		flag  string
		texts []string
		list  *[]common.Address
	}{
		{"allow-sender", e.senders, &access.ListedSenders},
		{"allow-deployer", e.deployers, &access.ListedDeployers},
	} {
		for _, text := range each.texts {
			account, err := abitext.ParseAddress(text)
			if err != nil {
				return misusef("--%s: %v", each.flag, err)
			}
			*each.list = append(*each.list, account)
		}
	}
	const listed = 1
	if len(e.senders) > 0 {
		access.Senders = listed
	}
	if len(e.deployers) > 0 {
		access.Deployers = listed
	}
	if e.administrator == "" {
		return nil
	}
	account, err := abitext.ParseAddress(e.administrator)
	if err != nil {
		return misusef("--administrator: %v", err)
	}
	economy.Authority.Administrator = account
	access.ListedAdministrators = []common.Address{account}
	return nil
}

// share gives the validators' accounts what is left of --supply.
func (e *economyFlags) share(cmd *cobra.Command, options *network.CreateOptions) error {
	if e.supply == "" {
		return nil
	}
	if cmd.Flag("operator-balance").Changed {
		return misusef("--supply and --operator-balance: one follows from the other")
	}
	total, err := amount.Parse(e.supply)
	if err != nil {
		return misusef("--supply: %v", err)
	}
	validators := big.NewInt(int64(options.Validators))
	left := new(big.Int).Sub(total, options.Genesis.TotalWei())
	if economy := options.Genesis.Economy; economy.GrantStake {
		left.Sub(left, new(big.Int).Mul(validators, economy.SelfStakeWei))
	}
	if left.Sign() < 0 {
		return misusef("--supply: the other parts and the stakes come to %s more", amount.CMT(left.Neg(left)))
	}
	if validators.Sign() <= 0 {
		return nil // which is refused later
	}
	each, rest := left.QuoRem(left, validators, new(big.Int))
	if rest.Sign() != 0 {
		return misusef("--supply: what is left for %d validators cannot be divided evenly; %d wei remain", options.Validators, rest)
	}
	options.OperatorBalanceWei = each
	return nil
}

// describeNetwork says in a line what kind of network was made.
func describeNetwork(g *network.Genesis) string {
	switch {
	case g.Economy == nil:
		return "without contracts of the chain"
	case g.Economy.Authority != nil:
		return "private: named validators"
	default:
		return fmt.Sprintf("public: validators stake, and mine %d.%02d %% in the first year", g.Economy.RateBps/100, g.Economy.RateBps%100)
	}
}
