package pattern

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/charset"
)

// property reads {Name} after \p.
func (p *parser) property() (func(rune) bool, error) {
	if !p.accept('{') {
		return nil, errors.New(`want { after \p`)
	}
	start := p.pos
	for p.more() && p.peek() != '}' {
		p.pos++
	}
	name := string(p.src[start:p.pos])
	if !p.accept('}') {
		return nil, errors.New(`want } after the name of a property`)
	}
	if p.extended {
		name = strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \t\n\r", r) {
				return -1
			}
			return r
		}, name)
	}
	if block, ok := strings.CutPrefix(name, "Is"); ok {
		first, last, ok := charset.Block(block)
		if !ok {
			return nil, fmt.Errorf("unknown block %q", block)
		}
		return func(r rune) bool { return first <= r && r <= last }, nil
	}
	if !charset.IsCategory(name) {
		return nil, fmt.Errorf("unknown category %q", name)
	}
	return func(r rune) bool { return strings.HasPrefix(charset.Category(r), name) }, nil
}

// classBody reads a character class after its opening bracket.
func (p *parser) classBody() (*class, error) {
	if p.depth++; p.depth > MaxNesting {
		return nil, fmt.Errorf("classes nest deeper than %d", MaxNesting)
	}
	defer func() { p.depth-- }()
	c := &class{negated: p.accept('^')}
	for first := true; ; first = false {
		switch {
		case !p.more():
			return nil, errors.New("want ] to close the class")
		case p.peek() == ']' && !first:
			p.pos++
			return c, nil
		case p.peek() == '-' && !first && p.pos+1 < len(p.src) && p.src[p.pos+1] == '[':
			p.pos += 2
			var err error
			if c.minus, err = p.classBody(); err != nil {
				return nil, err
			}
			if !p.accept(']') {
				return nil, errors.New("want ] after a class subtraction")
			}
			return c, nil
		}
		if err := p.classItem(c); err != nil {
			return nil, err
		}
	}
}

func (p *parser) classItem(c *class) error {
	low, set, err := p.classRune()
	if err != nil {
		return err
	}
	if set != nil {
		c.includes = append(c.includes, set)
		return nil
	}
	high := low
	if p.peek() == '-' && p.pos+1 < len(p.src) && p.src[p.pos+1] != ']' && p.src[p.pos+1] != '[' {
		p.pos++
		if high, set, err = p.classRune(); err != nil {
			return err
		}
		if set != nil || high < low {
			return errors.New("a range whose end is not above its start")
		}
	}
	c.add(low, high)
	return nil
}

func (p *parser) classRune() (rune, func(rune) bool, error) {
	if !p.more() {
		return 0, nil, errors.New("want ] to close the class")
	}
	r := p.peek()
	if r == '[' || r == ']' {
		return 0, nil, fmt.Errorf("%q needs a backslash in a class", r)
	}
	p.pos++
	if r == '\\' {
		return p.escape()
	}
	return r, nil, nil
}
