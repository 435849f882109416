package feel

import "strings"

// Text is v as FEEL source would write it: strings quoted, lists and contexts
// in full. Machine limits do not apply.
func Text(v Value) string {
	w := writer{m: &Machine{limits: DefaultLimits}}
	w.value(v, true)
	return w.b.String()
}

// writer writes values as text; it stops when the machine does.
type writer struct {
	m *Machine
	b strings.Builder
}

// value writes v; strings are quoted within lists and contexts.
func (w *writer) value(v Value, quoted bool) {
	if !w.m.Charge(1) || w.b.Len() > w.m.limits.String {
		if w.b.Len() > w.m.limits.String {
			w.m.growString(w.b.Len())
		}
		return
	}
	if !w.m.into() {
		return
	}
	defer w.m.out()
	switch x := v.(type) {
	case nil:
		w.b.WriteString("null")
	case Number:
		w.b.WriteString(x.String())
	case String:
		if quoted {
			w.quote(string(x))
		} else {
			w.b.WriteString(string(x))
		}
	case Boolean:
		if x {
			w.b.WriteString("true")
		} else {
			w.b.WriteString("false")
		}
	case List:
		w.list(x)
	case *Context:
		w.context(x)
	case *Range:
		w.interval(x)
	case *Function:
		w.function(x)
	default:
		w.temporal(v, quoted)
	}
}

func (w *writer) temporal(v Value, quoted bool) {
	var s string
	switch x := v.(type) {
	case Date:
		s = x.String()
	case Time:
		s = x.String()
	case DateTime:
		s = x.DateTime.String()
	case Duration:
		s = x.String()
	case Months:
		s = x.String()
	}
	if quoted {
		s = `@"` + s + `"`
	}
	w.b.WriteString(s)
}

func (w *writer) quote(s string) {
	w.b.WriteByte('"')
	for _, r := range s {
		switch r {
		case '"', '\\':
			w.b.WriteByte('\\')
			w.b.WriteRune(r)
		case '\n':
			w.b.WriteString(`\n`)
		case '\r':
			w.b.WriteString(`\r`)
		case '\t':
			w.b.WriteString(`\t`)
		default:
			w.b.WriteRune(r)
		}
	}
	w.b.WriteByte('"')
}

func (w *writer) list(l List) {
	w.b.WriteByte('[')
	for i, item := range l {
		if i > 0 {
			w.b.WriteString(", ")
		}
		w.value(item, true)
		if w.m.stopped() {
			return
		}
	}
	w.b.WriteByte(']')
}

func (w *writer) context(c *Context) {
	w.b.WriteByte('{')
	for i, e := range c.entries {
		if i > 0 {
			w.b.WriteString(", ")
		}
		if plainKey(e.Key) {
			w.b.WriteString(e.Key)
		} else {
			w.quote(e.Key)
		}
		w.b.WriteString(": ")
		w.value(e.Value, true)
		if w.m.stopped() {
			return
		}
	}
	w.b.WriteByte('}')
}

// plainKey reports whether a key is a name that needs no quotes.
func plainKey(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f
		if !letter && (i == 0 || r != ' ' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

func (w *writer) interval(r *Range) {
	if r.Form != Interval {
		v := r.Start
		if r.Form == Less || r.Form == LessOrEqual {
			v = r.End
		}
		w.b.WriteString([]string{"", "< ", "<= ", "> ", ">= ", "= ", "!= "}[r.Form])
		w.value(v, true)
		return
	}
	w.b.WriteByte("(["[bit(r.StartIncluded)])
	w.value(r.Start, true)
	w.b.WriteString("..")
	w.value(r.End, true)
	w.b.WriteByte(")]"[bit(r.EndIncluded)])
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (w *writer) function(f *Function) {
	if f.builtin != nil {
		w.b.WriteString(f.builtin.name)
		return
	}
	w.b.WriteString("function(")
	for i, p := range f.Params {
		if i > 0 {
			w.b.WriteString(", ")
		}
		w.b.WriteString(p.Name)
	}
	w.b.WriteByte(')')
}
