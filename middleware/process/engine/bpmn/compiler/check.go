package compiler

import (
	"fmt"
	"sort"
	"strings"
)

// Diagnostic is a rule that a model breaks.
type Diagnostic struct {
	// Rule is the constraint's number in Geiger's catalogue of BPMN 2.0
	// serialisation constraints (EXT001 to EXT152), XSD for the schema, REF for
	// references, or one of this package's own: EXPR for expressions, EXEC for what
	// this engine does not execute.
	Rule string
	// Element is the id of the element at fault, or its name when it has none.
	Element string
	Line    int
	Message string
}

// String tells where and what.
func (d Diagnostic) String() string {
	return fmt.Sprintf("line %d: %s: %s: %s", d.Line, d.Rule, d.Element, d.Message)
}

// Diagnostics are the rules that a model breaks, as an error.
type Diagnostics []Diagnostic

// Error implements error: every diagnostic on its line.
func (d Diagnostics) Error() string {
	lines := make([]string, len(d))
	for i := range d {
		lines[i] = d[i].String()
	}
	return strings.Join(lines, "\n")
}

// Has reports whether a rule is broken.
func (d Diagnostics) Has(rule string) bool {
	for i := range d {
		if d[i].Rule == rule {
			return true
		}
	}
	return false
}

// checker holds a model against the rules.
type checker struct {
	root        *Element
	byID        map[string]*Element
	in, out     map[string][]*Element // sequence flows by target and source
	attached    map[string][]*Element // boundary events by activity
	referrers   map[string][]*Element // eventDefinitionRef elements by what they name
	calls       map[string]bool       // what call activities call
	joined      map[string]*Element   // associations by source
	vocabulary  bool                  // the file declares an execution vocabulary
	diagnostics Diagnostics
}

// maxDiagnostics bounds how many broken rules are reported.
const maxDiagnostics = 200

func newChecker(root *Element) *checker {
	c := &checker{root: root, byID: map[string]*Element{}, in: map[string][]*Element{}, out: map[string][]*Element{}, attached: map[string][]*Element{},
		referrers: map[string][]*Element{}, calls: map[string]bool{}, joined: map[string]*Element{}}
	for _, a := range root.attrs {
		switch a.Value {
		case nsZeebe, nsCamunda, nsFlow, nsActiv, Namespace:
			c.vocabulary = true
		}
	}
	root.walk(func(e *Element) {
		if id := e.id(); id != "" {
			if c.byID[id] != nil {
				c.report("EXT002", e, "the id is also that of a %s in line %d", c.byID[id].Name, c.byID[id].Line)
				return
			}
			c.byID[id] = e
		}
		switch e.Name {
		case "sequenceFlow":
			c.out[local(e.Attr("sourceRef"))] = append(c.out[local(e.Attr("sourceRef"))], e)
			c.in[local(e.Attr("targetRef"))] = append(c.in[local(e.Attr("targetRef"))], e)
		case "eventDefinitionRef":
			c.referrers[local(e.Text)] = append(c.referrers[local(e.Text)], e)
		case "callActivity":
			c.calls[local(e.Attr("calledElement"))] = true
		case "association":
			c.joined[local(e.Attr("sourceRef"))] = e
		case "boundaryEvent":
			c.attached[local(e.Attr("attachedToRef"))] = append(c.attached[local(e.Attr("attachedToRef"))], e)
		}
	})
	return c
}

func (c *checker) report(rule string, e *Element, format string, args ...any) {
	if len(c.diagnostics) >= maxDiagnostics {
		return
	}
	name := e.id()
	if name == "" {
		name = "<" + e.Name + ">"
	}
	c.diagnostics = append(c.diagnostics, Diagnostic{rule, name, e.Line, fmt.Sprintf(format, args...)})
}

// require reports a rule unless ok.
func (c *checker) require(ok bool, rule string, e *Element, format string, args ...any) {
	if !ok {
		c.report(rule, e, format, args...)
	}
}

// rules are all checks of single elements.
var rules = []func(*checker, *Element){
	(*checker).definitionRules, (*checker).flowRules, (*checker).gatewayRules, (*checker).connectionRules, (*checker).levelRules,
	(*checker).startRules, (*checker).endRules, (*checker).catchRules, (*checker).throwRules, (*checker).boundaryRules,
	(*checker).eventDataRules, (*checker).triggerRules, (*checker).linkRules, (*checker).timerRules,
	(*checker).activityRules, (*checker).loopRules, (*checker).multiInstanceRules, (*checker).subProcessRules, (*checker).serviceRules, (*checker).messageTaskRules,
	(*checker).callRules, (*checker).resourceRules, (*checker).expressionRules,
	(*checker).itemRules, (*checker).setRules, (*checker).associationRules,
	(*checker).collaborationRules, (*checker).messageFlowRules, (*checker).choreographyRules,
}

// check holds the whole model against all rules, the most specific first.
func (c *checker) check() Diagnostics {
	if !c.root.is("definitions") {
		c.report("XSD", c.root, "the root element is <%s>, not <definitions> of %s", c.root.Name, nsModel)
		return c.diagnostics
	}
	c.root.walk(func(e *Element) {
		for _, rule := range rules {
			rule(c, e)
		}
	})
	c.checkReferences()
	structure.validate(c.root, func(at *Element, format string, args ...any) { c.report("XSD", at, format, args...) })
	sort.SliceStable(c.diagnostics, func(i, j int) bool { return rank(c.diagnostics[i].Rule) < rank(c.diagnostics[j].Rule) })
	return c.diagnostics
}

// rank puts the rules that name a fault best first.
func rank(rule string) int {
	switch rule {
	case "REF":
		return 1
	case "XSD":
		return 2
	}
	return 0
}

// executable reports whether e belongs to a process that is to be executed.
func (c *checker) executable(e *Element) bool {
	if e.is("process") {
		return e.flag("isExecutable", false)
	}
	if p := e.within("process"); p != nil {
		return p.flag("isExecutable", false)
	}
	if !strings.HasSuffix(e.Name, "EventDefinition") || e.Parent != c.root {
		return false
	}
	for _, r := range c.referrers[e.id()] {
		if c.executable(r) {
			return true
		}
	}
	return false
}

// ref is the element that an attribute of e names, or nil.
func (c *checker) ref(e *Element, attr string) *Element { return c.byID[local(e.Attr(attr))] }

// triggers are an event's definitions, its own first, then those it refers to.
func (c *checker) triggers(e *Element) []*Element {
	var out []*Element
	for _, child := range e.Children {
		if child.Space == nsModel && strings.HasSuffix(child.Name, "EventDefinition") {
			out = append(out, child)
		}
	}
	for _, name := range e.texts("eventDefinitionRef") {
		if d := c.byID[name]; d != nil {
			out = append(out, d)
		}
	}
	return out
}

// triggered reports whether an event has a definition of one of these kinds,
// such as "message".
func (c *checker) triggered(e *Element, kinds ...string) bool {
	for _, t := range c.triggers(e) {
		for _, k := range kinds {
			if t.Name == k+"EventDefinition" {
				return true
			}
		}
	}
	return false
}

var (
	activities = expand("ACTIVITY")
	gateways   = expand("GATEWAY")
	eventNodes = expand("EVENTNODE")
	flowNodes  = expand("NODE")
	containers = []string{"process", "subProcess", "transaction", "adHocSubProcess"}
	choreo     = expand("CHOREO")
)

// eventSubProcess reports whether e is an event sub-process.
func eventSubProcess(e *Element) bool { return e.is("subProcess") && e.flag("triggeredByEvent", false) }
