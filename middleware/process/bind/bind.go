// Package bind writes typed code for one process of a model: a struct of what the
// start takes and a function for each step, in Solidity, Go and TypeScript. Nobody
// packs the wire form by hand. It refuses names that are none in code; what has no
// type in the model stays bytes in the wire form.
package bind

import (
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/workbench"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/source"
)

// Target is what a binding is for.
type Target struct {
	Model    *workbench.Model // the binding starts this model and no other
	Process  int
	Name     string         // of the library or package; "" derives it from the process's
	Decimals int            // of numbers in Solidity and TypeScript, unless Scales says otherwise
	Scales   map[string]int // decimals by a variable's name
}

// maxDecimals is the most that a number is scaled by.
const maxDecimals = 18

// field is a variable that a form brings.
type field struct {
	name     string // in the model
	ident    string // in lower camel case
	kind     feel.TypeKind
	list     bool
	decimals int
}

// step is a form in code.
type step struct {
	workbench.Form
	ident, pascal string
	fields        []field
}

// message reports whether the step is a message, which needs a key and no task.
func (s *step) message() bool { return s.Kind == workbench.Message }

// plan is what every language writes down.
type plan struct {
	Target
	start step
	steps []step
	roles []field
}

// wanted are the kinds that code has types for.
var wanted = map[feel.TypeKind]bool{
	feel.TypeNumber: true, feel.TypeString: true, feel.TypeBoolean: true, feel.TypeDate: true, feel.TypeTime: true,
	feel.TypeDateTime: true, feel.TypeDuration: true, feel.TypeMonths: true,
}

// newPlan finds a name for everything.
func newPlan(t Target) (*plan, error) {
	p := &plan{Target: t}
	process := &t.Model.Processes[t.Process]
	if p.Name == "" {
		p.Name = source.Pascal(process.ID)
	}
	if p.Name != source.Pascal(p.Name) {
		return nil, fmt.Errorf("%q is no name for a library; %q is", p.Name, source.Pascal(p.Name))
	}
	taken := map[string]bool{"start": true, "roles": true, "model": true, "process": true, "processes": true, "task": true, "nodes": true, "processid": true, "int": true, "text": true, "hex": true, "module": true, strings.ToLower(p.Name): true}
	var err error
	if p.start, err = p.step(t.Model.Start(t.Process), "start", "Start"); err != nil {
		return nil, err
	}
	for _, form := range t.Model.Steps(t.Process) {
		name := unique(source.Pascal(form.ID), taken)
		s, err := p.step(form, identifier(name), name)
		if err != nil {
			return nil, err
		}
		p.steps = append(p.steps, s)
	}
	roles := map[string]bool{}
	for _, role := range append(append([]string{}, t.Model.Roles...), "administrator") {
		p.roles = append(p.roles, field{name: role, ident: identifier(unique(source.Pascal(role), roles))})
	}
	return p, nil
}

func (p *plan) step(form workbench.Form, ident, name string) (step, error) {
	s := step{Form: form, ident: ident, pascal: name}
	taken := map[string]bool{}
	for _, from := range form.Fields {
		f := field{name: from.Name, kind: feel.TypeAny}
		if t := from.Type; t != nil {
			if f.list = t.Kind == feel.TypeList && t.Elem != nil; f.list {
				t = t.Elem
			}
			if f.kind = t.Kind; !wanted[t.Kind] {
				f.kind, f.list = feel.TypeAny, false
			}
		}
		name := source.Pascal(from.Name)
		if f.kind == feel.TypeNumber {
			var known bool
			if f.decimals, known = p.Scales[from.Name]; !known {
				f.decimals = p.Decimals
			}
			if f.decimals < 0 || f.decimals > maxDecimals {
				return s, fmt.Errorf("%s: %d decimals; want 0 to %d", from.Name, f.decimals, maxDecimals)
			}
		}
		f.ident = unique(name, taken)
		s.fields = append(s.fields, f)
	}
	return s, nil
}

// scaled is an identifier that says by which power of ten its number is scaled.
func (f field) scaled() string {
	if ident := identifier(f.ident); f.decimals > 0 {
		return fmt.Sprintf("%sE%d", strings.TrimSuffix(ident, "_"), f.decimals)
	} else {
		return ident
	}
}

// identifier is a name in lower camel case that is no word of a language.
func identifier(name string) string {
	ident := strings.ToLower(name[:1]) + name[1:]
	if reserved[ident] {
		return ident + "_"
	}
	return ident
}

// unique makes a name one that no other differs from by case alone.
func unique(name string, taken map[string]bool) string {
	out := name
	for n := 2; taken[strings.ToLower(out)]; n++ {
		out = fmt.Sprintf("%s%d", name, n)
	}
	taken[strings.ToLower(out)] = true
	return out
}

// reserved are the words of the three languages that a name may come to.
var reserved = func() map[string]bool {
	words := map[string]bool{}
	for _, word := range strings.Fields(`abstract address after alias anonymous any apply arguments as assembly async auto await bool boolean break
		byte bytes calldata case catch chan class const constant constructor continue contract copyof days debugger default defer define
		delete do else emit enum error eval ether event export extends external fallback false final finally finney fixed for from func
		function gwei go goto hex hours if immutable implements import in indexed inline input instance instanceof int interface internal
		is let library macro map mapping match memory minutes modifier mutable new null number of override package partial payable
		pragma private promise protected public pure range receive reference relocatable return returns revert roles sealed seconds
		select sizeof static storage string struct super supports switch szabo this throw true try type typedef typeof uint unchecked
		unicode using v value var view virtual void weeks wei while with years yield`) {
		words[word] = true
	}
	return words
}()

// oneLine is a text within a comment.
func oneLine(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == '\u0085' || c == '\u2028' || c == '\u2029' {
			return ' '
		}
		return c
	}, strings.ReplaceAll(text, "*/", "* /"))
}

// title says what a step is, for a comment.
func (s *step) title() string {
	text := s.Name
	if text == "" {
		text = s.ID
	}
	switch {
	case s.message():
		text = "The message " + s.Events + " to " + text
	case s.Role != "":
		text += ", by " + s.Role
	}
	return oneLine(text)
}
