package main

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cybermiles/cybermiles/client/amount"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/network/charter"
)

func newGenesisCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "genesis",
		Short: "Say how a new chain begins, and check how one does",
		Long: `A chain is described in a short file (TOML) that people read and edit: its name,
who holds what, what stays locked, who validates, and its rules. Its genesis is made
of that file, and every node of the chain has the same one.`,
	}
	cmd.AddCommand(newGenesisNewCommand(), newGenesisBuildCommand(), newGenesisShowCommand(), newGenesisCheckCommand(), newGenesisExportCommand())
	return cmd
}

func newGenesisNewCommand() *cobra.Command {
	var out, snapshot string
	var private, mainNetwork bool
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Write the description of a new chain, to be edited",
		Long: `Write a description with every key explained and its default shown: of a public chain
whose validators stake coins, of a private one whose validators are named (--private),
or of the main network (--main) with the list of the ERC-20 token's holders and the
locks of the white paper.`,
		Example: "  cybermiles genesis new --out chain.toml\n" +
			"  cybermiles genesis new --main --snapshot " + charter.MainSnapshot + " --out main.toml",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := charter.New(charter.Public)
			switch {
			case private && mainNetwork:
				return misusef("--private and --main are different chains")
			case private:
				c = charter.New(charter.Private)
			case mainNetwork:
				c = charter.Main(snapshot)
			}
			text, err := c.Text()
			if err != nil {
				return err
			}
			err = writeNew(out, func(w io.Writer) error {
				_, err := io.WriteString(w, text)
				return err
			})
			if err != nil {
				return err
			}
			note(cmd, "Wrote %s. Edit it, then: cybermiles genesis check %s", out, out)
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&out, "out", "", "`file` to write")
	f.BoolVar(&private, "private", false, "a private chain: named validators, free transactions, lists of who may use it")
	f.BoolVar(&mainNetwork, "main", false, "the main network")
	f.StringVar(&snapshot, "snapshot", charter.MainSnapshot, "with --main: `file` of the token's holders, relative to the description")
	requireFlag(cmd, "out")
	return cmd
}

// genesisResult is the JSON of `genesis build`.
type genesisResult struct {
	File          string `json:"file" doc:"the genesis"`
	ChainName     string `json:"chainName" doc:"name of the chain among consensus nodes"`
	ChainID       uint64 `json:"chainId" doc:"EVM chain id"`
	GenesisSHA256 string `json:"genesisSha256" doc:"SHA-256 of the file, by which people compare it"`
}

func newGenesisBuildCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "build FILE",
		Short: "Make the genesis of a chain from its description",
		Long: withFields(`Make the genesis of the chain that FILE describes. Its validators must be named there
with their keys ("cybermiles validator key" prints one); "cybermiles network create
--genesis FILE" makes keys instead, and a home for each validator.

The same file makes the same genesis, byte for byte, if it says its genesisTime.`, genesisResult{}),
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, m, err := readCharter(args[0])
			if err != nil {
				return err
			}
			if err := requireKeys(m.Validators); err != nil {
				return err
			}
			doc, err := network.Build(m.Genesis, m.Validators, m.Time, c.ChainName)
			if err != nil {
				return err
			}
			if _, err := os.Lstat(out); err == nil {
				return fmt.Errorf("%s exists already; choose another name or remove it yourself", out)
			}
			if err := network.Save(doc, out); err != nil {
				return err
			}
			result := genesisResult{File: out, ChainName: c.ChainName, ChainID: c.ChainID}
			if result.GenesisSHA256, err = network.Digest(doc); err != nil {
				return err
			}
			return emit(cmd, result, func(w io.Writer) {
				properties(w, row{"genesis", out}, row{"chain", fmt.Sprintf("%s, id %d", c.ChainName, c.ChainID)}, row{"genesis sha256", result.GenesisSHA256})
				fmt.Fprintf(w, "\nSee it:            cybermiles genesis show %s\nMake a node's home: cybermiles init --genesis %s\n", out, out)
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`file` to write the genesis to")
	requireFlag(cmd, "out")
	return cmd
}

// readCharter reads a description and everything that it names.
func readCharter(path string) (*charter.Charter, *charter.Composed, error) {
	c, err := charter.Read(path)
	if err != nil {
		return nil, nil, err
	}
	m, err := c.Compose(time.Now())
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, m, nil
}

// requireKeys refuses validators that cannot sign.
func requireKeys(validators []network.Validator) error {
	if len(validators) == 0 {
		return errors.New("the chain has no validator: add a [[validator]] with its key, or let `cybermiles network create --genesis FILE` make some")
	}
	for _, v := range validators {
		if v.Key == [32]byte{} {
			return fmt.Errorf("validator %q has no key: add it (`cybermiles validator key` prints a node's), or let `cybermiles network create --genesis FILE` make it", v.Name)
		}
	}
	return nil
}

// isCharter tells a description from a genesis.
func isCharter(path string) bool { return strings.HasSuffix(path, ".toml") }

func newGenesisCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Check a chain's description or its genesis",
		Long: `Check a description (a file that ends in .toml) or a genesis: that all keys are known,
that the parts add up to the stated total, and that every contract of the chain accepts
what it is to begin with.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			summary, err := readSummary(args[0], true)
			if err != nil {
				return err
			}
			return emit(cmd, summary, func(w io.Writer) {
				fmt.Fprintf(w, "%s is sound: %s, id %d, %s in all.\n", args[0], summary.Name, summary.ChainID, coinsText(summary.totalWei, summary.Symbol))
				if len(summary.Validators) == 0 {
					fmt.Fprintln(w, "It names no validators; `cybermiles network create --genesis FILE` makes some.")
				}
			})
		},
	}
}

func newGenesisShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show FILE",
		Short: "Show who begins with what, who validates, and a chain's rules",
		Long:  withFields("Show a chain's description (a file that ends in .toml) or its genesis.", genesisSummary{}),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			summary, err := readSummary(args[0], false)
			if err != nil {
				return err
			}
			return emit(cmd, summary, summary.print)
		},
	}
}

// readSummary reads a description or a genesis; strict lets the contracts try it.
func readSummary(path string, strict bool) (*genesisSummary, error) {
	if !isCharter(path) {
		doc, g, err := network.Load(path)
		if err != nil {
			return nil, err
		}
		if strict {
			if err := g.CheckContracts(doc.GenesisTime); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		digest, err := network.Digest(doc)
		if err != nil {
			return nil, err
		}
		return newGenesisSummary(g, doc.ChainID, doc.GenesisTime, digest)
	}
	c, m, err := readCharter(path)
	if err != nil {
		return nil, err
	}
	g, err := m.Preview()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	summary, err := newGenesisSummary(g, c.ChainName, m.Time, "")
	if err != nil {
		return nil, err
	}
	for _, part := range m.Parts {
		summary.Parts = append(summary.Parts, genesisShare{Part: part.Label, Accounts: part.Accounts, Wei: part.Wei.String(), wei: part.Wei})
	}
	return summary, nil
}

func coinsText(wei *big.Int, symbol string) string {
	text := strings.TrimSuffix(amount.CMT(wei), " CMT")
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return whole + " " + symbol
}

// percentOf is a part of a total with two decimals, rounded down.
func percentOf(part, total *big.Int) string {
	if total.Sign() == 0 {
		return "-"
	}
	hundredths := new(big.Int).Mul(part, big.NewInt(10_000))
	hundredths.Quo(hundredths, total)
	return strconv.FormatFloat(float64(hundredths.Int64())/100, 'f', 2, 64) + " %"
}
