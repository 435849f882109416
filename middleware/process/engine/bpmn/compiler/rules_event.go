package compiler

import "strings"

// startRules: start events (BPMN 2.0 §10.4.2).
func (c *checker) startRules(e *Element) {
	if e.is("process") {
		c.calledProcess(e)
	}
	if !e.is("startEvent") {
		return
	}
	switch {
	case e.Parent.is("process"):
		c.require(!c.triggered(e, "link", "escalation", "error", "cancel", "compensate", "terminate"), "EXT098", e, "a process starts by message, timer, condition or signal only")
		c.require(!c.triggered(e, "compensate"), "EXT121", e, "a compensation start event belongs in an event sub-process")
	case eventSubProcess(e.Parent):
		c.require(len(c.triggers(e)) > 0, "EXT059", e, "the start event of an event sub-process needs a trigger")
		c.require(!c.triggered(e, "link", "cancel", "terminate"), "EXT059", e, "an event sub-process does not start by link, cancel or terminate")
		c.require(e.flag("isInterrupting", true) || !c.triggered(e, "compensate", "error"), "EXT059", e, "errors and compensation interrupt")
	default:
		c.require(len(c.triggers(e)) == 0, "EXT100", e, "the start event of a sub-process has no trigger")
		c.require(!c.triggered(e, "compensate"), "EXT121", e, "a compensation start event belongs in an event sub-process")
	}
}

// calledProcess: a process that is called needs a start event without trigger.
func (c *checker) calledProcess(e *Element) {
	starts := e.all("startEvent")
	if !c.calls[e.id()] || len(starts) == 0 {
		return
	}
	for _, s := range starts {
		if len(c.triggers(s)) == 0 {
			return
		}
	}
	c.report("EXT099", e, "it is called and needs a start event without trigger")
}

// endRules: end events (BPMN 2.0 §10.4.3).
func (c *checker) endRules(e *Element) {
	if !e.is("endEvent") {
		return
	}
	c.require(!c.triggered(e, "cancel") || e.within("transaction") != nil, "EXT106", e, "a cancel end event belongs in a transaction")
	c.require(!c.triggered(e, "link", "conditional", "timer"), "EXT146", e, "an end event throws no link, condition or timer")
}

// catchRules: intermediate catch events (BPMN 2.0 §10.4.4).
func (c *checker) catchRules(e *Element) {
	if !e.is("intermediateCatchEvent") {
		return
	}
	c.require(!c.triggered(e, "compensate"), "EXT122", e, "a catch event in normal flow catches no compensation")
	ok := len(c.triggers(e)) > 0 && !c.triggered(e, "escalation", "error", "cancel", "compensate", "terminate")
	c.require(ok, "EXT148", e, "an intermediate catch event needs a message, timer, conditional, link or signal trigger")
}

// throwRules: intermediate throw events and what throws define.
func (c *checker) throwRules(e *Element) {
	if !e.is("intermediateThrowEvent", "endEvent") {
		return
	}
	if e.is("intermediateThrowEvent") {
		c.require(!c.triggered(e, "timer", "error", "cancel", "conditional", "terminate"), "EXT149", e, "an intermediate throw event throws message, escalation, compensation, link or signal")
	}
	for _, child := range e.Children {
		if !strings.HasSuffix(child.Name, "EventDefinition") || child.id() == "" {
			continue
		}
		c.require(len(c.referrers[child.id()]) == 0, "EXT095", child, "the definition of a throw event must not be used elsewhere")
	}
	if !c.executable(e) {
		return
	}
	for _, t := range c.triggers(e) {
		switch t.Name {
		case "escalationEventDefinition":
			esc := c.ref(t, "escalationRef")
			c.require(esc != nil && esc.Attr("escalationCode") != "", "EXT011", e, "a thrown escalation needs an escalationCode")
		case "errorEventDefinition":
			err := c.ref(t, "errorRef")
			c.require(err != nil && err.Attr("errorCode") != "", "EXT010", e, "a thrown error needs an errorCode")
		}
	}
}

// boundaryRules: BPMN 2.0 §10.4.4, table 10.92.
func (c *checker) boundaryRules(e *Element) {
	if !e.is("boundaryEvent") {
		return
	}
	triggers := c.triggers(e)
	c.require(len(triggers) > 0, "EXT130", e, "a boundary event needs a trigger")
	c.require(!c.triggered(e, "link", "terminate"), "EXT110", e, "a boundary event catches no link or terminate")
	if !e.flag("cancelActivity", true) {
		c.require(!c.triggered(e, "error", "cancel"), "EXT110", e, "error and cancel interrupt the activity")
		c.require(!c.triggered(e, "compensate"), "EXT110", e, "a compensation boundary event has no cancelActivity=false")
	}
	host := c.ref(e, "attachedToRef")
	if host == nil {
		return
	}
	c.require(!c.triggered(e, "cancel") || host.is("transaction"), "EXT111", e, "a cancel boundary event belongs on a transaction")
	c.require(host.Parent == e.Parent, "EXT110", e, "it is attached to an activity on another level")
	if !c.triggered(e, "compensate") {
		return
	}
	var target *Element
	if a := c.joined[e.id()]; a != nil {
		target = c.ref(a, "targetRef")
	}
	c.require(target != nil, "EXT143", e, "a compensation boundary event is joined to its handler by an association")
	c.require(target == nil || target.is(activities...) && target.flag("isForCompensation", false), "EXT144", e, "the handler is a task or sub-process marked isForCompensation")
}

