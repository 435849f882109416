package feel

import (
	"errors"
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
)

// Meter is charged for work before it is done. An error from Charge ends the
// evaluation.
type Meter interface {
	Charge(units uint64) error
}

// Limits bound what an evaluation may build. They are part of consensus:
// change them only with the protocol.
type Limits struct {
	Calls  int // functions and decisions evaluated within each other
	Nest   int // values within values, where an operation walks into them
	List   int // items of one list
	String int // bytes of one string
	Cells  int // list items, context entries and 16-byte pieces of strings built in all
}

// DefaultLimits are the limits of the chain.
var DefaultLimits = Limits{Calls: 400, Nest: 1000, List: 1 << 17, String: 1 << 20, Cells: 1 << 22}

// ErrLimit is wrapped by every error that reports a limit.
var ErrLimit = errors.New("feel: limit exceeded")

// flushAt is how many units are gathered before the meter is asked.
const flushAt = 256

// Machine evaluates expressions. It is for one evaluation at a time.
type Machine struct {
	meter   Meter
	limits  Limits
	now     calendar.DateTime
	pending uint64
	cells   int
	calls   int
	nest    int
	scratch []uint64
	err     error
}

// NewMachine returns a machine whose now() is the given moment. A nil meter
// counts nothing.
func NewMachine(meter Meter, limits Limits, now calendar.DateTime) *Machine {
	return &Machine{meter: meter, limits: limits, now: now}
}

// Reset readies the machine for another evaluation.
func (m *Machine) Reset(meter Meter, now calendar.DateTime) {
	*m = Machine{meter: meter, limits: m.limits, now: now, scratch: m.scratch}
}

// Err settles the charges and returns what stopped the evaluation, if
// anything. Values computed before a stop mean nothing.
func (m *Machine) Err() error {
	m.flush()
	return m.err
}

func (m *Machine) flush() {
	if m.err == nil && m.meter != nil && m.pending > 0 {
		m.err = m.meter.Charge(m.pending)
	}
	m.pending = 0
}

// Charge takes units of work; false when the evaluation must stop.
func (m *Machine) Charge(units int) bool {
	m.pending += uint64(units)
	if m.pending >= flushAt {
		m.flush()
	}
	return m.err == nil
}

// fail stops the evaluation.
func (m *Machine) fail(format string, args ...any) {
	if m.err == nil {
		m.err = fmt.Errorf("%w: "+format, append([]any{ErrLimit}, args...)...)
	}
}

// grow accounts for n new items of one list or context.
func (m *Machine) grow(n int) bool {
	if n > m.limits.List {
		m.fail("a list of %d items, at most %d are allowed", n, m.limits.List)
		return false
	}
	return m.build(n)
}

// growString accounts for a new string of n bytes.
func (m *Machine) growString(n int) bool {
	if n > m.limits.String {
		m.fail("a string of %d bytes, at most %d are allowed", n, m.limits.String)
		return false
	}
	return m.build(n/16 + 1)
}

func (m *Machine) build(cells int) bool {
	if m.cells += cells; m.cells > m.limits.Cells {
		m.fail("more than %d values built in one evaluation", m.limits.Cells)
		return false
	}
	return m.Charge(cells)
}

// Enter counts a call, of a function or of the logic of another decision; Leave
// must follow when it returns true.
func (m *Machine) Enter() bool {
	if m.calls >= m.limits.Calls {
		m.fail("functions and decisions call each other more than %d deep", m.limits.Calls)
		return false
	}
	m.calls++
	return m.Charge(5)
}

// Leave ends what Enter began.
func (m *Machine) Leave() { m.calls-- }

// into counts a step into a nested value; out must follow when it returns
// true.
func (m *Machine) into() bool {
	if m.nest >= m.limits.Nest && m.limits.Nest > 0 {
		m.fail("values nest deeper than %d", m.limits.Nest)
		return false
	}
	m.nest++
	return true
}

func (m *Machine) out() { m.nest-- }

// stopped reports whether the evaluation must end.
func (m *Machine) stopped() bool { return m.err != nil }

// Globals resolves what an expression refers to outside itself.
type Globals interface {
	// Global is the value of the global with that index.
	Global(m *Machine, index int) Value
}

// Env is the chain of local variables around an expression.
type Env struct {
	parent  *Env
	globals *Globals
	value   Value
}

// NewEnv is the environment without local variables.
func NewEnv(g Globals) *Env { return &Env{globals: &g} }

// Push is env with one more local variable, at depth 0.
func (e *Env) Push(v Value) *Env { return &Env{parent: e, globals: e.globals, value: v} }

func (e *Env) local(depth int) Value {
	for ; depth > 0; depth-- {
		e = e.parent
	}
	return e.value
}

// Globals is what the environment's expressions refer to outside themselves.
func (e *Env) Globals() Globals { return *e.globals }

// Fail stops the evaluation with an error; the first one stays.
func (m *Machine) Fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// Stopped reports whether the evaluation must end.
func (m *Machine) Stopped() bool { return m.err != nil }

// Grow accounts for n new items of one list or context; false when that is
// more than the limits allow.
func (m *Machine) Grow(n int) bool { return m.grow(n) }

// Scratch is a buffer of that many words, in use until the next call. What it
// holds is unspecified.
func (m *Machine) Scratch(words int) []uint64 {
	if cap(m.scratch) < words {
		m.scratch = make([]uint64, words)
	}
	return m.scratch[:words]
}
