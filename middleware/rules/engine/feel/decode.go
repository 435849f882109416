package feel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// ErrMalformed is wrapped by every error about bytes that are no compiled
// expression.
var ErrMalformed = errors.New("feel: malformed model")

// Decoder reads what Encoder wrote and refuses everything else: it checks each
// opcode, reference, count and depth before it uses them, and allocates in
// proportion to the input only. The first error stays.
type Decoder struct {
	ext     Extension
	data    []byte
	at      int
	texts   []string
	types   []*Type
	globals int
	locals  int
	depth   int
	err     error
}

// NewDecoder reads the tables of data; expressions may then refer to that many
// globals. ext may be nil.
func NewDecoder(data []byte, globals int, ext Extension) *Decoder {
	d := &Decoder{ext: ext, data: data, globals: globals}
	d.texts = make([]string, d.Count())
	for i := range d.texts {
		n := d.Count()
		if d.err != nil {
			return d
		}
		d.texts[i] = string(data[d.at : d.at+n])
		d.at += n
		if !utf8.ValidString(d.texts[i]) {
			d.Fail("string %d is not valid UTF-8", i)
		}
	}
	d.types = make([]*Type, d.Count())
	for i := range d.types {
		d.types[i] = &Type{}
	}
	for _, t := range d.types {
		d.typeBody(t)
	}
	return d
}

// SetGlobals is how many globals expressions may refer to from here on.
func (d *Decoder) SetGlobals(n int) { d.globals = n }

// Fail records an error; the first one stays.
func (d *Decoder) Fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w at byte %d: "+format, append([]any{ErrMalformed, d.at}, args...)...)
	}
}

// Err is the first error.
func (d *Decoder) Err() error { return d.err }

// End is Err, or an error when bytes are left over.
func (d *Decoder) End() error {
	if d.at < len(d.data) {
		d.Fail("%d bytes are left over", len(d.data)-d.at)
	}
	return d.err
}

// Byte reads one byte.
func (d *Decoder) Byte() byte {
	if d.err != nil || d.at >= len(d.data) {
		d.Fail("the data ends early")
		return 0
	}
	d.at++
	return d.data[d.at-1]
}

// Bool reads a truth value.
func (d *Decoder) Bool() bool {
	b := d.Byte()
	if b > 1 {
		d.Fail("%d is no truth value", b)
	}
	return b == 1
}

// Uint reads an unsigned number, in its shortest form only.
func (d *Decoder) Uint() uint64 {
	if d.err != nil {
		return 0
	}
	v, n := binary.Uvarint(d.data[d.at:])
	if n <= 0 || n > 1 && d.data[d.at+n-1] == 0 {
		d.Fail("a malformed number")
		return 0
	}
	d.at += n
	return v
}

// Int reads a signed number.
func (d *Decoder) Int() int64 {
	u := d.Uint()
	v := int64(u >> 1)
	if u&1 != 0 {
		v = ^v
	}
	return v
}

// Count reads the length of something that takes at least a byte an item.
func (d *Decoder) Count() int {
	v := d.Uint()
	if v > uint64(len(d.data)-d.at) {
		d.Fail("a length of %d in %d bytes", v, len(d.data)-d.at)
		return 0
	}
	return int(v)
}

// Index reads a number below limit.
func (d *Decoder) Index(limit int, what string) int {
	v := d.Uint()
	if v >= uint64(limit) {
		d.Fail("%s %d of %d", what, v, limit)
		return 0
	}
	return int(v)
}

// String reads a reference to a string.
func (d *Decoder) String() string {
	i := d.Index(len(d.texts), "string")
	if d.err != nil {
		return ""
	}
	return d.texts[i]
}

// Type reads a reference to a type.
func (d *Decoder) Type() *Type {
	i := d.Index(len(d.types)+1, "type")
	if i == 0 || d.err != nil {
		return nil
	}
	return d.types[i-1]
}

func (d *Decoder) typeBody(t *Type) {
	t.Kind = TypeKind(d.Byte())
	if t.Kind > TypeNull {
		d.Fail("type kind %d", t.Kind)
	}
	t.Name = d.String()
	t.Elem = d.Type()
	for range d.Count() {
		t.Fields = append(t.Fields, Field{d.String(), d.Type()})
		if d.err != nil {
			return
		}
	}
	if d.Bool() {
		t.Params = []*Type{}
	}
	for range d.Count() {
		t.Params = append(t.Params, d.Type())
	}
	t.Result = d.Type()
	t.Allowed = d.constraint()
	t.Constraint = d.constraint()
}

// constraint reads tests that see their value alone.
func (d *Decoder) constraint() Expr {
	globals, locals := d.globals, d.locals
	d.globals, d.locals = 0, 1
	e := d.Optional()
	d.globals, d.locals = globals, locals
	return e
}

// Bind reads with n more local variables in scope.
func (d *Decoder) Bind(n int, read func()) {
	d.locals += n
	read()
	d.locals -= n
}

// Optional reads an expression that may be nil.
func (d *Decoder) Optional() Expr {
	if !d.Bool() {
		return nil
	}
	return d.Expr()
}

// Exprs reads a list of expressions.
func (d *Decoder) Exprs() []Expr {
	n := d.Count()
	list := make([]Expr, 0, min(n, 1024))
	for range n {
		list = append(list, d.Expr())
		if d.err != nil {
			return nil
		}
	}
	return list
}

