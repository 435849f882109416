package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/cybermiles/cybermiles/network"
)

// genesisSummary is the JSON of `genesis show`.
type genesisSummary struct {
	Name          string             `json:"name" doc:"of the network"`
	Symbol        string             `json:"symbol" doc:"of the coin"`
	ChainID       uint64             `json:"chainId" doc:"EVM chain id"`
	ChainName     string             `json:"chainName" doc:"name of the chain among consensus nodes"`
	Time          time.Time          `json:"time" doc:"genesis time"`
	GenesisSHA256 string             `json:"genesisSha256,omitempty" doc:"SHA-256 of the genesis"`
	BlockTime     string             `json:"blockTime" doc:"intended between two blocks"`
	FloorWei      uint64             `json:"floorWei" doc:"lowest gas price, in wei"`
	TotalWei      string             `json:"totalWei" doc:"all coins at genesis"`
	CeilingWei    string             `json:"ceilingWei,omitempty" doc:"all coins that there will ever be"`
	Parts         []genesisShare     `json:"parts,omitempty" doc:"parts of a description: part, accounts, wei"`
	Allocation    []genesisShare     `json:"allocation" doc:"who begins with what: part, accounts, wei, until"`
	Validators    []genesisValidator `json:"validators" doc:"moniker, owner, consensusKey, stakeWei, commissionBps, power"`
	Contracts     map[string]any     `json:"parameters" doc:"parameters by contract"`

	totalWei, ceilingWei *big.Int
}

type genesisShare struct {
	Part     string     `json:"part"`
	Accounts int        `json:"accounts,omitempty"`
	Wei      string     `json:"wei"`
	Until    *time.Time `json:"until,omitempty"`

	wei *big.Int
}

type genesisValidator struct {
	Moniker       string `json:"moniker"`
	Owner         string `json:"owner"`
	ConsensusKey  string `json:"consensusKey"`
	StakeWei      string `json:"stakeWei"`
	CommissionBps uint16 `json:"commissionBps"`
	Power         uint64 `json:"power,omitempty"`

	stakeWei *big.Int
}

func newGenesisSummary(g *network.Genesis, chainName string, at time.Time, digest string) (*genesisSummary, error) {
	allocation, err := g.Allocation()
	if err != nil {
		return nil, err
	}
	s := &genesisSummary{
		Name: g.Name, Symbol: g.Symbol, ChainID: g.ChainID, ChainName: chainName, Time: at, GenesisSHA256: digest,
		BlockTime: time.Duration(g.BlockInterval).String(), FloorWei: g.BaseFeeFloorWei, TotalWei: allocation.TotalWei.String(),
		Validators: []genesisValidator{}, totalWei: allocation.TotalWei, ceilingWei: allocation.CeilingWei,
	}
	if s.ceilingWei != nil {
		s.CeilingWei = s.ceilingWei.String()
	}
	for _, share := range allocation.Shares {
		line := genesisShare{Part: share.Part, Accounts: share.Accounts, Wei: share.Wei.String(), wei: share.Wei}
		if !share.Until.IsZero() {
			line.Until = &share.Until
		}
		s.Allocation = append(s.Allocation, line)
	}
	for _, f := range allocation.Founders {
		s.Validators = append(s.Validators, genesisValidator{f.Moniker, f.Owner.Hex(), f.Key.Hex(), f.StakeWei.String(), f.CommissionBps, f.Power, f.StakeWei})
	}
	s.Contracts, err = g.Parameters()
	return s, err
}

func (s *genesisSummary) print(w io.Writer) {
	properties(w, row{"name", s.Name}, row{"symbol", s.Symbol}, row{"chain", fmt.Sprintf("%s, id %d", s.ChainName, s.ChainID)},
		row{"genesis time", s.Time.Format(time.RFC3339)}, row{"genesis sha256", s.GenesisSHA256}, row{"block time", s.BlockTime},
		row{"lowest gas price", fmt.Sprintf("%d wei", s.FloorWei)})
	if len(s.Parts) > 0 {
		fmt.Fprintln(w)
		s.printShares(w, "PART", s.Parts)
	}
	fmt.Fprintln(w)
	s.printShares(w, "ALLOCATION", s.Allocation)
	if s.ceilingWei != nil && s.ceilingWei.Cmp(s.totalWei) > 0 {
		fmt.Fprintf(w, "\nTo be mined: at most %s, up to %s.\n", coinsText(new(big.Int).Sub(s.ceilingWei, s.totalWei), s.Symbol), coinsText(s.ceilingWei, s.Symbol))
	}
	if len(s.Validators) > 0 {
		fmt.Fprintln(w)
		rows := make([][]string, len(s.Validators))
		for i, v := range s.Validators {
			weight := coinsText(v.stakeWei, s.Symbol)
			if v.Power > 0 {
				weight = fmt.Sprint(v.Power)
			}
			rows[i] = []string{v.Moniker, weight, fmt.Sprintf("%d.%02d %%", v.CommissionBps/100, v.CommissionBps%100), v.Owner, v.ConsensusKey}
		}
		table(w, []string{"VALIDATOR", "STAKE OR POWER", "COMMISSION", "OWNER", "CONSENSUS KEY"}, rows)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Contracts)) {
		fmt.Fprintln(w)
		printParameters(w, name, s.Contracts[name])
	}
}

func (s *genesisSummary) printShares(w io.Writer, title string, shares []genesisShare) {
	sum, rows := new(big.Int), make([][]string, 0, len(shares)+1)
	for _, share := range shares {
		sum.Add(sum, share.wei)
		accounts, until := "-", "-"
		if share.Accounts > 0 {
			accounts = fmt.Sprint(share.Accounts)
		}
		if share.Until != nil {
			until = share.Until.Format(time.RFC3339)
		}
		rows = append(rows, []string{share.Part, accounts, coinsText(share.wei, s.Symbol), percentOf(share.wei, s.totalWei), until})
	}
	rows = append(rows, []string{"all", "", coinsText(sum, s.Symbol), percentOf(sum, s.totalWei), ""})
	table(w, []string{title, "ACCOUNTS", "AMOUNT", "PART OF ALL", "LOCKED UNTIL"}, rows)
}

// printParameters writes a contract's parameters in the order of their names.
func printParameters(w io.Writer, name string, values any) {
	fmt.Fprintf(w, "%s\n", name)
	fields, _ := values.(map[string]any)
	var rows []row
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		text, err := json.Marshal(fields[key])
		if err == nil {
			rows = append(rows, row{"  " + key, string(bytes.Trim(text, `"`))})
		}
	}
	properties(w, rows...)
}
