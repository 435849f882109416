package compiler

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
)

//go:embed schema.txt
var schemaText string

// schema is what schema.txt says.
type schema struct {
	kinds  map[string]*kind
	groups map[string][]string
}

// kind is the type of an element.
type kind struct {
	attrs []attribute
	items []particle
	any   bool
}

type attribute struct {
	name, kind string
	required   bool
}

// particle is a child or group with how often it may come.
type particle struct {
	name     string
	min, max int
}

var structure = readSchema(schemaText)

func readSchema(text string) *schema {
	s := &schema{kinds: map[string]*kind{}, groups: map[string][]string{}}
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if strings.ToUpper(words[0]) == words[0] {
			s.groups[words[0]] = words[1:]
			continue
		}
		name, base, derived := strings.Cut(words[0], "=")
		k := &kind{}
		if derived {
			b := s.kinds[base]
			k.attrs, k.items, k.any = slices.Clone(b.attrs), slices.Clone(b.items), b.any
		}
		content := false
		for _, w := range words[1:] {
			switch {
			case w == "|":
				content = true
			case !content:
				k.attrs = append(k.attrs, readAttribute(w))
			case w == "ANY":
				k.any = true
			default:
				k.items = append(k.items, readParticle(w))
			}
		}
		s.kinds[name] = k
	}
	return s
}

func readAttribute(w string) attribute {
	name, kind, _ := strings.Cut(strings.TrimPrefix(w, "@"), ":")
	return attribute{name, strings.TrimSuffix(kind, "!"), strings.HasSuffix(kind, "!")}
}

func readParticle(w string) particle {
	name := strings.TrimRight(w, "?*+!")
	p := particle{name: name, max: 1}
	switch w[len(name):] {
	case "*":
		p.max = MaxElements
	case "+":
		p.min, p.max = 1, MaxElements
	case "!":
		p.min = 1
	}
	return p
}

// members are the elements that a particle stands for.
func (s *schema) members(name string) []string {
	group, ok := s.groups[name]
	if !ok {
		return []string{name}
	}
	var out []string
	for _, m := range group {
		out = append(out, s.members(m)...)
	}
	return out
}

// validate reports where e and what is within it depart from the schema.
func (s *schema) validate(e *Element, report func(at *Element, format string, args ...any)) {
	k := s.kinds[e.Name]
	if e.is("event") {
		k = s.kinds["implicitThrowEvent"]
	}
	if k == nil {
		if len(e.Children) > 0 {
			report(e, "<%s> holds text only", e.Name)
		}
		return // a reference: its text is checked with the references
	}
	s.attributes(e, k, report)
	if k.any {
		return
	}
	if e.Text != "" {
		report(e, "text %.30q does not belong in <%s>", e.Text, e.Name)
	}
	s.children(e, k, report)
	for _, c := range e.Children {
		if c.Space == nsModel {
			s.validate(c, report)
		}
	}
}

func (s *schema) attributes(e *Element, k *kind, report func(*Element, string, ...any)) {
	for _, a := range e.attrs {
		if a.Name.Space != "" || a.Name.Local == "xmlns" {
			continue
		}
		i := slices.IndexFunc(k.attrs, func(x attribute) bool { return x.name == a.Name.Local })
		if i < 0 {
			report(e, "<%s> has no attribute %s", e.Name, a.Name.Local)
		} else if !validText(k.attrs[i].kind, strings.TrimSpace(a.Value)) {
			report(e, "%s=%q is not of type %s", a.Name.Local, a.Value, k.attrs[i].kind)
		}
	}
	for _, a := range k.attrs {
		if a.required && !e.has(a.name) {
			report(e, "<%s> needs the attribute %s", e.Name, a.name)
		}
	}
}

// children checks that the children come in the schema's order and number.
func (s *schema) children(e *Element, k *kind, report func(*Element, string, ...any)) {
	at, counts := 0, make([]int, len(k.items))
	for _, c := range e.Children {
		name := c.Name
		if c.Space != nsModel && !(c.Space == nsDI && name == "BPMNDiagram") {
			report(c, "<%s> of another namespace belongs in extensionElements", name)
			continue
		}
		next := at
		for next < len(k.items) && !slices.Contains(s.members(k.items[next].name), name) {
			next++
		}
		if next == len(k.items) {
			report(c, "<%s> is not expected in <%s> here", name, e.Name)
			continue
		}
		at = next
		if counts[at]++; counts[at] > k.items[at].max {
			report(c, "more than one <%s> in <%s>", name, e.Name)
		}
	}
	for i, item := range k.items {
		if counts[i] < item.min {
			report(e, "<%s> needs <%s>", e.Name, item.name)
		}
	}
}

// validText reports whether s is a literal of a type.
func validText(kind, s string) bool {
	switch kind {
	case "str":
		return true
	case "bool":
		return s == "true" || s == "false" || s == "1" || s == "0"
	case "int":
		_, err := strconv.ParseInt(s, 10, 64)
		return err == nil
	case "id":
		return validName(s)
	case "ref":
		prefix, name, ok := strings.Cut(s, ":")
		return validName(prefix) && (!ok || validName(name))
	case "uri":
		return validURI(s)
	}
	return slices.Contains(strings.Split(kind, "/"), s)
}

// validName reports whether s is an NCName; letters beyond ASCII are not looked
// at closely.
func validName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80
		if !letter && (i == 0 || r != '-' && r != '.' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

// validURI reports whether every character of s may stand in a URI reference
// (RFC 3986) and its escapes are complete.
func validURI(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%':
			if i+2 >= len(s) || !hexDigit(s[i+1]) || !hexDigit(s[i+2]) {
				return false
			}
		case c <= ' ' || c == 0x7f || strings.IndexByte("<>\"{}|\\^`", c) >= 0:
			return false
		}
	}
	return true
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
