package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cybermiles/cybermiles/protocol/staking"
)

// report writes sim.md and its plots into a folder.
func (w *world) report(dir string) error {
	plots := filepath.Join(dir, "sim")
	if err := os.MkdirAll(plots, 0o755); err != nil {
		return err
	}
	for name, p := range w.plots() {
		if err := os.WriteFile(filepath.Join(plots, name+".svg"), p.svg(), 0o644); err != nil {
			return err
		}
	}
	text, err := w.text()
	if err != nil {
		return err
	}
	return writeReport(dir, []byte(text), nil)
}

// plots are the report's pictures by their names.
func (w *world) plots() map[string]plot {
	supply := plot{Title: "Supply", Unit: "million CMT"}
	inflation := plot{Title: "Inflation", Unit: "% a year, mined in the last 7 days"}
	staked := plot{Title: "Staked share", Unit: "% of all coins"}
	rewards := plot{Title: "Rewards of each validator and its own stake", Unit: "thousand CMT"}
	var total, mined, rate, share []float64
	earned := make([][]float64, founders)
	for i, d := range w.days {
		total, mined = append(total, d.Total/1e6), append(mined, (d.Total-d.Mined+d.Burned)/1e6)
		from := day{}
		if i >= 7 {
			from = w.days[i-7]
			rate = append(rate, 100*(d.Mined-from.Mined)/from.Total/7*365)
		}
		share = append(share, 100*d.Staked/d.Total)
		for n := range founders {
			earned[n] = append(earned[n], d.Rewards[n]/1e3)
		}
	}
	supply.Lines = []line{{"all coins", total}, {"those of the beginning", mined}}
	inflation.Lines, staked.Lines = []line{{"", rate}}, []line{{"", share}}
	for n := range founders {
		rewards.Lines = append(rewards.Lines, line{"", earned[n]})
	}
	return map[string]plot{"supply": supply, "inflation": inflation, "staked": staked, "rewards": rewards}
}

func (w *world) text() (string, error) {
	var b strings.Builder
	last := w.days[len(w.days)-1]
	fmt.Fprintf(&b, `# %d days of the economy

Written by the simulation itself; do not edit.

`+"```\nmake sim ARGS=\"-part year\"\n```"+`

%d blocks, one each %v, with the chain's contracts as every node wires them. %d people and %d validators tried %d random
operations. After each block the balances of all accounts came to what `+"`supply`"+` says exists, to the wei; every 1,000 blocks
staking had what it owes. Operations at random fail often, as they ask for more than there is; a failure other than a revert
ends the simulation.

`, w.plan.Days, w.number, w.plan.Block, delegates, founders, w.tried)
	if w.plan.Days == 365 {
		b.WriteString("The year has mined its provision, 8 % of the coins at its start, to the wei.\n\n")
	}
	fmt.Fprintf(&b, "| at the end | CMT |\n|---|---|\n| all coins | %.0f |\n| mined | %.0f |\n| burned | %.0f |\n| staked | %.0f (%.1f %%) |\n\n",
		last.Total, last.Mined, last.Burned, last.Staked, 100*last.Staked/last.Total)
	for _, p := range []struct{ name, about string }{
		{"supply", "All coins, and below them what the chain began with."},
		{"inflation", "The provision of a year is fixed at its start, so the rate falls a little as the supply grows."},
		{"staked", "Coins that work. People here move at random and do not look at what staking earns."},
		{"rewards", "What each of the founding validators has earned with its commission and its own stake. Active ones share 90 %\nby power, standby ones 10 % by stake; who is out or barred earns nothing."},
	} {
		fmt.Fprintf(&b, "![%s](sim/%s.svg)\n\n%s\n\n", p.name, p.name, p.about)
	}
	counts := make(map[staking.Status]int)
	for n := range w.validators {
		v, err := view[staking.Validator](w.ledger, "staking", "validator", uint64(n+1))
		if err != nil {
			return "", err
		}
		counts[v.Status]++
	}
	fmt.Fprintf(&b, "In the end %d validators are active, %d stand by, %d are candidates, %d are out and %d barred.\n\n",
		counts[staking.StatusActive], counts[staking.StatusStandby], counts[staking.StatusCandidate], counts[staking.StatusOut], counts[staking.StatusBarred])
	b.WriteString("| what succeeded | times |\n|---|---|\n")
	for _, kind := range slices.Sorted(maps.Keys(w.done)) {
		fmt.Fprintf(&b, "| %s | %d |\n", kind, w.done[kind])
	}
	return b.String(), nil
}
