// Package feel is the Friendly Enough Expression Language of DMN 1.5 chapter
// 10: its values, its three-valued operators, its built-in functions and the
// evaluation of compiled expressions.
//
// It refuses every source of difference between nodes: no clock (now and today
// come from the Machine), no floats, no map order, no goroutines. Work is
// charged to a Meter as logical units, values are bounded by Limits, and what
// FEEL calls an error is the value null; only an exhausted meter or a limit
// stops an evaluation with a Go error. Expression text is read by the package
// parser, outside of consensus.
package feel

import (
	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
)

// Value is a FEEL value; nil is null. Values are immutable. Compare them with
// Equal, never with ==: lists are not comparable in Go.
type Value interface{ Kind() Kind }

// Kind is the sort of a value.
type Kind uint8

// The kinds of values.
const (
	KindNull Kind = iota
	KindNumber
	KindString
	KindBoolean
	KindDate
	KindTime
	KindDateTime
	KindDuration // days and time
	KindMonths   // years and months
	KindList
	KindContext
	KindRange
	KindFunction
)

// KindOf is the kind of v, KindNull for nil.
func KindOf(v Value) Kind {
	if v == nil {
		return KindNull
	}
	return v.Kind()
}

type (
	// Number is a decimal128 number.
	Number struct{ decimal.Decimal }
	// String is a sequence of Unicode code points in valid UTF-8.
	String string
	// Boolean is true or false; unknown is null.
	Boolean bool
	// Date is a day.
	Date struct{ calendar.Date }
	// Time is a time of day.
	Time struct{ calendar.Time }
	// DateTime is a date and time.
	DateTime struct{ calendar.DateTime }
	// Duration is a days and time duration.
	Duration struct{ calendar.Duration }
	// Months is a years and months duration.
	Months struct{ calendar.Months }
	// List is an ordered list.
	List []Value
)

// Kind implements Value.
func (Number) Kind() Kind { return KindNumber }

// Kind implements Value.
func (String) Kind() Kind { return KindString }

// Kind implements Value.
func (Boolean) Kind() Kind { return KindBoolean }

// Kind implements Value.
func (Date) Kind() Kind { return KindDate }

// Kind implements Value.
func (Time) Kind() Kind { return KindTime }

// Kind implements Value.
func (DateTime) Kind() Kind { return KindDateTime }

// Kind implements Value.
func (Duration) Kind() Kind { return KindDuration }

// Kind implements Value.
func (Months) Kind() Kind { return KindMonths }

// Kind implements Value.
func (List) Kind() Kind { return KindList }

// Kind implements Value.
func (*Context) Kind() Kind { return KindContext }

// Kind implements Value.
func (*Range) Kind() Kind { return KindRange }

// Kind implements Value.
func (*Function) Kind() Kind { return KindFunction }

// Int is the number n.
func Int(n int) Number { return Number{decimal.FromInt64(int64(n))} }

// Entry is a key of a context with its value.
type Entry struct {
	Key   string
	Value Value
}

// Context is an ordered set of entries with distinct keys.
type Context struct {
	entries []Entry
	index   map[string]int // only for large contexts; never iterated
}

// indexedEntries is the size from which a context has an index.
const indexedEntries = 12

// NewContext returns a context; of entries with one key the last one counts.
func NewContext(entries ...Entry) *Context {
	c := &Context{entries: make([]Entry, 0, len(entries))}
	for _, e := range entries {
		c.set(e.Key, e.Value)
	}
	return c
}

// set is for building only, before the context is shared.
func (c *Context) set(key string, v Value) {
	if i := c.find(key); i >= 0 {
		c.entries[i].Value = v
		return
	}
	c.entries = append(c.entries, Entry{key, v})
	switch n := len(c.entries); {
	case n == indexedEntries:
		c.index = make(map[string]int, 2*n)
		for i, e := range c.entries {
			c.index[e.Key] = i
		}
	case n > indexedEntries:
		c.index[key] = n - 1
	}
}

func (c *Context) find(key string) int {
	if c.index != nil {
		if i, ok := c.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range c.entries {
		if c.entries[i].Key == key {
			return i
		}
	}
	return -1
}

// Get is the value of a key and whether there is one.
func (c *Context) Get(key string) (Value, bool) {
	if i := c.find(key); i >= 0 {
		return c.entries[i].Value, true
	}
	return nil, false
}

// Entries are the entries in order; the caller must not change them.
func (c *Context) Entries() []Entry { return c.entries }

// Len is the number of entries.
func (c *Context) Len() int { return len(c.entries) }

// with is a copy with one entry set.
func (c *Context) with(key string, v Value) *Context {
	n := NewContext(c.entries...)
	n.set(key, v)
	return n
}

// RangeForm tells a range by how it was written.
type RangeForm uint8

// The forms of a range: an interval, or a comparison such as (< 10).
const (
	Interval RangeForm = iota
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
	EqualTo
	NotEqualTo
)

// Range is an interval between two values or, in the comparison forms, a set
// open on one side.
type Range struct {
	Form          RangeForm
	Start, End    Value
	StartIncluded bool
	EndIncluded   bool
}

// newComparison is the range of a unary comparison with v.
func newComparison(form RangeForm, v Value) *Range {
	r := &Range{Form: form}
	switch form {
	case Less, LessOrEqual:
		r.End, r.EndIncluded = v, form == LessOrEqual
	case Greater, GreaterOrEqual:
		r.Start, r.StartIncluded = v, form == GreaterOrEqual
	default:
		r.Start, r.End = v, v
		r.StartIncluded, r.EndIncluded = form == EqualTo, form == EqualTo
	}
	return r
}

// Param is a parameter of a function.
type Param struct {
	Name string
	Type *Type // nil for Any
}

// Function is a value that can be invoked: a built-in function, a FEEL
// function definition, a business knowledge model or a decision service.
type Function struct {
	Params  []Param
	Result  *Type // nil for Any
	builtin *builtin
	call    func(m *Machine, args []Value) Value
}

// NewFunction returns a function whose arguments the machine has already
// matched to params and coerced to their types.
func NewFunction(params []Param, result *Type, call func(m *Machine, args []Value) Value) *Function {
	return &Function{Params: params, Result: result, call: call}
}
