package feel

// TypeKind is the sort of a type.
type TypeKind uint8

// The kinds of types; those that are kinds of values share their order.
const (
	TypeAny TypeKind = iota
	TypeNumber
	TypeString
	TypeBoolean
	TypeDate
	TypeTime
	TypeDateTime
	TypeDuration
	TypeMonths
	TypeList     // Elem
	TypeContext  // Fields
	TypeRange    // Elem
	TypeFunction // Params, Result
	TypeNull
)

// Type is a FEEL type or an item definition. Item definitions may refer to
// themselves through Elem and Fields.
type Type struct {
	Kind   TypeKind
	Name   string // of the item definition, if it is one
	Elem   *Type  // nil for Any
	Fields []Field
	Params []*Type
	Result *Type

	// Allowed tests each item (DMN 1.5 allowedValues), Constraint the whole
	// value (typeConstraint): unary tests whose variable ? is local 0.
	Allowed, Constraint Expr
}

// Field is a component of a context type.
type Field struct {
	Name string
	Type *Type
}

// BuiltinTypes are the types that FEEL names, by every spelling that DMN 1.1
// to 1.5 models use.
var BuiltinTypes = map[string]*Type{
	"Any": {Kind: TypeAny}, "any": {Kind: TypeAny},
	"number": {Kind: TypeNumber}, "string": {Kind: TypeString}, "boolean": {Kind: TypeBoolean},
	"date": {Kind: TypeDate}, "time": {Kind: TypeTime},
	"date and time": {Kind: TypeDateTime}, "dateTime": {Kind: TypeDateTime},
	"days and time duration": {Kind: TypeDuration}, "dayTimeDuration": {Kind: TypeDuration},
	"years and months duration": {Kind: TypeMonths}, "yearMonthDuration": {Kind: TypeMonths},
	"list": {Kind: TypeList}, "context": {Kind: TypeContext}, "range": {Kind: TypeRange},
	"function": {Kind: TypeFunction}, "Null": {Kind: TypeNull},
}

// Generic reports that the type is a list, context, range or function of any
// kind, which FEEL cannot name without parameters (grammar rule 52).
func (t *Type) Generic() bool {
	switch t.Kind {
	case TypeList, TypeRange:
		return t.Elem == nil
	case TypeContext:
		return t.Fields == nil
	case TypeFunction:
		return t.Params == nil && t.Result == nil
	}
	return false
}

// InstanceOf is the FEEL operator: null is an instance of Null alone.
func InstanceOf(m *Machine, v Value, t *Type) bool {
	if v == nil {
		return t != nil && t.Kind == TypeNull
	}
	return conforms(m, v, t)
}

// conforms reports whether v is of type t or null.
func conforms(m *Machine, v Value, t *Type) bool {
	if v == nil || t == nil || t.Kind == TypeAny {
		return true
	}
	if !m.Charge(1) || !m.into() {
		return false
	}
	defer m.out()
	switch t.Kind {
	case TypeList:
		l, ok := v.(List)
		return ok && allConform(m, l, t.Elem)
	case TypeContext:
		c, ok := v.(*Context)
		return ok && fieldsConform(m, c, t.Fields)
	case TypeRange:
		r, ok := v.(*Range)
		return ok && conforms(m, r.Start, t.Elem) && conforms(m, r.End, t.Elem)
	case TypeFunction:
		f, ok := v.(*Function)
		return ok && f.conforms(m, t)
	case TypeNull:
		return false
	}
	return Kind(t.Kind) == v.Kind()
}

func allConform(m *Machine, l List, t *Type) bool {
	if t == nil || t.Kind == TypeAny {
		return true
	}
	for _, item := range l {
		if !conforms(m, item, t) {
			return false
		}
	}
	return true
}

func fieldsConform(m *Machine, c *Context, fields []Field) bool {
	for _, f := range fields {
		v, ok := c.Get(f.Name)
		if !ok || !conforms(m, v, f.Type) {
			return false
		}
	}
	return true
}

// conforms applies the rules of function types (DMN 1.5 §10.3.2.9.2): as many
// parameters, each accepting at least what t's does, and a result within t's.
func (f *Function) conforms(m *Machine, t *Type) bool {
	if t.Params == nil && t.Result == nil {
		return true
	}
	if f.builtin != nil {
		return f.builtin.accepts(len(t.Params))
	}
	if len(f.Params) != len(t.Params) {
		return false
	}
	for i, p := range f.Params {
		if !subtype(m, t.Params[i], p.Type, 0) {
			return false
		}
	}
	return subtype(m, f.Result, t.Result, 0)
}

