package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	p := plan{}
	flag.IntVar(&p.Days, "days", 365, "`days` to simulate")
	flag.IntVar(&p.Operations, "operations", 1_000_000, "`number` of random operations in all")
	flag.DurationVar(&p.Block, "block", time.Minute, "`time` between two blocks")
	flag.Int64Var(&p.Seed, "seed", 1, "`number` that the random choices follow from")
	out := flag.String("out", "docs", "`folder` that sim.md and sim/*.svg are written to")
	part := flag.String("part", "all", "year: the simulation; scale: the packages' long tests at full size; or all")
	flag.Parse()
	if err := parts(*part, p, *out); err != nil {
		fmt.Fprintln(os.Stderr, "sim:", err)
		os.Exit(1)
	}
}

// parts does the work of the parts that are asked for.
func parts(part string, p plan, out string) error {
	if part != "year" && part != "scale" && part != "all" {
		return fmt.Errorf("-part %q: it is year, scale or all", part)
	}
	if part != "scale" {
		if err := simulate(p, out); err != nil || part == "year" {
			return err
		}
	}
	results, err := measure(os.Stderr)
	if err != nil {
		return err
	}
	return results.report(out)
}

func simulate(p plan, out string) error {
	if p.Days < 1 || p.Block < time.Second || p.Block > time.Minute || p.Operations < 0 {
		return fmt.Errorf("-days must be 1 or more, -block from 1s to 1m (longer ones do not mint in full), -operations 0 or more")
	}
	began := time.Now()
	w, err := newWorld(p)
	if err != nil {
		return err
	}
	err = w.run(func(day int) {
		if day%10 == 0 {
			fmt.Fprintf(os.Stderr, "day %d, %d operations, %v\n", day, w.tried, time.Since(began).Round(time.Second))
		}
	})
	if err != nil {
		return err
	}
	return w.report(out)
}
