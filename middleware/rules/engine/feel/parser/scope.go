package parser

import (
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Scope is what names mean where an expression stands. The parser needs it
// because FEEL names may hold spaces and operators: which words make a name
// depends on the names there are.
type Scope struct {
	globals names
	types   map[string]*feel.Type
	typeKey names
	members names // of contexts, wherever they come from
}

// symbol is what a name stands for: a global or, for an import, more names.
type symbol struct {
	global int
	inside *names // nil for a global
}

// NewScope returns a scope with FEEL's own names only.
func NewScope() *Scope {
	s := &Scope{types: map[string]*feel.Type{}}
	for _, name := range []string{"time offset", "start included", "end included"} {
		s.AddMember(name)
	}
	for name, t := range feel.BuiltinTypes {
		s.AddType(name, t)
	}
	return s
}

// Clone is a copy that grows on its own.
func (s *Scope) Clone() *Scope {
	c := &Scope{types: map[string]*feel.Type{}, globals: s.globals.clone(), typeKey: s.typeKey.clone(), members: s.members.clone()}
	for name, t := range s.types {
		c.types[name] = t
	}
	return c
}

// AddGlobal makes a name stand for a global.
func (s *Scope) AddGlobal(name string, index int) { s.globals.add(name, symbol{global: index}) }

// Global is what a name stands for, if it stands for a global.
func (s *Scope) Global(name string) (index int, ok bool) {
	if found := s.globals.exact(name); found != nil && found.inside == nil {
		return found.global, true
	}
	return 0, false
}

// IsName reports whether a text is words alone, none of them a keyword or a
// literal.
func IsName(text string) bool {
	tokens, err := lex(text)
	if err != nil || len(tokens) < 2 {
		return false
	}
	for i, t := range tokens[:len(tokens)-1] {
		literal := t.text == "true" || t.text == "false" || t.text == "null"
		if t.kind != tokenWord && (i == 0 || t.kind != tokenNumber) || keywords[t.text] || literal {
			return false
		}
	}
	return true
}

// AddImported makes prefix.name stand for a global.
func (s *Scope) AddImported(prefix, name string, index int) {
	inside := s.globals.exact(prefix)
	if inside == nil || inside.inside == nil {
		s.globals.add(prefix, symbol{inside: &names{}})
		inside = s.globals.exact(prefix)
	}
	inside.inside.add(name, symbol{global: index})
}

// AddType makes a name, perhaps with the prefix of an import, stand for a
// type.
func (s *Scope) AddType(name string, t *feel.Type) {
	s.types[normalize(name)] = t
	s.typeKey.add(name, symbol{})
}

// Type is the type with that name.
func (s *Scope) Type(name string) (*feel.Type, bool) {
	t, ok := s.types[normalize(name)]
	return t, ok
}

// AddMember announces a key of contexts, so that it may hold spaces after a
// dot or in a filter.
func (s *Scope) AddMember(name string) { s.members.add(name, symbol{}) }

// normalize writes one space between the tokens that were separated by any.
func normalize(name string) string { return strings.Join(strings.Fields(name), " ") }

// names finds the longest name at a place in a token list.
type names struct {
	byFirst map[string][]named
}

type named struct {
	tokens []string
	name   string
	symbol symbol
}

// words splits a name into the texts of its tokens.
func words(name string) []string {
	tokens, err := lex(name)
	if err != nil || len(tokens) < 2 {
		return nil
	}
	out := make([]string, len(tokens)-1)
	for i := range out {
		out[i] = tokens[i].text
	}
	return out
}

func (n *names) add(name string, s symbol) {
	w := words(name)
	if len(w) == 0 {
		return
	}
	if n.byFirst == nil {
		n.byFirst = map[string][]named{}
	}
	name = normalize(name)
	list := n.byFirst[w[0]]
	for i := range list {
		if list[i].name == name {
			list[i].symbol = s
			return
		}
	}
	n.byFirst[w[0]] = append(list, named{w, name, s})
}

func (n *names) clone() names {
	c := names{byFirst: map[string][]named{}}
	for k, list := range n.byFirst {
		c.byFirst[k] = append([]named{}, list...)
	}
	return c
}

func (n *names) exact(name string) *symbol {
	w := words(name)
	if len(w) == 0 {
		return nil
	}
	name = normalize(name)
	list := n.byFirst[w[0]]
	for i := range list {
		if list[i].name == name {
			return &list[i].symbol
		}
	}
	return nil
}

// longest is the longest name that starts at tokens[0] and how many tokens it
// takes.
func (n *names) longest(tokens []token) (best named, length int) {
	for _, c := range n.byFirst[tokens[0].text] {
		if len(c.tokens) > length && hasPrefix(tokens, c.tokens) {
			best, length = c, len(c.tokens)
		}
	}
	return best, length
}

func hasPrefix(tokens []token, w []string) bool {
	if len(w) >= len(tokens) {
		return false // the end token is never part of a name
	}
	for i, text := range w {
		if t := tokens[i]; t.text != text || t.kind == tokenString || t.kind == tokenAt {
			return false
		}
	}
	return true
}

// builtinNames finds built-in functions.
var builtinNames = func() *names {
	n := &names{}
	for _, name := range feel.BuiltinNames() {
		id, _ := feel.LookupBuiltin(name)
		n.add(name, symbol{global: id})
	}
	return n
}()
