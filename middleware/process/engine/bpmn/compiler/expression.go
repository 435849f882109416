package compiler

import (
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
)

// names are the variables of a model and the scope that expressions resolve
// them in.
type names struct {
	list  []bpmn.Variable
	index map[string]int
	scope *parser.Scope
}

func newNames() *names {
	return &names{index: map[string]int{}, scope: parser.NewScope()}
}

// variable is the index of a variable, which is added when it is new.
func (n *names) variable(name string) int {
	name = strings.Join(strings.Fields(name), " ")
	if i, ok := n.index[name]; ok {
		return i
	}
	i := len(n.list)
	n.list = append(n.list, bpmn.Variable{Name: name, Meaning: bpmn.Reserved[name]})
	n.index[name] = i
	n.scope.AddGlobal(name, i)
	return i
}

// typed declares a variable's type; names declared with different types take
// any value.
func (n *names) typed(name string, t *feel.Type) int {
	_, known := n.index[strings.Join(strings.Fields(name), " ")]
	i := n.variable(name)
	if v := &n.list[i]; !known {
		v.Type = t
	} else if v.Type != t {
		v.Type = nil
	}
	return i
}

// languages are words in the names of expression languages that are read.
var languages = []string{"feel", "xpath", "xhtml", "juel", "java.com", "groovy"}

// expression compiles the text of an element.
func (b *builder) expression(e *Element) feel.Expr {
	if e == nil {
		return nil
	}
	language := strings.ToLower(e.Attr("language"))
	if strings.Contains(language, "/dmn/") && strings.HasPrefix(e.Text, "<") {
		if x, err := parseXML([]byte(e.Text)); err == nil && x.Name == "literalExpression" { // FEEL in DMN's XML
			for _, c := range x.Children {
				if c.Name == "text" {
					return b.text(e, c.Text)
				}
			}
		}
	}
	known := language == ""
	for _, l := range languages {
		known = known || strings.Contains(language, l)
	}
	if !known {
		b.report("EXPR", e, "the expression language %q is not executed; write FEEL", e.Attr("language"))
		return constant(nil)
	}
	return b.text(e, e.Text)
}

// text compiles an expression that stands in e.
func (b *builder) text(e *Element, src string) feel.Expr {
	src = strings.TrimSpace(src)
	body, err := src, error(nil)
	switch {
	case strings.HasPrefix(src, "="):
		body = src[1:]
	case (strings.HasPrefix(src, "${") || strings.HasPrefix(src, "#{")) && strings.HasSuffix(src, "}"):
		body, err = juel(src[2 : len(src)-1])
	case strings.Contains(src, "getDataObject(") || strings.Contains(src, "getProcessProperty("):
		body = xpath(src)
	}
	if err != nil {
		b.report("EXPR", e, "%v", err)
		return constant(nil)
	}
	x, err := b.feel(e, body)
	if err != nil && b.options.Tolerant {
		x, err = b.feel(e, strings.NewReplacer("==", "=", "'", `"`, "&&", " and ", "||", " or ").Replace(body))
	}
	if err != nil {
		b.report("EXPR", e, "%q is no FEEL expression: %v", src, err)
		return constant(nil)
	}
	return x
}

// feel parses FEEL. Single words that nothing declares become variables: what a
// process is started with and what tasks return is declared nowhere.
func (b *builder) feel(e *Element, src string) (feel.Expr, error) {
	x, problems, err := parser.Expression(src, b.names.scope)
	if err != nil {
		return nil, err
	}
	var unknown []string
	collect(x, &unknown)
	fresh := false
	for _, name := range unknown {
		if b.options.Tolerant || validName(name) && !strings.Contains(name, ".") {
			b.names.variable(name)
			fresh = true
		}
	}
	if fresh {
		if x, problems, err = parser.Expression(src, b.names.scope); err != nil {
			return nil, err
		}
	}
	for _, p := range problems {
		b.report("EXPR", e, "in %q: %s", src, p.Message)
	}
	return x, nil
}

// collect lists the names that nothing declares.
func collect(x feel.Expr, out *[]string) {
	if x == nil {
		return
	}
	if u, ok := x.(*feel.Unknown); ok {
		*out = append(*out, u.Text)
	}
	for _, c := range feel.Children(x) {
		collect(c, out)
	}
}

func constant(v feel.Value) feel.Expr { return &feel.Const{Value: v} }

// global reads a variable.
func (b *builder) global(name string) feel.Expr { return &feel.Global{Index: b.names.variable(name)} }

// value compiles the text of an extension attribute: FEEL when it is marked as an
// expression, else the text itself.
func (b *builder) value(e *Element, src string) feel.Expr {
	switch {
	case src == "":
		return nil
	case computed(src):
		return b.text(e, src)
	}
	return constant(feel.String(src))
}

// structures are the types that item definitions name.
var structures = map[string]*feel.Type{
	"string": {Kind: feel.TypeString}, "boolean": {Kind: feel.TypeBoolean}, "bool": {Kind: feel.TypeBoolean}, "date": {Kind: feel.TypeDate},
	"time": {Kind: feel.TypeTime}, "datetime": {Kind: feel.TypeDateTime}, "duration": {Kind: feel.TypeDuration},
}

var number = &feel.Type{Kind: feel.TypeNumber}

func init() {
	for _, n := range []string{"number", "integer", "int", "long", "short", "byte", "decimal", "double", "float", "nonnegativeinteger", "positiveinteger", "unsignedint", "unsignedlong", "bigdecimal", "biginteger"} {
		structures[n] = number
	}
}

// structure is the type of a data element, nil when it is not a simple one.
func (b *builder) structure(e *Element) *feel.Type {
	item := b.check.ref(e, "itemSubjectRef")
	if item == nil || !item.is("itemDefinition") {
		return nil
	}
	name := local(item.Attr("structureRef"))
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	t := structures[strings.ToLower(name)]
	if t == nil || !item.flag("isCollection", e.flag("isCollection", false)) {
		return t
	}
	if b.lists[t] == nil {
		b.lists[t] = &feel.Type{Kind: feel.TypeList, Elem: t}
	}
	return b.lists[t]
}