// Expr reads an expression. It never returns nil.
func (d *Decoder) Expr() Expr {
	if d.depth++; d.depth > MaxDepth {
		d.Fail("expressions nest deeper than %d", MaxDepth)
	}
	var e Expr
	if d.err == nil {
		e = d.node(d.Byte())
	}
	d.depth--
	if d.err != nil || e == nil {
		return &Unknown{}
	}
	return e
}

func (d *Decoder) node(code byte) Expr {
	switch code {
	case codeConst:
		return &Const{d.Value()}
	case codeLocal:
		return &Local{d.Index(d.locals, "local")}
	case codeGlobal:
		return &Global{d.Index(d.globals, "global")}
	case codeItemName:
		return &ItemName{d.String(), d.Index(d.locals, "local"), d.Expr()}
	case codeUnknown:
		return &Unknown{d.String()}
	case codeBuiltin:
		return &BuiltinRef{d.Index(len(builtins), "built-in function")}
	case codePath:
		name := d.String()
		return &Path{d.Expr(), name}
	case codeTypeTest:
		t := d.Type()
		return &TypeTest{d.Expr(), t}
	case codeCast:
		t := d.Type()
		return &Cast{d.Expr(), t}
	case codeBinary:
		op := Op(d.Byte())
		if op >= opCount {
			d.Fail("operator %d", op)
		}
		return &Binary{op, d.Expr(), d.Expr()}
	case codeNegation:
		return &Negation{d.Expr()}
	case codeBetween:
		return &Between{d.Expr(), d.Expr(), d.Expr()}
	case codeIf:
		return &If{d.Expr(), d.Expr(), d.Expr()}
	}
	return d.compound(code)
}

func (d *Decoder) compound(code byte) Expr {
	switch code {
	case codeIn:
		e := &In{Value: d.Expr()}
		d.Bind(1, func() { e.Test = d.Tests() })
		return e
	case codeTests:
		return d.tests()
	case codeFor:
		e := &For{}
		d.Bind(1, func() { e.Iterators = d.iterators(func() { e.Body = d.Expr() }) })
		return e
	case codeQuantified:
		e := &Quantified{Every: d.Bool()}
		e.Iterators = d.iterators(func() { e.Body = d.Expr() })
		return e
	case codeFilter:
		e := &Filter{List: d.Expr()}
		d.Bind(1, func() { e.Predicate = d.Expr() })
		return e
	case codeCall:
		return d.call()
	case codeList:
		return &ListOf{d.Exprs()}
	case codeContext:
		return d.context()
	case codeRange:
		return d.rangeOf()
	case codeLambda:
		e := &Lambda{Params: d.Params(), Result: d.Type()}
		d.Bind(len(e.Params), func() { e.Body = d.Optional() })
		return e
	}
	if code >= ExtensionCode && d.ext != nil {
		return d.ext.Decode(d, code)
	}
	d.Fail("opcode %d", code)
	return nil
}

// Tests reads unary tests.
func (d *Decoder) Tests() *Tests {
	t, ok := d.Expr().(*Tests)
	if !ok {
		d.Fail("want unary tests")
		return &Tests{}
	}
	return t
}

func (d *Decoder) tests() Expr {
	t := &Tests{Negated: d.Bool(), List: d.Exprs()}
	if d.locals == 0 {
		d.Fail("tests without a value to test")
	}
	t.Free = make([]bool, len(t.List))
	for i := range t.Free {
		t.Free[i] = d.Bool()
	}
	return t
}

// iterators reads iterators, each in the scope of those before it, and then
// the body in the scope of all.
func (d *Decoder) iterators(body func()) []Iterator {
	n := d.Count()
	its := make([]Iterator, 0, min(n, 16))
	for range n {
		its = append(its, Iterator{d.Expr(), d.Optional()})
		d.locals++
		if d.err != nil {
			return nil
		}
	}
	body()
	d.locals -= n
	return its
}

func (d *Decoder) call() Expr {
	c := &Call{Function: d.Expr(), Args: d.Exprs()}
	if d.Bool() {
		c.Names = make([]string, len(c.Args))
		for i := range c.Names {
			c.Names[i] = d.String()
		}
	}
	return c
}

func (d *Decoder) context() Expr {
	c := &ContextOf{}
	n := d.Count()
	for range n {
		c.Keys, c.Values = append(c.Keys, d.String()), append(c.Values, d.Expr())
		d.locals++
		if d.err != nil {
			return nil
		}
	}
	c.Result = d.Optional()
	d.locals -= n
	return c
}

func (d *Decoder) rangeOf() Expr {
	r := &RangeOf{Form: RangeForm(d.Byte()), StartIncluded: d.Bool(), EndIncluded: d.Bool()}
	r.Start, r.End = d.Expr(), d.Optional()
	if r.Form > NotEqualTo || (r.Form == Interval) != (r.End != nil) {
		d.Fail("range form %d", r.Form)
	}
	return r
}

// Params reads parameters.
func (d *Decoder) Params() []Param {
	n := d.Count()
	out := make([]Param, 0, min(n, 64))
	for range n {
		out = append(out, Param{d.String(), d.Type()})
		if d.err != nil {
			return nil
		}
	}
	return out
}
