package feel

import "slices"

// builtin is a function of the language with its signatures.
type builtin struct {
	name     string
	forms    []form
	scalar   bool // no parameter is a list: lists of one item stand for the item
	function *Function
}

// form is one signature. Parameters from required on may be left out and are
// null then; a variadic form takes any further arguments.
type form struct {
	params   []string
	required int
	variadic bool
	call     func(m *Machine, a []Value) Value
}

// What operations cost that take much longer than a comparison; see
// BenchmarkUnits.
const (
	costSqrt     = 100
	costExp      = 250
	costLog      = 400
	costPower    = 800
	costQuotient = 25
	costWide     = 15 // arithmetic on more than 64 bits
	costZone     = 12 // the offset of a named zone
)

func fixed(call func(m *Machine, a []Value) Value, params ...string) form {
	return form{params: params, required: len(params), call: call}
}

func optional(required int, call func(m *Machine, a []Value) Value, params ...string) form {
	return form{params: params, required: required, call: call}
}

// listOrItems is the pair of signatures f(list) and f(item, item, …).
func listOrItems(call func(m *Machine, l List) Value) []form {
	return []form{
		{params: []string{"list"}, required: 1, call: func(m *Machine, a []Value) Value {
			if a[0] == nil {
				return nil
			}
			return call(m, asList(a[0]))
		}},
		{required: 2, variadic: true, call: func(m *Machine, a []Value) Value { return call(m, a) }},
	}
}

// asList is the implicit conversion to a list; null is the empty one.
func asList(v Value) List {
	switch x := v.(type) {
	case nil:
		return List{}
	case List:
		return x
	}
	return List{v}
}

func (b *builtin) accepts(n int) bool { return b.form(n) != nil }

func (b *builtin) form(n int) *form {
	for i := range b.forms {
		f := &b.forms[i]
		if n >= f.required && (f.variadic || n <= len(f.params)) {
			return f
		}
	}
	return nil
}

// invoke calls with positional arguments, charging for their size.
func (b *builtin) invoke(m *Machine, args []Value) Value {
	f := b.form(len(args))
	if f == nil {
		return nil
	}
	for len(args) < len(f.params) {
		args = append(args, nil)
	}
	return b.run(m, f, args)
}

func (b *builtin) run(m *Machine, f *form, args []Value) Value {
	cost := 2
	for i, a := range args {
		switch x := a.(type) {
		case String:
			cost += len(x)/16 + 1
		case List:
			cost += len(x)
			if b.scalar && len(x) == 1 {
				args[i] = x[0]
			}
		case *Context:
			cost += x.Len()
		}
	}
	if !m.Charge(cost) {
		return nil
	}
	return f.call(m, args)
}

// startsWith reports whether the signature's parameters begin with these names.
func (f *form) startsWith(names []string) bool {
	return len(names) <= len(f.params) && slices.Equal(f.params[:len(names)], names)
}

// invokeNamed calls the first signature that has all the names, preferably in
// this order: before(point, range) is not before(range, point).
func (b *builtin) invokeNamed(m *Machine, names []string, args []Value) Value {
	order := make([]*form, 0, 2*len(b.forms))
	for i := range b.forms {
		if b.forms[i].startsWith(names) {
			order = append(order, &b.forms[i])
		}
	}
	for i := range b.forms {
		order = append(order, &b.forms[i])
	}
	for _, f := range order {
		ordered := make([]Value, len(f.params))
		used := make([]bool, len(f.params))
		fits := len(names) <= len(f.params)
		for j, name := range names {
			at := -1
			for k, p := range f.params {
				if p == name && !used[k] {
					at = k
				}
			}
			if at < 0 {
				fits = false
				break
			}
			ordered[at], used[at] = args[j], true
		}
		if fits {
			return b.run(m, f, ordered)
		}
	}
	return nil
}

// LookupBuiltin is the number of a built-in function, stable across releases.
func LookupBuiltin(name string) (id int, ok bool) {
	id, ok = builtinIDs[name]
	return id, ok
}

// BuiltinNames lists the names of all built-in functions.
func BuiltinNames() []string {
	names := make([]string, len(builtins))
	for i := range builtins {
		names[i] = builtins[i].name
	}
	return names
}

// BuiltinAccepts reports whether a built-in takes n positional arguments.
func BuiltinAccepts(id, n int) bool { return builtins[id].accepts(n) }

// BuiltinHasNames reports whether a signature of the built-in has these
// parameters.
func BuiltinHasNames(id int, names []string) bool {
	for _, f := range builtins[id].forms {
		found := 0
		for _, n := range names {
			for _, p := range f.params {
				if p == n {
					found++
				}
			}
		}
		if found == len(names) {
			return true
		}
	}
	return false
}

// builtins is the table of functions. A function's place is its number in
// compiled models: add new ones at the end only.
var (
	builtins   []builtin
	builtinIDs = map[string]int{}
)

func init() {
	for _, group := range []struct {
		list   []builtin
		scalar bool
	}{
		{conversionBuiltins(), true}, {universalBuiltins(), false}, {stringBuiltins(), true}, {listBuiltins(), false}, {setBuiltins(), false},
		{numberBuiltins(), true}, {temporalBuiltins(), true}, {rangeBuiltins(), true}, {contextBuiltins(), false},
	} {
		for _, b := range group.list {
			b.scalar = group.scalar
			builtins = append(builtins, b)
		}
	}
	for i := range builtins {
		b := &builtins[i]
		b.function = &Function{builtin: b}
		builtinIDs[b.name] = i
	}
}

// BuiltinFunction is a built-in function as a value; nil for an unknown name.
func BuiltinFunction(name string) *Function {
	id, ok := builtinIDs[name]
	if !ok {
		return nil
	}
	return builtins[id].function
}
