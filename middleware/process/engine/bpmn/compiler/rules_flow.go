package compiler

import "strings"

// definitionRules: the file as a whole (BPMN 2.0 §8.1).
func (c *checker) definitionRules(e *Element) {
	switch e.Name {
	case "import":
		c.report("EXT001", e, "imports are not read; put everything into one file")
	case "extension":
		known := map[string]bool{nsZeebe: true, nsCamunda: true, nsFlow: true, nsActiv: true, Namespace: true}
		prefix, _, _ := strings.Cut(e.Attr("definition"), ":")
		c.require(!e.flag("mustUnderstand", false) || known[c.root.AttrNS("xmlns", prefix)], "EXT004", e,
			"the extension %q must be understood but is not known here", e.Attr("definition"))
	case "extensionElements":
		for _, child := range e.Children {
			c.require(child.Space != nsModel, "EXT005", child, "<%s> of BPMN is no extension", child.Name)
		}
	}
}

// flowRules: sequence flows (BPMN 2.0 §8.3.13).
func (c *checker) flowRules(e *Element) {
	if !e.is("sequenceFlow") {
		return
	}
	source, target := c.ref(e, "sourceRef"), c.ref(e, "targetRef")
	for _, end := range []struct {
		e    *Element
		rule string
	}{{source, "EXT021"}, {target, "EXT022"}} {
		if end.e != nil {
			ok := end.e.is(flowNodes...) && !eventSubProcess(end.e) || end.e.is(choreo...) && !end.e.Parent.is(containers...)
			c.require(ok, end.rule, e, "%q is a %s; sequence flows join activities, gateways and events", end.e.id(), end.e.Name)
		}
	}
	c.require(target == nil || contains(target.texts("incoming"), e.id()), "EXT023", e, "its target does not list it as <incoming>")
	c.require(source == nil || contains(source.texts("outgoing"), e.id()), "EXT023", e, "its source does not list it as <outgoing>")
	c.require(!c.executable(e) || e.flag("isImmediate", true), "EXT024", e, "isImmediate must not be false in an executable process")
	if source == nil {
		return
	}
	if e.first("conditionExpression") != nil {
		if source.is(activities...) {
			c.require(len(c.out[source.id()]) > 1, "EXT025", e, "it is the only flow out of %q and must not have a condition", source.id())
		}
		c.require(!source.is("startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"), "EXT025", e, "a flow out of an event has no condition")
	}
	if target == nil {
		return
	}
	sp, tp := source.within("process", "choreography"), target.within("process", "choreography")
	c.require(sp == tp, "EXT028", e, "a sequence flow must not cross the border of a pool")
	c.require(sp != tp || source.Parent == target.Parent, "EXT152", e, "a sequence flow must not cross the border of a sub-process")
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// gatewayRules: BPMN 2.0 §8.3.9 and §10.6.
func (c *checker) gatewayRules(e *Element) {
	if d := e.Attr("default"); d != "" && e.is(flowNodes...) {
		flow := c.byID[local(d)]
		c.require(flow == nil || local(flow.Attr("sourceRef")) == e.id(), "EXT026", e, "the default flow %q starts elsewhere", d)
	}
	if !e.is(gateways...) {
		return
	}
	in, out := max(len(c.in[e.id()]), len(e.all("incoming"))), max(len(c.out[e.id()]), len(e.all("outgoing")))
	switch e.Attr("gatewayDirection") {
	case "Converging":
		c.require(out < 2, "EXT017", e, "a converging gateway has one outgoing flow, not %d", out)
	case "Diverging":
		c.require(in < 2, "EXT018", e, "a diverging gateway has one incoming flow, not %d", in)
	case "Mixed":
		c.require(in >= 2 && out >= 2, "EXT019", e, "a mixed gateway has several incoming and outgoing flows, not %d and %d", in, out)
	}
	if e.is("eventBasedGateway") {
		c.eventGateway(e, in, out)
		return
	}
	c.require(in > 1 || out > 1, "EXT135", e, "a gateway has several incoming or several outgoing flows")
}

// eventGateway: BPMN 2.0 §10.6.6.
func (c *checker) eventGateway(e *Element, in, out int) {
	c.require(out >= 2, "EXT136", e, "an event gateway has two or more outgoing flows, not %d", out)
	c.require(in == 0 || !e.flag("instantiate", false), "EXT142", e, "an event gateway that instantiates has no incoming flow")
	receive, message := false, false
	for _, f := range c.out[e.id()] {
		c.require(f.first("conditionExpression") == nil, "EXT137", f, "a flow out of an event gateway has no condition")
		target := c.ref(f, "targetRef")
		if target == nil {
			continue
		}
		catch := target.is("intermediateCatchEvent") && c.triggered(target, "message", "signal", "timer", "conditional")
		c.require(target.is("receiveTask") || catch, "EXT138", f, "an event gateway leads to receive tasks and message, signal, timer or conditional events only")
		receive = receive || target.is("receiveTask")
		message = message || catch && c.triggered(target, "message")
		c.require(!target.is("receiveTask") || len(c.attached[target.id()]) == 0, "EXT140", target, "a receive task after an event gateway has no boundary events")
		c.require(max(len(c.in[target.id()]), len(target.all("incoming"))) < 2, "EXT141", target, "what follows an event gateway has no other incoming flow")
	}
	c.require(!receive || !message, "EXT139", e, "message events and receive tasks must not be mixed after an event gateway")
}

// connectionRules: who may have incoming and outgoing flows at all.
func (c *checker) connectionRules(e *Element) {
	in, out := c.connected(e)
	switch {
	case e.is("startEvent"):
		c.require(!in, "EXT096", e, "a start event has no incoming flow")
		c.require(out, "EXT101", e, "a start event has an outgoing flow")
	case e.is("endEvent"):
		c.require(!out, "EXT104", e, "an end event has no outgoing flow")
		c.require(in, "EXT107", e, "an end event has an incoming flow")
	case e.is("boundaryEvent"):
		c.require(!in, "EXT112", e, "a boundary event has no incoming flow")
		compensation := c.triggered(e, "compensate")
		c.require(out || compensation, "EXT113", e, "a boundary event has an outgoing flow")
		c.require(!out || !compensation, "EXT114", e, "a compensation boundary event has no outgoing flow")
	case e.is("intermediateThrowEvent", "intermediateCatchEvent"):
		link, throws := c.triggered(e, "link"), e.is("intermediateThrowEvent")
		c.require(in || link && !throws, "EXT115", e, "an intermediate event has an incoming flow")
		c.require(out || link && throws, "EXT116", e, "an intermediate event has an outgoing flow")
		c.require(!link || !(throws && out || !throws && in), "EXT117", e, "a link event is not both source and target of sequence flows")
	case eventSubProcess(e):
		c.require(!in && !out, "EXT057", e, "an event sub-process has no incoming or outgoing flow")
	case e.is(activities...) && e.flag("isForCompensation", false):
		c.require(!in && !out, "EXT022", e, "a compensation activity has no incoming or outgoing flow")
	}
}

// connected reports whether flows come into and go out of e, by their own ends
// or by what e lists.
func (c *checker) connected(e *Element) (in, out bool) {
	return len(c.in[e.id()]) > 0 || e.first("incoming") != nil, len(c.out[e.id()]) > 0 || e.first("outgoing") != nil
}

// levelRules: start and end events of one level belong together (BPMN 2.0
// §10.4.2, §10.4.3), and then every node is on a path between them.
func (c *checker) levelRules(e *Element) {
	if !e.is(containers...) {
		return
	}
	starts, ends := e.all("startEvent"), e.all("endEvent")
	instantiated := len(starts) > 0
	for _, n := range e.all("receiveTask", "eventBasedGateway") {
		instantiated = instantiated || n.flag("instantiate", false)
	}
	for _, end := range ends {
		c.require(instantiated, "EXT097", end, "an end event needs a start event on the same level")
	}
	for _, s := range starts {
		c.require(len(ends) > 0, "EXT105", s, "a start event needs an end event on the same level")
	}
	for _, n := range e.all(append(append([]string{"intermediateCatchEvent", "intermediateThrowEvent"}, activities...), gateways...)...) {
		if eventSubProcess(n) || n.flag("isForCompensation", false) {
			continue
		}
		in, out := c.connected(n)
		link := c.triggered(n, "link")
		waits := n.flag("instantiate", false) || link && n.is("intermediateCatchEvent")
		c.require(in || waits || len(starts) == 0, "EXT150", n, "where there is a start event, every node has an incoming flow")
		c.require(out || link && n.is("intermediateThrowEvent") || len(ends) == 0, "EXT151", n, "where there is an end event, every node has an outgoing flow")
	}
}
