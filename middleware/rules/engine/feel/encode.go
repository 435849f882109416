package feel

import "encoding/binary"

// opcodes of expressions in a compiled model. Their numbers never change.
const (
	codeConst byte = iota + 1
	codeLocal
	codeGlobal
	codeItemName
	codeUnknown
	codeBinary
	codeNegation
	codeBetween
	codeIn
	codeTypeTest
	codeCast
	codeIf
	codeFor
	codeQuantified
	codeFilter
	codePath
	codeCall
	codeBuiltin
	codeList
	codeContext
	codeRange
	codeLambda
	codeTests
)

// Extension encodes the expressions of another package; its opcodes start at
// ExtensionCode.
type Extension interface {
	// Encode writes x with its opcode; false when x is not its own.
	Encode(e *Encoder, x Expr) bool
	// Decode reads what follows an opcode; it reports errors through d.
	Decode(d *Decoder, code byte) Expr
}

// ExtensionCode is the first opcode of extensions.
const ExtensionCode byte = 64

// Encoder writes compiled expressions. Strings and types are kept in tables
// that Bytes puts in front.
type Encoder struct {
	ext     Extension
	body    []byte
	strings map[string]int
	texts   []string
	types   map[*Type]int
	list    []*Type
}

// NewEncoder returns an encoder; ext may be nil.
func NewEncoder(ext Extension) *Encoder {
	return &Encoder{ext: ext, strings: map[string]int{}, types: map[*Type]int{}}
}

// Bytes is the whole encoding: strings, types, body.
func (e *Encoder) Bytes() []byte {
	body := e.body
	e.body = nil
	for i := 0; i < len(e.list); i++ { // grows while it is written
		e.typeBody(e.list[i])
	}
	types := e.body
	e.body = nil
	e.Uint(uint64(len(e.texts)))
	for _, s := range e.texts {
		e.Uint(uint64(len(s)))
		e.body = append(e.body, s...)
	}
	e.Uint(uint64(len(e.list)))
	return append(append(e.body, types...), body...)
}

// Byte writes one byte.
func (e *Encoder) Byte(b byte) { e.body = append(e.body, b) }

// Bool writes a truth value.
func (e *Encoder) Bool(b bool) { e.Byte(byte(bit(b))) }

// Uint writes an unsigned number in as few bytes as it needs.
func (e *Encoder) Uint(v uint64) { e.body = binary.AppendUvarint(e.body, v) }

// Int writes a signed number in as few bytes as it needs.
func (e *Encoder) Int(v int64) { e.body = binary.AppendVarint(e.body, v) }

// String writes a reference to a string of the table.
func (e *Encoder) String(s string) {
	i, ok := e.strings[s]
	if !ok {
		i = len(e.texts)
		e.strings[s] = i
		e.texts = append(e.texts, s)
	}
	e.Uint(uint64(i))
}

// Type writes a reference to a type of the table; nil is 0.
func (e *Encoder) Type(t *Type) {
	if t == nil {
		e.Uint(0)
		return
	}
	i, ok := e.types[t]
	if !ok {
		e.list = append(e.list, t)
		i = len(e.list)
		e.types[t] = i
	}
	e.Uint(uint64(i))
}

func (e *Encoder) typeBody(t *Type) {
	e.Byte(byte(t.Kind))
	e.String(t.Name)
	e.Type(t.Elem)
	e.Uint(uint64(len(t.Fields)))
	for _, f := range t.Fields {
		e.String(f.Name)
		e.Type(f.Type)
	}
	e.Bool(t.Params != nil)
	e.Uint(uint64(len(t.Params)))
	for _, p := range t.Params {
		e.Type(p)
	}
	e.Type(t.Result)
	e.Optional(t.Allowed)
	e.Optional(t.Constraint)
}

// Optional writes an expression that may be nil.
func (e *Encoder) Optional(x Expr) {
	e.Bool(x != nil)
	if x != nil {
		e.Expr(x)
	}
}

// Exprs writes a list of expressions.
func (e *Encoder) Exprs(list []Expr) {
	e.Uint(uint64(len(list)))
	for _, x := range list {
		e.Expr(x)
	}
}

