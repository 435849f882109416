package compiler

import (
	"strconv"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// mappings compiles the data associations of an activity or event and what
// extensions map.
func (b *builder) mappings(e *Element) (in, out []bpmn.Mapping) {
	loop := e.first("multiInstanceLoopCharacteristics")
	for _, a := range e.all("dataInputAssociation") {
		if loop == nil || !listed(loop, "loopDataInputRef", a.texts("targetRef")) {
			in = append(in, b.association(a)...)
		}
	}
	for _, a := range e.all("dataOutputAssociation") {
		if loop == nil || !listed(loop, "loopDataOutputRef", a.texts("sourceRef")) {
			out = append(out, b.association(a)...)
		}
	}
	if x := e.extension(nsZeebe, "ioMapping"); x != nil {
		in, out = append(in, b.paths(x, "input")...), append(out, b.paths(x, "output")...)
	}
	for _, x := range e.extensions(Namespace, "input") {
		in = append(in, b.mapped(x, x.Attr("source"), x.Attr("target"))...)
	}
	for _, x := range e.extensions(Namespace, "output") {
		out = append(out, b.mapped(x, x.Attr("source"), x.Attr("target"))...)
	}
	for _, space := range []string{nsCamunda, nsFlow, nsActiv} {
		if x := e.extension(space, "inputOutput"); x != nil {
			for _, m := range x.Children {
				mapped := b.mapped(m, m.Text, m.Attr("name"))
				if m.Name == "inputParameter" {
					in = append(in, mapped...)
				} else {
					out = append(out, mapped...)
				}
			}
		}
		in = append(in, b.passed(e, space, "in")...)
		out = append(out, b.passed(e, space, "out")...)
	}
	return in, out
}

// paths compiles mappings whose targets may be paths: those that begin with one
// name build one context.
func (b *builder) paths(e *Element, name string) (out []bpmn.Mapping) {
	nested := map[string]*feel.ContextOf{}
	for _, m := range e.Children {
		head, rest, path := strings.Cut(m.Attr("target"), ".")
		if m.Name != name {
			continue
		}
		if !path {
			out = append(out, b.mapped(m, m.Attr("source"), head)...)
			continue
		}
		c := nested[head]
		if c == nil {
			c = &feel.ContextOf{}
			nested[head] = c
			out = append(out, bpmn.Mapping{Target: b.names.variable(head), Value: c})
		}
		value := b.value(m, m.Attr("source"))
		if value == nil {
			value = constant(nil)
		}
		for keys := strings.Split(rest, "."); len(keys) > 1; keys = keys[:len(keys)-1] {
			value = &feel.ContextOf{Keys: keys[len(keys)-1:], Values: []feel.Expr{value}}
			rest = keys[0]
		}
		c.Keys, c.Values = append(c.Keys, rest), append(c.Values, value)
	}
	return out
}

// listed reports whether a child of e names one of ids.
func listed(e *Element, child string, ids []string) bool {
	for _, name := range e.texts(child) {
		if contains(ids, name) {
			return true
		}
	}
	return false
}

// passed compiles what a call activity passes in Camunda 7 and Flowable.
func (b *builder) passed(e *Element, space, name string) (out []bpmn.Mapping) {
	for _, x := range e.extensions(space, name) {
		source := x.Attr("sourceExpression")
		if source == "" && x.Attr("source") != "" {
			source = "=" + x.Attr("source")
		}
		if source != "" {
			out = append(out, b.mapped(x, source, x.Attr("target"))...)
		}
	}
	return out
}

// mapped compiles one extension mapping.
func (b *builder) mapped(e *Element, source, target string) []bpmn.Mapping {
	if target == "" || strings.Contains(target, ".") {
		b.errorf(e, "the target %q is no variable; build a context and map it whole", target)
		return nil
	}
	x := b.value(e, source)
	if x == nil {
		x = constant(nil)
	}
	return []bpmn.Mapping{{Target: b.names.variable(target), Value: x}}
}

// association compiles a data association: a transformation, assignments, or a
// plain copy.
func (b *builder) association(a *Element) []bpmn.Mapping {
	target, ok := b.data[strings.Join(a.texts("targetRef"), "")]
	sources := a.texts("sourceRef")
	if t := a.first("transformation"); t != nil && ok {
		return []bpmn.Mapping{{Target: target, Value: b.expression(t)}}
	}
	var out []bpmn.Mapping
	for _, x := range a.all("assignment") {
		from, to := x.first("from"), x.first("to")
		if from == nil || to == nil {
			continue
		}
		name := strings.TrimSpace(strings.TrimSuffix(strings.TrimLeft(to.Text, "=${"), "}"))
		variable := target
		if i, known := b.data[name]; known {
			variable = i
		} else if validName(name) {
			variable = b.names.variable(name)
		} else if !ok {
			b.errorf(to, "%q is no variable to assign to", to.Text)
			continue
		}
		out = append(out, bpmn.Mapping{Target: variable, Value: b.expression(from)})
	}
	if len(out) > 0 || len(sources) != 1 || !ok {
		return out
	}
	source, known := b.data[sources[0]]
	if !known {
		return nil
	}
	return []bpmn.Mapping{{Target: target, Value: &feel.Global{Index: source}}}
}

// loop compiles the repetition of an activity.
func (b *builder) loop(n *bpmn.Node, e *Element) *bpmn.Loop {
	if x := e.first("standardLoopCharacteristics"); x != nil {
		l := &bpmn.Loop{TestBefore: x.flag("testBefore", false), Condition: b.expression(x.first("loopCondition")), Item: bpmn.None, Results: bpmn.None}
		l.Maximum, _ = strconv.Atoi(strings.TrimSpace(x.Attr("loopMaximum")))
		if l.Condition == nil && l.Maximum == 0 {
			b.errorf(x, "the loop has neither loopCondition nor loopMaximum")
			return nil
		}
		return l
	}
	x := e.first("multiInstanceLoopCharacteristics")
	if x == nil {
		return nil
	}
	l := &bpmn.Loop{Multi: true, Sequential: x.flag("isSequential", false), Item: bpmn.None, Results: bpmn.None}
	l.Cardinality, l.Condition = b.expression(x.first("loopCardinality")), b.expression(x.first("completionCondition"))
	if n, ok := l.Cardinality.(*feel.Negation); ok {
		if c, ok := n.Operand.(*feel.Const); ok {
			if v, ok := feel.Compare(c.Value, feel.Int(0)); ok && v > 0 {
				b.errorf(x, "loopCardinality is negative")
			}
		}
	}
	b.collection(l, e, x)
	b.extendedLoop(l, x)
	if l.Cardinality == nil && l.Items == nil {
		b.errorf(x, "nothing says how many instances there are")
		return nil
	}
	b.behavior(l, e, x)
	return l
}

// collection compiles the input and output collections of a multi-instance
// activity.
func (b *builder) collection(l *bpmn.Loop, e, x *Element) {
	if id := strings.Join(x.texts("loopDataInputRef"), ""); id != "" {
		if i, ok := b.data[id]; ok {
			l.Items = &feel.Global{Index: i}
		}
		for _, a := range e.all("dataInputAssociation") {
			if contains(a.texts("targetRef"), id) {
				if m := b.association(a); len(m) == 1 {
					l.Items = m[0].Value
				}
			}
		}
	}
	if d := x.first("inputDataItem"); d != nil {
		l.Item = b.names.variable(d.title())
	}
	id := strings.Join(x.texts("loopDataOutputRef"), "")
	i, ok := b.data[id]
	if d := x.first("outputDataItem"); d != nil && ok {
		l.Result, l.Results = b.global(d.title()), i
		for _, a := range e.all("dataOutputAssociation") {
			if contains(a.texts("sourceRef"), id) {
				if m := b.association(a); len(m) == 1 {
					l.Results = m[0].Target
				}
			}
		}
	}
}

// extendedLoop reads collections that extensions give.
func (b *builder) extendedLoop(l *bpmn.Loop, x *Element) {
	if z := x.extension(nsZeebe, "loopCharacteristics"); z != nil {
		l.Items = b.value(z, z.Attr("inputCollection"))
		if name := z.Attr("inputElement"); name != "" {
			l.Item = b.names.variable(name)
		}
		if name := z.Attr("outputCollection"); name != "" {
			l.Results, l.Result = b.names.variable(name), b.value(z, z.Attr("outputElement"))
		}
	}
	for _, space := range []string{nsCamunda, nsFlow, nsActiv} {
		if c := x.AttrNS(space, "collection"); c != "" && !computed(c) {
			l.Items = b.global(c)
		} else if c != "" {
			l.Items = b.text(x, c)
		}
		if name := x.AttrNS(space, "elementVariable"); name != "" {
			l.Item = b.names.variable(name)
		}
	}
}

// behavior compiles the events that a multi-instance activity throws as its
// instances complete.
func (b *builder) behavior(l *bpmn.Loop, e, x *Element) {
	one := func(ref string) *bpmn.Trigger {
		d := b.check.ref(x, ref)
		if d == nil {
			return nil
		}
		t, ok := b.trigger(e, d)
		if !ok {
			return nil
		}
		return &t
	}
	switch x.Attr("behavior") {
	case "None":
		l.Behavior, l.Event = bpmn.BehaviorNone, one("noneBehaviorEventRef")
	case "One":
		l.Behavior, l.Event = bpmn.BehaviorOne, one("oneBehaviorEventRef")
	case "Complex":
		l.Behavior = bpmn.BehaviorComplex
		for _, d := range x.all("complexBehaviorDefinition") {
			event := d.first("event")
			if event == nil {
				continue
			}
			for _, t := range b.check.triggers(event) {
				if trigger, ok := b.trigger(event, t); ok {
					l.Complex = append(l.Complex, bpmn.ComplexBehavior{Condition: b.expression(d.first("condition")), Event: trigger})
				}
			}
		}
	}
}
