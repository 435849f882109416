package pattern

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/charset"
)

// node is a parsed expression.
type node struct {
	kind     nodeKind
	subs     []*node
	value    rune
	op       opcode
	class    *class
	group    int // capturing group, 0 for none; or the back-reference
	min, max int // of a repeat; max -1 is unbounded
	lazy     bool
}

type nodeKind uint8

const (
	nodeEmpty nodeKind = iota
	nodeRune
	nodeAssert // one instruction without argument
	nodeClass
	nodeConcat
	nodeAlternate
	nodeGroup
	nodeRepeat
	nodeBack
)

type parser struct {
	re        Regexp
	src       []rune
	pos       int
	depth     int
	closed    []bool // groups that a back-reference may name
	dotAll    bool
	multiline bool
	extended  bool
}

func (p *parser) parse() (*node, error) {
	if p.re.literal {
		n := &node{kind: nodeConcat}
		for _, r := range p.src {
			n.subs = append(n.subs, &node{kind: nodeRune, value: r})
		}
		return n, nil
	}
	p.closed = []bool{false}
	n, err := p.alternation()
	if err != nil {
		return nil, err
	}
	if p.pos < len(p.src) {
		return nil, fmt.Errorf("unexpected %q", p.src[p.pos])
	}
	return n, nil
}

func (p *parser) more() bool { return p.pos < len(p.src) }

func (p *parser) peek() rune {
	if p.more() {
		return p.src[p.pos]
	}
	return -1
}

func (p *parser) accept(r rune) bool {
	if p.peek() == r {
		p.pos++
		return true
	}
	return false
}

func (p *parser) alternation() (*node, error) {
	if p.depth++; p.depth > MaxNesting {
		return nil, fmt.Errorf("groups nest deeper than %d", MaxNesting)
	}
	defer func() { p.depth-- }()
	alt := &node{kind: nodeAlternate}
	for {
		branch, err := p.branch()
		if err != nil {
			return nil, err
		}
		alt.subs = append(alt.subs, branch)
		if !p.accept('|') {
			break
		}
	}
	if len(alt.subs) == 1 {
		return alt.subs[0], nil
	}
	return alt, nil
}

func (p *parser) branch() (*node, error) {
	n := &node{kind: nodeConcat}
	for p.more() && p.peek() != '|' && p.peek() != ')' {
		atom, err := p.atom()
		if err != nil {
			return nil, err
		}
		if atom, err = p.quantifier(atom); err != nil {
			return nil, err
		}
		n.subs = append(n.subs, atom)
	}
	return n, nil
}

func (p *parser) quantifier(atom *node) (*node, error) {
	n := &node{kind: nodeRepeat, subs: []*node{atom}, max: -1}
	switch p.peek() {
	case '*':
	case '+':
		n.min = 1
	case '?':
		n.max = 1
	case '{':
		if err := p.counts(n); err != nil {
			return nil, err
		}
	default:
		return atom, nil
	}
	p.pos++
	n.lazy = p.accept('?')
	return n, nil
}

// counts reads {n}, {n,} or {n,m} up to its closing brace.
func (p *parser) counts(n *node) error {
	p.pos++
	var err error
	if n.min, err = p.number(); err != nil {
		return err
	}
	n.max = n.min
	if p.accept(',') {
		n.max = -1
		if p.peek() != '}' {
			if n.max, err = p.number(); err != nil {
				return err
			}
			if n.max < n.min {
				return errors.New("a repeat whose maximum is below its minimum")
			}
		}
	}
	if p.peek() != '}' {
		return errors.New("want } after a repeat count")
	}
	return nil
}

func (p *parser) number() (int, error) {
	start, v := p.pos, 0
	for p.more() && p.peek() >= '0' && p.peek() <= '9' {
		v = v*10 + int(p.peek()-'0')
		if v > MaxProgram {
			return 0, fmt.Errorf("a repeat count above %d", MaxProgram)
		}
		p.pos++
	}
	if p.pos == start {
		return 0, errors.New("want a number")
	}
	return v, nil
}

func (p *parser) atom() (*node, error) {
	r := p.peek()
	p.pos++
	switch r {
	case '(':
		return p.group()
	case '[':
		c, err := p.classBody()
		return &node{kind: nodeClass, class: c}, err
	case '.':
		return &node{kind: nodeAssert, op: choose(p.dotAll, opAll, opAny)}, nil
	case '^':
		return &node{kind: nodeAssert, op: choose(p.multiline, opLine, opStart)}, nil
	case '$':
		return &node{kind: nodeAssert, op: choose(p.multiline, opEOL, opEnd)}, nil
	case '\\':
		return p.escapedAtom()
	case '*', '+', '?', '{', '}', ']':
		p.pos--
		return nil, fmt.Errorf("%q needs a backslash here", r)
	}
	return &node{kind: nodeRune, value: r}, nil
}

