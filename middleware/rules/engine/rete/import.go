package rete

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// ErrState is wrapped by every refusal of an exported state.
var ErrState = errors.New("invalid session state")

// Import builds a session from exported state and charges meter for it. The
// session goes on exactly as the exported one would have.
func (e *Engine) Import(state []byte, meter Meter) (*Session, error) {
	header := len(stateMagic) + 1 + len(e.hash)
	switch {
	case len(state) < header || !bytes.HasPrefix(state, stateMagic):
		return nil, fmt.Errorf("%w: it does not start with %q", ErrState, stateMagic)
	case state[len(stateMagic)] != StateVersion:
		return nil, fmt.Errorf("%w: version %d, this engine reads version %d", ErrState, state[len(stateMagic)], StateVersion)
	case !bytes.Equal(state[len(stateMagic)+1:header], e.hash[:]):
		return nil, fmt.Errorf("%w: it belongs to another rule model", ErrState)
	}
	s := e.emptySession(meter)
	r := stateReader{s: s, in: state, at: header}
	err := s.change(func() error {
		s.importing = true
		defer func() { s.importing = false }()
		if err := s.start(); err != nil {
			return err
		}
		r.counters()
		r.texts()
		r.facts()
		r.matches()
		r.supports()
		r.agenda()
		if r.err == nil && r.at != len(state) {
			r.fail("%d bytes follow the state", len(state)-r.at)
		}
		return r.err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

type stateReader struct {
	s       *Session
	in      []byte
	at      int
	strings []cell
	list    []uint32          // facts in the order of their tags
	byMatch map[string]uint32 // match bytes to terminal token
	err     error
}

func (r *stateReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: at byte %d: %s", ErrState, r.at, fmt.Sprintf(format, args...))
	}
}

// uint reads an integer of at most most, written without needless bytes.
func (r *stateReader) uint(most uint64) uint64 {
	if r.err != nil {
		return 0
	}
	u, n := binary.Uvarint(r.in[r.at:])
	if n <= 0 || u > most || n > 1 && r.in[r.at+n-1] == 0 {
		r.fail("expected an integer of at most %d", most)
		return 0
	}
	r.at += n
	r.s.step()
	return u
}

const (
	anyUint    = 1<<64 - 1
	maxCounter = 1 << 62 // ids and tags cannot run over in practice
)

// count reads the length of a list whose items take at least one byte.
func (r *stateReader) count() int { return int(r.uint(uint64(len(r.in) - r.at))) }

func (r *stateReader) text(n uint64) string {
	if r.err != nil || n > uint64(len(r.in)-r.at) {
		r.fail("a text of %d bytes does not fit", n)
		return ""
	}
	r.at += int(n)
	return string(r.in[r.at-int(n) : r.at])
}

func (r *stateReader) counters() {
	r.s.nextID = r.uint(maxCounter)
	r.s.nextTag = r.uint(maxCounter)
	if r.s.nextID == 0 || r.s.nextTag == 0 {
		r.fail("a counter is 0, they start at 1")
	}
	seen := make(map[uint64]bool)
	groups := uint64(len(r.s.engine.model.Groups))
	for range r.count() {
		g := r.uint(groups - 1)
		if seen[g] {
			r.fail("agenda group %d is twice on the focus stack", g)
		}
		if r.err != nil {
			return
		}
		seen[g] = true
		r.s.focus = append(r.s.focus, uint32(g))
	}
}

func (r *stateReader) texts() {
	seen := make(map[cell]bool)
	for range r.count() {
		t := r.text(r.uint(MaxString))
		c := r.s.sym.internText(t)
		if seen[c] || !utf8.ValidString(t) {
			r.fail("a string is repeated or not UTF-8")
		}
		if r.err != nil {
			return
		}
		r.s.work += uint64(len(t)) / 32
		seen[c] = true
		r.strings = append(r.strings, c)
	}
}

func (r *stateReader) facts() {
	n := r.count()
	if n > MaxFacts {
		r.fail("%d facts, the limit is %d", n, MaxFacts)
	}
	tag, nextString := uint64(0), 0
	for i := 0; i < n && r.err == nil; i++ {
		id, gap := r.uint(r.s.nextID-1), r.uint(anyUint)
		if _, known := r.s.byID[id]; known || id == 0 || gap == 0 || gap >= r.s.nextTag-tag {
			r.fail("fact %d: its id or tag is repeated or out of range", id)
			return
		}
		tag += gap
		r.fact(id, tag, &nextString)
	}
	if nextString != len(r.strings) {
		r.fail("%d strings, %d are used", len(r.strings), nextString)
	}
}

func (r *stateReader) fact(id, tag uint64, nextString *int) {
	s := r.s
	head := r.uint(uint64(len(s.engine.templates))<<1 - 1)
	if r.err != nil {
		return
	}
	template := uint32(head >> 1)
	slots := s.engine.templates[template].slots
	values := make([]cell, len(slots))
	for i := range slots {
		values[i] = r.value(slots[i].Type, nextString)
	}
	if r.err != nil {
		return
	}
	stated := head&1 == 1
	if !stated && (!s.engine.templates[template].logical || s.equal[contentKey(template, values)].logical != 0) {
		r.fail("fact %d cannot be logical", id)
		return
	}
	f := s.newFact(values)
	k := &s.facts[f]
	k.id, k.tag, k.template, k.stated = id, tag, template, stated
	s.byID[id] = f
	s.indexContent(f)
	r.list = append(r.list, f)
	s.begin()
	s.enter(f)
}

func (r *stateReader) value(t model.Type, nextString *int) cell {
	switch t {
	case model.Boolean:
		return cell(r.uint(1))
	case model.String:
		i := r.uint(uint64(min(*nextString, len(r.strings)-1)))
		if len(r.strings) == 0 {
			r.fail("a string that the table lacks")
		}
		if r.err != nil {
			return 0
		}
		if int(i) == *nextString {
			*nextString++
		}
		return r.strings[i]
	}
	u := r.uint(anyUint)
	if u&1 == 0 {
		zigzag := u >> 1
		x := int64(zigzag>>1) ^ -int64(zigzag&1)
		return smallCell(x)
	}
	text := r.text(u >> 1)
	d, err := model.ParseNumber(text)
	if err != nil || r.err != nil {
		r.fail("%v", err)
		return 0
	}
	canonical := model.FormatNumber(d) == text
	c, ok := r.s.number(d, t)
	if !ok || !canonical || c.small() {
		r.fail("number %q is not canonical or no %s", text, t)
	}
	return c
}

// matches indexes the matches that the facts give by how they are written.
func (r *stateReader) matches() {
	if r.err != nil {
		return
	}
	w := stateWriter{s: r.s, index: make(map[uint32]uint64, len(r.list))}
	for i, f := range r.list {
		w.index[f] = uint64(i)
	}
	r.byMatch = map[string]uint32{}
	r.s.eachMatch(func(rule, t uint32) {
		r.s.step()
		w.out = w.out[:0]
		w.match(rule, t)
		r.byMatch[string(w.out)] = t
	})
}

// match reads a match and gives its rule and terminal token.
func (r *stateReader) match() (uint32, uint32) {
	start := r.at
	if len(r.s.engine.rules) == 0 {
		r.fail("a match, but the model has no rule")
	}
	rule := r.uint(uint64(len(r.s.engine.rules)) - 1)
	if r.err != nil {
		return 0, 0
	}
	for range r.s.engine.rules[rule].facts {
		r.uint(anyUint)
	}
	t, ok := r.byMatch[string(r.in[start:r.at])]
	if !ok {
		r.fail("a match of rule %d that does not hold", rule)
	}
	return uint32(rule), t
}

func (r *stateReader) supports() {
	last := []byte(nil)
	for range r.count() {
		start := r.at
		rule, t := r.match()
		if r.err != nil {
			return
		}
		// Rules ascend, and within a rule the bytes of the matches do.
		match := r.in[start:r.at]
		if last != nil && compareMatches(last, match) >= 0 {
			r.fail("supports are out of order")
		}
		last = match
		if !r.s.engine.rules[rule].logical {
			r.fail("rule %d supports nothing", rule)
		}
		n, least := r.count(), 0
		for range n {
			i := int(r.uint(uint64(max(len(r.list), 1) - 1)))
			if r.err != nil || i < least || i >= len(r.list) || r.s.facts[r.list[i]].stated {
				r.fail("a support of a fact that is not logical, or out of order")
				return
			}
			least = i + 1
			r.s.support(t, r.list[i])
		}
		if n == 0 {
			r.fail("a match that supports nothing")
		}
	}
	for _, f := range r.list {
		if k := &r.s.facts[f]; r.err == nil && !k.stated && k.supports == 0 {
			r.fail("fact %d is logical and has no support", k.id)
		}
	}
}

// compareMatches orders written matches by rule, then by their bytes.
func compareMatches(a, b []byte) int {
	x, _ := binary.Uvarint(a)
	y, _ := binary.Uvarint(b)
	if x != y {
		if x < y {
			return -1
		}
		return 1
	}
	return bytes.Compare(a, b)
}

func (r *stateReader) agenda() {
	for group := range r.s.agenda {
		previous := uint32(0)
		for range r.count() {
			rule, t := r.match()
			if r.err != nil {
				return
			}
			k := &r.s.engine.rules[rule]
			if int(k.Group) != group || r.s.tokens[t].extra != 0 {
				r.fail("an activation of rule %d is repeated or in the wrong group", rule)
				return
			}
			r.s.activate(k, rule, t)
			a := r.s.tokens[t].extra
			if previous != 0 && !r.s.before(previous, a) {
				r.fail("activations are out of order")
			}
			previous = a
		}
	}
}
