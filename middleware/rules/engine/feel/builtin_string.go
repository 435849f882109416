package feel

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/charset"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/pattern"
)

func stringBuiltins() []builtin {
	return []builtin{
		{name: "substring", forms: []form{optional(2, substring, "string", "start position", "length")}},
		{name: "string length", forms: []form{fixed(stringLength, "string")}},
		{name: "upper case", forms: []form{fixed(mapString(charset.ToUpper), "string")}},
		{name: "lower case", forms: []form{fixed(mapString(charset.ToLower), "string")}},
		{name: "substring before", forms: []form{fixed(substringBefore, "string", "match")}},
		{name: "substring after", forms: []form{fixed(substringAfter, "string", "match")}},
		{name: "contains", forms: []form{fixed(testStrings(strings.Contains), "string", "match")}},
		{name: "starts with", forms: []form{fixed(testStrings(strings.HasPrefix), "string", "match")}},
		{name: "ends with", forms: []form{fixed(testStrings(strings.HasSuffix), "string", "match")}},
		{name: "matches", forms: []form{optional(2, matches, "input", "pattern", "flags")}},
		{name: "replace", forms: []form{optional(3, replace, "input", "pattern", "replacement", "flags")}},
		{name: "split", forms: []form{fixed(split, "string", "delimiter")}},
	}
}

// texts reads the first n arguments as strings.
func texts(a []Value, n int) ([3]string, bool) {
	var s [3]string
	for i := range n {
		t, ok := a[i].(String)
		if !ok {
			return s, false
		}
		s[i] = string(t)
	}
	return s, true
}

func newString(m *Machine, s string) Value {
	if !m.growString(len(s)) {
		return nil
	}
	return String(s)
}

func substring(m *Machine, a []Value) Value {
	s, ok1 := a[0].(String)
	start, ok2 := wholePart(a[1])
	if !ok1 || !ok2 || start == 0 {
		return nil
	}
	runes := []rune(string(s))
	n := int64(len(runes))
	if start < 0 {
		start += n + 1
	}
	if start < 1 || start > n {
		return nil
	}
	end := n
	if a[2] != nil {
		length, ok := wholePart(a[2])
		if !ok || length < 1 {
			return nil
		}
		end = min(n, start-1+min(length, n)) // a longer one ends with the string, as elsewhere
	}
	return newString(m, string(runes[start-1:end]))
}

func stringLength(_ *Machine, a []Value) Value {
	s, ok := a[0].(String)
	if !ok {
		return nil
	}
	return Int(utf8.RuneCountInString(string(s)))
}

func mapString(f func(string) string) func(*Machine, []Value) Value {
	return func(m *Machine, a []Value) Value {
		s, ok := a[0].(String)
		if !ok || !m.Charge(len(s)/4) {
			return nil
		}
		return newString(m, f(string(s)))
	}
}

func substringBefore(m *Machine, a []Value) Value {
	s, ok := texts(a, 2)
	if !ok {
		return nil
	}
	before, _, found := strings.Cut(s[0], s[1])
	if !found {
		return String("")
	}
	return newString(m, before)
}

func substringAfter(m *Machine, a []Value) Value {
	s, ok := texts(a, 2)
	if !ok {
		return nil
	}
	_, after, _ := strings.Cut(s[0], s[1])
	return newString(m, after)
}

func testStrings(f func(s, match string) bool) func(*Machine, []Value) Value {
	return func(_ *Machine, a []Value) Value {
		s, ok := texts(a, 2)
		if !ok {
			return nil
		}
		return Boolean(f(s[0], s[1]))
	}
}

// budget pays for pattern matching: 8 steps are one unit.
func (m *Machine) budget(steps int) bool { return m.Charge(steps/8 + 1) }

// compilePattern reads pattern and optional flags.
func compilePattern(m *Machine, expr string, flags Value) (*pattern.Regexp, bool) {
	f := ""
	if flags != nil {
		s, ok := flags.(String)
		if !ok {
			return nil, false
		}
		f = string(s)
	}
	if !m.Charge(10 + 2*len(expr)) {
		return nil, false
	}
	re, err := pattern.Compile(expr, f)
	if err != nil || !m.Charge(re.Size()) {
		return nil, false
	}
	return re, true
}

// patternFailed ends the evaluation when a pattern took too much work; other
// errors are null.
func patternFailed(m *Machine, err error) bool {
	if errors.Is(err, pattern.ErrBudget) {
		m.fail("a pattern that takes too many steps")
	}
	return err != nil
}

func matches(m *Machine, a []Value) Value {
	s, ok := texts(a, 2)
	if !ok {
		return nil
	}
	re, ok := compilePattern(m, s[1], a[2])
	if !ok {
		return nil
	}
	at, err := re.Find([]rune(s[0]), 0, m.budget)
	if patternFailed(m, err) {
		return nil
	}
	return Boolean(at != nil)
}

func replace(m *Machine, a []Value) Value {
	s, ok := texts(a, 3)
	if !ok {
		return nil
	}
	re, ok := compilePattern(m, s[1], a[3])
	if !ok {
		return nil
	}
	out, err := re.Replace([]rune(s[0]), s[2], m.budget)
	if patternFailed(m, err) {
		return nil
	}
	return newString(m, out)
}

func split(m *Machine, a []Value) Value {
	s, ok := texts(a, 2)
	if !ok {
		return nil
	}
	re, ok := compilePattern(m, s[1], nil)
	if !ok {
		return nil
	}
	parts, err := re.Split([]rune(s[0]), m.budget)
	if patternFailed(m, err) || !m.grow(len(parts)) {
		return nil
	}
	out := make(List, len(parts))
	for i, p := range parts {
		out[i] = newString(m, p)
	}
	return out
}

func stringJoin(m *Machine, a []Value) Value {
	if a[0] == nil {
		return nil
	}
	delimiter := ""
	if a[1] != nil {
		d, ok := a[1].(String)
		if !ok {
			return nil
		}
		delimiter = string(d)
	}
	var parts []string
	size := 0
	for _, item := range asList(a[0]) {
		switch x := item.(type) {
		case nil:
		case String:
			parts = append(parts, string(x))
			size += len(x) + len(delimiter)
		default:
			return nil
		}
		if size > m.limits.String+len(delimiter) {
			break
		}
	}
	if !m.growString(max(0, size-len(delimiter))) {
		return nil
	}
	return String(strings.Join(parts, delimiter))
}