func choose(cond bool, yes, no opcode) opcode {
	if cond {
		return yes
	}
	return no
}

func (p *parser) group() (*node, error) {
	n := &node{kind: nodeGroup}
	if p.accept('?') {
		if !p.accept(':') {
			return nil, errors.New("want (?: for a group that captures nothing")
		}
	} else {
		p.re.groups++
		n.group = p.re.groups
		p.closed = append(p.closed, false)
	}
	sub, err := p.alternation()
	if err != nil {
		return nil, err
	}
	if !p.accept(')') {
		return nil, errors.New("want ) to close the group")
	}
	if n.group > 0 {
		p.closed[n.group] = true
	}
	n.subs = []*node{sub}
	return n, nil
}

// escapedAtom reads what follows a backslash outside a class.
func (p *parser) escapedAtom() (*node, error) {
	if r := p.peek(); r >= '1' && r <= '9' {
		n := 0
		for p.more() && p.peek() >= '0' && p.peek() <= '9' {
			next := n*10 + int(p.peek()-'0')
			if n > 0 && next > p.re.groups {
				break
			}
			n = next
			p.pos++
		}
		if n >= len(p.closed) || !p.closed[n] {
			return nil, fmt.Errorf("\\%d refers to no group before it", n)
		}
		p.re.backrefs = true
		return &node{kind: nodeBack, group: n}, nil
	}
	r, set, err := p.escape()
	if err != nil {
		return nil, err
	}
	if set != nil {
		return &node{kind: nodeClass, class: &class{includes: []func(rune) bool{set}}}, nil
	}
	return &node{kind: nodeRune, value: r}, nil
}

// escape reads an escape: one character or a predicate.
func (p *parser) escape() (rune, func(rune) bool, error) {
	if !p.more() {
		return 0, nil, errors.New("a backslash at the end")
	}
	r := p.peek()
	p.pos++
	switch r {
	case 'n':
		return '\n', nil, nil
	case 'r':
		return '\r', nil, nil
	case 't':
		return '\t', nil, nil
	case 'p', 'P':
		f, err := p.property()
		if err == nil && r == 'P' {
			return 0, func(c rune) bool { return !f(c) }, nil
		}
		return 0, f, err
	}
	if strings.ContainsRune(`\|.?*+(){}-[]^$`, r) {
		return r, nil, nil
	}
	if f, ok := multiEscapes[r]; ok {
		return 0, f, nil
	}
	p.pos--
	return 0, nil, fmt.Errorf("unknown escape \\%c", r)
}

// multiEscapes are the multi-character escapes of XML Schema.
var multiEscapes = func() map[rune]func(rune) bool {
	space := func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }
	digit := func(r rune) bool { return charset.Category(r) == "Nd" }
	word := func(r rune) bool { return !strings.Contains("PZC", charset.Category(r)[:1]) }
	m := map[rune]func(rune) bool{'s': space, 'd': digit, 'w': word, 'i': nameStart, 'c': nameRune}
	for lower, upper := range map[rune]rune{'s': 'S', 'd': 'D', 'w': 'W', 'i': 'I', 'c': 'C'} {
		f := m[lower]
		m[upper] = func(r rune) bool { return !f(r) }
	}
	return m
}()

// nameStart is NameStartChar of XML 1.0.
func nameStart(r rune) bool {
	switch {
	case r == ':', r == '_', 'A' <= r && r <= 'Z', 'a' <= r && r <= 'z':
		return true
	}
	return inPairs(r, 0xC0, 0xD6, 0xD8, 0xF6, 0xF8, 0x2FF, 0x370, 0x37D, 0x37F, 0x1FFF, 0x200C, 0x200D,
		0x2070, 0x218F, 0x2C00, 0x2FEF, 0x3001, 0xD7FF, 0xF900, 0xFDCF, 0xFDF0, 0xFFFD, 0x10000, 0xEFFFF)
}

// nameRune is NameChar of XML 1.0.
func nameRune(r rune) bool {
	return nameStart(r) || inPairs(r, '-', '.', '0', '9', 0xB7, 0xB7, 0x300, 0x36F, 0x203F, 0x2040)
}

func inPairs(r rune, pairs ...rune) bool {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] <= r && r <= pairs[i+1] {
			return true
		}
	}
	return false
}
