package compiler

import "strconv"

// collaborationRules: participants (BPMN 2.0 §9.3).
func (c *checker) collaborationRules(e *Element) {
	if !e.is("participantMultiplicity") {
		return
	}
	low, lowErr := strconv.Atoi(e.Attr("minimum"))
	high, highErr := strconv.Atoi(e.Attr("maximum"))
	if !e.has("minimum") {
		low, lowErr = 0, nil
	}
	if !e.has("maximum") {
		high, highErr = max(low, 1), nil
	}
	if lowErr != nil || highErr != nil {
		return // the schema says so
	}
	c.require(low >= 0, "EXT029", e, "minimum %d is negative", low)
	c.require(high >= 1 && high >= low, "EXT030", e, "maximum %d is below 1 or below the minimum", high)
	c.require(e.has("maximum") || low <= 1, "EXT030", e, "the minimum %d is above the maximum, which is 1 unless given", low)
}

// messageFlowRules: message flows (§9.4) and the events at their ends.
func (c *checker) messageFlowRules(e *Element) {
	if !e.is("messageFlow") {
		return
	}
	source, target := c.ref(e, "sourceRef"), c.ref(e, "targetRef")
	if source != nil && target != nil {
		a, b := c.pool(source), c.pool(target)
		c.require(source != target && (a == nil || a != b), "EXT031", e, "a message flow joins different pools")
	}
	if source.is("startEvent") {
		c.report("EXT102", e, "a start event sends no message")
	}
	if target.is("startEvent") {
		c.require(c.triggered(target, "message"), "EXT103", target, "a message flow leads here, so it needs a message trigger")
	}
	if target.is("endEvent") {
		c.report("EXT108", e, "an end event receives no message")
	}
	if source.is("endEvent") {
		c.require(c.triggered(source, "message"), "EXT109", source, "a message flow starts here, so it needs a message trigger")
	}
	c.require(!target.is("intermediateThrowEvent"), "EXT119", e, "a throw event receives no message")
	c.require(!source.is("intermediateCatchEvent", "boundaryEvent"), "EXT119", e, "a catch event sends no message")
}

// pool is the process that a participant or node stands for.
func (c *checker) pool(e *Element) *Element {
	if e.is("participant") {
		if p := c.ref(e, "processRef"); p != nil {
			return p
		}
		return e
	}
	return e.within("process")
}

// choreographyRules: choreographies and conversations (§9.5, §11).
func (c *checker) choreographyRules(e *Element) {
	switch {
	case e.is("choreography", "globalConversation", "globalChoreographyTask"):
		c.require(e.first("choreographyRef") == nil, "EXT027", e, "it must not refer to a choreography")
	}
	switch {
	case e.is("globalConversation"):
		c.require(e.first("conversation", "callConversation", "subConversation", "messageFlow", "association", "group", "textAnnotation") == nil,
			"EXT032", e, "a global conversation holds no conversation nodes, message flows or artifacts")
	case e.is("globalChoreographyTask"):
		c.require(e.first(flowNodes...) == nil && e.first(choreo...) == nil, "EXT033", e, "a global choreography task holds no nodes")
	case e.is("choreography", "subChoreography"):
		c.require(e.first(activities...) == nil && e.first("dataObject", "dataObjectReference", "dataStoreReference") == nil, "EXT034", e, "a choreography holds no activities and data of processes")
	}
}
