// Package source is what the writers of bindings share: lines of code, names and
// literals. It knows nothing of what is bound.
package source

import (
	"fmt"
	"strings"
)

// Writer collects lines of code.
type Writer struct{ strings.Builder }

// Line writes a line, indented by four spaces for each unit of depth.
func (w *Writer) Line(depth int, format string, args ...any) {
	w.WriteString(strings.Repeat("    ", depth))
	fmt.Fprintf(w, format, args...)
	w.WriteByte('\n')
}

// Gap is a line after an empty one.
func (w *Writer) Gap(depth int, format string, args ...any) {
	w.WriteByte('\n')
	w.Line(depth, format, args...)
}

// Pascal is a name of a model in upper camel case, of ASCII letters and digits.
func Pascal(name string) string {
	var b strings.Builder
	upper := true
	for _, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		digit := c >= '0' && c <= '9'
		switch {
		case letter && upper:
			b.WriteString(strings.ToUpper(string(c)))
		case letter:
			b.WriteRune(c)
		case digit && b.Len() == 0:
			b.WriteString("V" + string(c))
		case digit:
			b.WriteRune(c)
		}
		upper = !letter
	}
	if b.Len() == 0 {
		return "Value"
	}
	return b.String()
}

// Literal is a text as a Solidity literal, bytes other than plain ASCII escaped.
func Literal(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, `\x%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String() + `"`
}