// Expr writes an expression.
func (e *Encoder) Expr(x Expr) {
	switch x := x.(type) {
	case *Const:
		e.Byte(codeConst)
		e.Value(x.Value)
	case *Local:
		e.Byte(codeLocal)
		e.Uint(uint64(x.Depth))
	case *Global:
		e.Byte(codeGlobal)
		e.Uint(uint64(x.Index))
	case *ItemName:
		e.Byte(codeItemName)
		e.String(x.Name)
		e.Uint(uint64(x.Depth))
		e.Expr(x.Else)
	case *Unknown:
		e.Byte(codeUnknown)
		e.String(x.Text)
	case *BuiltinRef:
		e.Byte(codeBuiltin)
		e.Uint(uint64(x.ID))
	case *Path:
		e.Byte(codePath)
		e.String(x.Name)
		e.Expr(x.Object)
	case *TypeTest:
		e.Byte(codeTypeTest)
		e.Type(x.Type)
		e.Expr(x.Value)
	case *Cast:
		e.Byte(codeCast)
		e.Type(x.Type)
		e.Expr(x.Value)
	case *Binary:
		e.Byte(codeBinary)
		e.Byte(byte(x.Op))
		e.Expr(x.Left)
		e.Expr(x.Right)
	case *Negation:
		e.Byte(codeNegation)
		e.Expr(x.Operand)
	case *Between:
		e.Byte(codeBetween)
		e.Expr(x.Value)
		e.Expr(x.Low)
		e.Expr(x.High)
	default:
		e.compound(x)
	}
}

// compound writes the expressions that have lists or bind variables.
func (e *Encoder) compound(x Expr) {
	switch x := x.(type) {
	case *In:
		e.Byte(codeIn)
		e.Expr(x.Value)
		e.Expr(x.Test)
	case *Tests:
		e.Byte(codeTests)
		e.Bool(x.Negated)
		e.Exprs(x.List)
		for _, free := range x.Free {
			e.Bool(free)
		}
	case *If:
		e.Byte(codeIf)
		e.Expr(x.Cond)
		e.Expr(x.Then)
		e.Expr(x.Else)
	case *For:
		e.Byte(codeFor)
		e.iterators(x.Iterators)
		e.Expr(x.Body)
	case *Quantified:
		e.Byte(codeQuantified)
		e.Bool(x.Every)
		e.iterators(x.Iterators)
		e.Expr(x.Body)
	case *Filter:
		e.Byte(codeFilter)
		e.Expr(x.List)
		e.Expr(x.Predicate)
	case *Call:
		e.Byte(codeCall)
		e.Expr(x.Function)
		e.Exprs(x.Args)
		e.Bool(x.Names != nil)
		for _, n := range x.Names {
			e.String(n)
		}
	default:
		e.literal(x)
	}
}

// literal writes what makes lists, contexts, ranges and functions.
func (e *Encoder) literal(x Expr) {
	switch x := x.(type) {
	case *ListOf:
		e.Byte(codeList)
		e.Exprs(x.Items)
	case *ContextOf:
		e.Byte(codeContext)
		e.Uint(uint64(len(x.Keys)))
		for i, k := range x.Keys {
			e.String(k)
			e.Expr(x.Values[i])
		}
		e.Optional(x.Result)
	case *RangeOf:
		e.Byte(codeRange)
		e.Byte(byte(x.Form))
		e.Bool(x.StartIncluded)
		e.Bool(x.EndIncluded)
		e.Expr(x.Start)
		e.Optional(x.End)
	case *Lambda:
		e.Byte(codeLambda)
		e.Params(x.Params)
		e.Type(x.Result)
		e.Optional(x.Body)
	default:
		if e.ext == nil || !e.ext.Encode(e, x) {
			panic("feel: an expression that no encoder knows; it cannot come from a parser")
		}
	}
}

// Params writes parameters.
func (e *Encoder) Params(params []Param) {
	e.Uint(uint64(len(params)))
	for _, p := range params {
		e.String(p.Name)
		e.Type(p.Type)
	}
}

func (e *Encoder) iterators(its []Iterator) {
	e.Uint(uint64(len(its)))
	for _, it := range its {
		e.Expr(it.Domain)
		e.Optional(it.End)
	}
}

// Value writes a value that holds no function.
func (e *Encoder) Value(v Value) {
	e.Byte(byte(KindOf(v)))
	switch x := v.(type) {
	case Number:
		neg, hi, lo, exp := x.Parts()
		e.Bool(neg)
		e.Int(int64(exp))
		e.Uint(hi)
		e.Uint(lo)
	case String:
		e.String(string(x))
	case Boolean:
		e.Bool(bool(x))
	case Date:
		e.String(x.String())
	case Time:
		e.String(x.String())
	case DateTime:
		e.String(x.DateTime.String())
	case Duration:
		e.Int(x.Seconds)
		e.Int(int64(x.Nanos))
	case Months:
		e.Int(int64(x.Months))
	case List:
		e.Uint(uint64(len(x)))
		for _, item := range x {
			e.Value(item)
		}
	case *Context:
		e.Uint(uint64(x.Len()))
		for _, entry := range x.entries {
			e.String(entry.Key)
			e.Value(entry.Value)
		}
	case *Range:
		e.Byte(byte(x.Form))
		e.Bool(x.StartIncluded)
		e.Bool(x.EndIncluded)
		e.Value(x.Start)
		e.Value(x.End)
	}
}