// eventDataRules: data of events (BPMN 2.0 §10.4.1).
func (c *checker) eventDataRules(e *Element) {
	if !e.is(eventNodes...) {
		return
	}
	data := append(e.all("dataInput"), e.all("dataOutput")...)
	if len(data) == 0 {
		return
	}
	triggers := c.triggers(e)
	c.require(len(data) == len(triggers), "EXT093", e, "%d data elements for %d event definitions", len(data), len(triggers))
	items := []string{}
	for _, t := range triggers {
		if item, ok := c.payload(t); ok {
			items = append(items, item)
		}
	}
	for i, d := range data {
		if i < len(items) {
			c.require(items[i] == c.structureOf(d.Attr("itemSubjectRef")), "EXT094", d, "its item definition is not that of the event")
		}
	}
}

// payload is the structure of what an event definition carries, and whether it
// carries anything.
func (c *checker) payload(t *Element) (string, bool) {
	for _, x := range [][3]string{{"message", "messageRef", "itemRef"}, {"error", "errorRef", "structureRef"}, {"escalation", "escalationRef", "structureRef"}, {"signal", "signalRef", "structureRef"}} {
		if t.Name == x[0]+"EventDefinition" {
			target := c.ref(t, x[1])
			if target == nil {
				return "", true
			}
			return c.structureOf(target.Attr(x[2])), true
		}
	}
	return "", false
}

// structureOf is the structure that an item definition names; the item
// definition's own id when it names none.
func (c *checker) structureOf(item string) string {
	if d := c.byID[local(item)]; d != nil && d.Attr("structureRef") != "" {
		return d.Attr("structureRef")
	}
	return local(item)
}

// triggerRules: what event definitions need to be executed (BPMN 2.0 §10.4.5).
func (c *checker) triggerRules(e *Element) {
	if !strings.HasSuffix(e.Name, "EventDefinition") {
		return
	}
	if e.is("cancelEventDefinition") {
		c.require(e.Parent.is("endEvent", "boundaryEvent", "definitions"), "EXT120", e, "cancel is thrown by end events and caught at the border of a transaction")
	}
	if !c.executable(e) {
		return
	}
	switch e.Name {
	case "messageEventDefinition":
		if op := c.byID[strings.Join(e.texts("operationRef"), "")]; op != nil && e.Attr("messageRef") != "" {
			messages := append(op.texts("inMessageRef"), op.texts("outMessageRef")...)
			c.require(contains(messages, local(e.Attr("messageRef"))), "EXT129", e, "its message is not one of the operation's")
		}
		c.require(e.Attr("messageRef") != "", "EXT127", e, "an executable process needs messageRef")
		c.require(e.first("operationRef") != nil || c.vocabulary, "EXT128", e, "an executable process needs operationRef")
	case "conditionalEventDefinition":
		cond := e.first("condition")
		c.require(cond != nil && formal(cond) && (cond.Text != "" || len(cond.Children) > 0), "EXT123", e, "an executable process needs a formal condition")
	case "signalEventDefinition":
		c.require(e.Attr("signalRef") != "", "EXT129", e, "an executable process needs signalRef")
	}
	if e.Parent.is("intermediateCatchEvent", "startEvent", "boundaryEvent") && e.Parent.flag("parallelMultiple", false) {
		c.require(len(c.triggers(e.Parent)) > 1, "EXT129", e.Parent, "parallelMultiple needs two or more triggers")
	}
}

// linkRules: BPMN 2.0 §10.4.5, link events.
func (c *checker) linkRules(e *Element) {
	if !e.is("linkEventDefinition") {
		return
	}
	if e.Parent.is("intermediateCatchEvent") {
		c.require(e.first("source") != nil || c.vocabulary, "EXT124", e, "a link catch event needs a source")
	}
	if e.Parent.is("intermediateThrowEvent") {
		c.require(len(e.all("target")) == 1 || c.vocabulary && e.Attr("name") != "", "EXT125", e, "a link throw event needs one target")
	}
	for _, name := range e.texts("target") {
		if t := c.byID[name]; t != nil && t.is("linkEventDefinition") {
			c.require(contains(t.texts("source"), e.id()), "EXT118", e, "its target %q does not name it as source", name)
			c.require(t.Parent.Parent == e.Parent.Parent, "EXT126", e, "a link stays on one level of one process")
		}
	}
	for _, name := range e.texts("source") {
		if s := c.byID[name]; s != nil && s.is("linkEventDefinition") {
			c.require(contains(s.texts("target"), e.id()), "EXT118", e, "its source %q does not name it as target", name)
			c.require(s.Parent.Parent == e.Parent.Parent, "EXT126", e, "a link stays on one level of one process")
		}
	}
}
