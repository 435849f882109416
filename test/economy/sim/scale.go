package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// measured is the cost of one block.
type measured struct {
	Gas    float64
	Millis float64 // median
}

// scale is what the packages' own tests say when they are run at full size.
type scale struct {
	Date       string
	CPU        string
	Blocks     []blockCost
	Operations [4]string // succeeded, failed, blocks, blocks from one check to the next
	Due        [4]string // calls, blocks, least and most a block
}

// blockCost is a block's cost with a number of delegations.
type blockCost struct {
	Delegations  string
	Quiet, Epoch measured
}

// job is a test that takes long.
type job struct {
	about string
	env   string
	args  []string
	read  func(*scale, string) error
}

var jobs = []job{
	{"10^5 scheduled calls due at once", "SCHEDULE_DUE=100000",
		[]string{"-run", "TestManyDueAtOnce", "-v", "./protocol/schedule"}, (*scale).readDue},
	{"10^6 random operations on staking", "STAKING_OPS=1000000",
		[]string{"-run", "TestMoneyIsNeitherLostNorMade|TestAgainstSimpleModel", "-v", "./protocol/staking"}, (*scale).readOperations},
	{"a block with up to 10^6 delegations", "",
		[]string{"-run", "^$", "-bench", "Block/delegations=", "-benchtime", "1000x", "./protocol/staking"}, (*scale).readBlocks},
}

// measure runs the jobs one after the other.
func measure(said io.Writer) (*scale, error) {
	s := &scale{Date: time.Now().UTC().Format("2006-01-02")}
	for _, j := range jobs {
		began := time.Now()
		cmd := exec.Command("go", append([]string{"test", "-count=1", "-timeout", "2h"}, j.args...)...)
		cmd.Env = append(os.Environ(), j.env)
		output, err := cmd.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", j.about, err, output)
		}
		if err := j.read(s, string(output)); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", j.about, err, output)
		}
		fmt.Fprintf(said, "%s: %v\n", j.about, time.Since(began).Round(time.Second))
	}
	return s, nil
}

// find fills in the groups of a pattern.
func find(text, pattern string, into []string) error {
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		return fmt.Errorf("the output has no %q", pattern)
	}
	copy(into, match[1:])
	return nil
}

func (s *scale) readDue(output string) error {
	return find(output, `(\d+) calls in (\d+) blocks, (\d+) to (\d+) a block`, s.Due[:])
}

func (s *scale) readOperations(output string) error {
	if !strings.Contains(output, "--- PASS: TestAgainstSimpleModel") {
		return fmt.Errorf("the comparison with the model did not run")
	}
	return find(output, `(\d+) operations succeeded, (\d+) failed, in (\d+) blocks, checked every (\d+)`, s.Operations[:])
}

var benchLine = regexp.MustCompile(`(?m)^BenchmarkBlock/delegations=(\d+)/(quiet|epoch)\S*\s.*?(\d+) gas/block\s+(\d+) median-ns/block`)

func (s *scale) readBlocks(output string) error {
	cpu := make([]string, 1)
	if err := find(output, `(?m)^cpu: (.+)$`, cpu); err != nil {
		return err
	}
	s.CPU, s.Blocks = cpu[0], nil
	for _, match := range benchLine.FindAllStringSubmatch(output, -1) {
		gas, gasErr := strconv.ParseFloat(match[3], 64)
		nanos, nanosErr := strconv.ParseFloat(match[4], 64)
		if gasErr != nil || nanosErr != nil {
			return fmt.Errorf("%q is no result", match[0])
		}
		if n := len(s.Blocks); n == 0 || s.Blocks[n-1].Delegations != match[1] {
			s.Blocks = append(s.Blocks, blockCost{Delegations: match[1]})
		}
		cost := measured{gas, nanos / 1e6}
		if last := &s.Blocks[len(s.Blocks)-1]; match[2] == "quiet" {
			last.Quiet = cost
		} else {
			last.Epoch = cost
		}
	}
	if len(s.Blocks) < 2 {
		return fmt.Errorf("there are %d results, at least two are needed", len(s.Blocks))
	}
	return nil
}

