package pattern

import "github.com/cybermiles/cybermiles/middleware/rules/engine/charset"

// maxVisited bounds the bits that remember failed states. A larger match runs
// without memory and is bounded by its budget and by maxSteps alone.
const (
	maxVisited = 1 << 26
	maxSteps   = 50_000_000
	payAhead   = 1024
)

type matcher struct {
	re      *Regexp
	input   []rune
	slots   []int
	stack   []frame
	visited []uint64
	budget  Budget
	paid    int
	steps   int
}

// frame is a branch to resume, or with slot >= 0 a slot value to restore.
type frame struct {
	pc, pos int32
	slot    int32
	value   int
}

// Find returns the positions of the leftmost match at or after start: pairs
// for the whole match and each group, -1 for a group that took no part; nil
// when there is none. Positions count code points.
func (re *Regexp) Find(input []rune, start int, budget Budget) ([]int, error) {
	m, err := re.matcher(input, budget)
	if err != nil {
		return nil, err
	}
	return m.find(start)
}

// FindAll calls found for every successive match that does not overlap, in
// order. A pattern that matches the empty string at a place is not advanced by
// it: XPath forbids such patterns, see MatchesEmpty.
func (re *Regexp) FindAll(input []rune, budget Budget, found func(at []int)) error {
	for start := 0; start <= len(input); {
		m, err := re.matcher(input, budget)
		if err != nil {
			return err
		}
		at, err := m.find(start)
		if err != nil || at == nil {
			return err
		}
		found(at)
		start = max(at[1], start+1)
	}
	return nil
}

// MatchesEmpty reports whether the pattern matches the empty string.
func (re *Regexp) MatchesEmpty(budget Budget) (bool, error) {
	at, err := re.Find(nil, 0, budget)
	return at != nil, err
}

func (re *Regexp) matcher(input []rune, budget Budget) (*matcher, error) {
	m := &matcher{re: re, input: input, slots: make([]int, re.slots), budget: budget}
	if bits := len(re.prog) * (len(input) + 1); !re.backrefs && bits <= maxVisited {
		if !budget(bits / 64) {
			return nil, ErrBudget
		}
		m.visited = make([]uint64, bits/64+1)
	}
	return m, nil
}

func (m *matcher) find(start int) ([]int, error) {
	for at := start; at <= len(m.input); at++ {
		for i := range m.slots {
			m.slots[i] = -1
		}
		ok, err := m.run(at)
		if err != nil {
			return nil, err
		}
		if ok {
			return m.slots[:2*(m.re.groups+1)], nil
		}
	}
	return nil, nil
}

// pay takes one step.
func (m *matcher) pay() bool {
	if m.paid == 0 {
		m.steps += payAhead
		if m.steps > maxSteps || !m.budget(payAhead) {
			return false
		}
		m.paid = payAhead
	}
	m.paid--
	return true
}

func (m *matcher) run(start int) (bool, error) {
	m.stack = append(m.stack[:0], frame{0, int32(start), -1, 0})
	for len(m.stack) > 0 {
		f := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if f.slot >= 0 {
			m.slots[f.slot] = f.value
			continue
		}
		ok, err := m.thread(int(f.pc), int(f.pos))
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// thread follows one branch until it fails or accepts.
func (m *matcher) thread(pc, pos int) (bool, error) {
	for {
		if !m.pay() {
			return false, ErrBudget
		}
		if m.visited != nil {
			bit := pc*(len(m.input)+1) + pos
			if m.visited[bit/64]&(1<<(bit%64)) != 0 {
				return false, nil
			}
			m.visited[bit/64] |= 1 << (bit % 64)
		}
		in := m.re.prog[pc]
		pc++
		switch in.op {
		case opRune, opAny, opAll, opClass:
			if pos == len(m.input) || !m.consumes(in, m.input[pos]) {
				return false, nil
			}
			pos++
		case opSplit:
			m.stack = append(m.stack, frame{in.alt, int32(pos), -1, 0})
			pc = int(in.arg)
		case opJump:
			pc = int(in.arg)
		case opSave, opMark:
			m.stack = append(m.stack, frame{slot: in.arg, value: m.slots[in.arg]})
			m.slots[in.arg] = pos
		case opBack:
			n, ok := m.backReference(int(in.arg), pos)
			if !ok {
				return false, nil
			}
			pos += n
		case opAccept:
			return true, nil
		default:
			if !m.holds(in, pos) {
				return false, nil
			}
		}
	}
}

func (m *matcher) consumes(in instruction, r rune) bool {
	switch in.op {
	case opRune:
		return r == in.arg || m.re.fold && charset.Fold(r) == in.arg
	case opAny:
		return r != '\n' && r != '\r'
	case opClass:
		return m.re.classes[in.arg].has(r, m.re.fold)
	}
	return true
}

func (m *matcher) holds(in instruction, pos int) bool {
	end := len(m.input)
	switch in.op {
	case opMoved:
		return m.slots[in.arg] != pos
	case opStart:
		return pos == 0
	case opEnd:
		return pos == end
	case opLine:
		return pos == 0 || pos < end && m.input[pos-1] == '\n'
	case opEOL:
		return pos == end || m.input[pos] == '\n'
	}
	return false
}

// backReference is the length of group g's text if it stands at pos. A group
// that took no part stands for the empty string.
func (m *matcher) backReference(g, pos int) (int, bool) {
	from, to := m.slots[2*g], m.slots[2*g+1]
	if from < 0 || to < from {
		return 0, true
	}
	n := to - from
	if pos+n > len(m.input) {
		return 0, false
	}
	m.paid -= min(m.paid, n)
	for i := range n {
		a, b := m.input[from+i], m.input[pos+i]
		if a != b && !(m.re.fold && charset.Fold(a) == charset.Fold(b)) {
			return 0, false
		}
	}
	return n, true
}
