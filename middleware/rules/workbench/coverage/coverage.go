// Package coverage finds what is wrong with the rules of a decision table as a
// whole: inputs that no rule matches, rules that overlap where the hit policy
// forbids it, and rules that can never decide, each with an input that shows it.
//
// It cuts each input column at the constants of its tests and works on the boxes
// that rules are. Tests of constants, comparisons, ranges, lists and not(…) of
// numbers, strings, booleans, dates and durations are decided exactly; a finding
// that hangs on any other expression, or on more work than the limit allows, is
// reported as not decided. Columns are taken as independent of each other. Null
// counts as an input of a column only when one of its tests names it, but a rule
// that decides nothing else than null is not called unreachable.
package coverage

import (
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/dmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Kind tells findings apart.
type Kind uint8

// The kinds of findings.
const (
	Gap         Kind = iota // no rule matches the example
	Overlap                 // several do, and the hit policy makes that a fault
	Unreachable             // a rule never decides
	Undecided               // there may be more of what the message says
)

var kindNames = [...]string{"gap", "overlap", "unreachable", "undecided"}

// String is the kind's name.
func (k Kind) String() string { return kindNames[k] }

// Input is an input of an example.
type Input struct {
	Name  string // the text of the column's expression
	Value feel.Value
}

// Finding is what is wrong with a table.
type Finding struct {
	Kind    Kind
	Element string
	File    string
	Line    int
	Rules   []int // that it is about, from 1
	Example []Input
	Message string // with the example
}

// String gives the finding with its place.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Element, f.Message)
}

// most is how many findings of a kind are listed for a table.
const most = 20

// Check looks at one table of a model.
func Check(model *dmn.Model, source compiler.TableSource) []Finding {
	c := &checker{source: source, table: source.Table, budget: maxVisits}
	if len(c.table.Inputs) == 0 {
		return nil
	}
	c.regions = newRegions(model, source)
	c.impossible()
	c.gaps()
	switch c.table.Policy {
	case dmn.Unique, dmn.Any:
		c.overlaps()
	case dmn.First:
		c.hidden(c.inOrder())
	case dmn.Priority:
		c.hidden(c.byPriority())
	}
	return c.findings
}

// checker collects the findings of a table.
type checker struct {
	source   compiler.TableSource
	table    *dmn.Table
	regions  *regions
	budget   int // visits of a rule that are left
	findings []Finding
}

func (c *checker) report(kind Kind, rules []int32, example []Input, format string, args ...any) {
	f := Finding{Kind: kind, Element: c.source.Element, File: c.source.File, Line: c.source.Line, Example: example}
	for _, r := range rules {
		f.Rules = append(f.Rules, int(r)+1)
	}
	if kind != Undecided && len(rules) > 0 && int(rules[len(rules)-1]) < len(c.source.Lines) {
		f.Line = c.source.Lines[rules[len(rules)-1]]
	}
	f.Message = fmt.Sprintf(format, args...)
	c.findings = append(c.findings, f)
}

func exampleText(example []Input) string {
	parts := make([]string, len(example))
	for i, in := range example {
		parts[i] = fmt.Sprintf("%s = %s", in.Name, feel.Text(in.Value))
	}
	return strings.Join(parts, ", ")
}

// listed is a list of rules in words, shortened, with what it does or they do.
func listed(rules []int32, does, do string) string {
	const shown = 5
	var b strings.Builder
	for i, r := range rules {
		switch {
		case i == shown && len(rules) > shown+1:
			fmt.Fprintf(&b, " and %d more", len(rules)-shown)
			return "rules " + b.String() + " " + do
		case i > 0 && i == len(rules)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprint(&b, r+1)
	}
	if len(rules) == 1 {
		return "rule " + b.String() + " " + does
	}
	return "rules " + b.String() + " " + do
}

// impossible reports rules with a test that no value passes.
func (c *checker) impossible() {
	x := c.regions
	found := 0
	for r := range int32(x.count) {
		for a := range x.axes {
			cell := x.cell(r, a)
			if cell.unknown || len(cell.spans) > 0 {
				continue
			}
			if found++; found <= most {
				c.report(Unreachable, []int32{r}, nil, "rule %d never matches: no value of %s passes its test", r+1, x.axes[a].name)
			}
			break
		}
	}
	c.more(Unreachable, found)
}

func (c *checker) more(kind Kind, found int) {
	if found > most {
		c.report(kind, nil, nil, "%d more findings of this kind (%s) are not listed", found-most, kind)
	}
}

// gaps reports boxes without a rule.
func (c *checker) gaps() {
	for _, o := range c.table.Outputs {
		if o.Default != nil {
			return
		}
	}
	x := c.regions
	whole := x.in
	if whole == nil {
		return
	}
	every, known := x.every(false), x.every(true)
	found, done := c.uncovered(whole, every, most+1, maxVisits/2)
	for i, b := range found {
		if i == most {
			c.report(Gap, nil, nil, "more inputs that no rule matches are not listed")
			break
		}
		example := x.example(b)
		c.report(Gap, nil, example, "no rule matches %s", exampleText(example))
	}
	general := x.generalAxes()
	switch {
	case !done:
		c.report(Undecided, nil, nil, "the table takes too much work to find every input without a rule: there may be more")
	case len(general) > 0:
		c.report(Undecided, nil, nil, "whether every input has a rule is not decided: the allowed values of %s are a general expression", strings.Join(general, ", "))
	case len(known) < len(every) && len(found) <= most:
		c.gapsBehindGeneral(whole, known)
	}
}

// gapsBehindGeneral looks for inputs that only rules with general expressions may
// match.
func (c *checker) gapsBehindGeneral(whole box, known []int32) {
	x := c.regions
	unknown := x.unknown()
	found, done := c.uncovered(whole, known, most*most, maxVisits/4)
	for _, b := range found {
		for _, r := range unknown {
			if x.meets(r, b) {
				example := x.example(b)
				c.report(Undecided, unknown, example, "whether every input has a rule is not decided: %s with a general expression, and no other rule matches %s", listed(unknown, "tests", "test"), exampleText(example))
				return
			}
		}
	}
	if !done || len(found) >= most*most {
		c.report(Undecided, unknown, nil, "whether every input has a rule is not decided: %s with a general expression", listed(unknown, "tests", "test"))
	}
}