// report puts the results into sim.md, below the report of the year, and plots
// the cost of a block.
func (s *scale) report(dir string) error {
	plots := filepath.Join(dir, "sim")
	if err := os.MkdirAll(plots, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(plots, "delegations.svg"), s.plot().svg(), 0o644); err != nil {
		return err
	}
	return writeReport(dir, nil, []byte(s.text()))
}

func (s *scale) plot() plot {
	p := plot{Title: "Gas of staking's own call in a block, by the number of delegations", Unit: "million gas", FromZero: true}
	quiet, epoch := line{Name: "any block"}, line{Name: "an epoch's last"}
	for _, b := range s.Blocks {
		p.Labels = append(p.Labels, grouped(b.Delegations))
		quiet.Values, epoch.Values = append(quiet.Values, b.Quiet.Gas/1e6), append(epoch.Values, b.Epoch.Gas/1e6)
	}
	p.Lines = []line{quiet, epoch}
	return p
}

func (s *scale) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n```\nmake sim ARGS=\"-part scale\"\n```\n\nMeasured on %s, %s. A block's work does not depend on the number of delegations:\n\n", scaleHeading, s.Date, s.CPU)
	b.WriteString("| delegations | gas, any block | ms | gas, an epoch's last block | ms |\n|---|---|---|---|---|\n")
	for _, c := range s.Blocks {
		fmt.Fprintf(&b, "| %s | %s | %.3f | %s | %.2f |\n", grouped(c.Delegations),
			grouped(fmt.Sprintf("%.0f", c.Quiet.Gas)), c.Quiet.Millis, grouped(fmt.Sprintf("%.0f", c.Epoch.Gas)), c.Epoch.Millis)
	}
	b.WriteString(`
![delegations](sim/delegations.svg)

24 validators, 19 of them active. The times are medians of 1,000 blocks, of staking's call alone, on a state in memory, which the
million fills with 13 GB; the microseconds by which they differ at equal gas are the processor's caches. With one delegation
most pools are empty, and an epoch's end has less to share out; from 1,000 on every pool has delegators.

`)
	succeeded, failed, blocks := grouped(s.Operations[0]), grouped(s.Operations[1]), grouped(s.Operations[2])
	fmt.Fprintf(&b, "**A million random operations on staking**: %s succeeded and %s failed, in %s blocks, with absences, double signing and\n"+
		"slashing; every %s blocks, what the contract held was what it owed, to the wei. A second test compared it with a model that\n"+
		"divides every reward delegator by delegator.\n\n", succeeded, failed, blocks, s.Operations[3])
	fmt.Fprintf(&b, "**%s scheduled calls due at once**: made in %s blocks under the block's budget, %s to %s in each; none stalled, none was lost.\n",
		grouped(s.Due[0]), grouped(s.Due[1]), grouped(s.Due[2]), grouped(s.Due[3]))
	return b.String()
}

// grouped writes a whole number with commas.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// scaleHeading begins the second part of sim.md.
const scaleHeading = "## At full size"

// writeReport writes one or both parts of sim.md; nil leaves a part as it is.
func writeReport(dir string, year, scale []byte) error {
	path := filepath.Join(dir, "sim.md")
	old, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	before, after, found := bytes.Cut(old, []byte(scaleHeading))
	if year == nil {
		year = before
	}
	if scale == nil && found {
		scale = append([]byte(scaleHeading), after...)
	}
	text := bytes.TrimRight(year, "\n")
	if scale != nil {
		text = append(append(bytes.Clone(text), "\n\n"...), bytes.TrimSpace(scale)...)
	}
	return os.WriteFile(path, append(bytes.TrimLeft(bytes.Clone(text), "\n"), '\n'), 0o644)
}
