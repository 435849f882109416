// Package pattern is the regular expressions of XPath and XQuery Functions and
// Operators 3.1 §5.6, which FEEL's matches, replace and split use: XML Schema
// syntax with anchors, reluctant quantifiers, back-references and the flags
// s, m, i, x and q.
//
// It refuses unbounded work: programs are limited in size, and matching costs
// steps that the caller pays for through a Budget. Without back-references the
// steps are linear in program size × input length.
package pattern

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/charset"
)

// MaxProgram bounds the instructions of a compiled pattern, counted repeats
// unrolled; MaxNesting bounds groups within groups.
const (
	MaxProgram = 20_000
	MaxNesting = 100
)

// ErrBudget reports that matching stopped because the budget was used up.
var ErrBudget = errors.New("pattern: the work budget is used up")

// Budget pays for matching; it is asked before the steps are taken and returns
// false to stop.
type Budget func(steps int) bool

type opcode uint8

const (
	opRune  opcode = iota // arg: the code point
	opAny                 // any, but neither \n nor \r
	opAll                 // any at all
	opClass               // arg: index of the class
	opSplit               // try arg, then alt
	opJump                // arg
	opSave                // arg: capture slot
	opMark                // arg: loop slot, remembers the position
	opMoved               // arg: loop slot, fails unless the position moved
	opStart               // ^
	opEnd                 // $
	opLine                // ^ with flag m
	opEOL                 // $ with flag m
	opBack                // arg: group
	opAccept
)

type instruction struct {
	op       opcode
	arg, alt int32
}

// Regexp is a compiled pattern, safe for concurrent use.
type Regexp struct {
	prog     []instruction
	classes  []*class
	groups   int // capturing groups, without the whole match
	slots    int // capture slots and loop slots
	fold     bool
	backrefs bool
	literal  bool // flag q
}

// Compile reads a pattern with its flags.
func Compile(expr, flags string) (*Regexp, error) {
	p := &parser{}
	for _, f := range flags {
		switch f {
		case 's':
			p.dotAll = true
		case 'm':
			p.multiline = true
		case 'i':
			p.re.fold = true
		case 'x':
			p.extended = true
		case 'q':
			p.re.literal = true
		default:
			return nil, fmt.Errorf("pattern flag %q: want s, m, i, x or q", f)
		}
	}
	p.src = []rune(expr)
	if p.re.literal {
		p.extended = false
	} else if p.extended {
		p.src = stripSpace(p.src)
	}
	n, err := p.parse()
	if err != nil {
		return nil, fmt.Errorf("pattern %q at character %d: %w", expr, p.pos+1, err)
	}
	c := &compiler{re: &p.re}
	c.re.slots = 2 * (p.re.groups + 1)
	c.emit(opSave, 0, 0)
	c.node(n)
	c.emit(opSave, 1, 0)
	c.emit(opAccept, 0, 0)
	if c.tooLarge {
		return nil, fmt.Errorf("pattern %q: larger than %d instructions; use smaller repeat counts", expr, MaxProgram)
	}
	return c.re, nil
}

// stripSpace drops white space outside character classes (flag x), also
// between a backslash and what it escapes.
func stripSpace(src []rune) []rune {
	out := make([]rune, 0, len(src))
	depth, escaped := 0, false
	for _, r := range src {
		switch {
		case depth == 0 && strings.ContainsRune(" \t\n\r", r):
			continue
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '[':
			depth++
		case r == ']' && depth > 0:
			depth--
		}
		out = append(out, r)
	}
	return out
}

// class is a set of code points: ranges and predicates, perhaps negated, minus
// another class.
type class struct {
	negated  bool
	ranges   []rune // pairs
	includes []func(rune) bool
	minus    *class
}

func (c *class) add(first, last rune) { c.ranges = append(c.ranges, first, last) }

func (c *class) has(r rune, fold bool) bool {
	in := c.positive(r)
	if !in && fold {
		for _, v := range variants(r) {
			if in = c.positive(v); in {
				break
			}
		}
	}
	return in != c.negated && (c.minus == nil || !c.minus.has(r, fold))
}

func (c *class) positive(r rune) bool {
	for i := 0; i < len(c.ranges); i += 2 {
		if c.ranges[i] <= r && r <= c.ranges[i+1] {
			return true
		}
	}
	for _, f := range c.includes {
		if f(r) {
			return true
		}
	}
	return false
}

// variants are the other cases of r.
func variants(r rune) []rune {
	var out []rune
	for _, s := range []string{charset.ToLower(string(r)), charset.ToUpper(string(r)), string(charset.Fold(r))} {
		if v := []rune(s); len(v) == 1 && v[0] != r {
			out = append(out, v[0])
		}
	}
	return out
}

// Size is the number of instructions.
func (re *Regexp) Size() int { return len(re.prog) }