// maxTypeDepth bounds the comparison of types that refer to themselves.
const maxTypeDepth = 64

// subtype reports whether every value of a is one of b.
func subtype(m *Machine, a, b *Type, depth int) bool {
	if b == nil || b.Kind == TypeAny || a == b || depth > maxTypeDepth {
		return true
	}
	if a == nil || a.Kind != b.Kind || !m.Charge(1) {
		return false
	}
	switch a.Kind {
	case TypeList, TypeRange:
		return subtype(m, a.Elem, b.Elem, depth+1)
	case TypeContext:
		for _, want := range b.Fields {
			if !hasField(m, a.Fields, want, depth) {
				return false
			}
		}
	case TypeFunction:
		if len(a.Params) != len(b.Params) {
			return false
		}
		for i := range a.Params {
			if !subtype(m, b.Params[i], a.Params[i], depth+1) {
				return false
			}
		}
		return subtype(m, a.Result, b.Result, depth+1)
	}
	return true
}

func hasField(m *Machine, fields []Field, want Field, depth int) bool {
	for _, f := range fields {
		if f.Name == want.Name {
			return subtype(m, f.Type, want.Type, depth+1)
		}
	}
	return false
}

// Coerce converts v to t as an assignment does (DMN 1.5 §10.3.2.9.4): from and
// to singleton lists, a date to a date and time; null when v does not fit or
// breaks a constraint of the item definition.
func Coerce(m *Machine, v Value, t *Type) Value {
	if v == nil || t == nil || t.Kind == TypeAny && t.Allowed == nil && t.Constraint == nil {
		return v
	}
	v, ok := fit(m, v, t)
	if !ok || !satisfies(m, v, t) {
		return nil
	}
	return v
}

func fit(m *Machine, v Value, t *Type) (Value, bool) {
	if conforms(m, v, t) {
		return v, true
	}
	if !m.into() {
		return nil, false
	}
	defer m.out()
	if l, ok := v.(List); ok {
		if t.Kind != TypeList && len(l) == 1 {
			return fit(m, l[0], t)
		}
		return nil, false
	}
	if t.Kind == TypeList {
		if item, ok := fit(m, v, t.Elem); ok && m.grow(1) {
			return List{item}, true
		}
		return nil, false
	}
	if d, ok := v.(Date); ok && t.Kind == TypeDateTime {
		return DateTime{d.Midnight()}, true
	}
	return nil, false
}

// satisfies checks the constraints of t and of what it is made of.
func satisfies(m *Machine, v Value, t *Type) bool {
	if t == nil || v == nil {
		return true
	}
	if !m.Charge(1) || !m.into() {
		return false
	}
	defer m.out()
	if t.Allowed != nil {
		if l, ok := v.(List); ok && t.Kind == TypeList {
			for _, item := range l {
				if !holds(m, t.Allowed, item) {
					return false
				}
			}
		} else if !holds(m, t.Allowed, v) {
			return false
		}
	}
	if t.Constraint != nil && !holds(m, t.Constraint, v) {
		return false
	}
	switch x := v.(type) {
	case List:
		if t.Kind == TypeList && !t.Elem.plain() {
			for _, item := range x {
				if !satisfies(m, item, t.Elem) {
					return false
				}
			}
		}
	case *Context:
		for _, f := range t.Fields {
			if item, ok := x.Get(f.Name); ok && !satisfies(m, item, f.Type) {
				return false
			}
		}
	}
	return true
}

func holds(m *Machine, test Expr, v Value) bool {
	env := &Env{globals: &noGlobals, value: v}
	return isTrue(test.Eval(m, env))
}

var noGlobals Globals = emptyGlobals{}

type emptyGlobals struct{}

func (emptyGlobals) Global(*Machine, int) Value { return nil }

// plain reports that no item of a list with this element type can break a
// constraint.
func (t *Type) plain() bool {
	return t == nil || t.Allowed == nil && t.Constraint == nil && t.Kind != TypeList && t.Kind != TypeContext
}
